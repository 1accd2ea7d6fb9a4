"""The command ``explore``."""

from __future__ import annotations

import sys
from argparse import Namespace
from importlib.util import find_spec

from ..errors import InputError
from .output import say

__all__ = ["explore"]


def explore(options: Namespace) -> int:
    """``symmerge explore``; ends when it is interrupted."""
    from ..rational import whole

    port = 0 if options.port is None else whole(options.port, "--port", 0, 65535)
    if find_spec("panel") is None:
        hint = "install it with: pip install 'symmerge[explore]'"
        raise InputError("explore", "needs Panel", "not installed", hint)
    from ..explore.server import serve

    try:
        serve(
            port, not options.no_browser, lambda address: _say_now(f"{address} (end with Ctrl-C)")
        )
    except KeyboardInterrupt:  # before the page was there
        pass
    return 0


def _say_now(line: str) -> None:
    say(line)
    sys.stdout.flush()
