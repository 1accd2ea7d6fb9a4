"""The exchange identity: merging two neighbouring factors or keeping them apart."""

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import formal, h, identity, symbols, vanishes
from symmerge.chain import symbolic_chain
from symmerge.merge import operator
from symmerge.plan import segmentation

A, B, G = symbols("a b g")


def steps():
    yield identity(
        "((1-g)a+g)((1-g)b+g) - ((1-g)ab+g) = -g(1-g)(1-a)(1-b)",
        h(G, A) * h(G, B) - h(G, A * B),
        -G * (1 - G) * (1 - A) * (1 - B),
    )
    chain = symbolic_chain(3)
    a, g = chain.a, chain.g
    yield identity(
        "seen on symmerge's operators: BOOT - vanilla for T = 3",
        operator(segmentation([1, 1]), chain) - operator(segmentation([2]), chain),
        -a[2] * g[2] * (1 - g[2]) * (1 - a[0]) * (1 - a[1]),
    )
    yield from formal("exchange_identity")


THEOREM = Theorem(
    name="a3_exchange",
    title="Exchange identity",
    statement="Cutting a block AB into A and B changes the operator by -g(1-g)(1-A)(1-B): cutting "
    "lowers it when A and B lie on the same side of 1 and raises it otherwise.",
    latex=r"For all $A,B,g$ and $h(x)=(1-g)x+g$, \[ h(A)h(B)-h(AB)=-g(1-g)(1-A)(1-B) . \]",
    source="symmerge, part A3",
    standing="P",
    assumptions=(),
    steps=steps,
    proof="",
    variants=(
        FalseVariant(
            "with the opposite sign",
            lambda: vanishes(h(G, A) * h(G, B) - h(G, A * B) - G * (1 - G) * (1 - A) * (1 - B)),
        ),
    ),
)
