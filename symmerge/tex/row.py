"""One line of a formula, and the symbols in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy

from ..latex import latex

__all__ = ["Row"]

_INDEXED = re.compile(r"\\?([A-Za-z]+)(?:_(?:\{[a-z]\}|[a-z]))?")


@dataclass(frozen=True)
class Row:
    r"""``left = right``.

    Attributes
    ----------
    left : str
        LaTeX.
    right : sympy.Basic or str
        An expression, or LaTeX where SymPy has no notation for it.
    relation : str
        LaTeX; ``=`` by default.
    condition : str
        LaTeX that follows in small distance, such as ``t \ge 2``.
    uses : tuple of str
        Names of symbols in what is LaTeX already, for their definitions.
    sort : bool
        Whether SymPy orders terms and factors, for expressions that it has evaluated; by default
        they stay as written under ``sympy.evaluate(False)``.
    """

    left: str
    right: Any
    relation: str = "="
    condition: str = ""
    uses: tuple[str, ...] = ()
    sort: bool = False

    @property
    def names(self) -> set[str]:
        """Names of the symbols without their indices."""
        found = set(self.uses)
        if isinstance(self.right, sympy.Basic):
            found |= {_stem(symbol.name) for symbol in self.right.atoms(sympy.Symbol)}
            found -= {_stem(v.name) for p in self._bound for v in p.variables}
        return found

    @property
    def _bound(self) -> Iterator[Any]:
        yield from self.right.atoms(sympy.Sum, sympy.Product)

    @property
    def defines(self) -> str:
        r"""Name of the symbol on the left: ``a`` of ``a_{t}``, else all of it."""
        match = _INDEXED.fullmatch(self.left)
        return match[1] if match else self.left

    def shown(self) -> tuple[str, str, str]:
        """Left side, relation and right side in LaTeX."""
        right = self.right
        if isinstance(right, sympy.Basic):
            right = latex(right, as_written=not self.sort)
        return (
            self.left,
            self.relation,
            right + (rf", \quad {self.condition}" * bool(self.condition)),
        )


def _stem(name: str) -> str:
    r"""``alpha`` of ``alpha_(t-1)`` and ``a`` of ``a_3``; names in LaTeX stay whole."""
    return name if "{" in name or "\\" in name else name.partition("_")[0]
