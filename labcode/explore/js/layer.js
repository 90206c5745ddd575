// @ts-check
/** A convolution, as labcode computes it: its axes, its output, its steps, its errors. */
import { range, shapeOf } from "./arrays.js";
import { ArgumentError, perAxis, repr } from "./text.js";
import { ONE, SIZE_RULE, axis, start } from "./window.js";

export const CHANNEL_RULE = "weight has shape (out_channels, in_channels/groups, *kernel)";

/** Padding as labcode takes it: for each axis, before and after. @param {any} padding @param {number[]} stride @param {number[]} dilation @param {number[]} kernel */
export function sides(padding, stride, dilation, kernel) {
  if (typeof padding !== "string") return perAxis("padding", padding, kernel.length, 0, SIZE_RULE).map((p) => [p, p]);
  if (!["same", "valid"].includes(padding)) throw new ArgumentError("padding", repr(padding), 'integers >= 0, "same" or "valid"', SIZE_RULE);
  if (padding === "valid") return kernel.map(() => [0, 0]);
  if (stride.some((s) => s > 1)) throw new ArgumentError("padding", "'same'", `stride 1, not ${repr(stride)}`, "same: output size = input size");
  return kernel.map((k, i) => {
    const total = dilation[i] * (k - 1);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
}

/** Refuse groups that do not share channels evenly. @param {number} groups @param {string} name @param {number} channels */
export function divides(groups, name, channels) {
  if (channels % groups) throw new ArgumentError("groups", groups, `a divisor of ${name} = ${channels}`, CHANNEL_RULE);
}

/** A state with every axis present: x (C, H, W), w (O, C/groups, kH, kW), a window for rows and one for columns. @param {any} state */
export function full(state) {
  const bare = shapeOf(state.w).length <= 2;
  const axes = bare ? shapeOf(state.w).length : shapeOf(state.w).length - 2;
  const plane = (/** @type {any} */ a) => (axes === 1 ? [a] : a);
  const x = (bare ? [state.x] : state.x).map(plane);
  const w = (bare ? [[state.w]] : state.w).map((/** @type {any} */ o) => o.map(plane));
  return { axes, bare, x, w };
}

/** Refuse arrays whose ranks do not go together. @param {number[]} x @param {number[]} w */
function checkRanks(x, w) {
  if (w.length > 4) throw new ArgumentError("weight", `shape ${repr(w)}`, "1 to 4 dimensions", "(K,), (kH, kW), (O, C/groups, *kernel)");
  const axes = w.length > 2 ? w.length - 2 : w.length;
  const expected = w.length > 2 ? `${axes + 1} dimensions (C, *spatial)` : `${axes} dimensions, bare as the kernel`;
  if (x.length !== axes + Number(w.length > 2)) throw new ArgumentError("input", `shape ${repr(x)}`, expected, "input has shape (C, *spatial), without a batch");
}

/** Axes and output of a layer, or labcode's error. @param {any} state */
export function convolve(state) {
  checkRanks(shapeOf(state.x), shapeOf(state.w));
  const { axes, bare, x, w } = full(state);
  const kernel = shapeOf(state.w).slice(-axes);
  const stride = perAxis("stride", state.stride, axes, 1, SIZE_RULE);
  const dilation = perAxis("dilation", state.dilation, axes, 1, SIZE_RULE);
  const padding = sides(state.padding, stride, dilation, kernel);
  const [groups] = perAxis("groups", state.groups, 1, 1, CHANNEL_RULE);
  divides(groups, "out_channels", w.length);
  const per = w[0].length;
  if (x.length !== per * groups) {
    throw new ArgumentError("input", `${x.length} channels`, `in_channels = groups * weight.shape[1] = ${groups} * ${per} = ${groups * per} channels`, CHANNEL_RULE);
  }
  const sizes = shapeOf(state.x).slice(-axes);
  const all = sizes.map((n, i) => axis({ kernel: kernel[i], stride: stride[i], padding: padding[i], dilation: dilation[i] }, n));
  const [rows, columns] = axes === 1 ? [ONE, all[0]] : all;
  const y = w.map((/** @type {any} */ _, /** @type {number} */ o) => range(rows.places).map((p) => range(columns.places).map((q) => {
    let sum = 0;
    products({ x, w, groups, flip: state.flip, rows, columns }, o, p, q, (a, b) => (sum += a * b));
    return sum;
  })));
  const line = axes === 1 ? y.map((/** @type {any} */ plane) => plane[0]) : y;
  return { y: bare ? line[0] : line, axes: all };
}


/** Visit the products of one output entry. @param {any} layer @param {number} o @param {number} p @param {number} q @param {(a: number, b: number, at: number[], tap: number[]) => void} visit */
export function products({ x, w, groups, flip, rows, columns }, o, p, q, visit) {
  const first = Math.floor(o / (w.length / groups)) * w[o].length;
  for (let c = 0; c < w[o].length; c++) {
    for (let s = 0; s < rows.kernel; s++) {
      const i = start(rows, p) + s * rows.dilation;
      const line = x[first + c][i];
      for (let t = 0; t < columns.kernel; t++) {
        const j = start(columns, q) + t * columns.dilation;
        const tap = flip ? [rows.kernel - 1 - s, columns.kernel - 1 - t] : [s, t];
        visit(line?.[j] ?? 0, w[o][c][tap[0]][tap[1]], [first + c, i, j], [c, ...tap]);
      }
    }
  }
}

/** A layer with every axis present, of a state and what was computed of it. @param {any} state @param {any} trace */
export function layerOf(state, trace) {
  const { axes, bare, x, w } = full(state);
  const [rows, columns] = axes === 1 ? [ONE, trace.axes[0]] : trace.axes;
  const y = (bare ? [trace.y] : trace.y).map((/** @type {any} */ plane) => (axes === 1 ? [plane] : plane));
  return { axes, bare, x, w, y, rows, columns, groups: [state.groups].flat()[0], flip: state.flip };
}

/** Output channel, row and column of a step. @param {any} layer @param {number} at */
export function place({ rows, columns }, at) {
  const [o, rest] = [Math.floor(at / (rows.places * columns.places)), at % (rows.places * columns.places)];
  return [o, Math.floor(rest / columns.places), rest % columns.places];
}

/** How an output entry comes about, as labcode's trace tells it. @param {any} layer @param {number} at */
export function step(layer, at) {
  const { axes, bare, x, y } = layer;
  const [o, p, q] = place(layer, at);
  const short = (/** @type {number[]} */ [c, ...rest]) => [...(bare ? [] : [c]), ...rest.slice(-axes)];
  /** @type {[number[], number[], boolean][]} */
  const terms = [];
  products(layer, o, p, q, (a, b, from) => terms.push([short(from), [a, b], x[from[0]][from[1]]?.[from[2]] !== undefined]));
  return { index: short([o, p, q]), terms, value: y[o][p][q] };
}

/** All steps of a state. @param {any} state */
export function steps(state) {
  const layer = layerOf(state, convolve(state));
  return range(layer.w.length * layer.rows.places * layer.columns.places).map((at) => step(layer, at));
}
