"""The law of secrets: whatever functions the value of a NoEcho parameter flows through, its text is in no report,
error or log, in whatever format; and a diff still sees that it changed."""

from __future__ import annotations

import ast
import base64
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import ROOT, examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pyformation
from pyformation.cli import pyformation as command
from pyformation.evaluation import evaluate_data
from pyformation.evaluation.secrets import Secret, like, masking, opened

HOSTILE = ROOT.parent / "shared" / "data" / "hostile" / "03-secrets"

# What no writer can get out of a secret: any of these would be its text.
TEXT = "hunter2-Zq9x"


def test_a_secret_gives_its_text_to_nobody_who_writes() -> None:
    secret = Secret(TEXT)
    written = [
        str(secret),
        repr(secret),
        f"{secret} {secret!r} {secret:>20} %s" % secret,
        "".join([secret, "x"]),
        secret + "x",
        "x" + secret,
        secret[:],
        secret.lower(),
        secret.strip(),
        secret.replace("*", ""),
        ",".join(secret.split("-")),
        json.dumps({"a": [secret]}),
        repr({secret: [secret]}),
        str(secret.encode()),
        base64.b64encode(secret.encode()).decode(),
        secret.tag,
    ]
    assert not [text for text in written if "unter" in text or "aHVudGVy" in text]


def test_secrets_are_compared_by_their_text() -> None:
    assert Secret("a") == Secret("a") == "a" == Secret("a")
    assert Secret("a") != Secret("b") and Secret("a") != "b"
    assert "a" in {Secret("a")} and Secret("a") in ["a"]
    assert opened(Secret(Secret("a"))) == "a"
    assert Secret("a").tag == Secret("a").tag != Secret("b").tag
    assert not Secret("") and like("a", "b") == "a"


# What may open a secret: those that compute with values or compare them, and what runs the user's own function.
OPENERS = {
    "changes/certainty.py",
    "changes/clauses.py",
    "changes/comparison.py",
    "changes/decisions.py",
    "changes/unreadable.py",
    "changes/forms.py",
    "findings/access/statements.py",
    "findings/slots.py",
    "invocation/declarations.py",
    "validation/requirements.py",
}


def test_only_those_who_compute_open_secrets() -> None:
    found: set[str] = set()
    for file in (ROOT / "pyformation").rglob("*.py"):
        name = file.relative_to(ROOT / "pyformation").as_posix()
        if name.startswith(("aws/", "evaluation/")):
            continue
        text = file.read_text(encoding="utf-8")
        if "opened" in text:
            tree = ast.parse(text)
            if any(
                isinstance(node, ast.ImportFrom) and any(each.name == "opened" for each in node.names)
                for node in ast.walk(tree)
            ):
                found.add(name)
    assert found == OPENERS


# ---------------------------------------------------------------------------------------------
# The law

LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
secrets = st.one_of(
    st.text(LETTERS, min_size=10, max_size=14).map("zQ7{}".format),
    st.text(LETTERS + "\"'<&\\/-_:é", min_size=12, max_size=16).map("zQ7{}".format),
    # Long ones: what shortens a sentence must not leave half of one.
    st.text(LETTERS, min_size=8, max_size=10).map(lambda text: f"zQ7{text}" * 40),
    st.builds("10.{}.{}.0/16".format, st.integers(100, 255), st.integers(100, 255)),
    st.builds('{{"Statement": [{{"Effect": "Allow", "Action": "{0}:Get", "Resource": "{0}", "Principal": "{0}"}}]}}'.format, st.text(LETTERS, min_size=8, max_size=9)),
    st.builds("{{{{resolve:ssm:/{}}}}}".format, st.text(LETTERS, min_size=8, max_size=9)),
)  # fmt: skip

leaves = st.sampled_from(
    [
        {"Ref": "Password"},
        {"Ref": "Password"},
        {"Ref": "List"},
        {"Ref": "Stored"},
        {"Ref": "Unset"},
        {"Fn::Sub": "a-${Password}-b"},
        {"Fn::Sub": "${Password}"},
        {"Fn::Sub": "${AWS::StackName}${Password}${AWS::Region}"},
        {"Fn::Select": [0, {"Ref": "List"}]},
        {"Fn::GetAtt": ["Other", "Arn"]},
        "text",
        "1",
    ]
)


def functions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        inner.map(lambda a: {"Fn::Base64": a}),
        st.tuples(inner, inner).map(lambda a: {"Fn::Join": [a[0], [a[1], a[0]]]}),
        st.tuples(inner, inner).map(lambda a: {"Fn::Join": ["", [a[0], "x", a[1]]]}),
        inner.map(lambda a: {"Fn::Sub": ["v-${V}-${AWS::AccountId}", {"V": a}]}),
        inner.map(lambda a: {"Fn::Sub": ["${V}", {"V": a}]}),
        st.tuples(st.sampled_from("-a:,0"), inner).map(lambda a: {"Fn::Split": [a[0], a[1]]}),
        inner.map(lambda a: {"Fn::Split": [a, "text"]}),
        st.tuples(st.sampled_from([0, 1, 9]), inner).map(lambda a: {"Fn::Select": [a[0], [a[1], a[1]]]}),
        inner.map(lambda a: {"Fn::Select": [a, ["x", "y"]]}),
        inner.map(lambda a: {"Fn::Select": [0, {"Fn::Split": ["-", a]}]}),
        st.tuples(inner, inner).map(lambda a: {"Fn::If": ["Perhaps", a[0], a[1]]}),
        st.tuples(inner, inner).map(lambda a: {"Fn::If": ["Same", a[0], a[1]]}),
        inner.map(lambda a: {"Fn::FindInMap": ["Map", a, "b", {"DefaultValue": a}]}),
        inner.map(lambda a: {"Fn::FindInMap": ["Map", "a", a]}),
        inner.map(lambda a: {"Fn::ImportValue": a}),
        inner.map(lambda a: {"Fn::ImportValue": {"Fn::Sub": ["x-${V}", {"V": a}]}}),
        inner.map(lambda a: {"Fn::GetAtt": ["Other", a]}),
        inner.map(lambda a: {"Fn::GetAtt": [a, "Arn"]}),
        inner.map(lambda a: {"Ref": a}),
        inner.map(lambda a: {"Fn::Cidr": [a, 2, 8]}),
        inner.map(lambda a: {"Fn::ToJsonString": {"k": a, "l": [a]}}),
        inner.map(lambda a: {"Fn::Length": [a, a]}),
        inner.map(lambda a: {"Fn::GetAZs": a}),
        inner.map(lambda a: {"Fn::Transform": {"Name": "Mine", "Parameters": {"p": a}}}),
        inner.map(lambda a: {"Fn::GetStackOutput": {"StackName": a, "OutputName": a}}),
        inner.map(lambda a: {"Fn::GetStackOutput": {"StackName": "s", "OutputName": "o", "Region": a}}),
        inner.map(lambda a: {"Fn::Unheard": a}),
        inner.map(lambda a: {"deep": [a]}),
    )


expressions = st.recursive(leaves, functions, max_leaves=5)

# Where an expression stands: in a property of some type, an output, a condition, a nested stack, a name.
PLACES: dict[str, Callable[[Any], Any]] = {
    "name": lambda e: {"Resources": {"R": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": e}}}},
    "database": lambda e: {"Resources": {"R": {"Type": "AWS::RDS::DBInstance", "DeletionPolicy": e, "Properties": {"DBInstanceIdentifier": e, "Engine": e, "EngineVersion": e, "MasterUserPassword": e, "AllocatedStorage": e}}}},
    "tags": lambda e: {"Resources": {"R": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [{"Key": e, "Value": e}, {"Key": "k", "Value": e}]}}}},
    "policy": lambda e: {"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": e, "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": e}, "Condition": {"StringEquals": {"a": e}}}]}, "Policies": [{"PolicyName": e, "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": e, "Resource": e}}}], "ManagedPolicyArns": [e]}}}},
    "document": lambda e: {"Resources": {"R": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [e], "PolicyDocument": e}}}},
    "ingress": lambda e: {"Resources": {"R": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": e, "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": e, "CidrIp": e}]}}}},
    "subnet": lambda e: {"Resources": {"R": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "v", "CidrBlock": e}}, "S": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "v", "CidrBlock": {"Ref": "Password"}}}}},
    "twins": lambda e: {"Resources": {name: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": e}} for name in ("R", "S")}},
    "record": lambda e: {"Resources": {name: {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": e, "Type": "A", "HostedZoneName": e, "ResourceRecords": [e]}} for name in ("R", "S")}},
    "custom": lambda e: {"Resources": {"R": {"Type": "Custom::It", "Properties": {"ServiceToken": e, "It": {"a": e}}}}},
    "metadata": lambda e: {"Resources": {"R": {"Type": "AWS::SQS::Queue", "Metadata": {"a": e}, "UpdatePolicy": {"b": e}}}},
    "output": lambda e: {"Outputs": {"O": {"Value": e, "Description": e, "Export": {"Name": e}}}},
    "condition": lambda e: {"Conditions": {"C": {"Fn::Equals": [e, "text"]}, "D": {"Fn::Not": [{"Fn::Equals": [e, {"Ref": "Unset"}]}]}}, "Resources": {"R": {"Type": "AWS::SQS::Queue", "Condition": "C", "Properties": {"QueueName": {"Fn::If": ["D", e, "b"]}}}}},
    "nested": lambda e: {"Resources": {"R": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.json", "Parameters": {"A": e, "B": [e, "x"]}}}}, "Outputs": {"O": {"Value": {"Fn::GetAtt": ["R", "Outputs.Out"]}}}},
    "url": lambda e: {"Resources": {"R": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": e, "Parameters": e}}}},
    "loop": lambda e: {"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::L": ["X", [e, "other"], {"R${X}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "X"}}}}], "R": {"Type": "AWS::S3::Bucket", "Properties": {"Fn::ForEach::M": ["Y", {"Ref": "List"}, {"P${Y}": e}]}}}},
    "rule": lambda e: {"Rules": {"A": {"Assertions": [{"Assert": {"Fn::Contains": [[e], "x"]}, "AssertDescription": "d"}]}}},
    "serverless": lambda e: {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"R": {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": "python3.12", "Handler": "a.b", "CodeUri": "s3://bucket/key", "FunctionName": e, "Environment": {"Variables": {"A": e}}}}}},
}  # fmt: skip

CHILD = {
    "Parameters": {"A": {"Type": "String"}, "B": {"Type": "CommaDelimitedList"}},
    "Resources": {
        "N": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "StringList", "Value": {"Ref": "A"}, "Name": {"Fn::Join": ["/", {"Ref": "B"}]}}}
    },
    "Outputs": {"Out": {"Value": {"Fn::Sub": "${A}!"}, "Export": {"Name": {"Ref": "A"}}}},
}  # fmt: skip

POLICY = """
import base64
from pyformation import Finding

def words(value):
    try:
        yield base64.b64decode(value).decode()
    except Exception:
        pass
    yield from (str(value), repr(value), f"{value}", "".join(str(value)))

def check_diff(diff):
    print(diff.after.data["Parameters"], diff.sides.after.engine.inputs)
    yield Finding("T0", "policy", "warning", None, str(diff.after.data["Parameters"]["Password"]))
    for change in diff.resources:
        for one in change.changes:
            yield Finding("T1", "policy", "warning", change.logical_id, " ".join(words(one.after)))
            raise_if_asked(one.after)

def check_template(template):
    for name, resource in template.resources.items():
        yield Finding("T2", "policy", "warning", name, f"{resource}")
        for value in resource.properties.values():
            yield Finding("T3", "policy", "warning", name, " ".join(words(value)))
            raise_if_asked(value)

def raise_if_asked(value):
    if RAISES:
        raise ValueError(f"bad value {value}")
"""

COMMANDS = [
    *(["diff", "before.json", "after.json", "--format", name, "-v"] for name in ("text", "json", "markdown", "html", "sarif")),
    ["diff", "before.json", "after.json", "--format", "changeset"],
    ["diff", "before.json", "after.json", "--format", "changeset", "--include-property-values"],
    ["diff", "before.json", "after.json", "--format", "json", "--parameters", "values.json"],
    ["diff", "empty.json", "after.json", "--format", "json"],
    ["diff", "after.json", "empty.json", "--format", "text", "-q"],
    ["diff", "before.json", "after.json", "--policy", "policy.py", "--format", "json"],
    ["diff", "before.json", "after.json", "--policy", "raising.py"],
    ["validate", "after.json", "--policy", "policy.py", "--format", "json"],
    ["validate", "after.json", "--policy", "raising.py", "--format", "sarif"],
    ["validate", "after.json"],
    ["validate", "after.json", "--case", "prod=values.json", "--format", "json", "-v"],
    ["validate", "after.json", "--parameters", "values.json", "--policy", "policy.py"],
    ["explain", "--permissions", "after.json"],
    ["diff", "after.json", "after.json", "--parameters", "values.json", "--before-parameters", "values.json", "-v"],
    ["graph", "after.json", "--show-parameters", "--show-outputs", "--show-conditions"],
    ["graph", "after.json", "--before", "before.json", "--show-parameters", "--show-outputs", "--show-conditions", "--format", "svg"],
    ["graph", "after.json", "--before", "before.json", "--format", "html"],
]  # fmt: skip


def template(place: str, expression: Any, secret: str) -> dict[str, Any]:
    made = PLACES[place](expression)
    return {
        **made,
        "Parameters": {
            "Password": {"Type": "String", "NoEcho": True, "Default": secret},
            "List": {"Type": "CommaDelimitedList", "NoEcho": "true", "Default": f"{secret},{secret}2"},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "NoEcho": True, "Default": secret},
            "Picked": {"Type": "String", "NoEcho": True, "Default": secret, "AllowedValues": [secret, "b"]},
            "Unset": {"Type": "String"},
        },
        "Mappings": {"Map": {"a": {"b": "c"}}},
        "Conditions": {
            "Perhaps": {"Fn::Equals": [{"Ref": "Unset"}, "x"]},
            "Same": {"Fn::Equals": [{"Ref": "Password"}, {"Ref": "Unset"}]},
            **made.get("Conditions", {}),
        },
        "Resources": {"Other": {"Type": "AWS::SQS::Queue"}, **made.get("Resources", {})},
    }


def spellings(secret: str) -> list[str]:
    """The texts that give a secret away: its own, Base64, and what each format writes for its characters."""
    import html
    import urllib.parse

    found = {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        html.escape(secret),
        urllib.parse.quote(secret),
        base64.b64encode(secret.encode()).decode().rstrip("="),
    }
    if len(secret) > 300:
        found |= {secret[:24], secret[-24:], base64.b64encode(secret.encode()).decode()[:24]}
    elif len(secret) > 40:
        words = secret.replace('"', " ").replace(":", " ").split()
        found |= {
            word for word in words if len(word) >= 8 and word not in ("Statement", "Resource", "Principal")
        }
    return sorted(found)


def check(folder: str, before: Any, after: Any, arguments: list[str], secret: str) -> str:
    files = {
        "before.json": before,
        "after.json": after,
        "empty.json": {},
        "child.json": CHILD,
        "values.json": {"Password": f"{secret}x", "List": f"{secret}y,{secret}", "Picked": secret + "z"},
    }
    for name, content in files.items():
        Path(folder, name).write_text(json.dumps(content), encoding="utf-8")
    for name, raises in (("policy.py", False), ("raising.py", True)):
        Path(folder, name).write_text(POLICY.replace("RAISES", str(raises)), encoding="utf-8")
    here = os.getcwd()
    os.chdir(folder)
    try:
        result = CliRunner().invoke(command, arguments)
    finally:
        os.chdir(here)
    if result.exception is not None and not isinstance(
        result.exception, (SystemExit, pyformation.PyformationError)
    ):
        raise result.exception
    said = f"{result.output}\n{result.stderr}\n{result.exception}"
    for spelled in spellings(secret):
        assert spelled not in said
    return said


@settings(max_examples=examples(25, 3000))
@given(st.sampled_from(sorted(PLACES)), expressions, secrets, st.sampled_from(COMMANDS), st.booleans())
def test_a_secret_is_in_no_report_error_or_log(
    place: str, expression: Any, secret: str, arguments: list[str], longer: bool
) -> None:
    before = template(place, expression, f"{secret}{secret}" if longer else secret)
    after = template(place, expression, f"{secret}" if longer else f"{secret}/{secret}")
    with tempfile.TemporaryDirectory() as folder:
        check(folder, before, after, arguments, secret)


@pytest.mark.slow
@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_secret_alone_in_each_place_is_in_no_format(place: str, tmp_path: Path) -> None:
    for arguments in COMMANDS:
        check(
            str(tmp_path),
            template(place, {"Ref": "Password"}, TEXT),
            template(place, {"Ref": "Password"}, f"{TEXT}2"),
            arguments,
            TEXT,
        )


# ---------------------------------------------------------------------------------------------
# The change is seen, and what is written by design


def changed(expression: Any) -> str:
    sides = [
        {
            "Parameters": {"Password": {"Type": "String", "NoEcho": True, "Default": text}},
            "Resources": {
                "Other": {"Type": "AWS::SQS::Queue"},
                "R": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": expression}},
            },
        }
        for text in (TEXT, f"{TEXT}2")
    ]
    found = {change.logical_id: change for change in pyformation.diff(*sides).resources}
    return "no change" if "R" not in found else str(found["R"].replacement)


@pytest.mark.parametrize(
    ("expression", "replacement"),
    [
        ({"Ref": "Password"}, "True"),
        ({"Fn::Sub": "a-${Password}"}, "True"),
        ({"Fn::Base64": {"Fn::Sub": "a-${Password}"}}, "True"),
        ({"Fn::Join": ["-", ["a", {"Fn::Split": ["-", {"Ref": "Password"}]}]]}, "True"),
        ({"Fn::ToJsonString": {"a": {"Ref": "Password"}}}, "True"),
        ({"Fn::Sub": "${AWS::StackName}-${Password}"}, "True"),
        ({"Fn::ImportValue": {"Fn::Sub": "x-${Password}"}}, "Conditional"),
        ({"Fn::Sub": ["${V}", {"V": {"Fn::GetAtt": ["Other", {"Ref": "Password"}]}}]}, "Conditional"),
        ({"Fn::Select": [0, {"Fn::Split": ["-", {"Ref": "Password"}]}]}, "no change"),
    ],
    ids=str,
)
def test_a_diff_sees_that_a_secret_changes(expression: Any, replacement: str) -> None:
    found = changed(expression)
    assert found == replacement or (replacement == "Conditional" and found == "True")


def test_a_secret_that_is_none_any_more_is_the_same_value() -> None:
    sides = [
        {
            "Parameters": {"Name": {"Type": "String", "NoEcho": hidden, "Default": TEXT}},
            "Resources": {"R": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}},
        }
        for hidden in (True, False)
    ]
    assert not pyformation.diff(*sides).resources


@pytest.mark.parametrize(
    "facts",
    [
        {"AllowedValues": ["other-" + TEXT, "b"]},
        {"AllowedPattern": f"no-{TEXT}"},
        {"MinLength": 50},
        {"Type": "Number"},
        {"Type": "List<Number>"},
        {"Default": {"k": TEXT}},
        {"Default": [[TEXT]]},
    ],
    ids=str,
)
def test_errors_of_secret_parameters_quote_nothing(facts: Any) -> None:
    declared = {"Type": "String", "NoEcho": True, "Default": TEXT, **facts}
    with pytest.raises(pyformation.EvaluationError) as caught:
        evaluate_data({"Parameters": {"P": declared}, "Resources": {}})
    assert "Zq9x" not in str(caught.value)


def test_a_function_that_runs_locally_gets_the_secret(tmp_path: Path) -> None:
    from pyformation.evaluation import Given
    from pyformation.invocation.declarations import declared
    from pyformation.invocation.targets import find

    (tmp_path / "t.json").write_text(
        json.dumps(
            {
                "Parameters": {"P": {"Type": "String", "NoEcho": True, "Default": TEXT}},
                "Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.12", "Handler": "a.b", "Code": "src", "Role": "r", "Environment": {"Variables": {"A": {"Fn::Sub": "x-${P}"}}}}}},
            }
        )
    )  # fmt: skip
    target = find(f"{tmp_path / 't.json'}:F")
    assert declared(target, Given()).variables == {"A": f"x-{TEXT}"}


SECRET_FACTS: dict[str, Any] = {
    "Handler": {"Ref": "P"},
    "Layers": [{"Ref": "P"}, {"Fn::Sub": "arn:${P}"}, {"Fn::GetAtt": [{"Ref": "P"}, "Arn"]}],
    "Timeout": {"Ref": "P"},
    "MemorySize": {"Ref": "P"},
    "Environment": {"Ref": "P"},
    "FunctionName": {"Ref": "P"},
    "LoggingConfig": {"LogGroup": {"Ref": "P"}},
}


@pytest.mark.parametrize("name", SECRET_FACTS)
def test_what_is_said_of_a_function_that_runs_locally_has_no_secret(tmp_path: Path, name: str) -> None:
    from pyformation.evaluation import Given
    from pyformation.invocation.declarations import declared
    from pyformation.invocation.targets import find

    properties = {"Runtime": "python3.12", "Handler": "a.b", "Code": "src", name: SECRET_FACTS[name]}
    data = {
        "Parameters": {"P": {"Type": "String", "NoEcho": True, "Default": TEXT}},
        "Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}},
    }
    (tmp_path / "t.json").write_text(json.dumps(data))
    found = declared(find(f"{tmp_path / 't.json'}:F"), Given())
    said = f"{found.notes} {found.handler} {found.name} {found.arn} {found.runtime}"
    assert "Zq9x" not in said
    assert name != "Layers" or len(found.notes) == 3


def test_what_a_policy_or_a_validator_quotes_is_hidden() -> None:
    hide = masking([TEXT, 'a"bé-long', "ab"])
    assert hide(f"it is {TEXT}") == "it is ****"
    assert hide(r"it is a\"b\u00e9-long") == "it is ****"
    assert hide(base64.b64encode(TEXT.encode()).decode()) == "****"
    assert hide("ab or about") == "**** or about"  # A short one is hidden where it stands alone.


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="needs the shared inputs")
@pytest.mark.parametrize(
    "arguments",
    [
        ["diff", "b.json", "a.json", "--format", "changeset", "--include-property-values"],
        ["diff", "nested-b.json", "nested-a.json", "--format", "json"],
        ["diff", "nested-b.json", "nested-a.json", "--format", "changeset", "--include-property-values"],
        ["diff", "import-b.json", "import-a.json"],
        ["diff", "b.json", "a.json", "--policy", "policy.py"],
        ["diff", "b.json", "a.json", "--policy", "policy-raises.py"],
        ["validate", "known.json", "--policy", "policy.py"],
        ["validate", "known.json", "--policy", "policy-raises.py"],
    ],
    ids=" ".join,
)
def test_known_leaks(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HOSTILE)
    result = CliRunner().invoke(command, arguments)
    said = f"{result.output}{result.stderr}{result.exception}"
    assert "hunter2" not in said and "aHVudGVy" not in said
    assert result.exit_code in (0, 1) and ("****" in said or "import" in arguments[1])
