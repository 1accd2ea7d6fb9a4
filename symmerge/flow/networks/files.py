"""Score networks as NumPy files, so that others can run them without symmerge.

A ``.npz`` file holds ``header`` (a JSON text) and for every layer n = 0, 1, … the arrays

``weight_n``          (units, inputs) matrix, float64
``bias_n``            (units,) float64
``squared_n``         (units,) bool: the unit is the square of a ReLU (hidden layers only)

Running it takes four lines: ``h = inputs``, then ``h = maximum(weight_n @ h + bias_n, 0)`` with the
squared units squared for every hidden layer, then ``weight_n @ h + bias_n`` for the last.
"""

from __future__ import annotations

import io
import json
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError, require
from ...places import file_to_read, file_to_write
from ...sweep.store import write_whole
from .layers import Network, Unit

if TYPE_CHECKING:
    from .compile import ScoreNetwork

__all__ = ["read_network", "write_network"]

_MOST_BYTES = 2**30
_MOST_LAYERS = 100_000


def write_network(found: ScoreNetwork, path: str | Path) -> None:
    """Write a network in float64; the file appears whole or not at all."""
    target = file_to_write(path)
    require(target.suffix == ".npz", "out", "must end in .npz", str(path))
    arrays: dict[str, Any] = {}
    for n, (weights, bias, squared) in enumerate(found.network.arrays):
        arrays |= {f"weight_{n}": weights.T, f"bias_{n}": bias}
        if n < found.network.depth:
            arrays[f"squared_{n}"] = squared
    header = found.to_dict() | {"inputs": ["t", *(f"x_{i + 1}" for i in range(found.mixture.d))]}
    stream = io.BytesIO()
    np.savez_compressed(stream, header=np.array(json.dumps(header)), **arrays)
    write_whole(stream.getvalue(), target)


def read_network(path: str | Path) -> tuple[Network, dict[str, Any]]:
    """Read a network and its header back.

    Raises
    ------
    InputError
        If the file is missing, cut off, changed, or holds something else.
    """
    place = file_to_read(path)
    try:
        require(place.stat().st_size <= _MOST_BYTES, "file", "must be at most 1 GiB", str(path))
        with zipfile.ZipFile(place) as archive:
            size = sum(member.file_size for member in archive.infolist())
        require(size <= _MOST_BYTES, "file", "must unpack to at most 1 GiB", str(path))
        with np.load(place, allow_pickle=False) as loaded:
            arrays = {name: loaded[name] for name in loaded.files}
        header = json.loads(str(arrays.pop("header")))
        known = header["schema"] == "symmerge.score_network" and header["version"] == 1
        require(known, "file", "must hold a score network", str(path))
        return _network(arrays, len(header["inputs"])), header
    except InputError:
        raise
    except (OSError, KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        told = " ".join(str(error).split())
        raise InputError("file", "must hold a score network", f"{path}: {told}") from None


def _network(arrays: dict[str, np.ndarray], inputs: int) -> Network:
    last = sum(name.startswith("bias_") for name in arrays) - 1
    require(0 <= last <= _MOST_LAYERS, "file", "must hold layers", sorted(arrays)[:3])
    layers, width = [], inputs
    for n in range(last + 1):
        weights, bias = arrays.pop(f"weight_{n}"), arrays.pop(f"bias_{n}")
        squared = arrays.pop(f"squared_{n}") if n < last else np.zeros(len(bias), bool)
        shapes = weights.shape == (len(bias), width) and squared.shape == bias.shape == (len(bias),)
        require(shapes, f"weight_{n}", f"must take {width} inputs", weights.shape)
        types = weights.dtype == bias.dtype == np.float64 and squared.dtype == np.bool_
        require(types, f"weight_{n}", "must be float64", weights.dtype)
        finite = bool(np.all(np.isfinite(weights)) and np.all(np.isfinite(bias)))
        require(finite, f"weight_{n}", "must be finite", "nan or inf")
        kinds = ["affine"] * len(bias) if n == last else np.where(squared, "requ", "relu").tolist()
        layers.append(
            tuple(
                Unit(
                    kind,
                    tuple((int(k), Fraction(float(row[k]))) for k in np.flatnonzero(row)),
                    Fraction(float(shift)),
                )
                for kind, row, shift in zip(kinds, weights, bias, strict=True)
            )
        )
        width = len(bias)
    require(not arrays, "file", "must hold nothing else", sorted(arrays)[:3])
    return Network(inputs, tuple(layers))
