"""Classes of the coordinates of a spectrum, by the steps of their teacher (SPEC A7)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..numbers import EXACT, FLOAT, balls, exact
from ..schedule import Schedule
from ..teacher import Teacher

__all__ = ["coordinate_classes"]

_CLOSE = 1e-9


def coordinate_classes(variances: np.ndarray, schedule: Schedule) -> np.ndarray:
    """Class of each variance: S if all ``a_t <= 1``, L if all ``a_t >= 1``, else X, over t < T.

    Floats within 1e-9 of a threshold are decided in exact arithmetic where the schedule has exact
    levels and with Arb enclosures otherwise; one that stays undecided counts as X.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> coordinate_classes(np.array([0.0, 1.0, 1.5, 2.5]), cosine(8))
    array(['S', 'S', 'X', 'L'], dtype='<U1')
    """
    thresholds = Teacher(schedule, 1.0, FLOAT).thresholds[:-1]
    known = [value for value in thresholds if value is not None]
    if not known:  # variance exploding: every step shrinks
        return np.full(len(variances), "S")
    low = float(min(known))
    high = float(max(known)) if len(known) == len(thresholds) else float("inf")
    classes = np.where(variances <= low, "S", np.where(variances >= high, "L", "X"))
    edges = [(low, "S", -1), (high, "L", 1)]
    for edge, name, sign in edges if np.isfinite(high) else edges[:1]:
        for i in np.flatnonzero(np.abs(variances - edge) <= _CLOSE * edge):
            certain = _side(exact(float(variances[i])), schedule, name == "S") in (0, sign)
            classes[i] = name if certain else "X"
    return classes


def _side(lam: Fraction, schedule: Schedule, lowest: bool) -> int | None:
    """Sign of ``lam`` minus the lowest (or highest) threshold over t < T; None if undecidable."""
    for field in [EXACT] if schedule.rational else [balls(256), balls(4096)]:
        with field.working():
            value = field.number(lam)
            thresholds = Teacher(schedule, value, field).thresholds[:-1]
            known = [threshold for threshold in thresholds if threshold is not None]
            edge = field.minimum(known) if lowest else field.maximum(known)
            sign = field.sign(value - edge)
        if sign is not None:
            return sign
    return None
