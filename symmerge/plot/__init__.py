"""Pictures for sweeps, papers and reports.

Every function takes the axes to draw on (``ax=None`` makes new ones), returns them and never shows
anything. What is drawn is computed by functions of its own, so that it can be tested and reused.
"""

from .phase import PhaseTable, phase_table, plot_phase_diagram
from .samples import DecodedSamples, decode_samples, picture_side, plot_digits_row
from .spectra import plot_coordinate_errors, plot_hybrid_map, plot_strategy_bars
from .style import COLOURS, LABELS, MARKERS

__all__ = [
    "COLOURS",
    "LABELS",
    "MARKERS",
    "DecodedSamples",
    "PhaseTable",
    "decode_samples",
    "phase_table",
    "picture_side",
    "plot_coordinate_errors",
    "plot_digits_row",
    "plot_hybrid_map",
    "plot_phase_diagram",
    "plot_strategy_bars",
]
