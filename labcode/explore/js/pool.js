// @ts-check
/** Pooling, as labcode computes it: its axes, its output, its winners and divisors, its gradient, its errors. */
import { range, shapeOf } from "./arrays.js";
import { ArgumentError, perAxis, repr } from "./text.js";
import { ONE, SIZE_RULE, axis, inside, start } from "./window.js";

/** A layer with every axis present: x (C, H, W), a window for rows and one for columns. @param {any} x @param {any[]} axes */
export function full(x, axes) {
  const rank = shapeOf(x).length;
  const [rows, columns] = axes.length === 1 ? [ONE, axes[0]] : axes;
  return { x: rank === 3 ? x : rank === 2 ? [x] : [[x]], rows, columns, axes: axes.length, bare: rank < 3 };
}

/** Windows of a state, or labcode's error. @param {any} state */
function windows(state) {
  const shape = shapeOf(state.x);
  if (!["max", "mean"].includes(state.kind)) throw new ArgumentError("kind", repr(state.kind), '"max" or "mean"');
  if (shape.length > 3) throw new ArgumentError("input", `shape ${repr(shape)}`, "1 to 3 dimensions", "input has shape (L,), (H, W) or (C, H, W)");
  const sizes = shape.length === 1 ? shape : shape.slice(-2);
  const kernel = perAxis("kernel_size", state.kernel_size, sizes.length, 1, SIZE_RULE);
  const stride = state.stride === null ? kernel : perAxis("stride", state.stride, sizes.length, 1, SIZE_RULE);
  const padding = perAxis("padding", state.padding, sizes.length, 0, SIZE_RULE);
  if (padding.some((p, i) => 2 * p > kernel[i])) throw new ArgumentError("padding", repr(padding), `at most half of kernel_size ${repr(kernel)}`, "padding <= kernel_size / 2");
  const dilation = perAxis("dilation", state.dilation, sizes.length, 1, SIZE_RULE);
  if (state.kind === "mean" && dilation.some((d) => d > 1)) throw new ArgumentError("dilation", repr(dilation), "1: a mean has no dilation");
  const all = sizes.map((n, i) => axis({ kernel: kernel[i], stride: stride[i], padding: [padding[i], padding[i]], dilation: dilation[i], ceil: state.ceil_mode }, n));
  for (const a of all) {
    if (a.dilation > 1 && range(a.places).some((p) => !inside(a, p))) throw new ArgumentError("dilation", a.dilation, `a window that never misses an input of ${a.size}`, "each window holds an input");
  }
  return all;
}

/** What a sum is divided by, along one axis. @param {any} axis @param {number} place @param {boolean} padded whether padding counts */
function divisor(axis, place, padded) {
  const from = start(axis, place);
  return padded ? Math.min(from + axis.kernel, axis.size + axis.padding[1]) - from : inside(axis, place);
}

/** Visit the taps of a window; nothing is read off the input. @param {any} layer @param {number} c @param {number} p @param {number} q @param {(value: number | undefined, i: number, j: number) => void} visit */
export function taps({ x, rows, columns }, c, p, q, visit) {
  for (let s = 0; s < rows.kernel; s++) {
    const i = start(rows, p) + s * rows.dilation;
    for (let t = 0; t < columns.kernel; t++) {
      const j = start(columns, q) + t * columns.dilation;
      visit(x[c][i]?.[j], i, j);
    }
  }
}

/** Of one output entry: its value, the taps that reach it, its divisor. @param {any} layer @param {any} state @param {number} c @param {number} p @param {number} q */
function entry(layer, state, c, p, q) {
  if (state.kind === "mean") {
    let sum = 0;
    taps(layer, c, p, q, (value) => (sum += value ?? 0));
    const by = divisor(layer.rows, p, state.count_include_pad) * divisor(layer.columns, q, state.count_include_pad);
    return { value: sum / by, by, at: [0, 0] };
  }
  let [value, at] = [-Infinity, [0, 0]];
  taps(layer, c, p, q, (v, i, j) => {
    if (v !== undefined && v > value) [value, at] = [v, [i, j]];
  });
  return { value, by: 1, at };
}

/** Axes, output and gradient of a layer, or labcode's error. @param {any} state */
export function pool(state) {
  const axes = windows(state);
  const layer = full(state.x, axes);
  const { x, rows, columns } = layer;
  const back = x.map((/** @type {any} */ plane) => plane.map((/** @type {number[]} */ line) => line.map(() => 0)));
  const y = x.map((/** @type {any} */ _, /** @type {number} */ c) => range(rows.places).map((p) => range(columns.places).map((q) => {
    const { value, by, at } = entry(layer, state, c, p, q);
    if (state.kind === "max") back[c][at[0]][at[1]] += 1;
    else taps(layer, c, p, q, (v, i, j) => v !== undefined && (back[c][i][j] += 1 / by));
    return value;
  })));
  const thin = (/** @type {any} */ planes) => (layer.bare ? (axes.length === 1 ? planes[0][0] : planes[0]) : planes);
  return { y: thin(y), gradient: thin(back), axes };
}

/** How an output entry comes about, as labcode's trace tells it; on padding a maximum reads nothing. @param {any} state @param {any} trace @param {number} at */
export function step(state, trace, at) {
  const layer = full(state.x, trace.axes);
  const each = layer.rows.places * layer.columns.places;
  const [c, p, q] = [Math.floor(at / each), Math.floor((at % each) / layer.columns.places), at % layer.columns.places];
  const short = (/** @type {number[]} */ [k, ...rest]) => [...(layer.bare ? [] : [k]), ...rest.slice(-layer.axes)];
  const { value, by, at: winner } = entry(layer, state, c, p, q);
  /** @type {any[]} */
  const terms = [];
  let chosen = null;
  taps(layer, c, p, q, (v, i, j) => {
    if (state.kind === "max" && i === winner[0] && j === winner[1]) chosen = terms.length;
    terms.push([short([c, i, j]), [v ?? (state.kind === "max" ? null : 0)], v !== undefined]);
  });
  return { index: short([c, p, q]), terms, value, chosen, by };
}

/** All steps of a state. @param {any} state */
export function steps(state) {
  const trace = pool(state);
  const { x, rows, columns } = full(state.x, trace.axes);
  return range(x.length * rows.places * columns.places).map((at) => step(state, trace, at));
}
