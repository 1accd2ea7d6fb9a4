"""Theorem 4: under (G) the best product of trees follows a running extremum."""

import numpy as np

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import (
    counterexample,
    drawn,
    formal,
    h,
    identity,
    least_and_greatest,
    nonnegative,
    random_factors,
    random_steps,
    random_under_g,
    seen,
    symbols,
)
from symmerge.chain import chain_of
from symmerge.numbers import FLOAT
from symmerge.search.theorems import rows_from_every_start

X, Y, Z, D, Q, F = symbols("x y z d q F")
SHRINK = Z / (1 + Z)


def running(a, g, start, opt):
    """The recurrence: ``X_{start-1}, X_start, ..`` for steps start..T (1-based), exactly."""
    values = [1 + 0 * a[0]]
    for t in range(start - 1, len(a)):
        values.append(a[t] * ((1 - g[t]) * values[-1] + g[t] * opt(values)))
    return values


def pair_rules():
    """What I1, I2 and I3 say about two neighbouring blocks at one node; shared by Theorems 4-7."""
    A, B, gj, gv = symbols("A B g_j g_v")
    yield identity(
        "I3: hanging the block A on the first tree of B",
        h(gj, B * h(gv, A)) - h(gj, A) * h(gj, B),
        (1 - gj) * (1 - A) * (gv * B - gj * (B - 1)),
    )
    bound = SHRINK * (1 - 1 / (1 + Y)) + D  # (G), with B = 1 + y and slack d
    yield nonnegative(
        "max, A <= 1 <= B, (G): one block is at least as good",
        h(SHRINK, (1 + Y) * h(bound, 1 / (1 + X))) - h(SHRINK, 1 / (1 + X)) * h(SHRINK, 1 + Y),
    )
    yield nonnegative(
        "min, A, B >= 1, (G): one block is at least as good",
        h(SHRINK, 1 + X) * h(SHRINK, 1 + Y) - h(SHRINK, (1 + Y) * h(bound, 1 + X)),
    )
    yield nonnegative(
        "max, A, B <= 1: one block is at least as good",
        h(SHRINK, 1 / ((1 + X) * (1 + Y))) - h(SHRINK, 1 / (1 + X)) * h(SHRINK, 1 / (1 + Y)),
    )
    yield nonnegative(
        "max, A, B >= 1: one block is at least as good",
        h(SHRINK, (1 + X) * (1 + Y)) - h(SHRINK, 1 + X) * h(SHRINK, 1 + Y),
    )
    yield nonnegative(
        "min, A and B on opposite sides: one block is at least as good",
        h(SHRINK, 1 / (1 + X)) * h(SHRINK, 1 + Y) - h(SHRINK, (1 + Y) / (1 + X)),
    )


def steps():
    yield from pair_rules()
    yield nonnegative(
        "max: a leading block X >= 1 is pulled out, h(X) <= X", X + 1 - h(SHRINK, 1 + X)
    )
    yield nonnegative(
        "min: blocks <= 1 are pulled out, h(x) >= x", h(SHRINK, 1 / (1 + X)) - 1 / (1 + X)
    )
    a, g = symbols("a g")
    yield identity(
        "a one-block node: F a h(Q) = a [(1-g) F Q + g F]",
        F * a * h(g, Q),
        a * ((1 - g) * F * Q + g * F),
    )
    yield nonnegative(
        "which is increasing in F Q and in F",
        (1 - SHRINK) * (F * Q + X) + SHRINK * (F + Y) - (1 - SHRINK) * F * Q - SHRINK * F,
    )
    S, previous = symbols("S p")
    yield identity(
        "after a record S the recurrence divided by S is the one started afresh",
        a * ((1 - g) * previous + g * S) / S,
        a * ((1 - g) * (previous / S) + g),
    )
    yield seen(
        "Q(i,j) = X_j for all i <= j under (G), both senses, all plans, T <= 6, exact fractions",
        drawn(60, 24, _trial),
    )
    yield seen(
        "the max version without (G) when no step below 1 comes before one above 1",
        drawn(60, 25, _plus_minus),
    )
    yield seen("symmerge's rows from every start agree to 1e-11", drawn(40, 26, _rows_trial))
    yield from formal("running_max_exact", "running_min_exact", "recurrence")


def _disagree(a, g, senses=("min", "max")):
    table = least_and_greatest(a, g)
    for (i, j), (_, _, low, high) in table.items():
        for sense, opt, best in (("min", min, low), ("max", max, high)):
            if sense in senses and running(a, g, i, opt)[j - i + 1] != best:
                return {
                    "sense": sense,
                    "steps": (i, j),
                    "a": list(map(str, a)),
                    "g": list(map(str, g)),
                }
    return None


def _trial(rng):
    return _disagree(*random_under_g(rng, "?" * rng.randint(3, 6)))


def _plus_minus(rng):
    plus, minus = rng.randint(1, 3), rng.randint(1, 3)
    a = random_steps(rng, "+" * plus + "-" * minus)
    return _disagree(a, random_factors(rng, plus + minus, 1, 47), ("max",))


def _without_g(rng):
    T = rng.randint(4, 6)
    return _disagree(random_steps(rng, "?" * T), random_factors(rng, T, 1, 47))


def _rows_trial(rng):
    a, g = random_under_g(rng, "?" * rng.randint(3, 7))
    chain = chain_of([float(x - 1) for x in a], [float(x) for x in g], FLOAT)
    for sense, opt in (("min", min), ("max", max)):
        rows = rows_from_every_start(chain, sense)
        for i in range(1, len(a)):
            expected = running(a, g, i, opt)[1:-1]
            got = (1 + rows.error[i - 1, i - 1 :]) * np.exp(rows.composite[i - 1, i - 1 :])
            if not np.allclose(got, np.array(expected, float), rtol=1e-11, atol=0):
                return {"sense": sense, "start": i, "a": list(map(str, a))}
    return None


THEOREM = Theorem(
    name="a6_running_extremum",
    title="Theorem 4: running extremum",
    statement="Under (G) the best (largest or smallest) product of trees over i..j is X_j, where "
    "X_{i-1} = 1 and X_j = a_j [(1-g_j) X_{j-1} + g_j (running extremum of X)]: merge "
    "consistency-like back to the last record. For the maximum (G) is not needed when no step "
    "below 1 comes before one above 1.",
    latex=r"Let (G) hold, $\mathrm{opt}\in\{\max,\min\}$ and $Q(i,j)$ the optimum over all "
    r"products of operators of neighbouring trees that cover $i..j$. Put $X_{i-1}=1$ and \[ "
    r"X_j=a_j\bigl[(1-g_j)X_{j-1}+g_jS_{j-1}\bigr],\qquad "
    r"S_{j-1}=\operatorname{opt}(X_{i-1},\dots,X_{j-1}) . \] Then $Q(i,j)=X_j$ for all $j\ge i$. "
    r"For $\mathrm{opt}=\max$ and a start $i$ such that no $a_t<1$ precedes an $a_u>1$ in "
    r"$i..T-1$, (G) is not needed.",
    source="symmerge, part A6 (Thm 4)",
    standing="P",
    assumptions=("a_t > 0", "g_t in (0, 1]", "condition (G), or the sign pattern for max"),
    steps=steps,
    proof=r"Concatenating products of trees gives the \emph{closure} $Q(i,m)Q(m+1,k)\le Q(i,k)$ "
    r"for max, and $\ge$ for min. By the spine identity a tree over $m+1..j$ is "
    r"$a_j\prod_Bh_j(Q(B))$ over blocks $B$ of $m+1..j-1$. \emph{(a) Few blocks suffice.} Let "
    r"$A,B$ be the values of two neighbouring blocks ($A$ left) and $v$ the noisy end of the "
    r"first tree of $B$'s product. Hanging $A$ on that tree makes the product $B\,h_v(A)$ over "
    r"both blocks, and making one block of both is optimal or better than that. With (I3) and "
    r"(G), which gives $g_vB-g_j(B-1)\ge0$, one block is at least as good for max if $A\le1\le B$ "
    r"and for min if $A,B\ge1$; by (I1) it is for max if $A,B$ are on the same side of $1$ and "
    r"for min if they are on opposite sides. Merge as long as possible. What remains is, for max, "
    r"one block or two blocks $A\ge1\ge B$; for min, one block or blocks that are all $\le1$. "
    r"Without (G), in the pattern of the theorem $Q(A)<1$ implies $C(A)<1$, so the block contains "
    r"a step below $1$, all later steps are $\le1$ and $B\le1$: the case $A<1<B$ does not occur. "
    r"\emph{(b) One block suffices inside a product.} Let $F$ be the value of what comes before "
    r"the last tree. For max with two blocks $A\ge1\ge B$, (I2) gives "
    r"$F\,a_jh_j(A)h_j(B)\le(FA)a_jh_j(B)$; for min with blocks $\le1$, $F\,a_j\prod "
    r"h_j(B)\ge(F\prod B)a_j$. Both right-hand sides are products of trees in which the last tree "
    r"has one block or none. \emph{(c) The recurrence.} A last tree with one block $m+1..j-1$ "
    r"(none if $m=j-1$) gives "
    r"$Q(i,m)\,a_jh_j(Q(m+1,j-1))=a_j[(1-g_j)Q(i,m)Q(m+1,j-1)+g_jQ(i,m)]$, at most "
    r"$a_j[(1-g_j)Q(i,j-1)+g_j\max_mQ(i,m)]=X_j$ by closure and induction (at least, for min). It "
    r"is attained at the last record $m$ of $X_{i-1..j-1}$: after it, $X_l/X_m$ obeys the "
    r"recurrence started at $m+1$ with running extremum $1$, so it is $Q(m+1,l)$ by induction and "
    r"$Q(i,m)Q(m+1,j-1)=X_{j-1}$.",
    variants=(
        FalseVariant(
            "(G) is dropped",
            lambda: counterexample("Q = X", drawn(400, 27, _without_g)),
        ),
    ),
)
