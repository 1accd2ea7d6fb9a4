"""Trained students: teachers are right, training is what it says, runs go on after a crash."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import symmerge.experiments as experiments  # noqa: E402 - needs PyTorch
from figures.experiments_table import recorded  # noqa: E402
from symmerge.cli import main  # noqa: E402
from symmerge.errors import InputError  # noqa: E402
from symmerge.experiments import published, run_experiment, setting  # noqa: E402
from symmerge.experiments.comparison import apart, findings, markdown  # noqa: E402
from symmerge.experiments.result import Average, ExperimentResult  # noqa: E402
from symmerge.experiments.students import mlp, transformer  # noqa: E402
from symmerge.experiments.tasks import Task, tasks  # noqa: E402
from symmerge.experiments.teacher import COARSE_STEPS, Pairs, mixture, pushed  # noqa: E402
from symmerge.experiments.torch_extra import device  # noqa: E402
from symmerge.experiments.training import Trainer, _Learner, relative_error  # noqa: E402
from symmerge.flow.mixture import Mixture  # noqa: E402
from symmerge.flow.transport import flow_map, transport  # noqa: E402

# Thirteen cells of 48 steps, each with two checkpoints on the way.
TINY = replace(
    setting(4, "small"),
    axes=(("n", (1, 4, 8)), ("grid", ("stability", "uniform")), ("student", ("plain",))),
    steps=48,
    pool=300,
    points=200,
    batch=32,
    width=16,
    seeds=2,
    checkpoint=20,
)


class Alone:
    """A cell without a store."""

    def __init__(self, saved=None):
        self.first, self.kept = saved, []

    def saved(self):
        return self.first

    def save(self, arrays):
        self.kept.append(dict(arrays))

    def tell(self, done):
        pass


# Teachers.


def test_the_published_mixture_comes_out():
    found = mixture(setting(4, "paper"), 1.0)
    assert (found.K, found.d) == (20, 64)
    assert found.diameter == pytest.approx(40.99732208, rel=2e-7)


@pytest.mark.parametrize("sigma0", ["1/10000", "1/100", "1/2", "1", "2"])
@pytest.mark.parametrize(("start", "end"), [(1.0, 0.0), (0.07, 0.0), (1.0, 0.3), (0.2, 0.5)])
def test_points_are_pushed_to_where_the_exact_flow_sends_them(sigma0, start, end):
    two = Mixture([-2.0, 3.0], weights=[0.3, 0.7], sigma0=sigma0, beta=5)
    x = two.sample(300, np.random.default_rng(0), start)
    gap = pushed(two, x, start, end)[:, 0] - transport(two, x[:, 0], start, end)
    assert np.sqrt(np.mean(gap**2)) < 1e-4


def test_one_component_is_mapped_affinely():
    one = Mixture([[1.0, -2.0]], sigma0="1/1000", beta=5)
    x = one.sample(50, np.random.default_rng(0), 1)
    scale = 1e-3 / np.sqrt(one.variance(1))
    wanted = one.means + scale * (x - one.signal(1) * one.means)
    assert np.abs(pushed(one, x, 1.0, 0.0) - wanted).max() < 1e-6


def test_the_published_teacher_of_experiment_2_blows_up():
    """Its ten even steps are unstable for small sigma0; the best constant tells them apart."""
    paper = setting(2, "paper")
    wanted = {tuple(row.keys.values())[1:]: row.mean for row in published(2)}
    for sigma0, error, close in ((0.1, 5e-5, True), (0.01, 3.7, False)):
        flow = mixture(paper, sigma0)
        x = flow.sample(4000, np.random.default_rng(1), paper.short_time)
        y = pushed(flow, x, paper.short_time, 0.0)
        coarse = flow_map(flow, x, paper.short_time, 0.0, COARSE_STEPS)
        assert relative_error(coarse, y) == pytest.approx(error, rel=0.2)
        constants = [relative_error(np.mean(z, axis=0) + 0 * z, z) for z in (coarse, y)]
        # A student whose weights are all but 0 is a constant: its biases are free.
        assert constants[0] == pytest.approx(wanted[sigma0, 0.001], abs=1.5e-3)
        assert (abs(constants[1] - wanted[sigma0, 0.001]) < 5e-3) is close


def test_students_of_one_map_learn_from_the_same_pairs_and_other_seeds_from_others():
    pairs = Pairs(TINY)
    first = pairs.pools("accurate", 1.0, (0.0, 0.3, 1.0), 0)
    assert pairs.pools("accurate", 1.0, (0.0, 0.3, 1.0), 0) is first
    assert [x.shape for x, _ in first] == [(300, 16)] * 2
    flow = mixture(TINY, 1.0)
    x, y = (side.astype(float) for side in first[0])
    assert relative_error(y, pushed(flow, x, 0.3, 0.0)) < 1e-9
    other = pairs.pools("accurate", 1.0, (0.0, 0.3, 1.0), 1)
    assert np.abs(other[0][0] - first[0][0]).min() > 0
    trail = pairs.trail("accurate", 1.0, (0.0, 0.3, 1.0))
    assert len(trail) == 3
    assert relative_error(trail[2], pushed(flow, trail[0], 1.0, 0.0)) < 1e-7
    # All grids are measured on the same noise.
    np.testing.assert_array_equal(pairs.trail("accurate", 1.0, (0.0, 1.0))[0], trail[0])


# Students.


def test_networks_are_what_they_say():
    before = torch.random.get_rng_state()
    x = torch.linspace(-2, 2, 12).reshape(3, 4)
    plain, residual = (mlp(4, 2, 5, 7, residual=kind) for kind in (False, True))
    p = plain.parameters
    h = torch.relu(x @ p["0.weight"].T + p["0.bias"])
    h = torch.relu(h @ p["1.weight"].T + p["1.bias"])
    wanted = h @ p["2.weight"].T + p["2.bias"]
    torch.testing.assert_close(plain(x), wanted)
    torch.testing.assert_close(residual(x), x + wanted)
    assert plain.size == 4 * 5 + 5 + 5 * 5 + 5 + 5 * 4 + 4
    reach = (6 / (4 + 5)) ** 0.5
    assert 0.7 * reach < p["0.weight"].abs().max() <= reach
    assert not torch.equal(mlp(4, 2, 5, 8, residual=False)(x), plain(x))
    assert torch.equal(torch.random.get_rng_state(), before)  # nobody else's numbers change


def test_transformer_mixes_tokens_and_keeps_points_apart():
    student = transformer(16, 2, 8, 0)
    x = torch.randn(5, 16, generator=torch.Generator().manual_seed(1)).requires_grad_()
    y = student(x)
    assert y.shape == (5, 16)
    torch.testing.assert_close(student(x[2:3]), y[2:3])
    slopes = torch.autograd.grad(y[0, 0], x)[0]
    assert (slopes[0] != 0).all()
    assert (slopes[1:] == 0).all()
    names = {name.split(".")[0] for name in student.parameters}
    assert names == {"in", "position", "0", "1", "norm", "out"}


def test_bounded_weights_stay_inside_and_biases_are_free():
    bounded = Task({}, 0, "accurate", 0.1, (0.0, 0.07), "plain", 16, bound=0.01)
    free = replace(bounded, bound=None)
    pool = Pairs(TINY).pools("accurate", 0.1, (0.0, 0.07), 0)[0]
    largest = {}
    for task in (bounded, free):
        learner = _Learner(replace(TINY, rate=1e-2), task, 0, "cpu", *pool)
        for step in range(20):
            learner.step(step)
        for ending in ("weight", "bias"):
            kept = [v for k, v in learner.student.parameters.items() if k.endswith(ending)]
            largest[task.bound, ending] = max(float(v.detach().abs().max()) for v in kept)
    assert largest[0.01, "weight"] <= 0.01 * (1 + 1e-6) < largest[None, "weight"]
    assert largest[0.01, "bias"] > 0.02


def test_gradients_are_clipped(monkeypatch):
    """The first step of gradient descent, in place of AdamW, is as long as the clip."""

    class Descent(torch.optim.SGD):
        def __init__(self, parameters, lr, weight_decay):
            super().__init__(list(parameters), lr=1.0)

    monkeypatch.setattr(torch.optim, "AdamW", Descent)
    task = tasks(TINY)[0]
    pool = Pairs(TINY).pools(task.target, task.sigma0, task.times, 0)[0]
    for clip in (0.5, 1e6):
        learner = _Learner(replace(TINY, clip=clip), task, 0, "cpu", *pool)
        before = [p.detach().clone() for p in learner.student.parameters.values()]
        learner.step(0)
        moved = [
            (p.detach() - q).square().sum()
            for p, q in zip(learner.student.parameters.values(), before, strict=True)
        ]
        length = float(sum(moved)) ** 0.5
        assert (length == pytest.approx(0.5, rel=1e-4)) is (clip == 0.5)
        assert length > 0.49


def test_batches_pass_over_the_whole_pool_in_new_orders():
    task = tasks(TINY)[0]
    x = np.arange(300 * 16, dtype=np.float32).reshape(300, 16)
    learner = _Learner(TINY, task, 0, "cpu", x, x)
    each = 300 // 32
    seen = [learner._batch(step)[0][:, 0].tolist() for step in range(2 * each)]
    first, second = (np.concatenate(seen[k : k + each]).tolist() for k in (0, each))
    assert len(set(first)) == len(first) == each * 32
    assert first != second
    assert learner._batch(1)[0][:, 0].tolist() == seen[1]


def test_training_learns():
    task = tasks(replace(TINY, axes=(("n", (1,)), ("grid", ()), ("student", ("plain",)))))[0]
    errors = [
        Trainer(replace(TINY, steps=steps, width=64, rate=3e-3), "cpu").run(task, Alone())
        for steps in (1, 200)
    ]
    assert errors[1]["relmse"] < 0.5 * errors[0]["relmse"]
    assert errors[1]["relmse"] == pytest.approx(errors[1]["segments"][0])
    # Plain, one step: the density of teacher's points beats that of students' points.
    assert errors[1]["teacher_nll"] < errors[1]["nll"] < errors[0]["nll"]


# Settings.


@pytest.mark.parametrize("size", ["small", "paper"])
def test_cells_have_their_own_names_and_grids_are_grids(size):
    sizes = {"small": (90, 96, 12, 60), "paper": (350, 320, 50, 200)}[size]
    for number, count in zip((1, 2, 3, 4), sizes, strict=True):
        found = tasks(setting(number, size))
        assert len({task.name for task in found}) == len(found) == count
        for task in found:
            assert re.fullmatch(r"[a-z0-9.=-]+", task.name)
            assert list(task.times) == sorted(task.times)
    balanced = next(t for t in found if t.keys["grid"] == "stability" and t.keys["n"] == 8)
    assert balanced.times[1:4] == pytest.approx((0.013352, 0.028767, 0.046998), abs=1e-6)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_published_setting_starts(number):
    full = setting(number, "paper")
    assert (full.d, full.K, full.batch, full.rate, full.clip) == (64, 20, 1024, 2e-4, 1.0)
    wanted = {1: ("width", 512), 2: ("teacher", "coarse"), 3: ("blocks", 16), 4: ("n", 4)}[number]
    chosen = next(task for task in tasks(full) if task.keys[wanted[0]] == wanted[1])
    few = replace(full, steps=chosen.segments, pool=1024, points=100, checkpoint=1)
    cell = Alone()
    result = Trainer(few, "cpu").run(chosen, cell)
    assert 0 < result["relmse"] < 10
    assert len(result["segments"]) == chosen.segments
    assert len(cell.kept) == chosen.segments


def test_a_gpu_is_used_for_the_published_size_where_there_is_one(monkeypatch):
    for available, size, wanted in (
        (True, "paper", "cuda"),
        (True, "small", "cpu"),
        (False, "paper", "cpu"),
    ):
        monkeypatch.setattr(torch.cuda, "is_available", lambda available=available: available)
        assert device(size) == wanted


def test_bad_settings():
    for arguments, text in (
        ((5, "small"), "from 1 to 4"),
        (("x", "small"), "experiment"),
        ((4, "large"), "must be one of small, paper"),
    ):
        with pytest.raises(InputError, match=text):
            setting(*arguments)


# Running, stopping, going on.


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return run_experiment(TINY, tmp_path_factory.mktemp("undisturbed") / "run")


def tables(result):
    return {path.name: path.read_bytes() for path in result.files if path.suffix == ".csv"}


def test_an_interrupted_experiment_ends_in_the_same_table(undisturbed, tmp_path):
    stops = [30, 100, 107, 250]
    seen = []

    class Stopping(Trainer):
        def run(self, task, cell):
            keep = cell.save

            def save(arrays):
                keep(arrays)
                at = len(list((tmp_path / "run" / "cells").glob("*.json"))) * 48
                if stops and at + int(arrays["step"]) >= stops[0]:
                    seen.append(stops.pop(0))
                    raise KeyboardInterrupt

            cell.save = save
            return super().run(task, cell)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiments.run, "Trainer", Stopping)
        while stops:
            with pytest.raises(KeyboardInterrupt):
                run_experiment(TINY, tmp_path / "run")
    started = []
    found = run_experiment(TINY, tmp_path / "run", lambda done, total: started.append(done))
    assert seen == [30, 100, 107, 250]
    assert started[0] > 0
    assert tables(found) == tables(undisturbed)
    assert found.to_dict()["runs"] == undisturbed.to_dict()["runs"]


@pytest.mark.slow
def test_a_killed_experiment_ends_in_the_same_table(undisturbed, tmp_path):
    code = (
        "from tests.test_experiments import TINY; from symmerge.experiments import run_experiment; "
        f"run_experiment(TINY, {str(tmp_path / 'run')!r})"
    )
    root = Path(__file__).parents[1]
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    env = os.environ | threads | {"PYTHONPATH": str(root)}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=root, env=env)
    cells = tmp_path / "run" / "cells"
    deadline = time.monotonic() + 120
    # Kill it while a cell beyond the first is under way.
    while not (list(cells.glob("*.json")) and list(cells.glob("*.part.npz"))):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(list(cells.glob("*.json"))) < len(tasks(TINY))
    found = run_experiment(TINY, tmp_path / "run")
    assert tables(found) == tables(undisturbed)


def test_checkpoints_are_needed_for_the_same_numbers():
    """Tampering: other weights, moments or step counts in a checkpoint change the result."""
    task = tasks(TINY)[-1]
    trainer, cell = Trainer(TINY, "cpu"), Alone()
    whole = trainer.run(task, cell)
    saved = cell.kept[-1]
    assert int(saved["step"]) == 40
    assert trainer.run(task, Alone(saved)) == whole
    for ending, change in ((":exp_avg", 0), (":exp_avg_sq", 4), (":step", 2), (".weight", 0.5)):
        wrong = {k: np.asarray(v * change) for k, v in saved.items() if k.endswith(ending)}
        assert wrong
        found = trainer.run(task, Alone(saved | wrong))["relmse"]
        assert np.isfinite(found)
        assert found != whole["relmse"]


# Results.


def test_results_are_labelled_and_written(undisturbed):
    files = {path.name: path for path in undisturbed.files}
    data = json.loads(files["result.json"].read_text())
    assert data["schema"] == "symmerge.experiment"
    assert data["made_with"]["torch"] == torch.__version__
    rows = list(csv.DictReader(files["runs.csv"].read_text().splitlines()))
    assert len(rows) == 10
    mean = np.mean([float(row["relmse"]) for row in rows if row["n"] == "1"])
    assert undisturbed.average(student="plain", grid="none", n=1).mean == pytest.approx(mean)
    with pytest.raises(InputError, match="that was run"):
        undisturbed.average(student="plain", grid="none", n=3)
    with pytest.raises(InputError, match="another setting"):
        ExperimentResult.from_dict(data)  # a tiny one
    assert "| plain | 8 | published |" in files["table.md"].read_text()


def test_results_as_an_array(undisturbed):
    pytest.importorskip("xarray")
    found = undisturbed.dataset
    assert dict(found.sizes) == {"student": 1, "grid": 3, "n": 3, "seed": 2}
    value = found.relmse.sel(student="plain", grid="uniform", n=8, seed=1)
    assert float(value) == undisturbed.runs[-1]["relmse"]
    assert np.isnan(found.relmse.sel(student="plain", grid="uniform", n=1)).all()


def made(number, value):
    """A result whose RelMSE over two seeds is what `value` says."""
    chosen = replace(setting(number, "small"), seeds=2)
    runs = []
    for task in tasks(chosen):
        mean, error = value(task.keys)
        relmse = mean + (2 * task.seed - 1) * error
        segments = {"segments": [2.0, 6.0], "pools": [1.0 + task.seed, 2.0]}
        runs.append({"keys": task.keys, "seed": task.seed, "relmse": relmse} | segments)
    return ExperimentResult(chosen, tuple(runs), "cpu", {})


def test_findings_follow_the_numbers():
    def value(keys):
        grids = {"none": 0.5, "stability": 0.8, "uniform": 1.0, "averaged": 0.9}
        turned = {"none": 0.5, "stability": 1.0, "uniform": 0.99, "averaged": 0.4}
        mean = (grids if keys["student"] == "plain" else turned)[keys["grid"]]
        return mean * keys["n"], 0.02 * keys["n"]

    found = findings(made(4, value))
    assert found[1] == (
        "plain students, n = 8: balanced against uniform -20.0%, standard errors apart"
    )
    assert found[3] == "plain students: least RelMSE 5.00e-01 ± 2e-02 at n = 1"
    assert found[5] == (
        "residual students, n = 8: balanced against uniform +1.0%, standard errors overlapping: "
        "open"
    )
    assert found[-1] == (
        "RelMSE on fresh points is at most 3.00 times that on the pool a student learned from "
        "(student = plain, grid = none, n = 1)"
    )
    assert apart(Average({}, 1.0, 0.1, 4), Average({}, 1.2, 0.1, 4))
    assert not apart(Average({}, 1.0, 0.3, 4), Average({}, 1.2, 0.3, 4))

    found = findings(made(1, lambda keys: (keys["sigma0"] ** 0.5 / keys["width"], 1e-6)))
    assert found[0].endswith("at t = 0.1, 0.3, 0.5, 0.7, 0.9")
    assert "factors 8.0, 8.0" in found[1]
    assert "factors 10.00, 10.00" in found[2]
    found = findings(made(1, lambda keys: (keys["t"] * keys["width"], 1e-6)))
    assert found[0].endswith("at t = none")

    found = findings(made(2, lambda keys: (keys["sigma0"] / keys["B"], 1e-7)))
    assert found[0].endswith("for σ₀ = 0.1, 0.01, 0.001, 0.0001")
    assert "1e+03 (B = 0.25)" in found[3]

    found = findings(made(3, lambda keys: (1 + (keys["blocks"] == 8), 0.01)))
    assert found[0].endswith("standard errors overlapping")
    assert found[2] == "8 blocks against 4: RelMSE higher by 100.0%, standard errors apart"


def test_tables_stand_beside_the_published_ones():
    text = markdown(made(4, lambda keys: (0.5, 0.01)))
    assert "8.87e-02 ± 2e-03" in text  # uniform, n = 8: std 5.49e-3 over ten seeds
    assert "4.27e-02 ± 4e-04" in text
    lines = markdown(made(1, lambda keys: (0.5, 0.01))).splitlines()
    assert [line.split("|")[2].strip() for line in lines[4:9]] == ["16", "32", "64", "128", "128"]
    assert [len(published(n)) for n in (1, 2, 3, 4)] == [35, 16, 5, 6]


@pytest.mark.slow
def test_a_recorded_run_comes_out_again():
    """Rounding differs between machines, and training amplifies it a little."""
    wanted = {tuple(run["keys"].items()): run["relmse"] for run in recorded(2).runs[::-1]}
    chosen = setting(2, "small")
    trainer = Trainer(chosen, "cpu")
    for task in tasks(chosen):
        if task.seed == 0 and task.keys["sigma0"] == 0.1 and task.bound in (0.001, 0.25):
            found = trainer.run(task, Alone())["relmse"]
            assert found == pytest.approx(wanted[tuple(task.keys.items())], rel=0.05)


# The command.


def test_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(experiments, "setting", lambda number, size: TINY)
    monkeypatch.chdir(tmp_path)
    assert main(["experiment", "4", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert len(data["runs"]) == 10
    assert (tmp_path / "symmerge-experiment-4-small" / "table.md").exists()
    assert main(["experiment", "4"]) == 0  # all cells are there
    assert "plain students, n = 8" in capsys.readouterr().out
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine").touch()
    assert main(["experiment", "4", "--out", "other"]) == 2
    assert "--out must be empty or hold this run" in capsys.readouterr().err


def test_command_without_torch(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["experiment", "4", "--out", str(tmp_path / "x")]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "install symmerge[train]" in message
    assert not (tmp_path / "x").exists()


def test_command_with_bad_input(capsys):
    for arguments in (["5"], ["4", "--size", "huge"], ["four"], [], ["4", "--size"]):
        assert main(["experiment", *arguments]) == 2
        message = capsys.readouterr().err
        assert message.startswith("symmerge: ")
        assert message.count("\n") == 1
