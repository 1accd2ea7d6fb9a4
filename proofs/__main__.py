"""Print the ledger of theorems, one theorem in full, or the document with all proofs.

Exit status: 0 when every theorem comes out as the ledger claims, every certificate is accepted and
the formal proofs pass (where coqc is installed); 1 when anything fails; 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from proofs import rocq_gate
from proofs.ledger import Level, run
from proofs.theorems import load, names

WIDTH = 100


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m proofs", description=__doc__)
    parser.add_argument("name", nargs="?", help="tell this theorem in full")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes to use")
    options = parser.parse_args(arguments)
    chosen = names()
    if options.name is not None:
        if options.name not in chosen:
            print(f"no theorem is called {options.name!r}; see python -m proofs", file=sys.stderr)
            return 2
        chosen = [options.name]
    reports = run_all(chosen, max(1, options.jobs))
    if options.json:
        print(json.dumps(reports, indent=1))
    else:
        for line in tell(reports[0]) if options.name else table(reports):
            print(line)
    return 0 if all(report["holds"] for report in reports) else 1


def report_of(name: str) -> dict[str, Any]:
    """Run one theorem; a check that crashes is a failure, never an outcome."""
    try:
        return run(load(name)).to_dict()
    except Exception as error:
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}"
        failed = {"status": "crashed", "reason": reason}
        blank = dict.fromkeys(("title", "statement", "latex", "source", "standing", "proof"), "")
        return {
            **blank,
            "name": name,
            "assumptions": [],
            "level": str(Level.NUMERICAL),
            "verdict": failed,
            "expected": "proved",
            "holds": False,
            "seconds": 0.0,
            "steps": [],
        }


def run_all(chosen: list[str], jobs: int) -> list[dict[str, Any]]:
    """Run theorems, in several processes where that pays."""
    if len(chosen) > 1 and rocq_gate.available():
        rocq_gate.outcome()  # once, before several processes ask for it
    return sorted(in_parallel(report_of, chosen, jobs), key=lambda report: report["name"])


def in_parallel(task: Callable[[str], Any], items: list[str], jobs: int) -> Iterator[Any]:
    """Results of a task in the order in which they come, with a word on each if someone watches."""
    if jobs == 1 or len(items) == 1:
        done: Iterable[Any] = map(task, items)
        yield from _watched(done, len(items))
        return
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [pool.submit(task, item) for item in items]
        yield from _watched((each.result() for each in as_completed(waiting)), len(items))


def _watched(results: Iterable[Any], total: int) -> Iterator[Any]:
    watched = sys.stderr.isatty()
    for count, result in enumerate(results, 1):
        if watched:
            print(f"\r\033[K{count}/{total}", end="", file=sys.stderr, flush=True)
        yield result
    if watched:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def outcome_of(report: dict[str, Any]) -> str:
    """A verdict in a word or two, marked where it is not what the ledger claims."""
    status = report["verdict"]["status"]
    return status if report["holds"] else f"{status.upper()}, not {report['expected']}"


def table(reports: list[dict[str, Any]]) -> Iterator[str]:
    """The ledger, one line per theorem, and how many stand at each level."""
    longest = max((len(report["name"]) for report in reports), default=4)
    outcomes = max((len(outcome_of(report)) for report in reports), default=7)
    room = WIDTH - longest - outcomes - len("proof assistant") - 8 - 8

    def line(name: str, title: str, outcome: str, level: str, seconds: str) -> str:
        title = textwrap.shorten(title, room, placeholder="…")
        row = f"{name:{longest}}  {title:{room}}  {outcome:{outcomes}}  {level:15}  {seconds:>8}"
        return row.rstrip()

    yield line("name", "title", "verdict", "level", "time")
    for report in reports:
        seconds = f"{report['seconds']:.2f} s"
        yield line(report["name"], report["title"], outcome_of(report), report["level"], seconds)
    yield ""
    proved = Counter(r["level"] for r in reports if r["verdict"]["status"] == "proved")
    yield "proved, by the kind of evidence:"
    for level in Level:
        if level is not Level.NUMERICAL:
            yield f"  {proved[str(level)]:4} {level}"
    for status, words in (("refuted", "refuted"), ("undecided", "only seen, not proved")):
        yield f"{sum(r['verdict']['status'] == status for r in reports):6} {words}"
    for report in reports:
        if not report["holds"]:
            yield f"{report['name']}: {outcome_of(report)}: {report['verdict']['reason']}"


def tell(report: dict[str, Any]) -> Iterator[str]:
    """One theorem in full."""

    def block(text: str, indent: str = "  ") -> Iterator[str]:
        for paragraph in text.strip().split("\n\n"):
            yield from textwrap.wrap(
                paragraph,
                WIDTH,
                initial_indent=indent,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )

    yield f"{report['name']}: {report['title']}"
    yield from block(report["statement"])
    yield f"source: {report['source']} (standing {report['standing']})"
    for assumption in report["assumptions"]:
        yield f"assume: {assumption}"
    yield "steps:"
    for step in report["steps"]:
        extra = "" if step["required"] else ", not required"
        yield f"  - [{step['verdict']['status']}, {step['level']}{extra}]"
        yield from block(step["claim"], "    ")
        yield from block(step["verdict"]["reason"], "      ")
        for side in ("computed", "theoretical"):
            if step[side] is not None:
                yield from block(f"{side}: {step[side]}", "      ")
        if "witness" in step["verdict"]:
            yield from block(f"witness: {step['verdict']['witness']}", "      ")
    if report["proof"]:
        yield "proof:"
        yield from (f"  {line}" for line in textwrap.dedent(report["proof"]).strip().splitlines())
    yield f"{outcome_of(report)}: level {report['level']}, {report['seconds']:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
