"""The band's edges for many steps: asymptotic constants, compared with computed edges."""

import math
from itertools import pairwise

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import counterexample, identity, seen, symbols
from symmerge.numbers import multiprecision
from symmerge.phase import band_edges


def constants(s):
    """``c_lo, c_hi`` of lam = 1 + c Delta for gT >> 1: F+ = g F-, g F+ = F-, with g = exp(-2 s)."""
    ctx = multiprecision(20).context
    g = ctx.exp(-2 * ctx.mpf(s))

    def plus(c):
        p = ctx.asin(1 / c)
        return (2 * c * ctx.cos(p) - (ctx.pi - 2 * p)) / 4

    def minus(c):
        return plus(c) - (c / 2 - ctx.pi / 4)

    middle = ctx.pi / 2
    low = ctx.findroot(
        lambda c: plus(c) - g * minus(c), (ctx.mpf("1.0001"), middle), solver="anderson"
    )
    high = ctx.findroot(lambda c: g * plus(c) - minus(c), (middle, 60), solver="anderson")
    return low, high


def short_constants():
    """For gT << 1: ``c_lo = 1 + q sqrt(Delta)``, ``c_hi = r Delta^(-1/3)``; returns q and r."""
    return math.sqrt((math.pi / 4 - 1 / 2) / (9 / 16)), (5 / 24) ** (1 / 3)


def steps():
    c, p = symbols("c p")
    theta = sympy.Symbol("theta")
    antiderivative = (-c * sympy.cos(2 * theta) / 2 - theta) / 2
    yield identity(
        "first order in Delta: x_t = Delta^2 (c sin 2theta - 1)/2 integrates to -(c cos 2theta)/4 "
        "- theta/2",
        sympy.diff(antiderivative, theta) - (c * sympy.sin(2 * theta) - 1) / 2,
        0,
    )
    total = antiderivative.subs(theta, sympy.pi / 2) - antiderivative.subs(theta, 0)
    yield identity(
        "over 0..pi/2 that is F+ - F- = c/2 - pi/4, zero at c_0 = pi/2", total, c / 2 - sympy.pi / 4
    )
    plus = antiderivative.subs(theta, sympy.pi / 2 - p / 2) - antiderivative.subs(theta, p / 2)
    yield identity(
        "over the growing steps p/2..pi/2-p/2 it is F+ = (2c cos p - (pi - 2p))/4",
        sympy.expand_trig(plus),
        (2 * c * sympy.cos(p) - (sympy.pi - 2 * p)) / 4,
    )
    yield seen(
        "computed c = (lam-1)/Delta approaches the constants: the gap falls from T = 16 to 64 to "
        "256",
        _approach(),
        required=True,
    )


def _gaps(s, sizes=(16, 32, 64)):
    for which, limit in enumerate(constants(s)):
        yield [
            abs((band_edges(T, s)[which] - 1) / (math.pi / (2 * T)) - float(limit)) for T in sizes
        ]


def _approach():
    for s in ("0.5", "1"):
        for gaps in _gaps(s):
            falls = all(y < x for x, y in pairwise(gaps))
            yield None if falls else f"s = {s}: gaps {gaps}"


def _swapped():
    low, high = constants("1")
    found = band_edges(64, "1")
    scale = math.pi / 128
    close = abs((found[0] - 1) / scale - float(high)) < abs((found[0] - 1) / scale - float(low))
    yield (
        None
        if close
        else f"T = 64: c_lo = {(found[0] - 1) / scale:.4f}, not near {float(high):.4f}"
    )


THEOREM = Theorem(
    name="a6_edges_many_steps",
    title="Edges of the band for many steps",
    statement="With lam = 1 + c Delta and g T >> 1, the band lies between the roots of F+ = g F- "
    "and g F+ = F-, and c_0 = pi/2. Compared numerically; asymptotic, not proved.",
    latex=r"(Asymptotic, seen.) Let $\lambda=1+c\Delta$, $\Delta=\pi/(2T)$, $g=e^{-2s}$, "
    r"$F_+(c)=\frac14[2c\cos p-(\pi-2p)]$ with $p=\arcsin(1/c)$, $F_-=F_+-(c/2-\pi/4)$. As "
    r"$T\to\infty$ with $s$ fixed, $c_{\mathrm{lo}}$ tends to the root of $F_+=gF_-$, "
    r"$c_{\mathrm{hi}}$ to that of $gF_+=F_-$, and $c_0\to\pi/2$.",
    source="symmerge, part A6",
    standing="A",
    assumptions=("cosine schedule", "gradient flow with fixed s"),
    steps=steps,
    expected="undecided",
    variants=(
        FalseVariant(
            "the two constants are swapped",
            lambda: counterexample("c_lo tends to the root of g F+ = F-", _swapped()),
        ),
    ),
)
