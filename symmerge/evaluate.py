r"""Values of a merge plan to any number of digits, each digit certain.

The merge recursion runs on Arb balls with growing precision until both ends of a ball round to the
same decimal. Two cases never get there, and are told apart exactly when all levels of the schedule
are rational: a value that is exactly zero, and one that lies exactly between two decimals. Then
every ``g_t`` is a power of one number ``z = exp(-q)`` with q rational, M and e are polynomials in z
with rational coefficients, and z is transcendental (Lindemann): a polynomial that is not constant
is neither zero nor a decimal.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
)
from fractions import Fraction
from functools import reduce
from math import gcd, prod
from typing import Any, NamedTuple

from .chain import chain_of, gradient_flow_chain
from .errors import require
from .merge import operator, relative_error
from .numbers import EXACT, Field, balls, decimal_bounds
from .plan import MergePlan, require_plan
from .schedule import Schedule, cosine, whole
from .student import training_time
from .teacher import Teacher, variance
from .verdict import Proved, Undecided, Verdict

__all__ = ["Evaluation", "evaluate"]

_NAMES = ("operator", "composite", "error")
_EXTRA_DIGITS = 5
_MOST_TERMS = 20_000
# Longer ones cannot be written: Python refuses integers of more than 4300 digits.
_MOST_DIGITS = 4001
_MOST_DIGITS_SHOWN = 60


@dataclass(frozen=True)
class Evaluation:
    """Operator, composite and relative error of a plan at one variance and training time.

    Attributes
    ----------
    operator, composite : str
        M and C, correctly rounded to `digits` significant digits.
    error : str or None
        ``e = M/C - 1`` likewise; ``"0"`` if it is exactly zero, None if it could not be told from
        zero.
    enclosure : dict of (str, str)
        For each of the three, decimal bounds that contain the true value, about five digits finer.
    certainty : Verdict
        On the statement that every digit shown is right.
    """

    plan: MergePlan
    lam: Fraction
    s: Fraction
    schedule: Schedule
    digits: int
    operator: str
    composite: str
    error: str | None
    enclosure: dict[str, tuple[str, str]]
    certainty: Verdict

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; numbers are decimal strings."""
        return {
            "plan": str(self.plan),
            "lam": str(self.lam),
            "s": str(self.s),
            "schedule": self.schedule.to_dict(),
            "digits": self.digits,
            "operator": self.operator,
            "composite": self.composite,
            "error": self.error,
            "enclosure": {name: list(bounds) for name, bounds in self.enclosure.items()},
            "certainty": self.certainty.to_dict(),
        }

    def __str__(self) -> str:
        low, high = self.enclosure["error"]
        return "\n".join(
            [
                f"plan       {self.plan!s:.100}",
                f"at         lam = {_short(self.lam)}, s = {_short(self.s)}, {self.schedule}",
                f"operator   M = {self.operator}",
                f"composite  C = {self.composite}",
                f"error      e = M/C - 1 = {self.error or 'cannot be told from 0'}",
                f"           in [{low}, {high}]",
                f"certainty  {self.certainty}",
            ]
        )

    def _repr_latex_(self) -> str:
        rows = [("M", self.operator), ("C", self.composite), ("e", self.error)]
        lines = [f"{name} &= {_latex_number(text)}" for name, text in rows if text is not None]
        return r"$\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}$"


def _short(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 24 else _from_fraction(value, 16).text or ""


def _latex_number(text: str) -> str:
    mantissa, _, exponent = text.partition("E")
    if len(mantissa) > _MOST_DIGITS_SHOWN:
        mantissa = mantissa[:_MOST_DIGITS_SHOWN] + r"\ldots"
    return mantissa + (rf" \times 10^{{{int(exponent)}}}" if exponent else "")


class _Value(NamedTuple):
    """A rounded value (None: not even its sign is known), its bounds, and whether it is certain."""

    text: str | None
    bounds: tuple[str, str]
    certain: bool


def evaluate(
    plan: MergePlan | str,
    lam: Any,
    s: Any,
    schedule: Schedule | None = None,
    digits: int = 50,
) -> Evaluation:
    """Evaluate a merge plan to `digits` significant digits, all of them certain.

    Parameters
    ----------
    plan : MergePlan or its text form
        For steps 1..T.
    lam : number > 0
        Data variance; exact: int, Fraction, or text such as ``"1/5"`` (a float stands for the
        binary fraction it holds).
    s : number >= 0
        Training time per merge, exact likewise.
    schedule : Schedule, optional
        Cosine by default.
    digits : int
        Significant digits, 1 to 10000.

    Raises
    ------
    InputError
        For arguments outside their domain.

    References
    ----------
    SPEC A3 (the recursion for e).

    Examples
    --------
    >>> found = evaluate("[1|[2|[3|4]]]", "1/5", 40, digits=20)
    >>> found.operator, found.composite
    ('0.28842764358759351713', '0.28842764358759351713')
    >>> found.error, found.certainty.status
    ('2.6346543175645115128E-35', 'proved')
    """
    plan = MergePlan.parse(plan) if isinstance(plan, str) else plan
    require_plan(plan)
    lam, s = variance(lam), training_time(s)
    for name, value in (("lam", lam), ("s", s)):
        short = max(value.numerator, value.denominator) < 10**_MOST_DIGITS
        require(short, name, f"must have at most {_MOST_DIGITS} digits", "more")
    digits = whole(digits, "digits", 1, 10_000)
    schedule = cosine(plan.T) if schedule is None else schedule
    bits = int((digits + _EXTRA_DIGITS) * 3.33) + 64
    most = max(8 * bits, 2**15)
    values = _from_balls(plan, schedule, lam, s, digits, bits)
    if schedule.rational and not all(value.certain for value in values.values()):
        for name, exact in _rational_values(plan, schedule, lam, s).items():
            values[name] = _from_fraction(exact, digits)
    while bits < most and not all(value.certain for value in values.values()):
        bits *= 2
        finer = _from_balls(plan, schedule, lam, s, digits, bits)
        values = {name: old if old.certain else finer[name] for name, old in values.items()}
    return Evaluation(
        plan,
        lam,
        s,
        schedule,
        digits,
        # M and C are positive and keep their relative precision: they are never None.
        str(values["operator"].text),
        str(values["composite"].text),
        values["error"].text,
        enclosure={name: value.bounds for name, value in values.items()},
        certainty=_certainty(values, bits),
    )


def _from_balls(
    plan: MergePlan, schedule: Schedule, lam: Fraction, s: Fraction, digits: int, bits: int
) -> dict[str, _Value]:
    """Round what the recursion gives at a precision of `bits`."""
    field = balls(bits)
    chain = gradient_flow_chain(schedule, lam, s, field)
    with field.working():
        found = {
            "operator": operator(plan, chain),
            "composite": chain.C,
            "error": relative_error(plan, chain),
        }
        bounds = {name: _bounds(ball, digits) for name, ball in found.items()}
    return {name: _from_bounds(ends, digits) for name, ends in bounds.items()}


def _bounds(ball: Any, digits: int) -> tuple[str, str]:
    """Decimal bounds of a ball, some digits finer than asked."""
    if not ball.is_finite():
        return "-Infinity", "Infinity"
    return decimal_bounds(ball, digits + _EXTRA_DIGITS)


def _context(digits: int, rounding: str = ROUND_HALF_EVEN) -> Context:
    return Context(prec=digits, rounding=rounding, Emin=MIN_EMIN, Emax=MAX_EMAX)


def _from_bounds(bounds: tuple[str, str], digits: int) -> _Value:
    """Round a value known to lie within bounds."""
    low, high = (Decimal(bound) for bound in bounds)
    if low == high == 0:
        return _Value("0", ("0", "0"), True)
    if low.is_infinite() or low <= 0 <= high:
        return _Value(None, bounds, False)
    finer, rounded = _context(digits + _EXTRA_DIGITS), _context(digits)
    # Tight: less than ten units of the last place between the bounds.
    width = finer.subtract(high, low)
    tight = width == 0 or width.adjusted() <= low.adjusted() - digits - _EXTRA_DIGITS + 1
    text = str(rounded.plus(low))
    return _Value(text, bounds, tight and text == str(rounded.plus(high)))


def _from_fraction(value: Fraction, digits: int) -> _Value:
    """Round a rational number."""
    ratio = Decimal(value.numerator), Decimal(value.denominator)
    finer = digits + _EXTRA_DIGITS
    low, high = (_context(finer, way).divide(*ratio) for way in (ROUND_FLOOR, ROUND_CEILING))
    return _Value(str(_context(digits).divide(*ratio)), (str(low), str(high)), True)


class _Polynomials(Field):
    """Polynomials in one variable with rational coefficients."""

    name = "polynomials"

    def __init__(self) -> None:
        from sympy.polys.domains import QQ
        from sympy.polys.rings import ring

        self._rational = QQ
        self._ring, self.z = ring("z", QQ)

    def number(self, value: Fraction | int) -> Any:
        """Enter an exact rational."""
        q = Fraction(value)
        return self._ring.ground_new(self._rational(q.numerator, q.denominator))

    def value(self, polynomial: Any) -> Fraction | None:
        """The rational that a constant polynomial is."""
        if not polynomial.is_ground:
            return None
        constant = polynomial.coeff(1)
        return Fraction(int(constant.numerator), int(constant.denominator))


def _rational_values(
    plan: MergePlan, schedule: Schedule, lam: Fraction, s: Fraction
) -> dict[str, Fraction]:
    """Those of M, C and e that are rational numbers, for a schedule with rational levels.

    The others are transcendental. Nothing is said about M and e of plans with too many terms.
    """
    teacher = Teacher(schedule, lam, EXACT)
    found = {"composite": prod(teacher.a, start=Fraction(1))}
    merges = Counter(t for _, t, _ in plan.nodes())
    if prod(count + 1 for count in merges.values()) > _MOST_TERMS:
        return found
    field = _Polynomials()
    exponents = [2 * s * v for v in teacher.v]
    unit = reduce(_common_measure, exponents)
    powers = [field.z ** int(q / unit) if unit else field.number(1) for q in exponents]
    chain = chain_of([field.number(x) for x in teacher.x], powers, field)
    known = {
        "operator": field.value(operator(plan, chain)),
        "error": field.value(relative_error(plan, chain)),
    }
    return found | {name: value for name, value in known.items() if value is not None}


def _common_measure(p: Fraction, q: Fraction) -> Fraction:
    """Largest rational of which two rationals are whole multiples."""
    over = gcd(p.numerator * q.denominator, q.numerator * p.denominator)
    return Fraction(over, p.denominator * q.denominator)


def _certainty(values: dict[str, _Value], bits: int) -> Verdict:
    open_names = [name for name, value in values.items() if not value.certain]
    if open_names:
        unknown = [name for name in open_names if values[name].text is None]
        names, rival = (unknown, "0") if unknown else (open_names, "a tie between two decimals")
        listed = " and the ".join(names)
        return Undecided(f"with {bits} bits the {listed} could not be told from {rival}")
    if values["error"].text == "0":
        return Proved("the error is exactly 0; every digit of the rest is correctly rounded")
    return Proved("both ends of every enclosure round to the decimals shown")
