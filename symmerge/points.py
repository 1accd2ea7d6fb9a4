r"""Errors of the canonical plans over arrays of points, without logarithms.

What sweeps need of a composite is ``y = 1/C - 1``. It is a relative error itself (of 1 as a
stand-in for C), so it multiplies by :func:`symmerge.merge.joined` from ``y_t = -x_t / a_t``:
additions and products only, and precise near ``C = 1``. With ``Y_t`` for the steps 1..t,

* vanilla: ``e = g_T Y_{T-1}``;
* BOOT: the product over t < T of ``f_t = g_T y_t``;
* consistency: ``e_t = h_t e_{t-1} + g_t Y_{t-1}``;
* progressive: pairs, then pairs of pairs.

They go through :func:`symmerge.merge.learned` and :func:`~symmerge.merge.joined`, except that the
recursion of consistency is computed by pairs too, over whole arrays: a loop over the steps would
spend its time between NumPy calls. The tests tie all of it to the recursion over plans in many
digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np

from .chain import Chain
from .merge import first_learned, joined, learned, relative_error
from .numbers import FLOAT
from .plan import MergePlan, canonical_plans
from .schedule import Schedule
from .student import GradientFlow
from .teacher import Teacher

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
    def teacher(self) -> Teacher:
        """The teacher, with arrays of shape (T, n)."""
        return Teacher(self.schedule, self.lam, FLOAT)

    @cached_property
    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        """``g_t`` and ``1 - g_t``, each of shape (T, n)."""
        return GradientFlow(self.s).factors(self.teacher.v, FLOAT)

    @cached_property
    def chain(self) -> Chain:
        """The chain, with arrays of shape (T, n)."""
        return Chain(self.teacher.x, self.teacher.a, *self.factors, FLOAT, self.teacher)

    @cached_property
    def inverse(self) -> np.ndarray:
        """``y_t = 1/a_t - 1``, shape (T, n)."""
        return self.teacher.inverse_minus_one

    @cached_property
    def blocks(self) -> list[np.ndarray]:
        """``1/C - 1`` of single steps, of pairs, of pairs of pairs, ..., of all steps."""
        levels = [self.inverse]
        while len(levels[-1]) > 1:
            y = levels[-1]
            left, right, odd = _pairs(y)
            levels.append(_carried(joined(y[left], y[right]), y[odd]))
        return levels

    @cached_property
    def prefixes(self) -> np.ndarray:
        """``Y_t = 1/C[1,t] - 1`` for t = 1..T-1, shape (T-1, n)."""
        *levels, above = self.blocks
        for y in reversed(levels):
            # Up to the end of a pair, or up to the end of the pair before and one block more.
            found = np.empty_like(y)
            found[0] = y[0]
            found[1::2] = above[: len(y) // 2]
            found[2::2] = joined(above[: (len(y) - 1) // 2], y[2::2])
            above = found
        return above[:-1]

    @property
    def inverse_before_last(self) -> np.ndarray:
        """``Y_{T-1} = 1/C[1,T-1] - 1``, shape (n,)."""
        # Where the last block is the right one of a pair, the left one lies before it.
        first, *others = [y[-2] for y in reversed(self.blocks) if len(y) % 2 == 0]
        return reduce(joined, others, first)

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
    g, _ = points.factors
    return first_learned(points.inverse_before_last, g[-1])


def _boot(points: Points) -> np.ndarray:
    g, _ = points.factors
    return _product(first_learned(points.inverse[:-1], g[-1]))


def _consistency(points: Points) -> np.ndarray:
    # With the prefix Y before it, a step turns e into h e + g Y, and Y into Y + y + Y y. Two blocks
    # that turn e into h e + g Y + c are such a block again, with
    #   h = h2 h1,   g = h2 g1 + g2 (1 + y1),   c = h2 c1 + g2 y1 + c2.
    g, h = points.factors
    c: Any = None
    for y in points.blocks[:-1]:
        left, right, odd = _pairs(y)
        met = first_learned(y[left], g[right])
        both = met if c is None else h[right] * c[left] + met + c[right]
        c = _carried(both, np.zeros_like(y[odd]) if c is None else c[odd])
        g = _carried(h[right] * g[left] + g[right] + met, g[odd])
        h = _carried(h[left] * h[right], h[odd])
    return c[0]


def _progressive(points: Points) -> np.ndarray:
    g, h = points.factors
    e: Any = None
    for y in points.blocks[:-1]:
        left, right, odd = _pairs(y)
        if e is None:  # Steps have no error.
            e = _carried(first_learned(y[left], g[right]), np.zeros_like(y[odd]))
        else:
            merged = joined(e[right], learned(e[left], y[left], g[right], h[right]))
            e = _carried(merged, e[odd])
        g, h = (_carried(rows[right], rows[odd]) for rows in (g, h))
    return e[0]


def _pairs(rows: np.ndarray) -> tuple[slice, slice, slice]:
    """Left and right rows of pairs of neighbours, and the odd one out, if there is one."""
    count = len(rows)
    return slice(0, count - 1, 2), slice(1, count, 2), slice(count - count % 2, count)


def _carried(pairs: np.ndarray, odd: np.ndarray) -> np.ndarray:
    """Rows of the next level: what became of pairs, and the odd one out as it is."""
    return np.concatenate((pairs, odd)) if len(odd) else pairs


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
