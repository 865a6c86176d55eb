"""A user-defined policy: pyformation diff BEFORE AFTER --policy policy.py"""

from collections.abc import Iterator

from pyformation import Diff, Finding

STATEFUL = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DynamoDB::Table")


def check_diff(diff: Diff) -> Iterator[Finding]:
    for change in diff.resources:
        if change.type in STATEFUL and change.replacement != "False" and change.action != "Add":
            message = f"{change.logical_id} holds data; ask the database team first"
            yield Finding("TEAM1", "policy", "error", change.logical_id, message, origin=change.origin)
