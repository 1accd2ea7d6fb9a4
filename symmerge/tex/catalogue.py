"""The named closed forms."""

from __future__ import annotations

from difflib import get_close_matches
from types import MappingProxyType

from ..errors import require
from .display import Formula
from .gaussian import GAUSSIAN
from .mixtures import MIXTURES
from .planning import PLANNING
from .students import STUDENTS

__all__ = ["formula", "formulas"]

_FORMULAS = MappingProxyType(
    {item.name: item for item in (*GAUSSIAN, *PLANNING, *STUDENTS, *MIXTURES)}
)


def formulas() -> tuple[Formula, ...]:
    """All named closed forms.

    Examples
    --------
    >>> [item.name for item in formulas()][:3]
    ['denoiser', 'teacher-step', 'teacher-deviation']
    """
    return tuple(_FORMULAS.values())


def formula(name: str) -> Formula:
    r"""One of the named closed forms.

    Raises
    ------
    InputError
        For an unknown name.

    Examples
    --------
    >>> formula("edges").rows[0].right
    tan(pi/4 + pi/(4*T))
    """
    near = get_close_matches(name, _FORMULAS, 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "see symmerge tex formula"
    require(name in _FORMULAS, "name", "must be that of a formula", name, hint)
    return _FORMULAS[name]
