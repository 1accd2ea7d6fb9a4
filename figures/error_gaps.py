"""Errors of the strategies against the data variance: ``python -m figures error_gaps``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from symmerge.chain import gradient_flow_chain
from symmerge.merge import relative_error
from symmerge.phase import closed_forms
from symmerge.plan import canonical_plans
from symmerge.plot.style import BAND_COLOUR, COLOURS, LABELS, MARKERS, axes_or_new, plain_ticks
from symmerge.schedule import cosine
from symmerge.search import best_plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Errors of the four strategies against the data variance"
SCHEDULE = "cosine"
PANELS = (
    {"T": 64},
    {"T": 128},
    {"T": 256},
    {"T": 512},
    {"T": 64, "what": "ratio"},
    {"T": 512, "what": "ratio"},
)
GRID, SIZE = (3, 2), (7, 7)
EXPECTED = {
    "s": "6.4",
    "small": "×1.55",
    "large": "×1.43",
    "consistency": "×8314",
    "edges": "1.0248 and 2.0003",
    "least": "1.5e-17",
}
CAPTION = (
    "Relative errors |M/C − 1| of the four strategies and of the best plan (vermillion line) "
    "against the data variance λ, gradient flow with s = {s} per merge, cosine schedule; bottom "
    "row: divided by the best plan's. Below the shaded window BOOT is the best plan, above it "
    "vanilla (theorems); at T = 64 the window is between {edges}. At λ = 0.2 vanilla costs "
    "{small} the error of BOOT, at λ = 5 BOOT costs {large} that of vanilla (T = 64); consistency "
    "costs {consistency} at λ = 0.5, T = 512. Inside the window plans with errors of both signs "
    "exist for some λ, and the best error falls to {least} (λ = 1.04, T = 64): such optima hold "
    "for that λ only."
)
_S = "6.4"


@dataclass(frozen=True)
class Gaps:
    """Relative errors over variances ``lam`` (n,), and the edges of the window."""

    what: str
    T: int
    lam: np.ndarray
    errors: dict[str, np.ndarray]
    best_lam: tuple[str, ...]
    best: np.ndarray
    edges: tuple[float, float]


def compute(T: int = 64, what: str = "error", best_at: tuple[str, ...] | None = None) -> Gaps:
    """Errors of the four strategies on a fine grid, of the best plan on a coarse one."""
    return replace(_gaps(T, best_at or _best_grid()), what=what)


@lru_cache(maxsize=8)
def _gaps(T: int, best_at: tuple[str, ...]) -> Gaps:
    lam = np.unique(
        np.concatenate(
            [np.geomspace(0.1, 10, 161), 1 + np.geomspace(1e-3, 1.2, 121), [0.2, 0.5, 5]]
        )
    )
    lam = np.union1d(lam, np.array(best_at, dtype=float))
    chain = gradient_flow_chain(cosine(T), lam, _S)
    errors = {
        name: np.abs(relative_error(plan, chain)) for name, plan in canonical_plans(T).items()
    }
    best = [abs(best_plan(value, T=T, s=_S).error) for value in best_at]
    edges = tuple(float(form) for form in closed_forms(T))
    return Gaps("error", T, lam, errors, best_at, np.array(best), edges)


def _best_grid() -> tuple[str, ...]:
    """Variances as text, so that they are exact: wide outside the window, dense inside."""
    outside = [*np.geomspace(0.1, 1, 11), 2.1, *np.geomspace(2.5, 10, 7)]
    inside = 1 + np.geomspace(0.002, 1, 31)
    below = 1 - np.geomspace(0.005, 0.2, 8)
    grid = {f"{value:.4g}" for value in [*outside, *below, *inside, 1.04]}
    return tuple(sorted(grid, key=float))


def draw(result: Gaps, ax: Axes | None = None) -> Axes:
    """Draw all errors, or their ratios to the best plan's, with the window shaded."""
    ax = axes_or_new(ax, 3.4, 2.6)
    ax.axvspan(*result.edges, color=BAND_COLOUR, alpha=0.55, linewidth=0)
    at = np.array(result.best_lam, dtype=float)
    ratio = result.what == "ratio"
    lam = at if ratio else result.lam
    marks = [int(np.argmin(np.abs(lam - value))) for value in np.geomspace(0.1, 10, 9)]
    for name, error in result.errors.items():
        shown = error[np.searchsorted(result.lam, at)] / result.best if ratio else error
        ax.plot(
            lam, shown, color=COLOURS[name], marker=MARKERS[name], markevery=marks,
            linewidth=1.1, label=LABELS[name],
        )  # fmt: skip
    best = np.ones_like(at) if ratio else result.best
    ax.plot(at, best, color=COLOURS["best"], linewidth=1.2, linestyle="--", label="best plan")
    ax.set(xscale="log", yscale="log", xlim=(0.1, 10))
    plain_ticks(ax.xaxis, 0.1, 10)
    ax.set_title(f"$T = {result.T}$, $s = {_S}$")
    ax.set_xlabel(r"data variance $\lambda$")
    if ratio:
        ax.set_ylim(0.93, 12)
        plain_ticks(ax.yaxis, 1, 10)
        ax.set_ylabel("$|M/C - 1|$ / best plan's")
    else:
        ax.set_ylim(3e-9, 5)
        ax.set_ylabel("$|M/C - 1|$")
    if result.T == 64 and not ratio:
        ax.legend(loc="upper right", handlelength=1.6, borderaxespad=0, labelspacing=0.3)
    return ax


def numbers(results: list[Gaps]) -> dict[str, str]:
    """The numbers of the caption."""
    first, last = results[0], results[3]

    def ratio(gaps: Gaps, lam: float, name: str, other: str) -> str:
        at = int(np.argmin(np.abs(gaps.lam - lam)))
        value = gaps.errors[name][at] / gaps.errors[other][at]
        return f"×{value:.2f}" if value < 100 else f"×{value:.0f}"

    return {
        "s": _S,
        "small": ratio(first, 0.2, "vanilla", "boot"),
        "large": ratio(first, 5, "boot", "vanilla"),
        "consistency": ratio(last, 0.5, "consistency", "boot"),
        "edges": " and ".join(f"{edge:.4f}" for edge in first.edges),
        "least": f"{first.best[first.best_lam.index('1.04')]:.1e}",
    }
