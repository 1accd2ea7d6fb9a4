"""Errors fall when teacher steps grow; with factors that do not depend on lam, also in lam."""

from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import Levelled, h, identities, identity, nonnegative, nonnegatives, symbols
from symmerge.chain import gradient_flow_chain, symbolic_chain
from symmerge.merge import operator
from symmerge.numbers import SYMBOLIC, balls
from symmerge.plan import boot, enumerate_plans
from symmerge.schedule import from_angles
from symmerge.teacher import Teacher
from symmerge.verdict import Refuted, Undecided

MOST = 5
R, Q, C, G = symbols("R Q C g")


def ratios():
    """M/C of every plan in terms of u_t = 1/a_t and g_t = z_t/(1+z_t)."""
    for T in range(2, MOST + 1):
        chain = symbolic_chain(T)
        u, z = symbols(f"u_1:{T + 1}"), symbols(f"z_1:{T + 1}")
        values = {a: 1 / x for a, x in zip(chain.a, u, strict=True)}
        values |= {g: y / (1 + y) for g, y in zip(chain.g, z, strict=True)}
        for plan in enumerate_plans(T):
            yield plan, u, sympy.together((operator(plan, chain) / chain.C).subs(values))


def steps():
    yield identity(
        "a node: M/C = R_right ((1-g) R_left + g/C_left)",
        (R * h(G, Q * C)) / C,
        R * ((1 - G) * Q + G / C),
    )
    known = list(ratios())
    yield nonnegatives(
        f"M/C has non-negative coefficients in u_t = 1/a_t, all plans with T <= {MOST}",
        (ratio for _, _, ratio in known),
    )
    yield identities(
        f"M/C does not contain a_T, all plans with T <= {MOST}",
        ((sympy.diff(ratio, u[-1]), 0) for _, u, ratio in known),
    )
    a0, a1, s0, s1, lam = symbols("alpha_0 alpha_1 sigma_0 sigma_1 lambda")
    step = Teacher(Levelled((a0, a1), (s0, s1)), lam, SYMBOLIC).a[0]
    slope = a1 * s1 * (a0 * s1 - a1 * s0) / (a1**2 * lam + s1**2) ** 2
    yield identity("d a_t / d lam, symmerge's teacher step", sympy.diff(step, lam), slope)
    fall, rise = symbols("p q")
    yield nonnegative(
        "which is >= 0 for decreasing alpha and increasing sigma",
        slope.subs({a0: a1 + fall, s1: s0 + rise}),
    )


def rises():
    """Gradient flow and a schedule that does not end in pure noise: the error can rise in lam."""
    schedule, field, s = from_angles((0, Fraction(1, 4), Fraction(1, 3)), "pi"), balls(128), 1
    errors = []
    for lam in (20, 40):
        chain = gradient_flow_chain(schedule, lam, s, field)
        with field.working():
            errors.append(operator(boot(2), chain) / chain.C - 1)
    if errors[1] > errors[0]:
        return Refuted("e rises from lam = 20 to lam = 40", [e.str(5) for e in errors])
    return Undecided("not seen to rise")


THEOREM = Theorem(
    name="a6_error_falls",
    title="Errors fall as teacher steps grow",
    statement="The relative error of every plan is a non-increasing function of each a_t, t < T, "
    "and does not depend on a_T. Each a_t increases in lam. So if the factors g_t do not depend on "
    "lam, the error of every plan, and with it e_min and e_max, does not increase in lam, and the "
    "regimes are intervals.",
    latex=r"For fixed $g_t\in[0,1]$ the relative error of every plan is a non-increasing function "
    r"of each $a_t$, $t<T$, and does not depend on $a_T$. If $\alpha_t$ decreases and $\sigma_t$ "
    r"increases in $t$, then $a_t$ does not decrease in $\lambda$. Hence, when the $g_t$ do not "
    r"depend on $\lambda$, neither $e$ of any plan nor $e_{\min}$ nor $e_{\max}$ increases in "
    r"$\lambda$, and the sets of $\lambda$ where all errors are $\ge0$, and where all are $\le0$, "
    r"are intervals.",
    source="symmerge, part A6",
    standing="P",
    assumptions=("a_t > 0, g_t in [0, 1]", "for the part on lam: g_t does not depend on lam"),
    steps=steps,
    proof=r"Let $R=M/C$ for a sub-plan. A leaf has $R=1$. A node has "
    r"$R=R_{\mathrm{right}}\bigl((1-g)R_{\mathrm{left}}+g/C_{\mathrm{left}}\bigr)$, where "
    r"$R_{\mathrm{left}}$ is the product over the left parts; by induction $R$ is a polynomial in "
    r"the $u_t=1/a_t$ with non-negative coefficients, in which $u_j$ of the last step $j$ does not "
    r"occur (it occurs in no $C_{\mathrm{left}}$ of a node at time $j$, and $R_{\mathrm{left}}$ "
    r"belongs to earlier steps). So $e=R-1$ does not increase in any $a_t$. The derivative "
    r"$\frac{da_t}{d\lambda}=\alpha_t\sigma_t(\alpha_{t-1}\sigma_t-\alpha_t\sigma_{t-1})/v_t^2$ is "
    r"$\ge0$. Extremes over finitely many non-increasing functions do not increase.",
    variants=(FalseVariant("also when g depends on lam, for every schedule", rises),),
)
