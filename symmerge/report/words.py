"""Recommendations in words."""

from __future__ import annotations

from itertools import groupby

from ..draw import segments_text
from ..plan import MergePlan
from ..plot import LABELS
from ..search.spectra import SpectrumResult

__all__ = [
    "certainty",
    "class_summary",
    "comparison",
    "percent",
    "recipe",
    "recommendation",
    "summary",
    "threshold",
]

_NAMES = {
    "vanilla": "vanilla distillation",
    "boot": "sequential BOOT",
    "consistency": "sequential consistency",
    "progressive": "progressive distillation",
}

_ROUNDING = 1e-9  # smaller relative gaps are not told apart from 0


def recipe(plan: MergePlan) -> str:
    """The training run in words, in the order of training.

    Examples
    --------
    >>> from symmerge.plan import boot, hybrid, vanilla
    >>> print(recipe(hybrid(32, 8)))
    merge steps 9..32 in one go, then take in steps 8..1 one at a time
    >>> print(recipe(vanilla(8)))
    merge steps 1..8 in one go
    >>> print(recipe(boot(8)))
    start from step 8 and take in steps 7..1 one at a time
    """
    lengths = plan.segments
    if lengths is None:
        what = f"the {plan.name} strategy" if plan.name else "the plan as drawn"
        return f"follow {what}, {plan.merges} merges"
    phrases: list[str] = []
    stop = plan.stop - 1
    for length, run in groupby(reversed(lengths)):
        count = len(list(run))
        first = stop - length * count + 1
        if length > 1 and count == 1 and not phrases:
            phrases.append(f"merge steps {first}..{plan.stop} in one go")
        elif length > 1 and count == 1:
            phrases.append(f"take in steps {first}..{stop} in one go")
        elif count == 1:
            phrases.append(f"take in step {stop}")
        else:
            pace = "one" if length == 1 else str(length)
            phrases.append(f"take in steps {stop}..{first} {pace} at a time")
        stop = first - 1
    if not phrases[0].startswith("merge"):
        phrases[0] = f"start from step {plan.stop} and {phrases[0]}"
    return ", then ".join(phrases)


def summary(result: SpectrumResult) -> str:
    """The whole answer in a few lines."""
    return "\n".join(
        [
            f"{result.label}: {result.d} coordinates, {result.share_below_one:.0%} with variance "
            f"<= 1; {result.schedule}, s = {result.s} per merge",
            recommendation(result),
            f"W2^2 = {result.w2_squared:.6g}. {comparison(result)}",
            certainty(result),
            threshold(result),
            f"Optimality over all merge plans: {result.optimality}",
        ]
    )


def recommendation(result: SpectrumResult) -> str:
    """What to do, in a sentence.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> from symmerge.search.spectra import plan_spectrum
    >>> from symmerge.spectrum import Spectrum
    >>> print(recommendation(plan_spectrum(Spectrum([0.1, 0.5, 5]), 3, cosine(8))))
    Use the plan 1×2, 5: merge steps 3..8 in one go, then take in steps 2..1 one at a time.
    """
    plan = result.plan
    segments = f"the plan {segments_text(plan.segments)}" if plan.segments else f"the plan {plan}"
    return f"Use {_NAMES.get(plan.name or '', segments)}: {recipe(plan)}."


def comparison(result: SpectrumResult) -> str:
    """How the strategies of the literature compare, in a sentence."""
    names = sorted(result.ratios, key=result.ratios.__getitem__)
    ratios = {name: f"×{number(result.ratios[name])}" for name in names}
    listed = ", ".join(f"{LABELS[name]} {ratios[name]}" for name in names)
    if result.plan.name is not None:
        return f"The four strategies of the literature, relative to it: {listed}."
    return (
        f"The best strategy of the literature here is {LABELS[names[0]]}, with "
        f"{number(result.ratios[names[0]])} times its W2² (all four: {listed})."
    )


def certainty(result: SpectrumResult) -> str:
    """How much better any plan could be, and what sharing one plan can cost, in a sentence.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> from symmerge.search.spectra import plan_spectrum
    >>> from symmerge.spectrum import Spectrum
    >>> print(certainty(plan_spectrum(Spectrum([0.1, 0.5]), 3, cosine(8))))
    No merge plan at all is better, to a relative 1e-9.
    """
    if result.gap <= _ROUNDING:
        found = "No merge plan at all is better, to a relative 1e-9"
    elif result.lower_bound == 0:
        found = "How much better other plans could be is not known: the certified bound is 0"
    else:
        found = (
            f"No merge plan has W2² below {result.lower_bound:.6g}: "
            f"at most {percent(1 - 1 / (1 + result.gap))} could be gained"
        )
    if result.conflict < 1e-6:
        return f"{found}."
    return f"{found}; at most {percent(result.conflict)} of the loss comes from sharing one plan."


def threshold(result: SpectrumResult) -> str:
    """Where the continuous-time theory puts the threshold, in a sentence.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> from symmerge.search.spectra import plan_spectrum
    >>> from symmerge.spectrum import Spectrum
    >>> print(threshold(plan_spectrum(Spectrum([0.1, 0.5, 5]), 3, cosine(8))))
    Threshold time τ* = 0.2864 of [0, π/2]: ... predicts 1.5 single steps at the clean end of 8.
    """
    predicted = f"{result.predicted_singles:.1f}"
    return (
        f"Threshold time τ* = {result.tau_star:.4g} of [0, π/2]: the continuous-time theory "
        f"predicts {predicted} single steps at the clean end of {result.T}."
    )


def class_summary(result: SpectrumResult) -> str:
    """How many coordinates want what, in a sentence."""
    counts = result.class_counts
    return (
        f"{counts['S']} of {result.d} coordinates are small (every teacher step t < T shrinks "
        f"them; alone they want BOOT), {counts['L']} are large (every step grows them; alone they "
        f"want vanilla) and {counts['X']} lie between."
    )


def percent(share: float) -> str:
    """A share as per cent with up to three digits.

    Examples
    --------
    >>> percent(1), percent(0.78125), percent(2.1e-6)
    ('100 %', '78.1 %', '0.00021 %')
    """
    return f"{number(100 * share, 3)} %"


def number(value: float, digits: int = 4) -> str:
    """A number with `digits` digits, written out up to millions.

    Examples
    --------
    >>> number(1.61449), number(36499.1), number(0.0001236), number(1.2e9)
    ('1.614', '36,499', '0.0001236', '1.2e+09')
    """
    if 1000 <= abs(value) < 1e7:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"
