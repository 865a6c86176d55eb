# at run time: InvalidValueError
"""1 is not True here."""

from pyformation.aws import ec2

disk = ec2.Instance.Ebs(encrypted=1)  # mypy: arg-type; pyright: reportArgumentType
