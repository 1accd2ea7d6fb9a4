"""Score of a mixture at a million points: against NumPy as one would write it first, with memory.

64 dimensions, 20 components, as in the source's experiments.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from symmerge.flow.mixture import Mixture
from symmerge.flow.score import score

from .measure import Line, compare, seconds

__all__ = ["broadcast_score", "chunked_score", "lines", "memory", "product_score", "setting"]

_TIME, _CHUNK = 0.2, 10_000
_POINTS, _FEW = 1_000_000, 100_000  # whole arrays need 10 GB each at a million points


def setting(count: int) -> tuple[Mixture, np.ndarray]:
    """Means uniform in [-5, 5]^64, equal weights, unit width; points of ``p_t``."""
    rng = np.random.default_rng(0)
    mixture = Mixture(rng.uniform(-5, 5, (20, 64)), sigma0=1, beta=5)
    return mixture, mixture.sample(count, rng, _TIME)


def broadcast_score(mixture: Mixture, x: np.ndarray, t: float) -> np.ndarray:
    """The formula written down with arrays of N x K x d numbers."""
    means, v = mixture.signal(t) * mixture.means, mixture.variance(t)
    gaps = means[None, :, :] - x[:, None, :]
    logits = np.log(mixture.weights) - (gaps**2).sum(axis=2) / (2 * v)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((weights[:, :, None] * gaps).sum(axis=1) / v)


def chunked_score(mixture: Mixture, x: np.ndarray, t: float) -> np.ndarray:
    """The same in a loop over chunks of points."""
    parts = [broadcast_score(mixture, x[k : k + _CHUNK], t) for k in range(0, len(x), _CHUNK)]
    return np.concatenate(parts)


def product_score(mixture: Mixture, x: np.ndarray, t: float) -> np.ndarray:
    """With squares expanded, as matrix products of whole arrays: what an expert writes first."""
    means, v = mixture.signal(t) * mixture.means, mixture.variance(t)
    logits = np.log(mixture.weights) + (x @ means.T - (means**2).sum(axis=1) / 2) / v
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((weights @ means - x) / v)


_Score = Callable[[Mixture, np.ndarray, float], np.ndarray]
_BASELINES: tuple[tuple[str, _Score, int], ...] = (
    (f"NumPy broadcasting in chunks of {_CHUNK} points", chunked_score, _POINTS),
    ("matrix products of whole arrays", product_score, _POINTS),
    ("NumPy broadcasting of all points at once", broadcast_score, _FEW),
)


def lines() -> Iterator[Line]:
    """Measure."""
    for name, theirs, count in _BASELINES:
        mixture, x = setting(count)
        if not np.allclose(score(mixture, x[:_CHUNK], _TIME), theirs(mixture, x[:_CHUNK], _TIME)):
            raise AssertionError("the two scores differ")
        yield compare(
            f"`score` of a mixture, {count:,} points, d = 64, K = 20",
            seconds(lambda mixture=mixture, x=x: score(mixture, x, _TIME)),
            name,
            seconds(lambda mixture=mixture, x=x, theirs=theirs: theirs(mixture, x, _TIME)),
        )


def memory() -> list[dict[str, Any]]:
    """Peak memory on top of the points, the answer included, in processes of their own."""
    ours = [("`score`", score, count) for count in (_POINTS, _FEW)]
    return [
        {"name": name, "points": count, "extra_gib": _extra(way.__name__, count)}
        for name, way, count in (*ours, *_BASELINES)
    ]


def _extra(way: str, count: int) -> float:
    code = (
        "import json, re\n"
        "from pathlib import Path\n"
        f"from benchmarks.flow import setting, {way}\n"
        # Linux. What getrusage tells would start from the memory of the process that forked.
        "def status(key):\n"
        "    text = Path('/proc/self/status').read_text()\n"
        "    return int(re.search(key + r':\\s*(\\d+) kB', text)[1]) / 2**20\n"
        f"mixture, x = setting({count})\n"
        f"{way}(mixture, x[:1000], {_TIME})\n"
        "Path('/proc/self/clear_refs').write_text('5')\n"  # the peak starts anew
        "before = status('VmRSS')\n"
        f"{way}(mixture, x, {_TIME})\n"
        "print(json.dumps(status('VmHWM') - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return float(json.loads(done.stdout))
