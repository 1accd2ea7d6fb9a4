"""Integral in time of the exact supremum of the velocity's Jacobian, for narrow modes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.theorems.b1_coordinate import BETA, D2, SNR, V0, U, V, W, slope_in_time
from proofs.tools import identity, symbols
from symmerge.verdict import Proved, Refuted, Verdict

ONE_SIDED = sympy.log(V0 / V) / 2 + D2 / 8 * (SNR.subs(U, 1) - SNR)
SIZE = 1 - V0  # |c|
SWITCH = D2 / (8 * SIZE)


def steps() -> Iterator[Step]:
    """Checks."""
    pull = 1 / V - 1
    spread = D2 * U / (4 * V**2)
    v = symbols("v")[0]
    at_unit = {W: 1}
    first = slope_in_time(ONE_SIDED).subs(at_unit)
    yield identity(
        "before the switch the rate is b - A", first, (BETA * (spread - pull)).subs(at_unit)
    )
    second = slope_in_time(sympy.log(V / SWITCH) / 2).subs(at_unit)
    yield identity("after it the rate is A", second, (BETA * pull).subs(at_unit))
    on_v = {U: (1 - v) / SIZE, W: 1}
    gap = (spread - 2 * pull).subs(on_v)
    yield identity("b - 2A has the sign of v* - v", gap, 2 * (1 - v) / v**2 * (SWITCH - v))
    yield identity("v from u", V.subs(W, 1).subs(U, (1 - v) / SIZE), v)
    yield identity(
        "from the start where v* <= v0",
        slope_in_time(sympy.log(V / V0) / 2).subs(at_unit),
        (BETA * pull).subs(at_unit),
    )


def switch_at_twice() -> Verdict:
    """The switch at D0^2/(4|c|), where the one-sided rate changes sign."""
    v0, square = Fraction(1, 16), 4
    size = 1 - v0
    v = Fraction(3, 2) * square / (8 * size)  # between the two
    u = (1 - v) / size
    pull, spread = 1 / v - 1, square * u / (4 * v**2)
    if spread - pull < pull:
        return Refuted(
            f"there b - A = {spread - pull} is less than A = {pull}", "sigma_0 = 1/4, D0 = 2"
        )
    return Proved("held")


THEOREM = Theorem(
    name="b1_supremum_integral",
    title="Integral of the exact supremum for narrow modes",
    statement="For sigma_0 < 1 the integral of the exact supremum of the Jacobian is the "
    "one-sided coordinate until v reaches v* = D0^2/(8(1-sigma_0^2)) and grows like half of log "
    "v from there.",
    latex=r"""Let $\sigma_\infty=1$, $\sigma_0<1$, $v^*=D_0^2/(8(1-\sigma_0^2))$ and
$B=\frac12\ln(\sigma_0^2/v)+\frac{D_0^2}8(\mathrm{SNR}_0-\mathrm{SNR}_t)$. Then
$\int_0^t\beta\max(\frac1v-1,1-\frac1v+\frac{\mathrm{diam}^2}{4v^2})$ equals $B(t)$ while $v\le
v^*$, then $B|_{v=v^*}+\frac12\ln(v/v^*)$; if $v^*\le\sigma_0^2$ it is $\frac12\ln(v/\sigma_0^2)$
throughout.""",
    source="symmerge, part B1",
    standing="P",
    assumptions=("the supremum of b1_supremum",),
    steps=steps,
    proof=r"""$v$ increases from $\sigma_0^2$ to $1$, so by the third identity the second term of
the maximum is the larger exactly while $v\le v^*$. The two rates are integrated by the first two
identities.""",
    variants=(FalseVariant("the switch at D0^2/(4(1-sigma_0^2))", switch_at_twice),),
)
