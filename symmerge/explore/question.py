"""What the page asks, and which part of the library answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from time import perf_counter
from typing import Any

from ..dynamics.named import named_law
from ..dynamics.trained import PlanRanking, rank_plans
from ..errors import require
from ..plan import MergePlan
from ..schedule import Schedule, cosine, ddpm, edm, flow, whole
from ..search import ScalarResult, best_plan
from ..search.spectra import SpectrumResult, plan_spectrum
from ..spectrum import Spectrum

__all__ = ["LAW_INPUTS", "MOST_STEPS", "SCHEDULES", "Answer", "Question", "answer", "settings"]

MOST_STEPS = 128
SCHEDULES = ("cosine", "flow", "ddpm", "edm")
# Which inputs each law reads.
LAW_INPUTS: dict[str, tuple[str, ...]] = {
    "gradient-flow": ("s",),
    "ema": ("s", "kappa"),
    "gd": ("lr", "steps"),
    "sgd": ("lr", "steps", "batch"),
    "heavy-ball": ("lr", "steps", "momentum"),
    "nesterov": ("lr", "steps", "momentum"),
}


@dataclass(frozen=True)
class Question:
    """The page's controls; numbers are text, which is exact.

    Attributes
    ----------
    T : int
        Steps of the sampler, 2 to 128.
    schedule, shift : str
        One of ``SCHEDULES``; the timestep shift belongs to ``flow``.
    law : str
        A key of ``LAW_INPUTS``; it says which of ``s .. kappa`` are read.
    lam : str
        Variance of the data, unless there is a spectrum.
    spectrum : Spectrum or None
        Variances of a data set.
    """

    T: int = 64
    schedule: str = "cosine"
    shift: str = "1"
    law: str = "gradient-flow"
    s: str = "1"
    lr: str = "0.1"
    steps: str = "20"
    batch: str = "8"
    momentum: str = "0.9"
    kappa: str = "0.5"
    lam: str = "1.04"
    spectrum: Spectrum | None = field(default=None, repr=False)

    @property
    def gradient_flow(self) -> bool:
        """Whether this is the law of the theorems, with a training time ``s`` alone."""
        return self.law == "gradient-flow"

    def make_schedule(self) -> Schedule:
        """The noise schedule."""
        T = whole(self.T, "T", 2, MOST_STEPS)
        require(self.schedule in SCHEDULES, "schedule", "must be one offered", self.schedule)
        return _schedule(self.schedule, T, self.shift if self.schedule == "flow" else "1")

    def make_law(self) -> Any:
        """The law of training."""
        require(self.law in LAW_INPUTS, "law", "must be one offered", self.law)
        return named_law(self.law, **{name: getattr(self, name) for name in LAW_INPUTS[self.law]})

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: what is read, and nothing else."""
        read = ["T", "schedule", "law", *LAW_INPUTS[self.law]]
        if self.schedule == "flow":
            read.append("shift")
        if self.spectrum is None:
            read.append("lam")
        found = {name: getattr(self, name) for name in read}
        return found if self.spectrum is None else {**found, "spectrum": self.spectrum.to_dict()}


@lru_cache(maxsize=64)
def _schedule(kind: str, T: int, shift: str) -> Schedule:
    """Schedules know their levels: made once, they need not be computed for every answer."""
    if kind == "flow":
        return flow(T, shift)
    return {"cosine": cosine, "ddpm": ddpm, "edm": edm}[kind](T)


@dataclass(frozen=True)
class Answer:
    """What the library says.

    Attributes
    ----------
    result : ScalarResult, SpectrumResult or PlanRanking
    plan : MergePlan
    errors : dict of str to float
        Of the best plan and the four canonical ones.
    measure : str
        What `errors` are.
    seconds : float
        Time the library took.
    """

    question: Question
    result: ScalarResult | SpectrumResult | PlanRanking
    plan: MergePlan
    errors: dict[str, float]
    measure: str
    seconds: float

    @property
    def signed(self) -> bool:
        """Whether the errors have signs."""
        return isinstance(self.result, ScalarResult)

    @property
    def size(self) -> str:
        """What the size of an error is called."""
        return f"size of {self.measure}" if self.signed else self.measure


@lru_cache(maxsize=256)
def answer(question: Question) -> Answer:
    """Ask the library.

    Random factors go to :func:`~symmerge.dynamics.trained.rank_plans`, a spectrum to
    :func:`~symmerge.search.spectra.plan_spectrum`, everything else to
    :func:`symmerge.best_plan`.

    Raises
    ------
    InputError
        For numbers out of their domain, or a spectrum with a law other than gradient flow.

    Examples
    --------
    >>> found = answer(Question(T=6, lam="1.536", s="1"))
    >>> str(found.plan), f"{found.errors['best']:.5e}", found.result.regime
    ('[[[1|2]|3].4|[5|6]]', '-4.12698e-03', 'max-plan')
    """
    start = perf_counter()
    schedule, law = question.make_schedule(), question.make_law()
    result: ScalarResult | SpectrumResult | PlanRanking
    if question.spectrum is not None:
        hint = "choose gradient flow, or one variance"
        rule = "must be gradient flow for a spectrum"
        require(question.gradient_flow, "law", rule, question.law, hint)
        result = plan_spectrum(question.spectrum, question.s, schedule)
        plan, measure = result.plan, "W2²"
        errors = {"best": result.w2_squared, **result.canonical}
    elif getattr(law, "noisy", False):
        result = rank_plans(question.lam, law, schedule)
        plan, measure = result.best.plan, "root mean square of M/C − 1"
        errors = {"best": result.best.rms}
        errors |= {name: rated.rms for name, rated in result.canonical.items()}
    else:
        result = best_plan(question.lam, law=law, schedule=schedule)
        plan, measure = result.plan, "e = M/C − 1"
        errors = {"best": result.error}
        errors |= {name: rated.error for name, rated in result.canonical.items()}
    return Answer(question, result, plan, errors, measure, perf_counter() - start)


def settings(question: Question) -> str:
    """One line that tells all settings.

    Examples
    --------
    >>> settings(Question())
    'T = 64, schedule = cosine, law = gradient-flow, s = 1, lam = 1.04'
    """
    found = question.to_dict()
    if question.spectrum is not None:
        found["spectrum"] = question.spectrum.label
    return ", ".join(f"{name} = {value}" for name, value in found.items())
