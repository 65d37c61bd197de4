"""A consent as FHIR and back: what R4 carries comes back as it was, and nothing is ever widened."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest
from consent_world import make_consent
from fhir.resources.R4B.consent import Consent as R4Consent
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.checking import PURPOSES
from consent.records import Consent, Expiry, Parties
from consent.terms import CATEGORIES, UNLABELLED
from hub.consents.fhir_limits import NOT_CARRIED
from hub.consents.fhir_pieces import Directory
from hub.consents.fhir_reading import FATAL, NOTES, read
from hub.consents.fhir_writing import internal, to_fhir

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
PRACTICE = {"identifier": {"system": "urn:icp:organisation", "value": "practice"}}
KINDS = (
    *("tpo", "specific", "roi", "sud_counselling", "psychotherapy"),
    *("hiv", "refusal", "restriction", "proceedings"),
)
words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=12)
ids = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
parties = st.builds(
    Parties,
    organisations=st.frozensets(ids, max_size=3),
    persons=st.frozensets(ids, max_size=2),
    classes=st.frozensets(st.sampled_from(["treating_provider", "health_plan"])),
)
days = st.dates(date(2000, 1, 1), date(2050, 12, 31))
instants = days.map(lambda day: datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC))
ends = st.one_of(
    st.builds(Expiry, on=days),
    st.builds(Expiry, at=instants),
    st.builds(Expiry, event=words, event_at=st.none() | instants),
    st.just(Expiry(never=True)),
    st.just(Expiry()),
)
forms = st.builds(
    Consent,
    id=st.just("cns_1"),
    member=st.just("mem_1"),
    kind=st.sampled_from(KINDS),
    disclosers=parties,
    recipients=parties,
    intermediary=st.just("") | ids,
    purposes=st.frozensets(st.sampled_from(sorted(PURPOSES))),
    categories=st.frozensets(st.sampled_from(sorted(CATEGORIES - {UNLABELLED}))),
    signed_on=st.none() | days,
    signed_by=words,
    authority=st.sampled_from(["member", "minor", "parent", "guardian", "poa", "relative"]),
    proven=st.booleans(),
    proof=st.just("") | words,
    method=st.sampled_from(["paper", "electronic", "verbal"]),
    witness=st.just("") | words,
    starts=st.none() | days,
    expires=ends,
    statements=st.frozensets(st.sampled_from(["patient_name", "right_to_revoke"])),
    recorded_at=st.just(AT),
    supersedes=st.just("") | st.just("cns_0"),
    revoked_at=st.none() | instants,
)


def back(resource, **known):
    """Read a resource with a directory that knows these organisations."""
    return read(resource, Directory({name: name for name in known}), AT, ended=True)


@settings(max_examples=150, deadline=None)
@given(forms)
def test_round_trip(form):
    """What was written as FHIR is read as it was, but for what is listed as not carried."""
    found = back(to_fhir(form, 1, AT, AT))
    (again,) = found.consents
    off = {
        one.name for one in fields(Consent) if getattr(again, one.name) != getattr(form, one.name)
    }
    assert off <= set(NOT_CARRIED), off
    assert ("mem_1", "cns_1") == (found.member[0], internal(again.id))


@settings(max_examples=60, deadline=None)
@given(forms)
def test_valid_r4(form):
    """What is written is a Consent by FHIR's own model, and has a policy (ppc-1)."""
    resource = to_fhir(form, 1, AT, AT)
    assert R4Consent.model_validate(resource).id == "cns-1"
    assert resource["policyRule"]


def test_every_limit_is_real():
    """Each field listed as not carried is one of a consent's, and has a reason."""
    assert set(NOT_CARRIED) <= {one.name for one in fields(Consent)}
    assert all(NOT_CARRIED.values())


def permit(**given_):
    """Return an active permission."""
    return {
        "resourceType": "Consent",
        "id": "x",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "patient": {"reference": "Patient/p1"},
        "dateTime": "2026-05-01",
        "provision": {
            "type": "permit",
            "actor": [{"role": {"coding": [{"code": "IRCP"}]}, "reference": PRACTICE}],
            "purpose": [{"code": "TREAT"}],
            "securityLabel": [label("SUD")],
            **given_,
        },
    }


def label(code):
    """Return a sensitivity label."""
    return {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code}


def told(found):
    """Return the codes of what couldn't be kept as written."""
    return [one.code for one in found.notes]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"resourceType": "Patient"}, "not_consent"),
        ({"status": "draft"}, "status"),
        ({"status": "entered-in-error"}, "status"),
        ({"scope": {"coding": [{"code": "research"}]}}, "scope"),
        ({"scope": None}, "scope"),
        ({"modifierExtension": [{"url": "http://x"}]}, "modifier"),
    ],
)
def test_not_kept_at_all(change, code):
    """A draft, an ended or another consent, and one with an unknown modifier are no consents."""
    found = read({**permit(), **change}, Directory(), AT)
    assert ((), [code], True) == (found.consents, told(found), found.fatal)


@pytest.mark.parametrize("name", ["class", "code", "dataPeriod", "data"])
def test_a_narrower_permission_is_not_taken(name):
    """A permission with a condition we can't hold is dropped, never taken without it."""
    found = back(permit(**{name: [{"code": "x"}]}), practice=1)
    assert ((), ["narrowed"]) == (found.consents, told(found))


@pytest.mark.parametrize("name", ["class", "code", "dataPeriod", "data"])
def test_a_narrower_refusal_is_taken_whole(name):
    """A refusal with a condition we can't hold is kept without it: it refuses more."""
    found = back(permit(type="deny", **{name: [{"code": "x"}]}), practice=1)
    assert (["refusal"], ["stricter"]) == ([c.kind for c in found.consents], told(found))


def test_exceptions():
    """A permission with refused exceptions is a permission and refusals of the same recipient."""
    inner = {"type": "deny", "securityLabel": [label("PSY")]}
    found = back(permit(provision=[inner]), practice=1)
    grant, refusal = found.consents
    assert ("roi", {"sud"}) == (grant.kind, grant.categories)
    assert ("refusal", {"mental_health"}) == (refusal.kind, refusal.categories)
    assert grant.recipients == refusal.recipients
    assert grant.id != refusal.id


def test_a_refusal_with_exceptions():
    """A permission inside a refusal isn't taken, and the note says where it stood."""
    inner = {"type": "permit", "securityLabel": [label("HIV")]}
    found = back(permit(type="deny", provision=[inner]), practice=1)
    assert ["refusal"] == [c.kind for c in found.consents]
    assert [("exception", "Consent.provision.provision[0]")] == [
        (n.code, n.at) for n in found.notes
    ]


@pytest.mark.parametrize(("kind", "left"), [("permit", {"sud"}), ("deny", set())])
def test_an_unknown_code(kind, left):
    """An unknown label adds nothing to a permission and makes a refusal one of everything."""
    labels = [label("SUD"), label("NEW"), {"system": "http://x", "code": "HIV"}]
    (made,) = back(permit(type=kind, securityLabel=labels), practice=1).consents
    assert left == made.categories


@pytest.mark.parametrize(("kind", "left"), [("permit", True), ("deny", False)])
def test_an_unknown_party(kind, left):
    """A party nobody can know reaches nobody as a recipient, and everybody is refused."""
    who = [
        {"role": {"coding": [{"code": "IRCP"}]}, "reference": PRACTICE},
        {"role": {"coding": [{"code": "IRCP"}]}, "reference": {"reference": "CareTeam/1"}},
    ]
    (made,) = back(permit(type=kind, actor=who), practice=1).consents
    assert left == made.recipients.stated


@pytest.mark.parametrize("inner", [{"type": "deny"}, ["deny"], "deny", [{"type": "deny"}, 1]])
def test_a_broken_exception(inner):
    """A permission whose exceptions can't be read isn't taken without them."""
    kinds = [c.kind for c in back(permit(provision=inner), practice=1).consents]
    assert "roi" not in kinds


@pytest.mark.parametrize("kind", [None, "allow", 1])
def test_an_unknown_type(kind):
    """A provision that isn't plainly a permission is taken as a refusal, and that is told."""
    found = back(permit(type=kind), practice=1)
    assert (["refusal"], ["stricter"]) == ([c.kind for c in found.consents], told(found))


def test_no_label_is_no_category():
    """A permission that names no content names no category: it isn't taken for everything."""
    (made,) = back(permit(securityLabel=[]), practice=1).consents
    assert frozenset() == made.categories


@pytest.mark.parametrize(
    ("performer", "authority", "proven"),
    [
        ([{"reference": "Patient/p1"}], "member", False),
        ([{"reference": "Patient/mother"}], "personal_representative", False),
        (
            [{"reference": "RelatedPerson/1", "display": "Her son"}],
            "personal_representative",
            False,
        ),
        ([], "member", False),
    ],
)
def test_who_signed(performer, authority, proven):
    """Whoever isn't the patient signed by an authority that is still to be shown."""
    (made,) = read({**permit(), "performer": performer}, Directory(), AT).consents
    assert (authority, proven) == (made.authority, made.proven)


def test_an_npi_is_looked_up():
    """A recipient given by NPI, in a resource beside or contained, is the directory's own."""
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}
    org = {"resourceType": "Organization", "id": "o", "identifier": [npi]}
    for reference, beside, inside in (
        ({"reference": "Organization/o"}, [org], []),
        ({"reference": "#o"}, [], [org]),
        ({"identifier": npi}, [], []),
    ):
        resource = permit(actor=[{"role": {"coding": [{"code": "IRCP"}]}, "reference": reference}])
        directory = Directory({"1234567893": "practice"}, beside)
        (made,) = read({**resource, "contained": inside}, directory, AT).consents
        assert {"practice"} == made.recipients.organisations


NAMES = (
    *("provision", "actor", "role", "coding", "code", "system", "reference", "period"),
    *("start", "end", "type", "purpose", "securityLabel", "identifier", "value", "extension"),
)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(permit())), json), json)
def test_any_shape(changed, whole):
    """Whatever the JSON holds, reading ends with records or notes and never with an error."""
    for resource in ({**permit(), **changed}, whole, permit(provision=whole)):
        found = read(resource, Directory(), AT)
        assert all(one.code in NOTES for one in found.notes)
        assert not (found.fatal and found.consents)


def test_every_note_is_said():
    """Each note has words, and the fatal ones are notes."""
    assert set(NOTES) >= FATAL
    assert all(words_.strip() for words_ in NOTES.values())


def test_the_standing():
    """A revoked, replaced or ended consent is inactive; its dates are the period's to say."""
    form = make_consent("specific", id="cns_1")
    gone = (
        {"revoked_at": AT},
        {"superseded_by": "cns_2"},
        {"expires": Expiry(event="x", event_at=AT)},
    )
    told_ = [to_fhir(replace(form, **one), 1, AT, AT)["status"] for one in gone]
    assert (["inactive"] * 3, "active") == (told_, to_fhir(form, 1, AT, AT)["status"])
