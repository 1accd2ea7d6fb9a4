r"""Complete documents around formulas, and the macro file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from ..references import citation

__all__ = ["document", "macros", "macros_text"]

_PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath}
\setlength{\textwidth}{390pt}
\setlength{\emergencystretch}{3em}
\begin{document}
"""
_MACRO = re.compile(r"^\\newcommand\{(\\\w+)\}(?:\[\d\])?\{(.*)\}\s*(?:%.*)?$", re.M)


def document(parts: Sequence[Any]) -> str:
    r"""A LaTeX file with formulas or tables and the list of what to cite; it needs amsmath alone.

    Examples
    --------
    >>> from symmerge.tex import formula
    >>> print(document([formula("edges")]))  # doctest: +ELLIPSIS
    \documentclass{article}
    \usepackage{amsmath}
    \setlength{\textwidth}{390pt}
    \setlength{\emergencystretch}{3em}
    \begin{document}
    \section*{Edges of the phase transition for the cosine schedule, whatever the training time}
    \[
    ...
    \begin{thebibliography}{9}
    \bibitem{gao2025merging} Gao, W. and Li, M. \emph{Toward Theoretical Insights into ...
    \end{document}
    """
    body = [f"\\section*{{{part.title}}}\n{part.latex()}\n" for part in parts]
    items = citation(*parts).items()
    end = f"\\begin{{thebibliography}}{{9}}\n{items}\n\\end{{thebibliography}}\n\\end{{document}}"
    return f"{_PREAMBLE}{''.join(body)}{end}"


def macros_text() -> str:
    """The macro file ``symmerge.sty``: the notation of the formulas for one's own text."""
    return files("symmerge.tex").joinpath("symmerge.sty").read_text(encoding="utf-8")


def macros() -> dict[str, str]:
    r"""The same macros as KaTeX and MathJax take them.

    Examples
    --------
    >>> macros()[r"\lamBOOT"]
    '\\lambda_{\\mathrm{BOOT}}'
    """
    return dict(_MACRO.findall(macros_text()))
