"""The commands ``study`` and ``calibrate``: real networks beside the theory."""

from __future__ import annotations

from argparse import Namespace

from ..errors import InputError
from .commands import show
from .output import report_error, rows_if_seen

__all__ = ["calibrate", "study"]


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
