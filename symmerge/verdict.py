"""Three-valued answers: proved, refuted, or undecided, each with what backs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

__all__ = ["Proved", "Refuted", "Undecided", "Verdict"]


@dataclass(frozen=True)
class Verdict:
    """Base of :class:`Proved`, :class:`Refuted` and :class:`Undecided`.

    A verdict has no truth value: ``undecided`` is neither true nor false, so ask for its type or
    its ``status``.
    """

    reason: str

    @property
    def status(self) -> str:
        """``'proved'``, ``'refuted'`` or ``'undecided'``."""
        return type(self).__name__.lower()

    def __bool__(self) -> NoReturn:
        raise TypeError(f"a verdict is three-valued; this one is {self.status}: ask for .status")

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"status": self.status, "reason": self.reason}

    def __str__(self) -> str:
        return f"{self.status}: {self.reason}"


@dataclass(frozen=True)
class Proved(Verdict):
    """The statement holds; `reason` names the theorem or computation that shows it."""


@dataclass(frozen=True)
class Refuted(Verdict):
    """The statement fails; `witness` is a counterexample."""

    witness: Any = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {**super().to_dict(), "witness": str(self.witness)}


@dataclass(frozen=True)
class Undecided(Verdict):
    """Neither shown nor refuted; `reason` says what is missing."""
