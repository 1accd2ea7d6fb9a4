"""The command ``sweep``."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..errors import InputError, require
from .arguments import add_schedule, new_command
from .commands import show
from .output import report_error, rows_if_seen

__all__ = ["add_sweep", "sweep"]

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


def add_sweep(command: Any) -> None:
    """Add the command ``sweep``."""
    parser, option = new_command(
        command,
        "sweep",
        sweep,
        "errors, best plans and regimes over many variances, training times and step counts",
        "examples:\n"
        "  symmerge sweep --lam 0.05:20:400:log --s 0.3:10:200 --T 64,128 --out table\n"
        "  symmerge sweep phase-lam-s --out phase --workers 2\n"
        "      shipped: source-strategies, error-gaps, phase-lam-s, phase-lam-T, equal-budget\n\n"
        "an axis is a list 1,3,6.4 or a grid START:STOP:COUNT, with :log for a logarithmic one;\n"
        "a sweep that was stopped goes on when the same command is given again",
    )
    parser.add_argument("spec", metavar="SPEC", nargs="?", help="JSON file, or a shipped sweep")
    option("--lam", "AXIS", "variances of the data, > 0")
    option("--s", "AXIS", "dimensionless training times, >= 0")
    option("--T", "AXIS", "steps of the sampler, 2 to 4096; a schedule file may fix them")
    add_schedule(option)
    option(
        "--plans",
        "LIST",
        "vanilla, boot, consistency, progressive, best (default: all of these), or plans such as "
        "'[1|[2|3]]', with commas between",
    )
    option("--budget", "HOW", "s is for every merge (merge, default) or shared by all (total)")
    option(
        "--window",
        "HOW",
        "where theorems leave a point open: decide it (exact, default), leave it (theorems), or "
        "look for the best plan inside the band too (search, slow)",
    )
    option(
        "--out", "DIR", "folder for the table; new, empty, or begun by this sweep", required=True
    )
    option("--workers", "COUNT", "processes (default 1); the result is the same on any number")
