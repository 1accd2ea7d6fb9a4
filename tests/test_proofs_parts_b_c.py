"""Second opinions on parts B and C of the ledger: simulation, integration, other formulas.

The ledger's own checks are run by test_ledger; here the formulas meet computations that share
nothing with them.
"""

from fractions import Fraction
from itertools import pairwise
from math import exp, log, prod, sqrt
from random import Random

import numpy as np
import pytest
import sympy

from proofs.ledger import run
from proofs.theorems import (
    b1_coordinate,
    b1_isotonic,
    b1_mismatch_sup,
    b1_two_modes,
    c1_momentum,
    c1_sgd_momentum,
    c1_sgd_plans,
    c1_sign_plans,
    c2_sgd_ema,
    c3_chain,
    c3_sequential,
    c4_boot_split,
    c4_split,
    c6_not_exact,
    load,
    names,
)
from symmerge.flow.stability import Stability
from symmerge.plan import boot, consistency, enumerate_plans, vanilla
from symmerge.verdict import Refuted

# --- Part B ---


def velocity(x, t, means, weights, sigma, beta=1.0, sigma_inf=1.0):
    """Probability-flow velocity of a mixture on the line."""
    u = exp(-2 * beta * t)
    v = sigma_inf**2 + (sigma**2 - sigma_inf**2) * u
    m = sqrt(u) * np.asarray(means)
    logs = np.log(weights) - (x[..., None] - m) ** 2 / (2 * v)
    gamma = np.exp(logs - logs.max(-1, keepdims=True))
    gamma /= gamma.sum(-1, keepdims=True)
    return -beta * (x - sigma_inf**2 * (x - gamma @ m) / v)


def backwards(x, t, steps=4000, **mixture):
    """The flow map from time t to 0 by Runge-Kutta, graded towards 0."""
    grid = t * np.linspace(1, 0, steps + 1) ** 3
    for now, then in pairwise(grid):
        h = then - now
        k1 = velocity(x, now, **mixture)
        k2 = velocity(x + h / 2 * k1, now + h / 2, **mixture)
        k3 = velocity(x + h / 2 * k2, now + h / 2, **mixture)
        k4 = velocity(x + h * k3, then, **mixture)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x


def closed(name, **values):
    """A closed form of the coordinate files at a point."""
    point = {b1_coordinate.V0: values["v0"], b1_coordinate.W: values["w"]}
    point |= {b1_coordinate.U: values["u"], b1_coordinate.D2: values["square"]}
    return float(sympy.sympify(name).subs(point).evalf())


@pytest.mark.parametrize("sigma", [0.25, 0.6, 1.5])
@pytest.mark.parametrize("sigma_inf", [1.0, 0.7])
def test_stretch_of_two_modes_by_integration(sigma, sigma_inf):
    """Slope of the flow map at 0 against the one-sided coordinate."""
    t, gap = 1.5, 1e-7
    mixture = {"means": [-1.0, 1.0], "weights": [0.5, 0.5], "sigma": sigma, "sigma_inf": sigma_inf}
    ends = backwards(np.array([-gap, gap]), t, **mixture)
    slope = (ends[1] - ends[0]) / (2 * gap)
    values = {"v0": sigma**2, "w": sigma_inf**2, "u": exp(-2 * t), "square": 4.0}
    B = closed(b1_two_modes.ONE_SIDED, **values)
    assert log(slope) == pytest.approx(B, abs=1e-5)
    A = closed(b1_coordinate.coordinate(1 if sigma >= sigma_inf else -1), **values)
    assert log(slope) <= A + 1e-5


def test_weights_make_it_strict():
    """With weights .8/.2 no slope reaches exp B: the gap in the logarithm is .07."""
    mixture = {"means": [-2.0, 2.0], "weights": [0.8, 0.2], "sigma": 1.0}
    x = np.linspace(-3, 3, 1201)
    t = 2.5
    slopes = np.diff(backwards(x, t, steps=1500, **mixture)) / np.diff(x)
    values = {"v0": 1.0, "w": 1.0, "u": exp(-2 * t), "square": 16.0}
    gap = closed(b1_two_modes.ONE_SIDED, **values) - log(slopes.max())
    assert 0.03 < gap < 0.12


@pytest.mark.parametrize(
    ("sigma", "square"), [(0.01, 4.0), (0.3, 25.0), (1.00001, 9.0), (2.5, 1.0)]
)
def test_nodes_share_the_coordinate_evenly(sigma, square):
    v0, beta, T, n = sigma * sigma, 5.0, 1.0, 8

    def A(t):
        u = exp(-2 * beta * t)
        v = 1 + (v0 - 1) * u
        return abs(log(v0 / v)) / 2 + square / 8 * (1 - u) / (v0 * v)

    flow = Stability(sigma, sqrt(square), beta)
    nodes = [flow.inverse(k / n * A(T)) for k in range(1, n)]
    assert nodes == sorted(nodes)
    for k, t in enumerate(nodes, start=1):
        assert A(t) == pytest.approx(k / n * A(T), rel=1e-9)


def test_mismatch_against_linear_programming():
    """The supremum-norm distance by bisection on the feasibility of a tube."""
    rng = Random(4)
    for _ in range(20):
        x = sorted({Fraction(rng.randint(0, 50), 5) for _ in range(6)})
        f = sorted(Fraction(rng.randint(-30, 30)) for _ in x)
        K = Fraction(rng.randint(1, 8), 2)
        delta = b1_mismatch_sup.half_defect(x, f, K)

        def fits(d, x=x, f=f, K=K):
            low, high = f[0] - d, f[0] + d
            for i in range(1, len(x)):  # values that a K-Lipschitz map in the tube can have
                reach = K * (x[i] - x[i - 1])
                low, high = max(low - reach, f[i] - d), min(high + reach, f[i] + d)
                if low > high:
                    return False
            return True

        assert fits(delta)
        assert delta == 0 or not fits(delta * Fraction(999, 1000))


def test_isotonic_beats_every_feasible_map():
    rng = Random(6)
    x, w = [Fraction(i) for i in range(6)], [Fraction(rng.randint(1, 9)) for _ in range(6)]
    f, K = [Fraction(n) for n in (0, 1, 7, 8, 8, 20)], Fraction(2)

    def cost(g):
        return sum(c * (a - b) ** 2 for a, b, c in zip(f, g, w, strict=True))

    h = b1_isotonic.pooled([b - K * a for a, b in zip(x, f, strict=True)], w)
    best = cost([a + K * b for a, b in zip(h, x, strict=True)])
    for _ in range(300):
        g = [Fraction(rng.randint(-20, 20), 5)]
        for _ in range(5):
            g.append(g[-1] + K * Fraction(rng.randint(-10, 10), 10))
        shift = sum(c * (a - b) for a, b, c in zip(f, g, w, strict=True)) / sum(w)
        assert cost([b + shift for b in g]) >= best


# --- Part C ---


def test_sgd_by_simulation():
    """Mean and second moment of 40000 runs, within five standard errors."""
    rng = np.random.default_rng(11)
    v, eta, size, count, runs = 1.3, 0.2, 3, 5, 40_000
    r = np.ones(runs)
    for _ in range(count):
        z = rng.normal(0, sqrt(v), (runs, size))
        r *= 1 - 2 * eta * (z**2).mean(1)
    x = 2 * eta * v
    q = (1 - x) ** 2 + 2 * x * x / size
    for found, wanted in ((r, (1 - x) ** count), (r * r, q**count)):
        assert abs(found.mean() - wanted) < 5 * found.std() / sqrt(runs)


def test_sgd_plan_by_simulation():
    """Mean and second moment of a merged operator with real minibatches."""
    rng = np.random.default_rng(12)
    a, runs, size, count = [0.8, 0.9, 1.1], 40_000, 4, 3
    x = 0.5

    def factor():
        return np.prod(1 - x * (rng.normal(size=(runs, count, size)) ** 2).mean(2), axis=1)

    rho = factor()
    second = a[1] * ((1 - rho) * a[0] + rho)
    rho = factor()
    M = a[2] * ((1 - rho) * second + rho)
    q = (1 - x) ** 2 + 2 * x * x / size
    exact = [Fraction(n).limit_denominator(1000) for n in a]
    g, q_N = [Fraction((1 - x) ** count)] * 3, [Fraction(q**count)] * 3
    mean, square = c1_sgd_plans.moments(consistency(3), exact, g, q_N)
    assert abs(M.mean() - float(mean)) < 5 * M.std() / sqrt(runs)
    assert abs((M * M).mean() - float(square)) < 5 * (M * M).std() / sqrt(runs)


@pytest.mark.parametrize("method", [c1_momentum.heavy_ball, c1_momentum.nesterov])
def test_momentum_for_many_steps(method):
    """Forty steps against the trigonometric form of the Chebyshev polynomials."""
    x, beta, n = 0.3, 0.6, 40
    value = float(method(n, sympy.Rational(3, 10), sympy.Rational(3, 5)))
    b = beta if method is c1_momentum.heavy_ball else beta * (1 - x)
    c = (1 + b - x) / (2 * sqrt(b)) if b == beta else (1 + beta) * (1 - x) / (2 * sqrt(b))
    phi = np.arccos(complex(c))
    U = [np.sin((k + 1) * phi) / np.sin(phi) for k in (n, n - 1)]
    assert (b ** (n / 2) * (U[0] - sqrt(b) * U[1])).real == pytest.approx(value, rel=1e-9)


def test_noisy_momentum_by_simulation():
    rng = np.random.default_rng(13)
    x, beta, size, runs, count = 0.6, 0.5, 2, 60_000, 6
    before, now = np.ones(runs), np.ones(runs)
    state = np.ones(3)
    for _ in range(count):
        xi = (rng.normal(size=(runs, size)) ** 2).mean(1)
        before, now = now, (1 + beta - x * xi) * now - beta * before
        state = np.array(c1_sgd_momentum.moment_matrix(x, beta, size), dtype=float) @ state
    assert abs((now**2).mean() - state[0]) < 5 * (now**2).std() / sqrt(runs)


def test_averaged_sgd_by_all_outcomes():
    """E e_N^2 with two-point factors, over all outcomes."""
    rho, d, k = Fraction(2, 5), Fraction(1, 2), Fraction(1, 3)
    q, count, total = rho**2 + d**2, 4, Fraction(0)
    for outcome in range(2**count):
        r = e = Fraction(1)
        for n in range(count):
            r *= rho + (d if outcome >> n & 1 else -d)
            e = (1 - k) * e + k * r
        total += e * e
    assert c2_sgd_ema.averaged(count, k, rho, q) == total / 2**count


def test_chain_by_integration():
    """The formula for all times at once against Runge-Kutta on the equations."""
    a = [0.7, 0.8, 0.9, 0.95]
    k, S, n = np.array([0.0, 0.4, 0.9, 1.7]), 2.0, 2000
    b = [float(e) for e in c3_sequential.initial([Fraction(str(s)) for s in a])]
    e = np.array(b)

    def slope(e):
        return k * (np.concatenate([[0.0], e[:-1]]) - e)

    for _ in range(n):
        h = S / n
        k1 = slope(e)
        k2 = slope(e + h / 2 * k1)
        k3 = slope(e + h / 2 * k2)
        e = e + h / 6 * (k1 + 2 * k2 + 2 * k3 + slope(e + h * k3))
    rates = {t: Fraction(str(k[t - 1])) for t in (2, 3, 4)} | {1: Fraction(0)}
    value = 0.0
    for j in (2, 3, 4):
        terms = (
            float(c3_chain.weight(rates, j, 4, m)) * exp(-float(rates[m]) * S) for m in range(j, 5)
        )
        value += b[j - 1] * sum(terms)
    assert value == pytest.approx(e[-1], abs=1e-10)
    law = c3_chain.uniformised([0.0, 0.0, 0.4, 0.9, 1.7], S, 4)
    assert sum(p * x for p, x in zip(law[1:], b, strict=True)) == pytest.approx(e[-1], abs=1e-10)


def test_sign_flow_at_both_ends():
    """With no time nothing moves; with enough time every plan is exact."""
    a = [Fraction(1, 2), Fraction(3, 4), Fraction(5, 4), Fraction(1)]
    for plan in enumerate_plans(4):
        assert c1_sign_plans.merged(plan, a, [Fraction(0)] * 4) == a[-1]
        assert c1_sign_plans.merged(plan, a, [Fraction(10)] * 4) == prod(a)


def test_splits_against_each_other():
    """BOOT's exact split approaches the first-order one when errors are small."""
    x, budget = [0.02, 0.05, 0.08], 20.0
    g = c4_boot_split.water_filled(x, budget)
    _, first_order = c4_split.optimum(x, [1.0] * 3, budget / 2)
    assert c4_boot_split.error(x, g) == pytest.approx(first_order, rel=1e-2)
    assert prod(g) == pytest.approx(exp(-budget))


def test_budget_reference_plans():
    """Vanilla and BOOT of three steps with given factors, by hand."""
    a, g, q = (
        [Fraction(1, 2), Fraction(3, 4), Fraction(1)],
        [Fraction(1, 3)] * 3,
        [Fraction(1, 9)] * 3,
    )
    means = [c1_sgd_plans.moments(plan(3), a, g, q)[0] for plan in (vanilla, boot)]
    third, rest = Fraction(1, 3), Fraction(2, 3)
    assert means == [rest * a[0] * a[1] + third, (rest * a[0] + third) * (rest * a[1] + third)]


def test_two_steps_as_series():
    """The exact Taylor coefficients against the composite itself."""
    c = [float(b) for b in c6_not_exact.composite(Fraction(1, 4))]
    x = 0.01
    y = x
    for t in (2, 1):
        (before, noise), (alpha, sigma) = (
            (float(p), float(q)) for p, q in (c6_not_exact.LEVELS[t - 1], c6_not_exact.LEVELS[t])
        )
        v = alpha**2 / 4 + sigma**2
        a = (alpha * before / 4 + sigma * noise) / v
        y = a * y + (before - a * alpha) * np.tanh(alpha * y / v)
    assert sum(b * x**n for n, b in enumerate(c)) == pytest.approx(y, rel=1e-13)


# --- The ledger can fail ---


@pytest.mark.parametrize(
    ("module", "attribute", "wrong"),
    [
        (c1_sgd_plans, "moments", lambda *_: (Fraction(0), Fraction(0))),
        (c3_sequential, "trained", lambda a, updates: Fraction(updates[-1][0])),
        (b1_isotonic, "pooled", lambda y, weights: y),
        (c4_split, "optimum", lambda y, v, total: ([], 10.0)),
        (c1_sign_plans, "boot", vanilla),
    ],
)
def test_a_wrong_formula_is_refuted(monkeypatch, module, attribute, wrong):
    monkeypatch.setattr(module, attribute, wrong)
    report = run(module.THEOREM)
    assert not report.holds
    assert isinstance(report.verdict, Refuted)


def test_only_observations_are_undecided():
    parts = [load(name) for name in names() if name[0] in "bc"]
    assert {theorem.standing for theorem in parts if theorem.expected == "undecided"} <= {"N", "A"}
