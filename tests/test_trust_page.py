"""docs/trust.md: its tables and sentences are what the committed study says now."""

import copy
import json
import re

import pytest

from figures import trust_tables
from figures.pages import DOCS, replaced
from symmerge.study.calibrate import calibrate
from symmerge.study.claims import claims
from symmerge.study.pilot import read_pilot
from symmerge.study.run import StudyResult, read_study

PAGE = (DOCS / "trust.md").read_text(encoding="utf-8")
STUDY = read_study(trust_tables.STUDY)


@pytest.mark.parametrize("name", trust_tables.TABLES)
def test_the_page_is_up_to_date(name):
    assert replaced(PAGE, name, trust_tables.made()[name]) == PAGE


def test_every_sentence_holds_and_is_on_the_page():
    found = claims(STUDY, STUDY.settings[0])
    assert [claim.text for claim in found if not claim.holds] == []
    assert all(f"* {claim.text}\n" in PAGE for claim in found)
    # What failed has as much room as what held.
    assert sum(not claim.trust for claim in found) >= sum(claim.trust for claim in found)


def altered(change):
    cells = copy.deepcopy(STUDY.cells)
    change(cells[STUDY.settings[0].name])
    study = StudyResult(STUDY.settings, cells, STUDY.made_with)
    return [claim.text for claim in claims(study, study.settings[0]) if not claim.holds]


def test_sentences_can_fail():
    def swap(cells):
        one, two = "adam.separate.merge.boot", "adam.separate.merge.vanilla"
        cells[one], cells[two] = cells[two], cells[one]

    assert any(text.startswith("Adam, equal steps per merge") for text in altered(swap))

    def worse(cells):
        cells["linear.merge.boot"]["measured"] = [
            1.2 * x for x in cells["linear.merge.boot"]["measured"]
        ]

    assert [text.split(",")[0] for text in altered(worse)] == ["Students that are matrices"]

    def total(cells):
        cell = cells["sgd.separate.total.vanilla"]
        cell["error"] = [[10 * x for x in row] for row in cell["error"]]

    assert any(text.startswith("Equal total steps: vanilla has") for text in altered(total))


def test_diverged_students_are_counted():
    cells = copy.deepcopy(STUDY.cells)
    cells[STUDY.settings[0].name]["sgd.shared.merge.progressive"]["error"][0][1] = None
    study = StudyResult(STUDY.settings, cells, STUDY.made_with)
    assert "1 of 32 students diverged" in str(study)
    assert "(1 diverged)" in trust_tables.shared(study)


def test_the_example_pilot_is_one(tmp_path):
    (text,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    json.loads(text)
    path = tmp_path / "pilot.json"
    path.write_text(text, encoding="utf-8")
    found = calibrate(read_pilot(path))
    assert found.fits[0].s == pytest.approx(0.5, abs=0.03)
    assert found.contradictions == ()


def test_pictures_come_from_the_study():
    pytest.importorskip("sklearn")
    from figures.student_samples import PANELS, pictures

    setting = STUDY.settings[0]
    for panel in PANELS:
        rows = pictures(setting, STUDY.cells[setting.name], *panel)
        assert next(iter(rows)) == "teacher"
        assert {row.shape for row in rows.values()} == {(8, 64)}
