// The code cells of the page: what stands in each, what ran, and how old the output is that it shows.
import { render } from "./outputs.js";

const BEFORE_EDIT = "Old output, from before your change:";
const BEFORE_RUN = "Old output, from before a cell above it was changed:";
const BEFORE_LOSS = "Old output, of a kernel that is gone:";

export class Cell {
  constructor(place, source, page) {
    this.element = document.getElementById(`cell-${place}`);
    Object.assign(this, { place, source, built: source, shown: source, page, ran: false, edited: false });
    this.input = this.element?.querySelector(".cell_input") ?? null;
    this.output = this.original = this.element?.querySelector(":scope .cell_output") ?? null;
    if (this.input) this.makeEditable();
  }

  /** A cell without a visible source sets up or draws; it runs by itself with its neighbours. */
  get hidden() {
    return !this.input;
  }

  makeEditable() {
    this.editor = Object.assign(document.createElement("textarea"), {
      className: "live-editor", value: this.source.trimEnd(), spellcheck: false, autocapitalize: "off", autocomplete: "off",
      rows: this.source.trimEnd().split("\n").length,
    });
    this.editor.ariaLabel = "Code of this cell; Shift and Enter runs it";
    this.editor.oninput = () => this.edit(this.editor.value);
    this.editor.onkeydown = (event) => {
      if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.page.runOne(this);
    };
    this.controls = Object.assign(document.createElement("div"), { className: "live-controls" });
    this.controls.append(button("Run", () => this.page.runOne(this)), button("Run all above", () => this.page.runAbove(this)));
    this.input.hidden = true;
    this.input.after(this.editor, this.controls);
  }

  edit(source) {
    this.source = source;
    this.editor.rows = source.split("\n").length;
    if (source.trimEnd() === this.shown.trimEnd()) {
      this.mark(this.output === this.original ? null : "fresh");
    } else this.mark("stale", BEFORE_EDIT);
  }

  mark(kind, text = "Computed live:") {
    if (!this.output) return;
    this.output.classList.toggle("live-stale", kind === "stale");
    this.output.classList.toggle("live-fresh", kind === "fresh");
    if (kind) this.output.dataset.live = text;
    else delete this.output.dataset.live;
  }

  /** A cell above was changed and run: what is shown here may not follow from it. */
  outdate() {
    this.mark("stale", BEFORE_RUN);
  }

  forget() {
    this.ran = false;
    if (this.output && this.output !== this.original) this.mark("stale", BEFORE_LOSS);
  }

  /**
   * Run, and show the output in place of the old one. A quiet run changes nothing when it fails: a hidden cell
   * may need a visible one that the reader has not run.
   */
  async run(kernel, quiet = false) {
    const source = this.source;
    const pieces = [];
    const output = Object.assign(document.createElement("div"), { className: "cell_output docutils container" });
    if (!quiet) this.show(output, source);
    const good = await kernel.run(source, (message) => {
      if (message.header.msg_type === "clear_output") pieces.splice(0).forEach((piece) => piece.remove());
      if (message.header.msg_type === "error") this.failure = `${message.content.ename}: ${message.content.evalue}`;
      const piece = render(message);
      if (piece) pieces.push(piece), output.append(piece);
    });
    this.ran = good;
    if (quiet && good && (this.output || pieces.length)) this.show(output, source);
    return good;
  }

  show(output, source) {
    if (!this.element) return;
    if (this.output) this.output.replaceWith(output);
    else this.element.append(output);
    this.output = output;
    this.shown = source;
    this.mark("fresh");
    if (this.source.trimEnd() !== source.trimEnd()) this.mark("stale", BEFORE_EDIT);
  }

  /** As the page was built. */
  reset() {
    this.source = this.shown = this.built;
    this.ran = false;
    if (this.editor) this.editor.value = this.built.trimEnd();
    if (this.output !== this.original) {
      if (this.original) this.output.replaceWith(this.original);
      else this.output.remove();
      this.output = this.original;
    }
    this.mark(null);
  }

  get changed() {
    return this.source.trimEnd() !== this.built.trimEnd();
  }
}

export function button(label, press) {
  return Object.assign(document.createElement("button"), { type: "button", textContent: label, onclick: press });
}
