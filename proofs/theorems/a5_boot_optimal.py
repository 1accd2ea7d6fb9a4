"""Theorem 1: when every step shrinks, BOOT is the best plan and consistency the worst."""

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import (
    all_values,
    counterexample,
    drawn,
    formal,
    h,
    identity,
    nonnegative,
    nonnegatives,
    random_factors,
    random_steps,
    seen,
    symbols,
)
from symmerge.chain import chain_of, symbolic_chain
from symmerge.merge import operator
from symmerge.plan import boot, consistency, enumerate_plans

X, Y, Z, G, B = symbols("x y z g b")
SHRINK = Z / (1 + Z)  # any g in [0, 1)


def steps():
    a = 1 / (1 + X)  # any value in (0, 1]
    yield identity("h(x) - x = g (1-x)", h(G, B) - B, G * (1 - B))
    yield nonnegative("so x <= h(x) for x <= 1", h(SHRINK, a) - a)
    yield nonnegative("and h(x) <= 1", 1 - h(SHRINK, a))
    yield nonnegative("h is increasing: h(x+k) - h(x) >= 0", h(SHRINK, B + X) - h(SHRINK, B))
    yield identity(
        "exchange: h(A)h(B) - h(AB) = -g(1-g)(1-A)(1-B)",
        h(G, X) * h(G, Y) - h(G, X * Y),
        -G * (1 - G) * (1 - X) * (1 - Y),
    )
    b = 1 / (1 + Y)
    yield nonnegative(
        "so h(A)h(B) <= h(AB) for A, B <= 1: merging raises, cutting lowers",
        h(SHRINK, a * b) - h(SHRINK, a) * h(SHRINK, b),
    )
    yield nonnegatives(
        "plan - BOOT for all plans with T <= 4 (a = 1/(1+x), g = z/(1+z), free x and z)", _gaps(4)
    )
    yield seen(
        "C <= BOOT <= plan <= consistency for all plans, exact fractions, T <= 6",
        drawn(60, 5, _trial),
    )
    yield from formal("boot_best_consistency_worst", "boot_nearest", "boot_unique", "boot_best_W2")


def _gaps(most):
    for T in range(3, most + 1):
        chain = symbolic_chain(T)
        x, z = symbols(f"x_1:{T}"), symbols(f"z_1:{T + 1}")
        values = {a: 1 / (1 + y) for a, y in zip(chain.a, x, strict=False)}
        values |= {g: y / (1 + y) for g, y in zip(chain.g, z, strict=True)}
        best = operator(boot(T), chain)
        for plan in enumerate_plans(T):
            yield ((operator(plan, chain) - best) / chain.a[T - 1]).subs(values)


def _trial(rng, pattern="-", upper=True):
    T = rng.randint(2, 6)
    a = random_steps(rng, pattern * (T - 1) + "?")
    g = random_factors(rng, T)
    chain = chain_of([x - 1 for x in a], g)
    low, high = operator(boot(T), chain), operator(consistency(T), chain)
    values = all_values(a, g)[1, T][0]
    fine = chain.C <= low == min(values) and (not upper or high == max(values))
    return None if fine else {"a": list(map(str, a)), "g": list(map(str, g))}


THEOREM = Theorem(
    name="a5_boot_optimal",
    title="Theorem 1: BOOT is optimal when every step shrinks",
    statement="If a_t <= 1 for all t < T, then C <= M(BOOT) <= M(plan) <= M(consistency) for every "
    "plan, whatever the factors g_t: BOOT is best and sequential consistency worst.",
    latex=r"Let $a_t>0$, $g_t\in[0,1]$, and $a_t\le1$ for all $t<T$. Then for every merge plan "
    r"\[ C\le M(\mathrm{BOOT})\le M(\mathrm{plan})\le M(\mathrm{consistency}) . \]",
    source="symmerge, part A5 (T1) and A6 (Thm 1)",
    standing="P",
    assumptions=("a_t > 0", "g_t in [0, 1]", "a_t <= 1 for t < T; nothing about a_T"),
    steps=steps,
    proof=r"Write $h_j(x)=(1-g_j)x+g_j$, and $Q$ for a product of operators of neighbouring "
    r"trees. All of them below lie left of step $T$. Since $x\le h_j(x)\le1$ for $x\le1$, "
    r"induction over the length gives $C(B)\le Q(B)\le1$ for every block $B$ of $1..T-1$. "
    r"\emph{Lower bounds.} By the spine identity "
    r"$M/a_T=\prod_Bh_T(Q(B))\ge\prod_Bh_T(C(B))\ge\prod_{t<T}h_T(a_t)=M(\mathrm{BOOT})/a_T$, the "
    r"last step by the exchange identity with $(1-A)(1-B)\ge0$, and $h_T(a_t)\ge a_t$ gives "
    r"$M(\mathrm{BOOT})\ge C$. \emph{Upper bound.} Let $S(i,i)=a_i$, $S(i,j)=a_jh_j(S(i,j-1))$, "
    r"the consistency plan; put $S=1$ for the empty interval. Claim: every product $Q$ of trees "
    r"over $i..j$, $j<T$, has $Q\le S(i,j)$. For one tree, $M=a_j\prod_Bh_j(Q(B))\le "
    r"a_jh_j(\prod_BQ(B))\le a_jh_j(S(i,j-1))$ by the exchange identity and induction. Otherwise "
    r"$Q=FM$ with a last tree $M$ over $m+1..j$, and by induction $FM\le F\,a_jh_j(S(m+1,j-1))\le "
    r"a_jh_j(F)h_j(S(m+1,j-1))\le a_jh_j(F\,S(m+1,j-1))\le a_jh_j(S(i,j-1))$, because "
    r"$F\,S(m+1,j-1)$ is a product of trees over $i..j-1$. The same for one tree over $1..T$, "
    r"with any $a_T>0$, gives the claim for $T$.",
    variants=(
        FalseVariant(
            "the same for steps that grow",
            lambda: counterexample(
                "BOOT is smallest and at least C", drawn(20, 6, lambda r: _trial(r, "+", False))
            ),
        ),
        FalseVariant(
            "the same for steps on either side of 1",
            lambda: counterexample(
                "BOOT is smallest and at least C", drawn(40, 7, lambda r: _trial(r, "?", False))
            ),
        ),
    ),
)
