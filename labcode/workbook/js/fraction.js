// @ts-check
/** Whole numbers and fractions of any size, exactly: what Python's int and Fraction are to `labcode.practice`. */

/** A fraction in lowest terms; what stands below is above zero. */
export class Fraction {
  /** @param {bigint} top @param {bigint} [bottom] */
  constructor(top, bottom = 1n) {
    const shared = divisor(top, bottom) * (bottom < 0n ? -1n : 1n);
    this.top = top / shared;
    this.bottom = bottom / shared;
  }

  /** @param {Fraction} other */
  plus(other) {
    return new Fraction(this.top * other.bottom + other.top * this.bottom, this.bottom * other.bottom);
  }

  /** @param {Fraction} other */
  minus(other) {
    return new Fraction(this.top * other.bottom - other.top * this.bottom, this.bottom * other.bottom);
  }

  /** @param {Fraction} other */
  times(other) {
    return new Fraction(this.top * other.top, this.bottom * other.bottom);
  }

  /** @param {Fraction} other not zero */
  over(other) {
    return new Fraction(this.top * other.bottom, this.bottom * other.top);
  }

  /** @param {Fraction} other */
  equals(other) {
    return this.top === other.top && this.bottom === other.bottom;
  }

  /** @param {Fraction} other */
  above(other) {
    return this.top * other.bottom > other.top * this.bottom;
  }

  abs() {
    return new Fraction(this.top < 0n ? -this.top : this.top, this.bottom);
  }

  get isZero() {
    return this.top === 0n;
  }

  get isWhole() {
    return this.bottom === 1n;
  }

  toString() {
    return this.isWhole ? String(this.top) : `${this.top}/${this.bottom}`;
  }
}

/** @param {bigint} a @param {bigint} b @returns {bigint} */
function divisor(a, b) {
  while (b) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

/** A fraction as `toString` writes it, or a decimal. @param {string} text */
export function fraction(text) {
  const [top, bottom = "1"] = text.split("/");
  const [whole, decimals = ""] = top.split(".");
  return new Fraction(BigInt(whole + decimals), BigInt(bottom) * 10n ** BigInt(decimals.length));
}

export const ZERO = new Fraction(0n);
