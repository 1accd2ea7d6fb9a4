r"""Isotropic Gaussian mixtures under an Ornstein-Uhlenbeck process (SPEC B1).

.. math:: p_0 = \sum_k \pi_k N(\mu_k, \sigma_0^2 I), \qquad
          p_t = \sum_k \pi_k N(e^{-\beta t} \mu_k, s_t^2 I), \qquad
          s_t^2 = e^{-2\beta t} \sigma_0^2 + (1 - e^{-2\beta t}) \sigma_\infty^2 .

:mod:`symmerge.flow.score` evaluates score, velocity and Jacobians,
:mod:`symmerge.flow.formulas` writes them out, :mod:`symmerge.flow.fit` fits mixtures to data.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, require, within
from ..json_files import integer, list_of, number, read_json, text_value, write_json
from ..numbers import exact

__all__ = ["Mixture", "read_mixture", "time_value", "write_mixture"]

_MOST_NUMBERS = 2**24
_LARGEST = Fraction(10) ** 100  # squares and their ratios stay inside float64
_SMALLEST = 1 / _LARGEST
_ROWS = 256


def time_value(t: Any, argument: str = "t") -> float:
    """Return a time as a float; it must be finite and >= 0."""
    value = exact(t, argument)
    require(0 <= value <= _LARGEST, argument, "must be >= 0", t)
    return float(value)


def positive_scale(value: Any, argument: str) -> Fraction:
    """Return a positive number of reasonable size, exactly."""
    found = exact(value, argument)
    require(_SMALLEST <= found <= _LARGEST, argument, "must be > 0, from 1e-100 to 1e100", value)
    return found


@dataclass(frozen=True, eq=False)
class Mixture:
    """Mixture of isotropic Gaussians of one width, and the process that turns it into noise.

    Parameters
    ----------
    means : (K, d) array
        One component per row; a one-dimensional array stands for d = 1.
    weights : (K,) array of positive numbers, optional
        Equal by default. They must add up to 1 up to rounding and are then normalised.
    sigma0 : number > 0
        Width of the components.
    beta : number > 0
        Rate of the process.
    sigma_inf : number > 0
        Width of the stationary law.
    label : str
        Name for reports.
    notes : tuple of str
        Where the mixture comes from, for reports.

    Examples
    --------
    >>> mixture = Mixture([-1.0, 1.0], sigma0="1/4", beta=5)
    >>> mixture.K, mixture.d, mixture.diameter
    (2, 1, 2.0)
    >>> mixture.variance(0), round(mixture.signal(1), 6)
    (0.0625, 0.006738)
    """

    means: Any
    weights: Any = None
    sigma0: Any = 1
    beta: Any = 1
    sigma_inf: Any = 1
    label: str = "mixture"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        means = _real_array(self.means, "means")
        if means.ndim == 1:
            means = means[:, None]
        shape = means.ndim == 2 and means.size > 0
        require(shape, "means", "must have one row per component", means.shape)
        require(
            means.size <= _MOST_NUMBERS,
            "means",
            f"must hold <= {_MOST_NUMBERS} numbers",
            means.shape,
        )
        small = bool(np.all(np.isfinite(means)) and np.all(np.abs(means) <= float(_LARGEST)))
        require(small, "means", "must be finite, at most 1e100 in size", self.means)
        weights = (
            np.full(len(means), 1.0)
            if self.weights is None
            else _real_array(self.weights, "weights")
        )
        require(
            weights.shape == (len(means),), "weights", f"must be {len(means)} numbers", self.weights
        )
        fine = bool(np.all(np.isfinite(weights)) and np.all(weights > 0))
        require(fine, "weights", "must be finite and > 0", self.weights)
        total = math.fsum(weights)
        unit = self.weights is None or abs(total - 1) <= 1e-6
        require(unit, "weights", "must add up to 1", total)
        for name, value in (("means", means), ("weights", weights / total)):
            value = np.array(value, dtype=float)
            value.flags.writeable = False
            object.__setattr__(self, name, value)
        for name in ("sigma0", "beta", "sigma_inf"):
            object.__setattr__(self, name, positive_scale(getattr(self, name), name))

    @property
    def K(self) -> int:
        """Number of components."""
        return int(self.means.shape[0])

    @property
    def d(self) -> int:
        """Dimension."""
        return int(self.means.shape[1])

    @cached_property
    def center(self) -> np.ndarray:
        """Plain mean of the component means, (d,): distances are computed from there."""
        centre = self.means.mean(axis=0)
        return np.asarray(centre)

    @cached_property
    def squared_distances(self) -> np.ndarray:
        """Squared distances of all pairs of component means, (K, K)."""
        out = np.empty((self.K, self.K))
        rows = max(1, _ROWS * 64 // max(64, self.K))
        for k in range(0, self.K, rows):
            # Differences, not a Gram matrix: near pairs keep their digits.
            for i in range(k, min(k + rows, self.K)):
                out[i] = np.sum((self.means - self.means[i]) ** 2, axis=1)
        return out

    @cached_property
    def farthest(self) -> tuple[int, int]:
        """A pair of components farthest apart; (0, 0) for one component."""
        i, j = divmod(int(np.argmax(self.squared_distances)), self.K)
        return i, j

    @property
    def diameter(self) -> float:
        """``D0 = max |mu_i - mu_j|``."""
        return math.sqrt(self.squared_distances[self.farthest])

    def signal(self, t: Any) -> float:
        """``exp(-beta t)``, the factor of the means at time t."""
        return math.exp(-float(self.beta) * time_value(t))

    def variance(self, t: Any) -> float:
        """``s_t^2``, as a sum of positive terms."""
        exponent = -2 * float(self.beta) * time_value(t)
        start, end = float(self.sigma0) ** 2, float(self.sigma_inf) ** 2
        return math.exp(exponent) * start - math.expm1(exponent) * end

    def sample(self, count: int, rng: np.random.Generator, t: Any = 0) -> np.ndarray:
        """Draw `count` points of ``p_t``, (count, d)."""
        points, _ = self.sample_with_modes(count, rng, t)
        return points

    def sample_with_modes(
        self, count: int, rng: np.random.Generator, t: Any = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw points of ``p_t`` and the components (count,) they come from."""
        modes = rng.choice(self.K, size=count, p=self.weights)
        points = rng.standard_normal((count, self.d))
        points *= math.sqrt(self.variance(t))
        signal = self.signal(t)
        for start in range(0, count, 2**16):
            points[start : start + 2**16] += signal * self.means[modes[start : start + 2**16]]
        return points, modes

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; widths and rate as exact numbers such as ``"1/4"``."""
        return {
            "schema": "symmerge.mixture",
            "version": 1,
            "label": self.label,
            "means": self.means.tolist(),
            "weights": self.weights.tolist(),
            "sigma0": str(self.sigma0),
            "beta": str(self.beta),
            "sigma_inf": str(self.sigma_inf),
        }

    @classmethod
    def from_dict(cls, data: Any) -> Mixture:
        """Read the JSON form back; every key beside ``means`` and ``sigma0`` may be left out."""
        require(isinstance(data, dict), "mixture", "must be a JSON object", data)
        for key, ours in (("schema", "symmerge.mixture"), ("version", 1)):
            require(data.get(key, ours) == ours, key, f"must be {ours}", data.get(key))
        unknown = sorted(set(data) - set(_READERS))
        require(not unknown, "key", f"must be one of {', '.join(_READERS)}", ", ".join(unknown))
        for key in ("means", "sigma0"):
            require(key in data, key, "is missing in the mixture", sorted(data))
        found = {key: _READERS[key](value, key) for key, value in data.items()}
        rows = found["means"]
        widths = {len(row) for row in rows if isinstance(row, tuple)}
        even = len(widths) <= 1 and len({isinstance(row, tuple) for row in rows}) <= 1
        require(even, "means", "must have rows of one length", sorted(widths))
        kept = {key: value for key, value in found.items() if key not in ("schema", "version")}
        return cls(**kept)

    def __str__(self) -> str:
        rate = f"beta = {_shown(self.beta)}"
        wide = "" if self.sigma_inf == 1 else f", sigma_inf = {_shown(self.sigma_inf)}"
        return (
            f"{self.label}: K = {self.K} components in d = {self.d}, sigma0 = "
            f"{_shown(self.sigma0)}, {rate}{wide}, diameter {self.diameter:.6g}"
        )


def _shown(value: Fraction) -> str:
    return str(value) if len(str(value)) <= 12 else f"{float(value):.6g}"


def _real_array(values: Any, name: str) -> np.ndarray:
    """A float64 array; text and complex numbers are refused."""
    try:
        found = np.asarray(values)
        if found.dtype.kind == "O":
            found = found.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise InputError(name, "must be an array of numbers", values) from None
    require(found.dtype.kind in "iuf", name, "must be an array of real numbers", values)
    return np.asarray(found, dtype=float)


def _row(value: Any, key: str) -> Any:
    """A mean: a list of coordinates, or a number in one dimension."""
    return list_of(number)(value, key) if isinstance(value, list | tuple) else number(value, key)


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "schema": text_value,
    "version": integer,
    "label": text_value,
    "means": list_of(_row),
    "weights": list_of(number),
    "sigma0": number,
    "beta": number,
    "sigma_inf": number,
}


def read_mixture(path: str | Path) -> Mixture:
    """Read a mixture from a JSON file.

    Raises
    ------
    InputError
        Naming the key that is missing, unknown or wrong.
    """
    data = read_json(path)
    with within(Path(path).name):
        found = Mixture.from_dict(data)
    if found.label != "mixture":
        return found
    return Mixture(
        found.means, found.weights, found.sigma0, found.beta, found.sigma_inf, Path(path).stem
    )


def write_mixture(mixture: Mixture, path: str | Path) -> None:
    """Write a mixture as JSON; the file appears whole or not at all."""
    write_json(mixture.to_dict(), path)
