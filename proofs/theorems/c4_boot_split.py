"""Optimal split of a budget over BOOT's merges: water-filling, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log
from random import Random
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identity, nonnegative, seen, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def water_filled(x: list[float], budget: float) -> list[float]:
    """Factors with product exp(-budget): ``g x = y`` where that is below 1."""
    active = sorted(range(len(x)), key=lambda t: x[t])
    while True:
        level = (sum(log(x[t]) for t in active) - budget) / len(active)
        if log(x[active[0]]) >= level:
            break
        active = active[1:]
    return [exp(level) / x[t] if t in active else 1.0 for t in range(len(x))]


def error(x: list[float], g: list[float]) -> float:
    """Exact relative error ``prod(1 + g x) - 1``."""
    total = 1.0
    for b, c in zip(x, g, strict=True):
        total *= 1 + c * b
    return total - 1


def steps() -> Iterator[Step]:
    """Checks."""
    x, p = symbols("x")[0], sympy.Symbol("p", real=True)
    z = symbols("z")[0]
    cost = sympy.log(1 + x * sympy.exp(p))
    slope = sympy.diff(cost, p).subs(sympy.exp(p), z / x)
    yield identity("d/dlog g of log(1 + g x) is z/(1+z), z = g x", slope, z / (1 + z))
    bend = sympy.diff(cost, p, 2).subs(sympy.exp(p), z / x)
    yield identity("second derivative", bend, z / (1 + z) ** 2)
    more = symbols("r")[0]
    rise = (z + more) / (1 + z + more) - z / (1 + z)
    yield nonnegative("z/(1+z) increases", sympy.together(rise))
    n = 4
    steps_x = symbols("x1:5")
    product = sympy.S.One
    for b in steps_x:
        product *= z / b
    yield identity("all active: prod g = y^n / prod x", product, z**n / sympy.prod(steps_x))
    yield seen("no random split does better", drawn(150, 5, random_case))


def random_case(rng: Random) -> Any:
    """Random steps below 1 and random splits of the same budget."""
    n = rng.randint(1, 6)
    x = [rng.uniform(0.001, 0.8) for _ in range(n)]
    budget = rng.uniform(0.05, 8)
    g = water_filled(x, budget)
    best = error(x, g)
    if abs(sum(map(log, g)) + budget) > 1e-9:
        return "budget", x, budget
    for _ in range(30):
        parts = [rng.random() ** 2 for _ in range(n)]
        other = [exp(-budget * part / sum(parts)) for part in parts]
        if error(x, other) < best - 1e-12:
            return x, budget, other
    return None


def uniform() -> Verdict:
    """The uniform split is optimal."""
    x, budget = [0.05, 0.6], 3.0
    best, even = error(x, water_filled(x, budget)), error(x, [exp(-budget / 2)] * 2)
    if best < even * 0.999:
        return Refuted(f"{best:.6f} < {even:.6f}", "1/a - 1 = .05, .6; 2 S v_T = 3")
    return Proved("held")


THEOREM = Theorem(
    name="c4_boot_split",
    title="Optimal split of a budget for BOOT: water-filling",
    statement="BOOT's exact error is least, for a given total time, when g_t x_t is one level y "
    "for all steps with x_t above the level and the other steps get no time.",
    latex=r"""Let all $a_t\le1$, $x_t=1/a_t-1$ ($t<T$), $e=\prod_t(1+g_tx_t)-1$,
$g_t=e^{-2s_tv_T}$, $\sum s_t=S$. The minimum has $g_tx_t=y$ where $x_t>y$ and $g_t=1$ elsewhere.
If all are active, $y=\bigl(\prod x_t\bigr)^{1/(T-1)}e^{-2Sv_T/(T-1)}$ and $e=(1+y)^{T-1}-1$.""",
    source="symmerge, part C4",
    standing="P",
    assumptions=("all a_t <= 1", "all of BOOT's merges train at time T, so share v_T"),
    steps=steps,
    proof=r"""In $p_t=\ln g_t\le0$ with $\sum p_t=-2Sv_T$ the function
$\ln(1+e)=\sum\ln(1+x_te^{p_t})$ is convex with derivative $z/(1+z)$, $z=g_tx_t$, which increases
in $z$. So the Karush--Kuhn--Tucker conditions, necessary and sufficient, say: $z$ is one number
$y$ where $p_t<0$, and $x_t\le y$ where $p_t=0$. Taking the product over all gives $y$.""",
    variants=(FalseVariant("the uniform split is optimal", uniform),),
)
