"""Students trained by minibatch SGD on real data do what the theory predicts."""

import json
from itertools import pairwise

import numpy as np
import pytest

from symmerge.data import read_data
from symmerge.dynamics.laws import SGD
from symmerge.dynamics.simulate import data_rows, gaussian_rows, train_students
from symmerge.encoders import encode
from symmerge.errors import InputError
from symmerge.plan import MergePlan, boot, canonical_plans, hybrid, vanilla
from symmerge.schedule import cosine, flow
from symmerge.spectrum import Spectrum, spectrum_from_covariance, spectrum_from_samples

LAW = SGD("0.005", 200, 32)
PLANS = {**canonical_plans(4), "hybrid": hybrid(4, 1), "tree": MergePlan.parse("[[1|2].3|4]")}


def reduced(name):
    """Eight principal coordinates of a data set, unit mean variance."""
    latents = encode(read_data(name), "pca:8").latents
    return latents, spectrum_from_samples(latents, "unit", name)


DIGITS, PATCHES = reduced("digits"), reduced("patches-grey")


@pytest.mark.parametrize("data", [DIGITS, PATCHES], ids=["digits", "patches"])
@pytest.mark.parametrize("source", ["gaussian", "rows"])
@pytest.mark.parametrize("name", PLANS)
def test_trained_operators_agree_with_the_theory(name, source, data):
    samples, spectrum = data
    sampler = gaussian_rows(spectrum) if source == "gaussian" else data_rows(samples, spectrum)
    found = train_students(PLANS[name], spectrum, cosine(4), LAW, sampler, seeds=24, seed=5)
    # Student's t with 23 degrees of freedom, 8 coordinates, 24 cases: 4 errors are rare.
    assert np.abs(found.deviations).max() < 4
    assert np.mean(found.deviations**2) < 4
    value, error = found.w2_of_mean
    assert abs(value - found.w2_descent) < 4 * error
    assert error < 0.08 * value
    # Off the diagonal there is noise only.
    off = found.principal.copy()
    off[:, range(8), range(8)] = 0
    deviation = off.mean(axis=0) / np.where(np.eye(8), 1, off.std(axis=0, ddof=1) / 24**0.5)
    assert np.abs(deviation).max() < 5
    # The learning rate is small: gradient flow for s = lr N is within 5 %.
    assert found.w2_flow == pytest.approx(found.w2_descent, rel=0.05)
    pictures = found.decode(50)
    spread = pictures["teacher"].std()
    assert np.abs(pictures["trained"] - pictures["predicted"]).max() < 0.4 * spread


def test_the_best_plan_of_the_theory_is_the_best_of_the_trained():
    _, spectrum = PATCHES
    losses, errors = {}, {}
    for name, plan in PLANS.items():
        found = train_students(plan, spectrum, cosine(4), LAW, seeds=24, seed=1)
        losses[name] = (found.w2_of_mean[0], found.w2_flow)
        errors[name] = found.w2_of_mean[1]
    names = sorted(PLANS, key=lambda name: losses[name][1])
    for better, worse in pairwise(names):
        margin = 4 * np.hypot(errors[better], errors[worse])
        if losses[worse][1] - losses[better][1] > margin:
            assert losses[better][0] < losses[worse][0]


def test_the_comparison_can_fail():
    """Another plan's or another training time's prediction is far outside the errors."""
    _, spectrum = DIGITS
    found = train_students(boot(4), spectrum, cosine(4), LAW, seeds=24)
    for other in (
        train_students(vanilla(4), spectrum, cosine(4), LAW, seeds=3),
        train_students(boot(4), spectrum, cosine(4), SGD("0.005", 180, 32), seeds=3),
    ):
        assert np.abs((found.measured - other.descent) / found.error).max() > 20


@pytest.mark.parametrize("plan", ["[1.2|3]", "[1|[2|3]]", "[[1|2]|3]"])
def test_minibatch_noise_follows_its_recursion(plan):
    """One coordinate: ``E M^2`` by SPEC C1's exact recursion, with large steps and batch 4."""
    plan, law, v = MergePlan.parse(plan), SGD("0.05", 12, 4), 6.0
    spectrum = spectrum_from_covariance(np.array([[v]]))
    found = train_students(plan, spectrum, cosine(3), law, seeds=4000, seed=2)
    levels = [np.pi * t / 6 for t in range(4)]

    def moments(children, t):
        variance = np.cos(levels[t]) ** 2 * v + np.sin(levels[t]) ** 2
        x = 2 * 0.05 * variance
        g, q = (1 - x) ** 12, ((1 - x) ** 2 + 2 * x**2 / 4) ** 12
        left = np.prod(children[:-1], axis=0)
        right = children[-1]
        mean = right[0] * ((1 - g) * left[0] + g)
        square = right[1] * ((1 - 2 * g + q) * left[1] + 2 * (g - q) * left[0] + q)
        return np.array([mean, square])

    def leaf(t):
        p, q = levels[t - 1], levels[t]
        step = (np.cos(p) * np.cos(q) * v + np.sin(p) * np.sin(q)) / (
            np.cos(q) ** 2 * v + np.sin(q) ** 2
        )
        return np.array([step, step**2])

    mean, square = plan.fold(leaf, moments)
    assert found.descent[0] == pytest.approx(mean, rel=1e-12)
    M = found.operators[:, 0, 0]
    noise = square - mean**2
    for sample, expected in ((M, mean), ((M - mean) ** 2, noise)):
        assert abs(sample.mean() - expected) < 4 * sample.std() / 4000**0.5
    assert noise > 1e-4  # there is something to be seen


def test_other_schedules_and_seeds():
    _, spectrum = DIGITS
    first, again, other = (
        train_students(hybrid(4, 1), spectrum, flow(4), SGD("0.01", 50, 8), seeds=6, seed=seed)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.operators, again.operators)
    assert np.abs(first.operators - other.operators).max() > 1e-6
    assert np.abs(first.deviations).max() < 8  # Student's t with 5 degrees of freedom


def test_progress_and_json():
    _, spectrum = DIGITS
    told = []
    found = train_students(
        boot(4), spectrum, cosine(4), SGD("0.01", 3, 2), seeds=3, progress=lambda *a: told.append(a)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    data = json.loads(json.dumps(found.to_dict()))
    assert data["s"] == "3/100"
    assert len(data["measured"]) == 8


SPECTRUM = spectrum_from_covariance(np.diag([0.5, 2.0]))


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: train_students(boot(3), SPECTRUM, cosine(4), LAW), "steps 1..4"),
        (lambda: train_students(boot(4), SPECTRUM, cosine(4), LAW, seeds=2), "seeds"),
        (lambda: train_students(boot(4), SPECTRUM, cosine(4), SGD(2, 3, 8)), "stable"),
        (lambda: train_students(boot(4), Spectrum([1.0, 2.0]), cosine(4), LAW), "basis"),
        (
            lambda: train_students(
                boot(4),
                spectrum_from_covariance(np.eye(2), noise=np.array([[1, 0.5], [0.5, 1]])),
                cosine(4),
                LAW,
            ),
            "orthonormal",
        ),
        (lambda: data_rows(np.eye(3), SPECTRUM), "must come from these samples"),
        (lambda: data_rows(np.eye(2), SPECTRUM), "covariance of the spectrum"),
    ],
)
def test_bad_input(make, word):
    with pytest.raises(InputError, match=word):
        make()
