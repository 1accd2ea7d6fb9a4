"""Marginals, score and score Jacobian of a Gaussian mixture under an OU process."""

from __future__ import annotations

from collections.abc import Iterator

import sympy

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import identities, identity, symbols
from symmerge.flow.formulas import symbolic_mixture
from symmerge.verdict import Proved, Refuted, Verdict


def rational(expression: sympy.Expr) -> sympy.Expr:
    """The exponentials as independent positive symbols: they are never related here."""
    atoms = sorted(expression.atoms(sympy.exp), key=str)
    return expression.subs(dict(zip(atoms, symbols(f"E1:{len(atoms) + 1}"), strict=True)))


def derivatives() -> list[tuple[sympy.Expr, sympy.Expr]]:
    """Score and Jacobian by differentiation and by formula, exponentials as symbols."""
    three = symbolic_mixture(3, 2)
    log_density, pairs = sympy.log(three.density), []
    for i, x in enumerate(three.x):
        first = sympy.diff(log_density, x)
        pairs.append((rational(first), rational(three.score[i])))
        for j in range(i, len(three.x)):
            second = sympy.diff(first, three.x[j])
            pairs.append((rational(second), rational(three.score_jacobian[i, j])))
    return pairs


def fokker_planck() -> tuple[sympy.Expr, sympy.Expr]:
    """Both sides of the Fokker-Planck equation for one mode, divided by its density, any d.

    With ``n = x - m``: ``N = n.n``, ``p = n.m``; ``m' = -beta m``, ``v' = -2 beta (v - w)``.
    """
    beta, v, w, d, n_n = symbols("beta v w d N")
    n_m = sympy.Symbol("p", real=True)
    speed = -2 * beta * (v - w)
    time = -d / 2 * speed / v + n_m * (-beta) / v + n_n * speed / (2 * v**2)
    x_score = -(n_n + n_m) / v
    space = beta * (d + x_score) + beta * w * (-d / v + n_n / v**2)
    return time, space


def steps() -> Iterator[Step]:
    """Checks."""
    time, space = fokker_planck()
    yield identity("each mode solves the Fokker-Planck equation, in any dimension", time, space)
    beta, v0, w = symbols("beta v0 w")
    t = sympy.Symbol("t", positive=True)
    v = sympy.exp(-2 * beta * t) * v0 + (1 - sympy.exp(-2 * beta * t)) * w
    yield identity(
        "the variance solves v' = -2 beta (v - sigma_inf^2)",
        rational(sympy.diff(v, t)),
        rational(sympy.expand(-2 * beta * (v - w))),
    )
    yield identities(
        "score and Jacobian agree with differentiation (three modes, two directions)", derivatives()
    )


def wrong_jacobian() -> Verdict:
    """The Jacobian without the covariance term, for two modes at -1 and 1, at x = 0."""
    x = sympy.Symbol("x", real=True)
    density = sympy.exp(-((x - 1) ** 2) / 2) + sympy.exp(-((x + 1) ** 2) / 2)
    slope = sympy.diff(sympy.log(density), x, 2).subs(x, 0).simplify()
    if slope != -1:
        return Refuted(f"the derivative is {slope}, not -1", "means -1, 1, s_t = 1, x = 0")
    return Proved("held")


THEOREM = Theorem(
    name="b1_score",
    title="Score of a Gaussian mixture under the OU process, and its Jacobian",
    statement="Each mode stays Gaussian with mean exp(-beta t) mu_k and variance s_t^2; the "
    "score is -(x - mbar)/s_t^2 and its Jacobian -I/s_t^2 + Cov/s_t^4, with mean and covariance "
    "of the modes under the responsibilities.",
    latex=r"""Let $p_0=\sum_k\pi_k N(\mu_k,\sigma_0^2I)$ on $\mathbb R^d$,
$\partial_tp=\beta\nabla\!\cdot(xp)+\beta\sigma_\infty^2\Delta p$. Then $p_t=\sum_k\pi_kN(m_k,vI)$
with $m_k=e^{-\beta t}\mu_k$, $v=s_t^2=e^{-2\beta t}\sigma_0^2+(1-e^{-2\beta t})\sigma_\infty^2$,
and with responsibilities $\gamma_k(x)$, $\bar m=\sum_k\gamma_km_k$,
$\mathrm{Cov}=\sum_{k<l}\gamma_k\gamma_l(m_k-m_l)(m_k-m_l)^{\top}$,
\[\nabla\log p_t=-\frac{x-\bar m}{v},\qquad \nabla^2\log
p_t=-\frac{I}{v}+\frac{\mathrm{Cov}}{v^2}.\]""",
    source="W. Gao, M. Li, L. Shi, H. Zhou, arXiv 2606.03820; symmerge, part B1",
    standing="S",
    assumptions=("sigma_0 > 0, sigma_inf > 0, beta > 0", "positive weights"),
    steps=steps,
    proof=r"""The Fokker--Planck equation is linear, so it suffices that each mode solves it;
divided by the mode's density this is the first identity in $d$, $|x-m|^2$ and $\langle
x-m,m\rangle$. Write $p=\sum_kw_ke^{q_k}$ with $q_k=-|x-m_k|^2/(2v)$, $\nabla q_k=-(x-m_k)/v$,
$\nabla^2q_k=-I/v$. Then $\nabla\log p=\sum\gamma_k\nabla q_k$ and $\nabla\gamma_k=\gamma_k(\nabla
q_k-\sum_l\gamma_l\nabla q_l)$, hence $\nabla^2\log p=-I/v+\mathrm{Cov}_\gamma(\nabla
q)=-I/v+\mathrm{Cov}_\gamma(m)/v^2$, and a covariance is the sum over pairs. An entry of the matrix
involves two directions and pairs of modes; the two formulas are compared with plain
differentiation for three modes in the plane, exponentials as free symbols.""",
    variants=(FalseVariant("the Jacobian is -I/v, whatever the modes", wrong_jacobian),),
)
