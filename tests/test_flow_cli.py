"""``symmerge grid`` and ``symmerge mixture``: answers, and one line for bad input."""

import json
import shlex

import numpy as np
import pytest

from proofs.theorems.b1_unit_width import TABLES
from symmerge.cli import main
from symmerge.flow.grid import grid
from symmerge.flow.mixture import Mixture, read_mixture, write_mixture
from symmerge.flow.stability import Stability
from symmerge.flow.summary import flow_profile, summarise

GRID = "grid --sigma0 1 --beta 5 --T 1 --segments 8 --diameter 40.997"


@pytest.fixture
def run(capsys):
    def run(line, status=0):
        assert main(shlex.split(line)) == status
        captured = capsys.readouterr()
        if status:
            assert captured.out == ""
            assert captured.err.count("\n") == 1
            return captured.err
        assert captured.err == ""
        return captured.out

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "plane.json"
    write_mixture(Mixture([[0.0, 0.0], [3.0, 1.0], [-2.0, 4.0]], [0.5, 0.2, 0.3], "1/5", 3), path)
    return path


@pytest.mark.parametrize("flag", ["", " --json"])
def test_grid_of_the_source(run, flag):
    found = json.loads(run(GRID + flag))
    assert [round(t, 6) for t in found["times"]] == [float(word) for word in TABLES[8].split()]
    assert found["kind"] == "stability"
    assert found["times"] == sorted(found["times"])


@pytest.mark.parametrize("kind", ["stability", "sup", "one-sided", "uniform"])
def test_grid_kinds_and_widths(run, kind):
    found = json.loads(
        run(
            f"grid --sigma0 1/3 --sigma-inf 2 --beta 2 --T 1/2 --segments 5 --diameter 9 "
            f"--kind {kind}"
        )
    )
    assert tuple(found["times"]) == grid(kind, 5, "1/2", Stability("1/3", 9, 2, 2)).times


def test_grid_of_a_file(run, file):
    found = json.loads(run(f"grid --mixture {file} --T 1 --segments 3 --kind averaged"))
    assert tuple(found["times"]) == grid("averaged", 3, 1, read_mixture(file)).times


def test_mixture_of_a_file(run, file):
    found = json.loads(run(f"mixture {file} --T 2 --json"))
    mixture = read_mixture(file)
    assert found["coordinates"]["stability"] == Stability.of(mixture).coordinate(2)
    assert found["sup_is_exact"]["status"] == "proved"
    assert (found["K"], found["d"], found["label"]) == (3, 2, "plane")
    assert "one-sided coordinate B" in run(f"mixture {file}")


def test_mixture_of_digits(run, tmp_path):
    out = tmp_path / "digits.json"
    text = run(f"mixture --data digits --components 4 --beta 5 --seed 1 --out {out}")
    assert "K = 4 components in d = 64" in text
    assert "scikit-learn" in text
    again = json.loads(run(f"mixture {out} --json"))
    assert again["coordinates"]["stability"] > again["coordinates"]["averaged"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("grid --sigma0 1 --beta 5 --T 1 --segments 8", "--diameter is needed"),
        (GRID + " --kind other", "kind must be one of"),
        (GRID + " --kind averaged", "needs the mixture"),
        (GRID.replace("40.997", "x"), "--diameter must be a number"),
        (GRID.replace("--sigma0 1", "--sigma0 0"), "sigma0 must be > 0"),
        (GRID.replace("8", "0"), "segments must be"),
        (GRID.replace("--T 1", "--T -1"), "T must be"),
        (GRID.replace("40.997", "0"), "vanishes"),
        (GRID + " --mixture a.json", "brings its own"),
        ("grid --mixture a.json --T 1 --segments 3", "file must exist"),
        ("mixture", "exactly one"),
        ("mixture a.json --data digits", "exactly one"),
        ("mixture --data digits", "--components is needed"),
        ("mixture --data nothing --components 3", "data must be"),
        ("mixture --data digits --components 2 --seed -1", "--seed"),
        ("mixture a.json --beta 3", "--beta goes with --data only"),
        ("mixture a.json --T x", "file must exist"),
    ],
)
def test_bad_input_is_one_line(run, line, words):
    assert words in run(line, 2)


def test_profile_integrates_its_rates():
    mixture = Mixture([[0.0, 0.0], [3.0, 1.0]], [0.6, 0.4], "1/2", 2)
    profile = flow_profile(mixture, 1, points=200)
    for kind in ("stability", "sup", "one-sided"):
        means = (profile.rates[kind][1:] + profile.rates[kind][:-1]) / 2
        total = np.sum(means * np.diff(profile.times))
        assert total == pytest.approx(profile.coordinates[kind][-1], rel=0.02)
    assert np.all(profile.rates["measured"] <= profile.rates["sup"] * (1 + 1e-12))
    order = ["one-sided", "sup", "stability"]
    ends = [profile.coordinates[kind][-1] for kind in order]
    assert ends == sorted(ends)


def test_summary_says_when_the_supremum_is_only_bounded():
    found = summarise(Mixture([-2.0, 0.0, 2.0], sigma0="1/2"))
    assert found.edge.status == "refuted"
    assert "an upper bound: no exposed edge" in str(found)
