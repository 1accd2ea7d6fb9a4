"""Teacher composite against the number of steps: ``python -m figures composite``."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from proofs.theorems.a1_expansion import claimed
from symmerge.numbers import multiprecision
from symmerge.plot.style import COLOURS, axes_or_new
from symmerge.teacher import composite_cosine

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "Teacher composite against the number of steps"
SCHEDULE = "cosine"
PANELS = ({"what": "composite"}, {"what": "rest"})
GRID, SIZE = (1, 2), (7, 2.8)
EXPECTED = {"white": "0.9809", "fifth": "0.9745", "first": "-1.6552", "rest": "7.4e-14"}
CAPTION = (
    "The teacher's composite C falls short of the data's √λ, cosine schedule. Left: C/√λ in "
    "closed form (markers; the same for λ and 1/λ) and exp of the 1/T term (lines): it tends to "
    "1, and at T = 64 it is {white} for λ = 1 and {fifth} for λ = 1/5. Right: what log(C/√λ) "
    "leaves after one term (filled markers) and after two terms (open) of its expansion in odd "
    "powers of 1/T. The slopes are −3 and −5. For λ = 1/5 the coefficient of 1/T is {first}, and "
    "two terms are right to {rest} at T = 512."
)
_LAM = (Fraction(1), Fraction(1, 5), Fraction(1, 20))
_T = tuple(2**k for k in range(1, 10))
_STYLES = (("black", "s"), (COLOURS["best"], "o"), (COLOURS["boot"], "^"))


@dataclass(frozen=True)
class Composite:
    """``log(C/sqrt(lam))`` and the first terms of its expansion, (variances, numbers of T)."""

    what: str
    T: np.ndarray
    lam: tuple[Fraction, ...]
    log_ratio: np.ndarray
    one_term: np.ndarray
    first_rest: np.ndarray
    second_rest: np.ndarray
    coefficients: np.ndarray


def compute(what: str = "composite", T: tuple[int, ...] = _T) -> Composite:
    """Closed form and expansion at 50 digits, so that differences keep their digits."""
    field = multiprecision(50)
    context = field.context
    rows, coefficients = [], []
    for lam in _LAM:
        value = field.number(lam)
        terms = [context.mpf(str(term.evalf(50))) for term in claimed(_rational(lam))]
        coefficients.append([float(term) for term in terms])
        for n in T:
            ratio = composite_cosine(value, n, field) / context.sqrt(value)
            exact = context.log(ratio)
            one = terms[0] / n
            two = one + terms[1] / context.mpf(n) ** 3
            rows.append([float(x) for x in (exact, one, exact - one, exact - two)])
    table = np.array(rows).reshape(len(_LAM), len(T), 4)
    return Composite(what, np.array(T), _LAM, *np.moveaxis(table, 2, 0), np.array(coefficients))


def _rational(lam: Fraction) -> object:
    import sympy

    return sympy.Rational(lam.numerator, lam.denominator)


def draw(result: Composite, ax: Axes | None = None) -> Axes:
    """Draw ``C/sqrt(lam)``, or what the expansion leaves."""
    ax = axes_or_new(ax, 3.4, 2.8)
    for row, (lam, (colour, marker)) in enumerate(zip(result.lam, _STYLES, strict=True)):
        label = rf"$\lambda = {lam}$"
        if result.what == "composite":
            fine = np.geomspace(result.T[0], result.T[-1], 200)
            ax.plot(fine, np.exp(result.coefficients[row, 0] / fine), color=colour, linewidth=1)
            ax.plot(result.T, np.exp(result.log_ratio[row]), marker, color=colour, label=label)
        else:
            ax.plot(
                result.T, np.abs(result.first_rest[row]), marker=marker, color=colour,
                linewidth=0.9, label=label,
            )  # fmt: skip
            ax.plot(
                result.T, np.abs(result.second_rest[row]), marker=marker, color=colour,
                linewidth=0.9, linestyle="--", markerfacecolor="white",
            )  # fmt: skip
    ax.set_xscale("log", base=2)
    ax.set_xticks(result.T, [str(n) for n in result.T])
    ax.minorticks_off()
    ax.set_xlabel("number of teacher steps $T$")
    if result.what == "composite":
        ax.axhline(1, color="0.6", linewidth=0.8)
        ax.set_ylim(0, 1.05)
        ax.set_ylabel(r"$C/\sqrt{\lambda}$")
        ax.legend(loc="lower right")
    else:
        ax.set_yscale("log")
        ax.set_ylabel(r"rest of $\log(C/\sqrt{\lambda})$")
        ax.annotate("one term", (160, 3e-5), fontsize=8.5)
        ax.annotate("two terms", (5, 1e-9), fontsize=8.5)
        ax.legend(loc="upper right")
    return ax


def numbers(results: list[Composite]) -> dict[str, str]:
    """The numbers of the caption."""
    found = results[0]
    at = list(found.T).index(64)
    return {
        "white": f"{np.exp(found.log_ratio[0, at]):.4f}",
        "fifth": f"{np.exp(found.log_ratio[1, at]):.4f}",
        "first": f"{found.coefficients[1, 0]:.4f}",
        "rest": f"{abs(found.second_rest[1, -1]):.1e}",
    }
