// @ts-check
/** The pooling stepper. */
import { shapeOf, sizes } from "./arrays.js";
import { define, el } from "./base.js";
import { full, pool, step } from "./pool.js";
import { Sliding } from "./sliding.js";
import { factor, literal, number, repr } from "./text.js";

class Pooling extends Sliding {
  /** An empty field for the stride means the window. @param {Record<string, any>} changes */
  set(changes) {
    return super.set(changes.stride === "" ? { ...changes, stride: null } : changes);
  }

  /** @param {any} state */
  compute(state) {
    return pool(this.fits(state));
  }

  complete() {
    const layer = full(this.state.x, this.trace.axes);
    const planes = (/** @type {any} */ a) => full(a, this.trace.axes).x;
    return { ...layer, y: planes(this.trace.y), gradient: planes(this.trace.gradient) };
  }

  get count() {
    const { x, rows, columns } = this.layer;
    return x.length * rows.places * columns.places;
  }

  build() {
    const kind = this.field("kind", "keep", { max: "the largest", mean: "the mean" });
    const settings = ["kernel_size", "stride", "padding", "dilation"].map((key) => this.field(key));
    this.fields.stride.placeholder = "the window";
    const ticks = [this.field("ceil_mode", "ceil_mode: keep partial windows"), this.field("count_include_pad", "count_include_pad: a mean counts padding")];
    return this.stage(["→", "←"], kind, ...settings, ...ticks);
  }

  /** @param {...number} at channel, row, column */
  short(...at) {
    return [...(this.layer.bare ? [] : at.slice(0, -2)), ...at.slice(-this.layer.axes)];
  }

  renew() {
    const { x, y, gradient, rows, columns } = this.layer;
    const last = (/** @type {any} */ a) => (a.places - 1) * a.stride - a.padding[0] + a.dilation * (a.kernel - 1) + 1 - a.size;
    const around = (/** @type {any} */ a) => [a.padding[0], Math.max(a.padding[1], last(a))]; // partial windows reach beyond
    const shape = { count: x.length, rows: x[0].length, columns: x[0][0].length };
    const padding = this.state.kind === "max" ? "−∞" : "0";
    this.put(0, { name: "x", title: `x, ${sizes(this.state.x)}`, ...shape, values: (c) => x[c], above: around(rows), beside: around(columns), after: [rows.padding[1], columns.padding[1]], padding },
      (c, i, j) => this.touch(`x[${this.short(c, i, j).join(", ")}]`, i, j, 1, (k) => k === c), (c, i, j, texts) => this.edit("x", this.short(c, i, j), texts));
    this.put(1, { name: "y", title: `y, ${sizes(this.trace.y)}`, count: y.length, rows: rows.places, columns: columns.places, values: (k) => y[k] },
      (k, p, q) => this.go(this.stepOf(k, p, q)));
    this.put(2, { name: "gradient of x", title: "gradient of x, if each output hands back 1", ...shape, values: (c) => gradient[c] }, () => {});
    this.fields.count_include_pad.disabled = this.state.kind === "max";
    this.fields.dilation.disabled = this.state.kind === "mean" && !("dilation" in this.pending);
  }

  get now() {
    return this.trace.steps?.[this.state.step] ?? step(this.state, this.trace, this.state.step);
  }

  mark() {
    const [c, p, q] = this.at(this.state.step);
    const { terms, chosen } = this.now;
    const place = (/** @type {number[]} */ index) => /** @type {[number, number]} */ (this.layer.axes === 1 ? [0, index[0]] : index.slice(-2));
    const under = terms.map((/** @type {any} */ [index], /** @type {number} */ k) => [...place(index), "under", k === chosen ? "wins" : ""]);
    const back = terms.filter((/** @type {any} */ [, , inside], /** @type {number} */ k) => (chosen === null ? inside : k === chosen)).map((/** @type {any} */ [index]) => [...place(index), "under"]);
    if (chosen !== null) under.push([...place(terms[chosen][0]), "now"]);
    const only = (/** @type {any[]} */ marks) => (/** @type {any} */ grid, /** @type {number} */ k) => grid.mark(k === c ? marks : []);
    this.figures[0].grids.forEach(only(under));
    this.figures[1].grids.forEach(only([[p, q, "now"]]));
    this.figures[2].grids.forEach(only(back));
    this.window(p, q, (k) => k === c);
  }

  /** What the window holds, and what becomes of it; then where the gradient goes. */
  sentence() {
    const { index, terms, value, chosen, by } = this.now;
    const text = (/** @type {any} */ [, [v], inside]) => (v === null ? "−∞" : inside && this.state.kind === "max" ? number(v) : factor(v));
    const written = terms.flatMap((/** @type {any} */ term, /** @type {number} */ k) => [
      k ? (chosen === null ? " + " : ", ") : "",
      el("span", { class: k === chosen ? "won" : term[2] ? "" : "outside" }, text(term)),
    ]);
    const whole = chosen === null ? ["(", ...written, ` ) / ${by}`.replace(" )", ")")] : ["max(", ...written, ")"];
    return [el("b", {}, `y[${index.join(", ")}]`), " = ", ...whole, " = ", el("b", {}, number(value)), el("p", {}, this.fate(terms, chosen, by, value))];
  }

  /** Where the gradient of an output goes. @param {any[]} terms @param {number | null} chosen @param {number} by @param {number} value */
  fate(terms, chosen, by, value) {
    if (chosen === null) {
      const lost = terms.some(([, , inside]) => !inside) && this.state.count_include_pad ? "; the shares of padding are lost" : "";
      return `Its gradient is shared: each entry gets 1/${by} of it${lost}.`;
    }
    const ties = terms.filter(([, [v]]) => v === value).length;
    const tie = ties > 1 ? `${ties} entries tie, and the first of them wins. ` : "";
    return `${tie}The whole gradient goes to x[${terms[chosen][0].join(", ")}], none to the others.`;
  }

  say() {
    return this.sum.textContent ?? "";
  }

  code() {
    const { x, kernel_size, stride, padding, dilation, ceil_mode, count_include_pad, kind } = this.state;
    const rank = shapeOf(x).length;
    const axes = rank === 1 ? 1 : 2;
    const name = `${kind === "max" ? "max" : "avg"}_pool${axes}d`;
    const own = kind === "max" ? `dilation=${repr(dilation)}, ceil_mode=${repr(ceil_mode)}` : `ceil_mode=${repr(ceil_mode)}, count_include_pad=${repr(count_include_pad)}`;
    const settings = `kernel_size=${repr(kernel_size)}, stride=${repr(stride)}, padding=${repr(padding)}, ${own}`;
    return {
      PyTorch: `import torch\nfrom torch.nn.functional import ${name}\n\nx = torch.tensor(${literal(x)}, dtype=torch.float64)${rank < 3 ? "[None]" : ""}\nprint(${name}(x, ${settings}))\n`,
      labcode: `import labcode as lc\n\nx = ${literal(x)}\nprint(lc.${name}(x, ${settings}))\n`,
    };
  }
}

define("pooling", Pooling);
