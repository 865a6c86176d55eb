# at run time: InvalidValueError
"""What the values of a parameter may be is checked when it is made."""

from pyformation import Parameter

stage = Parameter(str, default="development", allowed_values=["dev", "prod"])
