"""Trained students beside the theory of flow distillation: the experiments of arXiv 2606.03820.

Needs PyTorch (extra ``train``).
"""

from .published_tables import published
from .result import ExperimentResult
from .run import run_experiment
from .settings import Setting, setting

__all__ = ["ExperimentResult", "Setting", "published", "run_experiment", "setting"]
