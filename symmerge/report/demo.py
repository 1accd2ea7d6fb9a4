"""The main job, end to end, on real data."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import datasets
from ..draw import segments_text
from ..places import folder_to_write
from ..schedule import cosine
from ..search.spectra import SpectrumResult, plan_spectrum
from ..spectrum import bundled
from .html import table
from .page import Progress, write_report
from .words import number, percent

__all__ = ["Demo", "run_demo"]

_SCALINGS = {
    "none": "pixels as they are, from 0 to 1",
    "unit": "one factor for all pixels, mean variance 1",
    "pixel": "every pixel standardised",
}


@dataclass(frozen=True, eq=False)
class Demo:
    """Outcome of :func:`run_demo`.

    Attributes
    ----------
    results : dict of str to SpectrumResult
        One recommendation per scaling of the digits: ``'none'``, ``'unit'``, ``'pixel'``.
    report : Path
        The file written, about ``'unit'``.
    """

    results: dict[str, SpectrumResult]
    report: Path

    @property
    def result(self) -> SpectrumResult:
        """The main recommendation."""
        return self.results["unit"]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        scalings = {scale: result.to_dict() for scale, result in self.results.items()}
        return {**self.result.to_dict(), "report": str(self.report), "scalings": scalings}

    def __str__(self) -> str:
        return f"{self.result}\nReport: {self.report}"


def run_demo(
    out: str | os.PathLike[str] = "symmerge-report", progress: Progress | None = None
) -> Demo:
    """Find the best strategy for scikit-learn's digits and write a report about it.

    Unit mean variance, cosine schedule with 32 steps, s = 3 per merge; three scalings of the data
    are compared.

    Parameters
    ----------
    out : path
        Folder of the report, made if need be.
    progress : function of a str, optional
        Told what is being done.
    """
    folder_to_write(out)
    told = progress or (lambda _: None)
    spectra = {scale: bundled("digits", scale) for scale in _SCALINGS}
    results = {}
    for scale, spectrum in spectra.items():
        told(f"planning for digits, {_SCALINGS[scale]}")
        results[scale] = plan_spectrum(spectrum, 3, cosine(32))
    report = write_report(
        results["unit"],
        spectra["unit"],
        out,
        title="Which distillation strategy for handwritten digits?",
        command=f"symmerge demo --out {shlex.quote(os.fspath(out))}",
        section=_scaling_table(results),
        samples=datasets.load("digits"),
        progress=progress,
    )
    return Demo(results, report)


def _scaling_table(results: dict[str, SpectrumResult]) -> str:
    """The same question for every scaling of the data."""
    rows = []
    for scale, result in results.items():
        plan = segments_text(result.segments) if result.segments else str(result.plan.name)
        ratios = [f"×{number(result.ratios[name])}" for name in ("boot", "vanilla")]
        share = percent(result.share_below_one)
        rows.append((_SCALINGS[scale], share, plan, *ratios, result.optimality.status))
    head = ("scaling", "λ ≤ 1", "best plan", "BOOT", "vanilla", "optimality")
    return (
        "<h2>Scaling decides</h2><p>The same pictures in other units are another problem: what "
        "counts is the size of the variances relative to the noise. Cost of BOOT and vanilla "
        "relative to the best plan:</p>" + table(head, rows, numeric=(1, 3, 4))
    )
