"""Live stacks: what they are, what an update would do, and the way out of every state.

Everything here takes a session of boto3, which is imported when a connection is opened. The names are imported when
they are first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .change_sets import ChangeSet, Check
    from .comparison import Comparison, Outcome, Row
    from .connection import Connection, Retry, connect
    from .deploying import Deployment, Watcher
    from .events import Followed
    from .operations import deploy, plan
    from .planning import Plan
    from .progress import Progress, Step
    from .records import Drift, Event, Export, Operation, Output, Stack, StackParameter, StackResource

# The names by the module that has them.
_MODULES = {
    "change_sets": "ChangeSet Check",
    "comparison": "Comparison Outcome Row",
    "connection": "Connection Retry connect",
    "deploying": "Deployment Watcher",
    "events": "Followed",
    "operations": "deploy plan",
    "planning": "Plan",
    "progress": "Progress Step",
    "records": "Drift Event Export Operation Output Stack StackParameter StackResource",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = [
    "ChangeSet",
    "Check",
    "Comparison",
    "Connection",
    "Deployment",
    "Drift",
    "Event",
    "Export",
    "Followed",
    "Operation",
    "Outcome",
    "Output",
    "Plan",
    "Progress",
    "Retry",
    "Row",
    "Stack",
    "StackParameter",
    "StackResource",
    "Step",
    "Watcher",
    "connect",
    "deploy",
    "plan",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
