"""The ARNs and URLs of resources as texts, so that a literal equals a reference if both mean the same resource.

The catalog has the form of each ARN (`Attribute.form`). A resource that gets another name keeps its old text: access
follows it, as it does without a name. Partition, account and region are unknown without ``--region`` and
``--account``; then the values in the literals are assumed, and the finding mentions the account and the region.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from ... import catalog
from ...changes import Diff
from ...changes.forms import formed, is_pseudo_known, literals
from ...changes.observed import FORM_VARIABLE
from ...changes.sides import Side
from ...evaluation.engine import Engine
from ...evaluation.unknowns import Unknown, mapped

_PLACE = re.compile(
    r"\barn:[^:]+:[^:]+:(?P<region>[a-z0-9-]*):(?P<account>[0-9]{12})?:"
    r"|\bhttps://sqs\.(?P<queue_region>[a-z0-9-]+)\.[^/]+/(?P<queue_account>[0-9]{12})/"
    r"|^(?P<whole>[0-9]{12})$"
)


class Identities:
    """Resolves references to resources to texts."""

    def __init__(self, diff: Diff, assumed: Mapping[str, str]) -> None:
        self.diff = diff
        self.assumed = assumed
        self._known: dict[str, Any] = {}
        self._all_known = False

    def text(self, name: str) -> Any:
        """The text of ``Queue.Arn`` or ``Topic``, with unknown pieces; None if its form is not known."""
        if name not in self._known:
            self._known[name] = None  # Ends a circle.
            self._known[name] = self._text(name)
        return self._known[name]

    def of(self, logical_id: str, type_name: str) -> Iterator[Any]:
        """The texts that mean a resource."""
        for attribute in _forms(type_name):
            found = self.text(f"{logical_id}.{attribute}")
            if found is not None:
                yield found

    def settled(self, value: Any) -> Any:
        """A value with the old names of resources whose names may change, and with the assumed values."""

        def settled(part: Any) -> Any:
            if isinstance(part, Unknown):
                if part.kind == "pseudo":
                    return self.assumed.get(part.name, part)
                if part.kind in ("new", "may"):
                    return Unknown("attribute" if "." in part.name else "reference", part.name)
            return part

        return mapped(value, settled)

    def in_words(self, message: str) -> str:
        """A sentence in which a partly unknown text is replaced by its reference."""
        if not self._all_known:
            self._all_known = True
            for side in (self.diff.sides.before, self.diff.sides.after):
                for name, resource in side.resources.items():
                    if side.exists(name) is not False:
                        list(self.of(name, resource["Type"]))
        texts = {str(found): name for name, found in self._known.items() if isinstance(found, Unknown)}
        for shown in sorted(texts, key=len, reverse=True):
            if shown in message:
                whole = rf"(?<!\S){re.escape(shown)}(?![^\s,;])"
                message = re.sub(whole, lambda _: texts[shown], message)  # noqa: B023
                message = message.replace(shown, f"{{{texts[shown]}}}")
        return message

    def _text(self, name: str) -> Any:
        return formed(name, *self._side(name.partition(".")[0]), self.settled)

    def _side(self, logical_id: str) -> tuple[Side, Engine]:
        """The side that decides the name of a resource: the one before, unless the resource is new."""
        before, after = self.diff.sides.before, self.diff.sides.after
        old, new = before.resources.get(logical_id), after.resources.get(logical_id)
        stays = old is not None and (new is None or new["Type"] == old["Type"])
        if stays and before.exists(logical_id) is not False:
            return before, self.diff.values("before")
        return after, self.diff.values("after")


def _forms(type_name: str) -> dict[str, str]:
    """The forms of the attributes of a type, as far as known."""
    record = catalog.find(type_name)
    attributes = {} if record is None else record.attributes
    return {name: facts.form for name, facts in attributes.items() if facts.form is not None}


def may_mean(key: str, type_name: str) -> bool:
    """Whether a text may mean a resource of a type: it contains the literal parts of its form."""
    return any(all(piece in key for piece in _fixed(form)) for form in _forms(type_name).values())


@cache
def _fixed(form: str) -> tuple[str, ...]:
    """The literal parts between the variables of a form."""
    return tuple(FORM_VARIABLE.sub("\0", form).split("\0"))


def assumed_place(diff: Diff, before: Iterable[Any], after: Iterable[Any]) -> dict[str, str]:
    """The account and the region in the added or removed literals, if all have the same."""
    said: dict[str, set[str]] = {"AWS::AccountId": set(), "AWS::Region": set()}
    for one in set(literals(before)) ^ set(literals(after)):
        for match in _PLACE.finditer(one):
            said["AWS::AccountId"].add(match["account"] or match["queue_account"] or match["whole"] or "")
            said["AWS::Region"].add(match["region"] or match["queue_region"] or "")
    found: dict[str, str] = {}
    for name, values in said.items():
        values.discard("")
        if len(values) == 1 and not is_pseudo_known(diff.sides, name):
            found[name] = values.pop()
    return found
