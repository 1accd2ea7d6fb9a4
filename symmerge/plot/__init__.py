"""Pictures for sweeps, papers and reports.

Every function takes the axes to draw on (``ax=None`` makes new ones), returns them and never shows
anything. What is drawn is computed by functions of its own, so that it can be tested and reused.
"""

from .phase import PhaseTable, phase_table, plot_phase_diagram
from .samples import (
    DecodedSamples,
    decode_samples,
    decode_strategies,
    picture_side,
    plot_digits_row,
    plot_pictures,
)
from .scale import ScaleSweep, plot_scale_sweep, scale_sweep
from .spectra import plot_coordinate_errors, plot_hybrid_map, plot_spectrum, plot_strategy_bars
from .style import COLOURS, LABELS, MARKERS

__all__ = [
    "COLOURS",
    "LABELS",
    "MARKERS",
    "DecodedSamples",
    "PhaseTable",
    "ScaleSweep",
    "decode_samples",
    "decode_strategies",
    "phase_table",
    "picture_side",
    "plot_coordinate_errors",
    "plot_digits_row",
    "plot_hybrid_map",
    "plot_phase_diagram",
    "plot_pictures",
    "plot_scale_sweep",
    "plot_spectrum",
    "plot_strategy_bars",
    "scale_sweep",
]
