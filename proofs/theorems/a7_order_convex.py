"""Order-convexity test: when a two-sided hybrid is optimal for given weights."""

from proofs.ledger import FalseVariant, Theorem
from proofs.theorems.a7_prefix import merging_identity, optima
from proofs.tools import counterexample, drawn, seen


def is_two_sided(lengths):
    """Single steps, one block, single steps."""
    return sum(length > 1 for length in lengths) <= 1


def order_convex(negative):
    """Whether a <= b <= c with a, c in the set puts b in it, for pairs ordered by both ends."""
    return all(
        (u, v) in negative
        for first in negative
        for last in negative
        for u in range(first[0], last[0] + 1)
        for v in range(max(first[1], u + 1), last[1] + 1)
    )


def random_kernel(rng, n, convex):
    """A kernel whose pairs with k <= 0 are an order-convex set (or just any set)."""
    while True:
        low = [(rng.randint(1, n), rng.randint(1, n)) for _ in range(rng.randint(1, 3))]
        high = [(rng.randint(1, n), rng.randint(1, n)) for _ in range(rng.randint(1, 3))]
        pairs = [(u, v) for u in range(1, n + 1) for v in range(u + 1, n + 1)]
        negative = {
            (u, v)
            for u, v in pairs
            if any(u >= p and v >= q for p, q in low) and any(u <= p and v <= q for p, q in high)
        }
        if not convex:
            negative = {pair for pair in pairs if rng.random() < 0.5}
        if order_convex(negative) == convex:
            break
    return {pair: -rng.randint(0, 9) if pair in negative else rng.randint(1, 9) for pair in pairs}


def steps():
    yield from merging_identity()
    yield seen("random order-convex kernels, n <= 8, all segmentations", drawn(150, 62, _trial))


def _trial(rng, convex=True):
    n = rng.randint(4, 8)
    best = optima(random_kernel(rng, n, convex), n)
    return None if any(map(is_two_sided, best)) else {"n": n, "best": best}


THEOREM = Theorem(
    name="a7_order_convex",
    title="Order-convexity test",
    statement="If the pairs with k_uv <= 0 are order-convex, some linear optimum is a two-sided "
    "hybrid: single steps, one block, single steps. An O(T^2) test for given weights.",
    latex=r"Let the cost of a segmentation of $1..n$ be $\sum_B\sum_{u<v\in B}k_{uv}$ and order "
    r"pairs by $(u,v)\le(u',v')\Leftrightarrow u\le u',v\le v'$. If "
    r"$N=\{(u,v):u<v,\,k_{uv}\le0\}$ contains every pair between two of its pairs, some optimum "
    r"is $1,\dots,1,b,1,\dots,1$.",
    source="symmerge, part A7",
    standing="P",
    assumptions=(),
    steps=steps,
    proof=r"Take an optimum with the fewest blocks and suppose that $[p,q]$ and $[p',q']$, "
    r"$q<p'$, are two blocks of length $>1$. Splitting $p$ off the first cannot help, so "
    r"$(p,v_1)\in N$ for some $v_1\le q$; splitting $q'$ off the second cannot help, so "
    r"$(u_2,q')\in N$ for some $u_2\ge p'$. Let $u<v$ lie in different blocks within $p..q'$. "
    r"Then $v>q\ge v_1$, since otherwise both are in $[p,q]$, and $u<p'\le u_2$, since otherwise "
    r"both are in $[p',q']$. So $(p,v_1)\le(u,v)\le(u_2,q')$ and $k_{uv}\le0$. Merging all of "
    r"$p..q'$ costs nothing and leaves fewer blocks: a contradiction.",
    variants=(
        FalseVariant(
            "without order-convexity",
            lambda: counterexample(
                "some optimum is a two-sided hybrid",
                drawn(60, 63, lambda rng: _trial(rng, convex=False)),
            ),
        ),
    ),
)
