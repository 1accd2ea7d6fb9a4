r"""What is true at points of a sweep, in many digits.

A point is evaluated by the recursion over plans on Arb balls of 256 bits, not by the array formulas
of the sweep. Beside the error stands the size of the terms that sum to it, since no float64
computation can do better than a share of that. It follows the recursion,

.. math:: |f| = (1-g)\,|e_{left}| + g\,|y_{left}|, \qquad |pq| = |p|(1+q) + (1+p)|q|.

Workers find this for points of their chunks without looking at what they computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from ..chain import Chain, gradient_flow_chain
from ..merge import fold, joined, learned, relative_error
from ..numbers import FLOAT, balls
from ..search.problem import ScalarProblem
from ..search.scalar import regime_of
from ..student import GradientFlow
from .chunks import Task, schedule_of
from .spec import plan_of

__all__ = ["Asked", "TrueError", "Truth", "term_size", "truths"]

_BITS = 256


class Asked(NamedTuple):
    """A point to be evaluated again, and whether its regime is to be decided again."""

    place: tuple[int, int, int]
    lam: float
    s: float
    decided: bool


class TrueError(NamedTuple):
    """An error as ``high + low``, and the size of the terms that sum to it."""

    high: float
    low: float
    size: float


class Truth(NamedTuple):
    """What is true at a point: an error per plan (none for ``'best'``), regime and best error.

    Regime and best error are None unless they were asked for, the latter also where the regime
    names no plan.
    """

    errors: tuple[TrueError | None, ...]
    regime: str | None
    best: TrueError | None


def truths(work: Task, asked: Sequence[Asked]) -> list[Truth]:
    """What is true at points of a chunk."""
    return [_truth(work, point) for point in asked]


def _truth(work: Task, point: Asked) -> Truth:
    schedule, lam, s = schedule_of(work), Fraction(point.lam), Fraction(point.s)
    chains: dict[Fraction, tuple[Chain, Chain]] = {}
    errors: list[TrueError | None] = []
    for name in work.plans:
        if name == "best":
            errors.append(None)
            continue
        plan = plan_of(name, schedule.T)
        time = Fraction(point.s / plan.merges) if work.budget == "total" else s
        if time not in chains:
            chains[time] = (
                gradient_flow_chain(schedule, lam, time, balls(_BITS)),
                gradient_flow_chain(schedule, lam, time),
            )
        certain, rounded = chains[time]
        errors.append(_true_error(relative_error(plan, certain), term_size(plan, rounded)))
    if not point.decided:
        return Truth(tuple(errors), None, None)
    problem = ScalarProblem(lam, schedule, GradientFlow(s))
    regime, tree, _ = regime_of(problem)
    if tree is None:
        return Truth(tuple(errors), regime, None)
    best = _true_error(problem.ball(tree), term_size(tree, problem.chain))
    return Truth(tuple(errors), regime, best)


def _true_error(true: Any, size: float) -> TrueError:
    """A ball as a sum of two float64, which has twice the digits of one."""
    high = float(true)
    with balls(_BITS).working():
        return TrueError(high, float(true - high), size)


class _Sized(NamedTuple):
    """Error and ``1/C - 1`` of a part, each with the size of its terms."""

    e: float
    e_size: float
    y: float
    y_size: float


def _size(p: float, p_size: float, q: float, q_size: float) -> float:
    return p_size * (1 + q) + q_size * (1 + p)


@dataclass(frozen=True)
class _TermSize:
    """Algebra of the size of the terms that sum to an error."""

    chain: Chain

    def leaf(self, t: int) -> _Sized:
        y = -float(self.chain.x[t - 1]) / float(self.chain.a[t - 1])
        return _Sized(0.0, 0.0, y, abs(y))

    def join(self, p: _Sized, q: _Sized) -> _Sized:
        e_size = _size(p.e, p.e_size, q.e, q.e_size)
        return _Sized(
            joined(p.e, q.e), e_size, joined(p.y, q.y), _size(p.y, p.y_size, q.y, q.y_size)
        )

    def node(self, left: _Sized, right: _Sized, t: int) -> _Sized:
        g, h = float(self.chain.g[t - 1]), float(self.chain.h[t - 1])
        f, f_size = learned(left.e, left.y, g, h), learned(left.e_size, left.y_size, g, h)
        y, y_size = joined(left.y, right.y), _size(left.y, left.y_size, right.y, right.y_size)
        return _Sized(joined(right.e, f), _size(right.e, right.e_size, f, f_size), y, y_size)


def term_size(plan: Any, chain: Chain) -> float:
    """Sum of the sizes of the terms of a plan's relative error, for a float64 chain."""
    with FLOAT.working():
        return fold(plan, _TermSize(chain)).e_size
