"""Moments of plans under minibatch noise, real training against every closed form."""

import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest

from proofs.theorems.c1_sgd_matrix import by_expansion
from proofs.theorems.c1_sgd_plans import moments as ledger_moments
from proofs.theorems.c1_sign_plans import merged
from symmerge.chain import chain_of
from symmerge.dynamics.adaptive import AdaGrad, SignDescent
from symmerge.dynamics.averaging import EMA
from symmerge.dynamics.full_student import row_second_moments, stability_margin, stable_rate
from symmerge.dynamics.laws import SGD, GradientDescent
from symmerge.dynamics.momentum import HeavyBall, Nesterov
from symmerge.dynamics.noise_moments import (
    error_moments,
    noisy_chain,
    operator_moments,
    rms_crossover,
    spectrum_distance,
)
from symmerge.dynamics.trained import rank_plans, rate_plan, trained_operator
from symmerge.dynamics.training import Adam, simulate_factor, simulate_plan
from symmerge.errors import InputError
from symmerge.merge import relative_error
from symmerge.numbers import EXACT, balls, multiprecision
from symmerge.plan import boot, canonical_plans, enumerate_plans, progressive, random_plan, vanilla
from symmerge.schedule import cosine, flow
from symmerge.search import best_plan
from symmerge.student import GradientFlow
from symmerge.teacher import Teacher

DETERMINISTIC = [
    GradientFlow("1.5"),
    EMA(GradientFlow("1.5"), "0.8"),
    GradientDescent("0.15", 12),
    HeavyBall("0.1", 15, "0.8"),
    Nesterov("0.1", 15, "0.8"),
    EMA(GradientDescent("0.15", 12), "0.3"),
    AdaGrad("0.1", 15),
]
NOISY = [
    SGD("0.05", 10, 1),
    SGD("0.15", 12, 4),
    SGD("0.2", 12, 32),
    HeavyBall("0.03", 15, "0.7", 8),
    Nesterov("0.05", 15, "0.7", 8),
    EMA(SGD("0.15", 12, 4), "0.4"),
    EMA(HeavyBall("0.03", 15, "0.7", 8), "0.3"),
]


def random_chain(rng, T):
    x = [Fraction(rng.randint(-5, 9), 10) for _ in range(T)]
    g = [Fraction(rng.randint(-2, 10), 10) for _ in range(T)]
    w = [Fraction(rng.randint(0, 5), 10) for _ in range(T)]
    return chain_of(x, g), w


def test_moments_are_the_ledgers_exactly():
    rng = Random(2)
    for _ in range(60):
        plan = random_plan(rng.randint(2, 7), rng)
        chain, w = random_chain(rng, plan.T)
        found = operator_moments(plan, chain, w)
        q = [g * g + extra for g, extra in zip(chain.g, w, strict=True)]
        assert tuple(found) == ledger_moments(plan, list(chain.a), list(chain.g), q)
        relative = error_moments(plan, chain, w)
        assert relative.mean == found.mean / chain.C - 1
        assert relative.square == found.square / chain.C**2 - 2 * found.mean / chain.C + 1


def test_without_noise_the_moments_are_those_of_the_merge_recursion():
    chain, noise = noisy_chain(cosine(16), Fraction(1, 5), GradientDescent("0.2", 400))
    for plan in canonical_plans(16).values():
        e = float(relative_error(plan, chain))
        found = error_moments(plan, chain, noise)
        assert float(found.mean) == pytest.approx(e, rel=1e-12)
        assert float(found.square) == pytest.approx(e * e, rel=1e-12)  # 1e-153 for vanilla


@pytest.mark.parametrize("law", NOISY, ids=str)
def test_moments_in_balls_enclose_the_precise_and_the_float_ones(law):
    field, fine = balls(160), multiprecision(40)
    lam = Fraction(3, 10)
    plan = progressive(5)
    chain, noise = noisy_chain(cosine(5), lam, law, field)
    with field.working():
        enclosed = error_moments(plan, chain, noise)
    precise = error_moments(plan, *noisy_chain(cosine(5), lam, law, fine))
    rough = error_moments(plan, *noisy_chain(cosine(5), lam, law))
    for b, m, f in zip(enclosed, precise, rough, strict=True):
        assert float(b.rad()) < 1e-30
        assert float(b.mid()) == pytest.approx(float(m), rel=1e-14)
        assert float(f) == pytest.approx(float(m), rel=1e-11)


@pytest.mark.parametrize("v", ["0.3", "1", "1.8"])
@pytest.mark.parametrize("law", [*DETERMINISTIC, SignDescent("0.01", 37)], ids=str)
def test_deterministic_factors_are_those_of_real_training(law, v):
    found = simulate_factor(law, v, runs=2)
    assert found.error < 1e-15
    assert found.measured == pytest.approx(found.predicted, abs=1e-9)


@pytest.mark.parametrize("v", ["0.3", "1", "1.8"])
@pytest.mark.parametrize("law", NOISY, ids=str)
def test_random_factors_are_those_of_real_training(law, v):
    found = simulate_factor(law, v, runs=4000, seed=5)
    assert found.error > 0
    assert found.deviation < 4
    assert found.second_moment_deviation < 4


@pytest.mark.parametrize("lam", ["0.2", "3"])
@pytest.mark.parametrize("law", [*DETERMINISTIC, *NOISY], ids=str)
@pytest.mark.parametrize("name", ["boot", "progressive"])
def test_plans_are_those_of_real_training(law, lam, name):
    plan = canonical_plans(5)[name]
    found = simulate_plan(plan, lam, law, cosine(5), runs=2000, seed=2)
    assert found.deviation < 4
    assert found.second_moment_deviation < 4
    if law in DETERMINISTIC:
        assert found.measured == pytest.approx(found.predicted, abs=1e-9)


def test_a_wrong_prediction_is_seen():
    right = simulate_factor(SGD("0.15", 12, 4), 1, runs=4000, seed=5)
    wrong = simulate_factor(SGD("0.15", 12, 5), 1, runs=4000, seed=5)
    gap = abs(right.second_moment - wrong.predicted_second_moment)
    assert gap > 4 * right.second_moment_error


def test_simulations_repeat_and_depend_on_the_seed():
    one, same, other = (
        simulate_factor(SGD("0.15", 12, 4), 1, runs=100, seed=seed).measured for seed in (1, 1, 2)
    )
    assert one == same != other


def test_adam_behaves_like_sign_descent_not_like_the_flow():
    """Its factor hardly depends on the variance, SGD's does (research note: universal factor)."""
    adam = [
        simulate_factor(Adam("0.005", 100, 4), v, runs=400).measured for v in ("0.1", "1", "10")
    ]
    assert max(adam) - min(adam) < 0.01
    assert 0.5 < adam[0] < 0.7
    assert simulate_factor(Adam("0.005", 100, 4), 1, runs=50).predicted is None


def test_the_second_moment_of_a_full_student_is_the_ledgers():
    """One step of the matrix against the ledger's expansion over all samples."""
    for size, d in ((1, 2), (2, 2)):
        values = {"eta": 0.05, "v": [0.7, 1.9], "r": [0.4, 1.1]}
        for i, (_, wanted) in enumerate(by_expansion(size, d)):
            known = {s: values["eta"] for s in wanted.free_symbols if s.name == "eta"}
            for s in wanted.free_symbols:
                if s.name != "eta":
                    known[s] = values[s.name[0]][int(s.name[1:]) - 1]
            found = row_second_moments(
                values["v"], SGD("0.05", 1, size), np.array(values["r"]) ** 2
            )
            assert found[i] == pytest.approx(float(wanted.subs(known)), rel=1e-12)


def test_the_full_student_is_stable_where_its_matrix_shrinks():
    rng = np.random.default_rng(4)
    for _ in range(40):
        v, size = rng.uniform(0.1, 3, rng.integers(1, 6)), int(rng.integers(1, 20))
        edge = stable_rate(v, size)
        for share in (0.99, 1.01):
            load = edge * share * v
            step = np.diag(1 - 4 * load + 4 * (1 + 1 / size) * load**2)
            step += 4 / size * np.outer(load, load)
            assert (max(np.linalg.eigvalsh(step)) < 1) == (share < 1)
            assert (stability_margin(v, edge * share, size) > 0) == (share < 1)
    assert stable_rate(np.ones(7), 16) == pytest.approx(16 / 24)
    with pytest.raises(InputError, match="full student"):
        row_second_moments(np.ones(7), SGD("0.67", 3, 16))


def test_full_students_trained_with_minibatches():
    rng, v, law, runs = (
        np.random.default_rng(8),
        np.array([0.4, 1.0, 2.5]),
        SGD("0.05", 8, 4),
        20000,
    )
    r = np.ones((runs, 3))
    for _ in range(law.steps):
        z = rng.standard_normal((runs, law.batch, 3)) * np.sqrt(v)
        r -= (
            2
            * float(law.lr)
            / law.batch
            * np.einsum("nb,nbi->ni", np.einsum("ni,nbi->nb", r, z), z)
        )
    error = (r**2).std(axis=0, ddof=1) / np.sqrt(runs)
    assert np.all(abs((r**2).mean(axis=0) - row_second_moments(v, law)) < 4 * error)


@pytest.mark.parametrize(
    ("lr", "steps", "batch"), [("0.1", 20, 16), ("0.3", 5, 64), ("0.05", 60, 64)]
)
def test_the_crossover_tends_to_its_limit(lr, steps, batch):
    law = SGD(lr, steps, batch)
    found = [rms_crossover(law, T) for T in (64, 512)]
    gaps = [abs(c.lam - c.limit) for c in found]
    assert gaps[1] < gaps[0] / 4
    assert gaps[1] < 0.01 * found[1].limit
    assert found[0].limit > 1.04
    # k = 1 + small: the limit of small factors is a root of its own equation
    half_log = math.log(found[0].small_g) / 2
    k = math.sqrt(float(law.second_moment(Fraction(1), EXACT))) / float(
        law.factors(Fraction(1), EXACT)[0]
    )
    assert half_log == pytest.approx(k * -math.expm1(-half_log), rel=1e-9)


def test_small_factors_have_the_small_crossover():
    law = SGD("0.25", 20, 400)
    found = rms_crossover(law, 64)
    assert found.limit == pytest.approx(found.small_g, rel=1e-3)


def test_w2_counts_bias_and_variance():
    lam = np.array([0.1, 0.6, 1.0])
    law, T = SGD("0.1", 10, 2), 6
    total = 0.0
    for one in lam:
        chain, noise = noisy_chain(cosine(T), float(one), law)
        M = operator_moments(boot(T), chain, noise)
        C = float(chain.C)
        total += float(M.variance + (M.mean - C) ** 2)
    assert spectrum_distance(boot(T), lam, law, cosine(T)) == pytest.approx(total, rel=1e-12)
    quiet = spectrum_distance(boot(T), lam, GradientDescent("0.1", 10), cosine(T))
    assert quiet < total


def test_sign_descent_merges_as_in_the_ledger():
    rng = Random(6)
    for _ in range(30):
        plan, T = None, rng.randint(3, 6)
        plan = random_plan(T, rng)
        law = SignDescent(Fraction(rng.randint(1, 9), 100), rng.randint(1, 6))
        lam = Fraction(rng.randint(5, 400), 100)
        a = list(Teacher(flow(T), lam, EXACT).a)
        found = trained_operator(plan, lam, law, flow(T), EXACT)
        assert found == merged(plan, a, [law.lr * law.steps] * T)


@pytest.mark.parametrize("lam", ["0.1", "0.5", "3", "20"])
def test_under_sign_descent_boot_is_best_on_both_sides(lam):
    """The vanilla phase disappears (ledger entry c1_sign_plans)."""
    for steps in (3, 10, 30):
        found = rank_plans(lam, SignDescent("0.01", steps), cosine(6))
        assert found.best.rms == pytest.approx(found.canonical["boot"].rms, rel=1e-9, abs=1e-12)
        assert found.optimality.status == "undecided"


def test_ranking_looks_at_every_plan():
    law, schedule = SGD("0.1", 20, 4), cosine(6)
    found = rank_plans("2.5", law, schedule)
    every = [rate_plan(plan, "2.5", law, schedule).rms for plan in enumerate_plans(6)]
    assert found.best.rms == min(every)
    assert found.best.plan == boot(6)
    assert found.canonical["vanilla"].rms > found.best.rms
    # without noise vanilla is best there: noise moves the phase boundary
    assert best_plan("2.5", T=6, law=GradientDescent("0.1", 20)).plan == vanilla(6)


def test_ranking_under_fixed_factors_is_best_plan():
    law = GradientDescent("0.1", 20)
    found = rank_plans("0.3", law, cosine(9))
    assert found.optimality.status == "proved"
    assert found.best.plan == best_plan("0.3", law=law, T=9).plan
    assert set(found.to_dict()["canonical"]) == set(canonical_plans(9))


def test_nothing_unstable_is_trained(monkeypatch):
    def never(*_):
        raise AssertionError("trained")

    monkeypatch.setattr("symmerge.dynamics.training._train", never)
    for law in (
        SGD("0.9", 10**6, 2),
        HeavyBall("3", 10**6, "0.5"),
        EMA(SGD("0.9", 10**6, 2), "0.5"),
    ):
        with pytest.raises(InputError, match="stable"):
            simulate_factor(law, 1)
        with pytest.raises(InputError, match="stable"):
            simulate_plan(boot(3), 1, law, cosine(3))
    with pytest.raises(InputError, match="at most"):
        simulate_factor(SGD("0.1", 10**6, 1000), 1, runs=10**4)
