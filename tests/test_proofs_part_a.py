"""The shared checks of the ledger can fail, and part A's theorems notice a wrong product."""

import random
from fractions import Fraction

import pytest
import sympy

from proofs import tools
from proofs.ledger import run
from proofs.theorems import load, names
from symmerge import merge, student, teacher
from symmerge.chain import chain_of
from symmerge.merge import operator
from symmerge.plan import count_plans, enumerate_plans
from symmerge.search import interval, theorems
from symmerge.verdict import Proved, Refuted, Undecided

X, Y = sympy.symbols("x y", positive=True)
PART_A = [name for name in names() if name.startswith("a")]


def test_zero_test():
    assert isinstance(tools.vanishes((X + Y) ** 2 - X**2 - 2 * X * Y - Y**2), Proved)
    wrong = tools.vanishes((X + Y) ** 2 - X**2 - Y**2)
    assert isinstance(wrong, Refuted)
    assert (2 * X * Y).subs(wrong.witness) != 0
    # Free of unknowns in the numerator, yet not zero.
    assert isinstance(tools.vanishes(1 / X), Refuted)


def test_zero_test_modulo_relations():
    circle = [X**2 + Y**2 - 1]
    assert isinstance(tools.vanishes(X**4 - (1 - Y**2) ** 2, circle), Proved)
    assert isinstance(tools.vanishes(X**4 - (1 - Y**2), circle), Undecided)


@pytest.mark.parametrize(
    ("expression", "strict", "expected"),
    [
        (X + Y, True, Proved),
        (X - X, False, Proved),
        (X - X, True, Refuted),
        (X / (1 + Y), True, Proved),
        (-X / (-1 - Y), True, Proved),
        (X - Y, False, Refuted),
        # Never negative, but not by its coefficients.
        (X**2 - 2 * X * Y + Y**2, False, Undecided),
        (sympy.Integer(-1), False, Refuted),
    ],
)
def test_sign_test(expression, strict, expected):
    assert isinstance(tools.positive_coefficients(expression, strict=strict), expected)


def test_steps_without_a_case_prove_nothing():
    assert isinstance(tools.identities("nothing", []).verdict, Undecided)
    assert isinstance(tools.nonnegatives("nothing", []).verdict, Undecided)
    assert isinstance(tools.counterexample("all", [None, None]), Undecided)
    assert tools.counterexample("all", [None, "here"]).witness == "here"
    assert isinstance(tools.identities("one of two", [(X, X), (X, Y)]).verdict, Refuted)
    assert isinstance(tools.enclosed("unsure", False).verdict, Undecided)


@pytest.mark.parametrize("T", [1, 2, 3, 4, 5])
def test_plans_counted_out_are_all_plans(T):
    rng = random.Random(T)
    a, g = tools.random_steps(rng, "?" * T), tools.random_factors(rng, T)
    chain = chain_of([x - 1 for x in a], g)
    trees, products = tools.all_values(a, g)[1, T]
    assert sorted(trees) == sorted(operator(plan, chain) for plan in enumerate_plans(T))
    assert len(products) == (2 if T > 1 else 1) * count_plans(T)


def test_random_material():
    rng = random.Random(5)
    steps = tools.random_steps(rng, "-+0" * 50)
    assert [(x > 1) - (x < 1) for x in steps] == [-1, 1, 0] * 50
    for _ in range(20):
        a, g = tools.random_under_g(rng, "?" * 5)
        assert tools.satisfies_g(a, g)
        assert all(0 < x < 1 for x in g)
    assert not tools.satisfies_g([Fraction(3), Fraction(1)], [Fraction(1, 9), Fraction(1)])
    assert sorted(tools.segment_lengths(3)) == [(1, 1, 1), (1, 2), (2, 1), (3,)]


def _without_proof_assistant(monkeypatch):
    monkeypatch.setattr(tools, "lemma", lambda name: Undecided("not asked here"))


WRONG = {
    "a3_relative_error": (merge, "learned", lambda e, inverse, g, h: h * e + h * inverse),
    "a2_gradient_flow": (
        student.GradientFlow,
        "factors",
        lambda self, v, field: (field.exp(-self.s * v), 1 - field.exp(-self.s * v)),
    ),
    "a1_ddim_step": (teacher.Teacher, "a", property(lambda self: 1 + self.x / 2)),
    "a4_thresholds": (teacher.Teacher, "thresholds", property(lambda self: [2] * 7)),
    "a6_interval_programs": (interval, "joined", lambda e, f: e + f),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_wrong_product_is_noticed(name, monkeypatch):
    _without_proof_assistant(monkeypatch)
    theorem = load(name)
    assert run(theorem).holds
    target, attribute, wrong = WRONG[name]
    monkeypatch.setattr(target, attribute, wrong)
    if name == "a3_relative_error":
        monkeypatch.setattr("proofs.theorems.a3_relative_error.learned", wrong)
    assert not run(theorem).holds


@pytest.mark.parametrize("name", ["a6_max_plan", "a6_min_plan_linear"])
def test_a_wrong_search_is_noticed(name, monkeypatch):
    _without_proof_assistant(monkeypatch)
    records = theorems.records
    swapped = {"max": "min", "min": "max"}
    monkeypatch.setattr(
        theorems, "records", lambda c, start, sense: records(c, start, swapped[sense])
    )
    assert not run(load(name)).holds


def test_every_entry_of_part_a_is_complete():
    assert len(PART_A) >= 40
    for name in PART_A:
        theorem = load(name)
        for text in (theorem.latex, theorem.proof):
            assert text.isascii(), name
            assert text.count("$") % 2 == 0, name
            assert text.count("{") == text.count("}"), name
            assert text.count(r"\[") == text.count(r"\]"), name
        assert theorem.variants, name
        # Only seen, asymptotic or wrong statements may stay without a proof.
        if theorem.expected == "undecided":
            assert theorem.standing in "NA", name
