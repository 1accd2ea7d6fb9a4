"""The certified gap on every bundled data set (SPEC A7)."""

import numpy as np
import pytest

from symmerge.data import data_spectrum
from symmerge.schedule import cosine
from symmerge.search.spectra import plan_spectrum
from symmerge.spectrum import bundled

DATA = [
    ("digits", "none"),
    ("digits", "unit"),
    ("digits", "pixel"),
    ("patches-grey", "none"),
    ("patches-grey", "unit"),
    ("patches-rgb", "none"),
    ("patches-rgb", "unit"),
]
TIMES = ("1", "3", "6.4", "10")


def check(spectrum, s, T):
    result = plan_spectrum(spectrum, s, cosine(T))
    assert result.lower_bound <= result.w2_squared
    assert result.gap <= 1e-3
    if spectrum.variances.max() <= 1:
        assert result.gap <= 1e-9
        assert result.plan.name == "boot"
        assert result.conflict < 1e-6
    return result


@pytest.mark.parametrize("T", [16, 32, 64])
@pytest.mark.parametrize("s", TIMES)
@pytest.mark.parametrize(("data", "scale"), DATA)
def test_the_gap_is_small_everywhere(data, scale, s, T):
    check(bundled(data, scale), s, T)


@pytest.mark.parametrize(("data", "encoder"), [("digits", "pca:16"), ("patches-rgb", "pca:32")])
def test_the_gap_of_latents_is_small(data, encoder):
    check(data_spectrum(data, "unit", encoder), "3", 16)


@pytest.mark.parametrize("s", TIMES)
def test_no_gap_below_one(s):
    rng = np.random.default_rng(int(float(s)))
    spectrum = bundled("digits").rescaled(float(rng.uniform(0.1, 1)))
    assert spectrum.variances.max() <= 1
    check(spectrum, s, 32)
