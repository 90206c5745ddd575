// @ts-check
/** One axis of a sliding window, in integers, as labcode.geometry has it. */
import { range } from "./arrays.js";
import { ArgumentError } from "./text.js";

export const SIZE_RULE = "output = floor((input + padding - dilation*(kernel - 1) - 1) / stride) + 1";

/**
 * @typedef {{kernel: number, stride: number, padding: number[], dilation: number, ceil?: boolean}} Window
 * @typedef {Window & {size: number, places: number, uses: number[], cut: number}} Axis
 */

/** Positions from the first tap to the last, inclusive. @param {Window} w */
export const extent = (w) => w.dilation * (w.kernel - 1) + 1;

/** Input index of the first tap at a place. @param {Window} w @param {number} place */
export const start = (w, place) => place * w.stride - w.padding[0];

/** Places of a window on an axis. @param {Window} w @param {number} size */
export function outputSize(w, size) {
  const [before, after] = w.padding;
  if (size < 1) throw new ArgumentError("input size", size, "at least 1 position", SIZE_RULE);
  const room = size + before + after - extent(w);
  const places = Math[w.ceil ? "ceil" : "floor"](room / w.stride) + 1;
  if (places < 1) {
    const spans = `${w.dilation}*(${w.kernel} - 1) + 1 = ${extent(w)} positions`;
    const has = `${before} + ${size} + ${after} = ${size + before + after}`;
    throw new ArgumentError("kernel", w.kernel, `a window that fits: it spans ${spans} and the padded input has ${has}`, SIZE_RULE);
  }
  return w.ceil && (places - 1) * w.stride >= size + before ? places - 1 : places;
}

/** How many taps of a window lie on the input. @param {any} axis @param {number} place */
export function inside(axis, place) {
  return range(axis.kernel).filter((t) => axis.size > start(axis, place) + t * axis.dilation && start(axis, place) + t * axis.dilation >= 0).length;
}

/** How a window reads an axis: its places, how often each position is read, what the floor cuts off. @param {Window} w @param {number} size @returns {Axis} */
export function axis(w, size) {
  const places = outputSize(w, size);
  const uses = Array(size).fill(0);
  for (let place = 0; place < places; place++) {
    for (let tap = 0; tap < w.kernel; tap++) {
      const at = start(w, place) + tap * w.dilation;
      if (at >= 0 && at < size) uses[at] += 1;
    }
  }
  const { kernel, stride, padding, dilation, ceil = false } = w;
  const cut = Math.max(0, size + padding[1] - start(w, places - 1) - extent(w));
  return { size, kernel, stride, padding, dilation, ceil, places, uses, cut };
}

/** The rows of a line. */
export const ONE = axis({ kernel: 1, stride: 1, padding: [0, 0], dilation: 1 }, 1);
