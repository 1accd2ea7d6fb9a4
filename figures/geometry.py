"""A teacher step is a projection: ``python -m figures geometry``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symmerge.numbers import FLOAT
from symmerge.plot.style import COLOURS, axes_or_new
from symmerge.schedule import cosine
from symmerge.teacher import Teacher, variance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "A teacher step projects a signal-noise vector on the next"
SCHEDULE = "cosine"
PANELS = ({"lam": "1/4"}, {"lam": "4"})
GRID, SIZE = (1, 2), (7, 2.9)
EXPECTED = {"T": "5", "t": "3", "small": "0.802", "large": "1.168", "cosine": "0.968"}
CAPTION = (
    r"The teacher's step from time t to t − 1 multiplies a coordinate of variance λ by $a_t = "
    r"\langle u_{{t-1}}, u_t\rangle/\lvert u_t\rvert^2$, with $u_t = (\alpha_t\sqrt\lambda, "
    r"\sigma_t)$: the foot of the perpendicular from $u_{{t-1}}$ on the line of $u_t$ is $a_t "
    r"u_t$. Cosine schedule, T = {T}, t = {t}. Left: λ = 1/4, the step shrinks, $a_t = {small}$. "
    r"Right: λ = 4, it grows, $a_t = {large}$. The vectors of all times lie on an ellipse "
    r"(dotted); $\cos\varphi_t = {cosine}$ on both sides, for λ and 1/λ mirror each other."
)


@dataclass(frozen=True)
class Projection:
    """Vectors ``u_t`` (T+1, 2) in the plane of signal and noise, and the step at time t."""

    lam: float
    t: int
    vectors: np.ndarray
    a: float
    cosine: float

    @property
    def foot(self) -> np.ndarray:
        """Projection of ``u_{t-1}`` on ``u_t``."""
        return self.a * self.vectors[self.t]


def compute(lam: str = "1/4", T: int = 5, t: int = 3) -> Projection:
    """Vectors and one step of the cosine schedule."""
    schedule, value = cosine(T), float(variance(lam))
    levels, teacher = schedule.levels(FLOAT), Teacher(schedule, value, FLOAT)
    vectors = np.stack([levels.alpha * np.sqrt(value), levels.sigma], axis=1)
    return Projection(value, t, vectors, float(teacher.a[t - 1]), float(teacher.cosines[t - 1]))


def draw(result: Projection, ax: Axes | None = None) -> Axes:
    """Draw ``u_{t-1}``, ``u_t``, and the foot of the perpendicular."""
    ax = axes_or_new(ax, 3.4, 2.9)
    t, vectors, foot = result.t, result.vectors, result.foot
    before, now = vectors[t - 1], vectors[t]
    angle = np.linspace(0, np.pi / 2, 100)
    ax.plot(np.sqrt(result.lam) * np.cos(angle), np.sin(angle), ":", color="0.4", linewidth=1)
    ax.plot(*vectors.T, "o", color="0.4", markersize=3)
    ax.plot(*np.stack([0 * foot, 1.25 * max(result.a, 1) * now]).T, color="0.75", linewidth=0.8)
    arrow = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "linewidth": 1.6}
    for vector, colour, name in (
        (before, COLOURS["boot"], "$u_{t-1}$"),
        (now, "black", "$u_t$"),
    ):
        ax.annotate("", vector, (0, 0), arrowprops=arrow | {"color": colour})
        place, side = (vector, (7, -3)) if vector is before else (vector / 2, (-16, 4))
        ax.annotate(name, place, side, textcoords="offset points", color=colour, fontsize=10)
    ax.plot(*np.stack([before, foot]).T, "--", color=COLOURS["best"])
    ax.plot(*foot, "D", color=COLOURS["best"], markersize=5)
    ax.annotate(
        f"$a_t u_t$,  $a_t = {result.a:.3f}$",
        foot,
        (-9, 6) if result.a > 1 else (-9, -2),
        ha="right",
        textcoords="offset points",
        color=COLOURS["best"],
        fontsize=9,
    )
    _right_angle(ax, foot, before)
    ax.set_title(rf"$\lambda = {result.lam:g}$: the step {'grows' if result.a > 1 else 'shrinks'}")
    ax.set(aspect="equal", xlabel=r"signal $\alpha_t\sqrt{\lambda}$", ylabel=r"noise $\sigma_t$")
    ax.set_xlim(-0.05 if result.lam > 1 else -0.62, max(1.12 * np.sqrt(result.lam), 0.95))
    ax.set_ylim(-0.04, 1.35 if result.lam > 1 else 1.12)
    ax.set_xticks([tick for tick in ax.get_xticks() if 0 <= tick <= ax.get_xlim()[1]])
    return ax


def _right_angle(ax: Axes, foot: np.ndarray, tip: np.ndarray) -> None:
    """A small square at the foot of the perpendicular."""
    along, up = -foot / np.linalg.norm(foot), (tip - foot) / np.linalg.norm(tip - foot)
    corner = 0.06 * np.array([along, along + up, up]) + foot
    ax.plot(*corner.T, color="0.3", linewidth=0.8)


def numbers(results: list[Projection]) -> dict[str, str]:
    """The numbers of the caption."""
    small, large = results
    return {
        "T": str(len(small.vectors) - 1),
        "t": str(small.t),
        "small": f"{small.a:.3f}",
        "large": f"{large.a:.3f}",
        "cosine": f"{small.cosine:.3f}",
    }
