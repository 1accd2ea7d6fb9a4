"""Theorem 7: the smallest plan in O(T) for one run of growing steps."""

from proofs.ledger import FalseVariant, Theorem
from proofs.theorems.a6_running_extremum import pair_rules, running
from proofs.tools import (
    all_values,
    counterexample,
    drawn,
    h,
    identity,
    nonnegative,
    random_under_g,
    seen,
    symbols,
)
from symmerge.chain import chain_of
from symmerge.merge import operator
from symmerge.search.blocks import code_plan
from symmerge.search.theorems import condition_g2, first_passage, min_plan

X, Y, Z, D, A, G = symbols("x y z d A g")
SHRINK = Z / (1 + Z)


def satisfies_g2(a, g, p):
    """Condition (G2) read literally."""
    A0 = 1
    for step in a[:p]:
        A0 = A0 * step
    return all(x * h(g[-1], A0) >= g[-1] * (1 - A0) for x in g[:-1])


def passage(a, g, p):
    """First v <= T-1 with the smallest product over p+1..v below 1, or None."""
    values = running(a[:-1], g, p + 1, min)
    return next((p + k for k, value in enumerate(values) if value < 1), None)


def formula(a, g, p, v):
    """BOOT with the run p+1..v as one consistency block."""
    block, factor = a[p], a[-1]
    for t in range(p + 1, v):
        block = a[t] * h(g[t], block)
    for t in (*range(p), *range(v, len(a) - 1)):
        factor = factor * h(g[-1], a[t])
    return factor * h(g[-1], block)


def steps():
    yield from pair_rules()
    gamma, D_, Zv = symbols("gamma D Z")
    yield identity(
        "I6",
        h(G, A * Zv) * h(G, D_) - h(G, A) * h(G, D_ * h(gamma, Zv)),
        (1 - G) * (Zv - 1) * (gamma * D_ * h(G, A) - G * (D_ - A)),
    )
    low = 1 / (1 + X)  # A0 <= 1
    high = low + D  # A >= A0
    yield nonnegative(
        "(G2) at A0 implies it at A >= A0: h(A) grows and 1 - A falls",
        (h(SHRINK, high) - h(SHRINK, low)) + ((1 - low) - (1 - high)),
    )
    least = SHRINK * (1 - A) / h(SHRINK, A) + D  # gamma allowed by (G2)
    block = 1 / (1 + Y)  # D <= 1
    yield identity(
        "the bracket of I6 at a gamma allowed by (G2): D d h(A) + g A (1-D)",
        least * block * h(SHRINK, A) - SHRINK * (block - A),
        block * D * h(SHRINK, A) + SHRINK * A * (1 - block),
    )
    yield nonnegative(
        "which is >= 0 for D <= 1", block * D * h(SHRINK, A) + SHRINK * A * (1 - block)
    )
    yield nonnegative(
        "blocks <= 1 are cut at no loss: h(AB) >= h(A)h(B)",
        h(SHRINK, low * block) - h(SHRINK, low) * h(SHRINK, block),
    )
    yield seen(
        "the formula and symmerge's plan are the minimum over all plans, exact fractions, T <= 6",
        drawn(120, 34, _trial),
    )


def _draw(rng):
    p, plus, minus = rng.randint(0, 2), rng.randint(1, 2), rng.randint(1, 2)
    a, g = random_under_g(rng, "-" * p + "+" * plus + "-" * minus + "?")
    return a, g, p


def _trial(rng, second=True):
    while True:
        a, g, p = _draw(rng)
        v = passage(a, g, p)
        if v is not None and satisfies_g2(a, g, p) == second:
            break
    chain = chain_of([x - 1 for x in a], g)
    least = min(all_values(a, g)[1, len(a)][0])
    theirs = operator(code_plan(min_plan(chain, p, v)), chain)
    same = condition_g2(chain, p) == second and first_passage(chain, p) == v
    if formula(a, g, p, v) == least == theirs and same:
        return None
    return {"p": p, "v": v, "a": list(map(str, a)), "g": list(map(str, g))}


THEOREM = Theorem(
    name="a6_min_plan_linear",
    title="Theorem 7: the smallest plan in O(T)",
    statement="Signs (-)^p (+) (-), (G), (G2) and a first passage v of Q(p+1,.) below 1: the "
    "smallest plan is BOOT with the run p+1..v replaced by one consistency block.",
    latex=r"Let $a_t\le1$ for $t\le p$, then $a_t\ge1$ up to some step, then $a_t\le1$ up to "
    r"$T-1$; let (G) hold, and (G2): $g_kh_T(A_0)\ge g_T(1-A_0)$ for $k<T$, $A_0=C[1,p]$. Let "
    r"$v\le T-1$ be the first step at which the smallest product $Q(p+1,v)$ is below $1$. Then "
    r"the smallest plan is BOOT with the steps $p+1..v$ merged by sequential consistency first: "
    r"\[ \min_{\mathrm{plans}}M=a_T\prod_{t\le p}h_T(a_t)\;h_T(S_v)\prod_{v<t<T}h_T(a_t),\qquad "
    r"S_{p+1}=a_{p+1},\ S_j=a_jh_j(S_{j-1}) . \]",
    source="symmerge, part A6 (Thm 7)",
    standing="P",
    assumptions=("a_t > 0", "g_t in (0, 1]", "(G), (G2)", "sign pattern (-)^p (+) (-)", "v <= T-1"),
    steps=steps,
    proof=r"All $Q$ are smallest products, given by Theorem 4. \emph{Rows.} For $u\le p+1$, $X_j$ "
    r"started at $u$ decreases up to $j=p$, where it is the record $C[u,p]$; after it the "
    r"recurrence divided by the record is the one started at $p+1$, so $Q(u,w)=C[u,p]\,Q(p+1,w)$ "
    r"for $w>p$. From $p+1$ on no value is below $1$ before $v$, so the running minimum is $1$ "
    r"and $Q(p+1,w)=S_w$ for $w\le v$; at $v$, which lies among the last minuses, $X$ is a record "
    r"and stays one, so $Q(p+1,w)=S_v\,C[v+1,w]$ for $w\ge v$. In particular $Q(1,T-1)<1$, so by "
    r"part (a) of the proof of Theorem 4 there is an optimal root partition with all blocks "
    r"$\le1$. Let $B=u..w$ be its block that contains $p+1$, $A=C[u,p]\le1$ (empty product $1$). "
    r"\emph{If $w\ge v$}, $Q(B)=\prod_{t=u}^pa_t\cdot S_v\cdot\prod_{t=v+1}^wa_t$ with all "
    r"factors $\le1$, and cutting there does not increase the value by (I1); all other blocks "
    r"consist of steps $\le1$ and are cut into single steps likewise. This is the formula. "
    r"\emph{If $w<v$}, let $Z=Q(p+1,w)\ge1$ and let $D=Q(w+1,w')\le1$ be the next block, whose "
    r"first tree ends at $k$ with factor $\gamma=g_k$. Hanging $Z$ on that tree shows "
    r"$Q(p+1,w')\le D\,h_\gamma(Z)$. By (I6) and (G2) $h_T(AZ)h_T(D)\ge "
    r"h_T(A)h_T(Dh_\gamma(Z))\ge h_T(A)h_T(Q(p+1,w'))$: the bracket is $\gamma "
    r"Dh_T(A)-g_T(D-A)\ge0$, since (G2) at $A_0$ implies $\gamma h_T(A)\ge g_T(1-A)$ and $D\le1$. "
    r"So the blocks $u..p$ and $p+1..w'$ are as good. While $w'<v$ the second has a value $\ge1$ "
    r"and absorbs the next block, of value $\le1$, by (I1). It ends with $w'\ge v$, the first "
    r"case.",
    variants=(
        FalseVariant(
            "(G2) fails",
            lambda: counterexample(
                "the plan is smallest", drawn(150, 35, lambda rng: _trial(rng, second=False))
            ),
        ),
    ),
)
