"""Training the students of a task, with checkpoints, and measuring what they do.

Each student learns by AdamW on the mean squared error, with the gradient's norm clipped. Batches
depend on the seed and the step only, so a run that goes on from a checkpoint ends in the numbers
of an undisturbed one: bit for bit with the same machine, versions and number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..flow.score import log_density
from ..runs import Cell
from .settings import Setting
from .students import Student
from .tasks import Task
from .teacher import Pairs, mixture, stream
from .torch_extra import load_torch

__all__ = ["Trainer", "relative_error"]

_AT_ONCE = 8192
_TOLD = 100
_MOMENTS = ("exp_avg", "exp_avg_sq")  # AdamW's names for them


def relative_error(found: np.ndarray, wanted: np.ndarray) -> float:
    r"""RelMSE, :math:`\sum |\hat y - y|^2 / \sum |y|^2`, in float64.

    Examples
    --------
    >>> relative_error(np.array([[3.0, 3.0]]), np.array([[3.0, 4.0]]))
    0.04
    """
    gap = np.asarray(found, dtype=float) - wanted
    return float(np.sum(gap**2) / np.sum(np.square(wanted)))


class Trainer:
    """Trains and measures the tasks of a setting, on a device."""

    def __init__(self, setting: Setting, device: str) -> None:
        self.setting, self.device = setting, device
        self.pairs = Pairs(setting)

    def run(self, task: Task, cell: Cell) -> dict[str, Any]:
        """Train the students of a task, and measure them.

        Returns
        -------
        dict
            ``relmse`` of the composed students; ``segments``, the RelMSE of each student on fresh
            points of its own time, and ``pools``, on its pool; ``parameters``, their number. In
            experiment 4 also ``nll``, the mean of ``-log p_0`` over the composed students'
            points, and ``teacher_nll`` over the teacher's.
        """
        pools = self.pairs.pools(task.target, task.sigma0, task.times, task.seed)
        each = self.setting.steps // task.segments
        learners: list[_Learner] = []
        saved = cell.saved()
        begin = 0 if saved is None else int(saved["step"])
        # From the noisy end, in the order in which students are applied.
        for turn, segment in enumerate(reversed(range(task.segments))):
            learner = _Learner(self.setting, task, segment, self.device, *pools[segment])
            learners.append(learner)
            start = min(max(begin - turn * each, 0), each)
            if saved is not None and start > 0:
                learner.restore(saved)
            for step in range(start, each):
                learner.step(step)
                now = turn * each + step + 1
                if now % _TOLD == 0:
                    cell.tell(now)
                if now % self.setting.checkpoint == 0:
                    state = {"step": np.array(now)}
                    for known in learners:
                        state |= known.state()
                    cell.save(state)
        return self._measured(task, learners)

    def _measured(self, task: Task, learners: list[_Learner]) -> dict[str, Any]:
        trail = self.pairs.trail(task.target, task.sigma0, task.times)
        y = trail[0]
        segments, pools = [], []
        for learner, before, after in zip(learners, trail, trail[1:], strict=False):
            y = learner.answers(y)
            segments.append(relative_error(learner.answers(before), after))
            x, wanted = (side[: self.setting.points].cpu().numpy() for side in learner.pool)
            pools.append(relative_error(learner.answers(x), wanted.astype(float)))
        found = {
            "relmse": relative_error(y, trail[-1]),
            "segments": segments,
            "pools": pools,
            "parameters": sum(learner.student.size for learner in learners),
        }
        if self.setting.number == 4:  # for small sigma0 any error makes it huge
            flow = mixture(self.setting, task.sigma0)
            for name, points in (("nll", y), ("teacher_nll", trail[-1])):
                found[name] = -float(np.mean(log_density(flow, points, 0)))
        return found


class _Learner:
    """One student under training."""

    def __init__(
        self,
        setting: Setting,
        task: Task,
        segment: int,
        device: str,
        x: np.ndarray,
        y: np.ndarray,
    ) -> None:
        self.torch = load_torch()
        self.setting, self.segment, self.device = setting, segment, device
        self.seed, self.bound = task.seed, task.bound
        self.student: Student = task.student(setting, segment, device)
        self.pool = tuple(self.torch.from_numpy(side).to(device) for side in (x, y))
        self.optimizer = self.torch.optim.AdamW(
            self.student.parameters.values(), lr=setting.rate, weight_decay=setting.decay
        )
        self._pass = -1

    def _batch(self, step: int) -> tuple[Any, Any]:
        """The pairs of a step; every pass goes over the pool in a new order."""
        size, batch = len(self.pool[0]), self.setting.batch
        number, place = divmod(step, size // batch)
        if number != self._pass:
            seed = stream("order", self.setting.size, self.seed, self.segment, number)
            generator = self.torch.Generator().manual_seed(seed)
            self._order = self.torch.randperm(size, generator=generator).to(self.device)
            self._pass = number
        chosen = self._order[place * batch : (place + 1) * batch]
        return self.pool[0][chosen], self.pool[1][chosen]

    def step(self, step: int) -> None:
        """One step of the optimiser."""
        torch, parameters = self.torch, self.student.parameters
        x, y = self._batch(step)
        self.optimizer.zero_grad()
        torch.nn.functional.mse_loss(self.student(x), y).backward()
        torch.nn.utils.clip_grad_norm_(parameters.values(), self.setting.clip)
        self.optimizer.step()
        if self.bound is not None:
            with torch.no_grad():
                for name, value in parameters.items():
                    if name.endswith(".weight"):
                        value.clamp_(-self.bound, self.bound)

    def answers(self, x: np.ndarray) -> np.ndarray:
        """The student's answers to many points."""
        torch = self.torch
        with torch.no_grad():
            points = torch.from_numpy(np.asarray(x, dtype=np.float32))
            parts = [self.student(part.to(self.device)).cpu() for part in points.split(_AT_ONCE)]
            return np.asarray(torch.cat(parts).numpy())

    def state(self) -> dict[str, np.ndarray]:
        """All that training goes on from."""
        found = {}
        for name, value in self.student.parameters.items():
            at = f"{self.segment}:{name}"
            found[at] = value.detach().cpu().numpy().copy()
            for moment in _MOMENTS:
                found[f"{at}:{moment}"] = self.optimizer.state[value][moment].cpu().numpy().copy()
            found[f"{at}:step"] = self.optimizer.state[value]["step"].cpu().numpy().copy()
        return found

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """Go on from there."""
        torch = self.torch
        for name, value in self.student.parameters.items():
            at = f"{self.segment}:{name}"
            with torch.no_grad():
                value.copy_(torch.from_numpy(saved[at]))
            self.optimizer.state[value] = {
                moment: torch.from_numpy(saved[f"{at}:{moment}"]).to(self.device)
                for moment in _MOMENTS
            } | {"step": torch.from_numpy(saved[f"{at}:step"])}
