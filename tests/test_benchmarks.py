"""The baseline computes what it stands for, and the published page is what the results say."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import GROUPS
from benchmarks.algorithm1 import algorithm1_error
from benchmarks.compiled import c_algorithm1, c_max_plan, c_strategies, compiler
from benchmarks.flow import broadcast_score, chunked_score, product_score, setting
from benchmarks.hybrid_loops import hybrid_loops
from benchmarks.measure import compare, fitted, repeated
from benchmarks.page import page
from benchmarks.picture import draw
from benchmarks.strategy_script import strategy_script
from symmerge.chain import chain_of, gradient_flow_chain
from symmerge.flow.score import score
from symmerge.numbers import FLOAT
from symmerge.plan import canonical_plans
from symmerge.points import Points, canonical_error
from symmerge.schedule import cosine, flow
from symmerge.search import algorithm1
from symmerge.search.hybrids import scan_hybrids
from symmerge.search.theorems import max_plan
from symmerge.spectrum import Spectrum

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("schedule", [cosine(2), cosine(6), cosine(33), flow(20)])
@pytest.mark.parametrize("lam", ["0.4", "1.3", "1.536"])
def test_literal_algorithm_1_is_the_same_search(schedule, lam):
    chain = gradient_flow_chain(schedule, float(lam), 1)
    literal = algorithm1_error(chain.x.tolist(), chain.g.tolist())
    assert literal == pytest.approx(algorithm1(chain).error, rel=1e-12)


def test_literal_algorithm_1_on_random_chains():
    rng = random.Random(2)
    for _ in range(50):
        x = [rng.uniform(-0.5, 0.5) for _ in range(7)]
        g = [rng.random() for _ in range(7)]
        found = algorithm1(chain_of(x, g, FLOAT)).error
        assert algorithm1_error(x, g) == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize("T", [2, 5, 12])
def test_loops_over_hybrids_are_the_same_scan(T):
    data = Spectrum([0.0, 0.2, 0.9, 1.4, 7.0])
    least, k, m = hybrid_loops(data.variances, T, 1.0)
    table = scan_hybrids(data, 1, cosine(T)).w2_squared
    assert np.nanmin(table) == pytest.approx(least, rel=1e-9)
    assert table[k, m] == pytest.approx(least, rel=1e-9)


@pytest.mark.parametrize("baseline", [broadcast_score, chunked_score, product_score])
def test_baselines_compute_the_score(baseline):
    mixture, x = setting(50)
    assert np.allclose(baseline(mixture, x, 0.2), score(mixture, x, 0.2), rtol=1e-10, atol=1e-10)


needs_cc = pytest.mark.skipif(compiler() is None, reason="no C compiler")


@needs_cc
@pytest.mark.parametrize("T", [2, 3, 7, 64])
def test_c_loop_and_script_compute_the_strategies(T):
    lam = np.geomspace(0.05, 20, 40)
    found, plain = c_strategies(lam, cosine(T), 0.7), strategy_script(lam, T, 0.7)
    points = Points(cosine(T), lam, np.full(40, 0.7))
    assert set(plain) == set(canonical_plans(2))
    for k, name in enumerate(("vanilla", "consistency", "boot", "progressive")):
        expected = canonical_error(name, points)
        assert found[:, k] == pytest.approx(expected, rel=1e-11)
        assert plain[name] == pytest.approx(expected, rel=1e-8)


@needs_cc
@pytest.mark.parametrize("T", [2, 5, 40])
def test_c_loops_are_the_same_searches(T):
    for lam in (0.7, 1.1, 1.3, 3.0):
        chain = gradient_flow_chain(cosine(T), lam, 1)
        assert c_algorithm1(chain.x, chain.g) == pytest.approx(algorithm1(chain).error, rel=1e-11)
        assert np.array_equal(c_max_plan(chain), max_plan(chain).after)


def test_short_functions_are_timed_in_many_calls():
    calls = []
    spent = repeated(lambda: calls.append(0))()
    assert 0 < spent < 0.1
    assert len(calls) >= 10


def test_exponents_are_fitted():
    assert fitted([(n, 7 * n**1.5) for n in (2, 5, 30)]) == pytest.approx(1.5)


def test_ratios_are_baseline_over_ours():
    line = compare("ours", lambda: 2.0, "theirs", lambda: 6.0, n=3)
    assert line.ratio == {"median": 3.0, "min": 3.0, "max": 3.0}
    assert (line.seconds, line.baseline_seconds, line.n, line.threads) == (2.0, 6.0, 3, 1)


def test_the_published_page_shows_the_results():
    results = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    growth = json.loads((ROOT / "benchmarks" / "growth.json").read_text(encoding="utf-8"))
    assert (ROOT / "BENCHMARKS.md").read_text(encoding="utf-8") == page(results, growth)
    assert len({(line["name"], line["baseline"]) for line in results}) == len(results)
    assert {line["group"] for line in results} == set(GROUPS)
    for fit in (fit for group in growth["fits"].values() for fit in group):
        assert fit["exponent"] == pytest.approx(fitted(fit["points"]))
    assert all(sweep["peak_gib"] < 1 for sweep in growth["sweeps"])
    large = {(task["d"], task["T"]): task for task in growth["large"]}
    assert large[192, 128]["seconds"] < 10
    assert large[16384, 64]["seconds"] < 60
    assert large[16384, 64]["peak_gib"] < 4
    for line in results:
        assert {"name", "baseline", "ratio", "threads", "n"} <= set(line)
        assert line["ratio"]["min"] <= line["ratio"]["median"] <= line["ratio"]["max"]
        assert line["n"] >= 7
    names = [line["name"] for line in results]
    assert any("import symmerge" in name for name in names)
    assert any("T 2048" in name for name in names)


def test_the_picture_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    ratio = {"median": 2.0, "min": 1.5, "max": 3.0}
    draw([{"name": "`a`", "baseline": "b", "ratio": ratio}] * 3, tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["p.png"]
