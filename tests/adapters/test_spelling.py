"""Places spelt out name the element they were read from, and the document."""

from __future__ import annotations

import pytest

from adapters.formats.xml import opened
from adapters.spelling import spelling
from hub.canonical import Document
from hub.demo import world


def _read(mco, file, path):
    content = world.sample(world.Sending(mco, file, "api", "")).read_bytes()
    document = Document(content, file, digest="ab" * 32)
    (plan,) = spelling(path).read(document).plans
    return content, plan


def test_names():
    """A spelt XPath is of named steps and finds the words it says it was read from."""
    content, plan = _read(
        "mco-keystone", "delgado_care_plan.xml", "adapters.mcos.keystone_ccda:ADAPTER"
    )
    place = plan.places["/goals/0/text"]
    steps = [f"*[local-name()='{part.partition('[')[0]}']" for part in place.at.split("/")[1:]]

    assert place.at.startswith("/ClinicalDocument/component[1]/structuredBody[1]/")
    assert place.document == "sha256:" + "ab" * 32
    assert opened(content).root.xpath("/" + "/".join(steps))


def test_other_kinds_stay():
    """Places that are no XPaths stay as they are."""
    _, plan = _read("mco-laurel", "lindqvist_ppr_pc1.hl7", "adapters.mcos.laurel_hl7v2:ADAPTER")

    assert plan.places["/member/birth_date"].at == "PID-7"


def test_only_ours():
    """A path outside the adapters is refused."""
    with pytest.raises(ValueError, match="own adapters"):
        spelling("os:system")
