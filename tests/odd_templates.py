"""Odd templates, drawn: whatever data a file can hold where CloudFormation looks for elements, values and functions.

What CloudFormation would make of them does not matter here, only that none of it is lost or becomes code.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Strategy = st.SearchStrategy[Any]

# Text that means something to Python, to YAML, to Fn::Sub, to f-strings' tokens or to an editor.
TEXTS = (
    "",
    "plain",
    "true",
    "No",
    "020",
    "1e3",
    "0x1F",
    "1_000",
    "12:30:45",
    "2012-10-17",
    "~",
    "null",
    "'",
    '"',
    '"""',
    "'''",
    'ends in "',
    'ends in """',
    '"starts',
    "back\\",
    "two\\\\",
    '\\"""',
    "\\N{BULLET} \\u0041 \\x41",
    "{braces}",
    "{{double}}",
    "{__import__('os').system('true')}",
    "{",
    "}",
    "${",
    "${}",
    "${!Literal}",
    "${AWS::Region}",
    "${AWS::Region} and {braces}",
    "${Queue}",
    "${Queue.Arn}/x",
    "${Nothing.Here}",
    "$${Queue}",
    "${ Queue }",
    "${Queue}${AWS::StackName}",
    "${AWS::NoValue}!",
    "{{resolve:ssm:/name:1}}",
    "{{resolve:ssm:/name:01}}",
    "{{resolve:secretsmanager:s:SecretString:key}}",
    "{{resolve:secretsmanager:s:SecretString:key::v}} twice",
    "{{resolve:ssm-secure:x:1}}",
    "# -*- coding: latin-1 -*-",
    "# type: ignore",
    "one\ntwo",
    "one\ntwo\n",
    "\n",
    "\n\n",
    "\nfirst empty",
    "one\r\ntwo\r\n",
    "one\rtwo",
    "  indented\nthen not\n",
    "  all\n  indented",
    "  all\n  indented\n",
    "a\n\n  b\n\n",
    "trailing \nspace\n",
    "tab\n\tinside\n",
    "\ttab\n\ttab\n",
    'quotes """ inside\nand "" at the end ""\n',
    'three\n"""',
    "back\\\nslash\\n\n",
    "{braces}\nin ${AWS::Region}\n",
    "line of ${Queue}\nand {this}\n",
    "only ${Queue}\ntwo lines\n",
    "echo ${Queue.Arn} \\\n  done\n",
    "\x00",
    "\x0c\x1b[31m",
    "\x85\u2028\u2029",
    "two\u2028lines\nmore",
    "\u202edrow\u2066",
    "\ue000\ue001\u2063",
    "\ue000Queue\ue001",
    "\ue0001\ue001",
    "\u2063",
    "\ufffe\uffff\U0001ffff",
    "\ufeffbom",
    "grüße 日本語 🙂 é",
    "x" * 120,
    "word " * 30,
    "日本語" * 30,
    "Queue",
    "Stage",
    "Arn",
    "AWS::NoValue",
    "class",
    "self",
    "__class__",
)
# Logical IDs that are hard to name in Python, and keys that are none.
NAMES = (
    "Queue",
    "queue",
    "QUEUE",
    "MyQueue",
    "myQueue",
    "Class",
    "class",
    "None",
    "Import",
    "Print",
    "print",
    "Type",
    "Self",
    "Main",
    "Template",
    "Match",
    "Lambda",
    "Sqs",
    "S3",
    "Iam",
    "Ref",
    "Region",
    "Stack",
    "Dedent",
    "dedent",
    "1st",
    "2nd",
    "9",
    "x",
    "X",
    "XX",
    "Dunder",
    "Mro",
    "L" * 255,
    "Interface",
    "Statement",
)
ODD_NAMES = (
    "Fn::Transform",
    "Fn::ForEach::Loop",
    "&{Count}",
    "with space",
    "with_underscore",
    "Ünder",
    "-",
    "",
)
TYPES = (
    "AWS::SQS::Queue",
    "AWS::SNS::Topic",
    "AWS::S3::Bucket",
    "AWS::Lambda::Function",
    "AWS::IAM::Role",
    "AWS::EC2::Instance",
    "AWS::EC2::SecurityGroup",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::Serverless::Function",
    "AWS::WAFv2::WebACL",
    "AWS::CloudFormation::Stack",
    "AWS::New::Thing",
    "AWS::S3::Nothing",
    "Custom::Thing",
    "My::Org::Thing::MODULE",
    "Other",
)
FUNCTIONS = (
    "Ref",
    "Condition",
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::Join",
    "Fn::If",
    "Fn::Select",
    "Fn::Split",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::ImportValue",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Transform",
    "Fn::Length",
    "Fn::ToJsonString",
    "Fn::Equals",
    "Fn::And",
    "Fn::Not",
    "Fn::Or",
    "Fn::Contains",
    "Fn::RefAll",
    "Fn::ValueOf",
    "Fn::ValueOfAll",
    "Fn::GetStackOutput",
    "Fn::ForEach::X",
    "Fn::New",
)

texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=8))
logical_ids = st.sampled_from(NAMES)
# What f-strings leave in text can be in no name.
_RESERVED = {*"\ue000\ue001\u2063"}
names = texts.filter(lambda text: not _RESERVED & {*text})
scalars = st.one_of(
    texts,
    st.none(),
    st.booleans(),
    st.integers(-3, 40),
    st.sampled_from([10**30, -(10**18), 1e3, 0.1, -0.0, 1e300, 5e-324, 12345678901234567890]),
)


def _deeper(inner: Strategy) -> Strategy:
    return st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(logical_ids, texts), inner, max_size=3),
        functions(inner),
    )


def function(name: str, *arguments: Strategy) -> Strategy:
    """A function with a list of arguments."""
    return listed(*arguments).map(lambda made: {name: made})


def one(name: str, argument: Strategy) -> Strategy:
    """A mapping with one key.

    Not `argument.map(...)`: of a choice, hypothesis makes a choice of mapped strategies, and in what is recursive
    these multiply into a million.
    """
    return st.fixed_dictionaries({name: argument})


def listed(*items: Strategy) -> Strategy:
    """A list of one of each."""
    return st.tuples(*items).map(list)


def merged(first: Strategy, second: Strategy) -> Strategy:
    """Two mappings as one."""
    return st.tuples(first, second).map(lambda both: {**both[0], **both[1]})


def functions(inner: Strategy) -> Strategy:
    """Functions, most of them well formed."""
    name = st.one_of(logical_ids, st.sampled_from(["AWS::Region", "AWS::NoValue", "AWS::URLSuffix"]))
    attribute = st.sampled_from(["Arn", "Outputs.X", "a.b.c", "", "QueueName"])
    variables = st.dictionaries(st.one_of(name, texts), inner, max_size=2)
    some_items = st.one_of(st.lists(inner, max_size=3), inner)
    key = st.one_of(texts, inner)
    parameters = st.dictionaries(texts, inner, max_size=2)
    well_formed: list[Strategy] = [
        one("Ref", name),
        function("Fn::GetAtt", name, attribute),
        one("Fn::Sub", texts),
        function("Fn::Sub", texts, variables),
        function("Fn::Join", texts, some_items),
        function("Fn::If", name, inner, inner),
        function("Fn::Select", st.one_of(st.integers(0, 3), inner), some_items),
        function("Fn::Split", texts, inner),
        function("Fn::FindInMap", st.one_of(name, inner), key, key),
        function("Fn::FindInMap", name, texts, texts, one("DefaultValue", inner)),
        one("Fn::Transform", st.fixed_dictionaries({"Name": texts, "Parameters": parameters})),
        function("Fn::Cidr", inner, st.integers(1, 9)),
    ]
    odd = st.tuples(st.sampled_from(FUNCTIONS), inner).map(lambda pair: {pair[0]: pair[1]})
    return st.one_of(*well_formed, odd, odd, odd)


values: Strategy = st.recursive(scalars, _deeper, max_leaves=8)


def _conditions() -> Strategy:
    base = st.one_of(function("Fn::Equals", values, values), one("Condition", logical_ids), functions(values))
    return st.recursive(
        base,
        lambda inner: st.one_of(
            function("Fn::Not", inner),
            one("Fn::And", st.lists(inner, max_size=3)),
            one("Fn::Or", st.lists(inner, min_size=2, max_size=3)),
        ),
        max_leaves=4,
    )


conditions = st.one_of(_conditions(), values)


@st.composite
def some(draw: Any, fields: dict[str, Strategy], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """A mapping with some of the fields, and seldom one that nobody knows."""
    names = [*required, *draw(st.lists(st.sampled_from(sorted(fields)), max_size=5, unique=True))]
    made = {name: draw(fields[name]) for name in dict.fromkeys(names)}
    if draw(st.integers(0, 12)) == 12:
        made[draw(texts)] = draw(values)
    return made


_text = st.one_of(texts, values)
parameters = some(
    {
        "Type": st.sampled_from(
            [
                "String",
                "Number",
                "CommaDelimitedList",
                "List<Number>",
                "AWS::EC2::VPC::Id",
                "AWS::SSM::Parameter::Value<String>",
                "Odd",
            ]
        ),
        "Default": scalars,
        "AllowedValues": st.lists(scalars, max_size=3),
        "AllowedPattern": _text,
        "Description": _text,
        "ConstraintDescription": _text,
        "MinLength": scalars,
        "MaxLength": scalars,
        "MinValue": scalars,
        "MaxValue": scalars,
        "NoEcho": scalars,
    },
    ("Type",),
)

_PROPERTIES = (
    "QueueName", "DelaySeconds", "FifoQueue", "RedrivePolicy", "Tags", "TopicName", "Subscription", "BucketName",
    "BucketEncryption", "Code", "Handler", "Role", "Runtime", "Environment", "MemorySize", "Timeout", "VpcConfig",
    "AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns", "ImageId", "UserData", "BlockDeviceMappings",
    "SecurityGroupIngress", "GroupDescription", "AvailabilityZones", "MinSize", "MaxSize", "Events", "CodeUri",
    "Rules", "Scope", "DefaultAction", "VisibilityConfig", "TemplateURL", "Parameters", "ServiceToken", "Nope",
    "Fn::Transform", "Fn::If",
)  # fmt: skip
_policies = st.fixed_dictionaries(
    {
        "Version": st.sampled_from(["2012-10-17", "2008-10-17"]),
        "Statement": st.one_of(
            st.lists(
                some(
                    {
                        "Effect": st.sampled_from(["Allow", "Deny", "Maybe"]),
                        "Action": st.one_of(st.just("sts:AssumeRole"), st.lists(texts, max_size=2), values),
                        "Resource": st.one_of(st.just("*"), values),
                        "Principal": st.one_of(
                            st.just("*"), one("Service", st.one_of(texts, values)), values
                        ),
                        "Condition": st.one_of(
                            st.dictionaries(texts, st.dictionaries(texts, values, max_size=2), max_size=2),
                            values,
                        ),
                        "Sid": _text,
                        "NotAction": values,
                    },
                    ("Effect", "Action"),
                ),
                max_size=2,
            ),
            values,
        ),
    }
)
_blocks = st.one_of(
    values,
    _policies,
    st.lists(
        some(dict.fromkeys(("Key", "Value", "Ebs", "DeviceName", "PolicyName", "CidrIp"), _text)), max_size=2
    ),
    some(
        {
            "Variables": st.dictionaries(texts, values, max_size=2),
            "ZipFile": _text,
            "S3Bucket": _text,
            "Allow": values,
        }
    ),
    some({"Variables": values, "ZipFile": functions(_text)}),
)
resources = some(
    {
        "Type": st.sampled_from(TYPES),
        "Properties": st.one_of(
            st.dictionaries(st.sampled_from(_PROPERTIES), _blocks, max_size=5),
            st.dictionaries(texts, values, max_size=2),
            values,
        ),
        "DependsOn": st.one_of(logical_ids, st.lists(logical_ids, max_size=3), values),
        "Condition": st.one_of(logical_ids, values),
        "Metadata": values,
        "DeletionPolicy": st.one_of(
            st.sampled_from(["Retain", "Delete", "Snapshot", "RetainExceptOnCreate"]), values
        ),
        "UpdateReplacePolicy": st.one_of(st.sampled_from(["Retain", "Delete"]), values),
        "CreationPolicy": st.one_of(
            st.just({"ResourceSignal": {"Count": "3", "Timeout": "PT15M"}}),
            st.just({"ResourceSignal": {"Count": 1}}),
            values,
        ),
        "UpdatePolicy": st.one_of(
            st.just(
                {"AutoScalingRollingUpdate": {"MinInstancesInService": 1, "PauseTime": "PT5M", "New": None}}
            ),
            values,
        ),
        "Version": values,
    },
    ("Type",),
)
outputs = some(
    {
        "Value": values,
        "Description": _text,
        "Export": st.one_of(one("Name", _text), values),
        "Condition": st.one_of(logical_ids, values),
    },
    ("Value",),
)
rules = some(
    {
        "RuleCondition": conditions,
        "Assertions": st.one_of(
            st.lists(some({"Assert": conditions, "AssertDescription": _text}, ("Assert",)), max_size=2),
            values,
        ),
    }
)
mappings = st.one_of(
    st.dictionaries(
        texts,
        st.dictionaries(texts, st.one_of(scalars, st.lists(scalars, max_size=2)), max_size=2),
        max_size=2,
    ),
    values,
)
hooks = some({"Type": _text, "Properties": values}, ("Type", "Properties"))
interfaces = some(
    {
        "ParameterGroups": st.one_of(
            st.lists(
                st.fixed_dictionaries(
                    {"Label": one("default", _text), "Parameters": st.lists(logical_ids, max_size=2)}
                ),
                max_size=2,
            ),
            values,
        ),
        "ParameterLabels": st.one_of(st.dictionaries(logical_ids, one("default", _text), max_size=2), values),
    }
)


def _section(element: Strategy, fewest: int = 0) -> Strategy:
    entry = st.one_of(element, element, element, values)
    name = st.one_of(logical_ids, logical_ids, logical_ids, st.sampled_from(ODD_NAMES), names)
    body = st.dictionaries(
        st.one_of(texts, st.sampled_from(["A${X}", "Fn::ForEach::Y"])), st.one_of(element, values), max_size=1
    )
    loop = st.sampled_from(["Loop", "Name", "X"]).flatmap(
        lambda variable: one(
            f"Fn::ForEach::{variable}",
            listed(st.just(variable), st.one_of(st.lists(texts, max_size=2), values), body),
        )
    )
    nothing = st.just(dict[str, Any]())
    return merged(
        st.dictionaries(name, entry, min_size=fewest, max_size=3), st.one_of(nothing, nothing, nothing, loop)
    )


# A section of anything, whose names are names as well.
_unnamed = values.filter(lambda made: not isinstance(made, dict) or not _RESERVED & {*"".join(made)})


@st.composite
def odd_templates(draw: Any) -> dict[str, Any]:
    """A template with oddities in every section."""
    sections: dict[str, Strategy] = {
        "AWSTemplateFormatVersion": st.one_of(st.just("2010-09-09"), scalars),
        "Description": _text,
        "Metadata": st.one_of(
            st.dictionaries(texts, values, max_size=2),
            merged(
                one("AWS::CloudFormation::Interface", interfaces),
                st.dictionaries(texts, values, max_size=1),
            ),
            values,
        ),
        "Parameters": _section(parameters),
        "Rules": _section(rules),
        "Mappings": _section(mappings),
        "Conditions": _section(conditions),
        "Transform": st.one_of(
            st.sampled_from(["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31", "My::Macro"]),
            st.lists(
                st.sampled_from(["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31", "My"]), max_size=2
            ),
            st.just({"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}),
            st.just([{"Name": "My", "Parameters": {"A": None}}, "AWS::LanguageExtensions"]),
            values,
        ),
        "Globals": st.one_of(some({"Function": values, "Api": values}), values),
        "Hooks": _section(hooks),
        "Outputs": _section(outputs),
        "Custom": values,
        "Fn::Transform": values,
    }
    chosen = draw(st.lists(st.sampled_from(sorted(sections)), max_size=7, unique=True))
    made: dict[str, Any] = {}
    for name in chosen:
        made[name] = draw(sections[name] if draw(st.integers(0, 9)) else _unnamed)
    made["Resources"] = draw(_section(resources, 1))
    shared = made.get("Parameters")
    if isinstance(shared, dict):
        # Both are what Ref means, and no template has a name twice.
        made["Resources"] = {k: v for k, v in made["Resources"].items() if k not in shared}
    return made
