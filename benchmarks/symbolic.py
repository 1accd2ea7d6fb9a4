"""Many digits and closed forms: Arb against mpmath, derivations against plain SymPy."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from symmerge.chain import Chain, gradient_flow_chain, symbolic_chain
from symmerge.derive import derive
from symmerge.merge import operator
from symmerge.numbers import Field, balls, multiprecision
from symmerge.plan import canonical_plans
from symmerge.schedule import cosine
from symmerge.search.interval import interval_value

from .measure import Fit, Line, compare, least_seconds, seconds

__all__ = ["fits", "lines"]

_LAM, _S = Fraction("1.3"), 1
_BITS, _DIGITS = 192, 50  # 192 bits are 57 digits
_STEPS = (4, 16, 64)


def _chain(T: int, field: Field) -> Chain:
    chain = gradient_flow_chain(cosine(T), _LAM, _S, field)
    _ = chain.composites
    return chain


def lines() -> Iterator[Line]:
    """Measure."""
    for T in (16, 32, 64):
        arb, plain = _chain(T, balls(_BITS)), _chain(T, multiprecision(_DIGITS))
        difference = float(interval_value(arb, "max").mid()) - float(interval_value(plain, "max"))
        if abs(difference) > 1e-15:
            raise AssertionError(f"the two precisions differ by {difference}")
        yield compare(
            f"exact interval search in Arb balls, {_DIGITS} digits with proved bounds, T = {T}",
            seconds(lambda arb=arb: interval_value(arb, "max")),
            f"the same recursion in mpmath, {_DIGITS} digits",
            seconds(lambda plain=plain: interval_value(plain, "max")),
        )
    for T in _STEPS:
        for name in ("consistency", "boot"):
            plan = canonical_plans(T)[name]
            yield compare(
                f"`derive` of {name}, with definitions, T = {T}",
                seconds(lambda plan=plan: derive(plan)),
                "the bare nested product in SymPy",
                seconds(lambda plan=plan: operator(plan, symbolic_chain(plan.T))),
            )


def fits() -> Iterator[Fit]:
    """How both grow with T."""
    chains = {T: _chain(T, balls(_BITS)) for T in (16, 32, 64)}
    yield Fit(
        "exact interval search in Arb balls",
        "T",
        "3",
        [(T, least_seconds(lambda T=T: interval_value(chains[T], "max"))) for T in chains],
    )
    plans = {T: canonical_plans(T)["boot"] for T in _STEPS}
    yield Fit(
        "`derive` of boot",
        "T",
        "",
        [(T, least_seconds(lambda T=T: derive(plans[T]))) for T in _STEPS],
    )
