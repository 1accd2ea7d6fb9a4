"""All times trained at once: the errors are expectations over a pure-death chain."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

import mpmath
import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identities, identity, seen, symbols, vanishes
from symmerge.verdict import Verdict

MOST = 4


def weight(rates: dict[int, Any], j: int, t: int, n: int) -> Any:
    """Coefficient of ``exp(-k_n S)`` in the probability to be at j when started at t."""
    one = Fraction(1)
    top = prod((rates[m] for m in range(j + 1, t + 1)), start=one)
    bottom = prod((rates[m] - rates[n] for m in range(j, t + 1) if m != n), start=one)
    return top / bottom


def uniformised(rates: list[float], S: float, start: int) -> list[float]:
    """Law at time S of the chain from `start` (index), by uniformisation; index 0 absorbs."""
    fastest = max(rates)
    law = [0.0] * len(rates)
    law[start] = 1.0
    total = [0.0] * len(rates)
    term = mpmath.exp(-fastest * S)
    for n in range(120):
        total = [x + float(term) * y for x, y in zip(total, law, strict=True)]
        move = [y * k / fastest for y, k in zip(law, rates, strict=True)]
        law = [
            law[i] - move[i] + (move[i + 1] if i + 1 < len(law) else 0.0) for i in range(len(law))
        ]
        term = term * fastest * S / (n + 1)
    return total


def steps() -> Iterator[Step]:
    """Checks."""
    A, before, C, a, w, v = symbols("A A1 C a w v")
    rate = -2 * w * v * (A - a * before)  # gradient flow of w E|A z - a A1 z|^2
    yield identity(
        "e' = k (e_before - e) with k = 2wv, e = A/(aC) - 1",
        rate / (a * C),
        2 * w * v * ((before / C - 1) - (A / (a * C) - 1)),
    )
    rates = dict(enumerate(symbols(f"k1:{MOST + 1}"), start=1))
    pairs = [
        (weight(rates, j, t, n) * (rates[t] - rates[n]), rates[t] * weight(rates, j, t - 1, n))
        for t in range(2, MOST + 1)
        for j in range(1, t)
        for n in range(j, t)
    ]
    yield identities("coefficients obey the chain's equation", pairs)
    pairs = [
        (sum(weight(rates, j, t, n) for n in range(j, t + 1)), sympy.S.Zero)
        for t in range(2, MOST + 1)
        for j in range(1, t)
    ]
    yield identities("and start from 0 for j < t", pairs)
    yield seen("formula = uniformisation = matrix exponential, 1e-12", drawn(12, 1, random_case))


def random_case(rng: Random) -> Any:
    """Random rates; mpmath's matrix exponential at 40 digits."""
    T, S = rng.randint(2, 6), Fraction(rng.randint(20, 300), 100)
    rates = {t: Fraction(rng.randint(1, 300), 100) for t in range(1, T + 1)}
    if len(set(rates.values())) < T:
        return None
    law = uniformised([0.0] + [float(k) for k in rates.values()], float(S), T)
    with mpmath.workdps(40):

        def number(q: Fraction) -> Any:
            return mpmath.mpf(q.numerator) / q.denominator

        Q = mpmath.zeros(T + 1)
        for t, k in rates.items():
            Q[t, t], Q[t, t - 1] = -number(k), number(k)
        row = mpmath.expm(Q * number(S))[T, :]
        for j in range(1, T + 1):
            terms = (
                number(weight(rates, j, T, n)) * mpmath.exp(-number(rates[n] * S))
                for n in range(j, T + 1)
            )
            value = sum(terms)
            if max(abs(value - law[j]), abs(value - row[j])) > 1e-12:
                return rates, S, j, value, law[j], row[j]
    return None


def with_the_wrong_product() -> Verdict:
    """The product of rates starting at j instead of j + 1."""
    rates = dict(enumerate(symbols("k1 k2"), start=1))
    wrong = rates[1] * weight(rates, 1, 2, 1)
    return vanishes(wrong * (rates[2] - rates[1]) - rates[2] * weight(rates, 1, 1, 1))


THEOREM = Theorem(
    name="c3_chain",
    title="All times trained at once: a pure-death chain",
    statement="If the students of all times are trained simultaneously, each on the current "
    "student before it, the relative error at time T is the expected initial error at the place "
    "which a pure-death chain from T reaches in time S.",
    latex=r"""Let $A_t'=-2w_tv_t(A_t-a_tA_{t-1})$, $A_t(0)=a_t$, $A_1=a_1$, $k_t=2w_tv_t$,
$e_t=A_t/C[1,t]-1$ and $b_t=1/C[1,t-1]-1$. Then $e_t'=k_t(e_{t-1}-e_t)$, $e_t(0)=b_t$, and
\[e_T(S)=\sum_{j=2}^Tb_j\,P(T\to j\text{ by time }S)=\sum_{j=2}^Tb_j\prod_{l=j+1}^Tk_l\sum_{l=j}^T
\frac{e^{-k_lS}}{\prod_{m=j,m\ne l}^T(k_m-k_l)},\]
the chain leaving $l$ for $l-1$ at rate $k_l$; the last form for distinct rates.""",
    source="symmerge, part C3",
    standing="P",
    assumptions=("gradient flow on each time's current target, constant weights w_t",),
    steps=steps,
    proof=r"""The first identity is the equation for $e_t$; $e_1=0=b_1$. Let $P_{tj}(S)$ be the
chain's transition probabilities. The backward equation (condition on the first jump) is
$P_{tj}'=k_t(P_{t-1,j}-P_{tj})$ with $P_{tj}(0)=[t=j]$; so $\sum_jb_jP_{tj}$ solves the equations
of $e_t$ with its initial values. For distinct rates the coefficient $c_l(t,j)$ of $e^{-k_lS}$ must
obey $c_l(t,j)(k_t-k_l)=k_tc_l(t-1,j)$ for $l<t$ (immediate from the formula, checked), any value
for $l=t$, and $\sum_lc_l(t,j)=0$ for $j<t$: the divided difference of the constant 1 on
$k_j..k_t$, checked for up to four rates.""",
    variants=(FalseVariant("with the product of rates from j on", with_the_wrong_product),),
)
