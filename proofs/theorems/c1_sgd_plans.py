"""Mean and second moment of a merge plan whose students are trained by SGD."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from random import Random
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import counterexample, drawn, identity, seen
from symmerge.plan import MergePlan, enumerate_plans
from symmerge.verdict import Verdict

Moments = tuple[Fraction, Fraction]


def moments(plan: MergePlan, a: list[Fraction], g: list[Fraction], q: list[Fraction]) -> Moments:
    """Mean and second moment of M by the recursion; g and q are the factors' two moments."""

    def node(children: list[Moments], t: int) -> Moments:
        mean, square = children[-1]
        left = prod(child[0] for child in children[:-1])
        left2 = prod(child[1] for child in children[:-1])
        g_t, q_t = g[t - 1], q[t - 1]
        return (
            mean * ((1 - g_t) * left + g_t),
            square * ((1 - 2 * g_t + q_t) * left2 + 2 * (g_t - q_t) * left + q_t),
        )

    return plan.fold(lambda t: (a[t - 1], a[t - 1] ** 2), node)


def value(plan: MergePlan, a: list[Fraction], factors: Iterator[Fraction]) -> Fraction:
    """M for given random factors, one per merge."""

    def node(children: list[Fraction], t: int) -> Fraction:
        rho = next(factors)
        return children[-1] * ((1 - rho) * prod(children[:-1]) + rho)

    return plan.fold(lambda t: a[t - 1], node)


def brute_force(
    plan: MergePlan, a: list[Fraction], g: list[Fraction], d: list[Fraction]
) -> Moments:
    """Expectation over all outcomes when a factor at time t is ``g_t -+ d_t``, evenly."""
    times = [t for _, t, _ in plan.nodes()]
    outcomes = [
        value(
            plan,
            a,
            iter([g[t - 1] + sign * d[t - 1] for t, sign in zip(times, signs, strict=True)]),
        )
        for signs in product((1, -1), repeat=len(times))
    ]
    count, squares = Fraction(len(outcomes)), (M * M for M in outcomes)
    return sum(outcomes, Fraction(0)) / count, sum(squares, Fraction(0)) / count


def case(rng: Random, shift: Fraction = Fraction(0)) -> Any:
    """A random plan of three to five steps; `shift` spoils the second moments."""
    T = rng.randint(3, 5)
    plan = rng.choice(list(enumerate_plans(T)))
    a = [Fraction(rng.randint(5, 15), 10) for _ in range(T)]
    g = [Fraction(rng.randint(-3, 10), 10) for _ in range(T)]
    d = [Fraction(rng.randint(0, 8), 10) for _ in range(T)]
    q = [u * u + w * w + shift for u, w in zip(g, d, strict=True)]
    found, wanted = moments(plan, a, g, q), brute_force(plan, a, g, d)
    return None if found == wanted else (str(plan), a, g, d, found, wanted)


def steps() -> Iterator[Step]:
    """Checks."""
    L, rho, m, m2, g, q = sympy.symbols("L rho m m2 g q", real=True)
    square = sympy.Poly(((1 - rho) * L + rho) ** 2, L, rho)
    of = {0: 1, 1: m, 2: m2}, {0: 1, 1: g, 2: q}
    mean = sum(c * of[0][i] * of[1][j] for (i, j), c in square.terms())
    formula = (1 - 2 * g + q) * m2 + 2 * (g - q) * m + q
    yield identity("E((1-rho)L + rho)^2 for independent L and rho", mean, formula)
    yield seen("recursion = expectation over all outcomes, exactly", drawn(60, 2, case))


def without_noise() -> Verdict:
    """The second moment with q = g^2 + 1/100 too large."""
    return counterexample(
        "the same with q + 1/100", drawn(20, 2, lambda r: case(r, Fraction(1, 100)))
    )


THEOREM = Theorem(
    name="c1_sgd_plans",
    title="Moments of a merge plan under stochastic gradient descent",
    statement="Under SGD a plan's mean follows the merge recursion with g = (1-x)^N, and its "
    "second moment an exact recursion of its own.",
    latex=r"""Let every merge have an independent factor $\rho$ with $E\rho=g$, $E\rho^2=q^N$ (see
c1\_sgd\_moments). For a node with right child $R$ and left product $L$: $E\,M=E\,R\,((1-g)E\,L+g)$,
\[E\,M^2=E\,R^2\bigl[(1-2g+q^N)E\,L^2+2(g-q^N)E\,L+q^N\bigr],\]
and moments of a product of neighbours are products of moments.""",
    source="symmerge, part C1",
    standing="P",
    assumptions=(
        "independent minibatches in all merges",
        "warm start, teacher composite as target",
    ),
    steps=steps,
    proof=r"""The student starts at $R$ and is pulled to $RL$: $M-RL=\rho(R-RL)$,
$M=R((1-\rho)L+\rho)$. $R$, the factors of $L$ and $\rho$ use disjoint minibatches, so they are
independent. Expand the square.""",
    variants=(FalseVariant("the recursion with second moments too large by 1/100", without_noise),),
)
