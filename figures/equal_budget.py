"""Which strategy wins under which budget: ``python -m figures equal_budget``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symmerge.dynamics.budget import compare_budget
from symmerge.phase import closed_forms
from symmerge.plot.style import COLOURS, LABELS, axes_or_new, plain_ticks
from symmerge.schedule import cosine

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "The best strategy under three kinds of budget"
SCHEDULE = "cosine"
PANELS = ({"convention": "per-merge"}, {"convention": "total"}, {"convention": "compute"})
GRID, SIZE = (1, 3), (7, 3.1)
EXPECTED = {
    "T": "16",
    "per": "8.5e-05",
    "boot": "7.8e-05",
    "vanilla": "1.4e-56",
    "where": "33 of 36",
}
CAPTION = (
    "The best of the strategies over the data variance λ and the budget S, T = {T}, cosine "
    "schedule, gradient flow. Left: every merge of every plan "
    "gets S/(T − 1). Middle: the training times of a plan add up to S, split at their best; "
    "vanilla wins for every λ outside the window (theorem) and at {where} points inside it. At λ "
    "= 0.5, S = 64, BOOT's error is {per} per merge and {boot} with the best split; vanilla's "
    "with all of S is {vanilla}. Right: time of a merge with m parts costs 3 + m; hatched: "
    "vanilla in two stages."
)
_TITLES = {
    "per-merge": "equal time per merge",
    "total": "equal total time",
    "compute": "equal cost",
}
_COLOURS = COLOURS | {"two-stage": "#56B4E9"}
_NAMES = LABELS | {"two-stage": "two stages"}
_LABELS_AT = {
    "per-merge": (("boot", 0.33, 0.3), ("vanilla", 4.2, 0.3)),
    "total": (("vanilla", 0.33, 0.3),),
    "compute": (("vanilla", 0.33, 0.2), ("two-stage", 4.1, 0.47)),
}


@dataclass(frozen=True)
class Budgets:
    """Best strategy and its ``|M/C - 1|`` over variances (columns) and budgets (rows)."""

    convention: str
    T: int
    lam: np.ndarray
    total: np.ndarray
    best: np.ndarray
    error: np.ndarray
    window: tuple[float, float]
    example: dict[str, float]


def compute(
    convention: str = "total",
    T: int = 16,
    lam: np.ndarray | None = None,
    total: np.ndarray | None = None,
) -> Budgets:
    """Compare the strategies on a grid, and at ``lam = 1/2``, ``S = 64``."""
    lam = np.geomspace(0.1, 10, 33) if lam is None else lam
    total = np.geomspace(4, 256, 9) if total is None else total
    schedule = cosine(T)
    found = [[compare_budget(float(x), schedule, float(S), convention) for x in lam] for S in total]
    best = np.array([[cell.best for cell in row] for row in found])
    error = np.array([[abs(cell.strategies[cell.best].error) for cell in row] for row in found])
    example = compare_budget("0.5", schedule, 64, convention).strategies
    errors = {name: abs(split.error) for name, split in example.items()}
    window = tuple(float(form) for form in closed_forms(T))
    return Budgets(convention, T, lam, total, best, error, window, errors)


def draw(result: Budgets, ax: Axes | None = None) -> Axes:
    """Draw the winners as colours and their error as contours."""
    from matplotlib.colors import ListedColormap, to_rgb
    from matplotlib.patches import Patch

    ax = axes_or_new(ax, 3.4, 2.9)
    names = list(_COLOURS)
    tints = [tuple(0.45 * channel + 0.55 for channel in to_rgb(_COLOURS[name])) for name in names]
    index = np.vectorize(names.index)(result.best)
    ax.pcolormesh(
        result.lam, result.total, index, cmap=ListedColormap(tints), vmin=-0.5,
        vmax=len(names) - 0.5, shading="nearest", rasterized=True,
    )  # fmt: skip
    second = index == names.index("two-stage")
    if second.any():
        ax.contourf(
            result.lam, result.total, second, levels=[0.5, 1.5], colors="none", hatches=["////"]
        )
    ax.set(xscale="log", yscale="log")
    plain_ticks(ax.xaxis, 0.1, 10)
    ax.set_xticks([0.1, 0.5, 1, 2, 10])
    ax.set_xlim(0.1, 10)
    ax.set_ylim(result.total[0], result.total[-1])
    plain_ticks(ax.yaxis, *ax.get_ylim())
    ax.set_title(_TITLES[result.convention])
    ax.set(xlabel=r"data variance $\lambda$", ylabel="budget $S$")
    for name, lam, height in _LABELS_AT[result.convention]:
        ax.text(
            lam, height, _NAMES[name], transform=ax.get_xaxis_transform(), ha="center", va="center",
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"},
        )  # fmt: skip
    if result.convention == "total":  # one key to all three, below the middle panel
        patches = [
            Patch(
                facecolor=tint, edgecolor="black", linewidth=0.6, label=_NAMES[name],
                hatch="////" if name == "two-stage" else None,
            )
            for name, tint in zip(names, tints, strict=True)
            if name != "best"
        ]  # fmt: skip
        ax.figure.legend(handles=patches, loc="outside lower center", ncols=len(patches))
    return ax


def numbers(results: list[Budgets]) -> dict[str, str]:
    """The numbers of the caption."""
    per_merge, total, _ = results
    low, high = total.window
    inside = total.best[:, (low < total.lam) & (total.lam < high)] == "vanilla"
    return {
        "T": str(total.T),
        "per": f"{per_merge.example['boot']:.1e}",
        "boot": f"{total.example['boot']:.1e}",
        "vanilla": f"{total.example['vanilla']:.1e}",
        "where": f"{inside.sum()} of {inside.size}",
    }
