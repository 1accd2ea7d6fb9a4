r"""Closed forms of the linear-Gaussian theory: teacher, merge plans, thresholds, searches.

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
H = r"h_j(x) = (1 - g_j) x + g_j"


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


def _teacher_deviation() -> Formula:
    return Formula(
        "teacher-deviation",
        "Deviation of a teacher step from 1",
        (Row("a_{t} - 1", alpha[t] * (alpha[t - 1] - alpha[t]) * (lam - threshold) / v[t]),),
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


def _merge() -> Formula:
    return Formula(
        "merge",
        "Operator of a merge: a student at the noisiest time j of what it merges",
        (
            Row(
                "M",
                r"M_{m} \Bigl((1 - g_{j}) \prod_{l=1}^{m-1} M_{l} + g_{j}\Bigr)",
                uses=("g",),
            ),
        ),
        "arXiv 2505.16024, section 4; ledger a2_warm_start",
        PAPER,
        meanings=(
            (
                "g",
                r"$M_1, \dots, M_m$ the operators of the parts, clean to noisy, and "
                r"$g_j$ the shrinkage factor at the time of training",
            ),
        ),
    )


def _merge_error() -> Formula:
    return Formula(
        "merge-error",
        "Relative error of a merge, without subtracting nearly equal numbers",
        (
            Row("e", r"e_{m} + f + e_{m} f", uses=("parts",)),
            Row(
                "f", r"(1 - g_{j}) e_{\mathrm{L}} + g_{j} \Bigl(\frac{1}{C_{\mathrm{L}}} - 1\Bigr)"
            ),
            Row(r"1 + e_{\mathrm{L}}", r"\prod_{l=1}^{m-1} (1 + e_{l})"),
        ),
        "symmerge; ledger a3_relative_error",
        PAPER,
        meanings=(
            (
                "parts",
                r"$e_1, \dots, e_m$ the relative errors of the parts, clean to noisy, "
                r"$C_{\mathrm{L}}$ the composite of all parts but the last and $g_j$ the shrinkage "
                "factor at the time of training",
            ),
        ),
    )


def _segmentation() -> Formula:
    return Formula(
        "segmentation",
        "Operator of a segmentation: blocks of steps, each merged at the last time",
        (
            Row(
                "M",
                r"a_{T} \prod_{n=1}^{m} \bigl((1 - g_{T}) C[i_{n}, j_{n}] + g_{T}\bigr)",
                condition=r"i_{1} = 1, \ i_{n+1} = j_{n} + 1, \ j_{m} = T - 1",
                uses=("a", "g", "C"),
            ),
        ),
        "symmerge; ledger a3_spine",
        PAPER,
    )


def _step_threshold() -> Formula:
    return Formula(
        "threshold",
        "Variance up to which a teacher step shrinks",
        (
            Row(
                "a_{t}", r"1 \iff \lambda \le \lambda_{t}^{\ast}", relation=r"\le", uses=("lambda",)
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


def _objective() -> Formula:
    return Formula(
        "objective",
        "Squared Wasserstein distance of student and teacher",
        (
            Row(
                "W_{2}^{2}",
                r"\sum_{i} m_{i} v_{T,i} (M_{i} - C_{i})^{2}",
                uses=("m",),
            ),
        ),
        "symmerge; ledger a3_wasserstein",
        PAPER,
        meanings=(
            (
                "m",
                r"$m_i$ the multiplicity of the variance $\lambda_i$, "
                r"$v_{T,i} = \alpha_T^2 \lambda_i + \sigma_T^2$, and $M_i$, $C_i$ the operators of "
                "student and teacher there",
            ),
        ),
    )


def _interval_program() -> Formula:
    return Formula(
        "interval-program",
        "Extreme operators over all merge plans",
        (
            Row(
                "M[i,j]",
                r"\max_{i \le k < j} M[k+1,j] \bigl((1 - g_{j}) Q[i,k] + g_{j}\bigr)",
                uses=("g",),
            ),
            Row("Q[i,j]", r"\max \Bigl\{M[i,j], \max_{i \le k < j} Q[i,k] M[k+1,j]\Bigr\}"),
            Row("M[i,i]", "Q[i,i] = a_{i}", uses=("a",)),
        ),
        "symmerge; ledger a6_interval_programs",
        PAPER,
        meanings=(("M", ""),),
    )


def _max_plan() -> Formula:
    return Formula(
        "max-plan",
        "Largest operator over all merge plans, under condition (G)",
        (
            Row(r"M_{\max}", r"a_{T} h_{T}(S) h_{T}\Bigl(\frac{X_{T-1}}{S}\Bigr)", uses=("a", "g")),
            Row("S", r"\max_{0 \le k < T} X_{k}"),
        ),
        "symmerge, Theorem 5; ledger a6_max_plan",
        PAPER,
        (
            Row(
                "X_{j}",
                r"a_{j} \Bigl((1 - g_{j}) X_{j-1} + g_{j} \max_{0 \le k < j} X_{k}\Bigr)",
                condition="X_{0} = 1",
            ),
            Row("h_{j}(x)", H.partition(" = ")[2]),
        ),
    )


def _condition_g() -> Formula:
    return Formula(
        "condition-g",
        "Condition (G) on the shrinkage factors",
        (
            Row(
                "g_{i}",
                r"g_{j} \Bigl(1 - \prod_{t=1}^{j-1} \frac{1}{\max(a_{t}, 1)}\Bigr)",
                relation=r"\ge",
                condition="i < j",
                uses=("a", "g"),
            ),
        ),
        "symmerge; ledger a6_condition_g",
        PAPER,
    )


def _spectrum_tests() -> Formula:
    return Formula(
        "spectrum-tests",
        "Phase transition of a whole spectrum, to first order in the shrinkage factor and for many "
        "steps",
        (
            Row(
                r"\text{vanilla optimal}",
                r"\sum_{i} m_{i} \frac{(1 - \sqrt{\lambda_{i}})^{2} (1 - \lambda_{i})}"
                r"{\lambda_{i}} \le 0",
                r"\iff",
                uses=("m",),
            ),
            Row(
                r"\text{BOOT optimal}",
                r"\sum_{i} m_{i} \lambda_{i} (1 - \lambda_{i})^{2} \log \lambda_{i} \le 0",
                r"\iff",
            ),
            Row(
                r"\text{vanilla before BOOT}",
                r"\sum_{i} m_{i} (1 - \sqrt{\lambda_{i}})^{2} < "
                r"\sum_{i} m_{i} \lambda_{i} \log^{2} \sqrt{\lambda_{i}}",
                r"\iff",
            ),
        ),
        "symmerge; ledger a7_threshold_tests",
        PAPER,
        meanings=(("m", r"$m_i$ the multiplicity of the variance $\lambda_i$"),),
    )


def _threshold_time() -> Formula:
    return Formula(
        "threshold-time",
        "Angle at which the best plan for a spectrum changes from BOOT to one vanilla block",
        (
            Row(
                r"\tau^{\ast}",
                r"\arg\min_{\tau} \sum_{i} m_{i} \lambda_{i} \Bigl(\log "
                r"\frac{\rho_{i}(\tau)}{\sqrt{\lambda_{i}}} + \frac{1}{\rho_{i}(\tau)} - 1"
                r"\Bigr)^{2}",
                uses=("m",),
            ),
        ),
        "symmerge; ledger a7_threshold_theorem",
        PAPER,
        (
            Row(
                r"\rho_{i}(\tau)",
                r"\sqrt{\lambda_{i} \cos^{2} \tau + \sin^{2} \tau}",
            ),
        ),
        (("m", r"$m_i$ the multiplicity of the variance $\lambda_i$"),),
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
            _merge,
            _merge_error,
            _segmentation,
            _step_threshold,
            _threshold_cosine,
            _threshold_flow,
            _edges,
            _objective,
            _interval_program,
            _max_plan,
            _condition_g,
            _spectrum_tests,
            _threshold_time,
        )
    )
