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
    names = {**(aliases or {}), **dict(re.findall(r"^Alias:\s*(\S+)\s*=\s*(\S+)", text, re.M))}
    parts = re.split(r"^Instance:\s*", text, flags=re.M)[1:]
    for part in parts:
        name, _, rest = part.partition("\n")
        kind = re.search(r"^InstanceOf:\s*(\S+)", rest, re.M)
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
        many = name in LISTS or (name == "provision" and depth > 0)
        if name == "code" and depth and parts[depth - 1][0] != "provision":
            many = False
        if not many:
            if last:
                holder[name] = _typed(name, value, raw)
            else:
                holder = holder.setdefault(name, {})
            continue
        items = holder.setdefault(name, [])
        fresh = not items or (index == "+" and (last or True))
        if index.isdigit():
            while len(items) <= int(index):
                items.append({})
            place = int(index)
        else:
            if fresh:
                items.append({})
            place = len(items) - 1
        if last:
            items[place] = _typed(name, value, raw)
        else:
            holder = items[place]


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
