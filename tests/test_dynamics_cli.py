"""The commands shrinkage, budget and simulate, and plan and phase under other laws."""

import json
import shlex
from fractions import Fraction

import pytest

from symmerge.cli import main
from symmerge.dynamics.averaging import EMA
from symmerge.dynamics.budget import compare_budget
from symmerge.dynamics.laws import SGD
from symmerge.dynamics.trained import rank_plans
from symmerge.numbers import FLOAT
from symmerge.schedule import cosine
from symmerge.student import GradientFlow

LAWS = {
    "gradient-flow": "--s 2",
    "gd": "--lr 0.2 --steps 9",
    "sgd": "--lr 0.2 --steps 9 --batch 4",
    "heavy-ball": "--lr 0.05 --steps 9 --momentum 0.5",
    "nesterov": "--lr 0.1 --steps 9 --momentum 1/2 --batch 8",
    "sign": "--lr 0.01 --steps 9",
    "adagrad": "--lr 0.01 --steps 9 --distance 2",
    "ema": "--s 2 --kappa 1.4",
}


@pytest.fixture
def run(capsys):
    """Answer of a command line, after checking its status."""

    def run(line, status=0):
        assert main(shlex.split(line)) == status
        captured = capsys.readouterr()
        assert captured.out or status
        return captured.out

    return run


@pytest.mark.parametrize("law", LAWS)
def test_shrinkage_of_every_law(run, law):
    command = f"shrinkage --law {law} --v 0.7 {LAWS[law]}"
    found = json.loads(run(f"{command} --json"))
    low, high = map(Fraction, found["gamma_enclosure"])
    assert low <= high
    assert 0 < found["gamma"] < 1
    assert float(low) == pytest.approx(found["gamma"], rel=1e-12)
    assert ("second_moment" in found) == ("--batch" in LAWS[law])
    if "second_moment" in found:
        assert found["second_moment"] > found["gamma"] ** 2
    assert "gamma" in run(command)


def test_shrinkage_is_the_librarys(run):
    found = json.loads(run("shrinkage --law sgd --v 0.7 --lr 0.2 --steps 9 --batch 4 --json"))
    x = 0.28
    assert found["gamma"] == pytest.approx((1 - x) ** 9)
    assert found["second_moment"] == pytest.approx(((1 - x) ** 2 + 2 * x**2 / 4) ** 9)
    found = json.loads(run("shrinkage --law ema --v 0.7 --s 2 --kappa 1.4 --json"))
    assert found["gamma"] == EMA(GradientFlow(2), "1.4").factors(0.7, FLOAT)[0]
    on_top = "shrinkage --law sgd --v 0.7 --lr 0.2 --steps 9 --batch 4 --kappa 0.5 --json"
    assert json.loads(run(on_top))["gamma"] > (1 - x) ** 9


@pytest.mark.parametrize("convention", ["per-merge", "total", "compute"])
def test_budget(run, convention):
    command = f"budget --lam 0.5 --T 16 --total 64 --convention {convention}"
    found = json.loads(run(f"{command} --json"))
    assert found == json.loads(
        json.dumps(compare_budget("0.5", cosine(16), 64, convention).to_dict())
    )
    assert {"vanilla", "boot", "consistency", "progressive"} <= set(found["strategies"])
    for split in found["strategies"].values():
        assert {"error", "allocation"} <= set(split)
    errors = {name: abs(split["error"]) for name, split in found["strategies"].items()}
    assert errors[found["best"]] <= min(errors.values()) * (1 + 1e-12)
    assert found["best"] in run(command)


def test_the_default_convention_is_total(run):
    short = run("budget --lam 0.5 --T 8 --total 9 --json")
    assert short == run("budget --lam 0.5 --T 8 --total 9 --convention total --json")


def test_budget_of_sgd_steps(run):
    found = json.loads(
        run("budget --lam 0.2 --T 8 --total 70 --law sgd --lr 0.1 --batch 256 --json")
    )
    assert found["strategies"]["boot"]["allocation"] == [10] * 7
    assert found["strategies"]["vanilla"]["allocation"] == [70]


def test_simulate(run):
    line = "simulate --law sgd --v 0.7 --lr 0.2 --steps 9 --batch 4 --runs 500 --seed 3"
    found = json.loads(run(f"{line} --json"))
    assert found["deviation"] < 4
    assert found["standard_error"] > 0
    assert found == json.loads(run(f"{line} --json"))
    assert "standard errors" in run(line)
    plan = "simulate --law sgd --plan '[1|[2|3]]' --lam 0.2 --lr 0.1 --steps 9 --batch 4 --json"
    found = json.loads(run(plan))
    assert found["deviation"] < 4
    assert found["second_moment_deviation"] < 4
    adam = json.loads(run("simulate --law adam --v 1 --lr 0.01 --steps 9 --batch 4 --json"))
    assert adam["predicted"] is None


def test_plan_and_phase_under_other_laws(run):
    options = "--law sgd --lr 0.1 --steps 20 --batch 4"
    found = json.loads(run(f"plan --lam 2.5 --T 6 {options} --json"))
    assert found == rank_plans("2.5", SGD("0.1", 20, 4), cosine(6)).to_dict()
    assert found["optimality"]["status"] == "undecided"
    assert found["rms"] > abs(found["error"])
    found = json.loads(run("plan --lam 0.1 --T 6 --law gd --lr 0.65 --steps 3 --json"))
    assert found["optimality"]["status"] == "undecided"
    found = json.loads(run("plan --lam 0.1 --T 6 --law gd --lr 0.1 --steps 30 --json"))
    assert found["optimality"]["status"] == "proved"
    flow = run("plan --lam 0.1 --T 6 --law gradient-flow --s 3 --json")
    assert flow == run("plan --lam 0.1 --T 6 --s 3 --json")
    edges = json.loads(run("phase --T 6 --law ema --s 1 --kappa 1 --json"))
    assert edges["lam_van"] == json.loads(run("phase --T 6 --s 1 --json"))["lam_van"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("shrinkage --law sgd --v 1 --lr 2 --steps 3 --batch 8", "lr must be below 0.8"),
        ("shrinkage --law gd --v 1 --lr 1 --steps 3", "lr must be below 1 "),
        ("shrinkage --law sgd --v 1 --lr 0.1 --steps 3 --batch 0", "batch must be a whole"),
        ("shrinkage --law sgd --v 1 --lr 0.1 --steps 2.5 --batch 1", "steps must be a whole"),
        ("shrinkage --law sgd --v 1 --lr 0.1 --steps -1 --batch 1", "steps must be a whole"),
        ("shrinkage --law sgd --v 1 --lr abc --steps 1 --batch 1", "lr must be a number"),
        ("shrinkage --law sgd --v 1 --lr 0.1 --steps 3", "--batch is needed with --law sgd"),
        ("shrinkage --law adam --v 1 --lr 0.1 --steps 3 --batch 1", "--law must be one of"),
        ("shrinkage --law gradient-flow --v 1 --s -1", "s must be >= 0"),
        ("shrinkage --v 1", "--s is needed with --law gradient-flow"),
        ("shrinkage --v 0 --s 1", "--v must be > 0"),
        ("shrinkage --s 1", "--v"),
        ("shrinkage --v 1 --s 1 --lr 2", "--lr does not go with --law gradient-flow"),
        ("shrinkage --law ema --v 1 --s 1", "--kappa is needed"),
        ("shrinkage --law ema --v 1 --s 1 --kappa 0", "kappa must be > 0"),
        ("budget --lam 1 --T 4 --total -1", "total must be >= 0"),
        ("budget --lam 1 --T 4", "--total"),
        ("budget --lam 1 --T 4 --total 1 --convention fair", "convention must be one of"),
        ("budget --lam 1 --T 4 --total 1 --lr 3", "--lr goes with --law only"),
        ("budget --lam 1 --T 4 --total 1 --rho 3", "--rho goes with compute only"),
        ("budget --lam 1 --T 4 --total 9 --law gradient-flow", "--law must train in discrete"),
        ("budget --lam 1 --T 4 --total 9 --law gd --lr 2", "lr must be below"),
        ("simulate --v 1 --lr 3", "--law"),
        ("simulate --law gd --lr 3 --steps 1000000000 --v 1", "lr must be below 1 "),
        ("simulate --law gd --lr 0.1 --steps 3", "--v is needed unless --plan"),
        ("simulate --law gd --lr 0.1 --steps 3 --v 1 --lam 2", "--lam goes with --plan only"),
        ("simulate --law gd --lr 0.1 --steps 3 --plan '[1|2]'", "--lam is needed with --plan"),
        ("simulate --law gd --lr 0.1 --steps 3 --v 1 --runs 1", "runs must be a whole number"),
        ("simulate --law gd --lr 0.1 --steps 3 --v 1 --seed -1", "seed must be a whole number"),
        ("plan --lam 1 --T 4 --lr 0.1", "--lr goes with --law only"),
        ("plan --data digits --T 4 --law gd --lr 0.1 --steps 2", "--law goes with --lam only"),
        ("plan --lam 1 --T 4 --law sign --lr 0.1 --steps 2 --method boot", "--method goes with"),
        ("phase --T 4 --law sgd --lr 0.1 --steps 9 --batch 2", "law must keep the assumptions"),
    ],
)
def test_bad_input_is_one_line(line, says, capsys):
    assert main(shlex.split(line)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("symmerge: ")
    assert captured.err.count("\n") == 1
    assert says in captured.err
