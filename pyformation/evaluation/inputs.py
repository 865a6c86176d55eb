"""What a template is evaluated with: the values of its parameters, where it is deployed, exports of other stacks.

`Given` is what a user gives, `Inputs` what the engine makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .unknowns import NO_VALUE, Unknown

# Where the name of a region begins otherwise than those of the partition aws.
_PARTITIONS = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "us-iso-": ("aws-iso", "c2s.ic.gov"),
    "us-isob-": ("aws-iso-b", "sc2s.sgov.gov"),
    "eu-isoe-": ("aws-iso-e", "cloud.adc-e.uk"),
    "us-isof-": ("aws-iso-f", "csp.hci.ic.gov"),
    "eusc-": ("aws-eusc", "amazonaws.eu"),
}


@attrs.frozen
class Inputs:
    """What a template is evaluated with.

    `parameters` are the values of all parameters, `Unknown` where none is known; a pseudo parameter that
    is None is unknown. `imports` are the exports of other stacks that are known, `macros` what changes the
    template on AWS's side: then a macro may create a name that does not exist. `resolved` has values that
    AWS reads when it updates, by the text of the reference; the stack outputs in `moved` have another value.
    """

    parameters: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    region: str | None = None
    account: str | None = None
    stack_name: str | None = None
    imports: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    macros: tuple[str, ...] = ()
    resolved: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    moved: frozenset[str] = frozenset()

    def pseudo(self, name: str) -> Any:
        """The value of a pseudo parameter; partition and suffix follow from the region."""
        known: str | None = {
            "AWS::Region": self.region,
            "AWS::AccountId": self.account,
            "AWS::StackName": self.stack_name,
        }.get(name)
        if self.region is not None and name in ("AWS::Partition", "AWS::URLSuffix"):
            starts = (its for prefix, its in _PARTITIONS.items() if self.region.startswith(prefix))
            partition, suffix = next(starts, ("aws", "amazonaws.com"))
            known = partition if name == "AWS::Partition" else suffix
        if name == "AWS::NoValue":
            return NO_VALUE
        return Unknown("pseudo", name) if known is None else known


@attrs.frozen
class Given:
    """What a user gives to evaluate a template, or one side of a diff.

    `parameters` are values by name, `resolved` those behind SSM-typed parameters, `imports` the exports of other
    stacks, `tags` the tags of the stack. `region`, `account` and `stack_name` give the pseudo parameters.
    """

    parameters: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    resolved: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    region: str | None = None
    account: str | None = None
    stack_name: str | None = None
    imports: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    tags: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
