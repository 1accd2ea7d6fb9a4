"""Expansion of log C for many steps, derived from the closed form."""

from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import identities, identity, seen, symbols, vanishes
from symmerge.numbers import multiprecision
from symmerge.teacher import composite_cosine

R, D, T = symbols("r Delta T")


def series():
    """Coefficients of Delta^2, Delta^4 in xi - eta, from the ODE-free recursion of arcosh.

    With f(Delta) = xi(Delta) and cosh f = cos(Delta) cosh(eta) the ansatz f = eta + p Delta^2 +
    q Delta^4 is inserted in cosh f and compared.
    """
    p, q = sympy.symbols("p q")
    cosh, sinh = (1 + R**2) / (1 - R**2), 2 * R / (1 - R**2)
    bump = p * D**2 + q * D**4
    left = cosh * (1 + bump**2 / 2) + sinh * bump  # up to Delta^5
    right = cosh * (1 - D**2 / 2 + D**4 / 24)
    gap = sympy.Poly(sympy.expand(sympy.cancel(left - right)), D)
    second = sympy.solve(gap.coeff_monomial(D**2), p)[0]
    fourth = sympy.solve(gap.coeff_monomial(D**4).subs(p, second), q)[0]
    return sympy.cancel(second), sympy.cancel(fourth)


def claimed(lam):
    """Coefficients of 1/T and 1/T^3 in log C - log(lam)/2."""
    first = -(sympy.pi**2) * (1 + lam) / (16 * sympy.sqrt(lam))
    third = (
        -(sympy.pi**4)
        * (1 + lam)
        * (3 * lam**2 + 2 * lam + 3)
        / (3072 * lam ** sympy.Rational(3, 2))
    )
    return first, third


def steps():
    p, q = series()
    per_delta = sympy.pi / (2 * D)
    first, third = claimed(R**2)
    yield identities(
        "T (xi - eta) = first/T + third/T^3 + .. for lam = r^2 < 1",
        [
            (per_delta * p * D**2, first * 2 * D / sympy.pi),
            (per_delta * q * D**4, third * (2 * D / sympy.pi) ** 3),
        ],
    )
    above = claimed(1 / R**2)
    yield identities(
        "the two terms are invariant under lam -> 1/lam, as log C - log(lam)/2 is",
        list(zip((first, third), above, strict=True)),
    )
    at_one = claimed(sympy.Integer(1))
    yield identities(
        "lam = 1: T log cos(Delta) = -T (Delta^2/2 + Delta^4/12 + ..) has the same two terms",
        [
            (-per_delta * D**2 / 2, at_one[0] * 2 * D / sympy.pi),
            (-per_delta * D**4 / 12, at_one[1] * (2 * D / sympy.pi) ** 3),
        ],
    )
    z = sympy.Symbol("z")
    log_cos = sympy.Poly(-(z**2) / 2 - z**4 / 12, z)
    check = sympy.series(sympy.exp(log_cos.as_expr()), z, 0, 6).removeO()
    yield identity("exp(-z^2/2 - z^4/12) = cos z up to z^5", check, 1 - z**2 / 2 + z**4 / 24)
    yield seen("the rest shrinks like 1/T^5 (ratio 32 per doubling of T)", _rest_ratios())


def _rest_ratios():
    field = multiprecision(60)
    ctx = field.context
    for lam in (Fraction(1, 5), Fraction(1, 2), Fraction(3), Fraction(1)):
        value = field.number(lam)
        first, third = (
            sympy.lambdify((), c, modules=ctx)()
            for c in claimed(sympy.Rational(lam.numerator, lam.denominator))
        )
        rests = [
            ctx.log(composite_cosine(value, n, field) / ctx.sqrt(value)) - first / n - third / n**3
            for n in (64, 128)
        ]
        ratio = rests[0] / rests[1]
        yield None if 31 < ratio < 33 else f"lam = {lam}: ratio {ctx.nstr(ratio, 8)}"


def _wrong():
    first, _ = claimed(R**2)
    p, _ = series()
    return vanishes(
        sympy.pi / (2 * D) * p * D**2 - sympy.Rational(101, 100) * first * 2 * D / sympy.pi
    )


THEOREM = Theorem(
    name="a1_expansion",
    title="Composite of the cosine schedule for many steps",
    statement="log C = log(lam)/2 - pi^2 (1+lam)/(16 sqrt(lam) T) - pi^4 (1+lam)(3 lam^2+2 lam+3)/"
    "(3072 lam^(3/2) T^3) - .., odd powers of 1/T only.",
    latex=r"For the cosine schedule and fixed $\lambda>0$, as $T\to\infty$, "
    r"\[ \log C=\tfrac12\log\lambda-\frac{\pi^2(1+\lambda)}{16\sqrt\lambda\,T}"
    r"-\frac{\pi^4(1+\lambda)(3\lambda^2+2\lambda+3)}{3072\,\lambda^{3/2}T^3}+O(T^{-5}), \]"
    r" and only odd powers of $1/T$ occur to all orders.",
    source="symmerge, part A1",
    standing="A",
    assumptions=("cosine schedule", "lam > 0 fixed"),
    steps=steps,
    proof=r"For $\lambda\ne1$ the closed form gives $\log "
    r"C-\frac12\log\lambda=T(\xi-\eta)+\log(1+e^{-2T\xi})-\log(1-e^{-2T\eta})$; the last two "
    r"terms are exponentially small because $\eta>0$ is fixed and $\xi\to\eta$. The function "
    r"$\xi(\Delta)$ defined by $\cosh\xi=\cos\Delta\cosh\eta$ is analytic near $\Delta=0$, since "
    r"$\sinh\eta\ne0$, and even in $\Delta$, so $\xi-\eta=p\Delta^2+q\Delta^4+\dots$ and "
    r"$T(\xi-\eta)=\frac{\pi}{2\Delta}(\xi-\eta)$ has odd powers of $\Delta=\pi/(2T)$ only. "
    r"Inserting the ansatz in "
    r"$\cosh\xi=\cosh\eta\,(1+\frac12(\xi-\eta)^2+\dots)+\sinh\eta\,((\xi-\eta)+\dots)$ and "
    r"comparing the coefficients of $\Delta^2$ and $\Delta^4$ gives $p$ and $q$, hence the two "
    r"terms for $\lambda<1$; the symmetry $\lambda\to1/\lambda$ gives $\lambda>1$. For "
    r"$\lambda=1$, $\log C=T\log\cos\Delta$.",
    variants=(FalseVariant("the 1/T term is 1 % larger", _wrong),),
)
