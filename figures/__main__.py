"""Make figures: ``python -m figures`` for all, ``python -m figures NAME ...`` for some."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import frame


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the figures asked for; 0 if every number in their captions is the expected one."""
    parser = argparse.ArgumentParser(
        prog="python -m figures",
        description="Make figures: PDF and SVG in figures/out, PNG and captions in docs.",
        epilog=f"figures: {', '.join(frame.NAMES)}",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to make (default: all)")
    names = parser.parse_args(arguments).names or list(frame.NAMES)
    unknown = [name for name in names if name not in frame.NAMES]
    if unknown:
        print(f"no figure {', '.join(unknown)}; try {', '.join(frame.NAMES)}", file=sys.stderr)
        return 2
    status = 0
    for name in names:
        try:
            frame.build(name)
        except frame.ChangedNumber as error:
            print(f"a number in a caption changed: {error}", file=sys.stderr)
            status = 1
        else:
            print(f"{name}: made")
    return status


if __name__ == "__main__":
    sys.exit(main())
