"""Figures: what they show agrees with the core, they draw, and changed numbers are noticed."""

import json
from fractions import Fraction

import numpy as np
import pytest
import sympy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import (
    composite,
    equal_budget,
    error_gaps,
    frame,
    geometry,
    hybrid_map,
    optimisers,
    phase_lam_s,
    phase_lam_T,
    plan_gallery,
    shrinkage,
    threshold,
    vectors,
)
from figures.__main__ import main
from figures.pages import DOCS
from symmerge.chain import build_chain, gradient_flow_chain
from symmerge.dynamics.laws import SGD
from symmerge.merge import relative_error
from symmerge.numbers import EXACT, FLOAT, SYMBOLIC, multiprecision
from symmerge.phase import closed_forms
from symmerge.plan import boot, canonical_plans, vanilla
from symmerge.schedule import cosine, flow
from symmerge.search import best_plan, every_plan
from symmerge.student import GradientFlow
from symmerge.teacher import Teacher

# Small versions of every figure's panels.
SMALL = {
    "geometry": [{"lam": "1/4"}, {"lam": "4"}],
    "vectors": [{"kind": "cosine"}, {"kind": "flow"}, {"kind": "edm"}],
    "composite": [{"what": "composite", "T": (2, 4, 8)}, {"what": "rest", "T": (2, 4, 8)}],
    "error_gaps": [
        {"T": 8, "best_at": ("0.5", "1.5", "3")},
        {"T": 8, "what": "ratio", "best_at": ("0.5", "1.5", "3")},
    ],
    "phase_lam_s": [{"T": 6, "s": ("1/2", "3"), "digits": 10}],
    "phase_lam_T": [{"s": "0.5", "T": (8, 16)}],
    "plan_gallery": [{"lam": "1.2", "T": 5}, {"lam": "3", "T": 5}],
    "equal_budget": [
        {"convention": name, "T": 5, "lam": np.array([0.2, 1, 5]), "total": np.array([4, 16])}
        for name in ("per-merge", "total", "compute")
    ],
    "shrinkage": [{"data": "digits", "steps": (20,), "seeds": 3}],
    "optimisers": [{"T": 4, "points": 5, "simulated": 2, "runs": 5}],
    "threshold": [{"data": "digits", "T": 8, "scales": np.array([0.1, 1.0, 10.0])}],
    "hybrid_map": [{"T": 8}],
    "stability": [{"what": what, "points": 20} for what in ("rates", "coordinates", "grids")],
    "mismatch": [{"what": "maps"}, {"what": "errors"}, {"what": "regimes", "cells": 4}],
    "merging": [
        {"what": what, "T": 4, "starts": 3, "most": 8}
        for what in ("maps", "steps", "components", "rate", "orders", "trees")
    ],
    "network_sizes": [{"measure": "depth", "digits": (2, 4)}],
    "experiments": [{"number": number} for number in (1, 2, 3, 4)],
}


@pytest.mark.parametrize("name", frame.NAMES)
def test_every_figure_draws_on_given_and_on_new_axes(name):
    from matplotlib import pyplot

    module = frame.script(name)
    for arguments in SMALL[name]:
        result = module.compute(**arguments)
        ax = Figure().subplots()
        assert module.draw(result, ax) is ax
        assert ax.get_xlabel()
        ax.figure.canvas.draw()
    try:
        assert isinstance(module.draw(result), Axes)
    finally:
        pyplot.close("all")


@pytest.mark.parametrize("name", frame.NAMES)
def test_the_page_shows_every_figure_with_the_expected_numbers(name):
    module = frame.script(name)
    page = (DOCS / "figures.md").read_text(encoding="utf-8")
    assert f"img/{name}.png" in page
    assert module.CAPTION.format(**module.EXPECTED) in page
    assert (DOCS / "img" / f"{name}.png").stat().st_size < 300_000
    assert module.GRID[0] * module.GRID[1] == len(module.PANELS)


def test_a_changed_number_fails(monkeypatch):
    results = [geometry.compute(**arguments) for arguments in geometry.PANELS]
    assert "a_t = 0.802" in frame.caption(geometry, results)
    monkeypatch.setitem(geometry.EXPECTED, "small", "0.803")
    with pytest.raises(frame.ChangedNumber, match=r"small: 0\.802, expected 0\.803"):
        frame.caption(geometry, results)
    monkeypatch.undo()
    monkeypatch.delitem(geometry.EXPECTED, "large")
    with pytest.raises(frame.ChangedNumber, match="large"):
        frame.caption(geometry, results)


def test_the_command_fails_on_a_changed_number_and_writes_nothing(monkeypatch, tmp_path, capsys):
    page = "<!-- made by python -m figures.geometry -->\n<!-- end of geometry -->\n"
    (tmp_path / "figures.md").write_text(page, encoding="utf-8")
    monkeypatch.setattr(frame, "DOCS", tmp_path)
    monkeypatch.setattr(frame, "OUT", tmp_path / "out")
    with monkeypatch.context() as changed:
        changed.setitem(geometry.EXPECTED, "t", "4")
        assert main(["geometry"]) == 1
    assert "t: 3, expected 4" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["figures.md"]
    assert main(["geometry"]) == 0
    assert "![A teacher step" in (tmp_path / "figures.md").read_text(encoding="utf-8")
    made = {path.name for path in tmp_path.rglob("geometry.*")}
    assert made == {"geometry.png", "geometry.pdf", "geometry.svg"}
    for path in tmp_path.rglob("geometry.[ps][nv]g"):
        assert b"python -m figures geometry" in path.read_bytes()


def test_an_unknown_figure_is_bad_input(capsys):
    assert main(["geometri"]) == 2
    assert "geometry" in capsys.readouterr().err


def test_provenance_is_json_with_version_schedule_and_parameters():
    facts = json.loads(json.dumps(frame.provenance("geometry", geometry)))
    assert facts["schedule"] == "cosine"
    assert facts["panels"] == [{"lam": "1/4"}, {"lam": "4"}]
    assert facts["symmerge"]


def test_the_foot_is_perpendicular_and_mirrored():
    small, large = geometry.compute("1/4"), geometry.compute("4")
    for result in (small, large):
        before, now = result.vectors[result.t - 1], result.vectors[result.t]
        assert abs((before - result.foot) @ now) < 1e-15
        overlap = before @ now / np.linalg.norm(before) / np.linalg.norm(now)
        assert overlap == pytest.approx(result.cosine, abs=1e-15)
    assert small.cosine == pytest.approx(large.cosine, abs=1e-15)


def test_vectors_agree_with_exact_steps_and_the_composite():
    found = vectors.compute("flow", T=4)
    for lam, row in zip((Fraction(1, 4), Fraction(1), Fraction(4)), found.a, strict=True):
        assert row == pytest.approx([float(a) for a in Teacher(flow(4), lam, EXACT).a], abs=1e-15)
    assert np.prod(found.a, axis=1) == pytest.approx(np.sqrt(found.lam) * found.loss, rel=1e-14)


def test_the_composite_agrees_with_the_product_of_exact_steps():
    found = composite.compute(T=(2, 4))
    for row, lam in enumerate(found.lam):
        for column, n in enumerate(found.T):
            steps = Teacher(cosine(int(n)), sympy.Rational(str(lam)), SYMBOLIC).a
            ratio = sympy.prod(steps) / sympy.sqrt(sympy.Rational(str(lam)))
            expected = float(sympy.log(ratio).evalf(30))
            assert found.log_ratio[row, column] == pytest.approx(expected, rel=1e-14)
    # The next term of the expansion is of order 1/T^5.
    rest = composite.compute(T=(128, 256)).second_rest
    assert rest[:, 0] / rest[:, 1] == pytest.approx(32, rel=0.05)


def test_error_gaps_agree_with_many_digits_and_with_every_plan():
    found = error_gaps.compute(8, best_at=("0.5", "1.3", "3"))
    at = int(np.searchsorted(found.lam, 0.5))
    assert found.lam[at] == 0.5
    chain = gradient_flow_chain(cosine(8), "0.5", "6.4", multiprecision(40))
    for name, plan in canonical_plans(8).items():
        exact = abs(float(relative_error(plan, chain)))
        assert found.errors[name][at] == pytest.approx(exact, rel=1e-12)
    for lam, best in zip(found.best_lam, found.best, strict=True):
        errors = every_plan(gradient_flow_chain(cosine(8), lam, "6.4")).errors
        assert best == pytest.approx(np.abs(errors).min(), rel=1e-6, abs=1e-20)
    assert found.edges == pytest.approx([float(x) for x in closed_forms(8)])


@pytest.mark.parametrize("s", ["1/2", "3"])
def test_phase_edges_separate_the_signs_of_all_plans(s):
    found = phase_lam_s.compute(6, (s,), digits=10)
    for edge, sense in (("lam_lo", np.min), ("lam_hi", np.max)):
        (value,) = found.edge(edge)
        for shift, sign in ((-1e-6, 1), (1e-6, -1)):
            lam = Fraction(float(value + shift))
            errors = every_plan(gradient_flow_chain(cosine(6), lam, s)).errors
            assert np.sign(sense(errors)) == sign
    regimes = (("lam_boot", "boot", "min-plan"), ("lam_van", "max-plan", "vanilla"))
    for edge, below, above in regimes:
        (value,) = found.edge(edge)
        assert best_plan(float(value - 1e-9), T=6, s=s).regime == below
        assert best_plan(float(value + 1e-9), T=6, s=s).regime == above


def test_edges_over_T_agree_with_the_certified_ones():
    found = phase_lam_T.compute("0.5", (8, 16))
    certified = phase_lam_s.compute(16, ("1/2",)).found[0]
    delta = np.pi / 32
    for name, row in found.c.items():
        value = getattr(certified, f"lam_{name}").value
        assert 1 + delta * row[-1] == pytest.approx(value, abs=1e-12)
    gaps = [abs(found.c[name] - limit[0]) for name, limit in zip(("lo", "hi"), found.limits)]  # noqa: B905
    assert all(gap[1] < gap[0] for gap in gaps)


def test_gallery_plans_are_the_best_of_all():
    for lam in ("1.23", "1.34"):
        found = plan_gallery.compute(lam, T=7)
        errors = every_plan(gradient_flow_chain(cosine(7), lam, 3)).errors
        assert abs(found.error) == pytest.approx(np.abs(errors).min(), rel=1e-9)


def test_budgets_agree_with_the_strategies_themselves():
    grid = {"T": 5, "lam": np.array([0.5]), "total": np.array([8.0])}
    per_merge, total = (equal_budget.compute(name, **grid) for name in ("per-merge", "total"))
    chain = gradient_flow_chain(cosine(5), "1/2", 2, multiprecision(30))
    assert per_merge.best.item() == "boot"
    expected = abs(float(relative_error(boot(5), chain)))
    assert per_merge.error.item() == pytest.approx(expected, rel=1e-12)
    chain = gradient_flow_chain(cosine(5), "1/2", 8, multiprecision(30))
    assert total.best.item() == "vanilla"
    expected = abs(float(relative_error(vanilla(5), chain)))
    assert total.error.item() == pytest.approx(expected, rel=1e-12)


def test_measured_shrinkage_is_what_the_law_says():
    found = shrinkage.compute("digits", steps=(30,), seeds=8)
    assert len(found.v) > 40
    assert np.abs(found.deviations()).max() < 5.5  # Student's t with 7 degrees of freedom
    descent = SGD("1/200", 30, 32).factors(found.v, FLOAT)[0]
    assert found.g[30] == pytest.approx(descent, abs=0.03)
    twice = GradientFlow(Fraction(30, 100)).factors(found.v, FLOAT)[0]
    assert np.abs(found.g[30] - twice).min() > 0.05


def test_exact_chain_of_the_trained_schedule():
    """The formula solved for g holds exactly."""
    schedule = shrinkage.custom(["1", "4/5", "3/5"], ["0", "3/5", "4/5"])
    chain = build_chain(schedule, Fraction(1, 2), GradientFlow(1), multiprecision(30))
    first, second = chain.a
    M = chain.C * (1 + relative_error(vanilla(2), chain))
    assert float((M - first * second) / (second * (1 - first)) - chain.g[1]) == pytest.approx(0)


def test_the_optimisers_ratio_is_that_of_the_two_errors():
    found = optimisers.compute(T=4, points=7, simulated=3, runs=2000)
    lam, ratio = found.ratio["gradient flow"]
    for x, measured in zip(lam, ratio, strict=True):
        chain = gradient_flow_chain(cosine(4), Fraction(float(x)), 1, multiprecision(30))
        ours, theirs = (abs(relative_error(plan(4), chain)) for plan in (boot, vanilla))
        assert measured == pytest.approx(float(ours / theirs), rel=1e-10)
    # Adam with small steps and a steady gradient moves lr per step, as sign descent does.
    points, adam = found.ratio["Adam (simulated)"]
    signs = np.interp(points, *found.ratio["sign descent"])
    assert abs(adam[[0, -1]] - signs[[0, -1]]).max() < 0.02


def test_the_threshold_figure_agrees_with_finite_plans_for_many_steps():
    found = threshold.compute("digits", T=128, scales=np.array([0.5, 1.0, 2.0]))
    assert abs(found.tau - found.k).max() < 0.02


def test_the_hybrid_map_has_boot_on_its_diagonal():
    found = hybrid_map.compute("none", T=8)
    diagonal = np.diagonal(np.fliplr(found.scan.w2_squared))
    assert diagonal == pytest.approx(found.canonical["boot"], rel=1e-9)
