"""Which changes in place can change what an attribute answers: the fact `moves_with`, as far as rules know it.

An attribute that reads a property back follows it (`mirrors`) and needs nothing here. Of the others:

- What is part of the primary identifier stays: an update handler must not change it.
- The ARN of the resource moves with each property that its form contains and that can change in place. Where the form
  is not known and the ARN is not the identifier, every property that gives a name may be in it.
- The ID of the resource, the time when it was created and the account that owns it stay.
- `KmsKeyArn` follows `KmsKeyId`: the ARN or ID of another resource follows the property that names this resource.

Everything else has no fact, and may change with every update. `reviewed/stable.json` has the exceptions.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._records import Facts

_CREATED = re.compile(
    r"(?!Last|Version)(\w*Creat(ed|ion|e)(At|By|Date|DateTime|On|Time|TimeStamp|Timestamp)|DateCreated|TimeCreated)"
)
_OWNER = re.compile(
    r"Owner|(Owner|Aws|Creator|Owning)?Account(Id)?|Owner(Account)?Id|(Owner|Owning)AccountId"
)
_OTHER = re.compile(r"(?P<stem>\w+?)(Arn|ARN|Id)")
_GENERATED = re.compile(r"\w*(Id|ID|Identifier|Uuid|Token)|\w*Hash\w*|ResourcePath")
_NAMING = {"Name", "Path", "Namespace", "GroupName", "Alias"}
_PLACE = {"Partition", "Region", "Account"}


def add(type_name: str, entry: Facts, arn: str | None = None) -> None:
    """The fact of each attribute of a type of which a rule knows it; `arn` is the form of the type's ARN."""
    for attribute, facts in entry.get("attributes", {}).items():
        if "mirrors" not in facts:
            moves_with = _derived(type_name, entry, attribute, arn)
            if moves_with is not None:
                facts["moves_with"] = moves_with


def only_in_arn(type_name: str, entry: Facts, template: str | None) -> list[str]:
    """The property that alone makes the ARN different from others; none where anything else is in it, too.

    Two resources never have one ARN, so such a property is unique in its account and region.
    """
    variables = [name for name in re.findall(r"\$\{(\w+)\}", template or "") if name not in _PLACE]
    if len(variables) != 1:
        return []
    kind = type_name.rpartition("::")[2]
    return [
        name
        for name in entry["properties"]
        if _can_be_given(entry, name) and is_named(kind, name, variables[0])
    ]


def _derived(type_name: str, entry: Facts, attribute: str, template: str | None) -> list[str] | None:
    kind = type_name.rpartition("::")[2]
    identifies = attribute.replace(".", "/") in entry.get("identifier", [])
    if is_own(kind, attribute, "arn"):
        if template is not None:
            return sorted(set(_in_arn(kind, entry, template)))
        return [] if identifies else sorted(_naming(kind, entry))
    if identifies or is_own(kind, attribute, "id"):
        return []
    if _CREATED.fullmatch(attribute) or _OWNER.fullmatch(attribute):
        return []
    other = _OTHER.fullmatch(attribute)
    if other is not None:
        names = [other["stem"] + ending for ending in ("", "Arn", "Id", "Identifier", "Name")]
        given = [name for name in names if _can_be_given(entry, name)]
        if given:
            return [name for name in given if _changes_in_place(entry, name)]
    return None


def is_own(kind: str, attribute: str, ending: str) -> bool:
    """Whether an attribute is the resource's own ARN or ID: Arn, GroupArn or GroupId of a SecurityGroup."""
    stem = attribute.lower().removesuffix(ending)
    if stem == attribute.lower():
        return False
    return kind.lower().endswith(stem) or (ending == "arn" and stem == "resource")


def _in_arn(kind: str, entry: Facts, template: str) -> Iterator[str]:
    """The properties that the form of an ARN contains and that can change in place."""
    for variable in re.findall(r"\$\{(\w+)\}", template):
        if variable in _PLACE:
            continue
        names = [name for name in entry["properties"] if is_named(kind, name, variable)]
        if _GENERATED.fullmatch(variable) and variable not in names:
            continue
        if not names and not any(is_named(kind, name, variable) for name in entry["attributes"]):
            names = list(_naming(kind, entry))
        if variable.endswith("WithPath"):
            names.append("Path")
        yield from (name for name in names if _changes_in_place(entry, name))


def is_named(kind: str, name: str, variable: str) -> bool:
    one, other, own = name.lower(), variable.lower().removesuffix("withpath"), kind.lower()
    return other in (one, own + one) or one == own + other


def _naming(kind: str, entry: Facts) -> Iterator[str]:
    """The properties that give a resource a name, or a place among others, and can change in place."""
    for name in entry["properties"]:
        stem = re.sub("(Name|Identifier)$", "", name)
        own = stem != name and kind.lower().endswith(stem.lower())
        if (name in _NAMING or own) and _changes_in_place(entry, name):
            yield name


def _can_be_given(entry: Facts, name: str) -> bool:
    facts = entry["properties"].get(name)
    return facts is not None and not facts.get("read_only")


def _changes_in_place(entry: Facts, name: str) -> bool:
    return _can_be_given(entry, name) and entry["properties"][name].get("update") != "Always"
