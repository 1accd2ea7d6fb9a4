"""Trained students beside the published ones: ``python -m figures.experiments_table``.

Writes the tables of ``docs/experiments.md`` from the results in ``figures/data``, which
``symmerge experiment NUMBER`` made. ``python -m figures.experiments_table FOLDER ...`` takes over
the results of these folders first.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from symmerge.experiments import ExperimentResult, Setting, published, setting
from symmerge.experiments.comparison import findings, markdown
from symmerge.experiments.teacher import COARSE_STEPS, mixture, pushed
from symmerge.experiments.training import relative_error
from symmerge.flow.transport import flow_map
from symmerge.json_files import write_json

from .dynamics_tables import table
from .pages import DOCS, update

__all__ = ["DATA", "TABLES", "recorded", "report", "teachers"]

DATA = Path(__file__).parent / "data"
_POINTS = 4000


def recorded(number: int) -> ExperimentResult:
    """The recorded result of an experiment at size ``small``."""
    text = (DATA / f"experiment-{number}-small.json").read_text(encoding="utf-8")
    return ExperimentResult.from_dict(json.loads(text))


def report(number: int) -> str:
    """Sizes, the table, and what it says."""
    result = recorded(number)
    sizes = []
    for name, s in (("Here", result.setting), ("Published", setting(number, "paper"))):
        steps = f"{s.steps} steps" if name == "Here" or number in (1, 4) else "steps not told"
        net = f"width {s.width}" if number != 3 else f"blocks of width {s.width}"
        if number == 3 and name == "Published":
            net = "blocks of a width not told"
        sizes.append(
            f"{name}: d = {s.d}, K = {s.K}, {net}, {steps} of batch {s.batch}, {s.seeds} seeds."
        )
    made = result.made_with
    told = f"symmerge {made['symmerge']}, PyTorch {made['torch']}, {result.device}"
    lines = "\n".join(f"- {line}" for line in findings(result))
    return f"{' '.join(sizes)} ({told})\n\n{markdown(result)}\n\nWhat the table says:\n\n{lines}"


def teachers() -> str:
    """What the published teacher of experiment 2 computes, in the published setting."""
    paper = setting(2, "paper")
    rows = []
    for row in published(2):
        sigma0, bound = row.keys["sigma0"], row.keys["B"]
        if bound > 0.001:
            continue
        flow, start = mixture(paper, sigma0), paper.short_time
        x = flow.sample(_POINTS, np.random.default_rng(0), start)
        exact = pushed(flow, x, start, 0.0)
        coarse = flow_map(flow, x, start, 0, COARSE_STEPS)
        constant = float(np.sum(flow.center**2))
        explained = [constant * len(y) / float(np.sum(y**2)) for y in (coarse, exact)]
        numbers = (relative_error(coarse, exact), explained[0], 1 - row.mean, explained[1])
        rows.append((f"{sigma0:g}", *(f"{number:.1e}" for number in numbers)))
    head = (
        "σ₀",
        "RelMSE of the published teacher",
        "1 − RelMSE of the best constant, that teacher",
        "1 − RelMSE, published, B = 0.001",
        "1 − RelMSE of the best constant, accurate teacher",
    )
    return f"{table(head, rows)}\n\n{_whole_map(paper)}"


def _whole_map(paper: Setting) -> str:
    """The same for the map of experiment 3, whose published table does not tell its steps."""
    flow = mixture(paper, 1e-3)
    x = flow.sample(_POINTS // 10, np.random.default_rng(0), paper.T)
    exact = pushed(flow, x, paper.T, 0.0)
    errors = (
        f"{relative_error(flow_map(flow, x, paper.T, 0, steps), exact):.1e} for {steps}"
        for steps in (100, 400)
    )
    return (
        "For the whole map at σ₀ = 0.001 (experiment 3) the RelMSE of even steps is "
        f"{' and '.join(errors)} of them."
    )


TABLES = {f"experiments_table {number}": number for number in (1, 2, 3, 4)}


def main(folders: list[str]) -> None:
    """Take over results, and write the tables into the page."""
    for folder in folders:
        data = json.loads((Path(folder) / "result.json").read_text(encoding="utf-8"))
        result = ExperimentResult.from_dict(data)
        DATA.mkdir(exist_ok=True)
        write_json(result.to_dict(), DATA / f"experiment-{result.setting.number}-small.json")
    page = DOCS / "experiments.md"
    for name, number in TABLES.items():
        update(page, name, report(number))
    update(page, "experiments_table teachers", teachers())


if __name__ == "__main__":
    main(sys.argv[1:])
