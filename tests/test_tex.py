"""LaTeX for papers: it is what the code computes, it compiles, renders and fits the line."""

import json
import random
import re
import shlex
import shutil
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import sympy

from proofs import __main__ as ledger
from proofs.theorems import names as ledger_names
from symmerge import tex
from symmerge.chain import chain_of, gradient_flow_chain
from symmerge.cli import main
from symmerge.derive import derive
from symmerge.dynamics.adaptive import AdaGrad, SignDescent
from symmerge.dynamics.averaging import EMA
from symmerge.dynamics.laws import SGD, GradientDescent
from symmerge.dynamics.momentum import HeavyBall, Nesterov
from symmerge.dynamics.weak_teacher import vanilla_stopping
from symmerge.errors import InputError
from symmerge.evaluate import evaluate
from symmerge.flow.formulas import symbolic_mixture
from symmerge.flow.grid import grid
from symmerge.flow.stability import Stability
from symmerge.latex import latex
from symmerge.merge import operator, relative_error
from symmerge.numbers import EXACT, FLOAT, multiprecision
from symmerge.phase import edges
from symmerge.plan import canonical_plans, random_plan
from symmerge.schedule import cosine, ddpm, edm, flow
from symmerge.student import GradientFlow
from symmerge.teacher import Teacher, composite_cosine, denoiser
from symmerge.tex import symbols as sym
from symmerge.tex.symbols import DEFINED
from tests.texprograms import compiled, katex, rendered

LINE = 390  # pt, the text width of many two-column and all one-column styles

# Every formula is one that the code computes.


def number(expression, values):
    """Value of an expression; indexed symbols are looked up as ``(letter, index)``."""
    plain = {k: v for k, v in values.items() if not isinstance(k, tuple)}
    expression = expression.subs(plain).doit()
    found = {}
    for part in expression.atoms(sympy.Indexed):
        found[part] = values[(part.base.label.name, *map(int, part.indices))]
    return float(expression.subs(found).evalf(30))


def row(name, k=0):
    return tex.formula(name).rows[k].right


def where(name, left):
    return next(r.right for r in tex.formula(name).definitions if r.left == left)


STEPS = [(make(6), lam) for make in (cosine, flow, ddpm) for lam in (Fraction(1, 5), Fraction(3))]


def levels_at(schedule, t):
    levels = schedule.levels(FLOAT)
    found = {sym.t: t}
    for name, column in (("alpha", levels.alpha), ("sigma", levels.sigma)):
        found |= {(name, k): sympy.Float(float(column[k])) for k in range(schedule.T + 1)}
    return found


@pytest.mark.parametrize(("schedule", "lam"), STEPS)
def test_teacher(schedule, lam):
    teacher = Teacher(schedule, float(lam), FLOAT)
    for t in range(1, schedule.T):
        values = levels_at(schedule, t) | {sym.lam: sympy.Rational(lam)}
        values[("v", t)] = teacher.v[t - 1]
        threshold = number(DEFINED[str(sym.threshold)].right, values)
        assert threshold == pytest.approx(float(teacher.thresholds[t - 1]), rel=1e-12)
        values[sym.threshold] = threshold
        deviation = number(row("teacher-deviation"), values)
        assert deviation == pytest.approx(teacher.x[t - 1], rel=1e-9)
        z = sympy.Symbol("z_t")
        shown = number(row("denoiser"), {**values, z: 1})
        assert shown == pytest.approx(denoiser(schedule, float(lam), FLOAT)[t], rel=1e-12)


def test_composite():
    teacher = Teacher(flow(5), 0.7, FLOAT)
    values = {sym.T: 5} | {("a", t): teacher.a[t - 1] for t in range(1, 6)}
    assert number(row("composite"), values) == pytest.approx(np.prod(teacher.a), rel=1e-12)
    norms, cosines = np.sqrt(teacher.norms_squared), np.prod(teacher.cosines)
    assert np.prod(teacher.a) == pytest.approx(norms[0] / norms[-1] * cosines, rel=1e-12)


@pytest.mark.parametrize("lam", ["1/5", "4/5", "3", "50"])
def test_composite_of_the_cosine_schedule(lam):
    eta = where("composite-cosine", r"\eta").subs(sym.lam, sympy.Rational(lam))
    cosh_xi = where("composite-cosine", r"\cosh\xi")
    delta = DEFINED["Delta"].right
    xi = sympy.acosh(cosh_xi.subs({sym.hyper: eta, sym.Delta: delta})).subs(sym.T, 9)
    numbers = {sym.T: 9, sym.lam: sympy.Rational(lam)}
    value = row("composite-cosine").subs({sym.hyper: eta, sym.xi: xi}).subs(numbers).evalf(30)
    field = multiprecision(30)
    truth = composite_cosine(field.number(Fraction(lam)), 9, field)
    assert abs(complex(value) - float(truth)) < 1e-14
    expansion = row("composite-expansion").subs({sympy.Symbol("O(T^{-5})"): 0})
    for T, accuracy in ((100, 1e-5), (1000, 1e-10)):
        far = composite_cosine(field.number(Fraction(lam)), T, field)
        shown = expansion.subs({sym.T: T, sym.lam: sympy.Rational(lam)}).evalf(30)
        assert abs(float(shown) - float(field.log(far))) < accuracy


def test_thresholds_of_families():
    angles = {("theta", t): sympy.pi * t / 14 for t in range(8)}
    for schedule, name, values in (
        (cosine(7), "threshold-vp", angles),
        (flow(7), "threshold-flow", {}),
    ):
        for t in range(1, 7):
            shown = number(row(name), {**values, sym.T: 7, sym.t: t})
            truth = Teacher(schedule, 1.0, FLOAT).thresholds[t - 1]
            assert shown == pytest.approx(float(truth), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "T"),
    [(name, T) for name in ("vanilla", "boot", "consistency") for T in range(2, 9)]
    + [("progressive", T) for T in (2, 4, 8)],  # that formula is for powers of two
)
def test_strategies_for_any_number_of_steps(name, T):
    rng = random.Random(T)
    chain = chain_of(
        [Fraction(rng.randint(-9, 20), 10) for _ in range(T)],
        [Fraction(rng.randint(0, 10), 10) for _ in range(T)],
        EXACT,
    )
    plan = canonical_plans(T)[name]
    assert shown_value(name, "operator", chain) == pytest.approx(float(operator(plan, chain)))
    assert shown_value(name, "error", chain) == pytest.approx(float(relative_error(plan, chain)))


def shown_value(name, of, chain):
    """Value of the printed formula for a strategy, its recursion carried out."""
    T = chain.T
    values = {sym.T: T}
    for t in range(1, T + 1):
        values |= {("a", t): chain.a[t - 1], ("g", t): chain.g[t - 1]}
    for i in range(1, T + 1):
        for j in range(i, T + 1):
            values["C", i, j] = float(np.prod([float(x) for x in chain.a[i - 1 : j]]))
    rows = getattr(tex, of)(name).rows
    if name == "progressive":
        return progressive_value(of, chain, values)
    if name == "consistency":
        letter = rows[0].right.base.label.name
        values[letter, 1] = chain.a[0] if letter == "M" else 0
        for t in range(2, T + 1):
            values[letter, t] = number(rows[1].right, {**values, sym.t: t})
    return number(rows[0].right, values)


def progressive_value(of, chain, values):
    if of == "error":  # LaTeX, not an expression: the recursion that it says
        found, length = [0.0] * chain.T, 1
        while len(found) > 1:
            nodes = []
            for i in range(1, len(found) // 2 + 1):
                g = float(chain.g[2 * length * i - 1])
                left, right = found[2 * i - 2], found[2 * i - 1]
                C = values["C", 2 * length * (i - 1) + 1, length * (2 * i - 1)]
                f = (1 - g) * left + g * (1 / C - 1)
                nodes.append(right + f + right * f)
            found, length = nodes, 2 * length
        return found[0]
    rule = tex.operator("progressive").rows[0].right
    found, length = [float(a) for a in chain.a], 2
    while len(found) > 1:
        found = [
            float(
                rule.subs(
                    {
                        sympy.Symbol("M_{k-1,2i-1}", positive=True): found[2 * i],
                        sympy.Symbol("M_{k-1,2i}", positive=True): found[2 * i + 1],
                        sympy.Symbol("g_{2^{k} i}", positive=True): float(
                            chain.g[length * (i + 1) - 1]
                        ),
                    }
                )
            )
            for i in range(len(found) // 2)
        ]
        length *= 2
    return found[0]


V, RATE, COUNT, S = 0.7, Fraction(1, 8), 5, Fraction(3, 2)
NUMBERS = {
    sym.eta: sympy.Rational(1, 8),
    sym.N: COUNT,
    sym.x: 2 * sympy.Rational(1, 8) * sympy.Rational(7, 10),
    ("v", 3): sympy.Rational(7, 10),
    sym.t: 3,
    sym.s: sympy.Rational(3, 2),
    sym.B: 4,
    sym.beta: sympy.Rational(1, 2),
    sym.kappa: sympy.Rational(1, 3),
    sympy.Symbol("r_{0}", positive=True): 2,
}


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("gradient-flow", GradientFlow(S)),
        ("gradient-descent", GradientDescent(RATE, COUNT)),
        ("sgd", SGD(RATE, COUNT, 4)),
        ("heavy-ball", HeavyBall(RATE, COUNT, "1/2")),
        ("nesterov", Nesterov(RATE, COUNT, "1/2")),
        ("sign-descent", SignDescent(RATE, COUNT, 2)),
        ("ema", EMA(GradientFlow(S), "1/3")),
    ],
)
def test_shrinkage_laws(name, law):
    expression = row(name)
    values = {**NUMBERS, sympy.Symbol("v_t"): V}
    if name in ("heavy-ball", "nesterov"):
        b, c = (where(name, left) for left in "bc")
        expression = expression.subs(sympy.Symbol("c"), c).subs(sympy.Symbol("b"), b)
    assert number(expression, values) == pytest.approx(float(law.factors(V, FLOAT)[0]), rel=1e-12)
    if name == "sgd":
        square = number(row(name, 1), values)
        assert square == pytest.approx(float(law.second_moment(V, FLOAT)), rel=1e-12)


def test_adagrad_and_averages_at_their_limit():
    law = AdaGrad(RATE, COUNT, 2)
    (inside,) = row("adagrad").atoms(sympy.Function("W_{0}"))
    lambert = row("adagrad").subs(inside, sympy.LambertW(inside.args[0]))
    assert number(lambert, NUMBERS) == pytest.approx(float(law.flow(FLOAT)), rel=1e-12)
    same = EMA(GradientFlow(S), "7/5").factors(V, FLOAT)[0]
    assert number(row("ema", 1), NUMBERS) == pytest.approx(float(same), rel=1e-12)


def test_weak_teacher():
    schedule, lam, lam_hat = cosine(8), Fraction(1, 10), Fraction(1, 50)
    chain = gradient_flow_chain(schedule, lam_hat, 1)
    values = {sym.lam: sympy.Rational(lam), sym.C_hat: float(chain.C), sym.T: 8}
    best = number(row("weak-teacher"), {**values, ("a", 8): float(chain.a[-1])})
    found = vanilla_stopping(lam, lam_hat, schedule)
    assert -np.log(best) / 2 == pytest.approx(found.best_s, rel=1e-9)
    tail = row("weak-teacher-tail").subs(sym.Delta, DEFINED["Delta"].right)
    tail = number(tail, {sym.T: 8, sym.lam: sympy.Rational(1, 100)})
    assert tail == pytest.approx(vanilla_stopping("1/100", 0, schedule).from_s, rel=1e-9)


@pytest.mark.parametrize("sigma0", ["1/4", "1", "3"])
def test_stability(sigma0):
    stability = Stability(sigma0, 5, beta="3/2", sigma_inf="4/5")
    values = {
        sym.sigma_0: sympy.Rational(sigma0),
        sym.sigma_inf: sympy.Rational(4, 5),
        sym.D_0: 5,
        sym.beta: sympy.Rational(3, 2),
        sym.time: sympy.Rational(2, 5),
    }

    def value(expression):
        for _ in range(4):
            expression = expression.subs(
                {
                    sym.s_t: sympy.sqrt(DEFINED["s_{t}"].right),
                    sym.SNR_t: DEFINED[str(sym.SNR_t)].right,
                    sym.SNR_0: 1 / sym.sigma_0**2,
                    sym.c: DEFINED["c"].right,
                    sym.u: DEFINED["u"].right,
                }
            )
        return number(expression, values)

    assert value(row("lipschitz-rate")) == pytest.approx(stability.rate("2/5"), rel=1e-12)
    A = stability.coordinate("2/5")
    assert value(row("stability-coordinate", 1)) == pytest.approx(A, rel=1e-12)
    B = stability.coordinate("2/5", "one-sided") if stability.narrow else None
    if B is not None:
        assert value(row("one-sided-coordinate")) == pytest.approx(B, rel=1e-12)
    ratio, kappa, level = (sympy.Symbol(n, positive=True) for n in ("r", r"{\kappa}", "A"))
    found = where("stability-inverse", "r")
    (inside,) = found.atoms(sympy.Function("W_{0}"))
    found = found.subs(inside, sympy.LambertW(inside.args[0]))
    sign = 1 if Fraction(sigma0) > Fraction(4, 5) else -1
    found = found.subs(sympy.Symbol(r"\mathrm{sgn}(c)"), sign)
    found = found.subs(kappa, where("stability-inverse", r"{\kappa}")).subs(level, A)
    time = row("stability-inverse").subs(sym.u, where("stability-inverse", "u"))
    assert value(time.subs(ratio, found)) == pytest.approx(0.4, rel=1e-9)


def test_grid_of_equal_widths():
    times = grid("stability", 8, 1, Stability(1, 41, beta=5)).times
    n, end = sympy.Symbol("n", integer=True, positive=True), sympy.Symbol("T", positive=True)
    for k, time in enumerate(times):
        shown = row("grid-equal-width").subs({sym.k: k, n: 8, end: 1, sym.beta: 5})
        assert float(shown.doit()) == pytest.approx(time, rel=1e-12)


def test_named_formulas_are_named_once_and_lean_on_the_ledger():
    found = tex.formulas()
    assert len({item.name for item in found}) == len(found) > 40
    known = set(ledger_names())
    for item in found:
        entries = re.findall(r"[abc]\d_\w+", item.source)
        assert entries, item.name
        assert set(entries) <= known, item.name
        assert item.cites, item.name


@pytest.mark.parametrize("item", tex.formulas(), ids=lambda item: item.name)
def test_every_symbol_is_defined_or_explained(item):
    """No letter that a formula or its definitions contain stays without a meaning."""
    rows = (*item.rows, *item.definitions)
    told = re.sub(r"[{}]", "", " ".join([*(r.left for r in rows), *item.words]))
    for r in rows:
        for name in r.names - {*"tijkln", "O(T^{-5})", "|u_{0}|", "|u_{T}|"}:
            shown = re.sub(r"[{}]", "", name if "\\" in name else latex(sympy.Symbol(name)))
            if shown in re.sub(r"[{}]", "", r.shown()[2]):
                assert shown in told, name


# Everything compiles, renders and fits.


def plans_shown():
    rng = random.Random(0)
    for T in range(2, 9):
        yield from canonical_plans(T).values()
    for _ in range(70):
        yield random_plan(rng.randint(2, 12), rng)
    yield from canonical_plans(24).values()


@lru_cache
def everything():
    """A few hundred formulas and tables."""
    return tuple(_everything())


def _everything():
    for plan in plans_shown():
        yield tex.operator(plan)
        yield tex.error(plan)
    for name in ("vanilla", "boot", "consistency", "progressive"):
        yield tex.operator(name)
        yield tex.error(name)
    yield from tex.formulas()
    yield tex.edge_values(8, 3)
    yield tex.edge_values(s="1/2", schedule=flow(5), digits=40)
    yield tex.error_table(["0.2", "1.05", "12345.678"], [4, 8], "6.4")


def maths():
    found = dict.fromkeys(block for item in everything() for block in item.maths())
    for plan in ("[1|[2|3]]", "[1.2.3|4]", "[[1|2]|[3|4]]", "[1|2]"):
        T = derive(plan).plan.T
        for levels in (None, cosine(T), flow(T), ddpm(T), edm(T)):
            for of in ("operator", "error"):
                found[derive(plan, of=of, schedule=levels).latex()] = None
                if levels is not None and levels.kind in ("cosine", "flow"):
                    found[derive(plan, of=of, schedule=levels, expand=True).latex()] = None
    sigma, x = sympy.symbols("sigma_(t-1) x_10")
    for expression in (sigma / x, -1 / (1 + sigma), sympy.exp(-x) * (x - 1), sympy.Abs(x / 2)):
        found[latex(expression)] = None
    return list(found)


@pytest.fixture(scope="module")
def blocks():
    return maths()


def test_there_are_a_few_hundred(blocks):
    assert len(blocks) > 250


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_all_compile_and_fit_the_line(blocks, tmp_path):
    """One run; the width of every block is measured by TeX."""
    lines = [rf"\measured{{{k}}}{{{block}}}" for k, block in enumerate(blocks)]
    texts = [item.latex() for item in everything()]
    log = compiled("\n".join([*lines, *texts]), tmp_path)
    widths = dict(re.findall(r"WIDTH (\d+) ([\d.]+)pt", log))
    assert len(widths) == len(blocks)
    wide = {blocks[int(k)]: float(pt) for k, pt in widths.items() if float(pt) > LINE}
    assert not wide, f"{len(wide)} blocks are wider than {LINE} pt, the widest {max(wide.values())}"
    assert r"Overfull \hbox" not in log


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_a_broken_formula_does_not_compile(tmp_path):
    with pytest.raises(AssertionError, match="Undefined control sequence"):
        compiled(r"$\undefinedmacro$", tmp_path)


@pytest.mark.skipif(katex() is None, reason="KaTeX for node is not installed")
def test_all_render_in_katex(blocks):
    inline = {m for item in everything() for m in re.findall(r"\$([^$]+)\$", item.latex())}
    outcome = rendered([*blocks, *sorted(inline)])
    assert [found for found in outcome if found != "ok"] == []


def notebook_strings():
    """What other results show in notebooks."""
    two = symbolic_mixture(2, 1)
    shown = [edges(8, 3)._repr_latex_(), evaluate("[1|[2|3]]", "1/5", 40)._repr_latex_()]
    shown += [two._repr_latex_(), derive("[1|2]")._repr_latex_()]
    shown += [f"${two.latex(of)}$" for of in ("velocity", "density", "score_jacobian")]
    return [text.removeprefix("$").removesuffix("$") for text in shown]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_notebook_strings_compile(tmp_path):
    compiled("\n\n".join(f"${text}$" for text in notebook_strings()), tmp_path)


@pytest.mark.skipif(katex() is None, reason="KaTeX for node is not installed")
def test_notebook_strings_render():
    assert set(rendered(notebook_strings())) == {"ok"}


@pytest.mark.skipif(katex() is None, reason="KaTeX for node is not installed")
def test_katex_refuses_what_is_broken():
    assert rendered([r"\frac{1}{", r"\undefinedmacro", "x^{2}"])[2] == "ok"
    assert "ok" not in rendered([r"\frac{1}{", r"\undefinedmacro"])


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_documents_compile_as_they_are(tmp_path):
    found = [*tex.formulas(), tex.operator("[[1|2]|3]"), tex.error_table([1], [4], 1)]
    compiled(None, tmp_path, source=tex.document(found))


# Theorems.


def told(capsys, *arguments):
    assert ledger.main(list(arguments)) == 0
    return capsys.readouterr().out


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("name", ["a3_exchange", "b1_coordinate"])
def test_a_theorem_compiles(name, capsys, tmp_path):
    compiled(None, tmp_path, source=told(capsys, name, "--latex"))
    packages = r"\documentclass{article}\usepackage{amsmath,amssymb,amsthm}"
    head = rf"{packages}\newtheorem{{theorem}}{{Theorem}}\begin{{document}}"
    pasted = told(capsys, name, "--fragment")
    assert pasted.startswith("% cite: gao202")
    compiled(None, tmp_path, source=f"{head}\n{pasted}\n\\end{{document}}")


def test_a_theorem_is_told_to_be_cited(capsys):
    assert "@misc{gao2026flow," in told(capsys, "b1_coordinate", "--bib")
    assert "@misc{gao2026flow," in told(capsys, "--bib")
    with pytest.raises(SystemExit):
        ledger.main(["--fragment"])
    assert "--fragment goes with a NAME" in capsys.readouterr().err


# Macros.


def test_macros_expand_to_what_formulas_print():
    known = tex.macros()
    assert known[r"\lamBOOT"] == tex.formula("edges").rows[0].left
    assert known[r"\lamvan"] == tex.formula("edges").rows[1].left
    assert known[r"\Wsq"] == tex.formula("objective").rows[0].left
    assert known[r"\lamstep"].replace("#1", "t") == str(sym.threshold)
    assert known[r"\SNR"].replace("#1", "t") == str(sym.SNR_t)
    assert known[r"\averaged"] == tex.formula("averaged-coordinate").rows[0].left.removesuffix(
        "(t)"
    )
    assert len(known) == tex.macros_text().count("\\newcommand")


USES = [
    r"\signal{t} \noise{t} \noisedvar{t} \snvec{t} \step{t} \composite \compositeof{1}{T}",
    r"\shrink{t} \merged \relerr \emin \emax \Wsq \plan{1 \noisy \plan{2 \then 3 \noisy 4}}",
    r"\lam \lamstep{t} \lamBOOT \lamlo \lamzero \lamhi \lamvan \lamhat",
    r"\stab \onesided \averaged \SNR{t} \flowmap{r}{t} \Lip",
]


def test_macros_are_all_tried():
    assert {f"\\{name}" for name in re.findall(r"\\(\w+)", " ".join(USES))} == set(tex.macros())


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_macro_file_compiles(tmp_path):
    (tmp_path / "symmerge.sty").write_text(tex.macros_text(), encoding="utf-8")
    source = "\n".join(
        [r"\documentclass{article}\usepackage{symmerge}\begin{document}"]
        + [f"${use}$\n" for use in USES]
        + [r"\end{document}"]
    )
    compiled(None, tmp_path, source=source)


@pytest.mark.skipif(katex() is None, reason="KaTeX for node is not installed")
def test_macros_render_in_katex():
    assert rendered(USES, tex.macros()) == ["ok"] * len(USES)


# The command line.


def run(capsys, *arguments):
    status = main(["tex", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("operator", "[[1|2]|3]"), r"M &= a_{3}"),
        (("error", "boot"), r"\prod_{t=1}^{T-1}"),
        (("error", "vanilla", "--T", "4"), r"\frac{1}{a_{1} a_{2} a_{3}}"),
        (("edges",), r"\tan"),
        (("edges", "--T", "8", "--s", "3"), "1.31602182369"),
        (("edges", "--T", "8", "--s", "3", "--schedule", "flow"), r"\frac{1}{7}"),
        (("table", "--lam", "0.2,5", "--T", "4,8", "--s", "3"), r"\begin{array}"),
        (("formula",), "stability-coordinate  Stability"),
        (("formula", "grid"), r"\frac{k}{n} A(T)"),
        (("macros",), r"\ProvidesPackage{symmerge}"),
        (("operator", "boot", "--bib"), "@misc{gu2023boot,"),
        (("operator", "boot", "--document"), r"\documentclass{article}"),
        (("formula", "--bib"), "guo2005mutual"),
    ],
)
def test_command(capsys, arguments, shown):
    status, out, err = run(capsys, *arguments)
    assert (status, err) == (0, "")
    assert shown in out


def test_json(capsys):
    for arguments in (
        ("operator", "boot"),
        ("formula",),
        ("table", "--lam", "1", "--T", "4", "--s", "1"),
        ("macros",),
    ):
        status, out, _ = run(capsys, *arguments, "--json")
        assert status == 0
        json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("theorem",), "WHAT must be one of operator, error, formula"),
        (("operator",), "PLAN is needed"),
        (("operator", "((1 2) 3)"), "plan may hold only numbers and [ | . ]"),
        (("operator", "[1|2]", "--T", "3"), "T goes with vanilla"),
        (("operator", "boot", "--T", "65"), "--T must be"),
        (("operator", "boot", "--s", "3"), "--s goes with edges and table only"),
        (("formula", "stability"), "did you mean stability-inverse or stability-coordinate?"),
        (("formula", "\\input{x}"), "name must be that of a formula"),
        (("edges", "extra"), "NAME goes with"),
        (("edges", "--T", "8"), "--s is needed"),
        (("edges", "--T", "8", "--s", "3", "--schedule", "edm"), "has no edges"),
        (("table", "--lam", "1", "--T", "8"), "--s is needed"),
        (("table", "--lam", "x", "--T", "8", "--s", "1"), "lam must be a number"),
        (("table", "--lam", "1,2", "--T", ",".join(["4"] * 30), "--s", "1"), "1 to 40 rows"),
        (("macros", "--bib"), "--bib does not go with macros"),
        (("edges", "--bib", "--document"), "--bib does not go with --document"),
        (("formula", "grid", "--lam", "2"), "--lam goes with table only"),
    ],
)
def test_bad_input(capsys, arguments, message):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_bad_input_in_python():
    with pytest.raises(InputError, match="plan must start at step 1"):
        tex.operator("[2|3]")
    with pytest.raises(InputError, match="T must be"):
        tex.error("boot", 1)
    with pytest.raises(InputError, match="must make 1 to 40 rows"):
        tex.error_table([], [4], 1)


def test_notebook_forms():
    assert tex.formula("edges")._repr_markdown_().count("$$") == 2
    assert tex.error_table([1], [4], 1)._repr_latex_().startswith("$\\displaystyle")


# The page of the documentation.

PAGE = Path(__file__).resolve().parent.parent / "docs" / "latex.md"


def console_examples():
    """Commands of the page with the output that stands below them."""
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        for example in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = example.partition("\n")
            yield pytest.param(shlex.split(command), output, id=command)


@pytest.mark.parametrize(("command", "expected"), list(console_examples()))
def test_the_page_shows_what_the_commands_print(command, expected, capsys):
    assert command[:2] == ["symmerge", "tex"]
    assert main(command[1:]) == 0
    pattern = re.escape(expected).replace(re.escape("...\n"), "(?:.*\n)+?")
    assert re.fullmatch(pattern, capsys.readouterr().out), command
