"""Run the study, cell by cell, into a folder from which a stopped run goes on."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import require
from ..experiments.torch_extra import load_torch
from ..json_files import read_json, write_json
from ..runs import Cell, Runs, run_cells
from .config import SCALINGS, Setting, StudentCell, evaluations
from .distil import Distiller, Student
from .linear import train_linear
from .network import Form, Weights, form_of
from .quality import coupling_error, gaussian_w2, nonlinear_share
from .sampling import NoisedData
from .scaled import ScaledData, scaled_data
from .teacher import sample, train_teachers

__all__ = ["StudyResult", "read_study", "run_study"]

Progress = Callable[[int, int], None]
_SHOWN = 8
_LINEAR_WORK = 1 / 40  # of a network's step, about


@dataclass(frozen=True, eq=False)
class StudyResult:
    """The results of a study, by setting and cell.

    Attributes
    ----------
    settings : tuple of Setting
    cells : dict
        Setting name to cell name to result.
    made_with : dict
        Versions.
    """

    settings: tuple[Setting, ...]
    cells: dict[str, dict[str, Any]]
    made_with: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; networks are left in the folder of the run."""
        return {
            "schema": "symmerge.study",
            "version": 1,
            "made_with": self.made_with,
            "settings": [setting.to_dict() for setting in self.settings],
            "cells": self.cells,
        }

    def __str__(self) -> str:
        from .claims import claims

        lines = [f"study: {sum(map(len, self.cells.values()))} cells"]
        for setting in self.settings:
            lines.append(f"\n{setting.name}")
            lines += [f"  {claim}" for claim in claims(self, setting)]
        return "\n".join(lines)


def read_study(path: str | Path) -> StudyResult:
    """Read what a study wrote into ``study.json``."""
    data = _floats(read_json(path))
    known = isinstance(data, dict) and data.get("schema") == "symmerge.study"
    require(known and data["version"] == 1, "file", "must be a study of symmerge", str(path))
    return StudyResult(
        tuple(Setting(**entry) for entry in data["settings"]),
        data["cells"],
        data["made_with"],
    )


def run_study(
    chosen: tuple[Setting, ...], out: str | Path, progress: Progress | None = None
) -> StudyResult:
    """Train everything that is not yet in the folder `out`, and write ``study.json`` there.

    Parameters
    ----------
    chosen : tuple of Setting
        Such as ``settings("small")``.
    out : path
        A new or empty folder, or one of the same study.
    progress : function (done, in all), optional

    Raises
    ------
    InputError
        Without PyTorch or scikit-learn, and for a folder that holds something else.
    """
    torch = load_torch()
    configuration = {"settings": [setting.to_dict() for setting in chosen]}
    store = Runs.open(out, "study", configuration, ("torch", "scikit-learn"))
    works = {setting.name: _Work(setting) for setting in chosen}
    sizes = {name: cost for work in works.values() for name, cost in work.sizes().items()}

    def compute(cell: Cell) -> Any:
        setting, _, name = cell.name.partition(".")
        work = works[setting]
        if work.teacher is None and not name.startswith(("teacher", "linear")):
            work.teacher = _unpacked(store.read(f"{setting}.teacher")["weights"])
        return work.compute(name, cell)

    # Networks are small: threads would only wait for each other.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        results = run_cells(store, sizes, compute, progress)
    finally:
        torch.set_num_threads(threads)
    cells: dict[str, dict[str, Any]] = {setting.name: {} for setting in chosen}
    for full, result in results.items():
        setting, _, name = full.partition(".")
        cells[setting][name] = {key: x for key, x in result.items() if key != "weights"}
    made_with = _floats(read_json(store.folder / "run.json"))["made_with"]
    found = StudyResult(chosen, cells, made_with)
    write_json(found.to_dict(), store.folder / "study.json")
    return found


class _Work:
    """Computes the cells of one setting."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.plans = setting.plans()
        self.teacher: Weights | None = None
        self._data: ScaledData | None = None
        self._noised: NoisedData | None = None
        self._reference: Any = None

    def sizes(self) -> dict[str, int]:
        """Names and sizes of the cells, in the order in which they are computed."""
        s = self.setting
        found = {"teacher": 4 * s.teacher_steps}
        for budget, name in s.linear_cells():
            plan = self.plans[name]
            steps = s.steps_of(plan, budget) * plan.merges
            found[f"linear.{budget}.{name}"] = max(1, int(steps * s.linear_seeds * _LINEAR_WORK))
        for cell in s.student_cells():
            plan = self.plans[cell.plan]
            found[str(cell)] = s.steps_of(plan, cell.budget) * evaluations(plan)
        return {f"{s.name}.{name}": work for name, work in found.items()}

    @property
    def data(self) -> ScaledData:
        """The scaled data."""
        if self._data is None:
            self._data = scaled_data(self.setting)
        return self._data

    @property
    def noised(self) -> NoisedData:
        """Draws for the stack: scalings, and within them seeds."""
        if self._noised is None:
            means = np.array([np.mean(spectrum.variances) for spectrum in self.data.spectra])
            form = form_of(self.setting.schedule, np.repeat(means, self.setting.seeds))
            s = self.setting
            self._noised = NoisedData(self.data.rows, s.seeds, form, s.seed)
        return self._noised

    def compute(self, name: str, cell: Cell) -> Any:
        """One cell's result."""
        if name == "teacher":
            return self._teacher(cell)
        kind, *rest = name.split(".")
        if kind == "linear":
            plan = self.plans[rest[1]]
            steps = self.setting.steps_of(plan, rest[0])
            return train_linear(self.setting, self.data, plan, steps, cell)
        return self._student(StudentCell(kind, *rest), cell)

    def _teacher(self, cell: Cell) -> Any:
        s, noised = self.setting, self.noised
        weights, losses = train_teachers(
            noised, s.hidden, s.teacher_steps, s.teacher_rate, 2 * s.batch, cell
        )
        self.teacher = weights
        noise, samples = self._reference_samples()
        start = Student(weights, s.T)(noised.form, noise)
        data = noised.clean(s.evaluation, noised.stream("data"))
        return {
            "weights": {name: _packed(tensor) for name, tensor in weights.items()},
            "variances": [spectrum.variances.tolist() for spectrum in self.data.spectra],
            "loss": self._table(losses),
            "untrained": self._each(coupling_error, start, samples),
            "nonlinear": self._each(nonlinear_share, noise, samples),
            "w2_to_data": self._each(gaussian_w2, samples, data),
            "spread": self._each(lambda x, _: float(np.sum(np.var(x, axis=0))), samples, samples),
            "samples": self._shown(samples),
        }

    def _student(self, name: StudentCell, cell: Cell) -> Any:
        s, plan = self.setting, self.plans[name.plan]
        assert self.teacher is not None
        distiller = Distiller(
            self.noised,
            self.teacher,
            name.optimiser,
            getattr(s, name.optimiser),
            s.steps_of(plan, name.budget),
            s.batch,
            name.network == "shared",
            cell,
        )
        student = distiller.run(plan)
        noise, samples = self._reference_samples()
        with load_torch().no_grad():
            found = student(self.noised.form, noise)
        result = {
            "steps": distiller.steps,
            "merges": plan.merges,
            "error": self._each(coupling_error, found, samples),
            "w2": self._each(gaussian_w2, found, samples),
            "contractions": [self._table(values) for values in distiller.contractions],
        }
        if name.budget == "merge":
            result["samples"] = self._shown(found)
        return result

    def _reference_samples(self) -> tuple[Any, Any]:
        """Noise ``z_T``, the same for all students, and what the teachers make of it."""
        if self._reference is None:
            assert self.teacher is not None
            form: Form = self.noised.form
            noise = self.noised.noised(
                form.T, self.setting.evaluation, self.noised.stream("evaluation")
            )
            self._reference = noise, sample(self.teacher, form, noise)
        return self._reference

    def _table(self, values: Any) -> list[list[float | None]]:
        """One number per network as (scalings, seeds); None where training diverged."""
        rows = np.reshape(values, (len(SCALINGS), self.setting.seeds)).tolist()
        return [[x if np.isfinite(x) else None for x in row] for row in rows]

    def _each(self, measure: Any, first: Any, second: Any) -> list[list[float | None]]:
        pairs = zip(first.double().numpy(), second.double().numpy(), strict=True)
        return self._table([measure(x, y) if np.isfinite(x).all() else np.nan for x, y in pairs])

    def _shown(self, points: Any) -> list[Any]:
        """A few samples (scalings, count, d) of the first seed."""
        chosen = points[:: self.setting.seeds, :_SHOWN].double().numpy()
        return [[[_short(x) for x in row] for row in part] for part in chosen]


def _short(x: float) -> float | None:
    return float(f"{x:.4g}") if np.isfinite(x) else None


def _packed(tensor: Any) -> dict[str, Any]:
    values = tensor.numpy().astype("<f4")
    return {"shape": list(values.shape), "data": base64.b64encode(values.tobytes()).decode()}


def _unpacked(weights: dict[str, Any]) -> Weights:
    torch = load_torch()
    found = {}
    for name, entry in weights.items():
        values = np.frombuffer(base64.b64decode(entry["data"]), "<f4")
        found[name] = torch.tensor(values.reshape([int(n) for n in entry["shape"]]))
    return found


def _floats(value: Any) -> Any:
    """Plain numbers again: whole ones as int, others as float."""
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, dict):
        return {key: _floats(entry) for key, entry in value.items()}
    return [_floats(entry) for entry in value] if isinstance(value, list) else value
