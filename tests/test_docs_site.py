"""The documentation site builds without warnings, holds together, and needs no network."""

import html
import json
import re
import shlex
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import symmerge
from figures.frame import NAMES
from proofs.theorems import names
from symmerge.cli.parser import build_parser

pytest.importorskip("sphinx", reason="the site needs symmerge[docs]")
pytest.importorskip("furo")
pytest.importorskip("myst_parser")
pytest.importorskip("sphinxcontrib.katex")

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """Anchors, links and loaded resources of a page."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.loaded = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        elif tag in ("script", "img", "iframe", "source") and found.get("src"):
            self.loaded.append(found["src"])
        elif tag == "link" and set(found.get("rel", "").split()) & {
            "stylesheet",
            "icon",
            "preload",
        }:
            self.loaded.append(found["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Folder of the built pages."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    command += ["-d", str(out / "trees"), str(ROOT / "docs"), str(out / "html")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out / "html"


@pytest.fixture(scope="module")
def pages(site):
    return {
        path.relative_to(site).as_posix(): Page(path)
        for path in site.rglob("*.html")
        if "_modules" not in path.parts
    }


def test_links_lead_somewhere(site, pages):
    broken = []
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            target = target.resolve()
            if not target.exists():
                broken.append(f"{name}: {link}")
            elif parts.fragment and target.suffix == ".html":
                other = target.relative_to(site.resolve()).as_posix()
                known = pages[other].anchors if other in pages else Page(target).anchors
                if unquote(parts.fragment) not in known:
                    broken.append(f"{name}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site, pages):
    for name, page in pages.items():
        assert not [one for one in page.loaded if urlsplit(one).netloc], name
    for path in (*site.rglob("*.css"), *site.rglob("*.js")):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", text), path


def test_every_theorem_has_an_anchor_and_its_command(site, pages):
    for name in names():
        page = f"_generated/theorems_{name[0]}.html"
        assert {name, name.replace("_", "-")} & pages[page].anchors, name
        text = re.sub(r"<[^>]+>", "", (site / page).read_text(encoding="utf-8"))
        assert f"python -m proofs {name}" in " ".join(text.split())


def test_every_public_name_is_in_the_reference(pages):
    anchors = {
        anchor
        for name, page in pages.items()
        if name.startswith("_generated/api_")
        for anchor in page.anchors
    }
    last = {anchor.rsplit(".", 1)[-1] for anchor in anchors if anchor.startswith("symmerge.")}
    constants = {"__version__", "EXACT", "FLOAT", "SYMBOLIC", "Verdict"}
    assert sorted(set(symmerge.__all__) - last - constants) == []


def test_formulas_are_there_for_katex(site):
    text = (site / "_generated" / "theorems_a.html").read_text(encoding="utf-8")
    assert text.count('class="math') > 200
    assert "katex.min.js" in text
    assert re.search(r"\\lt", text)
    assert "$" not in re.sub(r"<(pre|code|script).*?</\1>", "", text, flags=re.S).split("<body")[1]


RENDER = """
const [path] = process.argv.slice(1), katex = require(path);
const read = require("fs").readFileSync(0, "utf8");
for (const [page, text] of JSON.parse(read)) {
  try { katex.renderToString(text, {output: "mathml"}); }
  catch (error) { console.log(page + ": " + error.message); }
}
"""


def test_katex_accepts_every_formula(site):
    formulas = []
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found = re.findall(
            r'<(?:span|div) class="math[^>]*>\s*\\[(\[](.*?)\\[)\]]\s*</', text, re.S
        )
        formulas += [(path.name, html.unescape(one)) for one in found]
    assert len(formulas) > 500
    rows = [one for one in formulas if "&" in one[1] and "\\begin" not in one[1]]
    assert rows == []
    if node := shutil.which("node"):
        (katex,) = site.rglob("katex.min.js")
        command = [node, "-e", RENDER, str(katex)]
        given = json.dumps(formulas)
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
        assert done.stdout == ""


def test_attributes_have_their_own_entries(site):
    for path in (site / "_generated").glob("api_*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"</strong> \((?:<[^>]*>)*\w+,(?:<[^>]*>)*\)", text), path.name
    assert "<strong>degree</strong>" in (site / "_generated" / "api_flow.html").read_text()


def test_statements_are_set_and_lead_to_one_another(site):
    for part in "abc":
        text = (site / "_generated" / f"theorems_{part}.html").read_text(encoding="utf-8")
        assert not re.search(r"\\(?:emph|text(?:it|bf|tt))\{", text)
        assert "(Refuted.)" not in text
        assert "(Seen, not proved.)" not in text
        for line in re.findall(r"<p><em>Assumptions:</em>.*?</p>", text, re.S):
            plain = re.sub(r'<code.*?</code>|<span class="math.*?</span>', "", line, flags=re.S)
            assert not re.search(r"\w_\w|&[lg]t;|\blam\b", plain), line
    text = (site / "_generated" / "theorems_b.html").read_text(encoding="utf-8")
    assert re.search(r'<p><em>Proof.</em>[^\n]*href="#b1-score"', text)


def test_links_of_the_texts_are_resolved(site):
    for path in site.rglob("*.html"):
        assert 'class="xref myst"' not in path.read_text(encoding="utf-8"), path.name


def test_every_page_has_an_icon(site, pages):
    for name, page in pages.items():
        icons = [one for one in page.loaded if "favicon" in one]
        assert icons, name
        assert ((site / name).parent / urlsplit(icons[0]).path).exists(), name


def test_rows_of_tables_have_equally_many_cells():
    for path in (ROOT / "README.md", ROOT / "BENCHMARKS.md", *(ROOT / "docs").glob("*.md")):
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
        for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
            cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
            assert len(cells) == 1, (path.name, table)


def test_claims_name_theorems_that_exist():
    page = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    cited = re.findall(r"\]\(#([abc]\d_\w+)\)", page)
    assert len(cited) > 20
    assert set(cited) <= set(names())
    assert set(re.findall(r"python -m proofs (\w+)", page)) <= set(names())
    assert set(re.findall(r"python -m figures (\w+)", page)) <= set(NAMES)
    commands = re.findall(r"`symmerge ([^`]+)`", page)
    assert len(commands) > 8
    for command in commands:
        options = build_parser().parse_args(shlex.split(command.replace("\\|", "|")))
        if command.startswith("tex formula"):
            assert options.run(options) == 0
