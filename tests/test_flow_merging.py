"""Mixture steps and their paths against definitions; merged students against the known figures."""

import math
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmerge.errors import InputError
from symmerge.flow import merging
from symmerge.flow.ddim import MixtureTeacher
from symmerge.flow.merging import (
    binary_plans,
    fit_block,
    fit_student,
    merge,
    rank_orders,
    relative_error,
)
from symmerge.flow.mixture import Mixture
from symmerge.numbers import FLOAT, multiprecision
from symmerge.plan import MergePlan, canonical_plans, vanilla
from symmerge.schedule import cosine, ddpm, edm, flow
from symmerge.teacher import Teacher

pytest.importorskip("scipy.optimize")


def teacher(T=6, mu=2.0, sigma0="1/2", weights=None, schedule=cosine):
    return MixtureTeacher(schedule(T), Mixture([-mu, mu], weights, sigma0))


def random_teacher(seed, K, d, schedule=cosine, T=6):
    rng = np.random.default_rng(seed)
    means, weights = rng.normal(0, 2, (K, d)), rng.dirichlet(np.ones(K) * 2)
    return MixtureTeacher(schedule(T), Mixture(means, weights, float(rng.uniform(0.1, 1.5))))


@given(
    st.integers(0, 10**6),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from([cosine, flow, ddpm]),
    st.integers(1, 6),
)
def test_step_through_the_posterior_mean(seed, K, d, schedule, t):
    """``alpha' x0 + sigma' eps`` with ``E[x0|x]`` and eps from Bayes' rule, by itself."""
    found = random_teacher(seed, K, d, schedule)
    mixture, (alpha, sigma, _, _) = found.mixture, found.schedule.levels(FLOAT)
    x = np.random.default_rng(seed).normal(0, 2, (5, d))
    v0, a, s = float(mixture.sigma0) ** 2, alpha[t], sigma[t]
    v = a * a * v0 + s * s
    distances = np.sum((x[:, None] - a * mixture.means) ** 2, axis=2)
    gamma = mixture.weights * np.exp((distances.min(axis=1)[:, None] - distances) / (2 * v))
    gamma /= gamma.sum(axis=1, keepdims=True)
    posterior = mixture.means + a * v0 / v * (x[:, None] - a * mixture.means)
    clean = np.sum(gamma[:, :, None] * posterior, axis=1)
    expected = alpha[t - 1] * clean + sigma[t - 1] * (x - a * clean) / s
    assert np.allclose(found.step(t, x), expected, rtol=1e-10, atol=1e-10)


def test_one_component_is_the_linear_teacher():
    found = MixtureTeacher(edm_(5), Mixture([[0.0, 0.0]], sigma0="3/2"))
    x = np.array([[1.0, -2.0]])
    linear = Teacher(edm_(5), 2.25, FLOAT)
    assert np.allclose(found.run(x, 1, 5), np.prod(linear.a) * x, rtol=1e-13)


def edm_(T):
    return edm(T, "0.02", 80, 7)


@pytest.mark.parametrize("schedule", [cosine, flow, edm_])
def test_shifts_keep_their_digits(schedule):
    """``alpha_{t-1} - a_t alpha_t`` against forty digits."""
    field, found = multiprecision(40), teacher(200, schedule=schedule)
    with field.working():
        levels = schedule(200).levels(field)
        a = Teacher(schedule(200), field.number(Fraction(1, 4)), field).a
        exactly = levels.alpha[:-1] - a * levels.alpha[1:]
    assert np.allclose(found.shifts, exactly.astype(float), rtol=1e-13, atol=0)


@pytest.mark.parametrize(("first", "last"), [(1, 6), (3, 6), (2, 4), (5, 5)])
@pytest.mark.parametrize(("K", "d"), [(2, 1), (3, 2), (1, 2)])
def test_composite_is_the_sum_over_paths(K, d, first, last):
    found = random_teacher(K + d, K, d)
    x = 2 * np.random.default_rng(0).normal(size=(40, d))
    paths, truth = found.paths(x, first, last), found.run(x, first, last)
    m = last - first + 1
    assert paths.offsets.shape == (K**m, d)
    assert np.abs(paths(x) - truth).max() <= 1e-13 * max(1, np.abs(truth).max())
    assert np.allclose(paths.weights.sum(axis=1), 1, atol=1e-13)
    assert np.all(paths.weights >= 0)


def test_every_path_is_its_own_affine_map():
    """Offsets in the order promised, by composing along each path; all of them differ."""
    found = random_teacher(3, 3, 1)
    paths = found.paths([[0.3]], 2, 5)
    for k, path in enumerate(product(range(3), repeat=4)):
        value, weight, state = 0.0, 1.0, np.array([[0.3]])
        for t, component in zip((5, 4, 3, 2), path, strict=True):
            weight *= found.responsibilities(t, state)[0, component]
            value = found.slopes[t - 1] * value + found.shifts[t - 1] * float(
                found.mixture.means[component, 0]
            )
            state = found.step(t, state)
        assert paths.offsets[k, 0] == pytest.approx(value, rel=1e-12)
        assert paths.weights[0, k] == pytest.approx(weight, rel=1e-10)
    assert len(np.unique(paths.offsets.round(9))) == 81


def test_single_steps_and_the_two_noisiest_are_students():
    """alpha_T = 0 makes step T affine; not so with a positive last signal level."""
    for t in range(1, 7):
        assert fit_block(teacher(), t, t).error < 1e-8
    assert fit_block(teacher(), 5, 6).error < 1e-8
    assert fit_block(teacher(), 6, 6, 1).error < 1e-12
    kept = teacher(schedule=lambda T: ddpm(T, 1000, "1e-4", "4e-3"))
    assert fit_block(kept, 5, 6).error > 1e-5
    assert fit_block(teacher(), 4, 5).error > 1e-4


# Relative errors of the best two-component student, from the noisiest step, m = 1..6.
@pytest.mark.parametrize(
    ("mu", "sigma0", "weights", "errors"),
    [
        (1.0, "1/2", None, (0, 0, 1.1e-4, 1.3e-3, 6.0e-3, 1.47e-2)),
        (2.0, "1/2", None, (0, 0, 2.6e-3, 1.39e-2, 3.15e-2, 4.19e-2)),
        (2.0, "1/2", (0.7, 0.3), (0, 0, 4.0e-3, 1.77e-2, 3.70e-2, 4.79e-2)),
        (2.0, "1/5", None, (0, 0, 3.0e-3, 1.7e-2, 3.8e-2, 3.1e-2)),
    ],
)
def test_errors_against_the_number_of_steps(mu, sigma0, weights, errors):
    found = teacher(6, mu, sigma0, weights)
    for m, expected in enumerate(errors, start=1):
        assert fit_block(found, 7 - m, 6).error == pytest.approx(expected, rel=0.03, abs=1e-8)


def test_errors_into_the_data_and_with_more_components():
    for m, expected in zip(range(2, 7), (4.2e-3, 1.7e-2, 3.3e-2, 4.1e-2, 4.2e-2), strict=True):
        assert fit_block(teacher(), 1, m).error == pytest.approx(expected, rel=0.02)
    for K, expected in ((1, 0.406), (2, 0.0419), (3, 0.0370), (4, 0.0083), (5, 0.0069)):
        found = fit_block(teacher(), 1, 6, K, 12)
        assert found.error == pytest.approx(expected, rel=0.01)
        assert found.student.K == K
    assert fit_block(teacher(sigma0="1/5"), 1, 6, 1).error == pytest.approx(0.55, abs=5e-3)


def test_error_of_two_merged_steps_is_of_second_order():
    errors = [
        fit_block(teacher(T), T // 2, T // 2 + 1, starts=8).error for T in (8, 16, 32, 64, 128)
    ]
    orders = [math.log2(a / b) for a, b in pairwise(errors)]
    assert errors[-1] == pytest.approx(1.9e-5, rel=0.05)
    assert math.log2(errors[0] / errors[-1]) / 4 == pytest.approx(2.03, abs=0.01)
    assert abs(orders[-1] - 2) < 0.1


@pytest.mark.parametrize(
    ("T", "errors"),
    [
        (6, (0.0479, 0.0482, 0.0497, 0.0540)),
        pytest.param(16, (0.0508, 0.0509, 0.0589, 0.0695), marks=pytest.mark.slow),
    ],
)
def test_orders_of_merging(T, errors):
    found, known = teacher(T, weights=(0.7, 0.3)), {}
    for name, expected in zip(
        ("vanilla", "progressive", "consistency", "boot"), errors, strict=True
    ):
        got = merge(found, canonical_plans(T)[name], known=known)
        assert got.error == pytest.approx(expected, abs=1e-4)
    # Sub-plans are looked up: a second time nothing is fitted.
    again = merge(found, canonical_plans(T)["boot"], known=known)
    assert again.student is known[again.plan]
    assert str(again).startswith(f"{again.plan}: relative error ")


def test_plans_are_ranked_and_direct_is_the_merge_of_all():
    found = teacher(4)
    ranked = rank_orders(found, [*binary_plans(4), vanilla(4)], starts=6)
    assert len(ranked) == 6
    assert [q.error for q in ranked] == sorted(q.error for q in ranked)
    assert ranked[0].plan == vanilla(4)
    assert ranked[0].error == pytest.approx(fit_block(found, 1, 4).error, rel=1e-3)


@pytest.mark.slow
def test_all_trees_of_six_steps():
    found = teacher(6, weights=(0.7, 0.3))
    ranked = rank_orders(found, list(binary_plans(6)), starts=12)
    direct = fit_block(found, 1, 6).error
    assert len(ranked) == 42
    assert ranked[0].error / direct - 1 < 0.004
    assert ranked[-1].plan == MergePlan.parse("[[1|[2|[3|[4|5]]]]|6]")
    assert ranked[-1].error / direct - 1 == pytest.approx(0.174, abs=0.003)


def test_steep_layers_are_resolved():
    """The error on the graded panels is that on half a million equal ones; 801 are not enough."""
    found = teacher(6, sigma0="1/5")
    fit, law = fit_block(found, 1, 6), found.marginal(6)

    def on(count):
        x = np.linspace(-9, 9, count)
        mass, truth = np.exp(-(x**2) / 2), found.run(x[:, None], 1, 6)[:, 0]
        mass /= mass.sum()
        deviation = mass @ truth**2 - (mass @ truth) ** 2
        return math.sqrt(mass @ (fit.student(x) - truth) ** 2 / deviation)

    assert fit.error == pytest.approx(on(500_001), rel=1e-6)
    assert abs(on(401) / fit.error - 1) > 0.01
    x = np.linspace(-0.01, 0.01, 2001)
    slopes = np.diff(found.run(x[:, None], 1, 6)[:, 0]) / np.diff(x)
    assert slopes.max() == pytest.approx(740, rel=0.01)
    x, mass = merging._nodes(law, lambda x: found.run(x[:, None], 1, 6)[:, 0])
    assert mass @ x**2 == pytest.approx(1, abs=1e-12)
    assert mass @ np.exp(x) == pytest.approx(math.exp(0.5), rel=1e-12)


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_no_random_student_is_better(seed):
    found, rng = teacher(), np.random.default_rng(seed)
    best, target = fit_block(found, 3, 6), merging._block(found, 3, 6)
    law = found.marginal(6)
    for scale in (1e-3, 0.1, 1.0):
        student = merging.MixtureStudent(
            best.student.slope + scale * rng.normal(),
            best.student.offsets + scale * rng.normal(size=2),
            best.student.rates + scale * rng.normal(size=2),
            best.student.biases + scale * rng.normal(size=2),
        )
        assert relative_error(student, target, law) > best.error


def test_projected_jacobian_agrees_with_differences():
    """Kaufman's form drops a term orthogonal to the residuals: the gradient is exact."""
    rng = np.random.default_rng(1)
    z = np.linspace(-2, 2, 200)
    problem = merging._Projection(z, np.tanh(3 * z) + z**2 / 5, np.full(200, 0.07), 3)
    at = rng.normal(size=4)
    gradient = problem.jacobian(at).T @ problem.residuals(at)
    for k, slope in enumerate(gradient):
        step = 1e-6 * np.eye(4)[k]
        up, down = (np.sum(problem.residuals(at + s) ** 2) / 2 for s in (step, -step))
        assert (up - down) / 2e-6 == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_fits_do_not_depend_on_units():
    """Stretching the target or moving it leaves the relative error."""
    law = teacher().marginal(6)
    one = fit_student(lambda x: np.tanh(4 * x) + np.tanh(x - 1), law)
    two = fit_student(lambda x: 1e6 - 1e3 * (np.tanh(4 * x) + np.tanh(x - 1)), law)
    assert one.error > 1e-3
    assert two.error == pytest.approx(one.error, rel=1e-4)
    assert 1 <= one.agreeing <= one.starts == 24
    assert f"({one.agreeing} of 24 starts agree)" in str(one)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: t.step(0, [[0.0]]), "t must"),
        (lambda t: t.run([[0.0]], 3, 2), "last must"),
        (lambda t: t.run([[0.0]], 1, 7), "last must"),
        (lambda t: t.run([0.0], 1, 6), "x must"),
        (lambda t: t.marginal(-1), "t must"),
        (lambda t: fit_block(t, 1, 6, 0), "components must"),
        (lambda t: fit_block(t, 1, 6, 2, 0), "starts must"),
        (lambda t: fit_student(lambda x: 0 * x, t.marginal(6)), "target must"),
        (lambda t: merge(t, vanilla(7)), "plan must"),
        (lambda t: merge(t, MergePlan.leaf(2)), "must merge something"),
        (lambda t: binary_plans(1), "T must"),
        (lambda t: fit_block(random_teacher(0, 2, 2), 1, 3), "one dimension"),
        (lambda t: random_teacher(0, 4, 1, T=20).paths(np.zeros((9, 1)), 1, 20), "too many paths"),
    ],
)
def test_bad_values(call, words):
    with pytest.raises(InputError, match=words):
        call(teacher())


def test_without_scipy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.optimize", None)
    with pytest.raises(InputError, match=r"pip install 'symmerge\[data\]'"):
        fit_block(teacher(), 1, 6)
