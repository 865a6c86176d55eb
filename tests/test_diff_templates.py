"""The diff of real templates: of each with itself, with nothing, and with what is left when values are exchanged.

Nothing is known of the right answer here, but some things always hold, and nothing may end in a traceback.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

import pyformation
from pyformation import DocumentError, PyformationError, document

TEMPLATES = ROOT.parent / "shared" / "data" / "templates"
FILES = sorted(path for path in TEMPLATES.rglob("*.*") if path.is_file())
# What a hasty edit may leave where something else belongs.
ODD: list[Any] = [
    "changed",
    "",
    5,
    -1.5,
    True,
    None,
    {"Ref": "AWS::Region"},
    {"Ref": "Nobody"},
    ["x"],
    [],
    {},
    {"a": {}},
]

pytestmark = pytest.mark.skipif(not FILES, reason="the shared templates are not here")


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict):
        for key, item in node.items():
            yield from leaves(item, (*path, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from leaves(item, (*path, index))
    else:
        yield path


def exchanged(data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    new = copy.deepcopy(data)
    for path in chance.sample(places := list(leaves(new)), min(3, len(places))):
        # A whole block as often as a value at its end.
        path = path[: chance.randint(1, len(path))]
        node: Any = new
        try:
            for step in path[:-1]:
                node = node[step]
            node[path[-1]] = chance.choice(ODD)
        except (TypeError, KeyError, IndexError):
            pass  # Another exchange took it away.
    return new


def answers(before: Any, after: Any) -> pyformation.Diff | None:
    """The diff with everything that is made of it, or None where a side is no template that can be evaluated."""
    try:
        found = pyformation.diff(before, after)
    except PyformationError as error:
        assert "\n" not in str(error)
        return None
    found.change_set()
    found.change_set(include_property_values=True)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_real_template(file: Path) -> None:
    try:
        data = document.read(file).data
    except DocumentError as error:
        pytest.skip(f"not a template: {error.message}")
    same = answers(data, data)
    if same is None:
        pytest.skip("a fragment, or a template of a macro")
    assert same.resources == ()
    assert same.aws_only == ()
    assert same.change_set()["Status"] == "FAILED"
    new, gone = answers({}, data), answers(data, {})
    assert new is not None
    assert gone is not None
    assert {change.action for change in new.resources} <= {"Add", "Dynamic"}
    assert {change.action for change in gone.resources} <= {"Remove", "Dynamic"}
    chance = random.Random(file.name)
    for _ in range(12):
        answers(data, exchanged(data, chance))
        answers(exchanged(data, chance), data)
