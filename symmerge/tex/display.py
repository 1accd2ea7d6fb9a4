r"""A formula ready for a paper: its rows, the definitions of its symbols, and what to cite.

The definitions are not typed next to each formula: they are looked up for the symbols that really
occur, first those with a formula of their own (``a_t``, ``v_t``, ...), then the rest in words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from ..latex import aligned
from ..references import citation
from .row import Row
from .symbols import DEFINED, WORDS

__all__ = ["Formula"]


@dataclass(frozen=True)
class Formula:
    r"""A named formula.

    Attributes
    ----------
    name, title : str
    rows : tuple of Row
        The formula; the first row is the main one.
    source : str
        Paper and statement, or the entry of the ledger of theorems (``python -m proofs``).
    cites : tuple of str
        Keys of the BibTeX entries of what it rests on.
    where : tuple of Row
        Definitions of its own, before those that are looked up.
    meanings : tuple of (str, str)
        Words for symbols that mean something else here than in most formulas.

    Examples
    --------
    >>> from symmerge.tex import formula
    >>> print(formula("gradient-flow").latex())
    \[
    \begin{aligned}
    g_{t} &= \exp{(- 2 s v_{t})}
    \end{aligned}
    \]
    where
    \[
    \begin{aligned}
    v_{t} &= \alpha_{t}^{2} \lambda + \sigma_{t}^{2}
    \end{aligned}
    \]
    with $s$ the training time of a merge, $\alpha_t$ and $\sigma_t$ the levels of signal and
    noise, $\lambda$ the variance of the data.
    """

    name: str
    title: str
    rows: tuple[Row, ...] = attribute(repr=False)
    source: str
    cites: tuple[str, ...] = ()
    where: tuple[Row, ...] = attribute(default=(), repr=False)
    meanings: tuple[tuple[str, str], ...] = attribute(default=(), repr=False)

    @property
    def expression(self) -> Any:
        """Right side of the first row: an expression to compute with, if it is one."""
        return self.rows[0].right

    @property
    def definitions(self) -> tuple[Row, ...]:
        """Its own definitions and those of all symbols that have a formula, each once."""
        found = list(self.where)
        done = {row.defines for row in (*self.rows, *found)}
        queue = [*self.rows, *found]
        while queue:
            names = queue.pop(0).names - done - dict(self.meanings).keys()
            for name in (name for name in DEFINED if name in names):
                done.add(name)
                found.append(DEFINED[name])
                queue.append(DEFINED[name])
        return tuple(found)

    @property
    def words(self) -> tuple[str, ...]:
        """What the remaining symbols mean, as phrases with ``$...$``."""
        rows = (*self.rows, *self.definitions)
        names = {name for row in rows for name in row.names} - {row.defines for row in rows}
        known = {**WORDS, **dict(self.meanings)}
        return tuple(
            dict.fromkeys(words for name, words in known.items() if words and name in names)
        )

    def maths(self) -> tuple[str, ...]:
        """The blocks of formulas, without delimiters: the rows, and their definitions if any."""
        blocks = (self.rows, self.definitions)
        return tuple(aligned(row.shown() for row in rows) for rows in blocks if rows)

    def latex(self) -> str:
        r"""LaTeX for the body of a document; it needs amsmath."""
        shown = [f"\\[\n{block}\n\\]" for block in self.maths()]
        return "\n".join([*_joined(shown), *_wrapped(self._ending)])

    @property
    def _ending(self) -> str:
        return f"with {', '.join(self.words)}." if self.words else ""

    def bibtex(self) -> str:
        """BibTeX entries of what it rests on."""
        return str(citation(self))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "title": self.title,
            "source": self.source,
            "latex": self.latex(),
            "maths": list(self.maths()),
            "words": list(self.words),
            "cites": list(citation(self).keys),
        }

    def __str__(self) -> str:
        return self.latex()

    def _repr_markdown_(self) -> str:
        shown = [f"$$\n{block}\n$$" for block in self.maths()]
        return "\n".join([f"**{self.title}** ({self.source})", *_joined(shown), self._ending])


def _joined(blocks: list[str]) -> list[str]:
    return blocks[:1] if len(blocks) == 1 else [blocks[0], "where", blocks[1]]


def _wrapped(text: str, width: int = 92) -> list[str]:
    """Lines of a sentence, broken at spaces outside of ``$...$``."""
    lines = [""]
    for word in re.findall(r"(?:\$[^$]*\$|[^\s$])+", text):
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines if text else []
