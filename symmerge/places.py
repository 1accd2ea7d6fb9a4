"""Files and folders that people name: what is wrong with one is said before any work is done."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from .errors import InputError, require

__all__ = ["file_to_read", "file_to_write", "folder_to_write"]


def file_to_read(path: str | os.PathLike[str], argument: str = "file") -> Path:
    """Refuse what is no file: nothing, an empty name, a folder.

    Raises
    ------
    InputError
        Also where the path cannot be looked at.
    """
    text = os.fspath(path)
    require(text != "", argument, "must be named", text)
    place = Path(text)
    try:
        require(not place.is_dir(), argument, "must be a file, not a folder", text)
        require(place.exists(), argument, "must exist", text)
        require(place.is_file(), argument, "must be a regular file", text)
    except OSError as error:
        raise InputError(argument, f"cannot be read ({error.strerror})", text) from None
    return place


def file_to_write(path: str | os.PathLike[str], argument: str = "out") -> Path:
    """Refuse a file that could not be written; what is there already is left alone."""
    text = os.fspath(path)
    require(text != "", argument, "must be named", text)
    require(text.isprintable(), argument, "must be a printable name", text)
    place = Path(text)
    try:
        require(not place.is_dir(), argument, "must be a file, not a folder", text)
        require(place.parent.is_dir(), argument, "must be in an existing folder", text)
        with tempfile.TemporaryFile(dir=place.parent):
            pass
    except OSError as error:
        raise InputError(argument, f"cannot be written ({error.strerror})", text) from None
    return place


def folder_to_write(path: str | os.PathLike[str], argument: str = "out") -> Path:
    """Refuse a folder that could not be made or written into; nothing is made yet.

    Examples
    --------
    >>> folder_to_write("")
    Traceback (most recent call last):
        ...
    symmerge.errors.InputError: out must name a folder, or a free name in one (got an empty text)
    """
    text = os.fspath(path)
    rule = "must name a folder, or a free name in one"
    require(text.isprintable() and text != "", argument, rule, text)
    place = Path(text)
    try:
        existing = next(one for one in (place, *place.parents) if one.exists())
        require(existing.is_dir(), argument, rule, text)
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise InputError(argument, f"cannot be written ({error.strerror})", text) from None
    return place
