# at run time: UnknownPropertyError
"""The fields of a type of one's own are known when read; its keywords are checked when it is made."""

from pyformation import Resource, Value


class Table(Resource, type="Custom::UnseenTable"):
    database: Value[str]


orders = Table(service_token="arn:aws:lambda:eu-west-1:123456789012:function:f", datbase="shop")
