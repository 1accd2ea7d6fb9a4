"""Teachers: denoisers trained on noised data, and the DDIM sampler that they make."""

from __future__ import annotations

from typing import Any

from ..experiments.torch_extra import load_torch
from ..runs import Cell
from .network import Form, Weights, apply_network, new_weights, step
from .sampling import NoisedData

__all__ = ["sample", "train_teachers"]

_TOLD = 100


def train_teachers(
    data: NoisedData, hidden: int, steps: int, rate: float, batch: int, cell: Cell
) -> tuple[Weights, list[float]]:
    """Train one denoiser per network of the stack by Adam with a cosine decay of the rate.

    Returns
    -------
    weights, losses
        The loss in units of F, averaged over the last tenth of training; one per network.
    """
    torch = load_torch()
    form, rng = data.form, data.stream("teacher")
    weights = new_weights(data.stack, data.rows.shape[2], hidden, form.T, rng)
    for tensor in weights.values():
        tensor.requires_grad_()
    optimiser = torch.optim.Adam(weights.values(), rate)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    alpha = torch.tensor(form.alpha, dtype=torch.float32)
    sigma = torch.tensor(form.sigma, dtype=torch.float32)
    network = torch.arange(data.stack)[:, None]
    last = torch.zeros(data.stack)
    tail = max(1, steps // 10)
    for n in range(steps):
        x = data.clean(batch, rng)
        t = torch.randint(1, form.T + 1, x.shape[:2], generator=rng)
        z = alpha[t][..., None] * x + sigma[t][..., None] * torch.randn(x.shape, generator=rng)
        k = t - 1

        def at(values: Any, k: Any = k) -> Any:
            return values[k, network, 0]

        wanted = (x - at(form.clean_skip) * z) / at(form.clean_out)
        found = apply_network(weights, at(form.scale_in) * z, network, k)
        losses = ((found - wanted) ** 2).mean(dim=(1, 2))
        optimiser.zero_grad()
        losses.sum().backward()
        optimiser.step()
        decay.step()
        if n >= steps - tail:
            last += losses.detach() / tail
        if n % _TOLD == 0:
            cell.tell(int(cell.work * n / steps))
    return {name: tensor.detach() for name, tensor in weights.items()}, last.tolist()


def sample(weights: Weights, form: Form, z: Any) -> Any:
    """All T steps of DDIM from ``z_T``."""
    with load_torch().no_grad():
        for t in range(form.T, 0, -1):
            z = step(weights, form, z, t)
    return z
