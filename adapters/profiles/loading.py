"""Loads a profile: safe YAML, checked against `schema.json`, its columns, fields and transforms.

Called when an MCO's module is imported, and by `python -m adapters` for a profile being written.
Whatever is wrong is a `ProfileError` that names the key. No alias, tag or duplicate key is taken.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jsonschema
import yaml

from adapters.profiles import forming, tabling, targets
from adapters.profiles.failure import ProfileError
from adapters.profiles.profiling import (
    CommentRule,
    ConsentRule,
    ControlRule,
    Default,
    FieldRule,
    Ignored,
    Profile,
    RowRule,
    StatedRule,
    TableRule,
)
from adapters.profiles.transforms import known, open_century
from hub import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LIMIT: Final = 256 * 1024
_ROOTS: Final = {
    "header": canonical.Header,
    "member": canonical.Member,
    "coverage": canonical.Coverage,
    "plan": canonical.Plan,
    "segments": canonical.Plan,
}


_NO_VALUE: Final = (ValueError, ArithmeticError, LookupError, AttributeError)
"""What PyYAML lets through of a value that can't be: an impossible date, an endless number."""


class _Strict(yaml.SafeLoader):
    """Safe YAML without anchors, aliases or duplicate keys."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:  # noqa: ANN401  # PyYAML's own shape
        try:
            return super().construct_object(node, deep)
        except ProfileError:
            raise
        except _NO_VALUE:
            raise yaml.MarkedYAMLError(problem_mark=node.start_mark) from None

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401  # PyYAML's own shape
        if self.check_event(yaml.AliasEvent):
            raise ProfileError("*", "anchors and aliases are not taken, write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: ANN401  # PyYAML
        names: set[str] = set()
        for name in (key.value for key, _ in node.value if isinstance(key.value, str)):
            if name in names:
                raise ProfileError(name, "stands twice in one mapping, keep one of them")
            names.add(name)
        return super().construct_mapping(node, deep)


def load(text: str) -> Profile:
    """Return the profile in YAML `text`; `ProfileError` names the key that is wrong."""
    data = parsed(text)
    for error in sorted(schema().iter_errors(data), key=lambda e: list(map(str, e.path))):
        raise ProfileError(*explained(error))
    profile = _built(data)
    for problem in problems(profile):
        raise problem
    return profile


def looked_at(text: str) -> tuple[Profile | None, list[ProfileError]]:
    """Return the profile in YAML `text`, if it can be built, and everything wrong with it."""
    try:
        data = parsed(text)
    except ProfileError as error:
        return None, [error]
    wrong = sorted(schema().iter_errors(data), key=lambda e: list(map(str, e.path)))
    if wrong:
        return None, [ProfileError(*explained(error)) for error in wrong]
    profile = _built(data)
    return profile, list(problems(profile))


def problems(profile: Profile) -> Iterator[ProfileError]:
    """Yield what the schema can't see: columns, tables, transforms, fields, value maps."""
    yield from _check_columns(profile)
    yield from _check_rules(profile)


def strict_nodes(text: str) -> yaml.Node | None:
    """Return the nodes of a profile's YAML, which know their lines."""
    return yaml.compose(text, _Strict)


def rules_of(profile: Profile) -> Iterator[tuple[str, FieldRule]]:
    """Yield every rule of a profile with its key: `member`, `rows.2`."""
    yield from _all_rules(profile)


def parsed(text: str) -> Mapping[str, Any]:
    """Return the mapping in YAML `text`, not yet checked; `ProfileError` where it is none."""
    if len(text) > _LIMIT:
        raise ProfileError("*", f"a profile has at most {_LIMIT} characters")
    try:
        data = yaml.load(text, Loader=_Strict)  # noqa: S506  # _Strict is a SafeLoader
    except ProfileError:
        raise
    except (yaml.YAMLError, *_NO_VALUE) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "the file"
        raise ProfileError("*", f"not YAML we take, look at {where}") from None
    except RecursionError:
        raise ProfileError("*", "nested too deeply, flatten it") from None
    if not isinstance(data, dict):
        raise ProfileError("*", "a profile is a mapping of keys to values")
    return data


@functools.cache
def schema() -> jsonschema.Draft202012Validator:
    """Return the validator of the profile language."""
    schema = json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def explained(error: jsonschema.ValidationError) -> tuple[str, str]:
    """Name the key of a schema error; an unknown key is named itself, not its parent."""
    path = [str(part) for part in error.absolute_path]
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known_keys = error.schema.get("properties", {})
        strange = next((key for key in error.instance if key not in known_keys), "*")
        return ".".join([*path, str(strange)]), "is not a key of the profile language"
    if error.validator == "required" and isinstance(error.instance, dict):
        missing = next(key for key in error.validator_value if key not in error.instance)
        return ".".join([*path, missing]), "is missing"
    if error.validator == "type" and isinstance(error.instance, list | dict):
        wanted = "`key: value` pairs" if isinstance(error.instance, list) else "a text or a list"
        return ".".join(path) or "*", f"is shaped otherwise: write {wanted}"
    hint = " (quote it, YAML reads it as something other than text)"
    kind = error.validator in {"type", "oneOf"}
    return ".".join(path) or "*", "has a value the schema does not take" + hint * kind


def _built(data: Mapping[str, Any]) -> Profile:
    shaped: dict[str, Any] = {
        "rows": _row_rules(data),
        "defaults": tuple(
            Default(item["field"], item["value"], item["because"])
            for item in data.get("defaults", ())
        ),
    }
    shaped["ignore"] = tuple(
        Ignored(tuple(one["named"]), one["because"]) for one in data.get("ignore", ())
    )
    for key in ("required", "group_by", "dates", "notices", "furniture", "absent"):
        shaped[key] = tuple(data.get(key, ()))
    for key in _ROOTS:
        shaped[key] = _rules(data.get(key, {}))
    for key in ("columns", "sections", "identify"):
        shaped[key] = {name: tuple(words) for name, words in data.get(key, {}).items()}
    for key in (
        "delimiter",
        "encoding",
        "row_kind",
        "widths",
        "century",
        "identifiers",
        "sub_ids",
        "values",
        "pdf",
        "office",
        "report",
    ):
        if key in data:
            shaped[key] = data[key]
    shaped["tables"] = _tables(data)
    comments = data.get("comments", {})
    continues = {name: tuple(codes) for name, codes in comments.get("continues", {}).items()}
    shaped["comments"] = CommentRule(continues, _rules(comments.get("fields", {})))
    shaped["consents"] = _consents(data.get("consents"))
    shaped["stated"] = tuple(_stated(one) for one in data.get("stated_consents", ()))
    control = data.get("control")
    if control:
        shaped["control"] = ControlRule(*(tuple(control[k]) for k in ("files", "name", "rows")))
    return Profile(
        name=data["profile"],
        version=data["version"],
        sender=data["sender"],
        format=data["format"],
        **shaped,
    )


def _consents(given: Mapping[str, Any] | None) -> ConsentRule | None:
    if given is None:
        return None
    places = [given.get(key, "") for key in ("about", "answer", "signed_on")]
    segments = {place[:3] for place in places if place}
    if len(segments) != 1:
        raise ProfileError("consents", "names fields of two segments, they stand in one")
    about, answer, signed_on = (int(place[4:] or 0) for place in places)
    refused, agreed = (tuple(given.get(key, ())) for key in ("refused", "given"))
    labels = given.get("labels", {})
    return ConsentRule(segments.pop(), about, answer, signed_on, refused, agreed, labels)


def _stated(given: Mapping[str, Any]) -> StatedRule:
    refused, agreed, unsaid = (tuple(given.get(key, ())) for key in ("refused", "given", "unsaid"))
    day = given.get("signed_on", "")
    return StatedRule(given["from"], given["label"], refused, agreed, unsaid, day)


def _row_rules(data: Mapping[str, Any]) -> tuple[RowRule, ...]:
    return tuple(
        RowRule(
            into=rule["list"],
            fields=_rules(rule["fields"]),
            when=tuple(rule.get("when", ())),
            serves=tuple(rule.get("serves", ())),
            always=rule.get("always", {}),
            numbered=rule.get("numbered", ""),
            none=tuple(rule.get("none", ())),
            each_paragraph=rule.get("each_paragraph", ""),
            each=rule.get("each", {}).get("from", ""),
            divider=rule.get("each", {}).get("divider", ""),
            each_part=rule.get("each_part", {}),
        )
        for rule in data.get("rows", ())
    )


def _tables(data: Mapping[str, Any]) -> tuple[TableRule, ...]:
    return tuple(
        TableRule(
            name,
            tuple(rule.get("named", ())),
            rule.get("kind", ""),
            tuple(rule["key"]),
            tuple(rule.get("required", ())),
            {column: tuple(titles) for column, titles in rule.get("columns", {}).items()},
            {column: _several(given) for column, given in rule.get("banner", {}).items()},
        )
        for name, rule in data.get("tables", {}).items()
    )


def _rules(fields: Mapping[str, Any]) -> tuple[FieldRule, ...]:
    return tuple(_rule(target, given) for target, given in fields.items())


def _rule(target: str, given: str | Mapping[str, Any]) -> FieldRule:
    if isinstance(given, str):
        return FieldRule(target, given)
    source, *more = _several(given["from"])
    transforms = _several(given.get("transform", ()))
    values, holding = given.get("values", ""), given.get("holding", "")
    optional = given.get("optional", False)
    return FieldRule(target, source, transforms, values, tuple(more), holding, optional)


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _check_columns(profile: Profile) -> Iterator[ProfileError]:
    """Every column a rule names must be declared, so that a typing slip can't lose a value."""
    if profile.format != "csv":
        yield from tabling.only_in_tables(profile, _all_rules(profile))
        return
    named = [("required", n) for n in profile.required] + [
        ("group_by", n) for n in profile.group_by
    ]
    named += [("widths", n) for n in profile.widths]
    for table in profile.tables:
        named += [
            (f"tables.{table.name}", n)
            for n in (*table.key, *table.required, *table.columns, *table.banner)
        ]
    named += [("row_kind", profile.row_kind)] * bool(profile.row_kind)
    for key, rule in _all_rules(profile):
        named += [(f"{key}.{rule.target}", name) for name in (rule.source, *rule.more)]
    named += tabling.named(profile)
    for key, name in named:
        if name and name not in profile.columns:
            yield ProfileError(key, f"`{name}` is not one of `columns`")
    yield from _check_tables(profile)
    yield from _check_defaults(profile)
    yield from tabling.problems(profile)
    for key in ("columns", "group_by", "rows"):
        if not getattr(profile, key):
            yield ProfileError(key, "a csv profile needs it")


def _check_defaults(profile: Profile) -> Iterator[ProfileError]:
    made = {row.into for row in profile.rows}
    for default in profile.defaults:
        into, _, rest = default.target.partition(".")
        if into in made and rest[:1].isdigit():
            why = "rows make this list, say it in their fields (a code's system by a transform)"
            yield ProfileError("defaults", f"`{default.target}`: {why}")


def _check_tables(profile: Profile) -> Iterator[ProfileError]:
    for table in profile.tables:
        if not set(table.key) <= set(profile.group_by):
            yield ProfileError(f"tables.{table.name}.key", "has a column that `group_by` lacks")
    if profile.tables and not any(set(t.key) == set(profile.group_by) for t in profile.tables):
        yield ProfileError("tables", "one of them must have all of `group_by` as its `key`")


def _check_rules(profile: Profile) -> Iterator[ProfileError]:
    for key, rule in _all_rules(profile):
        where = f"{key}.{rule.target}"
        for name in rule.transforms:
            windowed = rule.source in profile.century and open_century(name.partition(":")[2])
            if not (known(name) or windowed or (name == "date" and profile.dates)):
                yield ProfileError(where, f"no transform is called `{name}`")
        if rule.values and rule.values not in profile.values:
            yield ProfileError(where, f"`{rule.values}` is not one of `values`")
        if not _fits(key, rule.target, profile):
            yield ProfileError(where, "no such field in the canonical template")
    yield from _check_constants(profile)


def _check_constants(profile: Profile) -> Iterator[ProfileError]:
    yield from forming.checked(profile, _all_rules(profile))
    for number, row in enumerate(profile.rows):
        for name in row.serves:
            if targets.item_shape(row.into, name) != "list":
                yield ProfileError(
                    f"rows.{number}.serves", f"`{row.into}` has no links to `{name}`"
                )
    for form in profile.dates:
        if not known(f"date:{form}") and not (profile.century and open_century(form)):
            why = "is no date form, or leaves the century open: say it under `century`"
            yield ProfileError("dates", f"`{form}` {why}")
    for default in profile.defaults:
        if targets.shape(canonical.Plan, default.target) not in {"text", "flag"}:
            yield ProfileError(f"defaults.{default.target}", "no such single field in the template")


def _fits(key: str, target: str, profile: Profile) -> bool:
    root, _, number = key.partition(".")
    if root == "rows":
        return targets.item_shape(profile.rows[int(number)].into, target) is not None
    if root == "comments":
        into, _, leaf = target.partition(".")
        return into in targets.LISTS and targets.item_shape(into, leaf) is not None
    return targets.shape(_ROOTS[root], target) is not None


def _all_rules(profile: Profile) -> Iterator[tuple[str, FieldRule]]:
    for key in _ROOTS:
        for rule in getattr(profile, key):
            yield key, rule
    for rule in profile.comments.fields:
        yield "comments.fields", rule
    for number, row in enumerate(profile.rows):
        for rule in row.fields:
            yield f"rows.{number}", rule
