"""The catalog's facts in sentences: why an update does what it does, what a type is, what its members are.

The rest of `_words`, for help() and `explain`.
"""

from __future__ import annotations

from ._words import by_exactness, describe_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._records import Facts, ResourceType, Update

_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "json": "Mapping",
    "any": "Any",
}


def annotation(facts: Facts, root: str) -> str:
    """What a property takes, as a signature shows it: ``Value[str]``, ``Value[list[Instance.Volume]]``.

    `root` is the name of the resource's class, on which the property types are.
    """

    def spelled(text: str, own: Facts) -> str:
        parts: list[str] = []
        listed: list[Any] = own.get("enum", [])
        for each in by_exactness(text):
            if each[0] == "[":
                parts.append(f"list[{spelled(each[1:-1], own.get('items', {}))}]")
            elif each[0] == "{":
                parts.append(f"Mapping[str, {spelled(each[1:-1], own.get('items', {}))}]")
            elif each == "string" and 0 < len(listed) <= 8:
                parts.append(f"Literal[{', '.join(map(repr, listed))}] | str")
            else:
                parts.append(_TYPES.get(each) or f"{root}.{each}")
        return " | ".join(parts)

    return f"Value[{spelled(facts.get('type', 'string'), facts)}]"


NO_UPDATE = "the type has no update handler: an update may fail, or replace the resource"


def join_words(words: Iterable[str], last: str = "and") -> str:
    """ "a, b and c"."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {last} {found[-1]}" if found else ""


def update_word(update: Update, below: Update = "Never") -> str:
    """One word for a table: what is not certain is never called in place, nor what replaces in part."""
    if update == "Never" and below != "Never":
        return "partly"
    return {"Never": "in place", "Conditionally": "maybe", "Always": "replaces"}[update]


# ---------------------------------------------------------------------------------------------
# Why an update does what it does

_SCHEMA = {
    "Always": "AWS's schema lists it under createOnlyProperties",
    "Conditionally": "AWS's schema lists it under conditionalCreateOnlyProperties, and AWS publishes no condition",
    "Never": "AWS's schema lists it neither as create-only nor as conditionally create-only",
}


def reviewed_update(rule: str) -> dict[str, Any]:
    """The reviewed row that a property's `rule` refers to; empty where there is none."""
    from . import reviewed

    nothing: dict[str, Any] = {}
    return next((row for row in reviewed("updates") if row["id"] == rule), nothing)


def explain_cause(record: ResourceType, steps: list[str], update: Update, why: Facts) -> tuple[str, str]:
    """Why an update of the property at `steps` does what it does, in a sentence, and where we have that from.

    `steps` lead below Properties to the property that decides, `why` are its facts.
    """
    from . import is_registered, reviewed, schema_date

    schema = f"registry schema of {schema_date()}"
    if "rule" in why and (row := reviewed_update(why["rule"])):
        return str(row["reason"]), str(row["source"])
    if record.is_sam:
        return _explain_sam(record, steps, update, reviewed("sam"), schema)
    if is_registered(record.name):
        return "the type's own declaration says so", "the schema or class that was registered"
    return _SCHEMA[update], schema


def _explain_sam(
    record: ResourceType, steps: list[str], update: Update, rows: list[dict[str, Any]], schema: str
) -> tuple[str, str]:
    from . import resource_type

    of_type = [row for row in rows if row["type"] == record.name]
    for row in of_type:
        if row.get("property") == steps[0]:
            return f"{_becomes(row)}{row['reason']}", str(row["source"])
    target = record.becomes
    if target is None or steps[0] not in resource_type(target).properties:
        return "it is not known what becomes of it, so it is treated as conditional", "AWS SAM says nothing"
    other = resource_type(target)
    behind = other.properties[steps[0]]
    if behind.update != update:
        reason = (
            "some of what stands below it replaces" if update == "Conditionally" else _SCHEMA[behind.update]
        )
        return f"it becomes {target}.{steps[0]}, of which {reason}", schema
    reason, source = explain_cause(other, steps[:1], update, behind.facts)
    return f"it becomes {target}.{steps[0]}: {reason}", source


def _becomes(row: dict[str, Any]) -> str:
    return f"it becomes {row['becomes']}: " if row.get("becomes") else ""


# ---------------------------------------------------------------------------------------------
# A resource type


def describe_part(record: ResourceType, name: str) -> str:
    """A part of an identifier: "the property BucketName", "the attribute Arn"."""
    kind = "property" if name.split("/")[0] in record.properties else "attribute"
    if kind == "property" and record.properties[name.split("/")[0]].read_only:
        kind = "attribute"
    if name == "Id":
        return "the physical ID (attribute Id)"
    return f"the {kind} {name.replace('/', '.')}"


def describe_ref(record: ResourceType) -> str:
    """What Ref returns."""
    names = record.ref
    if record.open:
        return "the PhysicalResourceId that the handler answers with"
    if not names:
        return "nothing that AWS documents"
    text = join_words(describe_part(record, name) for name in names)
    return text if len(names) == 1 else f"{text}, joined by |"


def other_replacing(record: ResourceType, names: Iterable[str]) -> list[str]:
    """The properties that may replace the resource, but for some."""
    from . import create_only_paths

    tops = dict.fromkeys(path.split("/")[2] for path in create_only_paths(record.name))
    left = [name for name in tops if name not in set(names) and not record.properties[name].read_only]
    return left


def describe_collision(record: ResourceType) -> tuple[str | None, str]:
    """What a replacement means for the names that stay: a word (always, name, unique, never) and a sentence.

    CloudFormation creates the new resource before it deletes the old one, unless the type says otherwise.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
    """
    if record.open:
        return None, "what the handler does decides"
    if record.replacement_strategy == "delete_then_create":
        lost = ", and what it holds is gone before the new one exists" if record.stateful == "data" else ""
        return (
            "never",
            "none on replacement: the old resource is deleted before the new one is created, so for a while "
            f"there is none{lost}",
        )
    name = record.physical_name
    if record.identity_is_given:
        given = join_words(n.replace("/", ".") for n in record.identifier)
        others = other_replacing(record, record.identifier)
        if not others:
            return "never", f"none on replacement: nothing but a new {given} replaces it. {_same(given)}"
        return (
            "always",
            f"a replacement that keeps {given} fails: the new resource is created before the old one is deleted. "
            f"Change {given} as well",
        )
    if name is not None:
        others = other_replacing(record, [name])
        if others:
            return (
                "name",
                f"a replacement that keeps {name} fails where you give that name: the new resource is created "
                f"before the old one is deleted. Change {name} as well, or leave it out",
            )
        return "never", f"none on replacement: nothing but a new {name} replaces it. {_same(name)}"
    if record.unique_by is not None:
        what = join_words(n.replace("/", ".") for n in record.unique_by)
        each = f"one for each {what}" if what else "one an account and region"
        return (
            "unique",
            f"there may be only {each}: a replacement that keeps it, or another logical ID, collides "
            "with what exists",
        )
    return None, "none is known: what identifies it is made by AWS, or is not a name"


def _same(name: str) -> str:
    return f"Another logical ID with the same {name} collides"


def describe_unique(record: ResourceType) -> str | None:
    """What may exist once only beside the name, where there is something."""
    if record.unique_by is None or (record.physical_name is None and not record.identity_is_given):
        return None
    what = join_words(n.replace("/", ".") for n in record.unique_by)
    return (
        f"one for each {what}: another logical ID for the same collides"
        if what
        else "one an account and region"
    )


def describe_risk(record: ResourceType) -> str | None:
    """What is lost with a resource of the type; None where nothing is known to be."""
    if record.stateful == "data":
        return "it holds data, which is lost when it is deleted or replaced"
    if record.stateful == "identity":
        return (
            "it stores nothing, but what others know it by cannot be had again once it is deleted or replaced"
        )
    return None


def describe_deletion(record: ResourceType) -> list[tuple[str, str]]:
    """What happens on deletion and replacement, and what prevents it: headings and sentences."""
    found: list[tuple[str, str]] = []
    if record.on_delete:
        found.append(("On deletion", record.on_delete[:1].lower() + record.on_delete[1:].rstrip(".")))
    default = record.deletion_default
    policies: list[str] = []
    if default["policy"] != "Delete":
        unless = f" (Delete where {default['unless']} is set)" if "unless" in default else ""
        policies.append(f"DeletionPolicy is {default['policy']} where none is given{unless}")
    if record.snapshot:
        policies.append("DeletionPolicy and UpdateReplacePolicy may be Snapshot")
    if record.stateful or record.snapshot:
        policies.append("without an UpdateReplacePolicy a replacement deletes the old resource")
    if policies:
        found.append(("Policies", "; ".join(policies)))
    protection = record.deletion_protection
    if protection is not None:
        given = (str(v).lower() if isinstance(v, bool) else str(v) for v in record.deletion_protection_values)
        values = join_words(given, "or")
        of = "".join(f" of {name}" for name in record.deletion_protection_where.values())
        found.append(
            ("Protection", f"while {protection.replace('/', '.')}{of} is {values}, a deletion fails")
        )
    return found


def describe_tags(record: ResourceType) -> str:
    """How tags are given."""
    tags = record.tags
    if tags is None:
        return "none: the type takes no tags that a stack could give"
    name, shape = tags["property"], tags["shape"]
    if shape == "map":
        return f"{name}, a mapping of text to text"
    if shape == "specifications":
        return f"{name}, a list of tags for each kind of resource ({tags['resource_type']} for its own)"
    return f"{name}, a list of {tags.get('key', 'Key')} and {tags.get('value', 'Value')}"


def describe_strategy(record: ResourceType) -> str | None:
    """In which order a replacement happens, where the schema states it."""
    return {
        "delete_then_create": "the old resource is deleted first, then the new one created",
        "create_then_delete": "the new resource is created first, then the old one deleted",
    }.get(record.replacement_strategy or "")


def describe_attribute(name: str, facts: Facts) -> str:
    """An attribute in a line: name, kind, and the property that it reads back."""
    text = f"{name}: {describe_type(facts.get('type', 'string'))}; read-only, known once deployed"
    mirrors: str | None = facts.get("mirrors")
    if mirrors is not None:
        text += f"; reads back {mirrors.removeprefix('/Properties/').replace('/', '.')}"
    return text


def describe_resource(record: ResourceType) -> list[tuple[str, str]]:
    """The facts on a type besides its members, each a heading and a sentence; what is not so is left out."""
    found = [("Ref returns", describe_ref(record))]
    if record.identifier and record.identifier != record.ref:
        found.append(("Identifier", join_words(describe_part(record, n) for n in record.identifier)))
    if record.physical_name is not None:
        required = record.properties[record.physical_name].required
        text = "must be given" if required else "AWS makes a name where none is given"
        found.append(("Name", f"{record.physical_name}; {text}"))
    found.append(("Collision", describe_collision(record)[1]))
    if (unique := describe_unique(record)) is not None:
        found.append(("Unique", unique))
    risk = describe_risk(record)
    found.append(("At risk", risk or "nothing is known to be lost with it"))
    found += describe_deletion(record)
    if (strategy := describe_strategy(record)) is not None:
        found.append(("Replacement", strategy))
    if record.no_update:
        found.append(("Updates", NO_UPDATE))
    if record.becomes:
        found.append(("Becomes", f"{record.becomes}, under the same logical ID"))
    found.append(("Tags", describe_tags(record)))
    return found


def describe_service(module: str) -> str:
    """The types of a service, a line each."""
    from . import resource_type, service

    names = service(module)
    if not names:
        return ""
    lines = [f"{names[0].rpartition('::')[0]}: {len(names)} resource types, each a class.", ""]
    for name in names:
        record = resource_type(name)
        risk = f"; {record.stateful} at risk" if record.stateful else ""
        count = len(record.properties)
        lines.append(
            f"    {name.split('::')[-1]}: {count} {'property' if count == 1 else 'properties'}{risk}"
        )
    return "\n".join(lines)
