// What a kernel sends, as elements that look like those of the built page.
/* global katex */

const ANSI = /\x1b\[[0-9;]*[A-Za-z]/g;
const KINDS = ["text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/latex", "text/plain"];

/** One message of a kernel as an element, or null where it says nothing to a reader. */
export function render({ header, content }) {
  switch (header.msg_type) {
    case "stream":
      return text(content.text, `stream ${content.name}`);
    case "error":
      return text(content.traceback.join("\n") || `${content.ename}: ${content.evalue}`, "traceback");
    case "display_data":
    case "execute_result":
      return bundle(content.data);
    default:
      return null;
  }
}

function text(string, kind) {
  const element = block(`${kind} highlight-myst-ansi notranslate`);
  element.innerHTML = '<div class="highlight"><pre tabindex="0"></pre></div>';
  element.querySelector("pre").textContent = string.replace(ANSI, "");
  return element;
}

function bundle(data) {
  const kind = KINDS.find((name) => name in data);
  const value = [data[kind] ?? []].flat().join("");
  if (kind === undefined) return text("(an output of a kind that this page cannot show)", "text_plain");
  if (kind === "text/plain") return text(value, "text_plain");
  const element = block(kind.replace("/", "_").replace("+", "_"));
  if (kind === "text/latex") element.append(maths(value));
  else if (kind === "text/markdown") element.innerHTML = markdown(value);
  else if (kind.startsWith("image/") && kind !== "image/svg+xml") {
    const alt = (data["text/plain"] ?? "Output").toString();
    element.append(Object.assign(new Image(), { src: `data:${kind};base64,${value.trim()}`, alt }));
  } else element.append(document.createRange().createContextualFragment(value)); // scripts in it run
  for (const pre of element.querySelectorAll(".highlight > pre")) pre.tabIndex = 0; // wide listings scroll, by keyboard too
  for (const tex of element.querySelectorAll(".tex:not(:has(.katex))")) tex.replaceWith(maths(`$${tex.textContent}$`));
  return element;
}

function block(kind) {
  return Object.assign(document.createElement("div"), { className: `output ${kind}` });
}

/** TeX between dollars, rendered; displayed unless it stands between single ones. */
function maths(source) {
  const [, dollars, tex] = /^\s*(\${0,2})([\s\S]*?)\1\s*$/.exec(source);
  const displayMode = dollars !== "$" || tex.startsWith("\\displaystyle");
  const element = document.createElement(displayMode ? "div" : "span");
  element.className = "tex";
  if (displayMode) element.tabIndex = 0; // wide maths scrolls, by keyboard too
  katex.render(tex, element, { displayMode, throwOnError: false });
  return element;
}

/** The Markdown that cells of this book return: paragraphs, lists, tables, bold, code, maths. */
function markdown(source) {
  return source.trim().split(/\n{2,}/).map((part) => {
    const lines = part.split("\n");
    if (lines.every((line) => /^\s*\|.*\|\s*$/.test(line))) return table(lines);
    if (lines.every((line) => /^[-*] /.test(line))) return `<ul>${lines.map((l) => `<li>${inline(l.slice(2))}</li>`).join("")}</ul>`;
    return `<p>${inline(part)}</p>`;
  }).join("");
}

function table(lines) {
  const [head, rule, ...body] = lines.map((line) => line.trim().slice(1, -1).split(/(?<!\\)\|/));
  const right = rule.map((cell) => (/-:\s*$/.test(cell) ? ' class="text-right"' : ""));
  const row = (cells, tag) => `<tr>${cells.map((cell, i) => `<${tag}${right[i] ?? ""}>${inline(cell.trim())}</${tag}>`).join("")}</tr>`;
  return `<table class="table"><thead>${row(head, "th")}</thead><tbody>${body.map((cells) => row(cells, "td")).join("")}</tbody></table>`;
}

function inline(source) {
  const escape = (s) => s.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
  return source.split(/(`[^`]+`|\${1,2}[^$]+\${1,2})/).map((piece) => {
    if (/^`.+`$/.test(piece)) return `<code>${escape(piece.slice(1, -1))}</code>`;
    if (/^\$[^]+\$$/.test(piece)) return maths(piece).outerHTML;
    return escape(piece).replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>").replace(/\\\|/g, "|");
  }).join("");
}
