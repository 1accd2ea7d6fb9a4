"""Every two-sided hybrid of a spectrum, one after the other: what one would write first.

Cosine schedule; arrays over the coordinates, loops over hybrids and over their segments.
"""

from __future__ import annotations

import numpy as np

__all__ = ["hybrid_loops"]


def hybrid_loops(variances: np.ndarray, T: int, s: float) -> tuple[float, int, int]:
    """Smallest ``W2^2`` of all hybrids ``1×k | block | 1×m``, and its k and m."""
    angles = np.pi * np.arange(T + 1) / (2 * T)
    alpha, sigma = np.cos(angles), np.sin(angles)
    steps = [
        (alpha[t] * alpha[t - 1] * variances + sigma[t] * sigma[t - 1])
        / (alpha[t] ** 2 * variances + sigma[t] ** 2)
        for t in range(1, T + 1)
    ]
    last = alpha[T] ** 2 * variances + sigma[T] ** 2
    g = np.exp(-2 * s * last)
    composite = np.prod(steps, axis=0)
    best = (np.inf, 0, 0)
    for k in range(T - 1):
        for m in range(T - 1 - k):
            operator = steps[-1].copy()
            start = 0
            for length in [1] * k + [T - 1 - k - m] + [1] * m:
                segment = np.prod(steps[start : start + length], axis=0)
                operator *= (1 - g) * segment + g
                start += length
            best = min(best, (float(last @ (operator - composite) ** 2), k, m))
    return best
