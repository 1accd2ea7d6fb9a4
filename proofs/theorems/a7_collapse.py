"""With one-sided coordinates only segmentations matter."""

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import (
    counterexample,
    drawn,
    formal,
    h,
    identity,
    nonnegative,
    random_factors,
    random_steps,
    seen,
    segment_lengths,
    symbols,
)
from symmerge.chain import chain_of
from symmerge.merge import operator
from symmerge.plan import enumerate_plans, segmentation


def steps():
    q, k, z, x, y = symbols("q k z x y")
    g = z / (1 + z)
    yield nonnegative("h is increasing, so an exact left part is no worse", h(g, q + k) - h(g, q))
    yield nonnegative(
        "exact left parts stay on their side: h(C) >= C for C <= 1", h(g, 1 / (1 + x)) - 1 / (1 + x)
    )
    yield nonnegative("and h(C) <= C for C >= 1", 1 + x - h(g, 1 + x))
    yield nonnegative(
        "cutting a segment lowers M when all steps shrink",
        h(g, 1 / ((1 + x) * (1 + y))) - h(g, 1 / (1 + x)) * h(g, 1 / (1 + y)),
    )
    yield nonnegative(
        "and joining two raises M when all steps grow",
        h(g, (1 + x) * (1 + y)) - h(g, 1 + x) * h(g, 1 + y),
    )
    n = 7
    yield identity(
        "1..n has 2^(n-1) segmentations, n = 7", len(list(segment_lengths(n))), 2 ** (n - 1)
    )
    yield seen(
        "for random weights and one-sided coordinates the best of all plans is matched by a "
        "segmentation, exact fractions, T <= 6",
        drawn(25, 53, _trial),
    )
    yield from formal("collapse", "collapse_W2", "segments_value")


def _objective(chains, weights):
    def value(plan):
        return sum(w * (operator(plan, c) - c.C) ** 2 for c, w in zip(chains, weights, strict=True))

    return value


def _trial(rng, patterns="-+"):
    T = rng.randint(4, 6)
    chains = []
    for _ in range(3):
        a = random_steps(rng, rng.choice(patterns) * (T - 1) + "?")
        chains.append(chain_of([x - 1 for x in a], random_factors(rng, T, 1, 47)))
    value = _objective(chains, [rng.randint(1, 20) for _ in chains])
    best = min(map(value, enumerate_plans(T)))
    found = min(value(segmentation(lengths)) for lengths in segment_lengths(T - 1))
    return None if found == best else {"T": T, "a": [list(map(str, c.a)) for c in chains]}


THEOREM = Theorem(
    name="a7_collapse",
    title="Collapse to segmentations",
    statement="If every coordinate has all its steps (t < T) on one side of 1, some segmentation "
    "of 1..T-1 is at least as good as any plan, in every coordinate at once: 2^(T-2) candidates.",
    latex=r"Let every coordinate have all $a_t\le1$ or all $a_t\ge1$, $t<T$. Then for every plan "
    r"the segmentation with the same blocks on the spine, $M=a_T\prod_{B}h_T(C(B))$, is at least "
    r"as near to $C$ in every coordinate. So the minimum of $\sum_iw_i(M_i-C_i)^2$, $w_i\ge0$, "
    r"over all plans is attained by one of the $2^{T-2}$ segmentations of $1..T-1$. More cuts are "
    r"better for coordinates of the first kind, fewer for those of the second.",
    source="symmerge, part A7",
    standing="P",
    assumptions=("a_t > 0", "g_t in [0, 1]", "every coordinate one-sided"),
    steps=steps,
    proof=r"By the spine identity $M=a_T\prod_Bh_T(Q(B))$. If all $a_t\le1$ then $Q(B)\ge C(B)$ "
    r"(Theorem 1) and $M\ge a_T\prod_Bh_T(C(B))\ge C$; if all $a_t\ge1$ then $Q(B)\le C(B)$ and "
    r"$M\le a_T\prod_Bh_T(C(B))\le C$. The middle term is the segmentation with the plan's "
    r"blocks. The exchange identity gives the last sentence.",
    variants=(
        FalseVariant(
            "coordinates may have steps on both sides of 1",
            lambda: counterexample(
                "a segmentation is best", drawn(40, 54, lambda rng: _trial(rng, "?"))
            ),
        ),
    ),
)
