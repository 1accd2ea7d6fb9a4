"""One variance, schedule and law: what every scalar search and the phase edges share."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..chain import Chain, build_chain
from ..errors import require
from ..merge import relative_error
from ..numbers import EXACT, FLOAT, balls, exact
from ..plan import MergePlan
from ..schedule import Schedule, cosine
from ..student import GradientFlow, ShrinkageLaw
from ..teacher import Teacher, variance
from . import interval, theorems
from .blocks import Code, code_plan

__all__ = ["Extreme", "ScalarProblem"]

_MOST_STEPS_ENCLOSED = 128
_MOST_WORK_THM8 = 2e8


@dataclass(frozen=True)
class Extreme:
    """One end of the range of errors over all plans.

    Attributes
    ----------
    plan : MergePlan
        Plan at that end.
    sign : int or None
        Certified sign of its error (None: undecided).
    method : str
        Theorem or search that found it.
    certified : bool
        Whether it is certain that no plan lies beyond it (or, for a float64 search, that the true
        extreme has the same sign).
    code : Code or None
        Its code, where it has one.
    """

    plan: MergePlan
    sign: int | None
    method: str
    certified: bool
    code: Code | None = None


@dataclass(frozen=True)
class ScalarProblem:
    """One variance, schedule and law, in float64 and in ball arithmetic of `bits` bits."""

    lam: Fraction
    schedule: Schedule
    law: ShrinkageLaw
    bits: int = 192

    @classmethod
    def build(
        cls, lam: Any, T: Any, s: Any, schedule: Schedule | None, law: ShrinkageLaw | None
    ) -> ScalarProblem:
        """Check the arguments of :func:`symmerge.best_plan`."""
        if schedule is None:
            require(T is not None, "T", "must be given unless a schedule is", T)
            schedule = cosine(T)
        else:
            require(
                T is None or exact(T, "T") == schedule.T,
                "T",
                f"must equal the schedule's {schedule.T}",
                T,
            )
        if law is None:
            require(s is not None, "s", "must be given unless a law is", s)
            law = GradientFlow(s)
        else:
            require(s is None, "s", "must not be given together with a law", s)
            require(
                getattr(law, "linear", True),
                "law",
                "must have factors that do not depend on the distance from the target",
                str(law),
                "symmerge.dynamics.trained.rank_plans takes every law",
            )
        return cls(variance(lam), schedule, law)

    @property
    def T(self) -> int:
        """Number of teacher steps."""
        return self.schedule.T

    @cached_property
    def chain(self) -> Chain:
        """The chain in float64."""
        return build_chain(self.schedule, self.lam, self.law, FLOAT)

    @cached_property
    def balls(self) -> Chain:
        """The chain in ball arithmetic."""
        return build_chain(self.schedule, self.lam, self.law, balls(self.bits))

    @cached_property
    def assumption_broken(self) -> str | None:
        """Why theorems and interval searches do not apply to this law; None if they do."""
        asked = getattr(self.law, "assumption_broken", None)
        return None if asked is None else asked(self.balls)

    def error(self, plan: MergePlan) -> float:
        """Relative error of a plan in float64."""
        return float(relative_error(plan, self.chain))

    def ball(self, plan: MergePlan) -> Any:
        """Enclosure of the relative error of a plan."""
        return relative_error(plan, self.balls)

    def sign(self, plan: MergePlan) -> int | None:
        """Certified sign of the relative error of a plan."""
        return self.balls.field.sign(self.ball(plan))

    def size(self, plan: MergePlan) -> Any:
        """``|e|``, the midpoint of its ball; far smaller than a float64 can hold if need be."""
        return abs(self.ball(plan)).mid()

    @cached_property
    def signs(self) -> list[int | None]:
        """Certified signs of ``a_t - 1`` for t < T."""
        pattern = theorems.signs(self.balls)
        if None in pattern and self.schedule.rational:
            pattern = [EXACT.sign(x) for x in Teacher(self.schedule, self.lam, EXACT).x[:-1]]
        return pattern

    def extreme(self, sense: str, *, theorems_allowed: bool) -> Extreme | None:
        """Plan with the smallest or largest error of all plans, by the cheapest sound way."""
        found = self._by_theorem(sense) if theorems_allowed else None
        if found is not None:
            return found
        if self.T > interval.MOST_STEPS:
            most = f"must be at most {interval.MOST_STEPS} for the exact interval search"
            require(theorems_allowed, "T", most, self.T)
            return None
        plan = interval.interval_plan(self.chain, sense).plan
        return self._enclosed(plan, sense, "exact interval search")

    def _by_theorem(self, sense: str) -> Extreme | None:
        p = theorems.leading_minuses(self.signs)
        has_g = theorems.condition_g(self.balls)
        code = None
        # Without a leading '-' the max version of Theorem 4 needs no condition on the factors.
        if sense == "max" and (has_g or p == 0):
            code, method = theorems.max_plan(self.balls), "Theorem 5"
        elif sense == "min" and has_g and p is not None and theorems.condition_g2(self.balls, p):
            v = theorems.first_passage(self.balls, p)
            if v is not None:
                code, method = theorems.min_plan(self.balls, p, v), "Theorem 7"
        if code is not None:
            plan = code_plan(code)
            return Extreme(plan, self.sign(plan), method, certified=True, code=code)
        if has_g:
            code = theorems.root_cuts(self.chain, sense)
            return self._enclosed(code_plan(code), sense, "Theorem 6", code)
        if sense == "max" and p is not None and (1 + p) * self.T**2 <= _MOST_WORK_THM8:
            plan = theorems.max_plan_without_g(self.chain, p)
            return self._enclosed(plan, sense, "Theorem 8")
        return None

    def _enclosed(
        self, plan: MergePlan, sense: str, method: str, code: Code | None = None
    ) -> Extreme:
        """Certify a float64 search by enclosing the extreme over all plans, where affordable."""
        own = self.sign(plan)
        decisive = (0, 1) if sense == "min" else (-1, 0)
        if own in decisive and self.T <= _MOST_STEPS_ENCLOSED:
            sign = self.balls.field.sign(interval.interval_value(self.balls, sense))
            return Extreme(plan, own, method, sign in decisive, code)
        return Extreme(plan, own, method, False, code)
