"""Small C-CDA documents made for one test each: a whole header, and the body that is asked for."""

from adapters.formats.ccda import ADAPTER
from hub.canonical import Document

R = "2.16.840.1.113883.10.20."
SNOMED = 'codeSystem="2.16.840.1.113883.6.96"'
LOINC = 'codeSystem="2.16.840.1.113883.6.1"'
NAMESPACES = (
    'xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
PATIENT = """<recordTarget><patientRole><id root="2.999.1" extension="M1"/><patient>
<name use="L"><given>Pat</given><family>Public</family></name>
<administrativeGenderCode code="F"/><birthTime value="19700501"/></patient></patientRole>
</recordTarget>"""
TEXTS = {
    "75310-3": "Health concerns",
    "61146-7": "Goals",
    "62387-6": "Interventions",
    "11383-7": "Outcomes",
    "10160-0": "Medications",
    "48765-2": "Allergies",
}


def cda(body="", *, header="", patient=PATIENT, templates=()):
    """Return the bytes of a CDA document with this body."""
    roots = "".join(f'<templateId root="{R}{one}"/>' for one in templates)
    return (
        f'<ClinicalDocument {NAMESPACES}>{roots}<id root="2.999.3" extension="D1"/>'
        f'<code code="18776-5" {LOINC}/><title>Plan</title><effectiveTime value="20260304"/>'
        f"{header}{patient}{body}</ClinicalDocument>"
    ).encode()


def structured(*sections):
    """Return a structured body of these sections."""
    inner = "".join(f"<component>{one}</component>" for one in sections)
    return f"<component><structuredBody>{inner}</structuredBody></component>"


def section(code, *entries, text="", extra="", null="", inner=()):
    """Return a section with its narrative and entries."""
    title = TEXTS.get(code, "Section")
    below = "".join(f"<component>{one}</component>" for one in inner)
    rows = "".join(f"<entry>{one}</entry>" for one in entries)
    mark = f' nullFlavor="{null}"' if null else ""
    return (
        f'<section{mark}><code code="{code}" {LOINC}/><title>{title}</title>'
        f"<text>{text}</text>{extra}{rows}{below}</section>"
    )


def statement(kind, template, inner, *, mood="EVN", extra=""):
    """Return an entry statement of a C-CDA template."""
    return (
        f'<{kind} classCode="X" moodCode="{mood}" {extra}><templateId root="{R}{template}"/>'
        f"{inner}</{kind}>"
    )


def ident(value):
    """Return an instance identifier."""
    return f'<id root="2.999.9" extension="{value}"/>'


def refers(value, link="REFR"):
    """Return an entry reference inside a relationship."""
    inner = f'{ident(value)}<code nullFlavor="NP"/><statusCode code="completed"/>'
    return related(statement("act", "22.4.122", inner), link)


def related(inner, link="REFR"):
    """Return a statement inside a relationship."""
    return f'<entryRelationship typeCode="{link}">{inner}</entryRelationship>'


def concern(name, text, more=""):
    """Return a health concern act in its own words."""
    words = f'{ident(name)}<code code="75310-3" {LOINC}/><text>{text}</text>'
    return statement("act", "22.4.132", f'{words}<statusCode code="active"/>{more}')


def goal(name, text, more=""):
    """Return a goal observation in its own words."""
    words = f'{ident(name)}<code nullFlavor="UNK"/><text>{text}</text>'
    return statement("observation", "22.4.121", f"{words}{more}", mood="GOL")


def read(content, adapter=ADAPTER):
    """Return the reading of a document."""
    return adapter.read(Document(content))


def plan(*sections, **rest):
    """Return the plan in a document of these sections."""
    (only,) = read(cda(structured(*sections), **rest)).plans
    return only


def codes(reading):
    """Return the codes of a reading's findings."""
    return [finding.code for finding in reading.findings]


def words_of(value):
    """Return every string in a plan but its places."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from words_of(item)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            if name != "places":
                yield from words_of(getattr(value, name))
