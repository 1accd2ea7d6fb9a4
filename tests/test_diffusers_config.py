"""Scheduler configs against the noise levels that diffusers itself computes for them.

The reference was printed by diffusers 0.42.1, which works in float32: survivals ``alpha^2`` for the
classes of DDIM, sigmas for the others, clean end first. About 800
further cases (all spacings, offsets, beta schedules and T up to 61) agreed the same way.
"""

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest

from symmerge.diffusers_config import schedule_from_config
from symmerge.errors import InputError
from symmerge.numbers import FLOAT, balls, exact, multiprecision
from symmerge.schedule import custom
from symmerge.scheduler_config import read_schedule, schedule_from_dict, write_schedule
from symmerge.teacher import Teacher

LATENT = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
ZERO_SNR = {**LATENT, "timestep_spacing": "trailing", "rescale_betas_zero_snr": True}
NOISY_END = {**LATENT, "steps_offset": 1, "set_alpha_to_one": False, "clip_sample": False}
OFFSET = {**LATENT, "timestep_spacing": "leading", "steps_offset": 1}
VIDEO = {
    **OFFSET,
    "use_karras_sigmas": True,
    "sigma_min": 0.002,
    "sigma_max": 700.0,
    "timestep_type": "continuous",
    "prediction_type": "v_prediction",
}
DDIM, DDPM, EULER = "DDIMScheduler", "DDPMScheduler", "EulerDiscreteScheduler"
FLOW, EDM = "FlowMatchEulerDiscreteScheduler", "EDMEulerScheduler"

SURVIVALS = [
    (DDIM, NOISY_END, [0.99915, 0.998296, 0.752143, 0.422881, 0.159816, 0.0365465]),
    (
        DDIM,
        {**ZERO_SNR, "set_alpha_to_one": False, "steps_offset": 1},
        [0.99915, 0.7387, 0.393544, 0.128448, 0.0178831, 0.0],
    ),
    # 1000/7 rounds up, so that one stride before the first time is training step 0, not clean.
    (
        DDIM,
        {**LATENT, "timestep_spacing": "trailing"},
        [0.99915, 0.838998, 0.615689, 0.380405, 0.191539, 0.0749213, 0.0219926, 0.0046601],
    ),
    (
        DDIM,
        {"timestep_spacing": "linspace", "beta_schedule": "squaredcos_cap_v2"},
        [1.0, 0.999959, 0.845888, 0.492285, 0.144272, 2.42873e-09],
    ),
    (DDIM, {}, [1.0, 0.9999, 0.745914, 0.320785, 0.0793843, 0.0112836, 0.000919499]),
    (
        "PNDMScheduler",
        {**LATENT, "skip_prk_steps": True, "steps_offset": 1},
        [0.99915, 0.998296, 0.752143, 0.422881, 0.159816, 0.0365465],
    ),
    (
        DDPM,
        {"beta_schedule": "squaredcos_cap_v2"},
        [1.0, 0.999959, 0.845888, 0.492285, 0.143179],
    ),
    (
        DDPM,
        {"beta_schedule": "sigmoid", "timestep_spacing": "trailing"},
        [1.0, 0.967717, 0.863563, 0.533685, 0.127114, 0.011367, 0.000699939, 3.96818e-05],
    ),
]
SIGMAS = [
    (EULER, LATENT, [0.0, 0.0291675, 0.695151, 1.61558, 4.08609, 14.6146]),
    (EULER, OFFSET, [0.0, 0.0413145, 0.574051, 1.16822, 2.29285, 5.13443]),
    (
        EULER,
        {**LATENT, "use_karras_sigmas": True},
        [0.0, 0.0291675, 0.247952, 1.27411, 4.79654, 14.6146],
    ),
    (EULER, ZERO_SNR, [0.0, 0.727056, 1.76808, 5.39874, 4096.0]),
    (EULER, VIDEO, [0.0, 0.002, 0.678146, 15.59, 134.854, 700.0]),
    (
        EULER,
        {**OFFSET, "final_sigmas_type": "sigma_min"},
        [0.0291675, 0.0413145, 0.698399, 1.62369, 4.1167],
    ),
    (FLOW, {"shift": 3.0}, [0.0, 0.00892857, 0.502985, 0.751121, 0.900359, 1.0]),
    (FLOW, {"shift": 1.0}, [0.0, 0.001, 0.334, 0.667, 1.0]),
    (EDM, {}, [0.0, 0.002, 0.169753, 2.51522, 17.5278, 80.0]),
    (EDM, {"sigma_max": 30.0, "rho": 3.0}, [0.0, 0.002, 1.40395, 9.44056, 30.0]),
]


@pytest.mark.parametrize(("name", "config", "survivals"), SURVIVALS)
def test_survivals_are_those_of_diffusers(name, config, survivals):
    found = schedule_from_config({"_class_name": name, **config}, len(survivals) - 1)
    assert found.levels(FLOAT).alpha ** 2 == pytest.approx(survivals, rel=2e-5, abs=1e-12)
    assert found.variance_preserving


@pytest.mark.parametrize(("name", "config", "sigmas"), SIGMAS)
def test_sigmas_are_those_of_diffusers(name, config, sigmas):
    found = schedule_from_config({"_class_name": name, **config}, len(sigmas) - 1)
    levels = found.levels(FLOAT)
    ratio = levels.sigma if name == FLOW else levels.sigma / levels.alpha
    assert ratio == pytest.approx(sigmas, rel=5e-5, abs=1e-12)
    assert found.variance_preserving == (name == EULER)


def euler_sigmas(config, T):
    """Sigmas of the Euler scheduler with 60 digits, written out from its definition."""
    mp = mpmath.MPContext()
    mp.dps = 90
    N = 1000
    lo, hi = (mp.sqrt(mp.mpf(text)) for text in ("0.00085", "0.012"))
    survival, sigmas = mp.mpf(1), []
    for k in range(N):
        survival *= 1 - (lo + (hi - lo) * k / (N - 1)) ** 2
        sigmas.append(mp.sqrt((1 - survival) / survival))
    at = []
    for t in range(T):
        place = mp.mpf(t) * (N - 1) / (T - 1)
        k = min(int(place), N - 2)
        at.append(sigmas[k] + (place - k) * (sigmas[k + 1] - sigmas[k]))
    if config.get("use_karras_sigmas"):
        ends = [mp.root(value, 7) for value in (at[0], at[-1])]
        at = [(ends[0] + (ends[1] - ends[0]) * t / (T - 1)) ** 7 for t in range(T)]
    return at


@pytest.mark.parametrize("karras", [False, True])
@pytest.mark.parametrize("T", [2, 9])
def test_euler_levels_keep_fifty_digits(karras, T):
    config = {**LATENT, "use_karras_sigmas": karras}
    # As in a file: decimals are exact.
    config |= {"beta_start": Fraction("0.00085"), "beta_end": Fraction("0.012")}
    field = multiprecision(70)
    levels = schedule_from_config({"_class_name": EULER, **config}, T).levels(field)
    assert levels.sigma[0] == 0
    for alpha, sigma, truth in zip(
        levels.alpha[1:], levels.sigma[1:], euler_sigmas(config, T), strict=True
    ):
        assert abs(sigma / alpha / truth - 1) < 1e-50


def test_euler_in_its_own_scale_is_the_same_sampler():
    """Dividing samples by alpha conjugates the steps; only the student feels the scale."""
    found = schedule_from_config({"_class_name": EULER, **LATENT}, 6)
    field = multiprecision(60)
    levels, lam = found.levels(field), field.number(Fraction(3, 10))
    ratios = [exact(sigma / alpha) for sigma, alpha in zip(levels.sigma, levels.alpha, strict=True)]
    exploding = custom([1] * 7, ratios)
    steps = Teacher(found, lam, field).a
    for t, step in enumerate(Teacher(exploding, lam, field).a):
        scale = levels.alpha[t] / levels.alpha[t + 1]
        assert abs(steps[t] - step * scale) < 1e-45


def test_linear_betas_on_whole_steps_are_exact():
    found = schedule_from_config({"beta_start": Fraction("1e-4"), "beta_end": Fraction("0.02")}, 4)
    assert found.kind == "betas"
    step = (Fraction("0.02") - Fraction("1e-4")) / 999
    assert dict(found.parameters)["betas"][17] == Fraction("1e-4") + 17 * step


@pytest.mark.parametrize(
    ("name", "config"), [(name, config) for name, config, _ in [*SURVIVALS, *SIGMAS]]
)
def test_what_was_read_can_be_written_and_read(tmp_path, name, config):
    found = schedule_from_config({"_class_name": name, **config}, 4)
    write_schedule(found, tmp_path / "schedule.json")
    assert read_schedule(tmp_path / "schedule.json") == found
    assert schedule_from_dict(found.to_dict()) == found


@pytest.mark.parametrize("T", [2, 27, 31, 48, 61, 103, 121, 999])
@pytest.mark.parametrize("spacing", ["linspace", "trailing"])
def test_times_round_ties_as_float64_does(T, spacing):
    """Where exact rounding would differ, and where NumPy's arange has one entry too many."""
    config = {"timestep_spacing": spacing}
    steps = dict(schedule_from_config(config, T).parameters)["steps"]
    if spacing == "linspace":
        expected = np.linspace(0, 999, T).round().astype(int) + 1
    else:
        expected = np.arange(1000, 0, -(1000 / T)).round()[:T][::-1].astype(int)
    assert list(steps) == expected.tolist()
    assert all(before < after for before, after in pairwise(steps))


def test_ddpm_ends_without_noise_whatever_else_it_says():
    for config in ({"timestep_spacing": "trailing"}, {"steps_offset": 333}, NOISY_END):
        found = schedule_from_config({"_class_name": DDPM, **config}, 3)
        assert found.levels(FLOAT).sigma[0] == 0


def test_enclosures_hold_the_float_levels_of_euler():
    found = schedule_from_config({"_class_name": EULER, **LATENT}, 5)
    field = balls(128)
    for column, enclosed in zip(found.levels(FLOAT), found.levels(field), strict=True):
        with field.working():
            for value, ball in zip(column, enclosed, strict=True):
                slack = field.number(exact(float(value))) - ball
                assert abs(slack) <= abs(ball) * 1e-15


BAD = {
    "interpolation_type": ("log_linear", "interpolation_type must be one of linear"),
    "use_exponential_sigmas": (True, "use_exponential_sigmas is not supported"),
    "use_beta_sigmas": (True, "use_beta_sigmas is not supported"),
    "use_karras_sigmas": (1, "use_karras_sigmas must be true or false"),
    "final_sigmas_type": ("sigma_min", "final_sigmas_type must be zero here"),
    "timestep_spacing": ("log", "timestep_spacing must be one of leading"),
    "num_train_timesteps": (10**9, "num_train_timesteps must be a whole number"),
    "trained_betas": ([0.1, 0.2], "trained_betas must have num_train_timesteps"),
    "beta_schedule": ("laplace", "beta_schedule must be one of linear"),
    "beta_end": (1, "beta_end must lie between 0 and 1"),
}


@pytest.mark.parametrize("key", BAD)
def test_bad_euler_configs_name_key_and_value(key):
    value, words = BAD[key]
    with pytest.raises(InputError, match=words) as caught:
        schedule_from_config({"_class_name": EULER, key: value}, 5)
    assert "\n" not in str(caught.value)
    assert f"(got {value if isinstance(value, str) else ''}" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sigma_min": 5, "sigma_max": 1}, "sigma_max must exceed sigma_min"),
        ({"sigma_min": 0}, "sigma_min must be > 0"),
        ({"sigma_min": "small"}, "sigma_min must be a number"),
    ],
)
def test_bad_karras_ends(changes, words):
    with pytest.raises(InputError, match=words):
        schedule_from_config({"_class_name": EULER, "use_karras_sigmas": True, **changes}, 5)
