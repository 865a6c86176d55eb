"""The rules of a change set on types that no recording contains: AWS's two answers, and ours.

A case is an entry of fixtures/diff/*.json, written by hand from the rules: templates (`before` and `after`, or one for
`both`), what they are evaluated with, and the three answers. An entry of an answer is
``[action, replacement, policy action, details]``: a detail of AWS's plain answer is
"target requires-recreation evaluation source cause", with property values "path change-type ..." instead of the
target; ours has the replacement of each path, `causes` why. `shown` are values before and after (null: any or none).
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import pyformation
from pyformation.changes import Diff, compare
from pyformation.errors import EvaluationError

FIXTURES = Path(__file__).parent / "fixtures" / "diff"
CASES: list[dict[str, Any]] = [
    case for path in sorted(FIXTURES.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))
]
every_case = pytest.mark.parametrize("case", CASES, ids=[case["name"].replace(" ", "-") for case in CASES])


def diff_of(case: dict[str, Any]) -> Diff:
    given = {
        key: case[key]
        for key in ("before_parameters", "parameters", "before_resolved", "resolved", "region", "imports")
        if key in case
    }
    return compare(
        case.get("before", case.get("both")), copy.deepcopy(case.get("after", case.get("both"))), **given
    )


def changes(diff: Diff, *, values: bool) -> dict[str, dict[str, Any]]:
    found = diff.change_set(include_property_values=values)
    return {
        change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in found["Changes"]
    }


def detail_text(detail: dict[str, Any], *, values: bool) -> str:
    target = detail["Target"]
    if values:
        where = f"{target['Path']} {target['AttributeChangeType']}"
    else:
        where = target["Attribute"] + (f".{target['Name']}" if "Name" in target else "")
    said = [where, target["RequiresRecreation"], detail["Evaluation"], detail["ChangeSource"]]
    return " ".join([*said, detail["CausingEntity"]] if "CausingEntity" in detail else said)


def summary(found: dict[str, dict[str, Any]], *, values: bool) -> dict[str, list[Any]]:
    return {
        name: [
            change["Action"],
            change.get("Replacement"),
            change.get("PolicyAction"),
            sorted(detail_text(detail, values=values) for detail in change["Details"]),
        ]
        for name, change in found.items()
    }


def expected(case: dict[str, Any], answer: str) -> dict[str, list[Any]]:
    return {name: [*entry[:3], sorted(entry[3])] for name, entry in case[answer].items()}


@every_case
@pytest.mark.parametrize("answer", ["plain", "values"])
def test_what_aws_answers(case: dict[str, Any], answer: str) -> None:
    values = answer == "values"
    found = changes(diff_of(case), values=values)
    assert summary(found, values=values) == expected(case, answer)
    assert list(found) == list(case[answer]), "the order"


@every_case
def test_what_we_answer(case: dict[str, Any]) -> None:
    diff = diff_of(case)
    assert {
        change.logical_id: [
            change.action,
            change.replacement,
            change.policy_action,
            {each.path: each.replacement for each in change.changes},
        ]
        for change in diff.resources
    } == case["ours"]
    assert [found.logical_id for found in diff.aws_only] == case.get("aws_only", [])
    unsure = [f"{c.logical_id} {each.path}" for c in diff.resources for each in c.changes if not each.certain]
    perhaps = [place for place, words in case.get("conditions", {}).items() if words.endswith("changes")]
    if "uncertain" in case:
        assert unsure == case["uncertain"]
    else:
        assert {*perhaps} <= {*unsure}
    for place, words in case.get("conditions", {}).items():
        name, _, path = place.partition(" ")
        found = diff.resource(name)
        assert found is not None
        (change,) = (each for each in found.changes if each.path == path)
        assert words in (change.condition or "")
    for place, causes in case.get("causes", {}).items():
        name, _, path = place.partition(" ")
        found = diff.resource(name)
        assert found is not None
        (change,) = (each for each in found.changes if each.path == path)
        assert [f"{cause.kind} {cause.name}".strip() for cause in change.causes] == causes


@every_case
def test_what_aws_shows(case: dict[str, Any]) -> None:
    found = changes(diff_of(case), values=True)
    for place, (before, after) in case.get("shown", {}).items():
        name, _, path = place.partition(" ")
        targets = [d["Target"] for d in found[name]["Details"] if d["Target"]["Path"] == path]
        assert targets
        for target in targets:
            if before is not None:
                assert target["BeforeValue"] == before
            if after is not None:
                assert target["AfterValue"] == after
    for key in ("before_context", "after_context"):
        for name, context in case.get(key, {}).items():
            shown = found[name]["BeforeContext" if key == "before_context" else "AfterContext"]
            assert json.loads(shown) == context
    for name, scope in case.get("scope", {}).items():
        assert sorted(found[name]["Scope"]) == scope
    for change in found.values():
        for detail in change["Details"]:
            target = detail["Target"]
            # What is added has no value before it, what is removed none behind.
            assert ("BeforeValue" in target) == (target["AttributeChangeType"] != "Add")
            assert ("AfterValue" in target) == (target["AttributeChangeType"] != "Remove")


@every_case
def test_every_change_has_a_cause_and_nothing_changes_by_itself(case: dict[str, Any]) -> None:
    for change in diff_of(case).resources:
        assert all(each.causes for each in change.changes)
    for side in ("before", "after"):
        same = {**case, "before": case.get(side, case.get("both")), "after": case.get(side, case.get("both"))}
        for key in ("parameters", "resolved"):
            given = case.get(key if side == "after" else f"before_{key}")
            same.pop(f"before_{key}", None)
            if given is not None:
                same[key] = same[f"before_{key}"] = given
        assert diff_of(same).resources == ()


# -- what makes no change set ---------------------------------------------------------------------

TABLE: dict[str, Any] = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "t"}}


def test_another_type_is_refused() -> None:
    before = {"Resources": {"It": TABLE, "Other": {"Type": "AWS::KMS::Key"}}}
    after = {"Resources": {"It": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {"TableName": "t"}}}}
    diff = compare(before, after)
    for values in (False, True):
        assert diff.change_set(include_property_values=values) == {
            "Changes": [],
            "Status": "FAILED",
            "StatusReason": "Update of resource type is not permitted. The new template modifies resource type of "
            "the following resources: [It]",
        }
    found = diff.resource("It")
    assert found is not None
    assert (found.action, found.type, found.replacement) == ("Modify", "AWS::DynamoDB::GlobalTable", "True")
    (change,) = found.changes
    assert (change.path, change.before, change.after) == (
        "/Type",
        TABLE["Type"],
        "AWS::DynamoDB::GlobalTable",
    )
    assert change.replacement == "True"
    assert change.condition == "CloudFormation refuses to change the type of a resource"


def test_a_type_that_changes_where_there_was_no_resource() -> None:
    conditions = {"No": {"Fn::Equals": ["a", "b"]}}
    before = {"Conditions": conditions, "Resources": {"It": {**TABLE, "Condition": "No"}}}
    after = {"Conditions": conditions, "Resources": {"It": {"Type": "AWS::KMS::Key"}}}
    diff = compare(before, after)
    assert diff.change_set()["Status"] == "CREATE_COMPLETE"
    assert [(found.logical_id, found.action) for found in diff.resources] == [("It", "Add")]


def test_nothing_to_do() -> None:
    template = {"Resources": {"It": TABLE}}
    for values in (False, True):
        assert compare(template, template).change_set(include_property_values=values) == {
            "Changes": [],
            "Status": "FAILED",
            "StatusReason": "The submitted information didn't contain changes. Submit different information to "
            "create a change set.",
        }


def test_outputs_alone_make_an_empty_change_set() -> None:
    before = {"Resources": {"It": TABLE}}
    after = {"Resources": {"It": TABLE}, "Outputs": {"Name": {"Value": {"Ref": "It"}}}}
    assert compare(before, after).change_set() == {"Changes": [], "Status": "CREATE_COMPLETE"}


@pytest.mark.parametrize(
    ("before", "after", "parameters"),
    [
        ({"DelaySeconds": 5}, {"DelaySeconds": {"Ref": "New"}}, {"New": {"Type": "Number", "Default": 5}}),
        ({"QueueName": "n"}, {"QueueName": {"Ref": "Role"}}, {}),
    ],
)
def test_what_only_the_plain_answer_lists_makes_a_change_set(
    before: dict[str, Any], after: dict[str, Any], parameters: dict[str, Any]
) -> None:
    """Whether there is a change set is decided when it is made, before anybody asks for values."""
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "n", "AssumeRolePolicyDocument": {}}}
    diff = compare(
        *(
            {
                "Parameters": declared,
                "Resources": {"It": {"Type": "AWS::SQS::Queue", "Properties": given}, "Role": role},
            }
            for given, declared in ((before, {}), (after, parameters))
        )
    )
    assert [change["ResourceChange"]["LogicalResourceId"] for change in diff.change_set()["Changes"]] == [
        "It"
    ]
    found = diff.change_set(include_property_values=True)
    assert found == {"Changes": [], "Status": "CREATE_COMPLETE"}
    (only,) = diff.aws_only
    assert only.reason == (
        "it refers to New, whose value does not change"
        if parameters
        else "an expression is written differently but has the same value"
    )


def test_stack_tags_that_no_resource_takes_make_an_empty_change_set() -> None:
    template = {"Resources": {"It": {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": "r"}}}}
    diff = compare(template, template, before_tags={"team": "one"}, tags={"team": "two"})
    for values in (False, True):
        assert diff.change_set(include_property_values=values) == {"Changes": [], "Status": "CREATE_COMPLETE"}


# -- the shape ------------------------------------------------------------------------------------


def botocore(module: str) -> Any:
    """A module of botocore, which has no types of its own."""
    return pytest.importorskip(f"botocore.{module}", reason="botocore has the shape of DescribeChangeSet")


@pytest.fixture(scope="session")
def shape() -> Any:
    loaded = botocore("loaders").Loader().load_service_model("cloudformation", "service-2")
    model = botocore("model").ServiceModel(loaded, "cloudformation")
    return model.operation_model("DescribeChangeSet").output_shape


def outside(shape: Any, value: Any, path: str = "") -> list[str]:
    """Where values are none of those that a shape lists; botocore's own validator does not look."""
    if shape.type_name == "structure":
        return [w for key, item in value.items() for w in outside(shape.members[key], item, f"{path}.{key}")]
    if shape.type_name == "list":
        return [w for n, item in enumerate(value) for w in outside(shape.member, item, f"{path}[{n}]")]
    listed = getattr(shape, "enum", None)
    return [f"{path}: {value}"] if listed and value not in listed else []


def xml(shape: Any, value: Any, tag: str) -> str:
    """A value as CloudFormation sends it."""
    from xml.sax.saxutils import escape

    if shape.type_name == "structure":
        inner = "".join(xml(shape.members[key], item, key) for key, item in value.items())
    elif shape.type_name == "list":
        inner = "".join(xml(shape.member, item, "member") for item in value)
    else:
        inner = escape(value)
    return f"<{tag}>{inner}</{tag}>"


@every_case
@pytest.mark.parametrize("values", [False, True])
def test_the_shape_is_botocores(case: dict[str, Any], values: bool, shape: Any) -> None:
    answer = diff_of(case).change_set(include_property_values=values)
    report = botocore("validate").ParamValidator().validate(answer, shape)
    assert not report.has_errors(), report.generate_report()
    assert outside(shape, answer) == []
    body = xml(shape, answer, "DescribeChangeSetResult")
    response: dict[str, Any] = {
        "body": f"<DescribeChangeSetResponse>{body}</DescribeChangeSetResponse>".encode(),
        "headers": {},
        "status_code": 200,
    }
    parsed = botocore("parsers").create_parser("query").parse(response, shape)
    parsed.pop("ResponseMetadata")
    assert parsed == answer
    if not values:
        text = json.dumps(answer)
        assert not any(
            key in text for key in ('"Path"', "BeforeValue", "AfterValue", "Context", "AttributeChangeType")
        )


def test_the_validator_sees_what_is_wrong(shape: Any) -> None:
    wrong = {"Changes": [{"Type": "Resource", "ResourceChange": {"Action": "Alter", "Surprise": 1}}]}
    assert botocore("validate").ParamValidator().validate(wrong, shape).has_errors()
    assert outside(shape, {"Changes": [{"ResourceChange": {"Action": "Alter"}}]}) == [
        ".Changes[0].ResourceChange.Action: Alter"
    ]


# -- what is equal in Python and not in CloudFormation -------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "replacement"),
    [
        (1, True, "True"),
        (0, False, "True"),
        ({"Fn::Sub": ["${A}", {"A": 1}]}, {"Fn::Sub": ["${A}", {"A": True}]}, "True"),
        ({"Fn::ToJsonString": {"A": 1}}, {"Fn::ToJsonString": {"A": True}}, "True"),
        ({"Fn::ToJsonString": {"A": 1, "B": 2}}, {"Fn::ToJsonString": {"B": 2, "A": 1}}, "True"),
        ({"Fn::ToJsonString": [1, {"Ref": "Open"}]}, {"Fn::ToJsonString": ["1", {"Ref": "Open"}]}, "True"),
        (1, "1", None),
        (True, "true", None),
        # Either list may give the same: nobody knows the number.
        (
            {"Fn::Select": [{"Ref": "Open"}, ["a", "b"]]},
            {"Fn::Select": [{"Ref": "Open"}, ["a", "c"]]},
            "Conditional",
        ),
        ({"Fn::Select": ["0", {"Fn::GetAZs": ""}]}, {"Fn::Select": ["1", {"Fn::GetAZs": ""}]}, "True"),
    ],
    ids=str,
)
def test_values_that_are_written_otherwise(before: Any, after: Any, replacement: str | None) -> None:
    def side(name: Any) -> dict[str, Any]:
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}
        return {"Parameters": {"Open": {"Type": "String"}}, "Resources": {"Queue": queue}}

    found = compare(side(before), side(after))
    assert [change.replacement for change in found.resources] == ([replacement] if replacement else [])
    for values in (False, True):
        assert list(changes(found, values=values)) == (["Queue"] if replacement else [])


@pytest.mark.parametrize("section", ["Mappings", "Conditions"])
def test_a_mapping_or_condition_that_is_written_otherwise(section: str) -> None:
    def side(one: Any) -> dict[str, Any]:
        data: dict[str, Any] = {
            "Mappings": {"M": {"A": {"B": one if section == "Mappings" else 1}}},
            "Conditions": {"C": {"Fn::Equals": ["1", one if section == "Conditions" else 1]}},
        }
        name = {"Fn::If": ["C", {"Fn::FindInMap": ["M", "A", "B"]}, "other"]}
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}
        return {**data, "Resources": {"Queue": queue}}

    (change,) = compare(side(1), side(True)).resources
    assert change.replacement == "True"


@pytest.mark.parametrize(
    ("one", "other", "replacement"),
    [
        ("b-${AWS::Region}-${Open}", "b-eu-west-1-${Open}", "Conditional"),
        ("${Open}-${Other}", "x-${Other}", "Conditional"),
        ("${Open}${Other}", "${Open}", "Conditional"),
        ("a-${Open}-c", "a-x-c", "Conditional"),
        ("a-${Open}-c", "a-x-d", "True"),
        ("a-${Open}", "a-${Open}-b", "True"),
        ("a-${Open}", "b-${Open}", "True"),
        ("x-${Open}-${Other}", "xy-${Other}", "True"),
        # Two inputs are two values.
        ("${Open}-x", "${Other}-x", "True"),
    ],
)
def test_a_literal_for_an_input_beside_another_input(one: str, other: str, replacement: str) -> None:
    def side(name: str) -> dict[str, Any]:
        bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": name}}}
        declared = {name: {"Type": "String"} for name in ("Open", "Other")}
        return {"Parameters": declared, "Resources": {"It": bucket}}

    for before, after in ((one, other), (other, one)):
        (change,) = compare(side(before), side(after)).resources
        assert change.replacement == replacement


# -- names that nobody knows ---------------------------------------------------------------------------


OPEN: dict[str, Any] = {"Ref": "Open"}


@pytest.mark.parametrize(
    "node",
    [
        {"Ref": {"Fn::Sub": "${Open}"}},
        {"Ref": {"Fn::If": ["Is", "Topic", "Other"]}},
        {"Fn::GetAtt": ["Topic", OPEN]},
        {"Fn::GetAtt": ["Topic", {"Fn::If": ["Is", "TopicName", "TopicArn"]}]},
        {"Fn::GetAtt": [OPEN, "TopicName"]},
        {"Fn::GetAtt": [{"Fn::If": ["Is", "Topic", "Other"]}, "TopicName"]},
        {"Fn::GetAtt": [OPEN, OPEN]},
    ],
    ids=str,
)
def test_what_may_refer_to_a_changed_resource_may_change(node: Any) -> None:
    def side(name: str) -> dict[str, Any]:
        return {
            "Parameters": {"Open": {"Type": "String"}},
            "Conditions": {"Is": {"Fn::Equals": [OPEN, "x"]}},
            "Resources": {
                "It": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": node}},
                "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}},
                "Other": {"Type": "AWS::SNS::Topic"},
            },
        }

    assert compare(side("a"), side("a")).resources == ()
    found = compare(side("a"), side("b"))
    assert sorted(change.logical_id for change in found.resources) == ["It", "Topic"]
    for values in (False, True):
        assert list(changes(found, values=values)) == ["It", "Topic"]


IS_ONE: dict[str, Any] = {"Fn::Equals": [OPEN, 1]}
IS_TRUE: dict[str, Any] = {"Fn::Equals": [OPEN, True]}
IS_X: dict[str, Any] = {"Fn::Equals": [OPEN, "x"]}


@pytest.mark.parametrize(
    ("conditions", "before", "after"),
    [
        (
            [IS_ONE, IS_TRUE],
            {"Fn::If": ["C0", "x", {"Fn::If": ["C1", "y", "z"]}]},
            {"Fn::If": ["C0", "x", {"Fn::If": ["C1", "other", "z"]}]},
        ),
        ([{"Fn::Or": [IS_ONE, IS_X]}, {"Fn::Or": [IS_ONE, IS_TRUE, IS_X]}], {"Fn::If": ["C0", "a", "b"]}, {"Fn::If": ["C1", "a", "b"]}),
        ([IS_X], {"a": 1}, {"Fn::If": ["C0", {"a": 1}, {"a": True}]}),
        ([], {"Fn::Select": [OPEN, [1, "k"]]}, {"Fn::Select": [OPEN, [True, "k"]]}),
    ],
    ids=str,
)  # fmt: skip
def test_one_and_true_are_two_in_what_is_unknown(conditions: list[Any], before: Any, after: Any) -> None:
    def side(value: Any) -> dict[str, Any]:
        return {
            "Parameters": {"Open": {"Type": "String"}},
            "Conditions": {f"C{number}": condition for number, condition in enumerate(conditions)},
            "Resources": {"It": {"Type": "Custom::It", "Properties": {"ServiceToken": "t", "Value": value}}},
        }

    found = compare(side(before), side(after))
    assert [(change.logical_id, change.replacement) for change in found.resources] == [("It", "Conditional")]


def test_a_lookup_may_find_what_was_one_and_is_true() -> None:
    def side(value: Any) -> dict[str, Any]:
        return {
            "Parameters": {"Open": {"Type": "String"}},
            "Mappings": {"M": {"x": {"s": 1}, "y": {"s": value}}},
            "Resources": {"It": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::FindInMap": ["M", OPEN, "s"]}}}},
        }  # fmt: skip

    (change,) = compare(side(0), side(False)).resources
    assert (change.replacement, change.changes[0].certain) == ("Conditional", False)
    assert [cause.name for cause in change.changes[0].causes] == ["M"]


def topics(name: str, first: tuple[str, ...]) -> dict[str, Any]:
    """By the name of a resource that nobody knows X may need Y, which needs X."""
    resources = {
        "Z": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "z"}},
        "X": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": name, "DisplayName": {"Fn::GetAtt": [OPEN, "Arn"]}},
        },
        "Y": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"Protocol": "email", "Endpoint": "a@b.c", "TopicArn": {"Ref": "X"}},
        },
    }
    return {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Open": {"Type": "String"}},
        "Resources": {name: resources[name] for name in first},
    }


@pytest.mark.parametrize("first", [("Z", "X", "Y"), ("Y", "X", "Z"), ("X", "Y", "Z")], ids="".join)
def test_a_circle_that_only_the_unknown_makes_hides_nothing(first: tuple[str, ...]) -> None:
    found = pyformation.diff(topics("a", first), topics("b", first))
    replaced = {change.logical_id: change.replacement for change in found.resources}
    assert replaced == {"X": "True", "Y": "True"}
    assert not [finding for finding in found.findings if finding.code in ("PF216", "PF217")]
    for values in (False, True):
        assert {"X", "Y"} <= {*changes(found, values=values)}


def test_a_circle_by_an_unknown_condition_hides_nothing() -> None:
    def side(name: str) -> dict[str, Any]:
        return {
            "Parameters": {"Open": {"Type": "String"}},
            "Conditions": {"C": IS_X},
            "Resources": {
                "A": {
                    "Type": "AWS::SNS::Topic",
                    "Properties": {"TopicName": name, "DisplayName": {"Fn::If": ["C", {"Ref": "B"}, "none"]}},
                },
                "B": {
                    "Type": "AWS::SQS::Queue",
                    "Properties": {"QueueName": {"Fn::If": ["C", "q", {"Fn::GetAtt": ["A", "TopicName"]}]}},
                },
            },
        }

    found = pyformation.diff(side("a"), side("b"))
    assert {change.logical_id: change.replacement for change in found.resources} == {
        "A": "True",
        "B": "Conditional",
    }
    assert "PF216" not in [finding.code for finding in found.findings]


def test_a_name_that_nobody_knows_is_no_certain_reference_to_what_does_not_exist() -> None:
    template = topics("a", ("X", "Z"))
    template["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    template["Conditions"]["Perhaps"] = IS_X
    template["Resources"]["Off"] = {"Type": "AWS::SQS::Queue", "Condition": "Never"}
    # Nor does what may not exist refer to anything for certain.
    template["Resources"]["May"] = {
        "Type": "AWS::SQS::Queue",
        "Condition": "Perhaps",
        "Properties": {"KmsMasterKeyId": {"Ref": "Off"}},
    }
    assert pyformation.diff(template, template).findings == ()


# -- edges -----------------------------------------------------------------------------------------------


def test_the_stacks_tags_beside_a_type_that_nobody_knows() -> None:
    def side(type_name: str) -> dict[str, Any]:
        return {"Resources": {"It": {"Type": type_name, "Properties": {"QueueName": "a"}}}}

    tags = {"key": "value"}
    (change,) = compare(
        side("AWS::SQS::Queue"), side("AWS::Brand::New"), tags=tags, before_tags=tags
    ).resources
    assert change.replacement == "True"
    assert {each.path: each.replacement for each in change.changes} == {
        "/Type": "True",
        "/Tags/key": "Conditional",
    }


def test_metadata_without_anything_in_it_is_not_the_cdks() -> None:
    plain: dict[str, Any] = {"Type": "AWS::SQS::Queue"}
    found = pyformation.diff({"Resources": {"It": plain}}, {"Resources": {"It": {**plain, "Metadata": {}}}})
    assert [change.logical_id for change in found.resources] == ["It"]
    assert found.aws_only == ()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ({"Fn::FindInMap": ["M", {"Ref": "Env"}, "no"]}, "there is no second-level key 'no'"),
        ({"Fn::Select": [5, ["a", "b"]]}, "there is no item"),
    ],
)
def test_what_cannot_be_made_is_refused_also_where_it_is_new(name: Any, sentence: str) -> None:
    before: dict[str, Any] = {
        "Parameters": {"Env": {"Type": "String", "Default": "dev"}},
        "Mappings": {"M": {"dev": {"no": "x", "b": "y"}, "prod": {"b": "x"}}},
        "Resources": {},
    }
    added = {**before, "Resources": {"New": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}}}
    named = {**before, "Resources": {"New": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}}}
    for old in (before, named):
        with pytest.raises(EvaluationError, match=sentence) as caught:
            compare(old, added, parameters={"Env": "prod"})
        assert caught.value.path == "Resources.New.Properties.QueueName"


def test_each_value_has_the_causes_of_its_own() -> None:
    def side(literal: str, flip: str, prefix: str, shown: str) -> dict[str, Any]:
        return {
            "Parameters": {"Num": {"Type": "String"}},
            "Conditions": {"C": {"Fn::Equals": [flip, "on"]}},
            "Resources": {
                "Topic": {
                    "Type": "AWS::SNS::Topic",
                    "Properties": {"TopicName": "t", "DisplayName": shown},
                },
                "It": {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {
                        "Description": {"Fn::Sub": f"{prefix}-${{Topic.TopicName}}-${{Topic}}"},
                        "Handler": {"Fn::Sub": "${Topic.DisplayName}"},
                        "Environment": {
                            "Variables": {
                                "B": {"Ref": "Num"},
                                "C": {"Fn::If": ["C", "x", "y"]},
                                "D": literal,
                            }
                        },
                        "Layers": [
                            "a",
                            {"Fn::If": ["C", "b", {"Ref": "AWS::NoValue"}]},
                            "c",
                        ],
                    },
                },
            },
        }

    found = compare(
        side("lit", "on", "x", "one"),
        side("lit2", "off", "y", "two"),
        before_parameters={"Num": "1"},
        parameters={"Num": "2"},
    ).resource("It")
    assert found is not None
    assert {each.path: [f"{cause.kind} {cause.name}".strip() for cause in each.causes] for each in found.changes} == {
        "/Properties/Description": ["edit"],
        "/Properties/Handler": ["resource Topic.DisplayName"],
        "/Properties/Environment/Variables/B": ["parameter Num"],
        "/Properties/Environment/Variables/C": ["condition C"],
        "/Properties/Environment/Variables/D": ["edit"],
        # What comes or goes in front moves what stands behind.
        "/Properties/Layers/1": ["condition C"],
        "/Properties/Layers/2": ["condition C"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"parameter_mode": "x"}, "expected parameter_mode to be 'defaults' or 'previous', found 'x'"),
        ({"parameters": ["A=x"]}, "expected parameters to be a mapping, found ['A=x']"),
        ({"before_parameters": "p.json"}, "expected before_parameters to be a mapping, found 'p.json'"),
    ],
)
def test_what_is_given_in_another_form(given: dict[str, Any], message: str) -> None:
    template = {"Resources": {"It": {"Type": "AWS::SQS::Queue"}}}
    with pytest.raises(EvaluationError) as caught:
        pyformation.diff(template, template, **given)
    assert caught.value.message == message


def test_a_tag_of_the_stack_is_nobodys_edit() -> None:
    template = {"Resources": {"It": {"Type": "AWS::SQS::Queue"}}}
    (change,) = pyformation.diff(template, template, tags={"team": "a"}, before_tags={"team": "b"}).resources
    assert [(each.path, [cause.kind for cause in each.causes]) for each in change.changes] == [
        ("/Tags/team", ["tags"])
    ]


def test_a_circle_is_looked_at_as_long_as_a_state_changes() -> None:
    """By a condition that nobody knows each needs the one behind it, or the one in front; the first is replaced."""

    def side(name: str) -> dict[str, Any]:
        resources: dict[str, Any] = {
            f"T{number}": {
                "Type": "AWS::SNS::Topic",
                "Properties": {
                    "TopicName": {"Fn::If": ["C", f"t{number}", {"Ref": f"T{number - 1}"}]},
                    "DisplayName": {"Fn::If": ["C", {"Ref": f"T{number + 1}"}, "none"]},
                },
            }
            for number in range(20)
        }
        resources["T0"]["Properties"]["TopicName"] = name
        resources["T20"] = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "last"}}
        return {"Parameters": {"Open": {"Type": "String"}}, "Conditions": {"C": IS_X}, "Resources": resources}

    found = compare(side("a"), side("b"))
    replaced = {change.logical_id: change.replacement for change in found.resources}
    assert replaced == {"T0": "True", **{f"T{number}": "Conditional" for number in range(1, 20)}}


@pytest.mark.parametrize("argument", [["C"], "C", []], ids=str)
def test_a_condition_without_its_branches_is_one_sentence(argument: Any) -> None:
    template: dict[str, Any] = {"Conditions": {"C": {"Fn::Equals": ["a", "a"]}}, "Resources": {}}
    tags = [{"Fn::If": argument}, {"Key": "a", "Value": "b"}]
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "Tags": tags}}
    for other in ({"QueueName": "r"}, {"QueueName": "r", "Tags": tags[1:]}):
        edited = {**queue, "Properties": other}
        sides = [{**template, "Resources": {"It": given}} for given in (queue, edited)]
        for before, after in (sides, sides[::-1]):
            with pytest.raises(EvaluationError, match="Fn::If"):
                compare(before, after)


def test_a_change_set_hides_the_secret_in_a_text_with_unknown_pieces() -> None:
    def template(text: str) -> dict[str, Any]:
        return {
            "Parameters": {
                "Password": {"Type": "String", "NoEcho": True, "Default": "hunter2"},
                "Host": {"Type": "String"},
            },
            "Resources": {
                "Setting": {
                    "Type": "AWS::SSM::Parameter",
                    "Properties": {"Type": "String", "Value": {"Fn::Sub": text}},
                }
            },
        }

    diff = compare(template("${Password}@${Host}"), template("${Password}@${Host}/db"))
    answer = json.dumps(diff.change_set(include_property_values=True))
    assert "hunter2" not in answer
    assert '"AfterValue": "****{{changeSet:KNOWN_AFTER_APPLY}}/db"' in answer
