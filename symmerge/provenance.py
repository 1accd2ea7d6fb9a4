"""Where a result comes from: versions of what computed it, and the state of the source."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["revision", "versions"]

_NUMERIC = ("numpy", "sympy", "mpmath", "python-flint")


def versions(*packages: str) -> dict[str, str]:
    """Versions of Python, symmerge, the packages it counts with, and others asked for.

    Examples
    --------
    >>> sorted(versions())
    ['mpmath', 'numpy', 'python', 'python-flint', 'symmerge', 'sympy']
    """
    from . import __version__

    found = {"symmerge": __version__, "python": platform.python_version()}
    for package in (*_NUMERIC, *packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def revision() -> str:
    """Short name of the commit of this checkout, with ``+`` if it was changed; else ``'release'``.

    Examples
    --------
    >>> isinstance(revision(), str)
    True
    """
    root = Path(__file__).parents[1]
    if not (root / ".git").exists():  # installed: some other project's repository may be above
        return "release"
    command = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
