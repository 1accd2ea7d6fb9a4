r"""Linear students that are really trained, merge by merge, by minibatch SGD.

A student at time t is a full matrix A in data coordinates. It starts at the operator that lives at
t and every step draws a fresh minibatch ``z = alpha_t x + sigma_t eps`` and moves against the
gradient of ``mean |A z - target z|^2``,

.. math:: A \leftarrow A - \frac{2\,lr}{B}\sum_b (A - \text{target})\, z_b z_b'.

Its mean obeys the merge recursion with ``g = (1 - 2 lr v)^N`` whatever the distribution of x, since
minibatches are independent and only ``E z z' = V_t`` enters; for small ``lr`` that is the gradient
flow with ``s = lr N`` (SPEC A2, C1). Nothing of the theory is used in training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from ..chain import build_chain
from ..errors import InputError, require
from ..merge import fold, operator
from ..numbers import FLOAT
from ..plan import MergePlan
from ..samples import Progress, moments
from ..schedule import Schedule, whole
from ..spectrum import Spectrum
from ..student import GradientFlow
from ..teacher import Teacher
from .laws import SGD

__all__ = ["Sampler", "TrainedStudents", "data_rows", "gaussian_rows", "train_students"]

Sampler = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]
"""``sampler(rng, (seeds, batch))`` draws centred rows (seeds, batch, d) in scaled coordinates."""


def gaussian_rows(spectrum: Spectrum) -> Sampler:
    """Fresh Gaussian data of the spectrum's covariance, in the student's coordinates."""
    root = _basis(spectrum) * np.sqrt(spectrum.variances)

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        return np.asarray(rng.standard_normal((*shape, len(root))) @ root.T)

    return draw


def data_rows(samples: np.ndarray, spectrum: Spectrum) -> Sampler:
    """Rows of a data set, with replacement, centred and scaled as the spectrum says.

    They are stretched by ``sqrt(n/(n-1))``, so that their second moments are the spectrum's
    unbiased covariance; principal components that it lacks count as noise-free zeros.

    Raises
    ------
    InputError
        If the samples do not have the spectrum's covariance.
    """
    found = moments(samples)
    basis = _basis(spectrum)
    mean, scale = spectrum.mean, spectrum.scale
    known = mean is not None and scale is not None and np.shape(mean) == found.mean.shape
    require(known, "spectrum", "must come from these samples", spectrum.label)
    rows = (np.asarray(samples, float) - mean) / scale * np.sqrt(found.count / (found.count - 1))
    covariance = rows.T @ rows / len(rows)
    expected = (basis * spectrum.variances) @ basis.T
    close = np.allclose(covariance, expected, atol=1e-8 * float(np.abs(expected).max()))
    require(bool(close), "samples", "must have the covariance of the spectrum", spectrum.label)

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        return np.asarray(rows[rng.integers(len(rows), size=shape)])

    return draw


def _basis(spectrum: Spectrum) -> np.ndarray:
    if spectrum.basis is None:
        raise InputError("spectrum", "must carry a basis", spectrum.label)
    d = len(spectrum.variances)
    orthonormal = spectrum.basis.shape == (d, d) and np.allclose(
        spectrum.basis.T @ spectrum.basis, np.eye(d), atol=1e-9
    )
    require(orthonormal, "spectrum", "must have an orthonormal basis (white noise)", spectrum.label)
    return spectrum.basis


@dataclass
class _Training:
    """The algebra of :func:`symmerge.merge.fold`: many seeds at once, operators (seeds, d, d)."""

    schedule: Schedule
    spectrum: Spectrum
    law: SGD
    sampler: Sampler
    rng: np.random.Generator
    seeds: int
    merges: int
    progress: Progress | None
    done: int = 0

    def __post_init__(self) -> None:
        with FLOAT.working():
            self.steps = Teacher(self.schedule, self.spectrum.variances, FLOAT).a
            self.levels = self.schedule.levels(FLOAT)

    def leaf(self, t: int) -> np.ndarray:
        """The teacher's step, the same for all seeds."""
        basis = _basis(self.spectrum)
        step = (basis * self.steps[t - 1]) @ basis.T
        return np.broadcast_to(step, (self.seeds, *step.shape))

    def join(self, p: np.ndarray, q: np.ndarray) -> np.ndarray:
        """Operators of neighbours in a row multiply."""
        return np.asarray(p @ q)

    def node(self, left: np.ndarray, right: np.ndarray, t: int) -> np.ndarray:
        """Train the student at time t, starting at `right`, towards ``left @ right``."""
        alpha, sigma = self.levels.alpha[t], self.levels.sigma[t]
        shape = (self.seeds, self.law.batch)
        target = (left @ right).swapaxes(1, 2)
        student = right.swapaxes(1, 2).copy()
        rate = 2 * float(self.law.lr) / self.law.batch
        for _ in range(self.law.steps):
            x = self.sampler(self.rng, shape)
            z = alpha * x + sigma * self.rng.standard_normal(x.shape)
            student -= rate * (z.swapaxes(1, 2) @ (z @ student - z @ target))
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.merges)
        return student.swapaxes(1, 2)


@dataclass(frozen=True, eq=False)
class TrainedStudents:
    """Students of several seeds next to what the theory predicts, in principal coordinates.

    Attributes
    ----------
    operators : (seeds, d, d) array
        The trained students in data coordinates.
    descent, flow : (d,) arrays
        Predicted diagonal: of the mean over minibatches, and by gradient flow with ``s = lr N``.
    composite : (d,) array
        The teacher's.
    weights : (d,) array
        ``v_T``: the objective is ``tr (M-C) V_T (M-C)'``.
    """

    plan: MergePlan
    law: SGD
    spectrum: Spectrum
    operators: np.ndarray
    descent: np.ndarray
    flow: np.ndarray
    composite: np.ndarray
    weights: np.ndarray

    @property
    def s(self) -> Fraction:
        """Training time ``lr N`` per merge."""
        return Fraction(self.law.lr * self.law.steps)

    @cached_property
    def principal(self) -> np.ndarray:
        """The operators in principal coordinates, (seeds, d, d)."""
        basis = _basis(self.spectrum)
        return np.asarray(basis.T @ self.operators @ basis)

    @property
    def measured(self) -> np.ndarray:
        """Mean over seeds of the diagonal in principal coordinates, (d,)."""
        return np.asarray(self._diagonals.mean(axis=0))

    @property
    def error(self) -> np.ndarray:
        """Standard error of :attr:`measured`, (d,)."""
        return np.asarray(self._diagonals.std(axis=0, ddof=1) / np.sqrt(len(self.operators)))

    @property
    def _diagonals(self) -> np.ndarray:
        return np.diagonal(self.principal, axis1=1, axis2=2)

    @property
    def w2_each(self) -> np.ndarray:
        """``tr (M-C) V_T (M-C)'`` of every seed, minibatch noise included."""
        gap = self.principal - np.diag(self.composite)
        return np.sum(gap**2 * self.weights, axis=(1, 2))

    @property
    def w2_of_mean(self) -> tuple[float, float]:
        """``tr (E M-C) V_T (E M-C)'`` and its standard error.

        The mean of ``<M_a - C, M_b - C>`` over pairs of different seeds, which minibatch noise does
        not bias; the error is the jackknife's.
        """
        gap = (self.principal - np.diag(self.composite)) * np.sqrt(self.weights)
        rows = gap.reshape(len(gap), -1)
        products = rows @ rows.T
        n = len(rows)
        own, total = np.diag(products), products.sum()
        value = (total - own.sum()) / (n * (n - 1))
        without = total - 2 * products.sum(axis=0) + own - (own.sum() - own)
        left_out = without / ((n - 1) * (n - 2))
        return float(value), float(np.sqrt((n - 1) * np.mean((left_out - left_out.mean()) ** 2)))

    @property
    def w2_descent(self) -> float:
        """Predicted ``W2^2`` of the mean student."""
        return float(self.weights @ (self.descent - self.composite) ** 2)

    @property
    def w2_flow(self) -> float:
        """``W2^2`` that gradient flow predicts."""
        return float(self.weights @ (self.flow - self.composite) ** 2)

    @property
    def deviations(self) -> np.ndarray:
        """``(measured - descent) / error`` per coordinate: about normal when the theory holds."""
        return np.asarray((self.measured - self.descent) / self.error)

    def decode(self, count: int = 10, seed: int = 0) -> dict[str, np.ndarray]:
        """Pictures (count, pixels) that teacher, prediction and the first trained student make.

        The same noise goes through all three.
        """
        noise = np.random.default_rng(seed).standard_normal((count, len(self.weights)))
        noise = noise * np.sqrt(self.weights)
        return {
            "teacher": self.spectrum.decode(noise * self.composite),
            "predicted": self.spectrum.decode(noise * self.flow),
            "trained": self.spectrum.decode(noise @ self.principal[0].T),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        value, error = self.w2_of_mean
        return {
            "schema": "symmerge.trained",
            "version": 1,
            "data": self.spectrum.label,
            "plan": str(self.plan),
            "law": str(self.law),
            "s": str(self.s),
            "seeds": len(self.operators),
            "measured": self.measured.tolist(),
            "error": self.error.tolist(),
            "descent": self.descent.tolist(),
            "flow": self.flow.tolist(),
            "composite": self.composite.tolist(),
            "w2_of_mean": value,
            "w2_of_mean_error": error,
            "w2_descent": self.w2_descent,
            "w2_flow": self.w2_flow,
            "w2_each": self.w2_each.tolist(),
        }


def train_students(
    plan: MergePlan,
    spectrum: Spectrum,
    schedule: Schedule,
    law: SGD,
    sampler: Sampler | None = None,
    *,
    seeds: int = 8,
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainedStudents:
    """Train linear students along a plan and set them beside the prediction.

    Parameters
    ----------
    plan : MergePlan
    spectrum : Spectrum
        With an orthonormal basis (white noise).
    schedule : Schedule
    law : SGD
        Learning rate, steps per merge and batch size.
    sampler : Sampler, optional
        Where minibatches come from; Gaussian data by default. Noise is always fresh.
    seeds : int
        Independent runs, at least 3.
    seed : int
        Of the one random generator of all runs.
    progress : function (merges done, merges in all), optional

    Raises
    ------
    InputError
        For arguments outside their domain, and where SGD is unstable.

    Examples
    --------
    >>> from symmerge.plan import boot
    >>> from symmerge.schedule import cosine
    >>> from symmerge.spectrum import spectrum_from_covariance
    >>> spectrum = spectrum_from_covariance(np.diag([0.3, 2.0]))
    >>> found = train_students(boot(3), spectrum, cosine(3), SGD("0.01", 100, 16), seeds=6)
    >>> bool(np.all(np.abs(found.deviations) < 4)), found.s
    (True, Fraction(1, 1))
    """
    seeds = whole(seeds, "seeds", 3, 10_000)
    fits = plan.start == 1 and plan.T == schedule.T
    require(fits, "plan", f"must cover steps 1..{schedule.T}", f"{plan.start}..{plan.stop}")
    alone = bool(np.all(spectrum.multiplicities == 1))
    require(alone, "spectrum", "must list every coordinate by itself", spectrum.label)
    chains = {
        name: build_chain(schedule, spectrum.variances, kind, FLOAT)
        for name, kind in (("descent", law), ("flow", GradientFlow(law.lr * law.steps)))
    }
    training = _Training(
        schedule,
        spectrum,
        law,
        gaussian_rows(spectrum) if sampler is None else sampler,
        np.random.default_rng(seed),
        seeds,
        plan.merges,
        progress,
    )
    with np.errstate(over="ignore", invalid="ignore"):  # looked for below
        operators = fold(plan, training)
    finite = bool(np.all(np.isfinite(operators)))
    require(finite, "lr", "must be small enough for training not to diverge", law.lr)
    return TrainedStudents(
        plan=plan,
        law=law,
        spectrum=spectrum,
        operators=operators,
        descent=np.asarray(operator(plan, chains["descent"])),
        flow=np.asarray(operator(plan, chains["flow"])),
        composite=np.asarray(chains["flow"].C),
        weights=np.asarray(Teacher(schedule, spectrum.variances, FLOAT).v[-1]),
    )
