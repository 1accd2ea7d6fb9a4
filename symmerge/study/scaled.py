"""The data of a setting: principal coordinates, multiplied by one factor per scaling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..datasets import load
from ..encoders import encode
from ..spectrum import Spectrum, spectrum_from_samples
from .config import SCALINGS, Setting

__all__ = ["ScaledData", "scaled_data"]


@dataclass(frozen=True, eq=False)
class ScaledData:
    """Rows (scalings, n, d) in scaled principal coordinates, and how to look at them.

    Attributes
    ----------
    spectra : tuple of Spectrum
        One per scaling.
    factors : (scalings,) array
        What the principal coordinates were multiplied by.
    """

    rows: np.ndarray
    spectra: tuple[Spectrum, ...]
    factors: np.ndarray
    _decode: Callable[[np.ndarray], np.ndarray]

    def decode(self, scaling: int, points: np.ndarray) -> np.ndarray:
        """Data (n, pixels) of points (n, d) of one scaling."""
        return np.asarray(self._decode(np.asarray(points) / self.factors[scaling]))


def scaled_data(setting: Setting) -> ScaledData:
    """Four scalings of a data set by where its variances lie with respect to 1.

    ``below``: the largest is 0.95. ``mixed``: the largest is 4, most are below 1.
    ``straddling``: the median is 1. ``above``: the smallest is 2.1.
    """
    encoding = encode(load(setting.data), f"pca:{setting.dimension}")
    variances = encoding.latents.var(axis=0, ddof=1)
    wanted = {
        "below": 0.95 / variances.max(),
        "mixed": 4 / variances.max(),
        "straddling": 1 / np.median(variances),
        "above": 2.1 / variances.min(),
    }
    factors = np.sqrt([wanted[name] for name in SCALINGS])
    rows = encoding.latents * factors[:, None, None]
    spectra = tuple(
        spectrum_from_samples(part, label=f"{setting.data}, {name}")
        for part, name in zip(rows, SCALINGS, strict=True)
    )
    return ScaledData(rows, spectra, factors, encoding.decode)
