// TeX puts a thin space between the name of a function and what follows, MathML does not.
window.addEventListener("load", () => {
  for (const apply of document.querySelectorAll("math mo")) {
    const next = apply.nextElementSibling;
    if (apply.textContent === "\u2061" && next && !next.textContent.startsWith("(")) {
      apply.setAttribute("rspace", "0.17em");
    }
  }
});
