"""Nested stacks: values go in, outputs come back, on each side and to any depth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pyformation
from pyformation.changes import Diff, compare
from pyformation.errors import EvaluationError
from pyformation.findings import Settings
from pyformation.policies import load_policy, with_policies

ZONE = "AWS::Route53::HostedZone"
Files = dict[str, dict[str, Any]]


def stack(url: str, **parameters: Any) -> dict[str, Any]:
    properties: dict[str, Any] = {"TemplateURL": url}
    if parameters:
        properties["Parameters"] = parameters
    return {"Type": "AWS::CloudFormation::Stack", "Properties": properties}


def output(logical_id: str, name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, f"Outputs.{name}"]}


def text() -> dict[str, Any]:
    return {"Type": "String"}


def resource(type_name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": type_name, "Properties": properties}


@pytest.fixture
def diff(tmp_path: Path) -> Any:
    def run(before: Files, after: Files, **options: Any) -> Diff:
        for name, files in (("before", before), ("after", after)):
            for path, data in files.items():
                place = tmp_path / name / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(json.dumps(data), encoding="utf-8")
        return compare(tmp_path / "before" / "main.json", tmp_path / "after" / "main.json", **options)

    return run


def three_deep(name: str, comment: str = "as it was") -> Files:
    """The name of a file system is made three stacks below, and used in a neighbour."""
    return {
        "main.json": {
            "Resources": {
                "Outer": stack("parts/outer.json", Name=name),
                "User": stack("user.json", Zone=output("Outer", "Zone"), Comment=comment),
                "Still": stack("still.json"),
            }
        },
        "parts/outer.json": {
            "Parameters": {"Name": text()},
            "Resources": {"Middle": stack("inner/middle.json", Name={"Fn::Sub": "${Name}.example.org"})},
            "Outputs": {"Zone": {"Value": output("Middle", "Zone")}},
        },
        "parts/inner/middle.json": {
            "Parameters": {"Name": text()},
            "Resources": {"Zones": stack("../../zones.json", Name={"Ref": "Name"})},
            "Outputs": {"Zone": {"Value": output("Zones", "Zone")}},
        },
        "zones.json": {
            "Parameters": {"Name": text()},
            "Resources": {"Zone": resource(ZONE, Name={"Ref": "Name"})},
            "Outputs": {"Zone": {"Value": {"Ref": "Zone"}}, "Name": {"Value": {"Ref": "Name"}}},
        },
        "user.json": {
            "Parameters": {"Zone": text(), "Comment": text()},
            "Resources": {
                "Record": resource(
                    "AWS::Route53::RecordSet",
                    HostedZoneId={"Ref": "Zone"},
                    Name="www.example.org",
                    Type="A",
                    Comment={"Ref": "Comment"},
                )
            },
        },
        "still.json": {"Resources": {"Topic": resource("AWS::SNS::Topic")}},
    }


def test_what_does_not_change_is_not_listed(diff: Any) -> None:
    found = diff(three_deep("a"), three_deep("a"))
    assert found.resources == ()
    assert found.partial == ()
    assert found.change_set()["Changes"] == []


def test_a_replacement_three_deep_reaches_a_neighbour_through_outputs(diff: Any) -> None:
    found: Diff = diff(three_deep("a"), three_deep("b"))
    assert {
        path: [(c.logical_id, c.action, c.replacement) for c in inside.resources]
        for path, inside in found.stacks()
    } == {
        (): [("Outer", "Modify", "False"), ("User", "Modify", "False")],
        ("Outer",): [("Middle", "Modify", "False")],
        ("Outer", "Middle"): [("Zones", "Modify", "False")],
        ("Outer", "Middle", "Zones"): [("Zone", "Modify", "True")],
        ("User",): [("Record", "Modify", "True")],
    }
    record = dict(found.stacks())["User",].resource("Record")
    assert record is not None
    (change,) = record.changes
    assert change.path == "/Properties/HostedZoneId"
    assert str(change.before) == "Outer/Middle/Zones/Zone".join(["parent::", ""])
    assert [(cause.kind, cause.name) for cause in change.causes] == [("parameter", "Zone")]


def test_outputs_of_a_stack_that_is_only_updated_replace_nothing(diff: Any) -> None:
    """AWS shows such outputs as unknown, and replaces what they are given to."""
    found: Diff = diff(three_deep("a"), three_deep("a", comment="another"))
    assert {
        path: [(c.logical_id, c.replacement) for c in inside.resources] for path, inside in found.stacks()
    } == {
        (): [("User", "False")],
        ("User",): [("Record", "False")],
    }


def test_aws_lists_a_changed_stack_as_automatic(diff: Any) -> None:
    before, after = three_deep("a"), three_deep("a")
    after["still.json"]["Resources"]["Topic"]["Properties"] = {"DisplayName": "new"}
    for values in (False, True):
        (change,) = diff(before, after).change_set(include_property_values=values)["Changes"]
        assert change["ResourceChange"]["LogicalResourceId"] == "Still"
        assert change["ResourceChange"]["Replacement"] == "False"
        assert change["ResourceChange"]["Details"] == [
            {
                "Target": {"Attribute": "Properties", "RequiresRecreation": "Never"},
                "Evaluation": "Dynamic",
                "ChangeSource": "Automatic",
            }
        ]


def test_a_new_stack_and_a_removed_one_show_what_is_inside(diff: Any) -> None:
    with_it, without = three_deep("a"), three_deep("a")
    del without["main.json"]["Resources"]["Still"]
    for before, after, action in ((with_it, without, "Remove"), (without, with_it, "Add")):
        found: Diff = diff(before, after)
        (change,) = found.resources
        assert (change.logical_id, change.action) == ("Still", action)
        assert change.nested is not None
        assert [(c.logical_id, c.action) for c in change.nested.resources] == [("Topic", action)]


@pytest.mark.parametrize(("policy", "code"), [("Retain", "PF104"), ("Delete", "PF101")])
def test_what_is_inside_of_a_removed_stack_says_whether_its_data_is_lost(
    policy: str, code: str, tmp_path: Path
) -> None:
    table = {**resource("AWS::DynamoDB::Table", KeySchema=[]), "DeletionPolicy": policy}
    (tmp_path / "n.json").write_text(json.dumps({"Resources": {"Table": table}}), encoding="utf-8")
    sides: list[Path] = []
    for name, resources in (("before", {"Nested": stack("n.json")}), ("after", {})):
        sides.append(tmp_path / f"{name}.json")
        sides[-1].write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    found = pyformation.diff(*sides)
    assert {(path, finding.code) for path, inside in found.stacks() for finding in inside.findings} == {
        (("Nested",), code)
    }


def test_what_cannot_be_seen_in_a_removed_stack_may_be_data(tmp_path: Path) -> None:
    for name, resources in (("before", {"Nested": stack("https://example.org/n.json")}), ("after", {})):
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    found = pyformation.diff(tmp_path / "before.json", tmp_path / "after.json")
    assert [finding.code for finding in found.findings] == ["PF101"]


@pytest.mark.parametrize(
    ("after", "waits", "says"),
    [
        # Renamed on both sides, whoever comes first.
        (("vpc-2", "vpc-2"), "Reads", "neither stack can be updated first"),
        (("vpc-2", "vpc-2"), None, "neither stack can be updated first"),
        # Only renamed where it is exported.
        (("vpc-2", "vpc"), "Makes", "Reads imports it: update that stack first"),
        # No longer imported: too late, perhaps in time, in time.
        ((None, None), "Reads", "Reads imports it until it is updated"),
        ((None, None), "Makes", None),
        (("vpc", "vpc"), None, None),
    ],
)
def test_exports_that_a_nested_stack_beside_imports(
    after: tuple[str | None, str | None], waits: str | None, says: str | None, tmp_path: Path
) -> None:
    def write(side: str, exported: str | None, imported: str | None) -> Path:
        outputs = {"Vpc": {"Value": "v", **({"Export": {"Name": exported}} if exported else {})}}
        group = resource("AWS::EC2::SecurityGroup", GroupDescription=side, VpcId=imported or "vpc-1")
        if imported:
            group["Properties"]["VpcId"] = {"Fn::ImportValue": {"Fn::Sub": "${Name}"}}
        files: Files = {
            "main.json": {
                "Resources": {
                    "Makes": stack("makes.json"),
                    "Reads": stack("reads.json", Name=imported or "none"),
                }
            },
            "makes.json": {
                "Resources": {"Topic": resource("AWS::SNS::Topic")},
                "Outputs": outputs,
            },
            "reads.json": {"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Group": group}},
        }
        if waits is not None:
            other = "Makes" if waits == "Reads" else "Reads"
            files["main.json"]["Resources"][waits]["DependsOn"] = other
        (tmp_path / side).mkdir()
        for name, data in files.items():
            (tmp_path / side / name).write_text(json.dumps(data), encoding="utf-8")
        return tmp_path / side / "main.json"

    found = pyformation.diff(write("before", "vpc", "vpc"), write("after", *after))
    told = [
        one
        for _, inside in found.stacks()
        for one in inside.findings
        if one.code in ("PF209", "PF210", "PF213")
    ]
    if says is None:
        assert told == []
    else:
        (finding,) = told
        assert finding.code == "PF209" and says in finding.message


def test_a_stack_that_is_kept_keeps_what_is_inside(diff: Any) -> None:
    before, after = three_deep("a"), three_deep("a")
    before["main.json"]["Resources"]["Still"]["DeletionPolicy"] = "Retain"
    del after["main.json"]["Resources"]["Still"]
    (change,) = diff(before, after).resources
    assert (change.action, change.policy_action, change.nested) == ("Remove", "Retain", None)


def test_an_output_alone_reaches_who_uses_it(diff: Any) -> None:
    def files(value: str) -> Files:
        return {
            "main.json": {
                "Resources": {
                    "Names": stack("names.json"),
                    "Queue": resource("AWS::SQS::Queue", QueueName=output("Names", "Queue")),
                    "Other": resource("AWS::SQS::Queue", QueueName=output("Names", "Other")),
                }
            },
            "names.json": {
                "Resources": {"Handle": resource("AWS::CloudFormation::WaitConditionHandle")},
                "Outputs": {"Queue": {"Value": value}, "Other": {"Value": "other"}},
            },
        }

    found: Diff = diff(files("one"), files("two"))
    assert [(c.logical_id, c.replacement) for c in found.resources] == [("Names", "False"), ("Queue", "True")]
    (change,) = found.resources[1].changes
    assert (change.before, change.after) == ("one", "two")


def test_a_template_that_is_not_here_is_said_once_and_may_change(diff: Any) -> None:
    def files(size: str) -> Files:
        return {
            "main.json": {
                "Resources": {
                    "Far": stack("https://example.org/far.json", Size=size),
                    "Away": stack("nowhere.json"),
                    "Files": resource("AWS::EFS::FileSystem", KmsKeyId=output("Far", "Key")),
                    "Disks": resource("AWS::EFS::FileSystem", KmsKeyId=output("Away", "Key")),
                }
            }
        }

    sentence = "the template of Far and Away was not found, so the changes inside are not known"
    found: Diff = diff(files("1"), files("1"))
    assert found.resources == ()
    assert found.partial == (sentence,)
    found = diff(files("1"), files("2"))
    assert found.partial == (sentence,)
    assert [(c.logical_id, c.replacement) for c in found.resources] == [
        ("Far", "False"),
        ("Files", "Conditional"),
    ]


def test_same_names_inside_and_outside_are_not_the_same(diff: Any) -> None:
    def files(user: Any) -> Files:
        return {
            "main.json": {
                "Resources": {
                    "Key": resource("AWS::KMS::Key"),
                    "Inside": stack("keys.json", Given={"Ref": "Key"}),
                    "Table": resource("AWS::Logs::LogGroup", KmsKeyId=user),
                    "Mount": resource("AWS::EFS::FileSystem", KmsKeyId=user),
                }
            },
            "keys.json": {
                "Parameters": {"Given": text()},
                "Resources": {"Key": resource("AWS::KMS::Key")},
                "Outputs": {"Own": {"Value": {"Ref": "Key"}}, "Given": {"Value": {"Ref": "Given"}}},
            },
        }

    found: Diff = diff(files({"Ref": "Key"}), files(output("Inside", "Given")))
    assert found.resources == ()
    found = diff(files({"Ref": "Key"}), files(output("Inside", "Own")))
    assert [(c.logical_id, c.replacement) for c in found.resources] == [("Table", "False"), ("Mount", "True")]


def test_what_a_condition_decides_inside(diff: Any) -> None:
    def files(value: str) -> Files:
        return {
            "main.json": {
                "Parameters": {"Stage": text()},
                "Resources": {
                    "Inside": stack("in.json", Stage={"Ref": "Stage"}),
                    "Queue": resource("AWS::SQS::Queue", QueueName=output("Inside", "Name")),
                },
            },
            "in.json": {
                "Parameters": {"Stage": text()},
                "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
                "Resources": {"Handle": resource("AWS::CloudFormation::WaitConditionHandle")},
                "Outputs": {"Name": {"Value": {"Fn::If": ["Prod", value, "test"]}}},
            },
        }

    assert diff(files("live"), files("live")).resources == ()
    assert diff(files("live"), files("other"), parameters={"Stage": "dev"}).resources == ()
    known: Diff = diff(files("live"), files("other"), parameters={"Stage": "prod"})
    assert [(c.logical_id, c.replacement) for c in known.resources] == [
        ("Inside", "False"),
        ("Queue", "True"),
    ]
    unknown: Diff = diff(files("live"), files("other"))
    assert [(c.logical_id, c.replacement) for c in unknown.resources] == [
        ("Inside", "False"),
        ("Queue", "Conditional"),
    ]


def test_a_secret_that_goes_in_is_never_shown(diff: Any) -> None:
    def files(value: str) -> Files:
        return {
            "main.json": {
                "Parameters": {"Password": {"Type": "String", "NoEcho": True, "Default": value}},
                "Resources": {"Inside": stack("in.json", Word={"Ref": "Password"})},
            },
            "in.json": {
                "Parameters": {"Word": text()},
                "Resources": {"User": resource("AWS::IAM::User", LoginProfile={"Password": {"Ref": "Word"}})},
                "Outputs": {"Word": {"Value": {"Ref": "Word"}}},
            },
        }

    found: Diff = diff(files("hunter2"), files("hunter3"))
    (inside,) = found.resources
    assert inside.nested is not None
    assert [c.logical_id for c in inside.nested.resources] == ["User"]
    for shown in (
        repr(found),
        repr(inside.nested),
        *map(repr, inside.nested.resources),
        json.dumps(inside.nested.change_set(include_property_values=True)),
    ):
        assert "hunter" not in shown


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"main.json": {"Resources": {"Me": stack("main.json")}}},
            r"^Resources\.Me: the template .*main\.json nests itself \(.*main\.json:1\)$",
        ),
        (
            {
                "main.json": {"Resources": {"In": stack("in.json", Sise="1")}},
                "in.json": {"Parameters": {"Size": text()}, "Resources": {"T": resource("AWS::SNS::Topic")}},
            },
            r"^Parameters: the template has no parameter 'Sise'; did you mean 'Size'\? \(.*in\.json:1\)$",
        ),
        (
            {
                "main.json": {"Resources": {"In": stack("in.json")}},
                "in.json": {"Resources": {"T": resource("AWS::SNS::Topic", DisplayName={"Ref": "Nobody"})}},
            },
            r"^Resources\.T\.Properties\.DisplayName: the parameter or resource 'Nobody' does not exist in this template \(.*in\.json:1\)$",
        ),
    ],
    ids=["itself", "parameter", "reference"],
)
def test_what_is_wrong_inside_is_one_sentence(diff: Any, files: Files, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        diff({"main.json": {}}, files)


MODULE = """
from pyformation import Output, Parameter, Stack
from pyformation.aws import cloudformation, logs, sqs


class Network(Stack):
    zone = Parameter(str)
    log = logs.LogGroup(log_group_name=f"/{{zone}}/{group}")
    log_name = Output(log)


class Shop(Stack):
    network = cloudformation.Stack(template_url="Network.yaml", parameters={{"Zone": "eu-west-1a"}})
    queue = sqs.Queue(delay_seconds={delay})
"""


def test_a_child_that_is_a_stack_of_the_same_module(tmp_path: Path) -> None:
    for name, group, delay in (("before", "a", 1), ("after", "b", 1), ("same", "a", 2)):
        (tmp_path / name).mkdir()
        text = MODULE.format(group=group, delay=delay)
        (tmp_path / name / "stack.py").write_text(text, encoding="utf-8")
    before = f"{tmp_path}/before/stack.py:Shop"
    diff = compare(before, f"{tmp_path}/after/stack.py:Shop")
    assert diff.partial == ()
    (change,) = diff.resources
    assert (change.logical_id, change.replacement) == ("Network", "False")
    assert change.nested is not None
    (inside,) = change.nested.resources
    assert (inside.logical_id, inside.replacement) == ("Log", "True")
    assert (inside.changes[0].before, inside.changes[0].after) == ("/eu-west-1a/a", "/eu-west-1a/b")
    # A child that stays is not listed, beside a resource that changes.
    same = compare(before, f"{tmp_path}/same/stack.py:Shop")
    assert [change.logical_id for change in same.resources] == ["Queue"]
    assert same.partial == ()


@pytest.mark.parametrize("gone", ["before", "after"])
def test_a_template_that_is_there_on_one_side_only_may_change_all(diff: Any, gone: str) -> None:
    """Somebody forgot a file: what it holds is not known, and so not unchanged."""
    main = {
        "main.json": {
            "Resources": {
                "N": stack("n.json"),
                "T": resource("AWS::DynamoDB::Table", TableName=output("N", "O")),
            }
        }
    }
    files = {**main, "n.json": {"Resources": {}, "Outputs": {"O": {"Value": "name"}}}}
    found = diff(main if gone == "before" else files, main if gone == "after" else files)
    assert {change.logical_id: change.replacement for change in found.resources} == {
        "N": "False",
        "T": "Conditional",
    }
    assert [(each.path, each.certain) for each in found.resource("N").changes] == [
        ("/Properties/TemplateURL", False)
    ]
    assert found.partial
    changes = [change["ResourceChange"]["LogicalResourceId"] for change in found.change_set()["Changes"]]
    assert changes == ["N", "T"]
    for values in (False, True):
        assert "was not found" in found.change_set(include_property_values=values)["StatusReason"]


def test_a_template_that_moves_away_is_one_change(diff: Any) -> None:
    def main(url: str) -> Files:
        return {"main.json": {"Resources": {"N": stack(url)}}, "n.json": {"Resources": {}}}

    found = diff(main("n.json"), main("https://example.com/n.json")).resource("N")
    assert [(each.path, each.certain) for each in found.changes] == [("/Properties/TemplateURL", True)]


def test_a_template_that_only_moves_is_no_change(diff: Any) -> None:
    """It is uploaded under a name made of its content."""

    def files(folder: str, inner: str, size: int = 1) -> Files:
        queue = resource("AWS::SQS::Queue", DelaySeconds=size)
        return {
            "main.json": {
                "Resources": {
                    "N": stack(f"{folder}n.json"),
                    "T": resource("AWS::SNS::Topic", TopicName=output("N", "O")),
                }
            },
            f"{folder}n.json": {
                "Resources": {"M": stack(f"{inner}m.json")},
                "Outputs": {"O": {"Value": output("M", "O")}},
            },
            f"{folder}{inner}m.json": {
                "Resources": {"Q": queue},
                "Outputs": {"O": {"Value": {"Fn::GetAtt": ["Q", "QueueName"]}}},
            },
        }

    found = diff(files("", ""), files("parts/", "deep/"))
    assert found.resources == () and found.partial == ()
    for values in (False, True):
        assert "TemplateURL" not in json.dumps(found.change_set(include_property_values=values))
    # A template of another content at another path is a change.
    (change,) = diff(files("", ""), files("parts/", "", 2)).resources
    (inner,) = change.nested.resources
    (queue,) = inner.nested.resources
    assert [each.path for each in queue.changes] == ["/Properties/DelaySeconds"]


def test_a_template_that_takes_the_place_of_another(diff: Any) -> None:
    """A path that leads to another template afterwards still leads each side to its own."""
    name = {"n.json": {"Resources": {"Q": resource("AWS::SQS::Queue", DelaySeconds=1)}}}
    other = {"o.json": {"Resources": {"Q": resource("AWS::SQS::Queue", DelaySeconds=2)}}}
    before = {"main.json": {"Resources": {"N": stack("n.json"), "O": stack("o.json")}}, **name, **other}
    after = {
        "main.json": {"Resources": {"N": stack("p.json"), "O": stack("n.json")}},
        "p.json": name["n.json"],
        "n.json": other["o.json"],
    }
    (change,) = diff(before, after).resources
    assert (change.logical_id, change.nested) == ("N", None)
    assert [each.path for each in change.changes] == ["/Properties/TemplateURL"]


def test_what_is_not_seen_is_said_in_every_change_set(diff: Any) -> None:
    files = {"main.json": {"Resources": {"N": stack("https://example.com/n.json")}}}
    for values in (False, True):
        found = diff(files, files).change_set(include_property_values=values)
        assert found["Status"] == "FAILED"
        assert found["StatusReason"] == (
            "partial, changes may be missing: the template of N was not found, so the changes inside are not known"
        )


def test_policies_look_into_nested_stacks(diff: Any, tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(
        "from pyformation import Finding\n"
        "def check_diff(diff):\n"
        "    for change in diff.resources:\n"
        "        if change.type == 'AWS::Route53::HostedZone':\n"
        "            yield Finding('Z1', 'policy', 'error', change.logical_id, 'a zone', '/Resources/Zone/Properties/Name')\n",
        encoding="utf-8",
    )
    found = diff(three_deep("a.example"), three_deep("b.example"))
    policy = load_policy(str(tmp_path / "rules.py"))
    checked, errors = with_policies(found, [policy], Settings())
    inner = [
        (path, finding.code, finding.origin is not None)
        for path, each in checked.stacks()
        for finding in each.findings
        if finding.code == "Z1"
    ]
    assert inner == [(("Outer", "Middle", "Zones"), "Z1", True)]
    assert errors == ("in Outer.Middle.Zones: Z1 a zone",)
