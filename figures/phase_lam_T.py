"""Phase diagram over variance and number of steps: ``python -m figures phase_lam_T``."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from proofs.theorems.a6_edges_many_steps import constants, short_constants
from symmerge.phase import band_edges, closed_forms
from symmerge.plot.style import axes_or_new, plain_ticks

from .phase_lam_s import REGIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Phase diagram over data variance and number of steps"
SCHEDULE = "cosine"
PANELS = ({"s": "0.5"}, {"s": "6.4"})
GRID, SIZE = (1, 2), (7, 3.1)
EXPECTED = {
    "lo": "1.3164",
    "hi": "2.0082",
    "lo256": "1.3189",
    "hi256": "1.9849",
    "short_lo": "0.7123",
    "short_hi": "0.5928",
    "worst": "12 %",
}
CAPTION = (
    r"The edges of the phases shrink like 1/T: shown is c = (λ − 1)/Δ with Δ = π/(2T), cosine "
    r"schedule. Regions as in the phase diagram over s; solid lines are computed edges, and the "
    r"dotted line is c = π/2, which λ₀ tends to. Left: s = 0.5, where gT ≫ 1 with g = exp(−2s). "
    r"Dashed: the limits {lo} and {hi} of the band's edges, which are {lo256} and {hi256} at T = "
    r"256. Right: s = 6.4, where gT ≪ 1. Dashed: $1 + {short_lo}\sqrt\Delta$ and "
    r"${short_hi} \Delta^{{-1/3}}$, within {worst} at T = 256. The dashed asymptotics were seen, "
    r"not proved."
)
_T = (8, 12, 16, 24, 32, 48, 64, 96, 128, 256)


@dataclass(frozen=True)
class Diagram:
    """Edges (n,) as ``c = (lam - 1)/Delta``, and asymptotics of the inner two."""

    s: str
    T: np.ndarray
    c: dict[str, np.ndarray]
    limits: tuple[np.ndarray, np.ndarray]


def compute(s: str = "0.5", T: tuple[int, ...] = _T) -> Diagram:
    """Edges for every T, by closed forms and by root finding."""
    steps = np.array(T)
    delta = np.pi / (2 * steps)
    outer = np.array([[float(form) for form in closed_forms(n)] for n in T])
    inner = np.array([band_edges(n, s) for n in T])
    c = (np.column_stack([outer[:, 0], inner, outer[:, 1]]) - 1) / delta[:, None]
    if np.exp(-2 * float(s)) * steps[-1] > 1:
        limits = tuple(np.full(len(T), float(value)) for value in constants(s))
    else:
        low, high = short_constants()
        limits = 1 + low * np.sqrt(delta), high * delta ** (-1 / 3)
    names = ("boot", "lo", "hi", "van")
    return Diagram(s, steps, dict(zip(names, c.T, strict=True)), limits)


def draw(result: Diagram, ax: Axes | None = None) -> Axes:
    """Draw the regions over T."""
    ax = axes_or_new(ax, 3.4, 3)
    bottom, top = 0.8, 12.0
    rows = [np.full(len(result.T), bottom), *result.c.values(), np.full(len(result.T), 1e4)]
    for (low, high), colour in zip(pairwise(rows), REGIONS, strict=True):
        ax.fill_between(result.T, low, high, color=colour, linewidth=0)
    for row in rows[1:-1]:
        ax.plot(result.T, row, color="black", linewidth=1.1)
    for limit in result.limits:
        ax.plot(result.T, limit, "--", color="black", linewidth=1.4, dashes=(5, 3))
    ax.axhline(np.pi / 2, color="black", linestyle=":", linewidth=1)
    ax.set(xscale="log", yscale="log", xlim=(result.T[0], result.T[-1]), ylim=(bottom, top))
    ax.set_xticks([8, 16, 32, 64, 128, 256], ["8", "16", "32", "64", "128", "256"])
    ax.minorticks_off()
    plain_ticks(ax.yaxis, 1, 10)
    ax.set_title(f"$s = {result.s}$")
    ax.set_xlabel("number of teacher steps $T$")
    ax.set_ylabel(r"$c = (\lambda - 1)/\Delta$")
    ax.text(45, 0.88, "BOOT is optimal", ha="center", va="center")
    ax.text(8.5, 10, "vanilla", va="center")
    ax.text(110, 6.5, "every $M \\leq C$", ha="center", va="center")
    ax.text(110, 1.68, "band", ha="center", va="center")
    return ax


def numbers(results: list[Diagram]) -> dict[str, str]:
    """The numbers of the caption."""
    long, short = results
    off = max(
        abs(short.c[name][-1] / limit[-1] - 1)
        for name, limit in zip(("lo", "hi"), short.limits, strict=True)
    )
    return {
        "lo": f"{long.limits[0][0]:.4f}",
        "hi": f"{long.limits[1][0]:.4f}",
        "lo256": f"{long.c['lo'][-1]:.4f}",
        "hi256": f"{long.c['hi'][-1]:.4f}",
        "short_lo": f"{short_constants()[0]:.4f}",
        "short_hi": f"{short_constants()[1]:.4f}",
        "worst": f"{100 * off:.0f} %",
    }
