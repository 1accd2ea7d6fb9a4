"""Compositions of n K-Lipschitz maps do exactly as well as one K^n-Lipschitz map."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import exp, log
from typing import Any

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Level, Step, Theorem
from proofs.tools import fact, identities, identity, seen, symbols
from symmerge.flow.mismatch import flow_table, steps_needed
from symmerge.flow.mixture import Mixture
from symmerge.flow.stability import Stability
from symmerge.numbers import balls
from symmerge.verdict import Proved, Refuted, Verdict

TABLE = {1: "3.44e-2", 2: "9.93e-3", 3: "2.84e-3", 4: "7.78e-4", 6: "4.39e-5", 8: "7.71e-7"}
FLOW = Stability("1/4", 2, 5)


def relative_errors() -> dict[int, float]:
    """``E(|f| - 2^n |x|)_+^2 / E f^2``, the least ones for two symmetric modes."""
    table = flow_table(Mixture([-1.0, 1.0], sigma0="1/4", beta=5), 1)
    size, distance = np.abs(table.f), np.abs(table.x)
    return {n: table.mean_square(np.maximum(size - 2**n * distance, 0)) for n in range(1, 11)}


def steps() -> Iterator[Step]:
    """Checks."""
    slope = symbols("q")[0]
    cases = [((slope ** sympy.Rational(1, n)) ** n, slope) for n in range(1, 9)]
    yield identities("n factors of slope g'^(1/n)", cases)
    x = sympy.Symbol("x", real=True)
    rate = sympy.Function("r")(x)
    inner, outer = sympy.Function("H")(x), sympy.Symbol("z")
    chain = sympy.diff(sympy.Function("m")(inner), x).subs(sympy.diff(inner, x), rate)
    wanted = sympy.Subs(sympy.diff(sympy.Function("m")(outer), outer), outer, inner) * rate
    yield identity("the slope of a composition is the product", chain.doit(), wanted.doit())
    yield fact(
        "means -1, 1, sigma_0 = 1/4, K = 2: ten maps are needed",
        needed(),
        Level.ENCLOSURE,
        computed=steps_needed(log_lipschitz(), 2),
        theoretical=10,
    )
    yield seen("the relative mean-square errors, and 0 at n = 10", table_trials())


def log_lipschitz() -> float:
    """B(t) for that mixture at beta t = 5."""
    return FLOW.coordinate(1, "one-sided")


def needed() -> bool:
    """Whether 9 ln 2 < B < 10 ln 2, in balls."""
    field = balls(64)
    with field.working():
        two = field.number(Fraction(2)).log()
        return bool(9 * two < FLOW.coordinate(1, "one-sided", field) < 10 * two)


def table_trials() -> Iterator[Any]:
    """Three digits of the table."""
    found = relative_errors()
    for n, printed in TABLE.items():
        value = float(printed)
        yield None if abs(found[n] / value - 1) < 0.005 else (n, found[n], printed)
    yield None if found[10] == 0 < found[9] else (9, found[9], found[10])


def one_step_fewer() -> Verdict:
    """Nine maps suffice."""
    if 9 * log(2) < log_lipschitz() - 0.1:
        return Refuted(f"2^9 = 512 < Lip = {exp(log_lipschitz()):.1f}", "the slope of f at 0")
    return Proved("held")


def additive() -> Verdict:
    """Compositions only reach n K-Lipschitz maps: two maps of slope 3 compose to slope 9."""
    return Refuted("slope 9 exceeds 2 * 3", "x -> 3x twice") if 3 * 3 > 2 * 3 else Proved("held")


THEOREM = Theorem(
    name="b1_compositions",
    title="n K-Lipschitz steps are one K^n-Lipschitz step",
    statement="In one dimension the compositions of n increasing K-Lipschitz maps are the "
    "increasing K^n-Lipschitz maps, so the least error of n steps is that of one step with K^n, "
    "and it is zero exactly when n reaches log Lip f / log K.",
    latex=r"""Let $E_n(K)$ be the least error (in any norm) of $g_n\circ\dots\circ g_1$ with
increasing $K$-Lipschitz $g_i$. Then $E_n(K)=E_1(K^n)$. For $K>1$ and an increasing target $f$ it
is $0$ if and only if $n\ge\ln\mathrm{Lip}f/\ln K$; for two symmetric modes
$\ln\mathrm{Lip}f=B(t)$.""",
    source="symmerge, part B1",
    standing="P",
    assumptions=(
        "d = 1",
        "increasing maps; the best K^n-Lipschitz map is increasing (b1_isotonic)",
    ),
    steps=steps,
    proof=r"""A composition of $K$-Lipschitz maps is $K^n$-Lipschitz. Conversely let $g$ be
increasing and $K^n$-Lipschitz, so absolutely continuous with $0\le g'\le K^n$. Put
$h_j(x)=g(0)j/n+\int_0^x(g')^{j/n}$. Where $h_j$ is constant on an interval $g'=0$ almost
everywhere there, so $h_{j+1}$ is constant too: $g_{j+1}=h_{j+1} \circ h_j^{-1}$ is well defined on
the range of $h_j$, and $h_0(x)=x$, $h_n=g$. For $x<y$, $\int_x^y(g')^{(j+1)/n} \le
K\int_x^y(g')^{j/n}$, so $g_{j+1}$ is increasing and $K$-Lipschitz; extend it constantly outside
the range. (Non-monotone students gain nothing: their compositions are $K^n$-Lipschitz, and for
an increasing $f$ a best such map, in mean square or in the supremum norm, is increasing.) The
error vanishes if and only if $f$ itself is $K^n$-Lipschitz.""",
    variants=(
        FalseVariant("nine maps suffice for means -1, 1, sigma_0 = 1/4, K = 2", one_step_fewer),
        FalseVariant("E_n(K) = E_1(nK)", additive),
    ),
)
