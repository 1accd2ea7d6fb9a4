"""The ledger of theorems: everything in it holds, and it can fail."""

import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from proofs import __main__ as program
from proofs import certify, document, rocq_gate, show
from proofs.ledger import FalseVariant, Level, Step, Theorem, run
from proofs.theorems import load, names
from symmerge.verdict import Proved, Refuted, Undecided

NAMES = names()
SECTION = re.compile(r"^(a[1-8]|b1|c[1-6])_[a-z0-9_]+$")


@pytest.mark.parametrize("name", NAMES)
def test_theorem(name):
    """It comes out as claimed, and none of its false variants does."""
    theorem = load(name)
    report = run(theorem)
    assert report.holds, f"{report.verdict}, not {theorem.expected}"
    assert report.steps
    shown = report.to_dict()
    json.dumps(shown)
    if report.level is Level.NUMERICAL:
        assert report.verdict.status != "proved"
    if theorem.expected == "undecided":
        assert report.level is Level.NUMERICAL
    assert theorem.variants
    for variant in theorem.variants:
        verdict = variant.check()
        assert verdict.status in ("refuted", "undecided"), f"{variant.claim}: {verdict}"
        if isinstance(verdict, Refuted):
            assert verdict.witness is not None, variant.claim


@pytest.mark.parametrize("name", NAMES)
def test_texts(name):
    theorem = load(name)
    assert SECTION.match(name)
    assert theorem.standing in set("DPSNA")
    assert theorem.expected in {"proved", "refuted", "undecided"}
    for text in (theorem.title, theorem.statement, theorem.latex, theorem.source):
        assert text.strip()
    for text in (theorem.title, theorem.latex, theorem.proof, *theorem.assumptions):
        assert text.isascii()
    for text in (theorem.latex, theorem.proof):
        assert_balanced(text)


def assert_balanced(latex):
    """Braces, dollars, display brackets and environments close in order."""
    text = re.sub(r"\\[\\{}$]", "", latex)
    open_marks = []
    for mark in re.findall(r"\\begin\{\w+\*?\}|\\end\{\w+\*?\}|\\\[|\\\]|[{}$]", text):
        if mark == "$":
            if open_marks[-1:] == ["$"]:
                open_marks.pop()
            else:
                assert not set(open_marks) & {"$", r"\["}, latex
                open_marks.append(mark)
            continue
        closes = {"}": "{", r"\]": r"\["}.get(mark, mark.replace(r"\end", r"\begin"))
        if mark.startswith(r"\end") or mark in ("}", r"\]"):
            assert open_marks[-1:] == [closes], latex
            open_marks.pop()
        else:
            open_marks.append(mark)
    assert not open_marks, latex


@pytest.mark.parametrize("text", ["{", "}", "$x", r"\[x", r"\[$x$\]", r"\begin{a}\end{b}", "{$}$"])
def test_the_balance_of_latex_is_really_checked(text):
    with pytest.raises(AssertionError):
        assert_balanced(text)


# --- What a theorem may claim ---


def theorem(*steps, **changes):
    fields = {
        "name": "a3_test",
        "title": "A test",
        "statement": "One is one.",
        "latex": "$1=1$",
        "source": "nobody",
        "standing": "P",
        "assumptions": (),
        "variants": (FalseVariant("1 = 2", lambda: Refuted("no", 1)),),
    }
    return Theorem(steps=lambda: iter(steps), **{**fields, **changes})


def step(verdict, level=Level.IDENTITY, required=True):
    return Step("a step", level, verdict, required=required)


YES, NO, PERHAPS = Proved("shown"), Refuted("false", 7), Undecided("who knows")


def test_all_required_steps_must_be_proved():
    assert run(theorem(step(YES), step(YES))).verdict.status == "proved"
    assert run(theorem(step(YES), step(PERHAPS))).verdict.status == "undecided"
    assert run(theorem(step(YES), step(NO))).verdict.status == "refuted"
    assert run(theorem()).verdict.status == "undecided"


def test_second_opinions_cannot_prove_but_can_refute():
    optional = step(YES, Level.PROOF_ASSISTANT, required=False)
    assert run(theorem(optional)).verdict.status == "undecided"
    report = run(theorem(step(YES), step(PERHAPS, Level.PROOF_ASSISTANT, required=False)))
    assert (report.verdict.status, report.level) == ("proved", Level.IDENTITY)
    assert run(theorem(step(YES), step(NO, required=False))).verdict.status == "refuted"


def test_what_was_only_seen_is_never_proved():
    for others in ([], [step(YES)], [step(YES, Level.ENCLOSURE)]):
        report = run(theorem(*others, step(YES, Level.NUMERICAL), proof="A proof."))
        assert (report.verdict.status, report.level) == ("undecided", Level.NUMERICAL)
        assert not report.holds


@pytest.mark.parametrize(
    ("levels", "proof", "level"),
    [
        ([Level.IDENTITY], "", Level.IDENTITY),
        ([Level.ORTHANT], "", Level.ORTHANT),
        ([Level.PROOF_ASSISTANT], "", Level.PROOF_ASSISTANT),
        ([Level.IDENTITY], "By induction.", Level.ARGUMENT),
        ([Level.IDENTITY, Level.ENCLOSURE], "", Level.ARGUMENT),
    ],
)
def test_levels(levels, proof, level):
    report = run(theorem(*(step(YES, each) for each in levels), proof=proof))
    assert report.level is level
    assert report.to_dict()["rests_on"] == sorted(map(str, levels))


def test_an_undecided_step_supports_no_level():
    report = run(theorem(step(YES), step(PERHAPS, Level.ENCLOSURE), proof="By hope."))
    assert report.level is Level.NUMERICAL


def test_a_refuted_claim_can_be_what_is_expected():
    assert run(theorem(step(NO), expected="refuted")).holds
    assert not run(theorem(step(YES), expected="refuted")).holds


# --- The program ---


def stub(monkeypatch, **theorems):
    """A ledger of other theorems."""
    monkeypatch.setattr(program, "names", lambda: sorted(theorems))
    monkeypatch.setattr(program, "load", lambda name: replace(theorems[name], name=name))
    monkeypatch.setattr(rocq_gate, "available", lambda: False)


def told(capsys, *arguments):
    code = program.main([*arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(("verdict", "code"), [(YES, 0), (NO, 1), (PERHAPS, 1)])
def test_exit_status(monkeypatch, capsys, verdict, code):
    stub(monkeypatch, a3_test=theorem(step(YES), step(verdict)))
    assert told(capsys, "--jobs", "1")[0] == code
    assert told(capsys, "a3_test")[0] == code
    assert told(capsys, "--json", "--jobs", "1")[0] == code


def test_a_check_that_crashes_is_a_failure(monkeypatch, capsys):
    def crash():
        raise ArithmeticError("stack of turtles")
        yield

    odd = theorem(expected="undecided")
    object.__setattr__(odd, "steps", crash)
    stub(monkeypatch, a3_test=theorem(step(YES)), a3_worse=odd)
    code, out, err = told(capsys, "--jobs", "1")
    assert code == 1
    assert "CRASHED" in out
    assert "stack of turtles" in out
    assert "Traceback" in err


def test_a_rejected_certificate_is_a_failure(monkeypatch, capsys, tmp_path):
    stub(monkeypatch, a3_test=theorem(step(YES)))
    name = "orthant_below_T3"
    certificate = json.loads((certify.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    certificate["records"][0]["sum"] += 1
    (tmp_path / f"{name}.json").write_text(json.dumps(certificate), encoding="utf-8")
    monkeypatch.setattr(certify, "FOLDER", tmp_path)
    certify.verdict.cache_clear()
    code, out, _ = told(capsys, "--jobs", "1")
    certify.verdict.cache_clear()
    assert code == 1
    assert "0 of 1 certificates accepted" in out
    assert "REJECTED" in out


def test_a_broken_formal_proof_is_a_failure(monkeypatch, capsys):
    stub(monkeypatch, a3_test=theorem(step(YES)))
    entry = {"ok": False, "assumptions": None, "statement_file": "Scalar.v"}
    broken = {
        "theorems": {"Scalar.exchange_identity": entry},
        "problems": ["Scalar.v does not compile"],
        "coqc": "8.16",
    }
    monkeypatch.setattr(rocq_gate, "available", lambda: True)
    monkeypatch.setattr(rocq_gate, "outcome", lambda: broken)
    code, out, _ = told(capsys, "--jobs", "1")
    assert code == 1
    assert "0 of 1 formal theorems pass" in out
    assert "does not compile" in out
    assert rocq_gate.lemma("exchange_identity").status == "undecided"


def test_formal_proofs(monkeypatch):
    with pytest.raises(KeyError):
        rocq_gate.lemma("no_such_theorem")
    monkeypatch.setattr(rocq_gate, "available", lambda: False)
    assert rocq_gate.lemma("exchange_identity") == Undecided(rocq_gate.NOT_HERE)
    entry = {"ok": True, "assumptions": ["Some.axiom"], "statement_file": "Scalar.v"}
    fine = {"theorems": {"Scalar.exchange_identity": entry}, "problems": [], "coqc": "8.16"}
    monkeypatch.setattr(rocq_gate, "available", lambda: True)
    monkeypatch.setattr(rocq_gate, "outcome", lambda: fine)
    verdict = rocq_gate.lemma("Scalar.exchange_identity")
    assert verdict.status == "proved"
    assert "axiom" in verdict.reason


def test_unknown_name(capsys):
    code, out, err = told(capsys, "no_such_theorem")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "no_such_theorem" in err


def test_unwritable_document(monkeypatch, capsys, tmp_path):
    stub(monkeypatch, a3_test=theorem(step(YES)))
    code, _, err = told(capsys, "--jobs", "1", "--latex", str(tmp_path / "none" / "p.tex"))
    assert (code, err.count("\n")) == (2, 1)


def test_table_counts_each_kind_once(monkeypatch, capsys):
    stub(
        monkeypatch,
        a3_one=theorem(step(YES), title="First"),
        a3_two=theorem(step(YES), step(YES, Level.ENCLOSURE), proof="So."),
        a3_three=theorem(step(NO), expected="refuted"),
        a3_four=theorem(step(YES, Level.NUMERICAL), expected="undecided"),
    )
    code, out, _ = told(capsys, "--jobs", "1")
    assert code == 0
    for line in (
        "4 theorems",
        "     1 proved at level identity",
        "     0 proved at level enclosure",
        "     1 proved at level argument",
        "     1 refuted",
        "     1 seen, not proved",
        "coqc not found",
    ):
        assert line in out
    row = next(line for line in out.splitlines() if "a3_two" in line)
    assert "argument: enclosure, identity" in row


def test_one_theorem_in_full(capsys):
    code, out, _ = told(capsys, "a3_exchange")
    report = load("a3_exchange")
    assert code == 0
    for text in (report.title, report.source, "steps:", "computed:", "theoretical:", "proved"):
        assert text in out


def test_json(capsys):
    code, out, _ = told(capsys, "a3_exchange", "--json")
    ledger = json.loads(out)
    assert code == 0
    assert (ledger["schema"], ledger["version"], ledger["holds"]) == ("symmerge.ledger", 1, True)
    [entry] = ledger["theorems"]
    assert entry["name"] == "a3_exchange"
    assert entry["steps"][0]["verdict"]["status"] == "proved"


def test_several_processes_agree_with_one(monkeypatch):
    monkeypatch.setattr(program, "names", lambda: ["a3_exchange", "a1_geometry"])
    monkeypatch.setattr(certify, "files", lambda: [certify.FOLDER / "orthant_above_T3.json"])
    monkeypatch.setattr(rocq_gate, "available", lambda: False)
    one, two = program.everything(1), program.everything(2)
    for ledger in (one, two):
        for report in ledger["theorems"]:
            del report["seconds"]
    for report, other in zip(one["theorems"], two["theorems"], strict=True):
        assert (report["name"], report["verdict"]) == (other["name"], other["verdict"])
    assert one["certificates"] == two["certificates"]


# --- The document ---


def unchecked(name):
    """A report on a theorem without running it, for its texts."""
    entry = run(theorem(step(YES))).to_dict()
    told = load(name)
    texts = ("name", "title", "statement", "latex", "source", "standing", "proof")
    return {**entry, **{key: getattr(told, key) for key in texts}, "assumptions": told.assumptions}


def whole_document():
    entries = [unchecked(name) for name in NAMES]
    entries += [
        {**run(theorem(step(verdict))).to_dict(), "name": f"c6_{verdict.status}"}
        for verdict in (NO, PERHAPS)
    ]
    return document.document(program.assemble(entries))


def test_document_refers_to_what_is_there():
    text = whole_document()
    labels = set(re.findall(r"\\label\{([^}]*)\}", text))
    assert set(NAMES) <= labels
    assert set(re.findall(r"\\ref\{([^}]*)\}", text)) <= labels
    assert r"\begin{refuted}" in text
    assert r"\begin{observation}" in text
    assert text.isascii()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_document_compiles(tmp_path):
    (tmp_path / "proofs.tex").write_text(whole_document(), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "proofs.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (tmp_path / "proofs.pdf").stat().st_size > 10_000


def test_plain_text_becomes_latex():
    assert document.prose("a_t <= 1 for t < T") == r"$a_{t}$ $\le$ 1 for $t$ $<$ $T$"
    assert document.prose("alpha_t^2 Lambda") == r"$\alpha_{t}^{2}$ $\Lambda$"
    assert document.prose("see b1_score", ["b1_score"]) == r"see Theorem~\ref{b1_score}"
    assert document.linked(r"By b1\_score, x", ["b1_score"]) == r"By Theorem~\ref{b1_score}, x"
    assert document.escape("50 % & {_}") == r"50 \% \& \{\_\}"
    assert document.code("a_t <= 1") == r"\texttt{a\char95{}t \char60{}= 1}"


def test_notebook_form():
    assert document.markdown(r"\emph{if} $a_*$ then \[ x \]") == "*if* $a_*$ then $$ x $$"
    report = run(theorem(step(YES), proof=r"Clear, by b1\_score."))
    assert "*Proof.* Clear" in report._repr_markdown_()
    assert "**proved**" in report._repr_markdown_()


def test_titles_fit_the_table():
    lines = list(show.table(program.assemble([unchecked(name) for name in NAMES])))
    assert lines[0].startswith("name")
    assert all(len(line) <= show.WIDTH + 40 for line in lines)
