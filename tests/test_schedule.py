"""Noise schedules: every family in every number type, against each other and against bad input."""

import json
import math
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import flint
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symmerge.errors import InputError
from symmerge.numbers import EXACT, FLOAT, SYMBOLIC, balls, exact, multiprecision
from symmerge.phase import edges
from symmerge.schedule import (
    Schedule,
    cosine,
    custom,
    ddpm,
    edm,
    flow,
    from_angles,
    from_betas,
    spaced_steps,
)
from symmerge.scheduler_config import schedule_from_dict
from symmerge.search import best_plan
from symmerge.teacher import Teacher

MANY = multiprecision(60)
T = 4096
HALF_TURN = [math.pi / 2 * k / T for k in range(T + 1)]
LONG = {
    "cosine": cosine(T),
    "flow": flow(T),
    "flow shifted": flow(T, "3.1"),
    "edm": edm(T),
    "angles, rational turns": from_angles(
        [Fraction(t * t + t, 2 * (T * T + T)) for t in range(T + 1)], unit="pi"
    ),
    "angles, radians": from_angles(HALF_TURN),
    "angles, noisy clean end": from_angles(HALF_TURN[40:]),
    "betas": ddpm(T, train_steps=T, beta_start="1e-5", beta_end="5e-3"),
    "betas, tiny": from_betas([Fraction(1, 10**9)] * T),
    "custom": custom(
        [Fraction(T - t, T) ** 2 for t in range(T + 1)], [Fraction(t, T) for t in range(T + 1)]
    ),
}
SHORT = {
    "cosine": cosine(5),
    "flow": flow(5, "5/2"),
    "edm": edm(5, rho=3),
    "ddpm": ddpm(5, train_steps=12, beta_end="1/2"),
    "angles": from_angles(["0", "1/8", "1/5", "1/3", "2/5", "1/2"], unit="pi"),
    "radians": from_angles(["0.1", "0.2", "1", "1.2"]),
    "betas": from_betas(["1/10", "1/5", "3/10", "1/2", 1], T=3),
    "betas, noisy clean end": from_betas(["1/10", "1/5", "3/10", "1/2"], 2, [2, 4], clean=1),
    "custom": custom(["9/10", "1/2", 0], ["1/10", "1/2", "1/2"]),
}


def relative(value, truth):
    """Relative error of a float; at zero the error itself."""
    return float(abs(value - truth) / abs(truth)) if truth else float(abs(value))


@pytest.mark.parametrize("name", LONG)
def test_float_levels_and_drops_keep_full_relative_precision(name):
    found, truth = LONG[name].levels(FLOAT), LONG[name].levels(MANY)
    for column, exact_column in zip(found, truth, strict=True):
        assert column.dtype == float
        pairs = zip(column.tolist(), exact_column, strict=True)
        assert max(relative(*pair) for pair in pairs) < 1e-15


@pytest.mark.parametrize("name", [*LONG, *SHORT])
def test_drops_are_the_differences_of_levels(name):
    schedule = {**LONG, **SHORT}[name]
    levels = schedule.levels(MANY)
    assert len(levels.alpha) == len(levels.sigma) == schedule.T + 1
    for drop, (before, after) in zip(levels.alpha_drop, pairwise(levels.alpha), strict=True):
        assert abs(drop - (before - after)) < 1e-60
        assert drop >= 0
    for rise, (before, after) in zip(levels.sigma_rise, pairwise(levels.sigma), strict=True):
        assert abs(rise - (after - before)) < 1e-60 * max(1, after)
        assert rise >= 0


@pytest.mark.parametrize("name", [*LONG, *SHORT])
def test_variance_preserving_means_unit_norm(name):
    schedule = {**LONG, **SHORT}[name]
    levels = schedule.levels(MANY)
    defect = max(abs(a * a + q * q - 1) for a, q in zip(levels.alpha, levels.sigma, strict=True))
    if schedule.variance_preserving:
        assert defect < 1e-60
    else:
        assert defect > 0.01
    floats = schedule.levels(FLOAT)
    if schedule.variance_preserving:
        assert np.abs(floats.alpha**2 + floats.sigma**2 - 1).max() < 1e-14


@pytest.mark.parametrize("name", SHORT)
def test_symbols_many_digits_and_balls_agree(name):
    schedule, field, wide = SHORT[name], balls(300), multiprecision(100)
    symbols, digits, enclosed = (schedule.levels(kind) for kind in (SYMBOLIC, wide, field))
    for columns in zip(symbols, digits, enclosed, strict=True):
        for symbol, number, ball in zip(*columns, strict=True):
            truth = exact(number)
            assert abs(symbol.evalf(110) - sympy.Rational(truth)) < sympy.Rational(1, 10**100) * 99
            with field.working():
                gap = ball - field.number(truth)
                # 300 bits: the ball is narrow, and the 100 digits lie within a hair of it.
                assert ball.rad() < field.number(Fraction(1, 10**80)) * (1 + abs(ball))
                assert gap.overlaps(flint.arb(0, 1e-100))


@pytest.mark.parametrize("name", ["cosine", "angles", "betas", "betas, noisy clean end"])
def test_symbolic_levels_are_exactly_on_the_circle(name):
    levels = SHORT[name].levels(SYMBOLIC)
    for alpha, sigma in zip(levels.alpha, levels.sigma, strict=True):
        assert sympy.simplify(alpha**2 + sigma**2 - 1) == 0


def test_closed_forms():
    r = Fraction
    assert list(flow(4).levels(EXACT).sigma) == [0, r(1, 4), r(1, 2), r(3, 4), 1]
    assert list(flow(4, 3).levels(EXACT).sigma) == [0, r(1, 2), r(3, 4), r(9, 10), 1]
    assert list(flow(4, 3).levels(EXACT).alpha) == [1, r(1, 2), r(1, 4), r(1, 10), 0]
    theta = [sympy.pi * t / 12 for t in range(7)]
    assert list(cosine(6).levels(SYMBOLIC).alpha) == [sympy.cos(angle) for angle in theta]
    squares = [value**2 for value in from_betas(["1/2", "1/3", "1/4"]).levels(SYMBOLIC).alpha]
    assert squares == [1, sympy.Rational(1, 2), sympy.Rational(1, 3), sympy.Rational(1, 4)]
    # Karras et al., eq. 5, written as there: noisy to clean.
    rho, lo, hi, n = 7, 0.002, 80.0, 18
    karras = [
        (hi ** (1 / rho) + i / (n - 1) * (lo ** (1 / rho) - hi ** (1 / rho))) ** rho
        for i in range(n)
    ] + [0]
    assert edm(n).levels(FLOAT).sigma[::-1] == pytest.approx(karras, rel=1e-13)


def test_ddpm_is_the_product_of_linear_betas():
    betas = np.linspace(1e-4, 0.02, 1000)
    bars = np.cumprod(1 - betas)
    levels = ddpm(10).levels(FLOAT)
    assert levels.alpha[1:] ** 2 == pytest.approx(bars[99::100], rel=1e-12)
    assert ddpm(1000).levels(FLOAT).alpha[1:] ** 2 == pytest.approx(bars, rel=1e-12)


def test_the_same_schedule_in_two_families():
    turns = [Fraction(t, 12) for t in range(7)]
    for column, other in zip(
        cosine(6).levels(MANY), from_angles(turns, unit="pi").levels(MANY), strict=True
    ):
        assert list(column) == list(other)
    listed = from_betas(
        [Fraction(1, 10_000) + Fraction(199, 999 * 10_000) * k for k in range(1000)], 8
    )
    for column, other in zip(listed.levels(FLOAT), ddpm(8).levels(FLOAT), strict=True):
        assert list(column) == list(other)
    thinned = from_betas(["0.1"] * 6, T=3)
    merged = from_betas(["0.19"] * 3)
    for column, other in zip(thinned.levels(MANY), merged.levels(MANY), strict=True):
        assert all(abs(a - b) < 1e-60 for a, b in zip(column, other, strict=True))


def test_a_noisy_clean_end_cuts_the_schedule():
    """Starting after some training steps gives the tail of the schedule that starts at none."""
    betas = ["1/10", "1/5", "3/10", "1/2"]
    whole, cut = (
        from_betas(betas).levels(SYMBOLIC),
        from_betas(betas, 2, [3, 4], 2).levels(SYMBOLIC),
    )
    assert list(cut.alpha) == list(whole.alpha[2:])
    assert list(cut.sigma) == list(whole.sigma[2:])
    assert list(cut.alpha_drop) == list(whole.alpha_drop[2:])
    assert list(cut.sigma_rise) == list(whole.sigma_rise[2:])


def test_scaling_both_levels_scales_the_teacher():
    """``z_t -> c_t z_t`` turns a variance-preserving schedule into ``alpha = 1, sigma/alpha``."""
    vp = from_angles([0, Fraction(1, 4), Fraction(2, 3), Fraction(5, 4)])
    levels = vp.levels(MANY)
    ratios = [exact(q / p) for p, q in zip(levels.alpha, levels.sigma, strict=True)]
    ve = custom([1] * 4, ratios)
    for lam in (MANY.number(Fraction(1, 7)), MANY.number(3)):
        a, b = Teacher(vp, lam, MANY).a, Teacher(ve, lam, MANY).a
        for t in range(3):
            assert abs(a[t] * levels.alpha[t + 1] / levels.alpha[t] / b[t] - 1) < 1e-60


@pytest.mark.parametrize("name", SHORT)
def test_json_round_trip_is_exact(name):
    schedule = SHORT[name]
    again = schedule_from_dict(json.loads(json.dumps(schedule.to_dict())))
    assert again == schedule
    assert again.to_dict() == schedule.to_dict()
    assert hash(again) == hash(schedule)
    for column, other in zip(again.levels(MANY), schedule.levels(MANY), strict=True):
        assert list(column) == list(other)


@given(
    st.lists(st.fractions(Fraction(1, 50), 1, max_denominator=999), min_size=2, max_size=6),
    st.lists(st.fractions(Fraction(1, 50), 1, max_denominator=999), min_size=2, max_size=6),
)
def test_custom_levels_are_kept_and_round_trip(drops, rises):
    n = min(len(drops), len(rises))
    alpha = [1 + sum(drops[t:n]) for t in range(n + 1)]
    sigma = [sum(rises[:t]) for t in range(n + 1)]
    schedule = custom(alpha, sigma)
    assert schedule.rational
    assert list(schedule.levels(EXACT).alpha) == alpha
    assert list(schedule.levels(EXACT).sigma_rise) == rises[:n]
    assert schedule_from_dict(json.loads(json.dumps(schedule.to_dict()))) == schedule


@given(st.integers(2, 60), st.integers(0, 200))
def test_spaced_steps(steps, more):
    train = steps + more
    found = spaced_steps(train, steps)
    assert len(found) == steps
    assert found[-1] == train
    assert found[0] >= 1
    assert all(a < b for a, b in pairwise(found))
    assert all(
        abs(n - Fraction(t * train, steps)) <= Fraction(1, 2) for t, n in enumerate(found, 1)
    )


def test_levels_are_computed_once():
    schedule = cosine(8)
    assert schedule.levels(FLOAT) is schedule.levels(FLOAT)
    assert str(schedule) == "cosine schedule, T = 8"


def test_irrational_levels_have_no_fractions():
    with pytest.raises(InputError, match="exact"):
        cosine(4).levels(EXACT)
    assert not cosine(4).rational
    assert flow(4).rational


EXTREME = {
    "flow, least shift": flow(4, "1e-6"),
    "flow, largest shift": flow(4, "1e6"),
    "edm": edm(3, "1e-20", "1e20"),
    "betas": ddpm(4, 4, "1e-20", "0.99999999"),
    "angles": from_angles(["1e-20", "2e-20", "0.25", "1/2"], "pi"),
    "custom": custom(["1e20", 1, "1e-20"], ["1e-20", 1, "1e20"]),
    "another custom": custom([1, 1, 1, 0], ["1e-20", "2e-20", "3e-20", "1e20"]),
}


@pytest.mark.parametrize("name", EXTREME)
def test_the_most_extreme_schedules_have_numbers(name):
    schedule = EXTREME[name]
    for field in (FLOAT, balls(192)):
        with field.working():
            levels = schedule.levels(field)
            ends = {"alpha": schedule.T, "sigma": 0}  # where a level may vanish
            for kind, end in ends.items():
                for t, level in enumerate(getattr(levels, kind)):
                    assert 1e-21 < float(level) < 1e21 or (t == end and level == 0)
    for lam in ("1e-3", 2):
        result = best_plan(lam, s=1, schedule=schedule)
        assert math.isfinite(result.error)
        low, high = map(Decimal, result.error_enclosure)
        assert low <= high
        assert low.is_finite()
        assert high.is_finite()


@pytest.mark.parametrize("shift", ["1e-6", "1e6"])
def test_extreme_shifts_have_edges(shift):
    found = edges(s=1, schedule=flow(4, shift))
    assert found.lam_lo.value <= found.lam_0.value <= found.lam_hi.value


def test_an_edge_that_cannot_be_found_is_no_defect():
    with pytest.raises(InputError, match="must not be so extreme"):
        edges(s=1, schedule=custom([1, "1e-7", "1e-14", 0], [0, "5e19", "7e19", "1e20"]))


BAD = {
    "one step": (lambda: cosine(1), "T must be a whole number from 2"),
    "no steps": (lambda: cosine(0), "T must"),
    "half a step": (lambda: cosine(2.5), "T must"),
    "steps a NaN": (lambda: flow(math.nan), "T must"),
    "steps a truth value": (lambda: cosine(True), "T must"),
    "steps a list": (lambda: cosine([4]), "T must"),
    "too many steps": (lambda: cosine(10**7), "T must"),
    "unknown family": (lambda: Schedule("sigmoid", 4), "schedule must be one of cosine"),
    "shift negative": (lambda: flow(4, -1), "shift must be > 0"),
    "shift zero": (lambda: flow(4, 0), "shift must be > 0"),
    "shift infinite": (lambda: flow(4, math.inf), "shift must be a finite number"),
    "shift a formula": (lambda: flow(4, "1+1"), "shift must be a number"),
    "shift tiny": (lambda: flow(4, "1e-330"), "shift must lie between 1e-6 and 1e6"),
    "shift just too small": (lambda: flow(4, "0.99e-6"), "shift must lie between"),
    "shift huge": (lambda: flow(4, "1e999"), "shift must lie between 1e-6 and 1e6"),
    "shift just too large": (lambda: flow(4, 1000001), "shift must lie between"),
    "sigma_min tiny": (lambda: edm(4, "1e-300"), "sigma_min must lie between 1e-20"),
    "sigma_max huge": (lambda: edm(4, 1, "1e21"), "sigma_max must lie between 1e-20"),
    "sigma_max next to sigma_min": (lambda: edm(4, 1, "1.0000000000000001"), "by 1e-12 of it"),
    "beta tiny": (lambda: from_betas(["1e-400", "0.5"]), r"betas\[0\] must stay 1e-20 away"),
    "beta next to one": (lambda: from_betas([1 - Fraction(1, 10**30), 1]), r"betas\[0\] must stay"),
    "betas that leave no signal": (lambda: ddpm(8, 8, "0.9999999", 1), "alpha = 1e-26"),
    "angle tiny": (lambda: from_angles(["1e-30", 0.5, 1]), r"angles\[0\] must lie between 1e-20"),
    "angles next to another": (lambda: from_angles([0, "1e-30", 1]), "exceed the one before by"),
    "angle next to a right one": (
        lambda: from_angles([0, "1/4", Fraction(1, 2) - Fraction(1, 10**30)], "pi"),
        "must be a right angle or 1e-20 less",
    ),
    "alpha tiny": (lambda: custom([1, 0.5, "1e-400"], [0, 1, 2]), r"alpha\[2\] must lie between"),
    "sigma huge": (lambda: custom([1, 0.5, 0.2], [0, 1, "1e400"]), r"sigma\[2\] must lie between"),
    "alpha hardly falls": (
        lambda: custom([1, 1 - Fraction(1, 10**50), 0.2], [0, 1, 2]),
        r"alpha\[1\] must differ from the one before by 1e-40",
    ),
    "sigma_min zero": (lambda: edm(4, 0), "sigma_min must be > 0"),
    "sigma_max below sigma_min": (lambda: edm(4, 2, 1), "sigma_max must exceed"),
    "rho zero": (lambda: edm(4, rho=0), "rho must be a whole number"),
    "rho a fraction": (lambda: edm(4, rho=3.5), "rho must be a whole number"),
    "more steps than training steps": (lambda: ddpm(8, train_steps=4), "T must be at most"),
    "beta_end one and more": (lambda: ddpm(8, beta_end=2), "must lie in"),
    "beta_start negative": (lambda: ddpm(8, beta_start=-1), "must lie in"),
    "beta zero": (lambda: from_betas([0.1, 0]), r"betas\[1\] must lie in"),
    "beta of one in the middle": (lambda: from_betas([0.1, 1, 0.1]), "only at the last"),
    "no betas": (lambda: from_betas([]), "T must"),
    "steps fall": (lambda: from_betas([0.1] * 4, 2, [3, 1]), "steps must increase"),
    "steps beyond the betas": (lambda: from_betas([0.1] * 4, 2, [3, 5]), "steps must"),
    "steps zero": (lambda: from_betas([0.1] * 4, 2, [0, 4]), "steps must"),
    "steps too few": (lambda: from_betas([0.1] * 4, 3, [1, 4]), "steps must have T = 3"),
    "clean end after the first step": (
        lambda: from_betas([0.1] * 4, 2, [2, 4], clean=2),
        "clean must be less than 2",
    ),
    "clean end negative": (lambda: from_betas([0.1] * 4, 2, [2, 4], clean=-1), "clean must"),
    "angles repeat": (lambda: from_angles([0, 0.5, 0.5, 1]), r"angles\[2\] must be larger"),
    "angles negative": (lambda: from_angles([-0.1, 0.5, 1]), r"angles\[0\] must be >= 0"),
    "angles beyond": (lambda: from_angles([0, 0.5, 1.6]), "at most a right angle"),
    "turns beyond": (lambda: from_angles(["0", "1/4", "2/3"], "pi"), "at most a right angle"),
    "angles in degrees": (lambda: from_angles([0, 45, 90], "deg"), "unit must be"),
    "angle missing": (lambda: from_angles([0, None, 1]), r"angles\[1\] must be a number"),
    "one angle": (lambda: from_angles([0]), "T must"),
    "alpha rises": (lambda: custom([1, 0.5, 0.6], [0, 0.5, 1]), r"alpha\[2\] must not exceed"),
    "sigma falls": (lambda: custom([1, 0.5, 0.4], [0, 1, 0.5]), r"sigma\[2\] must not be below"),
    "nothing changes": (lambda: custom([1, 0.5, 0.5], [0, 1, 1]), "must differ"),
    "alpha zero early": (lambda: custom([1, 0, 0], [0, 1, 2]), r"alpha\[1\] must be > 0"),
    "sigma zero late": (lambda: custom([1, 0.5, 0.2], [0, 0, 1]), r"sigma\[1\] must be > 0"),
    "alpha negative": (lambda: custom([1, 0.5, -0.5], [0, 1, 2]), r"alpha\[2\] must be > 0"),
    "other lengths": (lambda: custom([1, 0.5, 0.2], [0, 1]), "sigma must have T"),
    "level a NaN": (lambda: custom([1, math.nan, 0], [0, 1, 2]), r"alpha\[1\] must be a finite"),
    "level a text": (lambda: custom([1, "half", 0], [0, 1, 2]), r"alpha\[1\] must be a number"),
    "level complex": (lambda: custom([1, 1j, 0], [0, 1, 2]), r"alpha\[1\] must be a number"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_schedules_name_the_argument_in_one_line(name):
    build, message = BAD[name]
    with pytest.raises(InputError, match=message) as caught:
        build()
    assert "\n" not in str(caught.value)
