"""The IAM actions that a stack needs: those of its resources' handlers, of CloudFormation itself, and our own.

Nothing here talks to AWS. `permissions.json` beside this module lists the calls that this package makes, and
`catalog/reviewed/permissions.json` what stacks need beside the handlers of their resources.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import attrs

from .. import catalog
from ..errors import EvaluationError
from ..evaluation import macros, prepare
from ..evaluation.expressions import calls, section
from ..evaluation.unknowns import parts
from ..limits import LIMITS
from ..plain import is_mapping
from ..sources import LoadedTemplate
from ..sources.local_files import local_files, with_nested
from .tables import table

Command = Literal["plan", "deploy"]

_STACK = "AWS::CloudFormation::Stack"
_CUSTOM = "AWS::CloudFormation::CustomResource"
_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):")
_STORED = "AWS::SSM::Parameter::Value"
# The commands whose calls a deployment may need: the last ones where something went wrong.
_COMMANDS = {"plan": ("plan",), "deploy": ("plan", "deploy", "recover")}
# What AWS's checks before a deployment may read, and what creating, updating and deleting a stack does.
_HANDLERS = {"plan": ("read",), "deploy": ("create", "read", "update", "delete")}
# A managed policy has at most so many characters, without white space.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MANAGED_POLICY = 6_144


@attrs.frozen
class Permissions:
    """The IAM actions for a stack.

    `own` are those of the calls that pyformation makes, `packages` those for what is uploaded, `stack` those that
    CloudFormation needs with the caller's credentials, or with those of the stack's role. `notes` are sentences about
    what is not known.
    """

    own: tuple[str, ...]
    packages: tuple[str, ...]
    stack: tuple[str, ...]
    bucket: str | None
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The policy document. Passing roles stands apart, so that it can be limited to those roles."""
        roles = [action for action in self.stack if action == "iam:PassRole"]
        files = [action for action in self.packages if action.startswith("s3:")]
        images = [action for action in self.packages if not action.startswith("s3:")]
        where: Any = "*"
        if self.bucket is not None:
            where = [f"arn:*:s3:::{self.bucket}", f"arn:*:s3:::{self.bucket}/*"]
        statements = (
            ("Pyformation", list(self.own), "*"),
            ("Packages", files, where),
            ("Images", images, "*"),
            ("PassRole", roles, "*"),
            ("Stack", [action for action in self.stack if action not in roles], "*"),
        )
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resource}
                for name, actions, resource in statements
                if actions
            ],
        }


def permissions(
    template: LoadedTemplate, command: Command = "deploy", *, bucket: str | None = None
) -> Permissions:
    """The IAM actions for a plan or a deployment of a template, with whatever its conditions may create."""
    needs = _Needs(_HANDLERS[command])
    needs.add_template(template)
    groups = list(_COMMANDS[command])
    uploaded = local_files(template)
    groups += _uploads(template, uploaded)
    if command == "deploy" and needs.custom:
        groups.append("custom")
    own, packages = set[str](), set[str]()
    for row in _rows():
        if row["commands"] in groups and (action := _action(row)) is not None:
            (packages if row["commands"] in ("package", "image") else own).add(action)
    return Permissions(
        _compact(own), _compact(packages), _compact(needs.actions), bucket, tuple(needs.notes())
    )


def _uploads(template: LoadedTemplate, files: Iterable[Any]) -> Iterator[str]:
    """What is uploaded: local files, and a template that is too long for a call; images to their repository."""
    if any(True for _ in files) or len(json.dumps(template.data)) > LIMITS["inline bytes"]:
        yield "package"
    from ..assets.images import local_images

    if any(map(local_images, with_nested(template))):
        yield "image"


def _rows() -> list[dict[str, Any]]:
    return list(table("permissions")["rows"])


def _action(row: Mapping[str, Any]) -> str | None:
    name: str | None = row.get("action", row["operation"])
    return None if name is None else f"{row['service']}:{name}"


class _Needs:
    """What a stack and the stacks nested in it need."""

    def __init__(self, handlers: Iterable[str]) -> None:
        self.handlers = tuple(handlers)
        self.actions: set[str] = set()
        # Whether there is a custom resource, whose function has a log.
        self.custom = False
        self.unknown: dict[str, None] = {}
        self.partial: dict[str, None] = {}
        self._files: set[str] = set()

    def notes(self) -> Iterator[str]:
        """What is not known."""
        if self.unknown:
            names = ", ".join(self.unknown)
            yield f"the registry does not say which permissions these types need: {names}; add those of their APIs"
        yield from self.partial

    def add_template(self, template: LoadedTemplate) -> None:
        """Add what a template needs. Raises `EvaluationError` for one that CloudFormation would refuse."""
        try:
            prepared = prepare(template.data)
        except EvaluationError as error:
            if error.path is not None:
                error.origin = error.origin or template.origin(error.path.split("."))
            raise
        self.partial.update(dict.fromkeys(prepared.partial))
        for name in macros(template.data):
            self._add("transform", name if name.startswith("AWS::") else "*")
        for facts in section(prepared.data, "Parameters").values():
            self._add_parameter(facts.get("Type") if is_mapping(facts) else None)
        for name, _ in calls([prepared.data]):
            self._add("function", name)
        for text in parts(prepared.data):
            if isinstance(text, str):
                for service in _DYNAMIC.findall(text):
                    self._add("reference", service)
        for logical_id, resource in section(prepared.data, "Resources").items():
            if is_mapping(resource) and isinstance(resource.get("Type"), str):
                self._add_resource(template, logical_id, resource)

    def _add_resource(self, template: LoadedTemplate, logical_id: str, resource: Mapping[str, Any]) -> None:
        type_name: str = resource["Type"]
        named = _CUSTOM if type_name.startswith("Custom::") else type_name
        known = catalog.permissions(type_name)
        reviewed = self._add("resource", named)
        self.custom = self.custom or named == _CUSTOM
        for handler in self.handlers if known is not None else ():
            self.actions.update(known[handler] if known is not None else ())
        if known is None and not reviewed:
            self.unknown[type_name] = None
        if type_name == _STACK:
            self._add_nested(template, logical_id, section(resource, "Properties").get("TemplateURL"))

    def _add_nested(self, template: LoadedTemplate, logical_id: str, url: Any) -> None:
        nested: LoadedTemplate | None = None
        if template.live is not None:
            nested = template.live.nested(logical_id)
        elif isinstance(url, str):
            nested = template.beside(url)
        if nested is None:
            self.partial[f"the template of {logical_id} was not found, so what it needs is not known"] = None
        elif nested.file not in self._files:
            self._files.add(nested.file)
            self.add_template(nested)

    def _add_parameter(self, kind: object) -> None:
        if not isinstance(kind, str):
            return
        if kind.startswith(_STORED):
            self._add("parameter", _STORED)
            kind = kind[len(_STORED) :].strip("<>")
        self._add("parameter", kind.removeprefix("List<").rstrip(">"))

    def _add(self, kind: str, name: str) -> bool:
        """Add the actions of a reviewed row; whether there is one."""
        found = False
        for row in catalog.reviewed("permissions"):
            if row["kind"] == kind and row["name"] == name:
                found = True
                if not {"plan", *self.handlers}.isdisjoint(row["operations"].split()):
                    self.actions.update(row["actions"].split())
        return found


def _compact(actions: Iterable[str]) -> tuple[str, ...]:
    """The actions in order, without those that one with a wildcard allows as well."""
    patterns = [action for action in actions if "*" in action]
    return tuple(
        sorted(
            action
            for action in actions
            if not any(pattern != action and fnmatch.fnmatchcase(action, pattern) for pattern in patterns)
        )
    )
