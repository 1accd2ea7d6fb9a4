"""Pages made from the code when the site is built: the ledger of theorems, and the API.

They are written to docs/_generated, which is not under version control: no statement and no
signature is typed twice.
"""

import pkgutil
import re
from importlib import import_module
from pathlib import Path

from docutils import nodes

import symmerge
from proofs.document import PARTS, SECTIONS, markdown, prose
from proofs.theorems import load, names

DOCS = Path(__file__).parents[1]
TARGET = DOCS / "_generated"
OUTCOMES = {
    "proved": "Proved",
    "refuted": "Refuted",
    "undecided": "Seen, not proved",
}
API = {
    "plans": (
        "Plans, operators, closed forms",
        "plan merge chain derive formulas latex tex evaluate draw",
    ),
    "models": (
        "Schedules, teachers, students, data",
        "schedule families scheduler_config diffusers_config teacher student spectrum samples "
        "datasets data encoders noise",
    ),
    "search": ("Search and phases", "search phase threshold points kernels"),
    "sweep": ("Sweeps and long runs", "sweep runs"),
    "dynamics": ("How students are trained", "dynamics"),
    "flow": ("Flows of Gaussian mixtures", "flow"),
    "experiments": ("Trained networks", "experiments study"),
    "output": ("Reports, pictures, references", "report plot explore references provenance"),
    "base": ("Numbers, errors, verdicts", "numbers rational errors verdict json_files places"),
}


def modules():
    """Names of all public modules of the package."""
    found = [m.name for m in pkgutil.walk_packages(symmerge.__path__, "symmerge.")]
    hidden = ("symmerge.cli", "symmerge.__main__")
    return [name for name in found if not name.startswith(hidden)]


def rooms():
    """Title and modules of every API page; what fits nowhere is an error."""
    left, found = modules(), {}
    for key, (title, stems) in API.items():
        own = [name for name in left if name.split(".")[1] in stems.split()]
        left = [name for name in left if name not in own]
        found[key] = (title, own)
    if left:
        raise ValueError(f"docs/_ext/generated.py: no API page for {', '.join(left)}")
    return found


def api_page(title, own):
    """One page of the API reference."""
    yield from (title, "=" * len(title), "")
    for name in own:
        package = hasattr(import_module(name), "__path__")
        yield from (name, "-" * len(name), "", f".. automodule:: {name}")
        # What a package hands on is documented where it is written.
        yield from (["   :no-members:", "   :no-index:", ""] if package else [""])


def displayed(latex):
    """Markdown in which every displayed formula is a paragraph of its own."""
    text = markdown(latex)
    text = re.sub(r"\\begin\{(align|gather)\*?\}", r"$$\\begin{\1ed}", text)
    text = re.sub(r"\\end\{(align|gather)\*?\}", r"\\end{\1ed}$$", text)

    def block(found):
        lines = [line for line in found[1].splitlines() if line.strip()]
        return "\n\n$$\n" + "\n".join(lines) + "\n$$\n\n"

    return re.sub(r"\$\$(.+?)\$\$", block, text, flags=re.S)


ENTRY = re.compile(r"(?<![\w`#])([abc]\d\\?_\w+(?:\\_\w+)*)")
SIGNS = re.compile(r"((?:\([-+]\)(?:\^\w|\*)? ?)*\([-+]\)(?:\^\w|\*)?)")


def linked(text):
    """Markdown in which the names of other entries of the ledger lead there."""

    def link(found):
        name = found[1].replace("\\", "")
        return f"[`{name}`](#{name})" if name in names() else found[1]

    return ENTRY.sub(link, text)


def assumption(text):
    """An assumption, typed as ``a_t >= 0``, with its formulas set."""

    def shown(part):
        if SIGNS.fullmatch(part):
            return f"`{part}`"
        if ENTRY.fullmatch(part):
            return linked(part)
        # Neighbouring formulas are one; blanks at the ends stay.
        inner = markdown(prose(part)).replace("$$", "")
        return inner.join(re.fullmatch(r"(\s*).*?(\s*)", part, re.S).groups())

    parts = re.split(f"{ENTRY.pattern}|{SIGNS.pattern}", text)
    return "".join(shown(part) for part in parts if part)


def theorem_block(theorem):
    """A statement with its standing, in Markdown."""
    outcome = OUTCOMES[theorem.expected]
    yield from (f"({theorem.name})=", f"### {theorem.title}", "")
    latex = theorem.latex.strip().removeprefix(f"({outcome}.)").lstrip()
    yield from (f"**{outcome}.** {linked(displayed(latex))}", "")
    if theorem.assumptions:
        yield from (f"*Assumptions:* {'; '.join(map(assumption, theorem.assumptions))}.", "")
    if theorem.proof:
        yield from (f"*Proof.* {linked(displayed(theorem.proof))}", "")
    yield from (f"*Source:* {theorem.source}. *Check it:* `python -m proofs {theorem.name}`", "")


def part_page(part, theorems):
    """All statements of one part."""
    yield from (f"# {PARTS[part]}", "")
    section = None
    for theorem in theorems:
        key = theorem.name.split("_")[0]
        if key != section:
            section = key
            yield from (f"## {key.upper()}. {SECTIONS[key]}", "")
        yield from theorem_block(theorem)


def standing_page(theorems):
    """What is proved, what is refuted, what is only seen."""
    yield from ("# What is proved, what is seen", "")
    yield (
        "Every statement of the theory with its verdict. *Proved* means that each step is exact "
        "algebra, ball arithmetic, a certificate or a written argument made of such steps; "
        "`python -m proofs` runs all checks and prints the level of each. Every entry also has "
        "deliberately false variants that the same checks must not accept."
    )
    for outcome, title in OUTCOMES.items():
        own = [theorem for theorem in theorems if theorem.expected == outcome]
        yield from ("", f"## {title}: {len(own)}", "", "| statement | source |", "| --- | --- |")
        for theorem in own:
            yield f"| [{theorem.title}](#{theorem.name}) | {theorem.source} |"


def write(path, lines):
    """Write a page unless it is there already, so that unchanged pages are not built again."""
    text = "\n".join(lines) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def generate(app):
    """Write all pages."""
    theorems = [load(name) for name in names()]
    for part in PARTS:
        own = [theorem for theorem in theorems if theorem.name.startswith(part)]
        write(TARGET / f"theorems_{part}.md", part_page(part, own))
    write(TARGET / "standing.md", standing_page(theorems))
    for key, (title, own) in rooms().items():
        write(TARGET / f"api_{key}.rst", api_page(title, own))


def no_fields(app, what, name, obj, skip, options):
    """Leave out what NamedTuple writes about its fields."""
    return True if (getattr(obj, "__doc__", "") or "").startswith("Alias for field") else None


def split_names(app, what, name, obj, options, lines):
    """``a, b : type`` among attributes as two entries: napoleon takes it for one odd name."""
    out, inside, k = [], False, 0
    while k < len(lines):
        if k + 1 < len(lines) and re.fullmatch("-{3,}", lines[k + 1]):
            inside = lines[k] == "Attributes"
        entry = re.fullmatch(r"(\w+(?:, \w+)+)( : .*)?", lines[k]) if inside else None
        end = k + 1
        while entry and end < len(lines) and (not lines[end] or lines[end][0] == " "):
            end += 1
        heads = [one + (entry[2] or "") for one in entry[1].split(", ")] if entry else [lines[k]]
        for head in heads:
            out += [head, *lines[k + 1 : end]]
        k = end
    lines[:] = out


def for_katex(app, doctree, name):
    """Displayed formulas without tags, and rows of ``.. math::`` inside an environment."""
    for node in doctree.findall(nodes.math_block):
        text = node.astext().replace("<", r"\lt ").replace(">", r"\gt ")
        if ("&" in text or r"\\" in text) and r"\begin" not in text:
            text = rf"\begin{{aligned}}{text}\end{{aligned}}"
        node.replace_self(nodes.math_block(text, text, **node.attributes))


def setup(app):
    """Sphinx calls this."""
    app.connect("doctree-resolved", for_katex)
    # Before napoleon, which listens with the usual priority of 500.
    app.connect("autodoc-process-docstring", split_names, priority=400)
    app.connect("autodoc-skip-member", no_fields)
    app.connect("builder-inited", generate)
    return {"parallel_read_safe": True}
