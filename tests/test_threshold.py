"""The threshold angle is where the first-order loss is least, whatever the spectrum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmerge.errors import InputError
from symmerge.spectrum import bundled
from symmerge.threshold import first_order_loss, spectrum_tests, threshold_time

GRID = np.linspace(0, np.pi / 2, 2001)


def assert_least(variances, multiplicities):
    """No angle of the grid is better."""
    tau = threshold_time(variances, multiplicities)
    (there,) = first_order_loss(np.array([tau]), variances, multiplicities)
    assert there <= first_order_loss(GRID, variances, multiplicities).min() * (1 + 1e-9) + 1e-15
    return tau


@given(
    st.lists(
        st.tuples(st.floats(-5, 3).map(lambda x: 10**x), st.integers(1, 100)),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_angle_is_better(spectrum):
    assert_least(*zip(*spectrum, strict=True))


# At scales 0.0316 and 0.0464 a secant-like solver stopped 0.55 away from the minimum.
@pytest.mark.parametrize("scale", np.geomspace(0.01, 100, 25))
def test_no_angle_is_better_for_image_patches(scale):
    patches = bundled("patches-grey", "unit").rescaled(scale)
    assert_least(patches.variances, patches.multiplicities)


def test_the_threshold_does_not_grow_with_the_scale():
    patches = bundled("patches-grey", "unit")
    found = [
        threshold_time(patches.variances * scale, patches.multiplicities)
        for scale in np.geomspace(0.01, 100, 33)
    ]
    assert np.all(np.diff(found) <= 1e-9)
    assert found[0] == np.pi / 2
    assert found[-1] == 0


@given(st.lists(st.floats(0.01, 50), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_ends_and_first_order_tests_agree(lam):
    tau, tests = threshold_time(lam, [1] * len(lam)), spectrum_tests(lam, [1] * len(lam))
    assert (tau == np.pi / 2) == (tests.boot_optimal and not tests.vanilla_optimal)
    assert tau == 0 or not tests.vanilla_optimal


@pytest.mark.parametrize(
    "lam",
    [[1e-250, 2.0], [1e250], [1e-250, 1e250], [1e-250], [0.0, 1.0, 1e200], [1e-120, 0.5, 3.0]],
)
@pytest.mark.parametrize("size", [1e-40, 1.0, 1e40])
def test_extreme_spectra(lam, size):
    """Warnings are errors here."""
    times = [size] * len(lam)
    tau = threshold_time(lam, times)
    assert 0 <= tau <= np.pi / 2
    assert tau == pytest.approx(threshold_time(lam, [1.0] * len(lam)), abs=1e-14)
    losses = first_order_loss(np.append(GRID, tau), lam, times)
    assert np.all(np.isfinite(losses))
    assert (np.array(lam)[-1] < 1) == spectrum_tests(lam, times).boot_optimal


def test_signs_do_not_depend_on_the_scaling():
    """The tests of the plain formulas, where these do not overflow."""
    rng = np.random.default_rng(5)
    for _ in range(200):
        lam, m = 10 ** rng.uniform(-6, 6, 4), rng.uniform(0.1, 100, 4)
        tests = spectrum_tests(lam, m)
        root, log = np.sqrt(lam), np.log(lam)
        assert tests.vanilla_optimal == (m @ ((1 - root) ** 2 * (1 - lam) / lam) <= 0)
        assert tests.boot_optimal == (m @ (lam * (1 - lam) ** 2 * log) <= 0)


@pytest.mark.parametrize("function", [threshold_time, spectrum_tests])
@pytest.mark.parametrize("bad", [1e-300, 1e300, -1.0, np.inf, np.nan])
def test_variances_out_of_range(function, bad):
    with pytest.raises(InputError, match="variances must be 0 or lie between 1e-250 and 1e250"):
        function([bad, 2.0], [1, 1])
    with pytest.raises(InputError, match="variances must"):
        first_order_loss(0.1, [bad], [1])


@pytest.mark.parametrize("bad", [[0.0], [-1.0], [np.inf], [np.nan], [1e41], [1.0, 1.0]])
def test_multiplicities_out_of_range(bad):
    with pytest.raises(InputError, match="multiplicities must lie between"):
        threshold_time([2.0], bad)
