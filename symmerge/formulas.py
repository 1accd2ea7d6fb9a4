r"""The base formulas of one step, as SymPy expressions, from the classes that compute them.

:func:`step_formulas` runs :class:`symmerge.teacher.Teacher` and
:class:`symmerge.student.GradientFlow` on symbols, so what is printed
(:mod:`symmerge.derive`) and what is compiled (:mod:`symmerge.kernels`) cannot drift from what is
computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy

from .numbers import SYMBOLIC, Field
from .schedule import Levels, Schedule
from .student import GradientFlow
from .teacher import Teacher

__all__ = ["READABLE", "StepFormulas", "step_formulas"]


@dataclass(frozen=True)
class StepFormulas:
    """Formulas of an unnamed step t and the symbols they are written in.

    Attributes
    ----------
    lam, s : Symbol
        Data variance and training time.
    levels : Levels
        Arrays of symbols: ``alpha = (alpha_(t-1), alpha_t)``, ``sigma`` alike, and the drops.
    v, a, x : Expr
        ``v_t``, ``a_t`` and ``a_t - 1`` (the last one in terms of the drops).
    g, h : Expr
        ``g_t`` and ``1 - g_t``.
    threshold : Expr
        ``lam_t*``, in terms of the drops.
    """

    lam: sympy.Symbol
    s: sympy.Symbol
    levels: Levels
    v: sympy.Expr
    a: sympy.Expr
    x: sympy.Expr
    g: sympy.Expr
    h: sympy.Expr
    threshold: sympy.Expr


class _Step(Schedule):
    """One step of any schedule, with symbols for its levels."""

    def __init__(self, levels: Levels, variance_preserving: bool) -> None:
        for name, value in (("kind", "step"), ("T", 1), ("parameters", ())):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "symbols", levels)
        object.__setattr__(self, "preserving", variance_preserving)

    @property
    def variance_preserving(self) -> bool:
        """Whether ``alpha_t^2 + sigma_t^2 = 1`` may be used."""
        return self.preserving

    def levels(self, field: Field) -> Levels:
        """Return the symbols; `field` must be symbolic."""
        return self.symbols

    symbols: Levels
    preserving: bool


def _symbol(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, positive=True)


@lru_cache(maxsize=16)
def step_formulas(
    lam: sympy.Symbol | None = None, variance_preserving: bool = False
) -> StepFormulas:
    """Return the formulas of a step.

    Parameters
    ----------
    lam : Symbol, optional
        Symbol for the data variance; ``lambda`` by default.
    variance_preserving : bool
        Write ``x`` and the threshold in the form that :class:`~symmerge.teacher.Teacher` uses for
        variance-preserving schedules.

    Examples
    --------
    >>> step = step_formulas()
    >>> step.a
    (alpha_(t-1)*alpha_t*lambda + sigma_(t-1)*sigma_t)/(alpha_t**2*lambda + sigma_t**2)
    >>> step.threshold
    sigma_rise*sigma_t/(alpha_drop*alpha_t)
    """
    lam = _symbol("lambda") if lam is None else lam
    s = _symbol("s")
    columns = (
        ("alpha_(t-1)", "alpha_t"),
        ("sigma_(t-1)", "sigma_t"),
        ("alpha_drop",),
        ("sigma_rise",),
    )
    levels = Levels(*(SYMBOLIC.vector(map(_symbol, names)) for names in columns))
    teacher = Teacher(_Step(levels, variance_preserving), lam, SYMBOLIC)
    g, h = GradientFlow(s).factors(teacher.v[0], SYMBOLIC)
    return StepFormulas(
        lam, s, levels, teacher.v[0], teacher.a[0], teacher.x[0], g, h, teacher.thresholds[0]
    )


class _Readable(Field):
    """SymPy expressions for reading: ``cos(pi/8)`` stays, instead of turning into nested roots."""

    name = "sympy, for reading"
    functions = SYMBOLIC.functions

    def number(self, value: Fraction | int) -> sympy.Expr:
        """Enter an exact rational."""
        return SYMBOLIC.number(value)

    def root(self, x: Any, n: int) -> Any:
        """Real n-th root of a positive number."""
        return SYMBOLIC.root(x, n)

    def cos_pi(self, q: Fraction) -> sympy.Expr:
        """Cosine of ``pi q``."""
        return _kept(sympy.cos, q)

    def sin_pi(self, q: Fraction) -> sympy.Expr:
        """Sine of ``pi q``."""
        return _kept(sympy.sin, q)


def _kept(function: Any, q: Fraction) -> sympy.Expr:
    """Trigonometric function at ``pi q``, evaluated where that gives at most one square root."""
    angle = sympy.pi * SYMBOLIC.number(q)
    value = function(angle)
    plain = not value.is_Add and all(root.base.is_Rational for root in value.atoms(sympy.Pow))
    return value if plain else function(angle, evaluate=False)


READABLE = _Readable()
