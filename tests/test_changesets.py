"""AWS's own answers: every recorded change set, one test each, and what the deployments then really did.

The recordings stand beside the repository; where they do not, these tests are skipped, and the rules are
tested by hand-written cases alone. An answer's details have no order, and values that differed from run to
run are masked as ``<...>``: such a mask matches anything.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pyformation.changes import Diff, compare
from pyformation.evaluation.sam import TRANSFORM as SAM

FILE = Path(__file__).parent.parent.parent / "shared" / "data" / "changesets.json"

needs_recordings = pytest.mark.skipif(
    not FILE.exists(), reason=f"the recorded change sets are not here: {FILE} does not exist"
)

# What runs on our side, too: for these an answer need not be partial.
OURS = ("AWS::LanguageExtensions", SAM)

_MASK = re.compile(r"<[^<>]+>")


def _recordings() -> list[Any]:
    if not FILE.exists():
        return [pytest.param({}, id="none", marks=needs_recordings)]
    cases: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return [pytest.param(case, id=_short(case["name"])) for case in cases]


def _short(name: str) -> str:
    path, _, rest = name.partition("::")
    return f"{Path(path).stem.removeprefix('test_change_set_')}-{rest.rpartition('::')[2]}"


def _literal(value: Any, placeholders: dict[str, str]) -> Any:
    """A recorded answer with the literals for which masks stand."""
    if isinstance(value, str):
        for mask, literal in placeholders.items():
            value = value.replace(mask, literal)
        return value
    if isinstance(value, dict):
        return {key: _literal(item, placeholders) for key, item in value.items()}
    if isinstance(value, list):
        return [_literal(item, placeholders) for item in value]
    return value


# Where the recordings were made.
PLACE = {"region": "us-east-1", "account": "111111111111"}


def _diff(case: dict[str, Any], **place: Any) -> Diff:
    return compare(
        case["before"],
        case["after"],
        before_parameters=case["before_parameters"],
        parameters=case["after_parameters"],
        before_resolved=case["before_resolved"],
        resolved=case["after_resolved"],
        **place,
    )


def _details(change: dict[str, Any], *, paths: bool) -> Counter[tuple[str | None, ...]]:
    target = ("Attribute", "Name", "RequiresRecreation", *(["Path"] if paths else []))
    return Counter(
        (
            *(detail["Target"].get(key) for key in target),
            *(detail.get(key) for key in ("Evaluation", "ChangeSource", "CausingEntity")),
        )
        for detail in change["Details"]
    )


def _matches(ours: Any, recorded: Any) -> bool:
    """Whether a value is what was recorded; a mask matches anything, also what is not known offline."""
    if isinstance(recorded, dict):
        return (
            isinstance(ours, dict)
            and ours.keys() == recorded.keys()
            and all(_matches(ours[key], item) for key, item in recorded.items())
        )
    if isinstance(recorded, list):
        return (
            isinstance(ours, list)
            and len(ours) == len(recorded)
            and all(_matches(one, other) for one, other in zip(ours, recorded, strict=True))
        )
    if isinstance(recorded, str) and _MASK.search(recorded):
        pattern = ".*".join(re.escape(part) for part in _MASK.split(recorded))
        return "{{changeSet:" in str(ours) or re.fullmatch(pattern, str(ours), re.DOTALL) is not None
    return bool(ours == recorded)


def _check(answer: list[dict[str, Any]], recorded: list[dict[str, Any]], *, values: bool) -> None:
    """Everything that an answer says of each resource, but for physical IDs."""
    ours = {entry["ResourceChange"]["LogicalResourceId"]: entry["ResourceChange"] for entry in answer}
    assert [entry["ResourceChange"]["LogicalResourceId"] for entry in answer] == list(ours), "listed twice"
    theirs = {change["LogicalResourceId"]: change for change in recorded}
    assert ours.keys() == theirs.keys()
    for name, change in theirs.items():
        mine = ours[name]
        assert mine["Action"] == change["Action"], name
        assert mine["ResourceType"] == change["ResourceType"], name
        assert set(mine["Scope"]) == set(change["Scope"]), name
        assert mine.get("PolicyAction") == change.get("PolicyAction"), name
        if change["Action"] == "Modify":
            assert mine["Replacement"] == change["Replacement"], name
        else:
            assert "Replacement" not in mine, name
        assert _details(mine, paths=values) == _details(change, paths=values), name
        if values:
            _check_contexts(mine, change)


def _check_contexts(mine: dict[str, Any], change: dict[str, Any]) -> None:
    for key in ("BeforeContext", "AfterContext"):
        assert (key in mine) == (key in change), key
        if key in mine:
            ours, theirs = json.loads(mine[key]), change[key]
            assert ours.keys() == theirs.keys(), key
            assert ours.get("Properties", {}).keys() == theirs.get("Properties", {}).keys(), key
            assert _matches(ours, theirs), (key, ours, theirs)


@needs_recordings
@pytest.mark.parametrize("case", _recordings())
def test_recorded(case: dict[str, Any]) -> None:
    diff = _diff(case, **PLACE)
    answers = {False: case["aws"], True: case["aws_with_values"]}
    if case["transform"]:
        _check_macro(case, diff)
        return
    assert diff.partial == ()
    for values, recorded in answers.items():
        if recorded is None:
            continue
        found = diff.change_set(include_property_values=values)
        _check(found["Changes"], _literal(recorded, case["placeholders"]), values=values)
    if case["really_changed"] is not None:
        # 0 missed, 0 invented.
        assert _really(diff) == set(case["really_changed"])
        # Where the stack lives is no matter for what changes.
        assert _really(_diff(case)) == set(case["really_changed"])


def _really(diff: Diff) -> set[str]:
    """What our answer says is updated or replaced."""
    return {change.logical_id for change in diff.resources if change.action == "Modify"}


def _check_macro(case: dict[str, Any], diff: Diff) -> None:
    """What a macro makes is unknown: the answer says that it is partial, and promises nothing."""
    for values in (False, True):
        assert diff.change_set(include_property_values=values)["Status"] in ("CREATE_COMPLETE", "FAILED")
    transforms = case["after"].get("Transform") or []
    names = [transforms] if isinstance(transforms, (str, dict)) else transforms
    known = all((name["Name"] if isinstance(name, dict) else name) in OURS for name in names)
    inside = "Fn::Transform" in json.dumps([case["before"], case["after"]])
    before = case["before"].get("Transform")
    if inside or (names and not known) or (before and before not in OURS):
        assert diff.partial
    else:
        assert {change.logical_id for change in diff.resources} | {a.logical_id for a in diff.aws_only} >= {
            change["LogicalResourceId"] for change in case["aws"] or []
        }
    # What AWS found to be more than an update in place, or what was really changed, is not said to stay.
    for name in case["really_changed"] or ():
        assert diff.resource(name) is not None or diff.partial


@needs_recordings
def test_the_recordings_are_all_there() -> None:
    cases: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    plain = [case for case in cases if not case["transform"]]
    assert (len(cases), len(plain)) == (127, 114)
    updated = [name for case in plain for name in case["really_changed"] or ()]
    assert len(updated) == 43


def test_masks_match_anything_else_nothing_but_itself() -> None:
    assert _matches({"A": ["x-1"], "B": "{{changeSet:KNOWN_AFTER_APPLY}}"}, {"A": ["x-<n>"], "B": "<b>"})
    assert not _matches({"A": ["y-1"]}, {"A": ["x-<n>"]})
    assert not _matches({"A": "1"}, {"A": "2"})
    assert not _matches({"A": "1"}, {"A": "1", "B": "2"})
