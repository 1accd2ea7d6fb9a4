"""The command ``completion``: the shell completes commands, options and file names."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib.util import find_spec
from typing import Any

from ..errors import InputError, require
from .arguments import new_command
from .output import say, say_json

__all__ = ["add_completion", "completion"]

_SHELLS = ("bash", "zsh", "tcsh")


def completion(options: Namespace) -> int:
    """``symmerge completion``."""
    shell = options.shell
    require(shell in _SHELLS, "SHELL", f"must be one of {', '.join(_SHELLS)}", shell)
    if find_spec("shtab") is None:
        hint = "install it with: pip install 'symmerge[completion]'"
        raise InputError("completion", "needs shtab", "not installed", hint)
    import shtab

    from .parser import build_parser

    parser = build_parser()
    _name_files(parser, shtab.FILE, shtab.DIRECTORY)
    script = shtab.complete(parser, shell)
    if options.json:
        say_json({"shell": shell, "script": script})
    else:
        say(script)
    return 0


def _name_files(parser: ArgumentParser, file: Any, folder: Any) -> None:
    """Tell shtab which values are files and folders: those whose placeholder says so."""
    for action in parser._actions:  # what shtab itself goes through
        if isinstance(action.choices, dict):
            for subparser in action.choices.values():
                _name_files(subparser, file, folder)
        placeholder = str(action.metavar)
        if "FILE" in placeholder or placeholder.endswith(".json"):
            action.complete = file  # type: ignore[attr-defined]
        elif placeholder == "DIR":
            action.complete = folder  # type: ignore[attr-defined]


def add_completion(command: Any) -> None:
    """Add the command ``completion``."""
    parser, _ = new_command(
        command,
        "completion",
        completion,
        "print a script that lets the shell complete commands, options and file names",
        "examples:\n"
        '  bash: eval "$(symmerge completion bash)" in ~/.bashrc\n'
        "  zsh:  symmerge completion zsh > _symmerge, in a folder of $fpath\n"
        "  tcsh: symmerge completion tcsh >> ~/.tcshrc\n\n"
        "needs shtab: pip install 'symmerge[completion]'",
    )
    parser.add_argument("shell", metavar="SHELL", help="bash, zsh or tcsh")
