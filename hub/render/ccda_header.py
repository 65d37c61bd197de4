"""The US Realm header of a released Care Plan: element order is the schema's, absences are null.

The plan's author stands first and the hub second, as the device that assembled the document; the
MCO stays its custodian and the designated contact is its recipient. `serviceEvent` carries the low
end of its time only: with a high end too, R2.1's Schematron fails every document (its rule for
1198-32329 looks for a service event inside the performer).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid5

from hub.canonical import Party
from hub.render.ccda_codes import HOUSE, LOINC
from hub.render.ccda_member import language, record_target
from hub.render.ccda_people import (
    NO_ADDRESS,
    NO_TELECOM,
    assigned_entity,
    identifiers,
    instance,
    organisation,
    person,
    reach,
    role,
    source_id,
    whole_address,
)
from hub.render.ccda_text import clean, day_point, moment, words

if TYPE_CHECKING:
    from hub.canonical import Plan
    from hub.render.cover import Cover

_PREAMBLE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><realmCode code="US"/>'
    '<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
    '<templateId root="2.16.840.1.113883.10.20.22.1.1"/>'
    '<templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/>'
    '<templateId root="2.16.840.1.113883.10.20.22.1.15" extension="2015-08-01"/>'
)
_SEGMENTED: Final = (
    '<templateId root="2.16.840.1.113883.3.3251.1.1" assigningAuthorityName="HL7 Security"/>'
)
_CODE: Final = f'<code code="18776-5" codeSystem="{LOINC}" displayName="Plan of care note"/>'
_CONFIDENTIALITY: Final = 'codeSystem="2.16.840.1.113883.5.25"'
_HUB: Final = f'<id root="{uuid5(HOUSE, "hub")}"/>'
_ASSEMBLER: Final = (
    '<templateId root="2.16.840.1.113883.10.20.22.5.7" extension="2020-05-19"/>'
    '<functionCode code="assembler" codeSystem="2.16.840.1.113883.4.642.4.1131" '
    'displayName="Assembler"/>'
)


def header(plan: Plan, cover: Cover) -> str:
    """Return the document from its first byte up to the body."""
    released = cover.released_on.strftime("%Y%m%d%H%M%S%z")
    title = words(plan.header.title) or "Integrated Care Plan"
    spoken = language(plan.header.language) or "en-US"
    return "".join(
        (
            _PREAMBLE,
            _SEGMENTED if cover.notices else "",
            instance("id", cover.document_id),
            f'{_CODE}<title>{title}</title><effectiveTime value="{released}"/>',
            f'<confidentialityCode code="{cover.confidentiality}" {_CONFIDENTIALITY}/>',
            f'<languageCode code="{spoken}"/>',
            instance("setId", cover.set_id),
            f'<versionNumber value="{cover.version}"/>\n',
            record_target(plan.member),
            _authors(plan, cover, released),
            _custodian(cover.custodian),
            _recipient(cover.recipient),
            _representative(plan.member.representative),
            _assembled(released),
            _service_event(plan),
            _related(plan, cover),
            _authorization(cover),
        )
    )


def _authors(plan: Plan, cover: Cover, released: str) -> str:
    own = plan.header.author or Party(organization=cover.custodian.organization)
    author = "".join(
        (
            f"<author>{day_point('time', plan.header.written_on)}<assignedAuthor>",
            identifiers(own.identifiers),
            whole_address(own.address),
            reach(own) or NO_TELECOM,
            person("assignedPerson", own.name),
            organisation("representedOrganization", own.organization),
            "</assignedAuthor></author>",
        )
    )
    hub = (
        f'<author><time value="{released}"/><assignedAuthor>{_HUB}{NO_ADDRESS}{NO_TELECOM}'
        "<assignedAuthoringDevice><manufacturerModelName>ICP hub</manufacturerModelName>"
        "<softwareName>ICP hub</softwareName></assignedAuthoringDevice></assignedAuthor></author>\n"
    )
    return author + hub


def _custodian(custodian: Party) -> str:
    name = words(custodian.organization) or words(custodian.name)
    return "".join(
        (
            "<custodian><assignedCustodian><representedCustodianOrganization>",
            identifiers(custodian.identifiers),
            f"<name>{name}</name>" if name else '<name nullFlavor="UNK"/>',
            reach(Party(phone=custodian.phone))
            or reach(Party(email=custodian.email))
            or NO_TELECOM,
            whole_address(custodian.address),
            "</representedCustodianOrganization></assignedCustodian></custodian>\n",
        )
    )


def _recipient(recipient: Party) -> str:
    return "".join(
        (
            "<informationRecipient><intendedRecipient>",
            identifiers(recipient.identifiers),
            whole_address(recipient.address) if words(recipient.address) else "",
            reach(recipient),
            person("informationRecipient", recipient.name) if words(recipient.name) else "",
            organisation("receivedOrganization", recipient.organization),
            "</intendedRecipient></informationRecipient>\n",
        )
    )


def _representative(party: Party | None) -> str:
    if party is None:
        return ""
    return "".join(
        (
            '<participant typeCode="IND"><associatedEntity classCode="AGNT">',
            identifiers(party.identifiers),
            whole_address(party.address) if words(party.address) else "",
            reach(party),
            person("associatedPerson", party.name),
            organisation("scopingOrganization", party.organization),
            "</associatedEntity></participant>\n",
        )
    )


def _assembled(released: str) -> str:
    """Return the hub as Provenance Assembler (Companion Guide R4.1, 22.5.7)."""
    return (
        f'<participant typeCode="DEV">{_ASSEMBLER}<time value="{released}"/>'
        f'<associatedEntity classCode="OWN"><scopingOrganization>{_HUB}<name>ICP hub</name>'
        "</scopingOrganization></associatedEntity></participant>\n"
    )


def _service_event(plan: Plan) -> str:
    period = plan.header.period
    start = (period.start if period else None) or plan.header.written_on
    low = moment(start)
    performers = [
        f'<performer typeCode="{"PPRF" if one.lead else "PRF"}">'
        f"{assigned_entity(one.party, role(one.role or one.party.role))}</performer>"
        for one in plan.team
    ]
    if not any(words(one.party.name) for one in plan.team):
        unnamed = plan.header.author or Party()
        performers.append(
            f'<performer typeCode="PRF"><assignedEntity>{identifiers(unnamed.identifiers)}'
            f"{person('assignedPerson', unnamed.name)}</assignedEntity></performer>"
        )
    return "".join(
        (
            '<documentationOf><serviceEvent classCode="PCPR"><effectiveTime>',
            f'<low value="{low}"/>' if low else '<low nullFlavor="UNK"/>',
            f"</effectiveTime>{''.join(performers)}</serviceEvent></documentationOf>\n",
        )
    )


def _related(plan: Plan, cover: Cover) -> str:
    """Return what this document replaces, and which source document it is made from."""
    replaced, made = "", ""
    if cover.replaces is not None:
        set_id, version, document_id = cover.replaces
        replaced = (
            '<relatedDocument typeCode="RPLC"><parentDocument>'
            f"{instance('id', document_id)}{instance('setId', set_id)}"
            f'<versionNumber value="{version}"/></parentDocument></relatedDocument>\n'
        )
    if plan.header.source_ids:
        made = (
            '<relatedDocument typeCode="XFRM"><parentDocument>'
            f"{source_id(plan.header.source_ids[0])}</parentDocument></relatedDocument>\n"
        )
    return replaced + made


def _authorization(cover: Cover) -> str:
    if cover.consent_scope is None:
        return ""
    scope = clean(cover.consent_scope).strip()
    original = f"<originalText>{scope}</originalText>" if scope else ""
    return (
        '<authorization typeCode="AUTH"><consent classCode="CONS" moodCode="EVN">'
        f"{instance('id', cover.release_id, 'urn:icp:release')}"
        f'<code code="64292-6" codeSystem="{LOINC}" displayName="Release of information consent">'
        f'{original}</code><statusCode code="completed"/></consent></authorization>\n'
    )
