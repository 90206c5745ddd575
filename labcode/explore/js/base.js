// @ts-check
/** What every explorer shares: elements, steps, keys, buttons, its state in the address. */
import { decode, encode, parts } from "./link.js";
import { STYLE } from "./style.js";
import { ArgumentError, number, parse, rowsOf } from "./text.js";

/**
 * An element: its tag, its attributes (functions are listeners), what stands in it.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/**
 * A table whose first column names the row, in a box that scrolls; numbers as labcode writes them.
 * @param {string} caption @param {string[]} header @param {any[][]} rows of texts, numbers and elements
 * @returns {HTMLElement}
 */
export function table(caption, header, rows) {
  const row = (/** @type {any[]} */ [name, ...rest]) => el("tr", {}, el("th", { scope: "row" }, name), ...rest.map((v) => (typeof v === "number" ? el("td", { class: "number" }, number(v)) : el("td", {}, v))));
  const head = el("tr", {}, ...header.map((text) => el("th", { scope: "col" }, text)));
  const cells = el("table", { "aria-label": caption }, el("thead", {}, head), el("tbody", {}, ...rows.map(row)));
  return el("div", {}, el("p", { class: "caption", "aria-hidden": "true" }, caption), el("div", { class: "told", tabindex: 0, role: "group", "aria-label": caption }, cells));
}

const same = (/** @type {any} */ a, /** @type {any} */ b) => JSON.stringify(a) === JSON.stringify(b);
const inJupyter = () => document.querySelector("#jupyter-config-data") !== null;

/** The frame of an explorer; a subclass computes, builds and draws. */
export class Explorer {
  /** @param {HTMLElement} host @param {any} data what labcode computed */
  constructor(host, data) {
    this.data = data;
    this.initial = { ...data.config, ...this.view(), step: 0 };
    /** @type {Record<string, any>} */
    this.state = structuredClone(this.initial);
    this.trace = data.trace;
    /** @type {Record<string, any>} what was refused, to be tried again with the next change */
    this.pending = {};
    /** @type {Record<string, any>} */
    this.fields = {};
    this.error = el("p", { class: "error", role: "alert" });
    this.live = el("p", { class: "unseen", "aria-live": "polite" });
    this.bar = this.stepBar();
    this.root = host.attachShadow({ mode: "open" });
  }

  /** Build what a subclass has, once it is all there, and show the state of the page or of a link. */
  begin() {
    this.box = el("div", { class: "explorer", role: "group", "aria-label": this.data.title, keydown: (/** @type {KeyboardEvent} */ e) => this.key(e) });
    this.root.append(el("style", {}, STYLE), this.box, el("div", { class: "paper" }, el("slot")));
    this.box.addEventListener("cancel", () => this.settle());
    const own = this.build();
    const rest = [this.error, this.bar].filter((part) => !own.contains(part)); // unless it has given them a place
    this.box.append(el("p", { class: "title" }, this.data.title), own, ...rest, this.live, this.buttons());
    this.read();
    addEventListener("hashchange", () => this.read());
  }

  /** The trace of a state, as labcode computes it. @param {any} state @returns {any} */
  compute(state) {
    throw new Error(`no rule for ${Object.keys(state)}`);
  }

  /** More of the state than labcode computes from: what is shown. @returns {Record<string, any>} */
  view() {
    return {};
  }

  /** Its elements, made once. @returns {Node} */
  build() {
    return el("div");
  }

  /** Put state and trace on the screen. */
  draw() {}

  get count() {
    return 0;
  }

  /** The present step in a sentence. @returns {string} */
  say() {
    return "";
  }

  /** @returns {Record<string, string>} */
  code() {
    return {};
  }

  /** Change the state, if labcode would accept it; whatever was refused before is tried again. @param {Record<string, any>} changes */
  set(changes) {
    const wanted = { ...this.state, ...this.pending, ...changes };
    try {
      const trace = this.compute(wanted);
      [this.state, this.trace, this.pending] = [wanted, trace, {}];
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      Object.assign(this.pending, changes);
      this.refuse(error);
      return false;
    }
    this.state.step = Math.min(this.state.step, Math.max(0, this.count - 1));
    this.settle();
    this.show();
    return true;
  }

  /** Tell of an error; what is on the screen is that of before. @param {ArgumentError} error */
  refuse(error) {
    this.error.textContent = error.message;
    this.box.classList.add("refused");
    for (const [key, input] of Object.entries(this.fields)) input.setAttribute("aria-invalid", String(key === error.argument));
  }

  /** Nothing is refused any more. */
  settle() {
    if (Object.keys(this.pending).length) return;
    this.error.textContent = "";
    this.box.classList.remove("refused");
    for (const input of Object.values(this.fields)) input.removeAttribute("aria-invalid");
  }

  /** Go to a step. @param {number} step */
  go(step) {
    this.state.step = Math.max(0, Math.min(this.count - 1, step));
    this.showStep();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => (this.live.textContent = this.say()), 200);
  }

  /** Show a step in passing: it is neither written into the address nor announced. @param {number} step */
  glance(step) {
    this.state.step = step;
    this.showStep();
    clearTimeout(this.writing);
  }

  /** Put everything on the screen; a field whose text was refused keeps it. */
  show() {
    for (const [key, input] of Object.entries(this.fields)) {
      if (key in this.pending && input.value) continue;
      const value = this.pending[key] ?? this.state[key] ?? "";
      if (input.type === "checkbox") input.checked = value;
      else input.value = Array.isArray(value[0]) ? value.join("; ") : [value].flat().join(", ");
    }
    this.bar.hidden = this.count < 2;
    this.slider.max = String(this.count - 1);
    this.showStep();
  }

  /** Put the present step on the screen. */
  showStep() {
    const { step } = this.state;
    this.slider.value = String(step);
    this.slider.setAttribute("aria-valuetext", `step ${step + 1} of ${this.count}`);
    this.place.textContent = `${number(step + 1)} of ${number(this.count)}`;
    this.end(this.back, step <= 0);
    this.end(this.next, step >= this.count - 1);
    this.draw();
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.write(), 300);
  }

  /** Disable a button where its way ends; the keys stay with the explorer. @param {any} button @param {boolean} reached */
  end(button, reached) {
    if (reached && this.root.activeElement === button) this.slider.focus({ preventScroll: true });
    button.disabled = reached;
  }

  /** A text field for a setting, a box to tick for a truth value, a list where there are choices, rows between semicolons for a matrix. @param {string} key @param {string} [label] @param {Record<string, string>} [choices] */
  field(key, label = key, choices) {
    const [tick, rows] = [typeof this.initial[key] === "boolean", Array.isArray(this.initial[key]?.[0])];
    const change = () => this.set({ [key]: tick ? input.checked : choices ? input.value : rows ? rowsOf(input.value) : parse(input.value) });
    const options = Object.entries(choices ?? {}).map(([value, text]) => el("option", { value }, text));
    const input = choices ? el("select", { change }, ...options) : el("input", { type: tick ? "checkbox" : "text", autocomplete: "off", spellcheck: "false", change });
    this.fields[key] = input;
    return el("label", { class: tick ? "tick" : "field" }, ...(tick ? [input, label] : [label, input]));
  }

  stepBar() {
    const go = (/** @type {number} */ by) => () => this.go(this.state.step + by);
    this.back = el("button", { type: "button", class: "go", "aria-label": "previous step", click: go(-1) }, "‹");
    this.next = el("button", { type: "button", class: "go", "aria-label": "next step", click: go(1) }, "›");
    this.slider = el("input", { type: "range", min: 0, step: 1, "aria-label": "step", input: () => this.go(Number(this.slider.value)) });
    this.place = el("span", { class: "place" });
    return el("div", { class: "bar" }, this.back, this.slider, this.next, this.place);
  }

  buttons() {
    const copy = (/** @type {string} */ label, /** @type {() => string} */ text) => el("button", { type: "button", click: (/** @type {any} */ e) => this.copy(e.currentTarget, text()) }, label);
    const link = inJupyter() ? [] : [copy("Copy link", () => { this.write(); return location.href; })];
    const codes = Object.keys(this.code()).map((kind) => copy(`Copy ${kind} code`, () => this.code()[kind]));
    const reset = el("button", { type: "button", click: () => this.reset() }, "Start over");
    return el("div", { class: "buttons" }, ...link, ...codes, reset);
  }

  /** Back to what labcode computed. */
  reset() {
    this.pending = {};
    this.set(structuredClone(this.initial));
  }

  /** @param {HTMLButtonElement} button @param {string} text */
  async copy(button, text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // a page from a file may not write to the clipboard by itself
      const area = el("textarea", { class: "unseen" }, text);
      this.box.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    this.live.textContent = "copied";
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  }

  /** Arrow keys step wherever they mean nothing else. @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || target.matches("input, textarea, select")) return;
    const to = { ArrowLeft: this.state.step - 1, ArrowRight: this.state.step + 1, Home: 0, End: this.count - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.go(to);
  }

  /** Write what differs from the page into the fragment, beside what other explorers have there. */
  write() {
    if (inJupyter()) return;
    const all = parts();
    const changed = Object.entries(this.state).filter(([key, value]) => !same(value, this.initial[key]));
    const text = encode(Object.fromEntries(changed));
    if ((all.get(this.data.name) ?? "") === text) return;
    if (text) all.set(this.data.name, text);
    else all.delete(this.data.name);
    const hash = [...all].map(([key, value]) => (value === undefined ? key : `${key}=${value}`)).join("&");
    history.replaceState(history.state, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  /** Take the state of the fragment, if it has one of this explorer. */
  read() {
    const text = parts().get(this.data.name);
    const known = Object.entries(decode(text ?? "")).filter(([key]) => key in this.initial);
    if (!known.length || !this.set({ ...structuredClone(this.initial), ...Object.fromEntries(known) })) this.show();
  }
}

/** @type {Record<string, new (host: HTMLElement, data: any) => Explorer>} */
const kinds = {};

/** Name the class of a kind of explorer. @param {string} kind @param {new (host: HTMLElement, data: any) => Explorer} type */
export function define(kind, type) {
  kinds[kind] = type;
}

/** Bring a host to life. @param {HTMLElement} host */
export function mount(host) {
  const data = host.querySelector("script[type='application/json']");
  if (!host.shadowRoot && data) new kinds[host.dataset.explorer ?? ""](host, JSON.parse(data.textContent ?? "")).begin();
}

/**
 * Bring every explorer of the page to life: one that a link names at once, one that comes near the window then, and the
 * others, one by one, as soon as there is nothing else to do. An explorer takes more room than what stands in its place
 * before, and whoever jumps to a line below it shall not see that line move.
 */
export function start() {
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) come(target);
  }, { rootMargin: "600px" });
  /** @param {Element} host */
  const come = (host) => {
    near.unobserve(host);
    mount(/** @type {HTMLElement} */ (host));
  };
  /** @type {HTMLElement[]} */
  const waiting = [];
  for (const host of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-explorer]"))) {
    if (host.shadowRoot || !kinds[host.dataset.explorer ?? ""]) continue;
    const name = JSON.parse(host.querySelector("script")?.textContent ?? "{}").name;
    if (!parts().has(name)) {
      near.observe(host);
      waiting.push(host);
      continue;
    }
    mount(host);
    host.scrollIntoView({ block: "center" });
  }
  const idle = window.requestIdleCallback ?? ((/** @type {() => void} */ run) => setTimeout(run, 200)); // Safari has none
  const next = () => {
    const host = waiting.shift();
    if (!host) return;
    come(host);
    idle(next);
  };
  idle(next);
}
