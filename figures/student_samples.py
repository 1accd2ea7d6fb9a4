"""Decoded samples of a network teacher and its students: ``python -m figures.student_samples``.

Drawn from ``docs/data/study-small.json``, which ``symmerge study`` made; nothing is trained here.
All rows of a panel start from the same noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symmerge.plot import LABELS, plot_pictures
from symmerge.study.config import SCALINGS, Setting
from symmerge.study.run import read_study
from symmerge.study.scaled import scaled_data

from .pages import DOCS, save

__all__ = ["PANELS", "pictures"]

STUDY = DOCS / "data" / "study-small.json"
PANELS = (("below", "sgd"), ("below", "adam"), ("above", "sgd"), ("above", "adam"))
_PLANS = ("vanilla", "boot", "hybrid-2", "progressive", "consistency")
_NAMES = {"sgd": "SGD", "adam": "Adam"}


def pictures(
    setting: Setting, cells: dict[str, Any], scaling: str, optimiser: str
) -> dict[str, np.ndarray]:
    """Rows of pixels by name, with the mean error of every student over all seeds."""
    data, k = scaled_data(setting), SCALINGS.index(scaling)
    rows = {"teacher": data.decode(k, np.array(cells["teacher"]["samples"][k]))}
    for name in _PLANS:
        cell = cells[f"{optimiser}.separate.merge.{name}"]
        error = np.mean(cell["error"][k])
        rows[f"{LABELS.get(name, name)}, {error:.2g}"] = data.decode(
            k, np.array(cell["samples"][k])
        )
    return rows


def _draw(figure: Any) -> None:
    study = read_study(STUDY)
    setting = study.settings[0]
    cells = study.cells[setting.name]
    for ax, (scaling, optimiser) in zip(figure.subplots(2, 2).ravel(), PANELS, strict=True):
        plot_pictures(pictures(setting, cells, scaling, optimiser), ax)
        ax.set_title(f"variances {scaling} 1, {_NAMES[optimiser]}", loc="left", fontsize=10)


def main() -> None:
    """Draw the picture."""
    save("student_samples", (10, 6.6), _draw)


if __name__ == "__main__":
    main()
