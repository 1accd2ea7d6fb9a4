"""Phase diagram: which plan is best for one variance and training time, and where data lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..errors import require
from ..numbers import FLOAT
from ..schedule import Schedule, cosine
from ..search.hybrids import SpectrumLike
from ..teacher import Teacher
from .style import BAND_COLOUR, axes_or_new, plain_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PhaseTable", "phase_table", "plot_phase_diagram"]

_REGION_COLOURS = ("#A6CBE3", "#DCEBF5", BAND_COLOUR, "#FBE7C0", "#F2C164")


@dataclass(frozen=True, eq=False)
class PhaseTable:
    """Edges of the scalar phases over training time (SPEC A6).

    Attributes
    ----------
    s : (n,) array
        Training times.
    lam_boot, lam_van : float
        Outer edges, independent of s: BOOT is optimal up to the first, vanilla from the second on.
        Infinite where the schedule has no such edge.
    cosine : bool
        Whether this is the cosine schedule, whose window the theorems cover.
    lam_lo, lam_hi : (n,) arrays
        Inner edges: between them plans err to both sides.
    """

    s: np.ndarray
    lam_boot: float
    lam_van: float
    lam_lo: np.ndarray
    lam_hi: np.ndarray
    cosine: bool

    @property
    def banded(self) -> bool:
        """Whether the inner edges are known."""
        return bool(np.isfinite(self.lam_lo).all() and np.isfinite(self.lam_hi).all())

    @property
    def regions(self) -> list[tuple[str, str]]:
        """Names and colours of the regions, from small to large variances."""
        low, high = (
            ("theorem 7 plan", "theorem 5 plan") if self.cosine else ("least M", "largest M")
        )
        window = [f"every plan has M ≥ C: {low}", "plans err to both sides"]
        window.append(f"every plan has M ≤ C: {high}")
        names = ["BOOT is optimal", *window, "vanilla is optimal"]
        found = list(zip(names, _REGION_COLOURS, strict=True))
        if self.banded:
            return found
        return [found[0], ("steps on both sides of 1", BAND_COLOUR), found[-1]]


def phase_table(
    schedule: Schedule,
    s_values: Sequence[float],
    edges: Callable[[float], tuple[float, float]] | None = None,
) -> PhaseTable:
    """Edges of the phases for several training times.

    Parameters
    ----------
    schedule : Schedule
    s_values : sequence of positive numbers
    edges : function s -> (lam_lo, lam_hi), optional
        Source of the inner edges; :func:`symmerge.phase.edges` by default.
    """
    s = np.asarray(s_values, dtype=float)
    require(s.ndim == 1 and len(s) > 0, "s_values", "must be a list of training times", s_values)
    require(bool(np.all(s > 0)), "s_values", "must be > 0", s_values)
    thresholds = Teacher(schedule, 1.0, FLOAT).thresholds[:-1]
    known = [float(value) for value in thresholds if value is not None]
    lam_boot = min(known, default=np.inf)
    lam_van = max(known) if known and len(known) == len(thresholds) else np.inf
    if not known:
        nowhere = np.full(len(s), np.nan)
        return PhaseTable(s, lam_boot, lam_van, nowhere, nowhere, schedule.kind == "cosine")
    if edges is None:
        from ..phase import band_edges

        def edges(time: float) -> tuple[float, float]:
            return band_edges(s=time, schedule=schedule) or (np.nan, np.nan)

    inner = np.array([edges(float(time)) for time in s])
    lam_lo, lam_hi = inner[:, 0], inner[:, 1]
    return PhaseTable(s, lam_boot, lam_van, lam_lo, lam_hi, schedule.kind == "cosine")


def plot_phase_diagram(
    T: int,
    s_range: tuple[float, float] = (0.1, 10.0),
    lam_range: tuple[float, float] | None = None,
    spectrum: SpectrumLike | None = None,
    ax: Axes | None = None,
    *,
    schedule: Schedule | None = None,
    s: float | None = None,
    edges: Callable[[float], tuple[float, float]] | None = None,
    points: int = 13,
) -> Axes:
    """Which plan is best for one variance ``lam`` and training time ``s``, and where data lie.

    Parameters
    ----------
    T : int
        Number of steps of the default cosine schedule.
    s_range, lam_range : pairs of positive numbers
        Ranges shown; `lam_range` covers window and data by default.
    spectrum : Spectrum, optional
        Data whose variances are marked along the bottom.
    s : float, optional
        Training time to mark.
    edges : function s -> (lam_lo, lam_hi), optional
        See :func:`phase_table`; computed at `points` training times.

    Notes
    -----
    The window between BOOT and vanilla is narrow, so where it starts above 1 an inset shows it
    over ``lam - 1`` on a logarithmic axis.
    """
    schedule = cosine(T) if schedule is None else schedule
    require(schedule.T == T, "T", f"must equal the schedule's T = {schedule.T}", T)
    for name, pair in (("s_range", s_range), ("lam_range", lam_range or (1, 2))):
        require(0 < pair[0] < pair[1], name, "must be two increasing positive numbers", pair)
    table = phase_table(schedule, list(np.geomspace(*s_range, points)), edges)
    ax = axes_or_new(ax, 7.2, 4.4)
    data = np.empty(0) if spectrum is None else np.asarray(spectrum.variances, dtype=float)
    positive = data[data > 0]
    left, right = lam_range or _lam_range(table, positive)
    ax.set(xscale="log", yscale="log", xlim=(left, right), ylim=s_range)
    plain_ticks(ax.xaxis, left, right)
    plain_ticks(ax.yaxis, *s_range)
    ax.set_xlabel(r"variance $\lambda$ of a coordinate")
    ax.set_ylabel("training time $s$ per merge")
    _fill_regions(ax, table, 0.0, left, right)
    panels = [(ax, 0.0)]
    if 1 < table.lam_boot < table.lam_van < 4:
        panels.append((_window_inset(ax, table), 1.0))
    for panel, shift in panels:
        _mark_data(panel, spectrum, shift)
        _mark_time(panel, s, text=panel is ax)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, fontsize=9, frameon=False)
    return ax


def _lam_range(table: PhaseTable, positive: np.ndarray) -> tuple[float, float]:
    """Variances to show: window and data, at least two decades below 1 and one above."""
    outer = [x for x in (table.lam_boot, table.lam_van) if np.isfinite(x)]
    # Tiny variances would squeeze everything else; they are drawn at the edge.
    low = min([0.01, *(x / 2 for x in outer), *positive[positive >= 1e-4] / 1.5])
    high = max([20.0, *(2 * x for x in outer), *positive * 1.5])
    return float(low), float(high)


def _fill_regions(ax: Axes, table: PhaseTable, shift: float, left: float, right: float) -> None:
    """Shade the regions over ``lam - shift``."""
    s, one = table.s, np.ones(len(table.s))
    outer = [np.clip(x * one - shift, left, right) for x in (table.lam_boot, table.lam_van)]
    if table.banded:
        inner = [np.clip(x - shift, left, right) for x in (table.lam_lo, table.lam_hi)]
        columns = [outer[0], *inner, outer[1]]
    else:
        columns = outer
    ends = [left * one, *columns, right * one]
    for (start, stop), (name, colour) in zip(pairwise(ends), table.regions, strict=True):
        if np.any(stop > start):
            ax.fill_betweenx(s, start, stop, color=colour, linewidth=0, zorder=1, label=name)
    for column in columns:
        if np.any((left < column) & (column < right)):
            ax.plot(column, s, color="0.35", linewidth=0.8, zorder=2)


def _mark_data(ax: Axes, spectrum: SpectrumLike | None, shift: float) -> None:
    """Short strokes along the bottom, one per variance, and how many lie off to the left."""
    if spectrum is None:
        return
    low, high = ax.get_xlim()
    values = np.asarray(spectrum.variances, dtype=float) - shift
    shown = values[(values >= low) & (values <= high)]
    ax.plot(
        shown,
        np.full(len(shown), 0.045),
        "|",
        color="black",
        markersize=13,
        markeredgewidth=1,
        alpha=0.7,
        transform=ax.get_xaxis_transform(),
        zorder=4,
        label="variances of the data",
    )
    counts = np.asarray(spectrum.multiplicities)
    below, zero = int(counts[values < low].sum()), int(counts[values == 0].sum())
    if below and shift == 0:
        ax.annotate(
            f"◂ {below} smaller" + (f" ({zero} of them 0)" if zero else ""),
            (0, 0.1),
            (4, 0),
            fontsize=8,
            xycoords="axes fraction",
            textcoords="offset points",
        )


def _mark_time(ax: Axes, s: float | None, text: bool) -> None:
    """Dashed line at the training time asked for."""
    low, high = ax.get_ylim()
    if s is None or not low <= s <= high:
        return
    ax.axhline(s, color="0.15", linewidth=1, linestyle="--", zorder=3)
    if text:
        ax.annotate(
            f"s = {s:g}",
            (1, s),
            (-4, 3),
            ha="right",
            fontsize=9,
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
        )


def _window_inset(ax: Axes, table: PhaseTable) -> Axes:
    """The window over ``lam - 1``, on a logarithmic axis, inside the BOOT region."""
    inset = ax.inset_axes((0.075, 0.34, 0.53, 0.57), zorder=6)
    left, right = 0.55 * (table.lam_boot - 1), 2.2 * (table.lam_van - 1)
    inset.set(xscale="log", yscale="log", xlim=(left, right), ylim=ax.get_ylim())
    inset.set_title("zoom: the window between BOOT and vanilla", fontsize=9)
    inset.set_xlabel(r"$\lambda - 1$", fontsize=9, labelpad=1)
    inset.tick_params(labelsize=8, which="both")
    inset.tick_params(axis="y", left=False, labelleft=False, which="both")
    plain_ticks(inset.xaxis, left, right)
    _fill_regions(inset, table, 1.0, left, right)
    for edge, name, align in (
        (table.lam_boot - 1, r"$\lambda_{\rm BOOT}$", "right"),
        (table.lam_van - 1, r"$\lambda_{\rm van}$", "left"),
    ):
        inset.annotate(
            name,
            (edge, 1),
            (-3 if align == "right" else 3, -5),
            ha=align,
            va="top",
            fontsize=9,
            xycoords=inset.get_xaxis_transform(),
            textcoords="offset points",
        )
    return inset
