"""Isotropic noise: everything is diagonal in the eigenbasis of the covariance."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import h, identities, symbols, vanishes

ALPHA0, ALPHA1, SIGMA0, SIGMA1, S, T_ = symbols("alpha_0 alpha_1 sigma_0 sigma_1 s t")
EIGENVALUES = symbols("lambda_1 lambda_2")


def rotation():
    """A rational rotation by any angle (half-angle parameter t)."""
    c, w = (1 - T_**2) / (1 + T_**2), 2 * T_ / (1 + T_**2)
    return sympy.Matrix([[c, -w], [w, c]])


def scalar_step(lam):
    return (ALPHA0 * ALPHA1 * lam + SIGMA0 * SIGMA1) / (ALPHA1**2 * lam + SIGMA1**2)


def pairs(matrix, other):
    return zip(matrix, other, strict=True)


def steps():
    U = rotation()
    covariance = U * sympy.diag(*EIGENVALUES) * U.T
    V = ALPHA1**2 * covariance + SIGMA1**2 * sympy.eye(2)
    teacher = (ALPHA0 * ALPHA1 * covariance + SIGMA0 * SIGMA1 * sympy.eye(2)) * V.inv()
    diagonal = sympy.diag(*map(scalar_step, EIGENVALUES))
    yield identities(
        "the teacher's step is U diag(a_t(lam_i)) U'", pairs(teacher, U * diagonal * U.T)
    )
    factors = sympy.diag(*symbols("g_1 g_2"))
    left, right = sympy.diag(*symbols("L_1 L_2")), sympy.diag(*symbols("R_1 R_2"))
    target, start = U * left * right * U.T, U * right * U.T
    merged = target + (start - target) * (U * factors * U.T)
    scalar = sympy.diag(*(right[k, k] * h(factors[k, k], left[k, k]) for k in (0, 1)))
    yield identities(
        "one merge B + (A_0 - B) exp(-2 s V) is U diag(R_i h_i(L_i)) U'",
        pairs(merged, U * scalar * U.T),
    )
    v = [ALPHA1**2 * lam + SIGMA1**2 for lam in EIGENVALUES]
    decay = U * sympy.diag(*(sympy.exp(-2 * S * x) for x in v)) * U.T
    yield identities(
        "and U diag(exp(-2 s v_i)) U' solves dE/ds = -2 E V, E(0) = 1",
        [*pairs(decay.diff(S), -2 * decay * V), *pairs(decay.subs(S, 0), sympy.eye(2))],
    )
    M, C, x = symbols("M_1 M_2"), symbols("C_1 C_2"), symbols("x_1 x_2")
    gap = U * sympy.diag(*(m - c for m, c in zip(M, C, strict=True))) * U.T
    cost = (gap * (U * sympy.diag(*x) * U.T) * gap.T).trace()
    yield identities(
        "the objective tr((M-C) V_T (M-C)') is sum v_i (M_i - C_i)^2",
        [(cost, sum(k * (m - c) ** 2 for k, m, c in zip(x, M, C, strict=True)))],
    )


THEOREM = Theorem(
    name="a8_isotropic",
    title="General covariance, isotropic noise",
    statement="With data covariance Sigma and isotropic noise all operators are functions of "
    "Sigma: in its eigenbasis every plan is the scalar recursion for each eigenvalue, and the "
    "objective is the sum over eigenvalues.",
    latex=r"Let $\Sigma=U\,\mathrm{diag}(\lambda_i)\,U'$ and noise $\sigma_t\varepsilon$, "
    r"$\varepsilon\sim N(0,I)$. Then the teacher's steps, the students of every merge plan under "
    r"the flow $dA/ds=-2(A-B)V_t$, $V_t=\alpha_t^2\Sigma+\sigma_t^2I$, and $C$ are "
    r"$U\,\mathrm{diag}(\cdot)\,U'$ with the scalar recursion for $\lambda_i$ on the diagonal, "
    r"and $W_2^2=\sum_iv_{T,i}(M_i-C_i)^2$.",
    source="symmerge, part A8",
    standing="P",
    assumptions=("Sigma symmetric positive semidefinite",),
    steps=steps,
    proof=r"All matrices $U\,\mathrm{diag}(\cdot)\,U'$ commute and are closed under products, "
    r"inverses and exponentials, which act on the diagonal entries. $V_t$ and "
    r"$\alpha_t\alpha_{t-1}\Sigma+\sigma_t\sigma_{t-1}I$ have this form, so the teacher does; a "
    r"merge $B+(A_0-B)e^{-2sV_t}$ with $A_0=R$, $B=LR$ of this form has it, with diagonal "
    r"$R_ih_i(L_i)$. Induct over the plan. The two Gaussians have commuting covariances, so "
    r"$W_2^2$ is the sum over the eigenbasis. The steps check the products for $2\times2$ "
    r"matrices with free entries.",
    variants=(
        FalseVariant(
            "the same for any noise covariance, say diag(1, 2): it commutes with Sigma",
            lambda: vanishes(
                (rotation() * sympy.diag(*EIGENVALUES) * rotation().T * sympy.diag(1, 2))[0, 1]
                - (sympy.diag(1, 2) * rotation() * sympy.diag(*EIGENVALUES) * rotation().T)[0, 1]
            ),
        ),
    ),
)
