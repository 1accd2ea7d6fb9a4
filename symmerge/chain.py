"""The chain a plan is merged over: teacher steps and shrinkage factors in one number type."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from .errors import require
from .numbers import EXACT, FLOAT, SYMBOLIC, Field
from .schedule import Schedule, require_schedule, whole
from .student import GradientFlow, ShrinkageLaw
from .teacher import Teacher

__all__ = ["Chain", "build_chain", "chain_of", "gradient_flow_chain", "symbolic_chain"]


@dataclass(frozen=True, eq=False)
class Chain:
    """What the merge recursion needs, for steps t = 1..T (rows are indexed by ``t - 1``).

    Attributes
    ----------
    x : array (T,) or (T, d)
        ``a_t - 1``, computed without cancellation.
    a : array
        Teacher steps ``a_t``.
    g, h : array
        Shrinkage factors ``g_t`` and ``1 - g_t``.
    field : Field
        Number type of all of them; compute inside ``field.working()``.
    teacher : Teacher or None
        Where the steps come from; None for abstract chains.
    """

    x: np.ndarray
    a: np.ndarray
    g: np.ndarray
    h: np.ndarray
    field: Field
    teacher: Teacher | None = attribute(default=None, repr=False)

    @property
    def T(self) -> int:
        """Number of teacher steps."""
        return len(self.x)

    @cached_property
    def composites(self) -> list[Any]:
        """Composite of every single step (see :mod:`symmerge.numbers`)."""
        with self.field.working():
            return [self.field.composite(a, x) for a, x in zip(self.a, self.x, strict=True)]

    @cached_property
    def composite(self) -> Any:
        """Composite of all steps."""
        total = self.field.unit()
        for c in self.composites:
            total = self.field.compose(total, c)
        return total

    @cached_property
    def C(self) -> Any:
        """Teacher composite ``C = prod a_t``."""
        product = self.field.number(1)
        for a in self.a:
            product = product * a
        return product


def build_chain(schedule: Schedule, lam: Any, law: ShrinkageLaw, field: Field = FLOAT) -> Chain:
    """Assemble the chain of a schedule, data variance(s) and shrinkage law.

    Parameters
    ----------
    schedule : Schedule
    lam : exact number, SymPy expression, or (float64) array (d,) of variances
    law : ShrinkageLaw
    field : Field
    """
    require_schedule(schedule)
    wanted = "must be a law, such as GradientFlow(1)"
    require(hasattr(law, "factors"), "law", wanted, law)
    with field.working():
        value = lam if isinstance(lam, np.ndarray | sympy.Expr) else field.number(lam)
        teacher = Teacher(schedule, value, field)
        g, h = law.factors(teacher.v, field)
        return Chain(teacher.x, teacher.a, g, h, field, teacher)


def chain_of(x: Any, g: Any, field: Field = EXACT) -> Chain:
    """Chain from given steps ``x_t = a_t - 1`` and factors ``g_t``, for abstract questions."""
    steps, factors = field.vector(x), field.vector(g)
    return Chain(steps, 1 + steps, factors, 1 - factors, field)


def symbolic_chain(T: int) -> Chain:
    """Chain of symbols ``a_1..a_T, g_1..g_T`` for deriving formulas.

    Examples
    --------
    >>> symbolic_chain(2).a
    array([a_1, a_2], dtype=object)
    """
    whole(T, "T", 1)
    a = SYMBOLIC.vector(sympy.Symbol(f"a_{t}", positive=True) for t in range(1, T + 1))
    g = SYMBOLIC.vector(sympy.Symbol(f"g_{t}", positive=True) for t in range(1, T + 1))
    return Chain(a - 1, a, g, 1 - g, SYMBOLIC)


def gradient_flow_chain(schedule: Schedule, lam: Any, s: Any, field: Field = FLOAT) -> Chain:
    """Shorthand for :func:`build_chain` with gradient flow for time `s` per merge."""
    return build_chain(schedule, lam, GradientFlow(s), field)
