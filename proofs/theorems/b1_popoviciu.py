"""The covariance of the modes is at most a quarter of their squared diameter."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Level, Step, Theorem
from proofs.tools import fact, identity, nonnegative, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def steps() -> Iterator[Step]:
    """Checks."""
    mean, square, low, high = sympy.symbols("M S lo hi", real=True)
    inner = (high + low) * mean - square - high * low  # E (hi-Y)(Y-lo), by linearity
    yield identity(
        "Var Y = (hi-M)(M-lo) - E(hi-Y)(Y-lo)",
        square - mean**2,
        (high - mean) * (mean - low) - inner,
    )
    yield identity(
        "(hi-lo)^2/4 - (hi-M)(M-lo) is a square",
        (high - low) ** 2 / 4 - (high - mean) * (mean - low),
        (mean - (high + low) / 2) ** 2,
    )
    up, down = symbols("p q")
    yield nonnegative("(hi-Y)(Y-lo) >= 0 where Y = hi - p = lo + q", up * down)
    half = Fraction(1, 2)
    spread = half * half * (1 - (-1)) ** 2
    yield fact(
        "two equal weights attain the bound",
        spread == Fraction(2**2, 4),
        Level.IDENTITY,
        computed=spread,
        theoretical=1,
    )


def one_percent_less() -> Verdict:
    """The bound with 0.99/4 instead of 1/4, at two equal weights on -1 and 1."""
    variance, bound = Fraction(1), Fraction(99, 100) * 4 / 4
    if variance > bound:
        return Refuted(f"variance {variance} exceeds {bound}", "weights 1/2, 1/2 on -1, 1")
    return Proved("held")


THEOREM = Theorem(
    name="b1_popoviciu",
    title="Popoviciu's bound on the covariance of the modes",
    statement="The largest eigenvalue of the modes' covariance under any responsibilities is at "
    "most a quarter of the squared diameter, and two equally weighted modes attain it.",
    latex=r"""For all weights $\gamma$ on points $m_k\in\mathbb R^d$ with $|m_k-m_l|\le D$:
$0\preceq\mathrm{Cov}_\gamma(m)\preceq\frac{D^2}{4}I$.""",
    source="T. Popoviciu, Mathematica 9 (1935) 129; arXiv 2606.03820; symmerge, part B1",
    standing="S",
    assumptions=("finitely many modes (any bounded distribution would do)",),
    steps=steps,
    proof=r"""Fix a unit vector $w$ and let $Y=\langle w,m\rangle$ with range $[lo,hi]$, $hi-lo\le
D$ by Cauchy--Schwarz, mean $M$ and $S=EY^2$. By the first identity and $E(hi-Y)(Y-lo)\ge0$,
$\mathrm{Var}\,Y\le(hi-M)(M-lo)$, which by the second is at most $(hi-lo)^2/4$. As
$w^\top\mathrm{Cov}\,w=\mathrm{Var}\,Y$, this is the claim.""",
    variants=(FalseVariant("the same with a constant one per cent smaller", one_percent_less),),
)
