"""Errors that name the argument, the rule it broke, the value, and what to try."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from itertools import islice
from typing import Any

__all__ = ["InputError", "items_of", "require", "within"]

_LONGEST_VALUE = 60
_MOST_ITEMS = 20
_MOST_DIGITS = 40


def _shown(value: Any) -> str:
    """One short line for any value, however large or however many lines its repr has."""
    try:
        text = " ".join(_text(value).split())
    except ValueError:  # Python refuses to print integers of more than 4300 digits
        text = "a number too long to print"
    if len(text) <= _LONGEST_VALUE:
        return text or "an empty text"
    # The end matters too: of a path it is the name of the file.
    tail = _LONGEST_VALUE // 3
    return f"{text[: _LONGEST_VALUE - 1 - tail]}…{text[-tail:]}"


def _text(value: Any) -> str:
    """A value as people write it, not as Python does."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Fraction):
        return _decimal(value)
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        dimensions = getattr(value, "ndim", 1)
        if dimensions > 1:
            return f"an array of shape {value.shape}"
        return _text(value[: _MOST_ITEMS + 1].tolist() if dimensions else value.item())
    if isinstance(value, list | tuple):
        parts = [_shown(item) for item in value[:_MOST_ITEMS]]
        listed = ", ".join([*parts, "…"] if len(value) > _MOST_ITEMS else parts)
        return f"[{listed}]" if isinstance(value, list) else f"({listed})"
    if isinstance(value, Mapping):
        pairs = islice(value.items(), _MOST_ITEMS)
        return "{" + ", ".join(f"{_shown(key)}: {_shown(item)}" for key, item in pairs) + "}"
    if " object at 0x" in repr(value):
        return f"a value of type {type(value).__name__}"
    return str(value) if isinstance(value, Decimal) or hasattr(value, "_mpf_") else repr(value)


def _decimal(value: Fraction) -> str:
    """A number as a short decimal if it is one, else as a ratio."""
    context = Context(prec=_MOST_DIGITS, traps=[Inexact])
    try:
        found = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    except Inexact:
        try:
            nearest = float(value)
        except OverflowError:
            return str(value)
        return repr(nearest) if nearest == value else str(value)
    plain = -5 <= found.adjusted() <= 20
    return f"{found.normalize(context):{'f' if plain else 'e'}}".replace("e+", "e")


class InputError(ValueError):
    """An argument broke a rule.

    Parameters
    ----------
    argument : str
        Name of the offending argument, option or file.
    rule : str
        The rule, as a phrase that completes "<argument> must …" or a statement of what is wrong.
    value : object
        The offending value; shortened to one line when shown.
    hint : str, optional
        What to try instead.

    Examples
    --------
    >>> raise InputError("s", "must be >= 0", -1)
    Traceback (most recent call last):
        ...
    symmerge.errors.InputError: s must be >= 0 (got -1)
    """

    def __init__(self, argument: str, rule: str, value: Any, hint: str = "") -> None:
        self.argument, self.rule, self.value, self.hint = argument, rule, value, hint
        line = f"{argument} {rule} (got {_shown(value)})"
        super().__init__(line + (f"; {hint}" if hint else ""))


def items_of(values: Iterable[Any], argument: str) -> list[Any]:
    """The items of a list, an array or another iterable; never those of a text."""
    try:
        found = list(values)
    except TypeError:
        raise InputError(argument, "must be a list", values) from None
    require(not isinstance(values, str | bytes), argument, "must be a list", values)
    return found


@contextmanager
def within(name: str) -> Iterator[None]:
    """Put the name of a file, or of another whole, before the argument of errors in a part."""
    try:
        yield
    except InputError as error:
        argument = f"{name}: {error.argument}"
        raise InputError(argument, error.rule, error.value, error.hint) from None


def require(condition: bool, argument: str, rule: str, value: Any, hint: str = "") -> None:
    """Raise :class:`InputError` unless `condition` holds."""
    if not condition:
        raise InputError(argument, rule, value, hint)
