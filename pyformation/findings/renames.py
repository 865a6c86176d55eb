"""Resources that only get another logical ID, and the input of a stack refactor that renames them in place.

CloudFormation knows no renames: it creates the new resource and deletes the old one. CreateStackRefactor moves a
resource to another logical ID without touching it, but accepts no other change at the same time. So a rename with
edits needs an intermediate template, which has the new logical IDs and nothing else new, and then the update.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackRefactor.html
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any

import attrs

from .. import catalog
from ..changes import Diff, Finding
from ..changes.sides import ATTRIBUTES
from ..evaluation.expressions import section
from ..evaluation.references import renamed
from ..evaluation.unknowns import Unknown, mapped
from ..plain import is_list, is_mapping, leaves
from .view import View, key_of

# Two resources that have less than half of their content in common are not a rename.
_ALIKE = 0.5
# If a type has more pairs than this, only identical resources are matched.
_PAIRS = 40_000


@attrs.frozen
class Rename:
    """A resource that is removed under one logical ID and added under another; `exact` if nothing else changes."""

    old: str
    new: str
    type: str
    exact: bool


def find(view: View) -> Iterator[Finding]:
    """The findings on renames."""
    for rename in renames(view):
        what = f"{rename.new} ({rename.type}) is {rename.old} with a new logical ID"
        old = "retained outside the stack" if view.kept(rename.old) else "deleted"
        made = f"it is recreated, and the old resource is {old}; a stack refactor would rename it in place"
        if rename.exact:
            yield view.finding("PF301", rename.new, made, subject=what)
        else:
            made += ", followed by this update"
            yield view.finding("PF302", rename.new, made, subject=f"{what} and other changes")


def renames(view: View) -> list[Rename]:
    """The pairs that belong together: each is the other's best match, without an equally good one."""
    found: list[Rename] | None = view.cache.get("renames")
    if found is None:
        found = view.cache["renames"] = _renames(view)
    return found


def _renames(view: View) -> list[Rename]:
    gone: dict[str, list[str]] = defaultdict(list)
    new: dict[str, list[str]] = defaultdict(list)
    for name, change in view.changes.items():
        if change.action == "Remove":
            gone[change.type].append(name)
        elif change.action == "Add":
            new[change.type].append(name)
    # What the program declares is not looked for.
    declared = {
        old: moved
        for old, moved in view.diff.after.moved.items()
        if any(old in gone[kind] and moved in new[kind] for kind in [*new])
    }
    types = [
        kind for kind in new if kind in gone and (not _is_version(kind) or set(gone[kind]) & {*declared})
    ]
    # The resources that they refer to may be renamed as well: such references are compared by type first, then by the
    # pairs that were found.
    pairs: dict[str, str] = dict(declared)
    found: list[Rename] = []
    for _ in range(3):
        found = []
        tied: list[_Candidates] = []
        for kind in types:
            candidates = _Candidates(view, kind, gone[kind], new[kind], pairs)
            found += candidates.declared(declared)
            if not _is_version(kind):
                found += candidates.alike()
                tied.append(candidates)
        found += _by_names(found, tied)
        now = {rename.old: rename.new for rename in found}
        if now == pairs:
            break
        pairs = now
    order = {name: index for index, name in enumerate(view.after.resources)}
    return sorted(found, key=lambda rename: order[rename.new])


def _is_version(kind: str) -> bool:
    """Whether a new logical ID is how the type is meant to be updated."""
    record = catalog.find(kind)
    return record is not None and record.is_version


class _Candidates:
    """The removed and added resources of a type that are not paired yet."""

    def __init__(
        self, view: View, kind: str, gone: list[str], new: list[str], pairs: Mapping[str, str]
    ) -> None:
        self.view = view
        self.kind = kind
        self.olds = {name: _leaves(view, name, "before", pairs) for name in gone}
        self.news = {name: _leaves(view, name, "after", pairs) for name in new}
        # Pairs that are as alike as others.
        self.tied: list[tuple[str, str]] = []

    def pair(self, old: str, new: str) -> Rename:
        """A pair, which is then no candidate any more."""
        same = self.olds.pop(old) == self.news.pop(new)
        exact = same and _rest(self.view, old, "before") == _rest(self.view, new, "after")
        return Rename(old, new, self.kind, exact)

    def declared(self, moved: Mapping[str, str]) -> Iterator[Rename]:
        """The pairs that the program gave."""
        for old, new in moved.items():
            if old in self.olds and new in self.news:
                yield self.pair(old, new)

    def alike(self) -> Iterator[Rename]:
        """The pairs of which each is the other's only best match."""
        # Identical resources are paired first; only the others are compared pair by pair.
        same_old, same_new = _by_content(self.olds), _by_content(self.news)
        for content, (old, *more) in same_old.items():
            others = same_new.get(content, [])
            if content and not more and len(others) == 1:
                yield self.pair(old, others[0])
        if len(self.olds) * len(self.news) > _PAIRS:
            return
        scores = {
            (old, new): _likeness(self.view, self.kind, old, new, mine, theirs)
            for old, mine in self.olds.items()
            for new, theirs in self.news.items()
        }
        best_old, best_new = _best(scores, 0), _best(scores, 1)
        for (old, new), score in scores.items():
            if score >= _ALIKE and best_old[old][0] == best_new[new][0] == score:
                if best_old[old][1] == best_new[new][1] == 1:
                    yield self.pair(old, new)
                else:
                    self.tied.append((old, new))

    def named(self, pairs: list[tuple[str, str]], changes: Mapping[tuple[str, str], int]) -> list[Rename]:
        """The pairs with the most frequent change of name, if no other pair of the same names is as frequent."""
        scores = {pair: float(changes.get(_change_of_name(*pair), 0)) for pair in pairs}
        best_old, best_new = _best(scores, 0), _best(scores, 1)
        return [
            self.pair(old, new)
            for (old, new), score in scores.items()
            if score > 1 and best_old[old] == best_new[new] == (score, 1)
        ]


def _by_names(found: list[Rename], candidates: list[_Candidates]) -> Iterator[Rename]:
    """Among equally similar pairs, and then among all that are left, the pairs whose change of name several others
    share.

    If an attribute or a component was renamed, many logical IDs change in the same way.
    """
    changes = Counter(_change_of_name(rename.old, rename.new) for rename in found)
    possible = changes + Counter(_change_of_name(*pair) for each in candidates for pair in each.tied)
    for each in candidates:
        for rename in each.named(each.tied, possible):
            changes[_change_of_name(rename.old, rename.new)] += 1
            yield rename
    usual = {change: count for change, count in changes.items() if count > 1}
    for each in candidates if usual else ():
        if len(each.olds) * len(each.news) <= _PAIRS:
            yield from each.named([(old, new) for old in each.olds for new in each.news], usual)


def _change_of_name(old: str, new: str) -> tuple[str, str]:
    """The part of a name that changed: from ``ApiQueue`` to ``WebQueue``, Api becomes Web."""
    end = _common(reversed(old), reversed(new))
    old, new = old[: len(old) - end], new[: len(new) - end]
    start = _common(old, new)
    return old[start:], new[start:]


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _by_content(leaves: Mapping[str, Counter[Any]]) -> dict[Any, list[str]]:
    """The names by what their resources say."""
    found: dict[Any, list[str]] = defaultdict(list)
    for name, content in leaves.items():
        found[frozenset(content.items())].append(name)
    return found


def _best(scores: Mapping[tuple[str, str], float], which: int) -> dict[str, tuple[float, int]]:
    """For each name its best score, and how many have it."""
    found: dict[str, tuple[float, int]] = {}
    for pair, score in scores.items():
        best, count = found.get(pair[which], (-1.0, 0))
        if score > best:
            found[pair[which]] = (score, 1)
        elif score == best:
            found[pair[which]] = (best, count + 1)
    return found


def _likeness(view: View, kind: str, old: str, new: str, mine: Counter[Any], theirs: Counter[Any]) -> float:
    """The similarity: twice the common content, divided by the content of both; 1 if they share a unique name."""
    total = mine.total() + theirs.total()
    if total == 0:
        return 1.0
    record = catalog.find(kind)
    if record is not None and record.physical_name is not None:
        one = view.properties(old, "before").get(record.physical_name)
        other = view.properties(new, "after").get(record.physical_name)
        if one is not None and other is not None and key_of(one) == key_of(other):
            return 1.0
    return 2 * (mine & theirs).total() / total


def _leaves(view: View, name: str, which: Any, pairs: Mapping[str, str]) -> Counter[Any]:
    """All leaves of the properties with their paths, without positions in lists, so that items may move."""
    found: Counter[Any] = Counter()
    for path, value in leaves(view.properties(name, which)):
        place = tuple("*" if isinstance(step, int) else step for step in path)
        found[place, key_of(_neutral(view, value, which, pairs))] += 1
    return found


def _neutral(view: View, value: Any, which: Any, pairs: Mapping[str, str]) -> Any:
    """A value with references to resources that go or come made comparable."""

    def neutral(part: Any) -> Any:
        if not isinstance(part, Unknown) or part.kind not in ("reference", "attribute", "new", "may"):
            return part
        name, dot, rest = part.name.partition(".")
        change = view.changes.get(name)
        action = "Remove" if which == "before" else "Add"
        if which == "before" and name in pairs:
            name = pairs[name]
        elif change is not None and change.action == action and not pairs:
            name = change.type
        return Unknown("resource", f"{name}{dot}{rest}")

    return mapped(value, neutral)


def _rest(view: View, name: str, which: Any) -> dict[str, Any]:
    """What a resource has beside its properties."""
    resource = view.side(which).resources[name]
    engine = view.engine(which)
    return {key: key_of(engine.value(node)) for key, node in resource.items() if key in ATTRIBUTES}


def refactor_mapping(diff: Diff, stack_name: str | None = None) -> dict[str, Any]:
    """The input of CreateStackRefactor that turns the removals and additions of a diff into renames.

    It has the shape of the call: the stack with the intermediate template as its text, and the mapping of each
    resource. Without the name of the stack (an argument, or the diff's own), ``STACK_NAME`` is its placeholder.
    Without renames, `ResourceMappings` is empty and no call is needed.
    """
    from ..document import to_json

    view = View(diff)
    found = renames(view)
    name = stack_name or diff.sides.after.engine.inputs.stack_name or "STACK_NAME"

    def place(logical_id: str) -> dict[str, str]:
        return {"StackName": name, "LogicalResourceId": logical_id}

    mapping = {rename.old: rename.new for rename in found}
    body = to_json(intermediate_template(diff, mapping), indent=2)
    return {
        "StackDefinitions": [{"StackName": name, "TemplateBody": body}] if found else [],
        "ResourceMappings": [
            {"Source": place(rename.old), "Destination": place(rename.new)} for rename in found
        ],
    }


def intermediate_template(diff: Diff, mapping: Mapping[str, str]) -> dict[str, Any]:
    """The template before under the new logical IDs, and otherwise as it is."""
    data = diff.before.data
    if any(old not in section(data, "Resources") for old in mapping):
        data = diff.sides.before.data  # What a loop made is named where it is written out.
    found = copy.deepcopy(dict(data))

    def rename(name: str) -> str:
        return mapping.get(name, name)

    found["Resources"] = {
        rename(name): _renamed(resource, rename) for name, resource in section(found, "Resources").items()
    }
    if "Outputs" in found:
        found["Outputs"] = renamed(found["Outputs"], rename)
    return found


def _renamed(resource: Any, rename: Callable[[str], str]) -> Any:
    found = renamed(resource, rename)
    depends: Any = found.get("DependsOn") if is_mapping(found) else None
    if isinstance(depends, str):
        found["DependsOn"] = rename(depends)
    elif is_list(depends):
        found["DependsOn"] = [rename(name) if isinstance(name, str) else name for name in depends]
    return found
