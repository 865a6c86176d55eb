"""What a reviewer must know of a diff, case by case, and what users may say about it.

The cases are files: before, after, parameters, and every finding that is expected, as ``CODE Resource``. One
that is not listed fails the case, so a case without findings is a test, too. `says` is a part of a message;
`exports` are all exports of the region. `may` lists findings that are not what the case is about, `info` those that are information only, whatever their
code. Access has tests of its own.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml
from conftest import ROOT

from pyformation.changes import Diff, Finding, compare
from pyformation.errors import CatalogError, SourceError
from pyformation.findings import (
    CODES,
    Settings,
    Suppression,
    explain,
    find,
    refactor_mapping,
    settings_from,
    with_findings,
)
from pyformation.sources import Exports, LoadedTemplate, loaded

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((ROOT / "tests" / "fixtures" / "findings").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
SECTIONS = {
    "Resources",
    "Parameters",
    "Mappings",
    "Conditions",
    "Outputs",
    "Rules",
    "Description",
    "Transform",
}


def template(side: dict[str, Any]) -> dict[str, Any]:
    return side if SECTIONS & set(side) else {"Resources": side}


def guarded(side: dict[str, Any], guards: dict[str, list[str]]) -> LoadedTemplate:
    return LoadedTemplate("template", template(side), "yaml", guards=guards)


def diff_of(case: dict[str, Any]) -> Diff:
    return compare(
        guarded(case["before"], case.get("before_guards", {})),
        guarded(case["after"], case.get("after_guards", {})),
        before_parameters=case.get("before_parameters"),
        parameters=case.get("parameters"),
        imports=Exports(case["exports"]) if "exports" in case else None,
    )


def importing(given: dict[str, Any]) -> LoadedTemplate | tuple[LoadedTemplate, LoadedTemplate]:
    if set(given) == {"before", "after"}:
        return loaded(template(given["before"])), loaded(template(given["after"]))
    return loaded(template(given))


def found_in(case: dict[str, Any]) -> list[Finding]:
    importers = {name: importing(side) for name, side in case.get("importers", {}).items()}
    return [found for found in find(diff_of(case), importers=importers) if not found.code.startswith("PF4")]


def label(finding: Finding) -> str:
    return finding.code if finding.resource is None else f"{finding.code} {finding.resource}"


@pytest.mark.parametrize("case", CASES)
def test_findings(case: dict[str, Any]) -> None:
    found = found_in(case)
    labels = Counter(map(label, found))
    may = set(case.get("may", ()))
    assert {text: count for text, count in labels.items() if text not in may} == Counter(case["expect"])
    for text, part in case.get("says", {}).items():
        messages = [finding.message for finding in found if label(finding) == text]
        assert any(part in message for message in messages), messages
    for finding in found:
        assert finding.kind == CODES[finding.code].kind
        severity = "info" if label(finding) in case.get("info", ()) else CODES[finding.code].severity
        assert finding.severity == severity


# -- the table of codes


def test_every_code_is_explained_and_tested() -> None:
    types: dict[str, set[str]] = defaultdict(set)
    for parameter in CASES:
        case: Any = parameter.values[0]
        for text in case["expect"]:
            code, _, resource = text.partition(" ")
            sides = [template(side).get("Resources", {}) for side in (case["before"], case["after"])]
            types[code] |= {side[resource]["Type"] for side in sides if resource in side}
    for code, row in CODES.items():
        assert explain(code.lower()) is row
        assert row.text.count(".") >= 1 and len(row.text) > 60
        if row.kind == "access" or code in ("PF211", "PF215", "PF507") or code[:3] == "PF7":
            continue  # Access, stack policies, limits, what is unreadable and templates by themselves are tested apart.
        assert code in types, f"no case expects {code}"
        if code not in (
            "PF209",
            "PF210",
            "PF212",
            "PF213",
            "PF214",
            "PF220",
        ):  # Of the template, not of a resource.
            assert len(types[code]) >= 2, f"{code} is tested on {types[code]} only"


def test_the_page_has_every_code() -> None:
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    headings = [line[4:] for line in page.splitlines() if line.startswith("### PF")]
    assert headings == list(CODES)
    for row in CODES.values():
        part = page.partition(f"### {row.code}\n")[2].partition("\n#")[0]
        words = " ".join(part.split())
        assert f"**{row.title}.** `{row.kind}`, {row.severity}. {row.text}" in words, (
            f"tools/build_findings.py makes {row.code}"
        )


def test_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(CatalogError, match=r"there is no code 'PF-101'; did you mean 'PF101'\?"):
        explain("PF-101")


# -- places, order, secrets, limits


BEFORE = """\
Parameters:
  Secret:
    Type: String
    NoEcho: true
    Default: hunter2
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Ref Secret
      FifoQueue: false
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      DBInstanceIdentifier: orders
      Engine: postgres
  Gone:
    Type: AWS::DynamoDB::Table
"""


def files(tmp_path: Path, before: str, after: str) -> Diff:
    for name, text in (("before.yaml", before), ("after.yaml", after)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return compare(tmp_path / "before.yaml", tmp_path / "after.yaml")


def test_findings_say_where_errors_first_and_in_the_order_of_the_template(tmp_path: Path) -> None:
    after = BEFORE.replace("FifoQueue: false", "FifoQueue: true").replace("orders", "orders-2")
    after = after.partition("  Gone:")[0]
    found = find(files(tmp_path, BEFORE, after))
    assert [(f.code, f.resource, f.path) for f in found] == [
        ("PF101", "Queue", "/Resources/Queue/Properties/FifoQueue"),
        ("PF201", "Queue", "/Resources/Queue/Properties/FifoQueue"),
        ("PF101", "Db", "/Resources/Db/Properties/DBInstanceIdentifier"),
        ("PF101", "Gone", "/Resources/Gone"),
    ]
    places = [f.origin and (Path(f.origin.file).name, f.origin.line) for f in found]
    assert places == [("after.yaml", 11), ("after.yaml", 11), ("after.yaml", 15), ("before.yaml", 17)]


def test_what_is_secret_is_in_no_message(tmp_path: Path) -> None:
    after = BEFORE.replace("FifoQueue: false", "FifoQueue: true") + (
        "  Other: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Secret}}\n"
        "  Third: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${Secret}'}}\n"
        "Outputs:\n  A: {Value: !Ref Secret, Export: {Name: !Sub 'x-${Secret}'}}\n"
    )
    before = BEFORE + "Outputs:\n  A: {Value: a, Export: {Name: !Sub 'x-${Secret}'}}\n"
    found = find(files(tmp_path, before, after))
    assert {"PF201", "PF204", "PF212"} <= {f.code for f in found}
    assert "hunter2" not in repr(found)


def test_limits() -> None:
    topics = {f"T{n}": {"Type": "AWS::SNS::Topic"} for n in range(501)}
    after = {
        "Description": "x" * 1025,
        "Mappings": {
            "Wide": {f"k{n}": {"a": 1} for n in range(201)},
            "Deep": {"k": {f"a{n}": 1 for n in range(201)}},
        },
        "Parameters": {f"P{n}": {"Type": "String"} for n in range(201)},
        "Outputs": {f"O{n}": {"Value": "x"} for n in range(201)},
        "Resources": topics,
    }
    found = [f for f in find(compare({}, after)) if f.code == "PF215"]
    assert sorted(f.path or "" for f in found) == [
        "/Description", "/Mappings/Deep", "/Mappings/Wide", "/Outputs", "/Parameters", "/Resources",
    ]  # fmt: skip
    assert "the template has 501 resources; CloudFormation takes at most 500" in [f.message for f in found]
    del topics["T0"]
    large = {"Resources": {**topics, "T1": {"Type": "AWS::SNS::Topic", "Metadata": {"a": "x" * 1_000_000}}}}
    assert [f.path for f in find(compare({}, large)) if f.code == "PF215"] == [None]
    assert [f for f in find(compare({}, {"Resources": topics})) if f.code == "PF215"] == []


# -- settings


def settings_in(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    inner = tmp_path / "infra"
    inner.mkdir(exist_ok=True)
    return settings_from(inner / "stack.py")


def test_settings_are_read_from_the_nearest_pyproject(tmp_path: Path) -> None:
    settings = settings_in(
        tmp_path,
        """
        [tool.pyformation.findings]
        severity = { PF105 = "error", ORG001 = "info" }
        [[tool.pyformation.findings.suppress]]
        code = "PF101"
        resource = "Cache*"
        reason = "filled again within minutes"
        [[tool.pyformation.findings.suppress]]
        code = "ORG002"
        reason = "not here"
        """,
    )
    assert settings == Settings(
        {"PF105": "error", "ORG001": "info"},
        (Suppression("PF101", "filled again within minutes", "Cache*"), Suppression("ORG002", "not here")),
    )
    gone = {"CacheTable": {"Type": "AWS::DynamoDB::Table"}, "Table": {"Type": "AWS::DynamoDB::Table"}}
    diff = with_findings(compare({"Resources": {"Ip": {"Type": "AWS::EC2::EIP"}, **gone}}, {}), settings)
    assert [(f.code, f.resource, f.severity) for f in diff.findings] == [
        ("PF105", "Ip", "error"),
        ("PF101", "Table", "error"),
    ]
    assert [(s.finding.resource, s.reason) for s in diff.suppressed] == [
        ("CacheTable", "filled again within minutes")
    ]


def test_without_settings(tmp_path: Path) -> None:
    assert settings_in(tmp_path, "[tool.other]\n") == Settings()
    assert settings_in(tmp_path, "tool = 1\n") == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('severity = { PF-101 = "info" }', "findings.severity: there is no code 'PF-101'; did you mean 'PF101'?"),
        ('severity = { PF999 = "info" }', "findings.severity: there is no code 'PF999'"),
        (
            'severity = { PF101 = "warn" }',
            "findings.severity.PF101: expected error, warning or info, found 'warn'; did you mean 'warning'?",
        ),
        ("severity = 1", "findings.severity: expected a table of codes, found 1"),
        ('severities = { PF101 = "info" }', "findings: there is no setting 'severities'; did you mean 'severity'?"),
        ('suppress = "PF101"', "findings.suppress: expected a list of tables, found 'PF101'"),
        ('suppress = ["PF101"]', "findings.suppress[0]: expected a table with code and reason, found 'PF101'"),
        ('suppress = [{ code = "PF101" }]', "findings.suppress[0]: the suppression of PF101 needs a reason"),
        ('suppress = [{ code = "PF101", reason = " " }]', "findings.suppress[0]: the suppression of PF101 needs a reason"),
        ('suppress = [{ reason = "x" }]', "findings.suppress[0]: it needs a code"),
        ('suppress = [{ code = "pf101", reason = "x" }]', "there is no code 'pf101'; did you mean 'PF101'?"),
        (
            'suppress = [{ code = "PF101", resorce = "A", reason = "x" }]',
            "findings.suppress[0]: there is no key 'resorce'; did you mean 'resource'?",
        ),
        ('suppress = [{ code = "PF101", reason = 1 }]', "findings.suppress[0].reason: expected text, found 1"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        settings_in(tmp_path, f"[tool.pyformation.findings]\n{text}\n")
    assert message in str(caught.value)
    assert "pyproject.toml: tool.pyformation.findings" in str(caught.value)


def test_settings_that_are_no_toml(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"pyproject.toml is not TOML: .*line 1"):
        settings_in(tmp_path, "[tool\n")


# -- renames for CreateStackRefactor

OLD = {
    "Resources": {
        "Users": {"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "PAY_PER_REQUEST"}},
        "Fn": {
            "Type": "AWS::Lambda::Function",
            "DependsOn": ["Users", "Topic"],
            "Properties": {
                "Code": {"ZipFile": "x"},
                "Role": "r",
                "Environment": {
                    "Variables": {
                        "A": {"Ref": "Users"},
                        "B": {"Fn::GetAtt": ["Users", "Arn"]},
                        "C": {"Fn::GetAtt": "Users.Arn"},
                        "D": {"Fn::Sub": "${Users}/${Users.Arn}/${!Users}/${AWS::Region}"},
                        "E": {"Fn::Sub": ["${Users}-${Name}", {"Name": {"Ref": "Users"}, "Users": "own"}]},
                        "F": "Users",
                    }
                },
            },
        },
        "Topic": {"Type": "AWS::SNS::Topic"},
    },
    "Outputs": {"Users": {"Value": {"Fn::Join": ["/", [{"Ref": "Users"}]]}}},
}


def renamed(text: str) -> str:
    """By hand: what stands for the resource, and not the words that are the same."""
    for old, new in (
        ('"Users": {"Type"', '"UserTable": {"Type"'),
        ('["Users", "Topic"]', '["UserTable", "Topic"]'),
        ('{"Ref": "Users"}', '{"Ref": "UserTable"}'),
        ('["Users", "Arn"]', '["UserTable", "Arn"]'),
        ('"Users.Arn"', '"UserTable.Arn"'),
        ("${Users}/${Users.Arn}", "${UserTable}/${UserTable.Arn}"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("type_name", "properties"),
    [
        ("AWS::ECS::TaskDefinition", {"Family": "web", "Cpu": "256"}),
        ("AWS::Lambda::Version", {"FunctionName": "web"}),
        ("AWS::ApiGatewayV2::Deployment", {"ApiId": "a1"}),
        ("AWS::StepFunctions::StateMachineVersion", {"StateMachineArn": "arn:1"}),
        ("AWS::Bedrock::GuardrailVersion", {"GuardrailIdentifier": "g1"}),
    ],
)
def test_a_new_version_beside_the_old_one_is_no_rename(type_name: str, properties: dict[str, Any]) -> None:
    def side(name: str) -> dict[str, Any]:
        return {"Resources": {name: {"Type": type_name, "Properties": properties}}}

    diff = compare(side("One"), side("Two"))
    assert [(c.logical_id, c.action) for c in diff.resources] == [("Two", "Add"), ("One", "Remove")]
    assert not [f for f in find(diff) if f.kind in ("rename", "data-loss")]
    assert refactor_mapping(diff)["ResourceMappings"] == []


def test_a_version_without_a_new_one_is_lost() -> None:
    before = {
        "Resources": {
            "One": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": "web"}},
            "Logs": {"Type": "AWS::SQS::Queue"},
        }
    }
    assert [f.code for f in find(compare(before, {"Resources": {"Logs": {"Type": "AWS::SQS::Queue"}}}))] == [
        "PF105"
    ]


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (
            {"PreferredMaintenanceWindow": "mon:01:00-mon:02:00"},
            {"PreferredMaintenanceWindow": "tue:01:00-tue:02:00"},
            "info",
        ),
        (
            {"BackupRetentionPeriod": 1},
            {"BackupRetentionPeriod": 7, "AutoMinorVersionUpgrade": False},
            "info",
        ),
        ({"StorageType": "gp2"}, {"StorageType": "gp3"}, "info"),
        (
            {"DeletionProtection": True, "MultiAZ": False},
            {"DeletionProtection": True, "MultiAZ": True},
            "info",
        ),
        ({"MultiAZ": False}, {"MultiAZ": True, "Engine": {"Ref": "Engine"}}, "warning"),
    ],
)
def test_what_never_replaced_in_practice_is_for_information(
    before: dict[str, Any], after: dict[str, Any], severity: str
) -> None:
    def side(properties: dict[str, Any]) -> dict[str, Any]:
        named = {"DBInstanceIdentifier": "shop", "Engine": "postgres", "DBClusterIdentifier": "c"}
        parameters = {"Engine": {"Type": "String"}}
        db = {"Type": "AWS::RDS::DBInstance", "Properties": named | properties}
        return {"Parameters": parameters, "Resources": {"Db": db}}

    guards = {"Db": ["prevent_replacement"]}
    diff = compare(guarded(side(before), guards), guarded(side(after), guards))
    change = diff.resource("Db")
    assert change is not None and change.replacement == "Conditional"
    found = {f.code: f.severity for f in find(diff) if f.code.startswith(("PF10", "PF20"))}
    assert found and ("PF205" in found) == ("DeletionProtection" in before)
    assert set(found.values()) == {severity}
    guard = next(f for f in find(diff) if f.code == "PF601")
    assert (guard.severity == "info") == (severity == "info")


@pytest.mark.parametrize(
    ("immediately", "severities"), [({}, ["info"]), ({"RotateImmediatelyOnUpdate": False}, [])]
)
def test_a_rotation_by_its_schedule_is_for_information(
    immediately: dict[str, Any], severities: list[str]
) -> None:
    def side(days: int) -> dict[str, Any]:
        rules = {"RotationRules": {"AutomaticallyAfterDays": days}, "SecretId": "s", **immediately}
        return {
            "Resources": {"Schedule": {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": rules}}
        }

    found = find(compare(side(30), side(60)))
    assert [finding.severity for finding in found if finding.code == "PF508"] == severities


def test_a_slot_that_is_kept_in_practice_is_for_information() -> None:
    """Neptune declares the change conditional, and modifies the instance."""

    def side(group: str) -> dict[str, Any]:
        properties = {
            "DBInstanceClass": "db.r5.large",
            "DBInstanceIdentifier": "graph",
            "DBParameterGroupName": group,
        }
        return {"Resources": {"Graph": {"Type": "AWS::Neptune::DBInstance", "Properties": properties}}}

    found = find(compare(side("a"), side("b")))
    assert {f.code for f in found} >= {"PF202"}
    assert {f.severity for f in found if f.kind != "interruption"} == {"info"}


def test_a_refactor_has_the_mapping_and_the_template_between() -> None:
    between = json.loads(renamed(json.dumps(OLD)))
    after = json.loads(renamed(json.dumps(OLD)))
    after["Resources"]["UserTable"]["Properties"]["SSESpecification"] = {"SSEEnabled": True}
    diff = compare(OLD, after, stack_name="app")
    answer = refactor_mapping(diff)
    assert answer["ResourceMappings"] == [
        {
            "Source": {"StackName": "app", "LogicalResourceId": "Users"},
            "Destination": {"StackName": "app", "LogicalResourceId": "UserTable"},
        }
    ]
    (definition,) = answer["StackDefinitions"]
    assert definition["StackName"] == "app"
    assert json.loads(definition["TemplateBody"]) == between
    # To go there first is a rename and nothing else; from there on it is an update in place.
    assert [f.code for f in find(compare(OLD, between)) if f.resource == "UserTable"] == ["PF301"]
    rest = compare(between, after)
    assert [(c.logical_id, c.action) for c in rest.resources] == [("UserTable", "Modify")]


def worker(prefix: str, queues: int = 3) -> dict[str, Any]:
    """The resources of a component: a role, an alarm for each of some equal queues, and a topic like others."""
    resources: dict[str, Any] = {
        f"{prefix}Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"a": prefix[:1]}},
        },
        f"{prefix}Topic": {"Type": "AWS::SNS::Topic"},
    }
    for number in range(queues):
        queue = f"{prefix}Queues{number}"
        resources[queue] = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 5}}
        resources[f"{queue}Alarm"] = {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"Threshold": 1, "Dimensions": [{"Name": "Q", "Value": {"Ref": queue}}]},
        }
    return resources


def mapping(
    before: dict[str, Any], after: dict[str, Any], moved: dict[str, str] | None = None
) -> dict[str, str]:
    old, new = loaded({"Resources": before}), loaded({"Resources": after})
    answer = refactor_mapping(compare(old, attrs.evolve(new, moved=moved or {})))["ResourceMappings"]
    return {each["Source"]["LogicalResourceId"]: each["Destination"]["LogicalResourceId"] for each in answer}


def test_equal_resources_are_told_apart_by_their_names() -> None:
    other = worker("Mail", 4)
    before, after = {**worker("Api", 9), **other}, {**worker("Web", 9), **other}
    assert mapping(before, after) == dict(zip(worker("Api", 9), worker("Web", 9), strict=True))
    # Into a component, and out of it.
    plain = {name.removeprefix("Api"): body for name, body in worker("Api").items()}
    plain = json.loads(json.dumps(plain).replace('"ApiQueues', '"Queues'))
    assert mapping(plain, worker("Api")) == dict(zip(plain, worker("Api"), strict=True))
    assert mapping(worker("Api"), plain) == dict(zip(worker("Api"), plain, strict=True))


@pytest.mark.parametrize(
    ("old", "new"),
    [(["Orders"], ["Mail", "Invoices"]), (["Orders", "Mail"], ["Web"]), (["A", "B"], ["X", "Y"])],
)
def test_names_that_say_nothing_pair_nothing(old: list[str], new: list[str]) -> None:
    def side(names: list[str]) -> dict[str, Any]:
        return {
            f"{name}{kind}": {"Type": f"AWS::{service}::{kind}"}
            for name in names
            for service, kind in (("SNS", "Topic"), ("SQS", "Queue"))
        }

    assert mapping(side(old), side(new)) == {}


def test_what_a_program_declares_as_moved_is_a_rename() -> None:
    queue, other = {"Type": "AWS::SQS::Queue"}, {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 9}}
    before = {"A": queue, "B": queue, "C": {"Type": "AWS::SNS::Topic"}}
    after = {"X": queue, "Y": other, "Z": {"Type": "AWS::SNS::Topic"}}
    assert mapping(before, after, {"A": "X", "B": "Y", "C": "Z"}) == {"A": "X", "B": "Y", "C": "Z"}
    # Other types and what is not there pair nothing; the rest is matched as ever.
    assert mapping(before, after, {"A": "Z", "Q": "X"}) == mapping(before, after) == {"C": "Z"}
    old, new = loaded({"Resources": before}), loaded({"Resources": after})
    moved = attrs.evolve(new, moved={"A": "X", "B": "Y"})
    # It never changes the answer.
    plain, paired = compare(old, new), compare(old, moved)
    assert [(c.logical_id, c.action) for c in plain.resources] == [
        (c.logical_id, c.action) for c in paired.resources
    ]
    assert {(f.code, f.resource) for f in find(paired) if f.kind == "rename"} == {
        ("PF301", "X"),
        ("PF302", "Y"),
        ("PF301", "Z"),
    }


def test_a_refactor_fits_the_api() -> None:
    validate = pytest.importorskip("botocore.validate")
    session = pytest.importorskip("botocore.session").get_session()
    shape = session.get_service_model("cloudformation").operation_model("CreateStackRefactor").input_shape
    answer = refactor_mapping(compare(OLD, json.loads(renamed(json.dumps(OLD)))))
    assert answer["ResourceMappings"][0]["Source"]["StackName"] == "STACK_NAME"
    report = validate.ParamValidator().validate(answer, shape)
    assert not report.has_errors(), report.generate_report()


def test_without_renames_there_is_nothing_to_call() -> None:
    assert refactor_mapping(compare(OLD, OLD)) == {"StackDefinitions": [], "ResourceMappings": []}


def test_a_rename_in_a_loop_is_written_out() -> None:
    def looped(names: list[str]) -> dict[str, Any]:
        queue = {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Fn::Sub": "q-${Name}"}, "DelaySeconds": 5},
        }
        return {
            "Transform": "AWS::LanguageExtensions",
            "Resources": {"Fn::ForEach::Queues": ["Name", names, {"Queue${Name}": queue}]},
        }

    diff = compare(looped(["A", "B"]), looped(["A", "C"]))
    (definition,) = refactor_mapping(diff)["StackDefinitions"]
    resources = json.loads(definition["TemplateBody"])["Resources"]
    assert list(resources) == ["QueueA", "QueueC"]
    assert resources["QueueC"]["Properties"] == {"QueueName": {"Fn::Sub": "q-B"}, "DelaySeconds": 5}


# -- the example of the database

DATABASE = {
    "name": "PF101",
    "parameter": "PF101",
    "mapping": "PF101",
    "condition": "PF101",
    "parameter-deletion-policy": "PF101",
    "parameter-snapshot": "PF103",
    "parameter-retained": "PF104",
}


@pytest.mark.parametrize("way", DATABASE)
def test_the_example_of_the_database(way: str) -> None:
    folder = ROOT / "examples" / "diff" / "database"
    diff = compare(folder / f"{way}.before.yaml", folder / f"{way}.after.yaml")
    database, address = diff.resources
    assert (database.logical_id, database.action, database.replacement) == ("Database", "Modify", "True")
    assert (address.logical_id, address.action, address.replacement) == ("Address", "Modify", "False")
    assert [cause.name for change in address.changes for cause in change.causes] == [
        "Database.Endpoint.Address"
    ]
    assert [label(found) for found in find(diff)] == [f"{DATABASE[way]} Database"]
    table = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in table for name in DATABASE)


def test_the_examples_are_all_tested() -> None:
    names = {path.name.split(".")[0] for path in (ROOT / "examples/diff/database").glob("*.yaml")}
    assert names == set(DATABASE)


# -- places that one resource can fill, across nested stacks


TABLE = "{Type: AWS::DynamoDB::Table, DeletionPolicy: Retain, Properties: {TableName: orders, KeySchema: []}}"
POLICY = "{Type: AWS::IAM::Policy, Properties: {PolicyName: p, Roles: [!Ref Role], PolicyDocument: {}}}"
WITH_ROLE = "Parameters: {Role: {Type: String}}\nResources:\n"
KEEP = "  Keep: {Type: AWS::SNS::Topic}\n"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # Out of the parent into a nested stack, and back.
        (
            {"": f"  T: {TABLE}\n  N: n.yaml", "n": ""},
            {"": "  N: n.yaml", "n": f"  T: {TABLE}\n"},
            {
                "PF204 N": "N/T is added with the TableName 'orders', which T (AWS::DynamoDB::Table) has and keeps"
            },
        ),
        (
            {"": "  N: n.yaml", "n": f"  T: {TABLE}\n"},
            {"": f"  T: {TABLE}\n  N: n.yaml", "n": ""},
            {"PF204 T": "which N/T (AWS::DynamoDB::Table) has"},
        ),
        # Into a nested stack that is new, as another type.
        (
            {"": f"  T: {TABLE}\n"},
            {"": "  N: n.yaml", "n": f"  G: {TABLE.replace('::Table', '::GlobalTable')}\n"},
            {"PF204 N": "N/G is added with the name of a DynamoDB table"},
        ),
        # What is unique without a name, and what one deletion removes.
        (
            {"": "  D: {Type: AWS::GuardDuty::Detector, Properties: {Enable: true}}\n  N: n.yaml", "n": ""},
            {"": "  N: n.yaml", "n": "  D: {Type: AWS::GuardDuty::Detector, Properties: {Enable: true}}\n"},
            {"PF203 N": "N/D is added with the one AWS::GuardDuty::Detector of its account and region"},
        ),
        (
            {"": "  N: n.yaml", "n": "  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: b}}\n"},
            {"": "  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: b}}\n  N: n.yaml", "n": ""},
            {"PF303 P": "P is added with the Bucket 'b', which N/P (AWS::S3::BucketPolicy) has as well"},
        ),
        # A resource that stays in its stack, and one of another name.
        ({"": "  N: n.yaml", "n": f"  T: {TABLE}\n"}, {"": "  N: n.yaml", "n": f"  T: {TABLE}\n"}, {}),
        (
            {"": f"  T: {TABLE}\n  N: n.yaml", "n": ""},
            {"": "  N: n.yaml", "n": f"  T: {TABLE.replace('orders', 'other')}\n"},
            {},
        ),
    ],
)
def test_a_name_that_moves_between_stacks_is_taken(
    tmp_path: Path, before: dict[str, str], after: dict[str, str], expected: dict[str, str]
) -> None:
    for side, texts in (("before", before), ("after", after)):
        (tmp_path / side).mkdir()
        for name, text in texts.items():
            text = text.replace(
                "N: n.yaml", "N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: n.yaml}}"
            )
            path = tmp_path / side / f"{name or 'main'}.yaml"
            path.write_text(f"Resources:\n{KEEP}{text}", encoding="utf-8")
    diff = compare(tmp_path / "before" / "main.yaml", tmp_path / "after" / "main.yaml")
    found = {label(f): f.message for f in find(diff) if f.kind in ("failure", "rename")}
    assert set(found) == set(expected)
    for text, part in expected.items():
        assert part in found[text]


def test_a_policy_that_moves_out_of_a_nested_stack_is_deleted(tmp_path: Path) -> None:
    nested = "N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: n.yaml, Parameters: {Role: !Ref R}}}\n"
    role = "R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}"
    policies = ", Policies: [{PolicyName: p, PolicyDocument: {}}]"
    for side, own, text in (("before", "", f"  P: {POLICY}\n"), ("after", policies, "")):
        (tmp_path / side).mkdir()
        main = f"Resources:\n  {role}{own}}}}}\n  {nested}"
        (tmp_path / side / "main.yaml").write_text(main, encoding="utf-8")
        (tmp_path / side / "n.yaml").write_text(f"{WITH_ROLE}{KEEP}{text}", encoding="utf-8")
    found = find(compare(tmp_path / "before" / "main.yaml", tmp_path / "after" / "main.yaml"))
    assert [(f.code, f.resource) for f in found if f.kind in ("failure", "rename")] == [("PF303", "R")]
    assert "the deletion of N/P comes last and removes it" in found[0].message


def test_many_that_fill_places_are_compared_in_time() -> None:
    def template(count: int, **more: Any) -> dict[str, Any]:
        rules = [
            {"IpProtocol": "tcp", "FromPort": n, "ToPort": n, "CidrIp": {"Ref": "Cidr"}} for n in range(50)
        ]
        groups = {
            f"G{n}": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {
                    "GroupDescription": "d",
                    "SecurityGroupIngress": rules[: 20 * (n % 2)],
                    **more,
                },
            }
            for n in range(count)
        }
        return {"Parameters": {"Cidr": {"Type": "String"}}, "Resources": groups}

    def seconds(count: int) -> float:
        diff = compare(template(count), template(count, VpcId="v"))
        start = time.process_time()
        find(diff)
        return time.process_time() - start

    assert seconds(200) < 20 * seconds(40) + 0.5
