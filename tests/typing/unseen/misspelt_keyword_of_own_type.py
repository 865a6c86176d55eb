# at run time: UnknownPropertyError
"""The fields of a user-defined type are known when read; its keywords are checked on construction."""

from pyformation import Resource, Value


class Table(Resource, type="Custom::UnseenTable"):
    database: Value[str]


orders = Table(service_token="arn:aws:lambda:eu-west-1:123456789012:function:f", datbase="shop")
