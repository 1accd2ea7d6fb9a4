"""Schedules from files: symmerge's own JSON form, or a scheduler config of diffusers.

``schedule_from_dict`` inverts ``Schedule.to_dict``; :mod:`symmerge.diffusers_config` says how a
config is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .diffusers_config import CONFIG_KEYS, schedule_from_config
from .errors import InputError, require
from .json_files import integer, list_of, number, read_json, text_value, write_json
from .schedule import Schedule, cosine, ddpm, edm, flow, whole

__all__ = ["named_schedule", "read_schedule", "schedule_from_dict", "write_schedule"]

_NAMED: dict[str, Callable[[int], Schedule]] = {
    "cosine": cosine,
    "flow": flow,
    "ddpm": ddpm,
    "edm": edm,
}
_Readers = Mapping[str, Callable[[Any, str], Any]]
_KINDS: dict[str, _Readers] = {
    "cosine": {},
    "angles": {"angles": list_of(number), "unit": text_value},
    "betas": {"betas": list_of(number), "steps": list_of(integer), "clean": integer},
    "ddpm": {"train_steps": integer, "beta_start": number, "beta_end": number},
    "flow": {"shift": number},
    "edm": {"sigma_min": number, "sigma_max": number, "rho": integer},
    "custom": {"alpha": list_of(number), "sigma": list_of(number)},
}


def schedule_from_dict(data: Any) -> Schedule:
    """Rebuild a schedule from its JSON form; the inverse of ``Schedule.to_dict``.

    Parameters
    ----------
    data : dict
        ``schema``, ``version``, ``kind``, ``T`` and the parameters of that kind, all of them and
        nothing else. Rationals may be written ``"3/7"``.

    Raises
    ------
    InputError
        If a key is missing or unknown, or a value has the wrong type or breaks a rule.

    Examples
    --------
    >>> schedule_from_dict(flow(8, shift=3).to_dict()) == flow(8, shift=3)
    True
    """
    require(isinstance(data, dict), "schedule", "must be a JSON object", data)
    for key in ("schema", "version", "kind", "T"):
        require(key in data, key, "must be given", "nothing")
    schema, version = data["schema"], data["version"]
    require(schema == "symmerge.schedule", "schema", "must be symmerge.schedule", schema)
    require(integer(version, "version") == 1, "version", "must be 1", version)
    kind, T = text_value(data["kind"], "kind"), integer(data["T"], "T")
    require(kind in _KINDS, "kind", f"must be one of {', '.join(_KINDS)}", kind)
    readers = _KINDS[kind]
    for key in readers:
        require(key in data, key, f"must be given for kind {kind}", "nothing")
    for key in data:
        known = key in readers or key in ("schema", "version", "kind", "T")
        require(known, "schedule", f"must have no other keys than those of kind {kind}", key)
    return Schedule(kind, T, tuple((key, read(data[key], key)) for key, read in readers.items()))


def write_schedule(schedule: Schedule, path: str | Path) -> None:
    """Write a schedule's JSON form, whole or not at all."""
    write_json(schedule.to_dict(), path)


def read_schedule(path: str | Path, T: int | None = None) -> Schedule:
    """Read a schedule from a JSON file of symmerge or a scheduler config of diffusers.

    Parameters
    ----------
    path : path of a JSON file
    T : int, optional
        Number of sampling steps. A config of diffusers needs it; a schedule of symmerge has its
        own, which it must equal.

    Raises
    ------
    InputError
        If the file is missing, broken or holds something that is not supported; one line.
    """
    data = read_json(path)
    name = Path(path).name
    require(isinstance(data, dict), "file", "must hold a JSON object", name)
    steps = None if T is None else whole(T, "T", 2)
    foreign = "schema" not in data
    if foreign:
        ours = "must hold a schedule of symmerge or a scheduler config of diffusers"
        require(not CONFIG_KEYS.isdisjoint(data), "file", ours, name)
        if steps is None:
            raise InputError("T", "must be given with a scheduler config", "nothing", name)
    try:
        found = schedule_from_config(data, steps) if foreign and steps else schedule_from_dict(data)
    except InputError as error:
        argument = error.argument if error.argument == "T" else f"{name}: {error.argument}"
        raise InputError(argument, error.rule, error.value, error.hint) from None
    require(steps is None or steps == found.T, "T", f"must be {found.T} as in {name}", T)
    return found


def named_schedule(text: str, T: int | None = None, argument: str = "schedule") -> Schedule:
    """Return the schedule of a family's name, cosine, flow, ddpm or edm, or of a JSON file.

    Examples
    --------
    >>> str(named_schedule("flow", 8))
    'flow schedule, T = 8'
    """
    if text in _NAMED:
        if T is None:
            raise InputError("T", "must be given", "nothing", "for example 32")
        return _NAMED[text](T)
    rule = f"must be {', '.join(_NAMED)} or a JSON file"
    try:
        known = text != "" and (Path(text).suffix == ".json" or Path(text).exists())
    except (OSError, ValueError):
        known = False
    require(known, argument, rule, text)
    return read_schedule(text, T)
