r"""The phase transition of a whole spectrum: a threshold time (SPEC A7).

For the continuous-time (probability-flow) teacher of a variance-preserving schedule,
``C[p,q] = rho(p)/rho(q)`` with ``rho^2 = lam cos^2 + sin^2`` at angle theta, the optimal plan for
any spectrum is BOOT on ``[0, tau*]`` followed by one vanilla block on ``[tau*, pi/2]``. To first
order in the shrinkage factor,

.. math:: W_2^2 = e^{-4s}\min_\tau \sum_i m_i\lambda_i
          \Bigl(\log\frac{\rho_i(\tau)}{\sqrt{\lambda_i}} + \frac1{\rho_i(\tau)} - 1\Bigr)^2,

so ``tau*`` does not depend on s. A T-step teacher has about ``k = T tau*/(pi/2)`` single steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from .errors import require

__all__ = ["SpectrumTests", "first_order_loss", "spectrum_tests", "threshold_time"]


@dataclass(frozen=True)
class SpectrumTests:
    """The three first-order tests on a spectrum, each with its two sides.

    Attributes
    ----------
    vanilla_optimal : bool
        ``sum m (1 - sqrt lam)^2 (1 - lam)/lam <= 0``; never with a vanishing variance.
    boot_optimal : bool
        ``sum m lam (1 - lam)^2 log lam <= 0``.
    vanilla_beats_boot : bool
        ``sum m (1 - sqrt lam)^2 < sum m lam log(sqrt lam)^2``.
    """

    vanilla_optimal: bool
    boot_optimal: bool
    vanilla_beats_boot: bool

    def to_dict(self) -> dict[str, bool]:
        """Return the JSON form."""
        return {
            "vanilla_optimal": self.vanilla_optimal,
            "boot_optimal": self.boot_optimal,
            "vanilla_beats_boot": self.vanilla_beats_boot,
        }


def spectrum_tests(variances: Any, multiplicities: Any) -> SpectrumTests:
    """Evaluate the three tests (continuous-time teacher, first order in the shrinkage factor).

    Examples
    --------
    >>> spectrum_tests([0.2, 5.0], [1, 1]).vanilla_beats_boot
    True
    >>> spectrum_tests([0.2, 0.9], [1, 1]).boot_optimal
    True
    """
    lam, m = _checked(variances, multiplicities)
    root = np.sqrt(lam)
    positive = lam > 0
    log = np.log(np.where(positive, lam, 1.0))
    early = m @ np.where(positive, (1 - root) ** 2 * (1 / np.where(positive, lam, 1) - 1), np.inf)
    large = max(1.0, float(lam.max()))  # only the sign counts; cubes of variances would overflow
    late = m @ (lam / large * ((1 - lam) / large) ** 2 * log)
    vanilla, boot = m @ (1 - root) ** 2, m @ (lam * (log / 2) ** 2)
    return SpectrumTests(bool(early <= 0), bool(late <= 0), bool(vanilla < boot))


def first_order_loss(tau: Any, variances: Any, multiplicities: Any) -> Any:
    """``e^{4s} W2^2`` to first order of the hybrid that switches at angle `tau` in [0, pi/2].

    Parameters
    ----------
    tau : float or (n,) array
    """
    lam, m = _checked(variances, multiplicities)
    tau = np.asarray(tau, float)[..., None]
    rho = np.sqrt(lam * np.cos(tau) ** 2 + np.sin(tau) ** 2)
    root = np.sqrt(lam)
    with np.errstate(divide="ignore", invalid="ignore"):
        # A vanishing variance pays root/rho: all of it at tau = 0, nothing later.
        paid = root * np.log(rho / root) + root / rho - root
    paid = np.where(lam > 0, paid, np.where(tau == 0, 1.0, 0.0))
    return (paid**2) @ m


def threshold_time(variances: Any, multiplicities: Any) -> float:
    """Threshold angle ``tau*`` in [0, pi/2]: 0 means vanilla, pi/2 means BOOT.

    A vanishing variance wants at least one single step, however short; then 0 stands for that.
    The derivative of the first-order loss changes sign at most once, so its root is bracketed and
    found by a library solver.

    Examples
    --------
    >>> threshold_time([0.5], [1]) == np.pi / 2
    True
    >>> threshold_time([5.0], [1])
    0.0
    >>> round(threshold_time([0.1, 5.0], [1, 1]), 6)
    0.278894
    """
    lam, m = _checked(variances, multiplicities)
    tests = spectrum_tests(lam, m)
    if tests.vanilla_optimal:
        return 0.0
    if tests.boot_optimal:
        return float(np.pi / 2)
    felt = (lam > 0) & (lam != 1)
    lam, m = lam[felt], m[felt]
    root = np.sqrt(lam)
    size = np.log(m) + np.log(lam) + 2 * np.log(np.abs(1 - lam))

    def slope(tau: Any) -> Any:
        """Derivative up to a factor that is positive inside.

        ``sum m lam (1 - lam)^2 error / ((1 + rho) rho^3)`` with its sign changed; the powers are
        scaled by the largest of them.
        """
        c, s = np.cos(float(tau)), np.sin(float(tau))
        rho = np.sqrt(lam * c * c + s * s)
        error = np.log(rho / root) + 1 / rho - 1
        weight = size - np.log1p(rho) - 3 * np.log(rho)
        return -float(np.exp(weight - weight.max()) @ error)

    if slope(0.0) >= 0:
        return 0.0
    # Bisection: faster solvers stop far from the root on spectra over many decades.
    return float(mpmath.findroot(slope, (0.0, np.pi / 2), solver="bisect", tol=1e-15, verify=False))


def _checked(variances: Any, multiplicities: Any) -> tuple[np.ndarray, np.ndarray]:
    lam, m = (
        np.atleast_1d(np.asarray(variances, float)),
        np.atleast_1d(np.asarray(multiplicities, float)),
    )
    fine = lam.ndim == 1 and lam.size > 0
    fine = fine and bool(np.all((lam == 0) | ((lam >= 1e-250) & (lam <= 1e250))))
    require(fine, "variances", "must be 0 or lie between 1e-250 and 1e250", variances)
    fine = m.shape == lam.shape and bool(np.all((m >= 1e-40) & (m <= 1e40)))
    rule = "must lie between 1e-40 and 1e40, one per variance"
    require(fine, "multiplicities", rule, multiplicities)
    return lam, m
