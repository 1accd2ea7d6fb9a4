"""How a figure is made: its numbers checked, its panels drawn, its files and its page written.

A script ``figures/NAME.py`` has

``TITLE``, ``CAPTION``   text; ``{key}`` in the caption stands for a number
``EXPECTED``             the numbers of the caption as they are printed
``PANELS``               arguments of ``compute``, one dictionary per panel
``GRID``, ``SIZE``       rows and columns of panels; inches
``compute(...)``         the data of one panel, computed by the core
``draw(result, ax)``     draws one panel and returns the axes
``numbers(results)``     the numbers of the caption, recomputed

The caption is printed with the recomputed numbers, and only if they are the expected ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import symmerge
from symmerge.plot.style import plain_ticks
from symmerge.provenance import revision, versions

from .pages import DOCS, update

__all__ = ["NAMES", "ChangedNumber", "build", "caption", "drawn", "plain_ticks", "provenance"]

NAMES = (
    "geometry",
    "vectors",
    "composite",
    "error_gaps",
    "phase_lam_s",
    "phase_lam_T",
    "plan_gallery",
    "equal_budget",
    "shrinkage",
    "optimisers",
    "threshold",
    "hybrid_map",
    "stability",
    "mismatch",
    "merging",
    "network_sizes",
    "experiments",
)
OUT = Path(__file__).parent / "out"
_RC = {
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "symmerge",
}


class ChangedNumber(ValueError):
    """A number in a caption is no longer what the caption says."""


def script(name: str) -> ModuleType:
    """The script of a figure."""
    if name not in NAMES:
        raise ValueError(f"no figure is called {name!r}; there are {', '.join(NAMES)}")
    return import_module(f"figures.{name}")


def caption(module: ModuleType, results: list[Any]) -> str:
    """The caption with its recomputed numbers; fails where one is not the expected one."""
    found = module.numbers(results)
    keys = sorted(found.keys() | module.EXPECTED.keys())
    changed = [
        f"{key}: {found.get(key)}, expected {module.EXPECTED.get(key)}"
        for key in keys
        if found.get(key) != module.EXPECTED.get(key)
    ]
    if changed:
        raise ChangedNumber(f"{module.__name__}: {'; '.join(changed)}")
    return module.CAPTION.format(**found)


@contextmanager
def style() -> Iterator[None]:
    """Fonts and lines of all figures, changed for nobody else."""
    from matplotlib import rc_context

    with rc_context(_RC):
        yield


def drawn(module: ModuleType, results: list[Any]) -> Any:
    """The figure with all its panels."""
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=module.SIZE, layout="constrained", facecolor="white")
        axes = figure.subplots(*module.GRID, squeeze=False).ravel()
        for ax, result in zip(axes, results, strict=True):
            module.draw(result, ax)
    return figure


def provenance(name: str, module: ModuleType) -> dict[str, Any]:
    """What is needed to make the figure again."""
    return {
        "figure": name,
        "command": f"python -m figures {name}",
        "symmerge": symmerge.__version__,
        "schedule": module.SCHEDULE,
        "panels": list(module.PANELS),
        "numbers": module.EXPECTED,
    }


def save(name: str, module: ModuleType, figure: Any) -> None:
    """PDF and SVG for papers, PNG for the documentation, each telling where it is from."""
    OUT.mkdir(exist_ok=True)
    (DOCS / "img").mkdir(parents=True, exist_ok=True)
    facts = provenance(name, module)
    # Pictures that are kept under version control must not change with every commit.
    kept = json.dumps(facts)
    papers = json.dumps(facts | {"revision": revision(), "versions": versions("matplotlib")})
    title = module.TITLE
    with style():
        figure.savefig(
            OUT / f"{name}.pdf",
            metadata={"Title": title, "Subject": papers, "CreationDate": None},
        )
        figure.savefig(
            OUT / f"{name}.svg", metadata={"Title": title, "Description": papers, "Date": None}
        )
        figure.savefig(
            DOCS / "img" / f"{name}.png",
            dpi=160,
            metadata={"Title": title, "Description": kept, "Software": None},
        )


def build(name: str) -> str:
    """Compute, check, draw and save one figure and write it into the page; returns the caption."""
    module = script(name)
    results = [module.compute(**arguments) for arguments in module.PANELS]
    text = caption(module, results)
    save(name, module, drawn(module, results))
    update(DOCS / "figures.md", name, f"![{module.TITLE}](img/{name}.png)\n\n{text}")
    return text
