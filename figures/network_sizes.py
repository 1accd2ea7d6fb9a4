"""Sizes of compiled score networks against the accuracy: ``python -m figures network_sizes``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symmerge.flow.mixture import Mixture
from symmerge.flow.networks import Growth, growth
from symmerge.plot.style import COLOURS, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Sizes of ReLU-ReQU score networks"
SCHEDULE = "Ornstein-Uhlenbeck, beta = 5, T = 1"
PANELS = ({"measure": "depth"}, {"measure": "width"}, {"measure": "parameters"})
GRID, SIZE = (1, 3), (7, 2.8)
EXPECTED = {
    "depth": "27 to 47",
    "width": "44 to 1154",
    "narrow": "31",
    "parameters": "1457 to 10558",
    "slope": "0.54, 0.67, 0.61",
}
CAPTION = (
    "Networks that compute the score of a mixture (d = 4, K = 5, σ₀ = 1) within ε, compiled and "
    "counted, ε from 10⁻² to 10⁻²⁵⁶. Filled: all powers of the Taylor polynomials at once; depth "
    "{depth}, width {width}, {parameters} parameters. Open: Horner's rule; width {narrow} "
    "throughout, and depth in exchange. The local exponents of the number of parameters in ln 1/ε "
    "between the last four accuracies are {slope} (filled): sizes are still pre-asymptotic "
    "here, and one fitted power would mislead."
)
_DIGITS = (2, 4, 8, 16, 32, 64, 128, 256)
_STYLES = {
    "shallow": {"marker": "o", "color": COLOURS["boot"]},
    "narrow": {"marker": "s", "color": COLOURS["best"], "markerfacecolor": "white"},
}


@dataclass(frozen=True)
class Sizes:
    """One measure for both variants."""

    measure: str
    growths: tuple[Growth, Growth]


def compute(measure: str = "depth", digits: tuple[int, ...] = _DIGITS) -> Sizes:
    """Compile for every accuracy and count."""
    means = np.random.default_rng(0).uniform(-3, 3, (5, 4))
    mixture = Mixture(means, beta=5)
    shallow, narrow = (growth(mixture, digits, variant=name) for name in _STYLES)
    return Sizes(measure, (shallow, narrow))


def draw(result: Sizes, ax: Axes | None = None) -> Axes:
    """Draw the sizes over the number of digits."""
    ax = axes_or_new(ax, 2.3, 2.8)
    for found in result.growths:
        label = {"shallow": "all powers", "narrow": "Horner"}[found.variant]
        ax.plot(found.digits, found.sizes[result.measure], label=label, **_STYLES[found.variant])
    ax.set(xscale="log", yscale="log", title=result.measure)
    ax.set_xlabel(r"digits, $\log_{10} 1/\varepsilon$")
    ax.set_xticks([2, 8, 32, 128], ["2", "8", "32", "128"])
    ax.minorticks_off()
    low, high = ax.get_ylim()
    ticks = [k * 10**n for n in range(6) for k in (1, 2, 5) if low <= k * 10**n <= high]
    ax.set_yticks(ticks, [str(tick) for tick in ticks])
    if result.measure == "depth":
        ax.legend(loc="upper left")
    return ax


def numbers(results: list[Sizes]) -> dict[str, str]:
    """The numbers of the caption."""
    shallow, narrow = results[0].growths
    ends = {name: f"{sizes[0]} to {sizes[-1]}" for name, sizes in shallow.sizes.items()}
    slopes = ", ".join(f"{slope:.2f}" for slope in shallow.exponents("parameters")[-3:])
    return {
        "depth": ends["depth"],
        "width": ends["width"],
        "parameters": ends["parameters"],
        "narrow": " and ".join(str(width) for width in sorted(set(narrow.sizes["width"].tolist()))),
        "slope": slopes,
    }
