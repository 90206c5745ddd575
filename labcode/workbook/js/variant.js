// @ts-check
/** A variant as the page knows it: labcode.practice.data tells the format, field by field. */
import { alike, flat, shapeOf, write } from "./answers.js";
import { alphabet } from "./common.js";
import { Fraction, fraction } from "./fraction.js";

/** @typedef {any} Value a Fraction or lists of Values */
/** @typedef {{ kind: string, rows: any, shape: number[], sizes: number[][] }} Rule */

/** @param {any[]} items @param {number[]} shape @returns {Value} */
function shaped(items, shape) {
  if (!shape.length) return items[0];
  const step = items.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => shaped(items.slice(i * step, (i + 1) * step), shape.slice(1)));
}

/** @param {string} body @returns {Fraction[]} */
function numbers(body) {
  if (body.startsWith("=")) return body.slice(1).split(" ").map(fraction);
  return [...body].map((letter) => new Fraction(BigInt(alphabet.indexOf(letter) - 40)));
}

/** @param {string} text @param {number[]} [like] its shape where the text says none @returns {Value} */
export function unpack(text, like = []) {
  const at = text.indexOf(":");
  const shape = at < 0 ? like : at ? text.slice(0, at).split("x").map(Number) : [];
  return shaped(numbers(text.slice(at + 1)), shape);
}

/** 24 bits of the FNV-1a hash of a value as it is written, in four letters. @param {Value} value */
export function fingerprint(value) {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(write(value))) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  state = (state ^ (state >>> 24)) >>> 0;
  return [0, 6, 12, 18].map((shift) => alphabet[(state >>> shift) & 63]).join("");
}

/** What follows from earlier answers; null where their shapes do not fit. @param {Rule} rule @param {Value[]} earlier @returns {Value | null} */
export function follow(rule, earlier) {
  if (earlier.length !== rule.sizes.length || !earlier.every((v, i) => alike(shapeOf(v), rule.sizes[i]))) return null;
  const product = (/** @type {Fraction[]} */ all) => all.reduce((a, b) => a.times(b), new Fraction(1n));
  if (rule.kind === "entries") return rule.rows.map((/** @type {number[]} */ row) => product(flat(row.map((i) => earlier[i]))));
  const v = flat(earlier);
  const rows = rule.rows.split(",").map(numbers);
  if (rule.kind === "choose") return shaped(rows[v.indexOf(largest(v))], rule.shape);
  const entries = rows.map((/** @type {Fraction[]} */ row) => v.reduce((sum, n, j) => sum.plus(row[j].times(n)), row[row.length - 1]));
  return rule.kind === "max" ? largest(entries) : shaped(entries, rule.shape);
}

/** The first of the largest. @param {Fraction[]} all */
const largest = (all) => all.reduce((a, b) => (b.above(a) ? b : a));

/** One variant of a problem. */
export class Variant {
  /** @param {any} problem @param {any} raw one of its variants */
  constructor(problem, raw) {
    this.problem = problem;
    this.raw = raw;
    this.data = mapped(raw.data);
    this.answers = Object.fromEntries(problem.parts.map((/** @type {any} */ p, /** @type {number} */ i) => [p.key, unpack(raw.marks[i].answer)]));
    this.values = { ...this.data, ...this.answers, ...mapped(raw.between) };
  }

  /** @param {string} key @returns {any} */
  part(key) {
    return this.problem.parts.find((/** @type {any} */ p) => p.key === key);
  }

  /** @param {string} key @returns {any} */
  marks(key) {
    return this.raw.marks[this.problem.parts.indexOf(this.part(key))];
  }

  /** @param {string} key @returns {Map<number, Rule>} */
  rules(key) {
    return new Map(this.marks(key).rules ?? []);
  }

  /** What somebody who makes these slips answers: a value, "#" and its fingerprint, or null if it does not show. @param {string} key @param {number[]} slips @returns {any} */
  given(key, slips) {
    const [part, marks] = [this.part(key), this.marks(key)];
    const reaching = slips.filter((s) => part.slips.includes(s));
    if (!reaching.length) return this.answers[key];
    const one = reaching.length === 1;
    const at = one ? part.slips.indexOf(reaching[0]) : part.pairs.findIndex((/** @type {number[]} */ pair) => alike(pair, reaching));
    const text = (one ? marks.slips : marks.pairs)?.split(",")[at] ?? "";
    if (text !== "~") return !text ? null : text.startsWith("#") ? text : unpack(text, shapeOf(this.answers[key]));
    const here = reaching.filter((s) => this.problem.slips[s].at.includes(key));
    const rule = /** @type {Rule} */ (this.rules(key).get(here[0] ?? -1));
    return follow(rule, part.uses.map((/** @type {string} */ use) => this.given(use, reaching) ?? this.answers[use]));
  }

  /** Slips that give this value in a part. @param {string} key @param {Value} value @returns {number[]} */
  slipsGiving(key, value) {
    return this.part(key).slips.filter((/** @type {number} */ slip) => agrees(value, this.given(key, [slip])));
  }

  /** Pairs of slips that do. @param {string} key @param {Value} value @returns {number[][]} */
  pairsGiving(key, value) {
    return this.part(key).pairs.filter((/** @type {number[]} */ pair) => agrees(value, this.given(key, pair)));
  }

  /** What slips that coincide answer to a separating question. @param {number} question @param {number} slip @returns {Value} */
  separate(question, slip) {
    const row = (this.raw.separating ?? []).find((/** @type {any[]} */ r) => r[0] === slip);
    return row ? unpack(row[question + 1]) : null;
  }

  /** Which question tells these slips apart; null if none does. @param {number[]} slips */
  separating(slips) {
    const apart = (/** @type {number} */ q) => new Set(slips.map((s) => write(this.separate(q, s)))).size > 1;
    const found = this.problem.separating.findIndex((/** @type {any} */ _, /** @type {number} */ q) => apart(q));
    return found < 0 ? null : found;
  }

  /** A text with the numbers of this variant. @param {string} text @returns {string} */
  fill(text) {
    return text.replace(PLACE, (_, open, name, index) => {
      const value = this.values[name];
      const written = write(index === undefined ? value : flat(value)[Number(index)]).replaceAll("-", "−");
      return open && written.startsWith("−") ? `(${written})` : written;
    });
  }

  /** Lines of the worked solution. @returns {string[]} */
  get solution() {
    return this.problem.solutions[this.raw.solution].map((/** @type {string} */ line) => this.fill(line));
  }
}

/** A place in a text, as labcode.practice.solution writes it. */
export const PLACE = /\{(\()?([\p{L}\p{N}_/-]+)(?:\.(\d+))?\)?\}/gu;

/** @param {Record<string, string>} texts @returns {Record<string, Value>} */
const mapped = (texts) => Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, unpack(text)]));

/** @param {Value} value @param {any} entry */
const agrees = (value, entry) => entry !== null && (typeof entry === "string" ? entry === `#${fingerprint(value)}` : write(entry) === write(value));
