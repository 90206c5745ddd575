// @ts-check
/** The graph explorer: values forward, gradients backward, one step down. */
import { range } from "./arrays.js";
import { differentiate } from "./autodiff.js";
import { define, el } from "./base.js";
import { OfGraph, STYLE, brief } from "./leaves.js";
import { number } from "./text.js";

const SIZE = 15; // of the drawing's text, in pixels; a character is 0.6 of it wide

class Graph extends OfGraph {
  sum = el("div", { class: "sum" });
  picture = el("div", { class: "picture" });
  entry = el("p", { class: "entry" });
  /** @type {any[]} */
  figures = [];

  /** @param {any} state */
  compute(state) {
    return differentiate(this.graph, state);
  }

  /** Steps: an op each, the end, an edge each, the step down. */
  get ops() {
    return range(this.graph.nodes.length).filter((i) => this.graph.nodes[i].rule);
  }

  get count() {
    return this.ops.length + this.trace.edges.length + 2;
  }

  /** What a step is about. @returns {{op?: number, edge?: number, down?: boolean}} */
  get now() {
    const at = this.state.step - this.ops.length;
    if (at < 0) return { op: this.ops[this.state.step] };
    return at === 0 ? {} : at <= this.trace.edges.length ? { edge: at - 1 } : { down: true };
  }

  build() {
    this.figures = [this.figure((i, j) => this.tell(i, j)), this.figure()];
    const down = el("button", { type: "button", click: () => this.set({ leaves: this.trace.after, step: 0 }) }, "Take the step");
    const drawing = /** @type {any} */ (this.root.host.querySelector("svg")).cloneNode(true);
    drawing.setAttribute("role", "group");
    drawing.setAttribute("aria-label", "the graph");
    drawing.querySelectorAll("title, desc").forEach((/** @type {Element} */ e) => e.remove());
    this.nodes = [...drawing.querySelectorAll(".node")].map((element, i) => this.button(element, () => this.choose(i)));
    this.ways = [...drawing.querySelectorAll(".edge")].map((element, at) => {
      const line = element.querySelector("polyline");
      const wide = line.cloneNode();
      wide.setAttribute("class", "wide");
      element.prepend(wide);
      const [source, target, arg] = this.graph.edges[at];
      const k = this.trace.edges.findIndex((/** @type {any} */ e) => e.source === source && e.target === target && e.arg === arg);
      if (k >= 0) this.button(element, () => this.go(this.ops.length + 1 + k)).setAttribute("aria-label", `edge from ${this.graph.nodes[source].name} to ${this.graph.nodes[target].name}`);
      return { element, k };
    });
    this.picture.append(drawing);
    const panel = el("div", { class: "stage" }, ...this.figures.map(({ element }) => element));
    return el("div", {}, el("style", {}, STYLE + DRAWING), this.picture, this.bar, this.sum, panel, this.entry, ...this.inputs(down));
  }

  /** Make a part of the drawing something to press. @param {any} element @param {() => void} press */
  button(element, press) {
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", "0");
    element.addEventListener("click", press);
    element.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => {
      if (e.key !== "Enter" && e.key !== " ") return;
      e.preventDefault();
      press();
    });
    return element;
  }

  /** Name of ∂output/∂node. @param {number} i @param {number} [of] */
  by(i, of = this.graph.nodes.length - 1) {
    return `∂${this.graph.nodes[of].name}/∂${this.graph.nodes[i].name}`;
  }

  /** @param {number[]} flat @param {number} i */
  text(flat, i) {
    return brief(flat, this.graph.nodes[i].shape);
  }

  draw() {
    this.drawInputs();
    this.mark();
    this.sum.replaceChildren(...this.sentence());
    this.entry.textContent = "";
  }

  /** A node: its value, pressed again its gradient. An input can be changed, too. @param {number} i */
  choose(i) {
    const { rule, name } = this.graph.nodes[i];
    const value = this.ops.indexOf(i);
    const last = this.trace.edges.findLastIndex((/** @type {any} */ e) => e.source === i);
    const end = i === this.graph.nodes.length - 1;
    if (!rule) this.set({ leaf: name });
    if (rule && this.state.step !== value) this.go(value);
    else if (last >= 0 || end) this.go(this.ops.length + (end ? 0 : last + 1));
  }

  /** What is known at this step, and what is new. */
  mark() {
    const { step } = this.state;
    const { nodes, params } = this.graph;
    const { op, edge, down } = this.now;
    const done = edge ?? (down ? this.trace.edges.length - 1 : -1);
    const grads = new Map(this.trace.edges.slice(0, done + 1).map((/** @type {any} */ e) => [e.source, e.gradient]));
    if (step >= this.ops.length) grads.set(nodes.length - 1, [1]);
    const source = edge === undefined ? -1 : this.trace.edges[edge].source;
    this.nodes?.forEach((element, i) => {
      const known = !nodes[i].rule || this.ops.indexOf(i) <= step;
      const [value, grad] = [known ? this.text(this.trace.values[i], i) : "?", grads.has(i) ? `∂: ${this.text(/** @type {any} */ (grads.get(i)), i)}` : ""];
      const now = i === op || i === source || (down && params.includes(i)) || (step === this.ops.length && i === nodes.length - 1);
      const [name, ...lines] = element.querySelectorAll("text");
      lines.forEach((/** @type {any} */ line, /** @type {number} */ k) => this.put(element, line, [value, grad][k]));
      element.setAttribute("class", `node${known ? "" : " todo"}${now ? " now" : ""}`);
      element.setAttribute("aria-label", [name.textContent, known ? value : "not computed yet", grad && `gradient ${grad.slice(3)}`].filter(Boolean).join(", "));
    });
    this.ways?.forEach(({ element, k }, at) => {
      const target = this.graph.edges[at][1];
      const used = step < this.ops.length ? this.ops.indexOf(target) <= step : k >= 0 && k <= done;
      element.setAttribute("class", `edge${k < 0 ? " still" : ""}${used ? "" : " todo"}${(edge !== undefined && k === edge) || target === op ? " now" : ""}`);
    });
    this.reveal(edge === undefined ? this.nodes?.[op ?? nodes.length - 1] : this.ways?.find(({ k }) => k === edge).element);
  }

  /** A text in its box, smaller if it must be. @param {any} box @param {any} line @param {string} text */
  put(box, line, text) {
    const room = Number(box.querySelector("rect").getAttribute("width")) - 8;
    line.textContent = text;
    line.style.fontSize = `${Math.min(SIZE, room / (0.6 * Math.max(1, text.length)))}px`;
  }

  /** Keep a part of the drawing in sight on a narrow screen. @param {Element} part */
  reveal(part) {
    const [box, frame] = [part.getBoundingClientRect(), this.picture.getBoundingClientRect()];
    if (box.left < frame.left || box.right > frame.right) this.picture.scrollLeft += box.left - frame.left - 30;
  }

  /** Show arrays under the sentence. @param {...([string, number[], number[]] | null)} arrays */
  panel(...arrays) {
    this.figures.forEach((figure, k) => {
      const array = arrays[k];
      figure.element.hidden = !array;
      if (array) figure.show(...array);
    });
  }

  /** The step in words and numbers. @returns {(Node | string)[]} */
  sentence() {
    const { nodes } = this.graph;
    const { op, edge, down } = this.now;
    const out = nodes.at(-1).name;
    if (op !== undefined) {
      const { name, symbol, inputs, shape } = nodes[op];
      this.panel([name, this.trace.values[op], shape]);
      return ["Forward: ", el("b", {}, name), ` = ${symbol}(${inputs.map((/** @type {number} */ i) => nodes[i].name).join(", ")}) = `, el("b", {}, this.text(this.trace.values[op], op))];
    }
    if (edge !== undefined) return this.edgeSentence(this.trace.edges[edge]);
    if (down) return this.stepSentence();
    this.panel();
    return ["Backward begins: ", el("b", {}, `∂${out}/∂${out}`), " = ", el("b", {}, "1")];
  }

  /** @param {any} edge */
  edgeSentence({ source, target, jacobian, share, gradient }) {
    const size = [this.trace.values[target].length, this.trace.values[source].length];
    const { shape } = this.graph.nodes[source];
    this.panel(jacobian && [`local Jacobian ${this.by(source, target)}`, jacobian.flat(), size], [`${this.by(source)} so far`, gradient, shape]);
    const more = share.every((/** @type {number} */ v, /** @type {number} */ i) => v === gradient[i]) ? [] : [", so far ", el("b", {}, this.text(gradient, source))];
    const large = jacobian ? "" : ` The Jacobian is ${size.map((n) => number(n)).join(" × ")}: too large to write down, and nobody needs it.`;
    return ["Backward: ", el("b", {}, this.by(source)), ` += ${this.by(target)} · ${this.by(source, target)} = `, el("b", {}, this.text(share, source)), ...more, large];
  }

  stepSentence() {
    const { nodes, params, leaves } = this.graph;
    const [before, after] = this.trace.loss;
    const at = (/** @type {number} */ i) => this.trace.after[leaves.indexOf(i)];
    const moved = params.map((/** @type {number} */ i) => `${nodes[i].name} ← ${nodes[i].name} − ${number(this.state.alpha)} · ${this.by(i)} = ${this.text(at(i), i)}`);
    const i = params.includes(leaves[this.at]) ? leaves[this.at] : params[0];
    this.panel(i === undefined ? null : [`${nodes[i].name} after the step`, at(i), nodes[i].shape]);
    const fate = after < before ? "it falls" : after > before ? "it grows: the step was too long, or went past a kink" : "it stays";
    return ["Down: ", moved.join("; "), ". ", el("b", {}, nodes.at(-1).name), ` goes from ${number(before)} to `, el("b", {}, number(after)), `: ${fate}.`];
  }

  /** What an entry of the Jacobian is. @param {number} i @param {number} j */
  tell(i, j) {
    const { edge } = this.now;
    const { source, target, jacobian } = this.trace.edges[edge ?? -1] ?? {};
    if (!jacobian) return;
    this.entry.textContent = `Row ${i}, column ${j}: how entry ${i} of ${this.graph.nodes[target].name} changes with entry ${j} of ${this.graph.nodes[source].name}, both stacked by columns: ${number(jacobian[i][j])}.`;
    this.live.textContent = this.entry.textContent;
  }

  say() {
    return this.sum.textContent ?? "";
  }
}

const DRAWING = `
.picture { overflow-x: auto; max-width: 100%; padding: 2px; }
.picture svg { display: block; font-size: 15px; }
.picture text { fill: var(--ink); }
.picture .node text:nth-of-type(3), .edge text { fill: var(--accent); }
.picture rect { fill: var(--surface); stroke: var(--ink); }
.edge rect { fill: var(--paper); stroke: none; }
.edge polyline { stroke: var(--ink); }
.edge polyline.wide { stroke: transparent; stroke-width: 24; }
.edge polygon { fill: var(--ink); }
[role=button] { cursor: pointer; }
.todo :is(.node rect, polyline:not(.wide)), .node.todo rect { stroke-dasharray: 4 4; stroke: var(--faint); }
.todo polygon { fill: var(--faint); }
.now polyline:not(.wide), .node.now rect { stroke: var(--accent); stroke-width: 4; }
.node.now rect { fill: var(--tint); }
.now polygon { fill: var(--accent); }
.now text { font-weight: 700; }
.picture g:focus-visible :is(.node rect, .wide), .node:focus-visible rect { outline: 2px solid var(--accent); outline-offset: 3px; }
`;

define("graph", Graph);
