"""The diagnostics of cloudformation-validate as findings: its rules, severities and paths in our terms."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from ..errors import SourceError
from ..finding import Finding
from ..plain import is_list, is_mapping, mapping_or_empty
from ..pointers import pointer
from ..sections import ELEMENTS
from .uses import Path

_SEVERITIES: dict[str, Literal["error", "warning", "info"]] = {
    "FATAL": "error",
    "ERROR": "error",
    "WARN": "warning",
    "INFO": "info",
    "DEBUG": "info",
}


@attrs.frozen
class Said:
    """The validator's findings on a template, without our lines, and the wording of each rule. `lines` are the lines
    that it gives for findings without a path of ours."""

    findings: tuple[Finding, ...]
    rules: Mapping[str, str]
    lines: tuple[int | None, ...]


def ask(engine: Any, text: str, name: str, data: Mapping[str, Any]) -> Said:
    """The diagnostics of an engine of cloudformation-validate for a template's text; `data` is the template. Raises
    `SourceError` if the engine fails."""
    package: Any = importlib.import_module("cloudformation_validate")

    try:
        report = engine.validate_template(
            package.TemplateContent(text, name.encode(errors="replace").decode())
        )
    except package.ValidationError as error:
        first = str(error).strip().partition("\n")[0]
        raise SourceError(f"cloudformation-validate cannot look at {name}: {first}") from None
    findings: list[Finding] = []
    rules: dict[str, str] = {}
    lines: list[int | None] = []
    for found in report.diagnostics:
        path = _path(data, found)
        resource = str(path[1]) if len(path) > 1 and path[0] == "Resources" else None
        kind = (found.category or "other").lower().replace(" ", "-")
        findings.append(
            Finding(
                found.rule_id,
                kind,
                _SEVERITIES[found.severity.name],
                resource,
                found.message,
                pointer(path) if path else None,
            )
        )
        lines.append(found.start_line)
        rules.setdefault(found.rule_id, found.rule_description or found.message)
    return Said(tuple(findings), rules, tuple(lines))


_SECTIONS = {element.upper(): name for name, element in ELEMENTS.items()}


def _path(data: Mapping[str, Any], found: Any) -> Path:
    """The path of a diagnostic.

    It is below a resource (``Properties.Tags.0``) or below the template (``Outputs/Url/Value``), with dots that may
    also be part of a key.
    """
    base: Path = ()
    entity = found.entity
    if entity is not None and entity.entity_type.name in _SECTIONS:
        base = (_SECTIONS[entity.entity_type.name], entity.logical_id)
    text: str = found.property_path or ""
    if text.replace(".", "/").split("/")[0] in data or not base:
        base = ()
    node: Any = data
    for step in base:
        node = mapping_or_empty(node).get(str(step))
    return (*base, *_steps(node, text))


def _steps(node: Any, text: str) -> Path:
    """The steps of such a path; the keys of the template decide which dots separate steps."""
    steps: list[str | int] = []
    rest = text
    while rest:
        if is_mapping(node):
            keys = [str(key) for key in node if _begins(rest, str(key))]
            if keys:
                key = max(keys, key=len)
                steps.append(key)
                node, rest = node[key], rest[len(key) + 1 :]
                continue
        step = rest.replace("/", ".").partition(".")[0]
        rest = rest[len(step) + 1 :]
        if is_list(node) and step.isdecimal():
            index = int(step)
            steps.append(index)
            node = node[index] if index < len(node) else None
        else:
            steps.append(step)
            node = None
    return tuple(steps)


def _begins(text: str, key: str) -> bool:
    return bool(key) and text.startswith(key) and text[len(key) : len(key) + 1] in ("", ".", "/")
