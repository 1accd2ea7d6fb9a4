"""The report on one recommendation."""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import plot
from ..draw import MOST_STEPS, plan_svg
from ..plan import canonical_plans
from ..provenance import revision, versions
from ..search.spectra import SpectrumResult
from .html import figure, image, page, table, write_page
from .words import class_summary, comparison, number, percent, recommendation, threshold

if TYPE_CHECKING:
    from ..spectrum import Spectrum

__all__ = ["Progress", "write_report"]

Progress = Callable[[str], None]
Edges = Callable[[float], tuple[float, float]]

_MOST_STEPS_FOR_BAND = 128  # the edges of the band cost O(T^3) per training time
_LONGEST_PLAN = 400


def write_report(
    result: SpectrumResult,
    spectrum: Spectrum,
    out: str | os.PathLike[str],
    *,
    title: str | None = None,
    command: str | None = None,
    section: str = "",
    samples: np.ndarray | None = None,
    edges: Edges | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write ``index.html`` in the folder `out`, replacing an older one only when complete.

    Parameters
    ----------
    result : SpectrumResult
    spectrum : Spectrum
        What `result` was computed for; with a basis the report shows decoded samples.
    out : path
        Folder, made if need be.
    title, command : str, optional
        Heading, and the command that makes the report again.
    section : str, optional
        HTML of a further section, trusted as it is.
    samples : (n, d) array, optional
        Some of the data, shown above what teacher and students make.
    edges : function s -> (lam_lo, lam_hi), optional
        Source of the inner phase edges; see :func:`symmerge.plot.phase_table`.
    progress : function of a str, optional
        Told what is being done.

    Returns
    -------
    Path
        The file written.
    """
    told = progress or (lambda _: None)
    title = title or f"Which distillation strategy for {spectrum.label}?"
    parts = [f"<h1>{escape(title)}</h1>", _answer(result), _question(result), section]
    told("drawing the spectrum and the phase diagram")
    parts += [_spectrum(result), _phases(result, spectrum, edges)]
    told("drawing the plan and its errors")
    parts += [_plan(result), _errors(result), _hybrids(result)]
    told("sweeping the scale of the data")
    parts.append(_scales(result, spectrum))
    if plot.picture_side(spectrum) is not None:
        told("drawing samples")
        parts.append(_samples(result, spectrum, samples))
    parts.append(f"<h2>Assumptions</h2>{_assumptions(result, spectrum)}")
    if command:
        parts.append(f"<h2>Make it again</h2><pre>{escape(command)}</pre>")
    told("writing the report")
    return write_page(Path(out), page(title, parts))


def _answer(result: SpectrumResult) -> str:
    """What to do, how good that is, how sure."""
    good = (
        f"W2² = {number(result.w2_squared)}, {percent(result.relative)} of the variance of the "
        f"teacher's output. {comparison(result)}"
    )
    sure = f"Optimality over all merge plans is <strong>{result.optimality.status}</strong>: "
    return (
        f'<div class="answer"><p><strong>{escape(recommendation(result))}</strong></p>'
        f"<p><strong>How good?</strong> {escape(good)}</p>"
        f"<p><strong>How sure?</strong> {sure}{escape(result.optimality.reason)}.</p></div>"
    )


def _question(result: SpectrumResult) -> str:
    """What was asked, and every strategy with its cost."""
    plans = canonical_plans(result.T)
    rows = [("best plan", result.plan.merges, result.w2_squared, 1.0)]
    for name, value in sorted(result.canonical.items(), key=lambda item: item[1]):
        rows.append((plot.LABELS[name], plans[name].merges, value, result.ratios[name]))
    if result.lower_bound > 0:
        least = result.lower_bound
        rows.append(("any plan, at least", 0, least, least / result.w2_squared))
    shown = [
        # A bound is told apart from what it bounds even when they almost touch.
        (name, f"{k or ''}", f"{w2:.4g}", f"×{number(ratio, 4 if k else 7)}")
        for name, k, w2, ratio in rows
    ]
    return (
        f"<p>The question: a teacher of {result.T} steps ({escape(str(result.schedule))}) is to "
        f"become one step; every merge may be trained for time s = {result.s}; the data are "
        f"{escape(result.label)}, {result.d} coordinates.</p>"
        + table(("strategy", "merges", "W2²", "relative to the best plan"), shown, (1, 2, 3))
        + "<p>Training time is equal <em>per merge</em>, so a strategy of more merges trains "
        "longer in all.</p>"
    )


def _spectrum(result: SpectrumResult) -> str:
    picture = image(
        lambda ax: plot.plot_spectrum(result, ax),
        7.6,
        3.6,
        "variances of the data by size, with their classes and the line of variance 1",
    )
    caption = (
        f"The variances of the principal coordinates. {class_summary(result)} {threshold(result)}"
    )
    return figure("The spectrum", picture, escape(caption))


def _phases(result: SpectrumResult, spectrum: Spectrum, edges: Edges | None) -> str:
    s = float(result.s)
    s_range = (min(0.1, s / 2), max(10.0, 2 * s)) if s > 0 else (0.1, 10.0)
    if edges is None and result.T > _MOST_STEPS_FOR_BAND:
        edges = _no_edges
    picture = image(
        lambda ax: plot.plot_phase_diagram(
            result.T,
            s_range,
            spectrum=spectrum,
            ax=ax,
            schedule=result.schedule,
            s=s,
            edges=edges,
            points=9,
        ),
        7.6,
        4.9,
        "phase diagram over variance and training time, with the variances of the data",
    )
    both = " One plan has to serve them all." if len(set(result.classes)) > 1 else ""
    caption = f"What is best for a coordinate on its own. {class_summary(result)}{both}"
    return figure("Where the data lie", picture, escape(caption))


def _no_edges(s: float) -> tuple[float, float]:
    return float("nan"), float("nan")


def _plan(result: SpectrumResult) -> str:
    plan = result.plan
    caption = "Teacher steps, clean to noisy, in the blocks that are merged at the last time."
    if plan.T <= MOST_STEPS:
        caption = (
            "Teacher steps along the bottom, clean to noisy. Every node is a trained student, in "
            "the column of the time it lives at. Orange: merges at the last time; their errors "
            "multiply in the answer."
        )
    if len(str(plan)) <= _LONGEST_PLAN:
        caption += f" As text: <code>{escape(str(plan))}</code>"
    return figure("The plan", f'<div class="tree">{plan_svg(plan)}</div>', caption)


def _errors(result: SpectrumResult) -> str:
    bars = image(lambda ax: plot.plot_strategy_bars(result, ax), 7.6, 2.7, "cost per strategy")
    dots = image(
        lambda ax: plot.plot_coordinate_errors(result, ax),
        7.6,
        4.4,
        "error of every coordinate against its variance, for all strategies",
    )
    caption = (
        "M is what the student multiplies a coordinate by, C what the teacher does; W2² adds up "
        "the squares of M − C over all coordinates."
    )
    return figure("Errors of the strategies", bars + dots, caption)


def _hybrids(result: SpectrumResult) -> str:
    picture = image(lambda ax: plot.plot_hybrid_map(result, ax), 5.4, 4.1, "cost of all hybrids")
    caption = (
        f"All {result.scan.count} two-sided hybrids: k single steps at the clean end, one block, "
        "m single steps at the noisy end."
    )
    return figure("How sharp the choice is", picture, caption)


def _scales(result: SpectrumResult, spectrum: Spectrum) -> str:
    sweep = plot.scale_sweep(spectrum, np.geomspace(0.25, 4, 25), result.s, result.schedule)
    picture = image(
        lambda ax: plot.plot_scale_sweep(sweep, ax),
        7.6,
        3.6,
        "cost of the strategies relative to the best hybrid, over the scale of the data",
    )
    if sweep.swap is None:
        swap = "BOOT and vanilla do not swap places in this range."
    else:
        share = spectrum.rescaled(sweep.swap**2).share_below_one
        swap = (
            f"BOOT and vanilla swap places at c = {number(sweep.swap, 3)}, where "
            f"{percent(share)} of the variances are at most 1: the share alone does not decide, "
            "the few large variances weigh most."
        )
    peak = int(np.argmax(sweep.gain))
    caption = (
        f"The same data times a factor c (here c = 1). {swap} The best strategy of the literature "
        f"costs at most {percent(float(sweep.gain[peak]))} more than the best hybrid (at c = "
        f"{number(float(sweep.factors[peak]), 3)}). Best hybrids are the best of all (k, m), "
        "without a certificate at every c."
    )
    return figure("If the data were larger or smaller", picture, escape(caption))


def _samples(result: SpectrumResult, spectrum: Spectrum, data: np.ndarray | None) -> str:
    rows = plot.decode_strategies(result, spectrum)
    if data is not None:
        rows = {"data": np.asarray(data[: len(rows["teacher"])], float), **rows}
    strategies = image(
        lambda ax: plot.plot_pictures(rows, ax),
        7.6,
        0.66 * len(rows),
        "samples in rows: data, teacher, best plan and every strategy",
    )
    picture = strategies + image(
        lambda ax: plot.plot_digits_row(result, spectrum, ax, pictures=False),
        7.6,
        1.5,
        "differences of the best plan's and the worst strategy's pictures from the teacher's",
    )
    samples = plot.decode_samples(result, spectrum)
    spread = float(np.std(samples.teacher))
    best, worst = (
        percent(float(np.sqrt(np.mean((found - samples.teacher) ** 2))) / spread)
        for found in (samples.best, samples.worst)
    )
    name = plot.LABELS[samples.worst_name]
    caption = (
        "The same noise sent through the teacher and every strategy, decoded; below, how far the "
        f"best plan and the worst strategy of the literature ({name}) are from the teacher. The "
        "samples are Gaussian with the data's mean and covariance: that is all a linear teacher "
        "knows. Root mean square difference from the teacher, relative to the spread of its "
        f"pixels: best plan {best}, {name} {worst}. Each difference row is stretched to a scale "
        "of its own, written beside it."
    )
    return figure("What it looks like", picture, escape(caption))


def _assumptions(result: SpectrumResult, spectrum: Spectrum) -> str:
    constant = int(result.multiplicities[result.variances == 0].sum())
    kept = f"{constant}, kept: what a student emits there is an error" if constant else "none"
    packages = versions("matplotlib", "scikit-learn").items()
    rows = [
        ("data", "; ".join([f"{result.label}, d = {result.d}", *spectrum.notes])),
        ("model of the data", "Gaussian with this covariance; the mean is taken as known"),
        ("constant coordinates", kept),
        ("schedule", str(result.schedule)),
        ("teacher", "DDIM with the optimal denoiser"),
        ("student", "linear, gradient flow from a warm start towards the composite of its parts"),
        ("training time", f"s = {result.s} for every merge (dimensionless; g = exp(−2 s v))"),
        ("objective", "W2² = Σ m v_T (M − C)², between what student and teacher make of noise"),
        ("numbers", "float64 without cancellation; classes by exact or interval arithmetic"),
        ("versions", ", ".join(f"{name} {number}" for name, number in packages)),
        ("source", revision()),
    ]
    return table((), rows)
