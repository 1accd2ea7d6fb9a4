"""Pictures of plans: the right marks in the right places, for any size and depth."""

import random
import xml.etree.ElementTree as ET

import pytest

from symmerge.draw import draw_plan, plan_html, plan_layout, plan_svg, segments_text
from symmerge.plan import (
    MergePlan,
    boot,
    canonical_plans,
    consistency,
    enumerate_plans,
    hybrid,
    progressive,
    random_plan,
    segmentation,
    vanilla,
)

SVG = "{http://www.w3.org/2000/svg}"


def marks(plan, tag):
    return list(ET.fromstring(plan_svg(plan)).iter(SVG + tag))


@pytest.mark.parametrize("T", range(2, 7))
def test_every_plan_draws_one_dot_per_leaf_and_merge(T):
    for plan in enumerate_plans(T):
        assert len(marks(plan, "circle")) == plan.T + plan.merges
        assert len(marks(plan, "path")) == plan.merges


@pytest.mark.parametrize("T", range(2, 7))
def test_layout_is_a_tree_without_crossings(T):
    for plan in enumerate_plans(T):
        nodes = plan_layout(plan)
        assert [(n.first, n.stop, len(n.children)) for n in nodes] == plan.nodes()
        places = [(t, 0) for t in range(1, T + 1)] + [(n.stop, n.level) for n in nodes]
        assert len(set(places)) == len(places)
        parts = [child for n in nodes for child in n.children]
        # Every place but the root's is used by exactly one parent.
        assert sorted(parts) == sorted(set(places) - {(T, max(n.level for n in nodes))})
        for n in nodes:
            assert all(level < n.level for _, level in n.children)
            below = [m for m in nodes if n.first <= m.first and m.stop <= n.stop and m != n]
            assert all(m.level < n.level for m in below)
        assert {(n.first, n.stop) for n in nodes if n.spine} == {
            (first, T) for first, _ in plan.spine
        }


def test_spine_is_highlighted():
    colours = [path.get("stroke") for path in marks(progressive(8), "path")]
    assert colours.count("#D55E00") == 3
    assert len(colours) == 7


@pytest.mark.parametrize("T", [128, 129, 1000])
@pytest.mark.parametrize("name", canonical_plans(4))
def test_big_plans_stay_small_and_well_formed(name, T):
    svg = plan_svg(canonical_plans(T)[name])
    ET.fromstring(svg)
    assert len(svg) < 100_000
    assert len(plan_html(canonical_plans(T)[name])) < 100_000


@pytest.mark.parametrize("build", [boot, consistency, vanilla, progressive])
def test_depth_4096_needs_no_recursion(build):
    plan = build(4096)
    ET.fromstring(plan_svg(plan))
    assert "4096" in plan_html(plan)
    assert len(plan_layout(plan)) == plan.merges


def test_compact_form_names_the_blocks():
    texts = [node.text for node in marks(hybrid(2048, 300, 50), "text")]
    assert "1×300" in texts
    assert "1697" in texts
    widths = [float(node.get("width")) for node in marks(hybrid(2048, 300, 50), "rect")]
    assert widths[1] / widths[0] == pytest.approx(1697 / 300, rel=1e-3)


def test_too_many_blocks_fall_back_to_text():
    plan = segmentation([1, 2] * 200)
    assert "too many to draw" in plan_svg(plan)
    assert not marks(plan, "rect")


def test_html_shows_the_facts_and_escapes_them():
    html = plan_html(hybrid(32, 8))
    assert "1×8, 23" in html
    assert "<svg" in html
    assert "boot" in plan_html(boot(5))
    assert plan_html(boot(5)) == boot(5)._repr_html_()
    ET.fromstring(plan_html(random_plan(40, random.Random(1))))


def test_a_leaf_is_drawn_as_text():
    assert "nothing is merged" in plan_svg(MergePlan.leaf(3))
    assert "<td" in plan_html(MergePlan.leaf(3))


def test_subplans_keep_their_step_numbers():
    inner = MergePlan.parse("[3|[4|5]]")
    assert [node.text for node in marks(inner, "text")][:3] == ["3", "4", "5"]
    assert plan_layout(inner)[0] == (4, 5, 1, ((4, 0), (5, 0)), True)


@pytest.mark.parametrize("plan", [boot(6), hybrid(300, 20), MergePlan.leaf(1)], ids=str)
def test_matplotlib_draws_on_the_axes_it_is_given(plan):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert draw_plan(plan, ax) is ax
    assert ax.get_xlabel()
    drawn = len(ax.lines) + len(ax.patches)
    assert drawn > 0


def test_segments_text():
    assert segments_text([1] * 8 + [23]) == "1×8, 23"
    assert segments_text([3]) == "3"
    assert segments_text([2, 2, 1, 2]) == "2×2, 1, 2"
