"""`pyformation validate`: our own checks, cloudformation-validate beside them, lines, suppression, reports, statuses."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, run_command, run_python

import pyformation
from pyformation import Finding, Origin, PyformationError, validation, validator
from pyformation.document import parse
from pyformation.findings.codes import CODES
from pyformation.findings.settings import Settings, Suppression, settings_of
from pyformation.limits import LIMITS
from pyformation.reports.sarif import Result, sarif
from pyformation.reports.validation import schema, text, to_json
from pyformation.validation.checks import look
from pyformation.validation.conditions import OTHER, Conditions
from pyformation.validation.overlaps import OVERLAPS, without_overlaps

jsonschema = pytest.importorskip("jsonschema", reason="it comes with the dev extra")
pytest.importorskip("cloudformation_validate", reason="pip install '.[validate]'")

FIXTURES = ROOT / "tests" / "fixtures"
CASES: list[dict[str, Any]] = yaml.safe_load((FIXTURES / "validate" / "checks.yaml").read_text())
TODAY = "2026-11-24"


def found(data: dict[str, Any], **options: Any) -> list[str]:
    text = json.dumps(data)
    return [f"{one.code} {one.path}" for one in look(parse(text).data, text, TODAY, **options).findings]


# ---------------------------------------------------------------------------------------------
# Local files


ROLE = "arn:aws:iam::123456789012:role/r"
LOCAL: dict[str, Any] = {
    "Code": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Role": ROLE, "Handler": "h", "Runtime": "python3.13", "Code": "src/"},
    },
    # Kinds of places that the validator does not know from `aws cloudformation package`.
    "Flow": {
        "Type": "AWS::Bedrock::Flow",
        "Properties": {"Name": "n", "ExecutionRoleArn": ROLE, "DefinitionS3Location": "flow.json"},
    },
    "Pack": {
        "Type": "AWS::Config::ConformancePack",
        "Properties": {"ConformancePackName": "p", "TemplateS3Uri": "pack.yaml"},
    },
    "Words": {
        "Type": "AWS::Macie::AllowList",
        "Properties": {"Name": "n", "Criteria": {"S3WordsList": "words.txt"}},
    },
    "Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.yaml"}},
}


def test_local_files_are_what_they_will_be_packaged_to(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(yaml.safe_dump({"Resources": LOCAL}, sort_keys=False))
    said = validation.validate(str(tmp_path / "t.yaml")).findings
    assert [one for one in said if one.severity == "error" or one.code == "W3002"] == []
    # An error beside it is found, with its line.
    resources = copy.deepcopy(LOCAL)
    resources["Code"]["Properties"]["Timeout"] = 5000
    (tmp_path / "t.yaml").write_text(yaml.safe_dump({"Resources": resources}, sort_keys=False))
    (late,) = [one for one in validation.validate(str(tmp_path / "t.yaml")).findings if "5000" in one.message]
    assert (late.path, late.origin and late.origin.line) == ("/Resources/Code/Properties/Timeout", 9)
    # An address that is none is still an error.
    resources["Pack"]["Properties"]["TemplateS3Uri"] = "https://example.com/pack.yaml"
    said = validation.validate({"Resources": resources}).findings
    assert "/Resources/Pack/Properties/TemplateS3Uri" in {one.path for one in said if one.severity == "error"}


# ---------------------------------------------------------------------------------------------
# Our own checks


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_checks(case: dict[str, Any]) -> None:
    assert sorted(found(case["template"])) == sorted(case["expect"])


def test_every_code_of_ours_has_a_case() -> None:
    expected = {text.partition(" ")[0] for case in CASES for text in case["expect"]}
    # Sizes and policies: below; shape, expressions and rules: test_requirements.
    apart = {"PF711", "PF712", "PF713", "PF714", "PF715", "PF716", "PF717", "PF718", "PF719", "PF720"}
    assert {code for code in CODES if code.startswith("PF7")} - apart <= expected


TOPIC = {"Type": "AWS::SNS::Topic"}


def test_limits() -> None:
    parameters = {f"P{n}": {"Type": "String"} for n in range(201)}
    used = {"Value": {"Fn::Join": ["", [{"Ref": name} for name in parameters]]}}
    outputs = {f"O{n}": used for n in range(201)}
    resources = {f"R{n}": TOPIC for n in range(501)}
    whole = {"Parameters": parameters, "Resources": resources, "Outputs": outputs, "Description": "x" * 1025}
    assert [one for one in found(whole) if one.startswith("PF215")] == [
        "PF215 /Parameters",
        "PF215 /Resources",
        "PF215 /Outputs",
        "PF215 /Description",
    ]
    less = {
        "Parameters": dict(list(parameters.items())[:200]),
        "Resources": dict(list(resources.items())[:500]),
        "Outputs": {"O": {"Value": {"Fn::Join": ["", [{"Ref": f"P{n}"} for n in range(200)]]}}},
    }
    assert found(less) == []


def test_sizes() -> None:
    data = {"Resources": {"Topic": TOPIC}}
    most = LIMITS["inline bytes"]
    assert [one.code for one in look(data, "x" * most).findings] == []
    assert [one.code for one in look(data, "x" * (most + 1)).findings] == ["PF711"]
    assert [one.code for one in look(data, "\u00e9" * (most // 2 + 1)).findings] == ["PF711"]
    assert [one.code for one in look(data, "x" * 1_000_001).findings] == ["PF215"]


def test_runtimes_end_on_their_day() -> None:
    data = {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.9"}}}}
    days = {"2025-12-14": [], "2025-12-15": ["PF709"], "2027-01-31": ["PF709"], "2027-02-01": ["PF710"]}
    for day, codes in days.items():
        assert [one.code for one in look(data, "", day).findings] == codes
    assert "new functions and updates are refused" in look(data, "", "2027-03-03").findings[0].message


def test_the_day_can_be_given(tmp_path: Path) -> None:
    function = {
        "Runtime": "python3.9",
        "Handler": "a.b",
        "Role": "arn:aws:iam::123456789012:role/x",
        "Code": {"ZipFile": "x"},
    }
    template = {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": function}}}
    for day, codes in {"2025-01-01": [], "2026-01-01": ["PF709"], "2027-02-01": ["PF710"]}.items():
        # The validator itself only knows today.
        about = [one for one in validation.validate(template, date=day).findings if "untime" in one.message]
        assert [one.code for one in about] == codes
        assert {one.severity for one in about} <= {"warning"}
    (tmp_path / "t.json").write_text(json.dumps(template))
    assert (
        "PF710: F: the runtime python3.9 is no longer taken"
        in command(tmp_path, "t.json", "--date", "2027-02-01").stdout
    )
    assert (
        command(tmp_path, "t.json", "--date", "tomorrow").stderr
        == "error: expected a day such as 2027-02-01, found 'tomorrow'\n"
    )


def test_a_case_in_which_it_happens_is_named() -> None:
    conditions = Conditions(
        {
            "Parameters": {"Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]}},
            "Conditions": {
                "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
                "IsEu": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
                "Same": {"Fn::Equals": [{"Ref": "A"}, {"Ref": "B"}]},
            },
        }
    )
    answer = conditions.answer([], "IsProd")
    assert answer is not None
    assert (answer.there, answer.when) == ("perhaps", {"Ref Stage": "dev"})
    eu = conditions.answer([("IsProd", True)], "IsEu")
    assert eu is not None
    assert eu.when["Ref AWS::Region"] == OTHER
    same = conditions.answer([("Same", True)], "Same")
    assert same is not None
    assert same.there == "always"
    assert conditions.answer([("IsProd", True), ("IsProd", False)], "IsEu") is None
    assert conditions.answer([], "Gone") is None


def test_too_many_cases_say_nothing() -> None:
    declared = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "x"]} for n in range(20)}
    declared["All"] = {"Fn::Or": [{"Condition": name} for name in declared]}
    assert Conditions({"Conditions": declared}).answer([("C0", True)], "All") is None


# ---------------------------------------------------------------------------------------------
# cloudformation-validate beside them


def test_nothing_is_said_twice() -> None:
    template = {
        "Parameters": {"Unused": {"Type": "String"}},
        "Mappings": {"Unused2": {"a": {"b": "c"}}},
        "Conditions": {"Unused3": {"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}},
        "Resources": {
            "F": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "python2.7",
                    "Handler": "a.b",
                    "Role": {"Fn::GetAtt": ["Gone", "Arn"]},
                    "Code": {"ZipFile": "x"},
                    "Environment": {"Variables": {"AWS_REGION": "x"}},
                },
            },
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "Not_A_Bucket"}},
            "Volume": {"Type": "AWS::EC2::Volume", "Properties": {"Encrypted": True, "Size": 1}},
            "Ports": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {
                    "GroupDescription": "d",
                    "SecurityGroupIngress": [
                        {"IpProtocol": "tcp", "CidrIp": "10.0.0.0/8", "FromPort": 9, "ToPort": 8}
                    ],
                },
            },
            "Group": {
                "Type": "AWS::AutoScaling::AutoScalingGroup",
                "Properties": {
                    "MinSize": "3",
                    "MaxSize": "2",
                    "LaunchTemplate": {"LaunchTemplateId": "lt-12345678", "Version": "1"},
                    "VPCZoneIdentifier": ["subnet-12345678"],
                },
                "UpdatePolicy": {"AutoScalingRolling": {}},
            },
        },
        "Outputs": {"Zones": {"Value": {"Fn::GetAZs": ""}}},
    }
    codes = [one.code for one in validation.validate(template).findings if one.severity != "info"]
    ours = [code for code in codes if code[:2] == "PF"]
    assert sorted(ours) == ["PF217", "PF701", "PF702", "PF703", "PF706", "PF710", "PF714", *["PF715"] * 4]
    assert not {"E3706", "F3017"} & set(codes)
    assert codes.count("F3031") == 1  # The pattern: theirs is kept.
    twins = {rule for row in OVERLAPS if row.keeps == "ours" and not row.exact for rule in row.rules}
    assert not twins & set(codes)


def test_overlaps_need_the_same_place() -> None:
    def one(code: str, path: str) -> Finding:
        return Finding(code, "k", "error", path.split("/")[2], "m", path)

    ours = [one("PF706", "/Resources/F/Properties/Environment/Variables/AWS_REGION")]
    theirs = [
        one("E3663", "/Resources/F/Properties/Environment/Variables"),
        one("E3663", "/Resources/G/Properties/Environment/Variables"),
        one("E3012", "/Resources/F/Properties/Environment/Variables"),
    ]
    assert without_overlaps(ours, theirs) == (ours, theirs[1:])
    for row in OVERLAPS:
        assert row.code in CODES
        assert row.reason.endswith(".")


YAML_TEMPLATE = """\
Parameters:
  Stage: {Type: String}
  Unused:
    Type: String
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: Not_A_Bucket
      Tags:
        - Key: Stage
          Value: !Ref Stage
        - Key: a.b
          Value: !Ref Gone
"""


def lines(source: Path) -> dict[str, tuple[str, int]]:
    done = validation.validate_all(str(source))[None]
    return {
        one.code: (Path(one.origin.file).name, one.origin.line)
        for one in done.findings
        if one.origin is not None and one.severity != "info"
    }


def test_lines_of_yaml_and_json(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(YAML_TEMPLATE)
    assert lines(tmp_path / "t.yaml") == {
        "PF701": ("t.yaml", 3),
        "F3031": ("t.yaml", 9),
        "PF217": ("t.yaml", 14),
    }
    (tmp_path / "t.json").write_text(json.dumps(parse(YAML_TEMPLATE).data, indent=1))
    named = (tmp_path / "t.json").read_text().splitlines()
    found = lines(tmp_path / "t.json")
    assert '"Unused"' in named[found["PF701"][1] - 1]
    assert "Not_A_Bucket" in named[found["F3031"][1] - 1]
    assert "Value" in named[found["PF217"][1] - 1] or "Ref" in named[found["PF217"][1] - 1]


MODULE = """\
from pyformation import Equals, If, Output, Parameter, Stack
from pyformation.aws import s3, sns


class Shop(Stack):
    stage = Parameter(str, default="dev")
    unused = Parameter(str, default="x"{unused})
    is_prod = Equals(stage, "prod")
    topic = sns.Topic(condition=is_prod)

    bucket = s3.Bucket(
        bucket_name="not-${{a}}_bucket".replace("${{a}}", "a"),
        tags=[{{"Key": "topic", "Value": topic}}],{bucket}
    )
    arn = Output(bucket.arn)
"""


def module(folder: Path, unused: str = "", bucket: str = "") -> Path:
    path = folder / "shop.py"
    path.write_text(MODULE.format(unused=unused, bucket=bucket))
    return path


def test_lines_of_stack_modules(tmp_path: Path) -> None:
    # Where a declaration goes over several lines, the line is that of the value.
    assert lines(module(tmp_path)) == {
        "PF701": ("shop.py", 7),
        "PF704": ("shop.py", 13),
        "F3031": ("shop.py", 12),
    }


def test_paths_of_the_validator() -> None:
    done = validation.validate(
        {
            "Resources": {
                "Role": {
                    "Type": "AWS::IAM::Role",
                    "Properties": {
                        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                        "Nope": 1,
                    },
                }
            },
            "Outputs": {"A": {"Value": {"Fn::If": ["Gone", 1, 2]}}},
        }
    )
    paths = {one.code: one.path for one in done.findings}
    assert paths["F3002"] == "/Resources/Role/Properties/Nope"
    for one in done.findings:
        assert one.path is None or one.path.startswith(("/Resources", "/Outputs", "/Metadata"))


def test_what_the_validator_cannot_read_is_a_finding_or_a_sentence() -> None:
    done = validation.validate({"Resources": []} | {"Resources": {}})
    assert [one.code for one in done.findings if one.severity == "error"] == ["F0001"]


def test_hostile_templates_end_soon_and_in_one_sentence() -> None:
    deep: Any = {"Ref": "AWS::Region"}
    for _ in range(390):
        deep = [deep]
    validation.validate({"Resources": {"T": {**TOPIC, "Metadata": {"Deep": deep}}}})
    declared = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n % 200}"}, str(n)]} for n in range(2000)}
    parameters = {f"P{n}": {"Type": "String"} for n in range(200)}
    resources = {
        f"R{n}": {**TOPIC, "Condition": f"C{n}", "Properties": {"DisplayName": {"Ref": f"R{(n + 1) % 2000}"}}}
        for n in range(2000)
    }
    data = {"Parameters": parameters, "Conditions": declared, "Resources": resources}
    assert len(look(data, "").findings) > 2000


def test_the_line_of_a_program_is_that_of_the_value(tmp_path: Path) -> None:
    program = tmp_path / "stack.py"
    program.write_text(
        """\
from pyformation import If, Equals, Parameter, Stack
from pyformation.aws import lambda_


class Lines(Stack):
    stage = Parameter(str, default="dev")
    is_prod = Equals(stage, "prod")
    function = lambda_.Function(
        role="arn:aws:iam::123456789012:role/x",
        code=lambda_.Function.Code(
            zip_file="...",
        ),
        environment=lambda_.Function.Environment(
            variables={
                "OTHER": "x",
                "AWS_REGION": "y",
            },
        ),
        runtime=If(
            is_prod,
            "python3.13",
            "python2.7",
        ),
        handler="index.handler",
    )
    other = lambda_.Function(
        role="arn:aws:iam::123456789012:role/x",
        code=lambda_.Function.Code(zip_file="..."),
        handler="index.handler",
        **{"runtime": "python2.7"},
    )
""",
        encoding="utf-8",
    )
    found = validation.validate(str(program)).findings
    lines = [(one.code, one.origin.line) for one in found if one.origin is not None and one.code[:2] == "PF"]
    # What is not spelled out stands where the element does.
    assert sorted(lines) == [("PF706", 16), ("PF710", 22), ("PF710", 26)]


def test_a_policy_may_name_a_resource_only(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(WARNED)
    (tmp_path / "rules.py").write_text(POLICY.replace(', f"/Resources/{name}")', ")"))
    assert "(t.yaml:4)" in command(tmp_path, "t.yaml", "--policy", "rules.py").stdout


# ---------------------------------------------------------------------------------------------
# Suppression


def codes(done: validation.Validation) -> tuple[set[str], dict[str, str]]:
    return {one.code for one in done.findings}, {one.finding.code: one.reason for one in done.suppressed}


def test_suppression_in_a_declaration(tmp_path: Path) -> None:
    path = module(
        tmp_path,
        unused=', suppress={"PF701": "for the next release"}',
        bucket='\n        suppress={"F3031": "named by hand", "PF999": "no such"},',
    )
    done = validation.validate_all(str(path))[None]
    left, hidden = codes(done)
    assert hidden == {"PF701": "for the next release", "F3031": "named by hand"}
    assert not left & set(hidden)
    assert "suppress" not in json.dumps(done.template.data).lower()
    assert all(done.is_declared(one) for one in done.suppressed)
    assert done.summary.suppressed == 2


def test_declared_suppressions_hold_for_the_diff(tmp_path: Path) -> None:
    program = """\
from pyformation import Stack
from pyformation.aws import dynamodb

class S(Stack):
    table = dynamodb.Table(
        table_name={0!r}, key_schema=[{{"AttributeName": "id", "KeyType": "HASH"}}],
        attribute_definitions=[{{"AttributeName": "id", "AttributeType": "S"}}], billing_mode="PAY_PER_REQUEST",
        suppress={{"PF101": "it is empty"}},
    )
"""
    (tmp_path / "old.py").write_text(program.format("a"))
    (tmp_path / "new.py").write_text(program.format("b"))
    (tmp_path / "none.py").write_text(
        "from pyformation import Stack\nfrom pyformation.aws import sns\n\nclass S(Stack):\n    topic = sns.Topic()\n"
    )
    (tmp_path / "loud.py").write_text(program.format("b").replace('"PF101"', '"PF102"'))
    replaced = pyformation.diff(str(tmp_path / "old.py"), str(tmp_path / "new.py"))
    assert [(one.finding.code, one.reason) for one in replaced.suppressed] == [("PF101", "it is empty")]
    removed = pyformation.diff(str(tmp_path / "old.py"), str(tmp_path / "none.py"))
    assert "PF101" in [one.finding.code for one in removed.suppressed]
    # The declaration after counts for what is still there.
    loud = pyformation.diff(str(tmp_path / "old.py"), str(tmp_path / "loud.py"))
    assert "PF101" in [one.code for one in loud.findings]


@pytest.mark.parametrize("reason", ["''", "'  '", "None", "3"])
@pytest.mark.parametrize(
    "what", ["sns.Topic(suppress={{'PF701': {0}}})", "Parameter(str, suppress={{'PF701': {0}}})"]
)
def test_a_declared_suppression_needs_a_reason(what: str, reason: str) -> None:
    program = "from pyformation import Parameter\nfrom pyformation.aws import sns\n" + what.format(reason)
    result = run_python("-c", program)
    assert result.returncode == 1
    assert "the suppression of PF701 needs a reason, found" in result.stderr.splitlines()[-1]


def test_suppress_of_every_element() -> None:
    from pyformation import Mapping, Output, Parameter, Rule, Template

    template = Template()
    stage = template.add("Stage", Parameter(str, suppress={"PF701": "a"}))
    template.add("Sizes", Mapping({"a": {"b": "c"}}, suppress={"PF703": "b"}))
    template.add("Check", Rule(pyformation.Contains(["a"], stage), suppress={"X1": "c"}))
    template.add("Topic", pyformation.AnyResource("AWS::SNS::Topic", suppress={"I9040": "d"}))
    template.add("Out", Output(1, suppress={"PF704": "e"}))
    done = validation.validate(template)
    assert done.template.suppressions == {
        "Parameters.Stage": {"PF701": "a"},
        "Mappings.Sizes": {"PF703": "b"},
        "Rules.Check": {"X1": "c"},
        "Resources.Topic": {"I9040": "d"},
        "Outputs.Out": {"PF704": "e"},
    }
    assert "suppress" not in template.to_yaml()
    assert {"PF703", "I9040"} <= codes(done)[1].keys()


def test_suppression_in_settings() -> None:
    template = parse(YAML_TEMPLATE).data
    settings = settings_of(
        {
            "severity": {"PF217": "warning"},
            "suppress": [
                {"code": "PF701", "resource": "Un*", "reason": "later"},
                {"code": "F3031", "reason": "old"},
            ],
        }
    )
    done = validation.validate(template, settings=settings)
    assert codes(done)[1] == {"PF701": "later", "F3031": "old"}
    assert {one.severity for one in done.findings if one.code == "PF217"} == {"warning"}
    assert not any(done.is_declared(one) for one in done.suppressed)
    other = Settings({}, (Suppression("PF701", "later", "Other"),))
    assert "PF701" in codes(validation.validate(template, settings=other))[0]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("PF701", "--suppress 'PF701': the suppression of PF701 needs a reason (CODE[:LogicalId]=reason)"),
        ("PF701:Unused= ", "--suppress 'PF701:Unused= ': the suppression of PF701 needs a reason (CODE[:LogicalId]=reason)"),
        ("=because", "--suppress '=because': it needs a code"),
        ("PF-701=x", "--suppress 'PF-701=x': there is no code 'PF-701'; did you mean 'PF701'?"),
    ],
)  # fmt: skip
def test_a_suppression_on_the_command_line_needs_a_reason(tmp_path: Path, given: str, sentence: str) -> None:
    (tmp_path / "t.yaml").write_text(YAML_TEMPLATE)
    result = command(tmp_path, "t.yaml", "--suppress", given)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", f"error: {sentence}\n")


def test_suppression_on_the_command_line_and_in_pyproject(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(YAML_TEMPLATE)
    (tmp_path / "pyproject.toml").write_text(
        '[[tool.pyformation.findings.suppress]]\ncode = "F3031"\nresource = "Bucket"\nreason = "old"\n'
    )
    options = ["--suppress", "PF217=comes later", "--suppress", "PF701:Unused=next"]
    result = command(tmp_path, "t.yaml", *options, "--format", "json")
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)
    hidden = {one["finding"]["code"]: one["reason"] for one in data["suppressed"]}
    assert hidden == {"F3031": "old", "PF217": "comes later", "PF701": "next"}
    shown = command(tmp_path, "t.yaml", *options)
    assert shown.stdout.endswith("; 3 suppressed\n")
    assert "comes later" not in shown.stdout
    assert "suppressed: comes later" in command(tmp_path, "t.yaml", *options, "-v").stdout
    other = command(tmp_path, "t.yaml", "--suppress", "PF701:Stage=no", "--format", "json")
    assert "PF701" in [one["code"] for one in json.loads(other.stdout)["findings"]]


# ---------------------------------------------------------------------------------------------
# Reports


def command(folder: Path, *arguments: str, **options: Any) -> Any:
    return run_command("validate", *arguments, cwd=folder, **options)


def test_text(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(YAML_TEMPLATE)
    result = command(tmp_path, "t.yaml")
    assert (result.returncode, result.stderr) == (3, "")
    assert result.stdout == (
        "Total: 2 errors, 1 warning, 2 notes (-v lists the notes)\n"
        "\n"
        "Unused  parameter\n"
        "  warning PF701: the parameter Unused is not used (t.yaml:3)\n"
        "\n"
        "Bucket  AWS::S3::Bucket\n"
        "  error F3031: 'Not_A_Bucket' does not match pattern '^([a-z0-9][a-z0-9.-]*[a-z0-9])?$' (t.yaml:9)\n"
        "  error PF217: Bucket refers to 'Gone', which does not exist in this template (t.yaml:14)\n"
    )


def test_escapes_are_harmless() -> None:
    evil = "\x1b[31mred\u202e"
    done = validation.validate(
        {"Resources": {evil: {"Type": evil, "Properties": {"A": {"Ref": evil + "x"}}}}}
    )
    shown = text({None: done}, verbose=True)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\\x1b[31mred" in shown
    assert "\x1b" not in json.dumps(to_json({None: done}))


def test_json(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(YAML_TEMPLATE)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "u.json").write_text('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
    data = json.loads(command(tmp_path, "t.yaml", "--format", "json").stdout)
    jsonschema.validate(data, schema())
    assert data["version"] == 1
    assert data["template"] == "t.yaml"
    first = data["findings"][0]
    assert first.keys() == {"code", "kind", "severity", "resource", "message", "path", "origin"}
    unused = next(one for one in data["findings"] if one["code"] == "PF701")
    assert unused == {
        "code": "PF701",
        "kind": "unused",
        "severity": "warning",
        "resource": None,
        "message": "the parameter Unused is not used",
        "path": "/Parameters/Unused",
        "origin": {"file": "t.yaml", "line": 3},
    }
    folder = json.loads(command(tmp_path, ".", "--format", "json").stdout)
    jsonschema.validate(folder, schema())
    assert list(folder["templates"]) == ["more/u.json", "t.yaml"]
    assert folder["summary"]["errors"] == 2
    shown = command(tmp_path, ".").stdout.splitlines()
    assert shown[2] == "t.yaml"
    assert shown[0].startswith("Total of 2 templates: 2 errors, 1 warning, ")


def sarif_of(folder: Path, *arguments: str) -> dict[str, Any]:
    log = json.loads(command(folder, *arguments, "--format", "sarif").stdout)
    official = json.loads((FIXTURES / "sarif-2.1.0-rtm.5.json").read_text())
    jsonschema.Draft4Validator(official).validate(log)
    run = log["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert len(result["locations"]) == 1
    prints = [result["partialFingerprints"]["pyformation/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    return log


def test_sarif(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(YAML_TEMPLATE)
    log = sarif_of(tmp_path, "t.yaml", "--suppress", "PF701=later")
    run = log["runs"][0]
    by_rule = {result["ruleId"]: result for result in run["results"]}
    assert by_rule["PF217"]["level"] == "error"
    assert by_rule["PF217"]["locations"][0] == {
        "physicalLocation": {
            "artifactLocation": {"uri": "t.yaml", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 14, "startColumn": 11},
        },
        "logicalLocations": [
            {"name": "Bucket", "fullyQualifiedName": "Resources.Bucket", "kind": "resource"}
        ],
    }
    assert by_rule["PF701"]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "later"}
    ]
    assert "suppressions" not in by_rule["PF217"]
    assert by_rule["I4010"]["level"] == "note"
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["PF217"]["help"]["text"].endswith(
        "See docs/findings.md#pf217, or run: pyformation explain PF217"
    )
    assert rules["F3031"]["helpUri"].startswith("https://github.com/aws-cloudformation/")
    assert "%SRCROOT%" in run["originalUriBaseIds"]


def test_sarif_of_modules_and_folders(tmp_path: Path) -> None:
    path = module(tmp_path, unused=', suppress={"PF701": "soon"}')
    (tmp_path / "t.yaml").write_text(YAML_TEMPLATE)
    log = sarif_of(tmp_path, path.name)
    by_rule = {result["ruleId"]: result for result in log["runs"][0]["results"]}
    place = by_rule["F3031"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "shop.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 12}
    assert by_rule["PF701"]["suppressions"][0]["kind"] == "inSource"
    sarif_of(tmp_path, ".", "--templates-only")
    (tmp_path / "sub").mkdir()
    outside = sarif_of(tmp_path / "sub", "../t.yaml")
    uri = outside["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == f"file://{tmp_path}/t.yaml"


def test_fingerprints_stay_while_lines_move(tmp_path: Path) -> None:
    def prints() -> set[str]:
        results = sarif_of(tmp_path, "t.yaml")["runs"][0]["results"]
        return {result["partialFingerprints"]["pyformation/v1"] for result in results}

    (tmp_path / "t.yaml").write_text(YAML_TEMPLATE)
    before = prints()
    (tmp_path / "t.yaml").write_text("# a line more\n" + YAML_TEMPLATE)
    assert prints() == before


def test_sarif_of_a_finding_without_a_place() -> None:
    done = validation.validate({"Resources": {"Topic": TOPIC}})
    log = sarif([Result(Finding("MINE1", "policy", "error", None, "no"), done.template)])
    assert log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


# ---------------------------------------------------------------------------------------------
# The command


WARNED = "Parameters:\n  Unused: {Type: String}\nResources:\n  Topic: {Type: AWS::SNS::Topic}\n"


@pytest.mark.parametrize(
    ("template", "options", "status"),
    [
        (WARNED, [], 0),
        (WARNED, ["--strict"], 3),
        (WARNED, ["--strict", "--suppress", "PF701=x"], 0),
        (YAML_TEMPLATE, [], 3),
        (YAML_TEMPLATE, ["--format", "json"], 3),
        (YAML_TEMPLATE, ["--format", "sarif"], 3),
    ],
)
def test_statuses(tmp_path: Path, template: str, options: list[str], status: int) -> None:
    (tmp_path / "t.yaml").write_text(template)
    assert command(tmp_path, "t.yaml", *options).returncode == status


BAD = {
    "missing.yaml": (None, "there is no file 'missing.yaml'"),
    "empty.yaml": ("", "empty.yaml"),
    "list.json": ("[1]", "list.json:1"),
    "no_template.yaml": (
        "A: 1\nB: 2\n",
        "no_template.yaml is not a template: `Resources` is missing; found 'A', 'B'",
    ),
    "nothing.json": ("{}", "nothing.json is not a template: `Resources` is missing; found nothing"),
    "broken.yaml": ("Resources:\n\tA: 1\n", "broken.yaml:2"),
    "broken.json": ('{"Resources": {', "broken.json:1"),
    "twice.yaml": ("Resources: {}\nResources: {}\n", "is there twice"),
    "jinja.yaml": ("Resources: {{ resources }}\n", "jinja.yaml:1"),
    "tag.yaml": ("Resources:\n  A: !Rain::Embed x\n", "tag.yaml:2"),
    "latin.yaml": (b"Resources: {A: \xe9}\n", "UTF-8"),
    "list_of.yaml": ("Resources: [1]\n", "expected a mapping"),
    "empty_folder": ("folder", "'empty_folder' has no template"),
    "none.py": ("x = 1\n", "none.py has no stack"),
    "raises.py": ("1 / 0\n", "ZeroDivisionError"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(tmp_path: Path, name: str) -> None:
    content, part = BAD[name]
    if content == "folder":
        (tmp_path / name).mkdir()
    elif isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    elif content is not None:
        (tmp_path / name).write_text(content)
    result = command(tmp_path, name)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert part in result.stderr


def test_without_the_extra(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(WARNED)
    program = (
        "import sys; sys.modules['cloudformation_validate'] = None; sys.argv[1:] = ['validate', 't.yaml']\n"
        "from pyformation.cli import main; main()"
    )
    result = run_python("-c", program, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (
        1,
        "",
        "error: validating needs cloudformation-validate: run pip install '.[validate]' in a clone of pyformation\n",
    )


def test_standard_input_and_output_file(tmp_path: Path) -> None:
    result = command(tmp_path, "-", "-o", "out.txt", input=WARNED)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert "warning PF701: the parameter Unused is not used (<stdin>:2)" in (tmp_path / "out.txt").read_text()


def test_several_stacks_of_a_module(tmp_path: Path) -> None:
    program = (
        "from pyformation import Parameter, Stack\nfrom pyformation.aws import sns\n\n\n"
        "class One(Stack):\n    unused = Parameter(str)\n    topic = sns.Topic()\n\n\n"
        "class Two(Stack):\n    topic = sns.Topic()\n"
    )
    (tmp_path / "stack.py").write_text(program)
    data = json.loads(command(tmp_path, "stack.py", "--format", "json").stdout)
    assert {name: one["summary"]["warnings"] for name, one in data["templates"].items()} == {
        "One": 1,
        "Two": 0,
    }
    alone = json.loads(command(tmp_path, "stack.py:Two", "--format", "json").stdout)
    assert (alone["template"], alone["summary"]["warnings"]) == ("Two", 0)


# ---------------------------------------------------------------------------------------------
# Policies

POLICY = """\
from pyformation import Finding

print("a policy may print")


def check_template(template):
    for name, resource in template.resources.items():
        if resource.type == "AWS::SNS::Topic":
            yield Finding("ORG1", "policy", "error", name, f"{name} in {template.parameters}", f"/Resources/{name}")


def check_diff(diff):
    raise AssertionError


def soft(template):
    return [Finding("ORG2", "policy", "warning", None, f"{len(template.resources)} resources")]
"""


def test_policies(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(WARNED)
    (tmp_path / "rules.py").write_text(POLICY)
    result = command(tmp_path, "t.yaml", "--policy", "rules.py")
    assert (result.returncode, result.stderr) == (3, "a policy may print\n")
    assert "  error ORG1: Topic in {'Unused': " in result.stdout
    assert "(t.yaml:4)" in result.stdout
    soft = command(tmp_path, "t.yaml", "--policy", "rules.py:soft", "--format", "sarif")
    assert soft.returncode == 0
    assert "ORG2" in soft.stdout
    hidden = command(tmp_path, "t.yaml", "--policy", "rules.py", "--suppress", "ORG1:Topic=agreed")
    assert hidden.returncode == 0


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("def check_diff(diff): ...\n", "the policy 'rules.py' has no check_template, and there is no diff to check"),
        ("def check_template(template):\n    yield 1 / 0\n", "the policy 'rules.py' failed: ZeroDivisionError: division by zero (rules.py:2)"),
        ("def check_template(template):\n    yield 1\n", "the policy 'rules.py' yielded 1; expected pyformation.Finding"),
    ],
)  # fmt: skip
def test_policies_that_fail(tmp_path: Path, policy: str, sentence: str) -> None:
    (tmp_path / "t.yaml").write_text(WARNED)
    (tmp_path / "rules.py").write_text(policy)
    result = command(tmp_path, "t.yaml", "--policy", "rules.py")
    assert (result.returncode, result.stdout, result.stderr) == (1, "", f"error: {sentence}\n")


def test_a_template_without_values_runs_no_policy(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(YAML_TEMPLATE)
    (tmp_path / "rules.py").write_text(POLICY)
    result = command(tmp_path, "t.yaml", "--policy", "rules.py")
    assert result.returncode == 3
    assert "error PF712: the policy 'rules.py' was not run, as the template has no values: " in result.stdout


# ---------------------------------------------------------------------------------------------
# The page, and real templates


def test_the_page_shows_what_comes_out(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "validate.md").read_text()
    template = page.partition("<!-- file: queue.yaml -->\n```yaml\n")[2].partition("```")[0]
    shown = page.partition("```text\n")[2].partition("```")[0]
    (tmp_path / "queue.yaml").write_text(template)
    assert command(tmp_path, "queue.yaml").stdout == shown


def test_the_diff_as_sarif(tmp_path: Path) -> None:
    resource = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "a"}}
    (tmp_path / "old.json").write_text(json.dumps({"Resources": {"Table": resource}}))
    (tmp_path / "new.yaml").write_text(
        "Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: b\n"
    )
    sides = ["diff", "old.json", "new.yaml", "--format", "sarif", "--suppress"]
    result = run_command(*sides, "PF101:Table=it is empty", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    log = json.loads(result.stdout)
    official = json.loads((FIXTURES / "sarif-2.1.0-rtm.5.json").read_text())
    jsonschema.Draft4Validator(official).validate(log)
    first = next(one for one in log["runs"][0]["results"] if one["ruleId"] == "PF101")
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "new.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 5, "startColumn": 7},
    }
    assert first["suppressions"][0]["justification"] == "it is empty"
    assert log["runs"][0]["invocations"][0]["toolExecutionNotifications"] == []
    (tmp_path / "macro.json").write_text(json.dumps({"Transform": "Ours", "Resources": {"Table": resource}}))
    partial = run_command("diff", "old.json", "macro.json", "--format", "sarif", cwd=tmp_path)
    assert '"text": "partial: the result of the macro Ours is not known' in partial.stdout


TEMPLATES = Path(os.environ.get("PYFORMATION_DATA", ROOT.parent / "shared" / "data")) / "templates"


def test_real_templates() -> None:
    """Nothing fails, everything has a line, and of what AWS takes we say no error of our own."""
    if not TEMPLATES.is_dir():
        pytest.skip("the folder of real templates is not here")
    count = 0
    wrong: list[str] = []
    engine = validator.start()
    for path in sorted(TEMPLATES.rglob("*")):
        if path.suffix not in (".yaml", ".yml", ".json", ".template") or "Rain::" in path.read_text():
            continue
        try:
            done = validation.validate_all(str(path), engine=engine)[None]
        except PyformationError:
            continue  # Parameter files, package descriptions.
        count += 1
        assert all(isinstance(one.origin, Origin) for one in done.findings), path
        wrong += [
            f"{path.name} {one.code} {one.message}"
            for one in done.findings
            if one.code.startswith("PF") and one.severity == "error"
        ]
    assert count > 140
    assert wrong == []
