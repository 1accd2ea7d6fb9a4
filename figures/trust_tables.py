"""Networks beside the theory, in tables: ``python -m figures.trust_tables [STUDY.json]``.

Writes the tables and sentences of ``docs/trust.md`` from ``docs/data/study-small.json``, which is
what ``symmerge study --size small --out DIR`` leaves in ``DIR/study.json``, on one line. With a
file, its sentences and tables go to standard output instead.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from symmerge.study.analysis import Analysis
from symmerge.study.calibrate import calibrate
from symmerge.study.claims import claims, pilots
from symmerge.study.config import OPTIMISERS, SCALINGS
from symmerge.study.run import StudyResult, read_study

from .dynamics_tables import table
from .pages import DOCS, update

__all__ = ["STUDY", "TABLES", "made"]

STUDY = DOCS / "data" / "study-small.json"
_NAMES = {"sgd": "SGD", "adam": "Adam"}
_HEAD = tuple(SCALINGS)


def _sentences(study: StudyResult, trust: bool) -> str:
    chosen = [claim for claim in claims(study, study.settings[0]) if claim.trust == trust]
    broken = [claim.text for claim in chosen if not claim.holds]
    if broken:
        raise ValueError(f"the study does not bear out: {broken[0]}")
    return "\n".join(f"* {claim.text}" for claim in chosen)


def trust(study: StudyResult) -> str:
    """Reasons to trust the theory."""
    return _sentences(study, True)


def distrust(study: StudyResult) -> str:
    """Reasons not to."""
    return _sentences(study, False)


def _analysis(study: StudyResult) -> Analysis:
    setting = study.settings[0]
    return Analysis(setting, study.cells[setting.name])


def teachers(study: StudyResult) -> str:
    """Data and teachers."""
    a = _analysis(study)
    cell = a.cells["teacher"]
    lam = [spectrum.variances for spectrum in a.spectra]
    loss, nonlinear = (np.mean(cell[key], axis=1) for key in ("loss", "nonlinear"))
    distance = np.mean(np.divide(cell["w2_to_data"], cell["spread"]), axis=1)
    rows = [
        ("smallest and largest variance", *(f"{x.min():.2g} – {x.max():.2g}" for x in lam)),
        ("variances above 1", *(f"{int(np.sum(x > 1))} of {len(x)}" for x in lam)),
        ("teacher's loss (1: predicts the mean)", *(f"{x:.2f}" for x in loss)),
        ("share of its samples not linear in the noise", *(f"{x:.1%}" for x in nonlinear)),
        ("W2² (Gaussian) to the data / variance", *(f"{x:.3f}" for x in distance)),
        ("error before any distillation", *(f"{x:.3f}" for x in a.untrained.mean(axis=1))),
    ]
    return table(("", *_HEAD), rows)


def linear(study: StudyResult) -> str:
    """Measured over predicted error of matrix students."""
    a = _analysis(study)
    rows = []
    for name, cell in a.cells.items():
        if name.startswith("linear."):
            _, budget, plan = name.split(".")
            ratio = np.divide(cell["measured"], cell["predicted"])
            error = np.divide(cell["error"], cell["predicted"])
            shown = (f"{x:.3f} ± {e:.3f}" for x, e in zip(ratio, error, strict=True))
            rows.append(
                (f"{plan}, equal steps {'per merge' if budget == 'merge' else 'in all'}", *shown)
            )
    return table(("matrix students", *_HEAD), rows)


def _errors(study: StudyResult, optimiser: str) -> str:
    a = _analysis(study)
    theory = a.theory(optimiser, "merge", "flow")
    rows = []
    for name in a.plans:
        means = a.mean(optimiser, "merge", name)
        shown = (f"{m} ({row[name]:.2g})" for m, row in zip(means, theory, strict=True))
        rows.append((name, *shown))
    return table((f"{_NAMES[optimiser]}, measured (predicted)", *_HEAD), rows)


def sgd(study: StudyResult) -> str:
    """Errors of networks trained by SGD."""
    return _errors(study, "sgd")


def adam(study: StudyResult) -> str:
    """Errors of networks trained by Adam."""
    return _errors(study, "adam")


def budgets(study: StudyResult) -> str:
    """Vanilla and the best other plan at equal total steps and at equal compute."""
    a = _analysis(study)
    rows = []
    for optimiser in OPTIMISERS:
        for budget in ("total", "compute"):
            found = a.table(optimiser, budget)
            cells = []
            for k in range(len(SCALINGS)):
                others = {name: x[k] for name, x in found.items() if name != "vanilla"}
                best = min(others, key=others.__getitem__)
                cells.append(f"{found['vanilla'][k]:.3g} / {others[best]:.3g} {best}")
            rows.append((f"{_NAMES[optimiser]}, equal {budget}", *cells))
    return table(("vanilla / best other", *_HEAD), rows)


def scores(study: StudyResult) -> str:
    """Orders and regrets, with the baselines of a sceptic."""
    a = _analysis(study)
    rows: list[tuple[Any, ...]] = []
    orders = {name: a.orders(name, "merge") for name in OPTIMISERS}
    sign = {name: a.orders(name, "merge", "sign") for name in OPTIMISERS}
    pairs = {name: f"of {found.pairs}" for name, found in orders.items()}
    rows.append(
        ("pairs right, gradient flow", *(f"{orders[n].right} {pairs[n]}" for n in OPTIMISERS))
    )
    rows.append(("pairs right, sign descent", *(f"{sign[n].right} {pairs[n]}" for n in OPTIMISERS)))
    rows.append(
        (
            "pairs right, best fixed order in hindsight",
            *(f"{orders[n].fixed} {pairs[n]}" for n in OPTIMISERS),
        )
    )
    regrets = {name: a.regrets(name, "merge") for name in OPTIMISERS}
    for key in regrets["sgd"]:
        label = "gradient flow's pick" if key == "theory" else key
        rows.append(
            (
                f"error over the best plan's: {label}",
                *(f"{regrets[n][key]:.3f}" for n in OPTIMISERS),
            )
        )
    return table(("", *(_NAMES[name] for name in OPTIMISERS)), rows)


def times(study: StudyResult) -> str:
    """Effective training times, and how far off predictions are."""
    a = _analysis(study)
    steps = a.setting.steps
    rows = []
    for optimiser in OPTIMISERS:
        name = _NAMES[optimiser]
        for budget, count in (
            ("half", steps // 2),
            ("merge", steps),
            ("total", steps * (a.setting.T - 1)),
        ):
            s = a.time(optimiser, budget)
            rows.append((f"{name}: s from vanilla, {count} steps", *(f"{x:.2f}" for x in s)))
        off, algebra = np.exp(a.off(optimiser)), np.exp(a.algebra(optimiser))
        nothing = np.exp(a.off(optimiser, "none"))
        rows.append((f"{name}: other plans off by a factor", *(f"{x:.2f}" for x in off)))
        rows.append((f"{name}: taken to be as good as vanilla", *(f"{x:.2f}" for x in nothing)))
        rows.append(
            (f"{name}: predicted with measured contractions", *(f"{x:.2f}" for x in algebra))
        )
    return table(("", *_HEAD), rows)


def shared(study: StudyResult) -> str:
    """One network for all times against separate ones."""
    a = _analysis(study)
    rows = []
    for optimiser in OPTIMISERS:
        for plan in ("consistency", "progressive"):
            cells = []
            for k in range(len(SCALINGS)):
                apart = a.mean(optimiser, "merge", plan)[k].value
                values = a.errors(optimiser, "merge", plan, "shared")[k]
                lost = int(np.isnan(values).sum())
                cells.append(
                    f"{apart:.3g} → {np.nanmean(values):.3g}"
                    + (f" ({lost} diverged)" if lost else "")
                )
            rows.append((f"{_NAMES[optimiser]}, {plan}", *cells))
    return table(("separate → shared", *_HEAD), rows)


def example(study: StudyResult) -> str:
    """Calibration from two plans of the study."""
    pilot = _analysis(study).pilot("sgd", SCALINGS.index("above"), ("vanilla", "progressive"))
    return f"```text\n{calibrate(pilot)}\n```"


def coverage(study: StudyResult) -> str:
    """Calibration on real pilots."""
    a = _analysis(study)
    rows = []
    for optimiser in OPTIMISERS:
        for names in pilots(a.setting):
            hits, total, width, against = a.coverage(optimiser, names)
            said = f"{against} of {len(SCALINGS)}"
            rows.append(
                (_NAMES[optimiser], ", ".join(names), f"{hits} of {total}", f"{width:.1f}", said)
            )
    head = ("optimiser", "pilot", "inside the 80 % interval", "its median factor", "contradicted")
    return table(head, rows)


def quality(study: StudyResult) -> str:
    """Gaussian W2 to the teacher's samples, over their variance."""
    a = _analysis(study)
    spread = np.mean(a.cells["teacher"]["spread"], axis=1)
    rows = []
    for optimiser in OPTIMISERS:
        found = a.table(optimiser, "merge", "w2")
        for name in a.plans:
            rows.append(
                (f"{_NAMES[optimiser]}, {name}", *(f"{x:.3g}" for x in found[name] / spread))
            )
    return table(("W2² (Gaussian) to the teacher / variance", *_HEAD), rows)


TABLES: dict[str, Callable[[StudyResult], str]] = {
    f"trust_tables {make.__name__}": make
    for make in (
        trust,
        distrust,
        teachers,
        linear,
        sgd,
        adam,
        budgets,
        scores,
        times,
        shared,
        coverage,
        example,
        quality,
    )
}


@cache
def made(path: Path = STUDY) -> dict[str, str]:
    """All of them, by name."""
    study = read_study(path)
    return {name: make(study) for name, make in TABLES.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write them into the page, or print those of another study."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given:
        study = read_study(given[0])
        print(study)
        for name, make in list(TABLES.items())[2:]:
            print(f"\n{name}\n{make(study)}")
        return
    for name, text in made().items():
        update(DOCS / "trust.md", name, text)


if __name__ == "__main__":
    main()
