"""pdflatex and KaTeX for the tests: many formulas in one run of each."""

import json
import os
import shutil
import subprocess
from functools import lru_cache

HEAD = r"""\documentclass{article}
\usepackage{amsmath}
\setlength{\textwidth}{390pt}
\setlength{\emergencystretch}{3em}
\newcommand{\measured}[2]{\setbox0\hbox{$\displaystyle #2$}\typeout{WIDTH #1 \the\wd0}}
\begin{document}
"""


def compiled(body, folder, source=None):
    """Log of pdflatex on a body (or a whole source); fails if it does."""
    text = f"{HEAD}{body}\n\\end{{document}}\n" if source is None else source
    (folder / "tried.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tried.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


@lru_cache
def katex():
    """Environment in which node finds KaTeX, or None.

    It is looked for in NODE_PATH, among npm's global packages and where Debian's package puts it.
    """
    if shutil.which("node") is None:
        return None
    places = [os.environ.get("NODE_PATH", ""), "/usr/share/nodejs"]
    if shutil.which("npm"):
        asked = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True)
        places.append(asked.stdout.strip())
    found = os.environ | {"NODE_PATH": os.pathsep.join(filter(None, places))}
    there = subprocess.run(["node", "-e", "require('katex')"], env=found, capture_output=True)
    return found if there.returncode == 0 else None


PROGRAM = """
const katex = require("katex");
const { formulas, macros } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const outcome = formulas.map((formula) => {
  try {
    katex.renderToString(formula, { displayMode: true, macros: { ...macros }, strict: "error" });
    return "ok";
  } catch (error) {
    return `${formula}: ${error.message}`;
  }
});
console.log(JSON.stringify(outcome));
"""


def rendered(formulas, macros=None):
    """``ok`` or KaTeX's complaint, per formula."""
    done = subprocess.run(
        ["node", "-e", PROGRAM],
        input=json.dumps({"formulas": formulas, "macros": macros or {}}),
        env=katex(),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
