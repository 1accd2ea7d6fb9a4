"""Building layered networks from values: wires, and units that carry them from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from .layers import Network, Unit

__all__ = ["Builder", "Wire"]


@dataclass(frozen=True)
class Wire:
    """A value: an affine function of the units of one layer.

    Attributes
    ----------
    level : int
        The layer; 0 are the inputs.
    row : tuple of (int, Fraction)
        Units and weights.
    constant : Fraction
    bound : Fraction
        The value's size is at most this on the domain; it only balances products.
    sign : int
        1 or -1 if the value is known to be >= 0 or <= 0, which saves a unit; else 0.
    """

    level: int
    row: tuple[tuple[int, Fraction], ...]
    constant: Fraction
    bound: Fraction
    sign: int = 0

    @property
    def fixed(self) -> bool:
        """Whether the value is a constant."""
        return not self.row


class Builder:
    """Collects units layer by layer; equal units are made once."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self._layers: list[list[Unit]] = []
        self._known: list[dict[Unit, int]] = []
        self._carried: dict[tuple[Wire, int], Wire] = {}

    def input(self, index: int, bound: Fraction, sign: int = 0) -> Wire:
        """One of the inputs."""
        return Wire(0, ((index, Fraction(1)),), Fraction(0), bound, sign)

    def _unit(self, kind: str, wire: Wire, factor: Fraction) -> tuple[int, int]:
        """A unit on ``factor * wire``; its layer and its index there."""
        level = wire.level + 1
        while len(self._layers) < level:
            self._layers.append([])
            self._known.append({})
        row = tuple((k, factor * weight) for k, weight in wire.row)
        unit = Unit(kind, row, factor * wire.constant)
        known = self._known[level - 1]
        if unit not in known:
            known[unit] = len(self._layers[level - 1])
            self._layers[level - 1].append(unit)
        return level, known[unit]

    def _of_units(
        self, parts: Iterable[tuple[Fraction, tuple[int, int]]], bound: Fraction, sign: int
    ) -> Wire:
        found = [(index, weight, level) for weight, (level, index) in parts]
        row: dict[int, Fraction] = {}
        for index, weight, _ in found:
            row[index] = row.get(index, Fraction(0)) + weight
        kept = tuple((index, weight) for index, weight in sorted(row.items()) if weight)
        return Wire(found[0][2], kept, Fraction(0), bound, sign)

    def relu(self, wire: Wire, bound: Fraction | None = None) -> Wire:
        """``max(0, wire)``, one layer later."""
        unit = self._unit("relu", wire, Fraction(1))
        return self._of_units([(Fraction(1), unit)], bound or wire.bound, 1)

    def carry(self, wire: Wire, level: int) -> Wire:
        """The same value at a later layer."""
        if wire.fixed:
            return Wire(level, (), wire.constant, wire.bound, wire.sign)
        while wire.level < level:
            if (wire, wire.level) not in self._carried:
                sides = [side for side in (1, -1) if wire.sign in (0, side)]
                units = [(Fraction(s), self._unit("relu", wire, Fraction(s))) for s in sides]
                moved = self._of_units(units, wire.bound, wire.sign)
                self._carried[wire, wire.level] = moved
            wire = self._carried[wire, wire.level]
        return wire

    def affine(
        self,
        terms: Iterable[tuple[Fraction, Wire]],
        constant: Fraction = Fraction(0),
        bound: Fraction | None = None,
        sign: int = 0,
    ) -> Wire:
        """``constant + sum(weight * wire)`` at the latest of the wires' layers."""
        parts = [(weight, wire) for weight, wire in terms if weight]
        level = max((wire.level for _, wire in parts if not wire.fixed), default=0)
        row: dict[int, Fraction] = {}
        total, size = constant, abs(constant)
        for weight, wire in parts:
            here = self.carry(wire, level)
            total += weight * here.constant
            size += abs(weight) * wire.bound
            for index, own in here.row:
                row[index] = row.get(index, Fraction(0)) + weight * own
        kept = tuple((index, weight) for index, weight in sorted(row.items()) if weight)
        return Wire(level, kept, total, size if bound is None else bound, sign)

    def _squares(self, wire: Wire, factor: Fraction) -> list[tuple[Fraction, tuple[int, int]]]:
        """Units whose sum is the square of the wire, times `factor`."""
        sides = [side for side in (1, -1) if wire.sign in (0, side)]
        return [(factor, self._unit("requ", wire, Fraction(side))) for side in sides]

    def square(self, wire: Wire) -> Wire:
        """The square, one layer later."""
        if wire.fixed:
            return Wire(wire.level, (), wire.constant**2, wire.bound**2, 1)
        return self._of_units(self._squares(wire, Fraction(1)), wire.bound**2, 1)

    def product(self, x: Wire, y: Wire) -> Wire:
        """``x y = ((x + y)^2 - (x - y)^2)/4``, one layer later than the later of the two.

        The factors are first brought to about the same size by a power of two and its inverse, so
        that in floating point little is lost where the squares cancel.
        """
        for one, other in ((x, y), (y, x)):
            if one.fixed:
                sign = other.sign * ((one.constant > 0) - (one.constant < 0))
                return self.affine([(one.constant, other)], sign=sign)
        level = max(x.level, y.level)
        x, y = self.carry(x, level), self.carry(y, level)
        shift = round((math.log2(y.bound) - math.log2(x.bound)) / 2)
        scale = Fraction(2) ** shift
        total = self.affine([(scale, x), (1 / scale, y)], sign=x.sign if x.sign == y.sign else 0)
        apart = self.affine([(scale, x), (-1 / scale, y)], sign=x.sign if x.sign == -y.sign else 0)
        units = self._squares(total, Fraction(1, 4)) + self._squares(apart, Fraction(-1, 4))
        return self._of_units(units, x.bound * y.bound, x.sign * y.sign)

    def finish(self, outputs: Iterable[Wire]) -> Network:
        """The network that has these values as outputs; units nothing depends on are left out."""
        wires = list(outputs)
        level = max(wire.level for wire in wires)
        last = [self.carry(wire, level) for wire in wires]
        layers = [*self._layers[:level], [Unit("affine", wire.row, wire.constant) for wire in last]]
        kept: list[tuple[Unit, ...]] = []
        needed = list(range(len(layers[-1])))
        for depth in reversed(range(len(layers))):
            chosen = [layers[depth][k] for k in needed]
            used = sorted({k for unit in chosen for k, _ in unit.row})
            place = range(self.inputs) if depth == 0 else {k: n for n, k in enumerate(used)}
            kept.append(
                tuple(
                    Unit(u.kind, tuple((place[k], weight) for k, weight in u.row), u.bias)
                    for u in chosen
                )
            )
            needed = used
        return Network(self.inputs, tuple(reversed(kept)))
