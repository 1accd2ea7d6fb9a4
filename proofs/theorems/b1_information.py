"""The averaged stability coordinate is a loss of mutual information."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identity, seen, symbols
from symmerge.flow.averaged import information
from symmerge.flow.mixture import Mixture
from symmerge.flow.score import log_density, spread
from symmerge.verdict import Proved, Refuted, Verdict


def steps() -> Iterator[Step]:
    """Checks."""
    x = sympy.Symbol("x", real=True)
    p = sympy.Function("p")(x)
    log = sympy.log(p)
    yield identity(
        "p (log p)'' + p (log p)'^2 = p''",
        p * sympy.diff(log, x, 2) + p * sympy.diff(log, x) ** 2,
        sympy.diff(p, x, 2),
    )
    beta, w, d, v, trace = symbols("beta w d v K")
    fisher = d / v - trace / v**2
    mixture = beta * (w * fisher - d)
    mode = d / 2 * (-2 * beta * (v - w)) / v
    yield identity("d/dt (h(X_t) - h(X_t|Z))", mixture - mode, -beta * w * trace / v**2)
    yield seen("both sides by quadrature to 1e-8, three modes", trials())


def spread_rate(mixture: Mixture, t: float) -> float:
    """``beta E tr Cov/v^2`` by quadrature."""
    x, step = np.linspace(-14, 14, 4001, retstep=True)
    density = np.exp(log_density(mixture, x[:, None], t))
    return float(density @ spread(mixture, x[:, None], t) * step / mixture.variance(t) ** 2)


def trials() -> Iterator[Any]:
    """The integral over t against the loss of information."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    for sigma0, t in (("1/2", 0.6), ("1", 1.2), ("3/2", 0.4)):
        mixture = Mixture([-2.0, 0.0, 3.0], [0.5, 0.3, 0.2], sigma0)
        rates = [spread_rate(mixture, time) for time in t * (nodes + 1) / 2]
        integral = float(weights @ rates) * t / 2
        loss = information(mixture, 0).value - information(mixture, t).value
        yield None if abs(integral - loss) < 1e-8 else (sigma0, t, integral, loss)


def twice_the_loss() -> Verdict:
    """Without the factor 1/2 of dI/dSNR = mmse/2: the integral would be twice the loss."""
    beta, w, d, v, trace = (sympy.Rational(q) for q in ("1", "1", "1", "1/2", "1/10"))
    rate = beta * (w * (d / v - trace / v**2) - d) - d / 2 * (-2 * beta * (v - w)) / v
    if rate != -2 * beta * w * trace / v**2:
        return Refuted(
            f"dI/dt = {rate}, not {-2 * beta * w * trace / v**2}", "v = 1/2, E tr Cov = 1/10"
        )
    return Proved("held")


THEOREM = Theorem(
    name="b1_information",
    title="The averaged coordinate is a loss of mutual information",
    statement="The time integral of the averaged covariance term of the Jacobian is the mutual "
    "information between mode and sample that the noise has destroyed, hence at most log K.",
    latex=r"""Let $Z$ be the mode of $X_0$. Then
\[\int_0^t\beta\sigma_\infty^2\frac{E\,\mathrm{tr}\,\mathrm{Cov}}{s_\tau^4}\,d\tau
=I(Z;X_0)-I(Z;X_t)\le H(Z)\le\ln K.\]""",
    source="D. Guo, S. Shamai, S. Verdu, IEEE Trans. Inf. Theory 51 (2005) 1261 (I-MMSE); "
    "symmerge, "
    "part B1",
    standing="P",
    assumptions=("the process of b1_score", "E over p_t at each time"),
    steps=steps,
    proof=r"""$I(Z;X_t)=h(X_t)-h(X_t\mid Z)$. By the Fokker--Planck equation and integration by
parts (densities and derivatives decay like Gaussians) $\frac{d}{dt}h(X_t)=-\int\partial_tp\log
p=\beta(\sigma_\infty^2J-d)$ with $J=E|\nabla\log p|^2=-E\,\Delta\log p$, by the first identity in
each direction and $\int\Delta p=0$; by b1\_score $J=d/v-E\,\mathrm{tr}\,\mathrm{Cov}/v^2$. Given
$Z$ the law is Gaussian, $h(X_t\mid Z)=\frac d2\ln(2\pi ev)$ with $v'=-2\beta(v-\sigma_\infty^2)$.
The second identity is the difference. Integrate; $0\le I(Z;X_t)\le H(Z)\le\ln K$.""",
    variants=(FalseVariant("dI/dt twice as large", twice_the_loss),),
)
