"""The catalog's facts in sentences for help() and `explain`: the reason of an update behavior, and a type."""

from __future__ import annotations

from ..errors import join_words
from ._words import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ._records import Facts, ResourceType, Update

NO_UPDATE = "the type has no update handler: an update may fail, or replace the resource"


def update_word(update: Update, below: Update = "Never") -> str:
    """One word for a table: "in place" only where it is certain, nested properties included."""
    if update == "Never" and below != "Never":
        return "partly"
    return {"Never": "in place", "Conditionally": "maybe", "Always": "replaces"}[update]


# ---------------------------------------------------------------------------------------------
# The reason of an update behavior

_SCHEMA = {
    "Always": "AWS's schema lists it under createOnlyProperties",
    "Conditionally": "AWS's schema lists it under conditionalCreateOnlyProperties, and AWS publishes no condition",
    "Never": "AWS's schema lists it neither as create-only nor as conditionally create-only",
}


def reviewed_update(facts: Facts) -> dict[str, Any]:
    """The reviewed row that the `rule` of a property refers to; empty where there is none."""
    from . import reviewed

    nothing: dict[str, Any] = {}
    rule = facts.get("rule")
    return next((row for row in reviewed("updates") if row["id"] == rule), nothing)


def explain_cause(record: ResourceType, steps: list[str], update: Update, why: Facts) -> tuple[str, str]:
    """Why an update of a property has this behavior, in a sentence, and the source of that.

    `steps` lead below Properties to the property that decides; `why` are its facts.
    """
    from . import is_registered, schema_date

    if row := reviewed_update(why):
        return str(row["reason"]), str(row["source"])
    if record.is_sam:
        return _explain_sam(record, steps, update)
    if is_registered(record.name):
        return "the type's own declaration says so", "the schema or class that was registered"
    return _SCHEMA[update], f"registry schema of {schema_date()}"


def _explain_sam(record: ResourceType, steps: list[str], update: Update) -> tuple[str, str]:
    from . import resource_type, reviewed

    for row in reviewed("sam"):
        if row["type"] == record.name and row.get("property") == steps[0]:
            becomes = f"it becomes {row['becomes']}: " if row.get("becomes") else ""
            return f"{becomes}{row['reason']}", str(row["source"])
    other = None if record.becomes is None else resource_type(record.becomes)
    if other is None or steps[0] not in other.properties:
        return (
            "it is not known what it becomes, so it is treated as conditional",
            "AWS SAM does not document it",
        )
    behind = other.properties[steps[0]]
    reason, source = explain_cause(other, steps[:1], behind.update, behind.facts)
    if behind.update != update == "Conditionally":
        reason = "some nested properties replace the resource"
    return f"it becomes {other.name}.{steps[0]}: {reason}", source


# ---------------------------------------------------------------------------------------------
# A resource type


def describe_part(record: ResourceType, name: str) -> str:
    """A part of an identifier: "the property BucketName", "the attribute Arn"."""
    if name == "Id":
        return "the physical ID (attribute Id)"
    found = record.properties.get(name.split("/")[0])
    kind = "attribute" if found is None or found.read_only else "property"
    return f"the {kind} {dotted(name)}"


def describe_ref(record: ResourceType) -> str:
    """What Ref returns."""
    if record.open:
        return "the PhysicalResourceId that the handler returns"
    if not record.ref:
        return "nothing that AWS documents"
    text = join_words(describe_part(record, name) for name in record.ref)
    return text if len(record.ref) == 1 else f"{text}, joined by |"


def describe_collision(record: ResourceType) -> tuple[str | None, str]:
    """What a replacement means for the names that stay: a word (always, name, unique, never) and a sentence.

    CloudFormation creates the new resource before it deletes the old one, unless the type says otherwise.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
    """
    from . import create_only_paths

    if record.open:
        return None, "the handler decides"
    if record.replacement_strategy == "delete_then_create":
        lost = ", and its data is lost before the new one exists" if record.stateful == "data" else ""
        return (
            "never",
            "none on replacement: the old resource is deleted before the new one is created, so for a while "
            f"there is none{lost}",
        )
    names = [record.physical_name] if record.physical_name is not None else []
    always = record.identity_can_be_given and set(record.identifier) <= set(record.required)
    if always or (not names and record.identity_can_be_given and record.unique_by is None):
        names = record.identifier
    if not names and record.unique_by is None:
        return None, "none is known: AWS generates its identifier, or the identifier is not a name"
    if not names:
        return (
            "unique",
            f"there may be only {_each(record.unique_by)}: a replacement that keeps it, or another logical ID, "
            "collides with the existing one",
        )
    name = join_words(map(dotted, names))
    own = {each.partition("/")[0] for each in names}
    tops = {path.split("/")[2] for path in create_only_paths(record.name)} - own
    if all(record.properties[top].read_only for top in tops):
        only = f"none on replacement: only a new {name} replaces it."
        return "never", f"{only} Another logical ID with the same {name} collides"
    where, or_none = ("", "") if always else (" where you give that name", ", or leave it out")
    return (
        "always" if always else "name",
        f"a replacement that keeps {name} fails{where}: the new resource is created before the old one is deleted. "
        f"Change {name} as well{or_none}",
    )


def _each(names: Iterable[str] | None) -> str:
    what = join_words(map(dotted, names or ()))
    return f"one for each {what}" if what else "one an account and region"


_RISKS = {
    "data": "it holds data, which is lost when it is deleted or replaced",
    "identity": "it stores nothing, but its ARN, endpoint or DNS name changes when it is deleted or replaced, "
    "and references outside this stack break",
}


def default_policy(record: ResourceType) -> str:
    """The DeletionPolicy where a template gives none: "Snapshot (Delete where DBClusterIdentifier is set)"."""
    default = record.deletion_default
    return default["policy"] + (f" (Delete where {default['unless']} is set)" if "unless" in default else "")


def _describe_deletion(record: ResourceType) -> Iterator[tuple[str, str]]:
    """What happens on deletion and replacement, and what prevents it: headings and sentences."""
    if record.on_delete:
        yield "On deletion", record.on_delete[:1].lower() + record.on_delete[1:].rstrip(".")
    policies: list[str] = []
    if record.deletion_default["policy"] != "Delete":
        policies.append(f"the default DeletionPolicy is {default_policy(record)}")
    if record.snapshot:
        policies.append("DeletionPolicy and UpdateReplacePolicy may be Snapshot")
    if record.stateful or record.snapshot:
        policies.append("without an UpdateReplacePolicy a replacement deletes the old resource")
    if policies:
        yield "Policies", "; ".join(policies)
    protection = record.deletion_protection
    if protection is not None:
        given = (str(v).lower() if isinstance(v, bool) else str(v) for v in record.deletion_protection_values)
        of = "".join(f" of {name}" for name in record.deletion_protection_where.values())
        yield "Protection", f"while {dotted(protection)}{of} is {join_words(given, 'or')}, a deletion fails"


def _describe_tags(record: ResourceType) -> str:
    """How tags are given."""
    tags = record.tags
    if tags is None:
        return "none: the type does not support tags"
    form = {
        "map": "a mapping of text to text",
        "specifications": "a list of tags for each kind of resource "
        f"({tags.get('resource_type')} for the resource itself)",
    }.get(tags["shape"], f"a list of {tags.get('key', 'Key')} and {tags.get('value', 'Value')}")
    return f"{tags['property']}, {form}"


def describe_resource(record: ResourceType) -> Iterator[tuple[str, str]]:
    """The facts on a type besides its members, each a heading and a sentence."""
    yield "Ref returns", describe_ref(record)
    if record.identifier and record.identifier != record.ref:
        yield "Identifier", join_words(describe_part(record, n) for n in record.identifier)
    name = record.physical_name
    if name is not None:
        text = "required" if record.properties[name].required else "AWS generates a name if you give none"
        yield "Name", f"{name}; {text}"
    yield "At risk", _RISKS.get(record.stateful or "", "nothing is known to be lost with it")
    yield "Collision", describe_collision(record)[1]
    if record.unique_by is not None and (name is not None or record.identity_can_be_given):
        same = ": another logical ID for the same collides" if record.unique_by else ""
        yield "Unique", _each(record.unique_by) + same
    yield from _describe_deletion(record)
    # The fact about collisions says it of the types that delete the old resource first.
    if record.replacement_strategy == "create_then_delete":
        yield "Replacement", "the new resource is created first, then the old one is deleted"
    if record.no_update:
        yield "Updates", NO_UPDATE
    if record.becomes:
        yield "Becomes", f"{record.becomes}, under the same logical ID"
    yield "Tags", _describe_tags(record)
