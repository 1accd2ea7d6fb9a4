"""Heavy ball with minibatch noise: when it is stable in mean square."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identity, nonnegative, seen, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def moment_matrix(x: Any, beta: Any, B: Any) -> list[list[Any]]:
    """One step of ``(E r^2, E r r-, E r-^2)`` for ``r+ = (1 + beta - x xi) r - beta r-``.

    ``xi`` is the mean of B squared standard normals: E xi = 1, E xi^2 = 1 + 2/B.
    """
    m = 1 + beta - x
    square = (1 + beta) ** 2 - 2 * (1 + beta) * x + x**2 * (1 + 2 / B)
    return [[square, -2 * beta * m, beta**2], [m, -beta, 0], [1, 0, 0]]


def edge(beta: Any, B: Any) -> Any:
    """Largest stable x."""
    return 2 * (1 - beta**2) / ((1 + beta) * 2 / B + 1 - beta)


def steps() -> Iterator[Step]:
    """Checks."""
    x, beta, B, z = symbols("x beta B z")
    matrix = sympy.Matrix(moment_matrix(x, beta, B))
    at_one = (sympy.eye(3) - matrix).det()
    slope = (1 + beta) * 2 / B + 1 - beta
    yield identity(
        "det(I - K) = x (x* - x) times a positive factor", at_one, x * (edge(beta, B) - x) * slope
    )
    r, xi = sympy.symbols("r xi", real=True)
    before = sympy.Symbol("s", real=True)
    square = sympy.expand(((1 + beta - x * xi) * r - beta * before) ** 2)
    moments = {0: 1, 1: 1, 2: 1 + 2 / B}
    mean = sum(c * moments[n] for (n,), c in sympy.Poly(square, xi).terms())
    row = moment_matrix(x, beta, B)[0]
    yield identity("first row", mean, row[0] * r**2 + row[1] * r * before + row[2] * before**2)
    t = sympy.Symbol("t")
    at_rest = (t * sympy.eye(3) - matrix.subs(x, 0)).det()
    yield identity(
        "at x = 0 the eigenvalues are 1, beta, beta^2",
        at_rest,
        (t - 1) * (t - beta) * (t - beta**2),
    )
    small = 1 / (1 + z)
    yield nonnegative(
        "the factor is positive for beta = 1/(1+z)", slope.subs(beta, small), strict=True
    )
    yield identity("beta = 0: the edge of plain SGD", edge(0, B), 2 * B / (B + 2))
    yield seen("spectral radius on both sides of the edge", drawn(300, 21, random_case))


def random_case(rng: Random) -> Any:
    """Spectral radius half a per cent below and above the edge, and at random below."""
    beta, B = rng.uniform(0, 0.98), rng.choice((1, 2, 8, 64, 1000))
    limit = edge(beta, B)

    def radius(x: float) -> float:
        return float(max(abs(np.linalg.eigvals(np.array(moment_matrix(x, beta, B), dtype=float)))))

    fine = (
        radius(0.995 * limit) < 1 < radius(1.005 * limit)
        and radius(rng.uniform(0.01, 1) * limit) <= 1
    )
    return None if fine else (beta, B, limit)


def deterministic_edge() -> Verdict:
    """Stable up to x = 2 (1 + beta), as without noise."""
    matrix = np.array(moment_matrix(2.5, 0.5, 4.0), dtype=float)
    radius = max(abs(np.linalg.eigvals(matrix)))
    if radius > 1.01:
        return Refuted(f"spectral radius {radius:.4f}", "x = 2.5 < 3, beta = 1/2, B = 4")
    return Proved("held")


THEOREM = Theorem(
    name="c1_sgd_momentum",
    title="Heavy ball with minibatch noise",
    statement="Heavy ball with fresh Gaussian minibatches is stable in mean square exactly below "
    "an explicit learning rate.",
    latex=r"""Let $r_{n+1}=(1+\beta-x\xi_n)r_n-\beta r_{n-1}$, $\xi_n$ the mean of $B$ squared
standard normals, $0\le\beta<1$, $x>0$. Then $E\,r_n^2\to0$ from every start if and only if
$x<x^*=\frac{2(1-\beta^2)}{\frac2B(1+\beta)+1-\beta}$.""",
    source="symmerge, part C1 (general form)",
    standing="P",
    assumptions=("fresh Gaussian minibatches",),
    steps=steps,
    proof=r"""$w_n=(E\,r_n^2,E\,r_nr_{n-1},E\,r_{n-1}^2)$ obeys $w_{n+1}=Kw_n$. $K$ is the action
$S\mapsto E\,FSF^\top$ on symmetric $2\times2$ matrices, which maps the cone of positive
semidefinite ones into itself, so its spectral radius $\varrho(x)$ is an eigenvalue
(Krein--Rutman), and it is continuous in $x$. $\det(I-K)$ vanishes for $x=0$ and $x=x^*$ only, is
positive between and negative beyond. At $x=0$ the eigenvalue $1$ is simple and the largest; as
$\det(I-K)>0$ for small $x>0$ it moves below $1$. For $0<x<x^*$ the eigenvalue $\varrho$ cannot
pass $1$, so $\varrho<1$. For $x>x^*$ the characteristic polynomial is negative at $1$ and tends to
$\infty$: there is an eigenvalue $>1$, and as the cone spans, some start (a point of its interior)
grows.""",
    variants=(FalseVariant("the edge 2(1+beta) of the full gradient", deterministic_edge),),
)
