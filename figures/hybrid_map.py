"""Every two-sided hybrid on two scalings of the digits: ``python -m figures hybrid_map``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symmerge.plot.spectra import plot_hybrid_map
from symmerge.schedule import cosine
from symmerge.search.spectra import SpectrumResult, plan_spectrum
from symmerge.spectrum import bundled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Every two-sided hybrid on the digits"
SCHEDULE = "cosine"
PANELS = ({"scale": "unit"}, {"scale": "none"})
GRID, SIZE = (1, 2), (7, 3.1)
EXPECTED = {
    "T": "32",
    "s": "6.4",
    "k": "8",
    "m": "0",
    "boot": "1.62",
    "vanilla": "1.85",
    "raw_vanilla": "11.1",
}
CAPTION = (
    "Objective W₂² of every two-sided hybrid (k single steps at the clean end, m at the noisy end, "
    "one block between them) divided by that of the best one; digits, T = {T}, cosine schedule, "
    "s = {s}. Left: scaled to mean variance 1: the best hybrid is k = {k}, m = {m}; BOOT costs "
    "×{boot} and vanilla ×{vanilla}. Right: as they are, where all variances are below 1: BOOT, "
    "which is every hybrid on the diagonal, is optimal and vanilla costs ×{raw_vanilla}."
)


def compute(scale: str = "unit", T: int = 32, s: str = "6.4") -> SpectrumResult:
    """The hybrids' objective, next to the certified optimum."""
    return plan_spectrum(bundled("digits", scale), s, cosine(T))


def draw(result: SpectrumResult, ax: Axes | None = None) -> Axes:
    """Draw the map."""
    ax = plot_hybrid_map(result, ax)
    ax.set_title(result.label)
    return ax


def numbers(results: list[SpectrumResult]) -> dict[str, str]:
    """The numbers of the caption."""
    scaled, raw = results
    return {
        "T": str(scaled.T),
        "s": "6.4",
        "k": str(scaled.scan.best[0]),
        "m": str(scaled.scan.best[1]),
        "boot": f"{scaled.ratios['boot']:.2f}",
        "vanilla": f"{scaled.ratios['vanilla']:.2f}",
        "raw_vanilla": f"{raw.ratios['vanilla']:.1f}",
    }
