"""The phase diagram as a table of regimes over variance and training time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..chain import build_chain
from ..errors import InputError
from ..numbers import FLOAT
from ..plot.phase import phase_table
from ..plot.style import BAND_COLOUR
from ..points import Points
from ..schedule import Schedule
from ..search.regimes import NAMES, regimes

__all__ = ["COLOURS", "Panel", "panels"]

S_RANGE = (0.05, 50.0)
_COLUMNS, _ROWS = 180, 60
# Where only Theorems 1 and 2 are asked, the window between them is one region.
COLOURS = {
    "boot": "#A6CBE3",
    "min-plan": "#DCEBF5",
    "band": BAND_COLOUR,
    "max-plan": "#FBE7C0",
    "vanilla": "#F2C164",
    "unknown": "#C9C9C9",
}


@dataclass(frozen=True, eq=False)
class Panel:
    """Regimes on a logarithmic grid.

    Attributes
    ----------
    lam : (float, float)
        Ends of the variances.
    table : (rows, columns) array of uint8
        Index into ``COLOURS``, training times ascending.
    """

    lam: tuple[float, float]
    table: np.ndarray

    def regime(self, lam: float, s: float) -> str:
        """Name of the regime drawn at a point inside."""
        rows, columns = self.table.shape
        low, high = np.log(self.lam)
        column = int(columns * (np.log(lam) - low) / (high - low))
        row = int(rows * np.log(s / S_RANGE[0]) / np.log(S_RANGE[1] / S_RANGE[0]))
        return NAMES[self.table[min(row, rows - 1), min(column, columns - 1)]]


@lru_cache(maxsize=64)
def panels(schedule: Schedule, law: Any = None) -> tuple[Panel, Panel]:
    """All variances, and a close look at those where neither BOOT nor vanilla is sure to be best.

    Under gradient flow (no `law`) every grid point is judged by the theorems
    (:func:`symmerge.search.regimes.regimes`; ``unknown`` where they leave it open). Of another law
    only Theorems 1 and 2 are drawn, where it keeps what they assume: fixed factors in [0, 1].

    Examples
    --------
    >>> from symmerge.dynamics.laws import SGD
    >>> from symmerge.schedule import cosine
    >>> whole, window = panels(cosine(8))
    >>> [whole.regime(lam, 3.0) for lam in (0.1, 10.0)], window.regime(1.32, 3.0)
    (['boot', 'vanilla'], 'band')
    >>> panels(cosine(8), SGD("0.1", 20, 4))[0].regime(0.1, 3.0)
    'unknown'
    """
    edges = phase_table(schedule, [1.0], lambda _: (np.nan, np.nan))
    known = [x for x in (edges.lam_boot, edges.lam_van) if np.isfinite(x)]
    ends = (min([0.01, *(x / 2 for x in known)]), max([20.0, *(2 * x for x in known)]))
    everything = _panel(schedule, ends, law)
    if not known:
        return everything, everything
    window = _widened(min(known), max(known))
    close = _panel(schedule, window, law)
    # The largest part of the window may belong to max-plans: look closer at the rest.
    mixed = np.isin(close.table, [NAMES.index(name) for name in ("min-plan", "band", "unknown")])
    columns = np.flatnonzero(mixed.any(axis=0))
    if law is None and len(columns):
        borders = np.geomspace(*window, _COLUMNS + 1)
        window = _widened(borders[columns[0]], borders[columns[-1] + 1])
        close = _panel(schedule, window, law)
    return everything, close


def _widened(low: float, high: float) -> tuple[float, float]:
    """A quarter more to both sides, on a logarithmic axis; never nothing."""
    margin = max((high / low) ** 0.25, 1.001)
    return float(low / margin), float(high * margin)


def _panel(schedule: Schedule, ends: tuple[float, float], law: Any) -> Panel:
    lam = _centres(ends, _COLUMNS)
    if law is None:
        grid = np.meshgrid(lam, _centres(S_RANGE, _ROWS))
        found = regimes(Points(schedule, *(axis.ravel() for axis in grid))).regime
        return Panel(ends, found.reshape(_ROWS, _COLUMNS).astype(np.uint8))
    edges = phase_table(schedule, [1.0], lambda _: (np.nan, np.nan))
    outside = [lam <= edges.lam_boot, lam >= edges.lam_van]
    codes = [NAMES.index("boot"), NAMES.index("vanilla")]
    row = np.select(outside, codes, NAMES.index("unknown"))
    row[~_covered(schedule, lam, law)] = NAMES.index("unknown")
    return Panel(ends, row[None, :].astype(np.uint8))


def _covered(schedule: Schedule, lam: np.ndarray, law: Any) -> np.ndarray:
    """Where Theorems 1 and 2 are about a law: fixed factors in [0, 1], to float64."""
    if getattr(law, "noisy", False):
        return np.zeros(len(lam), dtype=bool)
    try:
        chain = build_chain(schedule, lam, law, FLOAT)
    except InputError:  # unstable for some of them
        if len(lam) == 1:
            return np.zeros(1, dtype=bool)
        return np.concatenate([_covered(schedule, x, law) for x in np.array_split(lam, 2)])
    # Nothing is trained at time 1.
    return np.asarray(np.all((chain.g[1:] >= 0) & (chain.h[1:] >= 0), axis=0))


def _centres(ends: tuple[float, float], count: int) -> np.ndarray:
    """Centres of cells of equal logarithmic width."""
    borders = np.geomspace(*ends, count + 1)
    return np.sqrt(borders[:-1] * borders[1:])
