"""``pyformation diff`` as a user runs it: what it prints, its status, and every bad input as one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, run_command, run_python

import pyformation
from pyformation import Finding, gates

OLD = """\
Parameters:
  Name: {Type: String, Default: orders}
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      DBInstanceIdentifier: !Ref Name
      Engine: mysql
      DBInstanceClass: db.t3.micro
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Stage}
"""
NEW = OLD.replace("Default: orders", "Default: orders2")


def write(folder: Path, files: dict[str, Any]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {"old.yaml": OLD, "new.yaml": NEW, "empty.json": "{}"})
    return tmp_path


def run(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return run_command("diff", *arguments, cwd=folder, **options)


def run_alone(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own."""
    return run_python("-m", "pyformation", "diff", *arguments, cwd=folder, **options)


def answer(folder: Path, *arguments: str) -> dict[str, Any]:
    result = run(folder, *arguments, "--format", "json")
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def listed(found: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {one["logical_id"]: (one["action"], one["replacement"]) for one in found["resources"]}


def sentence(result: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a failed command, which prints nothing else."""
    assert result.returncode == 1, result
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


# ---------------------------------------------------------------------------------------------
# Formats


def test_json_is_our_answer(folder: Path) -> None:
    found = answer(folder, "old.yaml", "new.yaml")
    assert listed(found) == {"Database": ("Modify", "True")}
    assert found["version"] == 1
    assert found["partial"] is False
    assert "PF101" in [finding["code"] for finding in found["findings"]]
    assert (found["summary"]["replaced"], found["aws_only"]) == (1, [])


def test_changeset_is_awss_answer_plain_and_with_values(folder: Path) -> None:
    plain = json.loads(run(folder, "old.yaml", "new.yaml", "--format", "changeset").stdout)
    (change,) = plain["Changes"]
    assert change["Type"] == "Resource"
    assert change["ResourceChange"]["PolicyAction"] == "ReplaceAndDelete"
    assert [detail["Target"] for detail in change["ResourceChange"]["Details"]] == [
        {"Attribute": "Properties", "Name": "DBInstanceIdentifier", "RequiresRecreation": "Always"}
    ] * 2
    valued = json.loads(
        run(folder, "old.yaml", "new.yaml", "--format", "changeset", "--include-property-values").stdout
    )
    target = valued["Changes"][0]["ResourceChange"]["Details"][0]["Target"]
    assert (target["Path"], target["BeforeValue"], target["AfterValue"]) == (
        "/Properties/DBInstanceIdentifier",
        "orders",
        "orders2",
    )


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_reports_name_what_is_replaced_and_the_parameter_mode(folder: Path, form: str) -> None:
    for mode in ("defaults", "previous"):
        result = run(folder, "old.yaml", "new.yaml", "--format", form, "--parameter-mode", mode)
        assert (result.returncode, result.stderr) == (0, "")
        assert mode in result.stdout
        if mode == "defaults":
            assert "Database" in result.stdout
            assert "PF101" in result.stdout


def test_verbose_shows_what_quiet_leaves_out(folder: Path) -> None:
    sizes = [len(run(folder, "old.yaml", "new.yaml", *options).stdout) for options in (["-q"], [], ["-v"])]
    assert 0 < sizes[0] < sizes[1] <= sizes[2]
    assert "Database" in run(folder, "old.yaml", "new.yaml", "--quiet").stdout


def test_output_is_a_file_whole_or_not_at_all(folder: Path) -> None:
    for form in ("text", "json", "changeset", "markdown", "html"):
        printed = run(folder, "old.yaml", "new.yaml", "--format", form).stdout
        result = run(folder, "old.yaml", "new.yaml", "--format", form, "--output", f"out.{form}")
        assert (result.returncode, result.stdout) == (0, "")
        assert (folder / f"out.{form}").read_text() == printed
    assert sentence(run(folder, "old.yaml", "new.yaml", "-o", "no/such/folder.txt")).startswith(
        "cannot write "
    )


def test_nothing_changes(folder: Path) -> None:
    result = run(folder, "old.yaml", "old.yaml", "--exit-code", "--fail-on", ",".join(gates.GATES))
    assert (result.returncode, result.stderr) == (0, "")
    assert "no changes" in result.stdout


# ---------------------------------------------------------------------------------------------
# Values


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.json", {"Name": "x"}),
        ("p.json", {"Parameters": {"Name": "x"}, "Tags": {"a": "b"}}),
        ("p.json", [{"ParameterKey": "Name", "ParameterValue": "x"}]),
        ("p.json", ["Name=x"]),
        ("p.yaml", "Name: x\n"),
        ("p.yaml", "Parameters:\n  Name: x\n"),
        ("p.yaml", "- ParameterKey: Name\n  ParameterValue: x\n"),
        ("p.yaml", "- Name=x\n"),
        ("p", "{Name: x}"),
    ],
)
def test_every_shape_of_a_parameter_file(folder: Path, name: str, content: Any) -> None:
    write(folder, {name: content})
    result = run(
        folder, "old.yaml", "old.yaml", "--before-parameters", "empty.json", "--parameters", name, "--format", "json"
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    (change,) = json.loads(result.stdout)["resources"]
    assert (change["changes"][0]["before"], change["changes"][0]["after"]) == ("orders", "x")


def test_values_are_kept_as_they_are_written(folder: Path) -> None:
    template = """\
Parameters:
  {0}: {{Type: String}}
Resources:
  T: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: !Ref {0}}}}}
"""
    write(folder, {"t.yaml": template.format("A")})
    for name, content, expected in (
        ("p.yaml", "A: 010\n", "010"),
        ("p.yaml", "A: yes\n", "yes"),
        ("p.yaml", "A: 1.10\n", "1.10"),
        ("p.yaml", "A: [a, 010]\n", "a,010"),
        ("p.json", '{"A": 1.10}', "1.10"),
        ("p.json", '{"A": true}', "true"),
        ("p.json", '["A=b=c, d"]', "b=c, d"),
    ):
        write(folder, {name: content})
        found = answer(folder, "t.yaml", "t.yaml", "--before-parameters", "empty.json", "--parameters", name)
        assert found["resources"][0]["changes"][0]["after"] == expected


def test_flags_override_files_and_repeat(folder: Path) -> None:
    write(folder, {"p.json": {"Name": "file", "Stage": "prod"}})
    found = answer(
        folder, "old.yaml", "old.yaml", "--before-parameters", "empty.json", "--parameters", "p.json",
        "-P", "Name=flag=1", "-P", "Stage=dev",
    )  # fmt: skip
    assert [(one["logical_id"], one["changes"][0]["after"]) for one in found["resources"]] == [
        ("Database", "flag=1")
    ]


def test_without_values_before_those_after_count(folder: Path) -> None:
    assert listed(answer(folder, "old.yaml", "new.yaml", "-P", "Name=same")) == {}
    found = answer(folder, "old.yaml", "new.yaml", "-P", "Name=same", "--before-parameters", "empty.json")
    assert found["resources"][0]["changes"][0]["before"] == "orders"


def test_values_that_change_nothing_because_they_count_on_both_sides_are_noted(folder: Path) -> None:
    note = "note: the given values also apply to BEFORE; use --before-parameters if they were different\n"
    assert run(folder, "old.yaml", "old.yaml", "-P", "Name=other").stderr == note
    assert run(folder, "old.yaml", "new.yaml", "-P", "Stage=prod").stderr == ""
    assert run(folder, "old.yaml", "old.yaml").stderr == ""
    before = ["--before-parameters", "empty.json"]
    assert run(folder, "old.yaml", "old.yaml", "-P", "Name=orders", *before).stderr == ""


def test_the_previous_value_or_the_default(folder: Path) -> None:
    assert listed(answer(folder, "old.yaml", "new.yaml", "--parameter-mode", "previous")) == {}
    assert listed(answer(folder, "old.yaml", "new.yaml")) == {"Database": ("Modify", "True")}


def test_nothing_is_read_from_the_environment(folder: Path) -> None:
    write(
        folder,
        {"region.yaml": "Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref AWS::Region}}}"},
    )
    environment = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    result = run(folder, "empty.json", "region.yaml", "--format", "changeset", "--include-property-values", env=environment)  # fmt: skip
    assert "eu-west-1" not in result.stdout
    given = run(folder, "empty.json", "region.yaml", "--format", "changeset", "--include-property-values", "--region", "eu-north-1")  # fmt: skip
    assert "eu-north-1" in given.stdout


def test_stored_values_of_ssm(folder: Path) -> None:
    template = """\
Parameters:
  Image: {Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /image}
Resources:
  Server: {Type: AWS::EC2::Instance, Properties: {ImageId: !Ref Image}}
"""
    write(
        folder,
        {
            "t.yaml": template,
            "one.json": {"Image": "ami-1"},
            "two.json": [{"ParameterKey": "Image", "ParameterValue": "/image", "ResolvedValue": "ami-2"}],
        },
    )
    assert listed(answer(folder, "t.yaml", "t.yaml")) == {}
    assert listed(answer(folder, "t.yaml", "t.yaml", "--resolved", "two.json")) == {}
    found = answer(folder, "t.yaml", "t.yaml", "--before-resolved", "one.json", "--resolved", "two.json")
    assert listed(found) == {"Server": ("Modify", "True")}
    assert found["resources"][0]["changes"][0]["after"] == "ami-2"


def test_tags_of_the_stack_reach_what_can_be_tagged(folder: Path) -> None:
    template = """\
Resources:
  Own: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: Team, Value: mine}]}}
  Plain: {Type: AWS::Kinesis::Stream}
  Map: {Type: AWS::Glue::Job, Properties: {Tags: {Team: mine}, Role: r, Command: {}}}
  Not: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [], PolicyDocument: {}}}
"""
    write(
        folder,
        {"t.yaml": template, "tags.json": [{"Key": "Team", "Value": "ours"}], "old.json": {"Team": "was"}},
    )
    found = answer(folder, "t.yaml", "t.yaml", "--tags", "tags.json")
    assert listed(found) == {"Plain": ("Modify", "False")}
    (part,) = found["resources"][0]["changes"]
    assert (part["path"], part["before"], part["after"]) == ("/Tags/Team", None, "ours")
    found = answer(folder, "t.yaml", "t.yaml", "--tags", "tags.json", "--before-tags", "old.json")
    assert found["resources"][0]["changes"][0]["before"] == "was"
    assert (
        listed(answer(folder, "t.yaml", "t.yaml", "--tags", "tags.json", "--before-tags", "tags.json")) == {}
    )
    result = run(folder, "t.yaml", "t.yaml", "--tags", "tags.json", "--format", "changeset")
    (change,) = json.loads(result.stdout)["Changes"]
    # A change of the stack's own tags has no ChangeSource (CHANGESETS.md, 6).
    assert change["ResourceChange"]["Scope"] == ["Tags"]
    assert change["ResourceChange"]["Details"] == [
        {"Target": {"Attribute": "Tags", "RequiresRecreation": "Never"}, "Evaluation": "Static"}
    ]


def test_a_type_whose_tags_cannot_change_may_be_replaced(folder: Path) -> None:
    name = "AWS::AppRunner::VpcConnector"
    write(folder, {"t.yaml": f"Resources: {{C: {{Type: '{name}'}}}}", "tags.json": {"Team": "ours"}})
    assert pyformation.catalog.requires_recreation(name, "/Properties/Tags") == "Always"
    assert listed(answer(folder, "t.yaml", "t.yaml", "--tags", "tags.json")) == {
        "C": ("Modify", "Conditional")
    }


# ---------------------------------------------------------------------------------------------
# Gates and statuses


def resources(**given: dict[str, Any]) -> dict[str, Any]:
    return {"Resources": given}


STREAM = {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "a", "ShardCount": 1}}
UNKNOWN = {
    "Parameters": {"On": {"Type": "String"}},
    "Conditions": {"IsOn": {"Fn::Equals": [{"Ref": "On"}, "yes"]}},
}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": (resources(S=STREAM), resources(S=STREAM)),
    "updated": (
        resources(S=STREAM),
        resources(S={**STREAM, "Properties": {"Name": "a", "ShardCount": 2}}),
    ),
    "replaced": (
        resources(S=STREAM),
        resources(S={**STREAM, "Properties": {"Name": "b", "ShardCount": 1}}),
    ),
    "perhaps": (
        {**UNKNOWN, **resources(S=STREAM)},
        {
            **UNKNOWN,
            **resources(S={**STREAM, "Properties": {"Name": {"Fn::If": ["IsOn", "b", "a"]}, "ShardCount": 1}}),
        },
    ),
    "removed": (resources(S=STREAM, T={"Type": "AWS::SNS::Topic"}), resources(T={"Type": "AWS::SNS::Topic"})),
    "kept": (
        resources(S={**STREAM, "DeletionPolicy": "Retain"}, T={"Type": "AWS::SNS::Topic"}),
        resources(T={"Type": "AWS::SNS::Topic"}),
    ),
    "perhaps removed": (
        {**UNKNOWN, **resources(S=STREAM)},
        {**UNKNOWN, **resources(S={**STREAM, "Condition": "IsOn"})},
    ),
    # An identity that may be lost is a finding of the kind data-loss, but only an info.
    "address may be removed": (
        {**UNKNOWN, **resources(A={"Type": "AWS::EC2::EIP"})},
        {**UNKNOWN, **resources(A={"Type": "AWS::EC2::EIP", "Condition": "IsOn"})},
    ),
    "fails": (
        resources(S=STREAM),
        resources(S={"Type": "AWS::SNS::Topic"}),
    ),
    "opened": (
        resources(G={"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "SecurityGroupIngress": []}}),
        resources(G={"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "SecurityGroupIngress": [
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
        ]}}),
    ),
    "partial": (
        {**resources(S=STREAM), "Transform": "Ours"},
        {**resources(S=STREAM), "Transform": "Ours", "Mappings": {"M": {"a": {"b": "c"}}}},
    ),
    "output": (
        resources(S=STREAM),
        {**resources(S=STREAM), "Outputs": {"Name": {"Value": "x"}}},
    ),
}  # fmt: skip
BROKEN = {
    "nothing": "",
    "updated": "",
    "replaced": "replacement conditional data-loss",
    "perhaps": "conditional data-loss",
    "removed": "deletion data-loss",
    "kept": "",
    "perhaps removed": "deletion data-loss",
    "address may be removed": "deletion",
    "fails": "failure",
    "opened": "access",
    "partial": "conditional",
    "output": "",
}


@pytest.mark.parametrize("case", CASES)
def test_gates(folder: Path, case: str) -> None:
    before, after = CASES[case]
    diff = pyformation.diff(before, after)
    broken = {gate for gate in gates.GATES if list(gates.broken(diff, [gate]))}
    wanted = set(BROKEN[case].split())
    if case == "fails":  # What a changed type also is does not matter here.
        broken &= {"failure"}
    assert broken == wanted
    assert gates.changes(diff) is (case != "nothing")


@pytest.mark.parametrize(
    ("case", "options", "status"),
    [
        ("replaced", [], 0),
        ("replaced", ["--exit-code"], 2),
        ("nothing", ["--exit-code"], 0),
        ("output", ["--exit-code"], 2),
        ("partial", ["--exit-code"], 2),
        ("replaced", ["--fail-on", "replacement"], 3),
        ("replaced", ["--fail-on", "replacement", "--exit-code"], 3),
        ("replaced", ["--fail-on", "deletion", "--fail-on", "conditional"], 3),
        ("replaced", ["--fail-on", "access,deletion"], 0),
        ("replaced", ["--fail-on", "access,deletion", "--exit-code"], 2),
        ("perhaps", ["--fail-on", "replacement"], 0),
        ("perhaps", ["--fail-on", "conditional"], 3),
    ],
)
def test_statuses(folder: Path, case: str, options: list[str], status: int) -> None:
    before, after = CASES[case]
    write(folder, {"a.json": before, "b.json": after})
    result = run(folder, "a.json", "b.json", "--format", "json", *options)
    assert result.returncode == status, result.stderr
    json.loads(result.stdout)  # The report is there, whatever breaks.
    assert bool(result.stderr) is (status == 3)
    assert all(line.startswith("broken: ") for line in result.stderr.splitlines())


GUARDED = """\
from pyformation import Stack
from pyformation.aws import kinesis


class S(Stack):
    stream = kinesis.Stream(name="{0}", shard_count=1, {1}=True)
"""


def test_guards_of_the_stack_break_without_any_option(folder: Path) -> None:
    write(
        folder,
        {
            "old.py": GUARDED.format("a", "prevent_replacement"),
            "new.py": GUARDED.format("b", "prevent_replacement"),
            "kept.py": GUARDED.format("a", "prevent_deletion"),
        },
    )
    result = run(folder, "old.py", "new.py", "--exit-code")
    assert result.returncode == 3
    assert result.stderr.startswith("broken: PF601 ")
    write(folder, {"none.json": resources(T={"Type": "AWS::SNS::Topic"})})
    result = run(folder, "kept.py", "none.json")
    assert result.returncode == 3
    assert result.stderr.startswith("broken: PF602 ")
    assert run(folder, "new.py", "none.json").returncode == 0


def test_a_partial_answer_says_so_in_every_format(folder: Path) -> None:
    before, after = CASES["partial"]
    write(folder, {"a.json": before, "b.json": after})
    for form in ("text", "markdown", "html"):
        printed = run(folder, "a.json", "b.json", "--format", form).stdout
        assert "partial" in printed.lower(), form
        assert "Ours" in printed, form
    assert answer(folder, "a.json", "b.json")["partial"] is True
    aws = json.loads(run(folder, "a.json", "b.json", "--format", "changeset").stdout)
    assert aws["Status"] == "CREATE_COMPLETE"
    assert aws["StatusReason"].startswith("partial, changes may be missing: the result of the macro Ours ")


# ---------------------------------------------------------------------------------------------
# Policies

POLICY = """\
from pyformation import Finding

print("a policy may print")


def check_diff(diff):
    for change in diff.resources:
        yield Finding("ORG1", "policy", "error", change.logical_id, f"{change.logical_id} {change.action}")


def check_template(template):
    for name, resource in template.resources.items():
        if "KmsMasterKeyId" not in resource.properties:
            yield Finding("ORG2", "policy", "warning", name, f"{name} has no key")


def only(template):
    return [Finding("ORG3", "policy", "warning", None, f"{len(template.resources)} resources")]
"""


def test_policies_add_findings_and_their_errors_break(folder: Path) -> None:
    write(folder, {"rules.py": POLICY})
    result = run(folder, "old.yaml", "new.yaml", "--policy", "rules.py", "--format", "json")
    assert result.returncode == 3
    assert result.stderr.splitlines() == ["a policy may print", "broken: ORG1 Database Modify"]
    found = json.loads(result.stdout)["findings"]
    ours = [(one["code"], one["severity"], one["resource"]) for one in found if one["code"][:3] == "ORG"]
    assert ours == [
        ("ORG1", "error", "Database"),
        ("ORG2", "warning", "Database"),
        ("ORG2", "warning", "Topic"),
    ]


def test_what_the_cdk_writes_for_itself_is_no_change(folder: Path) -> None:
    side = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "OLD"}}}}
    write(folder, {"a.json": side, "b.json": json.dumps(side).replace("OLD", "new")})
    result = run(folder, "a.json", "b.json", "--exit-code")
    assert (result.returncode, "no changes" in result.stdout) == (0, True)


def test_a_file_of_parameters_that_holds_nothing_is_a_mistake(folder: Path) -> None:
    write(folder, {"none.yaml": "# nothing\n"})
    found = sentence(run(folder, "old.yaml", "new.yaml", "--parameters", "none.yaml"))
    assert found == "none.yaml is empty; write {} for no values"


def test_a_stack_policy_that_is_none_is_named(folder: Path) -> None:
    write(folder, {"list.json": "[]"})
    found = sentence(run(folder, "old.yaml", "new.yaml", "--stack-policy", "list.json"))
    assert found.startswith("list.json is not a stack policy: ")


def test_two_outputs_are_two_files(folder: Path) -> None:
    result = run(folder, "old.yaml", "new.yaml", "-o", "same", "--refactor-mapping", "same")
    assert sentence(result).startswith("--output and --refactor-mapping are the same file")
    assert not (folder / "same").exists()


def test_a_current_folder_that_is_gone_has_no_settings(folder: Path) -> None:
    gone = folder / "gone"
    gone.mkdir()
    program = (
        f"import os, sys; os.rmdir({str(gone)!r}); "
        f"sys.argv = ['pyformation', 'diff', {str(folder / 'old.yaml')!r}, {str(folder / 'old.yaml')!r}]; "
        "from pyformation.cli import main; main()"
    )
    result = run_python("-c", program, cwd=gone)
    assert (result.returncode, result.stderr) == (0, "")


def test_what_a_policy_says_has_its_line_and_no_secret(folder: Path) -> None:
    template = {
        "Parameters": {"Password": {"Type": "String", "NoEcho": True, "Default": "hunter2"}},
        "Resources": {
            "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"MasterUserPassword": {"Ref": "Password"}}}
        },
    }
    write(
        folder,
        {
            "a.json": json.dumps(template, indent=1),
            "b.json": json.dumps(template, indent=1).replace("hunter2", "hunter2-new"),
            "rules.py": "from pyformation import Finding\n"
            "def check_template(template):\n"
            "    password = template.resources['Db'].properties['MasterUserPassword']\n"
            "    path = '/Resources/Db/Properties/MasterUserPassword'\n"
            "    yield Finding('T1', 'policy', 'error', 'Db', f'{password} is weak', path)\n"
            "    yield Finding('T2', 'policy', 'info', 'Db', 'a database')\n",
        },
    )
    result = run(folder, "a.json", "b.json", "--policy", "rules.py", "--format", "json")
    assert "hunter" not in result.stdout + result.stderr
    found = {one["code"]: one for one in json.loads(result.stdout)["findings"]}
    lines = (folder / "b.json").read_text(encoding="utf-8").splitlines()
    for code, text in (("T1", '"MasterUserPassword": {'), ("T2", '"Db": {')):
        assert lines[found[code]["origin"]["line"] - 1].strip() == text
    assert found["T1"]["message"] == "**** is weak"


def test_what_a_policy_says_of_a_removed_resource_has_the_line_before(folder: Path) -> None:
    queue = {"Type": "AWS::SQS::Queue"}
    before = json.dumps({"Resources": {"Kept": queue, "Gone": queue}}, indent=1)
    policy = (
        "from pyformation import Finding\n"
        "def check_diff(diff):\n"
        "    yield Finding('T1', 'policy', 'info', 'Gone', 'gone')\n"
    )
    write(folder, {"a.json": before, "b.json": {"Resources": {"Kept": queue}}, "rules.py": policy})
    (found,) = [
        one
        for one in answer(folder, "a.json", "b.json", "--policy", "rules.py")["findings"]
        if one["code"] == "T1"
    ]
    line = before.splitlines().index('  "Gone": {') + 1
    assert found["origin"] == {"file": "a.json", "line": line}


def test_one_function_of_a_policy(folder: Path) -> None:
    write(folder, {"rules.py": POLICY, "pyproject.toml": SUPPRESS})
    result = run(folder, "old.yaml", "new.yaml", "--policy", "rules.py:only", "--format", "json")
    assert result.returncode == 0
    assert "2 resources" in result.stdout
    result = run(folder, "old.yaml", "new.yaml", "--policy", "rules.py", "--format", "json")
    assert result.returncode == 0  # The settings are about codes of users' own, too.
    assert "ORG1" not in [finding["code"] for finding in json.loads(result.stdout)["findings"]]


SUPPRESS = """\
[[tool.pyformation.findings.suppress]]
code = "ORG1"
reason = "decided elsewhere"
"""


@pytest.mark.parametrize(
    ("policy", "option", "expected"),
    [
        (None, "rules.py", "there is no policy 'rules.py'"),
        (None, "rules.txt", "expected FILE.py or FILE.py:function as a policy, found 'rules.txt'"),
        ("def a(diff): ...\n", "rules.py:", "expected FILE.py or FILE.py:function as a policy, found 'rules.py:'"),
        ("def check_dif(diff): ...\n", "rules.py", "rules.py has neither check_diff nor check_template; did you mean 'check_dif'?"),
        ("def a(diff): ...\n", "rules.py:b", "rules.py has no function 'b'"),
        ("import nothing_of_the_kind\n", "rules.py", "the policy 'rules.py' failed: ModuleNotFoundError: No module named 'nothing_of_the_kind' (rules.py:1)"),
        ("def check_diff(diff):\n    yield 1 / 0\n", "rules.py", "the policy 'rules.py' failed: ZeroDivisionError: division by zero (rules.py:2)"),
        ("def check_diff(diff):\n    raise SystemExit(0)\n", "rules.py", "the policy 'rules.py' failed: it called sys.exit(0) (rules.py:2)"),
        ("def check_diff(diff:\n", "rules.py", "the policy 'rules.py' failed: SyntaxError: '(' was never closed (rules.py:1)"),
        ("def check_diff(diff):\n    yield 'bad'\n", "rules.py", "the policy 'rules.py' yielded 'bad'; expected pyformation.Finding"),
        ("def check_diff(diff):\n    return 3\n", "rules.py", "the policy 'rules.py' returned 3; expected to iterate over findings"),
        ("import json\ndef check_diff(diff):\n    json.loads('')\n", "rules.py", "the policy 'rules.py' failed: JSONDecodeError: Expecting value: line 1 column 1 (char 0) (rules.py:3)"),
        (
            "class E(Exception):\n    def __str__(self): return 1 / 0\ndef check_diff(diff):\n    raise E\n",
            "rules.py",
            "the policy 'rules.py' failed: E (rules.py:4)",
        ),
        *(
            (
                f"from pyformation import Finding\ndef check_diff(diff):\n    yield Finding({arguments})\n",
                "rules.py",
                f"the policy 'rules.py' yielded a finding whose {said}",
            )
            for arguments, said in (
                ("None, 'b', 'error', None, 'c'", "code is None; expected str"),
                ("'A', 'b', 'error', 5, 'c'", "resource is 5; expected str or None"),
                ("'A', 'b', 'error', None, None", "message is None; expected str"),
                ("'A', 'b', 'error', None, 'c', origin='x:3'", "origin is 'x:3'; expected Origin or None"),
            )
        ),
        (
            "from pyformation import Finding\ndef check_diff(diff):\n    yield Finding('A', 'b', 'fatal', None, 'c')\n",
            "rules.py",
            "the policy 'rules.py' yielded the severity 'fatal'; expected error, warning or info",
        ),
    ],
)  # fmt: skip
def test_policies_that_fail(folder: Path, policy: str | None, option: str, expected: str) -> None:
    if policy is not None:
        write(folder, {"rules.py": policy})
    assert sentence(run(folder, "old.yaml", "new.yaml", "--policy", option)) == expected


def test_a_stack_policy_is_looked_up(folder: Path) -> None:
    policy = {
        "Statement": [{"Effect": "Allow", "Action": "Update:Modify", "Principal": "*", "Resource": "*"}]
    }
    write(folder, {"policy.json": policy})
    result = run(folder, "old.yaml", "new.yaml", "--stack-policy", "policy.json", "--fail-on", "failure")
    assert result.returncode == 3
    assert "PF211" in result.stderr


def test_the_mapping_of_a_refactor(folder: Path) -> None:
    write(
        folder,
        {
            "a.json": resources(Old=STREAM, T={"Type": "AWS::SNS::Topic"}),
            "b.json": resources(New=STREAM, T={"Type": "AWS::SNS::Topic"}),
        },
    )
    result = run(folder, "a.json", "b.json", "--refactor-mapping", "map.json", "--stack-name", "orders")
    assert result.returncode == 0
    mapping = json.loads((folder / "map.json").read_text())
    assert mapping["ResourceMappings"] == [
        {
            "Source": {"StackName": "orders", "LogicalResourceId": "Old"},
            "Destination": {"StackName": "orders", "LogicalResourceId": "New"},
        }
    ]


# ---------------------------------------------------------------------------------------------
# Folders and revisions, as the command has them


def test_a_folder_is_one_report_with_a_total(folder: Path) -> None:
    write(
        folder,
        {
            "one/a.yaml": OLD, "two/a.yaml": NEW,
            "one/deep/b.json": resources(S=STREAM), "two/deep/b.json": resources(S=STREAM),
        },
    )  # fmt: skip
    found = answer(folder, "one/", "two/")
    assert {path: listed(one) for path, one in found["templates"].items()} == {
        "a.yaml": {"Database": ("Modify", "True")},
        "deep/b.json": {},
    }
    assert found["summary"]["replaced"] == 1
    assert "resources" not in found
    aws = json.loads(run(folder, "one", "two", "--format", "changeset").stdout)["templates"]
    assert aws["deep/b.json"]["Status"] == "FAILED"
    assert len(aws["a.yaml"]["Changes"]) == 1
    for form in ("text", "markdown", "html"):
        assert "a.yaml" in run(folder, "one", "two", "--format", form).stdout
    result = run(folder, "one", "two", "--fail-on", "replacement", "--exit-code")
    assert result.returncode == 3
    assert result.stderr == "broken: a.yaml: replacement: Database is replaced\n"


def test_one_argument_is_the_last_commit_against_the_working_tree(folder: Path) -> None:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
    for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "one"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    assert listed(answer(folder, "old.yaml")) == {}
    write(folder, {"old.yaml": NEW})
    assert listed(answer(folder, "old.yaml")) == {"Database": ("Modify", "True")}
    assert listed(answer(folder, ".")["templates"]["old.yaml"]) == {"Database": ("Modify", "True")}
    assert listed(answer(folder, "git:HEAD:old.yaml", "old.yaml")) == {"Database": ("Modify", "True")}


# ---------------------------------------------------------------------------------------------
# Bad input

T = "Resources: {{T: {{Type: AWS::SNS::Topic, Properties: {{TopicName: {0}}}}}}}\n"
BAD: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "a missing file": ({}, ["old.yaml", "nwe.yaml"], "there is no file 'nwe.yaml'; did you mean 'new.yaml'?"),
    "no git repository": ({}, ["git:HEAD:old.yaml", "new.yaml"], "not in a git repository: "),
    "a module that is missing": ({}, ["old.yaml", "stack.py"], "the stack module 'stack.py' does not exist"),
    "a module without that stack": (
        {"stack.py": GUARDED.format("a", "prevent_deletion").replace("class S(", "class Streams(")},
        ["old.yaml", "stack.py:Streems"],
        "stack.py has no stack 'Streems'; did you mean 'Streams'?",
    ),
    "a module with others": (
        {"stack.py": GUARDED.format("a", "prevent_deletion")},
        ["old.yaml", "stack.py:Network"],
        "stack.py has no stack 'Network'; it has S",
    ),
    "a module that raises": (
        {"stack.py": "import json\n\n\ndef load():\n    return {}['key']\n\n\nload()\n"},
        ["old.yaml", "stack.py"],
        "the stack module 'stack.py' failed: KeyError: 'key' (stack.py:5)",
    ),
    "a module that raises inside of a library": (
        {"stack.py": "import json\n\njson.loads('')\n"},
        ["old.yaml", "stack.py"],
        "the stack module 'stack.py' failed: JSONDecodeError: Expecting value: line 1 column 1 (char 0) (stack.py:3)",
    ),
    "a module that raises what cannot be told": (
        {"stack.py": "class E(Exception):\n    def __str__(self): return 1 / 0\nraise E\n"},
        ["old.yaml", "stack.py"],
        "the stack module 'stack.py' failed: E (stack.py:3)",
    ),
    "AWS alone": (
        {},
        ["live:orders"],
        "'live:orders' has no earlier revision; give BEFORE and AFTER",
    ),
    "a file that is no template": (
        {"x.yaml": "- 1\n"},
        ["x.yaml", "new.yaml"],
        "the text is a list; a template is a mapping (x.yaml:1)",
    ),
    "a file that is something else": (
        {"x.json": {"scripts": {}}},
        ["x.json", "new.yaml"],
        "x.json is not a template: `Resources` is missing; found 'scripts' (x.json:1)",
    ),
    "a parameter that does not exist": (
        {},
        ["old.yaml", "new.yaml", "-P", "Stgae=dev"],
        "Parameters: the template has no parameter 'Stgae'; did you mean 'Stage'? (new.yaml:1)",
    ),
    "a parameter that BEFORE does not have": (
        {"p.json": {"Nmae": "x"}},
        ["old.yaml", "new.yaml", "--before-parameters", "p.json"],
        "Parameters: the template has no parameter 'Nmae'; did you mean 'Name'? (old.yaml:1)",
    ),
    "a value that is not allowed": (
        {},
        ["old.yaml", "new.yaml", "-P", "Stage=test"],
        "Parameters.Stage: expected one of 'dev', 'prod', found 'test' (old.yaml:3)",
    ),
    "no value": ({}, ["old.yaml", "new.yaml", "-P", "Stage"], "-P: expected Key=Value, found 'Stage'"),
    "a reference to nothing": (
        {"x.yaml": T.format("!Ref Stgae")},
        ["empty.json", "x.yaml"],
        "Resources.T.Properties.TopicName: the parameter or resource 'Stgae' does not exist in this template (x.yaml:1)",
    ),
    "conditions in a circle": (
        {"x.yaml": "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\n" + T.format("!If [A, a, b]")},
        ["empty.json", "x.yaml"],
        "Conditions.B: the conditions refer to each other in a circle: A -> B -> A (x.yaml:1)",
    ),
    "a broken parameter file": (
        {"p.json": '{"Name": '},
        ["old.yaml", "new.yaml", "--parameters", "p.json"],
        "p.json is not JSON: Expecting value at line 1, column 10",
    ),
    "a parameter twice": (
        {"p.json": '{"Name": "a", "Name": "b"}'},
        ["old.yaml", "new.yaml", "--parameters", "p.json"],
        "p.json is not JSON: it gives 'Name' twice",
    ),
    "a parameter file of another shape": (
        {"p.json": [{"Name": "x"}]},
        ["old.yaml", "new.yaml", "--parameters", "p.json"],
        "p.json: expected a mapping, a list of ParameterKey and ParameterValue, or a list of Key=Value, found a mapping with 'Name'",
    ),
    "a parameter whose name is no text": (
        {"p.yaml": "? [a]\n: b\n"},
        ["old.yaml", "new.yaml", "--parameters", "p.yaml"],
        "p.yaml: names must be text, at line 1",
    ),
    "a parameter without a value": (
        {"p.yaml": "Name:\n"},
        ["old.yaml", "new.yaml", "--parameters", "p.yaml"],
        "p.yaml: expected text, a number or a list for 'Name', found nothing",
    ),
    "a missing parameter file": (
        {},
        ["old.yaml", "new.yaml", "--parameters", "p.yaml"],
        "there is no file 'p.yaml'",
    ),
    "previous values in a file": (
        {"p.json": [{"ParameterKey": "Name", "UsePreviousValue": True}]},
        ["old.yaml", "new.yaml", "--parameters", "p.json"],
        "p.json uses UsePreviousValue; leave the parameter out and use --parameter-mode previous",
    ),
    "an unknown gate": (
        {},
        ["old.yaml", "new.yaml", "--fail-on", "deletoin"],
        "Invalid value for '--fail-on': 'deletoin' is not one of replacement, conditional, deletion, data-loss, failure, "
        "access; did you mean 'deletion'? (see 'pyformation diff --help')",
    ),
    "standard input twice": (
        {},
        ["-", "-"],
        "only one of BEFORE and AFTER can be standard input (see 'pyformation diff --help')",
    ),
    "no argument": ({}, [], "Missing argument 'BEFORE' (see 'pyformation diff --help')"),
    "values of another answer": (
        {},
        ["old.yaml", "new.yaml", "--include-property-values"],
        "--include-property-values needs --format changeset (see 'pyformation diff --help')",
    ),
    "AWS": (
        {},
        ["live:orders@", "new.yaml"],
        "expected live:STACK or live:STACK@REGION, found 'live:orders@'",
    ),
    "settings": (
        {"pyproject.toml": '[tool.pyformation.findings]\nseverity = { PF999 = "info" }\n'},
        ["old.yaml", "new.yaml"],
        "pyproject.toml: tool.pyformation.findings.severity: there is no code 'PF999'; did you mean 'PF719'?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_nothing_else(folder: Path, case: str) -> None:
    files, arguments, expected = BAD[case]
    write(folder, files)
    for form in ("text", "json"):
        found = sentence(run(folder, *arguments, "--format", form))
        assert found == expected or (expected.endswith(": ") and found.startswith(expected))


def test_a_module_that_prints_or_hangs_on_input_does_neither_here(folder: Path) -> None:
    module = GUARDED.format("a", "prevent_deletion") + "\nprint('hello')\n"
    write(folder, {"stack.py": module})
    result = run_alone(folder, "empty.json", "stack.py", "--format", "json")
    assert json.loads(result.stdout)["summary"]["added"] == 1
    assert result.stderr == "hello\n"
    write(folder, {"stack.py": "input()\n"})
    assert sentence(run(folder, "empty.json", "stack.py")).startswith(
        "the stack module 'stack.py' failed: EOFError"
    )


def test_a_module_that_begins_what_never_ends_is_not_waited_for(folder: Path) -> None:
    forever = "\nimport threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()\nprint('begun')\n"
    write(folder, {"stack.py": GUARDED.format("a", "prevent_deletion") + forever})
    result = run_alone(folder, "empty.json", "stack.py", "--format", "json")
    assert json.loads(result.stdout)["summary"]["added"] == 1
    assert result.stderr == "begun\n"


def test_names_in_errors_cannot_steer_a_terminal(folder: Path) -> None:
    write(
        folder,
        {"x.yaml": '"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"A": {"Ref": "\\e[2J"}}}}'},
    )
    result = run(folder, "empty.json", "x.yaml")
    assert result.returncode == 1
    assert "\x1b" not in result.stderr

    write(folder, {"stack.py": "raise ValueError('a\\x1b[31mb\\x9bc')\n"})
    assert sentence(run(folder, "stack.py", "old.yaml")) == (
        "the stack module 'stack.py' failed: ValueError: a\\x1b[31mb\\x9bc (stack.py:1)"
    )


# ---------------------------------------------------------------------------------------------
# Streams that are not there, or full


def shell(folder: Path, command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command of a shell, in which `pyformation` is this one."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON": sys.executable, **env}
    return subprocess.run(
        ["bash", "-c", f'pyformation() {{ "$PYTHON" -m pyformation "$@"; }}; {command}'],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="there is no bash")


@needs_bash
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pyformation diff old.yaml - <&-", "'-' is standard input, which is closed"),
        ("pyformation diff old.yaml new.yaml >&-", "cannot write to standard output: it is closed"),
        (
            "pyformation diff old.yaml new.yaml >/dev/full",
            "cannot write to standard output: No space left on device",
        ),
        (
            "pyformation diff old.yaml new.yaml --format json >/dev/full",
            "cannot write to standard output: No space left on device",
        ),
    ],
)
def test_a_stream_that_cannot_be_used_is_one_sentence(folder: Path, command: str, expected: str) -> None:
    if "/dev/full" in command and not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    assert sentence(shell(folder, command)) == expected


@needs_bash
@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "changeset"])
def test_a_reader_that_goes_does_not_hide_a_broken_gate(folder: Path, form: str) -> None:
    many = {f"Q{number}": STREAM for number in range(2000)}
    write(folder, {"many.json": {"Resources": many}, "none.json": {}})
    result = shell(
        folder,
        f"pyformation diff many.json none.json --format {form} --fail-on deletion 2>err | true; "
        "echo ${PIPESTATUS[0]}",
    )
    assert result.stdout == "3\n"
    assert "Traceback" not in (folder / "err").read_text()


def test_letters_that_the_locale_lacks_are_no_error(folder: Path) -> None:
    write(folder, {"ü.yaml": NEW})
    result = run_alone(folder, "old.yaml", "ü.yaml", env={"PYTHONIOENCODING": "ascii"}, encoding="utf-8")
    assert result.returncode == 0, result.stderr
    assert "ü.yaml:5" in result.stdout


# ---------------------------------------------------------------------------------------------
# In Python


def test_the_function_takes_stacks_mappings_and_paths(folder: Path) -> None:
    from pyformation import Stack
    from pyformation.aws import kinesis

    class Streams(Stack):
        stream = kinesis.Stream(name="a", shard_count=1)

    mapping = {"Resources": {"Stream": STREAM}}
    write(folder, {"t.json": mapping})
    for one in (Streams, Streams(), Streams().template, mapping, folder / "t.json", str(folder / "t.json")):
        for other in (Streams, mapping):
            assert not pyformation.diff(one, other).resources
    diff = pyformation.diff({}, Streams)
    (change,) = diff.resources
    assert (change.logical_id, change.action, str(change.origin).rpartition(":")[0]) == (
        "Stream",
        "Add",
        "tests/test_diff_cli.py",
    )


def test_settings_may_be_a_mapping() -> None:
    before, after = CASES["replaced"]
    codes = [finding.code for finding in pyformation.diff(before, after).findings]
    assert "PF101" in codes
    reason = {"code": "PF101", "reason": "a test"}
    diff = pyformation.diff(before, after, settings={"suppress": [reason]})
    assert "PF101" not in [finding.code for finding in diff.findings]
    assert [(found.finding.code, found.reason) for found in diff.suppressed] == [("PF101", "a test")]


def test_the_records_are_frozen_and_can_be_walked() -> None:
    diff = pyformation.diff(*CASES["replaced"])
    with pytest.raises(AttributeError):
        diff.resources = ()  # type: ignore[misc]
    (change,) = diff.resources
    (part,) = change.changes
    assert (part.path, part.before, part.after, part.replacement) == ("/Properties/Name", "a", "b", "True")
    assert isinstance(diff.findings[0], Finding)
    assert diff.partial == ()
    assert diff.resource("S") is change
    assert diff.resource("nothing") is None


def test_values_of_a_template(folder: Path) -> None:
    found = pyformation.evaluate(folder / "old.yaml", {"Stage": "prod"})
    assert found.resources["Topic"].properties == {"DisplayName": "prod"}
    assert found.parameters == {"Name": "orders", "Stage": "prod"}
    with pytest.raises(pyformation.EvaluationError) as caught:
        pyformation.evaluate(folder / "old.yaml", {"Stage": "x"})
    assert (caught.value.path, caught.value.origin.line) == ("Parameters.Stage", 3)
    with pytest.raises(pyformation.EvaluationError, match="did you mean 'Stage'"):
        pyformation.evaluate(folder / "old.yaml", {"Stge": "x"})
