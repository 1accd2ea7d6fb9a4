r"""Stacks of small denoisers: many residual networks of one shape, trained side by side.

A network F with input and output of variance about 1 makes the denoiser and the sampler's step

.. math:: D(z) = c_{skip} z + c_{out} F(c_{in} z, t),\qquad
   f_t(z) = \bar a_t z + b_t F(c_{in} z, t),

with the preconditioning of EDM for data of mean variance :math:`\bar\lambda`: :math:`\bar a_t` is
the DDIM step of that variance and :math:`c_{in} = \bar v_t^{-1/2}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..experiments.torch_extra import load_torch
from ..numbers import FLOAT
from ..schedule import Schedule
from ..teacher import Teacher, denoiser

__all__ = ["Form", "Weights", "apply_network", "form_of", "new_weights", "step"]

_BLOCKS = 2

Weights = dict[str, Any]
"""Tensors by name, the first axis runs over the networks of the stack."""


@dataclass(frozen=True, eq=False)
class Form:
    """Coefficients (T, stack, 1, 1) around the network, for times t = 1..T.

    Attributes
    ----------
    alpha, sigma : (T + 1,) arrays
        Levels of the schedule.
    scale_in : tensor
        ``c_in``.
    skip, out : tensors
        ``a_t`` of the mean variance, and ``b_t``.
    clean_skip, clean_out : tensors
        ``c_skip`` and ``c_out``.
    """

    alpha: np.ndarray
    sigma: np.ndarray
    scale_in: Any
    skip: Any
    out: Any
    clean_skip: Any
    clean_out: Any

    @property
    def T(self) -> int:
        """Number of times."""
        return len(self.skip)


def form_of(schedule: Schedule, variances: np.ndarray) -> Form:
    """Coefficients for a stack of networks, each for data of its own mean variance.

    Parameters
    ----------
    schedule : Schedule
    variances : (stack,) array > 0
        Mean variance of a coordinate.
    """
    torch = load_torch()
    with FLOAT.working():
        teacher, levels = Teacher(schedule, variances, FLOAT), schedule.levels(FLOAT)
        alpha, sigma = np.asarray(levels.alpha), np.asarray(levels.sigma)
        clean = np.stack([denoiser(schedule, lam, FLOAT) for lam in variances], axis=1)[1:]
    clean_out = np.sqrt(variances / teacher.v) * sigma[1:, None]
    pull = (alpha[:-1] * sigma[1:] - alpha[1:] * sigma[:-1]) / sigma[1:]

    def tensor(values: np.ndarray) -> Any:
        return torch.tensor(values[..., None, None], dtype=torch.float32)

    return Form(
        alpha,
        sigma,
        tensor(1 / np.sqrt(teacher.v)),
        tensor(teacher.a),
        tensor(pull[:, None] * clean_out),
        tensor(clean),
        tensor(clean_out),
    )


def new_weights(stack: int, d: int, hidden: int, T: int, rng: Any) -> Weights:
    """Weights at the start of training: normal with variance 1/inputs, the last layer 0."""
    torch = load_torch()

    def normal(inputs: int, outputs: int) -> Any:
        return torch.randn(stack, inputs, outputs, generator=rng) / inputs**0.5

    weights = {"enter": normal(d, hidden)}
    for k in range(_BLOCKS):
        weights[f"up{k}"] = normal(hidden, hidden)
        weights[f"time{k}"] = torch.randn(stack, T, hidden, generator=rng)
        weights[f"down{k}"] = normal(hidden, hidden)
    weights["leave"] = torch.zeros(stack, hidden, d)
    weights["offset"] = torch.zeros(stack, 1, d)
    return weights


def apply_network(weights: Weights, x: Any, networks: Any, times: Any) -> Any:
    """F of inputs (stack, batch, d).

    Parameters
    ----------
    networks, times : indices that pick the biases, (stack, batch or 1, hidden) together
    """
    torch = load_torch()
    h = torch.bmm(x, weights["enter"])
    for k in range(_BLOCKS):
        inner = torch.bmm(h, weights[f"up{k}"]) + weights[f"time{k}"][networks, times]
        h = h + torch.bmm(torch.nn.functional.silu(inner), weights[f"down{k}"])
    return torch.bmm(h, weights["leave"]) + weights["offset"]


def step(weights: Weights, form: Form, z: Any, t: int) -> Any:
    """The sampler's step ``f_t(z)``."""
    inner = apply_network(weights, form.scale_in[t - 1] * z, slice(None), slice(t - 1, t))
    return form.skip[t - 1] * z + form.out[t - 1] * inner
