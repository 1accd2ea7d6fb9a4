"""The number types that formulas run on.

Every formula of symmerge is written once, over a :class:`Field`: float64 arrays for sweeps
(`FLOAT`), exact fractions (`EXACT`), SymPy expressions (`SYMBOLIC`), mpmath numbers with many
digits (:func:`multiprecision`) and Arb balls that enclose the true value (:func:`balls`).

A *composite* is how a field carries a product of teacher steps ``C = prod a_t`` so that
``1/C - 1`` never subtracts nearly equal numbers: fields that round keep ``log C``, exact fields
keep ``C`` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import lru_cache, reduce
from operator import methodcaller
from types import MappingProxyType
from typing import Any

import mpmath
import numpy as np
import sympy

from .errors import InputError, require
from .rational import LARGEST_EXPONENT, exact, parse_number

__all__ = [
    "EXACT",
    "FLOAT",
    "SYMBOLIC",
    "Field",
    "balls",
    "decimal_bounds",
    "exact",
    "multiprecision",
    "parse_number",
]

Functions = Mapping[str, Callable[[Any], Any]]
_LEAST_EXPONENT = 9 * (MIN_EMIN // 10)  # of what is written in decimal
_FUNCTIONS = ("exp", "expm1", "log", "log1p", "cos", "sin")


def _elementwise(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Let a scalar function act on object arrays too."""
    over_arrays = np.frompyfunc(function, 1, 1)

    def apply(x: Any) -> Any:
        return over_arrays(x) if isinstance(x, np.ndarray) else function(x)

    return apply


class Field:
    """A number type: how to enter numbers and which functions are needed beside ``+ - * /``.

    Attributes
    ----------
    name : str
        Short name, shown in reports.
    exact : bool
        Whether arithmetic is exact, so that composites are kept as products.
    """

    name = "field"
    exact = True

    def number(self, value: Fraction | int) -> Any:
        """Enter an exact rational."""
        raise TypeError(f"{self.name} has no numbers")  # pragma: no cover - abstract

    def vector(self, values: Iterable[Any]) -> np.ndarray:
        """Collect field elements into a 1-D array."""
        items = list(values)
        out = np.empty(len(items), dtype=object)
        out[:] = items
        return out

    def numbers(self, values: Iterable[Fraction | int]) -> np.ndarray:
        """Enter exact rationals as a 1-D array."""
        return self.vector(self.number(q) for q in values)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Precision context for everything computed in this field."""
        yield

    # Elementwise functions by name: exp, expm1, log, log1p, cos, sin.
    functions: Functions = MappingProxyType({})

    def _function(self, name: str) -> Callable[[Any], Any]:
        if name not in self.functions:
            raise InputError("field", f"has no function {name}", self.name)
        return self.functions[name]

    def exp(self, x: Any) -> Any:
        """Exponential."""
        return self._function("exp")(x)

    def expm1(self, x: Any) -> Any:
        """``exp(x) - 1`` without cancellation."""
        return self.exp(x) - 1 if self.exact else self._function("expm1")(x)

    def log(self, x: Any) -> Any:
        """Natural logarithm."""
        return self._function("log")(x)

    def log1p(self, x: Any) -> Any:
        """``log(1 + x)`` without cancellation."""
        return self.log(1 + x) if self.exact else self._function("log1p")(x)

    def sqrt(self, x: Any) -> Any:
        """Square root."""
        return self.root(x, 2)

    def root(self, x: Any, n: int) -> Any:
        """Real n-th root of a positive number."""
        raise InputError("field", "has no roots", self.name)

    def cos_pi(self, q: Fraction) -> Any:
        """Cosine of ``pi q`` for an exact rational q, itself exact where the field allows."""
        raise InputError("field", "has no trigonometric functions", self.name)

    def sin_pi(self, q: Fraction) -> Any:
        """Sine of ``pi q``."""
        return self.cos_pi(Fraction(1, 2) - q)

    def cos(self, x: Any) -> Any:
        """Cosine of an angle in radians."""
        return self._function("cos")(x)

    def sin(self, x: Any) -> Any:
        """Sine of an angle in radians."""
        return self._function("sin")(x)

    def sign(self, x: Any) -> int | None:
        """Sign of a scalar, or None when the field cannot be certain."""
        return (x > 0) - (x < 0)

    def minimum(self, values: Iterable[Any]) -> Any:
        """Smallest of some scalars (with balls: an enclosure of it)."""
        return min(values)

    def maximum(self, values: Iterable[Any]) -> Any:
        """Largest of some scalars (with balls: an enclosure of it)."""
        return max(values)

    # Composites: products of teacher steps.
    def composite(self, a: Any, x: Any) -> Any:
        """Composite of the single step ``a``, given ``x = a - 1`` too.

        Steps near 0 have their digits in a (there ``1 + x`` may even round to a negative number),
        steps near 1 in x.
        """
        if self.exact:
            return a
        if isinstance(a, np.ndarray):
            return np.frompyfunc(self.composite, 2, 1)(a, x)
        return self.log(a) if a < 0.5 else self.log1p(x)

    def unit(self) -> Any:
        """The empty composite."""
        return self.number(1 if self.exact else 0)

    def compose(self, c: Any, d: Any) -> Any:
        """Composite of two neighbouring products."""
        return c * d if self.exact else c + d

    def composite_value(self, c: Any) -> Any:
        """The product ``C`` itself."""
        return c if self.exact else self.exp(c)

    def inverse_minus_one(self, c: Any) -> Any:
        """``1/C - 1`` without cancellation."""
        return (1 - c) / c if self.exact else self.expm1(-c)


class _Float(Field):
    """float64, elementwise over arrays."""

    name, exact = "float64", False

    def number(self, value: Fraction | int) -> float:
        try:
            return float(value)
        except OverflowError:
            raise InputError("number", "must fit a float64", "a larger one") from None

    def vector(self, values: Iterable[Any]) -> np.ndarray:
        return np.array(list(values), dtype=float)

    functions = MappingProxyType({name: getattr(np, name) for name in _FUNCTIONS})

    @contextmanager
    def working(self) -> Iterator[None]:
        # A vanishing variance gives log C = -inf; the merge recursion is meant to carry it.
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            yield

    def root(self, x: Any, n: int) -> Any:
        return np.sqrt(x) if n == 2 else np.power(x, 1.0 / n)

    def composite(self, a: Any, x: Any) -> Any:
        return np.where(np.less(a, 0.5), np.log(a), np.log1p(x))[()]

    def cos_pi(self, q: Fraction) -> float:
        q = abs(q) % 2
        q = min(q, 2 - q)
        if q > Fraction(1, 2):
            return -self.cos_pi(1 - q)
        # Near a right angle the sine of the small complement keeps full relative precision.
        if q > Fraction(1, 4):
            return float(np.sin(np.pi * float(Fraction(1, 2) - q)))
        return float(np.cos(np.pi * float(q)))

    def sign(self, x: Any) -> int | None:
        return None if np.isnan(x) else int(np.sign(x))


class _Exact(Field):
    """Fractions; no transcendental functions."""

    name = "exact"

    def number(self, value: Fraction | int) -> Fraction:
        return Fraction(value)


class _Symbolic(Field):
    """SymPy expressions."""

    name = "sympy"

    def number(self, value: Fraction | int) -> sympy.Expr:
        q = Fraction(value)
        return sympy.Rational(q.numerator, q.denominator)

    functions = MappingProxyType(
        {name: _elementwise(getattr(sympy, name)) for name in ("exp", "log", "cos", "sin")}
    )

    def root(self, x: Any, n: int) -> Any:
        return _elementwise(lambda y: sympy.Pow(y, sympy.Rational(1, n)))(x)

    def cos_pi(self, q: Fraction) -> sympy.Expr:
        return sympy.cos(sympy.pi * self.number(q))

    def sign(self, x: Any) -> int | None:
        # Only rationals: SymPy misorders some algebraic numbers.
        known = not isinstance(x, sympy.Basic) or x.is_Rational
        return int(bool(x > 0)) - int(bool(x < 0)) if known else None


class _Multiprecision(Field):
    """mpmath with a private context (attribute `context`): no global precision is touched."""

    exact = False

    def __init__(self, digits: int) -> None:
        self.name = f"mpmath, {digits} digits"
        self.context = mpmath.MPContext()
        self.context.dps = digits + 10
        self.functions = {name: _elementwise(getattr(self.context, name)) for name in _FUNCTIONS}

    def number(self, value: Fraction | int) -> Any:
        q = Fraction(value)
        return self.context.mpf(q.numerator) / q.denominator

    def root(self, x: Any, n: int) -> Any:
        return _elementwise(lambda y: self.context.root(y, n))(x)

    def cos_pi(self, q: Fraction) -> Any:
        return self.context.cospi(self.number(q))


class _Balls(Field):
    """Arb balls: every result encloses the true value."""

    exact = False

    def __init__(self, bits: int) -> None:
        import flint

        self.name = f"Arb, {bits} bits"
        self.bits = bits
        self._flint = flint
        # By name, never as flint.arb.exp(x): unbound Arb methods crash on anything but a ball.
        self.functions = {name: _elementwise(methodcaller(name)) for name in _FUNCTIONS}

    @contextmanager
    def working(self) -> Iterator[None]:
        context = self._flint.ctx
        before = context.prec
        context.prec = self.bits
        try:
            yield
        finally:
            context.prec = before

    def number(self, value: Fraction | int) -> Any:
        q = Fraction(value)
        return self._flint.arb(self._flint.fmpq(q.numerator, q.denominator))

    def root(self, x: Any, n: int) -> Any:
        return _elementwise(lambda y: y.root(n))(x)

    def cos_pi(self, q: Fraction) -> Any:
        return self._flint.arb.cos_pi_fmpq(self._flint.fmpq(q.numerator, q.denominator))

    def minimum(self, values: Iterable[Any]) -> Any:
        return reduce(self._flint.arb.min, values)

    def maximum(self, values: Iterable[Any]) -> Any:
        return reduce(self._flint.arb.max, values)

    def sign(self, x: Any) -> int | None:
        if x > 0:
            return 1
        if x < 0:
            return -1
        return 0 if x == 0 else None


def decimal_bounds(ball: Any, digits: int = 20) -> tuple[str, str]:
    """Decimal strings ``(lo, hi)`` that certainly contain an Arb ball, rounded outwards.

    Examples
    --------
    >>> field = balls(128)
    >>> with field.working():
    ...     decimal_bounds(field.number(Fraction(1, 3)), 5)
    ('0.33333', '0.33334')
    """
    require(bool(ball.is_finite()), "ball", "must be finite", ball)
    mantissa, power = (int(part) for part in ball.mid().man_exp())
    exponent = (mantissa.bit_length() + power) * 30103 // 100000
    if exponent < _LEAST_EXPONENT and (ball > 0 or ball < 0):
        # exp(-10^18) and beyond are smaller than any Decimal.
        return ("0", f"1E{_LEAST_EXPONENT}") if ball > 0 else (f"-1E{_LEAST_EXPONENT}", "0")
    if abs(exponent) > LARGEST_EXPONENT:
        # A fraction of a million digits would take minutes: scale by a power of ten first.
        import flint

        with flint.ctx.workprec(mantissa.bit_length() + 128):
            scaled = decimal_bounds(ball * flint.arb(10) ** -exponent, digits)
        context = Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN)
        low, high = (str(Decimal(bound).scaleb(exponent, context)) for bound in scaled)
        return low, high
    # Midpoint and radius are exact; the ball's own lower() would round to the current precision.
    middle, radius = (
        int(mantissa) * Fraction(2) ** int(exponent)
        for mantissa, exponent in (ball.mid().man_exp(), ball.rad().man_exp())
    )
    bounds = []
    for value, rounding in ((middle - radius, ROUND_FLOOR), (middle + radius, ROUND_CEILING)):
        context = Context(prec=digits, rounding=rounding, Emax=MAX_EMAX, Emin=MIN_EMIN)
        bounds.append(str(context.divide(Decimal(value.numerator), Decimal(value.denominator))))
    return bounds[0], bounds[1]


FLOAT = _Float()
EXACT = _Exact()
SYMBOLIC = _Symbolic()


@lru_cache(maxsize=32)
def multiprecision(digits: int = 50) -> _Multiprecision:
    """Return the mpmath field with `digits` decimal digits (and ten guard digits).

    Examples
    --------
    >>> third = multiprecision(30).number(Fraction(1, 3))
    >>> str(third)[:12]
    '0.3333333333'
    """
    require(1 <= digits <= 100_000, "digits", "must lie between 1 and 100000", digits)
    return _Multiprecision(digits)


@lru_cache(maxsize=32)
def balls(bits: int = 256) -> Field:
    """Return the field of Arb balls with `bits` bits; compute inside its ``working()``.

    Examples
    --------
    >>> field = balls(64)
    >>> with field.working():
    ...     bool(field.exp(field.number(0)) == 1)
    True
    """
    require(2 <= bits <= 10_000_000, "bits", "must lie between 2 and 10^7", bits)
    return _Balls(bits)
