r"""Spot checks: points of a finished sweep evaluated again, in many digits.

A sample of points is evaluated by the recursion over plans on Arb balls of 256 bits. A float64
result is held against it relative to ``|e|`` or, where terms of both signs cancel, to the sum of
their sizes: no float64 computation can do better there. That sum follows the recursion,

.. math:: |f| = (1-g)\,|e_{left}| + g\,|y_{left}|, \qquad |pq| = |p|(1+q) + (1+p)|q|.

A few points are decided again by :func:`symmerge.best_plan`'s own route, regime and best error.
Workers find what is true without looking at what they computed; the process that runs the sweep
compares it with the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..chain import Chain, gradient_flow_chain
from ..errors import InputError
from ..merge import fold, joined, learned, relative_error
from ..numbers import FLOAT, balls
from ..search.problem import ScalarProblem
from ..search.scalar import regime_of
from ..student import GradientFlow
from .chunks import REGIME, Chunk, Task, chunks, schedule_of, task
from .spec import SweepSpec, plan_of

__all__ = ["Asked", "Sample", "SpotCheck", "Truth", "term_size", "truths"]

TOLERANCE = 1e-12
_SAMPLE, _DECIDED, _MOST_STEPS_DECIDED = 64, 8, 512
_MOST_STEPS_IN_ALL = 40_000  # of balls per plan
_TINY = 1e-280  # below, float64 runs out of digits
_BITS = 256


class Asked(NamedTuple):
    """A point to be evaluated again, and whether its regime is to be decided again."""

    place: tuple[int, int, int]
    lam: float
    s: float
    decided: bool


class Enclosed(NamedTuple):
    """A true error as ``high + low``, and the size of the terms that sum to it."""

    high: float
    low: float
    size: float


class Truth(NamedTuple):
    """What is true at a point: an error per plan (none for ``'best'``), regime and best error.

    Regime and best error are None unless they were asked for, the latter also where the regime
    names no plan.
    """

    errors: tuple[Enclosed | None, ...]
    regime: str | None
    best: Enclosed | None


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
        for box in chunks(spec):
            sample.check(table, box)
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

    def asked(self, box: Chunk) -> list[Asked]:
        """The points of a chunk that are not yet checked."""
        lams, times = self._spec.lams, self._spec.times
        return [
            Asked((i, j, k), float(lams[i]), float(times[j]), (i, j, k) in self._decided)
            for i, j, k in self._left
            if k == box.schedule and _in(box.lam, i) and _in(box.s, j)
        ]

    def check(self, table: np.ndarray, box: Chunk) -> None:
        """Find what is true in a chunk, and compare."""
        asked = self.asked(box)
        if asked:
            self.compare(table, asked, truths(task(self._spec, box), asked))

    def compare(self, table: np.ndarray, asked: Sequence[Asked], found: Sequence[Truth]) -> None:
        """Hold points whose rows are in the table against what is true there.

        Raises
        ------
        InputError
            If a difference exceeds the tolerance, or a regime is another one.
        """
        for point, truth in zip(asked, found, strict=True):
            self._left.remove(point.place)
            for difference, relative in self._differences(point, table[point.place], truth):
                self._largest = max(self._largest, difference)
                self._relative = max(self._relative, relative)

    def outcome(self) -> SpotCheck:
        """What was seen at all points."""
        return SpotCheck(self._count, len(self._decided), self._largest, self._relative)

    def _differences(
        self, point: Asked, row: np.void, truth: Truth
    ) -> Iterator[tuple[float, float]]:
        """Differences relative to the size of terms and to the error."""
        names = self._spec.plan_names
        for name, value, true in zip(names, row["error"], truth.errors, strict=True):
            if true is not None:
                yield self._difference(name, point, float(value), true)
        seen = REGIME[row["regime"]]
        if truth.regime is None or "unknown" in (seen, truth.regime):
            return
        if seen != truth.regime:
            rule = f"failed its spot check: regime {seen} at {self._at(point)}"
            raise InputError("sweep", rule, f"certified: {truth.regime}", "please report it")
        if truth.best is not None:
            value = float(row["error"][names.index("best")])
            yield self._difference("best", point, value, truth.best)

    def _difference(
        self, name: str, point: Asked, value: float, true: Enclosed
    ) -> tuple[float, float]:
        difference = abs(value - true.high - true.low) if np.isfinite(value) else np.inf
        if true.size <= _TINY and difference <= _TINY:
            return 0.0, 0.0
        of_terms = difference / true.size if true.size else np.inf
        if not of_terms <= TOLERANCE:
            rule = f"failed its spot check for {name} at {self._at(point)}"
            raise InputError("sweep", rule, f"difference {of_terms:.3g}", "please report it")
        return of_terms, difference / abs(true.high) if true.high else 0.0

    def _at(self, point: Asked) -> str:
        return f"lam = {point.lam}, s = {point.s}, T = {self._spec.steps[point.place[2]]}"


def _in(part: slice, index: int) -> bool:
    return bool(part.start <= index < part.stop)


def truths(work: Task, asked: Sequence[Asked]) -> list[Truth]:
    """What is true at points of a chunk."""
    return [_truth(work, point) for point in asked]


def _truth(work: Task, point: Asked) -> Truth:
    schedule, lam, s = schedule_of(work), Fraction(point.lam), Fraction(point.s)
    chains: dict[Fraction, tuple[Chain, Chain]] = {}
    errors: list[Enclosed | None] = []
    for name in work.plans:
        if name == "best":
            errors.append(None)
            continue
        plan = plan_of(name, schedule.T)
        time = Fraction(point.s / plan.merges) if work.budget == "total" else s
        if time not in chains:
            chains[time] = (
                gradient_flow_chain(schedule, lam, time, balls(_BITS)),
                gradient_flow_chain(schedule, lam, time),
            )
        certain, rounded = chains[time]
        errors.append(_enclosed(relative_error(plan, certain), term_size(plan, rounded)))
    if not point.decided:
        return Truth(tuple(errors), None, None)
    problem = ScalarProblem(lam, schedule, GradientFlow(s))
    regime, tree, _ = regime_of(problem)
    if tree is None:
        return Truth(tuple(errors), regime, None)
    best = _enclosed(problem.ball(tree), term_size(tree, problem.chain))
    return Truth(tuple(errors), regime, best)


def _enclosed(true: Any, size: float) -> Enclosed:
    """A ball in two float64; their sum has twice the digits of one."""
    high = float(true)
    with balls(_BITS).working():
        return Enclosed(high, float(true - high), size)
