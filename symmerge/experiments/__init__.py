"""Trained students beside the theory of flow distillation: the experiments of arXiv 2606.03820.

Needs PyTorch (extra ``train``).
"""

from .published import published
from .result import ExperimentResult
from .run import run_experiment
from .setting import Setting, setting

__all__ = ["ExperimentResult", "Setting", "published", "run_experiment", "setting"]
