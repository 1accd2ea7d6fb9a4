"""Trained students of mixture flows: ``python -m figures experiments``.

Drawn from the recorded results of ``symmerge experiment``, as ``figures/experiments_table.py`` is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symmerge.experiments import ExperimentResult
from symmerge.plot.style import COLOURS, axes_or_new, plain_ticks

from .experiments_table import recorded

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Trained students of mixture flows"
SCHEDULE = "Ornstein-Uhlenbeck, beta = 5, T = 1"
PANELS = ({"number": 1}, {"number": 2}, {"number": 3}, {"number": 4})
GRID, SIZE = (2, 2), (7, 5.8)
EXPECTED = {
    "gain": "48",
    "coarse": "0.83",
    "accurate": "6.9e-04",
    "one_block": "0.49",
    "blocks": "8",
    "many_blocks": "0.26",
    "one": "0.031",
    "eight": "−14%",
    "sixteen": "−37%",
    "residual": "+17%",
    "seeds": "3",
}
CAPTION = (
    "RelMSE of students that learned the flow of a mixture, at small size (recorded by symmerge "
    "experiment; tables and published values in experiments.md); bars are standard errors over "
    "{seeds} seeds. Top left: the score at five times, σ₀ = 0.1; widening from 16 to 128 lowers it "
    "{gain}-fold at t = 0.1. Top right: the map over ln 2/(2β), weights clipped to [−B, B], "
    "learned from the published teacher, whose even steps blow up for small σ₀ (filled: {coarse} "
    "at σ₀ = 0.001, B = 0.25), and from an accurate one (open: {accurate} there, and nearly the "
    "same for every σ₀). Bottom left: the whole map at σ₀ = 0.001; one transformer block leaves "
    "{one_block}, {blocks} leave {many_blocks}. Bottom right: the whole map at σ₀ = 1 in n pieces; "
    "star: one student, {one} (plain). Plain students are better on the balanced than on the "
    "uniform grid ({eight} at n = 8, {sixteen} at n = 16), residual ones worse ({residual} at n = "
    "8) but for n = 16."
)
_COLOURS = ("#0072B2", "#009E73", "#E69F00", "#CC79A7", "black")
_SIGNS = ("o", "s", "^", "D", "v")


def compute(number: int) -> ExperimentResult:
    """The recorded result of an experiment."""
    return recorded(number)


def numbers(results: list[ExperimentResult]) -> dict[str, str]:
    """The numbers of the caption."""
    widths, bounds, blocks, grids = results
    at = grids.average

    def change(student: str, n: int) -> str:
        rows = [at(student=student, grid=grid, n=n).mean for grid in ("stability", "uniform")]
        return f"{rows[0] / rows[1] - 1:+.0%}".replace("-", "−")

    ends = widths.setting.axis("width")
    gain = [widths.average(sigma0=0.1, width=w, t=0.1).mean for w in (ends[0], ends[-1])]
    reach = [bounds.average(teacher=t, sigma0=0.001, B=0.25).mean for t in ("coarse", "accurate")]
    few, many = (blocks.average(blocks=n).mean for n in (1, blocks.setting.axis("blocks")[-1]))
    return {
        "gain": f"{gain[0] / gain[1]:.0f}",
        "coarse": f"{reach[0]:.2f}",
        "accurate": f"{reach[1]:.1e}",
        "one_block": f"{few:.2f}",
        "blocks": f"{blocks.setting.axis('blocks')[-1]}",
        "many_blocks": f"{many:.2f}",
        "one": f"{at(student='plain', grid='none', n=1).mean:.3f}",
        "eight": change("plain", 8),
        "sixteen": change("plain", 16),
        "residual": change("residual", 8),
        "seeds": f"{grids.setting.seeds}",
    }


def draw(result: ExperimentResult, ax: Axes | None = None) -> Axes:
    """RelMSE with standard errors against what is varied."""
    ax = axes_or_new(ax, 4, 3)
    (_scores, _bounds, _blocks, _grids)[result.setting.number - 1](result, ax)
    ax.set_yscale("log")
    if result.setting.number > 2:
        plain_ticks(ax.yaxis, *ax.get_ylim())
    ax.set_ylabel("RelMSE")
    return ax


def _line(
    result: ExperimentResult, ax: Axes, across: str, values: Any, keys: Any, look: Any
) -> None:
    rows = [result.average(**(keys | {across: value})) for value in values]
    means, errors = [row.mean for row in rows], [row.error for row in rows]
    ax.errorbar(values, means, errors, capsize=2, **look)


def _scores(result: ExperimentResult, ax: Axes) -> None:
    widths = result.setting.axis("width")
    for t, colour, sign in zip(result.setting.axis("t"), _COLOURS, _SIGNS, strict=True):
        look = {"color": colour, "marker": sign, "label": f"t = {t}"}
        _line(result, ax, "width", widths, {"sigma0": 0.1, "t": t}, look)
    ax.set_xscale("log")
    plain_ticks(ax.xaxis, widths[0], widths[-1])
    ax.set_xticks(widths)
    ax.set_xlabel("width")
    ax.set_title("1 score, σ₀ = 0.1", loc="left")
    ax.legend()


def _bounds(result: ExperimentResult, ax: Axes) -> None:
    bounds = result.setting.axis("B")
    for sigma0, colour, sign in zip(result.setting.axis("sigma0"), _COLOURS, _SIGNS, strict=False):
        for teacher, line in (("coarse", "-"), ("accurate", "--")):
            look = {"color": colour, "marker": sign, "linestyle": line}
            if teacher == "coarse":
                look["label"] = f"σ₀ = {sigma0:g}"
            else:
                look["markerfacecolor"] = "white"
            _line(result, ax, "B", bounds, {"teacher": teacher, "sigma0": sigma0}, look)
    ax.set_xscale("log")
    ax.set_xlabel("weight bound B")
    ax.set_title("2 short map (open: accurate teacher)", loc="left")
    ax.legend()


def _blocks(result: ExperimentResult, ax: Axes) -> None:
    blocks = result.setting.axis("blocks")
    look = {"color": COLOURS["boot"], "marker": "o"}
    _line(result, ax, "blocks", blocks, {}, look)
    ax.set_xscale("log", base=2)
    ax.set_xticks(blocks, [str(n) for n in blocks])
    ax.set_xlabel("transformer blocks")
    ax.set_title("3 whole map, σ₀ = 0.001", loc="left")


def _grids(result: ExperimentResult, ax: Axes) -> None:
    rest = [n for n in result.setting.axis("n") if n > 1]
    looks = {"stability": ("o", "-"), "uniform": ("s", "--"), "averaged": ("^", ":")}
    for student, colour in (("plain", COLOURS["best"]), ("residual", COLOURS["boot"])):
        first = {"color": colour, "marker": "*", "markersize": 9, "linestyle": "none"}
        _line(result, ax, "n", [1], {"student": student, "grid": "none"}, first)
        for grid in result.setting.axis("grid"):
            sign, line = looks[grid]
            name = "balanced" if grid == "stability" else grid
            look = {"color": colour, "marker": sign, "linestyle": line}
            _line(
                result,
                ax,
                "n",
                rest,
                {"student": student, "grid": grid},
                look | {"label": f"{student}, {name}"},
            )
    ax.set_xscale("log", base=2)
    ax.set_xticks([1, *rest], ["1", *map(str, rest)])
    ax.set_xlabel("students in a row, n")
    ax.set_title("4 whole map, σ₀ = 1", loc="left")
    ax.legend(fontsize=7)
