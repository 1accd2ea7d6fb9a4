r"""Closed forms of merge plans: the operator M and the relative error ``e = M/C - 1``.

The operator comes from :func:`symmerge.merge.operator` on symbols ``a_t, g_t``. The error is
written by the spine identity (SPEC A3) with the factors of every product kept apart,

.. math:: e = \prod_k (1 + f_k) - 1,\qquad
          f_k = (1-g)\,e_{\text{left}} + g\,(1/C_{\text{left}} - 1),

over the merges at the last time, which reads well and shows the sign of every contribution.
(Numbers are computed by :func:`symmerge.merge.relative_error`, which does not subtract the 1.)
The definitions that go with a formula are generated from the
classes that compute (:mod:`symmerge.formulas`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any, NamedTuple

import sympy

from .chain import Chain, gradient_flow_chain, symbolic_chain
from .errors import require
from .formulas import READABLE, step_formulas
from .latex import Definition, aligned, latex, text, text_lines
from .merge import fold, learned, operator
from .numbers import multiprecision
from .plan import MergePlan, require_plan
from .schedule import Schedule, cosine, whole
from .student import GradientFlow

__all__ = ["Derivation", "derive"]

_MOST_STEPS = 64
_MOST_STEPS_EXPANDED = 24
_MOST_TRAINING_STEPS = 16
_LONGEST_LEVEL = 60
_LARGEST_SHOWN = 2000
_NAME = re.compile(r"([A-Za-z]+)[0-9]*(?:_[A-Za-z0-9]+)*", re.ASCII)
_LONGEST_NAME = 32
# Names that formulas contain; with a digit or an underscore added they would print alike.
_TAKEN = frozenset("aegstvhCEIMT") | {
    "alpha",
    "sigma",
    "pi",
    "prod",
    "exp",
    "log",
    "sqrt",
    "cos",
    "sin",
}


@dataclass(frozen=True)
class Derivation:
    """A closed form with the definitions of its symbols.

    Attributes
    ----------
    plan : MergePlan
    of : {'operator', 'error'}
    shown : sympy.Expr
        M or ``e`` as printed: steps that were written out stay together.
    lam : sympy.Symbol
        The data variance.
    schedule : Schedule or None
        None: the levels are symbols.
    expanded : bool
        Whether only `lam` and ``s`` remain in the expression.
    definitions : tuple of Definition
        Of the symbols in the formula, and of ``e``.
    """

    plan: MergePlan
    of: str
    shown: sympy.Expr = attribute(repr=False)
    lam: sympy.Symbol
    schedule: Schedule | None
    expanded: bool
    definitions: tuple[Definition, ...] = attribute(repr=False)

    @property
    def expression(self) -> sympy.Expr:
        """M or ``e``, an ordinary expression to compute with."""
        return self.shown.replace(sympy.UnevaluatedExpr, lambda step: step)

    @property
    def symbol(self) -> str:
        """Name of what was derived: ``M`` or ``e``."""
        return "M" if self.of == "operator" else "e"

    def latex(self) -> str:
        """LaTeX of formula and definitions: one ``aligned`` block."""
        return aligned([(self.symbol, "=", latex(self.shown)), *self._latex_definitions()])

    def text(self) -> str:
        """Plain text of formula and definitions."""
        lines = text_lines(self.symbol, "=", text(self.shown))
        return "\n".join([*lines, *self._text_definitions()])

    def _latex_definitions(self) -> list[tuple[str, str, str]]:
        return [
            (item.latex_name, "=" if item.exact else r"\approx", latex(item.value))
            for item in self.definitions
        ]

    def _text_definitions(self) -> list[str]:
        lines = []
        for item in self.definitions:
            relation = "=" if item.exact else "~"
            lines += text_lines(item.name, relation, text(item.value), indent="  ")
        if self.schedule is not None:
            lines.append(f"  {self.schedule}")
        return ["where", *lines] if lines else []

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; formulas are text."""
        return {
            "plan": str(self.plan),
            "of": self.of,
            "lam": self.lam.name,
            "schedule": None if self.schedule is None else self.schedule.to_dict(),
            "expanded": self.expanded,
            "formula": text(self.shown),
            "definitions": {item.name: text(item.value) for item in self.definitions},
            "latex": self.latex(),
        }

    def __str__(self) -> str:
        return self.text()

    def _repr_latex_(self) -> str:
        size = self.shown.count_ops()
        if size <= _LARGEST_SHOWN:
            return f"$\\displaystyle {self.latex()}$"
        short = rf"\text{{a formula with {size} operations: see .latex() or .text()}}"
        return f"$\\displaystyle {aligned([(self.symbol, '=', short)])}$"


def derive(
    plan: MergePlan | str,
    of: str = "operator",
    lam: str | sympy.Symbol = "lambda",
    schedule: Schedule | None = None,
    expand: bool = False,
) -> Derivation:
    """Derive the closed form of a merge plan.

    Parameters
    ----------
    plan : MergePlan or its text form
        For steps 1..T; T <= 64, or 24 to expand it.
    of : {'operator', 'error'}
        M, or ``e = M/C - 1``.
    lam : str or Symbol
        Name of the data variance: letters, digits and underscores, none of the names that the
        formulas use themselves.
    schedule : Schedule, optional
        Its exact levels join the definitions; by default they stay symbols.
    expand : bool
        Write the definitions out, so that only `lam` and ``s`` remain; for the cosine schedule
        unless another is given.

    Raises
    ------
    InputError
        For a plan that does not start at step 1 or has too many steps, a bad name, or a
        schedule to expand whose levels have no short exact form.

    Examples
    --------
    >>> print(derive("[1|[2|3]]"))
    M = a_3*(a_1*(1 - g_3) + g_3)*(a_2*(1 - g_3) + g_3)
    where
      a_t = (alpha_(t-1)*alpha_t*lambda + sigma_(t-1)*sigma_t)/v_t
      v_t = alpha_t**2*lambda + sigma_t**2
      g_t = exp(-2*s*v_t)
    >>> derive("[1.2|3]", of="error").expression
    g_3*(-1 + 1/(a_1*a_2))
    >>> derive("[1|2]", expand=True).expression
    sqrt(2)*(sqrt(2)*lambda*(1 - exp(-2*s))/(2*(lambda/2 + 1/2)) + exp(-2*s))/2

    References
    ----------
    W. Gao, M. Li, arXiv 2505.16024, section 4; SPEC A3.
    """
    plan = MergePlan.parse(plan) if isinstance(plan, str) else plan
    require_plan(plan)
    require(of in ("operator", "error"), "of", "must be operator or error", of)
    require(plan.start == 1, "plan", "must start at step 1", plan.start)
    most = _MOST_STEPS_EXPANDED if expand else _MOST_STEPS
    hint = "leave expand out to keep a_t and g_t as symbols" if expand else ""
    require(most >= plan.T, "plan", f"may have at most {most} steps here", f"{plan.T} steps", hint)
    variance = _variance_symbol(lam)
    if schedule is None and expand:
        schedule = cosine(plan.T)
    if schedule is not None:
        same = schedule.T == plan.T
        require(same, "schedule", f"must have the plan's {plan.T} steps", schedule.T)
    if expand and schedule is not None:
        rule = "must have short exact levels to be written out"
        require(_short(schedule), "schedule", rule, str(schedule), hint)
        chain = gradient_flow_chain(schedule, variance, step_formulas(variance).s, READABLE)
        shown, definitions = _closed_form(plan, of, chain), _error_definition(of)
        return Derivation(plan, of, shown, variance, schedule, True, definitions)
    shown = _closed_form(plan, of, symbolic_chain(plan.T))
    definitions = _definitions(plan.T, of, variance, schedule)
    return Derivation(plan, of, shown, variance, schedule, False, definitions)


def _variance_symbol(lam: str | sympy.Symbol) -> sympy.Symbol:
    """Symbol for the data variance from user text; the text is checked, never parsed."""
    name = lam.name if isinstance(lam, sympy.Symbol) else lam
    rule = "must be a name of letters, digits and _ that starts with a letter"
    match = _NAME.fullmatch(name) if isinstance(name, str) and len(name) <= _LONGEST_NAME else None
    require(match is not None, "lam", rule, name, "for example lambda")
    stem = match[1] if match else ""
    require(stem not in _TAKEN, "lam", f"must not be {stem}, which the formulas use", name)
    return lam if isinstance(lam, sympy.Symbol) else sympy.Symbol(name, positive=True)


class _Part(NamedTuple):
    """Errors f_k whose factors ``1 + f_k`` make up ``M/C`` of a sub-plan, and its ``1/C``."""

    errors: tuple[sympy.Expr, ...]
    inverse: sympy.Expr

    @property
    def e(self) -> sympy.Expr:
        """``prod (1 + f_k) - 1``, without the detour where there is one factor."""
        if len(self.errors) == 1:
            return self.errors[0]
        return sympy.Mul(*(1 + f for f in self.errors)) - 1


class _FactoredError:
    """The merge recursion for the error that keeps the factors of products apart."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    def leaf(self, t: int) -> _Part:
        return _Part((), _together(1 / self.chain.a[t - 1]))

    def join(self, p: _Part, q: _Part) -> _Part:
        return _Part(p.errors + q.errors, p.inverse * q.inverse)

    def node(self, left: _Part, right: _Part, t: int) -> _Part:
        f = learned(left.e, left.inverse - 1, self.chain.g[t - 1], self.chain.h[t - 1])
        return _Part((f, *right.errors), left.inverse * right.inverse)


def _together(step: sympy.Expr) -> sympy.Expr:
    """Protect a quotient from being merged with its neighbours in a product."""
    return sympy.UnevaluatedExpr(step) if step.is_Mul else step


def _closed_form(plan: MergePlan, of: str, chain: Chain) -> sympy.Expr:
    if of == "error":
        return fold(plan, _FactoredError(chain)).e
    return operator(plan, replace(chain, a=chain.field.vector(map(_together, chain.a))))


def _error_definition(of: str) -> tuple[Definition, ...]:
    M, C = sympy.symbols("M C")
    return (Definition("e", "e", M / C - 1),) if of == "error" else ()


def _definitions(
    T: int, of: str, lam: sympy.Symbol, schedule: Schedule | None
) -> tuple[Definition, ...]:
    """Definitions of ``a_t, v_t, g_t``, of the error where it is asked for, and of the levels."""
    step = step_formulas(lam)
    a, v, t = sympy.symbols("a_t v_t t")
    composite = Definition("C", "C", sympy.Product(a, (t, 1, T)))
    return (
        *_error_definition(of),
        *((composite,) if of == "error" else ()),
        Definition("a_t", "a_{t}", step.a * step.v / v),
        Definition("v_t", "v_{t}", step.v),
        Definition("g_t", "g_{t}", GradientFlow(step.s).factors(v, READABLE)[0]),
        *(_level_definitions(schedule) if schedule is not None else ()),
    )


def _level_definitions(schedule: Schedule) -> list[Definition]:
    exact = _short(schedule)
    levels = schedule.levels(READABLE if exact else multiprecision(15))
    return [
        Definition(
            f"({name}_0, ..., {name}_{schedule.T})",
            rf"(\{name}_{{0}}, \dots, \{name}_{{{schedule.T}}})",
            sympy.Tuple(*(value if exact else sympy.Float(str(value), 15) for value in column)),
            exact,
        )
        for name, column in (("alpha", levels.alpha), ("sigma", levels.sigma))
    ]


def _short(schedule: Schedule) -> bool:
    """Whether the exact levels are short enough to be written out."""
    parameters = dict(schedule.parameters)
    # Products of so many betas are fractions of thousands of digits.
    betas = parameters.get("train_steps", len(parameters.get("betas", ())))
    if whole(betas, "betas", 0) > _MOST_TRAINING_STEPS:
        return False
    levels = schedule.levels(READABLE)
    return all(len(text(value)) <= _LONGEST_LEVEL for value in (*levels.alpha, *levels.sigma))
