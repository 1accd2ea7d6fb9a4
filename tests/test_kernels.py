"""Compiled NumPy kernels against 50 digits, near thresholds and far from them; shapes; sweeps."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from symmerge.chain import gradient_flow_chain
from symmerge.derive import derive
from symmerge.errors import InputError
from symmerge.formulas import step_formulas
from symmerge.kernels import Kernel, compile_formula, kernel, log_composite, steps, sweep_error
from symmerge.merge import operator, relative_error
from symmerge.numbers import FLOAT, exact, multiprecision
from symmerge.plan import MergePlan, canonical_plans, vanilla
from symmerge.schedule import cosine, ddpm, edm, flow
from symmerge.teacher import Teacher

EXACT_FIELD = multiprecision(50)
EPSILON = 2.0**-52
TRAINING_TIME = 3
FAR = [1e-6, 1e-3, 0.2, 0.9999999, 1.0, 1.5, 30.0, 1e3, 1e6]


def near_thresholds(schedule):
    """Variances at every fourth threshold, and ever closer to it."""
    found = [float(q) for q in Teacher(schedule, 1.0, FLOAT).thresholds[:-1] if q is not None]
    some = found[:: max(1, schedule.T // 4)]
    return [edge * (1 + nudge) for edge in some for nudge in (0, 1e-3, -1e-8, 1e-12)]


def units(found, truth, scale):
    """Error of a float in rounding units of `scale`."""
    return float(abs(exact(float(found)) - exact(truth)) / exact(scale)) / EPSILON


@pytest.mark.parametrize("make", [cosine, flow, edm, ddpm])
@pytest.mark.parametrize("T", [2, 5, 64, 512])
def test_against_fifty_digits(make, T):
    """All steps to 15 rounding units (3e-15), x and g as far as their conditioning allows."""
    schedule = make(T)
    lam = np.array(FAR + near_thresholds(schedule))
    found = steps(schedule, lam, TRAINING_TIME)
    assert all(array.shape == (T, len(lam)) for array in found)
    shown = range(T) if T < 20 else [0, 1, T // 3, T // 2, T - 2, T - 1]
    for i, value in enumerate(lam):
        chain = gradient_flow_chain(schedule, exact(float(value)), TRAINING_TIME, EXACT_FIELD)
        w, defect, pivot = chain.teacher._weights
        terms = (abs(w * (chain.teacher.lam - pivot)) + abs(defect)) / chain.teacher.v
        for t in shown:
            v = chain.teacher.v[t]
            assert units(found.v[t, i], v, v) < 15
            assert units(found.a[t, i], chain.a[t], chain.a[t]) < 15
            assert units(found.h[t, i], chain.h[t], chain.h[t]) < 15
            # x cancels at its threshold: right to the size of the terms that cancel.
            assert units(found.x[t, i], chain.x[t], terms[t]) < 15
            # exp(-2 s v) magnifies the rounding of v.
            if chain.g[t] > 1e-300:
                magnified = chain.g[t] * max(1, 2 * TRAINING_TIME * v)
                assert units(found.g[t, i], chain.g[t], magnified) < 15
            else:
                assert found.g[t, i] < 1e-299


def test_how_digits_are_lost_near_a_threshold():
    """Relative error of x: rounding over the relative distance to the threshold, not worse."""
    schedule = cosine(8)
    edge = float(Teacher(schedule, 1.0, FLOAT).thresholds[2])
    for distance in (1e-2, 1e-5, 1e-8, 1e-11):
        lam = edge * (1 + distance)
        truth = Teacher(schedule, EXACT_FIELD.number(exact(lam)), EXACT_FIELD).x[2]
        found = steps(schedule, lam, 1).x[2]
        assert units(found, truth, truth) < 30 / distance


@pytest.mark.parametrize("make", [cosine, flow, ddpm])
def test_thresholds(make):
    schedule = make(12)
    levels = schedule.levels(FLOAT)
    compiled = kernel("threshold", schedule.variance_preserving)
    truth = Teacher(schedule, EXACT_FIELD.number(1), EXACT_FIELD).thresholds
    columns = {
        "alpha_t": levels.alpha[1:-1],
        "sigma_t": levels.sigma[1:-1],
        "alpha_drop": levels.alpha_drop[:-1],
        "sigma_rise": levels.sigma_rise[:-1],
    }
    found = compiled(*(columns[symbol.name] for symbol in compiled.arguments))
    for value, right in zip(found, truth, strict=False):
        assert units(value, right, right) < 30


@pytest.mark.parametrize("make", [cosine, flow, edm, ddpm])
@pytest.mark.parametrize("T", [3, 100])
def test_log_composite(make, T):
    schedule = make(T)
    lam = np.array([1e-200, *FAR, 1e200])
    found = log_composite(schedule, lam)
    for value, got in zip(lam, found, strict=True):
        field = multiprecision(250)
        chain = gradient_flow_chain(schedule, exact(float(value)), 0, field)
        size = sum(abs(c) for c in chain.composites)
        assert units(got, chain.composite, size) < T + 20


def test_the_kernels_are_the_formulas_of_the_core():
    """Symbols in, the same expressions out as the classes give for a whole schedule."""
    step, lam = step_formulas(), sympy.Symbol("lambda", positive=True)
    levels = flow(3).levels(FLOAT)
    for t in range(3):
        values = {
            step.levels.alpha[0]: levels.alpha[t],
            step.levels.alpha[1]: levels.alpha[t + 1],
            step.levels.sigma[0]: levels.sigma[t],
            step.levels.sigma[1]: levels.sigma[t + 1],
            step.levels.alpha_drop[0]: levels.alpha_drop[t],
            step.levels.sigma_rise[0]: levels.sigma_rise[t],
            lam: 0.7,
        }
        teacher = Teacher(flow(3), 0.7, FLOAT)
        for name in ("a", "v", "x"):
            assert float(getattr(step, name).subs(values)) == pytest.approx(
                getattr(teacher, name)[t], rel=1e-14
            )
    vp = step_formulas(variance_preserving=True)
    drop, rise = vp.levels.alpha_drop[0], vp.levels.sigma_rise[0]
    before = {
        drop: vp.levels.alpha[0] - vp.levels.alpha[1],
        rise: vp.levels.sigma[1] - vp.levels.sigma[0],
    }
    circle = {
        vp.levels.sigma[0]: sympy.sqrt(1 - vp.levels.alpha[0] ** 2),
        vp.levels.sigma[1]: sympy.sqrt(1 - vp.levels.alpha[1] ** 2),
    }
    gap = (vp.x - (vp.a - 1)).subs(before).subs(circle)
    assert sympy.simplify(gap) == 0
    assert sympy.simplify((step.x - (step.a - 1)).subs(before)) == 0


# Shapes.


@given(mutually_broadcastable_shapes(num_shapes=5, max_dims=3, max_side=4, min_side=0))
def test_shapes_broadcast_like_numpy(shapes):
    inputs = [np.full(shape, 0.25 + k) for k, shape in enumerate(shapes.input_shapes)]
    found = kernel("a")(*inputs)
    assert np.shape(found) == shapes.result_shape
    lam, before, now, dark, darker = inputs
    direct = (before * now * lam + dark * darker) / (now**2 * lam + darker**2)
    assert found == pytest.approx(direct, rel=1e-14)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3,), (2, 0), (2, 3), (20_001,)])
def test_constants_take_the_shape_of_the_input(shape):
    x, y = sympy.symbols("x y")
    for expression, value in ((sympy.Integer(3), 3.0), (sympy.pi, np.pi), (y, 2.5)):
        found = compile_formula(expression, (x, y))(np.zeros(shape), 2.5)
        assert np.shape(found) == shape
        assert found == pytest.approx(np.full(shape, value))
    # The last step of a schedule that ends in pure noise does not depend on the variance.
    last = steps(cosine(4), np.full(shape, 0.3), 1).a[-1]
    assert np.shape(last) == shape


def test_chunks_do_not_show():
    """More points than two chunks, in any memory order, equal one point at a time."""
    rng = np.random.default_rng(0)
    lam = rng.uniform(0.1, 5, size=(130, 140))
    together = kernel("a")(lam, 0.9, 0.6, 0.3, 0.8)
    transposed = kernel("a")(lam.T, 0.9, 0.6, 0.3, 0.8).T
    strided = kernel("a")(np.repeat(lam, 2, axis=1)[:, ::2], 0.9, 0.6, 0.3, 0.8)
    assert np.array_equal(together, transposed)
    assert np.array_equal(together, strided)
    for index in [(0, 0), (57, 19), (57, 20), (114, 39), (129, 139)]:
        assert together[index] == kernel("a")(lam[index], 0.9, 0.6, 0.3, 0.8)


def test_inputs_are_left_alone_and_integers_allowed():
    lam = np.arange(1, 6)
    found = kernel("v")(lam, 1, 2)
    assert lam.tolist() == [1, 2, 3, 4, 5]
    assert found.tolist() == [5, 6, 7, 8, 9]
    assert found.dtype == float


def test_same_kernel_is_compiled_once():
    assert kernel("x") is kernel("x")
    assert kernel("x") is not kernel("x", True)
    x = sympy.Symbol("x")
    assert compile_formula(x + 1, (x,)) is compile_formula(x + 1, (x,))


def test_small_exponents_do_not_cancel():
    h = kernel("h")
    assert h(1e-30, 1.0, 1.0, 1e-20) == pytest.approx(2e-30, rel=1e-14)


# Compiled closed forms.


def test_closed_forms_compile():
    s = sympy.Symbol("s", positive=True)
    lam = np.geomspace(0.01, 100, 9001)
    for text in ("[1|[2|[3|4]]]", "[[1|2].3|4]"):
        found = derive(text, expand=True)
        compiled = compile_formula(found.expression, (found.lam, s))
        chain = gradient_flow_chain(cosine(4), lam, 2, FLOAT)
        direct = operator(MergePlan.parse(text), chain)
        assert compiled(lam, 2.0) == pytest.approx(direct, rel=1e-13)
    found = derive(vanilla(4), of="error", expand=True)
    compiled = compile_formula(found.expression, (found.lam, s))
    direct = relative_error(vanilla(4), gradient_flow_chain(cosine(4), 0.3, 40, FLOAT))
    assert compiled(0.3, 40.0) == pytest.approx(direct, rel=1e-13, abs=0)


# Sweeps.


@pytest.mark.parametrize("T", [2, 6, 40])
def test_sweep_equals_single_values(T):
    lam = np.geomspace(1e-3, 1e3, 8123 if T < 10 else 500)
    for plan in canonical_plans(T).values():
        found = sweep_error(plan, cosine(T), lam, 3)
        for k in (0, 7, len(lam) // 2, len(lam) - 1):
            long = gradient_flow_chain(cosine(T), exact(float(lam[k])), 3, EXACT_FIELD)
            assert found[k] == pytest.approx(float(relative_error(plan, long)), rel=1e-12)


def test_sweep_keeps_shapes():
    lam = np.geomspace(0.1, 10, 24)
    flat = sweep_error(vanilla(5), flow(5), lam, 1)
    assert np.array_equal(sweep_error(vanilla(5), flow(5), lam.reshape(2, 3, 4), 1).ravel(), flat)
    assert sweep_error(vanilla(5), flow(5), [], 1).shape == (0,)
    single = sweep_error(vanilla(5), flow(5), 0.1, 1)
    assert single.shape == ()
    assert float(single) == flat[0]


def test_sweep_in_many_chunks(monkeypatch):
    lam = np.geomspace(0.1, 10, 50)
    whole = sweep_error(vanilla(6), cosine(6), lam, 1)
    monkeypatch.setattr("symmerge.kernels._MOST_NUMBERS_AT_ONCE", 18)
    assert np.array_equal(sweep_error(vanilla(6), cosine(6), lam, 1), whole)


# Bad input.


@pytest.mark.parametrize(
    "call",
    [
        lambda: kernel("b"),
        lambda: kernel("a")(1.0),
        lambda: kernel("v")("one", 1, 1),
        lambda: kernel("v")([[1], [1, 2]], 1, 1),
        lambda: compile_formula(sympy.Symbol("x"), ()),
        lambda: compile_formula(sympy.Symbol("x"), (sympy.Symbol("y"),)),
        lambda: compile_formula(sympy.Integer(1), ()),
        lambda: steps(cosine(3), [1.0, -1.0], 1),
        lambda: steps(cosine(3), [1.0], -1),
        lambda: sweep_error(vanilla(3), cosine(3), [0.0], 1),
        lambda: sweep_error(vanilla(3), cosine(3), [np.nan], 1),
        lambda: sweep_error(vanilla(3), cosine(3), [np.inf], 1),
        lambda: sweep_error(vanilla(3), cosine(3), ["a"], 1),
        lambda: sweep_error(vanilla(3), cosine(3), [1.0], "long"),
        lambda: sweep_error(vanilla(3), cosine(4), [1.0], 1),
    ],
)
def test_bad_input(call):
    with pytest.raises(InputError):
        call()


def test_arrays_that_do_not_fit():
    with pytest.raises(ValueError, match="broadcast"):
        kernel("v")(np.ones(2), np.ones(3), 1)


def test_kernel_is_a_value():
    x = sympy.Symbol("x")
    assert Kernel(x, (x,)) == Kernel(x, (x,))
    assert Kernel(x**2, (x,))(Fraction(1, 2)) == 0.25
