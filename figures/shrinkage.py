"""Shrinkage factors of students trained on real data: ``python -m figures shrinkage``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symmerge import datasets
from symmerge.dynamics.laws import SGD
from symmerge.dynamics.simulate import data_rows, train_students
from symmerge.numbers import FLOAT
from symmerge.plan import vanilla
from symmerge.plot.style import COLOURS, axes_or_new, plain_ticks
from symmerge.schedule import custom
from symmerge.spectrum import bundled
from symmerge.student import GradientFlow
from symmerge.teacher import Teacher

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Shrinkage factors measured in training and predicted"
SCHEDULE = "custom: alpha = 1, 4/5, 3/5; sigma = 0, 3/5, 4/5"
PANELS = ({"data": "digits"}, {"data": "patches-grey"})
GRID, SIZE = (1, 2), (7, 2.9)
EXPECTED = {"lr": "1/200", "batch": "32", "seeds": "16", "rms": "1.06", "count": "363"}
CAPTION = (
    "Shrinkage factors g of linear students, trained by minibatch SGD on real data (left: digits, "
    "right: grey 8×8 patches; mean variance 1), learning rate {lr}, batches of {batch}, mean of "
    "{seeds} runs with its standard error: what is left of the way from the initialisation to the "
    "target after N steps, for every principal coordinate, against the variance v of the noised "
    "coordinate. Solid: gradient flow, $g = e^{{-2sv}}$ with s = N/200; dotted: gradient descent, "
    "$g = (1 - v/100)^N$. The deviations from descent are {rms} standard errors (rms of {count} "
    "measurements; coordinates whose teacher step differs from 1 by less than 0.05 cannot tell g "
    "and are left out)."
)
_STEPS = (25, 100, 300)
_STYLES = ((COLOURS["boot"], "s"), (COLOURS["best"], "o"), (COLOURS["consistency"], "^"))
_LR, _BATCH = "1/200", 32


@dataclass(frozen=True)
class Measured:
    """Factors of the coordinates (n,) with variance ``v``, per number of steps."""

    name: str
    v: np.ndarray
    g: dict[int, np.ndarray]
    error: dict[int, np.ndarray]
    seeds: int

    def deviations(self) -> np.ndarray:
        """``(measured - descent)/error`` of every measurement."""
        return np.concatenate(
            [
                (self.g[n] - SGD(_LR, n, _BATCH).factors(self.v, FLOAT)[0]) / self.error[n]
                for n in self.g
            ]
        )


def compute(data: str = "digits", steps: tuple[int, ...] = _STEPS, seeds: int = 16) -> Measured:
    """Train one merge of two steps and solve ``M = a_2 ((1-g) a_1 + g)`` for g."""
    spectrum = bundled(data, "unit")
    schedule = custom(["1", "4/5", "3/5"], ["0", "3/5", "4/5"])
    sampler = data_rows(datasets.load(data), spectrum)
    teacher = Teacher(schedule, np.asarray(spectrum.variances, float), FLOAT)
    first, second = teacher.a
    told = (np.abs(1 - first) >= 0.05) & (np.asarray(spectrum.variances) > 0)
    scale = (second * (1 - first))[told]
    g, error = {}, {}
    for n in steps:
        found = train_students(
            vanilla(2), spectrum, schedule, SGD(_LR, n, _BATCH), sampler, seeds=seeds
        )
        g[n] = (found.measured - first * second)[told] / scale
        error[n] = found.error[told] / np.abs(scale)
    return Measured(data, teacher.v[1][told], g, error, seeds)


def draw(result: Measured, ax: Axes | None = None) -> Axes:
    """Draw measured factors over the lines of the theory."""
    ax = axes_or_new(ax, 3.4, 2.9)
    fine = np.geomspace(result.v.min(), result.v.max(), 200)
    for (n, g), (colour, marker) in zip(result.g.items(), _STYLES, strict=False):
        law = SGD(_LR, n, _BATCH)
        ax.plot(fine, GradientFlow(law.lr * n).factors(fine, FLOAT)[0], color=colour, linewidth=1)
        ax.plot(fine, law.factors(fine, FLOAT)[0], ":", color="black", linewidth=1.2)
        ax.errorbar(
            result.v, g, result.error[n], fmt=marker, color=colour, markersize=3.5, elinewidth=0.8,
            markerfacecolor="white", markeredgewidth=0.9,
            label=f"N = {n}, s = {float(law.lr * n):g}",
        )  # fmt: skip
    ax.set(xscale="log", ylim=(-0.08, 1.04))
    low, high = ax.get_xlim()
    plain_ticks(ax.xaxis, low, high)
    ax.set_title({"digits": "digits", "patches-grey": "grey patches"}[result.name])
    ax.set(
        xlabel="variance $v$ of the noised coordinate (log scale)", ylabel="shrinkage factor $g$"
    )
    if result.name == "digits":
        ax.legend(loc="upper right", borderaxespad=0)
    return ax


def numbers(results: list[Measured]) -> dict[str, str]:
    """The numbers of the caption."""
    deviations = np.concatenate([result.deviations() for result in results])
    return {
        "lr": _LR,
        "batch": str(_BATCH),
        "seeds": str(results[0].seeds),
        "rms": f"{np.sqrt(np.mean(deviations**2)):.2f}",
        "count": str(len(deviations)),
    }
