"""The command ``tex``."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..errors import require
from .arguments import add_schedule, new_command
from .commands import chosen_schedule, only_with
from .output import say, say_json

__all__ = ["add_tex", "tex"]

_KINDS = ("operator", "error", "formula", "edges", "table", "macros")
_MOST_STEPS = 64
_MOST_STEPS_TABLE = 1024


def tex(options: Namespace) -> int:
    """``symmerge tex``."""
    kind = options.what
    require(kind in _KINDS, "WHAT", f"must be one of {', '.join(_KINDS)}", kind)
    if kind not in ("operator", "error", "formula"):
        require(
            options.name is None, "NAME", "goes with operator, error, formula only", options.name
        )
    if kind != "table":
        only_with(options, "--lam", "table")
    if kind not in ("edges", "table"):
        only_with(options, "--s", "edges and table")
    if kind != "edges":
        only_with(options, "--schedule", "edges")
        only_with(options, "--digits", "edges")
    if kind in ("formula", "macros"):
        only_with(options, "--T", "operator, error, edges and table")
    only_one = not (options.bib and options.document)
    require(only_one, "--bib", "does not go with --document", "both")
    if kind == "macros":
        return _macros(options)
    if kind == "formula" and options.name is None:
        return _listing(options)
    return _write(_made(options), options)


def _made(options: Namespace) -> Any:
    """The formula or table asked for."""
    from .. import tex as library
    from ..schedule import whole
    from ..tex.plans import STRATEGY_NAMES

    if options.what == "formula":
        return library.formula(options.name)
    if options.what == "edges":
        if options.T is None and options.s is None and options.schedule is None:
            only_with(options, "--digits", "--T and --s")
            return library.formula("edges")
        require(options.s is not None, "--s", "is needed", "nothing")
        schedule = chosen_schedule(options.schedule, options.T)
        digits = 12 if options.digits is None else whole(options.digits, "--digits", 10, 200)
        return library.edge_values(s=options.s, schedule=schedule, digits=digits)
    if options.what == "table":
        for name in ("lam", "T", "s"):
            require(getattr(options, name) is not None, f"--{name}", "is needed", "nothing")
        several = [whole(T, "--T", 2, _MOST_STEPS_TABLE) for T in options.T.split(",")]
        return library.error_table(options.lam.split(","), several, options.s)
    names = ", ".join(STRATEGY_NAMES)
    hint = f"write it like '[1|[2|3]]', or {names}"
    require(options.name is not None, "PLAN", "is needed", "nothing", hint)
    steps = None if options.T is None else whole(options.T, "--T", 2, _MOST_STEPS)
    return getattr(library, options.what)(options.name, steps)


def _write(found: Any, options: Namespace) -> int:
    from ..tex import document

    if options.json:
        say_json({**found.to_dict(), "bibtex": found.bibtex()})
    elif options.bib:
        say(found.bibtex())
    elif options.document:
        say(document([found]))
    else:
        say(found.latex())
    return 0


def _macros(options: Namespace) -> int:
    from ..tex import macros, macros_text

    for flag in ("bib", "document"):
        given = getattr(options, flag)
        require(not given, f"--{flag}", "does not go with macros", given)
    if options.json:
        say_json(macros())
    else:
        say(macros_text().rstrip("\n"))
    return 0


def _listing(options: Namespace) -> int:
    """All named formulas, one a line; everything in one document on request."""
    from ..references import citation
    from ..tex import document, formulas

    found = formulas()
    if options.json:
        say_json([item.to_dict() for item in found])
    elif options.bib:
        say(str(citation(*found)))
    elif options.document:
        say(document(found))
    else:
        longest = max(len(item.name) for item in found)
        say("\n".join(f"{item.name:{longest}}  {item.title}" for item in found))
    return 0


def add_tex(command: Any) -> None:
    """Add the command ``tex``."""
    parser, option = new_command(
        command,
        "tex",
        tex,
        "write LaTeX for a paper: formulas with their definitions, tables, macros, BibTeX",
        "examples:\n"
        "  symmerge tex operator '[[1|2]|3]'\n"
        "  symmerge tex error boot\n"
        "      for any number of steps; with --T 8 written out for 8\n"
        "  symmerge tex edges --T 64 --s 3\n"
        "  symmerge tex table --lam 0.2,1,5 --T 64,128 --s 6.4 --document\n"
        "  symmerge tex formula\n"
        "      lists the named formulas\n"
        "  symmerge tex formula stability-coordinate --bib\n"
        "  symmerge tex macros\n"
        "      prints symmerge.sty; keep it with > symmerge.sty\n\n"
        "everything compiles with amsmath alone and renders in KaTeX; theorems: see\n"
        "python -m proofs NAME --latex",
    )
    parser.add_argument(
        "what", metavar="WHAT", help="operator, error, formula, edges, table or macros"
    )
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="operator, error: a merge plan, quoted, or vanilla, boot, consistency, progressive; "
        "formula: its name",
    )
    option("--T", "STEPS", "number of steps; for table several with commas between")
    option("--lam", "LIST", "for table: variances, with commas between")
    option("--s", "TIME", "for edges and table: training time of every merge")
    option("--digits", "COUNT", "for edges: digits to show (default 12)")
    add_schedule(option)
    parser.add_argument(
        "--document", action="store_true", help="write a complete file that compiles"
    )
    parser.add_argument(
        "--bib", action="store_true", help="write the BibTeX entries of what it rests on instead"
    )
