"""The one-sided stability coordinate: how much the flow towards the data can stretch."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.theorems.b1_coordinate import BETA, D2, U, V, W, slope_in_time
from proofs.theorems.b1_supremum_integral import ONE_SIDED
from proofs.tools import identity, nonnegative, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def steps() -> Iterator[Step]:
    """Checks."""
    rate = BETA * (1 - W / V + W * U * D2 / (4 * V**2))
    yield identity("B' = the largest eigenvalue bound of -dV", slope_in_time(ONE_SIDED), rate)
    yield identity("B(0) = 0", ONE_SIDED.subs(U, 1), sympy.S.Zero)
    rho, slack = symbols("rho z")
    gap = W * (rho + slack) / V**2 - W * rho / V**2
    yield nonnegative("eigenvalues of -dV are at most that", gap.subs(V, symbols("v")[0]))
    t = sympy.Symbol("t", real=True)
    square, exponent = sympy.Function("q")(t), sympy.Function("B")(t)
    yield identity(
        "Gronwall: (q exp(-2B))' exp(2B) = q' - 2 B' q",
        sympy.diff(square * sympy.exp(-2 * exponent), t) * sympy.exp(2 * exponent),
        sympy.diff(square, t) - 2 * sympy.diff(exponent, t) * square,
    )


def in_the_other_direction() -> Verdict:
    """The same bound for the flow from data to noise: one narrow mode spreads, and B < 0."""
    v0, v = Fraction(1, 4), Fraction(1)
    stretch_squared, bound_squared = v / v0, v0 / v  # (Lip)^2 = v/v0, exp(2B) = v0/v
    if stretch_squared > bound_squared:
        return Refuted(
            f"Lip^2 = {stretch_squared} > {bound_squared}", "K = 1, sigma_0 = 1/2, t large"
        )
    return Proved("held")


THEOREM = Theorem(
    name="b1_one_sided",
    title="The one-sided stability coordinate",
    statement="The flow map from time t back to the data stretches by at most exp B(t), where B "
    "is the stability coordinate without the absolute value, at all times and for every sigma_0.",
    latex=r"""With $B(t)=\frac12\ln\frac{\sigma_0^2}{s_t^2}
+\frac{D_0^2}8(\mathrm{SNR}_0-\mathrm{SNR}_t)$: $\mathrm{Lip}\,\Phi_{s\leftarrow t}\le
e^{B(t)-B(s)}$ for $s\le t$. $B$ need not be monotone.""",
    source="symmerge, part B1",
    standing="P",
    assumptions=("the process of b1_score",),
    steps=steps,
    proof=r"""Run the flow backwards with $\tau=-t$: the difference of two trajectories obeys
$\frac{d}{d\tau} q\le2\ell q$ with $q=|x-y|^2$ and $\ell$ the largest eigenvalue of $-\partial_xV$
on the segment between them, which by b1\_popoviciu is at most
$\beta(1-\sigma_\infty^2/v+\sigma_\infty^2\mathrm{diam}^2/(4v^2))$, $B'$ by the first identity. Now
use the last identity. No sign of $B'$ is needed.""",
    variants=(FalseVariant("the same bound from data to noise", in_the_other_direction),),
)
