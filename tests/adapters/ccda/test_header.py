"""The header: versions, people, agreement, reviews and the member."""

import pytest
from cda_documents import PATIENT, cda, codes, read, section, structured, words_of

from adapters.formats.ccda import CcdaAdapter, Habits

BODY = structured(section("61146-7", text="walk"))
PERSON = (
    "<assignedPerson><name><prefix>Dr</prefix><given>Ann</given><family>Ash</family></name>"
    "</assignedPerson>"
)


def header(text, adapter=None, patient=PATIENT):
    """Return the plan of a document with this in its header."""
    content = cda(BODY, header=text, patient=patient)
    (plan,) = (read(content, adapter) if adapter else read(content)).plans
    return plan


def test_version_chain():
    """A replacement names its set, its version and the version it replaces."""
    found = header(
        '<setId root="2.999.5" extension="S"/><versionNumber value="3"/>'
        '<relatedDocument typeCode="RPLC"><parentDocument><id root="2.999.3" extension="D0"/>'
        '<setId root="2.999.5" extension="S"/><versionNumber value="2"/></parentDocument>'
        "</relatedDocument>"
    ).header

    assert ("2.999.5^S", 3, "2.999.5^S", 2) == (
        found.set_id,
        found.version,
        found.replaces.set_id,
        found.replaces.version,
    )


def related(how, parent):
    """Return the header of a document with one related document."""
    return header(
        f'<relatedDocument typeCode="{how}"><parentDocument>{parent}</parentDocument>'
        "</relatedDocument>"
    ).header


def test_replaces_by_id():
    """A replacement keeps the id of the document it replaces, which may be all that names it."""
    (found,) = related("RPLC", '<id root="2.999.3" extension="D0"/>').replaces.source_ids

    assert ("urn:oid:2.999.3", "D0") == (found.system, found.value)


@pytest.mark.parametrize(("code", "how"), [("APND", "appends"), ("XFRM", "transforms")])
def test_related(code, how):
    """An addendum and a document made from another replace nothing, and name the other."""
    found = related(code, '<id root="2.999.3" extension="D0"/>')
    (one,) = found.related

    assert (found.replaces, one.how, one.source_ids[0].value) == (None, how, "D0")


def test_source_id():
    """The document's own id keeps its system as a URI."""
    (found,) = header("").header.source_ids

    assert ("urn:oid:2.999.3", "D1") == (found.system, found.value)


def test_author():
    """An author is a person in a role at an organisation, with an NPI."""
    found = header(
        '<author><time value="20260304"/><assignedAuthor>'
        '<id root="2.16.840.1.113883.4.6" extension="1912301953"/>'
        '<code code="1" displayName="Nurse"/><telecom value="mailto:ann@x.example"/>'
        f'<telecom value="tel:+1-555-555-0101"/>{PERSON}'
        "<representedOrganization><name>Clinic</name></representedOrganization></assignedAuthor></author>"
    ).header.author

    assert ("Dr Ann Ash", "Nurse", "Clinic", "+1-555-555-0101", "ann@x.example", "npi") == (
        found.name,
        found.role,
        found.organization,
        found.phone,
        found.email,
        found.identifiers[0].kind,
    )


def test_recipient():
    """Whom the document is meant for is named with their organisation."""
    (found,) = header(
        '<informationRecipient><intendedRecipient><id root="2.999.6" extension="9"/>'
        "<informationRecipient><name>Nadia Brandt</name></informationRecipient>"
        "<receivedOrganization><name>Riverbend</name></receivedOrganization>"
        "</intendedRecipient></informationRecipient>"
    ).header.recipients

    assert ("Nadia Brandt", "Riverbend") == (found.name, found.organization)


SIGNED = (
    '<authenticator><time value="20260305"/><signatureCode code="S"/><assignedEntity>{}'
    "<assignedPerson><name>Pat Public</name></assignedPerson></assignedEntity></authenticator>"
)


@pytest.mark.parametrize(
    "who", ['<id root="2.999.1" extension="M1"/>', '<id root="2.9"/><code code="ONESELF"/>']
)
def test_agreement(who):
    """The member's own signature, by code or by their id, is agreement."""
    found = header(SIGNED.format(who)).agreement

    assert ("accepted", "Pat Public", "2026-03-05") == (
        found.decision,
        found.signed_by.name,
        found.signed_on,
    )


def test_somebody_elses_signature():
    """Anybody else's signature is not the member's agreement."""
    found = header(SIGNED.format('<id root="2.999.4" extension="N1"/>'))

    assert found.agreement is None
    assert [("authenticator", "signed 2026-03-05")] == [
        (one.role, one.involvement) for one in found.team
    ]


def test_review():
    """A care plan review before the plan was written is the last, one after it is the next."""
    text = "".join(
        '<participant typeCode="VRF"><functionCode code="425268008"/>'
        f'<time value="{day}"/><associatedEntity classCode="ASSIGNED">'
        '<id root="2.9" extension="1"/>'
        "</associatedEntity></participant>"
        for day in ("20260301", "20260901")
    )
    found = header(text).review

    assert ("2026-03-01", "2026-09-01") == (found.last, found.next_due)


def test_caregiver():
    """A caregiver joins the team; one with power of attorney represents the member."""
    found = header(
        '<participant typeCode="IND"><associatedEntity classCode="CAREGIVER">'
        '<code code="POWATT" displayName="Power of attorney"/>'
        "<associatedPerson><name>Sam Public</name></associatedPerson></associatedEntity>"
        "</participant>"
    )

    assert ("caregiver", "Sam Public") == (found.team[0].role, found.member.representative.name)


def test_performer():
    """The primary performer leads the team, and the service's time is the plan's period."""
    found = header(
        '<documentationOf><serviceEvent classCode="PCPR"><effectiveTime><low value="20260101"/>'
        f'</effectiveTime><performer typeCode="PPRF"><assignedEntity>'
        f'<id root="2.9" extension="2"/>{PERSON}'
        "</assignedEntity></performer></serviceEvent></documentationOf>"
    )

    assert ("Dr Ann Ash", True) == (found.team[0].party.name, found.team[0].lead)
    assert found.header.period.start == "2026-01-01"


def test_confidentiality_labels_nothing():
    """Document-level confidentiality goes to the header and labels no element."""
    found = header('<confidentialityCode code="R"/>')

    assert found.header.confidentiality == "R"
    assert [()] == [note.labels for note in found.notes]


MEMBER = """<recordTarget><patientRole>
<id root="2.999.1" extension="M1"/><id root="2.999.2" extension="22"/>
<id root="2.16.840.1.113883.4.1" extension="111223333"/>
<id root="2.16.840.1.113883.4.927" extension="1A"/>
<id nullFlavor="UNK"/>
<addr use="HP"><streetAddressLine>1 Main</streetAddressLine><city>Erie</city><state>PA</state>
<postalCode>16501</postalCode><country>US</country></addr>
<telecom use="MC" value="tel:+1-555-555-0100"/>
<patient><name use="SRCH"><given>Old</given><family>Name</family></name>
<name use="L"><given>Zzy<!-- -->zx</given><given qualifier="CL">Zed</given>
<family>Public</family><suffix>Jr</suffix></name>
<administrativeGenderCode code="M"/><birthTime value="197005010000"/>
<maritalStatusCode code="M" displayName="Married"/>
<raceCode code="1" displayName="White"/><sdtc:raceCode code="2" displayName="Asian"/>
<ethnicGroupCode nullFlavor="ASKU"/>
<guardian><guardianPerson><name>Gil Ward</name></guardianPerson></guardian>
<languageCommunication><languageCode code="en"/></languageCommunication>
<languageCommunication><languageCode code="es"/><preferenceInd value="true"/>
</languageCommunication>
</patient></patientRole></recordTarget>"""


@pytest.fixture(scope="module")
def pat():
    habits = Habits(member_roots=frozenset({"2.999.2"}))
    return header("", CcdaAdapter(habits=habits), MEMBER)


def test_identifiers(pat):
    """Identifiers get their kind from their root and the sender's habits; null ones are none."""
    assert [("mrn", "M1"), ("plan", "22"), ("ssn", "111223333"), ("mbi", "1A")] == [
        (each.kind, each.value) for each in pat.member.identifiers
    ]


def test_plan_number_is_coverage(pat):
    """The number the sender's own plan gave is the coverage's member id."""
    assert pat.coverage.member_id == "22"


def test_name_across_comment(pat):
    """A name is read whole across a comment, the legal one before any other."""
    name = pat.member.name

    assert (("Zzyzx",), "Public", "Jr", "Zed") == (
        name.given,
        name.family,
        name.suffix,
        name.preferred,
    )


def test_person(pat):
    """Birth date, sex, races, ethnicity, language and guardian are read."""
    who = pat.member

    assert ("1970-05-01", "male", ("White", "Asian"), "asked", "es", "Gil Ward") == (
        who.birth_date,
        who.sex,
        who.race,
        who.ethnicity.absent,
        who.language,
        who.representative.name,
    )


@pytest.mark.parametrize("words", ["Married", "US", "Old Name"])
def test_nothing_of_the_member_is_lost(pat, words):
    """What the template has no field for is residue."""
    assert any(words in each for each in words_of(pat.residue))


def test_odd_numbers():
    """A wrong NPI and half a phone number have a finding each, which doesn't repeat them."""
    text = (
        '<author><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="1912301954"/>'
        f'<telecom value="tel:555-1"/>{PERSON}</assignedAuthor></author>'
    )
    reading = read(cda(BODY, header=text))

    assert ["odd_npi", "odd_phone"] == codes(reading)
    assert not any(
        "1912301954" in one.message or "555-1" in one.message for one in reading.findings
    )


def test_name_at_birth():
    """A name held only at birth is kept, and is not one of the member's given or family names."""
    names = (
        '<name><given>Rosa</given><family>Diaz</family><family qualifier="BR">Vega</family></name>'
    )
    before, after = PATIENT.split('<name use="L">')[0], PATIENT.partition("</name>")[2]
    found = header("", patient=before + names + after)

    assert "Diaz" == found.member.name.family
    assert any("born Vega" in one.text for one in found.residue)
