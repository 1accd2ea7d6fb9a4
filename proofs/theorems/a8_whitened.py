"""General noise: a student trained in noise-whitened coordinates stays diagonal."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.theorems.a8_isotropic import ALPHA0, ALPHA1, SIGMA0, SIGMA1, pairs, scalar_step
from proofs.tools import h, identities, symbols, vanishes

MU = symbols("mu_1 mu_2")


def basis():
    """Any invertible W, free entries."""
    return sympy.Matrix(2, 2, symbols("w_11 w_12 w_21 w_22"))


def covariances(W):
    """Sigma and N with W' N W = 1 and Sigma W = N W diag(mu)."""
    inverse = W.inv()
    return inverse.T * sympy.diag(*MU) * inverse, inverse.T * inverse


def steps():
    W = basis()
    Sigma, N = covariances(W)
    yield identities(
        "any W defines such a pair: W' N W = 1, Sigma W = N W diag(mu)",
        [*pairs(W.T * N * W, sympy.eye(2)), *pairs(Sigma * W, N * W * sympy.diag(*MU))],
    )
    V = ALPHA1**2 * Sigma + SIGMA1**2 * N
    diagonal = sympy.diag(*map(scalar_step, MU))
    form = W.inv().T * diagonal * W.T
    yield identities(
        "the teacher's step is W^-T diag(a_t(mu_i)) W' (multiplied by V_t)",
        pairs(ALPHA0 * ALPHA1 * Sigma + SIGMA0 * SIGMA1 * N, form * V),
    )
    left, right = sympy.diag(*symbols("L_1 L_2")), sympy.diag(*symbols("R_1 R_2"))
    factors = sympy.diag(*symbols("g_1 g_2"))

    def dressed(matrix):
        return W.inv().T * matrix * W.T

    target, start = dressed(left) * dressed(right), dressed(right)
    merged = target + (start - target) * dressed(factors)
    scalar = sympy.diag(*(right[k, k] * h(factors[k, k], left[k, k]) for k in (0, 1)))
    yield identities(
        "a merge whose decay is W^-T diag(g) W' is W^-T diag(R_i h_i(L_i)) W'",
        pairs(merged, dressed(scalar)),
    )
    yield identities(
        "whitened coordinates y = W' z have the variance diag(alpha^2 mu + sigma^2)",
        pairs(W.T * V * W, sympy.diag(*(ALPHA1**2 * mu + SIGMA1**2 for mu in MU))),
    )


def _raw():
    """The raw decay exp(-2 s N) is not of the form W^-T diag W' in general."""
    W = sympy.Matrix([[1, 1], [0, 1]])
    _, N = covariances(W)
    inside = W.T * N * W.inv().T
    return vanishes(inside[0, 1])


THEOREM = Theorem(
    name="a8_whitened",
    title="General noise covariance, whitened student",
    statement="With Sigma W = N W diag(mu), W' N W = 1 the teacher's steps are W^-T "
    "diag(a_t(mu_i)) W'. A student trained in noise-whitened coordinates stays in this form: W' M "
    "W^-T is the scalar recursion for mu_i.",
    latex=r"Let $N$ be positive definite, $\Sigma W=NW\,\mathrm{diag}(\mu)$, $W'NW=I$. Then "
    r"$A_t=W^{-T}\mathrm{diag}(a_t(\mu_i))\,W'$. If students are trained on the whitened samples "
    r"$W'z_t$, then for every merge plan $W'MW^{-T}$ is diagonal with the scalar recursion for "
    r"$\mu_i$, $g_t=e^{-2sv_t(\mu_i)}$.",
    source="symmerge, part A8",
    standing="P",
    assumptions=("N positive definite, Sigma positive semidefinite",),
    steps=steps,
    proof=r"$\Sigma=W^{-T}\mathrm{diag}(\mu)W^{-1}$ and $N=W^{-T}W^{-1}$, so "
    r"$V_t=W^{-T}\mathrm{diag}(v_t(\mu))W^{-1}$ and the teacher's step "
    r"$(\alpha_t\alpha_{t-1}\Sigma+\sigma_t\sigma_{t-1}N)V_t^{-1}$ is "
    r"$W^{-T}\mathrm{diag}(a_t(\mu))W'$. The samples $W'z_t$ have the diagonal covariance "
    r"$\mathrm{diag}(v_t(\mu))$; an operator $M$ on $z$ acts on them as $W'MW^{-T}$. In these "
    r"coordinates everything is diagonal, as for isotropic noise.",
    variants=(FalseVariant("a student trained in raw coordinates stays diagonal too", _raw),),
)
