r"""Optimal plans by theorem, with their conditions checked (SPEC A5, A6, Thm 1-8).

All statements hold for any schedule and any factors ``g_t`` in (0, 1]; only the signs of
``x_t = a_t - 1`` for t < T matter, and condition

.. math:: (G)\qquad g_v \ge g_j\bigl(1 - 1/\textstyle\prod_{t<j}\max(a_t,1)\bigr)\quad (v<j).

* Thm 1: all ``x_t <= 0``: BOOT is best. Thm 2: all ``x_t >= 0``: vanilla is best.
* Thm 4 under (G): the best product ``X_j`` of trees over i..j obeys
  ``X_j = a_j (h_j X_{j-1} + g_j run_j)``, run_j the running extremum of ``X_{i-1..j-1}``: merge
  consistency-like back to the last record.
* Thm 5 under (G): the max-plan in O(T). Thm 6 under (G): either extreme in O(T^2).
* Thm 7: the min-plan in O(T) for signs (-)^p (+) (-), under (G) and (G2).
* Thm 8: the max-plan in O((1+p) T^2) for signs (-)^p (+)* (-)*, without (G).

Conditions are decided in the chain's own number type: pass a chain of Arb balls to have them
certified; what a ball cannot decide counts as not satisfied.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from ..chain import Chain
from ..merge import joined, learned
from ..numbers import FLOAT
from ..plan import MergePlan
from .blocks import CUT, GO, RESTART, Code, boot_code
from .splits import plan_from_splits

__all__ = [
    "condition_g",
    "condition_g2",
    "first_passage",
    "leading_minuses",
    "max_plan",
    "max_plan_without_g",
    "min_plan",
    "root_cuts",
    "signs",
]


_STRETCH = 64  # steps in which a record is looked for first; then twice as many


def signs(chain: Chain) -> list[int | None]:
    """Signs of ``a_t - 1`` for t = 1..T-1; None where the number type cannot tell."""
    with chain.field.working():
        return [chain.field.sign(x) for x in chain.x[:-1]]


def condition_g(chain: Chain) -> bool:
    """Condition (G), in O(T)."""
    field = chain.field
    with field.working():
        growth = field.unit()  # composite of max(a_t, 1) over t < j
        least = chain.g[0]
        for j in range(1, chain.T):
            x = chain.x[j - 1]
            if field.sign(x) != -1:
                growth = field.compose(growth, chain.composites[j - 1])
            shortfall = least + chain.g[j] * field.inverse_minus_one(growth)
            if field.sign(shortfall) not in (0, 1):
                return False
            least = field.minimum([least, chain.g[j]])
    return True


def leading_minuses(pattern: list[int | None]) -> int | None:
    """Length p when the signs are (-)^p (+)* (-)*, else None. Zeros fit either run."""
    if any(sign is None for sign in pattern):
        return None
    first = next((k for k, sign in enumerate(pattern) if sign == 1), len(pattern))
    last = next((k for k in range(len(pattern) - 1, -1, -1) if pattern[k] == 1), first - 1)
    return None if any(sign == -1 for sign in pattern[first : last + 1]) else first


def condition_g2(chain: Chain, p: int) -> bool:
    """Condition (G2) of Thm 7: ``g_k h_T(A0) >= g_T (1 - A0)`` for k < T, ``A0 = C[1,p]``."""
    field = chain.field
    with field.working():
        total = field.unit()
        for c in chain.composites[:p]:
            total = field.compose(total, c)
        A0 = field.composite_value(total)
        g_T, h_T = chain.g[-1], chain.h[-1]
        bound = g_T * (1 - A0)
        return all(field.sign(g * (h_T * A0 + g_T) - bound) in (0, 1) for g in chain.g[:-1])


def records(chain: Chain, start: int, sense: str) -> np.ndarray:
    """After which of the steps 1..T-1 the product from `start` on sets a new extremum (Thm 4).

    With ``y = X/record - 1`` the recurrence of Thm 4 is ``y_j = (1 + x_j)(1 + h_j y_{j-1}) - 1``.
    """
    field, found = chain.field, np.zeros(chain.T - 1, bool)
    if field is FLOAT:
        rows = slice(start - 1, chain.T - 1)
        x = chain.x[rows] if sense == "max" else -chain.x[rows]
        _float_records(x, chain.a[rows], chain.h[rows], found[rows])
        return found
    wanted, y = 1 if sense == "max" else -1, field.number(0)
    for t in range(start, chain.T):
        y = joined(chain.x[t - 1], chain.h[t - 1] * y)
        if field.sign(y) == wanted:
            found[t - 1] = True
            y = field.number(0)
    return found


def _float_records(x: np.ndarray, a: np.ndarray, h: np.ndarray, found: np.ndarray) -> None:
    """Mark in `found` where ``y_j = x_j + a_j h_j y_{j-1}`` ends above 0.

    Straight after a record every positive step is one too. Else the next is found from
    ``y_j = p_j (y + sum x_k / p_k)``, ``p_j`` the product of the ``a_k h_k``, over growing
    stretches in which that product stays in range.
    """
    n = len(x)
    others = [*np.flatnonzero(x <= 0).tolist(), n]
    at = run = 0
    while at < n:
        run = bisect_left(others, at, run)
        found[at : others[run]] = True
        at, y, length = others[run], 0.0, _STRETCH
        while at < n:
            stretch = slice(at, at + length)
            product = np.multiply.accumulate(a[stretch] * h[stretch])
            usable = (product > 1e-200) & (product < 1e200)
            count = len(product) if usable.all() else int(usable.argmin())
            if count:
                product = product[:count]
                path = product * (y + np.add.accumulate(x[at : at + count] / product))
            else:
                path = x[at : at + 1] + a[at] * h[at] * y
            above = path > 0
            first = int(above.argmax())
            if above[first]:
                found[at + first] = True
                at += first + 1
                break
            at, y, length = at + len(path), float(path[-1]), 2 * length


def max_plan(chain: Chain) -> Code:
    """Max-plan of Thm 5 in O(T): runs between records, root cut at the last one. Needs (G)."""
    with chain.field.working():
        found = records(chain, 1, "max")
    after = found * np.int8(RESTART)
    last = chain.T - 2 - int(found[::-1].argmax())
    if found[last]:
        after[last] = CUT
    return Code(np.ones(chain.T - 1, bool), after)


def first_passage(chain: Chain, p: int) -> int | None:
    """First v <= T-1 at which the best product over p+1..v drops below 1 (Thm 7), or None."""
    with chain.field.working():
        found = records(chain, p + 1, "min")
    first = int(found.argmax())
    return first + 1 if found[first] else None


def min_plan(chain: Chain, p: int, v: int) -> Code:
    """Min-plan of Thm 7: BOOT with the run p+1..v as one consistency block."""
    code = boot_code(chain.T)
    swallow, after = code.swallow.copy(), code.after.copy()
    swallow[p:v], after[p : v - 1] = True, GO
    return Code(swallow, after)


class Rows(NamedTuple):
    """Thm 4 from every start: entries [i, k] belong to steps i+1..k+1 (k >= i).

    ``error`` is the relative error of the best product of trees, ``composite`` the log of the
    teacher composite, ``record`` the index of the last record (i - 1 when there is none).
    """

    error: np.ndarray
    composite: np.ndarray
    record: np.ndarray


def rows_from_every_start(chain: Chain, sense: str) -> Rows:
    """Thm 4 for all starts at once: O(T^2) numbers in O(T) NumPy steps (float64, one variance)."""
    n = chain.T - 1
    wanted = 1 if sense == "max" else -1
    table = Rows(np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n), int))
    y, run_e, run_c, before_e, c = (np.zeros(n) for _ in range(5))
    record = np.arange(n) - 1
    for t in range(n):
        on = slice(0, t + 1)
        run_e[on] = learned(run_e[on], np.expm1(-run_c[on]), chain.g[t], chain.h[t])
        run_c[on] += chain.composites[t]
        c[on] += chain.composites[t]
        y[on] = joined(chain.x[t], chain.h[t] * y[on])
        table.error[on, t] = joined(before_e[on], run_e[on])
        new = np.flatnonzero(wanted * y[on] > 0)
        before_e[new], record[new] = table.error[new, t], t
        for state in (y, run_e, run_c):
            state[new] = 0.0
        table.composite[on, t], table.record[on, t] = c[on], record[on]
    return table


def root_cuts(chain: Chain, sense: str) -> Code:
    """Best plan of Thm 6 in O(T^2): Thm 4 from every start, then a least-weight path. Needs (G).

    ``chain`` is float64 with one variance.
    """
    n = chain.T - 1
    rows = rows_from_every_start(chain, sense)
    block = learned(rows.error, np.expm1(-rows.composite), chain.g[-1], chain.h[-1])
    pick = np.argmax if sense == "max" else np.argmin
    value, stop = np.zeros(n + 1), np.zeros(n, int)
    for i in range(n - 1, -1, -1):
        candidates = joined(value[i + 1 :], block[i, i:])
        k = int(pick(candidates))
        value[i], stop[i] = candidates[k], i + k
    restarts, cuts, i = [], [], 0
    while i < n:
        cuts.append(int(stop[i]) + 1)
        restarts += [k + 1 for k in range(i, int(stop[i])) if rows.record[i, k] == k]
        i = int(stop[i]) + 1
    after = np.zeros(n, np.int8)
    after[[t - 1 for t in restarts]] = RESTART
    after[[t - 1 for t in cuts]] = CUT
    return Code(np.ones(n, bool), after)


def max_plan_without_g(chain: Chain, p: int) -> MergePlan:
    """Max-plan of Thm 8 in O((1+p) T^2) for signs (-)^p (+)* (-)*, whatever the factors.

    Rows that start after the p leading minuses follow Thm 4 and 5; the first p rows use the full
    recurrence of the interval search. ``chain`` is float64 with one variance.
    """
    T = chain.T
    rows = rows_from_every_start(chain, "max")
    forest, forest_k = rows.error, np.full((T - 1, T - 1), -1)
    inverse = np.expm1(-rows.composite)
    tree, tree_k = np.zeros((T, T)), np.zeros((T, T), int)
    starts = np.arange(T)
    for j in range(1, T):
        g, h = chain.g[j], chain.h[j]
        late = starts[p:j]
        m = rows.record[late, j - 1]
        # Thm 5 at root j: the steps up to the last record are one block, the run after it another.
        whole_run = m < late
        two = ~whole_run & (m < j - 1)
        first = learned(forest[late, m], inverse[late, m], g, h)
        second_start = np.where(whole_run, late, np.minimum(m + 1, j - 1))
        second = learned(forest[second_start, j - 1], inverse[second_start, j - 1], g, h)
        tree[late, j] = np.where(whole_run, second, np.where(two, joined(first, second), first))
        tree_k[late, j] = np.where(two, m, j - 1)
        if j < T - 1:
            forest_k[late, j] = np.where(whole_run, -1, m)
    for i in range(min(p, T - 1) - 1, -1, -1):
        for j in range(i + 1, T):
            left, right = slice(i, j), slice(i + 1, j + 1)
            trees = joined(
                tree[right, j], learned(forest[i, left], inverse[i, left], chain.g[j], chain.h[j])
            )
            k = int(np.argmax(trees))
            tree[i, j], tree_k[i, j] = trees[k], i + k
            if j < T - 1:
                products = joined(forest[i, left], tree[right, j])
                k = int(np.argmax(products))
                wins = products[k] > tree[i, j]
                forest[i, j] = products[k] if wins else tree[i, j]
                forest_k[i, j] = i + k if wins else -1

    def forest_split(i: int, j: int) -> int | None:
        k = int(forest_k[i - 1, j - 1])
        return None if k < 0 else k + 1

    return plan_from_splits(T, lambda i, j: int(tree_k[i - 1, j - 1]) + 1, forest_split)
