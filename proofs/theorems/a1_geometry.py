"""The teacher step as a projection, and Lagrange's identity."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import Levelled, identity, symbols, vanishes
from symmerge.numbers import SYMBOLIC
from symmerge.teacher import Teacher

A0, A1, S0, S1, LAM = symbols("alpha_0 alpha_1 sigma_0 sigma_1 lambda")
U0 = sympy.Matrix([A0 * sympy.sqrt(LAM), S0])
U1 = sympy.Matrix([A1 * sympy.sqrt(LAM), S1])


def steps():
    teacher = Teacher(Levelled((A0, A1), (S0, S1)), LAM, SYMBOLIC)
    n0, n1, inner = U0.dot(U0), U1.dot(U1), U0.dot(U1)
    yield identity("a_t |u_t|^2 = <u_{t-1}, u_t>", teacher.a[0] * n1, inner)
    projection = U1 * inner / n1
    yield identity(
        "the projection of u_{t-1} on u_t is a_t u_t, and what is left is orthogonal to u_t",
        (U0 - teacher.a[0] * U1).dot(U1) + (projection - teacher.a[0] * U1).dot(U1),
        0,
    )
    yield identity(
        "cos(phi_t)^2 |u_{t-1}|^2 = a_t^2 |u_t|^2 for symmerge's cosines",
        teacher.cosines[0] ** 2 * n0,
        teacher.a[0] ** 2 * n1,
    )
    area = LAM * (A0 * S1 - A1 * S0) ** 2
    yield identity("Lagrange's identity", n0 * n1 - inner**2, area)
    yield identity(
        "symmerge's sin^2 is Lagrange's quotient", teacher.sines_squared[0], area / (n0 * n1)
    )
    yield identity(
        "its cos^2 and sin^2 add up to 1", teacher.cosines[0] ** 2 + teacher.sines_squared[0], 1
    )


THEOREM = Theorem(
    name="a1_geometry",
    title="Geometry of a teacher step",
    statement="a_t projects the signal-noise vector u_{t-1} on u_t and rescales: a_t = (|u_{t-1}| "
    "/ |u_t|) cos(phi_t); the sine follows from Lagrange's identity.",
    latex=r"Let $u_t=(\alpha_t\sqrt\lambda,\sigma_t)$ and let $\varphi_t$ be the angle between "
    r"$u_{t-1}$ and $u_t$. Then "
    r"\[ a_t=\frac{\langle u_{t-1},u_t\rangle}{|u_t|^2}=\frac{|u_{t-1}|}{|u_t|}\cos\varphi_t, "
    r"\qquad "
    r"|u_{t-1}|^2|u_t|^2\sin^2\varphi_t=\lambda(\alpha_{t-1}\sigma_t-\alpha_t\sigma_{t-1})^2 . \]",
    source="W. Gao, M. Li, arXiv 2505.16024, section 3; specification A1",
    standing="S",
    assumptions=("lam > 0", "no u_t vanishes"),
    steps=steps,
    proof="",
    variants=(
        FalseVariant(
            "Lagrange's identity with a plus sign between the products",
            lambda: vanishes(
                U0.dot(U0) * U1.dot(U1) - U0.dot(U1) ** 2 - LAM * (A0 * S1 + A1 * S0) ** 2
            ),
        ),
    ),
)
