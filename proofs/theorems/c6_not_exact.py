"""Two mixture steps after the noisiest one are not a step of the same form."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Level, Step, Theorem
from proofs.tools import fact, identity, symbols
from symmerge.verdict import Proved, Refuted, Verdict

TANH = (Fraction(1), Fraction(-1, 3), Fraction(2, 15), Fraction(-17, 315))
RATIO = TANH[3] * TANH[1] / TANH[2] ** 2  # 85/84
LEVELS = [
    (Fraction(1), Fraction(0)),
    (Fraction(4, 5), Fraction(3, 5)),
    (Fraction(3, 5), Fraction(4, 5)),
]


def multiplied(p: list[Fraction], q: list[Fraction]) -> list[Fraction]:
    """Product of two power series up to x^7."""
    out = [Fraction(0)] * 8
    for i, a in enumerate(p):
        for j, b in enumerate(q[: 8 - i]):
            out[i + j] += a * b
    return out


def tanh_of(p: list[Fraction]) -> list[Fraction]:
    """tanh of a power series without constant term."""
    square, power, out = multiplied(p, p), p, [Fraction(0)] * 8
    for c in TANH:
        out = [a + c * b for a, b in zip(out, power, strict=True)]
        power = multiplied(power, square)
    return out


def step(t: int, x: list[Fraction], v0: Fraction) -> list[Fraction]:
    """DDIM step for modes -1, 1 of variance v0 as a power series."""
    (before, noise), (alpha, sigma) = LEVELS[t - 1], LEVELS[t]
    v = alpha**2 * v0 + sigma**2
    a = (alpha * before * v0 + sigma * noise) / v
    bend = tanh_of([alpha / v * c for c in x])
    return [a * c + (before - a * alpha) * b for c, b in zip(x, bend, strict=True)]


def composite(v0: Fraction) -> list[Fraction]:
    """Both steps in a row."""
    identity_map = [Fraction(0), Fraction(1)] + [Fraction(0)] * 6
    return step(1, step(2, identity_map, v0), v0)


def steps() -> Iterator[Step]:
    """Checks."""
    x, size, rate = symbols("x C P")
    series = sympy.series(size * sympy.tanh(rate * x), x, 0, 8).removeO()
    c3, c5, c7 = (series.coeff(x, n) for n in (3, 5, 7))
    yield identity(
        "A x + C tanh(P x): c7 c3 / c5^2 = 85/84", c7 * c3 / c5**2, sympy.Rational(85, 84)
    )
    for v0 in (Fraction(1, 4), Fraction(1)):
        c = composite(v0)
        found = c[7] * c[3] / c[5] ** 2
        yield fact(
            f"two steps, angles (3,4,5), modes -1 and 1, sigma_0^2 = {v0}: another ratio",
            found != RATIO,
            Level.IDENTITY,
            computed=float(found),
            theoretical=float(RATIO),
        )


def exactly() -> Verdict:
    """The same two steps merge exactly."""
    c = composite(Fraction(1, 4))
    found = c[7] * c[3] / c[5] ** 2
    if found != RATIO:
        return Refuted(f"c7 c3/c5^2 = {float(found):.6f}, not 85/84", "modes -1, 1, sigma_0 = 1/2")
    return Proved("held")


THEOREM = Theorem(
    name="c6_not_exact",
    title="Two mixture steps do not merge into one",
    statement="Two consecutive DDIM steps of a symmetric two-mode mixture, both at positive "
    "signal levels, are not equal to any one step of the same form: merging them has an "
    "unavoidable error.",
    latex=r"""Let $D_i(x)=a_ix+c_i\tanh(p_ix)$ with $a_2,c_1,c_2,p_1,p_2\ne0$. Then $D_1\circ D_2$
is not of the form $Ax+b+C\tanh(Px+Q)$.""",
    source="W. Gao, M. Li, arXiv 2505.16024 v2 (there as stated); symmerge, part C6",
    standing="S",
    assumptions=(
        "two modes, equal weights, one dimension",
        "students of the teacher's form, K = 2",
    ),
    steps=steps,
    proof=r"""$Ax+b+C\tanh(Px+Q)$ is meromorphic in the plane. $y(x)=a_2x+c_2\tanh(p_2x)$ has a
simple pole at $x_0=i\pi/(2p_2)$, so near $x_0$ it takes every large value; in particular $p_1y$
takes the values $i\pi(k+\frac12)$ for all large $k$ at points that tend to $x_0$, where
$c_1\tanh(p_1y)$ has poles while $a_1y$ is finite. Poles accumulate at $x_0$, so $D_1\circ D_2$ is
not meromorphic there. Independently, for two settings with rational levels the Taylor coefficients
are exact fractions: the composite is odd and tends to a line at $\pm\infty$, which forces $b=Q=0$,
and $c_7c_3/c_5^2$ differs from the value $85/84$ of every $Ax+C\tanh(Px)$.""",
    variants=(FalseVariant("these two steps merge exactly", exactly),),
)
