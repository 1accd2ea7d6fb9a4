"""Noise schedules: the signal and noise levels of ``z_t = alpha_t x0 + sigma_t eps``.

Times run from ``t = 0`` (clean) to ``t = T`` (noisiest), so ``alpha`` and ``sigma`` have ``T + 1``
entries. A schedule also hands out the *drops* ``alpha_{t-1} - alpha_t`` and
``sigma_t - sigma_{t-1}`` in a form that does not subtract nearly equal numbers; the teacher needs
them because its steps are close to 1.

Families (SPEC A1): cosine and any other variance-preserving schedule given by its angles
(``alpha = cos theta, sigma = sin theta``) or by a list of betas (DDPM), flow matching
(``alpha = 1 - t/T, sigma = t/T``), EDM/Karras (``alpha = 1``) and custom arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np

from .errors import InputError, require
from .numbers import FLOAT, Field, exact, multiprecision

__all__ = [
    "Levels",
    "Schedule",
    "cosine",
    "custom",
    "ddpm",
    "edm",
    "flow",
    "from_angles",
    "from_betas",
]

_MOST_STEPS = 1_000_000


class Levels(NamedTuple):
    """Values of a schedule in one number type.

    ``alpha, sigma`` have shape (T+1,); ``alpha_drop[t-1] = alpha_{t-1} - alpha_t`` and
    ``sigma_rise[t-1] = sigma_t - sigma_{t-1}`` have shape (T,).
    """

    alpha: np.ndarray
    sigma: np.ndarray
    alpha_drop: np.ndarray
    sigma_rise: np.ndarray


def whole(value: Any, argument: str, least: int, most: int = _MOST_STEPS) -> int:
    """Return `value` as an int within [least, most], or raise :class:`InputError`."""
    rule = f"must be a whole number from {least} to {most}"
    require(not isinstance(value, bool), argument, rule, value)
    number = exact(value, argument)
    require(number.denominator == 1 and least <= number <= most, argument, rule, value)
    return int(number)


@dataclass(frozen=True)
class Schedule:
    """A noise schedule over ``T`` steps.

    Build one with :func:`cosine`, :func:`from_angles`, :func:`from_betas`, :func:`ddpm`,
    :func:`flow`, :func:`edm`, :func:`custom` or :func:`symmerge.scheduler_config.read_schedule`.

    Attributes
    ----------
    kind : str
        Family name, as in the JSON form.
    T : int
        Number of teacher steps, at least 2.
    parameters : tuple of (str, value)
        What the family needs beside ``T``; exact numbers.
    """

    kind: str
    T: int
    parameters: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "T", whole(self.T, "T", 2))
        require(
            self.kind in _FAMILIES, "schedule", f"must be one of {', '.join(_FAMILIES)}", self.kind
        )
        self._family  # noqa: B018 - building it checks the parameters

    @cached_property
    def _family(self) -> _Family:
        return _FAMILIES[self.kind](self.T, **dict(self.parameters))

    @property
    def variance_preserving(self) -> bool:
        """Whether ``alpha_t^2 + sigma_t^2 = 1`` holds exactly."""
        return self._family.variance_preserving

    @property
    def rational(self) -> bool:
        """Whether all levels are rational numbers."""
        return isinstance(self._family, _Rational)

    def levels(self, field: Field) -> Levels:
        """Return ``alpha, sigma`` and their drops in the number type `field`."""
        if field not in self._known:
            with field.working():
                self._known[field] = self._levels(field)
        return self._known[field]

    def _levels(self, field: Field) -> Levels:
        if field is FLOAT and self._family.long_products:
            # Thousands of rounded factors lose digits; round the result once instead.
            precise = self.levels(multiprecision(30))
            return Levels(*(field.numbers(map(exact, column)) for column in precise))
        return self._family.levels(field)

    @cached_property
    def _known(self) -> dict[Field, Levels]:
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form (SPEC: rationals as ``"3/7"``)."""
        shown = {name: _jsonable(value) for name, value in self.parameters}
        return {
            "schema": "symmerge.schedule",
            "version": 1,
            "kind": self.kind,
            "T": self.T,
            **shown,
        }

    def __str__(self) -> str:
        return f"{self.kind} schedule, T = {self.T}"


def _jsonable(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_jsonable(item) for item in value]
    return str(value) if isinstance(value, Fraction) else value


class _Family:
    """How one family computes its levels in any field."""

    variance_preserving = False
    long_products = False

    def levels(self, field: Field) -> Levels:
        raise InputError("schedule", "has no levels", type(self).__name__)  # pragma: no cover


class _Angles(_Family):
    """``alpha = cos theta_t, sigma = sin theta_t``; drops by the sum-to-product formulas."""

    variance_preserving = True

    def __init__(self, T: int, angles: Sequence[Any], unit: str = "pi") -> None:
        require(unit in ("pi", "rad"), "unit", "must be 'pi' or 'rad'", unit)
        self.angles = tuple(exact(q, f"angles[{k}]") for k, q in enumerate(angles))
        count = len(self.angles)
        require(count == T + 1, "angles", f"must have T + 1 = {T + 1} entries", count)
        # Radian angles are allowed up to the float pi/2, which lies just below the true one.
        right_angle = Fraction(1, 2) if unit == "pi" else exact(np.pi / 2)
        require(self.angles[0] >= 0, "angles[0]", "must be >= 0", self.angles[0])
        last = angles[-1]
        require(
            self.angles[-1] <= right_angle, f"angles[{T}]", "must be at most a right angle", last
        )
        for t, (before, after) in enumerate(pairwise(self.angles), start=1):
            rule = f"must be larger than angles[{t - 1}]"
            require(before < after, f"angles[{t}]", rule, angles[t])
        self.unit = unit

    def _cos_sin(self, q: Fraction, field: Field) -> tuple[Any, Any]:
        if self.unit == "pi":
            return field.cos_pi(q), field.sin_pi(q)
        return field.cos(field.number(q)), field.sin(field.number(q))

    def levels(self, field: Field) -> Levels:
        alpha, sigma = zip(*(self._cos_sin(q, field) for q in self.angles), strict=True)
        drop, rise = [], []
        for t, (before, after) in enumerate(pairwise(self.angles)):
            cos_half, sin_half = self._cos_sin((after - before) / 2, field)
            if self.unit == "pi":
                cos_middle, sin_middle = self._cos_sin((before + after) / 2, field)
                drop.append(2 * sin_middle * sin_half)
                rise.append(2 * cos_middle * sin_half)
            else:
                # The middle of two floats rounds, and near a right angle its cosine feels that;
                # cos b + cos a = 2 cos((a+b)/2) cos((b-a)/2) needs no middle.
                drop.append((sigma[t] + sigma[t + 1]) * sin_half / cos_half)
                rise.append((alpha[t] + alpha[t + 1]) * sin_half / cos_half)
        return Levels(*(field.vector(column) for column in (alpha, sigma, drop, rise)))


class _Cosine(_Angles):
    """``theta_t = pi t / (2T)``."""

    def __init__(self, T: int) -> None:
        super().__init__(T, [Fraction(t, 2 * T) for t in range(T + 1)])


class _Betas(_Family):
    """``alpha_t^2 = prod (1 - beta)`` over the training steps up to ``steps[t-1]``.

    The clean end ``t = 0`` stands after `clean` training steps.
    Survivals and their complements are composed side by side, ``1 - pq = (1-p) + p(1-q)``: sums of
    positive terms, so that ``sigma`` and the drops keep full precision at both ends.
    """

    variance_preserving = True
    long_products = True

    def __init__(
        self, T: int, betas: Sequence[Any], steps: Sequence[Any] | None = None, clean: Any = 0
    ) -> None:
        self.betas = tuple(exact(b, f"betas[{k}]") for k, b in enumerate(betas))
        for k, beta in enumerate(self.betas):
            require(0 < beta <= 1, f"betas[{k}]", "must lie in (0, 1]", beta)
            last = k == len(self.betas) - 1
            require(beta < 1 or last, f"betas[{k}]", "may reach 1 only at the last step", beta)
        if steps is None:
            steps = spaced_steps(len(self.betas), T)
        self.steps = tuple(whole(n, "steps", 1, len(self.betas)) for n in steps)
        require(len(self.steps) == T, "steps", f"must have T = {T} entries", len(self.steps))
        self.clean = whole(clean, "clean", 0)
        require(self.clean < self.steps[0], "clean", f"must be less than {self.steps[0]}", clean)
        for before, after in pairwise(self.steps):
            require(before < after, "steps", "must increase", list(self.steps))

    def levels(self, field: Field) -> Levels:
        zero, one = field.number(0), field.number(1)

        def compose(p: tuple[Any, Any], q: tuple[Any, Any]) -> tuple[Any, Any]:
            return p[0] * q[0], p[1] + p[0] * q[1]

        def segment(start: int, stop: int) -> tuple[Any, Any]:
            total = (one, zero)
            for beta in self.betas[start:stop]:
                total = compose(total, (field.number(1 - beta), field.number(beta)))
            return total

        segments = [segment(*ends) for ends in pairwise((self.clean, *self.steps))]
        totals = list(accumulate(segments, compose, initial=segment(0, self.clean)))
        alpha = [field.sqrt(survival) for survival, _ in totals]
        sigma = [field.sqrt(complement) for _, complement in totals]
        lost = [totals[t][0] * segments[t][1] for t in range(len(segments))]
        drop = [lost[t] / (alpha[t] + alpha[t + 1]) for t in range(len(lost))]
        rise = [lost[t] / (sigma[t] + sigma[t + 1]) for t in range(len(lost))]
        return Levels(*(field.vector(column) for column in (alpha, sigma, drop, rise)))


class _DDPM(_Betas):
    """Linear betas over `train_steps`, sampled at T evenly spaced steps (the last one included)."""

    def __init__(self, T: int, train_steps: Any, beta_start: Any, beta_end: Any) -> None:
        n = whole(train_steps, "train_steps", 2)
        first, last = exact(beta_start, "beta_start"), exact(beta_end, "beta_end")
        super().__init__(T, [first + (last - first) * Fraction(k, n - 1) for k in range(n)])


class _Rational(_Family):
    """Levels given as exact rationals, so that the drops are exact too."""

    def __init__(self, T: int, alpha: Sequence[Any], sigma: Sequence[Any]) -> None:
        self.alpha = tuple(exact(q, f"alpha[{t}]") for t, q in enumerate(alpha))
        self.sigma = tuple(exact(q, f"sigma[{t}]") for t, q in enumerate(sigma))
        for name, values in (("alpha", self.alpha), ("sigma", self.sigma)):
            require(len(values) == T + 1, name, f"must have T + 1 = {T + 1} entries", len(values))
        for t in range(T + 1):
            positive = self.alpha[t] > 0 or (t == T and self.alpha[t] == 0)
            require(positive, f"alpha[{t}]", "must be > 0 (the last one may be 0)", alpha[t])
            clean = self.sigma[t] > 0 or (t == 0 and self.sigma[t] == 0)
            require(clean, f"sigma[{t}]", "must be > 0 (the first one may be 0)", sigma[t])
        for t in range(1, T + 1):
            a, b = self.alpha[t - 1], self.alpha[t]
            p, q = self.sigma[t - 1], self.sigma[t]
            require(b <= a, f"alpha[{t}]", f"must not exceed alpha[{t - 1}]", alpha[t])
            require(q >= p, f"sigma[{t}]", f"must not be below sigma[{t - 1}]", sigma[t])
            levels = f"alpha[{t}], sigma[{t}]"
            require(b < a or q > p, levels, "must differ from the step before", (b, q))

    def levels(self, field: Field) -> Levels:
        drop = [a - b for a, b in pairwise(self.alpha)]
        rise = [q - p for p, q in pairwise(self.sigma)]
        return Levels(*(field.numbers(column) for column in (self.alpha, self.sigma, drop, rise)))


class _Flow(_Rational):
    """Flow matching with timestep shift k: ``sigma = k r / (1 + (k-1) r)``, ``r = t/T``."""

    def __init__(self, T: int, shift: Any = 1) -> None:
        k = exact(shift, "shift")
        require(k > 0, "shift", "must be > 0", shift)
        sigma = [k * Fraction(t, T) / (1 + (k - 1) * Fraction(t, T)) for t in range(T + 1)]
        super().__init__(T, [1 - q for q in sigma], sigma)


class _EDM(_Family):
    """Karras: ``sigma_t^(1/rho)`` evenly spaced from that of `sigma_min` to that of `sigma_max`.

    ``sigma_t = (lo + (t-1)/(T-1) (hi - lo))^rho`` with ``lo = sigma_min^(1/rho)`` and
    ``hi = sigma_max^(1/rho)`` for t = 1..T, and ``sigma_0 = 0``.
    """

    long_products = True

    def __init__(self, T: int, sigma_min: Any, sigma_max: Any, rho: Any) -> None:
        self.T, self.rho = T, whole(rho, "rho", 1, 100)
        self.sigma_min = exact(sigma_min, "sigma_min")
        self.sigma_max = exact(sigma_max, "sigma_max")
        require(self.sigma_min > 0, "sigma_min", "must be > 0", sigma_min)
        require(self.sigma_max > self.sigma_min, "sigma_max", "must exceed sigma_min", sigma_max)

    def levels(self, field: Field) -> Levels:
        lo = field.root(field.number(self.sigma_min), self.rho)
        hi = field.root(field.number(self.sigma_max), self.rho)
        step = (hi - lo) / (self.T - 1)
        roots = [lo + k * step for k in range(self.T)]
        sigma = [field.number(0), *(r**self.rho for r in roots)]
        # b^n - a^n = (b - a) sum b^i a^(n-1-i): positive terms only.
        n = self.rho
        rise = [step * sum(b**i * a ** (n - 1 - i) for i in range(n)) for a, b in pairwise(roots)]
        rise.insert(0, sigma[1])
        alpha = field.numbers([1] * (self.T + 1))
        return Levels(alpha, field.vector(sigma), field.numbers([0] * self.T), field.vector(rise))


_FAMILIES: dict[str, type[Any]] = {
    "cosine": _Cosine,
    "angles": _Angles,
    "betas": _Betas,
    "ddpm": _DDPM,
    "flow": _Flow,
    "edm": _EDM,
    "custom": _Rational,
}


def spaced_steps(train_steps: int, T: int) -> list[int]:
    """Return ``round(t N / T)`` for t = 1..T: T evenly spaced training steps, the last included."""
    require(train_steps >= T, "T", f"must be at most the number of training steps {train_steps}", T)
    return [(2 * t * train_steps + T) // (2 * T) for t in range(1, T + 1)]


def cosine(T: int) -> Schedule:
    """Cosine schedule ``theta_t = pi t/(2T)`` (SPEC A1).

    Examples
    --------
    >>> from symmerge.numbers import SYMBOLIC
    >>> [str(x) for x in cosine(3).levels(SYMBOLIC).alpha]
    ['1', 'sqrt(3)/2', '1/2', '0']
    """
    return Schedule("cosine", T)


def from_angles(angles: Iterable[Any], unit: str = "rad") -> Schedule:
    """Variance-preserving schedule ``alpha = cos theta_t, sigma = sin theta_t``.

    Parameters
    ----------
    angles : sequence of T + 1 increasing numbers from 0 to a right angle
        ``theta_0 .. theta_T``, clean to noisy.
    unit : {'rad', 'pi'}
        Radians, or multiples of pi (exact for rationals). In float64, radians that are not floats
        themselves lose relative precision of ``alpha`` next to a right angle.
    """
    values = tuple(exact(q, f"angles[{k}]") for k, q in enumerate(angles))
    return Schedule("angles", len(values) - 1, (("angles", values), ("unit", unit)))


def from_betas(
    betas: Iterable[Any],
    T: int | None = None,
    steps: Sequence[int] | None = None,
    clean: int = 0,
) -> Schedule:
    """Variance-preserving schedule ``alpha_t^2 = prod_{k <= steps_t} (1 - beta_k)``.

    Parameters
    ----------
    betas : sequence of N numbers in (0, 1]
        Per training step, clean to noisy.
    T : int, optional
        Number of sampling steps; N by default.
    steps : sequence of T increasing ints in 1..N, optional
        Training steps used for sampling; evenly spaced with the last included by default.
    clean : int
        Training steps before the clean end; with 0 it has no noise, ``sigma_0 = 0``. Some samplers
        stop after the first one instead.

    Examples
    --------
    >>> from symmerge.numbers import SYMBOLIC
    >>> halves = from_betas(["1/2"] * 3, T=2, steps=[2, 3], clean=1)
    >>> [str(x) for x in halves.levels(SYMBOLIC).sigma]
    ['sqrt(2)/2', 'sqrt(3)/2', 'sqrt(14)/4']
    """
    values = tuple(exact(b, f"betas[{k}]") for k, b in enumerate(betas))
    T = len(values) if T is None else whole(T, "T", 2)
    N = len(values)
    chosen = spaced_steps(N, T) if steps is None else [whole(n, "steps", 1, N) for n in steps]
    start = whole(clean, "clean", 0)
    return Schedule("betas", T, (("betas", values), ("steps", tuple(chosen)), ("clean", start)))


def ddpm(
    T: int, train_steps: int = 1000, beta_start: Any = "1e-4", beta_end: Any = "0.02"
) -> Schedule:
    """DDPM: `train_steps` betas linear from `beta_start` to `beta_end`, T steps evenly spaced."""
    parameters = (
        ("train_steps", whole(train_steps, "train_steps", 2)),
        ("beta_start", exact(beta_start, "beta_start")),
        ("beta_end", exact(beta_end, "beta_end")),
    )
    return Schedule("ddpm", T, parameters)


def flow(T: int, shift: Any = 1) -> Schedule:
    """Flow matching ``alpha = 1 - sigma, sigma = r``, with r = t/T.

    With `shift` k the noise level is ``sigma = k r / (1 + (k-1) r)`` as in timestep-shifted
    samplers.

    Examples
    --------
    >>> from symmerge.numbers import EXACT
    >>> [str(x) for x in flow(4).levels(EXACT).sigma]
    ['0', '1/4', '1/2', '3/4', '1']
    """
    return Schedule("flow", T, (("shift", exact(shift, "shift")),))


def edm(T: int, sigma_min: Any = "0.002", sigma_max: Any = 80, rho: int = 7) -> Schedule:
    """EDM/Karras noise levels with ``alpha = 1`` (variance exploding), from ``sigma_0 = 0``."""
    parameters = (
        ("sigma_min", exact(sigma_min, "sigma_min")),
        ("sigma_max", exact(sigma_max, "sigma_max")),
        ("rho", whole(rho, "rho", 1, 100)),
    )
    return Schedule("edm", T, parameters)


def custom(alpha: Iterable[Any], sigma: Iterable[Any]) -> Schedule:
    """Schedule from two arrays of T + 1 levels, clean to noisy.

    ``alpha`` must not increase, ``sigma`` must not decrease, and one of them must change in every
    step; ``alpha_T = 0`` and ``sigma_0 = 0`` are allowed. For an explicit list of EDM noise levels
    pass ``alpha = [1] * (T + 1)``.

    Raises
    ------
    InputError
        If lengths, signs or monotonicity are violated.
    """
    alphas = tuple(exact(q, f"alpha[{t}]") for t, q in enumerate(alpha))
    sigmas = tuple(exact(q, f"sigma[{t}]") for t, q in enumerate(sigma))
    return Schedule("custom", len(alphas) - 1, (("alpha", alphas), ("sigma", sigmas)))
