"""``pyformation render`` of template files: YAML to JSON and back, with every short form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, run_command

from pyformation import PyformationError, document
from pyformation.document.comments import comments

TEMPLATES = ROOT.parent / "shared" / "data" / "templates"

# What stands in YAML, and the long form that AWS documents for it.
FORMS: list[tuple[str, Any]] = [
    ("!Ref P", {"Ref": "P"}),
    ("!Ref AWS::Region", {"Ref": "AWS::Region"}),
    ("!GetAtt R.Arn", {"Fn::GetAtt": ["R", "Arn"]}),
    ("!GetAtt R.Endpoint.Port", {"Fn::GetAtt": ["R", "Endpoint.Port"]}),
    ("!GetAtt [R, Arn]", {"Fn::GetAtt": ["R", "Arn"]}),
    ("!GetAtt [R, !Ref P]", {"Fn::GetAtt": ["R", {"Ref": "P"}]}),
    ("!Sub 'a-${P}-${R.Arn}-${!x}'", {"Fn::Sub": "a-${P}-${R.Arn}-${!x}"}),
    ("!Sub ['${V}', {V: !Ref P}]", {"Fn::Sub": ["${V}", {"V": {"Ref": "P"}}]}),
    ("!If [A, !If [B, 1, !Ref P], !Ref AWS::NoValue]",
     {"Fn::If": ["A", {"Fn::If": ["B", 1, {"Ref": "P"}]}, {"Ref": "AWS::NoValue"}]}),
    ("!And [!Condition A, !Not [!Condition B], !Or [!Condition A, !Equals [!Ref P, a]]]",
     {"Fn::And": [{"Condition": "A"}, {"Fn::Not": [{"Condition": "B"}]},
                  {"Fn::Or": [{"Condition": "A"}, {"Fn::Equals": [{"Ref": "P"}, "a"]}]}]}),
    ("!GetAZs ''", {"Fn::GetAZs": ""}),
    ("!GetAZs {Ref: AWS::Region}", {"Fn::GetAZs": {"Ref": "AWS::Region"}}),
    ("!Cidr [!GetAtt R.CidrBlock, 6, 8]", {"Fn::Cidr": [{"Fn::GetAtt": ["R", "CidrBlock"]}, 6, 8]}),
    ("!FindInMap [M, !Ref P, b]", {"Fn::FindInMap": ["M", {"Ref": "P"}, "b"]}),
    ("!FindInMap [M, x, b, {DefaultValue: z}]", {"Fn::FindInMap": ["M", "x", "b", {"DefaultValue": "z"}]}),
    ("!ImportValue x", {"Fn::ImportValue": "x"}),
    ("!ImportValue {'Fn::Sub': '${P}-x'}", {"Fn::ImportValue": {"Fn::Sub": "${P}-x"}}),
    ("!Base64 abc", {"Fn::Base64": "abc"}),
    ("{'Fn::Base64': !Sub '${P}'}", {"Fn::Base64": {"Fn::Sub": "${P}"}}),
    ("!Split [',', !ImportValue y]", {"Fn::Split": [",", {"Fn::ImportValue": "y"}]}),
    ("!Select [0, !GetAZs '']", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
    ("!Select ['1', !Split ['-', !Ref P]]", {"Fn::Select": ["1", {"Fn::Split": ["-", {"Ref": "P"}]}]}),
    ("!Join ['-', [a, !Ref P]]", {"Fn::Join": ["-", ["a", {"Ref": "P"}]]}),
    ("!Length [1, 2]", {"Fn::Length": [1, 2]}),
    ("!ToJsonString {a: !Ref P}", {"Fn::ToJsonString": {"a": {"Ref": "P"}}}),
    ("!ToJsonString [a]", {"Fn::ToJsonString": ["a"]}),
    ("!Transform {Name: AWS::Include, Parameters: {Location: s3://x}}",
     {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://x"}}}),
    ("{'Fn::ForEach::I': [X, [a], {'K${X}': !Ref X}]}", {"Fn::ForEach::I": ["X", ["a"], {"K${X}": {"Ref": "X"}}]}),
    ("!GetStackOutput {StackName: a, OutputName: b}", {"Fn::GetStackOutput": {"StackName": "a", "OutputName": "b"}}),
    ("!Contains [[a], !Ref P]", {"Fn::Contains": [["a"], {"Ref": "P"}]}),
    ("!EachMemberIn [[a], [a]]", {"Fn::EachMemberIn": [["a"], ["a"]]}),
    ("!EachMemberEquals [[a], a]", {"Fn::EachMemberEquals": [["a"], "a"]}),
    ("!ValueOf [P, x]", {"Fn::ValueOf": ["P", "x"]}),
    ("!ValueOfAll [T, x]", {"Fn::ValueOfAll": ["T", "x"]}),
    ("!RefAll AWS::EC2::VPC::Id", {"Fn::RefAll": "AWS::EC2::VPC::Id"}),
    ("{Condition: {Bool: {x: 'true'}}}", {"Condition": {"Bool": {"x": "true"}}}),
    ("2012-10-17", "2012-10-17"),
    ("'010'", "010"),
    ("yes", True),
]  # fmt: skip


def render(source: Path | str, *options: str, **more: Any) -> Any:
    result = run_command("render", source, *options, **more)
    assert result.returncode == 0, result.stderr
    return result


def test_every_short_form_goes_both_ways(tmp_path: Path) -> None:
    lines = "".join(f"      V{number}: {text}\n" for number, (text, _) in enumerate(FORMS))
    (tmp_path / "t.yaml").write_text(f"Resources:\n  X:\n    Type: Custom::X\n    Properties:\n{lines}")
    as_json = render(tmp_path / "t.yaml", "--format", "json")
    found = json.loads(as_json.stdout)["Resources"]["X"]["Properties"]
    assert found == {f"V{number}": value for number, (_, value) in enumerate(FORMS)}
    (tmp_path / "t.json").write_text(as_json.stdout)
    as_yaml = render(tmp_path / "t.json")
    assert as_yaml.stderr == ""
    (tmp_path / "again.yaml").write_text(as_yaml.stdout)
    assert render(tmp_path / "again.yaml", "--format", "json").stdout == as_json.stdout
    assert render(tmp_path / "again.yaml").stdout == as_yaml.stdout
    for short in (
        "!Ref P",
        "!GetAtt R.Endpoint.Port",
        "!If [A, !If [B, 1, !Ref P]",
        "!Cidr [",
        "!Base64 abc",
    ):
        assert short in as_yaml.stdout


@pytest.mark.skipif(not TEMPLATES.is_dir(), reason="the shared templates are not here")
def test_json_becomes_yaml_and_the_same_json() -> None:
    count = 0
    for path in sorted(TEMPLATES.rglob("*")):
        if path.suffix not in (".yaml", ".yml", ".json", ".template") or not path.is_file():
            continue
        try:
            data = document.read(path).data
        except PyformationError as error:
            assert "!Rain::" in str(error), path
            continue
        text = document.to_json(data)
        as_yaml = document.to_yaml(json.loads(text))
        assert document.to_json(document.parse(as_yaml).data) == text, path
        count += 1
    assert count > 150


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("# first\nA: b", True),
        ("A: b # beside", True),
        ("A: b\n# last", True),
        ("A: [1, # in a list\n  2]", True),
        ("A: |  # at a block\n  x", True),
        ("A: >-\n  x\n# behind a block\nB: 1", True),
        ("A: |\n  # in a script\n  x", False),
        ("A: b#c", False),
        ("A: '#'", False),
        ('A: "x # y"', False),
        ("A: \U0001f600 # behind an emoji", True),
        ("A: b", False),
        ('{"A": "# x"}', False),
    ],
)
def test_comments_are_found(text: str, has: bool) -> None:
    assert bool(comments(document.parse(text))) is has


def test_dropped_comments_are_told_once(tmp_path: Path) -> None:
    note = "note: the comments of t.yaml were dropped; pyformation convert keeps them\n"
    (tmp_path / "t.yaml").write_text("Resources: {} # none\n# yet\n")
    result = render("t.yaml", cwd=tmp_path)
    assert (result.stdout, result.stderr) == ("Resources: {}\n", note)
    assert render("t.yaml", "-o", "x.json", cwd=tmp_path).stderr == note
    assert render("t.yaml", "--output-dir", "out", cwd=tmp_path).stderr == note
    (tmp_path / "out.yaml").write_text(result.stdout)
    assert render("out.yaml", cwd=tmp_path).stderr == ""
    assert "Its comments are dropped" in " ".join(run_command("render", "--help").stdout.split())
