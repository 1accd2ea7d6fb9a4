"""What to cite: BibTeX entries of the papers and programs that a result rests on.

``citation(result)`` looks at what kind of result it is: closed forms need SymPy, certified numbers
Arb, named strategies the papers that introduced them; the theory is that of the two source papers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from . import __version__
from .errors import InputError, require

__all__ = ["ENTRIES", "Citation", "citation"]

_SYMPY_AUTHORS = (
    "Meurer, Aaron and Smith, Christopher P. and Paprocki, Mateusz and {\\v{C}}ert{\\'i}k, "
    "Ond{\\v{r}}ej and Kirpichev, Sergey B. and Rocklin, Matthew and Kumar, Amit and Ivanov, "
    "Sergiu and Moore, Jason K. and Singh, Sartaj and Rathnayake, Thilina and Vig, Sean and "
    "Granger, Brian E. and Muller, Richard P. and Bonazzi, Francesco and Gupta, Harsh and Vats, "
    "Shivam and Johansson, Fredrik and Pedregosa, Fabian and Curry, Matthew J. and Terrel, "
    "Andy R. and Rou{\\v{c}}ka, {\\v{S}}t{\\v{e}}p{\\'a}n and Saboo, Ashutosh and Fernando, Isuru "
    "and Kulal, Sumith and Cimrman, Robert and Scopatz, Anthony"
)
_SCIKIT_AUTHORS = (
    'Pedregosa, Fabian and Varoquaux, Ga{\\"e}l and Gramfort, Alexandre and Michel, Vincent and '
    "Thirion, Bertrand and Grisel, Olivier and Blondel, Mathieu and Prettenhofer, Peter and Weiss, "
    "Ron and Dubourg, Vincent and Vanderplas, Jake and Passos, Alexandre and Cournapeau, David and "
    "Brucher, Matthieu and Perrot, Matthieu and Duchesnay, {\\'E}douard"
)


@dataclass(frozen=True)
class Entry:
    """One BibTeX entry; arXiv identifiers become ``eprint`` fields."""

    kind: str
    author: str
    title: str
    year: int
    arxiv: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    def bibtex(self, key: str) -> str:
        """The entry under a key."""
        fields = [("author", self.author), ("title", self.title), ("year", str(self.year))]
        fields += self.fields
        if self.arxiv:
            fields += [("eprint", self.arxiv), ("archiveprefix", "arXiv")]
        lines = ",\n".join(f"  {name:13} = {{{value}}}" for name, value in fields)
        return f"@{self.kind}{{{key},\n{lines}\n}}"

    def item(self, key: str) -> str:
        r"""The entry as a ``\bibitem``, for a document that compiles without BibTeX."""
        where = dict(self.fields)
        names = self.author.split(" and ")
        author = names[0] if len(names) > 4 else " and ".join(names)
        author += " et al." * (len(names) > 4)
        parts = [where.get("journal") or where.get("booktitle") or where.get("note", "")]
        parts += [f"arXiv:{self.arxiv}"] if self.arxiv else []
        told = ", ".join(part for part in (*parts, str(self.year)) if part)
        return f"\\bibitem{{{key}}} {author.rstrip('.')}. \\emph{{{self.title}}}. {told}."


ENTRIES = MappingProxyType(
    {
        "gao2025merging": Entry(
            "misc",
            "Gao, W. and Li, M.",
            "Toward Theoretical Insights into Diffusion Trajectory Distillation via Operator "
            "Merging",
            2025,
            "2505.16024",
        ),
        "gao2026flow": Entry(
            "misc",
            "Gao, W. and Li, M. and Shi, L. and Zhou, H.",
            "A Quantitative Approximation Framework for Flow Distillation in Diffusion Models",
            2026,
            "2606.03820",
        ),
        "symmerge": Entry(
            "misc",
            "{The symmerge authors}",
            "symmerge: a symbolic and numeric workbench for the theory of diffusion distillation",
            2026,
            fields=(("note", f"Software, version {__version__}"),),
        ),
        "song2021ddim": Entry(
            "inproceedings",
            "Song, Jiaming and Meng, Chenlin and Ermon, Stefano",
            "Denoising Diffusion Implicit Models",
            2021,
            "2010.02502",
            (("booktitle", "International Conference on Learning Representations"),),
        ),
        "salimans2022progressive": Entry(
            "inproceedings",
            "Salimans, Tim and Ho, Jonathan",
            "Progressive Distillation for Fast Sampling of Diffusion Models",
            2022,
            "2202.00512",
            (("booktitle", "International Conference on Learning Representations"),),
        ),
        "song2023consistency": Entry(
            "inproceedings",
            "Song, Yang and Dhariwal, Prafulla and Chen, Mark and Sutskever, Ilya",
            "Consistency Models",
            2023,
            "2303.01469",
            (("booktitle", "International Conference on Machine Learning"),),
        ),
        "gu2023boot": Entry(
            "misc",
            "Gu, Jiatao and Zhai, Shuangfei and Zhang, Yizhe and Liu, Lingjie and Susskind, Joshua",
            "{BOOT}: Data-free Distillation of Denoising Diffusion Models with Bootstrapping",
            2023,
            "2306.05544",
        ),
        "guo2005mutual": Entry(
            "article",
            "Guo, Dongning and Shamai, Shlomo and Verd{\\'u}, Sergio",
            "Mutual Information and Minimum Mean-Square Error in {Gaussian} Channels",
            2005,
            fields=(
                ("journal", "IEEE Transactions on Information Theory"),
                ("volume", "51"),
                ("number", "4"),
                ("pages", "1261--1282"),
                ("doi", "10.1109/TIT.2005.844072"),
            ),
        ),
        "meurer2017sympy": Entry(
            "article",
            _SYMPY_AUTHORS,
            "{SymPy}: symbolic computing in {Python}",
            2017,
            fields=(
                ("journal", "PeerJ Computer Science"),
                ("volume", "3"),
                ("pages", "e103"),
                ("doi", "10.7717/peerj-cs.103"),
            ),
        ),
        "johansson2017arb": Entry(
            "article",
            "Johansson, Fredrik",
            "Arb: Efficient Arbitrary-Precision Midpoint-Radius Interval Arithmetic",
            2017,
            "1611.02831",
            (
                ("journal", "IEEE Transactions on Computers"),
                ("volume", "66"),
                ("number", "8"),
                ("pages", "1281--1292"),
                ("doi", "10.1109/TC.2017.2690633"),
            ),
        ),
        "pedregosa2011scikit": Entry(
            "article",
            _SCIKIT_AUTHORS,
            "Scikit-learn: Machine Learning in {Python}",
            2011,
            fields=(
                ("journal", "Journal of Machine Learning Research"),
                ("volume", "12"),
                ("pages", "2825--2830"),
            ),
        ),
    }
)
# Where the strategies of the literature come from.
STRATEGIES = MappingProxyType(
    {
        "vanilla": (),
        "progressive": ("salimans2022progressive",),
        "consistency": ("song2023consistency",),
        "boot": ("gu2023boot",),
    }
)
# By the module that a result's class lives in; the longest match counts.
_MODULES = MappingProxyType(
    {
        "symmerge": (),
        "symmerge.plan": ("gao2025merging",),
        "symmerge.schedule": (),
        "symmerge.spectrum": (),
        "symmerge.teacher": ("gao2025merging", "song2021ddim"),
        "symmerge.student": ("gao2025merging",),
        "symmerge.chain": ("gao2025merging",),
        "symmerge.derive": ("gao2025merging", "meurer2017sympy"),
        "symmerge.evaluate": ("gao2025merging", "johansson2017arb"),
        "symmerge.phase": ("gao2025merging", "johansson2017arb"),
        "symmerge.search": ("gao2025merging", "johansson2017arb"),
        "symmerge.sweep": ("gao2025merging",),
        "symmerge.dynamics": ("gao2025merging",),
        "symmerge.flow": ("gao2026flow",),
        "symmerge.flow.formulas": ("gao2026flow", "meurer2017sympy"),
        "proofs": (),
    }
)
_ARXIV = re.compile(r"\b\d{4}\.\d{4,5}\b")
# The parts of the theory that a theorem may name as its source.
_PARTS = MappingProxyType({"A": "gao2025merging", "B": "gao2026flow", "C": "gao2025merging"})
_PART = re.compile(r"\bparts? ([ABC])\d")
_BUNDLED = ("digits", "patches-grey", "patches-rgb")


@dataclass(frozen=True, repr=False)
class Citation:
    """BibTeX entries, by key; printing it prints the entries."""

    keys: tuple[str, ...]

    def __str__(self) -> str:
        return "\n\n".join(ENTRIES[key].bibtex(key) for key in self.keys)

    __repr__ = __str__

    def items(self) -> str:
        r"""The entries as ``\bibitem``, for a document that compiles without BibTeX."""
        return "\n".join(ENTRIES[key].item(key) for key in self.keys)


def citation(*results: Any) -> Citation:
    """BibTeX of what results rest on; of symmerge and its two sources without any.

    Parameters
    ----------
    results : plans, derivations, search results, edges, grids, formulas, theorems, ...
        Anything that symmerge (or ``proofs``) made.

    Raises
    ------
    InputError
        For what symmerge did not make.

    Examples
    --------
    >>> from symmerge.plan import boot
    >>> citation(boot(4)).keys
    ('gao2025merging', 'gu2023boot', 'symmerge')
    >>> print(citation())  # doctest: +ELLIPSIS
    @misc{gao2025merging,
      author        = {Gao, W. and Li, M.},
      title         = {Toward Theoretical Insights into Diffusion Trajectory Distillation ...},
      year          = {2025},
      eprint        = {2505.16024},
      archiveprefix = {arXiv}
    }
    ...
    """
    if not results:
        return Citation(("gao2025merging", "gao2026flow", "symmerge"))
    keys = dict.fromkeys(key for result in results for key in _keys(result))
    return Citation((*(key for key in keys if key != "symmerge"), "symmerge"))


def _keys(result: Any) -> list[str]:
    home = getattr(type(result), "__module__", "")
    homes = [m for m in _MODULES if home == m or home.startswith(f"{m}.")]
    rule = "must be something that symmerge made"
    require(bool(homes), "result", rule, result)
    cites = getattr(result, "cites", None)
    found = [*(_MODULES[max(homes, key=len)] if cites is None else cites)]
    # Theorems, and reports about them, name their source.
    source = str(getattr(getattr(result, "theorem", result), "source", ""))
    found += [key for key in ENTRIES if ENTRIES[key].arxiv in _ARXIV.findall(source)]
    if home.startswith("proofs"):
        found += [_PARTS[part] for part in _PART.findall(source)]
    plan = getattr(result, "plan", result)
    found += STRATEGIES.get(getattr(plan, "name", None) or "", ())
    if str(getattr(result, "label", "")).startswith(_BUNDLED):
        found.append("pedregosa2011scikit")
    for key in found:
        if key not in ENTRIES:
            raise InputError("cites", f"must be among {', '.join(ENTRIES)}", key)
    return found
