"""Prefix theorem: what the linear optimum looks like before a step c."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import counterexample, drawn, identity, seen, segment_lengths


def costs(kernel, lengths):
    """Sum of the kernel over all pairs inside one segment (1-based keys)."""
    total, start = 0, 1
    for length in lengths:
        inside = range(start, start + length)
        total += sum(kernel[u, v] for u in inside for v in inside if u < v)
        start += length
    return total


def optima(kernel, n):
    """All segmentations of least cost."""
    scored = {lengths: costs(kernel, lengths) for lengths in segment_lengths(n)}
    least = min(scored.values())
    return [lengths for lengths, cost in scored.items() if cost == least]


def merging_identity():
    """Merging neighbours costs the kernel over the pairs across them; shared with Theorem B."""
    kernel = {(u, v): sympy.Symbol(f"k_{u}{v}") for u in range(1, 6) for v in range(u + 1, 6)}
    yield identity(
        "merging 1..2, 3, 4..5 adds the kernel over all pairs in different ones of them",
        costs(kernel, (5,)) - costs(kernel, (2, 1, 2)),
        sum(kernel[p] for p in ((1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5), (3, 4), (3, 5))),
    )
    yield identity(
        "splitting the first step off 1..5 saves the kernel over the pairs (1, v)",
        costs(kernel, (5,)) - costs(kernel, (1, 4)),
        sum(kernel[1, v] for v in range(2, 6)),
    )


def _prefix_form(lengths, c):
    """Singles, at most one longer block that ends before c's block starts, c's block, anything."""
    start, before = 1, []
    for length in lengths:
        if start + length > c:
            break
        before.append(length)
        start += length
    longer = [n for n, length in enumerate(before) if length > 1]
    return not longer or longer == [len(before) - 1]


def random_up_set(rng, n, c):
    """A kernel that is <= 0 on an up-set of the pairs u < v <= c, with any values elsewhere."""
    corners = [(rng.randint(1, n), rng.randint(1, n)) for _ in range(rng.randint(0, 3))]
    kernel = {}
    for u in range(1, n + 1):
        for v in range(u + 1, n + 1):
            size = rng.randint(0, 9)
            if v > c:
                kernel[u, v] = size - 5
            elif any(u >= p and v >= q for p, q in corners):
                kernel[u, v] = -size
            else:
                kernel[u, v] = size + 1
    return kernel


def steps():
    yield from merging_identity()
    yield seen("random kernels, n <= 8, all segmentations", drawn(150, 60, _trial))


def _trial(rng):
    n = rng.randint(3, 8)
    c = rng.randint(1, n)
    best = optima(random_up_set(rng, n, c), n)
    return (
        None
        if any(_prefix_form(lengths, c) for lengths in best)
        else {"n": n, "c": c, "best": best}
    )


def _any_kernel(rng):
    kernel = {(u, v): rng.randint(-5, 5) for u in range(1, 8) for v in range(u + 1, 8)}
    best = optima(kernel, 7)
    return None if any(_prefix_form(lengths, 7) for lengths in best) else {"best": best}


THEOREM = Theorem(
    name="a7_prefix",
    title="Prefix theorem",
    statement="If, among pairs u < v <= c, the pairs with k <= 0 are closed under moving to later "
    "pairs, some linear optimum is: single steps, then possibly one block up to where c's block "
    "starts, c's block, then anything. With c = n it is a one-sided hybrid. No weights enter the "
    "condition when every kernel of class S grows no faster than every kernel of class L.",
    latex=r"Let the cost of a segmentation of $1..n$ be $\sum_B\sum_{u<v\in B}k_{uv}$ and suppose "
    r"that $k_{uv}\le0$ implies $k_{u'v'}\le0$ for $u\le u'$, $v\le v'$, $u'<v'\le c$. Then some "
    r"optimum is $1,\dots,1$, at most one block $[p..r-1]$, the block $[r..r']$ that contains "
    r"$c$, and arbitrary blocks on $r'+1..n$; for $c=n$: $1,\dots,1,n-k$. The condition holds for "
    r"$k=\sum_iw_iK^i$ and all weights $w_i>0$ on S, $w_i<0$ on L, if for all $i$ in S, $j$ in L "
    r"the quotient $K^i_{uv}/K^j_{uv}$ does not increase in $u$ and in $v$ for $u<v\le c$.",
    source="symmerge, part A7",
    standing="P",
    assumptions=("kernels K >= 0, weights > 0 on S and < 0 on L for the last sentence",),
    steps=steps,
    proof=r"Let $[p..q]$ be the first block of length $>1$ of an optimum. If it ends at or after "
    r"$c$, or there is none, the form is reached. Otherwise $q<c$. Splitting $p$ off cannot help, "
    r"so $\sum_{p<v\le q}k_{pv}\le0$ and $k_{pv_1}\le0$ for some $v_1\le q$. Hence $k_{uv}\le0$ "
    r"for all $u\ge p$, $v_1\le v\le c$, $u<v$. Let $r$ be the start of the block that contains "
    r"$c$. All pairs in different ones of the blocks that cover $p..r-1$ have $u\ge p$, $q<v<r\le "
    r"c$, so merging these blocks to $[p..r-1]$ costs nothing. For $c=n$ merge them with the last "
    r"block too: now $v\le n=c$. For the last sentence write $k=A-B$ with $A=\sum_Sw_iK^i$, "
    r"$B=\sum_L|w_j|K^j$; from one pair to the next $A$ grows by a weighted mean of the growths "
    r"of the $K^i$ and $B$ by one of the growths of the $K^j$, so $A/B$ does not increase.",
    variants=(
        FalseVariant(
            "for any kernel",
            lambda: counterexample(
                "some optimum is a one-sided hybrid", drawn(50, 61, _any_kernel)
            ),
        ),
    ),
)
