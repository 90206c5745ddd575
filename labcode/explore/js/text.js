// @ts-check
/** Numbers, settings and errors in labcode's words, and what a reader types. */

/**
 * A number as plain text, as labcode.render.html.number writes it: Python's ".4g", a true minus sign, commas between thousands.
 * @param {number} value
 * @param {number} [digits] significant ones, of a number that is not whole
 */
export function number(value, digits = 4) {
  return plain(value, digits).replaceAll("-", "−");
}

/** @param {number} value @param {number} digits */
function plain(value, digits) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "-∞" : "nan";
  if (Number.isInteger(value)) return String(BigInt(value)).replace(/\B(?=(\d{3})+$)/g, ",");
  let [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const [exact] = value.toExponential(60).split("e");
  if (/^50*$/.test(exact.replace(/[-.]/g, "").slice(digits))) [mantissa, exponent] = toEven(value, exact, digits);
  const power = Number(exponent);
  if (power >= -4 && power < digits) return String(Number(`${mantissa}e${power}`));
  return `${mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** JavaScript rounds a tie away from zero, Python to the even digit. @param {number} value @param {string} exact @param {number} digits */
function toEven(value, exact, digits) {
  const kept = exact.replace(/[-.]/g, "").slice(0, digits);
  const even = Number(kept.at(-1)) % 2 === 0;
  const down = `${value < 0 ? "-" : ""}${kept[0]}.${kept.slice(1)}e${value.toExponential(60).split("e")[1]}`;
  return (even ? Number(down) : value).toExponential(digits - 1).split("e");
}

/** A number as a factor or summand: a negative one in parentheses. @param {number} value */
export function factor(value) {
  const text = number(value);
  return text.startsWith("−") ? `(${text})` : text;
}

/** A wrong argument, told as labcode.ArgumentError tells it. */
export class ArgumentError extends Error {
  /** @param {string} argument @param {any} value @param {string} expected @param {string} [formula] */
  constructor(argument, value, expected, formula = "") {
    super(`${argument} = ${value}: expected ${expected}${formula && `; rule: ${formula}`}`);
    this.argument = argument;
  }
}

/** An entry in words. @param {string} name @param {number[]} index */
export const entry = (name, index) => (index.length ? `${name}[${index.join(", ")}]` : name);

/** A setting as Python writes it. @param {any} value @returns {string} */
export function repr(value) {
  if (Array.isArray(value)) return `(${value.map(repr).join(", ")}${value.length === 1 ? "," : ""})`;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null) return "None";
  return typeof value === "string" ? `'${value}'` : String(value);
}

/** Nested lists as code. @param {any} value @returns {string} */
export function literal(value) {
  return Array.isArray(value) ? `[${value.map(literal).join(", ")}]` : repr(value);
}

/** What was typed into a field: a number, several with commas or spaces between, or a word. @param {string} text @returns {any} */
export function parse(text) {
  const parts = text.replace(/[()[\]]/g, " ").replaceAll("−", "-").trim().split(/[\s,×x]+/).filter(Boolean);
  const values = parts.map(Number);
  if (!parts.length || values.some(Number.isNaN)) return text.trim();
  return values.length === 1 ? values[0] : values;
}

/** What was typed for a matrix, a semicolon after a row, as nested lists. @param {string} text @returns {any[][]} */
export const rowsOf = (text) => text.split(";").map((row) => [parse(row)].flat());

/** An integer for each axis, or labcode's error. @param {string} name @param {any} value @param {number} axes @param {number} least @param {string} rule @returns {number[]} */
export function perAxis(name, value, axes, least, rule) {
  let values = Array.isArray(value) ? value : Array(axes).fill(value);
  if (values.length === 1) values = Array(axes).fill(values[0]);
  if (values.length !== axes || !values.every((v) => Number.isInteger(v) && v >= least)) {
    const more = axes > 1 ? `, or ${axes} of them (one for each spatial axis)` : "";
    throw new ArgumentError(name, repr(value), `an integer >= ${least}${more}`, rule);
  }
  return values;
}

/** Refuse what is no positive number. @param {string} name @param {any} value @param {string} [rule] */
export function positive(name, value, rule) {
  if (typeof value !== "number" || !(value > 0 && value < Infinity)) throw new ArgumentError(name, repr(value), "a positive number", rule);
}
