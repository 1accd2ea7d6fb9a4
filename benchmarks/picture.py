"""The picture of all ratios."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .page import figure_of

__all__ = ["draw"]

_FASTER, _SLOWER = "#0072B2", "#D55E00"
_LONGEST = 78  # characters of a name


def _short(text: str) -> str:
    text = text.replace("`", "")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def draw(lines: Sequence[dict[str, Any]], path: Path) -> None:
    """Median ratios with their smallest and largest, one row per line; logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, ax = plt.subplots(figsize=(11, 0.34 * len(lines) + 1.2), layout="constrained")
    for row, line in enumerate(lines):
        ratio = line["ratio"]
        color = _FASTER if ratio["median"] >= 1 else _SLOWER
        ax.plot([ratio["min"], ratio["max"]], [row, row], color=color, lw=1.5, zorder=2)
        ax.plot(ratio["median"], row, "o", color=color, ms=4.5, zorder=3)
        ax.annotate(
            figure_of(ratio["median"]),
            (ratio["max"], row),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    ax.axvline(1, color="black", lw=0.8, zorder=1)
    names = [f"{_short(line['name'])}\nagainst {_short(line['baseline'])}" for line in lines]
    ax.set_yticks(range(len(lines)), names, fontsize=6)
    ax.set_ylim(len(lines) - 0.4, -0.6)
    ax.set_xscale("log")
    ax.margins(x=0.12)
    ax.set_xlabel("time of the baseline / our time (right of 1: we are faster)")
    ax.grid(axis="x", lw=0.4, alpha=0.5)
    draft = path.with_name(f".{path.name}")
    figure.savefig(draft, dpi=110, format="png", metadata={"Software": None})
    plt.close(figure)
    draft.replace(path)
