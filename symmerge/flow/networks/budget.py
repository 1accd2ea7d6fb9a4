r"""How accurate each piece must be for the score to be within eps (exact arithmetic).

With :math:`|x|\le R`, :math:`M=\max|\mu_k|`, :math:`a_1=\max\alpha/v`, :math:`a_2=\max\alpha^2/v`,
relative errors :math:`\rho_\alpha` of alpha, :math:`\rho_r` and :math:`\rho_S` of the two
reciprocals, :math:`\rho_e` of the exponentials, logits cut off C below the largest, and absolute
errors :math:`\delta` of the constants :math:`\ln\pi_k`:

.. math::
    \rho_v &= |c|\,\sigma_0^{-2}\,((1+\rho_\alpha)^2-1), \quad
    \rho_y = (1+\rho_r)/(1-\rho_v)-1, \\
    \rho_1 &= (1+\rho_\alpha)(1+\rho_y)-1, \quad \rho_2 = (1+\rho_\alpha)(1+\rho_1)-1, \\
    \Delta &= a_1RM\rho_1 + \tfrac12a_2M^2\rho_2 + \delta, \quad
    F = e^{2\Delta}(1+\rho_e)/(1-\rho_e), \\
    |\hat m-m| &\le M\,[F-1+2(K-1)e^{-C}+\rho_S], \\
    |\text{score error}| &\le R\,v_{\min}^{-1}\rho_y + a_1[(1+\rho_1)\,|\hat m-m| + \rho_1M].

All norms are Euclidean. :math:`|c|\sigma_0^{-2}` bounds how a relative error of :math:`\alpha^2`
grows in :math:`v=\sigma_\infty^2+c\alpha^2`; a factor between 1/F and F on every *normalised*
weight moves an average of vectors no longer than M by at most :math:`M(F-1)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath

from ...errors import require
from ..mixture import Mixture
from .gadgets import Exponential, Inverse

__all__ = ["Budget", "Scales", "budget", "scales"]

_PRECISION = 60  # digits of the bounds
_SLACK = 1 + Fraction(1, 10**9)  # for rounding the bounds


@dataclass(frozen=True)
class Scales:
    """Sizes of everything the network computes with.

    Attributes
    ----------
    radius, mean : Fraction
        R and M, rounded up.
    low, high : Fraction
        Range of the variance v.
    a1, a2 : Fraction
        Upper bounds of ``alpha/v`` and ``alpha^2/v``.
    growth : Fraction
        ``|c|/sigma0^2``.
    """

    radius: Fraction
    mean: Fraction
    low: Fraction
    high: Fraction
    a1: Fraction
    a2: Fraction
    growth: Fraction


def scales(mixture: Mixture, radius: Fraction) -> Scales:
    """Sizes for a mixture and a ball of points."""
    start, end = mixture.sigma0**2, mixture.sigma_inf**2
    low, high, c = min(start, end), max(start, end), start - end
    # alpha/v rises with alpha as long as c alpha^2 < sigma_inf^2.
    a1 = 1 / start if c <= end else _above(1 / (2 * math.sqrt(end) * math.sqrt(c)))
    mean = _above(max(math.hypot(*row) for row in mixture.means.tolist()))
    return Scales(radius, mean, low, high, a1, 1 / start, abs(c) / start)


def _above(value: float) -> Fraction:
    return Fraction(value) * _SLACK


@dataclass(frozen=True)
class Budget:
    """Degrees that meet an accuracy, and the accuracy they guarantee.

    Attributes
    ----------
    alpha, weights : Exponential
        For ``exp(-beta t)`` and for the components' weights.
    inverse_v, inverse_sum : Inverse
        For ``1/v`` and for the normalisation.
    cut : Fraction
        C.
    digits : int
        Decimal digits of the logarithms of the weights.
    bound : mpf
        The score's error is at most this.
    """

    alpha: Exponential
    weights: Exponential
    inverse_v: Inverse
    inverse_sum: Inverse
    cut: Fraction
    digits: int
    bound: Any


def budget(mixture: Mixture, eps: Fraction, T: Fraction, sizes: Scales) -> Budget:
    """Choose the degrees; the largest tolerances of a halving sequence that keep the bound."""
    context = mpmath.mp.clone()
    context.dps = _PRECISION

    def real(value: Fraction) -> Any:
        return context.mpf(value.numerator) / value.denominator

    goal, K = real(eps), mixture.K
    R, M, a1, a2, low = map(real, (sizes.radius, sizes.mean, sizes.a1, sizes.a2, sizes.low))
    growth = real(sizes.growth)
    pull = a1 * M  # what a change of the weights by one in total does to the score
    sharp = 1 + 2 * a1 * R * M + a2 * M * M
    # A relative error of alpha/v: directly, and through the logits.
    margin = Fraction(1, 1000)  # how far v may leave its range; keeps the errors' squares small
    basic = min(goal / (4 * (R / low + pull * sharp)), real(margin))
    share = min(goal / (16 * pull), real(margin)) if pull else real(margin)
    single = K == 1 or not pull
    cut = Fraction(1) if single else Fraction(math.ceil(max(1, context.log((K - 1) / share))))
    for _ in range(64):
        alpha = Exponential.within(basic / (4 + 8 * growth), mixture.beta * T, context)
        rho_v = growth * ((1 + alpha.error) ** 2 - 1)
        inverse_v = Inverse.within(
            basic / 4, sizes.low * (1 - margin), sizes.high * (1 + margin), context
        )
        rho_y = (1 + inverse_v.error) / (1 - rho_v) - 1
        if sizes.growth == 0:
            rho_y = context.mpf(0)
        rho_1 = (1 + alpha.error) * (1 + rho_y) - 1
        rho_2 = (1 + alpha.error) * (1 + rho_1) - 1
        digits = int(context.ceil(-context.log10(share / 8))) + 2
        weights = Exponential.within(share, cut, context)
        inverse_sum = Inverse.within(share, Fraction(1), K * (1 + margin), context)
        delta = a1 * R * M * rho_1 + a2 * M * M * rho_2 / 2 + context.mpf(10) ** -digits
        factor = context.exp(2 * delta) * (1 + weights.error) / (1 - weights.error)
        moved = (
            context.mpf(0)
            if single
            else M * (factor - 1 + 2 * (K - 1) * context.exp(-real(cut)) + inverse_sum.error)
        )
        bound = R / low * rho_y + a1 * ((1 + rho_1) * moved + rho_1 * M)
        bound *= real(_SLACK)
        if bound <= goal:
            return Budget(alpha, weights, inverse_v, inverse_sum, cut, digits, bound)
        basic, share = basic / 2, share / 2
        cut += 1
    require(False, "eps", "cannot be met", eps)
    raise AssertionError
