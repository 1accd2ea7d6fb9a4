"""Commands on Gaussian mixtures: ``grid`` and ``mixture``.

Each imports what it needs when it runs; the return value is the exit status.
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from ..errors import InputError, require
from .arguments import new_command
from .commands import only_with, show
from .output import progress_if_seen, say_json

if TYPE_CHECKING:
    from ..flow.mixture import Mixture

__all__ = ["add_grid", "add_mixture", "grid", "mixture"]


def grid(options: Namespace) -> int:
    """``symmerge grid``; answers in JSON with and without ``--json``."""
    from ..flow.grid import grid as make_grid
    from ..flow.mixture import read_mixture
    from ..flow.stability import Stability
    from ..numbers import exact

    given = [name for name in ("sigma0", "diameter", "beta") if getattr(options, name) is not None]
    flow: Mixture | Stability
    if options.mixture is not None:
        require(not given, "--mixture", "brings its own sigma0, diameter and beta", given)
        only = options.sigma_inf is None
        require(only, "--mixture", "brings its own sigma_inf", options.sigma_inf)
        flow = read_mixture(options.mixture)
    else:
        values = {}
        for name in ("sigma0", "diameter", "beta"):
            value = getattr(options, name)
            hint = "or give --mixture FILE"
            require(value is not None, f"--{name}", "is needed", "nothing", hint)
            values[name] = exact(value, f"--{name}")
        wide = "1" if options.sigma_inf is None else options.sigma_inf
        flow = Stability(**values, sigma_inf=exact(wide, "--sigma-inf"))
    kind = "stability" if options.kind is None else options.kind
    say_json(make_grid(kind, options.segments, options.T, flow).to_dict())
    return 0


def mixture(options: Namespace) -> int:
    """``symmerge mixture``."""
    from ..flow.mismatch import mismatch_table
    from ..flow.mixture import read_mixture, write_mixture
    from ..flow.summary import summarise
    from ..places import file_to_write

    if (options.file is None) == (options.data is None):
        given = "none of them" if options.file is None else "both"
        raise InputError("FILE, --data", "need exactly one of the two", given)
    if options.file is not None:
        for option in ("--components", "--beta", "--seed", "--out"):
            only_with(options, option, "--data")
        found = read_mixture(options.file)
    else:
        if options.out is not None:
            file_to_write(options.out, "--out")
        found = _fitted(options)
        if options.out is not None:
            write_mixture(found, options.out)
    end = 1 if options.T is None else options.T
    if options.mismatch is None:
        show(summarise(found, end), options)
    else:
        show(mismatch_table(found, end, options.mismatch), options)
    return 0


def _fitted(options: Namespace) -> Mixture:
    from ..flow.fit import fit_data
    from ..schedule import whole

    require(options.components is not None, "--components", "is needed with --data", "nothing")
    seed = 0 if options.seed is None else whole(options.seed, "--seed", 0, 2**32 - 1)
    beta = 1 if options.beta is None else options.beta
    progress_if_seen()(f"fitting {options.components} components to {options.data}")
    return fit_data(options.data, options.components, beta, seed)


def add_grid(command: Any) -> None:
    """Add the command ``grid``."""
    _, option = new_command(
        command,
        "grid",
        grid,
        "compute time steps that balance the stability of a mixture's flow; the answer is JSON",
        "examples:\n"
        "  symmerge grid --sigma0 1 --beta 5 --T 1 --segments 8 --diameter 40.997\n"
        "  symmerge grid --sigma0 0.2 --beta 5 --T 1 --segments 8 --diameter 2.9 --kind sup\n\n"
        "times ascend from 0 (data) to T (noise)",
    )
    option("--sigma0", "NUMBER", "width of the components, > 0")
    option("--diameter", "NUMBER", "largest distance of two component means, >= 0")
    option("--beta", "NUMBER", "rate of the process, > 0")
    option("--sigma-inf", "NUMBER", "width of the stationary law (default 1)")
    option("--mixture", "FILE", "or a mixture in JSON, which brings all four")
    option("--T", "TIME", "end of the process, > 0", required=True)
    option("--segments", "COUNT", "number of time steps", required=True)
    option(
        "--kind",
        "NAME",
        "what is split evenly: stability (default), sup (the exact supremum), one-sided (towards "
        "the data), averaged (the closed bound of the averaged coordinate; needs --mixture), or "
        "uniform (time)",
    )


def add_mixture(command: Any) -> None:
    """Add the command ``mixture``."""
    parser, option = new_command(
        command,
        "mixture",
        mixture,
        "tell how unstable the flow of a Gaussian mixture is, by every measure",
        "examples:\n"
        "  symmerge mixture --data digits --components 10\n"
        "  symmerge mixture --data patches-grey --components 5 --beta 5 --out patches.json\n"
        "  symmerge mixture line.json --mismatch 2\n\n"
        'a mixture in JSON: {"means": [[-1, 0], [1, 0]], "sigma0": "1/4"} and, if wanted,\n'
        "weights, beta, sigma_inf, label",
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="mixture in JSON")
    option(
        "--data",
        "NAME|FILE",
        "or fit one to digits, patches-grey, patches-rgb, or samples in rows of a file",
    )
    option("--components", "COUNT", "for --data: number of components")
    option("--beta", "NUMBER", "for --data: rate of the process (default 1)")
    option("--seed", "NUMBER", "for --data: seed of the fit (default 0)")
    option(
        "--out",
        "FILE",
        "for --data: write the mixture as JSON; an existing file is replaced once the new one is "
        "whole",
    )
    option("--T", "TIME", "end of the process (default 1)")
    option(
        "--mismatch",
        "K",
        "instead: what students of Lipschitz constant K must lose (one dimension)",
    )
