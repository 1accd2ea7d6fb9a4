"""Every merge plan at once: the referee for all other searches, and the optimum inside the band."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..chain import Chain
from ..errors import require
from ..merge import joined, learned
from ..numbers import FLOAT
from ..plan import MergePlan, count_plans
from .splits import plan_from_splits

__all__ = ["MOST_STEPS", "Everything", "every_plan"]

MOST_STEPS = 11


class Everything(NamedTuple):
    """Relative errors of all plans, and how to name one of them."""

    errors: np.ndarray
    sizes: tuple[int, ...]

    def plan(self, index: int) -> MergePlan:
        """The plan behind ``errors[index]``."""
        T = len(self.sizes) - 1
        tree, forest = {(1, T): index}, {}

        def split(i: int, j: int, index: int) -> int:
            """Find the split of a product and number its two halves."""
            for k in range(i, j):
                count = self._forests(k - i + 1) * self.sizes[j - k]
                if index < count:
                    forest[i, k], tree[k + 1, j] = divmod(index, self.sizes[j - k])
                    return k
                index -= count
            raise AssertionError("index beyond the number of plans")  # pragma: no cover

        def forest_split(i: int, j: int) -> int | None:
            number = forest[i, j]
            if number < self.sizes[j - i + 1]:
                tree[i, j] = number
                return None
            return split(i, j, number - self.sizes[j - i + 1])

        return plan_from_splits(T, lambda i, j: split(i, j, tree[i, j]), forest_split)

    def _forests(self, n: int) -> int:
        return 1 if n == 1 else 2 * self.sizes[n]


def every_plan(chain: Chain) -> Everything:
    """Relative errors of all merge plans (float64, one variance, T <= 11: 518,859 plans).

    Sub-plans are shared: the errors of the trees over i..j are all combinations of a product of
    trees over i..k and a tree over k+1..j.

    Examples
    --------
    >>> from symmerge.chain import gradient_flow_chain
    >>> from symmerge.schedule import cosine
    >>> found = every_plan(gradient_flow_chain(cosine(4), 2, 1))
    >>> len(found.errors), str(found.plan(10))
    (11, '[1.2.3|4]')
    """
    T = chain.T
    require(
        chain.field is FLOAT and chain.x.ndim == 1,
        "chain",
        "must be float64 with one variance",
        chain.field.name,
    )
    require(T <= MOST_STEPS, "T", f"must be at most {MOST_STEPS} to look at every plan", T)
    trees: dict[tuple[int, int], np.ndarray] = {(t, t): np.zeros(1) for t in range(T)}
    forests: dict[tuple[int, int], np.ndarray] = dict(trees)
    inverse = {
        (i, j): np.expm1(-np.sum(chain.composites[i : j + 1]))
        for i in range(T)
        for j in range(i, T)
    }
    for j in range(T):
        for i in range(j - 1, -1, -1):
            merged, products = [], [np.zeros(0)]
            for k in range(i, j):
                left, right = forests[i, k][:, None], trees[k + 1, j][None, :]
                f = learned(left, inverse[i, k], chain.g[j], chain.h[j])
                merged.append(joined(right, f).ravel())
                products.append(joined(left, right).ravel())
            trees[i, j] = np.concatenate(merged)
            forests[i, j] = np.concatenate([trees[i, j], *products])
    return Everything(trees[0, T - 1], (0, *(count_plans(n) for n in range(1, T + 1))))
