"""The five regimes in the variance, and the monotone extremes they rest on (seen, not proved)."""

from fractions import Fraction
from itertools import pairwise

from proofs.ledger import FalseVariant, Theorem
from proofs.tools import counterexample, seen
from symmerge.chain import gradient_flow_chain
from symmerge.phase import band_edges
from symmerge.schedule import cosine
from symmerge.search.interval import interval_plan

# Published edges: T, s -> lam_lo, lam_hi.
TABLE = {
    (8, "0.5"): (1.28208, 1.34007),
    (8, "3"): (1.27042, 1.33447),
    (16, "0.5"): (1.13508, 1.17603),
    (16, "3"): (1.12353, 1.18256),
    (16, "10"): (1.12657, 1.16699),
}


def extremes(lam, T, s):
    """``e_min/g_T`` and ``e_max/g_T`` in float64."""
    chain = gradient_flow_chain(cosine(T), lam, Fraction(s))
    return [interval_plan(chain, sense).error / chain.g[-1] for sense in ("min", "max")]


def steps():
    yield seen("the published edges of the band, five decimals", _table(), required=True)
    yield seen(
        "e_min/g_T and e_max/g_T decrease in lam on a grid of 60 values, T = 6, 10, s = 0.5, 3, 10",
        _decreasing(),
        required=True,
    )


def _table():
    for (T, s), published in TABLE.items():
        found = band_edges(T, s)
        fine = all(abs(x - y) < 6e-6 for x, y in zip(found, published, strict=True))
        yield None if fine else f"T = {T}, s = {s}: {found}"


def _decreasing(grow=1):
    for T in (6, 10):
        for s in ("0.5", "3", "10"):
            values = [extremes(Fraction(100 + 2 * k, 100), T, s) for k in range(1, 61)]
            for which in (0, 1):
                falls = all(grow * y[which] < grow * x[which] for x, y in pairwise(values))
                yield None if falls else f"T = {T}, s = {s}, {('e_min', 'e_max')[which]}"


THEOREM = Theorem(
    name="a6_regimes",
    title="Regimes in the variance",
    statement="For the cosine schedule e_min and e_max decrease in lam, so that the regimes BOOT, "
    "min-plan, band, max-plan, vanilla are intervals with the edges lam_BOOT < lam_lo < lam_0 < "
    "lam_hi < lam_van. Seen numerically only.",
    latex=r"(Seen, not proved.) For the cosine schedule the least and the greatest relative error "
    r"over all plans decrease in $\lambda$. Hence all errors are $\ge0$ exactly for "
    r"$\lambda\le\lambda_{\mathrm{lo}}$ and $\le0$ exactly for $\lambda\ge\lambda_{\mathrm{hi}}$.",
    source="symmerge, part A6",
    standing="N",
    assumptions=("cosine schedule", "gradient flow"),
    steps=steps,
    expected="undecided",
    variants=(
        FalseVariant(
            "both extremes increase in lam",
            lambda: counterexample("e_min and e_max increase", _decreasing(-1)),
        ),
    ),
)
