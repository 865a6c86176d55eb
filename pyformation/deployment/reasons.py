"""What AWS's reasons for a failure mean: one table of patterns (failures.json) with one reader.

>>> advice('The role defined for the function cannot be assumed by Lambda.', "AWS::Lambda::Function")[0].sentence
"the role's trust policy must allow lambda.amazonaws.com to assume it"
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from .. import catalog
from ..pointers import steps_of
from .tables import table

# No reason is that long, and patterns should not have to look further.
_LIMIT = 4000


@attrs.frozen
class Advice:
    """What a reason means, in a sentence, and where that is documented.

    `property` is what it is about, if every failure of the kind is about that one; `trust` the service that a role
    must trust; `custom` says that the log of a custom resource's function has more.
    """

    sentence: str
    source: str
    property: str | None = None
    trust: str | None = None
    custom: bool = False


def advice(reason: str, type_: str, **names: str) -> list[Advice]:
    """What a reason means: nothing, or one row of the table. `names` are `own`, the stack, and `id`, the logical ID."""
    text = reason[:_LIMIT]
    for pattern, row in _rows():
        if not _is_about(type_, row.get("types")):
            continue
        found = pattern.search(text)
        if found is not None:
            words = {name: value or "" for name, value in found.groupdict().items()} | names
            filled = {key: row[key].format_map(_Names(words)) for key in ("help", "trust") if key in row}
            return [
                Advice(
                    filled["help"],
                    row["source"],
                    row.get("property"),
                    filled.get("trust"),
                    bool(row.get("custom")),
                )
            ]
    return []


def is_canceled(reason: str) -> bool:
    """Whether a resource did not fail itself: another one failed, and this one was stopped."""
    return _matches("canceled", reason)


def is_derived(reason: str) -> bool:
    """Whether a reason only says that another event has the cause."""
    return _matches("derived", reason)


def plain_words(reason: str) -> str:
    """AWS's words without what its services wrap around them: quotes, status codes, identifiers of requests."""
    text = reason.strip()
    if len(text) > _LIMIT:
        return text
    for pattern in _WRAPPERS:
        text = pattern.sub("", text).strip()
    if len(text) > 1 and text[0] == text[-1] == '"' and text.count('"') == 2:
        text = text[1:-1].strip()
    for pattern in _WRAPPERS:
        text = pattern.sub("", text).strip()
    return text


def property_in(reason: str, type_: str) -> tuple[str, ...]:
    """The property that a reason names, as a path by CloudFormation's names; empty if it names none."""
    text = reason[:_LIMIT]
    for pattern in _patterns("properties"):
        for found in pattern.finditer(text):
            groups = found.groupdict()
            path = groups.get("pointer") or "/".join(
                part for part in (groups.get("under"), groups.get("name")) if part
            )
            steps = _known(type_, [step for step in re.split(r"[/.]", path) if step])
            if steps:
                return steps
    return ()


def property_at(pointer: str, type_: str) -> tuple[str, ...]:
    """The property that a validation's path names: ``/Resources/Bucket/Properties/BucketName``."""
    steps = steps_of(pointer.removeprefix("#")) if pointer.removeprefix("#").startswith("/") else []
    if steps[:1] == ["Resources"]:
        steps = steps[2:]
    if steps[:1] == ["Properties"]:
        steps = steps[1:]
    return _known(type_, list(steps))


def _known(type_: str, steps: list[str]) -> tuple[str, ...]:
    """The path, with the property spelled as the catalog does; services spell it ``functionName``."""
    if not steps:
        return ()
    record = catalog.find(type_)
    if record is None:
        return tuple(steps)
    first = {name.lower(): name for name in record.properties}.get(steps[0].lower())
    return () if first is None else (first, *steps[1:])


# ---------------------------------------------------------------------------------------------
# The table

_WRAPPERS = (
    re.compile(r"^Resource handler returned message: ?"),
    re.compile(r" ?\(RequestToken: [^()]*\)\.?$"),
    re.compile(r" ?\(Service: [^()]*(?:\([^()]*\)[^()]*)*\)(?=\"?\.?$)"),
    re.compile(r" ?\(SDK Attempt Count: \d+\)(?=\"?\.?$)"),
)


class _Names(dict[str, str]):
    """A name that a pattern has no group for stays empty."""

    def __missing__(self, key: str) -> str:
        return ""


@functools.cache
def _patterns(key: str) -> list[re.Pattern[str]]:
    return [re.compile(row["pattern"]) for row in table("failures")[key]]


def _matches(key: str, reason: str) -> bool:
    return any(pattern.search(reason[:_LIMIT]) for pattern in _patterns(key))


def _rows() -> Iterator[tuple[re.Pattern[str], Mapping[str, Any]]]:
    return zip(_patterns("rows"), table("failures")["rows"], strict=True)


def _is_about(type_: str, types: list[str] | None) -> bool:
    return types is None or type_ in types
