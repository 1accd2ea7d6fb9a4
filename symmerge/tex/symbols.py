r"""The symbols of the formulas: what SymPy calls them, and their definitions.

Symbols with a step index are indexed, so that ``Product(a[t], (t, 1, T))`` is a product that can be
carried out. :data:`DEFINED` and :data:`WORDS` are keyed by the name without the index.
"""

from __future__ import annotations

from types import MappingProxyType

import sympy

from ..derive import derive
from .row import Row

__all__ = ["DEFINED", "WORDS"]


def positive(*names: str) -> tuple[sympy.Symbol, ...]:
    """Positive symbols, of the same kind as in :mod:`symmerge.formulas`."""
    return tuple(sympy.Symbol(name, positive=True) for name in names)


def whole(*names: str) -> tuple[sympy.Symbol, ...]:
    """Symbols for positive integers."""
    return tuple(sympy.Symbol(name, integer=True, positive=True) for name in names)


T, t, N, B = whole("T", "t", "N", "B")
i, j, k, l = whole("i", "j", "k", "l")  # noqa: E741 - the letters of the papers
lam, s, eta, beta, kappa = positive("lambda", "s", "eta", "beta", "kappa")
x, u = positive("x", "u")
c = sympy.Symbol("c", real=True)
Delta, xi, hyper = sympy.symbols("Delta xi eta")
a, g, v, M, e, C = map(sympy.IndexedBase, ("a", "g", "v", "M", "e", "C"))
alpha, sigma, theta = map(sympy.IndexedBase, ("alpha", "sigma", "theta"))
threshold = sympy.Symbol(r"\lambda_{t}^{\ast}", positive=True)
root_g = sympy.Symbol(r"g^{\ast}", positive=True)
lam_hat, C_hat = positive(r"\hat{\lambda}", r"\hat{C}")
# Mixtures.
sigma_0, sigma_inf, D_0 = positive(r"\sigma_{0}", r"\sigma_{\infty}", "D_{0}")
s_t, time = positive("s_{t}", "t")
SNR_0, SNR_t = positive(r"\mathrm{SNR}_{0}", r"\mathrm{SNR}_{t}")

_STEP = {item.name.removesuffix("_t"): item for item in derive("[1|2]").definitions}
with sympy.evaluate(False):
    DEFINED = MappingProxyType(
        {
            "C": Row("C[i,j]", sympy.Product(a[l], (l, i, j)), condition="C = C[1,T]", uses=("a",)),
            **{name: Row(item.latex_name, item.value, sort=True) for name, item in _STEP.items()},
            str(threshold): Row(
                str(threshold),
                sigma[t] * (sigma[t] - sigma[t - 1]) / (alpha[t] * (alpha[t - 1] - alpha[t])),
            ),
            "Delta": Row(r"\Delta", sympy.pi / (2 * T)),
            "x": Row("x", 2 * eta * v[t]),
            "c": Row("c", sigma_0**2 - sigma_inf**2),
            str(s_t): Row("s_{t}^{2}", sigma_inf**2 + c * u),
            str(SNR_t): Row(str(SNR_t), u / s_t**2),
            "u": Row("u", sympy.exp(-2 * beta * time)),
        }
    )
WORDS = MappingProxyType(
    {
        "s": "$s$ the training time of a merge",
        "alpha": r"$\alpha_t$ and $\sigma_t$ the levels of signal and noise",
        "sigma": r"$\alpha_t$ and $\sigma_t$ the levels of signal and noise",
        "theta": r"$\theta_t$ the angles of the schedule, $\alpha_t = \cos\theta_t$ and "
        r"$\sigma_t = \sin\theta_t$",
        "lambda": r"$\lambda$ the variance of the data",
        "T": "$T$ the number of steps",
        "eta": r"$\eta$ the learning rate",
        "N": "$N$ the number of training steps",
        "B": "$B$ the size of the minibatches",
        "kappa": r"$\kappa$ the rate of the average",
        "beta": r"$\beta$ the rate of the process",
        r"\sigma_{0}": r"$\sigma_0$ the width of the components",
        r"\sigma_{\infty}": r"$\sigma_\infty$ the width of the stationary law",
        "D_{0}": "$D_0$ the largest distance of two component means",
        r"\hat{\lambda}": r"$\hat{\lambda}$ the variance that the teacher assumes",
    }
)
