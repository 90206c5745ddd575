// Turn the TeX in `.tex` elements into KaTeX's HTML with MathML, in place.
/* global katex */
for (const element of document.querySelectorAll(".tex")) {
  const tex = element.textContent ?? "";
  katex.render(tex, element, { displayMode: element.tagName === "DIV", throwOnError: false });
}
