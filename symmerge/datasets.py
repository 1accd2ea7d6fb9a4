"""Real data that ships with scikit-learn: handwritten digits and patches of two photographs."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from .errors import InputError, require

__all__ = ["NAMES", "load", "sklearn_module"]

NAMES = ("digits", "patches-grey", "patches-rgb")
_SIDE = 8


def sklearn_module(module: str) -> Any:
    """Import a part of scikit-learn, or say how to install it."""
    try:
        return importlib.import_module(f"sklearn.{module}")
    except ImportError:
        hint = "install it with: pip install 'symmerge[data]'"
        raise InputError("data", "needs scikit-learn", "not installed", hint) from None


def load(name: str) -> np.ndarray:
    """Samples of a bundled data set, one per row, values in [0, 1].

    ``digits``: 1797 pictures of 8x8 pixels (scikit-learn's ``load_digits``, divided by 16).
    ``patches-grey``, ``patches-rgb``: all 8x8 patches on a grid of step 8 of scikit-learn's
    ``china.jpg`` and ``flower.jpg`` (64 and 192 coordinates).
    """
    require(name in NAMES, "data", f"must be one of {', '.join(NAMES)}", name)
    datasets = sklearn_module("datasets")
    if name == "digits":
        return np.asarray(datasets.load_digits().data / 16.0)
    patches = [_patches(datasets.load_sample_image(file)) for file in ("china.jpg", "flower.jpg")]
    pixels = np.concatenate(patches) / 255.0
    if name == "patches-grey":
        # Rec. 601 luma, the usual grey of 8-bit pictures.
        pixels = pixels @ np.array([0.299, 0.587, 0.114])
    return pixels.reshape(len(pixels), -1)


def _patches(picture: np.ndarray) -> np.ndarray:
    """Non-overlapping patches, (n, side, side, 3)."""
    height, width = (size - size % _SIDE for size in picture.shape[:2])
    blocks = picture[:height, :width].reshape(height // _SIDE, _SIDE, width // _SIDE, _SIDE, 3)
    return blocks.swapaxes(1, 2).reshape(-1, _SIDE, _SIDE, 3)
