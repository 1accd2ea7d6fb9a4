"""``symmerge network``: compile the score of a mixture into a network."""

from __future__ import annotations

from argparse import Namespace

from .commands import show
from .output import progress_if_seen

__all__ = ["network"]


def network(options: Namespace) -> int:
    """Compile, tell the sizes and the guarantee, and write the weights if asked to."""
    from ..flow.mixture import read_mixture
    from ..flow.networks import score_network, write_network

    end = 1 if options.T is None else options.T
    variant = "shallow" if options.variant is None else options.variant
    found = score_network(read_mixture(options.file), options.eps, end, options.radius, variant)
    if options.out is not None:
        progress_if_seen()(f"writing {options.out}")
        write_network(found, options.out)
    show(found, options)
    return 0
