"""Gaussian mixtures: score against high precision and differences, symbols, files, fits."""

import json
import tracemalloc

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symmerge.datasets import load
from symmerge.errors import InputError
from symmerge.flow.fit import fit_data, fit_mixture
from symmerge.flow.formulas import symbolic_mixture, written_out
from symmerge.flow.mixture import Mixture, read_mixture, write_mixture
from symmerge.flow.score import (
    jacobian_norms,
    log_density,
    responsibilities,
    score,
    score_jacobian,
    spread,
    velocity,
    velocity_jacobian,
)


def random_mixture(seed, K=4, d=3, sigma0="1/2", beta=2, sigma_inf=1):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(K) * 3)
    return Mixture(rng.normal(0, 2, (K, d)), weights, sigma0, beta, sigma_inf)


def precise_score(mixture, x, t):
    """Score at one point with 60 digits, from the definition."""
    with mpmath.workdps(60):
        v0, w, beta = (
            mpmath.mpf(q.numerator) / q.denominator
            for q in (mixture.sigma0**2, mixture.sigma_inf**2, mixture.beta)
        )
        u = mpmath.exp(-2 * beta * mpmath.mpf(t))
        v, signal = u * v0 + (1 - u) * w, mpmath.sqrt(u)
        means = [[signal * mpmath.mpf(float(c)) for c in row] for row in mixture.means]
        logs = [
            mpmath.log(mpmath.mpf(float(p)))
            - sum((mpmath.mpf(float(a)) - b) ** 2 for a, b in zip(x, row, strict=True)) / (2 * v)
            for p, row in zip(mixture.weights, means, strict=True)
        ]
        parts = [mpmath.exp(q - max(logs)) for q in logs]
        gamma = [q / sum(parts) for q in parts]
        return [
            float(
                -(
                    mpmath.mpf(float(a))
                    - sum(g * row[i] for g, row in zip(gamma, means, strict=True))
                )
                / v
            )
            for i, a in enumerate(x)
        ]


@pytest.mark.parametrize("sigma0", ["1/1000", "1/10", "1", "3"])
@pytest.mark.parametrize("t", [0, 0.1, 1.5])
def test_score_against_sixty_digits(sigma0, t):
    mixture = random_mixture(1, sigma0=sigma0)
    rng = np.random.default_rng(2)
    points = np.concatenate([mixture.sample(6, rng, t), 30 * rng.normal(size=(4, 3))])
    truth = np.array([precise_score(mixture, x, t) for x in points])
    scale = np.abs(truth).max(axis=1, keepdims=True)
    # Backward stable: as if points had been moved by some rounding units of the diameter.
    moved = (
        40 * np.finfo(float).eps * (mixture.diameter + np.abs(points).max(axis=1, keepdims=True))
    )
    v = mixture.variance(t)
    allowed = moved * (1 / v + mixture.diameter**2 / v**2) + 1e-14 * scale
    assert np.all(np.abs(score(mixture, points, t) - truth) <= allowed)


def test_far_points_and_offset_data_do_not_overflow():
    mixture = Mixture([[1e6, 0.0], [1e6, 1.0]], sigma0="1/100")
    found = score(mixture, np.array([[1e6, 0.0], [1e6, 1.0], [0.0, 0.0], [1e9, -1e9]]), 0)
    assert np.all(np.isfinite(found))
    assert np.abs(found[:2]).max() < 1e-5
    assert np.all(np.isfinite(log_density(mixture, np.array([[-1e8, 5.0]]), 0)))


@given(st.integers(0, 500), st.sampled_from(["1/5", "1", "2"]), st.sampled_from(["1", "3/2"]))
def test_derivatives_agree_with_differences(seed, sigma0, sigma_inf):
    mixture = random_mixture(
        seed, K=1 + seed % 5, d=1 + seed % 3, sigma0=sigma0, sigma_inf=sigma_inf
    )
    x = mixture.sample(3, np.random.default_rng(seed), 0.2)
    step = 1e-5
    for i in range(mixture.d):
        shift = step * np.eye(mixture.d)[i]
        slope = (log_density(mixture, x + shift, 0.2) - log_density(mixture, x - shift, 0.2)) / (
            2 * step
        )
        assert np.allclose(slope, score(mixture, x, 0.2)[:, i], atol=1e-5, rtol=1e-5)
        row = (velocity(mixture, x + shift, 0.2) - velocity(mixture, x - shift, 0.2)) / (2 * step)
        assert np.allclose(row, velocity_jacobian(mixture, x, 0.2)[:, i], atol=2e-4, rtol=1e-5)


def test_fokker_planck_by_differences():
    mixture = random_mixture(7, sigma_inf="3/2")
    x, t, step = mixture.sample(5, np.random.default_rng(1), 0.3), 0.3, 1e-5
    change = (log_density(mixture, x, t + step) - log_density(mixture, x, t - step)) / (2 * step)
    divergence = np.trace(velocity_jacobian(mixture, x, t), axis1=1, axis2=2)
    transport = np.sum(velocity(mixture, x, t) * score(mixture, x, t), axis=1)
    assert np.allclose(change, -divergence - transport, atol=1e-6)


@pytest.mark.parametrize(("K", "d"), [(1, 1), (2, 5), (5, 2), (4, 4)])
def test_norms_and_spread_from_the_full_matrices(K, d):
    mixture = random_mixture(3, K, d, "1/3", sigma_inf="6/5")
    x = mixture.sample(40, np.random.default_rng(5), 0.1)
    full = np.linalg.norm(velocity_jacobian(mixture, x, 0.1), 2, axis=(1, 2))
    assert np.allclose(jacobian_norms(mixture, x, 0.1), full, rtol=1e-9)
    v = mixture.variance(0.1)
    trace = (np.trace(score_jacobian(mixture, x, 0.1), axis1=1, axis2=2) + d / v) * v**2
    assert np.allclose(spread(mixture, x, 0.1), trace, atol=1e-9)


def test_chunks_do_not_change_anything_and_memory_stays_small():
    mixture = random_mixture(4, K=20, d=8)
    x = mixture.sample(200_000, np.random.default_rng(1), 0.2)
    some = slice(70_000, 70_010)
    tracemalloc.start()
    found = score(mixture, x, 0.2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < found.nbytes + 40 * 2**20  # N x K x d would need 256 MB
    assert np.allclose(found[some], score(mixture, x[some], 0.2), rtol=1e-13, atol=1e-13)
    assert np.allclose(responsibilities(mixture, x[:9], 0.2).sum(axis=1), 1)


def test_samples_have_the_moments_of_the_marginal():
    mixture = random_mixture(6, sigma_inf=2)
    x, modes = mixture.sample_with_modes(200_000, np.random.default_rng(3), 0.15)
    mean = mixture.signal(0.15) * mixture.weights @ mixture.means
    assert np.allclose(x.mean(axis=0), mean, atol=0.03)
    assert np.allclose(np.bincount(modes) / len(modes), mixture.weights, atol=0.005)
    residual = x - mixture.signal(0.15) * mixture.means[modes]
    assert np.allclose(residual.var(axis=0), mixture.variance(0.15), rtol=0.02)


@pytest.mark.parametrize(("K", "d"), [(1, 2), (2, 1), (3, 2)])
def test_symbolic_score_is_the_derivative(K, d):
    symbolic = symbolic_mixture(K, d)
    rng = np.random.default_rng(K + d)
    point = {name: sympy.Rational(int(rng.integers(1, 30)), 7) for name in symbolic.symbols}
    for i, name in enumerate(symbolic.x):
        slope = sympy.diff(sympy.log(symbolic.density), name)
        assert abs((slope - symbolic.score[i]).subs(point).evalf(30)) < 1e-25
        for j, other in enumerate(symbolic.x):
            second = sympy.diff(symbolic.score[i], other) - symbolic.score_jacobian[i, j]
            assert abs(second.subs(point).evalf(30)) < 1e-25
    assert symbolic.latex().startswith(r"\left[")
    assert "pi" in symbolic.latex("density")


def test_written_out_mixture_agrees_with_numbers():
    mixture = random_mixture(8, K=2, d=2, sigma_inf="3/2")
    symbolic = written_out(mixture, "1/4")
    at = dict(zip(symbolic.x, (sympy.Rational(1, 3), sympy.Rational(-2, 5)), strict=True))
    found = [float(part.subs(at).evalf(30)) for part in symbolic.velocity]
    assert np.allclose(found, velocity(mixture, [[1 / 3, -2 / 5]], 0.25)[0], rtol=1e-12)
    with pytest.raises(InputError):
        written_out(mixture, "__import__('os')")
    with pytest.raises(InputError):
        symbolic.latex("__class__")


def test_files_round_trip(tmp_path):
    mixture = random_mixture(9, sigma0="1/3")
    path = tmp_path / "three.json"
    write_mixture(mixture, path)
    back = read_mixture(path)
    assert np.array_equal(back.means, mixture.means)
    assert np.allclose(back.weights, mixture.weights, rtol=1e-15)
    assert (back.sigma0, back.beta, back.sigma_inf) == (mixture.sigma0, 2, 1)
    assert back.label == "three"
    flat = {"means": [-1, 1.5], "sigma0": "1/4"}
    (tmp_path / "flat.json").write_text(json.dumps(flat))
    assert read_mixture(tmp_path / "flat.json").means.tolist() == [[-1.0], [1.5]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sigma0": 0}, "sigma0 must be > 0"),
        ({"sigma0": "x"}, "sigma0 must be a number"),
        ({"weights": [0.5, 0.4]}, "weights must add up to 1"),
        ({"weights": [1.5, -0.5]}, "weights must be finite and > 0"),
        ({"weights": [1]}, "weights must be 2 numbers"),
        ({"means": []}, "means must have one row"),
        ({"means": [[1, 2], [3]]}, "means must have rows of one length"),
        ({"means": [[1], 2]}, "means must have rows of one length"),
        ({"means": "a"}, "means must be a list"),
        ({"means": [[1e300], [2]]}, "means must be finite"),
        ({"betta": 1}, "key must be one of"),
        ({"schema": "other"}, "schema must be symmerge.mixture"),
        ({"version": 2}, "version must be 1"),
        ({"label": 3}, "label must be a text"),
    ],
)
def test_bad_files(tmp_path, change, words):
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"means": [[-1], [1]], "sigma0": "1/4", **change}))
    with pytest.raises(InputError, match=words):
        read_mixture(path)


@pytest.mark.parametrize("key", ["means", "sigma0"])
def test_missing_keys(key):
    data = {"means": [[-1], [1]], "sigma0": "1/4"}
    del data[key]
    with pytest.raises(InputError, match=f"{key} is missing"):
        Mixture.from_dict(data)


@pytest.mark.parametrize("x", [[[1.0, 2.0]], [1.0], [["a"]], [[1j]]])
def test_bad_points(x):
    with pytest.raises(InputError, match="x must"):
        score(Mixture([0.0, 1.0]), x, 0)


def test_bad_times():
    for t in (-1, float("nan"), "soon"):
        with pytest.raises(InputError, match="t must"):
            score(Mixture([0.0, 1.0]), [[0.0]], t)


def test_fit_recovers_a_mixture():
    truth = Mixture([[-4.0, 0.0], [4.0, 0.0], [0.0, 5.0]], [0.5, 0.3, 0.2], "1/2")
    found = fit_mixture(truth.sample(6000, np.random.default_rng(0)), 3)
    order = np.argsort(found.weights)[::-1]
    assert np.allclose(found.means[order], truth.means, atol=0.1)
    assert np.allclose(found.weights[order], truth.weights, atol=0.03)
    assert abs(float(found.sigma0) - 0.5) < 0.02


def test_fit_of_digits_is_better_with_more_components():
    digits = load("digits")
    one, ten = (fit_data("digits", K) for K in (1, 10))
    assert log_density(ten, digits, 0).mean() > log_density(one, digits, 0).mean() + 5
    assert float(one.sigma0) == pytest.approx(np.sqrt(digits.var(axis=0).mean()), rel=1e-6)
    for bad in (0, 1.5, 10_000):
        with pytest.raises(InputError, match="components"):
            fit_data("digits", bad)
