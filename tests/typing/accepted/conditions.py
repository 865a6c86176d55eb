"""Conditions of all kinds, and where they are used."""

from pyformation import And, Condition, Equals, Not, Or, Output, Parameter, Region, Stack
from pyformation.aws import s3


class Orders(Stack):
    stage = Parameter(str, default="dev")
    copies = Parameter(int, default=1)
    is_prod = Equals(stage, "prod")
    is_single = Equals(copies, 1)
    is_ireland = Equals(Region, "eu-west-1")
    is_big = And(is_prod, Not(is_single))
    is_special = Or(is_big, is_ireland, Condition("IsSingle"))
    first = s3.Bucket(condition=is_prod & ~is_ireland)
    fourth = s3.Bucket(condition=is_prod & "IsBig")
    second = s3.Bucket(condition="IsBig")
    third = Output(first, condition=is_prod | is_ireland)


conditions = Orders().template.to_dict()["Conditions"]
assert "IsProdAndNotIsIreland" in conditions
