r"""Closed forms of how students are trained: shrinkage laws, noise, budgets, weak teachers."""

from __future__ import annotations

import sympy

from .display import Formula
from .row import Row
from .symbols import (
    DEFINED,
    B,
    C_hat,
    Delta,
    N,
    T,
    a,
    beta,
    eta,
    kappa,
    lam,
    lam_hat,
    positive,
    s,
    t,
    v,
    x,
)

__all__ = ["STUDENTS"]

PAPER = ("gao2025merging",)
MOMENTUM = (("beta", r"$\beta$ the momentum"),)
GAMMA = r"\gamma"


def _gradient_flow() -> Formula:
    return Formula(
        "gradient-flow",
        "Shrinkage factor of gradient flow",
        (DEFINED["g"],),
        "arXiv 2505.16024, section 3.2; ledger a2_gradient_flow",
        PAPER,
    )


def _gradient_descent() -> Formula:
    return Formula(
        "gradient-descent",
        "Shrinkage factor of gradient descent",
        (Row(GAMMA, (1 - x) ** N, condition="0 < x < 2"),),
        "symmerge; ledger c1_gradient_descent",
        PAPER,
    )


def _sgd() -> Formula:
    square = ((1 - x) ** 2 + 2 * x**2 / B) ** N
    stable = r"0 < x < \frac{2 B}{B + 2}"
    return Formula(
        "sgd",
        "Mean and second moment of the shrinkage factor of SGD with fresh Gaussian minibatches",
        (
            Row(r"E \gamma", (1 - x) ** N),
            Row(r"E \gamma^{2}", square, condition=stable),
        ),
        "symmerge; ledger c1_sgd_moments",
        PAPER,
    )


def _momentum(name: str, title: str, last: sympy.Expr, stable: str) -> Formula:
    b, c = sympy.symbols("b c")
    step = sympy.chebyshevu(N, c) - sympy.sqrt(b) * sympy.chebyshevu(N - 1, c)
    return Formula(
        name,
        f"Shrinkage factor of {title}, from rest",
        (Row(GAMMA, b ** (N / 2) * step, condition=stable, uses=("U",)),),
        "symmerge; ledger c1_momentum",
        PAPER,
        (Row("b", last), Row("c", sympy.Add(1, b, -x) / (2 * sympy.sqrt(b)))),
        (*MOMENTUM, ("U", "$U_N$ the Chebyshev polynomials of the second kind")),
    )


def _heavy_ball() -> Formula:
    return _momentum("heavy-ball", "the heavy ball", beta, r"0 < x < 2 (1 + \beta)")


def _nesterov() -> Formula:
    stable = r"0 < x < \frac{2 (1 + \beta)}{1 + 2 \beta}"
    return _momentum("nesterov", "Nesterov's method", beta * (1 - x), stable)


def _sign_descent() -> Formula:
    (r_0,) = positive("r_{0}")
    return Formula(
        "sign-descent",
        "Shrinkage factor of sign descent",
        (Row(GAMMA, 1 - eta * N / r_0, condition=r"\eta N \le r_{0}"),),
        "symmerge; ledger c1_sign_descent",
        PAPER,
        meanings=(("r_{0}", "$r_0$ the distance from the target at the start"),),
    )


def _adagrad() -> Formula:
    (r_0,) = positive("r_{0}")
    inside = -sympy.exp(-1 - 8 * eta**2 * N / r_0**2)
    return Formula(
        "adagrad",
        "Shrinkage factor of AdaGrad, for small learning rates",
        (Row(GAMMA, sympy.sqrt(-sympy.Function("W_{0}")(inside)), relation=r"\approx"),),
        "symmerge; ledger c1_adagrad",
        PAPER,
        meanings=(
            ("r_{0}", "$r_0$ the distance from the target at the start, $W_0$ Lambert's function"),
        ),
    )


def _ema() -> Formula:
    value = kappa * sympy.exp(-2 * s * v[t]) - 2 * v[t] * sympy.exp(-kappa * s)
    return Formula(
        "ema",
        "Shrinkage factor of the exponential average of weights under gradient flow",
        (
            Row(GAMMA, value / (kappa - 2 * v[t]), condition=r"\kappa \ne 2 v_{t}"),
            Row(
                GAMMA,
                (1 + 2 * s * v[t]) * sympy.exp(-2 * s * v[t]),
                condition=r"\kappa = 2 v_{t}",
            ),
        ),
        "symmerge; ledger c2_ema",
        PAPER,
    )


def _noisy_merge() -> Formula:
    return Formula(
        "noisy-merge",
        "Moments of a merge whose factor is random",
        (
            Row("E M", r"E R \bigl((1 - g) E L + g\bigr)"),
            Row(
                "E M^{2}",
                r"E R^{2} \bigl((1 - 2 g + q) E L^{2} + 2 (g - q) E L + q\bigr)",
                uses=("q",),
            ),
        ),
        "symmerge; ledger c1_sgd_plans",
        PAPER,
        meanings=(
            (
                "q",
                r"$L$ the product of the left parts, $R$ the noisy-end part, and $g = E \gamma$, "
                r"$q = E \gamma^2$ of the independent factor $\gamma$",
            ),
        ),
    )


def _mixing() -> Formula:
    return Formula(
        "mixing",
        "Errors of students that are trained at all times at once",
        (
            Row(r"\frac{d e_{t}}{d S}", r"k_{t} (e_{t-1} - e_{t})"),
            Row(
                "e_{t}(0)",
                r"\frac{1}{C[1,t-1]} - 1",
                condition="k_{t} = 2 w_{t} v_{t}",
                uses=("C", "v", "w"),
            ),
        ),
        "symmerge; ledger c3_chain",
        PAPER,
        meanings=(
            ("w", "$w_t$ the weight of time $t$ in the loss and $S$ the training time of all"),
        ),
    )


def _budget_split() -> Formula:
    return Formula(
        "budget-split",
        "Best split of a training budget over the merges of a plan, to first order",
        (
            Row(
                r"\frac{g_{n} v_{n} y_{n}}{c_{n}}",
                r"\text{const}",
                condition=r"y_{n} > 0, \ s_{n} > 0",
                uses=("y",),
            ),
            Row(r"\log e", r"-\frac{2 K}{\sum_{n} c_{n} / v_{n}}", relation=r"\sim"),
        ),
        "symmerge; ledger c4_split",
        PAPER,
        meanings=(
            (
                "y",
                r"$y_n = 1/C_n - 1$ of the composite that merge $n$ takes in, $c_n$ its cost per "
                r"unit of training time, $v_n$ the variance and $g_n = \exp(-2 s_n v_n)$ the "
                r"factor at its time, and $K = \sum_n c_n s_n$ the budget",
            ),
        ),
    )


def _weak_teacher() -> Formula:
    value = (sympy.sqrt(lam) - C_hat) / (a[T] - C_hat)
    return Formula(
        "weak-teacher",
        "Best factor of a vanilla student whose teacher assumes a wrong variance",
        (
            Row(r"g^{\ast}", value),
            Row(
                r"|M - \sqrt{\lambda}|",
                r"|\hat{C} - \sqrt{\lambda}| \iff 0 < g_{T} < 2 g^{\ast}",
                relation="<",
            ),
        ),
        "symmerge; ledger c5_weak_teacher",
        PAPER,
        (Row(r"\hat{C}", r"C \ \text{at} \ \hat{\lambda}", uses=(str(lam_hat),)),),
        (("a", r"$a_T = \sigma_{T-1}$, for schedules that end in pure noise"),),
    )


def _weak_teacher_tail() -> Formula:
    time = sympy.Rational(1, 2) * sympy.log(sympy.cos(Delta) / (2 * sympy.sqrt(lam)))
    return Formula(
        "weak-teacher-tail",
        "Training time from which a vanilla student beats a teacher that misses the coordinate, "
        "cosine schedule",
        (Row("s", time, relation=">"),),
        "symmerge; ledger c5_rank_tail",
        PAPER,
    )


with sympy.evaluate(False):  # products and sums stay in the order in which they are written
    STUDENTS = tuple(
        make()
        for make in (
            _gradient_flow,
            _gradient_descent,
            _sgd,
            _heavy_ball,
            _nesterov,
            _sign_descent,
            _adagrad,
            _ema,
            _noisy_merge,
            _mixing,
            _budget_split,
            _weak_teacher,
            _weak_teacher_tail,
        )
    )
