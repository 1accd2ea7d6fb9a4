"""Heavy ball and Nesterov: shrinkage factors by Chebyshev polynomials of the second kind."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identities, identity, symbols
from symmerge.verdict import Proved, Refuted, Verdict

MOST = 7


def factor(n: int, c: sympy.Expr, b: sympy.Expr, root: sympy.Expr) -> sympy.Expr:
    """``b^(n/2) (U_n(c) - sqrt(b) U_{n-1}(c))`` with root for sqrt(b)."""
    before = sympy.chebyshevu(n - 1, c) if n else sympy.S.Zero
    return root**n * (sympy.chebyshevu(n, c) - root * before)


def heavy_ball(n: int, x: sympy.Expr, beta: sympy.Expr) -> sympy.Expr:
    """Error after n steps of ``r+ = r - x r + beta (r - r-)`` from rest at 1."""
    before = now = sympy.S.One
    for _ in range(n):
        before, now = now, sympy.expand(now - x * now + beta * (now - before))
    return now


def nesterov(n: int, x: sympy.Expr, beta: sympy.Expr) -> sympy.Expr:
    """Error after n steps of ``y = r + beta (r - r-)``, ``r+ = y - x y`` from rest at 1."""
    before = now = sympy.S.One
    for _ in range(n):
        ahead = now + beta * (now - before)
        before, now = now, sympy.expand(ahead - x * ahead)
    return now


def steps() -> Iterator[Step]:
    """Checks."""
    x = symbols("x")[0]
    root, beta = symbols("r beta")  # r = sqrt(b)
    c = (1 + root**2 - x) / (2 * root)
    yield identities(
        f"heavy ball, N = 0..{MOST}",
        [(heavy_ball(n, x, root**2), factor(n, c, root**2, root)) for n in range(MOST + 1)],
    )
    # Nesterov: b = beta (1-x); eliminate x = 1 - r^2/beta.
    pull = 1 - root**2 / beta
    ahead = (1 + beta) * (1 - pull) / (2 * root)
    yield identities(
        f"Nesterov, N = 0..{MOST}",
        [(nesterov(n, pull, beta), factor(n, ahead, root**2, root)) for n in range(MOST + 1)],
    )
    low, high, angle = sympy.symbols("U0 U1 c", real=True)  # U_{N-1}, U_N
    after, before = 2 * angle * high - low, 2 * angle * low - high
    scaled = [
        root**k * (u - root * w)
        for k, (u, w) in enumerate(((low, before), (high, low), (after, high)))
    ]
    yield identity(
        "three-term recursion for every N",
        scaled[2],
        2 * angle * root * scaled[1] - root**2 * scaled[0],
    )
    yield identities(
        "start: gamma_0 = 1, gamma_1 = 1 - x in both cases",
        [
            (factor(1, c, root**2, root), 1 - x),
            (factor(1, ahead, root**2, root), 1 - pull),
            (factor(0, c, root**2, root), sympy.S.One),
        ],
    )


def plus_sign() -> Verdict:
    """``U_N + sqrt(b) U_{N-1}``."""
    root, x = sympy.Rational(1, 2), sympy.Rational(1, 3)
    c = (1 + root**2 - x) / (2 * root)
    wrong = root**2 * (sympy.chebyshevu(2, c) + root * sympy.chebyshevu(1, c))
    truth = heavy_ball(2, x, root**2)
    return (
        Refuted(f"{wrong} is not {truth}", "N = 2, beta = 1/4, x = 1/3")
        if wrong != truth
        else Proved("held")
    )


def always_positive() -> Verdict:
    """With x <= 1 the factor stays in [0, 1]."""
    x, beta = Fraction(1, 2), Fraction(9, 10)
    for n in range(12):
        value = heavy_ball(n, sympy.Rational(x), sympy.Rational(beta))
        if value < 0:
            return Refuted(f"gamma = {value} after {n} steps", f"x = {x}, beta = {beta}")
    return Proved("held")


THEOREM = Theorem(
    name="c1_momentum",
    title="Shrinkage factors of heavy ball and Nesterov",
    statement="From rest, N steps of heavy ball or of Nesterov's method shrink the error by a "
    "combination of two Chebyshev polynomials of the second kind.",
    latex=r"""$\gamma_N=b^{N/2}\bigl[U_N(c)-\sqrt b\,U_{N-1}(c)\bigr]$ with, for heavy ball,
$b=\beta$, $c=\frac{1+b-x}{2\sqrt b}$, and for Nesterov, $b=\beta(1-x)$,
$c=\frac{(1+\beta)(1-x)}{2\sqrt b}$ ($x=2\eta v$, $b\ne0$; for $b<0$ either root). $\gamma_N$
changes sign for some $x<1$, where the scalar theorems do not apply.""",
    source="symmerge, part C1",
    standing="P",
    assumptions=("full gradient", "started at rest"),
    steps=steps,
    proof=r"""Heavy ball: $\gamma_{N+1}=(1+\beta-x)\gamma_N-\beta\gamma_{N-1}$; Nesterov:
$\gamma_{N+1}=(1+\beta)(1-x)\gamma_N -\beta(1-x)\gamma_{N-1}$; both are $\gamma_{N+1}=2c\sqrt
b\,\gamma_N-b\,\gamma_{N-1}$. The right-hand side obeys it for every $N$ by $U_{N+1}=2cU_N-U_{N-1}$
(the recursion identity, $U_{N-1},U_N$ free symbols; it holds from $N=1$ with $U_{-1}=0$), and both
start with $1$, $1-x$.""",
    variants=(
        FalseVariant("the formula with a plus sign", plus_sign),
        FalseVariant("heavy ball with x <= 1 keeps gamma in [0,1]", always_positive),
    ),
)
