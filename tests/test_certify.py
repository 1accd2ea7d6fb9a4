"""Certified bounds for spectra: brute force over all trees, counterexamples, real data."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from symmerge import schedule
from symmerge.chain import build_chain
from symmerge.errors import InputError
from symmerge.merge import difference
from symmerge.numbers import FLOAT, balls
from symmerge.plan import enumerate_plans, hybrid, segmentation, vanilla
from symmerge.search.certify import bound_spectrum, objective
from symmerge.search.classes import coordinate_classes
from symmerge.search.dual import Losses, close, frank_wolfe
from symmerge.search.pareto import pareto_front
from symmerge.search.segments import segment_costs, shortest_path
from symmerge.student import GradientFlow
from symmerge.teacher import Teacher

TIMES = ("0.1", "0.5", 1, 3, 10, 40)


def random_spectrum(rng, kind):
    """Up to four variances: spread out, or near white, where trees matter."""
    d = int(rng.integers(1, 5))
    lam = np.exp(rng.normal(0, 1.2, d)) if kind else rng.uniform(0.9, 1.5, d)
    if rng.random() < 0.15:
        lam[0] = 0.0
    lam = np.unique(lam)
    return lam, np.ceil(np.exp(rng.uniform(0, 6, len(lam))))


def losses_of_all_plans(T, lam, times, grid, law):
    """``W2^2`` of every merge plan."""
    chain = build_chain(grid, lam, law, FLOAT)
    weight = times * Teacher(grid, lam, FLOAT).v[-1]
    return [float(weight @ difference(plan, chain) ** 2) for plan in enumerate_plans(T)]


@pytest.mark.parametrize("family", ["cosine", "flow", "ddpm"])
def test_no_tree_goes_below_the_bound(family):
    """100 spectra per family against every merge plan, T <= 7."""
    rng = np.random.default_rng(20)
    proved = 0
    for trial in range(100):
        T = int(rng.integers(3, 7)) if trial % 10 else 7
        grid = getattr(schedule, family)(T)
        law = GradientFlow(TIMES[trial % len(TIMES)])
        lam, times = random_spectrum(rng, trial % 2)
        found = bound_spectrum(lam, times, coordinate_classes(lam, grid), grid, law, vanilla(T))
        best = min(losses_of_all_plans(T, lam, times, grid, law))
        assert best >= found.lower_bound * (1 - 1e-10)
        assert found.w2_squared >= best * (1 - 1e-10)
        assert found.naive_bound <= best * (1 + 1e-8)
        if found.optimality.status == "proved":
            proved += 1
            assert found.w2_squared <= best * (1 + 2e-8)
    assert proved >= 30


def test_pareto_front_holds_the_optimum_for_any_weights():
    rng = np.random.default_rng(5)
    for trial in range(40):
        T, law = int(rng.integers(3, 7)), GradientFlow(TIMES[trial % 5])
        grid = schedule.cosine(T)
        lam = rng.uniform(0.3, 2.6, int(rng.integers(1, 4)))
        front = pareto_front(build_chain(grid, lam, law, FLOAT))
        for _ in range(3):
            weight = np.exp(rng.normal(0, 2, len(lam)))
            best = min(losses_of_all_plans(T, lam, weight, grid, law))
            kept = min(objective(plan, lam, weight, grid, law) for plan in front.plans)
            assert kept == pytest.approx(best, rel=1e-9)


# Spectra whose optimum is not a two-sided hybrid: schedule, T, s, variances, weights of e^2 (None:
# multiplicities), segments, loss of the best hybrid.
COUNTEREXAMPLES = [
    ("cosine", 8, 2, ("1", "2.1", "100"), (69579, 2948, 1), False, [1, 1, 1, 2, 2], 2.283e-4),
    ("cosine", 8, 1, ("1", "2.1", "100"), (10000, 900, 4), True, [1, 1, 1, 2, 2], 1.710e-4),
    (
        "cosine",
        10,
        2,
        ("0.95", "2.1", "1000"),
        (10000, 838, 1.66),
        True,
        [1, 1, 1, 1, 3, 2],
        5.078e-4,
    ),
    (
        "ddpm",
        5,
        1,
        ("998569/581512", "2334007/756595", "14339898346/557813"),
        (47315943, 1071719, 10000),
        True,
        [2, 2],
        9.57e-5,
    ),
    ("flow", 5, 1, ("0.15", "4.004", "40000"), (10000, 47871, 23958), True, [2, 2], 3.40e-2),
    ("flow", 8, 1, ("999/7000", "7.007", "70000"), (11098, 33008, 10000), True, [4, 3], 5.56e-2),
]


@pytest.mark.parametrize("case", COUNTEREXAMPLES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_published_counterexamples_to_hybrids(case):
    family, T, s, variances, weights, of_e, segments, published = case
    grid, law = getattr(schedule, family)(T), GradientFlow(s)
    lam = np.array([float(Fraction(q)) for q in variances])
    times = np.array(weights, float)
    if of_e:
        teacher = Teacher(grid, lam, FLOAT)
        times = times / (np.prod(teacher.a, axis=0) ** 2 * teacher.v[-1])
    pairs = [(k, m) for k in range(T - 1) for m in range(T - 1 - k)]
    best_hybrid = min(objective(hybrid(T, k, m), lam, times, grid, law) for k, m in pairs)
    found = bound_spectrum(lam, times, coordinate_classes(lam, grid), grid, law, vanilla(T))
    assert found.plan.segments == segments
    assert found.optimality.status == "proved"
    assert best_hybrid / found.lower_bound - 1 == pytest.approx(published, rel=2e-3)


def test_shortest_path_agrees_with_all_segmentations():
    rng = np.random.default_rng(2)
    n = 7
    edges = rng.normal(size=n * (n + 1) // 2)
    cost, lengths = shortest_path(edges, n)

    def total(cuts):
        stops = [0, *cuts, n]
        return sum(edges[v * (v - 1) // 2 + u] for u, v in pairwise(stops))

    every = [[k + 1 for k in range(n - 1) if mask >> k & 1] for mask in range(2 ** (n - 1))]
    assert cost == pytest.approx(min(total(cuts) for cuts in every), rel=1e-14)
    assert total(list(np.cumsum(lengths[:-1]))) == pytest.approx(cost, rel=1e-14)


@pytest.mark.parametrize("family", ["cosine", "flow", "ddpm"])
@pytest.mark.parametrize("s", ["0.1", 3, 40])
def test_slack_covers_the_true_block_costs(family, s):
    """Block costs in 400-bit balls lie within the claimed slack of the float64 ones."""
    T, grid, law = 12, getattr(schedule, family)(12), GradientFlow(s)
    lam = np.array([0.0, 1e-8, 0.3, 1.0, 1.04, 1.3, 2.5, 3e4])
    costs = segment_costs(lam, np.ones(len(lam)), coordinate_classes(lam, grid), grid, law)
    field = balls(400)
    for i, value in enumerate(lam):
        with field.working():
            chain = build_chain(grid, Fraction(value), law, field)
            g, h = chain.g[-1], chain.h[-1]
            for v in range(1, T):
                for u in range(v):
                    C = field.number(1)
                    for a in chain.a[u:v]:
                        C = C * a
                    cost = (h * C + g).log() if value == 0 else (h + g / C).log()
                    k = costs.column(u, v)
                    assert abs(cost - costs.bare[i, k]).lower() <= costs.slack[i, k]


def test_more_rounds_never_lower_the_bound_below_the_truth():
    lam, times = np.array([0.2, 0.6, 1.3, 4.0]), np.array([5.0, 9.0, 3.0, 2.0])
    grid, law = schedule.cosine(6), GradientFlow(1)
    costs = segment_costs(lam, times, coordinate_classes(lam, grid), grid, law)
    best = min(objective(plan, lam, times, grid, law) for plan in enumerate_plans(6))
    losses = Losses(costs, best * (1 + 1e-9))
    tangents = frank_wolfe(losses, [5], rounds=30)
    assert max(t.bound for t in tangents) <= best
    assert max(t.bound for t in tangents) >= tangents[0].bound
    closed = close(losses, tangents, best * (1 - 1e-9))
    assert closed is None or closed.bound <= best


def test_tampered_slopes_still_give_a_true_bound():
    """Any slopes give a bound: random ones must not exceed the optimum either."""
    rng = np.random.default_rng(7)
    lam, times = np.array([0.2, 0.6, 1.3, 4.0]), np.array([5.0, 9.0, 3.0, 2.0])
    grid, law = schedule.cosine(6), GradientFlow(1)
    classes = coordinate_classes(lam, grid)
    costs = segment_costs(lam, times, classes, grid, law)
    best = min(objective(plan, lam, times, grid, law) for plan in enumerate_plans(6))
    losses = Losses(costs, best * (1 + 1e-9))
    for _ in range(200):
        slopes = np.exp(rng.normal(-3, 3, 4)) * np.where(classes == "L", -1.0, 1.0)
        assert losses.tangent(slopes).bound <= best


def test_all_below_one_has_no_gap():
    lam = np.linspace(0.05, 1.0, 20)
    grid = schedule.cosine(32)
    found = bound_spectrum(
        lam, np.ones(20), coordinate_classes(lam, grid), grid, GradientFlow(3), vanilla(32)
    )
    assert found.plan == segmentation([1] * 31)
    assert found.gap < 1e-11
    assert found.conflict < 1e-8


def test_multiplicities_stand_for_repeated_coordinates():
    grid, law = schedule.cosine(9), GradientFlow(2)
    lam, times = np.array([0.3, 1.25, 3.0]), np.array([4.0, 2.0, 3.0])
    repeated = np.repeat(lam, times.astype(int))
    merged = bound_spectrum(lam, times, coordinate_classes(lam, grid), grid, law, vanilla(9))
    listed = bound_spectrum(
        repeated, np.ones(9), coordinate_classes(repeated, grid), grid, law, vanilla(9)
    )
    assert listed.plan == merged.plan
    assert listed.w2_squared == pytest.approx(merged.w2_squared, rel=1e-12)


def test_near_white_spectrum_wants_nested_merges():
    """All variances in (1, 1.3): trees beat every segmentation, and the search finds them."""
    lam = np.array([1.05, 1.1, 1.15, 1.2])
    grid, law = schedule.cosine(32), GradientFlow(1)
    found = bound_spectrum(lam, np.ones(4), coordinate_classes(lam, grid), grid, law, vanilla(32))
    hybrids = [hybrid(32, k, m) for k in range(31) for m in range(31 - k)]
    best_hybrid = min(objective(plan, lam, np.ones(4), grid, law) for plan in hybrids)
    assert found.plan.segments is None
    assert found.w2_squared < 0.95 * best_hybrid
    assert found.optimality.status == "undecided"


def test_too_large_a_table_is_refused():
    with pytest.raises(InputError, match="block costs"):
        segment_costs(
            np.ones(10**6),
            np.ones(10**6),
            np.full(10**6, "S"),
            schedule.cosine(64),
            GradientFlow(1),
        )


def test_a_spectrum_too_large_to_certify_still_gets_a_plan(monkeypatch):
    from symmerge.search import certify

    lam, times = np.array([0.2, 1.3, 4.0]), np.array([5.0, 9.0, 2.0])
    grid, law = schedule.cosine(6), GradientFlow(1)
    monkeypatch.setattr(certify, "MOST_NUMBERS", 10)
    found = bound_spectrum(lam, times, coordinate_classes(lam, grid), grid, law, vanilla(6))
    best = min(losses_of_all_plans(6, lam, times, grid, law))
    assert found.optimality.status == "undecided"
    assert "too large" in found.optimality.reason
    assert 0 < found.lower_bound <= best
