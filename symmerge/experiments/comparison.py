"""An experiment's averages beside the published ones, and what they say."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Protocol

from .published_tables import published
from .result import Average, ExperimentResult

__all__ = ["apart", "findings", "markdown"]

# Keys down the table, and the one across it.
_LAYOUT: dict[int, tuple[tuple[str, ...], str]] = {
    1: (("sigma0", "width"), "t"),
    2: (("teacher", "sigma0"), "B"),
    3: ((), "blocks"),
    4: (("student", "n"), "grid"),
}
_SHOWN = {"sigma0": "σ₀", "none": "one step", "stability": "balanced"}


class _Row(Protocol):
    """A mean RelMSE with its standard error."""

    @property
    def keys(self) -> dict[str, Any]: ...
    @property
    def mean(self) -> float: ...
    @property
    def error(self) -> float: ...


def apart(one: _Row, other: _Row) -> bool:
    """Whether the intervals of one standard error about two means do not overlap."""
    return abs(one.mean - other.mean) > one.error + other.error


def _cell(row: _Row | None) -> str:
    return "" if row is None else f"{row.mean:.2e} ± {row.error:.0e}"


def markdown(result: ExperimentResult) -> str:
    """A table of RelMSE, mean ± standard error, with the published numbers where there are any."""
    down, across = _LAYOUT[result.setting.number]
    sources: dict[str, tuple[_Row, ...]] = {
        "here": result.averages,
        "published": published(result.setting.number),
    }
    rows: dict[tuple[Any, ...], dict[Any, _Row]] = {}
    columns: list[Any] = []
    for source, averages in sources.items():
        for average in averages:
            place = (*(average.keys[name] for name in down), source)
            rows.setdefault(place, {})[average.keys[across]] = average
            columns.append(average.keys[across])
    columns = list(dict.fromkeys(columns))
    order = {name: k for k, name in enumerate(("plain", "residual", "coarse", "accurate"))}

    def rank(place: tuple[Any, ...]) -> list[float]:
        return [
            order.get(entry, len(order)) if isinstance(entry, str) else entry for entry in place
        ]

    names = [_SHOWN.get(name, name) for name in down]
    if across == "grid":
        heads = [_SHOWN.get(column, column) for column in columns]
    else:
        heads = [f"{across} = {column}" for column in columns]
    lines = [[*names, "RelMSE", *heads], ["---"] * (len(names) + 1) + ["---:"] * len(heads)]
    for place in sorted(rows, key=lambda place: (rank(place[:-1]), place[-1])):
        cells = [_cell(rows[place].get(column)) for column in columns]
        lines.append([*map(str, place), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def findings(result: ExperimentResult) -> list[str]:
    """What the averages say, in sentences; every comparison names what it rests on."""
    number = result.setting.number
    return [*(_widths, _bounds, _blocks, _balanced)[number - 1](result), _memory(result)]


def _memory(result: ExperimentResult) -> str:
    """What learning from a pool instead of fresh points costs at most."""
    ratios = [
        (segment / pool, run["keys"])
        for run in result.runs
        for segment, pool in zip(run["segments"], run["pools"], strict=True)
    ]
    worst, keys = max(ratios, key=lambda ratio: ratio[0])
    where = ", ".join(f"{_SHOWN.get(name, name)} = {value}" for name, value in keys.items())
    return (
        f"RelMSE on fresh points is at most {worst:.2f} times that on the pool a student learned "
        f"from ({where})"
    )


def _falls(rows: list[Average]) -> bool:
    return all(b.mean < a.mean and apart(a, b) for a, b in pairwise(rows))


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values)) or "none"


def _widths(result: ExperimentResult) -> list[str]:
    setting = result.setting
    times, widths = setting.axis("t"), setting.axis("width")
    falling, gains, spreads = [], [], []
    for t in times:
        rows = [result.average(sigma0=0.1, width=w, t=t) for w in widths]
        if _falls(rows):
            falling.append(t)
        gains.append(f"{rows[0].mean / rows[-1].mean:.1f}")
        same = [
            result.average(sigma0=s, width=setting.width, t=t).mean for s in setting.axis("sigma0")
        ]
        spreads.append(f"{max(same) / min(same):.2f}")
    shown = f"width {widths[0]} to {widths[-1]}"
    return [
        f"RelMSE falls with every doubling of the width, standard errors apart, at t = "
        f"{_listed(falling)}",
        f"{shown} lowers it by factors {', '.join(gains)} at t = {_listed(times)}",
        f"over σ₀ from 0.01 to 1 it changes by factors {', '.join(spreads)} at these times",
    ]


def _bounds(result: ExperimentResult) -> list[str]:
    setting = result.setting
    sigmas, bounds = setting.axis("sigma0"), setting.axis("B")
    found = []
    for teacher in setting.axis("teacher"):
        table = {
            s: [result.average(teacher=teacher, sigma0=s, B=b) for b in bounds] for s in sigmas
        }
        falling = [s for s in sigmas if _falls(table[s])]
        found.append(
            f"{teacher} teacher: RelMSE falls with the weight bound B, standard errors apart at "
            f"every step, for σ₀ = {_listed(falling)}"
        )
        spreads = []
        for k, bound in enumerate(bounds):
            means = [table[s][k].mean for s in sigmas]
            spreads.append(f"{max(means) / min(means):.3g} (B = {bound})")
        found.append(
            f"{teacher} teacher: over σ₀ from {sigmas[0]} to {sigmas[-1]} it changes by factors "
            + ", ".join(spreads)
        )
    return found


def _blocks(result: ExperimentResult) -> list[str]:
    rows = [result.average(blocks=n) for n in result.setting.axis("blocks")]
    found = []
    for a, b in pairwise(rows):
        word = "lower" if b.mean < a.mean else "higher"
        sure = "apart" if apart(a, b) else "overlapping"
        found.append(
            f"{b.keys['blocks']} blocks against {a.keys['blocks']}: RelMSE {word} by "
            f"{abs(b.mean / a.mean - 1):.1%}, standard errors {sure}"
        )
    return found


def _balanced(result: ExperimentResult) -> list[str]:
    found = []
    for student in result.setting.axis("student"):
        rows = {}
        for n in result.setting.axis("n"):
            if n == 1:
                rows[n, "none"] = result.average(student=student, grid="none", n=1)
                continue
            for grid in result.setting.axis("grid"):
                rows[n, grid] = result.average(student=student, grid=grid, n=n)
            balanced, uniform = rows[n, "stability"], rows[n, "uniform"]
            change = balanced.mean / uniform.mean - 1
            sure = "apart" if apart(balanced, uniform) else "overlapping: open"
            found.append(
                f"{student} students, n = {n}: balanced against uniform {change:+.1%}, standard "
                f"errors {sure}"
            )
        best = min(rows.values(), key=lambda row: row.mean)
        where = f"n = {best.keys['n']}" + ("" if best.keys["n"] == 1 else f", {best.keys['grid']}")
        found.append(f"{student} students: least RelMSE {_cell(best)} at {where}")
    return found
