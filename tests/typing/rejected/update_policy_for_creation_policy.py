# at run time: InvalidValueError
"""Two policies with names that are easily mistaken."""

from pyformation import UpdatePolicy
from pyformation.aws import autoscaling

group = autoscaling.AutoScalingGroup(
    min_size="1",
    max_size="2",
    creation_policy=UpdatePolicy(  # mypy: arg-type; pyright: reportArgumentType
        auto_scaling_replacing_update=UpdatePolicy.AutoScalingReplacingUpdate(will_replace=True)
    ),
)
