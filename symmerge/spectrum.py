"""The spectrum of a data set: the variances of its principal coordinates (SPEC A1, A7, A8).

With white noise everything the theory computes is diagonal in the eigenbasis of the data
covariance, so a data set enters through its eigenvalues, with multiplicities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import datasets
from .errors import InputError, require, within
from .json_files import integer, list_of, number, read_json, text_value
from .places import file_to_read
from .samples import Progress, moments, read_array, read_rows

__all__ = [
    "SCALES",
    "Spectrum",
    "bundled",
    "read_samples",
    "read_spectrum",
    "spectrum_from_covariance",
    "spectrum_from_samples",
    "symmetric_matrix",
]

SCALES = ("none", "unit", "pixel")
_MOST_MULTIPLICITY = 2.0**53


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Variances with multiplicities, and how to get back to data coordinates.

    Parameters
    ----------
    variances : (n,) array of finite numbers >= 0, one at least > 0
    multiplicities : (n,) array of whole numbers >= 1, optional
        How many coordinates share each variance; 1 by default.
    label : str
        Name for reports.
    importance : (n,) array of numbers > 0, optional
        Weight of one such coordinate in the objective; 1 by default (SPEC A8: other values come
        from noise that is not white).
    basis : (d, n) array, optional
        Principal directions, one column per variance.
    mean, scale : (d,) arrays, optional
        Data coordinates are ``mean + scale * (basis @ z)``.
    notes : tuple of str
        Conventions that reports must state.
    decoder : function (n, d) -> (n, D), optional
        From those coordinates to what people look at, when they are the latents of an encoder.

    Examples
    --------
    >>> spectrum = Spectrum([0.5, 2.0], [3, 1])
    >>> spectrum.total, spectrum.share_below_one
    (4, 0.75)
    """

    variances: np.ndarray
    multiplicities: np.ndarray = None  # type: ignore[assignment]
    label: str = "spectrum"
    importance: np.ndarray = None  # type: ignore[assignment]
    basis: np.ndarray | None = None
    mean: np.ndarray | None = None
    scale: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    decoder: Callable[[np.ndarray], np.ndarray] | None = None

    def __post_init__(self) -> None:
        lam = _numbers(self.variances, "variances")
        require(
            lam.ndim == 1 and lam.size > 0, "variances", "must be a non-empty list", self.variances
        )
        for bad in lam[~(np.isfinite(lam) & (lam >= 0))]:
            raise InputError("variances", "must be finite and >= 0", bad)
        require(bool(np.any(lam > 0)), "variances", "must not all be 0", lam)
        require(
            bool(np.all((lam == 0) | ((lam >= 1e-250) & (lam <= 1e250)))),
            "variances",
            "must be 0 or lie between 1e-250 and 1e250",
            lam,
        )
        times = (
            np.ones(lam.shape)
            if self.multiplicities is None
            else _numbers(self.multiplicities, "multiplicities")
        )
        require(
            times.shape == lam.shape,
            "multiplicities",
            f"must be {lam.size}, one per variance",
            times.shape,
        )
        fine = (
            np.isfinite(times)
            & (times >= 1)
            & (times == np.floor(times))
            & (times < _MOST_MULTIPLICITY)
        )
        for bad in times[~fine]:
            raise InputError("multiplicities", "must be whole numbers >= 1", bad)
        weight = np.ones(lam.shape)
        if self.importance is not None:
            weight = _numbers(self.importance, "importance")
        positive = weight.shape == lam.shape and bool(np.all(np.isfinite(weight) & (weight > 0)))
        require(positive, "importance", f"must be {lam.size} numbers > 0", weight)
        object.__setattr__(self, "importance", weight)
        object.__setattr__(self, "variances", lam)
        object.__setattr__(self, "multiplicities", times.astype(int))

    @property
    def total(self) -> int:
        """Number of coordinates, multiplicities counted."""
        return int(self.multiplicities.sum())

    @property
    def share_below_one(self) -> float:
        """Share of the coordinates with variance at most 1."""
        return float(self.multiplicities[self.variances <= 1].sum() / self.total)

    def merged(self) -> Spectrum:
        """The same spectrum with equal variances listed once, in increasing order (no basis).

        The importance of merged coordinates is averaged.
        """
        lam, place = np.unique(self.variances, return_inverse=True)
        times = np.bincount(place, weights=self.multiplicities).astype(int)
        weight = np.bincount(place, weights=self.multiplicities * self.importance) / times
        bare = replace(self, basis=None, mean=None, scale=None, decoder=None)
        return replace(bare, variances=lam, multiplicities=times, importance=weight)

    def rescaled(self, factor: float) -> Spectrum:
        """The spectrum of the data multiplied by ``sqrt(factor)``."""
        require(bool(np.isfinite(factor)) and factor > 0, "factor", "must be > 0", factor)
        root = float(np.sqrt(factor))
        scale = None if self.scale is None else self.scale / root
        return replace(
            self,
            variances=self.variances * factor,
            scale=scale,
            label=f"{self.label}, variances x {factor:g}",
        )

    def decode(self, coordinates: np.ndarray) -> np.ndarray:
        """Data coordinates ``mean + scale * (basis @ z)`` of rows z of principal coordinates.

        With a decoder these are latents, and what they stand for is returned.
        """
        if self.basis is None or self.mean is None or self.scale is None:
            raise InputError("spectrum", "must carry a basis to decode with", self.label)
        found = np.asarray(self.mean + self.scale * (coordinates @ self.basis.T))
        return found if self.decoder is None else np.asarray(self.decoder(found))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form (variances and multiplicities only)."""
        return {
            "schema": "symmerge.spectrum",
            "version": 1,
            "label": self.label,
            "variances": self.variances.tolist(),
            "multiplicities": self.multiplicities.tolist(),
            "importance": self.importance.tolist(),
            "notes": list(self.notes),
        }


def _numbers(values: Any, argument: str) -> np.ndarray:
    """A float64 copy of numbers of any kind; SymPy's and fractions come as objects."""
    try:
        found = np.array(values)
        require(found.dtype.kind in "iufO", argument, "must be real numbers", values)
        return found.astype(float)
    except (OverflowError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(argument, "must be real numbers", values) from None


def spectrum_from_covariance(
    covariance: np.ndarray,
    label: str = "covariance",
    mean: np.ndarray | None = None,
    scale: np.ndarray | None = None,
    noise: np.ndarray | None = None,
) -> Spectrum:
    r"""Principal coordinates of a covariance matrix, largest variance last.

    For noise of covariance N (white by default) they solve ``Sigma W = N W diag(mu)`` with
    ``W' N W = I``. All teacher operators are ``W^{-T} D(mu) W'``, and so are those of a student
    trained in noise-whitened coordinates; its objective is
    ``tr (M-C) N (M-C)' = sum_i |N w_i|^2 (M_i - C_i)^2`` (SPEC A8), so a coordinate has the basis
    vector ``N w_i`` and its squared length as importance.

    Eigenvalues within rounding of zero (``d * eps * largest``) become exact zeros; a more negative
    one is an error.

    Raises
    ------
    InputError
        For a matrix that is not square, finite, symmetric (to 1e-10 of its largest entry) and
        positive semidefinite.
    """
    matrix = symmetric_matrix(covariance, "covariance")
    root = np.eye(len(matrix))
    if noise is not None:
        root = _noise_root(symmetric_matrix(noise, "noise"), len(matrix))
    whitened = np.linalg.solve(root, np.linalg.solve(root, matrix).T)
    variances, vectors = np.linalg.eigh((whitened + whitened.T) / 2)
    basis = root @ vectors
    rounding = len(matrix) * np.finfo(float).eps * max(float(variances[-1]), 0.0)
    # Estimated matrices come with rounding of their own: be lenient to tiny negative eigenvalues.
    semidefinite = variances[0] >= -1e4 * rounding and variances[-1] > 0
    require(
        bool(semidefinite), "covariance", "must be positive semidefinite and not 0", variances[0]
    )
    vanishing = variances <= rounding
    notes = (f"{int(vanishing.sum())} vanishing variances kept as 0",) if vanishing.any() else ()
    d = len(matrix)
    return Spectrum(
        np.where(vanishing, 0.0, variances),
        label=label if noise is None else f"{label}, correlated noise",
        importance=None if noise is None else np.sum(basis**2, axis=0),  # type: ignore[arg-type]
        basis=basis,
        mean=np.zeros(d) if mean is None else mean,
        scale=np.ones(d) if scale is None else scale,
        notes=notes,
    )


def symmetric_matrix(values: np.ndarray, name: str) -> np.ndarray:
    """Check a square, finite matrix that is symmetric to 1e-10 of its largest entry."""
    matrix = np.asarray(values, dtype=float)
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1] and matrix.size > 0
    require(square, name, "must be a square matrix", f"shape {matrix.shape}")
    require(bool(np.all(np.isfinite(matrix))), name, "must be finite", "NaN or infinity")
    skew = float(np.abs(matrix - matrix.T).max())
    largest = float(np.abs(matrix).max())
    require(skew <= 1e-10 * largest, name, "must be symmetric", f"off by {skew:g}")
    return (matrix + matrix.T) / 2


def _noise_root(noise: np.ndarray, d: int) -> np.ndarray:
    """Cholesky factor of a noise covariance."""
    require(noise.shape == (d, d), "noise", f"must be {d} x {d} like the data", noise.shape)
    try:
        return np.linalg.cholesky(noise)
    except np.linalg.LinAlgError:
        least = float(np.linalg.eigvalsh(noise)[0])
        raise InputError("noise", "must be positive definite", f"eigenvalue {least:g}") from None


def spectrum_from_samples(
    samples: np.ndarray,
    scale: str = "none",
    label: str = "samples",
    progress: Progress | None = None,
    noise: np.ndarray | None = None,
) -> Spectrum:
    """Spectrum of the sample covariance (divisor n - 1).

    Parameters
    ----------
    samples : (n, d) array, memory maps included
        One sample per row, n >= 2.
    scale : {'none', 'unit', 'pixel'}
        ``unit``: one factor so that the mean variance over all d coordinates is 1. ``pixel``: each
        coordinate standardised; constant coordinates stay 0.
    label : str
    progress : callable (rows done, rows in all), optional
    noise : (d, d) array, optional
        Covariance of the noise in the scaled coordinates; white by default.
    """
    require(scale in SCALES, "scale", f"must be one of {', '.join(SCALES)}", scale)
    found = moments(samples, progress)
    variance = np.diag(found.covariance).copy()
    require(bool(np.any(variance > 0)), "samples", "must vary", "all columns are constant")
    if scale == "none":
        unit = np.ones(len(variance))
    elif scale == "unit":
        unit = np.full(len(variance), np.sqrt(variance.mean()))
    else:
        unit = np.where(variance > 0, np.sqrt(variance), 1.0)
    covariance = found.covariance / np.outer(unit, unit)
    named = label if scale == "none" else f"{label}, {_SCALED[scale]}"
    return spectrum_from_covariance(covariance, named, found.mean, unit, noise)


_SCALED = {"unit": "unit mean variance", "pixel": "each coordinate standardised"}


def bundled(name: str, scale: str = "none") -> Spectrum:
    """Spectrum of a data set that ships with scikit-learn (see :mod:`symmerge.datasets`).

    Examples
    --------
    >>> digits = bundled("digits")
    >>> digits.total, int((digits.variances == 0).sum())
    (64, 3)
    """
    return spectrum_from_samples(datasets.load(name), scale, name)


def read_samples(
    path: str | Path, scale: str = "none", progress: Progress | None = None
) -> Spectrum:
    """Spectrum of the samples in a ``.npy``, ``.npz`` or ``.csv`` file, one sample per row."""
    path = Path(path)
    return spectrum_from_samples(read_array(path), scale, path.name, progress)


def read_spectrum(path: str | Path) -> Spectrum:
    """Read variances from a ``.csv``, ``.npy``, ``.npz`` or ``.json`` file.

    One variance per row, with an optional second column of multiplicities. In JSON a list of
    variances, or what ``Spectrum.to_dict`` writes; multiplicities and what follows may be absent.
    """
    path = file_to_read(path)
    kind = path.suffix.lower()
    known = kind in (".csv", ".npy", ".npz", ".json")
    require(known, "file", "must end in .csv, .npy, .npz or .json", str(path))
    if kind == ".json":
        return _from_json(path)
    if kind == ".csv":
        table = np.array(list(read_rows(path, fractions=True)), dtype=float)
    else:
        array = read_array(path)
        require(
            array.dtype.kind in "iuf", "file", "must hold real numbers", f"{path}: {array.dtype}"
        )
        table = np.asarray(array, dtype=float)
        table = table[:, None] if table.ndim == 1 else table
    shape = table.ndim == 2 and table.shape[1] in (1, 2) and len(table) > 0
    require(shape, "file", "must have one or two columns", f"{path}: shape {table.shape}")
    times = table[:, 1] if table.shape[1] == 2 else np.ones(len(table))
    with within(path.name):
        return Spectrum(table[:, 0], times, path.name)


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "schema": text_value,
    "version": integer,
    "label": text_value,
    "variances": list_of(number),
    "multiplicities": list_of(integer),
    "importance": list_of(number),
    "notes": list_of(text_value),
}


def _from_json(path: Path) -> Spectrum:
    data = read_json(path)
    data = {"variances": data} if isinstance(data, list) else data
    known = isinstance(data, dict) and "variances" in data
    require(known, "file", "must hold a list of variances or a spectrum of symmerge", str(path))
    found: dict[str, Any] = {"label": path.name}
    for key, value in data.items():
        require(key in _READERS, path.name, f"may have {', '.join(_READERS)} only", key)
        found[key] = _READERS[key](value, f"{path.name}: {key}")
    for key, ours in (("schema", "symmerge.spectrum"), ("version", 1)):
        value = found.pop(key, ours)
        require(value == ours, f"{path.name}: {key}", f"must be {ours}", value)
    with within(path.name):
        return Spectrum(**found)
