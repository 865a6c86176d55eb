"""A script with references in it."""

from pyformation import Parameter, Region, StackName
from pyformation.aws import ec2

stage = Parameter(str, default="dev")
server = ec2.LaunchTemplate(
    launch_template_data=ec2.LaunchTemplate.LaunchTemplateData(
        user_data=ec2.user_data(
            f"""
            #!/bin/bash
            cfn-signal --stack {StackName} --region {Region}
            echo {stage}
            """
        ),
        tag_specifications=[
            ec2.LaunchTemplate.TagSpecification(
                resource_type="instance",
                tags=[ec2.LaunchTemplate.Tag(key="stage", value=stage)],
            )
        ],
    )
)
