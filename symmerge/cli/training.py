"""The commands about how students are trained: ``shrinkage``, ``budget`` and ``simulate``.

Like those of :mod:`symmerge.cli.commands` they import what they need when they run.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..errors import require
from .commands import chosen_plan, chosen_schedule, show
from .output import progress, say, say_json

__all__ = ["LAW_OPTIONS", "budget", "law_of", "shrinkage", "simulate"]

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
