"""Condition (G) on the factors: when it is automatic, and what it gives."""

from fractions import Fraction

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import (
    counterexample,
    drawn,
    enclosed,
    formal,
    h,
    nonnegative,
    random_factors,
    random_steps,
    satisfies_g,
    seen,
    symbols,
    vanishes,
)
from symmerge.chain import chain_of, gradient_flow_chain
from symmerge.numbers import balls
from symmerge.schedule import cosine
from symmerge.search.theorems import condition_g

A, B, D, K, X, Z = symbols("A B d k x z")
GJ = symbols("g_j")[0]


def steps():
    growth = 1 + X
    yield nonnegative(
        "non-increasing factors satisfy (G): (g_j + d) - g_j (1 - 1/growth) >= 0 for growth >= 1",
        (GJ + D) - GJ * (1 - 1 / growth),
    )
    yield nonnegative(
        "the bound grows with growth: it is enough to test the largest growth and the least factor",
        GJ * (1 - 1 / (growth + K)) - GJ * (1 - 1 / growth),
    )
    yield nonnegative(
        "a product of trees over steps before j is at most prod max(a_t, 1): h(x) <= max(x, 1)",
        (1 + X) - h(Z / (1 + Z), 1 + X),
    )
    yield nonnegative("likewise h(x) <= 1 for x <= 1", 1 - h(Z / (1 + Z), 1 / (1 + X)))
    yield nonnegative(
        "so (G) gives g_v B - g_j (B-1) >= 0 for every block value B before j (g_v at the bound + "
        "d)",
        (GJ * (1 - 1 / (B + K)) + D) * B - GJ * (B - 1) + 0,
    )
    yield nonnegative(
        "variance preserving, lam = 1/(1+x): v = 1 - (1-lam) alpha^2 grows when alpha falls, so g "
        "does not increase",
        (1 - (1 - 1 / (1 + X)) * A**2) - (1 - (1 - 1 / (1 + X)) * (A + K) ** 2),
    )
    yield enclosed(
        "symmerge certifies (G) for the cosine schedule at lam = 0.2, 1, T = 8, 64, s = 1, 10",
        all(_holds(T, lam, s) for T in (8, 64) for lam in ("0.2", "1") for s in (1, 10)),
    )
    yield seen("symmerge's O(T) test agrees with the definition", drawn(300, 22, _trial))
    yield from formal("G_nonincreasing")


def _holds(T, lam, s):
    return condition_g(gradient_flow_chain(cosine(T), Fraction(lam), s, balls(200)))


def _trial(rng):
    T = rng.randint(2, 8)
    a, g = random_steps(rng, "?" * T), random_factors(rng, T)
    if rng.random() < 0.5:
        g = [Fraction(1, 2) + x / 2 for x in g]
    if condition_g(chain_of([x - 1 for x in a], g)) == satisfies_g(a, g):
        return None
    return {"a": list(map(str, a)), "g": list(map(str, g))}


def _increasing(rng):
    T = rng.randint(2, 6)
    a, g = random_steps(rng, "?" * T), sorted(random_factors(rng, T))
    return None if satisfies_g(a, g) else {"a": list(map(str, a)), "g": list(map(str, g))}


THEOREM = Theorem(
    name="a6_condition_g",
    title="Condition (G)",
    statement="(G): g_v >= g_j (1 - 1/prod_{t<j} max(a_t,1)) for v < j. It holds for constant and "
    "for non-increasing factors (variance-preserving schedules with lam <= 1), takes O(T) to "
    "test, and gives g_v B >= g_j (B-1) for every value B of a product of trees before j.",
    latex=r"Condition (G): $g_v\ge g_j\bigl(1-1/\bar B_j\bigr)$ for all $v<j$, $\bar "
    r"B_j=\prod_{t<j}\max(a_t,1)$. It holds if $g_1\ge\dots\ge g_T$, in particular for constant "
    r"factors and for gradient flow with a variance-preserving schedule and $\lambda\le1$. Under "
    r"(G) every product $B$ of operators of neighbouring trees over steps before $j$ has "
    r"$g_vB-g_j(B-1)\ge0$ for all $v<j$.",
    source="symmerge, part A6",
    standing="P",
    assumptions=("a_t > 0", "g_t in [0, 1]"),
    steps=steps,
    proof=r"As $1-1/\bar B_j\in[0,1)$, $g_v\ge g_j$ implies (G). For a variance-preserving "
    r"schedule $v_t=1-(1-\lambda)\alpha_t^2$ does not decrease in $t$ when $\lambda\le1$, so "
    r"$g_t=e^{-2sv_t}$ does not increase. Since $h(x)\le\max(x,1)$, induction over the plan gives "
    r"$B\le\prod\max(a_t,1)\le\bar B_j$; and $1-1/B$ increases in $B$, so $g_v\ge g_j(1-1/B)$ "
    r"when $B\ge1$, while for $B<1$ the claim is trivial. The bound $\bar B_j$ does not decrease "
    r"in $j$, so comparing with the least of $g_1..g_{j-1}$ takes O(T) in all.",
    variants=(
        FalseVariant(
            "increasing factors satisfy (G) too",
            lambda: counterexample("(G) holds", drawn(100, 23, _increasing)),
        ),
        FalseVariant(
            "the bound is g_j (1 - 1/growth)^2",
            lambda: vanishes((1 - 1 / (1 + X)) - (1 - 1 / (1 + X)) ** 2),
        ),
    ),
)
