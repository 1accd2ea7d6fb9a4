r"""Operators and errors of merge plans: written out, or of a strategy for any number of steps.

For a symbolic T the formulas are products over the steps where there are such, and else the
recursion that leads there.
"""

from __future__ import annotations

import sympy

from ..derive import Derivation, derive
from ..errors import require
from ..plan import MergePlan, canonical_plans
from ..references import STRATEGIES
from .display import Formula
from .row import Row
from .symbols import C, M, T, a, e, g, t

__all__ = ["STRATEGY_NAMES", "error", "operator"]

STRATEGY_NAMES = tuple(STRATEGIES)
_PAPER = ("gao2025merging",)
_TITLES = {
    "vanilla": "vanilla distillation",
    "boot": "sequential BOOT",
    "consistency": "sequential consistency",
    "progressive": "progressive distillation",
}
_ANY_T = "arXiv 2505.16024, section 4; ledger a3_canonical_forms"
_ANY_T_ERROR = "symmerge; ledger a3_spine, a3_relative_error"
_POWER = r"$T = 2^K$ the number of steps and $M_{K,1}$ the operator of the plan"


def operator(plan: MergePlan | str, steps: int | None = None) -> Formula:
    r"""Operator M of a merge plan.

    Parameters
    ----------
    plan : MergePlan, its text form, or ``vanilla``, ``boot``, ``consistency``, ``progressive``
    steps : int, optional
        Number of steps for a strategy that is given by name; without it the formula is that for
        any number T.

    Examples
    --------
    >>> print(operator("boot").maths()[0])
    \begin{aligned}
    M &= a_{T} \prod_{t=1}^{T-1} ((1 - g_{T}) a_{t} + g_{T})
    \end{aligned}
    >>> print(operator("boot", 3).maths()[0])
    \begin{aligned}
    M &= a_{3} (a_{1} (1 - g_{3}) + g_{3}) (a_{2} (1 - g_{3}) + g_{3})
    \end{aligned}
    """
    return _formula(plan, steps, "operator")


def error(plan: MergePlan | str, steps: int | None = None) -> Formula:
    r"""Relative error ``e = M/C - 1`` of a merge plan (same parameters as :func:`operator`).

    Examples
    --------
    >>> print(error("vanilla").maths()[0])
    \begin{aligned}
    e &= g_{T} \Bigl(\frac{1}{C[1,T-1]} - 1\Bigr)
    \end{aligned}
    """
    return _formula(plan, steps, "error")


def _formula(plan: MergePlan | str, steps: int | None, of: str) -> Formula:
    if plan in STRATEGY_NAMES:
        if steps is None:
            return _ANY_OPERATOR[plan] if of == "operator" else _ANY_ERROR[plan]
        plan = canonical_plans(steps)[str(plan)]
    else:
        require(steps is None, "T", f"goes with {', '.join(STRATEGY_NAMES)} only", steps)
    return _written_out(derive(plan, of))


def _written_out(found: Derivation) -> Formula:
    name = found.plan.name
    definitions = (Row(item.latex_name, item.value, sort=True) for item in found.definitions)
    return Formula(
        found.of,
        f"{'Operator' if found.of == 'operator' else 'Relative error'} of "
        f"{_TITLES.get(name or '', 'a merge plan')} for {found.plan.T} steps",
        (Row(found.symbol, found.shown, sort=True),),
        "arXiv 2505.16024, section 4; ledger a3_canonical_forms"
        if found.of == "operator"
        else _ANY_T_ERROR,
        (*_PAPER, *STRATEGIES.get(name or "", ()), "meurer2017sympy"),
        tuple(definitions),
    )


def _any_operator(name: str, *rows: Row, words: tuple[tuple[str, str], ...] = ()) -> Formula:
    cites = (*_PAPER, *STRATEGIES[name])
    return Formula("operator", f"Operator of {_TITLES[name]}", rows, _ANY_T, cites, (), words)


def _any_error(name: str, *rows: Row, words: tuple[tuple[str, str], ...] = ()) -> Formula:
    cites = (*_PAPER, *STRATEGIES[name])
    return Formula(
        "error", f"Relative error of {_TITLES[name]}", rows, _ANY_T_ERROR, cites, (), words
    )


def _learned(step: sympy.Expr, factor: sympy.Expr) -> sympy.Expr:
    return (1 - factor) * step + factor


with sympy.evaluate(False):
    _product = sympy.Product(a[t], (t, 1, T - 1))
    _inverse = 1 / C[1, t - 1] - 1
    _time = sympy.Symbol("g_{2^{k} i}", positive=True)
    _left, _right = (sympy.Symbol(f"M_{{k-1,{n}}}", positive=True) for n in ("2i-1", "2i"))
    _ANY_OPERATOR = {
        "vanilla": _any_operator("vanilla", Row("M", a[T] * _learned(_product, g[T]))),
        "boot": _any_operator(
            "boot", Row("M", a[T] * sympy.Product(_learned(a[t], g[T]), (t, 1, T - 1)))
        ),
        "consistency": _any_operator(
            "consistency",
            Row("M", M[T]),
            Row("M_{t}", a[t] * _learned(M[t - 1], g[t]), condition=r"M_{1} = a_{1}"),
        ),
        "progressive": _any_operator(
            "progressive",
            Row(
                "M_{k,i}",
                _right * _learned(_left, _time),
                condition="M_{0,i} = a_{i}",
                uses=("K", "a", "g"),
            ),
            words=(("K", _POWER),),
        ),
    }
    _ANY_ERROR = {
        "vanilla": _any_error("vanilla", Row("e", g[T] * (1 / C[1, T - 1] - 1))),
        "boot": _any_error(
            "boot", Row("e", sympy.Product(1 + g[T] * (1 / a[t] - 1), (t, 1, T - 1)) - 1)
        ),
        "consistency": _any_error(
            "consistency",
            Row("e", e[T]),
            Row("e_{t}", (1 - g[t]) * e[t - 1] + g[t] * _inverse, condition="e_{1} = 0"),
        ),
        "progressive": _any_error(
            "progressive",
            Row("e_{k,i}", r"e_{k-1,2i} + f_{k,i} + e_{k-1,2i} f_{k,i}", condition="e_{0,i} = 0"),
            Row(
                "f_{k,i}",
                r"(1 - g_{2^{k} i}) e_{k-1,2i-1} + g_{2^{k} i} "
                r"\Bigl(\frac{1}{C[2^{k} (i - 1) + 1, 2^{k-1} (2 i - 1)]} - 1\Bigr)",
                uses=("g", "C", "K"),
            ),
            words=(("K", _POWER.replace("M_", "e_").replace("operator", "error")),),
        ),
    }
