"""The networks that are trained: ReLU networks, plain or residual, and a small transformer.

Parameters are named tensors, drawn from an explicit generator: the same seed gives the same
student whatever else ran before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

from .torch_extra import load_torch

__all__ = ["Student", "mlp", "transformer"]

_TOKENS = 8
_HEADS = 4


@dataclass(frozen=True)
class Student:
    """A network: its parameters, and how they map a batch of points (N, d) to (N, d).

    Attributes
    ----------
    parameters : dict from name to tensor
        Names of weight matrices end in ``.weight``.
    apply : function (parameters, points) -> points
    """

    parameters: dict[str, Any]
    apply: Callable[[dict[str, Any], Any], Any]

    def __call__(self, x: Any) -> Any:
        """The student's answers."""
        return self.apply(self.parameters, x)

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(p.numel() for p in self.parameters.values())


class _Maker:
    """Draws parameters."""

    def __init__(self, seed: int, device: str) -> None:
        self.torch = load_torch()
        self.generator = self.torch.Generator().manual_seed(seed)
        self.device = device
        self.parameters: dict[str, Any] = {}

    def keep(self, name: str, value: Any) -> None:
        self.parameters[name] = value.to(self.device).requires_grad_()

    def linear(self, name: str, inputs: int, outputs: int) -> None:
        """Xavier's uniform weights, and biases of 0."""
        reach = sqrt(6 / (inputs + outputs))
        unit = self.torch.rand(outputs, inputs, generator=self.generator)
        self.keep(f"{name}.weight", reach * (2 * unit - 1))
        self.keep(f"{name}.bias", self.torch.zeros(outputs))

    def norm(self, name: str, width: int) -> None:
        self.keep(f"{name}.gain", self.torch.ones(width))
        self.keep(f"{name}.shift", self.torch.zeros(width))


def mlp(d: int, depth: int, width: int, seed: int, residual: bool, device: str = "cpu") -> Student:
    """ReLU network with `depth` hidden layers; with `residual`, of the form ``x + net(x)``."""
    make = _Maker(seed, device)
    widths = [d, *[width] * depth, d]
    for k in range(depth + 1):
        make.linear(f"{k}", widths[k], widths[k + 1])
    torch, linear = make.torch, make.torch.nn.functional.linear

    def apply(p: dict[str, Any], x: Any) -> Any:
        h = x
        for k in range(depth):
            h = torch.relu(linear(h, p[f"{k}.weight"], p[f"{k}.bias"]))
        h = linear(h, p[f"{depth}.weight"], p[f"{depth}.bias"])
        return x + h if residual else h

    return Student(make.parameters, apply)


def transformer(d: int, blocks: int, width: int, seed: int, device: str = "cpu") -> Student:
    """Pre-norm transformer; its tokens are eight groups of coordinates that follow one another.

    The groups are embedded in `width` dimensions with learned positions, pass `blocks` of
    attention (four heads) and a ReLU layer of twice the width, and are read out group by group.
    """
    make = _Maker(seed, device)
    part = d // _TOKENS
    make.linear("in", part, width)
    make.keep("position", 0.02 * make.torch.randn(_TOKENS, width, generator=make.generator))
    for k in range(blocks):
        make.norm(f"{k}.norm1", width)
        make.linear(f"{k}.qkv", width, 3 * width)
        make.linear(f"{k}.merge", width, width)
        make.norm(f"{k}.norm2", width)
        make.linear(f"{k}.up", width, 2 * width)
        make.linear(f"{k}.down", 2 * width, width)
    make.norm("norm", width)
    make.linear("out", width, part)
    nn = make.torch.nn.functional

    def apply(p: dict[str, Any], x: Any) -> Any:
        def linear(name: str, h: Any) -> Any:
            return nn.linear(h, p[f"{name}.weight"], p[f"{name}.bias"])

        def norm(name: str, h: Any) -> Any:
            return nn.layer_norm(h, (width,), p[f"{name}.gain"], p[f"{name}.shift"])

        def attention(k: int, h: Any) -> Any:
            split = linear(f"{k}.qkv", h).view(-1, _TOKENS, 3, _HEADS, width // _HEADS)
            q, key, value = split.permute(2, 0, 3, 1, 4)
            seen = nn.scaled_dot_product_attention(q, key, value)
            return linear(f"{k}.merge", seen.transpose(1, 2).reshape(-1, _TOKENS, width))

        h = linear("in", x.view(-1, _TOKENS, part)) + p["position"]
        for k in range(blocks):
            h = h + attention(k, norm(f"{k}.norm1", h))
            h = h + linear(f"{k}.down", nn.relu(linear(f"{k}.up", norm(f"{k}.norm2", h))))
        return linear("out", norm("norm", h)).reshape(-1, d)

    return Student(make.parameters, apply)
