r"""Regimes and best errors over arrays of points, by the theorems of :mod:`.theorems`.

The conditions of Theorems 1, 2, 5 and 7 are checked in float64 at all points at once, and so are
the extreme errors of Theorems 5 and 7, in O(T) array operations. Where (G)
fails, Theorem 8 gives the max-plan in O((1+p) T) of them.

A point counts as decided only if no rounding error could turn the sign that decides it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..merge import joined, learned
from ..numbers import FLOAT
from ..points import Points, canonical_error
from ..teacher import Teacher
from .result import REGIMES

__all__ = ["Regimes", "largest_without_g", "regimes"]

NAMES = tuple(REGIMES)
_BOOT, _MIN, _BAND, _MAX, _VANILLA, _UNKNOWN = range(len(NAMES))
# Signs are trusted where the value exceeds this share of the terms it is summed from.
_CERTAIN = 1e-11
_BATCH = 2**14  # numbers per row operation of Theorem 8


class Regimes(NamedTuple):
    """Arrays of shape (n,).

    ``regime`` indexes the keys of :data:`symmerge.search.result.REGIMES`. ``least`` and
    ``largest`` are the errors of the plans of Theorems 7 and 5 (or 8): the best plan's in the
    regimes ``min-plan`` and ``max-plan``, those of plans among others elsewhere, and NaN outside
    the window.
    """

    regime: np.ndarray
    least: np.ndarray
    largest: np.ndarray


class _Extremes(NamedTuple):
    """An extreme error, whether its theorem holds, and whether its sign is certain."""

    error: np.ndarray
    holds: np.ndarray
    certain: np.ndarray


def regimes(points: Points) -> Regimes:
    """Decide the points that theorems decide.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> found = regimes(Points(cosine(8), np.array([1, 1.25, 1.32, 1.4, 3.0]), np.full(5, 3.0)))
    >>> [NAMES[k] for k in found.regime]
    ['boot', 'min-plan', 'band', 'max-plan', 'vanilla']
    """
    with FLOAT.working():
        return _regimes(points)


def _regimes(points: Points) -> Regimes:
    x = points.chain.x[:-1]
    n = len(points.lam)
    regime = np.full(n, _UNKNOWN, np.int8)
    least, largest = np.full(n, np.nan), np.full(n, np.nan)
    clear = ~_near_threshold(points)
    boot, vanilla = clear & np.all(x < 0, axis=0), clear & np.all(x > 0, axis=0)
    regime[boot], regime[vanilla] = _BOOT, _VANILLA
    window = np.flatnonzero(clear & ~boot & ~vanilla)
    if len(window) == 0:
        return Regimes(regime, least, largest)
    inner = points.only(window)
    leading, ordered = _pattern(inner.chain.x[:-1])
    has_g = _condition_g(inner)
    high, low = _largest(inner), _smallest(inner, leading)
    high_holds = has_g | (ordered & (leading == 0))
    low_holds = low.holds & has_g & ordered
    # All three plans exist, whatever the conditions: errors of both signs are their own witness.
    over = high.certain & (high.error > 0)
    under = low.certain & (low.error < 0)
    under |= canonical_error("vanilla", inner) < -_CERTAIN * inner.chain.g[-1]
    found = np.full(len(window), _UNKNOWN, np.int8)
    found[over & under] = _BAND
    found[high.certain & high_holds & (high.error < 0)] = _MAX
    found[low.certain & low_holds & (low.error > 0)] = _MIN
    regime[window], least[window], largest[window] = found, low.error, high.error
    open_points = np.flatnonzero((found == _UNKNOWN) & ordered & ~high_holds)
    for where in _batches(open_points, leading, points.schedule.T):
        part = inner.only(where)
        value = largest_without_g(part, int(leading[where[0]]))
        size = part.chain.g[-1] * np.abs(part.prefixes).max(axis=0)
        largest[window[where]] = value
        regime[window[where[value < -_CERTAIN * size]]] = _MAX
        regime[window[where[(value > _CERTAIN * size) & under[where]]]] = _BAND
    return Regimes(regime, least, largest)


def _near_threshold(points: Points) -> np.ndarray:
    """Whether rounding could hide on which side of 1 some step is."""
    known = Teacher(points.schedule, 1.0, FLOAT).thresholds[:-1]
    ends = np.sort([-np.inf, *(float(value) for value in known if value is not None), np.inf])
    place = np.searchsorted(ends, points.lam, side="right")
    gap = np.minimum(ends[place] - points.lam, points.lam - ends[place - 1])
    return gap <= 1e-13 * points.lam


def _pattern(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number p of leading minuses, and whether the signs are (-)^p (+) (-)."""
    plus = x > 0
    first = np.argmax(plus, axis=0)
    last = len(x) - np.argmax(plus[::-1], axis=0)
    return first, np.sum(plus, axis=0) == last - first


def _condition_g(points: Points) -> np.ndarray:
    """Condition (G) of :mod:`.theorems`; a few rounding errors are on the safe side."""
    chain, y = points.chain, points.inverse
    growth, least = np.zeros(len(points.lam)), chain.g[0]
    holds = np.ones(len(points.lam), bool)
    for j in range(1, chain.T):
        growth = joined(growth, np.minimum(y[j - 1], 0.0))
        holds &= least * (1 - 1e-12) + chain.g[j] * growth >= 0
        least = np.minimum(least, chain.g[j])
    return holds


class _Run:
    """Errors of a plan of :mod:`.blocks` that is grown at every point in step."""

    def __init__(self, points: Points) -> None:
        self.points, zero = points, np.zeros(len(points.lam))
        self.run_e = self.run_y = self.block_e = self.block_y = zero

    def swallow(self, t: int) -> None:
        """Merge the run so far with step t + 1."""
        chain = self.points.chain
        self.run_e = learned(self.run_e, self.run_y, chain.g[t], chain.h[t])
        self.run_y = joined(self.run_y, self.points.inverse[t])

    def close(self, where: np.ndarray) -> None:
        """Start a new run at some points."""
        self.block_e = np.where(where, joined(self.block_e, self.run_e), self.block_e)
        self.block_y = np.where(where, joined(self.block_y, self.run_y), self.block_y)
        self.run_e, self.run_y = np.where(where, 0.0, self.run_e), np.where(where, 0.0, self.run_y)

    def at_root(self, e: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Error of a block merged at the last time."""
        chain = self.points.chain
        return learned(e, y, chain.g[-1], chain.h[-1])


def _largest(points: Points) -> _Extremes:
    """Error of the plan of Theorem 5."""
    chain, run = points.chain, _Run(points)
    beyond = np.zeros(len(points.lam))
    for t in range(chain.T - 1):
        run.swallow(t)
        beyond = joined(chain.x[t], chain.h[t] * beyond)
        record = beyond > 0
        beyond = np.where(record, 0.0, beyond)
        run.close(record)
    parts = run.at_root(run.block_e, run.block_y), run.at_root(run.run_e, run.run_y)
    error = joined(*parts)
    return _Extremes(error, np.ones(len(error), bool), _certain(error, *parts))


def _smallest(points: Points, leading: np.ndarray) -> _Extremes:
    """Error of the plan of Theorem 7, and whether (G2) holds and there is a first passage."""
    chain, n = points.chain, len(points.lam)
    g_T, h_T = chain.g[-1], chain.h[-1]
    A0 = 1 / (1 + np.where(leading > 0, points.prefixes[leading - 1, np.arange(n)], 0.0))
    holds = chain.g[:-1].min(axis=0) * (h_T * A0 + g_T) >= g_T * (1 - A0)
    run, total, size = _Run(points), np.zeros(n), np.zeros(n)
    beyond, passed = np.zeros(n), np.zeros(n, bool)
    for t in range(chain.T - 1):
        run.swallow(t)
        inside = (t >= leading) & ~passed
        beyond = np.where(inside, joined(chain.x[t], chain.h[t] * beyond), 0.0)
        passed |= inside & (beyond < 0)
        ends = ~inside | passed
        block = np.where(ends, run.at_root(run.run_e, run.run_y), 0.0)
        total, size = joined(total, block), size + np.abs(block)
        run.run_e, run.run_y = np.where(ends, 0.0, run.run_e), np.where(ends, 0.0, run.run_y)
    return _Extremes(total, holds & passed, passed & (np.abs(total) > _CERTAIN * size))


def _certain(value: np.ndarray, *parts: np.ndarray) -> np.ndarray:
    """Whether the sign of a sum of parts is beyond rounding."""
    return np.abs(value) > _CERTAIN * sum(np.abs(part) for part in parts)


def largest_without_g(points: Points, p: int) -> np.ndarray:
    """Largest error of all plans by Theorem 8, for signs (-)^p (+) (-) and any factors.

    Column j of the table of :func:`symmerge.search.theorems.max_plan_without_g` needs, in the rows
    after the p leading minuses, only the state of Theorem 4's recurrence, so nothing but the first
    p rows is kept: O((1+p) T) numbers per point.
    """
    chain, n, T = points.chain, len(points.lam), points.schedule.T
    y = points.inverse
    before_e, before_y, run_e, run_y, beyond = (np.zeros((T, n)) for _ in range(5))
    forest, inverse = np.zeros((p, T, n)), np.zeros((p, T, n))
    tree = np.zeros((T + 1, n))  # column j: row k belongs to steps k+1..j+1
    for i in range(p):
        inverse[i, i] = y[i]
    for j in range(1, T):
        g, h, late = chain.g[j], chain.h[j], slice(p, j)
        _extend(points, j - 1, late, (before_e, before_y, run_e, run_y, beyond))
        tree[late] = joined(
            learned(before_e[late], before_y[late], g, h), learned(run_e[late], run_y[late], g, h)
        )
        tree[j] = 0.0
        for i in range(min(p, j) - 1, -1, -1):
            left, right = slice(i, j), slice(i + 1, j + 1)
            merged = joined(tree[right], learned(forest[i, left], inverse[i, left], g, h))
            tree[i] = merged.max(axis=0)
            if j < T - 1:
                products = joined(forest[i, left], tree[right])
                forest[i, j] = np.maximum(tree[i], products.max(axis=0))
                inverse[i, j] = joined(inverse[i, j - 1], y[j])
    return tree[0]


def _extend(points: Points, t: int, rows: slice, state: tuple[np.ndarray, ...]) -> None:
    """One step of Theorem 4 from every start in `rows`: products up to the last record, the run."""
    chain = points.chain
    before_e, before_y, run_e, run_y, beyond = (part[rows] for part in state)
    run_e[:] = learned(run_e, run_y, chain.g[t], chain.h[t])
    run_y[:] = joined(run_y, points.inverse[t])
    beyond[:] = joined(chain.x[t], chain.h[t] * beyond)
    record = beyond > 0
    np.copyto(before_e, joined(before_e, run_e), where=record)
    np.copyto(before_y, joined(before_y, run_y), where=record)
    for part in (run_e, run_y, beyond):
        part[record] = 0.0


def _batches(open_points: np.ndarray, leading: np.ndarray, T: int) -> list[np.ndarray]:
    """Points with the same number of leading minuses, few enough for a cache."""
    most = max(8, _BATCH // T)
    found = []
    for p in np.unique(leading[open_points]):
        same = open_points[leading[open_points] == p]
        found += [same[start : start + most] for start in range(0, len(same), most)]
    return found
