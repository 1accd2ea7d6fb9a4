r"""The averaged stability coordinate: mutual information, its closed bound, measured Jacobians.

Averaged over :math:`p_t` the covariance term of the Jacobian integrates to a loss of information
about the component Z a point comes from (I-MMSE; ledger ``b1_information``):

.. math:: A_{avg}(t) = \frac12\left|\ln\frac{\sigma_0^2}{v}\right| + I(Z;X_0) - I(Z;X_t)
          \le \frac12\left|\ln\frac{\sigma_0^2}{v}\right| + 2\sum_{i<j}\sqrt{\pi_i\pi_j}
          \left[e^{-d_{ij}^2\mathrm{SNR}_t/8} - e^{-d_{ij}^2\mathrm{SNR}_0/8}\right]

with :math:`d_{ij} = |\mu_i-\mu_j|`, :math:`\mathrm{SNR} = u/v` (``b1_average_bound``). It is at
most the logarithm plus ln K, however far apart the components are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import require
from ..schedule import whole
from .mixture import Mixture, time_value
from .score import jacobian_norms, responsibilities, spread
from .stability import Stability

__all__ = [
    "Estimate",
    "averaged_bound",
    "averaged_coordinate",
    "information",
    "measured_rate",
    "spread_rate",
]

_MOST_POINTS = 10**8
_NODES = 4001
_WIDTHS = 10.0
_NUMBERS_AT_ONCE = 2**19


@dataclass(frozen=True)
class Estimate:
    """A mean over random points with its standard error (0 from quadrature)."""

    value: float
    error: float = 0.0

    def __str__(self) -> str:
        return f"{self.value:.6g}" + (f" ± {self.error:.2g}" if self.error else "")


def averaged_bound(mixture: Mixture, t: Any) -> Any:
    """Closed upper bound on the averaged coordinate, at a time or an array of times.

    Examples
    --------
    >>> round(averaged_bound(Mixture([-1.0, 1.0], sigma0=1, beta=5), 1), 6)
    0.393447
    """
    times = np.atleast_1d(np.asarray(t, dtype=float))
    fine = times.ndim == 1 and bool(np.all((times >= 0) & (times < np.inf)))
    require(fine, "t", "must be times >= 0", t)
    i, j = np.triu_indices(mixture.K, 1)
    roots = 2 * np.sqrt(mixture.weights[i] * mixture.weights[j])
    halves = mixture.squared_distances[i, j] / 8
    v0, w = float(mixture.sigma0) ** 2, float(mixture.sigma_inf) ** 2
    drop = -np.expm1(-2 * float(mixture.beta) * times)
    v = np.array([mixture.variance(time) for time in times])
    change = w * drop / (v0 * v)  # SNR_0 - SNR_t
    overlaps = np.empty(len(times))
    rows = max(1, _NUMBERS_AT_ONCE // max(1, len(i)))
    with np.errstate(over="ignore", under="ignore"):
        now = np.exp(-2 * float(mixture.beta) * times) / v
        for start in range(0, len(times), rows):
            part = slice(start, start + rows)
            gain = -np.expm1(-np.multiply.outer(change[part], halves))
            overlaps[part] = (np.exp(-np.multiply.outer(now[part], halves)) * gain) @ roots
    pull = Stability(mixture.sigma0, 0, mixture.beta, mixture.sigma_inf).coordinate(times)
    found = pull + overlaps
    return found if np.ndim(t) else float(found[0])


def information(mixture: Mixture, t: Any, count: int = 20_000, seed: int = 0) -> Estimate:
    """``I(Z; X_t)`` in nats, between component and point.

    In one dimension by quadrature over every component, else the mean of ``ln gamma_Z/pi_Z`` over
    `count` random points.

    Examples
    --------
    >>> round(information(Mixture([-9.0, 9.0]), 0).value / math.log(2), 9)
    1.0
    """
    if mixture.d == 1:
        z = np.linspace(-_WIDTHS, _WIDTHS, _NODES)
        weight = np.exp(-(z**2) / 2) * (z[1] - z[0]) / math.sqrt(2 * math.pi)
        width, total = math.sqrt(mixture.variance(t)), 0.0
        for k in range(mixture.K):
            x = mixture.signal(t) * mixture.means[k, 0] + width * z
            total += float(mixture.weights[k] * (weight @ _gain(mixture, x[:, None], t, k)))
        return Estimate(max(total, 0.0))
    whole(count, "count", 2, _MOST_POINTS)
    x, modes = mixture.sample_with_modes(count, np.random.default_rng(seed), t)
    return _mean(_gain(mixture, x, t, modes))


def averaged_coordinate(mixture: Mixture, t: Any, count: int = 20_000, seed: int = 0) -> Estimate:
    """The averaged coordinate itself, ``|ln(sigma0^2/v)|/2 + I(Z;X_0) - I(Z;X_t)``."""
    pull = Stability(mixture.sigma0, 0, mixture.beta, mixture.sigma_inf).coordinate(t)
    before, after = information(mixture, 0, count, seed), information(mixture, t, count, seed + 1)
    return Estimate(pull + before.value - after.value, math.hypot(before.error, after.error))


def spread_rate(mixture: Mixture, t: Any, count: int = 20_000, seed: int = 0) -> Estimate:
    """``beta sigma_inf^2 E tr Cov/v^2``: the rate at which information is lost."""
    factor = float(mixture.beta * mixture.sigma_inf**2) / mixture.variance(t) ** 2
    x = mixture.sample(whole(count, "count", 2, _MOST_POINTS), np.random.default_rng(seed), t)
    found = _mean(spread(mixture, x, t))
    return Estimate(factor * found.value, factor * found.error)


def measured_rate(mixture: Mixture, t: Any, count: int = 2000, seed: int = 0) -> Estimate:
    """Root mean square over ``p_t`` of the spectral norm of the velocity's Jacobian.

    Parameters
    ----------
    count : int
        Random points.
    seed : int
    """
    time_value(t)
    x = mixture.sample(whole(count, "count", 2, _MOST_POINTS), np.random.default_rng(seed), t)
    square = _mean(jacobian_norms(mixture, x, t) ** 2)
    root = math.sqrt(square.value)
    return Estimate(root, square.error / (2 * root) if root else 0.0)


def _gain(mixture: Mixture, x: np.ndarray, t: Any, modes: Any) -> np.ndarray:
    """``ln gamma_Z/pi_Z`` for points of known component."""
    gamma = responsibilities(mixture, x, t)[np.arange(len(x)), modes]
    return np.log(np.maximum(gamma, np.finfo(float).tiny) / mixture.weights[modes])


def _mean(values: np.ndarray) -> Estimate:
    return Estimate(float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values))))
