"""Shrinkage laws: against recursions, the ledger's formulas and ODEs, in every number type."""

from fractions import Fraction
from random import Random

import mpmath
import numpy as np
import pytest
import sympy

from proofs.theorems.c1_momentum import factor, heavy_ball, nesterov
from proofs.theorems.c1_sgd_momentum import edge, moment_matrix
from proofs.theorems.c1_sign_descent import descend
from proofs.theorems.c2_sgd_ema import averaged
from symmerge.chain import build_chain
from symmerge.dynamics.adaptive import AdaGrad, SignDescent
from symmerge.dynamics.averaging import EMA
from symmerge.dynamics.laws import SGD, GradientDescent
from symmerge.dynamics.momentum import HeavyBall, Nesterov
from symmerge.dynamics.named import LAWS, named_law
from symmerge.dynamics.powers import excess_power, matrix_power, momentum_power, power_pair
from symmerge.errors import InputError
from symmerge.numbers import EXACT, FLOAT, SYMBOLIC, balls, multiprecision
from symmerge.phase import edges
from symmerge.schedule import cosine
from symmerge.search import best_plan
from symmerge.student import GradientFlow

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
LINEAR = [
    GradientDescent("1/5", 7),
    GradientDescent("3/4", 6),
    SGD("1/5", 7, 3),
    HeavyBall("1/5", 7, "1/2"),
    HeavyBall("1/10", 7, "4/5", 5),
    Nesterov("1/5", 7, "1/2"),
    Nesterov("1/10", 7, "4/5", 5),
]
EVERY = [
    GradientFlow(2),
    *LINEAR,
    EMA(GradientFlow(2), "1/2"),
    EMA(SGD("1/5", 7, 3), "1/4"),
    EMA(Nesterov("1/10", 7, "4/5", 5), "1/4"),
    SignDescent("1/20", 7),
    AdaGrad("1/20", 7),
    EMA(SignDescent("1/20", 7), "1/4"),
]


def walk(law, v, kappa=None):
    """The mean error after all steps, one step at a time, exactly."""
    x, beta = 2 * law.lr * v, Fraction(getattr(law, "momentum", 0))
    before = now = average = Fraction(1)
    for _ in range(law.steps):
        ahead = now + beta * (now - before)
        after = ahead - x * (ahead if isinstance(law, Nesterov) else now)
        before, now = now, after
        if kappa is not None:
            average += kappa * (now - average)
    return now if kappa is None else average


def second(law, v, kappa):
    """The second moment of the (averaged) error, by moments of all pairs, one step at a time."""
    x, noise, beta = 2 * law.lr * v, Fraction(2, law.size), Fraction(getattr(law, "momentum", 0))
    k = Fraction(1) if kappa is None else kappa
    # State (now, before, average): new = (p + z c) . state for noise z of the given variance.
    ahead = [1 + beta, -beta, Fraction(0)]
    if isinstance(law, Nesterov):
        mean, kick = [(1 - x) * w for w in ahead], [-x * w for w in ahead]
    else:
        mean, kick = [1 + beta - x, -beta, Fraction(0)], [-x, Fraction(0), Fraction(0)]
    rows = [mean, [1, 0, 0], [k * mean[0], k * mean[1], 1 - k]]
    kicks = [kick, [0, 0, 0], [k * w for w in kick]]
    S = [[Fraction(1)] * 3 for _ in range(3)]

    def act(M):
        return [
            [sum(M[i][a] * S[a][b] * M[j][b] for a in range(3) for b in range(3)) for j in range(3)]
            for i in range(3)
        ]

    for _ in range(law.steps):
        plain, extra = act(rows), act(kicks)
        S = [[plain[i][j] + noise * extra[i][j] for j in range(3)] for i in range(3)]
    return S[2][2] if kappa is not None else S[0][0]


@pytest.mark.parametrize("law", LINEAR, ids=str)
@pytest.mark.parametrize("kappa", [None, THIRD, Fraction(1)])
@pytest.mark.parametrize("v", [Fraction(1, 10), HALF, Fraction(1)])
def test_linear_laws_are_their_recursion_exactly(law, kappa, v):
    used = law if kappa is None else EMA(law, kappa)
    g, h = used.factors(v, EXACT)
    assert g == walk(law, v, kappa)
    assert h == 1 - g
    if law.size is not None:
        assert used.second_moment(v, EXACT) == second(law, v, kappa)


def test_momentum_is_the_chebyshev_form_of_the_ledger():
    x, b, root = sympy.symbols("x b r", positive=True)
    for n in range(6):
        c = (1 + b - x) / (2 * root)
        closed = factor(n, c, b, root).subs(b, root**2)
        power, rest = momentum_power(x, root**2, n)
        assert sympy.expand(power - closed) == 0
        assert sympy.expand(power + rest) == 1
        assert sympy.expand(power - heavy_ball(n, x, root**2)) == 0
        ahead = momentum_power(x, b * (1 - x), n)[0]
        assert sympy.expand(ahead - nesterov(n, x, b)) == 0


@pytest.mark.parametrize("law", [HeavyBall, Nesterov])
@pytest.mark.parametrize("x", ["0.001", "0.05", "0.5", "1.2"])
@pytest.mark.parametrize("beta", ["0.5", "0.9", "0.99"])
def test_momentum_by_chebyshev_polynomials_in_balls(law, x, beta):
    """Real and complex regime: U_n by its defining recursion with 300 more bits."""
    N = 200
    field, fine = balls(128), multiprecision(120)
    made = law(Fraction(x) / 2, N, beta)
    with field.working():
        ball = made.factors(field.number(1), field)[0]
    mp = fine.context
    X, B = mp.mpf(x), mp.mpf(beta)
    b = B if law is HeavyBall else B * (1 - X)
    root = mp.sqrt(b)  # imaginary for x > 1
    c = (1 + b - X) / (2 * root)
    before, now = mp.mpf(0), mp.mpf(1)
    for _ in range(N):
        before, now = now, 2 * c * now - before
    value = mp.re(root**N * (now - root * before))
    assert abs(mp.mpf(ball.mid().str(60, radius=False)) - value) < 1e-25
    assert float(ball.rad()) < 1e-25
    assert float(made.factors(1.0, FLOAT)[0]) == pytest.approx(float(value), abs=1e-11)


@pytest.mark.parametrize("law", EVERY, ids=str)
def test_all_number_types_agree(law):
    v = Fraction(7, 10)
    g, h = law.factors(float(v), FLOAT)
    field, fine = balls(192), multiprecision(40)
    with field.working():
        ball = law.factors(field.number(v), field)
    precise = law.factors(fine.number(v), fine)
    for f, b, m in zip((g, h), ball, precise, strict=True):
        assert float(f) == pytest.approx(float(m), rel=1e-13)
        assert float(b.mid()) == pytest.approx(float(m), rel=1e-14)
        assert float(b.rad()) < 1e-40
    vs = np.array([0.7, 0.3])
    assert law.factors(vs, FLOAT)[0][0] == pytest.approx(float(g), rel=1e-13)


def test_laws_are_formulas_too():
    v = sympy.Symbol("v", positive=True)
    law = GradientDescent("1/4", 3)
    assert sympy.expand(law.factors(v, SYMBOLIC)[0] - (1 - v / 2) ** 3) == 0
    law = EMA(GradientFlow(1), 2)
    closed = (2 * sympy.exp(-2 * v) - 2 * v * sympy.exp(-2)) / (2 - 2 * v)
    assert sympy.simplify(law.factors(v, SYMBOLIC)[0] - closed) == 0
    at_limit = law.factors(sympy.Integer(1), SYMBOLIC)[0]
    assert sympy.simplify(at_limit - 3 * sympy.exp(-2)) == 0


def test_descent_keeps_its_digits_for_many_small_steps():
    g, h = GradientDescent("1e-9", 10**6).factors(np.array([1e-12, 1e-3, 0.5]), FLOAT)
    for value, complement, v in zip(g, h, ("1e-12", "1e-3", "0.5"), strict=True):
        field = multiprecision(50)
        true = (1 - 2 * field.number(Fraction(v)) / 10**9) ** 10**6
        assert float((value - true) / true) == pytest.approx(0, abs=1e-15)
        assert float((complement - (1 - true)) / (1 - true)) == pytest.approx(0, abs=1e-14)
    long, _ = power_pair(1e-5, 10**6 + 1, FLOAT)
    assert float(long) == pytest.approx(np.exp((10**6 + 1) * np.log1p(-1e-5)), rel=1e-13)


def test_powers_of_random_fractions():
    rng = Random(1)
    for _ in range(40):
        x, n = Fraction(rng.randint(0, 40), 20), rng.randint(0, 20)
        assert power_pair(x, n, EXACT) == ((1 - x) ** n, 1 - (1 - x) ** n)
        p, more = Fraction(rng.randint(0, 9), 10), Fraction(rng.randint(0, 9), 10)
        assert excess_power(p, p + more, more, n) == (p + more) ** n - p**n
        matrix = [[rng.randint(-3, 3) for _ in range(3)] for _ in range(3)]
        assert matrix_power(matrix, n) == (sympy.Matrix(matrix) ** n).tolist()


@pytest.mark.parametrize(
    "kappa", ["1e-8", "0.3", "1.3999999999999", "1.4", "1.40000001", "9", "500"]
)
@pytest.mark.parametrize("s", ["1e-9", "0.01", "0.5", "2", "40"])
def test_averaged_flow_is_its_equation_to_full_precision(kappa, s):
    """Against the two-clock formula in 120 digits, through the limit kappa = 2v, in both parts."""
    v = Fraction(7, 10)
    law = EMA(GradientFlow(s), kappa)
    g, h = law.factors(float(v), FLOAT)
    field = balls(400)
    with field.working():
        ball = law.factors(field.number(v), field)[0]
    mp = mpmath.MPContext()
    mp.dps = 120
    p, q = (
        mp.mpf(a.numerator) / a.denominator
        for a in (2 * v * Fraction(s), Fraction(kappa) * Fraction(s))
    )
    true = (1 + p) * mp.exp(-p) if p == q else (q * mp.exp(-p) - p * mp.exp(-q)) / (q - p)
    # exp(-p) of a rounded p is off by p roundings
    assert float(g) == pytest.approx(float(true), rel=4e-16 * (5 + float(p)), abs=1e-300)
    assert float(h) == pytest.approx(float(1 - true), rel=4e-15, abs=1e-300)
    assert float(abs(mp.mpf(ball.mid().str(100, radius=False)) - true)) < 1e-80
    assert float(g) >= float(GradientFlow(s).factors(float(v), FLOAT)[0])


def test_averaging_solves_its_differential_equation():
    v, kappa, s = 0.7, 0.5, 2.0
    mpmath.mp.dps = 20
    solution = mpmath.odefun(
        lambda t, y: [-2 * v * y[0], kappa * (y[0] - y[1])], 0, [mpmath.mpf(1), mpmath.mpf(1)]
    )
    g = EMA(GradientFlow(2), HALF).factors(v, FLOAT)[0]
    assert float(g) == pytest.approx(float(solution(s)[1]), abs=1e-12)
    mpmath.mp.dps = 15


def test_averages_of_sgd_are_the_ledgers():
    law, v, kappa = SGD("1/4", 9, 3), Fraction(4, 5), Fraction(2, 3)
    x = 2 * law.lr * v
    q = (1 - x) ** 2 + 2 * x**2 / Fraction(law.batch)
    assert EMA(law, kappa).second_moment(v, EXACT) == averaged(9, kappa, 1 - x, q)


@pytest.mark.parametrize("B", [1, 2, 16, 1000])
def test_averaging_helps_sgd_exactly_above_the_best_rate(B):
    for side in (Fraction(9, 10), Fraction(11, 10)):
        law = SGD(Fraction(B, B + 2) * side / 2, 6, B)
        plain = law.second_moment(Fraction(1), EXACT)
        squares = [
            EMA(law, Fraction(k, 100)).second_moment(Fraction(1), EXACT) for k in range(60, 100)
        ]
        assert (min(squares) < plain) == (side > 1)


@pytest.mark.parametrize("B", [None, 1, 4, 64])
@pytest.mark.parametrize("beta", ["0", "1/2", "9/10"])
@pytest.mark.parametrize("kind", [HeavyBall, Nesterov])
def test_stability_edges_are_where_the_spectral_radius_passes_one(kind, beta, B):
    made = kind("1/100", 1, beta, B)
    b, limit = float(Fraction(beta)), made.edge()

    def radius(x):
        if B is None:
            last = b if kind is HeavyBall else b * (1 - x)
            return max(abs(np.roots([1, -(1 + last - x), last])))
        if kind is HeavyBall:
            matrix = np.array(moment_matrix(x, b, B), dtype=float)
        else:
            m, q, a = 1 - x, (1 - x) ** 2 + 2 * x**2 / B, 1 + b
            matrix = np.array(
                [[q * a * a, -2 * q * a * b, q * b * b], [m * a, -m * b, 0], [1, 0, 0]]
            )
        return max(abs(np.linalg.eigvals(matrix)))

    for x in np.linspace(0.02, 0.995, 15) * limit:
        assert radius(x) < 1
    assert radius(1.005 * limit) > 1
    if B is not None and kind is HeavyBall:
        assert limit == pytest.approx(float(edge(Fraction(beta), Fraction(B))))
    for share, stable in ((0.999, True), (1.001, False)):
        law = kind(Fraction(limit * share) / 2, 3, beta, B)
        if stable:
            law.factors(1.0, FLOAT)
        else:
            with pytest.raises(InputError, match=r"lr must be below .* stable"):
                law.factors(1.0, FLOAT)


def test_edges_of_descent_and_sgd():
    for law, v in ((GradientDescent(1, 5), 1), (SGD("1/2", 5, 2), 1), (SGD("0.9", 5, 2), "0.6")):
        for field in (FLOAT, EXACT, balls(64)):
            with field.working(), pytest.raises(InputError, match="stable"):
                law.factors(field.number(Fraction(v)), field)
    SGD("0.49999", 5, 2).factors(1.0, FLOAT)


def test_sign_descent_is_the_ledgers_to_within_a_step():
    rng = Random(3)
    for _ in range(60):
        r0, rate = Fraction(rng.randint(1, 60), 7), Fraction(rng.randint(1, 20), 11)
        count = rng.randint(0, 40)
        law = SignDescent(rate, count, r0)
        left = law.factors(Fraction(1), EXACT)[0] * r0
        true = abs(descend(r0, rate, count))
        assert left == true if rate * count <= r0 else true <= rate and left == 0
        assert law.moved(-r0, 1, EXACT) == -left
        assert law.moved(np.array([float(r0)]), 1, FLOAT)[0] == pytest.approx(float(left))


def test_adagrad_tends_to_its_flow():
    wrong = []
    for rate, count in (
        (Fraction(1, 10), 100),
        (Fraction(1, 100), 10_000),
        (Fraction(1, 400), 160_000),
    ):
        law = AdaGrad(rate, count)
        wrong.append(float(law.factors(1.0, FLOAT)[0] / law.flow() - 1))
    assert wrong[0] > 5 * wrong[1] > 10 * wrong[2] > 0
    # the flow's equation: u = sqrt(int r^2), r^2 = 1 - 4 lr u, so r' = -lr r/u
    law = AdaGrad("1/100", 2000)
    time = 2000
    after = AdaGrad("1/100", time + 1).flow() - law.flow()
    r = law.flow()
    u = (1 - r**2) / (4 * law.lr)
    assert float(after) == pytest.approx(float(-law.lr * r / u), rel=1e-3)


def test_long_averages_keep_their_balls_small():
    law, field = EMA(SignDescent("1/1000", 3000), "1/100"), balls(192)
    with field.working():
        ball = law.factors(field.number(1), field)[0]
    assert float(ball.rad()) < 1e-40
    assert float(ball.mid()) == pytest.approx(float(law.factors(1.0, FLOAT)[0]), rel=1e-10)


@pytest.mark.parametrize("law", EVERY, ids=str)
def test_texts_are_one_line(law):
    assert "\n" not in str(law)
    assert len(str(law)) > 5


def test_laws_in_the_merge_recursion_and_in_the_search():
    law = GradientDescent("0.2", 6)
    chain = build_chain(cosine(6), Fraction(1, 10), law)
    assert np.allclose(chain.g, (1 - 0.4 * chain.teacher.v) ** 6, rtol=1e-14)
    found = best_plan("0.1", law=law, schedule=cosine(6))
    assert (found.plan.name, found.optimality.status) == ("boot", "proved")
    assert best_plan("5", law=EMA(GradientFlow(1), 1), T=6).optimality.status == "proved"


def test_negative_factors_leave_optimality_undecided():
    """The research note's counterexample: BOOT -4.8e-2, best 5.2e-3 (SPEC C1)."""
    law = GradientDescent("0.65", 3)
    found = best_plan("0.1", law=law, T=6)
    assert str(found.plan) == "[[[[1|2].3|4]|5]|6]"
    assert found.error == pytest.approx(5.2e-3, rel=0.01)
    assert found.canonical["boot"].error == pytest.approx(-4.8e-2, rel=0.01)
    assert found.optimality.status == "undecided"
    assert "[0, 1]" in found.optimality.reason
    for method in ("exact", "exhaustive", "algorithm1", "boot"):
        assert best_plan("0.1", law=law, T=6, method=method).optimality.status == "undecided"
    big = best_plan("0.1", law=HeavyBall("0.2", 30, "0.9"), T=16)
    assert big.optimality.status == "undecided"


def test_noise_leaves_optimality_undecided_and_says_why():
    found = best_plan("0.1", law=SGD("0.2", 3, 8), T=6)
    assert found.optimality.status == "undecided"
    assert "random" in found.optimality.reason
    with pytest.raises(InputError, match="distance"):
        best_plan("0.1", law=SignDescent("0.2", 3), T=6)


def test_phase_edges_under_other_laws():
    flow, descent = edges(6, 1), edges(6, law=GradientDescent("0.1", 10))
    average = edges(6, law=EMA(GradientFlow(1), 1))
    for other in (descent, average):
        assert other.lam_boot == flow.lam_boot
        assert other.lam_van == flow.lam_van
        assert other.lam_lo.value != flow.lam_lo.value
    for law in (GradientDescent("0.45", 3), SGD("0.1", 10, 4)):
        with pytest.raises(InputError, match="assumptions"):
            edges(6, law=law)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: SGD("0.1", 5, 0), "batch must be a whole number"),
        (lambda: SGD("0.1", 5, "2.5"), "batch must be a whole number"),
        (lambda: GradientDescent(0, 5), "lr must be > 0"),
        (lambda: GradientDescent("-1", 5), "lr must be > 0"),
        (lambda: GradientDescent("0.1", "2.5"), "steps must be a whole number"),
        (lambda: GradientDescent("0.1", -1), "steps must be a whole number"),
        (lambda: GradientDescent("nan", 1), "lr must be a number"),
        (lambda: HeavyBall("0.1", 5, 1), "momentum must be >= 0 and < 1"),
        (lambda: Nesterov("0.1", 5, "-0.1"), "momentum must be >= 0 and < 1"),
        (lambda: EMA(SGD("0.1", 5, 2), 2), "kappa must be at most 1"),
        (lambda: EMA(GradientFlow(1), 0), "kappa must be > 0"),
        (lambda: EMA(EMA(GradientFlow(1), 1), 1), "law must be gradient flow or"),
        (lambda: SignDescent("0.1", 5, 0), "distance must be > 0"),
        (lambda: named_law("sgd", lr=1), "--steps is needed"),
        (lambda: named_law("gd", lr=1, steps=1, batch=2), "--batch does not go"),
        (lambda: named_law("adam", lr=1, steps=1, batch=2), "--law must be one of"),
    ],
)
def test_bad_input_is_named(make, says):
    with pytest.raises(InputError, match=says):
        make()


def test_every_law_has_a_name():
    given = {"s": 1, "kappa": "0.5", "lr": "0.1", "steps": 4, "batch": 3, "momentum": "0.5"}
    needs = {
        "gradient-flow": ("s",),
        "gd": ("lr", "steps"),
        "sgd": ("lr", "steps", "batch"),
        "heavy-ball": ("lr", "steps", "momentum"),
        "nesterov": ("lr", "steps", "momentum"),
        "sign": ("lr", "steps"),
        "adagrad": ("lr", "steps"),
        "ema": ("s", "kappa"),
    }
    assert set(LAWS) == set(needs)
    for name, options in needs.items():
        law = named_law(name, **{option: given[option] for option in options})
        assert 0 < float(law.factors(0.5, FLOAT)[0]) < 1
