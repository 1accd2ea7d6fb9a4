"""The exact map in one dimension against solvers, more digits, and the two-mode identity."""

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmerge.errors import InputError
from symmerge.flow.grid import grid
from symmerge.flow.mixture import Mixture
from symmerge.flow.stability import Stability
from symmerge.flow.transport import (
    flow_map,
    log_lipschitz,
    log_slope,
    precise_transport,
    transport,
)

THREE = Mixture([-2.0, 0.5, 3.0], [0.5, 0.2, 0.3], "1/2", 2)


def two(mu, sigma0, weights=None):
    return Mixture([-mu, mu], weights, sigma0, 5)


@pytest.mark.parametrize("sigma_inf", ["1", "3/2"])
def test_runge_kutta_converges_at_order_four(sigma_inf):
    mixture = Mixture(THREE.means, THREE.weights, THREE.sigma0, THREE.beta, sigma_inf)
    x = np.linspace(-3, 3, 13)
    truth = transport(mixture, x, 0.6)
    steps = (160, 320, 640, 1280)
    errors = [np.abs(flow_map(mixture, x[:, None], 0.6, 0, n)[:, 0] - truth).max() for n in steps]
    orders = [math.log2(a / b) for a, b in pairwise(errors)]
    assert errors[-1] < 1e-6
    assert abs(orders[-1] - 4) < 0.1
    assert all(order > 3.4 for order in orders)


def test_a_library_solver_agrees():
    integrate = pytest.importorskip("scipy.integrate")
    from symmerge.flow.score import velocity

    x = np.linspace(-2, 2, 7)
    done = integrate.solve_ivp(
        lambda t, y: velocity(THREE, y[:, None], t)[:, 0],
        (0.8, 0.0),
        x,
        method="DOP853",
        rtol=1e-12,
        atol=1e-13,
    )
    assert np.allclose(done.y[:, -1], transport(THREE, x, 0.8), atol=1e-9)


def test_taylor_solver_of_mpmath_agrees():
    with mpmath.workdps(20):
        beta, v0 = mpmath.mpf(1), mpmath.mpf(1) / 4

        def back(tau, y):
            u = mpmath.exp(-2 * beta * (mpmath.mpf(1) / 2 - tau))
            v, m = 1 + (v0 - 1) * u, mpmath.sqrt(u)
            return beta * (y - (y - m * mpmath.tanh(m * y / v)) / v)

        found = mpmath.odefun(back, 0, mpmath.mpf(1) / 3)(mpmath.mpf(1) / 2)
    exactly, _ = precise_transport(Mixture([-1.0, 1.0], None, "1/2", 1), "1/3", "1/2", digits=20)
    assert abs(found - mpmath.mpf(str(exactly))) < 1e-15


@given(
    st.integers(0, 10**6),
    st.floats(0.1, 2),
    st.sampled_from([(0.5, 0.0), (0.0, 0.5), (1.0, 0.2)]),
    st.floats(-6, 6),
)
def test_floats_agree_with_many_digits(seed, sigma0, times, x):
    rng = np.random.default_rng(seed)
    K = int(rng.integers(1, 5))
    mixture = Mixture(rng.normal(0, 2, K), rng.dirichlet(np.ones(K) * 3), sigma0)
    y, slope = precise_transport(mixture, x, *times, digits=20)
    # Moving x by a rounding unit moves y by that times the slope.
    known = 1e-13 + 1e-15 * math.exp(float(slope)) * (4 + abs(x))
    assert abs(transport(mixture, [x], *times)[0] - float(y)) < known * (4 + abs(float(y)))
    if float(slope) < 20:
        assert abs(log_slope(mixture, [x], *times)[0] - float(slope)) < 1e-6


def test_maps_compose_and_undo_each_other():
    x = np.linspace(-4, 4, 201)
    there = transport(THREE, x, 0, 0.7)
    assert np.allclose(transport(THREE, there, 0.7), x, atol=1e-10)
    halfway = transport(THREE, there, 0.7, 0.3)
    assert np.allclose(transport(THREE, halfway, 0.3), x, atol=1e-10)
    assert np.allclose(transport(THREE, x, 0.4, 0.4), x, atol=1e-12)
    assert np.all(np.diff(there) > 0)


def test_far_points_keep_their_digits():
    """Beyond the outermost component the map is affine, to a few rounding units."""
    x = np.array([-1e8, -1e4, -300.0, 300.0, 1e5, 1e9])
    clean = transport(THREE, x, 0.5)
    assert np.allclose(transport(THREE, clean, 0, 0.5), x, rtol=1e-14)
    outer = THREE.means[[0, 0, 0, 2, 2, 2], 0]
    width = math.sqrt(THREE.variance(0.5))
    affine = outer + (x - THREE.signal(0.5) * outer) * 0.5 / width
    assert np.allclose(clean[np.abs(x) > 1e3], affine[np.abs(x) > 1e3], rtol=1e-6)
    many = Mixture([-2.0, 0.5, 3.0, 3.0, 900.0], [0.4, 0.2, 0.2, 0.1, 0.1], "1/1000", 2)
    x = np.linspace(-3, 4, 29)
    assert np.allclose(transport(many, transport(many, x, 0.01), 0, 0.01), x, atol=1e-12)


def test_one_component_is_affine():
    one = Mixture([2.0], None, "1/2", 1)
    x = np.array([-40.0, -1.0, 0.0, 3.0, 60.0])
    affine = 2 + (x - 2 * one.signal(1)) * math.sqrt(0.25 / one.variance(1))
    assert np.allclose(transport(one, x, 1), affine, rtol=1e-13)
    assert log_lipschitz(one, 1).value == pytest.approx(math.log(0.5 / math.sqrt(one.variance(1))))


@pytest.mark.parametrize(
    ("mu", "sigma0"), [(1, "1/4"), (2, "1"), (2, "1/2"), (1, "3/2"), (4, "1/5"), (2, "1/20")]
)
@pytest.mark.parametrize("t", [0.05, 1])
def test_two_modes_attain_the_one_sided_bound(mu, sigma0, t):
    mixture = two(mu, sigma0)
    bound = Stability.of(mixture).coordinate(t, "one-sided")
    # Far out the slope is sigma0/s_t, which is larger where B < its share of the width.
    far = math.log(float(mixture.sigma0)) - math.log(mixture.variance(t)) / 2
    assert far <= bound
    assert log_lipschitz(mixture, t).value == pytest.approx(bound, abs=1e-10)
    y, slope = precise_transport(mixture, 0, t, digits=30)
    assert abs(y) < 1e-25
    exactly = Stability.of(mixture)
    assert abs(float(slope) - exactly.coordinate(t, "one-sided")) < 1e-10


@settings(max_examples=10)
@given(st.floats(0.5, 4), st.floats(0.02, 0.5), st.floats(0.005, 1.2))
def test_two_modes_far_apart_at_both_times(mu, sigma0, t):
    """Deep gaps at either end, where both distribution functions are 1/2 in float64."""
    mixture = Mixture([-mu, mu], None, sigma0, 1)
    bound = Stability.of(mixture).coordinate(t, "one-sided")
    assert log_lipschitz(mixture, t).value == pytest.approx(bound, rel=1e-10, abs=1e-10)


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.floats(0.02, 0.2), st.floats(0.01, 0.3))
def test_deep_gaps_agree_with_many_digits(seed, sigma0, t):
    rng = np.random.default_rng(seed)
    K = int(rng.integers(2, 5))
    mixture = Mixture(rng.normal(0, 3, K), rng.dirichlet(np.ones(K) * 3), sigma0)
    x = rng.uniform(*np.sort(mixture.means[:, 0])[[0, -1]], 3)
    clean = transport(mixture, x, t)
    for point, found in zip(x, clean, strict=True):
        y, slope = precise_transport(mixture, float(point), t, digits=20)
        assert found == pytest.approx(float(y), abs=1e-12 * math.exp(max(0, min(float(slope), 3))))
    assert np.allclose(transport(mixture, clean, 0, t), x, atol=1e-12)
    with mpmath.workdps(500):  # straight from the definition, with digits enough for any gap here
        f = [distribution(mixture, z, time) for z, time in ((x[0], t), (clean[0], 0))]
        width = math.sqrt(mixture.variance(t))
        near = [distribution(mixture, x[0] + q * 1e-10 * width, t) for q in (-1, 1)]
    assert near[0] < f[1] < near[1]


def distribution(mixture, x, t):
    v0, u = mpmath.mpf(float(mixture.sigma0)) ** 2, mpmath.exp(-2 * mpmath.mpf(t))
    scale = mpmath.sqrt(2 * (v0 * u + 1 - u))
    return sum(
        mpmath.mpf(q) * mpmath.erfc((mpmath.sqrt(u) * mpmath.mpf(m) - mpmath.mpf(x)) / scale) / 2
        for q, m in zip(mixture.weights.tolist(), mixture.means[:, 0].tolist(), strict=True)
    )


def test_figures_of_the_note():
    assert log_lipschitz(two(1, "1/4"), 1).value == pytest.approx(6.6137, abs=5e-5)
    assert log_lipschitz(two(2, "1"), 1).value == pytest.approx(1.99991, abs=5e-6)
    for weights, gap in (([0.8, 0.2], 0.0695), ([0.99, 0.01], 0.474)):
        mixture = two(1, "1/2", weights)
        bound = Stability.of(mixture).coordinate(1, "one-sided")
        assert bound - log_lipschitz(mixture, 1).value == pytest.approx(gap, abs=5e-4)


def test_one_sided_grid_equalises_the_segments():
    mixture = two(1, "1/4")
    balanced = grid("one-sided", 8, 1, mixture).times
    steps = [math.exp(log_lipschitz(mixture, b, a).value) for a, b in pairwise(balanced)]
    assert np.allclose(steps, 2.2858, atol=2e-4)
    uniform = grid("uniform", 8, 1, mixture).times
    steps = [math.exp(log_lipschitz(mixture, b, a).value) for a, b in pairwise(uniform)]
    assert max(steps) == pytest.approx(716.40, abs=0.01)  # exp B(1/8) - B(0), of 745 in all


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.floats(0.1, 2), st.floats(0.01, 1))
def test_no_map_stretches_by_more_than_its_coordinate(seed, sigma0, t):
    rng = np.random.default_rng(seed)
    K = int(rng.integers(1, 5))
    mixture = Mixture(rng.normal(0, 2, K), rng.dirichlet(np.ones(K) * 3), sigma0)
    flow = Stability.of(mixture)
    assert log_lipschitz(mixture, t).value <= flow.coordinate(t, "one-sided") + 1e-9
    assert log_lipschitz(mixture, 0, t).value <= flow.coordinate(t) + 1e-9


def test_runge_kutta_in_several_dimensions_acts_along_the_line():
    """Components on a line: the flow is the line's own, and affine across it."""
    plane = Mixture([[m, 0.0] for m in THREE.means[:, 0]], THREE.weights, THREE.sigma0, THREE.beta)
    x = np.array([[0.4, -1.0], [-2.0, 0.5]])
    found = flow_map(plane, x, 0.5, 0, 400)
    assert np.allclose(found[:, 0], transport(THREE, x[:, 0], 0.5), atol=1e-7)
    assert np.allclose(found[:, 1], x[:, 1] * 0.5 / math.sqrt(plane.variance(0.5)), atol=1e-7)


def test_bad_input():
    plane = Mixture([[0.0, 1.0]])
    for call in (
        lambda: transport(plane, [0.0], 1),
        lambda: log_lipschitz(plane, 1),
        lambda: precise_transport(plane, 0, 1),
        lambda: transport(THREE, [[0.0]], 1),
        lambda: transport(THREE, [np.nan], 1),
        lambda: transport(THREE, [0.0], -1),
        lambda: precise_transport(THREE, "nan", 1),
        lambda: precise_transport(THREE, 0, 1, digits=0),
        lambda: flow_map(THREE, [[0.0]], 1, 0, 0),
        lambda: flow_map(THREE, [0.0], 1, 0, 5),
    ):
        with pytest.raises(InputError):
            call()
    assert transport(THREE, [], 1).shape == (0,)
