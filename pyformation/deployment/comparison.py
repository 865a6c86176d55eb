"""Our prediction beside AWS's change set: one row a resource, and a sentence for each difference.

AWS gives two answers to one change set, and `changes` predicts both besides giving its own. So like is compared with
like: where the predicted answer of AWS is AWS's answer, a difference from ours is one of the known ones between the
two calculations; where it is not, AWS knew something else than we did. docs/deployment.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import attrs

from ..changes import Diff, ResourceChange
from ..changes.diff import AwsOnly
from ..changes.records import STACK, Action, PolicyAction, Replacement
from ..errors import Origin
from ..findings.refresh import told
from ..plain import is_mapping, list_or_empty, mapping_or_empty

Kind = Literal[
    "symbol",
    "hidden",
    "decided",
    "settled",
    "mangled",
    "macro",
    "moved",
    "drift",
    "automatic",
    "stack",
    "nested",
    "policy",
    "undecided",
    "import",
    "unlisted",
    "unpredicted",
]


@attrs.frozen
class KindOfDifference:
    """A way in which the two answers differ.

    `counts` says whether AWS's answer counts where it is the worse one: it does not where AWS's calculation is known
    to list what does not happen. `sentence` explains it; it may use ``{because}``.
    """

    counts: bool
    sentence: str


# Why the two answers differ. docs/deployment.md has the same table for people.
KINDS: dict[Kind, KindOfDifference] = {
    "symbol": KindOfDifference(False, "only AWS lists it, and it does not change: {because}"),
    "hidden": KindOfDifference(
        True,
        "AWS's answer with property values, which the console shows, leaves it out; its answer without them lists it",
    ),
    "decided": KindOfDifference(
        False, "AWS does not decide whether it is replaced; here it is known: {because}"
    ),
    "settled": KindOfDifference(True, "not known offline, and AWS knows: {because}"),
    "mangled": KindOfDifference(
        True,
        "the deployed text has characters outside of ASCII, which GetTemplate cannot return; AWS compares the real "
        "text: {because}",
    ),
    "macro": KindOfDifference(True, "AWS has run what cannot run offline: {because}"),
    "moved": KindOfDifference(True, "a value that AWS re-reads has moved: {because}"),
    "drift": KindOfDifference(
        True, "it was changed outside of CloudFormation, and AWS reverts that: {because}"
    ),
    "automatic": KindOfDifference(
        False,
        "AWS looks into every nested stack whose parameters may change; nothing in it is known to change",
    ),
    "stack": KindOfDifference(
        False,
        "a nested stack is updated in place; what happens in it has lines of its own where AWS looks into it",
    ),
    "nested": KindOfDifference(True, "the template of the nested stack cannot be read offline: {because}"),
    "policy": KindOfDifference(True, "what happens to the old resource differs: {because}"),
    "undecided": KindOfDifference(True, "AWS does not know what happens: {because}"),
    "import": KindOfDifference(False, "AWS found that it exists, and imports it"),
    "unlisted": KindOfDifference(True, "AWS does not list it"),
    "unpredicted": KindOfDifference(True, "not predicted: {because}"),
}

# How bad an effect is; from `_MAY_REPLACE` on, AWS's worse answer stops what was not approved.
_MAY_REPLACE = 3
_SEVERITY: dict[tuple[str, str | None], int] = {
    ("Add", None): 1,
    ("Import", None): 1,
    ("SyncWithActual", None): 2,
    ("Modify", "False"): 2,
    ("Dynamic", None): _MAY_REPLACE,
    ("Modify", "Conditional"): _MAY_REPLACE,
    ("Modify", "True"): 4,
    ("Remove", None): 5,
}
# Of two effects that are equally bad otherwise, what happens to the old resource.
_LOSS = {"Retain": 0, "ReplaceAndRetain": 0, "Snapshot": 1, "ReplaceAndSnapshot": 1}
_DELETES = 2


@attrs.frozen
class Outcome:
    """What happens to a resource, by one of the answers."""

    action: Action
    replacement: Replacement | None = None
    policy_action: PolicyAction | None = None

    @property
    def severity(self) -> tuple[int, int]:
        """How bad it is: what happens, and then what is lost."""
        replacement = (self.replacement or "Conditional") if self.action == "Modify" else None
        worst = _SEVERITY.get((self.action, replacement), _MAY_REPLACE)
        gone = self.action == "Remove" or replacement in ("True", "Conditional")
        return worst, _LOSS.get(self.policy_action or "", _DELETES) if gone else 0

    @property
    def deletes(self) -> bool:
        """Whether the physical resource is deleted without a doubt and without a copy."""
        certain = self.action == "Remove" or self.replacement == "True"
        return certain and self.severity[1] == _DELETES

    def __str__(self) -> str:
        """``replaced``, ``may be replaced``, ``added``: as the reports say it."""
        if self.action == "Modify":
            return {"True": "replaced", "False": "updated"}.get(self.replacement or "", "may be replaced")
        return _WORDS.get(self.action, "uncertain")


_WORDS = {
    "Add": "added",
    "Remove": "removed",
    "Import": "imported",
    "SyncWithActual": "synced with its actual state",
}


@attrs.frozen
class Row:
    """A resource in the two answers; None where an answer does not list it.

    `name` has the nested stacks that lead to it (``Network.Vpc``). `kind` and `sentence` say how the answers differ,
    both None where they agree. `worse` is True where AWS's answer is worse than ours and counts.
    """

    name: str
    type: str
    ours: Outcome | None
    aws: Outcome | None
    kind: Kind | None = None
    sentence: str | None = None
    worse: bool = False
    origin: Origin | None = attrs.field(default=None, eq=False)

    @property
    def stops(self) -> bool:
        """Whether AWS may replace or delete what our prediction keeps."""
        return self.worse and self.aws is not None and self.aws.severity[0] >= _MAY_REPLACE


@attrs.frozen
class Answers:
    """What AWS said of a change set: the changes of all pages without property values, those with them if they were
    asked for, and the answers for nested stacks by logical ID."""

    plain: tuple[Mapping[str, Any], ...] = ()
    with_values: tuple[Mapping[str, Any], ...] | None = None
    nested: Mapping[str, Answers] = attrs.field(factory=dict[str, "Answers"])


@attrs.frozen
class Comparison:
    """Our prediction beside AWS's answer, a row for each resource that one of them lists."""

    rows: tuple[Row, ...]

    @property
    def differences(self) -> tuple[Row, ...]:
        """The rows in which the two differ."""
        return tuple(row for row in self.rows if row.kind is not None)

    @property
    def agrees(self) -> bool:
        """Whether the two say the same of every resource."""
        return not self.differences

    @property
    def worse(self) -> tuple[Row, ...]:
        """The rows in which AWS may replace or delete what our prediction keeps."""
        return tuple(row for row in self.rows if row.stops)


def compare(diff: Diff, answers: Answers) -> Comparison:
    """Our prediction beside AWS's answers."""
    return Comparison(tuple(_rows(diff, answers, "")))


def alone(answers: Answers) -> Comparison:
    """AWS's answers where there is no prediction, so that they differ from none."""
    return Comparison(
        tuple(attrs.evolve(row, kind=None, sentence=None, worse=False) for row in _of_aws(answers, "", None))
    )


def _rows(diff: Diff, answers: Answers, prefix: str) -> Iterator[Row]:
    plain, values = _by_name(answers.plain), _by_name(answers.with_values or ())
    predicted = _by_name(diff.change_set()["Changes"])
    ours = {change.logical_id: change for change in diff.resources}
    context = _Context(diff, answers.with_values is not None)
    for name in dict.fromkeys([*ours, *plain, *values]):
        change = ours.get(name)
        listed = [side[name] for side in (plain, values) if name in side]
        yield _row(
            context, prefix, name, change, listed, predicted.get(name), plain.get(name), values.get(name)
        )
        inner = answers.nested.get(name)
        if change is not None and change.nested is not None:
            if inner is not None:
                yield from _rows(change.nested, inner, f"{prefix}{name}.")
        elif inner is not None:
            yield from _of_aws(inner, f"{prefix}{name}.", change)


def _of_aws(answers: Answers, prefix: str, stack: ResourceChange | None) -> Iterator[Row]:
    """The rows of a stack that only AWS looked into."""
    plain, values = _by_name(answers.plain), _by_name(answers.with_values or ())
    for name in dict.fromkeys([*plain, *values]):
        listed = [side[name] for side in (plain, values) if name in side]
        aws = _worst(listed)
        kind: Kind | None = None
        if prefix:
            kind = "nested"
        yield Row(
            prefix + name,
            str(listed[0].get("ResourceType", "")),
            None,
            aws,
            kind,
            None if kind is None else _sentence(kind, f"AWS says {aws}"),
            kind is not None,
            None if stack is None else stack.origin,
        )
        if name in answers.nested:
            yield from _of_aws(answers.nested[name], f"{prefix}{name}.", stack)


@attrs.frozen
class _Context:
    diff: Diff
    has_values: bool

    def aws_only(self, name: str) -> AwsOnly | None:
        return next((one for one in self.diff.aws_only if one.logical_id == name), None)

    def moved(self, name: str) -> str | None:
        """The values that AWS re-reads and that a resource depends on, in words."""
        values = [
            told(value)
            for value in self.diff.refreshed
            if any(resource.logical_id == name for resource in value.resources)
        ]
        return " or ".join(dict.fromkeys(values)) or None

    def unreadable(self, name: str) -> bool:
        restored = self.diff.sides.unreadable
        return restored is not None and any(
            place.startswith(f"/Resources/{name}/") for place in restored.places
        )


def _row(
    context: _Context,
    prefix: str,
    name: str,
    change: ResourceChange | None,
    listed: list[Mapping[str, Any]],
    predicted: Mapping[str, Any] | None,
    plain: Mapping[str, Any] | None,
    values: Mapping[str, Any] | None,
) -> Row:
    ours = None if change is None else Outcome(change.action, change.replacement, change.policy_action)
    aws = _worst(listed) if listed else None
    type_name = change.type if change is not None else str(listed[0].get("ResourceType", ""))
    origin = change.origin if change is not None else _origin(context.diff, name)
    row = Row(prefix + name, type_name, ours, aws, origin=origin)
    kind, because = _difference(context, name, change, ours, aws, listed, predicted)
    if kind is None:
        hidden = context.has_values and plain is not None and values is None and aws is not None
        # A removed or added resource is never hidden, and neither is a nested stack.
        if not hidden or aws is None or aws.action != "Modify" or type_name == STACK:
            return row
        kind, because = "hidden", ""
    before = (0, 0) if ours is None else ours.severity
    worse = KINDS[kind].counts and aws is not None and aws.severity > before
    return attrs.evolve(row, kind=kind, sentence=_sentence(kind, because), worse=worse)


def _difference(
    context: _Context,
    name: str,
    change: ResourceChange | None,
    ours: Outcome | None,
    aws: Outcome | None,
    listed: list[Mapping[str, Any]],
    predicted: Mapping[str, Any] | None,
) -> tuple[Kind | None, str]:
    """How two answers differ, and why; the first row that fits, from the most specific to the least."""
    if _same(ours, aws):
        return None, ""
    said = f"AWS says {'no change' if aws is None else aws}"
    if ours is not None:
        said += f", the prediction {ours}"
    if ours is not None and aws is not None and (ours.action, aws.action) == ("Add", "Import"):
        return "import", ""
    if change is not None and change.type == STACK and aws is not None and str(aws) == "may be replaced":
        return "stack", ""
    if any(_is_drift(one) for one in listed):
        return "drift", said
    as_predicted = aws is not None and predicted is not None and _same(_outcome(predicted), aws)
    if ours is None and aws is not None:
        left_out = context.aws_only(name)
        # AWS may also say something milder than its calculation was predicted to say.
        mild = predicted is not None and aws.severity <= _outcome(predicted).severity
        if left_out is not None and (mild or left_out.without_effect):
            return "symbol", left_out.reason
        if aws.severity[0] < _MAY_REPLACE and all(_is_automatic(one) for one in listed):
            return "automatic", ""
    moved = context.moved(name)
    if moved is not None and aws is not None and not as_predicted:
        return "moved", f"{moved}; {said}"
    if change is not None and any(_reason(part) == "text_unreadable" for part in change.changes):
        return "mangled", said
    if context.unreadable(name) and not as_predicted:
        return "mangled", said
    if context.diff.partial:
        return "macro", f"{context.diff.partial[0]}; {said}"
    if ours is not None and aws is not None and ours.action == aws.action:
        if ours.replacement == aws.replacement:
            return (
                "policy",
                f"AWS says {aws.policy_action or 'nothing'}, the prediction {ours.policy_action or 'nothing'}",
            )
        if aws.replacement == "Conditional" and as_predicted:
            return "decided", _decision(change)
    if change is not None and ours is not None and ours.severity[0] == _MAY_REPLACE:
        return "settled", said
    if (
        change is not None
        and aws is None
        and not any(part.certain for part in change.changes)
        and change.changes
    ):
        return "settled", said
    if aws is not None and (aws.action == "Dynamic" or aws.replacement == "Conditional"):
        return "undecided", said
    if aws is None:
        return "unlisted", said
    return "unpredicted", said


def _same(one: Outcome | None, other: Outcome | None) -> bool:
    if one is None or other is None:
        return one is other
    if (one.action, one.replacement) != (other.action, other.replacement):
        return False
    # Older answers have no policy action, and what happens under Conditional is nowhere published.
    known = one.policy_action is not None and other.policy_action is not None
    return not known or one.severity == other.severity


def _sentence(kind: Kind, because: str) -> str:
    return KINDS[kind].sentence.format(because=because)


def _decision(change: ResourceChange | None) -> str:
    """Why our answer is sure."""
    reasons: dict[str, None] = {}
    for part in () if change is None else change.changes:
        if part.condition is not None and (change is None or part.replacement == change.replacement):
            reasons[part.condition] = None
    if reasons:
        return "; ".join(reasons)
    return (
        "replaced"
        if change is not None and change.replacement == "True"
        else "no value that decides it changes"
    )


def _reason(part: Any) -> str | None:
    return None if part.reason is None else str(part.reason.kind)


def _origin(diff: Diff, name: str) -> Origin | None:
    found = diff.after.origin(("Resources", name))
    return diff.before.origin(("Resources", name)) if found is None else found


# ---------------------------------------------------------------------------------------------
# AWS's answers


def _by_name(changes: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for item in changes:
        change = mapping_or_empty(item).get("ResourceChange")
        if is_mapping(change) and "LogicalResourceId" in change:
            found[str(change["LogicalResourceId"])] = change
    return found


def _outcome(change: Mapping[str, Any]) -> Outcome:
    """What one answer of AWS says; of a word that a newer API has, the worst that it may mean."""
    action = change.get("Action")
    known: Action = action if action == "Modify" or action in _WORDS else "Dynamic"
    replacement: Replacement | None = None
    if known == "Modify":
        said = change.get("Replacement")
        replacement = said if said in ("True", "False", "Conditional") else "Conditional"
    policy = change.get("PolicyAction")
    return Outcome(known, replacement, policy)


def _worst(listed: Iterable[Mapping[str, Any]]) -> Outcome:
    return max((_outcome(change) for change in listed), key=lambda outcome: outcome.severity)


def _is_drift(change: Mapping[str, Any]) -> bool:
    """Whether a change reverts what was done outside of CloudFormation."""
    if change.get("Action") == "SyncWithActual" or change.get("ResourceDriftStatus") in (
        "MODIFIED",
        "DELETED",
    ):
        return True
    return any(
        target.get("AttributeChangeType") == "SyncWithActual"
        or target.get("BeforeValueFrom") == "ACTUAL_STATE"
        for target in _targets(change)
    )


def _is_automatic(change: Mapping[str, Any]) -> bool:
    details = list_or_empty(change.get("Details"))
    return bool(details) and all(
        mapping_or_empty(detail).get("ChangeSource") == "Automatic" for detail in details
    )


def _targets(change: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for detail in list_or_empty(change.get("Details")):
        yield mapping_or_empty(mapping_or_empty(detail).get("Target"))
