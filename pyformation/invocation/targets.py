"""What a user names to invoke: ``stack.py:Function``, ``stack.py:Stack.Function``, ``template.yaml:Function``."""

from __future__ import annotations

import os
from typing import Any

import attrs

from ..errors import SourceError, did_you_mean, nearest
from ..evaluation import prepare
from ..names import item_name, pascal_case, snake_case
from ..plain import LOOP, mapping_or_empty
from ..sources import LoadedTemplate, load, loaded, split_source

FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")


@attrs.frozen
class Target:
    """A function of a template."""

    template: LoadedTemplate
    logical_id: str


def find(source: object, function: str | None = None) -> Target:
    """The function that a user names, in a source or in an object of a program; a template with a single function
    needs no name."""
    if isinstance(source, (str, os.PathLike)):
        path: str = os.fsdecode(source)  # pyright: ignore[reportUnknownArgumentType]
        return find_all(path if function is None else f"{path}:{function}")[0]
    template = loaded(source)
    return _targets([template], template, function, template.name, several=False)[0]


def find_all(source: str, *, several: bool = False) -> list[Target]:
    """The function that a user names or, without a name and if `several` are welcome, every function."""
    path, name = _split(source)
    templates = load(path)
    path = "standard input" if path == "-" else path
    chosen, rest = _in_template(templates, path, name)
    return _targets(templates, chosen, rest, path, several=several)


def _targets(
    templates: list[LoadedTemplate], chosen: LoadedTemplate, name: str | None, path: str, *, several: bool
) -> list[Target]:
    if name is None:
        found = functions(chosen.data)
        if len(found) == 1 or (several and found):
            return [Target(chosen, each) for each in found]
        if not found:
            raise SourceError(f"{path} has no Lambda function")
        some = ", ".join(found[:5]) + (" ..." if len(found) > 5 else "")
        one = found[0] if len(templates) == 1 else f"{chosen.name}.{found[0]}"
        raise SourceError(f"{path} has several functions ({some}); name one ({path}:{one})")
    return [Target(chosen, logical_id(chosen, name, path))]


def logical_id(template: LoadedTemplate, name: str, path: str) -> str:
    """The logical ID of a function by that ID or by the attribute of the stack."""
    resources = _resources(template.data)
    found = functions(template.data)
    attribute = _as_logical_id(name)
    for candidate in (name, template.renamed.get(attribute, attribute)):
        if candidate in found:
            return candidate
        if candidate in resources:
            kind = mapping_or_empty(resources[candidate]).get("Type")
            raise SourceError(f"{candidate} is of type {kind}, not a Lambda function{_list(found)}")
    close = nearest(name, [*found, *map(snake_case, found)])
    hint = _list(found) if close is None else f"; did you mean {close!r}?"
    raise SourceError(f"{path} has no function {name!r}{hint}")


def functions(data: dict[str, Any]) -> list[str]:
    """The logical IDs of the functions in a template, those that loops make included."""
    return [
        name
        for name, resource in _resources(data).items()
        if mapping_or_empty(resource).get("Type") in FUNCTIONS
    ]


def _resources(data: dict[str, Any]) -> dict[str, Any]:
    resources = mapping_or_empty(data.get("Resources"))
    if any(name.startswith(LOOP) for name in resources):
        # Whatever the parameters are: loops over those without a value are not written out.
        return mapping_or_empty(prepare(data, serverless=False).data.get("Resources"))
    return resources


def _split(source: str) -> tuple[str, str | None]:
    for prefix in ("git:", "live:"):
        if source.startswith(prefix):
            raise SourceError(
                f"{source!r}: a function runs from files on this computer; name a file or stack module"
            )
    path, name = split_source(source)
    if name is not None or os.path.exists(source) or source == "-":
        return path, name
    before, colon, after = source.rpartition(":")
    # The hint about a missing file should name the file.
    if colon and after and (before == "-" or "/" not in after):
        return before, after
    return source, None


def _in_template(
    templates: list[LoadedTemplate], path: str, name: str | None
) -> tuple[LoadedTemplate, str | None]:
    """The template that a name begins with, or that has the function, and the rest of the name."""
    by_name = {template.name: template for template in templates}
    if name is not None:
        first, _, rest = name.partition(".")
        if first in by_name and path.endswith(".py"):
            return by_name[first], rest or None
        if len(templates) == 1:
            return templates[0], name
        attribute = _as_logical_id(name)
        having = [
            t for t in templates if {name, t.renamed.get(attribute, attribute)} & set(functions(t.data))
        ]
        if len(having) == 1:
            return having[0], name
        if not having:
            every = [f"{t.name}.{each}" for t in templates for each in functions(t.data)]
            hint = did_you_mean(name, [*by_name, *every]) or _list(every)
            raise SourceError(f"{path} has no function {name!r}{hint}")
        templates = having
    elif len(templates) == 1:
        return templates[0], None
    names = ", ".join(template.name for template in templates)
    rest = name or "Function"
    raise SourceError(f"{path} has several stacks ({names}); name one ({path}:{templates[0].name}.{rest})")


def _list(found: list[str]) -> str:
    if not found:
        return "; it has no Lambda function"
    return f"; it has {', '.join(found[:5])}" + (" ..." if len(found) > 5 else "")


def _as_logical_id(name: str) -> str:
    """The logical ID of an attribute: ``api.handlers[0]`` is ApiHandlers0."""
    first, *more = name.replace("[", ".").replace("]", "").replace("'", "").replace('"', "").split(".")
    for part in more:
        first = item_name(first, part)
    return pascal_case(first)
