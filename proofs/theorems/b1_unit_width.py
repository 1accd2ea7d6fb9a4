"""The stability-balanced grid for sigma_0 = sigma_inf: uniform in alpha^2."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import enclosed, identity, symbols
from symmerge.flow.stability import Stability
from symmerge.numbers import balls
from symmerge.verdict import Proved, Refuted, Verdict

FIELD = balls(128)
TABLES = {
    4: "0 .028767 .069310 .138616 1",
    8: "0 .013352 .028767 .046998 .069310 .098075 .138616 .207912 1",
    16: "0 .006454 .013352 .020763 .028767 .037467 .046998 .057533 .069310 .082662 .098075 .116305"
    " .138616 .167378 .207912 .277191 1",
}


def grid(n: int, beta: int, end: int) -> list[Any]:
    """Times at which A reaches its n-th parts, as balls; any diameter."""
    flow = Stability(1, "40.997", beta)
    total = flow.coordinate(end, field=FIELD)
    levels = [FIELD.number(Fraction(k, n)) * total for k in range(n + 1)]
    return [flow.inverse(level, field=FIELD) for level in levels]


def matches(nodes: list[Any], table: str) -> bool:
    """Whether every node certainly rounds to the printed six decimals."""
    half = Fraction(1, 2 * 10**6)
    printed = [Fraction(Decimal(word)) for word in table.split()]
    return len(printed) == len(nodes) and all(
        abs(node - FIELD.number(value)) < FIELD.number(half)
        for node, value in zip(nodes, printed, strict=True)
    )


def steps() -> Iterator[Step]:
    """Checks."""
    part, end, square, w = symbols("p U D2 w")
    reach = square * (1 - end) / (8 * w)
    u = 1 - part * (1 - end)
    yield identity(
        "A(t_k) = (k/n) A(T) for u_k = 1 - (k/n)(1-U)", square * (1 - u) / (8 * w), part * reach
    )
    yield identity(
        "u_k does not depend on D0 or sigma_0",
        sympy.diff(u, square) + sympy.diff(u, w),
        sympy.S.Zero,
    )
    with FIELD.working():
        for n, table in TABLES.items():
            nodes = grid(n, 5, 1)
            shown = ", ".join(node.str(8, radius=False) for node in nodes)
            claim = f"beta = 5, T = 1, n = {n}: six decimals"
            yield enclosed(claim, matches(nodes, table), computed=shown, theoretical=table)


def one_percent_longer() -> Verdict:
    """The printed grid, taken for beta one per cent smaller."""
    with FIELD.working():
        slower = [node * 100 / 99 for node in grid(8, 5, 1)[:-1]]
        if matches(slower, " ".join(TABLES[8].split()[:-1])):
            return Proved("held")
        return Refuted("the second node differs", slower[1].str(8, radius=False))


THEOREM = Theorem(
    name="b1_unit_width",
    title="The balanced grid for equal widths is uniform in the squared signal level",
    statement="When the modes are as wide as the stationary law, the stability-balanced grid is "
    "uniform in exp(-2 beta t): it does not depend on the modes, their number or the dimension.",
    latex=r"""If $\sigma_0=\sigma_\infty$, the nodes $A(t_k)=\frac knA(T)$ are
\[t_k=-\frac{1}{2\beta}\ln\Bigl(1-\frac kn\bigl(1-e^{-2\beta T}\bigr)\Bigr).\]""",
    source="symmerge, part B1",
    standing="P",
    assumptions=("closed form b1_coordinate", "D0 > 0"),
    steps=steps,
    proof=r"""By b1\_coordinate $A=D_0^2(1-u)/(8\sigma_0^2)$, linear in $u=e^{-2\beta t}$; insert
$u_k=1-\frac kn(1-e^{-2\beta T})$. The printed tables are ball computations.""",
    variants=(FalseVariant("the same printed nodes for beta = 4.95", one_percent_longer),),
)
