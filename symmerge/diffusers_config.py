r"""Noise schedules from the scheduler configs of Hugging Face diffusers, read as data.

The teacher of the theory is the deterministic DDIM sampler, so

* ``DDIMScheduler`` and the classes that share its noise levels (``DDPMScheduler``,
  ``PNDMScheduler``, the parallel ones) give the levels and times of DDIM for this config:
  ``alpha_t^2`` is the product of ``1 - beta`` over the training steps up to the t-th sampling time;
* ``EulerDiscreteScheduler`` (Karras' sigmas included) keeps its samples divided by ``alpha``; the
  levels here are those of the model's input, ``tan theta_t = sigma_t``, where its step is DDIM's;
* ``FlowMatchEulerDiscreteScheduler`` gives ``alpha = 1 - sigma`` with shifted ``sigma``;
* ``EDMEulerScheduler`` gives ``alpha = 1`` and Karras' ``sigma``.

Exactness. Numbers count as written (``0.012`` is 12/1000; diffusers rounds to float32, a relative
difference of 1e-7). Betas that are linear or listed, and shifted sigmas, are exact. Irrational
betas (``scaled_linear``, ``squaredcos_cap_v2``, ``sigmoid``, ``rescale_betas_zero_snr``) are
rationals within 1e-60 of the true ones, and so are the angles, in units of pi, of Euler's levels.

Times of DDIM. With N training steps and T sampling steps, the times ``tau_1 < ... < tau_T`` in
0..N-1 are

* leading: ``(t-1) floor(N/T) + steps_offset``,
* linspace: ``round((t-1)(N-1)/(T-1))``,
* trailing: ``round(t N/T) - 1``,

rounded as diffusers does. The clean end is one stride ``floor(N/T)`` before ``tau_1``; where that
is negative it is noiseless with ``set_alpha_to_one`` and training step 0 without, so that
``sigma_0 > 0``; the DDPM classes and Euler with ``final_sigmas_type`` zero always end without
noise. (With linspace and trailing the strides may differ by one. diffusers' DDIM then steps to
``tau_t - floor(N/T)`` but evaluates the model at ``tau_{t-1}``; the levels here are those at which
the model is evaluated.) Clipping and thresholding are no part of the theory and ignored.

References: J. Song, C. Meng, S. Ermon, arXiv 2010.02502; S. Lin et al., arXiv 2305.08891 (spacings,
zero terminal SNR); T. Karras et al., arXiv 2206.00364; P. Esser et al., arXiv 2403.03206 (shift).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

from .errors import require
from .json_files import flag, integer, list_of, number, text_value
from .numbers import exact, multiprecision
from .schedule import Schedule, custom, edm, from_angles, from_betas, whole

__all__ = ["CONFIG_KEYS", "schedule_from_config"]

_DIGITS = 60
_SCALE = 10**_DIGITS
_KARRAS_RHO = 7
_MOST_TRAINING_STEPS = 100_000

# Classes whose noise levels and times are those of DDIM, with their default of set_alpha_to_one;
# None where there is no such key and the last step always ends without noise.
_DDIM_CLASSES: dict[str, bool | None] = {
    "DDIMScheduler": True,
    "DDIMParallelScheduler": True,
    "DDPMScheduler": None,
    "DDPMParallelScheduler": None,
    "PNDMScheduler": False,
}
_DDIM_DEFAULTS: dict[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_start": Fraction(1, 10_000),
    "beta_end": Fraction(2, 100),
    "beta_schedule": "linear",
    "trained_betas": None,
    "timestep_spacing": "leading",
    "steps_offset": 0,
    "set_alpha_to_one": True,
    "rescale_betas_zero_snr": False,
}
_EULER_DEFAULTS: dict[str, Any] = {
    **{key: value for key, value in _DDIM_DEFAULTS.items() if key != "set_alpha_to_one"},
    "timestep_spacing": "linspace",
    "interpolation_type": "linear",
    "use_karras_sigmas": False,
    "sigma_min": None,
    "sigma_max": None,
    "final_sigmas_type": "zero",
}
_FLOW_DEFAULTS: dict[str, Any] = {
    "num_train_timesteps": 1000,
    "shift": 1,
    "use_dynamic_shifting": False,
}
_EDM_DEFAULTS: dict[str, Any] = {
    "sigma_min": Fraction(2, 1000),
    "sigma_max": 80,
    "rho": 7,
    "sigma_schedule": "karras",
    "final_sigmas_type": "zero",
}
CONFIG_KEYS = {"_class_name"}.union(_DDIM_DEFAULTS, _EULER_DEFAULTS, _FLOW_DEFAULTS, _EDM_DEFAULTS)

# Keys that say how the model is used, or serve other classes: no noise level depends on them.
_OTHER_KEYS = {
    "_class_name",
    "_diffusers_version",
    "_use_default_values",
    "algorithm_type",
    "base_image_seq_len",
    "base_shift",
    "clip_sample",
    "clip_sample_range",
    "dynamic_thresholding_ratio",
    "euler_at_final",
    "final_sigmas_type",
    "interpolation_type",
    "lambda_min_clipped",
    "lower_order_final",
    "max_image_seq_len",
    "max_shift",
    "num_train_timesteps",
    "original_inference_steps",
    "predict_epsilon",
    "prediction_type",
    "sample_max_value",
    "sigma_data",
    "skip_prk_steps",
    "solver_order",
    "solver_type",
    "tensor_format",
    "thresholding",
    "time_shift_type",
    "timestep_scaling",
    "timestep_type",
    "variance_type",
}


def _settings(data: dict[str, Any], defaults: dict[str, Any], name: str) -> dict[str, Any]:
    """Values of the keys that matter; any other that could matter is an error."""
    for key, value in data.items():
        # Switches that are off do nothing.
        known = key in defaults or key in _OTHER_KEYS or value is None or value is False
        require(known, key, f"is not supported for {name}", value, f"read: {', '.join(defaults)}")
    return {key: data.get(key, default) for key, default in defaults.items()}


def schedule_from_config(data: dict[str, Any], T: int) -> Schedule:
    """Return the schedule of T sampling steps that a scheduler config of diffusers describes.

    Parameters
    ----------
    data : dict
        The config; keys that are absent have the defaults of their class.
    T : int
        Number of sampling steps, ``num_inference_steps``.

    Raises
    ------
    InputError
        If a value is wrong or the config asks for something that is not supported.

    Examples
    --------
    >>> found = schedule_from_config({"beta_schedule": "linear", "steps_offset": 1}, 4)
    >>> dict(found.parameters)["steps"]
    (2, 252, 502, 752)
    """
    name = text_value(data.get("_class_name", "DDIMScheduler"), "_class_name")
    if name in _DDIM_CLASSES:
        settings = _settings(data, _DDIM_DEFAULTS, name)
        default, key = _DDIM_CLASSES[name], "set_alpha_to_one"
        settings[key] = None if default is None else data.get(key, default)
        return _ddim(settings, T)
    if name == "EulerDiscreteScheduler":
        return _euler(_settings(data, _EULER_DEFAULTS, name), T)
    if name == "FlowMatchEulerDiscreteScheduler":
        return _flow_match(_settings(data, _FLOW_DEFAULTS, name), T)
    others = ("EulerDiscreteScheduler", "FlowMatchEulerDiscreteScheduler", "EDMEulerScheduler")
    supported = ", ".join([*_DDIM_CLASSES, *others])
    hint = "name DDIMScheduler instead to read the config as DDIM does"
    require(name == "EDMEulerScheduler", "_class_name", f"must be one of {supported}", name, hint)
    return _edm_euler(_settings(data, _EDM_DEFAULTS, name), T)


def _choice(value: Any, key: str, choices: tuple[str, ...]) -> str:
    text = text_value(value, key)
    require(text in choices, key, f"must be one of {', '.join(choices)}", text)
    return text


def _training_steps(settings: dict[str, Any]) -> int:
    key = "num_train_timesteps"
    return whole(integer(settings[key], key), key, 2, _MOST_TRAINING_STEPS)


def _training(settings: dict[str, Any], T: int) -> tuple[int, list[Fraction]]:
    """Number of training steps and their betas."""
    N = _training_steps(settings)
    require(T <= N, "T", f"must be at most the number of training steps {N}", T)
    betas = _betas(settings, N)
    rescale = flag(settings["rescale_betas_zero_snr"], "rescale_betas_zero_snr")
    return N, _rescaled(betas) if rescale else betas


def _ddim(settings: dict[str, Any], T: int) -> Schedule:
    N, betas = _training(settings, T)
    times = _times(settings, N, T)
    before = times[0] - N // T
    if settings["set_alpha_to_one"] is None:
        before = -1
    elif before < 0:
        before = -1 if flag(settings["set_alpha_to_one"], "set_alpha_to_one") else 0
    hint = "set steps_offset to 1 or set_alpha_to_one to true"
    rule = "must not be false when training step 0 is sampled: the last step would do nothing"
    require(before < times[0], "set_alpha_to_one", rule, False, hint)
    return from_betas(betas, T, [time + 1 for time in times], clean=before + 1)


def _euler(settings: dict[str, Any], T: int) -> Schedule:
    """Noise-to-signal ratios ``sigma`` at the sampling times, interpolated linearly in between.

    With ``use_karras_sigmas`` those of Karras between the two outermost of them, or between
    ``sigma_min`` and ``sigma_max``. With ``rescale_betas_zero_snr`` diffusers keeps a signal of
    ``alpha = 2^-12`` at the noisy end.
    """
    N, betas = _training(settings, T)
    _choice(settings["interpolation_type"], "interpolation_type", ("linear",))
    ends = ("zero", "sigma_min")
    noiseless = _choice(settings["final_sigmas_type"], "final_sigmas_type", ends) == "zero"
    field = multiprecision(_DIGITS + 20)
    levels = from_betas(betas).levels(field)
    training = list(levels.sigma[1:-1] / levels.alpha[1:-1])
    least = levels.alpha[-1] if betas[-1] < 1 else field.number(Fraction(1, 2**12))
    training.append(field.sqrt(1 / least**2 - 1))
    if settings["timestep_spacing"] == "linspace":
        times = [Fraction(t * (N - 1), T - 1) for t in range(T)]
    else:
        times = [Fraction(time) for time in _times(settings, N, T)]
    ratios = []
    for time in times:
        k = min(int(time), N - 2)
        share = field.number(time - k)
        ratios.append(training[k] * (1 - share) + training[k + 1] * share)
    if flag(settings["use_karras_sigmas"], "use_karras_sigmas"):
        lo, hi = (
            exact(ratio) if settings[key] is None else number(settings[key], key)
            for key, ratio in (("sigma_min", ratios[0]), ("sigma_max", ratios[-1]))
        )
        ratios = list(edm(T, lo, hi, _KARRAS_RHO).levels(field).sigma[1:])
    clean = field.number(0) if noiseless else training[0]
    rule = "must be zero here: the last step would end with no less noise than it starts with"
    require(bool(clean < ratios[0]), "final_sigmas_type", rule, settings["final_sigmas_type"])
    turns = [exact(field.context.atan(ratio) / field.context.pi) for ratio in (clean, *ratios)]
    return from_angles([Fraction(round(q * _SCALE), _SCALE) for q in turns], unit="pi")


def _times(settings: dict[str, Any], N: int, T: int) -> list[int]:
    """Sampling times ``tau_1 < ... < tau_T``, zero-based training steps.

    Rounding is NumPy's in float64, half to even, because diffusers' is.
    """
    offset = integer(settings["steps_offset"], "steps_offset")
    spacings = ("leading", "linspace", "trailing")
    spacing = _choice(settings["timestep_spacing"], "timestep_spacing", spacings)
    if spacing == "leading":
        times = [t * (N // T) + offset for t in range(T)]
        rule = f"must leave all times below num_train_timesteps = {N}"
        require(times[-1] < N, "steps_offset", rule, offset, f"for T = {T}")
    elif spacing == "linspace":
        times = [int(time) for time in np.linspace(0, N - 1, T).round()]
    else:
        # Rounding may leave arange one entry more, near 0.
        descending = np.arange(N, 0, -(N / T))[:T]
        times = [int(time) - 1 for time in descending.round()[::-1]]
    return times


def _betas(settings: dict[str, Any], N: int) -> list[Fraction]:
    """Betas of the N training steps."""
    if settings["trained_betas"] is not None:
        listed = list_of(number)(settings["trained_betas"], "trained_betas")
        rule = f"must have num_train_timesteps = {N} entries"
        require(len(listed) == N, "trained_betas", rule, len(listed))
        return list(listed)
    name = _choice(settings["beta_schedule"], "beta_schedule", tuple(_BETAS))
    first = number(settings["beta_start"], "beta_start")
    last = number(settings["beta_end"], "beta_end")
    for key, beta in (("beta_start", first), ("beta_end", last)):
        require(0 < beta < 1, key, "must lie between 0 and 1", settings[key])
    return _BETAS[name](first, last, N)


def _linear(first: Fraction, last: Fraction, N: int) -> list[Fraction]:
    return [first + (last - first) * Fraction(k, N - 1) for k in range(N)]


def _context() -> Any:
    """Private mpmath context, guard digits included."""
    context = mpmath.MPContext()
    context.dps = _DIGITS + 20
    return context


def _entered(context: Any, value: Fraction) -> Any:
    return context.mpf(value.numerator) / value.denominator


def _scaled_linear(first: Fraction, last: Fraction, N: int) -> list[Fraction]:
    """Squares of numbers evenly spaced from ``sqrt(beta_start)`` to ``sqrt(beta_end)``."""
    context = _context()
    lo, hi = (context.sqrt(_entered(context, beta)) for beta in (first, last))
    return [exact((lo + (hi - lo) * k / (N - 1)) ** 2) for k in range(N)]


def _squared_cosine(first: Fraction, last: Fraction, N: int) -> list[Fraction]:
    r"""``beta_k = min(1 - abar((k+1)/N)/abar(k/N), 0.999)``, ``abar(r) = cos^2``.

    The angle is ``(r + 0.008)/1.008 * pi/2`` (A. Nichol, P. Dhariwal, arXiv 2102.09672); the two
    ends of the betas play no part.
    """
    context = _context()
    quarter_turns = [(Fraction(k, N) + Fraction(8, 1000)) / Fraction(1008, 1000) for k in range(N)]
    # cos^2 at 1 is 0 exactly, and the cap applies.
    bars = [context.cospi(_entered(context, q / 2)) ** 2 for q in quarter_turns] + [0]
    return [min(exact(1 - after / before), Fraction(999, 1000)) for before, after in pairwise(bars)]


def _sigmoid(first: Fraction, last: Fraction, N: int) -> list[Fraction]:
    """``beta_start + (beta_end - beta_start)/(1 + exp(-x))``, x evenly spaced from -6 to 6."""
    context = _context()
    start, rise = (_entered(context, value) for value in (first, last - first))
    points = [_entered(context, Fraction(12 * k, N - 1) - 6) for k in range(N)]
    return [exact(start + rise / (1 + context.exp(-x))) for x in points]


_BETAS: dict[str, Callable[[Fraction, Fraction, int], list[Fraction]]] = {
    "linear": _linear,
    "scaled_linear": _scaled_linear,
    "squaredcos_cap_v2": _squared_cosine,
    "sigmoid": _sigmoid,
}


def _rescaled(betas: list[Fraction]) -> list[Fraction]:
    """Betas with ``alpha = 0`` after the last one (arXiv 2305.08891, Algorithm 1).

    Every ``alpha`` is lowered by the last one and scaled so that the first stays.
    """
    context = _context()
    survival, alphas = context.mpf(1), []
    for beta in betas:
        survival *= _entered(context, 1 - beta)
        alphas.append(context.sqrt(survival))
    first, last = alphas[0], alphas[-1]
    alphas = [first * (alpha - last) / (first - last) for alpha in alphas]
    return [betas[0], *(exact(1 - (after / before) ** 2) for before, after in pairwise(alphas))]


def _flow_match(settings: dict[str, Any], T: int) -> Schedule:
    """Sigmas evenly spaced from the smallest training one to 1, then shifted, and ``sigma_0 = 0``.

    diffusers shifts the smallest one twice: in the training grid and again when sampling. Pipelines
    that hand it ``1, 1 - 1/T, ..., 1/T`` instead follow ``symmerge.schedule.flow(T, shift)``.
    """
    N = _training_steps(settings)
    k = number(settings["shift"], "shift")
    require(k > 0, "shift", "must be > 0", settings["shift"])
    dynamic = flag(settings["use_dynamic_shifting"], "use_dynamic_shifting")
    hint = "set it to false and shift to exp(mu) of your image size"
    require(not dynamic, "use_dynamic_shifting", "is not supported", dynamic, hint)

    def shifted(r: Fraction) -> Fraction:
        return k * r / (1 + (k - 1) * r)

    least = shifted(Fraction(1, N))
    spaced = [least + (1 - least) * Fraction(t, T - 1) for t in range(T)]
    sigma = [Fraction(0), *map(shifted, spaced)]
    return custom([1 - q for q in sigma], sigma)


def _edm_euler(settings: dict[str, Any], T: int) -> Schedule:
    _choice(settings["sigma_schedule"], "sigma_schedule", ("karras",))
    _choice(settings["final_sigmas_type"], "final_sigmas_type", ("zero",))
    lo, hi = (number(settings[key], key) for key in ("sigma_min", "sigma_max"))
    return edm(T, lo, hi, integer(settings["rho"], "rho"))
