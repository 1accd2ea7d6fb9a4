r"""Powers of a training step, over any number type and without cancellation.

One step of gradient descent multiplies the error by ``1 - x``; with momentum it acts linearly on
the error ``r`` and its last change ``d``,

.. math:: d' = b\,d - x\,r,\qquad r' = r + d',

where ``b = beta`` for the heavy ball and ``b = beta (1-x)`` for Nesterov's method. Both are
``r_{n+1} = (1+b-x) r_n - b r_{n-1}``, whose solution from rest is
``b^{n/2} (U_n(c) - sqrt(b) U_{n-1}(c))``, ``c = (1+b-x)/(2 sqrt(b))`` (SPEC C1). Repeated squaring
gives it for every b and c, real or complex, in O(log N) operations and with ball radii that grow
only polynomially in N.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import numpy as np

from ..numbers import FLOAT, Field

__all__ = ["excess_power", "matrix_power", "momentum_power", "noise_power", "power_pair"]

Matrix = list[list[Any]]


def power_pair(x: Any, n: int, field: Field) -> tuple[Any, Any]:
    """``(1-x)^n`` and ``1 - (1-x)^n``, both to full relative precision for 0 <= x <= 2.

    Squares first, so that all that is added later is non-negative whatever the sign of ``1 - x``.

    Examples
    --------
    >>> from symmerge.numbers import FLOAT
    >>> p, h = power_pair(1e-20, 10, FLOAT)
    >>> float(p), float(h)
    (1.0, 1e-19)
    """
    one = x * 0 + 1
    power, rest = one, x * 0
    square, gap = _near_one((1 - x) ** 2, x * (2 - x), field)
    half = n // 2
    while half:
        if half & 1:
            power, rest = _near_one(power * square, rest + power * gap, field)
        square, gap = _near_one(square * square, gap * (1 + square), field)
        half >>= 1
    return (power * (1 - x), rest + power * x) if n & 1 else (power, rest)


def _near_one(p: Any, h: Any, field: Field) -> tuple[Any, Any]:
    """Where p is near 1 take it from h: squaring doubles the relative error of p, not that of h."""
    if field is not FLOAT:
        return p, h
    return np.where(np.less(h, 0.5), 1 - h, p)[()], h


def excess_power(p: Any, q: Any, excess: Any, n: int) -> Any:
    """``q^n - p^n`` for ``q = p + excess``, a sum of non-negative terms if all three are.

    Examples
    --------
    >>> from fractions import Fraction
    >>> excess_power(Fraction(1, 2), Fraction(3, 4), Fraction(1, 4), 3)
    Fraction(19, 64)
    """
    total, high, low = excess * 0, excess * 0 + 1, excess * 0 + 1
    for bit in f"{n:b}" if n else "":
        total, high, low = total * (high + low), high * high, low * low
        if bit == "1":
            total, high, low = q * total + excess * low, high * q, low * p
    return total


def _times(m: Matrix, n: Matrix) -> Matrix:
    columns = list(zip(*n, strict=True))
    return [
        [reduce(add, (p * q for p, q in zip(row, column, strict=True))) for column in columns]
        for row in m
    ]


def matrix_power(matrix: Matrix, n: int) -> Matrix:
    """n-th power of a square matrix whose entries are numbers or arrays of one shape.

    Examples
    --------
    >>> matrix_power([[1, 1], [0, 1]], 5)
    [[1, 5], [0, 1]]
    """
    size = len(matrix)
    zero = matrix[0][0] * 0
    result = [[zero + (1 if i == j else 0) for j in range(size)] for i in range(size)]
    while n:
        if n & 1:
            result = _times(result, matrix)
        n >>= 1
        if n:
            matrix = _times(matrix, matrix)
    return result


def momentum_power(x: Any, b: Any, n: int, kappa: Any = None) -> tuple[Any, Any]:
    """Factor after n steps with momentum from rest, and one minus it.

    Parameters
    ----------
    x, b : numbers or arrays
        ``2 eta v`` and the coefficient of the last change.
    n : int
    kappa : number, optional
        Rate of an exponential average ``e' = e + kappa (r' - e)`` of the weights; its factor is
        returned then.

    Notes
    -----
    The complement ``h`` is carried as a quantity of its own: it obeys the same step with the
    source ``x``, because ``1 - r' = h + (b d_h + x (1 - h))``.
    """
    zero = x * 0
    one = zero + 1
    # State (r, d, e): homogeneous; the complement is (h, d_h, e_h) with r = 1 - h.
    rows = [[one - x, b + zero, zero], [-x, b + zero, zero]]
    k = one if kappa is None else zero + kappa
    rows.append([k * (one - x), k * b, one - k])
    source = [x, x, k * x]
    augmented = [[*row, up] for row, up in zip(rows, source, strict=True)]
    augmented.append([zero, zero, zero, one])
    power = matrix_power(augmented, n)
    watched = power[2] if kappa is not None else power[0]
    start = watched[0] + watched[2]  # r = e = 1, d = 0
    return start, watched[3]


def noise_power(step: Matrix, kick: Matrix, noise: Any, n: int) -> Any:
    """Variance of the last component after n steps ``s' = (step + z kick) s`` from all ones.

    The ``z`` are independent with mean 0 and variance `noise`. Mean and covariance are propagated
    together, so that a small variance is no difference of two large numbers. The state starts at
    1 in the components that are errors and at 0 in the one called a change (component 1 of 2 or
    more).
    """
    size = len(step)
    pairs = [(i, j) for i in range(size) for j in range(i, size)]
    mean = _on_pairs(step, pairs)
    extra = [[noise * entry for entry in row] for row in _on_pairs(kick, pairs)]
    zero = step[0][0] * 0
    both = [[m + e for m, e in zip(*rows, strict=True)] for rows in zip(mean, extra, strict=True)]
    upper = [[*row, *source] for row, source in zip(both, extra, strict=True)]
    lower = [[zero] * len(pairs) + row for row in mean]
    power = matrix_power(upper + lower, n)
    last = pairs.index((size - 1, size - 1))
    start = [0 if 1 in pair else 1 for pair in pairs]
    sources = power[last][len(pairs) :]
    return reduce(add, (value for value, used in zip(sources, start, strict=True) if used), zero)


def _on_pairs(m: Matrix, pairs: list[tuple[int, int]]) -> Matrix:
    """``S -> m S m^T`` on the upper triangles of symmetric matrices."""
    rows = []
    for i, j in pairs:
        row = []
        for k, n in pairs:
            entry = m[i][k] * m[j][n]
            row.append(entry if k == n else entry + m[i][n] * m[j][k])
        rows.append(row)
    return rows
