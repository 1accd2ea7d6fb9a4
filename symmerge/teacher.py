r"""The DDIM teacher on Gaussian data, one coordinate of variance ``lam`` at a time (SPEC A1, A4).

With ``v_t = alpha_t^2 lam + sigma_t^2`` and the signal-noise vector
``u_t = (alpha_t sqrt(lam), sigma_t)``, ``|u_t|^2 = v_t``, the step from time t to t-1 multiplies
the sample by

.. math:: a_t = \frac{\alpha_t\alpha_{t-1}\lambda + \sigma_t\sigma_{t-1}}{v_t}
              = \frac{\langle u_{t-1}, u_t\rangle}{|u_t|^2}.

Steps are close to 1, so everything that depends on ``a_t - 1`` is computed from the schedule's
drops: with ``w_t = alpha_t (alpha_{t-1} - alpha_t)`` and the threshold ``lam_t*``,
``a_t - 1 = w_t (lam - lam_t*) / v_t``.

References: W. Gao, M. Li, arXiv 2505.16024, Prop. 3.1, Cor. 3.1, Prop. 3.2; SPEC A1, A4.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from .errors import InputError, require
from .numbers import Field, exact
from .schedule import Levels, Schedule

__all__ = ["Teacher", "composite_cosine", "denoiser", "variance"]


def variance(lam: Any, argument: str = "lam", *, zero: bool = False) -> Fraction:
    """Return a data variance as an exact rational; it must be positive (or zero if allowed)."""
    value = exact(lam, argument)
    require(
        value > 0 or (zero and value == 0), argument, "must be >= 0" if zero else "must be > 0", lam
    )
    tiny, huge = Fraction(1, 10**250), 10**250
    require(value == 0 or tiny <= value <= huge, argument, "must lie between 1e-250 and 1e250", lam)
    return value


def denoiser(schedule: Schedule, lam: Any, field: Field) -> np.ndarray:
    r"""Optimal denoiser ``E[x0|z_t] = alpha_t lam/(alpha_t^2 lam + sigma_t^2) z_t`` for t = 0..T.

    Reference: arXiv 2505.16024, Prop. 3.1.
    """
    levels = schedule.levels(field)
    return levels.alpha * lam / (levels.alpha**2 * lam + levels.sigma**2)


@dataclass(frozen=True)
class Teacher:
    """Teacher steps of one schedule in one number type.

    Parameters
    ----------
    schedule : Schedule
    lam : field element, SymPy expression, or (with float64) an array of shape (d,)
        Data variance(s), already in the number type `field`.
    field : Field

    Notes
    -----
    Arrays over time are indexed by ``t - 1`` for t = 1..T and have shape (T,) or (T, d). Compute
    inside ``field.working()``.

    Examples
    --------
    >>> import sympy
    >>> from symmerge.numbers import SYMBOLIC
    >>> from symmerge.schedule import flow
    >>> lam = sympy.Symbol("lambda", positive=True)
    >>> [str(sympy.factor(a)) for a in Teacher(flow(2), lam, SYMBOLIC).a]
    ['2*lambda/(lambda + 1)', '1/2']
    """

    schedule: Schedule
    lam: Any
    field: Field

    @cached_property
    def _levels(self) -> Levels:
        levels = self.schedule.levels(self.field)
        if isinstance(self.lam, np.ndarray) and self.lam.ndim:
            return Levels(*(column.reshape(-1, *[1] * self.lam.ndim) for column in levels))
        return levels

    @cached_property
    def norms_squared(self) -> np.ndarray:
        """``|u_t|^2 = alpha_t^2 lam + sigma_t^2`` for t = 0..T, so T + 1 rows."""
        return self._levels.alpha**2 * self.lam + self._levels.sigma**2

    @property
    def v(self) -> np.ndarray:
        """Marginal variances ``v_t`` for t = 1..T."""
        return self.norms_squared[1:]

    @cached_property
    def a(self) -> np.ndarray:
        """Teacher steps ``a_t`` for t = 1..T: a quotient of sums of non-negative terms."""
        return self._inner_products / self.v

    @cached_property
    def x(self) -> np.ndarray:
        """``a_t - 1`` for t = 1..T without cancellation (except at a threshold, where it is 0)."""
        return self._gains / self.v

    @property
    def inverse_minus_one(self) -> np.ndarray:
        """``1/a_t - 1`` for t = 1..T, as precise as x."""
        return -self._gains / self._inner_products

    @property
    def _inner_products(self) -> np.ndarray:
        """``<u_{t-1}, u_t> = a_t v_t``."""
        alpha, sigma = self._levels.alpha, self._levels.sigma
        return alpha[1:] * alpha[:-1] * self.lam + sigma[1:] * sigma[:-1]

    @property
    def _gains(self) -> np.ndarray:
        """``x_t v_t``."""
        w, defect, pivot = self._weights
        return w * (self.lam - pivot) - defect

    @cached_property
    def _weights(self) -> tuple[np.ndarray, np.ndarray, int]:
        """``w_t``, ``w_t (lam_t* - pivot)`` and the pivot.

        Around the pivot the numerator ``w_t lam - sigma_t (sigma_t - sigma_{t-1})`` of ``a_t - 1``
        has no cancellation of its own: 1 for variance-preserving schedules, where the defect
        ``1 - cos(theta_t - theta_{t-1})`` is half the squared chord between neighbours.
        """
        alpha, sigma, drop, rise = self._levels
        w = alpha[1:] * drop
        if self.schedule.variance_preserving:
            return w, (drop**2 + rise**2) / 2, 1
        return w, sigma[1:] * rise, 0

    @cached_property
    def thresholds(self) -> list[Any]:
        r"""Variances ``lam_t*`` with ``a_t <= 1  <=>  lam <= lam_t*``, for t = 1..T.

        .. math:: \lambda_t^*
                  = \frac{\sigma_t(\sigma_t-\sigma_{t-1})}{\alpha_t(\alpha_{t-1}-\alpha_t)},

        None where ``alpha_t (alpha_{t-1} - alpha_t) = 0``: there ``a_t <= 1`` for every variance
        (SPEC A4). Depends on the schedule only.
        """
        w, defect, pivot = self._weights
        zero = self._flat
        return [
            None if zero[t] else pivot + np.ravel(defect[t])[0] / np.ravel(w[t])[0]
            for t in range(self.schedule.T)
        ]

    @cached_property
    def _flat(self) -> list[bool]:
        """For t = 1..T, whether ``alpha_t (alpha_{t-1} - alpha_t)`` vanishes."""
        levels = self._levels
        product = levels.alpha[1:] * levels.alpha_drop
        return [bool(np.ravel(value)[0] == 0) for value in product]

    @cached_property
    def cosines(self) -> np.ndarray:
        """``cos phi_t``, phi_t the angle between ``u_{t-1}`` and ``u_t``, for t = 1..T."""
        root = self.field.sqrt(self.norms_squared)
        return self.a * root[1:] / root[:-1]

    @cached_property
    def sines_squared(self) -> np.ndarray:
        r"""``sin^2 phi_t`` by Lagrange's identity, without cancellation.

        .. math:: |u_{t-1}|^2|u_t|^2\sin^2\varphi_t
                  = \lambda(\alpha_{t-1}\sigma_t-\alpha_t\sigma_{t-1})^2.
        """
        alpha, sigma, drop, rise = self._levels
        area = drop * sigma[1:] + alpha[1:] * rise
        return self.lam * area**2 / (self.norms_squared[1:] * self.norms_squared[:-1])

    @cached_property
    def shrinkage_composite(self) -> Any:
        """``prod cos phi_t`` as a composite: how far ``C`` stays below ``|u_0|/|u_T|``."""
        total = self.field.unit()
        for sine_squared in self.sines_squared:
            if self.field.exact:
                total = total * self.field.sqrt(1 - sine_squared)
            else:
                total = total + self.field.log1p(-sine_squared) / 2
        return total


def composite_cosine(lam: Any, T: Any, field: Field) -> Any:
    r"""Composite ``C = prod a_t`` of the cosine schedule in closed form.

    .. math:: C = \sqrt\lambda\,\frac{\cosh T\xi}{\sinh T\eta},\quad
        \eta = 2\operatorname{artanh}\sqrt{\min(\lambda,1/\lambda)},\quad
        \cosh\xi = \cos\Delta\cosh\eta,\quad \Delta=\frac{\pi}{2T},

    with the limit ``cos(Delta)^T`` at ``lam = 1``. When ``cos(Delta) cosh(eta) < 1`` the angle
    ``xi`` is imaginary and the hyperbolic cosine becomes a cosine.

    Parameters
    ----------
    lam : positive field element
    T : int
        Number of steps.
    field : Field
        Any field with transcendental functions and decidable signs.

    References
    ----------
    SPEC A1 [P]; ``proofs`` and the tests compare it with the product.
    """
    cos_delta = field.cos_pi(Fraction(1, 2 * T))
    if field.sign(lam - 1) == 0:
        return cos_delta**T
    ratio = lam if field.sign(lam - 1) == -1 else 1 / lam
    root = field.sqrt(ratio)
    eta = field.log1p(root) - field.log1p(-root)
    # cosh(eta) = (1 + ratio)/(1 - ratio)
    cosh_xi = cos_delta * (1 + ratio) / (1 - ratio)
    sign = field.sign(cosh_xi - 1)
    if sign is None:
        raise InputError("lam", "is too close to cosh(xi) = 1 for this precision", lam)
    if sign >= 0:
        xi = field.log(cosh_xi + field.sqrt(cosh_xi**2 - 1))
        cosh_T_xi = (field.exp(T * xi) + field.exp(-T * xi)) / 2
    else:
        cosh_T_xi = _chebyshev(T, cosh_xi)
    sinh_T_eta = (field.exp(T * eta) - field.exp(-T * eta)) / 2
    return field.sqrt(lam) * cosh_T_xi / sinh_T_eta


def _chebyshev(n: int, x: Any) -> Any:
    """Chebyshev polynomial ``T_n(x)`` by the three-term recurrence."""
    before, now = 1 + 0 * x, x
    for _ in range(n - 1):
        before, now = now, 2 * x * now - before
    return now
