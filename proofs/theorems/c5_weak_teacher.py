"""When a vanilla student is better than its wrong teacher."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import drawn, enclosed, identity, nonnegative, seen, symbols
from symmerge.chain import gradient_flow_chain
from symmerge.merge import operator
from symmerge.numbers import balls
from symmerge.plan import vanilla
from symmerge.schedule import cosine
from symmerge.verdict import Refuted, Undecided, Verdict

FIELD = balls(200)


def student_and_teacher(lam_hat: Fraction, T: int, s: Fraction) -> tuple[Any, Any, Any, Any]:
    """M of vanilla, teacher's composite, shrinkage and cos(Delta), as balls."""
    chain = gradient_flow_chain(cosine(T), lam_hat, s, FIELD)
    M = operator(vanilla(T), chain)
    return M, chain.C, chain.g[-1], FIELD.cos_pi(Fraction(1, 2 * T))


def wins(lam: Fraction, lam_hat: Fraction, T: int, s: Fraction) -> tuple[bool | None, bool | None]:
    """Whether the student is nearer to sqrt(lam) than its teacher, and what the criterion says."""
    with FIELD.working():
        M, C, g, cosine_step = student_and_teacher(lam_hat, T, s)
        goal = FIELD.sqrt(FIELD.number(lam))
        gain = FIELD.sign(abs(C - goal) - abs(M - goal))
        same_side = FIELD.sign((goal - C) * (cosine_step - C))
        early = FIELD.sign(2 * (goal - C) / (cosine_step - C) - g)
    if None in (gain, same_side, early):
        return None, None
    return gain == 1, same_side == 1 and early == 1


def steps() -> Iterator[Step]:
    """Checks."""
    alpha, sigma, before, lam = symbols("alpha sigma sigma1 lam")
    step = (alpha * 0 * lam + sigma * before) / (0 * lam + sigma**2)
    yield identity(
        "alpha_T = 0, sigma_T = 1: a_T = sigma_{T-1}, whatever lam", step.subs(sigma, 1), before
    )
    rest, g, d, p = symbols("P g d p")  # C = a_T P
    a_T = before
    yield identity(
        "vanilla: M = (1-g) C + g a_T", a_T * ((1 - g) * rest + g), (1 - g) * a_T * rest + g * a_T
    )
    # errors against the goal: teacher -p, student g d - p, p = goal - C, d = a_T - C
    yield identity("|student|^2 - |teacher|^2", (g * d - p) ** 2 - p**2, g * d * (g * d - 2 * p))
    z = symbols("z")[0]
    yield nonnegative("p d < 0: the student is worse", (g * d) * (g * d + 2 * p), strict=True)
    yield nonnegative("p, d > 0, g d = 2p + z: worse", (2 * p + z) * z)
    yield nonnegative(
        "p, d > 0, g d = 2p/(1+z): better", 2 * p / (1 + z) * (2 * p - 2 * p / (1 + z))
    )
    yield identity("distance at g = p/d", (p / d) * d - p, p * 0)
    with FIELD.working():
        M, C, shrink, top = student_and_teacher(Fraction(1, 3), 9, Fraction(1, 2))
        gap = abs(M - ((1 - shrink) * C + shrink * top))
        yield enclosed(
            "symmerge's vanilla operator, T = 9, wrong variance 1/3",
            gap < 1e-50,
            computed=M.str(12),
            theoretical=((1 - shrink) * C + shrink * top).str(12),
        )
    yield seen("criterion = certain comparison, random settings", drawn(250, 10, random_case))


def random_case(rng: Random) -> Any:
    """Random true and wrong variances."""
    lam, lam_hat = (Fraction(rng.randint(1, 400), 100) for _ in range(2))
    T, s = rng.randint(2, 12), Fraction(rng.randint(1, 300), 100)
    gained, predicted = wins(lam, lam_hat, T, s)
    return None if gained == predicted else (lam, lam_hat, T, s)


def whole_optimum() -> Verdict:
    """The student wins up to the optimum's training time only: threshold g < p/d for g < 2p/d."""
    with FIELD.working():
        M, C, g, top = student_and_teacher(Fraction(1, 10), 8, Fraction(3, 5))
        goal = FIELD.sqrt(FIELD.number(Fraction(1, 5)))
        ratio = (goal - C) / (top - C)
        if g > ratio and abs(M - goal) < abs(C - goal):
            reason = f"g = {g.str(5)} > p/d = {ratio.str(5)} and still the student is better"
            return Refuted(reason, "cosine, T = 8, lam = .2, wrong variance .1, s = .6")
    return Undecided("the balls overlap")


THEOREM = Theorem(
    name="c5_weak_teacher",
    title="When a vanilla student beats its wrong teacher",
    statement="With a teacher built from a wrong variance, the vanilla student is nearer to the "
    "data's sqrt(lam) than its teacher exactly when the goal lies on the same side of the "
    "teacher as cos(Delta) and training stops early enough; the best stopping point is explicit.",
    latex=r"""Cosine schedule, teacher for $\hat\lambda$, $\hat C=C(\hat\lambda)\ne\cos\Delta$,
goal $\sqrt\lambda$, $g=e^{-2s}>0$. Then $|M_{\mathrm{vanilla}}-\sqrt\lambda|<|\hat
C-\sqrt\lambda|$ if and only if $(\sqrt\lambda-\hat C)(\cos\Delta-\hat C)>0$ and $g<2g^*$,
$g^*=\frac{\sqrt\lambda-\hat C}{\cos\Delta-\hat C}$. The least distance over $g\in[0,1]$ is at
$\min(g^*,1)$ then. For $\hat\lambda=0$: $\hat C=0$, and the student wins iff
$s>\frac12\ln\frac{\cos\Delta}{2\sqrt\lambda}$, best at
$s^*=\frac12\ln\frac{\cos\Delta}{\sqrt\lambda}$ if that is $\ge0$. For a spectrum with one $g$,
with $p_i$, $d_i$ the two differences, replace $g^*$ by $\sum p_id_i/\sum d_i^2$ and the distance
by $W_2$.""",
    source="symmerge, part C5",
    standing="P",
    assumptions=("alpha_T = 0, sigma_T = 1 (so a_T = sigma_{T-1} and v_T = 1 for every variance)",),
    steps=steps,
    proof=r"""$a_T$ does not depend on the variance, so $M=(1-g)\hat C+g\cos\Delta$. With
$p=\sqrt\lambda-\hat C$, $d=\cos\Delta-\hat C$ the errors are $-p$ and $gd-p$, and $|gd-p|<|p|$ iff
$gd(gd-2p)<0$; the sign checks are its cases. $|gd-p|$ is least at $g=p/d$, or at the end $1$ if
$p/d>1$. For a spectrum $\sum(gd_i-p_i)^2-\sum p_i^2=g(g\sum d_i^2-2\sum p_id_i)$.""",
    variants=(FalseVariant("the student wins only up to the best stopping point", whole_optimum),),
)
