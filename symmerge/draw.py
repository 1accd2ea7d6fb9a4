"""Pictures of merge plans: a standalone SVG, an HTML summary for notebooks, and matplotlib.

Steps stand along the bottom, clean to noisy. A student that covers steps i..t lives at time t, so
its node stands in column t, above the parts it learns; a bar joins them. The merges at the last
time T (the *spine*) are highlighted: only they change the answer multiplicatively (SPEC A3).
Beyond `MOST_STEPS` steps the tree is too fine to read and a compact form takes its place: the
blocks of the spine to scale, with runs of equal blocks drawn as one.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from .plan import MergePlan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_STEPS", "draw_plan", "plan_html", "plan_layout", "plan_svg", "segments_text"]

MOST_STEPS = 128
_MOST_RUNS = 64
_LONGEST_TEXT = 120
_SPINE = "#D55E00"  # vermillion of the Okabe-Ito palette
_SHADES = ("#0072B2", "#56B4E9")
_FONT = "font-family='system-ui, sans-serif'"


class Node(NamedTuple):
    """One merge as drawn.

    ``first..stop`` are the steps covered, ``children`` the (column, level) of its parts, clean to
    noisy; the node itself stands at (``stop``, ``level``) and leaves at level 0.
    """

    first: int
    stop: int
    level: int
    children: tuple[tuple[int, int], ...]
    spine: bool


def plan_layout(plan: MergePlan) -> list[Node]:
    """Merges of a plan with their places, in the order they are trained.

    Examples
    --------
    >>> for node in plan_layout(MergePlan.parse("[1|[2|3]]")):
    ...     print(node.first, node.stop, node.level, node.children, node.spine)
    2 3 1 ((2, 0), (3, 0)) True
    1 3 2 ((1, 0), (3, 1)) True
    """
    nodes: list[Node] = []

    def merge(children: list[tuple[int, int, int]], t: int) -> tuple[int, int, int]:
        level = 1 + max(child[2] for child in children)
        places = tuple((stop, height) for _, stop, height in children)
        nodes.append(Node(children[0][0], t, level, places, t == plan.stop))
        return children[0][0], t, level

    plan.fold(lambda t: (t, t, 0), merge)
    return nodes


def segments_text(lengths: list[int]) -> str:
    """Block lengths with runs of equal blocks shortened.

    Examples
    --------
    >>> segments_text([1, 1, 1, 5, 2])
    '1×3, 5, 2'
    """
    runs = ((length, len(list(run))) for length, run in groupby(lengths))
    return ", ".join(f"{length}×{count}" if count > 1 else str(length) for length, count in runs)


def plan_svg(plan: MergePlan) -> str:
    """Draw a plan as one standalone SVG element.

    Text and thin lines use ``currentColor``, so the picture suits light and dark pages.

    Examples
    --------
    >>> svg = plan_svg(MergePlan.parse("[1|[2|3]]"))
    >>> svg[:4], svg.count("<circle")
    ('<svg', 5)
    """
    if plan.is_leaf:
        return _text_svg(f"the teacher step {plan.start}: nothing is merged")
    return _tree_svg(plan) if plan.T <= MOST_STEPS else _spine_svg(plan)


def plan_html(plan: MergePlan) -> str:
    """Table of a plan's key facts, with its picture: what a notebook shows."""
    text = str(plan)
    shown = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
    rows = [
        ("merge plan", plan.name or "no canonical one"),
        ("steps", f"{plan.start}..{plan.stop}"),
        ("merges", str(plan.merges)),
    ]
    if plan.segments is not None:
        rows.append(("segments, clean to noisy", _shortened(segments_text(plan.segments))))
    rows.append(("text", shown))
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(value)}</td></tr>"
        for name, value in rows
    )
    return f"<div><table>{cells}</table>{plan_svg(plan)}</div>"


def draw_plan(plan: MergePlan, ax: Axes | None = None) -> Axes:
    """Draw a plan with matplotlib and return the axes; at most `MOST_STEPS` steps get a tree."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(max(4.0, min(12.0, 0.28 * plan.T + 1)), 3.4))
    assert ax is not None
    nodes = plan_layout(plan) if plan.T <= MOST_STEPS else []
    top = max((node.level for node in nodes), default=1)
    for node in nodes:
        style: dict[str, Any] = (
            {"color": _SPINE, "linewidth": min(2.0, 90 / top), "zorder": 3}
            if node.spine
            else {"color": "0.35", "linewidth": min(1.1, 60 / top), "zorder": 2}
        )
        ax.plot([node.children[0][0], node.stop], [node.level] * 2, **style)
        for column, level in node.children:
            ax.plot([column] * 2, [level, node.level], **style)
        ax.plot(
            node.stop, node.level, "o", color=style["color"], markersize=min(4, 180 / top), zorder=4
        )
    steps = range(plan.start, plan.stop + 1)
    if nodes or plan.is_leaf:
        ax.plot(steps, [0] * plan.T, "o", color="black", markersize=3.5, zorder=4)
    else:
        _draw_runs(plan, ax)
    ax.set_xticks(_labelled(plan, 17 if plan.T < 100 else 9))
    ax.set_yticks([])
    ax.set_xlim(plan.start - 0.8, plan.stop + 0.8)
    ax.set_ylim(-0.04 * top - 0.1, 1.06 * top + 0.1)
    ax.set_xlabel("teacher step $t$ (clean to noisy)")
    ax.spines[["left", "right", "top"]].set_visible(False)
    return ax


class Run(NamedTuple):
    """Neighbouring blocks of the spine of one length."""

    first: int
    length: int
    blocks: int

    @property
    def last(self) -> int:
        """Last step covered."""
        return self.first + self.length * self.blocks - 1


def _runs(plan: MergePlan) -> list[Run]:
    """The spine's blocks, neighbours of one length together."""
    runs: list[Run] = []
    for length, group in groupby(plan.spine, key=lambda block: block[1] - block[0] + 1):
        blocks = list(group)
        runs.append(Run(blocks[0][0], length, len(blocks)))
    return runs


def _draw_runs(plan: MergePlan, ax: Axes) -> None:
    """Compact form in matplotlib: blocks of the spine to scale."""
    for k, run in enumerate(_runs(plan)):
        width = run.last - run.first + 1
        ax.barh(0.5, width, left=run.first - 0.5, height=0.5, color=_SHADES[k % 2])
        if width > 0.06 * plan.T:
            label = f"{run.length}×{run.blocks}" if run.blocks > 1 else str(run.length)
            ax.text(run.first + width / 2, 0.9, label, ha="center")


def _labelled(plan: MergePlan, most: int) -> list[int]:
    """Steps that get a label: the first, the last and at most `most` in all."""
    stride = 1
    while most * stride < plan.T:
        stride *= 2
    inner = [t for t in range(plan.start, plan.stop) if t % stride == 0]
    kept = [t for t in inner if plan.start + stride / 2 < t < plan.stop - stride / 2]
    return sorted({plan.start, *kept, plan.stop})


def _svg(width: float, height: float, title: str, body: list[str]) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:g} {height:g}' "
        f"width='{width:g}' height='{height:g}' style='max-width:100%;height:auto' role='img' "
        f"{_FONT} font-size='12' fill='currentColor'><title>{escape(title)}</title>"
        + "".join(body)
        + "</svg>"
    )


def _tree_svg(plan: MergePlan) -> str:
    """The whole tree."""
    nodes = plan_layout(plan)
    top = max(node.level for node in nodes)
    pitch = max(9.0, min(30.0, 900.0 / plan.T))
    rise = max(5.0, min(34.0, 360.0 / top))
    left, bottom = 34.0, 18.0 + rise * top
    dot = 3.2 if pitch >= 14 else 2.4

    def x(t: int) -> str:
        return f"{left + pitch * (t - plan.start):g}"

    def y(level: int) -> str:
        return f"{bottom - rise * level:g}"

    body: list[str] = []
    for node in sorted(nodes, key=lambda node: node.spine):
        thick = min(2.2, 0.4 * rise) if node.spine else min(1.3, 0.3 * rise)
        ink = f"'{_SPINE}'" if node.spine else "'currentColor' stroke-opacity='0.65'"
        stems = "".join(f"M{x(c)} {y(level)}V{y(node.level)}" for c, level in node.children)
        bar = f"M{x(node.children[0][0])} {y(node.level)}H{x(node.stop)}"
        covers = f"merge at time {node.stop}: steps {node.first}..{node.stop}"
        body.append(
            f"<g><title>{covers}</title>"
            f"<path d='{stems}{bar}' fill='none' stroke={ink} stroke-width='{thick:g}'/>"
            f"<circle cx='{x(node.stop)}' cy='{y(node.level)}' r='{dot + 0.6:g}' "
            f"fill='{_SPINE if node.spine else 'currentColor'}'/></g>"
        )
    for t in range(plan.start, plan.stop + 1):
        body.append(f"<circle cx='{x(t)}' cy='{y(0)}' r='{dot:g}'/>")
    for t in _labelled(plan, 33):
        body.append(f"<text x='{x(t)}' y='{bottom + 18:g}' text-anchor='middle'>{t}</text>")
    width = 2 * left + pitch * (plan.T - 1)
    body.extend(_ends(width, bottom + 36))
    return _svg(width, bottom + 44, f"merge plan {_shortened(str(plan))}", body)


def _ends(width: float, y: float) -> list[str]:
    """Names of the two ends of the time axis."""
    if width < 150:
        return []
    return [
        f"<text x='8' y='{y:g}' opacity='0.75'>clean</text>",
        f"<text x='{width - 8:g}' y='{y:g}' text-anchor='end' opacity='0.75'>noisy</text>",
    ]


def _spine_svg(plan: MergePlan) -> str:
    """Compact form: the blocks of the spine, to scale."""
    runs = _runs(plan)
    if len(runs) > _MOST_RUNS:
        return _text_svg(
            f"merge plan for {plan.T} steps, {plan.merges} merges, "
            f"{len(plan.spine)} blocks at the last time (too many to draw)"
        )
    width, body = 900.0, []
    scale = (width - 40) / plan.T
    for k, run in enumerate(runs):
        steps = run.last - run.first + 1
        x, w = 20 + scale * (run.first - plan.start), scale * steps
        what = f"{run.blocks} blocks" if run.blocks > 1 else "one block"
        body.append(
            f"<g><title>{what} of {run.length}: steps {run.first}..{run.last}</title>"
            f"<rect x='{x:g}' y='26' width='{w:g}' height='34' fill='{_SHADES[k % 2]}'/></g>"
        )
        label = f"{run.length}×{run.blocks}" if run.blocks > 1 else str(run.length)
        if w > 9 * len(label):
            body.append(f"<text x='{x + w / 2:g}' y='18' text-anchor='middle'>{label}</text>")
    last = 20 + scale * (plan.T - 1)
    final = f"x='{last:g}' y='26' width='{max(scale, 2):g}' height='34'"
    body.append(f"<rect {final} fill='{_SPINE}'/>")
    for t, anchor in ((plan.start, "start"), (plan.stop, "end")):
        x = 20 if anchor == "start" else width - 20
        body.append(f"<text x='{x:g}' y='78' text-anchor='{anchor}'>{t}</text>")
    inside = "" if plan.segments is not None else "; what happens inside a block is not drawn"
    body.append(
        f"<text x='{width / 2:g}' y='78' text-anchor='middle' opacity='0.75'>"
        f"blocks merged at time {plan.stop}, clean to noisy{inside}</text>"
    )
    return _svg(width, 92, f"merge plan for {plan.T} steps", body)


def _text_svg(text: str) -> str:
    """A line of text as a picture."""
    width = 20 + 7.2 * len(text)
    return _svg(width, 32, text, [f"<text x='10' y='21'>{escape(text)}</text>"])


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
