"""What it costs to start: imports and whole commands."""

from __future__ import annotations

from collections.abc import Iterator

from .measure import Line, compare, process_seconds

__all__ = ["lines"]

# One variance per way to an answer at T = 2048, s = 3.
_QUESTIONS = {
    "0.5": "Theorem 1",
    "1.01": "Theorem 5",
    "1.0015": "band search",
    "1.5": "Theorem 8",
    "2.5": "Theorem 2",
}


def lines() -> Iterator[Line]:
    """Measure the start."""
    sympy = process_seconds(["-c", "import sympy"])
    for code in ("import symmerge", "from symmerge import best_plan"):
        yield compare(f"`{code}`", process_seconds(["-c", code]), "`import sympy`", sympy, n=9)
    loaded = process_seconds(["-c", "from symmerge import best_plan"])
    for lam, way in _QUESTIONS.items():
        command = ["plan", "--lam", lam, "--T", "2048", "--s", "3"]
        yield compare(
            f"`symmerge {' '.join(command)}` ({way})",
            process_seconds(["-m", "symmerge", *command]),
            "`from symmerge import best_plan`",
            loaded,
        )
