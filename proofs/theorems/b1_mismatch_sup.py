"""Distance of an increasing map to the K-Lipschitz maps in the supremum norm."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identity, nonnegative, seen, symbols
from symmerge.flow.mismatch import sup_mismatch, sup_student
from symmerge.verdict import Proved, Refuted, Verdict


def half_defect(x: list[Fraction], f: list[Fraction], K: Fraction) -> Fraction:
    """Half of the largest ``f(b) - f(a) - K(b-a)`` over a <= b."""
    pairs = combinations(range(len(x)), 2)
    return max(Fraction(0), *(f[j] - f[i] - K * (x[j] - x[i]) for i, j in pairs)) / 2


def extension(x: list[Fraction], f: list[Fraction], K: Fraction, delta: Fraction) -> list[Fraction]:
    """The smallest K-Lipschitz map above f, shifted: ``inf_y f(y) + K|x-y| + delta``."""
    return [min(b + K * abs(at - y) for y, b in zip(x, f, strict=True)) + delta for at in x]


def steps() -> Iterator[Step]:
    """Checks."""
    fa, fb, ga, gb, K, a, b, delta, y = sympy.symbols("f_a f_b g_a g_b K a b delta y", real=True)
    yield identity(
        "lower bound: defect of f = two errors + defect of g",
        fb - fa - K * (b - a),
        (fb - gb) + (ga - fa) + (gb - ga - K * (b - a)),
    )
    yield identity(
        "McShane: the error below is what 2 delta exceeds a defect by",
        (fa + K * y + delta) - (fb - delta),
        2 * delta - (fb - fa - K * y),
    )
    near, far, slack = symbols("p q z")
    yield nonnegative(
        "K|x-y| is K-Lipschitz: p + q - (p + q - z) >= 0", near + far - (near + far - slack)
    )
    yield seen("exact distance on random finite sets", drawn(200, 5, random_case))


def random_case(rng: Random) -> Any:
    """Both of McShane's maps and their mean are feasible and at most delta away; floats agree."""
    count = rng.randint(2, 9)
    x = sorted({Fraction(rng.randint(0, 60), 7) for _ in range(count)})
    f, total = [], Fraction(0)
    for _ in x:
        total += Fraction(rng.choice((0, 1, 3, 40)), rng.randint(1, 9))
        f.append(total)
    K = Fraction(rng.randint(1, 20), 8)
    delta = half_defect(x, f, K) if len(x) > 1 else Fraction(0)
    upper = extension(x, f, K, delta)
    # The largest K-Lipschitz map below f, shifted: the same for the reflection -f(-x).
    mirrored = extension([-at for at in x[::-1]], [-value for value in f[::-1]], K, delta)
    lower = [-value for value in mirrored[::-1]]
    mean = [(p + q) / 2 for p, q in zip(upper, lower, strict=True)]
    maps, pairs = (upper, lower, mean), list(combinations(range(len(x)), 2))
    feasible = all(abs(g[j] - g[i]) <= K * (x[j] - x[i]) for g in maps for i, j in pairs)
    error = max(abs(p - q) for g in maps for p, q in zip(f, g, strict=True))
    arrays = [float(p) for p in x], [float(p) for p in f], K
    computed = max(
        abs(sup_mismatch(*arrays) - delta),
        *(abs(p - q) for p, q in zip(sup_student(*arrays), mean, strict=True)),
    )
    fine = feasible and error <= delta and computed < 1e-12 * (1 + f[-1])
    return None if fine else (x, f, K, delta, error)


def decreasing() -> Verdict:
    """The formula for a decreasing map, where it gives 0."""
    x, f, K = [Fraction(0), Fraction(1)], [Fraction(0), Fraction(-4)], Fraction(1)
    formula = half_defect(x, f, K)
    drop = (f[0] - f[1] - K) / 2  # any g has f(0)-f(1) <= 2 delta + K
    if drop > formula:
        return Refuted(f"distance at least {drop}, formula {formula}", "f(0) = 0, f(1) = -4, K = 1")
    return Proved("held")


def one_percent_less() -> Verdict:
    """The distance is 0.99 of the formula: the jump from 0 to 4 over length 1, K = 1."""
    x, f, K = [Fraction(0), Fraction(1)], [Fraction(0), Fraction(4)], Fraction(1)
    delta = half_defect(x, f, K) * Fraction(99, 100)
    shortfall = f[1] - f[0] - K * (x[1] - x[0]) - 2 * delta
    if shortfall > 0:
        return Refuted(
            f"two errors of {delta} leave {shortfall} uncovered", "f(0) = 0, f(1) = 4, K = 1"
        )
    return Proved("held")


THEOREM = Theorem(
    name="b1_mismatch_sup",
    title="Lipschitz mismatch in the supremum norm",
    statement="The distance of an increasing map f to the K-Lipschitz maps is half of the "
    "largest amount by which f rises faster than K.",
    latex=r"""Let $f$ be increasing on a set $S\subset\mathbb R$. Then
\[\min_{\mathrm{Lip}\,g\le K}\sup_S|f-g|=\tfrac12\sup_{a\le b}\bigl[f(b)-f(a)-K(b-a)\bigr].\]
(For a general $f$ replace $f(b)-f(a)$ by $|f(b)-f(a)|$.)""",
    source="E. J. McShane, Bull. AMS 40 (1934) 837; symmerge, part B1",
    standing="P",
    assumptions=("f increasing (as the flow map in one dimension is)",),
    steps=steps,
    proof=r"""Let $\delta$ be the right-hand side (nothing to show if it is infinite). Lower bound:
for $|f-g|\le\epsilon$ and $g$ $K$-Lipschitz the first identity gives
$f(b)-f(a)-K(b-a)\le2\epsilon$. Upper bound: $g(x)=\delta+\inf_y(f(y)+K|x-y|)$ is $K$-Lipschitz as
an infimum of such, $g\le f+\delta$ (take $y=x$), and $g\ge f-\delta$ by the second identity: for
$y\le x$ because the defect is at most $2\delta$, for $y>x$ because $f(x)-f(y)\le0$.""",
    variants=(
        FalseVariant("the same for a decreasing map", decreasing),
        FalseVariant("one per cent less", one_percent_less),
    ),
)
