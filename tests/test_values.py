"""Expressions: every function, reference and condition, and where none is allowed."""

from __future__ import annotations

import copy
import dataclasses
import decimal
import enum
import multiprocessing
import pickle
import re
import unittest
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
import pytest
from conftest import rendered, run_python

import pyformation as pf
from pyformation import (
    AccountId,
    And,
    AnyResource,
    Base64,
    Cidr,
    Condition,
    Contains,
    EachMemberEquals,
    EachMemberIn,
    Equals,
    FindInMap,
    ForEach,
    Function,
    GetAtt,
    GetAZs,
    GetStackOutput,
    Hook,
    If,
    ImportValue,
    InvalidValueError,
    Join,
    Length,
    Mapping,
    Not,
    NotificationARNs,
    NoValue,
    Or,
    Output,
    Parameter,
    Partition,
    Raw,
    Ref,
    RefAll,
    Region,
    Rule,
    Select,
    Split,
    StackId,
    StackName,
    Sub,
    Template,
    ToJsonString,
    TokenError,
    Transform,
    UnresolvedReferenceError,
    UrlSuffix,
    ValueOf,
    ValueOfAll,
    resolve_secret,
    resolve_ssm,
    resolve_ssm_secure,
)
from pyformation.aws import iam, s3, sqs

bucket = s3.Bucket()
queue = sqs.Queue()
stage = Parameter(str)
zones = Parameter(list[str])
amis = Mapping({"us-east-1": {"Ami": "ami-1", "Arm": "ami-2"}, "eu-west-1": {"Ami": "ami-3"}})
is_prod = Equals(stage, "prod")
is_eu = Equals(Region, "eu-west-1")
WORLD: dict[str, Any] = {
    "Bucket": bucket,
    "Queue": queue,
    "Stage": stage,
    "Zones": zones,
    "Amis": amis,
    "IsProd": is_prod,
    "IsEu": is_eu,
}


def in_world(value: Any) -> Any:
    return rendered(value, **WORLD)


FUNCTIONS = [
    (Ref("Bucket"), {"Ref": "Bucket"}),
    (Ref(bucket), {"Ref": "Bucket"}),
    (bucket, {"Ref": "Bucket"}),
    (stage, {"Ref": "Stage"}),
    (Ref(Ref(bucket)), {"Ref": "Bucket"}),
    (bucket.arn, {"Fn::GetAtt": ["Bucket", "Arn"]}),
    (bucket.get_att.arn, {"Fn::GetAtt": ["Bucket", "Arn"]}),
    (bucket.get_att["Not.Known"], {"Fn::GetAtt": ["Bucket", "Not.Known"]}),
    (GetAtt(bucket, "Arn"), {"Fn::GetAtt": ["Bucket", "Arn"]}),
    (GetAtt("Bucket", "A.B"), {"Fn::GetAtt": ["Bucket", "A.B"]}),
    (GetAtt(bucket, stage), {"Fn::GetAtt": ["Bucket", {"Ref": "Stage"}]}),
    (queue.get_att.queue_name, {"Fn::GetAtt": ["Queue", "QueueName"]}),
    (Sub("plain"), {"Fn::Sub": "plain"}),
    (Sub("${Bucket}-${Bucket.Arn}-${AWS::Region}"), {"Fn::Sub": "${Bucket}-${Bucket.Arn}-${AWS::Region}"}),
    (Sub("${!Bucket}"), {"Fn::Sub": "${!Bucket}"}),
    (Sub("${x}-${Stage}", {"x": bucket.arn}), {"Fn::Sub": ["${x}-${Stage}", {"x": {"Fn::GetAtt": ["Bucket", "Arn"]}}]}),
    (Sub(f"{bucket}/${{Stage}}"), {"Fn::Sub": "${Bucket}/${Stage}"}),
    (Join(",", [stage, "b", 3]), {"Fn::Join": [",", [{"Ref": "Stage"}, "b", 3]]}),
    (Join("", zones), {"Fn::Join": ["", {"Ref": "Zones"}]}),
    (Join("-", Split(",", stage)), {"Fn::Join": ["-", {"Fn::Split": [",", {"Ref": "Stage"}]}]}),
    (Select(0, GetAZs()), {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
    (Select(1, ["a", stage]), {"Fn::Select": [1, ["a", {"Ref": "Stage"}]]}),
    (Select("0", zones), {"Fn::Select": ["0", {"Ref": "Zones"}]}),
    (Select(stage, zones), {"Fn::Select": [{"Ref": "Stage"}, {"Ref": "Zones"}]}),
    (Split(",", "a,b"), {"Fn::Split": [",", "a,b"]}),
    (GetAZs(Region), {"Fn::GetAZs": {"Ref": "AWS::Region"}}),
    (ImportValue("name"), {"Fn::ImportValue": "name"}),
    (ImportValue(f"{stage}-name"), {"Fn::ImportValue": {"Fn::Sub": "${Stage}-name"}}),
    (GetStackOutput("other", "Url"), {"Fn::GetStackOutput": {"StackName": "other", "OutputName": "Url"}}),
    (
        GetStackOutput(f"{stage}-s", "Url", region="eu-west-1", role_arn=stage),
        {
            "Fn::GetStackOutput": {
                "StackName": {"Fn::Sub": "${Stage}-s"},
                "OutputName": "Url",
                "Region": "eu-west-1",
                "RoleArn": {"Ref": "Stage"},
            }
        },
    ),
    (Cidr("10.0.0.0/16", 4), {"Fn::Cidr": ["10.0.0.0/16", 4]}),
    (Cidr(stage, "4", 8), {"Fn::Cidr": [{"Ref": "Stage"}, "4", 8]}),
    (Base64("text"), {"Fn::Base64": "text"}),
    (Base64(f"#!/bin/sh\n{bucket}"), {"Fn::Base64": {"Fn::Sub": "#!/bin/sh\n${Bucket}"}}),
    (Transform("Macro"), {"Fn::Transform": {"Name": "Macro"}}),
    (
        Transform("AWS::Include", {"Location": stage}),
        {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": {"Ref": "Stage"}}}},
    ),
    (Length([1, stage]), {"Fn::Length": [1, {"Ref": "Stage"}]}),
    (Length(zones), {"Fn::Length": {"Ref": "Zones"}}),
    (ToJsonString({"a": [bucket]}), {"Fn::ToJsonString": {"a": [{"Ref": "Bucket"}]}}),
    (ToJsonString([1]), {"Fn::ToJsonString": [1]}),
    (FindInMap(amis, Region, "Ami"), {"Fn::FindInMap": ["Amis", {"Ref": "AWS::Region"}, "Ami"]}),
    (amis.find("us-east-1", "Arm"), {"Fn::FindInMap": ["Amis", "us-east-1", "Arm"]}),
    (FindInMap("Amis", "a", "b"), {"Fn::FindInMap": ["Amis", "a", "b"]}),
    (FindInMap(stage, "a", "b"), {"Fn::FindInMap": [{"Ref": "Stage"}, "a", "b"]}),
    (amis.find("mars", "Ami", "x"), {"Fn::FindInMap": ["Amis", "mars", "Ami", {"DefaultValue": "x"}]}),
    (amis.find(Region, "Ami", NoValue), {"Fn::FindInMap": ["Amis", {"Ref": "AWS::Region"}, "Ami", {"DefaultValue": {"Ref": "AWS::NoValue"}}]}),
    (If(is_prod, 1, [stage]), {"Fn::If": ["IsProd", 1, [{"Ref": "Stage"}]]}),
    (If("IsProd", "a", NoValue), {"Fn::If": ["IsProd", "a", {"Ref": "AWS::NoValue"}]}),
    (If(is_prod, If(is_eu, 1, 2), {"a": bucket}), {"Fn::If": ["IsProd", {"Fn::If": ["IsEu", 1, 2]}, {"a": {"Ref": "Bucket"}}]}),
    (AccountId, {"Ref": "AWS::AccountId"}),
    (NotificationARNs, {"Ref": "AWS::NotificationARNs"}),
    (NoValue, {"Ref": "AWS::NoValue"}),
    (Partition, {"Ref": "AWS::Partition"}),
    (Region, {"Ref": "AWS::Region"}),
    (StackId, {"Ref": "AWS::StackId"}),
    (StackName, {"Ref": "AWS::StackName"}),
    (UrlSuffix, {"Ref": "AWS::URLSuffix"}),
    (Raw({"Fn::New": [bucket]}), {"Fn::New": [{"Ref": "Bucket"}]}),
    (Raw("${text}"), "${text}"),
    (Raw([1, True, 1.5]), [1, True, 1.5]),
    (Function("Fn::New", {"A": stage}), {"Fn::New": {"A": {"Ref": "Stage"}}}),
    (Function("Fn::GetAtt", ["Bucket", "Arn"]), {"Fn::GetAtt": ["Bucket", "Arn"]}),
    ({"Fn::Join": ["", [{"Ref": "Bucket"}, bucket.arn]]}, {"Fn::Join": ["", [{"Ref": "Bucket"}, {"Fn::GetAtt": ["Bucket", "Arn"]}]]}),
    ({"Fn::GetAtt": "Bucket.Arn"}, {"Fn::GetAtt": "Bucket.Arn"}),
    ({"Fn::Sub": ["${x}${Bucket}", {"x": stage}]}, {"Fn::Sub": ["${x}${Bucket}", {"x": {"Ref": "Stage"}}]}),
    (resolve_ssm("/a/b"), "{{resolve:ssm:/a/b}}"),
    (resolve_ssm("/a/b", 3), "{{resolve:ssm:/a/b:3}}"),
    (resolve_ssm(f"/{stage}/b"), {"Fn::Sub": "{{resolve:ssm:/${Stage}/b}}"}),
    (resolve_ssm(stage, 2), {"Fn::Sub": "{{resolve:ssm:${Stage}:2}}"}),
    (resolve_ssm_secure("/a"), "{{resolve:ssm-secure:/a}}"),
    (resolve_ssm_secure("/a", 1), "{{resolve:ssm-secure:/a:1}}"),
    (resolve_secret("db"), "{{resolve:secretsmanager:db:SecretString}}"),
    (resolve_secret("db", "password"), "{{resolve:secretsmanager:db:SecretString:password}}"),
    (resolve_secret("db", version_stage="AWSCURRENT"), "{{resolve:secretsmanager:db:SecretString::AWSCURRENT}}"),
    (resolve_secret("db", "p", version_id="v"), "{{resolve:secretsmanager:db:SecretString:p::v}}"),
    (resolve_secret(bucket.arn, "p"), {"Fn::Sub": "{{resolve:secretsmanager:${Bucket.Arn}:SecretString:p}}"}),
    (
        resolve_ssm(If(is_prod, "a", "b")),
        {"Fn::Sub": ["{{resolve:ssm:${If1}}}", {"If1": {"Fn::If": ["IsProd", "a", "b"]}}]},
    ),
    (f"jdbc:{resolve_secret('db', 'user')}@x", {"Fn::Sub": "jdbc:{{resolve:secretsmanager:db:SecretString:user}}@x"}),
    (f"u:{resolve_ssm(stage)}", {"Fn::Sub": "u:{{resolve:ssm:${Stage}}}"}),
]  # fmt: skip


def stable_id(value: Any) -> str:
    """A short repr that two processes agree on: tokens hold a number of their process."""
    return re.sub(r"(\\ue000|\ue000).*?(\\ue001|\ue001)", "token", repr(value)).replace("\u2063", "")[:50]


@pytest.mark.parametrize(("value", "expected"), FUNCTIONS, ids=stable_id)
def test_renders(value: Any, expected: Any) -> None:
    assert in_world(value) == expected


@pytest.mark.parametrize(("value", "expected"), FUNCTIONS, ids=stable_id)
def test_survives_pickle_and_copies(value: Any, expected: Any) -> None:
    copied = copy.copy(value)
    assert copied is value or copied == value or isinstance(value, pf.Resource | Parameter | str)
    if isinstance(value, str):  # Text with a token stays in its process.
        return
    # One pickle, one world: references follow their targets.
    names, elements = zip(*WORLD.items(), strict=True)
    for clone in (lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy):
        value_again, elements_again = clone((value, elements))
        assert rendered(value_again, **dict(zip(names, elements_again, strict=True))) == expected


LANGUAGE_EXTENSIONS = [
    Length([1]),
    ToJsonString({}),
    GetAtt(bucket, stage),
    amis.find("a", "b", "c"),
    amis.find(f"{stage}-x", "Ami"),
    amis.find(Select(0, zones), "Ami"),
    {"Fn::Length": [1]},
    {"Fn::ToJsonString": {}},
    Function("Fn::Length", [1]),
]


@pytest.mark.parametrize("value", LANGUAGE_EXTENSIONS, ids=repr)
def test_brings_its_transform(value: Any) -> None:
    template = Template()
    for name, element in WORLD.items():
        template.add(name, element)
    assert "Transform" not in template.to_dict()
    template.add("Value", Output(value))
    assert template.to_dict()["Transform"] == "AWS::LanguageExtensions"
    assert template.to_dict()["Transform"] == "AWS::LanguageExtensions"


def made(error: type[Exception], message: str, make: Any) -> None:
    """`make()` raises `error`; its sentence is `message`, and its place is this file."""
    with pytest.raises(error) as caught:
        make()
    text = str(caught.value)
    assert text.startswith(message + " (") or text == message, text
    assert re.search(r"test_\w+\.py:\d+\)$", text), text


WRONG = [
    (lambda: Ref(3), "Ref: expected text, found 3"),
    (lambda: Ref(GetAtt("A", "B")), "Ref allows no expression, found <GetAtt A.B>"),
    (lambda: GetAtt(stage, 3), "Fn::GetAtt[1]: expected text, found 3"),
    (lambda: GetAtt(bucket, is_prod), None),
    (lambda: Sub(3), "Fn::Sub: expected text, found 3"),
    (lambda: Sub("${a}", {"b": 1}), "Fn::Sub: the variable 'b' is not used in the text"),
    (lambda: Sub("${name}", {"nme": 1}), "Fn::Sub: the variable 'nme' is not used in the text; did you mean 'name'?"),
    (lambda: Sub("${x}", {"x": [1]}), "Fn::Sub.x: expected text, found a list ([1]); join it with Join(',', ...)"),
    (lambda: Sub("${x}", {"x": None}), "Fn::Sub.x: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
    (lambda: Join(3, []), "Fn::Join[0]: expected text, found 3"),
    (lambda: Join(stage, []), None),
    (lambda: Join(f"{Region}", []), "Fn::Join[0]: the delimiter of Fn::Join allows no expression, found one in the text (<Ref AWS::Region>)"),
    (lambda: Join(",", "abc"), "Fn::Join[1]: expected a list, found 'abc'"),
    (lambda: Join(",", {"a": 1, "b": 2}), "Fn::Join[1]: expected a list, found {'a': 1, 'b': 2}"),
    (lambda: Join(",", [None]), "Fn::Join[1][0]: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
    (lambda: Join(",", {"b", "a"} - {"b"}), "Fn::Join[1]: expected text, a number, a boolean, a list or a mapping, found {'a'} (sets have no order: use a list)"),
    (lambda: Select(1.5, []), "Fn::Select[0]: expected an integer, found 1.5"),
    (lambda: Select(True, [1, 2]), "Fn::Select[0]: expected an integer, found True"),
    (lambda: Select(2, [1, 2]), "Fn::Select[0]: the list has 2 items, so item 2 does not exist"),
    (lambda: Select(-1, [1, 2]), "Fn::Select[0]: the list has 2 items, so item -1 does not exist"),
    (lambda: Select(0, "ab"), "Fn::Select[1]: expected a list, found 'ab'"),
    (lambda: Split(",", ["a"]), "Fn::Split[1]: expected text, found ['a']"),
    (lambda: GetAZs(3), "Fn::GetAZs[0]: expected text, found 3"),
    (lambda: ImportValue(["a"]), "Fn::ImportValue[0]: expected text, found ['a']"),
    (lambda: GetStackOutput("a", 3), "Fn::GetStackOutput.OutputName: expected text, found 3"),
    (lambda: Cidr("10.0.0.0/16", [1]), "Fn::Cidr[1]: expected an integer, found [1]"),
    (lambda: Base64(b"x"), "Fn::Base64[0]: expected text, a number, a boolean, a list or a mapping, found b'x'"),
    (lambda: Transform(Region), "Fn::Transform: the name of a macro allows no expression, found <Ref AWS::Region>"),
    (lambda: Length("abc"), "Fn::Length[0]: expected a list, found 'abc'"),
    (lambda: ToJsonString("abc"), "Fn::ToJsonString[0]: expected a mapping or a list, found 'abc'"),
    (lambda: FindInMap(bucket, "a", "b"), "Fn::FindInMap[0]: expected a Mapping, found Bucket()"),
    (lambda: FindInMap("M", 3, "b"), "Fn::FindInMap[1]: expected text, found 3"),
    (lambda: amis.find("us-east-2", "Ami"), "Fn::FindInMap: the mapping has no key 'us-east-2'; did you mean 'us-east-1'?"),
    (lambda: amis.find("eu-west-1", "Arm"), "Fn::FindInMap: the mapping has no key 'Arm' under 'eu-west-1'; did you mean 'Ami'?"),
    (lambda: amis.find(Region, "Amii"), "Fn::FindInMap: the mapping has no key 'Amii'; did you mean 'Ami'?"),
    (lambda: If(True, 1, 2), "Fn::If[0]: expected a condition or its name, found True"),
    (lambda: If(is_prod, None, 2), "Fn::If[1]: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
    (lambda: If(f"{stage}", 1, 2), None),
    (lambda: If(is_prod, is_eu, 2), None),
    (lambda: Raw(object), "Raw: expected text, a number, a boolean, a list or a mapping, found <class 'object'>"),
    (lambda: Raw(float("nan")), "Raw: expected a finite number, found nan"),
    (lambda: Raw({"a": float("-inf")}), "Raw.a: expected a finite number, found -inf"),
    (lambda: Raw({3: 1}), "Raw: expected text as a key, found 3"),
    (lambda: Raw("\ud800"), "Raw: the text holds a lone surrogate, which no file can hold: '\\ud800'"),
    (lambda: Function(Region, 1), "Function: the name of a function allows no expression, found <Ref AWS::Region>"),
    (lambda: resolve_ssm(GetAZs()), "{{resolve:ssm}}: expected text, found a list (GetAZs('')); join it with Join(',', ...)"),
    (lambda: resolve_ssm(None), "{{resolve:ssm}}: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
    (lambda: And(is_prod), "Fn::And: expected 2 to 10 conditions, found 1"),
    (lambda: Or(*[is_prod] * 11), "Fn::Or: expected 2 to 10 conditions, found 11"),
    (lambda: And(is_prod, 3), "Fn::And[1]: expected a condition or its name, found 3"),
    (lambda: Not(stage), None),
    (lambda: Equals(bucket, "a"), "Fn::Equals[0]: CloudFormation allows no <Ref Bucket> in a condition"),
    (lambda: Equals(bucket.arn, "a"), "Fn::Equals[0]: CloudFormation allows no <GetAtt Bucket.Arn> in a condition"),
    (lambda: Equals(GetAtt("B", "Arn"), "a"), "Fn::Equals[0]: CloudFormation allows no <GetAtt B.Arn> in a condition"),
    (lambda: Equals(ImportValue("x"), "a"), "Fn::Equals[0]: CloudFormation allows no ImportValue('x') in a condition"),
    (lambda: Equals("a", If("C", 1, 2)), "Fn::Equals[1]: CloudFormation allows no If('C', 1, 2) in a condition"),
    (lambda: Equals(is_prod, "a"), None),
    (lambda: Equals(None, "a"), "Fn::Equals[0]: found None, and CloudFormation takes no null; leave the key out, or use NoValue"),
]  # fmt: skip


@pytest.mark.parametrize("row", WRONG, ids=lambda row: str(row[1])[:60])
def test_wrong_arguments(row: Any) -> None:
    make, message = row
    if message is None:  # Texts that hold a line of this file: the kind of error is enough.
        with pytest.raises(InvalidValueError, match=r"test_values\.py:\d+\)$"):
            make()
    else:
        made(InvalidValueError, message, make)


CONDITIONS = [
    (Equals(stage, "prod"), {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}),
    (Equals(stage, True), {"Fn::Equals": [{"Ref": "Stage"}, "true"]}),
    (Equals(3, 4), {"Fn::Equals": [3, 4]}),
    (Equals(amis.find("us-east-1", "Ami"), "x"), {"Fn::Equals": [{"Fn::FindInMap": ["Amis", "us-east-1", "Ami"]}, "x"]}),
    (Equals(Join("", [stage, "x"]), Select(0, zones)), {"Fn::Equals": [{"Fn::Join": ["", [{"Ref": "Stage"}, "x"]]}, {"Fn::Select": [0, {"Ref": "Zones"}]}]}),
    (Equals(f"{stage}-x", "a"), {"Fn::Equals": [{"Fn::Sub": "${Stage}-x"}, "a"]}),
    (And(is_prod, is_eu), {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsEu"}]}),
    (And("IsProd", "IsEu"), {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsEu"}]}),
    (Or(is_prod, Not(is_eu)), {"Fn::Or": [{"Condition": "IsProd"}, {"Fn::Not": [{"Condition": "IsEu"}]}]}),
    (Not("IsProd"), {"Fn::Not": [{"Condition": "IsProd"}]}),
    (Condition("IsProd"), {"Condition": "IsProd"}),
    (~is_prod, {"Fn::Not": [{"Condition": "IsProd"}]}),
    (is_prod & is_eu & Condition("IsEu"), {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsEu"}, {"Condition": "IsEu"}]}),
    (is_prod | (is_eu | is_prod), {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsEu"}, {"Condition": "IsProd"}]}),
    (is_prod & (is_eu | is_prod), {"Fn::And": [{"Condition": "IsProd"}, {"Fn::Or": [{"Condition": "IsEu"}, {"Condition": "IsProd"}]}]}),
    (~~is_prod, {"Fn::Not": [{"Fn::Not": [{"Condition": "IsProd"}]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS, ids=repr)
def test_conditions(condition: Any, expected: Any) -> None:
    template = Template()
    for name, element in WORLD.items():
        template.add(name, element)
    template.add("TheOne", condition)
    assert template.to_dict()["Conditions"]["TheOne"] == expected
    again = pickle.loads(pickle.dumps(template))
    assert again.to_dict() == template.to_dict()


DERIVED = [
    (is_prod & is_eu, "IsProdAndIsEu"),
    (is_prod & ~is_eu, "IsProdAndNotIsEu"),
    (is_prod | is_eu, "IsProdOrIsEu"),
    (~is_prod, "NotIsProd"),
    (And("IsProd", Condition("IsEu")), "IsProdAndIsEu"),
    (is_prod & is_eu & is_prod, "IsProdAndIsEuAndIsProd"),
]


@pytest.mark.parametrize(("condition", "name"), DERIVED, ids=lambda v: str(v)[:40])
def test_combined_conditions_get_a_name(condition: Any, name: str) -> None:
    template = Template()
    for key, element in WORLD.items():
        template.add(key, element)
    template.add("Out", Output(If(condition, 1, 2), condition=condition))
    template.add("Guarded", sqs.Queue(condition=condition))
    document = template.to_dict()
    assert document["Outputs"]["Out"]["Value"] == {"Fn::If": [name, 1, 2]}
    assert document["Outputs"]["Out"]["Condition"] == name
    assert document["Resources"]["Guarded"]["Condition"] == name
    assert list(document["Conditions"]) == ["IsProd", "IsEu", name]
    assert template.to_dict() == document


def test_two_combinations_of_one_name_are_an_error() -> None:
    with pytest.raises(UnresolvedReferenceError) as caught:
        in_world([If(~(is_prod & is_eu), 1, 2), If(~is_prod & is_eu, 1, 2)])
    assert (
        "Outputs.TheValue: two different conditions would both be named 'NotIsProdAndIsEu'; give one of them "
        "a name of its own (an attribute of the stack)" in str(caught.value)
    )


def test_a_derived_name_that_is_taken_by_another_condition_is_an_error() -> None:
    other = Equals("a", "b")
    with pytest.raises(
        UnresolvedReferenceError, match="the name 'NotIsProd', derived for a combined condition"
    ):
        rendered(If(~is_prod, 1, 2), **WORLD, NotIsProd=other)


def test_a_derived_name_that_its_own_condition_has_is_that_condition() -> None:
    value = rendered(If(~is_prod, 1, 2), **WORLD, NotIsProd=~is_prod)
    assert value == {"Fn::If": ["NotIsProd", 1, 2]}


@pytest.mark.parametrize(
    "use", [lambda c: Output(If(c, 1, 2)), lambda c: Output(1, condition=c), lambda c: sqs.Queue(condition=c)]
)
def test_an_unnamed_condition_is_an_error(use: Any) -> None:
    template = Template()
    template.add("Thing", use(Equals(Region, "x")))
    with pytest.raises(UnresolvedReferenceError) as caught:
        template.to_dict()
    assert (
        "Thing: Equals(<Ref AWS::Region>, 'x') is used as a condition but has no name; assign it to an attribute "
        "of the stack (or add it to the template) (" in str(caught.value)
    )
    assert "test_values.py:" in str(caught.value)


def test_equal_conditions_are_one_only_by_identity_of_their_name() -> None:
    # Another Equals of the same arguments has no name of its own.
    with pytest.raises(UnresolvedReferenceError):
        in_world(If(Equals(stage, "prod"), 1, 2))


def test_many_conditions_with_an_operator_nest_beyond_ten() -> None:
    everything = reduce(lambda a, b: a & b, [Equals(Region, str(i)) for i in range(25)])
    template = Template()
    template.add("All", everything)
    found = template.to_dict()["Conditions"]["All"]

    def leaves(node: Any) -> int:
        (name, arguments), *_ = node.items()
        assert name != "Fn::And" or 2 <= len(arguments) <= 10
        return sum(map(leaves, arguments)) if name == "Fn::And" else 1

    assert leaves(found) == 25


def test_mixed_operators_do_not_flatten_across() -> None:
    assert is_prod & is_eu == And(is_prod, is_eu)
    assert (is_prod & is_eu) & is_prod == And(is_prod, is_eu, is_prod)
    assert (is_prod & is_eu) | is_prod == Or(And(is_prod, is_eu), is_prod)


RULES = [
    (Contains(["a", "b"], stage), {"Fn::Contains": [["a", "b"], {"Ref": "Stage"}]}),
    (EachMemberEquals(zones, "a"), {"Fn::EachMemberEquals": [{"Ref": "Zones"}, "a"]}),
    (EachMemberIn(ValueOfAll("AWS::EC2::Subnet::Id", "VpcId"), RefAll("AWS::EC2::VPC::Id")),
     {"Fn::EachMemberIn": [{"Fn::ValueOfAll": ["AWS::EC2::Subnet::Id", "VpcId"]}, {"Fn::RefAll": "AWS::EC2::VPC::Id"}]}),
    (Equals(ValueOf(stage, "VpcId"), "v"), {"Fn::Equals": [{"Fn::ValueOf": ["Stage", "VpcId"]}, "v"]}),
    (Equals(ValueOf("Stage", "VpcId"), "v"), {"Fn::Equals": [{"Fn::ValueOf": ["Stage", "VpcId"]}, "v"]}),
    (is_prod & Contains(["a"], stage), {"Fn::And": [{"Fn::Equals": [{"Ref": "Stage"}, "prod"]}, {"Fn::Contains": [["a"], {"Ref": "Stage"}]}]}),
    (~is_prod, {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "prod"]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "expected"), RULES, ids=repr)
def test_rule_functions(condition: Any, expected: Any) -> None:
    template = Template()
    for name, element in WORLD.items():
        template.add(name, element)
    template.add("Check", Rule([condition], condition=condition))
    rule = template.to_dict()["Rules"]["Check"]
    assert rule == {"RuleCondition": expected, "Assertions": [{"Assert": expected}]}


@pytest.mark.parametrize(
    "condition", [row[0] for row in RULES if "Contains" in repr(row) or "ValueOf" in repr(row)], ids=repr
)
def test_rule_functions_work_in_rules_only(condition: Any) -> None:
    with pytest.raises(InvalidValueError, match=r"Conditions\.C: .* works only in a Rule"):
        rendered(1, Stage=stage, Zones=zones, IsProd=is_prod, C=condition)


def test_rules_know_no_condition_by_name() -> None:
    with pytest.raises(
        InvalidValueError, match=r"Rules\.R: a rule knows no named conditions; write 'IsProd' out"
    ):
        rendered(1, Stage=stage, IsProd=is_prod, R=Rule(Not("IsProd")))


# ---------------------------------------------------------------------------------------------
# As Python values


EXPRESSIONS = [value for value, _ in FUNCTIONS if not isinstance(value, (str, dict))]


def test_equal_by_structure() -> None:
    again = eval  # The rows are made once; equality needs a second making.
    source = [
        "Ref('A')", "GetAtt('A', 'B')", "Sub('${A}')", "Sub('${a}', {'a': 1})", "Join(',', [1, 2])", "Raw({'a': [1]})",
        "Split(',', 'a')", "If('C', 1, {'a': 2})", "resolve_ssm('/a', 1)", "FindInMap('M', 'a', 'b')",
        "FindInMap('M', 'a', 'b', 'c')", "Function('Fn::X', 1)", "Base64('a')", "GetStackOutput('a', 'b')",
        "Equals(1, 2)", "And('A', 'B')", "Or('A', 'B')", "Not('A')", "Condition('A')", "Contains(['a'], 'b')",
    ]  # fmt: skip
    for i, one in enumerate(source):
        for j, two in enumerate(source):
            left, right = again(one), again(two)
            assert (left == right) == (i == j), (one, two)
            if i == j:
                assert hash(left) == hash(right)
                assert {left: 1}[right] == 1


def test_the_kind_counts_in_equality() -> None:
    assert And("A", "B") != Or("A", "B")
    assert Raw("a") != "a"
    assert Ref("A") != {"Ref": "A"}


@pytest.mark.parametrize(
    "value", [*EXPRESSIONS, is_prod, is_prod & is_eu, ~is_prod, Condition("A")], ids=repr
)
def test_has_no_truth_value(value: Any) -> None:
    for ask in (lambda: bool(value), lambda: value and 1, lambda: not value, lambda: 1 if value else 2):
        with pytest.raises(
            InvalidValueError, match=r"has no truth value before deployment.*test_values\.py:\d+\)$"
        ):
            ask()


STAGE, QUEUE = pf.Parameter(str), sqs.Queue()
COMPARED: dict[str, Any] = {
    "a parameter": STAGE,
    "a resource": QUEUE,
    "an attribute": QUEUE.arn,
    "a reference": Ref("A"),
    "text": Sub("${A}"),
    "a pseudo parameter": pf.Region,
    "a function": Join(",", [STAGE]),
    "a choice": If("C", 1, 2),
    "a condition": Equals(STAGE, "prod"),
    "an output": pf.Output("x"),
}


class Stage(enum.StrEnum):
    PROD = "prod"


@pytest.mark.parametrize("kind", COMPARED)
@pytest.mark.parametrize(
    "question",
    [
        "x == 'prod'", "x != 'prod'", "'prod' == x", "'prod' != x", "x == 1", "x == 1.5", "x == True", "x == Stage.PROD",
        "x in ['dev', 'prod']", "x in ('dev',)", "'prod' in [x]", "x not in ['dev']", "['prod'].count(x)", "[x] == ['prod']",
        "next(y for y in ['prod'] if y == x)", "match(x)",
    ],
)  # fmt: skip
def test_a_comparison_with_a_constant_is_an_error(kind: str, question: str) -> None:
    def match(x: object) -> bool:
        match x:
            case "prod":
                return True
            case _:
                return False

    with pytest.raises(
        InvalidValueError,
        match=r"has no value before deployment, so it cannot be compared with '?[\w<].*; use If",
    ) as caught:
        eval(question, {"x": COMPARED[kind], "Stage": Stage, "match": match})
    assert caught.value.origin is not None


@dataclasses.dataclass
class AsDataclass:
    value: object


@attrs.define
class AsAttrs:
    value: object


class ByHand:
    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByHand) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("kind", COMPARED)
def test_other_comparisons_say_whether_it_is_the_same(kind: str) -> None:
    value = COMPARED[kind]
    for other in (
        None,
        [],
        ["prod"],
        {},
        {"a": "b"},
        object(),
        b"prod",
        (),
        sqs.Queue.Tag(key="a", value="b"),
        decimal.Decimal(1),
    ):
        assert (value == other, other == value, value != other, value in [other]) == (
            False,
            False,
            True,
            False,
        )
    assert value == value and value in [value, "x"]
    assert mock.ANY == value  # noqa: SIM300
    assert (value == mock.ANY) is False
    for holder in (AsDataclass, AsAttrs, ByHand):
        assert holder(value) == holder(value)
        assert holder(value) != holder("prod") and holder("prod") != holder(value)
    function = mock.Mock()
    function(value, name=value)
    function.assert_called_with(value, name=value)
    for arguments in (("prod", value), (value, "prod")):
        with pytest.raises(AssertionError):
            function.assert_called_with(arguments[0], name=arguments[1])
    with pytest.raises(AssertionError):
        unittest.TestCase().assertEqual(value, "prod")  # noqa: PT009
    # Lookups in dicts and sets are by hash first.
    assert {value: 1}[value] == 1 and value in {value} and value not in {"prod": 1, 1: 2}
    assert "prod" not in {value: 1} and {value, "prod", 1} == {1, "prod", value}


def test_what_was_given_is_compared_by_structure() -> None:
    role = iam.Role(assume_role_policy_document={"Version": "2012-10-17", "Statement": [{"Resource": STAGE}]})
    document: Any = role.assume_role_policy_document
    plain = {"Version": "2012-10-17", "Statement": [{"Resource": "prod"}]}
    assert document != plain and plain != document and document["Statement"] != plain["Statement"]
    assert document == {"Version": "2012-10-17", "Statement": [{"Resource": Ref(STAGE)}]}
    tag = sqs.Queue.Tag
    assert tag(key="a", value=STAGE) != tag(key="a", value="prod") == tag(key="a", value="prod")


def test_installed_programs_are_programs(tmp_path: Path) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "constructs_x.py").write_text(
        "from pyformation import Component\n\ndef is_prod(stage):\n    return stage == 'prod'\n"
    )
    (folder / "comparing_x.py").write_text("def same(a, b):\n    return a == b\n")
    program = (
        "import sys; sys.path.insert(0, 'site-packages')\n"
        "from pyformation import Parameter\nimport comparing_x, constructs_x\n"
        "print(comparing_x.same(Parameter(str), 'prod'))\nconstructs_x.is_prod(Parameter(str))\n"
    )
    result = run_python("-c", program, cwd=tmp_path)
    assert result.stdout == "False\n"
    assert "cannot be compared with 'prod'" in result.stderr
    assert "constructs_x.py:4" in result.stderr


@pytest.mark.parametrize("value", EXPRESSIONS, ids=repr)
def test_is_frozen(value: Any) -> None:
    for name in [*getattr(type(value), "__slots__", ()), "anything"]:
        with pytest.raises(pf.PyformationError, match="frozen"):
            setattr(value, name, 1)
    hash(value)


def test_lists_and_mappings_inside_are_frozen_and_independent() -> None:
    items: list[Any] = [1, {"a": [2]}]
    value = Raw(items)
    items[1]["a"].append(3)
    items.append(4)
    assert value.value == [1, {"a": [2]}]
    for change in (
        lambda: value.value.append(1),
        lambda: value.value.__setitem__(0, 1),
        lambda: value.value[1].update(b=1),
        lambda: value.value[1].__setitem__("b", 1),
        lambda: value.value[1].pop("a"),
        lambda: value.value.sort(),
        lambda: value.value[1].setdefault("b", 1),
    ):
        with pytest.raises(InvalidValueError, match="frozen"):
            change()
    assert value == Raw([1, {"a": [2]}])


@pytest.mark.parametrize("value", EXPRESSIONS, ids=repr)
def test_repr_shows_the_kind(value: Any) -> None:
    text = repr(value)
    assert text.startswith("\u2063")
    assert "\ue000" not in text


def test_repr_says_what_it_is() -> None:
    class Shop(pf.Stack):
        uploads = s3.Bucket()
        stage = pf.Parameter(str)

    alone = s3.Bucket()
    rows = {
        "If('C', 1, <Ref A>)": If("C", 1, Ref("A")),
        "Join(',', ['a', <Ref A>])": Join(",", ["a", Ref("A")]),
        "FindInMap('M', 'a', 'b')": FindInMap("M", "a", "b"),
        "Equals(<Ref A>, 'b')": Equals(Ref("A"), "b"),
        "And(Condition('A'), Condition('B'))": And("A", "B"),
        "Sub('${A}')": Sub("${A}"),
        "<Ref AWS::Region>": Region,
        "<GetAtt A.B>": GetAtt("A", "B"),
        "<GetAtt Bucket.Arn>": alone.arn,
        "<Ref Bucket>": Ref(alone),
        "<Ref stage>": Ref(Shop.stage),
        "<GetAtt Named.Arn>": s3.Bucket(logical_id="Named").arn,
        "Sub('x{<GetAtt Bucket.Arn>}')": pf.values.lift(f"x{alone.arn}"),
        "[<GetAtt Bucket.Arn>]": [alone.arn],
    }
    for text, value in rows.items():
        assert repr(value).replace("\u2063", "") == text
    template = Shop().template
    assert repr(Shop.uploads.arn) == "\u2063<GetAtt Uploads.Arn>"
    assert repr(Ref(Shop.stage)) == "\u2063<Ref Stage>"
    assert template
    # Text made of them stays what it was: an expression, or an error.
    for text in (str(alone.arn), f"{alone.arn}", "%s" % alone.arn, format(alone.arn), "{}".format(alone.arn)):  # noqa: UP031, UP032
        assert rendered(text, Bucket=alone) == {"Fn::GetAtt": ["Bucket", "Arn"]}
    for text in (repr(alone.arn), f"{alone.arn!r}", f"{[alone.arn]}", "%r" % alone.arn):  # noqa: UP031
        with pytest.raises(TokenError, match="holds the repr of an expression"):
            s3.Bucket(bucket_name=text)


def test_plus_makes_text() -> None:
    assert in_world("a" + stage) == {"Fn::Sub": "a${Stage}"}
    assert in_world(stage + "a") == {"Fn::Sub": "${Stage}a"}
    assert in_world(stage + stage) == {"Fn::Sub": "${Stage}${Stage}"}
    assert in_world("a" + bucket.arn + "b") == {"Fn::Sub": "a${Bucket.Arn}b"}
    for wrong in (lambda: stage + 1, lambda: 1 + stage, lambda: [].__add__(stage)):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(TokenError, match="is a list and cannot stand in a text"):
        "a" + zones


def test_conditions_are_no_values() -> None:
    for make in (lambda: Output(is_prod), lambda: Join(",", [is_prod]), lambda: {"x": Raw(is_prod)}):
        with pytest.raises(
            InvalidValueError, match=r"a condition is not a value; use If\(condition, \.\.\.\)"
        ):
            make()


# ---------------------------------------------------------------------------------------------
# Other processes


def render_elsewhere(pair: Any) -> Any:
    value, elements = pair
    return rendered(value, **elements)


def elsewhere(*given: Any) -> Any:
    """What `render_elsewhere` gives in another process; a process that dies is an error, not a test that waits."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(render_elsewhere, given).result(timeout=60)


def test_expressions_travel_to_another_process() -> None:
    values = [value for value, _ in FUNCTIONS if not isinstance(value, str)]
    expected = [result for value, result in FUNCTIONS if not isinstance(value, str)]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(render_elsewhere, [(value, WORLD) for value in values], timeout=60))
    assert found == expected


def test_text_with_a_token_does_not() -> None:
    with pytest.raises(TokenError) as caught:
        elsewhere(f"a-{Region}", {})
    assert "holds an expression that was formatted in another process" in str(caught.value)


def test_errors_travel_too() -> None:
    with pytest.raises(UnresolvedReferenceError) as caught:
        elsewhere(Ref("Nothing"), {})
    assert str(caught.value).startswith(
        "Outputs.TheValue: refers to the resource or parameter 'Nothing', which is not in this template ("
    )


# ---------------------------------------------------------------------------------------------
# Places without functions

NOWHERE = [
    lambda v: Parameter(str, default=v),
    lambda v: Parameter(str, description=v),
    lambda v: Parameter(str, allowed_values=[v]),
    lambda v: Parameter(str, allowed_pattern=v),
    lambda v: Parameter(v),
    lambda v: Parameter(str, logical_id=v),
    lambda v: Mapping({"a": {"b": v}}),
    lambda v: Mapping({"a": {"b": ["x", v]}}),
    lambda v: Mapping({"a": {v: "b"}}),
    lambda v: Mapping({v: {"a": "b"}}),
    lambda v: Template(description=v),
    lambda v: Template(transform=v),
    lambda v: Template(transform=["A", v]),
    lambda v: Output("a", description=v),
    lambda v: Output("a", logical_id=v),
    lambda v: Rule([(is_prod, v)]),
    lambda v: Hook(v, {}),
    lambda v: Output({v: 1}),
    lambda v: Output([{"a": {v: 1}}]),
    lambda v: ForEach("X", ["a"], {v: sqs.Queue()}),
    lambda v: ForEach(v, ["a"], {"a": sqs.Queue()}),
    lambda v: sqs.Queue(logical_id=v),
    lambda v: sqs.Queue(depends_on=v if isinstance(v, str) else [v]),
    lambda v: sqs.Queue(condition=v),
    lambda v: sqs.Queue(metadata={v: 1}),
    lambda v: sqs.Queue(extra_properties={v: 1}),
    lambda v: AnyResource(v, {}),
    lambda v: AnyResource("A::B::C", {v: 1}),
    lambda v: Template().add(v, sqs.Queue()),
    lambda v: Condition(v),
    lambda v: RefAll(v),
    lambda v: ValueOf(stage, v),
    lambda v: Join(v, []),
    lambda v: Split(v, "a"),
    lambda v: Transform(v),
    lambda v: Template(globals={v: {}}),
    lambda v: Template(tags={v: "a"}),
    lambda v: Template(metadata={v: "a"}),
]  # fmt: skip


@pytest.mark.parametrize("place", NOWHERE, ids=range(len(NOWHERE)))
@pytest.mark.parametrize(
    "value",
    [Region, f"{Region}", f"a{Region}b", stage, bucket.arn],
    ids=["ref", "token", "text", "parameter", "attribute"],
)
def test_no_expression_here(place: Any, value: Any) -> None:
    with pytest.raises(pf.PyformationError, match=r"test_values\.py:\d+\)$") as caught:
        place(value)
    assert re.search(
        r"expression|constants only|expected (text|a resource|str|a condition)", str(caught.value)
    )
    assert not re.search("[\ue000\ue001\u2063\ufdd0-\ufdda]", str(caught.value))


def test_dependencies_are_resources_or_names() -> None:
    for value in (Region, stage, bucket.arn, 3):
        made(
            InvalidValueError,
            f"AWS::SQS::Queue.depends_on: expected a resource, a component or a logical ID, found {pf.errors.shown(value)}",
            lambda value=value: sqs.Queue(depends_on=value),
        )


def test_loop_variables_stay_in_their_loop() -> None:
    leaked: list[Any] = []

    def body(name: Any) -> dict[str, Any]:
        leaked.append(name)
        return {f"Queue{name}": sqs.Queue(queue_name=name)}

    ForEach("Name", ["a"], body)
    with pytest.raises(
        UnresolvedReferenceError, match="the loop variable 'Name' is used outside the body of its ForEach"
    ):
        rendered(leaked[0])
    with pytest.raises(UnresolvedReferenceError, match="outside the body"):
        rendered(f"x{leaked[0]}")
