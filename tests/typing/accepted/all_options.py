"""Every option that a resource takes besides its properties."""

from pyformation import CreationPolicy, Equals, Parameter, Stack, UpdatePolicy
from pyformation.aws import autoscaling, sns, sqs


class Web(Stack):
    stage = Parameter(str, default="dev", suppress={"PF701": "read by the cost report"})
    is_prod = Equals(stage, "prod")
    topic = sns.Topic()
    queue = sqs.Queue(
        condition=is_prod,
        depends_on=[topic, "Group"],
        metadata={"Owner": f"team-{stage}"},
        deletion_policy="RetainExceptOnCreate",
        update_replace_policy="Retain",
        logical_id="Jobs",
        prevent_replacement=True,
        prevent_deletion=True,
        suppress={"PF101": "it is filled again within minutes"},
        inherit_tags=False,
        extra_properties={"BrandNewProperty": True},
        extra_attributes={"BrandNewAttribute": {"Any": "thing"}},
    )
    group = autoscaling.AutoScalingGroup(
        min_size="1",
        max_size="2",
        depends_on=topic,
        creation_policy=CreationPolicy(
            resource_signal=CreationPolicy.ResourceSignal(count=1, timeout="PT15M"),
        ),
        update_policy=UpdatePolicy(
            auto_scaling_rolling_update=UpdatePolicy.AutoScalingRollingUpdate(
                min_instances_in_service=1,
                suspend_processes=["AZRebalance"],
            ),
        ),
    )


assert Web().template["Jobs"].prevent_deletion is True
