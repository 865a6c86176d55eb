"""The formats of the reports, each a row: a function that writes it, and one that shows it in a terminal.

The commands take their choices from here. A new format is a row and a module beside this one, which is loaded
when it is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .harmless import in_json, without_commands

if TYPE_CHECKING:
    from ..changes import Diff
    from ..validation import Validation
    from .data import Subject


class View(NamedTuple):
    """How much a report shows."""

    verbose: bool = False
    quiet: bool = False
    include_property_values: bool = False


class Format(NamedTuple):
    """`write` makes the whole text; `show`, where there is one, prints to a terminal.

    `needs_diff` means that it cannot write a report read from JSON or from a change set.
    """

    write: Callable[[Any, View], str]
    show: Callable[[Any, View], None] | None = None
    needs_diff: bool = False


def as_json(data: Any) -> str:
    """Data as JSON. Characters outside ASCII are escaped: a terminal shows JSON, too, and names come from outside."""
    return without_commands(json.dumps(data, indent=2), in_json) + "\n"


# ---------------------------------------------------------------------------------------------
# Of a diff, or several by the path of their template


def _text(subject: Subject, view: View) -> str:
    from .text import text

    return text(subject, verbose=view.verbose, quiet=view.quiet)


def _show_text(subject: Subject, view: View) -> None:
    from .text import show

    show(subject, verbose=view.verbose, quiet=view.quiet)


def _json(subject: Subject, _: View) -> str:
    from .json import to_json

    return as_json(to_json(subject))


def _change_set(subject: Diff | Mapping[str, Diff], view: View) -> str:
    def answer(diff: Diff) -> dict[str, Any]:
        return diff.change_set(include_property_values=view.include_property_values)

    if isinstance(subject, Mapping):
        return as_json({"templates": {path: answer(one) for path, one in subject.items()}})
    return as_json(answer(subject))


def _markdown(subject: Subject, _: View) -> str:
    from .markdown import markdown

    return markdown(subject)


def _html(subject: Subject, _: View) -> str:
    from .html import html

    return html(subject)


def _sarif(subject: Diff | Mapping[str, Diff], _: View) -> str:
    from .sarif import of_diff, sarif

    diffs = list(subject.values()) if isinstance(subject, Mapping) else [subject]
    results = [result for one in diffs for result in of_diff(one)]
    notes = dict.fromkeys(f"partial: {reason}" for one in diffs for reason in one.partial)
    return as_json(sarif(results, notes=notes))


DIFF = {
    "text": Format(_text, _show_text),
    "json": Format(_json),
    "changeset": Format(_change_set, needs_diff=True),
    "markdown": Format(_markdown),
    "html": Format(_html),
    "sarif": Format(_sarif, needs_diff=True),
}


# ---------------------------------------------------------------------------------------------
# Of validations, by the path of their template


def _validation_text(found: Mapping[str | None, Validation], view: View) -> str:
    from .validation import text

    return text(found, verbose=view.verbose)


def _show_validation(found: Mapping[str | None, Validation], view: View) -> None:
    from .terminal import print_lines
    from .validation import layout

    print_lines(layout(found, verbose=view.verbose))


def _validation_json(found: Mapping[str | None, Validation], _: View) -> str:
    from .validation import to_json

    return as_json(to_json(found))


def _validation_sarif(found: Mapping[str | None, Validation], _: View) -> str:
    from .sarif import of_validation, sarif

    rules = {code: words for one in found.values() for code, words in one.rules.items()}
    return as_json(sarif([result for one in found.values() for result in of_validation(one)], rules))


VALIDATION = {
    "text": Format(_validation_text, _show_validation),
    "json": Format(_validation_json),
    "sarif": Format(_validation_sarif),
}
