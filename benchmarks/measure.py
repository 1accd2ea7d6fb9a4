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

__all__ = ["ONE_THREAD", "Line", "compare", "process_seconds", "seconds"]

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


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


def compare(
    name: str,
    ours: Callable[[], float],
    baseline: str,
    theirs: Callable[[], float],
    n: int = 7,
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
        threads=1,
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


def seconds(work: Callable[[], object]) -> Callable[[], float]:
    """Timer of a function in this process."""

    def run() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return run
