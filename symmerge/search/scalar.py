"""The best merge plan for one variance: theorem, exact search, or search inside the band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import require
from ..merge import operator
from ..numbers import decimal_bounds
from ..plan import MergePlan, boot, canonical_plans, count_plans, vanilla
from ..schedule import Schedule, require_schedule
from ..student import ShrinkageLaw
from ..verdict import Proved, Refuted, Undecided, Verdict
from . import band, exhaustive, interval, theorems
from .blocks import code_plan
from .problem import Extreme, ScalarProblem
from .result import Rated, ScalarResult

__all__ = ["METHODS", "best_plan", "regime_of"]

METHODS = (
    "auto",
    "exact",
    "exhaustive",
    "algorithm1",
    "vanilla",
    "boot",
    "consistency",
    "progressive",
)
_MOST_STEPS_ALGORITHM1 = 256
_MOST_STEPS_MEETING = 512
_BALLS_SAY = "conditions checked in ball arithmetic"


def best_plan(
    lam: Any,
    T: int | None = None,
    s: Any = None,
    schedule: Schedule | None = None,
    law: ShrinkageLaw | None = None,
    method: str = "auto",
) -> ScalarResult:
    r"""Find the merge plan with the smallest ``|M - C|`` for data of one variance.

    Parameters
    ----------
    lam : number > 0
        Data variance; text such as ``"1/5"`` or ``"1.536"`` is exact.
    T : int >= 2
        Number of teacher steps, for the default cosine schedule; or pass `schedule`.
    s : number >= 0
        Dimensionless training time per merge; or pass `law`.
    schedule : Schedule, optional
    law : ShrinkageLaw, optional
        With factors ``g_t`` in [0, 1]; a law may say through ``assumption_broken(chain)`` that it
        voids what the theorems assume, and optimality is undecided then.
    method : str
        ``'auto'``: theorem where its conditions hold, else exact search, else band search.
        ``'exact'``: interval search without theorems. ``'exhaustive'``: look at every plan.
        ``'algorithm1'``: the source paper's search. Or the name of a canonical plan, to rate it.

    Returns
    -------
    ScalarResult
        With a three-valued verdict on optimality. The error is enclosed by ball arithmetic.

    Raises
    ------
    InputError
        For arguments outside their domain, or a T too large for the method asked for.

    References
    ----------
    W. Gao, M. Li, arXiv 2505.16024; SPEC A5 and A6.

    Examples
    --------
    >>> result = best_plan("1.536", T=6, s=1)
    >>> str(result.plan), f"{abs(result.error):.5e}", result.optimality.status
    ('[[[1|2]|3].4|[5|6]]', '4.12698e-03', 'proved')
    >>> best_plan("0.5", T=4, s=3).plan.name
    'boot'
    """
    require(method in METHODS, "method", f"must be one of {', '.join(METHODS)}", method)
    if schedule is not None:
        require_schedule(schedule)
    problem = ScalarProblem.build(lam, T, s, schedule, law)
    answer = _Search(problem).solve(method)
    runs_algorithm1 = problem.T <= _MOST_STEPS_ALGORITHM1 or method == "algorithm1"
    nearest = interval.algorithm1(problem.chain).plan if runs_algorithm1 else None
    return ScalarResult(
        lam=problem.lam,
        schedule=problem.schedule,
        law=problem.law,
        plan=answer.plan,
        error=float(problem.ball(answer.plan).mid()),
        error_enclosure=decimal_bounds(problem.ball(answer.plan)),
        operator=float(operator(answer.plan, problem.chain)),
        composite=float(problem.chain.C),
        regime=answer.regime,
        method=answer.method,
        optimality=answer.verdict,
        canonical={
            name: Rated(plan, problem.error(plan))
            for name, plan in canonical_plans(problem.T).items()
        },
        algorithm1=Rated(nearest, problem.error(nearest)) if nearest else None,
    )


@dataclass(frozen=True)
class _Answer:
    plan: MergePlan
    regime: str
    method: str
    verdict: Verdict


@dataclass(frozen=True)
class _Search:
    """The ways to answer one problem."""

    problem: ScalarProblem

    def solve(self, method: str) -> _Answer:
        broken = self.problem.assumption_broken
        if broken is not None:
            return self._without_theorems(method, broken)
        if method in canonical_plans(2):
            plan = canonical_plans(self.problem.T)[method]
            return self._rate(plan, f"rating of the {method} plan")
        if method == "algorithm1":
            plan = interval.algorithm1(self.problem.chain).plan
            return self._rate(plan, "Algorithm 1 of the source")
        if method == "exhaustive":
            return self._exhaustive(self._regime())
        return self._search(theorems_allowed=method == "auto")

    def _without_theorems(self, method: str, broken: str) -> _Answer:
        """Look at plans one by one where the law voids what theorems and interval search assume."""
        named = canonical_plans(self.problem.T)
        if method in named:
            plan, how = named[method], f"rating of the {method} plan"
        elif method == "algorithm1":
            plan, how = interval.algorithm1(self.problem.chain).plan, "Algorithm 1 of the source"
        elif method == "exhaustive" or self.problem.T <= exhaustive.MOST_STEPS:
            found = self._exhaustive("unknown")
            plan, how = found.plan, found.method
        else:
            plan, how = min(named.values(), key=self.problem.size), "best canonical plan"
        return _Answer(plan, "unknown", how, Undecided(broken))

    def _rate(self, plan: MergePlan, method: str) -> _Answer:
        """Judge a given plan by comparing it with the best one known."""
        best = self._search(theorems_allowed=True)
        field = self.problem.balls.field
        with field.working():
            excess = field.sign(abs(self.problem.ball(plan)) - abs(self.problem.ball(best.plan)))
        verdict: Verdict
        if plan == best.plan:
            verdict = best.verdict
        elif excess == 1:
            verdict = Refuted(f"|e| is smaller for {best.plan!r}", str(best.plan))
        elif excess == 0 and isinstance(best.verdict, Proved):
            verdict = Proved(f"as good as the optimal {best.plan!r}: {best.verdict.reason}")
        else:
            verdict = Undecided("no better plan was found, and none was excluded")
        return _Answer(plan, best.regime, method, verdict)

    def _search(self, *, theorems_allowed: bool) -> _Answer:
        found: dict[str, Extreme | None] = {}
        answer = self.one_sided(found, theorems_allowed=theorems_allowed)
        return answer or self._band(found["min"], found["max"])

    def one_sided(
        self, found: dict[str, Extreme | None], *, theorems_allowed: bool
    ) -> _Answer | None:
        """Answer where all plans err to one side; the extremes on the way go into `found`."""
        pattern = self.problem.signs
        if theorems_allowed and all(sign in (-1, 0) for sign in pattern):
            reason = f"Theorem 1: a_t <= 1 for all t < T; {_BALLS_SAY}"
            return _Answer(boot(self.problem.T), "boot", "Theorem 1", Proved(reason))
        if theorems_allowed and all(sign in (0, 1) for sign in pattern):
            reason = f"Theorem 2: a_t >= 1 for all t < T; {_BALLS_SAY}"
            return _Answer(vanilla(self.problem.T), "vanilla", "Theorem 2", Proved(reason))
        # The side on which the extreme can be decisive is likely the one C[1,T-1] points to.
        grows = float(np.sum(self.problem.chain.composites[:-1])) > 0
        for sense in ("max", "min") if grows else ("min", "max"):
            extreme = found[sense] = self.problem.extreme(sense, theorems_allowed=theorems_allowed)
            decisive = (0, 1) if sense == "min" else (-1, 0)
            if extreme is not None and extreme.sign in decisive:
                return self._decisive(extreme, sense)
        return None

    def _decisive(self, extreme: Extreme, sense: str) -> _Answer:
        """The extreme plan is optimal because every plan's error has one sign."""
        regime = f"{sense}-plan"
        whole = "e >= 0 for every plan, and no plan has a smaller e"
        if sense == "max":
            whole = "e <= 0 for every plan, and no plan has a larger e"
        if extreme.certified:
            reason = f"{extreme.method}: {whole}; {_BALLS_SAY}"
            return _Answer(extreme.plan, regime, extreme.method, Proved(reason))
        reason = f"{extreme.method}: {whole}, but only to float64 rounding"
        return _Answer(extreme.plan, regime, extreme.method, Undecided(reason))

    def _regime(self) -> str:
        return self._search(theorems_allowed=True).regime

    def _exhaustive(self, regime: str) -> _Answer:
        """Look at every plan in float64, then settle the nearest ones in ball arithmetic."""
        every = exhaustive.every_plan(self.problem.chain)
        sizes = np.abs(every.errors)
        # float64 errors of the whole set are good to far better than this share of the largest.
        close = np.flatnonzero(sizes <= sizes.min() + 1e-12 * sizes.max())
        nearest = close[np.argsort(sizes[close])][:64]
        plans = [every.plan(int(k)) for k in nearest]
        with self.problem.balls.field.working():
            best = min(plans, key=self.problem.size)
        method = f"exhaustive search over {count_plans(self.problem.T):,} plans"
        if len(close) <= len(plans):
            verdict: Verdict = Proved(f"{method}; near ties settled in ball arithmetic")
        else:
            verdict = Undecided(f"{method}; {len(close)} of them tie in float64")
        return _Answer(best, regime, method, verdict)

    def _band(self, lower: Extreme | None, upper: Extreme | None) -> _Answer:
        """Errors of both signs exist (or no extreme was affordable): search for a small one."""
        regime = _band_or_unknown(lower, upper)
        if self.problem.T <= exhaustive.MOST_STEPS:
            return self._exhaustive(regime)
        chain = self.problem.chain
        low = lower.code if lower and lower.code else theorems.root_cuts(chain, "min")
        high = upper.code if upper and upper.code else theorems.max_plan(chain)
        candidates = {
            "one-node path with single and pair flips": band.path_and_flips(low, high, chain)
        }
        if chain.T <= _MOST_STEPS_MEETING:
            met = band.meet_in_the_middle(low, high, chain)
            candidates["meet in the middle at a root cut"] = met
        plans = {f"band search ({name})": code_plan(code) for name, code in candidates.items()}
        plans |= {
            f"canonical plan {name}": plan for name, plan in canonical_plans(self.problem.T).items()
        }
        plans |= {x.method: x.plan for x in (lower, upper) if x is not None}
        method = min(plans, key=lambda name: self.problem.size(plans[name]))
        verdict = Undecided(
            "inside the band the least |e| over all plans is a subset-sum-like problem; "
            "this plan's error is certified, its optimality is not, and it is knife-edge in lam"
        )
        return _Answer(plans[method], regime, method, verdict)


def _band_or_unknown(lower: Extreme | None, upper: Extreme | None) -> str:
    both = lower is not None and upper is not None and (lower.sign, upper.sign) == (-1, 1)
    return "band" if both else "unknown"


def regime_of(problem: ScalarProblem) -> tuple[str, MergePlan | None, Verdict]:
    """Regime of one point and, unless errors of both signs exist there, its best plan."""
    found: dict[str, Extreme | None] = {}
    answer = _Search(problem).one_sided(found, theorems_allowed=True)
    if answer is not None:
        return answer.regime, answer.plan, answer.verdict
    regime = _band_or_unknown(found["min"], found["max"])
    return regime, None, Undecided("plans with errors of both signs exist")
