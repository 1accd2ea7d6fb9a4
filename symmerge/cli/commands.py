"""One function per command: read the options, ask the library, write the answer.

Each imports what it needs when it runs, so that ``--help`` and errors are quick. The return value
is the exit status.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import InputError, require
from .output import progress, say, say_json

if TYPE_CHECKING:
    from ..schedule import Schedule
    from ..search.spectra import SpectrumResult

__all__ = ["demo", "derive", "evaluate", "phase", "plan"]

_MOST_STEPS = 4096  # beyond it searches that keep all intervals need gigabytes
_DIGITS = 30


class _Answer(Protocol):
    """A result of the library; ``str()`` of it is for people."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        ...


def _show(answer: _Answer, options: Namespace) -> None:
    if options.json:
        say_json(answer.to_dict())
    else:
        say(str(answer))


def _schedule(name: str | None, steps: Any) -> Schedule:
    """The schedule asked for: a family by name, or a JSON file."""
    from .. import schedule as families

    T = None if steps is None else families.whole(steps, "--T", 2, _MOST_STEPS)
    chosen = "cosine" if name is None else name
    named = {family: getattr(families, family) for family in ("cosine", "flow", "ddpm", "edm")}
    if chosen in named:
        if T is None:
            raise InputError("--T", "must be given", "nothing", "for example --T 32")
        return named[chosen](T)
    known = Path(chosen).suffix == ".json" or Path(chosen).exists()
    require(known, "--schedule", f"must be {', '.join(named)} or a JSON file", chosen)
    from ..scheduler_config import read_schedule

    found = read_schedule(chosen, T)
    require(found.T <= _MOST_STEPS, "--T", f"must be at most {_MOST_STEPS}", found.T)
    return found


def _only_with(options: Namespace, option: str, needed: str) -> None:
    """Refuse an option that would be ignored."""
    value = getattr(options, option.removeprefix("--"))
    require(value is None, option, f"goes with {needed} only", value)


def plan(options: Namespace) -> int:
    """``symmerge plan``."""
    asked = [name for name in ("lam", "data", "spectrum") if getattr(options, name) is not None]
    if len(asked) != 1:
        given = " and ".join(f"--{name}" for name in asked) or "none of them"
        raise InputError("--lam, --data, --spectrum", "need exactly one of the three", given)
    return _plan_scalar(options) if asked == ["lam"] else _plan_spectrum(options)


def _plan_scalar(options: Namespace) -> int:
    _only_with(options, "--scale", "--data")
    from ..search import best_plan

    schedule = _schedule(options.schedule, options.T)
    result = best_plan(options.lam, s=options.s, schedule=schedule, method=options.method or "auto")
    _show(result, options)
    return 1 if result.optimality.status == "refuted" else 0


def _plan_spectrum(options: Namespace) -> int:
    _only_with(options, "--method", "--lam")
    if options.spectrum is not None:
        _only_with(options, "--scale", "--data")
    from ..search.spectra import plan_spectrum
    from ..spectrum import bundled, read_samples, read_spectrum

    schedule = _schedule(options.schedule, options.T)
    scale = options.scale or "none"
    if options.spectrum is not None:
        spectrum = read_spectrum(options.spectrum)
    elif options.data == "digits":
        spectrum = bundled(options.data, scale)
    else:
        spectrum = read_samples(options.data, scale)
    result = plan_spectrum(spectrum, options.s, schedule)
    if options.json:
        say_json(result.to_dict())
    else:
        say(_spectrum_text(result))
    return 0


def _spectrum_text(result: SpectrumResult) -> str:
    from ..report import comparison, recommendation

    return "\n".join(
        [
            f"{result.label}: {result.d} coordinates, {result.share_below_one:.0%} with variance "
            f"<= 1; {result.schedule}, s = {result.s} per merge",
            recommendation(result),
            f"W2^2 = {result.w2_squared:.6g}. {comparison(result)}",
            f"Optimality over all merge plans: {result.optimality}",
        ]
    )


def evaluate(options: Namespace) -> int:
    """``symmerge evaluate``."""
    from ..evaluate import evaluate as evaluate_plan
    from ..plan import MergePlan

    chosen = MergePlan.parse(options.plan)
    schedule = _schedule(options.schedule, chosen.T)
    digits = _DIGITS if options.digits is None else options.digits
    _show(evaluate_plan(chosen, options.lam, options.s, schedule, digits), options)
    return 0


def derive(options: Namespace) -> int:
    """``symmerge derive``."""
    from ..derive import derive as derive_formula
    from ..plan import MergePlan

    form = "text" if options.format is None else options.format
    require(form in ("text", "latex"), "--format", "must be text or latex", form)
    chosen = MergePlan.parse(options.plan)
    schedule = None if options.schedule is None else _schedule(options.schedule, chosen.T)
    formula = derive_formula(
        chosen,
        of="operator" if options.of is None else options.of,
        lam="lambda" if options.lam is None else options.lam,
        schedule=schedule,
        expand=options.expand,
    )
    if options.json:
        say_json(formula.to_dict())
    else:
        say(formula.latex() if form == "latex" else formula.text())
    return 0


def phase(options: Namespace) -> int:
    """``symmerge phase``."""
    from ..phase import edges

    digits = _DIGITS if options.digits is None else options.digits
    schedule = _schedule(options.schedule, options.T)
    _show(edges(s=options.s, schedule=schedule, digits=digits), options)
    return 0


def demo(options: Namespace) -> int:
    """``symmerge demo``."""
    from ..report import run_demo

    out = Path("symmerge-report" if options.out is None else options.out)
    usable = out.is_dir() or not out.exists()
    require(usable, "--out", "must be a folder or a name that is free", str(out))
    _show(run_demo(out, progress), options)
    return 0
