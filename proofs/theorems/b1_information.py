"""The averaged stability coordinate is a loss of mutual information."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identity, seen, symbols
from symmerge.verdict import Proved, Refuted, Verdict

MODES = (np.array([-2.0, 0.0, 3.0]), np.array([0.5, 0.3, 0.2]))


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


def marginal(u: float, v0: float) -> tuple[Any, ...]:
    """Grid, weight, variance, weighted mode densities and density at u = exp(-2 beta t)."""
    means, weights = MODES
    v = 1 + (v0 - 1) * u
    x, step = np.linspace(-14, 14, 4001, retstep=True)
    gaps = (x[:, None] - np.sqrt(u) * means) ** 2
    parts = weights * np.exp(-gaps / (2 * v)) / np.sqrt(2 * np.pi * v)
    return x, step, v, parts, parts.sum(1)


def information(u: float, v0: float) -> float:
    """I(Z; X_t) in nats."""
    _, step, _, parts, density = marginal(u, v0)
    weights = MODES[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(parts > 0, parts * np.log(parts / (weights * density[:, None])), 0)
    return float(terms.sum() * step)


def spread_rate(u: float, v0: float) -> float:
    """E tr Cov / v^2, with the modes at time t."""
    _, step, v, parts, density = marginal(u, v0)
    gamma = parts / density[:, None]
    places = np.sqrt(u) * MODES[0]
    variance = gamma @ places**2 - (gamma @ places) ** 2
    return float((density * variance).sum() * step / v**2)


def trials() -> Iterator[Any]:
    """The integral over t, as one over u, against the loss of information."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    for v0, u in ((0.25, 0.3), (1.0, 0.1), (2.25, 0.5)):
        levels = u + (1 - u) * (nodes + 1) / 2
        rates = [spread_rate(level, v0) / (2 * level) for level in levels]
        integral = float(np.dot(weights, rates)) * (1 - u) / 2
        loss = information(1.0, v0) - information(u, v0)
        yield None if abs(integral - loss) < 1e-8 else (v0, u, integral, loss)


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
