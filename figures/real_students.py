"""Students trained by SGD on real data, against the theory: ``python -m figures.real_students``.

Digits and grey patches, all 64 coordinates, mean variance 1, T = 8: minibatches of 32 rows of the
data under fresh noise, 200 steps of learning rate 0.005 per merge (s = 1), 8 seeds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symmerge import datasets
from symmerge.chain import gradient_flow_chain
from symmerge.dynamics.laws import SGD
from symmerge.dynamics.simulate import TrainedStudents, data_rows, train_students
from symmerge.merge import difference
from symmerge.plan import canonical_plans
from symmerge.plot import COLOURS, LABELS, MARKERS, plot_pictures
from symmerge.schedule import cosine
from symmerge.search.spectra import plan_spectrum
from symmerge.spectrum import bundled

from .pages import DOCS, save, update

__all__ = ["DATA", "LAW", "markdown", "students"]

DATA = ("digits", "patches-grey")
LAW = SGD("0.005", 200, 32)
_T = 8
_HEAD = (
    "| data | plan | W2² measured (± standard error) | descent | gradient flow "
    "| rms of (measured − predicted) / error |\n| --- | --- | ---: | ---: | ---: | ---: |\n"
)


def students(name: str, seeds: int = 8) -> dict[str, TrainedStudents]:
    """Trained students of the best plan and the canonical strategies on one data set."""
    spectrum, schedule = bundled(name, "unit"), cosine(_T)
    sampler = data_rows(datasets.load(name), spectrum)
    best = plan_spectrum(spectrum, LAW.lr * LAW.steps, schedule).plan
    plans = {"best": best, **canonical_plans(_T)}
    return {
        key: train_students(plan, spectrum, schedule, LAW, sampler, seeds=seeds)
        for key, plan in plans.items()
    }


def _deviation(found: TrainedStudents) -> float:
    known = found.error > 0
    return float(np.sqrt(np.mean(found.deviations[known] ** 2)))


def markdown(trained: dict[str, dict[str, TrainedStudents]]) -> str:
    """Measured and predicted losses in a table."""
    rows = []
    for data, plans in trained.items():
        for name, found in plans.items():
            value, error = found.w2_of_mean
            rows.append(
                f"| {data} | {LABELS[name]} | {value:.5g} ± {error:.1g} | {found.w2_descent:.5g} "
                f"| {found.w2_flow:.5g} | {_deviation(found):.2f} |\n"
            )
    return _HEAD + "".join(rows)


def _draw(figure: Any, trained: dict[str, dict[str, TrainedStudents]]) -> None:
    axes = figure.subplots(2, len(trained), height_ratios=[1.35, 1], squeeze=False)
    for (top, bottom), (data, plans) in zip(axes.T, trained.items(), strict=True):
        for name in ("consistency", "progressive", "vanilla", "boot", "best"):
            found = plans[name]
            lam = found.spectrum.variances
            shown = lam > 0
            style = {"color": COLOURS[name], "alpha": 0.9}
            grid = np.geomspace(lam[shown].min(), lam.max(), 400)
            predicted = np.abs(
                difference(found.plan, gradient_flow_chain(cosine(_T), grid, found.s))
            )
            top.plot(grid, predicted, linewidth=1, **style)
            measured = np.abs(found.measured - found.composite)[shown]
            top.errorbar(
                lam[shown],
                measured,
                np.minimum(found.error[shown], 0.9 * measured),
                fmt=MARKERS[name],
                markersize=4,
                elinewidth=0.8,
                label=LABELS[name],
                **style,
            )
        top.set(xscale="log", yscale="log", xlabel="variance λ of the coordinate")
        top.set_ylabel("|M − C|: dots trained, lines gradient flow")
        top.set_title(data, loc="left")
        top.grid(alpha=0.25)
        top.set_ylim(bottom=1e-3)
        pictures = plans["best"].decode(10)
        rows = {
            "teacher": pictures["teacher"],
            "best, predicted": pictures["predicted"],
            "best, trained": pictures["trained"],
            "consistency,\npredicted": plans["consistency"].decode(10)["predicted"],
            "consistency,\ntrained": plans["consistency"].decode(10)["trained"],
        }
        plot_pictures(rows, bottom)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)


def main() -> None:
    """Train, draw the picture and write the table into the page."""
    trained = {name: students(name) for name in DATA}
    save("real_students", (12, 7), lambda figure: _draw(figure, trained))
    update(DOCS / "spectra.md", "real_students", markdown(trained))


if __name__ == "__main__":
    main()
