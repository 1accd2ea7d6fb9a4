r"""Spot checks: points of a finished sweep evaluated again, in many digits.

A sample of points is evaluated by the recursion over plans on Arb balls of 256 bits. A float64
result is held against it relative to ``|e|`` or, where terms of both signs cancel, to the sum of
their sizes: no float64 computation can do better there. That sum follows the recursion,

.. math:: |f| = (1-g)\,|e_{left}| + g\,|y_{left}|, \qquad |pq| = |p|(1+q) + (1+p)|q|.

A few points are decided again by :func:`symmerge.best_plan`'s own route, regime and best error.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..chain import Chain, gradient_flow_chain
from ..errors import InputError
from ..merge import fold, joined, learned, relative_error
from ..numbers import FLOAT, balls
from ..schedule import Schedule
from ..search.problem import ScalarProblem
from ..search.scalar import regime_of
from ..student import GradientFlow
from .chunks import REGIME, Chunk
from .spec import SweepSpec, plan_of

__all__ = ["Sample", "SpotCheck", "term_size"]

TOLERANCE = 1e-12
_SAMPLE, _DECIDED, _MOST_STEPS_DECIDED = 64, 8, 512
_MOST_STEPS_IN_ALL = 40_000  # of balls per plan
_TINY = 1e-280  # below, float64 runs out of digits
_BITS = 256


class _Sized(NamedTuple):
    """Error and ``1/C - 1`` of a part, each with the size of its terms."""

    e: float
    e_size: float
    y: float
    y_size: float


def _size(p: float, p_size: float, q: float, q_size: float) -> float:
    return p_size * (1 + q) + q_size * (1 + p)


@dataclass(frozen=True)
class _TermSize:
    """Algebra of the size of the terms that sum to an error."""

    chain: Chain

    def leaf(self, t: int) -> _Sized:
        y = -float(self.chain.x[t - 1]) / float(self.chain.a[t - 1])
        return _Sized(0.0, 0.0, y, abs(y))

    def join(self, p: _Sized, q: _Sized) -> _Sized:
        e_size = _size(p.e, p.e_size, q.e, q.e_size)
        return _Sized(
            joined(p.e, q.e), e_size, joined(p.y, q.y), _size(p.y, p.y_size, q.y, q.y_size)
        )

    def node(self, left: _Sized, right: _Sized, t: int) -> _Sized:
        g, h = float(self.chain.g[t - 1]), float(self.chain.h[t - 1])
        f, f_size = learned(left.e, left.y, g, h), learned(left.e_size, left.y_size, g, h)
        y, y_size = joined(left.y, right.y), _size(left.y, left.y_size, right.y, right.y_size)
        return _Sized(joined(right.e, f), _size(right.e, right.e_size, f, f_size), y, y_size)


def term_size(plan: Any, chain: Chain) -> float:
    """Sum of the sizes of the terms of a plan's relative error, for a float64 chain."""
    with FLOAT.working():
        return fold(plan, _TermSize(chain)).e_size


@dataclass(frozen=True)
class SpotCheck:
    """What a spot check saw.

    Attributes
    ----------
    points, decided : int
        Points evaluated again, and of these those whose regime was decided again.
    largest : float
        Largest difference relative to the size of the terms.
    largest_relative : float
        Largest difference relative to ``|e|``; cancellation included.
    """

    points: int
    decided: int
    largest: float
    largest_relative: float

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "points": self.points,
            "decided": self.decided,
            "largest_difference": self.largest,
            "largest_relative_difference": self.largest_relative,
            "tolerance": TOLERANCE,
            "digits": 50,
        }

    @classmethod
    def run(cls, spec: SweepSpec, table: np.ndarray, seed: int) -> SpotCheck:
        """Check a table of rows of shape (lam, s, T).

        Raises
        ------
        InputError
            If a difference exceeds the tolerance, or a regime is another one.
        """
        sample = Sample(spec, seed)
        sample.see(table)
        return sample.outcome()


class Sample:
    """The points to be checked, drawn before the sweep runs, so that each can be checked early.

    Parameters
    ----------
    spec : SweepSpec
    seed : int
    """

    def __init__(self, spec: SweepSpec, seed: int) -> None:
        self._spec, shape = spec, spec.shape[:3]
        size = int(np.prod(shape))
        count = min(_SAMPLE, size, max(8, _MOST_STEPS_IN_ALL // max(spec.steps)))
        drawn = np.random.default_rng(seed).choice(size, count, replace=False)
        self._left = [tuple(map(int, np.unravel_index(place, shape))) for place in drawn]
        small = [place for place in self._left if spec.steps[place[2]] <= _MOST_STEPS_DECIDED]
        self._decided = set(small[:_DECIDED] if "best" in spec.plan_names else [])
        self._count, self._largest, self._relative = count, 0.0, 0.0

    def see(self, table: np.ndarray, box: Chunk | None = None) -> None:
        """Check the points of a chunk whose rows are in the table, or all that are left."""
        here = [place for place in self._left if box is None or _inside(place, box)]
        self._left = [place for place in self._left if place not in here]
        for place in here:
            differences = _differences(self._spec, table[place], place)
            self._largest = max(self._largest, differences[0])
            self._relative = max(self._relative, differences[1])
            if place in self._decided:
                again = _decide_again(self._spec, table[place], place)
                self._largest = max(self._largest, again)

    def outcome(self) -> SpotCheck:
        """What was seen at all points."""
        return SpotCheck(self._count, len(self._decided), self._largest, self._relative)


def _inside(place: tuple[int, ...], box: Chunk) -> bool:
    i, j, k = place
    ranges = ((i, box.lam), (j, box.s))
    return k == box.schedule and all(part.start <= n < part.stop for n, part in ranges)


def _where(spec: SweepSpec, place: tuple[int, ...]) -> tuple[Fraction, Fraction, Schedule]:
    i, j, k = place
    return Fraction(spec.lams[i]), Fraction(spec.times[j]), spec.schedules[k]


def _differences(spec: SweepSpec, row: np.void, place: tuple[int, ...]) -> tuple[float, float]:
    """Largest difference of one point, relative to the size of terms and to the error."""
    lam, s, schedule = _where(spec, place)
    chains: dict[Fraction, tuple[Chain, Chain]] = {}
    largest = relative = 0.0
    for name, value in zip(spec.plan_names, row["error"], strict=True):
        if name == "best":
            continue
        plan = plan_of(name, schedule.T)
        time = Fraction(float(s) / plan.merges) if spec.budget == "total" else s
        if time not in chains:
            chains[time] = (
                gradient_flow_chain(schedule, lam, time, balls(_BITS)),
                gradient_flow_chain(schedule, lam, time),
            )
        certain, rounded = chains[time]
        true, size = relative_error(plan, certain), term_size(plan, rounded)
        difference = _difference(float(value), true)
        if size > _TINY or difference > _TINY:
            _within(difference / size if size else np.inf, name, place, spec)
            largest = max(largest, difference / size)
            relative = max(relative, difference / abs(float(true)) if float(true) else 0.0)
    return largest, relative


def _difference(value: float, true: Any) -> float:
    """``|value - true|``; the subtraction is done in balls."""
    field = balls(_BITS)
    if not np.isfinite(value):
        return float("inf")
    with field.working():
        return float(abs(field.number(Fraction(value)) - true).mid())


def _within(difference: float, name: str, place: tuple[int, ...], spec: SweepSpec) -> None:
    if not difference <= TOLERANCE:
        lam, s, schedule = _where(spec, place)
        at = f"lam = {float(lam)}, s = {float(s)}, T = {schedule.T}"
        rule = f"failed its spot check for {name} at {at}"
        raise InputError("sweep", rule, f"difference {difference:.3g}", "please report it")


def _decide_again(spec: SweepSpec, row: np.void, place: tuple[int, ...]) -> float:
    """Compare regime and best error of one point with the certified ones."""
    lam, s, schedule = _where(spec, place)
    problem = ScalarProblem(lam, schedule, GradientFlow(s))
    regime, plan, _ = regime_of(problem)
    seen = REGIME[row["regime"]]
    if seen != regime and "unknown" not in (seen, regime):
        rule = f"failed its spot check: regime {seen} at lam = {float(lam)}, s = {float(s)}"
        raise InputError("sweep", rule, f"certified: {regime}", "please report it")
    if plan is None or seen == "unknown":
        return 0.0
    size = term_size(plan, problem.chain)
    difference = _difference(float(row["error"][spec.plan_names.index("best")]), problem.ball(plan))
    if size <= _TINY and difference <= _TINY:
        return 0.0
    _within(difference / size if size else np.inf, "best", place, spec)
    return difference / size
