"""Array paths of sweeps against the recursion over plans in balls and the exact searches."""

import random
from fractions import Fraction

import numpy as np
import pytest

from symmerge.chain import Chain, chain_of, gradient_flow_chain
from symmerge.errors import InputError
from symmerge.merge import relative_error
from symmerge.numbers import FLOAT, balls
from symmerge.plan import canonical_plans, random_plan
from symmerge.points import Points, canonical_error, plan_error
from symmerge.schedule import cosine, custom, ddpm, edm, flow
from symmerge.search.interval import interval_plan
from symmerge.search.problem import ScalarProblem
from symmerge.search.regimes import NAMES, largest_without_g, regimes
from symmerge.search.scalar import regime_of
from symmerge.search.theorems import records
from symmerge.student import GradientFlow
from symmerge.sweep import SweepSpec
from symmerge.sweep.chunks import chunks, compute, task
from symmerge.sweep.truth import term_size

BITS = 200


def exact_error(plan, schedule, lam, s):
    chain = gradient_flow_chain(schedule, Fraction(lam), Fraction(s), balls(BITS))
    return float(relative_error(plan, chain).mid())


def random_points(schedule, rng, count):
    """Variances on both sides of the window and inside it, training times up to 40."""
    wide = 10 ** rng.uniform(-3, 3, count)
    near = rng.uniform(1, 2.1, count)
    lam = np.where(rng.random(count) < 0.5, wide, near)
    s = np.where(rng.random(count) < 0.1, 40.0, 10 ** rng.uniform(-2, 1.6, count))
    return Points(schedule, lam, s)


def check_canonical(schedule, rng, count):
    """Compare every canonical error; returns how many had digits lost to cancellation."""
    points = random_points(schedule, rng, count)
    errors = [canonical_error(name, points) for name in canonical_plans(2)]
    cancelled, plans = 0, canonical_plans(schedule.T).values()
    for k in range(count):
        lam, s = points.lam[k], points.s[k]
        chain = gradient_flow_chain(schedule, Fraction(lam), Fraction(s), balls(BITS))
        true = [float(relative_error(plan, chain).mid()) for plan in plans]
        cancelled += not_equal([error[k] for error in errors], true, plans, schedule, lam, s)
    return cancelled


def not_equal(values, true, plans, schedule, lam, s):
    """How many errors differ by more than 1e-12 relative, all through cancellation."""
    cancelled = 0
    for plan, value, right in zip(plans, values, true, strict=True):
        if abs(right) < 1e-280:
            assert abs(value) < 1e-279
        elif abs(value - right) > 1e-12 * abs(right):
            # Only where terms of both signs cancel may digits be missing.
            size = term_size(plan, gradient_flow_chain(schedule, lam, float(s)))
            assert abs(value - right) <= 1e-13 * size, (plan, schedule, lam, s)
            cancelled += 1
    return cancelled


SCHEDULES = [cosine(2), cosine(3), cosine(16), cosine(37), flow(9), flow(24, 3), ddpm(20), edm(12)]


@pytest.mark.parametrize("T", range(2, 20))
def test_prefixes_and_blocks_are_products_of_steps(T):
    points = random_points(cosine(T), np.random.default_rng(T), 5)
    for k in range(5):
        product = sized = Fraction(1)
        for t, y in enumerate(map(Fraction, points.inverse[:, k])):
            product, sized = product * (1 + y), sized * (1 + abs(y))
            found = points.blocks[-1] if t == T - 1 else points.prefixes[t : t + 1]
            assert abs(Fraction(found[0, k]) - (product - 1)) <= 2e-15 * (sized - 1)
            if t == T - 2:
                last = Fraction(points.inverse_before_last[k])
                assert abs(last - (product - 1)) <= 2e-15 * (sized - 1)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_canonical_errors_equal_the_recursion_in_balls(schedule):
    assert check_canonical(schedule, np.random.default_rng(schedule.T), 40) <= 1


def test_canonical_errors_at_4096_steps():
    assert check_canonical(cosine(4096), np.random.default_rng(1), 4) == 0


def swept(T, count, rng):
    """Rows of sweeps at random points, 20 per training time, with lam and s of each."""
    for k in range(count // 20):
        s = 40.0 if k % 3 == 0 else 10 ** rng.uniform(-2, 1.6)
        window = 1 + 10 ** rng.uniform(-4, 0.02, 10)
        spec = SweepSpec([*10 ** rng.uniform(-3, 3, 10), *window], s, T, window="theorems")
        (box,) = chunks(spec)
        yield from zip(compute(task(spec, box)), spec.lams, [s] * 20, strict=True)


@pytest.mark.slow
def test_ten_thousand_random_points_of_sweeps():
    rng, cancelled, seen, undecided, number = np.random.default_rng(5), 0, set(), 0, 0
    for T, count in ((8, 3000), (16, 3000), (33, 2500), (64, 1240), (512, 200), (4096, 60)):
        plans = canonical_plans(T)
        for row, lam, s in swept(T, count, rng):
            number += 1
            chain = gradient_flow_chain(cosine(T), Fraction(lam), Fraction(s), balls(BITS))
            true = [float(relative_error(plan, chain).mid()) for plan in plans.values()]
            cancelled += not_equal(row["error"][:4], true, plans.values(), cosine(T), lam, s)
            name, best = NAMES[row["regime"]], float(row["error"][4])
            seen.add((name, s == 40, T))
            undecided += name == "unknown"
            if name in plans:
                assert best == row["error"][list(plans).index(name)]
            elif name == "band":
                assert abs(best) <= min(map(abs, row["error"][:4]))
            if name in ("min-plan", "max-plan") and (T > 100 or number % 10 == 0):
                regime, error = certified(cosine(T), lam, s)
                assert regime == name
                assert best == pytest.approx(error, rel=1e-12)
    assert number == 10_000
    assert cancelled <= 5
    assert undecided < 200
    every = set(NAMES) - {"unknown"}
    assert {name for name, long, _ in seen if long} >= every
    assert {name for name, _, T in seen if T == 4096} >= every - {"min-plan"}
    assert {name for name, long, T in seen if long and T == 4096} >= {"boot", "max-plan", "vanilla"}


def test_tiny_errors_keep_their_digits():
    points = Points(cosine(8), np.array([0.25]), np.array([40.0]))
    true = exact_error(canonical_plans(8)["boot"], cosine(8), 0.25, 40)
    assert 0 < true < 1e-34
    assert canonical_error("boot", points)[0] == pytest.approx(true, rel=1e-13)


@pytest.mark.parametrize("seed", range(20))
def test_any_plan(seed):
    rng, T = random.Random(seed), 3 + seed
    plan = random_plan(T, rng)
    points = Points(cosine(T), np.array([0.3, 1.2, 7.0]), np.array([0.5, 3.0, 1.0]))
    for value, lam, s in zip(plan_error(plan, points), points.lam, points.s, strict=True):
        assert value == pytest.approx(exact_error(plan, cosine(T), lam, s), rel=1e-12)


def test_law_with_an_array_of_times_checks_it():
    for bad in (np.array([-1.0]), np.array([np.nan]), np.array([1])):
        with pytest.raises(InputError):
            GradientFlow(bad)


def certified(schedule, lam, s):
    problem = ScalarProblem(Fraction(lam), schedule, GradientFlow(Fraction(s)))
    regime, plan, _ = regime_of(problem)
    return regime, None if plan is None else float(problem.ball(plan).mid())


@pytest.mark.parametrize(
    "schedule", [cosine(5), cosine(16), cosine(31), flow(12), ddpm(14), edm(9)]
)
def test_regimes_equal_the_certified_ones(schedule):
    rng = np.random.default_rng(schedule.T)
    low = [0.05, 1 + 0.5 / schedule.T][schedule.kind in ("cosine", "ddpm")]
    lam, s = rng.uniform(low, 2.2, 60), 10 ** rng.uniform(-1, 1.6, 60)
    found = regimes(Points(schedule, lam, s))
    seen = set()
    for k in range(60):
        name = NAMES[found.regime[k]]
        regime, error = certified(schedule, lam[k], s[k])
        if name == "unknown":
            continue
        seen.add(name)
        assert name == regime, (lam[k], s[k])
        if name == "min-plan":
            assert found.least[k] == pytest.approx(error, rel=1e-10)
        if name == "max-plan":
            assert found.largest[k] == pytest.approx(error, rel=1e-10)
    assert len(seen) >= (1 if schedule.kind == "edm" else 2)
    assert np.mean(found.regime == NAMES.index("unknown")) < 0.4


def test_all_regimes_occur_and_few_points_stay_open():
    lam = np.linspace(1.01, 2.05, 700)
    found = regimes(Points(cosine(48), lam, np.full(700, 6.4)))
    assert {NAMES[k] for k in found.regime} >= set(NAMES) - {"unknown"}
    assert np.mean(found.regime == NAMES.index("unknown")) < 0.02


def test_a_step_at_exactly_one_is_left_open():
    # lam = 1 is a threshold of this schedule; float64 cannot tell on which side it lies.
    found = regimes(Points(flow(4), np.array([1.0]), np.array([1.0])))
    assert NAMES[found.regime[0]] == "unknown"


def test_largest_error_without_condition_g_is_that_of_the_interval_search():
    rng, compared = np.random.default_rng(3), 0
    for schedule in (cosine(9), cosine(20), ddpm(13)):
        for lam in rng.uniform(1.05, 2.1, 12):
            chain = gradient_flow_chain(schedule, lam, 1)
            plus = np.flatnonzero(chain.x[:-1] > 0)
            if len(plus) == 0 or np.any(chain.x[plus[0] : plus[-1]] < 0):
                continue
            s = 10 ** rng.uniform(-1, 1.3, 5)
            points = Points(schedule, np.full(5, lam), s)
            for value, time in zip(largest_without_g(points, int(plus[0])), s, strict=True):
                true = interval_plan(gradient_flow_chain(schedule, lam, float(time)), "max").error
                assert value == pytest.approx(true, rel=1e-10)
                compared += 1
    assert compared > 100


@pytest.mark.parametrize("schedule", [cosine(22), ddpm(17)], ids=str)
def test_variances_with_different_last_pluses_share_a_batch(schedule):
    lam = np.linspace(1.02, 2.2, 400)
    leading, last = signs_of(schedule, lam)
    for p in (1, 2, 3):
        same = lam[leading == p]
        assert len(set(last[leading == p])) > 1
        s = 10 ** np.linspace(-1, 1.3, len(same))
        found = largest_without_g(Points(schedule, same, s), p)
        for k in range(0, len(same), max(1, len(same) // 15)):
            chain = gradient_flow_chain(schedule, same[k], float(s[k]))
            assert found[k] == pytest.approx(interval_plan(chain, "max").error, rel=1e-10)


def signs_of(schedule, lam):
    """Leading minuses and last plus where the signs are (-)^p (+) (-), else -1."""
    plus = gradient_flow_chain(schedule, lam, 1).x[:-1] > 0
    first = np.argmax(plus, axis=0)
    last = len(plus) - np.argmax(plus[::-1], axis=0)
    fine = np.any(plus, axis=0) & (np.sum(plus, axis=0) == last - first)
    return np.where(fine, first, -1), np.where(fine, last, -1)


@pytest.mark.parametrize("seed", range(30))
def test_records_in_arrays_are_those_of_the_recurrence_in_fractions(seed):
    rng, T = random.Random(seed), [3, 9, 80, 500][seed % 4]
    # Rare records, frequent ones, strides across many stretches; factors that vanish or underflow.
    up, reach = [(0.5, 2**10), (0.1, 2**10), (0.9, 2**16)][seed % 3]
    x = [Fraction(rng.randint(1, 2**8), reach) * (1 if rng.random() < up else -1) for _ in range(T)]
    h = [Fraction(rng.choice([0, 1, 2, 5]), 2 ** rng.choice([3, 60])) for _ in range(T)]
    g = [1 - value for value in h] if seed % 5 == 0 else [Fraction(rng.random()) for _ in range(T)]
    exact, floats = chain_of(x, g), chain_of(x, g, FLOAT)
    for start in (1, min(4, T - 1)):
        for sense in ("min", "max"):
            found = records(floats, start, sense)
            assert found.tolist() == records(exact, start, sense).tolist()


def test_records_beyond_the_range_of_a_product():
    # 300 factors of 1e-30, then one step up.
    x, h = np.r_[np.full(300, -1e-3), 0.5, -0.1, 0.2, -0.1], np.full(304, 1e-30)
    chain = Chain(x, 1 + x, 1 - h, h, FLOAT)
    assert np.flatnonzero(records(chain, 1, "max")).tolist() == [300, 302]


def test_no_steps_of_one_sign_with_random_levels():
    # Random schedules break the sign pattern; what is decided must still be right.
    rng = np.random.default_rng(11)
    for _ in range(12):
        alpha = np.sort(rng.uniform(0.05, 1, 8))[::-1].round(6)
        sigma = np.sort(rng.uniform(0.05, 1, 8)).round(6)
        schedule = custom([str(a) for a in alpha], [str(b) for b in sigma])
        lam, s = 10 ** rng.uniform(-1, 1, 10), 10 ** rng.uniform(-1, 1, 10)
        found = regimes(Points(schedule, lam, s))
        for k in range(10):
            name = NAMES[found.regime[k]]
            if name != "unknown":
                assert name == certified(schedule, lam[k], s[k])[0]
