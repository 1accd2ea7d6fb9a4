"""The stability coordinate is inverted by Lambert's W function."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import enclosed, identity, nonnegative, seen, symbols
from symmerge.flow.stability import Stability
from symmerge.numbers import balls
from symmerge.verdict import Proved, Refuted, Verdict

FIELD = balls(200)
CASES = [
    (sigma, diameter, beta, part)
    for sigma in ("1/10000", "1/100", "1/4", "999999/1000000", "1000001/1000000", "3/2", "3")
    for diameter, beta in ((1, 5), (7, 1))
    for part in ("1/8", "1/2", "7/8")
]


def steps() -> Iterator[Step]:
    """Checks."""
    r, kappa, c, w = symbols("r kappa c w")
    level = sympy.Symbol("A", positive=True)
    for sign in (1, -1):
        # sign ln r + kappa sign (r - 1) = 2 A, times sign, is ln of kappa r e^{kappa r} = ...
        equation = sign * sympy.log(r) + kappa * sign * (r - 1) - 2 * level
        lambert = sympy.log(r) + kappa * r - (kappa + sign * 2 * level)
        yield identity(f"the equation for r is Lambert's, sgn c = {sign}", sign * equation, lambert)
    u = symbols("u")[0]
    v = w + c * u
    ratio = (w + c) / v
    square = sympy.Symbol("D2", positive=True)
    yield identity(
        "the SNR term is kappa (r-1)/2, kappa = D0^2 sigma_inf^2/(4 c sigma_0^2)",
        square / 8 * (1 / (w + c) - u / v),
        square * w / (4 * c * (w + c)) * (ratio - 1) / 2,
    )
    yield identity("u from r", ((w + c) / ratio - w) / c, u)
    yield nonnegative("ln r + kappa r increases in r", sympy.diff(sympy.log(r) + kappa * r, r))
    worst = 0.0
    with FIELD.working():
        for case in CASES:
            flow, level = setting(*case)
            found = flow.coordinate(flow.inverse(level, field=FIELD), field=FIELD)
            if not (found.overlaps(level) and abs(found - level) < level * 2**-60):
                yield enclosed("A(A^{-1}(y)) = y", False, computed=found, theoretical=level)
                return
            worst = max(worst, float(abs(found / level - 1).upper()))
    claim = f"A(A^(-1)(y)) = y in {len(CASES)} settings, to a relative {worst:.0e}"
    yield enclosed(claim, True)
    yield seen("the float64 Newton node is right to 4e-15", float_trials())


def setting(sigma: str, diameter: int, beta: int, part: str) -> tuple[Stability, Any]:
    """The coordinate of a case, and a level: a part of A(1), as a ball."""
    flow = Stability(sigma, diameter, beta)
    return flow, FIELD.number(Fraction(part)) * flow.coordinate(1, field=FIELD)


def float_trials() -> Iterator[Any]:
    """Compare the float64 nodes with balls."""
    for case in CASES:
        with FIELD.working():
            flow, level = setting(*case)
            t = flow.inverse(level, field=FIELD)
        found = flow.inverse(float(level.mid()))
        yield None if abs(found - float(t.mid())) < 4e-15 else (*case, found, t)


def wrong_sign() -> Verdict:
    """2A instead of 2 sgn(c) A for sigma_0 < 1."""
    with FIELD.working():
        v0, square, level = (FIELD.number(Fraction(q)) for q in ("1/4", "4", "1/2"))
        kappa = square / (4 * (1 - v0) * v0)
        r = (kappa * (kappa + 2 * level).exp()).lambertw() / kappa
        u = (v0 / r - 1) / (v0 - 1)
        if u > 1:
            return Refuted(
                f"u = {u.str(8)} where it should lie in (0, 1]", "sigma_0 = 1/2, A = 1/2"
            )
    return Proved("held")


THEOREM = Theorem(
    name="b1_inverse",
    title="Inverse of the stability coordinate by Lambert's W",
    statement="The time at which the stability coordinate reaches a given value is a closed form "
    "in the principal branch of Lambert's W function.",
    latex=r"""Let $c=\sigma_0^2-\sigma_\infty^2\ne0$, $r=\sigma_0^2/v$ and
$\kappa=D_0^2\sigma_\infty^2/(4|c|\sigma_0^2)>0$. Then $A(t)=A$ if and only if
\[r=\frac{W_0\bigl(\kappa e^{\kappa+2\,\mathrm{sgn}(c)A}\bigr)}{\kappa},\qquad
u=\frac{\sigma_0^2/r-\sigma_\infty^2}{c},\qquad t=-\frac{\ln u}{2\beta}.\]""",
    source="symmerge, part B1",
    standing="P",
    assumptions=("closed form b1_coordinate", "D0 > 0, sigma_0 != sigma_inf"),
    steps=steps,
    proof=r"""By the SNR identity and b1\_coordinate, $A=\frac12(|\ln r|+\kappa|r-1|)$ with $r>1$
for $c>0$ and $r<1$ for $c<0$, so $\mathrm{sgn}(c)(\ln r+\kappa(r-1))=2A$. By the first identities
this is $\ln r+\kappa r=\kappa+2\,\mathrm{sgn}(c)A$, that is $\kappa r\,e^{\kappa r}=\kappa
e^{\kappa+2\mathrm{sgn}(c)A}$. The left-hand side of the logarithmic form increases in $r>0$ from
$-\infty$, so there is one positive solution, and $W_0$ is the positive branch for a positive
argument.""",
    variants=(FalseVariant("the formula without sgn(c), for sigma_0 < 1", wrong_sign),),
)
