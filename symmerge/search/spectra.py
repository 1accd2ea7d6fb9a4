r"""One merge plan for a whole spectrum: the two-sided hybrid scan (SPEC A7).

All coordinates share one plan, and the objective is the squared 2-Wasserstein distance between
what the student and the teacher make of ``z_T``,

.. math:: W_2^2 = \sum_i m_i\,v_{T,i}\,(M_i - C_i)^2,

with multiplicities ``m_i`` (``v_T = 1`` for the cosine schedule). A segmentation of 1..T-1 has

.. math:: \log\frac{M}{C} = \sum_{\text{seg}} \log\bigl(1 + g_T(1/C_{\text{seg}} - 1)\bigr),

so every hybrid ``1×k | one block | 1×m`` is a prefix sum, one block and a suffix sum: all of them
cost O(T^2 d). Where ``C`` vanishes (a constant coordinate) the error is M itself,
``log M = log a_T + sum_seg log((1-g_T) C_seg + g_T)``.

Coordinates fall in three classes by their steps t < T: S (all ``a_t <= 1``), L (all
``a_t >= 1``) and X (mixed). When all are S or all are L, a theorem names the optimum over *all*
plans; otherwise the best hybrid is a strong candidate without proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from ..chain import Chain, gradient_flow_chain
from ..errors import require
from ..merge import Operator, difference, learned
from ..numbers import EXACT, FLOAT, balls, exact
from ..plan import MergePlan, canonical_plans, hybrid
from ..schedule import Schedule
from ..student import training_time
from ..teacher import Teacher
from ..verdict import Proved, Undecided, Verdict

__all__ = ["HybridScan", "SpectrumResult", "coordinate_classes", "plan_spectrum", "scan_hybrids"]

MOST_STEPS = 2048
_NUMBERS_AT_ONCE = 2**18
_LOG_SMALLEST_COMPOSITE = -650.0  # below, 1/C would overflow a float64
_CLOSE = 1e-9


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


@dataclass(frozen=True, eq=False)
class SpectrumResult:
    """The recommended plan for a spectrum, what the alternatives cost, and how sure that is.

    Attributes
    ----------
    plan : MergePlan
        The recommendation.
    w2_squared : float
        Its objective.
    canonical : dict of str to float
        Objective of the four strategies of the literature.
    errors : dict of str to (n,) array
        ``M - C`` per listed variance for ``"best"`` and the canonical strategies.
    composite : (n,) array
        The teacher's ``C``.
    weights : (n,) array
        ``m_i v_{T,i}``: the objective is ``sum(weights * errors**2)``.
    classes : (n,) array of 'S', 'L', 'X'
        Class of every listed variance.
    optimality : Verdict
        Whether no plan at all is better.
    scan : HybridScan
        Objective of all two-sided hybrids.
    """

    schedule: Schedule
    s: Fraction
    label: str
    variances: np.ndarray = attribute(repr=False)
    multiplicities: np.ndarray = attribute(repr=False)
    plan: MergePlan
    w2_squared: float
    canonical: dict[str, float]
    errors: dict[str, np.ndarray] = attribute(repr=False)
    composite: np.ndarray = attribute(repr=False)
    weights: np.ndarray = attribute(repr=False)
    classes: np.ndarray = attribute(repr=False)
    optimality: Verdict
    scan: HybridScan = attribute(repr=False)

    @property
    def T(self) -> int:
        """Number of teacher steps."""
        return self.schedule.T

    @property
    def d(self) -> int:
        """Number of coordinates, multiplicities counted."""
        return int(self.multiplicities.sum())

    @property
    def segments(self) -> list[int] | None:
        """Block lengths of the plan, clean to noisy; None when it is not a segmentation."""
        return self.plan.segments

    @property
    def ratios(self) -> dict[str, float]:
        """Canonical objectives divided by the plan's; infinite where only the plan's vanishes."""
        return {name: _ratio(value, self.w2_squared) for name, value in self.canonical.items()}

    @property
    def best_canonical(self) -> str:
        """Name of the best strategy of the literature."""
        return min(self.canonical, key=self.canonical.__getitem__)

    @property
    def worst_canonical(self) -> str:
        """Name of the worst strategy of the literature."""
        return max(self.canonical, key=self.canonical.__getitem__)

    @property
    def share_below_one(self) -> float:
        """Share of coordinates with variance at most 1."""
        return float(self.multiplicities[self.variances <= 1].sum() / self.multiplicities.sum())

    @property
    def class_counts(self) -> dict[str, int]:
        """Number of coordinates per class."""
        return {name: int(self.multiplicities[self.classes == name].sum()) for name in "SLX"}

    @property
    def relative(self) -> float:
        """Objective over the variance of the teacher's output, ``sum(weights * C**2)``."""
        return _ratio(self.w2_squared, float(self.weights @ self.composite**2))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "schema": "symmerge.spectrum_plan",
            "version": 1,
            "data": self.label,
            "d": self.d,
            "T": self.T,
            "s": str(self.s),
            "schedule": self.schedule.to_dict(),
            "plan": str(self.plan),
            "name": self.plan.name,
            "segments": self.segments,
            "w2_squared": self.w2_squared,
            "w2_relative": self.relative,
            "canonical": dict(self.canonical),
            "ratios": {
                name: value if np.isfinite(value) else None for name, value in self.ratios.items()
            },
            "share_below_one": self.share_below_one,
            "classes": self.class_counts,
            "optimality": self.optimality.to_dict(),
        }


def _ratio(value: float, reference: float) -> float:
    if reference > 0:
        return value / reference
    return 1.0 if value == 0 else float("inf")


def plan_spectrum(spectrum: SpectrumLike, s: Any, schedule: Schedule) -> SpectrumResult:
    """Find the best plan for a spectrum among all two-sided hybrids and the canonical strategies.

    Parameters
    ----------
    spectrum : Spectrum
        Variances (zeros allowed) with multiplicities.
    s : number >= 0
        Dimensionless training time per merge (gradient flow, SPEC A2).
    schedule : Schedule
        Noise schedule over T <= 2048 steps.

    Raises
    ------
    InputError
        For a bad spectrum, a negative training time, or too many steps.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> from symmerge.spectrum import Spectrum
    >>> result = plan_spectrum(Spectrum([0.1, 0.5, 5]), 3, cosine(8))
    >>> result.segments, result.class_counts, result.optimality.status
    ([1, 1, 5], {'S': 2, 'L': 1, 'X': 0}, 'undecided')

    References
    ----------
    SPEC A7; theorems 1 and 2 of SPEC A6 for the proved cases.
    """
    time = training_time(s)
    variances, multiplicities = _checked(spectrum)
    T = schedule.T
    scan = scan_hybrids(spectrum, time, schedule)
    canonical = canonical_plans(T)
    candidates = {**canonical, "hybrid": hybrid(T, *scan.best)}
    errors = {name: np.empty(len(variances)) for name in candidates}
    composite, weights = np.empty(len(variances)), np.empty(len(variances))
    for rows, chain, v_last in _chunks(variances, schedule, time):
        composite[rows], weights[rows] = chain.C, v_last * multiplicities[rows]
        for name, plan in candidates.items():
            errors[name][rows] = difference(plan, chain)
    values = {name: float(weights @ error**2) for name, error in errors.items()}
    require(
        all(np.isfinite(list(values.values()))), "spectrum", "must give a finite objective", values
    )
    classes = coordinate_classes(variances, schedule)
    optimal, verdict = _optimality(classes, multiplicities, T, scan.count)
    # Equal values (all plans agree to the last bit) go to the simpler name first in `canonical`.
    chosen = optimal or min(values, key=values.__getitem__)
    return SpectrumResult(
        schedule=schedule,
        s=time,
        label=spectrum.label,
        variances=variances,
        multiplicities=multiplicities,
        plan=candidates[chosen],
        w2_squared=values[chosen],
        canonical={name: values[name] for name in canonical},
        errors={"best": errors[chosen], **{name: errors[name] for name in canonical}},
        composite=composite,
        weights=weights,
        classes=classes,
        optimality=verdict,
        scan=scan,
    )


def scan_hybrids(spectrum: SpectrumLike, s: Any, schedule: Schedule) -> HybridScan:
    """Objective ``W2^2`` of every two-sided hybrid, in O(T^2 d) time and O(T^2) memory."""
    time = training_time(s)
    variances, multiplicities = _checked(spectrum)
    T = schedule.T
    require(2 <= T <= MOST_STEPS, "T", f"must be at most {MOST_STEPS} for the hybrid scan", T)
    total = np.zeros((T - 1, T - 1))
    for rows, chain, v_last in _chunks(variances, schedule, time):
        weights = v_last * multiplicities[rows]
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

    def add_to(self, total: np.ndarray, weights: np.ndarray) -> None:
        """Add the weighted squared errors of all hybrids to the table (k, m)."""
        steps = np.array(self.chain.composites[:-1])
        n = len(steps)
        with FLOAT.working():
            singles = self.log_factor(steps)
            nothing = np.zeros((1, steps.shape[1]))
            before = np.concatenate([nothing, np.cumsum(singles, axis=0)])
            after = np.concatenate([nothing, np.cumsum(singles[::-1], axis=0)])
            for k in range(n):
                # Row r: a block of r + 1 steps after k singles, so n - k - 1 - r singles follow.
                blocks = self.log_factor(np.cumsum(steps[k:], axis=0))
                error = self.deviation(before[k] + blocks + after[n - k - 1 :: -1])
                total[k, n - k - 1 :: -1] += error**2 @ weights


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


def _chunks(
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


def _checked(spectrum: SpectrumLike) -> tuple[np.ndarray, np.ndarray]:
    """Variances and multiplicities as float64 arrays that the scan can trust."""
    variances = np.asarray(spectrum.variances, dtype=float)
    multiplicities = np.asarray(spectrum.multiplicities, dtype=float)
    listed = variances.ndim == 1 and variances.size > 0
    require(listed, "spectrum", "must be a list of variances", variances.shape)
    same = multiplicities.shape == variances.shape
    require(same, "multiplicities", "must be as many as the variances", multiplicities.shape)
    fine = bool(np.all(np.isfinite(variances) & (variances >= 0)))
    require(fine, "spectrum", "must hold finite variances >= 0", variances)
    require(bool(np.all(multiplicities > 0)), "multiplicities", "must be > 0", multiplicities)
    return variances, multiplicities


def coordinate_classes(variances: np.ndarray, schedule: Schedule) -> np.ndarray:
    """Class of each variance: S if all ``a_t <= 1``, L if all ``a_t >= 1``, else X, over t < T.

    Floats within 1e-9 of a threshold are decided in exact arithmetic where the schedule has exact
    levels and with Arb enclosures otherwise; one that stays undecided counts as X.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> coordinate_classes(np.array([0.0, 1.0, 1.5, 2.5]), cosine(8))
    array(['S', 'S', 'X', 'L'], dtype='<U1')
    """
    thresholds = Teacher(schedule, 1.0, FLOAT).thresholds[:-1]
    known = [value for value in thresholds if value is not None]
    if not known:  # variance exploding: every step shrinks
        return np.full(len(variances), "S")
    low = float(min(known))
    high = float(max(known)) if len(known) == len(thresholds) else float("inf")
    classes = np.where(variances <= low, "S", np.where(variances >= high, "L", "X"))
    edges = [(low, "S", -1), (high, "L", 1)]
    for edge, name, sign in edges if np.isfinite(high) else edges[:1]:
        for i in np.flatnonzero(np.abs(variances - edge) <= _CLOSE * edge):
            certain = _side(exact(float(variances[i])), schedule, name == "S") in (0, sign)
            classes[i] = name if certain else "X"
    return classes


def _side(lam: Fraction, schedule: Schedule, lowest: bool) -> int | None:
    """Sign of ``lam`` minus the lowest (or highest) threshold over t < T; None if undecidable."""
    for field in [EXACT] if schedule.rational else [balls(256), balls(4096)]:
        with field.working():
            value = field.number(lam)
            thresholds = Teacher(schedule, value, field).thresholds[:-1]
            known = [threshold for threshold in thresholds if threshold is not None]
            edge = field.minimum(known) if lowest else field.maximum(known)
            sign = field.sign(value - edge)
        if sign is not None:
            return sign
    return None


def _optimality(
    classes: np.ndarray, multiplicities: np.ndarray, T: int, scanned: int
) -> tuple[str | None, Verdict]:
    """Name of the plan that a theorem proves optimal, if any, and the verdict."""
    if np.all(classes == "S"):
        reason = "every coordinate has all a_t <= 1 (t < T): BOOT is best of all (theorem 1)"
        return "boot", Proved(reason)
    if np.all(classes == "L"):
        reason = "every coordinate has all a_t >= 1 (t < T): vanilla is best of all (theorem 2)"
        return "vanilla", Proved(reason)
    reason = (
        f"best of all {scanned} two-sided hybrids and the four canonical plans; "
        "with a DDIM teacher hybrids are not always optimal"
    )
    mixed = int(multiplicities[classes == "X"].sum())
    if mixed:
        count = int(multiplicities.sum())
        reason += f", and {mixed} of {count} coordinates have steps on both sides of 1"
    return None, Undecided(reason)
