"""The commands about how students are trained: ``shrinkage``, ``budget`` and ``simulate``.

Like those of :mod:`symmerge.cli.commands` they import what they need when they run.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..errors import require
from .arguments import add_law, add_schedule, new_command
from .commands import chosen_plan, chosen_schedule, show
from .output import progress, say, say_json

__all__ = [
    "LAW_OPTIONS",
    "add_budget",
    "add_shrinkage",
    "add_simulate",
    "budget",
    "law_of",
    "shrinkage",
    "simulate",
]

LAW_OPTIONS = ("s", "kappa", "lr", "steps", "batch", "momentum", "distance")
_MOST_STEPS_SIMULATED = 256


def law_of(options: Namespace, *, simulated: bool = False) -> Any:
    """The law asked for."""
    from ..dynamics.named import named_law

    given = {option: getattr(options, option, None) for option in LAW_OPTIONS}
    return named_law(options.law, simulated=simulated, **given)


def shrinkage(options: Namespace) -> int:
    """``symmerge shrinkage``."""
    from ..dynamics.laws import Law
    from ..numbers import FLOAT, balls, decimal_bounds
    from ..teacher import variance

    if options.law is None:
        options.law = "gradient-flow"
    law, v = law_of(options), variance(options.v, "--v")
    field = balls(192)
    g, _ = law.factors(float(v), FLOAT)
    with field.working():
        ball, _ = law.factors(field.number(v), field)
        bounds = decimal_bounds(ball)
    answer = {
        "law": str(law),
        "v": str(v),
        "gamma": float(g),
        "gamma_enclosure": list(bounds),
    }
    if isinstance(law, Law) and law.noisy:
        answer["second_moment"] = float(law.second_moment(float(v), FLOAT))
    if options.json:
        say_json(answer)
        return 0
    say(f"{law}, v = {v}\ngamma {answer['gamma']:.12g}, in [{', '.join(bounds)}]")
    if "second_moment" in answer:
        say(f"mean of its square {answer['second_moment']:.12g} (gamma is the mean)")
    return 0


def budget(options: Namespace) -> int:
    """``symmerge budget``."""
    from ..dynamics.budget import compare_budget, equal_steps

    schedule = chosen_schedule(options.schedule, options.T)
    if options.law is None:
        for option in ("lr", "batch", "momentum", "kappa"):
            value = getattr(options, option)
            require(value is None, f"--{option}", "goes with --law only", value)
        convention = "total" if options.convention is None else options.convention
        rho = options.rho
        require(rho is None or convention == "compute", "--rho", "goes with compute only", rho)
        show(
            compare_budget(
                options.lam, schedule, options.total, convention, 3 if rho is None else rho
            ),
            options,
        )
        return 0
    value = options.convention
    require(value in (None, "total"), "--convention", "must be total with --law", value)
    require(options.rho is None, "--rho", "goes with --convention compute only", options.rho)
    require(
        options.law not in ("gradient-flow", "ema"),
        "--law",
        "must train in discrete steps here; leave it out for gradient flow",
        options.law,
    )
    options.steps = 1  # replaced by each plan's share of the total
    law = law_of(options)
    show(equal_steps(options.lam, schedule, law, options.total), options)
    return 0


def simulate(options: Namespace) -> int:
    """``symmerge simulate``."""
    from ..dynamics.training import simulate_factor, simulate_plan

    law = law_of(options, simulated=True)
    runs = 2000 if options.runs is None else options.runs
    seed = 0 if options.seed is None else options.seed
    if options.plan is None:
        require(options.v is not None, "--v", "is needed unless --plan is given", None)
        for option in ("lam", "schedule"):
            value = getattr(options, option)
            require(value is None, f"--{option}", "goes with --plan only", value)
        found = simulate_factor(law, options.v, runs, seed)
    else:
        require(options.v is None, "--v", "does not go with --plan", options.v)
        require(options.distance is None, "--distance", "does not go with --plan", options.distance)
        require(options.lam is not None, "--lam", "is needed with --plan", None)
        plan = chosen_plan(options.plan)
        require(
            plan.T <= _MOST_STEPS_SIMULATED,
            "plan",
            f"must have at most {_MOST_STEPS_SIMULATED} steps",
            plan.T,
        )
        schedule = chosen_schedule(options.schedule, plan.T)
        progress(f"training {plan.merges} students in each run")
        found = simulate_plan(plan, options.lam, law, schedule, runs, seed)
    show(found, options)
    return 0


def add_shrinkage(command: Any) -> None:
    """Add the command ``shrinkage``."""
    _, option = new_command(
        command,
        "shrinkage",
        shrinkage,
        "compute how much of a student's error its training leaves",
        "examples:\n"
        "  symmerge shrinkage --law gradient-flow --v 0.7 --s 2\n"
        "  symmerge shrinkage --law ema --v 0.7 --s 2 --kappa 0.5\n"
        "  symmerge shrinkage --law sgd --v 0.7 --lr 0.2 --steps 20 --batch 8\n\n"
        "gamma is the shrinkage factor (its mean, with minibatches)",
    )
    option("--v", "NUMBER", "marginal variance at the time of training, > 0", required=True)
    option("--s", "TIME", "training time of gradient-flow and ema, >= 0")
    add_law(option)
    option("--distance", "NUMBER", "distance from the target: sign, adagrad (default 1)")


def add_budget(command: Any) -> None:
    """Add the command ``budget``."""
    _, option = new_command(
        command,
        "budget",
        budget,
        "compare strategies under a training budget, each with its best split",
        "examples:\n"
        "  symmerge budget --lam 0.5 --T 16 --total 64\n"
        "  symmerge budget --lam 0.5 --T 16 --total 64 --convention per-merge\n"
        "  symmerge budget --lam 0.2 --T 16 --total 900 --law sgd --lr 0.1 --batch 256\n"
        "      900 steps of SGD in all",
    )
    option("--lam", "NUMBER", "variance of the data, > 0", required=True)
    option("--T", "STEPS", "steps of the sampler, 2 to 256; a schedule file may fix them")
    option("--total", "BUDGET", "total training time, cost or (with --law) steps", required=True)
    option(
        "--convention",
        "HOW",
        "total (default): times add up to the total; per-merge: every merge gets total/(T-1); "
        "compute: a merge with m parts costs rho + m per unit of time",
    )
    option("--rho", "NUMBER", "for compute: cost of the student's own part of a step (default 3)")
    add_law(option, leave_out=("steps",))
    add_schedule(option)


def add_simulate(command: Any) -> None:
    """Add the command ``simulate``."""
    _, option = new_command(
        command,
        "simulate",
        simulate,
        "train scalar students for real and compare with the prediction",
        "examples:\n"
        "  symmerge simulate --law sgd --v 0.7 --lr 0.2 --steps 20 --batch 8\n"
        "  symmerge simulate --law sgd --plan '[1|[2|3]]' --lam 0.2 --lr 0.1 --steps 10 --batch 4\n"
        "  symmerge simulate --law adam --v 0.7 --lr 0.01 --steps 50 --batch 4",
    )
    option("--v", "NUMBER", "marginal variance, to measure the shrinkage factor of one merge")
    option("--plan", "PLAN", "or a merge plan for steps 1..T, quoted, to measure its operator")
    option("--lam", "NUMBER", "for --plan: variance of the data, > 0")
    option("--s", "TIME", "training time of gradient-flow and ema, >= 0")
    add_law(option, "adam (only here), or ", required=True)
    option("--distance", "NUMBER", "distance from the target: sign, adagrad (default 1)")
    option("--runs", "COUNT", "independent runs (default 2000)")
    option("--seed", "NUMBER", "seed of the random numbers (default 0)")
    add_schedule(option)
