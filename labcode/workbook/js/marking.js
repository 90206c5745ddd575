// @ts-check
/**
 * Marking, in the order and with the sentences of labcode.practice.marking: right → right by another convention → follows
 * from the learner's own → a slip → two slips → a slip on the learner's own → what the numbers look like → wrong.
 */
import { Unreadable, alike, flat, read, say, shapeOf, write } from "./answers.js";
import { factors, large } from "./common.js";
import { Fraction } from "./fraction.js";
import { follow } from "./variant.js";

/** @typedef {import("./variant.js").Variant} Variant */
/** @typedef {any} Value */
/** @typedef {{ status: string, words: string, slips: number[], ask: number | null, value: Value, part: string }} Verdict */
/** @typedef {[status: string, words: string, slips?: number[], ask?: number | null] | null | undefined | false} Found */

const CREDITED = ["right", "accepted", "follow"];

/** @param {Verdict | undefined} verdict */
export const credited = (verdict) => verdict !== undefined && CREDITED.includes(verdict.status);

/** Mark one answer. @param {Variant} variant @param {string} key its part @param {any} given @param {Record<string, any>} [earlier] the learner's own answers @returns {Verdict} */
export function mark(variant, key, given, earlier = {}) {
  const part = variant.part(key);
  let value;
  try {
    value = read(given, part.kind, part.unit);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { status: "unreadable", words: error.message, slips: [], ask: null, value: null, part: key };
  }
  const own = ownEarlier(variant, part, earlier);
  const found =
    right(variant, key, value) ||
    accepted(variant, key, value) ||
    follows(variant, key, value, own) ||
    slip(variant, key, value) ||
    pair(variant, key, value) ||
    slipOnOwn(variant, key, value, own) ||
    pattern(value, variant.answers[key], part.kind) || ["wrong", say("wrong")];
  const [status, words, slips = [], ask = null] = /** @type {NonNullable<Exclude<Found, false>>} */ (found);
  return { status, words, slips, ask, value, part: key };
}

/** What to say of a slip that is made in several parts; nothing where there is none. @param {Variant} variant @param {Verdict[]} verdicts */
export function runningThrough(variant, verdicts) {
  for (const [index, s] of variant.problem.slips.entries()) {
    const made = verdicts.filter((v) => alike(v.slips, [index]) && s.at.includes(v.part) && !credited(v));
    if (made.length > 1) return say("through", { parts: made.map((v) => v.part).join(", "), words: s.words });
  }
  return "";
}

/** After "several": which slip it was, by the answer to the separating question. @param {Variant} variant @param {Verdict} verdict @param {any} given @returns {Verdict} */
export function narrow(variant, verdict, given) {
  const ask = /** @type {number} */ (verdict.ask);
  let value;
  try {
    value = read(given, "number");
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ...verdict, status: "unreadable", words: error.message };
  }
  const left = verdict.slips.filter((s) => write(variant.separate(ask, s)) === write(value));
  const slips = left.length ? left : verdict.slips;
  const named = slips.map((s) => variant.problem.slips[s]);
  if (slips.length === 1) return { ...verdict, status: "slip", slips, ask: null, words: named[0].words };
  const names = say("between", { names: named.map((s) => s.name).join("; ") });
  return { ...verdict, status: "several", slips, ask: null, words: say("several", { ask: names }) };
}

/** The earlier answers as the learner has them, the right ones where none is readable; null if all are right. @param {Variant} variant @param {any} part @param {Record<string, any>} given @returns {Value[] | null} */
function ownEarlier(variant, part, given) {
  const own = part.uses.map((/** @type {string} */ use) => {
    const asked = variant.part(use);
    try {
      return use in given ? read(given[use], asked.kind, asked.unit) : variant.answers[use];
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return variant.answers[use];
    }
  });
  return part.uses.some((/** @type {string} */ use, /** @type {number} */ i) => write(own[i]) !== write(variant.answers[use])) ? own : null;
}

const equal = (/** @type {Value} */ a, /** @type {Value} */ b) => a !== null && write(a) === write(b);

/** @param {Variant} variant @param {string} key @param {Value} value @returns {Found} */
const right = (variant, key, value) => equal(value, variant.answers[key]) && ["right", say("right")];

/** @param {Variant} variant @param {string} key @param {Value} value @returns {Found} */
function accepted(variant, key, value) {
  const { slips } = variant.problem;
  const found = variant.slipsGiving(key, value).filter((s) => slips[s].accepted);
  return found.length > 0 && ["accepted", say("accepted", { words: slips[found[0]].words }), found];
}

/** @param {Variant} variant @param {string} key @param {Value} value @param {Value[] | null} own @returns {Found} */
function follows(variant, key, value, own) {
  const rule = variant.rules(key).get(-1);
  return own && rule && equal(follow(rule, own), value) && ["follow", say("follow")];
}

/** @param {Variant} variant @param {string} key @param {Value} value @returns {Found} */
function slip(variant, key, value) {
  const { slips, separating } = variant.problem;
  const all = variant.slipsGiving(key, value);
  const here = all.filter((s) => slips[s].at.includes(key)); // explains more than one carried on
  const found = here.length ? here : all;
  if (!found.length) return null;
  if (found.length === 1) {
    const { words } = slips[found[0]];
    return ["slip", here.length ? words : say("carried", { words }), found];
  }
  const ask = variant.separating(found);
  const names = say("between", { names: found.map((s) => slips[s].name).join("; ") });
  return ["several", say("several", { ask: ask !== null ? separating[ask] : here.length ? names : say("look_back") }), found, ask];
}

/** @param {Variant} variant @param {string} key @param {Value} value @returns {Found} */
function pair(variant, key, value) {
  const [found] = variant.pairsGiving(key, value);
  if (!found) return null;
  const [first, second] = found.map((s) => variant.problem.slips[s].words);
  return ["pair", say("pair", { words: first, other: second }), found];
}

/** A slip of this part, worked from the learner's own earlier answers. @param {Variant} variant @param {string} key @param {Value} value @param {Value[] | null} own @returns {Found} */
function slipOnOwn(variant, key, value, own) {
  if (!own) return null;
  const found = [...variant.rules(key)].filter(([s, rule]) => s >= 0 && equal(follow(rule, own), value)).map(([s]) => s);
  return found.length === 1 && ["slip", say("follow_slip", { words: variant.problem.slips[found[0]].words }), found];
}

/** What the numbers look like where no slip is known to give them. @param {Value} value @param {Value} answer @param {string} kind @returns {Found} */
function pattern(value, answer, kind) {
  const [given, asked] = [shapeOf(value), shapeOf(answer)];
  if (given.length === 2 && alike(given, [...asked].reverse()) && equal(value[0].map((_, /** @type {number} */ j) => value.map((/** @type {Value[]} */ r) => r[j])), answer)) {
    return ["pattern", say("transposed")];
  }
  if (!alike(given, asked)) return ["shape", say("shape", { given: given.length === 1 ? `${given[0]} numbers` : given.join("×") })];
  const words = likeness(flat(value), flat(answer), asked, kind);
  return words && ["pattern", words];
}

/** @param {any[]} given @param {any[]} answer @param {number[]} shape @param {string} kind @returns {string | undefined} */
function likeness(given, answer, shape, kind) {
  const differences = given.map((a, i) => a.minus(answer[i]));
  if (kind !== "size") { // where nothing is scaled, rounded or moved
    const scaled = ratio(given, answer);
    if (scaled === "-1") return say("negated");
    if (factors.includes(scaled) && (given.length > 1 || !LARGE.above(answer[0].abs()))) return say("factor");
    if (given.length > 1 && differences.every((d) => d.equals(differences[0]))) return say("offset");
    const near = differences.every((d, i) => !d.abs().times(HUNDRED).above(answer[i].abs()));
    if (near && !answer.every((n) => n.isWhole)) return say("rounded");
  }
  const wrong = differences.flatMap((d, i) => (d.isZero ? [] : [i]));
  if (given.length > 2 && wrong.length === 1) return say("one", { place: placed(wrong[0], shape) });
  if (wrong.length && wrong.length < given.length) return say("some", { right: given.length - wrong.length, all: given.length });
}

const HUNDRED = new Fraction(100n);
const LARGE = new Fraction(BigInt(large)); // a single smaller number is a simple multiple of another too often

/** The one factor between all entries, as text; nothing if there is none. @param {any[]} given @param {any[]} answer */
function ratio(given, answer) {
  if (answer.every((n) => n.isZero)) return undefined;
  const all = given.flatMap((a, i) => (answer[i].isZero ? (a.isZero ? [] : ["0"]) : [String(a.over(answer[i]))]));
  return new Set(all).size === 1 ? all[0] : undefined;
}

/** Rows and columns counted from 1, as the grid shows them. @param {number} position @param {number[]} shape */
function placed(position, shape) {
  if (shape.length === 1) return `cell ${position + 1}`;
  return `row ${Math.floor(position / shape[1]) + 1}, column ${(position % shape[1]) + 1}`;
}
