"""What a theorem of the ledger is, and what its evidence amounts to.

A theorem is a statement with a list of *steps*: small claims, each checked by one kind of evidence.
The level of the theorem is what its steps support, never more:

``identity``         exact algebra with free symbols
``orthant``          a difference with only non-negative coefficients, for all plans at a given T
``enclosure``        ball arithmetic for given T, s or a range of lam
``proof assistant``  formalised and machine-checked, for all T
``argument``         a written proof whose steps are each one of the above
``numerical``        only seen: listed, never shown as proved
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from symmerge.verdict import Proved, Refuted, Undecided, Verdict

__all__ = ["FalseVariant", "Level", "Report", "Step", "Theorem", "run"]


class Level(StrEnum):
    """Kinds of evidence."""

    IDENTITY = "identity"
    ORTHANT = "orthant"
    ENCLOSURE = "enclosure"
    PROOF_ASSISTANT = "proof assistant"
    ARGUMENT = "argument"
    NUMERICAL = "numerical"


@dataclass(frozen=True)
class Step:
    """One checked claim.

    Attributes
    ----------
    claim : str
        What is claimed, in a phrase.
    level : Level
        The kind of evidence behind `verdict`.
    verdict : Verdict
    computed, theoretical : optional
        The two sides, where the claim is an equation or a bound.
    required : bool
        Whether the theorem rests on it. A second, independent proof (say, by a proof assistant that
        is not installed here) is not required.
    """

    claim: str
    level: Level
    verdict: Verdict
    computed: Any = None
    theoretical: Any = None
    required: bool = True


@dataclass(frozen=True)
class FalseVariant:
    """A deliberately false version of a theorem: its check must not come out Proved."""

    claim: str
    check: Callable[[], Verdict]


@dataclass(frozen=True)
class Theorem:
    """An entry of the ledger.

    Attributes
    ----------
    name : str
        Name of the file it lives in.
    title, statement, latex : str
        Title, statement in words and in LaTeX (body text with ``$...$`` and ``\\[...\\]``).
    source : str
        Paper and statement number, and the section of the specification.
    standing : str
        ``D`` definition, ``P`` proved, ``S`` stated in a source, ``N`` seen, ``A`` asymptotic.
    assumptions : tuple of str
    steps : callable
        Runs the checks and yields the steps.
    proof : str
        The written argument that ties the steps together, in LaTeX; empty when one step says it
        all.
    variants : tuple of FalseVariant
        At least one.
    expected : str
        ``'proved'``; ``'refuted'`` for a published claim that is wrong; ``'undecided'`` for a claim
        that has only been seen.
    """

    name: str
    title: str
    statement: str
    latex: str
    source: str
    standing: str
    assumptions: tuple[str, ...]
    steps: Callable[[], Iterable[Step]]
    variants: tuple[FalseVariant, ...]
    proof: str = ""
    expected: str = "proved"

    def _repr_markdown_(self) -> str:
        from proofs.document import markdown

        proof = f"\n\n*Proof.* {markdown(self.proof)}" if self.proof else ""
        return f"**{self.title}** ({self.source}). {markdown(self.latex)}{proof}"


@dataclass(frozen=True)
class Report:
    """Outcome of running a theorem's checks."""

    theorem: Theorem
    steps: tuple[Step, ...]
    verdict: Verdict
    level: Level
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether the outcome is what the ledger claims."""
        return self.verdict.status == self.theorem.expected

    def _repr_markdown_(self) -> str:
        outcome = f"**{self.verdict.status}**, level {self.level}, {self.seconds:.2f} s"
        steps = "".join(f"\n- {s.claim} ({s.verdict.status}, {s.level})" for s in self.steps)
        return f"{self.theorem._repr_markdown_()}\n\n{outcome}\n{steps}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        theorem = self.theorem
        return {
            "name": theorem.name,
            "title": theorem.title,
            "statement": theorem.statement,
            "latex": theorem.latex,
            "source": theorem.source,
            "standing": theorem.standing,
            "assumptions": list(theorem.assumptions),
            "proof": theorem.proof,
            "level": str(self.level),
            "rests_on": sorted({str(step.level) for step in self.steps if step.required}),
            "verdict": self.verdict.to_dict(),
            "expected": theorem.expected,
            "holds": self.holds,
            "seconds": round(self.seconds, 3),
            "steps": [
                {
                    "claim": step.claim,
                    "level": str(step.level),
                    "verdict": step.verdict.to_dict(),
                    "required": step.required,
                    "computed": None if step.computed is None else str(step.computed),
                    "theoretical": None if step.theoretical is None else str(step.theoretical),
                }
                for step in self.steps
            ],
        }


def run(theorem: Theorem) -> Report:
    """Run a theorem's checks and weigh them."""
    start = time.perf_counter()
    steps = tuple(theorem.steps())
    seconds = time.perf_counter() - start
    return Report(theorem, steps, _weigh(steps), _level(theorem, steps), seconds)


def _weigh(steps: tuple[Step, ...]) -> Verdict:
    """Refuted if any step is; proved only if every required step is, by more than being seen."""
    for step in steps:
        if isinstance(step.verdict, Refuted):
            return Refuted(f"{step.claim}: {step.verdict.reason}", step.verdict.witness)
    required = [step for step in steps if step.required]
    if not required:
        return Undecided("nothing was checked")
    for step in required:
        if not isinstance(step.verdict, Proved):
            return Undecided(f"{step.claim}: {step.verdict.reason}")
        if step.level is Level.NUMERICAL:
            return Undecided(f"{step.claim}: only seen numerically")
    return Proved("; ".join(step.claim for step in required))


def _level(theorem: Theorem, steps: tuple[Step, ...]) -> Level:
    """The level that the required steps support together; an undecided one supports nothing."""
    required = [step for step in steps if step.required]
    levels = {step.level for step in required}
    undecided = any(isinstance(step.verdict, Undecided) for step in required)
    if not levels or undecided or Level.NUMERICAL in levels:
        return Level.NUMERICAL
    if theorem.proof or len(levels) > 1:
        return Level.ARGUMENT
    return levels.pop()
