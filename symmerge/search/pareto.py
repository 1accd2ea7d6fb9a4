"""Exact optimum over all plans of a small spectrum by fronts of sub-plans: the referee (SPEC A7).

Of two sub-plans for the same interval, one makes the other useless if it is no worse for every
coordinate: a smaller e where every complete plan overshoots, a larger e where every complete plan
falls short, the same e where both signs occur. (Keeping the smaller ``|e|`` instead is wrong.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..chain import Chain
from ..errors import require
from ..merge import joined, learned
from ..numbers import FLOAT
from ..plan import MergePlan
from .interval import interval_plan

__all__ = ["Front", "pareto_front"]

_MOST_STEPS, _MOST_PLANS = 12, 200_000


class Front(NamedTuple):
    """Complete plans that no other makes useless, with their relative errors (plans, d)."""

    plans: list[MergePlan]
    errors: np.ndarray


def pareto_front(chain: Chain) -> Front:
    """All plans that can be optimal for some weights of the coordinates.

    Parameters
    ----------
    chain : Chain
        float64 with d variances > 0, T <= 12.
    """
    T = chain.T
    require(
        chain.field is FLOAT and chain.x.ndim == 2,
        "chain",
        "must be float64 with d variances",
        chain.field.name,
    )
    require(T <= _MOST_STEPS, "T", f"must be at most {_MOST_STEPS} for exact fronts", T)
    senses = _senses(chain)
    trees = {
        (t, t): Front([MergePlan.leaf(t + 1)], np.zeros((1, chain.x.shape[1]))) for t in range(T)
    }
    forests: dict[tuple[int, int], tuple[list[tuple[MergePlan, ...]], np.ndarray]] = {
        key: ([(front.plans[0],)], front.errors) for key, front in trees.items()
    }
    for j in range(T):
        for i in range(j - 1, -1, -1):
            merged: list[MergePlan] = []
            rows: list[tuple[MergePlan, ...]] = []
            tree_errors, row_errors = [], []
            for k in range(j - 1, i - 1, -1):
                parts, left = forests[i, k]
                right = trees[k + 1, j]
                inverse = np.expm1(-np.sum(chain.composites[i : k + 1], axis=0))
                f = learned(left, inverse, chain.g[j], chain.h[j])
                tree_errors.append(joined(right.errors[None], f[:, None]).reshape(-1, f.shape[1]))
                row_errors.append(joined(left[:, None], right.errors[None]).reshape(-1, f.shape[1]))
                merged += [MergePlan.merge(*p, q) for p in parts for q in right.plans]
                rows += [(*p, q) for p in parts for q in right.plans]
            kept = _undominated(np.concatenate(tree_errors), senses)
            errors = np.concatenate(tree_errors)[kept]
            trees[i, j] = Front([merged[q] for q in kept], errors)
            both = np.concatenate([errors, *row_errors])
            kept = _undominated(both, senses)
            names = [*((plan,) for plan in trees[i, j].plans), *rows]
            forests[i, j] = ([names[q] for q in kept], both[kept])
            require(len(kept) <= _MOST_PLANS, "spectrum", "has too large a front", len(kept))
    return trees[0, T - 1]


def _senses(chain: Chain) -> np.ndarray:
    """Per coordinate: 1 if smaller e is better, -1 if larger is, 0 if both signs occur."""
    senses = []
    for i in range(chain.x.shape[1]):
        one = Chain(chain.x[:, i], chain.a[:, i], chain.g[:, i], chain.h[:, i], FLOAT)
        low, high = (interval_plan(one, sense).error for sense in ("min", "max"))
        senses.append(1 if low >= 0 else -1 if high <= 0 else 0)
    return np.array(senses)


def _undominated(errors: np.ndarray, senses: np.ndarray) -> list[int]:
    """Rows that no other row makes useless; of equal rows the first."""
    signed = np.concatenate(
        [errors * senses, errors[:, senses == 0], -errors[:, senses == 0]], axis=1
    )
    order = np.lexsort(signed.T[::-1])
    kept: list[int] = []
    front = np.zeros((0, signed.shape[1]))
    for q in order:
        if not np.any(np.all(front <= signed[q], axis=1)):
            kept.append(int(q))
            front = np.concatenate([front, signed[q : q + 1]])
    return sorted(kept)
