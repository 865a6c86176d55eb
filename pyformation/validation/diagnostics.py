"""The diagnostics of cloudformation-validate as findings: its rules, severities and paths in our terms."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import attrs

from ..evaluation.expressions import is_function
from ..finding import Finding
from ..plain import LOOP, is_list, is_mapping, mapping_or_empty
from ..pointers import index_of, longest_key, pointer
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


class NoAnswerError(Exception):
    """cloudformation-validate did not look at a template, and why; not shortened, as it may quote a secret."""


def ask(engine: Any, text: str, name: str, data: Mapping[str, Any]) -> Said:
    """The diagnostics of an engine of cloudformation-validate for a template's text; `data` is the template. Raises
    `NoAnswerError` if the engine fails."""
    package: Any = importlib.import_module("cloudformation_validate")

    try:
        report = engine.validate_template(
            package.TemplateContent(text, name.encode(errors="replace").decode())
        )
    except package.ValidationError as error:
        raise _refused(str(error)) from None
    return _said(report.diagnostics, data)


def _refused(error: str) -> NoAnswerError:
    return NoAnswerError(f"it refuses the template ({error.strip().partition(chr(10))[0]})")


def too_slow(seconds: float) -> NoAnswerError:
    """It may try all combinations of conditions."""
    return NoAnswerError(f"it takes more than {seconds:g} seconds to look at the template")


def _said(diagnostics: Iterable[Any], data: Mapping[str, Any]) -> Said:
    findings: list[Finding] = []
    rules: dict[str, str] = {}
    lines: list[int | None] = []
    for found in diagnostics:
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


# ---------------------------------------------------------------------------------------------
# In a child: the validator computes values, and one that needs too much memory ends the process.

# What a text may need at most: its longest literal, in each function.
_MOST_CHARACTERS = 4_000_000
# Each function around another may make the text longer.
_DEEPEST = 8
# With loops among so many expressions, what they make is not looked at closer.
_MANY = 5_000
# Of the child, which the system counts; if it is stuck, the clock decides.
_SECONDS, _STUCK = 5, 30.0

_CHILD = """
import json, sys
import cloudformation_validate as package
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
except Exception:
    pass
text, name = json.load(sys.stdin)
try:
    found = package.CelEngine().validate_template(package.TemplateContent(text, name)).diagnostics
except package.ValidationError as error:
    print(json.dumps(str(error)))
else:
    print(json.dumps([
        [
            one.rule_id, one.category, one.severity.name, one.message, one.property_path, one.start_line,
            one.rule_description,
            None if one.entity is None else [one.entity.entity_type.name, one.entity.logical_id],
        ]
        for one in found
    ]))
"""


def asks_for_much(data: Any) -> bool:
    """Whether the values of a template may be so large that the validator, which computes them, ends."""
    longest = functions = loops = nodes = 0
    left: list[tuple[Any, int]] = [(data, 0)]
    while left:
        node, depth = left.pop()
        nodes += 1
        inside: Iterable[Any] = node.values() if is_mapping(node) else node
        if is_mapping(node):
            for key in node:
                longest = max(longest, len(str(key)))
                if str(key).startswith(LOOP):
                    loops += 1
                    depth += _DEEPEST // 2  # A loop in a loop multiplies.
            if is_function(node):
                functions, depth = functions + 1, depth + 1
        if depth > _DEEPEST:
            return True
        for item in inside:
            if isinstance(item, str):
                nodes, longest = nodes + 1, max(longest, len(item))
            elif is_mapping(item) or is_list(item):
                left.append((item, depth))
    return longest * max(functions, 20) > _MOST_CHARACTERS or (loops > 0 and nodes > _MANY)


def ask_in_child(text: str, name: str, data: Mapping[str, Any], most: float = _SECONDS) -> Said:
    """What the validator says, asked in another process that gets so many seconds at most. Raises `NoAnswerError` where that ends, or takes too long."""
    import json
    import subprocess
    import sys
    from types import SimpleNamespace

    try:
        answer = subprocess.run(
            [sys.executable, "-P", "-c", _CHILD.replace("SECONDS", str(min(_SECONDS, int(most))))],
            input=json.dumps([text, name]).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_STUCK,
            check=False,
        )
        found: Any = json.loads(answer.stdout)
    except subprocess.TimeoutExpired:
        raise too_slow(_STUCK) from None
    except (OSError, ValueError):
        raise NoAnswerError("the template asks it for too much time or memory") from None
    if isinstance(found, str):
        raise _refused(found)
    rows: list[list[Any]] = found
    return _said(
        (
            SimpleNamespace(
                rule_id=row[0],
                category=row[1],
                severity=SimpleNamespace(name=row[2]),
                message=row[3],
                property_path=row[4],
                start_line=row[5],
                rule_description=row[6],
                entity=None
                if row[7] is None
                else SimpleNamespace(entity_type=SimpleNamespace(name=row[7][0]), logical_id=row[7][1]),
            )
            for row in rows
        ),
        data,
    )


# ---------------------------------------------------------------------------------------------
# Paths

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
            key = longest_key(node, rest, "./")
            if key:
                steps.append(key)
                node, rest = node[key], rest[len(key) + 1 :]
                continue
        step = rest.replace("/", ".").partition(".")[0]
        rest = rest[len(step) + 1 :]
        index = index_of(step)
        if is_list(node) and index is not None:
            steps.append(index)
            node = node[index] if index < len(node) else None
        else:
            steps.append(step)
            node = None
    return tuple(steps)
