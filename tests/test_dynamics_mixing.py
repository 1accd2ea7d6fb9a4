"""All times trained at once: the death chain three ways, the printed budgets, and who wins."""

from fractions import Fraction
from random import Random

import mpmath
import numpy as np
import pytest

from proofs.theorems.c3_chain import uniformised, weight
from proofs.theorems.c3_sequential import initial, trained
from symmerge.chain import chain_of, gradient_flow_chain
from symmerge.dynamics.mixing import (
    budget_for,
    compare_mixing,
    death_chain,
    initial_errors,
    mixing_error,
    partial_fractions,
)
from symmerge.errors import InputError
from symmerge.merge import relative_error
from symmerge.numbers import EXACT, multiprecision
from symmerge.plan import consistency
from symmerge.schedule import cosine, edm, flow


@pytest.mark.parametrize(
    ("lam", "simultaneous", "sequential"), [("0.1", 22650, 2240), (1, 8686, 556), (4, 4359, 466)]
)
def test_the_budgets_for_one_percent(lam, simultaneous, sequential):
    """SPEC C3: what is left is 1 % of the error before training, T = 128."""
    found = budget_for(lam, cosine(128))
    assert found[0] == pytest.approx(simultaneous, abs=1.5)
    assert found[1] == pytest.approx(sequential, abs=1)


def test_uniformisation_is_the_matrix_exponential():
    """Rates of the cosine schedule: neighbours nearly equal, where scipy's expm is wrong."""
    T, S = 24, 60.0
    chain = gradient_flow_chain(cosine(T), Fraction(999, 1000), 1)
    rates = np.concatenate([[0.0], 2 * chain.teacher.v[1:]])
    law = death_chain(rates, S / (T - 1))
    with mpmath.workdps(50):
        Q = mpmath.zeros(T)
        for t in range(1, T):
            Q[t, t], Q[t, t - 1] = -mpmath.mpf(rates[t]), mpmath.mpf(rates[t])
        row = mpmath.expm(Q * mpmath.mpf(S) / (T - 1))[T - 1, :]
        assert max(abs(float(row[j]) - law[j]) for j in range(T)) < 1e-14
    assert law.sum() == pytest.approx(1, abs=1e-14)


def test_uniformisation_is_the_closed_form_and_the_ledgers():
    rng, field = Random(5), multiprecision(60)
    for _ in range(12):
        n = rng.randint(1, 6)
        rates = [Fraction(k, 7) for k in rng.sample(range(1, 40), n)]
        S = Fraction(rng.randint(1, 30), 10)
        law = death_chain([0.0, *map(float, rates)], float(S))
        closed = partial_fractions([field.number(k) for k in rates], field.number(S), field)
        assert np.allclose(law[1:], [float(p) for p in closed], rtol=1e-12, atol=1e-15)
        assert np.allclose(law, uniformised([0.0, *map(float, rates)], float(S), n), atol=1e-12)
        table = dict(enumerate(rates, start=1))
        for j in range(1, n + 1):
            value = sum(
                field.number(weight(table, j, n, i)) * field.exp(-field.number(table[i] * S))
                for i in range(j, n + 1)
            )
            assert abs(value - closed[j - 1]) < 1e-40


def test_equal_rates_are_poisson():
    n, m = 9, 3.7
    law = death_chain([0.0] + [2.0] * n, m / 2)
    poisson = [float(mpmath.exp(-m) * m**k / mpmath.factorial(k)) for k in range(n)]
    assert law[:0:-1] == pytest.approx(poisson, rel=1e-13)


def test_the_error_solves_its_differential_equation():
    T, S = 5, 6.0
    chain = gradient_flow_chain(cosine(T), Fraction(3, 10), 1)
    k = 2 * chain.teacher.v / (T - 1)
    start = [float(b) for b in initial_errors(chain)]
    solution = mpmath.odefun(
        lambda _, e: [mpmath.mpf(0)] + [k[t] * (e[t - 1] - e[t]) for t in range(1, T)], 0, start
    )
    assert mixing_error(chain, S) == pytest.approx(float(solution(S)[-1]), rel=1e-12)


def test_initial_errors_are_the_ledgers():
    a = [Fraction(1, 2), Fraction(3, 4), Fraction(5, 4), Fraction(1)]
    chain = chain_of([b - 1 for b in a], [0] * 4)
    assert list(initial_errors(chain)) == initial(a)
    # consistency keeps share g_t at time t: the ledger's sequential order
    g = [Fraction(0), Fraction(1, 3), Fraction(1, 5), Fraction(1, 2)]
    chain = chain_of([b - 1 for b in a], g)
    updates = list(zip(range(2, 5), g[1:], strict=True))
    assert relative_error(consistency(4), chain) == trained(a, updates)
    assert chain.field is EXACT


@pytest.mark.parametrize("schedule", [cosine(12), flow(12), edm(6)], ids=lambda s: s.kind)
def test_one_after_another_is_better_outside_the_window(schedule):
    for lam in ("0.05", "0.5", "30"):
        for S in (0, "0.02", "0.5") if schedule.kind == "edm" else (0, "0.5", 5, 50, 500):
            found = compare_mixing(lam, S, schedule)
            assert abs(found.sequential) <= abs(found.simultaneous) * (1 + 1e-9)
    assert compare_mixing("0.5", 50, cosine(12)).sequential < 0.5 * abs(
        compare_mixing("0.5", 50, cosine(12)).simultaneous
    )


def test_without_training_both_are_the_teachers_step():
    found = compare_mixing("0.2", 0, cosine(8))
    assert found.simultaneous == pytest.approx(found.sequential, rel=1e-12)
    assert found.simultaneous > 1


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: death_chain([1, 1], 1.0), "the first one 0"),
        (lambda: death_chain([0, -1], 1.0), "numbers >= 0"),
        (lambda: death_chain([0, 1], -1.0), "time must be >= 0"),
        (lambda: death_chain([0, 1], 1e9), "too long"),
        (lambda: compare_mixing(0, 1, cosine(4)), "lam must be > 0"),
        (lambda: compare_mixing(1, -1, cosine(4)), "S must be >= 0"),
        (lambda: budget_for(1, cosine(4), 0), "accuracy must lie"),
    ],
)
def test_bad_input_is_named(make, says):
    with pytest.raises(InputError, match=says):
        make()
