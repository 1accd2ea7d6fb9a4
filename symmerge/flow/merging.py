r"""Students of the teacher's form for merged mixture steps (SPEC C6), in one dimension.

A student with K components is

.. math:: S(x) = A x + \sum_k b_k\,\mathrm{softmax}_k(p_1 x + q_1, \dots, p_K x + q_K),

which every single teacher step is. Two steps after the noisiest are not (ledger
``c6_not_exact``), so merging has an error no training removes. The least one is looked for by
least squares from many starts: the linear parameters are solved for (variable projection), the
logits are found by Levenberg-Marquardt. **Every error here is the best found, not a certified
minimum.**

Errors are relative to the map's own deviation, :math:`\sqrt{E|S-f|^2/\mathrm{Var} f}` under the law
of the block's input, by Gauss-Legendre panels that are halved wherever f is steep.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError, require
from ..plan import MergePlan, enumerate_plans
from ..schedule import whole
from .ddim import MixtureTeacher
from .score import Marginal

__all__ = [
    "Fit",
    "Merged",
    "MixtureStudent",
    "binary_plans",
    "fit_block",
    "fit_student",
    "merge",
    "rank_orders",
]

Map = Callable[[np.ndarray], np.ndarray]
_WIDTHS = 9.0
_PANELS = 160
_HALVINGS = 30
_GAUSS = np.polynomial.legendre.leggauss(5)
_MOST_COMPONENTS = 12
_ROUNDING = 1e-9
_LARGEST = 1e100
_EVALUATIONS = 200


@dataclass(frozen=True, eq=False)
class MixtureStudent:
    """``slope x + sum_k offsets_k softmax_k(rates x + biases)``.

    Attributes
    ----------
    slope : float
    offsets, rates, biases : (K,) arrays
    """

    slope: float
    offsets: np.ndarray
    rates: np.ndarray
    biases: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Evaluate at points (n,)."""
        return np.asarray(
            self.slope * x + _softmax(np.multiply.outer(x, self.rates) + self.biases) @ self.offsets
        )

    @property
    def K(self) -> int:
        """Number of components."""
        return len(self.offsets)


@dataclass(frozen=True, eq=False)
class Fit:
    """The best student found for one map.

    Attributes
    ----------
    student : MixtureStudent
    error : float
        Relative error in the mean square.
    starts : int
        Searches begun.
    agreeing : int
        Searches that ended within one per cent of the best one.
    """

    student: MixtureStudent
    error: float
    starts: int
    agreeing: int

    def __str__(self) -> str:
        return (
            f"{self.student.K} components: relative error {self.error:.4g}, the best found "
            f"({self.agreeing} of {self.starts} starts agree)"
        )


def fit_student(
    target: Map, law: Marginal, components: Any = 2, starts: Any = 24, seed: int = 0
) -> Fit:
    """Find a student of the teacher's form near a map; needs SciPy (extra ``data``).

    Parameters
    ----------
    target : function of points (n,)
    law : Marginal of a one-dimensional mixture
        Of the points.
    components : int
        K; 1 is the best affine map.
    starts : int
        Random starts.
    seed : int

    Examples
    --------
    >>> from symmerge.flow.mixture import Mixture
    >>> law = Marginal(Mixture([0.0]), 1.0, 1.0)
    >>> found = fit_student(lambda x: 2 * x + np.tanh(5 * x), law)
    >>> found.error < 1e-9, round(found.student.slope, 6)
    (True, 2.0)
    """
    K = whole(components, "components", 1, _MOST_COMPONENTS)
    count = 1 if K == 1 else whole(starts, "starts", 1, 10**6)
    x, mass = _nodes(law, target)
    values = np.asarray(target(x), dtype=float)
    (centre, width), (level, size) = _moments(x, mass), _moments(values, mass)
    require(0 < size < math.inf, "target", "must be finite and not constant", size)
    problem = _Projection((x - centre) / width, (values - level) / size, np.sqrt(mass), K)
    ends = [problem.search(start) for start in problem.starts(count, np.random.default_rng(seed))]
    costs = np.array([cost for cost, _ in ends])
    _, logits = ends[int(np.argmin(costs))]
    linear = problem.solve(logits)
    rates, biases = problem.full(logits)
    rates = rates / width
    student = MixtureStudent(
        slope=float(linear[0] * size / width),
        offsets=level + linear[1:] * size - linear[0] * size * centre / width,
        rates=rates,
        biases=biases - rates * centre,
    )
    near = np.sqrt(costs) <= 1.01 * math.sqrt(costs.min()) + _ROUNDING
    return Fit(student, relative_error(student, target, law), count, int(np.sum(near)))


def relative_error(student: Map, target: Map, law: Marginal) -> float:
    """``sqrt(E|S-f|^2 / Var f)``, on panels that resolve both maps."""
    x, mass = _nodes(law, target, student)
    truth = target(x)
    return math.sqrt(float(mass @ (student(x) - truth) ** 2)) / _moments(truth, mass)[1]


def fit_block(
    teacher: MixtureTeacher,
    first: Any,
    last: Any,
    components: Any = 2,
    starts: Any = 24,
    seed: int = 0,
) -> Fit:
    """Find a student for the teacher's steps `first` .. `last` in one.

    Examples
    --------
    >>> from symmerge.flow.mixture import Mixture
    >>> from symmerge.schedule import cosine
    >>> teacher = MixtureTeacher(cosine(6), Mixture([-2.0, 2.0], sigma0="1/2"))
    >>> fit_block(teacher, 5, 6).error < 1e-9, round(fit_block(teacher, 4, 6).error, 5)
    (True, 0.0026...)
    """
    _line(teacher)
    law = teacher.marginal(last)
    return fit_student(_block(teacher, first, last), law, components, starts, seed)


@dataclass(frozen=True, eq=False)
class Merged:
    """A sampler distilled into one student by a merge plan.

    Attributes
    ----------
    plan : MergePlan
    student : MixtureStudent
    error : float
        Relative error against the teacher's own composite.
    """

    plan: MergePlan
    student: MixtureStudent
    error: float

    def __str__(self) -> str:
        return f"{self.plan}: relative error {self.error:.4g}, the best found"


def merge(
    teacher: MixtureTeacher,
    plan: MergePlan,
    components: Any = 2,
    starts: Any = 24,
    seed: int = 0,
    known: dict[MergePlan, MixtureStudent] | None = None,
) -> Merged:
    """Merge steps as a plan says: every student learns its children's students in a row.

    Parameters
    ----------
    teacher : MixtureTeacher
    plan : MergePlan
        Over any steps of the teacher; ``vanilla`` fits the composite directly.
    components, starts, seed
        As in :func:`fit_student`.
    known : dict, optional
        Students of sub-plans, looked up and added to: plans share most of theirs.
    """
    _line(teacher)
    whole(plan.stop, "plan", 1, teacher.schedule.T)
    students = {} if known is None else known

    def node(children: list[MergePlan], t: int) -> MergePlan:
        found = MergePlan.merge(*children)
        if found not in students:
            parts = [
                _block(teacher, child.start, child.stop) if child.is_leaf else students[child]
                for child in children
            ]
            law = teacher.marginal(t)
            students[found] = fit_student(_chain(parts), law, components, starts, seed).student
        return found

    require(not plan.is_leaf, "plan", "must merge something", plan)
    student = students[plan.fold(MergePlan.leaf, node)]
    target = _block(teacher, plan.start, plan.stop)
    return Merged(plan, student, relative_error(student, target, teacher.marginal(plan.stop)))


def binary_plans(T: Any) -> Iterator[MergePlan]:
    """All plans that merge two at a time; 42 for six steps.

    Examples
    --------
    >>> [sum(1 for _ in binary_plans(T)) for T in (2, 3, 4, 5, 6)]
    [1, 2, 5, 14, 42]
    """
    return (plan for plan in enumerate_plans(whole(T, "T", 2, 10)) if max(plan.word) == 2)


def rank_orders(
    teacher: MixtureTeacher, plans: Sequence[MergePlan], components: Any = 2, starts: Any = 24
) -> list[Merged]:
    """Merge by every plan, best first."""
    known: dict[MergePlan, MixtureStudent] = {}
    found = [merge(teacher, plan, components, starts, known=known) for plan in plans]
    return sorted(found, key=lambda merged: merged.error)


class _Projection:
    """Least squares in the logits, the linear parameters solved for at every point.

    Logits of the K components are ``p_k z + q_k`` with those of the first one 0; the vector holds
    p_2 .. p_K, q_2 .. q_K. Columns of the linear problem: z, then the K shares.
    """

    def __init__(self, z: np.ndarray, values: np.ndarray, roots: np.ndarray, K: int) -> None:
        self.z, self.values, self.roots, self.K = z, values * roots, roots, K

    def full(self, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rates and biases of all K components."""
        n = self.K - 1
        return np.append(0.0, logits[:n]), np.append(0.0, logits[n:])

    def _shares(self, logits: np.ndarray) -> np.ndarray:
        rates, biases = self.full(logits)
        return _softmax(np.multiply.outer(self.z, rates) + biases)

    def _columns(self, shares: np.ndarray) -> np.ndarray:
        return np.column_stack([self.z, shares]) * self.roots[:, None]

    def solve(self, logits: np.ndarray) -> np.ndarray:
        """Best slope and offsets for given logits."""
        columns = self._columns(self._shares(logits))
        return np.asarray(np.linalg.lstsq(columns, self.values, rcond=1e-12)[0])

    def _parts(self, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Shares, an orthonormal basis of the columns, linear parameters, residuals."""
        shares = self._shares(logits)
        basis, sizes, right = np.linalg.svd(self._columns(shares), full_matrices=False)
        kept = sizes > 1e-12 * sizes[0]
        basis, sizes, right = basis[:, kept], sizes[kept], right[kept]
        along = basis.T @ self.values
        return shares, basis, right.T @ (along / sizes), basis @ along - self.values

    def residuals(self, logits: np.ndarray) -> np.ndarray:
        """Of the best linear parameters; those of no student at all where logits overflow."""
        fine = bool(np.all(np.abs(logits) < _LARGEST))
        return self._parts(logits)[3] if fine else self.values

    def jacobian(self, logits: np.ndarray) -> np.ndarray:
        """Kaufman's approximation: the change of the columns, projected off their span."""
        shares, basis, linear, _ = self._parts(logits)
        pulls = shares * (linear[1:] - (shares @ linear[1:])[:, None])
        pulls = pulls[:, 1:] * self.roots[:, None]
        change = np.concatenate([pulls * self.z[:, None], pulls], axis=1)
        return np.asarray(change - basis @ (basis.T @ change))

    def starts(self, count: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Staircases: layers at random nodes, which are dense where the target is steep."""
        inner = self.z[np.abs(self.z) < 3]
        steepest = 3 * np.max(np.abs(np.diff(self.values / self.roots) / np.diff(self.z)))
        for _ in range(count):
            places = np.sort(rng.choice(inner, self.K - 1))
            sharp = np.exp(rng.uniform(np.log(0.5), np.log(max(1.0, steepest)), self.K - 1))
            yield np.concatenate([np.cumsum(sharp), np.cumsum(-sharp * places)])

    def search(self, start: np.ndarray) -> tuple[float, np.ndarray]:
        """Cost and place of the local minimum that a start leads to."""
        if not len(start):
            return float(np.sum(self.residuals(start) ** 2)), start
        found = _scipy_optimize().least_squares(
            self.residuals,
            start,
            self.jacobian,
            method="lm",
            xtol=1e-10,
            ftol=1e-12,
            gtol=1e-14,
            max_nfev=_EVALUATIONS,
        )
        return 2 * float(found.cost), found.x


def _nodes(law: Marginal, *maps: Map) -> tuple[np.ndarray, np.ndarray]:
    """Points and probabilities: Gauss-Legendre panels, halved until every map rises little."""
    centres, width = law.center + law.means[:, 0], math.sqrt(law.v)
    low, high = centres.min() - _WIDTHS * width, centres.max() + _WIDTHS * width
    edges = np.linspace(low, high, _PANELS + 1)
    for _ in range(_HALVINGS):
        steep = np.zeros(len(edges) - 1, dtype=bool)
        for function in maps:
            rises = np.abs(np.diff(function(edges)))
            steep |= rises > 2 * rises.sum() / _PANELS
        if not steep.any():
            break
        edges = np.sort(np.append(edges, (edges[1:] + edges[:-1])[steep] / 2))
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    x = (middle[:, None] + half[:, None] * _GAUSS[0]).ravel()
    mass = (half[:, None] * _GAUSS[1]).ravel() * np.exp(law.log_density(law.centred(x[:, None])))
    kept = mass > 1e-40
    return x[kept], mass[kept] / mass[kept].sum()


def _moments(values: np.ndarray, mass: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation."""
    mean = float(mass @ values)
    return mean, math.sqrt(float(mass @ (values - mean) ** 2))


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def _block(teacher: MixtureTeacher, first: Any, last: Any) -> Map:
    return lambda x: teacher.run(x[:, None], first, last)[:, 0]


def _chain(parts: Sequence[Map]) -> Map:
    """Maps in a row, the last (noisiest) one first."""

    def run(x: np.ndarray) -> np.ndarray:
        for part in reversed(parts):
            x = part(x)
        return x

    return run


def _line(teacher: MixtureTeacher) -> None:
    require(teacher.mixture.d == 1, "mixture", "must have one dimension", teacher.mixture.d)


def _scipy_optimize() -> Any:
    try:
        return importlib.import_module("scipy.optimize")
    except ImportError:
        hint = "install it with: pip install 'symmerge[data]'"
        raise InputError("merging", "needs SciPy", "not installed", hint) from None
