"""FHIR Shorthand instances as JSON: just what example instances use, no profiles, no rules.

`* path = value` with `[+]`, `[=]`, `[n]`, `[slice]`; codes, references, strings, dates, numbers.
"""

from __future__ import annotations

import re

LISTS = {
    *("category", "performer", "organization", "policy", "purpose", "securityLabel", "actor"),
    *("data", "class", "code", "coding", "action", "security", "extension", "verification"),
}
_LINE = re.compile(r"^\* ([\w.\[\]+=$-]+) = (.+?)\s*$")
_PART = re.compile(r"([\w$-]+)(?:\[([^\]]+)\])?")
_CODE = re.compile(r'(?:(\S*))#([^\s"]+)(?:\s+"(.*)")?')


def instances(text, aliases=None):
    """Yield (name, instance of, resource) of every instance in a file."""
    names = {
        **(aliases or {}),
        **dict(re.findall(r"^Alias:\s*(\S+)\s*=\s*(\S+)", text, re.MULTILINE)),
    }
    parts = re.split(r"^Instance:\s*", text, flags=re.MULTILINE)[1:]
    for part in parts:
        name, _, rest = part.partition("\n")
        kind = re.search(r"^InstanceOf:\s*(\S+)", rest, re.MULTILINE)
        yield name.strip(), kind[1] if kind else "", _resource(name.strip(), rest, names)


def _resource(name, text, aliases):
    made = {"id": name}
    for line in text.splitlines():
        found = _LINE.match(line)
        if found:
            _put(made, found[1], _value(found[2], aliases), found[2])
    return made


def _put(made, path, value, raw):
    parts = _PART.findall(path)
    holder = made
    for depth, (name, index) in enumerate(parts):
        last = depth == len(parts) - 1
        leaf = _typed(name, value, raw) if last else None
        if _many(parts, depth):
            holder = _item(holder.setdefault(name, []), index, leaf)
        elif last:
            holder[name] = leaf
        else:
            holder = holder.setdefault(name, {})


def _many(parts, depth):
    """Say whether a part of a path is a list: by its name, and where it stands."""
    name = parts[depth][0]
    before = parts[depth - 1][0] if depth else ""
    if name == "code" and depth:
        return before == "provision"
    return name in LISTS or (name == "provision" and depth > 0)


def _item(items, index, leaf):
    """Return the item meant by an index, made where it isn't there; a leaf is put in its place."""
    if index.isdigit():
        items.extend({} for _ in range(int(index) + 1 - len(items)))
    elif not items or index == "+":
        items.append({})
    place = int(index) if index.isdigit() else len(items) - 1
    if leaf is not None:
        items[place] = leaf
    return items[place]


def _typed(name, value, raw):
    concept = isinstance(value, dict) and "code" in value
    if concept and name in {"scope", "category", "policyRule", "role", "action"}:
        return {"coding": [value]}
    if concept and raw.startswith("#"):
        return value["code"]
    return value


def _value(raw, aliases):
    reference = re.match(r"Reference\(([^)]+)\)", raw)
    if reference:
        return {"reference": reference[1]}
    if raw.startswith('"'):
        return raw.strip('"')
    code = _CODE.fullmatch(raw)
    if code:
        system = aliases.get(code[1], code[1])
        return {"system": system, "code": code[2], **({"display": code[3]} if code[3] else {})}
    return raw
