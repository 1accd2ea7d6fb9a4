"""For a target other than the composite, finding a plan that hits it is NP-hard."""

from fractions import Fraction
from itertools import combinations
from math import prod

from proofs.ledger import FalseVariant, Level, Theorem
from proofs.tools import all_values, counterexample, fact, h, identity, symbols

PRIMES = (2, 3, 5)


def chain_for(weights, g_odd=0):
    """Steps and factors whose plans realise subset products of the weights."""
    a, g = [], []
    for weight in weights:
        a += [Fraction(weight), Fraction(1)]
        g += [Fraction(g_odd), Fraction(1)]
    return [*a, Fraction(1)], [*g, Fraction(0)]


def subset_products(weights):
    return {prod(chosen) for n in range(len(weights) + 1) for chosen in combinations(weights, n)}


def steps():
    R, L, w = symbols("R L w")
    yield identity("a merge with factor 1 forgets its left part: R h_1(L) = R", R * h(1, L), R)
    yield identity("a merge with factor 0 is exact: R h_0(L) = R L", R * h(0, L), R * L)
    yield identity("so [w|1] merged at an even step is 1, and left bare it is w", 1 * h(1, w), 1)
    for n in (1, 2, 3):
        a, g = chain_for(PRIMES[:n])
        reached = set(all_values(a, g)[1, 2 * n + 1][0])
        yield fact(
            f"weights {PRIMES[:n]}: the operators of all plans are the 2^{n} subset products",
            reached == subset_products(PRIMES[:n]),
            Level.IDENTITY,
            sorted(reached),
            computed=sorted(map(int, reached)),
        )


def _inexact():
    a, g = chain_for(PRIMES[:2], Fraction(1, 2))
    extra = set(all_values(a, g)[1, 5][0]) - subset_products(PRIMES[:2])
    yield f"value {min(extra)}" if extra else None


THEOREM = Theorem(
    name="a6_general_target",
    title="Hardness for a general target",
    statement="With factors in {0, 1}, deciding whether some merge plan has the operator tau is "
    "NP-hard: it contains subset product. (For the target C itself no reduction is known.)",
    latex=r"Given rational $a_1,\dots,a_T>0$, $g_t\in\{0,1\}$ and $\tau$, it is NP-hard to decide "
    r"whether some merge plan has $M=\tau$.",
    source="symmerge, part A6",
    standing="P",
    assumptions=("factors 0 and 1 are allowed",),
    steps=steps,
    proof=r"Reduce from subset product: given positive integers $w_1,\dots,w_n$ and $\tau$, is "
    r"there a subset with product $\tau$? Let $T=2n+1$, $a_{2l-1}=w_l$, $g_{2l-1}=0$, $a_{2l}=1$, "
    r"$g_{2l}=1$, $a_T=1$, $g_T=0$. A node at an odd step has the operator $R\,L$ and one at an "
    r"even step $R$. So the operator of any plan is the product of the $w_l$ that lie in no left "
    r"part of a node at an even step: a subset product. Conversely, for any subset $K$ leave the "
    r"steps $2l-1,2l$ bare when $l\in K$, form the node $[2l-1|2l]$ when $l\notin K$, and merge "
    r"all of these with the last step at $T$, where $g_T=0$: the operator is $\prod_{l\in K}w_l$.",
    variants=(
        FalseVariant(
            "the same with factor 1/2 at the odd steps",
            lambda: counterexample("only subset products occur", _inexact()),
        ),
    ),
)
