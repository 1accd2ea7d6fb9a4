"""What a sweep covers: axes, schedule, plans, and how it compares them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from fractions import Fraction
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, require, within
from ..json_files import list_of, read_json, text_value
from ..numbers import exact
from ..plan import MergePlan, canonical_plans
from ..schedule import Schedule, whole
from ..scheduler_config import named_schedule, schedule_from_dict
from ..student import training_time
from ..teacher import variance

__all__ = ["SweepSpec", "axis", "plan_of", "ready_specs"]

_MOST_STEPS = 4096
_MOST_POINTS = 20_000_000
_AXIS_RULE = "must be numbers, as in 1,3,6.4, or START:STOP:COUNT with :log or :linear"
_SCHEDULE_RULE = "must be cosine, flow, ddpm, edm or a schedule object with its own T"
_KEYS = ("lam", "s", "T", "schedule", "plans", "budget", "window", "title")
BUDGETS = ("merge", "total")
FAMILIES = ("cosine", "flow", "ddpm", "edm")
WINDOWS = ("exact", "theorems", "search")
Axis = str | tuple[Fraction, ...]


def axis(value: Any, argument: str) -> np.ndarray:
    """Values of an axis, increasing or as listed.

    Parameters
    ----------
    value : text, number, or list of numbers
        ``"0.05:20:400:log"`` or ``"0.3:10:200"`` (linear) for a grid with both ends, ``"1,3,6.4"``
        for a list.

    Examples
    --------
    >>> axis("1:100:3:log", "lam"), axis("0:1:3", "s"), axis("1/4,2", "s")
    (array([  1.,  10., 100.]), array([0. , 0.5, 1. ]), array([0.25, 2.  ]))
    """
    if isinstance(value, str) and ":" in value:
        return _grid(value, argument)
    if isinstance(value, str):
        value = value.split(",")
    elif isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    elif not isinstance(value, list | tuple):
        value = [value]
    require(len(value) > 0, argument, "must not be empty", value)
    require(
        len(value) <= _MOST_POINTS,
        argument,
        f"must have at most {_MOST_POINTS:,} values",
        len(value),
    )
    found = np.array([_nearest(item, argument) for item in value])
    require(len(np.unique(found)) == len(found), argument, "must not repeat a value", value)
    return found


def _grid(text: str, argument: str) -> np.ndarray:
    parts = text.split(":")
    require(len(parts) in (3, 4), argument, _AXIS_RULE, text)
    spacing = parts[3].strip() if len(parts) == 4 else "linear"
    require(spacing in ("log", "linear"), argument, _AXIS_RULE, text)
    start, stop = (_nearest(part, argument) for part in parts[:2])
    count = whole(parts[2], f"{argument} count", 1, _MOST_POINTS)
    require(
        start < stop or (count == 1 and start == stop), argument, "must have START < STOP", text
    )
    require(count > 1 or start == stop, argument, "must have COUNT >= 2", text)
    if spacing == "log":
        require(start > 0, argument, "must start above 0 for a log grid", text)
        return np.geomspace(start, stop, count)
    return np.linspace(start, stop, count)


def _nearest(item: Any, argument: str) -> float:
    value = exact(item, argument)
    try:
        return float(value)
    except OverflowError:
        raise InputError(argument, "must fit a float64", item) from None


def _kept(value: Any) -> Any:
    """An axis as it was given, in a form for JSON: text, or a list of floats and exact texts."""
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    items = value if isinstance(value, list | tuple) else [value]
    return [item if isinstance(item, float) else str(exact(item)) for item in items]


@dataclass(frozen=True, eq=False)
class SweepSpec:
    """A sweep over variances, training times and step counts.

    Parameters
    ----------
    lam, s, T : text, number or list
        Axes, see :func:`axis`. T up to 4096; at most 20,000,000 points.
    schedule : name, file, Schedule or list of them
        ``'cosine'``, ``'flow'``, ``'ddpm'``, ``'edm'``, or schedules with their own T.
    plans : list of text
        Canonical names, ``'best'``, and plans such as ``'[1|[2|3]]'`` (for a single T).
    budget : {'merge', 'total'}
        Whether s is the training time of every merge, or of all merges of a plan together,
        shared equally (then there is no ``'best'``).
    window : {'exact', 'theorems', 'search'}
        What to do where Theorems 1, 2, 5, 7 and 8 leave a point open: decide its regime point by
        point (default); leave it ``unknown``; or decide it, and search for the best plan inside
        the band too. Where no search ran, ``best`` is the best of the plans that were looked at.
    title : text

    Examples
    --------
    >>> spec = SweepSpec("0.05:20:400:log", "0.3:10:200", "64,128")
    >>> spec.shape
    (400, 200, 2, 5)
    """

    lam: Any
    s: Any
    T: Any = None
    schedule: Any = "cosine"
    plans: Sequence[str] = (*canonical_plans(2), "best")
    budget: str = "merge"
    window: str = "exact"
    title: str = ""
    _names: tuple[str, ...] = attribute(init=False, repr=False)

    def __post_init__(self) -> None:
        require(len(self.lams) > 0, "lam", "must not be empty", self.lam)
        for value in (self.lams.min(), self.lams.max()):
            variance(value)
        training_time(self.times.min())
        require(float(self.times.max()) <= 1e12, "s", "must be at most 1e12", self.s)
        require(self.schedules != [], "T", "must not be empty", self.T)
        for key, known in (("budget", BUDGETS), ("window", WINDOWS)):
            value = getattr(self, key)
            require(value in known, key, f"must be one of {', '.join(known)}", value)
        require(isinstance(self.title, str), "title", "must be a text", self.title)
        object.__setattr__(self, "_names", self._read_plans())
        points = int(np.prod(self.shape[:3], dtype=object))
        most = f"must have at most {_MOST_POINTS:,} points in all"
        require(points <= _MOST_POINTS, "sweep", most, points)

    def _read_plans(self) -> tuple[str, ...]:
        plans = [self.plans] if isinstance(self.plans, str) else self.plans
        require(
            isinstance(plans, list | tuple) and len(plans) > 0, "plans", "must be a list", plans
        )
        names = [text_value(plan, "plans").strip() for plan in plans]
        require(len(set(names)) == len(names), "plans", "must not repeat a plan", names)
        for name in names:
            if name == "best":
                total = "must not hold 'best' when the budget is shared"
                require(self.budget == "merge", "plans", total, names)
            elif name not in canonical_plans(2):
                require(name.startswith("["), "plans", _plan_rule(), name)
                plan = MergePlan.parse(name)
                for schedule in self.schedules:
                    fits = plan.start == 1 and plan.T == schedule.T
                    require(fits, "plans", f"must cover steps 1..{schedule.T}", name)
        return tuple(names)

    @cached_property
    def lams(self) -> np.ndarray:
        """Variances, as float64."""
        return axis(self.lam, "lam")

    @cached_property
    def times(self) -> np.ndarray:
        """Training times, as float64."""
        return axis(self.s, "s")

    @cached_property
    def schedules(self) -> list[Schedule]:
        """One schedule per T."""
        given = self.schedule
        if isinstance(given, str):
            steps: list[int | None] = [*self._steps()] or [None]
            found = [named_schedule(given, T) for T in steps]
        else:
            found = [given] if isinstance(given, Schedule) else list(given)
            fine = found and all(isinstance(schedule, Schedule) for schedule in found)
            require(bool(fine), "schedule", "must be a name, a file or schedules", given)
            own = [schedule.T for schedule in found]
            require(self._steps() in ([], own), "T", f"must be {own}", self.T)
        own = [schedule.T for schedule in found]
        require(max(own) <= _MOST_STEPS, "T", f"must be at most {_MOST_STEPS}", max(own))
        require(len(set(own)) == len(own), "T", "must not repeat a value", own)
        return found

    def _steps(self) -> list[int]:
        """The step counts asked for; none if the schedule has its own."""
        if self.T is None:
            return []
        return [whole(float(T), "T", 2, _MOST_STEPS) for T in axis(self.T, "T")]

    @property
    def steps(self) -> list[int]:
        """Numbers of teacher steps."""
        return [schedule.T for schedule in self.schedules]

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Numbers of variances, training times, step counts and plans."""
        return len(self.lams), len(self.times), len(self.schedules), len(self.plan_names)

    @property
    def plan_names(self) -> list[str]:
        """Plans in order."""
        return list(self._names)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        schedule = self.schedule
        return {
            "schema": "symmerge.sweep",
            "version": 1,
            "title": self.title,
            "lam": _kept(self.lam),
            "s": _kept(self.s),
            "T": self.steps,
            # Of a file the content counts, not the name.
            "schedule": schedule
            if schedule in FAMILIES
            else [item.to_dict() for item in self.schedules],
            "plans": self.plan_names,
            "budget": self.budget,
            "window": self.window,
        }

    @classmethod
    def from_dict(cls, data: Any) -> SweepSpec:
        """Read the JSON form back."""
        require(isinstance(data, dict), "sweep", "must be a JSON object", data)
        known = data.get("schema") == "symmerge.sweep" and data.get("version") == 1
        require(known, "schema", "must be symmerge.sweep, version 1", data.get("schema"))
        for key in data:
            allowed = key in _KEYS or key in ("schema", "version")
            require(allowed, "sweep", f"must have no other keys than {', '.join(_KEYS)}", key)
        for key in ("lam", "s"):
            require(key in data, key, "must be given", "nothing")
        given = {key: data[key] for key in _KEYS if key in data}
        schedule = given.get("schedule", "cosine")
        if isinstance(schedule, dict | list):
            items = schedule if isinstance(schedule, list) else [schedule]
            given["schedule"] = tuple(schedule_from_dict(item) for item in items)
        else:
            require(schedule in FAMILIES, "schedule", _SCHEDULE_RULE, schedule)
        if "plans" in given:
            given["plans"] = list_of(text_value)(given["plans"], "plans")
        return cls(**given)

    @classmethod
    def read(cls, path: str | Path) -> SweepSpec:
        """Read a JSON file, or a spec that is shipped, by name."""
        name = str(path)
        shipped = ready_specs()
        source = shipped.get(name)
        data = read_json(path) if source is None else json.loads(source().decode("utf-8"))
        with within(Path(name).name):
            return cls.from_dict(data)


@lru_cache(maxsize=64)
def plan_of(name: str, T: int) -> MergePlan:
    """A plan by its canonical name or from its text; cached, since trees are slow to build."""
    return canonical_plans(T)[name] if name in canonical_plans(2) else MergePlan.parse(name)


def _plan_rule() -> str:
    return f"must be {', '.join(canonical_plans(2))}, best, or plans like [1|[2|3]]"


def ready_specs() -> dict[str, Callable[[], bytes]]:
    """Specs that come with symmerge: readers of their JSON, by name.

    Examples
    --------
    >>> "source-strategies" in ready_specs()
    True
    """
    folder = resources.files("symmerge").joinpath("specs")
    files = (item for item in folder.iterdir() if item.name.endswith(".json"))
    return {item.name.removesuffix(".json"): item.read_bytes for item in sorted(files, key=str)}
