"""The command line: all commands, in the order in which ``--help`` lists them."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from . import commands, completion, experiment, explore, flow, network, study, sweep, tex, training
from .arguments import Parser

__all__ = ["build_parser"]


class _Version(argparse.Action):
    """Print the version; it is looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        """Print and stop."""
        from .. import __version__
        from .output import say

        say(f"symmerge {__version__}")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; the options it returns hold the command to ``run``."""
    parser = Parser(
        prog="symmerge",
        description="Which distillation strategy is best for a diffusion sampler, how good is it,\n"
        "and how sure is that? Formulas, certified numbers and optimal merge plans.",
        epilog="start here:\n"
        "  symmerge demo --out report\n"
        "  symmerge plan --lam 1.536 --T 6 --s 1\n\n"
        "numbers are exact: write 3, 0.2, 1e-3 or 1/5\n"
        "exit status: 0 done, 1 a claim was refuted, 2 bad input, 70 a defect of symmerge itself,\n"
        "130 interrupted, 141 the reader of the answer has gone",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    command = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (
        commands.add_plan,
        commands.add_evaluate,
        commands.add_derive,
        commands.add_phase,
        sweep.add_sweep,
        training.add_shrinkage,
        training.add_budget,
        training.add_simulate,
        flow.add_grid,
        flow.add_mixture,
        network.add_network,
        experiment.add_experiment,
        study.add_study,
        study.add_calibrate,
        tex.add_tex,
        explore.add_explore,
        commands.add_demo,
        completion.add_completion,
    ):
        add(command)
    return parser
