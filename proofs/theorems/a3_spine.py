"""Spine identity: only merges at the last time change the answer multiplicatively."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import formal, h, identities, identity, symbols, vanishes
from symmerge.chain import symbolic_chain
from symmerge.merge import operator
from symmerge.plan import enumerate_plans

MOST = 5


def part_values(plan, chain):
    """Per merge of a plan, in order: the end of its interval and the operator of its left part."""
    found = []

    def node(children, t):
        left = sympy.prod(children[:-1])
        found.append((t, left))
        return children[-1] * h(chain.g[t - 1], left)

    plan.fold(lambda t: chain.a[t - 1], node)
    return found


def both(T, last=0):
    """Pairs of the operator and the product over the merges at time T - last."""
    chain = symbolic_chain(T)
    for plan in enumerate_plans(T):
        merges = [left for t, left in part_values(plan, chain) if t == T - last]
        spine = chain.a[T - 1] * sympy.prod(h(chain.g[T - 1], left) for left in merges)
        yield operator(plan, chain), spine


def steps():
    R, L, g = symbols("R L g")
    yield identity("one node: R h(L) with R = a_T times earlier factors", R * h(g, L) / R, h(g, L))
    for T in range(2, MOST + 1):
        yield identities(f"M = a_T prod h_T(left parts) for all plans with T = {T}", both(T))
    yield from formal("spine_identity", "spine_identity_relative")


def _other_time():
    left, right = list(both(4, last=1))[-1]
    return vanishes(left - right)


THEOREM = Theorem(
    name="a3_spine",
    title="Spine identity",
    statement="Only merges at time T change the answer multiplicatively: M = a_T prod h_T(Q(B)) "
    "over the left parts B merged at T, so M/C = prod (1 + f_B).",
    latex=r"For every plan over $i..j$ the left parts of the merges at time $j$ are blocks $B$ "
    r"that partition $i..j-1$, and \[ M(i,j)=a_j\prod_Bh_j(Q(B)),\qquad "
    r"\frac{M}{C}=\prod_B(1+f_B),\quad f_B=\frac{h_j(Q(B))}{C(B)}-1, \] where $Q(B)$ is the "
    r"product of the operators of the trees in $B$.",
    source="symmerge, part A3",
    standing="P",
    assumptions=("all a_t > 0",),
    steps=steps,
    proof=r"Follow the noisy-end child from the root to the leaf $j$. Each node on the way has "
    r"the operator of its noisy-end child times $h_j$ of its left part, and the leaf has $a_j$. "
    r"The left parts met are neighbours and cover $i..j-1$.",
    variants=(FalseVariant("the merges at time T-1 count instead", _other_time),),
)
