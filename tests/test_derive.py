"""Closed forms: equal to the recursion, with complete definitions, in well-formed text."""

import json
import random
import re
from fractions import Fraction

import matplotlib.mathtext
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symmerge.chain import chain_of, gradient_flow_chain, symbolic_chain
from symmerge.derive import derive
from symmerge.errors import InputError
from symmerge.latex import aligned, break_lines, latex, text
from symmerge.merge import operator, relative_error
from symmerge.numbers import EXACT, multiprecision
from symmerge.plan import (
    MergePlan,
    boot,
    canonical_plans,
    consistency,
    enumerate_plans,
    progressive,
    random_plan,
    vanilla,
)
from symmerge.schedule import cosine, custom, ddpm, edm, flow, from_angles, from_betas
from tests.trees import direct_operator, parse_tree, product

small_plans = st.builds(
    lambda T, seed: random_plan(T, random.Random(seed)), st.integers(2, 7), st.integers(0, 10**6)
)


def at(expression, chain):
    """Value of an expression in a_t, g_t at an exact chain."""
    values = {}
    for t in range(chain.T):
        for name, column in (("a", chain.a), ("g", chain.g)):
            symbol = sympy.Symbol(f"{name}_{t + 1}", positive=True)
            values[symbol] = sympy.Rational(column[t].numerator, column[t].denominator)
    found = expression.subs(values)
    return Fraction(int(found.p), int(found.q))


# Golden.


def test_operator_reads_as_in_the_papers():
    found = derive("[1|[2|3]]")
    assert str(found).splitlines() == [
        "M = a_3*(a_1*(1 - g_3) + g_3)*(a_2*(1 - g_3) + g_3)",
        "where",
        "  a_t = (alpha_(t-1)*alpha_t*lambda + sigma_(t-1)*sigma_t)/v_t",
        "  v_t = alpha_t**2*lambda + sigma_t**2",
        "  g_t = exp(-2*s*v_t)",
    ]
    assert found.latex().splitlines() == [
        r"\begin{aligned}",
        r"M &= a_{3} (a_{1} (1 - g_{3}) + g_{3}) (a_{2} (1 - g_{3}) + g_{3}) \\",
        r"a_{t} &= \frac{\alpha_{t-1} \alpha_{t} \lambda + \sigma_{t-1} \sigma_{t}}{v_{t}} \\",
        r"v_{t} &= \alpha_{t}^{2} \lambda + \sigma_{t}^{2} \\",
        r"g_{t} &= \exp{(- 2 s v_{t})}",
        r"\end{aligned}",
    ]


def test_errors_read_as_sums_of_contributions():
    shown = {
        "[1.2|3]": "g_3*(1/(a_1*a_2) - 1)",
        "[1|[2|3]]": "(1 + g_3*(1/a_1 - 1))*(1 + g_3*(1/a_2 - 1)) - 1",
        "[[1|2]|3]": "g_2*(1/a_1 - 1)*(1 - g_3) + g_3*(1/(a_1*a_2) - 1)",
        "[[1|2].3|4]": "g_2*(1/a_1 - 1)*(1 - g_4) + g_4*(1/(a_1*a_2*a_3) - 1)",
        "1": "0",
    }
    for plan, formula in shown.items():
        found = derive(plan, of="error")
        assert found.text().splitlines()[0] == f"e = {formula}"
        assert found.text().splitlines()[2:4] == [
            "  e = M/C - 1",
            f"  C = prod(a_t, t = 1..{found.plan.T})",
        ]


def test_schedule_levels_are_exact():
    lines = derive("[1|[2|3]]", schedule=cosine(3)).text().splitlines()
    assert lines[-3:] == [
        "  (alpha_0, ..., alpha_3) = (1, sqrt(3)/2, 1/2, 0)",
        "  (sigma_0, ..., sigma_3) = (0, 1/2, sqrt(3)/2, 1)",
        "  cosine schedule, T = 3",
    ]
    assert "cos(pi/8)" in derive(boot(4), schedule=cosine(4)).text()
    assert "= (1, 3/4, 1/2, 1/4, 0)" in derive(boot(4), schedule=flow(4)).text()


def test_levels_without_short_form_are_marked_as_rounded():
    found = derive(boot(3), schedule=ddpm(3))
    assert "(alpha_0, ..., alpha_3) ~ (1.0, 0.566378677205868, " in found.text()
    assert r"&\approx (1.0, 0.566378677205868, " in found.latex()
    assert not found.definitions[-1].exact


def test_expanded_error_defines_itself():
    found = derive("[1|2]", of="error", expand=True)
    assert found.text().splitlines() == [
        "e = exp(-2*s)*(sqrt(2)*(1/2 + lambda/2)/lambda - 1)",
        "where",
        "  e = M/C - 1",
        "  cosine schedule, T = 2",
    ]
    assert found.expression.free_symbols == {found.lam, sympy.Symbol("s", positive=True)}


# The formulas are right.


@pytest.mark.parametrize("T", [2, 3, 4, 5])
def test_every_plan_at_exact_numbers(T):
    rng = random.Random(T)
    chain = chain_of(
        [Fraction(rng.randint(-9, 20), 10) for _ in range(T)],
        [Fraction(rng.randint(0, 10), 10) for _ in range(T)],
        EXACT,
    )
    for plan in enumerate_plans(T):
        M = direct_operator(parse_tree(str(plan)), chain.a, chain.g)
        assert at(derive(plan).expression, chain) == M
        assert at(derive(plan, of="error").expression, chain) == M / product(chain.a) - 1


@settings(max_examples=30)
@given(small_plans.filter(lambda plan: plan.T <= 5))
def test_both_forms_agree_symbolically(plan):
    chain = symbolic_chain(plan.T)
    M, e = derive(plan).expression, derive(plan, of="error").expression
    assert operator(plan, chain) == M
    assert sympy.cancel(M / chain.C - 1 - e) == 0
    assert sympy.cancel(relative_error(plan, chain) - e) == 0


@settings(max_examples=15)
@given(small_plans, st.sampled_from([cosine, flow, edm]), st.sampled_from(["1/5", "2"]))
def test_expanded_forms_at_numbers(plan, make, lam):
    """Only lam and s remain, and at numbers they give what the recursion gives."""
    schedule, field = make(plan.T), multiprecision(40)
    chain = gradient_flow_chain(schedule, Fraction(lam), Fraction(1, 3), field)
    for of, function in (("operator", operator), ("error", relative_error)):
        found = derive(plan, of=of, lam="x", schedule=schedule, expand=True)
        assert {symbol.name for symbol in found.expression.free_symbols} <= {"x", "s"}
        numbers = {
            found.lam: sympy.Rational(lam),
            sympy.Symbol("s", positive=True): sympy.Rational(1, 3),
        }
        value = found.expression.subs(numbers).evalf(60)
        truth = function(plan, chain)
        # Subtracting 1 at the end costs absolute digits where e is tiny.
        assert abs(field.context.mpf(str(value)) - truth) < 1e-40 * max(1, abs(truth))


@settings(max_examples=15)
@given(small_plans, st.sampled_from([flow, cosine]))
def test_definitions_complete_the_formula(plan, make):
    """Following the definitions block by substitution gives the recursion's value."""
    schedule = make(plan.T)
    lam, s = Fraction(3, 7), Fraction(1, 2)
    found = derive(plan, schedule=schedule)
    block = {item.name: item.value for item in found.definitions}
    levels = {name: block[f"({name}_0, ..., {name}_{plan.T})"] for name in ("alpha", "sigma")}
    numbers = {"lambda": sympy.Rational(3, 7), "s": sympy.Rational(1, 2)}
    values = {}
    for t in range(1, plan.T + 1):
        here = numbers | {
            "alpha_t": levels["alpha"][t],
            "alpha_(t-1)": levels["alpha"][t - 1],
            "sigma_t": levels["sigma"][t],
            "sigma_(t-1)": levels["sigma"][t - 1],
        }
        for name in ("v_t", "a_t", "g_t"):
            formula = block[name]
            here[name] = formula.subs({q: here[q.name] for q in formula.free_symbols})
        values |= {f"a_{t}": here["a_t"], f"g_{t}": here["g_t"]}
    M = found.expression
    value = M.subs({symbol: values[symbol.name] for symbol in M.free_symbols}).evalf(40)
    field = multiprecision(40)
    truth = operator(plan, gradient_flow_chain(schedule, lam, s, field))
    assert abs(field.context.mpf(str(value)) - truth) < 1e-37


def test_composite_definition():
    chain = symbolic_chain(5)
    item = next(d for d in derive(boot(5), of="error").definitions if d.name == "C")
    a_t, (t, first, last) = item.value.function, item.value.limits[0]
    assert (a_t.name, t.name) == ("a_t", "t")
    assert product(sympy.Symbol(f"a_{k}", positive=True) for k in range(first, last + 1)) == chain.C


# The text is well formed.


def rows_of(tex):
    """Rows of an aligned block, joined where they were broken."""
    assert tex.startswith("\\begin{aligned}\n")
    assert tex.endswith("\n\\end{aligned}")
    lines = tex.split("\n")[1:-1]
    assert all(line.endswith(r" \\") for line in lines[:-1])
    assert not lines[-1].endswith(r"\\")
    return [line.removesuffix(r" \\") for line in lines]


SHOWN = [
    {"plan": plan, "of": of, "expand": expand}
    for plan in (
        MergePlan.parse("[[1|2].3|4]"),
        boot(3),
        vanilla(14),
        consistency(9),
        progressive(8),
    )
    for of in ("operator", "error")
    for expand in (False, True)
]


@pytest.mark.parametrize("arguments", SHOWN)
def test_latex_typesets_line_by_line(arguments):
    """Every line on its own has balanced braces and one alignment mark."""
    found = derive(**arguments, lam="tau")
    parser = matplotlib.mathtext.MathTextParser("path")
    for row in rows_of(found.latex()):
        assert row.count("{") == row.count("}")
        assert r"\left" not in row
        assert r"\right" not in row
        assert row.count("&") == 1
        assert "lambda" not in row
        # The renderer knows no alignment, and no sizes of parentheses.
        for mark in ("&", r"\quad", r"\Bigl", r"\Bigr"):
            row = row.replace(mark, " ")
        parser.parse(f"${row}$")
    whole = "".join(rows_of(found.latex()))
    assert whole.count("(") == whole.count(")")


@pytest.mark.parametrize("arguments", SHOWN)
def test_text_lines_are_short_and_lose_nothing(arguments):
    found = derive(**arguments)
    lines = str(found).splitlines()
    assert max(map(len, lines)) <= 92
    end = next((k for k, line in enumerate(lines) if line == "where"), len(lines))
    joined = " ".join(line.strip() for line in lines[:end])
    one_line = f"{found.symbol} = {found.to_dict()['formula']}"
    assert joined.replace(" ", "") == one_line.replace(" ", "")


@pytest.mark.parametrize("T", [2, 10, 64])
def test_steps_are_printed_in_natural_order(T):
    formula = derive(vanilla(T)).to_dict()["formula"]
    assert [int(t) for t in re.findall(r"a_(\d+)", formula)] == [T, *range(1, T)]


def test_breaking_prefers_the_outermost_sum():
    formula = " + ".join(f"a_{k}*(b_{k} + c_{k})" for k in range(20))
    lines = break_lines(formula, 60)
    assert all(line.startswith("+ a_") for line in lines[1:])
    assert "".join(lines).replace(" ", "") == formula.replace(" ", "")
    assert all(len(line) <= 60 for line in lines)
    product_lines = break_lines("(a + b)" + "*(a + b)" * 20, 40)
    assert all(line.startswith("*(a + b)") for line in product_lines[1:])
    tex_lines = break_lines("(a + b)" + " (a + b)" * 20, 40, is_latex=True)
    assert all(line.startswith(r"\cdot (a + b)") for line in tex_lines[1:])


def test_nothing_to_break_stays_whole():
    assert break_lines("x" * 300, 20) == ["x" * 300]
    assert break_lines("", 20) == []
    fraction = r"\frac{" + " + ".join("a" * 60) + "}{b}"
    assert break_lines(fraction, 20, is_latex=True) == [fraction]


def test_printers():
    a_2, a_10, lam = sympy.symbols("a_2 a_10 lambda")
    assert latex(sympy.exp(-lam) / a_2) == r"\frac{\exp{(- \lambda)}}{a_{2}}"
    assert text(a_10 * a_2) == "a_2*a_10"
    assert text(1 / lam - 1) == "1/lambda - 1"
    assert text(1 + lam - a_2) == "1 + lambda - a_2"
    assert aligned([("x", "=", "1"), ("y", "=", "2")]).count(r"\\") == 1


# Sizes.


@pytest.mark.parametrize("make", [boot, vanilla, consistency, progressive])
def test_long_plans_are_written_out_up_to_a_limit(make):
    for of in ("operator", "error"):
        found = derive(make(64), of=of)
        assert max(map(len, found.text().splitlines())) <= 92
        assert len(found.latex()) < 50_000
        assert found._repr_latex_().startswith(r"$\displaystyle \begin{aligned}")
        with pytest.raises(InputError, match="at most 64 steps"):
            derive(make(65), of=of)
        with pytest.raises(InputError, match=r"at most 24 steps.*leave expand out"):
            derive(make(25), of=of, expand=True)


def test_notebook_form_of_a_huge_formula_is_short():
    found = derive(consistency(24), of="error", expand=True)
    assert len(found.latex()) > 20_000
    assert len(found._repr_latex_()) < 300
    assert len(repr(found)) < 400


def test_json_form():
    data = json.loads(
        json.dumps(derive("[1|[2|3]]", of="error", lam="tau", schedule=flow(3)).to_dict())
    )
    assert data["formula"] == "(1 + g_3*(1/a_1 - 1))*(1 + g_3*(1/a_2 - 1)) - 1"
    assert data["definitions"]["v_t"] == "alpha_t**2*tau + sigma_t**2"
    assert (data["plan"], data["of"], data["lam"]) == ("[1|[2|3]]", "error", "tau")
    assert data["schedule"]["kind"] == "flow"
    assert data["latex"].startswith(r"\begin{aligned}")
    assert derive("[1|2]").to_dict()["schedule"] is None


# Names from users.


@pytest.mark.parametrize("name", ["lambda", "lam", "x", "Lambda", "tau_2", "lam2", "mu_data"])
def test_good_names(name):
    found = derive("[1|2]", lam=name, expand=True)
    assert found.lam == sympy.Symbol(name, positive=True)
    assert found.lam in found.expression.free_symbols


def test_own_symbols_are_kept():
    mine = sympy.Symbol("mu")
    assert derive("[1|2]", lam=mine, expand=True).lam is mine


TAKEN = ["a", "a_1", "a1", "g_3", "v", "s", "t", "e", "C", "M", "T", "alpha", "alpha_0", "sigma2"]
MALFORMED = ["", " ", "1x", "_x", "x_", "x__2", "x y", "λ", "x;y", "x+1", "f(x)", "x.real", "x\n"]
HOSTILE = [
    "__import__('os').system('true')",
    "lambda: 0",
    "\\input{x}",
    "x}$",
    "exec",
    "pi",
    "E",
    "I",
]


@pytest.mark.parametrize(
    "name", [*TAKEN, *MALFORMED, *HOSTILE[:4], *HOSTILE[5:], "x" * 33, None, 3]
)
def test_bad_names(name):
    with pytest.raises(InputError, match="lam must"):
        derive("[1|2]", lam=name)


def test_names_are_never_evaluated():
    """A harmless name that is also a function somewhere stays a plain symbol."""
    found = derive("[1|2]", lam="exec", expand=True)
    assert found.lam == sympy.Symbol("exec", positive=True)
    assert "exec" in found.text()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"plan": "[1|"}, "plan"),
        ({"plan": "[2|3]"}, "plan must start at step 1"),
        ({"plan": "[1|2]", "of": "moment"}, "of must be operator or error"),
        ({"plan": "[1|2]", "schedule": cosine(3)}, "schedule must have the plan's 2 steps"),
        (
            {"plan": "[1|2]", "schedule": ddpm(2), "expand": True},
            "schedule must have short exact levels",
        ),
        ({"plan": "1", "expand": True}, "T must"),
    ],
)
def test_bad_input(arguments, named):
    with pytest.raises(InputError, match=re.escape(named)):
        derive(**arguments)


def test_schedules_with_and_without_short_levels():
    short = [
        from_angles([0, "1/6", "1/3", "1/2"], unit="pi"),
        from_betas(["1/2", "1/3", "1/4"]),
        custom([1, "0.9", "0.5", 0], [0, "0.1", "0.7", 1]),
        edm(3),
    ]
    for schedule in short:
        assert derive(boot(3), schedule=schedule, expand=True).expanded
    binary = derive(boot(3), schedule=custom([1, 0.9, 0.5, 0], [0, 0.1, 0.7, 1]))
    assert "(1, 8106479329266893/9007199254740992, 1/2, 0)" in binary.text()
    assert max(map(len, binary.text().splitlines())) <= 92
    many = from_betas([Fraction(k, 100) for k in range(1, 61)], T=3)
    assert derive(boot(3), schedule=many).text().count(" ~ ") == 2


@pytest.mark.parametrize("T", [3, 4, 7])
def test_canonical_plans_have_their_known_shape(T):
    for name, plan in canonical_plans(T).items():
        found = derive(plan)
        factors = sympy.Mul.make_args(found.expression)
        expected = {"boot": T, "vanilla": 2, "consistency": 2}
        if name in expected:
            assert len(factors) == expected[name]
