"""Exports that are removed, change or collide, and the templates that import them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import attrs

from ..budget import take_moves
from ..changes import Diff, Finding
from ..changes.certainty import fits
from ..changes.comparison import same_as_text
from ..changes.sides import Side
from ..errors import EvaluationError, did_you_mean
from ..evaluation import Given, Prepared, prepare
from ..evaluation.expressions import calls, section
from ..evaluation.unknowns import Choice, Unknown, cases, mapped, parts, scalar_text
from ..sources import Exports, LoadedTemplate
from .view import Certainty, View, Which, in_each, key_of, shown, waits_for


@attrs.frozen
class Export:
    """An output that is exported: the output's name, the export's, its value."""

    output: str
    name: Any
    value: Any
    certain: bool


@attrs.frozen
class Importer:
    """What another template imports, before its own update and after it."""

    name: str
    before: list[Any]
    after: list[Any]


# Another template that may import: one that does not change, both versions of one that is updated as well, or the
# imports of a nested stack.
Importing = LoadedTemplate | tuple[LoadedTemplate, LoadedTemplate] | Importer


def beside(diff: Diff) -> Callable[[tuple[str, ...]], dict[str, Importer]]:
    """For each nested stack, by its path in the tree: the imports of the other nested stacks that change."""
    stacks = dict(diff.stacks())

    @cache
    def imports(path: tuple[str, ...], which: Which) -> list[Any]:
        sides = stacks[path].sides
        return list(_imports_of(sides.before if which == "before" else sides.after))

    def importers(path: tuple[str, ...]) -> dict[str, Importer]:
        outputs = section(stacks[path].sides.before.data, "Outputs")
        if not any(section(output, "Export") for output in outputs.values()):
            return {}
        found: dict[str, Importer] = {}
        for other in stacks:
            pairs = enumerate(zip(path, other, strict=False))
            common = next((step for step, (one, two) in pairs if one != two), None)
            if common is None:
                continue  # A stack and one that is nested in it.
            around, mine, theirs = stacks[path[:common]], path[common], other[common]
            # A stack that is updated earlier, or deleted only at the end, sees the final state of the other one.
            later = waits_for(around, mine, theirs) or around.sides.after.exists(mine) is False
            name = "/".join(other)
            found[name] = Importer(
                name, imports(other, "after" if later else "before"), imports(other, "after")
            )
        return found

    return importers


def importers_of(diff: Diff, ask: Callable[[str], Iterable[str]]) -> dict[str, Importer]:
    """The stacks that import a removed or changed export; `ask` gives the names of the stacks that import an export."""
    view = View(diff)
    after = list(_exports(view, "after"))
    found: dict[str, list[Any]] = {}
    for export in _exports(view, "before"):
        stays = any(
            other.certain
            and same_as_text(other.name, export.name)
            and view.written_out.same(export.value, other.value)
            for other in after
        )
        if isinstance(export.name, str) and not stays:
            for name in ask(export.name):
                found.setdefault(name, []).append(export.name)
    return {name: Importer(name, names, names) for name, names in found.items()}


# What comparing with a name that is not known costs, in comparisons of values.
_DEAR = 20


def find(view: View, importers: Mapping[str, Importing]) -> Iterator[Finding]:
    """The findings on exports: duplicate names, and exports that are removed or changed."""
    before, after = list(_exports(view, "before")), list(_exports(view, "after"))
    yield from _twice(view, after)
    if not before:
        return
    # Names that are not known are compared one by one; a template may have 200 outputs, which is a third of the budget.
    unknown = [sum(isinstance(export.name, Unknown) for export in exports) for exports in (before, after)]
    dear = unknown[0] * len(after) + unknown[1] * len(before)
    take_moves(len(before) * len(after) + _DEAR * dear, "the names of exports")
    added = [export for export in after if all(_equal(old.name, export.name) != "yes" for old in before)]
    others = [_importer(view, name, templates) for name, templates in importers.items()]
    for export in before:
        now = next((other for other in after if same_as_text(other.name, export.name)), None)
        path = ("Outputs", export.output)
        if now is None or not now.certain:
            # One whose name is another expression may still have the same name.
            sure = now is None and all(_equal(other.name, export.name) == "no" for other in after)
            what = f"export {shown(export.name)} {'is' if sure else 'may be'} removed"
            codes = ("PF209" if sure else "PF213", "PF213")
            side: Which = "before"
        elif view.written_out.same(export.value, now.value):
            continue
        else:
            sure = not view.written_out.may_be_same(export.value, now.value)
            what = (
                f"the value of export {shown(export.name)} {'changes' if sure else 'may change'} "
                f"from {shown(export.value)} to {shown(now.value)}"
            )
            codes = ("PF210" if sure else "PF213", "PF213")
            side = "after"
            path = ("Outputs", now.output)
        used = False
        # Those that certainly import it first.
        for wanted, code in (("yes", codes[0]), ("maybe", codes[1])):
            for other in others:
                # A new import works with an export whose value has changed, but not with a removed one.
                names = other.before if side == "after" else [*other.before, *other.after]
                if _imports(names, export) == wanted:
                    used = True
                    sentence = f"{what}, and {_use(other, export, added, wanted)}"
                    yield view.finding(code, None, sentence, (*path, "Export"), side)
        if not used:
            yield view.finding("PF212", None, what, (*path, "Export"), side)


def missing(view: View) -> Iterator[Finding]:
    """Imports of exports that no stack has, where all exports of the region are known."""
    side = view.after
    known = side.engine.inputs.imports
    if not isinstance(known, Exports):
        return
    # A stack that is nested in this one may export it by then.
    made = [export.name for _, diff in view.diff.stacks() for export in _exports(View(diff), "after")]
    said: set[str] = set()
    for name, path, node in _importing(view):
        for part in parts(view.engine("after").value(node), lambda value: isinstance(value, Choice)):
            if not isinstance(part, Unknown) or part.kind != "import" or part.name in said:
                continue
            said.add(part.name)
            if all(_equal(export, part.name) == "no" for export in made):
                region = "" if side.engine.inputs.region is None else f" in {side.engine.inputs.region}"
                sentence = f"{name} imports {part.name!r}, which no stack{region} exports"
                resource = None if path[0] == "Outputs" else name
                yield view.finding("PF221", resource, sentence + did_you_mean(part.name, known), path)


def _importing(view: View) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """The expressions that certainly count and may import: of resources by their path, and of outputs."""
    side = view.after
    for name in side.resources:
        if side.exists(name) is True and side.may_call(name, "Fn::ImportValue"):
            for path, node in side.nodes(name).items():
                yield name, path, node
    for name, output in section(side.data, "Outputs").items():
        if side.engine.exists(output) is True:
            yield f"output {name}", ("Outputs", name), output.get("Value")


def _use(other: Importer, export: Export, added: list[Export], state: str) -> str:
    """How another template uses an export, and what to do about it."""
    verb = "imports" if state == "yes" else "may import"
    still = _imports(other.after, export)
    if _imports(other.before, export) == "no":
        return f"{other.name} {verb} it once it is updated: keep {shown(export.name)} as it is"
    if still == "yes":
        return f"{other.name} {verb} it" + (": update that stack first" if state == "yes" else "")
    # The other stack can only be updated first if it needs nothing that this update adds.
    needed = [(new, _imports(other.after, new)) for new in added]
    new, sure = next(
        ((new, sure) for wanted in ("yes", "maybe") for new, sure in needed if sure == wanted), (None, "no")
    )
    until = f"{other.name} {verb} it{' until it is updated' if still == 'no' else ''}"
    if new is None:
        return f"{until}: update that stack first"
    needs = "needs" if sure == "yes" else "may need"
    neither = (
        "neither stack can be updated first" if sure == "yes" else "then neither stack can be updated first"
    )
    return (
        f"{until}, and its update {needs} export {shown(new.name)} of this one: {neither}; keep "
        f"{shown(export.name)} as it is until {other.name} is updated"
    )


def _imports(names: list[Any], export: Export) -> Certainty:
    """Whether one of some imports is of an export."""
    found = {_equal(name, export.name) for name in names}
    return "yes" if "yes" in found else ("maybe" if "maybe" in found else "no")


def _importer(view: View, name: str, templates: Importing) -> Importer:
    if isinstance(templates, Importer):
        return templates
    # Imports are of the same account and region.
    inputs = view.diff.sides.after.engine.inputs
    given = Given(region=inputs.region, account=inputs.account)
    before, after = templates if isinstance(templates, tuple) else (templates, templates)
    old = list(imported(before, given))
    return Importer(name, old, old if before.data == after.data else list(imported(after, given)))


def _twice(view: View, exports: list[Export]) -> Iterator[Finding]:
    """Outputs with the same export name as an earlier one. If both only may exist, they often exclude each other."""
    first: dict[Any, Export] = {}
    for export in exports:
        if export.certain:
            other = first.setdefault(key_of(export.name), export)
            if other is not export:
                yield view.finding(
                    "PF220",
                    None,
                    f"outputs {other.output} and {export.output} have the same export name {shown(export.name)}: "
                    "the update fails",
                    ("Outputs", export.output, "Export"),
                )


def _exports(view: View, which: Which) -> Iterator[Export]:
    engine = view.engine(which)
    for name, output in section(view.side(which).data, "Outputs").items():
        export = section(output, "Export").get("Name")
        lives = engine.exists(output)
        if export is None or lives is False:
            continue
        try:
            yield Export(name, engine.value(export), engine.value(output.get("Value")), lives is True)
        except EvaluationError:
            continue  # A reference to nothing is a finding of its own.


def imported(template: LoadedTemplate, given: Given) -> Iterator[Any]:
    """The names that a template imports, with the defaults of its parameters."""
    try:
        prepared = prepare(template.data, given)
    except EvaluationError:
        return
    yield from _imports_of(prepared)


def _imports_of(template: Prepared | Side) -> Iterator[Any]:
    for function, argument in calls([template.data]):
        if function == "Fn::ImportValue":
            try:
                yield template.engine.value(argument)
            except EvaluationError:
                yield Unknown("import", "?")


def _equal(one: Any, two: Any) -> Certainty:
    """Whether two names are equal. Symbols of two templates do not mean the same thing even if they look alike, so
    their unknown parts may be anything."""
    return in_each(_equal_case(first, second) for first in cases(one) for second in cases(two))


def _equal_case(one: Any, two: Any) -> Certainty:
    if not isinstance(one, Unknown) and not isinstance(two, Unknown):
        return "yes" if scalar_text(one) == scalar_text(two) else "no"
    if isinstance(one, Unknown) and isinstance(two, Unknown):
        first, second = _placed(one), _placed(two)
        if isinstance(first, Unknown) or isinstance(second, Unknown):
            return "maybe"
        return "yes" if first == second else "no"
    pattern, text = (one, two) if isinstance(one, Unknown) else (two, one)
    if pattern.kind != "text":
        return "maybe"
    return "maybe" if fits(pattern, scalar_text(text)) else "no"


# What both sides of an import have in common.
_PLACE = frozenset({"AWS::Region", "AWS::AccountId", "AWS::Partition", "AWS::URLSuffix"})


def _placed(value: Unknown) -> Any:
    """A name with placeholders for the account and the region."""

    def known(part: Any) -> Any:
        is_place = isinstance(part, Unknown) and part.kind == "pseudo" and part.name in _PLACE
        return f"\0{part.name}\0" if is_place else part

    return mapped(value, known)
