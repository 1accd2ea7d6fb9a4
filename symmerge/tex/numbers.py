r"""Numbers for papers: the phase edges of one schedule, and tables of relative errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as attribute
from itertools import takewhile
from typing import Any

from ..errors import require
from ..latex import latex
from ..phase import PhaseEdges, edges
from ..references import citation
from ..schedule import Schedule, cosine
from ..search import ScalarResult, best_plan
from .display import Formula
from .row import Row

__all__ = ["Table", "edge_values", "error_table"]

_CITES = ("gao2025merging", "johansson2017arb")
_EDGES = {
    r"\mathrm{BOOT}": "lam_boot",
    r"\mathrm{lo}": "lam_lo",
    "0": "lam_0",
    r"\mathrm{hi}": "lam_hi",
    r"\mathrm{van}": "lam_van",
}
_MEANING = (
    r"$C[1,T-1] = 1$ at $\lambda_0$; sequential BOOT is optimal up to $\lambda_{\mathrm{BOOT}}$, "
    r"every plan has $e \ge 0$ up to $\lambda_{\mathrm{lo}}$ and $e \le 0$ from "
    r"$\lambda_{\mathrm{hi}}$ on, and vanilla is optimal from $\lambda_{\mathrm{van}}$ on"
)
_MOST_ROWS = 40
_HEADS = {"boot": "BOOT"}


def edge_values(
    T: int | None = None, s: Any = None, schedule: Schedule | None = None, digits: int = 12
) -> Formula:
    r"""The five phase edges of a schedule, with certified digits.

    Parameters
    ----------
    T, s, schedule
        As for :func:`symmerge.phase.edges`.
    digits : int
        Digits to show, 10 to 200.

    Examples
    --------
    >>> print(edge_values(8, 3).maths()[0])
    \begin{aligned}
    \lambda_{\mathrm{BOOT}} &= \tan{\Bigl(\frac{9 \pi}{32}\Bigr)} = 1.21850352558\ldots \\
    \lambda_{\mathrm{lo}} &= 1.27041789839\ldots \\
    \lambda_{0} &= 1.31602182369\ldots \\
    \lambda_{\mathrm{hi}} &= 1.33446615749\ldots \\
    \lambda_{\mathrm{van}} &= 1 + \frac{1}{\cos{\Bigl(\frac{\pi}{16}\Bigr)}} = 2.01959115820\ldots
    \end{aligned}
    """
    found = edges(T, s, schedule, digits)
    require(found.lam_van is not None, "schedule", "has no edges: every step shrinks", schedule)
    return Formula(
        "edges",
        f"Phase edges, {found.schedule}, {found.law}",
        tuple(_edge_row(found, index, digits) for index in _EDGES),
        "symmerge; ledger a6_exact_edges, a6_regimes",
        _CITES,
        meanings=((r"\lambda", _MEANING),),
    )


def _edge_row(found: PhaseEdges, index: str, digits: int) -> Row:
    edge = getattr(found, _EDGES[index])
    form = "" if edge.closed_form is None else f"{latex(edge.closed_form)} = "
    exact = form and edge.closed_form.is_Rational
    number = form.removesuffix(" = ") if exact else form + _common(edge.enclosure, digits)
    return Row(rf"\lambda_{{{index}}}", number, uses=(r"\lambda",))


def _common(bounds: tuple[str, str], digits: int) -> str:
    """The digits that both bounds share, at most so many."""
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(*bounds, strict=False))
    return "".join(digit for digit, _ in shared)[: digits + 1] + r"\ldots"


@dataclass(frozen=True)
class Table:
    """Relative errors of the strategies of the literature and of the best plan.

    Attributes
    ----------
    setting : str
        Schedule and training time.
    results : tuple of ScalarResult
        One per row.
    """

    setting: str
    results: tuple[ScalarResult, ...] = attribute(repr=False)
    cites: tuple[str, ...] = (
        *_CITES,
        "salimans2022progressive",
        "song2023consistency",
        "gu2023boot",
    )
    name = "table"

    @property
    def title(self) -> str:
        """Heading."""
        return f"Relative errors, {self.setting}"

    def maths(self) -> tuple[str, ...]:
        """The table as an ``array``, which LaTeX and KaTeX both have."""
        names = list(self.results[0].canonical)
        head = [
            "T",
            r"\lambda",
            *(rf"\text{{{_HEADS.get(name, name)}}}" for name in names),
            r"\text{best plan}",
        ]
        lines = [_line(head) + r" \hline \rule{0pt}{11pt}"]
        for found in self.results:
            errors = [rated.error for rated in found.canonical.values()]
            least = min(map(abs, errors))
            cells = [_scientific(e, bold=abs(e) == least) for e in errors]
            lines.append(
                _line([str(found.T), _decimal(found.lam), *cells, _scientific(found.error)])
            )
        body = "\n".join([*lines[:-1], lines[-1].removesuffix(r" \\")])
        return (f"\\begin{{array}}{{rr|{'r' * len(names)}|r}}\n{body}\n\\end{{array}}",)

    def latex(self) -> str:
        """LaTeX for the body of a document; it needs amsmath."""
        open_rows = [
            f"$T = {r.T}$, $\\lambda = {_decimal(r.lam)}$"
            for r in self.results
            if r.optimality.status != "proved"
        ]
        undecided = f" Not proved optimal: {'; '.join(open_rows)}." if open_rows else ""
        return (
            f"\\[\n{self.maths()[0]}\n\\]\nRelative errors $e = M/C - 1$, {self.setting}; bold: "
            f"the best of the strategies.{undecided}"
        )

    def bibtex(self) -> str:
        """BibTeX entries of what it rests on."""
        return str(citation(self))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "title": self.title,
            "latex": self.latex(),
            "maths": list(self.maths()),
            "cites": list(citation(self).keys),
            "rows": [found.to_dict() for found in self.results],
        }

    def __str__(self) -> str:
        return self.latex()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.maths()[0]}$"


def error_table(lam: Iterable[Any], T: Iterable[int], s: Any) -> Table:
    r"""Relative errors of the four strategies and of the best plan, cosine schedule.

    Parameters
    ----------
    lam : numbers > 0
    T : whole numbers >= 2
        A row for each pair; at most 40 rows.
    s : number >= 0
        Training time per merge.

    Examples
    --------
    >>> print(error_table(["1/2"], [4], 3).maths()[0])  # doctest: +ELLIPSIS
    \begin{array}{rr|rrrr|r}
    T & \lambda & \text{vanilla} & \text{BOOT} & ...
    4 & 0.5 & 2.06 \cdot 10^{-3} & \mathbf{1.67 \cdot 10^{-3}} & ... & 1.67 \cdot 10^{-3}
    \end{array}
    """
    pairs = [(steps, variance) for steps in T for variance in lam]
    require(0 < len(pairs) <= _MOST_ROWS, "lam, T", f"must make 1 to {_MOST_ROWS} rows", len(pairs))
    results = [best_plan(variance, s=s, schedule=cosine(steps)) for steps, variance in pairs]
    return Table(f"cosine schedule, training time $s = {_decimal(s)}$ per merge", tuple(results))


def _line(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _scientific(value: float, bold: bool = False) -> str:
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    text = "0" if value == 0 else rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return rf"\mathbf{{{text}}}" if bold else text


def _decimal(value: Any) -> str:
    return f"{float(value):.6g}"
