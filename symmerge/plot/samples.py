"""What students make of noise, decoded to pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, require
from ..search.spectra import SpectrumResult
from .style import LABELS, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..spectrum import Spectrum

__all__ = [
    "DecodedSamples",
    "decode_samples",
    "decode_strategies",
    "picture_side",
    "plot_digits_row",
    "plot_pictures",
]


@dataclass(frozen=True, eq=False)
class DecodedSamples:
    """The same noise sent through teacher, best plan and worst strategy; arrays (count, pixels)."""

    teacher: np.ndarray
    best: np.ndarray
    worst: np.ndarray
    worst_name: str


def decode_samples(
    result: SpectrumResult, spectrum: Spectrum, count: int = 10, seed: int = 0
) -> DecodedSamples:
    """Send one draw of ``z_T`` through teacher and students and decode it to data coordinates.

    In the eigenbasis U of the data covariance ``z_T`` has independent coordinates of variance
    ``v_T``; an operator with diagonal D makes ``mean + U D z_T`` of them, in the data's own scale.

    Raises
    ------
    InputError
        If the spectrum carries no basis to decode with.
    """
    found = decode_strategies(result, spectrum, count, seed)
    worst = result.worst_canonical
    return DecodedSamples(found["teacher"], found["best"], found[worst], worst)


def decode_strategies(
    result: SpectrumResult, spectrum: Spectrum, count: int = 10, seed: int = 0
) -> dict[str, np.ndarray]:
    """Decoded samples (count, pixels) of the teacher, the best plan and the canonical strategies.

    All start from the same draw of ``z_T``; see :func:`decode_samples`.
    """
    require(
        spectrum.basis is not None, "spectrum", "must carry a basis to decode with", spectrum.label
    )
    deviation = result.noise_deviation
    noise = np.random.default_rng(seed).standard_normal((count, len(deviation))) * deviation
    operators = {"teacher": result.composite}
    for name in ("best", *result.canonical):
        operators[name] = result.composite + result.errors[name]
    return {name: spectrum.decode(noise * operator) for name, operator in operators.items()}


def picture_side(spectrum: Spectrum) -> int | None:
    """Side of the square pictures a spectrum decodes to; None if it decodes to no such thing."""
    if spectrum.basis is None:
        return None
    pixels = spectrum.decode(np.zeros((1, len(spectrum.variances)))).shape[1]
    side = math.isqrt(pixels)
    return side if side > 1 and side * side == pixels else None


def plot_digits_row(
    result: SpectrumResult,
    spectrum: Spectrum,
    ax: Axes | None = None,
    *,
    count: int = 10,
    seed: int = 0,
    pictures: bool = True,
) -> Axes:
    """Decoded square pictures: teacher, best plan, worst strategy, and how the two differ from it.

    Without `pictures` only the differences are drawn. All rows start from the same noise.
    Differences can be far below what the eye sees, so each of their rows has its own scale,
    written beside it as a share of the pictures' range.
    """
    side = picture_side(spectrum)
    if side is None:
        raise InputError("spectrum", "must hold square pictures to draw them", spectrum.label)
    samples = decode_samples(result, spectrum, count, seed)
    ax = axes_or_new(ax, 7.2, 4.4)
    low, high = np.quantile(samples.teacher, [0.01, 0.99])
    rows, names = [], []
    if pictures:
        shown = (samples.teacher, samples.best, samples.worst)
        rows = [_grey(picture, low, high) for picture in shown]
        names = ["teacher", "best plan", LABELS[samples.worst_name]]
    for picture, name in (
        (samples.best, "best plan"),
        (samples.worst, LABELS[samples.worst_name]),
    ):
        difference = picture - samples.teacher
        reach = float(np.abs(difference).max())
        rows.append(_signed(difference, reach))
        share = reach / (high - low)
        names.append(f"{name} − teacher\n±{100 * share:.2g} % of range")
    ax.imshow(_mosaic(np.stack(rows), side), interpolation="nearest")
    pitch = side + 1
    ax.set_yticks(1 + side / 2 - 0.5 + pitch * np.arange(len(rows)), names, fontsize=9)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def plot_pictures(rows: dict[str, np.ndarray], ax: Axes | None = None) -> Axes:
    """Rows of square pictures, grey (count, side^2) or in colour (count, 3 side^2), with names.

    Grey ones are ink on paper. All rows share one range, that of the row ``teacher`` if there is
    one, else of the first.
    """
    ax = axes_or_new(ax, 7.2, 0.62 * len(rows) + 0.4)
    reference = rows.get("teacher", next(iter(rows.values())))
    pixels = reference.shape[1]
    colours = 3 if pixels % 3 == 0 and math.isqrt(pixels // 3) ** 2 == pixels // 3 else 1
    side = math.isqrt(pixels // colours)
    require(side * side * colours == pixels, "rows", "must be square pictures", reference.shape)
    low, high = np.quantile(reference, [0.01, 0.99])
    drawn = []
    for values in rows.values():
        require(values.shape == reference.shape, "rows", "must be of one shape", values.shape)
        level = np.clip((values - low) / (high - low), 0, 1)
        drawn.append(
            _grey(values, low, high) if colours == 1 else level.reshape(len(values), -1, 3)
        )
    ax.imshow(_mosaic(np.stack(drawn), side), interpolation="nearest")
    names = [LABELS.get(name, name) for name in rows]
    ax.set_yticks(1 + side / 2 - 0.5 + (side + 1) * np.arange(len(rows)), names, fontsize=9)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def _grey(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Ink on paper: large values dark, clipped to [low, high]."""
    level = 1 - np.clip((values - low) / (high - low), 0, 1)
    return np.repeat(level[..., None], 3, axis=-1)


def _signed(values: np.ndarray, reach: float) -> np.ndarray:
    """Blue for less, orange for more, white for none."""
    share = np.clip(values / reach, -1, 1)[..., None] if reach > 0 else 0 * values[..., None]
    more, less = np.array([0.835, 0.369, 0.0]), np.array([0.0, 0.447, 0.698])
    return 1 + np.maximum(share, 0) * (more - 1) + np.maximum(-share, 0) * (less - 1)


def _mosaic(rows: np.ndarray, side: int) -> np.ndarray:
    """Pictures (rows, count, pixels, 3) side by side with one pixel between."""
    height, count = rows.shape[:2]
    pictures = rows.reshape(height, count, side, side, 3)
    canvas = np.ones((height * (side + 1) + 1, count * (side + 1) + 1, 3))
    for i in range(height):
        for j in range(count):
            y, x = i * (side + 1) + 1, j * (side + 1) + 1
            canvas[y : y + side, x : x + side] = pictures[i, j]
    return canvas
