"""The command ``sweep``."""

from __future__ import annotations

from argparse import Namespace

from ..errors import InputError, require
from .commands import show
from .output import report_error, rows_if_seen

__all__ = ["sweep"]

_AXES = ("lam", "s", "T", "schedule", "plans", "budget", "window")


def sweep(options: Namespace) -> int:
    """``symmerge sweep``."""
    from ..schedule import whole
    from ..sweep import SweepSpec, ready_specs, run_sweep

    given = {name: value for name in _AXES if (value := getattr(options, name)) is not None}
    if options.spec is not None:
        require(not given, "SPEC", "brings its own axes", [f"--{name}" for name in given])
        known = options.spec.endswith(".json") or options.spec in ready_specs()
        names = ", ".join(ready_specs())
        require(known, "SPEC", f"must be a .json file or one of {names}", options.spec)
        spec = SweepSpec.read(options.spec)
    else:
        for name in ("lam", "s"):
            hint = "or give a SPEC"
            require(name in given, f"--{name}", "is needed", "nothing", hint)
        if "plans" in given:
            given["plans"] = given["plans"].split(",")
        spec = SweepSpec(**given)
    workers = None if options.workers is None else whole(options.workers, "--workers", 1, 4096)
    try:
        found = run_sweep(spec, options.out, workers, rows_if_seen("points"))
    except KeyboardInterrupt:
        return report_error("interrupted; the same command goes on from here", 130)
    except InputError as error:
        argument = "--out" if error.argument == "out" else error.argument
        raise InputError(argument, error.rule, error.value, error.hint) from None
    show(found, options)
    return 0
