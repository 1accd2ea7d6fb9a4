"""Nesterov's method with minibatch noise: when it is stable in mean square."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identity, nonnegative, seen, symbols
from symmerge.dynamics.momentum import Nesterov
from symmerge.verdict import Proved, Refuted, Verdict


def moment_matrix(x: Any, beta: Any, noise: Any) -> list[list[Any]]:
    """One step of ``(E r^2, E r r-, E r-^2)`` for ``r+ = (1 - x xi)((1 + beta) r - beta r-)``.

    ``xi`` is the mean of B squared standard normals: E xi = 1, E xi^2 = 1 + noise, noise = 2/B.
    """
    a, m = 1 + beta, 1 - x
    q = m**2 + noise * x**2
    return [[q * a**2, -2 * q * a * beta, q * beta**2], [m * a, -m * beta, 0], [1, 0, 0]]


def steps() -> Iterator[Step]:
    """Checks."""
    x, beta, noise, z = symbols("x beta nu z")
    matrix = sympy.Matrix(moment_matrix(x, beta, noise))
    margin = Nesterov._determinant(x, beta, noise)
    yield identity("symmerge's margin is det(I - K)", (sympy.eye(3) - matrix).det(), margin)
    r, before, xi = sympy.symbols("r s xi", real=True)
    square = sympy.expand(((1 - x * xi) * ((1 + beta) * r - beta * before)) ** 2)
    moments = {0: 1, 1: 1, 2: 1 + noise}
    mean = sum(c * moments[n] for (n,), c in sympy.Poly(square, xi).terms())
    row = moment_matrix(x, beta, noise)[0]
    yield identity("first row", mean, row[0] * r**2 + row[1] * r * before + row[2] * before**2)
    t = sympy.Symbol("t")
    yield identity(
        "at x = 0 the eigenvalues are 1, beta, beta^2",
        (t * sympy.eye(3) - matrix.subs(x, 0)).det(),
        (t - 1) * (t - beta) * (t - beta**2),
    )
    slope = sympy.diff(margin, x).subs(x, 0)
    yield nonnegative(
        "the margin rises from 0 at x = 0 (beta = 1/(1+z))",
        slope.subs(beta, 1 / (1 + z)),
        strict=True,
    )
    yield identity(
        "without noise it vanishes at 2(1+beta)/(1+2 beta)",
        margin.subs({noise: 0, x: 2 * (1 + beta) / (1 + 2 * beta)}),
        0,
    )
    yield seen("spectral radius on both sides of symmerge's edge", drawn(200, 8, random_case))


def radius(x: float, beta: float, noise: float) -> float:
    """Spectral radius of the second moments' recursion."""
    matrix = np.array(moment_matrix(x, beta, noise), dtype=float)
    return float(max(abs(np.linalg.eigvals(matrix))))


def random_case(rng: Random) -> Any:
    """Half a per cent below and above the edge, and at random below."""
    beta, batch = rng.randint(0, 97), rng.choice((1, 2, 8, 64, 1000))
    edge = Nesterov("1/1000", 1, f"{beta}/100", batch).edge()
    beta, noise = beta / 100, 2 / batch
    fine = radius(0.995 * edge, beta, noise) < 1 < radius(1.005 * edge, beta, noise)
    fine &= radius(rng.uniform(0.01, 0.99) * edge, beta, noise) < 1
    return None if fine else (beta, batch, edge)


def deterministic_edge() -> Verdict:
    """Stable up to ``x = 2(1+beta)/(1+2 beta)``, as without noise."""
    found = radius(1.4, 0.5, 2 / 4)
    if found > 1.01:
        return Refuted(f"spectral radius {found:.4f}", "x = 1.4 < 3/2, beta = 1/2, B = 4")
    return Proved("held")


THEOREM = Theorem(
    name="c1_sgd_nesterov",
    title="Nesterov's method with minibatch noise",
    statement="Nesterov's method with fresh Gaussian minibatches is stable in mean square for "
    "every x between 0 and the first positive root of a polynomial, and not at that root.",
    latex=r"""For $r_{n+1}=(1-x\xi_n)\bigl((1+\beta)r_n-\beta r_{n-1}\bigr)$ with
$\mathbb E\xi=1$, $\mathbb E\xi^2=1+2/B$, $m=1-x$, $q=m^2+2x^2/B$ and
\[ D(x)=(1+\beta m)\bigl(1-q((1+\beta)^2+\beta^2)\bigr)+2qm\beta(1+\beta)^2 , \]
$\mathbb Er_n^2\to0$ from every start if $0<x<x^*$, where $x^*$ is the first positive root of $D$,
and not if $x=x^*$.""",
    source="symmerge, part C1",
    standing="P",
    assumptions=("scalar student, fresh Gaussian minibatches", "0 <= beta < 1"),
    steps=steps,
    proof=r"""The second moments $(\mathbb Er_n^2,\mathbb Er_nr_{n-1},\mathbb Er_{n-1}^2)$ follow a
linear recursion $K(x)$ (second check) that maps covariance matrices to covariance matrices, so its
spectral radius is one of its eigenvalues (Krein--Rutman). $\det(I-K)=D$ (first check). At $x=0$ the
eigenvalues are $1,\beta,\beta^2$; $D$ rises from $0$ there (fourth check) and
$\det(I-K)=\prod(1-\mu_i)$ with $1-\beta,1-\beta^2>0$, so the eigenvalue that is $1$ at $x=0$ falls
below $1$. The spectral radius is continuous and can reach $1$ again only where $1$ is an
eigenvalue, that is where $D=0$; there a covariance matrix is kept, so the second moment does not
vanish from that start.""",
    variants=(FalseVariant("the edge is that without noise", deterministic_edge),),
)
