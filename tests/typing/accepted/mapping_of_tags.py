"""Tags as a mapping, as a stack takes them, on every type that takes tags."""

from pyformation import Region
from pyformation.aws import autoscaling, ec2, efs, s3, ssm

bucket = s3.Bucket(tags={"team": "media", "region": Region})
files = efs.FileSystem(tags={"team": "media"})
named = efs.FileSystem(file_system_tags={"team": "media"})
group = autoscaling.AutoScalingGroup(min_size="1", max_size="1", tags={"team": "media"})
parameter = ssm.Parameter(type="String", value="x", tags={"team": "media"})
launch = ec2.LaunchTemplate(launch_template_data={}, tags={"team": "media"})
assert bucket.tags[0].value == "media"
