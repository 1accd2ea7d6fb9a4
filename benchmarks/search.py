"""Scalar searches against the source's algorithm, a NumPy interval search and C loops."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from symmerge import best_plan, gradient_flow_chain
from symmerge.chain import Chain, chain_of
from symmerge.numbers import FLOAT
from symmerge.schedule import cosine
from symmerge.search import algorithm1, interval_plan
from symmerge.search.blocks import code_errors
from symmerge.search.problem import ScalarProblem
from symmerge.search.scalar import regime_of
from symmerge.search.theorems import max_plan
from symmerge.student import GradientFlow

from .algorithm1 import algorithm1_error
from .compiled import NAME, c_algorithm1, c_max_plan, compiler
from .measure import Fit, Line, compare, least_seconds, no_compiler, repeated, seconds

__all__ = ["fits", "lines"]

_LAM, _S = Fraction("1.3"), 1
_LITERAL = "Algorithm 1 in plain Python"
_SEARCH = "O(T) search of `best_plan` (Theorem 5), chain given"
_SMALL, _LARGE = (64, 128, 256), (4096, 16384, 65536)


def _chain(T: int) -> Chain:
    return gradient_flow_chain(cosine(T), _LAM, _S)


def _agree(first: float, second: float) -> None:
    if not math.isclose(first, second, rel_tol=1e-9):
        raise AssertionError(f"baseline and candidate differ: {first}, {second}")


def lines() -> Iterator[Line]:
    """Measure the searches."""
    for T in _SMALL:
        yield from _against_literal(T)
    for T in (256, 1024):
        yield from _against_panels(T)
    if compiler() is None:
        no_compiler("searches")
        return
    for T in (256, *_LARGE):
        chain = _chain(T)
        if not np.array_equal(max_plan(chain).after, c_max_plan(chain)):
            raise AssertionError("the two plans of Theorem 5 differ")
        yield compare(
            f"{_SEARCH}, T = {T}",
            repeated(lambda chain=chain: max_plan(chain)),
            f"{NAME}, the same search, called through ctypes",
            repeated(lambda chain=chain: c_max_plan(chain)),
            n=15,
        )


def _against_literal(T: int) -> Iterator[Line]:
    schedule, chain = cosine(T), _chain(T)
    x, g = chain.x.tolist(), chain.g.tolist()
    _agree(algorithm1_error(x, g), algorithm1(chain).error)
    _agree(float(code_errors(max_plan(chain), chain)), interval_plan(chain, "max").error)
    literal = seconds(lambda: algorithm1_error(x, g))
    yield compare(f"{_SEARCH}, T = {T}", repeated(lambda: max_plan(chain)), _LITERAL, literal)
    law = GradientFlow(_S)
    yield compare(
        f"regime with conditions certified in ball arithmetic, chains included, T = {T}",
        seconds(lambda: regime_of(ScalarProblem(_LAM, schedule, law))),
        _LITERAL,
        literal,
    )
    yield compare(
        f"`best_plan`, T = {T}",
        seconds(lambda: best_plan(_LAM, s=_S, schedule=schedule)),
        _LITERAL,
        literal,
    )
    yield compare(
        f"Algorithm 1 in NumPy panels, T = {T}",
        seconds(lambda: algorithm1(chain)),
        _LITERAL,
        literal,
    )
    if compiler() is not None:
        _agree(c_algorithm1(chain.x, chain.g), algorithm1(chain).error)
        c_loop = repeated(lambda: c_algorithm1(chain.x, chain.g))
        yield compare(
            f"Algorithm 1 in NumPy panels, T = {T}",
            seconds(lambda: algorithm1(chain)),
            f"{NAME}, Algorithm 1",
            c_loop,
        )


def _against_panels(T: int) -> Iterator[Line]:
    schedule, chain = cosine(T), _chain(T)
    panels = seconds(lambda: interval_plan(chain, "max"))
    exact = "exact O(T^3) interval search in NumPy panels, chain given"
    yield compare(f"{_SEARCH}, T = {T}", repeated(lambda: max_plan(chain)), exact, panels)
    yield compare(
        f"`best_plan`, T = {T}",
        seconds(lambda: best_plan(_LAM, s=_S, schedule=schedule)),
        exact,
        panels,
    )


def fits() -> Iterator[Fit]:
    """How the searches grow with T."""
    chains = {T: _chain(T) for T in (*_SMALL, 512, 1024)}
    plain = {T: (chains[T].x.tolist(), chains[T].g.tolist()) for T in _SMALL}
    yield Fit(
        _LITERAL,
        "T",
        "3",
        [(T, least_seconds(lambda T=T: algorithm1_error(*plain[T]))) for T in _SMALL],
    )
    yield Fit(
        "exact interval search in NumPy panels",
        "T",
        "3 (2 while calls of NumPy dominate)",
        [(T, least_seconds(lambda T=T: interval_plan(chains[T], "max"))) for T in (256, 512, 1024)],
    )
    yield Fit(
        "O(T) search of Theorem 5",
        "T",
        "1",
        [(T, least_seconds(lambda T=T: max_plan(long_chain(T)))) for T in (2**17, 2**19, 2**21)],
    )


def long_chain(T: int) -> Chain:
    """Steps with the signs of a schedule, three minuses at each end; levels would take minutes."""
    x = np.r_[np.full(3, -1e-3), np.full(T - 6, 1e-3), np.full(3, -1e-3)]
    return chain_of(x, np.full(T, 0.1), FLOAT)
