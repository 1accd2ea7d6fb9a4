"""Pilot files: a few measured distillation runs, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import InputError, require, within
from ..json_files import integer, list_of, number, read_json, text_value
from ..plan import MergePlan, canonical_plans
from ..schedule import Schedule, cosine, whole
from ..scheduler_config import named_schedule, schedule_from_dict
from ..spectrum import Spectrum, read_spectrum

__all__ = ["Pilot", "PilotRun", "read_pilot"]

_DATA_KEYS = ("T", "schedule", "variances", "spectrum", "untrained", "optimiser", "network")
_KEYS = ("schema", "version", *_DATA_KEYS, "runs")
_MOST_STEPS = 256
_MOST_RUNS = 1000


@dataclass(frozen=True)
class PilotRun:
    """One measured run.

    Attributes
    ----------
    plan : MergePlan
    steps : int
        Training steps of every merge.
    error : float
        ``E |student - teacher|^2`` from the same noise, over the variance of the teacher's samples.
    se : float or None
        Standard error of `error`.
    contractions : tuple of float or None
        Per merge, in the order of training: root mean square distance to the target after training
        over that before.
    """

    plan: MergePlan
    steps: int
    error: float
    se: float | None = None
    contractions: tuple[float, ...] | None = None

    @property
    def name(self) -> str:
        """Name of the strategy, or the plan itself."""
        return self.plan.name or str(self.plan)


@dataclass(frozen=True, eq=False)
class Pilot:
    """Measured runs of one teacher.

    Attributes
    ----------
    schedule : Schedule
    spectrum : Spectrum
        Variances of the data in the coordinates that are diffused.
    runs : tuple of PilotRun
    untrained : float or None
        Error of the student before any training, which all plans share. With it, what is compared
        with the theory is the share of that error that is left.
    optimiser : str
        ``sgd``, ``adam`` or ``other``.
    network : str
        ``separate`` or ``shared``: one network for all times.
    """

    schedule: Schedule
    spectrum: Spectrum
    runs: tuple[PilotRun, ...]
    untrained: float | None = None
    optimiser: str = "sgd"
    network: str = "separate"

    def __post_init__(self) -> None:
        count = len(self.runs)
        require(1 <= count <= _MOST_RUNS, "runs", f"must be 1 to {_MOST_RUNS}", count)
        for run in self.runs:
            fits = run.plan.start == 1 and run.plan.T == self.schedule.T
            rule = f"must cover steps 1..{self.schedule.T}"
            require(fits, "plan", rule, f"{run.plan.start}..{run.plan.stop}")
            for name, value in (("error", run.error), ("se", run.se)):
                fine = value is None or 1e-30 <= value <= 1e30
                require(fine, name, "must lie between 1e-30 and 1e30", value)
        seen = [(run.plan, run.steps) for run in self.runs]
        repeated = [run.name for k, run in enumerate(self.runs) if seen[k] in seen[:k]]
        require(not repeated, "runs", "must not repeat a plan with the same steps", repeated)


def read_pilot(path: str | Path) -> Pilot:
    """Read a pilot file.

    A JSON object with ``T``, ``variances`` (a list) or ``spectrum`` (a file beside it), and
    ``runs``: objects with ``plan`` (a name or the text of a plan), ``steps``, ``error``, and
    optionally ``se`` and ``contractions``. Optional: ``schema`` (``symmerge.pilot``), ``version``,
    ``schedule`` (a name or an object, cosine by default), ``untrained``, ``optimiser``,
    ``network``.

    Raises
    ------
    InputError
        One line that names the key.
    """
    data, path = read_json(path), Path(path)
    with within(path.name):
        return _pilot(data, path)


def _pilot(data: Any, path: Path) -> Pilot:
    require(isinstance(data, dict), "content", "must be a JSON object", data)
    _only(data, _KEYS, "keys")
    for key, ours in (("schema", "symmerge.pilot"), ("version", 1)):
        require(data.get(key, ours) == ours, key, f"must be {ours}", data.get(key))
    schedule = _schedule(data)
    one = ("variances" in data) != ("spectrum" in data)
    given = [key for key in ("variances", "spectrum") if key in data]
    require(one, "variances, spectrum", "need exactly one of the two", given)
    if "variances" in data:
        variances = [float(x) for x in list_of(number)(data["variances"], "variances")]
        spectrum = Spectrum(variances, label=path.name)  # type: ignore[arg-type]
    else:
        spectrum = read_spectrum(path.parent / text_value(data["spectrum"], "spectrum"))
    runs = list_of(_run_of(schedule.T))(data.get("runs"), "runs")
    untrained = _positive(data["untrained"], "untrained") if "untrained" in data else None
    return Pilot(
        schedule,
        spectrum,
        runs,
        untrained,
        _one_of(data.get("optimiser", "sgd"), "optimiser", ("sgd", "adam", "other")),
        _one_of(data.get("network", "separate"), "network", ("separate", "shared")),
    )


def _only(data: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in data:
        require(key in keys, where, f"may have {', '.join(keys)} only", key)


def _one_of(value: Any, key: str, allowed: tuple[str, ...]) -> str:
    text = text_value(value, key)
    require(text in allowed, key, f"must be one of {', '.join(allowed)}", text)
    return text


def _positive(value: Any, key: str) -> float:
    found: Fraction = number(value, key)
    fine = found > 0 and Fraction(1, 10**30) <= found <= 10**30
    require(fine, key, "must lie between 1e-30 and 1e30", value)
    return float(found)


def _schedule(data: dict[str, Any]) -> Schedule:
    require("T" in data, "T", "is needed", "nothing")
    T = whole(integer(data["T"], "T"), "T", 2, _MOST_STEPS)
    given = data.get("schedule")
    if given is None:
        return cosine(T)
    if isinstance(given, dict):
        found = schedule_from_dict(given)
        require(found.T == T, "T", f"must be the schedule's {found.T}", T)
        return found
    text = text_value(given, "schedule")
    families = ("cosine", "flow", "ddpm", "edm")
    require(
        text in families, "schedule", f"must be an object or one of {', '.join(families)}", text
    )
    return named_schedule(text, T)


def _run_of(T: int) -> Callable[[Any, str], PilotRun]:
    names = canonical_plans(T)

    def read(value: Any, key: str) -> PilotRun:
        require(isinstance(value, dict), key, "must be an object", value)
        _only(value, ("plan", "steps", "error", "se", "contractions"), key)
        for needed in ("plan", "steps", "error"):
            require(needed in value, f"{key}: {needed}", "is needed", "nothing")
        text = text_value(value["plan"], f"{key}: plan")
        try:
            plan = names[text] if text in names else MergePlan.parse(text)
        except InputError as error:
            raise InputError(f"{key}: {error.argument}", error.rule, error.value) from None
        steps = whole(integer(value["steps"], f"{key}: steps"), f"{key}: steps", 1, 10**9)
        contractions = None
        if "contractions" in value:
            listed = list_of(number)(value["contractions"], f"{key}: contractions")
            contractions = tuple(map(float, listed))
            fine = len(listed) == plan.merges and all(0 <= g <= 10 for g in listed)
            rule = f"must be {plan.merges} numbers from 0 to 10, one per merge"
            require(fine, f"{key}: contractions", rule, value["contractions"])
        return PilotRun(
            plan,
            steps,
            _positive(value["error"], f"{key}: error"),
            _positive(value["se"], f"{key}: se") if "se" in value else None,
            contractions,
        )

    return read
