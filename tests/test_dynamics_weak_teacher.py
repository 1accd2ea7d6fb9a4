"""Students that beat their teacher: closed forms, certified comparisons, printed figures."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from proofs.theorems.c5_spectrum import best_vanilla
from proofs.theorems.c5_weak_teacher import wins
from symmerge.chain import gradient_flow_chain
from symmerge.dynamics.weak_teacher import (
    beats_teacher,
    best_time,
    boot_tail,
    rank_teacher,
    spectrum_student,
    vanilla_stopping,
)
from symmerge.errors import InputError
from symmerge.merge import operator
from symmerge.plan import boot, random_plan, vanilla
from symmerge.schedule import cosine, edm, flow

LAM = [i**-2.0 for i in range(1, 51)]


def test_the_printed_example():
    """SPEC C5: lam_i = i^-2, d = 50, rank 10, T = 32."""
    tail = rank_teacher(LAM, 10)
    one = spectrum_student(vanilla(32), LAM, tail, cosine(32))
    two = spectrum_student(boot(32), LAM, tail, cosine(32))
    assert f"{one.teacher:.4f} {one.student:.4f} {two.student:.4f}" == "0.0802 0.0166 0.0527"
    assert f"{one.best_s:.3f} {two.best_s:.3f}" == "1.645 0.902"
    stopping = vanilla_stopping(LAM, list(tail), cosine(32))
    assert f"{stopping.from_s:.3f}" == "1.298"
    best, first = best_vanilla()  # the ledger's
    assert stopping.best_s == pytest.approx(float(best.mid()), rel=1e-9)
    assert stopping.from_s == pytest.approx(float(first.mid()), rel=1e-9)


def test_the_criterion_is_the_certified_comparison_and_the_ledgers():
    rng = Random(9)
    seen = set()
    for _ in range(60):
        lam, lam_hat = (Fraction(rng.randint(1, 400), 100) for _ in range(2))
        T, s = rng.randint(2, 12), Fraction(rng.randint(1, 300), 100)
        stopping = vanilla_stopping(lam, lam_hat, cosine(T))
        predicted = stopping.ever and float(s) > stopping.from_s
        status = beats_teacher(vanilla(T), lam, cosine(T), s, lam_hat).status
        assert predicted == (status == "proved")
        assert wins(lam, lam_hat, T, s) == (predicted, predicted)
        seen.add(predicted)
    assert seen == {True, False}


def test_the_best_time_is_best():
    for lam, lam_hat, T in (("0.2", "0.1", 8), ("1/100", 0, 32), ("0.9", "0.5", 16)):
        found = vanilla_stopping(lam, lam_hat, cosine(T))
        goal = float(Fraction(lam)) ** 0.5

        def distance(s, lam_hat=lam_hat, T=T, goal=goal):
            M = operator(vanilla(T), gradient_flow_chain(cosine(T), Fraction(lam_hat), s))
            return abs(float(M) - goal)

        assert distance(found.best_s) < 1e-12
        assert best_time(distance) == pytest.approx(found.best_s, abs=1e-6)
        low, high = map(Fraction, found.factor)
        assert low <= high
        assert float(low) == pytest.approx(np.exp(-2 * found.best_s))


def test_a_teacher_of_the_tail_knows_nothing():
    """lam_hat = 0: s > log(cos(Delta)/(2 sqrt(lam)))/2, best log(cos(Delta)/sqrt(lam))/2."""
    T, lam = 32, 1 / 100
    found = vanilla_stopping("1/100", 0, cosine(T))
    top = np.cos(np.pi / (2 * T))
    assert found.from_s == pytest.approx(np.log(top / (2 * lam**0.5)) / 2)
    assert found.best_s == pytest.approx(np.log(top / lam**0.5) / 2)


@pytest.mark.parametrize("g", [0.05, 0.3, 0.8, 1.0])
def test_boots_tail_tends_to_its_limit(g):
    gaps = []
    for T in (128, 512):
        M = float(operator(boot(T), gradient_flow_chain(cosine(T), 0, -np.log(g) / 2)))
        gaps.append(abs(M / boot_tail(g, T) - 1))
    assert gaps[0] < 0.004
    assert gaps[1] < gaps[0] / 3 + 1e-9


def test_a_student_can_be_nearer_to_the_data_than_a_right_teacher():
    """Targets: C < sqrt(lam), so stopping early can help; research note, section 6."""
    found = vanilla_stopping("0.2", "0.2", cosine(256))
    assert found.from_s == pytest.approx(2.284, abs=6e-4)
    assert beats_teacher(vanilla(256), "0.2", cosine(256), "2.3").status == "proved"
    assert beats_teacher(vanilla(256), "0.2", cosine(256), "2.27").status == "refuted"
    assert beats_teacher(boot(256), "0.2", cosine(256), "2.08").status == "proved"
    assert beats_teacher(boot(256), "0.2", cosine(256), "2.06").status == "refuted"
    # for every s near lam = 1, never for lam > 2.1
    for lam in ("0.9625", "1", "1.0385"):
        assert vanilla_stopping(lam, lam, cosine(64)).from_s == 0
    assert vanilla_stopping("2.1", "2.1", cosine(64)).ever is False
    rng = Random(2)
    for _ in range(30):
        plan = random_plan(8, rng)
        assert (
            beats_teacher(plan, 3, cosine(8), Fraction(rng.randint(1, 40), 10)).status == "refuted"
        )


def test_flow_matching_ends_in_noise_too_and_edm_does_not():
    assert vanilla_stopping("0.2", "0.1", flow(16)).ever
    with pytest.raises(InputError, match="pure noise"):
        vanilla_stopping("0.2", "0.1", edm(16))


def test_spectra_with_weights_and_useless_students():
    double = vanilla_stopping([0.04, 0.04, 0.25], [0, 0, "0.2"], cosine(16))
    weighted = vanilla_stopping([0.04, 0.25], [0, "0.2"], cosine(16), [2, 1])
    assert double == weighted
    never = spectrum_student(vanilla(8), [4.0], [4.0], cosine(8))
    assert never.student == never.teacher
    assert never.best_s == float("inf")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: vanilla_stopping(-1, 0, cosine(4)), "lam must be >= 0"),
        (lambda: vanilla_stopping([1, 2], [1], cosine(4)), "lam_hat must be 2"),
        (lambda: beats_teacher(boot(4), 1, cosine(4), -1), "s must be >= 0"),
        (lambda: rank_teacher([1.0, 2.0], 3), "rank must be a whole number"),
        (lambda: boot_tail(0, 4), "g must lie"),
    ],
)
def test_bad_input_is_named(make, says):
    with pytest.raises(InputError, match=says):
        make()
