r"""Closed forms of the linear-Gaussian theory: the teacher, thresholds of its steps, phase edges.

Expressions come from the code that computes, where it runs on symbols; the tests hold the others
against it.
"""

from __future__ import annotations

import sympy

from ..phase import closed_forms
from .display import Formula
from .row import Row
from .symbols import (
    DEFINED,
    Delta,
    T,
    a,
    alpha,
    hyper,
    lam,
    t,
    theta,
    threshold,
    v,
    xi,
)

__all__ = ["GAUSSIAN"]

PAPER = ("gao2025merging",)
DDIM = (*PAPER, "song2021ddim")


def _denoiser() -> Formula:
    return Formula(
        "denoiser",
        "Optimal denoiser",
        (Row(r"E[x_{0} \mid z_{t}]", alpha[t] * lam / v[t] * sympy.Symbol("z_t")),),
        "arXiv 2505.16024, Prop. 3.1; ledger a1_denoiser",
        PAPER,
        (
            Row(
                "z_{t}",
                r"\alpha_{t} x_{0} + \sigma_{t} \varepsilon",
                condition=r"x_{0} \sim N(0, \lambda), \ \varepsilon \sim N(0, 1)",
                uses=("alpha", "lambda"),
            ),
        ),
    )


def _teacher_step() -> Formula:
    return Formula(
        "teacher-step",
        "Step of the DDIM teacher",
        (
            DEFINED["a"],
            Row("", r"\frac{\langle u_{t-1}, u_{t} \rangle}{|u_{t}|^{2}}"),
        ),
        "arXiv 2505.16024, Cor. 3.1; ledger a1_ddim_step",
        DDIM,
        (Row("u_{t}", r"(\alpha_{t} \sqrt{\lambda}, \sigma_{t})"),),
    )


_FALLS = r"0 < \alpha_{t} < \alpha_{t-1}"  # else there is no finite threshold


def _teacher_deviation() -> Formula:
    return Formula(
        "teacher-deviation",
        "Deviation of a teacher step from 1",
        (
            Row(
                "a_{t} - 1",
                alpha[t] * (alpha[t - 1] - alpha[t]) * (lam - threshold) / v[t],
                condition=_FALLS,
            ),
        ),
        "symmerge; ledger a4_thresholds",
        PAPER,
    )


def _composite() -> Formula:
    u_0, u_T = sympy.symbols("|u_{0}| |u_{T}|")
    cosine = sympy.Symbol(r"\cos\varphi_{t}")
    return Formula(
        "composite",
        "Composite of the teacher, and its shrinkage",
        (
            Row("C", sympy.Product(a[t], (t, 1, T))),
            Row("", u_0 / u_T * sympy.Product(cosine, (t, 1, T))),
        ),
        "arXiv 2505.16024, Prop. 3.2; ledger a1_shrinkage",
        PAPER,
        (
            Row("u_{t}", r"(\alpha_{t} \sqrt{\lambda}, \sigma_{t})", uses=("alpha", "lambda")),
            Row(r"\cos\varphi_{t}", r"\frac{\langle u_{t-1}, u_{t} \rangle}{|u_{t-1}| |u_{t}|}"),
        ),
    )


def _composite_cosine() -> Formula:
    least = sympy.Min(lam, 1 / lam)
    value = sympy.sqrt(lam) * sympy.cosh(T * xi) / sympy.sinh(T * hyper)
    return Formula(
        "composite-cosine",
        "Composite of the teacher for the cosine schedule",
        (Row("C", value, condition=r"C = \cos^{T} \Delta \ \text{for} \ \lambda = 1"),),
        "symmerge; ledger a1_closed_form",
        PAPER,
        (
            Row(r"\eta", 2 * sympy.atanh(sympy.sqrt(least))),
            Row(r"\cosh\xi", sympy.cos(Delta) * sympy.cosh(hyper)),
        ),
        (("xi", r"$\xi$ imaginary where $\cosh\xi < 1$"),),
    )


def _composite_expansion() -> Formula:
    pi = sympy.pi
    polynomial = sympy.Add(3 * lam**2, 2 * lam, 3)
    first = pi**2 * (1 + lam) / (16 * sympy.sqrt(lam) * T)
    third = pi**4 * (1 + lam) * polynomial / (3072 * lam ** sympy.Rational(3, 2) * T**3)
    rest = sympy.Symbol("O(T^{-5})")
    value = sympy.Add(sympy.Rational(1, 2) * sympy.log(lam), -first, -third, rest)
    return Formula(
        "composite-expansion",
        "Composite of the teacher for the cosine schedule and many steps",
        (Row(r"\log C", value),),
        "symmerge; ledger a1_expansion",
        PAPER,
    )


def _step_threshold() -> Formula:
    return Formula(
        "threshold",
        "Variance up to which a teacher step shrinks",
        (
            Row(
                "a_{t}",
                r"1 \iff \lambda \le \lambda_{t}^{\ast}",
                relation=r"\le",
                condition=_FALLS,
                uses=("lambda",),
            ),
            DEFINED[str(threshold)],
        ),
        "symmerge; ledger a4_thresholds",
        PAPER,
    )


def _threshold_cosine() -> Formula:
    value = sympy.tan(theta[t]) / sympy.tan((theta[t] + theta[t - 1]) / 2)
    return Formula(
        "threshold-vp",
        "Step threshold of variance-preserving schedules",
        (Row(str(threshold), value),),
        "symmerge; ledger a4_thresholds",
        PAPER,
    )


def _threshold_flow() -> Formula:
    return Formula(
        "threshold-flow",
        r"Step threshold of flow matching",
        (Row(str(threshold), t / (T - t)),),
        "symmerge; ledger a4_thresholds",
        PAPER,
    )


# Evaluated, as the code that computes has them.
_BOOT, _VAN = closed_forms()


def _edges() -> Formula:
    low, high = (rf"\lambda_{{\mathrm{{{name}}}}}" for name in ("BOOT", "van"))
    return Formula(
        "edges",
        "Edges of the phase transition for the cosine schedule, whatever the training time",
        (
            Row(low, _BOOT, condition=r"T \ge 3", sort=True),
            Row(high, _VAN, sort=True),
        ),
        "symmerge; ledger a6_exact_edges, a4_cosine_thresholds",
        PAPER,
        meanings=(
            (
                "T",
                rf"$T$ the number of steps: sequential BOOT is optimal for $\lambda \le {low}$ "
                rf"and vanilla for $\lambda \ge {high}$",
            ),
        ),
    )


with sympy.evaluate(False):  # products and sums stay in the order in which they are written
    GAUSSIAN = tuple(
        make()
        for make in (
            _denoiser,
            _teacher_step,
            _teacher_deviation,
            _composite,
            _composite_cosine,
            _composite_expansion,
            _step_threshold,
            _threshold_cosine,
            _threshold_flow,
            _edges,
        )
    )
