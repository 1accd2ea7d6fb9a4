"""The page of `symmerge explore`: its parts, the command, and the page in a real browser."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from symmerge import best_plan
from symmerge.cli import main
from symmerge.dynamics.named import named_law
from symmerge.dynamics.trained import rank_plans
from symmerge.errors import InputError
from symmerge.explore import diagram, exports, upload, words
from symmerge.explore.question import LAW_INPUTS, Question, answer, settings
from symmerge.plan import MergePlan
from symmerge.schedule import cosine, ddpm, edm, flow
from symmerge.search.problem import ScalarProblem
from symmerge.search.scalar import regime_of
from symmerge.search.spectra import plan_spectrum
from symmerge.spectrum import Spectrum
from tests.browser import Watched, chromium


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


# --- question and answer ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "schedule"),
    [
        ({"schedule": "cosine"}, cosine(12)),
        ({"schedule": "flow", "shift": "3"}, flow(12, 3)),
        ({"schedule": "ddpm", "shift": "3"}, ddpm(12)),  # the shift is not read
        ({"schedule": "edm"}, edm(12)),
    ],
)
def test_an_answer_is_the_librarys(choice, schedule):
    found = answer(Question(T=12, lam="6/5", s="2", **choice))
    expected = best_plan("6/5", s=2, schedule=schedule)
    assert found.result.to_dict() == expected.to_dict()
    assert found.errors["best"] == expected.error
    assert found.errors["boot"] == expected.canonical["boot"].error


@pytest.mark.parametrize("law", LAW_INPUTS)
def test_every_law_is_asked_with_what_it_reads(law):
    question = Question(T=8, law=law, lam="1.1", kappa="1/3", momentum="1/2", batch="4")
    made = named_law(law, **{name: getattr(question, name) for name in LAW_INPUTS[law]})
    found = answer(question)
    if law == "sgd":
        expected = rank_plans("1.1", made, cosine(8))
        assert found.errors["best"] == expected.best.rms
    else:
        expected = best_plan("1.1", schedule=cosine(8), law=made)
        assert found.errors["best"] == expected.error
    assert found.result.to_dict() == expected.to_dict()
    assert set(LAW_INPUTS[law]) <= set(question.to_dict())


def test_a_spectrum_is_planned_as_one():
    spectrum = Spectrum([0.2, 1.5, 4.0], label="mine")
    found = answer(Question(T=10, spectrum=spectrum))
    assert found.errors["best"] == plan_spectrum(spectrum, 1, cosine(10)).w2_squared
    assert "spectrum = mine" in settings(found.question)
    with pytest.raises(InputError, match="gradient flow"):
        answer(Question(T=10, law="gd", spectrum=spectrum))


@pytest.mark.parametrize(
    "wrong",
    [
        {"lam": "-1"},
        {"lam": "__import__('os')"},
        {"s": "nan"},
        {"T": 1},
        {"T": 129},
        {"schedule": "x.json"},
        {"law": "adam"},
        {"law": "gd", "lr": "?"},
    ],
)
def test_wrong_settings_are_one_line(wrong):
    with pytest.raises(InputError) as caught:
        answer(Question(**wrong))
    assert "\n" not in str(caught.value)


# --- words -----------------------------------------------------------------------------------


def test_errors_below_float64_are_not_shown_as_zero():
    found = answer(Question(schedule="edm", lam="0.9", s="3"))
    assert found.errors["best"] == 0
    digits = "2.583103e-16679"
    assert f"e = M/C − 1 = {digits}" in words.status_html(found)
    table = words.errors_html(found)
    assert digits in table
    assert "0 in float64" in table
    assert "0.00000e+00" not in table + words.status_html(found)


@pytest.mark.parametrize("lam", ["0.2", "1.04", "20"])
def test_long_plans_are_there_to_copy(lam):
    found = answer(Question(T=128, lam=lam))
    assert f"<code class='copied'>{found.plan}</code>" in words.status_html(found)
    short = words.status_html(answer(Question(T=6, lam="1.536")))
    assert "<details>" not in short
    assert "[[[1|2]|3].4|[5|6]]" in short


# --- the diagram -----------------------------------------------------------------------------


@pytest.mark.parametrize("schedule", [cosine(8), cosine(64), flow(16, 3), ddpm(16), edm(8)])
def test_diagrams_agree_with_the_regime_of_a_point(schedule):
    rng = np.random.default_rng(3)
    for panel in diagram.panels(schedule):
        rows, columns = panel.table.shape
        low, high = np.log(panel.lam)
        bottom, top = np.log(diagram.S_RANGE)
        for _ in range(12):
            # Centres of cells: beside an edge the point and its cell may differ.
            x, y = (rng.integers(columns) + 0.5) / columns, (rng.integers(rows) + 0.5) / rows
            lam, s = np.exp(low + x * (high - low)), np.exp(bottom + y * (top - bottom))
            drawn = panel.regime(lam, s)
            problem = ScalarProblem.build(float(lam), None, float(s), schedule, None)
            assert drawn in ("unknown", regime_of(problem)[0])


@pytest.mark.parametrize("law", sorted(set(LAW_INPUTS) - {"gradient-flow", "sgd"}))
@pytest.mark.parametrize("steps", ["1", "2", "20"])
def test_other_laws_show_theorems_where_they_hold(law, steps):
    question = Question(T=8, law=law, steps=steps)
    made = question.make_law()
    panel, _ = diagram.panels(cosine(8), made)
    ends, columns = np.log(panel.lam), panel.table.shape[1]
    drawn = set()
    for column in range(0, columns, 9):
        lam = float(np.exp(ends[0] + (column + 0.5) / columns * (ends[1] - ends[0])))
        name = panel.regime(lam, 1)
        drawn.add(name)
        if name != "unknown":  # the answer is the theorem's then, and proved
            found = best_plan(lam, schedule=cosine(8), law=made)
            assert (found.regime, found.optimality.status) == (name, "proved")
    assert (drawn == {"unknown"}) == (law in ("heavy-ball", "nesterov") and steps == "20")


@pytest.mark.parametrize("lam", ["2.3", "3"])
def test_no_theorem_is_drawn_for_random_factors(lam):
    # BOOT is better than the plan of Theorem 2 here.
    question = Question(law="sgd", batch="4", lam=lam)
    found = answer(question)
    assert found.plan.name == "boot"
    assert found.errors["boot"] < found.errors["vanilla"]
    for panel in diagram.panels(question.make_schedule(), question.make_law()):
        assert set(panel.table.ravel()) == {diagram.NAMES.index("unknown")}
    assert "do not cover" in words.not_covered(question)


def test_diagrams_are_made_once():
    assert diagram.panels(cosine(9)) is diagram.panels(cosine(9))


# --- uploads ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npy", npy(np.array([0.5, 2.0]))),
        ("a.csv", b"0.5\n2\n"),
        ("A.CSV", "variance\n1/2\n2\n"),
        ("a.json", b"[0.5, 2]"),
        ("a.json", json.dumps(Spectrum([0.5, 2.0]).to_dict())),
    ],
)
def test_variances_in_a_file(name, content):
    found = upload.read_upload(name, content, "variances")
    assert found.variances.tolist() == [0.5, 2.0]
    assert found.label == name


def test_samples_in_a_file():
    rows = np.random.default_rng(0).normal(size=(50, 3))
    found = upload.read_upload("rows.npy", npy(rows), "samples")
    assert found.variances == pytest.approx(np.linalg.eigvalsh(np.cov(rows.T)))


@pytest.mark.parametrize("holds", upload.CONTENTS)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.npy", b""),
        ("x.npy", b"not an array"),
        ("x.npy", npy(np.array([0.5, 2.0]))[:-3]),
        ("x.npy", npy(np.array([[0.5, np.nan]] * 3))),
        ("x.npy", npy(np.array(["a", "b"]))),
        ("x.npy", npy(np.zeros((4, 4, 4)))),
        ("x.npy", b"\x93NUMPY\x01\x00v\x00" + b"{'descr': __import__('os'), }".ljust(118)),
        ("x.csv", b"\xff\xfe\x00"),
        ("x.csv", b"1,2\n3\n"),
        ("x.csv", b"1\n-2\n<script>alert(1)</script>\n"),
        ("x.json", b"{"),
        ("x.json", b'{"variances": [1], "extra": 1}'),
        ("x.json", b"[" * 100_000),
        ("x.json", b"[1e999]"),
        ("x.exe", b"MZ"),
        ("x", b"1"),
        ("../../x.zip", b"PK"),
        ("x.csv", b"1" * (upload.MOST_BYTES + 1)),
        ("x.csv", b"1\n" * 1025),
    ],
)
def test_garbage_is_one_line(name, content, holds):
    if name == "x.csv" and content == b"1\n" * 1025 and holds == "samples":
        content = b",".join([b"1"] * 1025) + b"\n"
    with pytest.raises(InputError) as caught:
        upload.read_upload(name, content, holds)
    line = str(caught.value)
    assert "\n" not in line
    assert "/tmp" not in line
    assert "upload." not in line


def test_pickles_are_not_loaded():
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    for holds in upload.CONTENTS:
        with pytest.raises(
            InputError, match=r"^file must hold numbers, no Python .* \(got x.npy\)$"
        ):
            upload.read_upload("x.npy", stream.getvalue(), holds)


# --- exports ---------------------------------------------------------------------------------


def test_exports():
    found = answer(Question(T=8, lam="1.3", s="3"))
    picture = exports.as_png(found)
    assert picture.startswith(b"\x89PNG")
    assert settings(found.question).encode() in picture
    data = json.loads(exports.as_json(found))
    assert data["answer"] == json.loads(json.dumps(best_plan("1.3", T=8, s=3).to_dict()))
    assert data["question"]["lam"] == "1.3"
    tex = exports.as_latex(found).decode()
    assert tex.startswith("% T = 8")
    assert r"\begin{aligned}" in tex


def test_a_formula_defines_g_for_gradient_flow_only():
    assert r"\exp" in exports.formula(answer(Question(T=6)))
    assert r"\exp" not in exports.formula(answer(Question(T=6, law="gd")))
    with pytest.raises(InputError, match="fixed factors"):
        exports.formula(answer(Question(T=6, law="sgd")))


# --- the page without a browser --------------------------------------------------------------


@pytest.fixture
def page():
    pytest.importorskip("panel")
    from symmerge.explore.page import Page

    with warnings.catch_warnings():  # of what Panel 2 will call otherwise
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        made = Page()
    made.T.value = 8
    return made


def send(page, name, content):
    """What the browser sends for a chosen file, in pieces."""
    size = page.file.chunk_size
    total = len(content) // size + 1
    for chunk in range(total):
        part = content[chunk * size : (chunk + 1) * size]
        data = {"chunk": chunk + 1, "total_chunks": total, "name": name, "type": "", "data": part}
        page.file._process_event(SimpleNamespace(event_name="upload_event", data=data))


def remove(page, name):
    page.file._process_event(SimpleNamespace(event_name="delete_event", data={"name": name}))


def dimmed(page):
    return "opacity" in page.results.styles


def test_without_a_file_no_answer_is_shown(page):
    assert page.results.visible
    page.data.value = "spectrum from a file"
    assert page.message == "choose a file"
    assert (page.answer, page.results.visible) == (None, False)
    send(page, "v.csv", b"0.5\n2\n")
    assert (page.message, page.results.visible) == ("", True)
    assert "v.csv" in page.status.object
    remove(page, "v.csv")
    assert (page.message, page.results.visible) == ("choose a file", False)
    page.T.value = 9
    assert (page.answer, page.question().spectrum) == (None, None)
    page.data.value = "one variance"
    assert (page.message, page.results.visible) == ("", True)


def test_the_message_is_about_the_file_on_the_page(page):
    page.data.value = "spectrum from a file"
    send(page, "bad.npy", b"junk")
    assert "bad.npy" in page.message
    send(page, "large.csv", b"1\n" * upload.MOST_BYTES)
    assert page.message == "file must be at most 8 MiB (got large.csv)"
    assert sum(map(len, page.file.value.values())) <= upload.MOST_BYTES + 1
    send(page, "v.csv", b"0.5\n2\n")
    assert page.message == ""
    send(page, "bad.csv", b"?")
    assert "bad.csv" in page.message
    assert not page.results.visible
    page.T.value = 9
    assert "bad.csv" in page.message


def test_an_answer_to_other_settings_is_dimmed(page):
    before = page.status.object
    page.lam.text.value = "?"
    assert page.status.object == before
    assert dimmed(page)
    page.lam.text.value = "2"
    assert not dimmed(page)


@pytest.mark.parametrize(("control", "value", "back"), [("T", 65, 8), ("law", "sgd", "ema")])
def test_no_file_is_saved_where_there_is_no_formula(page, control, value, back):
    button = page.downloads["tex"]
    getattr(page, control).value = value
    assert button.disabled
    assert page.note.object
    button._clicks += 1  # pressed in the moment before
    assert button.data is None
    getattr(page, control).value = back
    assert not button.disabled
    button._clicks += 1
    assert button.data.startswith("data:")


def test_the_page_says_what_the_diagram_leaves_open(page):
    assert page.covered.object == ""
    page.law.value = "sgd"
    assert "do not cover the root mean square" in page.covered.object
    page.law.value = "heavy-ball"
    assert "[0, 1]" in page.covered.object


# --- the command -----------------------------------------------------------------------------


def test_without_panel_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setattr("symmerge.cli.explore.find_spec", lambda _: None)
    assert main(["explore"]) == 2
    assert "symmerge[explore]" in capsys.readouterr().err


@contextmanager
def server(*options):
    pytest.importorskip("panel")
    command = [sys.executable, "-W", "error::SyntaxWarning", "-m", "symmerge", "explore"]
    process = subprocess.Popen(
        [*command, "--no-browser", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_a_port_in_use_is_one_line(capsys):
    pytest.importorskip("panel")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with server("--port", str(port)) as process:
            _, error = process.communicate(timeout=60)
    assert process.returncode == 2
    assert error.count("\n") == 1
    assert f"(got {port})" in error
    assert main(["explore", "--port", "70000"]) == 2
    assert "--port" in capsys.readouterr().err


@pytest.mark.slow
def test_the_address_in_json():
    with server("--json") as process:
        lines = iter(process.stdout.readline, "}\n")
        assert json.loads("".join(lines) + "}")["address"].startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == ("", "")


# --- the page in a browser -------------------------------------------------------------------


class Explorer:
    """What a visitor does."""

    def __init__(self, page, folder):
        self.page, self.folder = page, folder

    def status(self):
        return self.page.locator("table.status").inner_text()

    def becomes(self, *texts):
        """Wait until the status shows these texts."""
        stop = time.monotonic() + 15
        while time.monotonic() < stop:
            shown = self.status()
            if all(text in shown for text in texts):
                return
            self.page.wait_for_timeout(30)
        raise AssertionError(f"{texts} not in {self.status()}")

    def type(self, label, value):
        box = self.page.get_by_label(label, exact=True)
        box.fill(value)
        box.press("Enter")

    def press(self, index, *keys):
        """Move a visible slider by the keyboard."""
        self.page.locator(".noUi-handle:visible").nth(index).focus()
        for key in keys:
            self.page.keyboard.press(key)

    def export(self, label):
        """Contents of a file that is downloaded; Panel's button needs one press."""
        with self.page.expect_download(timeout=15000) as caught:
            self.page.get_by_role("link", name=label).or_(
                self.page.get_by_text(label)
            ).first.click()
        path = self.folder / caught.value.suggested_filename
        caught.value.save_as(path)
        return path.read_bytes()

    def expect(self, lam, s, schedule, law=None):
        """Wait for the answer of the library."""
        result = best_plan(lam, s=s, schedule=schedule, law=law)
        self.becomes(result.error_text, result.regime, result.optimality.status)
        return result


def _controls(visitor):
    """Move every control and compare with the library."""
    visitor.expect("1.04", "1", cosine(64))
    visitor.type("variance λ of the data", "1/5")
    visitor.expect("1/5", "1", cosine(64))
    visitor.press(1, *["Home"], *["ArrowRight"] * 6)
    visitor.expect("1/5", "1", cosine(8))
    visitor.type("training time s per merge", "3")
    visitor.expect("1/5", "3", cosine(8))
    visitor.press(0, "PageUp")
    visitor.page.wait_for_timeout(300)
    moved = visitor.page.get_by_label("variance λ of the data", exact=True).input_value()
    assert float(moved) > 0.2
    visitor.expect(moved, "3", cosine(8))
    visitor.press(2, "End")
    visitor.expect(moved, "50", cosine(8))
    visitor.type("variance λ of the data", "1.3")
    visitor.type("training time s per merge", "1")
    schedule = visitor.page.get_by_label("noise schedule", exact=True)
    for name, made in (("edm", edm(8)), ("ddpm", ddpm(8)), ("flow", flow(8))):
        schedule.select_option(name)
        visitor.expect("1.3", "1", made)
    visitor.press(2, "End")
    visitor.expect("1.3", "1", flow(8, 8))
    schedule.select_option("cosine")
    visitor.expect("1.3", "1", cosine(8))


def _laws(visitor):
    law = visitor.page.get_by_label("law of training", exact=True)
    law.select_option("gradient descent")
    visitor.expect("1.3", None, cosine(8), named_law("gd", lr="0.1", steps=20))
    visitor.type("learning rate", "1/20")
    visitor.expect("1.3", None, cosine(8), named_law("gd", lr="1/20", steps=20))
    visitor.press(2, "ArrowRight")
    visitor.expect("1.3", None, cosine(8), named_law("gd", lr="1/20", steps=21))
    law.select_option("SGD")
    visitor.press(3, "ArrowRight")
    made = named_law("sgd", lr="1/20", steps=21, batch=9)
    visitor.becomes(f"{rank_plans('1.3', made, cosine(8)).best.rms:.6e}")
    for label, name in (("heavy ball", "heavy-ball"), ("Nesterov", "nesterov")):
        law.select_option(f"momentum ({label})")
        visitor.type("momentum", "1/2")
        made = named_law(name, lr="1/20", steps=21, momentum="1/2")
        visitor.expect("1.3", None, cosine(8), made)
    law.select_option("gradient flow, averaged weights (EMA)")
    visitor.type("averaging rate κ", "1/3")
    visitor.expect("1.3", None, cosine(8), named_law("ema", s=1, kappa="1/3"))
    law.select_option("gradient flow")
    visitor.expect("1.3", "1", cosine(8))


def _exports(visitor):
    data = json.loads(visitor.export("answer (JSON)"))
    assert data["answer"] == json.loads(json.dumps(best_plan("1.3", T=8, s=1).to_dict()))
    plan = MergePlan.parse(data["answer"]["plan"])
    assert plan.T == 8
    assert visitor.export("picture (PNG)").startswith(b"\x89PNG")
    assert visitor.export("formula (LaTeX)").decode().rstrip().endswith(r"\]")


def _uploads(visitor):
    page = visitor.page
    page.get_by_text("spectrum from a file").click()
    page.get_by_text("choose a file").wait_for()
    status = page.locator("table.status")
    status.wait_for(state="hidden")
    send = page.locator("input[type=file]")
    garbage = {"name": "bad.npy", "mimeType": "application/octet-stream", "buffer": b"<b>no</b>"}
    send.set_input_files(garbage)
    page.get_by_role("alert").get_by_text("bad.npy").wait_for()
    large = {"name": "large.csv", "mimeType": "text/csv", "buffer": b"1" * 20_000_000}
    send.set_input_files(large)
    page.get_by_role("alert").get_by_text("at most 8 MiB").wait_for()
    assert status.is_hidden()
    spectrum = Spectrum([0.2, 0.5, 5.0])
    good = {"name": "v.csv", "mimeType": "text/csv", "buffer": b"0.2\n0.5\n5\n"}
    send.set_input_files(good)
    visitor.becomes("v.csv", f"{plan_spectrum(spectrum, 1, cosine(8)).w2_squared:.6e}")
    send.set_input_files({"name": "x.csv", "mimeType": "text/csv", "buffer": b"\xff\xfe"})
    page.get_by_role("alert").get_by_text("x.csv").wait_for()
    assert status.is_hidden()
    send.set_input_files(good)
    visitor.becomes("v.csv", "proved")
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("choose a file").wait_for()
    status.wait_for(state="hidden")
    page.get_by_label("the file holds").select_option("samples, one per row")
    rows = np.random.default_rng(0).normal(size=(20, 2))
    send.set_input_files(
        {"name": "r.npy", "mimeType": "application/octet-stream", "buffer": npy(rows)}
    )
    visitor.becomes("r.npy", "2 coordinates")
    page.get_by_text("one variance").click()
    visitor.expect("1.3", "1", cosine(8))


def _mistakes(visitor):
    before = visitor.status()
    visitor.type("variance λ of the data", "<img src=x onerror=alert(1)>")
    visitor.page.get_by_role("alert").wait_for()
    assert visitor.status() == before
    visitor.type("variance λ of the data", "1.3")
    visitor.page.get_by_role("alert").wait_for(state="detached")


def _click(visitor):
    visitor.page.locator(".bk-Figure").first.click(position={"x": 120, "y": 150})
    visitor.becomes("boot: all steps shrink")


@pytest.mark.slow
def test_the_page(tmp_path):
    with chromium() as browser, server() as process:
        address = re.match(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())[0]
        watched = Watched(browser.new_page(viewport={"width": 1280, "height": 900}))
        watched.page.goto(address)
        watched.page.get_by_text("computed in").wait_for()
        visitor = Explorer(watched.page, tmp_path)
        for act in (_controls, _laws, _exports, _uploads, _mistakes, _click):
            act(visitor)
        formula = watched.page.locator("math")
        formula.first.wait_for(state="attached")
        assert watched.console == []
        assert watched.foreign(address) == []
        narrow = Watched(browser.new_page(viewport={"width": 420, "height": 900}))
        narrow.page.goto(f"{address}?theme=dark")
        narrow.page.get_by_text("computed in").wait_for()
        assert narrow.page.evaluate("document.documentElement.scrollWidth") <= 440
        assert (narrow.console, narrow.foreign(address)) == ([], [])
        for chosen, link in (("", "light page"), ("?theme=default", "dark page")):
            night = Watched(browser.new_page(color_scheme="dark"))
            night.page.goto(address + chosen)
            night.page.get_by_text("computed in").wait_for()
            night.page.get_by_text(link).wait_for()
            assert (night.console, night.foreign(address)) == ([], [])
        browser.close()
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=20)
        assert (process.returncode, error) == (130, "")
