"""Theorems on optimal plans against all plans in exact arithmetic, and why they need conditions."""

import random
from fractions import Fraction

import numpy as np
import pytest

from symmerge.chain import chain_of
from symmerge.merge import operator
from symmerge.numbers import EXACT, FLOAT
from symmerge.plan import boot, consistency, enumerate_plans, vanilla
from symmerge.search import theorems
from symmerge.search.blocks import code_plan
from tests.referee import all_errors, all_operators, product, random_chain, true_error


def as_floats(chain):
    """The same chain in float64."""
    return chain_of([float(x) for x in chain.x], [float(g) for g in chain.g], FLOAT)


def chain_from(a, g):
    """Exact chain from steps and factors written as fractions."""
    return chain_of([Fraction(q) - 1 for q in a.split()], [Fraction(q) for q in g.split()], EXACT)


@pytest.mark.parametrize("T", [2, 3, 4, 5, 6])
def test_theorem_1_and_the_worst_plan(T):
    rng = random.Random(T)
    for _ in range(20):
        chain = random_chain(rng, T, steps="shrink")
        errors = all_errors(chain)
        assert 0 <= true_error(boot(T), chain) == min(errors)
        assert true_error(consistency(T), chain) == max(errors)


@pytest.mark.parametrize("T", [2, 3, 4, 5, 6])
def test_theorem_2(T):
    rng = random.Random(T)
    for _ in range(20):
        chain = random_chain(rng, T, steps="grow")
        assert 0 >= true_error(vanilla(T), chain) == max(all_errors(chain))


@pytest.mark.parametrize("T", [3, 4, 5])
def test_theorem_3_needs_steps_on_one_side(T):
    """BOOT is the min-plan with e >= 0 only if all a_t <= 1; vanilla only if all are >= 1."""
    rng, mixed = random.Random(T), 0
    for _ in range(60):
        chain = random_chain(rng, T)
        signs = {x > 0 for x in chain.x[:-1]}
        errors = all_errors(chain)
        least = true_error(boot(T), chain)
        assert (least == min(errors) and least >= 0) == (signs == {False})
        assert (true_error(vanilla(T), chain) == max(errors)) == (signs == {True})
        mixed += len(signs) == 2
    assert mixed > 20


def cases_with_g(count, T, steps="mixed"):
    """Random exact chains that satisfy condition (G)."""
    rng = random.Random(1000 * T + count)
    found = []
    while len(found) < count:
        chain = random_chain(rng, T, steps, factors=rng.choice(["any", "falling"]))
        if theorems.condition_g(chain):
            found.append(chain)
    return found


def test_condition_g_is_what_it_says():
    rng, outcomes = random.Random(5), set()
    for _ in range(300):
        chain = random_chain(rng, 5)
        largest = [product(max(a, 1) for a in chain.a[:j]) for j in range(5)]
        holds = all(
            chain.g[v] >= chain.g[j] * (1 - 1 / Fraction(largest[j]))
            for j in range(5)
            for v in range(j)
        )
        assert theorems.condition_g(chain) == holds
        outcomes.add(holds)
    assert outcomes == {True, False}
    assert theorems.condition_g(random_chain(rng, 9, factors="falling"))


@pytest.mark.parametrize("T", [3, 4, 5, 6])
@pytest.mark.parametrize("sense", ["min", "max"])
def test_theorem_4_best_products_of_trees(T, sense):
    for chain in cases_with_g(12, T):
        rows = theorems.rows_from_every_start(as_floats(chain), sense)
        _, forests = all_operators(chain.a, chain.g)
        for i in range(T - 1):
            for j in range(i, T - 1):
                best = (min if sense == "min" else max)(forests[i, j])
                true = best / product(chain.a[i : j + 1]) - 1
                assert rows.error[i, j] == pytest.approx(float(true), abs=1e-13)


@pytest.mark.parametrize("T", [2, 3, 4, 5, 6])
def test_theorems_5_and_6(T):
    for chain in cases_with_g(60, T):
        errors, floats = all_errors(chain), as_floats(chain)
        assert true_error(code_plan(theorems.max_plan(chain)), chain) == max(errors)
        for sense, extreme in (("min", min(errors)), ("max", max(errors))):
            plan = code_plan(theorems.root_cuts(floats, sense))
            assert float(true_error(plan, chain) - extreme) == pytest.approx(0, abs=1e-13)


def theorem_7_plan(chain):
    """Plan of Theorem 7, and whether (G2) holds; None where the theorem does not speak."""
    p = theorems.leading_minuses(theorems.signs(chain))
    if p is None or not theorems.condition_g(chain):
        return None
    v = theorems.first_passage(chain, p)
    if v is None:
        return None
    return code_plan(theorems.min_plan(chain, p, v)), theorems.condition_g2(chain, p)


@pytest.mark.parametrize("T", [3, 4, 5, 6])
def test_theorem_7(T):
    cases = 0
    for chain in cases_with_g(200, T, steps="wave"):
        answer = theorem_7_plan(chain)
        if answer is not None and answer[1]:
            assert true_error(answer[0], chain) == min(all_errors(chain))
            cases += 1
    assert cases >= 10


@pytest.mark.parametrize("T", [2, 3, 4, 5, 6])
def test_theorem_8_needs_no_condition(T):
    rng, without_g = random.Random(T), 0
    for _ in range(80):
        chain = random_chain(rng, T, steps="wave")
        without_g += not theorems.condition_g(chain)
        p = theorems.leading_minuses(theorems.signs(chain))
        plan = theorems.max_plan_without_g(as_floats(chain), p)
        assert float(true_error(plan, chain) - max(all_errors(chain))) == pytest.approx(
            0, abs=1e-13
        )
    assert T == 2 or without_g >= 5


def test_leading_minuses():
    assert theorems.leading_minuses([-1, -1, 1, 1, -1]) == 2
    assert theorems.leading_minuses([1, 0, 1]) == 0
    assert theorems.leading_minuses([-1, -1]) == 2
    assert theorems.leading_minuses([-1, 0, 1, 0, -1]) == 2
    assert theorems.leading_minuses([1, -1, 1]) is None
    assert theorems.leading_minuses([-1, None, 1]) is None


def test_theorem_5_fails_without_g():
    chain = chain_from("1/2 2 1", "9/10 1/10 9/10")
    assert not theorems.condition_g(chain)
    assert true_error(code_plan(theorems.max_plan(chain)), chain) == Fraction(1, 100)
    assert max(all_errors(chain)) == Fraction(45, 1000)


def test_theorem_6_fails_without_g():
    chain = chain_from("2 2 2/3 1", "9/10 1/10 1/2 1/10")
    assert not theorems.condition_g(chain)
    plan = code_plan(theorems.root_cuts(as_floats(chain), "min"))
    assert true_error(plan, chain) > min(all_errors(chain)) + Fraction(1, 50)


def test_theorem_7_fails_without_g2():
    chain = chain_from("1/4 11/10 2/3 1", "1/2 1/2 1/10 1/10")
    plan, g2 = theorem_7_plan(chain)
    assert not g2
    assert true_error(plan, chain) > min(all_errors(chain)) + Fraction(1, 200)


def test_the_referee_counts_and_values_every_plan():
    """The tests' own brute force lists the operator of each plan exactly once."""
    for T in (2, 3, 5):
        chain = random_chain(random.Random(T), T)
        by_plan = [operator(plan, chain) for plan in enumerate_plans(T)]
        assert sorted(all_operators(chain.a, chain.g)[0][0, T - 1]) == sorted(by_plan)
        assert len(np.unique(np.array(by_plan, dtype=float))) > 1 or T == 2
