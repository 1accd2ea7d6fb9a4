"""What to cite: complete entries, and for every kind of result the right ones."""

import re
import shutil
import subprocess

import pytest

from proofs.theorems import load
from symmerge import tex
from symmerge.cli.output import say
from symmerge.derive import derive
from symmerge.dynamics.laws import SGD
from symmerge.errors import InputError
from symmerge.evaluate import evaluate
from symmerge.flow.grid import grid
from symmerge.flow.mixture import Mixture
from symmerge.flow.stability import Stability
from symmerge.phase import edges
from symmerge.plan import MergePlan, boot, consistency, progressive, vanilla
from symmerge.references import ENTRIES, citation
from symmerge.schedule import cosine
from symmerge.search import best_plan
from symmerge.search.spectra import plan_spectrum
from symmerge.spectrum import Spectrum

MERGING, FLOW = "gao2025merging", "gao2026flow"


@pytest.mark.parametrize(
    ("result", "keys"),
    [
        (MergePlan.parse("[[1|2].3|4]"), {MERGING}),
        (vanilla(4), {MERGING}),
        (boot(4), {MERGING, "gu2023boot"}),
        (consistency(4), {MERGING, "song2023consistency"}),
        (progressive(4), {MERGING, "salimans2022progressive"}),
        (derive("[[1|2].3|4]"), {MERGING, "meurer2017sympy"}),
        (evaluate("[[1|2].3|4]", 1, 1), {MERGING, "johansson2017arb"}),
        (edges(3, 1), {MERGING, "johansson2017arb"}),
        (best_plan("1/2", 4, 1), {MERGING, "johansson2017arb", "gu2023boot"}),
        (plan_spectrum(Spectrum([0.1, 5.0]), 1, cosine(4)), {MERGING, "johansson2017arb"}),
        (SGD("1/4", 2, 4), {MERGING}),
        (Mixture([-1.0, 1.0]), {FLOW}),
        (grid("stability", 4, 1, Stability(1, 41, beta=5)), {FLOW}),
        (tex.formula("averaged-coordinate"), {FLOW, "guo2005mutual"}),
        (tex.operator("boot"), {MERGING, "gu2023boot"}),
        (load("a5_boot_optimal"), {MERGING}),
        (load("b1_coordinate"), {FLOW}),
        (cosine(4), set()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_kinds_of_results(result, keys):
    assert set(citation(result).keys) == {*keys, "symmerge"}


def test_bundled_data():
    spectrum = Spectrum([0.1, 0.9], label="digits, unit scale")
    assert "pedregosa2011scikit" in citation(spectrum).keys
    assert "pedregosa2011scikit" in citation(plan_spectrum(spectrum, 1, cosine(3))).keys


def test_several_results_are_cited_once():
    found = citation(boot(4), derive("[1|2]"), boot(3))
    assert found.keys == (MERGING, "gu2023boot", "meurer2017sympy", "symmerge")
    assert citation().keys == (MERGING, FLOW, "symmerge")


@pytest.mark.parametrize("thing", [None, "boot", 3, [], re.compile("x")])
def test_what_symmerge_did_not_make(thing):
    with pytest.raises(InputError, match="result must be something that symmerge made"):
        citation(thing)


@pytest.mark.parametrize("key", ENTRIES)
def test_entries_are_complete_and_well_formed(key):
    text = ENTRIES[key].bibtex(key)
    assert text.isascii()
    assert text.count("{") == text.count("}")
    assert text.startswith(f"@{ENTRIES[key].kind}{{{key},\n")
    assert str(ENTRIES[key].year) in text
    if ENTRIES[key].kind == "article":
        assert {name for name, _ in ENTRIES[key].fields} >= {"journal", "volume", "pages"}


def test_printing(capsys):
    found = citation(boot(3))
    say(str(found))
    out = capsys.readouterr().out
    assert out.count("@misc{") == 3
    assert repr(found) == str(found)


@pytest.mark.skipif(shutil.which("bibtex") is None, reason="bibtex is not installed")
def test_bibtex_reads_all_entries(tmp_path):
    entries = "\n\n".join(ENTRIES[key].bibtex(key) for key in ENTRIES)
    (tmp_path / "all.bib").write_text(entries, encoding="utf-8")
    (tmp_path / "all.aux").write_text("\\citation{*}\n\\bibstyle{plain}\n\\bibdata{all}\n")
    done = subprocess.run(["bibtex", "all"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "Warning" not in done.stdout
    items = (tmp_path / "all.bbl").read_text(encoding="utf-8")
    assert items.count("\\bibitem") == len(ENTRIES)
