r"""What students of bounded Lipschitz constant must lose (SPEC B1): one dimension.

For an increasing f and all K-Lipschitz g, monotone or not,

.. math:: \min_g \sup|f-g| = \tfrac12 \sup_{a\le b}\,[f(b)-f(a)-K(b-a)], \qquad
          \min_g E|f-g|^2 = E|f-Kx-h|^2,

h the best non-increasing fit of :math:`f-Kx` in mean square (isotonic regression; ledger
``b1_mismatch_sup``, ``b1_isotonic``). Both optima increase. Compositions of n increasing
K-Lipschitz maps are the increasing :math:`K^n`-Lipschitz maps, so n students do as well as one with
:math:`K^n`, and exactly right from :math:`n = \lceil\ln\mathrm{Lip}f/\ln K\rceil` on
(``b1_compositions``).

The first functions take any increasing map as arrays, the others the flow map
:math:`\Phi_{0\leftarrow t}` of a mixture.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..datasets import sklearn_module
from ..errors import require
from ..numbers import exact
from ..schedule import whole
from .mixture import Mixture, positive_scale, time_value
from .score import log_density
from .transport import log_lipschitz, masses, transport

__all__ = [
    "FlowTable",
    "Mismatch",
    "MismatchTable",
    "flow_table",
    "mismatch",
    "mismatch_table",
    "pairing_bound",
    "square_student",
    "steps_needed",
    "sup_mismatch",
    "sup_student",
    "vanishing_width",
]

_NODES = 8001
_WIDTHS = 10.0
_MOST_STEPS = 10**6
_MOST_ROWS = 32
# A slope that exceeds K^n by less, relatively, is within the precision of log_lipschitz.
_MARGIN = 1e-9


def _tilted(x: Any, f: Any, K: float) -> tuple[np.ndarray, np.ndarray]:
    """Points and ``f - K x`` there, checked."""
    points, values = np.asarray(x, dtype=float), np.asarray(f, dtype=float)
    shape = points.ndim == 1 and points.shape == values.shape and len(points) > 0
    require(shape, "x, f", "must be rows of equal length", (points.shape, values.shape))
    finite = bool(np.all(np.isfinite(points)) and np.all(np.isfinite(values)))
    require(finite, "x, f", "must be finite", "nan or inf")
    require(bool(np.all(np.diff(points) > 0)), "x", "must increase", "it does not")
    require(bool(np.all(np.diff(values) >= 0)), "f", "must not decrease", "it does")
    return points, values - K * points


def sup_mismatch(x: Any, f: Any, K: Any) -> float:
    """Least largest error of a K-Lipschitz map on points: half of what f rises faster than K.

    Parameters
    ----------
    x, f : (n,) arrays
        Increasing points; values that do not decrease.
    K : number > 0

    Examples
    --------
    >>> sup_mismatch([-1.0, 0.0, 0.5], [-3.0, 0.0, 4.0], 2)
    2.0
    """
    _, rest = _tilted(x, f, float(positive_scale(K, "K")))
    return float(np.max(rest - np.minimum.accumulate(rest))) / 2


def sup_student(x: Any, f: Any, K: Any) -> np.ndarray:
    """A K-Lipschitz map that attains :func:`sup_mismatch`: the mean of McShane's two extensions.

    Both ``inf_y f(y) + K |x-y|``, which lies below f and is moved up by the least error d, and
    ``sup_y f(y) - K |x-y|``, above f and moved down by d, are K-Lipschitz and at most d away from
    f; so is their mean, by the triangle inequality. It is odd when f is, for reflection
    ``-f(-x)`` swaps the two. On an increasing f they are ``K x`` plus the running minimum of
    ``f - K x`` from the left, and plus its running maximum from the right.

    Examples
    --------
    >>> sup_student([-1.0, -0.5, 0.5, 1.0], [-4.0, -3.0, 3.0, 4.0], 2)
    array([-2., -1.,  1.,  2.])
    """
    slope = float(positive_scale(K, "K"))
    points, rest = _tilted(x, f, slope)
    lower = np.minimum.accumulate(rest)
    upper = np.maximum.accumulate(rest[::-1])[::-1]
    return slope * points + (lower + upper) / 2


def square_student(x: Any, f: Any, weights: Any, K: Any) -> np.ndarray:
    """The K-Lipschitz map nearest to f in weighted mean square: scikit-learn's isotonic regression.

    Parameters
    ----------
    x, f : (n,) arrays
        Increasing points; values that do not decrease.
    weights : (n,) array of numbers >= 0, not all 0
        Where one is 0, any K-Lipschitz map does: between its neighbours' values.
    K : number > 0

    Examples
    --------
    >>> square_student([-1.0, 1.0], [-3.0, 3.0], [1.0, 1.0], 2)
    array([-2.,  2.])
    """
    slope = float(positive_scale(K, "K"))
    points, rest = _tilted(x, f, slope)
    mass = np.asarray(weights, dtype=float)
    fine = mass.shape == points.shape and bool(np.all(mass >= 0) and np.all(mass < np.inf))
    rule = f"must be {len(points)} finite numbers >= 0, not all 0"
    require(fine and bool(np.any(mass > 0)), "weights", rule, weights)
    seen = mass > 0
    fit = sklearn_module("isotonic").isotonic_regression(
        rest[seen], sample_weight=mass[seen], increasing=False
    )
    return slope * points + np.interp(points, points[seen], fit)


@dataclass(frozen=True, eq=False)
class FlowTable:
    """The flow map from time t to the data on nodes, dense wherever the map or its inverse bends.

    Attributes
    ----------
    mixture : Mixture
    t : float
    x, f : (n,) arrays
        Points at time t, and where they come from at time 0.
    weights : (n,) array
        Probability under ``p_t`` of the points nearer to a node than to its neighbours; 0 deep in
        tails and gaps, where the nodes still count for the largest error.
    """

    mixture: Mixture
    t: float
    x: np.ndarray
    f: np.ndarray
    weights: np.ndarray

    @property
    def square(self) -> float:
        """``E f^2``, the mean square of the data."""
        means = self.mixture.means[:, 0]
        return float(self.mixture.weights @ means**2) + float(self.mixture.sigma0) ** 2

    @cached_property
    def log_lipschitz(self) -> float:
        """Logarithm of the map's Lipschitz constant."""
        return log_lipschitz(self.mixture, self.t).value

    def mean_square(self, errors: np.ndarray) -> float:
        """Mean of squared errors on the nodes, relative to ``E f^2``."""
        return float(self.weights @ errors**2) / self.square


def flow_table(mixture: Mixture, t: Any, nodes: Any = _NODES) -> FlowTable:
    """Tabulate the flow map of a mixture in one dimension.

    Parameters
    ----------
    mixture : Mixture with d = 1
    t : number > 0
    nodes : int
        On either side; about twice as many in all. The least errors converge at second order.
    """
    require(mixture.d == 1, "mixture", "must have one dimension", mixture.d)
    last, n = time_value(t), whole(nodes, "nodes", 3, 10**6)

    def spaced(time: float) -> np.ndarray:
        means, width = mixture.signal(time) * mixture.means[:, 0], math.sqrt(mixture.variance(time))
        low, high = means.min() - _WIDTHS * width, means.max() + _WIDTHS * width
        near = np.linspace(-_WIDTHS, _WIDTHS, max(3, n // (2 * mixture.K))) * width
        return np.concatenate([np.linspace(low, high, n // 2), (means[:, None] + near).ravel()])

    noisy, clean = spaced(last), spaced(0.0)
    x = np.concatenate([noisy, transport(mixture, clean, 0, last)])
    f = np.concatenate([transport(mixture, noisy, last), clean])
    x, first = np.unique(x, return_index=True)
    apart = np.append(True, np.diff(x) > 8 * np.finfo(float).eps * np.abs(x[1:]))
    # Where f is steep, its last digits may be out of order.
    x, f = x[apart], np.maximum.accumulate(f[first][apart])
    return FlowTable(mixture, last, x, f, masses(mixture, (x[1:] + x[:-1]) / 2, last))


@dataclass(frozen=True)
class Mismatch:
    """Least errors of n increasing K-Lipschitz students in a row, for the map from t to the data.

    Attributes
    ----------
    K : float
    steps : int
    sup : float
        Least largest error on the nodes of the table, at most the one on the line, in the units of
        the data (inf if the map's slope exceeds ``K^n`` far out).
    mean_square : float
        Least ``E|f-g|^2 / E f^2``, up to quadrature on the nodes.
    """

    K: float
    steps: int
    sup: float
    mean_square: float


def mismatch(table: FlowTable, K: Any, steps: Any = 1) -> Mismatch:
    """Least errors of `steps` students of Lipschitz constant K.

    Parameters
    ----------
    table : FlowTable
    K : number > 0
    steps : int >= 1

    Examples
    --------
    >>> table = flow_table(Mixture([-1.0, 1.0], sigma0="1/4", beta=5), 1)
    >>> [float(f"{mismatch(table, 2, n).mean_square:.2e}") for n in (1, 2, 3, 10)]
    [0.0344, 0.00993, 0.00284, 0.0]
    """
    slope, n = float(positive_scale(K, "K")), whole(steps, "steps", 1, _MOST_STEPS)
    logarithm = n * math.log(slope)
    if logarithm + _MARGIN >= table.log_lipschitz:
        return Mismatch(slope, n, 0.0, 0.0)
    whole_slope = math.exp(logarithm)
    require(whole_slope >= 1e-100, "K, steps", "must have K^steps >= 1e-100", (slope, n))
    best = square_student(table.x, table.f, table.weights, whole_slope)
    far = math.log(float(table.mixture.sigma0)) - math.log(table.mixture.variance(table.t)) / 2
    largest = sup_mismatch(table.x, table.f, whole_slope) if far <= logarithm else math.inf
    return Mismatch(slope, n, largest, table.mean_square(table.f - best))


def steps_needed(log_lipschitz: float, K: Any) -> int | None:
    """Least number of K-Lipschitz maps in a row that reach a map exactly; None if no number does.

    Parameters
    ----------
    log_lipschitz : float
        Of the map, known to 1e-9; for two symmetric modes the one-sided coordinate B.
    K : number > 0

    Examples
    --------
    >>> steps_needed(6.6137, 2), steps_needed(6.6137, 1), steps_needed(-0.1, 1)
    (10, None, 1)
    """
    reach = math.log(float(positive_scale(K, "K")))
    if log_lipschitz - _MARGIN <= reach:
        return 1
    return math.ceil((log_lipschitz - _MARGIN) / reach) if reach > 0 else None


@dataclass(frozen=True)
class MismatchTable:
    """How the least errors fall with the number of students.

    Attributes
    ----------
    label : str
        Of the mixture.
    T, K : float
        The map leads from time T to the data.
    log_lipschitz : float
        Of that map.
    needed : int or None
        Students that reach it exactly; None if no number does.
    rows : tuple of Mismatch
        For 1, 2, … students.
    """

    label: str
    T: float
    K: float
    log_lipschitz: float
    needed: int | None
    rows: tuple[Mismatch, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"schema": "symmerge.mismatch", "version": 1, **asdict(self)}

    def __str__(self) -> str:
        enough = "no number of them is"
        if self.needed is not None:
            beyond = self.needed > _MOST_STEPS
            count = f"only more than {_MOST_STEPS:,}" if beyond else f"{self.needed}"
            enough = f"{count} in a row can be"
        lines = [
            f"{self.label}: students of Lipschitz constant {self.K:g} for the map from time "
            f"{self.T:g} to the data",
            f"the map's own constant is {math.exp(min(self.log_lipschitz, 700)):.6g} "
            f"(logarithm {self.log_lipschitz:.6g}): {enough} exact",
            "least errors whatever the training",
            "  students   mean square, relative   largest",
            *(f"  {row.steps:8d}   {row.mean_square:21.4g}   {row.sup:7.4g}" for row in self.rows),
        ]
        return "\n".join(lines)


def mismatch_table(mixture: Mixture, T: Any, K: Any) -> MismatchTable:
    """Least errors of 1, 2, … students of Lipschitz constant K, for the map from T to the data.

    Examples
    --------
    >>> found = mismatch_table(Mixture([-1.0, 1.0], sigma0="1/4", beta=5), 1, 8)
    >>> found.needed, [float(f"{row.mean_square:.3g}") for row in found.rows]
    (4, [0.00284, 4.39e-05, 1.23e-08, 0.0])
    """
    table = flow_table(mixture, T)
    needed = steps_needed(table.log_lipschitz, K)
    counts = range(1, 1 + min(needed or 1, _MOST_ROWS))
    rows = tuple(mismatch(table, K, n) for n in counts)
    return MismatchTable(mixture.label, table.t, rows[0].K, table.log_lipschitz, needed, rows)


def pairing_bound(table: FlowTable, K: Any, centre: Any = 0) -> float:
    r"""A lower bound, up to quadrature, on ``E|f-g|^2 / E f^2`` without optimisation.

    A point x is paired with its mirror image:

    .. math:: E|f-g|^2 \ge \int_0^\infty \frac{p(c+h)\,p(c-h)}{p(c+h)+p(c-h)}
              \bigl(f(c+h)-f(c-h)-2Kh\bigr)_+^2\,dh

    by ``b1_mismatch_square``; for two symmetric modes and c = 0 it is the optimum. The integral is
    taken by the trapezoid rule on the nodes, so the value can lie slightly above the optimum.

    Parameters
    ----------
    table : FlowTable
    K : number > 0
    centre : number
        c, a point at time t.
    """
    slope, c = float(positive_scale(K, "K")), float(exact(centre, "centre"))
    h = np.unique(np.abs(table.x - c))
    pair = np.stack([c + h, c - h])
    gap = np.subtract(*(transport(table.mixture, side, table.t) for side in pair)) - 2 * slope * h
    p, q = (np.exp(log_density(table.mixture, side[:, None], table.t)) for side in pair)
    with np.errstate(invalid="ignore"):
        shared = np.where(p + q > 0, p * q / (p + q), 0.0)
    values = shared * np.maximum(gap, 0.0) ** 2
    return float(np.sum((values[1:] + values[:-1]) / 2 * np.diff(h))) / table.square


def vanishing_width(size: Any, K: Any) -> float:
    r"""Least mean-square error for a step ``size sign(x)`` under a standard normal x.

    The limit of two symmetric modes of vanishing width at a late time, with z = size/K,

    .. math:: 2K^2\int_0^z (z-y)^2\varphi(y)\,dy
              = K^2[(1+z^2)(2\Phi(z)-1) + 2z\varphi(z) - 4z\varphi(0)] ,

    about ``0.266 size^3/K`` for large K.

    Examples
    --------
    >>> vanishing_width(1, 2), round(vanishing_width(1, 1000) * 1000, 6)
    (0.1313..., 0.265962)
    """
    slope = float(positive_scale(K, "K"))
    z = float(positive_scale(size, "size")) / slope
    if z > 1:
        share, density = math.erf(z / math.sqrt(2)), math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        root = math.sqrt(2 * math.pi)
        return slope**2 * ((1 + z * z) * share + 2 * z * density - 4 * z / root)
    # The terms of the closed form cancel; integrate the power series of the density instead.
    total, factor = 0.0, 1.0
    for k in range(24):
        total += factor / ((2 * k + 1) * (2 * k + 2) * (2 * k + 3))
        factor *= -z * z / (2 * (k + 1))
    return slope**2 * 4 * z**3 * total / math.sqrt(2 * math.pi)
