"""When averaging the weights helps SGD: exactly when the learning rate is above the best one."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identities, identity, nonnegative, seen, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def averaged(count: int, k: Any, rho: Any, q: Any) -> Any:
    """E e_N^2 for ``e_n = (1-k) e_{n-1} + k r_n``, by the moments of (r, e)."""
    rr = re = ee = 1
    d = 1 - k
    for _ in range(count):
        rr, re, ee = (
            q * rr,
            d * rho * re + k * q * rr,
            d * d * ee + 2 * d * k * rho * re + k * k * q * rr,
        )
    return ee


def steps() -> Iterator[Step]:
    """Checks."""
    x, B, d, rho, q = symbols("x B d rho q")
    law = (1 - x) ** 2 + 2 * x**2 / B
    yield identity("q - rho", law - (1 - x), x * (B + 2) / B * (x - B / (B + 2)))
    yield identities(
        "slope in d = 1 - k at k = 1, N = 1..6",
        [
            (
                sympy.diff(sympy.expand(averaged(n, 1 - d, rho, q)), d).subs(d, 0),
                2 * q ** (n - 1) * (rho - q),
            )
            for n in range(1, 7)
        ],
    )
    low, gap = symbols("q z")  # rho = q + z
    lag = 4
    for n in range(1, lag + 1):
        claim = f"E r_i r_(i+{n}) - q^(i+{n}) >= 0 for rho = q + z"
        yield nonnegative(claim, sympy.expand((low + gap) ** n - low**n))
    # asymptotic ratio: E e_N^2 / q^N -> w with w < 1 iff the bracket is positive
    k = symbols("k")[0]
    dd = 1 - k
    ratio = k**2 * q * (q + dd * rho) / ((q - dd * rho) * (q - dd**2))
    bracket = k**2 * rho * (1 - q) + k * (q**2 + q - 2 * rho) - (1 - q) * (q - rho)
    yield identity(
        "limit of E e^2/q^N against 1", 1 - ratio, dd * bracket / ((q - dd * rho) * (q - dd**2))
    )
    yield seen("exact moments for random B, x, N, k", drawn(200, 9, random_case))


def random_case(rng: Random) -> Any:
    """Below the threshold no k helps; above it k near 1 does."""
    B, count = rng.choice((1, 2, 4, 16)), rng.randint(1, 12)
    x = Fraction(2 * B, B + 2) * Fraction(rng.randint(1, 99), 100)
    rho, q = 1 - x, (1 - x) ** 2 + 2 * x**2 / B
    plain = q**count
    if x > Fraction(B, B + 2):
        near = Fraction(1, 10**6)
        return None if averaged(count, 1 - near, rho, q) < plain else (B, x, count)
    k = Fraction(rng.randint(1, 99), 100)
    return None if averaged(count, k, rho, q) >= plain else (B, x, count, k)


def just_below() -> Verdict:
    """Averaging helps already at 0.99 of that learning rate."""
    B, count = 2, 3
    x = Fraction(B, B + 2) * Fraction(99, 100)
    rho, q = 1 - x, (1 - x) ** 2 + 2 * x**2 / B
    values = [averaged(count, Fraction(k, 1000), rho, q) for k in range(1, 1000)]
    if min(values) >= q**count:
        return Refuted("E e^2 >= E r^2 for k = 1/1000, ..., 999/1000", f"B = 2, x = {x}, N = 3")
    return Proved("held")


THEOREM = Theorem(
    name="c2_sgd_ema",
    title="Averaging helps SGD exactly above the best learning rate",
    statement="For any number of SGD steps, some exponential average with weight below one has a "
    "smaller mean-square error than the last iterate if and only if x > B/(B+2), the learning "
    "rate of fastest mean-square decay.",
    latex=r"""Let $e_n=(1-\kappa)e_{n-1}+\kappa r_n$, $e_0=r_0$, with $r_n$ as in c1\_sgd\_moments,
$0<q<1$, $\rho=1-x$. For every $N\ge1$: there is $\kappa\in(0,1)$ with $E\,e_N^2<E\,r_N^2$ if and
only if $x>\frac B{B+2}$, that is $q>\rho$. As $N\to\infty$ with $(1-\kappa)^2<q$, $E\,e_N^2/q^N\to
w$ with $w<1$ iff $\kappa^2\rho(1-q)+\kappa(q^2+q-2\rho)>(1-q)(q-\rho)$.""",
    source="symmerge, part C2 (there for N to infinity)",
    standing="P",
    assumptions=("SGD stable in mean square", "r_0 deterministic"),
    steps=steps,
    proof=r"""$e_N=\sum_{j\le N}w_jr_j$ with $w_j\ge0$, $\sum w_j=1$, and
$E\,r_ir_j=q^{\min}\rho^{|i-j|}r_0^2$ because factors are independent. If $q\le\rho$, then
$E\,r_ir_j\ge q^{\max(i,j)}r_0^2\ge q^Nr_0^2$, so $E\,e_N^2\ge q^Nr_0^2$ for every average
whatever. If $q>\rho$, let $\delta=1-\kappa$: $e_N=r_N+\delta(r_{N-1}-r_N)+O(\delta^2)$, so
$E\,e_N^2=q^N+2\delta q^{N-1}(\rho-q)+O(\delta^2)<q^N$ for small $\delta$ (and $r_0=1$). The first
identity turns $q>\rho$ into $x>B/(B+2)$. The limit $w$ solves the stationary equations of
$(E\,r^2,E\,re,E\,e^2)/q^N$.""",
    variants=(FalseVariant("it helps from 0.99 of that rate on", just_below),),
)
