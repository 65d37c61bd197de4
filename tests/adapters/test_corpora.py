"""A few dozen real documents through the sandbox: the laws that `tests.corpora` holds over all."""

from __future__ import annotations

import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from hub.sandbox.reader import SandboxReader
from tests import corpora

SEED, EACH, LARGEST = 2026, 10, 300_000
CARE_PLANS = [
    "ccda/jddamore__ccda-samples/SuccessEHS/Karen McKiney_CCD_CarePlan_CERTDAY.XML",
    "ccda/jddamore__ccda-samples/Amrita/Glazer_Sandra_Jones_315291_CARE_PLAN_201709211201.xml",
    "ccda/HL7__C-CDA-Examples/Documents/Care Plan/Care_Plan.xml",
]


def _picked() -> list[str]:
    if not corpora.CORPORA.is_dir():
        return []
    chance = random.Random(SEED)  # noqa: S311  # a sample, no secret
    names = [one for one in CARE_PLANS if (corpora.CORPORA / one).is_file()]
    for room in corpora.ROOMS:
        small = [one for one in corpora.files([room]) if one.stat().st_size < LARGEST]
        some = chance.sample(small, min(EACH, len(small)))
        names += [str(one.relative_to(corpora.CORPORA)) for one in some]
    return list(dict.fromkeys(names))


PICKED = _picked()
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not PICKED, reason="needs ../shared/corpora, which is not here"),
]


async def test_readings_keep_the_laws():
    """Every picked file is read or quarantined with a reason, and its reading keeps every law."""
    reader = SandboxReader()
    try:
        told = [await corpora.read(reader, corpora.CORPORA / name) for name in PICKED]
    finally:
        await reader.close()

    assert {} == {one.path: one.broken for one in told if one.broken}


@pytest.fixture(scope="module")
def runner():
    """Return a small process that runs commands: a child's peak begins at its parent's."""
    with ProcessPoolExecutor(1, get_context("spawn")) as made:
        yield made


@pytest.mark.parametrize("name", PICKED[:2] + PICKED[-1:])
def test_command_ends_by_the_rule(runner, name):
    """The command ends with 0 or 3 within its limits, and never shows a traceback."""
    assert corpora.fault(runner.submit(corpora.command, name).result()) == ""
