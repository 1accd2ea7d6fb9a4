"""The stability coordinate is inverted by Lambert's W function."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import enclosed, identity, nonnegative, seen, symbols
from symmerge.numbers import balls
from symmerge.verdict import Proved, Refuted, Verdict

FIELD = balls(200)
CASES = [
    (sigma, diameter, beta, part)
    for sigma in ("1/10000", "1/100", "1/4", "999999/1000000", "1000001/1000000", "3/2", "3")
    for diameter, beta in ((1, 5), (7, 1))
    for part in ("1/8", "1/2", "7/8")
]


def coordinate(u: Any, v0: Any, square: Any) -> Any:
    """A as a function of u = exp(-2 beta t), in balls."""
    v = 1 + (v0 - 1) * u
    return abs((v0 / v).log()) / 2 + square / 8 * (1 - u) / (v0 * v)


def inverse(level: Any, v0: Any, square: Any) -> Any:
    """The u with A = level, by Lambert's W."""
    c = v0 - 1
    kappa = square / (4 * abs(c) * v0)
    # With a large kappa the argument of W overflows nothing: Arb has unbounded exponents.
    argument = kappa * (kappa + 2 * (level if c > 0 else -level)).exp()
    r = argument.lambertw() / kappa
    return (v0 / r - 1) / c


def node(level: float, sigma: float, square: float, beta: float) -> float:
    """Interior node in float64: Newton for ``h = |r-1|``."""
    v0, c = sigma * sigma, (sigma - 1) * (sigma + 1)
    sign, kappa = math.copysign(1.0, c), square / (4 * abs(c) * v0)
    h = 2 * level / (1 + kappa) if sign > 0 else min(2 * level / (1 + kappa), 1 - 2**-30)
    for _ in range(80):
        step = (sign * math.log1p(sign * h) + kappa * h - 2 * level) / (kappa + 1 / (1 + sign * h))
        while sign < 0 and h - step >= 1:
            step /= 2
        h -= step
        if abs(step) <= 1e-17 * h:
            break
    return -math.log1p(-v0 * h / ((1 + sign * h) * abs(c))) / (2 * beta)


def settings() -> Iterator[tuple[Any, Any, Any]]:
    """For every case: the level, a part of A(1), the variance and the squared diameter."""
    for sigma, diameter, beta, part in CASES:
        v0, square = FIELD.number(Fraction(sigma)) ** 2, FIELD.number(Fraction(diameter) ** 2)
        end = FIELD.number(Fraction(-2 * beta)).exp()
        level = FIELD.number(Fraction(part)) * coordinate(end, v0, square)
        yield level, v0, square


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
        for wanted, variance, diameter in settings():
            found = coordinate(inverse(wanted, variance, diameter), variance, diameter)
            fits = found.overlaps(wanted) and abs(found - wanted) < wanted * 2**-60
            if not fits:
                yield enclosed("A(A^{-1}(y)) = y", False, computed=found, theoretical=wanted)
                return
            worst = max(worst, float(abs(found / wanted - 1).upper()))
    claim = f"A(A^(-1)(y)) = y in {len(CASES)} settings, to a relative {worst:.0e}"
    yield enclosed(claim, True)
    yield seen("the float64 Newton node is right to 4e-15", float_trials())


def float_trials() -> Iterator[Any]:
    """Compare the float64 nodes with balls."""
    with FIELD.working():
        exact = [
            (-inverse(level, v0, square).log() / (2 * case[2]), level)
            for case, (level, v0, square) in zip(CASES, settings(), strict=True)
        ]
    for (sigma, diameter, beta, part), (t, level) in zip(CASES, exact, strict=True):
        found = node(float(level.mid()), float(Fraction(sigma)), float(diameter) ** 2, beta)
        close = abs(found - float(t.mid())) < 4e-15
        yield None if close else (sigma, diameter, beta, part, found, t)


def wrong_sign() -> Verdict:
    """2A instead of 2 sgn(c) A for sigma_0 < 1."""
    with FIELD.working():
        v0, square, level = (FIELD.number(Fraction(q)) for q in ("1/4", "4", "1/2"))
        kappa = square / (4 * (1 - v0) * v0)
        r = (kappa * (kappa + 2 * level).exp()).lambertw() / kappa
        u = (v0 / r - 1) / (v0 - 1)
        found = coordinate(u, v0, square) if u > 0 else u
        if u > 1 or abs(found - level) > 0.01:
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
