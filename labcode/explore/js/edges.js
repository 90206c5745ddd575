// @ts-check
/** The Jacobian of one op, as labcode computes it: its entries, its memory, what each cell means, its errors. */
import { prod, range, shapeOf } from "./arrays.js";
import { sides } from "./layer.js";
import { ArgumentError, entry, perAxis, repr } from "./text.js";
import { SIZE_RULE, axis, start } from "./window.js";

const LARGEST = 256;

/** A state with the axes of its windows and the shape of its output, or labcode's error. @param {any} state @param {any} facts */
function checked(state, { choices }) {
  for (const [key, names] of Object.entries(choices)) {
    if (!Object.hasOwn(names, state[key])) throw new ArgumentError(key, repr(state[key]), `one of ${Object.keys(names).map(repr).join(", ")}`);
  }
  const { op, by } = state;
  if (by === "w" && !["matmul", "conv2d"].includes(op)) throw new ArgumentError("by", "'w'", `'x': ${op} has no w`);
  for (const key of ["x", "w"]) {
    const rows = state[key];
    const sound = Array.isArray(rows) && rows.length && rows.every((row) => Array.isArray(row) && row.length === rows[0].length && row.length && row.every(Number.isFinite));
    if (!sound) throw new ArgumentError(key, "no matrix", "rows of equal length, of finite numbers");
  }
  const stride = perAxis("stride", state.stride, 2, 1, SIZE_RULE);
  const dilation = perAxis("dilation", state.dilation, 2, 1, SIZE_RULE);
  const padding = sides(state.padding, stride, dilation, shapeOf(state.w));
  const pool = perAxis("pool", state.pool, 2, 1, SIZE_RULE);
  const [x, w] = [shapeOf(state.x), shapeOf(state.w)];
  if (op === "matmul" && x[0] !== w[1]) throw new ArgumentError("other", repr(x), `k = ${w[1]} on axis 0, as in an earlier input`, "mk,kn->mn");
  /** @type {any[]} */
  let axes = [];
  if (op === "conv2d") axes = x.map((n, i) => axis({ kernel: w[i], stride: stride[i], padding: padding[i], dilation: dilation[i] }, n));
  if (op === "max_pool2d") axes = x.map((n, i) => axis({ kernel: pool[i], stride: pool[i], padding: [0, 0], dilation: 1 }, n));
  const output = op === "matmul" ? [w[0], x[1]] : op === "relu" ? x : axes.map((a) => a.places);
  for (const [name, shape] of /** @type {[string, number[]][]} */ ([["y", output], [by, by === "x" ? x : w]])) {
    if (prod(shape) > LARGEST) throw new ArgumentError(name, `${prod(shape)} entries`, `at most ${LARGEST}, to fit the screen`);
  }
  return { ...state, axes, output, shape: by === "x" ? x : w };
}

/** ∂y[out]/∂(input)[at], nothing if it is always zero, and why. @type {Record<string, (s: any, out: number[], at: number[]) => [number | undefined, string]>} */
const RULES = {
  matmul({ by, x, w }, out, at) {
    const [[i, j], y] = [out, entry("y", out)];
    /** @type {(value: number, factor: string) => [number, string]} */
    const times = (value, factor) => [value, `${entry(by, at)} is multiplied by ${factor} in ${y}`];
    if (by === "w") return at[0] === i ? times(x[at[1]][j], entry("x", [at[1], j])) : [undefined, `${y} reads row ${i} of w alone`];
    return at[1] === j ? times(w[i][at[0]], entry("w", [i, at[0]])) : [undefined, `${y} reads column ${j} of x alone`];
  },
  conv2d({ by, x, w, axes }, out, at) {
    const window = `the window of ${entry("y", out)}`;
    /** @type {[number, number]} where the input is under a tap, or the tap over an input */
    const [i, j] = axes.map((/** @type {any} */ a, /** @type {number} */ k) => by === "w" ? start(a, out[k]) + at[k] * a.dilation : (at[k] - start(a, out[k])) / a.dilation);
    const value = (by === "w" ? x : w)[i]?.[j];
    if (by === "w") return [value, value === undefined ? `${entry("w", at)} lies on padding in ${window}` : `${entry("w", at)} lies on ${entry("x", [i, j])} in ${window}`];
    return [value, value === undefined ? `${entry("x", at)} is not under ${window}` : `${entry("w", [i, j])} lies on ${entry("x", at)} in ${window}`];
  },
  max_pool2d({ x, axes }, out, at) {
    const [window, here] = [`the window of ${entry("y", out)}`, entry("x", at)];
    if (at.some((i, k) => Math.floor(i / axes[k].kernel) !== out[k])) return [undefined, `${here} is not under ${window}`];
    const [top, left] = [start(axes[0], out[0]), start(axes[1], out[1])];
    const under = range(axes[0].kernel).flatMap((i) => range(axes[1].kernel).map((j) => [top + i, left + j]));
    const best = under.reduce((a, b) => (x[b[0]][b[1]] > x[a[0]][a[1]] ? b : a));
    return entry("x", best) === here ? [1, `${here} is the largest in ${window}, or the first of the largest`] : [undefined, `${entry("x", best)} wins in ${window}`];
  },
  relu({ x }, out, at) {
    const [y, here] = [entry("y", out), entry("x", at)];
    if (here !== entry("x", out)) return [undefined, `${y} reads ${entry("x", out)} alone`];
    return x[at[0]][at[1]] > 0 ? [1, `${here} is positive and passes as it is`] : [0, `${here} is not positive, so ${y} stays zero`];
  },
};

/** Which entry vec puts at a place. @param {number} n @param {number[]} shape @param {string} order */
const unravel = (n, [rows, columns], order) => (order === "F" ? [n % rows, Math.floor(n / rows)] : [Math.floor(n / columns), n % columns]);

/** A cell: which output, which input, its value, why. @param {any} s @param {number} number */
function at(s, number) {
  const columns = prod(s.layout === "numerator" ? s.shape : s.output);
  const place = [Math.floor(number / columns), number % columns];
  const [o, i] = s.layout === "numerator" ? place : place.reverse();
  const [output, input] = [unravel(o, s.output, s.order), unravel(i, s.shape, s.order)];
  const [value, why] = RULES[s.op](s, output, input);
  return { output, input, value, why };
}

/** What a cell means, counted row by row. @param {any} state @param {any} facts @param {number} number */
export function cell(state, facts, number) {
  const found = at(checked(state, facts), number);
  return { ...found, value: found.value ?? 0 };
}

/** Dimensions, entries and memory of the Jacobian of a state, or labcode's error. @param {any} state @param {any} facts @returns {any} */
export function edge(state, facts) {
  const s = checked(state, facts);
  const shapes = s.layout === "numerator" ? [s.output, s.shape] : [s.shape, s.output];
  const [rows, columns] = shapes.map(prod);
  const entries = range(rows * columns).map((n) => [Math.floor(n / columns), n % columns, at(s, n).value]).filter(([, , value]) => value !== undefined);
  return {
    output: s.output, rows, columns, blocks: shapes.map((shape) => shape[s.order === "F" ? 0 : 1]), entries,
    nonzero: entries.filter(([, , value]) => value).length, dense: 8 * rows * columns, sparse: 12 * entries.length + 4 * (rows + 1),
    form: (s.layout === "denominator" ? "the transpose of " : "") + facts.forms[`${s.op} ${s.by}`][Number(s.order === "C")],
  };
}
