"""Merge plans: text form, enumeration, random draws, structure, JSON, and any depth."""

import json
import random
from collections import Counter
from dataclasses import FrozenInstanceError
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmerge.chain import gradient_flow_chain
from symmerge.errors import InputError
from symmerge.merge import operator, relative_error
from symmerge.numbers import FLOAT
from symmerge.plan import (
    MergePlan,
    boot,
    canonical_plans,
    consistency,
    count_plans,
    enumerate_plans,
    hybrid,
    progressive,
    random_plan,
    segmentation,
    vanilla,
)
from symmerge.schedule import cosine
from tests.trees import last, leaves, parse_tree

SCHROEDER = [1, 1, 3, 11, 45, 197, 903, 4279, 20793]

plans = st.builds(
    lambda T, seed: random_plan(T, random.Random(seed)), st.integers(1, 30), st.integers(0, 10**6)
)


def rebuilt(tree):
    """The plan of a nested list, through leaf and merge."""
    if isinstance(tree, int):
        return MergePlan.leaf(tree)
    return MergePlan.merge(*map(rebuilt, tree))


@given(plans, st.integers(1, 50))
def test_text_form_round_trips(plan, start):
    moved = MergePlan(plan.word, start)
    assert MergePlan.parse(str(moved)) == moved
    assert leaves(parse_tree(str(moved))) == list(range(start, start + plan.T))
    assert rebuilt(parse_tree(str(moved))) == moved
    assert hash(MergePlan.parse(str(moved))) == hash(moved)


@given(plans, st.randoms(use_true_random=False))
def test_blanks_do_not_matter(plan, rng):
    spaced = "".join(
        rng.choice(["", " ", "\n", "\t "]) + mark if not mark.isdigit() else mark
        for mark in str(plan)
    )
    assert MergePlan.parse(f" {spaced}\n") == plan


@given(plans)
def test_json_round_trips(plan):
    assert MergePlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


@given(plans)
def test_structure_agrees_with_the_nested_list(plan):
    tree = parse_tree(str(plan))
    nodes, spine = [], []

    def walk(node):
        if isinstance(node, int):
            return
        for child in node:
            walk(child)
        steps = leaves(node)
        nodes.append((steps[0], steps[-1], len(node)))
        if last(node) == plan.stop:
            spine.append((steps[0], leaves(node[-1])[0] - 1))

    walk(tree)
    assert plan.nodes() == nodes
    assert plan.merges == len(nodes) == len(plan.describe().splitlines()) - 1
    assert plan.spine == sorted(spine)
    ends = [0, *(stop for _, stop in plan.spine)]
    assert [start for start, _ in plan.spine] == [stop + 1 for stop in ends[:-1]]
    assert ends[-1] == plan.T - 1


@pytest.mark.parametrize("T", range(1, 9))
def test_enumeration_is_complete_and_without_repeats(T):
    found = [str(plan) for plan in enumerate_plans(T)]
    assert len(found) == len(set(found)) == count_plans(T) == SCHROEDER[T - 1]
    assert all(leaves(parse_tree(text)) == list(range(1, T + 1)) for text in found)


def test_counts_by_independent_convolution():
    """Trees with n leaves are sequences of at least two trees with n leaves in all."""
    trees, forests = [0, 1], [1, 1]
    for n in range(2, 60):
        longer = sum(trees[k] * forests[n - k] for k in range(1, n))
        trees.append(longer)
        forests.append(longer + trees[n])
    assert [count_plans(n) for n in range(1, 60)] == trees[1:]


@pytest.mark.parametrize("T", [3, 4, 5])
def test_random_plans_are_uniform(T):
    draws = 200 * count_plans(T)
    rng = random.Random(20250713)
    counts = Counter(str(random_plan(T, rng)) for _ in range(draws))
    assert set(counts) == {str(plan) for plan in enumerate_plans(T)}
    chi_square = sum((count - 200) ** 2 / 200 for count in counts.values())
    # The 99.9 % quantiles of chi-square with 2, 10 and 44 degrees of freedom.
    assert chi_square < {3: 13.8, 4: 29.6, 5: 78.7}[T]


def test_random_plans_repeat_with_their_seed():
    assert random_plan(40, random.Random(5)) == random_plan(40, random.Random(5))
    assert random_plan(40, random.Random(5)) != random_plan(40, random.Random(6))


BROKEN = [
    "",
    "   ",
    "[",
    "]",
    "|",
    ".",
    "[]",
    "[1]",
    "[1.2]",
    "[1|2",
    "1|2",
    "[1|2]]",
    "[1|2][3|4]",
    "1 2",
    "[1 2|3]",
    "[1||2]",
    "[1|2|3]",
    "[1|2.3]",
    "[.1|2]",
    "[1.|2]",
    "[1..2|3]",
    "[|2]",
    "[1|]",
    "[2|1]",
    "[1|3]",
    "[1.1|2]",
    "[0|1]",
    "[-1|0]",
    "[1|2,3]",
    "(1|2)",
    "[a|b]",
    "[1|[2|3]",
    "[1.5|2]",
    "[1|2]x",
    "[1|99999999999999999999]",
    "[١|٢]",
    "__import__('os')",
    "[" * 5000,
]


@pytest.mark.parametrize("text", BROKEN)
def test_broken_text_is_one_clear_error(text):
    with pytest.raises(InputError, match="plan") as caught:
        MergePlan.parse(text)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 300


def test_errors_point_at_the_character():
    with pytest.raises(InputError, match="consecutive steps, 3 expected at character 7"):
        MergePlan.parse("[1|[2|4]]")
    with pytest.raises(InputError, match=r"'\|' before its noisy-end part at character 5"):
        MergePlan.parse("[1.2]")


@pytest.mark.parametrize(
    "word", [(), (2,), (0, 0), (0, 1), (0, 2), (0, 0, 3), (0, 0, -2), (2, 0, 0)]
)
def test_words_that_are_no_trees(word):
    with pytest.raises(InputError, match="word"):
        MergePlan(word)


@pytest.mark.parametrize(
    "call",
    [
        lambda: MergePlan.merge(MergePlan.leaf(1)),
        lambda: MergePlan.merge(MergePlan.leaf(1), MergePlan.leaf(3)),
        lambda: MergePlan.merge(MergePlan.leaf(2), MergePlan.leaf(1)),
        lambda: segmentation([]),
        lambda: segmentation([2, 0]),
        lambda: hybrid(5, 3, 1),
        lambda: hybrid(5, -1, 1),
        lambda: vanilla(1),
        lambda: boot("two"),
        lambda: consistency(2.5),
        lambda: enumerate_plans(17),
        lambda: random_plan(0, random.Random(1)),
        lambda: count_plans(True),
        lambda: MergePlan.from_dict([]),
        lambda: MergePlan.from_dict({}),
        lambda: MergePlan.from_dict({"schema": "symmerge.plan", "version": 2, "plan": "[1|2]"}),
        lambda: MergePlan.from_dict({"schema": "symmerge.plan", "version": 1, "T": 2, "plan": 3}),
        lambda: MergePlan.from_dict(
            {"schema": "symmerge.plan", "version": 1, "T": 3, "plan": "[1|2]"}
        ),
    ],
)
def test_bad_arguments(call):
    with pytest.raises(InputError):
        call()


def test_plans_cannot_change():
    with pytest.raises(FrozenInstanceError):
        boot(3).start = 2


@pytest.mark.parametrize("T", range(2, 20))
def test_canonical_plans(T):
    shapes = {name: parse_tree(str(plan)) for name, plan in canonical_plans(T).items()}
    assert shapes["vanilla"] == list(range(1, T + 1))
    tree = T
    for t in range(T - 1, 0, -1):
        tree = [t, tree]
    assert shapes["boot"] == tree
    tree = 1
    for t in range(2, T + 1):
        tree = [tree, t]
    assert shapes["consistency"] == tree
    level = list(range(1, T + 1))
    while len(level) > 1:
        level = [level[k : k + 2] for k in range(0, len(level), 2)]
        level = [pair if len(pair) == 2 else pair[0] for pair in level]
    assert shapes["progressive"] == level[0]


@pytest.mark.parametrize("T", [4, 5, 7, 16])
def test_names(T):
    for name, plan in canonical_plans(T).items():
        assert plan.name == name
        assert name in plan.describe()
        assert MergePlan(plan.word, 2).name is None
    assert MergePlan.parse("[1|[2.3|4]]").name is None
    assert MergePlan.leaf(1).name is None


@given(st.lists(st.integers(1, 6), min_size=1, max_size=8), st.integers(1, 9))
def test_segments_invert_segmentation(lengths, start):
    plan = segmentation(lengths, start)
    assert plan.segments == lengths
    assert sum(lengths) + 1 == plan.T
    assert [stop - begin + 1 for begin, stop in plan.spine] == lengths


def test_segmentations_among_all_plans():
    for T in range(2, 8):
        found = [plan.segments for plan in enumerate_plans(T) if plan.segments is not None]
        assert len(found) == 2 ** (T - 2)
        assert len({tuple(lengths) for lengths in found}) == len(found)
    assert MergePlan.leaf(1).segments is None
    assert consistency(3).segments is None


def test_hybrids_are_segmentations():
    assert hybrid(8, 2, 1).segments == [1, 1, 4, 1]
    assert hybrid(8, 6) == boot(8)
    assert hybrid(8, 0) == vanilla(8)


def test_description_tells_every_merge():
    lines = MergePlan.parse("[[1|2].3.4.5.6.7.8|9]").describe().splitlines()
    assert lines[0] == "merge plan for 9 steps, 2 merges"
    assert lines[1] == "  1. at time 2: learn steps 1..2 in one, from 2 parts (1, 2)"
    assert lines[2].endswith("from 8 parts (1..2, 3, 4, …, 8, 9)")


@pytest.mark.parametrize(
    ("make", "T"), [(boot, 4096), (consistency, 4096), (vanilla, 1024), (progressive, 1024)]
)
def test_depth_does_not_matter(make, T):
    plan = make(T)
    assert MergePlan.parse(str(plan)) == plan
    assert hash(plan) == hash(make(T))
    assert len(plan.nodes()) == plan.merges
    assert plan.name == make.__name__
    assert len(plan.describe().splitlines()) == plan.merges + 1
    assert MergePlan.from_dict(plan.to_dict()) == plan
    assert plan.spine[-1][1] == T - 1
    assert all(after[0] == before[1] + 1 for before, after in pairwise(plan.spine))
    assert (plan.segments is None) == (make in (consistency, progressive))
    assert len(repr(plan)) < 100
    chain = gradient_flow_chain(cosine(T), 2, 1, FLOAT)
    assert operator(plan, chain) / chain.C - 1 == pytest.approx(relative_error(plan, chain))


def test_deep_random_plan():
    plan = random_plan(1000, random.Random(3))
    assert MergePlan.parse(str(plan)) == plan
    assert plan.stop == 1000
