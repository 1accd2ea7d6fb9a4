r"""The flow map: exactly in one dimension, by Runge-Kutta steps in any (SPEC B1).

In one dimension the map between two times is the monotone transport between the marginals (ledger
``b1_transport``),

.. math:: \Phi_{s\leftarrow t} = F_s^{-1}\circ F_t, \qquad
          \Phi_{s\leftarrow t}'(x) = \frac{p_t(x)}{p_s(\Phi_{s\leftarrow t}(x))} .

Points are found on a logarithmic scale in the smaller tail, and in a gap between components, where
the distribution function is flat, from its distance to the weights on the left; so far points and
deep gaps map well. :func:`precise_transport` computes with as many digits as asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import require
from ..numbers import exact, multiprecision
from ..schedule import whole
from .line import Line
from .mixture import Mixture, time_value
from .score import velocity

__all__ = [
    "LogLipschitz",
    "flow_map",
    "log_lipschitz",
    "log_slope",
    "masses",
    "precise_transport",
    "transport",
]

_MOST_STEPS = 10**7
_SCAN, _ZOOMS = 4001, 40
_WIDTHS = 10.0


def transport(mixture: Mixture, x: Any, start: Any, end: Any = 0) -> np.ndarray:
    """Map points from time `start` to time `end` along the flow, exactly; one dimension.

    Parameters
    ----------
    mixture : Mixture with d = 1
    x : (N,) array
    start, end : numbers >= 0
        `end` may be earlier or later.

    Returns
    -------
    (N,) array

    Examples
    --------
    >>> two = Mixture([-1.0, 1.0], sigma0="1/4", beta=5)
    >>> transport(two, [-0.5, 0.25, 2.0], 1).round(6)
    array([-0.925548,  0.787275,  1.422535])
    """
    line, points = _one_dimensional(mixture, start), _values(x)
    target, out = Line(mixture, end), np.empty(len(points))
    if not len(points):
        return out
    first, second = line.sides(points)
    best = np.argmin(np.logaddexp(first, second), axis=1)
    for split in np.unique(best):
        here = best == split
        out[here] = target.solve(int(split), first[here, split], second[here, split])
    return out


def log_slope(mixture: Mixture, x: Any, start: Any, end: Any = 0) -> np.ndarray:
    """Logarithm of the flow map's derivative at points, ``ln p_start(x) - ln p_end(Phi(x))``."""
    line, points = _one_dimensional(mixture, start), _values(x)
    return line.log_density(points) - Line(mixture, end).log_density(
        transport(mixture, points, start, end)
    )


def masses(mixture: Mixture, edges: Any, t: Any) -> np.ndarray:
    """Probabilities under ``p_t`` of the intervals that increasing points cut the line into.

    Parameters
    ----------
    mixture : Mixture with d = 1
    edges : (n,) array
    t : number >= 0

    Returns
    -------
    (n + 1,) array
        Summed over the components, each from differences of its smaller tail, so that far
        intervals and those in gaps keep their digits; below 1e-308 they are 0.

    Examples
    --------
    >>> masses(Mixture([0.0]), [-1.0, 1.0, 20.0], 0)[[1, 3]]
    array([6.82689492e-01, 2.75362...e-89])
    """
    line, points = _one_dimensional(mixture, t), _values(edges)
    require(bool(np.all(np.diff(points) > 0)), "edges", "must increase", edges)
    return line.masses(points)


@dataclass(frozen=True)
class LogLipschitz:
    """Logarithm of a flow map's Lipschitz constant, and where the slope is that (inf: far out)."""

    value: float
    at: float


def log_lipschitz(mixture: Mixture, start: Any, end: Any = 0) -> LogLipschitz:
    """Logarithm of the Lipschitz constant of the map from `start` to `end`; one dimension.

    The largest slope is looked for on a grid of points at the earlier time (where the map from
    noise to data is steep, its inverse is flat and known to all digits), then by zooming in on the
    best cell: a lower bound that is sharp unless slopes peak in between.

    Examples
    --------
    >>> two = Mixture([-1.0, 1.0], sigma0="1/4", beta=5)
    >>> round(log_lipschitz(two, 1).value, 9)
    6.61370422
    """
    _one_dimensional(mixture, start)
    first, last = (start, end) if time_value(start) < time_value(end) else (end, start)
    sign = 1 if first is end else -1
    line, other = Line(mixture, first), Line(mixture, last)

    def slopes(y: np.ndarray) -> np.ndarray:
        back = transport(mixture, y, first, last)
        return np.asarray(sign * (other.log_density(back) - line.log_density(y)))

    near = np.linspace(-_WIDTHS, _WIDTHS, max(5, _SCAN // mixture.K)) * line.width
    middles = (np.sort(line.means)[1:] + np.sort(line.means)[:-1]) / 2
    low, high = line.means.min() - _WIDTHS * line.width, line.means.max() + _WIDTHS * line.width
    y = np.concatenate([(line.means[:, None] + near).ravel(), np.linspace(low, high, _SCAN)])
    y = np.unique(np.concatenate([y, middles]))
    # Far out one component alone is left, and the map is affine.
    best, at = sign * math.log(line.width / other.width), math.inf
    for _ in range(_ZOOMS):
        found = slopes(y)
        k = int(np.argmax(found))
        if found[k] > best:
            best, at = float(found[k]), float(y[k])
        a, b = float(y[max(k - 1, 0)]), float(y[min(k + 1, len(y) - 1)])
        if b - a <= 1e-9 * line.width:
            break
        y = np.linspace(a, b, 21)
    if sign > 0 and at < math.inf:
        at = float(transport(mixture, [at], first, last)[0])
    return LogLipschitz(best, at)


def precise_transport(
    mixture: Mixture, x: Any, start: Any, end: Any = 0, digits: int = 30
) -> tuple[Any, Any]:
    """One point and the logarithm of the slope there, as mpmath numbers; one dimension.

    Parameters
    ----------
    x : number
    digits : int

    Examples
    --------
    >>> two = Mixture([-1.0, 1.0], sigma0="1/4", beta=5)
    >>> y, slope = precise_transport(two, "1/2", 1, digits=20)
    >>> print(y)
    0.92554771748096015822...
    """
    _one_dimensional(mixture, start)
    field = multiprecision(whole(digits, "digits", 5, 2000) + 20)
    context, number = field.context, field.number
    beta, v0, w = map(number, (mixture.beta, mixture.sigma0**2, mixture.sigma_inf**2))
    order = np.argsort(mixture.means[:, 0])
    weights = [number(exact(float(q))) for q in mixture.weights[order]]
    means = [number(exact(float(m))) for m in mixture.means[order, 0]]

    def side(t: Any) -> tuple[list[Any], Any]:
        exponent = -beta * number(exact(t))
        signal, drop = context.exp(exponent), -context.expm1(2 * exponent)
        return [signal * m for m in means], context.sqrt(v0 * signal**2 + w * drop)

    def sums(at: Any, of: tuple[list[Any], Any], split: int) -> tuple[Any, Any]:
        """The two sums of ``Line`` for a split."""
        first, second = context.mpf(0), context.mpf(0)
        for k, (q, m) in enumerate(zip(weights, of[0], strict=True)):
            z = (at - m) / (of[1] * context.sqrt(2))
            if k >= split:
                first += q * context.erfc(-z) / 2
            else:
                second += q * context.erfc(z) / 2
        return first, second

    def density(at: Any, of: tuple[list[Any], Any]) -> Any:
        parts = (
            q * context.exp(-(((at - m) / of[1]) ** 2) / 2)
            for q, m in zip(weights, of[0], strict=True)
        )
        return sum(parts, context.mpf(0)) / (of[1] * context.sqrt(2 * context.pi))

    before, after = side(start), side(end)
    point = number(exact(x, "x"))
    split = min(range(mixture.K + 1), key=lambda j: sum(sums(point, before, j)))
    up, down = sums(point, before, split)

    def excess(y: Any) -> Any:
        first, second = sums(y, after, split)
        return (first - up) - (second - down)

    low = high = context.mpf(0)
    while excess(low) > 0:
        low = 2 * low - 1
    while excess(high) < 0:
        high = 2 * high + 1
    y = _root(excess, lambda y: density(y, after), low, high, context)
    return y, context.log(density(point, before) / density(y, after))


def _root(
    value: Callable[[Any], Any], slope: Callable[[Any], Any], low: Any, high: Any, context: Any
) -> Any:
    """Root of an increasing function in [low, high]: Newton where it helps, else bisection."""
    y = (low + high) / 2
    for _ in range(20 * context.dps):
        found = value(y)
        if found == 0:
            return y
        low, high = (y, high) if found < 0 else (low, y)
        steep = slope(y)
        new = y - found / steep if steep > 0 else low
        if not low < new < high:
            new = (low + high) / 2
        if abs(new - y) <= abs(new) * context.eps * 8 + context.eps**2:
            return new
        y = new
    return y


def flow_map(mixture: Mixture, x: Any, start: Any, end: Any, steps: Any) -> np.ndarray:
    """Map points along the flow by classical Runge-Kutta steps of equal length, in any dimension.

    Parameters
    ----------
    x : (N, d) array
    start, end : numbers >= 0
    steps : int

    Examples
    --------
    >>> two = Mixture([-1.0, 1.0], sigma0="1/2", beta=1)
    >>> exact = transport(two, [0.3], 1)
    >>> bool(abs(flow_map(two, [[0.3]], 1, 0, 40)[0] - exact) < 1e-6)
    True
    """
    count = whole(steps, "steps", 1, _MOST_STEPS)
    t, last = time_value(start, "start"), time_value(end, "end")
    h = (last - t) / count
    points = np.array(x, dtype=float)
    for k in range(count):
        now, then = t + k * h, last if k == count - 1 else t + (k + 1) * h
        middle = (now + then) / 2
        first = velocity(mixture, points, now)
        second = velocity(mixture, points + h / 2 * first, middle)
        third = velocity(mixture, points + h / 2 * second, middle)
        fourth = velocity(mixture, points + h * third, then)
        points += h / 6 * (first + 2 * second + 2 * third + fourth)
    return points


def _one_dimensional(mixture: Mixture, t: Any) -> Line:
    require(mixture.d == 1, "mixture", "must have one dimension", mixture.d)
    return Line(mixture, t)


def _values(x: Any) -> np.ndarray:
    points = np.asarray(x, dtype=float)
    fine = points.ndim == 1 and bool(np.all(np.isfinite(points)))
    require(fine, "x", "must be finite numbers in one row", x)
    return points
