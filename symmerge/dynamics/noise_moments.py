r"""Exact mean and second moment of a merge plan whose students have random factors (SPEC C1).

A merge with left product L, right child R and an independent factor ``rho`` of mean g and
variance ``w`` makes ``M = R ((1-rho) L + rho)``, so with second moments ``m2``

.. math:: E M^2 = E R^2\,[(1-2g+q)\,E L^2 + 2(g-q)\,E L + q],\qquad q = g^2 + w.

For the relative error ``e = M/C - 1`` the same step is, without cancellation,

.. math:: f = (1-\rho)\,e_L + \rho\,y,\quad y = 1/C_L - 1:\qquad
   E f = h\,E e_L + g\,y,\quad
   E f^2 = h^2 E e_L^2 + 2gh\,y\,E e_L + g^2y^2 + w\,E(y - e_L)^2,

and ``e = e_R + f + e_R f`` with independent ``e_R`` and ``f``. Neighbours are trained on
minibatches of their own, so moments of products are products of moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..chain import Chain, build_chain
from ..errors import require
from ..merge import fold
from ..numbers import FLOAT, Field
from ..plan import MergePlan, canonical_plans
from ..schedule import Schedule, cosine
from ..teacher import Teacher
from .laws import Law

__all__ = [
    "Crossover",
    "Moments",
    "error_moments",
    "noisy_chain",
    "operator_moments",
    "rms_crossover",
    "spectrum_distance",
]


class Moments(NamedTuple):
    """Mean and second moment of a random number."""

    mean: Any
    square: Any

    @property
    def variance(self) -> Any:
        """Second moment less the mean squared."""
        return self.square - self.mean**2


class _OperatorMoments:
    """Moments of M."""

    def __init__(self, chain: Chain, variances: Any) -> None:
        self.chain, self.variances = chain, variances

    def leaf(self, t: int) -> Moments:
        """The teacher's step is certain."""
        a = self.chain.a[t - 1]
        return Moments(a, a * a)

    def join(self, p: Moments, q: Moments) -> Moments:
        """Independent neighbours."""
        return Moments(p.mean * q.mean, p.square * q.square)

    def node(self, left: Moments, right: Moments, t: int) -> Moments:
        """One merge."""
        g, h = self.chain.g[t - 1], self.chain.h[t - 1]
        q = g**2 + self.variances[t - 1]
        square = (1 - 2 * g + q) * left.square + 2 * (g - q) * left.mean + q
        return Moments(right.mean * (h * left.mean + g), right.square * square)


class _Erring(NamedTuple):
    """Moments of a relative error, and the composite it stands for."""

    mean: Any
    square: Any
    c: Any


class _ErrorMoments:
    """Moments of ``e = M/C - 1``."""

    def __init__(self, chain: Chain, variances: Any) -> None:
        self.chain, self.field, self.variances = chain, chain.field, variances

    def leaf(self, t: int) -> _Erring:
        """A teacher step has no error."""
        zero = self.field.number(0)
        return _Erring(zero, zero, self.chain.composites[t - 1])

    def join(self, p: _Erring, q: _Erring) -> _Erring:
        """``e + f + e f`` for independent errors."""
        mean = p.mean + q.mean + p.mean * q.mean
        square = (
            p.square
            + q.square
            + p.square * q.square
            + 2 * (p.mean * q.mean + p.square * q.mean + p.mean * q.square)
        )
        return _Erring(mean, square, self.field.compose(p.c, q.c))

    def node(self, left: _Erring, right: _Erring, t: int) -> _Erring:
        """One merge."""
        g, h, w = self.chain.g[t - 1], self.chain.h[t - 1], self.variances[t - 1]
        y = self.field.inverse_minus_one(left.c)
        mean = h * left.mean + g * y
        square = h**2 * left.square + 2 * g * h * y * left.mean + g**2 * y**2
        square = square + w * (y**2 - 2 * y * left.mean + left.square)
        return self.join(right, _Erring(mean, square, left.c))


def noisy_chain(schedule: Schedule, lam: Any, law: Any, field: Field = FLOAT) -> tuple[Chain, Any]:
    """The chain of mean factors, and the factors' variances.

    Parameters
    ----------
    schedule : Schedule
    lam : number, or (with float64) an array of variances
    law : shrinkage law; one without noise has variances 0
    field : Field
    """
    chain = build_chain(schedule, lam, law, field)
    assert chain.teacher is not None
    v = chain.teacher.v
    with field.working():
        return chain, law.variance(v, field) if isinstance(law, Law) else v * 0


def operator_moments(plan: MergePlan, chain: Chain, variances: Any) -> Moments:
    """Mean and second moment of the merged operator M.

    Parameters
    ----------
    plan : MergePlan
    chain : Chain
        With the mean factors.
    variances : array (T,) or (T, d)
        Variances of the factors.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from symmerge.chain import chain_of
    >>> half = Fraction(1, 2)
    >>> operator_moments(
    ...     MergePlan.parse("[1|2]"), chain_of([-half, 0], [half, half]), [0, half]
    ... )
    Moments(mean=Fraction(3, 4), square=Fraction(11, 16))

    References
    ----------
    SPEC C1; ledger entry ``c1_sgd_plans``.
    """
    with chain.field.working():
        return fold(plan, _OperatorMoments(chain, variances))


def error_moments(plan: MergePlan, chain: Chain, variances: Any) -> Moments:
    """Mean and second moment of the relative error ``M/C - 1`` (see :func:`operator_moments`)."""
    with chain.field.working():
        found = fold(plan, _ErrorMoments(chain, variances))
    return Moments(found.mean, found.square)


def spectrum_distance(
    plan: MergePlan, variances: Any, law: Any, schedule: Schedule, weights: Any = None
) -> float:
    """Expected ``W2^2 = sum_i E (M_i - C_i)^2`` over a spectrum: bias and variance.

    Every coordinate is a scalar student; how their noises depend on each other does not matter.

    Parameters
    ----------
    variances : (n,) array > 0
    weights : (n,) array, optional
        Multiplicities; weighted further by ``v_T`` (SPEC A3).
    """
    lam = np.asarray(variances, dtype=float)
    require(
        bool(np.all(lam > 0)) and lam.ndim == 1, "variances", "must be a list of numbers > 0", lam
    )
    chain, noise = noisy_chain(schedule, lam, law)
    assert chain.teacher is not None
    square = error_moments(plan, chain, noise).square
    weight = np.ones(len(lam)) if weights is None else np.asarray(weights, dtype=float)
    return float(np.sum(weight * chain.teacher.v[-1] * chain.C**2 * square))


@dataclass(frozen=True)
class Crossover:
    """Where BOOT and vanilla have the same mean-square error.

    Attributes
    ----------
    lam : float
        For this T, by bisection on the exact moments.
    limit : float
        For T to infinity: ``(1-e^{-gl})^2 = (g^2+w)(1-e^{-l})^2``, ``l = log(lam)/2``.
    small_g : float
        And for a small factor: ``exp(2[k + W0(-k e^{-k})])``, ``k^2 = (g^2+w)/g^2``.
    """

    lam: float
    limit: float
    small_g: float


def rms_crossover(law: Any, T: int) -> Crossover:
    r"""Variance at which BOOT's root-mean-square error passes vanilla's (cosine schedule).

    Without noise both errors change sign near ``lam = 1``; noise costs vanilla more, so BOOT
    stays ahead up to a larger variance. As ``T -> infinity`` all of BOOT's noise averages out,
    its operator is ``C^{1-g}``-like and vanilla's keeps one random factor, which gives the two
    limits of :class:`Crossover` [A].

    Parameters
    ----------
    law : a noisy law
        Its factor must lie in (0, 1) at ``v_T = 1``.
    T : int
    """
    from ..numbers import multiprecision

    field = multiprecision(20)
    one = field.number(1)
    g = float(law.factors(one, field)[0])
    w = float(law.variance(one, field))
    require(0 < g < 1, "law", "must have a mean factor between 0 and 1 at v = 1", str(law))
    require(w > 0, "law", "must be noisy", str(law))
    k = np.sqrt(g * g + w) / g
    inner = float(field.context.lambertw(-k * np.exp(-k)).real)
    small = float(np.exp(2 * (k + inner)))

    def balance(half_log: float) -> float:
        return float(np.expm1(-g * half_log) ** 2 - (g * g + w) * np.expm1(-half_log) ** 2)

    plans, schedule = canonical_plans(T), cosine(T)

    def exact_balance(half_log: float) -> float:
        # Both plans merge at time T only, where v = 1: no other factor is used.
        teacher = Teacher(schedule, float(np.exp(2 * half_log)), FLOAT)
        kept = np.full(T, g)
        chain = Chain(teacher.x, teacher.a, kept, 1 - kept, FLOAT, teacher)
        noise = np.full(T, w)
        boot, vanilla = (
            error_moments(plans[name], chain, noise).square for name in ("boot", "vanilla")
        )
        return float(boot - vanilla)

    return Crossover(
        float(np.exp(2 * _crossing(exact_balance))), float(np.exp(2 * _crossing(balance))), small
    )


def _crossing(f: Any) -> float:
    """Last sign change from - to + of f on a grid of half logarithms above 0, by bisection.

    Inside the window of the phase diagram mean errors vanish, so there can be earlier ones.
    """
    grid = np.geomspace(1e-3, 4, 100)
    values = [f(point) for point in grid]
    rising = [k for k in range(len(grid) - 1) if values[k] < 0 <= values[k + 1]]
    require(bool(rising), "law", "has no crossover up to lam = 2980 for this T", values[-1])
    low, high = grid[rising[-1]], grid[rising[-1] + 1]
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return float(low)
