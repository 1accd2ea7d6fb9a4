"""Pictures of spectra, scale sweeps and rows of samples."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from symmerge import plot
from symmerge.data import data_spectrum
from symmerge.errors import InputError
from symmerge.schedule import cosine
from symmerge.search.spectra import plan_spectrum
from symmerge.spectrum import Spectrum, spectrum_from_covariance

mpl.use("Agg")


@pytest.fixture
def ax():
    return Figure().subplots()


MIXED = Spectrum([0.0, 0.1, 0.4, 1.3, 3.0], [2, 1, 5, 1, 2])


def test_the_spectrum_shows_every_class_and_coordinate(ax):
    result = plan_spectrum(MIXED, 1, cosine(8))
    plot.plot_spectrum(result, ax)
    points = [line for line in ax.lines if line.get_linestyle() == "None"]
    shown = np.concatenate([line.get_ydata() for line in points])
    assert set(np.round(shown, 12)) >= {0.1, 0.4, 1.3, 3.0}
    places = sorted(np.concatenate([line.get_xdata() for line in points]))
    assert places == [1.5, 3, 6, 9, 10.5]  # middles of 2, 1, 5, 1 and 2 places
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any("λ = 0" in text and "(2)" in text for text in texts)
    assert ax.get_yscale() == "log"


def test_the_sweep_is_what_the_planner_says_at_every_scale():
    sweep = plot.scale_sweep(MIXED, [0.5, 1, 2], 1, cosine(8))
    for i, c in enumerate(sweep.factors):
        result = plan_spectrum(MIXED.rescaled(c**2), 1, cosine(8))
        for name, value in result.canonical.items():
            assert sweep.values[name][i] == pytest.approx(value, rel=1e-9)
        least = np.nanmin(result.scan.w2_squared)
        assert sweep.values["hybrid"][i] == pytest.approx(least, rel=1e-9)
        assert sweep.shares[i] == result.share_below_one
        gain = min(result.canonical.values()) / least - 1
        assert sweep.gain[i] == pytest.approx(gain, rel=1e-9, abs=1e-12)


def test_at_the_swap_both_cost_the_same():
    sweep = plot.scale_sweep(MIXED, [0.1, 3], 1, cosine(8))
    there = plot.scale_sweep(MIXED, [sweep.swap], 1, cosine(8)).values
    assert there["boot"] == pytest.approx(there["vanilla"], rel=1e-8)
    assert plot.scale_sweep(MIXED, [0.1, 0.2], 1, cosine(8)).swap is None


def test_importance_counts_in_the_sweep():
    noise = np.array([[1.0, 0.3], [0.3, 0.5]])
    spectrum = spectrum_from_covariance(np.diag([0.2, 4.0]), noise=noise)
    sweep = plot.scale_sweep(spectrum, [1.0], 1, cosine(6))
    result = plan_spectrum(spectrum, 1, cosine(6))
    assert sweep.values["boot"][0] == pytest.approx(result.canonical["boot"], rel=1e-9)


def test_the_sweep_is_drawn(ax):
    sweep = plot.scale_sweep(MIXED, [0.3, 1, 3], 3, cosine(8))
    plot.plot_scale_sweep(sweep, ax)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert {"BOOT", "vanilla", "best hybrid", f"swap at c = {sweep.swap:.3g}"} <= set(names)
    lines = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(
        lines["BOOT"].get_ydata(), sweep.values["boot"] / sweep.values["hybrid"]
    )
    assert "off the top" in ax.get_title(loc="right")
    assert lines[f"swap at c = {sweep.swap:.3g}"].get_xdata()[0] == sweep.swap


@pytest.mark.parametrize("factors", [[], [1, 1], [2, 1], [0, 1], [1, np.nan], [[1, 2]]])
def test_bad_factors(factors):
    with pytest.raises(InputError, match="factors"):
        plot.scale_sweep(MIXED, factors, 1, cosine(4))


def test_rows_of_pictures_in_grey_and_colour(ax):
    for data, colour in (("digits", False), ("patches-rgb", True)):
        spectrum = data_spectrum(data, "unit", "pca:8")
        rows = plot.decode_strategies(plan_spectrum(spectrum, 1, cosine(4)), spectrum, 6)
        assert list(rows)[:2] == ["teacher", "best"]
        plot.plot_pictures(rows, ax)
        picture = ax.images[-1].get_array()
        assert picture.shape == (6 * 9 + 1, 6 * 9 + 1, 3)
        grey = np.all(np.ptp(picture, axis=2) < 1e-12)
        assert grey != colour
        assert len(ax.get_yticks()) == 6


def test_pictures_must_be_square_and_alike(ax):
    with pytest.raises(InputError, match="square"):
        plot.plot_pictures({"a": np.zeros((2, 5))}, ax)
    with pytest.raises(InputError, match="shape"):
        plot.plot_pictures({"a": np.eye(4), "b": np.zeros((3, 4))}, ax)


def test_differences_alone(ax):
    spectrum = data_spectrum("digits", "unit", "pca:8")
    result = plan_spectrum(spectrum, 1, cosine(4))
    plot.plot_digits_row(result, spectrum, ax, count=3, pictures=False)
    assert ax.images[0].get_array().shape == (2 * 9 + 1, 3 * 9 + 1, 3)
