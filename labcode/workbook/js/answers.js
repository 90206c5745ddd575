// @ts-check
/**
 * Reading what a learner typed, as labcode.practice.answers reads it: the same numbers, the same sentences.
 * A value is a Fraction, or lists of values.
 */
import { units, words } from "./common.js";
import { Fraction, ZERO, fraction } from "./fraction.js";

/** @typedef {any} Value a Fraction or lists of Values */
/** @typedef {"number" | "vector" | "matrix" | "size"} Kind */

const LONGEST_TEXT = 4000, MOST_DIGITS = 18n;
const NUMBER = /^([-+]?)\s*(\d+(?:\.\d*)?|\.\d+)(?:e([-+]?\d+))?$/;
const THOUSANDS = /^[-+]?\d{1,3}(?:([ '_,])\d{3})(?:\1\d{3})*$/;
const WRAPPER = /^\s*(?:tensor|array|torch\.Size|Parameter containing:\s*tensor)\s*\((.*)\)\s*$/s;
const OPTION = /,?\s*(?:dtype|device|grad_fn|requires_grad|size)\s*=\s*[^,\])]+(?=[,)]|$)/g;

/** The sentence under this key, filled in. @param {string} key @param {Record<string, any>} [details] */
export function say(key, details = {}) {
  return Object.entries(details).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, () => String(value)), words[key]);
}

/** An answer that could not be read; what to say about it. */
export class Unreadable extends Error {
  /** @param {string} key @param {Record<string, any>} [details] */
  constructor(key, details = {}) {
    super(say(key, details));
    this.key = key;
  }
}

/** Read a text, or lists of texts as a grid has them. @param {any} given @param {Kind} kind @param {string} [unit] @returns {Value} */
export function read(given, kind, unit = "") {
  const apart = typeof given === "string" ? cells(given, kind) : given;
  return SHAPED[kind](numbers(apart, kind, unit, []));
}

/** @param {Value} value @returns {number[]} */
export function shapeOf(value) {
  return Array.isArray(value) && value.length ? [value.length, ...shapeOf(value[0])] : [];
}

/** All numbers of a value, row by row. @param {Value} value @returns {any[]} */
export function flat(value) {
  return Array.isArray(value) ? value.flatMap(flat) : [value];
}

/** A value as it could be typed; equal values are written alike. @param {Value} value @returns {string} */
export function write(value) {
  return Array.isArray(value) ? `[${value.map(write).join(", ")}]` : String(value);
}

/** Whether two shapes are one. @param {any[]} a @param {any[]} b */
export const alike = (a, b) => a.length === b.length && a.every((n, i) => n === b[i]);

// -- one number

/** @param {string} raw @param {string} [unit] @param {string} [place] where it stood @returns {Fraction} */
function readNumber(raw, unit = "", place = "") {
  const quoted = plain(raw);
  if (!quoted) throw place ? new Unreadable("empty_cell", { place }) : new Unreadable("empty");
  if (/\d\s*[½⅓⅔¼¾]/.test(quoted) || /^[-+]?\d+\s+\d+\s*\/\s*\d+$/.test(quoted)) throw new Unreadable("mixed", { text: quoted });
  const text = quoted.normalize("NFKC").replaceAll("⁄", "/"); // ½ becomes 1⁄2
  const found = unit && text.match(/^([^\n]*\d)\s*([a-zA-Z]+)$/);
  if (found) return readNumber(found[1]).times(factorOf(found[2], text));
  const parts = text.split("/").map((part) => decimal(strip(part), text));
  if (parts.length > 2) throw new Unreadable("letters", { text });
  if (parts.length === 2 && parts[1].isZero) throw new Unreadable("zero", { text });
  return parts.length === 2 ? parts[0].over(parts[1]) : parts[0];
}

const strip = (/** @type {string} */ text, characters = "\\s") => text.replace(RegExp(`^[${characters}]+`), "").replace(RegExp(`[${characters}]+$`), "");

/** The same with a plain minus, plain spaces, and the digits of every script as 0 to 9. @param {string} text */
function plain(text) {
  const signs = text.normalize("NFC").replace(/[−–‒—﹣]/g, "-").replace(/[\x1c-\x1f\x85\ufeff\xa0\u2009\u202f]/g, " ");
  return strip(signs).replace(/\p{Nd}/gu, digit);
}

/** Digits of a script follow each other from its zero. @param {string} c */
function digit(c) {
  const code = /** @type {number} */ (c.codePointAt(0));
  let below = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - below - 1))) below++;
  return String(below % 10);
}

/** @param {string} text @param {string} whole what the learner sees quoted @returns {Fraction} */
function decimal(text, whole) {
  const groups = text.match(THOUSANDS);
  const once = text.split(",").length === 2;
  if (groups) {
    if (groups[1] === "," && once && !/^[-+]?0/.test(text)) throw new Unreadable("thousands", { text: whole });
    if (!(groups[1] === "," && once)) text = text.replace(/[ '_,]/g, "");
  }
  if (text.split(",").length === 2 && !text.includes(".")) text = text.replace(",", ".");
  if (["inf", "infinity", "nan", "∞"].includes(text.toLowerCase().replace(/^[+-]+/, ""))) throw new Unreadable("infinite", { text: whole });
  const found = text.toLowerCase().match(NUMBER);
  if (!found) throw new Unreadable("letters", { text: whole });
  const power = BigInt((found[3] ?? "0").slice(0, 6).replace(/^[-+]$/, "0").replace("+", ""));
  const length = BigInt(found[2].replace(".", "").length) + (power < 0n ? -power : power);
  if (length > MOST_DIGITS) throw new Unreadable("long", { length });
  const size = fraction(found[2]).times(power < 0n ? new Fraction(1n, 10n ** -power) : new Fraction(10n ** power));
  return found[1] === "-" ? ZERO.minus(size) : size;
}

/** @param {string} name @param {string} text */
function factorOf(name, text) {
  const key = name === "b" ? "bit" : name.toLowerCase();
  if (!Object.hasOwn(units, key)) throw new Unreadable("unit", { text });
  return fraction(units[key]);
}

// -- from text to cells

/** Split a text into (nested lists of) the texts of single numbers. @param {string} raw @param {Kind} kind @returns {any} */
export function cells(raw, kind) {
  const length = [...raw].length;
  if (length > LONGEST_TEXT) throw new Unreadable("huge", { length });
  let text = plain(raw);
  const wrapped = text.match(WRAPPER);
  if (wrapped) text = wrapped[1].replace(OPTION, "");
  if (!text) throw new Unreadable("empty");
  const bracketed = /[[\]()]/.test(text);
  if (kind === "number" && !bracketed) return text;
  if (kind === "size") return strip(text, "[\\]() ").split(/\s*(?:[x×*,;]|by|\s)\s*/i).filter(Boolean);
  if (bracketed) return nested(text);
  if (kind === "vector") return row(text.replaceAll("\n", " "));
  return strip(text, "; \n").split(/\s*[;\n]\s*/).map(row);
}

/** Cells of one row; a comma inside a lone cell is a decimal comma or a separator, nobody knows. @param {string} text */
function row(text) {
  const found = strip(text).split(/\s*;\s*|,\s+|\s+/).filter(Boolean);
  if (found.length !== 1 || !found[0].includes(",")) return found;
  if (found[0].split(",").length === 2) throw new Unreadable("comma", { text: found[0] });
  return found[0].split(",");
}

/** Read nested brackets; inside them a comma always separates. @param {string} text */
function nested(text) {
  /** @type {any[][]} */
  const stack = [[]];
  for (const token of text.match(/[[\](),]|[^[\](),\s]+/g) ?? []) {
    if ("[(".includes(token)) stack.push([]);
    else if ("])".includes(token)) {
      const closed = stack.pop();
      if (!stack.length) throw new Unreadable("brackets");
      stack[stack.length - 1].push(closed);
    } else if (token !== ",") stack[stack.length - 1].push(token);
  }
  if (stack.length !== 1 || stack[0].length !== 1) throw new Unreadable("brackets");
  return stack[0][0];
}

// -- from cells to values

/** Read every cell; `at` is where we are. @param {any} given @param {Kind} kind @param {string} unit @param {number[]} at @returns {Value} */
function numbers(given, kind, unit, at) {
  if (!Array.isArray(given)) return readNumber(given, unit, place(at));
  if (at.length > 4) throw new Unreadable("deep", { kind });
  return given.map((part, i) => numbers(part, kind, unit, [...at, i]));
}

/** Rows and columns counted from 1, as on paper. @param {number[]} at */
function place(at) {
  if (at.length === 1) return `Cell ${at[0] + 1}`;
  return at.length ? `Row ${at[at.length - 2] + 1}, column ${at[at.length - 1] + 1}` : "";
}

/** Rows are alike, or it is told which is not. @param {Value[]} value */
function rows(value) {
  const i = value.findIndex((r) => !alike(shapeOf(r), shapeOf(value[0])));
  if (i >= 0) throw new Unreadable("ragged", { place: `row ${i + 1}`, count: flat(value[i]).length, first: flat(value[0]).length });
  return value;
}

/** Drop leading axes of length 1: a batch of one sample, one channel. @param {Value} value @param {number} axes */
function rectangle(value, axes) {
  if (Array.isArray(value)) rows(value);
  while (shapeOf(value).length > axes && value.length === 1) value = value[0];
  if (!flat(value).length) throw new Unreadable("empty");
  return value;
}

/** @type {Record<Kind, (value: Value) => Value>} */
const SHAPED = {
  number(value) {
    const all = flat(value);
    if (all.length !== 1) throw all.length ? new Unreadable("many", { count: all.length }) : new Unreadable("empty");
    return all[0];
  },
  vector(value) {
    const whole = rectangle(value, 1);
    const shape = shapeOf(whole);
    if ((shape.length ? Math.max(...shape) : 1) < flat(whole).length) throw new Unreadable("deep", { kind: "vector" });
    return flat(whole); // a row, a column or a lone number
  },
  matrix(value) {
    let whole = rectangle(value, 2);
    if (shapeOf(whole).length > 2) throw new Unreadable("deep", { kind: "matrix" });
    while (shapeOf(whole).length < 2) whole = [whole];
    return rows(whole);
  },
  size(value) {
    const sides = flat(value);
    if (sides.length !== 2 || sides.some((n) => !n.isWhole || n.top < 1n)) throw new Unreadable("size");
    return sides;
  },
};
