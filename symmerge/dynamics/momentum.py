r"""Momentum: heavy ball and Nesterov's method, with the full gradient or minibatches (SPEC C1).

From rest both leave ``b^{N/2} (U_N(c) - sqrt(b) U_{N-1}(c))`` with ``c = (1+b-x)/(2 sqrt(b))``, see
:mod:`symmerge.dynamics.powers`. The factor changes sign for some ``x < 1``: momentum overshoots.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import require
from ..numbers import Field, exact
from ..schedule import whole
from .laws import MOST, LinearLaw
from .powers import Matrix

__all__ = ["HeavyBall", "Nesterov"]


@dataclass(frozen=True)
class _Momentum(LinearLaw):
    """Momentum `momentum` in [0, 1), with the full gradient unless there is a batch size."""

    momentum: Any = 0
    batch: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        beta = exact(self.momentum, "momentum")
        require(0 <= beta < 1, "momentum", "must be >= 0 and < 1", self.momentum)
        object.__setattr__(self, "momentum", beta)
        if self.batch is not None:
            object.__setattr__(self, "batch", whole(self.batch, "batch", 1, MOST))

    @property
    def size(self) -> int | None:
        """Batch size, None for the full gradient."""
        return self.batch

    def __str__(self) -> str:
        return f"{super().__str__()}, momentum {self.momentum}"


@dataclass(frozen=True)
class HeavyBall(_Momentum):
    """Heavy ball: ``r' = r - x r + beta (r - r_before)``, from rest.

    Stable iff ``x < 2(1+beta)``; with minibatches, in mean square, iff
    ``x < 2(1-beta^2)/((1+beta) 2/B + 1 - beta)``.

    Examples
    --------
    >>> from symmerge.numbers import EXACT
    >>> HeavyBall("1/4", 2, "1/2").factors(1, EXACT)[0]
    Fraction(0, 1)

    References
    ----------
    SPEC C1; ledger entries ``c1_momentum`` and ``c1_sgd_momentum``.
    """

    @property
    def method(self) -> str:
        """Name of the method."""
        return "heavy ball"

    def _edge(self) -> Fraction:
        beta = self.momentum
        if self.batch is None:
            return 2 * (1 + beta)
        return 2 * (1 - beta**2) / ((1 + beta) * Fraction(2, self.batch) + 1 - beta)

    def edge(self) -> float:
        """Supremum of the stable x."""
        return float(self._edge())

    def margin(self, x: Any, field: Field) -> Any:
        """Edge minus x."""
        return field.number(self._edge()) - x

    def last_change(self, x: Any, field: Field) -> Any:
        """``beta``."""
        return field.number(self.momentum)


@dataclass(frozen=True)
class Nesterov(_Momentum):
    """Nesterov's method: ``y = r + beta (r - r_before)``, ``r' = y - x y``, from rest.

    Stable iff ``x < 2(1+beta)/(1+2 beta)``. With minibatches, in mean square, iff the determinant
    of ``I`` minus the step on second moments is positive: it is ``x`` times a concave quadratic
    that is positive at 0, and the step preserves the cone of positive semidefinite matrices.

    Examples
    --------
    >>> from symmerge.numbers import EXACT
    >>> Nesterov("1/4", 2, "1/2").factors(1, EXACT)[0]
    Fraction(1, 8)

    References
    ----------
    SPEC C1; ledger entry ``c1_momentum``.
    """

    @property
    def method(self) -> str:
        """Name of the method."""
        return "Nesterov's method"

    def edge(self) -> float:
        """Supremum of the stable x."""
        beta = self.momentum
        if self.batch is None:
            return float(2 * (1 + beta) / (1 + 2 * beta))
        low, high = 0.0, float(2 * (1 + beta) / (1 + 2 * beta))
        for _ in range(60):
            middle = (low + high) / 2
            stable = self._determinant(middle, float(beta), 2 / self.batch) > 0
            low, high = (middle, high) if stable else (low, middle)
        return low

    @staticmethod
    def _determinant(x: Any, beta: Any, noise: Any) -> Any:
        m, a = 1 - x, 1 + beta
        q = m**2 + noise * x**2
        return (1 + beta * m) * (1 - q * (a**2 + beta**2)) + 2 * q * m * beta * a**2

    def margin(self, x: Any, field: Field) -> Any:
        """Edge minus x, or with minibatches the determinant."""
        beta = field.number(self.momentum)
        if self.batch is None:
            return 2 * (1 + beta) / (1 + 2 * beta) - x
        return self._determinant(x, beta, field.number(Fraction(2, self.batch)))

    def last_change(self, x: Any, field: Field) -> Any:
        """``beta (1-x)``."""
        return field.number(self.momentum) * (1 - x)

    def matrices(self, x: Any, field: Field) -> tuple[Matrix, Matrix]:
        """The noise multiplies the extrapolated error."""
        beta = field.number(self.momentum)
        step, _ = super().matrices(x, field)
        return step, [[-x, -x * beta], [-x, -x * beta]]
