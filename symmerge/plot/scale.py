"""How the cost of the strategies moves when the data are rescaled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import require
from ..plan import canonical_plans
from ..schedule import Schedule
from ..search.certify import objective
from ..search.hybrids import scan_hybrids
from ..student import GradientFlow
from .style import COLOURS, LABELS, MARKERS, axes_or_new, plain_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..spectrum import Spectrum

__all__ = ["ScaleSweep", "plot_scale_sweep", "scale_sweep"]

_HALVINGS = 40


@dataclass(frozen=True, eq=False)
class ScaleSweep:
    """Objectives for data multiplied by a factor c (variances by c^2).

    Attributes
    ----------
    factors : (n,) array
    values : dict of str to (n,) array
        ``W2^2`` of the canonical strategies, and ``'hybrid'``: of the best two-sided hybrid.
    singles : (n,) array
        Number of single steps at the clean end of the best hybrid, T - 1 for BOOT.
    shares : (n,) array
        Share of coordinates with variance at most 1.
    swap : float or None
        Factor in the range at which BOOT and vanilla cost the same, where they swap places.
    """

    label: str
    factors: np.ndarray
    values: dict[str, np.ndarray]
    singles: np.ndarray
    shares: np.ndarray
    swap: float | None

    @property
    def gain(self) -> np.ndarray:
        """Cost of the best strategy of the literature over that of the best hybrid, minus 1."""
        names = [name for name in self.values if name != "hybrid"]
        least = np.min([self.values[name] for name in names], axis=0)
        return np.asarray(least / self.values["hybrid"] - 1)


def scale_sweep(
    spectrum: Spectrum, factors: Sequence[float] | np.ndarray, s: Any, schedule: Schedule
) -> ScaleSweep:
    """Cost of every strategy for rescaled data.

    Parameters
    ----------
    spectrum : Spectrum
    factors : (n,) increasing numbers > 0
        What the data are multiplied by.
    s : number >= 0
        Training time per merge.
    schedule : Schedule

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> from symmerge.spectrum import Spectrum
    >>> sweep = scale_sweep(Spectrum([0.3, 2.0]), [0.3, 1, 3], 3, cosine(8))
    >>> sweep.singles.tolist(), sweep.shares.tolist(), round(sweep.swap, 4)
    ([7, 7, 0], [1.0, 0.5, 0.0], 1.2088)
    """
    c = np.asarray(factors, float)
    fine = c.ndim == 1 and c.size > 0 and bool(np.all(np.isfinite(c) & (c > 0)))
    fine = fine and bool(np.all(np.diff(c) > 0))
    require(fine, "factors", "must be increasing numbers > 0", factors)
    bare = spectrum.merged()
    plans, law = canonical_plans(schedule.T), GradientFlow(s)

    def cost(name: str, factor: float) -> float:
        scaled = bare.rescaled(factor**2)
        times = scaled.multiplicities * scaled.importance
        return objective(plans[name], scaled.variances, times, schedule, law)

    values = {name: np.array([cost(name, factor) for factor in c]) for name in plans}
    scans = [scan_hybrids(bare.rescaled(factor**2), s, schedule) for factor in c]
    values["hybrid"] = np.array([np.nanmin(scan.w2_squared) for scan in scans])

    def ahead(factor: float) -> bool:
        return cost("vanilla", factor) < cost("boot", factor)

    lead = values["vanilla"] < values["boot"]
    swap = None
    changes = np.flatnonzero(lead[1:] != lead[:-1])
    if len(changes):
        low, high = c[changes[0]], c[changes[0] + 1]
        first = bool(lead[changes[0]])
        for _ in range(_HALVINGS):
            middle = float(np.sqrt(low * high))
            low, high = (middle, high) if ahead(middle) == first else (low, middle)
        swap = float(high)
    return ScaleSweep(
        label=spectrum.label,
        factors=c,
        values=values,
        singles=np.array([_singles(*scan.best, schedule.T) for scan in scans]),
        shares=np.array([bare.rescaled(factor**2).share_below_one for factor in c]),
        swap=swap,
    )


def _singles(k: int, m: int, T: int) -> int:
    return T - 1 if k + m == T - 2 else k


def plot_scale_sweep(sweep: ScaleSweep, ax: Axes | None = None, *, most: float = 30.0) -> Axes:
    """Cost of BOOT, vanilla and the rest relative to the best hybrid, over the data's scale.

    The axis ends at `most`; sequential consistency and progressive distillation often lie beyond.
    """
    ax = axes_or_new(ax, 7.2, 3.4)
    beyond = []
    for name in ("boot", "vanilla", "progressive", "consistency"):
        ratio = sweep.values[name] / sweep.values["hybrid"]
        if np.median(ratio) > most:
            beyond.append(f"{LABELS[name]} (≥ ×{ratio.min():,.0f})")
            continue
        ax.plot(
            sweep.factors,
            ratio,
            color=COLOURS[name],
            marker=MARKERS[name],
            markersize=4,
            label=LABELS[name],
        )
    ax.axhline(1, color=COLOURS["best"], linewidth=1.5, label="best hybrid")
    if sweep.swap is not None:
        label = f"swap at c = {sweep.swap:.3g}"
        ax.axvline(sweep.swap, color="0.45", linewidth=0.8, linestyle="--", label=label)
    ax.set(xscale="log", yscale="log", ylim=(0.93, most))
    ax.set_xlim(sweep.factors[0], sweep.factors[-1])
    plain_ticks(ax.xaxis, *ax.get_xlim())
    plain_ticks(ax.yaxis, 1, most)
    ax.set_xlabel("factor c on the data (variances × c²)")
    ax.set_ylabel(r"$W_2^2$ / best hybrid's")
    if beyond:
        text = "off the top: " + ", ".join(beyond)
        ax.set_title(text, fontsize=8, loc="right")
    ax.grid(alpha=0.25)
    ax.legend(fontsize=9, loc="upper right", framealpha=0.9)
    return ax
