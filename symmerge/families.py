"""How each family of noise schedules computes its levels, in any number type (SPEC A1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np

from .errors import InputError, require
from .numbers import Field, exact
from .rational import whole

__all__ = ["FAMILIES", "Family", "Levels", "Rational", "spaced_steps"]


# Levels, and relative changes of levels, beyond these leave float64 in what is computed from them:
# squares, products over all steps, thresholds.
_LEAST, _MOST = Fraction(1, 10**20), Fraction(10**20)
_LEAST_STEP = Fraction(1, 10**40)
_SHIFT_MOST = 10**6
_LEAST_CHANGE = Fraction(1, 10**12)


class Levels(NamedTuple):
    """Values of a schedule in one number type.

    ``alpha, sigma`` have shape (T+1,); ``alpha_drop[t-1] = alpha_{t-1} - alpha_t`` and
    ``sigma_rise[t-1] = sigma_t - sigma_{t-1}`` have shape (T,).
    """

    alpha: np.ndarray
    sigma: np.ndarray
    alpha_drop: np.ndarray
    sigma_rise: np.ndarray


def _sized(value: Fraction, argument: str, given: Any) -> None:
    """Refuse a positive level that is absurdly small or large."""
    fine = value == 0 or _LEAST <= value <= _MOST
    require(fine, argument, "must lie between 1e-20 and 1e20 if it is not 0", given)


def _distinct(before: Fraction, after: Fraction, argument: str, given: Any) -> None:
    """Refuse two levels that differ by next to nothing."""
    fine = before == after or abs(after - before) >= _LEAST_STEP * max(before, after)
    require(fine, argument, "must differ from the one before by 1e-40 of it or not at all", given)


class Family:
    """How one family computes its levels in any field."""

    variance_preserving = False
    long_products = False

    def levels(self, field: Field) -> Levels:
        """Signal and noise levels and their drops."""
        raise InputError("schedule", "has no levels", type(self).__name__)  # pragma: no cover


class Angles(Family):
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
            far = after - before >= _LEAST
            require(far, f"angles[{t}]", "must exceed the one before by 1e-20", angles[t])
        short = right_angle - self.angles[-1]
        full = "must be a right angle or 1e-20 less"
        require(unit == "rad" or short == 0 or short >= _LEAST, f"angles[{T}]", full, last)
        _sized(self.angles[0], "angles[0]", angles[0])
        self.unit = unit

    def _cos_sin(self, q: Fraction, field: Field) -> tuple[Any, Any]:
        if self.unit == "pi":
            return field.cos_pi(q), field.sin_pi(q)
        return field.cos(field.number(q)), field.sin(field.number(q))

    def levels(self, field: Field) -> Levels:
        """Signal and noise levels and their drops."""
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


class Cosine(Angles):
    """``theta_t = pi t / (2T)``."""

    def __init__(self, T: int) -> None:
        super().__init__(T, [Fraction(t, 2 * T) for t in range(T + 1)])


class Betas(Family):
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
            far = beta >= _LEAST and (beta == 1 or 1 - beta >= _LEAST)
            require(
                far, f"betas[{k}]", "must stay 1e-20 away from 0 and 1 (1 itself is fine)", beta
            )
        survival = sum(math.log10(1 - beta) for beta in self.betas if beta < 1)
        rule = "must leave a signal of alpha = 1e-20 or more (the last one may be 1)"
        require(survival >= -40, "betas", rule, f"alpha = 1e{survival / 2:.0f}")
        if steps is None:
            steps = spaced_steps(len(self.betas), T)
        self.steps = tuple(whole(n, "steps", 1, len(self.betas)) for n in steps)
        require(len(self.steps) == T, "steps", f"must have T = {T} entries", len(self.steps))
        self.clean = whole(clean, "clean", 0)
        require(self.clean < self.steps[0], "clean", f"must be less than {self.steps[0]}", clean)
        for before, after in pairwise(self.steps):
            require(before < after, "steps", "must increase", list(self.steps))

    def levels(self, field: Field) -> Levels:
        """Signal and noise levels and their drops."""
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


class DDPM(Betas):
    """Linear betas over `train_steps`, sampled at T evenly spaced steps (the last one included)."""

    def __init__(self, T: int, train_steps: Any, beta_start: Any, beta_end: Any) -> None:
        n = whole(train_steps, "train_steps", 2)
        first, last = exact(beta_start, "beta_start"), exact(beta_end, "beta_end")
        super().__init__(T, [first + (last - first) * Fraction(k, n - 1) for k in range(n)])


class Rational(Family):
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
            _sized(self.alpha[t], f"alpha[{t}]", alpha[t])
            _sized(self.sigma[t], f"sigma[{t}]", sigma[t])
        for t in range(1, T + 1):
            a, b = self.alpha[t - 1], self.alpha[t]
            p, q = self.sigma[t - 1], self.sigma[t]
            require(b <= a, f"alpha[{t}]", f"must not exceed alpha[{t - 1}]", alpha[t])
            require(q >= p, f"sigma[{t}]", f"must not be below sigma[{t - 1}]", sigma[t])
            levels = f"alpha[{t}], sigma[{t}]"
            require(b < a or q > p, levels, "must differ from the step before", (b, q))
            _distinct(a, b, f"alpha[{t}]", alpha[t])
            _distinct(p, q, f"sigma[{t}]", sigma[t])

    def levels(self, field: Field) -> Levels:
        """Signal and noise levels and their drops."""
        drop = [a - b for a, b in pairwise(self.alpha)]
        rise = [q - p for p, q in pairwise(self.sigma)]
        return Levels(*(field.numbers(column) for column in (self.alpha, self.sigma, drop, rise)))


class Flow(Rational):
    """Flow matching with timestep shift k: ``sigma = k r / (1 + (k-1) r)``, ``r = t/T``."""

    def __init__(self, T: int, shift: Any = 1) -> None:
        k = exact(shift, "shift")
        require(k > 0, "shift", "must be > 0", shift)
        fine = Fraction(1, _SHIFT_MOST) <= k <= _SHIFT_MOST
        require(fine, "shift", "must lie between 1e-6 and 1e6", shift)
        sigma = [k * Fraction(t, T) / (1 + (k - 1) * Fraction(t, T)) for t in range(T + 1)]
        super().__init__(T, [1 - q for q in sigma], sigma)


class EDM(Family):
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
        _sized(self.sigma_min, "sigma_min", sigma_min)
        _sized(self.sigma_max, "sigma_max", sigma_max)
        require(self.sigma_max > self.sigma_min, "sigma_max", "must exceed sigma_min", sigma_max)
        far = self.sigma_max - self.sigma_min >= _LEAST_CHANGE * self.sigma_min
        require(far, "sigma_max", "must exceed sigma_min by 1e-12 of it", sigma_max)

    def levels(self, field: Field) -> Levels:
        """Signal and noise levels and their drops."""
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


FAMILIES: dict[str, type[Any]] = {
    "cosine": Cosine,
    "angles": Angles,
    "betas": Betas,
    "ddpm": DDPM,
    "flow": Flow,
    "edm": EDM,
    "custom": Rational,
}


def spaced_steps(train_steps: int, T: int) -> list[int]:
    """Return ``round(t N / T)`` for t = 1..T: T evenly spaced training steps, the last included."""
    require(train_steps >= T, "T", f"must be at most the number of training steps {train_steps}", T)
    return [(2 * t * train_steps + T) // (2 * T) for t in range(1, T + 1)]
