"""Certificates of the ledger: accepted as shipped, rejected after any tampering."""

import copy
import json
import random
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from proofs import certify, check
from symmerge.chain import chain_of, gradient_flow_chain
from symmerge.merge import operator, relative_error
from symmerge.numbers import balls
from symmerge.plan import MergePlan, count_plans, enumerate_plans
from symmerge.schedule import cosine

SHIPPED = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in certify.files()}
NUMBER = re.compile(r"-?\d+")


def places(entry, path=()):
    """Paths to everything in a certificate that holds an integer."""
    if isinstance(entry, dict):
        for key, value in entry.items():
            yield from places(value, (*path, key))
    elif isinstance(entry, list):
        for index, value in enumerate(entry):
            yield from places(value, (*path, index))
    elif isinstance(entry, int) or NUMBER.search(entry):
        yield path


def change_number(number, rng):
    """Another integer: near, or far, or of the other sign."""
    choices = {number + 1, number - 1, 10 * number, -number, rng.randrange(10**6)} - {number}
    return rng.choice(sorted(choices))


def tamper(entry, rng):
    """Change one integer in a number or a text."""
    if isinstance(entry, int):
        return change_number(entry, rng)
    found = rng.choice(list(NUMBER.finditer(entry)))
    other = str(change_number(int(found.group()), rng))
    changed = entry[: found.start()] + other + entry[found.end() :]
    return changed if changed != entry else f"{entry}1"


def tampered(certificate, path, rng):
    """The certificate with one integer changed at the end of a path."""
    forged = copy.copy(certificate)
    at = forged
    for key in path[:-1]:
        at[key] = copy.copy(at[key])
        at = at[key]
    at[path[-1]] = tamper(at[path[-1]], rng)
    return forged


def resealed(certificate):
    return {**certificate, "sha256": check.digest(certificate)}


def refused(certificate):
    try:
        check.check(certificate)
    except (check.Rejected, check.Unreadable):
        return True
    return False


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_certificates_are_accepted(name):
    if name.startswith("boxes"):
        pytest.importorskip("flint")
    assert check.check(SHIPPED[name])


def test_all_plans_up_to_six_steps_are_shipped():
    for T in range(2, 7):
        for case in ("below", "above"):
            certificate = SHIPPED[f"orthant_{case}_T{T}"]
            assert (certificate["case"], certificate["T"]) == (case, T)


def test_tampering_with_one_integer_is_rejected():
    """1,000 forgeries; in half of them the forger also makes the hash fit."""
    pytest.importorskip("flint")
    rng = random.Random(16)
    names = sorted(SHIPPED)
    where = {name: list(places(SHIPPED[name])) for name in names}
    for count in range(1000):
        name = rng.choice(names)
        path = rng.choice(where[name])
        forged = tampered(SHIPPED[name], path, rng)
        # Which tools were used is nobody's claim, so only the hash protects that.
        if count % 2 and path[0] not in ("made_with", "sha256"):
            forged = resealed(forged)
        assert refused(forged), (name, path)


def test_dropping_or_repeating_a_record_is_rejected():
    for name, certificate in SHIPPED.items():
        if certificate["kind"] == "orthant":
            for records in (certificate["records"][1:], [*certificate["records"]] * 2):
                assert refused(resealed({**certificate, "records": records})), name


def test_other_numbers_and_types_are_rejected():
    certificate = SHIPPED["orthant_below_T3"]
    record = certificate["records"][0]
    for key, value in (("terms", float(record["terms"])), ("least", True), ("sum", None)):
        forged = {**certificate, "records": [{**record, key: value}, *certificate["records"][1:]]}
        assert refused(resealed(forged)), key
    for value in (3.0, "3", None, [], 100, -1, True):
        assert refused(resealed({**certificate, "T": value})), value


def test_a_false_claim_would_be_rejected():
    """The checker looks at the signs: vanilla is not above BOOT when all steps shrink."""
    T = 3
    vanilla, boot = check.write((1, 2, 3)), check.write((1, (2, 3)))
    assert check.record(vanilla, boot, "below", T)["least"] > 0
    assert check.record(boot, vanilla, "below", T)["least"] < 0
    assert check.record(vanilla, boot, "above", T)["least"] > 0


def test_swapped_signs_of_boxes_are_rejected():
    pytest.importorskip("flint")
    certificate = SHIPPED["boxes_T8_s3"]
    for claim, lie in (("above", "below"), ("below", "above")):
        boxes = copy.deepcopy(certificate["boxes"])
        next(box for box in boxes if box["holds"] == claim)["holds"] = lie
        assert refused(resealed({**certificate, "boxes": boxes}))
    boxes = copy.deepcopy(certificate["boxes"])
    next(box for box in boxes if isinstance(box["holds"], list))["holds"].reverse()
    assert refused(resealed({**certificate, "boxes": boxes}))


def test_widening_the_sure_part_over_an_edge_is_rejected():
    pytest.importorskip("flint")
    certificate = SHIPPED["boxes_T8_s3"]
    boxes = copy.deepcopy(certificate["boxes"])
    edge = next(k for k, box in enumerate(boxes) if box["holds"] == "edge")
    merged = {"lam": [boxes[edge - 1]["lam"][0], boxes[edge]["lam"][1]], "holds": "above"}
    assert refused(
        resealed({**certificate, "boxes": [*boxes[: edge - 1], merged, *boxes[edge + 1 :]]})
    )


# --- The checker's own mathematics against symmerge's ---


@pytest.mark.parametrize("T", range(2, 8))
def test_checker_enumerates_all_plans(T):
    texts = {check.write(plan) for plan in check.trees(1, T)}
    assert texts == {str(plan) for plan in enumerate_plans(T)}
    assert len(texts) == check.count(T) == count_plans(T)


@pytest.mark.parametrize("case", ["below", "above"])
def test_checker_polynomials_are_the_differences(case):
    T, rng = 5, random.Random(5)
    x = {t: Fraction(rng.randrange(1, 9), rng.randrange(1, 9)) for t in range(1, T)}
    z = {t: Fraction(rng.randrange(1, 9), rng.randrange(1, 9)) for t in range(2, T + 1)}
    values = {check.x(t): value for t, value in x.items()}
    values |= {check.z(t, T): value for t, value in z.items()}

    def evaluated(polynomial):
        total = Fraction(0)
        for monomial, coefficient in polynomial.items():
            for variable, value in values.items():
                shift = variable.bit_length() - 1
                coefficient *= value ** (monomial >> shift & 15)
            total += coefficient
        return total

    steps = [-x[t] / (1 + x[t]) if case == "below" else x[t] for t in range(1, T)]
    factors = [z[t] / (1 + z[t]) for t in range(2, T + 1)]
    chain = chain_of([*steps, Fraction(0)], [Fraction(1, 3), *factors])
    for plan in check.trees(1, T):
        numerator, denominator = check.operator(plan, case, T)
        below = 1
        for variable in denominator:
            below *= 1 + values[variable]
        expected = operator(MergePlan.parse(check.write(plan)), chain)
        assert evaluated(numerator) / below == expected
    sides = check.operator("C", case, T), check.operator(check.trees(1, T)[0], case, T)
    assert sum(check.difference(*sides).values()) == -sum(check.difference(*sides[::-1]).values())


def test_checker_encloses_the_errors():
    flint = pytest.importorskip("flint")
    T, s, lam = 6, Fraction(3, 2), Fraction(27, 20)
    field = balls(200)
    chain = gradient_flow_chain(cosine(T), lam, s, field)
    a, g = check.chain(T, s, lam - Fraction(1, 10**9), lam + Fraction(1, 10**9))
    low, high = check.extreme(a, g, 1), check.extreme(a, g, -1)
    errors = []
    for plan in enumerate_plans(T):
        error = relative_error(plan, chain)
        enclosure, _ = check.error(check.parse(str(plan), T), a, g)
        assert enclosure.contains(error.mid())
        assert low < error < high
        errors.append(error.mid())
    # The bounds are tight, too.
    assert abs(min(errors) - low) < flint.arb(10) ** -7
    assert abs(max(errors) - high) < flint.arb(10) ** -7


UNBALANCED = ["", "[1|2", "[1|2]]", "[1|2|3]", "[1|2.3]", "[1.2]", "[|1]", "[]", "[" * 5000]
OTHER_STEPS = ["1", "[1|2]", "[2|1|3]", "[1|3]", "[1.3|2]", "[01|2.3]"]
OTHER_MARKS = ["[1.2 |3]", "[1,2|3]", "[1|2|3]", "[1.2|x]", None, 3, ["1"]]


@pytest.mark.parametrize("text", [*UNBALANCED, *OTHER_STEPS, *OTHER_MARKS])
def test_checker_refuses_what_is_no_plan(text):
    with pytest.raises((check.Rejected, *check.MALFORMED)):
        check.parse(text, 3)


@pytest.mark.parametrize("text", ["2/4", "1/0", "0.5", " 1/2", "1/-2", "+1", "1e3", "", None, 1])
def test_checker_refuses_other_fractions(text):
    with pytest.raises((check.Rejected, *check.MALFORMED)):
        check.rational(text)


# --- The checker as a program ---


def checker(*files, flags=("-I", "-S")):
    """Run check.py alone: no site packages, nothing of the project on the path."""
    command = [sys.executable, *flags, check.__file__, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_program_needs_the_standard_library_alone():
    done = checker(certify.FOLDER / "orthant_below_T4.json", certify.FOLDER / "boxes_T8_s3.json")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert "accepted" in first
    assert "not checked here" in second


def test_program_names_each_file_that_fails(tmp_path):
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps({**SHIPPED["orthant_below_T3"], "plans": 4}), encoding="utf-8")
    done = checker(forged, certify.FOLDER / "orthant_above_T3.json")
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if "REJECTED" in line] == [
        f"{forged}: REJECTED: the hash does not fit"
    ]


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"schema": "other"}', "\x00"])
def test_program_says_what_it_cannot_read(tmp_path, content):
    path = tmp_path / "file.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    done = checker(path)
    assert done.returncode == 2
    assert done.stdout.count("\n") == 1
    assert "cannot be read" in done.stdout


def test_checker_imports_nothing_of_the_project():
    source = Path(check.__file__).read_text(encoding="utf-8")
    assert not re.search(r"^\s*(from|import)\s+(symmerge|proofs|sympy|numpy)", source, re.M)
    assert source.count("\n") < 400


# --- How they are made ---


@pytest.mark.parametrize("name", ["orthant_below_T4", "orthant_above_T5"])
def test_certificates_can_be_made_again(name):
    _, case, T = name.split("_")
    made = certify.orthant(case, int(T[1:]))
    assert made["records"] == SHIPPED[name]["records"]


def test_boxes_can_be_made_again():
    made = certify.boxes(4, "1")
    assert check.check(made)
    assert made["boxes"] != SHIPPED["boxes_T8_s3"]["boxes"]


def test_verdicts(tmp_path, monkeypatch):
    assert certify.verdict("orthant_below_T3").status == "proved"
    monkeypatch.setattr(certify, "FOLDER", tmp_path)
    certify.verdict.cache_clear()
    assert certify.verdict("orthant_below_T3").status == "undecided"
    certify.verdict.cache_clear()
