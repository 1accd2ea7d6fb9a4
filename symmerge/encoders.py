"""Encoders that turn samples into latents, as pipelines do before they diffuse (SPEC A9).

Text form, for the command line: ``pca:32``, ``whiten``, ``whiten:32``, ``whiten-heldout:32``,
``autoencoder``, ``autoencoder:16``. The number is the latent dimension; all come from
scikit-learn.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .datasets import sklearn_module
from .errors import InputError, require
from .samples import sample_matrix

__all__ = ["NAMES", "Encoding", "encode"]

NAMES = ("pca", "whiten", "whiten-heldout", "autoencoder")
_TEXT = re.compile(r"([a-z-]+)(?::(\d{1,5}))?", re.ASCII)
_DEFAULT_DIMENSION = 32
_HIDDEN = 128


@dataclass(frozen=True, eq=False)
class Encoding:
    """Latents (n, k) of samples, how to decode latents, and what a report must say about them."""

    name: str
    latents: np.ndarray
    decode: Callable[[np.ndarray], np.ndarray]
    note: str


def encode(samples: np.ndarray, text: str, seed: int = 0) -> Encoding:
    """Encode samples (n, d) as `text` asks.

    ``pca:k`` keeps the k largest principal coordinates, ``whiten:k`` scales them to variance 1,
    ``whiten-heldout:k`` fits on the even rows and encodes the odd ones (so that variances scatter
    around 1, as for new data), ``autoencoder:k`` trains a small tanh autoencoder with one hidden
    layer on each side of the k latents.

    Raises
    ------
    InputError
        For an unknown encoder, or a dimension that the samples cannot fill.
    """
    match = _TEXT.fullmatch(text)
    if match is None or match[1] not in NAMES:
        shown = ", ".join(f"{name}[:K]" for name in NAMES)
        raise InputError("encode", f"must be one of {shown}", text)
    matrix = np.asarray(sample_matrix(samples), dtype=float)
    require(bool(np.all(np.isfinite(matrix))), "samples", "must be finite", "NaN or infinity")
    fit = matrix[::2] if match[1] == "whiten-heldout" else matrix
    most = min(fit.shape[1], fit.shape[0] - 1)
    k = int(match[2]) if match[2] else min(_DEFAULT_DIMENSION, most)
    require(1 <= k <= most, "encode", f"must ask for 1 to {most} latents", text)
    if match[1] == "autoencoder":
        return _autoencoder(matrix, k, seed)
    return _linear(matrix, fit, match[1], k)


def _linear(matrix: np.ndarray, fit: np.ndarray, name: str, k: int) -> Encoding:
    whiten = name != "pca"
    model = sklearn_module("decomposition").PCA(k, whiten=whiten, svd_solver="full").fit(fit)
    smallest, largest = model.explained_variance_[-1], model.explained_variance_[0]
    full = not whiten or smallest > 1e-12 * largest
    require(full, "encode", "must not whiten a direction in which the data are constant", k)
    heldout = name == "whiten-heldout"
    latents = model.transform(matrix[1::2] if heldout else matrix)
    share = float(model.explained_variance_ratio_.sum())
    note = f"{name}, {k} latents that hold {share:.1%} of the variance"
    if heldout:
        note += "; fitted on the even rows, encoded the odd ones"
    return Encoding(name, latents, model.inverse_transform, note)


def _autoencoder(matrix: np.ndarray, k: int, seed: int) -> Encoding:
    """Train ``x -> tanh -> latents -> tanh -> x`` on centred samples by Adam."""
    network: Any = sklearn_module("neural_network").MLPRegressor(
        hidden_layer_sizes=(_HIDDEN, k, _HIDDEN),
        activation="tanh",
        learning_rate_init=2e-3,
        batch_size=min(128, len(matrix)),
        max_iter=150,
        tol=0.0,
        n_iter_no_change=150,
        random_state=seed,
    )
    mean = matrix.mean(axis=0)
    deviation = float(matrix.std()) or 1.0
    scaled = (matrix - mean) / deviation
    with warnings.catch_warnings():
        # Training is meant to stop at its last epoch.
        warnings.simplefilter("ignore", sklearn_module("exceptions").ConvergenceWarning)
        network.fit(scaled, scaled)
    weights, offsets = network.coefs_, network.intercepts_

    def decode(latents: np.ndarray) -> np.ndarray:
        hidden = np.tanh(np.tanh(latents) @ weights[2] + offsets[2])
        return np.asarray(mean + deviation * (hidden @ weights[3] + offsets[3]))

    # Latents before their tanh: unbounded, which suits a Gaussian model better.
    latents = np.tanh(scaled @ weights[0] + offsets[0]) @ weights[1] + offsets[1]
    left = float(np.mean((decode(latents) - matrix) ** 2) / np.mean((matrix - mean) ** 2))
    note = f"autoencoder, {k} latents, {left:.1%} of the variance lost; seed {seed}"
    return Encoding("autoencoder", latents, decode, note)
