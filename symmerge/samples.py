"""Read samples and variances from files, and take their moments in one pass."""

from __future__ import annotations

import math
import re
import tokenize
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import InputError, require
from .numbers import parse_number
from .places import file_to_read

__all__ = ["Moments", "moments", "read_array", "read_rows", "sample_matrix"]

Progress = Callable[[int, int], None]

_MOST_BYTES = 4 * 2**30
_CHUNK_NUMBERS = 2**22
_MOST_FEATURES = 20_000
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
# Names of columns: what else stands in a first line is data, good or bad, and never skipped.
_NAME = re.compile(r"(?!(?:nan|inf|infinity)$)(\"?)[^\W\d_][\w ]*\1", re.IGNORECASE)
_FINE = re.compile(f"{_NAME.pattern}|{_DECIMAL.pattern}", re.IGNORECASE)
# What NumPy raises for broken files: headers that are no Python literals or name absurd shapes.
_BROKEN = (
    ArithmeticError,
    EOFError,
    KeyError,
    MemoryError,
    OSError,
    RuntimeError,  # zipfile's, for encrypted files and compressions it does not know
    SyntaxError,
    ValueError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class Moments:
    """Count, mean (d,) and unbiased covariance (d, d) of samples."""

    count: int
    mean: np.ndarray
    covariance: np.ndarray


def moments(samples: np.ndarray, progress: Progress | None = None) -> Moments:
    """Mean and covariance (divisor n - 1) in one pass over the rows, in float64.

    Chunks are centred before they are multiplied and then combined (Chan, Golub, LeVeque 1979), and
    the first row is taken off all of them, so a large mean costs no digits and a constant column
    has variance 0 exactly; memory beyond `samples` stays bounded, which suits memory maps.

    Raises
    ------
    InputError
        For fewer than 2 rows, no columns, an entry that is not finite (named by row, column), or
        entries whose squares overflow.
    """
    matrix = sample_matrix(samples)
    n, d = matrix.shape
    rows = max(1, _CHUNK_NUMBERS // d)
    origin = np.asarray(matrix[0], dtype=float)
    count, mean, scatter = 0, np.zeros(d), np.zeros((d, d))
    for start in range(0, n, rows):
        chunk = np.asarray(matrix[start : start + rows], dtype=float)
        if not np.all(np.isfinite(chunk)):
            row, column = np.argwhere(~np.isfinite(chunk))[0]
            where = f"row {start + row + 1}, column {column + 1}"
            raise InputError(
                "samples", f"must be finite everywhere, not in {where}", chunk[row, column]
            )
        total = count + len(chunk)
        with np.errstate(over="ignore", invalid="ignore"):  # looked for below
            chunk = chunk - origin
            centre = chunk.mean(axis=0)
            centred = chunk - centre
            shift = centre - mean
            scatter += centred.T @ centred + np.outer(shift, shift) * (count * len(chunk) / total)
            mean = mean + shift * (len(chunk) / total)
        count = total
        if progress is not None:
            progress(count, n)
    fits = bool(np.all(np.isfinite(scatter)))
    require(fits, "samples", "must be small enough to square", "an infinite variance")
    return Moments(n, origin + mean, scatter / (n - 1))


def sample_matrix(samples: np.ndarray) -> np.ndarray:
    """Check that `samples` is a matrix of numbers, rows being samples; nothing is copied."""
    try:
        matrix = samples if isinstance(samples, np.ndarray) else np.asarray(samples)
    except ValueError:
        raise InputError("samples", "must have rows of equal length", samples) from None
    numeric = matrix.dtype.kind in "iufb"
    require(numeric, "samples", "must be real numbers", f"dtype {matrix.dtype}")
    shape = f"shape {matrix.shape}"
    require(matrix.ndim == 2, "samples", "must be a matrix, one sample per row", shape)
    require(matrix.shape[0] >= 2, "samples", "must hold at least 2 rows", shape)
    fits = 1 <= matrix.shape[1] <= _MOST_FEATURES
    require(fits, "samples", f"must have 1 to {_MOST_FEATURES} columns", shape)
    return matrix


def read_array(path: Path) -> np.ndarray:
    """Read a ``.npy`` (memory-mapped), a ``.npz`` with one array, or a ``.csv`` of numbers.

    Objects and pickles are refused, never loaded.
    """
    size = _size(path)
    suffix = path.suffix.lower()
    require(suffix in (".npy", ".npz", ".csv"), "file", "must end in .npy, .npz or .csv", str(path))
    if suffix == ".csv":
        return _table(read_rows(path))
    try:
        with np.errstate(all="raise"):
            return _npy(path, size) if suffix == ".npy" else _npz(path)
    except InputError:
        raise
    except _BROKEN as error:
        rule = "must be an unbroken NumPy file of numbers"
        raise InputError("file", rule, f"{path}: {error}") from None


def _table(rows: Iterable[list[float]]) -> np.ndarray:
    """A matrix of rows of equal length, without a Python object per number."""
    numbers, count = array("d"), 0
    for row in rows:
        numbers.extend(row)
        count += 1
    return np.frombuffer(numbers).reshape(count, -1)


def _npy(path: Path, size: int) -> np.ndarray:
    with path.open("rb") as stream:
        ours = stream.read(6) == b"\x93NUMPY"
    require(ours, "file", "must be a NumPy file", str(path))
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        objects = "Python objects" in str(error)  # NumPy's words; it does not map them to memory
        require(not objects, "file", "must hold numbers, no Python objects", str(path))
        raise
    extra = size - found.offset - found.nbytes
    require(extra == 0, "file", "must end with its one array", f"{path}: {extra} bytes more")
    return found


def _npz(path: Path) -> np.ndarray:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    names = [member.filename for member in members]
    require(len(members) == 1, "file", "must hold one array", f"{path}: {names}")
    fits = members[0].file_size <= _MOST_BYTES
    require(fits, "file", "must hold at most 4 GiB (use .npy)", str(path))
    with np.load(path, allow_pickle=False) as loaded:
        return np.asarray(loaded[loaded.files[0]])


def _size(path: Path) -> int:
    try:
        return file_to_read(path).stat().st_size
    except OSError as error:
        raise InputError("file", "must be readable", f"{path}: {error.strerror}") from None


def read_rows(path: Path, *, fractions: bool = False) -> Iterator[list[float]]:
    """Rows of a CSV of numbers; all have the same length, blank lines do not count.

    The first line may be a header: names of letters, digits, spaces and underscores, each with a
    letter first. With `fractions` a cell may be ``p/q``. Errors name file and line.
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
                if width is None and all(map(_NAME.fullmatch, cells)):
                    width = len(cells)  # a header
                    continue
                width = len(cells) if width is None else width
                require(len(cells) == width, place, f"must have {width} cells", len(cells))
                try:
                    row = [_number(cell, place, fractions) for cell in cells]
                except InputError as error:
                    if number > 1:
                        raise
                    bad = next((cell for cell in cells if not _FINE.fullmatch(cell)), error.value)
                    hint = "a header has names of letters, digits, spaces and _ only"
                    raise InputError(place, error.rule, bad, hint) from None
                seen += 1
                yield row
    except UnicodeDecodeError:
        raise InputError("file", "must be text (UTF-8)", str(path)) from None
    except OSError as error:
        raise InputError("file", "must be readable", f"{path}: {error.strerror}") from None
    require(seen > 0, "file", "must hold numbers", str(path))


def _number(cell: str, place: str, fractions: bool) -> float:
    if _DECIMAL.fullmatch(cell):
        value = float(cell)
    elif fractions:
        exactly = parse_number(cell, place)
        value = float(exactly) if abs(exactly) < 10**300 else math.inf
    else:
        raise InputError(place, "must hold numbers only", cell)
    require(bool(np.isfinite(value)), place, "must hold finite numbers", cell)
    return value
