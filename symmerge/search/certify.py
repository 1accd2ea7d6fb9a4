"""How good a spectrum's plan is: a certified lower bound over all merge plans, and the gap.

The bound starts from the best plan known, is raised by :func:`~.dual.frank_wolfe`, and what it
leaves open is settled by :func:`~.dual.close`, which may find a better segmentation on the way.
For spectra whose coordinates are all of class S or L the outcome is the optimum over all plans;
coordinates of class X (variances a little above 1) enter with their range over all nested merges,
which leaves a small gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..chain import build_chain
from ..merge import difference
from ..numbers import FLOAT
from ..plan import MergePlan, boot, segmentation, vanilla
from ..schedule import Schedule
from ..student import ShrinkageLaw
from ..teacher import Teacher
from ..verdict import Proved, Undecided, Verdict
from .dual import Losses, Tangent, close, frank_wolfe
from .interval import MOST_STEPS
from .local import improve
from .segments import MOST_NUMBERS, SegmentCosts, segment_costs

__all__ = ["SpectrumBound", "bound_spectrum", "objective"]

_OPTIMAL = 1e-8  # a smaller relative gap counts as proved; it is always told
_TOLERANCES = (1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 5e-4, 1e-3)
_MOST_TANGENTS = 24
_VALUE_ROUNDING = 1e-11
_WORTH_A_TREE_SEARCH = 1e-4
_MOST_LOCAL_WORK = 2 * 10**7


@dataclass(frozen=True)
class SpectrumBound:
    """The best plan found and what is certain about all others.

    Attributes
    ----------
    plan : MergePlan
    w2_squared : float
        Its objective, good to a relative 1e-11.
    lower_bound : float
        No merge plan has a smaller objective.
    naive_bound : float
        At most the sum of the coordinates' own optima, with equality if none is of class X: what
        would be lost if they need not share one plan.
    optimality : Verdict
    """

    plan: MergePlan
    w2_squared: float
    lower_bound: float
    naive_bound: float
    optimality: Verdict

    @property
    def gap(self) -> float:
        """``w2_squared / lower_bound - 1``: how much better another plan could be at most."""
        if self.w2_squared <= self.lower_bound:
            return 0.0
        return self.w2_squared / self.lower_bound - 1 if self.lower_bound > 0 else float("inf")

    @property
    def conflict(self) -> float:
        """At most this share of the loss is due to sharing one plan."""
        return max(0.0, 1 - self.naive_bound / self.w2_squared) if self.w2_squared > 0 else 0.0


def objective(
    plan: MergePlan,
    variances: np.ndarray,
    multiplicities: np.ndarray,
    schedule: Schedule,
    law: ShrinkageLaw,
) -> float:
    """``W2^2 = sum m v_T (M - C)^2`` of one plan for a whole spectrum, in float64."""
    total = 0.0
    size = max(1, 2**20 // schedule.T)
    for start in range(0, len(variances), size):
        rows = slice(start, start + size)
        lam = np.asarray(variances[rows], float)
        error = difference(plan, build_chain(schedule, lam, law, FLOAT))
        weight = multiplicities[rows] * Teacher(schedule, lam, FLOAT).v[-1]
        total += float(weight @ np.asarray(error, float) ** 2)
    return total


def bound_spectrum(
    variances: np.ndarray,
    multiplicities: np.ndarray,
    classes: np.ndarray,
    schedule: Schedule,
    law: ShrinkageLaw,
    start: MergePlan,
) -> SpectrumBound:
    """Bound all merge plans from below, and improve on the plan `start` where that is possible.

    Parameters
    ----------
    variances, multiplicities : (d,) arrays
        Distinct variances and how often each occurs; the cost depends on d only.
    classes : (d,) array of 'S', 'L', 'X'
    start : MergePlan
        The best plan known, a segmentation if possible.
    """

    def value(plan: MergePlan) -> float:
        return objective(plan, variances, multiplicities, schedule, law)

    numbers = len(variances) * schedule.T * (schedule.T - 1) // 2
    if numbers > MOST_NUMBERS or (schedule.T > MOST_STEPS and np.any(classes == "X")):
        own = _own_optima(variances, multiplicities, classes, schedule, law)
        reason = f"too large for a certified search (T = {schedule.T}, {len(variances)} variances)"
        return SpectrumBound(start, value(start), own, own, Undecided(reason))
    costs = segment_costs(variances, multiplicities, classes, schedule, law)
    best, loss = start, value(start)
    if loss == 0.0:
        reason = "the loss vanishes to float64 precision"
        return SpectrumBound(best, loss, 0.0, 0.0, Undecided(reason))
    first = start.segments or [1] * costs.n
    tangents = frank_wolfe(Losses(costs, loss * (1 + _VALUE_ROUNDING)), first)
    best, loss = _better(best, loss, [t.path for t in tangents], value)
    bound = max(t.bound for t in tangents)
    if loss > bound * (1 + _OPTIMAL):
        bound, paths = _closed(costs, tangents, loss, bound)
        best, loss = _better(best, loss, paths, value)
    if loss > bound * (1 + _WORTH_A_TREE_SEARCH):
        best, loss = _with_trees(best, loss, variances, multiplicities, classes, schedule, law)
    bound = max(0.0, min(bound, loss))
    gap = loss / bound - 1 if bound > 0 else float("inf")
    return SpectrumBound(best, loss, bound, min(bound, _naive(costs)), _verdict(gap))


def _verdict(gap: float) -> Verdict:
    if gap <= _OPTIMAL:
        most = 1.05 * (gap + 2 * _VALUE_ROUNDING)
        return Proved(
            f"no merge plan is better by more than a relative {most:.1e}, by a certified lower "
            "bound over all plans"
        )
    if gap == float("inf"):
        return Undecided("the certified lower bound over all plans is 0, which excludes none")
    return Undecided(f"no merge plan is better by more than a relative {gap:.2g} (certified)")


def _better(
    best: MergePlan, loss: float, paths: list[list[int]], value: Callable[[MergePlan], float]
) -> tuple[MergePlan, float]:
    """The best of a plan and some segmentations."""
    for lengths in {tuple(path) for path in paths}:
        plan = segmentation(lengths)
        found = value(plan)
        if found < loss:
            best, loss = plan, found
    return best, loss


def _closed(
    costs: SegmentCosts, tangents: list[Tangent], loss: float, bound: float
) -> tuple[float, list[list[int]]]:
    """Settle what the bounds leave open, as closely as the number of open paths allows."""
    strongest = sorted(tangents, key=lambda t: -t.bound)[:_MOST_TANGENTS]
    losses = Losses(costs, loss * (1 + _VALUE_ROUNDING))
    for tolerance in _TOLERANCES:
        target = loss * (1 - tolerance)
        if target <= bound:
            break
        closed = close(losses, [tangents[0], *strongest], target)
        if closed is not None:
            return max(bound, closed.bound), closed.paths
    return bound, []


def _with_trees(
    best: MergePlan,
    loss: float,
    variances: np.ndarray,
    multiplicities: np.ndarray,
    classes: np.ndarray,
    schedule: Schedule,
    law: ShrinkageLaw,
) -> tuple[MergePlan, float]:
    """Look for a plan with nested merges, which only coordinates of class X can want."""
    lengths = best.segments
    if lengths is None or 6 * schedule.T * len(variances) > _MOST_LOCAL_WORK:
        return best, loss
    # Only coordinates of class X can want nested merges.
    plan = improve(lengths, variances, multiplicities, classes == "X", schedule, law)
    found = objective(plan, variances, multiplicities, schedule, law)
    return (plan, found) if found < loss else (best, loss)


def _own_optima(
    variances: np.ndarray,
    multiplicities: np.ndarray,
    classes: np.ndarray,
    schedule: Schedule,
    law: ShrinkageLaw,
) -> float:
    """What is lost even if S coordinates may choose BOOT, L vanilla, and X costs nothing."""
    total = 0.0
    for kind, plan in (("S", boot(schedule.T)), ("L", vanilla(schedule.T))):
        rows = classes == kind
        if rows.any():
            total += objective(plan, variances[rows], multiplicities[rows], schedule, law)
    return total * (1 - _VALUE_ROUNDING)


def _naive(costs: SegmentCosts) -> float:
    """Sum of the coordinates' own optima over all plans."""
    losses = Losses(costs, np.inf)
    single = [costs.column(k, k + 1) for k in range(costs.n)]
    whole = costs.column(0, costs.n)
    shrinking = np.maximum(costs.bare[:, single].sum(axis=1), 0.0)
    y = np.where(costs.most == 0.0, np.minimum(costs.bare[:, whole], 0.0), shrinking)
    y = np.where(costs.vanishing, costs.bare[:, single].sum(axis=1), y)
    for i in costs.mixed:
        y[i] = np.clip(0.0, costs.least[i], costs.most[i])
    return float(np.sum(losses.value(y))) * (1 - 1e-9)
