"""Sweeps: a million variances, phase diagrams, two workers, peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from symmerge.plan import canonical_plans
from symmerge.points import Points
from symmerge.schedule import cosine
from symmerge.search.problem import ScalarProblem
from symmerge.search.regimes import largest_without_g
from symmerge.search.scalar import regime_of
from symmerge.student import GradientFlow
from symmerge.sweep import SweepSpec, run_sweep
from symmerge.sweep.chunks import REGIME, chunks, compute, task
from symmerge.sweep.run import Part, computed_by

from .compiled import NAME, c_strategies, compiler
from .measure import Fit, Line, compare, least_seconds, no_compiler, seconds, wall_seconds
from .strategy_script import strategy_script

__all__ = ["fits", "lines", "memory"]

_T, _S, _MILLION = 64, 3, 1_000_000
_STRATEGIES = list(canonical_plans(2))
_PIECE = 100_000


def strategies(count: int, T: int = _T) -> SweepSpec:
    """Four strategies at many variances."""
    return SweepSpec(f"0.05:20:{count}:log", _S, T, plans=_STRATEGIES)


def phase_diagram(count: int = 400, T: int = 256) -> SweepSpec:
    """Regimes and best errors over variance and training time."""
    return SweepSpec(f"0.05:20:{count}:log", f"0.3:10:{count}", T, plans=["best"])


def computed(spec: SweepSpec) -> np.ndarray:
    """All rows of a sweep, without store and file."""
    return np.concatenate([compute(task(spec, box)) for box in chunks(spec)])


def whole(spec: SweepSpec, workers: int = 1) -> None:
    """A whole sweep with store, spot check and file."""
    with TemporaryDirectory() as folder:
        run_sweep(spec, folder, workers=workers)


def script(lam: np.ndarray) -> np.ndarray:
    """The baseline in pieces, shape (n, 4)."""
    found = [
        strategy_script(lam[start : start + _PIECE], _T, _S) for start in range(0, len(lam), _PIECE)
    ]
    return np.concatenate([np.stack([one[name] for name in _STRATEGIES], -1) for one in found])


def _script_alone() -> float:
    """Process seconds of the script without its imports; its arrays take 1.6 GB."""
    code = (
        "import time, numpy as np\n"
        "from benchmarks.strategy_script import strategy_script\n"
        f"lam = np.geomspace(0.05, 20, {_MILLION})\n"
        "start = time.process_time()\n"
        f"strategy_script(lam, {_T}, {_S})\n"
        "print(time.process_time() - start)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return float(done.stdout)


def lines() -> Iterator[Line]:
    """Measure."""
    spec = strategies(_MILLION)
    few = strategies(1000)
    expected = computed(few)["error"]
    if not np.allclose(script(few.lams), expected, rtol=1e-6, atol=1e-12):
        raise AssertionError("the script computes something else")
    name = f"four strategies at 1,000,000 variances, T = {_T}"
    ours, all_of_it = seconds(lambda: computed(spec)), seconds(lambda: whole(spec))
    yield compare(name, ours, "NumPy script over whole arrays, in its own process", _script_alone)
    pieces = f"the same script in pieces of {_PIECE:,}, in our process"
    yield compare(name, ours, pieces, seconds(lambda: script(spec.lams)))
    if compiler() is None:
        no_compiler("strategies")
    else:
        order = [_STRATEGIES.index(plan) for plan in _C_ORDER]
        found = c_strategies(few.lams, cosine(_T), _S)
        if not np.allclose(found, expected[:, order], rtol=1e-9, atol=0):
            raise AssertionError("the C loop computes something else")
        loop = seconds(lambda: c_strategies(spec.lams, cosine(_T), _S))
        yield compare(name, ours, NAME, loop)
        yield compare(f"{name}, with store, spot check and file", all_of_it, NAME, loop)
    yield from _two_workers()
    yield from _phase_diagrams()


_C_ORDER = ("vanilla", "consistency", "boot", "progressive")


def _two_workers() -> Iterator[Line]:
    from joblib import Parallel, delayed

    def workers(spec: SweepSpec, count: int) -> None:
        for _ in computed_by([Part(task(spec, box)) for box in chunks(spec)], count):
            pass

    def loops(count: int) -> None:
        Parallel(n_jobs=count)(delayed(_loop)(part) for part in np.array_split(many.lams, 8))

    many, long = strategies(_MILLION), strategies(_MILLION // 4, 256)
    jobs: list[tuple[str, Callable[[int], None]]] = []
    if compiler() is not None:
        jobs.append((f"{NAME}, four strategies (what two cores can gain), T = {_T}", loops))
    jobs += [
        (f"four strategies at 1,000,000 variances, T = {_T}", partial(workers, many)),
        (f"whole sweep of 1,000,000 variances, T = {_T}", partial(whole, many)),
        ("whole sweep of 250,000 variances, T = 256", partial(whole, long)),
    ]
    for name, work in jobs:
        yield compare(
            f"two workers: {name}",
            wall_seconds(partial(work, 2)),
            "the same on one worker; wall time, workers started before",
            wall_seconds(partial(work, 1)),
            n=15,
            threads=2,
        )


def _loop(lam: np.ndarray) -> None:
    """A part of the C loop's work; its result need not come back."""
    c_strategies(lam, cosine(_T), _S)


def _phase_diagrams() -> Iterator[Line]:
    spec, law = phase_diagram(), GradientFlow
    rng = np.random.default_rng(0)
    rows, shape = computed(spec), (len(spec.times), len(spec.lams))
    places = [(int(rng.integers(shape[0])), int(rng.integers(shape[1]))) for _ in range(40)]

    def one_by_one() -> list[str]:
        return [
            regime_of(
                ScalarProblem(
                    Fraction(spec.lams[i]), spec.schedules[0], law(Fraction(spec.times[j]))
                )
            )[0]
            for j, i in places
        ]

    grid = rows["regime"].reshape(shape)
    if [REGIME[grid[place]] for place in places] != one_by_one():
        raise AssertionError("the two ways to a regime differ")
    yield compare(
        "phase diagram 400 x 400 with exact regimes and best errors, T = 256",
        seconds(lambda: computed(spec)),
        "one point after the other, certified (40 random points, scaled to 160,000)",
        seconds(one_by_one, share=rows.size / len(places)),
    )


def fits() -> Iterator[Fit]:
    """How sweeps grow with points and with T."""
    yield Fit(
        "four strategies, T = 64",
        "points",
        "1",
        [(n, least_seconds(lambda n=n: computed(strategies(n)))) for n in (2**16, 2**18, 2**20)],
    )
    yield Fit(
        "four strategies, 65,536 variances",
        "T",
        "1",
        [(T, least_seconds(lambda T=T: computed(strategies(2**16, T)))) for T in (16, 64, 256)],
    )
    points = {T: Points(cosine(T), np.full(64, 1.5), np.geomspace(1, 10, 64)) for T in _THM8}
    yield Fit(
        "Theorem 8 at 64 points, one leading minus",
        "T",
        "2",
        [(T, least_seconds(lambda T=T: largest_without_g(points[T], 1))) for T in _THM8],
    )


_THM8 = (128, 256, 512)


def memory() -> list[dict[str, Any]]:
    """Wall seconds and peak memory of whole sweeps in processes of their own (Linux)."""
    return [
        _alone("four strategies at 1,000,000 variances, T = 64", "strategies(1_000_000)"),
        _alone("phase diagram 400 x 400 with exact regimes, T = 256", "phase_diagram()"),
    ]


def _alone(name: str, spec: str) -> dict[str, Any]:
    code = (
        "import json, re, time\n"
        "from pathlib import Path\n"
        "from benchmarks.sweeps import phase_diagram, strategies, whole\n"
        "start = time.process_time()\n"
        f"whole({spec})\n"
        "spent = time.process_time() - start\n"
        # What getrusage tells would start from the memory of the process that forked.
        "status = Path('/proc/self/status').read_text()\n"
        "peak = int(re.search(r'VmHWM:\\s*(\\d+) kB', status)[1]) / 2**20\n"
        "print(json.dumps([spent, peak]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    spent, peak = json.loads(done.stdout)
    return {"name": name, "seconds": spent, "peak_gib": peak}
