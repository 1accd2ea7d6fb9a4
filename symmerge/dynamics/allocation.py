r"""How to split a training budget over the merges of one plan (SPEC C4).

Merge n trains at time ``t_n`` for a time ``s_n >= 0`` and costs ``c_n`` per unit of it; the budget
is ``sum c_n s_n = K``. To first order in the factors ``g_n = exp(-2 s_n v_n)`` the error is
``e = sum y_n g_n`` with ``y_n = 1/C_n - 1`` of the composite that merge n takes in, and the best
split has

.. math:: g_n v_n y_n / c_n = \text{const}\quad\text{where } s_n > 0,\qquad
          \log|e| \approx -\frac{2K}{H} + \dots,\quad H = \sum_n \frac{c_n}{v_n}.

The exact error is affine in every single ``g_n``; its slopes in place of ``y_n``, iterated, give
a stationary point of the exact problem. For BOOT the first-order split (water-filling
``g_t x_t = y``) is the exact optimum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..chain import Chain
from ..errors import require
from ..merge import joined, learned
from ..numbers import FLOAT
from ..plan import MergePlan

__all__ = [
    "Split",
    "error_of_split",
    "exponent",
    "first_order_error",
    "optimal_split",
    "water_fill",
]

_ROUNDS = 200


@dataclass(frozen=True)
class Split:
    """Training times of a plan's merges, in the order of training, and the exact error."""

    plan: MergePlan
    times: tuple[float, ...]
    error: float

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"plan": str(self.plan), "error": self.error, "allocation": list(self.times)}


class _Merges:
    """What a split needs to know of a plan: per merge its variance, ``y_n`` and cost."""

    def __init__(self, plan: MergePlan, chain: Chain, costs: Sequence[float] | None) -> None:
        assert chain.teacher is not None
        self.plan, self.chain = plan, chain
        nodes = plan.nodes()
        self.v = np.array([chain.teacher.v[t - 1] for _, t, _ in nodes], dtype=float)
        self.costs = np.ones(len(nodes)) if costs is None else np.asarray(costs, dtype=float)
        fine = self.costs.shape == self.v.shape and bool(np.all(self.costs > 0))
        require(fine, "costs", f"must be {len(nodes)} numbers > 0", costs)

    @property
    def y(self) -> np.ndarray:
        """``1/C_left - 1`` per merge."""
        found: list[float] = []

        def node(children: list[Any], t: int) -> Any:
            found.append(float(np.expm1(-sum(children[:-1]))))
            return sum(children)

        self.plan.fold(lambda t: self.chain.composites[t - 1], node)
        return np.array(found)

    def error(self, g: np.ndarray, h: np.ndarray) -> Any:
        """Exact relative error for factors per merge, (merges,) or (merges, columns)."""
        steps = iter(range(len(g)))

        def node(children: list[tuple[Any, Any]], t: int) -> tuple[Any, Any]:
            n = next(steps)
            left, c = children[0]
            for e, more in children[1:-1]:
                left, c = joined(left, e), c + more
            right, last = children[-1]
            return joined(right, learned(left, np.expm1(-c), g[n], h[n])), c + last

        zero = np.zeros(g.shape[1:])
        return self.plan.fold(lambda t: (zero, self.chain.composites[t - 1]), node)[0]

    def factors(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.exp(-2 * times * self.v), -np.expm1(-2 * times * self.v)

    def slopes(self, times: np.ndarray) -> np.ndarray:
        """``d e / d g_n``: the error is affine in each factor."""
        g, h = self.factors(times)
        n = len(g)
        ones = np.broadcast_to(g[:, None], (n, n)).copy()
        rest = np.broadcast_to(h[:, None], (n, n)).copy()
        none, all_ = ones.copy(), rest.copy()
        np.fill_diagonal(ones, 1.0)
        np.fill_diagonal(rest, 0.0)
        np.fill_diagonal(none, 0.0)
        np.fill_diagonal(all_, 1.0)
        return np.asarray(self.error(ones, rest) - self.error(none, all_))


def water_fill(y: Any, v: Any, costs: Any, budget: float) -> np.ndarray:
    r"""Times ``s_n >= 0`` with ``sum c_n s_n = K`` that minimise ``sum y_n exp(-2 s_n v_n)``.

    Parameters
    ----------
    y, v, costs : (n,) arrays > 0
    budget : float >= 0

    Examples
    --------
    >>> water_fill([1, 1], [1, 4], [1, 1], 5).round(4)
    array([3.8614, 1.1386])

    References
    ----------
    Ledger entries ``c4_split`` and ``c4_boot_split``.
    """
    y, v, costs = (np.asarray(a, dtype=float) for a in (y, v, costs))
    height = np.log(y * v / costs)
    active = np.argsort(-height)
    while True:
        share = costs[active] / (2 * v[active])
        level = (share @ height[active] - budget) / share.sum()
        if height[active[-1]] >= level or len(active) == 1:
            break
        active = active[:-1]
    times = np.zeros(len(y))
    times[active] = np.maximum(height[active] - level, 0) / (2 * v[active])
    return times


def exponent(plan: MergePlan, chain: Chain, costs: Sequence[float] | None = None) -> float:
    """``H = sum c_n/v_n``: under the best split the error decays like ``exp(-2K/H)``."""
    merges = _Merges(plan, chain, costs)
    return float(np.sum(merges.costs / merges.v))


def first_order_error(
    plan: MergePlan, chain: Chain, budget: float, costs: Sequence[float] | None = None
) -> float:
    r"""``log`` of the first-order error of the best split when every merge gets time.

    .. math:: \log H + \frac1H\Bigl(-2K + \sum_n\frac{c_n}{v_n}\log\frac{v_ny_n}{c_n}\Bigr)
    """
    merges = _Merges(plan, chain, costs)
    share = merges.costs / merges.v
    heights = np.log(np.abs(merges.y) * merges.v / merges.costs)
    return float(np.log(share.sum()) + (share @ heights - 2 * budget) / share.sum())


def error_of_split(plan: MergePlan, chain: Chain, times: Sequence[float]) -> float:
    """Exact relative error when the merges, in the order of training, get the given times."""
    merges = _Merges(plan, chain, None)
    given = np.asarray(times, dtype=float)
    fine = given.shape == merges.v.shape and bool(np.all(given >= 0))
    require(fine, "times", f"must be {len(merges.v)} numbers >= 0", list(times))
    with FLOAT.working():
        return float(merges.error(*merges.factors(given)))


def optimal_split(
    plan: MergePlan, chain: Chain, budget: float, costs: Sequence[float] | None = None
) -> Split:
    """Split a budget over the merges of a plan so that the exact ``|e|`` is small.

    Starts from the first-order optimum, iterates to a stationary point of the exact error, and
    keeps the best of these and of the uniform split. Where errors of both signs meet (inside the
    window) two splits are mixed until they cancel: a knife-edge optimum.

    Parameters
    ----------
    plan : MergePlan
    chain : Chain
        In float64; its factors are not used.
    budget : float >= 0
    costs : sequence of numbers > 0, optional
        Cost of a unit of time per merge, in the order of training; 1 by default.

    Examples
    --------
    >>> from symmerge.chain import gradient_flow_chain
    >>> from symmerge.plan import boot
    >>> from symmerge.schedule import cosine
    >>> chain = gradient_flow_chain(cosine(4), "0.2", 1)
    >>> found = optimal_split(boot(4), chain, 6.0)
    >>> [f"{time:.3f}" for time in found.times], f"{found.error:.4e}"
    (['1.708', '2.054', '2.238'], '2.4641e-02')
    """
    require(bool(np.isfinite(budget)) and budget >= 0, "budget", "must be >= 0", budget)
    merges = _Merges(plan, chain, costs)
    with FLOAT.working():
        tiny = np.finfo(float).tiny
        uniform = np.full(len(merges.v), budget / merges.costs.sum())
        times = water_fill(np.abs(merges.y) + tiny, merges.v, merges.costs, budget)
        candidates = [uniform, times]
        for _ in range(_ROUNDS):
            slopes = merges.slopes(times)
            after = water_fill(np.abs(slopes) + tiny, merges.v, merges.costs, budget)
            change = float(np.max(np.abs(after - times)))
            times = (times + after) / 2
            if change <= 1e-13 * max(budget, tiny):
                break
        candidates.append(times)

        def value(split: np.ndarray) -> float:
            return float(merges.error(*merges.factors(split)))

        candidates += _cancelling(candidates, value)
        best = min(candidates, key=lambda split: abs(value(split)))
        return Split(plan, tuple(float(time) for time in best), value(best))


def _cancelling(
    candidates: list[np.ndarray], value: Callable[[np.ndarray], float]
) -> list[np.ndarray]:
    """A split between two candidates with errors of opposite signs where the error vanishes."""
    low = min(candidates, key=value)
    high = max(candidates, key=value)
    if not value(low) < 0 < value(high):
        return []
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if value(middle) < 0 else (low, middle)
    return [low, high]
