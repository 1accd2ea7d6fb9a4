"""Gradient descent: the shrinkage factor of N steps, and what it does to the scalar theorems."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import enclosed, identity, symbols
from symmerge.chain import Chain
from symmerge.merge import relative_error
from symmerge.numbers import balls
from symmerge.plan import MergePlan, boot, enumerate_plans
from symmerge.schedule import cosine
from symmerge.teacher import Teacher
from symmerge.verdict import Refuted, Undecided, Verdict

FIELD = balls(128)


def chain(lam: Fraction, rate: Fraction, count: int, T: int) -> Chain:
    """Cosine teacher with ``g_t = (1 - 2 rate v_t)^count`` in balls."""
    teacher = Teacher(cosine(T), FIELD.number(lam), FIELD)
    g = (1 - 2 * FIELD.number(rate) * teacher.v) ** count
    return Chain(teacher.x, teacher.a, g, 1 - g, FIELD)


def best_and_boot() -> tuple[MergePlan, Any, Any]:
    """Certainly best of all plans, its error and BOOT's: lam = .1, eta = .65, N = 3, T = 6."""
    with FIELD.working():
        links = chain(Fraction(1, 10), Fraction(13, 20), 3, 6)
        errors = {plan: relative_error(plan, links) for plan in enumerate_plans(6)}
        best = min(errors, key=lambda plan: abs(float(errors[plan].mid())))
        rest = (abs(e) for plan, e in errors.items() if plan != best)
        if not all(abs(errors[best]) < e for e in rest):
            raise ArithmeticError("the balls do not separate the plans")
        return best, errors[best], errors[boot(6)]


def steps() -> Iterator[Step]:
    """Checks."""
    A, B, v, eta, x = symbols("A B v eta x")
    loss = v * (A - B) ** 2  # E|A z - B z|^2
    after = A - eta * sympy.diff(loss, A)
    yield identity(
        "one step multiplies A - B by 1 - 2 eta v", after - B, (1 - 2 * eta * v) * (A - B)
    )
    gap = sympy.exp(-x) - (1 - x)
    yield identity("(exp(-x) - (1-x))'' = exp(-x)", sympy.diff(gap, x, 2), sympy.exp(-x))
    start = abs(gap.subs(x, 0)) + abs(sympy.diff(gap, x).subs(x, 0))
    yield identity("value and slope vanish at 0", start, sympy.S.Zero)
    y = x - 1
    yield identity(
        "x - 1 = exp(-x) is Lambert's equation for x - 1",
        y * sympy.exp(y) * sympy.E - sympy.exp(x) * y,
        sympy.S.Zero,
    )
    with FIELD.working():
        threshold = 1 + FIELD.number(Fraction(-1)).exp().lambertw()
        fits = abs(threshold - FIELD.number(Fraction(127846, 10**5))) < FIELD.number(
            Fraction(1, 10**5)
        )
    yield enclosed("1 + W(1/e)", fits, computed=threshold.str(10), theoretical="1.27846")
    best, error, of_boot = best_and_boot()
    shown = f"{best}: {error.str(5)}; BOOT: {of_boot.str(5)}"
    fails = best != boot(6) and of_boot < -0.04 and abs(error) < 0.006
    yield enclosed("lam = .1, eta = .65, N = 3, T = 6: BOOT is not optimal", fails, computed=shown)


def odd_number_of_steps() -> Verdict:
    """The scalar theorem with a negative shrinkage factor."""
    best, error, of_boot = best_and_boot()
    if abs(error) < abs(of_boot):
        reason = f"all a_t < 1, yet {best} has error {error.str(3)} and BOOT {of_boot.str(3)}"
        return Refuted(reason, "cosine, T = 6, lam = .1, eta = .65, N = 3")
    return Undecided("the balls overlap")


def always_smaller() -> Verdict:
    """|gamma| is below the gradient flow's for all x < 2."""
    with FIELD.working():
        x = FIELD.number(Fraction(13, 10))
        descent, flow = x - 1, (-x).exp()
        if descent > flow:
            return Refuted(f"|1-x| = {descent.str(5)} > exp(-x) = {flow.str(5)}", "x = 1.3")
    return Undecided("the balls overlap")


THEOREM = Theorem(
    name="c1_gradient_descent",
    title="Shrinkage factor of gradient descent",
    statement="N steps of gradient descent with learning rate eta shrink the student's error by "
    "(1-x)^N, x = 2 eta v: below gradient flow for 0 < x < 1 + W(1/e) in modulus, and negative "
    "for x in (1,2) and odd N, where the scalar optimality theorem can fail.",
    latex=r"""With $x=2\eta v$, $\gamma=(1-x)^N$. For $0<x<1$, $0\le\gamma<e^{-xN}$, the factor of
gradient flow for the time $s=\eta N$; $|\gamma|<e^{-xN}$ exactly for
$0<x<1+W_0(1/e)=1.27846\ldots$. For $0\le\gamma_t\le1$ the scalar theorems hold; for $x\in(1,2)$
and odd $N$ BOOT need not be optimal although all $a_t\le1$.""",
    source="symmerge, part C1",
    standing="P",
    assumptions=("full gradient of the mean-square loss",),
    steps=steps,
    proof=r"""The loss is $v(A-B)^2$; the first identity is one step. $e^{-x}-(1-x)$ vanishes to
second order at $0$ and is strictly convex, so it is positive for $x\ne0$. For $x>1$, $x-1<e^{-x}$
means $(x-1)e^{x-1}<1/e$, that is $x-1<W_0(1/e)$. The counterexample is a certain comparison of all
197 plans.""",
    variants=(
        FalseVariant(
            "BOOT is optimal for all a_t <= 1, whatever the sign of gamma", odd_number_of_steps
        ),
        FalseVariant("gradient descent always shrinks more than gradient flow", always_smaller),
    ),
)
