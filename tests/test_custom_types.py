"""User-defined types: classes with annotated fields, registered like AWS's types."""

from __future__ import annotations

import inspect
import pickle
import re
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import pytest
from conftest import rendered, run_python

from pyformation import (
    CatalogWarning,
    Expression,
    FrozenError,
    InvalidValueError,
    MissingPropertyError,
    PropertyType,
    Ref,
    Region,
    Resource,
    Template,
    UnknownPropertyError,
    Value,
    attribute,
    catalog,
    field,
)
from pyformation.aws import sqs


class Column(PropertyType):
    name: Value[str]
    nullable: Value[bool] = False


class Table(Resource, type="Custom::TestTable", replaces=["table_name"]):
    """A table."""

    table_name: Value[str]
    columns: Value[list[Column]]
    first: Value[Column] | None = None
    size: Value[int] = 3
    ratio: Value[float] | None = None
    labels: Value[dict[str, str]] | None = None
    anything: Any = None
    many: Value[Sequence[str]] | None = None
    ttl: Value[int] = field("Ttl", default=7)
    kept: Value[str] = field(required=False)
    vpc_id: Value[str] = field("VPCId", required=False)
    answer: Expression[str] = attribute()
    deep_value: Expression[int] = attribute("Deep.Value")


class Check(Resource, type="Acme::Monitoring::TestCheck"):
    url: Value[str]
    interval: Value[int] = 60


class Strict(Table, type="Custom::TestStrict"):
    extra: Value[str]


class OurCheck(Check):
    interval = 5


@pytest.fixture(autouse=True, scope="module")
def _forget() -> Iterator[None]:
    yield
    # Those of other test modules are theirs.
    for name in [name for name in catalog._registered if re.search("::Test(?!ing)", name)]:
        del catalog._registered[name]


def one(resource: Any) -> Any:
    template = Template()
    template.add("It", resource)
    return template.to_dict()["Resources"]["It"]


def test_rendering() -> None:
    table = Table(
        service_token="t",
        table_name="x",
        columns=[Column(name="a"), {"Name": "b", "Nullable": True}],
        first={"Name": "c"},
        labels={"k": "v"},
        anything={"free": [1, Region]},
        many=["a"],
        vpc_id=Region,
    )
    assert one(table) == {
        "Type": "Custom::TestTable",
        "Properties": {
            "ServiceToken": "t",
            "TableName": "x",
            "Columns": [{"Nullable": False, "Name": "a"}, {"Name": "b", "Nullable": True}],
            "First": {"Name": "c"},
            "Labels": {"k": "v"},
            "Anything": {"free": [1, {"Ref": "AWS::Region"}]},
            "Many": ["a"],
            "VPCId": {"Ref": "AWS::Region"},
            "Size": 3,
            "Ttl": 7,
        },
    }
    assert one(Check(url="u")) == {
        "Type": "Acme::Monitoring::TestCheck",
        "Properties": {"Url": "u", "Interval": 60},
    }
    assert one(OurCheck(url="u"))["Properties"] == {"Url": "u", "Interval": 5}
    assert one(Check(url="u", interval=None))["Properties"] == {"Url": "u"}


def test_attributes() -> None:
    table = Table(service_token="t", table_name="x", columns=[])
    assert rendered([table, table.answer, table.deep_value, table.get_att.answer, table.get_att["Any"], f"{table.answer}!"], T=table) == [
        {"Ref": "T"},
        {"Fn::GetAtt": ["T", "Answer"]},
        {"Fn::GetAtt": ["T", "Deep.Value"]},
        {"Fn::GetAtt": ["T", "Answer"]},
        {"Fn::GetAtt": ["T", "Any"]},
        {"Fn::Sub": "${T.Answer}!"},
    ]  # fmt: skip


def test_values_read_back() -> None:
    table = Table(service_token="t", table_name="x", columns=[Column(name="a")])
    assert (table.table_name, table.size, table.labels, table.kept) == ("x", 3, None, None)
    assert table.columns == [Column(name="a")]
    assert table.columns[0].nullable is False
    assert table.evolve(size=4).size == 4
    with pytest.raises(FrozenError):
        table.size = 4
    again = pickle.loads(pickle.dumps(table))
    assert type(again) is Table
    assert one(again) == one(table)
    column = pickle.loads(pickle.dumps(Column(name="a")))
    assert column == Column(name="a")


T = {"service_token": "t", "table_name": "x", "columns": []}
ERRORS = [
    (lambda: Table(), MissingPropertyError, "Custom::TestTable needs 'columns', 'service_token', 'table_name'"),
    (lambda: Table(**T, sise=3), UnknownPropertyError, "Custom::TestTable has no property 'sise'; did you mean 'size'?"),
    (lambda: Table(**T, size="big"), InvalidValueError, "Custom::TestTable.Size: expected an integer, found 'big'"),
    (lambda: Table(**{**T, "columns": [{"Nme": "x"}]}), UnknownPropertyError, "Custom::TestTable.Columns[0]: Column has no property 'Nme'; did you mean 'Name'?"),
    (lambda: Table(**{**T, "columns": [3]}), InvalidValueError, "Custom::TestTable.Columns[0]: expected Column or a mapping, found 3"),
    (lambda: Table(**{**T, "columns": "x"}), InvalidValueError, "Custom::TestTable.Columns: expected a list of Column, found 'x'"),
    (lambda: Table(**T, labels={"a": []}), InvalidValueError, "Custom::TestTable.Labels.a: expected text, found []"),
    (lambda: Table(**T, many=[[]]), InvalidValueError, "Custom::TestTable.Many[0]: expected text, found []"),
    (lambda: Table(**T, answer="x"), UnknownPropertyError, "Custom::TestTable has no property 'answer'; it is a read-only attribute, known once deployed"),
    (lambda: Column(), MissingPropertyError, "Column needs 'name'"),
    (lambda: Column(name="x", nullable="maybe"), InvalidValueError, "Column.Nullable: expected a boolean, found 'maybe'"),
    (lambda: Check(url="u", interval=None).evolve(url=None), InvalidValueError, "Acme::Monitoring::TestCheck.Url: is required, found None"),
]  # fmt: skip


@pytest.mark.parametrize("row", ERRORS, ids=[row[2][:60] for row in ERRORS])
def test_errors(row: Any) -> None:
    make, error, message = row
    with pytest.raises(error) as caught:
        make()
    text, _, place = str(caught.value).rpartition(" (")
    assert text == message
    assert place.endswith(f"test_custom_types.py:{make.__code__.co_firstlineno})")


def test_coercible_text_is_a_warning() -> None:
    with pytest.warns(
        CatalogWarning, match=r"Custom::TestTable\.Size: expected an integer, found the text '4'"
    ):
        Table(**T, size="4")


DECLARATIONS = [
    ("class X(Resource, type='AWS::X::Y'): a: Value[str]", "X.type: expected a type such as 'Custom::Thing' or 'My::Team::Thing', found 'AWS::X::Y'"),
    ("class X(Resource, type='Thing'): a: Value[str]", "X.type: expected a type such as 'Custom::Thing' or 'My::Team::Thing', found 'Thing'"),
    ("class X(Resource, type='Custom::TestX', replaces=['b']):\n    bb: Value[str]", "Custom::TestX: replaces names the unknown field 'b'; did you mean 'bb'?"),
    ("class X(Resource, type='Custom::TestX', replaces=['nme']):\n    name: Value[str]", "Custom::TestX: replaces names the unknown field 'nme'; did you mean 'name'?"),
    ("class X(Resource, type='Custom::TestX'):\n    name: Value[str]\n    size = 3", "X: 'size' has a value but no annotation; write size: Value[...] = ..."),
    ("class X(Resource, type='Custom::TestX'):\n    size: Value[int] = 'big'", "Custom::TestX.Size: expected an integer, found 'big'"),
    ("class X(Resource, type='Custom::TestX'):\n    vpc: Value[str] = field('TheVPC')", "X: the field 'vpc' stands for 'TheVPC', which is written 'the_vpc' in Python; rename it"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "message"), DECLARATIONS, ids=[row[1][:40] for row in DECLARATIONS])
def test_wrong_declarations(source: str, message: str) -> None:
    namespace = {"Resource": Resource, "Value": Value, "field": field, "attribute": attribute}
    with pytest.raises(InvalidValueError) as caught:
        exec(compile(source, "types.py", "exec"), namespace)
    assert str(caught.value).rpartition(" (")[0] == message
    assert str(caught.value).endswith("types.py:1)")


def test_the_catalog_knows_them() -> None:
    assert "Custom::TestTable" in catalog.types()
    assert catalog.requires_recreation("Custom::TestTable", "/Properties/TableName") == "Always"
    assert catalog.requires_recreation("Custom::TestTable", "/Properties/Size") == "Never"
    # Nothing was said about the other type, so nothing is known.
    assert catalog.requires_recreation("Acme::Monitoring::TestCheck", "/Properties/Url") == "Conditionally"
    assert catalog.lookup("Custom::TestTable", "/Properties/Columns/0/Name").required


def test_asked_from_outside() -> None:
    assert {f.name for f in attrs.fields(Column)} == {"name", "nullable"}
    parameters = inspect.signature(Table).parameters
    assert parameters["table_name"].default is inspect.Parameter.empty
    assert {"size", "condition", "depends_on"} <= set(parameters)
    assert "size" in dir(Table)
    assert Table.TYPE == "Custom::TestTable"


def test_resource_options() -> None:
    queue = sqs.Queue()
    assert one(Table(**T, deletion_policy="Retain", metadata={"a": 1})) == {
        "Type": "Custom::TestTable",
        "DeletionPolicy": "Retain",
        "Metadata": {"a": 1},
        "Properties": {"ServiceToken": "t", "TableName": "x", "Columns": [], "Size": 3, "Ttl": 7},
    }
    assert Table(**{**T, "service_token": queue.arn}).service_token == queue.arn
    assert Table(**T, extra_properties={"New": Ref("X")})._props["New"] == Ref("X")


def test_a_type_under_a_type_inherits_its_fields() -> None:
    made = Strict(**T, extra="e")
    assert one(made)["Type"] == "Custom::TestStrict"
    assert one(made)["Properties"]["Extra"] == "e"
    assert one(made)["Properties"]["TableName"] == "x"
    assert rendered(made.answer, S=made) == {"Fn::GetAtt": ["S", "Answer"]}
    assert Strict(**{**T, "columns": [Column(name="a")]}, extra="e").columns == [Column(name="a")]
    assert catalog.lookup("Custom::TestStrict", "/Properties/TableName").required
    with pytest.raises(MissingPropertyError, match="Custom::TestTable needs"):
        Table()


def test_types_of_a_function_are_found() -> None:
    class Local(PropertyType):
        size: Value[int]

    class Holder(Resource, type="Acme::Local::TestHolder"):
        local: Value[Local]

    assert Holder(local=Local(size=3)).local == Local(size=3)
    with pytest.raises(
        InvalidValueError, match=r"Acme::Local::TestHolder\.Local\.Size: expected an integer, found 'x'"
    ):
        Holder(local={"Size": "x"})


def test_annotations_of_all_kinds() -> None:
    source = """
from __future__ import annotations
from typing import Any, Dict, List, Literal, Mapping, Optional, Union
from pyformation import Expression, Resource, Value, resource_class
class X(Resource, type="Custom::TestKinds"):
    a: Value[str]
    b: "Value[int]"
    c: List[str]
    d: Dict[str, int]
    e: Optional[Value[str]] = None
    f: Union[str, int, None] = None
    g: str | Expression[str] = "x"
    h: Value[Literal["a", "b"]] = "a"
    i: Mapping[str, Any] | None = None
    j: Value[list[dict[str, str]]] | None = None
    k: Unknown | None = None
    _private: int = 3
good = X(service_token="t", a="x", b=3, c=["x"], d={"a": 1}, f=3, h="a", i={"a": [1]}, j=[{"a": "b"}], k=object and "x")
print(sorted(good._props))
for wrong in (dict(a=3), dict(b="x"), dict(c="x"), dict(c=[3]), dict(d={"a": "x"}), dict(j=[{"a": []}])):
    try:
        X(**{**dict(service_token="t", a="x", b=3, c=["x"], d={"a": 1}), **wrong})
    except TypeError as error:
        print(str(error).partition(" (")[0])
"""
    result = run_python("-c", source)
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0] == "['A', 'B', 'C', 'D', 'F', 'G', 'H', 'I', 'J', 'K', 'ServiceToken']"
    assert [line.partition(":")[0] + line.partition("TestKinds")[2].partition(",")[0].partition(";")[0] for line in lines[1:]] == [
        "Custom.A: expected text",
        "Custom.B: expected an integer",
        "Custom.C: expected a list of text",
        "Custom.C[0]: expected text",
        "Custom.D.a: expected an integer",
        "Custom.J[0].a: expected text",
    ]  # fmt: skip
