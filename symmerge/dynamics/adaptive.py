r"""Sign descent and AdaGrad: what they leave of an error does not depend on the variance (SPEC C1).

Sign descent takes ``lr`` off the modulus of the error at every step, AdaGrad a share that depends
on the errors before. Both depend on how far the student starts from its target, the `distance`,
so a merge plan's operator is no polynomial in fixed factors: :mod:`symmerge.dynamics.trained`
merges with :meth:`moved` instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..chain import Chain
from ..errors import require
from ..numbers import FLOAT, Field, exact
from ..schedule import whole
from .laws import Law, learning_rate

__all__ = ["AdaGrad", "SignDescent"]

_MOST_SIGN_STEPS = 10**9
_MOST_ADAGRAD_STEPS = 1_000_000


@dataclass(frozen=True)
class _Adaptive(Law):
    """Learning rate, number of steps, and the distance from which `factors` starts."""

    lr: Any
    steps: Any
    distance: Any = 1

    linear = False
    most = _MOST_SIGN_STEPS

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", learning_rate(self.lr))
        object.__setattr__(self, "steps", whole(self.steps, "steps", 0, self.most))
        distance = exact(self.distance, "distance")
        require(distance > 0, "distance", "must be > 0", self.distance)
        object.__setattr__(self, "distance", distance)

    def assumption_broken(self, chain: Chain) -> str:
        """The factor depends on the distance."""
        return f"{self}: the shrinkage factor depends on the distance from the target"


@dataclass(frozen=True)
class SignDescent(_Adaptive):
    """Sign descent: ``|r_N| = max(|r_0| - lr N, 0)``, to within `lr` once that is 0.

    Neither the variance nor (in one dimension) the minibatch matters. Adam behaves like this, not
    like gradient flow.

    Parameters
    ----------
    lr, steps : learning rate and number of steps
    distance : number > 0
        ``|r_0|`` in :meth:`factors`.

    Examples
    --------
    >>> from symmerge.numbers import EXACT
    >>> SignDescent("1/100", 30).factors(7, EXACT)
    (Fraction(7, 10), Fraction(3, 10))

    References
    ----------
    SPEC C1; ledger entries ``c1_sign_descent`` and ``c1_sign_plans``.
    """

    def factors(self, v: Any, field: Field) -> tuple[Any, Any]:
        """Factor from `distance`, and one minus it."""
        h = min(self.lr * self.steps / self.distance, 1)
        return field.number(1 - h) + v * 0, field.number(h) + v * 0

    def moved(self, r: Any, v: Any, field: Field) -> Any:
        """Error after training from error r: the flow, which stops at the target."""
        move = field.number(self.lr * self.steps)
        if isinstance(r, np.ndarray):
            return np.sign(r) * np.maximum(abs(r) - move, 0)
        sign = field.sign(r)
        rest = abs(r) - move
        return r * 0 if not sign or field.sign(rest) != 1 else sign * rest

    def __str__(self) -> str:
        return f"sign descent, lr = {self.lr}, {self.steps} steps"


@dataclass(frozen=True)
class AdaGrad(_Adaptive):
    r"""AdaGrad: ``r' = r - lr r / sqrt(sum of all r^2 so far)``; the variance cancels.

    The factor is computed by the recursion. For many steps it tends to

    .. math:: \gamma = \sqrt{-W_0(-e^{-1-8\,lr^2N/r_0^2})},

    the solution of ``r' = -lr r / sqrt(int r^2)``, see :meth:`flow`; the start makes an error of
    order ``lr/r_0``. Full gradient: with minibatches the factor is random and no closed form is
    known.

    Examples
    --------
    >>> from symmerge.numbers import FLOAT
    >>> law = AdaGrad("1/100", 5000)
    >>> g, _ = law.factors(1.0, FLOAT)
    >>> f"{g:.5f} {float(law.flow(FLOAT)):.5f}"
    '0.08829 0.08236'

    References
    ----------
    SPEC C1 and its research note; the flow's formula is derived in :meth:`flow`.
    """

    most = _MOST_ADAGRAD_STEPS

    def _kept(self, ratio: Any, field: Field) -> tuple[Any, Any]:
        """Factor and its complement for ``lr / |r_0| = ratio``."""
        g, h, squares = ratio * 0 + 1, ratio * 0, ratio * 0
        for _ in range(self.steps):
            squares = squares + g * g
            part = ratio * g / field.sqrt(squares)
            g, h = g - part, h + part
        return g, h

    def factors(self, v: Any, field: Field) -> tuple[Any, Any]:
        """Factor from `distance`, and one minus it."""
        g, h = self._kept(field.number(self.lr / self.distance), field)
        return g + v * 0, h + v * 0

    def moved(self, r: Any, v: Any, field: Field) -> Any:
        """Error after training from error r."""
        if not isinstance(r, np.ndarray):
            return (
                r
                if field.sign(r) == 0
                else self._kept(field.number(self.lr) / abs(r), field)[0] * r
            )
        apart = np.where(r == 0, 1.0, r)
        return self._kept(float(self.lr) / abs(apart), FLOAT)[0] * r

    def flow(self, field: Field = FLOAT) -> Any:
        r"""The limit of small learning rates.

        With ``Q = int r^2`` (``r_0 = 1``), ``(r^2)' = -2 lr Q'/sqrt(Q)`` gives
        ``r^2 = 1 - 4 lr sqrt(Q)``, and with ``u = sqrt(Q)``, ``2 u u' = 1 - 4 lr u``, so
        ``r^2 - 1 - log r^2 = 8 lr^2 N``: Lambert's equation for ``-r^2``.
        """
        import mpmath

        context = getattr(field, "context", mpmath.mp)
        power = self.lr**2 * self.steps * 8 / self.distance**2
        exponent = -1 - context.mpf(power.numerator) / power.denominator
        return context.sqrt(-context.lambertw(-context.exp(exponent)).real)

    def __str__(self) -> str:
        return f"AdaGrad, lr = {self.lr}, {self.steps} steps"
