"""Chunks of a sweep: which points belong together, and how they are computed.

A chunk is what one worker computes and one file holds. Where chunks begin depends on the spec
alone, so a sweep has the same bits on any number of workers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..numbers import FLOAT
from ..plan import canonical_plans
from ..points import Points, plan_error
from ..schedule import Schedule
from ..scheduler_config import schedule_from_dict
from ..search.problem import ScalarProblem
from ..search.regimes import regimes
from ..search.result import REGIMES
from ..search.scalar import best_plan, regime_of
from ..student import GradientFlow
from .spec import SweepSpec, plan_of

__all__ = [
    "BEST",
    "OPTIMALITY",
    "REGIME",
    "Chunk",
    "Task",
    "chunks",
    "compute",
    "record",
    "schedule_of",
    "task",
]

REGIME = tuple(REGIMES)
_CANONICAL = tuple(canonical_plans(2))
BEST = (*_CANONICAL, "min-plan", "max-plan", "searched")
OPTIMALITY = ("undecided", "float64", "proved")
_ONE_SIDED = ("boot", "vanilla", "min-plan", "max-plan")  # regimes named after their best plan
_CHUNK_WORK, _MOST_POINTS = 2**22, 2**16
_BLOCK_WORK, _MOST_AT_ONCE, _LEAST_AT_ONCE = 3 * 2**15, 2**13, 256


class Chunk(NamedTuple):
    """A box of points: one schedule, a range of training times, a range of variances."""

    schedule: int
    s: slice
    lam: slice

    @property
    def points(self) -> int:
        """Number of points."""
        return (self.s.stop - self.s.start) * (self.lam.stop - self.lam.start)


class Task(NamedTuple):
    """What a worker needs for a chunk; plain data, so that it travels."""

    schedule: str
    s: np.ndarray
    lam: np.ndarray
    plans: tuple[str, ...]
    budget: str
    window: str


def chunks(spec: SweepSpec) -> list[Chunk]:
    """Cut a sweep into chunks, in the order in which they are computed."""
    return list(_chunks(spec))


def _chunks(spec: SweepSpec) -> Iterator[Chunk]:
    n_lam, n_s = spec.shape[:2]
    for k, T in enumerate(spec.steps):
        most = min(_MOST_POINTS, max(_LEAST_AT_ONCE, _CHUNK_WORK // T))
        lam_count = _even(n_lam, most)
        s_count = _even(n_s, max(1, most // lam_count))
        for s in range(0, n_s, s_count):
            for lam in range(0, n_lam, lam_count):
                ends = min(s + s_count, n_s), min(lam + lam_count, n_lam)
                yield Chunk(k, slice(s, ends[0]), slice(lam, ends[1]))


def _even(count: int, most: int) -> int:
    """Size of parts of nearly equal size, so that workers end together.

    Examples
    --------
    >>> _even(1_000_000, 65_536), _even(5, 65_536)
    (62500, 5)
    """
    return -(-count // -(-count // most))


def task(spec: SweepSpec, chunk: Chunk) -> Task:
    """The task of a chunk."""
    schedule = json.dumps(spec.schedules[chunk.schedule].to_dict())
    s, lam = spec.times[chunk.s], spec.lams[chunk.lam]
    return Task(schedule, s, lam, tuple(spec.plan_names), spec.budget, spec.window)


def record(plans: int) -> np.dtype[Any]:
    """Type of the rows of a chunk: one per point, training times outermost."""
    codes = [(name, "i1") for name in ("best", "regime", "optimality")]
    return np.dtype([("error", "<f8", (plans,)), *codes])


def compute(work: Task) -> np.ndarray:
    """Compute a chunk."""
    keep_memory()
    with FLOAT.working():
        # NumPy copies short rows until they fill this buffer; leaving the context restores it.
        np.setbufsize(_LEAST_AT_ONCE)
        return _compute(work)


def _compute(work: Task) -> np.ndarray:
    schedule = schedule_of(work)
    points = Points(schedule, np.tile(work.lam, len(work.s)), np.repeat(work.s, len(work.lam)))
    plans = [name for name in work.plans if name != "best"]
    looked_at = dict.fromkeys([*plans, *_CANONICAL] if "best" in work.plans else plans)
    errors = {name: np.empty(len(points.lam)) for name in looked_at}
    size = min(_MOST_AT_ONCE, max(_LEAST_AT_ONCE, _BLOCK_WORK // schedule.T))
    for start in range(0, len(points.lam), size):
        block = slice(start, start + size)
        some = points.only(block)
        for name in looked_at:
            errors[name][block] = _plan_error(name, some, work.budget)
    rows = np.empty(len(points.lam), record(len(work.plans)))
    for name in plans:
        rows["error"][:, work.plans.index(name)] = errors[name]
    rows["best"] = rows["regime"] = rows["optimality"] = -1
    if "best" in work.plans:
        _fill_best(rows, errors, points, work)
    return rows


def schedule_of(work: Task) -> Schedule:
    """The schedule of a task; its levels are computed once per process."""
    return _schedule(work.schedule)


@lru_cache(maxsize=16)
def _schedule(text: str) -> Schedule:
    return schedule_from_dict(json.loads(text))


@lru_cache(maxsize=1)
def keep_memory() -> None:
    """Let the allocator keep freed arrays instead of returning their pages.

    glibc maps large arrays anew each time until the first such array is freed, and learns from
    arrays of up to 32 MiB; fresh pages would take three times as long as the arithmetic.
    """
    np.empty(2**22 - 2**12)


def _plan_error(name: str, points: Points, budget: str) -> np.ndarray:
    plan = plan_of(name, points.schedule.T)
    if budget == "total":
        points = Points(points.schedule, points.lam, points.s / plan.merges)
    return plan_error(name if name in _CANONICAL else plan, points)


def _fill_best(rows: np.ndarray, errors: dict[str, np.ndarray], points: Points, work: Task) -> None:
    found, column = regimes(points), work.plans.index("best")
    candidates = [errors[name] for name in _CANONICAL]
    table = np.array([*candidates, found.least, found.largest])
    sizes = np.where(np.isnan(table), np.inf, np.abs(table))
    best = np.argmin(sizes, axis=0).astype(np.int8)
    # A theorem names the plan; on a tie with another one the name is still this.
    for name in _ONE_SIDED:
        best[found.regime == REGIME.index(name)] = BEST.index(name)
    decided = np.isin(found.regime, [REGIME.index(name) for name in _ONE_SIDED])
    rows["best"], rows["regime"] = best, found.regime
    rows["error"][:, column] = table[best, np.arange(len(best))]
    rows["optimality"] = np.where(decided, OPTIMALITY.index("float64"), 0)
    if work.window == "theorems":
        return
    for k in np.flatnonzero(found.regime == REGIME.index("unknown")):
        _decide(rows, int(k), column, points)
    if work.window == "search":
        for k in np.flatnonzero(rows["optimality"] == 0):
            _search(rows, int(k), column, points)


def _decide(rows: np.ndarray, k: int, column: int, points: Points) -> None:
    """Decide the regime of one point as :func:`symmerge.best_plan` does."""
    law = GradientFlow(Fraction(points.s[k]))
    problem = ScalarProblem(Fraction(points.lam[k]), points.schedule, law)
    regime, plan, verdict = regime_of(problem)
    rows["regime"][k] = REGIME.index(regime)
    if plan is not None:
        rows["best"][k] = BEST.index(regime)
        rows["error"][k, column] = float(problem.ball(plan).mid())
        status = "proved" if verdict.status == "proved" else "float64"
        rows["optimality"][k] = OPTIMALITY.index(status)


def _search(rows: np.ndarray, k: int, column: int, points: Points) -> None:
    """Search for the best plan of one point."""
    s = Fraction(points.s[k])
    result = best_plan(Fraction(points.lam[k]), s=s, schedule=points.schedule)
    rows["best"][k] = BEST.index("searched")
    rows["regime"][k] = REGIME.index(result.regime)
    rows["error"][k, column] = result.error
    status = "proved" if result.optimality.status == "proved" else "undecided"
    rows["optimality"][k] = OPTIMALITY.index(status)
