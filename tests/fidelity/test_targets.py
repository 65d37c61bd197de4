"""The documents that we ship are read as true as their format must be; corpora and scans apart.

`make fidelity` scores everything; here stand the documents every machine has, so that a reader made
worse is noticed by `make test`.
"""

from __future__ import annotations

import pytest

from tests.fidelity.__main__ import read
from tests.fidelity.gold import load
from tests.fidelity.report import missed, totals

SHIPPED = [one for one in load() if not one.corpus and one.format != "scan"]


@pytest.mark.parametrize("form", sorted({one.format for one in SHIPPED}))
async def test_shipped(form: str) -> None:
    """No shipped document of the format keeps it from its targets."""
    scores = await read([one for one in SHIPPED if one.format == form])
    assert [] == missed(totals(scores))


def test_enough() -> None:
    """The golds are as many and as many-sided as was promised: 30, of which 8 C-CDA and so on."""
    forms = [one.format for one in load()]
    least = {"ccda": 8, "hl7v2": 8, "tabular": 6, "pdf": 5, "scan": 3}
    assert [] == [form for form, count in least.items() if forms.count(form) < count]


def test_content_is_the_golds() -> None:
    """Every document of the corpora is known by its sha256, and is that document where it is."""
    corpora = [one for one in load() if one.corpus]
    assert [] == [one.name for one in corpora if len(one.sha256) != 64]
    for one in corpora:
        one.content()
