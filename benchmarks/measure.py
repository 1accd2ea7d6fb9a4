"""Take turns, compare, summarise."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

__all__ = [
    "ONE_THREAD",
    "Fit",
    "Line",
    "compare",
    "fitted",
    "least_seconds",
    "no_compiler",
    "process_seconds",
    "repeated",
    "seconds",
    "wall_seconds",
]

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_LEAST = 0.01  # seconds that a repeated timing lasts


@dataclass(frozen=True)
class Line:
    """One comparison. Seconds are medians; ``ratio`` is baseline time over ours, per turn."""

    name: str
    baseline: str
    ratio: dict[str, float]
    seconds: float
    baseline_seconds: float
    threads: int
    n: int

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return asdict(self)


@dataclass(frozen=True)
class Fit:
    """How a time grows: least seconds at several sizes, and the exponent that is claimed."""

    name: str
    size: str
    claimed: str
    points: list[tuple[int, float]]

    @property
    def exponent(self) -> float:
        """Fitted exponent."""
        return fitted(self.points)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {**asdict(self), "exponent": self.exponent}


def fitted(points: Sequence[tuple[float, float]]) -> float:
    """Exponent p of the power law ``seconds ~ size^p``, by least squares on logarithms.

    Examples
    --------
    >>> round(fitted([(1, 3.0), (2, 12.0), (4, 48.0)]), 12)
    2.0
    """
    size, spent = np.log(np.array(points, float)).T
    return float(np.polyfit(size, spent, 1)[0])


def compare(
    name: str,
    ours: Callable[[], float],
    baseline: str,
    theirs: Callable[[], float],
    n: int = 7,
    threads: int = 1,
) -> Line:
    """Time `ours` and `theirs` in turns, n times each after a warm-up; both return seconds."""
    ours(), theirs()
    turns = [(theirs(), ours()) for _ in range(n)]
    ratios = [base / own for base, own in turns]
    middle, own = statistics.median, [own for _, own in turns]
    return Line(
        name=name,
        baseline=baseline,
        ratio={"median": middle(ratios), "min": min(ratios), "max": max(ratios)},
        seconds=middle(own),
        baseline_seconds=middle(base for base, _ in turns),
        threads=threads,
        n=n,
    )


def process_seconds(arguments: Sequence[str]) -> Callable[[], float]:
    """Timer of a whole Python process, start and imports included."""

    def run() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD},
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return run


def seconds(work: Callable[[], object], share: float = 1) -> Callable[[], float]:
    """Timer of a function in this process; `share` scales a timing of a part to the whole."""

    def run() -> float:
        start = time.process_time()
        work()
        return (time.process_time() - start) * share

    return run


def repeated(work: Callable[[], object]) -> Callable[[], float]:
    """Timer of a short function: the mean of as many calls as last a hundredth of a second."""

    def run() -> float:
        calls, start = 0, time.process_time()
        while (spent := time.process_time() - start) < _LEAST:
            for _ in range(10):
                work()
            calls += 10
        return spent / calls

    return run


def wall_seconds(work: Callable[[], object]) -> Callable[[], float]:
    """Timer by the clock on the wall, for work that several processes do."""

    def run() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return run


def least_seconds(work: Callable[[], object], n: int = 3) -> float:
    """Least time of n calls after a warm-up."""
    work()
    timer = seconds(work)
    return min(timer() for _ in range(n))


def no_compiler(what: str) -> None:
    """Say that comparisons with C are left out."""
    print(f" skipped: {what} against C, as there is no compiler called cc", flush=True)
