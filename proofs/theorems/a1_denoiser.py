"""The optimal denoiser, from conditioning jointly Gaussian variables."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import Levelled, identities, identity, symbols, vanishes
from symmerge.numbers import SYMBOLIC
from symmerge.teacher import denoiser

ALPHA, SIGMA, LAM = symbols("alpha sigma lambda")


def steps():
    computed = denoiser(Levelled((ALPHA,), (SIGMA,)), LAM, SYMBOLIC)[0]
    variance = ALPHA**2 * LAM + SIGMA**2
    yield identity(
        "symmerge's denoiser K leaves a residual uncorrelated with z: Cov(x0 - K z, z) = 0",
        ALPHA * LAM,
        computed * variance,
    )
    k = sympy.Symbol("k")
    loss = LAM - 2 * k * ALPHA * LAM + k**2 * variance
    best = LAM * SIGMA**2 / variance
    yield identity(
        "E(x0 - k z)^2 = posterior variance + v (k - K)^2, so K is the only minimiser",
        loss,
        best + variance * (k - computed) ** 2,
    )
    x, z = sympy.symbols("x z")
    energy = x**2 / (2 * LAM) + (z - ALPHA * x) ** 2 / (2 * SIGMA**2)
    yield identity(
        "completing the square: -log p(x0) p(z|x0) is a square around K z, up to a function of z",
        energy,
        (x - computed * z) ** 2 / (2 * best) + z**2 / (2 * variance),
    )
    p, q, r = sympy.symbols("p q r")
    covariance = sympy.Matrix([[p, q], [q, r]])
    V = ALPHA**2 * covariance + SIGMA**2 * sympy.eye(2)
    K = ALPHA * covariance * V.inv()
    yield identities(
        "the same for a full 2x2 covariance: Cov(x0 - K z, z) = 0 entry by entry",
        zip(ALPHA * covariance, K * V, strict=True),
    )


THEOREM = Theorem(
    name="a1_denoiser",
    title="Optimal denoiser",
    statement="For Gaussian data the posterior mean of the clean sample is linear in the noisy "
    "one, with the factor alpha_t Lambda (alpha_t^2 Lambda + sigma_t^2 I)^-1.",
    latex=r"Let $x_0\sim N(0,\Lambda)$ and $z_t=\alpha_t x_0+\sigma_t\varepsilon$ with "
    r"$\varepsilon\sim N(0,I)$ independent of $x_0$. Then "
    r"\[ E[x_0\mid z_t]=\alpha_t\Lambda(\alpha_t^2\Lambda+\sigma_t^2 I)^{-1}z_t . \]",
    source="W. Gao, M. Li, arXiv 2505.16024, Prop. 3.1; specification A1",
    standing="S",
    assumptions=(
        "Gaussian data and noise, independent",
        "alpha_t^2 Lambda + sigma_t^2 I invertible",
    ),
    steps=steps,
    proof=r"Put $V=\alpha_t^2\Lambda+\sigma_t^2I=\mathrm{Cov}(z_t)$ and $K=\alpha_t\Lambda "
    r"V^{-1}$. Then $\mathrm{Cov}(x_0-Kz_t,z_t)=\alpha_t\Lambda-KV=0$. The two vectors are "
    r"jointly Gaussian, so $x_0-Kz_t$ is independent of $z_t$ and has mean $0$; hence $E[x_0\mid "
    r"z_t]=E[x_0-Kz_t]+Kz_t=Kz_t$. For one coordinate, completing the square in $-\log "
    r"p(x_0)-\log p(z_t\mid x_0)$ shows the same with the posterior variance "
    r"$\lambda\sigma_t^2/(\alpha_t^2\lambda+\sigma_t^2)$.",
    variants=(
        FalseVariant(
            "the factor is alpha lam/(alpha^2 lam + sigma)",
            lambda: vanishes(
                ALPHA * LAM - ALPHA * LAM / (ALPHA**2 * LAM + SIGMA) * (ALPHA**2 * LAM + SIGMA**2)
            ),
        ),
    ),
)
