"""The picture of all ratios."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from .page import figure_of

__all__ = ["draw"]

_FASTER, _SLOWER = "#0072B2", "#D55E00"
_WIDTH = 7.5  # inches: as wide as a page, so that nothing is scaled down to fit
_NAME, _BASELINE = 42, 84  # characters in a line of the names, and of the baselines
_LINE = 0.145  # inches between lines of text
_FONT = 8


def _wrapped(text: str, characters: int) -> list[str]:
    unbroken = text.replace("`", "").replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    return wrap(unbroken, characters)


def draw(lines: Sequence[dict[str, Any]], path: Path) -> None:
    """Median ratios with their smallest and largest, one row per line; logarithmic.

    Baselines are headings: each is that of the rows below it.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, ax = plt.subplots(layout="constrained")
    below, middles, names, heading = 0.0, [], [], None  # in lines of text, from the top
    for line in lines:
        if line["baseline"] != heading:
            heading = line["baseline"]
            text = _wrapped(f"against {heading}", _BASELINE)
            ax.axhspan(below + 0.2, below + len(text) + 0.6, color="0.92", zorder=0)
            ax.text(
                0.01, below + len(text) / 2 + 0.4, "\n".join(text), va="center", fontsize=_FONT,
                transform=ax.get_yaxis_transform(),
                bbox={"facecolor": "0.92", "edgecolor": "none", "pad": 0.5},
            )  # fmt: skip
            below += len(text) + 0.8
        name, ratio = _wrapped(line["name"], _NAME), line["ratio"]
        row = below + len(name) / 2
        below += len(name) + 0.4
        middles.append(row)
        names.append("\n".join(name))
        color = _FASTER if ratio["median"] >= 1 else _SLOWER
        ax.plot([ratio["min"], ratio["max"]], [row, row], color=color, lw=1.5, zorder=2)
        ax.plot(ratio["median"], row, "o", color=color, ms=4.5, zorder=3)
        ax.annotate(
            figure_of(ratio["median"]), (ratio["max"], row), (5, 0), textcoords="offset points",
            va="center", fontsize=_FONT,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip
    figure.set_size_inches(_WIDTH, _LINE * below + 1)
    ax.axvline(1, color="black", lw=0.8, zorder=1)
    ax.set_yticks(middles, names, fontsize=_FONT)
    ax.set_ylim(below + 0.2, 0)
    ax.set_xscale("log")
    ax.margins(x=0.14)
    ax.tick_params(axis="x", labeltop=True, top=True, labelsize=_FONT + 1)
    ax.set_xlabel("time of the baseline / our time (right of 1: we are faster)")
    ax.grid(axis="x", lw=0.4, alpha=0.5)
    draft = path.with_name(f".{path.name}")
    figure.savefig(draft, dpi=120, format="png", metadata={"Software": None})
    plt.close(figure)
    draft.replace(path)
