"""Closed upper bound of the averaged stability coordinate by Bhattacharyya overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.theorems.b1_coordinate import BETA, SNR, U, V, W, slope_in_time
from proofs.tools import identity, seen, symbols
from symmerge.flow.averaged import averaged_bound, averaged_coordinate
from symmerge.flow.mixture import Mixture
from symmerge.flow.score import log_density, responsibilities
from symmerge.verdict import Proved, Refuted, Verdict


def steps() -> Iterator[Step]:
    """Checks."""
    p, q, gap = symbols("p q D")
    yield identity(
        "sqrt(ab)/2 - ab/(a+b) with a = p^2, b = q^2",
        p * q / 2 - p**2 * q**2 / (p**2 + q**2),
        p * q * (p - q) ** 2 / (2 * (p**2 + q**2)),
    )
    x, y, a, b, c, d = sympy.symbols("x y a b c d", real=True)
    first = (x - a) ** 2 + (y - b) ** 2
    second = (x - c) ** 2 + (y - d) ** 2
    middle = (x - (a + c) / 2) ** 2 + (y - (b + d) / 2) ** 2
    apart = (a - c) ** 2 + (b - d) ** 2
    yield identity("squares about the midpoint", (first + second) / 2, middle + apart / 4)
    root = symbols("r")[0]
    overlap = 2 * root * sympy.exp(-(gap**2) * SNR / 8)
    rate = BETA * W * U * gap**2 / V**2 * root / 2 * sympy.exp(-(gap**2) * SNR / 8)
    yield identity("the bound on the rate integrates", slope_in_time(overlap), rate)
    yield seen("bound above the quadrature, random mixtures", trials())


def trials() -> Iterator[Any]:
    """E gamma_i gamma_j, and the averaged coordinate, against their bounds; one dimension."""
    rng = np.random.default_rng(3)
    x = np.linspace(-16, 16, 6001)
    for _ in range(40):
        count = int(rng.integers(2, 5))
        means, weights = rng.normal(0, 2, count), rng.dirichlet(np.ones(count))
        mixture, t = Mixture(means, weights, float(rng.uniform(0.3, 1.4))), rng.uniform(0, 1.5)
        gamma = responsibilities(mixture, x[:, None], t)
        mass = np.exp(log_density(mixture, x[:, None], t)) * (x[1] - x[0])
        u, v = mixture.signal(t) ** 2, mixture.variance(t)
        for i in range(count):
            for j in range(i):
                mean = float(mass @ (gamma[:, i] * gamma[:, j]))
                distance = u * (means[i] - means[j]) ** 2
                bound = np.sqrt(weights[i] * weights[j]) / 2 * np.exp(-distance / (8 * v))
                yield None if mean <= bound * (1 + 1e-9) else (means, weights, u, v, mean, bound)
        total = averaged_coordinate(mixture, t).value
        fine = total <= averaged_bound(mixture, t) + 1e-9
        yield None if fine else (means, weights, mixture.sigma0, t, total)


def one_percent_less() -> Verdict:
    """The bound on ``E gamma_1 gamma_2`` one per cent smaller, for two close equal modes.

    ``gamma_1 gamma_2 = sech^2(m x)/4 >= (1 - m^2 x^2)/4`` for v = 1 and ``E x^2 = 1 + m^2``.
    """
    m = Fraction(1, 20)
    at_least = (1 - m**2 * (1 + m**2)) / 4
    bound = Fraction(99, 100) / 4  # times exp(-m^2/2) < 1
    if at_least > bound:
        return Refuted(
            f"the mean is at least {float(at_least):.6f} > {float(bound)}", "m = 1/20, v = 1"
        )
    return Proved("held")


THEOREM = Theorem(
    name="b1_average_bound",
    title="Closed bound on the averaged stability coordinate",
    statement="The averaged stability coordinate is bounded by half the log ratio of variances "
    "plus a sum over pairs of modes of differences of Bhattacharyya overlaps.",
    latex=r"""Let $A_{\mathrm{avg}}(t)=\int_0^t\beta\bigl(|1-\frac{\sigma_\infty^2}v|
+\sigma_\infty^2\frac{E\,\mathrm{tr}\,\mathrm{Cov}}{v^2}\bigr)$, which bounds the integral of
$E\|\partial_xV\|$, and $d_{ij}=|\mu_i-\mu_j|$. Then
\[A_{\mathrm{avg}}(t)\le\tfrac12\Bigl|\ln\frac{\sigma_0^2}{v}\Bigr|+2\sum_{i<j}\sqrt{\pi_i\pi_j}
\bigl[e^{-d_{ij}^2\mathrm{SNR}_t/8}-e^{-d_{ij}^2\mathrm{SNR}_0/8}\bigr].\]""",
    source="symmerge, part B1",
    standing="P",
    assumptions=("the process of b1_score",),
    steps=steps,
    proof=r"""$\mathrm{tr}\,\mathrm{Cov}=u\sum_{i<j}\gamma_i\gamma_jd_{ij}^2$ and, with
$a=\pi_iN_i$, $b=\pi_jN_j$ and $p\ge a+b$, $E\gamma_i\gamma_j=\int ab/p\le\int
ab/(a+b)\le\frac12\int\sqrt{ab}$ by the first identity, and $\int\sqrt{N_iN_j}=e^{-ud_{ij}^2/(8v)}$
by the second. By the third identity the resulting bound on the rate is the derivative of the
right-hand side; the first term is in b1\_coordinate.""",
    variants=(FalseVariant("the overlaps one per cent smaller", one_percent_less),),
)
