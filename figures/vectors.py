"""Signal-noise vectors along schedules: ``python -m figures vectors``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symmerge.numbers import FLOAT
from symmerge.plot.style import COLOURS, axes_or_new
from symmerge.schedule import cosine, edm, flow
from symmerge.teacher import Teacher

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Signal-noise vectors along three schedules"
SCHEDULE = "cosine, flow matching, EDM"
PANELS = ({"kind": "cosine"}, {"kind": "flow"}, {"kind": "edm"})
GRID, SIZE = (1, 3), (7, 2.75)
EXPECTED = {"cosine": "0.879", "flow": "0.883", "grow": "11 and 9", "edm": "0"}
CAPTION = (
    r"Signal-noise vectors $u_t = (\alpha_t\sqrt\lambda, \sigma_t)$ for T = 12 and λ = 0.25, 1 and "
    r"4, from clean data (on the horizontal axis) to noise. A filled marker is a time whose step "
    r"grows ($a_t > 1$), an open one a time whose step shrinks; time 0 has no step (dot). For λ = "
    r"4, {grow} of the 12 steps grow with the cosine and the flow matching schedule and {edm} with "
    r"EDM, where no step can grow. The angles between neighbours are what the teacher loses: "
    r"$C/\sqrt\lambda = \prod_t\cos\varphi_t$ = {cosine} (cosine) and {flow} (flow matching) for λ "
    r"= 4."
)
_SCHEDULES = {
    "cosine": (cosine, "cosine"),
    "flow": (flow, "flow matching"),
    "edm": (lambda T: edm(T, "0.2", 3, 3), "EDM, $\\sigma \\leq 3$"),
}
_LAM = (0.25, 1.0, 4.0)
_STYLES = ((COLOURS["vanilla"], "o", "-"), ("black", "s", ":"), (COLOURS["boot"], "^", "--"))


@dataclass(frozen=True)
class Vectors:
    """Vectors (variances, T+1, 2), steps ``a_t`` and products of cosines for each variance."""

    name: str
    lam: np.ndarray
    vectors: np.ndarray
    a: np.ndarray
    loss: np.ndarray


def compute(kind: str = "cosine", T: int = 12) -> Vectors:
    """Vectors and steps of one schedule."""
    make, name = _SCHEDULES[kind]
    schedule, lam = make(T), np.array(_LAM)
    levels, teacher = schedule.levels(FLOAT), Teacher(schedule, lam, FLOAT)
    signal = np.sqrt(lam)[:, None] * levels.alpha
    noise = np.broadcast_to(levels.sigma, signal.shape)
    loss = np.prod(teacher.cosines, axis=0)
    return Vectors(name, lam, np.stack([signal, noise], axis=2), teacher.a.T, loss)


def draw(result: Vectors, ax: Axes | None = None) -> Axes:
    """Draw every vector as a ray with a marker that says whether its step grows."""
    ax = axes_or_new(ax, 3.4, 2.9)
    for lam, vectors, a, (colour, marker, line) in zip(
        result.lam, result.vectors, result.a, _STYLES, strict=True
    ):
        for x, y in vectors:
            ax.plot([0, x], [0, y], color=colour, linewidth=0.4, alpha=0.45)
        ax.plot(*vectors.T, line, color=colour, linewidth=1)
        ax.plot(*vectors[0], ".", color=colour)
        ends = vectors[1:]
        ax.plot(*ends[a > 1].T, marker, color=colour, linestyle="none")
        ax.plot(*ends[a <= 1].T, marker, color=colour, markerfacecolor="white", linestyle="none")
        ax.plot([], [], marker=marker, linestyle=line, color=colour, label=rf"$\lambda = {lam:g}$")
    ax.set_title(result.name)
    ax.set(xlabel=r"signal $\alpha_t\sqrt{\lambda}$", ylabel=r"noise $\sigma_t$")
    top = float(result.vectors[..., 1].max())
    ax.set_xlim(-0.05, 2.15)
    ax.set_ylim(-0.04 * top, 1.5 * top)
    ax.legend(loc="upper right", handlelength=2.2, borderaxespad=0)
    return ax


def numbers(results: list[Vectors]) -> dict[str, str]:
    """The numbers of the caption."""
    cosine_, flow_, _ = results
    grow = [int(np.sum(found.a[-1] > 1)) for found in results]
    return {
        "cosine": f"{cosine_.loss[-1]:.3f}",
        "flow": f"{flow_.loss[-1]:.3f}",
        "grow": f"{grow[0]} and {grow[1]}",
        "edm": str(grow[2]),
    }
