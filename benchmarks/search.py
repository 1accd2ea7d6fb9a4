"""Scalar searches against the source's algorithm and against the exact interval search."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from symmerge import best_plan, gradient_flow_chain
from symmerge.schedule import cosine
from symmerge.search import algorithm1, interval_plan

from .algorithm1 import algorithm1_error
from .measure import Line, compare, seconds

__all__ = ["lines"]

_LAM, _S = Fraction("1.3"), 1


def lines() -> Iterator[Line]:
    """Measure the searches."""
    for T in (64, 128, 256):
        schedule = cosine(T)
        chain = gradient_flow_chain(schedule, _LAM, _S)
        x, g = chain.x.tolist(), chain.g.tolist()
        literal, panels = algorithm1_error(x, g), algorithm1(chain).error
        if not math.isclose(literal, panels, rel_tol=1e-9):
            raise AssertionError(f"the two versions of Algorithm 1 differ: {literal}, {panels}")
        python = seconds(lambda x=x, g=g: algorithm1_error(x, g))
        yield compare(
            f"Algorithm 1 in NumPy panels, T = {T}",
            seconds(lambda chain=chain: algorithm1(chain)),
            "Algorithm 1 in plain Python",
            python,
            n=5,
        )
        yield compare(
            f"`best_plan`, T = {T}",
            seconds(lambda schedule=schedule: best_plan(_LAM, s=_S, schedule=schedule)),
            "Algorithm 1 in plain Python",
            python,
            n=5,
        )
    for T in (64, 128, 256, 1024):
        schedule = cosine(T)
        yield compare(
            f"`best_plan`, T = {T}",
            seconds(lambda schedule=schedule: best_plan(_LAM, s=_S, schedule=schedule)),
            "exact interval search in NumPy panels, chain included",
            seconds(
                lambda schedule=schedule: interval_plan(
                    gradient_flow_chain(schedule, _LAM, _S), "max"
                )
            ),
            n=5,
        )
