"""Correlated noise: every exact form against the matrix gradient flow, simulated directly."""

import json
import random

import numpy as np
import pytest

from symmerge.errors import InputError
from symmerge.merge import operator
from symmerge.noise import (
    CommutingFlow,
    RawStudent,
    bures_squared,
    commuting_chain,
    plan_raw,
)
from symmerge.numbers import FLOAT
from symmerge.plan import canonical_plans, enumerate_plans, hybrid, random_plan, segmentation
from symmerge.schedule import cosine, edm, flow
from symmerge.search.spectra import plan_spectrum
from symmerge.spectrum import Spectrum, spectrum_from_covariance

D = 4


def power(matrix, exponent):
    """Power of a symmetric positive definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**exponent) @ vectors.T


def covariance(rng, d=D):
    root = rng.normal(size=(d, d))
    return root @ np.diag(np.exp(rng.normal(size=d))) @ root.T / d


class Simulation:
    """Students that follow ``dA/ds = -2 (A - target) V_t P``, with everything a full matrix.

    The preconditioner P is the identity for raw students, the inverse noise for whitened ones.
    Neither generalised eigenvectors nor any formula of the package is used.
    """

    def __init__(self, schedule, sigma, noise, s, whitened):
        alpha, level = schedule.levels(FLOAT)[:2]
        self.V = [p**2 * sigma + q**2 * noise for p, q in zip(alpha, level, strict=True)]
        self.A = [
            (alpha[t] * alpha[t - 1] * sigma + level[t] * level[t - 1] * noise)
            @ np.linalg.inv(self.V[t])
            for t in range(1, schedule.T + 1)
        ]
        self.root = power(noise, 0.5) if whitened else np.eye(len(noise))
        self.s = s

    def kept(self, t):
        """``exp(-2 s V P)``; with P = N^{-1} similar to a symmetric matrix."""
        inverse = np.linalg.inv(self.root)
        values, vectors = np.linalg.eigh(inverse @ self.V[t] @ inverse)
        return self.root @ (vectors * np.exp(-2 * self.s * values)) @ vectors.T @ inverse

    def run(self, plan):
        def node(children, t):
            target = np.linalg.multi_dot([*children, np.eye(D)])
            return target + (children[-1] - target) @ self.kept(t)

        return plan.fold(lambda t: self.A[t - 1], node)

    def teacher(self):
        return np.linalg.multi_dot(self.A)


def test_the_simulated_flow_solves_its_differential_equation():
    rng = np.random.default_rng(1)
    sigma, noise = covariance(rng), covariance(rng)
    simulation = Simulation(cosine(3), sigma, noise, 0.7, whitened=True)
    V = simulation.V[2] @ np.linalg.inv(noise)
    E, steps = np.eye(D), 2000
    for _ in range(steps):  # Runge and Kutta's fourth order
        h = 0.7 / steps
        k1 = -2 * E @ V
        k2 = -2 * (E + h / 2 * k1) @ V
        k3 = -2 * (E + h / 2 * k2) @ V
        k4 = -2 * (E + h * k3) @ V
        E = E + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    np.testing.assert_allclose(simulation.kept(2), E, atol=1e-10)


@pytest.mark.parametrize("schedule", [cosine(5), flow(5), edm(5)], ids=str)
@pytest.mark.parametrize("kind", ["white", "commuting", "general"])
def test_whitened_students_are_diagonal_for_all_trees(schedule, kind):
    rng = np.random.default_rng(len(kind))
    sigma = covariance(rng)
    noise = {"white": np.eye(D), "general": covariance(rng), "commuting": power(sigma, 0.6)}[kind]
    spectrum = spectrum_from_covariance(sigma, noise=noise)
    simulation = Simulation(schedule, sigma, noise, 0.8, whitened=True)
    chain = RawStudent(spectrum, schedule, 0.8).modes
    root = power(simulation.V[-1], 0.5)
    for plan in enumerate_plans(5):
        expected = simulation.run(plan)
        scale = np.abs(expected).max()
        M = spectrum.basis @ np.diag(operator(plan, chain)) @ np.linalg.inv(spectrum.basis)
        np.testing.assert_allclose(M, expected, atol=1e-10 * scale)
        # The objective: importance and v_T weigh the coordinates.
        v = simulation.V[-1]
        gap = expected - simulation.teacher()
        cost = np.trace(gap @ v @ gap.T)
        errors = operator(plan, chain) - chain.C
        weights = (
            spectrum.importance * np.linalg.norm(np.linalg.solve(spectrum.basis, root), axis=1) ** 2
        )
        np.testing.assert_allclose(weights @ errors**2, cost, rtol=1e-7, atol=1e-12)


def test_the_planner_reports_the_simulated_cost():
    rng = np.random.default_rng(3)
    sigma, noise = covariance(rng), covariance(rng)
    result = plan_spectrum(spectrum_from_covariance(sigma, noise=noise), 0.5, cosine(6))
    simulation = Simulation(cosine(6), sigma, noise, 0.5, whitened=True)
    costs = {}
    for plan in enumerate_plans(6):
        gap = simulation.run(plan) - simulation.teacher()
        costs[plan] = np.trace(gap @ simulation.V[-1] @ gap.T)
    assert result.w2_squared == pytest.approx(costs[result.plan], rel=1e-9)
    assert result.lower_bound <= min(costs.values()) * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("schedule", [cosine(6), flow(6), edm(6)], ids=str)
def test_raw_students_keep_an_exact_form(schedule, seed):
    rng = np.random.default_rng(seed)
    sigma, noise = covariance(rng), covariance(rng)
    student = RawStudent(spectrum_from_covariance(sigma, noise=noise), schedule, "0.9")
    simulation = Simulation(schedule, sigma, noise, 0.9, whitened=False)
    np.testing.assert_allclose(student.teacher, simulation.teacher(), rtol=1e-9, atol=1e-11)
    root = power(simulation.V[-1], 0.5)
    cuts = [segmentation(lengths) for lengths in ([5], [1] * 5, [2, 1, 2], [1, 4], [3, 1, 1])]
    trees = [random_plan(6, random.Random(seed)) for _ in range(6)]
    for plan in [*cuts, *trees, *canonical_plans(6).values()]:
        expected = simulation.run(plan)
        np.testing.assert_allclose(
            student.operator(plan), expected, rtol=1e-9, atol=1e-10 * np.abs(expected).max()
        )
        gap = (expected - simulation.teacher()) @ root
        assert student.coupling_cost(plan) == pytest.approx(np.sum(gap**2), rel=1e-7)


def test_raw_students_are_not_diagonal():
    rng = np.random.default_rng(0)
    student = RawStudent(
        spectrum_from_covariance(covariance(rng), noise=covariance(rng)), cosine(6), 1
    )
    M = student.inverse @ student.operator(hybrid(6, 2)) @ student.basis
    assert np.abs(M - np.diag(np.diag(M))).max() > 1e-3


def test_the_cost_of_long_training_does_not_cancel():
    rng = np.random.default_rng(5)
    spectrum = spectrum_from_covariance(covariance(rng), noise=np.eye(D) * 1.0)
    raw = RawStudent(spectrum, cosine(6), 30)
    whitened = plan_spectrum(spectrum, 30, cosine(6))
    cost = raw.coupling_cost(whitened.plan)
    assert 0 < cost < 1e-40
    assert cost == pytest.approx(whitened.w2_squared, rel=1e-9)


def test_white_noise_makes_both_students_the_same():
    spectrum = spectrum_from_covariance(covariance(np.random.default_rng(2)))
    student, result = RawStudent(spectrum, cosine(7), 1), plan_spectrum(spectrum, 1, cosine(7))
    np.testing.assert_allclose(
        student.scan().w2_squared, result.scan.w2_squared, rtol=1e-9, equal_nan=True
    )
    assert student.bures(hybrid(7, 2)) == pytest.approx(student.coupling_cost(hybrid(7, 2)))


def test_commuting_noise_is_a_scalar_recursion_for_all_trees():
    rng = np.random.default_rng(7)
    vectors = np.linalg.qr(rng.normal(size=(D, D)))[0]
    lam, n = np.array([0.2, 0.9, 1.4, 6.0]), np.array([0.5, 2.0, 1.0, 1.5])
    sigma, noise = (vectors * lam) @ vectors.T, (vectors * n) @ vectors.T
    simulation = Simulation(cosine(5), sigma, noise, 0.6, whitened=False)
    chain = commuting_chain(cosine(5), lam, n, "0.6")
    student = RawStudent(spectrum_from_covariance(sigma, noise=noise), cosine(5), "0.6")
    for plan in enumerate_plans(5):
        M = operator(plan, chain)
        np.testing.assert_allclose((vectors * M) @ vectors.T, simulation.run(plan), atol=1e-10)
        cost = n @ (M - chain.C) ** 2
        assert student.coupling_cost(plan) == pytest.approx(cost, rel=1e-7)
        assert student.bures(plan) == pytest.approx(cost, rel=1e-6)


def test_the_scan_finds_the_best_hybrid():
    rng = np.random.default_rng(11)
    student = RawStudent(
        spectrum_from_covariance(covariance(rng), noise=covariance(rng)), cosine(6), 1
    )
    values = student.scan().w2_squared
    for k in range(5):
        for m in range(5):
            if k + m > 4:
                assert np.isnan(values[k, m])
            else:
                assert values[k, m] == pytest.approx(student.coupling_cost(hybrid(6, k, m)))


def test_constant_coordinates_are_allowed():
    sigma = np.diag([0.0, 0.5, 4.0, 1.0])
    noise = np.eye(D) + 0.3
    student = RawStudent(spectrum_from_covariance(sigma, noise=noise), cosine(5), 1)
    simulation = Simulation(cosine(5), sigma, noise, 1, whitened=False)
    gap = (simulation.run(hybrid(5, 1)) - simulation.teacher()) @ power(noise, 0.5)
    assert student.coupling_cost(hybrid(5, 1)) == pytest.approx(np.sum(gap**2), rel=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_coupling_is_never_below_wasserstein(seed):
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(2, D, D))
    found = bures_squared(X, Y)
    A, B = X @ X.T, Y @ Y.T
    half = power(A, 0.5)
    assert found == pytest.approx(np.trace(A + B - 2 * power(half @ B @ half, 0.5)), rel=1e-6)
    assert found <= np.sum((X - Y) ** 2)
    positive = Y @ covariance(rng)  # Y'X symmetric positive definite is the case of equality
    X = np.linalg.solve(Y.T, covariance(rng))
    assert bures_squared(X, Y) == pytest.approx(np.sum((X - Y) ** 2), rel=1e-6)
    assert bures_squared(positive, positive) == pytest.approx(0, abs=1e-20 + 1e-24)


def test_the_answer_and_its_json_form():
    rng = np.random.default_rng(4)
    found = plan_raw(spectrum_from_covariance(covariance(rng), noise=covariance(rng)), 1, cosine(8))
    data = json.loads(json.dumps(found.to_dict()))
    assert data["lower_bound"] is None
    assert data["optimality"]["status"] == "undecided"
    assert (
        found.w2_squared
        <= found.coupling_cost
        <= min(found.canonical["vanilla"], found.canonical["boot"])
    )
    assert "raw coordinates" in str(found)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: plan_raw(Spectrum([1.0, 2.0]), 1, cosine(4)), "basis"),
        (lambda: plan_raw(spectrum_from_covariance(np.eye(257)), 1, cosine(4)), "256"),
        (lambda: plan_raw(spectrum_from_covariance(np.eye(2)), 1, cosine(257)), "256"),
        (lambda: plan_raw(spectrum_from_covariance(np.eye(2)), -1, cosine(4)), ">= 0"),
        (lambda: commuting_chain(cosine(4), [1.0, 2.0], [1.0], 1), "noise"),
        (lambda: commuting_chain(cosine(4), [1.0, 2.0], [1.0, 0.0], 1), "noise"),
        (
            lambda: plan_raw(
                Spectrum([1.0], [2], basis=np.eye(1), mean=np.zeros(1), scale=np.ones(1)),
                1,
                cosine(4),
            ),
            "by itself",
        ),
    ],
)
def test_bad_input(make, word):
    with pytest.raises(InputError, match=word):
        make()


def test_commuting_flow_is_the_ordinary_one_for_white_noise():
    v = np.array([0.3, 1.0])
    g, h = CommutingFlow(1, np.ones(2)).factors(v, FLOAT)
    np.testing.assert_allclose(g, np.exp(-2 * v))
    np.testing.assert_allclose(h, 1 - np.exp(-2 * v))
