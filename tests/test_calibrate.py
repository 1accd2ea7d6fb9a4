"""Calibration: simulated pilots give back the training time, bad files get one line."""

import json

import numpy as np
import pytest

from symmerge.cli import main
from symmerge.dynamics.laws import SGD
from symmerge.dynamics.simulate import train_students
from symmerge.errors import InputError
from symmerge.plan import boot, canonical_plans, consistency, hybrid, progressive, vanilla
from symmerge.schedule import cosine, flow
from symmerge.spectrum import Spectrum, spectrum_from_covariance
from symmerge.study.calibrate import (
    LEVEL,
    Pilot,
    PilotRun,
    calibrate,
    normal_quantile,
    student_quantile,
)
from symmerge.study.pilot import read_pilot
from symmerge.study.predict import effective_time, flow_error, measured_error, sign_error

SPECTRA = (Spectrum(np.geomspace(0.02, 0.9, 8)), Spectrum(np.geomspace(0.2, 9, 8)))
PLANS = canonical_plans(8) | {"hybrid": hybrid(8, 2)}


def pilot(names, spectrum, s, noise=0.0, rng=None, se=None):
    """Runs that follow the theory, but for multiplicative noise."""
    runs = []
    for name in names:
        error = flow_error(PLANS[name], spectrum, cosine(8), s)
        if noise:
            error *= float(np.exp(noise * rng.standard_normal()))
        runs.append(PilotRun(PLANS[name], 100, error, None if se is None else se * error))
    return Pilot(cosine(8), spectrum, tuple(runs))


def test_a_vanilla_student_leaves_the_share_of_the_closed_form():
    for spectrum in SPECTRA:
        before, after = (flow_error(vanilla(8), spectrum, cosine(8), s) for s in (0.0, 0.7))
        assert effective_time(before, after) == pytest.approx(0.7, rel=1e-9)


def test_equal_contractions_are_gradient_flow_at_time_T():
    """With ``v_T = 1`` every merge at T leaves ``exp(-2s)``."""
    for plan in (vanilla(8), boot(8), hybrid(8, 3)):
        g = float(np.exp(-0.8))
        found = measured_error(plan, SPECTRA[1], cosine(8), [g] * plan.merges)
        assert found == pytest.approx(flow_error(plan, SPECTRA[1], cosine(8), 0.4), rel=1e-9)


def test_contractions_belong_to_merges_in_the_order_of_training():
    """Only one merge of consistency is at T: leaving the others exact leaves vanilla's error."""
    exact = measured_error(consistency(4), SPECTRA[0], cosine(4), [0, 0, 0.5])
    assert exact == pytest.approx(measured_error(vanilla(4), SPECTRA[0], cosine(4), [0.5]))
    other = measured_error(consistency(4), SPECTRA[0], cosine(4), [0.5, 0, 0])
    assert other != pytest.approx(exact, rel=1e-3)


def test_sign_descent_never_overshoots():
    errors = [sign_error(boot(8), SPECTRA[0], cosine(8), move) for move in (1e-9, 0.01, 0.1, 3)]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] == pytest.approx(flow_error(boot(8), SPECTRA[0], cosine(8), 0.0), rel=1e-6)
    assert errors[-1] < 1e-20


@pytest.mark.parametrize("spectrum", SPECTRA)
def test_exact_pilots_give_everything_back(spectrum):
    found = calibrate(pilot(["boot", "progressive"], spectrum, 0.37))
    (fit,) = found.fits
    assert fit.s == pytest.approx(0.37, rel=1e-6)
    assert fit.misfit == pytest.approx(1, abs=1e-6)
    assert not found.contradictions
    for name, plan in PLANS.items():
        wanted = flow_error(plan, spectrum, cosine(8), 0.37)
        assert fit.of(plan).error == pytest.approx(wanted, rel=1e-5), name


@pytest.mark.parametrize("names", [("vanilla", "boot"), ("vanilla", "boot", "progressive")])
def test_intervals_cover_as_often_as_they_say(names):
    rng, times, predictions = np.random.default_rng(1), [], []
    for _ in range(80):
        s = float(rng.uniform(0.1, 0.8))
        fit = calibrate(pilot(names, SPECTRA[0], s, 0.05, rng)).fits[0]
        times.append(fit.s_low <= s <= fit.s_high)
        measured = flow_error(PLANS["hybrid"], SPECTRA[0], cosine(8), s)
        measured *= float(np.exp(0.05 * rng.standard_normal()))
        found = fit.of(PLANS["hybrid"])
        predictions.append(found.low <= measured <= found.high)
    error = np.sqrt(LEVEL * (1 - LEVEL) / 80)
    assert abs(np.mean(times) - LEVEL) < 3.5 * error
    assert abs(np.mean(predictions) - LEVEL) < 3.5 * error


@pytest.mark.parametrize("names", [("vanilla", "boot"), ("vanilla", "boot", "progressive")])
def test_intervals_of_runs_with_standard_errors_cover_at_least_as_often(names):
    """0.91 and 0.89 in longer runs."""
    rng, inside = np.random.default_rng(4), []
    for _ in range(100):
        fit = calibrate(pilot(names, SPECTRA[0], 0.3, 0.1, rng, se=0.1)).fits[0]
        measured = flow_error(PLANS["hybrid"], SPECTRA[0], cosine(8), 0.3)
        measured *= float(np.exp(0.1 * rng.standard_normal()))
        found = fit.of(PLANS["hybrid"])
        inside.append(found.low <= measured <= found.high)
    assert LEVEL - 0.1 < np.mean(inside) < 0.98


@pytest.mark.parametrize(("ratio", "se"), [(2, 0.2), (1.1, 0.05)])
def test_noise_alone_contradicts_nothing(ratio, se):
    """Steps that act like time, however close, and plans that nearly tie: false alarms are rare."""
    rng, schedule = np.random.default_rng(5), cosine(6)
    plans, spectrum = canonical_plans(6), Spectrum([0.3, 2.0])
    for _ in range(40):
        runs = []
        for steps, s in ((1000, 0.3), (int(1000 * ratio), 0.3 * ratio)):
            for name in ("vanilla", "boot"):
                error = flow_error(plans[name], spectrum, schedule, s)
                measured = error * float(np.exp(se * rng.standard_normal()))
                runs.append(PilotRun(plans[name], steps, measured, error * se))
        assert not calibrate(Pilot(schedule, spectrum, tuple(runs))).contradictions
    tied = list(dict.fromkeys([*plans.values(), *(hybrid(6, k) for k in range(1, 4))]))
    spectrum = Spectrum([1.5])
    errors = [flow_error(plan, spectrum, schedule, 0.3) for plan in tied]
    for _ in range(40):
        noise = np.exp(0.02 * rng.standard_normal(len(tied)))
        runs = [
            PilotRun(plan, 100, error * factor, 0.02 * error)
            for plan, error, factor in zip(tied, errors, noise, strict=True)
        ]
        assert not calibrate(Pilot(schedule, spectrum, tuple(runs))).contradictions


def test_times_at_an_end_of_those_tried_are_named():
    schedule, spectrum = cosine(6), Spectrum([0.3, 2.0])
    start = flow_error(vanilla(6), spectrum, schedule, 0.0)
    for error, untrained in ((1.01 * start, None), (1e-28, 1e29)):
        run = PilotRun(vanilla(6), 10, error)
        found = calibrate(Pilot(schedule, spectrum, (run,), untrained))
        assert any("is at an end of the training times tried" in text for text in found.limits)
    fine = calibrate(Pilot(schedule, spectrum, (PilotRun(vanilla(6), 10, start / 2),)))
    assert not any("at an end" in text for text in fine.limits)


def test_one_run_has_only_its_own_error_bar():
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(40):
        found = calibrate(pilot(["boot"], SPECTRA[1], 0.4, 0.03, rng, se=0.03))
        inside.append(found.fits[0].s_low <= 0.4 <= found.fits[0].s_high)
        assert found.fits[0].misfit is None
    assert abs(np.mean(inside) - LEVEL) < 3.5 * np.sqrt(LEVEL * (1 - LEVEL) / 40)
    assert any("one run shows no misfit" in text for text in found.limits)
    bare = calibrate(pilot(["boot"], SPECTRA[1], 0.4)).fits[0]
    assert bare.s_low is None
    assert all(prediction.low is None for prediction in bare.predictions)


def test_linear_students_that_are_really_trained_calibrate():
    """A pilot of two trained plans predicts a third within its interval, at the right time."""
    spectrum = spectrum_from_covariance(np.diag(np.geomspace(0.1, 1.5, 6)))
    law, schedule = SGD("0.004", 100, 64), cosine(4)
    runs = []
    for plan in (vanilla(4), boot(4), progressive(4)):
        students = train_students(plan, spectrum, schedule, law, seeds=24)
        size = float(students.weights @ students.composite**2)
        value, error = students.w2_of_mean
        runs.append(PilotRun(plan, 100, value / size, error / size))
    found = calibrate(Pilot(schedule, spectrum, tuple(runs[:2])))
    assert found.fits[0].s == pytest.approx(0.4, rel=0.02)
    prediction = found.fits[0].of(progressive(4))
    assert prediction.low < runs[2].error < prediction.high
    assert not found.contradictions


def test_data_that_contradict_the_theory_are_named():
    small = SPECTRA[0]
    good = {name: flow_error(PLANS[name], small, cosine(8), 0.3) for name in PLANS}

    def found(**errors):
        runs = tuple(PilotRun(PLANS[name], 100, e, 0.01 * e) for name, e in errors.items())
        return " ".join(calibrate(Pilot(cosine(8), small, runs)).contradictions)

    assert not found(vanilla=good["vanilla"], boot=good["boot"])
    # All variances below 1: BOOT wins at every training time.
    assert "vanilla was measured better than boot" in found(vanilla=0.5, boot=0.6)
    assert "no single training time fits" in found(vanilla=good["vanilla"], boot=good["boot"] / 3)
    assert "that no training time exceeds" in found(vanilla=50.0)


def test_steps_that_do_not_act_like_time_are_named():
    runs = [
        PilotRun(boot(8), steps, flow_error(boot(8), SPECTRA[1], cosine(8), s))
        for steps, s in ((100, 0.2), (200, 0.27))
    ]
    found = calibrate(Pilot(cosine(8), SPECTRA[1], tuple(runs)))
    assert "grew by 1.35, not by 2" in found.contradictions[0]
    runs[1] = PilotRun(boot(8), 200, flow_error(boot(8), SPECTRA[1], cosine(8), 0.4))
    assert not calibrate(Pilot(cosine(8), SPECTRA[1], tuple(runs))).contradictions


def test_the_untrained_error_sets_the_scale():
    one = pilot(["vanilla", "boot"], SPECTRA[0], 0.3)
    start = flow_error(boot(8), SPECTRA[0], cosine(8), 0.0)
    doubled = tuple(PilotRun(r.plan, r.steps, 2 * r.error) for r in one.runs)
    found = calibrate(Pilot(one.schedule, one.spectrum, doubled, 2 * start)).fits[0]
    assert found.s == pytest.approx(0.3, rel=1e-6)
    prediction = found.of(PLANS["consistency"]).error
    assert prediction == pytest.approx(
        2 * flow_error(PLANS["consistency"], SPECTRA[0], cosine(8), 0.3), rel=1e-5
    )


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 0.0, -1.0])
def test_runs_are_checked(bad):
    with pytest.raises(InputError, match="error must lie between"):
        Pilot(cosine(4), Spectrum([1.0]), (PilotRun(vanilla(4), 1, bad),))
    with pytest.raises(InputError, match="se must lie between"):
        Pilot(cosine(4), Spectrum([1.0]), (PilotRun(vanilla(4), 1, 1.0, bad),))


def test_quantiles_of_few_and_many():
    assert normal_quantile(0.95) == pytest.approx(1.959964, rel=1e-6)
    assert student_quantile(1, 0.5) == pytest.approx(1, rel=1e-6)
    assert student_quantile(10**6) == pytest.approx(1.281552, rel=1e-5)


GOOD = {
    "T": 4,
    "variances": [0.2, "3/2"],
    "runs": [{"plan": "vanilla", "steps": 10, "error": 0.5}],
}


def write(tmp_path, **changes):
    path = tmp_path / "pilot.json"
    path.write_text(json.dumps(GOOD | changes), encoding="utf-8")
    return path


def test_files_are_read(tmp_path):
    (tmp_path / "lam.csv").write_text("0.2,3\n1.5,1\n", encoding="utf-8")
    data = {key: value for key, value in GOOD.items() if key != "variances"}
    data |= {"spectrum": "lam.csv", "schedule": "flow", "optimiser": "adam"}
    path = tmp_path / "other.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    found = read_pilot(path)
    assert found.schedule == flow(4)
    assert found.spectrum.total == 4
    assert found.runs[0].plan == vanilla(4)
    assert any("Adam" in text for text in calibrate(found).limits)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runs": []}, "runs must be 1 to 1000"),
        ({"runs": [{"plan": "vanilla", "steps": 10}]}, "error is needed"),
        ({"runs": [{"plan": "bott", "steps": 1, "error": 1}]}, "plan"),
        ({"runs": [{"plan": "[1|2]", "steps": 1, "error": 1}]}, "must cover steps 1..4"),
        ({"runs": [{"plan": "boot", "steps": 0, "error": 1}]}, "steps must be"),
        ({"runs": [{"plan": "boot", "steps": 1, "error": -1}]}, "error must lie between"),
        ({"runs": [{"plan": "boot", "steps": 1, "error": 1, "sd": 1}]}, "may have plan"),
        ({"runs": GOOD["runs"] * 2}, "must not repeat"),
        (
            {"runs": [{"plan": "boot", "steps": 1, "error": 1, "contractions": [1]}]},
            "one per merge",
        ),
        ({"variances": [-1]}, "variances must be finite and >= 0"),
        ({"spectrum": "x.csv"}, "need exactly one of the two"),
        ({"T": 1}, "T must be"),
        ({"schedule": "cosin"}, "schedule must be"),
        ({"optimiser": "lion"}, "optimiser must be one of"),
        ({"version": 2}, "version must be 1"),
        ({"extra": 1}, "may have schema"),
    ],
)
def test_bad_files_get_one_line(tmp_path, capsys, changes, message):
    path = write(tmp_path, **changes)
    with pytest.raises(InputError, match=message):
        read_pilot(path)
    assert main(["calibrate", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert message.split()[0] in lines[0]


def test_command_line(tmp_path, capsys):
    small = [0.05, 0.3]
    errors = {
        name: flow_error(canonical_plans(4)[name], Spectrum(small), cosine(4), 0.4)
        for name in ("vanilla", "boot")
    }
    runs = [{"plan": name, "steps": 10, "error": error} for name, error in errors.items()]
    path = write(tmp_path, variances=small, runs=runs)
    assert main(["calibrate", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["fits"][0]["s"] == pytest.approx(0.4, rel=1e-5)
    assert answer["fits"][0]["predictions"][0]["name"] == "boot"
    runs[0]["error"] = runs[1]["error"] / 2
    assert main(["calibrate", str(write(tmp_path, variances=small, runs=runs))]) == 1
    assert "contradict" in capsys.readouterr().out
