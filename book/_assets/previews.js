// Shows what a link leads to beside the link: when it is pointed at, and when it has the keyboard's focus.
/* global katex, pageData */
const WAIT = 250; // milliseconds: who only passes by sees nothing

(() => {
  const box = document.createElement("div");
  box.id = "preview";
  box.setAttribute("role", "tooltip");
  box.hidden = true;
  document.body.append(box);
  let timer = 0;
  let wanted;

  async function show(link) {
    wanted = link;
    const piece = (await pageData("previews").catch(() => ({})))[link.getAttribute("href")];
    if (!piece || wanted !== link) return; // nothing to show, or no longer
    box.innerHTML = piece;
    if (window.katex) {
      for (const tex of box.querySelectorAll(".tex")) {
        katex.render(tex.textContent, tex, { displayMode: tex.tagName === "DIV", throwOnError: false });
      }
    }
    box.hidden = false;
    link.setAttribute("aria-describedby", box.id);
    const at = link.getClientRects()[0];
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - box.offsetWidth - 8));
    const above = at.bottom + box.offsetHeight + 8 > window.innerHeight && at.top > box.offsetHeight + 8;
    box.style.left = `${left + window.scrollX}px`;
    box.style.top = `${(above ? at.top - box.offsetHeight - 6 : at.bottom + 6) + window.scrollY}px`;
  }

  function hide() {
    clearTimeout(timer);
    wanted = undefined;
    if (box.hidden || box.matches(":hover")) return;
    box.hidden = true;
    document.querySelector("[aria-describedby=preview]")?.removeAttribute("aria-describedby");
  }

  for (const link of document.querySelectorAll("article a.reference.internal")) {
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "touch") return; // a touch follows the link
      clearTimeout(timer);
      timer = setTimeout(show, WAIT, link);
    });
    link.addEventListener("pointerleave", () => {
      clearTimeout(timer);
      timer = setTimeout(hide, WAIT); // time to move into the box
    });
    link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
    link.addEventListener("blur", hide);
  }
  box.addEventListener("pointerleave", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    clearTimeout(timer);
    wanted = undefined;
    box.hidden = true;
  });
})();
