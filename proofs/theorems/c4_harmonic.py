"""The exponent 2S/H of a budget: H in closed form for the canonical plans."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import enclosed, identity, symbols
from symmerge.numbers import balls
from symmerge.plan import MergePlan, boot, consistency, progressive, vanilla
from symmerge.schedule import cosine
from symmerge.teacher import Teacher
from symmerge.verdict import Refuted, Undecided, Verdict

FIELD = balls(160)


def harmonic(plan: MergePlan, lam: Any) -> Any:
    """Sum of 1/v over the times of a plan's merges."""
    v = Teacher(cosine(plan.T), lam, FIELD).v
    return sum((1 / v[t - 1] for _, t, _ in plan.nodes()), FIELD.number(0))


def closed(T: int, lam: Any) -> Any:
    """Sum of 1/v_t over t = 1..T in closed form."""
    root = FIELD.sqrt(lam)
    r = ((1 - root) / (1 + root)) ** (2 * T)
    return T / root * (1 + r) / (1 - r) + (1 - 1 / lam) / 2


def expected(lam: Any, T: int) -> dict[MergePlan, Any]:
    """H of the canonical plans, T a power of two."""
    v_1 = Teacher(cosine(T), lam, FIELD).v[0]
    halves = [T >> level for level in range(1, T.bit_length())]
    return {
        vanilla(T): FIELD.number(1),
        boot(T): FIELD.number(T - 1),
        consistency(T): closed(T, lam) - 1 / v_1,
        progressive(T): sum((closed(n, lam) for n in halves), FIELD.number(0)),
    }


def steps() -> Iterator[Step]:
    """Checks."""
    w, c = symbols("w")[0], sympy.Symbol("c", real=True)  # w = sqrt(lam), c = cos(2 theta)
    r = (1 - w) / (1 + w)
    v = ((1 + w**2) - (1 - w**2) * c) / 2
    yield identity("v = ((1+lam) - (1-lam) cos 2 theta)/2", w**2 * (1 + c) / 2 + (1 - c) / 2, v)
    poisson = (1 - r**2) / (1 - 2 * r * c + r**2) / w
    yield identity("1/v is a Poisson kernel", 1 / v, poisson)
    for T in (4, 16, 32):
        for lam in ("1/5", "4"):
            with FIELD.working():
                level = FIELD.number(Fraction(lam))
                pairs = {plan: (harmonic(plan, level), H) for plan, H in expected(level, T).items()}
                fits = all(a.overlaps(b) and abs(a - b) < 1e-30 for a, b in pairs.values())
                shown = ", ".join(
                    f"{plan.name} {a.str(8, radius=False)}" for plan, (a, _) in pairs.items()
                )
            yield enclosed(f"H of the canonical plans, T = {T}, lam = {lam}", fits, computed=shown)


def without_the_root() -> Verdict:
    """H of consistency is about T/lam."""
    with FIELD.working():
        lam = FIELD.number(Fraction(1, 5))
        H = harmonic(consistency(64), lam)
        if abs(H - 64 / lam) > 64:
            root = (64 / lam.sqrt()).str(6)
            reason = f"H = {H.str(6)}, T/lam = {(64 / lam).str(6)}, T/sqrt(lam) = {root}"
            return Refuted(reason, "T = 64, lam = 1/5")
    return Undecided("the balls overlap")


THEOREM = Theorem(
    name="c4_harmonic",
    title="Harmonic budgets of the canonical plans",
    statement="The constant H in the budget's exponent 2S/H is 1 for vanilla, T-1 for BOOT, and "
    "about T/sqrt(lam) for sequential consistency and progressive, with closed forms.",
    latex=r"""Cosine schedule, $r=\bigl(\frac{1-\sqrt\lambda}{1+\sqrt\lambda}\bigr)^2$. $H=\sum1/v$
over a plan's merges is $1$ for vanilla, $T-1$ for BOOT, $h_T-1/v_1$ for sequential consistency and
$\sum_{l\ge1}h_{T/2^l}$ for progressive ($T$ a power of two), where $h_n=\frac
n{\sqrt\lambda}\frac{1+r^n}{1-r^n}+\frac12\bigl(1-\frac1\lambda\bigr)$. Hence
$H/T\to1/\sqrt\lambda$ for the last two.""",
    source="symmerge, part C4 (there as asymptotic)",
    standing="P",
    assumptions=("cosine schedule", "lam > 0 fixed for the limits"),
    steps=steps,
    proof=r"""Vanilla has one merge at $T$, BOOT $T-1$, all with $v_T=1$. Sequential consistency
merges at $2,\dots,T$; progressive at level $l$ at the multiples of $2^l$, where the angles are
those of the cosine schedule with $T/2^l$ steps. So all is in $h_n=\sum_{t=1}^n1/v(\frac{\pi
t}{2n})$. With $\phi=2\theta$ and $\varrho=(1-\sqrt\lambda)/(1+\sqrt\lambda)$,
$1/v=\frac1{\sqrt\lambda}\sum_{k\in\mathbb Z}\varrho^{|k|}e^{ik\phi}$ (second identity). Summed
over the $2n$ angles $\phi=\pi t/n$ of a full turn only multiples of $2n$ survive:
$\frac{2n}{\sqrt\lambda}\frac{1+\varrho^{2n}}{1-\varrho^{2n}}$, $\varrho^2=r$. The full turn is
$2h_n-1/v(\pi/2)+1/v(0)=2h_n-1+1/\lambda$.""",
    variants=(FalseVariant("H of consistency is about T/lam", without_the_root),),
)
