"""The exact supremum of the velocity's Jacobian over space."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identity, nonnegative, symbols
from symmerge.numbers import balls
from symmerge.verdict import Proved, Refuted, Undecided, Verdict


def steps() -> Iterator[Step]:
    """Checks."""
    x, y, a, b, c, d = sympy.symbols("x y a b c d", real=True)
    v, shift = symbols("v tau")
    quadratic = (-((x - a) ** 2) - (y - b) ** 2 + (x - c) ** 2 + (y - d) ** 2) / (2 * v)
    linear = (x * (a - c) + y * (b - d) - (a**2 + b**2 - c**2 - d**2) / 2) / v
    yield identity("log of a ratio of responsibilities is affine in x", quadratic, linear)
    moved = linear.subs({x: x + shift * (d - b), y: y + shift * (a - c)}, simultaneous=True)
    yield identity("and constant across the edge's normal", moved, linear)
    pull, spread, rest = symbols("A b z")
    yield nonnegative("sigma_0 >= 1: (1-1/v) + rho/v^2 is largest at the largest rho", rest)
    yield nonnegative(
        "sigma_0 < 1: the bound |dv|/beta <= max(A, b-A), upper", pull - (pull - rest)
    )
    yield nonnegative("and lower, b = rho/v^2 + z", (spread + rest - pull) - (spread - pull))
    # L = A + b against max(A, b - A), the switch at b = 2 A
    above, below = 2 * pull + rest, 2 * pull - rest
    yield nonnegative("L <= 3 sup for b = 2A + z", 3 * (above - pull) - (pull + above))
    yield nonnegative("L <= 3 sup for b = 2A - z", 3 * pull - (pull + below))
    yield identity("equality at b = 2A", 3 * pull, pull + 2 * pull)


def without_exposed_edge() -> Verdict:
    """Three equal modes at -2, 0, 2 with v = 1/4, where the far pair is not an exposed edge.

    The covariance is ``4 gamma_0 (1-gamma_0) + 16 gamma_- gamma_+`` and ``gamma_- gamma_+ <=
    gamma_- gamma_+/gamma_0^2 = exp(-4/v)``.
    """
    field = balls(64)
    with field.working():
        v = field.number(Fraction(1, 4))
        covariance = 1 + 16 * (-4 / v).exp()
        formula = 1 - 1 / v + 4 / v**2
        truth = (1 - 1 / v + covariance / v**2).max(1 / v - 1)
        if truth < formula:
            claim = f"sup |dv|/beta <= {truth.str(8)} < {formula.str(8)}"
            return Refuted(claim, "means -2, 0, 2, equal weights, sigma_0 = 1/2, t = 0")
    return Undecided("the balls overlap")


def twice() -> Verdict:
    """L at most 2.97 times the supremum."""
    pull, spread = Fraction(1), Fraction(2)
    ratio = (pull + spread) / max(pull, spread - pull)
    if ratio > Fraction(297, 100):
        return Refuted(f"the ratio is {ratio}", "|1-1/v| = 1, diam^2/(4 v^2) = 2")
    return Proved("held")


THEOREM = Theorem(
    name="b1_supremum",
    title="Exact supremum of the velocity's Jacobian",
    statement="If the farthest pair of modes is an exposed edge of their convex hull (always so "
    "for two modes), the Lipschitz bound L is attained in the supremum when sigma_0 >= 1; when "
    "sigma_0 < 1 the supremum is the larger of two terms and L is at most three times as large.",
    latex=r"""Let $\sigma_\infty=1$, $\mathrm{diam}=e^{-\beta t}D_0$, and let a farthest pair of
modes be an exposed edge of the convex hull with no other mode on it. Then
\[\sup_x\|\partial_xV\|=\begin{cases}L(t)&\sigma_0\ge1,\\
\beta\max\Bigl(\frac1v-1,\;1-\frac1v+\frac{\mathrm{diam}^2}{4v^2}\Bigr)\ge\frac13L(t)&\sigma_0<1.
\end{cases}\]""",
    source="symmerge, part B1",
    standing="P",
    assumptions=(
        "a farthest pair is an exposed edge of the hull and carries no third mode",
        "sigma_inf = 1",
    ),
    steps=steps,
    proof=r"""Eigenvalues of $\partial_xV/\beta$ are $-(1-1/v)-\rho/v^2$ with $\rho$ an eigenvalue
of $\mathrm{Cov}$, $0\le\rho\le\mathrm{diam}^2/4$ (b1\_popoviciu). Upper bounds: for $\sigma_0\ge1$
both terms have one sign; for $\sigma_0<1$ the modulus of $A-\rho/v^2$, $A=1/v-1\ge0$, is at most
$\max(A,b-A)$, $b=\mathrm{diam}^2/(4v^2)$. Attained: let $m_i,m_j$ be the pair and $w\perp m_i-m_j$
with $\langle w,m_i\rangle=\langle w,m_j\rangle>\langle w,m_k\rangle$ for the other $k$ ($w=0$ if
there is none). At $x=\tau w+\xi(m_i-m_j)$ the ratio $\gamma_i/\gamma_j$ does not depend on $\tau$
(second identity) and $\xi$ makes it $1$; every other $\gamma_k/\gamma_i\to0$ as $\tau\to\infty$
(first identity), so $\mathrm{Cov}\to\frac14(m_i-m_j)(m_i-m_j)^\top$ and the largest $\rho$ is
approached. In a generic direction at infinity one mode dominates, $\mathrm{Cov}\to0$ and $\rho=0$
is approached. The last checks compare $L= \beta(A+b)$ with $\beta\max(A,b-A)$.""",
    variants=(
        FalseVariant("the same formula without the exposed edge", without_exposed_edge),
        FalseVariant("L is at most 2.97 times the supremum", twice),
    ),
)
