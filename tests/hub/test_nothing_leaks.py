"""No byte of a withheld element in any rendering: each element carries words of its own (canaries).

Every renderer of the registry is tried, so a new one is covered by itself. Bytes are searched as
they stand and with everything taken apart: streams decompressed, Base64 decoded, escapes resolved,
letters in both byte orders of UTF-16. Releases are made by the real step, for random plans,
consents, recipients and senders.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import itertools
import re
import types
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pikepdf
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plans import MARKED

from consent.records import Consent, Expiry, Parties
from hub import render
from hub.canonical import Absent, Plan
from hub.clearing.checking import fault
from hub.directory import Contact, Organisation, RosterMember, Route
from hub.labels import Source, label
from hub.ports import Endpoint
from hub.release import Cleared, release
from hub.render.cover import Rendered
from hub.render.rereading import read_back
from hub.render.scanning import searchable
from hub.stored import Draft, Facts
from hub.withholding import withhold
from hub.withholding.anatomy import unit_pointers

FORMS = sorted(render.RENDERERS)
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
LINKS = {"concerns": "concerns", "goals": "goals", "interventions": "interventions"}
SIGNS = {
    "sud": "methadone",
    "hiv": "antiretroviral",
    "mental_health": "depression",
    "sdv": "strangulation",
    "psychotherapy_note": "psychotherapy note",
}


class Maker:
    """Makes a plan in which every text of every element is a word that occurs nowhere else."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.words: dict[str, str] = {}

    def make(self, hint: Any, at: str) -> Any:
        """Return a value of a type, its words kept by pointer."""
        if hint is str:
            return self._word(at)
        if dataclasses.is_dataclass(hint):
            hints = get_type_hints(hint)
            names = [one.name for one in dataclasses.fields(hint)]
            return hint(**{name: self.make(hints[name], f"{at}/{name}") for name in names})
        origin, args = get_origin(hint), get_args(hint)
        if origin in {Union, types.UnionType}:
            return self.make(next(a for a in args if a not in {Absent, type(None)}), at)
        if origin is tuple:
            return tuple(self.make(args[0], f"{at}/{n}") for n in range(2))
        if origin is Literal:
            return args[0]
        return {} if origin is Mapping else hint(1)

    def _word(self, at: str) -> str:
        *above, last = at.split("/")
        if last == "id" and len(above) == 3:
            return self._kept(at, f"{above[1][0]}q{above[2]}id{next(self._numbers)}zz")
        if above[-1] in LINKS and len(above) > 2:
            return next(w for p, w in self.words.items() if p == f"/{above[-1]}/{last}/id")
        if above[-1] == "labels" or last in {"schema", "system", "birth_date"}:
            return {"schema": "icp/1", "birth_date": "1961-07-19"}.get(last, "")
        if at.startswith("/header/replaces") or last == "version":
            return "1"
        return self._kept(at, f"k{next(self._numbers)}zq")

    def _kept(self, at: str, word: str) -> str:
        self.words[at] = word
        return word


def canaries() -> tuple[Plan, dict[str, str]]:
    """Return a plan with two of everything, and its words by pointer."""
    maker = Maker()
    plan = maker.make(Plan, "")
    return dataclasses.replace(plan, places={}), maker.words


PLAN, WORDS = canaries()
UNITS = tuple(at for at in unit_pointers(PLAN) if at not in {"/header", "/member"})


def own_words(pointer: str, gone: set[str]) -> set[str]:
    """Return the words of an element, those of elements inside it that stay left out."""
    inside = {at for at in UNITS if at.startswith(f"{pointer}/") and at not in gone}
    return {
        word
        for at, word in WORDS.items()
        if (at == pointer or at.startswith(f"{pointer}/"))
        and not any(at == one or at.startswith(f"{one}/") for one in inside)
    }


def taken_apart(form: str, rendered: Rendered) -> bytes:
    """Return every reading of rendered bytes we can think of, as one."""
    content = rendered.content
    found = [content, content.replace(b"\x00", b""), rendered.file_name.encode()]
    found += [rendered.media_type.encode(), searchable(rendered).encode()]
    for one in re.findall(rb"[A-Za-z0-9+/]{40,}={0,2}", content):
        bare = one.rstrip(b"=")
        found.append(base64.b64decode(bare[: len(bare) // 4 * 4]))
    joined = b"".join(re.findall(rb"\^Base64\^([A-Za-z0-9+/=]+)", content))
    found.append(base64.b64decode(joined))
    if content.startswith(b"%PDF"):
        found += _streams(content)
    try:
        found.append(read_back(form, content)[1].encode())
    except Exception:  # noqa: BLE001  # the bytes are searched as they are
        found.append(b"")
    return b"\n".join([*found, *(one.replace(b"\x00", b"") for one in found)])


def _streams(content: bytes) -> list[bytes]:
    """Return a PDF's streams, decompressed by zlib and by another library."""
    found = []
    for one in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            found.append(zlib.decompressobj().decompress(one))
        except zlib.error:
            found.append(one)
    with pikepdf.open(io.BytesIO(content)) as document:
        found.append(str(document.docinfo).encode())
    return found


def spoken(words: set[str], form: str, rendered: Rendered) -> set[str]:
    """Return those words that stand anywhere in rendered bytes, whatever their case."""
    whole = taken_apart(form, rendered).lower()
    return {word for word in words if word.lower().encode() in whole}


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
@settings(deadline=None, max_examples=12)
def test_no_byte(form, data):
    """Whatever elements are withheld, no word of theirs is anywhere in the rendered bytes."""
    asked = data.draw(st.sets(st.sampled_from(UNITS), min_size=1, max_size=12))
    labelling = label(PLAN, Source())
    some = {at: one for at, one in labelling.elements.items() if at not in asked}
    kept = withhold(PLAN, dataclasses.replace(labelling, elements=some), frozenset())
    cover = dataclasses.replace(MARKED, withheld=True)
    rendered = render.render(form, kept.plan, cover)
    gone = set(kept.pointers)
    words = {word for at in gone for word in own_words(at, gone)}
    assert set() == spoken(words, form, rendered)
    assert fault(form, rendered, PLAN, kept, cover.notices) == ""


@pytest.mark.parametrize("form", FORMS)
def test_search_bites(form):
    """The search finds the words of elements that were not withheld: it can fail."""
    rendered = render.render(form, PLAN, MARKED)
    shown = spoken({word for at in UNITS for word in own_words(at, set(UNITS))}, form, rendered)
    assert len(shown) > (15 if form == "pdf-member" else 60)


@pytest.mark.parametrize("form", FORMS)
def test_check_bites(form):
    """Bytes of the whole plan, sent in place of what is left of it, are held."""
    labelling = label(PLAN, Source())
    some = {at: one for at, one in labelling.elements.items() if not at.startswith("/goals/")}
    kept = withhold(PLAN, dataclasses.replace(labelling, elements=some), frozenset())
    whole = render.render(form, PLAN, MARKED)
    assert fault(form, whole, PLAN, kept, ()) == "repair:scan"


@pytest.mark.parametrize("form", FORMS)
def test_broken_bytes_are_held(form):
    """Bytes that can't be read back are held, not trusted."""
    labelling = label(PLAN, Source())
    some = {at: one for at, one in labelling.elements.items() if at != "/goals/0"}
    kept = withhold(PLAN, dataclasses.replace(labelling, elements=some), frozenset())
    good = render.render(form, kept.plan, MARKED)
    broken = dataclasses.replace(good, content=b"%PDF-1.7 nothing")
    assert fault(form, broken, PLAN, kept, ()) == "repair:reread"


@pytest.mark.parametrize("form", FORMS)
def test_missing_notice_is_held(form):
    """A document without a notice the law asks for is held (P2-20, HR-11)."""
    kept = withhold(PLAN, label(PLAN, Source()), frozenset())
    bare = render.render(form, PLAN, dataclasses.replace(MARKED, notices=()))
    assert fault(form, bare, PLAN, kept, ("A notice that nobody prints.",)) == "repair:notice"


HOME = Organisation("pcmh-1", "pcmh", "Riverbend")
SENDERS = {
    "no": Organisation("mco-1", "mco", "Keystone"),
    "mixed": Organisation("mco-1", "mco", "Keystone", part2_source="mixed", behavioral=True),
    "program": Organisation("mco-1", "mco", "Keystone", part2_source="program"),
}
MEMBER = RosterMember("mem-1", "mco-1", "K1", "", "Zzy", "Q", "1961-07-19", "female", active=True)


@st.composite
def consents(draw):
    """Draw a consent: for the practice or another one, for some categories, sound or not."""
    return Consent(
        id=f"cns-{draw(st.integers(0, 99))}",
        member="mem-1",
        kind=draw(st.sampled_from(["tpo", "specific", "general", "refusal"])),
        disclosers=Parties(organisations=frozenset({"mco-1"})),
        recipients=Parties(
            organisations=frozenset({draw(st.sampled_from(["pcmh-1", "pcmh-2"]))}),
            persons=frozenset({"con-1"}),
        ),
        purposes=frozenset({"TREAT"}),
        categories=frozenset(draw(st.sets(st.sampled_from(["general", *SIGNS])))),
        signed_on=date(2026, 1, 10),
        signed_by="Q Zzy",
        authority="member",
        proven=True,
        method="paper",
        expires=Expiry(never=True),
        statements=frozenset(draw(st.sets(st.sampled_from(["revoke", "redisclosure"])))),
        recorded_at=datetime(2026, 1, 11, tzinfo=UTC),
        recorded_by="acc-1",
        revoked_at=draw(st.sampled_from([None, datetime(2026, 2, 1, tzinfo=UTC)])),
    )


def with_signs(told: Mapping[str, str]) -> Plan:
    """Return the canary plan with a telling word in the first text of some elements."""
    plan = PLAN
    for at, category in told.items():
        _, name, index = at.split("/")
        items = list(getattr(plan, name))
        one = items[int(index)]
        items[int(index)] = dataclasses.replace(one, text=f"{SIGNS[category]} {one.text}")
        plan = dataclasses.replace(plan, **{name: tuple(items)})
    return plan


SIGNED = st.dictionaries(
    st.sampled_from(
        [f"/{name}/{n}" for name in ("concerns", "goals", "notes", "medications") for n in (0, 1)]
    ),
    st.sampled_from(sorted(SIGNS)),
    max_size=5,
)


@pytest.mark.parametrize("form", FORMS)
@given(
    told=SIGNED,
    known=st.lists(consents(), max_size=3),
    sender=st.sampled_from(sorted(SENDERS)),
)
@settings(deadline=None, max_examples=12)
def test_release(form, told, known, sender):
    """Whatever is on file, a release says no word of an element whose matter was not released."""
    plan = with_signs(told)
    facts = Facts(
        organisations={"mco-1": SENDERS[sender], "pcmh-1": HOME},
        endpoints={"end-1": Endpoint("end-1", "pcmh-1", "mailbox", format=form)},
        consents={"mem-1": tuple(known)},
    )
    contact = Contact("con-1", "pcmh-1", "Nadia Brandt RN", roles=("plan",), endpoint="end-1")
    way = Route(pcmh="pcmh-1", contact=contact, endpoint="end-1")
    draft = Draft("pln-1", 1, "sub-1", "mco-1", "c", 1, plan)
    found = release(draft, MEMBER, way, facts, NOW)
    assume(isinstance(found, Cleared))
    labelling = label(plan, Source(SENDERS[sender].part2_source, SENDERS[sender].behavioral))
    withheld = {tuple(one) for one in found.release.decision["withheld"]}
    gone = {
        at
        for at, matters in labelling.matters_at.items()
        if any((m.category, m.part2_origin, m.minor_basis) in withheld for m in matters)
    }
    words = {word for at in gone for word in own_words(at, gone)}
    made = Rendered(
        content=found.content,
        media_type=found.release.media_type,
        file_name=found.release.file_name,
    )
    assert set() == spoken(words, form, made)
    assert bool(gone) is (found.release.withheld > 0)
