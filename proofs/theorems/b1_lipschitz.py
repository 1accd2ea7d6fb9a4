"""Lipschitz constant of the velocity and stability of the flow map."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identity, nonnegative, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def steps() -> Iterator[Step]:
    """Checks."""
    beta, v, w, rho = symbols("beta v w rho")
    eigenvalue = -beta * (1 + w * (-1 / v + rho / v**2))
    split = -beta * (1 - w / v) - beta * w * rho / v**2
    yield identity("eigenvalues of the velocity's Jacobian", eigenvalue, split)
    size, spread, slack = symbols("A y z")  # |1 - w/v|, w rho/v^2, and what rho lacks of its bound
    for pull in (size, -size):
        for sign in (1, -1):
            claim = (
                f"L/beta {'+' if sign > 0 else '-'} ((1 - w/v) + w rho/v^2) >= 0, 1 - w/v = {pull}"
            )
            yield nonnegative(claim, size + spread + slack + sign * (pull + spread))
    t = sympy.Symbol("t", real=True)
    square, rate, integral = (sympy.Function(n)(t) for n in ("q", "L", "I"))
    damped = sympy.diff(square * sympy.exp(-2 * integral), t) * sympy.exp(2 * integral)
    yield identity(
        "Gronwall: (q exp(-2 I))' exp(2 I) = q' - 2 L q when I' = L",
        damped.subs(sympy.diff(integral, t), rate).doit(),
        sympy.diff(square, t) - 2 * rate * square,
    )


def without_the_pull() -> Verdict:
    """L without the term |1 - 1/v|, at sigma_0 = 1/2, one mode, t = 0."""
    v = Fraction(1, 4)
    jacobian, bound = abs(1 - 1 / v), Fraction(0)
    if jacobian > bound:
        return Refuted(f"|dv|/beta = {jacobian} > {bound}", "K = 1, sigma_0 = 1/2, t = 0")
    return Proved("held")


THEOREM = Theorem(
    name="b1_lipschitz",
    title="Lipschitz bound L(t) of the velocity and stability of the flow map",
    statement="The probability-flow velocity is Lipschitz in x with constant L(t), and the flow "
    "map between two times is Lipschitz with constant exp of the integral of L between them.",
    latex=r"""For $V=-\beta(x+\sigma_\infty^2\nabla\log p_t)$ and $D_0=\max_{k,l}|\mu_k-\mu_l|$:
\[\|\partial_xV\|\le L(t)=\beta\Bigl(\Bigl|1-\frac{\sigma_\infty^2}{s_t^2}\Bigr|
+\frac{\sigma_\infty^2e^{-2\beta t}D_0^2}{4s_t^4}\Bigr),\qquad
\mathrm{Lip}\,\Phi_{s\leftarrow t}\le\exp\Bigl|\int_s^tL\Bigr|.\]""",
    source="W. Gao, M. Li, L. Shi, H. Zhou, arXiv 2606.03820; symmerge, part B1",
    standing="S",
    assumptions=("the mixture and process of b1_score",),
    steps=steps,
    proof=r"""By b1\_score
$\partial_xV=-\beta(1-\sigma_\infty^2/v)I-\beta\sigma_\infty^2\mathrm{Cov}/v^2$, a symmetric matrix
with eigenvalues as in the first identity, $0\le\rho\le R=e^{-2\beta t}D_0^2/4$ by b1\_popoviciu.
The next checks are the triangle inequality for both signs. The velocity is smooth and has linear
growth, so trajectories exist and depend smoothly on their start. For two trajectories let
$q=|x-y|^2$; by the mean value theorem $|\dot q|\le2Lq$, so by the last identity $qe^{-2\int L}$
does not increase and, backwards in time, $qe^{2\int L}$ does not decrease: both directions of the
flow have the stated constant.""",
    variants=(FalseVariant("the bound without |1 - 1/s_t^2|", without_the_pull),),
)
