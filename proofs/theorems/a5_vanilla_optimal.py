"""Theorem 2: when every step grows, vanilla is the best plan."""

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
from symmerge.plan import consistency, vanilla

X, Y, Z, G, B = symbols("x y z g b")
SHRINK = Z / (1 + Z)


def steps():
    yield identity("h(x) - x = -g (x-1)", h(G, B) - B, -G * (B - 1))
    yield nonnegative("so h(x) <= x for x >= 1", (1 + X) - h(SHRINK, 1 + X))
    yield nonnegative("and h(x) >= 1", h(SHRINK, 1 + X) - 1)
    yield nonnegative("h is increasing", h(SHRINK, B + X) - h(SHRINK, B))
    yield nonnegative(
        "h(A)h(B) <= h(AB) for A, B >= 1: merging raises",
        h(SHRINK, (1 + X) * (1 + Y)) - h(SHRINK, 1 + X) * h(SHRINK, 1 + Y),
    )
    yield seen("plan <= vanilla <= C for all plans, exact fractions, T <= 6", drawn(60, 8, _trial))
    yield from formal("vanilla_best", "vanilla_nearest", "vanilla_unique", "vanilla_best_W2")


def _trial(rng, pattern="+", plan=vanilla):
    T = rng.randint(3, 6)
    a = random_steps(rng, pattern * (T - 1) + "?")
    g = random_factors(rng, T)
    chain = chain_of([x - 1 for x in a], g)
    best = operator(plan(T), chain)
    fine = max(all_values(a, g)[1, T][0]) == best <= chain.C
    return None if fine else {"a": list(map(str, a)), "g": list(map(str, g))}


THEOREM = Theorem(
    name="a5_vanilla_optimal",
    title="Theorem 2: vanilla is optimal when every step grows",
    statement="If a_t >= 1 for all t < T, then M(plan) <= M(vanilla) <= C for every plan, "
    "whatever the factors g_t.",
    latex=r"Let $a_t>0$, $g_t\in[0,1]$, and $a_t\ge1$ for all $t<T$. Then for every merge plan "
    r"\[ M(\mathrm{plan})\le M(\mathrm{vanilla})\le C . \]",
    source="symmerge, part A5 (T1) and A6 (Thm 2)",
    standing="P",
    assumptions=("a_t > 0", "g_t in [0, 1]", "a_t >= 1 for t < T; nothing about a_T"),
    steps=steps,
    proof=r"Since $1\le h_j(x)\le x$ for $x\ge1$, induction over the length gives $1\le Q(B)\le "
    r"C(B)$ for every product of trees over a block $B$ of $1..T-1$. By the spine identity and "
    r"the exchange identity with $(1-A)(1-B)\ge0$, $M/a_T=\prod_Bh_T(Q(B))\le\prod_Bh_T(C(B))\le "
    r"h_T(C[1,T-1])=M(\mathrm{vanilla})/a_T$, and $h_T(x)\le x$ gives $M(\mathrm{vanilla})\le C$.",
    variants=(
        FalseVariant(
            "consistency takes the place of vanilla",
            lambda: counterexample(
                "consistency is largest", drawn(40, 9, lambda r: _trial(r, "+", consistency))
            ),
        ),
        FalseVariant(
            "the same when one step may shrink",
            lambda: counterexample("vanilla is largest", drawn(60, 10, lambda r: _trial(r, "?"))),
        ),
    ),
)
