"""A plan survives its own wire: the same plan comes back from either form of JSON."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from plans import WRITTEN, filled, plans

from hub.canonical import Absent, Reading, Sealed
from hub.canonical.wire import decode, decode_plan, encode, frame, tidy, unframe_reading
from hub.errors import Unreadable

CANARY = "zz-canary-7731"


@settings(max_examples=60, deadline=None)
@given(plans())
def test_encode_round_trip(plan):
    """Decoding what was encoded gives the same plan."""
    assert plan == decode_plan(encode(plan))


@settings(max_examples=60, deadline=None)
@given(plans())
def test_tidy_round_trip(plan):
    """Decoding the tidy form gives the same plan, though empty keys were left out."""
    assert plan == decode_plan(tidy(plan))


@settings(max_examples=30, deadline=None)
@given(plans())
def test_frame_round_trip(plan):
    """A reading survives the frame between our own processes."""
    reading = Reading(plans=(plan,))
    assert reading == unframe_reading(frame(reading))


@pytest.mark.parametrize("name", WRITTEN)
def test_written_plans(name):
    """Each plan written by hand survives both forms."""
    plan = WRITTEN[name]
    assert (plan, plan) == (decode_plan(encode(plan)), decode_plan(tidy(plan)))


def test_absence_kinds():
    """None known, unknown, asked and masked come back as what they were."""
    kinds = tuple(Absent(kind) for kind in ("none", "unknown", "asked", "masked"))
    assert kinds == decode(encode(kinds), tuple[Absent, ...])


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (b'{"member": {"name": {"family": 7}}}', "`$.member.name.family`"),
        (b'{"goals": [{"text": "zz-canary-7731", "due": []}]}', "`$.goals[0].due`"),
        (b'{"header": {"kind": "zz-canary-7731"}}', "`$.header.kind`"),
        (b"zz-canary-7731", "`$`"),
    ],
)
def test_off_template(document, path):
    """What doesn't follow the template is unreadable at a named path, its content unrepeated."""
    with pytest.raises(Unreadable) as caught:
        decode_plan(document)
    assert (path in caught.value.detail, CANARY in caught.value.detail) == (True, False)


def sealed_parts(value):
    if isinstance(value, Sealed):
        yield value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from sealed_parts(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from sealed_parts(item)


def test_nothing_printed():
    """No part of a plan shows any of its words when it is printed, formatted or raised."""
    plan, words = filled()
    printed = "".join(f"{part!r}{part!s}{part}" for part in sealed_parts(plan))
    printed += f"{(plan,)}{ValueError(plan)!r}"
    assert [at for at, word in words.items() if word in printed] == []


def test_every_type_sealed():
    """Every type inside a plan is sealed, except the absences, which hold no data."""
    plan, _ = filled()
    open_types: set[str] = set()

    def visit(value):
        if dataclasses.is_dataclass(value):
            if not isinstance(value, Sealed):
                open_types.add(type(value).__name__)
            for field in dataclasses.fields(value):
                visit(getattr(value, field.name))
        elif isinstance(value, tuple):
            for item in value:
                visit(item)

    visit(plan)
    assert set() == open_types
