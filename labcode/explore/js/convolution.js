// @ts-check
/** The convolution stepper. */
import { Explorer, define, el } from "./base.js";
import { Grid } from "./grid.js";
import { convolve, full, layerOf, place, products, range, shapeOf, step } from "./layer.js";
import { ArgumentError, factor, literal, number, parse, repr } from "./text.js";
import { extent, start } from "./window.js";

class Convolution extends Explorer {
  /** @param {any} state */
  compute(state) {
    return convolve(state);
  }

  /** Layer with all axes, made anew when the trace is. */
  get layer() {
    if (this.known !== this.trace) [this.known, this.made] = [this.trace, layerOf(this.state, this.trace)];
    return this.made;
  }

  get count() {
    const { w, rows, columns } = this.layer;
    return w.length * rows.places * columns.places;
  }

  build() {
    this.inputs = el("div", { class: "planes" });
    this.kernels = el("div", { class: "planes" });
    this.outputs = el("div", { class: "planes" });
    this.sum = el("p", { class: "sum" });
    this.touched = el("p", { class: "touched" });
    this.facts = el("ul", { class: "facts" });
    this.names = [el("figcaption"), el("figcaption"), el("figcaption")];
    const figure = (/** @type {number} */ i, /** @type {any} */ planes) => el("figure", {}, this.names[i], planes);
    const sign = (/** @type {string} */ text) => el("span", { class: "sign", "aria-hidden": "true" }, text);
    const stage = el("div", { class: "stage" }, figure(0, this.inputs), sign("∗"), figure(1, this.kernels), sign("="), figure(2, this.outputs));
    const sizes = ["x", "w"].map((key) => this.sizeField(key));
    const fields = el("div", { class: "fields" }, ...sizes, ...["stride", "padding", "dilation", "groups"].map((key) => this.field(key)), this.field("flip", "flip the kernel (true convolution)"));
    /** @type {any[][]} */
    this.grids = [[], [], []];
    return el("div", {}, el("style", {}, STYLE), stage, this.sum, this.touched, this.bar, fields, this.error, this.facts);
  }

  /** A field for the shape of an array; what is added is filled with zeros. @param {string} key */
  sizeField(key) {
    const input = el("input", { autocomplete: "off", size: 7, change: () => {
      const shape = [parse(input.value)].flat();
      if (shape.length !== shapeOf(this.state[key]).length || !shape.every((n) => Number.isInteger(n) && n >= 0 && n <= 64)) return this.show();
      this.set({ [key]: resized(this.pending[key] ?? this.state[key], shape) });
    } });
    (this.sizes ??= {})[key] = input;
    return el("label", { class: "field" }, `shape of ${key}`, input);
  }

  /** As many grids as there are planes. @param {number} which @param {any} box @param {number} count @param {(k: number) => Grid} make */
  planes(which, box, count, make) {
    const grids = this.grids[which];
    while (grids.length > count) grids.pop().element.remove();
    while (grids.length < count) box.append(grids[grids.push(make(grids.length)) - 1].element);
    return grids;
  }

  /** Take an entry that was typed. @param {string} key @param {number[]} at @param {string} text */
  edit(key, at, text) {
    const name = { x: "input", w: "weight" }[key];
    const value = text.trim() === "" ? NaN : Number(text);
    if (!Number.isFinite(value)) {
      this.error.textContent = new ArgumentError(name ?? key, text, "a finite number").message;
      return false;
    }
    const array = structuredClone(this.state[key]);
    const last = at.slice(0, -1).reduce((part, i) => part[i], array);
    last[at[at.length - 1]] = value;
    return this.set({ [key]: array });
  }

  draw() {
    const { x, w, y, axes, bare, rows, columns } = this.layer;
    const short = (/** @type {number[]} */ lead, /** @type {number} */ i, /** @type {number} */ j) => [...(bare ? [] : lead), ...[i, j].slice(-axes)];
    const [o, p, q] = place(this.layer, this.state.step);
    const label = (/** @type {string} */ name, /** @type {number[]} */ at) => (bare ? name : `${name}[${at.join(", ")}]`);
    const inputs = this.planes(0, this.inputs, x.length, (c) => new Grid(label("x", [c]), (i, j) => this.touch(c, i, j), (i, j, text) => this.edit("x", short([c], i, j), text)));
    const kernels = this.planes(1, this.kernels, w[o].length, (c) => new Grid(label("w", [c]), () => {}, (i, j, text) => this.edit("w", short([place(this.layer, this.state.step)[0], c], i, j), text)));
    const outputs = this.planes(2, this.outputs, w.length, (k) => new Grid(label("y", [k]), (i, j) => this.go((k * rows.places + i) * columns.places + j)));
    inputs.forEach((grid, c) => {
      grid.resize(x[c].length, x[c][0].length, rows.padding, columns.padding);
      if (this.filled !== this.trace) grid.fill(x[c]);
    });
    kernels.forEach((grid, c) => {
      grid.resize(rows.kernel, columns.kernel);
      if (this.filled !== this.trace || this.channel !== o) grid.fill(w[o][c]);
    });
    outputs.forEach((grid, k) => {
      grid.resize(rows.places, columns.places);
      if (this.filled !== this.trace) grid.fill(y[k]);
      grid.mark(k === o ? [[p, q, "now"]] : []);
    });
    /** @type {any[][]} */
    const marks = x.map(() => []);
    products(this.layer, o, p, q, (_, b, [c, i, j]) => marks[c].push([i, j, "under", number(b)]));
    inputs.forEach((grid, c) => {
      grid.mark(marks[c]);
      if (marks[c].length) grid.around(start(rows, p), start(columns, q), extent(rows), extent(columns));
      else grid.around();
    });
    if (this.filled !== this.trace) this.write1();
    [this.filled, this.channel] = [this.trace, o];
    this.names[1].textContent = bare ? `w, ${literalShape(this.state.w)}` : `w[${o}] of w, ${literalShape(this.state.w)}`;
    this.touched.textContent = "";
    this.sum.replaceChildren(...this.sentence());
  }

  /** What changes only with the layer. */
  write1() {
    const { rows, columns, axes } = this.layer;
    this.names[0].textContent = `x, ${literalShape(this.state.x)}`;
    this.names[2].textContent = `y, ${literalShape(this.trace.y)}`;
    for (const [key, input] of Object.entries(this.sizes ?? {})) input.value = shapeOf(this.state[key]).join(", ");
    const all = axes === 1 ? [["places", columns]] : [["rows of y", rows], ["columns of y", columns]];
    this.facts.replaceChildren(...all.map(([name, a]) => el("li", {}, sizeSum(/** @type {string} */ (name), a))));
  }

  /** The products and their sum. */
  sentence() {
    const { index, terms, value } = this.trace.steps?.[this.state.step] ?? step(this.layer, this.state.step);
    const parts = terms.flatMap(([, [a, b], inside]) => [el("span", inside ? {} : { class: "outside" }, `${factor(a)} · ${factor(b)}`), " + "]);
    return [el("b", {}, `y[${index.join(", ")}]`), " = ", ...parts.slice(0, -1), " = ", el("b", {}, number(value))];
  }

  /** Show the outputs that an input entry is part of. @param {number} c @param {number} i @param {number} j */
  touch(c, i, j) {
    const { w, rows, columns, groups, axes, bare } = this.layer;
    const reads = (/** @type {any} */ a, /** @type {number} */ at) => range(a.places).filter((p) => range(a.kernel).some((t) => start(a, p) + t * a.dilation === at));
    const [ps, qs] = [reads(rows, i), reads(columns, j)];
    const group = Math.floor(c / w[0].length);
    let total = 0;
    this.grids?.[2].forEach((grid, k) => {
      const mine = Math.floor(k / (w.length / groups)) === group;
      const marks = mine ? ps.flatMap((p) => qs.map((q) => [p, q, "hit"])) : [];
      total += marks.length;
      grid.mark(marks);
    });
    const name = `x[${[...(bare ? [] : [c]), ...[i, j].slice(-axes)].join(", ")}]`;
    this.touched.textContent = `${name} is part of ${number(total)} of ${number(this.count)} outputs.`;
    this.live.textContent = this.touched.textContent;
  }

  say() {
    return this.sum.textContent ?? "";
  }

  code() {
    const { x, w, stride, padding, dilation, groups, flip } = this.state;
    const settings = `stride=${repr(stride)}, padding=${repr(padding)}, dilation=${repr(dilation)}, groups=${repr([groups].flat()[0])}`;
    const { axes, bare } = full(this.state);
    const ahead = bare ? "[None, None]" : "";
    const kernel = flip ? `w.flip(${axes === 1 ? "-1" : "-2, -1"})` : "w";
    return {
      PyTorch: `import torch\nfrom torch.nn.functional import conv${axes}d\n\nx = torch.tensor(${literal(x)}, dtype=torch.float64)${ahead}\nw = torch.tensor(${literal(w)}, dtype=torch.float64)${ahead}\nconv${axes}d(x, ${kernel}, ${settings})\n`,
      labcode: `import labcode as lc\n\nlc.${flip ? "true_convolution" : "conv"}${axes}d(${literal(x)}, ${literal(w)}, ${settings})\n`,
    };
  }
}

/** @param {any} array */
const literalShape = (array) => shapeOf(array).join(" × ");

/** An array of another shape: what both have is kept. @param {any} array @param {number[]} shape @returns {any} */
function resized(array, [n, ...rest]) {
  return range(n).map((i) => (rest.length ? resized(array?.[i], rest) : array?.[i] ?? 0));
}

/** The output-size formula with its numbers. @param {string} name @param {any} a */
function sizeSum(name, a) {
  const [before, after] = a.padding;
  const top = a.size + before + after - extent(a);
  const left = a.cut ? `; the floor cuts off the last ${number(a.cut)} of the padded axis` : "; nothing is cut off";
  return `${name}: ⌊(${a.size} + ${before} + ${after} − ${a.dilation}·(${a.kernel} − 1) − 1) / ${a.stride}⌋ + 1 = ⌊${number(top / a.stride)}⌋ + 1 = ${a.places}${left}`;
}

const STYLE = `
.stage { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; }
figure { margin: 0; max-width: 100%; }
figcaption { font-size: .85rem; color: var(--faint); margin-bottom: .25rem; }
.sign { font-size: 1.4rem; color: var(--faint); }
.planes { display: flex; flex-wrap: wrap; gap: .75rem; }
.grid { position: relative; overflow-x: auto; max-width: 100%; padding: 3px; }
table { border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
th { font-weight: 400; font-size: .7rem; color: var(--faint); padding: 0 .3rem; }
td { position: relative; min-width: 2.6rem; height: 2.6rem; padding: 0 .2rem; text-align: center; border: 1px solid var(--line); cursor: pointer; }
td.corner { border: 0; min-width: 0; height: auto; cursor: default; }
td.padding { border-style: dashed; color: var(--faint); }
td.under { background: var(--tint); }
td.under[data-note]::after { content: "×" attr(data-note); position: absolute; right: 2px; bottom: 0; font-size: .62rem; color: var(--accent); }
td.now { background: var(--tint); box-shadow: inset 0 0 0 3px var(--accent); font-weight: 700; }
td.hit { box-shadow: inset 0 0 0 2px var(--paper), inset 0 0 0 4px var(--accent); }
td input { width: 3.5rem; height: 2rem; text-align: center; border: 1px solid var(--accent); border-radius: .3rem; background: var(--paper); }
.frame { position: absolute; left: 0; top: 0; border: 3px solid var(--accent); border-radius: 4px; pointer-events: none; transition: transform .18s ease-out, width .18s, height .18s; }
.small td { min-width: 1.5rem; height: 1.5rem; font-size: .7rem; }
.small td::after { display: none; }
.sum { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.outside { color: var(--faint); text-decoration: underline dotted; }
.touched:empty { display: none; }
.facts { margin: .5rem 0; padding-left: 1.1rem; font-size: .9rem; color: var(--faint); }
`;

define("convolution", Convolution);
