"""The DDIM step of a Gaussian mixture."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp
from random import Random
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, identities, identity, seen, symbols
from symmerge.flow.ddim import MixtureTeacher
from symmerge.flow.mixture import Mixture
from symmerge.numbers import FLOAT
from symmerge.schedule import cosine
from symmerge.verdict import Proved, Refuted, Verdict

ALPHA, SIGMA, ALPHA1, SIGMA1, V0 = symbols("alpha sigma alpha1 sigma1 v0")
V = ALPHA**2 * V0 + SIGMA**2
A = (ALPHA * ALPHA1 * V0 + SIGMA * SIGMA1) / V


def through_denoiser(x: sympy.Expr, mean: sympy.Expr) -> sympy.Expr:
    """``alpha' x0 + sigma' (x - alpha x0)/sigma``, given the modes' mean under responsibilities."""
    x0 = mean + ALPHA * V0 / V * (x - ALPHA * mean)  # sum over modes of gamma_k E[x0 | x, k]
    return ALPHA1 * x0 + SIGMA1 * (x - ALPHA * x0) / SIGMA


def steps() -> Iterator[Step]:
    """Checks."""
    x, mean = sympy.symbols("x mean", real=True)
    yield identity(
        "DDIM step through the denoiser",
        through_denoiser(x, mean),
        A * x + (ALPHA1 - A * ALPHA) * mean,
    )
    # one mode: posterior of x0 ~ N(mu, v0) given x = alpha x0 + sigma eps, by completing squares
    x0, mu = sympy.symbols("x0 mu", real=True)
    joint = (x - ALPHA * x0) ** 2 / SIGMA**2 + (x0 - mu) ** 2 / V0
    centre = mu + ALPHA * V0 / V * (x - ALPHA * mu)
    width = V0 * SIGMA**2 / V
    rest = (x - ALPHA * mu) ** 2 / V
    yield identity("posterior of one mode", joint, (x0 - centre) ** 2 / width + rest)
    yield identities(
        "one mode at 0 is the linear teacher; alpha = 0, sigma = 1 gives a = sigma'",
        [
            (through_denoiser(x, sympy.S.Zero), A * x),
            (A.subs({ALPHA: 0, SIGMA: 1}), SIGMA1),
        ],
    )
    yield seen("steps as computed, against the denoiser", drawn(40, 3, random_step))


def random_step(rng: Random) -> Any:
    """A step of a random mixture on the line, components weighted by Bayes' rule."""
    means = [rng.uniform(-2, 2) for _ in range(3)]
    teacher = MixtureTeacher(cosine(8), Mixture(means, sigma0="1/2"))
    t, x = rng.randint(1, 8), rng.uniform(-3, 3)
    alpha, sigma, _, _ = teacher.schedule.levels(FLOAT)
    v = alpha[t] ** 2 / 4 + sigma[t] ** 2
    weights = [exp(-((x - alpha[t] * m) ** 2) / (2 * v)) for m in means]
    mean = sum(w * m for w, m in zip(weights, means, strict=True)) / sum(weights)
    levels = dict(
        zip(
            (ALPHA, SIGMA, ALPHA1, SIGMA1, V0),
            (alpha[t], sigma[t], alpha[t - 1], sigma[t - 1], 0.25),
            strict=True,
        )
    )
    expected = float(through_denoiser(x, mean).subs(levels))
    found = float(teacher.step(t, [[x]])[0, 0])
    return None if abs(found - expected) < 1e-12 else (means, t, x, found, expected)


def without_correction() -> Verdict:
    """The modes weighted by alpha' alone."""
    half = sympy.Rational(1, 2)
    point = {
        ALPHA: sympy.Rational(3, 5),
        SIGMA: sympy.Rational(4, 5),
        ALPHA1: sympy.Rational(4, 5),
        SIGMA1: sympy.Rational(3, 5),
        V0: half,
    }
    x, mean = sympy.Integer(1), half
    wrong = (A * x + ALPHA1 * mean).subs(point)
    truth = through_denoiser(x, mean).subs(point)
    return Refuted(f"{wrong} is not {truth}", point) if wrong != truth else Proved("held")


THEOREM = Theorem(
    name="c6_ddim_step",
    title="DDIM step of a Gaussian mixture",
    statement="A DDIM step on a mixture multiplies the sample by the linear teacher's factor and "
    "adds a multiple of the modes' responsibility-weighted mean.",
    latex=r"""For $p_0=\sum_k\pi_kN(\mu_k,\sigma_0^2I)$, $v_t=\alpha_t^2\sigma_0^2+\sigma_t^2$ and
responsibilities $\gamma_k(x)$ at time $t$:
\[D_t(x)=a_tx+(\alpha_{t-1}-a_t\alpha_t)\sum_k\gamma_k(x)\mu_k,\qquad
a_t=\frac{\alpha_t\alpha_{t-1}\sigma_0^2+\sigma_t\sigma_{t-1}}{v_t}.\]""",
    source="W. Gao, M. Li, arXiv 2505.16024 v2; symmerge, part C6",
    standing="P",
    assumptions=("optimal denoiser, sigma_t > 0",),
    steps=steps,
    proof=r"""$E[x_0\mid x]=\sum_k\gamma_kE[x_0\mid x,k]$, and $E[x_0\mid
x,k]=\mu_k+\frac{\alpha\sigma_0^2}v(x-\alpha\mu_k)$ by completing the square (coordinate by
coordinate). Both are affine in $\sum_k\gamma_k\mu_k$. Insert in $D=\alpha'\hat
x_0+\sigma'(x-\alpha\hat x_0)/\sigma$.""",
    variants=(FalseVariant("the modes enter with weight alpha' alone", without_correction),),
)
