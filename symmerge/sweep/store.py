"""The folder a sweep lives in: its spec, one file per chunk, and the finished table.

Every file is written beside its place and then renamed, so it is whole or absent. A chunk file is
an ``.npy`` array followed by a SHA-256 over the sweep's identity, the chunk's number and the
array: a file that is damaged, or that belongs to another sweep, is told from a good one and
computed anew. One run at a time may work on a folder.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..errors import InputError, require
from ..json_files import read_json, write_json
from ..places import folder_to_write
from .chunks import Chunk, record
from .spec import SweepSpec

__all__ = ["Store", "write_whole"]

_DIGEST = 32


def write_whole(data: bytes, path: Path) -> None:
    """Write a file, whole or not at all, also through a power cut."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@dataclass(frozen=True)
class Store:
    """The store of one sweep.

    Attributes
    ----------
    folder : Path
    identity : bytes
        Digest of the spec and of the versions that compute it.
    """

    folder: Path
    identity: bytes

    @classmethod
    def open(cls, folder: str | Path, spec: SweepSpec) -> Store:
        """Begin a store, or go on with one of the same sweep."""
        folder = folder_to_write(folder)
        text = str(folder)
        head = {
            "schema": "symmerge.sweep-store",
            "version": 1,
            "made_with": {"symmerge": __version__, "numpy": np.__version__},
            "spec": spec.to_dict(),
        }
        identity = hashlib.sha256(json.dumps(head, sort_keys=True).encode()).digest()
        head["identity"] = identity.hex()
        place = folder / "sweep.json"
        if place.exists():
            _same(read_json(place), head, text)
        else:
            others = sorted(folder.iterdir()) if folder.exists() else []
            others = [path for path in others if not path.name.endswith(".tmp")]
            require(not others, "out", "must be empty or hold this sweep", others[:1])
            (folder / "chunks").mkdir(parents=True, exist_ok=True)
            write_json(head, place)
        (folder / "chunks").mkdir(exist_ok=True)
        for left in (*folder.glob(".*.tmp"), *(folder / "chunks").glob(".*.tmp")):
            left.unlink(missing_ok=True)
        return cls(folder, identity)

    def _place(self, number: int) -> Path:
        return self.folder / "chunks" / f"{number:06d}.npy"

    def _seal(self, number: int, data: bytes) -> bytes:
        return hashlib.sha256(self.identity + number.to_bytes(8, "big") + data).digest()

    def write(self, number: int, rows: np.ndarray) -> None:
        """Keep a chunk."""
        stream = io.BytesIO()
        np.lib.format.write_array(stream, rows, version=(1, 0), allow_pickle=False)
        data = stream.getvalue()
        write_whole(data + self._seal(number, data), self._place(number))

    def state(self, number: int) -> str:
        """``'good'``, ``'bad'`` (damaged or foreign) or ``'absent'``."""
        data = self._bytes(number)
        if data is None:
            return "absent"
        good = self._seal(number, data[:-_DIGEST]) == data[-_DIGEST:]
        return "good" if good else "bad"

    def read(self, number: int, chunk: Chunk, plans: int) -> np.ndarray:
        """Return a good chunk."""
        data = self._bytes(number)
        good = data is not None and self._seal(number, data[:-_DIGEST]) == data[-_DIGEST:]
        if data is None or not good:
            raise InputError("out", "changed while it was read", str(self._place(number)))
        rows = np.lib.format.read_array(io.BytesIO(data[:-_DIGEST]), allow_pickle=False)
        fits = rows.dtype == record(plans) and rows.shape == (chunk.points,)
        require(fits, "out", "holds a chunk of another shape", str(self._place(number)))
        return rows

    def _bytes(self, number: int) -> bytes | None:
        try:
            return self._place(number).read_bytes()
        except FileNotFoundError:
            return None


def _same(found: Any, head: dict[str, Any], folder: str) -> None:
    """Refuse a store of another sweep."""
    known = isinstance(found, dict) and found.get("schema") == head["schema"]
    require(known, "out", "must be empty or hold a sweep", folder)
    if found.get("identity") == head["identity"]:
        return
    versions = found.get("made_with")
    if versions != head["made_with"]:
        raise InputError(
            "out", f"was begun with {versions}", head["made_with"], "choose another folder"
        )
    raise InputError("out", "holds another sweep", folder, "choose another folder")
