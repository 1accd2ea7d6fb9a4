"""One file per theorem; the first letters of its name are the section of the specification.

Every module here exposes one ``THEOREM`` whose name is the module's.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from proofs.ledger import Theorem

__all__ = ["load", "names"]


def names() -> list[str]:
    """Names of all theorems, in the order of the sections."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Theorem:
    """The theorem of that name."""
    theorem = import_module(f"{__name__}.{name}").THEOREM
    if theorem.name != name:
        raise ValueError(f"proofs/theorems/{name}.py calls its theorem {theorem.name!r}")
    return theorem
