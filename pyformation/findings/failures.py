"""What CloudFormation, or AWS behind it, will refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .. import catalog, limits
from ..catalog import ResourceType
from ..changes import Finding, ResourceChange
from ..errors import EvaluationError, did_you_mean
from ..evaluation import evaluate_rule
from ..evaluation.expressions import Reference, section
from ..plain import is_list
from ..values import PSEUDO_PARAMETERS
from . import exports, places, refusals, slots
from .data import fates, protected
from .view import View, is_set, stays_or_comes


def find(view: View, importers: Mapping[str, exports.Importing]) -> Iterator[Finding]:
    """The findings on what will fail."""
    yield from _template(view)
    retyped = dict(_retyped(view))
    yield from retyped.values()
    yield from exports.find(view, importers)
    yield from exports.missing(view)
    said: set[str] = set()
    for fate in fates(view):
        record = catalog.find(fate.change.type)
        if record is not None and not fate.kept and fate.name not in said:
            said.add(fate.name)
            for finding in _protection(view, fate.name, fate.happens, fate.certain, record):
                yield view.unlikely(fate.name, finding)
    for name, change in view.changes.items():
        record = catalog.find(change.type)
        if record is None or name in retyped:
            continue
        if change.action in ("Modify", "Dynamic") and name in view.before.resources:
            if view.cause_of_replacement(name) is not None:
                yield from _same_name(view, change, record)
                for finding in slots.kept_by_replacement(view, change, record):
                    yield view.unlikely(name, finding)
            yield from refusals.find(view, change)
            yield from _never_updated(view, change, record)
        # One that may be removed is Dynamic, too, and takes no place.
        if change.action in ("Add", "Dynamic", "Modify") and name in view.after.resources:
            yield from slots.taken(view, change, record)
    yield from places.find(view)


# -- the template as a whole


def _template(view: View) -> Iterator[Finding]:
    side = view.after
    for name, rule in section(side.data, "Rules").items():
        for sentence in evaluate_rule(side.engine, rule).failed:
            yield view.finding("PF214", None, f"rule {name} fails: {sentence}", ("Rules", name))
    yield from _limits(view)
    yield from _circles(view)
    yield from _references(view)


def _limits(view: View) -> Iterator[Finding]:
    for sentence, path in limits.broken(view.after.data, view.diff.after.data):
        yield view.finding("PF215", None, sentence, path)


def _needs(view: View, name: str) -> Iterator[str]:
    """The resources that another one certainly needs before it can be made."""
    for references in _certain(view, name).values():
        for reference in references:
            yield reference.name
    yield from _depends_on(view, name)


def _certain(view: View, name: str) -> dict[tuple[str, ...], list[Reference]]:
    """The references of each expression of a resource that exist for all values of unknown conditions."""
    known: dict[str, dict[tuple[str, ...], list[Reference]]] = view.cache.setdefault("certain", {})
    found = known.get(name)
    if found is None:
        found = known[name] = {}
        if view.after.exists(name) is True:
            nodes, engine = view.after.nodes(name), view.after.engine
            for path in view.diff.sides.references.get(name, {}):
                found[path] = list(dict.fromkeys(engine.references(nodes[path], only_certain=True)))
    return found


def _depends_on(view: View, name: str) -> list[str]:
    given: Any = view.after.resources[name].get("DependsOn", [])
    return [item for item in (given if is_list(given) else [given]) if isinstance(item, str)]


def _circles(view: View) -> Iterator[Finding]:
    """One finding for each reference back to a resource that is being visited. Without recursion, as chains are long."""
    alive = dict.fromkeys(stays_or_comes(view))
    may_need = {name: [*view.diff.sides.needed[name], *_depends_on(view, name)] for name in alive}
    try:
        TopologicalSorter(may_need).prepare()
    except CycleError:
        pass
    else:
        return
    done: set[str] = set()
    for root in alive:
        if root in done:
            continue
        way: dict[str, Iterator[str]] = {root: _needs(view, root)}
        while way:
            name = next(reversed(way))
            for other in way[name]:
                if other in way:
                    circle = [*list(way)[list(way).index(other) :], other]
                    yield view.finding(
                        "PF216",
                        other,
                        f"circular dependency: {' -> '.join(circle)}",
                    )
                elif other in alive and other not in done:
                    way[other] = _needs(view, other)
                    break
            else:
                done.add(name)
                del way[name]


def _references(view: View) -> Iterator[Finding]:
    """References to undeclared names, and to resources whose condition is false."""
    side = view.after
    known = {*side.resources, *section(side.data, "Parameters")}

    def problem(target: str) -> str | None:
        if target in side.resources:
            return None if side.exists(target) is not False else f"{target}, whose condition is false"
        if target in known or target in PSEUDO_PARAMETERS:
            return None
        return f"{target!r}, which does not exist in this template{did_you_mean(target, known)}"

    for name in stays_or_comes(view):
        problems = {target: found for target in view.diff.sides.needed[name] if (found := problem(target))}
        for path, references in _certain(view, name).items() if problems else ():
            for reference in references:
                found = problems.pop(reference.name, None)
                if found is not None:
                    yield view.finding("PF217", name, f"{name} refers to {found}", path)
        for target in _depends_on(view, name):
            # A DependsOn on a resource whose condition is false is allowed, and has no effect.
            if target not in side.resources:
                hint = did_you_mean(target, side.resources)
                yield view.finding(
                    "PF217",
                    name,
                    f"{name} depends on {target!r}, which does not exist in this template{hint}",
                    ("DependsOn",),
                )
    for name, output in section(side.data, "Outputs").items():
        try:
            if side.engine.exists(output) is False:
                continue
            targets = dict.fromkeys(found.name for found in side.engine.references(output, only_certain=True))
        except EvaluationError as error:
            yield view.finding(
                "PF217", None, f"output {name} cannot be evaluated: {error.message}", ("Outputs", name)
            )
            continue
        for target in targets:
            found = problem(target)
            if found is not None:
                yield view.finding("PF217", None, f"output {name} refers to {found}", ("Outputs", name))


# -- one resource


def _retyped(view: View) -> Iterator[tuple[str, Finding]]:
    for name in stays_or_comes(view):
        new = view.after.resources[name]["Type"]
        if view.before.exists(name) is not False and view.before.resources[name]["Type"] != new:
            old = view.before.resources[name]["Type"]
            yield (
                name,
                view.finding(
                    "PF206",
                    name,
                    f"{name} is {_article(old)} and cannot become {_article(new)}: "
                    "give the new resource another logical ID",
                    ("Type",),
                ),
            )


def _article(type_name: str) -> str:
    return f"{'an' if type_name[:1] in 'AEIOU' else 'a'} {type_name}"


def _protection(
    view: View, name: str, happens: str, certain: bool, record: ResourceType
) -> Iterator[Finding]:
    state = protected(view, name, record)
    if state == "no":
        return
    path = record.deletion_protection or ""
    top = path.split("/")[0]
    what = next(iter(record.deletion_protection_where.values()), path)
    sure = certain and state == "yes"
    remedy = "; turn it off in an earlier update"
    if name in view.after.resources and view.after.exists(name) is not False:
        if protected(view, name, record, "after") == "no":
            remedy = "; this update turns it off too late, so turn it off in an earlier one"
    yield view.finding(
        "PF205",
        name,
        f"{name} {happens}, but {what} {'is' if state == 'yes' else 'may be'} on: "
        f"the deletion {'fails' if sure else 'would fail'}, and it stays{remedy}",
        ("Properties", top),
        "before",
    )


def _same_name(view: View, change: ResourceChange, record: ResourceType) -> Iterator[Finding]:
    """A replacement under the name that the old one still has."""
    if record.replacement_strategy == "delete_then_create":
        return
    name = change.logical_id
    given = slots.identity_of(record)
    # If any part of the identity differs, there is no collision; a part that AWS generates always differs.
    parts = [view.changed(name, f"/Properties/{part}") for part in given]
    if "yes" in parts:
        return
    prop = record.physical_name
    if prop is None:
        names, certainty = given, slots.is_identified(view, name, record, "after")
        if certainty == "no" or record.unique_by is not None:
            return
    else:
        names, certainty = [prop], is_set(view.value(name, (prop,), "after"))
        if certainty == "no":
            return
        parts.append(view.changed(name, f"/Properties/{prop}"))
        if "yes" in parts:
            return
    sure = change.replacement == "True" and certainty == "yes" and "maybe" not in parts
    # If only a new name replaces the resource, the names always differ.
    cause = view.cause_of_replacement(name, apart_from=[f"/Properties/{part}" for part in {*given, *names}])
    if cause is None:
        return
    sure = sure and cause.replacement == "True"
    what = slots.described(view, name, names)
    because = cause.path.removeprefix("/Properties/")
    if sure:
        yield view.finding(
            "PF201",
            name,
            f"{name} is replaced because {because} changes, and keeps its {what}, which the old resource still has: "
            "the update fails unless you change that too",
            cause.path,
        )
    else:
        when = f" ({cause.condition})" if cause.condition else ""
        found = view.finding(
            "PF202",
            name,
            f"{name} may be replaced because {because} {'changes' if cause.certain else 'may change'}{when}, "
            f"and may keep its {what}, which the old resource still has: then the update fails",
            cause.path,
        )
        yield view.unlikely(name, found)


def _never_updated(view: View, change: ResourceChange, record: ResourceType) -> Iterator[Finding]:
    """A change in place of a type without an update handler."""
    first = next((item.path for item in change.changes if item.path.startswith("/Properties/")), None)
    if record.no_update and change.replacement != "True" and first is not None:
        yield view.finding(
            "PF218",
            change.logical_id,
            f"{change.logical_id} changes, but AWS declares no update handler for {change.type}: "
            "the update may fail or replace it",
            first,
        )
