"""The DDIM teacher: steps from Gaussian conditioning, thresholds, geometry, closed forms of C."""

import random
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmerge.chain import gradient_flow_chain
from symmerge.errors import InputError
from symmerge.numbers import EXACT, FLOAT, balls, exact, multiprecision
from symmerge.schedule import cosine, custom, ddpm, edm, flow, from_angles, from_betas
from symmerge.teacher import Teacher, composite_cosine, denoiser, variance

LONG = multiprecision(50)
TINY = 1e-48
NUDGE = Fraction(1, 10**48)
VARIANCES = [
    Fraction(q) for q in ("1e-6", "1/100", "1/3", "0.999", "1", "1.001", "7/3", "50", "1e6")
]


def several(T):
    """Schedules of every family."""
    return [cosine(T), flow(T), flow(T, 3), ddpm(T), edm(T), rational_schedule(random.Random(T), T)]


def rational_schedule(rng, T):
    """Custom levels with alpha_T > 0 or = 0, and neither variance preserving nor exploding."""
    alpha = sorted(rng.sample(range(1, 1000), T), reverse=True)
    sigma = sorted(rng.sample(range(1, 1000), T))
    alpha = [1, *(Fraction(q, 1000) for q in alpha)]
    if rng.random() < 0.5:
        alpha[-1] = 0
    return custom(alpha, [0, *(Fraction(q, 1000) for q in sigma)])


def teacher(schedule, lam, field=LONG):
    return Teacher(schedule, field.number(Fraction(lam)), field)


def product(values):
    total = 1
    for value in values:
        total = total * value
    return total


# The step, derived again.


def test_denoiser_is_gaussian_conditioning_in_any_basis():
    """E[x0|z] = Cov(x0, z) Cov(z)^-1 z for z = alpha x0 + sigma eps, with a full covariance."""
    rng = np.random.default_rng(1)
    root = rng.normal(size=(4, 4))
    covariance = root @ root.T
    spectrum, basis = np.linalg.eigh(covariance)
    for schedule in (cosine(5), flow(5), ddpm(5)):
        levels = schedule.levels(FLOAT)
        per_coordinate = np.array([denoiser(schedule, lam, FLOAT) for lam in spectrum])
        for t in range(6):
            alpha, sigma = levels.alpha[t], levels.sigma[t]
            marginal = alpha**2 * covariance + sigma**2 * np.eye(4)
            conditional = alpha * covariance @ np.linalg.inv(marginal)
            assert basis.T @ conditional @ basis == pytest.approx(
                np.diag(per_coordinate[:, t]), abs=1e-10
            )


def test_denoiser_is_the_least_squares_fit_of_samples():
    rng = np.random.default_rng(2)
    lam, schedule = 1.7, cosine(6)
    levels = schedule.levels(FLOAT)
    clean, noise = rng.normal(size=(2, 200_000))
    clean = clean * np.sqrt(lam)
    for t in (1, 3, 5):
        noisy = levels.alpha[t] * clean + levels.sigma[t] * noise
        fit = noisy @ clean / (noisy @ noisy)
        assert fit == pytest.approx(denoiser(schedule, lam, FLOAT)[t], abs=0.01)


@pytest.mark.parametrize("schedule", several(5), ids=str)
@pytest.mark.parametrize("lam", VARIANCES)
def test_step_is_the_ddim_update_with_the_optimal_denoiser(schedule, lam):
    """z_(t-1) = alpha_(t-1) x0 + sigma_(t-1) eps, with guesses of x0 and eps from z_t."""
    levels = schedule.levels(LONG)
    guess = denoiser(schedule, LONG.number(lam), LONG)
    a = teacher(schedule, lam).a
    for t in range(1, 6):
        noise = (1 - levels.alpha[t] * guess[t]) / levels.sigma[t]
        assert abs(levels.alpha[t - 1] * guess[t] + levels.sigma[t - 1] * noise - a[t - 1]) < TINY


@given(st.integers(0, 10**6), st.integers(2, 7), st.sampled_from(VARIANCES))
def test_small_differences_are_exact(seed, T, lam):
    found = Teacher(rational_schedule(random.Random(seed), T), lam, EXACT)
    assert list(found.x) == [a - 1 for a in found.a]
    assert all(a > 0 for a in found.a)
    assert list(found.inverse_minus_one) == [1 / a - 1 for a in found.a]


@pytest.mark.parametrize("schedule", several(6), ids=str)
@pytest.mark.parametrize("lam", VARIANCES)
def test_small_differences_in_long_numbers(schedule, lam):
    found = teacher(schedule, lam)
    assert max(abs(x - (a - 1)) for x, a in zip(found.x, found.a, strict=True)) < TINY


@pytest.mark.parametrize("make", [cosine, flow, ddpm])
def test_float_differences_keep_their_digits_on_fine_grids(make):
    """a - 1 is of size 1/T; subtracting would lose log10(T) digits."""
    schedule = make(1000)
    for lam in (Fraction(1, 5), Fraction(3)):
        short, long = teacher(schedule, lam, FLOAT), teacher(schedule, lam)
        w, defect, pivot = long._weights
        size = (abs(w) * abs(LONG.number(lam) - pivot) + abs(defect)) / long.v
        assert max(abs(p - q) / r for p, q, r in zip(short.x, long.x, size, strict=True)) < 4e-15
        both = zip(short.inverse_minus_one, long.inverse_minus_one, size / long.a, strict=True)
        assert max(abs(p - q) / r for p, q, r in both) < 4e-15


# Thresholds.


def threshold_by_definition(schedule, t):
    levels = schedule.levels(LONG)
    alpha, sigma = levels.alpha, levels.sigma
    return sigma[t] * (sigma[t] - sigma[t - 1]) / (alpha[t] * (alpha[t - 1] - alpha[t]))


@pytest.mark.parametrize("T", [2, 3, 8, 50])
def test_thresholds_by_definition(T):
    for schedule in several(T):
        for t, found in enumerate(teacher(schedule, 1).thresholds, start=1):
            if found is not None:
                assert abs(found / threshold_by_definition(schedule, t) - 1) < 1e-40


@pytest.mark.parametrize("T", [2, 3, 4, 9, 64])
def test_thresholds_of_variance_preserving_schedules(T):
    """tan theta_t / tan((theta_t + theta_(t-1))/2) > 1."""
    context = LONG.context
    rng = random.Random(T)
    angles = [0, *sorted(rng.sample(range(1, 1000), T - 1)), 1000]
    schedules = {
        "cosine": (cosine(T), [context.pi * t / (2 * T) for t in range(T + 1)]),
        "angles": (
            from_angles([Fraction(q, 2000) for q in angles], unit="pi"),
            [context.pi * q / 2000 for q in angles],
        ),
    }
    levels = ddpm(T).levels(LONG)
    schedules["ddpm"] = (ddpm(T), [context.asin(q) for q in levels.sigma])
    for schedule, theta in schedules.values():
        found = teacher(schedule, 1).thresholds
        for t in range(1, T):
            form = context.tan(theta[t]) / context.tan((theta[t] + theta[t - 1]) / 2)
            assert abs(found[t - 1] / form - 1) < 1e-40
            assert found[t - 1] > 1


@pytest.mark.parametrize("T", [3, 4, 5, 16, 63, 64])
def test_extreme_thresholds_of_the_cosine_schedule(T):
    context = LONG.context
    found = teacher(cosine(T), 1).thresholds[:-1]
    step = context.pi / (2 * T)
    largest, smallest = 1 + 1 / context.cos(step), context.tan(context.pi / 4 + step / 2)
    assert abs(max(found) - largest) < TINY
    assert abs(min(found) - smallest) < TINY
    assert max(found) == found[0]
    assert abs(found[-(-T // 2) - 1] - smallest) < TINY


def test_thresholds_of_flow_matching_and_variance_exploding():
    for T in (2, 5, 40):
        exact_ones = Teacher(flow(T), Fraction(1), EXACT).thresholds
        assert exact_ones == [*(Fraction(t, T - t) for t in range(1, T)), None]
        assert Teacher(edm(T), 1.0, FLOAT).thresholds == [None] * T


@given(st.integers(0, 10**6), st.integers(2, 6))
def test_steps_shrink_up_to_the_threshold_and_not_beyond(seed, T):
    schedule = rational_schedule(random.Random(seed), T)
    for t, edge in enumerate(Teacher(schedule, Fraction(1), EXACT).thresholds):
        if edge is None:
            assert all(Teacher(schedule, lam, EXACT).a[t] <= 1 for lam in VARIANCES)
            continue
        signs = []
        for lam in (edge * (1 - NUDGE), edge, edge * (1 + NUDGE)):
            x = Teacher(schedule, lam, EXACT).x[t]
            signs.append((x > 0) - (x < 0))
        assert signs == [-1, 0, 1]


@pytest.mark.parametrize("T", [2, 5, 12])
def test_steps_shrink_up_to_the_threshold_in_balls(T):
    field = balls(400)
    with field.working():
        edges = Teacher(cosine(T), field.number(1), field).thresholds[:-1]
        for t, edge in enumerate(edges):
            for side in (-1, 1):
                lam = edge * (1 + side * field.number(NUDGE))
                assert field.sign(Teacher(cosine(T), lam, field).x[t]) == side


# Geometry.


@pytest.mark.parametrize("schedule", several(4), ids=str)
@pytest.mark.parametrize("lam", VARIANCES)
def test_lagrange_identity_and_projection(schedule, lam):
    found = teacher(schedule, lam)
    levels = schedule.levels(LONG)
    root = LONG.sqrt(LONG.number(lam))
    vectors = list(zip(levels.alpha * root, levels.sigma, strict=True))
    for t, (before, after) in enumerate(pairwise(vectors)):
        dot = before[0] * after[0] + before[1] * after[1]
        squares = [p * p + q * q for p, q in (before, after)]
        area = before[0] * after[1] - before[1] * after[0]
        assert abs(squares[0] * squares[1] - dot**2 - area**2) < TINY * squares[0] * squares[1]
        assert abs(found.a[t] - dot / squares[1]) < TINY
        assert abs(found.sines_squared[t] - area**2 / (squares[0] * squares[1])) < TINY
        assert abs(found.cosines[t] ** 2 + found.sines_squared[t] - 1) < TINY
        ratio = LONG.sqrt(squares[0] / squares[1])
        assert abs(found.a[t] - ratio * found.cosines[t]) < TINY * ratio


@given(st.integers(0, 10**6), st.sampled_from(VARIANCES))
def test_lagrange_identity_in_fractions(seed, lam):
    found = Teacher(rational_schedule(random.Random(seed), 5), lam, EXACT)
    norms = found.norms_squared
    for t in range(5):
        squared_cosine = found.a[t] ** 2 * norms[t + 1] / norms[t]
        assert squared_cosine + found.sines_squared[t] == 1


@pytest.mark.parametrize("schedule", several(6), ids=str)
@pytest.mark.parametrize("lam", VARIANCES)
def test_covariance_shrinkage(schedule, lam):
    """C = |u_0|/|u_T| prod cos phi_t, so at most |u_0|/|u_T|; sqrt(lam) from data to pure noise."""
    found = teacher(schedule, lam)
    reach = LONG.sqrt(found.norms_squared[0] / found.norms_squared[-1])
    C = product(found.a)
    assert reach > C
    assert abs(C / (reach * product(found.cosines)) - 1) < TINY
    assert abs(LONG.exp(found.shrinkage_composite) - C / reach) < TINY
    if schedule.kind in ("cosine", "flow"):
        assert abs(reach - LONG.sqrt(LONG.number(lam))) < TINY * reach


# Closed form of C.


@pytest.mark.parametrize("T", [2, 3, 4, 7, 16, 33, 100])
@pytest.mark.parametrize("lam", [*VARIANCES, Fraction(1, 10**12), Fraction(10**12)])
def test_closed_form_of_the_composite_to_fifty_digits(T, lam):
    field = multiprecision(90)
    value = field.number(lam)
    C = product(Teacher(cosine(T), value, field).a)
    assert abs(composite_cosine(value, T, field) / C - 1) < 1e-50


@pytest.mark.parametrize("T", [2, 5, 24])
def test_closed_form_is_enclosed(T):
    field = balls(300)
    with field.working():
        for lam in VARIANCES:
            value = field.number(lam)
            direct = product(Teacher(cosine(T), value, field).a)
            form = composite_cosine(value, T, field)
            assert form.overlaps(direct)
            assert form.rel_accuracy_bits() > 200


def test_closed_form_where_the_angle_turns_imaginary():
    """cosh xi crosses 1 at cosh eta = 1/cos Delta; both branches meet the product."""
    field = multiprecision(80)
    for T in (3, 8, 40):
        cosine_step = field.cos_pi(Fraction(1, 2 * T))
        edge = (1 - cosine_step) / (1 + cosine_step)
        for lam in (
            edge * q for q in (1 - field.number(NUDGE), 1 + field.number(NUDGE), 2, 1 / edge)
        ):
            C = product(Teacher(cosine(T), lam, field).a)
            assert abs(composite_cosine(lam, T, field) / C - 1) < 1e-35


@pytest.mark.parametrize("T", [2, 3, 10, 51])
@pytest.mark.parametrize(
    "lam", [Fraction(1, 10**9), Fraction(1, 7), Fraction(9, 10), Fraction(77, 5)]
)
def test_inverting_the_variance_keeps_the_shrinkage(T, lam):
    """C/sqrt(lam) is the same at lam and 1/lam; other schedules do not have the symmetry."""
    field = multiprecision(80)

    def shrinkage(make, q):
        return product(Teacher(make(T), field.number(q), field).a) / field.sqrt(field.number(q))

    assert abs(shrinkage(cosine, lam) / shrinkage(cosine, 1 / lam) - 1) < 1e-50
    assert abs(shrinkage(ddpm, lam) / shrinkage(ddpm, 1 / lam) - 1) > 1e-6


@pytest.mark.parametrize("lam", [Fraction(1, 4), Fraction(1), Fraction(5, 2), Fraction(20)])
def test_asymptotic_series_of_the_composite(lam):
    """log C = log(lam)/2 - c1/T - c3/T^3 + O(1/T^5): the rest falls by 32 when T doubles."""
    field = multiprecision(60)
    context = field.context
    value = field.number(lam)
    root = field.sqrt(value)
    c1 = context.pi**2 * (1 + value) / (16 * root)
    c3 = context.pi**4 * (1 + value) * (3 * value**2 + 2 * value + 3) / (3072 * root**3)

    def rest(T):
        series = field.log(value) / 2 - c1 / T - c3 / context.mpf(T) ** 3
        return field.log(composite_cosine(value, T, field)) - series

    for T in (200, 400):
        assert 31.9 < rest(T) / rest(2 * T) < 32.1
        assert abs(rest(T)) < 2 * (c1 / T) ** 5


def test_composite_of_steps_near_zero_in_few_digits():
    """At tiny variances log C must come from a_t, not from a_t - 1 = -1 + tiny."""
    for lam in (Fraction(1, 10**40), Fraction(1, 10**240)):
        few, many = (
            gradient_flow_chain(cosine(5), lam, 1, multiprecision(digits)).composite
            for digits in (15, 600)
        )
        assert abs(few - many) < 1e-20 * abs(many)
        short = gradient_flow_chain(cosine(5), lam, 1, FLOAT).composite
        assert short == pytest.approx(float(many), rel=1e-14)


# Input.


@pytest.mark.parametrize(
    "lam",
    [
        0,
        -1,
        "0",
        "-1/2",
        "x",
        "1/0",
        "nan",
        "inf",
        float("nan"),
        float("inf"),
        None,
        True,
        [1],
        "1e-300",
        "1e300",
    ],
)
def test_bad_variances(lam):
    with pytest.raises(InputError, match="lam"):
        variance(lam)


def test_good_variances():
    assert variance("1/5") == Fraction(1, 5)
    assert variance(0.5) == Fraction(1, 2)
    assert variance(0, zero=True) == 0
    assert variance(exact("1e250")) == 10**250


def test_betas_and_angles_describe_the_same_schedule():
    betas = [Fraction(1, 10), Fraction(1, 3), Fraction(1)]
    field = multiprecision(50)
    levels = from_betas(betas).levels(field)
    angles = from_angles(
        [exact(field.context.asin(q)) for q in levels.sigma[:-1]] + [exact(np.pi / 2)]
    )
    for lam in (Fraction(1, 3), Fraction(4)):
        pair = [teacher(schedule, lam).a for schedule in (from_betas(betas), angles)]
        assert max(abs(p - q) for p, q in zip(*pair, strict=True)) < 1e-15
