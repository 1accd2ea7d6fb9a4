r"""Scalar students that are really trained, next to what the laws predict.

A student ``A`` at a time with marginal variance v learns ``A z = target z``: every step draws a
fresh minibatch ``z ~ N(0, v)`` for each of many independent runs and hands the gradient of
``mean (A z - target z)^2`` to the optimiser. Nothing of the theory is used in training, and
nothing is trained that the closed form says to diverge. For full matrices and real data see
:mod:`symmerge.dynamics.simulate`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np

from ..errors import require
from ..merge import fold
from ..numbers import FLOAT, exact
from ..plan import MergePlan
from ..schedule import Schedule, whole
from ..student import GradientFlow
from ..teacher import Teacher, variance
from .adaptive import AdaGrad, SignDescent
from .averaging import EMA
from .laws import Law, LinearLaw, learning_rate
from .momentum import Nesterov
from .noise_moments import noisy_chain, operator_moments
from .trained import trained_operator

__all__ = ["Adam", "Simulation", "simulate_factor", "simulate_plan"]

_MOST_WORK = 4_000_000_000
_MOST_AT_ONCE = 20_000_000
_FLOW_STEP = 1 / 64


@dataclass(frozen=True)
class Adam:
    """Adam on minibatches; it has no closed form here and can only be simulated.

    Parameters
    ----------
    lr, steps, batch : as for SGD
    beta1, beta2 : numbers in [0, 1)
        Decay rates of the two moments.
    """

    lr: Any
    steps: Any
    batch: Any = 1
    beta1: Any = Fraction(9, 10)
    beta2: Any = Fraction(999, 1000)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", learning_rate(self.lr))
        object.__setattr__(self, "steps", whole(self.steps, "steps", 0, 10**9))
        object.__setattr__(self, "batch", whole(self.batch, "batch", 1, 10**9))
        for name in ("beta1", "beta2"):
            value = exact(getattr(self, name), name)
            require(0 <= value < 1, name, "must be >= 0 and < 1", getattr(self, name))
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        return f"Adam, lr = {self.lr}, {self.steps} steps, batch {self.batch}"


@dataclass(frozen=True)
class Simulation:
    """What was measured over independent runs, and what the closed form says.

    Attributes
    ----------
    measured, error : float
        Mean over the runs and its standard error.
    predicted : float or None
        None where no closed form is known (Adam).
    second_moment, second_moment_error : float
        Mean square over the runs, and its standard error.
    predicted_second_moment : float or None
    tolerance : float
        What the prediction may be off by construction: 0 but for rounding, ``lr`` for sign
        descent, which oscillates about its target.
    """

    what: str
    law: str
    runs: int
    seed: int
    measured: float
    error: float
    predicted: float | None
    second_moment: float
    second_moment_error: float
    predicted_second_moment: float | None
    tolerance: float = 0.0

    def _apart(self, measured: float, error: float, predicted: float | None) -> float | None:
        if predicted is None:
            return None
        # The standard error of few runs of a heavy-tailed factor is itself uncertain; rounding
        # of N float steps is not.
        gap = max(abs(measured - predicted) - self.tolerance - 1e-9 * max(1, abs(predicted)), 0.0)
        return 0.0 if gap == 0 else (gap / error if error else float("inf"))

    @property
    def deviation(self) -> float | None:
        """``|measured - predicted|`` in standard errors."""
        return self._apart(self.measured, self.error, self.predicted)

    @property
    def second_moment_deviation(self) -> float | None:
        """The same for the second moment."""
        return self._apart(
            self.second_moment, self.second_moment_error, self.predicted_second_moment
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "what": self.what,
            "law": self.law,
            "runs": self.runs,
            "seed": self.seed,
            "measured": self.measured,
            "standard_error": self.error,
            "predicted": self.predicted,
            "deviation": self.deviation,
            "second_moment": self.second_moment,
            "second_moment_standard_error": self.second_moment_error,
            "predicted_second_moment": self.predicted_second_moment,
            "second_moment_deviation": self.second_moment_deviation,
        }

    def __str__(self) -> str:
        lines = [f"{self.what}: {self.law}; {self.runs} runs, seed {self.seed}"]
        for name, value, error, wanted, apart in (
            ("mean", self.measured, self.error, self.predicted, self.deviation),
            (
                "mean square",
                self.second_moment,
                self.second_moment_error,
                self.predicted_second_moment,
                self.second_moment_deviation,
            ),
        ):
            known = "no closed form" if wanted is None else f"predicted {wanted:.8g}"
            gap = "" if apart is None else f", {apart:.1f} standard errors apart"
            lines.append(f"{name:12} measured {value:.8g} +- {error:.2g}, {known}{gap}")
        return "\n".join(lines)


def _train(law: Any, start: Any, target: Any, v: float, rng: np.random.Generator) -> np.ndarray:
    """Train one student per run; `start` and `target` are arrays over the runs."""
    kappa = None
    if isinstance(law, EMA):
        law, kappa = law.law, float(law.kappa)
    if isinstance(law, GradientFlow):
        return _flow(float(law.s), start, target, v, kappa)
    A = np.array(start, dtype=float)
    lr = float(law.lr)
    size = getattr(law, "size", getattr(law, "batch", None))
    beta = float(getattr(law, "momentum", 0) or 0)
    before, average = A.copy(), A.copy()
    first, second = np.zeros_like(A), np.zeros_like(A)

    def gradient(at: np.ndarray) -> np.ndarray:
        if size is None:
            return 2 * v * (at - target)
        z = sqrt(v) * rng.standard_normal((len(at), size))
        return 2 * np.mean(((at - target)[:, None] * z) * z, axis=1)

    for n in range(1, law.steps + 1):
        if isinstance(law, LinearLaw):
            ahead = A + beta * (A - before)
            slope = gradient(ahead if isinstance(law, Nesterov) else A)
            before, A = A, ahead - lr * slope
        elif isinstance(law, SignDescent):
            A = A - lr * np.sign(gradient(A))
        elif isinstance(law, AdaGrad):
            slope = gradient(A)
            second = second + slope**2
            A = A - lr * slope / np.sqrt(np.where(second > 0, second, 1))
        else:
            slope = gradient(A)
            b1, b2 = float(law.beta1), float(law.beta2)
            first, second = b1 * first + (1 - b1) * slope, b2 * second + (1 - b2) * slope**2
            A = A - lr * (first / (1 - b1**n)) / (np.sqrt(second / (1 - b2**n)) + 1e-8)
        if kappa is not None:
            average = average + kappa * (A - average)
    return A if kappa is None else average


def _flow(s: float, start: Any, target: Any, v: float, kappa: float | None) -> np.ndarray:
    """Gradient flow, and its average, by the classical Runge-Kutta method."""
    rate = max(2 * v, kappa or 0.0)
    count = max(1, int(np.ceil(s * rate / _FLOW_STEP)))
    step = s / count
    k = 0.0 if kappa is None else kappa

    def slope(state: np.ndarray) -> np.ndarray:
        return np.stack([-2 * v * (state[0] - target), k * (state[0] - state[1])])

    state = np.stack([np.array(start, dtype=float)] * 2)
    for _ in range(count):
        k1 = slope(state)
        k2 = slope(state + step / 2 * k1)
        k3 = slope(state + step / 2 * k2)
        state = state + step / 6 * (k1 + 2 * k2 + 2 * k3 + slope(state + step * k3))
    return np.asarray(state[0] if kappa is None else state[1])


def _checked(law: Any, runs: Any, merges: int) -> int:
    base = law.law if isinstance(law, EMA) else law
    count = whole(runs, "runs", 2, 10**7)
    size = getattr(base, "size", getattr(base, "batch", None)) or 1
    steps = getattr(base, "steps", 1)
    require(count * size <= _MOST_AT_ONCE, "runs", "times batch must be at most 2e7", count * size)
    work = count * size * steps * merges
    require(work <= _MOST_WORK, "steps", "times runs, batch and merges must be at most 4e9", work)
    return count


def _summary(
    what: str, law: Any, values: np.ndarray, seed: int, wanted: Any, tolerance: float
) -> Simulation:
    runs = len(values)
    squares = values**2
    predicted, second = wanted
    return Simulation(
        what,
        str(law),
        runs,
        seed,
        float(values.mean()),
        float(values.std(ddof=1) / sqrt(runs)),
        predicted,
        float(squares.mean()),
        float(squares.std(ddof=1) / sqrt(runs)),
        second,
        tolerance,
    )


def _tolerance(law: Any) -> float:
    base = law.law if isinstance(law, EMA) else law
    return float(base.lr) if isinstance(base, SignDescent) else 0.0


def simulate_factor(law: Any, v: Any, runs: Any = 2000, seed: Any = 0) -> Simulation:
    """Train students from distance 1 (or the law's `distance`) and measure the shrinkage factor.

    Parameters
    ----------
    law : a shrinkage law of this package, GradientFlow, or Adam
    v : number > 0
        Marginal variance.
    runs : int
        Independent runs.
    seed : int

    Raises
    ------
    InputError
        For an unstable law, before anything is trained.

    Examples
    --------
    >>> from symmerge.dynamics.laws import SGD
    >>> found = simulate_factor(SGD("0.2", 20, 8), "0.7", runs=500)
    >>> bool(found.deviation < 4), bool(found.second_moment_deviation < 4)
    (True, True)
    """
    value = float(variance(v, "v"))
    wanted: tuple[float | None, float | None] = (None, None)
    if not isinstance(law, Adam):
        g = float(law.factors(value, FLOAT)[0])
        spread = float(law.variance(value, FLOAT)) if isinstance(law, Law) else 0.0
        wanted = (g, g * g + spread)
    count, start = _checked(law, runs, 1), whole(seed, "seed", 0, 2**63)
    base = law.law if isinstance(law, EMA) else law
    distance = float(getattr(base, "distance", 1))
    rng = np.random.default_rng(start)
    trained = _train(law, np.full(count, distance), np.zeros(count), value, rng) / distance
    return _summary(
        f"shrinkage factor at v = {value:g}",
        law,
        trained,
        start,
        wanted,
        _tolerance(law) / distance,
    )


class _Training:
    """The merge recursion with real training, arrays over the runs."""

    def __init__(self, teacher: Teacher, law: Any, runs: int, rng: np.random.Generator) -> None:
        self.teacher, self.law, self.runs, self.rng = teacher, law, runs, rng

    def leaf(self, t: int) -> np.ndarray:
        """The teacher's step."""
        return np.full(self.runs, float(self.teacher.a[t - 1]))

    def join(self, p: np.ndarray, q: np.ndarray) -> np.ndarray:
        """Operators multiply."""
        return p * q

    def node(self, left: np.ndarray, right: np.ndarray, t: int) -> np.ndarray:
        """Start at `right`, target ``left right``."""
        return _train(self.law, right, left * right, float(self.teacher.v[t - 1]), self.rng)


def simulate_plan(
    plan: MergePlan, lam: Any, law: Any, schedule: Schedule, runs: Any = 2000, seed: Any = 0
) -> Simulation:
    """Train a whole plan, merge by merge, and measure its operator M.

    Examples
    --------
    >>> from symmerge.dynamics.laws import SGD
    >>> from symmerge.plan import boot
    >>> from symmerge.schedule import cosine
    >>> found = simulate_plan(boot(4), "0.2", SGD("0.1", 10, 4), cosine(4), runs=500)
    >>> bool(found.deviation < 4), bool(found.second_moment_deviation < 4)
    (True, True)
    """
    value = variance(lam)
    fits = plan.start == 1 and plan.T == schedule.T
    require(fits, "plan", f"must cover steps 1..{schedule.T}", f"{plan.start}..{plan.stop}")
    wanted: tuple[float | None, float | None] = (None, None)
    if not isinstance(law, Adam):
        if getattr(law, "linear", True):
            moments = operator_moments(plan, *noisy_chain(schedule, value, law))
            wanted = float(moments.mean), float(moments.square)
        else:
            M = float(trained_operator(plan, value, law, schedule))
            wanted = M, M * M
    count, start = _checked(law, runs, plan.merges), whole(seed, "seed", 0, 2**63)
    with FLOAT.working():
        teacher = Teacher(schedule, FLOAT.number(value), FLOAT)
    training = _Training(teacher, law, count, np.random.default_rng(start))
    values = fold(plan, training)
    # Each merge may miss its target by lr, and errors add up along the plan.
    tolerance = _tolerance(law) * plan.merges * max(1.0, float(np.prod(np.maximum(teacher.a, 1))))
    return _summary(f"operator of {plan!r} at lam = {value}", law, values, start, wanted, tolerance)
