"""The commands ``study`` and ``calibrate``: real networks beside the theory."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..errors import InputError
from .arguments import new_command
from .commands import show
from .output import report_error, rows_if_seen

__all__ = ["add_calibrate", "add_study", "calibrate", "study"]


def study(options: Namespace) -> int:
    """``symmerge study``."""
    from ..schedule import whole
    from ..study.config import settings
    from ..study.run import run_study

    size = "small" if options.size is None else options.size
    seed = 0 if options.seed is None else whole(options.seed, "--seed", 0, 2**31)
    try:
        chosen = settings(size, seed)
        found = run_study(chosen, options.out, rows_if_seen("units of training"))
    except KeyboardInterrupt:
        return report_error("interrupted; the same command goes on from here", 130)
    except InputError as error:
        names = {"out": "--out", "size": "--size", "experiment": "study"}
        argument = names.get(error.argument, error.argument)
        raise InputError(argument, error.rule, error.value, error.hint) from None
    show(found, options)
    return 0


def calibrate(options: Namespace) -> int:
    """``symmerge calibrate``: 1 where the data contradict the theory."""
    from ..study.calibrate import calibrate, read_pilot

    found = calibrate(read_pilot(options.pilot))
    show(found, options)
    return 1 if found.contradictions else 0


def add_study(command: Any) -> None:
    """Add the command ``study``."""
    _, option = new_command(
        command,
        "study",
        study,
        "distil small real networks along merge plans and set them beside the theory",
        "examples:\n"
        "  symmerge study --size small --out study\n"
        "      minutes on one processor core\n"
        "  symmerge study --size full --out full-study\n"
        "      hours: two data sets, 8 and 16 steps, more seeds\n\n"
        "needs symmerge[train,data]; a study that was stopped goes on when the same command is\n"
        "given again; results are in DIR/study.json",
    )
    option("--size", "SIZE", "small (default) or full")
    option("--seed", "NUMBER", "seed of the random numbers (default 0)")
    option("--out", "DIR", "folder; new, empty, or begun by this study", required=True)


def add_calibrate(command: Any) -> None:
    """Add the command ``calibrate``."""
    parser, _ = new_command(
        command,
        "calibrate",
        calibrate,
        "fit the training time to a few measured runs and predict the other plans",
        "example:\n"
        "  symmerge calibrate PILOT.json\n\n"
        "PILOT.json: T, variances (or spectrum, a file beside it) and runs, such as\n"
        '  {"T": 8, "variances": [0.2, 0.9], "untrained": 2.4,\n'
        '   "runs": [{"plan": "vanilla", "steps": 200, "error": 0.71, "se": 0.02}]}\n'
        "error: mean square distance of student to teacher over the variance of the samples;\n"
        "untrained: the same before any training\n\n"
        "exit status 1 says that the data contradict the theory",
    )
    parser.add_argument("pilot", metavar="PILOT.json", help="measured runs")
