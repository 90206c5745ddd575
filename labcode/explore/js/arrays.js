// @ts-check
/** Nested lists as arrays. */

/** Integers from 0. @param {number} n */
export const range = (n) => Array.from({ length: n }, (_, i) => i);

export const sum = (/** @type {number[]} */ values) => values.reduce((s, n) => s + n, 0);
export const prod = (/** @type {number[]} */ values) => values.reduce((p, n) => p * n, 1);

/** Shape of nested lists. @param {any} array @returns {number[]} */
export const shapeOf = (array) => (Array.isArray(array) ? [array.length, ...shapeOf(array[0])] : []);

/** A shape in words. @param {any} array */
export const sizes = (array) => shapeOf(array).join(" × ");

/** An array of another shape: what both have is kept, the rest is zero. @param {any} array @param {number[]} shape @returns {any} */
export function resized(array, shape) {
  const ranks = shape.length - shapeOf(array).length;
  const from = ranks > 0 ? range(ranks).reduce((inner) => [inner], array) : range(-ranks).reduce((outer) => outer?.[0], array);
  /** @type {(old: any, shape: number[]) => any} */
  const fill = (old, [n, ...rest]) => range(n).map((i) => (rest.length ? fill(old?.[i], rest) : (old?.[i] ?? 0)));
  return fill(from, shape);
}
