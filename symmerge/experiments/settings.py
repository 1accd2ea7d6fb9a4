"""The four experiments of arXiv 2606.03820 at two sizes: what is trained, on what, how long.

1  the score at a fixed time, by width and by component width sigma0
2  the flow map over ``ln 2 / (2 beta)``, weights clipped to [-B, B]
3  the flow map from noise to data, by the number of transformer blocks
4  the same map cut into n learned ones, stability-balanced against uniform grid

``paper`` is the published setting as far as the published tables tell it; what they do not tell
(the step counts of 2 and 3, what a transformer's tokens are, which layers ``depth`` counts) is
chosen here. ``small`` is a size for two CPU cores.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import log
from typing import Any

from ..errors import require
from ..schedule import whole

__all__ = ["SIZES", "Setting", "setting"]

SIZES = ("small", "paper")


@dataclass(frozen=True)
class Setting:
    """Everything the numbers of an experiment depend on.

    Attributes
    ----------
    number : int
    size : str
    axes : tuple of (name, values)
        What is varied.
    d, K : int
        Dimension and number of components.
    box : float
        Component means are uniform in ``[-box, box]^d``.
    mean_seed : int
        Seed of the means, for PyTorch's generator.
    beta, T : float
        The process; its stationary law has width 1.
    depth, width : int
        Hidden layers of a ReLU network, and units of each.
    steps : int
        Training steps of one student, or of all n students together.
    batch : int
    rate : float
        Learning rate of AdamW.
    decay, clip : float
        Weight decay; largest norm of a gradient.
    pool : int
        Teacher pairs per map and seed; batches pass over them in random order.
    points : int
        Fresh points that a student is measured on.
    seeds : int
        Independent repetitions: teacher pairs, first weights and order of batches.
    checkpoint : int
        Training steps between two checkpoints.
    """

    number: int
    size: str
    axes: tuple[tuple[str, tuple[Any, ...]], ...]
    d: int = 64
    K: int = 20
    box: float = 5.0
    mean_seed: int = 0
    beta: float = 5.0
    T: float = 1.0
    depth: int = 4
    width: int = 512
    steps: int = 20_000
    batch: int = 1024
    rate: float = 2e-4
    decay: float = 0.01
    clip: float = 1.0
    pool: int = 2**19
    points: int = 50_000
    seeds: int = 10
    checkpoint: int = 5_000

    @property
    def short_time(self) -> float:
        """``ln 2 / (2 beta)``, the time in which the squared signal is halved."""
        return log(2) / (2 * self.beta)

    def axis(self, name: str) -> tuple[Any, ...]:
        """Values of what is varied."""
        return dict(self.axes)[name]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self) | {"axes": {name: list(axis) for name, axis in self.axes}}


_TIMES = (0.1, 0.3, 0.5, 0.7, 0.9)
_SIGMAS = (0.01, 0.1, 1.0)
_SHORT = (
    ("teacher", ("coarse", "accurate")),
    ("sigma0", (1e-1, 1e-2, 1e-3, 1e-4)),
    ("B", (0.001, 0.01, 0.1, 0.25)),
)
_BLOCKS = (("blocks", (1, 2, 4, 8, 16)),)
_GRIDS = (
    ("n", (1, 4, 8, 16)),
    ("grid", ("stability", "uniform", "averaged")),
    ("student", ("plain", "residual")),
)


def _score_axes(*widths: int) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    return (("t", _TIMES), ("sigma0", _SIGMAS), ("width", widths))


_SMALL: dict[str, Any] = {
    "d": 16,
    "K": 8,
    "depth": 3,
    "width": 64,
    "steps": 1500,
    "batch": 256,
    "rate": 1e-3,
    "pool": 2**15,
    "points": 20_000,
    "checkpoint": 10_000,
    "seeds": 3,
}
_SMALL_BLOCKS = {"width": 32, "steps": 800, "batch": 128}
_SETTINGS = {
    (1, "paper"): Setting(1, "paper", _score_axes(128, 256, 512, 1024, 2048)),
    (2, "paper"): Setting(2, "paper", _SHORT),
    (3, "paper"): Setting(3, "paper", _BLOCKS, width=128),
    (4, "paper"): Setting(4, "paper", _GRIDS, steps=100_000),
    (1, "small"): Setting(1, "small", _score_axes(16, 32, 64, 128), **_SMALL),
    (2, "small"): Setting(2, "small", _SHORT, **_SMALL),
    (3, "small"): Setting(3, "small", (("blocks", (1, 2, 4, 8)),), **(_SMALL | _SMALL_BLOCKS)),
    (4, "small"): Setting(4, "small", _GRIDS, **(_SMALL | {"width": 96, "steps": 2400})),
}


def setting(number: Any, size: str = "small") -> Setting:
    """Return the setting of an experiment.

    Parameters
    ----------
    number : int, 1 to 4
    size : {'small', 'paper'}

    Examples
    --------
    >>> setting(4, "paper").steps, setting(4, "small").d
    (100000, 16)
    """
    which = whole(number, "experiment", 1, 4)
    require(size in SIZES, "size", f"must be one of {', '.join(SIZES)}", size)
    return _SETTINGS[which, size]
