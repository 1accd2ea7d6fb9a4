"""Stochastic gradient descent with fresh Gaussian minibatches: mean and second moment."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identities, identity, nonnegative, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def gaussian_moment(n: int, v: sympy.Symbol) -> sympy.Expr:
    """E z^n for z ~ N(0, v), by integration."""
    z = sympy.Symbol("z", real=True)
    density = sympy.exp(-(z**2) / (2 * v)) / sympy.sqrt(2 * sympy.pi * v)
    return sympy.integrate(z**n * density, (z, -sympy.oo, sympy.oo))


def second_moment(size: int, x: sympy.Symbol) -> sympy.Expr:
    """E (1 - x mean(y^2))^2 over `size` standard normals, monomial by monomial."""
    y = sympy.symbols(f"y1:{size + 1}")
    factor = sympy.Poly((1 - x * sum(e**2 for e in y) / size) ** 2, *y)
    moments = {0: 1, 2: 1, 4: 3}
    return sum(c * sympy.prod([moments[n] for n in powers]) for powers, c in factor.terms())


def steps() -> Iterator[Step]:
    """Checks."""
    v, x, B, slack = symbols("v x B z")
    yield identities(
        "E z^2 = v, E z^4 = 3 v^2",
        [(gaussian_moment(2, v), v), (gaussian_moment(4, v), 3 * v**2)],
    )
    square = (B * 3 + B * (B - 1)) / B**2  # E (mean y^2)^2 for standard normals
    q = (1 - x) ** 2 + 2 * x**2 / B
    yield identity("E(1 - x mean y^2)^2 = (1-x)^2 + 2x^2/B", 1 - 2 * x + x**2 * square, q)
    yield identities(
        "the same for B = 1..5 by expanding over all samples",
        [(second_moment(size, x), q.subs(B, size)) for size in range(1, 6)],
    )
    edge = 2 * B / (B + 2)
    yield identity("q - 1 = x (x - 2B/(B+2)) (B+2)/B", q - 1, x * (x - edge) * (B + 2) / B)
    best = B / (B + 2)
    yield identity(
        "q is a square about x = B/(B+2)", q, 2 / (B + 2) + (B + 2) / B * (x - best) ** 2
    )
    yield nonnegative("beyond the edge q > 1", (q - 1).subs(x, edge + slack), strict=True)


def full_gradient_edge() -> Verdict:
    """Stable up to x = 2, as for the full gradient."""
    x, B = Fraction(19, 10), 8
    q = (1 - x) ** 2 + 2 * x**2 / B
    return Refuted(f"q = {q} > 1", "x = 1.9, B = 8") if q > 1 else Proved("held")


def edge_one_percent_on() -> Verdict:
    """The edge moved by one per cent."""
    B = 16
    x = Fraction(2 * B, B + 2) * Fraction(1005, 1000)
    q = (1 - x) ** 2 + 2 * x**2 / B
    return Refuted(f"q = {float(q):.6f} > 1", f"x = {x}, B = {B}") if q > 1 else Proved("held")


THEOREM = Theorem(
    name="c1_sgd_moments",
    title="Mean and second moment of stochastic gradient descent",
    statement="With fresh Gaussian minibatches of size B the student's error has mean (1-x)^N "
    "r_0 and second moment q^N r_0^2, q = (1-x)^2 + 2x^2/B; it is stable in mean square iff x < "
    "2B/(B+2) and q is least, 2/(B+2), at x = B/(B+2).",
    latex=r"""Let $r_{n+1}=r_n\bigl(1-\frac{2\eta}B\sum_{i\le B}z_i^2\bigr)$ with fresh $z_i\sim
N(0,v)$ and $x=2\eta v$. Then $E\,r_N=(1-x)^Nr_0$, $E\,r_N^2=q^Nr_0^2$, $q=(1-x)^2+\frac{2x^2}B$;
for $x>0$: $q<1\iff x<\frac{2B}{B+2}$, and $\min_xq=\frac2{B+2}$ at $x=\frac B{B+2}$.""",
    source="symmerge, part C1",
    standing="P",
    assumptions=("scalar student, squared loss against a fixed target", "independent minibatches"),
    steps=steps,
    proof=r"""The gradient of $\frac1B\sum(Az_i-Bz_i)^2$ is $\frac2B(A-B)\sum z_i^2$, which gives
the recursion with factors independent of $r_n$. With $y_i=z_i/\sqrt v$ a factor is
$1-x\,\overline{y^2}$, of mean $1-x$; its second moment follows from $Ey^2=1$, $Ey^4=3$. The rest
are identities in $x$ and $B$.""",
    variants=(
        FalseVariant("stable for all x < 2", full_gradient_edge),
        FalseVariant("the edge half a per cent further on", edge_one_percent_on),
    ),
)
