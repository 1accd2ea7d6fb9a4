"""``symmerge network``: compile the score of a mixture into a network."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from .arguments import new_command
from .commands import show
from .output import progress_if_seen

__all__ = ["add_network", "network"]


def network(options: Namespace) -> int:
    """Compile, tell the sizes and the guarantee, and write the weights if asked to."""
    from ..flow.mixture import read_mixture
    from ..flow.networks import score_network, write_network
    from ..places import file_to_write

    if options.out is not None:
        file_to_write(options.out, "--out")
    end = 1 if options.T is None else options.T
    variant = "shallow" if options.variant is None else options.variant
    found = score_network(read_mixture(options.file), options.eps, end, options.radius, variant)
    if options.out is not None:
        progress_if_seen()(f"writing {options.out}")
        write_network(found, options.out)
    show(found, options)
    return 0


def add_network(command: Any) -> None:
    """Add the command ``network``."""
    parser, option = new_command(
        command,
        "network",
        network,
        "compile the score of a Gaussian mixture into a ReLU-ReQU network",
        "example:\n"
        "  symmerge network line.json --eps 1e-6 --out line.npz\n\n"
        "line.json is a mixture as for `symmerge mixture`; the accuracy is guaranteed in exact\n"
        "arithmetic for times from 0 to T and points up to the radius",
    )
    parser.add_argument("file", metavar="FILE", help="mixture in JSON")
    option("--eps", "NUMBER", "largest error of the score, > 0 and < 1", required=True)
    option("--T", "TIME", "last time (default 1)")
    option(
        "--radius",
        "NUMBER",
        "largest distance of a point from 0 (default: largest mean plus 8 widths)",
    )
    option("--variant", "NAME", "shallow (default) or narrow")
    option(
        "--out",
        "FILE",
        "write the weights as a NumPy file, .npz; an existing file is replaced once the new one is "
        "whole",
    )
