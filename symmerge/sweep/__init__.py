"""Labelled sweeps over variances, training times, step counts and plans (arXiv 2505.16024, sec. 5).

Chunk by chunk, resumable after a crash, on one process or a cluster, and spot-checked in many
digits.
"""

from .result import SweepResult
from .run import run_sweep
from .spec import SweepSpec, axis, ready_specs

__all__ = ["SweepResult", "SweepSpec", "axis", "ready_specs", "run_sweep"]
