"""Running an experiment, or going on with one that was stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..provenance import versions
from ..runs import Cell, Runs, run_cells
from .result import ExperimentResult
from .settings import Setting
from .tasks import tasks
from .torch_extra import device, load_torch
from .training import Trainer

__all__ = ["run_experiment"]


def run_experiment(
    setting: Setting,
    out: str | Path,
    progress: Callable[[int, int], None] | None = None,
) -> ExperimentResult:
    """Run an experiment.

    Parameters
    ----------
    setting : Setting
        :func:`symmerge.experiments.setting` has the published ones.
    out : path of a folder
        New, empty, or with the beginning of this experiment, which then goes on. Afterwards it
        holds ``result.json``, ``runs.csv``, ``table.csv``, ``table.md`` and, with xarray,
        ``result.nc``.
    progress : function (training steps done, in all), optional

    Raises
    ------
    InputError
        Without PyTorch (extra ``train``), and if `out` holds something else.
    """
    load_torch()
    where = device(setting.size)
    configuration = setting.to_dict() | {"device": where}
    store = Runs.open(out, f"experiment-{setting.number}", configuration, ("torch",))
    found = {task.name: task for task in tasks(setting)}
    trainer = Trainer(setting, where)

    def compute(cell: Cell) -> dict[str, Any]:
        return trainer.run(found[cell.name], cell)

    results = run_cells(store, dict.fromkeys(found, setting.steps), compute, progress)
    runs = tuple(
        {"keys": task.keys, "seed": task.seed} | results[name] for name, task in found.items()
    )
    result = ExperimentResult(setting, runs, where, versions("torch"))
    files = result.write(store.folder)
    return ExperimentResult(setting, runs, where, result.made_with, files)
