"""Read samples and variances from files, and take their moments in one pass."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import InputError, require
from .numbers import parse_number

__all__ = ["Moments", "moments", "read_array", "read_rows", "sample_matrix"]

Progress = Callable[[int, int], None]

_MOST_BYTES = 4 * 2**30
_CHUNK_NUMBERS = 2**22
_MOST_FEATURES = 20_000
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True, eq=False)
class Moments:
    """Count, mean (d,) and unbiased covariance (d, d) of samples."""

    count: int
    mean: np.ndarray
    covariance: np.ndarray


def moments(samples: np.ndarray, progress: Progress | None = None) -> Moments:
    """Mean and covariance (divisor n - 1) in one pass over the rows, in float64.

    Chunks are centred before they are multiplied and then combined (Chan, Golub, LeVeque 1979), so
    a large mean costs no digits; memory beyond `samples` stays bounded, which suits memory maps.

    Raises
    ------
    InputError
        For fewer than 2 rows, no columns, or an entry that is not finite (named by row, column).
    """
    matrix = sample_matrix(samples)
    n, d = matrix.shape
    rows = max(1, _CHUNK_NUMBERS // d)
    count, mean, scatter = 0, np.zeros(d), np.zeros((d, d))
    for start in range(0, n, rows):
        chunk = np.asarray(matrix[start : start + rows], dtype=float)
        if not np.all(np.isfinite(chunk)):
            row, column = np.argwhere(~np.isfinite(chunk))[0]
            where = f"row {start + row + 1}, column {column + 1}"
            raise InputError(
                "samples", f"must be finite everywhere, not in {where}", chunk[row, column]
            )
        centre = chunk.mean(axis=0)
        centred = chunk - centre
        shift = centre - mean
        total = count + len(chunk)
        scatter += centred.T @ centred + np.outer(shift, shift) * (count * len(chunk) / total)
        mean = mean + shift * (len(chunk) / total)
        count = total
        if progress is not None:
            progress(count, n)
    return Moments(n, mean, scatter / (n - 1))


def sample_matrix(samples: np.ndarray) -> np.ndarray:
    """Check that `samples` is a matrix of numbers, rows being samples; nothing is copied."""
    array = samples if isinstance(samples, np.ndarray) else np.asarray(samples)
    numeric = array.dtype.kind in "iufb"
    require(numeric, "samples", "must be real numbers", f"dtype {array.dtype}")
    require(
        array.ndim == 2, "samples", "must be a matrix, one sample per row", f"shape {array.shape}"
    )
    require(array.shape[0] >= 2, "samples", "must hold at least 2 rows", f"shape {array.shape}")
    fits = 1 <= array.shape[1] <= _MOST_FEATURES
    require(fits, "samples", f"must have 1 to {_MOST_FEATURES} columns", f"shape {array.shape}")
    return array


def read_array(path: Path) -> np.ndarray:
    """Read a ``.npy`` (memory-mapped), a ``.npz`` with one array, or a ``.csv`` of numbers.

    Objects and pickles are refused, never loaded.
    """
    size = _size(path)
    suffix = path.suffix.lower()
    require(suffix in (".npy", ".npz", ".csv"), "file", "must end in .npy, .npz or .csv", str(path))
    if suffix == ".csv":
        return np.array(list(read_rows(path)), dtype=float)
    rule = "must be an unbroken NumPy file of numbers"
    try:
        if suffix == ".npy":
            return np.load(path, mmap_mode="r", allow_pickle=False)
        require(size <= _MOST_BYTES, "file", "must be at most 4 GiB (use .npy)", str(path))
        with np.load(path, allow_pickle=False) as archive:
            require(
                len(archive.files) == 1, "file", "must hold one array", f"{path}: {archive.files}"
            )
            return np.asarray(archive[archive.files[0]])
    except InputError:
        raise
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise InputError("file", rule, f"{path}: {error}") from None


def _size(path: Path) -> int:
    try:
        require(path.is_file(), "file", "must exist and be a file", str(path))
        return path.stat().st_size
    except OSError as error:
        raise InputError("file", "must be readable", f"{path}: {error.strerror}") from None


def read_rows(path: Path, *, fractions: bool = False) -> Iterator[list[float]]:
    """Rows of a CSV of numbers; one header line is allowed, all rows have the same length.

    With `fractions` a cell may be ``p/q``. Errors name file and line.
    """
    require(_size(path) <= _MOST_BYTES, "file", "must be at most 4 GiB (use .npy)", str(path))
    width, seen = None, 0
    try:
        with path.open(encoding="utf-8-sig", newline=None) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                cells = [cell.strip() for cell in line.split(",")]
                place = f"{path}, line {number}"
                if seen == 0 and width is None and not any(map(_DECIMAL.fullmatch, cells)):
                    width = len(cells)  # a header
                    continue
                width = len(cells) if width is None else width
                require(len(cells) == width, place, f"must have {width} cells", len(cells))
                seen += 1
                yield [_number(cell, place, fractions) for cell in cells]
    except UnicodeDecodeError:
        raise InputError("file", "must be text (UTF-8)", str(path)) from None
    except OSError as error:
        raise InputError("file", "must be readable", f"{path}: {error.strerror}") from None
    require(seen > 0, "file", "must hold numbers", str(path))


def _number(cell: str, place: str, fractions: bool) -> float:
    if _DECIMAL.fullmatch(cell):
        value = float(cell)
    elif fractions:
        value = float(parse_number(cell, place))
    else:
        raise InputError(place, "must hold numbers only", cell)
    require(bool(np.isfinite(value)), place, "must hold finite numbers", cell)
    return value
