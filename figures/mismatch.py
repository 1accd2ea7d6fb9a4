"""What students of bounded Lipschitz constant must lose: ``python -m figures mismatch``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from symmerge.flow.mismatch import (
    FlowTable,
    flow_table,
    mismatch,
    square_student,
    steps_needed,
    sup_student,
    vanishing_width,
)
from symmerge.flow.mixture import Mixture
from symmerge.flow.stability import Stability
from symmerge.plot.style import COLOURS, axes_or_new, plain_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Lipschitz mismatch of students and flow maps"
SCHEDULE = "Ornstein-Uhlenbeck, beta = 5, T = 1"
PANELS = (
    {"what": "maps"},
    {"what": "errors"},
    {"what": "regimes", "K": 2},
    {"what": "regimes", "K": 8},
)
GRID, SIZE = (2, 2), (7, 5.6)
EXPECTED = {
    "lip": "745",
    "one": "3.44e-2",
    "two": "9.93e-3",
    "four": "7.78e-4",
    "needed": "10",
    "other": "1.19e-1",
    "other_needed": "11",
    "limit": "0.266",
}
CAPTION = (
    "Two symmetric modes ±μ of width σ₀, β = 5: the map Φ from time 1 to the data has Lipschitz "
    "constant $e^B$, {lip} for μ = 1, σ₀ = 1/4. Top left: that map, the nearest 2- and 4-Lipschitz "
    "maps in mean square (4: two students of constant 2 in a row) and in the supremum norm (the "
    "mean of the smallest and the largest of the nearest maps). Top right: least E|Φ − g|²/E|Φ|² "
    "of n students; it falls as for one student of constant Kⁿ: {one}, {two}, …, {four} for n = 1, "
    "2, 4 at K = 2, and is 0 from n = {needed} on (arrows); for μ = 2, σ₀ = 1/2 it is {other} and "
    "0 from n = {other_needed} on. Bottom: the same over mode distance and width for one student; "
    "contours: ⌈B / ln K⌉, the students in a row that are exact. White: one is. For narrow modes "
    "and large K, E|Φ − g|² is about {limit} μ³/K. No student with the given constant, however "
    "trained, is better."
)
_T, _BETA, _NODES = 1, 5, 401
_MODES = ((1.0, "1/4"), (2.0, "1/2"))
_SLOPES = (2, 4, 16)
_MOST = 12


@dataclass(frozen=True)
class Losses:
    """What one panel shows: maps of a table, errors against n, or errors over widths and means."""

    what: str
    K: int
    tables: list[FlowTable]
    errors: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    widths: np.ndarray = field(default_factory=lambda: np.empty(0))
    means: np.ndarray = field(default_factory=lambda: np.empty(0))
    error: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    needed: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))


def compute(what: str = "maps", K: int = 2, cells: int = 17) -> Losses:
    """Least errors by isotonic regression; the regimes on a grid of `cells` squared mixtures."""
    if what != "regimes":
        tables = [flow_table(_two(mean, width), _T) for mean, width in _MODES]
        errors = {
            (k, slope): [mismatch(table, slope, n).mean_square for n in range(1, _MOST)]
            for k, table in enumerate(tables)
            for slope in _SLOPES
        }
        return Losses(what, K, tables, errors if what == "errors" else {})
    widths, means = np.geomspace(0.02, 1.5, cells), np.geomspace(0.1, 10, cells)
    error = np.array(
        [[mismatch(_table(mean, width), K).mean_square for width in widths] for mean in means]
    )
    needed = np.array([[_needed(mean, width, K) for width in widths] for mean in means])
    return Losses(what, K, [], {}, widths, means, error, needed)


def _two(mean: float, width: float | str) -> Mixture:
    return Mixture([-mean, mean], sigma0=width, beta=_BETA)


@lru_cache(maxsize=2000)
def _table(mean: float, width: float) -> FlowTable:
    return flow_table(_two(mean, float(width)), _T, _NODES)


def _needed(mean: float, width: float, K: int) -> float:
    """``B / ln K``, before rounding up: contours of it at whole numbers."""
    flow = Stability.of(_two(mean, float(width)))
    return float(flow.coordinate(_T, "one-sided")) / np.log(K)


def draw(result: Losses, ax: Axes | None = None) -> Axes:
    """Draw maps, errors or regimes."""
    ax = axes_or_new(ax, 3.4, 2.8)
    {"maps": _maps, "errors": _errors, "regimes": _regimes}[result.what](result, ax)
    return ax


def _maps(result: Losses, ax: Axes) -> None:
    table = result.tables[0]
    ax.plot(table.x, table.f, color="black", linewidth=2, label=r"$\Phi$")
    for slope, dashes in ((2, "--"), (4, ":")):
        best = square_student(table.x, table.f, table.weights, slope)
        ax.plot(table.x, best, dashes, color=COLOURS["best"], label=f"mean square, {slope}")
    largest = sup_student(table.x, table.f, 2)
    ax.plot(table.x, largest, "-.", color=COLOURS["boot"], label="supremum, 2")
    ax.set(xlim=(-2, 2), ylim=(-3.6, 2.1), xlabel="noise $x$", ylabel="data")
    ax.set_title(r"$\mu = 1$, $\sigma_0 = 1/4$")
    ax.legend(loc="lower right")


def _errors(result: Losses, ax: Axes) -> None:
    colours = (COLOURS["best"], COLOURS["boot"], COLOURS["consistency"])
    for (k, slope), errors in result.errors.items():
        n = np.arange(1, len(errors) + 1)
        seen = np.array(errors) > 0
        colour = colours[_SLOPES.index(slope)]
        ax.plot(
            n[seen], np.array(errors)[seen], "o-" if k == 0 else "s--", color=colour,
            markerfacecolor=colour if k == 0 else "white",
            label=f"$K = {slope}$" if k == 0 else None,
        )  # fmt: skip
        last = np.array(errors)[seen][-1]
        if not seen.all():  # falls to 0 there
            ax.annotate(
                "", (n[seen][-1] + 1, 1e-9), (n[seen][-1], last),
                arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 0.8},
            )  # fmt: skip
    ax.set(yscale="log", ylim=(1e-9, 1), xlabel="students in a row $n$")
    ax.set_xticks(range(1, _MOST))
    ax.set_ylabel(r"least $E|\Phi-g|^2/E|\Phi|^2$")
    ax.set_title("filled: left map; open: $\\mu = 2$, $\\sigma_0 = 1/2$")
    ax.legend(loc="upper right")


def _regimes(result: Losses, ax: Axes) -> None:
    from matplotlib.colors import LogNorm
    from matplotlib.patheffects import withStroke

    shown = np.ma.masked_less_equal(result.error, 0)
    image = ax.pcolormesh(
        result.widths, result.means, shown, norm=LogNorm(1e-6, 1), cmap="viridis",
        shading="nearest", rasterized=True,
    )  # fmt: skip
    levels = [1, 2, 4, 8, 16, 64, 256]
    lines = ax.contour(
        result.widths, result.means, result.needed, levels=levels, colors="black", linewidths=0.8
    )
    halo = withStroke(linewidth=2, foreground="white")
    for label in ax.clabel(lines, fmt="%d", fontsize=8):
        label.set_path_effects([halo])
    ax.set(xscale="log", yscale="log", xlabel=r"width $\sigma_0$", ylabel=r"mean $\mu$")
    for axis, values in ((ax.xaxis, result.widths), (ax.yaxis, result.means)):
        plain_ticks(axis, values[0], values[-1])
    ax.set_title(f"$K = {result.K}$" + (r"  (or three students with 2)" * (result.K == 8)))
    bar = ax.figure.colorbar(image, ax=ax, extend="min")
    bar.set_label("least relative error")


def numbers(results: list[Losses]) -> dict[str, str]:
    """The numbers of the caption."""
    first, second = results[1].tables
    table = results[1].errors

    def text(value: float) -> str:
        digits, exponent = f"{value:.2e}".split("e")
        return f"{digits}e{int(exponent)}"

    return {
        "lip": f"{np.exp(first.log_lipschitz):.0f}",
        "one": text(table[0, 2][0]),
        "two": text(table[0, 2][1]),
        "four": text(table[0, 2][3]),
        "needed": str(steps_needed(first.log_lipschitz, 2)),
        "other": text(table[1, 2][0]),
        "other_needed": str(steps_needed(second.log_lipschitz, 2)),
        "limit": f"{vanishing_width(1, 1000) * 1000:.3f}",
    }
