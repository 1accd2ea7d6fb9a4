"""The merge recursion: every number type against the definition, and its identities."""

import random
from fractions import Fraction
from functools import reduce

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symmerge.chain import build_chain, chain_of, gradient_flow_chain, symbolic_chain
from symmerge.errors import InputError
from symmerge.merge import difference, joined, learned, operator, relative_error
from symmerge.numbers import EXACT, FLOAT, SYMBOLIC, balls, exact, multiprecision
from symmerge.plan import (
    MergePlan,
    boot,
    canonical_plans,
    consistency,
    enumerate_plans,
    random_plan,
    vanilla,
)
from symmerge.schedule import cosine, custom, ddpm, edm, flow
from symmerge.student import GradientFlow
from symmerge.teacher import Teacher
from tests.trees import direct_operator, parse_tree, product, spine_factors

random_plans = st.builds(
    lambda T, seed: random_plan(T, random.Random(seed)), st.integers(2, 9), st.integers(0, 10**6)
)
SCHEDULES = [cosine, flow, ddpm, edm]


def rational_chain(rng, T):
    """Steps on both sides of 1, factors anywhere in [0, 1]."""
    x = [Fraction(rng.randint(-50, 50), 60) for _ in range(T)]
    g = [Fraction(rng.randint(0, 30), 30) for _ in range(T)]
    return chain_of(x, g)


# Against the definition, exactly.


@pytest.mark.parametrize("T", range(2, 7))
def test_every_plan_in_exact_fractions(T):
    rng = random.Random(T)
    for plan in enumerate_plans(T):
        chain = rational_chain(rng, T)
        M = direct_operator(parse_tree(str(plan)), chain.a, chain.g)
        assert operator(plan, chain) == M
        assert relative_error(plan, chain) == M / chain.C - 1
        assert difference(plan, chain) == M - chain.C


@given(random_plans, st.randoms(use_true_random=False))
def test_initialisation_at_the_teacher(plan, rng):
    chain = rational_chain(rng, plan.T)
    M = direct_operator(parse_tree(str(plan)), chain.a, chain.g, init="teacher")
    assert operator(plan, chain, init="teacher") == M
    assert relative_error(plan, chain, init="teacher") == M / chain.C - 1
    assert difference(plan, chain, init="teacher") == M - chain.C


def test_initialisations_differ_only_where_a_student_is_trained_again():
    chain = rational_chain(random.Random(0), 4)
    for plan in enumerate_plans(4):
        times = [stop for _, stop, _ in plan.nodes()]
        same = operator(plan, chain) == operator(plan, chain, init="teacher")
        assert same == (len(set(times)) == len(times))


@given(random_plans, st.randoms(use_true_random=False))
def test_spine_identity(plan, rng):
    chain = rational_chain(rng, plan.T)
    factors = spine_factors(parse_tree(str(plan)), chain.a, chain.g)
    assert len(factors) == len(plan.spine)
    assert 1 + relative_error(plan, chain) == product(factors)


@given(random_plans)
def test_extreme_training_times(plan):
    """No training leaves the last step; endless training gives the teacher."""
    x = [Fraction(k - 3, 7) for k in range(plan.T)]
    untrained, trained = (chain_of(x, [g] * plan.T) for g in (1, 0))
    assert operator(plan, untrained) == untrained.a[-1]
    assert relative_error(plan, trained) == 0


# Closed forms.


def test_exchange_identity():
    a, b, g = sympy.symbols("a b g")

    def h(x):
        return (1 - g) * x + g

    assert sympy.expand(h(a) * h(b) - h(a * b) + g * (1 - g) * (1 - a) * (1 - b)) == 0
    chain = symbolic_chain(3)
    split, merged = (operator(MergePlan.parse(text), chain) for text in ("[1|[2|3]]", "[1.2|3]"))
    (a1, a2, a3), g3 = chain.a, chain.g[2]
    assert sympy.expand(split - merged + a3 * g3 * (1 - g3) * (1 - a1) * (1 - a2)) == 0


@pytest.mark.parametrize("T", [2, 3, 4, 6])
def test_closed_forms_of_the_literature(T):
    chain = symbolic_chain(T)
    a, g = chain.a, chain.g
    whole = a[-1] * ((1 - g[-1]) * product(a[:-1]) + g[-1])
    single = a[-1] * product((1 - g[-1]) * a[t] + g[-1] for t in range(T - 1))
    clean_first = reduce(lambda M, t: a[t] * ((1 - g[t]) * M + g[t]), range(1, T), a[0])
    for plan, M in ((vanilla(T), whole), (boot(T), single), (consistency(T), clean_first)):
        assert operator(plan, chain) == M
        assert sympy.cancel(relative_error(plan, chain) - (M / product(a) - 1)) == 0


@given(random_plans.filter(lambda plan: plan.T <= 5))
def test_symbolic_error_is_the_symbolic_operator(plan):
    chain = symbolic_chain(plan.T)
    gap = relative_error(plan, chain) - (operator(plan, chain) / chain.C - 1)
    assert sympy.cancel(gap) == 0


def test_building_blocks():
    e, f, C, g = sympy.symbols("e f C g")
    assert sympy.expand(joined(e, f) - ((1 + e) * (1 + f) - 1)) == 0
    student = ((1 - g) * C * (1 + e) + g) / C - 1
    assert sympy.cancel(learned(e, 1 / C - 1, g, 1 - g) - student) == 0


# One formula, many number types.


@pytest.mark.parametrize("make", SCHEDULES)
@given(plan=random_plans, lam=st.sampled_from(["1e-6", "1/5", "1", "1.3", "7/3", "1e6"]))
def test_number_types_agree_and_balls_enclose(make, plan, lam):
    schedule, value, s = make(plan.T), Fraction(lam), Fraction(1, 3)
    fields = {"mpf": multiprecision(60), "fine": balls(140), "coarse": balls(40), "float": FLOAT}
    chains = {
        name: gradient_flow_chain(schedule, value, s, field) for name, field in fields.items()
    }
    # The relative error of exp(-2 s v) is that of v times 2 s v.
    sharp = 1e-13 * max(1, float(2 * s * max(chains["mpf"].teacher.v)) / 50)
    for function in (operator, relative_error):
        found = {name: function(plan, chain) for name, chain in chains.items()}
        truth = found["mpf"]
        size = truth if function is operator else _error_scale(plan, chains["mpf"])
        assert abs(found["float"] - truth) <= sharp * size + 1e-300
        for name in ("fine", "coarse"):
            assert found[name].overlaps(_interval(truth, size * 1e-55))
            assert not found[name].is_nan()
            assert found[name].rad() < size * (1e-36 if name == "fine" else 1e-6) + 1e-300
        assert found["coarse"].overlaps(_interval(found["float"], size * sharp + 1e-300))
        pair = np.array([float(value), 2.0])
        array = function(plan, gradient_flow_chain(schedule, pair, s, FLOAT))
        assert array[0] == pytest.approx(found["float"], rel=1e-12, abs=1e-300)


def _interval(middle, radius):
    """Ball around a number, without rounding the middle."""
    field = balls(1000)
    with field.working():
        ends = [field.number(exact(middle) + sign * exact(radius)) for sign in (-1, 1)]
        return ends[0].union(ends[1])


def _error_scale(plan, chain):
    """Size of the contributions to an error; where they cancel, digits are lost."""
    steps = chain_of(-abs(chain.x) / (1 + abs(chain.x)), chain.g, chain.field)
    return relative_error(plan, steps) + abs(relative_error(plan, chain))


@given(random_plans.filter(lambda plan: plan.T <= 5))
def test_balls_enclose_exact_values(plan):
    """With rational steps and factors the truth is a fraction, so enclosing it is decidable."""
    chain = rational_chain(random.Random(plan.T), plan.T)
    field = balls(53)
    with field.working():
        rounded = chain_of(map(field.number, chain.x), map(field.number, chain.g), field)
        for function in (operator, relative_error):
            ball, truth = function(plan, rounded), function(plan, chain)
            wide = balls(4000)
            with wide.working():
                assert ball.contains(wide.number(truth)) or ball.overlaps(wide.number(truth))
            assert float(ball.rad()) <= 1e-12 * max(1, abs(truth))


def test_symbolic_schedule_agrees_with_long_numbers():
    lam, s = sympy.symbols("lambda s", positive=True)
    field = multiprecision(40)
    for plan in (MergePlan.parse(text) for text in ("[[1|2].3|4]", "[1|[2|[3|4]]]", "[1.2|[3|4]]")):
        chain = gradient_flow_chain(cosine(4), lam, s, SYMBOLIC)
        numbers = gradient_flow_chain(cosine(4), Fraction(3, 7), 2, field)
        for function in (operator, relative_error):
            value = function(plan, chain).subs({lam: sympy.Rational(3, 7), s: 2}).evalf(40)
            assert abs(field.context.mpf(str(value)) - function(plan, numbers)) < 1e-37


@pytest.mark.parametrize("make", [cosine, flow, ddpm])
@pytest.mark.parametrize("T", [2, 3, 4, 8, 32, 128])
def test_float_error_at_long_training_to_twelve_digits(make, T):
    """Where all steps lie on one side of 1 nothing cancels, down to 1e-300."""
    schedule = make(T)
    thresholds = [exact(float(q)) for q in Teacher(schedule, 1.0, FLOAT).thresholds[:-1]]
    below = [min(thresholds) * q for q in (Fraction(1, 10**9), Fraction(1, 50), Fraction(9, 10))]
    above = [max(thresholds) * q for q in (Fraction(11, 10), 3)]
    plans = [*canonical_plans(T).values(), random_plan(T, random.Random(T))]
    for lam in below + above:
        short, long = (
            gradient_flow_chain(schedule, lam, 40, field) for field in (FLOAT, multiprecision(60))
        )
        for plan in plans:
            truth = relative_error(plan, long)
            if abs(truth) > 1e-300:
                assert abs(relative_error(plan, short) / truth - 1) < 1e-12, (lam, str(plan))


def test_tiny_and_huge_variances_keep_their_digits():
    for lam in (Fraction(1, 10**200), Fraction(10**200)):
        for plan in canonical_plans(6).values():
            long, longer = (
                relative_error(plan, gradient_flow_chain(cosine(6), lam, 3, multiprecision(digits)))
                for digits in (50, 500)
            )
            short = relative_error(plan, gradient_flow_chain(cosine(6), lam, 3, FLOAT))
            assert abs(short / longer - 1) < 1e-12
            assert abs(long / longer - 1) < mpmath.mpf(10) ** -45


def test_arrays_of_variances_broadcast():
    lam = np.geomspace(1e-3, 1e3, 60).reshape(4, 15)
    for plan in canonical_plans(7).values():
        together = relative_error(plan, gradient_flow_chain(cosine(7), lam, 3, FLOAT))
        assert together.shape == lam.shape
        for index, value in np.ndenumerate(lam):
            alone = relative_error(plan, gradient_flow_chain(cosine(7), float(value), 3, FLOAT))
            assert together[index] == pytest.approx(alone, rel=1e-12, abs=1e-300)


# Targets, vanishing variances, other laws.


@pytest.mark.parametrize("make", SCHEDULES)
@pytest.mark.parametrize("init", ["warm", "teacher"])
def test_error_against_the_data(make, init):
    field = multiprecision(50)
    for plan in enumerate_plans(4):
        for lam in (Fraction(1, 5), Fraction(2)):
            chain = gradient_flow_chain(make(4), lam, 1, field)
            norms = chain.teacher.norms_squared
            goal = field.sqrt(norms[0] / norms[-1])
            M = direct_operator(parse_tree(str(plan)), chain.a, chain.g, init)
            found = relative_error(plan, chain, init=init, target="data")
            assert abs(found - (M / goal - 1)) < 1e-45


def test_error_against_clean_data_from_pure_noise_uses_the_root_of_the_variance():
    field = multiprecision(50)
    chain = gradient_flow_chain(cosine(5), Fraction(1, 3), 2, field)
    M = operator(boot(5), chain)
    root = field.sqrt(field.number(Fraction(1, 3)))
    assert abs(relative_error(boot(5), chain, target="data") - (M / root - 1)) < 1e-45


@pytest.mark.parametrize("T", [2, 3, 6])
def test_vanishing_variance(T):
    """C = 0: the relative error is undefined, M - C = M is not."""
    lam = np.array([0.0, 0.3, 0.0, 4.0])
    floats = gradient_flow_chain(cosine(T), lam, 1, FLOAT)
    alone = gradient_flow_chain(cosine(T), 0, 1, FLOAT)
    long = gradient_flow_chain(cosine(T), 0, 1, multiprecision(40))
    for plan in canonical_plans(T).values():
        found = difference(plan, floats)
        assert np.all(np.isfinite(found))
        assert found[0] == found[2] == difference(plan, alone)
        assert found[0] == pytest.approx(float(operator(plan, long)), rel=1e-14)
        direct = operator(plan, floats)[1::2] - floats.C[1::2]
        assert found[1::2] == pytest.approx(direct, rel=1e-9)
    # [1.2.…|T] forgets everything but the last step: M = a_T g_T.
    g = np.exp(-2.0)
    assert difference(vanilla(T), floats)[0] == pytest.approx(np.sin(np.pi * (T - 1) / (2 * T)) * g)


def test_vanishing_variance_exactly():
    chain = chain_of([-1, Fraction(1, 3)], [Fraction(1, 2), Fraction(1, 4)], EXACT)
    # C = 0 divides by zero in e; rounding fields carry the infinity, fractions cannot.
    with pytest.raises(ZeroDivisionError):
        relative_error(boot(2), chain)
    assert operator(boot(2), chain) == Fraction(4, 3) * Fraction(1, 4)


def test_any_shrinkage_law_serves():
    class Halving:
        """Every merge leaves half the error."""

        def factors(self, v, field):
            half = v * 0 + field.number(Fraction(1, 2))
            return half, half

    chain = build_chain(flow(4), Fraction(2, 3), Halving(), EXACT)
    same = chain_of(chain.x, [Fraction(1, 2)] * 4)
    for plan in enumerate_plans(4):
        assert operator(plan, chain) == operator(plan, same)


def test_shrinkage_law_stretches_time():
    """g depends on s v alone, so s and v can trade a factor."""
    field = multiprecision(40)
    for v in (Fraction(1, 7), Fraction(5)):
        g, h = GradientFlow(3).factors(field.number(v), field)
        slow, _ = GradientFlow(1).factors(3 * field.number(v), field)
        assert abs(g - slow) < 1e-45
        assert abs(g + h - 1) < 1e-45


# Metamorphic.


def test_a_longer_schedule_with_a_repeated_level_changes_nothing():
    """A step of size nearly zero is nearly the identity, whatever plan contains it."""
    tiny = Fraction(1, 10**30)
    short = custom([1, "1/2", 0], [0, "1/2", 1])
    long = custom([1, "1/2", Fraction(1, 2) - tiny, 0], [0, "1/2", Fraction(1, 2) + tiny, 1])
    field = multiprecision(60)
    a, b = (gradient_flow_chain(sched, 2, 1, field) for sched in (short, long))
    assert abs(a.C - b.C) < 1e-28
    # [1|2] followed by the tiny step trained into the last one.
    assert abs(operator(vanilla(2), a) - operator(MergePlan.parse("[1.2|3]"), b)) < 1e-28


def test_operator_is_monotone_in_every_step():
    rng = random.Random(8)
    for plan in enumerate_plans(5):
        chain = rational_chain(rng, 5)
        t = rng.randrange(5)
        x = list(chain.x)
        x[t] += Fraction(1, 10)
        assert operator(plan, chain_of(x, chain.g)) >= operator(plan, chain)


# Bad input.


@pytest.mark.parametrize("function", [operator, relative_error, difference])
@pytest.mark.parametrize("plan", [boot(3), boot(5), MergePlan(boot(4).word, 2)])
def test_plan_must_fit_the_chain(function, plan):
    with pytest.raises(InputError, match=r"plan must cover steps 1\.\.4"):
        function(plan, gradient_flow_chain(cosine(4), 1, 1, FLOAT))


def test_unknown_variants():
    chain = gradient_flow_chain(cosine(3), 1, 1, FLOAT)
    with pytest.raises(InputError, match="init must be one of warm, teacher"):
        operator(boot(3), chain, init="cold")
    with pytest.raises(InputError, match="target must be one of teacher, data"):
        relative_error(boot(3), chain, target="noise")
    with pytest.raises(InputError, match="needs a chain built from a schedule"):
        relative_error(boot(3), chain_of([0, 0, 0], [0, 0, 0]), target="data")
