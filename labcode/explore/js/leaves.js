// @ts-check
/** What explorers of a graph share: arrays in grids, inputs to be changed, the learning rate, code to copy. */
import { nest } from "./autodiff.js";
import { Explorer, el } from "./base.js";
import { Grid } from "./grid.js";
import { literal, number } from "./text.js";

const MOST = 12; // entries of an array that is written in a line

/** An array in a line, as labcode.render.svg.short writes it: its numbers, a column as a row turned round, or its shape if they are many. @param {number[]} flat @param {number[]} shape @returns {string} */
export function brief(flat, shape) {
  if (flat.length > MOST) return `${shape.join("×")} numbers`;
  if (shape.length === 2 && shape[1] === 1 && shape[0] > 1) return `${brief(flat, [shape[0]])}ᵀ`;
  const write = (/** @type {any} */ v) => (Array.isArray(v) ? `[${v.map(write).join(", ")}]` : number(v).replaceAll(",", "\u202f")); // else a comma might end an entry
  return write(nest(flat, shape));
}

/** A grid with a caption. */
class Figure {
  caption = el("figcaption");

  /** @param {Grid} grid */
  constructor(grid) {
    this.grid = grid;
    this.element = el("figure", {}, this.caption, grid.element);
  }

  /** An array in rows of its last axis; a column lies down. @param {string} label @param {number[]} flat @param {number[]} shape */
  show(label, flat, shape) {
    const lying = shape.length === 2 && shape[1] === 1 && shape[0] > 1;
    const columns = lying ? flat.length : (shape.at(-1) ?? 1);
    this.caption.textContent = `${label}, ${shape.length > 1 ? shape.join(" × ") : shape.length ? `${shape} entries` : "a single number"}${lying ? ", lying down" : ""}`;
    this.grid.table.setAttribute("aria-label", label);
    this.grid.resize(flat.length / columns, columns);
    this.grid.fill(nest(flat, [flat.length / columns, columns]));
  }
}

/** An explorer of a graph. */
export class OfGraph extends Explorer {
  get graph() {
    return this.data.graph;
  }

  view() {
    const { params, leaves, nodes } = this.data.graph;
    return { leaf: nodes[params[0] ?? leaves[0]].name };
  }

  /** Numbers of an input to be changed, the learning rate. @param {...Node} more */
  inputs(...more) {
    const { nodes, leaves } = this.graph;
    this.input = new Figure(new Grid("", () => {}, (i, j, texts) => this.edit(i, j, texts)));
    const names = Object.fromEntries(leaves.map((/** @type {number} */ i) => [nodes[i].name, nodes[i].name]));
    this.rate = el("input", { type: "range", min: 0, step: "any", "aria-label": "α", input: () => this.set({ alpha: Number(Number(this.rate.value).toPrecision(3)) }) });
    this.rate.max = String(4 * Math.abs(this.initial.alpha) || 1);
    const fields = el("div", { class: "fields" }, this.field("leaf", "numbers of", names), this.field("alpha", "α, the step size"), this.rate, ...more);
    return [fields, this.input.element, this.error];
  }

  /** A grid that is not changed. @param {(i: number, j: number) => void} [press] */
  figure(press = () => {}) {
    return new Figure(new Grid("", press));
  }

  drawInputs() {
    this.input?.show(`${this.state.leaf}, to be changed`, this.state.leaves[this.at], this.graph.nodes[this.graph.leaves[this.at]].shape);
    this.rate.value = String(this.state.alpha);
  }

  /** Which of the inputs is shown to be changed. */
  get at() {
    return Math.max(0, this.graph.leaves.findIndex((/** @type {number} */ i) => this.graph.nodes[i].name === this.state.leaf));
  }

  /** @param {number} i @param {number} j @param {string[][]} texts */
  edit(i, j, texts) {
    const [leaves, { rows, columns }] = [structuredClone(this.state.leaves), /** @type {Figure} */ (this.input).grid];
    for (const [r, line] of texts.entries()) {
      for (const [c, text] of line.entries()) {
        if (i + r < rows && j + c < columns) leaves[this.at][(i + r) * columns + j + c] = text === "" || Number.isNaN(Number(text)) ? text : Number(text);
      }
    }
    return this.set({ leaves });
  }

  code() {
    const { code, leaves, nodes } = this.graph;
    const fill = (/** @type {string} */ text) => leaves.reduce((/** @type {string} */ t, /** @type {number} */ i, /** @type {number} */ k) => t.replace(`⟨${i}⟩`, literal(nest(this.state.leaves[k], nodes[i].shape))), text).replaceAll("⟨α⟩", String(this.state.alpha)).replaceAll("⟨steps⟩", String(this.state.steps));
    return Object.fromEntries(Object.entries(code).map(([name, text]) => [name, fill(/** @type {string} */ (text))]));
  }
}

export const STYLE = `
.stage { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: start; }
figure { margin: 0; max-width: 100%; }
figcaption, .entry { font-size: .9rem; color: var(--faint); }
.sum { margin: .5rem 0; overflow-wrap: anywhere; min-height: 3em; }
.fields input[type=range] { min-height: 2rem; }
`;
