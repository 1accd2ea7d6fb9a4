"""Lipschitz mismatch: no student found by any optimiser beats the bounds, and the table."""

import json
import math
from fractions import Fraction
from functools import cache
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.theorems.b1_isotonic import pooled
from symmerge.cli import main
from symmerge.errors import InputError
from symmerge.flow.mismatch import (
    flow_table,
    mismatch,
    mismatch_table,
    pairing_bound,
    square_student,
    steps_needed,
    sup_mismatch,
    sup_student,
    vanishing_width,
)
from symmerge.flow.mixture import Mixture, write_mixture
from symmerge.flow.stability import Stability
from symmerge.flow.transport import masses, transport

pytest.importorskip("sklearn")
optimize = pytest.importorskip("scipy.optimize")

# Relative mean-square errors of 1, 2, ... maps with K = 2, three digits. From n = 5 on computed
# here by mpmath (see below); the last one is exactly 0.
NARROW = Mixture([-1.0, 1.0], sigma0="1/4", beta=5)
WIDE = Mixture([-2.0, 2.0], sigma0="1/2", beta=5)
PRINTED = {1: 3.44e-2, 2: 9.93e-3, 3: 2.84e-3, 4: 7.78e-4, 5: 1.98e-4, 6: 4.39e-5, 8: 7.71e-7}


@pytest.fixture(scope="module")
def narrow():
    return flow_table(NARROW, 1)


@cache
def three_modes():
    return flow_table(Mixture([-2.0, 0.5, 3.0], [0.5, 0.2, 0.3], "1/2", 2), "1/2", 101)


@cache
def four_thousand(mixture):
    return flow_table(mixture, 1, 4001)


@pytest.fixture
def lopsided():
    return three_modes()


def rising(seed, n):
    """Random increasing data with steep parts."""
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.uniform(0.05, 1, n))
    f = np.cumsum(rng.choice([0.0, 0.1, 0.5, 4.0], n) * rng.uniform(0, 1, n))
    return x, f, rng.uniform(0.1, 2, n), float(rng.uniform(0.2, 3))


def stairs(x):
    """Matrix that makes values from a first value and slopes between points."""
    steps = np.tril(np.ones((len(x), len(x))))
    steps[:, 1:] *= np.diff(x)
    return steps


def best_by_quadratic_programme(x, f, weights, K):
    """All piecewise-linear K-Lipschitz maps, increasing or not: slopes in [-K, K]."""
    roots = np.sqrt(weights)
    found = optimize.lsq_linear(
        stairs(x) * roots[:, None],
        f * roots,
        (np.append(-np.inf, np.full(len(x) - 1, -K)), np.append(np.inf, np.full(len(x) - 1, K))),
        method="bvls",
        tol=1e-14,
    )
    return 2 * found.cost


def best_by_linear_programme(x, f, K):
    """The same for the largest error."""
    steps, n = stairs(x), len(x)
    away = np.ones((n, 1))
    found = optimize.linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.block([[steps, -away], [-steps, -away]]),
        b_ub=np.append(f, -f),
        bounds=[(None, None), *[(-K, K)] * (n - 1), (0, None)],
    )
    return found.fun


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 14))
def test_programmes_over_all_lipschitz_maps_find_the_same(seed, n):
    x, f, weights, K = rising(seed, n)
    assert best_by_linear_programme(x, f, K) == pytest.approx(sup_mismatch(x, f, K), abs=1e-7)
    best = float(weights @ (f - square_student(x, f, weights, K)) ** 2)
    assert best_by_quadratic_programme(x, f, weights, K) == pytest.approx(best, rel=1e-7, abs=1e-9)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 30))
def test_students_are_lipschitz_and_attain_their_bounds(seed, n):
    x, f, weights, K = rising(seed, n)
    for student in (sup_student(x, f, K), square_student(x, f, weights, K)):
        slopes = np.diff(student) / np.diff(x)
        assert np.all(slopes <= K + 1e-9)
        assert np.all(slopes >= -1e-9)
    assert np.abs(f - sup_student(x, f, K)).max() == pytest.approx(sup_mismatch(x, f, K), abs=1e-12)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 30))
def test_the_student_of_the_supremum_norm_is_the_mean_of_both_extensions(seed, n):
    x, f, _, K = rising(seed, n)
    away = K * np.abs(x[:, None] - x)
    both = np.min(f + away, axis=1) + np.max(f - away, axis=1)
    assert np.allclose(sup_student(x, f, K), both / 2, rtol=0, atol=1e-12)
    mirrored = -sup_student(-x[::-1], -f[::-1], K)[::-1]  # the student of -f(-x), reflected
    assert np.allclose(mirrored, sup_student(x, f, K), rtol=0, atol=1e-12)


def test_exact_pooling_finds_the_same():
    for seed in range(20):
        x, f, weights, K = rising(seed, 12)
        exactly = pooled([*map(Fraction, f - K * x)], [*map(Fraction, weights)])
        assert np.allclose(square_student(x, f, weights, K), [float(h) for h in exactly] + K * x)


def test_projected_gradients_on_the_flow_map_stay_above_the_bound(lopsided):
    """Random starts, also far from increasing, on the weighted nodes of a real map."""
    x, f, weights = lopsided.x, lopsided.f, lopsided.weights
    rng, steps = np.random.default_rng(0), stairs(lopsided.x)
    weighted = steps * np.sqrt(weights)[:, None]
    pace = 1 / np.linalg.norm(weighted, 2) ** 2
    for K in (0.7, 1.5, 3.0):
        bound = mismatch(lopsided, K).mean_square * lopsided.square
        costs = []
        for _ in range(4):
            z = old = rng.uniform(-K, K, len(x))
            for k in range(3000):  # Nesterov's accelerated projected gradients
                ahead = z + k / (k + 3) * (z - old)
                new = ahead - pace * weighted.T @ (weighted @ ahead - np.sqrt(weights) * f)
                new[1:] = np.clip(new[1:], -K, K)
                old, z = z, new
            costs.append(float(weights @ (steps @ z - f) ** 2))
        assert min(costs) >= bound * (1 - 1e-9)
        assert min(costs) <= bound * 1.2  # the search is not idle


@pytest.mark.parametrize("K", [0.5, 1.3, 2.0])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_random_compositions_never_beat_one_steeper_map(lopsided, K, n):
    """n piecewise-linear K-Lipschitz maps in a row, slopes of any sign or as steep as allowed."""
    rng, bound = np.random.default_rng(n), mismatch(lopsided, K, n).mean_square
    largest = sup_mismatch(lopsided.x, lopsided.f, K**n)
    for _ in range(200):
        values = lopsided.x
        for _ in range(n):
            knots = np.sort(rng.uniform(-3, 3, 12))
            slopes = rng.choice([-K, 0.3 * K, K, K], 11)
            heights = np.append(0.0, np.cumsum(slopes * np.diff(knots)))
            values = np.interp(values, knots, heights - np.interp(0, knots, heights))
        assert lopsided.mean_square(values - lopsided.f) >= bound
        assert np.abs(values - lopsided.f).max() >= largest


@pytest.mark.parametrize("n", [2, 3])
def test_roots_of_the_slopes_compose_to_the_best_map(lopsided, n):
    """The bound for n maps is attained: student j has the slopes ``g'^(1/n)`` of the best g."""
    x, f, K = lopsided.x, lopsided.f, 1.3
    best = square_student(x, f, lopsided.weights, K**n)
    slopes = np.maximum(np.diff(best) / np.diff(x), 1e-12)  # flat parts need a place to go
    values, knots = x, x
    for j in range(1, n + 1):
        heights = np.append(0.0, np.cumsum(slopes ** (j / n) * np.diff(x)))
        assert np.all(np.diff(heights) <= K * np.diff(knots) * (1 + 1e-9))
        values, knots = np.interp(values, knots, heights), heights
    error = lopsided.mean_square(values + best[0] - f)
    assert error == pytest.approx(mismatch(lopsided, K, n).mean_square, rel=1e-6)


@pytest.mark.parametrize("n", PRINTED)
def test_table_of_two_modes(narrow, n):
    found = mismatch(narrow, 2, n)
    assert found.mean_square == pytest.approx(PRINTED[n], rel=0.006)
    closed = narrow.mean_square(np.maximum(np.abs(narrow.f) - 2.0**n * np.abs(narrow.x), 0))
    assert found.mean_square == pytest.approx(closed, rel=1e-9)
    assert pairing_bound(narrow, 2**n) == pytest.approx(closed, rel=2e-5)
    # Symmetric: the largest error is that of the best point on one side.
    right = narrow.x > 0
    assert found.sup == pytest.approx(np.max((narrow.f - 2.0**n * narrow.x)[right]), rel=1e-5)


def test_ten_and_eleven_steps_are_exact(narrow):
    assert [mismatch(narrow, 2, n).mean_square == 0 for n in (9, 10, 11)] == [False, True, True]
    wide = flow_table(WIDE, 1, 2001)
    assert mismatch(wide, 2).mean_square == pytest.approx(0.119, abs=5e-4)
    assert mismatch(wide, 2, 8).mean_square == pytest.approx(7.605e-6, rel=1e-3)
    assert mismatch(wide, 2, 10).mean_square > 0 == mismatch(wide, 2, 11).mean_square
    for mixture, table, steps in ((NARROW, narrow, 10), (WIDE, wide, 11)):
        B = Stability.of(mixture).coordinate(1, "one-sided")
        assert steps_needed(B, 2) == steps_needed(table.log_lipschitz, 2) == steps
        assert steps_needed(B, math.exp(B / 4)) == 4
        assert steps_needed(B, math.exp(B / 4) * 0.999) == 5


@pytest.mark.parametrize(("n", "digits"), [(5, 5), (8, 5)])
def test_table_by_mpmath(narrow, n, digits):
    """The closed formula by quadrature over the data, where ``x = F_t^{-1}(F_0(y))``."""
    with mpmath.workdps(20):
        u, v0 = mpmath.exp(-10), mpmath.mpf(1) / 16
        s, signal, slope = mpmath.sqrt(1 + (v0 - 1) * u), mpmath.exp(-5), mpmath.mpf(2) ** n

        def tail(x, mean, width):
            scale = width * mpmath.sqrt(2)
            return (mpmath.erfc((x - mean) / scale) + mpmath.erfc((x + mean) / scale)) / 4

        def back(y):
            level = mpmath.log(tail(y, 1, mpmath.mpf(1) / 4))
            return mpmath.findroot(
                lambda x: mpmath.log(tail(x, signal, s)) - level, (y / 2000, 1), "anderson"
            )

        def excess(y):
            density = mpmath.npdf(y, 1, 0.25) + mpmath.npdf(y, -1, 0.25)
            return (y - slope * back(y)) ** 2 * density / 2 if y else mpmath.mpf(0)

        end = mpmath.findroot(lambda y: y - slope * back(y), (0.15, 0.5), "anderson", tol=1e-12)
        found = 2 * mpmath.quad(excess, mpmath.linspace(0, end, 4)) / (1 + v0)
    value = mismatch(narrow, 2, n).mean_square
    assert value == pytest.approx(float(found), rel=0.5 * 10.0 ** (1 - digits))


def test_error_of_the_table_falls_at_second_order():
    best = mismatch(flow_table(NARROW, 1, 32001), 2, 3).mean_square
    gaps = [mismatch(flow_table(NARROW, 1, n), 2, 3).mean_square - best for n in (1001, 4001)]
    assert gaps[0] / gaps[1] > 8
    assert abs(gaps[1]) < 1e-4 * best


def test_steps_compose(lopsided):
    for n in (2, 3):
        together, once = mismatch(lopsided, 1.1, n), mismatch(lopsided, 1.1**n)
        assert together.mean_square == pytest.approx(once.mean_square, rel=1e-9)
        assert together.sup == pytest.approx(once.sup, rel=1e-9)
    errors = [mismatch(lopsided, 1.1, n).mean_square for n in range(1, 8)]
    assert errors == sorted(errors, reverse=True)


@settings(max_examples=20)
@given(st.floats(-3, 3), st.floats(0.3, 4))
def test_pairing_is_a_lower_bound(centre, K):
    table = three_modes()
    assert pairing_bound(table, K, centre) <= mismatch(table, K).mean_square * (1 + 1e-3) + 1e-9


def test_nodes_carry_the_law(narrow, lopsided):
    for table in (narrow, lopsided):
        assert table.weights.sum() == pytest.approx(1, abs=1e-12)
        assert table.weights @ table.f**2 == pytest.approx(table.square, rel=2e-3)
        inner = np.abs(table.x) < 3
        there = transport(table.mixture, table.x[inner], table.t)
        assert np.allclose(there, table.f[inner], atol=1e-9)


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.floats(0.02, 2), st.floats(0.01, 1))
def test_tables_of_random_mixtures(seed, sigma0, t):
    rng = np.random.default_rng(seed)
    K = int(rng.integers(1, 5))
    mixture = Mixture(rng.normal(0, 3, K), rng.dirichlet(np.ones(K) * 2), sigma0)
    table = flow_table(mixture, t, 301)
    assert table.weights.sum() == pytest.approx(1, abs=1e-12)
    assert np.all(np.diff(table.x) > 0)
    assert np.all(np.diff(table.f) >= 0)
    assert table.weights @ table.f**2 == pytest.approx(table.square, rel=0.02)
    errors = [mismatch(table, K).mean_square for K in (0.3, 1, 3, 1e3)]
    assert errors == sorted(errors, reverse=True)


def test_a_jump_in_an_empty_gap_counts():
    """Its nodes carry next to no probability, yet the largest error is made there."""
    far = Mixture([-3.0, 40.0], [0.99, 0.01], "1/10", 1)
    ends = np.array([7.05375, 7.055])
    found = mismatch(flow_table(far, 1), 4).sup
    assert found >= sup_mismatch(ends, transport(far, ends, 1), 4) > 20.59
    x = np.linspace(-5, 20, 20001)
    assert found >= sup_mismatch(x, transport(far, x, 1), 4)


@pytest.mark.parametrize(
    "mixture",
    [
        Mixture([-3.0, 40.0], [0.99, 0.01], "1/10", 1),
        Mixture([-60.0, 0.0, 50.0], [0.01, 0.98, 0.01], "1/5", 1),
        Mixture([-1.0, 1.5], [0.3, 0.7], "1/4", 1),
        Mixture([-2.0, 0.5, 3.0], [0.5, 0.2, 0.3], "1/2", 2),
    ],
    ids=["far", "three far", "near", "three near"],
)
@settings(max_examples=10)
@given(seed=st.integers(0, 10**6), K=st.floats(1, 8))
def test_plain_points_never_need_more(mixture, seed, K):
    table = four_thousand(mixture)
    means = mixture.signal(1) * mixture.means[:, 0]
    rng = np.random.default_rng(seed)
    x = np.unique(rng.uniform(means.min() - 3, means.max() + 3, int(rng.integers(2, 2000))))
    f = np.maximum.accumulate(transport(mixture, x, 1))
    # At the foot of a steep jump the nodes of narrow modes cost up to 4e-4 of the value.
    assert mismatch(table, K).sup >= sup_mismatch(x, f, K) * (1 - 1e-3) - 1e-5


def test_nodes_without_mass_do_not_move_the_best_fit():
    x, f, weights, K = rising(7, 12)
    bare = weights.copy()
    bare[[0, 4, 5, 11]] = 0
    seen = bare > 0
    student = square_student(x, f, bare, K)
    assert np.array_equal(student[seen], square_student(x[seen], f[seen], bare[seen], K))
    assert np.all(np.diff(student) <= K * np.diff(x) + 1e-9)


def test_counts_beyond_the_limit_are_not_printed():
    mixture = Mixture([-1.0, 1.0], sigma0="1/4", beta=5)
    assert "only more than 1,000,000 in a row can be exact" in str(
        mismatch_table(mixture, 1, 1 + 1e-15)
    )


def test_masses_in_a_gap():
    """Each interval by quadrature of the density, where F is 0.99 to all digits."""
    mixture = Mixture([-3.0, 40.0], [0.99, 0.01], "1/10", 1)
    edges = np.array([5.0, 6.0, 7.0, 7.05375, 7.055, 8.0, 9.0])
    found = masses(mixture, edges, 1)
    signal, width = mixture.signal(1), math.sqrt(mixture.variance(1))

    def density(y):
        return 0.99 * mpmath.npdf(y, -3 * signal, width) + 0.01 * mpmath.npdf(y, 40 * signal, width)

    for mass, ends in zip(found[1:-1], pairwise(edges.tolist()), strict=True):
        assert mass == pytest.approx(float(mpmath.quad(density, ends)), rel=1e-11)


def test_masses_of_intervals():
    mixture = Mixture([-2.0, 0.5, 3.0], [0.5, 0.2, 0.3], "1/2", 2)
    edges = np.linspace(-30, 30, 601)
    found = masses(mixture, edges, 0.3)
    assert found.sum() == pytest.approx(1, abs=1e-13)
    assert np.all(found[1:-1] > 0)  # far into both tails
    mirrored = masses(Mixture(-mixture.means, mixture.weights, "1/2", 2), edges, 0.3)
    assert np.allclose(found, mirrored[::-1], rtol=1e-10, atol=0)


@pytest.mark.parametrize("z", [0.01, 0.3, 0.999, 1.001, 2.5, 40.0])
def test_vanishing_width(z):
    with mpmath.workdps(40):
        exactly = 2 * mpmath.quad(lambda y: (z - y) ** 2 * mpmath.npdf(y), [0, min(z, 6), z])
    assert vanishing_width(z, 1) == pytest.approx(float(exactly), rel=1e-13)
    assert vanishing_width(3 * z, 3) == pytest.approx(9 * float(exactly), rel=1e-13)


def test_the_limit_is_reached():
    gaps = []
    for sigma0 in ("1/10", "1/30", "1/90"):
        table = flow_table(Mixture([-1.5, 1.5], sigma0=sigma0, beta=5), 2, 4001)
        gaps.append(mismatch(table, 2).mean_square * table.square - vanishing_width(1.5, 2))
    # Of first order in the width.
    assert all(a / b == pytest.approx(3, abs=0.2) for a, b in pairwise(gaps))
    assert abs(gaps[-1]) < 0.05 * vanishing_width(1.5, 2)
    small = math.sqrt(2 / math.pi) / 3
    assert vanishing_width(2, 4000) == pytest.approx(small * 8 / 4000, rel=1e-6)


def test_wide_components_are_out_of_reach_everywhere():
    """Far out the map is sigma0/s_t steep: beyond any flatter student in the supremum norm."""
    table = flow_table(Mixture([-1.0, 1.0], sigma0=3, beta=5), 1, 501)
    assert mismatch(table, 2).sup == math.inf
    assert 0 < mismatch(table, 2).mean_square < 1
    assert mismatch(table, 3.1, 2).sup == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: sup_mismatch([0.0, 1.0], [1.0, 0.0], 1), "f must not decrease"),
        (lambda t: sup_mismatch([0.0, 0.0], [1.0, 1.0], 1), "x must increase"),
        (lambda t: sup_mismatch([0.0], [1.0, 2.0], 1), "equal length"),
        (lambda t: sup_mismatch([], [], 1), "equal length"),
        (lambda t: sup_mismatch([0.0, np.inf], [1.0, 2.0], 1), "finite"),
        (lambda t: sup_student([0.0, 1.0], [0.0, 1.0], 0), "K must be > 0"),
        (lambda t: square_student([0.0, 1.0], [0.0, 1.0], [1.0, -1.0], 1), "weights must"),
        (lambda t: square_student([0.0, 1.0], [0.0, 1.0], [0.0, 0.0], 1), "weights must"),
        (lambda t: mismatch(t, "x"), "K must be a number"),
        (lambda t: mismatch(t, 2, 0), "steps must"),
        (lambda t: mismatch(t, "1/2", 10**5), "K, steps must"),
        (lambda t: pairing_bound(t, 2, "nan"), "centre must"),
        (lambda t: steps_needed(3.0, -1), "K must be > 0"),
        (lambda t: vanishing_width(0, 2), "size must be > 0"),
        (lambda t: flow_table(Mixture([[0.0, 1.0]]), 1), "one dimension"),
        (lambda t: flow_table(NARROW, -1), "t must be >= 0"),
        (lambda t: flow_table(NARROW, 1, 2), "nodes must"),
        (lambda t: masses(NARROW, [1.0, 0.0], 1), "edges must increase"),
    ],
)
def test_bad_values(lopsided, call, words):
    with pytest.raises(InputError, match=words):
        call(lopsided)


def test_command_line(tmp_path, capsys):
    path = tmp_path / "two.json"
    write_mixture(NARROW, path)
    assert main(["mixture", str(path), "--mismatch", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["needed"] == len(found["rows"]) == 10
    assert found["rows"][1]["mean_square"] == pytest.approx(PRINTED[2], rel=0.006)
    assert main(["mixture", str(path), "--mismatch", "1", "--T", "1/2"]) == 0
    text = capsys.readouterr().out
    assert "no number of them is exact" in text
    assert text.count("\n") == 5
    write_mixture(Mixture([[0.0, 1.0]]), path)
    for value in ("2", "-2", "x"):
        assert main(["mixture", str(path), "--mismatch", value]) == 2
        assert capsys.readouterr().err.count("\n") == 1
