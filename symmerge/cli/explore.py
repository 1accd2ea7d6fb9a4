"""The command ``explore``."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from ..errors import InputError
from .arguments import new_command
from .output import say, say_json

__all__ = ["add_explore", "explore"]


def explore(options: Namespace) -> int:
    """``symmerge explore``; ends when it is interrupted, so its status is 130."""
    from ..rational import whole

    port = 0 if options.port is None else whole(options.port, "--port", 0, 65535)
    if find_spec("panel") is None:
        hint = "install it with: pip install 'symmerge[explore]'"
        raise InputError("explore", "needs Panel", "not installed", hint)
    from ..explore.server import serve

    with suppress(KeyboardInterrupt):  # while the page is being made
        serve(port, not options.no_browser, _say_address if not options.json else _say_as_json)
    return 130


def _say_address(address: str) -> None:
    say(f"{address} (end with Ctrl-C)")
    sys.stdout.flush()


def _say_as_json(address: str) -> None:
    say_json({"address": address})
    sys.stdout.flush()


def add_explore(command: Any) -> None:
    """Add the command ``explore``."""
    parser, option = new_command(
        command,
        "explore",
        explore,
        "open a page to play with variance, training and schedule; needs Panel",
        "example:\n"
        "  symmerge explore\n\n"
        "the page is served to this machine only and asks no other; Ctrl-C ends it",
    )
    option("--port", "NUMBER", "port to serve at (default: any free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
