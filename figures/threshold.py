"""Threshold time of a spectrum, from first order to finite T: ``python -m figures threshold``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symmerge.plot.style import COLOURS, axes_or_new, plain_ticks
from symmerge.schedule import cosine
from symmerge.search.hybrids import scan_hybrids
from symmerge.spectrum import bundled
from symmerge.threshold import threshold_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Threshold time of real spectra"
SCHEDULE = "cosine"
PANELS = ({"data": "digits"}, {"data": "patches-grey"})
GRID, SIZE = (1, 2), (7, 2.9)
EXPECTED = {"T": "64", "s": "6.4", "tau": "0.233", "k": "0.242", "patches": "0.210"}
CAPTION = (
    "Where single steps should end: a hybrid takes BOOT's single steps up to the angle τ and "
    "merges the rest at once. To first order in the shrinkage factor the best τ does not depend "
    "on training time. Left digits, right grey 8×8 patches, both multiplied by a scale: threshold "
    "τ* (line; 0 is vanilla, 1 is BOOT) against the mean variance of the scaled data, and the "
    "best hybrid of a teacher with T = {T} steps (markers: k/(T − 2), all k compared at s = {s}). "
    "At mean variance 1 the digits have τ* = {tau} · π/2 and k/(T − 2) = {k}, the patches τ* = "
    "{patches} · π/2."
)
_SCALES = np.geomspace(0.01, 100, 25)


@dataclass(frozen=True)
class Thresholds:
    """Threshold over scales (n,), as a share of pi/2, and ``k/(T-2)`` of the best finite hybrid."""

    name: str
    T: int
    s: str
    scale: np.ndarray
    tau: np.ndarray
    k: np.ndarray


def compute(
    data: str = "digits", T: int = 64, s: str = "6.4", scales: np.ndarray = _SCALES
) -> Thresholds:
    """Threshold and best one-sided hybrid at each scale; scale 1 has mean variance 1."""
    unit = bundled(data, "unit")
    schedule = cosine(T)
    tau, share = [], []
    for scale in scales:
        scaled = unit.rescaled(float(scale))
        tau.append(threshold_time(scaled.variances, scaled.multiplicities) / (np.pi / 2))
        scan = scan_hybrids(scaled, s, schedule)
        share.append(int(np.nanargmin(scan.w2_squared[:, 0])) / (T - 2))
    return Thresholds(data, T, s, scales, np.array(tau), np.array(share))


def draw(result: Thresholds, ax: Axes | None = None) -> Axes:
    """Draw both over the scale."""
    ax = axes_or_new(ax, 3.4, 2.9)
    ax.plot(result.scale, result.tau, color=COLOURS["best"], label=r"$\tau^*$ / ($\pi$/2)")
    ax.plot(
        result.scale, result.k, "o", color="black", markerfacecolor="none",
        label=f"$k/(T-2)$, $T = {result.T}$",
    )  # fmt: skip
    ax.set(xscale="log", ylim=(-0.03, 1.13), title=result.name)
    plain_ticks(ax.xaxis, result.scale[0], result.scale[-1])
    ax.set_xlabel("mean variance of the scaled data")
    ax.set_ylabel("share of single steps")
    ax.text(result.scale[0], 1.05, "BOOT")
    ax.text(result.scale[-1], 0.07, "vanilla", ha="right")
    ax.legend(loc="center right")
    return ax


def numbers(results: list[Thresholds]) -> dict[str, str]:
    """The numbers of the caption."""
    digits, patches = results
    unit = int(np.argmin(np.abs(np.log(digits.scale))))
    return {
        "T": str(digits.T),
        "s": digits.s,
        "tau": f"{digits.tau[unit]:.3f}",
        "k": f"{digits.k[unit]:.3f}",
        "patches": f"{patches.tau[unit]:.3f}",
    }
