"""The plan as a web page: nothing lost, nothing fetched, nothing run, notices on paper too."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from lxml import etree
from pdf_plan import COVER, NOTICE, PLAN
from plans import covers, filled, plans

from hub.canonical import Concern, Goal, Intervention, Plan
from hub.render import WITHHELD, render
from hub.render.scanning import searchable

TECHNICAL = re.compile(
    r"/(schema|id|labels/0|sha256|part2_origin|header/(set_id|confidentiality|replaces/set_id))$"
    r"|/header/(replaces|related/0)/|/(identifiers|source_ids)/0/kind$|/(goals|interventions|outcomes)/0/(goals|concerns|interventions)/0$"
)


def page(plan: Plan = PLAN, cover=COVER) -> str:
    return render("html", plan, cover).content.decode()


def tree(plan: Plan = PLAN, cover=COVER):
    return etree.fromstring(page(plan, cover).encode(), etree.HTMLParser(encoding="utf-8"))


def test_loses_no_leaf():
    """Every leaf of a plan that has one of everything is shown, but for ids, links and labels."""
    plan, leaves = filled()
    text = html.unescape(page(plan)).lower()
    lost = [at for at, word in leaves.items() if word not in text and not TECHNICAL.search(at)]
    assert lost == []


@settings(max_examples=60, deadline=None)
@given(plan=plans(), cover=covers())
def test_any_plan_is_inert(plan, cover):
    """Whatever a plan says, the page holds no script, no style but ours and no odd link."""
    found = tree(plan, cover)
    links = [one.get("href") for one in found.iter("a")]
    handlers = [name for one in found.iter() for name in one.attrib if name.startswith("on")]
    kinds = [len(list(found.iter(kind))) for kind in ("script", "style", "img", "b", "link")]
    odd = [link for link in links if not link.startswith(("https://", "http://"))]
    assert (kinds, handlers, odd) == ([0, 1, 0, 0, 0], [], [])


def test_untied_stands_under_no_concern():
    """A goal that names no concern is shown once, under none of those without an id."""
    plan = replace(
        PLAN,
        concerns=(Concern(text="Early cataract"), Concern(text="Stroke")),
        goals=(Goal(text="I will walk to the corner"),),
        interventions=(Intervention(text="Stair rail and tub bench"),),
    )
    text = page(plan)
    loose = "Goals and interventions not tied"
    order = ["Early cataract", "Stroke", loose, "Stair rail", "I will walk"]
    assert [1] * 5 == [text.count(word) for word in order]
    assert sorted(order, key=text.index) == order


def test_policy_allows_its_style_only():
    """The page's own policy allows nothing but its style sheet, named by its hash."""
    found = tree()
    (style,) = [one.text for one in found.iter("style")]
    (policy,) = [m.get("content") for m in found.iter("meta") if m.get("http-equiv")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


def test_asks_first():
    """The first heading under the member's name is what is asked."""
    headings = [one.text for one in tree().iter("h1", "h2")]
    assert headings[:2] == ["Walter Okafor", "What is asked, by when, of whom"]


def test_tables_have_scopes():
    """Every heading cell of a table says what it heads."""
    assert {one.get("scope") for one in tree().iter("th")} == {"col", "row"}


def test_language_and_title():
    """The page says its language, and its title names no member."""
    found = tree()
    assert (found.get("lang"), found.findtext(".//title")) == (
        "en-US",
        f"Integrated Care Plan, release {COVER.release_id}",
    )


def test_notices_in_body_and_foot():
    """A notice stands once in the page and once in the foot of every printed page."""
    assert page().count(html.escape(NOTICE, quote=False)) == 2


@pytest.mark.parametrize(
    ("level", "words"), [("N", "information."), ("R", "restricted."), ("V", "very restricted.")]
)
def test_handling_first(level, words):
    """The first words of the page say how confidential it is."""
    found = tree(cover=replace(COVER, confidentiality=level))
    assert next(found.iter("p")).text.endswith(words)


@pytest.mark.parametrize("withheld", [True, False])
def test_withheld_line(withheld):
    """The neutral line stands where something was withheld, and only there."""
    assert withheld == (WITHHELD in page(cover=replace(COVER, withheld=withheld)))


def test_scan_sees_words():
    """The scan for withheld words reads the page's words, entities resolved."""
    plan = replace(PLAN, concerns=(Concern(id="c1", text="Smith & Sons <clinic>"),))
    assert "Smith & Sons <clinic>" in searchable(render("html", plan, COVER))
