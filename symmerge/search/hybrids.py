r"""Every two-sided hybrid of a spectrum at once (SPEC A7).

A segmentation of 1..T-1 has

.. math:: \log\frac{M}{C} = \sum_{\text{seg}} \log\bigl(1 + g_T(1/C_{\text{seg}} - 1)\bigr),

so every hybrid ``1×k | one block | 1×m`` is a prefix sum, one block and a suffix sum: all of them
cost O(T^2 d). Where ``C`` vanishes (a constant coordinate) the error is M itself,
``log M = log a_T + sum_seg log((1-g_T) C_seg + g_T)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from ..chain import Chain, gradient_flow_chain
from ..errors import require
from ..merge import Operator, learned
from ..numbers import FLOAT
from ..schedule import Schedule
from ..student import training_time
from ..teacher import Teacher

__all__ = ["HybridScan", "SpectrumLike", "chunks", "hybrid_errors", "listed", "scan_hybrids"]

MOST_STEPS = 2048
_NUMBERS_AT_ONCE = 2**18
_LOG_SMALLEST_COMPOSITE = -650.0  # below, 1/C would overflow a float64


class SpectrumLike(Protocol):
    """What a spectrum must offer: see :class:`symmerge.spectrum.Spectrum`."""

    @property
    def variances(self) -> np.ndarray:
        """Variances (d,), >= 0."""
        ...

    @property
    def multiplicities(self) -> np.ndarray:
        """How often each occurs (d,)."""
        ...

    @property
    def importance(self) -> np.ndarray:
        """Weight of one such coordinate in the objective (n,)."""
        ...

    @property
    def label(self) -> str:
        """Name for reports."""
        ...


@dataclass(frozen=True, eq=False)
class HybridScan:
    """Objective of every two-sided hybrid.

    Attributes
    ----------
    w2_squared : (T-1, T-1) array
        Entry (k, m) belongs to ``hybrid(T, k, m)``; NaN where ``k + m > T - 2``.
    """

    w2_squared: np.ndarray

    @property
    def T(self) -> int:
        """Number of teacher steps."""
        return len(self.w2_squared) + 1

    @property
    def count(self) -> int:
        """Number of pairs (k, m) scanned."""
        return self.T * (self.T - 1) // 2

    @property
    def best(self) -> tuple[int, int]:
        """``(k, m)`` of the smallest objective; ties go to fewer merges."""
        values = self.w2_squared
        least = np.nanmin(values)
        k, m = min(np.argwhere(values == least).tolist(), key=lambda pair: (sum(pair), pair))
        return int(k), int(m)


def scan_hybrids(spectrum: SpectrumLike, s: Any, schedule: Schedule) -> HybridScan:
    """Objective ``W2^2`` of every two-sided hybrid, in O(T^2 d) time and O(T^2) memory."""
    time = training_time(s)
    variances, times = listed(spectrum)
    T = schedule.T
    require(2 <= T <= MOST_STEPS, "T", f"must be at most {MOST_STEPS} for the hybrid scan", T)
    total = np.zeros((T - 1, T - 1))
    for rows, chain, v_last in chunks(variances, schedule, time):
        weights = v_last * times[rows]
        with FLOAT.working():
            vanishing = chain.composite < _LOG_SMALLEST_COMPOSITE
        for mask, kernel in ((~vanishing, _relative_kernel), (vanishing, _absolute_kernel)):
            if mask.any():
                kernel(_columns(chain, mask)).add_to(total, weights[mask])
    k, m = np.indices(total.shape)
    return HybridScan(np.where(k + m <= T - 2, total, np.nan))


@dataclass(frozen=True)
class _Kernel:
    """How segments combine: add ``log_factor`` of each segment's composite, then ``deviation``."""

    chain: Chain
    log_factor: Any
    deviation: Any

    def errors(self) -> Iterator[tuple[int, np.ndarray]]:
        """For k = 0, 1, …: k, and ``M - C`` of the hybrids (k, 0), (k, 1), … in rows."""
        steps = np.array(self.chain.composites[:-1])
        n = len(steps)
        singles = self.log_factor(steps)
        nothing = np.zeros((1, steps.shape[1]))
        before = np.concatenate([nothing, np.cumsum(singles, axis=0)])
        after = np.concatenate([nothing, np.cumsum(singles[::-1], axis=0)])
        for k in range(n):
            # Row m: m singles at the end, so a block of n - k - m steps after k singles.
            blocks = self.log_factor(np.cumsum(steps[k:], axis=0))[::-1]
            yield k, self.deviation(before[k] + blocks + after[: n - k])

    def add_to(self, total: np.ndarray, weights: np.ndarray) -> None:
        """Add the weighted squared errors of all hybrids to the table (k, m)."""
        with FLOAT.working():
            for k, error in self.errors():
                total[k, : len(error)] += error**2 @ weights


def hybrid_errors(chain: Chain) -> Iterator[tuple[int, np.ndarray]]:
    """For k = 0, 1, …: k, and ``M - C`` (m, d) of the hybrids (k, m) of one chain (T, d)."""
    with FLOAT.working():
        vanishing = chain.composite < _LOG_SMALLEST_COMPOSITE
        parts = [
            (mask, kernel(_columns(chain, mask)).errors())
            for mask, kernel in ((~vanishing, _relative_kernel), (vanishing, _absolute_kernel))
            if mask.any()
        ]
        for k in range(chain.T - 1):
            found = np.empty((chain.T - 1 - k, len(vanishing)))
            for mask, errors in parts:
                found[:, mask] = next(errors)[1]
            yield k, found


def _relative_kernel(chain: Chain) -> _Kernel:
    """Work with ``log(M/C)``, so that ``M - C`` never subtracts nearly equal numbers."""
    g, h, C = chain.g[-1], chain.h[-1], chain.C

    def log_factor(c: np.ndarray) -> np.ndarray:
        return FLOAT.log1p(learned(0.0, FLOAT.inverse_minus_one(c), g, h))

    return _Kernel(chain, log_factor, lambda total: C * FLOAT.expm1(total))


def _absolute_kernel(chain: Chain) -> _Kernel:
    """Work with ``log M`` where C vanishes or nearly does, so that the error is M."""
    student, T, C = Operator(chain), chain.T, chain.C

    def log_factor(c: np.ndarray) -> np.ndarray:
        return FLOAT.log(student.node(FLOAT.composite_value(c), 1.0, T))

    return _Kernel(chain, log_factor, lambda total: chain.a[-1] * FLOAT.exp(total) - C)


def _columns(chain: Chain, mask: np.ndarray) -> Chain:
    """The chain of some of the coordinates."""
    rows = {name: getattr(chain, name)[:, mask] for name in ("x", "a", "g", "h")}
    return replace(chain, **rows, teacher=None)


def chunks(
    variances: np.ndarray, schedule: Schedule, s: Fraction
) -> Iterator[tuple[slice, Chain, np.ndarray]]:
    """Chains of slices of the spectrum with their ``v_T``, so that memory stays bounded."""
    size = max(1, _NUMBERS_AT_ONCE // schedule.T)
    for start in range(0, len(variances), size):
        rows = slice(start, start + size)
        with FLOAT.working():
            v_last = Teacher(schedule, variances[rows], FLOAT).v[-1]
        chain = gradient_flow_chain(schedule, variances[rows], s)
        yield rows, chain, v_last


def listed(spectrum: SpectrumLike) -> tuple[np.ndarray, np.ndarray]:
    """Variances, and what each weighs in the objective (multiplicity times importance)."""
    variances = np.asarray(spectrum.variances, dtype=float)
    multiplicities = np.asarray(spectrum.multiplicities, dtype=float)
    listed = variances.ndim == 1 and variances.size > 0
    require(listed, "spectrum", "must be a list of variances", variances.shape)
    same = multiplicities.shape == variances.shape
    require(same, "multiplicities", "must be as many as the variances", multiplicities.shape)
    fine = bool(np.all(np.isfinite(variances) & (variances >= 0)))
    require(fine, "spectrum", "must hold finite variances >= 0", variances)
    require(bool(np.all(multiplicities > 0)), "multiplicities", "must be > 0", multiplicities)
    importance = np.asarray(spectrum.importance, dtype=float)
    positive = bool(np.all(np.isfinite(importance) & (importance > 0)))
    require(positive, "importance", "must be finite and > 0", importance)
    return variances, multiplicities * importance
