r"""What every block of a plan costs every coordinate, with rigorous slacks (SPEC A7).

A plan's spine cuts steps 1..T-1 into blocks. With bare teacher steps in the block u+1..v,
coordinate i pays ``l_i(u, v)``; its error is ``y_i``, the sum over the blocks:

* ``C_i > 0``: ``y = log(M/C)``, ``l = log(1 + g_T (1/C[u+1,v] - 1))``, loss ``W (e^y - 1)^2``;
* ``C_i = 0`` (variance 0): ``y = log(M/a_T)``, ``l = log((1-g_T) C[u+1,v] + g_T)``,
  loss ``W e^{2y}``.

Merges nested inside a block move ``l`` up for coordinates whose steps are all <= 1 (class S),
down where all are >= 1 (L), and within a range known from the interval searches otherwise (X).

Steps, factors and weights are evaluated in ball arithmetic. Later roundings are counted: a slack
per entry covers them, assuming IEEE doubles and elementary functions good to 4 units in the last
place.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from ..chain import build_chain
from ..errors import require
from ..merge import learned
from ..numbers import FLOAT, balls
from ..schedule import Schedule
from ..student import ShrinkageLaw
from ..teacher import Teacher
from .interval import forest_range

__all__ = ["SegmentCosts", "segment_costs", "shortest_path"]

_ULP = 2.0**-52
_BITS = 160
MOST_NUMBERS = 2**27  # a gigabyte, and as much again for the slacks
_RANGES_AT_ONCE = 64
_RANGE_SLACK = 1e-10  # of the largest error in an X coordinate's table; its rounding is ~ T ulp


@dataclass(frozen=True, eq=False)
class SegmentCosts:
    """Costs of all blocks for the distinct variances of a spectrum.

    Block u+1..v (0 <= u < v <= n = T-1) is column ``v (v-1)/2 + u``.

    Attributes
    ----------
    bare : (d, n(n+1)/2) array
        ``l_i`` for bare teacher steps.
    slack : array of that shape
        Covers the error of `bare` and its share in the rounding of the sums it enters.
    mixed : (x,) int array
        Coordinates of class X.
    low, high : (x, n(n+1)/2) arrays
        Their bounds of ``l`` over all ways to build the block, slack included.
    weight : (d,) array
        Certified lower bound of ``W``.
    vanishing : (d,) bool array
        Where C vanishes.
    least, most : (d,) arrays
        Bounds of ``y`` over all plans (infinite where none is needed).
    n : int
        Number of steps that can sit in a block.
    """

    bare: np.ndarray
    slack: np.ndarray
    mixed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray
    vanishing: np.ndarray
    least: np.ndarray
    most: np.ndarray
    n: int

    def column(self, u: int, v: int) -> int:
        """Column of the block u+1..v."""
        return v * (v - 1) // 2 + u

    def path_columns(self, lengths: list[int]) -> list[int]:
        """Columns of a segmentation."""
        stops = np.cumsum([0, *lengths])
        return [self.column(int(u), int(v)) for u, v in pairwise(stops)]

    def edges(self, slopes: np.ndarray) -> np.ndarray:
        """Certain lower bounds of ``sum_i slopes_i l_i`` per block, over all ways to build it.

        ``slopes`` is (d,) or (J, d): >= 0 for class S, <= 0 for class L, of any sign for X.
        """
        strict = np.array(slopes, copy=True)
        strict[..., self.mixed] = 0.0
        total = strict @ self.bare - np.abs(strict) @ self.slack
        if len(self.mixed):
            loose = slopes[..., self.mixed]
            total += np.maximum(loose, 0) @ self.low + np.minimum(loose, 0) @ self.high
        return total

    def reached(self, columns: list[int], slopes: np.ndarray) -> np.ndarray:
        """A point y that a path reaches when every block is built as `slopes` prefers."""
        y = self.bare[:, columns].sum(axis=1)
        if len(self.mixed):
            up = slopes[self.mixed] >= 0
            ends = np.where(up[:, None], self.low[:, columns], self.high[:, columns])
            y[self.mixed] = ends.sum(axis=1)
        return y


def shortest_path(edges: np.ndarray, n: int) -> tuple[float, list[int]]:
    """Cheapest segmentation of n steps for given block costs: its cost and block lengths."""
    cost, before = np.zeros(n + 1), np.zeros(n + 1, int)
    for v in range(1, n + 1):
        candidates = cost[:v] + edges[v * (v - 1) // 2 : v * (v + 1) // 2]
        before[v] = int(np.argmin(candidates))
        cost[v] = candidates[before[v]]
    lengths, v = [], n
    while v:
        lengths.append(int(v - before[v]))
        v = before[v]
    return float(cost[n]), lengths[::-1]


def segment_costs(
    variances: np.ndarray,
    multiplicities: np.ndarray,
    classes: np.ndarray,
    schedule: Schedule,
    law: ShrinkageLaw,
) -> SegmentCosts:
    """Tabulate the costs of all blocks: O(T^2 d) numbers, and O(T^3) time per X coordinate.

    Parameters
    ----------
    variances, multiplicities : (d,) arrays
        Distinct variances and how often each occurs.
    classes : (d,) array of 'S', 'L', 'X'
    schedule : Schedule
    law : ShrinkageLaw
    """
    d, n = len(variances), schedule.T - 1
    size = d * n * (n + 1) // 2
    rule = f"must need at most {MOST_NUMBERS} block costs"
    require(size <= MOST_NUMBERS, "spectrum", rule, size)
    certain = _certified(variances, multiplicities, schedule, law)
    vanishing = variances == 0
    bare, slack = np.empty((d, n * (n + 1) // 2)), np.empty((d, n * (n + 1) // 2))
    # Each block enters a dot product over d coordinates and a path of at most n blocks.
    rounding = (d + n + 16) * _ULP
    with FLOAT.working():
        for v in range(1, n + 1):
            columns = slice(v * (v - 1) // 2, v * (v + 1) // 2)
            # Composites of u+1..v for u = v-1..0, summed from the near end, then put in order.
            c = np.cumsum(certain.logs[:v][::-1], axis=0)[::-1].T
            c_radius = np.cumsum(certain.log_radius[:v][::-1], axis=0)[::-1].T
            c_radius = (
                c_radius + v * _ULP * np.cumsum(np.abs(certain.logs[:v][::-1]), axis=0)[::-1].T
            )
            cost, radius = _bare_cost(c, c_radius, certain, vanishing)
            bare[:, columns] = cost
            slack[:, columns] = radius + rounding * np.abs(cost)
    mixed = np.flatnonzero(classes == "X")
    low, high = np.empty((len(mixed), bare.shape[1])), np.empty((len(mixed), bare.shape[1]))
    for start in range(0, len(mixed), _RANGES_AT_ONCE):
        rows = slice(start, start + _RANGES_AT_ONCE)
        low[rows], high[rows] = _range(variances[mixed[rows]], schedule, law)
    low -= slack[mixed] + rounding * np.abs(low)
    high += slack[mixed] + rounding * np.abs(high)
    # S: e >= 0. L: e <= 0, and M >= a_T, so y >= -log C[1,T-1]. X: the cheapest and dearest paths.
    composite = np.sum(np.where(np.isfinite(certain.logs), certain.logs, 0.0), axis=0)
    least = np.where(classes == "L", -composite * (1 + 1e-9) - 1e-9, 0.0)
    most = np.where(classes == "L", 0.0, np.inf)
    for row, i in enumerate(mixed):
        least[i] = shortest_path(low[row], n)[0] - 1e-9
        most[i] = -shortest_path(-high[row], n)[0] + 1e-9
    return SegmentCosts(bare, slack, mixed, low, high, certain.weight, vanishing, least, most, n)


@dataclass(frozen=True, eq=False)
class _Certified:
    """float64 constants with bounds on their errors."""

    logs: np.ndarray
    log_radius: np.ndarray
    g: np.ndarray
    h: np.ndarray
    factor_radius: np.ndarray
    weight: np.ndarray


def _certified(
    variances: np.ndarray, multiplicities: np.ndarray, schedule: Schedule, law: ShrinkageLaw
) -> _Certified:
    field = balls(_BITS)
    with field.working():
        lam = field.numbers(Fraction(float(q)) for q in variances)
        chain = build_chain(schedule, lam, law, field)
        zero = np.frompyfunc(lambda a: a == 0, 1, 1)(chain.a).astype(bool)
        logs, log_radius = _floats(
            np.where(zero, chain.a, field.log1p(np.where(zero, chain.a, chain.x)))
        )
        g, g_radius = _floats(chain.g[-1])
        h, h_radius = _floats(chain.h[-1])
        squares = np.where(zero, field.number(1), chain.a) ** 2
        product = squares[-1]
        for row in squares[:-1]:
            product = product * np.where(variances == 0, field.number(1), row)
        v_T = Teacher(schedule, lam, field).v[-1]
        times = field.numbers(Fraction(float(m)) for m in multiplicities)
        weight, weight_radius = _floats(product * v_T * times)
    logs = np.where(zero, -np.inf, logs)
    factor_radius = np.maximum(_share(g_radius, g), _share(h_radius, h))
    low = np.maximum((weight - weight_radius) * (1 - 4 * _ULP), 0.0)
    return _Certified(logs[:-1], np.where(zero, 0.0, log_radius)[:-1], g, h, factor_radius, low)


def _floats(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearest floats of balls, and bounds on their distance to what the balls enclose."""
    middle = np.frompyfunc(lambda ball: float(ball.mid()), 1, 1)(values).astype(float)
    radius = np.frompyfunc(lambda ball: float(ball.rad()), 1, 1)(values).astype(float)
    # Conversion of midpoint and radius rounds once each.
    return middle, radius * (1 + 4 * _ULP) + np.abs(middle) * _ULP


def _share(radius: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.divide(radius, value, out=np.zeros_like(value), where=value > 0)


def _bare_cost(
    c: np.ndarray, c_radius: np.ndarray, certain: _Certified, vanishing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """``l`` of blocks with log composite c (d, v), and a bound on its error."""
    g, h = certain.g[:, None], certain.h[:, None]
    functions = 4 * _ULP
    z = learned(0.0, FLOAT.inverse_minus_one(c), g, h)
    cost = FLOAT.log1p(z)
    # dl/dc = -g e^{-c}/(1+z), at most 1 in size; log1p amplifies the relative error of z.
    share = np.minimum(g * FLOAT.exp(-c) / (1 + z), 1.0)
    amplified = np.abs(z / (1 + z))
    relative = 3 * functions + certain.factor_radius[:, None]
    radius = share * c_radius * 1.001 + amplified * relative + functions * np.abs(cost)
    if vanishing.any():
        C = FLOAT.exp(c[vanishing])
        plain = h[vanishing] * C + g[vanishing]
        cost[vanishing] = FLOAT.log(plain)
        inner = 3 * functions + certain.factor_radius[vanishing, None]
        finite = np.where(np.isfinite(c[vanishing]), c_radius[vanishing], 0.0)
        radius[vanishing] = 1.001 * finite + inner + functions * np.abs(cost[vanishing])
    return cost, radius


def _range(lam: np.ndarray, schedule: Schedule, law: ShrinkageLaw) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest ``l`` of X coordinates per block, over all ways to build it."""
    chain = build_chain(schedule, lam, law, FLOAT)
    n = chain.T - 1
    low, high = forest_range(chain)
    widened = _RANGE_SLACK * np.maximum(np.abs(low), np.abs(high)).max(axis=(0, 1))
    g, h = chain.g[-1], chain.h[-1]
    columns: tuple[list[Any], list[Any]] = ([], [])
    for v in range(1, n + 1):
        u = np.arange(v)
        gaps = np.expm1(-np.cumsum(chain.composites[:v][::-1], axis=0)[::-1])
        for ends, table, side in zip(columns, (low, high), (-1, 1), strict=True):
            ends.append(np.log1p(learned(table[u, v - u] + side * widened, gaps, g, h)))
    return np.concatenate(columns[0]).T, np.concatenate(columns[1]).T
