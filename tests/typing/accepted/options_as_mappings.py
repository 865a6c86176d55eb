"""Policies as mappings with CloudFormation's names, and options given on."""

from typing import Any

from pyformation.aws import autoscaling

POLICY: dict[str, Any] = {"AutoScalingReplacingUpdate": {"WillReplace": True}}


def group(condition: str | None = None) -> autoscaling.AutoScalingGroup:
    return autoscaling.AutoScalingGroup(
        min_size="1",
        max_size="2",
        condition=condition,
        creation_policy={"ResourceSignal": {"Count": 2}},
        update_policy=POLICY,
    )


assert group("IsProd").condition == "IsProd"
