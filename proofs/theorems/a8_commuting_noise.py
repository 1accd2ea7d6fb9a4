"""Noise whose covariance commutes with that of the data."""

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import Levelled, identity, symbols, vanishes
from symmerge.numbers import SYMBOLIC
from symmerge.teacher import Teacher

A0, A1, S0, S1, LAM, N, S, M, C = symbols("alpha_0 alpha_1 sigma_0 sigma_1 lambda n s M C")


def steps():
    scaled = Teacher(Levelled((A0, A1), (S0, S1)), LAM / N, SYMBOLIC)
    v = A1**2 * LAM + S1**2 * N
    yield identity(
        "the teacher's step with noise variance n is symmerge's step at lam/n",
        (A0 * A1 * LAM + S0 * S1 * N) / v,
        scaled.a[0],
    )
    yield identity(
        "the marginal variance is n v(lam/n), so g = exp(-2 s n v(lam/n))", v, N * scaled.v[0]
    )
    end = Teacher(Levelled((1, 0), (0, 1)), LAM / N, SYMBOLIC)
    yield identity(
        "at pure noise the objective's weight is n", N * end.v[0] * (M - C) ** 2, N * (M - C) ** 2
    )


THEOREM = Theorem(
    name="a8_commuting_noise",
    title="General covariance, commuting noise",
    statement="If the noise covariance N commutes with Sigma, with eigenvalues n_i and lam_i in a "
    "common basis, every coordinate is the scalar problem at lam_i/n_i with g = exp(-2 s n_i v) "
    "and weight n_i.",
    latex=r"Let $\Sigma=U\,\mathrm{diag}(\lambda_i)\,U'$, $N=U\,\mathrm{diag}(n_i)\,U'$, $n_i>0$. "
    r"Then coordinate $i$ has the teacher's steps $a_t(\lambda_i/n_i)$, the factors "
    r"$g_t=e^{-2sn_iv_t(\lambda_i/n_i)}$ and, for $\alpha_T=0$, $\sigma_T=1$, the weight $n_i$ in "
    r"$W_2^2$.",
    source="symmerge, part A8",
    standing="P",
    assumptions=("Sigma N = N Sigma", "n_i > 0"),
    steps=steps,
    proof=r"In the common basis $z_{t,i}=\alpha_tx_i+\sigma_t\sqrt{n_i}\varepsilon_i$, so the "
    r"variance is $\alpha_t^2\lambda_i+\sigma_t^2n_i=n_iv_t(\lambda_i/n_i)$ and the step is "
    r"$(\alpha_t\alpha_{t-1}\lambda_i+\sigma_t\sigma_{t-1}n_i)/(n_iv_t)=a_t(\lambda_i/n_i)$. The "
    r"rest is as for isotropic noise.",
    variants=(
        FalseVariant(
            "the step is taken at lam n in place of lam/n",
            lambda: vanishes(
                Teacher(Levelled((A0, A1), (S0, S1)), LAM * N, SYMBOLIC).a[0]
                - Teacher(Levelled((A0, A1), (S0, S1)), LAM / N, SYMBOLIC).a[0]
            ),
        ),
    ),
)
