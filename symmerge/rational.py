"""Exact numbers from what users give: text, integers, floats, SymPy's rationals."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy

from .errors import InputError, require

__all__ = ["LARGEST_EXPONENT", "exact", "parse_number", "whole"]

_NUMBER = re.compile(
    r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?:/(?:\d+(?:\.\d*)?|\.\d+))?", re.ASCII
)
LARGEST_EXPONENT = 4000
# Of a numerator or denominator. Python writes integers of up to 4300 digits; so everything that is
# read can be shown, written and read again.
_MOST_DIGITS = LARGEST_EXPONENT + 1
_TOO_LARGE = 10**_MOST_DIGITS
_LARGEST_POWER = 10_000_000  # of two; what mpmath computes may well be that small
_MOST_STEPS = 1_000_000


def parse_number(text: str, argument: str = "number") -> Fraction:
    """Read a number exactly: an integer, a decimal, scientific notation or a fraction ``p/q``.

    Nothing is evaluated; anything outside this grammar is an :class:`InputError`.

    Examples
    --------
    >>> parse_number("0.2"), parse_number("1/5"), parse_number("2.5e-3")
    (Fraction(1, 5), Fraction(1, 5), Fraction(1, 400))
    """
    stripped = text.strip()
    rule = "must be a number such as 3, 0.2, 1e-3 or 1/5"
    numerator, _, denominator = stripped.partition("/")
    longest = max(len(numerator.lstrip("+-")), len(denominator))
    require(longest <= _MOST_DIGITS, argument, f"must have at most {_MOST_DIGITS} digits", stripped)
    require(_NUMBER.fullmatch(stripped) is not None, argument, rule, text)
    exponent = re.search(r"[eE]([+-]?\d+)", numerator)
    if exponent is not None:
        size = abs(int(exponent[1]))
        require(size <= LARGEST_EXPONENT, argument, "must have a reasonable exponent", text)
    value = Fraction(numerator)
    if denominator:
        divisor = Fraction(denominator)
        require(divisor != 0, argument, "must not divide by zero", text)
        value /= divisor
    size = max(abs(value.numerator), value.denominator)
    require(size < _TOO_LARGE, argument, f"must have at most {_MOST_DIGITS} digits", text)
    return value


def exact(value: Any, argument: str = "number") -> Fraction:
    """Return the exact rational value of an int, float, Fraction, Decimal, SymPy number or text.

    A float stands for the binary fraction it holds; write ``"1/10"`` or ``Fraction(1, 10)`` for
    one tenth.

    Examples
    --------
    >>> exact("1/3"), exact(0.5), exact(2)
    (Fraction(1, 3), Fraction(1, 2), Fraction(2, 1))
    """
    if isinstance(value, str):
        return parse_number(value, argument)
    if isinstance(value, bool):
        raise InputError(argument, "must be a number", value)
    if isinstance(value, sympy.Basic):
        require(bool(value.is_Rational), argument, "must be a rational number here", value)
        return Fraction(int(value.p), int(value.q))
    if isinstance(value, np.integer | np.floating):
        value = value.item()
    if hasattr(value, "_mpf_"):
        require(bool(mpmath.isfinite(value)), argument, "must be a finite number", value)
        sign, mantissa, power, bits = value._mpf_
        small = abs(int(power)) <= _LARGEST_POWER and int(bits) <= _LARGEST_POWER
        require(small, argument, "must have a reasonable exponent", "2^(10^7) or beyond")
        size = int(mantissa) * Fraction(2) ** int(power)
        return -size if sign else size
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if isinstance(value, Decimal) and value.is_finite():
        _, digits, power = value.as_tuple()
        longest = max(len(digits), abs(int(power)))
        require(longest <= LARGEST_EXPONENT, argument, "must have a reasonable exponent", value)
    if isinstance(value, float | Decimal):
        try:
            return Fraction(value)
        except (ValueError, OverflowError):
            raise InputError(argument, "must be a finite number", value) from None
    raise InputError(argument, "must be a number", value)


def whole(value: Any, argument: str, least: int, most: int = _MOST_STEPS) -> int:
    """Return `value` as an int within [least, most], or raise :class:`InputError`."""
    rule = f"must be a whole number from {least} to {most}"
    require(not isinstance(value, bool), argument, rule, value)
    number = exact(value, argument)
    require(number.denominator == 1 and least <= number <= most, argument, rule, value)
    return int(number)
