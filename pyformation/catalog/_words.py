"""The catalog's facts in words, for errors, help(), stubs and `explain`.

Words that only help() and `explain` use are in `_sentences`, which declaring a stack does not load.
"""

from __future__ import annotations

from ._lookup import STRENGTH
from ._types import alternatives

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from ._records import Facts, ResourceType, Update

_KINDS = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "json": "a mapping",
    "any": "any value",
}
_LISTED = 12
# What help() calls the kinds of the catalog; "[" is a list, "{" a map, "file" what may be a local file.
SIGNATURE = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "json": "Mapping",
    "any": "Any",
    "[": "list[{}]",
    "{": "Mapping[str, {}]",
    "definition": "{}",
    "file": "Asset",
}


def by_exactness(text: str) -> list[str]:
    """The alternatives of a type, exact ones first: nearly every value is valid as text."""
    return sorted(alternatives(text), key=lambda part: part in ("integer", "number", "boolean"))


def describe_type(text: str, root: str | None = None) -> str:
    """A type of the catalog in words: ``[string]`` is "a list of text".

    `root` is the class of the resource: with it, a property type has the name of its class.
    """
    if text in _KINDS:
        return _KINDS[text]
    parts = by_exactness(text)
    if len(parts) > 1:
        return " or ".join(describe_type(part, root) for part in parts)
    if text[0] == "[":
        return "a list of " + describe_type(text[1:-1], root).removeprefix("a ").removeprefix("an ")
    if text[0] == "{":
        return "a mapping of text to " + describe_type(text[1:-1], root)
    return text if root is None else f"{root}.{text}"


def annotation(
    facts: Facts,
    root: str,
    spelling: Mapping[str, str] = SIGNATURE,
    literals: Callable[[list[Any]], str | None] = lambda listed: (
        f"Literal[{', '.join(map(repr, listed))}]" if len(listed) <= 8 else None
    ),
) -> str:
    """The type of a property in Python: ``str``, ``list[Instance.Volume]``.

    `root` is the name of the resource's class, which has the property types as attributes. `spelling` says what the
    kinds are called, and `literals` how listed values are written beside the text that others may be, if at all.
    """

    def spelled(kind: str, own: Facts, file: str) -> list[str]:
        found: list[str] = []
        for each in alternatives(kind):
            if each[0] in "[{":
                inner = spelled(each[1:-1], own.get("items", {}), file if each[0] == "[" else "")
                found.append(spelling[each[0]].format(" | ".join(inner)))
                continue
            if each == "string" and (listed := own.get("enum")):
                found += filter(None, [literals(listed)])
            found.append(spelling.get(each) or spelling["definition"].format(f"{root}.{each}", each))
        # Where a list is taken, its items may be local files.
        takes_file = file and "[" not in kind
        return list(dict.fromkeys([*found, file] if takes_file else found))

    return " | ".join(
        spelled(facts.get("type", "string"), facts, spelling["file"] if "local_file" in facts else "")
    )


def dotted(path: str) -> str:
    """A path below Properties with dots: ``/Properties/Ebs/VolumeType`` is Ebs.VolumeType."""
    return path.removeprefix("/Properties/").replace("/", ".")


def describe_update(
    updates: Iterable[Update],
    why: Facts,
    own: Facts | None = None,
    stateful: str | None = None,
    below: Iterable[Update] = (),
) -> str:
    """What an update does: "replacement; data at risk", "in place, with interruptions".

    `updates` are the behaviors in all places where the property is used, and `why` the facts that cause the
    strongest one. `own` are the facts of the property itself, `stateful` is what its resource holds (data, identity),
    and `below` are the behaviors of the nested properties, which may replace though the property does not.
    """
    own = why if own is None else own
    found = sorted(set(updates), key=STRENGTH.__getitem__)
    words = {"Never": "in place", "Conditionally": "replacement under a condition", "Always": "replacement"}
    text = words[found[-1]] + "".join(f", elsewhere {words[weaker]}" for weaker in reversed(found[:-1]))
    if "condition" in why:
        text += f" ({why['condition']})"
    if "interrupts" in own and found[-1] == "Never":
        text += ", with interruptions"
    if "update_not_supported" in own:
        text += ", documented as not supported"
    strongest = max(below, key=STRENGTH.__getitem__, default="Never")
    if found[-1] == "Never" and strongest != "Never":
        text += f", but {words[strongest]} for some nested properties"
    if stateful is not None and (found[-1] != "Never" or strongest != "Never"):
        text += f"; {stateful} at risk"
    return text


def describe_limits(facts: Facts) -> list[str]:
    """The bounds of a value in words: "0 to 900", "1 to 128 characters"."""

    def bounds(low: Any, high: Any, unit: str) -> list[str]:
        unit = f" {unit}" if unit else ""
        if low is not None and high is not None:
            return [f"{low:,}{unit}" if low == high else f"{low:,} to {high:,}{unit}"]
        if low is not None:
            return [f"at least {low:,}{unit}"]
        return [] if high is None else [f"at most {high:,}{unit}"]

    get = facts.get
    found = bounds(get("minimum"), get("maximum"), "")
    if get("exclusive_minimum") is not None:
        found.append(f"more than {facts['exclusive_minimum']:,}")
    if get("exclusive_maximum") is not None:
        found.append(f"less than {facts['exclusive_maximum']:,}")
    if get("multiple_of") is not None:
        found.append(f"a multiple of {facts['multiple_of']:,}")
    found += bounds(get("min_length"), get("max_length"), "characters")
    found += bounds(get("min_items"), get("max_items"), "items")
    found += bounds(get("min_properties"), get("max_properties"), "keys")
    return found


def describe_values(facts: Facts) -> list[str]:
    """The values that the catalog allows: the listed ones, the bounds, the default."""
    found: list[str] = []
    for each in (facts, facts.get("items", {})):
        if each.get("enum"):
            listed = ", ".join(map(str, each["enum"][:_LISTED]))
            found.append(f"one of {listed}" + (", ..." if len(each["enum"]) > _LISTED else ""))
    found += describe_limits(facts)
    if "default" in facts:
        default = facts["default"]
        found.append(f"default {str(default).lower() if isinstance(default, bool) else repr(default)}")
    return found


def describe_property(
    name: str,
    facts: Facts,
    updates: Iterable[Update] | None = None,
    why: Facts | None = None,
    stateful: str | None = None,
    below: Iterable[Update] = (),
    root: str | None = None,
) -> str:
    """A property in one line: name, what it means, type, required, update, values.

    `root` is that of `describe_type`, the other arguments are those of `describe_update`; without them, `facts`
    alone are used.
    """
    kind = describe_type(facts.get("type", "string"), root)
    parts = [f"{name}: {facts['meaning']}", kind] if "meaning" in facts else [f"{name}: {kind}"]
    if "read_only" in facts:
        return "; ".join([*parts, "set by AWS"])
    if "required" in facts:
        parts.append("required")
    update = describe_update(
        updates or [facts.get("update", "Never")], facts if why is None else why, facts, stateful, below
    )
    parts.append(f"update: {update}")
    parts += describe_values(facts)
    if "deprecated" in facts:
        parts.append("deprecated")
    return "; ".join(parts)


def describe_attribute(name: str, facts: Facts) -> str:
    """An attribute in one line: name, type, and the property that it reads back."""
    text = f"{name}: {describe_type(facts.get('type', 'string'))}; read-only, known once deployed"
    return f"{text}; reads back {dotted(facts['mirrors'])}" if "mirrors" in facts else text


def describe_service(records: Sequence[ResourceType]) -> str:
    """A service: its types, a line each."""
    lines = [f"{records[0].name.rpartition('::')[0]}: {len(records)} resource types, each a class.\n"]
    for record in records:
        name = record.name.rpartition("::")[2]
        count = len(record.properties)
        risk = f"; {record.stateful} at risk" if record.stateful else ""
        lines.append(f"    {name}: {count} {'property' if count == 1 else 'properties'}{risk}")
    return "\n".join(lines)
