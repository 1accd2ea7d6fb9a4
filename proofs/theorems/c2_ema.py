"""Averaging the weights exponentially: the shrinkage factor, and why it never helps the flow."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identities, identity, symbols
from symmerge.numbers import balls
from symmerge.verdict import Proved, Refuted, Undecided, Verdict


def steps() -> Iterator[Step]:
    """Checks."""
    s, w, kappa = symbols("s w kappa")  # w = 2v
    student, clock = sympy.exp(-w * s), sympy.exp(-kappa * s)
    average = (kappa * student - w * clock) / (kappa - w)
    yield identity("e' = kappa (r - e)", sympy.diff(average, s), kappa * (student - average))
    yield identity("e(0) = 1", average.subs(s, 0), sympy.S.One)
    equal = (1 + w * s) * sympy.exp(-w * s)
    yield identity("kappa = 2v: e' = kappa (r - e)", sympy.diff(equal, s), w * (student - equal))
    r, c = symbols("r c")  # the two exponentials
    shape = (kappa * r - w * c) / (kappa - w)
    yield identity("e - r", shape - r, w * (r - c) / (kappa - w))
    yield identity("kappa = 2v: e - r", equal - student, w * s * student)
    yield identity(
        "1 - e = the two-clock distribution function's slope",
        -sympy.diff(average, s),
        kappa * w * (student - clock) / (kappa - w),
    )
    d, k, rho = symbols("d k rho")
    n = 5
    state = sympy.S.One
    pairs = []
    for step in range(1, n + 1):
        state = d * state + k * rho**step
        closed = d**step + k * rho * (rho**step - d**step) / (rho - d)
        pairs.append((state, closed))
    yield identities("discrete: e_n = d e_{n-1} + k rho^n, n = 1..5", pairs)
    p, q = symbols("P Q")  # d^n, rho^n
    here = p + k * rho * (q - p) / (rho - d)
    after = d * p + k * rho * (rho * q - d * p) / (rho - d)
    yield identity("and for every n", after, d * here + k * rho * q)


def helps() -> Verdict:
    """Averaging makes the error of gradient flow smaller."""
    field = balls(64)
    with field.working():
        flow, clock = (field.number(Fraction(q)).exp() for q in (-2, -3))
        average = (3 * flow - 2 * clock) / (3 - 2)
        if average > flow:
            return Refuted(f"{average.str(5)} > {flow.str(5)}", "v = s = 1, kappa = 3")
    return Undecided("the balls overlap")


def rate_is_v() -> Verdict:
    """The rates confused: kappa and v instead of 2v."""
    s, v, kappa = (sympy.Integer(n) for n in (1, 1, 3))
    t = sympy.Symbol("t", positive=True)
    wrong = (kappa * sympy.exp(-v * t) - v * sympy.exp(-kappa * t)) / (kappa - v)
    gap = (sympy.diff(wrong, t) - kappa * (sympy.exp(-2 * v * t) - wrong)).subs(t, s)
    return (
        Refuted(f"residual {gap.evalf(5)}", "v = s = 1, kappa = 3") if gap != 0 else Proved("held")
    )


THEOREM = Theorem(
    name="c2_ema",
    title="Exponential moving average of the weights",
    statement="Averaging the weights at rate kappa gives the shrinkage factor of two exponential "
    "clocks in a row. It lies in [0,1] and above gradient flow's, so no phase edge moves and "
    "averaging never helps gradient flow when the steps lie on one side of 1.",
    latex=r"""$\gamma_{\mathrm{EMA}}=\frac{\kappa e^{-2vs}-2ve^{-\kappa s}}{\kappa-2v}$, with limit
$(1+2vs)e^{-2vs}$ at $\kappa=2v$; $e^{-2vs}<\gamma_{\mathrm{EMA}}\le1$ for $s>0$. In discrete time,
with $d=1-\kappa$, $\rho=1-x$: $d^N+\kappa\rho\frac{\rho^N-d^N}{\rho-d}$.""",
    source="symmerge, part C2",
    standing="P",
    assumptions=("the average starts at the student's start", "gradient flow, kappa > 0"),
    steps=steps,
    proof=r"""Error of the average: $e'=\kappa(r-e)$, $e(0)=1$, $r=e^{-2vs}$: a linear equation,
solved by the formula (first identities; the case $\kappa=2v$ separately).
$e-r=2v(r-c)/(\kappa-2v)$ with $c=e^{-\kappa s}$, and $r-c$ has the sign of $\kappa-2v$. $-e'$ has
the sign of $2v(r-c)/(\kappa-2v)\ge0$, so $e\le1$. The scalar theorems hold for every
$g_t\in[0,1]$, so their edges do not depend on averaging; with steps on one side of 1 the modulus
of every plan's error increases with every $g$.""",
    variants=(
        FalseVariant("averaging makes gradient flow's error smaller", helps),
        FalseVariant("the formula with v for 2v", rate_is_v),
    ),
)
