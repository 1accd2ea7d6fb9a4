"""How loose stability bounds of mixtures are, and the grids: ``python -m figures stability``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from symmerge.flow.averaged import Estimate, averaged_coordinate
from symmerge.flow.fit import fit_data
from symmerge.flow.grid import GRID_KINDS, grid
from symmerge.flow.mixture import Mixture
from symmerge.flow.stability import Stability
from symmerge.flow.summary import FlowProfile, flow_profile
from symmerge.plot.style import COLOURS, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Stability bounds of mixture flows, and the grids they balance"
SCHEDULE = "Ornstein-Uhlenbeck, beta = 5, T = 1"
PANELS = tuple(
    {"what": what, "which": which}
    for what in ("rates", "coordinates", "grids")
    for which in ("cube", "digits")
)
GRID, SIZE = (3, 2), (7, 7.4)
EXPECTED = {
    "A": "183",
    "averaged": "18.9",
    "information": "2.98",
    "measured": "2.0",
    "width": "0.20",
    "digits_A": "28",
    "digits_sup": "25",
    "digits_averaged": "10.1",
    "digits_measured": "2.0",
}
CAPTION = (
    "How stiff the probability flow of a mixture is, by every measure; β = 5, T = 1, and n = 8 "
    "segments. Left: 20 components with means uniform in [−5, 5]⁶⁴, σ₀ = 1; right: ten components "
    "fitted to the digits, d = 64, σ₀ = {width} (logarithmic time). Top: rates; middle: their "
    "integrals from 0, whose exponential bounds the growth of errors. For σ₀ = 1 the bound L, the "
    "exact supremum over space and the one-sided rate are the same; for narrow components they "
    "differ. Points of the process meet far less: A(T) = {A}, while the root mean square of the "
    "Jacobian's norm over $p_t$ integrates to {measured}, and the averaged coordinate is "
    "{information}, bounded in closed form by {averaged} (digits: A = {digits_A}, supremum "
    "{digits_sup}, bound on the average {digits_averaged}, measured {digits_measured}). Bottom: "
    "the grids that give every segment the same share; those of worst-case bounds crowd where "
    "almost no point feels them."
)
_BETA, _T, _SEGMENTS = 5, 1, 8
_NAMES = {
    "stability": "bound $L$, $A$",
    "sup": "exact supremum",
    "one-sided": "one-sided, $B$",
    "averaged": "averaged, bound",
    "measured": "measured rms",
    "uniform": "uniform",
}
_LOOKS = {
    "stability": ("black", "-"),
    "sup": (COLOURS["boot"], "--"),
    "one-sided": (COLOURS["consistency"], ":"),
    "averaged": (COLOURS["best"], "-."),
    "measured": (COLOURS["progressive"], "-"),
    "uniform": ("0.5", "-"),
}
_TITLES = {"cube": r"$K = 20$ in a cube, $\sigma_0 = 1$", "digits": "digits, $K = 10$"}


@dataclass(frozen=True)
class Profiles:
    """Rates and coordinates of one mixture, and its grids by kind."""

    what: str
    which: str
    mixture: Mixture
    profile: FlowProfile
    averaged: Estimate
    grids: dict[str, tuple[float, ...]]


def compute(what: str = "rates", which: str = "cube", points: int = 2000) -> Profiles:
    """Tabulate a mixture; every panel of one mixture shows the same tables."""
    return Profiles(what, which, *_tables(which, points))


@lru_cache(maxsize=4)
def _tables(which: str, points: int) -> tuple[object, ...]:
    if which == "cube":
        means = np.random.default_rng(0).uniform(-5, 5, (20, 64))
        mixture = Mixture(means, sigma0=1, beta=_BETA)
    else:
        mixture = fit_data("digits", 10, _BETA)
    grids = {kind: grid(kind, _SEGMENTS, _T, mixture).times for kind in GRID_KINDS}
    average = averaged_coordinate(mixture, _T, 20 * points)
    return mixture, flow_profile(mixture, _T, points), average, grids


def draw(result: Profiles, ax: Axes | None = None) -> Axes:
    """Draw rates, coordinates or grids."""
    ax = axes_or_new(ax, 3.4, 2.4)
    if result.what == "grids":
        for row, (kind, times) in enumerate(reversed(result.grids.items())):
            ax.plot(times, [row] * len(times), "|-", color=_LOOKS[kind][0], markersize=9, lw=0.6)
        ax.set_yticks(range(len(result.grids)), [_NAMES[k] for k in reversed(result.grids)])
        ax.set_ylim(-0.6, len(result.grids) - 0.4)
    else:
        table = getattr(result.profile, result.what)
        for kind, values in table.items():
            colour, dashes = _LOOKS[kind]
            shown = np.where(values > 0, values, np.nan)
            ax.plot(result.profile.times, shown, dashes, color=colour, label=_NAMES[kind])
        ax.set_yscale("log")
        rates = result.what == "rates"
        ax.set_ylim((1e-3, 3e4) if rates else (1e-2, 6e2))
        ax.set_ylabel("rate" if rates else "integral from 0")
        handles, names = ax.get_legend_handles_labels()
        # The last two of the integrals; the others are named above.
        part = slice(None) if rates else slice(-2, None)
        corner = "upper right" if rates and result.which == "cube" else "lower right"
        ax.legend(
            handles[part], names[part], loc="lower left" if rates and _log(result) else corner
        )
    if result.what == "rates":
        ax.set_title(_TITLES[result.which])
    if _log(result):
        ax.set(xscale="log", xlim=(3e-4, 1.1))
    else:
        ax.set_xlim(-0.01, 1.01)
    ax.set_xlabel("time $t$ (data at 0)")
    return ax


def _log(result: Profiles) -> bool:
    """Whether early times matter: narrow components change within a thousandth of T."""
    return result.mixture.sigma0 < result.mixture.sigma_inf


def numbers(results: list[Profiles]) -> dict[str, str]:
    """The numbers of the caption."""
    by_name = {result.which: result for result in results}
    cube, digits = by_name["cube"], by_name["digits"]
    flows = {name: Stability.of(result.mixture) for name, result in by_name.items()}
    return {
        "A": f"{flows['cube'].coordinate(_T):.0f}",
        "averaged": f"{cube.profile.coordinates['averaged'][-1]:.1f}",
        "information": f"{cube.averaged.value:.2f}",
        "measured": f"{cube.profile.coordinates['measured'][-1]:.1f}",
        "width": f"{float(digits.mixture.sigma0):.2f}",
        "digits_A": f"{flows['digits'].coordinate(_T):.0f}",
        "digits_sup": f"{flows['digits'].coordinate(_T, 'sup'):.0f}",
        "digits_averaged": f"{digits.profile.coordinates['averaged'][-1]:.1f}",
        "digits_measured": f"{digits.profile.coordinates['measured'][-1]:.1f}",
    }
