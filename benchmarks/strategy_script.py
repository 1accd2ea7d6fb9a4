"""Four strategies at many variances: the NumPy script one would write first.

Operators and composites step by step over whole arrays; cosine schedule.
"""

from __future__ import annotations

import numpy as np

__all__ = ["strategy_script"]


def strategy_script(lam: np.ndarray, T: int, s: float) -> dict[str, np.ndarray]:
    """Relative errors ``M/C - 1`` at all variances."""
    angles = np.pi * np.arange(T + 1) / (2 * T)
    alpha, sigma = np.cos(angles), np.sin(angles)
    v = [alpha[t] ** 2 * lam + sigma[t] ** 2 for t in range(T + 1)]
    a = [(alpha[t] * alpha[t - 1] * lam + sigma[t] * sigma[t - 1]) / v[t] for t in range(1, T + 1)]
    g = [np.exp(-2 * s * v[t]) for t in range(1, T + 1)]
    composite = np.prod(a, axis=0)
    vanilla = a[-1] * ((1 - g[-1]) * np.prod(a[:-1], axis=0) + g[-1])
    boot, consistency = a[-1].copy(), a[0]
    for t in range(T - 1):
        boot = boot * ((1 - g[-1]) * a[t] + g[-1])
    for t in range(1, T):
        consistency = a[t] * ((1 - g[t]) * consistency + g[t])
    level = list(zip(a, g, strict=True))
    while len(level) > 1:
        pairs = [
            (later[0] * ((1 - later[1]) * earlier[0] + later[1]), later[1])
            for earlier, later in zip(level[::2], level[1::2], strict=False)
        ]
        level = pairs + level[2 * len(pairs) :]
    found = {
        "vanilla": vanilla,
        "consistency": consistency,
        "boot": boot,
        "progressive": level[0][0],
    }
    return {name: operator / composite - 1 for name, operator in found.items()}
