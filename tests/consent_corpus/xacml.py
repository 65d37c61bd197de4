"""XACML 2.0 and 3.0 policies as rules of ours: targets and conditions evaluated, nothing combined.

`rules` flattens every policy of a file; combining is our decision's own law, which is what is
compared. What a rule can't evaluate raises: XACML's Indeterminate.
"""

from __future__ import annotations

import re

from lxml import etree

from consent.ruling import Rule, Verdict


class Indeterminate(Exception):
    """What can't be evaluated."""


def name(node):
    """Return an element's name without its namespace."""
    return etree.QName(node).localname


def kids(node, *names):
    """Return the children with one of these names; all elements where none is given."""
    found = [one for one in node if isinstance(one.tag, str)]
    return [one for one in found if name(one) in names] if names else found


def attributes(request):
    """Return the values of every attribute of a request by id."""
    found = {}
    for one in request.iter():
        if isinstance(one.tag, str) and name(one) == "Attribute":
            values = ["".join(v.itertext()).strip() for v in kids(one, "AttributeValue")]
            found.setdefault(one.get("AttributeId"), []).extend(values)
    return found


def rules(policy, given, wrap=()):
    """Return every rule under a policy as one of ours, its policies' targets around it."""
    found = []
    inner = (*wrap, *kids(policy, "Target"))
    for one in kids(policy, "Policy", "PolicySet"):
        found += rules(one, given, inner)
    for one in kids(policy, "Rule"):
        found.append(Rule(one.get("RuleId") or "rule", "XACML", _check(one, inner, given)))
    return found


def _check(rule, targets, given):
    effect = "permit" if rule.get("Effect") == "Permit" else "forbid"

    def check(_ask):
        if not all(_target(one, given) for one in (*targets, *kids(rule, "Target"))):
            return None
        conditions = [_value(kids(one)[0], given) for one in kids(rule, "Condition")]
        return Verdict(effect) if all(conditions) else None

    return check


def _target(target, given):
    """Say whether a target fits: all its parts, one of each part's alternatives."""
    return all(any(_all_of(one, given) for one in kids(part)) for part in kids(target))


def _all_of(group, given):
    return all(_match(one, given) for one in kids(group))


def _match(match, given):
    literal, designator = kids(match)[:2]
    wanted = "".join(literal.itertext()).strip()
    function = _short(match.get("MatchId"))
    values = _bag(designator, given)
    return any(_call(function, [wanted, value]) for value in values)


def _short(function):
    return ":" + function.rpartition(":")[2]


def _bag(designator, given):
    values = given.get(designator.get("AttributeId"), [])
    if not values and designator.get("MustBePresent") == "true":
        raise Indeterminate
    return values


def _value(node, given):
    kind = name(node)
    if kind == "Apply":
        arguments = [_value(one, given) for one in kids(node)]
        return _call(_short(node.get("FunctionId")), arguments)
    if kind == "AttributeValue":
        return "".join(node.itertext()).strip()
    if kind.endswith("AttributeDesignator") or kind == "AttributeDesignator":
        return _bag(node, given)
    raise Indeterminate


def _call(function, given):
    if function.endswith("one-and-only"):
        if len(given[0]) != 1:
            raise Indeterminate
        return given[0][0]
    for ending, call in FUNCTIONS.items():
        if function.endswith(ending):
            return call(*given)
    raise Indeterminate


def _folded(words):
    return re.sub(r"\s*([,=])\s*", r"\1", words.strip().lower())


FUNCTIONS = {
    "dateTime-greater-than-or-equal": lambda one, other: one >= other,
    "dateTime-less-than-or-equal": lambda one, other: one <= other,
    "integer-greater-than-or-equal": lambda one, other: int(one) >= int(other),
    "integer-subtract": lambda one, other: int(one) - int(other),
    "string-regexp-match": lambda pattern, text: re.search(pattern, text) is not None,
    "x500Name-equal": lambda one, other: _folded(one) == _folded(other),
    "set-equals": lambda one, other: set(one) == set(other),
    "-bag": lambda *given: list(given),
    "-equal": lambda one, other: one == other,
    ":and": lambda *given: all(given),
    ":or": lambda *given: any(given),
}
"""XACML's functions by the ends of their names, the longer before the shorter."""
