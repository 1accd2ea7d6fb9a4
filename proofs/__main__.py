"""Print the ledger of theorems, one theorem in full, or the document with all proofs.

Exit status: 0 when every theorem comes out as the ledger claims, every certificate is accepted and
the formal proofs pass (where coqc is installed); 1 when anything fails; 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from proofs import certify, rocq_gate
from proofs.document import document, fragment, single
from proofs.ledger import Level, run
from proofs.show import table, tell
from proofs.theorems import load, names
from symmerge.references import citation


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m proofs", description=__doc__)
    parser.add_argument("name", nargs="?", help="tell this theorem in full")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument(
        "--latex",
        metavar="FILE",
        nargs="?",
        const="-",
        help="write a LaTeX document to FILE, or print it",
    )
    form.add_argument(
        "--fragment",
        action="store_true",
        help="print statement and proof of one theorem, for a paper of your own",
    )
    form.add_argument("--bib", action="store_true", help="print BibTeX of what to cite")
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="first make all certificates anew, those for T = 7 too (a minute)",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes to use")
    options = parser.parse_args(arguments)
    if options.name is not None and options.name not in names():
        print(f"no theorem is called {options.name!r}; see python -m proofs", file=sys.stderr)
        return 2
    if options.fragment and options.name is None:
        parser.error("--fragment goes with a NAME")
    sources = citation(load(options.name)) if options.name else citation()
    if options.bib:
        print(sources)
        return 0
    if options.rebuild:
        certify.write_all(certify.LONGEST)
    if options.name:
        ledger = assemble([theorem_report(options.name)])
    else:
        ledger = everything(max(1, options.jobs or 1))
    if options.json:
        print(json.dumps(ledger, indent=1))
    elif options.fragment:
        print(fragment(ledger["theorems"][0], sources), end="")
    elif options.latex:
        text = single(ledger["theorems"][0], sources) if options.name else document(ledger)
        if options.latex == "-":
            print(text, end="")
            return 0 if ledger["holds"] else 1
        try:
            Path(options.latex).write_text(text, encoding="utf-8")
        except OSError as error:
            print(f"cannot write {options.latex}: {error.strerror}", file=sys.stderr)
            return 2
    else:
        for line in tell(ledger["theorems"][0]) if options.name else table(ledger):
            print(line)
    return 0 if ledger["holds"] else 1


def theorem_report(name: str) -> dict[str, Any]:
    """Run one theorem; a check that crashes is a failure, never an outcome."""
    try:
        return run(load(name)).to_dict()
    except Exception as error:
        traceback.print_exc()
        texts = ("title", "statement", "latex", "source", "standing", "proof")
        return {
            **dict.fromkeys(texts, ""),
            "name": name,
            "assumptions": [],
            "level": str(Level.NUMERICAL),
            "rests_on": [],
            "verdict": {"status": "crashed", "reason": f"{type(error).__name__}: {error}"},
            "expected": "proved",
            "holds": False,
            "seconds": 0.0,
            "steps": [],
        }


def certificate_report(name: str) -> dict[str, Any]:
    """Check one certificate again."""
    return {"name": name, **certify.verdict(name).to_dict()}


def everything(jobs: int) -> dict[str, Any]:
    """Run all theorems, and check all certificates and the formal proofs."""
    formal = rocq_gate.outcome() if rocq_gate.available() else None
    tasks = [(theorem_report, name) for name in names()]
    tasks += [(certificate_report, path.stem) for path in certify.files()]
    found: dict[Any, list[dict[str, Any]]] = {theorem_report: [], certificate_report: []}
    for task, report in _watched(_run(tasks, jobs), len(tasks)):
        found[task].append(report)
    return assemble(found[theorem_report], found[certificate_report], formal)


def assemble(
    theorems: list[dict[str, Any]],
    certificates: Iterable[dict[str, Any]] = (),
    formal: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The ledger's JSON form."""
    certificates = sorted(certificates, key=lambda each: each["name"])
    holds = [
        *(report["holds"] for report in theorems),
        *(certificate["status"] == "proved" for certificate in certificates),
        not (formal and formal["problems"]),
    ]
    return {
        "schema": "symmerge.ledger",
        "version": 1,
        "holds": all(holds),
        "theorems": sorted(theorems, key=lambda report: report["name"]),
        "certificates": certificates,
        "formal": formal,
    }


def _run(tasks: list[tuple[Any, str]], jobs: int) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Results in the order in which they come."""
    if jobs == 1:
        yield from ((task, task(name)) for task, name in tasks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {pool.submit(task, name): task for task, name in tasks}
        yield from ((waiting[each], each.result()) for each in as_completed(waiting))


def _watched(results: Iterable[Any], total: int) -> Iterator[Any]:
    """Count on the screen, if someone is watching."""
    for count, result in enumerate(results, 1):
        if sys.stderr.isatty():
            end = "\r\033[K" if count == total else ""
            print(f"\r\033[K{count} of {total}{end}", end="", file=sys.stderr, flush=True)
        yield result


if __name__ == "__main__":
    sys.exit(main())
