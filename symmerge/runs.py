"""A folder for long runs: finished cells are kept, and a run that was stopped goes on.

A run is a set of named cells, such as one training per seed, each of which ends in a result that
is written as JSON. While a cell is computed it may keep checkpoints, named NumPy arrays. The
folder holds

``run.json``              what is run, with which versions: the identity of the run
``cells/NAME.json``       the result of a finished cell
``cells/NAME.part.npz``   the last checkpoint of a cell under way

Every file is written beside its place and then renamed, so it is whole or absent, and sealed with
a SHA-256 over the run's identity, the cell's name and the contents: a file that is damaged, or
that belongs to another run, is told from a good one and computed anew. One process at a time may
work on a folder.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from . import __version__
from .errors import InputError, require
from .json_files import read_json
from .places import folder_to_write
from .sweep.store import write_whole

__all__ = ["Cell", "Runs", "run_cells"]

_DIGEST = 32
_NAME = re.compile(r"[a-z0-9][a-z0-9._=+-]{0,99}")


@dataclass(frozen=True)
class Runs:
    """The store of one run.

    Attributes
    ----------
    folder : Path
    identity : bytes
        Digest of the configuration and of the versions that compute it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     store = Runs.open(folder, "squares", {"power": 2})
    ...     store.write("three", {"value": 9.0})
    ...     again = Runs.open(folder, "squares", {"power": 2})
    ...     again.state("three"), again.state("four"), again.read("three")
    ('good', 'absent', {'value': 9.0})
    """

    folder: Path
    identity: bytes

    @classmethod
    def open(
        cls,
        folder: str | Path,
        kind: str,
        configuration: Mapping[str, Any],
        packages: tuple[str, ...] = (),
    ) -> Runs:
        """Begin a run in a new or empty folder, or go on with the same one.

        Parameters
        ----------
        folder : path
        kind : str
            What sort of run this is.
        configuration : mapping of JSON values
            Everything the results depend on.
        packages : tuple of str
            Installed packages, beside symmerge and NumPy, whose versions the results depend on.

        Raises
        ------
        InputError
            If the folder holds something else, another configuration or other versions.
        """
        folder = folder_to_write(folder)
        text = str(folder)
        head: dict[str, Any] = {
            "schema": "symmerge.run",
            "version": 1,
            "kind": kind,
            "made_with": _versions(packages),
            "configuration": dict(configuration),
        }
        identity = hashlib.sha256(_canonical(head, "configuration")).digest()
        head["identity"] = identity.hex()
        place = folder / "run.json"
        if place.exists():
            _same(read_json(place), head, text)
        else:
            others = sorted(folder.iterdir()) if folder.exists() else []
            others = [path for path in others if not path.name.endswith(".tmp")]
            require(not others, "out", "must be empty or hold this run", others[:1])
            folder.mkdir(parents=True, exist_ok=True)
            write_whole((json.dumps(head, indent=1) + "\n").encode(), place)
        (folder / "cells").mkdir(exist_ok=True)
        for left in (*folder.glob(".*.tmp"), *(folder / "cells").glob(".*.tmp")):
            left.unlink(missing_ok=True)
        return cls(folder, identity)

    def _place(self, name: str, ending: str) -> Path:
        rule = "must be of a-z 0-9 . _ = + - (at most 100)"
        require(_NAME.fullmatch(name) is not None, "cell", rule, name)
        return self.folder / "cells" / f"{name}{ending}"

    def _seal(self, name: str, data: bytes) -> bytes:
        return hashlib.sha256(self.identity + name.encode() + b"\0" + data).digest()

    def write(self, name: str, result: Any) -> None:
        """Keep the result of a finished cell, a JSON value, and drop its checkpoint."""
        place = self._place(name, ".json")
        seal = self._seal(name, _canonical(result, "result")).hex()
        data = json.dumps({"cell": name, "result": result, "seal": seal}, indent=1)
        write_whole((data + "\n").encode(), place)
        self._place(name, ".part.npz").unlink(missing_ok=True)

    def _load(self, name: str) -> tuple[str, Any]:
        place = self._place(name, ".json")
        if not place.exists():
            return "absent", None
        try:
            data = _plain(read_json(place))
            seal = self._seal(name, _canonical(data["result"], "result")).hex()
            good = data["cell"] == name and data["seal"] == seal
        except (InputError, KeyError, TypeError):
            return "bad", None
        return ("good", data["result"]) if good else ("bad", None)

    def state(self, name: str) -> str:
        """``'good'``, ``'bad'`` (damaged or foreign) or ``'absent'``."""
        return self._load(name)[0]

    def read(self, name: str) -> Any:
        """Return the result of a finished cell.

        Raises
        ------
        InputError
            If there is no good one.
        """
        state, result = self._load(name)
        require(state == "good", "out", f"holds no result of {name}", f"{self.folder}: {state}")
        return result

    def save_checkpoint(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep the state of a cell under way; the last one replaces those before."""
        place = self._place(name, ".part.npz")
        stream = io.BytesIO()
        kept: dict[str, Any] = {key: np.asarray(value) for key, value in arrays.items()}
        for key, value in kept.items():
            require(not value.dtype.hasobject, key, "must be numbers or texts", value.dtype)
        np.savez(stream, **kept)
        data = stream.getvalue()
        write_whole(data + self._seal(name, data), place)

    def checkpoint(self, name: str) -> dict[str, np.ndarray] | None:
        """Return the last checkpoint of a cell; None if there is no good one."""
        try:
            data = self._place(name, ".part.npz").read_bytes()
        except FileNotFoundError:
            return None
        data, seal = data[:-_DIGEST], data[-_DIGEST:]
        if self._seal(name, data) != seal:
            return None
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}


@dataclass
class Cell:
    """What a cell under way may use.

    Attributes
    ----------
    name : str
    work : int
        Its size, in the units of progress.
    """

    name: str
    work: int
    _store: Runs
    _tell: Callable[[int], None] = field(repr=False)

    def saved(self) -> dict[str, np.ndarray] | None:
        """The last checkpoint; None at a first start."""
        return self._store.checkpoint(self.name)

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep a checkpoint: enough to go on from here with the same result."""
        self._store.save_checkpoint(self.name, arrays)

    def tell(self, done: int) -> None:
        """Report how much of `work` is done."""
        self._tell(min(done, self.work))


def run_cells(
    store: Runs,
    cells: Mapping[str, int],
    compute: Callable[[Cell], Any],
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Compute the cells that are not finished, in order; return the results of all.

    Parameters
    ----------
    store : Runs
    cells : mapping from name to size, in any unit
    compute : function from a Cell to its result, a JSON value
        Must return the same whether or not it starts from a checkpoint.
    progress : function (done, in all), optional
        In units of the sizes.

    Returns
    -------
    dict from name to result

    Notes
    -----
    An exception, Ctrl-C included, leaves finished cells and the last checkpoint in place.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     store = Runs.open(folder, "lengths", {})
    ...     run_cells(store, {"a": 1, "bc": 1}, lambda cell: len(cell.name))
    {'a': 1, 'bc': 2}
    """
    total = sum(cells.values())
    states = {name: store.state(name) for name in cells}
    done = sum(work for name, work in cells.items() if states[name] == "good")
    show = progress or (lambda done, total: None)

    def tell(part: int) -> None:
        show(done + part, total)

    tell(0)
    for name, work in cells.items():
        if states[name] == "good":
            continue
        store.write(name, compute(Cell(name, work, store, tell)))
        done += work
        tell(0)
    return {name: store.read(name) for name in cells}


def _versions(packages: tuple[str, ...]) -> dict[str, str]:
    found = {"symmerge": __version__, "numpy": np.__version__}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            raise InputError(package, "must be installed", "nothing") from None
    return found


def _canonical(value: Any, name: str) -> bytes:
    """One spelling of a JSON value, to take digests of."""
    try:
        return json.dumps(value, sort_keys=True, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InputError(name, f"must be a JSON value of finite numbers ({error})", value) from None


def _plain(value: Any) -> Any:
    """Decimals as floats again: results are measured numbers, not exact ones."""
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list) else value


def _same(found: Any, head: dict[str, Any], folder: str) -> None:
    """Refuse the folder of another run."""
    known = isinstance(found, dict) and found.get("schema") == head["schema"]
    require(known, "out", "must be empty or hold a run", folder)
    require(found.get("kind") == head["kind"], "out", "holds another run", found.get("kind"))
    if found.get("identity") == head["identity"]:
        return
    made = found.get("made_with")
    if made != head["made_with"]:
        raise InputError(
            "out", f"was begun with {made}", head["made_with"], "choose another folder"
        )
    raise InputError("out", "holds another configuration", folder, "choose another folder")
