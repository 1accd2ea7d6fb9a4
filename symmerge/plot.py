r"""Pictures for sweeps, papers and reports.

Every function takes the axes to draw on (``ax=None`` makes new ones), returns them and never shows
anything. What is drawn is computed by functions of its own, so that it can be tested and reused.
Colours are those of Okabe and Ito, told apart with every kind of colour vision; strategies differ
by marker too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from .draw import segments_text
from .errors import require
from .numbers import FLOAT
from .schedule import Schedule, cosine
from .search.spectra import SpectrumLike, SpectrumResult
from .teacher import Teacher

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .spectrum import Spectrum

__all__ = [
    "COLOURS",
    "DecodedSamples",
    "PhaseTable",
    "decode_samples",
    "phase_table",
    "plot_coordinate_errors",
    "plot_digits_row",
    "plot_hybrid_map",
    "plot_phase_diagram",
    "plot_strategy_bars",
]

COLOURS = {
    "best": "#D55E00",
    "boot": "#0072B2",
    "vanilla": "#E69F00",
    "consistency": "#009E73",
    "progressive": "#CC79A7",
}
MARKERS = {"best": "*", "boot": "s", "vanilla": "o", "consistency": "^", "progressive": "D"}
LABELS = {
    "best": "best plan",
    "boot": "BOOT",
    "vanilla": "vanilla",
    "consistency": "consistency",
    "progressive": "progressive",
}
_BAND_COLOUR = "#F0E442"
_REGION_COLOURS = ("#A6CBE3", "#DCEBF5", _BAND_COLOUR, "#FBE7C0", "#F2C164")


def _axes(ax: Axes | None, width: float, height: float) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


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
        return [found[0], ("steps on both sides of 1", _BAND_COLOUR), found[-1]]


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
        from .phase import band_edges

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
    ax = _axes(ax, 7.2, 4.4)
    data = np.empty(0) if spectrum is None else np.asarray(spectrum.variances, dtype=float)
    positive = data[data > 0]
    left, right = lam_range or _lam_range(table, positive)
    ax.set(xscale="log", yscale="log", xlim=(left, right), ylim=s_range)
    _plain_ticks(ax.yaxis, *s_range)
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
    _plain_ticks(inset.xaxis, left, right)
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


def _plain_ticks(axis: Any, low: float, high: float) -> None:
    """Label a logarithmic axis with 1, 2, 5 times powers of ten, written out."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    factors = (1, 2, 5) if len(decades) <= 4 else (1,)
    ticks = [f * 10.0**n for n in decades for f in factors if low <= f * 10.0**n <= high]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def plot_coordinate_errors(result: SpectrumResult, ax: Axes | None = None) -> Axes:
    """``|M - C|`` of every coordinate against its variance, per strategy."""
    ax = _axes(ax, 7.2, 4.4)
    lam = result.variances
    positive = lam[lam > 0]
    # Variances of zero stand in a column of their own at the left.
    least = float(positive.min()) if len(positive) else 1.0
    zero = least / 4
    x = np.where(lam > 0, lam, zero)
    order = ("consistency", "progressive", "vanilla", "boot", "best")
    for name in order:
        error = np.abs(result.errors[name])
        shown = error > 0
        label = LABELS[name]
        if name == "best" and result.plan.segments is not None:
            text = segments_text(result.plan.segments)
            label += f" ({text if len(text) <= 24 else text[:23] + '…'})"
        ax.plot(
            x[shown],
            error[shown],
            MARKERS[name],
            color=COLOURS[name],
            label=label,
            markersize=9 if name == "best" else 5,
            alpha=0.85,
            markeredgecolor="white",
            markeredgewidth=0.4,
            zorder=4 if name == "best" else 3,
        )
    ax.set(xscale="log", yscale="log")
    ax.set_xlabel(r"variance $\lambda$ of the coordinate")
    ax.set_ylabel(r"error $|M - C|$")
    if np.any(lam == 0):
        ax.axvline(zero * 2, color="0.6", linewidth=0.8, linestyle=":")
        count = int(result.multiplicities[lam == 0].sum())
        ax.annotate(
            f"$\\lambda = 0$\n({count}×)",
            (zero, 0),
            (0, 6),
            ha="center",
            fontsize=8,
            textcoords="offset points",
            xycoords=ax.get_xaxis_transform(),
        )
    ax.grid(alpha=0.25, which="major")
    ax.legend(fontsize=9, ncols=2, framealpha=0.9)
    return ax


def plot_strategy_bars(result: SpectrumResult, ax: Axes | None = None) -> Axes:
    """How many times the best plan's ``W2^2`` each strategy costs, on a logarithmic axis from 1."""
    ax = _axes(ax, 7.2, 2.6)
    ratios = {"best": 1.0, **result.ratios}
    names = sorted(ratios, key=lambda name: (ratios[name], name != "best"), reverse=True)
    finite = [ratio for ratio in ratios.values() if np.isfinite(ratio)]
    limit = 1.3 * max(2.0, *finite) ** 1.2
    for y, name in enumerate(names):
        ratio = min(ratios[name], limit)
        ax.barh(y, ratio - 1, left=1, height=0.6, color=COLOURS[name])
        text = f"×{ratios[name]:,.3f}" if ratios[name] < 100 else f"×{ratios[name]:,.0f}"
        ax.annotate(text, (ratio, y), (6, 0), textcoords="offset points", va="center", fontsize=10)
    ax.set(xscale="log", xlim=(0.93, limit), yticks=range(len(names)))
    ax.set_yticklabels([LABELS[name] for name in names])
    ax.set_xlabel(r"$W_2^2$ divided by that of the best plan")
    ax.spines[["right", "top"]].set_visible(False)
    return ax


def plot_hybrid_map(result: SpectrumResult, ax: Axes | None = None) -> Axes:
    """``W2^2`` of every two-sided hybrid, relative to the best of them, over (k, m)."""
    from matplotlib.colors import LogNorm

    ax = _axes(ax, 5.6, 4.6)
    values = result.scan.w2_squared
    least = float(np.nanmin(values))
    ratio = np.ma.masked_invalid(values / least if least > 0 else np.ones_like(values))
    mesh = ax.pcolormesh(
        ratio.T, cmap="cividis_r", norm=LogNorm(1, max(1.01, float(ratio.max()))), rasterized=True
    )
    colourbar = ax.figure.colorbar(mesh, ax=ax, label=r"$W_2^2$ / best hybrid's")
    _plain_ticks(colourbar.ax.yaxis, 1, max(1.01, float(ratio.max())))
    k, m = result.scan.best
    ax.plot(k + 0.5, m + 0.5, "*", color=COLOURS["best"], markersize=15, markeredgecolor="white")
    style: dict[str, Any] = {"textcoords": "offset points", "fontsize": 9}
    T = result.T
    ax.annotate(f"best: k={k}, m={m}", (k + 0.5, m + 0.5), (9, 5), **style)
    ax.annotate("vanilla", (0.5, 0.5), (6, 4), **style)
    ax.annotate("BOOT", (T / 2, T / 2 - 0.5), (4, 4), **style)
    ax.set_aspect("equal")
    ax.set_xlabel("k: single steps at the clean end")
    ax.set_ylabel("m: single steps at the noisy end")
    return ax


@dataclass(frozen=True, eq=False)
class DecodedSamples:
    """The same noise sent through teacher, best plan and worst strategy; arrays (count, pixels)."""

    teacher: np.ndarray
    best: np.ndarray
    worst: np.ndarray
    worst_name: str


def decode_samples(
    result: SpectrumResult, spectrum: Spectrum, count: int = 10, seed: int = 0
) -> DecodedSamples:
    """Send one draw of ``z_T`` through teacher and students and decode it to data coordinates.

    In the eigenbasis U of the data covariance ``z_T`` has independent coordinates of variance
    ``v_T``; an operator with diagonal D makes ``mean + U D z_T`` of them, in the data's own scale.

    Raises
    ------
    InputError
        If the spectrum carries no basis to decode with.
    """
    require(
        spectrum.basis is not None, "spectrum", "must carry a basis to decode with", spectrum.label
    )
    v_last = result.weights / result.multiplicities
    noise = np.random.default_rng(seed).standard_normal((count, len(v_last))) * np.sqrt(v_last)
    worst = result.worst_canonical
    decoded = {
        name: spectrum.decode(noise * operator)
        for name, operator in (
            ("teacher", result.composite),
            ("best", result.composite + result.errors["best"]),
            ("worst", result.composite + result.errors[worst]),
        )
    }
    return DecodedSamples(**decoded, worst_name=worst)


def plot_digits_row(
    result: SpectrumResult,
    spectrum: Spectrum,
    ax: Axes | None = None,
    *,
    count: int = 10,
    seed: int = 0,
) -> Axes:
    """Decoded square pictures: teacher, best plan, worst strategy, and how the two differ from it.

    All rows start from the same noise. Differences can be far below what the eye sees, so each
    difference row has its own scale, written beside it as a share of the pictures' range.
    """
    samples = decode_samples(result, spectrum, count, seed)
    pixels = samples.teacher.shape[1]
    side = round(np.sqrt(pixels))
    require(side * side == pixels, "spectrum", "must hold square pictures to draw them", pixels)
    ax = _axes(ax, 7.2, 4.4)
    low, high = np.quantile(samples.teacher, [0.01, 0.99])
    rows = [_grey(picture, low, high) for picture in (samples.teacher, samples.best, samples.worst)]
    names = ["teacher", "best plan", LABELS[samples.worst_name]]
    for picture, name in ((samples.best, names[1]), (samples.worst, names[2])):
        difference = picture - samples.teacher
        reach = float(np.abs(difference).max())
        rows.append(_signed(difference, reach))
        share = reach / (high - low)
        names.append(f"{name} − teacher\n±{100 * share:.2g} % of range")
    ax.imshow(_mosaic(np.stack(rows), side), interpolation="nearest")
    pitch = side + 1
    ax.set_yticks(1 + side / 2 - 0.5 + pitch * np.arange(len(rows)), names, fontsize=9)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def _grey(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Ink on paper: large values dark, clipped to [low, high]."""
    level = 1 - np.clip((values - low) / (high - low), 0, 1)
    return np.repeat(level[..., None], 3, axis=-1)


def _signed(values: np.ndarray, reach: float) -> np.ndarray:
    """Blue for less, orange for more, white for none."""
    share = np.clip(values / reach, -1, 1)[..., None] if reach > 0 else 0 * values[..., None]
    more, less = np.array([0.835, 0.369, 0.0]), np.array([0.0, 0.447, 0.698])
    return 1 + np.maximum(share, 0) * (more - 1) + np.maximum(-share, 0) * (less - 1)


def _mosaic(rows: np.ndarray, side: int) -> np.ndarray:
    """Pictures (rows, count, pixels, 3) side by side with one pixel between."""
    height, count = rows.shape[:2]
    pictures = rows.reshape(height, count, side, side, 3)
    canvas = np.ones((height * (side + 1) + 1, count * (side + 1) + 1, 3))
    for i in range(height):
        for j in range(count):
            y, x = i * (side + 1) + 1, j * (side + 1) + 1
            canvas[y : y + side, x : x + side] = pictures[i, j]
    return canvas
