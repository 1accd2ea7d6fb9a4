"""How local errors of learned maps add up, and what the balanced grid equalises."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identities, identity, nonnegative, seen, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def total(errors: list[Any], stretches: list[Any]) -> Any:
    """Bound ``sum_k eps_k prod_{i<k} ell_i``, k = 1 the map that ends at the data."""
    return sum(e * prod(stretches[:k]) for k, e in enumerate(errors))


def steps() -> Iterator[Step]:
    """Checks."""
    n = 5
    errors, stretches = symbols(f"e1:{n + 1}"), symbols(f"l1:{n + 1}")
    pairs = []
    for m in range(1, n + 1):
        bound = 0
        for e, stretch in zip(reversed(errors[:m]), reversed(stretches[:m]), strict=True):
            bound = e + stretch * bound  # triangle inequality: new error, old one stretched
        pairs.append((bound, total(list(errors[:m]), list(stretches[:m]))))
    yield identities("the recursion E_(k-1) <= eps_k + ell_k E_k unrolled, n = 1..5", pairs)
    e, stretch, rest, slack = symbols("e l E z")
    yield nonnegative(
        "the recursion is monotone", (e + stretch * (rest + slack)) - (e + stretch * rest)
    )
    lengths = symbols("d1:5")
    mean = sum(lengths) / 4
    yield identity(
        "deviations from the mean segment add up to 0", sum(d - mean for d in lengths), mean * 0
    )
    yield seen("affine maps attain the bound, random maps stay below", drawn(200, 14, random_case))


def random_case(rng: Random) -> Any:
    """Piecewise linear maps: slopes of either sign up to ell, perturbed by up to eps."""
    n = rng.randint(1, 6)
    errors = [Fraction(rng.randint(0, 9), 10) for _ in range(n)]
    stretches = [Fraction(rng.randint(1, 30), 10) for _ in range(n)]
    for worst in (True, False):
        exact = learned = Fraction(1)
        for e, stretch in zip(reversed(errors), reversed(stretches), strict=True):
            part = Fraction(1) if worst else Fraction(rng.randint(-10, 10), 10)
            exact, learned = stretch * exact, stretch * learned + part * e
        gap, bound = abs(learned - exact), total(errors, stretches)
        if gap > bound or (worst and gap != bound):
            return errors, stretches, gap, bound
    return None


def without_amplification() -> Verdict:
    """Local errors simply add."""
    errors = [Fraction(1, 10)] * 2
    exact, learned = Fraction(9), 3 * (3 + errors[1]) + errors[0]
    if learned - exact > sum(errors):
        return Refuted(
            f"error {learned - exact} > {sum(errors)}", "x -> 3x twice, local errors 1/10"
        )
    return Proved("held")


THEOREM = Theorem(
    name="b1_error_growth",
    title="Errors of composed maps and the balanced grid",
    statement="Local errors of n learned maps are amplified by the stability of the maps between "
    "them and the data; the stability-balanced grid has the least largest segment constant of "
    "all grids with n steps.",
    latex=r"""Let $0=t_0<\dots<t_n=T$, $\Psi_k$ learned for $\Phi_k=\Phi_{t_{k-1}\leftarrow t_k}$
with $\sup|\Psi_k-\Phi_k|\le\varepsilon_k$. Then
\[\sup|\Psi_1\circ\dots\circ\Psi_n-\Phi_{0\leftarrow
T}|\le\sum_{k=1}^n\varepsilon_k\prod_{i<k}\mathrm{Lip}\,\Phi_i
\le\sum_{k=1}^n\varepsilon_k\,e^{A(t_{k-1})}.\] Among all grids, $\max_k(A(t_k)-A(t_{k-1}))$ is
least, $A(T)/n$, for $A(t_k)=\frac knA(T)$.""",
    source="W. Gao, M. Li, L. Shi, H. Zhou, arXiv 2606.03820; symmerge, part B1",
    standing="S",
    assumptions=("A of b1_coordinate increasing (D0 > 0 or sigma_0 != sigma_inf)",),
    steps=steps,
    proof=r"""With $E_n=0$ and $E_{k-1}$ the error at time $t_{k-1}$:
$|\Psi_k(y)-\Phi_k(x)|\le|\Psi_k(y)-\Phi_k(y)|+|\Phi_k(y)-\Phi_k(x)|$, so
$E_{k-1}\le\varepsilon_k+\mathrm{Lip}\,\Phi_k\,E_k$, unrolled by the first identity;
$\mathrm{Lip}\,\Phi_i\le e^{A(t_i)-A(t_{i-1})}$ by b1\_lipschitz. The segments of any grid add up
to $A(T)$, so the largest is at least $A(T)/n$.""",
    variants=(FalseVariant("local errors simply add", without_amplification),),
)
