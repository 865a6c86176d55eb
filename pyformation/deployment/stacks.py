"""What exists: stacks, their templates, policies and resources, and the exports of a region. Read rights suffice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from ..errors import DeploymentError, did_you_mean, shown
from ..names import STACK_NAME
from ..plain import is_mapping
from ..sources import Exports
from .connection import Connection
from .records import Export, Stack, StackResource, export_of, name_of, region_of, resource_of, stack_of

Stage = Literal["Original", "Processed"]

_DELETED = "DELETE_COMPLETE"


def describe(connection: Connection, name: str) -> Stack | None:
    """The stack with a name or an ARN, or None. A deleted stack is found by its ARN only, for 90 days."""
    _check(connection, name)
    try:
        page = connection.call("describe_stacks", StackName=name)
    except DeploymentError as error:
        if error.kind == "missing":
            return None
        raise
    found = [stack_of(each) for each in page.get("Stacks") or ()]
    if not name.startswith("arn:"):
        found = [each for each in found if each.status != _DELETED]
    return found[0] if found else None


def _check(connection: Connection, name: str) -> None:
    """Refuse what names no stack of the region: asked for no name, AWS describes all of them."""
    if name.startswith("arn:"):
        region = region_of(name)
        if region not in ("", connection.region):
            raise DeploymentError(
                f"the stack {name_of(name)!r} is in {region}, not in {connection.region}; use --region {region}",
                kind="region",
            )
    elif not STACK_NAME.fullmatch(name):
        raise DeploymentError(
            "expected the name of a stack (a letter, then letters, digits and -) or its ARN, found "
            f"{shown(name)}"
        )


def existing(connection: Connection, name: str) -> Stack:
    """The stack with a name or an ARN. Raises `DeploymentError` with the nearest name if there is none."""
    found = describe(connection, name)
    if found is None:
        try:
            hint = did_you_mean(name_of(name), {each.name for each in stacks(connection)})
        except DeploymentError:
            hint = ""  # The names are only a hint, and listing them needs another permission.
        raise DeploymentError(
            f"the stack {name_of(name)!r} does not exist in {connection.region}{hint}", kind="missing"
        )
    return found


def stacks(connection: Connection) -> Iterator[Stack]:
    """All stacks of the region that are not deleted, with what ListStacks says of each."""
    for each in connection.items("list_stacks", "StackSummaries"):
        if each.get("StackStatus") != _DELETED:
            yield stack_of(each)


def template(connection: Connection, stack: str, stage: Stage = "Original") -> str:
    """The text of a stack's template. AWS answers ``?`` for every character outside of ASCII.

    `Processed` is the template after its macros and transforms.
    """
    return str(
        connection.call("get_template", StackName=stack, TemplateStage=stage).get("TemplateBody") or ""
    )


def stack_policy(connection: Connection, stack: str) -> dict[str, Any] | None:
    """The stack policy, or None."""
    text: str | None = connection.call("get_stack_policy", StackName=stack).get("StackPolicyBody")
    if not text:
        return None
    found: object = json.loads(text)
    return found if is_mapping(found) else None


def resources(connection: Connection, stack: str) -> dict[str, StackResource]:
    """The resources of a stack by logical ID, on all pages."""
    return {
        found.logical_id: found
        for found in map(
            resource_of, connection.items("list_stack_resources", "StackResourceSummaries", StackName=stack)
        )
    }


def exports(connection: Connection) -> dict[str, Export]:
    """The exports of the region by name."""
    return {found.name: found for found in map(export_of, connection.items("list_exports", "Exports"))}


def values_of_exports(connection: Connection) -> Exports:
    """The values of the exports of the region by name."""
    return Exports((name, found.value) for name, found in exports(connection).items())


def importers(connection: Connection, export: str) -> list[str]:
    """The names of the stacks that import an export."""
    try:
        return [
            str(name)
            for page in connection.pages("list_imports", ExportName=export)
            for name in page.get("Imports") or ()
        ]
    except DeploymentError as error:
        # AWS answers an export that nobody imports with a ValidationError.
        if error.kind == "refused" and "not imported" in error.message:
            return []
        raise
