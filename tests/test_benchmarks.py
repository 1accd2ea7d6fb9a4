"""The baseline computes what it stands for, and the published page is what the results say."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from benchmarks.algorithm1 import algorithm1_error
from benchmarks.flow import broadcast_score, chunked_score, product_score, setting
from benchmarks.hybrid_loops import hybrid_loops
from benchmarks.measure import compare
from benchmarks.page import page
from benchmarks.spectra import fitted
from symmerge.chain import chain_of, gradient_flow_chain
from symmerge.flow.score import score
from symmerge.numbers import FLOAT
from symmerge.schedule import cosine, flow
from symmerge.search import algorithm1
from symmerge.search.hybrids import scan_hybrids
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
    large = {(task["d"], task["T"]): task for task in growth["large"]}
    assert large[192, 128]["seconds"] < 10
    assert large[16384, 64]["seconds"] < 60
    assert large[16384, 64]["peak_gib"] < 4
    for line in results:
        assert {"name", "baseline", "ratio", "threads", "n"} <= set(line)
        assert line["ratio"]["min"] <= line["ratio"]["median"] <= line["ratio"]["max"]
        assert line["n"] >= 5
    names = [line["name"] for line in results]
    assert any("import symmerge" in name for name in names)
    assert any("T 2048" in name for name in names)
