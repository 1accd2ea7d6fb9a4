"""Make the certificates that ``proofs/check.py`` checks.

The orthant certificates list what the checker's own polynomials give: what makes them certificates
is that anyone can compute them again. The boxes are found by a search that the checker does not
repeat: symmerge supplies the phase edges and the plans, bisection the boxes.
"""

from __future__ import annotations

import json
import platform
import tomllib
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from proofs import check
from symmerge.chain import gradient_flow_chain
from symmerge.numbers import FLOAT
from symmerge.phase import edges
from symmerge.schedule import cosine
from symmerge.search.interval import interval_plan
from symmerge.verdict import Proved, Undecided, Verdict

__all__ = ["FOLDER", "boxes", "boxes_name", "files", "orthant", "seal", "verdict", "write_all"]

FOLDER = Path(__file__).resolve().parent / "certificates"
LONGEST_SHIPPED = 6
LONGEST = 7
DIGITS = 30
RANGE = (Fraction(1, 2), Fraction(4))
# Steps and training times of the boxes.
BOXES = [(8, "1/2"), (8, "3"), (16, "1/2"), (16, "3")]


def files() -> list[Path]:
    """The certificates that are there."""
    return sorted(FOLDER.glob("*.json"))


@cache
def verdict(name: str) -> Verdict:
    """What a certificate, such as ``'orthant_below_T6'``, is worth after checking it again."""
    try:
        return Proved(f"{name}.json: {check.check_file(FOLDER / f'{name}.json')}")
    except check.NotChecked as problem:
        return Undecided(f"{name}.json: not checked here: {problem}")
    except (check.Rejected, check.Unreadable) as problem:
        return Undecided(f"{name}.json: {problem.word}: {problem}")


def write_all(longest: int = LONGEST_SHIPPED) -> list[Path]:
    """Write all certificates; orthants for T = 2..longest."""
    made = {}
    for T in range(2, longest + 1):
        for case in ("below", "above"):
            made[f"orthant_{case}_T{T}"] = orthant(case, T)
    for T, s in BOXES:
        made[boxes_name(T, s)] = boxes(T, s)
    FOLDER.mkdir(exist_ok=True)
    paths = []
    for name, certificate in made.items():
        path = FOLDER / f"{name}.json"
        path.write_text(_text(certificate), encoding="utf-8")
        paths.append(path)
    return paths


def orthant(case: str, T: int) -> dict[str, Any]:
    """Differences of all plans for T steps from the extreme ones, case 'below' or 'above'."""
    payload = {
        "case": case,
        "T": T,
        "plans": len(check.trees(1, T)),
        "records": [check.record(*pair, case, T) for pair in check.pairs(case, T)],
    }
    return seal("orthant", payload)


def boxes_name(T: int, s: str) -> str:
    """Name of the certificate with these boxes."""
    return f"boxes_T{T}_s{s.replace('/', '_')}"


def boxes(T: int, s: str) -> dict[str, Any]:
    """Signs of all errors over a range of variances, cosine schedule with T steps."""
    found = edges(T, s, digits=DIGITS + 6)
    unit = Fraction(1, 10**DIGITS)
    opened = []
    for edge in (found.lam_lo, found.lam_hi):
        assert edge is not None
        low, high = (Fraction(end) for end in edge.enclosure)
        at = low // unit * unit
        assert at < low < high < at + unit, "an edge on a grid point: choose other DIGITS"
        opened.append((at, at + unit))
    (lo, lo_end), (hi, hi_end) = opened
    start, stop = RANGE
    time = Fraction(s)

    def claim(name: str) -> Callable[[Fraction, Fraction], Any]:
        return lambda low, high: name if check.holds(name, T, time, low, high) else None

    def both(low: Fraction, high: Fraction) -> Any:
        chain = gradient_flow_chain(cosine(T), (low + high) / 2, time, FLOAT)
        # M is monotone in its parts, so these plans have the extreme errors.
        named = tuple(str(interval_plan(chain, sense).plan) for sense in ("max", "min"))
        return list(named) if check.holds(named, T, time, low, high) else None

    rows = [
        *_cover(start, lo, claim("above")),
        (lo, lo_end, "edge"),
        *_cover(lo_end, hi, both),
        (hi, hi_end, "edge"),
        *_cover(hi_end, stop, claim("below")),
    ]
    payload = {
        "schedule": "cosine",
        "T": T,
        "s": s,
        "digits": DIGITS,
        "from": str(start),
        "to": str(stop),
        "boxes": [{"lam": [str(low), str(high)], "holds": what} for low, high, what in rows],
    }
    return seal("boxes", payload)


def _cover(
    low: Fraction, high: Fraction, shown: Callable[[Fraction, Fraction], Any]
) -> Iterator[tuple[Fraction, Fraction, Any]]:
    """Halve a range until something is shown on every part."""
    waiting = [(low, high)]
    while waiting:
        low, high = waiting.pop()
        what = shown(low, high)
        if what is not None:
            yield low, high, what
            continue
        if high - low < Fraction(1, 10**DIGITS):
            raise ArithmeticError(f"nothing shown near {float(low)}")
        middle = _simple_between(low, high)
        waiting += [(middle, high), (low, middle)]


def _simple_between(low: Fraction, high: Fraction) -> Fraction:
    """A fraction with few digits near the middle."""
    middle, width = (low + high) / 2, (high - low) / 4
    return next(
        simple
        for digits in range(1, 200)
        if abs((simple := Fraction(round(middle * 2**digits), 2**digits)) - middle) < width
    )


def seal(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Add the header and the hash."""
    project = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    tools = {
        "python": platform.python_version(),
        "python-flint": version("python-flint"),
        "symmerge": project["project"]["version"],
    }
    certificate = {
        "schema": "symmerge.certificate",
        "version": 1,
        "kind": kind,
        "made_with": tools,
        **payload,
    }
    return {**certificate, "sha256": check.digest(certificate)}


def _text(certificate: dict[str, Any]) -> str:
    """JSON with one line per record or box."""
    lines = []
    for key, entry in certificate.items():
        shown = json.dumps(entry)
        if isinstance(entry, list):
            shown = "[\n" + ",\n".join(f"  {json.dumps(each)}" for each in entry) + "\n ]"
        lines.append(f" {json.dumps(key)}: {shown}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
