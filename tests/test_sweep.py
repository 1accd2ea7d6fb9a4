"""Sweeps: right, resumable to the last bit, the same on any number of workers, strict on input."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

from symmerge.chain import gradient_flow_chain
from symmerge.cli import main
from symmerge.errors import InputError
from symmerge.merge import relative_error
from symmerge.numbers import balls
from symmerge.plan import canonical_plans
from symmerge.schedule import cosine, flow
from symmerge.search import best_plan
from symmerge.sweep import SweepSpec, axis, ready_specs, run_sweep
from symmerge.sweep import run as run_module
from symmerge.sweep.check import Sample
from symmerge.sweep.chunks import REGIME, chunks, compute, record, task
from symmerge.sweep.store import Store
from symmerge.sweep.truth import Asked, truths

# One chunk per T: sixty files, a few milliseconds each.
MANY = SweepSpec("0.2:5:120:log", "0.3,1,3,6.4", list(range(2, 62)))
SMALL = SweepSpec("0.5,1.05,1.3,3", "1,40", [8, 16])


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    return run_sweep(MANY, folder), contents(folder)


# What a sweep computes.


def test_errors_and_best_plans_are_those_of_the_other_routes(tmp_path):
    found = run_sweep(SMALL, tmp_path)
    assert found.table.shape == (4, 2, 2)
    for (i, j, k), row in np.ndenumerate(found.table):
        lam, s, T = float(SMALL.lams[i]), float(SMALL.times[j]), SMALL.steps[k]
        result = best_plan(lam, T=T, s=s)
        for name, rated in result.canonical.items():
            value = row["error"][SMALL.plan_names.index(name)]
            assert value == pytest.approx(rated.error, rel=1e-12)
        regime = REGIME[row["regime"]]
        assert regime == result.regime
        if regime != "band":
            assert row["error"][-1] == pytest.approx(result.error, rel=1e-11)
            assert found.labels("optimality")[i, j, k] in ("float64", "proved")
        else:
            assert found.labels("optimality")[i, j, k] == "undecided"
            assert abs(row["error"][-1]) <= np.min(np.abs(row["error"][:-1]))


def test_search_inside_the_band(tmp_path):
    spec = SweepSpec("1.05", 3, 64, window="search")
    found = run_sweep(spec, tmp_path)
    assert found.labels("best").item() == "searched"
    assert found.table["error"][0, 0, 0, -1] == best_plan(1.05, T=64, s=3).error


def test_small_step_counts_are_decided_point_by_point(tmp_path):
    # Theorem 7 needs a first passage, which small T may lack.
    fast = run_sweep(SweepSpec("1.3", 3, 8, window="theorems"), tmp_path / "a")
    full = run_sweep(SweepSpec("1.3", 3, 8), tmp_path / "b")
    assert fast.labels("regime").item() == "unknown"
    assert full.labels("regime").item() == "band"


def test_shared_budget_divides_the_time_by_the_merges(tmp_path):
    plans = list(canonical_plans(2))
    found = run_sweep(SweepSpec("0.7", 21, 8, plans=plans, budget="total"), tmp_path / "all")
    for k, name in enumerate(plans):
        plan = canonical_plans(8)[name]
        single = SweepSpec("0.7", 21 / plan.merges, 8, plans=[name])
        alone = run_sweep(single, tmp_path / name).table["error"].item()
        assert found.table["error"][0, 0, 0, k] == alone
    # The source's comparison turns around: vanilla is best when the budget is shared.
    assert int(np.argmin(np.abs(found.table["error"][0, 0, 0]))) == plans.index("vanilla")
    assert found.counts("regime") == {}


def test_plans_in_text_form_and_other_schedules(tmp_path):
    spec = SweepSpec("0.3,2", "0.5", schedule=flow(4), plans=["[1|[2.3|4]]", "boot"])
    found = run_sweep(spec, tmp_path)
    assert found.spec.steps == [4]
    again = SweepSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again.to_dict() == spec.to_dict()
    assert again.schedules == [flow(4)]


def test_dataset_is_labelled_and_the_file_holds_it(tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    found = run_sweep(SMALL, tmp_path)
    data = found.dataset
    assert dict(data.sizes) == {"lam": 4, "s": 2, "T": 2, "plan": 5}
    one = data.error.sel(lam=3, s=40, T=16, plan="vanilla")
    assert float(one) == found.table["error"][3, 1, 1, 0]
    assert data.attrs["schedule"] == "cosine"
    assert data.attrs["precision"] == "float64"
    assert data.regime.attrs["flag_meanings"].split() == list(REGIME)
    with xarray.open_dataset(tmp_path / "sweep.nc", engine="h5netcdf") as stored:
        xarray.testing.assert_identical(stored.load(), data)


def test_without_xarray_an_npz_with_labels(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    found = run_sweep(SMALL, tmp_path / "a")
    run_sweep(SMALL, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    with np.load(tmp_path / "a" / "sweep.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["error"], found.table["error"])
        assert np.array_equal(arrays["lam"], SMALL.lams)
    labels = json.loads((tmp_path / "a" / "sweep-labels.json").read_text())
    assert labels["dims"] == ["lam", "s", "T", "plan"]
    assert labels["codes"]["regime"] == list(REGIME)
    with pytest.raises(InputError, match="xarray"):
        _ = found.dataset


def test_every_shipped_sweep_is_read_and_one_runs(tmp_path):
    assert set(ready_specs()) >= {
        "source-strategies",
        "error-gaps",
        "phase-lam-s",
        "phase-lam-T",
        "equal-budget",
    }
    for name in ready_specs():
        spec = SweepSpec.read(name)
        assert spec.title
        assert spec.to_dict() == SweepSpec.from_dict(spec.to_dict()).to_dict()
    source = SweepSpec.read("source-strategies")
    assert source.steps == [64, 128, 256, 512]
    assert source.lams.tolist() == [0.2, 0.5, 1, 1.02, 2, 5]
    assert source.times.tolist() == [1, 3, 6.4, 10]
    assert run_sweep("equal-budget", tmp_path).table.shape == (6, 3, 4)


def test_chunks_cover_every_point_once():
    for spec in (
        MANY,
        SweepSpec("1:2:70000", "1,2,3", [64, 4096]),
        SweepSpec("1", "1:9:9000", 512),
    ):
        seen = np.zeros(spec.shape[:3], int)
        for box in chunks(spec):
            seen[box.lam, box.s, box.schedule] += 1
            assert box.points <= 2**16
        assert np.all(seen == 1)


# Spot checks.


def table_of(spec):
    table = np.empty(spec.shape[:3], record(len(spec.plan_names)))
    for box in chunks(spec):
        rows = compute(task(spec, box))
        shape = box.s.stop - box.s.start, box.lam.stop - box.lam.start
        table[box.lam, box.s, box.schedule] = rows.reshape(shape).T
    return table


def checked(spec, table):
    sample = Sample(spec, 0)
    for box in chunks(spec):
        sample.check(table, box)
    return sample.outcome()


@pytest.mark.parametrize("column", range(5))
def test_a_wrong_digit_fails_loudly(column):
    spec = SweepSpec("0.5,3", "1,2", [8, 9])
    table = table_of(spec)
    check = checked(spec, table)
    assert check.points == 8
    assert 0 < check.largest < 1e-13
    table["error"][..., column] *= 1 + 1e-11
    with pytest.raises(InputError, match="failed its spot check"):
        checked(spec, table)


def test_a_wrong_regime_or_a_missing_number_fails_loudly():
    spec = SweepSpec("0.5,3", "1,2", [8, 9])
    table = table_of(spec)
    table["regime"] = REGIME.index("max-plan")
    with pytest.raises(InputError, match="regime"):
        checked(spec, table)
    table = table_of(spec)
    table["error"][..., 0] = np.nan
    with pytest.raises(InputError, match="spot check"):
        checked(spec, table)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_wrong_worker_fails_loudly(tmp_path, monkeypatch, workers):
    def wrong(part):
        rows, found = work_on(part)
        rows["error"] *= 1 + 1e-11
        return rows, found

    work_on = run_module.work_on
    monkeypatch.setattr(run_module, "work_on", wrong)
    with pytest.raises(InputError, match="failed its spot check for vanilla at lam = "):
        run_sweep(SMALL, tmp_path, workers=workers)
    assert not (tmp_path / "sweep.nc").exists()


def test_rows_in_the_wrong_place_fail_loudly(tmp_path, monkeypatch):
    def mixed_up(rows, box, table):
        enter(rows[::-1], box, table)

    enter = run_module._enter
    monkeypatch.setattr(run_module, "_enter", mixed_up)
    with pytest.raises(InputError, match="failed its spot check"):
        run_sweep(SMALL, tmp_path)


def test_true_errors_have_more_digits_than_float64():
    spec = SweepSpec("0.5,3", "1,2", [8, 9], plans=["progressive"])
    box = chunks(spec)[0]
    point = Asked((1, 0, 0), 3.0, 1.0, False)
    (truth,) = truths(task(spec, box), [point])
    field = balls(256)
    chain = gradient_flow_chain(spec.schedules[0], Fraction(3), Fraction(1), field)
    true = relative_error(canonical_plans(8)["progressive"], chain)
    with field.working():
        rest = true - field.number(Fraction(truth.errors[0].high) + Fraction(truth.errors[0].low))
        assert abs(rest) < 1e-31 * abs(true)
    assert truth.errors[0].low != 0


def test_a_zero_by_cancellation_passes():
    # Near lam_0 vanilla's error vanishes: its relative difference is large, and that is said.
    lam = 1.156313
    spec = SweepSpec([lam + k * 1e-13 for k in range(8)], "3", [16], plans=["vanilla"])
    check = checked(spec, table_of(spec))
    assert check.largest < 1e-14


# Stops, crashes, damage.


def test_progress_counts_points_up_to_all(tmp_path):
    seen = []
    run_sweep(SMALL, tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 16)
    assert seen[-1] == (16, 16)
    assert sorted(seen) == seen


def test_an_interrupt_leaves_a_store_that_goes_on(tmp_path, undisturbed):
    def stop(done, total):
        if done > total // 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(MANY, tmp_path, progress=stop)
    assert not (tmp_path / "sweep.nc").exists()
    found = run_sweep(MANY, tmp_path)
    assert 0 < found.computed < 60
    assert contents(tmp_path) == undisturbed[1]


def test_killed_at_twenty_random_moments(tmp_path, undisturbed):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["symmerge.sweep.run", "xarray", "h5netcdf"])
    rng, killed, fresh = random.Random(1), 0, 0
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(MANY.to_dict()))
    start = time.perf_counter()
    trial = context.Process(target=run_sweep, args=(spec, tmp_path / "trial"))
    trial.start()
    trial.join()
    needed = time.perf_counter() - start
    folder = tmp_path / "store"
    while killed < 20:
        process = context.Process(target=run_sweep, args=(spec, folder))
        process.start()
        process.join(rng.uniform(0, needed / 2))
        if process.exitcode is None:
            process.kill()
            process.join()
            killed += process.exitcode == -signal.SIGKILL
        if process.exitcode == 0 or len(list(folder.glob("chunks/*.npy"))) > 50:
            assert len(list(folder.glob("chunks/*.npy"))) <= 60
            shutil.rmtree(folder)
            fresh += 1
            assert fresh < 100
    found = run_sweep(MANY, folder)
    assert found.repaired == 0
    assert np.array_equal(found.table, undisturbed[0].table)
    assert contents(folder) == undisturbed[1]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_on_the_command_line(tmp_path, workers):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "symmerge", "sweep", "phase-lam-s", "--out", str(out)]
    command += ["--workers", workers]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(out.glob("chunks/*.npy")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: workers are in the group too
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr == "symmerge: interrupted; the same command goes on from here\n"
    assert list(out.glob("chunks/*.npy"))


def test_workers_leave_interrupts_to_the_process_that_runs_the_sweep(tmp_path, monkeypatch):
    def unimpressed(part):
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        return work_on(part)

    work_on, before = run_module.work_on, signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(run_module, "work_on", unimpressed)
    get_reusable_executor().shutdown()
    assert run_sweep(SMALL, tmp_path, workers=2).computed == 2
    assert signal.getsignal(signal.SIGINT) == before


def test_numpy_is_left_as_it_was():
    settings = np.getbufsize(), np.geterr()
    box = chunks(SMALL)[0]
    compute(task(SMALL, box))
    assert (np.getbufsize(), np.geterr()) == settings


def test_a_sweep_may_run_in_a_thread(tmp_path):
    with ThreadPoolExecutor() as pool:
        assert pool.submit(run_sweep, SMALL, tmp_path, workers=2).result().computed == 2


@pytest.mark.parametrize("damage", ["cut", "flip", "swap", "empty", "foreign", "folder"])
def test_damaged_and_foreign_chunks_are_computed_anew(tmp_path, undisturbed, damage):
    run_sweep(MANY, tmp_path)
    files = sorted((tmp_path / "chunks").iterdir())
    first, second = files[3], files[7]
    data = first.read_bytes()
    if damage == "cut":
        first.write_bytes(data[:-40])
    elif damage == "flip":
        first.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
    elif damage == "swap":
        other = second.read_bytes()
        second.write_bytes(data)
        first.write_bytes(other)
    elif damage == "empty":
        first.write_bytes(b"")
    elif damage == "folder":
        first.unlink()
        first.mkdir()
        with pytest.raises((InputError, OSError)):
            run_sweep(MANY, tmp_path)
        return
    else:
        other = SweepSpec("0.2:5:120:log", "0.3,1,3,6.5", list(range(2, 62)))
        run_sweep(other, tmp_path.with_name("other"))
        shutil.copy(tmp_path.with_name("other") / "chunks" / first.name, first)
    found = run_sweep(MANY, tmp_path)
    assert found.repaired == (2 if damage == "swap" else 1)
    assert contents(tmp_path) == undisturbed[1]


def test_drafts_of_a_killed_run_are_removed(tmp_path, undisturbed):
    run_sweep(MANY, tmp_path)
    (tmp_path / "chunks" / ".000003.npy.123.tmp").write_bytes(b"half")
    (tmp_path / ".sweep.nc.tmp").write_bytes(b"half")
    run_sweep(MANY, tmp_path)
    assert contents(tmp_path) == undisturbed[1]


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(InputError, match="must be empty or hold this sweep"):
        run_sweep(SMALL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_store_of_another_sweep_or_version_is_refused(tmp_path):
    run_sweep(SMALL, tmp_path)
    before = contents(tmp_path)
    with pytest.raises(InputError, match="holds another sweep"):
        run_sweep(SweepSpec("0.5", 1, 8), tmp_path)
    assert contents(tmp_path) == before
    head = json.loads((tmp_path / "sweep.json").read_text())
    head["made_with"]["numpy"], head["identity"] = "1.0", "00"
    (tmp_path / "sweep.json").write_text(json.dumps(head))
    with pytest.raises(InputError, match="was begun with"):
        run_sweep(SMALL, tmp_path)


def test_a_chunk_of_another_shape_is_refused(tmp_path):
    store = Store.open(tmp_path, SMALL)
    store.write(0, np.zeros(3, record(5)))
    with pytest.raises(InputError, match="another shape"):
        run_sweep(SMALL, tmp_path)


# Workers.


def test_the_same_bits_on_two_workers(tmp_path, undisturbed):
    pytest.importorskip("joblib")
    run_sweep(MANY, tmp_path, workers=2)
    assert contents(tmp_path) == undisturbed[1]


def test_without_joblib_one_worker_only(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", None)
    assert run_sweep(SMALL, tmp_path / "a").computed == 2
    with pytest.raises(InputError, match="without joblib"):
        run_sweep(SMALL, tmp_path / "b", workers=2)


@pytest.mark.filterwarnings("ignore")  # of the cluster and its event loop
def test_the_same_bits_on_a_dask_cluster(tmp_path, undisturbed):
    joblib = pytest.importorskip("joblib")
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = set(client.run(os.getpid).values())
        assert len(pids) == 2
        assert os.getpid() not in pids
        with joblib.parallel_config(backend="dask"):
            run_sweep(MANY, tmp_path)
        done = client.run(lambda dask_worker: dask_worker.state.executed_count)
        assert sum(done.values()) > 0
    assert contents(tmp_path) == undisturbed[1]


def test_workers_get_plain_data():
    work = task(MANY, chunks(MANY)[0])
    assert [type(part) for part in work] == [str, np.ndarray, np.ndarray, tuple, str, str]
    assert np.array_equal(compute(work), run_module.compute(work))


# Bad input.


def test_axes():
    assert axis("0.1:10:3:log", "lam") == pytest.approx([0.1, 1, 10])
    assert axis("0:1:5", "s").tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert axis(" 1/4 , 2 ", "s").tolist() == [0.25, 2]
    assert axis("3:3:1", "s").tolist() == [3]
    assert axis(np.array([1.5, 2.5]), "s").tolist() == [1.5, 2.5]
    assert axis("1:2:2:linear", "lam").tolist() == [1, 2]


BAD = {
    "text": ("--lam", "x"),
    "empty": ("--lam", ""),
    "hole": ("--lam", "1,,2"),
    "zero": ("--lam", "0,1"),
    "negative": ("--lam", "-1"),
    "code": ("--lam", "__import__('os').getcwd()"),
    "repeated": ("--lam", "1,1.0"),
    "two parts": ("--lam", "1:2"),
    "five parts": ("--lam", "1:2:3:log:x"),
    "backwards": ("--lam", "2:1:5"),
    "one of two ends": ("--lam", "1:2:1"),
    "no count": ("--lam", "1:2:x"),
    "log from zero": ("--lam", "0:2:5:log"),
    "spacing": ("--lam", "1:2:5:sqrt"),
    "too many": ("--lam", "1:2:30000000"),
    "too many points": ("--lam", "1:2:15000000"),
    "overflow": ("--lam", "1e400"),
    "beyond": ("--lam", "1e251"),
    "not finite": ("--lam", "nan"),
    "negative time": ("--s", "-1,2"),
    "huge time": ("--s", "1e13"),
    "half a step": ("--T", "8.5"),
    "one step": ("--T", "1"),
    "too many steps": ("--T", "5000"),
    "repeated steps": ("--T", "8,8"),
    "schedule": ("--schedule", "cosin"),
    "missing schedule": ("--schedule", "nowhere.json"),
    "plan name": ("--plans", "vanila"),
    "plan text": ("--plans", "[1|2"),
    "plan length": ("--plans", "[1|2]"),
    "plan twice": ("--plans", "boot,boot"),
    "no plan": ("--plans", ""),
    "budget": ("--budget", "half"),
    "best of a budget": ("--budget", "total"),
    "window": ("--window", "open"),
    "workers": ("--workers", "0"),
    "many workers": ("--workers", "two"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_options_are_one_line_and_exit_2(kind, tmp_path, capsys):
    given = {"--lam": "1.5", "--s": "3", "--T": "8,16", "--out": str(tmp_path / "out")}
    option, value = BAD[kind]
    given[option] = value
    status = main(["sweep", *(f"{name}={text}" for name, text in given.items())])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.startswith("symmerge: ")
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


GOOD = {"schema": "symmerge.sweep", "version": 1, "lam": [1, "3/2"], "s": 3, "T": [8]}
BAD_FILES = {
    "list": [GOOD],
    "schema": GOOD | {"schema": "symmerge.plan"},
    "version": GOOD | {"version": 2},
    "key": GOOD | {"lambda": 1},
    "no lam": {key: value for key, value in GOOD.items() if key != "lam"},
    "no s": {key: value for key, value in GOOD.items() if key != "s"},
    "no T": {key: value for key, value in GOOD.items() if key != "T"},
    "empty": GOOD | {"lam": []},
    "null": GOOD | {"lam": None},
    "object": GOOD | {"lam": {"start": 1}},
    "true": GOOD | {"s": True},
    "nested": GOOD | {"s": [[1]]},
    "no steps": GOOD | {"T": []},
    "plans": GOOD | {"plans": 3},
    "plan": GOOD | {"plans": [3]},
    "title": GOOD | {"title": 3},
    "budget": GOOD | {"budget": 3},
    "window": GOOD | {"window": []},
    "schedule file": GOOD | {"schedule": "schedule.json"},
    "schedule": GOOD | {"schedule": 3},
    "no schedule": GOOD | {"schedule": []},
    "broken schedule": GOOD | {"schedule": {"kind": "cosine"}},
    "other steps": GOOD | {"schedule": flow(4).to_dict()},
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_spec_files_are_one_line_and_exit_2(kind, tmp_path, capsys):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(BAD_FILES[kind]))
    status = main(["sweep", str(path), "--out", str(tmp_path / "out")])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_bad_combinations(tmp_path, capsys):
    path = tmp_path / "good.json"
    path.write_text(json.dumps(GOOD))
    file = tmp_path / "file"
    file.write_text("")
    out = ["--out", str(tmp_path / "out")]
    for arguments in (
        ["nonsense", *out],
        [str(tmp_path / "missing.json"), *out],
        [str(path), "--lam", "1", *out],
        ["--lam", "1", *out],
        ["--s", "1", *out],
        [str(path)],
        [str(path), "--out", str(file)],
        [str(path), "--out", ""],
        [str(path), "--out", "a\0b"],
    ):
        assert main(["sweep", *arguments]) == 2, arguments
        assert capsys.readouterr().err.count("\n") == 1
    assert main(["sweep", str(path), *out, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["points"] == 2
    assert answer["spot_check"]["points"] == 2


def test_text_answer(tmp_path, capsys):
    assert main(["sweep", "--lam", "0.5,3", "--s", "1", "--T", "8", "--out", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "2 points: 2 lam x 1 s x 1 T" in text
    assert "boot 1, vanilla 1" in text


def test_relative_error_of_the_generic_recursion_on_the_arrays(tmp_path):
    from symmerge.points import Points

    points = Points(cosine(12), np.array([0.4, 1.3]), np.array([1.0, 3.0]))
    spec = SweepSpec([0.4, 1.3], [1.0, 3.0], 12)
    found = run_sweep(spec, tmp_path).table["error"]
    for k, (name, plan) in enumerate(canonical_plans(12).items()):
        expected = relative_error(plan, points.chain)
        assert found[[0, 1], [0, 1], 0, k] == pytest.approx(expected, rel=1e-13), name
