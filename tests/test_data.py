"""Data sets, encoders and noise files, from Python and from the command line."""

import json
import shlex
import sys

import numpy as np
import pytest

from symmerge import plot
from symmerge.cli import main
from symmerge.cli.output import progress_if_seen, rows_if_seen
from symmerge.data import data_spectrum, read_data, read_noise
from symmerge.encoders import encode
from symmerge.errors import InputError
from symmerge.samples import moments
from symmerge.schedule import cosine
from symmerge.search.spectra import plan_spectrum
from symmerge.spectrum import Spectrum

RNG = np.random.default_rng(0)
SAMPLES = RNG.normal(size=(60, 4)) @ RNG.normal(size=(4, 4)) + 5


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Files of samples and of noise, good and bad."""
    monkeypatch.chdir(tmp_path)
    np.save("samples.npy", SAMPLES)
    noise = np.array([[2, 0.5, 0, 0], [0.5, 1, 0, 0], [0, 0, 1, 0.1], [0, 0, 0.1, 1]])
    np.save("noise.npy", noise)
    np.savetxt("noise.csv", noise, delimiter=",")
    np.save("wide.npy", noise[:2])
    np.save("line.npy", noise[0])
    np.save("small.npy", noise[:2, :2])
    np.save("skew.npy", noise + np.triu(np.ones((4, 4)), 1))
    np.save("nan.npy", np.where(noise == 2, np.nan, noise))
    np.save("indefinite.npy", noise - 1.5 * np.eye(4))
    np.save("singular.npy", np.ones((4, 4)))
    np.save("text.npy", np.full((4, 4), "a"))
    np.save("complex.npy", noise + 1j)
    np.save("constant.npy", np.ones((60, 4)))
    np.save("few.npy", SAMPLES[:3])
    np.save("one.npy", SAMPLES[:1])
    (tmp_path / "cut.npy").write_bytes((tmp_path / "noise.npy").read_bytes()[:-9])
    (tmp_path / "noise.txt").write_text("1 0 0 0")
    return tmp_path


def run(line, capsys, status=0):
    found = main(shlex.split(line))
    captured = capsys.readouterr()
    assert found == status, captured.err
    if status:
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        return captured.err
    assert captured.err == ""
    return captured.out


def plan(options, capsys):
    return json.loads(run(f"plan --T 8 --s 1 --json {options}", capsys))


NEW_FIELDS = {
    "lower_bound": float,
    "gap": float,
    "naive_bound": float,
    "tau_star": float,
    "tests": dict,
    "classes": dict,
}


@pytest.mark.parametrize(
    ("options", "d"),
    [
        ("--data patches-grey", 64),
        ("--data patches-rgb --encode pca:12", 12),
        ("--data digits --encode whiten:9", 9),
        ("--data digits --encode whiten-heldout", 32),
        ("--data samples.npy", 4),
        ("--data samples.npy --encode pca", 4),
        ("--data samples.npy --noise-cov noise.npy", 4),
        ("--data samples.npy --encode pca:2 --noise-cov small.npy", 2),
    ],
)
def test_plans_carry_bound_and_tests(options, d, folder, capsys):
    found = plan(options, capsys)
    assert found["d"] == d
    for name, kind in NEW_FIELDS.items():
        assert isinstance(found[name], kind), name
    assert set(found["tests"]) == {"vanilla_optimal", "boot_optimal", "vanilla_beats_boot"}
    assert sum(found["classes"].values()) == d
    assert found["lower_bound"] <= found["w2_squared"] * (1 + 1e-12)
    assert 0 <= found["gap"] <= 1e-3


def test_the_answer_for_people_says_how_sure(folder, capsys):
    text = run("plan --data digits --scale unit --T 32 --s 3", capsys)
    assert "of the loss comes from sharing one plan" in text
    assert "Threshold time τ* = 0.3666" in text
    assert "predicts 7.5 single steps" in text
    assert "(certified)" in text


def test_noise_counts_and_raw_students_differ(folder, capsys):
    white = plan("--data samples.npy", capsys)
    whitened = plan("--data samples.npy --noise-cov noise.csv", capsys)
    same = plan("--data samples.npy --noise-cov noise.npy --student whitened", capsys)
    raw = plan("--data samples.npy --noise-cov noise.npy --student raw", capsys)
    assert whitened["w2_squared"] == pytest.approx(same["w2_squared"], rel=1e-9)
    assert whitened["w2_squared"] != pytest.approx(white["w2_squared"], rel=1e-3)
    assert raw["student"] == "raw"
    assert raw["w2_squared"] <= raw["coupling_cost"]
    assert raw["lower_bound"] is None
    assert "no bound over all plans is known" in run(
        "plan --data samples.npy --noise-cov noise.npy --student raw --T 8 --s 1", capsys
    )


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--data samples.npy --noise-cov absent.npy", "must exist"),
        ("--data samples.npy --noise-cov cut.npy", "unbroken"),
        ("--data samples.npy --noise-cov wide.npy", "square"),
        ("--data samples.npy --noise-cov line.npy", "square"),
        ("--data samples.npy --noise-cov small.npy", "4 x 4"),
        ("--data samples.npy --noise-cov skew.npy", "symmetric"),
        ("--data samples.npy --noise-cov nan.npy", "finite"),
        ("--data samples.npy --noise-cov indefinite.npy", "positive definite"),
        ("--data samples.npy --noise-cov singular.npy", "positive definite"),
        ("--data samples.npy --noise-cov text.npy", "real numbers"),
        ("--data samples.npy --noise-cov complex.npy", "real numbers"),
        ("--data samples.npy --noise-cov noise.txt", ".npy"),
        ("--data samples.npy --noise-cov noise.npy --student both", "whitened or raw"),
        ("--data samples.npy --student raw", "--noise-cov"),
        ("--data samples.npy --encode pca:5", "1 to 4"),
        ("--data samples.npy --encode pca:0", "1 to 4"),
        ("--data few.npy --encode pca:3", "1 to 2"),
        ("--data few.npy --encode whiten-heldout:2", "1 to 1"),
        ("--data one.npy --encode pca:1", "at least 2 rows"),
        ("--data samples.npy --encode pca:-1", "must be one of"),
        ("--data samples.npy --encode pca:", "must be one of"),
        ("--data samples.npy --encode pca:2:3", "must be one of"),
        ("--data samples.npy --encode vae", "must be one of"),
        ("--data samples.npy --encode ''", "must be one of"),
        ("--data constant.npy --encode whiten:2", "constant"),
        ("--data nan.npy --encode pca:2", "finite"),
        ("--data text.npy --encode pca:2", "real numbers"),
        ("--spectrum samples.npy --encode pca:2", "--data only"),
        ("--spectrum samples.npy --noise-cov noise.npy", "--data only"),
        ("--lam 2 --encode pca:2", "--data only"),
        ("--lam 2 --noise-cov noise.npy", "--data only"),
        ("--lam 2 --student raw", "--data only"),
        ("--data samples.npy --encode pca:2 --encode pca:3", "twice"),
    ],
)
def test_bad_options_and_files_give_one_line(options, word, folder, capsys):
    assert word in run(f"plan --T 8 --s 1 {options}", capsys, status=2)


def test_encoded_samples_that_are_too_many_are_refused(folder, monkeypatch):
    monkeypatch.setattr("symmerge.data._MOST_ENCODED", 100)
    with pytest.raises(InputError, match="at most 100"):
        data_spectrum("samples.npy", encoder="pca:2")


def test_pca_keeps_the_largest_variances(folder):
    whole, latents = data_spectrum("samples.npy"), data_spectrum("samples.npy", encoder="pca:2")
    np.testing.assert_allclose(latents.variances, whole.variances[-2:], rtol=1e-9)
    assert "latents that hold" in latents.notes[0]
    # All of them decode to where they came from.
    full = data_spectrum("samples.npy", encoder="pca:4")
    back = full.decode(np.eye(4) * 3)
    centred = back - SAMPLES.mean(axis=0)
    np.testing.assert_allclose(np.sum(centred**2, axis=1), 9, rtol=1e-9)


def test_whitening_gives_ones_and_held_out_ones_scatter():
    samples = read_data("digits")
    white = data_spectrum("digits", encoder="whiten:8")
    np.testing.assert_allclose(white.variances, 1, rtol=1e-9)
    heldout = data_spectrum("digits", encoder="whiten-heldout:8").variances
    assert 0.01 < np.abs(heldout - 1).max() < 0.5
    assert len(encode(samples, "whiten-heldout:8").latents) == len(samples) // 2


def test_the_autoencoder_reconstructs_better_than_the_mean_and_twice_the_same():
    samples = read_data("digits")[:300]
    first, second = encode(samples, "autoencoder:6"), encode(samples, "autoencoder:6")
    np.testing.assert_array_equal(first.latents, second.latents)
    lost = np.mean((first.decode(first.latents) - samples) ** 2)
    assert lost < 0.5 * np.mean((samples - samples.mean(axis=0)) ** 2)


def test_scaling_applies_to_latents():
    found = data_spectrum("patches-rgb", "unit", "pca:32")
    assert found.variances.mean() == pytest.approx(1)


def test_latents_decode_to_pictures():
    latents = data_spectrum("digits", "unit", "pca:16")
    assert plot.picture_side(latents) == 8
    result = plan_spectrum(latents, 1, cosine(8))
    decoded = plot.decode_samples(result, latents, count=4000)
    assert decoded.teacher.shape == (4000, 64)
    # The teacher's samples have the covariance of what its latents decode to.
    expected = moments(encode(read_data("digits"), "pca:16").latents).covariance.trace()
    shrunk = np.sum(result.composite**2 / result.variances) / 16
    assert decoded.teacher.var(axis=0).sum() == pytest.approx(expected * shrunk, rel=0.2)


def test_a_merged_spectrum_has_no_decoder():
    assert data_spectrum("digits", encoder="pca:4").merged().decoder is None


def test_decoders_are_applied_last():
    spectrum = Spectrum(
        [1.0], basis=np.eye(1), mean=np.ones(1), scale=np.array([2.0]), decoder=lambda z: z**2
    )
    np.testing.assert_array_equal(spectrum.decode(np.array([[3.0]])), [[49.0]])


def test_noise_files_are_read_exactly(folder):
    np.testing.assert_array_equal(read_noise("noise.npy"), read_noise("noise.csv"))


def test_progress_is_shown_to_people_only(monkeypatch, capsys, folder):
    progress_if_seen()("unseen")
    assert rows_if_seen() is None
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["plan", "--data", "samples.npy", "--T", "4", "--s", "1"]) == 0
    shown = capsys.readouterr().err
    assert "reading samples.npy" in shown
    assert "60 of 60 rows" in shown
