"""The command ``explore``."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import suppress
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

    with suppress(KeyboardInterrupt):  # while the page is being made
        serve(port, not options.no_browser, _say_address)
    return 0


def _say_address(address: str) -> None:
    say(f"{address} (end with Ctrl-C)")
    sys.stdout.flush()
