"""Routing follows the directory of the day of release, and never falls back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.directory import Attribution, Contact, Organisation
from hub.ports import Endpoint
from hub.routing import route
from hub.stored import Facts

DAY = date(2026, 11, 22)
CONTACT = Contact(
    "con-1", "pcmh-x", "Nurse", ("plan",), endpoint="end-x", verified_on=date(2026, 1, 1)
)
BACKUP = replace(CONTACT, id="con-2")
FACTS = Facts(
    organisations={
        "pcmh-x": Organisation("pcmh-x", "pcmh", "X"),
        "pcmh-y": Organisation("pcmh-y", "pcmh", "Y"),
    },
    attributions={"mem": (Attribution("mem", "pcmh-x", date(2026, 1, 1)),)},
    contacts={"pcmh-x": (CONTACT,)},
    endpoints={"end-x": Endpoint("end-x", "pcmh-x", "mailbox")},
)


def _homes(*homes):
    return replace(FACTS, attributions={"mem": homes})


def _people(*people):
    return replace(FACTS, contacts={"pcmh-x": people})


def test_designated():
    """The verified contact of the one active medical home is the route."""
    assert route("mem", FACTS, DAY).contact == CONTACT


def test_backup_steps_in():
    """A backup takes over when the first contact no longer serves."""
    first = replace(CONTACT, backup="con-2", ends=date(2026, 11, 21))

    assert route("mem", _people(first, BACKUP), DAY).contact == BACKUP


def test_backup_waits():
    """A backup gets nothing while the first contact serves."""
    first = replace(CONTACT, backup="con-2")

    assert route("mem", _people(first, BACKUP), DAY).contact == first


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        (_homes(), "no_active_pcmh"),
        (_homes(Attribution("mem", "pcmh-x", ends=date(2026, 11, 21))), "no_active_pcmh"),
        (_homes(Attribution("mem", "pcmh-x"), Attribution("mem", "pcmh-y")), "two_active_pcmhs"),
        (replace(FACTS, organisations={}), "pcmh_closed"),
        (_people(), "no_contact"),
        (_people(replace(CONTACT, roles=("consent",))), "no_contact"),
        (_people(CONTACT, BACKUP), "two_contacts"),
        (_people(replace(CONTACT, verified_on=None)), "contact_unverified"),
        (_people(replace(CONTACT, endpoint=None)), "no_endpoint"),
        (replace(FACTS, endpoints={}), "no_endpoint"),
    ],
)
def test_unroutable(facts, problem):
    """Each thing that is missing leaves the plan unroutable with its reason."""
    assert route("mem", facts, DAY).problem == problem
