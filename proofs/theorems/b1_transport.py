"""In one dimension the flow map is the monotone transport between the marginals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identity, seen, symbols
from symmerge.flow.mixture import Mixture
from symmerge.flow.transport import flow_map, transport
from symmerge.verdict import Proved, Refuted, Verdict


def sides(sign: int = -1) -> tuple[sympy.Expr, sympy.Expr]:
    """For one mode, divided by its density: time derivative of z = (x-m)/sqrt(v), and -velocity."""
    beta, w = symbols("beta w")
    x = sympy.Symbol("x", real=True)
    t, size = sympy.symbols("t s", positive=True)
    m, v = sympy.Function("m")(t), sympy.Function("v")(t)
    motion = {sympy.diff(m, t): -beta * m, sympy.diff(v, t): -2 * beta * (v - w)}
    z = (x - m) / sympy.sqrt(v)
    time = (sympy.diff(z, t).subs(motion) * sympy.sqrt(v)).subs(v, size**2)
    flux = sign * (-beta) * (x - w * (x - m) / v)
    return time, flux.subs(v, size**2)


def steps() -> Iterator[Step]:
    """Checks."""
    yield identity("dz/dt = -V_k/sqrt(v) for every mode", *sides())
    yield seen("the transport as computed, against Runge-Kutta steps", trials())


def trials() -> Iterator[Any]:
    """Three modes, from noise to data and back."""
    mixture = Mixture([-2.0, 0.5, 3.0], [0.5, 0.2, 0.3], "1/2", 2)
    x = np.linspace(-3, 3, 7)
    for start, end in ((0.5, 0.0), (0.1, 0.5), (1.0, 0.7)):
        steps = flow_map(mixture, x[:, None], start, end, 800)[:, 0]
        gap = np.abs(steps - transport(mixture, x, start, end)).max()
        yield None if gap < 1e-6 else (start, end, gap)


def wrong_flux() -> Verdict:
    """The flux with the other sign."""
    gap = sympy.together(sides(1)[0] - sides(1)[1])
    return Refuted("the difference does not vanish", gap) if gap != 0 else Proved("held")


THEOREM = Theorem(
    name="b1_transport",
    title="One dimension: the flow is the monotone transport",
    statement="In one dimension the flow map from time t to 0 is the increasing rearrangement, "
    "the quantile function of the data after the distribution function at time t.",
    latex=r"""For $d=1$, with distribution functions $F_t$: $\Phi_{0\leftarrow t}=F_0^{-1}\circ
F_t$, and $\Phi'_{0\leftarrow t}(x)=p_t(x)/p_0(\Phi_{0\leftarrow t}(x))$.""",
    source="symmerge, part B1",
    standing="P",
    assumptions=("d = 1", "the process of b1_score"),
    steps=steps,
    proof=r"""$F_t=\sum_k\pi_k\mathcal N(z_k)$ with $z_k=(x-m_k)/\sqrt v$ and $\mathcal N$ the
normal distribution function, and $p_tV=\sum_k\pi_kp_{t,k}V_k$ with
$V_k=-\beta(x-\sigma_\infty^2(x-m_k)/v)$, since $p\,\partial_x \log
p=\sum_k\pi_kp_{t,k}\,\partial_x\log p_{t,k}$. The identity gives $\partial_tF_t=-p_tV$, so along a
trajectory $\frac{d}{dt}F_t(X_t)=\partial_tF_t+p_tV=0$: $F_t(X_t)$ is constant. $F_0$ is strictly
increasing and smooth.""",
    variants=(FalseVariant("dF_t/dt = + p_t V", wrong_flux),),
)
