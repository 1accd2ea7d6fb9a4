r"""Exact interval searches over all merge plans (SPEC A6).

A tree's operator is increasing in every child, so the smallest and the largest relative error
over **all** plans obey, for intervals i..j,

.. math:: M_{ij} = \operatorname{opt}_k M_{k+1,j}\,\bigl((1-g_j)Q_{ik}+g_j\bigr),\qquad
          Q_{ij} = \operatorname{opt}\bigl(M_{ij},\ \operatorname{opt}_k Q_{ik}M_{k+1,j}\bigr),

with Q the best product of neighbouring trees. :func:`interval_plan` runs it on float64 in panels,
:func:`interval_value` on any number type (with Arb: an enclosure of the extreme).
:func:`algorithm1` is the source paper's search; it keeps, per interval, the sub-plan nearest to
its own composite, which is not exact where errors of both signs exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..chain import Chain
from ..errors import require
from ..merge import joined, learned
from ..numbers import FLOAT
from ..plan import MergePlan
from .splits import plan_from_splits

__all__ = ["Extreme", "algorithm1", "forest_range", "interval_plan", "interval_value"]

MOST_STEPS = 1024


class Extreme(NamedTuple):
    """A plan and the relative error its search ended with."""

    plan: MergePlan
    error: float


class _Panels(NamedTuple):
    """Tables of an interval search; row i starts (or stops) at step i + 1, column = length."""

    tree_by_stop: np.ndarray
    tree_k: np.ndarray
    forest: np.ndarray
    forest_k: np.ndarray

    def extreme(self) -> Extreme:
        """The plan for the whole chain."""
        T = len(self.forest)

        def forest_split(i: int, j: int) -> int | None:
            k = int(self.forest_k[i - 1, j - i + 1])
            return None if k < 0 else k + 1

        plan = plan_from_splits(
            T, lambda i, j: int(self.tree_k[i - 1, j - i + 1]) + 1, forest_split
        )
        return Extreme(plan, float(self.tree_by_stop[T - 1, T]))


def _panels(chain: Chain, choose: Callable[[np.ndarray], np.ndarray]) -> _Panels:
    """Run the interval search on float64; `choose` picks a column per row of candidate errors.

    Intervals of one length are handled together. ``left[i, r]`` belongs to the interval of length
    r that starts at i, ``right[j, r]`` to the one that ends at j: candidates of all splits are two
    slices.
    """
    T, coordinates = chain.T, chain.x.shape[1:]
    require(chain.field is FLOAT, "chain", "must be float64", chain.field.name)
    require(T <= MOST_STEPS, "T", f"must be at most {MOST_STEPS} for the interval search", T)
    table = (T, T + 1, *coordinates)
    forest, inverse, tree_by_stop = np.zeros(table), np.zeros(table), np.zeros(table)
    tree_k, forest_k = np.zeros(table, int), np.full(table, -1)
    composite = np.array(chain.composites)
    total = composite.copy()
    inverse[:, 1] = np.expm1(-total)
    first = np.arange(T).reshape(T, *[1] * len(coordinates))

    def pick(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        k = choose(errors)
        return k, np.take_along_axis(errors, k[:, None], axis=1)[:, 0]

    for length in range(2, T + 1):
        rows = T - length + 1
        stop = np.arange(length - 1, T)
        left, gap = forest[:rows, 1:length], inverse[:rows, 1:length]
        right = tree_by_stop[stop, length - 1 : 0 : -1]
        g, h = chain.g[stop, None], chain.h[stop, None]
        k, tree = pick(joined(right, learned(left, gap, g, h)))
        tree_by_stop[stop, length], tree_k[:rows, length] = tree, first[:rows] + k
        if length < T:
            k, product = pick(joined(left, right))
            wins, forest[:rows, length] = pick(np.stack([tree, product], axis=1))
            forest_k[:rows, length] = np.where(wins == 1, first[:rows] + k, -1)
            total = total[:-1] + composite[length - 1 :]
            inverse[:rows, length] = np.expm1(-total)
    return _Panels(tree_by_stop, tree_k, forest, forest_k)


def _one_variance(chain: Chain) -> None:
    require(chain.x.ndim == 1, "chain", "must have one variance", f"shape {chain.x.shape}")


def _picker(sense: str) -> Callable[[np.ndarray], np.ndarray]:
    require(sense in ("min", "max"), "sense", "must be 'min' or 'max'", sense)
    pick = np.argmin if sense == "min" else np.argmax
    return lambda errors: pick(errors, axis=1)


def interval_plan(chain: Chain, sense: str) -> Extreme:
    """Plan with the smallest (``sense='min'``) or largest (``'max'``) relative error of all plans.

    Parameters
    ----------
    chain : Chain
        float64, one variance.

    Notes
    -----
    O(T^3) time in O(T) NumPy calls, O(T^2) memory.
    """
    _one_variance(chain)
    return _panels(chain, _picker(sense)).extreme()


def forest_range(chain: Chain) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest relative error of any product of trees, per interval.

    Entry [i, n] of each table belongs to steps i+1..i+n; a chain with d variances gives a last
    axis of that length.
    """
    low, high = (_panels(chain, _picker(sense)).forest for sense in ("min", "max"))
    return low, high


def algorithm1(chain: Chain) -> Extreme:
    """The source paper's search: per interval, keep the sub-plan nearest to its own composite.

    References
    ----------
    W. Gao, M. Li, arXiv 2505.16024, Algorithm 1; SPEC A6 shows that it is not exact.
    """
    _one_variance(chain)
    return _panels(chain, lambda errors: np.argmin(np.abs(errors), axis=1)).extreme()


def interval_value(chain: Chain, sense: str) -> Any:
    """Smallest or largest relative error over all plans, in the chain's own number type.

    With exact numbers the value is exact; with Arb balls it encloses the true extreme.
    """
    require(sense in ("min", "max"), "sense", "must be 'min' or 'max'", sense)
    T, field = chain.T, chain.field
    opt = field.minimum if sense == "min" else field.maximum
    with field.working():
        zero = field.number(0)
        tree: dict[tuple[int, int], Any] = {}
        forest: dict[tuple[int, int], Any] = {}
        inverse: dict[tuple[int, int], Any] = {}
        for i in range(T):
            total = field.unit()
            for j in range(i, T):
                total = field.compose(total, chain.composites[j])
                inverse[i, j] = field.inverse_minus_one(total)
        for j in range(T):
            g, h = chain.g[j], chain.h[j]
            tree[j, j] = forest[j, j] = zero
            for i in range(j - 1, -1, -1):
                trees = (
                    joined(tree[k + 1, j], learned(forest[i, k], inverse[i, k], g, h))
                    for k in range(i, j)
                )
                tree[i, j] = opt(trees)
                products = [joined(forest[i, k], tree[k + 1, j]) for k in range(i, j)]
                forest[i, j] = opt([tree[i, j], *products])
        return tree[0, T - 1]
