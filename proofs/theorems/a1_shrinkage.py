"""Covariance shrinkage: the teacher's composite falls short of the data by the cosines."""

from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import Levelled, counterexample, identities, identity, nonnegative, symbols
from symmerge.chain import gradient_flow_chain
from symmerge.numbers import SYMBOLIC, multiprecision
from symmerge.schedule import cosine, flow
from symmerge.teacher import Teacher

LAM = symbols("lambda")[0]


def symbolic_teacher(T):
    """Teacher of a schedule with symbols for all levels but the clean end."""
    names = symbols(" ".join(f"alpha_{t} sigma_{t}" for t in range(T + 1)))
    return Teacher(Levelled(names[0::2], names[1::2]), LAM, SYMBOLIC)


def telescoped(T):
    """C and its shrinkage form, both squared."""
    teacher = symbolic_teacher(T)
    C = sympy.prod(teacher.a)
    ends = teacher.norms_squared[0] / teacher.norms_squared[T]
    return C**2, ends * sympy.prod(1 - sine for sine in teacher.sines_squared)


def steps():
    n0, n1, n2, c1, c2 = symbols("n_0 n_1 n_2 c_1 c_2")
    yield identity(
        "one more step: (|u_0|/|u_t|) prod cos times (|u_t|/|u_{t+1}|) cos telescopes",
        (n0 / n1 * c1) * (n1 / n2 * c2),
        n0 / n2 * c1 * c2,
    )
    yield identities(
        "C^2 = (|u_0|/|u_T|)^2 prod(1 - sin^2 phi_t) with free levels, T = 1, 2, 3",
        [telescoped(T) for T in (1, 2, 3)],
    )
    teacher = symbolic_teacher(1)
    yield nonnegative("every a_t is positive", teacher.a[0], strict=True)
    yield nonnegative(
        "every cos(phi_t)^2 is at most 1: Lagrange's sine is a square over positive norms",
        sympy.Symbol("area_squared") * LAM / (n0 * n1),
    )


def too_small():
    """Trials of the opposite inequality."""
    field = multiprecision(30)
    for schedule in (cosine(8), flow(8)):
        for lam in ("0.2", "5"):
            chain = gradient_flow_chain(schedule, Fraction(lam), 1, field)
            bound = field.sqrt(field.number(Fraction(lam)))
            yield f"{schedule}, lam = {lam}: C = {chain.C}" if bound > chain.C else None


THEOREM = Theorem(
    name="a1_shrinkage",
    title="Covariance shrinkage",
    statement="The teacher's composite C never exceeds |u_0|/|u_T| (sqrt(lam) from clean data to "
    "pure noise); it is exactly that times the product of the cosines.",
    latex=r"For every schedule and $\lambda>0$, "
    r"\[ C=\prod_{t=1}^Ta_t=\frac{|u_0|}{|u_T|}\prod_{t=1}^T\cos\varphi_t\le\frac{|u_0|}{|u_T|}, \]"
    r" and $|u_0|/|u_T|=\sqrt\lambda$ when $\alpha_0=\sigma_T=1$, $\sigma_0=\alpha_T=0$.",
    source="W. Gao, M. Li, arXiv 2505.16024, Prop. 3.2; specification A1",
    standing="S",
    assumptions=("lam > 0", "levels non-negative, no u_t vanishes"),
    steps=steps,
    proof=r"Each step is $a_t=(|u_{t-1}|/|u_t|)\cos\varphi_t$ (geometry of a teacher step), and "
    r"the norms telescope. All $a_t>0$, so all cosines are positive, and by Lagrange's identity "
    r"$\cos^2\varphi_t=1-\lambda(\alpha_{t-1}\sigma_t-\alpha_t\sigma_{t-1})^2/(|u_{t-1}|^2|u_t|^2)"
    r"\le1$.",
    variants=(
        FalseVariant(
            "C >= |u_0|/|u_T|", lambda: counterexample("C is at least sqrt(lam)", too_small())
        ),
    ),
)
