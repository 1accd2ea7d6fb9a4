r"""The phase boundary in the data variance, analytically (SPEC A4-A6).

Five edges split the variances for a given schedule and shrinkage law:

===================  ================================================================
``lam <= lam_boot``  every step ``a_t <= 1`` (t < T): BOOT is optimal, whatever s
``.. lam_lo``        every plan still overshoots (``e >= 0``); ``e_min = 0`` at the edge
``lam_0``            the composite ``C[1,T-1] = 1``; inside the band of both signs
``lam_hi ..``        every plan falls short (``e <= 0``); ``e_max = 0`` at the edge
``lam >= lam_van``   every step ``a_t >= 1``: vanilla is optimal, whatever s
===================  ================================================================

``lam_boot`` and ``lam_van`` are the smallest and the largest threshold
``lam_t* = sigma_t (sigma_t - sigma_{t-1}) / (alpha_t (alpha_{t-1} - alpha_t))`` over t < T. For the
cosine schedule they are ``tan(pi/4 + pi/(4T))`` and ``1 + sec(pi/(2T))``.

``lam_lo`` and ``lam_hi`` are enclosed by certified signs of ``e_min`` and ``e_max`` on both sides:
a root lies inside for certain. That there is only one (``e_min`` and ``e_max`` decreasing in
``lam``) is seen numerically, not proved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from .chain import build_chain
from .errors import require
from .merge import relative_error
from .numbers import EXACT, FLOAT, Field, balls, decimal_bounds, exact, multiprecision
from .plan import MergePlan
from .schedule import Schedule, require_schedule, whole
from .search import interval, theorems
from .search.blocks import code_plan
from .search.problem import ScalarProblem
from .student import GradientFlow, ShrinkageLaw
from .teacher import Teacher

__all__ = ["Edge", "PhaseEdges", "band_edges", "closed_forms", "edges"]

_NAMES = ("lam_boot", "lam_lo", "lam_0", "lam_hi", "lam_van")


@dataclass(frozen=True)
class Edge:
    """One edge: nearest float, certified decimal bounds, and a closed form where there is one."""

    value: float
    enclosure: tuple[str, str]
    closed_form: sympy.Expr | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        form = None if self.closed_form is None else str(self.closed_form)
        return {"value": self.value, "enclosure": list(self.enclosure), "closed_form": form}


@dataclass(frozen=True)
class PhaseEdges:
    """The five edges for one schedule and law; None where the schedule has no such edge.

    A variance-exploding schedule has none: there all steps shrink for every variance.
    """

    schedule: Schedule
    law: ShrinkageLaw
    lam_boot: Edge | None
    lam_lo: Edge | None
    lam_0: Edge | None
    lam_hi: Edge | None
    lam_van: Edge | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        edge = {name: getattr(self, name) for name in _NAMES}
        shown = {name: None if e is None else e.to_dict() for name, e in edge.items()}
        return {"T": self.schedule.T, "schedule": self.schedule.kind, "law": str(self.law), **shown}

    def __str__(self) -> str:
        lines = [f"{self.schedule}, {self.law}"]
        for name in _NAMES:
            edge = getattr(self, name)
            if edge is None:
                lines.append(f"{name:9} none: every step shrinks for every variance")
                continue
            form = "" if edge.closed_form is None else f" = {edge.closed_form}"
            lines.append(f"{name:9} {edge.value:.15g}{form}, in [{', '.join(edge.enclosure)}]")
        return "\n".join(lines)

    def _repr_latex_(self) -> str:
        symbols = (r"\mathrm{BOOT}", r"\mathrm{lo}", "0", r"\mathrm{hi}", r"\mathrm{van}")
        rows = []
        for name, symbol in zip(_NAMES, symbols, strict=True):
            edge = getattr(self, name)
            value = r"\infty" if edge is None else f"{edge.value:.10g}"
            form = ""
            if edge is not None and edge.closed_form is not None:
                form = f"= {sympy.latex(edge.closed_form)}"
            rows.append(rf"\lambda_{{{symbol}}} &= {value} {form}")
        return r"$\begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}$"


def closed_forms(T: Any = None) -> tuple[sympy.Expr, sympy.Expr]:
    r"""``lam_boot`` and ``lam_van`` of the cosine schedule, for a symbolic T by default.

    Derived from the threshold ``tan theta / tan(theta - Delta/2)`` (VP schedules, SPEC A4), with
    ``Delta = pi/(2T)``: as a function of theta it depends on ``sin(2 theta - Delta/2)`` alone and
    decreases in it, so over t < T it is largest at t = 1 and smallest where ``2 theta - Delta/2``
    is nearest to a right angle, at ``theta = pi/4`` (T even) or ``pi/4 + Delta/2`` (T odd), which
    give the same value.

    Examples
    --------
    >>> for edge in closed_forms():
    ...     print(edge)
    tan(pi/4 + pi/(4*T))
    1 + 1/cos(pi/(2*T))
    """
    T = sympy.Symbol("T", integer=True, positive=True) if T is None else sympy.Integer(int(T))
    delta = sympy.pi / (2 * T)

    def threshold(theta: sympy.Expr) -> sympy.Expr:
        return sympy.tan(theta) / sympy.tan(theta - delta / 2)

    # At theta = pi/4 + Delta/2 the denominator is tan(pi/4) = 1.
    lam_boot = threshold(sympy.pi / 4 + delta / 2)
    # At theta = Delta the threshold is tan(Delta)/tan(Delta/2) = 2/(1 - tan(Delta/2)^2).
    lam_van = 1 + 1 / sympy.cos(delta)
    return lam_boot, lam_van


def _threshold_range(schedule: Schedule, field: Field) -> tuple[Any, Any] | None:
    """Smallest and largest threshold over t < T; None if a step shrinks for every variance."""
    with field.working():
        found = Teacher(schedule, field.number(1), field).thresholds[:-1]
        if None in found:
            return None
        return field.minimum(found), field.maximum(found)


def _forms(schedule: Schedule) -> tuple[sympy.Expr | None, sympy.Expr | None]:
    if schedule.kind == "cosine":
        # For T = 2 the only threshold that matters is both the smallest and the largest.
        lam_boot, lam_van = closed_forms(schedule.T)
        return (lam_van, lam_van) if schedule.T == 2 else (lam_boot, lam_van)
    if schedule.rational and (ends := _threshold_range(schedule, EXACT)) is not None:
        low, high = (sympy.Rational(q.numerator, q.denominator) for q in ends)
        return low, high
    return None, None


def _root(f: Callable[[Any], Any], start: tuple[Any, ...], context: Any, solver: str) -> Fraction:
    """Root of f by a library solver; what it returns is only a guess until signs certify it."""
    try:
        found = context.findroot(f, start, solver=solver, verify=False, maxsteps=200)
    except (ValueError, ZeroDivisionError):
        found = context.nan
    rule = "must not be so extreme: an edge between the strategies was not found"
    require(bool(context.isfinite(found)), "s and schedule", rule, "no root")
    return exact(found)


def _extreme_plan(problem: ScalarProblem, sense: str) -> MergePlan:
    """Plan with the extreme error, in float64."""
    if theorems.condition_g(problem.chain):
        return code_plan(theorems.root_cuts(problem.chain, sense))
    return interval.interval_plan(problem.chain, sense).plan


def _float_root(
    schedule: Schedule, law: ShrinkageLaw, sense: str, ends: tuple[Any, Any]
) -> Fraction:
    """Root of the extreme error between two variances, by bracketing in float64."""
    context = multiprecision(15).context

    def extreme(lam: Any) -> Any:
        problem = ScalarProblem(exact(lam), schedule, law)
        plan = _extreme_plan(problem, sense)
        with FLOAT.working():
            return context.mpf(float(relative_error(plan, problem.chain) / problem.chain.g[-1]))

    return _root(extreme, ends, context, "anderson")


def band_edges(
    T: int | None = None, s: Any = None, schedule: Schedule | None = None
) -> tuple[float, float] | None:
    """``lam_lo, lam_hi`` in float64, for pictures; None for a schedule without thresholds.

    Examples
    --------
    >>> lo, hi = band_edges(8, 3)
    >>> f"{lo:.5f} {hi:.5f}"
    '1.27042 1.33447'
    """
    schedule, law = _resolve(T, s, schedule)
    ends = _threshold_range(schedule, FLOAT)
    if ends is None:
        return None
    if schedule.T == 2:
        return float(ends[0]), float(ends[1])
    middle = _composite_root(schedule, law, ends, 15)
    lo = _float_root(schedule, law, "min", (ends[0], float(middle)))
    hi = _float_root(schedule, law, "max", (float(middle), ends[1]))
    return float(lo), float(hi)


def _composite_root(schedule: Schedule, law: ShrinkageLaw, ends: Any, digits: int) -> Fraction:
    """``lam_0``: root of ``log C[1,T-1]``, which increases in lam."""
    field = multiprecision(digits)
    context = field.context

    def log_composite(lam: Any) -> Any:
        chain = build_chain(schedule, exact(lam), law, field)
        return sum(chain.composites[:-1])

    low, high = (context.mpf(str(end)) for end in ends)
    return _root(log_composite, (low, high), context, "anderson")


def _resolve(
    T: Any, s: Any, schedule: Schedule | None, law: ShrinkageLaw | None = None
) -> tuple[Schedule, ShrinkageLaw]:
    if schedule is not None:
        require_schedule(schedule)
    problem = ScalarProblem.build(1, T, s, schedule, law)
    return problem.schedule, problem.law


def _certified(
    root: Fraction, margin: Fraction, sign: Callable[[Fraction], int | None], falling: bool
) -> tuple[Fraction, Fraction] | None:
    """Bounds ``root -+ margin`` if the certified signs there differ as they should."""
    low, high = root - margin, root + margin
    expected = (1, -1) if falling else (-1, 1)
    return (low, high) if (sign(low), sign(high)) == expected else None


def _enclose(
    root: Fraction, sign: Callable[[Fraction], int | None], falling: bool, digits: int
) -> Edge | None:
    """Widen around a guess until the signs certify a root; None if they never do."""
    for lost in range(0, digits - 8, 4):
        margin = root / 10 ** (digits + 2 - lost)
        bounds = _certified(root, margin, sign, falling)
        if bounds is not None:
            field = balls(8 * digits)
            with field.working():
                low = decimal_bounds(field.number(bounds[0]), digits + 4)[0]
                high = decimal_bounds(field.number(bounds[1]), digits + 4)[1]
            return Edge(float(root), (low, high))
    return None


def edges(
    T: int | None = None,
    s: Any = None,
    schedule: Schedule | None = None,
    digits: int = 30,
    law: ShrinkageLaw | None = None,
) -> PhaseEdges:
    """Compute the five phase edges, each enclosed to about `digits` certified digits.

    Parameters
    ----------
    T : int
        Number of steps of the default cosine schedule; or pass `schedule`.
    s : number > 0
        Training time per merge.
    schedule : Schedule, optional
    law : ShrinkageLaw, optional
        Instead of `s`. Its factors must lie in [0, 1] throughout the window.
    digits : int
        Digits asked for, 10 to 200. Certifying ``lam_lo`` and ``lam_hi`` costs O(T^3) ball
        operations where no theorem applies.

    Raises
    ------
    InputError
        For arguments outside their domain, or T > 128 where a sign needs the O(T^3) search.

    References
    ----------
    SPEC A6, Thm 3 (exact edges), Thm 5 and Thm 7.

    Examples
    --------
    >>> found = edges(8, 3)
    >>> for name in ("lam_boot", "lam_lo", "lam_0", "lam_hi", "lam_van"):
    ...     print(name, getattr(found, name).enclosure[0][:12])
    lam_boot 1.2185035255
    lam_lo 1.2704178983
    lam_0 1.3160218236
    lam_hi 1.3344661574
    lam_van 2.0195911582
    """
    digits = whole(digits, "digits", 10, 200)
    schedule, law = _resolve(T, s, schedule, law)
    require(
        not isinstance(law, GradientFlow) or law.s > 0, "s", "must be > 0 for a phase boundary", s
    )
    field = balls(8 * digits)
    ends = _threshold_range(schedule, field)
    if ends is None:
        return PhaseEdges(schedule, law, None, None, None, None, None)
    for end in ends:
        problem = ScalarProblem(exact(float(end.mid())), schedule, law)
        broken = problem.assumption_broken
        rule = f"must keep the assumptions of the theorems; {broken}"
        require(broken is None, "law", rule, str(law))
    forms = _forms(schedule)
    outer = [
        Edge(float(ball.mid()), decimal_bounds(ball, digits + 4), form)
        for ball, form in zip(ends, forms, strict=True)
    ]
    if schedule.T == 2:
        # One plan, one step that matters: all edges coincide.
        return PhaseEdges(schedule, law, *([outer[0]] * 5))
    guess = _composite_root(schedule, law, [edge.value for edge in outer], digits + 10)
    inner = {"lam_0": _enclose(guess, _composite_sign(schedule, law, digits), False, digits)}
    for name, sense, bracket in (
        ("lam_lo", "min", (outer[0].value, float(guess))),
        ("lam_hi", "max", (float(guess), outer[1].value)),
    ):
        inner[name] = _extreme_edge(schedule, law, sense, bracket, digits)
    for name, edge in inner.items():
        require(edge is not None, name, "could not be certified at this precision", digits)
    return PhaseEdges(schedule, law, outer[0], **inner, lam_van=outer[1])


def _composite_sign(
    schedule: Schedule, law: ShrinkageLaw, digits: int
) -> Callable[[Fraction], int | None]:
    field = balls(8 * digits)

    def sign(lam: Fraction) -> int | None:
        chain = build_chain(schedule, lam, law, field)
        with field.working():
            return field.sign(sum(chain.composites[1:-1], chain.composites[0]))

    return sign


def _extreme_edge(
    schedule: Schedule, law: ShrinkageLaw, sense: str, bracket: tuple[float, float], digits: int
) -> Edge | None:
    """Root of ``e_min`` or ``e_max``: guess in float64, refine for the plan found, certify."""
    start = _float_root(schedule, law, sense, bracket)
    plan = _extreme_plan(ScalarProblem(start, schedule, law), sense)
    field = multiprecision(digits + 15)
    context = field.context

    def error(lam: Any) -> Any:
        chain = build_chain(schedule, exact(lam), law, field)
        return relative_error(plan, chain) / chain.g[-1]

    near = field.number(start)
    root = _root(error, (near, near * (1 + context.mpf(10) ** -12)), context, "secant")

    def sign(lam: Fraction) -> int | None:
        problem = ScalarProblem(lam, schedule, law, bits=8 * digits)
        if problem.assumption_broken is not None:
            return None
        # On the side where errors of both signs exist, this one plan shows it.
        own = problem.sign(plan)
        if own == (-1 if sense == "min" else 1):
            return own
        extreme = problem.extreme(sense, theorems_allowed=True)
        return extreme.sign if extreme is not None and extreme.certified else None

    return _enclose(root, sign, True, digits)
