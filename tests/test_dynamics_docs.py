"""docs/dynamics.md: its tables are what the library computes now, and say what the text claims."""

import pytest

from figures.dynamics_tables import TABLES
from figures.pages import DOCS, replaced

PAGE = DOCS / "dynamics.md"


def rows(text):
    return [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines()[2:]
    ]


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_up_to_date(name):
    page = PAGE.read_text(encoding="utf-8")
    assert replaced(page, name, TABLES[name]()) == page


def test_what_the_text_says_of_the_tables():
    windows = {row[0]: row[6:] for row in rows(TABLES["dynamics_tables windows"]())}
    assert set(windows["edm, T = 8"]) == {"boot"}
    assert windows["cosine, T = 8"] == ["boot", "boot", "mixed", "vanilla", "vanilla"]
    assert windows["flow, T = 16"].count("mixed") == 3
    optimisers = {row[0]: row[1:] for row in rows(TABLES["dynamics_tables optimisers"]())}
    sign = next(name for name in optimisers if name.startswith("sign"))
    assert [*optimisers[sign][:2], optimisers[sign][3]] == ["boot"] * 3  # outside the window
    budgets = {row[0]: row[-1] for row in rows(TABLES["dynamics_tables budgets"]())}
    assert budgets["λ = 0.2, per-merge"] == "boot"
    assert budgets["λ = 0.2, total"] == budgets["λ = 4, total"] == "vanilla"
