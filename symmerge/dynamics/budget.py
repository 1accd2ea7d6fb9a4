r"""Which strategy wins under which budget (SPEC C4, T2).

Three ways to compare, which name different winners:

``per-merge``
    every merge of every plan gets the same time (the source's comparison), here ``total/(T-1)``,
    so that plans with T-1 merges spend the total;
``total``
    the training times of a plan add up to the total, split at its best;
``compute``
    a unit of training time of a merge with m parts costs ``rho + m`` (rho for the student's own
    step, one teacher call per part), and costs add up; a plan in two stages is compared too.

With equal total time and all steps on one side of 1, vanilla beats every plan under every split
(equal-budget theorem, gradient flow). It does not survive minibatch noise, and sign descent (Adam)
makes BOOT tie: :func:`equal_steps` compares equal numbers of steps under any law.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from ..chain import Chain, gradient_flow_chain
from ..errors import require
from ..plan import MergePlan, canonical_plans, vanilla
from ..schedule import Schedule, require_schedule, whole
from ..search import best_plan
from ..search.problem import ScalarProblem
from ..student import GradientFlow, training_time
from ..teacher import variance
from ..verdict import Proved, Undecided, Verdict
from .allocation import Split, error_of_split, exponent, optimal_split
from .averaging import EMA
from .trained import rate_plan

__all__ = ["CONVENTIONS", "BudgetResult", "compare_budget", "equal_steps", "strategy_map"]

CONVENTIONS = ("per-merge", "total", "compute")
_MOST_STEPS = 256


@dataclass(frozen=True)
class BudgetResult:
    """Errors of the canonical strategies under one budget.

    Attributes
    ----------
    strategies : dict of Split
        Per strategy the exact relative error ``M/C - 1`` and the training time (or number of
        steps) of every merge, in the order of training.
    best : str
        The strategy with the smallest ``|error|``.
    optimality : Verdict
        On "no merge plan does better under this convention".
    """

    lam: Fraction
    schedule: Schedule
    total: Fraction
    convention: str
    law: str
    strategies: dict[str, Split]
    best: str
    optimality: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "lam": str(self.lam),
            "T": self.schedule.T,
            "schedule": self.schedule.kind,
            "total": str(self.total),
            "convention": self.convention,
            "law": self.law,
            "strategies": {name: split.to_dict() for name, split in self.strategies.items()},
            "best": self.best,
            "optimality": self.optimality.to_dict(),
        }

    def __str__(self) -> str:
        lines = [f"{self.schedule}, lam = {self.lam}, {self.law}, {self.convention} {self.total}"]
        for name, split in sorted(self.strategies.items(), key=lambda item: abs(item[1].error)):
            times = np.array(split.times)
            span = (
                f"{times.min():.4g}"
                if np.ptp(times) < 1e-9 * times.max()
                else (f"{times.min():.4g} to {times.max():.4g}")
            )
            lines.append(f"{name:12} error {split.error:+.6e}, {span} per merge")
        return "\n".join([*lines, f"best         {self.best}", f"optimality   {self.optimality}"])


def compare_budget(
    lam: Any, schedule: Schedule, total: Any, convention: str = "total", rho: Any = 3
) -> BudgetResult:
    """Compare the canonical strategies under gradient flow with a budget.

    Parameters
    ----------
    lam : number > 0
    schedule : Schedule
        T <= 256.
    total : number >= 0
        Total training time, or total cost for ``compute``.
    convention : {'total', 'per-merge', 'compute'}
    rho : number >= 0
        For ``compute``: cost of the student's own part of a training step.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> [compare_budget("0.5", cosine(16), 64, kind).best for kind in CONVENTIONS]
    ['boot', 'vanilla', 'vanilla']

    References
    ----------
    SPEC A5 (T2), C4; ledger entries ``a5_equal_budget``, ``c4_split``, ``c4_boot_split``.
    """
    require_schedule(schedule)
    value, budget = variance(lam), training_time(total, "total")
    require(
        convention in CONVENTIONS,
        "convention",
        f"must be one of {', '.join(CONVENTIONS)}",
        convention,
    )
    T = whole(schedule.T, "T", 2, _MOST_STEPS)
    share = training_time(rho, "rho")
    chain = gradient_flow_chain(schedule, value, budget / (T - 1))
    strategies = {
        name: _split(plan, chain, budget, convention, float(share))
        for name, plan in canonical_plans(T).items()
    }
    if convention == "compute" and T > 2:
        strategies["two-stage"] = _two_stage(chain, float(budget), float(share))
    best = _best(strategies)
    verdict = _verdict(value, schedule, budget, convention, best)
    return BudgetResult(
        value, schedule, budget, convention, "gradient flow", strategies, best, verdict
    )


def _best(strategies: dict[str, Split]) -> str:
    """Strategy with the smallest ``|error|``; ties to the last digits go to the one named first."""
    least = min(abs(split.error) for split in strategies.values())
    return next(
        name for name, split in strategies.items() if abs(split.error) <= least * (1 + 1e-12)
    )


def _split(plan: MergePlan, chain: Chain, budget: Fraction, convention: str, rho: float) -> Split:
    if convention == "per-merge":
        times = (float(budget / (chain.T - 1)),) * plan.merges
        return Split(plan, times, error_of_split(plan, chain, times))
    costs = [rho + parts for *_, parts in plan.nodes()] if convention == "compute" else None
    return optimal_split(plan, chain, float(budget), costs)


def _two_stage(chain: Chain, budget: float, rho: float) -> Split:
    """Vanilla for the steps 1..j, then vanilla for the rest, at the j with the best exponent.

    The first merge trains at time j: where ``v_j`` is large, that is cheap.
    """

    def via(j: int) -> tuple[MergePlan, list[float]]:
        leaves = [MergePlan.leaf(t) for t in range(j + 1, chain.T + 1)]
        plan = MergePlan.merge(vanilla(j), *leaves)
        return plan, [rho + parts for *_, parts in plan.nodes()]

    plan, costs = min(
        (via(j) for j in range(2, chain.T)), key=lambda pair: exponent(pair[0], chain, pair[1])
    )
    return optimal_split(plan, chain, budget, costs)


def _verdict(
    lam: Fraction, schedule: Schedule, budget: Fraction, convention: str, best: str
) -> Verdict:
    problem = ScalarProblem(lam, schedule, GradientFlow(budget / (schedule.T - 1)))
    one_side = all(sign in (-1, 0) for sign in problem.signs) or all(
        sign in (0, 1) for sign in problem.signs
    )
    if convention == "total" and one_side and best == "vanilla":
        return Proved(
            "equal-budget theorem: all a_t (t < T) lie on one side of 1; no plan and no split "
            "beats vanilla"
        )
    if convention == "per-merge":
        found = best_plan(lam, law=problem.law, schedule=schedule)
        if found.plan == canonical_plans(schedule.T)[best]:
            return found.optimality
        return Undecided(
            f"the canonical strategies only; {found.plan!r} has |e| = {abs(found.error):.3e}"
        )
    where = "" if one_side else "; inside the window tuned splits of other plans cancel errors"
    return Undecided(f"the canonical strategies only were compared{where}")


def equal_steps(lam: Any, schedule: Schedule, law: Any, total: Any) -> BudgetResult:
    """Compare the canonical strategies at an equal total number of training steps, any law.

    Every merge of a plan gets the same number of steps; a remainder is not used. The error is
    the root mean square of ``M/C - 1``, noise included.

    Parameters
    ----------
    law : a discrete law of this package
        Its own number of steps is replaced.
    total : whole number
        Steps in all, at least T - 1.

    Examples
    --------
    >>> from symmerge.dynamics.laws import SGD
    >>> from symmerge.schedule import flow
    >>> found = equal_steps("0.25", flow(3), SGD("0.3", 1, 1), 2)
    >>> found.best, found.optimality.status
    ('boot', 'undecided')
    """
    value = variance(lam)
    count = whole(total, "total", schedule.T - 1, 10**9)
    base = law.law if isinstance(law, EMA) else law
    require(hasattr(base, "steps"), "law", "must train in discrete steps", str(law))
    strategies = {}
    for name, plan in canonical_plans(schedule.T).items():
        steps = count // plan.merges
        inner = replace(base, steps=steps)
        own = replace(law, law=inner) if isinstance(law, EMA) else inner
        rated = rate_plan(plan, value, own, schedule)
        strategies[name] = Split(plan, (float(steps),) * plan.merges, rated.rms)
    best = _best(strategies)
    verdict = Undecided(
        "the canonical strategies only were compared, each with equal steps per merge"
    )
    about = f"{replace(base, steps=count)} in all"
    return BudgetResult(
        value, schedule, Fraction(count), "total steps", about, strategies, best, verdict
    )


def strategy_map(
    lams: Any, schedule_of: Any, T: int, totals: Any, convention: str = "total"
) -> list[list[str]]:
    """Winning strategy per variance (rows) and budget (columns).

    Parameters
    ----------
    lams, totals : sequences of numbers
    schedule_of : function from T to a Schedule
    T : int

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> strategy_map(["0.2", 5], cosine, 8, [16, 64], "per-merge")
    [['boot', 'boot'], ['vanilla', 'vanilla']]
    """
    schedule = schedule_of(T)
    return [
        [compare_budget(lam, schedule, total, convention).best for total in totals] for lam in lams
    ]
