"""Smallest and largest threshold of the cosine schedule."""

import math
from fractions import Fraction

import sympy

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import counterexample, enclosed, formal, identity, nonnegative, symbols
from symmerge.numbers import balls
from symmerge.phase import closed_forms
from symmerge.schedule import cosine
from symmerge.teacher import Teacher

TAN = symbols("u")[0]  # tan d, d = pi/(4T)


def tan_sum(x, y):
    return (x + y) / (1 - x * y)


def steps():
    c, s, cd, sd = sympy.symbols("c s c_d s_d")  # of theta_t - d, half a step, and of d
    circle = (c**2 + s**2 - 1, cd**2 + sd**2 - 1)
    # sin w with w = 2 (theta_t - d) + d = (4t-1) d
    sine = 2 * s * c * cd + (c**2 - s**2) * sd
    late_c, late_s = c * cd - s * sd, s * cd + c * sd
    yield identity(
        "tan(theta_t)/tan(theta_t - d) = (sin w + sin d)/(sin w - sin d), w = (4t-1)d",
        late_s * c * (sine - sd),
        late_c * s * (sine + sd),
        circle,
    )
    y, q = symbols("y q")
    yield identity(
        "(y+q)/(y-q) decreases in y: its derivative is -2q/(y-q)^2",
        sympy.diff((y + q) / (y - q), y),
        -2 * q / (y - q) ** 2,
    )
    t, k = symbols("t k")
    yield nonnegative("w >= 3d for t >= 1 (t = 1 + k)", (4 * (1 + k) - 1) - 3)
    yield nonnegative(
        "pi - w >= 5d for t <= T-1 (T = t + 1 + k), so sin w >= sin 3d, with equality at t = 1 "
        "only",
        (4 * (t + 1 + k) - (4 * t - 1)) - 5,
    )
    yield identity(
        "sin 3d gives tan(2d)/tan(d) = 1 + 1/cos(2d)",
        tan_sum(TAN, TAN) / TAN,
        1 + (1 + TAN**2) / (1 - TAN**2),
    )
    yield identity(
        "(w - pi/2)/d = 4t - 1 - 2T is odd, and -1 at t = T/2 for even T",
        4 * t - 1 - 2 * (2 * t),
        -1,
    )
    yield identity("and 1 at t = (T+1)/2 for odd T", 4 * t - 1 - 2 * (2 * t - 1), 1)
    yield identity(
        "sin w = cos d gives (cos d + sin d)/(cos d - sin d) = tan(pi/4 + d)",
        (1 + TAN) / (1 - TAN),
        tan_sum(1, TAN),
    )
    n = sympy.Symbol("T", integer=True, positive=True)
    yield identity(
        "symmerge's lam_boot", closed_forms()[0], sympy.tan(sympy.pi / 4 + sympy.pi / (4 * n))
    )
    yield identity("symmerge's lam_van", closed_forms()[1], 1 + 1 / sympy.cos(sympy.pi / (2 * n)))
    yield enclosed(
        "symmerge's thresholds have these extremes at these steps, T = 3..40, 200 bits",
        all(_extremes_agree(n) for n in range(3, 41)),
    )
    yield from formal("cosine_below_iff", "cosine_above_iff", "edges_ordered", "edges_T2")


def _extremes_agree(T):
    field = balls(200)
    with field.working():
        found = Teacher(cosine(T), field.number(1), field).thresholds[:-1]
        pi = field.number(0).pi()
        least = (pi / 4 + pi / (4 * T)).tan()
        greatest = 1 + 1 / (pi / (2 * T)).cos()
        middle = found[math.ceil(T / 2) - 1]
        return (
            middle.overlaps(least)
            and found[0].overlaps(greatest)
            and all(x < found[0] for x in found[1:])
            and all(x > middle or x.overlaps(middle) for x in found)
        )


def _shifted():
    field = balls(200)
    for T in (3, 8, 33):
        with field.working():
            found = Teacher(cosine(T), field.number(1), field).thresholds[:-1]
            pi = field.number(0).pi()
            bound = (pi / 4 + pi / (4 * T)).tan() * field.number(Fraction(101, 100))
            below = [t + 1 for t, x in enumerate(found) if x < bound]
            yield f"T = {T}: smaller at t = {below}" if below else None


THEOREM = Theorem(
    name="a4_cosine_thresholds",
    title="Extreme thresholds of the cosine schedule",
    statement="Over t < T the cosine schedule's thresholds are largest at t = 1, with 1 + "
    "1/cos(pi/(2T)) -> 2, and smallest at t = ceil(T/2), with tan(pi/4 + pi/(4T)) -> 1.",
    latex=r"For the cosine schedule and $T\ge2$, with $d=\pi/(4T)$, "
    r"\[ \lambda_t^*=\frac{\sin((4t-1)d)+\sin d}{\sin((4t-1)d)-\sin d},\qquad "
    r"\max_{t<T}\lambda_t^*=\lambda_1^*=1+\frac1{\cos2d},\qquad "
    r"\min_{t<T}\lambda_t^*=\lambda_{\lceil T/2\rceil}^*=\tan\Bigl(\frac\pi4+d\Bigr) . \]",
    source="symmerge, part A4",
    standing="P",
    assumptions=("cosine schedule, T >= 2",),
    steps=steps,
    proof=r"For a variance-preserving schedule $\lambda_t^*=\tan\theta_t/\tan(\theta_t-d)$ with "
    r"$\theta_t=2td$, which is $(\sin w+\sin d)/(\sin w-\sin d)$, $w=(4t-1)d$, and decreases in "
    r"$\sin w$. For $1\le t\le T-1$, $w\ge3d$ and $\pi-w\ge5d$ (as $\pi=4Td$), so $\sin "
    r"w\ge\sin3d$ with equality at $t=1$ only; there $\lambda_1^*=\tan2d/\tan d=1+1/\cos2d$. Next "
    r"$w-\pi/2=(4t-1-2T)d$ is an odd multiple of $d$, so $\sin w\le\cos d$, with equality at "
    r"$t=\lceil T/2\rceil\le T-1$ (for $T\ge2$), where $\lambda_t^*=\tan(\pi/4+d)$.",
    variants=(
        FalseVariant(
            "the smallest threshold is 1 % larger",
            lambda: counterexample("no threshold is below 1.01 tan(pi/4 + d)", _shifted()),
        ),
    ),
)
