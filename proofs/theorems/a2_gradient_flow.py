"""Gradient flow ends at a convex combination of target and initialisation."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import identities, identity, nonnegative, symbols, vanishes
from symmerge.numbers import SYMBOLIC
from symmerge.student import GradientFlow

S, V = symbols("s v")
B, A0 = sympy.symbols("B A_0")


def solution():
    """``A(s)`` as symmerge has it: ``(1-g) B + g A_0``."""
    g, one_minus_g = GradientFlow(S).factors(V, SYMBOLIC)
    return one_minus_g * B + g * A0


def rotated():
    """A symmetric positive 2x2 matrix and exp(-2 s V), by a rational rotation."""
    t, p, q = symbols("t p q")
    c, w = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
    U = sympy.Matrix([[c, -w], [w, c]])
    return (
        U * sympy.diag(p, q) * U.T,
        U * sympy.diag(*(sympy.exp(-2 * S * v) for v in (p, q))) * U.T,
    )


def matrix_form():
    """The flow of a 2x2 student, with free entries in target and initialisation."""
    variance, decay = rotated()
    target, start = (sympy.Matrix(2, 2, sympy.symbols(f"{n}0:4")) for n in "BA")
    flow = target + (start - target) * decay
    return variance, target, start, flow


def steps():
    A = sympy.Symbol("A")
    yield identity(
        "loss E|A z - B z|^2 = v (A - B)^2: minus its gradient is -2 v (A - B)",
        -sympy.diff(V * (A - B) ** 2, A),
        -2 * V * (A - B),
    )
    a = solution()
    yield identity(
        "symmerge's A(s) solves dA/ds = -2 v (A - B)", sympy.diff(a, S), -2 * V * (a - B)
    )
    yield identity("and starts at A_0", a.subs(S, 0), A0)
    g = symbols("g")[0]
    y = symbols("y")[0]
    yield nonnegative(
        "weights g = 1/(1+y) and 1 - g are in [0, 1] for y = exp(2 s v) - 1 >= 0", 1 - 1 / (1 + y)
    )
    yield identity("and they add up to 1", (1 - g) + g, 1)
    variance, target, start, flow = matrix_form()
    entries = sympy.Matrix(2, 2, sympy.symbols("X0:4"))
    loss = sympy.trace((entries - target) * variance * (entries - target).T)
    gradient = sympy.Matrix(2, 2, [sympy.diff(loss, x) for x in entries])
    yield identities(
        "matrix loss tr((A-B) V (A-B)') has gradient 2 (A-B) V",
        zip(gradient, 2 * (entries - target) * variance, strict=True),
    )
    yield identities(
        "A(s) = B + (A_0 - B) exp(-2 s V) solves the matrix flow, 2x2",
        zip(flow.diff(S), -2 * (flow - target) * variance, strict=True),
    )
    yield identities("and starts at A_0", zip(flow.subs(S, 0), start, strict=True))


THEOREM = Theorem(
    name="a2_gradient_flow",
    title="Training by gradient flow",
    statement="Gradient flow on E|A z - B z|^2 for time s gives A(s) = (1-g) B + g A_0 with g = "
    "exp(-2 s v): a convex combination. With a full covariance V of z it gives B + (A_0 - B) "
    "exp(-2 s V).",
    latex=r"The solution of $\frac{dA}{ds}=-\frac{d}{dA}E|Az-Bz|^2$, $A(0)=A_0$, with $E zz'=V$, "
    r"is "
    r"\[ A(s)=B+(A_0-B)e^{-2sV}; \]"
    r" for one coordinate $A(s)=(1-g)B+gA_0$ with $g=e^{-2sv}\in(0,1]$.",
    source="W. Gao, M. Li, arXiv 2505.16024, section 3; specification A2 and A8",
    standing="S",
    assumptions=("s >= 0", "V symmetric positive definite"),
    steps=steps,
    proof=r"The loss is $\mathrm{tr}((A-B)V(A-B)')$ with gradient $2(A-B)V$. The flow is linear, "
    r"so its solution is unique; differentiating $B+(A_0-B)e^{-2sV}$ shows that this is it, "
    r"because $\frac{d}{ds}e^{-2sV}=-2e^{-2sV}V$. For a symmetric $V=U\,\mathrm{diag}(v)\,U'$ the "
    r"exponential is $U\,\mathrm{diag}(e^{-2sv})\,U'$.",
    variants=(
        FalseVariant(
            "the rate is s v in place of 2 s v",
            lambda: vanishes(sympy.diff(solution(), S) + V * (solution() - B)),
        ),
    ),
)
