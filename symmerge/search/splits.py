"""Rebuild a merge plan from where each interval is split."""

from __future__ import annotations

from collections.abc import Callable

from ..plan import MergePlan

__all__ = ["plan_from_splits"]


def plan_from_splits(
    T: int,
    tree_split: Callable[[int, int], int],
    forest_split: Callable[[int, int], int | None],
) -> MergePlan:
    """Build the plan for steps 1..T of an interval search.

    Parameters
    ----------
    tree_split : (i, j) -> k
        The tree over i..j has left part i..k and noisy-end child k+1..j.
    forest_split : (i, j) -> k or None
        The forest over i..j is one tree (None), or the forest over i..k and the tree over k+1..j.
    """
    word: list[int] = []  # grows from the noisy end
    trees = [(1, T)]
    while trees:
        i, j = trees.pop()
        if i == j:
            word.append(0)
            continue
        k = tree_split(i, j)
        children = [(k + 1, j)]
        while (inner := forest_split(i, k)) is not None:
            children.append((inner + 1, k))
            k = inner
        children.append((i, k))
        word.append(len(children))
        trees.extend(reversed(children))
    return MergePlan(tuple(reversed(word)))
