"""From a name as people write it to the resource type or service that it begins with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .. import catalog
from ..catalog import _sentences
from ..errors import CatalogError, nearest_names, shown
from ..names import module_name
from ..pointers import steps_of

# Longer than any name.
_LONGEST = 300
_LISTED = 12
# The namespaces of the types that have modules in pyformation.aws.
OURS = ("AWS", "AMZN", "Alexa")


def split_name(name: str) -> tuple[list[str], list[str]]:
    """A name as the parts before a JSON pointer, and the pointer's steps."""
    text = re.sub(r"\[(\d+|\*)\]", "", name.strip())
    head, _, below = text.partition("/")
    tokens = head.split(".")
    below = below.rstrip("/")
    steps = steps_of(f"/{below}") if below else []
    if steps[:1] == ["Properties"] and len(steps) > 1:
        # The section of the template, although some types have a property of that name.
        del steps[0]
    if not text or len(text) > _LONGEST or not all(tokens) or not all(steps):
        raise CatalogError(
            f"{shown(name)} is not a name; give a type, a property or a service, such as s3.Bucket.bucket_name "
            "or AWS::S3::Bucket"
        )
    return tokens, steps


def find_type(tokens: Sequence[str]) -> tuple[catalog.ResourceType | str, int, list[str]]:
    """The type or the module of a service that a name begins with, how many parts that is, and other candidates."""
    first = tokens[0]
    if "::" in first:
        return _find_full(first), 1, []
    names = catalog.types()
    service = _module(first)
    short = _called(first, names)
    if service is not None and len(tokens) > 1:
        for type_name in _called(tokens[1], catalog.service(service)):
            return catalog.resource_type(type_name), 2, []
    # Config is a type of Ground Station, config a service.
    if service is not None and (not short or (len(tokens) == 1 and first != short[0].split("::")[-1])):
        if len(tokens) == 1:
            return service, 1, []
        there = {f"{service}.{t.split('::')[-1]}": t for t in catalog.service(service)}
        near = nearest_names(f"{service}.{tokens[1]}", there, cutoff=0.0)
        raise CatalogError(f"{service} has no resource type {shown(tokens[1])}{nearest_sentence(near)}")
    if not short:
        raise _unknown_type(tokens, names)
    chosen = short[0] if len(short) == 1 else _usual(first)
    if chosen is None:
        listed = [*short[:_LISTED], *([f"{len(short) - _LISTED} more"] if len(short) > _LISTED else [])]
        raise CatalogError(
            f"{len(short)} resource types have the name {shown(first)}: {_sentences.join_words(listed)}; give one with "
            f"its service, such as {python_spelling(short[0])}"
        )
    return catalog.resource_type(chosen), 1, [t for t in short if t != chosen]


def _find_full(first: str) -> catalog.ResourceType | str:
    """The type or service of a name with colons: ``AWS::S3::Bucket``, ``S3::Bucket``, ``AWS::S3``."""
    lower = first.lower()
    if lower.startswith("custom::"):
        own = first[len("custom::") :]
        if not re.fullmatch(r"[A-Za-z0-9_@-]{1,60}", own):
            raise CatalogError(
                f"{shown(first)} is not a type of a custom resource: expected Custom:: and up to 60 letters, digits, "
                "_, @ and -"
            )
        return catalog.resource_type(f"Custom::{own}")
    names = catalog.types()
    for name in names:
        if name.lower() == lower or name.lower().partition("::")[2] == lower:
            return catalog.resource_type(name)
    namespace, _, rest = lower.partition("::")
    module = _module(rest) if namespace in ("aws", "amzn", "alexa") else None
    if module is not None:
        return module
    prefix = lower.rpartition("::")[0]
    siblings = [n for n in names if prefix and n.lower().rpartition("::")[0] in (prefix, f"aws::{prefix}")]
    near = nearest_names(first, siblings if len(siblings) >= 3 else names, cutoff=0.0)
    raise CatalogError(f"there is no resource type {shown(first)}{nearest_sentence(near)}")


def _module(name: str) -> str | None:
    """The module of a service, in any case, with or without the underscore of ``lambda_``."""
    wanted = name.rstrip("_").lower()
    return next((m for m in catalog.modules() if m.rstrip("_") == wanted), None) if wanted else None


def _called(short: str, names: Iterable[str]) -> list[str]:
    """The types with a short name, in any case."""
    end = f"::{short.lower()}"
    return [name for name in names if name.lower().endswith(end)]


def _usual(short: str) -> str | None:
    """The type that a short name of several types nearly always means, if there is one."""
    rows = catalog.reviewed("short_names")
    return next((str(row["type"]) for row in rows if row["name"].lower() == short.lower()), None)


def _unknown_type(tokens: Sequence[str], names: Iterable[str]) -> CatalogError:
    if len(tokens) > 1:
        # s4.Bucket: which service was meant?
        near = nearest_names(".".join(tokens[:2]), [python_spelling(name) for name in names], cutoff=0.0)
    else:
        by_short: dict[str, str] = {}
        for name in names:
            by_short.setdefault(name.split("::")[-1], name)
        candidates = [*by_short, *catalog.modules()]
        near = [
            by_short.get(n, n) if _usual(n) is None else str(_usual(n))
            for n in nearest_names(tokens[0], candidates, cutoff=0.0)
        ]
    return CatalogError(f"there is no resource type or service {shown(tokens[0])}{nearest_sentence(near)}")


def nearest_sentence(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"; the nearest {'is' if len(names) == 1 else 'are'} {_sentences.join_words(names)}"


def python_spelling(type_name: str) -> str:
    """What a type is in Python: ``s3.Bucket``."""
    if type_name.split("::")[0] in OURS:
        return f"{module_name(type_name)}.{type_name.split('::')[-1]}"
    if type_name.startswith("Custom::") and not catalog.is_registered(type_name):
        return f'AnyResource("{type_name}", ...)'
    return f'resource_class("{type_name}")'
