"""Serve the page to this machine, and to no other."""

from __future__ import annotations

import logging
import socket
from typing import Any

import panel as pn

from ..errors import InputError
from .page import Page

__all__ = ["serve"]

_HOST = "127.0.0.1"


def _build() -> Any:
    page = Page()
    template = pn.template.FastListTemplate(
        title="symmerge: explore merge plans",
        sidebar=page.controls,
        main=page.view(),
        font_url="",  # a page for this machine asks no other for its letters
        sidebar_width=320,
    )
    return template


def serve(port: int, show: bool, ready: Any) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    port : int
        0 for any free one.
    show : bool
        Whether to open a browser.
    ready : function of the page's address
        Called when the page can be opened.

    Raises
    ------
    InputError
        If the port is taken.
    """
    # One line per visitor is no news.
    for name in ("bokeh", "tornado", "panel"):
        logging.getLogger(name).setLevel(logging.ERROR)
    pn.extension("katex", "filedropper")
    Page()  # the first answer, so that the page need not wait for it
    number = _free_port(port)
    server = pn.io.server.get_server(
        {"/": _build},
        port=number,
        address=_HOST,
        websocket_origin=[f"{_HOST}:{number}", f"localhost:{number}"],
        show=show,
        start=False,
    )
    ready(f"http://{_HOST}:{number}/")
    try:
        server.start()
        server.io_loop.start()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()


def _free_port(port: int) -> int:
    """The port itself, or any for 0; an error if it cannot be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            hint = "choose another, or 0 for any"
            raise InputError("--port", f"cannot be had: {error.strerror}", port, hint) from None
        return int(probe.getsockname()[1])
