"""Parameters, mappings, rules, outputs, interfaces, hooks, loops."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import pytest
from conftest import rendered

from pyformation import (
    Contains,
    Equals,
    FindInMap,
    ForEach,
    FrozenError,
    GetAtt,
    Hook,
    Interface,
    InvalidValueError,
    Mapping,
    Output,
    Parameter,
    PyformationError,
    Ref,
    Region,
    Rule,
    Template,
    UnresolvedReferenceError,
)
from pyformation.aws import s3, sns, sqs


def section(name: str, **elements: Any) -> Any:
    template = Template()
    for key, element in elements.items():
        template.add(key, element)
    return template.to_dict()[name]


PARAMETERS = [
    (Parameter(str), {"Type": "String"}),
    (Parameter(int), {"Type": "Number"}),
    (Parameter(float), {"Type": "Number"}),
    (Parameter(list[str]), {"Type": "CommaDelimitedList"}),
    (Parameter(list), {"Type": "CommaDelimitedList"}),
    (Parameter(list[int]), {"Type": "List<Number>"}),
    (Parameter(list[float]), {"Type": "List<Number>"}),
    (Parameter("String"), {"Type": "String"}),
    (Parameter("AWS::EC2::KeyPair::KeyName"), {"Type": "AWS::EC2::KeyPair::KeyName"}),
    (Parameter("List<AWS::EC2::Subnet::Id>"), {"Type": "List<AWS::EC2::Subnet::Id>"}),
    (
        Parameter("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", default="/aws/ami", allowed_pattern="ami-.*"),
        {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/aws/ami", "AllowedPattern": "ami-.*"},
    ),
    (Parameter("AWS::SSM::Parameter::Name", default="/a"), {"Type": "AWS::SSM::Parameter::Name", "Default": "/a"}),
    (Parameter("AWS::SSM::Parameter::Value<List<String>>", default="/a"), {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/a"}),
    (Parameter(str, default=""), {"Type": "String", "Default": ""}),
    (Parameter(str, default="a", allowed_values=["a", "b"]), {"Type": "String", "Default": "a", "AllowedValues": ["a", "b"]}),
    (Parameter(str, default="a", allowed_values=("a",)), {"Type": "String", "Default": "a", "AllowedValues": ["a"]}),
    (Parameter(int, default=0), {"Type": "Number", "Default": 0}),
    (Parameter(int, default="5", allowed_values=[5, 6]), {"Type": "Number", "Default": "5", "AllowedValues": [5, 6]}),
    (Parameter(float, default=1.5, min_value=1, max_value=1.5), {"Type": "Number", "Default": 1.5, "MinValue": 1, "MaxValue": 1.5}),
    (Parameter(list[str], default=["a", "b"]), {"Type": "CommaDelimitedList", "Default": "a,b"}),
    (Parameter(list[str], default="a, b", allowed_values=["a", "b"]), {"Type": "CommaDelimitedList", "Default": "a, b", "AllowedValues": ["a", "b"]}),
    (Parameter(list[int], default=[80, 443]), {"Type": "List<Number>", "Default": "80,443"}),
    (
        Parameter(str, description="d", default="ab", allowed_pattern="[a-z]+", constraint_description="c", min_length=1, max_length=2, no_echo=True),
        {
            "Type": "String", "Description": "d", "Default": "ab", "AllowedPattern": "[a-z]+", "ConstraintDescription": "c",
            "MinLength": 1, "MaxLength": 2, "NoEcho": True,
        },
    ),
    (Parameter(str, no_echo=False), {"Type": "String", "NoEcho": False}),
    # A pattern that only Java can read is AWS's to check.
    (Parameter(str, default="x", allowed_pattern=r"[\p{Alpha}&&[x]]+"), {"Type": "String", "Default": "x", "AllowedPattern": r"[\p{Alpha}&&[x]]+"}),
]  # fmt: skip


@pytest.mark.parametrize(("parameter", "expected"), PARAMETERS, ids=range(len(PARAMETERS)))
def test_parameters(parameter: Any, expected: Any) -> None:
    found = section("Parameters", P=parameter)["P"]
    assert found == expected
    assert list(found) == list(expected)
    for again in (pickle.loads(pickle.dumps(parameter)), copy.copy(parameter), copy.deepcopy(parameter)):
        assert section("Parameters", P=again)["P"] == expected
        assert again != parameter
        assert again._origin() == parameter._origin()


BAD_PARAMETERS = [
    (lambda: Parameter(bool), "Parameter.type: expected str, int, float, list[str], list[int] or the name of a CloudFormation parameter type such as 'AWS::EC2::VPC::Id', found <class 'bool'>"),
    (lambda: Parameter(None), "Parameter.type: expected str, int, float, list[str], list[int] or the name of a CloudFormation parameter type such as 'AWS::EC2::VPC::Id', found None"),
    (lambda: Parameter(str, default="c", allowed_values=["a", "b"]), "Parameter.default: expected one of 'a', 'b', found 'c'"),
    (lambda: Parameter(str, default="prd", allowed_values=["dev", "prod"]), "Parameter.default: expected one of 'dev', 'prod', found 'prd'; did you mean 'prod'?"),
    (lambda: Parameter(str, default="A", allowed_pattern="[a-z]"), "Parameter.default: expected text that matches '[a-z]', found 'A'"),
    (lambda: Parameter(str, default="aa", allowed_pattern="a"), "Parameter.default: expected text that matches 'a', found 'aa'"),
    (lambda: Parameter(str, default="a", min_length=2), "Parameter.default: expected at least 2 characters, found 1"),
    (lambda: Parameter(str, default="abc", max_length=2), "Parameter.default: expected at most 2 characters, found 3"),
    (lambda: Parameter(int, default=1, min_value=2), "Parameter.default: expected at least 2, found 1"),
    (lambda: Parameter(int, default="3", max_value=2), "Parameter.default: expected at most 2, found 3"),
    (lambda: Parameter(int, default="x"), "Parameter.default: expected a number, found 'x'"),
    (lambda: Parameter(int, default=True), "Parameter.default: expected a number, found True"),
    (lambda: Parameter(float, default=float("nan")), "Parameter.default: expected a number, found nan"),
    (lambda: Parameter(str, default=3), "Parameter.default: expected text, found 3"),
    (lambda: Parameter(str, default=["a"]), "Parameter.default: expected one value of type String, found ['a']"),
    (lambda: Parameter(list[str], default=["a,b"]), "Parameter.default: an item of a list may hold no comma, found 'a,b'"),
    (lambda: Parameter(list[str], default=["a", "x"], allowed_values=["a"]), "Parameter.default: expected one of 'a', found 'x'"),
    (lambda: Parameter(list[str], default="a,x", allowed_values=["a"]), "Parameter.default: expected one of 'a', found 'x'"),
    (lambda: Parameter(list[int], default=["x"]), "Parameter.default[0]: expected a number, found 'x'"),
    (lambda: Parameter(list[int], default="1,x"), "Parameter.default[1]: expected a number, found 'x'"),
    (lambda: Parameter(list[int], default=[1, 9], max_value=5), "Parameter.default: expected at most 5, found 9"),
    (lambda: Parameter(str, allowed_values="ab"), "Parameter.allowed_values: expected a list, found 'ab'"),
    (lambda: Parameter(str, allowed_values=["a", 3]), "Parameter.allowed_values[1]: expected text, found 3"),
    (lambda: Parameter(int, allowed_values=[1, "x"]), "Parameter.allowed_values[1]: expected a number, found 'x'"),
    (lambda: Parameter(str, min_length="1"), "Parameter.min_length: expected a number, found '1'"),
    (lambda: Parameter(str, max_value=True), "Parameter.max_value: expected a number, found True"),
    (lambda: Parameter(str, no_echo="true"), "Parameter.no_echo: expected a boolean, found 'true'"),
    (lambda: Parameter(str, description=3), "Parameter.description: expected text, found 3"),
    (lambda: Mapping([1]), "Mapping: expected a mapping, found [1]"),
    (lambda: Mapping({"a": "b"}), "Mapping.a: expected a mapping, found 'b'"),
    (lambda: Mapping({"a": {"b": {"c": "d"}}}), "Mapping.a.b: a mapping holds constants only (text, numbers, lists of them), found {'c': 'd'}"),
    (lambda: Mapping({"a": {"b": Region}}), "Mapping.a.b: a mapping holds constants only (text, numbers, lists of them), found <Ref AWS::Region>"),
    (lambda: Mapping({"a": {"b": ["x", None]}}), "Mapping.a.b[1]: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
    (lambda: Mapping({3.5: {}}), "Mapping: expected text, found 3.5"),
    (lambda: Rule(["x"]), "Rule[0]: expected a condition, or a condition and a sentence, found 'x'"),
    (lambda: Rule([(Contains([], "a"), "b", "c")]), "Rule[0]: expected a condition, or a condition and a sentence, found (Contains([], 'a'), 'b', 'c')"),
    (lambda: Rule([(Contains([], "a"), 3)]), "Rule: expected text, found 3"),
    (lambda: Rule([], condition="Named"), "Rule.condition: expected a condition, found 'Named'"),
    (lambda: Output(None), "Output.value: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
    (lambda: Output("a", export=3), "Output.export: expected text, found 3"),
    (lambda: Output("a", export=["x"]), "Output.export: expected text, found ['x']"),
    (lambda: Output("a", condition=3), "Output.condition: expected a condition or its name, found 3"),
    (lambda: Output("a", description=3), "Output.description: expected text, found 3"),
    (lambda: Interface({"a": [3]}), "Interface: expected a parameter or its name, found 3"),
    (lambda: Interface({"a": [Region]}), "Interface: expected a parameter or its name, found <Ref AWS::Region>"),
    (lambda: Interface({3: []}), "Interface: expected text, found 3"),
    (lambda: ForEach("N", "abc", {"a": sqs.Queue()}), "Fn::ForEach[1]: expected a list, found 'abc'"),
    (lambda: ForEach("N", ["a"], [sqs.Queue()]), "Fn::ForEach[2]: expected a mapping, found [Queue()]"),
    (lambda: ForEach("N", ["a"], {"a": 3}), "Fn::ForEach[2]: expected a resource, an output or a condition, found 3"),
    (lambda: ForEach("N", ["a"], {"a": sqs.Queue(), "b": Output(1)}), "Fn::ForEach[2]: expected elements of one section, found Outputs and Resources"),
    (lambda: ForEach("N", ["a"], {}), "Fn::ForEach[2]: expected elements of one section, found "),
    (lambda: Hook(3, {}), "Hook: expected text, found 3"),
]  # fmt: skip


@pytest.mark.parametrize("row", BAD_PARAMETERS, ids=[row[1][:60] for row in BAD_PARAMETERS])
def test_bad_arguments(row: Any) -> None:
    make, message = row
    with pytest.raises(InvalidValueError) as caught:
        make()
    text, _, place = str(caught.value).rpartition(" (")
    assert text == message
    line = make.__code__.co_firstlineno
    assert re.fullmatch(rf"\S*test_elements\.py:{line}\)", place), place


def test_parameters_say_what_is_wrong_with_a_value() -> None:
    stage = Parameter(str, allowed_values=["a", "b"])
    assert stage.problem_with("a") is None
    assert stage.problem_with("x") == "expected one of 'a', 'b', found 'x'"
    assert Parameter(int, min_value=1).problem_with(0) == "expected at least 1, found 0"


def test_elements_are_frozen_and_equal_by_identity() -> None:
    for make in (
        lambda: Parameter(str),
        lambda: Mapping({}),
        lambda: Output("a"),
        lambda: Rule([Contains([], "a")]),
        lambda: Hook("T", {}),
        lambda: Interface({}),
        lambda: ForEach("N", ["a"], {"a": sqs.Queue()}),
    ):
        one, other = make(), make()
        assert one == one
        assert one != other
        assert len({one, other, one}) == 2
        assert repr(one).startswith("\u2063")
        for name in ("type", "_logical_id", "anything"):
            with pytest.raises(PyformationError, match=f"{type(one).__name__} is frozen; make another one"):
                setattr(one, name, 1)
            with pytest.raises(PyformationError, match="is frozen; make another one"):
                delattr(one, name)


def test_logical_id_wins_over_the_name() -> None:
    stage = Parameter(str, logical_id="Mine")
    template = Template()
    template.add("Other", stage)
    template.add("Out", Output(f"{stage}", logical_id="Result"))
    document = template.to_dict()
    assert list(document["Parameters"]) == ["Mine"]
    assert document["Outputs"] == {"Result": {"Value": {"Ref": "Mine"}}}


def test_mappings() -> None:
    table = Mapping({"a": {"x": "1", "y": ["1", 2]}, "b": {"x": True}, 123456789012: {"x": 1.5}})
    assert section("Mappings", M=table) == {
        "M": {"a": {"x": "1", "y": ["1", 2]}, "b": {"x": True}, "123456789012": {"x": 1.5}}
    }
    assert rendered(table.find("123456789012", "x"), M=table) == {"Fn::FindInMap": ["M", "123456789012", "x"]}
    stage = Parameter(str)
    assert rendered(table.find(stage, f"{stage}"), M=table, S=stage) == {
        "Fn::FindInMap": ["M", {"Ref": "S"}, {"Ref": "S"}]
    }
    with pytest.raises(InvalidValueError, match="frozen"):
        table.rows["a"]["x"] = "2"
    with pytest.raises(
        UnresolvedReferenceError,
        match=r"refers to the mapping 'Nme', which is not in this template; did you mean 'Name'\?",
    ):
        rendered(FindInMap("Nme", "a", "b"), Name=table)


def test_rules() -> None:
    stage = Parameter(str)
    is_prod = Equals(stage, "prod")
    rule = Rule([(Contains(["a", "b"], stage), "say why"), ~is_prod], condition=is_prod)
    template = Template()
    template.add("Stage", stage)
    template.add("IsProd", is_prod)
    template.add("Check", rule)
    equals = {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}
    assert template.to_dict()["Rules"]["Check"] == {
        "RuleCondition": equals,
        "Assertions": [
            {"Assert": {"Fn::Contains": [["a", "b"], {"Ref": "Stage"}]}, "AssertDescription": "say why"},
            {"Assert": {"Fn::Not": [equals]}},
        ],
    }
    assert section("Rules", S=stage, R=Rule(Contains(["a"], stage)))["R"] == {
        "Assertions": [{"Assert": {"Fn::Contains": [["a"], {"Ref": "S"}]}}]
    }


def test_outputs() -> None:
    queue = sqs.Queue()
    found = section(
        "Outputs",
        Queue=queue,
        C=Equals(Region, "x"),
        All=Output(queue.arn, export="name", description="words", condition="C"),
        Text=Output(f"{queue}-x", export=f"{Region}-name"),
        Number=Output(3),
    )
    assert found == {
        "All": {
            "Condition": "C",
            "Description": "words",
            "Value": {"Fn::GetAtt": ["Queue", "Arn"]},
            "Export": {"Name": "name"},
        },
        "Text": {"Value": {"Fn::Sub": "${Queue}-x"}, "Export": {"Name": {"Fn::Sub": "${AWS::Region}-name"}}},
        "Number": {"Value": 3},
    }


def test_interface() -> None:
    one, two = Parameter(str), Parameter(int)
    template = Template(metadata={"Before": 1})
    template.add("One", one)
    template.add("Two", two)
    template.add(
        "Ignored", Interface({"First": [one, "Two"], "Second": []}, labels={two: "The second", "One": "o"})
    )
    assert template.to_dict()["Metadata"] == {
        "Before": 1,
        "AWS::CloudFormation::Interface": {
            "ParameterGroups": [
                {"Label": {"default": "First"}, "Parameters": ["One", "Two"]},
                {"Label": {"default": "Second"}, "Parameters": []},
            ],
            "ParameterLabels": {"Two": {"default": "The second"}, "One": {"default": "o"}},
        },
    }
    assert pickle.loads(pickle.dumps(template)).to_dict() == template.to_dict()
    template.add("Again", Interface({"Third": [two]}, labels={two: "Two"}))
    interface = template.to_dict()["Metadata"]["AWS::CloudFormation::Interface"]
    assert [group["Label"]["default"] for group in interface["ParameterGroups"]] == [
        "First",
        "Second",
        "Third",
    ]
    assert interface["ParameterLabels"] == {"Two": {"default": "Two"}, "One": {"default": "o"}}


def test_interface_of_a_parameter_that_is_not_here() -> None:
    with pytest.raises(
        UnresolvedReferenceError,
        match=r"refers to the parameter 'Oen', which is not in this template; did you mean 'One'\?",
    ):
        rendered(1, One=Parameter(str), I=Interface({"a": ["Oen"]}))
    with pytest.raises(
        UnresolvedReferenceError,
        match=r"the parameter declared at \S*test_elements.py:\d+ is used here but is not in this template",
    ):
        rendered(1, I=Interface({"a": [Parameter(str)]}))


def test_hooks() -> None:
    role = Parameter(str)
    hook = Hook(
        "AWS::CodeDeploy::BlueGreen", {"ServiceRole": role, "Applications": [{"Target": {"LogicalID": "x"}}]}
    )
    assert section("Hooks", Role=role, H=hook) == {
        "H": {
            "Type": "AWS::CodeDeploy::BlueGreen",
            "Properties": {"ServiceRole": {"Ref": "Role"}, "Applications": [{"Target": {"LogicalID": "x"}}]},
        }
    }


# ---------------------------------------------------------------------------------------------
# Loops


def loop(**elements: Any) -> dict[str, Any]:
    template = Template()
    for key, element in elements.items():
        template.add(key, element)
    document = template.to_dict()
    assert document["Transform"] == "AWS::LanguageExtensions"
    assert pickle.loads(pickle.dumps(template)).to_dict() == document
    return document


def test_foreach_of_resources() -> None:
    def body(name: Any) -> dict[str, Any]:
        topic = sns.Topic(topic_name=f"{name}-topic", display_name=name)
        policy = sns.TopicPolicy(
            policy_document={"Resource": topic, "Arn": [topic.get_att.topic_arn, f"{topic}/*"]}, topics=[topic], depends_on=topic
        )  # fmt: skip
        return {f"Topic{name}": topic, f"Policy{name}": policy}

    names = Parameter(list[str])
    found = loop(Names=names, Topics=ForEach("Name", names, body))
    assert found["Resources"] == {
        "Fn::ForEach::Topics": [
            "Name",
            {"Ref": "Names"},
            {
                "Topic${Name}": {
                    "Type": "AWS::SNS::Topic",
                    "Properties": {"TopicName": {"Fn::Sub": "${Name}-topic"}, "DisplayName": {"Ref": "Name"}},
                },
                "Policy${Name}": {
                    "Type": "AWS::SNS::TopicPolicy",
                    "DependsOn": "Topic${Name}",
                    "Properties": {
                        "PolicyDocument": {
                            "Resource": {"Ref": "Topic${Name}"},
                            "Arn": [
                                {"Fn::GetAtt": ["Topic${Name}", "TopicArn"]},
                                {"Fn::Sub": ["${Ref1}/*", {"Ref1": {"Ref": "Topic${Name}"}}]},
                            ],
                        },
                        "Topics": [{"Ref": "Topic${Name}"}],
                    },
                },
            },
        ]
    }


def test_foreach_of_outputs_and_conditions() -> None:
    found = loop(
        Outs=ForEach("N", ["a", "b"], lambda n: {f"Out{n}": Output(Ref("TopicA"), export=f"x-{n}")}),
        Cons=ForEach("N", ["a"], lambda n: {f"Is{n}": Equals(n, "a")}),
        TopicA=sns.Topic(),
    )  # fmt: skip
    assert found["Outputs"] == {
        "Fn::ForEach::Outs": [
            "N",
            ["a", "b"],
            {"Out${N}": {"Value": {"Ref": "TopicA"}, "Export": {"Name": {"Fn::Sub": "x-${N}"}}}},
        ]
    }
    assert found["Conditions"] == {
        "Fn::ForEach::Cons": ["N", ["a"], {"Is${N}": {"Fn::Equals": [{"Ref": "N"}, "a"]}}]
    }


def test_foreach_nests() -> None:
    outer = ForEach(
        "A",
        ["x", "y"],
        lambda a: {"Inner": ForEach("B", [a, "z"], lambda b: {f"Queue{a}{b}": sqs.Queue(queue_name=f"{a}-{b}")})},
    )  # fmt: skip
    assert loop(Outer=outer)["Resources"] == {
        "Fn::ForEach::Outer": [
            "A",
            ["x", "y"],
            {
                "Fn::ForEach::Inner": [
                    "B",
                    [{"Ref": "A"}, "z"],
                    {
                        "Queue${A}${B}": {
                            "Type": "AWS::SQS::Queue",
                            "Properties": {"QueueName": {"Fn::Sub": "${A}-${B}"}},
                        }
                    },
                ]
            },
        ]
    }


def test_foreach_inherits_tags_and_refers_to_what_is_around() -> None:
    bucket = s3.Bucket()
    template = Template(tags={"team": "a"})
    template.add("Bucket", bucket)
    template.add(
        "L",
        ForEach("N", ["a"], lambda n: {f"Q{n}": sqs.Queue(queue_name=f"{bucket}-{n}", depends_on=bucket)}),
    )
    assert template.to_dict()["Resources"]["Fn::ForEach::L"][2]["Q${N}"] == {
        "Type": "AWS::SQS::Queue",
        "DependsOn": "Bucket",
        "Properties": {"QueueName": {"Fn::Sub": "${Bucket}-${N}"}, "Tags": [{"Key": "team", "Value": "a"}]},
    }


def test_what_a_loop_makes_can_be_named_outside() -> None:
    found = loop(
        L=ForEach("N", ["a"], lambda n: {f"Q{n}": sqs.Queue()}), Out=Output([Ref("Qa"), GetAtt("Qa", "Arn")])
    )
    assert found["Outputs"]["Out"]["Value"] == [{"Ref": "Qa"}, {"Fn::GetAtt": ["Qa", "Arn"]}]


def test_a_loop_with_a_plain_mapping() -> None:
    found = loop(L=ForEach("N", ["a"], {"Q${N}": sqs.Queue(queue_name=Ref("N"))}))
    assert found["Resources"]["Fn::ForEach::L"][2]["Q${N}"]["Properties"] == {"QueueName": {"Ref": "N"}}


def test_frozen_error_is_an_attribute_error() -> None:
    assert issubclass(FrozenError, AttributeError)
