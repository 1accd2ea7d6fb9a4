r"""One merge plan for a whole spectrum, with a certified gap (SPEC A7).

All coordinates share one plan, and the objective is the squared 2-Wasserstein distance between
what the student and the teacher make of ``z_T``,

.. math:: W_2^2 = \sum_i m_i\,v_{T,i}\,(M_i - C_i)^2,

with multiplicities ``m_i`` (``v_T = 1`` for the cosine schedule).

Coordinates fall in three classes by their steps t < T: S (all ``a_t <= 1``), L (all
``a_t >= 1``) and X (mixed). When all are S or all are L, a theorem names the optimum over all
plans; otherwise the best two-sided hybrid is the start of a search with a certified lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import require
from ..merge import difference
from ..numbers import FLOAT
from ..plan import MergePlan, boot, canonical_plans, hybrid, vanilla
from ..schedule import Schedule, require_schedule
from ..student import GradientFlow, training_time
from ..threshold import SpectrumTests, spectrum_tests, threshold_time
from ..verdict import Proved, Verdict
from .certify import bound_spectrum
from .classes import coordinate_classes
from .hybrids import HybridScan, SpectrumLike, chunks, listed, scan_hybrids
from .scalar import best_plan

__all__ = ["SpectrumResult", "plan_spectrum"]


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
        ``m_i v_{T,i}`` (times the importance): the objective is ``sum(weights * errors**2)``.
    classes : (n,) array of 'S', 'L', 'X'
        Class of every listed variance.
    optimality : Verdict
        Whether no plan at all is better.
    lower_bound : float
        Certified: no merge plan has a smaller objective.
    naive_bound : float
        At most the sum of the coordinates' own optima, with equality if none is of class X; only
        what is above it can be due to sharing one plan.
    tests : SpectrumTests
        First-order tests of the continuous-time theory.
    tau_star : float
        Threshold angle of the continuous-time theory, in [0, pi/2].
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
    lower_bound: float
    naive_bound: float
    tests: SpectrumTests
    tau_star: float
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
    def gap(self) -> float:
        """How much better another plan could be at most, relative to the lower bound."""
        if self.w2_squared <= self.lower_bound:
            return 0.0
        return _ratio(self.w2_squared, self.lower_bound) - 1

    @property
    def conflict(self) -> float:
        """At most this share of the loss is due to sharing one plan; 0 for a single variance."""
        if self.w2_squared == 0 or np.all(self.variances == self.variances[0]):
            return 0.0
        return max(0.0, 1 - self.naive_bound / self.w2_squared)

    @property
    def predicted_singles(self) -> float:
        """Number of single steps ``T tau*/(pi/2)`` that the continuous-time theory predicts."""
        return float(self.T * self.tau_star / (np.pi / 2))

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
    def noise_deviation(self) -> np.ndarray:
        """Standard deviation ``sqrt(v_T)`` of each coordinate of ``z_T``."""
        levels = self.schedule.levels(FLOAT)
        return np.sqrt(levels.alpha[-1] ** 2 * self.variances + levels.sigma[-1] ** 2)

    @property
    def relative(self) -> float:
        """Objective over the variance of the teacher's output, ``sum(weights * C**2)``."""
        return _ratio(self.w2_squared, float(self.weights @ self.composite**2))

    def __str__(self) -> str:
        from ..report.words import summary

        return summary(self)

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
            "lower_bound": self.lower_bound,
            "gap": self.gap if np.isfinite(self.gap) else None,
            "naive_bound": self.naive_bound,
            "conflict": self.conflict,
            "tau_star": self.tau_star,
            "tests": self.tests.to_dict(),
            "share_below_one": self.share_below_one,
            "classes": self.class_counts,
            "optimality": self.optimality.to_dict(),
        }


def _ratio(value: float, reference: float) -> float:
    if reference > 0:
        return value / reference
    return 1.0 if value == 0 else float("inf")


def plan_spectrum(spectrum: SpectrumLike, s: Any, schedule: Schedule) -> SpectrumResult:
    """Find the best plan for a spectrum, and bound how much better any other could be.

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
    ([1, 1, 5], {'S': 2, 'L': 1, 'X': 0}, 'proved')

    References
    ----------
    SPEC A7; theorems 1 and 2 of SPEC A6 for the proved cases.
    """
    wanted = "must be a Spectrum, as Spectrum([0.1, 5]) makes it"
    require(hasattr(spectrum, "variances"), "spectrum", wanted, spectrum)
    require_schedule(schedule)
    time = training_time(s)
    variances, times = listed(spectrum)
    T = schedule.T
    scan = scan_hybrids(spectrum, time, schedule)
    classes = coordinate_classes(variances, schedule)
    first = {**canonical_plans(T), "hybrid": hybrid(T, *scan.best)}
    # Equal values (all plans agree to the last bit) go to the simpler name first in `first`.
    values, _, _, _ = _evaluated(first, variances, times, schedule, time)
    start = first[min(values, key=values.__getitem__)]
    lam, place = np.unique(variances, return_inverse=True)
    merged = np.bincount(place, weights=times)
    kinds = classes[np.unique(variances, return_index=True)[1]]
    optimal, verdict = _optimality(classes, T)
    if optimal is None and len(lam) == 1:
        own = best_plan(lam[0], T, time, schedule)
        start = own.plan
        if isinstance(own.optimality, Proved):
            optimal, verdict = own.plan, own.optimality
    bound = bound_spectrum(lam, merged, kinds, schedule, GradientFlow(time), start)
    plan = bound.plan if optimal is None else optimal
    plans = {**canonical_plans(T), "best": plan}
    values, errors, composite, weights = _evaluated(plans, variances, times, schedule, time)
    return SpectrumResult(
        schedule=schedule,
        s=time,
        label=spectrum.label,
        variances=variances,
        multiplicities=np.asarray(spectrum.multiplicities),
        plan=plan,
        w2_squared=values["best"],
        canonical={name: values[name] for name in canonical_plans(T)},
        errors=errors,
        composite=composite,
        weights=weights,
        classes=classes,
        optimality=bound.optimality if verdict is None else verdict,
        lower_bound=min(bound.lower_bound, values["best"]) if optimal is None else values["best"],
        naive_bound=bound.naive_bound,
        tests=spectrum_tests(variances, times),
        tau_star=threshold_time(variances, times),
        scan=scan,
    )


def _evaluated(
    plans: dict[str, MergePlan],
    variances: np.ndarray,
    times: np.ndarray,
    schedule: Schedule,
    s: Fraction,
) -> tuple[dict[str, float], dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Objective and errors of some plans, the teacher's composite, and the weights."""
    errors = {name: np.empty(len(variances)) for name in plans}
    composite, weights = np.empty(len(variances)), np.empty(len(variances))
    for rows, chain, v_last in chunks(variances, schedule, s):
        composite[rows], weights[rows] = chain.C, v_last * times[rows]
        for name, plan in plans.items():
            errors[name][rows] = difference(plan, chain)
    values = {name: float(weights @ error**2) for name, error in errors.items()}
    finite = all(np.isfinite(list(values.values())))
    require(finite, "spectrum", "must give a finite objective", values)
    return values, errors, composite, weights


def _optimality(classes: np.ndarray, T: int) -> tuple[MergePlan | None, Verdict | None]:
    """The plan that a theorem proves optimal for the whole spectrum, if one does."""
    if np.all(classes == "S"):
        reason = "every coordinate has all a_t <= 1 (t < T): BOOT is best of all (theorem 1)"
        return boot(T), Proved(reason)
    if np.all(classes == "L"):
        reason = "every coordinate has all a_t >= 1 (t < T): vanilla is best of all (theorem 2)"
        return vanilla(T), Proved(reason)
    return None, None
