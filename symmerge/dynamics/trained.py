r"""Merge plans under any training law: random factors, and factors that depend on the distance.

Where a law has fixed factors in [0, 1], :func:`symmerge.best_plan` and its theorems answer. Here
plans are compared by the root-mean-square error ``sqrt(E (M/C - 1)^2)``, which counts minibatch
noise, and for laws such as sign descent the merge itself is another one: the student moves from
``R`` towards ``R L`` and what is left of the distance is the law's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..chain import build_chain
from ..merge import fold
from ..numbers import FLOAT, Field
from ..plan import MergePlan, canonical_plans, enumerate_plans, hybrid
from ..schedule import Schedule
from ..search import best_plan
from ..student import GradientFlow
from ..teacher import Teacher, variance
from ..verdict import Proved, Undecided, Verdict
from .laws import Law
from .noise_moments import error_moments, noisy_chain

__all__ = ["PlanRanking", "RatedPlan", "rank_plans", "rate_plan", "trained_operator"]

_MOST_STEPS_ALL = 7  # 903 plans
_MOST_HYBRID_STEPS = 48


class _Trained:
    """The merge recursion with what the law does to an actual error."""

    def __init__(self, teacher: Teacher, law: Law, field: Field) -> None:
        self.teacher, self.law, self.field = teacher, law, field

    def leaf(self, t: int) -> Any:
        """The teacher's step."""
        return self.teacher.a[t - 1]

    def join(self, p: Any, q: Any) -> Any:
        """Operators multiply."""
        return p * q

    def node(self, left: Any, right: Any, t: int) -> Any:
        """Start at `right`, target ``right left``."""
        target = right * left
        return target + self.law.moved(right - target, self.teacher.v[t - 1], self.field)


def trained_operator(
    plan: MergePlan, lam: Any, law: Law, schedule: Schedule, field: Field = FLOAT
) -> Any:
    """Merged operator M (its mean, for a noisy law) of a plan under any law of this package.

    Examples
    --------
    >>> from symmerge.dynamics.adaptive import SignDescent
    >>> from symmerge.plan import boot, vanilla
    >>> from symmerge.schedule import cosine
    >>> law = SignDescent("1/1000", 300)
    >>> [f"{trained_operator(plan(8), 5, law, cosine(8)):.4f}" for plan in (vanilla, boot)]
    ['1.2808', '1.8127']
    """
    with field.working():
        value = lam if isinstance(lam, np.ndarray) else field.number(variance(lam))
        return fold(plan, _Trained(Teacher(schedule, value, field), law, field))


@dataclass(frozen=True)
class RatedPlan:
    """A plan with the mean and the root mean square of its relative error ``M/C - 1``."""

    plan: MergePlan
    error: float
    rms: float

    @property
    def noise(self) -> float:
        """Standard deviation of the relative error."""
        return float(np.sqrt(max(self.rms**2 - self.error**2, 0.0)))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"plan": str(self.plan), "error": self.error, "rms": self.rms}


@dataclass(frozen=True)
class PlanRanking:
    """Which plan has the smallest root-mean-square error under a law.

    Attributes
    ----------
    best : RatedPlan
    canonical : dict of RatedPlan
    method : str
        Which plans were compared.
    optimality : Verdict
        On "no plan has a smaller root-mean-square error".
    """

    lam: Fraction
    schedule: Schedule
    law: Any
    best: RatedPlan
    canonical: dict[str, RatedPlan]
    composite: float
    method: str
    optimality: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "lam": str(self.lam),
            "T": self.schedule.T,
            "schedule": self.schedule.kind,
            "law": str(self.law),
            "plan": str(self.best.plan),
            "error": self.best.error,
            "rms": self.best.rms,
            "operator": self.composite * (1 + self.best.error),
            "composite": self.composite,
            "method": self.method,
            "optimality": self.optimality.to_dict(),
            "canonical": {name: rated.to_dict() for name, rated in self.canonical.items()},
        }

    def __str__(self) -> str:
        name = f" ({self.best.plan.name})" if self.best.plan.name else ""
        shown = str(self.best.plan)
        lines = [
            f"training    {self.law}",
            f"best plan   {shown if len(shown) <= 100 else shown[:100] + '…'}{name}",
            f"error       root mean square of M/C - 1: {self.best.rms:.6e} "
            f"(mean {self.best.error:+.3e}, noise {self.best.noise:.3e})",
            f"found by    {self.method}",
            f"optimality  {self.optimality}",
            "compared    "
            + ", ".join(f"{name} {rated.rms:.3e}" for name, rated in self.canonical.items()),
        ]
        return "\n".join(lines)


def rank_plans(lam: Any, law: Any, schedule: Schedule) -> PlanRanking:
    """Find the plan with the smallest root-mean-square error for one variance and any law.

    Up to T = 7 all plans are compared, else the canonical plans, two-sided hybrids (T <= 48) and
    the best plan of the mean operators.

    Parameters
    ----------
    lam : number > 0
    law : shrinkage law
    schedule : Schedule

    Raises
    ------
    InputError
        For a bad variance or an unstable law, before anything is computed.

    Examples
    --------
    >>> from symmerge.dynamics.laws import SGD
    >>> from symmerge.schedule import cosine
    >>> found = rank_plans("2.5", SGD("0.1", 20, 4), cosine(6))
    >>> found.best.plan.name, found.optimality.status
    ('boot', 'undecided')

    References
    ----------
    SPEC C1; ledger entries ``c1_sgd_plans`` and ``c1_sign_plans``.
    """
    value = variance(lam)
    rate = _rater(value, law, schedule)
    T = schedule.T
    canonical = {name: rate(plan) for name, plan in canonical_plans(T).items()}
    plans: Iterable[MergePlan]
    if T <= _MOST_STEPS_ALL:
        plans, method = enumerate_plans(T), "all plans compared, in float64"
    else:
        found = []
        if T <= _MOST_HYBRID_STEPS:
            found += [hybrid(T, k, m) for k in range(T - 1) for m in range(T - 1 - k)]
        if getattr(law, "linear", True):
            found.append(best_plan(value, law=law, schedule=schedule).plan)
        plans = found
        method = "canonical plans, two-sided hybrids and the best plan of the mean compared"
    best = min((*canonical.values(), *(rate(plan) for plan in plans)), key=lambda rated: rated.rms)
    composite = float(build_chain(schedule, value, GradientFlow(1), FLOAT).C)
    verdict = _verdict(value, law, schedule, best.plan, method)
    return PlanRanking(value, schedule, law, best, canonical, composite, method, verdict)


def _verdict(lam: Fraction, law: Any, schedule: Schedule, plan: MergePlan, method: str) -> Verdict:
    if getattr(law, "linear", True) and not getattr(law, "noisy", False):
        known = best_plan(lam, law=law, schedule=schedule)
        if known.plan == plan and isinstance(known.optimality, Proved):
            return known.optimality
        return Undecided("; ".join((method, known.optimality.reason)))
    return Undecided(f"{method}; no theorem covers noise or factors that depend on the distance")


def rate_plan(plan: MergePlan, lam: Any, law: Any, schedule: Schedule) -> RatedPlan:
    """Mean and root mean square of one plan's relative error under any law."""
    return _rater(variance(lam), law, schedule)(plan)


def _rater(lam: Fraction, law: Any, schedule: Schedule) -> Any:
    """A function that rates one plan."""
    if getattr(law, "linear", True):
        chain, noise = noisy_chain(schedule, lam, law)

        def by_moments(plan: MergePlan) -> RatedPlan:
            moments = error_moments(plan, chain, noise)
            return RatedPlan(plan, float(moments.mean), float(np.sqrt(moments.square)))

        return by_moments
    with FLOAT.working():
        teacher = Teacher(schedule, FLOAT.number(lam), FLOAT)
    algebra, C = _Trained(teacher, law, FLOAT), float(np.prod(teacher.a))

    def by_distance(plan: MergePlan) -> RatedPlan:
        error = float(fold(plan, algebra)) / C - 1
        return RatedPlan(plan, error, abs(error))

    return by_distance
