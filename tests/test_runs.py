"""Stores of long runs: what is finished stays, what is damaged or foreign is not believed."""

import json

import numpy as np
import pytest

from symmerge.errors import InputError
from symmerge.runs import Runs, run_cells

SIZES = {"a": 3, "b": 5, "c": 2}


def opened(folder, **changed):
    return Runs.open(folder, "sums", {"seed": 1} | changed)


def counted(calls):
    def compute(cell):
        calls.append(cell.name)
        return {"value": len(calls) / 3, "name": cell.name, "none": None}

    return compute


def test_results_come_back_as_they_were_and_are_computed_once(tmp_path):
    calls, seen = [], []
    first = run_cells(opened(tmp_path), SIZES, counted(calls), lambda *at: seen.append(at))
    assert first["b"] == {"value": 2 / 3, "name": "b", "none": None}
    assert calls == ["a", "b", "c"]
    assert seen == [(0, 10), (3, 10), (8, 10), (10, 10)]
    again = run_cells(opened(tmp_path), SIZES, counted(calls))
    assert again == first
    assert calls == ["a", "b", "c"]


def test_an_interrupted_run_goes_on(tmp_path):
    calls = []

    def stopped(cell):
        if cell.name == "b":
            cell.save({"step": np.arange(4), "weights": np.eye(2, dtype=np.float32)})
            raise KeyboardInterrupt
        return counted(calls)(cell)

    with pytest.raises(KeyboardInterrupt):
        run_cells(opened(tmp_path), SIZES, stopped)
    found = {}

    def on(cell):
        found[cell.name] = cell.saved()
        cell.tell(1)
        return counted(calls)(cell)

    seen = []
    run_cells(opened(tmp_path), SIZES, on, lambda *at: seen.append(at))
    assert seen[:3] == [(3, 10), (4, 10), (8, 10)]
    assert calls == ["a", "b", "c"]
    assert list(found) == ["b", "c"]
    assert found["c"] is None
    assert found["b"]["step"].tolist() == [0, 1, 2, 3]
    assert found["b"]["weights"].dtype == np.float32
    assert not list(tmp_path.rglob("*.npz"))  # a finished cell needs no checkpoint


@pytest.mark.parametrize("kind", ["cut", "changed", "empty", "foreign", "renamed", "nan"])
def test_damaged_and_foreign_results_are_computed_anew(tmp_path, kind):
    calls = []
    run_cells(opened(tmp_path / "here"), SIZES, counted(calls))
    place = tmp_path / "here" / "cells" / "b.json"
    data = place.read_text()
    if kind == "cut":
        place.write_text(data[: len(data) // 2])
    elif kind == "changed":
        place.write_text(data.replace("0.6666666666666666", "0.6666666666666667"))
        assert place.read_text() != data
    elif kind == "empty":
        place.write_text("[]")
    elif kind == "foreign":
        other = opened(tmp_path / "other", seed=2)
        other.write("b", json.loads(data)["result"])
        place.write_bytes((tmp_path / "other" / "cells" / "b.json").read_bytes())
    elif kind == "renamed":
        place.write_bytes((tmp_path / "here" / "cells" / "a.json").read_bytes())
    else:
        place.write_text(data.replace("0.6666666666666666", "NaN"))
    store = opened(tmp_path / "here")
    assert store.state("b") == "bad"
    with pytest.raises(InputError, match="holds no result of b"):
        store.read("b")
    run_cells(store, SIZES, counted(calls))
    assert calls == ["a", "b", "c", "b"]
    assert store.state("b") == "good"


def test_damaged_checkpoints_are_not_used(tmp_path):
    store = opened(tmp_path)
    store.save_checkpoint("a", {"x": np.arange(3)})
    assert store.checkpoint("a")["x"].tolist() == [0, 1, 2]
    place = tmp_path / "cells" / "a.part.npz"
    data = place.read_bytes()
    for wrong in (b"", data[:20], data[:-1], data[:60] + b"\1" + data[61:]):
        place.write_bytes(wrong)
        assert store.checkpoint("a") is None
    place.write_bytes(data)
    assert opened(tmp_path / "other", seed=2).checkpoint("a") is None
    assert store.checkpoint("a") is not None
    with pytest.raises(InputError, match="must be numbers or texts"):
        store.save_checkpoint("a", {"x": np.array([{}], dtype=object)})


def test_folders_of_others_are_refused(tmp_path):
    store = opened(tmp_path / "run")
    for text, make in (
        ("holds another configuration", lambda: opened(tmp_path / "run", seed=2)),
        ("holds another run", lambda: Runs.open(tmp_path / "run", "products", {"seed": 1})),
        ("must be empty or hold this run", lambda: opened(tmp_path)),
        ("must name a folder", lambda: opened(tmp_path / "run" / "run.json" / "below")),
        ("must be installed", lambda: Runs.open(tmp_path / "x", "x", {}, ("no-such-package",))),
        ("must be a JSON value", lambda: opened(tmp_path / "x", seed=float("nan"))),
        ("must be of a-z", lambda: store.write("../up", 1)),
        ("must be a JSON value", lambda: store.write("a", {"x": np.arange(2)})),
    ):
        with pytest.raises(InputError, match=text):
            make()
    head = json.loads((tmp_path / "run" / "run.json").read_text())
    head["made_with"]["numpy"] = "1.0"
    head["identity"] = "0" * 64
    (tmp_path / "run" / "run.json").write_text(json.dumps(head))
    with pytest.raises(InputError, match="was begun with"):
        opened(tmp_path / "run")
