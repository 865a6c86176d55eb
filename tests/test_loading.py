"""Templates that exist already, as typed objects: `Template.load`, `Template.from_dict` and `include`."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
from converting import in_order, loaded
from hypothesis import given, settings
from odd_templates import odd_templates

import pyformation
from pyformation import (
    AnyResource,
    DocumentError,
    Equals,
    GetAtt,
    LogicalIdError,
    Parameter,
    Raw,
    RawElement,
    Ref,
    SourceError,
    Stack,
    Template,
    TemplateError,
    UnresolvedReferenceError,
    document,
    include,
)
from pyformation.aws import s3, serverless, sns, sqs

LEGACY = """\
# Orders, as they were
AWSTemplateFormatVersion: "2010-09-09"
Description: Orders
Metadata:
  Owner: team
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Mappings:
  Sizes: {dev: {Delay: 1}}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !Sub "${Stage}-orders", FifoTopic: "true"}
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsProd
    Properties:
      QueueName: !Sub "${Stage}-orders"
      DelaySeconds: !FindInMap [Sizes, !Ref Stage, Delay]
      Brandnew: {a: null}
  Subscription:
    Type: AWS::SNS::Subscription
    DependsOn: [Queue]
    Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn}
  Newest:
    Type: AWS::New::Thing
    Properties: {Anything: [1, "two", 3.0, null]}
Outputs:
  Url: {Value: !Ref Queue, Condition: IsProd}
"""


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    path = tmp_path / "legacy.yaml"
    path.write_text(LEGACY)
    return path


def stack_from(folder: Path, source: str) -> Any:
    """The class `Orders` of a program that stands in a folder."""
    path = folder / "stack.py"
    path.write_text(source)
    names: dict[str, Any] = {"__name__": "stack", "__file__": str(path)}
    exec(compile(source, str(path), "exec"), names)
    return names["Orders"]


# ---------------------------------------------------------------------------------------------
# Loading


def test_a_loaded_template_is_what_it_was(legacy: Path) -> None:
    template = Template.load(legacy)
    data = document.read(legacy).data
    assert in_order(template.to_dict()) == in_order(data)
    assert pyformation.diff(legacy, template).resources == ()


def test_elements_are_typed(legacy: Path) -> None:
    template = Template.load(str(legacy))
    queue = template["Queue"]
    assert isinstance(queue, sqs.Queue)
    assert list(template.find(sns.Topic)) == ["Topic"]
    assert isinstance(template["Newest"], AnyResource)
    assert isinstance(template["Stage"], Parameter)
    assert template["Stage"].default == "dev"
    subscription = template["Subscription"]
    assert type(subscription.topic_arn) is Ref
    assert subscription.topic_arn.target is template["Topic"]
    assert type(subscription.endpoint) is GetAtt
    assert subscription.endpoint.target is queue
    assert isinstance(template["Topic"].fifo_topic, Raw)
    assert template.description == "Orders"
    assert template.metadata == {"Owner": "team"}


def test_elements_know_their_lines(legacy: Path) -> None:
    template = Template.load(legacy)
    assert str(template["Queue"]._origin()) == f"{legacy}:16"
    template["Queue"] = template["Queue"].evolve(depends_on="Nothing")
    with pytest.raises(UnresolvedReferenceError, match="refers to the resource 'Nothing'"):
        template.to_dict()


def test_evolving_a_loaded_resource(legacy: Path) -> None:
    template = Template.load(legacy)
    template["Queue"] = template["Queue"].evolve(visibility_timeout=60)
    data = template.to_dict()
    assert data["Resources"]["Queue"]["Properties"]["VisibilityTimeout"] == 60
    assert data["Resources"]["Queue"]["Properties"]["Brandnew"] == {"a": None}
    assert data["Resources"]["Subscription"]["Properties"]["Endpoint"] == {"Fn::GetAtt": ["Queue", "Arn"]}
    assert list(data["Resources"]) == ["Topic", "Queue", "Subscription", "Newest"]
    (change,) = [
        each
        for each in pyformation.diff(legacy, template, parameters={"Stage": "prod"}).resources
        if each.logical_id == "Queue"
    ]
    assert change.action in ("Modify", "Add")


def test_adding_to_a_loaded_template(legacy: Path) -> None:
    template = Template.load(legacy)
    bucket = template.add("Bucket", s3.Bucket(bucket_name=f"{template['Stage']}-files"))
    template.add("Function", serverless.Function(code_uri=bucket, handler="a.b", runtime="python3.13"))
    data = template.to_dict()
    assert data["Resources"]["Bucket"]["Properties"] == {"BucketName": {"Fn::Sub": "${Stage}-files"}}
    assert data["Transform"] == "AWS::Serverless-2016-10-31"
    with pytest.raises(
        LogicalIdError, match=r"the logical ID 'Queue' is taken by the element declared at .*legacy.yaml:16"
    ):
        template.add("Queue", sqs.Queue())


def pickled(template: Template) -> Any:
    return pickle.loads(pickle.dumps(template))


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_copies_of_a_loaded_template(legacy: Path, again: Any) -> None:
    template = Template.load(legacy)
    other = again(template)
    assert in_order(other.to_dict()) == in_order(template.to_dict())
    other["Queue"] = other["Queue"].evolve(visibility_timeout=1)
    assert "VisibilityTimeout" in other.to_json()
    assert "VisibilityTimeout" not in Template.load(legacy).to_json()


@given(odd_templates())
@settings(max_examples=60)
def test_odd_templates_are_what_they_were(data: dict[str, Any]) -> None:
    assert in_order(loaded(data)) == in_order(data)


def test_a_subclass_loads_itself(legacy: Path) -> None:
    class Mine(Template):
        pass

    assert type(Mine.load(legacy)) is Mine
    assert type(Mine.from_dict({"Resources": {}})) is Mine


def test_the_given_data_stays_as_it_is() -> None:
    data: dict[str, Any] = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": []}}}}
    before = copy.deepcopy(data)
    template = Template.from_dict(data)
    template["Q"] = template["Q"].evolve(queue_name="x")
    template.to_dict()["Resources"]["Q"]["Properties"]["Tags"] = 1
    assert data == before


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "the data is not a template: `Resources` is missing; found nothing"),
        ({"a": 1, "b": 2}, "the data is not a template: `Resources` is missing; found 'a', 'b'"),
    ],
)
def test_data_that_is_no_template(data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template.from_dict(data)
    assert str(caught.value) == sentence


def test_files_that_are_no_template(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no file"):
        Template.load(tmp_path / "missing.yaml")
    with pytest.raises(SourceError, match="is a directory, not a template"):
        Template.load(tmp_path)
    path = tmp_path / "broken.yaml"
    path.write_text("Resources: {")
    with pytest.raises(DocumentError):
        Template.load(path)


def test_what_cloudformation_would_refuse_is_loaded_too() -> None:
    many = {"Resources": {f"Q{n}": {"Type": "AWS::SQS::Queue"} for n in range(501)}}
    assert in_order(loaded(many)) == in_order(many)
    circle = {"Resources": {"A": {"Type": "AWS::SQS::Queue", "DependsOn": "A"}}}
    assert in_order(loaded(circle)) == in_order(circle)
    lost = {"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Nobody"}}}}}
    assert in_order(loaded(lost)) == in_order(lost)


# ---------------------------------------------------------------------------------------------
# Including

INCLUDES = """\
from pyformation import Stack, include
from pyformation.aws import sns, sqs


class Orders(Stack):
    legacy = include("legacy.yaml")
"""


def test_an_included_template_is_what_it_was(legacy: Path) -> None:
    orders = stack_from(legacy.parent, INCLUDES)
    assert pyformation.diff(legacy, orders).resources == ()
    assert in_order(orders().template.to_dict()) == in_order(document.read(legacy).data)


def test_moving_one_resource_changes_nothing(legacy: Path) -> None:
    """The queue leaves the file and becomes Python; what stays in the file still refers to it."""
    before = document.read(legacy).data
    rest = LEGACY
    start, end = rest.index("  Queue:"), rest.index("  Subscription:")
    legacy.write_text(rest[:start] + rest[end:])
    orders = stack_from(
        legacy.parent,
        INCLUDES
        + """\
    queue = sqs.Queue(
        queue_name=f"{legacy['Stage']}-orders",
        delay_seconds=legacy["Sizes"].find(legacy["Stage"], "Delay"),
        extra_properties={"Brandnew": Raw({"a": None})},
        condition=legacy["IsProd"],
    )
""".replace("Raw(", "__import__('pyformation').Raw("),
    )
    for stage in ("dev", "prod"):
        found = pyformation.diff(
            before, orders, before_parameters={"Stage": stage}, parameters={"Stage": stage}
        )
        assert found.resources == ()
    assert orders().template.to_dict()["Resources"].keys() == before["Resources"].keys()


def test_replacing_an_included_resource(legacy: Path) -> None:
    orders = stack_from(
        legacy.parent,
        INCLUDES
        + """\
    def __init__(self):
        pass

""",
    )
    template = orders().template
    template["Queue"] = template["Queue"].evolve(queue_name=template["Queue"].queue_name)
    assert pyformation.diff(legacy, template).resources == ()


def test_included_elements_by_name(legacy: Path) -> None:
    found = include(legacy)
    assert "Queue" in found
    assert "Nothing" not in found
    assert list(found)[:2] == ["Stage", "Sizes"]
    assert len(found) == 8
    assert isinstance(found["Queue"], sqs.Queue)
    assert repr(found) == f"<Included {legacy}: 8 elements>"
    with pytest.raises(UnresolvedReferenceError, match=r"has no element 'Queu'; did you mean 'Queue'\?"):
        found["Queu"]


def test_an_included_file_does_not_take_what_the_stack_says_itself(legacy: Path) -> None:
    class Orders(Stack, metadata={"Owner": "others"}):
        """Mine."""

        old = include(legacy)

    data = Orders().template.to_dict()
    assert data["Description"] == "Mine."
    assert data["Metadata"] == {"Owner": "others"}


def test_two_files_with_one_name(legacy: Path) -> None:
    class Orders(Stack):
        old = include(legacy)
        queue = sqs.Queue()

    with pytest.raises(LogicalIdError, match="the logical ID 'Queue' is taken"):
        Orders()._build()


def test_an_included_file_that_is_not_there() -> None:
    with pytest.raises(SourceError, match="there is no file"):
        include("nowhere.yaml")


# ---------------------------------------------------------------------------------------------
# What the model takes for this


def test_raw_elements() -> None:
    class Orders(Stack):
        queue = sqs.Queue()
        other = RawElement(
            "Resources", {"Type": "AWS::New::Thing", "Properties": {"Queue": queue, "Nothing": None}}
        )
        loop = RawElement("Resources", ["X", [], {}], logical_id="Fn::ForEach::Loop")
        stage = RawElement("Parameters", {"Type": "String", "New": True})
        result = RawElement("Outputs", {"Value": GetAtt(other, "Any"), "New": [Ref(stage)]})

    data = Orders().template.to_dict()
    assert data["Resources"]["Other"] == {
        "Type": "AWS::New::Thing",
        "Properties": {"Queue": {"Ref": "Queue"}, "Nothing": None},
    }
    assert data["Resources"]["Fn::ForEach::Loop"] == ["X", [], {}]
    assert data["Outputs"]["Result"] == {"Value": {"Fn::GetAtt": ["Other", "Any"]}, "New": [{"Ref": "Stage"}]}
    with pytest.raises(
        pyformation.InvalidValueError,
        match=r"expected one of 'Parameters', .*, found 'Resource'; did you mean 'Resources'\?",
    ):
        RawElement("Resource", {})


@pytest.mark.parametrize("value", [None, {"a": None}, [None, {"b": [None]}]])
def test_raw_nulls(value: Any) -> None:
    class Orders(Stack):
        queue = sqs.Queue(queue_name=Raw(value))

    assert Orders().template.to_dict()["Resources"]["Queue"]["Properties"]["QueueName"] == value


def test_raw_literals() -> None:
    token = f"{sqs.Queue()}"
    assert Raw("\ue000\u2063", literal=True).value == "\ue000\u2063"
    assert Raw({token: [token]}, literal=True).value == {token: [token]}
    with pytest.raises(pyformation.PyformationError):
        Raw("\ue000\u2063")


def test_raw_in_parameters() -> None:
    class Orders(Stack):
        size = Parameter(
            "Number",
            default=Raw("20"),
            allowed_values=Raw(["20", 30]),
            no_echo=Raw("true"),
            min_value=Raw("1"),
        )
        text = Parameter(str, default=Raw(None))

    data = Orders().template.to_dict()
    assert data["Parameters"]["Size"] == {
        "Type": "Number",
        "Default": "20",
        "AllowedValues": ["20", 30],
        "NoEcho": "true",
        "MinValue": "1",
    }
    assert data["Parameters"]["Text"]["Default"] is None


def test_conditions_with_a_logical_id() -> None:
    class Orders(Stack):
        stage = Parameter(str, default="dev")
        is_prod = Equals(stage, "prod", logical_id="isProd")
        not_prod = ~is_prod
        queue = sqs.Queue(condition=is_prod)

    data = Orders().template.to_dict()
    assert list(data["Conditions"]) == ["isProd", "NotProd"]
    assert data["Resources"]["Queue"]["Condition"] == "isProd"
    assert data["Conditions"]["NotProd"] == {"Fn::Not": [{"Condition": "isProd"}]}


def test_options_of_the_template() -> None:
    template = Template(
        format_version=None,
        extra_sections={"New": {"Value": Ref("A")}, "Outputs": {}},
        order={"B": "C"},
        add_transforms=False,
    )
    for name in ("A", "B", "C"):
        template.add(name, sqs.Queue())
    template.add("F", serverless.Function(code_uri="x", handler="a.b", runtime="python3.13"))
    data = template.to_dict()
    assert list(data["Resources"]) == ["A", "C", "B", "F"]
    assert data["New"] == {"Value": {"Ref": "A"}}
    assert data["Outputs"] == {}
    assert "Transform" not in data and "AWSTemplateFormatVersion" not in data
    template.add_transforms = True
    assert template.to_dict()["Transform"] == "AWS::Serverless-2016-10-31"
    template.order = {"B": "D"}
    with pytest.raises(
        UnresolvedReferenceError, match=r"order names the resource 'D', which is not in this template"
    ):
        template.to_dict()


def test_check_references() -> None:
    class Orders(Stack, check_references=False):
        queue = sqs.Queue(queue_name=Ref("Nobody"), depends_on="Queue")

    assert Orders().template.to_dict()["Resources"]["Queue"]["DependsOn"] == "Queue"


def test_an_empty_logical_id_is_an_error() -> None:
    with pytest.raises(LogicalIdError, match="the logical ID '' is empty"):
        sqs.Queue(logical_id="")


def test_the_main_of_a_template(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    template = Template()
    template.add("Queue", sqs.Queue())
    template.main([])
    assert capfdbinary.readouterr().out.decode() == template.to_yaml()
    template.main(["--format", "json", "--output", str(tmp_path / "t.json")])
    assert (tmp_path / "t.json").read_text() == template.to_json()
    with pytest.raises(SystemExit) as caught:
        template.main(["--nonsense"])
    assert caught.value.code == 1
