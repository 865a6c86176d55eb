# at run time: InvalidValueError
"""The values of such a dictionary have the types of the properties, however deep."""

from pyformation.aws import ec2

server = ec2.Instance(
    block_device_mappings=[{"Ebs": {"VolumeSize": "big"}}],  # mypy: dict-item; pyright: reportArgumentType
)
