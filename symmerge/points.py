r"""Errors of the canonical plans over arrays of points, without logarithms.

What sweeps need of a composite is ``y = 1/C - 1``. It is a relative error itself (of 1 as a
stand-in for C), so it multiplies by :func:`symmerge.merge.joined` from ``y_t = -x_t / a_t``:
additions and products only, and precise near ``C = 1``. With ``Y_t`` for the steps 1..t,

* vanilla: ``e = g_T Y_{T-1}``;
* BOOT: the product over t < T of ``f_t = g_T y_t``;
* consistency: ``e_t = h_t e_{t-1} + g_t Y_{t-1}``;
* progressive: pairs, then pairs of pairs.

All four go through :func:`symmerge.merge.learned` and :func:`~symmerge.merge.joined`; the tests tie
them to the recursion over plans in many digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .chain import Chain, build_chain
from .merge import joined, learned, relative_error
from .numbers import FLOAT
from .plan import MergePlan, canonical_plans
from .schedule import Schedule
from .student import GradientFlow

__all__ = ["Points", "canonical_error", "plan_error"]


@dataclass(frozen=True, eq=False)
class Points:
    """Points of a sweep at one schedule: n variances, each with its training time.

    Attributes
    ----------
    schedule : Schedule
    lam, s : (n,) arrays of float64
    """

    schedule: Schedule
    lam: np.ndarray
    s: np.ndarray

    @cached_property
    def chain(self) -> Chain:
        """The chain, with arrays of shape (T, n)."""
        return build_chain(self.schedule, self.lam, GradientFlow(self.s), FLOAT)

    @cached_property
    def inverse(self) -> np.ndarray:
        """``y_t = 1/a_t - 1``, shape (T, n)."""
        return -self.chain.x / self.chain.a

    @cached_property
    def prefixes(self) -> np.ndarray:
        """``Y_t = 1/C[1,t] - 1`` for t = 1..T-1, shape (T-1, n)."""
        found = self.inverse[:-1].copy()
        for t in range(1, len(found)):
            found[t] = joined(found[t - 1], found[t])
        return found

    def only(self, where: np.ndarray | slice) -> Points:
        """Some of the points, by index, mask or slice."""
        return Points(self.schedule, self.lam[where], self.s[where])


def _product(errors: np.ndarray) -> np.ndarray:
    """Relative error of a product of rows, by halves."""
    while len(errors) > 1:
        half = len(errors) // 2
        rest = errors[2 * half :]
        errors = joined(errors[:half], errors[half : 2 * half])
        if len(rest):
            errors[0] = joined(errors[0], rest[0])
    return errors[0]


def _vanilla(points: Points) -> np.ndarray:
    chain = points.chain
    return learned(0.0, points.prefixes[-1], chain.g[-1], chain.h[-1])


def _boot(points: Points) -> np.ndarray:
    chain = points.chain
    return _product(learned(0.0, points.inverse[:-1], chain.g[-1], chain.h[-1]))


def _consistency(points: Points) -> np.ndarray:
    chain = points.chain
    e: Any = 0.0
    for t in range(1, chain.T):
        e = learned(e, points.prefixes[t - 1], chain.g[t], chain.h[t])
    return e


def _progressive(points: Points) -> np.ndarray:
    chain = points.chain
    y, g, h = points.inverse, chain.g, chain.h
    e = np.zeros_like(y)
    while len(y) > 1:
        last = len(y) - len(y) % 2
        left, right = slice(0, last, 2), slice(1, last, 2)
        merged = joined(e[right], learned(e[left], y[left], g[right], h[right]))
        whole = joined(y[left], y[right])
        if last < len(y):
            # An odd block out is carried up.
            merged, whole = (
                np.concatenate(pair) for pair in ((merged, e[last:]), (whole, y[last:]))
            )
        times = slice(1, last, 2)
        g, h = (np.concatenate((rows[times], rows[last:])) for rows in (g, h))
        e, y = merged, whole
    return e[0]


_FORMS = {
    "vanilla": _vanilla,
    "boot": _boot,
    "consistency": _consistency,
    "progressive": _progressive,
}


def canonical_error(name: str, points: Points) -> np.ndarray:
    """Relative error ``M/C - 1`` of a canonical plan at every point, shape (n,).

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> points = Points(cosine(8), np.array([0.25, 1.0, 4.0]), np.full(3, 40.0))
    >>> canonical_error("boot", points)
    array([ 1.68334726e-35,  2.47513904e-36, -8.92311258e-36])
    """
    with FLOAT.working():
        return _FORMS[name](points)


def plan_error(plan: MergePlan | str, points: Points) -> np.ndarray:
    """Relative error of any plan, or of a canonical one by name, at every point."""
    if isinstance(plan, str):
        return canonical_error(plan, points)
    for name, known in canonical_plans(plan.T).items():
        if plan == known:
            return canonical_error(name, points)
    return relative_error(plan, points.chain)
