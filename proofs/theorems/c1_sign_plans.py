"""Sign descent: BOOT is optimal on both sides, and the vanilla phase disappears."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, nonnegative, seen, symbols
from symmerge.plan import MergePlan, boot, enumerate_plans, vanilla
from symmerge.verdict import Proved, Refuted, Verdict


def merged(plan: MergePlan, a: list[Fraction], moves: list[Fraction]) -> Fraction:
    """Operator of a plan when a merge at time t moves by at most ``moves[t-1]`` to its target."""

    def node(children: list[Fraction], t: int) -> Fraction:
        start, most = children[-1], moves[t - 1]
        target = prod(children, start=Fraction(1))
        return max(target, start - most) if target <= start else min(target, start + most)

    return plan.fold(lambda t: a[t - 1], node)


def steps() -> Iterator[Step]:
    """Checks: two merges with bare steps a, b against one with their product."""
    m, move, z, y = symbols("m delta z y")
    # a, b <= 1: BOOT reaches n = max(mb, m-delta), then max(na, n-delta) <= max(mab, m-delta)
    a, b = 1 / (1 + z), 1 / (1 + y)
    yield nonnegative("down, n = mb: n - delta <= m - delta", (m - move) - (m * b - move))
    level = symbols("n")[0]  # n = m - delta >= 0
    yield nonnegative("down, n = m - delta: n a <= m - delta", level - level * a)
    yield nonnegative("down, n = m - delta: n - delta <= m - delta", level - (level - move))
    # a, b >= 1
    a, b = 1 + z, 1 + y
    yield nonnegative("up, n = mb: n + delta >= m + delta", (m * b + move) - (m + move))
    yield nonnegative("up, n = m + delta: n a >= m + delta", (m + move) * a - (m + move))
    yield nonnegative("up, n = m + delta: n + delta >= m + delta", (m + 2 * move) - (m + move))
    # monotone in m and in the left part: x -> max(x L, x - delta)
    more = symbols("r")[0]
    yield nonnegative("both branches increase in m and L", (m + more) * (a + z) - m * a)
    yield seen("all plans, T = 3..5, exactly", drawn(120, 6, random_chain))


def random_chain(rng: Random) -> Any:
    """BOOT against all plans on a chain with steps on one side of 1, any moves."""
    T, up = rng.randint(3, 5), rng.random() < 0.5
    a = [
        1 + Fraction(rng.randint(0, 12), 10) if up else Fraction(rng.randint(1, 12), 12)
        for _ in range(T - 1)
    ] + [Fraction(rng.randint(1, 20), 12)]
    moves = [Fraction(rng.randint(0, 12), 24) for _ in range(T)]
    composite = prod(a)
    errors = {plan: abs(merged(plan, a, moves) - composite) for plan in enumerate_plans(T)}
    best = min(errors.values())
    return None if errors[boot(T)] == best else (a, moves, min(errors, key=errors.__getitem__))


def vanilla_above() -> Verdict:
    """Vanilla is optimal when all a_t >= 1, as it is for gradient flow."""
    a, moves = [Fraction(2), Fraction(2), Fraction(1)], [Fraction(1)] * 3
    errors = {
        name: abs(merged(plan(3), a, moves) - prod(a))
        for name, plan in (("vanilla", vanilla), ("boot", boot))
    }
    if errors["boot"] < errors["vanilla"]:
        return Refuted(
            f"errors {errors['vanilla']} and {errors['boot']}", "a = 2, 2, 1; moves of 1"
        )
    return Proved("held")


def mixed_signs() -> Verdict:
    """BOOT is optimal for steps on both sides of 1."""
    rng = Random(2)
    for _ in range(400):
        a = [Fraction(rng.randint(6, 18), 12) for _ in range(4)]
        moves = [Fraction(rng.randint(1, 6), 24)] * 4
        errors = {plan: abs(merged(plan, a, moves) - prod(a)) for plan in enumerate_plans(4)}
        best = min(errors, key=errors.__getitem__)
        if errors[best] < errors[boot(4)]:
            reason = f"{best} has error {errors[best]}, BOOT {errors[boot(4)]}"
            return Refuted(reason, f"a = {', '.join(map(str, a))}; moves of {moves[0]}")
    return Proved("held")


THEOREM = Theorem(
    name="c1_sign_plans",
    title="Sign descent: BOOT is optimal on both sides of the window",
    statement="If every merge moves its student by at most a fixed amount towards its target "
    "(sign flow), BOOT is optimal whenever all a_t for t < T lie on one side of 1, whichever "
    "side: there is no vanilla phase.",
    latex=r"""Let a merge at time $j$ with right child $R$ and left product $L$ give
$M=R+\mathrm{clip}(R(L-1),-\delta_j, \delta_j)$. If all $a_t\le1$ ($t<T$), every plan has $M\ge
M(\mathrm{BOOT})\ge C$; if all $a_t\ge1$, every plan has $M\le M(\mathrm{BOOT})\le C$.""",
    source="symmerge, part C1",
    standing="P",
    assumptions=(
        "a_t > 0, equal moves for all merges at T, any moves elsewhere",
        "the student stops at its target (sign flow; sign descent up to its step)",
    ),
    steps=steps,
    proof=r"""Let all $a_t\le1$ (the other case is the mirror image with $\min$, $m+\delta$). By
induction every sub-plan within $1..T-1$, and so every left product, has $C\le L\le1$: targets lie
below the start and above $C$. On the spine at time $T$, from $m=a_T$, a merge with left product
$L$ gives $\phi_L(m)=\max(mL,m-\delta_T)$, which increases in $m$ and $L$. Hence replacing $L$ by
the bare product $C$ of its steps does not increase $M$. Splitting a bare block $ab$ into $b$, then
$a$, does not increase it either: with $n=\max(mb,m-\delta)$,
$\max(na,n-\delta)\le\max(mab,m-\delta)$ by the checks ($n=mb$: $na=mab$). Splitting all blocks
ends at BOOT. Every $\phi_L$ with $L\ge C$ keeps $M\ge C$.""",
    variants=(
        FalseVariant("vanilla is optimal for all a_t >= 1", vanilla_above),
        FalseVariant("BOOT is optimal for any signs", mixed_signs),
    ),
)
