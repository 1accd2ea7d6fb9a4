"""What a study found: means over seeds, the theory's predictions, orders, regrets, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, permutations
from typing import Any, NamedTuple

import numpy as np

from ..spectrum import Spectrum
from .calibrate import calibrate, student_quantile
from .config import SCALINGS, Setting
from .pilot import Pilot, PilotRun
from .predict import effective_time, flow_error, measured_error, sign_error

__all__ = ["Analysis", "Mean", "Orders"]

_SURE = 0.95
_MOVES = np.geomspace(1e-3, 10, 61)


class Mean(NamedTuple):
    """A mean over seeds and its standard error."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.3g} ± {self.error:.1g}"


class Orders(NamedTuple):
    """Significant pairs of plans, and how many of them an order has right.

    Attributes
    ----------
    pairs : int
        Pairs of plans that differ significantly (paired by seed, t test at 95 %).
    right : int
        How many of them the theory has in this order.
    fixed : int
        The same for the best one order for all scalings, chosen in hindsight.
    """

    pairs: int
    right: int
    fixed: int


@dataclass(frozen=True, eq=False)
class Analysis:
    """Reads the cells of one setting.

    Parameters
    ----------
    setting : Setting
    cells : dict
        Cell name to result.
    """

    setting: Setting
    cells: dict[str, Any]

    @cached_property
    def spectra(self) -> list[Spectrum]:
        """One per scaling."""
        return [Spectrum(np.array(lam)) for lam in self.cells["teacher"]["variances"]]

    @cached_property
    def plans(self) -> dict[str, Any]:
        """Plans by name."""
        return self.setting.plans()

    @cached_property
    def untrained(self) -> np.ndarray:
        """Errors (scalings, seeds) before training, the same for all plans."""
        return np.array(self.cells["teacher"]["untrained"])

    def errors(
        self, optimiser: str, budget: str, plan: str, network: str = "separate", of: str = "error"
    ) -> np.ndarray:
        """Errors (scalings, seeds) of a plan's students; not a number where training diverged.

        Plans that have the same steps under two budgets were trained once.
        """
        same = self.setting.steps_of(self.plans[plan], budget) == self.setting.steps
        name = f"{optimiser}.{network}.{'merge' if same else budget}.{plan}"
        return np.array(self.cells[name][of], dtype=float)

    def mean(self, *cell: str) -> list[Mean]:
        """Mean and standard error per scaling."""
        rows = self.errors(*cell)
        return [Mean(float(r.mean()), float(r.std(ddof=1) / np.sqrt(len(r)))) for r in rows]

    def table(self, optimiser: str, budget: str, of: str = "error") -> dict[str, np.ndarray]:
        """Mean errors (scalings,) of all plans."""
        return {
            name: self.errors(optimiser, budget, name, of=of).mean(axis=1) for name in self.plans
        }

    # -- predictions -----------------------------------------------------------------------

    def time(self, optimiser: str, budget: str) -> np.ndarray:
        """Effective training time (scalings,) per merge from vanilla's error alone."""
        after = self.errors(optimiser, budget, "vanilla").mean(axis=1)
        before = self.untrained.mean(axis=1)
        return np.array([effective_time(*pair) for pair in zip(before, after, strict=True)])

    def predicted(self, name: str, k: int, s: float) -> float:
        """Error of a plan for scaling k by gradient flow, in units of the measured start."""
        plan, schedule = self.plans[name], self.setting.schedule
        share = flow_error(plan, self.spectra[k], schedule, s)
        return float(
            share / flow_error(plan, self.spectra[k], schedule, 0.0) * self.untrained[k].mean()
        )

    def sign_predicted(self, k: int, vanilla: float) -> dict[str, float]:
        """Errors by sign descent, with the move per merge that gives vanilla's."""
        plans, schedule, spectrum = self.plans, self.setting.schedule, self.spectra[k]
        start = flow_error(plans["vanilla"], spectrum, schedule, 0.0)
        scale = float(self.untrained[k].mean()) / start
        found = [sign_error(plans["vanilla"], spectrum, schedule, m) * scale for m in _MOVES]
        move = float(_MOVES[int(np.argmin(np.abs(np.array(found) - vanilla)))])
        return {
            name: sign_error(plan, spectrum, schedule, move) * scale for name, plan in plans.items()
        }

    def theory(self, optimiser: str, budget: str, law: str) -> list[dict[str, float]]:
        """Predicted errors per scaling, fitted to the vanilla run of `budget`."""
        if law == "sign":
            values = self.errors(optimiser, budget, "vanilla").mean(axis=1)
            return [self.sign_predicted(k, float(x)) for k, x in enumerate(values)]
        times = self.time(optimiser, budget)
        return [
            {name: self.predicted(name, k, float(s)) for name in self.plans}
            for k, s in enumerate(times)
        ]

    # -- orders ----------------------------------------------------------------------------

    def significant(self, optimiser: str, budget: str) -> list[list[tuple[str, str]]]:
        """Per scaling, pairs (better, worse) that differ at 95 % (paired by seed)."""
        errors = {name: self.errors(optimiser, budget, name) for name in self.plans}
        seeds = self.setting.seeds
        bar = student_quantile(seeds - 1, _SURE)
        found: list[list[tuple[str, str]]] = [[] for _ in SCALINGS]
        for one, two in combinations(errors, 2):
            gap = errors[two] - errors[one]
            mean, error = gap.mean(axis=1), gap.std(axis=1, ddof=1) / np.sqrt(seeds)
            for k in np.flatnonzero(np.abs(mean) > bar * error):
                found[k].append((one, two) if mean[k] > 0 else (two, one))
        return found

    def orders(self, optimiser: str, budget: str, law: str = "flow") -> Orders:
        """How well a law orders the plans, and how well one fixed order does."""
        pairs = self.significant(optimiser, budget)
        theory = self.theory(optimiser, budget, law)
        right = sum(
            theory[k][one] < theory[k][two] for k, row in enumerate(pairs) for one, two in row
        )
        flat = [pair for row in pairs for pair in row]
        best = 0
        for order in permutations(self.plans):
            rank = {name: n for n, name in enumerate(order)}
            best = max(best, sum(rank[one] < rank[two] for one, two in flat))
        return Orders(len(flat), right, best)

    def winners(self, optimiser: str, budget: str, of: str = "error") -> list[str]:
        """Plan with the least mean error, per scaling."""
        table = self.table(optimiser, budget, of)
        return [min(table, key=lambda name: table[name][k]) for k in range(len(SCALINGS))]

    def regret(self, optimiser: str, budget: str, picks: list[str]) -> float:
        """Geometric mean over scalings of the pick's error over the best one's."""
        table = self.table(optimiser, budget)
        ratios = [
            table[pick][k] / min(values[k] for values in table.values())
            for k, pick in enumerate(picks)
        ]
        return float(np.exp(np.mean(np.log(ratios))))

    def regrets(self, optimiser: str, budget: str) -> dict[str, float]:
        """Regret of the theory's picks and of always choosing one plan."""
        theory = self.theory(optimiser, budget, "flow")
        picks = {"theory": [min(row, key=row.__getitem__) for row in theory]}
        picks |= {f"always {name}": [name] * len(SCALINGS) for name in self.plans}
        return {key: self.regret(optimiser, budget, names) for key, names in picks.items()}

    def off(self, optimiser: str, law: str = "flow") -> np.ndarray:
        """Per scaling, root mean square of log(measured/predicted) over the other plans.

        The law ``none`` is a sceptic's: all plans have the error of vanilla.
        """
        table = self.table(optimiser, "merge")
        if law == "none":
            theory = [dict.fromkeys(self.plans, float(x)) for x in table["vanilla"]]
        else:
            theory = self.theory(optimiser, "merge", law)
        names = [name for name in self.plans if name != "vanilla"]
        gaps = [
            [np.log(table[name][k] / row[name]) for name in names] for k, row in enumerate(theory)
        ]
        return np.asarray(np.sqrt(np.mean(np.square(gaps), axis=1)))

    def algebra(self, optimiser: str) -> np.ndarray:
        """Per scaling, rms of log(measured/predicted) with every merge's measured contraction."""
        gaps = []
        for name, plan in self.plans.items():
            cell = self.cells[f"{optimiser}.separate.merge.{name}"]
            factors = np.array(cell["contractions"], dtype=float).mean(axis=2)
            for k, spectrum in enumerate(self.spectra):
                schedule = self.setting.schedule
                share = measured_error(plan, spectrum, schedule, factors[:, k])
                share /= flow_error(plan, spectrum, schedule, 0.0)
                found = np.mean(np.array(cell["error"][k], dtype=float))
                gaps.append(np.log(found / (share * self.untrained[k].mean())))
        rows = np.reshape(gaps, (len(self.plans), len(SCALINGS)))
        return np.sqrt(np.mean(rows**2, axis=0))

    # -- the linear control ----------------------------------------------------------------

    def linear_ratios(self) -> np.ndarray:
        """Measured over predicted error of every cell of the linear control."""
        cells = [cell for name, cell in self.cells.items() if name.startswith("linear.")]
        return np.array([np.divide(cell["measured"], cell["predicted"]) for cell in cells]).ravel()

    # -- calibration -----------------------------------------------------------------------

    def pilot(
        self, optimiser: str, k: int, names: tuple[str, ...], budgets: Any = ("merge",)
    ) -> Pilot:
        """The runs of some plans as a pilot, for one scaling."""
        runs = []
        for budget in budgets:
            for name in names:
                mean = self.mean(optimiser, budget, name)[k]
                steps = self.setting.steps_of(self.plans[name], budget)
                runs.append(PilotRun(self.plans[name], steps, mean.value, mean.error))
        return Pilot(
            self.setting.schedule,
            self.spectra[k],
            tuple(runs),
            float(self.untrained[k].mean()),
            optimiser,
        )

    def coverage(self, optimiser: str, names: tuple[str, ...]) -> tuple[int, int, float, int]:
        """Plans outside the pilot inside their interval, all of them, width, contradictions.

        The width is the median factor between a prediction and the end of its interval; the last
        number counts the scalings in which calibration says that the data contradict the theory.
        """
        hits, total, widths, against = 0, 0, [], 0
        for k in range(len(SCALINGS)):
            found = calibrate(self.pilot(optimiser, k, names))
            against += bool(found.contradictions)
            for name, plan in self.plans.items():
                if name in names:
                    continue
                prediction = found.fits[0].of(plan)
                assert prediction.low is not None
                assert prediction.high is not None
                measured = self.mean(optimiser, "merge", name)[k].value
                hits += prediction.low <= measured <= prediction.high
                total += 1
                widths.append(prediction.high / prediction.error)
        return hits, total, float(np.median(widths)), against
