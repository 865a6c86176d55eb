"""Live stacks as sources: ``live:STACK``, ``live:STACK@REGION``, and ``live+processed:`` for the template after macros.

All calls read. What only some commands need, as the exports of the region, is fetched when it is asked for.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import attrs

from .. import document
from ..errors import DocumentError, SourceError
from ..sources import DeployedStack, Exports, LoadedTemplate, of_document
from . import stacks
from .connection import Connection, connect
from .records import Stack, StackResource

T = TypeVar("T")

_SOURCE = re.compile(
    r"live(?P<processed>\+processed)?:(?P<stack>arn:[^@\s]+|[A-Za-z][A-Za-z0-9-]*)(?:@(?P<region>[a-z0-9-]+))?"
)
# States in which a resource does not exist.
_ABSENT = ("DELETE_COMPLETE", "CREATE_FAILED", "CREATE_IN_PROGRESS")


def load(source: str, *, session: Any = None, region: str | None = None) -> LoadedTemplate:
    """The template of a live stack. Raises `DeploymentError` if it does not exist or cannot be read."""
    found = _SOURCE.fullmatch(source)
    if found is None:
        raise SourceError(f"expected live:STACK or live:STACK@REGION, found {source!r}")
    name = found["stack"]
    of_arn = name.split(":")[3] if name.startswith("arn:") and name.count(":") > 3 else None
    if of_arn and found["region"] and of_arn != found["region"]:
        raise SourceError(f"{source!r} names two regions: {of_arn} and {found['region']}")
    connection = connect(found["region"] or of_arn or region, session=session)
    stage: stacks.Stage = "Processed" if found["processed"] else "Original"
    return live_template(connection, stacks.existing(connection, name), stage)


def live_template(connection: Connection, stack: Stack, stage: stacks.Stage = "Original") -> LoadedTemplate:
    """The template of a stack, with what AWS knows of it."""
    name = f"live:{stack.name}@{stack.region}"
    if stack.status == "REVIEW_IN_PROGRESS":
        # Nothing was created yet, and GetTemplate has nothing to give.
        return LoadedTemplate(stack.name, {}, "json", live=_deployed(connection, stack, None, {}))
    text, policy, resources = _at_once(
        lambda: stacks.template(connection, stack.id, stage),
        lambda: stacks.stack_policy(connection, stack.id),
        lambda: stacks.resources(connection, stack.id),
    )
    try:
        found = document.parse(text, name=name)
    except DocumentError as error:
        # It was deployed, so it is no mistake of the user.
        raise DocumentError(
            f"the template of the stack {stack.name!r} cannot be read: {error.message}", origin=error.origin
        ) from None
    found.deployed = True
    made = of_document(stack.name, found, None)
    return attrs.evolve(made, live=_deployed(connection, stack, policy, resources))


def _deployed(
    connection: Connection,
    stack: Stack,
    policy: Mapping[str, Any] | None,
    resources: Mapping[str, StackResource],
) -> DeployedStack:
    @cache
    def exports() -> Exports:
        return stacks.values_of_exports(connection)

    @cache
    def importers(export: str) -> list[str]:
        return stacks.importers(connection, export)

    @cache
    def nested(logical_id: str) -> LoadedTemplate | None:
        resource = resources.get(logical_id)
        if resource is None or resource.physical_id is None or resource.type != "AWS::CloudFormation::Stack":
            return None
        found = stacks.describe(connection, resource.physical_id)
        return None if found is None else live_template(connection, found)

    return DeployedStack(
        name=stack.name,
        id=stack.id,
        region=stack.region,
        account=stack.account,
        status=stack.status,
        parameters={key: each.value for key, each in stack.parameters.items()},
        resolved={key: each.resolved for key, each in stack.parameters.items() if each.resolved is not None},
        tags=stack.tags,
        outputs={key: each.value for key, each in stack.outputs.items()},
        exported={each.export: each.value for each in stack.outputs.values() if each.export is not None},
        physical_ids={
            key: each.physical_id
            for key, each in resources.items()
            if each.physical_id is not None and each.status not in _ABSENT
        },
        policy=policy,
        exports=exports,
        importers=importers,
        nested=nested,
    )


def _at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The results of calls that run at the same time; the first error of them in their order is raised.

    The threads are daemons, so that Ctrl-C ends the program at once.
    """
    found: dict[int, Any] = {}
    failed: dict[int, BaseException] = {}

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            found[place] = call()
        except BaseException as error:
            failed[place] = error

    threads = [
        threading.Thread(target=run, args=(place, call), daemon=True) for place, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[min(failed)]
    return [found[place] for place in range(len(calls))]
