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
from typing import Any

from .errors import items_of, require
from .families import FAMILIES, Family, Levels, Rational, spaced_steps
from .numbers import FLOAT, Field, exact, multiprecision
from .rational import whole

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
    "require_schedule",
    "whole",
]


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
            self.kind in FAMILIES, "schedule", f"must be one of {', '.join(FAMILIES)}", self.kind
        )
        self._family  # noqa: B018 - building it checks the parameters

    @cached_property
    def _family(self) -> Family:
        return FAMILIES[self.kind](self.T, **dict(self.parameters))

    @property
    def variance_preserving(self) -> bool:
        """Whether ``alpha_t^2 + sigma_t^2 = 1`` holds exactly."""
        return self._family.variance_preserving

    @property
    def rational(self) -> bool:
        """Whether all levels are rational numbers."""
        return isinstance(self._family, Rational)

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


def require_schedule(value: Any) -> None:
    """Refuse anything but a schedule: names and files are for the command line."""
    rule = "must be a Schedule, as made by symmerge.schedule.cosine(8)"
    require(isinstance(value, Schedule), "schedule", rule, value)


def _jsonable(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_jsonable(item) for item in value]
    return str(value) if isinstance(value, Fraction) else value


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
    values = tuple(exact(q, f"angles[{k}]") for k, q in enumerate(items_of(angles, "angles")))
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
    values = tuple(exact(b, f"betas[{k}]") for k, b in enumerate(items_of(betas, "betas")))
    T = len(values) if T is None else whole(T, "T", 2)
    N = len(values)
    chosen = (
        spaced_steps(N, T)
        if steps is None
        else [whole(n, "steps", 1, N) for n in items_of(steps, "steps")]
    )
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
    alphas = tuple(exact(q, f"alpha[{t}]") for t, q in enumerate(items_of(alpha, "alpha")))
    sigmas = tuple(exact(q, f"sigma[{t}]") for t, q in enumerate(items_of(sigma, "sigma")))
    return Schedule("custom", len(alphas) - 1, (("alpha", alphas), ("sigma", sigmas)))
