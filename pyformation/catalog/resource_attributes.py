"""What every resource takes besides its properties: CloudFormation's resource attributes and our own options.

A new resource attribute is a row of RESOURCE_ATTRIBUTES, and a line of `ResourceOptions` for type checkers.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-product-attribute-reference.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PAGES = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-"


class ResourceOption:
    """A keyword of every resource."""

    __slots__ = ("keyword", "name", "sentence", "page")

    def __init__(self, keyword: str, name: str, sentence: str, page: str = "") -> None:
        self.keyword = keyword
        self.name = name
        self.sentence = sentence
        self.page = page and f"{_PAGES}{page}.html"


class ResourceAttribute(ResourceOption):
    """A key of a resource in a template, besides Type and Properties.

    `type` is ``condition``, ``references``, ``json``, ``choice`` (one of `choices`), or a property type of
    `POLICIES`. `functions_need_extensions`: a function as its value needs the AWS::LanguageExtensions transform.
    """

    __slots__ = ("type", "choices", "functions_need_extensions")

    def __init__(
        self,
        keyword: str,
        key: str,
        type: str,
        sentence: str,
        page: str = "",
        choices: tuple[str, ...] = (),
        functions_need_extensions: bool = False,
    ) -> None:
        super().__init__(keyword, key, sentence, page)
        self.type = type
        self.choices = choices
        self.functions_need_extensions = functions_need_extensions

    @property
    def key(self) -> str:
        """CloudFormation's name."""
        return self.name


# In the order in which they stand in a rendered resource, before its properties.
RESOURCE_ATTRIBUTES = (
    ResourceAttribute(
        "condition",
        "Condition",
        "condition",
        "the resource exists only if the condition is true; a change of the condition's outcome adds or "
        "removes it",
    ),
    ResourceAttribute(
        "depends_on",
        "DependsOn",
        "references",
        "what must exist before the resource is created, if no reference shows it; a change of it alone "
        "changes nothing that is deployed",
        "dependson",
    ),
    ResourceAttribute(
        "creation_policy",
        "CreationPolicy",
        "CreationPolicy",
        "how many signals the creation waits for, and for how long",
        "creationpolicy",
    ),
    ResourceAttribute(
        "update_policy",
        "UpdatePolicy",
        "UpdatePolicy",
        "how certain types are updated; for some properties it decides whether the resource is replaced",
        "updatepolicy",
    ),
    ResourceAttribute(
        "deletion_policy",
        "DeletionPolicy",
        "choice",
        "what happens to the resource when it leaves the template or the stack is deleted: Delete, Retain, "
        "RetainExceptOnCreate or Snapshot; on replacement UpdateReplacePolicy counts instead",
        "deletionpolicy",
        ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
        functions_need_extensions=True,
    ),
    ResourceAttribute(
        "update_replace_policy",
        "UpdateReplacePolicy",
        "choice",
        "what happens to the old resource when an update replaces it: Delete (the default of every type), "
        "Retain or Snapshot",
        "updatereplacepolicy",
        ("Delete", "Retain", "Snapshot"),
        functions_need_extensions=True,
    ),
    ResourceAttribute(
        "metadata",
        "Metadata",
        "json",
        "data of your own; an update of it is in place, and most types ignore it",
        "metadata",
    ),
)
BY_KEY = {attribute.key: attribute for attribute in RESOURCE_ATTRIBUTES}

OPTIONS: dict[str, ResourceOption] = {
    option.keyword: option
    for option in (
        *RESOURCE_ATTRIBUTES,
        ResourceOption(
            "logical_id",
            "logical ID",
            "the name in the template instead of that of the attribute; another logical ID means another "
            "resource",
        ),
        ResourceOption(
            "prevent_replacement",
            "prevent_replacement",
            "never rendered: a diff fails if an update would replace the resource",
        ),
        ResourceOption(
            "prevent_deletion",
            "prevent_deletion",
            "never rendered: a diff fails if an update would delete the resource",
        ),
        ResourceOption(
            "suppress",
            "suppress",
            "never rendered: codes of findings about the resource that are not reported, each with the reason",
        ),
        ResourceOption(
            "inherit_tags",
            "inherit_tags",
            "never rendered: with False the resource does not get the tags of the stack",
        ),
        ResourceOption(
            "extra_properties",
            "extra_properties",
            "properties that the catalog does not know, by CloudFormation's names, unchecked",
        ),
        ResourceOption(
            "extra_attributes",
            "extra_attributes",
            "resource attributes that are newer than this package, by CloudFormation's names, unchecked",
        ),
    )
}


# ---------------------------------------------------------------------------------------------
# The shapes of CreationPolicy and UpdatePolicy. They are written by hand: no registry schema has them.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html

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
# As in the catalog, by the name of the property type.
POLICIES: dict[str, dict[str, Any]] = {
    "CreationPolicy": {
        "properties": {
            "AutoScalingCreationPolicy": {"type": "AutoScalingCreationPolicy"},
            "ResourceSignal": {"type": "ResourceSignal"},
            "StartFleet": {"type": "FleetUpdate"},
        },
        "definitions": _DEFINITIONS,
    },
    "UpdatePolicy": {
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
    },
}
