r"""Time grids: nodes at equal parts of a stability coordinate (ledger ``b1_error_growth``).

Node k of n lies where the coordinate reaches k/n of its value at T. The ``stability`` grid is the
one of the source; for :math:`\sigma_0 = \sigma_\infty` it is uniform in :math:`e^{-2\beta t}`
whatever the mixture (``b1_unit_width``). The other kinds use sharper coordinates, ``averaged`` the
closed bound of :func:`symmerge.flow.averaged.averaged_bound`, and ``uniform`` the time itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..errors import InputError, require
from ..numbers import exact
from ..schedule import whole
from .averaged import averaged_bound
from .mixture import Mixture
from .stability import KINDS, Stability

__all__ = ["GRID_KINDS", "Grid", "grid"]

GRID_KINDS = (*KINDS, "averaged", "uniform")
_MOST_SEGMENTS = 100_000
_LONGEST = 10**6


@dataclass(frozen=True)
class Grid:
    """Times ``0 = t_0 < … < t_n = T``.

    Attributes
    ----------
    kind : str
    times : tuple of float
    total : float
        The coordinate at T, in the units of that kind.
    """

    kind: str
    times: tuple[float, ...]
    total: float

    @property
    def segments(self) -> int:
        """Number of intervals."""
        return len(self.times) - 1

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "schema": "symmerge.grid",
            "version": 1,
            "kind": self.kind,
            "segments": self.segments,
            "times": list(self.times),
            "total": self.total,
        }

    def __str__(self) -> str:
        shown = " ".join(f"{t:.7g}" for t in self.times)
        return f"{self.kind} grid, {self.segments} segments, coordinate {self.total:.6g}\n{shown}"


def grid(kind: str, segments: Any, T: Any, flow: Mixture | Stability) -> Grid:
    """Return the nodes of a grid.

    Parameters
    ----------
    kind : {'stability', 'sup', 'one-sided', 'averaged', 'uniform'}
    segments : int
    T : number > 0
        End time.
    flow : Mixture, or Stability
        What the coordinate depends on; ``averaged`` needs the mixture itself.

    Raises
    ------
    InputError
        Also if the coordinate is 0 on [0, T], and if nodes coincide in float64.

    Examples
    --------
    >>> [round(t, 6) for t in grid("stability", 4, 1, Stability(1, 41, beta=5)).times]
    [0.0, 0.028767, 0.06931, 0.138616, 1.0]
    """
    require(kind in GRID_KINDS, "kind", f"must be one of {', '.join(GRID_KINDS)}", kind)
    n = whole(segments, "segments", 1, _MOST_SEGMENTS)
    end = exact(T, "T")
    require(0 < end <= _LONGEST, "T", f"must be > 0, at most {_LONGEST}", T)
    last = float(end)
    if kind == "uniform":
        return _checked(Grid(kind, (*(float(end * k / n) for k in range(n)), last), last))
    if kind == "averaged":
        if not isinstance(flow, Mixture):
            raise InputError("kind", "needs the mixture, not only its diameter", kind)
        mixture = flow
        total = averaged_bound(mixture, last)
        reach: Callable[[float], float] = _bisection(lambda t: averaged_bound(mixture, t), last)
    else:
        stability = Stability.of(flow) if isinstance(flow, Mixture) else flow
        total = stability.greatest(last, kind)

        def reach(level: float) -> float:
            return float(stability.inverse(level, kind))

    if not total > 0:
        reason = (
            "vanishes: the flow towards the data only contracts"
            if kind == "one-sided"
            else "vanishes"
        )
        raise InputError("coordinate", reason, total, "try --kind uniform")
    inner = [reach(total * k / n) for k in range(1, n)]
    # The last node is T by definition; inverting the coordinate there loses digits.
    return _checked(Grid(kind, (0.0, *inner, last), float(total)))


def _checked(found: Grid) -> Grid:
    rises = all(a < b for a, b in pairwise(found.times))
    require(rises, "segments", "are too many: nodes coincide in float64", found.segments)
    return found


def _bisection(coordinate: Callable[[float], float], last: float) -> Callable[[float], float]:
    """Invert an increasing function on [0, last] to full relative precision."""

    def reach(level: float) -> float:
        low, high = 0.0, last
        while True:
            # Geometric steps while the ends differ in size: first nodes can be tiny.
            wide = low == 0 or high / low > 4
            floor = max(low, 1e-300)
            middle = math.sqrt(floor * high) if wide and high > 4e-300 else (low + high) / 2
            if not low < middle < high:
                return high
            if coordinate(middle) < level:
                low = middle
            else:
                high = middle

    return reach
