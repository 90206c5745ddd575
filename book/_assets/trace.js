// Where an executed number comes from: a box beside it on hover, focus or tap. Nothing is read before the first of them.
(() => {
  const MARK = ".executed[id^='executed-']";
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const box = make("div", { id: "trace", role: "region", ariaLabel: "Where this number comes from" });
  let data, wanted, shown, trigger, y, timer;

  async function load() {
    const [page, traces] = await Promise.all([pageData("executed"), pageData("traces")]);
    return { ...traces, expressions: Object.fromEntries(page.records.map((r) => [r.id, r.expression])) };
  }

  function origin({ name, api, source, tests, count, checks }) {
    const code = make("code", {}, name);
    const item = make("li", {}, api ? make("a", { href: api }, code) : code, " ", make("a", { href: source }, "source"));
    if (checks?.length) item.append(make("small", {}, `Checked against ${checks.join(", ")}`));
    if (count) item.append(make("small", {}, `Tests (${count}): ${tests.join("; ")}${count > tests.length ? "; …" : ""}`));
    return item;
  }

  function fill(id) {
    const parts = ["Computed by", "From the data", "Shown by"].flatMap((title, part) => {
      const origins = data.records[id][part].map((index) => origin(data.origins[index]));
      return origins.length ? [make("p", {}, title), make("ul", {}, ...origins)] : [];
    });
    if (!parts.length) parts.push(make("p", {}, "No function of labcode stands behind it."));
    box.replaceChildren(make("pre", { tabIndex: 0 }, data.expressions[id]), ...parts);
  }

  function place() {
    const near = (isBlock(shown) && trigger ? trigger : shown).getBoundingClientRect();
    const below = (y ?? near.bottom) + 6;
    const above = (y ?? near.top) - 6 - box.offsetHeight;
    box.style.top = `${Math.max(8, below + box.offsetHeight < innerHeight ? below : above)}px`;
    box.style.left = `${Math.max(8, Math.min(near.left, innerWidth - box.offsetWidth - 24))}px`;
  }

  // With `by`, the element that was focused or tapped, the box stays until the reader leaves it or presses Escape.
  async function show(element, by, height) {
    clearTimeout(timer);
    if (shown !== element) {
      hide();
      wanted = element;
      data ??= await load();
      if (wanted !== element) return; // the reader has gone on
      [shown, y] = [element, height];
      fill(element.id);
      element.classList.add("traced");
      element.after(box);
    }
    if (by) {
      trigger = by;
      by.setAttribute("aria-describedby", "trace");
      if (by !== element) by.ariaExpanded = "true";
    }
    place();
  }

  function hide() {
    clearTimeout(timer);
    wanted = undefined;
    shown?.classList.remove("traced");
    trigger?.removeAttribute("aria-describedby");
    if (trigger?.ariaExpanded) trigger.ariaExpanded = "false";
    shown = trigger = undefined;
    box.remove();
  }

  const isBlock = (element) => element.tagName === "DIV";
  const within = (element) => (element.closest(".lab-explorer, .lab-workbook") ? null : element.closest(MARK)); // these are in use
  const target = (element) => (element.matches(".trace-handle") ? element.nextElementSibling : within(element));

  // Each number gets a button before it: as a button itself it would hide its maths or table from a screen reader.
  function highlight(on) {
    hide();
    document.documentElement.classList.toggle("show-executed", on);
    for (const handle of document.querySelectorAll(".trace-handle")) handle.remove();
    for (const element of on ? document.querySelectorAll(MARK) : []) {
      const number = isBlock(element) ? "this output" : (element.querySelector("math mrow") ?? element).textContent;
      const handle = make("button", { type: "button", className: "trace-handle", ariaExpanded: "false" }, "ƒ");
      handle.ariaLabel = `Where ${number} comes from`;
      element.before(handle);
    }
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch" || trigger) return;
    clearTimeout(timer);
    const element = within(event.target);
    if (element && isBlock(element)) timer = setTimeout(show, 600, element, null, event.clientY);
    else if (element) timer = setTimeout(show, 250, element);
    else if (shown && !box.contains(event.target)) timer = setTimeout(hide, 300);
  });
  document.addEventListener("click", (event) => {
    const at = event.target;
    if (box.contains(at) || at.closest("a, summary, input, button:not(.trace-handle)")) return;
    const element = target(at);
    const handle = at.closest(".trace-handle");
    if (!element) hide();
    else if (getSelection().isCollapsed) show(element, handle ?? element, isBlock(element) ? event.clientY : undefined);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".trace-handle")) show(target(event.target), event.target);
    else if (trigger && !box.contains(event.target)) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown) {
      if (box.contains(document.activeElement)) trigger?.focus();
      hide();
    }
  });
  addEventListener("scroll", () => shown && (y && !trigger ? hide() : place()), { passive: true });

  const title = "Show executed numbers";
  const toggle = make("button", { type: "button", className: "btn btn-sm trace-toggle", title, ariaPressed: "false" });
  toggle.ariaLabel = title;
  toggle.onclick = () => {
    toggle.ariaPressed = String(toggle.ariaPressed === "false");
    highlight(toggle.ariaPressed === "true");
  };
  document.querySelector(".article-header-buttons")?.prepend(toggle);
})();
