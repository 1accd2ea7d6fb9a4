"""Searches inside the band, where plans with errors of both signs exist (SPEC A6).

There the least ``|e|`` is a subset-sum-like problem. Two cheap searches find plans far better than
any canonical one; neither proves optimality, and what they find is knife-edge in ``lam``.
"""

from __future__ import annotations

import numpy as np

from ..chain import Chain
from .blocks import CUT, Code, code_errors, mixture, row, single_flips

__all__ = ["meet_in_the_middle", "path_and_flips"]

_MOST_FLIPPED, _MOST_PAIRS = 384, 256


def path_and_flips(low: Code, high: Code, chain: Chain, rounds: int = 4) -> Code:
    """Walk step by step from a plan with ``e < 0`` to one with ``e > 0``, then flip actions.

    The walk takes the actions of `high` up to step t and of `low` after it. From the best code on
    it, single flips and the pairs of flips whose first-order effects best cancel the error are
    tried for `rounds` rounds, on at most 384 steps spread over the chain.
    """
    n = chain.T - 1
    steps = np.unique(np.linspace(0, n - 1, min(n, _MOST_FLIPPED)).astype(int))
    walk = mixture(low, high, np.tri(n + 1, n, -1, dtype=bool))
    errors = code_errors(walk, chain)
    best = row(walk, int(np.argmin(np.abs(errors))))
    error = float(np.min(np.abs(errors)))
    for _ in range(rounds):
        flips = single_flips(best, steps)
        flipped = code_errors(flips, chain)
        here = float(code_errors(best, chain))
        effect = np.log1p(flipped) - np.log1p(here)
        order = np.argsort(effect)
        # For each flip, the flip whose effect is nearest to what is still missing.
        wanted = -np.log1p(here) - effect
        place = np.clip(np.searchsorted(effect[order], wanted), 1, len(order) - 1)
        nearer = np.abs(effect[order[place - 1]] - wanted) < np.abs(effect[order[place]] - wanted)
        partner = order[place - nearer]
        first = np.argsort(np.abs(effect[partner] - wanted))[:_MOST_PAIRS]
        second = partner[first]
        both = Code(flips.swallow[first], flips.after[first])
        rows, at = np.arange(len(first)), steps[second // 6]
        both.swallow[rows, at] = flips.swallow[second, at]
        both.after[rows, at] = flips.after[second, at]
        candidates = [(flips, flipped), (both, code_errors(both, chain))]
        codes, values = min(candidates, key=lambda pair: float(np.min(np.abs(pair[1]))))
        k = int(np.argmin(np.abs(values)))
        if abs(values[k]) >= error:
            break
        best, error = row(codes, k), float(abs(values[k]))
    return best


def meet_in_the_middle(
    low: Code, high: Code, chain: Chain, samples: int = 4096, seed: int = 0
) -> Code:
    """Combine random mixtures of two plans on both sides of a root cut so that the errors cancel.

    ``e`` factorises across a root cut: ``1 + e = (1 + e_left)(1 + e_right)``. With `samples`
    mixtures on each side all their pairs are searched by sorting. The mixing rate is bisected so
    that the errors straddle zero. Deterministic for a given `seed`.
    """
    n = chain.T - 1
    if n < 2:
        return low
    rng = np.random.default_rng(seed)
    middle = n // 2
    draw = rng.random((2, samples, n))

    # Outside its own side a code is BOOT; half of pure BOOT's log goes to each side.
    boot = Code(np.zeros(n, bool), np.full(n, CUT, np.int8))
    boot_share = np.log1p(code_errors(boot, chain)) / 2
    sides = (slice(0, middle), slice(middle, n))

    def mixtures(rate: float, count: int) -> tuple[list[Code], list[np.ndarray]]:
        codes, logs = [], []
        for side, own in zip(draw, sides, strict=True):
            mixed = mixture(low, high, side[:count] < rate)
            swallow, after = np.zeros_like(mixed.swallow), np.full_like(mixed.after, CUT)
            swallow[:, own], after[:, own] = mixed.swallow[:, own], mixed.after[:, own]
            after[:, middle - 1] = CUT
            codes.append(Code(swallow, after))
            logs.append(np.log1p(code_errors(codes[-1], chain)) - boot_share)
        return codes, logs

    lowest, highest = 0.0, 1.0
    for _ in range(12):
        rate = (lowest + highest) / 2
        _, logs = mixtures(rate, min(samples, 128))
        if np.median(logs[0]) + np.median(logs[1]) < 0:
            lowest = rate
        else:
            highest = rate
    codes, logs = mixtures(rate, samples)
    order = np.argsort(logs[1])
    place = np.clip(np.searchsorted(logs[1][order], -logs[0]), 1, samples - 1)
    nearer = np.abs(logs[1][order[place - 1]] + logs[0]) < np.abs(logs[1][order[place]] + logs[0])
    partner = order[place - nearer]
    # Sums of logs are rounded; re-evaluate the most promising pairs.
    first = np.argsort(np.abs(logs[1][partner] + logs[0]))[:64]
    swallow, after = codes[0].swallow[first], codes[0].after[first]
    swallow[:, middle:] = codes[1].swallow[partner[first], middle:]
    after[:, middle:] = codes[1].after[partner[first], middle:]
    both = Code(swallow, after)
    return row(both, int(np.argmin(np.abs(code_errors(both, chain)))))
