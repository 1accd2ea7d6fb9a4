"""Noised data for stacks of networks, reproducible whatever was computed before."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from ..experiments.torch_extra import load_torch
from .network import Form

__all__ = ["NoisedData", "stream"]


def stream(*names: object) -> Any:
    """A random generator that depends on the names only."""
    text = "\0".join(map(str, names))
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")
    return load_torch().Generator().manual_seed(seed)


class NoisedData:
    """Draws ``z_t = alpha_t x + sigma_t eps`` for every network of a stack independently.

    Parameters
    ----------
    rows : (scalings, n, d) array
    seeds : int
        The stack has ``scalings * seeds`` networks, seeds running fastest.
    form : Form
    seed : int
        Of everything random.
    """

    def __init__(self, rows: np.ndarray, seeds: int, form: Form, seed: int = 0) -> None:
        torch = load_torch()
        self.form, self.count, self.seed = form, rows.shape[1], seed
        self.rows = torch.tensor(rows, dtype=torch.float32)
        self.scaling = torch.arange(len(rows)).repeat_interleave(seeds)[:, None]

    @property
    def stack(self) -> int:
        """Number of networks."""
        return len(self.scaling)

    def stream(self, *names: object) -> Any:
        """A random generator for one purpose."""
        return stream(self.seed, *names)

    def clean(self, batch: int, rng: Any) -> Any:
        """Rows of the data (stack, batch, d), with replacement."""
        torch = load_torch()
        chosen = torch.randint(self.count, (self.stack, batch), generator=rng)
        return self.rows[self.scaling, chosen]

    def noised(self, t: int, batch: int, rng: Any) -> Any:
        """Points (stack, batch, d) at time t."""
        torch = load_torch()
        x = self.clean(batch, rng)
        noise = torch.randn(x.shape, generator=rng)
        return float(self.form.alpha[t]) * x + float(self.form.sigma[t]) * noise
