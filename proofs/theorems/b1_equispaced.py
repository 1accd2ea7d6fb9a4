"""How much the Lipschitz bound overstates equispaced modes on a line."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import enclosed, identity, nonnegative, seen, symbols
from symmerge.flow.mixture import Mixture
from symmerge.flow.score import spread
from symmerge.numbers import balls
from symmerge.verdict import Refuted, Undecided, Verdict

FIELD = balls(64)


def greatest_variance(K: int, ratio: Any) -> Any:
    """Upper bound of the modes' variance in squared spacings; ratio = spacing^2/v at time t."""
    tails = (m * m * (K - m) * (-(m - 1) * ratio).exp() for m in range(2, K))
    return FIELD.number(Fraction(1, 4)) + sum(tails, FIELD.number(0))


def least_ratio(K: int, v: Fraction, ratio: Fraction) -> Any:
    """Lower bound of L/sup for K equal modes of variance v at ``spacing^2 = ratio v``."""
    spacing = FIELD.number(ratio * v)
    pull = abs(FIELD.number(1 - 1 / v))
    L = pull + (K - 1) ** 2 * spacing / 4 / FIELD.number(v) ** 2
    spread = spacing * greatest_variance(K, FIELD.number(ratio)) / FIELD.number(v) ** 2
    return L / (pull + spread if v >= 1 else pull.max(spread - pull))


def steps() -> Iterator[Step]:
    """Checks."""
    i, j, x, d, v = sympy.symbols("i j x d v", positive=True)

    def log_weight(k: Any) -> Any:
        return -((x - k * d) ** 2) / (2 * v)

    apart = log_weight(i) + log_weight(j) - log_weight(i + 1) - log_weight(j - 1)
    yield identity("gamma_i gamma_j against the pair between", apart, -(d**2) * (j - i - 1) / v)
    rest = symbols("z")[0]
    yield nonnegative(
        "neighbours: 1/4 - p(1-p) is a square over 4, p = 1/2 +- z",
        sympy.expand(
            sympy.Rational(1, 4) - (sympy.Rational(1, 2) + rest) * (sympy.Rational(1, 2) - rest)
        ),
    )
    A, b, q = symbols("A b q")  # q = (K-1)^2 - 1
    yield nonnegative(
        "sigma_0 >= 1: (K-1)^2 (A + b) - (A + (K-1)^2 b)",
        sympy.expand((q + 1) * (A + b) - (A + (q + 1) * b)),
    )
    above, below = 2 * A + rest, 2 * A / (1 + rest)
    bound = 1 + 2 * (1 + q)
    yield nonnegative(
        "sigma_0 < 1, b = 2A + z", sympy.expand(bound * (above - A) - (A + (1 + q) * above))
    )
    yield nonnegative("sigma_0 < 1, b = 2A/(1+z)", bound * A - (A + (1 + q) * below))
    with FIELD.working():
        for K in (3, 5, 9):
            value = least_ratio(K, Fraction(1), Fraction(50))
            fits = value > FIELD.number(Fraction(999, 1000) * (K - 1) ** 2)
            claim = f"K = {K}, sigma_0 = 1, spacing^2 = 50: above .999 (K-1)^2"
            yield enclosed(claim, bool(fits), computed=value.str(8), theoretical=(K - 1) ** 2)
    yield seen("variance of the modes reaches a quarter of a squared spacing", trials())


def trials() -> Iterator[Any]:
    """Greatest variance on a grid."""
    for K in (2, 3, 4, 7):
        for spacing in (0.2, 1.0, 2.0, 4.0):
            modes = Mixture(spacing * (np.arange(K) - (K - 1) / 2))
            x = np.linspace(-K * spacing, K * spacing, 4001)[:, None]
            variance = spread(modes, x, 0).max() / spacing**2
            yield None if variance >= 0.25 - 1e-5 else (K, spacing, variance)


def for_narrow_modes() -> Verdict:
    """(K-1)^2 for sigma_0 < 1 too: three modes, v = 1/10, spacing^2 = 7.2 v."""
    with FIELD.working():
        value = least_ratio(3, Fraction(1, 10), Fraction(72, 10))
        if value > 4:
            return Refuted(
                f"L/sup >= {value.str(6)} > 4", "K = 3, v = .1, spacing^2 = .72 at time t"
            )
    return Undecided("the balls overlap")


THEOREM = Theorem(
    name="b1_equispaced",
    title="How much L overstates equispaced modes",
    statement="For K equally weighted, equispaced modes on a line, L exceeds the supremum of the "
    "velocity's Jacobian by at most (K-1)^2 when sigma_0 >= 1, a factor approached by well "
    "separated modes; when sigma_0 < 1 the factor is at most 1 + 2(K-1)^2, and it does exceed "
    "(K-1)^2.",
    latex=r"""Let $d=1$, $\sigma_\infty=1$, $K\ge2$ equal weights, means with one spacing. Then
$L\le(K-1)^2\sup_x|\partial_xV|$ if $\sigma_0\ge1$, with a ratio that tends to $(K-1)^2$ as the
spacing grows at fixed $v$; and $L\le(1+2(K-1)^2)\sup_x|\partial_xV|$ if $\sigma_0<1$.""",
    source="symmerge, part B1",
    standing="P",
    assumptions=("d = 1, equal weights (any weights for the upper bounds), one spacing",),
    steps=steps,
    proof=r"""Let $\delta$ be the spacing at time $t$. The responsibility-weighted mean of the
modes moves continuously from the first to the last as $x$ runs over the line, so at some $x$ it is
the midpoint of two neighbours, from which every mode is at least $\delta/2$ away:
$\sup_x\mathrm{Cov}\ge\delta^2/4$, while $\mathrm{diam}^2/4=(K-1)^2\delta^2/4$. With $A=|1-1/v|$
and $b=\sup\mathrm{Cov}/v^2$, $L/\beta\le A+(K-1)^2b$ and the supremum is $\beta(A+b)$ for
$\sigma_0\ge1$, $\beta\max(A,b-A)$ for $\sigma_0<1$; the sign checks give the bounds. Limit:
neighbours contribute
$\delta^2\sum\gamma_i\gamma_{i+1}\le\delta^2(\sum_{\mathrm{even}}\gamma)
(\sum_{\mathrm{odd}}\gamma)\le\frac{\delta^2}4$ to the covariance, and
$\gamma_i\gamma_j\le e^{-\delta^2(m-1)/v}$ for $j-i=m\ge2$ by the first identity; so
$\sup\mathrm{Cov}/\delta^2\to\frac14$.""",
    variants=(FalseVariant("the factor (K-1)^2 for narrow modes too", for_narrow_modes),),
)
