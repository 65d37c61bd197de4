"""What the page on formats says is found out, not written: its specimen and its verdicts."""

from __future__ import annotations

from collections import Counter

import pytest

from hub.canonical import Plan, wire
from hub.render import RENDERERS, carrying
from hub.render.specimen import leaves, specimen


def pointers(node, at=""):
    if isinstance(node, dict):
        return [one for name, below in node.items() for one in pointers(below, f"{at}/{name}")]
    if isinstance(node, list):
        return [one for n, below in enumerate(node) for one in pointers(below, f"{at}/{n}")]
    return [at]


def test_every_leaf_is_filled():
    """The specimen has every leaf a plan can have, and they are the ones that are listed."""
    assert sorted(pointers(wire.plain(specimen()))) == sorted(leaves())


def test_one_leaf_changes():
    """A specimen with a changed leaf differs from the plain one in that leaf alone."""
    whole = wire.plain(specimen())
    odd = []
    for at in leaves():
        other = wire.plain(specimen(at))
        differing = [p for p in leaves() if _at(whole, p) != _at(other, p)]
        if differing != [at]:
            odd.append(at)
    assert odd == ["/schema"]


def _at(node, pointer):
    for step in pointer.split("/")[1:]:
        node = node[int(step)] if isinstance(node, list) else node[step]
    return node


def test_few_values_are_shared():
    """No more than the words a template fixes are the same in two leaves of one name."""
    named = Counter((at.rpartition("/")[2], f"{value}") for at, value in leaves().items())
    shared = {name for (name, _), count in named.items() if count > 1}
    assert shared <= {
        "0",
        "kind",
        "part2_origin",
        "status",
        "priority",
        "system",
        "domain",
        "use",
        "code",
    }


@pytest.mark.parametrize("form", ["json", "csv"])
def test_nothing_left_out(form):
    """JSON and CSV leave out nothing of a plan."""
    assert "" not in carrying.carried(form).values()


def test_json_is_whole():
    """Everything comes back from JSON."""
    assert set(carrying.carried("json").values()) == {"read"}


MATTERS = {
    "/concerns/*/text",
    "/concerns/*/codes/*/code",
    "/concerns/*/status",
    "/goals/*/text",
    "/goals/*/due",
    "/goals/*/concerns/*",
    "/interventions/*/text",
    "/member/name/family",
    "/member/birth_date",
}


@pytest.mark.parametrize("form", ["ccda", "csv", "hl7v2", "ppr"])
def test_what_matters_is_read_back(form):
    """Concerns, goals, interventions and who they are for come back from every format we read."""
    assert {field for field in MATTERS if _verdicts(form)[field] != "read"} == set()


@pytest.mark.parametrize("form", ["ccda", "csv", "hl7v2"])
def test_measure_is_read_back(form):
    """A goal's measure comes back as its measure, beside the goal's words."""
    assert _verdicts(form)["/goals/*/measure"] == "read"


@pytest.mark.parametrize("field", ["/concerns/*/codes/*/code", "/risk/score", "/labels"])
def test_member_edition_leaves_out(field):
    """The member's edition carries no codes, scores or labels."""
    assert [v for at, v in _verdicts("pdf-member").items() if field in at and v] == []


def test_every_format_has_a_column():
    """Every format an endpoint may take is a column of the page."""
    head = next(line for line in carrying.page().splitlines() if line.startswith("| field |"))
    assert [f"`{form}`" for form in sorted(RENDERERS)] == head.strip("|").replace(" ", "").split(
        "|"
    )[1:]


_KNOWN: dict[str, dict[str, str]] = {}


def _verdicts(form):
    if form not in _KNOWN:
        _KNOWN[form] = carrying.carried(form)
    return _KNOWN[form]


def test_specimen_is_a_plan():
    """The specimen follows the published types, whatever fields they get."""
    assert wire.decode_plan(wire.encode(specimen())) == specimen()
    assert isinstance(specimen(), Plan)
