r"""All times trained at once (timestep mixing), against one after another (SPEC C3).

If the student of every time t = 2..T is trained simultaneously on the current student before it,
with weight ``w_t``, the relative errors obey

.. math:: e_t' = k_t(e_{t-1} - e_t),\quad k_t = 2w_tv_t,\quad e_t(0) = b_t = 1/C[1,t-1] - 1,

so ``e_T(S) = sum_j b_j P(T -> j)`` for the pure-death chain that leaves t for t - 1 at rate
``k_t``. Its law is computed by uniformisation, a sum of positive terms. Matrix exponentials are no
safe way to it: ``scipy.linalg.expm`` (1.17.1) is wrong by up to 7 % on triangular matrices with
nearly equal diagonal entries, which these are.

One after another, clean to noisy, with the same budget for every time, is sequential consistency:
``e = sum_j b_j E_j prod_{l>j} (1 - E_l)`` with ``E_l`` the share that time l keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma
from typing import Any

import numpy as np

from ..chain import Chain, gradient_flow_chain
from ..errors import require
from ..merge import relative_error
from ..numbers import FLOAT, Field
from ..plan import consistency
from ..schedule import Schedule, whole
from ..student import training_time
from ..teacher import variance

__all__ = [
    "MixingComparison",
    "budget_for",
    "compare_mixing",
    "death_chain",
    "initial_errors",
    "mixing_error",
    "partial_fractions",
]

_MOST_JUMPS = 5e6


def initial_errors(chain: Chain) -> np.ndarray:
    """``b_t = 1/C[1,t-1] - 1`` for t = 1..T."""
    field, total, found = chain.field, chain.field.unit(), []
    with field.working():
        for c in chain.composites:
            found.append(field.inverse_minus_one(total))
            total = field.compose(total, c)
    return field.vector(found)


def death_chain(rates: Any, time: float) -> np.ndarray:
    """Where the chain that starts at the last state is after `time`: probabilities per state.

    Parameters
    ----------
    rates : (n,) array of numbers >= 0
        Rate at which state i is left for state i - 1; that of state 0 must be 0.
    time : float >= 0

    Notes
    -----
    With ``m = max(rates) time``, the sum over n of Poisson weights ``e^{-m} m^n/n!`` times the law
    after n jumps or stays, cut where the rest of the weights is below 1e-17.

    Examples
    --------
    >>> death_chain([0, 1, 1], 2.0).round(6)
    array([0.593994, 0.270671, 0.135335])
    """
    k = np.asarray(rates, dtype=float)
    ordered = k.ndim == 1 and len(k) > 0 and bool(np.all(np.isfinite(k) & (k >= 0)))
    require(ordered and k[0] == 0, "rates", "must be numbers >= 0, the first one 0", rates)
    require(bool(np.isfinite(time)) and time >= 0, "time", "must be >= 0", time)
    law = np.zeros(len(k))
    law[-1] = 1.0
    m = float(k.max()) * time
    require(m <= _MOST_JUMPS, "time", "is too long for the rates (more than 5e6 jumps)", time)
    if m == 0:
        return law
    stay, go = 1 - k / k.max(), k / k.max()
    first = max(0, int(m - 9 * np.sqrt(m) - 20))
    last = int(m + 9 * np.sqrt(m) + 40)
    weight = np.exp(-m + first * np.log(m) - lgamma(first + 1))
    total = np.zeros(len(k))
    for n in range(last + 1):
        if n >= first:
            total += weight * law
            weight *= m / (n + 1)
        moved = go * law
        law = stay * law
        law[:-1] += moved[1:]
    return total


def partial_fractions(rates: Any, time: Any, field: Field) -> np.ndarray:
    r"""The law of :func:`death_chain` in closed form, for distinct rates of the states 1, 2, ….

    .. math:: P(T\to j) = \prod_{l=j+1}^Tk_l\sum_{l=j}^T
              \frac{e^{-k_lS}}{\prod_{m\ne l}(k_m-k_l)}

    The sum cancels: use a multiprecision field.

    Parameters
    ----------
    rates : sequence of field elements
        For states 1..n; state 0 absorbs.
    time : field element
    field : Field

    Returns
    -------
    array
        Probabilities of the states 1..n.
    """
    n, found = len(rates), []
    for j in range(n):
        scale = field.number(1)
        for k in rates[j + 1 :]:
            scale = scale * k
        total = field.number(0)
        for i in range(j, n):
            bottom = field.number(1)
            for m in range(j, n):
                if m != i:
                    bottom = bottom * (rates[m] - rates[i])
            total = total + field.exp(-rates[i] * time) / bottom
        found.append(scale * total)
    return field.vector(found)


def mixing_error(chain: Chain, S: float, weights: Any = None) -> float:
    """Relative error at time T when the times 2..T share the budget S at once.

    Parameters
    ----------
    chain : Chain
        In float64, for one variance; its factors are not used.
    S : float >= 0
        Total training time; time t gets ``w_t S``.
    weights : (T-1,) array, optional
        ``w_t`` for t = 2..T; equal shares by default.
    """
    T = chain.T
    w = np.full(T - 1, 1 / (T - 1)) if weights is None else np.asarray(weights, dtype=float)
    require(w.shape == (T - 1,), "weights", f"must be {T - 1}, for times 2..{T}", w.shape)
    require(
        chain.field is FLOAT and chain.teacher is not None,
        "chain",
        "must be a float64 chain",
        chain,
    )
    assert chain.teacher is not None
    rates = np.concatenate([[0.0], 2 * w * chain.teacher.v[1:]])
    return float(initial_errors(chain) @ death_chain(rates, S))


@dataclass(frozen=True)
class MixingComparison:
    """Errors of simultaneous and of sequential training with the same budget for every time."""

    S: float
    simultaneous: float
    sequential: float


def compare_mixing(lam: Any, S: Any, schedule: Schedule) -> MixingComparison:
    """Train the times 2..T at once, or one after another, with total budget S in equal shares.

    With all steps on one side of 1 (outside the window of the phase diagram) sequential training
    is at least as good, and better than every interleaving (ledger entry ``c3_sequential``).

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> found = compare_mixing("0.2", 40, cosine(8))
    >>> f"{found.simultaneous:.4f} {found.sequential:.4f}"
    '0.1484 0.0085'
    """
    value, total = variance(lam), training_time(S, "S")
    whole(schedule.T, "T", 2)
    chain = gradient_flow_chain(schedule, value, total / (schedule.T - 1))
    with FLOAT.working():
        at_once = mixing_error(chain, float(total))
    return MixingComparison(
        float(total), at_once, float(relative_error(consistency(schedule.T), chain))
    )


def budget_for(lam: Any, schedule: Schedule, accuracy: float = 0.01) -> tuple[float, float]:
    """Total budgets after which a share `accuracy` of the error before training is left.

    Examples
    --------
    >>> from symmerge.schedule import cosine
    >>> [round(S) for S in budget_for(1, cosine(16))]
    [158, 50]

    Returns
    -------
    tuple of float
        Simultaneous, sequential: delays of order ``T^2/(2 sqrt(lam))`` and ``T log T``.
    """
    value = float(variance(lam))
    require(0 < accuracy < 1, "accuracy", "must lie between 0 and 1", accuracy)

    def at_once(S: float) -> float:
        return mixing_error(gradient_flow_chain(schedule, value, 1), S)

    def in_turn(S: float) -> float:
        chain = gradient_flow_chain(schedule, value, S / (schedule.T - 1))
        return float(relative_error(consistency(schedule.T), chain))

    accuracy = accuracy * abs(at_once(0.0))
    found = []
    for error in (at_once, in_turn):
        low, high = 0.0, float(schedule.T)
        while abs(error(high)) > accuracy:
            low, high = high, 2 * high
            require(high < 1e12, "lam", "must not make the error vanish before training", lam)
        while high - low > 1e-4 * high:
            middle = (low + high) / 2
            low, high = (middle, high) if abs(error(middle)) > accuracy else (low, middle)
        found.append((low + high) / 2)
    return found[0], found[1]
