"""Training the times one after another beats every interleaving, if all errors have one sign."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identity, nonnegative, seen, symbols
from symmerge.verdict import Proved, Refuted, Verdict

Updates = list[tuple[int, Fraction]]


def initial(a: list[Fraction]) -> list[Fraction]:
    """``b_t = 1/C[1,t-1] - 1`` for t = 1..T."""
    b, C = [], Fraction(1)
    for step in a:
        b.append(1 / C - 1)
        C *= step
    return b


def trained(a: list[Fraction], updates: Updates) -> Fraction:
    """Last error after updates (time, kept part) in the given order."""
    e = initial(a)
    for t, kept in updates:
        e[t - 1] = kept * e[t - 1] + (1 - kept) * e[t - 2]
    return e[-1]


def steps() -> Iterator[Step]:
    """Checks."""
    n = 5
    b = sympy.symbols(f"b1:{n + 1}", real=True)
    p = sympy.symbols(f"p1:{n + 1}", real=True)
    tails = [sum(p[j:]) for j in range(n)]
    telescoped = b[0] * tails[0] + sum((b[j] - b[j - 1]) * tails[j] for j in range(1, n))
    yield identity(
        "expected error by Abel summation",
        sum(x * y for x, y in zip(b, p, strict=True)),
        telescoped,
    )
    C, z = symbols("C z")
    yield nonnegative("b_(t+1) - b_t >= 0 for a_t = 1/(1+z)", (1 + z) / C - 1 - (1 / C - 1))
    yield nonnegative("b_t - b_(t+1) >= 0 for a_t = 1+z", (1 / C - 1) - (1 / (C * (1 + z)) - 1))
    E = symbols("E2 E3 E4 E5")
    value, law = b[0], []
    for j, kept in enumerate(E, start=1):
        value = kept * b[j] + (1 - kept) * value
    reach = sympy.S.One
    for j in range(n - 1, 0, -1):
        law.append((j, reach * E[j - 1]))
        reach *= 1 - E[j - 1]
    expected = sum(b[j] * mass for j, mass in law) + b[0] * reach
    yield identity(
        "sequential: passes l with probability 1 - exp(-K_l), independently", value, expected
    )
    yield seen("random orders of updates, exactly", drawn(400, 12, random_case))


def random_case(rng: Random, mixed: bool = False) -> Any:
    """One chain on one side of 1, each time's budget cut into pieces in random order."""
    T, up = rng.randint(3, 6), rng.random() < 0.5
    a = []
    for _ in range(T):
        size = Fraction(rng.randint(0, 15), 10)
        a.append(1 + size if (rng.random() < 0.5 if mixed else up) else 1 / (1 + size))
    pieces: Updates = [
        (t, Fraction(rng.randint(0, 12), 12))
        for t in range(2, T + 1)
        for _ in range(rng.randint(1, 3))
    ]
    ordered = sorted(pieces, key=lambda piece: piece[0])
    shuffled = rng.sample(pieces, len(pieces))
    fine = abs(trained(a, ordered)) <= abs(trained(a, shuffled))
    return None if fine else (a, shuffled)


def mixed_signs() -> Verdict:
    """Steps on both sides of 1: a = 2, 1/4; keep 1/2 at time 2 and 1/3 at time 3."""
    a = [Fraction(2), Fraction(1, 4), Fraction(1)]
    two, three = (2, Fraction(1, 2)), (3, Fraction(1, 3))
    sequential, other = trained(a, [two, three]), trained(a, [three, two])
    if abs(other) < abs(sequential):
        return Refuted(f"{other} against {sequential}", "a = 2, 1/4; kept 1/2, 1/3; time 3 first")
    return Proved("held")


THEOREM = Theorem(
    name="c3_sequential",
    title="Sequential training beats every interleaving",
    statement="With equal budgets per time and all steps on one side of 1, training the times "
    "one after another, clean to noisy, leaves at most the error of simultaneous training or of "
    "any interleaving.",
    latex=r"""Let all $a_t\le1$, or all $a_t\ge1$ ($t<T$), let $k_t(\tau)\ge0$ be any rates with
$\int k_t=K_t$, and $e_t$ as in c3\_chain. Then $|e_T|$ is at least its value for training the
times $2,3,\dots,T$ one after another.""",
    source="symmerge, part C3",
    standing="P",
    assumptions=("all a_t (t < T) on one side of 1", "the same budget K_t at every time t"),
    steps=steps,
    proof=r"""By c3\_chain with rates reversed in time,
$e_T=\sum_jb_jP(\text{place}=j)=b_1+\sum_{j\ge2}(b_j-b_{j-1}) P(\text{place}\ge j)$, with $b_1=0$
and all $b_j-b_{j-1}$ of one sign. So it suffices that the sequential order has the least
$P(\text{place}\ge j)$, the greatest probability of passing all of $T,T-1,\dots,j$. Whatever the
rates, given the time of arrival at $l$, the hazard left at $l$ is at most $K_l$, so $l$ is passed
with conditional probability at most $1-e^{-K_l}$; hence all are passed with probability at most
$\prod_{l\ge j}(1-e^{-K_l})$. In the sequential order the whole of $K_l$ is still ahead (in
reversed time) on arrival at $l$, and the bound is attained (last identity, $E_l=e^{-K_l}$).""",
    variants=(FalseVariant("the same for steps on both sides of 1", mixed_signs),),
)
