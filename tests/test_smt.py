"""SMT files: in step with the ledger, and really checked."""

import re

import pytest
import sympy

from proofs import smt
from proofs.theorems.a3_polynomial_lemmas import lemmas, proof

LEMMAS = list(lemmas())
x, y = sympy.symbols("x y", real=True)


def test_files_are_those_of_the_lemmas():
    """After a change: smt.write_all(lemmas())."""
    names = [lemma.name for lemma in LEMMAS]
    assert len(set(names)) == len(names)
    assert {path.stem for path in smt.FOLDER.glob("*.smt2")} == set(names)
    for lemma in LEMMAS:
        assert smt.path_of(lemma).read_text(encoding="utf-8") == smt.script(lemma)


@pytest.mark.parametrize("lemma", LEMMAS, ids=lambda lemma: lemma.name)
def test_files_are_smt_lib(lemma):
    text = smt.script(lemma)
    body = "\n".join(line for line in text.splitlines() if not line.startswith(";"))
    assert body.count("(") == body.count(")")
    declared = set(re.findall(r"declare-const (\w+)", body))
    used = set(re.findall(r"\b[A-Za-z]\w*", body)) - declared
    words = "set logic QF_NRA declare const Real assert not check sat"
    assert used == set(words.split())
    assert "pow" not in body
    assert "^" not in body


@pytest.mark.parametrize("lemma", LEMMAS, ids=lambda lemma: lemma.name)
def test_the_ledger_proves_every_lemma(lemma):
    assert proof(lemma)[1].status == "proved"


@pytest.mark.parametrize("lemma", LEMMAS, ids=lambda lemma: lemma.name)
def test_orthant_values_satisfy_the_assumptions(lemma):
    """What is substituted for the symbols lies where the lemma holds, at points of the orthant."""
    if isinstance(lemma.goal, sympy.Equality):
        return
    for k in range(1, 6):
        point = {s: sympy.Rational(k + n, 3) for n, s in enumerate(free(lemma))}
        values = {s: v.subs(point) for s, v in lemma.orthant.items()}
        for given in lemma.given:
            assert given.subs(values).subs(point) == True, given  # noqa: E712


def free(lemma):
    """Symbols left after the substitution."""
    found = set().union(*(sympy.sympify(v).free_symbols for v in lemma.orthant.values()))
    own = set().union(*(part.free_symbols for part in (lemma.goal, *lemma.given)))
    return sorted(found | (own - set(lemma.orthant)), key=str)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (sympy.Integer(-3), "(- 3.0)"),
        (sympy.Rational(2, 7), "(/ 2.0 7.0)"),
        (x**3, "(* x x x)"),
        (1 / x, "(/ 1.0 x)"),
        (x**-2, "(/ 1.0 (* x x))"),
        (x + 2 * y, "(+ x (* 2.0 y))"),
        (sympy.Le(x, y, evaluate=False), "(<= x y)"),
    ],
)
def test_terms(expression, text):
    assert smt.term(expression) == text


@pytest.mark.parametrize("expression", [sympy.sqrt(x), sympy.exp(x), x**y, sympy.pi, 0.5])
def test_other_expressions_are_refused(expression):
    with pytest.raises(TypeError):
        smt.term(sympy.sympify(expression))


@pytest.mark.parametrize("solver", smt.SOLVERS)
def test_solvers(solver, tmp_path):
    pytest.importorskip(solver)
    square = smt.Lemma("square", "x y <= (x^2 + y^2)/2", sympy.Le(x * y, (x**2 + y**2) / 2))
    false = smt.Lemma("false", "x <= x^2", sympy.Le(x, x**2))
    true, wrong = tmp_path / "true.smt2", tmp_path / "wrong.smt2"
    true.write_text(smt.script(square), encoding="utf-8")
    wrong.write_text(smt.script(false), encoding="utf-8")
    found = smt.opinions(solver, [true, wrong])
    assert [verdict.status for verdict in found] == ["proved", "refuted"]
    together = smt.opinion(solver, [true, wrong])
    assert (together.status, together.witness) == ("refuted", "wrong.smt2")
    assert smt.opinion(solver, [smt.path_of(lemma) for lemma in LEMMAS]).status == "proved"


def test_a_missing_solver_decides_nothing():
    verdict = smt.opinion("no_such_solver", [smt.path_of(LEMMAS[0])])
    assert verdict.status == "undecided"
    assert "not checked here" in verdict.reason


def test_a_solver_that_does_not_answer_decides_nothing(monkeypatch, tmp_path):
    (tmp_path / "solve.py").write_text(
        "import sys, time\nprint(sys.argv[3], 'unsat', flush=True)\ntime.sleep(60)\n"
    )
    monkeypatch.setattr(smt, "FOLDER", tmp_path)
    monkeypatch.setattr(smt, "STARTUP", 3)
    paths = [tmp_path / "one.smt2", tmp_path / "two.smt2"]
    found = smt.opinions("json", paths, seconds=0)  # any module will do
    assert [verdict.status for verdict in found] == ["proved", "undecided"]
