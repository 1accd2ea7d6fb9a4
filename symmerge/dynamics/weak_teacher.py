r"""Students that are better than their teacher (SPEC C5, and targets: C against the data).

A teacher built for a wrong variance ``lam_hat`` has the composite ``C^ = C(lam_hat)``; what the
data ask for is ``sqrt(lam)``. With ``p = sqrt(lam) - C^`` and ``d = a_T - C^`` the vanilla student
``M = (1-g) C^ + g a_T`` is nearer to the goal than its teacher iff

.. math:: p\,d > 0 \quad\text{and}\quad g = e^{-2s} < 2p/d,\qquad g^* = p/d \text{ best}.

``a_T = sigma_{T-1}`` (``cos(Delta)`` for the cosine schedule) does not depend on the variance
where the schedule ends in pure noise, ``alpha_T = 0, sigma_T = 1``. For a spectrum ``p/d`` becomes
``sum p_i d_i / sum d_i^2``. A teacher of the right variance is a special case: it shrinks,
``C < sqrt(lam)``, so early stopping can help there too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np

from ..chain import gradient_flow_chain
from ..errors import require
from ..merge import operator
from ..numbers import FLOAT, balls, decimal_bounds
from ..plan import MergePlan, vanilla
from ..schedule import Schedule, whole
from ..student import training_time
from ..teacher import variance
from ..verdict import Proved, Refuted, Undecided, Verdict

__all__ = [
    "EarlyStopping",
    "SpectrumStudent",
    "beats_teacher",
    "best_time",
    "boot_tail",
    "rank_teacher",
    "spectrum_student",
    "vanilla_stopping",
]

_BITS = 256


@dataclass(frozen=True)
class EarlyStopping:
    """When a vanilla student is nearer to the data than its teacher.

    Attributes
    ----------
    ever : bool or None
        Whether any training time makes it so (None: undecided at this precision).
    from_s : float
        It is better for all ``s`` above this (0: for every ``s > 0``; infinite: never).
    best_s : float
        Where it is nearest; infinite if it never is better.
    factor : tuple of str
        Certified decimal bounds of ``g* = p/d``.
    """

    ever: bool | None
    from_s: float
    best_s: float
    factor: tuple[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "ever": self.ever,
            "from_s": self.from_s,
            "best_s": self.best_s,
            "factor": list(self.factor),
        }


def _ends_in_noise(schedule: Schedule) -> None:
    levels = schedule.levels(FLOAT)
    pure = abs(float(levels.alpha[-1])) < 1e-15 and abs(float(levels.sigma[-1]) - 1) < 1e-15
    require(pure, "schedule", "must end in pure noise (alpha_T = 0, sigma_T = 1)", str(schedule))


def _stopping(cross: Any, square: Any, field: Any) -> EarlyStopping:
    """From ``sum p d`` and ``sum d^2``, as balls."""
    sign = field.sign(cross)
    ratio = cross / square
    bounds = decimal_bounds(ratio)
    if sign is None:
        return EarlyStopping(None, inf, inf, bounds)
    if sign <= 0:
        return EarlyStopping(False, inf, inf, bounds)
    g = float(ratio.mid())
    # The error of g = 1 is that of no training: a student that starts beyond its goal.
    from_s, best_s = (max(0.0, float((-field.log(k * ratio) / 2).mid())) for k in (2, 1))
    return EarlyStopping(True, from_s, best_s if g < 1 else 0.0, bounds)


def vanilla_stopping(
    lam: Any, lam_hat: Any, schedule: Schedule, weights: Sequence[float] | None = None
) -> EarlyStopping:
    """When the vanilla student of a teacher for `lam_hat` is nearer to data of variance `lam`.

    Parameters
    ----------
    lam, lam_hat : numbers >= 0, or sequences of them (a spectrum with one training time)
        True and assumed variances; `lam_hat` may be 0 (a coordinate the teacher does not know).
    schedule : Schedule
        Ending in pure noise.
    weights : sequence of numbers > 0, optional
        Multiplicities of a spectrum.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> found = vanilla_stopping("1/100", 0, cosine(32))
    >>> f"{found.from_s:.4f} {found.best_s:.4f}"
    '0.8041 1.1507'

    References
    ----------
    SPEC C5; ledger entry ``c5_weak_teacher``.
    """
    _ends_in_noise(schedule)
    true = [variance(x, zero=True) for x in _listed(lam)]
    wrong = [variance(x, "lam_hat", zero=True) for x in _listed(lam_hat)]
    require(len(true) == len(wrong), "lam_hat", f"must be {len(true)} numbers", len(wrong))
    field = balls(_BITS)
    times = [Fraction(1)] * len(true) if weights is None else [Fraction(w) for w in weights]
    require(len(times) == len(true), "weights", f"must be {len(true)} numbers", len(times))
    composites: dict[Fraction, Any] = {}
    with field.working():
        cross = square = field.number(0)
        for here, assumed, count in zip(true, wrong, times, strict=True):
            if assumed not in composites:
                chain = gradient_flow_chain(schedule, assumed, 1, field)
                composites[assumed] = (chain.C, chain.a[-1])
            C, top = composites[assumed]
            p, d = field.sqrt(field.number(here)) - C, top - C
            cross, square = (
                cross + field.number(count) * p * d,
                square + field.number(count) * d * d,
            )
        return _stopping(cross, square, field)


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list | tuple | np.ndarray):
        return list(value)
    return [value]


def beats_teacher(
    plan: MergePlan, lam: Any, schedule: Schedule, s: Any, lam_hat: Any = None
) -> Verdict:
    """Whether a plan's student is nearer to the data than its teacher, certified by balls.

    With `lam_hat` left out the teacher knows the true variance: the question is then about the
    target, teacher composite against true data.

    Examples
    --------
    >>> from symmerge.plan import boot
    >>> from symmerge.schedule import cosine
    >>> beats_teacher(boot(16), "0.2", cosine(16), 3).status
    'proved'
    >>> beats_teacher(boot(16), 4, cosine(16), 3).status
    'refuted'

    References
    ----------
    SPEC C5 and the research note on targets.
    """
    true = variance(lam)
    assumed = true if lam_hat is None else variance(lam_hat, "lam_hat", zero=True)
    _ends_in_noise(schedule)
    field = balls(_BITS)
    chain = gradient_flow_chain(schedule, assumed, training_time(s), field)
    with field.working():
        goal = field.sqrt(field.number(true))
        student, teacher = abs(operator(plan, chain) - goal), abs(chain.C - goal)
        nearer = field.sign(teacher - student)
        sizes = [ball.str(6, radius=False) for ball in (student, teacher)]
        shown = f"|M - sqrt(lam)| = {sizes[0]}, teacher {sizes[1]}"
    if nearer is None:
        return Undecided(f"the balls overlap: {shown}")
    return Proved(shown) if nearer == 1 else Refuted(shown, f"s = {s}")


@dataclass(frozen=True)
class SpectrumStudent:
    """``W2^2`` to the data of a teacher with wrong variances, and of its student at its best s."""

    teacher: float
    student: float
    best_s: float


def rank_teacher(variances: Sequence[float], rank: int) -> np.ndarray:
    """The variances of a teacher that knows the `rank` largest only; 0 for the others.

    Examples
    --------
    >>> rank_teacher([0.5, 2, 1], 2)
    array([0., 2., 1.])
    """
    lam = np.asarray(variances, dtype=float)
    whole(rank, "rank", 0, len(lam))
    known = np.argsort(-lam, kind="stable")[:rank]
    out = np.zeros(len(lam))
    out[known] = lam[known]
    return out


def best_time(distance: Callable[[float], float], most: float = 50.0) -> float:
    """Training time in [0, most] with the least distance: a grid, then golden section."""
    grid = np.concatenate([[0.0], np.geomspace(1e-3, most, 160)])
    values = [distance(s) for s in grid]
    k = int(np.argmin(values))
    low, high = grid[max(k - 1, 0)], grid[min(k + 1, len(grid) - 1)]
    shrink = (np.sqrt(5) - 1) / 2
    inner = [high - shrink * (high - low), low + shrink * (high - low)]
    found = [distance(s) for s in inner]
    for _ in range(60):
        if found[0] <= found[1]:
            high, inner[1], found[1] = inner[1], inner[0], found[0]
            inner[0] = high - shrink * (high - low)
            found[0] = distance(inner[0])
        else:
            low, inner[0], found[0] = inner[0], inner[1], found[1]
            inner[1] = low + shrink * (high - low)
            found[1] = distance(inner[1])
    return float((low + high) / 2)


def spectrum_student(
    plan: MergePlan, lam: Sequence[float], lam_hat: Sequence[float], schedule: Schedule
) -> SpectrumStudent:
    """Best ``W2^2 = sum_i (M_i - sqrt(lam_i))^2`` over one training time for all merges.

    For vanilla the best time is the closed form of :func:`vanilla_stopping`, else it is searched
    for in float64.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> lam = [i**-2.0 for i in range(1, 51)]
    >>> found = spectrum_student(vanilla(32), lam, rank_teacher(lam, 10), cosine(32))
    >>> f"{found.teacher:.4f} {found.student:.4f} {found.best_s:.3f}"
    '0.0802 0.0166 1.645'

    References
    ----------
    SPEC C5; ledger entry ``c5_spectrum``.
    """
    _ends_in_noise(schedule)
    true, wrong = np.asarray(lam, dtype=float), np.asarray(lam_hat, dtype=float)
    require(
        true.shape == wrong.shape and true.ndim == 1,
        "lam_hat",
        f"must be {true.shape}",
        wrong.shape,
    )

    def distance(s: float) -> float:
        M = operator(plan, gradient_flow_chain(schedule, wrong, s))
        return float(np.sum((M - np.sqrt(true)) ** 2))

    teacher = float(np.sum((gradient_flow_chain(schedule, wrong, 1).C - np.sqrt(true)) ** 2))
    if plan == vanilla(plan.T):
        stopping = vanilla_stopping(list(true), list(wrong), schedule)
        s = stopping.best_s if stopping.ever else inf
    else:
        s = best_time(distance)
    # Without end the student becomes its teacher.
    return SpectrumStudent(teacher, teacher if s == inf else distance(s), s)


def boot_tail(g: float, T: int) -> float:
    r"""BOOT's operator where the teacher knows no variance, for many steps [A].

    .. math:: M \approx g\,\Delta^{1-g}/\Gamma(1+g),\qquad \Delta = \pi/(2T)

    Examples
    --------
    >>> f"{boot_tail(0.5, 128):.5f}"
    '0.06250'

    References
    ----------
    SPEC C5; ledger entry ``c5_rank_tail``.
    """
    import math

    require(0 < g <= 1, "g", "must lie in (0, 1]", g)
    delta = np.pi / (2 * whole(T, "T", 2))
    return float(g * delta ** (1 - g) / math.gamma(1 + g))
