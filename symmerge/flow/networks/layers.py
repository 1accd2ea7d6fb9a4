r"""Layered networks of ReLU and ReQU units with exact weights, and how to evaluate them.

A hidden unit is :math:`\max(0, w\cdot h + b)` (``"relu"``) or its square (``"requ"``), where h are
the units of the layer before it; there are no skip connections, so whatever is needed later is
carried from layer to layer by units that are counted like all others. Outputs are affine in the
last hidden layer. Weights are fractions: one network runs in float64, in many digits and in balls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ...errors import require
from ...numbers import Field

__all__ = ["KINDS", "Network", "Unit"]

KINDS = ("relu", "requ", "affine")
_NUMBERS_AT_ONCE = 2**21


@dataclass(frozen=True)
class Unit:
    """One unit: what it does to ``bias + sum(weight * input)``.

    Attributes
    ----------
    kind : {'relu', 'requ', 'affine'}
    row : tuple of (int, Fraction)
        Index of an input in the layer before, and its weight, which is not 0.
    bias : Fraction
    """

    kind: str
    row: tuple[tuple[int, Fraction], ...]
    bias: Fraction


@dataclass(frozen=True, eq=False)
class Network:
    """A feed-forward network.

    Parameters
    ----------
    inputs : int
        Number of inputs.
    layers : tuple of tuples of Unit
        Hidden layers, and the affine outputs last.
    """

    inputs: int
    layers: tuple[tuple[Unit, ...], ...]

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.layers) - 1

    @property
    def width(self) -> int:
        """Number of units of the widest hidden layer."""
        return max((len(layer) for layer in self.layers[:-1]), default=0)

    @property
    def units(self) -> int:
        """Number of hidden units."""
        return sum(len(layer) for layer in self.layers[:-1])

    @property
    def parameters(self) -> int:
        """Number of weights and biases that are not 0, those of carrying units included."""
        return sum(len(unit.row) + (unit.bias != 0) for layer in self.layers for unit in layer)

    @property
    def largest_weight(self) -> float:
        """Size of the largest weight or bias."""
        sizes = (
            abs(number)
            for layer in self.layers
            for unit in layer
            for number in (unit.bias, *(weight for _, weight in unit.row))
        )
        return float(max(sizes))

    @cached_property
    def arrays(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Weights (inputs, units), biases and where to square, in float64."""
        found, width = [], self.inputs
        for layer in self.layers[:-1]:
            found.append((*_dense(layer, width), np.array([u.kind == "requ" for u in layer])))
            width = len(layer)
        return [*found, (*_dense(self.layers[-1], width), np.empty(0, bool))]

    def __call__(self, inputs: Any) -> np.ndarray:
        """Evaluate in float64.

        Parameters
        ----------
        inputs : (N, inputs) array

        Returns
        -------
        (N, outputs) array
        """
        points = np.asarray(inputs, dtype=float)
        fits = points.ndim == 2 and points.shape[1] == self.inputs
        require(fits, "inputs", f"must have shape (N, {self.inputs})", points.shape)
        found = np.empty((len(points), len(self.layers[-1])))
        rows = max(1, _NUMBERS_AT_ONCE // max(1, self.width))
        for start in range(0, len(points), rows):
            values = points[start : start + rows]
            for weights, bias, squared in self.arrays[:-1]:
                values = np.maximum(values @ weights + bias, 0.0)
                values[:, squared] **= 2
            weights, bias, _ = self.arrays[-1]
            found[start : start + rows] = values @ weights + bias
        return found

    def at(self, inputs: Sequence[Any], field: Field) -> list[Any]:
        """Evaluate at one point in any number type; `inputs` are numbers of `field`."""
        require(len(inputs) == self.inputs, "inputs", f"must be {self.inputs}", len(inputs))
        zero = field.number(0)
        values = list(inputs)
        for layer in self.layers:
            sums = [
                sum(
                    (field.number(weight) * values[k] for k, weight in unit.row),
                    field.number(unit.bias),
                )
                for unit in layer
            ]
            values = [
                total if unit.kind == "affine" else _activated(unit.kind, total, zero, field)
                for unit, total in zip(layer, sums, strict=True)
            ]
        return values


def _activated(kind: str, total: Any, zero: Any, field: Field) -> Any:
    positive = field.maximum([total, zero])
    return positive if kind == "relu" else positive * positive


def _dense(layer: tuple[Unit, ...], width: int) -> tuple[np.ndarray, np.ndarray]:
    weights = np.zeros((width, len(layer)))
    for column, unit in enumerate(layer):
        for row, weight in unit.row:
            weights[row, column] = float(weight)
    return weights, np.array([float(unit.bias) for unit in layer])
