// @ts-check
/** The problems of a page, worked on in it: answers, verdicts, hints, solutions, other variants, progress. */
import { el } from "../../explore/js/base.js";
import { STYLE } from "../../explore/js/style.js";
import { Unreadable, flat, shapeOf, write } from "./answers.js";
import { Field } from "./field.js";
import { LOOK } from "./look.js";
import { credited, mark, narrow, runningThrough } from "./marking.js";
import { PLACE, Variant } from "./variant.js";

const LEVELS = /** @type {Record<string, string>} */ ({ drill: "●○○ drill", exercise: "●●○ exercise", exam: "●●● exam" });

/** What the browser keeps of a workbook: nothing where it keeps nothing. */
class Progress {
  /** @param {string} name */
  constructor(name) {
    this.key = `labcode-workbook-${name}`;
    /** @type {Record<string, any>} */
    this.of = {};
    try {
      this.of = JSON.parse(localStorage.getItem(this.key) ?? "{}");
    } catch { /* not allowed to, or not ours: begin anew */ }
  }

  /** @param {string} problem */
  for(problem) {
    return (this.of[problem] ??= { at: 0, solved: [], seen: [], typed: {} });
  }

  save() {
    try {
      localStorage.setItem(this.key, JSON.stringify(this.of));
    } catch { /* full, or not allowed to: the page works without */ }
  }

  erase() {
    this.of = {};
    try {
      localStorage.removeItem(this.key);
    } catch { /* nothing was kept */ }
  }
}

/** One problem, one variant at a time. */
class Exercise {
  /** @param {Workbook} book @param {any} problem */
  constructor(book, problem) {
    this.book = book;
    this.problem = problem;
    this.count = el("span", { class: "count" });
    this.work = el("div", { class: "work" });
    const name = el("span", { class: "name" }, problem.parts[0].question ? `${problem.key} · ${problem.title}` : problem.title);
    const level = el("span", { class: "level" }, LEVELS[problem.level]);
    const heading = el("span", { class: "heading" }, name, level, this.count);
    this.element = el("details", { class: "problem", id: problem.key }, el("summary", {}, heading), this.work);
    this.element.addEventListener("toggle", () => this.element.open && !this.work.firstChild && this.show());
  }

  get kept() {
    return this.book.progress.for(this.problem.key);
  }

  /** Show the variant at which the learner is. */
  async show() {
    const { at, typed } = this.kept;
    if (at >= this.problem.variants.length && !(await this.book.all())) return;
    this.variant = new Variant(this.problem, this.problem.variants[at] ?? this.problem.variants[0]);
    this.hints = 0;
    /** @type {Map<string, any>} */
    this.verdicts = new Map();
    this.parts = this.problem.parts.map((/** @type {any} */ part) => new Part(this, part, typed[at]?.[part.key]));
    this.through = el("p", { class: "through", role: "status" });
    this.done = el("p", { class: "solved", role: "status" });
    this.help = el("div", { "aria-live": "polite" });
    const statement = el("p", { class: "statement" }, ...written(this.variant, this.problem.statement));
    this.work.replaceChildren(statement, ...this.parts.map((/** @type {Part} */ p) => p.element), this.through, this.done, this.help, this.tools());
    this.tell();
  }

  tools() {
    const { hints } = this.problem;
    const { variants } = this.book.data;
    this.hint = el("button", { type: "button", click: () => this.showHint() }, `Hint 1 of ${hints.length}`);
    this.solution = el("button", { type: "button", "aria-expanded": "false", click: () => this.showSolution() }, "Solution");
    const another = el("button", { type: "button", click: () => this.go((this.kept.at + 1) % variants, true) }, "Another one");
    const which = el("input", { type: "number", min: 1, max: variants, change: () => this.go(Math.min(variants, Math.max(1, Math.trunc(Number(which.value)) || 1)) - 1) });
    which.value = String(this.kept.at + 1);
    return el("div", { class: "tools" }, this.hint, this.solution, another, el("label", { class: "which" }, "variant", which, `of ${variants}`));
  }

  /** Go to another variant. @param {number} at @param {boolean} [on] whether to go on typing there */
  async go(at, on = false) {
    if (!(await this.book.all())) return;
    this.kept.at = at;
    this.book.progress.save();
    await this.show();
    if (on) this.parts[0].field.focus();
    this.book.say(`variant ${at + 1} of ${this.book.data.variants}`);
  }

  showHint() {
    const { hints } = this.problem;
    if (!this.hints) this.help.prepend((this.hinted = el("ol", { class: "help", "aria-label": "hints" })));
    this.hinted.append(el("li", {}, this.variant.fill(hints[this.hints++])));
    this.hint.textContent = this.hints < hints.length ? `Hint ${this.hints + 1} of ${hints.length}` : "No more hints";
    this.hint.disabled = this.hints === hints.length;
  }

  showSolution() {
    const open = this.solution.getAttribute("aria-expanded") === "true";
    this.solution.setAttribute("aria-expanded", String(!open));
    if (open) return this.lines.remove();
    this.lines = el("ol", { class: "help", "aria-label": "solution" }, ...this.variant.solution.map((line) => el("li", {}, line)));
    this.help.append(this.lines);
    const { seen, solved, at } = this.kept;
    if (!seen.includes(at) && !solved.includes(at)) seen.push(at);
    this.book.progress.save();
    this.tell();
  }

  /** Keep what stands in a part. @param {Part} part */
  keep(part) {
    const { typed, at } = this.kept;
    if (part.field.blank) delete typed[at]?.[part.part.key];
    else (typed[at] ??= {})[part.part.key] = part.field.typed;
    this.book.progress.save();
  }

  /** The learner's answers to all parts that have one. @returns {Record<string, any>} */
  get given() {
    /** @type {Record<string, any>} */
    const found = {};
    for (const { part, field } of this.parts) {
      try {
        if (!field.blank) found[part.key] = field.answer;
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
      }
    }
    return found;
  }

  /** After a verdict, or when one is no longer true. */
  tell() {
    const { at, solved, seen } = this.kept;
    const verdicts = this.problem.parts.flatMap((/** @type {any} */ p) => this.verdicts?.get(p.key) ?? []);
    const all = verdicts.length === this.problem.parts.length && verdicts.every(credited);
    if (this.through) this.through.textContent = this.variant ? runningThrough(this.variant, verdicts) : "";
    if (all && !seen.includes(at) && !solved.includes(at)) solved.push(at);
    if (this.done) this.done.textContent = !all ? "" : seen.includes(at) ? "All right, with the solution seen. Try another one without it." : "Solved. Another one?";
    this.count.textContent = solved.length ? `✓ ${solved.length} solved` : "";
    this.book.tell();
    this.book.progress.save();
  }
}

/** One part of it. */
class Part {
  /** @param {Exercise} exercise @param {any} part @param {any} typed */
  constructor(exercise, part, typed) {
    this.exercise = exercise;
    this.part = part;
    this.field = new Field(part, () => this.changed(), () => this.check());
    this.verdict = el("p", { class: "verdict", role: "status" });
    this.asking = el("div", { class: "asking", hidden: true });
    const check = el("button", { type: "button", class: "check", click: () => this.check() }, "Check");
    const legend = el("legend", {}, ...written(exercise.variant, part.ask));
    this.element = el("fieldset", { class: `part ${part.kind}` }, legend, el("div", { class: "row" }, this.field.element, check), this.verdict, this.asking);
    if (typed) this.field.restore(typed);
  }

  /** What was said of another answer is said no more. */
  changed() {
    this.say("", "");
    this.asking.hidden = true;
    this.exercise.verdicts.delete(this.part.key);
    this.exercise.keep(this);
    this.exercise.tell();
  }

  check() {
    try {
      const { answer } = this.field;
      this.judge(mark(this.exercise.variant, this.part.key, answer, this.exercise.given));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.say("unreadable", error.message);
    }
  }

  /** @param {any} verdict */
  judge(verdict) {
    this.exercise.verdicts.set(this.part.key, verdict);
    this.say(verdict.status, verdict.words);
    this.asking.hidden = verdict.ask === null;
    if (verdict.ask !== null) this.ask(verdict);
    this.exercise.tell();
  }

  /** Several slips lead here: ask what tells them apart. @param {any} verdict */
  ask(verdict) {
    const box = el("input", { type: "text", class: "cell", autocomplete: "off", keydown: (/** @type {KeyboardEvent} */ e) => e.key === "Enter" && tell() });
    const tell = () => {
      const found = narrow(this.exercise.variant, verdict, box.value);
      if (found.status === "unreadable") this.say(found.status, found.words);
      else this.judge(found);
    };
    this.asking.replaceChildren(el("label", {}, "your answer to this question ", box), el("button", { type: "button", click: tell }, "Tell"));
  }

  /** @param {string} status @param {string} words */
  say(status, words) {
    const good = ["right", "accepted", "follow"].includes(status);
    this.verdict.className = `verdict ${good ? "good" : status === "unreadable" ? "unread" : ""}`;
    this.verdict.replaceChildren(...(words ? [el("span", {}, el("span", { class: "unseen" }, good ? "Credited. " : status === "unreadable" ? "Not marked. " : "Not yet. "), words)] : []));
  }
}

/** All of them. */
class Workbook {
  /** @param {HTMLElement} host @param {any} data */
  constructor(host, data) {
    this.data = data;
    this.from = host.dataset.from;
    this.progress = new Progress(data.name);
    this.live = el("p", { class: "unseen", "aria-live": "polite" });
    this.total = el("p", {});
    this.exercises = data.problems.map((/** @type {any} */ problem) => new Exercise(this, problem));
    this.erase = el("button", { type: "button", click: () => this.forget() }, "Erase my progress");
    const head = el("div", { class: "head" }, el("p", { class: "title" }, data.title), this.total);
    const foot = el("div", { class: "foot" }, el("span", {}, "What you type stays in this browser."), this.erase);
    const box = el("div", { class: "explorer", role: "group", "aria-label": data.title }, head, ...this.exercises.map((/** @type {Exercise} */ e) => e.element), foot, this.live);
    for (const begun of ["focusin", "pointerdown"]) box.addEventListener(begun, () => this.all(), { once: true });
    host.attachShadow({ mode: "open" }).append(el("style", {}, STYLE + LOOK), box, el("div", { class: "paper" }, el("slot")));
    for (const exercise of this.exercises) exercise.tell();
    const named = this.exercises.find((/** @type {Exercise} */ e) => location.hash === `#${anchor(data.name, e.problem.key)}`);
    (named ?? this.exercises[0]).element.open = true;
    if (named) requestAnimationFrame(() => named.element.scrollIntoView({ block: "start" }));
  }

  /** How far the learner is. */
  tell() {
    const solved = this.exercises.filter((/** @type {Exercise} */ e) => e.kept.solved.length).length;
    const all = this.exercises.length;
    this.total.textContent = `${solved} of ${all} problems solved. Each has ${this.data.variants} variants.`;
  }

  /** All variants: a page comes with the first of each, the others follow when a reader begins. Whether they are there. @returns {Promise<boolean>} */
  all() {
    if (!this.from) return Promise.resolve(true);
    this.coming ??= new Promise((resolve) => {
      this.come = (/** @type {any} */ problems) => {
        for (const [i, exercise] of this.exercises.entries()) exercise.problem = problems[i];
        this.from = undefined;
        resolve(true);
      };
      const error = () => {
        this.coming = undefined; // to be tried again
        this.total.textContent = "The other variants could not be loaded. Is the network there?";
        resolve(false);
      };
      document.head.append(el("script", { src: this.from, error }));
    });
    return this.coming;
  }

  /** @param {string} words */
  say(words) {
    this.live.textContent = words;
  }

  /** Erase all that the browser keeps, when asked twice. */
  forget() {
    if (this.erase.dataset.sure === undefined) {
      this.erase.dataset.sure = "";
      this.erase.textContent = "Really erase it all?";
      this.erase.addEventListener("blur", () => this.calm(), { once: true });
      return;
    }
    this.progress.erase();
    for (const exercise of this.exercises) {
      if (exercise.work.firstChild) exercise.show();
      else exercise.tell();
    }
    this.calm();
    this.say("erased");
  }

  calm() {
    delete this.erase.dataset.sure;
    this.erase.textContent = "Erase my progress";
  }
}

/** The place of a problem in the page's address. @param {string} name @param {string} key */
const anchor = (name, key) => `${name}-${key}`;

/** A text with the data of a variant; matrices as such. @param {Variant} variant @param {string} text @returns {(Node | string)[]} */
function written(variant, text) {
  /** @type {(Node | string)[]} */
  const found = [];
  let from = 0;
  for (const place of text.matchAll(PLACE)) {
    const value = place[3] === undefined && variant.values[place[2]];
    if (!value || shapeOf(value).length < 2) continue;
    found.push(variant.fill(text.slice(from, place.index)), ...(shapeOf(value).length > 2 ? value.map(matrix) : [matrix(value)]));
    from = /** @type {number} */ (place.index) + place[0].length;
  }
  return [...found, variant.fill(text.slice(from))];
}

/** @param {any[][]} rows */
function matrix(rows) {
  const name = write(rows).replaceAll("-", "−");
  const cells = flat(rows).map((n) => el("span", {}, String(n).replace("-", "−")));
  return el("span", { class: "given", role: "img", "aria-label": name, style: `grid-template-columns: repeat(${rows[0].length}, auto)` }, ...cells);
}

/** @type {Map<string, Workbook>} */
const books = new Map();

/** Bring a workbook to life. @param {HTMLElement} host */
function mount(host) {
  const data = host.querySelector("script[type='application/json']");
  if (host.shadowRoot || !data) return;
  const book = new Workbook(host, JSON.parse(data.textContent ?? ""));
  books.set(book.data.name, book);
}

/** All variants of a workbook have come. @param {any} data */
export function receive(data) {
  books.get(data.name)?.come(data.problems);
}

/** Bring every workbook of the page to life: at once, so that nothing moves when a reader comes to it. */
export function start() {
  document.querySelectorAll("[data-workbook]").forEach((host) => mount(/** @type {HTMLElement} */ (host)));
}
