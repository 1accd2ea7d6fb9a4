"""The finished table of a sweep, and the files it is written to."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..errors import InputError
from ..json_files import write_json
from .check import SpotCheck
from .chunks import BEST, OPTIMALITY, REGIME
from .spec import SweepSpec
from .store import write_whole

__all__ = ["SweepResult"]

_CODES = {"best": BEST, "regime": REGIME, "optimality": OPTIMALITY}
_NAMES = {"best": "best_plan", "regime": "regime", "optimality": "optimality"}
_MEANING = {
    "error": "relative error e = M/C - 1",
    "best": "plan with the smallest |M - C|; min-plan and max-plan are those of the theorems, "
    "symmerge.best_plan gives the tree of any point",
    "regime": "phase: boot, min-plan, band, max-plan, vanilla",
    "optimality": "how sure it is that no plan is better: proved (ball arithmetic), float64 "
    "(conditions of a theorem checked in float64), undecided",
}


@dataclass(frozen=True, eq=False)
class SweepResult:
    """A finished sweep.

    Attributes
    ----------
    spec : SweepSpec
    table : structured array of shape (lam, s, T)
        Fields ``error`` (one per plan), ``best``, ``regime``, ``optimality`` (codes).
    check : SpotCheck
    files : tuple of Path
        Where it was written.
    computed, repaired : int
        Chunks computed in this run, and of these those whose file was damaged or foreign.
    """

    spec: SweepSpec
    table: np.ndarray
    check: SpotCheck
    files: tuple[Path, ...] = ()
    computed: int = 0
    repaired: int = 0

    @property
    def attributes(self) -> dict[str, Any]:
        """What holds for the whole table."""
        schedule = self.spec.to_dict()["schedule"]
        return {
            "title": self.spec.title,
            "schedule": schedule if isinstance(schedule, str) else json.dumps(schedule),
            "budget": "s per merge" if self.spec.budget == "merge" else "s shared by all merges",
            "window": self.spec.window,
            "precision": "float64",
            "spot_check": json.dumps(self.check.to_dict()),
            "symmerge": __version__,
            "numpy": np.__version__,
        }

    def labels(self, name: str) -> np.ndarray:
        """The texts behind the codes of ``'best'``, ``'regime'`` or ``'optimality'``."""
        return np.array([*_CODES[name], ""])[self.table[name]]

    @cached_property
    def dataset(self) -> Any:
        """The table as an xarray Dataset.

        Raises
        ------
        InputError
            Without xarray, which comes with the extra ``data``.
        """
        try:
            import xarray
        except ImportError:
            missing = "needs xarray"
            raise InputError(
                "dataset", missing, "not installed", "install symmerge[data]"
            ) from None
        axes = ("lam", "s", "T")
        variables: dict[str, Any] = {
            "error": ((*axes, "plan"), self.table["error"], {"long_name": _MEANING["error"]})
        }
        if "best" in self.spec.plan_names:
            for code, words in _CODES.items():
                flags = {
                    "long_name": _MEANING[code],
                    "flag_values": np.arange(len(words), dtype=np.int8),
                    "flag_meanings": " ".join(words),
                }
                variables[_NAMES[code]] = (axes, np.ascontiguousarray(self.table[code]), flags)
        about = {
            "lam": {"long_name": "data variance"},
            "s": {"long_name": "dimensionless training time"},
            "T": {"long_name": "number of teacher steps"},
        }
        values = (self.spec.lams, self.spec.times, np.array(self.spec.steps))
        coordinates: dict[str, Any] = {
            name: (name, value, about[name]) for name, value in zip(axes, values, strict=True)
        }
        coordinates["plan"] = ("plan", np.array(self.spec.plan_names, dtype=object))
        return xarray.Dataset(variables, coordinates, self.attributes)

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write ``sweep.nc`` or, without xarray and h5netcdf, ``sweep.npz`` and its labels."""
        try:
            import h5netcdf  # noqa: F401 - all three are needed
            import h5py  # noqa: F401
            import xarray  # noqa: F401
        except ImportError:
            return self._write_npz(folder)
        draft = folder / ".sweep.nc.tmp"
        try:
            self.dataset.to_netcdf(draft, engine="h5netcdf")
            draft.replace(folder / "sweep.nc")
        finally:
            draft.unlink(missing_ok=True)
        return (folder / "sweep.nc",)

    def _write_npz(self, folder: Path) -> tuple[Path, ...]:
        arrays = {"lam": self.spec.lams, "s": self.spec.times, "T": np.array(self.spec.steps)}
        arrays |= {name: self.table[name] for name in ("error", *_CODES)}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, array in arrays.items():
                stream = io.BytesIO()
                np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
                # A fixed date, so that equal sweeps are equal files.
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), stream.getvalue())
        labels = {
            "schema": "symmerge.sweep-labels",
            "version": 1,
            "dims": ["lam", "s", "T", "plan"],
            "plan": self.spec.plan_names,
            "codes": {name: list(words) for name, words in _CODES.items()},
            "meaning": _MEANING,
            "attributes": self.attributes,
        }
        write_whole(packed.getvalue(), folder / "sweep.npz")
        write_json(labels, folder / "sweep-labels.json")
        return folder / "sweep.npz", folder / "sweep-labels.json"

    def counts(self, name: str) -> dict[str, int]:
        """How many points have each label."""
        codes, numbers = np.unique(self.table[name], return_counts=True)
        return {_CODES[name][k]: int(n) for k, n in zip(codes, numbers, strict=True) if k >= 0}

    def to_dict(self) -> dict[str, Any]:
        """Return a summary in JSON form; the table itself is in the files."""
        return {
            "schema": "symmerge.sweep-summary",
            "version": 1,
            "spec": self.spec.to_dict(),
            "points": self.table.size,
            "shape": dict(zip(("lam", "s", "T", "plan"), self.spec.shape, strict=True)),
            "regime": self.counts("regime"),
            "best": self.counts("best"),
            "optimality": self.counts("optimality"),
            "spot_check": self.check.to_dict(),
            "computed_chunks": self.computed,
            "repaired_chunks": self.repaired,
            "files": [str(path) for path in self.files],
        }

    def __str__(self) -> str:
        lam, s, T, _ = self.spec.shape
        lines = [
            f"{self.table.size:,} points: {lam:,} lam x {s:,} s x {T:,} T, plans "
            + ", ".join(self.spec.plan_names)
        ]
        for name in ("regime", "optimality"):
            shares = [f"{word} {n:,}" for word, n in self.counts(name).items()]
            if shares:
                lines.append(f"{name:11} {', '.join(shares)}")
        lines.append(
            f"spot check  {self.check.points} points in 50 digits: largest difference "
            f"{self.check.largest:.1e} of the terms, {self.check.largest_relative:.1e} of e"
        )
        if self.repaired:
            lines.append(f"repaired    {self.repaired} damaged or foreign chunks computed anew")
        lines.append(f"written     {', '.join(map(str, self.files))}")
        return "\n".join(lines)
