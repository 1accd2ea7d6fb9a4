r"""Regimes and best errors over arrays of points, by the theorems of :mod:`.theorems`.

The conditions of Theorems 1, 2, 5 and 7 are checked in float64 at all points at once, and so are
the extreme errors of Theorems 5 and 7, in O(T) array operations. Where (G)
fails, Theorem 8 gives the max-plan in O((1+p) T) of them.

A point counts as decided only if no rounding error could turn the sign that decides it.
"""

from __future__ import annotations

from collections.abc import Iterator
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
# Numbers per array: of steps by points, of a table of Theorem 8, and of all its first rows.
_BLOCK, _BATCH, _FIRST_ROWS = 2**18, 2**17, 2**22


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
    n, T = len(points.lam), points.schedule.T
    regime, window = _by_thresholds(points)
    least, largest = np.full(n, np.nan), np.full(n, np.nan)
    open_points = [np.empty((4, 0), int)]
    size = max(8, _BLOCK // T)
    for start in range(0, len(window), size):
        block = window[start : start + size]
        found, low, high, left = _by_conditions(points.only(block))
        regime[block], least[block], largest[block] = found, low, high
        left[0] = block[left[0]]
        open_points.append(left)
    for where, p, under in _batches(np.hstack(open_points), T):
        part = points.only(where)
        largest[where] = value = largest_without_g(part, p)
        size_of_terms = part.chain.g[-1] * np.abs(part.prefixes).max(axis=0)
        regime[where[value < -_CERTAIN * size_of_terms]] = _MAX
        regime[where[(value > _CERTAIN * size_of_terms) & under]] = _BAND
    return Regimes(regime, least, largest)


def _by_thresholds(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """Regimes by Theorems 1 and 2, and which points lie between; all without a chain."""
    lam = points.lam
    known = Teacher(points.schedule, 1.0, FLOAT).thresholds[:-1]
    values = [float(value) for value in known if value is not None]
    ends = np.sort([-np.inf, *values, np.inf])
    place = np.searchsorted(ends, lam, side="right")
    # So near a threshold, rounding could hide on which side of 1 its step is.
    clear = np.minimum(ends[place] - lam, lam - ends[place - 1]) > 1e-13 * lam
    boot, vanilla = clear & (place == 1), clear & (place == len(known) + 1)
    regime = np.full(len(lam), _UNKNOWN, np.int8)
    regime[boot], regime[vanilla] = _BOOT, _VANILLA
    return regime, np.flatnonzero(clear & ~boot & ~vanilla)


def _by_conditions(points: Points) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Regimes by Theorems 5 and 7, their extreme errors, and what Theorem 8 has to decide.

    Of the latter points: index, leading minuses, last plus, whether some plan errs below 0.
    """
    leading, ordered = _pattern(points.chain.x[:-1])
    has_g = _condition_g(points)
    high, low = _largest(points), _smallest(points, leading)
    high_holds = has_g | (ordered & (leading == 0))
    low_holds = low.holds & has_g & ordered
    # All three plans exist, whatever the conditions: errors of both signs are their own witness.
    over = high.certain & (high.error > 0)
    under = low.certain & (low.error < 0)
    under |= canonical_error("vanilla", points) < -_CERTAIN * points.chain.g[-1]
    found = np.full(len(leading), _UNKNOWN, np.int8)
    found[over & under] = _BAND
    found[high.certain & high_holds & (high.error < 0)] = _MAX
    found[low.certain & low_holds & (low.error > 0)] = _MIN
    left = np.flatnonzero((found == _UNKNOWN) & ordered & ~high_holds)
    about = np.array([left, leading[left], _last_plus(points)[left], under[left]])
    return found, low.error, high.error, about


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
    r"""Largest error of all plans by Theorem 8, for signs (-)^p (+) (-) and any factors.

    In the rows after the p leading minuses Theorem 4 needs no search. Up to step q, where the
    pluses end, every step is a record; from there on none is. With ``Y_i`` for ``1/C - 1`` of the
    steps i..j-1 (for i < q up to q only), the best tree over i..j has

    .. math:: e_i = h_j e_i' + g_j Y_i \quad (i \ge q),\qquad
              1 + e_i = (1 + g_j Y_i)(1 + e_q) \quad (i < q),

    ``e_i'`` of j - 1. The first p rows use the full recurrence of the interval search: all in all
    O((1+p) T) array operations.
    """
    chain, n, T = points.chain, len(points.lam), points.schedule.T
    y, q = points.inverse, _last_plus(points)
    first, index = int(q.min()), np.arange(T)[:, None]
    tree, inverse = np.zeros((T + 1, n)), np.zeros((T, n))  # row i: steps i+1 up to j
    e_q, y_q = np.zeros(n), np.zeros(n)
    rows = _FirstRows(points, p)
    for j in range(1, T):
        g, h, pluses = chain.g[j], chain.h[j], j - 1 < q
        up, down = np.where(pluses, y[j - 1], 0.0), np.where(pluses, 0.0, y[j - 1])
        y_q = joined(y_q, down)
        e_q = learned(e_q, y_q, g, h)
        some = slice(p, min(first, j))
        inverse[some] *= 1 + up
        inverse[some] += up
        np.multiply(inverse[some], g * (1 + e_q), out=tree[some])
        tree[some] += e_q
        late = slice(max(first, p), j)
        minus = index[late] >= q
        inverse[late] = joined(inverse[late], np.where(minus, y[j - 1], up))
        below = joined(g * inverse[late], e_q)
        tree[late] = np.where(minus, learned(tree[late], inverse[late], g, h), below)
        tree[j] = 0.0
        rows.extend(tree, j)
    return tree[0]


def _last_plus(points: Points) -> np.ndarray:
    """Number of steps up to the last ``a_t > 1`` with t < T."""
    return points.schedule.T - 1 - np.argmax(points.chain.x[-2::-1] > 0, axis=0)


class _FirstRows:
    """The first p rows of the interval search for the largest error, column by column."""

    def __init__(self, points: Points, p: int) -> None:
        n, T = len(points.lam), points.schedule.T
        self.points, self.p = points, p
        self.forest, self.inverse = np.zeros((p, T, n)), np.zeros((p, T, n))
        self.inverse[range(p), range(p)] = points.inverse[:p]
        self.right, self.merged, self.term = np.empty((3, T + 1, n))

    def extend(self, tree: np.ndarray, j: int) -> None:
        """Fill the first p rows of column j of `tree`, given the others."""
        chain, y = self.points.chain, self.points.inverse
        np.add(tree[1 : j + 1], 1.0, out=self.right[1 : j + 1])
        for i in range(min(self.p, j) - 1, -1, -1):
            before, after, here = slice(i, j), slice(i + 1, j + 1), slice(j - i)
            merged, term = self.merged[here], self.term[here]
            forest, inverse, right = self.forest[i], self.inverse[i], self.right[after]
            # learned, then joined, without temporary arrays
            np.multiply(forest[before], chain.h[j], out=merged)
            np.multiply(inverse[before], chain.g[j], out=term)
            merged += term
            merged *= right
            merged += tree[after]
            tree[i] = merged.max(axis=0)
            self.right[i] = 1 + tree[i]
            if j < chain.T - 1:
                np.multiply(forest[before], right, out=merged)
                merged += tree[after]
                forest[j] = np.maximum(tree[i], merged.max(axis=0))
                inverse[j] = joined(inverse[j - 1], y[j])


def _batches(left: np.ndarray, T: int) -> Iterator[tuple[np.ndarray, int, np.ndarray]]:
    """Points with the same number of leading minuses, few enough for a cache."""
    # Neighbours in the last plus share what largest_without_g does once per batch.
    index, leading, _, under = left[:, np.lexsort(left[2:0:-1])]
    for p in np.unique(leading):
        same = np.flatnonzero(leading == p)
        most = max(1, min(_BATCH // T, _FIRST_ROWS // (p * T)))
        for start in range(0, len(same), most):
            some = same[start : start + most]
            yield index[some], int(p), under[some].astype(bool)
