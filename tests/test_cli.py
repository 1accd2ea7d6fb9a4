"""The command line: answers for people and for machines, exit statuses, help that is true."""

import json
import os
import re
import shlex
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from symmerge import schedule as schedules
from symmerge.chain import gradient_flow_chain
from symmerge.cli import commands, main
from symmerge.cli.output import finite
from symmerge.cli.parser import build_parser
from symmerge.merge import operator, relative_error
from symmerge.numbers import exact, multiprecision
from symmerge.plan import MergePlan, canonical_plans
from symmerge.scheduler_config import write_schedule
from symmerge.search import METHODS, best_plan
from symmerge.spectrum import Spectrum

ROOT = Path(__file__).parents[1]
COMMANDS = ("plan", "evaluate", "derive", "phase", "shrinkage", "budget", "simulate", "demo")


@pytest.fixture
def run(capsys):
    """Run a command line in this process; return its answer after checking status and stderr."""

    def run(line, status=0):
        assert main(shlex.split(line)) == status
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out

    return run


def strict_json(text):
    """Read one JSON document that has no NaN or Infinity."""

    def refuse(token):
        raise AssertionError(token)

    return json.loads(text, parse_constant=refuse)


def subprocess_run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "symmerge", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        encoding=environment.get("PYTHONIOENCODING", "utf-8"),
        check=False,
    )


def test_plan_for_one_variance(run):
    found = strict_json(run("plan --lam 1.536 --T 6 --s 1 --json"))
    keys = "plan error operator composite regime method optimality canonical algorithm1"
    assert set(keys.split()) <= set(found)
    assert abs(found["error"]) == pytest.approx(4.12698e-3, rel=2e-6)
    assert set(found["optimality"]) == {"status", "reason"}
    assert set(found["canonical"]) == set(canonical_plans(6))
    for rated in (found, found["algorithm1"], *found["canonical"].values()):
        plan = MergePlan.parse(rated["plan"])
        chain = gradient_flow_chain(schedules.cosine(6), Fraction("1.536"), 1)
        assert rated["error"] == pytest.approx(float(relative_error(plan, chain)), rel=1e-12)
    text = run("plan --lam 1.536 --T 6 --s 1")
    assert found["plan"] in text
    assert "proved" in text
    assert "{" not in text


@pytest.mark.parametrize("number", ["0.2", "1/5", "2e-1", ".2", " 0.20 ", "+0.2", "1.0/5"])
def test_numbers_are_exact_however_they_are_written(run, number):
    found = strict_json(run(f"plan --lam '{number}' --T 4 --s 3.0 --json"))
    assert found["lam"] == "1/5"
    assert found == strict_json(run("plan --lam 1/5 --T 4 --s 3 --json"))


@pytest.mark.parametrize("method", METHODS)
def test_plan_with_every_method(run, method):
    best = best_plan("1.4", T=6, s=1, method=method)
    refuted = best.optimality.status == "refuted"
    found = strict_json(run(f"plan --lam 1.4 --T 6 --s 1 --method {method} --json", int(refuted)))
    assert found == json.loads(json.dumps(best.to_dict()))
    assert refuted == (method in ("algorithm1", *canonical_plans(2)))


def test_an_undecided_answer_is_an_answer(run):
    found = strict_json(run("plan --lam 1.0386 --T 64 --s 3 --json"))
    assert found["optimality"]["status"] == "undecided"


@pytest.mark.parametrize("family", ["cosine", "flow", "ddpm", "edm"])
def test_schedules_by_name_and_by_file(run, family, tmp_path):
    schedule = getattr(schedules, family)(5)
    path = tmp_path / "schedule.json"
    path.write_text(json.dumps(schedule.to_dict()), encoding="utf-8")
    by_name = strict_json(run(f"plan --lam 1.5 --T 5 --s 1 --schedule {family} --json"))
    by_file = strict_json(run(f"plan --lam 1.5 --s 1 --schedule {shlex.quote(str(path))} --json"))
    assert by_name == by_file
    assert by_name["error"] == best_plan("1.5", s=1, schedule=schedule).error


def test_a_diffusers_config_is_a_schedule(run, tmp_path):
    config = {
        "_class_name": "DDPMScheduler",
        "num_train_timesteps": 1000,
        "beta_start": 0.0001,
        "beta_end": 0.02,
        "beta_schedule": "linear",
    }
    path = tmp_path / "scheduler_config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    found = strict_json(run(f"plan --lam 1.5 --T 8 --s 1 --schedule {path} --json"))
    assert found["T"] == 8
    assert 0 < found["composite"] < 2


@pytest.mark.parametrize(
    ("scale", "segments", "vanilla", "boot"),
    [
        ("none", [1] * 31, 11.06, 1.0),
        ("unit", [1] * 8 + [23], 1.846, 1.615),
        ("pixel", [1] * 10 + [21], 1.501, 1.317),
    ],
)
def test_plan_for_digits(run, scale, segments, vanilla, boot):
    found = strict_json(run(f"plan --data digits --scale {scale} --T 32 --s 3 --json"))
    keys = {"d", "plan", "segments", "w2_squared", "canonical", "share_below_one"}
    assert keys <= set(found)
    assert found["d"] == 64
    assert found["segments"] == segments
    assert MergePlan.parse(found["plan"]).segments == segments
    for name, published in (("vanilla", vanilla), ("boot", boot)):
        ratio = found["canonical"][name] / found["w2_squared"]
        assert ratio == pytest.approx(published, rel=1.5e-3)
    text = run(f"plan --data digits --scale {scale} --T 32 --s 3")
    assert f"{found['w2_squared']:.6g}" in text
    assert found["optimality"]["status"] in text


def test_plan_for_files_of_variances_and_samples(run, tmp_path):
    variances, times = [0.25, 1.0, 4.0], [3, 1, 2]
    (tmp_path / "a.csv").write_text("0.25,3\n1,1\n4,2\n", encoding="utf-8")
    np.save(tmp_path / "b.npy", np.array([variances, times]).T)
    document = Spectrum(variances, times).to_dict()
    (tmp_path / "c.json").write_text(json.dumps(document), encoding="utf-8")
    found = [
        strict_json(run(f"plan --spectrum {tmp_path / name} --T 8 --s 2 --json"))
        for name in ("a.csv", "b.npy", "c.json")
    ]
    assert all(item["d"] == 6 for item in found)
    assert found[0]["plan"] == found[1]["plan"] == found[2]["plan"]
    assert found[0]["w2_squared"] == found[1]["w2_squared"] == found[2]["w2_squared"]
    assert found[0]["share_below_one"] == pytest.approx(4 / 6)

    signs = np.array([[1, 1, -1, -1], [1, -1, 1, -1]]).T  # orthogonal columns, variance 4/3
    np.save(tmp_path / "s.npy", signs * np.sqrt([3 / 16, 3.0]))
    one = strict_json(run(f"plan --data {tmp_path / 's.npy'} --T 8 --s 2 --json"))
    (tmp_path / "t.csv").write_text("0.25\n4\n", encoding="utf-8")
    two = strict_json(run(f"plan --spectrum {tmp_path / 't.csv'} --T 8 --s 2 --json"))
    assert one["plan"] == two["plan"]
    assert one["w2_squared"] == pytest.approx(two["w2_squared"], rel=1e-12)


@pytest.mark.parametrize("digits", [5, 50, 200])
def test_evaluate_gives_the_digits_asked_for(run, digits):
    text = "[1|[2|[3|4]]]"
    found = strict_json(run(f"evaluate '{text}' --lam 1/5 --s 40 --digits {digits} --json"))
    chain = gradient_flow_chain(
        schedules.cosine(4), Fraction(1, 5), 40, multiprecision(digits + 80)
    )
    plan = MergePlan.parse(text)
    for key, true in (
        ("operator", exact(operator(plan, chain))),
        ("error", exact(relative_error(plan, chain))),
    ):
        assert isinstance(found[key], str)
        assert abs(Fraction(found[key]) - true) <= abs(true) * Fraction(1, 10 ** (digits - 1))
    low, high = (Fraction(end) for end in found["enclosure"]["error"])
    true = exact(relative_error(plan, chain))
    assert low <= true <= high
    assert high - low <= abs(true) * Fraction(1, 10 ** (digits - 2))
    assert found["error"] in run(f"evaluate '{text}' --lam 1/5 --s 40 --digits {digits}")


def test_evaluate_takes_names_of_plans(run, tmp_path):
    at = "--lam 1/5 --s 2 --digits 20 --json"
    for name, plan in canonical_plans(4).items():
        named = strict_json(run(f"evaluate {name} --T 4 {at}"))
        assert named == strict_json(run(f"evaluate '{plan}' {at}"))
    path = tmp_path / "flow.json"
    write_schedule(schedules.flow(3), path)
    named = strict_json(run(f"evaluate boot --schedule {path} {at}"))
    assert named["plan"] == "[1|[2|3]]"


def test_derive_in_text_and_latex(run):
    text = run("derive '[1|[2|3]]' --format text")
    assert "a_3*(a_1*(1 - g_3) + g_3)*(a_2*(1 - g_3) + g_3)" in text
    assert "g_t" in text
    assert "lambda" in text
    assert r"\mu" in run("derive '[1|2]' --lam mu")
    latex = run("derive '[1|2]' --of error")
    assert r"\begin{aligned}" in latex
    assert latex.count("{") == latex.count("}")
    expanded = run("derive '[1|2]' --expand --format text")
    assert "a_1" not in expanded
    assert "exp(-2*s)" in expanded
    found = strict_json(run("derive '[1|2]' --of error --json"))
    assert found["of"] == "error"
    assert {"formula", "latex", "definitions"} <= set(found)


def test_phase(run):
    found = strict_json(run("phase --T 8 --s 3 --json"))
    for name, value in (
        ("lam_boot", 1.2185),
        ("lam_lo", 1.2704),
        ("lam_0", 1.3160),
        ("lam_hi", 1.3345),
        ("lam_van", 2.0196),
    ):
        edge = found[name]
        assert set(edge) == {"value", "enclosure", "closed_form"}
        assert edge["value"] == pytest.approx(value, abs=6e-5)
        low, high = map(Fraction, edge["enclosure"])
        assert low <= Fraction(edge["value"]) + Fraction(1, 10**14)
        assert high - low < Fraction(1, 10**28)
    text = run("phase --T 8 --s 3 --schedule flow")
    assert "lam_boot" in text


def test_a_schedule_without_phases_has_nulls(run):
    found = strict_json(run("phase --T 8 --s 3 --schedule edm --json"))
    assert found["lam_boot"] is None


def test_demo_recommends_and_reports(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--out", "new/report", "--json"]) == 0
    captured = capsys.readouterr()
    found = strict_json(captured.out)
    assert found["segments"] == [1] * 8 + [23]
    assert Path(found["report"]) == Path("new/report/index.html")
    page = Path(found["report"]).read_text(encoding="utf-8")
    assert "http-equiv" not in page
    assert captured.err.endswith(" …\n")


def test_help_names_every_command_method_and_option(run):
    named = run("--help").split()
    assert all(command in named for command in COMMANDS)
    plan_help = " ".join(run("plan --help").split())
    assert all(method in plan_help for method in METHODS)
    for command in COMMANDS:
        text = run(f"{command} --help")
        assert "--json" in text
        assert f"  symmerge {command}" in text


# These train, serve a page or need a measured run; each has tests of its own.
LONG = re.compile("symmerge (demo|experiment|study|explore|calibrate)")


def examples():
    """Commands shown in the help texts, but for long ones."""
    parser = build_parser()
    subcommands = next(a for a in parser._actions if a.dest == "command").choices
    texts = [parser.epilog, *(sub.epilog for sub in subcommands.values())]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [line for line in lines if line.startswith("symmerge ") and not LONG.match(line)]


@pytest.mark.parametrize("line", examples())
def test_examples_in_the_help_work(line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "variances.csv").write_text("0.5\n2\n1.5\n", encoding="utf-8")
    two_modes = '{"means": [[-1], [1]], "sigma0": "1/4", "beta": 5}'
    (tmp_path / "line.json").write_text(two_modes, encoding="utf-8")
    assert main(shlex.split(line)[1:]) == 0
    assert capsys.readouterr().out.strip()


def test_help_says_what_happens_to_files_and_what_statuses_mean(run):
    text = " ".join(run("--help").split())
    for status in ("0 done", "1 a claim", "2 bad input", "70 a defect", "130 ", "141 "):
        assert status in text
    for command in ("mixture", "network", "demo"):
        text = " ".join(run(f"{command} --help").split())
        assert re.search(r"an existing \S+ is replaced once the new one is whole", text)
    assert "prints symmerge.sty" in run("tex --help")
    assert "the closed bound of the averaged coordinate" in " ".join(run("grid --help").split())


def test_version(run):
    assert run("--version") == "symmerge 0.1.0\n"


@pytest.mark.parametrize(
    ("problem", "status", "says"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(28, "No space left on device", "report/index.html"), 2, "report/index.html: No"),
        (OSError("no disc"), 2, "no disc"),
        (MemoryError(), 2, "too large"),
        (RecursionError("deep"), 2, "too large"),
        (ZeroDivisionError("a\nb\x1b[31m"), 70, "defect"),
    ],
)
def test_no_exception_gets_through(problem, status, says, monkeypatch, capsys):
    def fail(options):
        raise problem

    monkeypatch.setattr(commands, "phase", fail)
    assert main(["phase", "--T", "4", "--s", "1"]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("symmerge: ")
    assert says in captured.err
    assert captured.err.count("\n") == 1
    assert "\x1b" not in captured.err


def test_numbers_that_json_lacks_become_null():
    assert finite({"a": [float("nan"), 1.5, float("-inf")], "b": (1, None, "NaN")}) == {
        "a": [None, 1.5, None],
        "b": [1, None, "NaN"],
    }


def test_extreme_answers_are_still_json(run):
    found = strict_json(run("plan --lam 1e-240 --T 300 --s 1 --json"))
    low, high = map(Fraction, found["error_enclosure"])
    assert 10**200 < low <= high
    assert found["error"] == pytest.approx(float(low))


def test_a_reader_that_leaves_early_is_no_error():
    command = f"{shlex.quote(sys.executable)} -m symmerge plan --lam 0.5 --T 4096 --s 1 --json"
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} | head -c 10"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == '{\n  "lam":'
    assert done.stderr == ""


@pytest.mark.parametrize("line", ["plan --lam 2 --T 4 --s 1", "--help", "plan --help", "--version"])
def test_a_closed_or_full_output_is_no_success_and_no_defect(line):
    command = [sys.executable, "-m", "symmerge", *line.split()]
    run = {"env": {**os.environ, "PYTHONPATH": str(ROOT)}, "stderr": subprocess.PIPE, "text": True}
    closed = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    done = subprocess.run(closed, **run, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "standard output is closed" in done.stderr
    if Path("/dev/full").exists():
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = subprocess.run(command, **run, stdout=full, check=False)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "No space left" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_terminal_encoding_will_do(encoding):
    done = subprocess_run(
        "plan", "--data", "digits", "--T", "8", "--s", "1", PYTHONIOENCODING=encoding
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "digits" in done.stdout


def test_module_and_script_are_the_same_command():
    done = subprocess_run("plan", "--lam", "1", "--T", "3", "--s", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("best plan   [1|[2|3]]")
    refused = subprocess_run("plan", "--lam", "0", "--T", "3", "--s", "1")
    assert (refused.returncode, refused.stdout) == (2, "")
