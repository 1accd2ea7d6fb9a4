"""Answers as the page's HTML; every text that came from outside is escaped."""

from __future__ import annotations

from html import escape

from ..draw import segments_text
from ..dynamics.trained import PlanRanking
from ..plot.style import COLOURS, LABELS
from ..search.result import REGIMES, ScalarResult, float_text
from ..search.spectra import SpectrumResult
from .question import Answer, Question

__all__ = ["errors_html", "message_html", "not_covered", "quiet_html", "status_html"]

_LONGEST_PLAN = 90


def message_html(line: str) -> str:
    """A line that says what is wrong."""
    return f"<div role='alert' class='message'>{escape(line)}</div>"


def quiet_html(line: str) -> str:
    """A line that says what is missing, and why."""
    return f"<p class='quiet'>{escape(line)}</p>"


def status_html(answer: Answer) -> str:
    """Best plan, regime, and how sure that is."""
    result, plan = answer.result, answer.plan
    text = str(plan)
    short = len(text) <= _LONGEST_PLAN
    shown = text if short else f"{text[:_LONGEST_PLAN]}…"
    if plan.segments is not None:
        shown, short = f"segments, clean to noisy: {segments_text(plan.segments)}", False
    shown = f"{LABELS[plan.name]}; {shown}" if plan.name in LABELS else shown
    rows = []
    if isinstance(result, SpectrumResult):
        counts = ", ".join(f"{name}: {count}" for name, count in result.class_counts.items())
        rows += [
            ("spectrum", f"{result.label}, {result.d} coordinates; classes {counts}"),
            ("objective", f"W2² = {float_text(result.w2_squared, '.6e')}"),
            ("lower bound", f"{result.lower_bound:.6e} for any plan; gap {result.gap:.2g}"),
        ]
    elif isinstance(result, PlanRanking):
        best = result.best
        spread = f"mean {best.error:+.3e}, noise {best.noise:.3e}"
        rows += [
            ("error", f"root mean square of M/C − 1: {best.rms:.6e} ({spread})"),
            ("found by", result.method),
        ]
    else:
        low, high = result.error_enclosure
        rows += [
            ("error", f"e = M/C − 1 = {result.error_text}, in [{low}, {high}]"),
            ("operator", f"M = {result.operator:.12g}, C = {result.composite:.12g}"),
            ("regime", f"{result.regime}: {REGIMES[result.regime]}"),
            ("found by", result.method),
        ]
    verdict = result.optimality
    cells = "".join(f"<tr><th>{key}</th><td>{escape(value)}</td></tr>" for key, value in rows)
    whole = "" if short else _unfolding(text)
    return (
        f"<table class='status'><tr><th>best plan</th><td>{escape(shown)}{whole}</td></tr>{cells}"
        f"<tr><th>optimality</th><td><b class='{verdict.status}'>{verdict.status}</b>: "
        f"{escape(verdict.reason)}</td></tr></table>"
        f"<p class='quiet'>computed in {1000 * answer.seconds:.0f} ms</p>"
    )


def _unfolding(text: str) -> str:
    """A long text to copy: hidden until asked for, and selected whole by one click."""
    code = f"<code class='copied'>{escape(text)}</code>"
    return f"<details><summary>whole plan as text</summary>{code}</details>"


def not_covered(question: Question) -> str:
    """What the diagram of a law other than gradient flow leaves open, and why."""
    if getattr(question.make_law(), "noisy", False):
        return (
            "Theorems 1 and 2 are about fixed factors. They do not cover the root mean square over "
            "random ones, so the diagram is left open."
        )
    return (
        "Drawn are Theorems 1 and 2 alone, and only where the law is stable with all factors in "
        "[0, 1], which they assume."
    )


def errors_html(answer: Answer) -> str:
    """The errors of all strategies, as numbers."""
    style = "+.5e" if answer.signed else ".5e"
    result = answer.result
    exact = {}
    if isinstance(result, ScalarResult) and result.error == 0:
        exact["best"] = result.error_text
    rows = "".join(
        f"<tr><th><span style='color:{COLOURS[name]}'>&#9632;</span> {LABELS[name]}</th>"
        f"<td>{exact.get(name) or float_text(error, style)}</td></tr>"
        for name, error in answer.errors.items()
    )
    return f"<table class='errors'><caption>{escape(answer.measure)}</caption>{rows}</table>"
