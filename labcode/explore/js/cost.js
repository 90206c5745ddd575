// @ts-check
/** The cost calculator. */
import { Explorer, define, el, table } from "./base.js";
import { costs } from "./costs.js";
import { number, repr } from "./text.js";

const by = (/** @type {any[]} */ sizes) => sizes.join(" × ");

class Cost extends Explorer {
  net = el("div");
  layer = el("div");

  /** @param {any} state */
  compute(state) {
    return costs(state, this.data.facts);
  }

  get count() {
    return this.trace.layers.length;
  }

  build() {
    const { conventions, itemsize, labels } = this.data.facts;
    /** @type {(key: string, names: any) => Node} */
    const chosen = (key, names) => this.field(key, key, Object.fromEntries(Object.keys(names).map((name) => [name, name])));
    const rest = Object.keys(this.data.config).filter((key) => !["dtype", "convention"].includes(key));
    return el("div", {}, el("div", { class: "fields" }, chosen("convention", conventions), chosen("dtype", itemsize), ...rest.map((key) => this.field(key, labels[key]))), this.error, this.net, this.bar, this.layer);
  }

  draw() {
    const { state: { convention, step, dtype }, trace: { layers, total } } = this;
    const { unit, rule } = this.data.facts.conventions[convention];
    /** @type {(name: any, r: any) => any[]} */
    const row = (name, r) => [name, by(r.output ?? []), r.parameters, r.operations[convention], r.compare, r.activations, r.activation_memory, r.output ? by(r.sees ?? ["all"]) : ""];
    /** @type {(r: any, i: number) => any[]} */
    const pressed = (r, i) => row(el("button", { type: "button", "aria-pressed": String(i === step), click: () => this.go(i) }, r.name), r);
    const focused = this.net.contains(this.root.activeElement);
    const header = ["layer", "output", "parameters", `${unit}s`, "comparisons", "activations", `B, ${dtype}`, "sees"];
    this.net.replaceChildren(table(`${convention}: ${rule}`, header, [...layers.map(pressed), row("total with input", total)]));
    if (focused) this.net.querySelector("[aria-pressed=true]").focus();
    this.layer.replaceChildren(el("div", { class: "fields" }, this.counts(layers[step]), this.roofline()), el("ul", {}, ...this.facts(layers[step]).map((text) => el("li", {}, text))));
  }

  /** What there is to say of a layer. @param {any} r @returns {string[]} */
  facts({ name, roof, weight, output, sees, im2col, ...r }) {
    const { trace: { total, ridge }, state: { bias } } = this;
    return [
      weight && `${name} learns ${weight.join(" · ")}${bias ? ` + ${weight[0]}` : ""} = ${number(r.parameters)} numbers, ${number(r.parameter_memory)} B.`,
      `${name} makes ${output.join(" · ")} = ${number(r.activations)} numbers, ${number(r.activation_memory)} B; each sees ${sees ? by(sees) : "all"} of the image.`,
      im2col && `Its im2col matrix has ${im2col.join(" · ")} numbers, ${number(r.im2col_memory)} B.`,
      `It moves ${number(r.traffic)} B: ${number(roof.intensity)} FLOP/B. ${roof.intensity < ridge ? "Below" : "Above"} the ridge at ${number(ridge)}: at most ${number(roof.attainable)} GFLOP/s, at least ${number(roof.seconds * 1e6)} µs.`,
      `The network has ${number(total.parameter_memory)} B of parameters; it runs in ${number(total.inference_peak)} B and trains in ${number(total.training_peak)} B.`,
    ].filter(Boolean);
  }

  /** Each convention, and which tool would print it. @param {any} r */
  counts({ name, operations, tools }) {
    const { conventions } = this.data.facts;
    const printing = (/** @type {any} */ n) => Object.keys(tools ?? {}).filter((tool) => tools[tool] === n).join(", ") || "none";
    const rows = Object.entries(operations).map(([key, n]) => [key, n, conventions[key].unit, printing(n)]);
    const others = [...new Set(Object.values(tools ?? {}))].filter((n) => !Object.values(operations).includes(n));
    return table(`${name}: which tool would print this?`, ["convention", "count", "unit", "printed by"], [...rows, ...others.map((n) => ["own", n, "", printing(n)])]);
  }

  /** Layers under the roof, both axes in powers of two. */
  roofline() {
    const { trace: { layers, ridge }, state: { peak, step } } = this;
    /** @type {(i: number) => number} */
    const x = (i) => 90 + 20 * Math.min(12, Math.max(-4, Math.log2(i)));
    /** @type {(flops: number) => number} */
    const y = (flops) => 24 + 10 * Math.min(13, Math.log2(peak / flops));
    /** @type {(x: number, y: number, words: string, anchor?: string) => string} */
    const text = (x, y, words, anchor = "middle") => `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;
    /** @type {(layer: any, i: number) => string} */
    const dot = ({ name, roof: { intensity, attainable } }, i) => {
      const [at, down] = [x(intensity), y(attainable)];
      return intensity && `<circle cx="${at}" cy="${down}" r="${i === step ? 6 : 3}"/>${i === step ? text(at + 8, down + 18, name, "start") : ""}`;
    };
    const ticks = [-4, 0, 4, 8, 12].map((power) => text(90 + 20 * power, 172, number(2 ** power)));
    const box = el("div");
    box.innerHTML = `<svg viewBox="-15 0 375 194" role="img" aria-label="Roofline: ${number(peak)} GFLOP/s from ${number(ridge)} FLOP/B on"><path d="M10 ${y(peak / ridge / 16)}L${x(ridge)} 24H330M10 156H330"/>${layers.map(dot).join("")}${ticks.join("")}${text(330, 16, `${number(peak)} GFLOP/s`, "end")}${text(170, 190, "FLOP/B")}</svg>`;
    return box;
  }

  say() {
    return this.facts(this.trace.layers[this.state.step]).join(" ");
  }

  code() {
    const { state: s, trace: { layers } } = this;
    /** @type {(key: string) => string} */
    const pair = (key) => repr(typeof s[key] === "string" ? s[key] : [s[key], s[key]].flat().slice(0, 2));
    const settings = ["stride", "padding", "dilation"].map((key) => `${key}=${pair(key)}, `).join("");
    const bias = `bias=${repr(s.bias)})`;
    const [groups] = [s.groups].flat();
    /** @type {(layer: any) => string} */
    const module = ({ name, weight: w }) => name === "pool" ? `MaxPool2d(${pair("pool")})` : !w ? "ReLU()" : w.length === 2 ? `Flatten(),\n    nn.Linear(${w[1]}, ${w[0]}, ${bias}` : `Conv2d(${w[1] * groups}, ${w[0]}, ${pair("kernel_size")}, ${settings}groups=${groups}, ${bias}`;
    const model = `import torch\nfrom torch import nn\n\nmodel = nn.Sequential(\n${layers.map((/** @type {any} */ l) => `    nn.${module(l)},\n`).join("")})\n`;
    const shape = `(${s.batch}, ${s.in_channels}, ${pair("size").slice(1)}`;
    return {
      PyTorch: `from torch.utils.flop_counter import FlopCounterMode\n${model}with FlopCounterMode(display=False) as counter:\n    model(torch.zeros${shape})\nprint(counter.get_total_flops())\n`,
      labcode: `import labcode as lc\n${model}print(lc.cost(model, ${shape}, dtype="${s.dtype}").operations("${s.convention}"))\n`,
    };
  }
}

define("cost", Cost);
