"""Read a spectrum from what a browser sent: bytes that may be anything."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import InputError, require
from ..samples import read_array
from ..spectrum import Spectrum, read_spectrum, spectrum_from_samples

__all__ = ["CONTENTS", "MOST_BYTES", "read_upload"]

MOST_BYTES = 8 * 2**20
MOST_VARIANCES = 1024
CONTENTS = ("variances", "samples")
_SUFFIXES = (".npy", ".csv", ".json")
_LONGEST_NAME = 60


def read_upload(name: str, content: bytes | str, holds: str) -> Spectrum:
    """Spectrum from an uploaded ``.npy``, ``.csv`` or ``.json`` file.

    Parameters
    ----------
    name : str
        Its name; only the ending matters, the rest is a label.
    content : bytes or str
    holds : {'variances', 'samples'}
        Variances, as :func:`~symmerge.spectrum.read_spectrum` takes them, or one sample per row.

    Raises
    ------
    InputError
        For a file over 8 MiB, more than 1024 coordinates, or a file that does not hold what it
        should; one line without paths of this machine.

    Examples
    --------
    >>> read_upload("two.json", b"[0.5, 2]", "variances").variances
    array([0.5, 2. ])
    """
    data = content.encode() if isinstance(content, str) else content
    shown = "".join(c for c in Path(name).name if c.isprintable())[-_LONGEST_NAME:]
    suffix = Path(shown).suffix.lower()
    require(suffix in _SUFFIXES, "file", f"must end in {', '.join(_SUFFIXES)}", shown)
    require(holds in CONTENTS, "file", f"must hold {' or '.join(CONTENTS)}", holds)
    fits = len(data) <= MOST_BYTES
    require(fits, "file", f"must be at most {MOST_BYTES // 2**20} MiB", shown)
    with TemporaryDirectory() as folder:
        path = Path(folder, f"upload{suffix}")
        path.write_bytes(data)
        try:
            # What NumPy warns of in broken headers is an error in what follows.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = read_spectrum(path) if holds == "variances" else _samples(path)
        except InputError as error:
            argument, rule, value = (
                x.replace(str(path), shown).replace(path.name, shown) if isinstance(x, str) else x
                for x in (error.argument, error.rule, error.value)
            )
            raise InputError(argument, rule, value, error.hint) from None
    few = len(found.variances) <= MOST_VARIANCES
    count = len(found.variances)
    require(few, "file", f"must have at most {MOST_VARIANCES} variances here", count)
    return replace(found, label=shown)


def _samples(path: Path) -> Spectrum:
    if path.suffix == ".json":
        raise InputError("file", "must be .npy or .csv to hold samples", path.name)
    rows = read_array(path)
    wide = f"must have at most {MOST_VARIANCES} columns here"
    require(rows.ndim != 2 or rows.shape[1] <= MOST_VARIANCES, "file", wide, rows.shape)
    return spectrum_from_samples(rows)
