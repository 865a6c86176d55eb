"""A cause of a failure: the line of the template or program that declares it, and what it usually means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import attrs

from .. import catalog
from ..errors import Origin, PyformationError
from ..evaluation import prepare
from ..evaluation.expressions import section
from ..evaluation.references import uses
from ..evaluation.unknowns import parts
from ..plain import LOOP, is_list, is_mapping
from ..pointers import index_of
from ..sources import LoadedTemplate
from . import reasons
from .records import Event
from .statuses import State

# Before the rollback of an operation began, or after.
Phase = Literal["forward", "backward"]
_ROLE = "AWS::IAM::Role"


@attrs.frozen
class Cause:
    """Something that failed: a resource, a hook, a validation, or the stack as a whole.

    `path` has the logical IDs of the nested stacks that lead to it. `words` are AWS's own, `property_path` is the
    property that they name (``Tags/0/Key``), `origin` the line that declares it. `help` are sentences on what that
    usually means, and `log` the last lines that the function of a custom resource wrote.
    """

    event: Event
    kind: Literal["resource", "hook", "validation", "stack"]
    path: tuple[str, ...]
    words: str
    property_path: str | None = None
    origin: Origin | None = None
    help: tuple[str, ...] = ()
    log: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The logical ID, behind those of the nested stacks (``Network.Vpc``), or the name of the stack."""
        if self.kind == "stack":
            return ".".join(self.path) or self.event.stack
        return ".".join((*self.path, self.event.logical_id or self.event.stack))


def deletion_policy(template: LoadedTemplate | None, path: Sequence[str], logical_id: str) -> str | None:
    """The deletion policy of a resource if the template says it in plain text, its default included."""
    owner = inside(template, path)
    resource: Any = None if owner is None else section(owner.data, "Resources").get(logical_id)
    if not is_mapping(resource):
        return None
    policy = resource.get("DeletionPolicy")
    if policy is not None:
        return policy if isinstance(policy, str) else None
    record = catalog.find(str(resource.get("Type")))
    if record is None:
        return "Delete"
    default = record.deletion_default
    unless = default.get("unless")
    given = unless is not None and unless in section(resource, "Properties")
    return "Delete" if given else default["policy"]


def inside(template: LoadedTemplate | None, path: Sequence[str]) -> LoadedTemplate | None:
    """The template of a nested stack that is a local file, or None."""
    found = template
    for logical_id in path:
        if found is None:
            return None
        resource = section(found.data, "Resources").get(logical_id)
        url = section(resource, "Properties").get("TemplateURL") if is_mapping(resource) else None
        found = found.beside(url) if isinstance(url, str) else None
    return found


@attrs.frozen
class Explaining:
    """Completes causes with what the table of reasons and the template say."""

    template: LoadedTemplate | None
    stack: State

    def explained(self, cause: Cause) -> Cause:
        """A cause with the property that AWS names, the line that declares it, and what it usually means."""
        event = cause.event
        about = reasons.advice(
            f"{event.reason}\n{cause.words}", event.type, own=self.stack.name, id=event.logical_id
        )
        steps = reasons.property_at(event.validation_path or "", event.type)
        if not steps:
            steps = reasons.property_in(cause.words, event.type)
        for each in about:
            record = catalog.find(event.type)
            if not steps and each.property and record is not None and each.property in record.properties:
                steps = (each.property,)
        owner = inside(self.template, cause.path)
        sentences = [each.sentence for each in about]
        for each in about:
            if each.trust and owner is not None:
                sentences = [*_roles_that_do_not_trust(owner, event.logical_id, each.trust)] or sentences
        return attrs.evolve(
            cause,
            property_path="/".join(steps) or None,
            origin=self.origin(cause, steps),
            help=tuple(sentences),
        )

    def origin(self, cause: Cause, steps: Sequence[str] = ()) -> Origin | None:
        """The line that declares what failed, or the nested stack that it is in."""
        if self.template is None or cause.kind == "stack":
            return None
        owner = inside(self.template, cause.path)
        if owner is None:
            return self.template.origin(("Resources", cause.path[0]))
        return declared_at(owner, cause.event.logical_id, steps)


def declared_at(template: LoadedTemplate, logical_id: str, steps: Sequence[str] = ()) -> Origin | None:
    """The line of a resource, or of a property of it: where the template has it, or what a loop or SAM makes it of."""
    path = _path_of(template, logical_id)
    if path is None:
        return None
    if not steps or path[-1] != logical_id:
        return template.origin(path)
    return template.origin(
        (*path, "Properties", *(step if (place := index_of(step)) is None else place for step in steps))
    )


def _path_of(template: LoadedTemplate, logical_id: str) -> tuple[str | int, ...] | None:
    resources = section(template.data, "Resources")
    if logical_id in resources:
        return "Resources", logical_id
    if any(name.startswith(LOOP) for name in resources):
        try:
            found = prepare(template.data).written.get(logical_id)
        except PyformationError:
            found = None  # It was deployed with values that are not known here.
        if found is not None:
            return found
    # SAM and modules begin the names of what they make with the name of what they make it of.
    makers = [
        name
        for name, resource in resources.items()
        if logical_id.startswith(name) and is_mapping(resource) and _makes_others(str(resource.get("Type")))
    ]
    return ("Resources", max(makers, key=len)) if makers else None


def _makes_others(type_: str) -> bool:
    return type_.startswith("AWS::Serverless::") or type_.endswith("::MODULE")


def _roles_that_do_not_trust(template: LoadedTemplate, logical_id: str, service: str) -> Iterator[str]:
    """A sentence for each role that a resource refers to and that does not trust a service."""
    resources = section(template.data, "Resources")
    resource = resources.get(logical_id)
    if not is_mapping(resource):
        return
    for name in dict.fromkeys(use.name for use in uses(section(resource, "Properties"))):
        role = resources.get(name) if isinstance(name, str) else None
        if not is_mapping(role) or role.get("Type") != _ROLE:
            continue
        trusted = sorted(set(_services(section(role, "Properties").get("AssumeRolePolicyDocument"))))
        if service in trusted:
            continue
        origin = template.origin(("Resources", name))
        where = "" if origin is None else f" ({origin})"
        whom = ", ".join(trusted) if trusted else "no service"
        yield f"{name}{where} trusts {whom}, not {service}"


def _services(node: Any) -> Iterator[str]:
    """The services in the principals of a policy."""
    for part in parts(node):
        if is_mapping(part) and "Service" in part:
            found = part["Service"]
            yield from (item for item in (found if is_list(found) else [found]) if isinstance(item, str))
