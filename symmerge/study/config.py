"""What the study trains: settings, their cells, and how many steps each budget gives a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from ..errors import require
from ..plan import MergePlan, canonical_plans, hybrid
from ..schedule import Schedule, cosine

__all__ = ["OPTIMISERS", "SCALINGS", "SIZES", "Setting", "StudentCell", "evaluations", "settings"]

SCALINGS = ("below", "mixed", "straddling", "above")
OPTIMISERS = ("sgd", "adam")
_BACKWARD = 3  # a forward and a backward pass cost about three forward ones


@dataclass(frozen=True)
class Setting:
    """One data set, one number of teacher steps, and how networks are trained on it.

    Attributes
    ----------
    data : str
        A bundled data set, in its `dimension` largest principal coordinates.
    seeds : int
        Independent teachers; each of them has students of its own.
    steps : int
        Training steps per merge; other budgets follow from it.
    hidden : int
        Width of the networks.
    sgd, adam : float
        Learning rates.
    linear_seeds : int
        Runs of the linear control.
    evaluation : int
        Samples that errors are measured on.
    seed : int
        Of everything random.
    """

    data: str = "digits"
    T: int = 8
    dimension: int = 32
    seeds: int = 4
    steps: int = 200
    batch: int = 64
    hidden: int = 64
    sgd: float = 0.001
    adam: float = 0.001
    teacher_steps: int = 2000
    teacher_rate: float = 0.002
    linear_seeds: int = 16
    evaluation: int = 4096
    seed: int = 0

    @property
    def name(self) -> str:
        """Prefix of its cells."""
        return f"{self.data}-t{self.T}"

    @property
    def schedule(self) -> Schedule:
        """The cosine schedule."""
        return cosine(self.T)

    def plans(self) -> dict[str, MergePlan]:
        """The four strategies and two hybrids: `T/4` and `T/2` single steps, then one block."""
        few, many = self.T // 4, self.T // 2
        return canonical_plans(self.T) | {
            f"hybrid-{few}": hybrid(self.T, few),
            f"hybrid-{many}": hybrid(self.T, many),
        }

    def steps_of(self, plan: MergePlan, budget: str) -> int:
        """Training steps of every merge of a plan under a budget.

        ``merge`` gives every merge `steps`, ``half`` half of them. ``total`` shares what BOOT has
        in all under ``merge`` equally between the merges, ``compute`` does so for evaluations of a
        network.
        """
        if budget in ("merge", "half"):
            return self.steps // (1 if budget == "merge" else 2)
        most = canonical_plans(self.T)["boot"]
        if budget == "total":
            return round(self.steps * most.merges / plan.merges)
        return round(self.steps * evaluations(most) / evaluations(plan))

    def student_cells(self) -> Iterator[StudentCell]:
        """All students: plans under budgets, of separate networks and of one shared one."""
        plans = self.plans()
        canonical = canonical_plans(self.T)
        for optimiser in OPTIMISERS:
            for name in plans:
                yield StudentCell(optimiser, "separate", "merge", name)
            for name in canonical:
                yield StudentCell(optimiser, "separate", "half", name)
            for budget in ("total", "compute"):
                for name, plan in plans.items():
                    if self.steps_of(plan, budget) != self.steps:  # else it is there already
                        yield StudentCell(optimiser, "separate", budget, name)
            # The other plans train at time T only, where sharing changes nothing.
            for name in ("progressive", "consistency"):
                yield StudentCell(optimiser, "shared", "merge", name)

    def linear_cells(self) -> Iterator[tuple[str, str]]:
        """Budget and plan of the linear control."""
        for budget in ("merge", "total"):
            for name, plan in self.plans().items():
                if budget == "merge" or self.steps_of(plan, budget) != self.steps:
                    yield budget, name

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


class StudentCell(NamedTuple):
    """One plan trained in one way, for all scalings and seeds at once."""

    optimiser: str
    network: str
    budget: str
    plan: str

    def __str__(self) -> str:
        return ".".join(self)


def evaluations(plan: MergePlan) -> int:
    """Network evaluations per sample and step, summed over the merges of a plan.

    A merge of m parts evaluates m networks for its target, and its student forward and backward.

    Examples
    --------
    >>> from symmerge.plan import boot, vanilla
    >>> evaluations(vanilla(8)), evaluations(boot(8))
    (11, 35)
    """
    return sum(parts + _BACKWARD for _, _, parts in plan.nodes())


# Patches have a few large variances: in more coordinates most of them are noise beside the first.
_DIMENSIONS = {"digits": 32, "patches-grey": 12}
_FULL = [
    Setting(data, T, d, seeds=5, steps=400, teacher_steps=6000, linear_seeds=32)
    for data, d in _DIMENSIONS.items()
    for T in (8, 16)
]
SIZES = {"small": (Setting(),), "full": tuple(_FULL)}


def settings(size: str, seed: int = 0) -> tuple[Setting, ...]:
    """The settings of a size of the study."""
    require(size in SIZES, "size", f"must be one of {', '.join(SIZES)}", size)
    return tuple(replace(setting, seed=seed) for setting in SIZES[size])
