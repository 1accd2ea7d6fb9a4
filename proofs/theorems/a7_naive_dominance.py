"""Keeping the sub-plan of smaller |e| is wrong."""

from proofs.ledger import FalseVariant, Level, Step, Theorem
from proofs.theorems.a6_algorithm1 import instance, loss
from proofs.tools import counterexample
from symmerge.merge import relative_error
from symmerge.plan import MergePlan
from symmerge.verdict import Refuted, Undecided

BARE, MERGED = MergePlan.parse("[1.2.3.4|[5|6]]"), MergePlan.parse("[[[1|2]|3].4|[5|6]]")


def steps():
    chain = instance().balls
    with chain.field.working():
        bare, merged = (abs(relative_error(plan, chain)) for plan in (BARE, MERGED))
        certain = bool(bare > merged)
        witness = (
            f"T = 6, s = 1, lam = 1.536: bare steps 1, 2, 3 have e = 0, [[1|2]|3] has not, but "
            f"|e| = {bare.str(6)} for {BARE} and {merged.str(6)} for {MERGED}"
        )
    yield Step(
        "the sub-plan of smaller |e| gives the whole of smaller |e|",
        Level.ENCLOSURE,
        Refuted("fails for certain in ball arithmetic", witness)
        if certain
        else Undecided("not certain"),
        bare.str(10),
        merged.str(10),
    )
    ratio, plan, best = loss(instance())
    worse = chain.field.sign(ratio - 1) == 1
    yield Step(
        "a search that keeps the smaller |e| per interval finds the best plan",
        Level.ENCLOSURE,
        Refuted("fails for certain in ball arithmetic", f"{plan} against {best}: {ratio.str(10)}")
        if worse
        else Undecided("not certain"),
        ratio.str(10),
        1,
    )


def _elsewhere():
    for lam in ("1.3", "1.45", "1.5", "1.6"):
        found = loss(instance(lam))
        yield f"lam = {lam}" if found is not None and found[1] != found[2] else None


THEOREM = Theorem(
    name="a7_naive_dominance",
    title="Dominance by |e|",
    statement="Refuted. A sub-plan may not be dropped because another one of the same interval "
    "has the smaller |e|: with one coordinate, T = 6, s = 1, lam = 1.536, this costs 33 % in "
    "squared error.",
    latex=r"(Refuted.) If $|e_i(q)|\le|e_i(p)|$ for all coordinates, then replacing the sub-plan "
    r"$p$ by $q$ of the same interval increases no $|M_i-C_i|$. \emph{Counterexample}, one "
    r"coordinate, cosine schedule, $T=6$, $s=1$, $\lambda=1.536$: the bare steps $1,2,3$ have "
    r"$e=0$, but $[1.2.3.4|[5|6]]$ is farther from $C$ than $[[[1|2]|3].4|[5|6]]$.",
    source="symmerge, part A7",
    standing="P",
    assumptions=("cosine schedule", "gradient flow, warm start"),
    steps=steps,
    expected="refuted",
    variants=(
        FalseVariant(
            "it never fails at lam = 1.3, 1.45, 1.5, 1.6",
            lambda: counterexample("the search by |e| is exact", _elsewhere()),
        ),
    ),
)
