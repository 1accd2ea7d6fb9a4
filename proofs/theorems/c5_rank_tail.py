"""BOOT on coordinates that the teacher does not know: the limit of many steps."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import enclosed, identities, identity, symbols
from symmerge.chain import gradient_flow_chain
from symmerge.merge import operator
from symmerge.numbers import balls
from symmerge.plan import boot
from symmerge.schedule import cosine
from symmerge.verdict import Refuted, Undecided, Verdict

FIELD = balls(128)


def ratio(T: int, s: Fraction, power_of: Any = None) -> Any:
    """``M Gamma(1+g)/(g Delta^(1-g))`` as a ball, from symmerge's BOOT operator."""
    chain = gradient_flow_chain(cosine(T), Fraction(0), s, FIELD)
    M, g = operator(boot(T), chain), chain.g[-1]
    delta = FIELD.number(Fraction(1, 2 * T)) * type(g).pi()
    exponent = 1 - g if power_of is None else power_of(g)
    return M * (1 + g).gamma() / (g * delta**exponent)


def steps() -> Iterator[Step]:
    """Checks."""
    g, a = symbols("g a")
    # phi(a) = log((1-g) a + g) - (1-g) log a
    phi = sympy.log((1 - g) * a + g) - (1 - g) * sympy.log(a)
    yield identity("phi'(a)", sympy.diff(phi, a), -g * (1 - g) * (1 - a) / (a * ((1 - g) * a + g)))
    x, d = sympy.symbols("x d", positive=True)
    gap = sympy.sin(x - d) / sympy.sin(x) - (1 - d / x)
    wanted = (
        d * (1 / x - sympy.cos(x) / sympy.sin(x))
        + sympy.cos(x) / sympy.sin(x) * (d - sympy.sin(d))
        - (1 - sympy.cos(d))
    )
    yield identity("a_t - (t-1)/t", sympy.expand_trig(gap), wanted)
    t = symbols("t")[0]
    yield identity("(1-g)(t-1)/t + g = (t-(1-g))/t", (1 - g) * (t - 1) / t + g, (t - (1 - g)) / t)
    sines = symbols("s1:7")
    pairs = [
        (sympy.prod([sines[k - 1] / sines[k] for k in range(1, n)]), sines[0] / sines[n - 1])
        for n in range(2, 7)
    ]
    yield identities("the product of sin((t-1)Delta)/sin(t Delta) telescopes", pairs)
    with FIELD.working():
        for s in ("1/4", "1", "3"):
            values = [ratio(T, Fraction(s)) for T in (128, 512)]
            fits = all(abs(v - 1) < b for v, b in zip(values, (0.003, 0.0008), strict=True))
            shown = ", ".join(v.str(6, radius=False) for v in values)
            yield enclosed(f"ratio at T = 128, 512, s = {s}", fits, computed=shown, theoretical=1)


def wrong_power() -> Verdict:
    """Delta^g instead of Delta^(1-g)."""
    with FIELD.working():
        value = ratio(512, Fraction(1), lambda g: g)
        if abs(value - 1) > 0.5:
            return Refuted(f"ratio {value.str(5)}", "T = 512, s = 1")
    return Undecided("the balls overlap")


def without_gamma() -> Verdict:
    """The limit without 1/Gamma(1+g)."""
    with FIELD.working():
        g = FIELD.number(Fraction(-1, 2)).exp()
        value = ratio(512, Fraction(1, 4)) / (1 + g).gamma()
        if abs(value - 1) > 0.05:
            return Refuted(f"ratio {value.str(5)} at T = 512 and converging", "s = 1/4")
    return Undecided("the balls overlap")


THEOREM = Theorem(
    name="c5_rank_tail",
    title="BOOT where the teacher knows no variance",
    statement="On a coordinate to which the teacher gives no variance, BOOT's operator behaves "
    "for many steps like g Delta^(1-g)/Gamma(1+g).",
    latex=r"""Cosine schedule, $\hat\lambda=0$, $g\in(0,1]$ fixed. As $T\to\infty$,
$\Delta=\pi/(2T)$:
\[\frac{M_{\mathrm{BOOT}}}{g\,\Delta^{1-g}}\to\frac1{\Gamma(1+g)}.\]
The student is nearer to $\sqrt\lambda$ than its teacher (at $0$) iff $M<2\sqrt\lambda$.""",
    source="symmerge, part C5",
    standing="A",
    assumptions=("g fixed",),
    steps=steps,
    proof=r"""For $\hat\lambda=0$: $a_1=0$, $a_t=\frac{\sin(t-1)\Delta}{\sin t\Delta}$, so
$M=\cos\Delta\;g\prod_{t=2}^{T-1}((1-g)a_t+g)$. Write $\ln((1-g)a+g)=(1-g)\ln a+\phi(a)$ and
$b_t=(t-1)/t$. As $\sin$ is concave, $a_t\ge b_t\ge \frac12$ for $t\ge2$, so by the first identity
$|\phi'|\le4(1-b_t)=4/t$ on $[b_t,a_t]$; by the second, with $x=t\Delta$, $0\le\frac1x-\cot x\le x$
on $(0,\pi/2]$ and $\cot x\,(\Delta-\sin\Delta)\le\frac1{2\Delta}\frac{\Delta^3}6\le1-\cos\Delta$,
$a_t-b_t\le t\Delta^2$. So $|\sum_t\phi(a_t)-\sum_t\phi(b_t)|\le4T\Delta^2\to0$. The products
telescope: $\prod_{t=2}^{T-1}a_t=\tan\Delta$, $\prod b_t=\frac1{T-1}$, and by the third identity
$\prod((1-g)b_t+g)=\frac{\Gamma(T-1+g)}{\Gamma(1+g)\Gamma(T)}$. Hence $M\sim
g\,(T\tan\Delta)^{1-g}\frac{T^{g-1}}{\Gamma(1+g)}\sim\frac{g\,\Delta^{1-g}}{\Gamma(1+g)}$.""",
    variants=(
        FalseVariant("the power g instead of 1-g", wrong_power),
        FalseVariant("without the gamma function", without_gamma),
    ),
)
