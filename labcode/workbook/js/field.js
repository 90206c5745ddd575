// @ts-check
/** Where an answer is typed: a box, two boxes for a size, a grid of a size that the learner chooses first. */
import { el } from "../../explore/js/base.js";
import { Unreadable, cells, say } from "./answers.js";

const LARGEST = 24; // rows or columns of a grid
const MOVES = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] });

/** @typedef {{ sides?: string[], text?: any }} Typed what stands in the boxes: the chosen size, the texts of the cells */

/** A field for one kind of answer. */
export class Field {
  /** @param {any} part @param {() => void} changed @param {() => void} entered */
  constructor(part, changed, entered) {
    this.kind = part.kind;
    this.unit = part.unit;
    this.changed = changed;
    this.entered = entered;
    /** @type {string[]} */
    this.sides = [];
    /** @type {string[][]} what has been typed, also in cells that a smaller size hides */
    this.texts = [[]];
    this.shape = [0, 0];
    this.grid = el("div", { class: "cells" });
    this.note = el("p", { class: "note", role: "status" });
    this.element = el("div", { class: "answer", paste: (/** @type {ClipboardEvent} */ e) => this.paste(e) }, ...this.boxes());
  }

  /** Its boxes as a learner first meets them. @returns {Node[]} */
  boxes() {
    if (this.kind === "number") return [this.cell(0, 0, "your answer"), ...(this.unit ? [el("span", { class: "unit" }, "bytes, or with a unit: 2 KiB")] : [])];
    if (this.kind === "size") return [this.cell(0, 0, "rows"), el("span", { "aria-hidden": "true" }, "×"), this.cell(0, 1, "columns")];
    const names = this.kind === "vector" ? ["how many numbers?"] : ["rows", "columns"];
    this.choosers = names.map((name, axis) => el("input", { type: "text", inputmode: "numeric", autocomplete: "off", size: 3, "aria-label": name, input: () => this.choose(axis) }));
    const labelled = names.map((name, i) => el("label", { class: "side" }, name, this.choosers[i]));
    return [el("div", { class: "sides" }, ...labelled), this.note, el("div", { class: "brackets", hidden: true }, this.grid)];
  }

  /** One box. @param {number} i @param {number} j @param {string} name */
  cell(i, j, name) {
    const box = el("input", {
      type: "text", class: "cell", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-label": name, "data-at": `${i},${j}`,
      input: () => { (this.texts[i] ??= [])[j] = box.value; this.changed(); },
      keydown: (/** @type {KeyboardEvent} */ e) => this.key(e, i, j),
    });
    box.value = this.texts[i]?.[j] ?? "";
    return box;
  }

  /** Arrows lead from cell to cell; Enter asks for a verdict. @param {KeyboardEvent} event @param {number} i @param {number} j */
  key(event, i, j) {
    if (event.key === "Enter") return this.entered();
    const [down, right] = MOVES[event.key] ?? [0, 0];
    const box = /** @type {HTMLInputElement} */ (event.target);
    const inside = right < 0 ? (box.selectionStart ?? 0) > 0 : right > 0 && (box.selectionEnd ?? 0) < box.value.length;
    const next = !event.shiftKey && !inside && (down || right) ? this.at(i + down, j + right) : null;
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  }

  /** @param {number} i @param {number} j @returns {HTMLInputElement | null} */
  at(i, j) {
    return this.element.querySelector(`[data-at="${i},${j}"]`);
  }

  /** The learner has said how large the answer is, or is about to. @param {number} axis */
  choose(axis) {
    this.sides[axis] = this.choosers[axis].value;
    this.lay();
    this.changed();
  }

  /** Lay out the cells of the chosen size; what was typed before stays. */
  lay() {
    const [shape, told] = this.chosen();
    this.note.textContent = told;
    [this.shape, this.grid.parentElement.hidden] = [shape, !shape[0]];
    const [rows, columns] = shape;
    this.grid.style.gridTemplateColumns = `repeat(${columns}, minmax(3.2rem, 5rem))`;
    const name = (/** @type {number} */ i, /** @type {number} */ j) => (this.kind === "vector" ? `number ${j + 1}` : `row ${i + 1}, column ${j + 1}`);
    const all = Array.from({ length: rows * columns }, (_, n) => [Math.floor(n / columns), n % columns]);
    this.grid.replaceChildren(...all.map(([i, j]) => this.cell(i, j, name(i, j))));
  }

  /** The size of the grid, [0, 0] for none, and what is to be said of it. @returns {[number[], string]} */
  chosen() {
    const typed = this.choosers.map((/** @type {HTMLInputElement} */ c) => c.value.trim());
    if (typed.some((/** @type {string} */ t) => !t)) return [[0, 0], ""];
    if (!typed.every((/** @type {string} */ t) => /^[1-9]\d*$/.test(t))) return [[0, 0], say(this.kind === "vector" ? "count" : "size")];
    const sides = typed.map(Number);
    if (Math.max(...sides) > LARGEST) return [[0, 0], say("large", { size: sides.join("×") })];
    return [this.kind === "vector" ? [1, sides[0]] : sides, ""];
  }

  /** A pasted block goes into the cells, which get its size; a single number is pasted as ever. @param {ClipboardEvent} event */
  paste(event) {
    if (this.kind === "number") return;
    let block;
    try {
      block = cells(event.clipboardData?.getData("text/plain") ?? "", this.kind);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return;
    }
    while (Array.isArray(block) && block.length === 1 && Array.isArray(block[0])) block = block[0]; // a batch of one
    const rows = Array.isArray(block[0]) ? block : [block];
    const texts = rows.flat(3);
    if (texts.length < 2 || rows.some((r) => r.length !== rows[0].length || r.some(Array.isArray))) return;
    event.preventDefault();
    const asked = this.kind === "vector" ? [texts] : rows;
    this.restore({ sides: this.kind === "size" ? [] : this.kind === "vector" ? [String(texts.length)] : [String(rows.length), String(rows[0].length)], text: asked });
    this.changed();
    (this.at(asked.length - 1, asked[0].length - 1) ?? this.choosers?.[0])?.focus();
  }

  /** What stands in it, to be kept. @returns {Typed} */
  get typed() {
    return { sides: this.sides, text: this.texts };
  }

  get blank() {
    return ![...this.sides, ...this.texts.flat()].some(Boolean);
  }

  /** Put back what was kept. @param {Typed} typed */
  restore({ sides = [], text = [[]] }) {
    this.sides = sides;
    this.texts = text.map((/** @type {string[]} */ row) => [...row]);
    if (this.choosers) {
      for (const [axis, chooser] of this.choosers.entries()) chooser.value = sides[axis] ?? "";
      this.lay();
    } else for (const box of this.element.querySelectorAll("input")) box.value = this.texts[0]?.[Number(box.dataset.at?.split(",")[1])] ?? "";
  }

  /** The answer as `read` takes it. @throws Unreadable where no size has been chosen */
  get answer() {
    const text = (/** @type {number} */ i, /** @type {number} */ j) => this.texts[i]?.[j] ?? "";
    if (this.kind === "number") return text(0, 0);
    if (this.kind === "size") return [text(0, 0), text(0, 1)];
    const [rows, columns] = this.shape;
    if (!rows) throw new Unreadable("unsized");
    const all = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => text(i, j)));
    return this.kind === "vector" ? all[0] : all;
  }

  /** Where a learner goes on. */
  focus() {
    this.element.querySelector("input")?.focus();
  }
}
