// @ts-check
/** The Jacobian viewer. */
import { range, shapeOf } from "./arrays.js";
import { Explorer, define, el } from "./base.js";
import { cell, edge } from "./edges.js";
import { entry, literal, number, repr } from "./text.js";

const by = (/** @type {any} */ sizes) => [sizes].flat().join(" × ");

class Matrix extends Explorer {
  /** @param {PointerEvent} event */
  hear = (event) => this.point(event);
  picture = el("div", { class: "matrix", tabindex: 0, role: "group", pointerdown: this.hear, pointermove: this.hear });
  sum = el("p", { class: "why" });
  facts = el("ul");
  answer = el("p", { "aria-live": "polite" });

  view() {
    return { ask: false, guess: "" };
  }

  /** @param {any} state */
  compute(state) {
    return edge(state, this.data.facts);
  }

  get count() {
    return this.trace.rows * this.trace.columns;
  }

  build() {
    const { choices, labels } = this.data.facts;
    const own = Object.keys(this.data.config).map((key) => this.field(key, labels[key], choices[key]));
    const asked = el("div", { class: "fields" }, this.field("ask", "let me say its dimensions first"), this.field("guess", "rows × columns"));
    return el("div", {}, el("div", { class: "fields" }, ...own), this.error, asked, this.answer, this.facts, this.picture, this.sum, this.bar);
  }

  /** The cell under the pointer, chosen when it is pressed. @param {PointerEvent} event */
  point({ type, clientX, clientY }) {
    const box = this.picture.querySelector("svg").getBoundingClientRect();
    const { rows, columns } = this.trace;
    const [row, column] = [Math.floor(((clientY - box.top) / box.height) * rows), Math.floor(((clientX - box.left) / box.width) * columns)];
    if (row >= 0 && row < rows && column >= 0 && column < columns) this[type === "pointerdown" ? "go" : "glance"](row * columns + column);
  }

  /** Arrows up and down go to the row above and below. @param {KeyboardEvent} event */
  key(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    const to = this.state.step + (by ?? 0) * this.trace.columns;
    if (!by || target.matches("input, select")) return super.key(event);
    event.preventDefault();
    if (to >= 0 && to < this.count) this.go(to);
  }

  draw() {
    const { trace, state: { op, step, ask, guess } } = this;
    const right = by(guess) === by([trace.rows, trace.columns]);
    for (const [key, ops] of Object.entries(this.data.facts.uses)) this.fields[key].parentElement.hidden = !ops.includes(op);
    this.fields.guess.parentElement.hidden = !ask;
    this.answer.textContent = ask && guess !== "" ? this.judge(right) : "";
    for (const part of [this.facts, this.picture, this.sum, this.bar]) part.hidden = ask && !right;
    if (this.drawn !== trace) this.paint();
    this.drawn = trace;
    const frame = this.picture.querySelector(".now");
    frame.setAttribute("x", step % trace.columns);
    frame.setAttribute("y", Math.floor(step / trace.columns));
    this.sum.textContent = this.say();
  }

  /** Whether the reader's dimensions are right, and else what counts. @param {boolean} right */
  judge(right) {
    const { trace: { output }, state } = this;
    const [a, b] = this.laid([`y, ${by(output)}`, `${state.by}, ${by(shapeOf(state[state.by]))}`]);
    return right ? `Right: ${by(state.guess)}.` : `Not so: there is a row for each entry of ${a}, and a column for each entry of ${b}.`;
  }

  /** Output and input as row and column. @param {string[]} pair */
  laid(pair) {
    return this.state.layout === "numerator" ? pair : pair.reverse();
  }

  /** The picture: a square for each entry that is stored, lines between blocks. */
  paint() {
    const { rows, columns, blocks, entries, nonzero, dense, sparse, form } = this.trace;
    const name = `∂y/∂${this.state.by} is ${rows} × ${columns}: ${form}.`;
    const most = Math.max(...entries.map((/** @type {number[]} */ [, , v]) => Math.abs(v)));
    /** @type {(entry: number[]) => string} */
    const square = ([r, c, v]) => `<rect x="${c}" y="${r}" width="1" height="1" fill-opacity="${0.1 + (v ? 0.4 * Math.abs(v) / most : 0)}"/>${columns < 15 && rows < 30 ? `<text x="${c + 0.5}" y="${r + 0.65}">${number(v)}</text>` : ""}`;
    /** @type {(size: number, block: number, line: (at: number) => string) => string} */
    const lines = (size, block, line) => range(size / block + 1).map((n) => line(n * block)).join("");
    this.picture.innerHTML = `<svg viewBox="-0.1 -0.1 ${columns + 0.2} ${rows + 0.2}" style="max-width: ${Math.min(3, 36 / rows) * columns}rem" aria-hidden="true">${entries.map(square).join("")}<path d="${lines(rows, blocks[0], (r) => `M0 ${r}H${columns}`)}${lines(columns, blocks[1], (c) => `M${c} 0V${rows}`)}"/><rect class="now" width="1" height="1"/></svg>`;
    this.picture.setAttribute("aria-label", `${name} Arrow keys move.`);
    const told = [
      name,
      `Of ${number(rows * columns)} cells ${number(entries.length)} are stored, for they need not be zero; ${number(nonzero)} are not zero here.`,
      `With all its zeros it takes ${number(dense)} B; stored with their places (CSR), ${number(sparse)} B.`,
    ];
    this.facts.replaceChildren(...told.map((text) => el("li", {}, text)));
  }

  say() {
    const { trace: { columns, cells }, state: { step, by }, data } = this;
    const { output, input, value, why } = cells?.[step] ?? cell(this.state, data.facts, step);
    const [a, b] = this.laid([entry("y", output), entry(by, input)]);
    return `Row ${Math.floor(step / columns)} is ${a}, column ${step % columns} is ${b}: ${number(value)}, because ${why}.`;
  }

  code() {
    const { x, w, op, by, stride, padding, dilation, pool, order, layout } = this.state;
    const settings = `, stride=${repr(stride)}, padding=${repr(padding)}, dilation=${repr(dilation)}`;
    /** @type {(library: string, ahead: string, behind: string) => string} */
    const y = (library, ahead, behind) => op === "matmul" ? "w @ x" : `${library}${op}(${op === "relu" ? "x" : `x${ahead}, ${op === "conv2d" ? `w${ahead}${settings}` : repr(pool)}`})${op === "relu" ? "" : behind}`;
    const turned = order === "F" ? ".permute(1, 0, 3, 2)" : "";
    const arrays = (/** @type {string} */ open, /** @type {string} */ close) => `x = ${open}${literal(x)}${close}\nw = ${open}${literal(w)}${close}\n`;
    return {
      PyTorch: `import torch\nfrom torch.nn.functional import conv2d, max_pool2d, relu\n\n${arrays("torch.tensor(", ", dtype=torch.float64)")}J = torch.autograd.functional.jacobian(lambda ${by}: ${y("", "[None, None]", "[0, 0]")}, ${by})\nJ = J${turned}.reshape(-1, ${by}.numel())\nprint(J${layout === "numerator" ? "" : ".T"})\n`,
      labcode: `import numpy as np\nimport labcode as lc\n\n${arrays("lc.Variable(np.array(", ", float))")}y = ${y("lc.", "", "")}\nprint(lc.jacobian(y, ${by}, order="${order}", layout="${layout}"))\n`,
    };
  }
}

define("matrix", Matrix);
