"""Number types: strict reading, exact round trips, and one formula in every type."""

import math
import random
import re
from decimal import Decimal
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import assume, example, given
from hypothesis import strategies as st

from symmerge.errors import InputError
from symmerge.numbers import (
    EXACT,
    FLOAT,
    SYMBOLIC,
    balls,
    decimal_bounds,
    exact,
    multiprecision,
    parse_number,
)

MANY = multiprecision(60)
BALLS = balls(256)
FIELDS = {"float": FLOAT, "exact": EXACT, "sympy": SYMBOLIC, "mpmath": MANY, "arb": BALLS}
ROUNDING = {"float": FLOAT, "mpmath": MANY, "arb": BALLS}

rationals = st.fractions(max_denominator=10**6)
small = st.fractions(Fraction(-20), Fraction(20), max_denominator=1000)


def midpoint(ball):
    """Exact centre of an Arb ball."""
    mantissa, power = ball.mid().man_exp()
    return int(mantissa) * Fraction(2) ** int(power)


def encloses(ball, value):
    """Whether an Arb ball contains an exact rational."""
    mantissa, power = ball.rad().man_exp()
    return abs(value - midpoint(ball)) <= int(mantissa) * Fraction(2) ** int(power)


# Reading numbers.


@given(
    st.sampled_from(["", "+", "-"]),
    st.from_regex(r"\A(?:[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})\Z"),
    st.one_of(st.none(), st.integers(-300, 300)),
    st.one_of(st.none(), st.integers(1, 10**9)),
    st.sampled_from(["", " ", "\t"]),
)
def test_the_grammar_is_read_exactly(sign, digits, exponent, denominator, space):
    text = sign + digits + ("" if exponent is None else f"e{exponent}")
    truth = Fraction(Decimal(text)) / (denominator or 1)
    text += "" if denominator is None else f"/{denominator}"
    assert parse_number(space + text + space) == truth


@given(rationals)
def test_fractions_round_trip(value):
    assert parse_number(str(value)) == value
    assert exact(str(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_round_trip(value):
    assert float(parse_number(repr(value))) == value
    assert exact(value) == Fraction(value)
    assert FLOAT.number(exact(value)) == value


@given(st.text(max_size=30))
@example("1/0")
@example("0/0")
@example("٣")
@example("½")
@example("１２")
@example("1_000")
@example("0x10")
@example("1,5")
@example("1 2")
@example("1//2")
@example("1e5.0")
@example("1/2e3")
@example("--1")
@example("1\n2")
@example("\x00")
def test_any_other_text_is_refused_in_one_line(text):
    grammar = r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?(/[0-9.]+)?\s*"
    assume(re.fullmatch(grammar, text) is None or text in ("1/0", "0/0"))
    with pytest.raises(InputError) as caught:
        parse_number(text, "lam")
    message = str(caught.value)
    assert message.startswith("lam must ")
    assert "\n" not in message
    assert len(message) < 250


HOSTILE = [
    "__import__('os').system('true')",
    "().__class__",
    "pi",
    "sqrt(2)",
    "2**9",
    "2^9",
    "1+1",
    "1-1",
    "lambda: 1",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "True",
    "None",
    "1j",
    "1e",
    "e5",
    ".",
    "",
    " ",
    "1/",
    "/2",
    "1/2/3",
    "1/-2",
    "1e5e5",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_evaluated(text, monkeypatch):
    def forbidden(*_):
        raise AssertionError("text was evaluated")

    for name in ("eval", "exec", "compile", "__import__"):
        monkeypatch.setattr("builtins." + name, forbidden)
    for read in (parse_number, exact):
        with pytest.raises(InputError):
            read(text)


@pytest.mark.parametrize(
    "text",
    [
        "1e999999999999",
        "-1e-999999999999",
        "1e" + "9" * 3000,
        "1e4001",
        "9" * 100_000,
        "0." + "1" * 100_000,
        "1/" + "9" * 100_000,
        "1e9999/3",
        "9" * 3000 + "e3000",
        "1/0." + "0" * 3000 + "1e9",
        "." + "7" * 3000 + "e-3000",
    ],
)
def test_endless_numbers_are_refused_at_once(text):
    with pytest.raises(InputError) as caught:
        parse_number(text)
    assert len(str(caught.value)) < 250


def test_the_largest_exponents_are_read():
    assert parse_number("1e4000") == 10**4000
    assert parse_number("1e-4000") == Fraction(1, 10**4000)


@pytest.mark.parametrize("text", ["1e4000", "-1e-4000", "-" + "9" * 4001, "1/" + "7" * 4001])
def test_whatever_is_read_can_be_written_and_read_again(text):
    """Python refuses to write integers of more than 4300 digits."""
    value = parse_number(text)
    assert parse_number(str(value)) == value
    assert repr(value)


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        (3, Fraction(3)),
        (0.1, Fraction(3602879701896397, 36028797018963968)),
        (Fraction(2, 6), Fraction(1, 3)),
        (Decimal("0.1"), Fraction(1, 10)),
        (np.int64(-7), Fraction(-7)),
        (np.uint8(200), Fraction(200)),
        (np.float32(0.1), Fraction(13421773, 134217728)),
        (np.float64(0.5), Fraction(1, 2)),
        (sympy.Rational(-3, 7), Fraction(-3, 7)),
        (sympy.Integer(4), Fraction(4)),
        (mpmath.mpf("0.5"), Fraction(1, 2)),
        (mpmath.mpf(-3), Fraction(-3)),
        (mpmath.mpf(0), Fraction(0)),
        (MANY.number(Fraction(3, 8)), Fraction(3, 8)),
        ("1/3", Fraction(1, 3)),
    ],
)
def test_exact_values(value, truth):
    found = exact(value)
    assert found == truth
    assert isinstance(found, Fraction)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        True,
        np.True_,
        None,
        [1],
        (1, 2),
        {"a": 1},
        b"1",
        1j,
        np.array([1, 2]),
        np.float64("nan"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("1e999999"),
        Decimal("1e-999999"),
        mpmath.mpf("nan"),
        mpmath.mpf("-inf"),
        mpmath.mpf("1e99999999"),
        mpmath.mpf("1e-99999999"),
        mpmath.mpc(1, 1),
        sympy.pi,
        sympy.sqrt(2),
        sympy.Symbol("x"),
        sympy.oo,
        sympy.nan,
        sympy.zoo,
        sympy.Float("0.5"),
        [1, 2],
        print,
    ],
    ids=repr,
)
def test_what_is_no_exact_number_is_refused(value):
    with pytest.raises(InputError, match=r"^lam must ") as caught:
        exact(value, "lam")
    assert "\n" not in str(caught.value)


@given(st.integers(-(2**200), 2**200), st.integers(-400, 400))
def test_many_digits_round_trip(mantissa, power):
    with mpmath.workprec(300):
        value = mpmath.ldexp(mpmath.mpf(mantissa), power)
    assert exact(value) == mantissa * Fraction(2) ** power


# Fields.


@given(rationals, rationals)
def test_arithmetic_agrees(p, q):
    q = q or Fraction(1)
    truth = (p + q) * p / q - 3
    size = (abs(p) + abs(q)) * abs(p / q) + 3
    for field in FIELDS.values():
        with field.working():
            x, y = field.number(p), field.number(q)
            found = (x + y) * x / y - 3
        if field is BALLS:
            assert encloses(found, truth)
            assert abs(midpoint(found) - truth) < size / 10**70
        elif field.exact:
            assert exact(found) == truth
        else:
            assert abs(exact(found) - truth) <= size * Fraction(
                1, 10 ** (15 if field is FLOAT else 60)
            )


@given(small)
def test_functions_agree_and_balls_enclose(q):
    reference = multiprecision(120)
    for name in ("exp", "expm1", "log", "log1p", "cos", "sin"):
        domain = {"log": q > 0, "log1p": q > -1}.get(name, True)
        if not domain:
            continue
        truth = exact(getattr(reference, name)(reference.number(q)))
        for field in ROUNDING.values():
            with field.working():
                found = getattr(field, name)(field.number(q))
            if field is BALLS:
                with BALLS.working():
                    assert (found - BALLS.number(truth)).overlaps(flint.arb(0, 1e-110))
                    assert found.rad() < 1e-65
            else:
                # Entering q already rounds; all else is relative to the value.
                entry = (1 + abs(q)) * (1 + abs(truth))
                digits = 15 if field is FLOAT else 60
                assert abs(exact(found) - truth) <= entry * Fraction(4, 10**digits)


@given(st.fractions(Fraction(-3), Fraction(3), max_denominator=5000))
@example(Fraction(1, 2))
@example(Fraction(1, 2) - Fraction(1, 10**9))
@example(Fraction(1, 10**9))
@example(Fraction(3, 2) + Fraction(1, 10**12))
def test_turns_keep_relative_precision(q):
    reference = multiprecision(120)
    for name, function in (("cos_pi", sympy.cos), ("sin_pi", sympy.sin)):
        symbol = function(sympy.pi * sympy.Rational(q))
        truth = getattr(reference, name)(q)
        assert abs(symbol.evalf(60) - sympy.Float(str(truth), 60)) < sympy.Float("1e-58", 60)
        zero = symbol == 0
        found = getattr(FLOAT, name)(q)
        if zero:
            assert found == 0
        else:
            assert abs(found / float(truth) - 1) < 5e-16
        assert abs(getattr(MANY, name)(q) - truth) < mpmath.mpf("1e-60")
        with BALLS.working():
            ball = getattr(BALLS, name)(q)
            assert (ball - BALLS.number(exact(truth))).overlaps(flint.arb(0, 1e-110))


@pytest.mark.parametrize("n", [2, 3, 7])
@given(value=st.fractions(Fraction(1, 1000), 1000, max_denominator=1000))
def test_roots(n, value):
    for field in ROUNDING.values():
        with field.working():
            root = field.root(field.number(value), n)
        if field is BALLS:
            with BALLS.working():
                assert encloses(root**n, value)
        else:
            limit = Fraction(1, 10 ** (14 if field is FLOAT else 60))
            assert abs(exact(root) ** n - value) <= limit * value
    assert SYMBOLIC.root(sympy.Rational(value), n) ** n == sympy.Rational(value)


@pytest.mark.parametrize("name", FIELDS)
@given(steps=st.lists(st.fractions(Fraction(-9, 10), 5, max_denominator=200), max_size=6))
def test_composites_are_products_in_every_field(name, steps):
    """C = prod (1 + x_t), and 1/C - 1, from steps entered one by one."""
    field = FIELDS[name]
    truth = math.prod((1 + x for x in steps), start=Fraction(1))
    with field.working():
        total = field.unit()
        for x in steps:
            total = field.compose(total, field.composite(field.number(1 + x), field.number(x)))
        value, inverse = field.composite_value(total), field.inverse_minus_one(total)
    if field is BALLS:
        assert encloses(value, truth)
        assert encloses(inverse, 1 / truth - 1)
        assert value.rad() < 1e-60
    elif field.exact:
        assert exact(value) == truth
        assert exact(inverse) == 1 / truth - 1
    else:
        limit = Fraction(1, 10 ** (13 if field is FLOAT else 60))
        assert abs(exact(value) - truth) <= limit * truth
        assert abs(exact(inverse) - (1 / truth - 1)) <= limit * max(1, 1 / truth)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("power", [3, 8, 15, 30, 100])
def test_composites_near_one_do_not_cancel(sign, power):
    """Relative precision of 1/C - 1 where C itself rounds to 1."""
    x = Fraction(sign, 3 * 10**power)
    truth = 1 / (1 + x) ** 5 - 1
    for field in (FLOAT, MANY):
        step = field.composite(field.number(1 + x), field.number(x))
        total = field.unit()
        for _ in range(5):
            total = field.compose(total, step)
        found = exact(field.inverse_minus_one(total))
        assert abs(found / truth - 1) < Fraction(1, 10 ** (15 if field is FLOAT else 60))


def test_composites_of_tiny_steps_do_not_cancel():
    """Where a_t is tiny its logarithm comes from a_t, not from the rounded a_t - 1."""
    a = Fraction(1, 10**40)
    with FLOAT.working():
        found = FLOAT.composite(FLOAT.number(a), FLOAT.number(a - 1))
        assert found == pytest.approx(math.log(1e-40), rel=1e-15)
        assert FLOAT.composite(0.0, -1.0) == -math.inf
        assert FLOAT.inverse_minus_one(-math.inf) == math.inf


def test_float_functions_work_over_arrays():
    a = np.array([0.1, 0.5, 1.0, 3.0])
    composite = FLOAT.composite(a, a - 1)
    assert composite.shape == a.shape
    assert FLOAT.composite_value(composite) == pytest.approx(a, rel=1e-15)
    assert FLOAT.inverse_minus_one(composite) == pytest.approx(1 / a - 1, rel=1e-15)
    assert isinstance(FLOAT.composite(0.3, -0.7), float)


def test_other_fields_work_over_object_arrays():
    for field in (SYMBOLIC, MANY, BALLS):
        with field.working():
            vector = field.numbers([Fraction(1, 2), Fraction(2)])
            roots = field.sqrt(vector)
            assert roots.shape == (2,)
            assert abs(roots[0] * roots[1] - 1) < 1e-60


@pytest.mark.parametrize("name", FIELDS)
def test_signs_and_extremes(name):
    field = FIELDS[name]
    with field.working():
        values = field.numbers([Fraction(1, 3), Fraction(-2), Fraction(0)])
        assert [field.sign(value) for value in values] == [1, -1, 0]
        assert field.sign(field.minimum(values) + 2) == 0
        third = field.maximum(values)
        assert field.sign(third - field.number(Fraction(1, 4))) == 1


def test_signs_that_are_not_certain():
    assert FLOAT.sign(math.nan) is None
    assert SYMBOLIC.sign(sympy.sqrt(2) - 2) is None  # SymPy misorders some such numbers
    with BALLS.working():
        third = BALLS.number(Fraction(1, 3))
        assert BALLS.sign(3 * third - 1) is None


def test_fields_without_a_function_say_so():
    for call in (
        lambda: EXACT.exp(Fraction(1)),
        lambda: EXACT.log1p(Fraction(1)),
        lambda: EXACT.sqrt(Fraction(2)),
        lambda: EXACT.cos_pi(Fraction(1, 3)),
        lambda: EXACT.cos(Fraction(1)),
    ):
        with pytest.raises(InputError, match="got exact"):
            call()


def test_a_number_beyond_float64_is_refused():
    with pytest.raises(InputError, match="float64"):
        FLOAT.number(Fraction(10) ** 400)
    assert FLOAT.number(Fraction(1, 10**400)) == 0


def test_no_global_precision_is_touched():
    before = mpmath.mp.dps, flint.ctx.prec
    MANY.exp(MANY.number(Fraction(1)))
    with BALLS.working():
        assert flint.ctx.prec == 256
    with pytest.raises(InputError), BALLS.working():
        decimal_bounds(BALLS.number(1) / 0)
    assert (mpmath.mp.dps, flint.ctx.prec) == before


def test_fields_of_the_same_precision_are_the_same():
    assert multiprecision(61) is multiprecision(61)
    assert balls(257) is balls(257)
    assert MANY.name == "mpmath, 60 digits"


@pytest.mark.parametrize("digits", [0, -3, 10**9])
def test_bad_precision(digits):
    with pytest.raises(InputError, match="digits must lie"):
        multiprecision(digits)
    with pytest.raises(InputError, match="bits must lie"):
        balls(digits)


@given(small, st.integers(1, 40))
def test_decimal_bounds_enclose(value, digits):
    with BALLS.working():
        ball = BALLS.exp(BALLS.number(value))
        lo, hi = decimal_bounds(ball, digits)
    truth = exact(multiprecision(120).exp(multiprecision(120).number(value)))
    assert Fraction(lo) <= truth <= Fraction(hi)
    assert Fraction(hi) - Fraction(lo) <= truth * Fraction(10 ** (2 - digits))


@pytest.mark.parametrize("power", [-5000, -400, 0, 400, 5000])
def test_decimal_bounds_of_any_size(power):
    rng = random.Random(power)
    value = Fraction(rng.randrange(1, 10**30), 10**15) * Fraction(10) ** power
    for sign in (1, -1):
        with BALLS.working():
            lo, hi = decimal_bounds(BALLS.number(sign * value), 25)
        low, high = Fraction(Decimal(lo)), Fraction(Decimal(hi))
        assert low <= sign * value <= high
        assert high - low <= value * Fraction(1, 10**23)


@pytest.mark.parametrize("sign", [1, -1])
def test_decimal_bounds_of_what_is_smaller_than_any_decimal(sign):
    with BALLS.working():
        lo, hi = decimal_bounds(sign * BALLS.exp(BALLS.number(-(10**40))))
    assert [lo, hi].count("0") == 1
    (other,) = {lo, hi} - {"0"}
    assert (Decimal(lo) < 0) == (sign < 0) == (Decimal(hi) <= 0)
    assert Decimal(other).adjusted() < -(10**17)


def test_decimal_bounds_need_a_finite_ball():
    with BALLS.working(), pytest.raises(InputError, match="ball must be finite"):
        decimal_bounds(BALLS.number(1) / BALLS.number(0))
