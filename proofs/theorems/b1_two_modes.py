"""Symmetric two modes: the one-sided coordinate is the exact log of the Lipschitz constant."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.theorems.b1_coordinate import D2, U, V, W
from proofs.theorems.b1_supremum_integral import ONE_SIDED
from proofs.tools import enclosed, identity, seen, symbols
from symmerge.flow.mixture import Mixture
from symmerge.flow.stability import Stability
from symmerge.flow.transport import log_lipschitz
from symmerge.numbers import balls
from symmerge.verdict import Proved, Refuted, Undecided, Verdict

FIELD = balls(100)


def steps() -> Iterator[Step]:
    """Checks."""
    x, m = sympy.symbols("x m", real=True)
    v, beta = symbols("v beta")
    # responsibilities 1/(1 + exp(-+2 m x/v)), so their mean of the modes is m tanh(m x/v)
    velocity = -beta * (x - W * (x - m * sympy.tanh(m * x / v)) / v)
    yield identity("x = 0 is a trajectory", velocity.subs(x, 0), sympy.S.Zero)
    yield identity(
        "there -dV/dx attains the one-sided bound, diam = 2m",
        -sympy.diff(velocity, x).subs(x, 0),
        beta * (1 - W / v + W * (2 * m) ** 2 / (4 * v**2)),
    )
    # Oracle: derivative of the transport at 0 is p_t(0)/p_0(0).
    log_density = -sympy.log(V) / 2 - D2 / 4 * U / (2 * V)
    ratio = log_density - log_density.subs(U, 1)
    yield identity(
        "log p_t(0)/p_0(0) = B(t)",
        sympy.expand_log(ratio.subs(W, 1), force=True),
        sympy.expand_log(ONE_SIDED.subs(W, 1), force=True),
    )
    with FIELD.working():
        value = two_mode_lipschitz()
        fits = abs(value - FIELD.number(Fraction(66137, 10**4))) < FIELD.number(Fraction(5, 10**5))
        yield enclosed(
            "means -1, 1, sigma_0 = 1/4, beta t = 5: 6.6137",
            fits,
            computed=value.str(12),
            theoretical="6.6137",
        )
    yield seen("largest slope of the transport, to 1e-10", transports())


def two_mode_lipschitz() -> Any:
    """B(1) for means -1, 1, sigma_0 = 1/4 and beta = 5, as a ball."""
    return Stability("1/4", 2, 5).coordinate(1, "one-sided", FIELD)


def transports() -> Iterator[Any]:
    """Largest slope of the exact transport against B."""
    for mean, sigma, t in ((1, "1/4", 1), (2, "1/2", 1), (2, "1", "1/20"), (1, "3/2", 1)):
        mixture = Mixture([-float(mean), float(mean)], sigma0=sigma, beta=5)
        bound = Stability.of(mixture).coordinate(t, "one-sided")
        found = log_lipschitz(mixture, t).value
        yield None if abs(found - bound) < 1e-10 else (mean, sigma, t, found, bound)


def with_the_switch() -> Verdict:
    """B with the switch to half of log(v/v*) at v* = D0^2/(8(1-sigma_0^2)), as for the supremum."""
    with FIELD.working():
        v0, square, size = (FIELD.number(Fraction(q)) for q in ("1/16", "4", "15/16"))
        switch = square / (8 * size)
        v = 1 - size * FIELD.number(Fraction(-10)).exp()
        snr = (1 - switch) / size / switch
        candidate = (v0 / switch).log() / 2 + square / 8 * (1 / v0 - snr) + (v / switch).log() / 2
        truth = two_mode_lipschitz()
        if candidate > truth:
            reason = f"log Lip = {truth.str(8)} but the formula gives {candidate.str(8)}"
            return Refuted(reason, "means -1, 1, sigma_0 = 1/4, beta t = 5")
    return Undecided("the balls overlap")


def unequal_weights() -> Verdict:
    """With weights .8/.2 the point of largest Jacobian would have to be a trajectory too.

    It is ``x* = k v/m``, ``k = ln(1/4)/2`` and ``m = sqrt(u)``; there the mean of the modes is 0.
    """
    k, u, v0, beta = sympy.symbols("k u v0 beta", real=True)
    v = 1 + (v0 - 1) * u
    point = k * v / sympy.sqrt(u)
    motion = sympy.diff(point, u) * (-2 * beta * u)
    velocity = -beta * (point - point / v)
    at = {k: sympy.log(sympy.Rational(1, 4)) / 2, u: sympy.Rational(1, 4), v0: 1, beta: 1}
    gap = (motion - velocity).subs(at)
    if abs(gap.evalf(20)) > 1e-10:
        return Refuted(f"it moves off by {gap.evalf(6)}", "weights .8/.2, means 1, -1, sigma_0 = 1")
    return Proved("held")


THEOREM = Theorem(
    name="b1_two_modes",
    title="Symmetric two modes: the one-sided bound is exact",
    statement="For two equally weighted modes at mu and -mu the logarithm of the flow map's "
    "Lipschitz constant is B(t) exactly, in any dimension.",
    latex=r"""If $p_0=\frac12N(\mu,\sigma_0^2I)+\frac12N(-\mu,\sigma_0^2I)$ and $B$ is the
one-sided coordinate with $D_0=2|\mu|$, then
$\ln\mathrm{Lip}\,\Phi_{0\leftarrow t}=B(t)$.""",
    source="symmerge, part B1",
    standing="P",
    assumptions=("two modes, equal weights, means mu and -mu",),
    steps=steps,
    proof=r"""Upper bound: b1\_one\_sided. Lower bound: $x=0$ is a trajectory for all times; the
differential of the flow along it, in the direction of $\mu$, is the exponential of the integral of
$-\partial_xV$ there, which is $B'$ by the second identity. (Second route in one dimension, by
b1\_transport: $\Phi'(0)=p_t(0)/p_0(0)=e^{B}$, the third identity.)""",
    variants=(
        FalseVariant("B with the switch that belongs to the exact supremum", with_the_switch),
        FalseVariant("unequal weights: the worst point is a trajectory", unequal_weights),
    ),
)
