"""What an experiment measured: runs, their averages, the files they are written to."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, require
from ..json_files import write_json
from ..sweep.store import write_whole
from .settings import Setting, setting

__all__ = ["Average", "ExperimentResult"]

_MEASURES = {
    "relmse": "RelMSE of the composed students on fresh points",
    "worst_segment": "largest RelMSE of one student on fresh points",
    "worst_pool": "largest RelMSE of one student on the pairs it learned from",
    "nll": "mean of -log p_0 over the students' points",
    "teacher_nll": "mean of -log p_0 over the teacher's points",
    "parameters": "parameters of all students together",
}


@dataclass(frozen=True)
class Average:
    """Mean RelMSE over seeds.

    Attributes
    ----------
    keys : dict
    mean, std : float
    runs : int
    """

    keys: dict[str, Any]
    mean: float
    std: float
    runs: int

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return self.std / sqrt(self.runs)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return self.keys | {
            "relmse": self.mean,
            "std": self.std,
            "standard_error": self.error,
            "runs": self.runs,
        }


@dataclass(frozen=True, eq=False)
class ExperimentResult:
    """A finished experiment.

    Attributes
    ----------
    setting : Setting
    runs : tuple of dict
        One per combination and seed: ``keys``, ``seed``, and what
        :meth:`symmerge.experiments.training.Trainer.run` measured.
    device : str
    made_with : dict of versions
    files : tuple of Path
        Where it was written.
    """

    setting: Setting
    runs: tuple[dict[str, Any], ...]
    device: str
    made_with: dict[str, str]
    files: tuple[Path, ...] = ()

    @cached_property
    def averages(self) -> tuple[Average, ...]:
        """Means over seeds, in the order of the runs."""
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for run in self.runs:
            groups.setdefault(tuple(run["keys"].values()), []).append(run)
        found = []
        for group in groups.values():
            values = np.array([run["relmse"] for run in group])
            keys, std = group[0]["keys"], float(values.std(ddof=1))
            found.append(Average(keys, float(values.mean()), std, len(values)))
        return tuple(found)

    def average(self, **keys: Any) -> Average:
        """The average of one combination.

        Raises
        ------
        InputError
            If it was not run.
        """
        for found in self.averages:
            if found.keys == keys:
                return found
        raise InputError("keys", "must be those of a combination that was run", keys)

    def rows(self) -> list[dict[str, Any]]:
        """Flat rows, one per run."""
        found = []
        for run in self.runs:
            worst = {"worst_segment": max(run["segments"]), "worst_pool": max(run["pools"])}
            measured = run | worst
            kept = {name: measured[name] for name in _MEASURES if name in measured}
            found.append(run["keys"] | {"seed": run["seed"]} | kept)
        return found

    @cached_property
    def dataset(self) -> Any:
        """The runs as an xarray Dataset; combinations that were not run are NaN.

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
        rows = self.rows()
        names = [*self.runs[0]["keys"], "seed"]
        axes = {name: list(dict.fromkeys(row[name] for row in rows)) for name in names}
        shape = [len(axis) for axis in axes.values()]
        variables = {}
        for measure, meaning in _MEASURES.items():
            if measure in rows[0]:
                values = np.full(shape, np.nan)
                for row in rows:
                    values[tuple(axes[name].index(row[name]) for name in names)] = row[measure]
                variables[measure] = (names, values, {"long_name": meaning})
        coordinates = {
            name: np.array(axis, dtype=object if isinstance(axis[0], str) else None)
            for name, axis in axes.items()
        }
        attributes = {"experiment": self.setting.number, "size": self.setting.size}
        return xarray.Dataset(variables, coordinates, attributes | self.made_with)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        from .comparison import findings

        return {
            "schema": "symmerge.experiment",
            "version": 1,
            "setting": self.setting.to_dict(),
            "device": self.device,
            "made_with": self.made_with,
            "findings": findings(self),
            "averages": [average.to_dict() for average in self.averages],
            "runs": list(self.runs),
            "files": [str(path) for path in self.files],
        }

    @classmethod
    def from_dict(cls, data: Any) -> ExperimentResult:
        """Read the JSON form back.

        Raises
        ------
        InputError
            If it is not one, or if the setting has changed since.
        """
        known = isinstance(data, dict) and data.get("schema") == "symmerge.experiment"
        require(known, "result", "must be a result of an experiment", data)
        found = setting(data["setting"]["number"], data["setting"]["size"])
        same = found.to_dict() == data["setting"]
        require(same, "result", "was measured with another setting", data["setting"])
        return cls(found, tuple(data["runs"]), data["device"], data["made_with"])

    def write(self, folder: Path) -> tuple[Path, ...]:
        """Write the result as JSON, CSV and Markdown, with xarray also as NetCDF."""
        from .comparison import markdown

        places = [folder / name for name in ("result.json", "runs.csv", "table.csv", "table.md")]
        write_json(self.to_dict(), places[0])
        write_whole(_csv(self.rows()), places[1])
        write_whole(_csv(average.to_dict() for average in self.averages), places[2])
        write_whole((markdown(self) + "\n").encode(), places[3])
        try:
            import h5netcdf  # noqa: F401 - all three are needed
            import h5py  # noqa: F401
            import xarray  # noqa: F401
        except ImportError:
            return tuple(places)
        draft = folder / ".result.nc.tmp"
        try:
            self.dataset.to_netcdf(draft, engine="h5netcdf")
            draft.replace(folder / "result.nc")
        finally:
            draft.unlink(missing_ok=True)
        return (*places, folder / "result.nc")

    def __str__(self) -> str:
        from .comparison import findings, markdown

        found = "\n".join(f"- {line}" for line in findings(self))
        written = ", ".join(map(str, self.files))
        return f"{markdown(self)}\n\n{found}" + (f"\n\nwritten: {written}" if written else "")


def _csv(rows: Iterable[dict[str, Any]]) -> bytes:
    kept = list(rows)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(kept[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(kept)
    return stream.getvalue().encode()
