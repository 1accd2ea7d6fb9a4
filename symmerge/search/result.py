"""What a scalar search answers."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from html import escape
from typing import Any

from ..plan import MergePlan
from ..schedule import Schedule
from ..student import ShrinkageLaw
from ..verdict import Verdict

__all__ = ["Rated", "ScalarResult", "float_text"]

_COLUMN = 12  # where the text of a line begins
_LONGEST_PLAN_SHOWN = 100


def float_text(value: float, style: str) -> str:
    """A number in a style; a zero may be the underflow of something else, and says so.

    Examples
    --------
    >>> float_text(0.25, "+.3e"), float_text(0.0, "+.3e")
    ('+2.500e-01', '0 in float64')
    """
    return f"{value:{style}}" if value else "0 in float64"


@dataclass(frozen=True)
class Rated:
    """A plan with its relative error ``M/C - 1``."""

    plan: MergePlan
    error: float

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"plan": str(self.plan), "error": self.error}


@dataclass(frozen=True)
class ScalarResult:
    """Answer of :func:`symmerge.best_plan` for one variance.

    Attributes
    ----------
    plan : MergePlan
        The recommended plan.
    error : float
        Its relative error ``e = M/C - 1``, correctly rounded from an enclosure; 0 if it
        underflows (:attr:`error_text` does not).
    error_enclosure : (str, str)
        Decimal bounds that certainly contain the true ``e``.
    operator, composite : float
        Its operator M and the teacher composite C.
    regime : {'boot', 'min-plan', 'band', 'max-plan', 'vanilla', 'unknown'}
        Where lam lies: all steps <= 1; every plan has ``e >= 0``; both signs; every plan has
        ``e <= 0``; all steps >= 1.
    method : str
        What found the plan.
    optimality : Verdict
        On the statement "no plan has a smaller ``|M - C|``".
    canonical : dict of Rated
        The four strategies of the literature.
    algorithm1 : Rated or None
        The source paper's search; None where it was not run (large T).
    """

    lam: Fraction
    schedule: Schedule
    law: ShrinkageLaw
    plan: MergePlan
    error: float
    error_enclosure: tuple[str, str]
    operator: float
    composite: float
    regime: str
    method: str
    optimality: Verdict
    canonical: dict[str, Rated]
    algorithm1: Rated | None

    @property
    def T(self) -> int:
        """Number of teacher steps."""
        return self.schedule.T

    @property
    def gain(self) -> float:
        """``|e|`` over the smallest ``|e|`` of the canonical plans; 1 when nothing is gained."""
        best = min(abs(rated.error) for rated in self.canonical.values())
        return abs(self.error) / best if best else 1.0

    @property
    def error_text(self) -> str:
        """The error in seven digits; from its enclosure where float64 underflows.

        Examples
        --------
        >>> from symmerge import best_plan
        >>> from symmerge.schedule import edm
        >>> result = best_plan("0.9", s=3, schedule=edm(64))
        >>> result.error, result.error_text
        (0.0, '2.583103e-16679')
        """
        if abs(self.error) >= sys.float_info.min:  # smaller ones have fewer digits
            return f"{self.error:.6e}"
        low, high = self.error_enclosure
        shown = {f"{Decimal(end):.6e}" if Decimal(end) else "0" for end in (low, high)}
        return shown.pop() if len(shown) == 1 else f"between {low} and {high}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "lam": str(self.lam),
            "T": self.T,
            "schedule": self.schedule.kind,
            "law": str(self.law),
            "plan": str(self.plan),
            "error": self.error,
            "error_enclosure": list(self.error_enclosure),
            "operator": self.operator,
            "composite": self.composite,
            "regime": self.regime,
            "method": self.method,
            "optimality": self.optimality.to_dict(),
            "canonical": {name: rated.to_dict() for name, rated in self.canonical.items()},
            "algorithm1": self.algorithm1.to_dict() if self.algorithm1 else None,
        }

    def __str__(self) -> str:
        text = str(self.plan)
        if len(text) > _LONGEST_PLAN_SHOWN:
            text = f"{text[:_LONGEST_PLAN_SHOWN]}… ({self.plan.merges} merges)"
        name = f" ({self.plan.name})" if self.plan.name else ""
        lines = [
            f"best plan   {text}{name}",
            f"error       e = M/C - 1 = {self.error_text}",
            f"            M = {self.operator:.12g}, C = {self.composite:.12g}",
            f"regime      {self.regime}: {REGIMES[self.regime]}",
            f"found by    {self.method}",
            f"optimality  {self.optimality}",
            "compared    "
            + ", ".join(
                f"{name} {float_text(rated.error, '+.3e')}"
                for name, rated in self.canonical.items()
            ),
        ]
        if self.algorithm1:
            nearest = float_text(self.algorithm1.error, "+.3e")
            lines.append(f"            Algorithm 1 of the source {nearest}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        left = 'style="text-align:left"'
        rows = [(line[:_COLUMN].strip(), line[_COLUMN:]) for line in str(self).splitlines()[1:]]
        cells = "".join(
            f"<tr><th {left}>{key}</th><td {left}>{escape(text)}</td></tr>" for key, text in rows
        )
        return f"{self.plan._repr_html_()}<table>{cells}</table>"


REGIMES = {
    "boot": "all steps shrink (a_t <= 1 for t < T)",
    "min-plan": "every plan overshoots (e >= 0)",
    "band": "plans with errors of both signs exist; the optimum is knife-edge in lam",
    "max-plan": "every plan falls short (e <= 0)",
    "vanilla": "all steps grow (a_t >= 1 for t < T)",
    "unknown": "the search could not tell",
}
