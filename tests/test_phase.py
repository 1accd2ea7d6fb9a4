"""Phase edges: closed forms, published tables, certified roots, other schedules."""

import math
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
import sympy

from symmerge import schedule
from symmerge.chain import gradient_flow_chain
from symmerge.errors import InputError
from symmerge.merge import relative_error
from symmerge.numbers import FLOAT, balls, multiprecision
from symmerge.phase import band_edges, closed_forms, edges
from symmerge.plan import enumerate_plans
from symmerge.search.interval import interval_value
from symmerge.teacher import Teacher

NAMES = ("lam_boot", "lam_lo", "lam_0", "lam_hi", "lam_van")

# Published edges, five decimals (lam_boot, lam_lo, lam_0, lam_hi, lam_van).
TABLE = {
    (8, "0.5"): (1.21850, 1.28208, 1.31602, 1.34007, 2.01959),
    (8, "3"): (1.21850, 1.27042, 1.31602, 1.33447, 2.01959),
    (16, "0.5"): (1.10333, 1.13508, 1.15629, 1.17603, 2.00484),
    (16, "3"): (1.10333, 1.12353, 1.15629, 1.18256, 2.00484),
    (16, "10"): (1.10333, 1.12657, 1.15629, 1.16699, 2.00484),
    (64, "3"): (1.02485, 1.02752, 1.03869, 1.06243, 2.00030),
    (64, "10"): (1.02485, 1.02764, 1.03869, 1.05662, 2.00030),
}


@pytest.mark.parametrize(("T", "s"), TABLE)
def test_published_edges_with_thirty_certified_digits(T, s):
    found = edges(T, s)
    for name, published in zip(NAMES, TABLE[T, s], strict=True):
        edge = getattr(found, name)
        low, high = (Decimal(end) for end in edge.enclosure)
        assert abs(edge.value - published) < 6e-6
        assert low <= high
        assert (high - low) / low < Decimal(10) ** -30
        assert float(low) <= edge.value <= float(high)


@pytest.mark.parametrize("T", [3, 4, 5, 8, 13, 64])
def test_closed_forms_are_the_extreme_thresholds(T):
    field = balls(200)
    with field.working():
        thresholds = Teacher(schedule.cosine(T), field.number(1), field).thresholds[:-1]
        middle, first = thresholds[math.ceil(T / 2) - 1], thresholds[0]
    for form, extreme, others in zip(
        closed_forms(T), (middle, first), (lambda q: q >= middle, lambda q: q <= first), strict=True
    ):
        with field.working():
            assert abs(extreme - field.number(Fraction(str(form.evalf(55))))) < 1e-45
            assert all(others(q) or q.overlaps(extreme) for q in thresholds)


def test_closed_forms_follow_from_the_threshold_symbolically():
    """With d = Delta/2 free: the general threshold at theta = pi/4 + d and at theta = 2d."""
    d, theta = sympy.symbols("d theta", positive=True)
    before = theta - 2 * d
    threshold = (sympy.sin(theta) * (sympy.sin(theta) - sympy.sin(before))) / (
        sympy.cos(theta) * (sympy.cos(before) - sympy.cos(theta))
    )
    T = next(iter(closed_forms()[0].free_symbols))
    for edge, at in zip(closed_forms(), (sympy.pi / 4 + d, 2 * d), strict=True):
        difference = threshold.subs(theta, at) - edge.subs(T, sympy.pi / (4 * d))
        assert sympy.simplify(sympy.expand_trig(difference)) == 0


def test_edges_do_not_depend_on_training_time_at_the_outside():
    outer = {(edges(8, s).lam_boot.enclosure, edges(8, s).lam_van.enclosure) for s in ("0.1", 40)}
    assert len(outer) == 1


@pytest.mark.parametrize(("kind", "T", "s"), [("cosine", 6, 1), ("flow", 5, 2), ("ddpm", 5, "0.3")])
def test_every_plan_changes_sign_where_the_edges_say(kind, T, s):
    """Brute force on both sides of lam_lo and lam_hi, in 40 digits."""
    grid = getattr(schedule, kind)(T)
    found = edges(s=s, schedule=grid)
    field = multiprecision(40)

    def errors(lam):
        chain = gradient_flow_chain(grid, lam, s, field)
        return [relative_error(plan, chain) for plan in enumerate_plans(T)]

    for edge, extreme in ((found.lam_lo, min), (found.lam_hi, max)):
        low, high = (Fraction(end) for end in edge.enclosure)
        assert extreme(errors(low * (1 - Fraction(1, 10**20)))) > 0
        assert extreme(errors(high * (1 + Fraction(1, 10**20)))) < 0


def test_composite_is_one_at_lam_0():
    edge = edges(12, 1).lam_0
    field = multiprecision(40)
    for end, sign in zip(edge.enclosure, (-1, 1), strict=True):
        chain = gradient_flow_chain(schedule.cosine(12), Fraction(end), 1, field)
        assert sign * sum(chain.composites[:-1]) > 0


def test_flow_edges_are_the_rational_thresholds():
    found = edges(s=1, schedule=schedule.flow(7))
    assert found.lam_boot.closed_form == sympy.Rational(1, 6)
    assert found.lam_van.closed_form == 6


def test_variance_exploding_has_no_transition():
    found = edges(s=1, schedule=schedule.edm(6))
    assert all(getattr(found, name) is None for name in NAMES)
    assert "every step shrinks" in str(found)


def test_two_steps_have_one_plan_and_one_edge():
    found = edges(2, 1)
    assert len({getattr(found, name).enclosure for name in NAMES}) == 1
    assert found.lam_0.value == pytest.approx(1 + math.sqrt(2), rel=1e-15)


def test_band_edges_agree_with_certified_ones():
    lo, hi = band_edges(24, "0.7")
    found = edges(24, "0.7")
    assert lo == pytest.approx(found.lam_lo.value, rel=1e-12)
    assert hi == pytest.approx(found.lam_hi.value, rel=1e-12)


def test_extremes_decrease_in_lam_as_far_as_seen():
    """Seen, not proved: e_min/g_T and e_max/g_T decrease, so each edge is one root."""
    for sense in ("min", "max"):
        values = []
        for k in range(40):
            chain = gradient_flow_chain(schedule.cosine(8), 1 + Fraction(k, 30), 3, FLOAT)
            values.append(interval_value(chain, sense) / chain.g[-1])
        assert all(b < a for a, b in pairwise(values))


def test_rich_display_and_json():
    found = edges(8, 3)
    shown = found.to_dict()
    assert shown["lam_boot"]["closed_form"] == "tan(9*pi/32)"
    assert set(NAMES) <= set(shown)
    assert r"\lambda_{\mathrm{van}}" in found._repr_latex_()


@pytest.mark.parametrize(
    "arguments", [{"T": 1, "s": 1}, {"T": 8, "s": 0}, {"T": 8, "s": -1}, {"T": 8}, {"s": 1}]
)
def test_bad_arguments(arguments):
    with pytest.raises(InputError):
        edges(**arguments)


def test_digits_out_of_range():
    with pytest.raises(InputError, match="digits"):
        edges(8, 3, digits=5)
