r"""DDIM steps of a Gaussian mixture, and their composites as sums over paths (SPEC C6).

With the linear teacher's factor :math:`a_t` for data of variance :math:`\sigma_0^2` and
responsibilities :math:`\gamma_k` at time t,

.. math:: D_t(x) = a_t x + (\alpha_{t-1} - a_t\alpha_t) \sum_k \gamma_k(x)\,\mu_k

(ledger ``c6_ddim_step``). The composite of m steps is a sum over the :math:`K^m` paths of
components: products of responsibilities times affine maps of one common slope (``c6_paths``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import require
from ..numbers import FLOAT
from ..schedule import Schedule, whole
from ..teacher import Teacher
from .mixture import Mixture
from .score import Marginal, points_of

__all__ = ["MixtureTeacher", "PathExpansion"]

_MOST_NUMBERS = 2**25


@dataclass(frozen=True, eq=False)
class PathExpansion:
    """A composite at given points as a sum over paths of components.

    Attributes
    ----------
    slope : float
        Common to all paths.
    offsets : (K^m, d) array
        Offset of every path; paths count in base K, the noisiest step's component first.
    weights : (N, K^m) array
        Products of responsibilities along the way from every point.
    """

    slope: float
    offsets: np.ndarray
    weights: np.ndarray

    def __call__(self, x: Any) -> np.ndarray:
        """``slope x + weights @ offsets`` at the points that the weights belong to."""
        return np.asarray(self.slope * np.asarray(x) + self.weights @ self.offsets)


@dataclass(frozen=True, eq=False)
class MixtureTeacher:
    """DDIM sampler of a mixture.

    Parameters
    ----------
    schedule : Schedule
    mixture : Mixture
        Its components; the process comes from the schedule.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> teacher = MixtureTeacher(cosine(6), Mixture([-2.0, 2.0], sigma0="1/2"))
    >>> teacher.run([[0.1], [1.0]], 1, 6).round(4)
    array([[1.103 ],
           [2.0271]])
    """

    schedule: Schedule
    mixture: Mixture

    @cached_property
    def _teacher(self) -> Teacher:
        return Teacher(self.schedule, float(self.mixture.sigma0) ** 2, FLOAT)

    @property
    def slopes(self) -> np.ndarray:
        """``a_t`` for t = 1..T, (T,)."""
        return self._teacher.a

    @cached_property
    def shifts(self) -> np.ndarray:
        """``alpha_{t-1} - a_t alpha_t`` for t = 1..T, (T,), as a sum of positive terms."""
        alpha, sigma, drop, rise = self.schedule.levels(FLOAT)
        return np.asarray(sigma[1:] * (drop * sigma[1:] + alpha[1:] * rise) / self._teacher.v)

    def marginal(self, t: Any) -> Marginal:
        """Law of the sample at time t = 0..T."""
        k = whole(t, "t", 0, self.schedule.T)
        alpha = float(self.schedule.levels(FLOAT).alpha[k])
        return Marginal(self.mixture, alpha, float(self._teacher.norms_squared[k]))

    def responsibilities(self, t: Any, x: Any) -> np.ndarray:
        """Posterior probabilities of the components at time t, (N, K)."""
        points, at = points_of(self.mixture, x), self.marginal(t)
        return at.weights(at.centred(points))[0]

    def step(self, t: Any, x: Any) -> np.ndarray:
        """One step, from time t to t - 1; points in rows, (N, d)."""
        k = whole(t, "t", 1, self.schedule.T) - 1
        gamma = self.responsibilities(t, x)
        return np.asarray(
            self.slopes[k] * np.asarray(x) + self.shifts[k] * (gamma @ self.mixture.means)
        )

    def run(self, x: Any, first: Any, last: Any) -> np.ndarray:
        """Steps `last`, `last` - 1, …, `first`: from time `last` to time `first` - 1."""
        i, j = self._interval(first, last)
        for t in range(j, i - 1, -1):
            x = self.step(t, x)
        return np.asarray(x)

    def paths(self, x: Any, first: Any, last: Any) -> PathExpansion:
        """The same composite as a sum over paths.

        Raises
        ------
        InputError
            If there are too many paths to write down.
        """
        i, j = self._interval(first, last)
        state, K = points_of(self.mixture, x), self.mixture.K
        rows = max(len(state), self.mixture.d)
        few = (j - i + 1) * np.log(K) + np.log(max(1, rows)) <= np.log(_MOST_NUMBERS)
        require(bool(few), "first, last", f"have too many paths, {K}^steps", (first, last))
        weights, offsets = np.ones((len(state), 1)), np.zeros((1, self.mixture.d))
        for t in range(j, i - 1, -1):
            gamma = self.responsibilities(t, state)
            state = self.step(t, state)
            weights = (weights[:, :, None] * gamma[:, None, :]).reshape(len(state), -1)
            offsets = self.slopes[t - 1] * offsets[:, None] + self.shifts[t - 1] * (
                self.mixture.means
            )
            offsets = offsets.reshape(-1, self.mixture.d)
        return PathExpansion(float(np.prod(self.slopes[i - 1 : j])), offsets, weights)

    def _interval(self, first: Any, last: Any) -> tuple[int, int]:
        i = whole(first, "first", 1, self.schedule.T)
        return i, whole(last, "last", i, self.schedule.T)
