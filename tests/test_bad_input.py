"""Bad input: one clear line, exit status 2, nothing printed, nothing run, nothing touched."""

import math
import os
import pickle
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import symmerge
from symmerge.cli import main
from symmerge.derive import derive
from symmerge.dynamics.budget import compare_budget
from symmerge.errors import InputError
from symmerge.evaluate import evaluate
from symmerge.schedule import cosine
from tests import bad_files as files
from tests.bad_files import CODE, SENTINEL

ROOT = Path(__file__).parents[1]

PLAN = ["plan", "--lam", "1.5", "--T", "4", "--s", "1"]
VALUES = ["plan", "--T", "8", "--s", "1", "--spectrum"]
SAMPLES = ["plan", "--T", "8", "--s", "1", "--data"]
EVALUATE = ["evaluate", "[1|[2|[3|4]]]", "--lam", "1/5", "--s", "1"]
DERIVE = ["derive", "[1|[2|3]]"]
FIT = ["mixture", "--data", "digits", "--components", "2"]
PHASE = ["phase", "--T", "8", "--s", "1"]


def but(arguments, option, value):
    """Command with one option replaced, added, or (None) left out."""
    found = list(arguments)
    if option in found:
        at = found.index(option)
        del found[at : at + 2]
    return found if value is None else [*found, f"{option}={value}"]


def broken_plan(text, command=EVALUATE):
    """Command with another plan."""
    return [command[0], text, *command[2:]]


NOT_NUMBERS = [
    "",
    " ",
    "abc",
    "nan",
    "inf",
    "-inf",
    "1,5",
    "1_000",
    "0x10",
    "1e",
    "1/0",
    "1/2/3",
    "２",
    "1+1",
    CODE,
]

CASES = {
    # the command line itself
    "no command": [],
    "unknown command": ["optimise"],
    "code as a command": [CODE],
    "unknown option": [*PLAN, "--colour", "blue"],
    "shortened option": ["plan", "--la", "1", "--T", "4", "--s", "1"],
    "option without a value": [*PLAN, "--schedule"],
    "option twice": [*PLAN, "--lam", "2"],
    "stray argument": [*PLAN, "[1|2]"],
    "flag with a value": [*PLAN, "--json=yes"],
    "line breaks and colours in an option": [*PLAN, "--x\n\x1b[31m\ny"],
    # numbers
    **{f"lam {text!r}": but(PLAN, "--lam", text) for text in NOT_NUMBERS},
    **{f"s {text!r}": but(PLAN, "--s", text) for text in NOT_NUMBERS},
    **{f"T {text!r}": but(PLAN, "--T", text) for text in NOT_NUMBERS},
    "lam zero": but(PLAN, "--lam", "0"),
    "lam negative": but(PLAN, "--lam", "-1"),
    "lam beyond every exponent": but(PLAN, "--lam", "1e999999999"),
    "lam too small": but(PLAN, "--lam", "1e-300"),
    "lam endless": but(PLAN, "--lam", "9" * 100_000),
    "s missing": but(PLAN, "--s", None),
    "s negative": but(PLAN, "--s", "-0.001"),
    "s too large": but(PLAN, "--s", "1e13"),
    "T missing": but(PLAN, "--T", None),
    "T one": but(PLAN, "--T", "1"),
    "T negative": but(PLAN, "--T", "-4"),
    "T not whole": but(PLAN, "--T", "4.5"),
    "T too large": but(PLAN, "--T", "4097"),
    "T far too large": but(PLAN, "--T", "1e4000"),
    # what goes together
    "nothing to plan for": but(PLAN, "--lam", None),
    "lam and data": [*PLAN, "--data", "digits"],
    "lam and spectrum": [*PLAN, "--spectrum", "good.csv"],
    "data and spectrum": [*SAMPLES, "digits", "--spectrum", "good.csv"],
    "scale without data": [*PLAN, "--scale", "unit"],
    "scale with a spectrum": [*VALUES, "good.csv", "--scale", "unit"],
    "method with data": [*SAMPLES, "digits", "--method", "boot"],
    "method unknown": [*PLAN, "--method", "guess"],
    "method with code": [*PLAN, "--method", CODE],
    "exhaustive search of too many plans": but([*PLAN, "--method", "exhaustive"], "--T", "12"),
    "interval search of too many steps": but([*PLAN, "--method", "exact"], "--T", "1025"),
    # schedules
    "schedule unknown": [*PLAN, "--schedule", "sigmoid"],
    "schedule empty": [*PLAN, "--schedule", ""],
    "schedule with code": [*PLAN, "--schedule", CODE],
    "schedule file missing": [*PLAN, "--schedule", "absent.json"],
    "schedule file is a folder": [*PLAN, "--schedule", "folder.json"],
    "schedule file name with a zero byte": [*PLAN, "--schedule", "a\0.json"],
    "schedule file name endless": [*PLAN, "--schedule", "a" * 5000 + ".json"],
    "schedule has other steps": but([*PLAN, "--schedule", "good.json"], "--T", "5"),
    "ddpm has fewer training steps": but([*PLAN, "--schedule", "ddpm"], "--T", "1001"),
    **{f"schedule {name}": [*PLAN, "--schedule", name] for name in files.SCHEDULES},
    # samples
    "data missing": [*SAMPLES, "absent.npy"],
    "data unknown": [*SAMPLES, "faces"],
    "data with code": [*SAMPLES, CODE],
    "data a folder": [*SAMPLES, "folder"],
    "data scale unknown": [*SAMPLES, "digits", "--scale", "log"],
    "data scale with code": [*SAMPLES, "digits", "--scale", CODE],
    "data constant, one factor": [*SAMPLES, "constant.npy", "--scale", "unit"],
    **{f"data {name}": [*SAMPLES, name] for name in files.TABLES | files.SAMPLES},
    # spectra
    "spectrum missing": [*VALUES, "absent.csv"],
    "spectrum a folder": [*VALUES, "folder"],
    "spectrum a bundled name": [*VALUES, "digits"],
    "spectrum with too many steps": but([*VALUES, "good.csv"], "--T", "2049"),
    **{f"spectrum {name}": [*VALUES, name] for name in files.TABLES | files.SPECTRA},
    "spectrum deeply nested": [*VALUES, "deep.json"],
    "spectrum of somebody else": [*VALUES, "foreign.json"],
    # plans
    **{
        f"plan {text[:40]!r}": broken_plan(text)
        for text in (
            "",
            " ",
            "1",
            "[",
            "]",
            "[]",
            "[1]",
            "[1|2",
            "1|2",
            "[1|2]]",
            "[1|2][3|4]",
            "[[1|2]]",
            "[1.2]",
            "[|1]",
            "[1|]",
            "[1|2|3]",
            "[1|2.3]",
            "[1|3]",
            "[2|1]",
            "[0|1]",
            "[2|3]",
            "[1|1]",
            "[1,2]",
            "[1|-2]",
            "[1|2.0]",
            "[１|２]",
            "[1|99999999999999999999]",
            "(1|2)",
            "boot",
            CODE,
            "[" * 100_000,
            "[" * 5000 + "1" + "|2]" * 5000,
        )
    },
    # evaluate
    **{
        f"digits {text!r}": [*EVALUATE, f"--digits={text}"]
        for text in ("0", "-1", "2.5", "many", "1e9", CODE)
    },
    "evaluate a name without steps": ["evaluate", "boot", "--lam", "1", "--s", "1"],
    "evaluate a name of one step": but(["evaluate", "boot", *EVALUATE[2:]], "--T", "1"),
    "evaluate an unknown name": but(["evaluate", "best", *EVALUATE[2:]], "--T", "4"),
    "evaluate a plan with steps": but(EVALUATE, "--T", "4"),
    "evaluate without lam": but(EVALUATE, "--lam", None),
    "evaluate at lam zero": but(EVALUATE, "--lam", "0"),
    "evaluate with a negative time": but(EVALUATE, "--s", "-1"),
    "evaluate without a plan": ["evaluate", "--lam", "1", "--s", "1"],
    "evaluate with another schedule": [*broken_plan("[1|2]"), "--schedule", "good.json"],
    # derive
    **{
        f"symbol {text!r}": [*DERIVE, f"--lam={text}"]
        for text in ("", "1", "1x", "a+b", "a b", "_x", "s", "a_1", "lam!", "x" * 99, "λ\n", CODE)
    },
    "formula of something else": [*DERIVE, "--of", "composite"],
    "formula in another language": [*DERIVE, "--format", "html"],
    "formula of a broken plan": broken_plan("[1|2", DERIVE),
    "formula of too many steps": ["derive", str(symmerge.vanilla(65))],
    "formula without short levels": [*DERIVE, "--expand", "--schedule", "ddpm"],
    "formula with another schedule": [*DERIVE, "--schedule", "good.json"],
    # phase
    "no phases without training": but(PHASE, "--s", "0"),
    "phase with a negative time": but(PHASE, "--s", "-2"),
    "phase without steps": but(PHASE, "--T", None),
    "phase of one step": but(PHASE, "--T", "1"),
    "phase with too few digits": [*PHASE, "--digits", "3"],
    "phase with too many digits": [*PHASE, "--digits", "100000"],
    "phase of a broken schedule": [*PHASE, "--schedule", "rising.json"],
    # demo
    "report onto a file": ["demo", "--out", "plain"],
    "report below a file": ["demo", "--out", "plain/report"],
    "report nowhere": ["demo", "--out", ""],
    # where answers go, and files that are none
    "sweep nowhere": ["sweep", "--lam", "1", "--s", "1", "--T", "4", "--out", ""],
    "experiment nowhere": ["experiment", "1", "--out", ""],
    "study nowhere": ["study", "--out", ""],
    "network nowhere": ["network", "mixture.json", "--eps", "0.1", "--out", ""],
    "network in no folder": ["network", "mixture.json", "--eps", "0.1", "--out", "none/x.npz"],
    "mixture nowhere": [*FIT, "--out", ""],
    "mixture in no folder": [*FIT, "--out", "none/x.json"],
    "mixture onto a folder": [*FIT, "--out", "folder.json"],
    "mixture without a name": ["mixture", ""],
    "mixture a folder": ["mixture", "folder.json"],
    "spectrum without a name": [*VALUES, ""],
    "data without a name": [*SAMPLES, ""],
    "noise without a name": [*SAMPLES, "digits", "--noise-cov", ""],
    "report into a name with a zero byte": ["demo", "--out", "a\0b"],
}


def contents(folder):
    """Every file below a folder with its bytes."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("bad")
    for name, data in files.FILES.items():
        (where / name).write_bytes(data)
    (where / "folder").mkdir()
    (where / "folder.json").mkdir()
    return where


def check_refusal(status, out, error):
    assert status == 2
    assert out == ""
    assert error.startswith("symmerge: ")
    assert error.endswith("\n")
    assert error.count("\n") == 1
    assert error[:-1].isprintable()
    assert len(error) < 500
    assert "Traceback" not in error
    assert "defect" not in error


@pytest.mark.parametrize("name", CASES)
def test_commands_refuse_bad_input(name, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    before = contents(folder)
    status = main(CASES[name])
    captured = capsys.readouterr()
    check_refusal(status, captured.out, captured.err)
    assert contents(folder) == before


def error_of(line, capsys):
    assert main(line) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "must be named (got an empty text)"),
        ("folder.json", "must be a file, not a folder (got folder.json)"),
        ("absent.json", "must exist (got absent.json)"),
    ],
)
def test_files_that_are_none_are_told_apart(name, says, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    for command in ([*VALUES, name], ["mixture", name]):
        assert error_of(command, capsys) == f"symmerge: file {says}\n"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ([*VALUES, "negative.csv"], "negative.csv: variances must be finite and >= 0 (got -0.5)"),
        ([*VALUES, "negative_values.json"], "negative_values.json: variances must be finite"),
        (["mixture", "mixture_negative.json"], "mixture_negative.json: sigma0 must be > 0"),
    ],
)
def test_errors_inside_files_name_the_file(command, says, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert error_of(command, capsys).startswith(f"symmerge: {says}")


@pytest.mark.parametrize(
    "command", [FIT, ["demo"], ["network", "mixture.json", "--eps", "0.1"], ["study"]]
)
def test_where_nothing_can_be_written_no_work_is_done(command, folder, monkeypatch, capsys):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    def work(*_, **__):
        raise AssertionError("work was done")

    monkeypatch.chdir(folder)
    monkeypatch.setattr("symmerge.places.tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("symmerge.flow.fit.fit_data", work)
    monkeypatch.setattr("symmerge.report.demo.bundled", work)
    monkeypatch.setattr("symmerge.flow.networks.score_network", work)
    error = error_of([*command, "--out", "new.npz"], capsys)
    assert error == "symmerge: --out cannot be written (Permission denied) (got new.npz)\n"


def test_the_table_covers_many_kinds():
    assert len(CASES) >= 200
    assert len({tuple(arguments) for arguments in CASES.values()}) == len(CASES)


@pytest.mark.parametrize(
    "arguments",
    [
        [*PLAN[:5], *SAMPLES[5:]],
        [*SAMPLES, "bomb.npy"],
        [*VALUES, "empty.csv"],
        but(PLAN, "--lam", CODE),
        [*PLAN, "--schedule", "deep.json"],
        broken_plan("[" * 50_000),
        ["nonsense\udcff"],
    ],
)
def test_a_real_process_refuses_too(arguments, folder):
    before = contents(folder)
    done = subprocess.run(
        [sys.executable, "-m", "symmerge", *(os.fsencode(text) for text in arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    check_refusal(done.returncode, done.stdout, done.stderr)
    assert contents(folder) == before


SPECTRUM = symmerge.Spectrum([0.1, 5])


def chain():
    return symmerge.gradient_flow_chain(symmerge.schedule.cosine(4), 2, 1)


CALLS = {
    "lam not a number": lambda: symmerge.best_plan(None, T=4, s=1),
    "lam a boolean": lambda: symmerge.best_plan(True, T=4, s=1),
    "lam a NaN": lambda: symmerge.best_plan(math.nan, T=4, s=1),
    "lam infinite": lambda: symmerge.best_plan(np.inf, T=4, s=1),
    "lam complex": lambda: symmerge.best_plan(1j, T=4, s=1),
    "lam an array": lambda: symmerge.best_plan(np.ones(3), T=4, s=1),
    "lam code": lambda: symmerge.best_plan(CODE, T=4, s=1),
    "T a float": lambda: symmerge.best_plan(1, T=4.5, s=1),
    "T a boolean": lambda: symmerge.best_plan(1, T=True, s=1),
    "s a NaN": lambda: symmerge.best_plan(1, T=4, s=math.nan),
    "s and a law": lambda: symmerge.best_plan(1, T=4, s=1, law=symmerge.GradientFlow(1)),
    "nothing but lam": lambda: symmerge.best_plan(1),
    "T against the schedule": lambda: symmerge.best_plan(
        1, T=5, s=1, schedule=symmerge.schedule.flow(4)
    ),
    "negative training time": lambda: symmerge.GradientFlow(-1),
    "plan of one step": lambda: symmerge.vanilla(1),
    "plan of no steps": lambda: symmerge.segmentation([]),
    "plan of a negative block": lambda: symmerge.segmentation([1, -1]),
    "hybrid without a block": lambda: symmerge.hybrid(8, 7),
    "merge of one": lambda: symmerge.MergePlan.merge(symmerge.MergePlan.leaf(1)),
    "merge of strangers": lambda: symmerge.MergePlan.merge(
        symmerge.MergePlan.leaf(1), symmerge.MergePlan.leaf(3)
    ),
    "word that is no tree": lambda: symmerge.MergePlan((0, 0, 3)),
    "plan file of another kind": lambda: symmerge.MergePlan.from_dict(
        {"schema": "symmerge.schedule"}
    ),
    "plan file with other steps": lambda: symmerge.MergePlan.from_dict(
        {"schema": "symmerge.plan", "version": 1, "T": 3, "plan": "[1|2]"}
    ),
    "too many plans to list": lambda: symmerge.enumerate_plans(17),
    "plan for other steps": lambda: symmerge.relative_error(symmerge.boot(5), chain()),
    "unknown initialisation": lambda: symmerge.operator(symmerge.boot(4), chain(), init="cold"),
    "unknown target": lambda: symmerge.relative_error(symmerge.boot(4), chain(), target="student"),
    "unknown schedule": lambda: symmerge.Schedule("sigmoid", 4),
    "angles that fall": lambda: symmerge.schedule.from_angles([0, 0.5, 0.4, 1.5]),
    "angles beyond a right angle": lambda: symmerge.schedule.from_angles([0, 1, 2]),
    "angles in degrees": lambda: symmerge.schedule.from_angles([0, 45, 90], unit="degrees"),
    "beta above one": lambda: symmerge.schedule.from_betas([0.1, 1.5]),
    "beta a NaN": lambda: symmerge.schedule.from_betas([0.1, math.nan]),
    "no betas": lambda: symmerge.schedule.from_betas([]),
    "steps that repeat": lambda: symmerge.schedule.from_betas([0.1] * 4, T=2, steps=[2, 2]),
    "levels of different lengths": lambda: symmerge.schedule.custom([1, 0.5, 0], [0, 1]),
    "levels that stand still": lambda: symmerge.schedule.custom([1, 0.5, 0.5, 0], [0, 1, 1, 2]),
    "shift zero": lambda: symmerge.schedule.flow(4, shift=0),
    "sigma_min above sigma_max": lambda: symmerge.schedule.edm(4, 2, 1),
    "rho a fraction": lambda: symmerge.schedule.edm(4, rho=Fraction(1, 2)),
    "no digits": lambda: symmerge.multiprecision(0),
    "no bits": lambda: symmerge.balls(0),
    "edges with too few digits": lambda: symmerge.edges(8, 1, digits=2),
    "edges without training": lambda: symmerge.edges(8, 0),
    "edges without steps": lambda: symmerge.edges(s=1),
    "a list for a spectrum": lambda: symmerge.plan_spectrum([0.1, 5], 3, cosine(6)),
    "a name for a schedule": lambda: symmerge.best_plan(2, s=1, schedule="flow"),
    "a name for a spectrum's schedule": lambda: symmerge.plan_spectrum(SPECTRUM, 3, "flow"),
    "a name for the schedule of edges": lambda: symmerge.edges(s=1, schedule="flow"),
    "a name for the schedule of a chain": lambda: symmerge.gradient_flow_chain("flow", 2, 1),
    "a name for the schedule of a budget": lambda: compare_budget(2, "flow", 8),
    "a name for a law": lambda: symmerge.best_plan(2, T=4, law="sgd"),
    "text for a plan": lambda: symmerge.operator("[1|[2|3]]", chain()),
    "a schedule for a chain": lambda: symmerge.operator(symmerge.boot(3), cosine(3)),
    "no text to parse": lambda: symmerge.MergePlan.parse(None),
    "numbers to merge": lambda: symmerge.MergePlan.merge(1, 2),
    "a number of segments": lambda: symmerge.plan.segmentation(3),
    "a segment of text": lambda: symmerge.plan.segmentation(["a"]),
    "half a single step": lambda: symmerge.plan.hybrid(4, 1.5),
    "single steps in letters": lambda: symmerge.plan.hybrid(4, "a"),
    "a number to evaluate": lambda: evaluate(3, 1, 1),
    "a number to derive": lambda: derive(3),
    "one angle": lambda: symmerge.schedule.from_angles(1),
    "a text of angles": lambda: symmerge.schedule.from_angles("123"),
    "one beta": lambda: symmerge.schedule.from_betas(0.1),
    "one sampling step": lambda: symmerge.schedule.from_betas([0.1] * 4, 2, 3),
    "one level": lambda: symmerge.schedule.custom(1, 1),
    "a spectrum of nothing": lambda: symmerge.Spectrum([]),
    "a spectrum below zero": lambda: symmerge.Spectrum([1, -1]),
    "a spectrum with a NaN": lambda: symmerge.Spectrum([1, math.nan]),
    "a spectrum that is a table": lambda: symmerge.Spectrum(np.ones((2, 2))),
    "a multiplicity of zero": lambda: symmerge.Spectrum([1, 2], [1, 0]),
    "too few multiplicities": lambda: symmerge.Spectrum([1, 2], [1]),
    "half a coordinate": lambda: symmerge.Spectrum([1, 2], [1, 1.5]),
    "a spectrum of text": lambda: symmerge.Spectrum([CODE]),
}


@pytest.mark.parametrize("name", CALLS)
def test_python_refuses_bad_arguments(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refusal:
        CALLS[name]()
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400
    assert not (tmp_path / SENTINEL).exists()


def test_the_bomb_is_real(tmp_path, monkeypatch):
    """Unpickling the file would leave the sentinel, so its absence above means something."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(files.FILES["bomb.pkl"])  # noqa: S301
    assert (tmp_path / SENTINEL).exists()


SHOWN = {
    "nothing": (None, "nothing"),
    "an empty text": ("", "an empty text"),
    "lines": ("a\n b", "a b"),
    "a whole fraction": (Fraction(3), "3"),
    "a decimal": (Fraction(5, 2), "2.5"),
    "a ratio": (Fraction(-1, 3), "-1/3"),
    "the fraction of a float": (Fraction(0.1), "0.1"),
    "a tiny decimal": (Fraction(1, 10**330), "1e-330"),
    "a huge whole number": (Fraction(10**30), "1e30"),
    "a NumPy number": (np.float64(-1.0), "-1.0"),
    "a NumPy list": (np.array([-2.0, 3.0]), "[-2.0, 3.0]"),
    "a table": (np.ones((4, 3)), "an array of shape (4, 3)"),
    "a shape": ((4, 3), "(4, 3)"),
    "fractions": ((Fraction(1), Fraction(5, 2)), "(1, 2.5)"),
    "fractions by name": ({"a": [Fraction(1, 4)]}, "{a: [0.25]}"),
    "a path": (Path("some/file.json"), str(Path("some/file.json"))),
    "an object": (object(), "a value of type object"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_values_are_shown_as_people_write_them(name):
    value, shown = SHOWN[name]
    assert str(InputError("x", "must be better", value)) == f"x must be better (got {shown})"


LONG = {
    "a path": "folder/" * 30 + "name.json",
    "an array": np.arange(10.0**6),
    "a list": list(range(10**6)),
    "a whole number": 10**5000,
    "a ratio": Fraction(10**5000, 3),
    "nested lists": [[[Fraction(1, 3)] * 50] * 50] * 50,
    "a dictionary": dict.fromkeys(range(10**5), "x" * 100),
}


@pytest.mark.parametrize("name", LONG)
def test_long_values_are_cut(name):
    shown = str(InputError("x", "is long", LONG[name])).removeprefix("x is long (got ")
    assert len(shown) <= 61
    assert "…" in shown or "too long" in shown


def test_the_end_of_a_long_path_is_shown():
    assert str(InputError("file", "must exist", LONG["a path"])).endswith("name.json)")
