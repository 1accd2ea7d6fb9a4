r"""Certified lower bounds on the loss of **all** merge plans of a spectrum (SPEC A7).

With the loss ``sum_i loss_i(y_i)`` and the block costs of :mod:`.segments`, every plan obeys, for
any slopes w (Lagrange),

.. math:: \sum_i \mathrm{loss}_i(y_i) \ \ge\
          \sum_i \min_{y}\bigl(\mathrm{loss}_i(y) - w_i y\bigr)
          + \min_{\text{paths}} \sum_{\text{blocks}}\sum_i w_i l_i:

a constant plus a shortest path through 0..T-1. :func:`frank_wolfe` raises the bound by moving w;
:func:`close` settles what is left by walking every path that no such bound excludes.

The minima over y run over plans at least as good as the best one known (`threshold`), for which no
single coordinate may cost more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .segments import SegmentCosts, shortest_path

__all__ = ["Closed", "Losses", "Tangent", "close", "frank_wolfe"]

_ULP = 2.0**-52
_HALVINGS = 40
_MOST_OPEN_PATHS = 200
_CLOSE_ENOUGH = 1e-11


class Tangent(NamedTuple):
    """Slopes w with their certified constant and block costs, and the bound they give."""

    slopes: np.ndarray
    constant: float
    edges: np.ndarray
    bound: float
    path: list[int]


@dataclass(frozen=True, eq=False)
class Losses:
    """The losses of all coordinates, for plans whose loss is at most `threshold`."""

    costs: SegmentCosts
    threshold: float

    def value(self, y: np.ndarray) -> np.ndarray:
        """``loss_i(y_i)``."""
        kept = np.expm1(y)
        square = np.where(self.costs.vanishing, (1 + kept) ** 2, kept**2)
        return self.costs.weight * square

    def slope(self, y: np.ndarray) -> np.ndarray:
        """Derivative of ``loss_i`` at ``y_i``."""
        kept = np.expm1(y)
        return 2 * self.costs.weight * (1 + kept) * np.where(self.costs.vanishing, 1 + kept, kept)

    def constant(self, slopes: np.ndarray) -> float:
        """Certain lower bound of ``sum_i min_y (loss_i(y) - w_i y)``."""
        costs = self.costs
        used = costs.weight > 0
        weight = np.where(used, costs.weight, 1.0)
        reach = np.sqrt(self.threshold / weight) * (1 + 1e-9)
        with np.errstate(divide="ignore", invalid="ignore"):
            floor = np.where(reach < 1, np.log1p(-np.minimum(reach, 1.0)), -np.inf)
            # Stationary points: on the convex side of (e^y - 1)^2, and the only one of e^{2y}.
            ratio = slopes / weight
            root = np.sqrt(np.maximum(1 + 2 * ratio, 0.0))
            convex = np.log1p(np.maximum(ratio / (1 + root), -0.5))
            free = np.where(slopes > 0, 0.5 * np.log(slopes / (2 * weight)), 0.0)
        lowest = np.where(costs.vanishing, free, np.maximum(costs.least, floor))
        highest = np.where(costs.vanishing, free, np.minimum(costs.most, np.log1p(reach)))
        middle = np.clip(convex, lowest, np.maximum(lowest, highest))
        least = np.full(costs.weight.shape, np.inf)
        for y in (lowest, highest, middle):
            value, line = self.value(y), slopes * y
            certain = value - line - 64 * _ULP * (np.abs(value) + np.abs(line))
            least = np.minimum(least, certain)
        # A vanishing coordinate without slope can be as small as it likes; no weight, no claim.
        least = np.where(costs.vanishing & (slopes <= 0), 0.0, least)
        least = np.where(used, least, 0.0)
        return float(np.sum(least) - len(least) * _ULP * np.sum(np.abs(least)))

    def tangent(self, slopes: np.ndarray) -> Tangent:
        """Lower bound on the loss of all plans from these slopes."""
        slopes = np.where(self.costs.weight > 0, slopes, 0.0)
        constant, edges = self.constant(slopes), self.costs.edges(slopes)
        cost, path = shortest_path(edges, self.costs.n)
        bound = constant + cost - 8 * _ULP * (abs(constant) + abs(cost))
        return Tangent(slopes, constant, edges, bound, path)


def frank_wolfe(losses: Losses, start: list[int], rounds: int = 40) -> list[Tangent]:
    """Raise the bound from the segmentation `start` on; all tangents tried, in order.

    Each round moves y towards the path that the current slopes prefer, by a line search on the
    convex part of the loss, and stops when bound and loss of y agree.
    """
    costs = losses.costs
    y = costs.reached(costs.path_columns(start), np.zeros(len(costs.weight)))
    found: list[Tangent] = []
    for _ in range(rounds):
        tangent = losses.tangent(losses.slope(y))
        found.append(tangent)
        best = max(t.bound for t in found)
        if float(np.sum(losses.value(y))) <= best * (1 + _CLOSE_ENOUGH):
            break
        direction = costs.reached(costs.path_columns(tangent.path), tangent.slopes) - y
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            rising = float(losses.slope(y + middle * direction) @ direction) > 0
            low, high = (low, middle) if rising else (middle, high)
        if low == 0.0:
            break
        y = y + low * direction
    return found


class Closed(NamedTuple):
    """Outcome of walking all paths that no bound excludes.

    ``bound`` is certain; ``paths`` are the segmentations that were not excluded.
    """

    bound: float
    paths: list[list[int]]


def close(
    losses: Losses, tangents: list[Tangent], target: float, most_labels: int = 200_000
) -> Closed | None:
    """Walk all paths whose lower bound stays below `target`; None if there are too many.

    A label is a path from 0 to a node with its cost under every tangent; it is dropped once some
    tangent proves that no completion comes below the target.
    """
    n = losses.costs.n
    constants = np.array([t.constant for t in tangents])
    edges = np.array([t.edges for t in tangents])
    ahead = np.zeros((len(tangents), n + 1))
    for u in range(n - 1, -1, -1):
        columns = [losses.costs.column(u, v) for v in range(u + 1, n + 1)]
        ahead[:, u] = np.min(edges[:, columns] + ahead[:, u + 1 :], axis=1)
    paid = [np.zeros((0, len(tangents))) for _ in range(n + 1)]
    paid[0] = np.zeros((1, len(tangents)))
    came: list[np.ndarray] = [np.zeros((0, 2), int) for _ in range(n + 1)]
    labels = 0
    for v in range(1, n + 1):
        rows, origins = [], []
        for u in range(v):
            if not len(paid[u]):
                continue
            cost = paid[u] + edges[:, losses.costs.column(u, v)]
            total = cost + ahead[:, v] + constants
            size = np.abs(cost) + np.abs(ahead[:, v]) + np.abs(constants)
            kept = np.flatnonzero(np.max(total - 16 * _ULP * size, axis=1) < target)
            rows.append(cost[kept])
            origins.append(np.stack([np.full(len(kept), u), kept], axis=1))
        if rows:
            paid[v], came[v] = np.concatenate(rows), np.concatenate(origins)
        labels += len(paid[v])
        if labels > most_labels:
            return None
    if len(paid[n]) > _MOST_OPEN_PATHS:
        return None
    bounds = np.max(paid[n] + constants, axis=1) if len(paid[n]) else np.zeros(0)
    paths = []
    for k in np.argsort(bounds):
        lengths, node, label = [], n, int(k)
        while node:
            u, label = (int(q) for q in came[node][label])
            lengths.append(node - u)
            node = u
        paths.append(lengths[::-1])
    # A path's own tangent is exact for it, up to what nested merges can change.
    own = [_spine_bound(losses, path) for path in paths]
    least = min(np.maximum(np.sort(bounds) * (1 - 32 * _ULP), own), default=target)
    return Closed(min(target, float(least)), paths)


def _spine_bound(losses: Losses, path: list[int]) -> float:
    """Lower bound on all plans whose spine cuts the steps like `path`."""
    costs = losses.costs
    columns = costs.path_columns(path)
    slopes = losses.slope(costs.reached(columns, np.zeros(len(costs.weight))))
    constant, paid = losses.constant(slopes), float(np.sum(costs.edges(slopes)[columns]))
    return constant + paid - 32 * _ULP * (abs(constant) + abs(paid))
