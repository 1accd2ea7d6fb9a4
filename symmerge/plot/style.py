"""Colours, markers and names shared by all pictures.

The colours are those of Okabe and Ito, told apart with every kind of colour vision; strategies
differ by marker too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BAND_COLOUR", "COLOURS", "LABELS", "MARKERS", "axes_or_new", "plain_ticks"]

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
BAND_COLOUR = "#F4EA84"


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """The given axes, or new ones of a size in inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def plain_ticks(axis: Any, low: float, high: float) -> None:
    """Label a logarithmic axis with 1, 2, 5 times powers of ten (fewer or more), written out."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    choices = ((1,), (1, 2, 5), (1, 1.2, 1.5, 2, 3, 4, 5, 7))
    for factors in choices[len(decades) <= 4 :]:
        ticks = [f * 10.0**n for n in decades for f in factors if low <= f * 10.0**n <= high]
        if len(ticks) > 2:
            break
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
