"""The source's phase transition for the cosine schedule, with its exact range of variances."""

from fractions import Fraction

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import counterexample, enclosed, formal, nonnegative, symbols
from symmerge.merge import relative_error
from symmerge.numbers import balls
from symmerge.plan import boot, enumerate_plans, vanilla
from symmerge.schedule import cosine, flow
from symmerge.search.problem import ScalarProblem
from symmerge.student import GradientFlow
from symmerge.teacher import Teacher

SIZES = (3, 5, 6)


def best_everywhere(plan_of, lam, T, s, schedule=None):
    """Whether a plan certainly has the least |e| of all plans."""
    problem = ScalarProblem(Fraction(lam), schedule or cosine(T), GradientFlow(s), bits=256)
    chain = problem.balls
    with chain.field.working():
        own = relative_error(plan_of(T), chain)
        return all(
            plan == plan_of(T) or abs(relative_error(plan, chain)) > abs(own)
            for plan in enumerate_plans(T)
        )


def edges(T):
    """Enclosures of tan(pi/4 + pi/(4T)) and 1 + 1/cos(pi/(2T))."""
    field = balls(200)
    with field.working():
        pi = field.number(0).pi()
        return (pi / 4 + pi / (4 * T)).tan(), 1 + 1 / (pi / (2 * T)).cos()


def steps():
    x, y = symbols("x y")
    yield nonnegative(
        "tan(x+y)/tan(x) - 1 > 0: thresholds of variance-preserving schedules exceed 1, so for "
        "lam <= 1 every step shrinks (x = tan, y = tan, their product 1/(1+k))",
        y * (1 + x**2) / (x * (1 - 1 / (1 + symbols("k")[0]))),
    )
    yield enclosed(
        "BOOT beats every other plan at lam = 0.2, 1 and just below tan(pi/4+pi/(4T)); T = 3, 5, 6",
        all(
            best_everywhere(boot, lam, T, s)
            for T in SIZES
            for s in (1, 3)
            for lam in ("0.2", "1", _near(T, 0, "0.999999"))
        ),
    )
    yield enclosed(
        "vanilla beats every other plan just above 1 + 1/cos(pi/(2T)) and at lam = 5",
        all(
            best_everywhere(vanilla, lam, T, s)
            for T in SIZES
            for s in (1, 3)
            for lam in ("5", _near(T, 1, "1.000001"))
        ),
    )
    yield enclosed(
        "at lam = 1 all thresholds t < T of the cosine schedule are above 1, T = 2..64",
        all(_above_one(T) for T in range(2, 65)),
    )
    yield from formal(
        "vp_boot_best",
        "cosine_boot_best",
        "cosine_vanilla_best",
        "cosine_boot_best_W2",
        "cosine_vanilla_best_W2",
    )


def _near(T, edge, factor):
    return str(Fraction(float(edges(T)[edge].mid())) * Fraction(factor))


def _above_one(T):
    field = balls(128)
    with field.working():
        return all(x > 1 for x in Teacher(cosine(T), field.number(1), field).thresholds[:-1])


def _beyond():
    for T in SIZES:
        lam = _near(T, 0, "1.01")
        yield None if best_everywhere(boot, lam, T, 1) else f"T = {T}, lam = {float(Fraction(lam))}"


def _flow():
    yield (
        None
        if best_everywhere(boot, "1", 4, 1, flow(4))
        else "flow matching, T = 4, lam = 1, s = 1"
    )


THEOREM = Theorem(
    name="a5_phase_transition",
    title="Phase transition of the optimal strategy",
    statement="Cosine schedule: BOOT is optimal for lam <= tan(pi/4 + pi/(4T)), so in particular "
    "for lam <= 1, and vanilla for lam >= 1 + 1/cos(pi/(2T)), so in particular for large lam.",
    latex=r"For the cosine schedule, every $T\ge2$ and every $s\ge0$, the plan of least $|M-C|$ is "
    r"BOOT if $\lambda\le\tan(\frac\pi4+\frac\pi{4T})$ and vanilla if "
    r"$\lambda\ge1+1/\cos\frac\pi{2T}$. For every variance-preserving schedule BOOT is optimal for "
    r"$\lambda\le1$.",
    source="W. Gao, M. Li, arXiv 2505.16024, section 4 (lam <= 1; lam much larger than 1); "
    "sharpened in specification A5",
    standing="S",
    assumptions=("cosine schedule (first part)", "gradient flow, warm start, teacher as target"),
    steps=steps,
    proof=r"All $a_t$ with $t<T$ are $\le1$ ($\ge1$) exactly when $\lambda$ does not exceed the "
    r"smallest (is at least the largest) threshold over $t<T$; these are the two bounds (extreme "
    r"thresholds of the cosine schedule). Apply Theorem 1 and Theorem 2. Thresholds of "
    r"variance-preserving schedules exceed $1$.",
    variants=(
        FalseVariant(
            "BOOT stays optimal 1 % beyond its edge",
            lambda: counterexample("BOOT is nearest", _beyond()),
        ),
        FalseVariant(
            "BOOT is optimal for lam <= 1 for flow matching too",
            lambda: counterexample("BOOT is nearest", _flow()),
        ),
    ),
)
