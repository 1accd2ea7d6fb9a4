"""One function per command: read the options, ask the library, write the answer.

Each imports what it needs when it runs, so that ``--help`` and errors are quick. The return value
is the exit status.
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import InputError, require
from .arguments import add_law, add_schedule, new_command
from .output import progress, progress_if_seen, rows_if_seen, say, say_json

if TYPE_CHECKING:
    from ..plan import MergePlan
    from ..schedule import Schedule
    from ..spectrum import Spectrum

__all__ = [
    "add_demo",
    "add_derive",
    "add_evaluate",
    "add_phase",
    "add_plan",
    "chosen_plan",
    "chosen_schedule",
    "demo",
    "derive",
    "evaluate",
    "only_with",
    "phase",
    "plan",
    "show",
]

_MOST_STEPS = 4096  # beyond it searches that keep all intervals need gigabytes


class _Answer(Protocol):
    """A result of the library; ``str()`` of it is for people."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        ...


def show(answer: _Answer, options: Namespace) -> None:
    """Write an answer as asked for."""
    if options.json:
        say_json(answer.to_dict())
    else:
        say(str(answer))


def chosen_schedule(name: str | None, steps: Any) -> Schedule:
    """The schedule asked for: a family by name, or a JSON file."""
    from ..schedule import whole
    from ..scheduler_config import named_schedule

    T = None if steps is None else whole(steps, "--T", 2, _MOST_STEPS)
    found = named_schedule("cosine" if name is None else name, T, "--schedule")
    require(found.T <= _MOST_STEPS, "T", f"must be at most {_MOST_STEPS}", found.T)
    return found


def only_with(options: Namespace, option: str, needed: str) -> None:
    """Refuse an option that would be ignored."""
    value = getattr(options, option.removeprefix("--").replace("-", "_"))
    require(value is None, option, f"goes with {needed} only", value)


def plan(options: Namespace) -> int:
    """``symmerge plan``."""
    asked = [name for name in ("lam", "data", "spectrum") if getattr(options, name) is not None]
    if len(asked) != 1:
        given = " and ".join(f"--{name}" for name in asked) or "none of them"
        raise InputError("--lam, --data, --spectrum", "need exactly one of the three", given)
    return _plan_scalar(options) if asked == ["lam"] else _plan_spectrum(options)


def _plan_scalar(options: Namespace) -> int:
    for option in ("--scale", "--encode", "--noise-cov", "--student"):
        only_with(options, option, "--data")
    if options.law is not None:
        return _plan_trained(options)
    for option in ("--kappa", "--lr", "--steps", "--batch", "--momentum"):
        only_with(options, option, "--law")
    from ..search import best_plan

    schedule = chosen_schedule(options.schedule, options.T)
    result = best_plan(options.lam, s=options.s, schedule=schedule, method=options.method or "auto")
    show(result, options)
    return 1 if result.optimality.status == "refuted" else 0


def _plan_trained(options: Namespace) -> int:
    """Under another law than gradient flow."""
    from ..dynamics.trained import rank_plans
    from ..search import best_plan
    from .training import law_of

    law, schedule = law_of(options), chosen_schedule(options.schedule, options.T)
    if getattr(law, "linear", True) and not getattr(law, "noisy", False):
        result = best_plan(options.lam, law=law, schedule=schedule, method=options.method or "auto")
        show(result, options)
        return 1 if result.optimality.status == "refuted" else 0
    rule = "goes with laws that have fixed factors only"
    require(options.method is None, "--method", rule, options.method)
    show(rank_plans(options.lam, law, schedule), options)
    return 0


def _plan_spectrum(options: Namespace) -> int:
    for option in ("--law", "--kappa", "--lr", "--steps", "--batch", "--momentum"):
        only_with(options, option, "--lam")
    only_with(options, "--method", "--lam")
    if options.spectrum is not None:
        for option in ("--scale", "--encode", "--noise-cov"):
            only_with(options, option, "--data")
    if options.noise_cov is None:
        only_with(options, "--student", "--noise-cov")
    student = "whitened" if options.student is None else options.student
    known = student in ("whitened", "raw")
    require(known, "--student", "must be whitened or raw", options.student)
    schedule = chosen_schedule(options.schedule, options.T)
    spectrum = _spectrum(options)
    if student == "raw":
        from ..noise import plan_raw

        show(plan_raw(spectrum, options.s, schedule), options)
        return 0
    from ..search.spectra import plan_spectrum

    told = progress_if_seen()
    told(f"searching plans for {len(spectrum.variances)} variances, {schedule.T} steps")
    result = plan_spectrum(spectrum, options.s, schedule)
    if options.json:
        say_json(result.to_dict())
    else:
        say(str(result))
    return 0


def _spectrum(options: Namespace) -> Spectrum:
    """The spectrum asked for: of variances in a file, of a bundled data set, or of samples."""
    from ..data import data_spectrum, read_noise
    from ..spectrum import read_spectrum

    if options.spectrum is not None:
        return read_spectrum(options.spectrum)
    return data_spectrum(
        options.data,
        "none" if options.scale is None else options.scale,
        options.encode,
        None if options.noise_cov is None else read_noise(options.noise_cov),
        progress_if_seen(),
        rows_if_seen(),
    )


def chosen_plan(text: str) -> MergePlan:
    """The plan of the command line, for steps 1..T."""
    from ..plan import MergePlan

    chosen = MergePlan.parse(text)
    require(chosen.T >= 2, "plan", "must merge at least two steps", text)
    require(chosen.T <= _MOST_STEPS, "plan", f"must have at most {_MOST_STEPS} steps", chosen.T)
    require(chosen.start == 1, "plan", "must start at step 1", text)
    return chosen


def evaluate(options: Namespace) -> int:
    """``symmerge evaluate``."""
    from ..evaluate import evaluate as evaluate_plan
    from ..plan import canonical_plans

    if options.plan in canonical_plans(2):
        schedule = chosen_schedule(options.schedule, options.T)
        chosen = canonical_plans(schedule.T)[options.plan]
    else:
        only_with(options, "--T", "vanilla, boot, consistency, progressive")
        chosen = chosen_plan(options.plan)
        schedule = chosen_schedule(options.schedule, chosen.T)
    digits = 50 if options.digits is None else options.digits
    show(evaluate_plan(chosen, options.lam, options.s, schedule, digits), options)
    return 0


def derive(options: Namespace) -> int:
    """``symmerge derive``."""
    form = "latex" if options.format is None else options.format
    require(form in ("latex", "text"), "--format", "must be latex or text", form)
    chosen = chosen_plan(options.plan)
    from ..derive import derive as derive_formula

    schedule = None if options.schedule is None else chosen_schedule(options.schedule, chosen.T)
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

    digits = 30 if options.digits is None else options.digits
    schedule = chosen_schedule(options.schedule, options.T)
    law = None
    if options.law is not None:
        from .training import law_of

        law, options.s = law_of(options), None
    else:
        for option in ("--kappa", "--lr", "--steps", "--batch", "--momentum"):
            only_with(options, option, "--law")
    show(edges(s=options.s, schedule=schedule, digits=digits, law=law), options)
    return 0


def demo(options: Namespace) -> int:
    """``symmerge demo``."""
    out = "symmerge-report" if options.out is None else options.out
    from ..places import folder_to_write
    from ..report import run_demo

    folder_to_write(out, "--out")

    show(run_demo(out, progress), options)
    return 0


def add_plan(command: Any) -> None:
    """Add the command ``plan``."""
    _, option = new_command(
        command,
        "plan",
        plan,
        "find the best merge plan for one data variance, or for a whole spectrum",
        "examples:\n"
        "  symmerge plan --lam 1.536 --T 6 --s 1\n"
        "      one coordinate of variance 1.536, six sampler steps, training time 1 per merge\n"
        "  symmerge plan --lam 2.5 --T 2048 --s 3 --schedule flow --json\n"
        "  symmerge plan --data digits --scale unit --T 32 --s 3\n"
        "      one plan for all 64 pixels of the digits, scaled to mean variance 1\n"
        "  symmerge plan --data patches-rgb --encode pca:32 --scale unit --T 32 --s 3\n"
        "      one plan for 32 latents of colour patches\n"
        "  symmerge plan --spectrum variances.csv --T 32 --s 3\n"
        "  symmerge plan --lam 2.5 --T 6 --law sgd --lr 0.1 --steps 20 --batch 4\n"
        "      trained by SGD: the plan with the least root-mean-square error\n\n"
        "exit status 1 says that the plan asked for with --method is not optimal",
    )
    option("--lam", "NUMBER", "variance of the data, > 0")
    option(
        "--data",
        "NAME|FILE",
        "digits, patches-grey, patches-rgb, or samples in rows of a .npy, .npz or .csv file",
    )
    option(
        "--spectrum",
        "FILE",
        "variances in a .csv, .npy, .npz or .json file, one per row; a second column counts how "
        "often each occurs",
    )
    option("--T", "STEPS", "steps of the sampler, 2 or more; a schedule file may fix them")
    option("--s", "TIME", "dimensionless training time of every merge, >= 0; or --law")
    add_law(option, "for --lam: ")
    add_schedule(option)
    option(
        "--method",
        "NAME",
        "for --lam: auto (default), exact, exhaustive (T <= 11), algorithm1, or one to rate: "
        "vanilla, boot, consistency, progressive",
    )
    option(
        "--scale",
        "HOW",
        "for --data: none (default), unit (one factor, mean variance 1) or pixel (every "
        "coordinate standardised)",
    )
    option(
        "--encode",
        "HOW[:K]",
        "for --data: plan for K latents (32 if K is left out) of pca, whiten, whiten-heldout or "
        "autoencoder; --scale then scales the latents",
    )
    option(
        "--noise-cov",
        "FILE",
        "for --data: covariance of the noise, a square matrix in a .npy, .npz or .csv file, in "
        "the coordinates the student sees (scaled, encoded); white by default",
    )
    option(
        "--student",
        "HOW",
        "for --noise-cov: trained in noise-whitened coordinates (whitened, default) or in the "
        "data's own (raw; at most 256 coordinates, no certificate)",
    )


def add_evaluate(command: Any) -> None:
    """Add the command ``evaluate``."""
    parser, option = new_command(
        command,
        "evaluate",
        evaluate,
        "evaluate a merge plan to many digits, with a certified enclosure of its error",
        "examples:\n"
        "  symmerge evaluate '[1|[2|[3|4]]]' --lam 1/5 --s 40 --digits 50\n"
        "  symmerge evaluate boot --T 4 --lam 1/5 --s 40 --digits 50\n\n"
        "a plan is written with | before the noisiest part of a merge and . between the others:\n"
        "  '[1.2.3|4]' merges all at once, '[1|[2|[3|4]]]' one after the other",
    )
    parser.add_argument(
        "plan",
        metavar="PLAN",
        help="merge plan for steps 1..T, quoted, or vanilla, boot, consistency, progressive",
    )
    option("--T", "STEPS", "for such a name: steps of the sampler; a schedule file may fix them")
    option("--lam", "NUMBER", "variance of the data, > 0", required=True)
    option("--s", "TIME", "dimensionless training time of every merge, >= 0", required=True)
    option("--digits", "COUNT", "correct digits wanted (default 50)")
    add_schedule(option)


def add_derive(command: Any) -> None:
    """Add the command ``derive``."""
    parser, option = new_command(
        command,
        "derive",
        derive,
        "derive the closed form of a merge plan",
        "examples:\n"
        "  symmerge derive '[1|[2|3]]'\n"
        "  symmerge derive '[1|[2|3]]' --of error --format text --expand",
    )
    parser.add_argument("plan", metavar="PLAN", help="merge plan for steps 1..T, quoted")
    option("--of", "WHAT", "operator (default): M; error: e = M/C - 1")
    option("--lam", "SYMBOL", "name of the variance in the formulas (default lambda)")
    option("--format", "HOW", "latex (default) or text")
    parser.add_argument(
        "--expand", action="store_true", help="write the steps a_t, g_t out, for --schedule"
    )
    add_schedule(option)


def add_phase(command: Any) -> None:
    """Add the command ``phase``."""
    _, option = new_command(
        command,
        "phase",
        phase,
        "compute the variances at which the best strategy changes",
        "example:\n"
        "  symmerge phase --T 64 --s 3\n\n"
        "up to lam_boot sequential BOOT is optimal, from lam_van on vanilla; between lam_lo and\n"
        "lam_hi plans with errors of both signs exist; at lam_0 vanilla is exact",
    )
    option("--T", "STEPS", "steps of the sampler, 2 or more; a schedule file may fix them")
    option("--s", "TIME", "dimensionless training time of every merge, > 0; or --law")
    add_law(option)
    option("--digits", "COUNT", "certified digits wanted (default 30)")
    add_schedule(option)


def add_demo(command: Any) -> None:
    """Add the command ``demo``."""
    _, option = new_command(
        command,
        "demo",
        demo,
        "answer the main question on real data (handwritten digits) and write a report",
        "example:\n  symmerge demo --out report\n      then open report/index.html",
    )
    option(
        "--out",
        "DIR",
        "folder for index.html (default symmerge-report); an existing index.html is replaced once "
        "the new one is whole",
    )
