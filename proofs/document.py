r"""The ledger as a LaTeX document: definitions once, then every theorem with its proof or evidence.

It compiles with pdflatex and needs amsmath, amssymb, amsthm, geometry and hyperref.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from proofs.show import counts, level_of
from symmerge.references import Citation, citation

__all__ = ["code", "document", "escape", "fragment", "linked", "markdown", "prose", "single"]

PARTS = {
    "a": "Part A. Operator merging in the linear-Gaussian regime",
    "b": "Part B. Flow distillation on Gaussian mixtures",
    "c": "Part C. Other students, budgets and data",
}
SECTIONS = {
    "a1": "Data, noise, teacher",
    "a2": "Student",
    "a3": "Merge plans",
    "a4": "Step thresholds",
    "a5": "The phase transition",
    "a6": "Finding the optimal plan",
    "a7": "One plan for a whole spectrum",
    "a8": "General covariance",
    "b1": "Stability of the probability flow",
    "c1": "Optimisers other than gradient flow",
    "c2": "Averaged weights",
    "c3": "All times trained at once",
    "c4": "Budgets",
    "c5": "Weak teachers",
    "c6": "Mixtures",
}
# What a statement is called, by the outcome of its checks.
ENVIRONMENTS = {"proved": "theorem", "refuted": "refuted", "undecided": "observation"}
LONGEST_REASON = 300

PACKAGES = r"""\documentclass[11pt,a4paper]{article}
\usepackage[margin=28mm]{geometry}
\usepackage{amsmath,amssymb,amsthm}
\usepackage[colorlinks,allcolors=blue]{hyperref}
\newtheorem{theorem}{Theorem}
\theoremstyle{definition}
\newtheorem{refuted}[theorem]{Refuted claim}
\newtheorem{observation}[theorem]{Observation, not proved}
\newenvironment{checks}{\par\smallskip\noindent\textbf{Checked.}\begin{itemize}
  \setlength{\itemsep}{0pt}\small\raggedright}{\end{itemize}}
\newcommand{\source}[1]{\par\smallskip{\raggedright\noindent\textit{#1}\par}}
\renewcommand{\labelitemi}{$\bullet$}
\setlength{\emergencystretch}{3em}
\allowdisplaybreaks
\frenchspacing
"""
TITLE = r"""\title{Merge plans, flows and their distillation:\\theorems, proofs and evidence}
\author{symmerge}
\date{}
\begin{document}
\maketitle
"""

INTRODUCTION = r"""
This document is written by \texttt{python -m proofs --latex} from the same files that it checks.
Each statement carries the kind of evidence behind it:
\begin{description}
\item[identity] exact algebra with free symbols;
\item[orthant] a difference whose coefficients are all non-negative once every variable is
  non-negative, for all plans at a given $T$;
\item[enclosure] ball arithmetic, for given $T$ and $s$ or a range of $\lambda$;
\item[proof assistant] formalised and machine-checked for all $T$ (\texttt{proofs/rocq});
\item[argument] a written proof whose steps are each one of the above;
\item[numerical] only seen: listed as an observation, never as a theorem.
\end{description}
Every theorem also has deliberately false variants that the same checks must not accept.
"""

DEFINITIONS = r"""
\section*{Definitions}
\addcontentsline{toc}{section}{Definitions}

\paragraph{Data and noise.} The data are $x_0\sim N(0,\Lambda)$,
$\Lambda=\mathrm{diag}(\lambda_i)$, $\lambda_i\ge0$; a statement about one coordinate writes
$\lambda$. With levels $\alpha_t,\sigma_t\ge0$ and $\varepsilon\sim N(0,I)$,
$z_t=\alpha_tx_0+\sigma_t\varepsilon$ for $t=0,\dots,T$: $t=0$ is clean ($\alpha_0=1$,
$\sigma_0=0$), $t=T$ the noisiest. The variance of $z_t$ is $v_t=\alpha_t^2\lambda+\sigma_t^2$,
and $u_t=(\alpha_t\sqrt\lambda,\sigma_t)$. The \emph{cosine} schedule has $\alpha_t=\cos\theta_t$,
$\sigma_t=\sin\theta_t$, $\theta_t=t\Delta$, $\Delta=\pi/(2T)$; a \emph{variance-preserving} one
any increasing angles $\theta_t$; \emph{flow matching} has $\alpha_t=1-t/T$, $\sigma_t=t/T$; a
\emph{variance-exploding} one $\alpha_t=1$ and increasing $\sigma_t$.

\paragraph{Teacher and student.} The teacher's step at time $t$ is multiplication by
$a_t=(\alpha_t\alpha_{t-1}\lambda+\sigma_t\sigma_{t-1})/v_t$, its composite over the steps $i..j$
is $C[i,j]=\prod_{t=i}^ja_t$, and $C=C[1,T]$. A student at time $j$ that starts at $A_0$ and is
trained towards $B$ ends at $(1-g_j)B+g_jA_0$; under gradient flow for time $s$ the shrinkage
factor is $g_j=e^{-2sv_j}$. We write $h_j(x)=(1-g_j)x+g_j$, or $h$ where there is one $g$ only.

\paragraph{Merge plans.} A merge plan is an ordered tree with leaves $1,\dots,T$ whose nodes have
two or more children. A leaf $t$ has the operator $a_t$. A node that covers $i..j$, with children
$c_1,\dots,c_m$ from clean to noisy, has
\[ M=M(c_m)\,h_j\Bigl(\prod_{l<m}M(c_l)\Bigr). \]
Plans are written $[1|[2.3|4]]$: ``$|$'' stands before the noisy-end child, ``.'' between the
others, which make up the \emph{left part}. \emph{Vanilla} is $[1.2.\cdots.T{-}1|T]$, \emph{BOOT}
$[1|[2|[\cdots[T{-}1|T]]]]$, \emph{consistency} $[[[1|2]|3]\cdots|T]$; \emph{progressive} merges
pairs, then pairs of pairs. The relative error of a plan is $e=M/C-1$; for a spectrum, where one
plan is shared by all coordinates, the objective is $W_2^2=\sum_i(M_i-C_i)^2$. $Q(i,j)$ is the
extreme (as the context says) of the products of operators of neighbouring plans that cover
$i..j$, and $e_{\min}$, $e_{\max}$ are the extremes of $e$ over all plans. The threshold
$\lambda_t^*$ is the variance at which $a_t=1$.

\paragraph{Mixtures.} In part B the data are $p_0=\sum_k\pi_kN(\mu_k,\sigma_0^2I)$ under the
Ornstein--Uhlenbeck process with rate $\beta$ and stationary variance $\sigma_\infty^2$ (1 unless
said otherwise): $m_k(t)=e^{-\beta t}\mu_k$, $s_t^2=e^{-2\beta t}\sigma_0^2+(1-e^{-2\beta
t})\sigma_\infty^2$. There $u=e^{-2\beta t}$, $v=s_t^2$, $\mathrm{SNR}_t=u/v$,
$D_0=\max_{i,j}|\mu_i-\mu_j|$, $\gamma_k(x)$ are the responsibilities,
$V=-\beta(x+\sigma_\infty^2\nabla\log p_t)$ is the velocity of the probability flow,
$\Phi_{s\leftarrow t}$ its flow map, $L(t)$ the bound on its Lipschitz constant and
$A(t)=\int_0^tL$.
"""


def document(ledger: dict[str, Any]) -> str:
    """The whole document, from the ledger's JSON form."""
    names = [report["name"] for report in ledger["theorems"]]
    body = [PACKAGES, TITLE, INTRODUCTION, r"\begin{verbatim}", *counts(ledger), r"\end{verbatim}"]
    body += [r"\tableofcontents", DEFINITIONS]
    part = section = None
    for report in ledger["theorems"]:
        here = report["name"].partition("_")[0]
        if here[0] != part:
            part = here[0]
            body.append(_heading("part", PARTS.get(part, "Other")))
        if here != section:
            section = here
            body.append(_heading("section", f"{here.upper()}. {SECTIONS.get(here, 'Other')}"))
        body += theorem(report, names)
    body.append(_heading("section", "Certificates"))
    body.append(r"\noindent\texttt{proofs/check.py} accepts or refuses them without symmerge.")
    found = (each["reason"] for each in ledger["certificates"])
    body.append("\\begin{itemize}\\small\\raggedright")
    body += [f"\\item {code(reason)}" for reason in found] or ["\\item none looked at"]
    return "\n".join([*body, r"\end{itemize}", *_references(citation()), r"\end{document}", ""])


def single(report: dict[str, Any], sources: Citation) -> str:
    """A document with one theorem, the definitions, and what to cite."""
    parts = [PACKAGES, r"\begin{document}", *theorem(report, [report["name"]])]
    return "\n".join([*parts, DEFINITIONS, *_references(sources), r"\end{document}", ""])


def fragment(report: dict[str, Any], sources: Citation) -> str:
    r"""Statement and proof for a paper of one's own.

    It needs amsmath, amssymb, amsthm and, in the preamble, ``\newtheorem{theorem}{Theorem}`` (or
    one for ``refuted`` or ``observation``). What to cite stands in a comment.
    """
    lines = list(theorem(report, [report["name"]]))
    start = next(k for k, line in enumerate(lines) if line.startswith("\\source{"))
    proof = []
    if report["proof"]:
        first, last = lines.index("\\begin{proof}"), lines.index("\\end{proof}")
        proof = lines[first : last + 1]
    cited = ", ".join(sources.keys)
    return "\n".join([f"% cite: {cited}; level: {level_of(report)}", *lines[:start], *proof, ""])


def _references(sources: Citation) -> list[str]:
    return ["\\begin{thebibliography}{9}", sources.items(), "\\end{thebibliography}"]


def theorem(report: dict[str, Any], names: list[str]) -> Iterator[str]:
    """One statement with its proof or its evidence."""
    name = report["name"]
    environment = ENVIRONMENTS.get(report["verdict"]["status"], "observation")
    yield f"\\begin{{{environment}}}[{prose(report['title'])}]\\label{{{name}}}"
    yield linked(report["latex"], names)
    if report["assumptions"]:
        given = "; ".join(prose(each, names) for each in report["assumptions"])
        yield f"\\par\\smallskip\\noindent Assumed: {given}."
    yield f"\\end{{{environment}}}"
    origin = f"{escape(report['source'])}. Level: {level_of(report)}."
    yield f"\\source{{{origin} File: {code(name)}.}}"
    if report["proof"]:
        yield "\\begin{proof}"
        yield linked(textwrap.dedent(report["proof"]).strip(), names)
        yield "\\end{proof}"
    if report["steps"]:
        yield "\\begin{checks}"
        yield from (_check(step) for step in report["steps"])
        yield "\\end{checks}"
    if report["verdict"]["status"] != "proved":
        yield f"\\par\\noindent\\textbf{{Outcome.}} {escape(report['verdict']['reason'])}\\par"


def _heading(kind: str, title: str) -> str:
    return f"\n\\{kind}*{{{title}}}\\addcontentsline{{toc}}{{{kind}}}{{{title}}}"


def _check(step: dict[str, Any]) -> str:
    verdict = step["verdict"]
    status = "" if verdict["status"] == "proved" else f"{verdict['status']}, "
    optional = "" if step["required"] else ", a second opinion"
    reason = textwrap.shorten(verdict["reason"], LONGEST_REASON, placeholder=" ...")
    found = f" Witness: {code(verdict['witness'])}." if "witness" in verdict else ""
    how = f"\\textit{{({status}{step['level']}{optional}: {escape(reason)})}}"
    return f"\\item {code(step['claim'])} {how}{found}"


SPECIAL = {
    **{character: f"\\{character}" for character in "#$%&_{}"},
    **{character: f"${character}$" for character in "<>|"},
    "\\": r"$\backslash$",
    "^": r"\^{}",
    "~": r"$\sim$",
    '"': "''",
}


def escape(text: str) -> str:
    """Plain text, character by character."""
    return "".join(SPECIAL.get(character, character) for character in " ".join(text.split()))


def code(text: str) -> str:
    """Plain text in typewriter letters, where every character has its own."""
    return f"\\texttt{{{re.sub(r'[^A-Za-z0-9 ]', _by_number, ' '.join(text.split()))}}}"


def _by_number(match: re.Match[str]) -> str:
    character = match.group()
    if character in ".,;:+=()/*[]-":
        return character
    return f"\\char{ord(character)}{{}}" if character.isascii() else "?"


GREEK = "alpha beta gamma delta epsilon eta theta kappa lambda mu nu xi pi rho sigma tau phi"
COMMANDS = {name: f"\\{name}" for name in GREEK.split()}
COMMANDS |= {"lam": r"\lambda", "Lambda": r"\Lambda", "Delta": r"\Delta", "Sigma": r"\Sigma"}
RELATIONS = {"<=": r"$\le$", ">=": r"$\ge$", "->": r"$\to$", "!=": r"$\ne$"}
RELATIONS |= {"<": "$<$", ">": "$>$", "||": r"$\|$", "|": "$|$", "*": r"$\cdot$", "'": "'"}
TOKEN = re.compile(
    r"(?P<name>[abc][1-9]_\w+)|(?P<symbol>[A-Za-z]+)(?!\d)"
    r"(?:_(?P<index>\{[^{}]*\}|\w+))?(?:\^(?P<power>\{[^{}]*\}|\(.*?\)|\w+))?"
    r"|(?P<relation><=|>=|->|!=|\|\||[<>|*'])|(?P<other>.)"
)


def prose(text: str, names: list[str] | None = None) -> str:
    """Words with formulas in plain text, such as ``a_t <= 1 for t < T``, as LaTeX."""

    def shown(match: re.Match[str]) -> str:
        token, symbol = match.group(), match["symbol"]
        if match["name"]:
            return f"Theorem~\\ref{{{token}}}" if token in (names or ()) else code(token)
        if match["relation"]:
            return RELATIONS[match["relation"]]
        if symbol is None:
            return escape(token) if token.strip() else token
        index, power = match["index"], match["power"]
        if symbol not in COMMANDS and not (index or power):
            return f"${symbol}$" if len(symbol) == 1 and symbol not in "aAI" else symbol
        base = COMMANDS.get(symbol, symbol if len(symbol) == 1 else f"\\mathrm{{{symbol}}}")
        below = "" if index is None else f"_{{{_inner(index)}}}"
        above = "" if power is None else f"^{{{_inner(power)}}}"
        return f"${base}{below}{above}$"

    return TOKEN.sub(shown, " ".join(text.split()))


def _inner(text: str) -> str:
    """An index or a power: letters stay, longer words are set upright."""
    text = text.strip("{}")
    if text.isalpha() and len(text) > 2:
        return {"inf": r"\infty"}.get(text, COMMANDS.get(text, f"\\mathrm{{{text}}}"))
    return escape(text) if "_" in text else text


MATHS = re.compile(r"(\$[^$]*\$|\\\[.*?\\\]|\\begin\{(?:align|gather).*?\\end\{\w+\*?\})", re.S)


# The emphasised words may hold formulas, with braces of their own.
EMPHASIS = re.compile(r"\\(?:emph|textit)\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")


def markdown(latex: str) -> str:
    """The LaTeX of a statement or a proof as a notebook renders it."""
    parts = MATHS.split(EMPHASIS.sub(r"*\1*", textwrap.dedent(latex).strip()))
    for k, part in enumerate(parts):
        if k % 2:
            parts[k] = part.replace(r"\[", "$$").replace(r"\]", "$$")
            continue
        part = part.replace("``", '"').replace("''", '"')
        part = re.sub(r"\\text(?:bf|tt|sc)\{([^{}]*)\}", r"**\1**", part)
        parts[k] = part.replace("~", " ").replace(r"\,", " ").replace("--", "–")
    return "".join(parts)


def linked(text: str, names: list[str]) -> str:
    """LaTeX in which the names of other theorems become references."""
    known = "|".join(re.escape(escape(name)) for name in sorted(names, key=len, reverse=True))
    pattern = rf"(?<![\w\\])(?:{known})(?![\w\\])"
    return re.sub(pattern, lambda m: f"Theorem~\\ref{{{m.group().replace(chr(92), '')}}}", text)
