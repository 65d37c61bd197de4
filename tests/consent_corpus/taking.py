"""Every file of the corpus through the import, as a privacy officer's dry run would show it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from adapters.formats.ccda import ADAPTER as CCDA
from consent.checking import check
from consent.records import Policy
from hub.canonical import Document
from hub.consents.bundles import read_resources
from hub.consents.drafts import Draft
from hub.consents.fhir_pieces import Directory
from hub.consents.fhir_reading import NOTES, read
from hub.errors import Refused
from tests.consent_corpus import fsh
from tests.consent_corpus.policies import export_form, is_export, is_policy, policy_form

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora" / "consent"
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Taken:
    """What one file or instance gave: counts, never content."""

    file: str
    gave: str
    why: str


def files():
    """Return every file of the corpus, in order."""
    return sorted(path for path in CORPUS.rglob("*") if path.is_file())


def taken():
    """Yield a row for each file, and for each consent instance of a file of instances."""
    for path in files():
        name = short(path)
        try:
            yield from _rows(path, name)
        except etree.XMLSyntaxError:
            yield Taken(name, "refused", "the XML is broken")
        except Refused as refused:
            yield Taken(name, "refused", f"{refused.code}: {refused.detail}")
        except Exception as error:  # noqa: BLE001  # a crash is what this looks for
            yield Taken(name, "crashed", type(error).__name__)


def short(path):
    """Return a file's place in few letters."""
    parts = path.relative_to(CORPUS).parts
    return f"{parts[0].partition('__')[0]}/…/{'/'.join(parts[-2:])}"


def _rows(path, name):
    content = path.read_bytes()
    if path.suffix == ".fsh":
        for instance, resource in consents(content.decode()):
            yield _row(f"{name}#{instance}", (_draft(resource),))
        return
    if path.suffix == ".json" or content.lstrip()[:1] == b"{":
        yield _row(name, read_resources(content, {}, AT))
        return
    if path.suffix in {".xml", ".txt"}:
        yield _xml(name, content)
        return
    yield Taken(name, "refused", "not a consent: no JSON, XML or FHIR instance")


def consents(text):
    """Yield (name, resource) of every Consent instance of a FHIR Shorthand file."""
    for name, kind, resource in fsh.instances(text):
        if "Consent" in kind and "status" in resource:
            yield name, {"resourceType": "Consent", **resource}


def _draft(resource):
    found = read(resource, Directory(), AT)
    notes = tuple((one.code, one.at) for one in found.notes)
    return [Draft(number=1, consent=one, notes=notes) for one in found.consents] or [
        Draft(number=1, notes=notes)
    ]


def _row(name, drafts):
    drafts = drafts[0] if drafts and isinstance(drafts[0], list) else drafts
    made = [one.consent for one in drafts if one.consent]
    notes = dict.fromkeys(code for one in drafts for code, _ in one.notes)
    told = "; ".join(NOTES[code] for code in notes)
    if not made:
        return Taken(name, "refused", told)
    lacking = [
        f"{fault.clause} {fault.element}"
        for one in made
        for fault in check(one, Policy(), AT.date())
        if fault.weight == "deficient"
    ]
    kinds = ", ".join(one.kind for one in made)
    gave = f"{'deficient' if lacking else 'good'} ({kinds})"
    return Taken(name, gave, "; ".join(filter(None, (", ".join(dict.fromkeys(lacking)), told))))


def _xml(name, content):
    root = etree.fromstring(re.sub(rb"^\s*", b"", content))
    kind = etree.QName(root).localname
    if is_policy(root):
        made = policy_form(root)
        return (
            _row(name, (Draft(number=1, consent=made),))
            if made
            else Taken(name, "refused", "an access policy that names no recipient and no purpose")
        )
    if is_export(root):
        return _row(name, (Draft(number=1, consent=export_form(root)),))
    if kind == "ClinicalDocument":
        plans = len(CCDA.read(Document(content, "document.xml")).plans)
        return Taken(name, f"document ({plans} plan)", "a record, not a consent: read as a plan")
    return Taken(name, "refused", f"no consent: an XML document of kind {kind}")
