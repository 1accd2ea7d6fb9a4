"""Theorem 6: under (G) either extreme plan in O(T^2)."""

from fractions import Fraction

from proofs.ledger import FalseVariant, Theorem
from proofs.theorems.a6_running_extremum import pair_rules, running
from proofs.tools import (
    all_values,
    counterexample,
    drawn,
    formal,
    h,
    nonnegative,
    random_factors,
    random_steps,
    random_under_g,
    seen,
    symbols,
)
from symmerge.chain import chain_of
from symmerge.merge import operator
from symmerge.numbers import FLOAT
from symmerge.search.blocks import code_plan
from symmerge.search.theorems import root_cuts


def program(a, g, opt):
    """Rows of Theorem 4 and one pass over the root's cuts, in exact numbers."""
    T = len(a)
    rows = {i: running(a[:-1], g, i, opt) for i in range(1, T)}
    value = {T: Fraction(1)}
    for i in range(T - 1, 0, -1):
        value[i] = opt(h(g[-1], rows[i][k - i + 1]) * value[k + 1] for k in range(i, T))
    return a[-1] * value[1]


def steps():
    yield from pair_rules()
    z, q, v, k = symbols("z q v k")
    yield nonnegative(
        "h(q) v is increasing in both, so the root's cuts are a least-weight path",
        h(z / (1 + z), q + k) * v - h(z / (1 + z), q) * v,
    )
    yield seen(
        "the program gives both extremes over all plans under (G), exact fractions, T <= 6",
        drawn(60, 31, _trial),
    )
    yield seen("so do the plans of symmerge's float64 program", drawn(60, 32, _float_trial))
    yield from formal("root_pass_min", "root_pass_max")


def _disagree(a, g):
    values = all_values(a, g)[1, len(a)][0]
    for sense, opt in (("min", min), ("max", max)):
        if program(a, g, opt) != opt(values):
            return {"sense": sense, "a": list(map(str, a)), "g": list(map(str, g))}
    return None


def _trial(rng):
    return _disagree(*random_under_g(rng, "?" * rng.randint(3, 6)))


def _float_trial(rng):
    a, g = random_under_g(rng, "?" * rng.randint(3, 6))
    exact = chain_of([x - 1 for x in a], g)
    rounded = chain_of([float(x - 1) for x in a], [float(x) for x in g], FLOAT)
    values = all_values(a, g)[1, len(a)][0]
    for sense, opt in (("min", min), ("max", max)):
        found = operator(code_plan(root_cuts(rounded, sense)), exact)
        if abs(found - opt(values)) > Fraction(1, 10**12) * exact.C:
            return {"sense": sense, "a": list(map(str, a)), "g": list(map(str, g))}
    return None


def _without_g(rng):
    T = rng.randint(4, 6)
    return _disagree(random_steps(rng, "?" * T), random_factors(rng, T, 1, 47))


THEOREM = Theorem(
    name="a6_min_plan",
    title="Theorem 6: either extreme plan in O(T^2)",
    statement="Under (G), the rows of Theorem 4 from every start and one least-weight pass over "
    "the root's cuts give the smallest (or largest) operator over all plans in O(T^2).",
    latex=r"Under (G), with $Q(i,k)$ from Theorem 4, $V(T)=1$ and $V(i)=\operatorname{opt}_{i\le "
    r"k<T}h_T(Q(i,k))V(k+1)$, the smallest (largest) operator over all plans is $a_TV(1)$.",
    source="symmerge, part A6 (Thm 6)",
    standing="P",
    assumptions=("a_t > 0", "g_t in (0, 1]", "condition (G)"),
    steps=steps,
    proof=r"By the spine identity $M=a_T\prod_Bh_T(Q(B))$ over a partition of $1..T-1$ into "
    r"blocks, and $h_T$ is increasing, so every block takes its optimal value $Q(B)$. Minimise "
    r"(maximise) over the first block, then over the rest. Theorem 4 gives each row $Q(i,\cdot)$ "
    r"in O(T).",
    variants=(
        FalseVariant(
            "(G) is dropped",
            lambda: counterexample("the program is exact", drawn(400, 33, _without_g)),
        ),
    ),
)
