"""The workbench in a real browser: a sample beside its plan, each field to its place and back."""

from __future__ import annotations

import pytest
from test_looking import serious

from hub.demo import world

pytestmark = pytest.mark.browser

SAMPLES = {
    "pdf": ("mco-keystone", "okafor_care_plan.pdf"),
    "form": ("mco-susquehanna", "reyes_care_plan.pdf"),
    "xml": ("mco-allegheny", "kowalski_care_plan.xml"),
    "hl7": ("mco-laurel", "lindqvist_ppr_pc1.hl7"),
    "table": ("mco-laurel", "plans_2026-10.csv"),
    "word": ("mco-keystone", "okafor_care_plan.docx"),
    "broken": ("mco-keystone", "truncated_care_plan.xml"),
}


def put(page, sender, file):
    """Put a sample on the bench."""
    page.goto("/workbench")
    page.get_by_label("Read as a document of").select_option(sender)
    page.get_by_label("Sample: C-CDA").set_input_files(world.SAMPLES / sender / file)
    page.get_by_role("button", name="Read it").click()
    page.wait_for_url("**/workbench/wb_*")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", SAMPLES)
def test_every_format(as_person, picture, kind, scheme):
    """Each kind of document is shown beside its plan, with nothing serious for axe and no refusal."""
    page = as_person("ivan", color_scheme=scheme)
    said = []
    page.on("console", lambda message: said.append(message.text))
    put(page, *SAMPLES[kind])
    picture(page, f"workbench-{kind}" if scheme == "light" else f"workbench-{kind}-dark")
    assert ([], []) == (serious(page), said)
