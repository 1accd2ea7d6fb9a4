r"""Closed forms of the flow on Gaussian mixtures: score, stability coordinates, grids, mismatch."""

from __future__ import annotations

import sympy

from .display import Formula
from .row import Row
from .symbols import (
    D_0,
    SNR_0,
    SNR_t,
    beta,
    c,
    k,
    positive,
    s_t,
    sigma_0,
    sigma_inf,
    u,
    whole,
)

__all__ = ["MIXTURES"]

PAPER = ("gao2026flow",)
SQUARE = (str(s_t), str(sigma_inf))
WEIGHTS = (
    r"$\pi_k$, $\mu_k$ the weights and means of the components, and "
    r"$\gamma_k(x)$ the responsibilities at time $t$"
)


def _score() -> Formula:
    return Formula(
        "score",
        "Score and probability flow of a Gaussian mixture",
        (
            Row(
                r"\nabla \log p_{t}(x)",
                r"-\frac{x - \sum_{k} \gamma_{k}(x) m_{k}(t)}{s_{t}^{2}}",
                uses=(*SQUARE, "gamma"),
            ),
            Row(r"V(x, t)", r"-\beta \bigl(x + \sigma_{\infty}^{2} \nabla \log p_{t}(x)\bigr)"),
        ),
        "arXiv 2606.03820; ledger b1_score",
        PAPER,
        (Row("m_{k}(t)", r"e^{-\beta t} \mu_{k}"),),
        (("gamma", WEIGHTS),),
    )


def _score_jacobian() -> Formula:
    return Formula(
        "score-jacobian",
        "Jacobian of the score of a Gaussian mixture",
        (
            Row(
                r"\nabla^{2} \log p_{t}(x)",
                r"-\frac{1}{s_{t}^{2}} I + \frac{1}{s_{t}^{4}} \sum_{k < l} \gamma_{k} \gamma_{l} "
                r"(m_{k} - m_{l}) (m_{k} - m_{l})^{\top}",
                uses=(*SQUARE, "gamma"),
            ),
        ),
        "arXiv 2606.03820; ledger b1_popoviciu",
        PAPER,
        (Row("m_{k}", r"e^{-\beta t} \mu_{k}", uses=("beta",)),),
        (("gamma", WEIGHTS),),
    )


def _lipschitz_rate() -> Formula:
    pull = sympy.Abs(1 - sigma_inf**2 / s_t**2)
    stretch = sigma_inf**2 * u * D_0**2 / (4 * s_t**4)
    return Formula(
        "lipschitz-rate",
        "Bound on the Lipschitz constant of the probability flow",
        (Row("L(t)", beta * (pull + stretch)),),
        "arXiv 2606.03820; ledger b1_lipschitz",
        PAPER,
    )


def _coordinate(logarithm: sympy.Expr) -> sympy.Expr:
    return sympy.Rational(1, 2) * logarithm + D_0**2 / 8 * (SNR_0 - SNR_t)


def _stability_coordinate() -> Formula:
    logarithm = sympy.Abs(sympy.log(sigma_0**2 / s_t**2))
    return Formula(
        "stability-coordinate",
        "Stability coordinate in closed form",
        (
            Row("A(t)", r"\int_{0}^{t} L(r) \, dr"),
            Row("", _coordinate(logarithm)),
        ),
        "arXiv 2606.03820 (definition), symmerge (closed form); ledger b1_coordinate",
        PAPER,
        (Row(str(SNR_0), 1 / sigma_0**2),),
    )


def _one_sided_coordinate() -> Formula:
    return Formula(
        "one-sided-coordinate",
        "One-sided coordinate: how far the flow towards the data can stretch",
        (
            Row("B(t)", _coordinate(sympy.log(sigma_0**2 / s_t**2))),
            Row(
                r"\mathrm{Lip} \, \Phi_{r \leftarrow t}",
                r"e^{B(t) - B(r)}",
                relation=r"\le",
                condition=r"r \le t",
            ),
        ),
        "symmerge; ledger b1_one_sided",
        PAPER,
        (Row(str(SNR_0), 1 / sigma_0**2),),
    )


def _stability_inverse() -> Formula:
    ratio, level, K = positive("r", "A", r"{\kappa}")
    sign = sympy.Symbol(r"\mathrm{sgn}(c)")
    lambert = sympy.Function("W_{0}")(K * sympy.exp(K + 2 * sign * level))
    return Formula(
        "stability-inverse",
        "Time at which the stability coordinate reaches a level A",
        (
            Row(
                "t",
                -(sympy.log(u) / (2 * beta)),
                condition=r"\sigma_{0} \ne \sigma_{\infty}, \ D_{0} > 0",
            ),
        ),
        "symmerge; ledger b1_inverse",
        PAPER,
        (
            Row("u", (sigma_0**2 / ratio - sigma_inf**2) / c),
            Row("r", lambert / K, uses=("W",)),
            Row(r"{\kappa}", D_0**2 * sigma_inf**2 / (4 * sympy.Abs(c) * sigma_0**2)),
        ),
        (
            (
                "W",
                r"$W_0$ Lambert's function, $\mathrm{sgn}(c)$ the sign of $c$ and $A$ the level",
            ),
        ),
    )


def _grid() -> Formula:
    return Formula(
        "grid",
        "Stability-balanced grid of times",
        (
            Row(
                "A(t_{k})",
                r"\frac{k}{n} A(T)",
                condition=r"k = 0, \dots, n",
                uses=("n",),
            ),
        ),
        "arXiv 2606.03820; ledger b1_error_growth",
        PAPER,
        meanings=(("n", "$A$ the stability coordinate and $T$ the end of the process"),),
    )


def _grid_unit() -> Formula:
    (n,) = whole("n")
    end = sympy.Symbol("T", positive=True)
    return Formula(
        "grid-equal-width",
        r"Stability-balanced grid for components as wide as the stationary law",
        (
            Row(
                "t_{k}",
                -(sympy.log(1 - k / n * (1 - sympy.exp(-2 * beta * end))) / (2 * beta)),
                condition=r"\sigma_{0} = \sigma_{\infty}",
            ),
        ),
        "symmerge; ledger b1_unit_width",
        PAPER,
        meanings=(("T", "$T$ the end of the process"),),
    )


def _average_bound() -> Formula:
    return Formula(
        "averaged-coordinate",
        "Stability coordinate averaged over points, and its closed bound",
        (
            Row(
                r"A_{\mathrm{avg}}(t)",
                r"\frac{1}{2} \Bigl|\log \frac{\sigma_{0}^{2}}{s_{t}^{2}}\Bigr| + I(Z; X_{0}) - "
                r"I(Z; X_{t})",
                uses=SQUARE,
            ),
            Row(
                "",
                r"\frac{1}{2} \Bigl|\log \frac{\sigma_{0}^{2}}{s_{t}^{2}}\Bigr| + 2 \sum_{i < j} "
                r"\sqrt{\pi_{i} \pi_{j}} \bigl(e^{-d_{ij}^{2} \mathrm{SNR}_{t} / 8} - "
                r"e^{-d_{ij}^{2} \mathrm{SNR}_{0} / 8}\bigr)",
                relation=r"\le",
                uses=(str(SNR_t), "d"),
            ),
        ),
        "symmerge; ledger b1_information, b1_average_bound",
        (*PAPER, "guo2005mutual"),
        (Row(str(SNR_0), 1 / sigma_0**2),),
        (
            (
                "d",
                r"$Z$ the component of the point $X_t$, $\pi_i$ the weights and "
                r"$d_{ij} = |\mu_i - \mu_j|$ the distances of the means",
            ),
        ),
    )


def _mismatch() -> Formula:
    return Formula(
        "lipschitz-mismatch",
        "Least error of a K-Lipschitz student of an increasing map",
        (
            Row(
                r"\min_{\mathrm{Lip} \, g \le K} \sup |f - g|",
                r"\frac{1}{2} \sup_{a \le b} \bigl(f(b) - f(a) - K (b - a)\bigr)",
            ),
            Row("E_{n}(K)", "E_{1}(K^{n})", uses=("E",)),
        ),
        "symmerge; ledger b1_mismatch_sup, b1_compositions",
        PAPER,
        meanings=(("E", "$E_n(K)$ the least error of $n$ increasing $K$-Lipschitz maps in a row"),),
    )


def _mixture_step() -> Formula:
    return Formula(
        "mixture-step",
        "Step of the DDIM teacher on a Gaussian mixture",
        (
            Row(
                "D_{t}(x)",
                r"a_{t} x + (\alpha_{t-1} - a_{t} \alpha_{t}) \sum_{k} \gamma_{k}(x) \mu_{k}",
                uses=("gamma",),
            ),
        ),
        "symmerge; ledger c6_ddim_step",
        ("gao2025merging", "song2021ddim"),
        (
            Row(
                "a_{t}",
                r"\frac{\alpha_{t} \alpha_{t-1} \sigma_{0}^{2} + \sigma_{t} \sigma_{t-1}}"
                r"{\alpha_{t}^{2} \sigma_{0}^{2} + \sigma_{t}^{2}}",
                uses=("alpha", r"\sigma_{0}"),
            ),
        ),
        (("gamma", WEIGHTS),),
    )


with sympy.evaluate(False):  # products and sums stay in the order in which they are written
    MIXTURES = tuple(
        make()
        for make in (
            _score,
            _score_jacobian,
            _lipschitz_rate,
            _stability_coordinate,
            _one_sided_coordinate,
            _stability_inverse,
            _grid,
            _grid_unit,
            _average_bound,
            _mismatch,
            _mixture_step,
        )
    )
