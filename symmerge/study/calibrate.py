r"""From a few measured runs to the other plans: fit the effective training time, with error bars.

Runs of the same number of steps per merge share one training time s, fitted by least squares in the
logarithm of the error. What the fit misses is the misfit: with n runs its variance is estimated by
:math:`\tau^2 = RSS/(n-1)`, and a plan's predicted error has the interval of linear regression

.. math:: \log E \pm q\sqrt{1 + J^2/\textstyle\sum_i J_i^2},\qquad
   q = \max(t_{n-1}\,\tau,\ z\,\sigma),\qquad J = \partial \log E/\partial \log s ,

where t and z are quantiles of Student's and the normal distribution, and :math:`\sigma` is the
relative standard error of the runs (0 if they have none). The larger of the two covers at least as
often as it says. One run alone shows no misfit; its intervals hold its standard error only, and say
so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import combinations, pairwise
from math import log
from typing import Any

import mpmath
import numpy as np

from ..errors import require
from ..plan import MergePlan, canonical_plans, hybrid
from .pilot import Pilot, PilotRun, read_pilot
from .predict import flow_error, flow_errors, measured_error

__all__ = [
    "LEVEL",
    "Calibration",
    "Fit",
    "Pilot",
    "PilotRun",
    "Prediction",
    "calibrate",
    "normal_quantile",
    "read_pilot",
    "student_quantile",
]

LEVEL = 0.8
_GRID = np.geomspace(1e-4, 30, 161)
_LEAST = 1e-250
# Contradictions by chance, if the theory and the standard errors are right.
_FALSE_ALARM = 1e-3
# Relative standard error of runs that give none, where it is asked what they contradict.
_ASSUMED = 0.05


@lru_cache
def student_quantile(freedom: int, level: float = LEVEL) -> float:
    """Two-sided quantile of Student's t distribution.

    Examples
    --------
    >>> [round(student_quantile(n), 3) for n in (1, 2, 3)]
    [3.078, 1.886, 1.638]
    """

    def beyond(t: float) -> Any:
        x = freedom / (freedom + t * t)
        return mpmath.betainc(mpmath.mpf(freedom) / 2, 0.5, 0, x, regularized=True) - (1 - level)

    return float(mpmath.findroot(beyond, (0.5, 50), solver="anderson", tol=1e-12))


@lru_cache
def normal_quantile(level: float = LEVEL) -> float:
    """Two-sided quantile of the normal distribution.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    return float(mpmath.sqrt(2) * mpmath.erfinv(level))


@dataclass(frozen=True)
class Prediction:
    """Predicted error of a plan; `low` and `high` bound it at the level 0.8, if anything does."""

    plan: MergePlan
    error: float
    low: float | None
    high: float | None
    measured: float | None = None

    @property
    def name(self) -> str:
        """Name of the strategy, or the plan itself."""
        return self.plan.name or str(self.plan)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "plan": str(self.plan),
            "name": self.name,
            "error": self.error,
            "low": self.low,
            "high": self.high,
            "measured": self.measured,
        }


@dataclass(frozen=True, eq=False)
class Fit:
    """Fit to the runs of one number of steps.

    Attributes
    ----------
    steps : int
    s : float
        Effective training time per merge.
    s_low, s_high : float or None
        Interval at the level 0.8.
    misfit : float or None
        Factor by which errors scatter about the fit (one standard deviation); None for one run.
    chance : float or None
        Probability that measurement errors alone make a misfit as large.
    log_error : float
        One standard deviation of ``log s``. In both, runs without a standard error count as
        measured to 5 %.
    predictions : tuple of Prediction
        In increasing order of the predicted error.
    """

    steps: int
    s: float
    s_low: float | None
    s_high: float | None
    misfit: float | None
    chance: float | None
    log_error: float
    predictions: tuple[Prediction, ...]

    def of(self, plan: MergePlan) -> Prediction:
        """Prediction for one plan."""
        found = [prediction for prediction in self.predictions if prediction.plan == plan]
        require(bool(found), "plan", "must be among those predicted", str(plan))
        return found[0]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "steps": self.steps,
            "s": self.s,
            "s_low": self.s_low,
            "s_high": self.s_high,
            "misfit": self.misfit,
            "chance": self.chance,
            "predictions": [found.to_dict() for found in self.predictions],
        }


@dataclass(frozen=True, eq=False)
class Calibration:
    """What pilot runs say about the other plans, and about the theory.

    Attributes
    ----------
    fits : tuple of Fit
        One per number of steps.
    algebra : tuple of (name, steps, measured, predicted)
        Runs with measured contractions: their error, and what the algebra of merging makes of the
        contractions.
    contradictions : tuple of str
        Where the data contradict the theory.
    limits : tuple of str
        What the intervals do not hold.
    """

    pilot: Pilot
    fits: tuple[Fit, ...]
    algebra: tuple[tuple[str, int, float, float], ...]
    contradictions: tuple[str, ...]
    limits: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "schema": "symmerge.calibration",
            "version": 1,
            "T": self.pilot.schedule.T,
            "schedule": self.pilot.schedule.kind,
            "optimiser": self.pilot.optimiser,
            "network": self.pilot.network,
            "level": LEVEL,
            "fits": [fit.to_dict() for fit in self.fits],
            "algebra": [
                {"plan": name, "steps": steps, "measured": measured, "predicted": predicted}
                for name, steps, measured, predicted in self.algebra
            ],
            "contradictions": list(self.contradictions),
            "limits": list(self.limits),
        }

    def __str__(self) -> str:
        lines = []
        for fit in self.fits:
            bounds = "" if fit.s_low is None else f", in [{fit.s_low:.3g}, {fit.s_high:.3g}]"
            lines.append(f"{fit.steps} steps per merge: training time s = {fit.s:.3g}{bounds}")
            if fit.misfit is not None:
                lines.append(f"  misfit: measured errors are off by a factor {fit.misfit:.3g}")
            width = max(len(found.name) for found in fit.predictions)
            for found in fit.predictions:
                bounds = "" if found.low is None else f"  [{found.low:.3g}, {found.high:.3g}]"
                seen = "" if found.measured is None else f"  measured {found.measured:.4g}"
                lines.append(f"  {found.name:{width}}  {found.error:.4g}{bounds}{seen}")
        for name, steps, measured, predicted in self.algebra:
            lines.append(
                f"algebra of merging with the measured contractions, {name}, {steps} steps: "
                f"{predicted:.4g}, measured {measured:.4g}"
            )
        if self.contradictions:
            lines.append("the data contradict the theory:")
            lines += [f"  - {text}" for text in self.contradictions]
        else:
            lines.append("nothing here contradicts the theory")
        lines += [f"note: {text}" for text in self.limits]
        return "\n".join(lines)


class _Curve:
    """Logarithm of a plan's predicted error against that of the training time."""

    def __init__(self, pilot: Pilot, plan: MergePlan) -> None:
        self._errors = partial(flow_errors, plan, pilot.spectrum, pilot.schedule)
        # All plans start from the same student.
        start = float(self._errors(np.zeros(1))[0])
        self.offset = 0.0 if pilot.untrained is None else float(np.log(pilot.untrained / start))

    def at(self, log_s: np.ndarray) -> np.ndarray:
        """Values at several logarithms of the training time."""
        return np.asarray(self.offset + np.log(np.maximum(self._errors(np.exp(log_s)), _LEAST)))

    def __call__(self, log_s: float) -> float:
        return float(self.at(np.array([log_s]))[0])

    def slope(self, log_s: float) -> float:
        """Derivative, by central differences."""
        low, high = self.at(log_s + np.array([-1e-4, 1e-4]))
        return float(high - low) / 2e-4

    @cached_property
    def grid(self) -> np.ndarray:
        """Values on the grid of training times."""
        return self.at(np.log(_GRID))


def calibrate(pilot: Pilot) -> Calibration:
    """Fit the effective training time to measured runs and predict the other plans.

    Predicted are the four strategies, all hybrids of single steps and one block, and the plans
    of the pilot.

    Examples
    --------
    >>> from symmerge.plan import boot, vanilla
    >>> from symmerge.schedule import cosine
    >>> from symmerge.spectrum import Spectrum
    >>> spectrum, schedule = Spectrum([0.3, 2.0]), cosine(4)
    >>> runs = [
    ...     PilotRun(plan(4), 100, flow_error(plan(4), spectrum, schedule, 0.5))
    ...     for plan in (vanilla, boot)
    ... ]
    >>> found = calibrate(Pilot(schedule, spectrum, tuple(runs)))
    >>> round(found.fits[0].s, 4), found.contradictions
    (0.5, ())
    """
    T = pilot.schedule.T
    plans = [*canonical_plans(T).values(), *(hybrid(T, k) for k in range(1, T - 2))]
    plans = list(dict.fromkeys([*plans, *(run.plan for run in pilot.runs)]))
    curves = {plan: _Curve(pilot, plan) for plan in plans}
    groups: dict[int, list[PilotRun]] = {}
    for run in pilot.runs:
        groups.setdefault(run.steps, []).append(run)
    fits = tuple(_fit(steps, groups[steps], curves) for steps in sorted(groups))
    algebra = tuple(_algebra(pilot, run) for run in pilot.runs if run.contractions is not None)
    against = [text for fit in fits for text in _against(fit, groups[fit.steps], curves)]
    against += _against_proportional(fits)
    return Calibration(pilot, fits, algebra, tuple(against), tuple(_limits(pilot, fits)))


def _fit(steps: int, runs: list[PilotRun], curves: dict[MergePlan, _Curve]) -> Fit:
    wanted = np.log([run.error for run in runs])

    def loss(log_s: float) -> float:
        return float(
            sum((curves[r.plan](log_s) - y) ** 2 for r, y in zip(runs, wanted, strict=True))
        )

    on_grid = sum((curves[r.plan].grid - y) ** 2 for r, y in zip(runs, wanted, strict=True))
    log_s = _least(loss, int(np.argmin(on_grid)))
    slopes = [curves[run.plan].slope(log_s) for run in runs]
    information = float(np.sum(np.square(slopes)))
    noise = float(np.mean([_relative_error(run) ** 2 for run in runs]))
    known = all(run.se is not None for run in runs)
    freedom, found = len(runs) - 1, 0.0
    misfit = chance = None
    half = normal_quantile() * float(np.sqrt(noise)) if known else None
    if freedom:
        found = loss(log_s) / freedom
        misfit = float(np.exp(np.sqrt(found)))
        half = max(student_quantile(freedom) * float(np.sqrt(found)), half or 0.0)
        ratio = found * freedom / noise
        chance = float(mpmath.gammainc(freedom / 2, ratio / 2, regularized=True))
    measured = {run.plan: run.error for run in runs}

    def predicted(plan: MergePlan) -> Prediction:
        curve = curves[plan]
        error = float(np.exp(curve(log_s)))
        if half is None or not information:
            return Prediction(plan, error, None, None, measured.get(plan))
        # A single run cannot show how far a plan may be off the fit: only s is uncertain then.
        own = 1.0 if freedom else 0.0
        bar = half * float(np.sqrt(own + curve.slope(log_s) ** 2 / information))
        factor = float(np.exp(min(bar, 600.0)))
        return Prediction(plan, error, error / factor, error * factor, measured.get(plan))

    low = high = None
    if half is not None and information:
        bar = min(half / float(np.sqrt(information)), 600.0)
        low, high = float(np.exp(log_s - bar)), float(np.exp(log_s + bar))
    log_error = float(np.sqrt(max(found, noise) / information)) if information else float("inf")
    order = sorted((predicted(plan) for plan in curves), key=lambda made: made.error)
    return Fit(steps, float(np.exp(log_s)), low, high, misfit, chance, log_error, tuple(order))


def _least(loss: Any, k: int) -> float:
    """Minimum near a grid point, by golden sections."""
    grid = np.log(_GRID)
    low, high = float(grid[max(k - 1, 0)]), float(grid[min(k + 1, len(grid) - 1)])
    ratio = (5**0.5 - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = loss(left), loss(right)
    for _ in range(30):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = loss(right)
    return (low + high) / 2


def _relative_error(run: PilotRun) -> float:
    return _ASSUMED if run.se is None else run.se / run.error


def _algebra(pilot: Pilot, run: PilotRun) -> tuple[str, int, float, float]:
    assert run.contractions is not None
    found = measured_error(run.plan, pilot.spectrum, pilot.schedule, run.contractions)
    if pilot.untrained is not None:
        start = flow_error(run.plan, pilot.spectrum, pilot.schedule, 0.0)
        found *= pilot.untrained / start
    return run.name, run.steps, run.error, found


def _against(fit: Fit, runs: list[PilotRun], curves: dict[MergePlan, _Curve]) -> list[str]:
    """Contradictions within the runs of one number of steps."""
    found = []
    at = f"with {fit.steps} steps"
    for run in runs:
        highest = float(np.exp(curves[run.plan].grid.max()))
        spare = 0.0 if run.se is None else 3 * run.se
        if run.error - spare > highest * 1.02:
            found.append(
                f"{at}, {run.name} has error {run.error:.4g}, above the {highest:.4g} that no "
                "training time exceeds"
            )
    unlikely = fit.chance is not None and fit.chance < _FALSE_ALARM
    if unlikely and fit.misfit is not None and fit.misfit > 1.02:
        known = all(run.se is not None for run in runs)
        allowed = "their standard errors allow" if known else "errors of 5 % each allow"
        found.append(
            f"{at}, no single training time fits: errors are off by a factor "
            f"{fit.misfit:.3g}, more than {allowed} (p = {fit.chance:.1g})"
        )
    pairs = list(combinations(sorted(runs, key=lambda run: run.error), 2))
    for one, two in pairs:
        sure = normal_quantile(1 - _FALSE_ALARM / len(pairs))
        apart = sure * float(np.hypot(_relative_error(one), _relative_error(two)))
        gap = curves[one.plan].grid - curves[two.plan].grid
        if log(two.error / one.error) > apart and np.all(gap > -1e-12) and gap.max() > 1e-3:
            found.append(
                f"{at}, {one.name} was measured better than {two.name}; gradient flow has it worse "
                "for every training time"
            )
    return found


def _against_proportional(fits: tuple[Fit, ...]) -> list[str]:
    """Training times that do not grow like the steps, beyond their errors and a power of 0.15."""
    found = []
    for one, two in pairwise(fits):
        grew, more = two.s / one.s, two.steps / one.steps
        sure = normal_quantile(1 - _FALSE_ALARM / (len(fits) - 1))
        apart = max(sure * float(np.hypot(one.log_error, two.log_error)), 0.15 * log(more))
        if abs(log(grew / more)) > apart:
            found.append(
                f"from {one.steps} to {two.steps} steps the training time grew by {grew:.3g}, not "
                f"by {more:.3g}: it does not transfer to other numbers of steps"
            )
    return found


def _limits(pilot: Pilot, fits: tuple[Fit, ...]) -> list[str]:
    found = []
    if any(fit.misfit is None for fit in fits):
        found.append(
            "one run shows no misfit: its intervals hold measurement errors only, not how far "
            "real networks are from the theory; measure a second plan"
        )
    for fit in fits:
        if not _GRID[1] < fit.s < _GRID[-2]:
            found.append(
                f"with {fit.steps} steps, s = {fit.s:.3g} is at an end of the training times tried "
                f"({_GRID[0]:g} to {_GRID[-1]:g}): the errors fit no time between"
            )
    if pilot.optimiser == "adam":
        found.append(
            "Adam does not follow gradient flow, not even for linear students: it behaves like "
            "sign descent, under which BOOT wins at equal steps per merge"
        )
    if pilot.network == "shared":
        found.append(
            "in one network for all times training at one time moves the others, which helps "
            "consistency and progressive; the theory does not have it"
        )
    steps = ", ".join(str(fit.steps) for fit in fits)
    found.append(
        f"predictions hold for {steps} steps per merge only: with real networks s is not "
        "proportional to the steps (docs/trust.md)"
    )
    return found
