"""Phase diagram over variance and training time: ``python -m figures phase_lam_s``."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from symmerge.phase import PhaseEdges, edges
from symmerge.plot.style import BAND_COLOUR, axes_or_new, plain_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Phase diagram over data variance and training time"
SCHEDULE = "cosine"
PANELS = ({"T": 16},)
GRID, SIZE = (1, 1), (7, 3.4)
EXPECTED = {
    "T": "16",
    "boot": "1.103330",
    "boot_form": "tan(17*pi/64)",
    "van": "2.004839",
    "van_form": "1 + 1/cos(pi/32)",
    "band3": "1.123526 and 1.182556",
    "lam_0": "1.156290",
    "digits": "32",
}
CAPTION = (
    "Which plan is best for one variance λ and training time s per merge, cosine schedule, T = "
    "{T}. BOOT is optimal up to λ = {boot} = {boot_form} and vanilla from {van} = {van_form} on, "
    "both independent of s. In between, to the left of the band every plan has M ≥ C and to its "
    "right every plan has M ≤ C, and exact searches give the best plan. In the band (at s = 3 "
    "between {band3}) plans err to both sides and the best one is knife-edge in λ. Dotted: λ₀ = "
    "{lam_0}, where C[1, T−1] = 1. Edges are certified to {digits} digits."
)
REGIONS = ("#A6CBE3", "#DCEBF5", BAND_COLOUR, "#FBE7C0", "#F2C164")


@dataclass(frozen=True)
class Diagram:
    """Certified edges for training times ``s`` (n,)."""

    T: int
    s: tuple[Fraction, ...]
    found: tuple[PhaseEdges, ...]

    def edge(self, name: str) -> np.ndarray:
        """Values of one edge over s."""
        return np.array([getattr(edges, name).value for edges in self.found])


def compute(T: int = 16, s: tuple[str, ...] | None = None, digits: int = 30) -> Diagram:
    """Certified edges on a logarithmic grid of training times, s = 3 included."""
    times = s or (*(f"{value:.3g}" for value in np.geomspace(0.1, 10, 17)), "3")
    values = tuple(sorted({Fraction(value) for value in times}))
    return Diagram(T, values, tuple(edges(T, value, digits=digits) for value in values))


def draw(result: Diagram, ax: Axes | None = None) -> Axes:
    """Draw the regions over ``lam - 1``, labelled with lam."""
    ax = axes_or_new(ax, 7, 3.4)
    s = np.array([float(value) for value in result.s])
    names = ("lam_boot", "lam_lo", "lam_hi", "lam_van")
    left, right = 0.08, 2.0
    columns = [np.full_like(s, left), *(result.edge(name) - 1 for name in names)]
    columns.append(np.full_like(s, right))
    for (start, stop), colour in zip(pairwise(columns), REGIONS, strict=True):
        ax.fill_betweenx(s, start, stop, color=colour, linewidth=0)
    for column in columns[1:-1]:
        ax.plot(column, s, color="black", linewidth=1.1)
    ax.plot(result.edge("lam_0") - 1, s, ":", color="black")
    for x, y, text, rotation in (
        (0.091, 1, "BOOT is optimal", 90),
        (0.115, 1, "every $M \\geq C$", 90),
        (0.138, 1.8, "band: both signs", 90),
        (0.42, 1, "every $M \\leq C$", 0),
        (1.4, 1, "vanilla\nis optimal", 0),
    ):
        ax.text(x, y, text, ha="center", va="center", rotation=rotation)
    for name, symbol, side in (
        ("lam_boot", "BOOT", "center"),
        ("lam_lo", "lo", "center"),
        ("lam_0", "0", "right"),
        ("lam_hi", "hi", "left"),
        ("lam_van", "van", "center"),
    ):
        place = (result.edge(name)[-1] - 1, s[-1])
        ax.annotate(
            rf"$\lambda_{{\mathrm{{{symbol}}}}}$", place, (0, 4), textcoords="offset points",
            ha=side, annotation_clip=False, fontsize=9.5,
        )  # fmt: skip
    ax.set(xscale="log", yscale="log", xlim=(left, right), ylim=(s[0], s[-1]))
    ticks = (1.08, 1.1, 1.15, 1.2, 1.3, 1.5, 2, 3)
    ax.set_xticks([tick - 1 for tick in ticks], [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    plain_ticks(ax.yaxis, float(s[0]), float(s[-1]))
    ax.set_xlabel(r"data variance $\lambda$ (logarithmic in $\lambda - 1$)")
    ax.set_ylabel(f"training time $s$ per merge ($T = {result.T}$)")
    return ax


def numbers(results: list[Diagram]) -> dict[str, str]:
    """The numbers of the caption."""
    result = results[0]
    at = result.found[result.s.index(Fraction(3))]
    certified = min(
        _agreeing(*getattr(at, name).enclosure) for name in ("lam_boot", "lam_lo", "lam_hi")
    )
    return {
        "T": str(result.T),
        "boot": f"{at.lam_boot.value:.6f}",
        "boot_form": str(at.lam_boot.closed_form),
        "van": f"{at.lam_van.value:.6f}",
        "van_form": str(at.lam_van.closed_form),
        "band3": f"{at.lam_lo.value:.6f} and {at.lam_hi.value:.6f}",
        "lam_0": f"{at.lam_0.value:.6f}",
        "digits": str(certified),
    }


def _agreeing(low: str, high: str) -> int:
    """Digits that the two bounds of an enclosure share."""
    same = next((k for k, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return same - 1
