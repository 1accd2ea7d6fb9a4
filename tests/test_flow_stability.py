"""Stability coordinates against quadrature, inverses against each other, grids, averages."""

import math
from fractions import Fraction
from itertools import pairwise, product

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proofs.theorems.b1_unit_width import TABLES
from symmerge.errors import InputError
from symmerge.flow.averaged import (
    averaged_bound,
    averaged_coordinate,
    information,
    measured_rate,
    spread_rate,
)
from symmerge.flow.grid import GRID_KINDS, grid
from symmerge.flow.hull import exposed_edge
from symmerge.flow.mixture import Mixture
from symmerge.flow.score import jacobian_norms
from symmerge.flow.stability import KINDS, Stability
from symmerge.numbers import balls, multiprecision

PRECISE = multiprecision(50)
SIGMAS = ["1/10000", "1/100", "1/4", "999999/1000000", "1", "1000001/1000000", "3/2", "3"]
DIAMETERS = ["1/10", "2", "100"]


def quadrature(rate, t, sigma0):
    """Integral of a rate over [0, t] with 50 digits, pieces graded towards 0."""
    context = PRECISE.context
    ends = [
        0,
        *(t * context.mpf(2) ** -k for k in range(int(4 * abs(math.log2(sigma0))) + 8, -1, -1)),
    ]
    total = context.mpf(0)
    for a, b in pairwise(ends):
        total += context.quad(rate, [a, b])
    return total


@pytest.mark.parametrize(("sigma0", "diameter"), list(product(SIGMAS, DIAMETERS)))
def test_closed_form_against_quadrature(sigma0, diameter):
    flow = Stability(sigma0, diameter, beta=5, sigma_inf=1 if diameter != "2" else "3/2")
    rate = lambda t: flow.rate(t, field=PRECISE)  # noqa: E731
    found = quadrature(rate, PRECISE.context.mpf(1) / 3, float(Fraction(sigma0)))
    closed = flow.coordinate(Fraction(1, 3), field=PRECISE)
    assert abs(found - closed) <= 1e-40 * max(1, abs(closed))


def switch_time(flow, factor):
    """Time at which the variance reaches `factor` times ``w D0^2/(8 |c|)``."""
    w, c = flow.sigma_inf**2, flow.sigma_inf**2 - flow.sigma0**2
    u = (w - factor * w * flow.diameter**2 / (8 * c)) / c
    return None if not 0 < u < 1 else -math.log(u) / (2 * float(flow.beta))


@pytest.mark.parametrize("diameter", ["1/10", "1", "2", "5"])
@pytest.mark.parametrize("sigma_inf", ["1", "3/2"])
def test_supremum_and_one_sided_are_integrals_of_their_rates(diameter, sigma_inf):
    flow = Stability("1/4", diameter, 2, sigma_inf)
    field = multiprecision(25)
    for kind, t in product(("sup", "one-sided"), (Fraction(1, 50), Fraction(1, 2), Fraction(2))):
        corner = switch_time(flow, 1)
        points = [0, *([corner] if kind == "sup" and corner and corner < t else []), t]
        found = field.context.quad(
            lambda x, kind=kind: flow.rate(x, kind, field),
            [field.number(Fraction(p)) for p in points],
        )
        assert abs(found - flow.coordinate(t, kind, field)) < 1e-12
        assert flow.coordinate(t, kind) == pytest.approx(float(found), abs=1e-11)


@pytest.mark.parametrize(("sigma0", "diameter"), list(product(SIGMAS, [*DIAMETERS, "7"])))
def test_double_inverse_to_1e13(sigma0, diameter):
    flow = Stability(sigma0, diameter, beta=5)
    total = flow.coordinate(1, field=PRECISE)
    for k in range(1, 16):
        level = total * k / 16
        exactly = flow.inverse(level, field=PRECISE)
        assert abs(flow.coordinate(exactly, field=PRECISE) / level - 1) < 1e-40
        found = flow.inverse(float(level))
        assert abs(found - float(exactly)) < 1e-13
        assert abs(found / float(exactly) - 1) < 1e-12


def test_inverse_in_balls_encloses():
    field = balls(300)
    with field.working():
        for sigma0, kind in product(("1/4", "3"), ("stability", "one-sided")):
            flow = Stability(sigma0, 3, 5)
            level = flow.greatest(1, kind, field) * field.number(Fraction(2, 3))
            t = flow.inverse(level, kind, field)
            back = flow.coordinate(t, kind, field)
            assert back.overlaps(level)
            assert float(back.rad()) < 1e-60


@given(
    st.floats(0.01, 4),
    st.floats(0.05, 30),
    st.floats(0.2, 3),
    st.sampled_from(KINDS),
    st.floats(0.02, 0.95),
)
def test_inverses_undo_the_coordinates(sigma0, diameter, sigma_inf, kind, part):
    flow = Stability(sigma0, diameter, 2, sigma_inf)
    top = flow.greatest(1, kind)
    assume(top > 1e-6)
    t = flow.inverse(top * part, kind)
    assert 0 < t <= 1
    assert flow.coordinate(t, kind) == pytest.approx(top * part, rel=1e-9)


@given(st.floats(0.05, 3), st.floats(0, 20), st.floats(0.3, 2), st.floats(0, 3))
def test_coordinates_are_ordered(sigma0, diameter, sigma_inf, t):
    flow = Stability(sigma0, diameter, 1, sigma_inf)
    one, sup, A = (flow.coordinate(t, kind) for kind in ("one-sided", "sup", "stability"))
    slack = 1e-12 * (1 + A)
    assert one <= sup + slack
    assert sup <= A + slack
    assert A - 3 * sup <= slack
    if sigma0 >= sigma_inf:
        assert one == sup == A


def test_the_source_of_the_units():
    """Scaling space by sigma_inf changes nothing but the units."""
    for kind in KINDS:
        wide, unit = Stability("1/2", 6, 2, 3), Stability("1/6", 2, 2, 1)
        assert wide.coordinate(0.4, kind) == pytest.approx(unit.coordinate(0.4, kind), rel=1e-13)


@pytest.mark.parametrize("n", TABLES)
def test_published_grids(n):
    found = grid("stability", n, 1, Stability(1, "40.997", beta=5)).times
    assert [round(t, 6) for t in found] == [float(word) for word in TABLES[n].split()]
    assert found[0] == 0.0
    assert found[-1] == 1.0


def test_first_node_of_narrow_components():
    mixture = Stability("1/10000", 60, 5)
    assert grid("stability", 8, 1, mixture).times[1] == pytest.approx(1.4e-10, rel=0.03)


@pytest.mark.parametrize("kind", GRID_KINDS)
@pytest.mark.parametrize("sigma0", ["1/5", "1", "2"])
def test_grids_split_their_coordinate_evenly(kind, sigma0):
    mixture = Mixture([[0.0, 0.0], [3.0, 1.0], [-2.0, 4.0]], [0.5, 0.2, 0.3], sigma0, 3)
    found = grid(kind, 7, "3/4", mixture)
    coordinate = {
        "averaged": lambda t: averaged_bound(mixture, t),
        "uniform": lambda t: t,
    }.get(kind, lambda t: Stability.of(mixture).greatest(t, kind))
    levels = [coordinate(t) for t in found.times]
    assert np.allclose(np.diff(levels), found.total / 7, rtol=1e-9)
    assert found.times[-1] == 0.75
    assert found.to_dict()["times"] == list(found.times)
    assert f"{kind} grid, 7 segments" in str(found)


def test_one_sided_grid_where_b_falls_again():
    flow = Stability("1/10", "1/2", 3)
    found = grid("one-sided", 4, 2, flow)
    top = switch_time(flow, 2)
    assert (
        flow.coordinate(2, "one-sided")
        < flow.coordinate(top, "one-sided")
        == pytest.approx(found.total)
    )
    assert found.times[3] < top < found.times[4] == 2


def test_grids_that_do_not_exist():
    with pytest.raises(InputError, match="only contracts"):
        grid("one-sided", 4, 1, Stability("1/10", "1/100"))
    with pytest.raises(InputError, match="vanishes"):
        grid("stability", 4, 1, Stability(1, 0))
    with pytest.raises(InputError, match="needs the mixture"):
        grid("averaged", 4, 1, Stability(1, 2))
    for bad in (("other", 4, 1), ("sup", 0, 1), ("sup", 4, 0), ("sup", 4, "x"), ("sup", 2.5, 1)):
        with pytest.raises(InputError):
            grid(*bad, Stability(1, 2))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Stability(0, 1), "sigma0"),
        (lambda: Stability(1, -1), "diameter"),
        (lambda: Stability(1, 1, 0), "beta"),
        (lambda: Stability(1, 1).rate(-1), "t must"),
        (lambda: Stability(1, 1).rate(1, "other"), "kind"),
        (lambda: Stability(1, 1).inverse(-1), "level"),
        (lambda: Stability(1, 1).inverse(100), "level"),
        (lambda: Stability(2, 1).inverse(100), "level"),
        (lambda: Stability("1/2", 1).inverse(100), "level"),
        (lambda: Stability("1/2", 1).inverse(100, "one-sided"), "level"),
        (lambda: Stability("1/2", 1).inverse(1, "sup", PRECISE), "kind"),
        (lambda: Stability(1, 0).inverse(1), "diameter"),
    ],
)
def test_bad_values(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_supremum_is_attained_on_an_exposed_edge_and_never_exceeded():
    rng = np.random.default_rng(4)
    for sigma0 in ("1/3", "1"):
        mixture = Mixture(rng.normal(0, 2, (4, 5)), None, sigma0, 1)
        assert exposed_edge(mixture).status == "proved"
        flow, t = Stability.of(mixture), 0.1
        norms = jacobian_norms(mixture, 4 * rng.normal(size=(4000, 5)), t)
        assert norms.max() <= flow.rate(t, "sup") * (1 + 1e-12)
        # On the way to infinity along the edge's normal, where the two have equal shares.
        i, j = mixture.farthest
        edge = mixture.means[j] - mixture.means[i]
        rest = mixture.means - mixture.means[i]
        across = rest - np.outer(rest @ edge, edge) / (edge @ edge)
        others = [k for k in range(4) if k not in (i, j)]
        normal = np.linalg.lstsq(across[others], -np.ones(2), rcond=None)[0]
        middle = mixture.signal(t) * (mixture.means[i] + mixture.means[j]) / 2
        points = np.array([middle + 1e4 * normal, middle])
        assert jacobian_norms(mixture, points, t)[0] == pytest.approx(flow.rate(t, "sup"), rel=1e-9)


def test_without_an_exposed_edge_the_supremum_is_smaller():
    mixture = Mixture([-2.0, 0.0, 2.0], None, "1/2")
    assert exposed_edge(mixture).status == "refuted"
    norms = jacobian_norms(mixture, np.linspace(-4, 4, 2001)[:, None], 0)
    assert norms.max() < 0.8 * Stability.of(mixture).rate(0, "sup")


@pytest.mark.parametrize(
    ("means", "status"),
    [
        ([[0.0, 0.0], [4.0, 0.0], [2.0, 1.0], [2.0, -1.0]], "refuted"),
        ([[0.0, 0.0], [4.0, 0.0], [2.0, 1.0], [2.0, 1.5], [1.0, 0.5]], "proved"),
        ([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], "refuted"),
        ([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], "refuted"),
        (
            [[0.0, 0, 0], [9.0, 0, 0], [4.0, 1, 0], [4.0, 0.9, 0.3], [4.0, 0.8, -0.5], [5.0, 1, 1]],
            "proved",
        ),
    ],
)
def test_exposed_edges(means, status):
    assert exposed_edge(Mixture(means)).status == status


def test_information_is_the_integral_of_its_rate():
    mixture = Mixture([-2.0, 0.0, 3.0], [0.5, 0.3, 0.2], "1/2", 1)
    times = np.linspace(0, 0.5, 41)
    x = np.linspace(-14, 14, 6001)[:, None]
    from symmerge.flow.score import log_density, spread

    rates = [
        float(np.sum(np.exp(log_density(mixture, x, t)) * spread(mixture, x, t)) * (x[1] - x[0])[0])
        / mixture.variance(t) ** 2
        for t in times
    ]
    h = times[1]
    simpson = h / 3 * (rates[0] + rates[-1] + 4 * sum(rates[1:-1:2]) + 2 * sum(rates[2:-1:2]))
    loss = information(mixture, 0).value - information(mixture, 0.5).value
    assert simpson == pytest.approx(loss, abs=1e-6)


def test_random_information_agrees_with_quadrature():
    line = Mixture([-2.0, 0.0, 3.0], [0.5, 0.3, 0.2], "1/2", 1)
    plane = Mixture([[m, 0.0] for m in (-2.0, 0.0, 3.0)], line.weights, "1/2", 1)
    found, truth = information(plane, 0.3), information(line, 0.3)
    assert truth.error == 0 < found.error < 0.01
    assert abs(found.value - truth.value) < 4 * found.error
    assert spread_rate(plane, 0.3).value > 0
    assert measured_rate(plane, 0.3).value <= Stability.of(plane).rate(0.3)


@given(st.integers(0, 10**6), st.floats(0.1, 2), st.floats(0.01, 2))
def test_averaged_coordinate_stays_below_its_bounds(seed, sigma0, t):
    rng = np.random.default_rng(seed)
    K = int(rng.integers(1, 5))
    mixture = Mixture(rng.normal(0, 3, K), rng.dirichlet(np.ones(K)), sigma0)
    found = averaged_coordinate(mixture, t).value
    pull = Stability(sigma0, 0).coordinate(t)
    assert found <= averaged_bound(mixture, t) + 1e-9
    assert found <= pull + math.log(K) + 1e-9
    assert found <= Stability.of(mixture).coordinate(t) + 1e-9


def test_sixty_four_dimensions_as_in_the_note():
    mixture = Mixture(np.random.default_rng(0).uniform(-5, 5, (20, 64)), sigma0=1, beta=5)
    assert Stability.of(mixture).coordinate(1) == pytest.approx(183.08, abs=0.01)
    assert averaged_bound(mixture, 1) == pytest.approx(18.887, abs=0.001)
    found = averaged_coordinate(mixture, 1)
    assert abs(found.value - 2.984) < 0.004
    assert found.value < math.log(20)
    times = grid("averaged", 4, 1, mixture).times
    assert [round(t, 3) for t in times] == [0, 0.452, 0.522, 0.61, 1]
    rms = [measured_rate(mixture, t, 4000).value for t in (0.4, 0.5, 1)]
    ratios = np.array([Stability.of(mixture).rate(t) for t in (0.4, 0.5, 1)]) / rms
    assert np.allclose(ratios, (3.7, 2.6, 6.1), rtol=0.03)


def test_mpmath_precision_is_private():
    before = mpmath.mp.dps
    Stability("1/4", 3).inverse(PRECISE.number(1), field=PRECISE)
    assert mpmath.mp.dps == before
