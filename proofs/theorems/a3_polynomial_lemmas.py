"""The polynomial steps of part A once more, for two SMT solvers."""

import sympy
from sympy import Eq, Ge, Gt, Le

from proofs import smt, theorems
from proofs.ledger import Level, Step
from proofs.tools import h, positive_coefficients, symbols, vanishes
from symmerge.chain import symbolic_chain
from symmerge.merge import operator
from symmerge.plan import boot, consistency, vanilla

A, B, D, Y, g, k, v = symbols("A B D y g g_j g_v")
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
    """Sharing a total training time among merges: several shrinkage factors against their product."""
    for count in (2, 3):
        y, factors = symbols(f"y_1:{count + 1}"), symbols(f"g_1:{count + 1}")
        apart = sympy.prod(1 + x * z for x, z in zip(factors, y, strict=True)) - 1
        joint = sympy.prod(factors) * (sympy.prod(1 + z for z in y) - 1)
        shares = tuple(part for x in factors for part in between(x, 0, 1))
        u = symbols(f"u_1:{count + 1}")
        z = dict(zip(factors, map(share, symbols(f"p_1:{count + 1}")), strict=True))
        yield smt.Lemma(
            f"budget_below_{count}",
            f"y >= 0: prod (1 + g y) - 1 >= prod g (prod (1 + y) - 1), {count} factors",
            le(joint, apart),
            (*shares, *(le(0, x) for x in y)),
            {**z, **dict(zip(y, u, strict=True))},
        )
        yield smt.Lemma(
            f"budget_above_{count}",
            f"-1 <= y <= 0: prod (1 + g y) - 1 <= prod g (prod (1 + y) - 1), {count} factors",
            le(apart, joint),
            (*shares, *(part for x in y for part in between(x, -1, 0))),
            {**z, **{x: -share(t) for x, t in zip(y, u, strict=True)}},
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
    for lemma in lemmas():
        level, verdict = proof(lemma)
        yield Step(lemma.claim, level, verdict)
        text = (smt.FOLDER / f"{lemma.name}.smt2").read_text(encoding="utf-8")
        for solver in smt.SOLVERS:
            claim = f"{lemma.name}.smt2, {solver}"
            yield Step(claim, level, smt.opinion(solver, text), required=False)
