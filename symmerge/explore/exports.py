"""What is taken away from the page: a picture, LaTeX, and JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO

from ..cli.output import finite
from ..derive import derive
from ..draw import draw_plan
from ..errors import InputError
from ..latex import aligned, latex
from ..plot.style import COLOURS, LABELS, MARKERS
from ..provenance import revision, versions
from .question import Answer, settings

__all__ = ["as_json", "as_latex", "as_png", "formula"]


def formula(answer: Answer) -> str:
    r"""LaTeX of the best plan's operator: one ``aligned`` block.

    With gradient flow the definitions of the symbols follow; other laws have a ``g_t`` of their
    own.

    Raises
    ------
    InputError
        For more than 64 steps, or a law with random factors, where M is no single number.
    """
    if getattr(answer.question.make_law(), "noisy", False):
        raise InputError("law", "must have fixed factors for a formula", answer.question.law)
    found = derive(answer.plan)
    if answer.question.gradient_flow:
        return found.latex()
    return aligned([(found.symbol, "=", latex(found.shown))])


def as_latex(answer: Answer) -> bytes:
    """The formula as a displayed equation, with the settings in a comment."""
    lines = [f"% {settings(answer.question)}", f"% symmerge {revision()}", r"\["]
    return "\n".join([*lines, formula(answer), r"\]", ""]).encode()


def as_json(answer: Answer) -> bytes:
    """Question, answer and provenance."""
    found = {
        "question": answer.question.to_dict(),
        "answer": answer.result.to_dict(),
        "symmerge": {"revision": revision(), "versions": versions()},
    }
    return (json.dumps(finite(found), indent=2, allow_nan=False) + "\n").encode()


def as_png(answer: Answer) -> bytes:
    """The plan and the errors of the strategies; the settings stand above and in the metadata."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5.2), dpi=200, layout="constrained")
    tree, bars = figure.subplots(2, 1, height_ratios=(3, 1.4))
    draw_plan(answer.plan, tree)
    names = [name for name, error in answer.errors.items() if error != 0]
    for name in names:
        bars.plot(
            abs(answer.errors[name]), LABELS[name], MARKERS[name], color=COLOURS[name], markersize=8
        )
    if names:
        bars.set_xscale("log")
    bars.set_xlabel(answer.size)
    bars.invert_yaxis()
    bars.margins(y=0.2)
    bars.grid(axis="x", alpha=0.3)
    bars.spines[["right", "top"]].set_visible(False)
    figure.suptitle(settings(answer.question), fontsize=10, wrap=True)
    stream = BytesIO()
    made = datetime.now(UTC).isoformat(timespec="seconds")
    metadata = {
        "Software": f"symmerge {revision()}",
        "Description": settings(answer.question),
        "Creation Time": made,
    }
    figure.savefig(stream, format="png", metadata=metadata)
    return stream.getvalue()
