"""What every command of the command line is made of: the parser, and options that several share.

Values stay text here; the functions that use them check them, so that the command line and Python
give the same errors.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

__all__ = ["Parser", "UsageError", "add_law", "add_schedule", "new_command"]


class UsageError(Exception):
    """The command line itself is wrong: an unknown command or option, or one too few."""


class Parser(argparse.ArgumentParser):
    """Takes whole option names only, each at most once; raises instead of printing its usage."""

    def __init__(self, **settings: Any) -> None:
        layout = argparse.RawDescriptionHelpFormatter
        super().__init__(allow_abbrev=False, formatter_class=layout, **settings)

    def print_help(self, file: Any = None) -> None:
        """Write the help; unlike argparse's own, do not hide that it could not be written."""
        (sys.stdout if file is None else file).write(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and stopping."""
        raise UsageError(f"{message}; try {self.prog} --help")


class _Once(argparse.Action):
    """Store a value; a second one is an error, not a silent change of mind."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Store `values` unless there is one already."""
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option_string} is given twice")
        setattr(namespace, self.dest, values)


def new_command(
    command: Any, name: str, run: Callable[[argparse.Namespace], int], summary: str, teach: str
) -> tuple[argparse.ArgumentParser, Callable[..., None]]:
    """Add a subcommand; also return a function that adds one of its options that take a value."""
    parser = command.add_parser(name, help=summary, description=f"{summary}.", epilog=teach)
    parser.add_argument("--json", action="store_true", help="answer in JSON, for machines")
    parser.set_defaults(run=run)

    def option(flag: str, metavar: str, text: str, **settings: Any) -> None:
        parser.add_argument(flag, metavar=metavar, action=_Once, help=text, **settings)

    return parser, option


def add_schedule(option: Callable[..., None]) -> None:
    """Add ``--schedule``."""
    option(
        "--schedule",
        "NAME|FILE",
        "cosine (default), flow, ddpm, edm, or a JSON file: a schedule of symmerge or a "
        "diffusers scheduler config",
    )


def add_law(
    option: Callable[..., None], where: str = "", leave_out: tuple[str, ...] = (), **settings: Any
) -> None:
    """Options that choose a shrinkage law; ``--s`` is the command's own."""
    option(
        "--law",
        "NAME",
        f"{where}how students are trained: gradient-flow (default), gd, sgd, heavy-ball, "
        "nesterov, sign, adagrad, or ema (of gradient flow)",
        **settings,
    )
    texts = {
        "kappa": ("RATE", "average the weights at this rate, on top of any law"),
        "lr": ("NUMBER", "learning rate"),
        "steps": ("COUNT", "training steps per merge"),
        "batch": ("SIZE", "size of the minibatches: sgd; optional with heavy-ball, nesterov"),
        "momentum": ("NUMBER", "momentum, >= 0 and < 1: heavy-ball, nesterov"),
    }
    for name, (metavar, text) in texts.items():
        if name not in leave_out:
            option(f"--{name}", metavar, text)
