"""symmerge: formulas, certified numbers and optimal merge plans for diffusion distillation.

Importing it loads nothing but this file; every name below is loaded when it is first used.

Examples
--------
>>> import symmerge
>>> print(symmerge.best_plan("1.536", T=6, s=1).plan)
[[[1|2]|3].4|[5|6]]

The families of schedules keep their module's name: ``symmerge.schedule.flow(32)``.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .chain import Chain as Chain
    from .chain import build_chain as build_chain
    from .chain import chain_of as chain_of
    from .chain import gradient_flow_chain as gradient_flow_chain
    from .chain import symbolic_chain as symbolic_chain
    from .data import data_spectrum as data_spectrum
    from .derive import Derivation as Derivation
    from .dynamics.adaptive import AdaGrad as AdaGrad
    from .dynamics.adaptive import SignDescent as SignDescent
    from .dynamics.averaging import EMA as EMA
    from .dynamics.budget import compare_budget as compare_budget
    from .dynamics.budget import equal_steps as equal_steps
    from .dynamics.laws import SGD as SGD
    from .dynamics.laws import GradientDescent as GradientDescent
    from .dynamics.mixing import compare_mixing as compare_mixing
    from .dynamics.momentum import HeavyBall as HeavyBall
    from .dynamics.momentum import Nesterov as Nesterov
    from .dynamics.noise_moments import rms_crossover as rms_crossover
    from .dynamics.trained import rank_plans as rank_plans
    from .dynamics.training import simulate_factor as simulate_factor
    from .dynamics.training import simulate_plan as simulate_plan
    from .dynamics.weak_teacher import beats_teacher as beats_teacher
    from .dynamics.weak_teacher import vanilla_stopping as vanilla_stopping
    from .errors import InputError as InputError
    from .evaluate import Evaluation as Evaluation
    from .flow.mismatch import mismatch_table as mismatch_table
    from .flow.mixture import Mixture as Mixture
    from .flow.mixture import read_mixture as read_mixture
    from .flow.networks import score_network as score_network
    from .kernels import kernel as kernel
    from .kernels import sweep_error as sweep_error
    from .merge import difference as difference
    from .merge import operator as operator
    from .merge import relative_error as relative_error
    from .noise import plan_raw as plan_raw
    from .numbers import EXACT as EXACT
    from .numbers import FLOAT as FLOAT
    from .numbers import SYMBOLIC as SYMBOLIC
    from .numbers import balls as balls
    from .numbers import exact as exact
    from .numbers import multiprecision as multiprecision
    from .phase import PhaseEdges as PhaseEdges
    from .phase import band_edges as band_edges
    from .phase import closed_forms as closed_forms
    from .phase import edges as edges
    from .plan import MergePlan as MergePlan
    from .plan import boot as boot
    from .plan import canonical_plans as canonical_plans
    from .plan import consistency as consistency
    from .plan import count_plans as count_plans
    from .plan import enumerate_plans as enumerate_plans
    from .plan import hybrid as hybrid
    from .plan import progressive as progressive
    from .plan import random_plan as random_plan
    from .plan import segmentation as segmentation
    from .plan import vanilla as vanilla
    from .references import Citation as Citation
    from .references import citation as citation
    from .report import run_demo as run_demo
    from .report import write_report as write_report
    from .schedule import Schedule as Schedule
    from .scheduler_config import read_schedule as read_schedule
    from .scheduler_config import write_schedule as write_schedule
    from .search import ScalarResult as ScalarResult
    from .search import best_plan as best_plan
    from .search.spectra import SpectrumResult as SpectrumResult
    from .search.spectra import plan_spectrum as plan_spectrum
    from .spectrum import Spectrum as Spectrum
    from .spectrum import bundled as bundled
    from .spectrum import read_samples as read_samples
    from .spectrum import read_spectrum as read_spectrum
    from .spectrum import spectrum_from_covariance as spectrum_from_covariance
    from .spectrum import spectrum_from_samples as spectrum_from_samples
    from .student import GradientFlow as GradientFlow
    from .sweep import SweepSpec as SweepSpec
    from .sweep import run_sweep as run_sweep
    from .teacher import Teacher as Teacher
    from .teacher import composite_cosine as composite_cosine
    from .teacher import denoiser as denoiser
    from .threshold import spectrum_tests as spectrum_tests
    from .threshold import threshold_time as threshold_time
    from .verdict import Proved as Proved
    from .verdict import Refuted as Refuted
    from .verdict import Undecided as Undecided
    from .verdict import Verdict as Verdict

__version__ = "0.1.0"

# For Python what the imports above are for type checkers.
_HOMES = {
    "chain": ("Chain", "build_chain", "chain_of", "gradient_flow_chain", "symbolic_chain"),
    "data": ("data_spectrum",),
    "derive": ("Derivation",),
    "dynamics.adaptive": ("AdaGrad", "SignDescent"),
    "dynamics.averaging": ("EMA",),
    "dynamics.budget": ("compare_budget", "equal_steps"),
    "dynamics.laws": ("SGD", "GradientDescent"),
    "dynamics.mixing": ("compare_mixing",),
    "dynamics.momentum": ("HeavyBall", "Nesterov"),
    "dynamics.noise_moments": ("rms_crossover",),
    "dynamics.trained": ("rank_plans",),
    "dynamics.training": ("simulate_factor", "simulate_plan"),
    "dynamics.weak_teacher": ("beats_teacher", "vanilla_stopping"),
    "errors": ("InputError",),
    "evaluate": ("Evaluation",),
    "flow.mismatch": ("mismatch_table",),
    "flow.mixture": ("Mixture", "read_mixture"),
    "flow.networks": ("score_network",),
    "kernels": ("kernel", "sweep_error"),
    "merge": ("difference", "operator", "relative_error"),
    "noise": ("plan_raw",),
    "numbers": ("EXACT", "FLOAT", "SYMBOLIC", "balls", "exact", "multiprecision"),
    "phase": ("PhaseEdges", "band_edges", "closed_forms", "edges"),
    "plan": (
        "MergePlan",
        "boot",
        "canonical_plans",
        "consistency",
        "count_plans",
        "enumerate_plans",
        "hybrid",
        "progressive",
        "random_plan",
        "segmentation",
        "vanilla",
    ),
    "references": ("Citation", "citation"),
    "report": ("run_demo", "write_report"),
    "schedule": ("Schedule",),
    "scheduler_config": ("read_schedule", "write_schedule"),
    "search": ("ScalarResult", "best_plan"),
    "search.spectra": ("SpectrumResult", "plan_spectrum"),
    "spectrum": (
        "Spectrum",
        "bundled",
        "read_samples",
        "read_spectrum",
        "spectrum_from_covariance",
        "spectrum_from_samples",
    ),
    "student": ("GradientFlow",),
    "sweep": ("SweepSpec", "run_sweep"),
    "teacher": ("Teacher", "composite_cosine", "denoiser"),
    "threshold": ("spectrum_tests", "threshold_time"),
    "verdict": ("Proved", "Refuted", "Undecided", "Verdict"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME_OF)]


def _submodules() -> set[str]:
    return {module.name for module in iter_modules(__path__) if not module.name.startswith("_")}


def __getattr__(name: str) -> Any:
    """Load a public name or a submodule when it is first asked for."""
    if name in _HOME_OF:
        value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
        globals()[name] = value  # the next look-up does not come here
        return value
    if name in _submodules():
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Public names and submodules."""
    return sorted({*__all__, *_submodules()})
