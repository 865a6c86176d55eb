"""Metadata and usage data that the CDK writes for itself: changing them has no effect."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from ..plain import is_mapping
from .diff import AwsOnly, ResourceChange
from .records import PropertyChange

# Metadata that only the CDK reads: where a construct stands in its program, and
# which packages were used. https://docs.aws.amazon.com/cdk/v2/guide/usage-data.html
_CDK_METADATA = ("aws:cdk:", "aws:asset:")
_PATHS = tuple(f"/Metadata/{prefix}" for prefix in _CDK_METADATA)
_CDK_USAGE_DATA = "AWS::CDK::Metadata"


def without_cdk(changes: Iterable[ResourceChange]) -> tuple[list[ResourceChange], list[AwsOnly]]:
    """Separate the changes from resources in which only the CDK's own data changes."""
    kept: list[ResourceChange] = []
    noise: list[AwsOnly] = []
    for change in changes:
        real = tuple(part for part in change.changes if not _is_cdk_metadata(part))
        if change.type == _CDK_USAGE_DATA:
            reason = "the CDK records only its usage with it"
        elif change.changes and not real and change.action == "Modify":
            reason = "only metadata that the CDK writes changes"
        else:
            kept.append(attrs.evolve(change, changes=real) if len(real) < len(change.changes) else change)
            continue
        noise.append(AwsOnly(change.logical_id, change.type, change.replacement, reason, without_effect=True))
    return kept, noise


def _is_cdk_metadata(change: PropertyChange) -> bool:
    if change.path[:9] != "/Metadata":
        return False
    if change.path != "/Metadata":
        return change.path.startswith(_PATHS)
    # All of it is added or removed.
    present = [value for value in (change.before, change.after) if value is not None]
    return all(
        is_mapping(value) and bool(value) and all(key.startswith(_CDK_METADATA) for key in value)
        for value in present
    )
