"""The page: controls on the left, the answer on the right, drawn anew whenever one moves."""

from __future__ import annotations

from io import BytesIO
from math import isfinite
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, LinearColorMapper
from bokeh.plotting import figure
from param import Skip

from ..draw import plan_svg
from ..errors import InputError
from ..numbers import exact
from ..plot.style import COLOURS, LABELS
from ..spectrum import Spectrum
from . import diagram, exports
from .question import LAW_INPUTS, MOST_STEPS, SCHEDULES, Answer, Question, answer
from .upload import CONTENTS, MOST_BYTES, read_upload
from .words import errors_html, message_html, not_covered, quiet_html, status_html

__all__ = ["Page"]

# Moves of a slider that follow faster than this are answered once, by the last of them.
_DELAY_MS = 10
_FORMULA_DELAY_MS = 200
_STRATEGIES = tuple(LABELS)
_STYLE = """
table { border-collapse: collapse; }
th { text-align: left; vertical-align: top; padding: 0.15em 1em 0.15em 0; white-space: nowrap; }
td { text-align: left; overflow-wrap: anywhere; }
.errors td { text-align: right; font-variant-numeric: tabular-nums; }
.errors caption { text-align: left; opacity: 0.75; }
.copied { user-select: all; }
.quiet { opacity: 0.75; margin: 0.3em 0; }
.message { border-left: 4px solid #D55E00; padding: 0.4em 0.8em; overflow-wrap: anywhere; }
"""
# The browser sets formulas from MathML, with its own fonts; it needs to be told about columns.
_MATHML = "mtd:nth-child(odd) { text-align: right; } mtd:nth-child(even) { text-align: left; }"
_NO_FILE = "choose a file"
_LEFT_OPEN = {"unknown": "left open by the theorems"}
_LAW_LABELS = {
    "gradient-flow": "gradient flow",
    "ema": "gradient flow, averaged weights (EMA)",
    "gd": "gradient descent",
    "sgd": "SGD",
    "heavy-ball": "momentum (heavy ball)",
    "nesterov": "momentum (Nesterov)",
}


def _title(text: str) -> Any:
    return pn.pane.HTML(f"<h2 style='font-size:1.1em;margin:0.6em 0 0'>{text}</h2>")


def _plot(shown: Any) -> Any:
    return pn.pane.Bokeh(shown, sizing_mode="stretch_width", min_width=300)


class _Number:
    """A number as exact text, with a logarithmic slider that writes it and follows it."""

    def __init__(self, label: str, low: float, high: float, value: str) -> None:
        self._following = False
        self.text = pn.widgets.TextInput(name=label, value=value, sizing_mode="stretch_width")
        self.slider = pn.widgets.FloatSlider(
            name=f"{label.split(' of ')[0].split(' per ')[0]}, logarithmic",
            start=float(np.log10(low)),
            end=float(np.log10(high)),
            step=0.0005,
            value=float(np.log10(float(exact(value)))),
            show_value=False,
            sizing_mode="stretch_width",
        )
        self.slider.param.watch(self._written, "value")
        self.text.param.watch(self._typed, "value")
        self.widgets = [self.text, self.slider]

    def _written(self, event: Any) -> None:
        if not self._following:
            self.set(10.0**event.new)

    def _typed(self, event: Any) -> None:
        try:
            power = float(np.log10(float(exact(event.new))))
        except (ArithmeticError, InputError):  # the answer says what is wrong with it
            return
        if self.slider.start <= power <= self.slider.end and f"{10**power:.5g}" != (
            f"{10**self.slider.value:.5g}"
        ):
            self._following = True
            self.slider.value = power
            self._following = False

    def set(self, value: float) -> None:
        """Write a number of five digits."""
        self.text.value = f"{value:.5g}"


class _File(pn.widgets.FileDropper):
    """A file of any size, of which no more is kept than shows that it is too large."""

    def __init__(self, **options: Any) -> None:
        super().__init__(multiple=False, chunk_size=MOST_BYTES + 1, **options)

    def _process_event(self, event: Any) -> None:
        if event.event_name == "upload_event":
            if event.data["chunk"] > 1:
                return
            self.value.clear()  # there is one file, the last
            event.data["total_chunks"] = 1
        super()._process_event(event)


class Page:
    """One visitor's page.

    Attributes
    ----------
    answer : Answer or None
        What is shown; nothing as long as a file is missing.
    message : str
        What is wrong with the controls as they stand; the answer is the last good one then, and
        dimmed.
    """

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.message = ""
        self._spectrum: Spectrum | None = None
        self._missing = _NO_FILE
        self._timers: dict[str, Any] = {}
        self._make_controls()
        self._make_views()
        for widget in self._watched:
            widget.param.watch(self._changed, "value")
        self.file.param.watch(self._uploaded, "value")
        self.holds.param.watch(self._uploaded, "value")
        self.refresh()

    def _make_controls(self) -> None:
        first, wide = Question(), {"sizing_mode": "stretch_width"}
        self.lam = _Number("variance λ of the data", 0.01, 100, first.lam)
        self.s = _Number("training time s per merge", *diagram.S_RANGE, first.s)
        self.T = pn.widgets.IntSlider(
            name="steps T of the sampler", start=2, end=MOST_STEPS, value=first.T, **wide
        )
        self.schedule = pn.widgets.Select(
            name="noise schedule", options=list(SCHEDULES), value=first.schedule, **wide
        )
        self.shift = pn.widgets.FloatSlider(
            name="timestep shift of the flow", start=0.5, end=8, step=0.1, value=1, **wide
        )
        self.law = pn.widgets.Select(
            name="law of training",
            options={label: name for name, label in _LAW_LABELS.items()},
            value=first.law,
            **wide,
        )
        text = {"lr": "learning rate", "kappa": "averaging rate κ", "momentum": "momentum"}
        self.inputs = {
            name: pn.widgets.TextInput(name=label, value=getattr(first, name), **wide)
            for name, label in text.items()
        }
        self.inputs["steps"] = pn.widgets.IntSlider(
            name="training steps per merge", start=1, end=500, value=int(first.steps), **wide
        )
        self.inputs["batch"] = pn.widgets.IntSlider(
            name="size of minibatches", start=1, end=256, value=int(first.batch), **wide
        )
        self.data = pn.widgets.RadioButtonGroup(
            name="data", options=["one variance", "spectrum from a file"], **wide
        )
        self.holds = pn.widgets.Select(
            name="the file holds",
            options={"variances": CONTENTS[0], "samples, one per row": CONTENTS[1]},
            **wide,
        )
        self.file = _File(name="file", **wide)
        self._watched = [
            self.lam.text,
            self.s.text,
            self.T,
            self.schedule,
            self.shift,
            self.law,
            *self.inputs.values(),
            self.data,
        ]
        note = f".npy, .csv or .json, at most {MOST_BYTES // 2**20} MiB; it stays on this machine"
        self._scalar = pn.Column(*self.lam.widgets, **wide)
        self._file = pn.Column(self.holds, pn.pane.HTML(note), self.file, **wide)
        self._time = pn.Column(*self.s.widgets, **wide)
        self.controls = [
            self.data,
            self._scalar,
            self._file,
            self.T,
            self.schedule,
            self.shift,
            self.law,
            self._time,
            *(self.inputs[name] for name in ("lr", "steps", "batch", "momentum", "kappa")),
        ]

    def _make_views(self) -> None:
        wide = {"sizing_mode": "stretch_width", "stylesheets": [_STYLE]}
        self.alert = pn.pane.HTML("", **wide)
        self.status = pn.pane.HTML("", **wide)
        self.covered = pn.pane.HTML("", **wide)
        self.table = pn.pane.HTML("", stylesheets=[_STYLE])
        self.tree = pn.pane.HTML("", **wide)
        self.formula = pn.pane.LaTeX(
            "",
            styles={"overflow-x": "auto"},
            stylesheets=[_MATHML],
            sizing_mode="stretch_width",
        )
        self.note = pn.pane.HTML("", **wide)
        self._diagrams = [_Diagram("all variances"), _Diagram("a closer look")]
        self._bars = _Bars()
        for shown in self._diagrams:
            shown.figure.on_event("tap", self._tapped)
        makers = {
            "png": (exports.as_png, "picture (PNG)"),
            "tex": (exports.as_latex, "formula (LaTeX)"),
            "json": (exports.as_json, "answer (JSON)"),
        }
        self.downloads = {
            kind: pn.widgets.FileDownload(
                callback=lambda make=make: self._export(make),
                filename=f"symmerge.{kind}",
                label=label,
                button_type="default",
            )
            for kind, (make, label) in makers.items()
        }
        self.results = self._answer_views()

    def _answer_views(self) -> Any:
        wide = {"sizing_mode": "stretch_width"}
        legend = " ".join(
            f"<span style='white-space:nowrap;margin-right:1em'><span style='background:{colour};"
            f"padding:0 .6em;margin-right:.4em;border:1px solid #8888'></span>"
            f"{_LEFT_OPEN.get(name, name)}</span>"
            for name, colour in diagram.COLOURS.items()
        )
        return pn.Column(
            self.status,
            pn.Column(*(shown.pane for shown in self._diagrams), **wide),
            pn.pane.HTML(f"{legend}<br>Click a diagram to move there.", **wide),
            self.covered,
            _title("Best plan found"),
            self.tree,
            _title("Strategies"),
            pn.Column(self._bars.pane, self.table, **wide),
            _title("Formula"),
            self.note,
            self.formula,
            pn.FlexBox(*self.downloads.values(), **wide),
            **wide,
        )

    def view(self) -> list[Any]:
        """Everything beside the controls."""
        return [self.alert, self.results]

    def question(self) -> Question:
        """What the controls ask."""
        return Question(
            T=self.T.value,
            schedule=self.schedule.value,
            shift=f"{self.shift.value:g}",
            law=self.law.value,
            s=self.s.text.value,
            lam=self.lam.text.value,
            spectrum=self._spectrum if self.data.value != "one variance" else None,
            **{name: str(widget.value) for name, widget in self.inputs.items()},
        )

    def refresh(self) -> None:
        """Answer and draw; on bad input say what is wrong and leave the rest as it is."""
        self._show_controls()
        if self.data.value != "one variance" and self._spectrum is None:
            self.answer, self.results.visible = None, False
            self._say(self._missing)
            return
        try:
            found = answer(self.question())
        except InputError as error:
            self._say(str(error))
            return
        self.answer, self.results.visible = found, True
        self._say("")
        self.status.object = status_html(found)
        self.table.object = errors_html(found)
        self.tree.object = plan_svg(found.plan)
        self._bars.draw(found)
        # A new diagram or formula takes longer than the answer: they follow.
        self._later("diagrams", self._draw_diagrams, 1)
        self._later("formula", self._draw_formula, _FORMULA_DELAY_MS)

    def _draw_diagrams(self) -> None:
        if self.answer is None:
            return
        question = self.answer.question
        law = None if question.gradient_flow else question.make_law()
        panels = diagram.panels(question.make_schedule(), law)
        self.covered.object = quiet_html(not_covered(question)) if law is not None else ""
        for shown, panel in zip(self._diagrams, panels, strict=True):
            shown.draw(self.answer, panel)

    def _draw_formula(self) -> None:
        if self.answer is None:
            return
        try:
            tex, note = exports.formula(self.answer), ""
        except InputError as error:
            tex, note = "", str(error)
        self.formula.object = rf"$$\displaystyle {tex}$$" if tex else ""
        self.note.object = quiet_html(f"no formula: {note}") if note else ""
        self.downloads["tex"].disabled = bool(note)

    def _show_controls(self) -> None:
        """Only the controls that count."""
        scalar = self.data.value == "one variance"
        self._scalar.visible, self._file.visible = scalar, not scalar
        self.shift.visible = self.schedule.value == "flow"
        read = LAW_INPUTS[self.law.value]
        self._time.visible = "s" in read
        for name, widget in self.inputs.items():
            widget.visible = name in read

    def _say(self, line: str) -> None:
        self.message = line
        self.alert.object = message_html(line) if line else ""
        self.results.styles = {"opacity": "0.4"} if line else {}

    def _changed(self, _: Any) -> None:
        self._later("answer", self.refresh, _DELAY_MS)

    def _later(self, name: str, act: Any, delay: int) -> None:
        """Act after a delay, counted from the last call; at once where nobody looks."""
        document = pn.state.curdoc
        if document is None or document.session_context is None:
            act()
            return
        if name in self._timers:
            document.remove_timeout_callback(self._timers.pop(name))

        def once() -> None:
            self._timers.pop(name, None)
            act()

        self._timers[name] = document.add_timeout_callback(once, delay)

    def _tapped(self, event: Any) -> None:
        if not (event.x and event.y and isfinite(event.x) and isfinite(event.y)):
            return
        self.lam.set(event.x)
        if self.law.value == "gradient-flow":
            self.s.set(event.y)

    def _uploaded(self, _: Any) -> None:
        """The spectrum is that of the file on the page, or none."""
        self._spectrum, self._missing = None, _NO_FILE
        for name, content in self.file.value.items():
            try:
                self._spectrum = read_upload(name, content, self.holds.value)
            except InputError as error:
                self._missing = str(error)
        self._changed(None)

    def _export(self, make: Any) -> BytesIO:
        """A file's content; skipped if pressed before the button knew that there is none."""
        if self.answer is None:
            raise Skip
        try:
            return BytesIO(make(self.answer))
        except InputError as error:
            raise Skip from error


class _Diagram:
    """Regimes over variance and training time, with the point asked for."""

    def __init__(self, title: str) -> None:
        self.figure = figure(
            title=title,
            x_axis_type="log",
            y_axis_type="log",
            x_range=(0.01, 20),
            y_range=diagram.S_RANGE,
            height=320,
            min_width=300,
            sizing_mode="stretch_width",
            tools="tap,box_zoom,wheel_zoom,reset",
            toolbar_location="above",
            x_axis_label="variance λ",
            y_axis_label="training time s",
        )
        self.figure.toolbar.logo = None
        self._image = ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []})
        palette = list(diagram.COLOURS.values())
        self.figure.image(
            source=self._image,
            color_mapper=LinearColorMapper(palette, low=-0.5, high=len(palette) - 0.5),
            level="image",
        )
        self._marks = ColumnDataSource({"x": [], "y": []})
        self.figure.scatter(
            source=self._marks, marker="dash", angle=np.pi / 2, size=14, line_color="black"
        )
        self._point = ColumnDataSource({"x": [], "y": []})
        self.figure.scatter(
            source=self._point, marker="star", size=18, color=COLOURS["best"], line_color="black"
        )
        self._drawn: diagram.Panel | None = None
        self.pane = _plot(self.figure)

    def draw(self, found: Answer, panel: diagram.Panel) -> None:
        """Move the point, and change the picture below it only when it is another one."""
        low, high = panel.lam
        bottom, top = diagram.S_RANGE
        if panel is not self._drawn:
            self._drawn = panel
            self._image.data = {
                "image": [panel.table],
                "x": [low],
                "y": [bottom],
                "dw": [high - low],
                "dh": [top - bottom],
            }
            self.figure.x_range.start, self.figure.x_range.end = low, high
            flat = len(panel.table) == 1
            self.figure.yaxis.visible = not flat
        question = found.question
        middle = (bottom * top) ** 0.5
        s = float(exact(question.s)) if question.gradient_flow else middle
        if question.spectrum is None:
            lam = np.array([float(exact(question.lam))])
            self._marks.data = {"x": [], "y": []}
            self._point.data = {"x": lam, "y": [s]}
        else:
            lam = np.unique(question.spectrum.variances)
            lam = lam[lam > 0]
            self._marks.data = {"x": lam, "y": np.full(len(lam), s)}
            self._point.data = {"x": [], "y": []}


class _Bars:
    """Size of the error of every strategy, on a logarithmic axis."""

    def __init__(self) -> None:
        names = [LABELS[name] for name in _STRATEGIES]
        self.figure = figure(
            x_axis_type="log",
            x_range=(1e-3, 1),
            y_range=names[::-1],
            height=220,
            min_width=300,
            sizing_mode="stretch_width",
            tools="",
            toolbar_location=None,
        )
        self._source = ColumnDataSource({"name": [], "left": [], "size": [], "colour": []})
        self.figure.hbar(
            y="name", left="left", right="size", height=0.6, color="colour", source=self._source
        )
        self.pane = _plot(self.figure)

    def draw(self, found: Answer) -> None:
        """Bars start a decade below the smallest error."""
        sizes = {name: abs(error) for name, error in found.errors.items() if error != 0}
        start = 10.0 ** np.floor(np.log10(min(sizes.values(), default=1)) - 0.5)
        stop = 10.0 ** np.ceil(np.log10(max(sizes.values(), default=10)) + 0.1)
        self._source.data = {
            "name": [LABELS[name] for name in sizes],
            "left": [start] * len(sizes),
            "size": list(sizes.values()),
            "colour": [COLOURS[name] for name in sizes],
        }
        self.figure.x_range.start, self.figure.x_range.end = start, stop
        self.figure.xaxis.axis_label = found.size
