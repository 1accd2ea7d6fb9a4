"""The ledger as text: a table of all theorems, or one of them in full.

Everything is made from the JSON form, so what is shown is what ``--json`` gives.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import Any

from proofs.ledger import Level

__all__ = ["counts", "level_of", "outcome_of", "table", "tell"]

WIDTH = 110


def outcome_of(report: dict[str, Any]) -> str:
    """A verdict in a word or two, marked where it is not what the ledger claims."""
    status = report["verdict"]["status"]
    return status if report["holds"] else f"{status.upper()}, not {report['expected']}"


def level_of(report: dict[str, Any]) -> str:
    """The level; for an argument also what its steps rest on."""
    if report["level"] != Level.ARGUMENT:
        return report["level"]
    return f"{report['level']}: {', '.join(report['rests_on'])}"


def table(ledger: dict[str, Any]) -> Iterator[str]:
    """One line per theorem, and what stands at each level."""
    reports = ledger["theorems"]
    longest = max((len(report["name"]) for report in reports), default=4)
    outcomes = max((len(outcome_of(report)) for report in reports), default=7)
    room = WIDTH - longest - outcomes - 34

    def line(name: str, title: str, outcome: str, seconds: str, level: str) -> str:
        title = textwrap.shorten(title, room, placeholder="…")
        return f"{name:{longest}}  {title:{room}}  {outcome:{outcomes}}  {seconds:>8}  {level}"

    yield line("name", "title", "verdict", "time", "level")
    for report in reports:
        cells = (report["name"], report["title"], outcome_of(report))
        yield line(*cells, f"{report['seconds']:.2f} s", level_of(report))
    yield ""
    yield from counts(ledger)
    for report in reports:
        if not report["holds"]:
            yield f"{report['name']}: {outcome_of(report)}: {report['verdict']['reason']}"


def counts(ledger: dict[str, Any]) -> Iterator[str]:
    """How many theorems stand at each level, and what became of certificates and formal proofs."""
    reports = ledger["theorems"]
    proved = Counter(r["level"] for r in reports if r["verdict"]["status"] == "proved")
    yield f"{len(reports)} theorems"
    for level in Level:
        if level is not Level.NUMERICAL:
            yield f"{proved[level]:6} proved at level {level}"
    yield f"{sum(r['verdict']['status'] == 'refuted' for r in reports):6} refuted"
    yield f"{sum(r['verdict']['status'] == 'undecided' for r in reports):6} seen, not proved"
    accepted = [c for c in ledger["certificates"] if c["status"] == "proved"]
    yield f"{len(accepted)} of {len(ledger['certificates'])} certificates accepted by check.py"
    for certificate in ledger["certificates"]:
        if certificate not in accepted:
            yield f"  {certificate['reason']}"
    formal = ledger["formal"]
    if formal is None:
        yield "formal proofs: coqc not found, so not checked here"
    else:
        passed = sum(each["ok"] for each in formal["theorems"].values())
        total = len(formal["theorems"])
        yield f"{passed} of {total} formal theorems pass, Coq {formal['coqc']}"
        yield from (f"  {problem}" for problem in formal["problems"])


def tell(report: dict[str, Any]) -> Iterator[str]:
    """One theorem in full."""
    yield f"{report['name']}: {report['title']}"
    yield from _block(report["statement"], 2)
    yield f"source: {report['source']} (standing {report['standing']})"
    for assumption in report["assumptions"]:
        yield from _block(f"assume: {assumption}", 0)
    yield "steps:"
    for step in report["steps"]:
        extra = "" if step["required"] else ", a second opinion"
        yield from _block(step["claim"], 2)
        yield f"    {step['verdict']['status']} ({step['level']}{extra})"
        yield from _block(step["verdict"]["reason"], 4)
        for side in ("computed", "theoretical"):
            if step[side] is not None:
                yield from _block(f"{side}: {step[side]}", 4)
        if "witness" in step["verdict"]:
            yield from _block(f"witness: {step['verdict']['witness']}", 4)
    if report["proof"]:
        yield "proof:"
        yield from _block(report["proof"], 2)
    if report["verdict"]["status"] != "proved":
        yield from _block(report["verdict"]["reason"], 0)
    yield f"{outcome_of(report)}, level {level_of(report)}, {report['seconds']:.2f} s"


def _block(text: str, indent: int) -> Iterator[str]:
    margin = " " * indent
    for paragraph in text.strip().split("\n\n"):
        yield from textwrap.wrap(
            paragraph,
            WIDTH,
            initial_indent=margin,
            subsequent_indent=margin,
            break_long_words=False,
            break_on_hyphens=False,
        )
