"""The cells of an experiment: which students are trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from ..flow.grid import grid
from .settings import Setting
from .students import Student, mlp, transformer
from .teacher import mixture, stream

__all__ = ["Task", "tasks"]

_MIDDLE = 0.1  # sigma0 at which widths are compared


@dataclass(frozen=True)
class Task:
    """Students for the maps between neighbouring times, applied one after the other.

    Attributes
    ----------
    keys : dict
        What tells it from the others, without the seed.
    seed : int
    target : {'score', 'accurate', 'coarse'}
        See :class:`symmerge.experiments.teacher.Pairs`.
    sigma0 : float
    times : tuple of float
        Ascending; two equal ones for the score at that time.
    kind : {'plain', 'residual', 'transformer'}
    size : int
        Width of a ReLU network, or blocks of a transformer.
    bound : float or None
        Weight matrices are clipped to ``[-bound, bound]`` after every step; biases are not.
    """

    keys: dict[str, Any]
    seed: int
    target: str
    sigma0: float
    times: tuple[float, ...]
    kind: str
    size: int
    bound: float | None = None

    @property
    def name(self) -> str:
        """File name of the cell."""
        shown = (f"{key}={value}" for key, value in self.keys.items())
        return "-".join((*shown, f"seed={self.seed}")).lower()

    @property
    def segments(self) -> int:
        """Number of students."""
        return len(self.times) - 1

    def student(self, setting: Setting, segment: int, device: str) -> Student:
        """An untrained student for ``times[segment + 1] -> times[segment]``."""
        seed = stream("weights", setting.size, self.seed, segment)
        if self.kind == "transformer":
            return transformer(setting.d, self.size, setting.width, seed, device)
        residual = self.kind == "residual"
        return mlp(setting.d, setting.depth, self.size, seed, residual, device)


def tasks(setting: Setting) -> list[Task]:
    """All tasks, those with the same teacher pairs next to each other.

    Examples
    --------
    >>> from symmerge.experiments.settings import setting
    >>> [task.name for task in tasks(setting(3, "paper"))][:2]
    ['blocks=1-seed=0', 'blocks=2-seed=0']
    """
    make = (_scores, _short_maps, _full_maps, _grids)[setting.number - 1]
    return list(make(setting))


def _scores(setting: Setting) -> Iterator[Task]:
    for t, sigma0 in product(setting.axis("t"), setting.axis("sigma0")):
        # One axis is varied at a time.
        widths = {setting.width, *(setting.axis("width") if sigma0 == _MIDDLE else ())}
        for seed, width in product(range(setting.seeds), sorted(widths)):
            keys = {"sigma0": sigma0, "width": width, "t": t}
            yield Task(keys, seed, "score", sigma0, (t, t), "plain", width)


def _short_maps(setting: Setting) -> Iterator[Task]:
    times = 0.0, setting.short_time
    for target, sigma0, seed, bound in product(
        setting.axis("teacher"), setting.axis("sigma0"), range(setting.seeds), setting.axis("B")
    ):
        keys = {"teacher": target, "sigma0": sigma0, "B": bound}
        yield Task(keys, seed, target, sigma0, times, "plain", setting.width, bound)


def _full_maps(setting: Setting) -> Iterator[Task]:
    times = 0.0, setting.T
    for seed, blocks in product(range(setting.seeds), setting.axis("blocks")):
        yield Task({"blocks": blocks}, seed, "accurate", 1e-3, times, "transformer", blocks)


def _grids(setting: Setting) -> Iterator[Task]:
    flow = mixture(setting, 1.0)
    for n in setting.axis("n"):
        for kind in setting.axis("grid") if n > 1 else ("none",):
            times = grid("uniform" if n == 1 else kind, n, setting.T, flow).times
            for seed, student in product(range(setting.seeds), setting.axis("student")):
                keys = {"student": student, "grid": kind, "n": n}
                yield Task(keys, seed, "accurate", 1.0, times, student, setting.width)
