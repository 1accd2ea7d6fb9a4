"""Closed forms of the canonical plans."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import formal, h, identities, vanishes
from symmerge.chain import symbolic_chain
from symmerge.merge import operator
from symmerge.plan import MergePlan, boot, consistency, progressive, vanilla

MOST = 6


def vanilla_form(a, g):
    return a[-1] * h(g[-1], sympy.prod(a[:-1]))


def boot_form(a, g):
    return a[-1] * sympy.prod(h(g[-1], x) for x in a[:-1])


def consistency_form(a, g):
    value = a[0]
    for x, shrink in zip(a[1:], g[1:], strict=True):
        value = x * h(shrink, value)
    return value


def progressive_form(a, g):
    """Pairs, then pairs of pairs, for T a power of two."""
    while len(a) > 1:
        a, g = [y * h(q, x) for x, y, q in zip(a[0::2], a[1::2], g[1::2], strict=True)], g[1::2]
    return a[0]


def compared(plan_of, form, sizes):
    """Pairs of symmerge's operator and the closed form."""
    for T in sizes:
        chain = symbolic_chain(T)
        yield operator(plan_of(T), chain), form(list(chain.a), list(chain.g))


def steps():
    sizes = range(2, MOST + 1)
    yield identities("vanilla: a_T h_T(prod_{t<T} a_t)", compared(vanilla, vanilla_form, sizes))
    yield identities("BOOT: a_T prod_{t<T} h_T(a_t)", compared(boot, boot_form, sizes))
    yield identities(
        "consistency: M_t = a_t h_t(M_{t-1})", compared(consistency, consistency_form, sizes)
    )
    yield identities(
        "progressive for T = 2, 4: pairs of pairs",
        compared(progressive, progressive_form, (2, 4)),
    )
    right, left = sympy.symbols("R L")
    chain = symbolic_chain(2)
    pair = operator(MergePlan.parse("[1|2]"), chain)
    node = pair.subs({chain.a[0]: left, chain.a[1]: right})
    yield identities(
        "the induction step of all of them: a node is M(right) h_j(M(left))",
        [(node, right * h(chain.g[1], left))],
    )
    yield from formal("vanilla_closed_form", "boot_closed_form", "consistency_closed_form")


THEOREM = Theorem(
    name="a3_canonical_forms",
    title="Closed forms of the canonical plans",
    statement="Vanilla, BOOT and consistency distillation have the operators a_T h_T(prod a_t), "
    "a_T prod h_T(a_t) and the recursion M_t = a_t h_t(M_{t-1}), where h_j(x) = (1-g_j) x + g_j.",
    latex=r"With $h_j(x)=(1-g_j)x+g_j$, "
    r"\[ M_{\mathrm{vanilla}}=a_T\,h_T\Bigl(\prod_{t<T}a_t\Bigr),\qquad "
    r"M_{\mathrm{BOOT}}=a_T\prod_{t<T}h_T(a_t), \]"
    r" and sequential consistency is $M_T$ with $M_1=a_1$, $M_t=a_t\,h_t(M_{t-1})$.",
    source="W. Gao, M. Li, arXiv 2505.16024, section 4; specification A3",
    standing="S",
    assumptions=("warm start, target the teacher's composite",),
    steps=steps,
    proof=r"A node with noisy-end child of operator $R$ and left part $L$ has the operator "
    r"$R\,h_j(L)$. Vanilla is one node with $R=a_T$ and $L=\prod_{t<T}a_t$. For BOOT induct from "
    r"the noisy end: $[t\,|\,R]$ has the operator $R\,h_T(a_t)$. For consistency induct from the "
    r"clean end: $[M_{t-1}|t]$ has the operator $a_t\,h_t(M_{t-1})$. The steps check this with "
    r"free "
    rf"symbols for all $T\le{MOST}$ as well.",
    variants=(
        FalseVariant(
            "BOOT uses each step's own factor: a_T prod h_t(a_t)",
            lambda: vanishes(
                operator(boot(3), symbolic_chain(3))
                - symbolic_chain(3).a[2]
                * sympy.prod(h(symbolic_chain(3).g[t], symbolic_chain(3).a[t]) for t in range(2))
            ),
        ),
    ),
)
