"""The number of items of a list that is known at deployment."""

from pyformation import Length, Parameter
from pyformation.aws import autoscaling

zones = Parameter(list[str], default="a,b")
group = autoscaling.AutoScalingGroup(min_size="1", max_size="4", desired_capacity=f"{Length(zones)}")
policy = autoscaling.ScalingPolicy(auto_scaling_group_name=group, min_adjustment_magnitude=Length(zones))
