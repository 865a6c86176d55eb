# at run time: InvalidValueError
"""A script is one text."""

from pyformation.aws import ec2

script = ec2.user_data(["#!/bin/bash", "yum update -y"])  # mypy: arg-type; pyright: reportArgumentType
