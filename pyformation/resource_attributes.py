"""The creation and update policies of resources, as property types like any other.

The shapes are written by hand: no registry schema has them.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
"""

from __future__ import annotations

from .resource import PropertyType, fill_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INTEGER = {"type": "integer"}
_BOOLEAN = {"type": "boolean"}
_PERCENT = {"type": "integer", "minimum": 0, "maximum": 100}

_DEFINITIONS: dict[str, dict[str, dict[str, Any]]] = {
    "AutoScalingCreationPolicy": {"MinSuccessfulInstancesPercent": _PERCENT},
    "ResourceSignal": {"Count": _INTEGER, "Timeout": {}},
    "AutoScalingReplacingUpdate": {"WillReplace": _BOOLEAN},
    "AutoScalingRollingUpdate": {
        "MaxBatchSize": _INTEGER,
        "MinActiveInstancesPercent": _PERCENT,
        "MinInstancesInService": _INTEGER,
        "MinSuccessfulInstancesPercent": _PERCENT,
        "PauseTime": {},
        "SuspendProcesses": {
            "type": "[string]",
            "items": {
                "enum": [
                    "Launch",
                    "Terminate",
                    "AddToLoadBalancer",
                    "AlarmNotification",
                    "AZRebalance",
                    "HealthCheck",
                    "InstanceRefresh",
                    "ReplaceUnhealthy",
                    "ScheduledActions",
                ]
            },
        },
        "WaitOnResourceSignals": _BOOLEAN,
    },
    "AutoScalingScheduledAction": {"IgnoreUnmodifiedGroupSizeProperties": _BOOLEAN},
    "AutoScalingInstanceRefresh": {
        "Strategy": {"required": True, "enum": ["ReplaceRootVolume", "Rolling"]},
        "Preferences": {"type": "json"},
    },
    "CodeDeployLambdaAliasUpdate": {
        "AfterAllowTrafficHook": {},
        "ApplicationName": {"required": True},
        "BeforeAllowTrafficHook": {},
        "DeploymentGroupName": {"required": True},
    },
    "FleetUpdate": {"Type": _BOOLEAN},
}
_CREATION: dict[str, Any] = {
    "properties": {
        "AutoScalingCreationPolicy": {"type": "AutoScalingCreationPolicy"},
        "ResourceSignal": {"type": "ResourceSignal"},
        "StartFleet": {"type": "FleetUpdate"},
    },
    "definitions": _DEFINITIONS,
}
_UPDATE: dict[str, Any] = {
    "properties": {
        "AutoScalingInstanceRefresh": {"type": "AutoScalingInstanceRefresh"},
        "AutoScalingReplacingUpdate": {"type": "AutoScalingReplacingUpdate"},
        "AutoScalingRollingUpdate": {"type": "AutoScalingRollingUpdate"},
        "AutoScalingScheduledAction": {"type": "AutoScalingScheduledAction"},
        "CodeDeployLambdaAliasUpdate": {"type": "CodeDeployLambdaAliasUpdate"},
        "EnableVersionUpgrade": _BOOLEAN,
        "StartAfterUpdate": {"type": "FleetUpdate"},
        "StopBeforeUpdate": {"type": "FleetUpdate"},
        "UseOnlineResharding": _BOOLEAN,
    },
    "definitions": _DEFINITIONS,
}


class CreationPolicy(PropertyType):
    """How long CloudFormation waits for a new resource, and for what.

    ``CreationPolicy(resource_signal=CreationPolicy.ResourceSignal(count=1, timeout="PT15M"))``
    """

    __slots__ = ()


class UpdatePolicy(PropertyType):
    """How CloudFormation updates an Auto Scaling group, a Lambda alias, a search domain, a fleet.

    It also decides replacement: an Auto Scaling group with ``AutoScalingReplacingUpdate`` is replaced.
    """

    __slots__ = ()


fill_class(CreationPolicy, _CREATION, "CreationPolicy")
fill_class(UpdatePolicy, _UPDATE, "UpdatePolicy")
