"""The linear control: students that are matrices, where the theory should be right."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..dynamics.full_student import stable_rate
from ..dynamics.laws import SGD
from ..dynamics.simulate import data_rows, train_students
from ..plan import MergePlan
from ..runs import Cell
from .config import Setting
from .scaled import ScaledData

__all__ = ["train_linear"]

_RATE = Fraction(1, 200)
_SHARE = Fraction(3, 5)


def train_linear(
    setting: Setting, data: ScaledData, plan: MergePlan, steps: int, cell: Cell
) -> Any:
    """Train matrices by SGD along a plan, on all scalings of the data.

    Returns
    -------
    dict of lists, one entry per scaling
        ``measured``, ``error``: squared distance of the mean student to the teacher, over the
        teacher's own square, and its standard error. ``predicted``: what gradient descent leaves.
        ``with_noise``: the mean over single students, minibatch noise included.
    """
    found: dict[str, list[float]] = {
        key: [] for key in ("measured", "error", "predicted", "with_noise")
    }
    for k, spectrum in enumerate(data.spectra):
        # Spectra that reach far above 1 need smaller steps: stay well inside of stability.
        edge = Fraction(stable_rate(spectrum.variances, setting.batch))
        law = SGD(min(_RATE, (_SHARE * edge).limit_denominator(10**6)), steps, setting.batch)
        students = train_students(
            plan,
            spectrum,
            setting.schedule,
            law,
            data_rows(data.rows[k], spectrum),
            seeds=setting.linear_seeds,
            seed=len(data.spectra) * setting.seed + k,
        )
        size = float(students.weights @ students.composite**2)
        value, error = students.w2_of_mean
        found["measured"].append(value / size)
        found["error"].append(error / size)
        found["predicted"].append(students.w2_descent / size)
        found["with_noise"].append(float(np.mean(students.w2_each)) / size)
        cell.tell(int(cell.work * (k + 1) / len(data.spectra)))
    return {"steps": steps} | found
