r"""LaTeX for papers: formulas with their definitions, tables, macros, and what to cite.

A :class:`Formula` prints itself as blocks for the body of a document; :func:`operator` and
:func:`error` make those of merge plans, :func:`formula` one of the named closed forms that
:func:`formulas` lists. Everything compiles under pdflatex with amsmath alone and renders in KaTeX.

Examples
--------
>>> from symmerge import tex
>>> print(tex.operator("vanilla"))
\[
\begin{aligned}
M &= a_{T} \Bigl((1 - g_{T}) \prod_{t=1}^{T-1} a_{t} + g_{T}\Bigr)
\end{aligned}
\]
where
\[
\begin{aligned}
a_{t} &= \frac{\alpha_{t-1} \alpha_{t} \lambda + \sigma_{t-1} \sigma_{t}}{v_{t}} \\
g_{t} &= \exp{(- 2 s v_{t})} \\
v_{t} &= \alpha_{t}^{2} \lambda + \sigma_{t}^{2}
\end{aligned}
\]
with $s$ the training time of a merge, $\alpha_t$ and $\sigma_t$ the levels of signal and noise,
$\lambda$ the variance of the data, $T$ the number of steps.
"""

from .catalogue import formula, formulas
from .display import Formula
from .document import document, macros, macros_text
from .numbers import Table, edge_values, error_table
from .plans import error, operator

__all__ = [
    "Formula",
    "Table",
    "document",
    "edge_values",
    "error",
    "error_table",
    "formula",
    "formulas",
    "macros",
    "macros_text",
    "operator",
]
