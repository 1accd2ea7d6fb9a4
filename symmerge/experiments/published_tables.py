"""The published tables of arXiv 2606.03820, read from the files beside this module."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import sqrt
from typing import Any

from ..schedule import whole

__all__ = ["SOURCE", "Published", "published"]

SOURCE = (
    "W. Gao, M. Li, L. Shi, H. Zhou, A Quantitative Approximation Framework for Flow Distillation "
    "in Diffusion Models, arXiv 2606.03820"
)
_FILES = {1: ("1-sigma0.csv", "1-width.csv"), 2: ("2.csv",), 3: ("3.csv",), 4: ("4.csv",)}
_MEAN = {4: "relmse_mean"}
_STD = {4: "relmse_std"}


@dataclass(frozen=True)
class Published:
    """A row of a published table.

    Attributes
    ----------
    keys : dict
        As in :class:`symmerge.experiments.tasks.Task`.
    mean, std : float
        RelMSE over `runs` seeds and its standard deviation.
    """

    keys: dict[str, Any]
    mean: float
    std: float
    runs: int

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return self.std / sqrt(self.runs)


def _keys(number: int, row: dict[str, str]) -> dict[str, Any]:
    if number == 1:
        keys = {"sigma0": float(row["sigma0"]), "width": int(row["width"])}
        return keys | {"t": float(row["t/T"])}  # T = 1
    if number == 2:
        return {"teacher": "coarse", "sigma0": float(row["sigma0"]), "B": float(row["B"])}
    if number == 3:
        return {"blocks": int(row["n_blocks"])}
    return {"student": "plain", "grid": row["grid"], "n": int(row["n"])}


@lru_cache
def published(number: int) -> tuple[Published, ...]:
    """Return the published results of an experiment.

    Experiment 1 was published as two tables; the width 512 at sigma0 = 0.1 is in both, and that of
    the table over sigma0 is taken.

    Examples
    --------
    >>> row = published(4)[1]
    >>> row.keys, round(row.mean, 4), row.runs
    ({'student': 'plain', 'grid': 'stability', 'n': 8}, 0.0427, 10)
    """
    which = whole(number, "experiment", 1, 4)
    found: list[Published] = []
    for name in _FILES[which]:
        text = (files(__package__) / "published" / name).read_text(encoding="utf-8")
        for row in csv.DictReader(text.splitlines()):
            keys = _keys(which, row)
            if keys not in [known.keys for known in found]:
                mean, std = row[_MEAN.get(which, "mean")], row[_STD.get(which, "std")]
                found.append(Published(keys, float(mean), float(std), int(row["n_trials"])))
    return tuple(found)
