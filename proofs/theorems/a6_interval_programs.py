"""The two interval programs give the least and the greatest error over all plans."""

from fractions import Fraction

from proofs.ledger import FalseVariant, Theorem
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
    seen,
    symbols,
)
from symmerge.chain import chain_of
from symmerge.merge import operator
from symmerge.numbers import FLOAT
from symmerge.search.interval import algorithm1, interval_plan, interval_value


def steps():
    R, L, k, z = symbols("R L k z")
    g = z / (1 + z)
    yield nonnegative("R h(L) increases in L for R > 0", R * h(g, L + k) - R * h(g, L))
    yield nonnegative("and in R for L > 0", (R + k) * h(g, L) - R * h(g, L))
    yield nonnegative("a product of positive factors increases in each", (L + k) * R - L * R)
    yield nonnegative("all values are positive", R * h(g, L), strict=True)
    c = symbols("c")[0]
    yield identity(
        "the same order for errors: M/C - 1 is increasing in M",
        (R + k) / c - 1 - (R / c - 1),
        k / c,
    )
    yield seen(
        "symmerge's exact program equals the extremes of all plans, exact fractions, T <= 6",
        drawn(60, 12, _trial),
    )
    yield seen(
        "so does the plan of its float64 program, evaluated exactly", drawn(60, 13, _float_trial)
    )
    yield from formal(
        "max_program_exact",
        "min_program_exact",
        "max_program",
        "min_program",
        "min_plan_nearest",
        "max_plan_nearest",
    )


def _instance(rng):
    T = rng.randint(2, 6)
    a, g = random_steps(rng, "?" * T), random_factors(rng, T)
    return a, g, chain_of([x - 1 for x in a], g)


def _trial(rng):
    a, g, chain = _instance(rng)
    values = all_values(a, g)[1, len(a)][0]
    for sense, opt in (("min", min), ("max", max)):
        if interval_value(chain, sense) != opt(values) / chain.C - 1:
            return {"sense": sense, "a": list(map(str, a)), "g": list(map(str, g))}
    return None


def _floating(chain):
    return chain_of([float(x) for x in chain.x], [float(g) for g in chain.g], FLOAT)


def _float_trial(rng):
    a, g, chain = _instance(rng)
    values = all_values(a, g)[1, len(a)][0]
    for sense, opt in (("min", min), ("max", max)):
        plan = interval_plan(_floating(chain), sense).plan
        gap = abs(operator(plan, chain) - opt(values))
        if gap > Fraction(1, 10**12) * chain.C:
            return {"sense": sense, "a": list(map(str, a)), "g": list(map(str, g))}
    return None


def _nearest_trial(rng):
    a, g, chain = _instance(rng)
    nearest = min(abs(x - chain.C) for x in all_values(a, g)[1, len(a)][0])
    found = abs(operator(algorithm1(_floating(chain)).plan, chain) - chain.C)
    if found <= nearest + Fraction(1, 10**12):
        return None
    return {
        "a": list(map(str, a)),
        "g": list(map(str, g)),
        "ratio": float(found / max(nearest, Fraction(1, 10**9))),
    }


THEOREM = Theorem(
    name="a6_interval_programs",
    title="Exact interval programs",
    statement="Two O(T^3) programs over intervals give the least and the greatest error of all "
    "plans. If the least is >= 0 its plan is optimal; if the greatest is <= 0 its plan is.",
    latex=r"For $\mathrm{opt}\in\{\min,\max\}$ let $Q_{ii}=M_{ii}=a_i$ and for $i<j$ "
    r"\[ M_{ij}=\operatorname*{opt}_{i\le k<j}M_{k+1,j}\,h_j(Q_{ik}),\qquad "
    r"Q_{ij}=\operatorname{opt}\bigl(M_{ij},\operatorname*{opt}_{i\le k<j}Q_{ik}M_{k+1,j}\bigr). \]"
    r" Then $M_{1T}$ is the smallest (largest) operator over all merge plans. If the smallest is "
    r"$\ge C$, or the largest $\le C$, that plan has the least $|M-C|$.",
    source="symmerge, part A6",
    standing="P",
    assumptions=("a_t > 0", "g_t in [0, 1]"),
    steps=steps,
    proof=r"Every tree over $i..j$, $i<j$, has a noisy-end child over some $k+1..j$ and a left "
    r"part, a product of trees over $i..k$; its operator $R\,h_j(L)$ is increasing in both, as "
    r"all values are positive. Every product of at least two trees is a product over some $i..k$ "
    r"times a tree over $k+1..j$, again increasing in both. So the optimum over all combinations "
    r"is the combination of the optima, by induction over $j-i$. If all $M\ge C$ then "
    r"$|M-C|=M-C$, smallest for the smallest $M$; likewise for $M\le C$.",
    variants=(
        FalseVariant(
            "keeping the sub-plan nearest to its own composite is exact too",
            lambda: counterexample("it finds the least |e|", drawn(300, 14, _nearest_trial)),
        ),
    ),
)
