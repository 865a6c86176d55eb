"""Exports that go, change or collide, and the templates that import them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ..changes import Finding
from ..changes.certainty import may_be_same
from ..changes.comparison import same_as_text
from ..errors import EvaluationError
from ..evaluation import prepare
from ..evaluation.expressions import calls, section
from ..evaluation.unknowns import Choice, Unknown, scalar_text
from ..sources import LoadedTemplate
from .view import Certainty, View, Which, either, key_of, shown


@attrs.frozen
class Export:
    """An output that is exported: the output's name, the export's, its value."""

    output: str
    name: Any
    value: Any
    certain: bool


def find(view: View, importers: Mapping[str, LoadedTemplate]) -> Iterator[Finding]:
    """The findings on exports: two of one name, and what becomes of those that are there before the update."""
    before, after = list(_exports(view, "before")), list(_exports(view, "after"))
    yield from _twice(view, after)
    if not before:
        return
    imports = [(where, name) for where, template in importers.items() for name in imported(template)]
    for export in before:
        now = next((other for other in after if same_as_text(other.name, export.name)), None)
        path = ("Outputs", export.output)
        if now is None or not now.certain:
            # One whose name is another expression may still have the same name.
            sure = now is None and all(_equal(other.name, export.name) == "no" for other in after)
            what = f"export {shown(export.name)} {'is' if sure else 'may be'} removed"
            codes = ("PF209" if sure else "PF213", "PF213")
            side: Which = "before"
        elif same_as_text(now.value, export.value):
            continue
        else:
            sure = not may_be_same(export.value, now.value)
            what = (
                f"the value of export {shown(export.name)} {'changes' if sure else 'may change'} "
                f"from {shown(export.value)} to {shown(now.value)}"
            )
            codes = ("PF210" if sure else "PF213", "PF213")
            side = "after"
            path = ("Outputs", now.output)
        users = [(where, _equal(name, export.name)) for where, name in imports]
        certain = list(dict.fromkeys(where for where, state in users if state == "yes"))
        perhaps = list(
            dict.fromkeys(where for where, state in users if state == "maybe" and where not in certain)
        )
        for where in certain:
            yield view.finding(
                codes[0],
                None,
                f"{what}, and {where} imports it: update that stack first",
                (*path, "Export"),
                side,
            )
        for where in perhaps:
            yield view.finding(codes[1], None, f"{what}, and {where} may import it", (*path, "Export"), side)
        if not certain and not perhaps:
            yield view.finding("PF212", None, what, (*path, "Export"), side)


def _twice(view: View, exports: list[Export]) -> Iterator[Finding]:
    """Outputs that are exported under the name of an earlier one. Of two that each may be there, one often is
    where the other is not."""
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


def imported(template: LoadedTemplate) -> Iterator[Any]:
    """The names that a template imports, with the defaults of its parameters."""
    try:
        prepared = prepare(template.data)
    except EvaluationError:
        return
    for function, argument in calls([prepared.data]):
        if function == "Fn::ImportValue":
            try:
                yield prepared.engine.value(argument)
            except EvaluationError:
                yield Unknown("import", "?")


def _equal(one: Any, two: Any) -> Certainty:
    """Whether two names are one. Symbols of two templates are not the same thing though they look it, so what is
    unknown in them may be anything."""
    if isinstance(one, Choice):
        return either(_equal(one.then, two), _equal(one.otherwise, two))
    if isinstance(two, Choice):
        return _equal(two, one)
    if not isinstance(one, Unknown) and not isinstance(two, Unknown):
        return "yes" if scalar_text(one) == scalar_text(two) else "no"
    if isinstance(one, Unknown) and isinstance(two, Unknown):
        return "maybe"
    pattern, text = (one, two) if isinstance(one, Unknown) else (two, one)
    if pattern.kind != "text":
        return "maybe"
    expression = "".join(re.escape(part) if isinstance(part, str) else ".*" for part in pattern.parts)
    return "maybe" if re.fullmatch(expression, scalar_text(text), re.DOTALL) else "no"
