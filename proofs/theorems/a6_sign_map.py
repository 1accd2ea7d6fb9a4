"""Signs of the errors of all plans over a whole range of variances, by certificates."""

from fractions import Fraction

from proofs import certify
from proofs.ledger import FalseVariant, Level, Step, Theorem
from symmerge.chain import gradient_flow_chain
from symmerge.merge import relative_error
from symmerge.numbers import balls
from symmerge.phase import band_edges
from symmerge.schedule import cosine
from symmerge.search.interval import interval_plan
from symmerge.verdict import Refuted, Undecided


def steps():
    for T, s in certify.BOXES:
        verdict = certify.verdict(certify.boxes_name(T, s))
        claim = (
            f"T = {T}, s = {s}: boxes of one sign each from lam = 1/2 to 4, but for two of 1e-30"
        )
        yield Step(claim, Level.ENCLOSURE, verdict)


def moved(factor, sense):
    """An edge moved by a factor: is there a plan whose error has the wrong sign inside?"""
    T, s = 8, 3
    low, high = band_edges(T, s)
    lam = Fraction(low if sense == "min" else high) * factor
    plan = interval_plan(gradient_flow_chain(cosine(T), lam, s), sense).plan
    field = balls(128)
    error = relative_error(plan, gradient_flow_chain(cosine(T), lam, s, field))
    if error < 0 if sense == "min" else error > 0:
        return Refuted(f"lam = {float(lam):.6f}, error {error.str(5)}", str(plan))
    return Undecided("no plan of the other sign")


THEOREM = Theorem(
    name="a6_sign_map",
    title="Signs of all errors over a range of variances",
    statement="Cosine schedule, gradient flow, (T, s) = (8, 1/2), (8, 3), (16, 1/2), (16, 3): for "
    "every lam in [1/2, 4] all plans have e > 0 below lam_lo, plans of both signs exist between "
    "lam_lo and lam_hi, and all plans have e < 0 above lam_hi; each edge is known to 30 digits. "
    "Here the regimes are certain, not only seen.",
    latex=r"For the cosine schedule under gradient flow with $(T,s)\in\{(8,\frac12),(8,3),"
    r"(16,\frac12),(16,3)\}$ there are $\lambda_{\mathrm{lo}}<\lambda_{\mathrm{hi}}$, enclosed in "
    r"intervals of length $10^{-30}$, such that outside of these two intervals and for all "
    r"$\lambda\in[\frac12,4]$: every plan has $e>0$ for $\lambda<\lambda_{\mathrm{lo}}$, every "
    r"plan has $e<0$ for $\lambda>\lambda_{\mathrm{hi}}$, and in between there are plans with "
    r"$e>0$ and plans with $e<0$.",
    source="symmerge, part A6",
    standing="P",
    assumptions=("cosine schedule", "gradient flow", "the four pairs (T, s)"),
    steps=steps,
    variants=(
        FalseVariant("lam_lo moved up by 1 %", lambda: moved(Fraction(101, 100), "min")),
        FalseVariant("lam_hi moved down by 1 %", lambda: moved(Fraction(99, 100), "max")),
    ),
)
