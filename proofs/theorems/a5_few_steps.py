"""Theorems 1 and 2 for up to six steps, by certificates that need no proof to be read."""

from proofs import certify, check
from proofs.ledger import FalseVariant, Level, Step, Theorem
from symmerge.plan import count_plans
from symmerge.verdict import Refuted, Undecided

MOST = 6


def steps():
    for T in range(2, MOST + 1):
        plans = f"T = {T}, all plans ({count_plans(T)})"
        for case, chain in (
            ("below", "a_t <= 1: C <= BOOT <= plan <= consistency"),
            ("above", "a_t >= 1: plan <= vanilla <= C"),
        ):
            verdict = certify.verdict(f"orthant_{case}_T{T}")
            yield Step(f"{chain}; {plans}", Level.ORTHANT, verdict)


def compared(larger, smaller, case, T):
    """Whether the polynomial of larger - smaller is ever negative."""
    found = check.record(larger, smaller, case, T)
    if found["sum"] < 0:
        return Refuted("the difference is negative at x = z = 1", found)
    return Undecided("not refuted at x = z = 1")


THEOREM = Theorem(
    name="a5_few_steps",
    title="Theorems 1 and 2 for up to six steps, by certificate",
    statement="For T = 2..6 and every merge plan: C <= M(BOOT) <= M(plan) <= M(consistency) when "
    "a_t <= 1 for all t < T, and M(plan) <= M(vanilla) <= C when a_t >= 1 for all t < T. Each "
    "difference is a polynomial with non-negative integer coefficients.",
    latex=r"Let $2\le T\le6$, $g_t\in[0,1]$. For $t<T$ put $a_t=1/(1+x_t)$ when $a_t\le1$ and "
    r"$a_t=1+x_t$ when $a_t\ge1$, and $g_t=z_t/(1+z_t)$. Over the positive common denominator the "
    r"differences \[ M(\mathrm{BOOT})-C,\quad M(\mathrm{plan})-M(\mathrm{BOOT}),\quad "
    r"M(\mathrm{consistency})-M(\mathrm{plan}) \] for $a_t\le1$, and $C-M(\mathrm{vanilla})$, "
    r"$M(\mathrm{vanilla})-M(\mathrm{plan})$ for $a_t\ge1$, are $a_T$ times polynomials in $x$ and "
    r"$z$ with non-negative integer coefficients, for every merge plan.",
    source="symmerge, part A5 (T1)",
    standing="P",
    assumptions=("a_t > 0", "g_t in [0, 1]", "all a_t on one side of 1 for t < T"),
    steps=steps,
    variants=(
        FalseVariant(
            "BOOT and vanilla swapped, a_t <= 1, T = 3",
            lambda: compared("[1|[2|3]]", "[1.2|3]", "below", 3),
        ),
        FalseVariant(
            "BOOT and vanilla swapped, a_t >= 1, T = 4",
            lambda: compared("[1|[2|[3|4]]]", "[1.2.3|4]", "above", 4),
        ),
    ),
)
