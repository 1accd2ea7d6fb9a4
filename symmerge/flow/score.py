r"""Score, velocity, Jacobian and density of a mixture at many points (ledger ``b1_score``).

With responsibilities :math:`\gamma_k(x)`, their mean :math:`\bar m` and covariance
:math:`\mathrm{Cov}` of the components' means at time t, and :math:`v = s_t^2`,

.. math:: \nabla\log p_t = -\frac{x-\bar m}{v}, \qquad
          \nabla^2\log p_t = -\frac{I}{v} + \frac{\mathrm{Cov}}{v^2}, \qquad
          V = -\beta\,(x + \sigma_\infty^2 \nabla\log p_t) .

Points come in rows and are worked on in chunks by matrix products, so that memory beyond input and
output stays at a few tens of megabytes and no array has N x K x d numbers. Exponents are shifted by
their maximum, and distances taken from the means' centre; what remains is the error of moving
points by a few rounding units of the diameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import require
from .mixture import Mixture, time_value

__all__ = [
    "Marginal",
    "jacobian_norms",
    "log_density",
    "points_of",
    "responsibilities",
    "score",
    "score_jacobian",
    "spread",
    "velocity",
    "velocity_jacobian",
]

_NUMBERS_AT_ONCE = 2**19


def points_of(mixture: Mixture, x: Any) -> np.ndarray:
    """Points in rows, checked against the mixture's dimension."""
    points = np.asarray(x)
    real = points.dtype.kind in "iuf"
    require(real, "x", "must be an array of real numbers", x)
    shape = points.ndim == 2 and points.shape[1] == mixture.d
    require(shape, "x", f"must have shape (N, {mixture.d})", points.shape)
    return points


def _chunks(count: int, width: int) -> Iterator[slice]:
    rows = max(1, _NUMBERS_AT_ONCE // max(1, width))
    return (slice(start, min(start + rows, count)) for start in range(0, count, rows))


class Marginal:
    """Law of a noised mixture: components at ``signal * mu_k`` of variance `v`.

    Holds what all functions need of it, centred means and the logits' affine form.

    Parameters
    ----------
    mixture : Mixture
    signal : float >= 0
    v : float > 0
    """

    def __init__(self, mixture: Mixture, signal: float, v: float) -> None:
        self.signal, self.v = signal, v
        self.center = self.signal * mixture.center
        self.means = self.signal * (mixture.means - mixture.center)
        self.offsets = np.log(mixture.weights) - np.sum(self.means**2, axis=1) / (2 * self.v)
        self.slopes = np.ascontiguousarray(self.means.T / self.v)

    @classmethod
    def at(cls, mixture: Mixture, t: Any) -> Marginal:
        """``p_t`` of the mixture's own process."""
        time_value(t)
        return cls(mixture, mixture.signal(t), mixture.variance(t))

    def centred(self, x: np.ndarray) -> np.ndarray:
        """Points as seen from the components' centre."""
        return np.asarray(x - self.center, dtype=float)

    def weights(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Responsibilities (n, K) of centred points; the log of the sum they were normalised by."""
        logits = z @ self.slopes
        logits += self.offsets
        top = logits.max(axis=1)
        logits -= top[:, None]
        np.exp(logits, out=logits)
        total = logits.sum(axis=1)
        logits /= total[:, None]
        return logits, top + np.log(total)

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Logarithm of the density at centred points, (n,)."""
        _, log_sum = self.weights(z)
        squares = np.sum(z**2, axis=1)
        return np.asarray(
            log_sum - squares / (2 * self.v) - z.shape[1] / 2 * np.log(2 * np.pi * self.v)
        )


def responsibilities(mixture: Mixture, x: Any, t: Any) -> np.ndarray:
    """Posterior probabilities of the components given points at time t, (N, K)."""
    points, at = points_of(mixture, x), Marginal.at(mixture, t)
    out = np.empty((len(points), mixture.K))
    for rows in _chunks(len(points), mixture.K + mixture.d):
        out[rows], _ = at.weights(at.centred(points[rows]))
    return out


def log_density(mixture: Mixture, x: Any, t: Any) -> np.ndarray:
    """``log p_t`` at points, (N,).

    Examples
    --------
    >>> one = Mixture([[0.0]])
    >>> np.round(log_density(one, [[0.0], [1.0]], 0), 6)
    array([-0.918939, -1.418939])
    """
    points, at = points_of(mixture, x), Marginal.at(mixture, t)
    out = np.empty(len(points))
    for rows in _chunks(len(points), mixture.K + mixture.d):
        out[rows] = at.log_density(at.centred(points[rows]))
    return out


def score(mixture: Mixture, x: Any, t: Any) -> np.ndarray:
    """``grad log p_t`` at points, (N, d).

    Parameters
    ----------
    mixture : Mixture
    x : (N, d) array
    t : number >= 0

    Examples
    --------
    >>> score(Mixture([-1.0, 1.0], sigma0="1/2"), [[0.0], [1.0]], 0).round(4)
    array([[ 0.    ],
           [-0.0027]])
    """
    points, at = points_of(mixture, x), Marginal.at(mixture, t)
    out = np.empty(points.shape)
    for rows in _chunks(len(points), mixture.K + mixture.d):
        z = at.centred(points[rows])
        gamma, _ = at.weights(z)
        found = out[rows]
        np.matmul(gamma, at.means, out=found)
        found -= z
        found /= at.v
    return out


def velocity(mixture: Mixture, x: Any, t: Any) -> np.ndarray:
    """``-beta (x + sigma_inf^2 score)``, the probability flow from data to noise, (N, d)."""
    points = points_of(mixture, x)
    found = score(mixture, points, t)
    found *= float(mixture.sigma_inf) ** 2
    found += points
    found *= -float(mixture.beta)
    return found


def spread(mixture: Mixture, x: Any, t: Any) -> np.ndarray:
    """``tr Cov`` of the components' means at time t under the responsibilities, (N,).

    Computed as half of ``sum gamma_i gamma_j |m_i - m_j|^2``: positive terms only.
    """
    points, at = points_of(mixture, x), Marginal.at(mixture, t)
    squares = at.signal**2 * mixture.squared_distances
    out = np.empty(len(points))
    for rows in _chunks(len(points), 2 * mixture.K + mixture.d):
        gamma, _ = at.weights(at.centred(points[rows]))
        out[rows] = np.sum((gamma @ squares) * gamma, axis=1) / 2
    return out


def score_jacobian(mixture: Mixture, x: Any, t: Any) -> np.ndarray:
    """``-I/v + Cov/v^2`` at points, (N, d, d)."""
    points, at = points_of(mixture, x), Marginal.at(mixture, t)
    d = mixture.d
    out = np.empty((len(points), d, d))
    for rows in _chunks(len(points), mixture.K * d + d * d):
        root = _centred_roots(at, points[rows]) / at.v
        np.matmul(root.swapaxes(1, 2), root, out=out[rows])
    out[:, range(d), range(d)] -= 1 / at.v
    return out


def velocity_jacobian(mixture: Mixture, x: Any, t: Any) -> np.ndarray:
    """``-beta (I + sigma_inf^2 (-I/v + Cov/v^2))`` at points, (N, d, d)."""
    found = score_jacobian(mixture, x, t)
    found *= float(mixture.sigma_inf) ** 2
    found[:, range(mixture.d), range(mixture.d)] += 1
    found *= -float(mixture.beta)
    return found


def jacobian_norms(mixture: Mixture, x: Any, t: Any) -> np.ndarray:
    """Spectral norm of the velocity's Jacobian at points, (N,).

    Its eigenvalues are ``-beta (1 - w/v + w rho/v^2)`` for the eigenvalues rho of Cov, so the norm
    is attained at the least or the greatest rho; those come from the smaller of the K x K and the
    d x d matrix.
    """
    points, at = points_of(mixture, x), Marginal.at(mixture, t)
    w = float(mixture.sigma_inf) ** 2
    pull = 1 - w / at.v
    out = np.empty(len(points))
    for rows in _chunks(len(points), mixture.K * (mixture.d + mixture.K)):
        root = _centred_roots(at, points[rows]) / at.v
        if mixture.d < mixture.K:
            rho = np.linalg.eigvalsh(root.swapaxes(1, 2) @ root)
            least = rho[:, 0]
        else:
            # At most K - 1 of the d eigenvalues are not 0.
            rho = np.linalg.eigvalsh(root @ root.swapaxes(1, 2))
            least = np.zeros(len(rho))
        out[rows] = np.maximum(abs(pull + w * least), abs(pull + w * rho[:, -1]))
    return out * float(mixture.beta)


def _centred_roots(at: Marginal, x: np.ndarray) -> np.ndarray:
    """``sqrt(gamma_k) (m_k - mbar)``, (n, K, d): Cov is this transposed times itself."""
    gamma, _ = at.weights(at.centred(x))
    mean = gamma @ at.means
    return np.sqrt(gamma)[:, :, None] * (at.means[None] - mean[:, None])
