"""The report: one file that stands on its own and says what was found."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from symmerge import report
from symmerge.plan import boot, enumerate_plans, hybrid, segmentation, vanilla
from symmerge.plot import decode_samples, picture_side, plot_digits_row
from symmerge.report import html as pieces
from symmerge.report import recipe, recommendation, run_demo, write_report
from symmerge.schedule import cosine
from symmerge.search.spectra import plan_spectrum
from symmerge.spectrum import Spectrum, bundled


def edges(s):
    return 1.25, 1.33


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    VOID = ("meta", "img", "br", "path", "circle", "rect")

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.attributes, self.text = [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def plain(variances=(0.0, 0.1, 0.5, 1.4, 5.0), label="five variances"):
    return Spectrum(list(variances), label=label)


def written(folder, spectrum=None, T=8, **options):
    spectrum = spectrum or plain()
    result = plan_spectrum(spectrum, 3, cosine(T))
    path = write_report(result, spectrum, folder, edges=edges, **options)
    return result, path, Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def standard(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "new" / "folder"
    told = []
    result, path, page = written(folder, command="symmerge plan --T 8", progress=told.append)
    assert path == folder / "index.html"
    assert told[-1] == "writing the report"
    assert len(told) >= 3
    return result, path, page


def test_the_report_answers_the_question(standard):
    result, _, page = standard
    assert not page.open
    for expected in (
        recommendation(result),
        result.optimality.status,
        result.optimality.reason,
        "symmerge plan --T 8",
        "five variances",
        "cosine schedule, T = 8",
        f"{result.w2_squared:.4g}",
        f"{result.canonical['vanilla']:.4g}",
        str(result.plan),
    ):
        assert expected in page.text
    assert page.tags.count("img") == 6
    assert "svg" in page.tags


def test_the_report_stands_on_its_own(standard):
    _, path, page = standard
    assert not {"script", "link", "iframe"} & set(page.tags)
    for tag, name, value in page.attributes:
        if name in ("src", "href"):
            assert tag == "img"
            assert value.startswith("data:image/svg+xml;base64,")
    addresses = re.findall(r"https?://[^\s\"'<]*", path.read_text(encoding="utf-8"))
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}
    assert all(value for tag, name, value in page.attributes if name == "alt")


def test_the_same_result_gives_the_same_file(standard, tmp_path):
    again = written(tmp_path, command="symmerge plan --T 8")[1]
    assert again.read_bytes() == standard[1].read_bytes()


def test_user_text_is_shown_not_interpreted(tmp_path):
    evil = "<script>alert(1)</script>&amp;"
    _, path, page = written(tmp_path, plain(label=evil), command=evil, title=evil + evil)
    assert "script" not in page.tags
    assert page.text.count("<script>alert(1)</script>&amp;") >= 5
    assert "<script" not in path.read_text(encoding="utf-8")


def test_an_interrupted_write_keeps_the_old_report(tmp_path, monkeypatch):
    path = pieces.write_page(tmp_path, "old")

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(pieces.Path, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        pieces.write_page(tmp_path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.parametrize(
    ("variances", "T", "word"),
    [
        ([0.1, 0.5], 8, "proved"),
        ([3.0], 2, "vanilla"),
        ([0.2, 4.0], 200, "no merge plan is better"),  # the tree and the band have compact forms
    ],
)
def test_special_cases_make_a_report_too(tmp_path, variances, T, word):
    spectrum = plain(variances)
    result = plan_spectrum(spectrum, 3, cosine(T))
    path = write_report(result, spectrum, tmp_path, edges=edges if T < 100 else None)
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert not page.open
    assert word in page.text
    assert len(text) < 1_000_000


# Words
def test_recipes_name_every_step_once():
    for plan in enumerate_plans(7):
        text = recipe(plan)
        if plan.segments is None:
            assert f"{plan.merges} merges" in text
            continue
        named = []
        for first, last in re.findall(r"steps? (\d+)(?:\.\.(\d+))?", text):
            ends = sorted((int(first), int(last or first)))
            named += range(ends[0], ends[1] + 1)
        assert sorted(named) == list(range(1, 8))


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (hybrid(32, 8), "merge steps 9..32 in one go, then take in steps 8..1 one at a time"),
        (vanilla(8), "merge steps 1..8 in one go"),
        (vanilla(2), "start from step 2 and take in step 1"),
        (boot(4), "start from step 4 and take in steps 3..1 one at a time"),
        (
            hybrid(10, 2, 3),
            "start from step 10 and take in steps 9..7 one at a time, then take in steps 3..6 in "
            "one go, then take in steps 2..1 one at a time",
        ),
        (segmentation([2, 2, 2]), "start from step 7 and take in steps 6..1 2 at a time"),
    ],
)
def test_recipes(plan, text):
    assert recipe(plan) == text


# Decoded samples
@pytest.fixture(scope="module")
def digits():
    pytest.importorskip("sklearn")
    spectrum = bundled("digits", "unit")
    return spectrum, plan_spectrum(spectrum, 3, cosine(8))


def test_decoded_samples_have_the_covariance_of_the_operators(digits):
    spectrum, result = digits
    samples = decode_samples(result, spectrum, count=4000, seed=1)
    assert samples.worst_name == result.worst_canonical
    np.testing.assert_allclose(samples.teacher.mean(axis=0), spectrum.mean, atol=0.6)
    # In the eigenbasis and the model's units: independent coordinates with standard deviation C.
    for rows, operator in (
        (samples.teacher, result.composite),
        (samples.worst, result.composite + result.errors[samples.worst_name]),
    ):
        spread = ((rows - spectrum.mean) @ spectrum.basis).std(axis=0)
        shown = operator > 1e-3 * operator.max()
        ratio = spread[shown] / operator[shown]
        assert np.ptp(ratio) < 0.15 * ratio.mean()
    # The same noise everywhere, so rows differ by the errors alone.
    difference = (samples.best - samples.teacher).std()
    assert difference < 1e-2 * samples.teacher.std()


def test_digits_row_draws_five_rows_of_pictures(digits):
    from matplotlib.figure import Figure

    spectrum, result = digits
    ax = Figure().subplots()
    assert plot_digits_row(result, spectrum, ax, count=6) is ax
    assert ax.images[0].get_array().shape == (5 * 9 + 1, 6 * 9 + 1, 3)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[:2] == ["teacher", "best plan"]
    assert "% of range" in labels[3]


def test_pictures_need_a_square_basis():
    assert picture_side(plain()) is None


def test_demo(tmp_path, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr("symmerge.phase.band_edges", lambda **_: (1.06, 1.1))
    told = []
    demo = run_demo(tmp_path / "out dir", told.append)
    page = Page(demo.report.read_text(encoding="utf-8"))
    assert page.tags.count("img") == 8
    assert demo.result.segments == [1] * 8 + [23]
    assert demo.results["none"].plan == boot(32)
    assert demo.results["pixel"].segments == [1] * 10 + [21]
    assert demo.result.ratios["vanilla"] == pytest.approx(1.846, abs=2e-3)
    assert demo.result.ratios["boot"] == pytest.approx(1.615, abs=2e-3)
    assert "What it looks like" in page.text
    assert "symmerge demo --out '" in page.text
    assert "3, kept" in page.text
    assert any("pixel" in line for line in told)
    text = str(demo)
    assert recommendation(demo.result) in text
    assert "undecided" in text
    data = demo.to_dict()
    assert data["segments"] == demo.result.segments
    assert set(data["scalings"]) == {"none", "unit", "pixel"}
    assert data["report"] == str(demo.report)
    assert report.Demo is type(demo)
