"""What the corpus' authors expect against what we say: a permit or deny, or what was taken out."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from consent.decision import decide
from consent.records import Recipient, Request
from consent.terms import Matter
from hub.labels.codes import code_signs
from hub.labels.folding import fold
from hub.labels.lexicon import word_signs
from tests.consent_corpus import xacml
from tests.consent_corpus.policies import policy_form, redacted
from tests.consent_corpus.taking import CORPUS
from tests.consent_world import make_request

TRIPLES = CORPUS / "authzforce__core"
C2S = CORPUS / "obhita__consent2share" / "DS4P"
POLICIES = (
    ("pep-service", "access-control-service/pep-service/src/test/resources"),
    ("context-handler", "access-control-service/pg/context-handler-service-pg/src/test/resources"),
)
REQUEST = (
    C2S
    / "access-control-service/bl/context-handler-service-bl/src/test/resources"
    / "samplePolicyRequest.xml"
)
_SYSTEMS = {
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "2.16.840.1.113883.6.1": "http://loinc.org",
}
_PLAIN = {"64572001", "55561003", "413322009", "73639000", "329505003", "73425007", "418799008"}
"""Codes that say what sort of entry it is, not what it is about."""
_H = {"h": "urn:hl7-org:v3"}
FOLDERS = {
    "behavioral-health": "mental_health",
    "substance-use": "sud",
    "infectious-diseases": "hiv std",
    "sexual-reproductive-health": "sexual_health",
    "violence": "sdv",
    "medication": "sud mental_health",
    "diagnoses": "",
    "disabilities": "",
    "genetics": "",
    "social-determinants-of-health": "",
}
"""What each folder of the label rules is about, in our words; empty: no category of ours."""


@dataclass(frozen=True)
class Compared:
    """One expectation and our answer, in a few words."""

    case: str
    expected: str
    ours: str
    same: bool
    kind: str


def comparisons():
    """Yield every comparison; a crash is an answer of its own."""
    for compare in (_triples, _policies, _forms, _hooks, _segments, _labels):
        try:
            yield from compare()
        except Exception as error:  # noqa: BLE001  # a crash is what this looks for
            yield Compared(compare.__name__, "an answer", "crashed", False, type(error).__name__)


def _triples():
    """Yield the XACML triples: their rules, combined by our law."""
    for folder in sorted(TRIPLES.rglob("Response.xml")):
        case = folder.parent
        given = xacml.attributes(etree.parse(case / "Request.xml").getroot())
        policy = etree.parse(case / "Policy.xml").getroot()
        text = folder.read_text(encoding="utf-8")
        expected = re.search(r"Decision>(\w+)<", text)[1]
        ours = _decided(xacml.rules(policy, given))
        want = "permit" if expected == "Permit" else "deny"
        yield Compared(f"xacml {case.name}", expected, ours, want == ours, _combining(policy))


def _combining(policy):
    found = {
        value.rpartition(":")[2].removeprefix("ordered-")
        for one in policy.iter()
        if isinstance(one.tag, str)
        for name, value in one.attrib.items()
        if name.endswith("CombiningAlgId")
    }
    return "/".join(sorted(found))


def _decided(rules):
    """Return our outcome for one general matter under these rules alone."""
    return decide(make_request("general"), (), rules=rules).outcome


def _policies():
    """Yield Consent2Share's policies, their rules by our law, with the request beside them."""
    given = xacml.attributes(etree.parse(REQUEST).getroot())
    for name, folder in POLICIES:
        for path in sorted((C2S / folder).glob("samplePolicy*.xml")):
            expected = "Deny" if "Deny" in path.name else "Permit"
            policy = etree.parse(path).getroot()
            ours = _decided(xacml.rules(policy, given))
            same = ours == ("permit" if expected == "Permit" else "deny")
            yield Compared(f"c2s {name} {path.stem}", expected, ours, same, _combining(policy))


def _forms():
    """Yield the same policies imported as consents, asked as the request asks."""
    given = xacml.attributes(etree.parse(REQUEST).getroot())
    told = {key.rpartition(":")[2]: values[0] for key, values in given.items()}
    at = datetime.fromisoformat(told["current-dateTime"]).astimezone(UTC)
    for name, folder in POLICIES:
        for path in sorted((C2S / folder).glob("samplePolicy*.xml")):
            root = etree.parse(path).getroot()
            expected = "Deny" if "Deny" in path.name else "Permit"
            taken_out = sorted(redacted(root))
            for whole in (False, True):
                asked = make_request(
                    *("sud/yes", "hiv", "general"),
                    discloser=told["intermediary-subject"],
                    discloser_classes=frozenset(),
                    recipient=Recipient(organisation=told["recipient-subject"]),
                    purpose=told["gov.samhsa.consent2share.purpose-of-use-code"],
                    at=at,
                )
                decision = decide(asked, [policy_form(root, whole=whole)])
                goes = sorted(one.category for one in decision.released)
                want = f"{expected}, without {' '.join(taken_out)}" if taken_out else expected
                ours = f"{decision.outcome}: {' '.join(goes) or 'nothing'}"
                due = {"sud", "hiv", "general"} - set(taken_out)
                same = set(goes) == (due if expected == "Permit" else set())
                kind = "form, whole" if whole else "form, as it is"
                yield Compared(f"c2s {kind} {name} {path.stem}", want, ours, same, kind)


def _hooks():
    """Yield the CDS hook requests: the file's name says what is expected; no consent came along."""
    for path in sorted((CORPUS / "asushares__cds").rglob("example-request-*.json")):
        given = json.loads(path.read_text(encoding="utf-8"))
        expected = path.stem.removeprefix("example-request-")
        found = _signs(given)
        matters = {Matter("sud", "yes") if one == "sud" else Matter(one) for one in found}
        asked = make_request("general")
        asked = Request(
            **{
                **{name: getattr(asked, name) for name in asked.__slots__},
                "matters": frozenset({Matter("general"), *matters}),
            }
        )
        decision = decide(asked, ())
        goes = " ".join(sorted(one.category for one in decision.released)) or "nothing"
        stays = " ".join(sorted(one.category for one in decision.withhold)) or "nothing"
        ours = f"{decision.outcome}: {goes}; stays {stays}"
        yield Compared(f"cds hook {expected}", expected, ours, False, f"hook {expected}")


def _segments():
    """Yield each clinical entry of the segmentation pair: taken out there, or labelled here."""
    folder = CORPUS / "bhits__dss-api" / "dss" / "src" / "test" / "resources"
    before = _entries(folder / "testC32WithGeneratedEntryIds.xml")
    after = _entries(folder / "testRedacted_C32.xml")
    gone = before - after
    for entry, count in sorted(before.items()):
        out = gone[entry]
        for number in range(count):
            codes = {sign for system, code, _ in entry for sign, _ in code_signs(system, code)}
            labels = sorted(codes | _worded([words for _, _, words in entry]))
            expected = "taken out" if number < out else "kept"
            ours = f"labelled {' '.join(labels)}" if labels else "ordinary"
            same = (expected == "taken out") == bool(labels)
            first = " ".join(sorted({c for _, c, _ in entry} - _PLAIN)[:2])
            yield Compared(f"dss entry {first}", expected, ours, same, f"dss {first}")


def _entries(path):
    found = Counter()
    for entry in etree.parse(path).getroot().iterfind(".//h:section/h:entry", _H):
        codes = {
            (_SYSTEMS[one.get("codeSystem")], one.get("code"), one.get("displayName") or "")
            for one in entry.iter()
            if isinstance(one.tag, str) and one.get("codeSystem") in _SYSTEMS and one.get("code")
        }
        found[tuple(sorted(codes))] += 1
    return found


def _labels():
    """Yield the label rules' bundles: what the folder is about against our code lists."""
    root = CORPUS / "asushares__cli" / "src" / "assets" / "cql"
    for path in sorted(root.rglob("*bundle*.json")):
        folder = path.relative_to(root).parts[0]
        if "library" in path.name:
            continue
        given = json.loads(path.read_text(encoding="utf-8"))
        for resource in _resources(given):
            codes = sorted(_fhir_codes(resource))
            labels = _signs(resource)
            want = set(FOLDERS[folder].split())
            same = bool(labels & want) if want else not labels
            shown = " ".join(sorted(labels)) or "ordinary"
            first = codes[0][1] if codes else "no code"
            yield Compared(f"label {folder} {first}", folder, shown, same, f"label {first}")


def _resources(given):
    if given.get("resourceType") == "Bundle":
        return [one["resource"] for one in given.get("entry", ()) if "resource" in one]
    return [given]


def _signs(resource):
    """Return our categories of a resource, by its codes and its words."""
    codes = {s for system, code in _fhir_codes(resource) for s, _ in code_signs(system, code)}
    return codes | _worded(_displays(resource))


def _worded(texts):
    return {sign for signs in word_signs(fold([list(texts)])).values() for sign, _ in signs}


def _displays(node):
    if isinstance(node, dict):
        own = [value for key, value in node.items() if key in {"display", "text"}]
        inner = [text for value in node.values() for text in _displays(value)]
        return [one for one in own if isinstance(one, str)] + inner
    return [text for one in node for text in _displays(one)] if isinstance(node, list) else []


def _fhir_codes(node):
    """Return (system, code) of every coding anywhere in a resource."""
    found = set()
    if isinstance(node, dict):
        if "system" in node and "code" in node:
            found.add((node["system"], node["code"]))
        for value in node.values():
            found |= _fhir_codes(value)
    elif isinstance(node, list):
        for value in node:
            found |= _fhir_codes(value)
    return found
