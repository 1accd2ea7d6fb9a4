"""Evaluation to certain digits: golden values, an independent evaluation, ties and exact zeros."""

import random
import re
from decimal import Context, Decimal, localcontext
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmerge.chain import gradient_flow_chain
from symmerge.errors import InputError
from symmerge.evaluate import evaluate
from symmerge.merge import operator, relative_error
from symmerge.numbers import EXACT, multiprecision
from symmerge.plan import MergePlan, boot, canonical_plans, random_plan, vanilla
from symmerge.schedule import cosine, custom, ddpm, edm, flow, from_angles
from symmerge.teacher import Teacher
from tests.trees import direct_operator, parse_tree, product

NUMBER = re.compile(r"-?\d+(\.\d+)?(E[+-]\d+)?")


def significant(text):
    return len(Decimal(text).as_tuple().digits)


def exact_steps(schedule, lam):
    return Teacher(schedule, Fraction(lam), EXACT).a


def cosine_by_hand(tree, T, lam, s, digits):
    """M, C and e by the definition, with e by subtracting in many more digits."""
    with mpmath.workdps(digits):
        lam, s = (mpmath.mpf(q.numerator) / q.denominator for q in (Fraction(lam), Fraction(s)))
        alpha = [mpmath.cos(mpmath.pi * t / (2 * T)) for t in range(T + 1)]
        sigma = [mpmath.sin(mpmath.pi * t / (2 * T)) for t in range(T + 1)]
        v = [alpha[t] ** 2 * lam + sigma[t] ** 2 for t in range(1, T + 1)]
        a = [
            (alpha[t] * alpha[t - 1] * lam + sigma[t] * sigma[t - 1]) / v[t - 1]
            for t in range(1, T + 1)
        ]
        M = direct_operator(tree, a, [mpmath.exp(-2 * s * q) for q in v])
        C = product(a)
        found = {"operator": M, "composite": C, "error": M / C - 1}
    with mpmath.workdps(60):
        return {name: +value for name, value in found.items()}


def test_golden():
    """Values from plain mpmath arithmetic with 150 digits, M/C - 1 by subtraction."""
    found = evaluate("[1|[2|[3|4]]]", lam="1/5", s=40, digits=50)
    assert found.schedule == cosine(4)
    assert found.operator == "0.28842764358759351713351426807008670649344097052526"
    assert found.composite == "0.28842764358759351713351426807008669889436960569515"
    assert found.error == "2.6346543175645115128158721904404668494620800286196E-35"
    low, high = (Decimal(end) for end in found.enclosure["error"])
    assert low < Decimal("2.634654317564511512815872190440466849462080028619595051543E-35") < high
    assert (high - low) / low < Decimal("1e-53")
    assert found.certainty.status == "proved"


BY_HAND = [
    (lam, s) for lam in ("1e-6", "1/5", "1", "1.536", "1e6") for s in ("0", "1/7", "3", "40")
]


@pytest.mark.parametrize(("lam", "s"), [*BY_HAND, ("1/5", "3000"), ("1.536", "1e4")])
def test_against_plain_long_arithmetic(lam, s):
    plans = [*canonical_plans(5).values(), *(random_plan(5, random.Random(k)) for k in range(3))]
    for plan in plans[: 3 if len(s) > 2 else None]:
        truth = cosine_by_hand(parse_tree(str(plan)), 5, lam, s, digits=100 + int(Fraction(s)))
        found = evaluate(plan, lam, s, digits=30)
        for name, value in truth.items():
            low, high = (Decimal(end) for end in found.enclosure[name])
            with mpmath.workdps(60):
                assert mpmath.mpf(str(low)) < value < mpmath.mpf(str(high)), (str(plan), name)
                assert abs(mpmath.mpf(getattr(found, name)) / value - 1) < mpmath.mpf(10) ** -29 / 2
            with localcontext(Context(prec=40)):
                assert (high - low) / abs(low) < Decimal("1e-32")


@settings(max_examples=40)
@given(
    plan=st.integers(0, 10**6).map(lambda seed: random_plan(2 + seed % 9, random.Random(seed))),
    make=st.sampled_from([cosine, flow, ddpm, edm]),
    lam=st.fractions("1/100", 50, max_denominator=1000),
    s=st.fractions(0, 50, max_denominator=100),
    digits=st.integers(1, 60),
)
def test_against_the_long_field(plan, make, lam, s, digits):
    """The multiprecision field runs the same recursion in other arithmetic."""
    schedule, field = make(plan.T), multiprecision(digits + 60)
    chain = gradient_flow_chain(schedule, lam, s, field)
    truth = {
        "operator": operator(plan, chain),
        "composite": chain.C,
        "error": relative_error(plan, chain),
    }
    found = evaluate(plan, lam, s, schedule, digits)
    context = field.context
    for name, value in truth.items():
        text, (low, high) = getattr(found, name), found.enclosure[name]
        assert NUMBER.fullmatch(text)
        if text == "0":
            assert abs(value) < context.mpf(10) ** (-digits - 40)
            continue
        slack = abs(value) * context.mpf(10) ** (-digits - 40)
        assert context.mpf(low) - slack <= value <= context.mpf(high) + slack
        # Correctly rounded: half a unit of the last place away at most.
        assert abs(context.mpf(text) / value - 1) <= context.mpf(10) ** (1 - digits) / 2 * (
            1 + 1e-9
        )
        assert significant(text) <= digits


def test_more_digits_extend_fewer():
    long = evaluate(boot(6), "1.3", 2, digits=300)
    for digits in (1, 2, 17, 100):
        short = evaluate(boot(6), "1.3", 2, digits=digits)
        for name in ("operator", "composite", "error"):
            rounded = Context(prec=digits).create_decimal(getattr(long, name))
            assert Decimal(getattr(short, name)) == rounded


@pytest.mark.parametrize("s", [10**4, 10**6, 10**9, 10**12])
def test_very_long_training(s):
    """e ~ exp(-2 s v) far below every float: its logarithm is still -2 s to leading order."""
    found = evaluate(boot(4), "1/2", s, digits=25)
    assert found.certainty.status == "proved"
    mantissa, exponent = found.error.split("E")
    log = mpmath.log(mpmath.mpf(mantissa)) + int(exponent) * mpmath.log(10)
    chain = gradient_flow_chain(cosine(4), Fraction(1, 2), 1, multiprecision(40))
    # To first order every step adds g (1/a_t - 1).
    leading = sum(1 / a - 1 for a in chain.a[:-1])
    assert abs(log - (-2 * s + mpmath.log(leading))) < 1e-3
    assert Decimal(found.enclosure["error"][0]) < Decimal(found.enclosure["error"][1])


@pytest.mark.parametrize("lam", ["1e-250", "1e250"])
def test_extreme_variances(lam):
    found = evaluate(boot(3), lam, 1, digits=20)
    truth = cosine_by_hand(parse_tree(str(boot(3))), 3, Fraction(lam), 1, 900)
    assert found.certainty.status == "proved"
    with mpmath.workdps(30):
        assert abs(mpmath.mpf(found.error) / truth["error"] - 1) < 1e-19


# Exact zeros and ties.


def test_error_is_exactly_zero_at_a_threshold():
    """At lam = lam_1* of a two-step flow the only left step is exactly 1."""
    found = evaluate("[1|2]", 1, 3, flow(2))
    assert (found.error, found.enclosure["error"]) == ("0", ("0", "0"))
    assert found.certainty.status == "proved"
    assert "exactly 0" in found.certainty.reason
    assert Decimal(found.operator) == Decimal(found.composite) == Decimal("0.5")


def test_zero_that_no_precision_can_show_is_decided_algebraically():
    """With thirds as levels a_1 = 1 only up to rounding, at every precision."""
    schedule = custom(["1", "2/3", "0"], ["0", "1/3", "1"])
    lam = Fraction(1, 3) * Fraction(1, 3) / (Fraction(2, 3) * Fraction(1, 3))
    found = evaluate("[1|2]", lam, "1/3", schedule, digits=30)
    assert exact_steps(schedule, lam)[0] == 1
    assert found.error == "0"
    assert found.certainty.status == "proved"
    nearby = evaluate("[1|2]", lam + Fraction(1, 10**90), "1/3", schedule, digits=30)
    assert nearby.certainty.status == "proved"
    assert Decimal(nearby.error) < 0
    assert Decimal(nearby.error).adjusted() in range(-92, -88)


def test_vanishing_error_of_a_whole_block():
    """C[1,2] = 1 with neither step 1: vanilla is exact, the other plans are not."""
    schedule, lam = custom([1, "2/5", "1/5", 0], [0, "1/5", "3/5", 1]), 1
    assert list(exact_steps(schedule, lam)[:2]) == [2, Fraction(1, 2)]
    assert evaluate(vanilla(3), lam, 2, schedule, digits=20).error == "0"
    for text in ("[1|[2|3]]", "[[1|2]|3]"):
        found = evaluate(text, lam, 2, schedule, digits=20)
        assert found.certainty.status == "proved"
        assert Decimal(found.error) != 0


def test_without_training_everything_is_rational_for_a_rational_schedule():
    for plan in (vanilla(4), boot(4)):
        found = evaluate(plan, "1/3", 0, flow(4), digits=12)
        a = exact_steps(flow(4), Fraction(1, 3))
        assert found.certainty.status == "proved"
        assert Decimal(found.operator) == Context(prec=12).divide(
            Decimal(a[-1].numerator), Decimal(a[-1].denominator)
        )


def test_rational_tie_is_rounded_to_even():
    """C = 1/8 exactly, to two digits; M is no tie because exp(-2 s v) is transcendental."""
    schedule = custom(["1", "1/2", "0"], ["0", "1/2", "1"])
    # a_1 = 2 lam/(lam + 1), a_2 = 1/2: C = lam/(lam + 1).
    found = evaluate("[1|2]", "1/7", 1, schedule, digits=2)
    assert found.composite == "0.12"
    assert found.certainty.status == "proved"
    assert evaluate("[1|2]", "3/5", 1, schedule, digits=2).composite == "0.38"


def test_irrational_tie_stays_open():
    """The same C on the cosine schedule, where nothing here can prove that it is rational."""
    found = evaluate("[1|2]", "1/7", 1, cosine(2), digits=2)
    assert found.certainty.status == "undecided"
    assert "composite" in found.certainty.reason
    assert found.composite in ("0.12", "0.13")
    low, high = (Decimal(end) for end in found.enclosure["composite"])
    assert low <= Decimal("0.125") <= high
    assert evaluate("[1|2]", "1/7", 1, cosine(2), digits=3).certainty.status == "proved"


def test_zero_that_stays_open_says_so():
    """At theta_1 = 60 degrees lam_1* = tan 60 / tan 30 = 3, which no precision can confirm."""
    schedule = from_angles([0, "1/3", "1/2"], unit="pi")
    found = evaluate("[1|2]", 3, 1, schedule, digits=10)
    assert found.error is None
    assert found.certainty.status == "undecided"
    assert "error could not be told from 0" in found.certainty.reason
    low, high = (Decimal(end) for end in found.enclosure["error"])
    assert low <= 0 <= high
    assert high - low < Decimal("1e-9000")
    assert "cannot be told from 0" in str(found)
    assert found.to_dict()["error"] is None
    assert "e &=" not in found._repr_latex_()
    for lam in (3 - Fraction(1, 10**3000), 3 + Fraction(1, 10**3000)):
        nearby = evaluate("[1|2]", lam, 1, schedule, digits=10)
        assert nearby.certainty.status == "proved"
        assert (Decimal(nearby.error) > 0) == (lam < 3)
        assert len(str(nearby)) < 600


def test_enclosures_stay_tight_where_terms_cancel():
    """Closer and closer to a zero of e the first precision is not enough, at times only just."""
    schedule = from_angles([0, "1/3", "1/2"], unit="pi")
    for k in range(12, 32):
        low, high = evaluate("[1|2]", 3 - Fraction(1, 10**k), 1, schedule, 10).enclosure["error"]
        assert 0 < Decimal(low) < Decimal(high) < Decimal(low) * (1 + Decimal("1e-13"))


# Form.


def test_json_form():
    found = evaluate(boot(4), Fraction(1, 5), Fraction(40), digits=20)
    data = found.to_dict()
    assert {"operator", "composite", "error", "enclosure", "certainty"} <= set(data)
    assert data["plan"] == "[1|[2|[3|4]]]"
    assert (data["lam"], data["s"], data["digits"]) == ("1/5", "40", 20)
    low, high = data["enclosure"]["error"]
    assert all(NUMBER.fullmatch(text) for text in (data["error"], low, high))
    assert Decimal(low) <= Decimal(high)


def test_notebook_and_text_forms():
    found = evaluate(boot(4), "1/5", 40, digits=80)
    tex = found._repr_latex_()
    assert tex.startswith(r"$\begin{aligned}M &= 0.2884")
    assert r"\times 10^{-35}" in tex
    assert r"\ldots" in tex
    text = str(found)
    assert "lam = 1/5, s = 40, cosine schedule, T = 4" in text
    assert f"e = M/C - 1 = {found.error}" in text
    assert max(map(len, str(evaluate(boot(200), "1e-200", 1, digits=5)).splitlines())) < 150


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("[1|2", 1, 1), "plan"),
        (("[2|3]", 1, 1), "plan"),
        ((boot(3), 0, 1), "lam"),
        ((boot(3), "-1/5", 1), "lam"),
        ((boot(3), "1/5)", 1), "lam"),
        ((boot(3), 1, -1), "s"),
        ((boot(3), 1, "1e13"), "s"),
        ((boot(3), 1, "forty"), "s"),
        ((boot(3), 1, 1, flow(4)), "plan"),
        ((boot(3), 1 + Fraction(1, 10**4001), 1), "lam"),
        ((boot(3), 1, Fraction(1, 7**6000)), "s"),
        ((boot(3), 1, 1, None, 0), "digits"),
        ((boot(3), 1, 1, None, 10_001), "digits"),
        ((boot(3), 1, 1, None, "many"), "digits"),
        ((MergePlan.leaf(1), 1, 1), "T"),
    ],
)
def test_bad_input(arguments, named):
    with pytest.raises(InputError, match=named):
        evaluate(*arguments)
