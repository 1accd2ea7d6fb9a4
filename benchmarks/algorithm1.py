"""The source paper's search written literally: plain Python, three nested loops, no arrays.

W. Gao, M. Li, arXiv 2505.16024, Algorithm 1: for every interval keep the sub-plan whose operator is
nearest to the composite of its own steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1, log1p

__all__ = ["algorithm1_error"]


def algorithm1_error(x: Sequence[float], g: Sequence[float]) -> float:
    """Relative error ``M/C - 1`` of the plan that Algorithm 1 ends with.

    Parameters
    ----------
    x : (T,)
        Steps ``a_t - 1``.
    g : (T,)
        Shrinkage factors.
    """
    T = len(x)
    log_a = [log1p(step) for step in x]
    tree = [[0.0] * T for _ in range(T)]
    forest = [[0.0] * T for _ in range(T)]
    inverse = [[0.0] * T for _ in range(T)]
    for i in range(T):
        total = 0.0
        for j in range(i, T):
            total += log_a[j]
            inverse[i][j] = expm1(-total)
    for j in range(T):
        for i in range(j - 1, -1, -1):
            best_tree = best_forest = float("inf")
            for k in range(i, j):
                left, right = forest[i][k], tree[k + 1][j]
                f = (1 - g[j]) * left + g[j] * inverse[i][k]
                e = right + f + right * f
                if abs(e) < abs(best_tree):
                    best_tree = e
                e = left + right + left * right
                if abs(e) < abs(best_forest):
                    best_forest = e
            tree[i][j] = best_tree
            forest[i][j] = min(best_tree, best_forest, key=abs)
    return tree[0][T - 1]
