"""Schedules in files: symmerge's own JSON form and the scheduler configs of diffusers."""

import json
import math
import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import mpmath
import numpy as np
import pytest

from symmerge import schedule as families
from symmerge.errors import InputError
from symmerge.numbers import EXACT, FLOAT, multiprecision
from symmerge.scheduler_config import (
    named_schedule,
    read_schedule,
    schedule_from_dict,
    write_schedule,
)

MANY = multiprecision(50)
SCHEDULES = {
    "cosine": families.cosine(7),
    "flow": families.flow(6, "5/3"),
    "ddpm": families.ddpm(9, train_steps=30, beta_end=0.1),
    "edm": families.edm(5, "1/300", 70, rho=5),
    "turns": families.from_angles(["0", "1/8", "1/2"], unit="pi"),
    "radians": families.from_angles([0, 0.3, math.pi / 2]),
    "betas": families.from_betas([0.1, "1/7", 1], T=2),
    "betas, noisy clean end": families.from_betas([0.1] * 5, 2, [3, 5], clean=1),
    "custom": families.custom([1, 0.7, "1/3"], [0, 0.7, 0.7]),
}

# As published with Stable Diffusion 1 (its class samples by PNDM; the levels are DDIM's).
STABLE_DIFFUSION = {
    "_class_name": "PNDMScheduler",
    "_diffusers_version": "0.6.0",
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "num_train_timesteps": 1000,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "trained_betas": None,
    "clip_sample": False,
}
DDIM = {"_class_name": "DDIMScheduler", "num_train_timesteps": 1000}


@pytest.fixture
def save(tmp_path):
    """Write a config and return its path."""

    def write(data, name="scheduler_config.json"):
        path = tmp_path / name
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        path.write_bytes(raw)
        return path

    return write


def times(schedule):
    """Sampled training steps, zero-based, noisy to clean as diffusers lists them."""
    return [n - 1 for n in reversed(dict(schedule.parameters)["steps"])]


def bars(config):
    """Products of ``1 - beta`` in float64, as diffusers computes them."""
    N = config.get("num_train_timesteps", 1000)
    first, last = config.get("beta_start", 0.0001), config.get("beta_end", 0.02)
    name = config.get("beta_schedule", "linear")
    if name == "linear":
        betas = np.linspace(first, last, N)
    elif name == "scaled_linear":
        betas = np.linspace(first**0.5, last**0.5, N) ** 2
    elif name == "sigmoid":
        betas = first + (last - first) / (1 + np.exp(-np.linspace(-6, 6, N)))
    else:

        def bar(r):
            return math.cos((r + 0.008) / 1.008 * math.pi / 2) ** 2

        betas = np.array([min(1 - bar((k + 1) / N) / bar(k / N), 0.999) for k in range(N)])
    return np.cumprod(1 - betas)


# symmerge's own form.


@pytest.mark.parametrize("name", SCHEDULES)
def test_files_round_trip_exactly(name, tmp_path):
    schedule, path = SCHEDULES[name], tmp_path / "schedule.json"
    write_schedule(schedule, path)
    for again in (read_schedule(path), read_schedule(str(path), schedule.T)):
        assert again == schedule
        assert again.to_dict() == schedule.to_dict()
    assert [entry.name for entry in tmp_path.iterdir()] == ["schedule.json"]
    with pytest.raises(InputError, match=f"^T must be {schedule.T} as in schedule.json"):
        read_schedule(path, schedule.T + 1)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_key_is_needed_and_no_other_allowed(name):
    data = SCHEDULES[name].to_dict()
    for key in data:
        with pytest.raises(InputError, match=f"^{key} must be given"):
            schedule_from_dict({k: v for k, v in data.items() if k != key})
    with pytest.raises(InputError, match="must have no other keys"):
        schedule_from_dict({**data, "colour": "blue"})


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("value", [None, True, [], {}, "abc", math.nan, [None], [[1]], -1, 10**30])
def test_every_value_is_checked(name, value):
    data = SCHEDULES[name].to_dict()
    for key in data:
        if (key, value) in (("shift", 10**30), ("sigma_max", 10**30)):
            continue  # odd, but right
        with pytest.raises(InputError) as caught:
            schedule_from_dict({**data, key: value})
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 400


def test_decimals_in_files_are_exact(save):
    text = b"""{"schema": "symmerge.schedule", "version": 1, "kind": "custom", "T": 2,
               "alpha": [1, 0.7, 1e-1], "sigma": [0, "1/3", 0.5]}"""
    levels = read_schedule(save(text)).levels(EXACT)
    assert list(levels.alpha) == [1, Fraction(7, 10), Fraction(1, 10)]
    assert list(levels.sigma) == [0, Fraction(1, 3), Fraction(1, 2)]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "schedule.json"
    write_schedule(families.flow(4), path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_schedule(families.cosine(9), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["schedule.json"]


def test_files_that_cannot_be_written(tmp_path):
    for path in (tmp_path / "absent" / "a.json", tmp_path, tmp_path / "a\0.json"):
        with pytest.raises(InputError, match="file cannot be written"):
            write_schedule(families.flow(4), path)
    assert not list(tmp_path.iterdir())


# Noise levels of DDIM.


def test_stable_diffusion(save):
    """T = 50: times 981, 961, ..., 1; products from 0.99915 at step 0 to 0.00466 at step 999."""
    config = read_schedule(save(STABLE_DIFFUSION), 50)
    assert times(config) == list(range(981, 0, -20))
    product = bars(STABLE_DIFFUSION)
    assert product[0] == pytest.approx(0.99915, abs=1e-12)
    assert product[-1] == pytest.approx(0.0046601, abs=5e-7)
    levels = config.levels(FLOAT)
    expected = [product[0], *(product[time] for time in range(1, 982, 20))]
    assert levels.alpha**2 == pytest.approx(expected, rel=1e-12)
    assert levels.sigma**2 == pytest.approx(1 - np.array(expected), rel=1e-10)
    assert levels.sigma[0] == pytest.approx(math.sqrt(0.00085), rel=1e-14)
    assert config.variance_preserving


def test_variances_of_the_ddim_paper_grid(save):
    """``sigma^2 = (1-abar')/(1-abar) (1 - abar/abar')`` of DDIM's tests in diffusers, T = 50."""
    config = {**DDIM, "beta_schedule": "linear", "beta_start": 0.0001, "beta_end": 0.02}
    squares = read_schedule(save(config), 50).levels(FLOAT).alpha ** 2
    for time, variance in ((420, 0.14771), (980, 0.32460)):
        t = time // 20 + 1
        found = (1 - squares[t - 1]) / (1 - squares[t]) * (1 - squares[t] / squares[t - 1])
        assert found == pytest.approx(variance, abs=1e-5)


@pytest.mark.parametrize(
    ("settings", "T", "expected"),
    [
        ({"steps_offset": 1}, 5, [801, 601, 401, 201, 1]),
        ({}, 3, [666, 333, 0]),
        ({"timestep_spacing": "trailing"}, 5, [999, 799, 599, 399, 199]),
        ({"timestep_spacing": "trailing"}, 3, [999, 666, 332]),
        ({"timestep_spacing": "trailing"}, 16, [999, 937, 874, 811, 749, 687, 624, 561, 499]),
        # Here NumPy's arange, as diffusers calls it, has an entry too many.
        ({"timestep_spacing": "trailing"}, 61, [999, 983, 966]),
        ({"timestep_spacing": "linspace"}, 4, [999, 666, 333, 0]),
        ({"timestep_spacing": "linspace"}, 5, [999, 749, 500, 250, 0]),
        ({"timestep_spacing": "linspace", "num_train_timesteps": 10}, 3, [9, 4, 0]),
        ({"num_train_timesteps": 6}, 6, [5, 4, 3, 2, 1, 0]),
        ({"num_train_timesteps": 6, "timestep_spacing": "trailing"}, 6, [5, 4, 3, 2, 1, 0]),
    ],
)
def test_sampling_times(settings, T, expected, save):
    found = times(read_schedule(save({**DDIM, **settings}), T))
    assert found[: len(expected)] == expected
    assert len(found) == T


@pytest.mark.parametrize("spacing", ["leading", "linspace", "trailing"])
def test_sampling_times_of_every_length(spacing, save):
    N = 97
    path = save({**DDIM, "num_train_timesteps": N, "timestep_spacing": spacing})
    for T in range(2, N + 1):
        found = times(read_schedule(path, T))[::-1]
        assert len(found) == T
        assert found[0] >= 0
        assert found[-1] <= N - 1
        assert all(a < b for a, b in pairwise(found))
        ideal = {
            "leading": [t * (N // T) for t in range(T)],
            "linspace": [Fraction(t * (N - 1), T - 1) for t in range(T)],
            "trailing": [Fraction((t + 1) * N, T) - 1 for t in range(T)],
        }[spacing]
        assert all(
            abs(n - q) <= Fraction(1, 2) + Fraction(1, 10**9)
            for n, q in zip(found, ideal, strict=True)
        )


@pytest.mark.parametrize("name", ["linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid"])
def test_betas_agree_with_float64(name, save):
    config = {"_class_name": "DDPMScheduler", "beta_schedule": name, "num_train_timesteps": 400}
    config.update(beta_start=0.0005, beta_end=0.03)
    squares = read_schedule(save(config), 400).levels(FLOAT).alpha[1:] ** 2
    assert squares == pytest.approx(bars(config), rel=1e-11)


def test_irrational_betas_have_sixty_digits(save):
    config = {**DDIM, "num_train_timesteps": 5, "beta_start": 0.02, "beta_end": 0.3}
    with mpmath.workdps(90):
        lo, hi = mpmath.sqrt(mpmath.mpf(2) / 100), mpmath.sqrt(mpmath.mpf(3) / 10)
        scaled = [(lo + (hi - lo) * k / 4) ** 2 for k in range(5)]

        def bar(k):
            return (
                mpmath.cos(
                    (mpmath.mpf(k) / 5 + mpmath.mpf("0.008")) / mpmath.mpf("1.008") * mpmath.pi / 2
                )
                ** 2
            )

        cosines = [min(1 - bar(k + 1) / bar(k), mpmath.mpf("0.999")) for k in range(5)]
        for name, truth in (("scaled_linear", scaled), ("squaredcos_cap_v2", cosines)):
            found = read_schedule(save({**config, "beta_schedule": name}), 5)
            for beta, value in zip(dict(found.parameters)["betas"], truth, strict=True):
                assert abs(mpmath.mpf(beta.numerator) / beta.denominator - value) < mpmath.mpf(
                    "1e-60"
                )
    assert dict(found.parameters)["betas"][-1] == Fraction(999, 1000)


def test_linear_betas_are_exact(save):
    config = {**DDIM, "num_train_timesteps": 4, "beta_start": 0.1, "beta_end": 0.4}
    found = dict(read_schedule(save(config), 2).parameters)
    assert found["betas"] == tuple(Fraction(k, 10) for k in (1, 2, 3, 4))
    assert found["steps"] == (1, 3)
    listed = {**DDIM, "num_train_timesteps": 4, "trained_betas": [0.1, 0.2, 0.3, 0.4]}
    assert read_schedule(save(listed), 2) == read_schedule(save(config), 2)


def test_a_config_without_a_class_is_read_as_ddim(save):
    bare = read_schedule(save({"beta_schedule": "linear"}), 10)
    assert bare == read_schedule(save(DDIM), 10)
    assert bare == read_schedule(save({**DDIM, "use_karras_sigmas": False, "other": None}), 10)


def test_ddpm_of_symmerge_is_the_trailing_grid(save):
    found = read_schedule(save({**DDIM, "timestep_spacing": "trailing"}), 20)
    for column, other in zip(found.levels(FLOAT), families.ddpm(20).levels(FLOAT), strict=True):
        assert list(column) == list(other)


@pytest.mark.parametrize(
    ("settings", "T", "clean"),
    [
        ({"set_alpha_to_one": True}, 10, 0),
        ({"set_alpha_to_one": True, "steps_offset": 1}, 10, 0),
        ({"set_alpha_to_one": False, "steps_offset": 1}, 10, 1),
        ({"set_alpha_to_one": False, "timestep_spacing": "trailing"}, 10, 1),
        # One stride before the first time is a training step: there the sampler stops.
        ({"set_alpha_to_one": True, "steps_offset": 145}, 7, 4),
        ({"set_alpha_to_one": True, "steps_offset": 1}, 999, 1),
    ],
)
def test_the_clean_end(settings, T, clean, save):
    schedule = read_schedule(save({**DDIM, **settings}), T)
    assert dict(schedule.parameters)["clean"] == clean
    square = schedule.levels(FLOAT).alpha[0] ** 2
    assert square == pytest.approx(bars(DDIM)[clean - 1] if clean else 1.0, rel=1e-13)


def test_zero_terminal_signal(save):
    """Every alpha is lowered by the last and scaled so that the first stays (arXiv 2305.08891)."""
    config = {**DDIM, "num_train_timesteps": 50, "timestep_spacing": "trailing"}
    plain = read_schedule(save(config), 50).levels(MANY).alpha[1:]
    scaled = read_schedule(save({**config, "rescale_betas_zero_snr": True}), 50)
    alpha = scaled.levels(MANY).alpha[1:]
    assert alpha[-1] == 0
    assert abs(alpha[0] - plain[0]) < 1e-50
    for found, before in zip(alpha, plain, strict=True):
        truth = plain[0] * (before - plain[-1]) / (plain[0] - plain[-1])
        assert abs(found - truth) < 1e-50
    assert dict(scaled.parameters)["betas"][-1] == 1


# Flow matching and EDM.


@pytest.mark.parametrize("shift", [1, 3.0, 0.5])
def test_flow_matching(shift, save):
    """Sigmas as diffusers' Euler scheduler spaces them: the training grid is shifted, and again."""
    N, T = 1000, 28
    config = {"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": shift}
    schedule = read_schedule(save({**config, "num_train_timesteps": N, "max_shift": 1.15}), T)

    def shifted(sigma):
        return shift * sigma / (1 + (shift - 1) * sigma)

    training = shifted(np.arange(N, 0, -1) / N)
    expected = [*shifted(np.linspace(training[0], training[-1], T)), 0]
    levels = schedule.levels(FLOAT)
    assert levels.sigma[::-1] == pytest.approx(expected, rel=1e-12)
    assert levels.alpha + levels.sigma == pytest.approx(1, rel=1e-15)
    assert schedule.rational
    assert schedule.levels(EXACT).sigma[-1] == 1


def test_edm(save):
    config = {"_class_name": "EDMEulerScheduler", "sigma_data": 0.5, "rho": 7.0, "sigma_max": 80.0}
    assert read_schedule(save(config), 18) == families.edm(18)
    config.update(sigma_min=0.01, rho=3)
    assert read_schedule(save(config), 18) == families.edm(18, "0.01", 80, 3)


# Names.


def test_named_schedules(save):
    assert named_schedule("cosine", 8) == families.cosine(8)
    assert named_schedule("flow", 8) == families.flow(8)
    assert named_schedule("ddpm", 8) == families.ddpm(8)
    assert named_schedule("edm", 8) == families.edm(8)
    path = save(families.flow(5, 3).to_dict(), "mine.json")
    assert named_schedule(str(path)) == families.flow(5, 3)
    assert named_schedule(str(path), 5) == families.flow(5, 3)


@pytest.mark.parametrize("text", ["", "sigmoid", "Cosine", "cosine ", "__import__('os')", "a\0b"])
def test_unknown_names(text):
    with pytest.raises(InputError, match=r"^--schedule must be cosine, .* or a JSON file"):
        named_schedule(text, 8, "--schedule")


def test_names_need_steps():
    with pytest.raises(InputError, match="T must be given"):
        named_schedule("cosine")


# Bad files.

OURS = {"schema": "symmerge.schedule", "version": 1, "kind": "flow", "T": 4, "shift": 1}
FLOW = {"_class_name": "FlowMatchEulerDiscreteScheduler"}
EDM = {"_class_name": "EDMEulerScheduler"}
BAD = {
    "nothing": (b"", "must be JSON"),
    "words": (b"cosine", "must be JSON"),
    "cut": (json.dumps(STABLE_DIFFUSION).encode()[:-9], "must be JSON"),
    "two values": (b"{} {}", "must be JSON"),
    "trailing comma": (b'{"T": 4,}', "must be JSON"),
    "binary": (bytes(range(256)), "must be text in UTF-8"),
    "other encoding": ('{"é": 1}'.encode("latin-1"), "must be text in UTF-8"),
    "a list": ([OURS], "must hold a JSON object"),
    "a number": (b"4", "must hold a JSON object"),
    "null": (b"null", "must hold a JSON object"),
    "somebody else's": ({"steps": 4}, "must hold a schedule of symmerge or"),
    "an empty object": ({}, "must hold a schedule of symmerge or"),
    "nested lists": (b"[" * 200_000, "must not nest so deeply"),
    "nested objects": (b'{"a":' * 200_000, "must not nest so deeply"),
    "a key twice": (b'{"shift": 1, "shift": 2}', "key must occur once"),
    "a nested key twice": (b'{"a": {"b": 1, "b": 2}}', "key must occur once"),
    "NaN": (b'{"beta_start": NaN}', "must be finite .got NaN"),
    "Infinity": (b'{"beta_start": Infinity}', "must be finite"),
    "minus Infinity": (b'{"beta_start": -Infinity}', "must be finite"),
    "huge exponent": (b'{"beta_start": 1e-999999999}', "reasonable exponent"),
    "endless number": (b'{"beta_start": ' + b"9" * 99_999 + b"}", "must have at most 4001 digits"),
    "another schema": ({**OURS, "schema": "symmerge.plan"}, "schema must be symmerge.schedule"),
    "another version": ({**OURS, "version": 2}, "version must be 1"),
    "version true": ({**OURS, "version": True}, "version must be a number"),
    "version text": ({**OURS, "version": "1"}, "version must be a whole number"),
    "kind unknown": ({**OURS, "kind": "sigmoid"}, "kind must be one of cosine"),
    "kind a list": ({**OURS, "kind": ["flow"]}, "kind must be a text"),
    "T text": ({**OURS, "T": "4"}, "T must be a whole number"),
    "T a half": ({**OURS, "T": 4.5}, "T must be a whole number"),
    "class unknown": ({**DDIM, "_class_name": "LCMScheduler"}, "_class_name must be one of DDIM"),
    "class code": ({**DDIM, "_class_name": "__import__('os')"}, "_class_name must be one of"),
    "class a number": ({**DDIM, "_class_name": 3}, "_class_name must be a text"),
    "betas unknown": ({**DDIM, "beta_schedule": "laplace"}, "beta_schedule must be one of linear"),
    "betas null": ({**DDIM, "beta_schedule": None}, "beta_schedule must be a text"),
    "beta_start zero": ({**DDIM, "beta_start": 0}, "beta_start must lie between 0 and 1"),
    "beta_start text": ({**DDIM, "beta_start": "small"}, "beta_start must be a number"),
    "beta_end one": ({**DDIM, "beta_end": 1}, "beta_end must lie between 0 and 1"),
    "no training steps": ({**DDIM, "num_train_timesteps": 0}, "num_train_timesteps must be"),
    "half training steps": ({**DDIM, "num_train_timesteps": 99.5}, "num_train_timesteps must be"),
    "many training steps": ({**DDIM, "num_train_timesteps": 1e9}, "num_train_timesteps must be"),
    "few training steps": ({**DDIM, "num_train_timesteps": 7}, "^T must be at most .* 7"),
    "trained betas missing": ({**DDIM, "trained_betas": [0.1]}, "trained_betas must have"),
    "trained betas a text": ({**DDIM, "trained_betas": "0.1"}, "trained_betas must be a list"),
    "trained beta null": (
        {**DDIM, "num_train_timesteps": 8, "trained_betas": [None] * 8},
        r"trained_betas\[0\] must be a number",
    ),
    "trained beta above one": (
        {**DDIM, "num_train_timesteps": 8, "trained_betas": [0.5] * 7 + [2]},
        r"betas\[7\] must lie in",
    ),
    "spacing unknown": ({**DDIM, "timestep_spacing": "karras"}, "timestep_spacing must be one of"),
    "offset negative": ({**DDIM, "steps_offset": -1}, "steps_offset must be a whole number >= 0"),
    "offset too large": ({**DDIM, "steps_offset": 125}, "steps_offset must leave all times below"),
    "flag a number": ({**DDIM, "set_alpha_to_one": 1}, "set_alpha_to_one must be true or false"),
    "flag a text": ({**DDIM, "rescale_betas_zero_snr": "no"}, "must be true or false"),
    "last step stands still": ({**DDIM, "set_alpha_to_one": False}, "must not be false when"),
    "linspace stands still": (
        {**DDIM, "set_alpha_to_one": False, "timestep_spacing": "linspace"},
        "must not be false when",
    ),
    "Karras sigmas": ({**DDIM, "use_karras_sigmas": True}, "use_karras_sigmas is not supported"),
    "a typo": ({**DDIM, "timestep_spacng": "trailing"}, "timestep_spacng is not supported"),
    "dynamic shift": ({**FLOW, "use_dynamic_shifting": True}, "use_dynamic_shifting is not"),
    "shift zero": ({**FLOW, "shift": 0}, "shift must be > 0"),
    "shift null": ({**FLOW, "shift": None}, "shift must be a number"),
    "terminal shift": ({**FLOW, "shift_terminal": 0.1}, "shift_terminal is not supported"),
    "inverted": ({**FLOW, "invert_sigmas": True}, "invert_sigmas is not supported"),
    "exponential sigmas": ({**EDM, "sigma_schedule": "exponential"}, "must be one of karras"),
    "final sigma": ({**EDM, "final_sigmas_type": "sigma_min"}, "must be one of zero"),
    "rho a half": ({**EDM, "rho": 6.5}, "rho must be a whole number"),
    "sigma_max below": ({**EDM, "sigma_max": 0.001}, "sigma_max must exceed sigma_min"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_get_one_line(name, save):
    data, message = BAD[name]
    path = save(data)
    with pytest.raises(InputError, match=message) as caught:
        read_schedule(path, 8)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 450
    assert "scheduler_config.json" in text or text.startswith("T ")


@pytest.mark.parametrize("T", [0, 1, -5, 2.5, math.nan, True, "many"])
def test_bad_steps(T, save):
    with pytest.raises(InputError, match=r"^T must be"):
        read_schedule(save(DDIM), T)


def test_configs_need_steps(save):
    with pytest.raises(InputError, match=r"^T must be given with a scheduler config"):
        read_schedule(save(DDIM))


def test_what_is_no_file(tmp_path):
    for path in ("absent.json", tmp_path, tmp_path / "a\0.json", "a" * 5000 + ".json", ""):
        with pytest.raises(InputError, match=r"^file (must |cannot be read)"):
            read_schedule(path, 8)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(InputError, match="file must be a regular file"):
        read_schedule(tmp_path / "pipe.json", 8)


def test_files_beyond_64_megabytes_are_refused(tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as stream:
        stream.truncate(2**40)  # sparse: a terabyte of zeros
    with pytest.raises(InputError, match="at most 64 MiB"):
        read_schedule(path, 8)
