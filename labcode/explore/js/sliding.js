// @ts-check
/** What the steppers of a sliding window share: planes of numbers side by side, their sizes, their facts. */
import { range, resized, shapeOf } from "./arrays.js";
import { Explorer, el } from "./base.js";
import { Grid } from "./grid.js";
import { ArgumentError, number, parse } from "./text.js";
import { SIZE_RULE, extent, start } from "./window.js";

const MOST = 64; // positions an axis: more would not fit a screen

/** @typedef {{name: string, count: number, rows: number, columns: number, values: (plane: number) => number[][], above?: number[], beside?: number[], after?: number[], padding?: string, title: string}} Plane */

/** A frame with figures of one or more planes each; a subclass says what they show and what a step marks. */
export class Sliding extends Explorer {
  /** @type {Record<string, any>} fields for the shapes of arrays */
  sizes = {};
  /** @type {{caption: any, planes: any, part: any, grids: Grid[]}[]} */
  figures = [];
  /** @type {any} the trace of which `made` is the layer */
  known;
  /** @type {any} */
  made;
  /** @type {any} the trace that is on the screen, and whether with uses and shades */
  drawn;
  drawnWith = "";
  sum = el("div", { class: "sum" });
  touched = el("p", { class: "touched" });
  hint = el("p", { class: "hint" }, HINT);
  facts = el("ul", { class: "facts" });

  /** Names of the arrays that can be edited, as labcode's errors have them. @returns {Record<string, string>} */
  get arrays() {
    return { x: "input" };
  }

  /** @returns {any} the layer with every axis present, made anew when the trace is */
  get layer() {
    if (this.known !== this.trace) [this.known, this.made] = [this.trace, this.complete()];
    return this.made;
  }

  /** @returns {any} */
  complete() {
    return {};
  }

  view() {
    return { uses: false, shades: false, ...this.data.view };
  }

  /** The figures between signs, then what is said of a step, the bar, the settings. @param {string[]} signs one before each figure but the first @param {Node[]} fields */
  stage(signs, ...fields) {
    this.figures = ["", ...signs].map((sign) => {
      const [caption, planes] = [el("figcaption"), el("div", { class: "planes" })];
      const element = el("figure", {}, caption, planes);
      const part = el("div", { class: "part" }, ...(sign ? [el("span", { class: "sign", "aria-hidden": "true" }, sign)] : []), element);
      /** @type {Grid[]} */
      const grids = [];
      return { caption, planes, part, grids };
    });
    const shapes = Object.keys(this.arrays).map((key) => this.sizeField(key));
    const settings = el("div", { class: "fields" }, ...shapes, ...fields, this.field("uses", "show how often each entry is read"), this.field("shades", "shade the entries, as an image"));
    const stage = el("div", { class: "stage" }, ...this.figures.map((figure) => figure.part));
    return el("div", {}, el("style", {}, STYLE), stage, this.sum, this.bar, this.touched, this.hint, settings, this.error, this.facts);
  }

  /** Refuse what would not fit the screen, whether typed or in a link; all else is for labcode's rules to refuse. @param {any} state */
  fits(state) {
    for (const key of [...Object.keys(this.arrays), "padding"]) {
      const sizes = key === "padding" ? [state.padding].flat() : shapeOf(state[key]);
      const most = sizes.find((/** @type {any} */ n) => n > MOST);
      if (most !== undefined) throw new ArgumentError(this.arrays[key] ? `shape of ${key}` : key, most, `at most ${MOST} positions, to fit the screen`);
    }
    return state;
  }

  /** A field for the shape of an array. @param {string} key */
  sizeField(key) {
    const input = el("input", { autocomplete: "off", spellcheck: "false", size: 7, change: () => {
      const shape = [parse(input.value)].flat();
      const wrong = shape.find((/** @type {any} */ n) => !Number.isInteger(n) || n < 1);
      if (wrong === undefined && !shape.some((n) => n > MOST)) return this.set({ [key]: resized(this.pending[key] ?? this.state[key], shape) });
      try {
        if (wrong !== undefined) throw new ArgumentError(`${this.arrays[key]} size`, wrong, "at least 1 position", SIZE_RULE);
        this.fits({ ...this.state, [key]: shape.reduceRight((inner, n) => Array(n).fill(inner), 0) });
      } catch (error) {
        this.refuse(/** @type {ArgumentError} */ (error));
      }
      input.setAttribute("aria-invalid", "true");
    } });
    this.sizes[key] = input;
    return el("label", { class: "field" }, `shape of ${key}`, input);
  }

  /** Take entries that were typed or pasted; those of a block that reach over the edge are left out. @param {string} key @param {number[]} at indices of the first @param {string[][]} texts */
  edit(key, at, texts) {
    const array = structuredClone(this.state[key]);
    for (const [r, line] of texts.entries()) {
      const place = at.map((i, axis) => (axis === at.length - 2 ? i + r : i));
      const row = place.slice(0, -1).reduce((part, i) => part?.[i], array);
      for (const [c, text] of line.entries()) {
        const value = entry(this.arrays[key], text, this.state[key]);
        if (value instanceof ArgumentError) {
          this.refuse(value);
          return false;
        }
        if (row?.[place[place.length - 1] + c] !== undefined) row[place[place.length - 1] + c] = value;
      }
    }
    return this.set({ [key]: array });
  }

  /** Show the planes of a figure. @param {number} which @param {Plane} plane @param {(k: number, i: number, j: number) => void} press @param {(k: number, i: number, j: number, texts: string[][]) => boolean} [edit] */
  put(which, plane, press, edit) {
    const { caption, planes, grids } = this.figures[which];
    caption.textContent = plane.title;
    while (grids.length > plane.count) grids.pop()?.element.remove();
    while (grids.length < plane.count) {
      const k = grids.length;
      const grid = new Grid("", (i, j) => press(k, i, j), edit && ((i, j, texts) => edit(k, i, j, texts)));
      planes.append(grids[grids.push(grid) - 1].element);
    }
    planes.classList.toggle("several", plane.count > 1);
    const most = this.state.shades ? Math.max(...range(plane.count).flatMap((k) => plane.values(k).flat()).map(Math.abs)) : 0;
    grids.forEach((/** @type {Grid} */ grid, /** @type {number} */ k) => {
      grid.table.setAttribute("aria-label", plane.count > 1 ? `${plane.name}, channel ${k}` : plane.name);
      grid.resize(plane.rows, plane.columns, plane.above, plane.beside, plane.after);
      grid.fill(plane.values(k), plane.padding);
      grid.shade(most);
    });
    return grids;
  }

  draw() {
    const look = `${this.state.uses} ${this.state.shades}`;
    if (this.drawn !== this.trace || this.drawnWith !== look) {
      this.renew();
      const { rows, columns } = this.layer;
      for (const grid of this.figures[0].grids) grid.count(this.state.uses ? (i, j) => rows.uses[i] * columns.uses[j] : undefined);
      for (const [key, input] of Object.entries(this.sizes)) {
        if (key in this.pending) continue;
        input.value = shapeOf(this.state[key]).join(", ");
        input.removeAttribute("aria-invalid");
      }
      this.facts.replaceChildren(...this.trace.axes.flatMap((/** @type {any} */ axis, /** @type {number} */ k) => facts(this.names[k], axis)));
      [this.drawn, this.drawnWith] = [this.trace, look];
    }
    this.touched.textContent = "";
    this.hint.hidden = false;
    this.mark();
    this.sum.replaceChildren(...this.sentence());
  }

  get names() {
    return this.trace.axes.length === 1 ? ["position"] : ["row", "column"];
  }

  /** Fill the figures; then the marks of a step; then what it computes. */
  renew() {}

  mark() {}

  /** @returns {(Node | string)[]} */
  sentence() {
    return [];
  }

  /** Frame the window of a place on some of the grids. @param {number} p @param {number} q @param {(k: number) => boolean} on */
  window(p, q, on) {
    const { rows, columns } = this.layer;
    this.figures[0].grids.forEach((/** @type {Grid} */ grid, /** @type {number} */ k) => {
      if (on(k)) grid.around(start(rows, p), start(columns, q), extent(rows), extent(columns));
      else grid.around();
    });
  }

  /** Show the outputs that an input entry is part of. @param {string} name @param {number} i @param {number} j @param {number} out which figure @param {(k: number) => boolean} on */
  touch(name, i, j, out, on) {
    const { rows, columns } = this.layer;
    const places = (/** @type {any} */ axis, /** @type {number} */ at) => range(axis.places).filter((p) => range(axis.kernel).some((t) => start(axis, p) + t * axis.dilation === at));
    const [ps, qs] = [places(rows, i), places(columns, j)];
    let total = 0;
    this.figures[out].grids.forEach((/** @type {Grid} */ grid, /** @type {number} */ k) => {
      const marks = on(k) ? ps.flatMap((p) => qs.map((q) => /** @type {[number, number, string]} */ ([p, q, "hit"]))) : [];
      grid.mark(marks);
      total += marks.length;
    });
    this.hint.hidden = true;
    this.touched.textContent = `${name} is read by ${number(total)} of ${number(this.count)} windows${total ? ": the outputs with a double frame" : ""}.`;
    this.live.textContent = this.touched.textContent;
  }

  /** Output channel, row and column of a step. @param {number} step */
  at(step) {
    const { rows, columns } = this.layer;
    const each = rows.places * columns.places;
    return [Math.floor(step / each), Math.floor((step % each) / columns.places), step % columns.places];
  }

  /** The step of an output entry. @param {number} k @param {number} p @param {number} q */
  stepOf(k, p, q) {
    return (k * this.layer.rows.places + p) * this.layer.columns.places + q;
  }
}

/** What was typed as an entry of an array, or the error that labcode has for an array with it. @param {string} argument @param {string} text @param {any} array */
export function entry(argument, text, array) {
  if (/^[-+]?(inf|infinity|nan)$/i.test(text) || Math.abs(Number(text)) === Infinity) return new ArgumentError(argument, "an array with entries that are infinite or NaN", "finite numbers");
  if (text && !Number.isNaN(Number(text))) return Number(text);
  const whole = array.flat(Infinity).every(Number.isInteger); // NumPy makes text of all, as wide as the widest
  return new ArgumentError(argument, `array of <U${Math.max(whole ? 21 : 32, text.length)}`, "numbers of dtype float32, float64, int64");
}

/** The output-size formula of an axis with its numbers, and what it leaves unread. @param {string} name @param {any} axis */
function facts(name, axis) {
  const [before, after] = axis.padding;
  const top = axis.size + before + after - extent(axis);
  const [open, close] = axis.ceil ? ["⌈", "⌉"] : ["⌊", "⌋"];
  const round = Math[axis.ceil ? "ceil" : "floor"](top / axis.stride) + 1;
  const dropped = round > axis.places ? `, less a last window that would see no input: ${axis.places}` : "";
  const left = axis.cut ? `; ${number(axis.cut)} at the end cut off` : "; nothing cut off";
  const formula = `${name}s of y: ${open}(${axis.size} + ${before} + ${after} − ${axis.dilation}·(${axis.kernel} − 1) − 1) / ${axis.stride}${close} + 1`;
  const value = `${open}${number(top / axis.stride)}${close} + 1 = ${round}`;
  return [
    el("li", {}, `${formula} = ${value}${dropped}${left}`),
    el("li", {}, `${name}s of x are read ${axis.uses.map((/** @type {number} */ n) => number(n)).join(", ")} times`),
  ];
}

const HINT = "Choose an entry of y to see its window, an entry of x to see which windows read it; choose it again to change it.";

const STYLE = `
.stage { display: flex; flex-wrap: wrap; gap: 1rem 1.25rem; align-items: center; }
.part { display: flex; gap: 1rem; align-items: center; max-width: 100%; min-width: 0; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .85rem; color: var(--faint); margin-bottom: .25rem; }
.sign { font-size: 1.4rem; color: var(--faint); }
.planes { display: flex; flex-wrap: wrap; gap: .75rem; }
.sum { margin: .75rem 0 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.line { display: block; padding-left: 1.5rem; text-indent: -1rem; }
.line small { color: var(--faint); margin-right: .4rem; }
.term { white-space: nowrap; }
.outside { color: var(--faint); text-decoration: underline dotted; text-underline-offset: .2em; }
.won { border: 2px solid var(--accent); border-radius: .3rem; padding: 0 .25rem; font-weight: 700; }
.touched, .hint { font-size: .9rem; }
.hint { color: var(--faint); }
.touched:empty { display: none; }
.refused :is(.stage, .sum) { --accent: var(--faint); --tint: var(--surface); }
.facts { margin: .5rem 0 1rem; padding: 0; list-style: none; font-size: .9rem; color: var(--faint); font-variant-numeric: tabular-nums; }
.facts li { margin: .2rem 0; }
`;
