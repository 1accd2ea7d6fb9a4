"""Polynomial lemmas for SMT solvers: a second opinion that shares no algebra with SymPy.

Every lemma becomes a file ``proofs/smt/NAME.smt2`` in the logic QF_NRA that asserts its assumptions
and the negation of its claim, so "unsat" means that the lemma holds. Expressions are written as
they stand, not expanded; powers become products, because ``pow`` is no SMT-LIB.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sympy

from symmerge.verdict import Proved, Refuted, Undecided, Verdict

__all__ = [
    "FOLDER",
    "SOLVERS",
    "Lemma",
    "opinion",
    "opinions",
    "path_of",
    "script",
    "term",
    "write_all",
]

FOLDER = Path(__file__).resolve().parent / "smt"
SOLVERS = ("z3", "cvc5")
SECONDS = 5  # for each lemma
STARTUP = 30


@dataclass(frozen=True)
class Lemma:
    """A relation that follows from others, for real numbers.

    Attributes
    ----------
    name, claim : str
        File name and claim in a phrase.
    goal : SymPy relation
        What holds: ``Eq``, ``Le`` or ``Lt``.
    given : tuple of SymPy relations
        Under which assumptions.
    orthant : dict
        Values of the symbols in terms of non-negative ones, by which the ledger itself proves an
        inequality.
    """

    name: str
    claim: str
    goal: Any
    given: tuple[Any, ...] = ()
    orthant: dict[Any, Any] = field(default_factory=dict)


RELATIONS = {
    sympy.Equality: "=",
    sympy.LessThan: "<=",
    sympy.StrictLessThan: "<",
    sympy.GreaterThan: ">=",
    sympy.StrictGreaterThan: ">",
}


def term(expression: Any) -> str:
    """SMT-LIB form of a rational expression or a relation."""
    if isinstance(expression, sympy.Symbol):
        return expression.name
    if isinstance(expression, sympy.Rational):
        if expression < 0:
            return f"(- {term(-expression)})"
        if expression.q != 1:
            return f"(/ {expression.p}.0 {expression.q}.0)"
        return f"{expression.p}.0"
    if isinstance(expression, sympy.Pow) and isinstance(expression.exp, sympy.Integer):
        base, power = term(expression.base), int(expression.exp)
        product = base if abs(power) == 1 else f"(* {' '.join([base] * abs(power))})"
        return product if power > 0 else f"(/ 1.0 {product})"
    heads = {sympy.Add: "+", sympy.Mul: "*", **RELATIONS}
    if type(expression) in heads:
        return f"({heads[type(expression)]} {' '.join(map(term, expression.args))})"
    raise TypeError(f"no polynomial: {expression}")


def script(lemma: Lemma) -> str:
    """The SMT-LIB file of a lemma."""
    names = sorted(
        {symbol.name for part in (lemma.goal, *lemma.given) for symbol in part.free_symbols}
    )
    return "\n".join(
        [
            f"; {lemma.claim}",
            "; unsat means that it holds",
            "(set-logic QF_NRA)",
            *(f"(declare-const {name} Real)" for name in names),
            *(f"(assert {term(each)})" for each in lemma.given),
            f"(assert (not {term(lemma.goal)}))",
            "(check-sat)",
            "",
        ]
    )


def path_of(lemma: Lemma) -> Path:
    """Where a lemma's file is kept."""
    return FOLDER / f"{lemma.name}.smt2"


def write_all(lemmas: Iterable[Lemma]) -> None:
    """Write the files of some lemmas."""
    for lemma in lemmas:
        path_of(lemma).write_text(script(lemma), encoding="utf-8")


def opinions(solver: str, paths: list[Path], seconds: int = SECONDS) -> list[Verdict]:
    """What a solver says about some files, each in `seconds`; what takes longer is undecided.

    It runs in a process of its own, because not every solver keeps to its time limit.
    """
    if find_spec(solver) is None:
        return [Undecided(f"{solver} is not installed: not checked here")] * len(paths)
    command = [sys.executable, str(FOLDER / "solve.py"), solver, str(seconds), *map(str, paths)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=STARTUP + seconds * len(paths))
        output = done.stdout
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
    lines = output.decode().splitlines()
    answers = dict(line.rpartition(" ")[::2] for line in lines)
    return [_verdict(solver, path, answers.get(str(path), "no answer")) for path in paths]


def opinion(solver: str, paths: list[Path], seconds: int = SECONDS) -> Verdict:
    """What a solver says about some files together."""
    verdicts = opinions(solver, paths, seconds)
    for kind in (Refuted, Undecided):
        found = [k for k, verdict in enumerate(verdicts) if isinstance(verdict, kind)]
        if found:
            named = ", ".join(paths[k].name for k in found)
            reason = f"{verdicts[found[0]].reason} ({len(found)} of {len(paths)} files)"
            return Refuted(reason, named) if kind is Refuted else Undecided(reason)
    return Proved(f"{solver}: the negations of all {len(paths)} lemmas are unsatisfiable")


def _verdict(solver: str, path: Path, answer: str) -> Verdict:
    if answer == "unsat":
        return Proved(f"{solver}: the negation is unsatisfiable")
    if answer == "sat":
        return Refuted(f"{solver}: the negation is satisfiable", path.name)
    return Undecided(f"{solver}: {answer} in time")
