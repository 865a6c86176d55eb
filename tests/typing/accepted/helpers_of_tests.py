"""The strategies and assertions of pyformation.testing."""

from typing import Any, assert_type

from hypothesis.strategies import SearchStrategy

from pyformation import Resource, Stack, Template, Value
from pyformation.testing import (
    Difference,
    assert_matches_snapshot,
    assert_same_template,
    first_difference,
    resources,
    templates,
    values,
)


class Table(Resource, type="Custom::TestedTable"):
    size: Value[int] = 1


class Tables(Stack):
    table = Table(service_token="arn:aws:sns:eu-west-1:123456789012:tables")


assert_type(resources(Table), SearchStrategy[Table])
assert_type(resources("AWS::S3::Bucket"), SearchStrategy[Resource])
assert_type(resources(), SearchStrategy[Resource])
assert_type(templates([Table, "AWS::S3::Bucket"]), SearchStrategy[Template])
assert_type(values(Table, "/Properties/Size"), SearchStrategy[Any])
assert_type(first_difference(Tables, Tables()), Difference | None)
assert_same_template(Tables(), Tables().template.to_dict())


def test_the_tables() -> None:
    assert_type(first_difference(Tables, "expected.yaml"), Difference | None)
    assert_matches_snapshot(Tables, "tables.yaml", mask=["a", "b"], update=True)
