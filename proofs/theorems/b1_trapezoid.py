"""How far the source's quadrature of the stability coordinate is off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from proofs.ledger import FalseVariant, Step, Theorem
from proofs.tools import counterexample, seen
from symmerge.flow.stability import Stability
from symmerge.verdict import Verdict

RATIOS = {1.0: 1.0, 0.01: 5.1, 1e-3: 500.0, 1e-4: 5e4}  # as printed, two digits


def ratio(sigma: float, beta: float = 5.0, diameter: float = 60.0) -> float:
    """Trapezoid rule on 10001 nodes of [0, 1] over the closed form."""
    flow, t = Stability(sigma, diameter, beta), np.linspace(0, 1, 10001)
    L = flow.rate(t)
    rule = float(np.sum((L[1:] + L[:-1]) / 2) * (t[1] - t[0]))
    return rule / flow.coordinate(1)


def printed(sigmas: list[float]) -> Iterator[Any]:
    """Compare with the printed ratios, to three per cent."""
    for sigma in sigmas:
        found, wanted = ratio(sigma), RATIOS[sigma]
        yield None if abs(found / wanted - 1) < 0.03 else (sigma, found, wanted)


def steps() -> Iterator[Step]:
    """Checks."""
    yield seen("ratios at sigma_0 = 1, 1e-2, 1e-3, 1e-4", printed(list(RATIOS)), required=True)


def accurate() -> Verdict:
    """The trapezoid rule is right to one per cent at sigma_0 = .01."""
    found = ratio(0.01)
    witness = f"ratio {found:.3f}" if abs(found - 1) > 0.01 else None
    return counterexample("right to one per cent", [witness])


THEOREM = Theorem(
    name="b1_trapezoid",
    title="The source's quadrature for narrow modes",
    statement="A trapezoid rule with 10001 nodes gives the stability coordinate correctly for "
    "sigma_0 = 1 but 5 times too large at sigma_0 = .01, 500 times at .001 and 50000 times at "
    ".0001.",
    latex=r"""With $\beta=5$ on $[0,1]$ and $10\,001$ nodes the trapezoid rule for $A(1)=\int_0^1L$
is too large by the factors $1.00$, $5.1$, $500$, $5\cdot10^4$ for
$\sigma_0=1,10^{-2},10^{-3},10^{-4}$ (about $h\beta/\sigma_0^2$, the first node's share).""",
    source="symmerge, part B1",
    standing="N",
    assumptions=("D0 = 60, large enough for the D0^2 term to dominate",),
    steps=steps,
    variants=(FalseVariant("the rule is right to one per cent at sigma_0 = .01", accurate),),
    expected="undecided",
)
