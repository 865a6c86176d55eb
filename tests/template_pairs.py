"""Small templates and what an author may do to them: what the laws of the diff draw from.

Everything is plain data. A resource refers only to those in front of it, so that there are no circles, and
to one with a condition only where that condition holds. Literals in properties never equal the values that
conditions compare, and nothing unknown is by chance what a literal says.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

# What a property takes: a text, a list of texts, or a block of texts (a tuple of names).
Kinds = dict[str, Any]

# Types with the properties that are drawn, and the attributes that are referred to: create-only,
# conditionally and mutable ones; attributes that read a property back, that identify, that are computed.
TYPES: dict[str, tuple[Kinds, tuple[str, ...]]] = {
    "AWS::SQS::Queue": (
        {"QueueName": "text", "KmsMasterKeyId": "text"},
        ("Arn", "QueueName", "KmsMasterKeyId", "QueueUrl"),
    ),
    "AWS::Logs::LogGroup": ({"LogGroupName": "text", "KmsKeyId": "text"}, ("Arn",)),
    "AWS::EC2::VPC": (
        {"CidrBlock": "text", "InstanceTenancy": "tenancy"},
        ("VpcId", "CidrBlock", "DefaultSecurityGroup"),
    ),
    "AWS::EC2::LaunchTemplate": (
        {"LaunchTemplateName": "text", "LaunchTemplateData": ("ImageId", "UserData")},
        ("LatestVersionNumber", "LaunchTemplateId"),
    ),
    "AWS::EC2::Instance": (
        {"ImageId": "text", "UserData": "text", "SubnetId": "text", "SecurityGroupIds": "texts"},
        ("PrivateDnsName", "InstanceId", "ImageId"),
    ),
    "AWS::RDS::DBInstance": (
        {"DBInstanceIdentifier": "text", "DBName": "text", "DBParameterGroupName": "text", "Port": "text"},
        ("DBInstanceArn", "Endpoint.Address", "Endpoint.Port", "DBName"),
    ),
    "AWS::ECR::Repository": (
        {"RepositoryName": "text", "EncryptionConfiguration": ("EncryptionType", "KmsKey")},
        ("Arn", "RepositoryUri"),
    ),
    "AWS::SNS::Subscription": (
        {"TopicArn": "text", "Endpoint": "text", "SubscriptionRoleArn": "text"},
        ("Arn",),
    ),
    "AWS::IAM::ManagedPolicy": ({"Description": "text", "Roles": "texts"}, ("PolicyArn",)),
    "Custom::Thing": ({"ServiceToken": "text", "Size": "text"}, ("Answer",)),
    "AWS::Brand::New": ({"Name": "text", "Block": ("One", "Two")}, ("Arn", "Other")),
}

LITERALS = ("a", "b", "c", "d")
KEYS = ("on", "off")
# Stage is known, Hidden is not: what conditions ask for, and mappings are looked up by.
CONDITIONS = ("Known", "Open", "Both")
POLICIES = ("Delete", "Retain", "Snapshot")

literals = st.sampled_from(LITERALS)
keys = st.sampled_from(KEYS)


def made_of(part: st.SearchStrategy[Any], make: Callable[[Any], Any]) -> st.SearchStrategy[Any]:
    """`part.map(make)` that is drawn as one: of a choice, hypothesis makes a choice of mapped strategies.

    In expressions of expressions these multiply into thousands, and what is made of several parts is hardly drawn.
    """
    return st.tuples(part).map(lambda parts: make(*parts))


# What stands for a reference until it is known which there are, so that strategies are made once.
_REFERENCE = "Reference"
_IN_SUB = "InSub"


def texts(references: list[Any], depth: int = 2, *, split: bool = True) -> st.SearchStrategy[Any]:
    """Expressions that make a text. `references` are those to resources that may stand in it."""
    return _texts(bool(references), depth, split).map(functools.partial(_filled, references))


def _filled(references: list[Any], node: Any) -> Any:
    """An expression of its own with references to resources in their places."""
    if isinstance(node, list):
        return [_filled(references, item) for item in node]
    if not isinstance(node, dict):
        return node
    if _REFERENCE in node:
        return copy.deepcopy(references[node[_REFERENCE] % len(references)])
    if _IN_SUB in node:
        return _in_sub(_filled(references, node[_IN_SUB]))
    return {key: _filled(references, item) for key, item in node.items()}


@functools.cache
def _texts(has_references: bool, depth: int, split: bool) -> st.SearchStrategy[Any]:
    simple: list[st.SearchStrategy[Any]] = [
        literals,
        literals,
        st.sampled_from(["First", "Second", "Free"]).map(lambda name: {"Ref": name}),
        st.tuples(
            keys | st.sampled_from([{"Ref": "Stage"}, {"Ref": "Hidden"}]), st.sampled_from(["x", "y"])
        ).map(lambda pair: {"Fn::FindInMap": ["Map", *pair]}),
        st.sampled_from(["AWS::Region", "AWS::AccountId"]).map(lambda name: {"Ref": name}),
    ]
    if has_references:
        simple += [made_of(st.integers(0, 99), lambda number: {_REFERENCE: number})] * 10
    base = made_of(st.one_of(simple), lambda value: value)
    if depth == 0:
        return base
    below = _texts(has_references, depth - 1, split)
    composed = [
        st.lists(below, min_size=1, max_size=3).map(lambda items: {"Fn::Join": ["-", items]}),
        made_of(below, lambda value: {"Fn::Sub": ["${v}:${AWS::Region}", {"v": value}]}),
        made_of(base, lambda value: {_IN_SUB: value}),
        st.tuples(st.sampled_from(CONDITIONS), below, below).map(lambda parts: {"Fn::If": list(parts)}),
        st.tuples(st.sampled_from(["0", 1]), below, below).map(
            lambda parts: {"Fn::Select": [parts[0], list(parts[1:])]}
        ),
        made_of(below, lambda value: {"Fn::Base64": value}),
    ]
    if split:
        composed.append(made_of(below, lambda value: {"Fn::Select": [0, {"Fn::Split": ["-", value]}]}))
    return made_of(st.one_of(*[base] * 16, *composed), lambda value: value)


def _in_sub(expression: Any) -> Any:
    """A reference as a variable in the text of a Sub; anything else with a variable."""
    if isinstance(expression, dict):
        if "Ref" in expression:
            return {"Fn::Sub": f"s/${{{expression['Ref']}}}"}
        if "Fn::GetAtt" in expression:
            return {"Fn::Sub": f"s/${{{'.'.join(expression['Fn::GetAtt'])}}}"}
    return {"Fn::Sub": ["s/${v}", {"v": expression}]}


def property_of(kind: Any, references: list[Any], *, split: bool = True) -> st.SearchStrategy[Any]:
    """The value of a property of some kind, now and then one that may not be there."""
    return _property_of(kind, bool(references), split).map(functools.partial(_filled, references))


@functools.cache
def _property_of(kind: Any, has_references: bool, split: bool) -> st.SearchStrategy[Any]:
    one = _texts(has_references, 2, split)
    if kind == "texts":
        return st.lists(one | _perhaps(one), max_size=2)
    if isinstance(kind, tuple):
        return st.dictionaries(st.sampled_from(kind), one, min_size=1, max_size=len(kind))
    if kind == "tenancy":
        return st.sampled_from(["default", "dedicated"]) | st.builds(
            lambda name: {"Fn::If": [name, "default", "dedicated"]}, st.sampled_from(CONDITIONS)
        )
    return one | one | one | _perhaps(one)


def _perhaps(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.sampled_from(CONDITIONS), one).map(
        lambda parts: {"Fn::If": [*parts, {"Ref": "AWS::NoValue"}]}
    )


def references_to(template: dict[str, Any], before: str | None = None) -> list[Any]:
    """The references to resources that may be made: to those in front of one, by what they have."""
    found: list[Any] = []
    for name, resource in template["Resources"].items():
        if name == before:
            break
        made = [{"Ref": name}, *({"Fn::GetAtt": [name, a]} for a in TYPES[resource["Type"]][1])]
        condition = resource.get("Condition")
        found += made if condition is None else [{"Fn::If": [condition, one, "none"]} for one in made]
    return found


@st.composite
def resource_in(draw: st.DrawFn, template: dict[str, Any], *, split: bool = True) -> dict[str, Any]:
    """A resource that may be added behind the others."""
    type_name = draw(st.sampled_from(sorted(TYPES)))
    references = references_to(template)
    kinds = TYPES[type_name][0]
    names = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=3, unique=True))
    resource: dict[str, Any] = {
        "Type": type_name,
        "Properties": {n: draw(property_of(kinds[n], references, split=split)) for n in names},
    }
    if draw(st.integers(0, 4)) == 0:
        resource["Condition"] = draw(st.sampled_from(CONDITIONS))
    if draw(st.integers(0, 5)) == 0:
        resource["DeletionPolicy"] = draw(st.sampled_from(POLICIES[:2]))
    if draw(st.integers(0, 5)) == 0:
        resource["Metadata"] = {"Note": draw(texts(references, 1, split=split))}
    return resource


@st.composite
def templates(draw: st.DrawFn, *, most: int = 4, split: bool = True) -> dict[str, Any]:
    """A template of a few resources."""
    template: dict[str, Any] = {
        "Parameters": {
            "First": {"Type": "String", "Default": draw(literals)},
            "Second": {"Type": "String", "Default": draw(literals)},
            "Free": {"Type": "String"},
            "Stage": {"Type": "String", "Default": draw(keys)},
            "Hidden": {"Type": "String", "AllowedValues": list(KEYS)},
        },
        "Mappings": {"Map": {key: {second: draw(literals) for second in ("x", "y")} for key in KEYS}},
        "Conditions": {
            "Known": {"Fn::Equals": [{"Ref": "Stage"}, draw(keys)]},
            "Open": {"Fn::Equals": [{"Ref": "Hidden"}, draw(keys)]},
            "Both": draw(
                st.sampled_from(
                    [
                        {"Fn::And": [{"Condition": "Known"}, {"Condition": "Open"}]},
                        {"Fn::Or": [{"Condition": "Known"}, {"Condition": "Open"}]},
                        {"Fn::Not": [{"Condition": "Open"}]},
                        {"Fn::Not": [{"Condition": "Known"}]},
                    ]
                )
            ),
        },
        "Resources": {},
    }
    for number in range(draw(st.integers(min(2, most), most))):
        template["Resources"][f"R{number}"] = draw(resource_in(template, split=split))
    return template


@st.composite
def edited(draw: st.DrawFn, template: dict[str, Any], *, most: int = 3, split: bool = True) -> dict[str, Any]:
    """A template after some edits."""
    result = copy.deepcopy(template)
    for _ in range(draw(st.integers(1, most))):
        draw(_edits(result, split))
    return result


@st.composite
def _edits(draw: st.DrawFn, template: dict[str, Any], split: bool) -> None:
    resources = template["Resources"]
    what = draw(
        st.sampled_from(
            ["property"] * 4
            + ["default", "mapping", "condition", "add", "remove", "rename", "drop", "of resource"]
        )
    )
    name = draw(st.sampled_from(sorted(resources))) if resources else None
    if what == "default":
        parameter = draw(st.sampled_from(["First", "Second", "Stage"]))
        template["Parameters"][parameter]["Default"] = draw(keys if parameter == "Stage" else literals)
    elif what == "mapping":
        template["Mappings"]["Map"][draw(keys)][draw(st.sampled_from(["x", "y"]))] = draw(literals)
    elif what == "condition":
        asked, parameter = draw(st.sampled_from([("Known", "Stage"), ("Open", "Hidden")]))
        template["Conditions"][asked] = {"Fn::Equals": [{"Ref": parameter}, draw(keys)]}
    elif what == "add" or name is None:
        resources[f"R{len(resources)}New"] = draw(resource_in(template, split=split))
    elif what == "remove":
        if not is_referred_to(template, name):
            del resources[name]
    elif what == "rename":
        if f"{name}Renamed" not in resources:
            renamed = renamed_element(template, name, f"{name}Renamed")
            template.update(renamed)
    elif what == "of resource":
        attribute = draw(st.sampled_from(["DeletionPolicy", "UpdateReplacePolicy", "Metadata", "DependsOn"]))
        others = [other for other in resources if other != name and resources[other].get("Condition") is None]
        if attribute == "Metadata":
            resources[name][attribute] = {"Note": draw(literals)}
        elif attribute != "DependsOn":
            resources[name][attribute] = draw(st.sampled_from(POLICIES[:2]))
        elif others and others[0] < name:
            resources[name][attribute] = others[0]
    else:
        properties = resources[name]["Properties"]
        kinds = TYPES[resources[name]["Type"]][0]
        key = draw(st.sampled_from(sorted(kinds)))
        if what == "drop":
            properties.pop(key, None)
        else:
            properties[key] = draw(property_of(kinds[key], references_to(template, name), split=split))


def pairs(*, most: int = 4, split: bool = True) -> st.SearchStrategy[tuple[dict[str, Any], dict[str, Any]]]:
    """A template and what became of it."""
    return templates(most=most, split=split).flatmap(
        lambda template: st.tuples(st.just(template), edited(template, split=split))
    )


def is_referred_to(template: dict[str, Any], name: str) -> bool:
    """Whether any resource refers to one."""
    text = json.dumps(template["Resources"])
    return any(
        mark in text
        for mark in (
            f'"Ref": "{name}"',
            f'"Fn::GetAtt": ["{name}"',
            f"${{{name}}}",
            f"${{{name}.",
            f'"DependsOn": "{name}"',
        )
    )


def renamed_element(template: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """A template in which a parameter or resource is called otherwise, everywhere."""

    def visit(node: Any) -> Any:
        if isinstance(node, dict):
            found: dict[str, Any] = {}
            for key, item in node.items():
                if key == "Ref" and item == old:
                    found[key] = new
                elif key == "Fn::GetAtt" and isinstance(item, list) and item[0] == old:
                    found[key] = [new, *item[1:]]
                elif key == "DependsOn" and item == old:
                    found[key] = new
                else:
                    found[key] = visit(item)
            return found
        if isinstance(node, list):
            return [visit(item) for item in node]
        if isinstance(node, str):
            return node.replace(f"${{{old}}}", f"${{{new}}}").replace(f"${{{old}.", f"${{{new}.")
        return node

    result: dict[str, Any] = visit(template)
    for section in ("Parameters", "Resources"):
        result[section] = {new if key == old else key: item for key, item in result[section].items()}
    return result
