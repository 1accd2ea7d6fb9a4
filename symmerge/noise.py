r"""Correlated noise, and students trained in the coordinates the data come in (SPEC A8).

With ``Sigma W = N W diag(mu)``, ``W' N W = I`` and ``B = W^{-T}`` (the basis of a
:class:`~symmerge.spectrum.Spectrum`) all teacher operators are ``A_t = B D_t(mu) B^{-1}`` and the
noised data have the covariance ``V_t = B diag(v_t(mu)) B'``. A student follows
``dA/ds = -2 (A - target) V_t``, so

.. math:: A(s) = \text{target} + (A_{\text{init}} - \text{target})\,e^{-2 s V_t}.

A student trained in noise-whitened coordinates stays diagonal: it is an ordinary spectrum with
importances. One trained in *raw* coordinates does not, but segmentation plans keep an exact form.
With ``V_T = U diag(n) U'``,

.. math:: M = B\,[m_{ic} \circ (B^{-1}U)_{ic}]\,U',\qquad
          m_{ic} = a_{T,i}\prod_{\text{seg}}\bigl((1-g_c)\,C_i[\text{seg}] + g_c\bigr),\qquad
          g_c = e^{-2 s n_c},

so ``m_ic`` is the scalar recursion for the pair of a teacher mode i and a noise mode c, and
``tr (M-C) V_T (M-C)' = |B [(m_ic - C_i) R_ic]|_F^2`` with ``R = B^{-1} U sqrt(diag n)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from .chain import Chain, build_chain, gradient_flow_chain
from .errors import InputError, require
from .merge import difference, fold, operator
from .numbers import FLOAT, Field
from .plan import MergePlan, canonical_plans, hybrid
from .schedule import Schedule
from .search.hybrids import HybridScan, hybrid_errors
from .spectrum import Spectrum
from .student import training_time
from .teacher import Teacher
from .verdict import Undecided, Verdict

__all__ = [
    "CommutingFlow",
    "RawResult",
    "RawStudent",
    "bures_squared",
    "commuting_chain",
    "plan_raw",
]

_MOST_COORDINATES = 256
_MOST_STEPS = 256


@dataclass(frozen=True, eq=False)
class CommutingFlow:
    """Gradient flow where coordinate i has noise of variance ``n_i``: ``g = exp(-2 s n_i v)``.

    Here ``v = alpha^2 lam_i/n_i + sigma^2``, so that ``n_i v`` is the variance the student sees.

    Parameters
    ----------
    s : number >= 0
    noise : (d,) array of numbers > 0
    """

    s: Fraction
    noise: np.ndarray

    def factors(self, v: Any, field: Field) -> tuple[Any, Any]:
        """Return ``(g, 1 - g)``."""
        rate = -2 * field.number(self.s) * (v * self.noise)
        return field.exp(rate), -field.expm1(rate)


def commuting_chain(schedule: Schedule, variances: Any, noise: Any, s: Any) -> Chain:
    """Chain of a student in raw coordinates when data and noise covariance share eigenvectors.

    Then everything is diagonal for *all* plans: ``lam -> lam/n``, ``g = exp(-2 s n v)``, and a
    coordinate weighs ``n`` in the objective (SPEC A8 [P]).

    Parameters
    ----------
    variances, noise : (d,) arrays
        Variances of data and noise along the common eigenvectors.
    """
    lam, n = np.atleast_1d(np.asarray(variances, float)), np.atleast_1d(np.asarray(noise, float))
    fine = n.shape == lam.shape and bool(np.all(np.isfinite(n) & (n > 0)))
    require(fine, "noise", f"must be {lam.size} numbers > 0", noise)
    return build_chain(schedule, lam / n, CommutingFlow(training_time(s), n), FLOAT)


def bures_squared(first: np.ndarray, second: np.ndarray) -> float:
    r"""Squared 2-Wasserstein distance of N(0, XX') and N(0, YY') from the roots X and Y.

    .. math:: W_2^2 = \min_{Q'Q=I} |X - YQ|_F^2,

    taken at the Q of Procrustes' problem, so that nothing cancels (SPEC A8: at most the coupling
    cost ``|X - Y|_F^2``, with equality when ``Y'X`` is symmetric positive semidefinite).

    Examples
    --------
    >>> round(bures_squared(np.diag([1.0, 2.0]), np.diag([3.0, 1.0])), 12)
    5.0
    """
    left, _, right = np.linalg.svd(second.T @ first)
    return float(np.sum((first - second @ (left @ right)) ** 2))


@dataclass(frozen=True, eq=False)
class RawStudent:
    """Students that are trained in raw coordinates under noise that need not be white.

    Parameters
    ----------
    spectrum : Spectrum
        With a basis, as :func:`symmerge.spectrum_from_covariance` makes it; every variance once.
    schedule : Schedule
    s : number >= 0
        Training time per merge.
    """

    spectrum: Spectrum
    schedule: Schedule
    s: Fraction

    def __post_init__(self) -> None:
        object.__setattr__(self, "s", training_time(self.s))
        d = len(self.spectrum.variances)
        basis = self.spectrum.basis
        whole = basis is not None and basis.shape == (d, d)
        require(whole, "spectrum", "must carry a square basis", self.spectrum.label)
        alone = bool(np.all(self.spectrum.multiplicities == 1))
        require(alone, "spectrum", "must list every coordinate by itself", self.spectrum.label)
        most = f"must have at most {_MOST_COORDINATES} coordinates for a raw student"
        require(d <= _MOST_COORDINATES, "spectrum", most, d)
        few = f"must be at most {_MOST_STEPS} for a raw student"
        require(self.schedule.T <= _MOST_STEPS, "T", few, self.schedule.T)

    @property
    def basis(self) -> np.ndarray:
        """``B = W^{-T} = N W``, (d, d)."""
        if self.spectrum.basis is None:
            raise InputError("spectrum", "must carry a basis", self.spectrum.label)
        return self.spectrum.basis

    @cached_property
    def inverse(self) -> np.ndarray:
        """``B^{-1} = W'``."""
        return np.asarray(np.linalg.inv(self.basis))

    @cached_property
    def modes(self) -> Chain:
        """The teacher's own chain, one column per mode i; with whitened factors."""
        return gradient_flow_chain(self.schedule, self.spectrum.variances, self.s)

    @cached_property
    def _last(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """``U``, ``n`` and ``R`` of ``V_T = U diag(n) U'``."""
        with FLOAT.working():
            root = np.sqrt(Teacher(self.schedule, self.spectrum.variances, FLOAT).v[-1])
        # The singular vectors of a root of V_T: B^{-1} U sqrt(n) = sqrt(v) times the right ones.
        left, values, right = np.linalg.svd(self.basis * root)
        return left, values**2, root[:, None] * right.T

    @cached_property
    def pairs(self) -> Chain:
        """The chain of all pairs (i, c), d^2 columns; its factors are right at time T only."""
        d = len(self.spectrum.variances)
        shape = (self.schedule.T, d * d)
        rate = -2 * float(self.s) * self._last[1]
        g = np.broadcast_to(np.tile(np.exp(rate), d), shape)
        h = np.broadcast_to(np.tile(-np.expm1(rate), d), shape)
        x, a = (np.repeat(rows, d, axis=1) for rows in (self.modes.x, self.modes.a))
        return Chain(x, a, g, h, FLOAT)

    def coupling_cost(self, plan: MergePlan) -> float:
        """``E|M z_T - C z_T|^2 = tr (M-C) V_T (M-C)'``; without cancellation for segmentations."""
        if plan.segments is not None:
            return float(np.sum((self.basis @ self._weighted(difference(plan, self.pairs))) ** 2))
        gap = self.operator(plan) - self.teacher
        return float(np.sum((gap @ self._root()) ** 2))

    def _weighted(self, errors: np.ndarray) -> np.ndarray:
        R = self._last[2]
        return errors.reshape(*errors.shape[:-1], *R.shape) * R

    def _root(self) -> np.ndarray:
        """A root of V_T."""
        left, values, _ = self._last
        return left * np.sqrt(values)

    @cached_property
    def teacher(self) -> np.ndarray:
        """The teacher's composite in data coordinates."""
        return np.asarray(self.basis @ (self.modes.C[:, None] * self.inverse))

    def operator(self, plan: MergePlan) -> np.ndarray:
        """The merged operator M (d, d) in data coordinates, for any plan.

        Segmentations by the exact form, other plans by the matrix recursion.
        """
        if plan.segments is None:
            return np.asarray(fold(plan, self))
        left, values, R = self._last
        m = operator(plan, self.pairs).reshape(R.shape)
        return np.asarray(self.basis @ (m * R / np.sqrt(values)) @ left.T)

    def leaf(self, t: int) -> np.ndarray:
        """The teacher's step as a matrix (the algebra of :func:`symmerge.merge.fold`)."""
        return np.asarray(self.basis @ (self.modes.a[t - 1][:, None] * self.inverse))

    def join(self, p: np.ndarray, q: np.ndarray) -> np.ndarray:
        """Operators of neighbours in a row multiply."""
        return np.asarray(p @ q)

    def node(self, left: np.ndarray, right: np.ndarray, t: int) -> np.ndarray:
        """The student trained at time t on ``left @ right``, starting at `right`."""
        with FLOAT.working():
            v = Teacher(self.schedule, self.spectrum.variances, FLOAT).v[t - 1]
        values, vectors = np.linalg.eigh((self.basis * v) @ self.basis.T)
        kept = (vectors * np.exp(-2 * float(self.s) * values)) @ vectors.T
        target = left @ right
        return np.asarray(target + (right - target) @ kept)

    def scan(self) -> HybridScan:
        """Coupling cost of every two-sided hybrid, in O(T^2 d^3)."""
        T = self.schedule.T
        found = np.full((T - 1, T - 1), np.nan)
        for k, errors in hybrid_errors(self.pairs):
            for m, row in enumerate(errors):
                found[k, m] = np.sum((self.basis @ self._weighted(row)) ** 2)
        return HybridScan(found)

    def bures(self, plan: MergePlan) -> float:
        """``W2^2`` between what student and teacher make of ``z_T``; at most the coupling cost."""
        root = self._root()
        return bures_squared(self.operator(plan) @ root, self.teacher @ root)


@dataclass(frozen=True, eq=False)
class RawResult:
    """The best two-sided hybrid for a student trained in raw coordinates.

    Attributes
    ----------
    plan : MergePlan
    coupling_cost : float
        ``tr (M-C) V_T (M-C)'``: mean squared difference from the teacher on the same noise.
    w2_squared : float
        Squared 2-Wasserstein distance from the teacher's output; at most the coupling cost.
    canonical : dict of str to float
        Coupling cost of the four strategies of the literature.
    optimality : Verdict
        Undecided: merges no longer order by mode, so no certificate is known.
    scan : HybridScan
        Coupling cost of all two-sided hybrids.
    """

    schedule: Schedule
    s: Fraction
    label: str
    d: int
    plan: MergePlan
    coupling_cost: float
    w2_squared: float
    canonical: dict[str, float]
    optimality: Verdict
    scan: HybridScan = attribute(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "schema": "symmerge.raw_plan",
            "version": 1,
            "student": "raw",
            "data": self.label,
            "d": self.d,
            "T": self.schedule.T,
            "s": str(self.s),
            "schedule": self.schedule.to_dict(),
            "plan": str(self.plan),
            "name": self.plan.name,
            "segments": self.plan.segments,
            "coupling_cost": self.coupling_cost,
            "w2_squared": self.w2_squared,
            "canonical": dict(self.canonical),
            "lower_bound": None,
            "gap": None,
            "optimality": self.optimality.to_dict(),
        }

    def __str__(self) -> str:
        listed = ", ".join(f"{name} {value:.6g}" for name, value in self.canonical.items())
        return "\n".join(
            [
                f"{self.label}: {self.d} coordinates, student trained in raw coordinates; "
                f"{self.schedule}, s = {self.s} per merge",
                f"Best two-sided hybrid: segments {self.plan.segments}",
                f"E|M z - C z|^2 = {self.coupling_cost:.6g} (canonical: {listed})",
                f"W2^2 = {self.w2_squared:.6g}",
                f"Optimality over all merge plans: {self.optimality}",
            ]
        )


def plan_raw(spectrum: Spectrum, s: Any, schedule: Schedule) -> RawResult:
    """Find the best two-sided hybrid for a student trained in raw coordinates.

    Parameters
    ----------
    spectrum : Spectrum
        With a basis, of at most 256 coordinates.
    s : number >= 0
        Training time per merge, in units of the raw noise.
    schedule : Schedule

    References
    ----------
    SPEC A8. The objective is the coupling cost; equal to W2^2 when data and noise commute.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> from symmerge.spectrum import spectrum_from_covariance
    >>> noise = np.array([[1.0, 0.4], [0.4, 0.8]])
    >>> found = plan_raw(spectrum_from_covariance(np.diag([0.2, 9]), noise=noise), 1, cosine(8))
    >>> found.plan.segments, found.optimality.status
    ([1, 6], 'undecided')
    """
    student = RawStudent(spectrum, schedule, s)
    scan = student.scan()
    require(
        bool(np.all(np.isfinite(scan.w2_squared[0]))),
        "spectrum",
        "must give a finite objective",
        spectrum.label,
    )
    best = hybrid(schedule.T, *scan.best)
    return RawResult(
        schedule=schedule,
        s=student.s,
        label=spectrum.label,
        d=spectrum.total,
        plan=best,
        coupling_cost=student.coupling_cost(best),
        w2_squared=student.bures(best),
        canonical={
            name: student.coupling_cost(plan) for name, plan in canonical_plans(schedule.T).items()
        },
        optimality=Undecided(
            "in raw coordinates a better sub-plan need not make a better plan, so no bound over "
            "all plans is known; the best of the two-sided hybrids and the four strategies is shown"
        ),
        scan=scan,
    )
