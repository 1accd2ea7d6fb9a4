"""The command line: ``symmerge plan | evaluate | derive | phase | demo``.

Exit status: 0 done; 1 a claim was refuted; 2 bad input; 70 a defect of symmerge itself; 130
interrupted; 141 the reader of the answer has gone. An error is one line on stderr. Text that users
type goes through the grammars of :mod:`symmerge.numbers` and :mod:`symmerge.plan`; none of it is
evaluated.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence

from ..errors import InputError
from .arguments import UsageError
from .output import report_error
from .parser import build_parser

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program name; those of the process by default.

    Examples
    --------
    >>> main(["plan", "--lam", "1/2", "--T", "4", "--s", "-3"])
    2
    """
    if sys.stdout is None:  # closed before Python started, as by >&-
        return report_error("standard output is closed; there is nowhere to write an answer", 2)
    try:
        try:
            options = build_parser().parse_args(argv)
        except SystemExit:  # --help and --version have printed their answer
            status = 0
        else:
            with warnings.catch_warnings():
                # Results are checked; what NumPy says on the way would be one line too many.
                warnings.simplefilter("ignore", RuntimeWarning)
                status = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone, as in `symmerge … | head`. Let the flush at exit go nowhere.
        _discard_stdout()
        return 141
    except (UsageError, InputError) as error:
        return report_error(str(error), 2)
    except KeyboardInterrupt:
        return report_error("interrupted", 130)
    except OSError as error:
        if error.filename is None:  # the answer could not be written; the flush at exit would fail
            _discard_stdout()
        where = f"{error.filename}: " if error.filename is not None else ""
        return report_error(f"{where}{error.strerror or error}", 2)
    except (MemoryError, RecursionError):
        return report_error("this is too large for the memory here; try a smaller T", 2)
    except Exception as error:
        return report_error(f"defect, please report it: {type(error).__name__}: {error}", 70)
    return status


def _discard_stdout() -> None:
    try:
        stdout = sys.stdout.fileno()
    except OSError:  # replaced by something that is no file
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stdout)
    os.close(nowhere)
