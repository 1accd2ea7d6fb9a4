"""The command ``experiment``."""

from __future__ import annotations

from argparse import Namespace

from ..errors import InputError
from .commands import show
from .output import report_error, rows_if_seen

__all__ = ["experiment"]


def experiment(options: Namespace) -> int:
    """``symmerge experiment``."""
    from ..experiments import run_experiment, setting

    size = "small" if options.size is None else options.size
    chosen = setting(options.number, size)
    folder = options.out
    if folder is None:
        folder = f"symmerge-experiment-{chosen.number}-{size}"
    try:
        found = run_experiment(chosen, folder, rows_if_seen("training steps"))
    except KeyboardInterrupt:
        return report_error("interrupted; the same command goes on from here", 130)
    except InputError as error:
        argument = "--out" if error.argument == "out" else error.argument
        raise InputError(argument, error.rule, error.value, error.hint) from None
    show(found, options)
    return 0
