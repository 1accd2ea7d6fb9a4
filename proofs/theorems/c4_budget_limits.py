"""Where "vanilla wins at equal total budget" ends: SGD and sign descent."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

from proofs.ledger import FalseVariant, Level, Step, Theorem
from proofs.theorems.c1_sgd_plans import moments
from proofs.theorems.c1_sign_descent import descend
from proofs.theorems.c1_sign_plans import merged
from proofs.tools import drawn, fact, nonnegative, seen, symbols
from symmerge.numbers import EXACT
from symmerge.plan import boot, enumerate_plans, vanilla
from symmerge.schedule import flow
from symmerge.teacher import Teacher
from symmerge.verdict import Proved, Refuted, Verdict

LAM, RATE, SIZE = Fraction(1, 4), Fraction(3, 10), 1


def mean_squares() -> tuple[Fraction, Fraction, list[Fraction]]:
    """``E(M/C-1)^2`` of vanilla and BOOT for two SGD steps in all, and the teacher's steps."""
    teacher = Teacher(flow(3), LAM, EXACT)
    a, x = list(teacher.a), 2 * RATE * teacher.v[2]
    rho, q = 1 - x, (1 - x) ** 2 + 2 * x**2 / Fraction(SIZE)
    C = prod(a)
    out = []
    for plan, count in ((vanilla(3), 2), (boot(3), 1)):
        mean, square = moments(plan, a, [rho**count] * 3, [q**count] * 3)
        out.append(square / C**2 - 2 * mean / C + 1)
    return out[0], out[1], a


def sign_errors(a: list[Fraction], total: Fraction) -> tuple[Fraction, Fraction]:
    """Errors of vanilla and of BOOT, which spends what each merge needs until the total is gone."""
    C, m, left = prod(a), a[-1], total
    for step in reversed(a[:-1]):
        move = min(abs(m * step - m), left)
        m, left = m + (move if step > 1 else -move), left - move
    return abs(merged(vanilla(len(a)), a, [total] * len(a)) - C), abs(m - C)


def steps() -> Iterator[Step]:
    """Checks."""
    of_vanilla, of_boot, a = mean_squares()
    below = all(step <= 1 for step in a[:-1])
    yield fact(
        "flow matching, T = 3, lam = 1/4, eta = .3, B = 1, two steps in all: BOOT beats vanilla",
        below and of_boot < of_vanilla,
        Level.IDENTITY,
        computed=f"BOOT {float(of_boot):.6f}, vanilla {float(of_vanilla):.6f}",
    )
    m, move, z = symbols("m delta z")
    yield nonnegative(
        "sign flow: a merge takes at most its move off m", (m - move + z) - (m - move)
    )
    tie = [Fraction(1, 2), Fraction(3, 4), Fraction(1)]
    yield fact(
        "sign flow, a = 1/2, 3/4: BOOT with a suitable split ties with vanilla",
        all(len(set(sign_errors(tie, Fraction(k, 20)))) == 1 for k in range(14)),
        Level.IDENTITY,
    )
    yield seen("sign flow: no plan under any split beats vanilla", drawn(60, 7, random_case))


def random_case(rng: Random) -> Any:
    """Random splits: moves per time, so every merge at a time has the same; totals compared."""
    T, up = rng.randint(3, 4), rng.random() < 0.5
    a = [
        1 + Fraction(rng.randint(0, 9), 10) if up else Fraction(rng.randint(2, 10), 10)
        for _ in range(T)
    ]
    moves = [Fraction(rng.randint(0, 5), 20) for _ in range(T)]
    for plan in enumerate_plans(T):
        total = sum((moves[t - 1] for _, t, _ in plan.nodes()), Fraction(0))
        if abs(merged(plan, a, moves) - prod(a)) < sign_errors(a, total)[0]:
            return a, moves, str(plan)
    return None


def with_noise() -> Verdict:
    """Vanilla wins at equal total budget under SGD."""
    of_vanilla, of_boot, a = mean_squares()
    if of_boot < of_vanilla:
        reason = f"E e^2 = {of_boot} (BOOT) < {of_vanilla} (vanilla)"
        return Refuted(reason, f"a = {', '.join(map(str, a))}, x = .6, B = 1, two steps")
    return Proved("held")


def discrete_signs() -> Verdict:
    """Vanilla wins at equal numbers of sign descent steps: a = .8, .8, 1, eta = .3, two steps.

    Vanilla overshoots, 1 -> .7 -> .4; one step at time 2 and one at time 3 leave .7.
    """
    a, eta = [Fraction(4, 5), Fraction(4, 5), Fraction(1)], Fraction(3, 10)
    C = prod(a)
    of_vanilla = abs(descend(a[2] - C, eta, 2))
    inner = a[0] * a[1] + descend(a[1] - a[0] * a[1], eta, 1)
    of_plan = abs(a[2] * inner + descend(a[2] - a[2] * inner, eta, 1) - C)
    if of_plan < of_vanilla:
        return Refuted(
            f"[[1|2]|3] has error {of_plan}, vanilla {of_vanilla}", "a = .8, .8, 1; eta = .3"
        )
    return Proved("held")


def strictly() -> Verdict:
    """Under sign flow vanilla is strictly better than BOOT under every split."""
    errors = sign_errors([Fraction(1, 2), Fraction(3, 4), Fraction(1)], Fraction(1, 5))
    if errors[0] == errors[1]:
        return Refuted(f"both have error {errors[0]}", "a = 1/2, 3/4, 1; total move 1/5")
    return Proved("held")


THEOREM = Theorem(
    name="c4_budget_limits",
    title="Equal total budget beyond gradient flow",
    statement="Vanilla's victory at equal total budget does not survive SGD noise: there are "
    "learning rates with all steps below 1 where BOOT has the smaller mean-square error. Under "
    "sign flow vanilla is still not beaten, but BOOT ties with it.",
    latex=r"""(i) SGD: there are $a_t\le1$ ($t<T$), $x<2B/(B+2)$ and a total number of steps for
which $E(M/C-1)^2$ is smaller for BOOT than for vanilla. (ii) Sign flow with a total move
$\sum\delta_k=\Delta$: if all $a_t$ ($t<T$) lie on one side of 1, no plan under any split beats
vanilla, and BOOT under a suitable split ties with it.""",
    source="symmerge, parts A5 and C1",
    standing="P",
    assumptions=(
        "moments of c1_sgd_plans for (i)",
        "a_t > 0, students stop at the target for (ii)",
    ),
    steps=steps,
    proof=r"""(i) is an exact computation with fractions. (ii) Let all $a_t\le1$. As in
c1\_sign\_plans every plan has $M\ge C$, and a merge at $T$ lowers the spine's value by at most its
$\delta_k$, so $M\ge\max(C,a_T-\Delta)$, which is vanilla's $M$. BOOT that gives each merge in turn
what it needs to reach its target, until nothing is left, has the same $M$. For $a_t\ge1$ mirror
all signs.""",
    variants=(
        FalseVariant("vanilla wins at equal total budget under SGD", with_noise),
        FalseVariant("vanilla wins at equal numbers of sign descent steps", discrete_signs),
        FalseVariant("vanilla is strictly better under sign flow", strictly),
    ),
)
