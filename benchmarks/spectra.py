"""One plan for a whole spectrum: against loops over all hybrids, and how the time grows.

Spectra decay like 1/k with mean variance 1, so that all classes occur.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from symmerge.schedule import cosine
from symmerge.search.hybrids import scan_hybrids
from symmerge.search.spectra import plan_spectrum
from symmerge.spectrum import Spectrum

from .hybrid_loops import hybrid_loops
from .measure import Line, compare, fitted, seconds

__all__ = ["growth", "lines", "spectrum"]

_S = 3
_LOOPS = "all hybrids in NumPy, a loop over segments"


def spectrum(d: int) -> Spectrum:
    """Variances like 1/k, of mean 1."""
    lam = 1 / np.arange(1, d + 1.0)
    return Spectrum(lam * (d / lam.sum()))


def _large(d: int, T: int) -> dict[str, Any]:
    """Seconds, peak memory and gap of one plan in a process of its own."""
    code = (
        "import json, re, time\n"
        "from pathlib import Path\n"
        "from benchmarks.spectra import plan_spectrum, spectrum, cosine\n"
        "start = time.process_time()\n"
        f"gap = plan_spectrum(spectrum({d}), {_S}, cosine({T})).gap\n"
        "spent = time.process_time() - start\n"
        # Linux. What getrusage tells would start from the memory of the process that forked.
        "status = Path('/proc/self/status').read_text()\n"
        "peak = int(re.search(r'VmHWM:\\s*(\\d+) kB', status)[1]) / 2**20\n"
        "print(json.dumps([spent, peak, gap]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    spent, peak, gap = json.loads(done.stdout)
    return {"d": d, "T": T, "seconds": spent, "peak_gib": peak, "gap": gap}


def lines() -> Iterator[Line]:
    """Measure scans and whole answers."""
    for d, T in ((64, 64), (192, 128), (16384, 64)):
        data, schedule = spectrum(d), cosine(T)
        theirs = hybrid_loops(data.variances, T, _S)
        ours = scan_hybrids(data, _S, schedule)
        least = float(np.nanmin(ours.w2_squared))
        if not math.isclose(theirs[0], least, rel_tol=1e-6):
            raise AssertionError(f"the two scans differ: {theirs}, {least}")
        loops = seconds(lambda lam=data.variances, T=T: hybrid_loops(lam, T, _S))
        jobs: dict[str, Callable[[], object]] = {
            "all hybrids": lambda data=data, schedule=schedule: scan_hybrids(data, _S, schedule),
            "`plan_spectrum` (plan, certified bound, all strategies)": (
                lambda data=data, schedule=schedule: plan_spectrum(data, _S, schedule)
            ),
        }
        for name, work in jobs.items():
            yield compare(f"{name}, d = {d}, T = {T}", seconds(work), _LOOPS, loops)


def growth() -> dict[str, Any]:
    """How the time of `plan_spectrum` grows with d and with T, and its largest task."""
    grow_d = [(d, _best_of(d, 64)) for d in (256, 512, 1024, 2048, 4096, 8192)]
    grow_T = [(T, _best_of(192, T)) for T in (32, 64, 128, 256, 512)]
    return {
        "d": {"T": 64, "points": grow_d, "exponent": fitted(grow_d)},
        "T": {"d": 192, "points": grow_T, "exponent": fitted(grow_T)},
        "large": [_large(192, 128), _large(16384, 64)],
    }


def _best_of(d: int, T: int, n: int = 3) -> float:
    data, schedule = spectrum(d), cosine(T)
    spent = []
    for _ in range(n):
        start = time.process_time()
        plan_spectrum(data, _S, schedule)
        spent.append(time.process_time() - start)
    return min(spent)
