"""The command ``experiment``."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..errors import InputError
from .arguments import new_command
from .commands import show
from .output import report_error, rows_if_seen

__all__ = ["add_experiment", "experiment"]


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


def add_experiment(command: Any) -> None:
    """Add the command ``experiment``."""
    parser, option = new_command(
        command,
        "experiment",
        experiment,
        "train students of a mixture's flow, beside the published results; needs PyTorch",
        "examples:\n"
        "  symmerge experiment 4 --size small\n"
        "  symmerge experiment 2 --size paper --out bounded\n\n"
        "1  the score at a fixed time, by width and sigma0\n"
        "2  a short flow map, weights clipped to [-B, B]\n"
        "3  the whole flow map, by transformer blocks\n"
        "4  the whole flow map in n pieces, stability-balanced against uniform time steps\n\n"
        "an experiment that was stopped goes on when the same command is given again",
    )
    parser.add_argument("number", metavar="NUMBER", help="1, 2, 3 or 4")
    option(
        "--size",
        "HOW",
        "small (default; minutes on two cores) or paper (the published setting, for a GPU)",
    )
    option("--out", "DIR", "folder for the results (default symmerge-experiment-NUMBER-SIZE)")
