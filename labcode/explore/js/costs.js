// @ts-check
/** What a network costs, as labcode counts it: each layer, the whole, its errors. */
import { prod, range, sum } from "./arrays.js";
import { CHANNEL_RULE, divides, sides } from "./layer.js";
import { ArgumentError, perAxis, positive, repr } from "./text.js";
import { SIZE_RULE, axis, inside } from "./window.js";

/** Settings as labcode keeps them, or its error. @param {any} state @param {any} facts */
function checked(state, facts) {
  for (const [key, names] of Object.entries({ dtype: facts.itemsize, convention: facts.conventions })) {
    if (!Object.hasOwn(names, state[key])) throw new ArgumentError(key, repr(state[key]), `one of ${Object.keys(names).map(repr).join(", ")}`);
  }
  const s = { ...state };
  for (const key of ["batch", "in_channels", "out_channels", "convolutions", "classes"]) [s[key]] = perAxis(key, state[key], 1, 1, "");
  for (const key of ["size", "kernel_size", "pool", "stride", "dilation"]) s[key] = perAxis(key, state[key], 2, 1, SIZE_RULE);
  s.sides = sides(state.padding, s.stride, s.dilation, s.kernel_size);
  [s.groups] = perAxis("groups", state.groups, 1, 1, CHANNEL_RULE);
  for (const [key, most] of Object.entries(facts.most)) {
    const more = [s[key]].flat().find((n) => n > most);
    if (more !== undefined) throw new ArgumentError(key, more, `at most ${most}, to be drawn at once`);
  }
  divides(s.groups, "in_channels", s.in_channels);
  return s;
}

/** A convolution of an input. @param {any} s @param {string} name @param {number[]} x */
function convolution(s, name, x) {
  const w = [s.out_channels, x[1] / s.groups, ...s.kernel_size];
  divides(s.groups, "out_channels", w[0]);
  const axes = x.slice(2).map((n, i) => axis({ kernel: w[2 + i], stride: s.stride[i], padding: s.sides[i], dilation: s.dilation[i] }, n));
  const output = [x[0], w[0], ...axes.map((a) => a.places)];
  const [entries, mul, met] = [prod(output), prod(output) * prod(w.slice(1)), axes.map((a) => range(a.places).map((p) => inside(a, p)))];
  const made = x[0] * w[0] * w[1] * prod(met.map(sum));
  const reached = x[0] * w[0] * prod(met.map((a) => a.filter(Boolean).length)); // outputs with a product to be made
  return {
    name, x, w, output, mul, add: mul - (s.bias ? 0 : entries), skip: 2 * made - (s.bias ? 0 : reached),
    im2col: [x[0], x[1] * prod(w.slice(2)), prod(output.slice(2))],
    windows: axes.map((a) => [(a.kernel - 1) * a.dilation + 1, a.stride]),
  };
}

/** The network. @param {any} s */
function network(s) {
  /** @type {any[]} */
  const layers = [];
  let x = [s.batch, s.in_channels, ...s.size];
  for (const number of range(s.convolutions)) {
    const conv = convolution(s, `conv${number + 1}`, x);
    x = conv.output;
    layers.push(conv, { name: `relu${number + 1}`, x, output: x, compare: prod(x) });
  }
  const places = x.slice(2).map((n, i) => axis({ kernel: s.pool[i], stride: s.pool[i], padding: [0, 0], dilation: 1 }, n).places);
  const output = [...x.slice(0, 2), ...places];
  const [n, k, o] = [s.batch, prod(output.slice(1)), s.classes];
  return [...layers,
    { name: "pool", x, output, compare: prod(output) * (prod(s.pool) - 1), windows: [0, 1].map((i) => [s.pool[i], s.pool[i]]) },
    { name: "linear", x: [n, k], w: [o, k], output: [n, o], mul: n * o * k, add: n * o * (s.bias ? k : k - 1) },
  ];
}

/** Most numbers alive during one step; a value has a size, a first step and a last. @param {number[][]} values */
const most = (values) => Math.max(...values.map(([, step]) => sum(values.map(([size, born, last]) => (born <= step && step <= last ? size : 0)))));

/** What each layer costs, what the whole does; or labcode's error. @param {any} state @param {any} facts @returns {any} */
export function costs(state, facts) {
  const s = checked(state, facts);
  const layers = network(s);
  for (const key of ["peak", "bandwidth"]) positive(key, s[key], "attainable = min(peak, intensity*bandwidth)");
  const bytes = facts.itemsize[s.dtype];
  let field = [[1, 1], [1, 1]]; // what a layer sees of the image, and its stride there
  /** @type {any[]} */
  const records = layers.map((layer) => {
    if (layer.windows) field = field.map(([size, stride], i) => [size + stride * (layer.windows[i][0] - 1), stride * layer.windows[i][1]]);
    return record(layer, s, facts, bytes, layer.name === "linear" ? null : field.map(([size]) => size));
  });
  /** @type {(key: string) => any[]} */
  const all = (key) => records.map((r) => r[key]);
  const [parameters, activations, image] = [sum(all("parameters")), prod(layers[0].x) + sum(all("activations")), prod(layers[0].x)];
  const made = all("activations").map((n, i) => [n, i, Math.min(i + 1, records.length - 1)]);
  const learned = all("parameters").map((n, i) => [n, 0, i]);
  const total = {
    operations: Object.fromEntries(Object.keys(facts.conventions).map((name) => [name, sum(all("operations").map((of) => of[name]))])),
    compare: sum(all("compare")), ...stored(parameters, activations, bytes),
    inference_peak: (parameters + most([[image, 0, 0], ...made])) * bytes,
    training_peak: (parameters + activations + most([...made, ...learned])) * bytes,
  };
  const largest = Math.max(total.operations["2mac"], total.training_peak);
  // with room for what is a small multiple of it
  if (largest > 2 ** 50) throw new ArgumentError("network", `a count of ${largest.toExponential(3)}`, "at most 2^50, exact in a browser");
  return { layers: records, total, ridge: s.peak / s.bandwidth };
}

/** What is told of a layer. @param {any} layer @param {any} s @param {any} facts @param {number} bytes @param {number[] | null} sees */
function record({ name, x, w = null, output, mul = 0, add = 0, skip = mul + add, compare = 0, im2col = null }, s, facts, bytes, sees) {
  const flop = 2 * mul;
  /** @type {any} */
  const operations = { exact: mul + add, mac: mul, "2mac": flop, "skip-padding": skip };
  const parameters = w ? prod(w) + s.bias * w[0] : 0;
  const activations = prod(output);
  const traffic = (prod(x) + parameters + activations) * bytes;
  const intensity = flop / traffic;
  /** @type {(tool: any) => any} */
  const printed = ({ package: name, convention, counts_bias, counts_batch }) => [name, (operations[convention] + counts_bias * s.bias * activations) / (counts_batch ? 1 : x[0])];
  return {
    name, output, weight: w, operations, compare, ...stored(parameters, activations, bytes), traffic, sees,
    im2col, im2col_memory: im2col ? prod(im2col) * bytes : 0, tools: w && Object.fromEntries(facts.tools.map(printed)),
    roof: { intensity, attainable: Math.min(s.peak, intensity * s.bandwidth), seconds: Math.max(flop / (s.peak * 1e9), traffic / (s.bandwidth * 1e9)) },
  };
}

/** @param {number} parameters @param {number} activations @param {number} bytes */
const stored = (parameters, activations, bytes) => ({ parameters, parameter_memory: parameters * bytes, activations, activation_memory: activations * bytes });
