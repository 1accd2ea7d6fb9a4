"""JSON files read strictly and written whole.

Decimals are read as the exact numbers they spell, ``0.1`` as 1/10. Two keys of the same name, NaN,
infinities, endless numbers and endless nesting are errors. Below are also readers of single
values: they check the type and name the key that is wrong.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from .errors import InputError, require, within
from .numbers import exact, parse_number
from .places import file_to_read

__all__ = ["flag", "integer", "list_of", "number", "read_json", "text_value", "write_json"]

_MOST_BYTES = 64 * 2**20


def _no_constant(token: str) -> NoReturn:
    raise InputError("number", "must be finite", token)


def _whole(token: str) -> int:
    return int(parse_number(token))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        require(key not in found, "key", "must occur once", key)
        found[key] = value
    return found


def read_json(path: str | Path) -> Any:
    """Return what a JSON file holds; decimals come as exact fractions.

    Parameters
    ----------
    path : path of a regular file of at most 64 MiB, in UTF-8

    Raises
    ------
    InputError
        If there is no such file, or if it is not JSON in the strict sense above.
    """
    path = file_to_read(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("file", f"cannot be read ({reason})", str(path)) from None
    require(len(data) <= _MOST_BYTES, "file", "must have at most 64 MiB", path.name)
    try:
        with within(path.name):
            return json.loads(
                data.decode("utf-8"),
                object_pairs_hook=_without_repeats,
                parse_constant=_no_constant,
                parse_float=parse_number,
                parse_int=_whole,
            )
    except InputError:
        raise
    except RecursionError:
        raise InputError("file", "must not nest so deeply", path.name) from None
    except UnicodeDecodeError:
        raise InputError("file", "must be text in UTF-8", path.name) from None
    except json.JSONDecodeError as error:
        message = error.msg.removesuffix(" at")
        rule = f"must be JSON ({message} at line {error.lineno}, column {error.colno})"
        raise InputError("file", rule, path.name) from None


def write_json(data: Any, path: str | Path) -> None:
    """Write `data` as JSON; the file appears whole or not at all.

    It is written beside `path` first and then renamed.
    """
    path = Path(path)
    text = json.dumps(data, indent=1, allow_nan=False) + "\n"
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("file", f"cannot be written ({reason})", str(path)) from None


def number(value: Any, key: str) -> Fraction:
    """Return a number, or the text of one such as ``"3/7"``, exactly."""
    return exact(value, key)


def integer(value: Any, key: str) -> int:
    """Return a whole number >= 0."""
    require(not isinstance(value, str), key, "must be a whole number", value)
    size = exact(value, key)
    require(size.denominator == 1 and size >= 0, key, "must be a whole number >= 0", value)
    return int(size)


def text_value(value: Any, key: str) -> str:
    """Return a text."""
    require(isinstance(value, str), key, "must be a text", value)
    return value


def flag(value: Any, key: str) -> bool:
    """Return true or false."""
    require(isinstance(value, bool), key, "must be true or false", value)
    return value


def list_of(item: Callable[[Any, str], Any]) -> Callable[[Any, str], tuple[Any, ...]]:
    """Return the reader of a list whose entries `item` reads."""

    def read(value: Any, key: str) -> tuple[Any, ...]:
        require(isinstance(value, list | tuple), key, "must be a list", value)
        return tuple(item(entry, f"{key}[{k}]") for k, entry in enumerate(value))

    return read
