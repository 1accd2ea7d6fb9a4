"""Why students start warm: with the other readings the source's claims do not come out."""

from fractions import Fraction

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import counterexample, enclosed, identities, identity, nonnegative, symbols
from symmerge.chain import gradient_flow_chain, symbolic_chain
from symmerge.merge import operator, relative_error
from symmerge.numbers import balls
from symmerge.plan import boot, consistency, enumerate_plans, vanilla
from symmerge.schedule import cosine

CASES = [(T, s) for T in (3, 4, 6) for s in (1, 3)]


def beats_all(plan, lam, T, s, **reading):
    """Whether a plan certainly has the least |e| of all plans under a reading."""
    chain = gradient_flow_chain(cosine(T), Fraction(lam), s, balls(256))
    with chain.field.working():
        own = abs(relative_error(plan, chain, **reading))
        others = (p for p in enumerate_plans(T) if p != plan)
        return all(abs(relative_error(p, chain, **reading)) > own for p in others)


def steps():
    L, R, C, last, g, e, k = symbols("L R C a g e k")
    yield identity(
        "a student that starts at a_j: ((1-g) L R + g a)/(C a) - 1 = (1-g) e + g (1/C - 1), e the "
        "error of the target, C the composite without the last step",
        ((1 - g) * L * R + g * last) / (C * last) - 1,
        (1 - g) * (L * R / (C * last) - 1) + g * (1 / C - 1),
    )
    chain = symbolic_chain(4)
    yield identities(
        "symmerge's error with init='teacher' is M/C - 1, all plans with T = 4",
        [
            (
                relative_error(plan, chain, init="teacher"),
                operator(plan, chain, init="teacher") / chain.C - 1,
            )
            for plan in enumerate_plans(4)
        ],
    )
    z = symbols("z")[0]
    shrink = z / (1 + z)
    yield nonnegative(
        "so with e >= 0 and C = 1/(1+k) <= 1 the error is >= g (1/C - 1) >= 0, vanilla's",
        (1 - shrink) * e,
    )
    yield nonnegative("all steps <= 1: errors stay >= 0", (1 - shrink) * e + shrink * k)
    yield enclosed(
        "init='teacher': vanilla beats every other plan at lam = 0.2, 0.5, 1, so BOOT is not "
        "optimal",
        all(
            beats_all(vanilla(T), lam, T, s, init="teacher")
            for T, s in CASES
            for lam in ("0.2", "0.5", "1")
        ),
    )
    yield enclosed(
        "target='data', s = 3: consistency beats every other plan there",
        all(
            beats_all(consistency(T), lam, T, 3, target="data")
            for T in (3, 4, 6)
            for lam in ("0.2", "0.5", "1")
        ),
    )
    yield enclosed(
        "warm start, teacher as target: BOOT beats every other plan there",
        all(beats_all(boot(T), lam, T, s) for T, s in CASES for lam in ("0.2", "0.5", "1")),
    )


def _boot_anyway():
    for T, s in CASES:
        yield (
            None
            if beats_all(boot(T), "0.5", T, s, init="teacher")
            else f"T = {T}, s = {s}, lam = 0.5"
        )


THEOREM = Theorem(
    name="a2_warm_start",
    title="Warm start",
    statement="If every student started at the teacher's step a_j, vanilla would be optimal for "
    "every one-sided coordinate, lam <= 1 included; against the data (sqrt(lam)) consistency wins "
    "for small lam. Only the warm start with the teacher as target gives the source's optimality "
    "of BOOT.",
    latex=r"Let the operator of a node at time $j$ be $(1-g_j)LR+g_ja_j$ (start at the teacher's "
    r"step) in place of $R((1-g_j)L+g_j)$. If all $a_t\le1$, or all $a_t\ge1$, $t<T$, then "
    r"vanilla has the least $|M-C|$ of all plans.",
    source="symmerge, part A2 (reading of W. Gao, M. Li, arXiv 2505.16024)",
    standing="P",
    assumptions=("a_t > 0", "g_t in [0, 1]", "coordinate one-sided"),
    steps=steps,
    proof=r"Let all $a_t\le1$. The error of a node over $i..j$ is $(1-g_j)e+g_j(1/C[i,j-1]-1)$ "
    r"with $e$ the error of its target, a product of sub-plans. By induction all errors are "
    r"$\ge0$: those of products because $e_1+e_2+e_1e_2\ge0$, those of nodes because "
    r"$C[i,j-1]\le1$. At the root the error is therefore $\ge g_T(1/C[1,T-1]-1)\ge0$, which "
    r"vanilla attains, its target being exact. For $a_t\ge1$ all signs are reversed. The steps "
    r"also certify, for the cosine schedule with $\lambda\in\{0.2,0.5,1\}$ and $T\in\{3,4,6\}$, "
    r"which plan is best under each reading.",
    variants=(
        FalseVariant(
            "BOOT is optimal for lam = 0.5 with init='teacher'",
            lambda: counterexample("BOOT is nearest", _boot_anyway()),
        ),
    ),
)
