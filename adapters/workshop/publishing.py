"""The profile language as one JSON Schema for editors: every key explained, every field offered.

Made of `adapters/profiles/schema.json`, the canonical types and the transforms, and written to
`docs/profile.schema.json` by `icp-hub docs`. Loading still checks by its own, smaller schema.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import adapters.profiles
from adapters.formats.hl7v2.habits import one_value
from adapters.profiles import TRANSFORMS, targets
from adapters.workshop.naming import ROOTS, fields_under, lists

_DIVIDED: Final = (
    "after",
    "after_last",
    "before",
    "before_last",
    "last",
    "line",
    "split",
    "until",
)
_SAYS: Final = {
    "profile": "the profile's name: small letters, digits, hyphens; one for each sender and format",
    "version": "raise it with each change that you activate",
    "sender": "the organisation's id in the directory",
    "format": "which reader: csv, hl7v2, ccda, pdf or office (Word and RTF)",
    "identify": "how to know this sender's document",
    "columns": "our name for a column, and every heading it has had; {n} stands for the number of"
    " one of several groups: Goal {n} Status",
    "widths": "how long an id must be",
    "required": "refused without these",
    "group_by": "rows that agree in these are one plan; the member's id first",
    "row_kind": "the column that says what kind of item a row is",
    "ignore": "sheets or files left unread on purpose, by name, and the reason",
    "furniture": "rows of a table that are the form's own (totals, footnotes), with * and ?",
    "rows": "rows or table lines that become items of a canonical list; of HL7 v2 the segments"
    " that `when` names (`from: ZRX-2`, or a component of it, `ZTM-3.2`)",
    "header": "fields of the plan's header",
    "member": "fields of the member",
    "coverage": "fields of the coverage",
    "plan": "fields said once for the plan",
    "values": "the sender's codes to the template's words",
    "dates": "forms tried in order: MDY, DMY, YMD, ISO or a strptime pattern with a whole year",
    "century": "columns with years of two digits, and the first of the hundred years they are in",
    "absent": "of PDF, Word and RTF: words that mean nothing is there, such as - or n/a",
    "sections": "canonical lists, and the headings or OBX names that open them; of HL7 v2 also"
    " fields (`goals.due`), and the OBX that fills them for the item before; of C-CDA kinds, and"
    " the codes or titles of sections",
    "segments": "HL7 v2: fields outside the lists, and the segment field that fills each (`ZCP-3`)",
    "identifiers": "what kind of id the sender's own are: of HL7 v2 by PID-3 type or authority,"
    " of C-CDA by the root (OID)",
    "notices": "HL7 v2: segment fields that hold the notice of 42 CFR Part 2",
    "comments": "HL7 v2: `continues`, the NTE-2 or NTE-4 codes of comments that go on with the text"
    " above; `fields`, what the labelled parts of a comment fill of the item above (`goals.due`)",
    "consents": "HL7 v2: the segment that states a consent: what it is `about`, its `answer`,"
    " the day `signed_on`, which answers mean `refused` or `given`, and `labels` (a category)",
    "stated_consents": "of tables: columns that state a consent or refusal, the category (`label`)"
    " and which answers mean `refused`, `given` or neither (`unsaid`); any other holds the plan",
    "sub_ids": "HL7 v2: OBX-4 is the item's id (plain), and names its parent too (dotted: 1.1.1"
    " serves 1.1)",
    "defaults": "what is always so and never written, and because of what",
    "pdf": "where the form prints or keeps each named value",
    "office": "the same for Word and RTF, where it differs from pdf",
}


def published() -> bytes:
    """Return the schema as JSON, one key to a line."""
    return (json.dumps(schema(), indent=2) + "\n").encode()


def schema() -> dict[str, Any]:
    """Return the schema with descriptions, field names, transforms and the layout keys."""
    source = Path(adapters.profiles.__file__).with_name("schema.json")
    made: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    made["$id"] = "urn:icp:profile:1"
    for name, words in _SAYS.items():
        made["properties"][name]["description"] = words
    fields = made["$defs"]["fields"]["additionalProperties"]
    made["$defs"]["field"] = fields
    fields["oneOf"][1]["properties"]["transform"] = {"$ref": "#/$defs/transforms"}
    for root in ROOTS:
        paths = _single() if root == "segments" else fields_under(root)
        made["properties"][root] |= {"properties": _offered(paths)}
    row = made["properties"]["rows"]["items"]["properties"]
    row["list"] = {"enum": lists(), "description": "the canonical list these become items of"}
    every = dict.fromkeys(path for name in lists() for path in fields_under(name))
    row["fields"] = {"$ref": "#/$defs/fields", "properties": _offered(list(every))}
    named = "|".join(lists())
    made["properties"]["sections"]["propertyNames"] = {
        "anyOf": [{"enum": [*lists(), "crisis_plan"]}, {"pattern": rf"^({named})\.\w+$"}]
    }
    comments = made["properties"]["comments"]["properties"]
    inside = [f"{name}.{path}" for name in targets.LISTS for path in fields_under(name)]
    comments["fields"] = {"$ref": "#/$defs/fields", "properties": _offered(inside)}
    made["$defs"]["transforms"] = _transforms()
    made["$defs"]["layout"] = _layout()
    for name in ("pdf", "office"):
        made["properties"][name] |= {"$ref": "#/$defs/layout"}
    return made


def _single() -> list[str]:
    """Return every field that one segment of HL7 v2 may fill: those outside the lists."""
    above = [f"{r}.{p}" for r in ("header", "member", "coverage") for p in fields_under(r)]
    return [one for one in (*above, *fields_under("segments")) if one_value(one)]


def _offered(paths: list[str]) -> dict[str, Any]:
    return {path: {"$ref": "#/$defs/field"} for path in paths}


def _transforms() -> dict[str, Any]:
    named = [
        {"pattern": f"^{name}:."} if name in _DIVIDED else {"const": name, "description": words}
        for name, (_, words) in TRANSFORMS.items()
    ]
    named += [
        {"const": f"{name}:last", "description": TRANSFORMS[name][1]}
        for name in ("family", "given")
    ]
    named += [{"const": f"{name}:[]"} for name in ("bracketed", "unbracketed")]
    one = {"type": "string", "anyOf": [*named, {"pattern": "^date:."}]}
    return {"oneOf": [one, {"type": "array", "minItems": 1, "items": one}]}


def _layout() -> dict[str, Any]:
    says = {
        "labels": "our name for a value, and the printed labels beside or above it",
        "choices": "our name for a value, and each option's printed label beside its box;"
        " `asked` and `options` where the same options stand after several questions",
        "lists": "our name for a table, and the headings whose marked lines are its rows",
        "tables": "our name for a table: its `key` column, its `columns` by printed heads;"
        " `bands` are its rows over several columns, the outer ones first: our name, and the"
        " printed words or `{heading, columns}`; each is a row with `heading` and `number`,"
        " and rows below it have its number under its name",
        "fields": "our name for a value, and the form fields or tooltips that hold it",
        "boxes": "our name for a value, and each option's check field",
        "blocks": "labels that repeat under like headings, `{heading, columns}`; each block has a"
        " `number`, and rows of a table or list inside it have it under the block's name",
        "cards": "of PDF: cards side by side under one `heading`: `lines` are the columns of the"
        " lines without a label from the top, `columns` those that a printed label names",
        "rows": "numbered form fields: `most`, and `columns` with {n} in the field's name",
    }
    found: dict[str, Any] = {
        name: {"type": "object", "description": words} for name, words in says.items()
    }
    printed = "printed words that hold no value; * and ? stand for anything"
    found["furniture"] = {"type": "array", "items": {"type": "string"}, "description": printed}
    below = "printed headings; the text below each becomes a note"
    found["notes"] = {"type": ["string", "array"], "description": below}
    return {"type": "object", "additionalProperties": False, "properties": found}
