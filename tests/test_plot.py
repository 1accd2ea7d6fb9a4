"""Pictures: computed from the result, drawn on the axes given, nothing shown."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from symmerge import plot
from symmerge.errors import InputError
from symmerge.phase import closed_forms
from symmerge.schedule import cosine, ddpm, edm, flow
from symmerge.search.spectra import plan_spectrum
from symmerge.spectrum import Spectrum

VARIANCES = [0.0, 1e-7, 0.05, 0.7, 1.2, 1.3, 3.0, 12.0]


def edges(s):
    return 1.25 + 0.01 * s / (1 + s), 1.33


@pytest.fixture(scope="module")
def result():
    return plan_spectrum(Spectrum(VARIANCES, [2, 1, 5, 1, 1, 1, 1, 1]), 3, cosine(8))


def axes():
    return Figure(figsize=(7, 4), layout="constrained").subplots()


def test_phase_table_has_the_closed_form_edges():
    table = plot.phase_table(cosine(8), [0.5, 3], edges)
    low, high = (float(form) for form in closed_forms(8))
    assert table.lam_boot == pytest.approx(low, rel=1e-14)
    assert table.lam_van == pytest.approx(high, rel=1e-14)
    np.testing.assert_array_equal(table.lam_lo, [edges(0.5)[0], edges(3)[0]])
    assert table.banded
    assert len(table.regions) == 5


def test_phase_table_finds_the_inner_edges_itself():
    table = plot.phase_table(cosine(8), [3])
    assert table.lam_lo[0] == pytest.approx(1.2704171577, rel=1e-5)
    assert table.lam_hi[0] == pytest.approx(1.3344740402, rel=1e-5)


def test_phase_table_of_a_schedule_without_edges():
    table = plot.phase_table(edm(6), [1.0])
    assert table.lam_boot == table.lam_van == np.inf
    assert not table.banded


@pytest.mark.parametrize("bad", [[], [0.0], [-1.0, 2.0]])
def test_phase_table_refuses_bad_times(bad):
    with pytest.raises(InputError, match="s_values"):
        plot.phase_table(cosine(8), bad, edges)


@pytest.mark.parametrize(
    ("schedule", "source"), [(cosine(8), edges), (flow(6), None), (edm(6), None), (ddpm(5), None)]
)
def test_phase_diagram_draws_regions_and_data(schedule, source, result):
    ax = axes()
    returned = plot.plot_phase_diagram(
        schedule.T, spectrum=result, ax=ax, schedule=schedule, s=3, edges=source, points=3
    )
    assert returned is ax
    labels = ax.get_legend_handles_labels()[1]
    assert labels[0] == "BOOT is optimal"
    assert "variances of the data" in labels
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert ax.get_xscale() == "log"
    # Only a narrow window above 1 gets a zoom.
    assert len(ax.child_axes) == (schedule.kind in ("cosine", "ddpm"))
    rug = next(line for line in ax.lines if line.get_label() == "variances of the data")
    low, high = ax.get_xlim()
    shown = [lam for lam in VARIANCES if low <= lam <= high]
    np.testing.assert_array_equal(rug.get_xdata(), shown)
    texts = [text.get_text() for text in ax.texts]
    assert "◂ 3 smaller (2 of them 0)" in texts


def test_phase_diagram_edges_lie_where_the_table_says():
    ax = plot.plot_phase_diagram(8, (0.5, 5.0), ax=axes(), edges=edges, points=3)
    table = plot.phase_table(cosine(8), [0.5, 2.5**0.5, 5.0], edges)
    drawn = [line.get_xdata() for line in ax.lines]
    for expected in (table.lam_boot, table.lam_lo, table.lam_hi, table.lam_van):
        assert any(np.allclose(column, expected) for column in drawn)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"T": 8, "s_range": (3, 1)}, "s_range"),
        ({"T": 8, "lam_range": (0, 1)}, "lam_range"),
        ({"T": 9, "schedule": cosine(8)}, "T must equal"),
    ],
)
def test_phase_diagram_refuses_bad_ranges(arguments, word):
    with pytest.raises(InputError, match=word):
        plot.plot_phase_diagram(**arguments, ax=axes(), edges=edges)


def test_coordinate_errors_show_every_coordinate(result):
    ax = axes()
    assert plot.plot_coordinate_errors(result, ax) is ax
    lines = {line.get_label(): line for line in ax.lines}
    for name, label in (("vanilla", "vanilla"), ("boot", "BOOT"), ("consistency", "consistency")):
        np.testing.assert_array_equal(lines[label].get_ydata(), np.abs(result.errors[name]))
    x = lines["vanilla"].get_xdata()
    np.testing.assert_array_equal(x[1:], VARIANCES[1:])
    assert 0 < x[0] < VARIANCES[1]
    assert any("2×" in text.get_text() for text in ax.texts)
    best = next(label for label in lines if label.startswith("best plan"))
    assert plot.COLOURS["best"] == lines[best].get_color()


def test_strategy_bars_start_at_one_and_end_at_the_ratio(result):
    ax = axes()
    assert plot.plot_strategy_bars(result, ax) is ax
    ends = sorted(bar.get_x() + bar.get_width() for bar in ax.patches)
    np.testing.assert_allclose(ends, sorted([1.0, *result.ratios.values()]))
    assert all(bar.get_x() == 1 for bar in ax.patches)


def test_hybrid_map_shows_the_scan(result):
    ax = axes()
    assert plot.plot_hybrid_map(result, ax) is ax
    mesh = ax.collections[0]
    values = np.ma.getdata(mesh.get_array())
    k, m = result.scan.best
    assert values[m, k] == 1
    assert np.ma.count(mesh.get_array()) == result.scan.count
    assert f"best: k = {k}, m = {m}" in {text.get_text() for text in ax.get_legend().get_texts()}


def test_hybrid_map_names_boot_where_the_whole_diagonal_is_best():
    found = plan_spectrum(Spectrum([0.2, 0.5]), 3, cosine(8))
    assert sum(found.scan.best) == 8 - 2
    ax = plot.plot_hybrid_map(found, axes())
    line, vanilla = ax.lines
    assert set(np.add(line.get_xdata(), line.get_ydata())) == {7.0}  # k + m = 6, middles of cells
    assert vanilla.get_label() == "vanilla"
    assert "BOOT" in ax.get_legend().get_texts()[0].get_text()


def test_results_too_small_for_a_float_can_be_drawn():
    result = plan_spectrum(Spectrum([1.0, 4.0]), 3, edm(6))
    assert result.w2_squared == 0
    for draw in (plot.plot_strategy_bars, plot.plot_hybrid_map, plot.plot_coordinate_errors):
        ax = draw(result, axes())
        ax.figure.canvas.draw()


def test_new_axes_on_request(result):
    import matplotlib.pyplot as plt

    ax = plot.plot_strategy_bars(result)
    assert isinstance(ax, Axes)
    plt.close(ax.figure)
