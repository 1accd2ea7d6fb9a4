"""Local search over plans with nested merges, for spectra close to white (SPEC A7)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..chain import build_chain
from ..numbers import FLOAT
from ..plan import MergePlan
from ..schedule import Schedule
from ..student import ShrinkageLaw
from ..teacher import Teacher
from .blocks import Code, code_errors, code_plan, row, segmentation_code, single_flips
from .theorems import max_plan, root_cuts

__all__ = ["improve"]

_MOST_ROUNDS = 100
_MOST_STARTS = 4
_TINY = 1e-200  # stands for a vanishing variance: C e = M all the same


def improve(
    lengths: list[int],
    variances: np.ndarray,
    multiplicities: np.ndarray,
    mixed: np.ndarray,
    schedule: Schedule,
    law: ShrinkageLaw,
) -> MergePlan:
    """Flip one action at a time for as long as ``W2^2`` falls; the best plan reached.

    Starts are the segmentation `lengths` and the extreme plans of some of the coordinates `mixed`,
    whose errors have both signs within reach. What is returned need not be better than `lengths`.
    """
    lam = np.maximum(np.asarray(variances, float), _TINY)
    chain = build_chain(schedule, lam, law, FLOAT)
    weight = multiplicities * Teacher(schedule, lam, FLOAT).v[-1]
    every = np.arange(schedule.T - 1)

    def loss(codes: Code) -> np.ndarray:
        return np.asarray((chain.C * code_errors(codes, chain)) ** 2 @ weight)

    starts = [segmentation_code(lengths)]
    spread = np.flatnonzero(mixed)[:: max(1, int(mixed.sum()) // _MOST_STARTS)]
    for i in spread:
        own = build_chain(schedule, Fraction(float(variances[i])), law, FLOAT)
        starts += [root_cuts(own, "min"), max_plan(own)]
    best, least = starts[0], float("inf")
    for code in starts:
        value = float(loss(code))
        for _ in range(_MOST_ROUNDS):
            flips = single_flips(code, every)
            losses = loss(flips)
            k = int(np.argmin(losses))
            if losses[k] >= value * (1 - 1e-12):
                break
            code, value = row(flips, k), float(losses[k])
        if value < least:
            best, least = code, value
    return code_plan(best)
