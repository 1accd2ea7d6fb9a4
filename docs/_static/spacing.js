// TeX puts a thin space between the name of a function and what follows, MathML does not.
window.addEventListener("load", () => {
  const scripts = ["msub", "msup", "msubsup", "munder", "mover", "munderover"];
  const names = /^(min|max|sup|inf|lim|ln|log|exp|sin|cos|tan|Lip)$/;
  for (const apply of document.querySelectorAll("math mo")) {
    // KaTeX also writes "applied to" into indices and limits, as a child too many.
    if (apply.textContent === "\u2061" && scripts.includes(apply.parentElement.localName)) {
      apply.remove();
    }
  }
  for (const name of document.querySelectorAll("math mi, math mo")) {
    if (!names.test(name.textContent)) continue;
    let last = name;
    while (
      last.parentElement.firstElementChild === last &&
      (scripts.includes(last.parentElement.localName) ||
        (last.parentElement.localName === "mrow" &&
          last.parentElement.textContent.replace("\u2061", "") === name.textContent))
    ) {
      last = last.parentElement;
    }
    if (scripts.includes(last.parentElement.localName)) continue;
    let next = last.nextElementSibling;
    if (next && next.textContent === "\u2061") next = next.nextElementSibling;
    if (!next || /^[([{,;.)\]=<>\u2264\u2265]/.test(next.textContent)) continue;
    const space = document.createElementNS("http://www.w3.org/1998/Math/MathML", "mspace");
    space.setAttribute("width", "0.17em");
    last.after(space);
  }
});
