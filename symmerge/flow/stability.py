r"""Stability coordinates of the probability flow in closed form, and their inverses (SPEC B1).

With :math:`u = e^{-2\beta t}`, :math:`w = \sigma_\infty^2`, :math:`c = \sigma_0^2 - w`,
:math:`v = w + c u`, the velocity's Jacobian is bounded by

.. math:: L(t) = \beta\left(\left|1 - \frac wv\right| + \frac{w u D_0^2}{4 v^2}\right), \qquad
          A(t) = \int_0^t L = \frac12\left|\ln\frac{\sigma_0^2}{v}\right|
          + \frac{D_0^2}{8}\,\frac{w(1-u)}{\sigma_0^2 v} .

Three kinds of coordinate share this form:

``stability``
    A, the integral of L (ledger ``b1_lipschitz``, ``b1_coordinate``).
``sup``
    The integral of the exact supremum of the Jacobian over space. For :math:`\sigma_0 \ge
    \sigma_\infty` it is A; for narrower components it is B up to :math:`v^* = w D_0^2/(8|c|)` and
    grows like :math:`\frac12\ln v` from there (``b1_supremum``, ``b1_supremum_integral``). It is
    exact if the farthest pair of components is an exposed edge of their hull
    (:func:`symmerge.flow.hull.exposed_edge`), and else an upper bound.
``one-sided``
    B, A without the absolute value: by how much the flow *towards the data* can stretch
    (``b1_one_sided``). It has no switch, but for narrow components it falls again beyond
    :math:`v = 2 v^*`.

All sums below are of positive terms in :math:`1-u`, except B where it really is a difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from ..errors import InputError, require
from ..numbers import FLOAT, Field, exact
from .mixture import Mixture, positive_scale

__all__ = ["KINDS", "Stability"]

KINDS = ("stability", "sup", "one-sided")
_NEWTON_STEPS = 200


@dataclass(frozen=True)
class _Numbers:
    """Parameters in one number type."""

    v0: Any
    w: Any
    c: Any
    beta: Any
    square: Any  # D0^2

    def variance(self, drop: Any) -> Any:
        """Variance at ``1 - u = drop``."""
        return self.v0 * (1 - drop) + self.w * drop


@dataclass(frozen=True)
class Stability:
    """Rates and coordinates of a mixture of one width and diameter.

    Parameters
    ----------
    sigma0 : number > 0
    diameter : number >= 0
        ``D0``, the largest distance of two component means.
    beta, sigma_inf : number > 0

    Examples
    --------
    >>> two = Stability("1/4", 2, beta=5)
    >>> round(two.coordinate(1), 4), round(two.coordinate(1, "one-sided"), 4)
    (9.3863, 6.6137)
    >>> round(two.inverse(two.coordinate(0.3)), 12)
    0.3
    """

    sigma0: Any
    diameter: Any
    beta: Any = 1
    sigma_inf: Any = 1

    def __post_init__(self) -> None:
        for name in ("sigma0", "beta", "sigma_inf"):
            object.__setattr__(self, name, positive_scale(getattr(self, name), name))
        D0 = exact(self.diameter, "diameter")
        require(0 <= D0 <= 10**100, "diameter", "must be >= 0, at most 1e100", self.diameter)
        object.__setattr__(self, "diameter", D0)

    @classmethod
    def of(cls, mixture: Mixture) -> Stability:
        """Take width, rate and diameter from a mixture."""
        return cls(mixture.sigma0, mixture.diameter, mixture.beta, mixture.sigma_inf)

    @property
    def narrow(self) -> bool:
        """Whether ``sigma0 < sigma_inf``."""
        return bool(self.sigma0 < self.sigma_inf)

    def _in(self, field: Field) -> _Numbers:
        v0, w = self.sigma0**2, self.sigma_inf**2
        return _Numbers(*map(field.number, (v0, w, v0 - w, self.beta, self.diameter**2)))

    def rate(self, t: Any, kind: str = "stability", field: Field = FLOAT) -> Any:
        """Rate at time t: L, the exact supremum, or the largest one-sided rate.

        Parameters
        ----------
        t : number >= 0; with float64 also an array
        kind : {'stability', 'sup', 'one-sided'}
        field : Field
        """
        _known(kind)
        with field.working():
            q = self._in(field)
            exponent = -2 * q.beta * _time(t, field)
            u = field.exp(exponent)
            v = q.variance(-field.expm1(exponent))
            pull = q.c * u / v  # 1 - w/v
            stretch = q.w * u * q.square / (4 * v * v)
            if kind == "one-sided":
                found = pull + stretch
            elif kind == "stability" or not self.narrow:
                found = abs(pull) + stretch
            else:
                found = _larger(-pull, pull + stretch, field)
            return _plain(q.beta * found)

    def coordinate(self, t: Any, kind: str = "stability", field: Field = FLOAT) -> Any:
        """Coordinate at time t: the integral of :meth:`rate` from 0.

        Parameters
        ----------
        t : number >= 0; with float64 also an array
        kind : {'stability', 'sup', 'one-sided'}
        field : Field

        Examples
        --------
        >>> from symmerge.numbers import multiprecision
        >>> print(Stability(1, 8, beta=5).coordinate(1, field=multiprecision(20)))
        7.9996368005619001211877...
        """
        _known(kind)
        with field.working():
            q = self._in(field)
            drop = -field.expm1(-2 * q.beta * _time(t, field))
            if not self.narrow or kind != "sup":
                sign = -1 if self.narrow and kind == "one-sided" else 1
                return _plain(self._both(drop, sign, q, field))
            before = _smaller(drop, self._switch(q, 1, field), field)
            after = -q.c * (drop - before) / (q.v0 - q.c * before)
            return _plain(self._both(before, -1, q, field) + field.log1p(after) / 2)

    def greatest(self, t: Any, kind: str = "stability", field: Field = FLOAT) -> Any:
        """Largest value of the coordinate up to time t (only B can have fallen since)."""
        if kind != "one-sided" or not self.narrow:
            return self.coordinate(t, kind, field)
        with field.working():
            q = self._in(field)
            drop = -field.expm1(-2 * q.beta * _time(t, field))
            drop = _smaller(drop, self._switch(q, 2, field), field)
            return _plain(self._both(drop, -1, q, field))

    def inverse(self, level: Any, kind: str = "stability", field: Field = FLOAT) -> Any:
        """First time at which the coordinate reaches a level.

        Parameters
        ----------
        level : number >= 0
        kind : {'stability', 'sup', 'one-sided'}
        field : Field
            float64 solves by Newton's method for the logarithm of the variance ratio; the other
            fields use Lambert's W for ``stability`` and ``one-sided`` (ledger ``b1_inverse``).

        Raises
        ------
        InputError
            If the coordinate never gets there.
        """
        _known(kind)
        wanted = exact(level, "level") if field is FLOAT else level
        require(bool(wanted >= 0), "level", "must be >= 0", level)
        with field.working():
            q = self._in(field)
            if field is FLOAT:
                drop = self._float_drop(float(wanted), kind, q)
                reached = 0 <= drop < 1
            else:
                drop = self._lambert_drop(wanted, kind, field)
                reached = bool(drop < 1)
            require(reached, "level", "must be below the coordinate's limit", level)
            return _plain(field.log1p(-drop) / (-2 * q.beta))

    def _switch(self, q: _Numbers, factor: int, field: Field) -> Any:
        """``1 - u`` where ``v = factor v*`` (0 if that is before the start), narrow components."""
        v = factor * q.w * q.square / (-8 * q.c)
        return _larger(0 * v, (v - q.v0) / -q.c, field)

    def _both(self, drop: Any, sign: int, q: _Numbers, field: Field) -> Any:
        """``sign |ln(v0/v)|/2 + D0^2/8 (SNR_0 - SNR_t)`` at ``1 - u = drop``."""
        v = q.variance(drop)
        if self.narrow:
            ratio = field.log1p(-q.c * drop / q.v0)
        else:
            ratio = field.log1p(q.c * drop / v)
        return sign * ratio / 2 + q.square * q.w * drop / (8 * q.v0 * v)

    def _float_drop(self, level: float, kind: str, q: _Numbers) -> float:
        """``1 - u`` at a level, float64."""
        if q.c == 0:
            require(q.square > 0, "diameter", "must be > 0 when sigma0 = sigma_inf", 0)
            return 8 * q.w * level / q.square
        kappa = q.square * q.w / (4 * abs(q.c) * q.v0)
        if not self.narrow:
            return -q.v0 * math.expm1(-_wide_root(2 * level, kappa)) / q.c
        if kind == "stability":
            return _expm1(_narrow_root(2 * level, kappa, 1)) * q.v0 / -q.c
        last = math.log(kappa) if kappa > 1 else 0.0  # B is largest there
        if kind == "sup":
            last -= math.log(2) if kappa > 2 else last
        top = (-last - kappa * math.expm1(-last)) / 2
        if level <= top:
            return _expm1(_narrow_root(2 * level, kappa, -1)) * q.v0 / -q.c
        if kind == "one-sided":
            raise InputError("level", "is above the largest one-sided coordinate", level)
        return _expm1(last + 2 * (level - top)) * q.v0 / -q.c

    def _lambert_drop(self, level: Any, kind: str, field: Field) -> Any:
        """``1 - u`` at a level by the branch W_0 (stability) or W_-1 (one-sided, narrow)."""
        require(kind != "sup" or not self.narrow, "kind", "has no closed inverse here", kind)
        require(self.diameter > 0, "diameter", "must be > 0 for the closed form", 0)
        q = self._in(field)
        if self.sigma0 == self.sigma_inf:
            return 8 * q.w * level / q.square
        if not self.narrow:
            r = _lambert(q.square * q.w / (4 * q.c * q.v0), level, 1, 0, field)
        else:
            kappa = q.square * q.w / (-4 * q.c * q.v0)
            if kind == "stability":
                r = _lambert(kappa, level, -1, 0, field)
            else:
                steep = self.diameter**2 * self.sigma_inf**2 > 4 * self.sigma0**2 * (
                    self.sigma_inf**2 - self.sigma0**2
                )
                require(steep, "level", "is above the largest one-sided coordinate, 0", level)
                r = _lambert(-kappa, level, 1, -1, field)
        return q.v0 * (r - 1) / (q.c * r)


def _lambert(kappa: Any, level: Any, sign: int, branch: int, field: Field) -> Any:
    """``r = W(kappa exp(kappa + 2 sign level))/kappa``."""
    argument = kappa * field.exp(kappa + 2 * sign * level)
    if isinstance(argument, mpmath.ctx_mp_python._mpf):
        # A large kappa or a small |c| costs digits.
        context = argument.context
        with context.extradps(30 + max(0, int(abs(context.mag(kappa))))):
            argument = kappa * context.exp(kappa + 2 * sign * level)
            return context.lambertw(argument, branch).real / kappa
    return argument.lambertw(branch) / kappa


def _wide_root(target: float, kappa: float) -> float:
    """Root y >= 0 of ``y + kappa (e^y - 1) = target``: Newton from the right, convex."""
    if kappa == 0:
        return target
    y = min(target, math.log1p(target / kappa))
    for _ in range(_NEWTON_STEPS):
        step = (y + kappa * math.expm1(y) - target) / (1 + kappa * math.exp(y))
        y -= step
        if abs(step) <= 1e-17 * abs(y):
            break
    return y


def _narrow_root(target: float, kappa: float, sign: int) -> float:
    """First root y >= 0 of ``sign y + kappa (1 - e^-y) = target``: concave, from the left."""
    y = 0.0
    for _ in range(_NEWTON_STEPS):
        slope = sign + kappa * math.exp(-y)
        step = (target - sign * y + kappa * math.expm1(-y)) / slope if slope > 0 else 0.0
        y += step
        if abs(step) <= 1e-17 * abs(y):
            break
    return max(y, 0.0)


def _expm1(y: float) -> float:
    return math.expm1(y) if y < 700 else math.inf


def _known(kind: str) -> None:
    require(kind in KINDS, "kind", f"must be one of {', '.join(KINDS)}", kind)


def _time(t: Any, field: Field) -> Any:
    """Times: exact numbers in any field, arrays in float64; the field's own numbers pass."""
    if field is FLOAT and isinstance(t, np.ndarray | list | tuple):
        times = np.asarray(t, dtype=float)
        require(bool(np.all((times >= 0) & (times < np.inf))), "t", "must be >= 0", t)
        return times
    if isinstance(t, int | float | str | Fraction | np.number):
        value = exact(t, "t")
        require(value >= 0, "t", "must be >= 0", t)
        return field.number(value)
    require(bool(t >= 0), "t", "must be >= 0", t)
    return t


def _plain(value: Any) -> Any:
    """A float instead of NumPy's scalar, so that answers print as numbers."""
    return float(value) if isinstance(value, np.floating) else value


def _larger(a: Any, b: Any, field: Field) -> Any:
    return np.maximum(a, b) if field is FLOAT else field.maximum((a, b))


def _smaller(a: Any, b: Any, field: Field) -> Any:
    return np.minimum(a, b) if field is FLOAT else field.minimum((a, b))
