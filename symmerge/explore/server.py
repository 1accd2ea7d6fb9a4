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
# Unless the address says which page it is, the browser does.
_HEAD = """{% block preamble %}{{ super() }}<script>
if (!/[?&]theme=/.test(location.search) && matchMedia("(prefers-color-scheme: dark)").matches)
  location.replace("?theme=dark");
</script>{% endblock %}"""


def _build() -> Any:
    """A new visitor's page; plain layout, because templates double the time until it is there."""
    pn.state.curdoc.template = _HEAD
    dark = pn.config.theme == "dark"
    if dark:
        pn.state.curdoc.theme = "dark_minimal"
    page = Page()
    other = "light" if dark else "dark"
    name = "default" if other == "light" else "dark"
    link = f"<p style='margin:0'><a href='?theme={name}' style='color:inherit'>{other} page</a></p>"
    head = pn.pane.HTML(f"<h1 style='font-size:1.3em;margin:0'>symmerge: merge plans</h1>{link}")
    left = pn.Column(head, *page.controls, styles={"flex": "1 0 260px", "max-width": "420px"})
    right = pn.Column(*page.view(), styles={"flex": "1000 1 300px", "min-width": "0"})
    return pn.FlexBox(left, right, gap="24px", sizing_mode="stretch_width")


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
        title="symmerge: merge plans",
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
