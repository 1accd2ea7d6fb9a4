r"""Shrinkage laws of gradient methods: what N discrete steps leave of the error (SPEC C1).

With learning rate ``lr``, ``x = 2 lr v`` and fresh Gaussian minibatches of size B:

=============  =====================================================  ========================
law            mean factor                                            stable iff
=============  =====================================================  ========================
descent        ``(1-x)^N``                                            ``x < 2``
SGD            the same; second moment ``((1-x)^2 + 2x^2/B)^N``       ``x < 2B/(B+2)``
heavy ball     ``b^{N/2}(U_N(c) - sqrt(b) U_{N-1}(c))``, ``b=beta``   ``x < 2(1+beta)``
Nesterov       the same with ``b = beta (1-x)``                       ``x < 2(1+beta)/(1+2beta)``
=============  =====================================================  ========================

with ``c = (1+b-x)/(2 sqrt(b))``; with noise the last two have smaller edges. Every law checks the
edge before it computes anything. A factor may be negative or random: then the optimality theorems
of the merge plans do not apply, which :meth:`Law.assumption_broken` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..chain import Chain
from ..errors import InputError, require
from ..numbers import SYMBOLIC, Field, exact
from ..schedule import whole
from .powers import Matrix, excess_power, momentum_power, noise_power, power_pair

__all__ = ["SGD", "GradientDescent", "Law", "LinearLaw", "learning_rate"]

MOST = 10**9


def learning_rate(value: Any) -> Fraction:
    """A learning rate as an exact rational; it must be positive."""
    rate = exact(value, "lr")
    require(rate > 0, "lr", "must be > 0", value)
    require(rate <= 10**12, "lr", "must be at most 1e12", value)
    return rate


class Law:
    """What all laws of this package share.

    Attributes
    ----------
    noisy : bool
        Whether the factor is random; then ``factors`` are its mean and ``variance`` tells more.
    linear : bool
        Whether the factor is independent of how far the student starts from its target.
    """

    noisy = False
    linear = True

    def factors(self, v: Any, field: Field) -> tuple[Any, Any]:
        """Mean factor ``g`` and ``1 - g``."""
        raise NotImplementedError

    def variance(self, v: Any, field: Field) -> Any:
        """Variance of the random factor."""
        return v * 0

    def second_moment(self, v: Any, field: Field) -> Any:
        """Second moment of the factor."""
        return self.factors(v, field)[0] ** 2 + self.variance(v, field)

    def moved(self, r: Any, v: Any, field: Field) -> Any:
        """Mean error after training from error r."""
        return self.factors(v, field)[0] * r

    def assumption_broken(self, chain: Chain) -> str | None:
        """Say why the optimality theorems do not apply to this law on a chain; None if they do."""
        if self.noisy:
            return (
                f"{self}: the factors are random, and the theorems are about fixed ones; "
                "compared are the mean operators"
            )
        field = chain.field
        with field.working():
            # Nothing is trained at time 1.
            for t, (g, h) in enumerate(zip(chain.g[1:], chain.h[1:], strict=True), start=2):
                if field.sign(g) not in (0, 1) or field.sign(h) not in (0, 1):
                    return (
                        f"{self}: the shrinkage factor {float(g):.4g} at time {t} is not certainly "
                        "in [0, 1], which the theorems assume"
                    )
        return None


@dataclass(frozen=True)
class LinearLaw(Law):
    """Base of the laws whose step is linear in the error and its last change.

    Parameters
    ----------
    lr : number > 0
        Learning rate.
    steps : whole number >= 0
    """

    lr: Any
    steps: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", learning_rate(self.lr))
        object.__setattr__(self, "steps", whole(self.steps, "steps", 0, MOST))

    @property
    def size(self) -> int | None:
        """Batch size, None for the full gradient."""
        return None

    @property
    def noisy(self) -> bool:  # type: ignore[override]
        """Whether minibatches make the factor random."""
        return self.size is not None

    def rate(self, v: Any, field: Field) -> Any:
        """``x = 2 lr v``, after the check that the method is stable there.

        Raises
        ------
        InputError
            If the error (or, with minibatches, its mean square) would not decay.
        """
        x = 2 * field.number(self.lr) * v
        if field is not SYMBOLIC:
            values = np.ravel(x)
            worst = max(values, key=float) if len(values) else None
            if worst is not None and field.sign(self.margin(worst, field)) != 1:
                top = float(worst) / (2 * float(self.lr))
                raise InputError(
                    "lr",
                    f"must be below {self.edge() / (2 * top):.6g} for {self.method} to be stable "
                    f"at variance v = {top:.6g}",
                    str(self.lr),
                )
        return x

    @property
    def method(self) -> str:
        """Name of the method."""
        raise NotImplementedError

    def edge(self) -> float:
        """Supremum of the stable x."""
        raise NotImplementedError

    def margin(self, x: Any, field: Field) -> Any:
        """Positive for a stable ``x > 0``."""
        return field.number(Fraction(self.edge())) - x

    def last_change(self, x: Any, field: Field) -> Any:
        """The coefficient b of the last change; None without momentum."""
        return None

    def factors(self, v: Any, field: Field) -> tuple[Any, Any]:
        """Mean factor of N steps and one minus it."""
        x = self.rate(v, field)
        b = self.last_change(x, field)
        return power_pair(x, self.steps, field) if b is None else momentum_power(x, b, self.steps)

    def averaged(self, v: Any, kappa: Any, field: Field) -> tuple[Any, Any]:
        """Mean factor of the exponential average with weight `kappa`, and one minus it."""
        x = self.rate(v, field)
        b = self.last_change(x, field)
        return momentum_power(x, x * 0 if b is None else b, self.steps, kappa)

    def matrices(self, x: Any, field: Field) -> tuple[Matrix, Matrix]:
        """Mean step on (error, change) and what a unit of noise adds to it."""
        b = self.last_change(x, field)
        b = x * 0 if b is None else b
        zero = x * 0
        return [[1 - x, b], [-x, b]], [[-x, zero], [-x, zero]]

    def variance(self, v: Any, field: Field, kappa: Any = None) -> Any:
        """Variance of the factor, or of its exponential average with weight `kappa`."""
        if self.size is None:
            return v * 0
        x = self.rate(v, field)
        step, kick = self.matrices(x, field)
        noise = field.number(Fraction(2, self.size))
        zero = x * 0
        k = zero + (1 if kappa is None else kappa)
        # The watched component: the average, which without one is the error itself.
        step = [[*row, zero] for row in step]
        kick = [[*row, zero] for row in kick]
        step.append([k * step[0][0], k * step[0][1], 1 - k])
        kick.append([k * kick[0][0], k * kick[0][1], zero])
        return noise_power(step, kick, noise, self.steps)

    def __str__(self) -> str:
        batch = "" if self.size is None else f", batch {self.size}"
        return f"{self.method}, lr = {self.lr}, {self.steps} steps{batch}"


@dataclass(frozen=True)
class GradientDescent(LinearLaw):
    """Full-gradient descent: ``g = (1-x)^N``.

    Examples
    --------
    >>> from symmerge.numbers import EXACT
    >>> GradientDescent("1/2", 3).factors(Fraction(1, 2), EXACT)
    (Fraction(1, 8), Fraction(7, 8))
    >>> GradientDescent("3/2", 3).factors(1, EXACT)
    Traceback (most recent call last):
        ...
    symmerge.errors.InputError: lr must be below 1 for gradient descent to be stable ...

    References
    ----------
    SPEC C1; ledger entry ``c1_gradient_descent``.
    """

    @property
    def method(self) -> str:
        """Name of the method."""
        return "gradient descent"

    def edge(self) -> float:
        """``x < 2``."""
        return 2.0


@dataclass(frozen=True)
class SGD(LinearLaw):
    """Gradient descent on fresh Gaussian minibatches of size `batch`.

    Mean ``(1-x)^N``, second moment ``q^N`` with ``q = (1-x)^2 + 2x^2/B``; stable in mean square
    iff ``x < 2B/(B+2)``.

    Examples
    --------
    >>> from symmerge.numbers import EXACT
    >>> law = SGD("1/4", 2, 4)
    >>> law.factors(1, EXACT)[0], law.second_moment(1, EXACT)
    (Fraction(1, 4), Fraction(9, 64))

    References
    ----------
    SPEC C1; ledger entry ``c1_sgd_moments``.
    """

    batch: Any = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "batch", whole(self.batch, "batch", 1, MOST))

    @property
    def method(self) -> str:
        """Name of the method."""
        return "SGD"

    @property
    def size(self) -> int:
        """Batch size."""
        return self.batch

    def edge(self) -> float:
        """``x < 2B/(B+2)``."""
        return 2 * self.batch / (self.batch + 2)

    def margin(self, x: Any, field: Field) -> Any:
        """``2B/(B+2) - x``."""
        return field.number(Fraction(2 * self.batch, self.batch + 2)) - x

    def variance(self, v: Any, field: Field, kappa: Any = None) -> Any:
        """``q^N - (1-x)^{2N}``, or that of an average."""
        if kappa is not None:
            return super().variance(v, field, kappa)
        x = self.rate(v, field)
        p, excess = (1 - x) ** 2, x**2 * field.number(Fraction(2, self.batch))
        return excess_power(p, p + excess, excess, self.steps)
