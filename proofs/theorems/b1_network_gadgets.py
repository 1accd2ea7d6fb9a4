"""What ReLU and ReQU units compute exactly, and the reciprocal by doubling."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import enclosed, identities, identity, symbols
from symmerge.numbers import balls
from symmerge.verdict import Proved, Refuted, Verdict


def relu(x: Any) -> Any:
    """``max(x, 0)`` of an expression of known sign."""
    return x if x.is_nonnegative else sympy.S.Zero


def requ(x: Any) -> Any:
    """``max(x, 0)^2``."""
    return relu(x) ** 2


def steps() -> Iterator[Step]:
    """Checks."""
    p = symbols("p")[0]
    x, y, e = sympy.symbols("x y e", real=True)
    yield identities(
        "x^2 = ReQU(x) + ReQU(-x), x = ReLU(x) - ReLU(-x), both signs",
        [(requ(s * p) + requ(-s * p), (s * p) ** 2) for s in (1, -1)]
        + [(relu(s * p) - relu(-s * p), s * p) for s in (1, -1)],
    )
    yield identity("x y from two squares", ((x + y) ** 2 - (x - y) ** 2) / 4, x * y)
    yield identities(
        "max(x, y) = x + ReLU(y - x)",
        [(relu(sign * p), p if sign > 0 else sympy.S.Zero) for sign in (1, -1)],
    )
    doubled, pairs = sympy.S.One, []
    for m in range(6):
        pairs.append((doubled * (1 - e), 1 - e ** (2**m)))
        doubled *= 1 + e ** (2**m)
    yield identities("(1-e) prod_{i<m} (1 + e^(2^i)) = 1 - e^(2^m), m = 0..5", pairs)
    power = symbols("w")[0]
    yield identity("one more doubling, any m", (1 - power) * (1 + power), 1 - power**2)
    field = balls(200)
    with field.working():
        start = field.number(Fraction(3))
        taylor = field.number(0)
        term = field.number(1)
        small = -start / 2**6
        for k in range(1, 9):
            taylor, term = taylor + term, term * small / k
        for _ in range(6):
            taylor = taylor * taylor
        gap = abs(taylor - (-start).exp())
        yield enclosed(
            "exp(-3) by degree 7 and six squarings: 1e-12", bool(gap < 1e-12), computed=gap.str(5)
        )


def without_requ() -> Verdict:
    """A product of ReLU units alone: |x+y| - |x-y| for 4xy."""
    x, y = Fraction(2), Fraction(3)
    found = abs(x + y) - abs(x - y)
    return (
        Refuted(f"{found} is not {4 * x * y}", "x = 2, y = 3")
        if found != 4 * x * y
        else Proved("held")
    )


THEOREM = Theorem(
    name="b1_network_gadgets",
    title="Building blocks of ReLU-ReQU score networks",
    statement="ReQU units multiply exactly, ReLU units take maxima exactly, reciprocals come "
    "from doubling with doubly exponential accuracy, exponentials from a Taylor polynomial and "
    "repeated squaring. (That the whole score network has polylogarithmic size is the source's "
    "theorem; it is not proved here.)",
    latex=r"""With $\mathrm{ReQU}(x)=\max(x,0)^2$: $x^2=\mathrm{ReQU}(x)+\mathrm{ReQU}(-x)$,
$xy=\frac14((x+y)^2-(x-y)^2)$, $\max(x,y)=x+\mathrm{ReLU}(y-x)$. For $|e|<1$, $e=1-y_0z$:
$\frac1z=y_0\prod_{i\ge0}(1+e^{2^i})$, and stopping after $m$ factors leaves the relative error
$e^{2^m}$.""",
    source="W. Gao, M. Li, L. Shi, H. Zhou, arXiv 2606.03820 (construction); symmerge, part B1",
    standing="P",
    assumptions=("|1 - y0 z| < 1 for the reciprocal",),
    steps=steps,
    proof=r"""The first identities are case distinctions by sign. $y_0z=1-e$, so
$z\,y_0\prod_{i<m}(1+e^{2^i})=1-e^{2^m}$ by induction with $(1-w)(1+w)=1-w^2$, $w=e^{2^m}$.""",
    variants=(FalseVariant("ReLU units alone multiply the same way", without_requ),),
)
