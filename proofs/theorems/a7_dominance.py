"""When one sub-plan may replace another for all coordinates at once."""

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import (
    counterexample,
    drawn,
    h,
    identity,
    nonnegative,
    random_factors,
    random_steps,
    seen,
    symbols,
)
from symmerge.chain import chain_of
from symmerge.merge import operator
from symmerge.plan import MergePlan, enumerate_plans


def steps():
    R, L, k, z = symbols("R L k z")
    g = z / (1 + z)
    yield nonnegative("a tree R h(L) increases in its left part", R * h(g, L + k) - R * h(g, L))
    yield nonnegative("and in its noisy-end child", (R + k) * h(g, L) - R * h(g, L))
    e, c = symbols("e c")
    yield identity(
        "the operator increases with the error: M = C (1+e)", c * (1 + e + k) - c * (1 + e), c * k
    )
    yield nonnegative("for e >= 0 a smaller e has a smaller square", (e + k) ** 2 - e**2)
    yield nonnegative("for e <= 0 a larger e has a smaller square", (-e - k) ** 2 - (-e) ** 2)
    yield seen(
        "replacing a sub-plan by one of smaller operator lowers the whole, exact fractions, T = 5",
        drawn(60, 51, _trial),
    )


def _replacements(rng):
    """A plan, the plan with one node's shape replaced, and the operators of both sub-plans."""
    T = 5
    a, g = random_steps(rng, "?" * T), random_factors(rng, T)
    chain = chain_of([x - 1 for x in a], g)
    first = rng.randint(1, 3)
    last = rng.randint(first + 1, min(first + 3, T - 1))
    shapes = list(enumerate_plans(last - first + 1))
    one, two = (MergePlan(rng.choice(shapes).word, first) for _ in range(2))
    values = [_value(part, chain) for part in (one, two)]
    outer = (
        [MergePlan.leaf(t) for t in range(1, first)],
        [MergePlan.leaf(t) for t in range(last + 1, T + 1)],
    )
    wholes = [operator(MergePlan.merge(*outer[0], part, *outer[1]), chain) for part in (one, two)]
    return a, g, chain, (first, last), values, wholes


def _value(part, chain):
    return part.fold(
        lambda t: chain.a[t - 1],
        lambda children, t: children[-1] * h(chain.g[t - 1], _product(children[:-1])),
    )


def _product(values):
    total = values[0]
    for value in values[1:]:
        total = total * value
    return total


def _trial(rng):
    a, g, _, _, values, wholes = _replacements(rng)
    if (values[0] - values[1]) * (wholes[0] - wholes[1]) >= 0:
        return None
    return {"a": list(map(str, a)), "g": list(map(str, g))}


def _absolute(rng):
    """Does the sub-plan of smaller |e| always give the whole of smaller |e|?"""
    a, g, chain, (first, last), values, wholes = _replacements(rng)
    target = _product(a[first - 1 : last])
    sizes, ends = [abs(v - target) for v in values], [abs(w - chain.C) for w in wholes]
    if (sizes[0] - sizes[1]) * (ends[0] - ends[1]) >= 0:
        return None
    return {"a": list(map(str, a)), "g": list(map(str, g)), "steps": (first, last)}


THEOREM = Theorem(
    name="a7_dominance",
    title="Dominance between sub-plans",
    statement="Sub-plans of one interval may be compared by their signed errors: a coordinate all "
    "of whose plans have e >= 0 prefers the smaller e, one with e <= 0 the larger; where both "
    "signs occur only equal errors are safe.",
    latex=r"Let $p,q$ be sub-plans of the same interval and let $P$ be a plan that contains $p$. "
    r"If for every coordinate $i$ either (i) $e_i(q)\le e_i(p)$ and all plans have $e_i\ge0$, or "
    r"(ii) $e_i(q)\ge e_i(p)$ and all plans have $e_i\le0$, or (iii) $e_i(q)=e_i(p)$, then "
    r"replacing $p$ by $q$ in $P$ increases no $|M_i-C_i|$. Coordinates with all $a_t\le1$ "
    r"($t<T$) satisfy $e\ge0$, those with all $a_t\ge1$ satisfy $e\le0$.",
    source="symmerge, part A7",
    standing="P",
    assumptions=("a_t > 0", "g_t in [0, 1]"),
    steps=steps,
    proof=r"The operator of a plan is increasing in the operator of each sub-plan, because "
    r"$R\,h_j(L)$ is increasing in $R$ and $L$ and all values are positive. For a fixed interval "
    r"the operator $C(1+e)$ is increasing in $e$. So in case (i) the whole error decreases and "
    r"stays $\ge0$, in case (ii) it increases and stays $\le0$, in case (iii) it does not change. "
    r"The last sentence is Theorems 1 and 2.",
    variants=(
        FalseVariant(
            "comparing |e| in place of e",
            lambda: counterexample("the smaller |e| wins", drawn(200, 52, _absolute)),
        ),
    ),
)
