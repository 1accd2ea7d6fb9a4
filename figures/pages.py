"""Where figures and tables go, and how generated text gets into a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

__all__ = ["DOCS", "replaced", "save", "update"]

DOCS = Path(__file__).parents[1] / "docs"
OUT = Path(__file__).parent / "out"


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- made by python -m figures.{name} -->", f"<!-- end of {name} -->"


def replaced(page: str, name: str, text: str) -> str:
    """The page with what stands between the marks of `name` replaced."""
    begin, end = _marks(name)
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
        raise ValueError(f"the page must have {begin} and {end}, once each")
    before, rest = page.split(begin)
    return f"{before}{begin}\n\n{text.strip()}\n\n{end}{rest.split(end)[1]}"


def update(path: Path, name: str, text: str) -> None:
    """Write generated text between its marks in a page."""
    path.write_text(replaced(path.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def save(name: str, size: tuple[float, float], draw: Callable[[object], None]) -> list[Path]:
    """Draw on a new figure of `size` inches; PNG for the pages, SVG in figures/out for papers."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    written = [DOCS / "img" / f"{name}.png", OUT / f"{name}.svg"]
    with rc_context({"svg.hashsalt": "symmerge", "svg.fonttype": "path"}):
        figure = Figure(figsize=size, layout="constrained", facecolor="white")
        draw(figure)
        for path, metadata in zip(written, ({"Software": None}, {"Date": None}), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(path, dpi=120, metadata=metadata)
    return written
