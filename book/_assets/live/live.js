// A live page: the bar that tells the state, the cells, and the order in which they run.
import { button, Cell } from "./cells.js";
import { Kernel, script } from "./kernel.js";

export async function start(place) {
  return new Page(place, await pageData("executed")).start();
}

class Page {
  constructor(place, { cells, records }) {
    this.place = place;
    this.status = place.bar.querySelector("[role=status]");
    this.elapsed = place.bar.appendChild(Object.assign(document.createElement("span"), { ariaHidden: "true" }));
    this.controls = place.bar.appendChild(Object.assign(document.createElement("div"), { className: "live-controls" }));
    this.cells = cells.map((source, index) => new Cell(index, source, this));
    this.sentences = records.filter((record) => record.kind === "eval");
    this.queue = Promise.resolve();
    this.since = Date.now();
    setInterval(() => this.tick(), 1000);
  }

  async start() {
    const tell = (state, text) => this.tell(state, text);
    this.kernel = new Kernel(this.place, tell, () => this.renew("the kernel had died; a new one knows nothing of what ran before"));
    try {
      this.tell("starting", "Starting: loading");
      await Promise.all([this.kernel.start(), script(new URL("../katex/katex.min.js", this.place.here), () => window.katex)]);
      await this.renew("change a cell and run it");
    } catch (error) {
      this.tell("failed", `Failed: ${error.message}`);
    }
  }

  /** A fresh kernel: nothing has run in it; set-up cells run by themselves. */
  async renew(remark) {
    this.cells.forEach((cell) => cell.forget());
    const first = this.cells.findIndex((cell) => !cell.hidden);
    const setup = first < 0 ? this.cells : this.cells.slice(0, first);
    await this.run(setup.map((cell) => [cell, true]), `Ready: ${remark}`);
    const failed = setup.find((cell) => !cell.ran);
    if (failed?.failure) this.tell("ready", `Ready, but the set-up of this page failed: ${failed.failure}`);
  }

  tell(state, text) {
    if (this.place.bar.dataset.state !== state || state === "lost") this.since = Date.now();
    this.place.bar.dataset.state = state;
    this.status.textContent = text;
    this.tick();
    const offered = {
      ready: [["Run all", () => this.runAll()], ["Restart", () => this.restart()], ["Reset the page", () => this.reset()]],
      busy: [["Interrupt", () => this.kernel.interrupt()], ["Restart", () => this.restart()]],
      failed: [["Start again", () => this.start()]],
    }[state] ?? [];
    const held = this.controls.contains(document.activeElement) && document.activeElement.textContent;
    this.controls.replaceChildren(...offered.map(([label, press]) => button(label, press)));
    const same = [...this.controls.children].find((one) => one.textContent === held);
    if (held) (same ?? this.controls.firstChild)?.focus();
    for (const one of document.querySelectorAll(".cell > .live-controls button")) {
      one.disabled = state !== "ready" && state !== "busy";
    }
  }

  /** Seconds since the state began, where a reader waits. */
  tick() {
    const waiting = ["starting", "busy", "lost"].includes(this.place.bar.dataset.state);
    const seconds = Math.floor((Date.now() - this.since) / 1000);
    this.elapsed.textContent = waiting ? `${seconds} s` : "";
  }

  /** Run [cell, quiet] pairs after whatever runs now, until one fails. */
  run(plan, remark = "Ready") {
    this.queue = this.queue.then(() => this.runNow(plan, remark)).catch(() => {}); // the loss itself has been told
    return this.queue;
  }

  async runNow(plan, remark) {
    this.tell("busy", "Busy: running");
    for (const [cell, quiet] of plan) {
      const changed = cell.changed || cell.shown !== cell.built;
      const good = await cell.run(this.kernel, quiet);
      if (changed) this.outdate(cell);
      if (!good && !quiet) {
        remark = "Ready: a cell failed; its message stands below it";
        break;
      }
    }
    this.tell("ready", remark);
  }

  /** What comes after a changed cell was computed without the change. */
  outdate(changed) {
    this.cells.slice(changed.place + 1).forEach((cell) => cell.outdate());
    for (const { id, cell } of this.sentences) {
      const sentence = cell >= changed.place && document.getElementById(id);
      if (!sentence) continue;
      sentence.classList.add("live-stale");
      sentence.title = "Of the page as it was built; a cell above was changed";
    }
  }

  /** A cell, hidden ones above it that have not run, and the hidden ones that belong to it: up to the next visible. */
  runOne(cell) {
    const next = this.cells.findIndex((other) => other.place > cell.place && !other.hidden);
    const before = this.cells.slice(0, cell.place).filter((other) => other.hidden && !other.ran);
    const after = this.cells.slice(cell.place + 1, next < 0 ? undefined : next);
    return this.run([...before.map((other) => [other, true]), [cell, false], ...after.map((other) => [other, true])]);
  }

  runAbove(cell) {
    return this.run(this.cells.slice(0, cell.place).map((other) => [other, other.hidden]));
  }

  runAll() {
    return this.run(this.cells.map((cell) => [cell, cell.hidden]));
  }

  async restart(remark = "a new kernel; nothing has run in it but the set-up") {
    try {
      await this.kernel.restart();
      await this.renew(remark);
    } catch (error) {
      this.tell("failed", `Failed: ${error.message}`);
    }
  }

  async reset() {
    this.cells.forEach((cell) => cell.reset());
    for (const sentence of document.querySelectorAll(".live-stale")) {
      sentence.classList.remove("live-stale");
      sentence.removeAttribute("title");
    }
    await this.restart("the page is as it was built, the kernel is new");
  }
}
