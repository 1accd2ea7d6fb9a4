"""The source's Algorithm 1 is not exact: a certified counterexample."""

from fractions import Fraction

from proofs.ledger import FalseVariant, Level, Step, Theorem
from proofs.tools import counterexample, enclosed, h
from symmerge.merge import relative_error
from symmerge.plan import MergePlan, enumerate_plans
from symmerge.schedule import cosine
from symmerge.search.interval import algorithm1
from symmerge.search.problem import ScalarProblem
from symmerge.student import GradientFlow
from symmerge.verdict import Refuted, Undecided

T, LAM, TIME = 6, "1.536", 1


def nearest_by_interval(chain):
    """Algorithm 1 with every comparison certain in ball arithmetic: its plan, or None.

    Written on operators, apart from symmerge's search: per interval the tree, and the product of
    trees, whose distance to the teacher's composite of that interval is least.
    """
    field = chain.field
    tree, forest = {}, {}
    with field.working():
        composite = {}
        for i in range(1, chain.T + 1):
            total = field.number(1)
            for j in range(i, chain.T + 1):
                total = total * chain.a[j - 1]
                composite[i, j] = total
        for j in range(1, chain.T + 1):
            leaf = MergePlan.leaf(j)
            tree[j, j] = forest[j, j] = (chain.a[j - 1], (leaf,))
            for i in range(j - 1, 0, -1):
                trees, products = [], []
                for k in range(i, j):
                    (left, parts), (right, (last,)) = forest[i, k], tree[k + 1, j]
                    merged = MergePlan.merge(*parts, last)
                    trees.append((right * h(chain.g[j - 1], left), (merged,)))
                    products.append((left * right, (*parts, last)))
                tree[i, j] = _nearest(trees, composite[i, j])
                if tree[i, j] is None:
                    return None
                bare = [each for each in products if all(part.is_leaf for part in each[1])]
                # A product of bare steps has no error at all.
                forest[i, j] = (
                    bare[0] if bare else _nearest([tree[i, j], *products], composite[i, j])
                )
                if forest[i, j] is None:
                    return None
    return tree[1, chain.T][1][0]


def _nearest(candidates, target):
    distances = [abs(value - target) for value, _ in candidates]
    for n, own in enumerate(distances):
        if all(m == n or own < other for m, other in enumerate(distances)):
            return candidates[n]
    return None


def instance(lam=LAM, steps=T, s=TIME):
    return ScalarProblem(Fraction(lam), cosine(steps), GradientFlow(s), bits=256)


def best_of_all(chain):
    """The plan of certainly least |e| among all plans, or None."""
    with chain.field.working():
        errors = [(abs(relative_error(plan, chain)), plan) for plan in enumerate_plans(chain.T)]
        least = min(errors, key=lambda pair: float(pair[0].mid()))
        certain = all(plan == least[1] or size > least[0] for size, plan in errors)
        return least if certain else None


def loss(problem):
    """(|e| of Algorithm 1 / least |e|)^2 in balls, with both plans; None if not certain."""
    chain = problem.balls
    plan, best = nearest_by_interval(chain), best_of_all(chain)
    if plan is None or best is None:
        return None
    with chain.field.working():
        return (abs(relative_error(plan, chain)) / best[0]) ** 2, plan, best[1]


def steps():
    problem = instance()
    ratio, plan, best = loss(problem)
    yield enclosed(
        "symmerge's algorithm1 returns the plan of this certified run",
        algorithm1(problem.chain).plan == plan,
        computed=algorithm1(problem.chain).plan,
        theoretical=plan,
    )
    claim = f"Algorithm 1's plan has the least |e| of all 197 plans at T={T}, s={TIME}, lam={LAM}"
    worse = problem.balls.field.sign(ratio - 1) == 1
    witness = f"{plan} has {ratio.str(12)} times the squared error of {best}"
    verdict = Refuted("a better plan exists", witness) if worse else Undecided("not certain")
    yield Step(claim, Level.ENCLOSURE, verdict, ratio.str(12), 1)


def _grid():
    for lam in ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7"):
        for size in (5, 6):
            found = loss(instance(lam, size))
            bad = found is not None and found[1] != found[2]
            yield f"T = {size}, lam = {lam}: {found[1]} against {found[2]}" if bad else None


THEOREM = Theorem(
    name="a6_algorithm1",
    title="Algorithm 1 of the source is exact",
    statement="Refuted. Keeping, per interval, the sub-plan nearest to its own composite does not "
    "give the plan of least |M - C|: at T = 6, s = 1, lam = 1.536 it is 33 % worse in squared "
    "error.",
    latex=r"(Refuted.) For every $\lambda$, $T$, $s$ the plan built by keeping, for every "
    r"interval, the sub-plan whose operator is nearest to the teacher's composite of that "
    r"interval has the least $|M-C|$ of all merge plans. \emph{Counterexample}, cosine schedule, "
    r"$T=6$, $s=1$, $\lambda=1.536$: it returns $[1|[2.3.4|[5|6]]]$, whose squared error is "
    r"$1.3286$ times that of $[[[1|2]|3].4|[5|6]]$.",
    source="W. Gao, M. Li, arXiv 2505.16024, Algorithm 1; specification A6",
    standing="S",
    assumptions=("cosine schedule", "gradient flow, warm start"),
    steps=steps,
    expected="refuted",
    variants=(
        FalseVariant(
            "it is exact for s = 1 and T = 5, 6 on a grid of variances",
            lambda: counterexample("Algorithm 1 is exact", _grid()),
        ),
    ),
)
