"""Optimal plans through the phase transition: ``python -m figures plan_gallery``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symmerge.draw import draw_plan
from symmerge.plot.style import LABELS, axes_or_new
from symmerge.search import ScalarResult, best_plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Optimal merge plans through the phase transition"
SCHEDULE = "cosine"
PANELS = tuple(
    {"lam": lam} for lam in ("1.2", "1.23", "1.25", "1.26", "1.31", "1.34", "1.6", "2.05")
)
GRID, SIZE = (2, 4), (7, 3.9)
EXPECTED = {
    "T": "8",
    "s": "3",
    "count": "4279",
    "first": "+1.1e-04",
    "band": "+1.3e-07",
    "last": "-4.8e-04",
}
CAPTION = (
    "The best of all {count} merge plans through the phase transition, T = {T}, s = {s}, cosine "
    "schedule; e = M/C − 1 from {first} (BOOT) through {band} (in the band) to {last} (vanilla). "
    "Steps stand along the bottom, clean to noisy; a student stands in the column of its time, "
    "above the parts it learns. Thick vermillion: the merges at time T."
)
_REGIMES = {"min-plan": "least $M$", "band": "band", "max-plan": "largest $M$"}


def compute(lam: str = "1.2", T: int = 8, s: str = "3") -> ScalarResult:
    """The best plan for one variance."""
    return best_plan(lam, T=T, s=s)


def draw(result: ScalarResult, ax: Axes | None = None) -> Axes:
    """Draw the tree, with its variance and regime."""
    ax = draw_plan(result.plan, axes_or_new(ax, 1.75, 1.9))
    regime = _REGIMES.get(result.regime) or LABELS[result.regime]
    ax.set_title(rf"$\lambda = {float(result.lam):g}$: {regime}")
    ax.set_xlabel(f"$e = {_scientific(result.error)}$")
    ax.set_xticks(range(1, result.T + 1))
    ax.tick_params(length=0)
    ax.spines["bottom"].set_visible(False)
    return ax


def _scientific(value: float) -> str:
    mantissa, exponent = f"{value:.1e}".split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def numbers(results: list[ScalarResult]) -> dict[str, str]:
    """The numbers of the caption."""
    from symmerge.plan import count_plans

    first, last = results[0], results[-1]
    return {
        "T": str(first.T),
        "s": str(first.law.s),
        "count": str(count_plans(first.T)),
        "first": f"{first.error:+.1e}",
        "band": f"{next(r.error for r in results if r.regime == 'band'):+.1e}",
        "last": f"{last.error:+.1e}",
    }
