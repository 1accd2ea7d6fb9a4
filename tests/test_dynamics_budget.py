"""Budgets: optimal splits, T2 and where it ends, printed figures, the three conventions."""

from fractions import Fraction
from math import log, log10
from random import Random

import numpy as np
import pytest

from proofs.theorems.c4_boot_split import water_filled
from proofs.theorems.c4_budget_limits import mean_squares
from proofs.theorems.c4_harmonic import closed
from proofs.theorems.c4_split import optimum
from symmerge.chain import gradient_flow_chain
from symmerge.dynamics.adaptive import SignDescent
from symmerge.dynamics.allocation import (
    error_of_split,
    exponent,
    first_order_error,
    optimal_split,
    water_fill,
)
from symmerge.dynamics.averaging import EMA
from symmerge.dynamics.budget import CONVENTIONS, compare_budget, equal_steps, strategy_map
from symmerge.dynamics.laws import SGD, GradientDescent
from symmerge.errors import InputError
from symmerge.merge import relative_error
from symmerge.numbers import balls
from symmerge.plan import MergePlan, boot, canonical_plans, enumerate_plans, random_plan, vanilla
from symmerge.schedule import cosine, ddpm, edm, flow
from symmerge.student import GradientFlow


def test_water_filling_is_the_ledgers():
    rng = Random(1)
    for _ in range(100):
        n, total = rng.randint(1, 6), rng.uniform(0.01, 10)
        y = [rng.uniform(0.01, 2) for _ in range(n)]
        v = [rng.uniform(0.1, 3) for _ in range(n)]
        assert np.allclose(water_fill(y, v, [1] * n, total), optimum(y, v, total)[0], atol=1e-10)
        ones = [1.0] * n
        filled = np.exp(-2 * water_fill(y, ones, ones, total))
        assert np.allclose(filled, water_filled(y, 2 * total), atol=1e-10)


def test_costs_enter_the_split():
    y, v, costs, total = [0.3, 1.2, 0.7], [1.0, 0.4, 2.0], [1.0, 5.0, 3.0], 30.0
    times = water_fill(y, v, costs, total)
    assert times @ costs == pytest.approx(total)
    level = np.exp(-2 * times * v) * y * v / costs
    assert np.allclose(level, level[0])

    def error(s):
        return float(np.sum(y * np.exp(-2 * s * v)))

    rng = np.random.default_rng(0)
    for _ in range(200):
        other = rng.dirichlet(np.ones(3)) * total / costs
        assert error(times) <= error(other) * (1 + 1e-12)


def test_the_error_of_a_uniform_split_is_the_merge_recursions():
    rng = Random(4)
    for _ in range(20):
        plan = random_plan(rng.randint(2, 9), rng)
        chain = gradient_flow_chain(cosine(plan.T), Fraction(rng.randint(1, 40), 10), "0.7")
        times = [0.7] * plan.merges
        assert error_of_split(plan, chain, times) == pytest.approx(
            float(relative_error(plan, chain)), rel=1e-11, abs=1e-15
        )


@pytest.mark.parametrize("lam", ["0.1", "0.7", "4"])
def test_no_random_split_is_better_than_the_optimal_one(lam):
    rng = np.random.default_rng(3)
    for plan in [*enumerate_plans(4), *canonical_plans(8).values()]:
        chain = gradient_flow_chain(cosine(plan.T), Fraction(lam), 1)
        for total in (0.3, 3.0, 30.0):
            best = optimal_split(plan, chain, total)
            assert sum(best.times) == pytest.approx(total)
            assert min(best.times) >= 0
            for share in rng.dirichlet(np.full(plan.merges, 0.7), 12):
                assert abs(error_of_split(plan, chain, share * total)) >= abs(best.error) * (
                    1 - 1e-7
                )


def test_boots_optimal_split_has_the_closed_error():
    """All active: e = (1+y)^(T-1) - 1, y the geometric mean of x_t times exp(-2S/(T-1))."""
    T, S = 16, 64.0
    chain = gradient_flow_chain(cosine(T), Fraction(1, 2), 1)
    x = -chain.x[:-1] / chain.a[:-1]
    y = np.exp(np.mean(np.log(x)) - 2 * S / (T - 1))
    found = optimal_split(boot(T), chain, S)
    assert found.error == pytest.approx(float(np.expm1((T - 1) * np.log1p(y))), rel=1e-10)
    assert np.allclose(np.exp(-2 * np.array(found.times)) * x[::-1], y)


@pytest.mark.parametrize(
    ("lam", "name", "uniform", "tuned"),
    [
        ("0.1", "vanilla", -55.2, -55.2),
        ("0.1", "boot", -1.69, -1.80),
        ("0.1", "consistency", 0.13, -0.01),
        ("0.1", "progressive", -0.32, -0.52),
        ("4", "vanilla", -55.9, -55.9),
        ("4", "boot", -1.99, -2.10),
        ("4", "consistency", -1.40, -2.70),
        ("4", "progressive", -1.95, -3.18),
    ],
)
def test_printed_errors_of_uniform_and_tuned_splits(lam, name, uniform, tuned):
    """Research note, section 4: log10|e| for S = 64, T = 32."""
    plan = canonical_plans(32)[name]
    chain = gradient_flow_chain(cosine(32), Fraction(lam), 1)
    even = error_of_split(plan, chain, [64 / plan.merges] * plan.merges)
    digits = 0.051 if name == "vanilla" else 0.0051
    assert log10(abs(even)) == pytest.approx(uniform, abs=digits)
    found = optimal_split(plan, chain, 64.0)
    assert log10(abs(found.error)) == pytest.approx(tuned, abs=digits)


def test_exponents_are_the_ledgers_and_rule_large_budgets():
    T = 16
    for lam in ("1/5", "4"):
        chain = gradient_flow_chain(cosine(T), Fraction(lam), 1)
        plans = canonical_plans(T)
        field = balls(160)
        with field.working():
            v1 = float(chain.teacher.v[0])
            wanted = float(closed(T, field.number(Fraction(lam))).mid()) - 1 / v1
        assert exponent(plans["vanilla"], chain) == pytest.approx(1)
        assert exponent(plans["boot"], chain) == pytest.approx(T - 1)
        assert exponent(plans["consistency"], chain) == pytest.approx(wanted)
        for plan in plans.values():
            H, S = exponent(plan, chain), 12 * exponent(plan, chain)
            true = log(abs(optimal_split(plan, chain, S).error))
            assert true == pytest.approx(first_order_error(plan, chain, S), abs=2e-4)
            slope = log(abs(optimal_split(plan, chain, S + H).error)) - true
            assert slope == pytest.approx(-2, abs=1e-3)


@pytest.mark.parametrize("make", [cosine, flow, ddpm, edm])
def test_equal_total_time_vanilla_beats_every_plan(make):
    """T2, numerically: random plans and splits on both sides, every family of schedules."""
    rng = Random(7)
    for _ in range(60):
        T = rng.randint(3, 9)
        schedule = make(T)
        lam = (
            Fraction(1, rng.randint(1, 30))
            if make is edm
            else rng.choice([Fraction(1, rng.randint(T, 40)), Fraction(rng.randint(3 * T, 60))])
        )
        chain, plan = gradient_flow_chain(schedule, lam, 1), random_plan(T, rng)
        signs = np.sign(chain.x[:-1])
        assert abs(signs.sum()) == T - 1
        total = rng.uniform(0.1, 20)
        parts = [rng.random() ** 2 + 1e-9 for _ in range(plan.merges)]
        other = error_of_split(plan, chain, [total * p / sum(parts) for p in parts])
        best = error_of_split(vanilla(T), chain, [total])
        assert abs(best) <= abs(other) * (1 + 1e-12)


def test_inside_the_window_a_tuned_split_beats_vanilla():
    """T2 ends there: errors of both signs cancel."""
    result = compare_budget("1.5", cosine(5), 10)
    assert "inside the window" in result.optimality.reason
    chain = gradient_flow_chain(cosine(5), Fraction(3, 2), 1)
    errors = [abs(optimal_split(plan, chain, 10.0).error) for plan in enumerate_plans(5)]
    assert min(errors) < 1e-3 * abs(error_of_split(vanilla(5), chain, [10.0]))


def test_under_sgd_boot_can_win_at_equal_steps():
    """The ledger's exact counterexample, and the same in another convention of ours."""
    of_vanilla, of_boot, _ = mean_squares()
    found = equal_steps(Fraction(1, 4), flow(3), SGD("0.3", 1, 1), 2)
    assert found.strategies["vanilla"].error ** 2 == pytest.approx(float(of_vanilla), rel=1e-12)
    assert found.strategies["boot"].error ** 2 == pytest.approx(float(of_boot), rel=1e-12)
    assert found.best == "boot"
    quiet = equal_steps(Fraction(1, 4), flow(3), GradientDescent("0.3", 1), 2)
    assert quiet.best == "vanilla"


def test_under_sign_descent_boot_is_not_far_behind_at_equal_steps():
    """Sign flow at a total move below what is needed: vanilla and a suitable BOOT tie."""
    few = equal_steps("0.2", cosine(6), SignDescent("0.001", 1), 100)
    flow_like = compare_budget("0.2", cosine(6), 3)
    ratio = few.strategies["boot"].error / few.strategies["vanilla"].error
    assert ratio == pytest.approx(1, abs=1e-9)
    assert flow_like.strategies["boot"].error > 10 * flow_like.strategies["vanilla"].error


def test_conventions_name_different_winners():
    found = {kind: compare_budget("0.5", cosine(16), 64, kind) for kind in CONVENTIONS}
    assert {kind: result.best for kind, result in found.items()} == {
        "per-merge": "boot",
        "total": "vanilla",
        "compute": "vanilla",
    }
    assert found["per-merge"].optimality.status == "proved"
    assert found["total"].optimality.status == "proved"
    assert found["compute"].optimality.status == "undecided"
    for name, split in found["per-merge"].strategies.items():
        plan = canonical_plans(16)[name]
        chain = gradient_flow_chain(cosine(16), Fraction(1, 2), Fraction(64, 15))
        assert split.error == pytest.approx(float(relative_error(plan, chain)), rel=1e-9)
        assert split.times == (64 / 15,) * plan.merges
    costs = [3 + parts for *_, parts in canonical_plans(16)["progressive"].nodes()]
    assert np.dot(costs, found["compute"].strategies["progressive"].times) == pytest.approx(64)


def test_by_compute_two_stages_beat_vanilla_for_large_variances():
    """Research note: lam = 25, T = 16, K = 190; vanilla's log e is -20.3."""
    found = compare_budget(25, cosine(16), 190, "compute")
    assert found.best == "two-stage"
    assert log(-found.strategies["vanilla"].error) == pytest.approx(-20.3, abs=0.05)
    assert log(-found.strategies["two-stage"].error) < -30
    assert isinstance(found.strategies["two-stage"].plan, MergePlan)


def test_without_a_budget_all_tie_and_the_simplest_is_named():
    found = compare_budget("0.5", cosine(16), 0)
    assert found.best == "vanilla"
    assert len({round(split.error, 12) for split in found.strategies.values()}) == 1


def test_strategy_map():
    rows = strategy_map(["0.2", "0.9", "5"], cosine, 8, [4, 40], "total")
    assert rows == [["vanilla"] * 2] * 3
    rows = strategy_map(["0.2", "0.9", "5"], cosine, 8, [4, 40], "per-merge")
    assert rows == [["boot"] * 2, ["boot"] * 2, ["vanilla"] * 2]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: compare_budget(0, cosine(4), 1), "lam must be > 0"),
        (lambda: compare_budget(1, cosine(4), -1), "total must be >= 0"),
        (lambda: compare_budget(1, cosine(4), 1, "fair"), "convention must be one of"),
        (lambda: compare_budget(1, cosine(4), 1, "compute", -1), "rho must be >= 0"),
        (lambda: compare_budget(1, cosine(512), 1), "T must be a whole number"),
        (lambda: equal_steps(1, cosine(4), SGD("0.1", 1, 1), 2), "total must be a whole number"),
        (lambda: equal_steps(1, cosine(4), SGD("0.1", 1, 1), "9.5"), "total must be a whole"),
        (lambda: equal_steps(1, cosine(4), SGD("9", 1, 1), 9), "lr must be below"),
        (lambda: equal_steps(1, cosine(4), GradientFlow(1), 9), "law must train in discrete"),
        (lambda: equal_steps(1, cosine(4), EMA(GradientFlow(1), 1), 9), "law must train in"),
        (lambda: error_of_split(boot(3), gradient_flow_chain(cosine(3), 1, 1), [1]), "times must"),
    ],
)
def test_bad_input_is_named(make, says):
    with pytest.raises(InputError, match=says):
        make()
