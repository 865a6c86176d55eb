"""The records of a diff: what changes, why, and what CloudFormation would say of it."""

from __future__ import annotations

from typing import Any, Literal

import attrs

Action = Literal["Add", "Modify", "Remove", "Import", "Dynamic", "SyncWithActual"]
Replacement = Literal["True", "False", "Conditional"]
RequiresRecreation = Literal["Never", "Conditionally", "Always"]
Source = Literal["ResourceReference", "ParameterReference", "ResourceAttribute", "DirectModification", "Automatic"]

Path = tuple[str | int, ...]


def pointer(path: Path) -> str:
    """``/Properties/Tags/0/Value``."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


class Missing:
    """The value of what is not there, on one side."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


@attrs.frozen
class Difference:
    """One leaf that differs: where, and what it is on each side (`MISSING` where it is not there).

    `certain` is False where the values are the same unless something unknown changes.
    """

    path: Path
    before: Any
    after: Any
    certain: bool = True

    @property
    def change_type(self) -> Literal["Add", "Remove", "Modify"]:
        """How AWS calls it."""
        if self.before is MISSING:
            return "Add"
        return "Remove" if self.after is MISSING else "Modify"


@attrs.frozen
class Detail:
    """One cause of one change, as DescribeChangeSet lists it."""

    attribute: str
    name: str | None
    requires_recreation: RequiresRecreation
    evaluation: Literal["Static", "Dynamic"]
    change_source: Source | None
    causing_entity: str | None = None
    difference: Difference | None = None


@attrs.frozen
class ChangeSetEntry:
    """What AWS says of one resource."""

    action: Action
    logical_id: str
    type: str
    replacement: Replacement | None = None
    policy_action: str | None = None
    scope: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    before_context: dict[str, Any] | None = None
    after_context: dict[str, Any] | None = None
