"""Theorem 8: the largest plan for one run of growing steps, whatever the factors."""

from fractions import Fraction

from proofs.ledger import FalseVariant, Theorem
from proofs.theorems.a6_max_plan import formula
from proofs.theorems.a6_running_extremum import pair_rules, running
from proofs.tools import (
    all_values,
    counterexample,
    drawn,
    h,
    least_and_greatest,
    nonnegative,
    random_factors,
    random_steps,
    seen,
    symbols,
)
from symmerge.chain import chain_of
from symmerge.merge import operator
from symmerge.numbers import FLOAT
from symmerge.search.theorems import max_plan_without_g


def steps():
    yield from pair_rules()
    R, L, k, z = symbols("R L k z")
    yield nonnegative(
        "R h(L) is increasing in L and R: the first p rows follow the interval program",
        (R + k) * h(z / (1 + z), L + k) - R * h(z / (1 + z), L),
    )
    yield seen(
        "rows after the leading minuses: Theorems 4 and 5 at every root, exact fractions",
        drawn(60, 36, _rows),
    )
    yield seen("symmerge's plan is the maximum over all plans, T <= 6", drawn(120, 37, _trial))


def _draw(rng, first="-"):
    p, plus, minus = rng.randint(0, 2), rng.randint(0, 2), rng.randint(0, 2)
    pattern = first * p + "+" * plus + "-" * minus + "?"
    if len(pattern) < 2:
        pattern = "-?"
    a = random_steps(rng, pattern)
    p = next((t for t, x in enumerate(a[:-1]) if x > 1), len(a) - 1)
    return a, random_factors(rng, len(a), 1, 47), p


def _rows(rng):
    a, g, p = _draw(rng)
    for (i, j), (_, tree, _, product) in least_and_greatest(a, g).items():
        if p < i < j < len(a):
            inside = a[i - 1 : j], g[i - 1 : j]
            if formula(*inside) != tree or running(*inside, 1, max)[-1] != product:
                return {"steps": (i, j), "a": list(map(str, a)), "g": list(map(str, g))}
    return None


def _largest(a, g, p):
    exact = chain_of([x - 1 for x in a], g)
    rounded = chain_of([float(x - 1) for x in a], [float(x) for x in g], FLOAT)
    found = operator(max_plan_without_g(rounded, p), exact)
    if abs(found - max(all_values(a, g)[1, len(a)][0])) <= Fraction(1, 10**12) * exact.C:
        return None
    return {"p": p, "a": list(map(str, a)), "g": list(map(str, g))}


def _trial(rng):
    return _largest(*_draw(rng))


def _other_pattern(rng):
    """The same program with p = 0 although minuses lead."""
    a = random_steps(rng, "-" * rng.randint(1, 2) + "+" * rng.randint(1, 2) + "-?")
    return _largest(a, random_factors(rng, len(a), 1, 47), 0)


THEOREM = Theorem(
    name="a6_max_plan_without_g",
    title="Theorem 8: the largest plan without a condition on the factors",
    statement="For signs (-)^p (+)* (-)* the largest plan is found exactly in O((1+p) T^2), "
    "whatever the factors: rows that start after the p leading minuses follow Theorems 4 and 5.",
    latex=r"Let $a_t\le1$ for $t\le p$, then $a_t\ge1$ up to some step, then $a_t\le1$ up to "
    r"$T-1$, and $g_t\in(0,1]$ arbitrary. For $i>p$, $Q(i,j)=X_j$ as in Theorem 4 and "
    r"$M(i,j)=a_jh_j(S)h_j(X_{j-1}/S)$, $S=\max_{i-1\le k<j}X_k$; for $i\le p$ the interval "
    r"program applies. So the largest plan takes $O((1+p)T^2)$ operations.",
    source="symmerge, part A6 (Thm 8)",
    standing="P",
    assumptions=("a_t > 0", "g_t in (0, 1]", "sign pattern (-)^p (+)* (-)*"),
    steps=steps,
    proof=r"From a start $i>p$ no step below $1$ precedes one above $1$, so Theorem 4 for max "
    r"needs no (G), and neither does the proof of Theorem 5, which uses only part (a) of it and "
    r"closure; it holds for any root $j$ in place of $T$. That is O(1) per interval. The first "
    r"$p$ rows have $O(pT)$ intervals with $O(T)$ splits each.",
    variants=(
        FalseVariant(
            "the leading minuses are ignored (p = 0)",
            lambda: counterexample("the plan is largest", drawn(600, 38, _other_pattern)),
        ),
    ),
)
