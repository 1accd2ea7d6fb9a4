"""Spot checks: a random sample of a sweep's points is held against what is true there.

A float64 result is compared relative to ``|e|`` or, where terms of both signs cancel, to the sum of
their sizes. A few points are decided again by :func:`symmerge.best_plan`'s own route, regime and
best error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from .chunks import REGIME, Chunk, task
from .spec import SweepSpec
from .truth import Asked, TrueError, Truth, truths

__all__ = ["Sample", "SpotCheck"]

TOLERANCE = 1e-12
_SAMPLE, _DECIDED, _MOST_STEPS_DECIDED = 64, 8, 512
_MOST_STEPS_IN_ALL = 40_000  # of balls per plan
_TINY = 1e-280  # below, float64 runs out of digits


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
        self, name: str, point: Asked, value: float, true: TrueError
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
