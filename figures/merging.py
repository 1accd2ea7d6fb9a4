"""Merging the steps of a mixture sampler: ``python -m figures merging``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from symmerge.flow.ddim import MixtureTeacher
from symmerge.flow.merging import Merged, binary_plans, fit_block, merge, rank_orders
from symmerge.flow.mixture import Mixture
from symmerge.plan import canonical_plans
from symmerge.plot.style import COLOURS, LABELS, MARKERS, axes_or_new, plain_ticks
from symmerge.schedule import cosine

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Merged steps of a mixture sampler"
SCHEDULE = "cosine"
PANELS = tuple(
    {"what": what} for what in ("maps", "steps", "components", "rate", "orders", "trees")
)
GRID, SIZE = (3, 2), (7, 7.6)
EXPECTED = {
    "three": "2.6e-3",
    "six": "4.19e-2",
    "narrow": "3.1e-2",
    "five": "6.9e-3",
    "order": "2.03",
    "direct": ".0508",
    "progressive": ".0509",
    "consistency": ".0589",
    "boot": ".0695",
    "worst": "17 %",
    "best": "0.3 %",
}
CAPTION = (
    "Students of the teacher's form for merged DDIM steps of two modes ±μ, cosine schedule, T = 6 "
    "unless said. Errors are relative to the target's standard deviation under the law of the "
    "noise, and the best found by least squares from many starts, not certified. Top left: all six "
    "steps (μ = 2, σ₀ = 1/2) and students with 1, 2 and 4 components. Top right: error of two "
    "components against the number of steps; merging the two noisiest is exact, three cost "
    "{three}, all six {six} ({narrow} for σ₀ = 1/5). Middle left: more components, {five} with "
    "five. Middle right: two steps in the middle of the schedule; the error falls like "
    "$1/T^{{{order}}}$. Bottom left: two components merged in different orders, weights .7 and .3; "
    "at T = 16 directly {direct}, pairwise (progressive) {progressive}, from the clean end "
    "(consistency) {consistency}, from the noisy end (BOOT) {boot}: the other way round than for "
    "one Gaussian with small variance. Bottom right: excess over the direct fit of all 42 binary "
    "orders, from {best} to {worst} for weights .7 and .3."
)
_TEACHERS = {
    "$\\mu = 1$, $\\sigma_0 = 1/2$": (1.0, None, "1/2"),
    "$\\mu = 2$, $\\sigma_0 = 1/2$": (2.0, None, "1/2"),
    "same, weights .7, .3": (2.0, (0.7, 0.3), "1/2"),
    "$\\mu = 2$, $\\sigma_0 = 1/5$": (2.0, None, "1/5"),
}
_PLAIN, _UNEQUAL, _NARROW = list(_TEACHERS)[1:]
_LOOKS = tuple(
    (COLOURS[name], MARKERS[name]) for name in ("consistency", "best", "vanilla", "boot")
)


@dataclass(frozen=True)
class Merging:
    """Rows of one panel: by setting or order, arrays over the panel's horizontal axis."""

    what: str
    x: np.ndarray
    rows: dict[str, Any]


def compute(what: str = "steps", T: int = 6, starts: int = 24, most: int = 128) -> Merging:
    """Fit the students of one panel; `most` limits the number of steps in rates and orders."""
    if what == "maps":
        teacher, x = _teacher(_PLAIN, T), np.linspace(-3, 3, 601)
        rows = {"all steps": teacher.run(x[:, None], 1, T)[:, 0]}
        for K in (1, 2, 4):
            rows[f"$K = {K}$"] = fit_block(teacher, 1, T, K, starts).student(x)
        return Merging(what, x, rows)
    if what == "steps":
        m = np.arange(1, T + 1)
        rows = {
            name: [fit_block(_teacher(name, T), T + 1 - k, T, 2, starts).error for k in m]
            for name in _TEACHERS
        }
        return Merging(what, m, {name: np.array(errors) for name, errors in rows.items()})
    if what == "components":
        K = np.arange(1, 7)
        names = (_PLAIN, _NARROW)
        rows = {
            name: [fit_block(_teacher(name, T), 1, T, k, starts).error for k in K] for name in names
        }
        return Merging(what, K, {name: np.array(errors) for name, errors in rows.items()})
    if what == "rate":
        counts = np.array([n for n in (8, 16, 32, 64, 128) if n <= most])
        errors = [fit_block(_teacher(_PLAIN, n), n // 2, n // 2 + 1, 2, 8).error for n in counts]
        return Merging(what, counts, {_PLAIN: np.array(errors)})
    if what == "orders":
        counts = np.array([n for n in (4, 6, 8, 12, 16) if n <= most])
        found = [_orders(int(n), starts) for n in counts]
        return Merging(what, counts, {q: np.array([row[q] for row in found]) for q in found[0]})
    rows = {name: _ranked(name, T, max(4, starts // 2)) for name in _TEACHERS}
    return Merging("trees", np.arange(1, 1 + len(rows[_PLAIN][1])), rows)


@lru_cache(maxsize=64)
def _teacher(name: str, T: int) -> MixtureTeacher:
    mean, weights, width = _TEACHERS[name]
    return MixtureTeacher(cosine(T), Mixture([-mean, mean], weights, width))


def _orders(T: int, starts: int) -> dict[str, float]:
    teacher, known = _teacher(_UNEQUAL, T), {}
    plans = canonical_plans(T)
    return {
        name: merge(teacher, plan, 2, starts, known=known).error for name, plan in plans.items()
    }


def _ranked(name: str, T: int, starts: int) -> tuple[float, list[Merged]]:
    teacher = _teacher(name, T)
    return fit_block(teacher, 1, T, 2, starts).error, rank_orders(
        teacher, list(binary_plans(T)), 2, starts
    )


def draw(result: Merging, ax: Axes | None = None) -> Axes:
    """Draw one panel."""
    ax = axes_or_new(ax, 3.4, 2.5)
    panels = {"maps": _maps, "orders": _orders_panel, "trees": _trees}
    panels.get(result.what, _lines)(result, ax)
    return ax


def _maps(result: Merging, ax: Axes) -> None:
    looks = (("black", "-", 2.2), (COLOURS["consistency"], ":", 1.4), (COLOURS["best"], "--", 1.4),
             (COLOURS["boot"], "-.", 1.4))  # fmt: skip
    for (name, values), (colour, dashes, width) in zip(result.rows.items(), looks, strict=True):
        ax.plot(result.x, values, dashes, color=colour, linewidth=width, label=name)
    ax.set(xlabel="noise $x$", ylabel="data")
    ax.legend(loc="upper left")


def _lines(result: Merging, ax: Axes) -> None:
    looks = dict(zip(_TEACHERS, _LOOKS, strict=True))
    for name, errors in result.rows.items():
        seen = errors > 1e-7  # below: exact but for rounding
        colour, marker = looks[name]
        ax.plot(result.x[seen], errors[seen], marker=marker, color=colour, label=name)
    ax.set(yscale="log", ylabel="relative error")
    if result.what == "steps":
        ax.set_ylim(5e-5, 1)  # room for the key
    if result.what == "rate":
        ax.set(xscale="log", xlabel="steps of the sampler $T$")
        ax.plot(result.x, errors[0] * (result.x[0] / result.x) ** 2.0, ":", color="0.4")
        ax.annotate("slope −2", (0.62, 0.45), xycoords="axes fraction")
        ax.set_xticks(result.x, [str(n) for n in result.x])
        ax.minorticks_off()
    else:
        ax.set_xticks(result.x)
        steps = result.what == "steps"
        ax.set_xlabel("steps merged, from the noisiest" if steps else "components $K$")
    ax.legend(loc="upper left" if result.what == "steps" else "lower left")


def _orders_panel(result: Merging, ax: Axes) -> None:
    for name, errors in result.rows.items():
        label = "direct (vanilla)" if name == "vanilla" else LABELS[name]
        ax.plot(result.x, errors, marker=MARKERS[name], color=COLOURS[name], label=label)
    ax.set(xlabel="steps of the sampler $T$", ylabel="relative error", ylim=(0.04, 0.075))
    ax.set_xticks(result.x)
    ax.legend(loc="upper left")


def _trees(result: Merging, ax: Axes) -> None:
    for (name, (direct, ranked)), (colour, marker) in zip(result.rows.items(), _LOOKS, strict=True):
        excess = [100 * (found.error / direct - 1) for found in ranked]
        ax.plot(result.x, excess, marker=marker, markersize=3, color=colour, linewidth=0.7,
                label=name)  # fmt: skip
    ax.set(xlabel="rank among the binary orders", ylabel="excess over direct, per cent")
    ax.set(yscale="log")
    plain_ticks(ax.yaxis, *ax.get_ylim())
    ax.legend(loc="lower right")


def numbers(results: list[Merging]) -> dict[str, str]:
    """The numbers of the caption."""
    _, steps, components, rate, orders, trees = results
    last = {name: f"{errors[-1]:.4f}"[1:] for name, errors in orders.rows.items()}
    errors = rate.rows[_PLAIN]
    direct, ranked = trees.rows[_UNEQUAL]

    def text(value: float, digits: int) -> str:
        size, exponent = f"{value:.{digits}e}".split("e")
        return f"{size}e{int(exponent)}"

    return {
        "three": text(steps.rows[_PLAIN][2], 1),
        "six": text(steps.rows[_PLAIN][5], 2),
        "narrow": text(steps.rows[_NARROW][5], 1),
        "five": text(components.rows[_PLAIN][4], 1),
        "order": f"{np.log(errors[0] / errors[-1]) / np.log(rate.x[-1] / rate.x[0]):.2f}",
        "direct": last["vanilla"],
        **{name: last[name] for name in ("progressive", "consistency", "boot")},
        "worst": f"{100 * (ranked[-1].error / direct - 1):.0f} %",
        "best": f"{100 * (ranked[0].error / direct - 1):.1f} %",
    }
