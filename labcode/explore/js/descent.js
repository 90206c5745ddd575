// @ts-check
/** Gradient descent, watched: the curve of the loss, and at each step what is learnt. */
import { descend } from "./autodiff.js";
import { define, el } from "./base.js";
import { OfGraph, STYLE, brief } from "./leaves.js";
import { number } from "./text.js";

const [WIDE, TALL, LEFT, BELOW] = [560, 220, 70, 34]; // the drawing, and where its axes are

class Descent extends OfGraph {
  sum = el("p", { class: "sum" });
  verdict = el("p");
  curve = el("div", { class: "curve" });
  /** @type {any[]} */
  figures = [];

  /** @param {any} state */
  compute(state) {
    return descend(this.graph, state);
  }

  get count() {
    return this.trace.steps.length;
  }

  build() {
    const { params, nodes } = this.graph;
    this.figures = [...params, ...params, ...nodes.at(-1).inputs].map(() => this.figure());
    const stage = el("div", { class: "stage" }, ...this.figures.map(({ element }) => element));
    return el("div", {}, el("style", {}, STYLE + CURVE), this.curve, this.bar, this.sum, stage, this.verdict, ...this.inputs(this.field("steps")));
  }

  draw() {
    const { trace: { steps }, state: { step }, graph: { params, nodes } } = this;
    this.drawInputs();
    const [now, out] = [steps[step], nodes.at(-1)];
    const named = (/** @type {string} */ more) => (/** @type {number} */ i, /** @type {number} */ k) => [more.replace("·", nodes[i].name), i, k];
    const shown = [...params.map(named("·")).map((/** @type {any} */ [t, i, k]) => [t, now.params[k], i]), ...params.map(named(`∂${out.name}/∂·`)).map((/** @type {any} */ [t, i, k]) => [t, now.gradients[k], i]), ...out.inputs.map(named("·")).map((/** @type {any} */ [t, i, k]) => [t, now.made[k], i])];
    shown.forEach(([label, flat, i], k) => this.figures[k].show(label, flat, nodes[i].shape));
    this.sum.textContent = this.say();
    this.verdict.textContent = this.judgement();
    this.paint();
  }

  /** Where a loss is drawn: in powers of ten if they differ much and none is zero. */
  get scale() {
    const losses = this.trace.steps.map((/** @type {any} */ s) => s.loss);
    const powers = Math.min(...losses) > 0 && Math.max(...losses) > 30 * Math.min(...losses);
    const to = powers ? Math.log10 : (/** @type {number} */ v) => v;
    const [low, high] = [Math.min(...losses, powers ? Infinity : 0), Math.max(...losses)].map(to);
    return { powers, low, high, at: (/** @type {number} */ v) => 10 + (TALL - BELOW - 20) * (high > low ? (high - to(v)) / (high - low) : 0.5) };
  }

  /** The curve, with the present step on it. */
  paint() {
    const { trace: { steps }, state: { step } } = this;
    const { powers, low, high, at } = this.scale;
    const x = (/** @type {number} */ k) => LEFT + ((WIDE - LEFT - 14) * k) / Math.max(1, steps.length - 1);
    const points = steps.map((/** @type {any} */ s, /** @type {number} */ k) => `${x(k).toFixed(1)},${at(s.loss).toFixed(1)}`);
    const name = this.graph.nodes.at(-1).name.replace(/[<&]/g, "");
    const from = (/** @type {number} */ v) => number(powers ? 10 ** v : v, 3);
    const text = (/** @type {number} */ left, /** @type {number} */ top, /** @type {string} */ anchor, /** @type {string} */ words) => `<text x="${left}" y="${top}" text-anchor="${anchor}">${words}</text>`;
    const rises = steps.at(-1).loss > steps[0].loss; // the name stands where the curve is not
    const said = `${name} over ${number(steps.length - 1)} steps: from ${number(steps[0].loss)} to ${number(steps.at(-1).loss)}`;
    this.curve.innerHTML = `<svg viewBox="0 0 ${WIDE} ${TALL}" role="img" aria-label="${said}"><path class="axis" d="M${LEFT} 6V${TALL - BELOW}H${WIDE - 6}"/><polyline points="${points.join(" ")}"/>${points.map((/** @type {string} */ p, /** @type {number} */ k) => `<circle cx="${p.split(",")[0]}" cy="${p.split(",")[1]}" r="${k === step ? 7 : 3}"${k === step ? ' class="now"' : ""}/>`).join("")}${text(LEFT - 12, 16, "end", from(high))}${high > low ? text(LEFT - 12, TALL - BELOW - 6, "end", from(low)) : ""}${text(LEFT, TALL - 10, "middle", "0")}${text(WIDE - 14, TALL - 10, "end", `step ${number(steps.length - 1)}`)}${text(rises ? LEFT + 10 : WIDE - 14, 18, rises ? "start" : "end", powers ? `${name}, powers of ten` : name)}</svg>`;
    this.curve.firstChild.addEventListener("click", (/** @type {PointerEvent} */ event) => {
      const box = this.curve.firstChild.getBoundingClientRect();
      this.go(Math.round((((event.clientX - box.left) / box.width) * WIDE - LEFT) / (x(1) - x(0) || 1)));
    });
  }

  /** Where it leads, of all steps. */
  judgement() {
    const { trace: { steps }, graph: { nodes } } = this;
    const [first, last] = [steps[0].loss, steps.at(-1).loss];
    const name = nodes.at(-1).name;
    if (steps.length <= this.state.steps) return `It diverges: after ${number(steps.length - 1)} steps ${name} is ${number(last)}, and is not followed any further. α is too large.`;
    if (last > first) return `After ${number(steps.length - 1)} steps ${name} is larger than it was: ${number(last)} after ${number(first)}. α is too large.`;
    const climbs = steps.filter((/** @type {any} */ s, /** @type {number} */ k) => k && s.loss > steps[k - 1].loss).length;
    return `After ${number(steps.length - 1)} steps ${name} has gone from ${number(first)} to ${number(last)}${climbs ? `, though it grew in ${number(climbs)} of them` : ""}.`;
  }

  say() {
    const { trace: { steps }, state: { step, alpha }, graph: { nodes, params } } = this;
    const [now, before] = [steps[step], steps[step - 1]];
    const out = nodes.at(-1).name;
    if (!before) return `At the start ${out} = ${number(now.loss)}.`;
    const moved = params.map((/** @type {number} */ i, /** @type {number} */ k) => `${nodes[i].name} ← ${brief(before.params[k], nodes[i].shape)} − ${number(alpha)} · ${brief(before.gradients[k], nodes[i].shape)} = ${brief(now.params[k], nodes[i].shape)}`);
    const fate = now.loss < before.loss ? "falls" : now.loss > before.loss ? "grows" : "stays";
    return `Step ${number(step)}: ${moved.join("; ")}. Then ${out} ${fate}: ${number(before.loss)} before, now ${number(now.loss)}.`;
  }
}

const CURVE = `
.curve svg { display: block; width: 35rem; max-width: 100%; font-size: 13px; cursor: pointer; }
.curve polyline { fill: none; stroke: var(--accent); stroke-width: 2; }
.curve .axis { stroke: var(--faint); stroke-width: 1; }
.curve text { fill: var(--ink); }
.curve .now { stroke: var(--ink); stroke-width: 2; }
`;

define("descent", Descent);
