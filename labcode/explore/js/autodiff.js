// @ts-check
/** A graph of arrays, as labcode computes it: values forward, gradients backward, steps of gradient descent. */
import { prod, range, sum } from "./arrays.js";
import { ArgumentError, entry, literal } from "./text.js";

/**
 * Arrays are flat, in row-major order; their shapes are in the graph, and so are the rules, which labcode.explore.structure writes.
 * @typedef {number[]} Flat
 * @typedef {[number, number, number][]} Partials ∂output[first]/∂input[second] = third, of all that need not be zero
 * @typedef {{forward: (rule: any, inputs: Flat[], y: Flat) => Flat, partials: (rule: any, arg: number, inputs: Flat[], y: Flat) => Partials}} Rule
 */

const MOST = 600; // entries of a Jacobian that is written out

/** Groups of three. @param {Flat} list @returns {any} */
const triples = (list) => range(list.length / 3).map((k) => list.slice(3 * k, 3 * k + 3));

/** Pairs. @param {Flat} list */
const pairs = (list) => range(list.length / 2).map((k) => [list[2 * k], list[2 * k + 1]]);

/** Nested lists of a flat array. @param {Flat} flat @param {number[]} shape @returns {any} */
export function nest(flat, [n, ...rest]) {
  if (n === undefined) return flat[0];
  return range(n).map((i) => nest(flat.slice(i * prod(rest), (i + 1) * prod(rest)), rest));
}

/** Index of an entry by its position. @param {number} i @param {number[]} shape */
export const indexOf = (i, shape) => shape.map((n, axis) => Math.floor(i / prod(shape.slice(axis + 1))) % n);

/** Where an entry stands when columns are stacked. @param {number} i @param {number[]} shape */
const stacked = (i, shape) => sum(indexOf(i, shape).map((at, axis) => at * prod(shape.slice(0, axis))));

/** Logarithms of the shares of each line. @param {number[][]} lines @param {Flat} x */
function logShares(lines, x) {
  const y = [...x];
  for (const line of lines) {
    const top = Math.max(...line.map((i) => x[i]));
    const all = Math.log(sum(line.map((i) => Math.exp(x[i] - top))));
    for (const i of line) y[i] = x[i] - top - all;
  }
  return y;
}

/** Shares of each line. @param {number[][]} lines @param {Flat} x */
function shares(lines, x) {
  const y = [...x];
  for (const line of lines) {
    const top = Math.max(...line.map((i) => x[i]));
    const all = sum(line.map((i) => Math.exp(x[i] - top)));
    for (const i of line) y[i] = Math.exp(x[i] - top) / all;
  }
  return y;
}

/** All pairs of a line. @param {number[][]} lines @param {(i: number, j: number) => number} slope @returns {Partials} */
const within = (lines, slope) => lines.flatMap((line) => line.flatMap((i) => line.map((j) => /** @type {[number, number, number]} */ ([i, j, slope(i, j)]))));

/** A rule of single numbers. @param {(x: number) => number} value @param {(x: number, y: number) => number} slope @returns {Rule} */
const pointwise = (value, slope) => ({
  forward: (_, [x]) => x.map(value),
  partials: (_, __, [x], y) => x.map((v, i) => [i, i, slope(v, y[i])]),
});

/** The first of the largest entries. @param {number[]} window @param {Flat} x */
const winner = (window, x) => window.reduce((best, i) => (x[i] > x[best] ? i : best));

/** @type {Record<string, Rule>} */
const RULES = {
  linear: {
    forward({ partials }, inputs, y) {
      inputs.forEach((x, arg) => triples(partials[arg]).forEach(([out, at, slope]) => (y[out] += slope * x[at])));
      return y;
    },
    partials: ({ partials }, arg) => triples(partials[arg]),
  },
  product: {
    forward({ products, bias }, [a, b, c], y) {
      for (const [out, i, j] of triples(products)) y[out] += a[i] * b[j];
      for (const [out, at, slope] of triples(bias)) y[out] += slope * c[at];
      return y;
    },
    partials: ({ products, bias }, arg, [a, b]) => triples(arg === 2 ? bias : products).map(([out, i, j]) => (arg === 2 ? [out, i, j] : arg ? [out, j, a[i]] : [out, i, b[j]])),
  },
  max: {
    forward: ({ windows }, [x]) => windows.map((/** @type {number[]} */ w) => x[winner(w, x)]),
    partials: ({ windows }, _, [x]) => windows.map((/** @type {number[]} */ w, /** @type {number} */ out) => [out, winner(w, x), 1]),
  },
  squares: {
    forward: ({ pairs: list, by }, [a, b]) => [sum(pairs(list).map(([i, j]) => (a[i] - b[j]) ** 2)) / by],
    partials({ pairs: list, by }, arg, inputs) {
      const slopes = inputs[arg].map(() => 0);
      for (const pair of pairs(list)) slopes[pair[arg]] += (2 * (inputs[arg][pair[arg]] - inputs[1 - arg][pair[1 - arg]])) / by;
      return slopes.map((slope, at) => [0, at, slope]);
    },
  },
  softmax: {
    forward: ({ lines }, [x]) => shares(lines, x),
    partials: ({ lines }, _, __, y) => within(lines, (i, j) => y[i] * (Number(i === j) - y[j])),
  },
  log_softmax: {
    forward: ({ lines }, [x]) => logShares(lines, x),
    partials: ({ lines }, _, [x]) => {
      const y = shares(lines, x);
      return within(lines, (i, j) => Number(i === j) - y[j]);
    },
  },
  cross_entropy: {
    forward({ lines, targets, by }, [x]) {
      const y = logShares(lines, x);
      return [-sum(targets.map((/** @type {number} */ t) => y[t])) / by];
    },
    partials: ({ lines, targets, by }, _, [x]) => shares(lines, x).map((share, at) => [0, at, (share - Number(targets.includes(at))) / by]),
  },
  Square: pointwise((x) => x * x, (x) => 2 * x),
  ReLU: pointwise((x) => Math.max(x, 0), (x) => Number(x > 0)),
  Sigmoid: pointwise((x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))), (_, y) => y * (1 - y)),
  Tanh: pointwise(Math.tanh, (_, y) => 1 - y * y),
};

/** Refuse an array that labcode would not show. @param {string} name @param {Flat} flat */
function finite(name, flat) {
  if (!flat.every(Number.isFinite)) throw new ArgumentError(name, "an array with entries that are infinite or NaN", "finite numbers");
}

/** Refuse settings that labcode would refuse. @param {any} graph @param {any} state */
function check(graph, state) {
  if (!Number.isFinite(state.alpha)) throw new ArgumentError("alpha", literal(state.alpha), "a finite number");
  graph.leaves.forEach((/** @type {number} */ i, /** @type {number} */ k) => {
    const { name, shape } = graph.nodes[i];
    const flat = [state.leaves[k] ?? []].flat();
    if (flat.length !== prod(shape)) throw new ArgumentError(name, `${flat.length} numbers`, `${prod(shape)}, one for each entry`);
    flat.forEach((v, at) => {
      if (!Number.isFinite(v)) throw new ArgumentError(entry(name, indexOf(at, shape)), literal(v), "a finite number");
    });
  });
}

/** Values of all nodes. @param {any} graph @param {Flat[]} leaves @returns {Flat[]} */
function evaluate(graph, leaves) {
  /** @type {Flat[]} */
  const values = [];
  graph.nodes.forEach(({ rule, inputs, shape }/** @type {any} */, /** @type {number} */ i) => {
    const given = inputs.map((/** @type {number} */ j) => values[j]);
    values.push(rule ? RULES[rule.rule].forward(rule, given, Array(prod(shape)).fill(0)) : leaves[graph.leaves.indexOf(i)]);
  });
  return values;
}

/** The Jacobian of an edge, both ends stacked by columns, if it is not too large to read. @param {Partials} partials @param {number[]} to @param {number[]} from */
function matrix(partials, to, from) {
  if (prod(to) * prod(from) > MOST) return null;
  const rows = range(prod(to)).map(() => Array(prod(from)).fill(0));
  for (const [out, at, slope] of partials) rows[stacked(out, to)][stacked(at, from)] += slope;
  return rows;
}

/** Each edge that hands a gradient on, from the last node to the first. @param {any} graph @param {Flat[]} values */
function backward({ nodes }, values) {
  /** @type {(Flat | null)[]} */
  const grads = nodes.map(() => null);
  grads[grads.length - 1] = [1];
  const edges = [];
  for (let t = nodes.length - 1; t >= 0; t--) {
    const [{ rule, inputs, shape }, upstream] = [nodes[t], grads[t]];
    if (!rule || !upstream) continue;
    for (const [arg, s] of inputs.entries()) {
      if (!nodes[s].grad) continue;
      const partials = RULES[rule.rule].partials(rule, arg, inputs.map((/** @type {number} */ j) => values[j]), values[t]);
      const share = Array(values[s].length).fill(0);
      for (const [out, at, slope] of partials) share[at] += upstream[out] * slope;
      grads[s] = grads[s]?.map((v, i) => v + share[i]) ?? share;
      edges.push({ source: s, target: t, arg, jacobian: matrix(partials, shape, nodes[s].shape), share, gradient: grads[s] });
    }
  }
  return { edges, grads };
}

/** Inputs after a step against the gradient. @param {any} graph @param {any} state @param {(Flat | null)[]} grads @returns {Flat[]} */
function moved({ leaves, params }, { leaves: flats, alpha }, grads) {
  return flats.map((/** @type {Flat} */ flat, /** @type {number} */ k) => {
    const grad = params.includes(leaves[k]) && grads[leaves[k]];
    return grad ? flat.map((v, i) => v - alpha * grad[i]) : flat;
  });
}

/** Values, each edge backward, and what a step of gradient descent makes of it. @param {any} graph @param {any} state */
export function differentiate(graph, state) {
  check(graph, state);
  const { nodes, leaves } = graph;
  const out = nodes.at(-1).name;
  const values = evaluate(graph, state.leaves);
  values.forEach((flat, i) => finite(nodes[i].name, flat));
  const { edges, grads } = backward(graph, values);
  edges.forEach((e) => finite(`∂${out}/∂${nodes[e.source].name}`, e.gradient));
  const after = moved(graph, state, grads);
  after.forEach((flat, k) => finite(`${nodes[leaves[k]].name} after the step`, flat));
  const loss = [values, evaluate(graph, after)].map((all) => /** @type {any} */ (all.at(-1))[0]);
  finite(`${out} after the step`, loss);
  return { values, edges, after, loss };
}

const FAR = 1e9; // a loss that has grown so far is not followed any further

/** Step after step: the loss, what is learnt, its gradient. It ends early where the loss has grown a thousand million times, or past all numbers. @param {any} graph @param {any} state */
export function descend(graph, state) {
  check(graph, state);
  const { nodes, leaves, params } = graph;
  const { steps } = state;
  if (!Number.isInteger(steps) || steps < 1 || steps > graph.most) throw new ArgumentError("steps", literal(steps), `an integer from 1 to ${graph.most}`);
  const found = [];
  for (let flats = state.leaves, k = 0; k <= steps; k++) {
    const values = evaluate(graph, flats);
    if (!k) values.forEach((flat, i) => finite(nodes[i].name, flat));
    const { grads } = backward(graph, values);
    const loss = /** @type {any} */ (values.at(-1))[0];
    const of = (/** @type {(i: number) => any} */ what) => params.map(what);
    const gradients = of((i) => grads[i] ?? values[i].map(() => 0));
    if (!k) gradients.forEach((/** @type {Flat} */ g, /** @type {number} */ at) => finite(`∂${nodes.at(-1).name}/∂${nodes[params[at]].name}`, g));
    if (![...values, ...gradients].flat().every(Number.isFinite)) break;
    found.push({ loss, params: of((i) => values[i]), gradients, made: nodes.at(-1).inputs.map((/** @type {number} */ i) => values[i]) });
    if (Math.abs(loss) > FAR * Math.max(1, Math.abs(found[0].loss))) break;
    flats = moved(graph, { leaves: flats, alpha: state.alpha }, grads);
  }
  return { steps: found };
}
