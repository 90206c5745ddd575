// @ts-check
/** A table of numbers to walk through with the arrow keys, to press, and perhaps to edit. */
import { el } from "./base.js";
import { number } from "./text.js";

const [CROWDED, CROWDED_IMAGE, STRONGEST] = [14, 8, 45]; // columns beyond which entries are small; per cent of the colour
const AWAY = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Grid {
  top = 0; // rows of padding above
  left = 0;
  rows = 0;
  columns = 0;
  /** @type {Element | null} what had the focus before a press */
  before = null;

  /**
   * @param {string} label read by screen readers
   * @param {(row: number, column: number) => void} press what a click on an entry does, or the space bar
   * @param {(row: number, column: number, texts: string[][]) => boolean} [edit] take what was typed, or a block that was pasted; false if it is refused
   */
  constructor(label, press, edit) {
    this.press = press;
    this.edit = edit;
    this.table = el("table", { role: "grid", "aria-label": label, "aria-readonly": edit ? "false" : "true" });
    this.frame = el("div", { class: "frame", hidden: true });
    /** @type {number[][]} left and top of each column and row, once they are needed */
    this.ends = [];
    this.element = el("div", { class: "grid" }, this.table, this.frame);
    this.table.addEventListener("pointerdown", () => (this.before = this.active())); // a press moves the focus first
    this.table.addEventListener("click", (/** @type {any} */ event) => this.click(event));
    this.table.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
    /** @type {any[][]} */
    this.cells = [];
    /** @type {any[][]} */
    this.values = [];
    /** @type {[any, string][]} */
    this.marked = [];
    this.shape = "";
  }

  /** Rows and columns, with padding around them. @param {number} rows @param {number} columns @param {number[]} [above] rows before and after @param {number[]} [beside] columns before and after @param {number[]} [after] how many of those after are padding, and not beyond it */
  resize(rows, columns, above = [0, 0], beside = [0, 0], after = [above[1], beside[1]]) {
    const shape = [rows, columns, above, beside, after].join();
    if (shape === this.shape) return;
    this.shape = shape;
    [this.top, this.left, this.rows, this.columns] = [above[0], beside[0], rows, columns];
    const across = Array.from({ length: columns + beside[0] + beside[1] }, (_, j) => j - beside[0]);
    const down = Array.from({ length: rows + above[0] + above[1] }, (_, i) => i - above[0]);
    this.cells = down.map((i) => across.map((j) => {
      const inside = i >= 0 && i < rows && j >= 0 && j < columns;
      return el("td", { tabindex: -1, class: inside ? "" : i < rows + after[0] && j < columns + after[1] ? "padding" : "beyond", "data-row": i, "data-column": j });
    }));
    const line = down.length === 1; // has no row to tell from others
    const head = el("tr", {}, el("td", { class: "corner" }), ...across.map((j) => el("th", { scope: "col" }, number(j))));
    const body = down.map((i, at) => el("tr", {}, line ? el("td", { class: "corner" }) : el("th", { scope: "row" }, number(i)), ...this.cells[at]));
    this.table.replaceChildren(el("thead", {}, head), el("tbody", {}, ...body));
    this.element.classList.toggle("small", across.length > CROWDED);
    this.cell(0, 0).tabIndex = 0;
    [this.marked, this.ends] = [[], []];
  }

  /** @param {number} row @param {number} column @returns {any} */
  cell(row, column) {
    return this.cells[row + this.top]?.[column + this.left];
  }

  /** @param {any[][]} rows numbers @param {string} [padding] what stands around them */
  fill(rows, padding = "0") {
    this.values = rows;
    for (const line of this.cells) {
      for (const cell of line) {
        const value = rows[cell.dataset.row]?.[cell.dataset.column];
        const text = value !== undefined ? number(value) : cell.className.includes("padding") ? padding : "";
        if (cell.textContent === text) continue;
        cell.textContent = text;
        this.ends = [];
      }
    }
  }

  /** Shade entries by their size, beside the largest there is; none if that is zero. @param {number} most */
  shade(most) {
    this.element.classList.toggle("shaded", most > 0);
    this.element.classList.toggle("small", this.cells[0].length > (most ? CROWDED_IMAGE : CROWDED));
    this.ends = [];
    for (const [i, row] of most ? this.values.entries() : []) {
      for (const [j, value] of row.entries()) {
        this.cell(i, j).style.setProperty("--shade", `${((STRONGEST * Math.abs(value)) / most).toFixed(1)}%`);
        this.cell(i, j).classList.toggle("negative", value < 0);
      }
    }
  }

  /** Give entries a class, and take all earlier ones away. @param {[number, number, string, string?][]} marks row, column, class, a note in its corner */
  mark(marks) {
    for (const [cell, name] of this.marked) {
      cell.classList.remove(name);
      delete cell.dataset.note;
    }
    this.marked = [];
    for (const [row, column, name, note] of marks) {
      const cell = this.cell(row, column);
      if (!cell) continue;
      cell.classList.add(name);
      if (note) cell.dataset.note = note;
      this.marked.push([cell, name]);
    }
  }

  /** Note on each entry how often it is read, or on none. @param {(row: number, column: number) => number} [of] */
  count(of) {
    for (let i = 0; i < this.rows; i++) {
      for (let j = 0; j < this.columns; j++) {
        if (of) this.cell(i, j).dataset.uses = number(of(i, j));
        else delete this.cell(i, j).dataset.uses;
      }
    }
  }

  /** Lay a frame around some entries, or take it away. @param {number} [row] @param {number} [column] @param {number} [height] @param {number} [width] */
  around(row, column = 0, height = 1, width = 1) {
    const [x, right, y, bottom] = row === undefined ? [] : this.corners(row, column, height, width);
    this.frame.hidden = bottom === undefined;
    if (bottom === undefined) return;
    Object.assign(this.frame.style, { transform: `translate(${x}px, ${y}px)`, width: `${right - x}px`, height: `${bottom - y}px` });
    const { scrollLeft, clientWidth } = this.element; // on a narrow screen the window stays in sight
    if (x < scrollLeft || right + 6 > scrollLeft + clientWidth) this.element.scrollLeft = x - clientWidth / 3;
  }

  /** Where entries begin and end, measured once for a size. @param {number} row @param {number} column @param {number} height @param {number} width */
  corners(row, column, height, width) {
    if (!this.ends.length && this.table.offsetWidth) {
      const along = (/** @type {any[]} */ cells, /** @type {"Left" | "Top"} */ side, /** @type {"Width" | "Height"} */ size) => [...cells.map((c) => c[`offset${side}`]), cells.at(-1)[`offset${side}`] + cells.at(-1)[`offset${size}`]];
      this.ends = [along(this.cells[0], "Left", "Width"), along(this.cells.map((line) => line[0]), "Top", "Height")];
    }
    const [lefts, tops] = this.ends;
    const [j, i] = [column + this.left, row + this.top];
    return lefts ? [lefts[j], lefts[j + width], tops[i], tops[i + height]] : [];
  }

  /** @param {any} event */
  click(event) {
    const cell = event.target.closest("td:not(.corner)");
    if (!cell || event.target.matches("input")) return;
    if (this.edit && cell === this.before) return this.type(cell); // a second tap on the same entry
    this.focus(cell);
    this.press(Number(cell.dataset.row), Number(cell.dataset.column));
  }

  active() {
    return /** @type {ShadowRoot} */ (this.table.getRootNode()).activeElement;
  }

  /** @param {any} cell */
  focus(cell) {
    for (const old of this.table.querySelectorAll("td[tabindex='0']")) old.tabIndex = -1;
    cell.tabIndex = 0;
    if (!cell.querySelector("input")) cell.focus();
  }

  /** @param {any} event */
  key(event) {
    const cell = event.target.closest("td");
    if (!cell || event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    const away = AWAY[/** @type {"ArrowUp"} */ (event.key)];
    const [row, column] = [Number(cell.dataset.row), Number(cell.dataset.column)];
    const ends = { Home: this.cell(row, 0), End: this.cell(row, this.columns - 1) };
    const to = away ? this.cell(row + away[0], column + away[1]) : ends[/** @type {"Home"} */ (event.key)];
    const typing = /^[-−.\d]$/.test(event.key);
    if (to) this.focus(to);
    else if (event.key === " ") this.press(row, column);
    else if (event.key === "Enter" || event.key === "F2" || typing) this.type(cell, typing ? event.key : undefined);
    else if (!away) return;
    event.preventDefault();
  }

  /** Open an entry for typing. @param {any} cell @param {string} [text] */
  type(cell, text) {
    if (!this.edit || !cell || cell.matches(".padding, .beyond, .corner") || cell.querySelector("input")) return;
    const [before, row, column] = [cell.textContent, Number(cell.dataset.row), Number(cell.dataset.column)];
    const input = el("input", { inputmode: "text", "aria-label": `row ${row}, column ${column}`, autocomplete: "off" });
    input.value = text ?? String(this.values[row][column]);
    cell.replaceChildren(input);
    input.focus();
    if (text === undefined) input.select();
    let open = true; // taking the input away makes it lose the focus: once is enough
    const close = (/** @type {boolean} */ wanted) => {
      if (!open) return true;
      const kept = wanted && input.value.trim() !== "";
      open = false;
      if (kept && !this.edit?.(row, column, [[input.value.replaceAll("−", "-").trim()]])) {
        open = true;
        input.setAttribute("aria-invalid", "true");
        return false;
      }
      input.remove();
      if (!cell.textContent) cell.textContent = before;
      if (!kept) cell.dispatchEvent(new CustomEvent("cancel", { bubbles: true }));
      return true;
    };
    input.addEventListener("blur", () => close(true));
    input.addEventListener("paste", (/** @type {ClipboardEvent} */ event) => {
      const lines = (event.clipboardData?.getData("text") ?? "").replaceAll("−", "-").trim().split(/\n|;|\]\s*,\s*\[/);
      const block = lines.map((line) => line.split(/[\s,[\]]+/).filter(Boolean));
      if (block.flat().length < 2) return; // one number is text for the field
      event.preventDefault();
      close(false);
      this.edit?.(row, column, block);
    });
    input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape" || event.key === "Enter") {
        if (close(event.key === "Enter")) this.focus(cell);
        event.preventDefault();
      }
      event.stopPropagation();
    });
  }
}
