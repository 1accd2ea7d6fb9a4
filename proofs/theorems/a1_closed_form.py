"""Closed form of the teacher's composite for the cosine schedule, for every T."""

from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import counterexample, enclosed, identities, identity, symbols
from symmerge.chain import gradient_flow_chain
from symmerge.numbers import balls
from symmerge.schedule import cosine
from symmerge.teacher import composite_cosine

LAM = symbols("lambda")[0]
C0, S0, CD, SD = sympy.symbols("c_0 s_0 c_D s_D")  # cos, sin of theta_{t-1} and of Delta
CIRCLE = (C0**2 + S0**2 - 1, CD**2 + SD**2 - 1)
VARIANCES = ("0.01", "0.2", "0.9", "1", "1.02", "1.1", "2", "5", "250")


def steps():
    c1, s1 = C0 * CD - S0 * SD, S0 * CD + C0 * SD
    middle = C0 * c1 - S0 * s1  # cos((2t-1) Delta)
    end = c1**2 - s1**2  # cos(2t Delta)
    yield identity(
        "numerator of a_t: 2 N_t = (1+lam) cos(Delta) - (1-lam) cos((2t-1) Delta)",
        2 * (LAM * c1 * C0 + s1 * S0),
        (1 + LAM) * CD - (1 - LAM) * middle,
        CIRCLE,
    )
    yield identity(
        "denominator of a_t: 2 v_t = (1+lam) - (1-lam) cos(2t Delta)",
        2 * (LAM * c1**2 + s1**2),
        (1 + LAM) - (1 - LAM) * end,
        CIRCLE,
    )
    r = symbols("r")[0]  # sqrt(min(lam, 1/lam)) = tanh(eta/2)
    E = (1 + r) / (1 - r)  # exp(eta)
    yield identity(
        "cosh(eta) = (1+r^2)/(1-r^2) for r = tanh(eta/2)", (E + 1 / E) / 2, (1 + r**2) / (1 - r**2)
    )
    sinh = (E - 1 / E) / 2
    yield identity("sinh(eta)/(cosh(eta)+1) = r", sinh / ((E + 1 / E) / 2 + 1), r)
    yield identity("sinh(eta)/(cosh(eta)-1) = 1/r", sinh / ((E + 1 / E) / 2 - 1), 1 / r)
    x, z, w = symbols("x z w")
    yield identity(
        "Chebyshev recurrence: cosh((n+1)xi) + cosh((n-1)xi) = 2 cosh(xi) cosh(n xi)",
        (w * z + 1 / (w * z)) / 2 + (w / z + z / w) / 2,
        2 * ((z + 1 / z) / 2) * ((w + 1 / w) / 2),
    )
    yield identity(
        "and sinh((n+1)eta) + sinh((n-1)eta) = 2 cosh(eta) sinh(n eta)",
        (w * z - 1 / (w * z)) / 2 + (w / z - z / w) / 2,
        2 * ((z + 1 / z) / 2) * ((w - 1 / w) / 2),
    )
    yield identities(
        "leading coefficients 2^(n-1) of T_n and of U_(n-1), n = 1..12 (they double by the "
        "recurrence)",
        [
            (sympy.Poly(form, x).LC(), 2 ** (n - 1))
            for n in range(1, 13)
            for form in (sympy.chebyshevt(n, x), sympy.chebyshevu(n - 1, x))
        ],
    )
    yield enclosed(
        "symmerge's composite_cosine overlaps the product of its teacher steps, 200 bits",
        all(_agrees(T, lam) for T in (2, 3, 5, 8, 64) for lam in VARIANCES),
    )


def _closed(lam, T, field):
    with field.working():
        return composite_cosine(field.number(lam), T, field)


def _agrees(T, lam):
    field, value = balls(300), Fraction(lam)
    chain = gradient_flow_chain(cosine(T), value, 1, field)
    with field.working():
        product = chain.C
        closed = _closed(value, T, field)
        return closed.overlaps(product) and closed.rad() < 1e-40


def _symmetric(power):
    """Trials of C(1/lam) = C(lam) lam^(-power)."""
    field = balls(300)
    for T in (2, 7, 16):
        for lam in (Fraction(1, 5), Fraction(9, 10), Fraction(3)):
            with field.working():
                left = _closed(lam, T, field) / _closed(1 / lam, T, field)
                right = field.root(field.number(lam), 2) ** power
                yield None if left.overlaps(right) else f"T = {T}, lam = {lam}"


THEOREM = Theorem(
    name="a1_closed_form",
    title="Composite of the cosine schedule in closed form",
    statement="For the cosine schedule C = sqrt(lam) cosh(T xi)/sinh(T eta); C/sqrt(lam) does not "
    "change under lam -> 1/lam, and C = cos(Delta)^T at lam = 1. For every T.",
    latex=r"For the cosine schedule with $T$ steps, $\Delta=\pi/(2T)$ and $\lambda\ne1$, "
    r"\[ C=\sqrt\lambda\,\frac{\cosh T\xi}{\sinh T\eta},\qquad "
    r"\eta=2\operatorname{artanh}\sqrt{\min(\lambda,1/\lambda)},\qquad "
    r"\cosh\xi=\cos\Delta\cosh\eta \]"
    r" ($\xi$ imaginary when $\cos\Delta\cosh\eta<1$), and $C=\cos^T\Delta$ for $\lambda=1$. In "
    r"particular $C/\sqrt\lambda$ is invariant under $\lambda\to1/\lambda$.",
    source="symmerge, part A1",
    standing="P",
    assumptions=("cosine schedule", "lam > 0"),
    steps=steps,
    proof=r"Write $a_t=N_t/v_t$. With $\theta_t=t\Delta$ the product formulas give "
    r"$2N_t=(1+\lambda)\cos\Delta-(1-\lambda)\cos((2t-1)\Delta)$ and "
    r"$2v_t=(1+\lambda)-(1-\lambda)\cos(2t\Delta)$. For $\lambda=1$ every $a_t=\cos\Delta$. Let "
    r"$\lambda<1$, $r=\sqrt\lambda=\tanh(\eta/2)$; then $(1+\lambda)/(1-\lambda)=\cosh\eta$, so "
    r"\[ C=\prod_{t=1}^T\frac{\cosh\xi-\cos\frac{(2t-1)\pi}{2T}}{\cosh\eta-\cos\frac{t\pi}{T}} . "
    r"\] The polynomial $T_T$ with $T_T(\cos\phi)=\cos T\phi$ has leading coefficient $2^{T-1}$ "
    r"and the $T$ distinct zeros $\cos((2t-1)\pi/(2T))$; hence the numerator is "
    r"$2^{1-T}T_T(\cosh\xi)=2^{1-T}\cosh T\xi$ (the recurrence of $\cosh n\xi$ is that of $T_n$). "
    r"Likewise $U_{T-1}$ with $U_{T-1}(\cos\phi)\sin\phi=\sin T\phi$ has leading coefficient "
    r"$2^{T-1}$ and zeros $\cos(t\pi/T)$, $0<t<T$; the factor $t=T$ is $\cosh\eta+1$, so the "
    r"denominator is $2^{1-T}(\cosh\eta+1)\sinh(T\eta)/\sinh\eta$. Finally "
    r"$\sinh\eta/(\cosh\eta+1)=\tanh(\eta/2)=\sqrt\lambda$. For $\lambda>1$ put "
    r"$r=1/\sqrt\lambda$; $(\lambda+1)/(\lambda-1)=\cosh\eta$ and both cosines change sign. The "
    r"zeros of $T_T$ and of $U_{T-1}$ are symmetric about $0$, so only the factor $t=T$ changes, "
    r"to $\cosh\eta-1$, and $\sinh\eta/(\cosh\eta-1)=1/r=\sqrt\lambda$ again.",
    variants=(
        FalseVariant(
            "C itself is invariant under lam -> 1/lam",
            lambda: counterexample("C(lam) = C(1/lam)", _symmetric(0)),
        ),
        FalseVariant(
            "C(lam) = lam^(3/2) C(1/lam)",
            lambda: counterexample("C(lam) = lam^(3/2) C(1/lam)", _symmetric(3)),
        ),
    ),
)
