// @ts-check
/** The convolution stepper. */
import { range, shapeOf, sizes } from "./arrays.js";
import { define, el } from "./base.js";
import { convolve, layerOf, products, step } from "./layer.js";
import { Sliding } from "./sliding.js";
import { factor, literal, number, repr } from "./text.js";

class Convolution extends Sliding {
  channel = -1; // the output channel whose kernels are on the screen

  get arrays() {
    return { x: "input", w: "weight" };
  }

  /** @param {any} state */
  compute(state) {
    return convolve(this.fits(state));
  }

  complete() {
    return layerOf(this.state, this.trace);
  }

  get count() {
    const { w, rows, columns } = this.layer;
    return w.length * rows.places * columns.places;
  }

  build() {
    const settings = ["stride", "padding", "dilation", "groups"].map((key) => this.field(key));
    return this.stage(["∗", "="], ...settings, this.field("flip", "true convolution: flip the kernel"));
  }

  /** An entry's indices as labcode has them. @param {...number} at channels, row, column */
  short(...at) {
    const { axes, bare } = this.layer;
    return [...(bare ? [] : at.slice(0, -2)), ...at.slice(-axes)];
  }

  renew() {
    const { x, y, rows, columns } = this.layer;
    const around = { above: rows.padding, beside: columns.padding };
    this.put(0, { name: "x", title: `x, ${sizes(this.state.x)}`, count: x.length, rows: x[0].length, columns: x[0][0].length, values: (c) => x[c], ...around },
      (c, i, j) => this.press(c, i, j), (c, i, j, texts) => this.edit("x", this.short(c, i, j), texts));
    this.put(2, { name: "y", title: `y, ${sizes(this.trace.y)}`, count: y.length, rows: rows.places, columns: columns.places, values: (k) => y[k] },
      (k, p, q) => this.go(this.stepOf(k, p, q)));
    this.channel = -1;
  }

  mark() {
    const { w, y, x, rows, columns } = this.layer;
    const [o, p, q] = this.at(this.state.step);
    if (this.channel !== o) {
      const title = y.length > 1 ? `w[${o}], one of ${y.length} kernels of w, ${sizes(this.state.w)}` : `w, ${sizes(this.state.w)}`;
      this.put(1, { name: y.length > 1 ? `w[${o}]` : "w", title, count: w[o].length, rows: rows.kernel, columns: columns.kernel, values: (c) => w[o][c] },
        () => {}, (c, i, j, texts) => this.edit("w", this.short(this.at(this.state.step)[0], c, i, j), texts));
      this.channel = o;
    }
    /** @type {[number, number, string, string][][]} */
    const under = x.map(() => []);
    products(this.layer, o, p, q, (_, b, [c, i, j]) => under[c].push([i, j, "under", `×${number(b)}`]));
    this.figures[0].grids.forEach((/** @type {any} */ grid, /** @type {number} */ c) => grid.mark(under[c]));
    this.window(p, q, (c) => under[c].length > 0);
    this.figures[2].grids.forEach((/** @type {any} */ grid, /** @type {number} */ k) => grid.mark(k === o ? [[p, q, "now"]] : []));
  }

  /** What a click on an entry of x shows. @param {number} c @param {number} i @param {number} j */
  press(c, i, j) {
    const { w, groups } = this.layer;
    const group = Math.floor(c / w[0].length);
    this.touch(`x[${this.short(c, i, j).join(", ")}]`, i, j, 2, (k) => Math.floor(k / (w.length / groups)) === group);
  }

  /** The products and their sum; a line for each channel. */
  sentence() {
    const { w } = this.layer;
    const { index, terms, value } = this.trace.steps?.[this.state.step] ?? step(this.layer, this.state.step);
    const each = terms.length / w[0].length;
    const written = (/** @type {any} */ [, [a, b], inside]) => el("span", inside ? { class: "term" } : { class: "term outside", title: "on padding" }, `${factor(a)} · ${factor(b)}`);
    const line = (/** @type {number} */ c) => terms.slice(c * each, (c + 1) * each).flatMap((/** @type {any} */ term, /** @type {number} */ k) => [k || c ? " + " : "", written(term)]);
    const channels = range(w[0].length).map((c) => el("span", w[0].length > 1 ? { class: "line" } : {}, ...line(c)));
    return [el("b", {}, `y[${index.join(", ")}]`), " = ", ...channels, " = ", el("b", {}, number(value))];
  }

  say() {
    const text = this.sum.textContent ?? "";
    return text.length < 200 ? text : `${text.slice(0, text.indexOf("=") + 1)} a sum of ${shapeOf(this.layer.w).slice(1).reduce((a, b) => a * b)} products = ${text.slice(text.lastIndexOf("=") + 1)}`;
  }

  code() {
    const { x, w, stride, padding, dilation, groups, flip } = this.state;
    const settings = `stride=${repr(stride)}, padding=${repr(padding)}, dilation=${repr(dilation)}, groups=${repr([groups].flat()[0])}`;
    const rank = shapeOf(w).length;
    const [axes, ahead] = rank > 2 ? [rank - 2, ""] : [rank, "[None, None]"];
    const kernel = flip ? `w.flip(${axes === 1 ? "-1" : "-2, -1"})` : "w";
    const tensor = (/** @type {any} */ a) => `torch.tensor(${literal(a)}, dtype=torch.float64)${ahead}`;
    return {
      PyTorch: `import torch\nfrom torch.nn.functional import conv${axes}d\n\nx = ${tensor(x)}\nw = ${tensor(w)}\nprint(conv${axes}d(x, ${kernel}, ${settings}))\n`,
      labcode: `import labcode as lc\n\nx = ${literal(x)}\nw = ${literal(w)}\nprint(lc.${flip ? "true_convolution" : "conv"}${axes}d(x, w, ${settings}))\n`,
    };
  }
}

define("convolution", Convolution);
