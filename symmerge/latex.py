r"""Printing formulas: LaTeX in the notation of the papers, plain text, and long lines broken.

LaTeX uses plain parentheses, never ``\left( \right)``, because those cannot span two lines; lines
are broken before a ``+``, a ``-`` or a factor, as far out in the nesting as possible. The result is
one ``aligned`` block, to be put between ``\[`` and ``\]`` or into an ``equation``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter
from sympy.utilities.iterables import sift

__all__ = ["Definition", "aligned", "break_lines", "latex", "text", "text_lines"]

LATEX_WIDTH = 80
TEXT_WIDTH = 88
_LARGEST_FRACTION = 40
_LATEX_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
_NUMBERED = re.compile(r"([a-z])_(\d{1,5})", re.ASCII)
_INVISIBLE = frozenset("{}^_& ")


@dataclass(frozen=True)
class Definition:
    """``name = value``, with the name in both spellings.

    ``value`` is an expression, or a tuple of them. A definition that is not `exact` shows rounded
    numbers.
    """

    name: str
    latex_name: str
    value: sympy.Basic
    exact: bool = True


def _gains_first(terms: list[Any]) -> list[Any]:
    """Terms of a sum as one writes them: ``1/a - 1`` and ``1 + g``, not ``-1 + 1/a``, ``g + 1``."""
    return sorted(terms, key=lambda term: (term.could_extract_minus_sign(), not term.is_Number))


class _Latex(LatexPrinter):
    """LaTeX without fractions wider than a line."""

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return _gains_first(super()._as_ordered_terms(expr, order=order))

    def _print_Mul(self, expr: Any) -> str:
        over, under = sympy.fraction(expr, exact=True)
        if under == 1 or _size(expr) <= _LARGEST_FRACTION:
            return super()._print_Mul(expr)
        if _size(under) > _LARGEST_FRACTION:
            inverse = f"{self._factor(under)}^{{-1}}"
            if over == 1:
                return inverse
            return f"{self._factor(over) if over.is_Add else self._print(over)} {inverse}"
        # Only the numerator is long: its long factors follow the fraction.
        short, long = sift(
            sympy.Mul.make_args(over), lambda part: _size(part) > _LARGEST_FRACTION / 2, binary=True
        )[::-1]
        if not long:
            return super()._print_Mul(expr)
        fraction = sympy.Mul(*short) / under
        first = [] if fraction == 1 else [super()._print(fraction)]
        return " ".join([*first, *(self._factor(part) for part in long)])

    def _factor(self, expr: Any) -> str:
        return rf"\left({self._print(expr)}\right)"

    def _print_Product(self, expr: Any) -> str:
        t, first, last = expr.limits[0]
        return rf"\prod_{{{self._print(t)}={first}}}^{{{last}}} {self._print(expr.function)}"


class _Text(StrPrinter):
    def __init__(self, names: dict[sympy.Symbol, str]) -> None:
        super().__init__()
        self._names = names

    def _print_Symbol(self, expr: Any) -> str:
        return self._names.get(expr, expr.name).replace("{", "").replace("}", "")

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return _gains_first(super()._as_ordered_terms(expr, order=order))

    def _print_Product(self, expr: Any) -> str:
        t, first, last = expr.limits[0]
        return f"prod({self._print(expr.function)}, {t} = {first}..{last})"


def latex(expr: sympy.Basic) -> str:
    r"""LaTeX of an expression on one line.

    Examples
    --------
    >>> a_1, g_2 = sympy.symbols("a_1 g_2")
    >>> print(latex(g_2 * (1 / a_1 - 1)))
    g_{2} (\frac{1}{a_{1}} - 1)
    """
    shown, names = _in_natural_order(expr)
    # The levels of the step before, whose names are no LaTeX.
    names |= {
        symbol: rf"\{symbol.name[:-6]}_{{t-1}}"
        for symbol in expr.free_symbols
        if symbol.name.endswith("_(t-1)")
    }
    # Spelled out, because e is an error here; as a mere name, because SymPy's printer takes seconds
    # to look through exponents.
    shown = shown.replace(sympy.exp, sympy.Function("exp"))
    tex = _Latex({"symbol_names": names}).doprint(shown)
    tex = tex.replace(r"\left(", "(").replace(r"\right)", ")").replace(r"\  ", "")
    return tex.replace(r"\operatorname{exp}", r"\exp").replace("( ", "(").replace(" )", ")")


def text(expr: sympy.Basic) -> str:
    """Plain text of an expression on one line.

    Examples
    --------
    >>> a_2, a_10 = sympy.symbols("a_2 a_10")
    >>> text(a_2 * (1 / a_10 - 1))
    'a_2*(1/a_10 - 1)'
    """
    shown, names = _in_natural_order(expr)
    return _Text(names).doprint(shown)


def _in_natural_order(expr: sympy.Basic) -> tuple[sympy.Basic, dict[sympy.Symbol, str]]:
    """Rename ``a_2`` to ``a_00002``, which sorts before ``a_00010``; and the names to print."""
    renamed, names = {}, {}
    for symbol in expr.free_symbols:
        match = _NUMBERED.fullmatch(symbol.name)
        if match:
            padded = sympy.Symbol(f"{match[1]}_{int(match[2]):05d}", **symbol.assumptions0)
            renamed[symbol] = padded
            names[padded] = f"{match[1]}_{{{match[2]}}}"
    return expr.xreplace(renamed), names


def _size(expr: Any) -> int:
    """Number of nodes of an expression."""
    return sum(1 for _ in sympy.preorder_traversal(expr))


def _breaks(tokens: list[str], is_latex: bool) -> Iterator[tuple[int, tuple[int, int]]]:
    """Positions of tokens that may start a line, each with a rank: the lowest is best.

    The rank is the nesting of parentheses, then 0 between terms and 1 between factors.
    """
    braces = parens = 0
    for k, (before, token, after) in enumerate(
        zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False)
    ):
        braces += (token == "{") - (token == "}")
        parens += (token == "(") - (token == ")")
        if token == " " and braces == 0 and before and after:
            if after in "+-" or before == ",":
                yield k + 1, (parens, 0)
            elif is_latex and before not in "+-":
                yield k + 1, (parens, 1)
        elif token == "*" and "*" not in (before, after):
            yield k, (parens, 1)


def break_lines(formula: str, width: int, is_latex: bool = False) -> list[str]:
    r"""Break a formula into lines of about `width` visible characters.

    In LaTeX a factor that starts a line is announced by ``\cdot``.

    Examples
    --------
    >>> break_lines("a*(b + c*d) + e*f*(g + h)", 12)
    ['a*(b + c*d)', '+ e*f', '*(g + h)']
    """
    tokens = _LATEX_TOKEN.findall(formula) if is_latex else list(formula)
    ranks = dict(_breaks(tokens, is_latex))
    sizes = [0 if is_latex and token in _INVISIBLE else 1 for token in tokens]
    lines: list[str] = []
    start = 0
    while start < len(tokens):
        stop = _line_end(start, sizes, ranks, width)
        line = "".join(tokens[start:stop]).strip()
        announced = is_latex and start in ranks and ranks[start][1] == 1
        lines.append(rf"\cdot {line}" if announced else line)
        start = stop
    return lines


def _line_end(start: int, sizes: list[int], ranks: dict[int, tuple[int, int]], width: int) -> int:
    """Where the line that starts at `start` should end."""
    total = 0
    candidates: list[int] = []
    for k in range(start, len(sizes)):
        if total > width and candidates:
            break
        if k in ranks and total > width / 3:
            candidates.append(k)
        total += sizes[k]
    if total <= width or not candidates:
        return len(sizes)
    return min(candidates, key=lambda k: (ranks[k], -k))


def aligned(rows: Iterable[tuple[str, str, str]], width: int = LATEX_WIDTH) -> str:
    r"""One ``aligned`` block of rows ``(left side, relation, right side)``, long ones broken.

    Examples
    --------
    >>> print(aligned([("v", "=", r"\alpha^{2} \lambda + \sigma^{2}")]))
    \begin{aligned}
    v &= \alpha^{2} \lambda + \sigma^{2}
    \end{aligned}
    """
    lines = []
    for left, relation, right in rows:
        first, *rest = break_lines(right, width, is_latex=True)
        lines.append(f"{left} &{relation} {first}")
        lines += [rf"&\quad {line}" for line in rest]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def text_lines(left: str, relation: str, right: str, indent: str = "") -> list[str]:
    """Lines of ``left = right``, broken and indented."""
    start = f"{indent}{left} {relation} "
    first, *rest = break_lines(right, TEXT_WIDTH - max(len(start), len(indent) + 4))
    return [f"{start}{first}", *(f"{indent}    {line}" for line in rest)]
