"""Optimal split of a total training time over the merges of a plan, to first order."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log
from random import Random
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identity, seen, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def optimum(y: list[float], v: list[float], total: float) -> tuple[list[float], float]:
    """Times and first-order error of the split ``g v y = const`` on the merges that get time."""
    active = list(range(len(y)))
    while True:
        H = sum(1 / v[n] for n in active)
        level = (sum(log(v[n] * y[n]) / v[n] for n in active) - 2 * total) / H
        times = {n: (log(v[n] * y[n]) - level) / (2 * v[n]) for n in active}
        if min(times.values()) >= 0:
            break
        active = [n for n in active if times[n] > 0]
    split = [times.get(n, 0.0) for n in range(len(y))]
    return split, sum(b * exp(-2 * s * w) for b, s, w in zip(y, split, v, strict=True))


def steps() -> Iterator[Step]:
    """Checks, for three merges."""
    y, v = symbols("y1 y2 y3"), symbols("v1 v2 v3")
    total = symbols("S")[0]
    H = sum(1 / w for w in v)
    level = (sum(sympy.log(w * b) / w for b, w in zip(y, v, strict=True)) - 2 * total) / H
    times = [(sympy.log(w * b) - level) / (2 * w) for b, w in zip(y, v, strict=True)]
    yield identity("the times add up to S", sum(times), total)
    c = symbols("c")[0]  # exp(level)
    yield identity(
        "error c H at g = c/(v y)", sum(b * c / (w * b) for b, w in zip(y, v, strict=True)), c * H
    )
    s = symbols("s")[0]
    yield identity(
        "Lagrange: d(y exp(-2 s v))/ds = -2 g v y",
        sympy.diff(y[0] * sympy.exp(-2 * s * v[0]), s),
        -2 * sympy.exp(-2 * s * v[0]) * v[0] * y[0],
    )
    shift = sympy.symbols("d1:4", real=True)  # log of g v y against log c
    spent = sum(-d / (2 * w) for d, w in zip(shift, v, strict=True))
    tangent = sum(c * (1 + d) / w for d, w in zip(shift, v, strict=True))
    yield identity(
        "tangents of the exponentials add up to c H at equal total time",
        tangent,
        c * H - 2 * c * spent,
    )
    yield seen("no random split does better, clipped merges included", drawn(200, 3, random_case))


def random_case(rng: Random) -> Any:
    """A random plan's coefficients and random splits."""
    n = rng.randint(2, 6)
    y = [rng.uniform(0.01, 2) for _ in range(n)]
    v = [rng.uniform(0.1, 3) for _ in range(n)]
    total = rng.uniform(0.1, 10)
    _, best = optimum(y, v, total)
    for _ in range(30):
        parts = [rng.random() ** 3 for _ in range(n)]
        split = [total * p / sum(parts) for p in parts]
        error = sum(b * exp(-2 * s * w) for b, s, w in zip(y, split, v, strict=True))
        if error < best * (1 - 1e-12):
            return y, v, total, split
    return None


def equal_gains() -> Verdict:
    """The split g y = const (equal errors of all merges) instead of g v y = const."""
    y, v, total = [1.0, 1.0], [1.0, 4.0], 5.0
    _, best = optimum(y, v, total)
    first = 4.0  # exp(-2 * 4 * 1) = exp(-2 * 1 * 4): equal g y
    other = exp(-2 * first * v[0]) + exp(-2 * (total - first) * v[1])
    if best < other * 0.999:
        return Refuted(f"{best:.6g} < {other:.6g}", "y = 1, 1; v = 1, 4; S = 5")
    return Proved("held")


THEOREM = Theorem(
    name="c4_split",
    title="Optimal split of a training budget, first order",
    statement="If a plan's error is to first order a positive combination of its merges' "
    "shrinkage factors, the best split of a total time S makes g v y equal over the merges that "
    "get time, and the error decays like exp(-2S/H) with H the sum of 1/v.",
    latex=r"""Let $e=\sum_ny_ng_n$, $y_n>0$, $g_n=e^{-2s_nv_n}$, $s_n\ge0$, $\sum s_n=S$. The
minimum has $g_nv_ny_n=c$ where $s_n>0$ (and $v_ny_n\le c$ where $s_n=0$). If all $s_n>0$: $\ln
e=\ln H+\frac1H\Bigl(-2S+\sum_n\frac{\ln(v_ny_n)}{v_n}\Bigr)$, $H=\sum_n\frac1{v_n}$.""",
    source="symmerge, part C4",
    standing="P",
    assumptions=("first order in the shrinkage factors", "all y_n > 0 (steps on one side of 1)"),
    steps=steps,
    proof=r"""$e$ is strictly convex in $(s_n)$, so the Karush--Kuhn--Tucker conditions are
necessary and sufficient; by the Lagrange identity they are the stated ones. Directly, when all are
active: with $g_nv_ny_n=ce^{d_n}$ and the same total time, $\sum d_n/v_n=0$, and $e^{d}\ge1+d$
gives $e=\sum\frac c{v_n}e^{d_n}\ge cH$ by the tangent identity. The value of $c$ follows from
$\sum s_n=S$ (first identity).""",
    variants=(FalseVariant("g y = const instead of g v y = const", equal_gains),),
)
