"""AdaGrad in continuous time: a shrinkage that does not depend on the variance."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import enclosed, identity, symbols, vanishes
from symmerge.dynamics.adaptive import AdaGrad
from symmerge.numbers import balls, exact, multiprecision

LR, U, R = symbols("eta u rho")


def steps() -> Iterator[Step]:
    """Checks."""
    speed = (1 - 4 * LR * U) / (2 * U)  # u' from 2 u u' = Q' = r^2
    yield identity(
        "rho = 1 - 4 eta u solves rho' = 2 r r' = -2 eta rho / u",
        sympy.diff(1 - 4 * LR * U, U) * speed,
        -2 * LR * (1 - 4 * LR * U) / U,
    )
    yield identity(
        "so rho - 1 - log rho grows at the constant rate 8 eta^2",
        rate().subs(U, (1 - R) / (4 * LR)),
        8 * LR**2,
    )
    yield from brackets()


def rate() -> sympy.Expr:
    """Rate of growth of ``rho - 1 - log rho`` along the flow, as a function of u and rho."""
    return sympy.diff(R - 1 - sympy.log(R), R) * (-2 * LR * R / U)


def brackets() -> Iterator[Step]:
    """symmerge's Lambert form against the equation, in balls on both sides of its value."""
    field = balls(300)
    for lr, count in ((Fraction(1, 100), 5000), (Fraction(1, 7), 3), (Fraction(1, 1000), 10)):
        root = exact(AdaGrad(lr, count).flow(multiprecision(50)))
        with field.working():
            target = field.number(8 * lr**2 * count)
            values = []
            for sign in (-1, 1):
                rho = field.number((root * (1 + sign * Fraction(1, 10**30))) ** 2)
                values.append(rho - 1 - field.log(rho))
            holds = bool(values[0] > target) and bool(values[1] < target)
        yield enclosed(f"the Lambert form at eta = {lr}, N = {count}", holds)


THEOREM = Theorem(
    name="c1_adagrad",
    title="AdaGrad in continuous time",
    statement="In the limit of small learning rates AdaGrad shrinks an error r0 = 1 by "
    "sqrt(-W0(-exp(-1 - 8 eta^2 N))), whatever the variance.",
    latex=r"""For $r'=-\eta\,r/\sqrt{\int_0^\tau r^2}$, $r(0)=1$:
\[ r(N)^2-1-\log r(N)^2=8\eta^2N,\qquad r(N)=\sqrt{-W_0\bigl(-e^{-1-8\eta^2N}\bigr)} . \]""",
    source="symmerge, part C1",
    standing="P",
    assumptions=("scalar student, full gradient", "continuous time"),
    steps=steps,
    proof=r"""The gradient is $2vr$ and is divided by $2v\sqrt{\int r^2}$: the variance cancels.
Put $Q=\int_0^\tau r^2$, $u=\sqrt Q$, $\rho=r^2$. Then $\rho'=-2\eta\,Q'/\sqrt Q$, so
$\rho=1-4\eta u$, and $2uu'=\rho$ (first check). Eliminating $u=(1-\rho)/(4\eta)$ gives
$\frac{d}{d\tau}(\rho-1-\log\rho)=8\eta^2$ (second check), and $\rho=1$ at $\tau=0$. With
$\rho<1$ this is Lambert's equation $-\rho e^{-\rho}=-e^{-1-8\eta^2N}$ on the branch $W_0$.""",
    variants=(
        FalseVariant(
            "with 4 eta^2 for 8 eta^2",
            lambda: vanishes(rate().subs(U, (1 - R) / (4 * LR)) - 4 * LR**2),
        ),
    ),
)
