"""Pieces of a self-contained HTML page, and writing it in one stroke."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Callable, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["figure", "image", "page", "table", "write_page"]

_WIDTH = 7.6  # inches of a picture as wide as the text
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #d55e00; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; }
h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.answer { border-left: 5px solid var(--accent); background: var(--soft); padding: .8rem 1.1rem; }
.answer p { margin: .35rem 0; }
figure { margin: 1rem 0; }
figcaption { font-size: .9rem; opacity: .85; margin-top: .4rem; }
figure img { display: block; margin: 0 auto .6rem; height: auto; background: #fff;
  border-radius: 6px; }
.tree { overflow-x: auto; padding: .4rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line); }
.n { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .7rem 1rem; white-space: pre-wrap; }
"""


def image(draw: Callable[[Axes], object], width: float, height: float, alt: str) -> str:
    """Draw on a figure of its own, away from pyplot, and return it as an inline image.

    `width` and `height` are in inches; 7.6 inches are as wide as the text.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # A fixed salt and no date: the same result gives the same file.
    with rc_context({"svg.hashsalt": "symmerge", "svg.fonttype": "path"}):
        canvas = Figure(figsize=(width, height), layout="constrained")
        draw(canvas.subplots())
        buffer = BytesIO()
        canvas.savefig(buffer, format="svg", dpi=150, metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return (
        f'<img style="width:{100 * min(width / _WIDTH, 1):.3g}%" alt="{escape(alt)}" '
        f'src="data:image/svg+xml;base64,{data}">'
    )


def figure(heading: str, picture: str, caption: str) -> str:
    """Section with a picture; `picture` and `caption` are HTML."""
    return f"<h2>{escape(heading)}</h2><figure>{picture}<figcaption>{caption}</figcaption></figure>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()) -> str:
    """Table of plain text; the columns listed in `numeric` are set flush right."""

    def line(tag: str, row: Sequence[str]) -> str:
        flush = ' class="n"'
        cells = (
            f"<{tag}{flush if k in numeric else ''}>{escape(cell)}</{tag}>"
            for k, cell in enumerate(row)
        )
        return f"<tr>{''.join(cells)}</tr>"

    top = line("th", head) if head else ""
    return f"<table>{top}{''.join(line('td', row) for row in rows)}</table>"


def page(title: str, parts: Sequence[str]) -> str:
    """A whole page, standing on its own."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def write_page(folder: Path, text: str) -> Path:
    """Write ``index.html`` beside its final place and move it there."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "index.html"
    handle, name = tempfile.mkstemp(dir=folder, prefix=".index-", suffix=".html")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        unfinished.chmod(0o644)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return target
