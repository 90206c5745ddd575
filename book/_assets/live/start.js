// The Live button. Everything else is loaded when it is pressed, and no server is asked before.
(() => {
  const script = document.currentScript;
  const here = new URL(".", script.src);
  const binder = script.dataset.binder;

  // `make live` opens the book at …#live=PORT:TOKEN; the tab remembers both, the address bar does not show them.
  const told = location.hostname === "127.0.0.1" && /^#live=(\d+):(\w+)$/.exec(location.hash);
  if (told) {
    sessionStorage.setItem("live", JSON.stringify({ port: told[1], token: told[2] }));
    history.replaceState(null, "", location.pathname + location.search);
  }
  const server = location.hostname === "127.0.0.1" ? JSON.parse(sessionStorage.getItem("live") ?? "null") : null;

  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm live-button";
  button.textContent = "Live";
  button.title = "Change the code of this page and run it";
  document.querySelector(".article-header-buttons")?.prepend(button);

  const bar = document.createElement("div");
  bar.id = "live-bar";
  bar.innerHTML = '<p role="status"></p>';

  button.onclick = async () => {
    if (bar.isConnected) return;
    document.querySelector("article")?.before(bar);
    const style = document.createElement("link");
    Object.assign(style, { rel: "stylesheet", href: new URL("live.css", here).href });
    document.head.append(style);
    const say = (state, text) => {
      bar.dataset.state = state;
      bar.firstChild.textContent = text;
    };
    if (!server && (!binder || location.protocol === "file:")) {
      return say("off", "Not started: this page has no server to run code on. On your own machine, “make live” starts one and " +
        "opens the book with it (if it runs already, open the address it printed); or open the page in JupyterLab.");
    }
    say("starting", "Starting: loading");
    try {
      (await import(new URL("live.js", here).href)).start({ bar, here, server, binder });
    } catch (error) {
      say("failed", `Failed: the program of live code did not load (${error.message})`);
    }
  };
})();
