r"""One distiller for every merge plan: a plan in, a trained one-step student out.

A merge at time t of children ``c_1 .. c_m`` trains a student to do what they do in a row. It starts
at the network that lives at t, ``c_m``'s, and every step draws fresh noised data ``z_t`` and moves
against the gradient of

.. math:: |f_t(z_t) - c_1 \circ \dots \circ c_m (z_t)|^2 / b_t^2 .

The children are frozen. With separate networks each student is a copy; with one shared network all
times live in one set of weights, so training at t moves the start of later merges at other times.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ..experiments.torch_extra import load_torch
from ..plan import MergePlan
from ..runs import Cell
from .network import Form, Weights, step
from .sampling import NoisedData

__all__ = ["Distiller", "Student"]

_PROBE = 1024


@dataclass(frozen=True, eq=False)
class Student:
    """A network that does at time t, in one step, what a sub-plan does."""

    weights: Weights
    t: int

    def __call__(self, form: Form, z: Any) -> Any:
        """Its step."""
        return step(self.weights, form, z, self.t)


@dataclass
class Distiller:
    """Trains the students of a plan, merge by merge.

    Parameters
    ----------
    data : NoisedData
    teacher : weights
        Its steps are the leaves of every plan.
    optimiser : {'sgd', 'adam'}
    rate : float
        Learning rate.
    steps, batch : int
        Of every merge.
    shared : bool
        Whether one network serves all times.
    cell : Cell
        Where finished merges are kept.

    Attributes
    ----------
    contractions : list of lists
        Per merge, for every network of the stack: root of the mean square distance to the target
        after training over that before.
    """

    data: NoisedData
    teacher: Weights
    optimiser: str
    rate: float
    steps: int
    batch: int
    shared: bool
    cell: Cell
    contractions: list[list[float]] = field(default_factory=list)
    _trained: list[Weights] = field(default_factory=list)
    _done: int = 0

    def run(self, plan: MergePlan) -> Student:
        """Train a plan; goes on from the cell's last finished merge."""
        self._load()
        self._kept, self._latest = len(self._trained), self.teacher
        self._merge, self._done = 0, 0
        return plan.fold(partial(Student, self.teacher), self._node)

    def _node(self, children: list[Student], t: int) -> Student:
        k, self._merge = self._merge, self._merge + 1
        cost = self.steps * (len(children) + 3)
        if k < self._kept:
            weights = self._trained[k]
        else:
            start = self._latest if self.shared else children[-1].weights
            weights = self._train(start, children, t, k)
            self._trained.append(weights)
            self._save()
        self._latest = weights
        self._done += cost
        self.cell.tell(self._done)
        return Student(weights, t)

    def _train(self, start: Weights, children: list[Student], t: int, k: int) -> Weights:
        torch = load_torch()
        weights = {name: tensor.clone().requires_grad_() for name, tensor in start.items()}
        kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
        optimiser = kinds[self.optimiser](weights.values(), self.rate)
        rng = self.data.stream(self.cell.name, k)
        before = self._distances(weights, children, t, k)
        for _ in range(self.steps):
            losses = self._losses(weights, children, t, self.data.noised(t, self.batch, rng))
            optimiser.zero_grad()
            losses.sum().backward()
            optimiser.step()
        weights = {name: tensor.detach() for name, tensor in weights.items()}
        after = self._distances(weights, children, t, k)
        self.contractions.append(torch.sqrt(after / before).tolist())
        return weights

    def _losses(self, weights: Weights, children: list[Student], t: int, z: Any) -> Any:
        torch = load_torch()
        form = self.data.form
        with torch.no_grad():
            wanted = z
            for child in reversed(children):
                wanted = child(form, wanted)
        gap = (step(weights, form, z, t) - wanted) / form.out[t - 1]
        return (gap**2).sum(dim=2).mean(dim=1)

    def _distances(self, weights: Weights, children: list[Student], t: int, k: int) -> Any:
        z = self.data.noised(t, _PROBE, self.data.stream("probe", self.cell.name, k))
        with load_torch().no_grad():
            return self._losses(weights, children, t, z)

    def _save(self) -> None:
        arrays = {
            f"{k}.{name}": tensor.numpy()
            for k, weights in enumerate(self._trained)
            for name, tensor in weights.items()
        }
        self.cell.save(arrays | {"contractions": np.array(self.contractions)})

    def _load(self) -> None:
        torch = load_torch()
        arrays = self.cell.saved()
        if arrays is None:
            return
        self.contractions = arrays["contractions"].tolist()
        names = list(self.teacher)
        self._trained = [
            {name: torch.tensor(arrays[f"{k}.{name}"]) for name in names}
            for k in range(len(self.contractions))
        ]
