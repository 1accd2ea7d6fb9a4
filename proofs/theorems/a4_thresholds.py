"""When a teacher step shrinks: the threshold in the data variance, for any schedule."""

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import (
    Levelled,
    formal,
    identities,
    identity,
    nonnegative,
    symbols,
    vanishes,
)
from symmerge.numbers import EXACT, SYMBOLIC
from symmerge.schedule import custom, flow
from symmerge.teacher import Teacher

A1, S0, DROP, RISE, LAM = symbols("alpha_1 sigma_0 p q lambda")
A0, S1 = A1 + DROP, S0 + RISE  # decreasing alpha, increasing sigma


def threshold(a0, a1, s0, s1):
    """The threshold of one step, written out anew."""
    return s1 * (s1 - s0) / (a1 * (a0 - a1))


def step_less_one(lam):
    """``a_t - 1`` for the symbols above."""
    return (A0 * A1 * lam + S0 * S1) / (A1**2 * lam + S1**2) - 1


def half_angles():
    """cos, sin of two angles by rational parameters, and the tangents of one and of the mean."""
    t, d = symbols("t d")  # tan(theta_t/2 - ..): tan of the mean angle, tan of half the gap
    mean = sympy.Matrix([1, t]) / sympy.sqrt(1 + t**2)
    gap = sympy.Matrix([1, d]) / sympy.sqrt(1 + d**2)
    later = (mean[0] * gap[0] - mean[1] * gap[1], mean[1] * gap[0] + mean[0] * gap[1])
    sooner = (mean[0] * gap[0] + mean[1] * gap[1], mean[1] * gap[0] - mean[0] * gap[1])
    return later, sooner, (t + d) / (1 - t * d), t


def steps():
    lam_star = threshold(A0, A1, S0, S1)
    v = A1**2 * LAM + S1**2
    yield identity(
        "a_t - 1 = alpha_t (alpha_{t-1} - alpha_t) (lam - lam_t*) / v_t",
        step_less_one(LAM),
        A1 * DROP * (LAM - lam_star) / v,
    )
    yield nonnegative(
        "whose factor is positive for decreasing alpha, so the sign is that of lam - lam_t*",
        A1 * DROP / v,
        strict=True,
    )
    teacher = Teacher(Levelled((A0, A1), (S0, S1)), LAM, SYMBOLIC)
    yield identity("symmerge's threshold", teacher.thresholds[0], lam_star)
    c0, s0, c1, s1 = symbols("c_0 s_0 c_1 s_1")
    teacher = Teacher(Levelled((c0, c1), (s0, s1), variance_preserving=True), LAM, SYMBOLIC)
    yield identity(
        "symmerge's form for variance-preserving schedules (alpha^2 + sigma^2 = 1)",
        teacher.thresholds[0],
        threshold(c0, c1, s0, s1),
        (c0**2 + s0**2 - 1, c1**2 + s1**2 - 1),
    )
    (cl, sl), (cs, ss), tan_t, tan_mean = half_angles()
    yield identity(
        "variance preserving: lam_t* = tan(theta_t)/tan((theta_t + theta_{t-1})/2)",
        sympy.cancel(threshold(cs, cl, ss, sl)),
        tan_t / tan_mean,
    )
    t, d = symbols("t d")
    yield identity(
        "which is > 1: tan(x+y)/tan(x) - 1 = tan(y)(1 + tan(x)^2)/(tan(x)(1 - tan(x)tan(y)))",
        tan_t / tan_mean - 1,
        d * (1 + t**2) / (t * (1 - t * d)),
    )
    T, n = symbols("T n")
    yield identity(
        "flow matching: lam_t* = t/(T-t)",
        threshold(1 - (n - 1) / T, 1 - n / T, (n - 1) / T, n / T),
        n / (T - n),
    )
    yield identities(
        "symmerge's flow-matching thresholds, T = 7",
        [
            (got, sympy.Rational(k, 7 - k))
            for k, got in enumerate(Teacher(flow(7), 1, EXACT).thresholds[:-1], 1)
        ],
    )
    yield nonnegative(
        "variance exploding: 1 - a_t = sigma_t (sigma_t - sigma_{t-1})/v_t > 0 for every lam",
        1 - (LAM + S0 * S1) / (LAM + S1**2),
        strict=True,
    )
    none = Teacher(custom([1, 1, 1], [0, 1, 3]), 1, EXACT).thresholds
    yield identities("there symmerge has no threshold", [(sum(x is None for x in none), 2)])
    yield from formal(
        "threshold_le",
        "threshold_ge",
        "vp_threshold",
        "vp_threshold_above_1",
        "flow_below_iff",
        "exploding_boot_best",
    )


THEOREM = Theorem(
    name="a4_thresholds",
    title="Thresholds of the teacher's steps",
    statement="a_t <= 1 exactly for lam <= lam_t* = sigma_t (sigma_t - sigma_{t-1}) / (alpha_t "
    "(alpha_{t-1} - alpha_t)). Variance preserving: tan(theta_t)/tan((theta_t+theta_{t-1})/2) > 1; "
    "flow matching: t/(T-t); variance exploding: every step shrinks for every variance.",
    latex=r"If $0<\alpha_t<\alpha_{t-1}$, then $a_t\le1\Leftrightarrow\lambda\le\lambda_t^*$ with "
    r"\[ \lambda_t^*=\frac{\sigma_t(\sigma_t-\sigma_{t-1})}{\alpha_t(\alpha_{t-1}-\alpha_t)} . \] "
    r"For $\alpha=\cos\theta$, $\sigma=\sin\theta$ with increasing angles, "
    r"$\lambda_t^*=\tan\theta_t/\tan\frac{\theta_t+\theta_{t-1}}2>1$; for $\alpha=1-t/T$, "
    r"$\sigma=t/T$, $\lambda_t^*=t/(T-t)$; for $\alpha\equiv1$ and increasing $\sigma$, $a_t<1$ "
    r"for every $\lambda$.",
    source="symmerge, part A4",
    standing="P",
    assumptions=("alpha decreasing, sigma not decreasing", "alpha_t > 0"),
    steps=steps,
    proof=r"$a_t-1=\alpha_t(\alpha_{t-1}-\alpha_t)(\lambda-\lambda_t^*)/v_t$ with a positive "
    r"factor. For a variance-preserving schedule let $x$ be the mean and $2y$ the difference of "
    r"the two angles; then $\lambda_t^*=\tan(x+y)/\tan x$, and $\tan(x+y)/\tan x-1=\tan "
    r"y\,(1+\tan^2x)/(\tan x(1-\tan x\tan y))>0$ because $x+y<\pi/2$. The others by insertion.",
    variants=(
        FalseVariant(
            "the threshold is 1 % larger",
            lambda: vanishes(step_less_one(sympy.Rational(101, 100) * threshold(A0, A1, S0, S1))),
        ),
        FalseVariant(
            "flow matching: (t-1)/(T-t)",
            lambda: vanishes(
                threshold(
                    sympy.Rational(3, 5),
                    sympy.Rational(2, 5),
                    sympy.Rational(2, 5),
                    sympy.Rational(3, 5),
                )
                - sympy.Rational(2, 2)
            ),
        ),
    ),
)
