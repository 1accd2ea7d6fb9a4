r"""Merge plans in formulas: recursions, objective, searches, and which plan suits a spectrum."""

from __future__ import annotations

from .display import Formula
from .row import Row

__all__ = ["PLANNING"]

PAPER = ("gao2025merging",)


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
        "Largest operator over all merge plans; the smallest with min for max",
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
            Row("h_{j}(x)", r"(1 - g_{j}) x + g_{j}"),
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
                r"\text{vanilla beats BOOT}",
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


PLANNING = (
    _merge(),
    _merge_error(),
    _segmentation(),
    _objective(),
    _interval_program(),
    _max_plan(),
    _condition_g(),
    _spectrum_tests(),
    _threshold_time(),
)
