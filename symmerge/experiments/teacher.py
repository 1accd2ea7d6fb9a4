"""What students learn from: points of the noised mixture and where the teacher sends them.

The teacher is the closed-form velocity of :mod:`symmerge.flow`, integrated by classical
Runge-Kutta steps once per pool, not inside the training loop.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from ..flow.mixture import Mixture
from ..flow.score import score
from ..flow.transport import flow_map
from .settings import Setting
from .torch_extra import load_torch

__all__ = ["COARSE_STEPS", "Pairs", "mixture", "pushed", "stream"]

COARSE_STEPS = 10  # of the source's teacher in experiment 2, a column of its table
_RESOLUTION = 0.1
_FINE = 20_000


def stream(*parts: Any) -> int:
    """A seed below 2**63 for every purpose, independent of one another."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@lru_cache(maxsize=8)
def _means(K: int, d: int, box: float, seed: int) -> np.ndarray:
    # PyTorch's generator, for with seed 0 it gives the published diameter, 40.9973.
    torch = load_torch()
    unit = torch.rand(K, d, generator=torch.Generator().manual_seed(seed))
    return np.asarray((2 * box * unit - box).numpy(), dtype=float)


def mixture(setting: Setting, sigma0: float) -> Mixture:
    """The mixture of an experiment."""
    means = _means(setting.K, setting.d, setting.box, setting.mean_seed)
    return Mixture(means, sigma0=repr(sigma0), beta=repr(setting.beta))


def pushed(mixture: Mixture, x: np.ndarray, start: float, end: float) -> np.ndarray:
    """Where the flow sends points, by steps of even size in ``beta t + |ln s_t|``.

    Steps of even time blow up for small sigma0: near the data the velocity's slope is
    ``beta / sigma0^2``.
    """
    if start == end:
        return x
    v0, s0 = float(mixture.variance(0)), float(mixture.sigma0)
    beta = float(mixture.beta)
    low, high = min(start, end), max(start, end)
    # Times at which ln s_t^2 is evenly spaced, and evenly spaced times.
    times = np.linspace(low, high, _FINE)
    if s0 != 1:
        first, last = (math.log(mixture.variance(t)) for t in (low, high))
        even = np.exp(np.linspace(first, last, _FINE))
        # s_t^2 - sigma0^2 = (1 - sigma0^2) (1 - e^{-2 beta t}), solved for t
        gone = np.clip((even - v0) / (1 - v0), 0, None)
        graded = -np.log1p(-np.minimum(gone, 1 - 1e-15)) / (2 * beta)
        times = np.unique(np.clip(np.concatenate([times, graded]), low, high))
    variances = v0 + (1 - v0) * -np.expm1(-2 * beta * times)
    path = beta * times + np.abs(np.log(variances / v0)) / 2
    count = max(4, math.ceil((path[-1] - path[0]) / _RESOLUTION))
    nodes = np.interp(np.linspace(path[0], path[-1], count + 1), path, times)
    nodes[0], nodes[-1] = low, high
    if start > end:
        nodes = nodes[::-1]
    for a, b in pairwise(nodes):
        x = flow_map(mixture, x, float(a), float(b), 1)
    return x


@dataclass
class Pairs:
    """Teacher pairs of a setting; those of the last map are kept.

    Two sets of students that learn the same map from the same seed learn from the same pairs.
    """

    setting: Setting
    _kept: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def _cached(self, name: str, key: Any, make: Callable[[], Any]) -> Any:
        if self._kept.get(name, (None, None))[0] != key:
            self._kept.pop(name, None)  # before the new one, for memory
            self._kept[name] = key, make()
        return self._kept[name][1]

    def _fresh(
        self, target: str, sigma0: float, start: float, end: float, key: Any, count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Points of ``p_start``, others for every `key`, and the teacher's answers.

        `target` is 'score'; 'accurate', the flow map; or 'coarse', the map as the source
        computes it in experiment 2, by ten Runge-Kutta steps of even time.
        """
        flow = mixture(self.setting, sigma0)
        rng = np.random.default_rng(stream("points", self.setting.size, sigma0, start, key))
        x = flow.sample(count, rng, start)
        if target == "score":
            return x, score(flow, x, start)
        if target == "coarse":
            return x, flow_map(flow, x, start, end, COARSE_STEPS)
        return x, pushed(flow, x, start, end)

    def pools(
        self, target: str, sigma0: float, times: tuple[float, ...], seed: int
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Pairs to learn from, in float32, for every two neighbouring times."""

        def make() -> list[tuple[np.ndarray, np.ndarray]]:
            found = []
            for end, start in pairwise(times):
                x, y = self._fresh(target, sigma0, start, end, seed, self.setting.pool)
                found.append((x.astype(np.float32), y.astype(np.float32)))
            return found

        return self._cached("pools", (target, sigma0, times, seed), make)

    def trail(self, target: str, sigma0: float, times: tuple[float, ...]) -> list[np.ndarray]:
        """Points to measure on: fresh ones at the last time, and where they are at earlier ones."""

        def make() -> list[np.ndarray]:
            start, flow = times[::-1], mixture(self.setting, sigma0)
            count = self.setting.points
            found = list(self._fresh(target, sigma0, start[0], start[1], "measured", count))
            for before, after in pairwise(start[1:]):
                found.append(pushed(flow, found[-1], before, after))
            return found

        return self._cached("trail", (target, sigma0, times), make)
