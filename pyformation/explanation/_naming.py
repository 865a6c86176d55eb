"""From a name as people write it to the resource type or service that it begins with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from .. import catalog
from ..errors import CatalogError, join_words, nearest_names, shown
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
    if first.lower().startswith("custom::"):
        return _custom_resource(first), 1, []
    names = catalog.types()
    namespace, _, short = first.lower().rpartition("::")
    service = _module(short) if namespace in ("", "aws", "amzn", "alexa") else None
    if service is not None and len(tokens) > 1:
        for type_name in _called(tokens[1], catalog.service(service)):
            return catalog.resource_type(type_name), 2, []
    found = _called(first, names)
    # Config is a type of Ground Station, config a service.
    if service is not None and (not found or (len(tokens) == 1 and not found[0].endswith(first))):
        if len(tokens) == 1:
            return service, 1, []
        near = nearest_sentence(f"{service}.{tokens[1]}", map(python_spelling, catalog.service(service)))
        raise CatalogError(f"{service} has no resource type {shown(tokens[1])}{near}")
    if not found:
        raise _unknown_type(tokens, names)
    chosen = found[0] if len(found) == 1 else _usual(first)
    if chosen is None:
        listed = [*found[:_LISTED], *([f"{len(found) - _LISTED} more"] if len(found) > _LISTED else [])]
        raise CatalogError(
            f"{len(found)} resource types have the name {shown(first)}: {join_words(listed)}; give one with its "
            f"service, such as {python_spelling(found[0])}"
        )
    return catalog.resource_type(chosen), 1, [name for name in found if name != chosen]


def _custom_resource(name: str) -> catalog.ResourceType:
    own = name[len("Custom::") :]
    if not re.fullmatch(r"[A-Za-z0-9_@-]{1,60}", own):
        raise CatalogError(
            f"{shown(name)} is not a type of a custom resource: expected Custom:: and up to 60 letters, digits, _, @ "
            "and -"
        )
    return catalog.resource_type(f"Custom::{own}")


def _module(name: str) -> str | None:
    """The module of a service, in any case, with or without the underscore of ``lambda_``."""
    wanted = name.rstrip("_").lower()
    return next((m for m in catalog.modules() if m.rstrip("_") == wanted), None) if wanted else None


def _called(wanted: str, names: Iterable[str]) -> list[str]:
    """The types with a name, full or only its end, in any case."""
    end = f"::{wanted.lower()}"
    return [name for name in names if f"::{name.lower()}".endswith(end)]


def _usual(short: str) -> str | None:
    """The type that a short name of several types nearly always means, if there is one."""
    rows = catalog.reviewed("short_names")
    return next((str(row["type"]) for row in rows if row["name"].lower() == short.lower()), None)


def _unknown_type(tokens: Sequence[str], names: Iterable[str]) -> CatalogError:
    first = tokens[0]
    prefix, colons, _ = first.lower().rpartition("::")
    if colons:
        siblings = [name for name in names if name.lower().rpartition("::")[0].endswith(prefix)]
        near = nearest_sentence(first, siblings or names)
    elif len(tokens) > 1:
        # s4.Bucket: which service was meant?
        near = nearest_sentence(".".join(tokens[:2]), map(python_spelling, names))
    else:
        meant: dict[str, str] = {name.split("::")[-1]: name for name in reversed(list(names))}
        meant |= {row["name"]: row["type"] for row in catalog.reviewed("short_names")}
        near = nearest_sentence(first, [*meant, *catalog.modules()], meant)
    what = "resource type" if colons else "resource type or service"
    return CatalogError(f"there is no {what} {shown(first)}{near}")


def nearest_sentence(name: str, names: Iterable[str], meant: Mapping[str, str] | None = None) -> str:
    """``"; the nearest are a, b and c"``: the three nearest names, or what they mean."""
    found = nearest_names(name, names, cutoff=0.0)
    near = list(dict.fromkeys((meant or {}).get(each, each) for each in found))
    return f"; the nearest {'is' if len(near) == 1 else 'are'} {join_words(near)}" if near else ""


def python_spelling(type_name: str) -> str:
    """What a type is in Python: ``s3.Bucket``."""
    if type_name.split("::")[0] in OURS:
        return f"{module_name(type_name)}.{type_name.split('::')[-1]}"
    if type_name.startswith("Custom::") and not catalog.is_registered(type_name):
        return f'AnyResource("{type_name}", ...)'
    return f'resource_class("{type_name}")'
