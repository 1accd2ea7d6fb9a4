"""The sentences that the study supports, each with its own numbers and a test that can fail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .analysis import Analysis
from .config import OPTIMISERS, SCALINGS, Setting

if TYPE_CHECKING:
    from .run import StudyResult

__all__ = ["Claim", "claims", "pilots"]

_BELOW, _MIXED, _STRADDLING, _ABOVE = range(4)


@dataclass(frozen=True)
class Claim:
    """One sentence.

    Attributes
    ----------
    text : str
        With the numbers of this run.
    holds : bool
        Whether this run bears it out.
    trust : bool
        Whether it is a reason to trust the theory; else one not to.
    """

    text: str
    holds: bool
    trust: bool

    def __str__(self) -> str:
        mark = "+" if self.trust else "-"
        return f"{mark} {self.text}" + ("" if self.holds else "  [NOT BORNE OUT BY THIS RUN]")


def claims(study: StudyResult, setting: Setting) -> list[Claim]:
    """All sentences about one setting, reasons to trust the theory first."""
    made = _Sentences(Analysis(setting, study.cells[setting.name]))
    return [*made.trust(), *made.distrust()]


def pilots(setting: Setting) -> tuple[tuple[str, ...], ...]:
    """Plans from which the others are predicted: at the last time only, and at other times too."""
    pair = ("vanilla", "boot")
    return pair, (*pair, f"hybrid-{setting.T // 2}"), (*pair, "progressive")


def _shown(values: Any, form: str = ".2f") -> str:
    """Numbers per scaling, in the order of the page."""
    return ", ".join(f"{value:{form}}" for value in values)


class _Sentences:
    def __init__(self, analysis: Analysis) -> None:
        self.a = analysis

    @cached_property
    def ratios(self) -> tuple[np.ndarray, np.ndarray]:
        """BOOT's error over vanilla's, measured and predicted, under SGD."""
        table = self.a.table("sgd", "merge")
        theory = self.a.theory("sgd", "merge", "flow")
        predicted = np.array([row["boot"] / row["vanilla"] for row in theory])
        return table["boot"] / table["vanilla"], predicted

    def trust(self) -> list[Claim]:
        """Where the theory holds."""
        a = self.a
        ratios = a.linear_ratios()
        rms = float(np.sqrt(np.mean((ratios - 1) ** 2)))
        off, algebra = a.off("sgd"), a.algebra("sgd")
        nothing = a.off("sgd", "none")
        measured, predicted = self.ratios
        orders = a.orders("sgd", "merge")
        winners = [*a.winners("sgd", "total"), *a.winners("adam", "total")]
        vanilla = winners.count("vanilla")
        signs = [m < 1 for m in measured]
        by = {of: a.winners("sgd", "merge", of) for of in ("error", "w2")}
        same = sum(x == y for x, y in zip(by["error"], by["w2"], strict=True))
        return [
            Claim(
                f"Students that are matrices, SGD on real data: measured over predicted error is "
                f"{ratios.mean():.4f} on average, with a root mean square deviation of "
                f"{100 * rms:.1f} % over {len(ratios)} cells.",
                rms < 0.02,
                True,
            ),
            Claim(
                "Networks, SGD, equal steps per merge: BOOT beats vanilla where all variances are "
                "below 1 and loses where they straddle 1 or are above it. BOOT's error over "
                f"vanilla's is {_shown(measured)} ({', '.join(SCALINGS)}), predicted "
                f"{_shown(predicted)}.",
                signs[_BELOW] and not signs[_STRADDLING] and not signs[_ABOVE],
                True,
            ),
            Claim(
                "Networks, SGD, variances above 1: one training time, fitted to vanilla alone, "
                f"predicts the other five plans to {100 * off[_ABOVE]:.0f} %; taking them to be as "
                f"good as vanilla is off by {100 * nothing[_ABOVE]:.0f} %.",
                bool(off[_ABOVE] < 0.2 and off[_ABOVE] < 0.5 * nothing[_ABOVE]),
                True,
            ),
            Claim(
                "Networks, SGD: gradient flow, fitted to vanilla alone, has "
                f"{orders.right} of {orders.pairs} significant pairs of plans in the right order.",
                orders.right > 0.8 * orders.pairs,
                True,
            ),
            Claim(
                "Equal total steps: vanilla has the least error in "
                f"{vanilla} of {len(winners)} cells, under SGD and under Adam.",
                vanilla == len(winners),
                True,
            ),
            Claim(
                "Networks, SGD, variances above 1: the algebra of merging, with the contraction of "
                "every merge measured instead of predicted, gives the final errors to "
                f"{100 * algebra[_ABOVE]:.0f} %.",
                bool(algebra[_ABOVE] < 0.15),
                True,
            ),
            Claim(
                "How a student is judged matters little: under SGD the Gaussian Wasserstein "
                "distance of its samples to the teacher's names the same best plan as the error "
                f"from the same noise in {same} of {len(SCALINGS)} scalings "
                f"({', '.join(by['w2'])}).",
                same >= len(SCALINGS) - 1,
                True,
            ),
        ]

    def distrust(self) -> list[Claim]:
        """Where it does not."""
        return [*self._orders(), *self._sizes(), *self._adam(), *self._beyond()]

    def _orders(self) -> list[Claim]:
        a = self.a
        measured, predicted = self.ratios
        orders, regrets = a.orders("sgd", "merge"), a.regrets("sgd", "merge")
        fixed = {name: x for name, x in regrets.items() if name != "theory"}
        best = min(fixed, key=fixed.__getitem__)

        def cost(name: str) -> str:
            return f"{100 * (regrets[name] - 1):.0f} %"

        return [
            Claim(
                "One fixed order of the plans for all four scalings, chosen in hindsight, has "
                f"{orders.fixed} of {orders.pairs} pairs right: counting pairs does not show that "
                "the theory's dependence on the variances is needed.",
                orders.fixed >= orders.right - 2,
                False,
            ),
            Claim(
                f"Choosing the plan by the theory costs {cost('theory')} more error than the best "
                f"plan; {best} costs {cost(best)}, always vanilla {cost('always vanilla')}, "
                f"always BOOT {cost('always boot')}.",
                fixed[best] < regrets["theory"] + 0.05,
                False,
            ),
            Claim(
                "BOOT's region is smaller than predicted: with most variances below 1 (mixed) its "
                f"error over vanilla's is {measured[_MIXED]:.2f}, predicted "
                f"{predicted[_MIXED]:.2f}.",
                bool(predicted[_MIXED] < 1 < measured[_MIXED]),
                False,
            ),
        ]

    def _sizes(self) -> list[Claim]:
        a, setting = self.a, self.a.setting
        off, algebra, nothing = a.off("sgd"), a.algebra("sgd"), a.off("sgd", "none")
        grew = a.time("sgd", "merge") / a.time("sgd", "half")
        share = a.table("sgd", "total")["vanilla"] / a.untrained.mean(axis=1)
        more = setting.steps_of(a.plans["vanilla"], "total") / setting.steps
        wanted = np.exp(-4 * more * a.time("sgd", "merge"))
        return [
            Claim(
                "Sizes are off for small variances: fitted to vanilla, the other plans' errors are "
                f"off by a factor {np.exp(off[_BELOW]):.1f} (below) and {np.exp(off[_MIXED]):.1f} "
                "(mixed), root mean square of the logarithm; too optimistic for BOOT and the "
                "hybrids, too pessimistic for consistency and progressive. Taking all plans to be "
                f"as good as vanilla is off by {np.exp(nothing[_BELOW]):.1f} and "
                f"{np.exp(nothing[_MIXED]):.1f}, which is better.",
                bool(np.all(off[:_STRADDLING] > nothing[:_STRADDLING])),
                False,
            ),
            Claim(
                "The training time is not proportional to the number of steps: twice the steps "
                f"give {_shown(grew)} times the time ({', '.join(SCALINGS)}). A calibration does "
                "not transfer to another number of steps.",
                bool(np.all(grew < 1.9)),
                False,
            ),
            Claim(
                f"Equal total steps: after {more:.0f} times the steps vanilla should have "
                f"{wanted.max():.0e} of its initial error left at most, and has "
                f"{share.min():.0e} or more: the winner is right, the size is not.",
                bool(share.min() > 10 * wanted.max()),
                False,
            ),
            Claim(
                "Not all of it is the law of training: with measured contractions the algebra of "
                f"merging is off by factors {_shown(np.exp(algebra[:_ABOVE]))} "
                f"({', '.join(SCALINGS[:_ABOVE])}).",
                bool(np.all(algebra[:_ABOVE] > 0.1)),
                False,
            ),
        ]

    def _adam(self) -> list[Claim]:
        a = self.a
        flow, sign = (a.orders("adam", "merge", law) for law in ("flow", "sign"))
        winners, off = a.winners("adam", "merge"), a.off("adam")
        compute = {}
        for name in OPTIMISERS:
            table = a.table(name, "compute")
            compute[name] = table.pop("vanilla") / np.min(list(table.values()), axis=0)
        return [
            Claim(
                f"Adam, equal steps per merge: BOOT has the least error in {winners.count('boot')} "
                f"of {len(winners)} scalings, variances above 1 included. Gradient flow orders "
                f"{flow.right} of {flow.pairs} significant pairs, sign descent {sign.right}; the "
                f"sizes by gradient flow are off by a factor {np.exp(off.max()):.1f} at worst.",
                winners.count("boot") >= 3 and sign.right > flow.right,
                False,
            ),
            Claim(
                "Equal compute (evaluations of a network): vanilla's error over the best other "
                f"plan's is {_shown(compute['sgd'])} under SGD and {_shown(compute['adam'])} under "
                f"Adam ({', '.join(SCALINGS)}). Who wins depends on the optimiser and on how cost "
                "is counted.",
                bool(np.all(compute["sgd"] < 1) and compute["adam"].max() > 1),
                False,
            ),
        ]

    def _beyond(self) -> list[Claim]:
        a = self.a
        found = []
        gains, diverged = {}, 0
        for name in ("consistency", "progressive"):
            apart = a.errors("sgd", "merge", name)
            together = a.errors("sgd", "merge", name, "shared")
            diverged += int(np.isnan(together).sum())
            gains[name] = np.nanmean(together, axis=1) / apart.mean(axis=1)
        found.append(
            Claim(
                "One network for all times (SGD, frozen targets): errors are multiplied by "
                f"{_shown(gains['consistency'])} for consistency and "
                f"{_shown(gains['progressive'])} for progressive ({', '.join(SCALINGS)}), since "
                f"training at one time helps the others; {diverged} of "
                f"{2 * a.untrained.size} students diverged. The theory has no such transfer.",
                bool(np.median(gains["consistency"]) < 0.9),
                False,
            )
        )
        shares = []
        tried = pilots(a.setting)
        for names in tried:
            hits, total, width, _ = a.coverage("sgd", names)
            shares.append(f"{hits} of {total} (pilot {', '.join(names)}; factor {width:.1f})")
        narrow = a.coverage("sgd", tried[1])
        found.append(
            Claim(
                "Calibration under SGD: the 80 % intervals of plans outside the pilot hold "
                f"{'; '.join(shares)}. Plans that train at the last time only do not show how far "
                "the others are off.",
                narrow[0] < 0.8 * narrow[1],
                False,
            )
        )
        return found
