"""The error recursion without subtraction computes M/C - 1."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import formal, h, identities, identity, symbols, vanishes
from symmerge.chain import symbolic_chain
from symmerge.merge import joined, learned, operator, relative_error
from symmerge.plan import enumerate_plans

MOST = 5


def both(T):
    """Pairs of symmerge's relative error and M/C - 1, for every plan."""
    chain = symbolic_chain(T)
    for plan in enumerate_plans(T):
        yield relative_error(plan, chain), operator(plan, chain) / chain.C - 1


def steps():
    e, f, g, C, D = symbols("e f g C D")
    yield identity(
        "a product: errors join to e + f + e f",
        joined(e, f),
        C * (1 + e) * D * (1 + f) / (C * D) - 1,
    )
    yield identity(
        "a merge: h(C (1+e)) has the error (1-g) e + g (1/C - 1) against C",
        learned(e, 1 / C - 1, g, 1 - g),
        h(g, C * (1 + e)) / C - 1,
    )
    x = symbols("x")[0]
    yield identity(
        "1/C - 1 = expm1(-log C), with log C the sum of log1p(a_t - 1)",
        sympy.exp(-sympy.log(1 + x)) - 1,
        1 / (1 + x) - 1,
    )
    for T in range(2, MOST + 1):
        yield identities(f"symmerge's error is M/C - 1 for all plans with T = {T}", both(T))
    yield from formal("relative_error_exact")


THEOREM = Theorem(
    name="a3_relative_error",
    title="Relative error without subtraction",
    statement="f = (1-g) e_left + g (1/C_left - 1) and e = e_right + f + e_right f compute e = "
    "M/C - 1 exactly; no nearly equal numbers are subtracted.",
    latex=r"Let $e=M/C-1$ for every sub-plan. A leaf has $e=0$, a product of sub-plans with errors "
    r"$e_1,e_2$ has $e_1+e_2+e_1e_2$, and a node at time $j$ has "
    r"\[ e=e_{\mathrm{right}}+f+e_{\mathrm{right}}f,\qquad "
    r"f=(1-g_j)e_{\mathrm{left}}+g_j\Bigl(\frac1{C_{\mathrm{left}}}-1\Bigr). \]",
    source="symmerge, part A3",
    standing="D",
    assumptions=("all a_t > 0",),
    steps=steps,
    proof=r"Induction over the plan: $M=C(1+e)$ for both parts of a node gives $M(\mathrm{node})="
    r"C_{\mathrm{right}}(1+e_{\mathrm{right}})\,h_j(C_{\mathrm{left}}(1+e_{\mathrm{left}}))$ and "
    r"$h_j(C(1+e))=C(1+(1-g_j)e+g_j(1/C-1))$.",
    variants=(
        FalseVariant(
            "the cross term is dropped: e = e_right + f",
            lambda: vanishes(
                sympy.Symbol("e") * sympy.Symbol("f")
                + sympy.Symbol("e")
                + sympy.Symbol("f")
                - (sympy.Symbol("e") + sympy.Symbol("f"))
            ),
        ),
    ),
)
