r"""The pieces of a score network, each with the error it makes in exact arithmetic.

Products and squares are exact. What is approximate:

* :func:`exp_negative`: relative error at most :math:`(1+r)^{2^q}-1`,
  :math:`r = e^h h^{m+1}/(m+1)!`, for Taylor degree m on :math:`[0, h]` and q squarings;
* :func:`reciprocal`: relative error at most :math:`\kappa^{2^n}`, :math:`|1-y_0 v|\le\kappa<1`, for
  :math:`1/v \approx y_0\prod_{i<n}(1+e^{2^i})`, :math:`e = 1-y_0 v`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...errors import require
from .builder import Builder, Wire

__all__ = ["Exponential", "Inverse", "exp_negative", "largest", "reciprocal"]

_HALF = Fraction(1, 2)
_MOST_DEGREE = 4000
_MOST_FACTORS = 64
VARIANTS = ("shallow", "narrow")


@dataclass(frozen=True)
class Exponential:
    """Degree and squarings for ``exp(-w)``, ``0 <= w <= top``.

    Attributes
    ----------
    degree, squarings : int
    error : mpf
        Bound of the relative error.
    """

    degree: int
    squarings: int
    error: Any

    @classmethod
    def within(cls, error: Any, top: Fraction, context: Any) -> Exponential:
        """The smallest degree that stays within a relative error; halves `top` to at most 1/2."""
        squarings = 1  # one at least: a square is never negative
        while top / 2**squarings > _HALF:
            squarings += 1
        reach = context.mpf(top.numerator) / top.denominator / 2**squarings
        term = context.exp(reach)
        for degree in range(1, _MOST_DEGREE):
            term *= reach / degree
            rest = term * reach / (degree + 1)
            found = context.expm1(2**squarings * context.log1p(rest))
            if found <= error:
                return cls(degree, squarings, found)
        require(False, "eps", "must be larger: the exponential needs too high a degree", error)
        raise AssertionError


@dataclass(frozen=True)
class Inverse:
    """First guess and number of factors for ``1/v``, ``low <= v <= high``.

    Attributes
    ----------
    guess : Fraction
        ``y0``.
    largest : Fraction
        ``1/low``.
    factors : int
    error : mpf
        Bound of the relative error.
    """

    guess: Fraction
    largest: Fraction
    factors: int
    error: Any

    @classmethod
    def within(cls, error: Any, low: Fraction, high: Fraction, context: Any) -> Inverse:
        """The smallest number of factors that stays within a relative error."""
        guess, kappa = 2 / (low + high), (high - low) / (high + low)
        found = context.mpf(kappa.numerator) / kappa.denominator
        for factors in range(_MOST_FACTORS):
            if found <= error:
                return cls(guess, 1 / low, factors, found)
            found = found**2
        require(False, "eps", "must be larger: the reciprocal needs too many factors", error)
        raise AssertionError


def exp_negative(build: Builder, w: Wire, recipe: Exponential, variant: str) -> Wire:
    """``exp(-w)`` of a value ``0 <= w <= top``, in [0, 1]."""
    part = build.affine([(Fraction(1, 2**recipe.squarings), w)], sign=1)
    if w.fixed and w.constant == 0:
        return build.affine([], Fraction(1), sign=1)
    taylor = _horner if variant == "narrow" else _powers
    value = taylor(build, part, recipe.degree)
    for _ in range(recipe.squarings):
        value = build.square(value)
    return value


def _horner(build: Builder, w: Wire, degree: int) -> Wire:
    """Taylor's polynomial of ``exp(-w)``, one product per layer; each bracket is in [0, 1]."""
    one = Fraction(1)
    value = build.affine([(Fraction(-1, degree), w)], one, one, 1)
    for k in range(degree - 1, 0, -1):
        value = build.affine([(Fraction(-1, k), build.product(w, value))], one, one, 1)
    return value


def _powers(build: Builder, w: Wire, degree: int) -> Wire:
    """The same from all powers, which double in number with each layer."""
    powers = [w]
    while len(powers) < degree:
        top = powers[-1]
        missing = degree - len(powers)
        new = [build.product(top, power) for power in powers[: min(missing, len(powers) - 1)]]
        if len(new) < missing:
            new.append(build.square(top))
        powers += new
    terms, factor = [], Fraction(1)
    for k, power in enumerate(powers, start=1):
        factor /= -k
        terms.append((factor, power))
    return build.affine(terms, Fraction(1), Fraction(1), 1)


def reciprocal(build: Builder, v: Wire, recipe: Inverse) -> Wire:
    """``1/v`` of a positive value; never negative."""
    guess = recipe.guess
    if v.fixed:
        return build.affine([], 1 / v.constant, sign=1)
    if recipe.factors == 0:
        return build.affine([], guess, sign=1)
    one = Fraction(1)
    power = build.affine([(-guess, v)], one, one)
    value = build.affine([(guess, power)], guess, 2 * guess, 1)
    for _ in range(recipe.factors - 1):
        power = build.square(power)
        value = build.product(value, build.affine([(one, power)], one, 2 * one, 1))
        value = build.affine([(one, value)], bound=min(value.bound, recipe.largest), sign=1)
    return value


def largest(build: Builder, wires: list[Wire]) -> Wire:
    """Maximum by pairs: ``max(a, b) = a + relu(b - a)``."""
    one = Fraction(1)
    while len(wires) > 1:
        pairs = [wires[k : k + 2] for k in range(0, len(wires), 2)]
        wires = [
            pair[0]
            if len(pair) == 1
            else build.affine(
                [
                    (one, pair[0]),
                    (one, build.relu(build.affine([(one, pair[1]), (-one, pair[0])]))),
                ],
                bound=max(wire.bound for wire in pair),
            )
            for pair in pairs
        ]
    return wires[0]
