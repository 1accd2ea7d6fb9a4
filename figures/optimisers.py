"""How the optimiser moves the phase transition: ``python -m figures optimisers``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symmerge.dynamics.adaptive import SignDescent
from symmerge.dynamics.averaging import EMA
from symmerge.dynamics.laws import SGD
from symmerge.dynamics.trained import rate_plan
from symmerge.dynamics.training import Adam, simulate_plan
from symmerge.numbers import FLOAT
from symmerge.phase import closed_forms
from symmerge.plan import MergePlan, boot, vanilla
from symmerge.plot.style import BAND_COLOUR, COLOURS, axes_or_new, plain_ticks
from symmerge.schedule import Schedule, cosine
from symmerge.student import GradientFlow
from symmerge.teacher import Teacher

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "BOOT against vanilla under five ways of training"
SCHEDULE = "cosine"
PANELS = ({},)
GRID, SIZE = (1, 1), (5.4, 3.4)
EXPECTED = {
    "T": "8",
    "low": "1.2185",
    "high": "2.0196",
    "flow": "0.67",
    "flow_high": "1.23",
    "sgd": "0.64",
    "sgd_high": "1.17",
    "adam": "0.81",
    "adam_high": "0.86",
    "runs": "400",
}
CAPTION = (
    "Root-mean-square error of BOOT divided by that of vanilla, equal training per merge, against "
    "the data variance λ; T = {T}, cosine schedule; below 1 BOOT is better. Under gradient flow (s "
    "= 1; {flow} at λ = 0.2, {flow_high} at λ = 5) and under an average of its weights (EMA, rate "
    "3) the order turns over inside the shaded window, {low} < λ < {high}, whose edges averaging "
    "cannot move (theorem). SGD (learning rate 0.05, 20 steps, batches of 4) turns over too "
    "({sgd}, {sgd_high}); its peak is where vanilla starts on its target, so that nothing is "
    "trained and no noise gets in. Sign descent and Adam (learning rate 0.002, 10 steps; Adam: "
    "points, {runs} simulated runs, batches of 16: {adam}, {adam_high}) go a fixed distance per "
    "merge: BOOT with its T − 1 merges is better on both sides. The dotted line ends where "
    "vanilla arrives exactly."
)
_RUNS = 400
_ARRIVED = 1e-12  # rounding
_DRAWN = {
    "gradient flow": (COLOURS["boot"], "-", ""),
    "its average (EMA)": ("#56B4E9", "--", ""),
    "SGD": (COLOURS["consistency"], "-.", ""),
    "sign descent": ("black", ":", ""),
    "Adam (simulated)": (COLOURS["best"], "none", "o"),
}


@dataclass(frozen=True)
class Ratios:
    """Error of BOOT over that of vanilla; per law the variances (n,) and the ratios (n,)."""

    T: int
    ratio: dict[str, tuple[np.ndarray, np.ndarray]]
    window: tuple[float, float]
    runs: int


def compute(T: int = 8, points: int = 301, simulated: int = 7, runs: int = _RUNS) -> Ratios:
    """Ratios under every law; Adam by simulation, at fewer variances."""
    schedule = cosine(T)
    lam = np.geomspace(0.2, 5, points)
    laws: dict[str, Any] = {
        "gradient flow": GradientFlow(1),
        "its average (EMA)": EMA(GradientFlow(1), 3),
        "SGD": SGD("0.05", 20, 4),
        "sign descent": SignDescent("0.002", 10),
    }
    ratio = {
        name: (lam, np.array([_rated(float(x), law, schedule) for x in lam]))
        for name, law in laws.items()
    }
    few = np.geomspace(0.2, 5, simulated)
    adam = Adam("0.002", 10, 16)
    found = np.array([_simulated(float(x), adam, schedule, runs) for x in few])
    low, high = (float(form) for form in closed_forms(T))
    return Ratios(T, ratio | {"Adam (simulated)": (few, found)}, (low, high), runs)


def _rated(lam: float, law: Any, schedule: Schedule) -> float:
    """Error of BOOT over vanilla's, in closed form; NaN where vanilla has arrived."""
    ours, theirs = (rate_plan(plan(schedule.T), lam, law, schedule).rms for plan in (boot, vanilla))
    return ours / theirs if theirs > _ARRIVED else np.nan


def _simulated(lam: float, law: Any, schedule: Schedule, runs: int) -> float:
    """The same, measured."""
    composite = float(np.prod(Teacher(schedule, lam, FLOAT).a))

    def rms(plan: MergePlan) -> float:
        found = simulate_plan(plan, lam, law, schedule, runs=runs)
        square = found.second_moment - 2 * composite * found.measured + composite**2
        return float(np.sqrt(square))

    return rms(boot(schedule.T)) / rms(vanilla(schedule.T))


def draw(result: Ratios, ax: Axes | None = None) -> Axes:
    """Draw the ratios over the variance."""
    ax = axes_or_new(ax, 5.4, 3.4)
    ax.axvspan(*result.window, color=BAND_COLOUR, linewidth=0)
    ax.axhline(1, color="black", linewidth=0.8)
    for name, (lam, ratio) in result.ratio.items():
        colour, line, marker = _DRAWN[name]
        ax.plot(lam, ratio, linestyle=line, marker=marker, color=colour, label=name)
    ax.set(xscale="log", xlim=(0.2, 5), ylim=(0, 2))
    plain_ticks(ax.xaxis, 0.2, 5)
    ax.set_xlabel(r"data variance $\lambda$")
    ax.set_ylabel("BOOT's error / vanilla's")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def numbers(results: list[Ratios]) -> dict[str, str]:
    """The numbers of the caption."""
    (found,) = results

    def ends(name: str) -> tuple[str, str]:
        ratio = found.ratio[name][1]
        return f"{ratio[0]:.2f}", f"{ratio[-1]:.2f}"

    flow, flow_high = ends("gradient flow")
    adam, adam_high = ends("Adam (simulated)")
    return {
        "T": str(found.T),
        "low": f"{found.window[0]:.4f}",
        "high": f"{found.window[1]:.4f}",
        "flow": flow,
        "flow_high": flow_high,
        "sgd": ends("SGD")[0],
        "sgd_high": ends("SGD")[1],
        "adam": adam,
        "adam_high": adam_high,
        "runs": str(found.runs),
    }
