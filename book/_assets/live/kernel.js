// One kernel, through thebe-core: how it starts, runs code, and what becomes of it.

// Seconds until a start, and an absence, count as a failure; Binder may build an image first.
const PATIENCE = { here: 60, binder: 1200, away: 60 };

export class Kernel {
  /**
   * @param place {here: folder of these files, server: {port, token} or null, binder: "owner/name/ref"}
   * @param tell called with (state, text) whenever the state changes
   * @param died called when the kernel has lost all it knew and a new one is ready
   */
  constructor(place, tell, died) {
    Object.assign(this, { place, tell, died, connection: null, restarting: false, over: () => {} });
  }

  /** Load thebe-core, find the server, start a kernel; throws an Error with the reason. */
  async start() {
    await script(new URL("thebe-core/thebe-core.min.js", this.place.here), () => window.thebeCore);
    const patience = this.place.server ? PATIENCE.here : PATIENCE.binder;
    this.connection = await within(patience, this.place.server ? this.onThisMachine() : this.atBinder());
    this.connection.statusChanged.connect((_, status) => this.changed(status));
    this.connection.connectionStatusChanged.connect((_, status) => this.reached(status));
  }

  async onThisMachine() {
    const { port, token } = this.place.server;
    const baseUrl = `http://127.0.0.1:${port}/`;
    this.tell("starting", "Starting: asking the server of “make live”");
    const url = `${baseUrl}api/status?token=${token}`;
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) {
      // A refusal is not readable from this origin; whether anybody is there at all can be seen.
      const there = await fetch(url, { mode: "no-cors" }).catch(() => null);
      throw new Error(there
        ? "the server refuses this page; open the address that “make live” printed last"
        : "no server answers; is “make live” still running?");
    }
    this.server = this.make({ useBinder: false, serverSettings: { baseUrl, token, appendToken: true } });
    this.server.connectToJupyterServer();
    return this.session();
  }

  async atBinder() {
    const [owner, name, ...ref] = this.place.binder.split("/");
    this.server = this.make({ useBinder: true, binderOptions: { repo: `${owner}/${name}`, ref: ref.join("/") || "HEAD" } });
    this.server.connectToServerViaBinder();
    return this.session();
  }

  make(options) {
    const { api } = window.thebeCore;
    const events = api.makeEvents();
    const waiting = () => options.useBinder && !this.connection;
    events.on("status", (_, { message }) => waiting() && this.tell("starting", `Starting: ${message}`));
    // Jupyter gives one kernel to all who name the same path: each page has its own.
    const kernelOptions = { kernelName: "python3", path: `/live-${crypto.randomUUID()}.ipynb` };
    return api.makeServer(api.makeConfiguration({ ...options, kernelOptions }, events));
  }

  async session() {
    await this.server.ready.catch((reason) => { throw new Error(reason?.message ?? reason); });
    this.tell("starting", "Starting: a kernel");
    const session = await this.server.startNewSession(window.thebeCore.api.makeRenderMimeRegistry());
    await session.kernel.info;
    return session.kernel;
  }

  /** Run code; each message goes to `show`. True where it ended well; throws where the kernel was lost. */
  async run(code, show) {
    const future = this.connection.requestExecute({ code, stop_on_error: false, allow_stdin: false });
    future.onIOPub = show;
    const lost = new Promise((_, reject) => { this.over = () => reject(new Error("the kernel was lost")); });
    const reply = await Promise.race([future.done, lost]);
    return reply.content.status === "ok";
  }

  interrupt() {
    return this.connection.interrupt();
  }

  async restart() {
    this.restarting = true;
    this.over();
    this.tell("starting", "Starting: a new kernel");
    try {
      await within(PATIENCE.here, this.connection.restart());
      await within(PATIENCE.here, this.connection.info);
    } finally {
      this.restarting = false;
    }
  }

  changed(status) {
    if (this.restarting || this.closed) return;
    if (status === "autorestarting") {
      this.hasDied = true;
      this.over();
      this.tell("lost", "Lost: the kernel died, and with it everything it had computed. Jupyter is starting a new one");
    } else if (status === "dead") {
      this.close("the kernel died and could not be started again");
    } else if (this.hasDied && (status === "idle" || status === "busy")) {
      this.hasDied = false;
      this.died();
    }
  }

  reached(status) {
    clearTimeout(this.absence);
    if (this.restarting || this.closed) return;
    const gone = "the server does not answer any more; if “make live” was stopped, run it again and open the address that it prints";
    if (status === "connecting") {
      this.isAway = true;
      this.absence = setTimeout(() => this.close(gone), PATIENCE.away * 1000);
      if (!this.hasDied) this.tell("lost", "Lost: the server does not answer. Trying again");
    } else if (status === "disconnected") {
      this.close(gone);
    } else if (this.isAway) {
      this.isAway = false;
      if (!this.hasDied) this.tell("ready", "Ready: the server answers again");
    }
  }

  /** Give up: ask nothing more, and say why. */
  close(reason) {
    if (this.closed) return;
    this.closed = true;
    this.over();
    this.tell("failed", `Failed: ${reason}.`);
    this.connection.dispose();
    this.server.sessionManager?.dispose();
  }
}

/** Load a script once. */
export function script(url, present) {
  if (present()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement("script"), { src: url.href, onload: resolve });
    element.onerror = () => reject(new Error(`${url.pathname} did not load`));
    document.head.append(element);
  });
}

function within(seconds, promise) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`no answer in ${seconds} s`)), seconds * 1000));
  return Promise.race([promise, late]);
}
