"""Closed form of the stability coordinate A(t), the integral of L."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identity, nonnegative, seen, symbols
from symmerge.flow.stability import Stability
from symmerge.numbers import multiprecision
from symmerge.verdict import Proved, Refuted, Verdict

BETA, U, V0, W, D2 = symbols("beta u v0 w D2")  # w = sigma_inf^2, D2 = D0^2, u = exp(-2 beta t)
V = W + (V0 - W) * U
SNR = U / V


def rate(sign: int) -> sympy.Expr:
    """L(t), with ``|1 - w/v| = sign (1 - w/v)``."""
    return BETA * (sign * (1 - W / V) + W * U * D2 / (4 * V**2))


def slope_in_time(coordinate: sympy.Expr) -> sympy.Expr:
    """d/dt, where ``du/dt = -2 beta u``."""
    return sympy.diff(coordinate, U) * (-2 * BETA * U)


def coordinate(sign: int, factor: sympy.Expr = sympy.S.One) -> sympy.Expr:
    """The closed form, with ``|ln(v0/v)| = sign ln(v0/v)``."""
    at_start = SNR.subs(U, 1)
    return sign * sympy.log(V0 / V) / 2 + factor * D2 / 8 * (at_start - SNR)


def steps() -> Iterator[Step]:
    """Checks."""
    for sign, case in ((1, "sigma_0 >= sigma_inf"), (-1, "sigma_0 <= sigma_inf")):
        claim = f"A' = L when {case}"
        yield identity(claim, slope_in_time(coordinate(sign)), rate(sign))
    yield identity("A(0) = 0", coordinate(1).subs(U, 1), sympy.S.Zero)
    gap = sympy.Symbol("p", positive=True)  # u = 1/(1 + r) lies in (0, 1]
    r = sympy.Symbol("r", positive=True)
    above = (1 - W / V).subs(V0, W + gap)
    yield nonnegative("1 - w/v >= 0 for sigma_0 > sigma_inf", above.subs(U, 1 / (1 + r)))
    below = (W / V - 1).subs(W, V0 + gap).subs(U, 1 / (1 + r))
    yield nonnegative("1 - w/v <= 0 for sigma_0 < sigma_inf", below)
    yield nonnegative(
        "v >= v0 then, and v0 >= v in the other case",
        (V - V0).subs(W, V0 + gap).subs(U, 1 / (1 + r)),
    )
    yield identity("SNR_0 - SNR_t", SNR.subs(U, 1) - SNR, W * (1 - U) / (V0 * V))
    yield identity(
        "equal widths sigma_0 = sigma_inf: A = D0^2 (1-u)/(8 sigma_0^2)",
        coordinate(1).subs(V0, W),
        D2 * (1 - U) / (8 * W),
    )
    yield seen("the package's coordinates and rates, to forty digits", as_computed())


def as_computed() -> Iterator[Any]:
    """Rates and coordinates of the package against these formulas."""
    t, field = Fraction(1, 7), multiprecision(45)
    for sigma, sigma_inf in (("1/4", 1), ("1", "3/2"), ("3", 1), ("1/1000", 2)):
        flow = Stability(sigma, 3, 2, sigma_inf)
        wide, start = Fraction(sigma_inf) ** 2, Fraction(sigma) ** 2
        u = sympy.exp(-4 * sympy.Rational(t))
        point = {V0: sympy.Rational(start), W: sympy.Rational(wide), D2: 9, BETA: 2, U: u}
        sign = 1 if start >= wide else -1
        pairs = ((flow.coordinate, coordinate(sign)), (flow.rate, rate(sign)))
        for computed, formula in pairs:
            expected = field.context.mpf(str(formula.subs(point).evalf(50)))
            found = computed(t, field=field)
            yield None if abs(found / expected - 1) < 1e-40 else (sigma, sigma_inf, found)


def at(sigma_0_squared: Fraction, sigma_inf_squared: int, candidate: sympy.Expr) -> Verdict:
    """Whether a candidate for A with sigma_0 < sigma_inf has the derivative L at one point."""
    values = {V0: sigma_0_squared, W: sigma_inf_squared, U: Fraction(1, 3), D2: 4, BETA: 5}
    point = {name: sympy.Rational(value) for name, value in values.items()}
    gap = (slope_in_time(candidate) - rate(-1)).subs(point)
    return Refuted(f"A' - L = {gap}", point) if gap != 0 else Proved("held")


def with_a_second_factor() -> Verdict:
    """D0^2 multiplied by sigma_inf^2 in front of the difference of the SNRs."""
    return at(Fraction(1, 2), 4, coordinate(-1, W))


def without_absolute_value() -> Verdict:
    """The case sigma_0 > sigma_inf used for sigma_0 < sigma_inf."""
    return at(Fraction(1, 4), 1, coordinate(1))


THEOREM = Theorem(
    name="b1_coordinate",
    title="Closed form of the stability coordinate",
    statement="The integral of the Lipschitz bound is half the logarithm of the variance ratio "
    "in absolute value plus an eighth of the squared diameter times the loss of signal-to-noise "
    "ratio, for every sigma_inf.",
    latex=r"""Let $u=e^{-2\beta t}$, $v=\sigma_\infty^2+(\sigma_0^2-\sigma_\infty^2)u$,
$\mathrm{SNR}_t=u/v$. Then
\[A(t)=\int_0^tL=\tfrac12\Bigl|\ln\frac{\sigma_0^2}{s_t^2}\Bigr|
+\frac{D_0^2}{8}\bigl(\mathrm{SNR}_0-\mathrm{SNR}_t\bigr),\qquad
\mathrm{SNR}_0-\mathrm{SNR}_t=\frac{\sigma_\infty^2(1-u)}{\sigma_0^2v}.\]""",
    source="symmerge, part B1",
    standing="P",
    assumptions=("L as in b1_lipschitz", "sigma_0, sigma_inf, beta > 0"),
    steps=steps,
    proof=r"""As $0<u\le1$, $v$ lies between $\sigma_0^2$ and $\sigma_\infty^2$, so
$1-\sigma_\infty^2/v$ keeps one sign, that of $\sigma_0-\sigma_\infty$, and $\ln(\sigma_0^2/v)$ has
the same sign. In either case the derivative in $t$ of the right-hand side is $L$ and its value at
$t=0$ is $0$. Note that the factor $\sigma_\infty^2$ of the $D_0^2$ term of $L$ is already in the
difference of the SNRs.""",
    variants=(
        FalseVariant("A with an extra factor sigma_inf^2 on the SNR term", with_a_second_factor),
        FalseVariant("A without the absolute value for sigma_0 < 1", without_absolute_value),
    ),
)
