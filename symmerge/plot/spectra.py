"""What a spectrum's plans cost: per coordinate, per strategy, per hybrid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..draw import segments_text
from ..search.spectra import SpectrumResult
from .style import COLOURS, LABELS, MARKERS, axes_or_new, plain_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "plot_coordinate_errors",
    "plot_hybrid_map",
    "plot_spectrum",
    "plot_strategy_bars",
]

_CLASSES = {
    "S": ("boot", "S: every step shrinks, wants BOOT"),
    "X": ("progressive", "X: steps of both kinds"),
    "L": ("vanilla", "L: every step grows, wants vanilla"),
}


def plot_spectrum(result: SpectrumResult, ax: Axes | None = None) -> Axes:
    """Variances from large to small with their classes, and the line ``lam = 1``.

    A variance of multiplicity m takes m places. Vanishing ones stand on the axis below.
    """
    ax = axes_or_new(ax, 7.2, 3.6)
    order = np.argsort(-result.variances, kind="stable")
    lam, times = result.variances[order], result.multiplicities[order]
    places = np.cumsum(times) - (times - 1) / 2
    positive = lam > 0
    for name, (colour, text) in _CLASSES.items():
        chosen = (result.classes[order] == name) & positive
        count = result.class_counts[name]
        ax.plot(
            places[chosen],
            lam[chosen],
            MARKERS[colour],
            color=COLOURS[colour],
            markersize=6,
            markeredgecolor="white",
            markeredgewidth=0.4,
            label=f"{text} ({count})",
            linestyle="none",
        )
    if not positive.all():
        floor = float(lam[positive].min()) / 3
        ax.plot(
            places[~positive],
            np.full(int((~positive).sum()), floor),
            "v",
            color="0.45",
            label=f"λ = 0, of class S ({int(times[~positive].sum())})",
            linestyle="none",
        )
    ax.axhline(1, color="0.35", linewidth=1, linestyle="--")
    ax.annotate(
        "λ = 1",
        (1, 1),
        (-4, 3),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        ha="right",
        fontsize=9,
    )
    ax.set_yscale("log")
    if result.d > 200:
        ax.set_xscale("log")
    ax.set_xlabel("coordinate, by variance")
    ax.set_ylabel(r"variance $\lambda$")
    ax.grid(alpha=0.25)
    ax.legend(fontsize=9, framealpha=0.9)
    return ax


def plot_coordinate_errors(result: SpectrumResult, ax: Axes | None = None) -> Axes:
    """``|M - C|`` of every coordinate against its variance, per strategy."""
    ax = axes_or_new(ax, 7.2, 4.4)
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
    ax.set_yscale("log")
    if x.max() > 8 * x.min():
        ax.set_xscale("log")
        if x.max() < 1000 * x.min():
            plain_ticks(ax.xaxis, *ax.get_xlim())
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
    ax = axes_or_new(ax, 7.2, 2.6)
    ratios = {"best": 1.0, **result.ratios}
    names = sorted(ratios, key=lambda name: (ratios[name], name != "best"), reverse=True)
    finite = [ratio for ratio in ratios.values() if np.isfinite(ratio)]
    limit = 1.3 * max(2.0, *finite) ** 1.2
    for y, name in enumerate(names):
        ratio = min(ratios[name], limit)
        ax.barh(y, ratio - 1, left=1, height=0.6, color=COLOURS[name])
        text = f"×{ratios[name]:.4g}" if ratios[name] < 1000 else f"×{ratios[name]:,.0f}"
        ax.annotate(text, (ratio, y), (6, 0), textcoords="offset points", va="center", fontsize=10)
    ax.set(xscale="log", xlim=(0.93, limit), yticks=range(len(names)))
    ax.set_yticklabels([LABELS[name] for name in names])
    ax.set_xlabel(r"$W_2^2$ divided by that of the best plan")
    ax.spines[["right", "top"]].set_visible(False)
    return ax


def plot_hybrid_map(result: SpectrumResult, ax: Axes | None = None) -> Axes:
    """``W2^2`` of every two-sided hybrid, relative to the best of them, over (k, m)."""
    from matplotlib.colors import LogNorm

    ax = axes_or_new(ax, 5.6, 4.6)
    values = result.scan.w2_squared
    least = float(np.nanmin(values))
    ratio = np.ma.masked_invalid(values / least if least > 0 else np.ones_like(values))
    mesh = ax.pcolormesh(
        ratio.T, cmap="cividis_r", norm=LogNorm(1, max(1.01, float(ratio.max()))), rasterized=True
    )
    colourbar = ax.figure.colorbar(mesh, ax=ax, label=r"$W_2^2$ / best hybrid's")
    plain_ticks(colourbar.ax.yaxis, 1, max(1.01, float(ratio.max())))
    k, m = result.scan.best
    last = result.T - 2
    if k + m == last:  # each of these is BOOT, and which of them is found says nothing
        ends, label = ([0.5, last + 0.5], [last + 0.5, 0.5]), "best: BOOT\n(the diagonal)"
        ax.plot(*ends, color=COLOURS["best"], linewidth=2.5, label=label)
    else:
        ax.plot(
            k + 0.5, m + 0.5, "*", color=COLOURS["best"], markersize=15, markeredgecolor="white",
            linestyle="none", label=f"best: k = {k}, m = {m}",
        )  # fmt: skip
        ax.annotate(
            "BOOT", (last / 2 + 1, last / 2 + 0.5), (4, 4), textcoords="offset points", fontsize=9
        )
    ax.plot(
        0.5, 0.5, "o", color=COLOURS["vanilla"], markersize=6, markeredgecolor="black",
        linestyle="none", label="vanilla", clip_on=False,
    )  # fmt: skip
    # In the empty half above the diagonal.
    ax.legend(loc="upper right", fontsize=9, frameon=False, handlelength=1.2)
    ax.set_aspect("equal")
    ax.set_xlabel("k: single steps at the clean end")
    ax.set_ylabel("m: single steps at the noisy end")
    return ax
