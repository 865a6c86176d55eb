"""AWS::LanguageExtensions: loops in every place where they may stand."""

from __future__ import annotations

from typing import Any

import pytest

from pyformation.changes import compare
from pyformation.errors import EvaluationError
from pyformation.evaluation import Given, Unknown, evaluate_data, prepare

BUCKET = "AWS::S3::Bucket"


def template(resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {"Transform": "AWS::LanguageExtensions", "Resources": resources, **sections}


def written(data: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    prepared = prepare(data, Given(parameters))
    assert prepared.partial == []
    return prepared.data


def loop(variable: str, collection: Any, **body: Any) -> list[Any]:
    return [variable, collection, body]


def test_a_loop_over_resources() -> None:
    made = {"Type": BUCKET, "Properties": {"BucketName": {"Fn::Sub": "x-${Name}-${AWS::Region}"}}}
    found = written(
        template(
            {
                "Fn::ForEach::All": loop("Name", ["A", "B"], **{"Bucket${Name}": made}),
                "Last": {"Type": BUCKET},
            }
        )
    )
    assert found["Resources"] == {
        "BucketA": {"Type": BUCKET, "Properties": {"BucketName": {"Fn::Sub": "x-A-${AWS::Region}"}}},
        "BucketB": {"Type": BUCKET, "Properties": {"BucketName": {"Fn::Sub": "x-B-${AWS::Region}"}}},
        "Last": {"Type": BUCKET},
    }


@pytest.mark.parametrize(
    ("collection", "names"),
    [
        (["a", "b"], ["a", "b"]),
        ([1, 2], ["1", "2"]),
        ({"Ref": "List"}, ["x", "y"]),
        (["a", {"Ref": "One"}], ["a", "one"]),
        ({"Fn::Split": ["/", {"Ref": "Parts"}]}, ["p", "q"]),
        ({"Fn::FindInMap": ["Names", {"Ref": "One"}, "All"]}, ["m", "n"]),
        ({"Fn::If": ["Yes", ["a"], ["b"]]}, ["a"]),
        ([], []),
    ],
    ids=str,
)
def test_collections(collection: Any, names: list[str]) -> None:
    data = template(
        {"Fn::ForEach::All": loop("N", collection, **{"R${N}": {"Type": BUCKET}})},
        Parameters={
            "List": {"Type": "CommaDelimitedList", "Default": "x,y"},
            "One": {"Type": "String", "Default": "one"},
            "Parts": {"Type": "String", "Default": "p/q"},
        },
        Mappings={"Names": {"one": {"All": ["m", "n"]}}},
        Conditions={"Yes": {"Fn::Equals": ["a", "a"]}},
    )
    assert list(written(data)["Resources"]) == [f"R{name}" for name in names]


def test_loops_in_loops_in_conditions_properties_and_outputs() -> None:
    data = template(
        {
            "Fn::ForEach::Stages": loop(
                "Stage",
                ["Dev", "Prod"],
                **{
                    "Fn::ForEach::Kinds": loop(
                        "Kind",
                        {"Fn::FindInMap": ["Kinds", {"Ref": "Stage"}, "All"]},
                        **{
                            "Table${Stage}${Kind}": {
                                "Type": "AWS::DynamoDB::Table",
                                "Condition": "Is${Stage}",
                                "DependsOn": ["Log${Stage}"],
                                "DeletionPolicy": {"Fn::If": ["Is${Stage}", "Retain", "Delete"]},
                                "Properties": {
                                    "TableName": {"Ref": "Kind"},
                                    "Fn::ForEach::Attributes": loop(
                                        "A", ["X", "Y"], **{"Name${A}": "${Kind}-${A}"}
                                    ),
                                },
                            }
                        },
                    )
                },
            ),
            "LogDev": {"Type": "AWS::Logs::LogGroup"},
            "LogProd": {"Type": "AWS::Logs::LogGroup"},
        },
        Mappings={"Kinds": {"Dev": {"All": ["Small"]}, "Prod": {"All": ["Big", "Huge"]}}},
        Conditions={
            "Fn::ForEach::Stages": loop("S", ["Dev", "Prod"], **{"Is${S}": {"Fn::Equals": ["${S}", "Prod"]}})
        },
        Outputs={
            "Fn::ForEach::Names": loop(
                "N", ["Big", "Huge"], **{"Out${N}": {"Value": {"Fn::GetAtt": ["TableProd${N}", "Arn"]}}}
            )
        },
    )
    found = evaluate_data(data)
    assert found.conditions == {"IsDev": False, "IsProd": True}
    assert {name: resource.exists for name, resource in found.resources.items()} == {
        "TableDevSmall": False,
        "TableProdBig": True,
        "TableProdHuge": True,
        "LogDev": True,
        "LogProd": True,
    }
    big = found.resources["TableProdBig"]
    assert big.properties == {"TableName": "Big", "NameX": "Big-X", "NameY": "Big-Y"}
    assert big.attributes == {"DeletionPolicy": "Retain"}
    assert str(found.outputs["OutHuge"].value) == "TableProdHuge.Arn"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("${N}", "a.b-1"),
        ("&{N}", "ab1"),
        ("${N}/&{N}", "a.b-1/ab1"),
        ("${ N }", "a.b-1"),
        ("${!N} $N {N} ${Other}", "${!N} $N {N} ${Other}"),
    ],
)
def test_how_a_variable_is_written(text: str, made: str) -> None:
    data = template(
        {"Fn::ForEach::All": loop("N", ["a.b-1"], **{"R&{N}": {"Type": BUCKET, "Metadata": text}})}
    )
    assert written(data)["Resources"] == {"Rab1": {"Type": BUCKET, "Metadata": made}}


def test_a_value_is_not_looked_into_for_variables() -> None:
    inner = loop("B", ["b"], **{"R&{A}&{B}": {"Type": BUCKET, "Metadata": "${A}"}})
    data = template({"Fn::ForEach::All": loop("A", ["${B}"], **{"Fn::ForEach::In": inner})})
    assert written(data)["Resources"] == {"RBb": {"Type": BUCKET, "Metadata": "${B}"}}


def test_names_in_references_may_be_made_by_loops() -> None:
    body = {
        "Topic${N}": {"Type": "AWS::SNS::Topic"},
        "Queue${N}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "A": {"Ref": "Topic${N}"},
                "B": {"Fn::GetAtt": ["Topic${N}", "Arn"]},
                "C": {"Ref": {"Fn::Sub": "Topic${N}"}},
            },
        },
    }
    found = evaluate_data(template({"Fn::ForEach::All": loop("N", ["1"], **body)}))
    assert {key: str(item) for key, item in found.resources["Queue1"].properties.items()} == {
        "A": "Topic1",
        "B": "Topic1.Arn",
        "C": "Topic1",
    }


def test_a_loop_right_inside_properties() -> None:
    images = {"ImageId": {"Value": "ami-1"}, "KeyName": {"Value": "key"}}
    each = {"${P}": {"Fn::FindInMap": ["Values", {"Ref": "P"}, "Value"]}}
    properties = {"Fn::ForEach::Properties": loop("P", ["ImageId", "KeyName"], **each), "EbsOptimized": True}
    data = template(
        {"It": {"Type": "AWS::EC2::Instance", "Properties": properties}}, Mappings={"Values": images}
    )
    assert evaluate_data(data).resources["It"].properties == {
        "ImageId": "ami-1",
        "KeyName": "key",
        "EbsOptimized": True,
    }


def test_a_loop_over_the_unknown_is_left_and_said() -> None:
    data = template(
        {
            "Fn::ForEach::All": loop("N", {"Ref": "Names"}, **{"Topic${N}": {"Type": "AWS::SNS::Topic"}}),
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "TopicA"}}},
        },
        Parameters={"Names": {"Type": "CommaDelimitedList"}},
    )
    found = evaluate_data(data)
    assert found.partial == ["the items that Resources.Fn::ForEach::All loops over are not known"]
    assert list(found.resources) == ["Queue"]
    assert isinstance(found.resources["Queue"].properties["QueueName"], Unknown)


def test_a_loop_inside_properties_over_the_unknown_changes_with_what_it_uses() -> None:
    def side(text: str, size: str, mapped: str = "m", equal: str = "a") -> dict[str, Any]:
        parts = [
            {"Fn::Sub": text + "${Size}"},
            {"Fn::FindInMap": ["Map", "Key", "Value"]},
            {"Fn::If": ["Same", 1, 2]},
        ]
        tags = {"Fn::ForEach::Tags": loop("N", {"Ref": "Names"}, **{"${N}": {"Fn::Join": ["", parts]}})}
        return template(
            {
                "It": {
                    "Type": "AWS::SSM::Parameter",
                    "Properties": {"Type": "String", "Value": "x", "Tags": tags},
                }
            },
            Parameters={"Names": {"Type": "CommaDelimitedList"}, "Size": {"Type": "String", "Default": size}},
            Mappings={"Map": {"Key": {"Value": mapped}}},
            Conditions={"Same": {"Fn::Equals": ["a", equal]}},
        )

    assert compare(side("a", "1"), side("a", "1")).resources == ()
    for after in (side("b", "1"), side("a", "2"), side("a", "1", mapped="n"), side("a", "1", equal="b")):
        found = compare(side("a", "1"), after)
        assert [change.logical_id for change in found.resources] == ["It"]
        assert found.partial == ("the items that Resources.Fn::ForEach::Tags loops over are not known",)


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        (
            {"Fn::ForEach::L": loop("N", ["a", "a"], **{"R${N}": {"Type": BUCKET}})},
            "Resources.Fn::ForEach::L: the loop makes 'Ra' more than once",
        ),
        (
            {"Ra": {"Type": BUCKET}, "Fn::ForEach::L": loop("N", ["a"], **{"R${N}": {"Type": BUCKET}})},
            "Resources.Fn::ForEach::L: the loop makes 'Ra' more than once",
        ),
        (
            {"Fn::ForEach::L": loop("N", ["a"], **{"R${N}": {"Type": BUCKET}}), "Ra": {"Type": BUCKET}},
            "Resources: 'Ra' is there more than once",
        ),
        (
            {"Fn::ForEach::L": loop("N", ["a-b", "ab"], **{"R&{N}": {"Type": BUCKET}})},
            "Resources.Fn::ForEach::L: the loop makes 'Rab' more than once",
        ),
        (
            {"Fn::ForEach::L": loop("N", ["a", "b"], R={"Type": BUCKET})},
            "Resources.Fn::ForEach::L: the loop makes 'R' more than once",
        ),
        (
            {"Fn::ForEach::L": loop("N", ["a"], **{"Fn::ForEach::M": loop("N", ["b"], R={})})},
            "Resources.Fn::ForEach::L.Fn::ForEach::M: the variable 'N' is that of a loop around it",
        ),
        (
            {"Fn::ForEach::L": ["N", ["a"]]},
            "Resources.Fn::ForEach::L: a loop takes a variable, a collection and a mapping, found ['N', ['a']]",
        ),
        (
            {"Fn::ForEach::L": loop("N", "a", R={})},
            "Resources.Fn::ForEach::L: a loop takes a list of texts, found 'a'",
        ),
        (
            {"Fn::ForEach::L": loop("N", [{"a": 1}], R={})},
            "Resources.Fn::ForEach::L: a loop takes a list of texts, found the item {'a': 1}",
        ),
        (
            {"Fn::ForEach::L": loop("N", {"Ref": "Nobody"}, R={})},
            "Resources.Fn::ForEach::L: the parameter or resource 'Nobody' does not exist in this template",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_loops_that_are_wrong(resources: dict[str, Any], message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        prepare(template(resources))
    assert str(caught.value) == message


def test_loops_that_multiply_without_end() -> None:
    body: dict[str, Any] = {"R${V0}${V1}${V2}${V3}${V4}${V5}": {"Type": BUCKET}}
    for number in range(6):
        body = {f"Fn::ForEach::L{number}": loop(f"V{number}", list("abcdefghij"), **body)}
    with pytest.raises(EvaluationError, match="the loops make more than 200,000 elements"):
        prepare(template(body))


def test_a_policy_that_is_computed_counts() -> None:
    def side(policy: Any, type_name: str = BUCKET) -> dict[str, Any]:
        return template(
            {"Data": {"Type": type_name, "DeletionPolicy": policy}, "Still": {"Type": "AWS::SNS::Topic"}},
            Parameters={"Keep": {"Type": "String", "Default": "Retain"}},
        )

    gone = template({"Still": {"Type": "AWS::SNS::Topic"}})
    (removed,) = compare(side({"Ref": "Keep"}), gone, before_parameters={}).resources
    assert removed.policy_action == "Retain"
    (removed,) = compare(side({"Ref": "Keep"}), gone, before_parameters={"Keep": "Delete"}).resources
    assert removed.policy_action == "Delete"
