"""How right the diff is: predictions against the recorded change sets of AWS, as the tables of docs/accuracy.md.

    python tools/measure_accuracy.py changesets.json            print the figures
    python tools/measure_accuracy.py changesets.json --cdk DIR  those of cdk diff, too

The recordings are no part of this repository. DIR is a folder in which ``npm install
@aws-cdk/cloudformation-diff`` has run. Only updates are counted, and no update of which a macro is part: there
the answer is in AWS's hands. tests/test_accuracy.py holds the document against these figures.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from pyformation.changes import compare

# What is compared of a resource: what happens to it, and whether it is replaced.
Verdict = tuple[str, str | None]
Answer = dict[str, Verdict]

# What cdk diff calls the same things.
_IMPACTS: dict[str, Verdict] = {
    "NO_CHANGE": ("Modify", "False"),
    "WILL_UPDATE": ("Modify", "False"),
    "MAY_REPLACE": ("Modify", "Conditional"),
    "WILL_REPLACE": ("Modify", "True"),
    "WILL_CREATE": ("Add", None),
    "WILL_DESTROY": ("Remove", None),
    "WILL_ORPHAN": ("Remove", None),
    "WILL_IMPORT": ("Import", None),
}
_CDK = """
const {fullDiff} = require(process.argv[1] + "/node_modules/@aws-cdk/cloudformation-diff");
const found = JSON.parse(require("fs").readFileSync(0)).map(([before, after]) => {
  const impacts = {};
  fullDiff(before, after).resources.forEachDifference((id, change) => { impacts[id] = change.changeImpact; });
  return impacts;
});
console.log(JSON.stringify(found));
"""


@attrs.frozen
class Update:
    """One recorded update: AWS's two answers, and what was really updated or replaced."""

    case: Mapping[str, Any]
    plain: Answer | None
    with_values: Answer | None
    really: frozenset[str] | None


@attrs.define
class Score:
    """What a prediction is worth: whole answers predicted, real changes missed and invented."""

    plain: int = 0
    with_values: int = 0
    missed: int = 0
    invented: int = 0
    replacements_missed: int = 0

    def add(self, update: Update, plain: Answer, with_values: Answer, listed: set[str]) -> None:
        """Count one update: the prediction of each answer, and what is said to be updated or replaced."""
        self.plain += update.plain == plain
        self.with_values += update.with_values == with_values
        if update.really is not None:
            self.missed += len(update.really - listed)
            self.invented += len(listed - update.really)
        truth = update.with_values if update.with_values is not None else update.plain or {}
        for name, verdict in truth.items():
            self.replacements_missed += verdict == ("Modify", "True") and plain.get(name) != verdict


def updates(recordings: Path) -> list[Update]:
    """The updates without macros."""
    cases: list[dict[str, Any]] = json.loads(recordings.read_text(encoding="utf-8"))
    return [
        Update(
            case,
            _answer(case["aws"]),
            _answer(case["aws_with_values"]),
            None if case["really_changed"] is None else frozenset(case["really_changed"]),
        )
        for case in cases
        if not case["transform"] and case["before"].get("Resources")
    ]


def _answer(changes: list[dict[str, Any]] | None) -> Answer | None:
    if changes is None:
        return None
    return {
        change["LogicalResourceId"]: (
            change["Action"],
            change.get("Replacement") if change["Action"] == "Modify" else None,
        )
        for change in changes
    }


def _modified(answer: Answer) -> set[str]:
    return {name for name, (action, _) in answer.items() if action == "Modify"}


def counts(found: list[Update]) -> dict[str, int]:
    """How much was recorded."""
    return {
        "updates": len(found),
        "with values": sum(update.with_values is not None for update in found),
        "executed": sum(update.really is not None for update in found),
        "really changed": sum(len(update.really or ()) for update in found),
        "replacements": sum(
            verdict == ("Modify", "True")
            for update in found
            for verdict in (
                update.with_values if update.with_values is not None else update.plain or {}
            ).values()
        ),
    }


def ours(found: list[Update]) -> Score:
    """What pyformation says, of the two answers and of what really changes."""
    score = Score()
    for update in found:
        case = update.case
        diff = compare(
            case["before"],
            case["after"],
            before_parameters=case["before_parameters"],
            parameters=case["after_parameters"],
            before_resolved=case["before_resolved"],
            resolved=case["after_resolved"],
            region="us-east-1",
            account="111111111111",
        )
        answers = [
            _answer(
                [
                    entry["ResourceChange"]
                    for entry in diff.change_set(include_property_values=values)["Changes"]
                ]
            )
            for values in (False, True)
        ]
        listed = {change.logical_id for change in diff.resources if change.action == "Modify"}
        score.add(update, answers[0] or {}, answers[1] or {}, listed)
    return score


def aws(found: list[Update]) -> Iterator[Score]:
    """What AWS's own two answers are worth, as predictions of what it then does."""
    for values in (False, True):
        score = Score()
        for update in found:
            answer = update.with_values if values else update.plain
            if answer is not None:
                score.add(update, answer, answer, _modified(answer))
        yield score


def cdk(found: list[Update], folder: str) -> Score:
    """What cdk diff's own package says of the same templates."""
    templates = [[update.case["before"], update.case["after"]] for update in found]
    result = subprocess.run(
        ["node", "-e", _CDK, str(Path(folder).resolve())],
        input=json.dumps(templates),
        capture_output=True,
        text=True,
        check=True,
    )
    score = Score()
    for update, impacts in zip(found, json.loads(result.stdout), strict=True):
        answer = {name: _IMPACTS[impact] for name, impact in impacts.items()}
        score.add(update, answer, answer, _modified(answer))
    return score


def main(arguments: list[str]) -> int:
    found = updates(Path(arguments[0]))
    for name, number in counts(found).items():
        print(f"{name}: {number}")
    print("ours", ours(found))
    for name, score in zip(("AWS plain", "AWS with values"), aws(found), strict=True):
        print(name, score)
    if "--cdk" in arguments:
        print("cdk diff", cdk(found, arguments[arguments.index("--cdk") + 1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
