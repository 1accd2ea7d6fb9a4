"""Theorem 5: under (G) the largest plan in O(T)."""

from proofs.ledger import FalseVariant, Theorem
from proofs.theorems.a6_running_extremum import pair_rules, running
from proofs.tools import (
    all_values,
    counterexample,
    drawn,
    formal,
    h,
    identity,
    nonnegative,
    random_factors,
    random_steps,
    random_under_g,
    seen,
    symbols,
)
from symmerge.chain import chain_of
from symmerge.merge import operator
from symmerge.search.blocks import code_plan
from symmerge.search.theorems import max_plan

X, Y, Z, S, Q, K, G = symbols("x y z S q k g")
SHRINK = Z / (1 + Z)


def steps():
    yield from pair_rules()
    yield identity("I4", h(G, X) * h(G, Y), (1 - G) ** 2 * X * Y + G * (1 - G) * (X + Y) + G**2)
    yield identity("I5", (S + Q / S) - (X + Q / X), (S - X) * (S * X - Q) / (S * X))
    top = Q + K  # S >= q
    yield nonnegative("S X >= q for S >= q and X >= 1", top * (1 + X) - Q)
    first = 1 + X
    later = first + Y  # S >= X >= 1
    q = later / (1 + K)  # q <= S
    yield nonnegative(
        "the root cut at the record beats a cut at any other X >= 1: h(S)h(q/S) >= h(X)h(q/X)",
        h(SHRINK, later) * h(SHRINK, q / later) - h(SHRINK, first) * h(SHRINK, q / first),
    )
    yield nonnegative(
        "and one block: h(S)h(q/S) >= h(q)",
        h(SHRINK, 1 + X) * h(SHRINK, 1 / (1 + K)) - h(SHRINK, (1 + X) / (1 + K)),
    )
    yield seen(
        "the formula and symmerge's plan are the maximum over all plans under (G), exact "
        "fractions, T <= 6",
        drawn(80, 28, _trial),
    )
    yield seen(
        "also without (G) when no step below 1 comes before one above 1", drawn(60, 29, _plus_minus)
    )
    yield from formal("largest_plan")


def formula(a, g):
    """``a_T h_T(S) h_T(X_{T-1}/S)``."""
    values = running(a[:-1], g, 1, max)
    S = max(values)
    return a[-1] * h(g[-1], S) * h(g[-1], values[-1] / S)


def _disagree(a, g):
    chain = chain_of([x - 1 for x in a], g)
    largest = max(all_values(a, g)[1, len(a)][0])
    if formula(a, g) == largest == operator(code_plan(max_plan(chain)), chain):
        return None
    return {"a": list(map(str, a)), "g": list(map(str, g))}


def _trial(rng):
    return _disagree(*random_under_g(rng, "?" * rng.randint(2, 6)))


def _plus_minus(rng):
    plus, minus = rng.randint(1, 3), rng.randint(1, 3)
    a = random_steps(rng, "+" * plus + "-" * minus)
    return _disagree(a, random_factors(rng, plus + minus, 1, 47))


def _without_g(rng):
    T = rng.randint(4, 6)
    return _disagree(random_steps(rng, "?" * T), random_factors(rng, T, 1, 47))


THEOREM = Theorem(
    name="a6_max_plan",
    title="Theorem 5: the largest plan in O(T)",
    statement="Under (G) the largest operator is a_T h_T(S) h_T(X_{T-1}/S) with X of Theorem 4 "
    "from step 1 and S its largest value: cut the root at the record.",
    latex=r"Under (G), with $X_0,\dots,X_{T-1}$ of Theorem 4 ($\mathrm{opt}=\max$, $i=1$) and "
    r"$S=\max_{0\le k<T}X_k$, \[ \max_{\mathrm{plans}}M=a_T\,h_T(S)\,h_T(X_{T-1}/S) . \]",
    source="symmerge, part A6 (Thm 5)",
    standing="P",
    assumptions=(
        "a_t > 0",
        "g_t in (0, 1]",
        "condition (G), or no step below 1 before one above 1",
    ),
    steps=steps,
    proof=r"By part (a) of the proof of Theorem 4, applied at the root, one block or two blocks "
    r"$X\ge1\ge Y$ suffice. Let $q=X_{T-1}=Q(1,T-1)$. For two blocks $X=Q(1,m)\le S$ and $XY\le "
    r"q$ by closure, so $h(X)h(Y)\le h(X)h(q/X)$. By (I4) and (I5), "
    r"$h(S)h(q/S)-h(X)h(q/X)=g(1-g)(S-X)(SX-q)/(SX)\ge0$, because $S\ge q$, $X\ge1$. One block "
    r"gives $h(q)\le h(S)h(q/S)$ by (I1), as $S\ge X_0=1$ and $q/S\le1$. The bound is attained: "
    r"if $m$ is the last record then $Q(m+1,T-1)=q/S$ (part (c) of that proof).",
    variants=(
        FalseVariant(
            "(G) is dropped",
            lambda: counterexample("the formula is the maximum", drawn(600, 30, _without_g)),
        ),
    ),
)
