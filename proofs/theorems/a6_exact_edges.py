"""Theorem 3: BOOT and vanilla are extreme plans exactly on their side of the edges."""

from fractions import Fraction

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import (
    all_values,
    counterexample,
    drawn,
    formal,
    h,
    identity,
    nonnegative,
    random_factors,
    random_steps,
    seen,
    symbols,
)
from symmerge.chain import chain_of
from symmerge.merge import operator
from symmerge.plan import boot, vanilla

X, Y, Z, A, B, G, S, R = symbols("x y z A B g s r")
SHRINK = Z / (1 + Z)


def steps():
    yield nonnegative(
        "opposite sides: h(AB) < h(A)h(B) strictly for A < 1 < B and 0 < g < 1",
        h(SHRINK, 1 / (1 + X)) * h(SHRINK, 1 + Y) - h(SHRINK, (1 + Y) / (1 + X)),
        strict=True,
    )
    yield nonnegative(
        "a > 1 gives h(a) < a, so if no step is below 1 BOOT falls short of C",
        (1 + X) - h(SHRINK, 1 + X),
        strict=True,
    )
    yield identity(
        "a step a_t < 1, t <= T-2, merged early: R h(a) - R a = R g (1-a)",
        R * h(G, A) - R * A,
        R * G * (1 - A),
    )
    yield identity(
        "only a_{T-1} = a < 1: cutting it off gains g(1-g)(B-1)(1-a) with B = C[1,T-2] >= 1",
        h(G, B) * h(G, A) - h(G, B * A),
        G * (1 - G) * (B - 1) * (1 - A),
    )
    yield identity(
        "the tie a_1 = .. = a_{T-2} = 1: h(1) = 1, so nothing that is merged matters", h(G, 1), 1
    )
    yield identity(
        "vanilla is exact where C[1,T-1] = 1: its error is g (1/C - 1)",
        h(G, S) / S - 1,
        G * (1 / S - 1),
    )
    yield seen("both equivalences, exact fractions, all plans, T <= 6", drawn(120, 21, _trial))
    yield from formal(
        "boot_edge",
        "vanilla_edge",
        "vanilla_tie",
        "vanilla_exact_iff",
        "cosine_boot_edge",
        "cosine_vanilla_edge",
        "flow_boot_edge",
        "flow_vanilla_edge",
    )


def _trial(rng, ties=True):
    T = rng.randint(2, 6)
    a = random_steps(rng, "".join(rng.choice("--++0") for _ in range(T)))
    if rng.random() < 0.3:
        a = random_steps(rng, rng.choice("-+") * (T - 1) + "?")
    if rng.random() < 0.1:
        a[: T - 2] = [Fraction(1)] * (T - 2)
    g = random_factors(rng, T, 1, 47)
    chain = chain_of([x - 1 for x in a], g)
    values = all_values(a, g)[1, T][0]
    low, high = operator(boot(T), chain), operator(vanilla(T), chain)
    boot_extreme = chain.C <= low == min(values)
    vanilla_extreme = high == max(values)
    tie = ties and all(x == 1 for x in a[: T - 2])
    fine = boot_extreme == all(x <= 1 for x in a[:-1]) and vanilla_extreme == (
        tie or all(x >= 1 for x in a[:-1])
    )
    return None if fine else {"a": list(map(str, a)), "g": list(map(str, g))}


def _nearest():
    """Vanilla is exact for a = (1/2, 2, 1/3), though one step shrinks."""
    a, g = [Fraction(1, 2), Fraction(2), Fraction(1, 3)], [Fraction(1, 3)] * 3
    error = operator(vanilla(3), chain_of([x - 1 for x in a], g)) - a[0] * a[1] * a[2]
    yield "a = (1/2, 2, 1/3): vanilla has no error" if error == 0 else None


def _without_ties():
    """The smallest tie: a = (1, 1/2, 1)."""
    a, g = [Fraction(1), Fraction(1, 2), Fraction(1)], [Fraction(1, 3)] * 3
    chain = chain_of([x - 1 for x in a], g)
    largest = operator(vanilla(3), chain) == max(all_values(a, g)[1, 3][0])
    yield "a = (1, 1/2, 1): vanilla is a largest plan" if largest else None


THEOREM = Theorem(
    name="a6_exact_edges",
    title="Theorem 3: exact edges",
    statement="BOOT is the smallest plan with e >= 0 exactly if all a_t <= 1 (t < T); vanilla is "
    "the largest plan exactly if all a_t >= 1, or in the tie a_1 = .. = a_{T-2} = 1. Both edges "
    "do not depend on s. Vanilla can be nearest elsewhere: it is exact where C[1,T-1] = 1.",
    latex=r"Let $a_t>0$ and $0<g_t<1$. (i) $C\le M(\mathrm{BOOT})\le M(\mathrm{plan})$ for all "
    r"plans if and only if $a_t\le1$ for all $t<T$. (ii) $M(\mathrm{plan})\le "
    r"M(\mathrm{vanilla})$ for all plans if and only if $a_t\ge1$ for all $t<T$, or "
    r"$a_1=\dots=a_{T-2}=1$ (then all plans are equal). (iii) $M(\mathrm{vanilla})=C$ if and only "
    r"if $C[1,T-1]=1$. For the cosine schedule the conditions are "
    r"$\lambda\le\tan(\frac\pi4+\frac\pi{4T})$, and $\lambda\ge1+1/\cos\frac\pi{2T}$ for $T\ge3$, "
    r"whatever $s>0$ is.",
    source="symmerge, part A6 (Thm 3)",
    standing="P",
    assumptions=("a_t > 0", "0 < g_t < 1 (for (i) only g_T matters)"),
    steps=steps,
    proof=r"The `if' parts are Theorems 1 and 2; in the tie every block is $h$ of products of "
    r"ones, or contains $a_{T-1}$ alone, so all plans have $M=a_T\,h_T(a_{T-1})$. (i) Let some "
    r"$a_t>1$. If no step before $T$ is below $1$, then "
    r"$M(\mathrm{BOOT})/C=\prod_{t<T}h_T(a_t)/a_t<1$. Otherwise choose a step above and a step "
    r"below $1$ with only ones between; merging these into one block of the root gives "
    r"$h_T(A\cdot B)<h_T(A)h_T(B)$, a plan below BOOT. (ii) Let vanilla be the largest plan and "
    r"some $a_t<1$, $t<T$. If $t\le T-2$, put the node $[t\,|\,t+1]$ in the only block: its "
    r"operator exceeds $a_ta_{t+1}$ and $h_T$ is increasing, a contradiction. So only "
    r"$a_{T-1}<1$, and with $B=C[1,T-2]\ge1$ cutting it off gains $g(1-g)(B-1)(1-a_{T-1})$, so "
    r"$B=1$, the tie. (iii) $M(\mathrm{vanilla})/C-1=g_T(1/C[1,T-1]-1)$. The conditions in "
    r"$\lambda$ are the extreme thresholds of the cosine schedule; there no tie occurs for "
    r"$T\ge3$ except on the edge.",
    variants=(
        FalseVariant(
            "vanilla is nearest to C only if all a_t >= 1",
            lambda: counterexample("a step below 1 excludes vanilla", _nearest()),
        ),
        FalseVariant(
            "vanilla is largest only if all a_t >= 1, ties or not",
            lambda: counterexample("a step below 1 excludes vanilla", _without_ties()),
        ),
    ),
)
