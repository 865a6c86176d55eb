# at run time: UnknownAttributeError
"""User-defined types have their fields, and no others."""

from pyformation import Expression, Output, Resource, Value, attribute


class Lookup(Resource, type="Custom::MisspeltLookup"):
    domain: Value[str]
    answer: Expression[str] = attribute()


lookup = Lookup(service_token="arn:aws:lambda:eu-west-1:123456789012:function:f", domain="example.com")
result = Output(
    lookup.anwser  # mypy: attr-defined; pyright: reportAttributeAccessIssue, reportUnknownMemberType
)
