"""The template as a document: sections, names, references, circles, limits, transforms, tags."""

from __future__ import annotations

import contextlib
import copy
import gc
import json
import pickle
import threading
from typing import Any

import pytest

import pyformation as pf
from pyformation import (
    And,
    AnyResource,
    CircularReferenceError,
    Equals,
    ForEach,
    GetAtt,
    Hook,
    If,
    InvalidValueError,
    LimitError,
    LogicalIdError,
    Mapping,
    Not,
    Output,
    Parameter,
    PyformationError,
    Raw,
    Ref,
    Region,
    Rule,
    Stack,
    Template,
    TemplateError,
    Transform,
    UnresolvedReferenceError,
)
from pyformation.aws import autoscaling, cloudwatch, dynamodb, ec2, iam, lambda_, s3, serverless, sqs, ssm
from pyformation.document import parse
from pyformation.values import Contains


def template_of(**elements: Any) -> Template:
    template = Template()
    for name, element in elements.items():
        template.add(name, element)
    return template


def test_empty() -> None:
    assert Template().to_dict() == {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}
    assert Template().to_json() == '{\n  "AWSTemplateFormatVersion": "2010-09-09",\n  "Resources": {}\n}\n'
    assert parse(Template().to_yaml()).data == Template().to_dict()
    assert Template().to_yaml().endswith("}\n")
    assert repr(Template()) == "<Template: empty>"


def everything() -> Template:
    template = Template(
        description="All of it",
        metadata={"Zebra": 1, "Ant": {"b": Region}},
        transform=["Custom", "AWS::LanguageExtensions"],
        globals={"Function": {"Timeout": 3}},
        tags={"a": "b"},
    )
    queue = sqs.Queue()
    template.add("Z", queue)
    template.add("Out", Output(queue))
    template.add("H", Hook("T", {}))
    stage = template.add("Stage", Parameter(str))
    template.add("IsProd", Equals(stage, "prod"))
    template.add("M", Mapping({"a": {"b": "c"}}))
    template.add("R", Rule(Contains(["a"], stage)))
    template.add("A", sqs.Queue(depends_on=queue))
    return template


def test_sections_are_in_cloudformations_order() -> None:
    document = everything().to_dict()
    assert list(document) == [
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Rules",
        "Mappings",
        "Conditions",
        "Transform",
        "Globals",
        "Hooks",
        "Resources",
        "Outputs",
    ]
    assert list(document["Resources"]) == ["Z", "A"]
    assert list(document["Metadata"]) == ["Zebra", "Ant"]


def test_rendering_twice_is_the_same() -> None:
    template = everything()
    assert template.to_dict() == template.to_dict()
    assert template.to_yaml() == template.to_yaml()
    assert json.loads(template.to_json()) == template.to_dict()
    first = template.to_dict()
    first["Resources"].clear()
    first["Metadata"]["Ant"]["b"] = 3
    assert template.to_dict() != first


@pytest.mark.parametrize(
    "clone", [lambda t: pickle.loads(pickle.dumps(t)), copy.deepcopy], ids=["pickle", "deepcopy"]
)
def test_templates_can_be_copied(clone: Any) -> None:
    template = everything()
    template["Z"] = template["Z"].evolve(queue_name="new")
    again = clone(template)
    assert again.to_dict() == template.to_dict()
    again["Z"] = again["Z"].evolve(queue_name="newer")
    again.add("More", Output(again["A"].arn))
    assert again.to_dict()["Resources"]["Z"]["Properties"]["QueueName"] == "newer"
    assert template.to_dict()["Resources"]["Z"]["Properties"]["QueueName"] == "new"
    assert again.logical_id(again["Z"]) == "Z"


# ---------------------------------------------------------------------------------------------
# Adding, asking, replacing


def test_adding_gives_the_element_back() -> None:
    template = Template()
    queue = sqs.Queue()
    assert template.add("Q", queue) is queue
    assert template["Q"] is queue
    assert "Q" in template
    assert "X" not in template
    assert list(template) == ["Q"]
    assert template.logical_id(queue) == "Q"
    assert repr(template) == "<Template: 1 resources>"


def test_what_is_no_element() -> None:
    for thing in (
        3,
        "x",
        None,
        Region,
        {"Type": "AWS::S3::Bucket"},
        s3.Bucket,
        s3.Bucket.Tag(key="a", value="b"),
        Stack,
    ):
        with pytest.raises(
            InvalidValueError,
            match=r"^X: expected a resource, parameter, condition, mapping, rule, output or loop, found .*test_template\.py:\d+\)$",
        ):
            Template().add("X", thing)


ILLEGAL = [
    ("", "the logical ID '' is empty"),
    ("a-b", "the logical ID 'a-b' may hold only the letters A to Z, a to z and digits"),
    ("a_b", "the logical ID 'a_b' may hold only the letters A to Z, a to z and digits"),
    ("Größe", "the logical ID 'Größe' may hold only the letters A to Z, a to z and digits"),
    ("٣", "the logical ID '٣' may hold only the letters A to Z, a to z and digits"),
    ("A" * 256, f"the logical ID '{'A' * 256}' is 256 characters long, over the limit of 255"),
]


@pytest.mark.parametrize(("name", "message"), ILLEGAL, ids=[row[0][:10] for row in ILLEGAL])
def test_illegal_logical_ids(name: str, message: str) -> None:
    with pytest.raises(LogicalIdError) as caught:
        Template().add(name, sqs.Queue())
    assert str(caught.value).rpartition(" (")[0] == message
    assert "test_template.py:" in str(caught.value)
    Template().add("A" * 255, sqs.Queue())


def test_names_that_are_taken() -> None:
    template = Template()
    first = template.add("Name", sqs.Queue())
    second = Parameter(str)
    with pytest.raises(LogicalIdError) as caught:
        template.add("Name", second)
    assert str(caught.value) == (
        f"the logical ID 'Name' is taken by the element declared at {first._origin()}; give one of them "
        f"logical_id= ({second._origin()})"
    )
    # Other sections have names of their own.
    template.add("Name", Output("x"))
    template.add("Name", Mapping({}))
    template.add("Name", Equals("a", "b"))
    with pytest.raises(LogicalIdError):
        template.add("Name", Output("y"))
    assert template["Name"] is first


def test_one_element_under_two_names() -> None:
    template = Template()
    queue = template.add("One", sqs.Queue())
    with pytest.raises(TemplateError) as caught:
        template.add("Two", queue)
    assert str(caught.value) == (
        f"one element has two names, 'One' and 'Two'; make two elements, or keep one name ({queue._origin()})"
    )
    assert list(template) == ["One"]


def test_one_resource_in_two_templates() -> None:
    queue, other = sqs.Queue(), sqs.Queue(queue_name="x")
    one = template_of(First=queue, Other=other, O=Output(queue.arn))
    two = template_of(Second=queue, O=Output(f"{queue}-x"))
    assert one.to_dict()["Outputs"]["O"]["Value"] == {"Fn::GetAtt": ["First", "Arn"]}
    assert two.to_dict()["Outputs"]["O"]["Value"] == {"Fn::Sub": "${Second}-x"}
    assert one.to_dict()["Outputs"]["O"]["Value"] == {"Fn::GetAtt": ["First", "Arn"]}


def test_replacing() -> None:
    template = Template()
    stage = template.add("Stage", Parameter(str))
    queue = template.add("Queue", sqs.Queue(queue_name=stage))
    template.add("Last", sqs.Queue(queue_name=f"{queue}-2", depends_on=queue))
    before = template.to_dict()
    template["Queue"] = template["Queue"].evolve(delay_seconds=5)
    after = template.to_dict()
    before["Resources"]["Queue"]["Properties"]["DelaySeconds"] = 5
    assert after == before
    assert list(after["Resources"]) == ["Queue", "Last"]
    template["Stage"] = Parameter(str, default="dev")
    assert template.to_dict()["Parameters"]["Stage"]["Default"] == "dev"
    assert template.to_dict()["Resources"]["Queue"]["Properties"]["QueueName"] == {"Ref": "Stage"}
    template["Queue"] = queue
    assert template["Queue"] is queue
    template["Queue"] = template["Queue"]
    assert template.logical_id(queue) == "Queue"
    with pytest.raises(
        UnresolvedReferenceError, match=r"the template has no element 'Qeue'; did you mean 'Queue'\?"
    ):
        template["Qeue"] = sqs.Queue()
    with pytest.raises(InvalidValueError, match="Queue: expected an element of Resources, found Output"):
        template["Queue"] = Output("x")
    with pytest.raises(TemplateError, match="is in the template already"):
        template["Last"] = queue


def test_many_replacements_keep_every_reference() -> None:
    template = Template()
    old = [template.add("Queue", sqs.Queue())]
    for i in range(50):
        template["Queue"] = template["Queue"].evolve(delay_seconds=i)
        old.append(template["Queue"])
    del old[10:20]
    gc.collect()
    template.add("Out", Output([queue.arn for queue in old]))
    assert template.to_dict()["Outputs"]["Out"]["Value"] == [{"Fn::GetAtt": ["Queue", "Arn"]}] * len(old)


class Preset(s3.Bucket):
    object_lock_enabled = True


def test_asking() -> None:
    template = everything()
    template.add("B1", s3.Bucket())
    template.add("B2", Preset())
    template.add("B3", AnyResource("AWS::S3::Bucket"))
    assert list(template.find(s3.Bucket)) == ["B1", "B2"]
    assert list(template.find(Preset)) == ["B2"]
    assert list(template.find(AnyResource)) == ["B3"]
    assert list(template.resources) == ["Z", "A", "B1", "B2", "B3"]
    assert list(template.parameters) == ["Stage"]
    assert list(template.conditions) == ["IsProd"]
    assert list(template.mappings) == ["M"]
    assert list(template.rules) == ["R"]
    assert list(template.hooks) == ["H"]
    assert list(template.outputs) == ["Out"]
    with pytest.raises(
        UnresolvedReferenceError, match=r"the template has no element 'B11'; did you mean 'B1'\?"
    ):
        template["B11"]
    with pytest.raises(UnresolvedReferenceError, match=r"Queue\(\) is not in this template"):
        template.logical_id(sqs.Queue())


# ---------------------------------------------------------------------------------------------
# References


def test_a_resource_that_is_not_in_the_template() -> None:
    lost = sqs.Queue()
    for make in (
        lambda: Output(lost),
        lambda: Output(lost.arn),
        lambda: Output(f"x{lost}"),
        lambda: sqs.Queue(depends_on=lost),
        lambda: sqs.Queue(queue_name=lost),
    ):
        with pytest.raises(UnresolvedReferenceError) as caught:
            template_of(Thing=(thing := make())).to_dict()
        section = "Outputs" if isinstance(thing, Output) else "Resources"
        assert str(caught.value) == (
            f"{section}.Thing: AWS::SQS::Queue (declared at {lost._origin()}) is used here but is not in this "
            f"template; add it, or assign it to an attribute of the stack ({thing._origin()})"
        )


def test_a_resource_of_another_template_or_stack() -> None:
    class Other(Stack):
        queue = sqs.Queue()

    stack = Other()
    assert stack.template["Queue"] is Other.queue
    with pytest.raises(UnresolvedReferenceError) as caught:
        template_of(O=Output(Other.queue)).to_dict()
    assert (
        "is used here but is not in this template; it belongs to the stack Other: export an Output there and use that Output, or add the element to both ("
        in str(caught.value)
    )


NAMES = [
    (Ref("Qeue"), "refers to the resource or parameter 'Qeue', which is not in this template; did you mean 'Queue'?"),
    (GetAtt("Qeue", "Arn"), "refers to the resource 'Qeue', which is not in this template; did you mean 'Queue'?"),
    (GetAtt("Stage", "Arn"), "refers to the resource 'Stage', which is not in this template"),
    (Ref("AWS::Regoin"), "refers to the resource or parameter 'AWS::Regoin', which is not in this template; did you mean 'AWS::Region'?"),
    ({"Ref": "Nope"}, "refers to the resource or parameter 'Nope', which is not in this template"),
    ({"Fn::GetAtt": "Nope.Arn"}, "refers to the resource 'Nope', which is not in this template"),
    ({"Fn::GetAtt": ["Nope", "Arn"]}, "refers to the resource 'Nope', which is not in this template"),
    ({"Fn::Sub": "${Nope}"}, "refers to the resource or parameter 'Nope', which is not in this template"),
    ({"Fn::Sub": ["${a}${Nope.Arn}", {"a": 1}]}, "refers to the resource 'Nope', which is not in this template"),
    ({"Fn::Join": ["", [{"Ref": "Nope"}]]}, "refers to the resource or parameter 'Nope', which is not in this template"),
    (If("IsPrd", 1, 2), "refers to the condition 'IsPrd', which is not in this template; did you mean 'IsProd'?"),
    ({"Fn::If": ["IsPrd", 1, 2]}, "refers to the condition 'IsPrd', which is not in this template; did you mean 'IsProd'?"),
    (Raw({"Ref": "Nope"}), "refers to the resource or parameter 'Nope', which is not in this template"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message"), NAMES, ids=range(len(NAMES)))
def test_names_that_lead_nowhere(value: Any, message: str) -> None:
    output = Output(value)
    template = template_of(Queue=sqs.Queue(), Stage=Parameter(str), IsProd=Equals("a", "b"), Out=output)
    with pytest.raises(UnresolvedReferenceError) as caught:
        template.to_dict()
    assert str(caught.value) == f"Outputs.Out: {message} ({output._origin()})"
    # A macro may make what is missing.
    template.transform.append("Macro")
    template.to_dict()


def test_literals_are_no_references() -> None:
    template_of(
        O=Output(
            [
                {"Fn::Sub": "${!Nope}"},
                {"Fn::Sub": ["${Nope}", {"Nope": 1}]},
                "${Nope}",
                {"Ref": "AWS::Region"},
            ]
        )
    ).to_dict()


def test_serverless_types_make_resources_of_their_own() -> None:
    template_of(F=serverless.Function(code_uri="."), O=Output(GetAtt("FRole", "Arn"))).to_dict()


def test_conditions_depend_on_no_resource() -> None:
    with pytest.raises(
        UnresolvedReferenceError,
        match=r"Conditions\.C: a condition cannot depend on the resource 'Queue', which does not exist yet",
    ):
        template_of(Queue=sqs.Queue(), C=Equals(Ref("Queue"), "a")).to_dict()


# ---------------------------------------------------------------------------------------------
# Circles


def test_a_circle() -> None:
    one, two = sqs.Queue(queue_name=Ref("Two")), sqs.Queue(queue_name=GetAtt("One", "Arn"))
    with pytest.raises(CircularReferenceError) as caught:
        template_of(One=one, Two=two).to_dict()
    assert str(caught.value) == (
        f"Resources.One: these resources depend on each other, so none can be created first: One -> Two -> One ({one._origin()})"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: sqs.Queue(queue_name=Ref("Me")),
        lambda: sqs.Queue(depends_on="Me"),
        lambda: sqs.Queue(metadata={"a": Ref("Me")}),
        lambda: sqs.Queue(queue_name={"Fn::Sub": "${Me.Arn}"}),
        lambda: sqs.Queue(queue_name=If("C", Ref("Me"), "x")),
    ],
)
def test_a_resource_that_needs_itself(make: Any) -> None:
    with pytest.raises(
        CircularReferenceError, match=r"Resources\.Me: these resources depend on each other.*: Me -> Me \("
    ):
        template_of(Me=make(), C=Equals("a", "b")).to_dict()


def test_only_the_circle_is_named() -> None:
    with pytest.raises(CircularReferenceError, match=r": B -> C -> D -> B \("):
        template_of(
            A=sqs.Queue(depends_on="B"),
            E=sqs.Queue(),
            B=sqs.Queue(depends_on=["E", "C"]),
            C=sqs.Queue(depends_on="D"),
            D=sqs.Queue(depends_on=["E", "B"]),
        ).to_dict()


def test_circles_of_conditions() -> None:
    with pytest.raises(CircularReferenceError, match="these conditions depend on each other: A -> B -> A"):
        template_of(A=Not("B"), B=And("A", "C"), C=Equals("a", "b")).to_dict()
    with pytest.raises(CircularReferenceError, match="these conditions depend on each other: A -> A"):
        template_of(A=Not("A")).to_dict()


def test_diamonds_are_no_circles() -> None:
    template_of(
        A=sqs.Queue(depends_on=["B", "C"]),
        B=sqs.Queue(depends_on="D"),
        C=sqs.Queue(depends_on="D"),
        D=sqs.Queue(),
    ).to_dict()


def test_a_long_chain() -> None:
    template = Template(limits=False)
    for i in range(5000):
        template.add(f"Q{i}", sqs.Queue(depends_on=f"Q{i + 1}"))
    template.add("Q5000", sqs.Queue())
    assert len(template.to_dict()["Resources"]) == 5001
    template["Q5000"] = sqs.Queue(depends_on="Q0")
    with pytest.raises(CircularReferenceError, match="Q0 -> Q1 -> Q2"):
        template.to_dict()


def test_deep_values_end_in_an_error() -> None:
    value: Any = "x"
    for _ in range(100_000):
        value = [value]
    itself: dict[str, Any] = {}
    itself["again"] = [itself]
    for deep in (value, itself):
        for make, path in (
            (lambda v: Output(v), "Output.value"),
            (lambda v: iam.ManagedPolicy(policy_document=v), "AWS::IAM::ManagedPolicy.PolicyDocument"),
            (lambda v: sqs.Queue(metadata={"a": v}), "AWS::SQS::Queue.metadata"),
        ):
            with pytest.raises(InvalidValueError) as caught:
                make(deep)
            assert caught.value.message == "the value is nested too deeply, or holds itself"
            assert str(caught.value).startswith(path)
            assert len(str(caught.value)) < 200
    # What can just be built can be rendered, or is refused in a sentence.
    for depth in range(50, 1000, 50):
        value = "x"
        for _ in range(depth):
            value = [value]
        with contextlib.suppress(PyformationError):
            template_of(O=Output(value)).to_json()


# ---------------------------------------------------------------------------------------------
# Limits

LIMITS = [
    ("Resources", 500, lambda t, i: t.add(f"X{i}", sqs.Queue()), "the template has 501 resources; CloudFormation takes at most 500"),
    ("Parameters", 200, lambda t, i: t.add(f"X{i}", Parameter(str)), "the template has 201 parameters; CloudFormation takes at most 200"),
    ("Mappings", 200, lambda t, i: t.add(f"X{i}", Mapping({})), "the template has 201 mappings; CloudFormation takes at most 200"),
    ("Outputs", 200, lambda t, i: t.add(f"X{i}", Output("")), "the template has 201 outputs; CloudFormation takes at most 200"),
]  # fmt: skip


@pytest.mark.parametrize(("section", "most", "add", "message"), LIMITS, ids=[row[0] for row in LIMITS])
def test_limits(section: str, most: int, add: Any, message: str) -> None:
    template, lifted = Template(), Template(limits=False)
    for i in range(most):
        add(template, i)
        add(lifted, i)
    assert len(template.to_dict()[section]) == most
    add(template, most)
    add(lifted, most)
    with pytest.raises(LimitError) as caught:
        template.to_dict()
    assert str(caught.value) == f"{message} (limits=False lifts the check)"
    assert len(lifted.to_dict()[section]) == most + 1


def test_limits_of_size() -> None:
    for make, message in (
        (lambda limits: Template(limits=limits, description="é" * 513), "the description has 1026 bytes; CloudFormation takes at most 1024"),
        (lambda limits: with_mapping(limits, {f"k{i}": {"a": "b"} for i in range(201)}), "the mapping M has 201 keys; CloudFormation takes at most 200"),
        (lambda limits: with_mapping(limits, {"a": {f"k{i}": "b" for i in range(201)}}), "the mapping M has 201 keys; CloudFormation takes at most 200"),
        (lambda limits: big(limits), "CloudFormation takes at most 1,000,000"),
    ):  # fmt: skip
        for render in (Template.to_yaml, Template.to_json):
            with pytest.raises(LimitError) as caught:
                render(make(True))
            assert message in str(caught.value)
            assert "(limits=False lifts the check)" in str(caught.value)
            assert render(make(False))


def with_mapping(limits: bool, rows: Any) -> Template:
    template = Template(limits=limits)
    template.add("M", Mapping(rows))
    return template


def big(limits: bool) -> Template:
    template = Template(limits=limits, metadata={f"k{i}": "é" * 50_000 for i in range(11)})
    return template


# ---------------------------------------------------------------------------------------------
# Transforms, SAM

TRANSFORMS = [
    (None, False, False, None),
    (None, True, False, "AWS::LanguageExtensions"),
    (None, False, True, "AWS::Serverless-2016-10-31"),
    (None, True, True, ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]),
    ("Mine", False, False, "Mine"),
    ("Mine", True, True, ["Mine", "AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]),
    (["Mine", "AWS::Serverless-2016-10-31"], True, True, ["Mine", "AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]),
    (["AWS::LanguageExtensions"], True, True, ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]),
    (["AWS::Serverless-2016-10-31", "Mine"], False, True, ["AWS::Serverless-2016-10-31", "Mine"]),
    ({"Name": "AWS::Include", "Parameters": {"Location": "x"}}, False, False, {"Name": "AWS::Include", "Parameters": {"Location": "x"}}),
    (Transform("AWS::Include", {"Location": Region}), True, False, [{"Name": "AWS::Include", "Parameters": {"Location": {"Ref": "AWS::Region"}}}, "AWS::LanguageExtensions"]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "extensions", "sam", "expected"), TRANSFORMS, ids=range(len(TRANSFORMS)))
def test_transforms(given: Any, extensions: bool, sam: bool, expected: Any) -> None:
    template = Template(transform=given)
    if extensions:
        template.add("L", ForEach("N", ["a"], {"Q${N}": sqs.Queue()}))
    if sam:
        template.add("F", serverless.Function(code_uri="."))
    assert template.to_dict().get("Transform") == expected
    assert template.to_dict().get("Transform") == expected


def test_globals() -> None:
    template = Template(globals={"Function": {"Timeout": 3, "Environment": {"Variables": {"R": Region}}}})
    template.add("F", serverless.Function(code_uri="."))
    assert template.to_dict()["Globals"] == {
        "Function": {"Timeout": 3, "Environment": {"Variables": {"R": {"Ref": "AWS::Region"}}}}
    }
    with pytest.raises(
        InvalidValueError,
        match=r"Template\.globals: SAM's Globals have no section 'Functon'; did you mean 'Function'\?",
    ):
        Template(globals={"Functon": {}})


def test_all_serverless_types_bring_the_transform() -> None:
    from pyformation import catalog, resource_class

    names = [name for name in catalog.types() if name.startswith("AWS::Serverless::")]
    assert len(names) == 14
    for name in names:
        assert template_of(X=AnyResource(name)).to_dict()["Transform"] == "AWS::Serverless-2016-10-31"
        assert name == resource_class(name).TYPE


# ---------------------------------------------------------------------------------------------
# Tags


def tagged(resource: Any, **tags: Any) -> Any:
    template = Template(tags=tags)
    template.add("X", resource)
    return template.to_dict()["Resources"]["X"].get("Properties", {})


TAGS = [
    (lambda: sqs.Queue(), {"Tags": [{"Key": "team", "Value": "a"}]}),
    (lambda: sqs.Queue(tags=[]), {"Tags": [{"Key": "team", "Value": "a"}]}),
    (lambda: sqs.Queue(tags=[{"Key": "own", "Value": "x"}]), {"Tags": [{"Key": "own", "Value": "x"}, {"Key": "team", "Value": "a"}]}),
    (lambda: sqs.Queue(tags=[sqs.Queue.Tag(key="team", value="mine")]), {"Tags": [{"Key": "team", "Value": "mine"}]}),
    (lambda: sqs.Queue(inherit_tags=False), {}),
    (lambda: sqs.Queue(tags=Raw("all")), {"Tags": "all"}),
    (lambda: ssm.Parameter(type="String", value="x"), {"Type": "String", "Value": "x", "Tags": {"team": "a"}}),
    (lambda: ssm.Parameter(type="String", value="x", tags={"own": "b"}), {"Type": "String", "Value": "x", "Tags": {"own": "b", "team": "a"}}),
    (lambda: ssm.Parameter(type="String", value="x", tags={"team": "b"}), {"Type": "String", "Value": "x", "Tags": {"team": "b"}}),
    (lambda: ssm.Parameter(type="String", value="x", tags=Ref("AWS::Region")), {"Type": "String", "Value": "x", "Tags": {"Ref": "AWS::Region"}}),
    (lambda: autoscaling.AutoScalingGroup(min_size="1", max_size="1"),
     {"MinSize": "1", "MaxSize": "1", "Tags": [{"Key": "team", "Value": "a", "PropagateAtLaunch": True}]}),
    (lambda: serverless.Function(code_uri="."), {"CodeUri": ".", "Tags": {"team": "a"}}),
    (lambda: lambda_.Permission(action="a", function_name="f", principal="p"), {"Action": "a", "FunctionName": "f", "Principal": "p"}),
    (lambda: ec2.SubnetRouteTableAssociation(route_table_id="r", subnet_id="s"), {"RouteTableId": "r", "SubnetId": "s"}),
    (lambda: iam.ManagedPolicy(policy_document={}), {"PolicyDocument": {}}),
    (lambda: AnyResource("AWS::New::Thing", {"A": 1}), {"A": 1}),
    (lambda: AnyResource("Custom::Thing", {"ServiceToken": "x"}), {"ServiceToken": "x"}),
]  # fmt: skip


@pytest.mark.parametrize("row", TAGS, ids=range(len(TAGS)))
def test_tags(row: Any) -> None:
    make, expected = row
    resource = make()
    assert tagged(resource, team="a") == expected
    # The resource itself is as it was.
    assert Template().add("X", resource) is resource
    assert "team" not in repr(resource) or "mine" in repr(resource) or "'b'" in repr(resource)


def test_tags_may_be_computed() -> None:
    stage = Parameter(str)
    template = Template(tags={"stage": stage, "name": f"x-{stage}"})
    template.add("Stage", stage)
    template.add("Q", sqs.Queue())
    template.add("P", ssm.Parameter(type="String", value="x"))
    found = template.to_dict()["Resources"]
    assert found["Q"]["Properties"]["Tags"] == [
        {"Key": "stage", "Value": {"Ref": "Stage"}},
        {"Key": "name", "Value": {"Fn::Sub": "x-${Stage}"}},
    ]
    assert found["P"]["Properties"]["Tags"] == {"stage": {"Ref": "Stage"}, "name": {"Fn::Sub": "x-${Stage}"}}


def test_wrong_tags() -> None:
    for tags, message in (
        ({"a": 3}, "Template.tags.a: expected text, found 3"),
        ({"a": ["x"]}, "Template.tags.a: expected text, found ['x']"),
        ({"a": None}, "Template.tags.a: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
        ([("a", "b")], "Template.tags: expected a mapping of tags, found [('a', 'b')]"),
    ):  # fmt: skip
        with pytest.raises(InvalidValueError) as caught:
            Template(tags=tags)
        assert str(caught.value).rpartition(" (")[0] == message


def test_every_taggable_type_takes_the_tags_of_a_template() -> None:
    """Whatever the shape, the tags land in the property that the catalog names, and fit its type."""
    from pyformation import catalog, resource_class

    shapes: dict[str, int] = {}
    for name in catalog.types():
        facts = catalog.resource_type(name).facts
        if name in catalog._registered:
            continue
        cls = resource_class(name)
        bare = cls.__new__(cls)
        for slot, value in (
            ("_props", {}),
            ("_options", {}),
            ("_logical_id", None),
            ("_code", None),
            ("_lasti", 0),
        ):
            object.__setattr__(bare, slot, value)
        found = tagged(bare, team="a")
        tags = facts.get("tags")
        if not tags:
            assert found == {}, name
            continue
        shapes[tags["shape"]] = shapes.get(tags["shape"], 0) + 1
        assert list(found) == [tags["property"]], name
        cls._by_name[tags["property"]].accept(found[tags["property"]], (None, name))
    assert shapes["list"] > 1000
    assert shapes["map"] > 100


# ---------------------------------------------------------------------------------------------
# What it takes


def test_wrong_arguments() -> None:
    for make, message in (
        (lambda: Template(description=3), "Template.description: expected text, found 3"),
        (lambda: Template(transform=3), "Template.transform[0]: expected text, found 3"),
        (lambda: Template(transform=["A", Region]), "Template.transform[1]: Transform allows no expression, found <Ref AWS::Region>"),
        (lambda: Template(globals=[1]), "Template.globals: expected a mapping, found [1]"),
        (lambda: Template(metadata={"a": None}), "Template.metadata.a: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
        (lambda: Template(metadata=[1]), "Template.metadata: expected a mapping, found [1]"),
    ):  # fmt: skip
        with pytest.raises(InvalidValueError) as caught:
            make()
        assert str(caught.value).rpartition(" (")[0] == message


def test_threads_may_make_templates_at_once() -> None:
    results: list[Any] = []

    def make() -> None:
        for _ in range(20):
            template = Template()
            queue = template.add("Q", sqs.Queue(queue_name=f"{Region}-q"))
            template.add("T", dynamodb.Table(key_schema=[{"AttributeName": "a", "KeyType": "HASH"}]))
            template.add(
                "A",
                cloudwatch.Alarm(
                    comparison_operator="GreaterThanThreshold", evaluation_periods=1, alarm_name=f"{queue}-a"
                ),
            )
            results.append(template.to_json())

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 80
    assert len(set(results)) == 1


def test_sam_in_a_loop_and_functions_in_globals_bring_their_transforms() -> None:
    template = pf.Template(globals={"Function": {"Description": pf.ToJsonString({"a": 1})}})
    template.add(
        "Tables",
        pf.ForEach(
            "Name",
            ["a", "b"],
            lambda name: {f"Table{name}": pf.resource_class("AWS::Serverless::SimpleTable")()},
        ),
    )
    assert template.to_dict()["Transform"] == ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]


def test_a_template_that_was_refused_owns_nothing() -> None:
    # It may live on in the traceback of its error, where the search for owners of a stranger finds it.
    with pytest.raises(pf.InvalidValueError) as refused:
        pf.Template(extra_sections=5)  # type: ignore[arg-type]
    template = pf.Template()
    template.add("Url", pf.Output(pf.resource_class("AWS::SQS::Queue")()))
    with pytest.raises(pf.UnresolvedReferenceError, match="is used here but is not in this template"):
        template.to_dict()
    assert refused.tb is not None


@pytest.mark.parametrize("part", ["globals", "metadata"])
def test_a_stranger_in_globals_or_metadata_is_named_with_its_place(part: str) -> None:
    stranger = pf.resource_class("AWS::SQS::Queue")()
    given: dict[str, Any] = {"globals": {"Function": {"Role": stranger}}, "metadata": {"Function": stranger}}
    template = pf.Template(**{part: given[part]})
    with pytest.raises(pf.UnresolvedReferenceError) as caught:
        template.to_dict()
    assert caught.value.path == part.capitalize()
