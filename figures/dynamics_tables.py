"""How training changes the answer, in tables: ``python -m figures.dynamics_tables``.

Recomputes the tables of ``docs/dynamics.md`` and writes them there.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symmerge.dynamics.adaptive import SignDescent
from symmerge.dynamics.budget import compare_budget, equal_steps
from symmerge.dynamics.laws import SGD
from symmerge.dynamics.mixing import budget_for
from symmerge.dynamics.noise_moments import rms_crossover
from symmerge.dynamics.trained import rank_plans
from symmerge.dynamics.weak_teacher import rank_teacher, spectrum_student
from symmerge.phase import edges
from symmerge.plan import boot, vanilla
from symmerge.schedule import Schedule, cosine, ddpm, edm, flow
from symmerge.search import best_plan

from .pages import DOCS, update

__all__ = ["TABLES", "budgets", "crossovers", "mixing", "optimisers", "weak_teacher", "windows"]

SCHEDULES: tuple[Schedule, ...] = (cosine(8), cosine(16), ddpm(8), flow(8), flow(16), edm(8))
LAMS = ("0.05", "0.5", "1.5", "5", "50")


def table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """A Markdown table; numbers to the right."""
    rule = ["---" if k == 0 else "---:" for k in range(len(head))]
    lines = [head, tuple(rule), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def windows() -> str:
    """Edges of the window for every family of schedules, and who wins where, s = 2 per merge."""
    rows = []
    for schedule in SCHEDULES:
        found = edges(s=2, schedule=schedule, digits=10)
        ends = (found.lam_boot, found.lam_lo, found.lam_0, found.lam_hi, found.lam_van)
        winners = [best_plan(lam, s=2, schedule=schedule).plan.name or "mixed" for lam in LAMS]
        shown = [f"{end.value:.4g}" if end else "∞" for end in ends]
        rows.append((f"{schedule.kind}, T = {schedule.T}", *shown, *winners))
    names = ("BOOT up to", "λ_lo", "λ_0", "λ_hi", "vanilla from")
    return table(("schedule", *names, *(f"λ = {lam}" for lam in LAMS)), rows)


def crossovers() -> str:
    """Where BOOT and vanilla have the same root-mean-square error under SGD."""
    rows = []
    for lr, steps, batch in (("0.05", 60, 64), ("0.1", 20, 16), ("0.1", 20, 4), ("0.2", 10, 4)):
        at = [rms_crossover(SGD(lr, steps, batch), T) for T in (16, 64, 512)]
        shown = [f"{c.lam:.4g}" for c in at]
        rows.append((f"lr {lr}, {steps} steps, batch {batch}", *shown, f"{at[0].limit:.4g}"))
    return table(("SGD per merge", "T = 16", "T = 64", "T = 512", "T → ∞"), rows)


def optimisers() -> str:
    """Best plan of all 197 for T = 6 at equal steps per merge."""
    laws = (
        ("gradient flow, s = 2", None),
        ("SGD, lr 0.05, 40 steps, batch 64", SGD("0.05", 40, 64)),
        ("SGD, lr 0.05, 40 steps, batch 1", SGD("0.05", 40, 1)),
        ("sign descent (Adam-like), lr 0.01, 10 steps", SignDescent("0.01", 10)),
    )
    rows = []
    for name, law in laws:
        if law is None:
            plans = [best_plan(lam, T=6, s=2).plan for lam in LAMS[:4]]
        else:
            plans = [rank_plans(lam, law, cosine(6)).best.plan for lam in LAMS[:4]]
        rows.append((name, *(plan.name or "mixed" for plan in plans)))
    return table(("training of every merge", *(f"λ = {lam}" for lam in LAMS[:4])), rows)


def budgets() -> str:
    """Errors of the strategies under each convention, cosine, T = 16, budget 64."""
    names = ("vanilla", "boot", "consistency", "progressive")
    rows = []
    for lam in ("0.2", "4"):
        for convention in ("per-merge", "total", "compute"):
            found = compare_budget(lam, cosine(16), 64, convention)
            shown = [f"{found.strategies[name].error:+.1e}" for name in names]
            rows.append((f"λ = {lam}, {convention}", *shown, found.best))
    for lam in ("0.2", "4"):
        found = equal_steps(lam, cosine(16), SignDescent("0.001", 1), 300)
        shown = [f"{found.strategies[name].error:.1e}" for name in names]
        rows.append((f"λ = {lam}, 300 steps of sign descent in all", *shown, found.best))
    exact = equal_steps(Fraction(1, 4), flow(3), SGD("0.3", 1, 1), 2)
    shown = [f"{exact.strategies[name].error:.3f}" for name in names]
    rows.append(("λ = 1/4, flow T = 3, 2 steps of SGD, batch 1", *shown, exact.best))
    return table(("budget", *names, "best"), rows)


def mixing() -> str:
    """Total budgets until 1 % of the error is left, T = 128."""
    rows = []
    for lam in ("0.1", "1", "4"):
        at_once, in_turn = budget_for(lam, cosine(128))
        rows.append((lam, f"{at_once:.0f}", f"{in_turn:.0f}", f"{at_once / in_turn:.1f}"))
    return table(("λ", "all times at once", "one after another", "ratio"), rows)


def weak_teacher() -> str:
    """The spectrum i^-2, d = 50, with a teacher of rank 10, T = 32."""
    lam = [i**-2.0 for i in range(1, 51)]
    known = rank_teacher(lam, 10)
    one, two = (spectrum_student(plan, lam, known, cosine(32)) for plan in (vanilla(32), boot(32)))
    rows = [
        ("teacher", f"{one.teacher:.4f}", ""),
        ("vanilla student", f"{one.student:.4f}", f"{one.best_s:.3f}"),
        ("BOOT student", f"{two.student:.4f}", f"{two.best_s:.3f}"),
    ]
    return table(("what makes the samples", "W2² to the data", "best s"), rows)


TABLES = {
    "dynamics_tables windows": windows,
    "dynamics_tables optimisers": optimisers,
    "dynamics_tables crossovers": crossovers,
    "dynamics_tables budgets": budgets,
    "dynamics_tables mixing": mixing,
    "dynamics_tables weak_teacher": weak_teacher,
}


def main() -> None:
    """Write the tables into the page."""
    for name, make in TABLES.items():
        update(DOCS / "dynamics.md", name, make())


if __name__ == "__main__":
    main()
