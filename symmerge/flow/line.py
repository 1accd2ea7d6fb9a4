"""Distribution functions of one-dimensional mixtures, to full precision in tails and gaps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .mixture import Mixture, time_value
from .score import log_density

__all__ = ["Line"]

_ASYMPTOTIC = -12.0
_BISECTIONS, _TABLE = 200, 2000
_WIDTHS = 10.0
_LEAST = 1e7  # logarithms of probabilities are above minus that

# erfc of an array, one value at a time: NumPy has none.
_erfc = np.frompyfunc(math.erfc, 1, 1)


def _log_tail(z: np.ndarray) -> np.ndarray:
    """``ln N(z)`` of the standard normal distribution function, to full relative precision."""
    out = np.empty(z.shape)
    far = z < _ASYMPTOTIC
    with np.errstate(divide="ignore"):
        out[~far] = np.log(np.asarray(_erfc(-z[~far] / math.sqrt(2)), dtype=float) / 2)
    a = z[far]
    # Continued fraction of Mills' ratio; 40 levels are enough beyond 12.
    fraction = np.abs(a)
    for k in range(40, 0, -1):
        fraction = np.abs(a) + k / fraction
    out[far] = -(a**2) / 2 - math.log(2 * math.pi) / 2 - np.log(fraction)
    return out


class Line:
    """Distribution function of a one-dimensional mixture at one time.

    Between components j - 1 and j (sorted by mean) it is known far better than to 1e-16 from its
    distance to the sum of the weights on the left,

        F(x) - sum_{k<j} pi_k = sum_{k>=j} pi_k N(z_k) - sum_{k<j} pi_k N(-z_k) .

    Both sums are kept as logarithms for every split j = 0 .. K; the outer splits are the tails.
    """

    def __init__(self, mixture: Mixture, t: Any) -> None:
        time_value(t)
        self.mixture, self.t = mixture, t
        order = np.argsort(mixture.means[:, 0])
        self.means = mixture.signal(t) * mixture.means[order, 0]
        self.log_weights = np.log(mixture.weights[order])
        self.width = math.sqrt(mixture.variance(t))

    def sides(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Logarithms of the first and of the second sum, (n, K + 1)."""
        z = (x[:, None] - self.means) / self.width
        none = np.full((len(x), 1), -np.inf)
        small = _log_tail(-np.abs(z))
        large = np.log1p(-np.exp(small))
        below = np.where(z < 0, small, large) + self.log_weights
        above = np.where(z < 0, large, small) + self.log_weights
        first = np.logaddexp.accumulate(below[:, ::-1], axis=1)[:, ::-1]
        second = np.logaddexp.accumulate(above, axis=1)
        return np.concatenate([first, none], axis=1), np.concatenate([none, second], axis=1)

    def masses(self, x: np.ndarray) -> np.ndarray:
        """Probabilities of the intervals that increasing points (n,) cut the line into, (n + 1,).

        Every component by itself, from differences of its smaller tail: in a gap between components
        the sum of their tails is flat to rounding.
        """
        z = (x[:, None] - self.means) / self.width
        rising = np.diff(np.exp(_log_tail(z)), axis=0, prepend=0.0, append=1.0)
        falling = -np.diff(np.exp(_log_tail(-z)), axis=0, prepend=1.0, append=0.0)
        left = np.concatenate([z <= 0, np.zeros((1, len(self.means)), bool)])
        shares = np.where(left, rising, falling) @ np.exp(self.log_weights)
        # Neighbours a few rounding units apart may be out of order.
        return np.asarray(np.maximum(shares, 0.0))

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """``ln p_t`` at points (n,)."""
        return log_density(self.mixture, x[:, None], self.t)

    def log_slopes(self, x: np.ndarray, split: int) -> tuple[np.ndarray, np.ndarray]:
        """Logarithms of the slopes of both sums of a split, the second one's downwards."""
        z = (x[:, None] - self.means) / self.width
        logs = self.log_weights - z**2 / 2 - math.log(self.width * math.sqrt(2 * math.pi))
        right, left = logs[:, split:], logs[:, :split]
        return np.logaddexp.reduce(right, axis=1), np.logaddexp.reduce(left, axis=1)

    def reach(self, least: float) -> tuple[float, float]:
        """Ends beyond which each tail is below exp(least)."""
        away = self.width * (math.sqrt(-2 * min(least, 0.0)) + 1)
        return float(self.means[0]) - away, float(self.means[-1]) + away

    def solve(self, split: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Points where the two sums of a split differ by as much as those given (logarithms).

        Newton's method in brackets from a table, for the difference of the logarithms of
        ``first(y) + second`` and ``second(y) + first``, which increases in y.
        """
        least = float(np.min(np.maximum(first, second)))
        low, high = self.reach(least)
        near = np.linspace(-_WIDTHS, _WIDTHS, max(5, _TABLE // len(self.means))) * self.width
        even = np.linspace(low, high, _TABLE)
        nodes = np.unique(np.clip(np.append(self.means[:, None] + near, even), low, high))
        known = np.maximum.accumulate(_signed(*(side[:, split] for side in self.sides(nodes))))

        def compare(y: np.ndarray, which: Any) -> tuple[np.ndarray, np.ndarray]:
            up, down = (side[:, split] for side in self.sides(y))
            return np.logaddexp(up, second[which]), np.logaddexp(down, first[which])

        cell = np.clip(np.searchsorted(known, _signed(first, second)), 1, len(nodes) - 1)
        lows, highs = nodes[cell - 1], nodes[cell]
        everything = slice(None)
        lows = np.where(np.less_equal(*compare(lows, everything)), lows, low)
        highs = np.where(np.greater_equal(*compare(highs, everything)), highs, high)
        x = (lows + highs) / 2
        busy = np.arange(len(x))
        for _ in range(_BISECTIONS):
            at = x[busy]
            rising, falling = compare(at, busy)
            gap = rising - falling
            lows[busy] = np.where(gap <= 0, at, lows[busy])
            highs[busy] = np.where(gap >= 0, at, highs[busy])
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                up, down = self.log_slopes(at, split)
                new = at - gap / (np.exp(up - rising) + np.exp(down - falling))
            inside = (new >= lows[busy]) & (new <= highs[busy])
            new = np.where(inside, new, (lows[busy] + highs[busy]) / 2)
            x[busy] = np.where(gap == 0, at, new)
            settled = np.abs(new - at) <= 4e-16 * np.maximum(np.abs(new), self.width)
            busy = busy[~(settled | (gap == 0))]
            if not len(busy):
                break
        return x


def _signed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """A number that increases with ``exp(first) - exp(second)``, however small that is."""
    larger = np.maximum(first, second)
    with np.errstate(divide="ignore"):
        size = larger + np.log(-np.expm1(-np.abs(first - second)))
    return np.asarray(np.sign(first - second) * np.maximum(size + _LEAST, 0.0))
