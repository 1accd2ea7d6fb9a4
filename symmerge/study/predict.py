r"""What the linear theory says of a student: its mean square error over that of the samples.

.. math:: E = \sum_i v_{T,i} (M_i - C_i)^2 \Big/ \sum_i v_{T,i} C_i^2

over the coordinates of a spectrum; for linear teachers this is the coupling error that
:func:`symmerge.study.quality.coupling_error` measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..chain import gradient_flow_chain
from ..dynamics.adaptive import SignDescent
from ..dynamics.trained import trained_operator
from ..errors import require
from ..merge import difference, fold
from ..numbers import FLOAT
from ..plan import MergePlan
from ..schedule import Schedule
from ..spectrum import Spectrum
from ..teacher import Teacher

__all__ = ["effective_time", "flow_error", "flow_errors", "measured_error", "sign_error"]


def _relative(gap: np.ndarray, C: np.ndarray, v: np.ndarray, spectrum: Spectrum) -> np.ndarray:
    """The error for operators (..., d)."""
    weights = spectrum.multiplicities * spectrum.importance * v
    return np.asarray(np.sum(weights * gap**2, axis=-1) / np.sum(weights * C**2, axis=-1))


def flow_error(plan: MergePlan, spectrum: Spectrum, schedule: Schedule, s: float) -> float:
    """Predicted error after gradient flow for time `s` per merge.

    Examples
    --------
    >>> from symmerge.plan import boot, vanilla
    >>> from symmerge.schedule import cosine
    >>> small = Spectrum([0.05, 0.2])
    >>> [round(flow_error(plan(8), small, cosine(8), 0.3), 4) for plan in (vanilla, boot)]
    [2.077, 1.1089]
    """
    return float(flow_errors(plan, spectrum, schedule, np.array([s]))[0])


def flow_errors(
    plan: MergePlan, spectrum: Spectrum, schedule: Schedule, times: np.ndarray
) -> np.ndarray:
    """The same for several training times (n,) at once."""
    shape = (len(times), len(spectrum.variances))
    lam = np.broadcast_to(spectrum.variances, shape).ravel()
    s = np.repeat(np.asarray(times, dtype=float), shape[1])
    chain = gradient_flow_chain(schedule, lam, s)
    assert chain.teacher is not None
    parts = (np.asarray(difference(plan, chain)), np.asarray(chain.C), chain.teacher.v[-1])
    gap, C, v = (part.reshape(shape) for part in parts)
    return _relative(gap, C, v, spectrum)


def sign_error(plan: MergePlan, spectrum: Spectrum, schedule: Schedule, move: float) -> float:
    """Predicted error if every merge moves each coordinate by `move` at most (sign descent)."""
    law = SignDescent(Fraction(move), 1)
    M = np.asarray(trained_operator(plan, spectrum.variances, law, schedule))
    teacher = Teacher(schedule, spectrum.variances, FLOAT)
    C = np.prod(teacher.a, axis=0)
    return float(_relative(M - C, C, teacher.v[-1], spectrum))


class _Measured:
    """The merge recursion with one measured factor per merge, in the order of training."""

    def __init__(self, steps: np.ndarray, factors: Sequence[float]) -> None:
        self.steps, self.factors = steps, iter(factors)

    def leaf(self, t: int) -> Any:
        """The teacher's step."""
        return self.steps[t - 1]

    def join(self, p: Any, q: Any) -> Any:
        """Operators multiply."""
        return p * q

    def node(self, left: Any, right: Any, t: int) -> Any:
        """What the measured factor leaves of the way to the target."""
        g = next(self.factors)
        return right * ((1 - g) * left + g)


def measured_error(
    plan: MergePlan, spectrum: Spectrum, schedule: Schedule, factors: Sequence[float]
) -> float:
    """Error that the algebra of merging makes of measured contractions, one per merge.

    No law of training enters, so this tests the algebra alone.
    """
    enough = len(factors) == plan.merges
    require(enough, "contractions", f"must be {plan.merges}, one per merge", len(factors))
    teacher = Teacher(schedule, spectrum.variances, FLOAT)
    M = np.asarray(fold(plan, _Measured(teacher.a, factors)))
    C = np.prod(teacher.a, axis=0)
    return float(_relative(M - C, C, teacher.v[-1], spectrum))


def effective_time(before: float, after: float) -> float:
    """Training time that shrinks vanilla's error from `before` to `after` where ``v_T = 1``."""
    return float(np.log(before / after) / 4)
