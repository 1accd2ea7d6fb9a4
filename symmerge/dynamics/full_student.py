r"""SGD for a full d x d student: minibatch noise couples the coordinates (SPEC C1).

In the eigenbasis of the covariance ``diag(v)`` the second moments ``p_i = E r_i^2`` of one row r of
``A - target`` obey, with fresh Gaussian minibatches of size B,

.. math:: p \leftarrow \bigl[\operatorname{Diag}(1-4\eta v+4\eta^2(1+\tfrac1B)v^2)
          + \tfrac{4\eta^2}{B}vv^\top\bigr]\,p.

The matrix is symmetric and positive, so all moments decay iff it is below the identity, which a
rank-one update says in closed form: all ``eta v_i (1 + 1/B) < 1`` and
``sum_i eta v_i / (B - (B+1) eta v_i) < 1``; for ``v = 1``, ``eta < B/(B+d+1)``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import require
from ..schedule import whole
from .laws import SGD

__all__ = ["row_second_moments", "stability_margin", "stable_rate"]


def _variances(v: Any) -> np.ndarray:
    values = np.asarray(v, dtype=float)
    fine = values.ndim == 1 and len(values) > 0 and bool(np.all(np.isfinite(values) & (values > 0)))
    require(fine, "v", "must be a list of numbers > 0", v)
    return values


def stability_margin(v: Any, lr: float, batch: int) -> float:
    """Positive iff the full student is stable in mean square.

    Examples
    --------
    >>> stability_margin([1, 1, 1], 0.5, 4) > 0, stability_margin([1, 1, 1], 0.51, 4) > 0
    (False, False)
    >>> stability_margin([1, 1, 1], 0.49, 4) > 0
    True
    """
    load = float(lr) * _variances(v)
    room = batch - (batch + 1) * load
    if np.any(room <= 0):
        return float(np.min(room))
    return float(1 - np.sum(load / room))


def stable_rate(v: Any, batch: int) -> float:
    """Supremum of the stable learning rates, by bisection on :func:`stability_margin`.

    Examples
    --------
    >>> round(stable_rate([1, 1, 1], 4), 12)
    0.5
    """
    size = whole(batch, "batch", 1, 10**9)
    low, high = 0.0, 1 / float(_variances(v).max())
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if stability_margin(v, middle, size) > 0 else (low, middle)
    return low


def row_second_moments(v: Any, law: SGD, start: Any = None) -> np.ndarray:
    """Second moments of a row's errors after all steps.

    Parameters
    ----------
    v : (d,) array > 0
        Marginal variances in principal coordinates.
    law : SGD
    start : (d,) array >= 0, optional
        Second moments at the start; ones by default.

    Raises
    ------
    InputError
        If the full student is unstable.

    Examples
    --------
    >>> row_second_moments([1.0], SGD("0.1", 3, 4)).round(6)
    array([0.287496])

    References
    ----------
    Ledger entry ``c1_sgd_matrix``.
    """
    values, lr, size = _variances(v), float(law.lr), law.batch
    top = stable_rate(values, size)
    require(lr < top, "lr", f"must be below {top:.6g} for a full student to be stable", str(law.lr))
    p = np.ones(len(values)) if start is None else np.asarray(start, dtype=float)
    require(p.shape == values.shape, "start", f"must be {len(values)} numbers", p.shape)
    load = lr * values
    step = np.diag(1 - 4 * load + 4 * (1 + 1 / size) * load**2)
    step += 4 / size * np.outer(load, load)
    return np.asarray(np.linalg.matrix_power(step, law.steps) @ p)
