"""T2: with an equal total training time, vanilla beats every plan on both sides."""

from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import counterexample, drawn, formal, h, identity, nonnegative, seen, symbols
from symmerge.numbers import multiprecision
from symmerge.plan import random_plan, vanilla

A, B, G, D = symbols("A B g d")
X, Y, Z, W = symbols("x y z w")


def steps():
    yield identity(
        "two factors: h_g(A) h_d(B) - h_gd(AB) = (1-g) d A (1-B) + g (1-d) B (1-A)",
        h(G, A) * h(D, B) - h(G * D, A * B),
        (1 - G) * D * A * (1 - B) + G * (1 - D) * B * (1 - A),
    )
    g, d = Z / (1 + Z), W / (1 + W)
    yield nonnegative(
        "which is >= 0 for A, B <= 1",
        h(g, 1 / (1 + X)) * h(d, 1 / (1 + Y)) - h(g * d, 1 / ((1 + X) * (1 + Y))),
    )
    yield nonnegative(
        "and <= 0 for A, B >= 1",
        h(g * d, (1 + X) * (1 + Y)) - h(g, 1 + X) * h(d, 1 + Y),
    )
    yield identity("h_{g+k}(x) - h_g(x) = k (1-x)", h(G + X, A) - h(G, A), X * (1 - A))
    s1, s2, v = symbols("s_1 s_2 v")
    yield identity(
        "training times at T add up: exp(-2 s_1 v) exp(-2 s_2 v) = exp(-2 (s_1+s_2) v)",
        sympy.exp(-2 * s1 * v) * sympy.exp(-2 * s2 * v),
        sympy.exp(-2 * (s1 + s2) * v),
    )
    yield seen(
        "random plans and allocations never beat vanilla with the whole budget, T <= 9, 40 digits",
        drawn(150, 11, _trial),
    )
    yield from formal(
        "budget_inequality_nonneg",
        "budget_inequality_nonpos",
        "budget_below",
        "budget_above",
        "vanilla_nearest_budget",
        "budget_needs_one_side",
    )


def _value(plan, a, v, times):
    """Operator of a plan whose merges, in order of training, get the given times."""
    exp = multiprecision(40).exp
    given = iter(times)

    def node(children, t):
        left = children[0]
        for child in children[1:-1]:
            left = left * child
        return children[-1] * h(exp(-2 * next(given) * v[t - 1]), left)

    return plan.fold(lambda t: a[t - 1], node)


def _trial(rng, sides="-+"):
    field = multiprecision(40)
    T, side = rng.randint(2, 9), rng.choice(sides)
    low, high = {"-": (1, 39), "+": (41, 160), "?": (10, 160)}[side]
    a = [field.number(Fraction(rng.randint(low, high), 40)) for _ in range(T)]
    v = [field.number(Fraction(rng.randint(1, 80), 20)) for _ in range(T)]
    plan = random_plan(T, rng)
    shares = [rng.randint(0, 9) for _ in range(plan.merges)]
    total = field.number(Fraction(rng.randint(1, 60), 20))
    times = [total * share / max(1, sum(shares)) for share in shares]
    C = field.number(1)
    for step in a:
        C = C * step
    best, other = _value(vanilla(T), a, v, [total]), _value(plan, a, v, times)
    if abs(best - C) <= abs(other - C) + field.number(Fraction(1, 10**30)):
        return None
    return {"plan": str(plan), "a": list(map(str, a)), "times": list(map(str, times))}


def _needs_one_side():
    """The plan [1|[2|3]] is exact for a = (1/2, 3, 1) while vanilla is not; every g is 1/2, 1/4."""
    a, half = (Fraction(1, 2), Fraction(3), Fraction(1)), Fraction(1, 2)
    C = a[0] * a[1] * a[2]
    split = a[2] * h(half, a[0]) * h(half, a[1])  # half of the budget for each of its merges
    whole = a[2] * h(half * half, a[0] * a[1])
    yield (
        f"plan [1|[2|3]] has M = {split} = C, vanilla {whole}"
        if abs(split - C) < abs(whole - C)
        else None
    )


THEOREM = Theorem(
    name="a5_equal_budget",
    title="T2: equal total training time",
    statement="If all a_t (t < T) lie on one side of 1 and a total training time S is shared by "
    "the merges, no plan under any allocation is nearer to C than vanilla with the whole S.",
    latex=r"Let $v_t\ge0$, and let all $a_t$, $t<T$, be $\le1$, or all be $\ge1$. Give the merges "
    r"of a plan training times $s_k\ge0$ with $\sum_ks_k\le S$, a merge at time $j$ having the "
    r"factor $e^{-2s_kv_j}$. Then \[ |M(\mathrm{vanilla},S)-C|\le|M(\mathrm{plan},(s_k))-C| . \] "
    r"On the spine this is $\prod_k(1+\gamma_ky_k)-1\ge\prod_k\gamma_k\,(\prod_k(1+y_k)-1)$ for "
    r"$y_k=1/C_k-1\ge0$, and the reverse inequality for $-1<y_k\le0$.",
    source="symmerge, part A5 (T2)",
    standing="P",
    assumptions=(
        "a_t > 0, v_t >= 0",
        "all a_t on one side of 1 for t < T",
        "gradient flow (no stochastic gradient noise)",
    ),
    steps=steps,
    proof=r"Let $\gamma_1,\dots,\gamma_r$ be the factors of the merges at time $T$ and $B_k$ "
    r"their left parts; by the spine identity $M/a_T=\prod_kh_{\gamma_k}(Q(B_k))$. Their times "
    r"add up to at most $S$, so $\prod_k\gamma_k\ge g:=e^{-2Sv_T}$. Let all $a_t\le1$. As in "
    r"Theorem 1, with a factor of its own at every merge, $Q(B)\ge C(B)$ and all of these are "
    r"$\le1$. Hence $M/a_T\ge\prod_kh_{\gamma_k}(C(B_k))\ge h_{\prod\gamma_k}(\prod_kC(B_k))\ge "
    r"h_g(C[1,T-1])$, by the two-factor step and because $h_\gamma(x)$ increases in $\gamma$ for "
    r"$x\le1$. The right-hand side is vanilla's, and it is $\ge C[1,T-1]$. For $a_t\ge1$ all "
    r"inequalities are reversed. Time spent on merges before $T$ is lost.",
    variants=(
        FalseVariant(
            "steps on both sides of 1 are allowed",
            lambda: counterexample("vanilla is nearest", _needs_one_side()),
        ),
    ),
)
