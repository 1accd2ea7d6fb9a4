"""docs/experiments.md: its tables are those of the recorded results, and bear out the text."""

import pytest

from figures.experiments_table import TABLES, recorded, report, teachers
from figures.pages import DOCS, replaced
from symmerge.experiments.comparison import apart

PAGE = (DOCS / "experiments.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_those_of_the_recorded_results(name):
    assert replaced(PAGE, name, report(TABLES[name])) == PAGE


@pytest.mark.slow
def test_the_table_of_teachers_is_up_to_date():
    pytest.importorskip("torch")
    assert replaced(PAGE, "experiments_table teachers", teachers()) == PAGE


def test_balanced_beats_uniform_for_plain_students_and_one_student_beats_both():
    result = recorded(4)
    assert result.setting.seeds >= 3
    one = result.average(student="plain", grid="none", n=1)
    for n in (8, 16):
        balanced, uniform = (
            result.average(student="plain", grid=grid, n=n) for grid in ("stability", "uniform")
        )
        assert balanced.mean < uniform.mean
        assert apart(balanced, uniform)
    for n in (4, 8, 16):
        for grid in ("stability", "uniform", "averaged"):
            plain, residual = (
                result.average(student=student, grid=grid, n=n) for student in ("plain", "residual")
            )
            assert one.mean < plain.mean
            assert apart(one, plain)
            assert residual.mean < plain.mean
            assert apart(residual, plain)


@pytest.mark.parametrize(("n", "better"), [(4, "uniform"), (8, "uniform"), (16, "stability")])
def test_residual_students_mostly_reverse_the_ranking(n, better):
    rows = [
        recorded(4).average(student="residual", grid=grid, n=n) for grid in ("stability", "uniform")
    ]
    assert min(rows, key=lambda row: row.mean).keys["grid"] == better
    assert apart(*rows)


def test_only_the_coarse_teacher_makes_narrow_components_hard():
    result = recorded(2)
    for bound in (0.1, 0.25):
        wide, narrow = {}, {}
        for teacher in ("coarse", "accurate"):
            wide[teacher] = result.average(teacher=teacher, sigma0=0.1, B=bound).mean
            narrow[teacher] = result.average(teacher=teacher, sigma0=1e-4, B=bound).mean
        assert narrow["coarse"] > 0.9
        assert wide["coarse"] < 0.01
        assert 0.5 < narrow["accurate"] / wide["accurate"] < 2


def test_the_claims_page_tells_what_came_out_of_experiment_two():
    page = (DOCS / "claims.md").read_text(encoding="utf-8")
    for teacher in ("coarse", "accurate"):
        found = recorded(2).average(teacher=teacher, sigma0=0.1, B=0.01).mean
        assert f"(B = 0.01, σ₀ = 0.1: {found:.2f}, published 4.0e-3)" in page


def test_width_and_blocks_help():
    for t in (0.1, 0.3, 0.5):
        rows = [recorded(1).average(sigma0=0.1, width=w, t=t) for w in (16, 32, 64, 128)]
        assert [row.mean for row in rows] == sorted((row.mean for row in rows), reverse=True)
    rows = [recorded(3).average(blocks=n) for n in (1, 2, 4, 8)]
    assert rows[-1].mean < rows[0].mean
    assert apart(rows[0], rows[-1])
