"""Errors that name the argument, the rule it broke, the value, and what to try."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

__all__ = ["InputError", "require"]

_LONGEST_VALUE = 80


def _shown(value: Any) -> str:
    """One short line for any value, however large or however many lines its repr has."""
    try:
        text = str(value) if isinstance(value, str | Fraction) else repr(value)
        text = " ".join(text.split())
    except ValueError:  # Python refuses to print integers of more than 4300 digits
        text = f"a {type(value).__name__} too long to print"
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


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


def require(condition: bool, argument: str, rule: str, value: Any, hint: str = "") -> None:
    """Raise :class:`InputError` unless `condition` holds."""
    if not condition:
        raise InputError(argument, rule, value, hint)
