r"""The merge recursion, over any number type (SPEC A3).

A node with children ``c_1..c_m`` whose noisiest step is j is a student that starts at
``M(c_m)``, is pulled towards ``M(c_m) prod_{l<m} M(c_l)`` and gets all but ``g_j`` of the way:

.. math:: M = M(c_m)\Bigl((1-g_j)\prod_{l<m}M(c_l) + g_j\Bigr).

The relative error ``e = M/C - 1`` obeys, without subtracting nearly equal numbers,

.. math:: f = (1-g_j)\,e_{\text{left}} + g_j(1/C_{\text{left}} - 1),\qquad
          e = e_{\text{right}} + f + e_{\text{right}}f.

:func:`fold` is the one recursion; :class:`Operator` and :class:`Error` are the two things it
computes. The searches use :func:`learned` and :func:`joined` on whole tables.
"""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from .chain import Chain
from .errors import InputError, require
from .plan import MergePlan, require_plan

__all__ = [
    "Error",
    "Operator",
    "difference",
    "first_learned",
    "fold",
    "joined",
    "learned",
    "operator",
    "relative_error",
]

Value = TypeVar("Value")
INITS = ("warm", "teacher")
TARGETS = ("teacher", "data")


def joined(e: Any, f: Any) -> Any:
    """Relative error of a product of two operators with relative errors e and f."""
    return e + f + e * f


def learned(e: Any, inverse_minus_one: Any, g: Any, h: Any) -> Any:
    """Relative error of ``(1-g) Q + g`` as a stand-in for C, where ``Q = C (1 + e)``."""
    return h * e + first_learned(inverse_minus_one, g)


def first_learned(inverse_minus_one: Any, g: Any) -> Any:
    """:func:`learned` where Q is exact, ``e = 0``: what finite training leaves of steps."""
    return g * inverse_minus_one


class Algebra(Protocol[Value]):
    """What a recursion over a plan computes."""

    def leaf(self, t: int) -> Value:
        """Value of the teacher step t."""
        ...

    def join(self, p: Value, q: Value) -> Value:
        """Value of two neighbours in a row."""
        ...

    def node(self, left: Value, right: Value, t: int) -> Value:
        """Value of the student trained at time t on `left` after `right`."""
        ...


def fold(plan: MergePlan, algebra: Algebra[Value]) -> Value:
    """Evaluate a plan bottom-up."""
    return plan.fold(
        algebra.leaf,
        lambda children, t: algebra.node(reduce(algebra.join, children[:-1]), children[-1], t),
    )


class Operator:
    """The merged operator M.

    Parameters
    ----------
    chain : Chain
    init : {'warm', 'teacher'}
        What the student at time j starts from: the operator that lives there when this merge
        begins, ``M(c_m)`` (warm start), or always the teacher's step ``a_j`` (SPEC A2).
    """

    def __init__(self, chain: Chain, init: str = "warm") -> None:
        require(init in INITS, "init", f"must be one of {', '.join(INITS)}", init)
        self.chain, self.warm = chain, init == "warm"

    def leaf(self, t: int) -> Any:
        """``a_t``."""
        return self.chain.a[t - 1]

    def join(self, p: Any, q: Any) -> Any:
        """Operators multiply."""
        return p * q

    def node(self, left: Any, right: Any, t: int) -> Any:
        """Convex combination of target and initialisation."""
        g, h = self.chain.g[t - 1], self.chain.h[t - 1]
        if self.warm:
            return right * (h * left + g)
        return h * right * left + g * self.chain.a[t - 1]


class Erring(NamedTuple):
    """Relative error of a sub-plan, its composite, and that composite without its last step."""

    e: Any
    c: Any
    but_last: Any


class Error:
    """The relative error ``e = M/C - 1`` (same parameters as :class:`Operator`)."""

    def __init__(self, chain: Chain, init: str = "warm") -> None:
        require(init in INITS, "init", f"must be one of {', '.join(INITS)}", init)
        self.chain, self.field, self.warm = chain, chain.field, init == "warm"
        self._no_error, self._nothing = self.field.number(0), self.field.unit()

    def leaf(self, t: int) -> Erring:
        """A teacher step has no error."""
        return Erring(self._no_error, self.chain.composites[t - 1], self._nothing)

    def join(self, p: Erring, q: Erring) -> Erring:
        """Errors of a product."""
        return Erring(joined(p.e, q.e), *self._composites(p, q))

    def _composites(self, p: Erring, q: Erring) -> tuple[Any, Any]:
        compose = self.field.compose
        return compose(p.c, q.c), compose(p.c, q.but_last)

    def node(self, left: Erring, right: Erring, t: int) -> Erring:
        """Error left by finite training."""
        g, h, field = self.chain.g[t - 1], self.chain.h[t - 1], self.field
        c, but_last = self._composites(left, right)
        if self.warm:
            f = learned(left.e, field.inverse_minus_one(left.c), g, h)
            return Erring(joined(right.e, f), c, but_last)
        target = joined(left.e, right.e)
        return Erring(learned(target, field.inverse_minus_one(but_last), g, h), c, but_last)


def operator(plan: MergePlan, chain: Chain, init: str = "warm") -> Any:
    """Merged operator M of a plan.

    Examples
    --------
    >>> from symmerge.chain import symbolic_chain
    >>> operator(MergePlan.parse("[1|[2|3]]"), symbolic_chain(3))
    a_3*(a_1*(1 - g_3) + g_3)*(a_2*(1 - g_3) + g_3)
    """
    _matches(plan, chain)
    with chain.field.working():
        return fold(plan, Operator(chain, init))


def relative_error(
    plan: MergePlan, chain: Chain, init: str = "warm", target: str = "teacher"
) -> Any:
    """Relative error of a plan: ``M/C - 1``, or against the data, ``M |u_T|/|u_0| - 1``.

    Parameters
    ----------
    target : {'teacher', 'data'}
        What M is compared with: the teacher composite C, or ``|u_0|/|u_T|`` (``sqrt(lam)`` for a
        schedule from clean data to pure noise), which the teacher itself misses by
        ``prod cos phi_t``.
    """
    _matches(plan, chain)
    require(target in TARGETS, "target", f"must be one of {', '.join(TARGETS)}", target)
    field = chain.field
    with field.working():
        e = fold(plan, Error(chain, init)).e
        if target == "teacher":
            return e
        if chain.teacher is None:
            raise InputError("target", "'data' needs a chain built from a schedule", target)
        reach = chain.teacher.shrinkage_composite
        shortfall = reach - 1 if field.exact else field.expm1(reach)
        return joined(e, shortfall)


def difference(plan: MergePlan, chain: Chain, init: str = "warm") -> Any:
    """``M - C``, finite even for vanishing variances, where ``C = 0`` and M itself is the error."""
    e = relative_error(plan, chain, init)
    with chain.field.working():
        if isinstance(chain.C, np.ndarray):
            return np.where(chain.C > 0, chain.C * e, operator(plan, chain, init))
        return chain.C * e if chain.field.sign(chain.C) != 0 else operator(plan, chain, init)


def _matches(plan: MergePlan, chain: Chain) -> None:
    require_plan(plan)
    wanted = "must be a Chain, as gradient_flow_chain makes it"
    require(isinstance(chain, Chain), "chain", wanted, chain)
    fits = plan.start == 1 and plan.T == chain.T
    require(fits, "plan", f"must cover steps 1..{chain.T}", f"{plan.start}..{plan.stop}")
