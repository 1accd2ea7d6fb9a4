"""Score, Jacobian and velocity of small mixtures as SymPy expressions.

>>> print(
...     symbolic_mixture(2, 1).score[0].free_symbols == set(symbolic_mixture(2, 1).symbols)
... )
True
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from ..errors import require
from ..numbers import SYMBOLIC, exact
from ..schedule import whole
from .mixture import Mixture

__all__ = ["SymbolicMixture", "symbolic_mixture", "written_out"]

_MOST_COMPONENTS, _MOST_DIMENSIONS = 8, 4
_SHOWN = ("score", "velocity", "density", "score_jacobian")


@dataclass(frozen=True)
class SymbolicMixture:
    """Marginal density of a mixture at one time, in symbols or numbers.

    Attributes
    ----------
    x : (d,) tuple of Symbol
    weights, means : (K,) tuple and (K, d) tuple of tuples
        ``pi_k`` and the means at time t.
    v, beta, sigma_inf_squared : expressions
        ``s_t^2``, the rate and ``sigma_inf^2``.
    """

    x: tuple[sympy.Symbol, ...]
    weights: tuple[Any, ...]
    means: tuple[tuple[Any, ...], ...]
    v: Any
    beta: Any
    sigma_inf_squared: Any

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """Symbols of the score, in the order x, v, weights, means."""
        parts = (*self.x, self.v, *self.weights, *(m for row in self.means for m in row))
        return tuple(part for part in parts if isinstance(part, sympy.Symbol))

    @cached_property
    def terms(self) -> tuple[sympy.Expr, ...]:
        """``pi_k exp(-|x-m_k|^2/(2v))``: the densities but for their common factor."""
        return tuple(
            weight
            * sympy.exp(-sum((a - b) ** 2 for a, b in zip(self.x, row, strict=True)) / (2 * self.v))
            for weight, row in zip(self.weights, self.means, strict=True)
        )

    @cached_property
    def density(self) -> sympy.Expr:
        """``p_t(x)``."""
        return sum(self.terms) / (2 * sympy.pi * self.v) ** sympy.Rational(len(self.x), 2)

    @cached_property
    def responsibilities(self) -> tuple[sympy.Expr, ...]:
        """``gamma_k(x)``."""
        total = sum(self.terms)
        return tuple(term / total for term in self.terms)

    @cached_property
    def mean(self) -> tuple[sympy.Expr, ...]:
        """Responsibility-weighted mean of the means, per coordinate."""
        columns = zip(*self.means, strict=True)
        gamma = self.responsibilities
        return tuple(sum(g * m for g, m in zip(gamma, c, strict=True)) for c in columns)

    @cached_property
    def score(self) -> tuple[sympy.Expr, ...]:
        """``-(x - mean)/v``."""
        return tuple(-(a - b) / self.v for a, b in zip(self.x, self.mean, strict=True))

    @cached_property
    def velocity(self) -> tuple[sympy.Expr, ...]:
        """``-beta (x + sigma_inf^2 score)``."""
        w = self.sigma_inf_squared
        return tuple(-self.beta * (a + w * b) for a, b in zip(self.x, self.score, strict=True))

    @cached_property
    def score_jacobian(self) -> sympy.Matrix:
        """``-I/v + Cov/v^2`` with Cov as a sum over pairs of components."""
        gamma, means = self.responsibilities, self.means

        def entry(i: int, j: int) -> sympy.Expr:
            pairs = sum(
                gamma[k] * gamma[n] * (means[k][i] - means[n][i]) * (means[k][j] - means[n][j])
                for k in range(len(gamma))
                for n in range(k)
            )
            return pairs / self.v**2 - sympy.Integer(int(i == j)) / self.v

        return sympy.Matrix(len(self.x), len(self.x), entry)

    def latex(self, of: str = "score") -> str:
        """LaTeX of ``score``, ``velocity``, ``density`` or ``score_jacobian``."""
        require(of in _SHOWN, "of", f"must be one of {', '.join(_SHOWN)}", of)
        found = getattr(self, of)
        return sympy.latex(sympy.Matrix(found) if isinstance(found, tuple) else found)

    def _repr_latex_(self) -> str:
        return rf"$\nabla\log p_t = {self.latex()}$"


def symbolic_mixture(components: int, dimension: int) -> SymbolicMixture:
    """Return a mixture with symbols for everything.

    Parameters
    ----------
    components : int, at most 8
    dimension : int, at most 4

    Examples
    --------
    >>> two = symbolic_mixture(2, 1)
    >>> sympy.simplify(sympy.diff(sympy.log(two.density), two.x[0]) - two.score[0])
    0
    """
    K = whole(components, "components", 1, _MOST_COMPONENTS)
    d = whole(dimension, "dimension", 1, _MOST_DIMENSIONS)
    weights = sympy.symbols(f"pi_1:{K + 1}", positive=True, seq=True)
    means = tuple(
        sympy.symbols(f"m_{k}_1:{d + 1}" if d > 1 else f"m_{k}:{k + 1}", real=True, seq=True)
        for k in range(1, K + 1)
    )
    v, beta, wide = sympy.symbols("v beta sigma_inf", positive=True)
    return SymbolicMixture(_coordinates(d), tuple(weights), means, v, beta, wide**2)


def written_out(mixture: Mixture, t: Any = None) -> SymbolicMixture:
    """Return a given mixture at time t, a symbol by default, with its exact numbers.

    Examples
    --------
    >>> two = written_out(Mixture([-1.0, 1.0], sigma0="1/2", beta=5))
    >>> two.v
    1 - 3*exp(-10*t)/4
    """
    whole(mixture.K, "components", 1, _MOST_COMPONENTS)
    whole(mixture.d, "dimension", 1, _MOST_DIMENSIONS)
    number = SYMBOLIC.number
    time = sympy.Symbol("t", nonnegative=True) if t is None else number(exact(t, "t"))
    beta, start, end = map(number, (mixture.beta, mixture.sigma0**2, mixture.sigma_inf**2))
    signal = sympy.exp(-beta * time)
    means = tuple(tuple(_rational(m) * signal for m in row) for row in mixture.means)
    weights = tuple(_rational(weight) for weight in mixture.weights)
    v = end + (start - end) * signal**2
    return SymbolicMixture(_coordinates(mixture.d), weights, means, v, beta, end)


def _coordinates(d: int) -> tuple[sympy.Symbol, ...]:
    names = "x" if d == 1 else f"x_1:{d + 1}"
    return tuple(sympy.symbols(names, real=True, seq=True))


def _rational(value: float) -> sympy.Rational:
    """The shortest decimal that rounds to this float."""
    return sympy.Rational(str(float(value)))
