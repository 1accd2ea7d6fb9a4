"""What the command line writes: an answer on stdout, one line per error on stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from typing import Any, TextIO

__all__ = [
    "finite",
    "progress",
    "progress_if_seen",
    "report_error",
    "rows_if_seen",
    "say",
    "say_json",
]

_LONGEST_ERROR = 400
_BAR = 30


def _write(text: str, stream: TextIO) -> None:
    """Write one line, replacing what the terminal's encoding lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def say(text: str) -> None:
    """Write an answer for people."""
    _write(text, sys.stdout)


def say_json(answer: Any) -> None:
    """Write an answer for machines: one JSON document in ASCII."""
    say(json.dumps(finite(answer), indent=2, allow_nan=False))


def progress(step: str) -> None:
    """Tell on stderr what is being done."""
    _write(f"{step} …", sys.stderr)
    sys.stderr.flush()


def progress_if_seen() -> Callable[[str], None]:
    """Like :func:`progress` when a person watches stderr, else silent: scripts need no chatter."""
    return progress if sys.stderr.isatty() else lambda _: None


def rows_if_seen(what: str = "rows") -> Callable[[int, int], None] | None:
    """A bar that follows what is done, on one line of stderr, when a person watches."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        filled = round(_BAR * done / total)
        bar = "#" * filled + "." * (_BAR - filled)
        sys.stderr.write(f"\r[{bar}] {done:,} of {total:,} {what}" + "\n" * (done >= total))
        sys.stderr.flush()

    return show


def finite(value: Any) -> Any:
    """Copy of JSON data with null for infinite and undefined numbers, which JSON does not have.

    Examples
    --------
    >>> finite({"error": float("inf"), "canonical": (0.5, 1)})
    {'error': None, 'canonical': [0.5, 1]}
    """
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def report_error(message: str, status: int) -> int:
    """Write ``symmerge: message`` as one line on stderr and return the exit status."""
    line = " ".join(message.split())
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    if len(line) > _LONGEST_ERROR:
        line = line[: _LONGEST_ERROR - 1] + "…"
    _write(f"symmerge: {line}", sys.stderr)
    return status
