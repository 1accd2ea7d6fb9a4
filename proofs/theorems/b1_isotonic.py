"""Best K-Lipschitz map in mean square by isotonic regression."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identity, seen
from symmerge.verdict import Proved, Refuted, Verdict


def pooled(y: list[Fraction], weights: list[Fraction]) -> list[Fraction]:
    """Weighted regression by a non-increasing sequence: pool adjacent violators."""
    blocks: list[tuple[Fraction, Fraction, int]] = []  # weighted sum, weight, length
    for value, weight in zip(y, weights, strict=True):
        blocks.append((value * weight, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] < blocks[-1][0] * blocks[-2][1]:
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    return [total / weight for total, weight, length in blocks for _ in range(length)]


def least_greatest(y: list[Fraction], weights: list[Fraction]) -> list[Fraction]:
    """The same by the min-max formula: least over starts of the greatest mean of y[k..j]."""

    def mean(k: int, j: int) -> Fraction:
        return sum(
            (a * b for a, b in zip(y[k : j + 1], weights[k : j + 1], strict=True)), Fraction(0)
        ) / sum(weights[k : j + 1], Fraction(0))

    n = len(y)
    return [min(max(mean(k, j) for j in range(i, n)) for k in range(i + 1)) for i in range(n)]


def steps() -> Iterator[Step]:
    """Checks."""
    n = 5
    y = sympy.symbols(f"y1:{n + 1}", real=True)
    h = sympy.symbols(f"h1:{n + 1}", real=True)
    k = sympy.symbols(f"k1:{n + 1}", real=True)
    w = sympy.symbols(f"w1:{n + 1}", positive=True)
    everything = range(n)
    sums = [sum(w[i] * (y[i] - h[i]) for i in range(j + 1)) for j in everything]
    excess = sum(w[i] * ((y[i] - k[i]) ** 2 - (y[i] - h[i]) ** 2) for i in everything)
    distance = sum(w[i] * (k[i] - h[i]) ** 2 for i in everything)
    cross = sums[-1] * (h[-1] - k[-1]) + sum(
        sums[j] * ((h[j] - h[j + 1]) - (k[j] - k[j + 1])) for j in range(n - 1)
    )
    yield identity("excess of k over h, by Abel summation", excess, distance + 2 * cross)
    left, right, first, last, width, K = sympy.symbols("h1 h2 f1 f2 d K", real=True)
    yield identity(
        "at a border of blocks",
        (right - left + K * width) - (last - first),
        (right - (last - K * width)) + (first - left),
    )
    yield seen(
        "pooling = min-max formula, and the result is increasing", drawn(150, 8, random_case)
    )


def random_case(rng: Random) -> Any:
    """Increasing data on rational points."""
    x = sorted({Fraction(rng.randint(0, 80), 9) for _ in range(rng.randint(2, 9))})
    weights = [Fraction(rng.randint(1, 20), 7) for _ in x]
    f = sorted(Fraction(rng.randint(-40, 40), rng.randint(1, 3)) for _ in x)
    K = Fraction(rng.randint(1, 30), 6)
    tilted = [b - K * a for a, b in zip(x, f, strict=True)]
    h = pooled(tilted, weights)
    g = [b + K * a for a, b in zip(x, h, strict=True)]
    slopes = [(g[i + 1] - g[i]) / (x[i + 1] - x[i]) for i in range(len(x) - 1)]
    fine = h == least_greatest(tilted, weights) and all(0 <= slope <= K for slope in slopes)
    return None if fine else (x, f, weights, K, h)


def unweighted() -> Verdict:
    """Pooling with the weights dropped."""
    y, weights = [Fraction(0), Fraction(3)], [Fraction(2), Fraction(1)]

    def cost(h: list[Fraction]) -> Fraction:
        return sum((w * (a - b) ** 2 for a, b, w in zip(y, h, weights, strict=True)), Fraction(0))

    plain = cost(pooled(y, [Fraction(1)] * 2))
    best = cost(pooled(y, weights))
    if best < plain:
        return Refuted(f"{best} is less than {plain}", "values 0, 3 with weights 2, 1")
    return Proved("held")


def any_data() -> Verdict:
    """Without f increasing the pooled map need not be K-Lipschitz."""
    x, f, K = [Fraction(0), Fraction(1)], [Fraction(0), Fraction(-5)], Fraction(1)
    h = pooled([b - K * a for a, b in zip(x, f, strict=True)], [Fraction(1)] * 2)
    slope = (h[1] + K * x[1] - h[0]) / (x[1] - x[0])
    return Refuted(f"its slope is {slope}", "f(0) = 0, f(1) = -5") if slope < -K else Proved("held")


THEOREM = Theorem(
    name="b1_isotonic",
    title="Lipschitz mismatch in mean square for any weights",
    statement="For an increasing f on finitely many weighted points the K-Lipschitz map nearest "
    "to f in mean square is Kx plus the weighted non-increasing regression of f - Kx (pool "
    "adjacent violators). It is increasing.",
    latex=r"""Let $x_1<\dots<x_n$, weights $w_i>0$, $f_1\le\dots\le f_n$, and let $h$ be the
weighted least-squares fit of $f_i-Kx_i$ by non-increasing sequences. Then $g_i=Kx_i+h_i$ minimises
$\sum w_i(f_i-g_i)^2$ over all $K$-Lipschitz $g$; moreover $0\le g_{i+1}-g_i\le K(x_{i+1}-x_i)$.""",
    source="symmerge, part B1",
    standing="P",
    assumptions=("f increasing", "finitely many points (a density is their limit)"),
    steps=steps,
    proof=r"""A $K$-Lipschitz $g$ has $g-Kx$ non-increasing, so the fit is a lower bound. Pooling
ends with blocks on which $h$ is the mean of $y=f-Kx$, block means decrease, and within a block
prefix means are at most the block mean (else it would not have been pooled), so the partial sums
$S_j=\sum_{i\le j}w_i(y_i-h_i)$ are $\le0$ and vanish at block ends. In the identity
$S_j(h_j-h_{j+1})=0$ for all $j$ and $-S_j(k_j-k_{j+1})\ge0$ for non-increasing $k$, hence $k$
costs at least $\sum w(k-h)^2$ more: $h$ is the unique fit. Feasible: within a block $g$ has slope
$K$; at a border suffix means are at least the block mean, so $y_i\ge h_i$, and likewise
$y_{i+1}\le h_{i+1}$; by the second identity $g_{i+1}-g_i\ge f_{i+1}-f_i\ge0$, while $h_{i+1}\le
h_i$ gives the upper bound.""",
    variants=(
        FalseVariant("pooling without the weights", unweighted),
        FalseVariant("the same for data that are not increasing", any_data),
    ),
)
