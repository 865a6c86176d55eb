"""Live stacks: what they are, what an update would do, and the way out of every state.

Everything here takes a session of boto3, which is imported when a connection is opened. The names are imported when
they are first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .causes import Cause
    from .change_sets import ChangeSet, Check
    from .comparison import Comparison, Outcome, Row
    from .connection import Connection, Retry, connect
    from .deletion import Deletion, DeletionPlan, delete
    from .deploying import Deployment
    from .drifting import DriftReport, PropertyDrift, ResourceDrift, drift
    from .events import Followed
    from .failures import Failure, Left
    from .inspection import StackStatus, status
    from .operations import deploy, outputs, plan
    from .planning import Plan
    from .progress import Progress, Step
    from .records import Drift, Event, Export, Operation, Output, Stack, StackParameter, StackResource
    from .recovery import Recovery, RecoveryPlan, recover
    from .statuses import NextStep, State
    from .watching import Watcher

# The names by the module that has them.
_MODULES = {
    "change_sets": "ChangeSet Check",
    "comparison": "Comparison Outcome Row",
    "deploying": "Deployment",
    "watching": "Watcher",
    "events": "Followed",
    "operations": "deploy outputs plan",
    "planning": "Plan",
    "progress": "Progress Step",
    "causes": "Cause",
    "connection": "Connection Retry connect",
    "deletion": "Deletion DeletionPlan delete",
    "drifting": "DriftReport PropertyDrift ResourceDrift drift",
    "failures": "Failure Left",
    "inspection": "StackStatus status",
    "records": "Drift Event Export Operation Output Stack StackParameter StackResource",
    "recovery": "Recovery RecoveryPlan recover",
    "statuses": "NextStep State",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = [
    "Cause",
    "ChangeSet",
    "Check",
    "Comparison",
    "Connection",
    "Deletion",
    "DeletionPlan",
    "Deployment",
    "Drift",
    "DriftReport",
    "Event",
    "Export",
    "Failure",
    "Followed",
    "Left",
    "NextStep",
    "Operation",
    "Outcome",
    "Output",
    "Plan",
    "Progress",
    "PropertyDrift",
    "Recovery",
    "RecoveryPlan",
    "ResourceDrift",
    "Retry",
    "Row",
    "Stack",
    "StackParameter",
    "StackResource",
    "StackStatus",
    "State",
    "Step",
    "Watcher",
    "connect",
    "delete",
    "deploy",
    "drift",
    "outputs",
    "plan",
    "recover",
    "status",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
