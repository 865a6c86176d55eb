"""The value of everything in a template: functions, parameters, conditions, rules; and what stays unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyformation.errors import EvaluationError, PyformationError
from pyformation.evaluation import Choice, Unknown, evaluate_data, is_known
from pyformation.evaluation.functions import FUNCTIONS

ROWS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "fixtures" / "evaluation" / "functions.yaml").read_text(encoding="utf-8")
)

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "dev"},
        "Count": {"Type": "Number", "Default": 3},
        "Names": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
        "Letters": {"Type": "String", "Default": "es"},
        "Kind": {"Type": "String", "Default": "Queue"},
        "Size": {"Type": "String"},
    },
    "Mappings": {"Sizes": {"dev": {"Memory": 128, "Zones": ["a", "b"]}, "prod": {"Memory": 512}}},
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "IsDev": {"Fn::Not": [{"Condition": "IsProd"}]},
        "Big": {"Fn::Equals": [{"Ref": "Size"}, "big"]},
    },
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Network": {"Type": "AWS::EC2::VPC"},
        "Nested": {"Type": "AWS::CloudFormation::Stack"},
    },
}


def value(node: Any, template: dict[str, Any] | None = None, **inputs: Any) -> Any:
    data = {**(TEMPLATE if template is None else template), "Outputs": {"It": {"Value": node}}}
    return evaluate_data(data, **inputs).outputs["It"].value


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["of"])[:60])
def test_functions(row: dict[str, Any]) -> None:
    inputs = {"region": "eu-west-1", "imports": {"there": "known"}}
    if "error" in row:
        with pytest.raises(EvaluationError) as caught:
            value(row["of"], **inputs)
        assert row["error"] in str(caught.value)
        assert caught.value.path == "Outputs.It"
        return
    found = value(row["of"], **inputs)
    if "unknown" in row:
        assert isinstance(found, (Unknown, Choice))
        assert str(found) == row["unknown"]
    else:
        assert (found, type(found)) == (row["is"], type(row["is"]))
    # The same thing is the same symbol.
    assert value(row["of"], **inputs) == found


def test_every_function_is_in_the_rows() -> None:
    untested = set(FUNCTIONS) - {name for name in FUNCTIONS if name in str(ROWS)}
    assert untested <= {
        *("Condition", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Fn::GetStackOutput"),
        *("Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn"),
        *("Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"),
    }


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-central-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
        ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
        ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
    ],
)
def test_partition_and_suffix_follow_the_region(region: str, partition: str, suffix: str) -> None:
    assert value({"Fn::Sub": "${AWS::Partition} ${AWS::URLSuffix}"}, region=region) == f"{partition} {suffix}"


def test_without_a_region_they_are_unknown() -> None:
    assert str(value({"Fn::Sub": "arn:${AWS::Partition}:x"})) == "arn:{AWS::Partition}:x"


def test_account_and_stack_name() -> None:
    node = {"Fn::Sub": "${AWS::AccountId}/${AWS::StackName}"}
    assert value(node, account="123456789012", stack_name="blog") == "123456789012/blog"


# -- three values ----------------------------------------------------------------------------------

TRUE: Any = {"Fn::Equals": ["a", "a"]}
FALSE: Any = {"Fn::Equals": ["a", "b"]}
OPEN: Any = {"Fn::Equals": [{"Ref": "Size"}, "big"]}
OTHER: Any = {"Fn::Equals": [{"Ref": "Size"}, "small"]}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (TRUE, True),
        (FALSE, False),
        (OPEN, None),
        ({"Fn::Not": [TRUE]}, False),
        ({"Fn::Not": [OPEN]}, None),
        ({"Fn::And": [TRUE, TRUE]}, True),
        ({"Fn::And": [TRUE, FALSE]}, False),
        ({"Fn::And": [OPEN, FALSE]}, False),
        ({"Fn::And": [OPEN, TRUE]}, None),
        ({"Fn::Or": [FALSE, FALSE]}, False),
        ({"Fn::Or": [FALSE, TRUE]}, True),
        ({"Fn::Or": [OPEN, TRUE]}, True),
        ({"Fn::Or": [OPEN, FALSE]}, None),
        ({"Fn::Equals": [1, "1"]}, True),
        ({"Fn::Equals": [True, "true"]}, True),
        ({"Fn::Equals": [1.0, "1"]}, True),
        ({"Fn::Equals": [{"Ref": "Names"}, ["a", "b", "c"]]}, True),
        ({"Fn::Equals": [{"Ref": "Size"}, {"Ref": "Size"}]}, True),
        ({"Fn::Equals": [{"Fn::Sub": "${Size}-a"}, {"Fn::Join": ["-", [{"Ref": "Size"}, "a"]]}]}, True),
        ({"Condition": "IsDev"}, True),
        ({"Fn::And": [{"Condition": "IsDev"}, {"Fn::Not": [{"Condition": "IsProd"}]}]}, True),
    ],
    ids=str,
)
def test_conditions(condition: Any, holds: bool | None) -> None:
    data = {**TEMPLATE, "Conditions": {**TEMPLATE["Conditions"], "It": condition}}
    data["Resources"] = {"Topic": {"Type": "AWS::SNS::Topic", "Condition": "It"}}
    found = evaluate_data(data)
    assert found.resources["Topic"].exists == found.conditions["It"]
    if holds is None:
        assert isinstance(found.conditions["It"], Unknown)
        assert [str(each) for each in set(map(str, _depends_on(found.conditions["It"])))] == ["Size"]
    else:
        assert found.conditions["It"] is holds


@pytest.mark.parametrize(
    ("condition", "is_it"),
    [
        ({"Fn::Equals": [{"Ref": "Given"}, "a"]}, {"Condition": "Big"}),
        ({"Fn::Equals": ["b", {"Ref": "Given"}]}, {"Fn::Not": [{"Condition": "Big"}]}),
        ({"Fn::Equals": [{"Fn::Join": ["", [{"Ref": "Given"}]]}, "c"]}, FALSE),
        ({"Fn::If": ["Big", TRUE, FALSE]}, {"Condition": "Big"}),
        ({"Fn::If": ["Big", FALSE, {"Fn::Not": [FALSE]}]}, {"Fn::Not": [{"Condition": "Big"}]}),
    ],
    ids=str,
)
def test_what_an_unknown_condition_chooses_is_compared_in_each_case(condition: Any, is_it: Any) -> None:
    big = evaluate_data(TEMPLATE).conditions["Big"]
    assert isinstance(big, Unknown)
    data = {**TEMPLATE, "Parameters": {**TEMPLATE["Parameters"], "Given": {"Type": "String"}}}
    data["Conditions"] = {**TEMPLATE["Conditions"], "It": condition, "Other": is_it}
    # As a stack gives it to a nested one.
    found = evaluate_data(data, {"Given": Choice(big, "a", "b")}).conditions
    assert found["It"] == found["Other"]


def test_a_condition_of_two_open_ones_stays_open() -> None:
    conditions = {**TEMPLATE["Conditions"], "It": {"Fn::If": ["Big", OTHER, FALSE]}}
    found = evaluate_data({**TEMPLATE, "Conditions": conditions}).conditions["It"]
    assert str(found) == "Fn::If(Fn::Equals(Size, big), Fn::Equals(Size, small), False)"


def _depends_on(value: Any) -> list[Unknown]:
    from pyformation.evaluation import unknowns

    return list(unknowns(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Fn::And": [OPEN, TRUE]}, OPEN),
        ({"Fn::And": [OPEN, OTHER]}, {"Fn::And": [OTHER, OPEN]}),
        ({"Fn::Or": [OPEN, OPEN]}, OPEN),
        ({"Fn::Not": [{"Fn::Not": [OPEN]}]}, OPEN),
        ({"Fn::Equals": ["big", {"Ref": "Size"}]}, OPEN),
    ],
    ids=str,
)
def test_one_unknown_condition_in_two_spellings(one: Any, other: Any) -> None:
    found = evaluate_data({**TEMPLATE, "Conditions": {"One": one, "Other": other}}).conditions
    assert isinstance(found["One"], Unknown)
    assert found["One"] == found["Other"]


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"A": {"Condition": "A"}}, "Conditions.A: the conditions refer to each other in a circle: A -> A"),
        (
            {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Or": [FALSE, {"Condition": "A"}]}},
            "Conditions.B: the conditions refer to each other in a circle: A -> B -> A",
        ),
        (
            {"IsProd": TRUE, "B": {"Condition": "IsProf"}},
            "Conditions.B: there is no condition 'IsProf'; did you mean 'IsProd'?",
        ),
        ({"A": "perhaps"}, "Conditions.A: expected a condition, found 'perhaps'"),
        ({"A": {"Fn::Equals": ["a"]}}, "Conditions.A: Fn::Equals takes a list of 2 arguments, found ['a']"),
        ({"A": {"Fn::And": "x"}}, "Conditions.A: Fn::And takes a list of 1 to 10 arguments, found 'x'"),
        ([], "Conditions: expected a mapping, found []"),
    ],
    ids=str,
)
def test_conditions_that_are_wrong(conditions: Any, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate_data({"Conditions": conditions, "Resources": {}})
    assert str(caught.value) == message


def test_thousands_of_conditions_in_a_chain() -> None:
    conditions: dict[str, Any] = {"C0": OPEN}
    for number in range(1, 3_000):
        conditions[f"C{number}"] = {"Fn::Not": [{"Condition": f"C{number - 1}"}]}
    backwards = dict(reversed(conditions.items()))
    found = evaluate_data({**TEMPLATE, "Conditions": backwards}).conditions
    assert found["C2998"] == found["C0"] != found["C2999"]


# -- parameters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "given", "expected"),
    [
        ({"Type": "String", "Default": "a"}, None, "a"),
        ({"Type": "String", "Default": 1}, None, "1"),
        ({"Type": "String", "Default": "a"}, True, "true"),
        ({"Type": "Number"}, 1.5, "1.5"),
        ({"Type": "CommaDelimitedList"}, " a ,b", ["a", "b"]),
        ({"Type": "CommaDelimitedList"}, "", []),
        ({"Type": "List<Number>"}, [1, 2], ["1", "2"]),
        ({"Type": "List<AWS::EC2::Subnet::Id>"}, "subnet-1,subnet-2", ["subnet-1", "subnet-2"]),
        ({"Type": "AWS::EC2::VPC::Id"}, "vpc-1", "vpc-1"),
        ({"Type": "String"}, ["a", "b"], "a,b"),
        ({"Type": "Number"}, " -1.5e3 ", " -1.5e3 "),
        ({"Type": "String"}, None, Unknown("parameter", "It")),
        (
            {"Type": "CommaDelimitedList"},
            Choice(Unknown("condition", "C"), "a,b", "c"),
            Choice(Unknown("condition", "C"), ["a", "b"], ["c"]),
        ),
        (
            {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/b"},
            None,
            Unknown("ssm", "/a/b"),
        ),
        ({"Type": "String", "AllowedValues": [1, True]}, "true", "true"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "abc", "abc"),
        ({"Type": "String", "AllowedPattern": "\\p{Alpha}+"}, "1", "1"),  # Java's; Python cannot tell.
        ({"Type": "String", "AllowedPattern": "(a+)+"}, "a" * 100, "a" * 100),  # Python would need for ever.
    ],
    ids=str,
)
def test_parameters(facts: dict[str, Any], given: Any, expected: Any) -> None:
    data = {"Parameters": {"It": facts}, "Resources": {}}
    values = {} if given is None else {"It": given}
    assert evaluate_data(data, values).parameters["It"] == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("AWS::SSM::Parameter::Value<String>", "x", "x"),
        ("AWS::SSM::Parameter::Value<List<String>>", "x,y", ["x", "y"]),
        ("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "ami-1", "ami-1"),
    ],
)
def test_stored_parameters_with_what_is_stored(kind: str, value: str, expected: Any) -> None:
    data = {"Parameters": {"It": {"Type": kind, "Default": "/a"}}, "Resources": {}}
    assert evaluate_data(data, resolved={"It": value}).parameters["It"] == expected


@pytest.mark.parametrize(
    ("facts", "given", "message"),
    [
        ({"Type": "Number"}, "x", "Parameters.It: expected a number, found 'x'"),
        ({"Type": "Number"}, "nan", "Parameters.It: expected a number, found 'nan'"),
        ({"Type": "Number"}, "1_000", "Parameters.It: expected a number, found '1_000'"),
        ({"Type": "Number", "MinValue": 3}, "2", "Parameters.It: expected at least 3, found '2'"),
        ({"Type": "Number", "MaxValue": "3"}, 4, "Parameters.It: expected at most 3, found '4'"),
        ({"Type": "List<Number>"}, "1,x", "Parameters.It: expected a number, found 'x'"),
        ({"Type": "String", "MinLength": 2}, "a", "Parameters.It: expected at least 2 characters, found 'a'"),
        (
            {"Type": "String", "MaxLength": "1"},
            "ab",
            "Parameters.It: expected at most 1 characters, found 'ab'",
        ),
        (
            {"Type": "String", "AllowedValues": ["a", "b"]},
            "c",
            "Parameters.It: expected one of 'a', 'b', found 'c'",
        ),
        (
            {"Type": "String", "AllowedPattern": "[a-z]+"},
            "A",
            "Parameters.It: expected text that matches '[a-z]+', found 'A'",
        ),
        (
            {"Type": "String", "AllowedPattern": "[a-z]+", "NoEcho": True},
            "hunter2",
            "Parameters.It: expected text that matches its AllowedPattern",
        ),
        ({"Type": "String", "MinLength": "x"}, "a", "Parameters.It.MinLength: expected a number, found 'x'"),
        (
            {"Type": "String", "AllowedValues": 1},
            "a",
            "Parameters.It.AllowedValues: expected a list, found 1",
        ),
        (
            {"Type": "String", "Default": {}},
            None,
            "Parameters.It: expected text, a number or a list of them, found {}",
        ),
        ({"Type": ["String"]}, "a", "Parameters.It.Type: expected the name of a type, found ['String']"),
        ("String", "a", "Parameters.It: expected a mapping, found 'String'"),
    ],
    ids=str,
)
def test_parameters_that_do_not_fit(facts: Any, given: Any, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate_data({"Parameters": {"It": facts}, "Resources": {}}, {} if given is None else {"It": given})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"parameters": {1: "x"}}, "Parameters: the template has no parameter '1'"),
        (
            {"parameters": "Stage=x"},
            "Parameters: expected values by the names of parameters, found 'Stage=x'",
        ),
        ({"resolved": ["x"]}, "Parameters: expected values by the names of parameters, found ['x']"),
        ({"region": 1}, "expected region to be the name of a region (eu-west-1), found 1"),
        ({"region": ""}, "expected region to be the name of a region (eu-west-1), found ''"),
        ({"region": "mars"}, "expected region to be the name of a region (eu-west-1), found 'mars'"),
        (
            {"account": 123456789012},
            "expected account to be the twelve digits of an account, as text, found 123456789012",
        ),
        ({"account": "12"}, "expected account to be the twelve digits of an account, as text, found '12'"),
        (
            {"stack_name": ["x"]},
            "expected stack_name to be the name of a stack: a letter, then letters, digits and -, found ['x']",
        ),
    ],
    ids=str,
)
def test_inputs_of_a_wrong_kind(given: dict[str, Any], message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate_data(TEMPLATE, **given)
    assert str(caught.value) == message


def test_a_parameter_that_is_not_there() -> None:
    with pytest.raises(EvaluationError, match="no parameter 'Stag'; did you mean 'Stage'"):
        evaluate_data(TEMPLATE, {"Stag": "x"})


@pytest.mark.parametrize(
    "node",
    [
        {"Ref": "Password"},
        {"Fn::Sub": "a ${Password}"},
        {"Fn::Join": ["", ["a", {"Ref": "Password"}]]},
        {"Fn::Base64": {"Ref": "Password"}},
        {"Fn::Select": [0, {"Fn::Split": ["-", {"Ref": "Password"}]}]},
        {"Fn::ToJsonString": {"a": {"Ref": "Password"}}},
        {"Fn::Sub": "${Password} ${Size}"},
        {"Fn::ToJsonString": {"a": {"Ref": "Password"}, "b": {"Ref": "Size"}}},
        {"Fn::Select": [0, {"Ref": "Passwords"}]},
        [{"a": {"Ref": "Password"}}],
    ],
    ids=str,
)
def test_secrets_are_not_shown(node: Any) -> None:
    secret = {"Type": "String", "NoEcho": True, "Default": "hunter2-x"}
    several = {"Type": "CommaDelimitedList", "NoEcho": "true", "Default": "hunter2,hunter3"}
    data = {"Parameters": {"Password": secret, "Passwords": several, "Size": {"Type": "String"}}}
    found = value(node, {**data, "Resources": {}})
    assert "hunter" not in repr(found)
    assert "aHVudGVy" not in repr(found)


def test_a_secret_that_a_condition_chooses_is_not_shown() -> None:
    secret = {"Type": "String", "NoEcho": True, "Default": "hunter2"}
    data = {**TEMPLATE, "Parameters": {**TEMPLATE["Parameters"], "Password": secret}}
    found = value({"Fn::If": ["Big", {"Ref": "Password"}, "a"]}, data)
    assert str(found) == "'****' or a, by Fn::Equals(Size, big)"


# -- names that lead nowhere -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"A": {"Ref": "Queu"}}, "the parameter or resource 'Queu' does not exist in this template"),
        ({"A": [{"Fn::If": ["IsProf", 1, 2]}]}, "there is no condition 'IsProf'"),
        # In a branch that nobody takes, CloudFormation refuses it, too.
        (
            {"A": {"Fn::If": ["IsProd", {"Ref": "Queu"}, 1]}},
            "the parameter or resource 'Queu' does not exist",
        ),
        ({"A": {"Fn::If": ["IsProd", {"Fn::GetAtt": "Queu.Arn"}, 1]}}, "the resource 'Queu' does not exist"),
        ({"A": {"Fn::If": ["IsProd", {"Fn::Sub": "${Queu.Arn}"}, 1]}}, "the resource 'Queu' does not exist"),
        (
            {"A": {"Fn::If": ["IsProd", {"Fn::Sub": ["${Queu}${B}", {"B": 1}]}, 1]}},
            "the parameter or resource 'Queu' does not exist",
        ),
        ({"A": {"Fn::If": ["IsProd", {"Fn::If": ["IsProf", 1, 2]}, 1]}}, "there is no condition 'IsProf'"),
    ],
    ids=str,
)
@pytest.mark.parametrize("condition", ["IsProd", "IsDev"])
def test_names_that_lead_nowhere(properties: Any, message: str, condition: str) -> None:
    from pyformation.changes import compare

    it = {"Type": "AWS::SNS::Topic", "Condition": condition, "Properties": properties}
    data = {**TEMPLATE, "Resources": {**TEMPLATE["Resources"], "It": it}}
    for tried in (
        lambda: evaluate_data(data),
        lambda: compare(TEMPLATE, data),
        lambda: compare(data, TEMPLATE),
    ):
        with pytest.raises(EvaluationError) as caught:
            tried()
        assert caught.value.path == "Resources.It.Properties.A"
        assert message in str(caught.value)


def test_names_that_lead_nowhere_beside_properties() -> None:
    it = {"Type": "AWS::SNS::Topic", "Metadata": {"A": {"Ref": "Queu"}}}
    with pytest.raises(EvaluationError, match=r"Resources\.It\.Metadata: .* did you mean 'Queue'"):
        evaluate_data({**TEMPLATE, "Resources": {**TEMPLATE["Resources"], "It": it}})
    with pytest.raises(EvaluationError, match=r"Outputs\.O: .* did you mean 'Queue'"):
        evaluate_data({**TEMPLATE, "Outputs": {"O": {"Value": {"Ref": "Queu"}, "Condition": "IsProd"}}})


# -- what stands around properties ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"Fn::If": ["IsDev", {"A": 1, "B": 2}, {"A": 3}]}, {"A": 1, "B": 2}),
        ({"Fn::If": ["IsProd", {"A": 1, "B": 2}, {"A": 3}]}, {"A": 3}),
        ({"Fn::If": ["IsProd", {"A": 1}, {"Ref": "AWS::NoValue"}]}, {}),
        ({"Fn::If": ["IsProd", {"A": 1}, {"Fn::If": ["IsDev", {"B": 2}, {"C": 3}]}]}, {"B": 2}),
        ({"Ref": "AWS::NoValue"}, {}),
    ],
    ids=str,
)
def test_properties_that_a_condition_chooses_as_a_whole(properties: Any, expected: Any) -> None:
    it = {"Type": "AWS::SNS::Topic", "Properties": properties}
    assert evaluate_data({**TEMPLATE, "Resources": {"It": it}}).resources["It"].properties == expected


def test_properties_that_an_unknown_condition_chooses_as_a_whole() -> None:
    it = {"Type": "AWS::SNS::Topic", "Properties": {"Fn::If": ["Big", {"A": 1, "B": 2}, {"A": 1}]}}
    found = evaluate_data({**TEMPLATE, "Resources": {"It": it}}).resources["It"].properties
    assert {key: str(item) for key, item in found.items()} == {
        "A": "1",
        "B": "2 or nothing, by Fn::Equals(Size, big)",
    }


def test_an_attribute_that_is_no_value_is_not_there() -> None:
    it = {
        "Type": "AWS::SNS::Topic",
        "DeletionPolicy": {"Fn::If": ["IsProd", "Retain", {"Ref": "AWS::NoValue"}]},
    }
    assert evaluate_data({**TEMPLATE, "Resources": {"It": it}}).resources["It"].attributes == {}


# -- rules, outputs, macros ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("assertion", "failed", "unknown"),
    [
        ({"Fn::Contains": [["dev", "prod"], {"Ref": "Stage"}]}, [], 0),
        ({"Fn::Contains": [["test"], {"Ref": "Stage"}]}, ["no good"], 0),
        ({"Fn::EachMemberIn": [{"Ref": "Names"}, ["a", "b", "c", "d"]]}, [], 0),
        ({"Fn::EachMemberIn": [{"Ref": "Names"}, ["a"]]}, ["no good"], 0),
        ({"Fn::EachMemberEquals": [{"Ref": "Names"}, "a"]}, ["no good"], 0),
        ({"Fn::EachMemberEquals": [["a", "a"], "a"]}, [], 0),
        ({"Fn::Contains": [["dev"], {"Ref": "Size"}]}, [], 1),
        ({"Fn::EachMemberIn": [{"Fn::ValueOfAll": ["AWS::EC2::VPC::Id", "Tags.x"]}, ["y"]]}, [], 1),
        ({"Fn::Contains": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, "vpc-1"]}, [], 1),
        ({"Fn::Equals": [{"Fn::ValueOf": ["Stage", "Tags.x"]}, "y"]}, [], 1),
    ],
    ids=str,
)
def test_rules(assertion: Any, failed: list[str], unknown: int) -> None:
    rule: dict[str, Any] = {"Assertions": [{"Assert": assertion, "AssertDescription": "no good"}]}
    found = evaluate_data({**TEMPLATE, "Rules": {"It": rule}}).rules["It"]
    assert (found.failed, found.unknown) == (failed, unknown)
    never = evaluate_data({**TEMPLATE, "Rules": {"It": {**rule, "RuleCondition": FALSE}}}).rules["It"]
    assert (never.failed, never.unknown) == ([], 0)
    perhaps = evaluate_data({**TEMPLATE, "Rules": {"It": {**rule, "RuleCondition": OPEN}}}).rules["It"]
    assert perhaps.failed == []
    assert perhaps.unknown == len(failed) + unknown


def test_outputs_and_their_exports() -> None:
    outputs = {
        "There": {"Value": {"Ref": "Stage"}, "Export": {"Name": {"Fn::Sub": "${Stage}-x"}}},
        "Gone": {"Value": {"Ref": "Stage"}, "Condition": "IsProd"},
        "Perhaps": {"Value": "x", "Condition": "Big"},
    }
    found = evaluate_data({**TEMPLATE, "Outputs": outputs}).outputs
    assert (found["There"].exists, found["There"].value, found["There"].export) == (True, "dev", "dev-x")
    assert found["Gone"].exists is False
    assert isinstance(found["Perhaps"].exists, Unknown)


def test_an_output_of_another_stack_is_one_symbol() -> None:
    def node(name: str) -> dict[str, Any]:
        return {"Fn::GetStackOutput": {"StackName": {"Ref": "Stage"}, "OutputName": name}}

    one, other = value(node("A")), value(node("B"))
    assert isinstance(one, Unknown)
    assert one == value(node("A")) != other


def test_what_a_macro_makes_depends_on_everything_that_it_is_given() -> None:
    def made(name: Any, **parameters: Any) -> Any:
        properties = {"Name": name, "Fn::Transform": {"Name": "Mine", "Parameters": {"A": {"Ref": "Stage"}}}}
        data = {**TEMPLATE, "Resources": {"It": {"Type": "AWS::SSM::Parameter", "Properties": properties}}}
        found = evaluate_data(data, parameters)
        assert found.partial == ["the result of the macro Mine is not known"]
        return found.resources["It"].properties["Fn::Transform"]

    assert isinstance(made("a"), Unknown)
    assert made("a") == made("a")
    assert made("a") != made("b")
    assert made("a") != made("a", Stage="prod")
    assert made({"Ref": "Count"}) != made({"Ref": "Count"}, Count=4)


@pytest.mark.parametrize(
    "node",
    [
        {"Ref": "Made"},
        {"Fn::GetAtt": ["Made", "Arn"]},
        {"Fn::If": ["Made", 1, 2]},
        {"Fn::FindInMap": ["Made", "a", "b"]},
    ],
    ids=str,
)
def test_a_macro_may_make_what_is_not_there(node: Any) -> None:
    with pytest.raises(EvaluationError):
        value(node)
    assert not is_known(value(node, {**TEMPLATE, "Transform": ["AWS::LanguageExtensions", "Mine"]}))


# -- hostile templates -----------------------------------------------------------------------------


def test_references_that_double_each_other_end_in_one_sentence() -> None:
    parameters = {"P": {"Type": "String", "Default": "x" * 4_000}}
    node: Any = {"Ref": "P"}
    # More would only make the template larger: it has each of the doubled values twice.
    for _ in range(14):
        node = {"Fn::Join": ["", [node, node]]}
    with pytest.raises(
        EvaluationError, match=r"makes too much text: more than 64,000,000 characters, in Fn::Join"
    ):
        value(node, {"Parameters": parameters, "Resources": {}})


def test_conditions_that_double_each_other_end_in_one_sentence() -> None:
    conditions: dict[str, Any] = {"A0": OPEN, "B0": OTHER}
    for number in range(1, 60):
        both = [{"Condition": f"A{number - 1}"}, {"Condition": f"B{number - 1}"}]
        conditions[f"A{number}"] = {"Fn::And": both}
        conditions[f"B{number}"] = {"Fn::Or": both}
    with pytest.raises(EvaluationError, match="combines more than 50,000 unknown values"):
        evaluate_data({**TEMPLATE, "Conditions": conditions})


def test_deep_nesting_ends_in_one_sentence() -> None:
    node: Any = "a"
    for _ in range(5_000):
        node = {"Fn::Base64": node}
    with pytest.raises(EvaluationError, match="nested too deeply"):
        value(node)


_WORDS = "Stage Size Queue IsProd Sizes AWS::NoValue AWS::Region Type Properties Ref Condition DefaultValue".split()
_NAMES = st.sampled_from(
    [*_WORDS, "Name", "Value", "Export", "Fn::ForEach::Loop", *sorted(FUNCTIONS)]
) | st.text(max_size=3)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | _NAMES
    | st.sampled_from(["${A}", "${A.B}", "${", "10.0.0.0/8"])
)


def _bigger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    functions = st.sampled_from(["Ref", "Condition", *sorted(FUNCTIONS)])
    arguments = inner | st.lists(inner, max_size=4)
    return (
        st.lists(inner, max_size=4)
        | st.dictionaries(_NAMES, inner, max_size=3)
        | st.builds(lambda name, argument: {name: argument}, functions, arguments)
    )


def _places(node: Any, path: tuple[Any, ...] = ()) -> Any:
    if path:
        yield path
    for key, item in (
        node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    ):
        yield from _places(item, (*path, key))


def _whole() -> dict[str, Any]:
    loop = ["Name", {"Ref": "Names"}, {"Topic${Name}": {"Type": "AWS::SNS::Topic"}}]
    queue = {
        "Type": "AWS::SQS::Queue",
        "Condition": "IsDev",
        "DependsOn": "Topic",
        "DeletionPolicy": "Retain",
        "Metadata": {"a": [1]},
        "Properties": {"QueueName": {"Fn::Sub": ["${Stage}-${A}", {"A": {"Fn::Select": [0, ["a"]]}}]}},
    }
    return {
        **{name: {**section} for name, section in TEMPLATE.items()},
        "Transform": "AWS::LanguageExtensions",
        "Resources": {**TEMPLATE["Resources"], "Queue": queue, "Fn::ForEach::Loop": loop},
        "Rules": {"R": {"RuleCondition": TRUE, "Assertions": [{"Assert": OPEN, "AssertDescription": "x"}]}},
        "Outputs": {"O": {"Value": {"Ref": "Queue"}, "Condition": "Big", "Export": {"Name": "x"}}},
    }


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(_places(_whole()))), st.recursive(_SCALARS, _bigger, max_leaves=10))
def test_anything_anywhere_is_a_value_or_one_error(path: tuple[Any, ...], strange: Any) -> None:
    import copy

    template = copy.deepcopy(_whole())
    place: Any = template
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = strange
    try:
        evaluate_data(template)
    except PyformationError as error:
        assert error.path is not None
        assert "\n" not in error.message
