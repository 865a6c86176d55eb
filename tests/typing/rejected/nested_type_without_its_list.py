# at run time: InvalidValueError
"""One block where a list of them belongs."""

from pyformation.aws import ec2

server = ec2.Instance(
    block_device_mappings=ec2.Instance.BlockDeviceMapping(  # mypy: arg-type; pyright: reportArgumentType
        device_name="/dev/xvda"
    ),
)
