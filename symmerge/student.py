r"""How far finite training gets: shrinkage factors (SPEC A2).

The student at time j follows the gradient flow of ``E|A z_j - target z_j|^2`` for a time s:

.. math:: A(s) = (1-g_j)\,\text{target} + g_j\,A_{\text{init}},\qquad g_j = e^{-2 s v_j}.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import sympy

from .errors import require
from .numbers import Field, exact

__all__ = ["GradientFlow", "ShrinkageLaw", "training_time"]


def training_time(s: Any, argument: str = "s") -> Fraction:
    """Return a training time as an exact rational; it must be >= 0."""
    value = exact(s, argument)
    require(value >= 0, argument, "must be >= 0", s)
    require(value <= 10**12, argument, "must be at most 1e12", s)
    return value


class ShrinkageLaw(Protocol):
    """What a training rule does to the error: ``g`` and ``h = 1 - g`` from the variances ``v``."""

    def factors(self, v: Any, field: Field) -> tuple[Any, Any]:
        """Return ``(g, 1 - g)``, each without cancellation."""
        ...


@dataclass(frozen=True)
class GradientFlow:
    """Gradient flow for a dimensionless training time `s` at every merge: ``g = exp(-2 s v)``.

    Parameters
    ----------
    s : number >= 0, a SymPy expression, or a (float64) array of shape (d,)
        Training time per merge; an array goes with an array of d variances.

    Examples
    --------
    >>> from symmerge.numbers import FLOAT
    >>> g, h = GradientFlow(1).factors(0.5, FLOAT)
    >>> f"{g:.6f} {h:.6f}"
    '0.367879 0.632121'

    References
    ----------
    W. Gao, M. Li, arXiv 2505.16024, section 3.2; SPEC A2.
    """

    s: Any

    def __post_init__(self) -> None:
        if isinstance(self.s, np.ndarray):
            fine = self.s.dtype == np.float64 and bool(np.all(np.isfinite(self.s) & (self.s >= 0)))
            require(fine, "s", "must hold finite numbers >= 0", self.s)
        elif not (isinstance(self.s, sympy.Expr) and self.s.free_symbols):
            object.__setattr__(self, "s", training_time(self.s))

    def factors(self, v: Any, field: Field) -> tuple[Any, Any]:
        """Return ``(exp(-2 s v), 1 - exp(-2 s v))``."""
        rate = -2 * (field.number(self.s) if isinstance(self.s, Fraction) else self.s) * v
        return field.exp(rate), -field.expm1(rate)

    def __str__(self) -> str:
        return f"gradient flow, s = {self.s}"
