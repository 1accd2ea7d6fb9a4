"""From the name of a data set, or a file, to the spectrum a student sees.

Samples are read, encoded if asked for, scaled, and their principal coordinates taken for the
noise at hand, in this order; the noise covariance belongs to the coordinates at the end of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import datasets
from .errors import require
from .places import file_to_read
from .samples import Progress, read_array, sample_matrix
from .spectrum import SCALES, Spectrum, spectrum_from_samples, symmetric_matrix

__all__ = ["data_spectrum", "read_data", "read_noise"]

_MOST_ENCODED = 2**27  # numbers; encoders keep several float64 copies


def read_data(data: str) -> np.ndarray:
    """Samples of a bundled data set, or of a ``.npy`` (memory-mapped), ``.npz`` or ``.csv`` file.

    Raises
    ------
    InputError
        For a name that is neither, and for broken files.
    """
    if data in datasets.NAMES:
        return datasets.load(data)
    known = data != "" and (bool(Path(data).suffix) or Path(data).exists())
    require(known, "data", f"must be {', '.join(datasets.NAMES)} or a file", data)
    return sample_matrix(read_array(Path(data)))


def read_noise(path: str | Path) -> np.ndarray:
    """A noise covariance from a ``.npy``, ``.npz`` or ``.csv`` file: square, finite, symmetric."""
    found = read_array(file_to_read(path, "noise"))
    numeric = found.dtype.kind in "iuf"
    require(numeric, "noise", "must be real numbers", f"{path}: dtype {found.dtype}")
    square = found.ndim == 2 and found.shape[0] == found.shape[1]
    require(square, "noise", "must be a square matrix", f"{path}: shape {found.shape}")
    return symmetric_matrix(found, "noise")


def data_spectrum(
    data: str,
    scale: str = "none",
    encoder: str | None = None,
    noise: np.ndarray | None = None,
    told: Callable[[str], None] | None = None,
    progress: Progress | None = None,
) -> Spectrum:
    """Spectrum of a data set, of its latents if an encoder is named.

    Parameters
    ----------
    data : str
        ``digits``, ``patches-grey``, ``patches-rgb``, or a file of samples in rows.
    scale : {'none', 'unit', 'pixel'}
        How the samples, or their latents, are scaled.
    encoder : str, optional
        See :func:`symmerge.encoders.encode`.
    noise : (d, d) array, optional
        Covariance of the noise in the coordinates the student sees: scaled, encoded ones.
    told : function of a str, optional
        Told what is being done.
    progress : function (rows done, rows in all), optional
        Told how far the pass over the samples is.

    Examples
    --------
    >>> latents = data_spectrum("digits", "unit", "pca:16")
    >>> latents.total, round(float(latents.variances.sum()), 9)
    (16, 16.0)
    >>> latents.decode(latents.variances[None]).shape
    (1, 64)
    """
    require(scale in SCALES, "scale", f"must be one of {', '.join(SCALES)}", scale)
    told = told or (lambda _: None)
    told(f"reading {data}")
    samples = read_data(data)
    label = data if data in datasets.NAMES else Path(data).name
    if encoder is None:
        return spectrum_from_samples(samples, scale, label, progress, noise)
    from .encoders import encode

    fits = samples.size <= _MOST_ENCODED
    require(fits, "data", f"must hold at most {_MOST_ENCODED} numbers to be encoded", samples.shape)
    told(f"encoding with {encoder}")
    code = encode(samples, encoder)
    named = f"{label}, {code.name} latents"
    spectrum = spectrum_from_samples(code.latents, scale, named, progress, noise)
    return replace(spectrum, decoder=code.decode, notes=(code.note, *spectrum.notes))
