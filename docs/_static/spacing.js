// TeX puts a thin space between the name of a function and what follows, MathML does not.
window.addEventListener("load", () => {
  for (const apply of document.querySelectorAll("math mo")) {
    if (apply.textContent !== "\u2061") continue;
    let last = apply;
    while (!last.nextElementSibling && last.parentElement.localName === "mrow") {
      last = last.parentElement;
    }
    const next = last.nextElementSibling;
    if (!next || /^[([{,;.)\]=<>]/.test(next.textContent)) continue;
    const space = document.createElementNS("http://www.w3.org/1998/Math/MathML", "mspace");
    space.setAttribute("width", "0.17em");
    apply.after(space);
  }
});
