"""The polynomial steps of part A once more, for two SMT solvers."""

import sympy
from sympy import Eq, Ge, Gt, Le

from proofs import smt, theorems
from proofs.ledger import FalseVariant, Level, Step, Theorem
from proofs.tools import h, positive_coefficients, symbols, vanishes
from symmerge.chain import symbolic_chain
from symmerge.merge import operator
from symmerge.plan import boot, consistency, vanilla

A, B, Y, Z, g, k, v = symbols("A B y z g g_j g_v")
alpha, alpha_p, sigma, sigma_p, lam = symbols("alpha alpha_p sigma sigma_p lambda")
# Non-negative symbols, for the ledger's own proofs.
p, q, r, w = symbols("p q r w")
# Theorems whose identities the solvers see.
IDENTITIES = ("a3_exchange", "a6_identities")


def share(x):
    """Values in [0, 1)."""
    return x / (1 + x)


def between(x, low, high):
    return (Le(low, x, evaluate=False), Le(x, high, evaluate=False))


def le(x, y):
    return Le(x, y, evaluate=False)


def positive(x):
    """SymPy knows it of a positive symbol; a solver has to be told."""
    return Gt(x, 0, evaluate=False)


def equalities():
    """The identities of other theorems, as they are computed there."""
    for name in IDENTITIES:
        for number, step in enumerate(theorems.load(name).steps(), 1):
            if step.level is not Level.IDENTITY:
                continue
            goal = Eq(step.computed, step.theoretical, evaluate=False)
            below = sympy.denom(sympy.together(step.computed - step.theoretical)).free_symbols
            given = tuple(positive(x) for x in sorted(below, key=str))
            yield smt.Lemma(f"{name}_{number}", step.claim, goal, given)


def merge_map():
    """What h(x) = (1-g) x + g does to an order."""
    shares, cut = between(g, 0, 1), h(g, A) * h(g, B)
    low = {g: share(p), A: share(q), B: share(r)}
    high = {g: share(p), A: 1 + q, B: 1 + r}
    yield smt.Lemma(
        "monotone",
        "x <= y implies h(x) <= h(y)",
        le(h(g, A), h(g, B)),
        (*shares, le(A, B)),
        {g: share(p), B: A + q},
    )
    yield smt.Lemma("lifts", "x <= 1 implies x <= h(x)", le(A, h(g, A)), (*shares, le(A, 1)), low)
    yield smt.Lemma("lowers", "x >= 1 implies h(x) <= x", le(h(g, A), A), (*shares, le(1, A)), high)
    yield smt.Lemma(
        "cut_below",
        "A, B <= 1: cutting lowers, h(A) h(B) <= h(AB)",
        le(cut, h(g, A * B)),
        (*shares, *between(A, 0, 1), *between(B, 0, 1)),
        low,
    )
    yield smt.Lemma(
        "cut_above",
        "A, B >= 1: cutting lowers, h(A) h(B) <= h(AB)",
        le(cut, h(g, A * B)),
        (*shares, le(1, A), le(1, B)),
        high,
    )
    yield smt.Lemma(
        "cut_mixed",
        "A <= 1 <= B: cutting raises, h(AB) <= h(A) h(B)",
        le(h(g, A * B), cut),
        (*shares, *between(A, 0, 1), le(1, B)),
        {**low, B: 1 + r},
    )
    yield smt.Lemma(
        "condition_g",
        "A <= 1 <= B and g_v B >= g_j (B-1): h_j(A) h_j(B) <= h_j(B h_v(A))",
        le(h(k, A) * h(k, B), h(k, B * h(v, A))),
        (*between(k, 0, 1), *between(A, 0, 1), le(1, B), Ge(v * B, k * (B - 1), evaluate=False)),
        {k: share(p), A: share(q), B: 1 + r, v: (share(p) * r + w) / (1 + r)},
    )


def budget():
    """Two merges that share a training time against one that has all of it."""
    apart = (1 + g * Y) * (1 + k * Z) - 1
    joint = g * k * ((1 + Y) * (1 + Z) - 1)
    shares = (*between(g, 0, 1), *between(k, 0, 1))
    values = {g: share(p), k: share(q)}
    yield smt.Lemma(
        "budget_below",
        "y, z >= 0: (1 + g y)(1 + g_j z) - 1 >= g g_j ((1 + y)(1 + z) - 1)",
        le(joint, apart),
        (*shares, le(0, Y), le(0, Z)),
        values,
    )
    yield smt.Lemma(
        "budget_above",
        "-1 <= y, z <= 0: (1 + g y)(1 + g_j z) - 1 <= g g_j ((1 + y)(1 + z) - 1)",
        le(apart, joint),
        (*shares, *between(Y, -1, 0), *between(Z, -1, 0)),
        {**values, Y: -share(r), Z: -share(w)},
    )


def plans():
    """Theorems 1 and 2 for three steps, with symmerge's operators."""
    chain = symbolic_chain(3)
    a, factors = list(chain.a), list(chain.g)
    C = sympy.prod(a)
    named = {name: operator(f(3), chain) for name, f in PLANS.items()} | {"C": C}
    shares = tuple(part for x in factors[1:] for part in between(x, 0, 1))
    z = {factors[1]: share(p), factors[2]: share(q)}
    for side, given, values, orders in (
        (
            "below",
            tuple(part for x in a[:2] for part in between(x, 0, 1)),
            {a[0]: share(r), a[1]: share(w)},
            [("C", "boot"), ("boot", "vanilla"), ("vanilla", "consistency")],
        ),
        (
            "above",
            tuple(le(1, x) for x in a[:2]),
            {a[0]: 1 + r, a[1]: 1 + w},
            [("boot", "vanilla"), ("consistency", "vanilla"), ("vanilla", "C")],
        ),
    ):
        for low, high in orders:
            yield smt.Lemma(
                f"three_steps_{side}_{low}_{high}",
                f"a_1, a_2 {side} 1, T = 3: {low} <= {high}",
                le(named[low], named[high]),
                (*shares, *given, positive(a[2])),
                {**values, **z},
            )


PLANS = {"boot": boot, "vanilla": vanilla, "consistency": consistency}


def threshold():
    """The sign of a_t - 1 on both sides of the threshold."""
    step = (alpha * alpha_p * lam + sigma * sigma_p) / (alpha**2 * lam + sigma**2)
    edge = sigma * (sigma - sigma_p) / (alpha * (alpha_p - alpha))
    given = (*map(positive, (alpha, alpha_p - alpha, sigma - sigma_p, lam)), le(0, sigma_p))
    values = {alpha_p: alpha + p, sigma: sigma_p + q}
    yield smt.Lemma(
        "threshold_below",
        "lam <= lam_t* implies a_t <= 1",
        le(step, 1),
        (*given, le(lam, edge)),
        {**values, lam: edge.subs(values) / (1 + r)},
    )
    yield smt.Lemma(
        "threshold_above",
        "lam >= lam_t* implies a_t >= 1",
        le(1, step),
        (*given, le(edge, lam)),
        {**values, lam: edge.subs(values) + r},
    )


def lemmas():
    for group in (equalities, merge_map, budget, plans, threshold):
        yield from group()


def proof(lemma):
    """The ledger's own proof."""
    if isinstance(lemma.goal, sympy.Equality):
        return Level.IDENTITY, vanishes(lemma.goal.lhs - lemma.goal.rhs)
    return Level.ORTHANT, positive_coefficients(
        (lemma.goal.rhs - lemma.goal.lhs).subs(lemma.orthant)
    )


def steps():
    known = list(lemmas())
    for lemma in known:
        level, verdict = proof(lemma)
        yield Step(lemma.claim, level, verdict)
    for solver in smt.SOLVERS:
        verdict = smt.opinion(solver, [smt.path_of(lemma) for lemma in known])
        yield Step(f"all of it by {solver}", Level.IDENTITY, verdict, required=False)


THEOREM = Theorem(
    name="a3_polynomial_lemmas",
    title="Polynomial lemmas",
    statement="The identities of the merge map h(x) = (1-g) x + g and what it does to an order: it "
    "is monotone, moves towards 1, cutting a block lowers it when both parts lie on one side of 1 "
    "and raises it otherwise; two merges that share a training time; Theorems 1 and 2 for three "
    "steps; the sign of a_t - 1 on both sides of the threshold. Two SMT solvers give a second "
    "opinion on each.",
    latex=r"Let $0\le g,g_1,g_2\le1$, $h(x)=(1-g)x+g$. Besides the exchange identity and (I1) to "
    r"(I6): $x\le y$ implies $h(x)\le h(y)$; $x\le h(x)$ for $x\le1$, $h(x)\le x$ for $x\ge1$; "
    r"$h(A)h(B)\le h(AB)$ if $A,B\le1$ or $A,B\ge1$, and $h(A)h(B)\ge h(AB)$ if $A\le1\le B$; "
    r"$(1+g_1y_1)(1+g_2y_2)-1\ge g_1g_2((1+y_1)(1+y_2)-1)$ for $y_1,y_2\ge0$, with $\le$ for "
    r"$-1\le y_1,y_2\le0$; for $T=3$ the orders of all plans; and $a_t\le1$ for "
    r"$\lambda\le\lambda_t^*$, $a_t\ge1$ for $\lambda\ge\lambda_t^*$.",
    source="symmerge, part A3 to A6",
    standing="P",
    assumptions=("A, B >= 0 where both are at most 1",),
    steps=steps,
    proof=r"The equations expand to $0$. For the inequalities put $g=p/(1+p)$, $A=q/(1+q)$ or "
    r"$A=1+q$, and so on, with non-negative $p,q,\dots$: the difference of the two sides becomes a "
    r"quotient of polynomials without negative coefficients ($g=1$ and $A=1$ follow by "
    r"continuity).",
    variants=(
        FalseVariant(
            "cutting lowers also for A <= 1 <= B",
            lambda: positive_coefficients(
                (h(g, A * B) - h(g, A) * h(g, B)).subs({g: share(p), A: share(q), B: 1 + r})
            ),
        ),
        FalseVariant(
            "cutting lowers for all A, B >= 0",
            lambda: positive_coefficients(
                (h(g, A * B) - h(g, A) * h(g, B)).subs({g: share(p), A: share(q)})
            ),
        ),
    ),
)
