"""Best K-Lipschitz map in mean square for the flow map of two symmetric modes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identity, nonnegative, seen, symbols
from symmerge.flow.mismatch import vanishing_width as limit
from symmerge.numbers import balls
from symmerge.verdict import Refuted, Undecided, Verdict


def steps() -> Iterator[Step]:
    """Checks."""
    a, b = sympy.symbols("a b", real=True)
    p, q = symbols("p q")
    yield identity("a^2 + b^2 - (a-b)^2/2", a**2 + b**2 - (a - b) ** 2 / 2, (a + b) ** 2 / 2)
    yield identity(
        "any pairing: p a^2 + q b^2 - pq/(p+q) (a-b)^2",
        p * a**2 + q * b**2 - p * q / (p + q) * (a - b) ** 2,
        (p * a + q * b) ** 2 / (p + q),
    )
    f, x, K = symbols("f x K")
    yield identity("the pair x, -x", (2 * f - 2 * K * x) ** 2 / 2, 2 * (f - K * x) ** 2)
    z, m, v, w, beta = symbols("z m v w beta")
    field = beta * ((1 - w / v) * z + w * m / v * sympy.tanh(m * z / v))
    curvature = sympy.diff(field, z, 2)
    tanh = sympy.Symbol("y", positive=True)
    shown = curvature.subs(sympy.tanh(m * z / v), tanh)
    yield identity(
        "curvature of the field towards the data",
        shown,
        -2 * beta * w * (m / v) ** 3 * tanh * (1 - tanh**2),
    )
    odd = symbols("r")[0]
    yield nonnegative(
        "it is <= 0 for x > 0, tanh = 1/(1+r)", (-shown / (beta * w)).subs(tanh, 1 / (1 + odd))
    )
    yield identity("limit of vanishing width, derivative in z", *vanishing_width())
    yield seen("the limit as computed, to twelve digits", limits())


def vanishing_width() -> tuple[sympy.Expr, sympy.Expr]:
    """Derivative in z of ``2 int_0^z (z-y)^2 phi(y) dy``: twice, so that phi alone remains."""
    z = sympy.Symbol("z", positive=True)
    phi = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    Phi = (1 + sympy.erf(z / sympy.sqrt(2))) / 2
    formula = (1 + z**2) * (2 * Phi - 1) + 2 * z * phi - 4 * z * phi.subs(z, 0)
    third = sympy.expand(sympy.diff(formula, z, 3))
    return third, 4 * phi  # d^3/dz^3 of 2 int (z-y)^2 phi dy is 4 phi(z)


def limits() -> Iterator[Any]:
    """``2 int_0^z (z-y)^2 phi(y) dy`` by Gauss-Legendre against the package's function."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    for z in (0.001, 0.1, 0.9, 1.1, 4.0):
        y = z * (nodes + 1) / 2
        values = (z - y) ** 2 * np.exp(-(y**2) / 2) / np.sqrt(2 * np.pi)
        integral, found = float(z * (weights @ values)), limit(z, 1)
        yield None if abs(found / integral - 1) < 1e-12 else (z, found, integral)


def distribution(x: Any, mean: Any, deviation: Any, field: Any) -> Any:
    """Distribution function of equal modes at -mean, 0, mean."""
    root = field.sqrt(field.number(2))
    parts = [((x - shift) / deviation / root).erf() for shift in (-mean, 0 * mean, mean)]
    return (1 + sum(parts, 0 * x) / 3) / 2


def three_modes() -> Verdict:
    """For symmetric modes -10, 0, 10 the map ``sign(x) min(|f|, K|x|)`` is not K-Lipschitz.

    With sigma_0 = 1/4, beta t = 10, K = 2: f < K x at .4 < x1 < x2 < .431, but it rises by more
    than K (x2 - x1) there.
    """
    field = balls(100)
    with field.working():
        number = field.number
        wide = 10 * number(Fraction(-10)).exp()
        v = 1 - number(Fraction(15, 16)) * number(Fraction(-20)).exp()

        def data(y: str) -> Any:
            return distribution(
                number(Fraction(y)), number(Fraction(10)), number(Fraction(1, 4)), field
            )

        def noisy(x: str) -> Any:
            return distribution(number(Fraction(x)), wide, field.sqrt(v), field)

        low, high = ("2/5", "1/2"), ("431/1000", "4/5")
        # f(x1) = 1/2 and f(x2) = 4/5 with 2/5 < x1, 21/50 < x2 < 431/1000
        placed = noisy("2/5") < data("1/2") and noisy("21/50") < data("4/5") < noisy("431/1000")
        below = Fraction(1, 2) < 2 * Fraction(2, 5) and Fraction(4, 5) < 2 * Fraction(21, 50)
        slope = (Fraction(high[1]) - Fraction(low[1])) / (Fraction(high[0]) - Fraction(low[0]))
        if placed and below and slope > 2:
            reason = f"where f < 2x it rises from 1/2 to 4/5 with slope over {float(slope):.2f}"
            return Refuted(reason, "means -10, 0, 10, sigma_0 = 1/4, beta t = 10, K = 2")
    return Undecided("the balls overlap")


THEOREM = Theorem(
    name="b1_mismatch_square",
    title="Lipschitz mismatch in mean square, symmetric two modes",
    statement="For two symmetric modes in one dimension the least mean-square error of a "
    "K-Lipschitz map is that of sign(x) min(|f|, K|x|). For any odd f and even density it is a "
    "lower bound.",
    latex=r"""Let $p$ be even and $f$ odd and increasing. Every $K$-Lipschitz $g$ has
$E|f-g|^2\ge E(|f(x)|-K|x|)_+^2$. If $f$ is concave on $x\ge0$, as $\Phi_{0\leftarrow t}$ is for
$p_0=\frac12 N(\mu,\sigma_0^2)+\frac12N(-\mu,\sigma_0^2)$, equality holds for
$g=\mathrm{sign}(x)\min(|f|,K|x|)$. For $\sigma_0\to0$, $p_t\to N(0,1)$, $|f|=a$ and $z=a/K$ the
minimum is $K^2[(1+z^2)(2\Phi(z)-1)+2z\varphi(z)-4z\varphi(0)]$.""",
    source="symmerge, part B1",
    standing="P",
    assumptions=(
        "d = 1, even density, odd increasing f",
        "for equality: f concave on x >= 0 (two symmetric modes; false for three, see the variant)",
    ),
    steps=steps,
    proof=r"""Pair $x>0$ with $-x$: with $a=f(x)-g(x)$, $b=f(-x)-g(-x)$ the first identity gives
$a^2+b^2\ge\frac12(a-b)^2$, and $a-b=2f(x)-(g(x)-g(-x))\ge2(f(x)-Kx)$. Integrate over $x>0$.
Equality: $a=-b$ and $g(x)=Kx$ where $f>Kx$, $g=f$ elsewhere. If $f$ is concave on $x\ge0$ with
$f(0)=0$, then $f\ge Kx$ on an interval $[0,x_0]$ and $f'\le f/x\le K$ beyond, so $g$ is
$K$-Lipschitz. For two symmetric modes the flow towards the data is $\dot
x=\beta((1-\frac{\sigma_\infty^2}v)x+\frac{\sigma_\infty^2m}v\tanh\frac{mx}v)$, concave on $x>0$ by
the curvature checks; $0$ is fixed and the derivative in the initial value is $\exp\int
b'(x_\tau)d\tau$ with $b'$ decreasing and $x_\tau$ increasing in the initial value, so it
decreases: $f$ is concave. The last formula and $2\int_0^z(z-y)^2\varphi$ vanish to second order at
$0$ and have the same third derivative.""",
    variants=(FalseVariant("the same optimum for every symmetric mixture", three_modes),),
)
