"""Inside the band: errors of both signs, and how small the least of them gets (seen)."""

from fractions import Fraction

import numpy as np

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import counterexample, enclosed, seen
from symmerge.chain import gradient_flow_chain
from symmerge.numbers import balls
from symmerge.phase import band_edges
from symmerge.plan import count_plans
from symmerge.schedule import cosine
from symmerge.search.exhaustive import every_plan
from symmerge.search.interval import interval_value


def middle(T, s):
    low, high = band_edges(T, s)
    return Fraction((low + high) / 2)


def relative_gap(T, s, shares=(0.2, 0.35, 0.5, 0.65, 0.8)):
    """Median over the band of least |e| over the range of e, all plans."""
    low, high = band_edges(T, s)
    gaps = []
    for share in shares:
        errors = every_plan(
            gradient_flow_chain(cosine(T), Fraction(low + share * (high - low)), s)
        ).errors
        gaps.append(np.abs(errors).min() / np.ptp(errors))
    return float(np.median(gaps))


def steps():
    yield enclosed(
        "in the middle of the band errors of both signs exist: T = 6, 8, 12, s = 1, 3",
        all(_both_signs(T, s) for T in (6, 8, 12) for s in (1, 3)),
    )
    yield seen(
        "least |e| over the range of e, times the number of plans, lies within 0.02..50: T = 5..9",
        _scaled(),
        required=True,
    )


def _both_signs(T, s):
    chain = gradient_flow_chain(cosine(T), middle(T, s), s, balls(256))
    return chain.field.sign(interval_value(chain, "min")) == -1 and (
        chain.field.sign(interval_value(chain, "max")) == 1
    )


def _scaled():
    for s in (1, 3):
        for T in range(5, 10):
            scaled = relative_gap(T, s) * count_plans(T)
            yield None if 0.02 < scaled < 50 else f"T = {T}, s = {s}: {scaled:.3g}"


def _polynomial():
    for T in (5, 7, 9):
        scaled = relative_gap(T, 1) * T**2
        yield None if scaled > 0.05 else f"T = {T}: {scaled:.3g}"


THEOREM = Theorem(
    name="a6_band",
    title="The least error inside the band",
    statement="Between lam_lo and lam_hi errors of both signs exist and the least |e| over all "
    "plans shrinks like one over the number of plans. Seen numerically only.",
    latex=r"(Seen, not proved.) For $\lambda_{\mathrm{lo}}<\lambda<\lambda_{\mathrm{hi}}$ there "
    r"are plans of either sign of $e$, and $\min|e|/(e_{\max}-e_{\min})$ is of the order of one "
    r"over the little Schroeder number of $T$.",
    source="symmerge, part A5 and A6",
    standing="N",
    assumptions=("cosine schedule", "gradient flow"),
    steps=steps,
    expected="undecided",
    variants=(
        FalseVariant(
            "it shrinks only like 1/T^2",
            lambda: counterexample("least |e| stays above 0.05/T^2 of the range", _polynomial()),
        ),
    ),
)
