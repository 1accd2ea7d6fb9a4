"""Sign descent: a shrinkage that does not depend on the variance."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identity, nonnegative, seen, symbols
from symmerge.verdict import Proved, Refuted, Verdict


def descend(r: Fraction, rate: Fraction, count: int) -> Fraction:
    """`count` steps of ``r - rate sign(r)``."""
    for _ in range(count):
        r -= rate * ((r > 0) - (r < 0))
    return r


def steps() -> Iterator[Step]:
    """Checks."""
    eta, rest, n = symbols("eta z n")
    size = eta + rest  # |r| >= eta
    yield nonnegative("a step of an error >= eta keeps its sign", size - eta)
    yield identity("and takes off eta", (size - n * eta) - eta, size - (n + 1) * eta)
    inside = eta / (1 + rest)  # 0 < |r| <= eta
    yield nonnegative("a step from |r| <= eta stays there", eta - (eta - inside))
    yield seen("exact runs", drawn(300, 4, random_run))


def random_run(rng: Random) -> Any:
    """Compare with the formula: exact until ``eta N > |r0|``, then at most eta."""
    r0, rate = Fraction(rng.randint(-60, 60), 7), Fraction(rng.randint(1, 20), 11)
    count = rng.randint(0, 60)
    found = abs(descend(r0, rate, count))
    left = abs(r0) - rate * count
    fine = found == left if left >= 0 else found <= rate
    return None if fine else (r0, rate, count, found)


def exactly_zero() -> Verdict:
    """After ``eta N > |r0|`` the error is 0."""
    left = descend(Fraction(5, 2), Fraction(1), 3)
    return (
        Refuted(f"the error is {left}", "r0 = 5/2, eta = 1, N = 3") if left != 0 else Proved("held")
    )


THEOREM = Theorem(
    name="c1_sign_descent",
    title="Sign descent",
    statement="N steps of sign descent take eta N off the modulus of the error until it is used "
    "up, and keep it below eta from then on; neither the variance nor the minibatch matters.",
    latex=r"""For $r_{n+1}=r_n-\eta\,\mathrm{sign}(\nabla)$, where $\nabla=\frac2Br_n\sum z_i^2$:
$|r_N|=|r_0|-\eta N$ if $\eta N\le|r_0|$ and $|r_N|\le\eta$ otherwise. As $\eta\to0$ with
$\tau=\eta N$: $r=\mathrm{sign}(r_0)(|r_0|-\tau)_+$.""",
    source="symmerge, part C1",
    standing="P",
    assumptions=("scalar student; no sample vanishes (probability one)",),
    steps=steps,
    proof=r"""$\sum z_i^2>0$, so the sign of the gradient is that of $r_n$. Induction on $n$ with
the first two checks while $|r_n|\ge\eta$; once $|r_n|\le\eta$ the next modulus is
$\eta-|r_n|\le\eta$ (or $0$ stays $0$).""",
    variants=(FalseVariant("the error is used up exactly", exactly_zero),),
)
