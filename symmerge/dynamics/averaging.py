r"""Exponential moving average of the weights, on top of any law (SPEC C2).

For gradient flow averaged at rate ``kappa``,

.. math:: \gamma = \frac{\kappa e^{-2vs} - 2v e^{-\kappa s}}{\kappa - 2v}
                 = P(\mathrm{Exp}(2v) + \mathrm{Exp}(\kappa) > s),

``(1 + 2vs) e^{-2vs}`` at ``kappa = 2v``. With ``m = min(2v, kappa) s``, ``z = |kappa - 2v| s`` and
``phi(z) = (1 - e^{-z})/z`` it is ``e^{-2vs} + 2vs e^{-m} phi(z)``, a sum of positive terms that
passes through the limit. For N discrete steps ``e' = e + kappa (r' - e)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from ..errors import require
from ..numbers import FLOAT, SYMBOLIC, Field, exact
from ..student import GradientFlow
from .adaptive import AdaGrad, SignDescent
from .laws import Law, LinearLaw

__all__ = ["EMA"]

_MOST_PATH = 1_000_000


@dataclass(frozen=True)
class EMA(Law):
    """Exponential moving average of the weights of a student trained by another law.

    Parameters
    ----------
    law : GradientFlow, or a law of this package
        How the weights themselves are trained; the average starts where they start.
    kappa : number > 0
        Rate of the average: per unit of training time for gradient flow, per step (at most 1) for
        the others.

    Notes
    -----
    Averaging gradient flow gives factors in [0, 1], always above the flow's own, and moves no
    phase edge. With SGD some ``kappa < 1`` lowers the mean square iff ``x > B/(B+2)``.

    Examples
    --------
    >>> from symmerge.numbers import FLOAT
    >>> g, _ = EMA(GradientFlow(2), "0.5").factors(0.7, FLOAT)
    >>> f"{g:.6f}"
    '0.538474'

    References
    ----------
    SPEC C2; ledger entries ``c2_ema`` and ``c2_sgd_ema``.
    """

    law: Any
    kappa: Any

    def __post_init__(self) -> None:
        rate = exact(self.kappa, "kappa")
        require(rate > 0, "kappa", "must be > 0", self.kappa)
        known = isinstance(self.law, GradientFlow | LinearLaw | AdaGrad | SignDescent)
        require(known, "law", "must be gradient flow or a law of symmerge.dynamics", self.law)
        flow = isinstance(self.law, GradientFlow)
        require(flow or rate <= 1, "kappa", "must be at most 1 per step", self.kappa)
        require(rate <= 10**12, "kappa", "must be at most 1e12", self.kappa)
        if isinstance(self.law, AdaGrad | SignDescent):
            require(
                self.law.steps <= _MOST_PATH,
                "steps",
                f"must be at most {_MOST_PATH}",
                self.law.steps,
            )
        object.__setattr__(self, "kappa", rate)

    @property
    def noisy(self) -> bool:  # type: ignore[override]
        """Whether the law below is random."""
        return getattr(self.law, "noisy", False)

    @property
    def linear(self) -> bool:  # type: ignore[override]
        """Whether the law below is linear in the error."""
        return getattr(self.law, "linear", True)

    def factors(self, v: Any, field: Field) -> tuple[Any, Any]:
        """Mean factor of the average, and one minus it."""
        law, kappa = self.law, field.number(self.kappa)
        if isinstance(law, GradientFlow):
            return _averaged_flow(law, v, kappa, field)
        if isinstance(law, LinearLaw):
            return law.averaged(v, kappa, field)
        distance = field.number(law.distance)
        average, come = self._path(distance, kappa, field)
        return average / distance + v * 0, come / distance + v * 0

    def variance(self, v: Any, field: Field) -> Any:
        """Variance of the random factor."""
        if not isinstance(self.law, LinearLaw):
            return v * 0
        return self.law.variance(v, field, field.number(self.kappa))

    def moved(self, r: Any, v: Any, field: Field) -> Any:
        """Mean error of the average after training from error r."""
        if self.linear:
            return self.factors(v, field)[0] * r
        if isinstance(r, np.ndarray):
            return np.array([self.moved(one, v, field) for one in r.ravel()]).reshape(r.shape)
        sign = field.sign(r)
        return r if not sign else sign * self._path(abs(r), field.number(self.kappa), field)[0]

    def _path(self, start: Any, kappa: Any, field: Field) -> tuple[Any, Any]:
        """Average and how far it has come, for laws that are only known step by step."""
        rate = field.number(self.law.lr)
        r, average, squares = start, start, start * 0
        for _ in range(self.law.steps):
            if isinstance(self.law, SignDescent):
                rest = r - rate
                r = rest if field.sign(rest) == 1 else r * 0
            else:
                squares = squares + r * r
                r = r - rate * r / field.sqrt(squares)
            # A convex combination: the radius of a ball does not grow.
            average = (1 - kappa) * average + kappa * r
        return average, start - average

    def __str__(self) -> str:
        return f"{self.law}, averaged at rate {self.kappa}"


def _averaged_flow(law: GradientFlow, v: Any, kappa: Any, field: Field) -> tuple[Any, Any]:
    time = field.number(law.s) if isinstance(law.s, Fraction) else law.s
    p, q = 2 * time * v, kappa * time + v * 0
    if field is SYMBOLIC:
        return _each(_symbolic, p, q)
    return _each(lambda a, b: _two_clocks(a, b, field), p, q)


def _each(pair: Any, p: Any, q: Any) -> tuple[Any, Any]:
    """Apply a scalar function with two results to numbers or arrays."""
    if not isinstance(p, np.ndarray):
        return pair(p, q)
    first, second = np.frompyfunc(pair, 2, 2)(p, q)
    return first.astype(p.dtype), second.astype(p.dtype)


def _symbolic(p: Any, q: Any) -> tuple[Any, Any]:
    g = (1 + p) * sympy.exp(-p)
    if sympy.simplify(p - q) != 0:
        g = (q * sympy.exp(-p) - p * sympy.exp(-q)) / (q - p)
    return g, 1 - g


def _two_clocks(p: Any, q: Any, field: Field) -> tuple[Any, Any]:
    """``P(E_1/p + E_2/q > 1)`` for two standard exponential clocks, and one minus it."""
    if field.sign(p) == 0:
        return p * 0 + 1, p * 0
    smaller = p if field.sign(q - p) == 1 else q
    g = field.exp(-p) + p * field.exp(-smaller) * _phi(abs(q - p), field)
    # What is left is only small when a clock is slow; both slow, it is a series of positive terms.
    low, high = sorted((float(p), float(q)))
    if field is FLOAT and high <= 2:
        return g, _both_ring(p, q)
    if field is FLOAT and low < 0.5:
        return g, p * q * (_phi(p, field) - _phi(q, field)) / (q - p)
    return g, 1 - g


def _phi(z: Any, field: Field) -> Any:
    """``(1 - exp(-z))/z``; for a ball around 0, ``1 - z/2`` with an error of at most ``z^2``."""
    if field.sign(z) == 1:
        return -field.expm1(-z) / z
    if field.sign(z) == 0:
        return z + 1
    square = z * z
    return 1 - z / 2 + square.union(-square)


def _both_ring(p: float, q: float) -> float:
    """``P(E_1/p + E_2/q <= 1)`` by uniformisation at the larger rate, for rates up to 2."""
    m, u = max(p, q), min(p, q) / max(p, q)
    weight, reached, total = float(np.exp(-m)) * m, 0.0, 0.0
    for n in range(2, 60):
        weight *= m / n
        reached += (1 - reached) * u
        total += weight * reached
    return total
