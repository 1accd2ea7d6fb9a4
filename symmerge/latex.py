r"""Printing formulas: LaTeX in the notation of the papers, plain text, and long lines broken.

LaTeX uses plain parentheses, or ``\Bigl( \Bigr)`` around what is taller than a line, never
``\left( \right)``, because those cannot span two lines; lines are broken before a ``+``, a ``-`` or
a factor, as far out in the nesting as possible. The result is one ``aligned`` block, to be put
between ``\[`` and ``\]`` or into an ``equation``. It fits a column of 390 pt at 10 pt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter, translate
from sympy.printing.str import StrPrinter
from sympy.utilities.iterables import sift

__all__ = ["Definition", "aligned", "break_lines", "latex", "text", "text_lines"]

LATEX_WIDTH = 69
TEXT_WIDTH = 88
_LARGEST_FRACTION = 40
_LATEX_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
_NUMBERED = re.compile(r"([a-z])_(\d{1,5})", re.ASCII)
# A function of one symbol needs no parentheses where nothing follows that could belong to it.
_FUNCTIONS = r"\\(?:cos|sin|tan|cosh|sinh|log)"
_BARE = re.compile(
    rf"({_FUNCTIONS}(?:\^\{{\w+\}})?)\{{\((\\?[A-Za-z]+(?:_\{{\w+\}})?)\)\}}"
    rf"(?=$|[}},)]| [-+]| {_FUNCTIONS})"
)
_INVISIBLE = frozenset("{}^_& ")
# Tokens that are wider (or narrower) than a letter, in widths of a letter.
_WIDTHS = {
    **dict.fromkeys(("+", "-", "=", r"\le", r"\ge", r"\approx", r"\sim", r"\to"), 2.2),
    **dict.fromkeys((r"\frac", r"\sqrt", r"\text", r"\mathrm", r"\Bigl", r"\Bigr", r"\,"), 0.0),
    **dict.fromkeys((r"\operatorname", r"\left", r"\right", r"\!"), 0.0),
    **dict.fromkeys((r"\sum", r"\prod", r"\int"), 2.6),
    **dict.fromkeys((r"\exp", r"\log", r"\cos", r"\sin", r"\tan", r"\max", r"\min"), 3.4),
    **dict.fromkeys((r"\cosh", r"\sinh", r"\quad", r"\dots", r"\cdots", r"\ldots"), 3.4),
}
_SCRIPT = 0.75
_TALL = frozenset({r"\frac", r"\sum", r"\prod", r"\int", r"\Bigl("})


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
        terms = super()._as_ordered_terms(expr, order=order)
        return terms if self.order == "none" else _gains_first(terms)

    def _print_Mul(self, expr: Any) -> str:
        first, *rest = expr.args
        if self.order == "none" and first.is_Rational and not first.is_Integer:
            return f"{self._print(first)} {self._print(sympy.Mul(*rest))}"
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
        return self._over(r"\prod", expr)

    def _print_Sum(self, expr: Any) -> str:
        return self._over(r"\sum", expr)

    def _over(self, sign: str, expr: Any) -> str:
        t, first, last = (self._print(part).replace(" ", "") for part in expr.limits[0])
        term = self._factor(expr.function) if expr.function.is_Add else self._print(expr.function)
        return rf"{sign}_{{{t}={first}}}^{{{last}}} {term}"

    def _print_Abs(self, expr: Any, exp: Any = None) -> str:
        shown = self._print(expr.args[0])
        bars = ("\\Bigl|", "\\Bigr|") if "\\frac" in shown else ("|", "|")
        power = "" if exp is None else f"^{{{exp}}}"
        return f"{bars[0]}{shown}{bars[1]}{power}"

    def _print_Indexed(self, expr: Any) -> str:
        """``a_t``; with two indices the steps of a composite, ``C[1,T-1]``."""
        base = self._print(expr.base.label)
        indices = [self._print(i).replace(" ", "") for i in expr.indices]
        return f"{base}_{{{indices[0]}}}" if len(indices) == 1 else f"{base}[{','.join(indices)}]"


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


def latex(expr: sympy.Basic, as_written: bool = False) -> str:
    r"""LaTeX of an expression on one line.

    Parameters
    ----------
    as_written : bool
        Keep terms and factors in their order, for expressions made under
        ``sympy.evaluate(False)``.

    Examples
    --------
    >>> a_1, g_2 = sympy.symbols("a_1 g_2")
    >>> print(latex(g_2 * (1 / a_1 - 1)))
    g_{2} \Bigl(\frac{1}{a_{1}} - 1\Bigr)
    """
    shown, names = _in_natural_order(expr)
    # The levels of the step before, whose names are no LaTeX.
    names |= {
        symbol: rf"{_letter(symbol.name[:-6])}_{{t-1}}"
        for symbol in expr.free_symbols
        if symbol.name.endswith("_(t-1)")
    }
    # Spelled out, because e is an error here; as a mere name, because SymPy's printer takes seconds
    # to look through exponents.
    with sympy.evaluate(not as_written):
        shown = shown.replace(sympy.exp, sympy.Function("exp"))
        order = "none" if as_written else None
        tex = _Latex({"symbol_names": names, "order": order}).doprint(shown)
    tex = tex.replace(r"\left(", "(").replace(r"\right)", ")").replace(r"\  ", "")
    tex = tex.replace(r"\operatorname{exp}", r"\exp").replace("( ", "(").replace(" )", ")")
    return _with_tall_parentheses(_BARE.sub(r"\1 \2", tex.replace("{atanh}", "{artanh}")))


def _letter(name: str) -> str:
    return translate(name) if len(name) > 1 else name


def _with_tall_parentheses(tex: str) -> str:
    """Taller parentheses around fractions, sums and products."""
    tokens = _LATEX_TOKEN.findall(tex)
    opened: list[int] = []
    for k, token in enumerate(tokens):
        if token == "(":
            opened.append(k)
        elif token == ")" and opened:
            start = opened.pop()
            if not _TALL.isdisjoint(tokens[start:k]):
                tokens[start], tokens[k] = r"\Bigl(", r"\Bigr)"
    return "".join(tokens)


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


def break_lines(formula: str, width: float, is_latex: bool = False) -> list[str]:
    r"""Break a formula into lines of about `width` visible characters.

    In LaTeX a factor that starts a line is announced by ``\cdot``.

    Examples
    --------
    >>> break_lines("a*(b + c*d) + e*f*(g + h)", 12)
    ['a*(b + c*d)', '+ e*f', '*(g + h)']
    """
    tokens = _LATEX_TOKEN.findall(formula) if is_latex else list(formula)
    ranks = dict(_breaks(tokens, is_latex))
    sizes: Sequence[float] = _latex_sizes(tokens) if is_latex else [1] * len(tokens)
    lines: list[str] = []
    start = 0
    while start < len(tokens):
        stop = _line_end(start, sizes, ranks, width)
        line = "".join(tokens[start:stop]).strip()
        announced = is_latex and start in ranks and ranks[start][1] == 1
        lines.append(rf"\cdot {line}" if announced else line)
        start = stop
    return lines


def _latex_sizes(tokens: list[str]) -> list[float]:
    """Widths, in letters; what stands in braces is counted where its group begins."""
    sizes = [0.0] * len(tokens)
    k = 0
    while k < len(tokens):
        sizes[k], k = _group_size(tokens, k)
    return sizes


def _group_size(tokens: list[str], k: int) -> tuple[float, int]:
    """Width of what begins at token k, and where the next begins."""
    token = tokens[k]
    if token == "{":
        total, k = 0.0, k + 1
        while k < len(tokens) and tokens[k] != "}":
            size, k = _group_size(tokens, k)
            total += size
        return total, k + 1
    if token in ("_", "^") and k + 1 < len(tokens):
        size, k = _group_size(tokens, k + 1)
        return _SCRIPT * size, k
    if token == r"\frac" and k + 1 < len(tokens):
        over, k = _group_size(tokens, k + 1)
        under, k = _group_size(tokens, k) if k < len(tokens) else (0.0, k)
        return max(over, under) + 0.5, k
    return _WIDTHS.get(token, 0.0 if token in _INVISIBLE else 1.0), k + 1


def _line_end(
    start: int, sizes: Sequence[float], ranks: dict[int, tuple[int, int]], width: float
) -> int:
    """Where the line that starts at `start` should end."""
    total = 0.0
    candidates: list[int] = []
    for k in range(start, len(sizes)):
        if total > width and candidates:
            break
        if k in ranks and total > width / 4:
            candidates.append(k)
        total += sizes[k]
    if total <= width or not candidates:
        return len(sizes)
    return min(candidates, key=lambda k: (ranks[k], -k))


def aligned(rows: Iterable[tuple[str, str, str]], width: float = LATEX_WIDTH) -> str:
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
        room = width - sum(_latex_sizes(_LATEX_TOKEN.findall(f"{left}={right[:1]}")))
        first, *rest = break_lines(right, max(room, width / 2), is_latex=True)
        lines.append(f"{left} &{relation} {first}")
        lines += [rf"&\quad {line}" for line in rest]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def text_lines(left: str, relation: str, right: str, indent: str = "") -> list[str]:
    """Lines of ``left = right``, broken and indented."""
    start = f"{indent}{left} {relation} "
    first, *rest = break_lines(right, TEXT_WIDTH - max(len(start), len(indent) + 4))
    return [f"{start}{first}", *(f"{indent}    {line}" for line in rest)]
