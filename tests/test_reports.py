"""Reports against text written by hand, in a real terminal and a real browser; nothing harmful in any."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

import pyformation
from pyformation.changes import Diff, compare
from pyformation.changes.diff import AwsOnly, Summary
from pyformation.changes.records import Cause, Finding, Reason, ReasonKind, Suppressed
from pyformation.errors import Origin, SourceError
from pyformation.evaluation.secrets import Secret
from pyformation.evaluation.unknowns import Choice, Unknown
from pyformation.prediction import diff_directories
from pyformation.reports import formats
from pyformation.reports.change_set import from_change_set
from pyformation.reports.data import CausingEntity, PropertyReport, Report, ResourceReport, plain, report
from pyformation.reports.formats import View
from pyformation.reports.harmless import harmless
from pyformation.reports.html import html
from pyformation.reports.json import from_json, schema, to_json
from pyformation.reports.markdown import code, escaped, markdown
from pyformation.reports.terminal import cells
from pyformation.reports.text import text
from pyformation.reports.values import values
from pyformation.reports.wording import label

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema comes with the dev extra")
MarkdownIt = pytest.importorskip("markdown_it", reason="markdown-it-py comes with the dev extra").MarkdownIt

FIXTURES = ROOT / "tests" / "fixtures" / "reports"
RECORDED = ROOT.parent / "shared" / "data" / "changesets.json"

# Each format that a report is enough for.
FORMATS = {
    "verbose": lambda subject: text(subject, verbose=True),
    **{
        name: lambda subject, row=row: row.write(subject, View())
        for name, row in formats.DIFF.items()
        if not row.needs_diff
    },
}


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> Diff:
    """A database that is renamed through a parameter's default, and what else there is in a diff."""
    monkeypatch.chdir(FIXTURES)
    found = compare("before.yaml", "after.yaml")
    lost = "the database is lost with the old instance: its UpdateReplacePolicy is Delete"
    return attrs.evolve(
        found,
        findings=(
            Finding(
                "PF206",
                "failure",
                "warning",
                None,
                "web.yaml imports orders-url, which is no longer exported",
            ),
            Finding("PF101", "data-loss", "error", "Database", lost, origin=Origin("after.yaml", 15)),
        ),
        aws_only=(
            AwsOnly(
                "Alarm", "AWS::CloudWatch::Alarm", None, "it refers to Topic, whose value does not change"
            ),
        ),
    )


def expected(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


# ---------------------------------------------------------------------------------------------
# Against what was written by hand


def test_text(orders: Diff) -> None:
    assert text(orders) == expected("orders.txt")


def test_quiet_text(orders: Diff) -> None:
    assert text(orders, quiet=True) == expected("orders-quiet.txt")


def test_narrow_text(orders: Diff) -> None:
    narrow = text(orders, width=50)
    assert narrow.startswith(expected("orders-50.txt"))
    assert max(map(len, narrow.splitlines())) <= 50


def test_verbose_text_says_what_only_aws_would_list(orders: Diff) -> None:
    assert "  . Alarm  AWS::CloudWatch::Alarm  in a change set only: it refers to Topic," in text(
        orders, verbose=True
    )


def test_markdown(orders: Diff) -> None:
    assert markdown(orders) == expected("orders.md")


def test_html(orders: Diff) -> None:
    page = html(orders)
    at = 0
    for fragment in expected("orders.html").splitlines():
        assert fragment in page[at:], fragment
        at = page.index(fragment, at)


def test_reports_name_what_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files, revisions, stacks and deployed templates, and the region, account and stack name if given."""
    monkeypatch.chdir(tmp_path)
    queue = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
    answer = {"TemplateBody": queue, "StagesAvailable": ["Original", "Processed"]}
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
    Path("deployed.json").write_text(json.dumps(answer))
    Path("new/shop.json").write_text(json.dumps(queue))
    Path("new/more.json").write_text(json.dumps(queue))
    Path("old/shop.json").write_text(json.dumps(queue))
    Path("stack.py").write_text(
        "from pyformation import Stack\nfrom pyformation.aws import sqs\n\n"
        "class Shop(Stack):\n    queue = sqs.Queue()\n"
    )
    for arguments in (["init", "-q"], ["add", "stack.py"], ["commit", "-qm", "one"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *arguments], check=True)
    known = {"region": "eu-west-1", "account": "123456789012", "stack_name": "shop"}
    cases: list[tuple[Any, str]] = [
        (compare({}, queue), ""),
        (compare({}, queue, region="eu-west-1"), "Region eu-west-1"),
        (
            compare("deployed.json", "new/shop.json", **known),
            "Compared: deployed.json (deployed template) -> new/shop.json; region eu-west-1, account 123456789012, "
            "stack name shop",
        ),
        (
            compare("git:HEAD:stack.py", "stack.py"),
            "Compared: stack.py (stack Shop) at HEAD -> stack.py (stack Shop)",
        ),
        (compare({}, "new/shop.json"), "Compared: no template -> new/shop.json"),
        (diff_directories("old", "new"), "Compared: old -> new"),
    ]
    for found, line in cases:
        page = text(found, width=200)
        assert [one for one in page.splitlines() if "Compared" in one or "Region" in one] == (
            [line] if line else []
        )
        for made in (markdown(found), html(found)):
            plain = re.sub("<[^>]*>|`", "", made)
            assert (line.replace("->", "→") in plain) and (bool(line) or "Compared" not in plain)
        check_schema(to_json(found))
    data = to_json(compare("git:HEAD:stack.py", "stack.py", **known))["compared"]
    assert data["before"] == {
        "file": "stack.py",
        "stack": "Shop",
        "revision": "HEAD",
        "deployed": False,
        "exists": True,
    }
    assert [data[key] for key in known] == list(known.values())


def test_a_finding_does_not_repeat_the_line_of_its_resource() -> None:
    message = (
        "Q (AWS::SQS::Queue) is replaced because Name changes: the old resource is deleted with its data"
    )
    subject = message.partition(": ")[0]
    told = Finding("PF101", "data-loss", "error", "Q", message, subject=subject)
    found = Report((updated("Q", change(), replacement="True"),), (told,))
    for made in (text(found, width=200), markdown(found), html(found)):
        assert "the old resource is deleted with its data" in made and "because" not in made
    assert message in text(found, width=200, quiet=True)  # Which does not show the change.


def test_html_needs_nothing_from_elsewhere(orders: Diff) -> None:
    page = html(orders)
    assert "<script" not in page and "http:" not in page and "https:" not in page and "url(" not in page
    assert "default-src 'none'" in page and "prefers-color-scheme: dark" in page


# ---------------------------------------------------------------------------------------------
# Small reports


def change(
    path: str = "/Properties/Name",
    before: Any = "a",
    after: Any = "b",
    change_type: Any = "Modify",
    causes: tuple[Cause, ...] = (Cause("edit"),),
    **more: Any,
) -> PropertyReport:
    given: dict[str, Any] = {
        "certain": True,
        "requires_recreation": "Never",
        "replacement": "False",
        "reason": None,
        **more,
    }
    return PropertyReport(path, change_type, before, after, causes=causes, **given)


def updated(
    name: str = "Q", *changes: PropertyReport, type_name: str = "AWS::SQS::Queue", replacement: Any = "False"
) -> ResourceReport:
    return ResourceReport(name, type_name, "Modify", replacement, None, changes)


def one(*changes: PropertyReport, **more: Any) -> Report:
    return Report((updated("Q", *changes),), summary=Summary(updated=1), parameter_mode="defaults", **more)


NEW = {"unknown": "Db.Arn", "kind": "new"}

VALUES = [
    ("plain", "a", "b", '"a" -> "b"'),
    ("quotes", 'say "x"', "back\\slash", '"say \\"x\\"" -> "back\\\\slash"'),
    ("numbers and booleans", 1, True, "1 -> true"),
    ("a structure", "x", {"A": [1, {"unknown": "Db", "kind": "reference"}]}, '"x" -> {"A": [1, {Db}]}'),
    ("known later", {"unknown": "Db.Arn", "kind": "attribute"}, NEW, "{Db.Arn} -> (known after apply)"),
    ("it may", {"unknown": "F.V", "kind": "attribute"}, {"unknown": "F.V", "kind": "may"}, "{F.V} -> (may change)"),
    ("from a known value", "x", NEW, '"x" -> {Db.Arn} (known after apply)'),
    ("in a text", "x-1", {"unknown": "y-{Db.Arn}", "kind": "text"}, '"x-1" -> "y-{Db.Arn}"'),
    ("no value", "x", {"unknown": "Stage", "kind": "parameter"}, '"x" -> {Stage} (no value given)'),
    ("secret", "****", "****", "**** -> **** (secret)"),
    ("its own key", {"literal": {"unknown": "x"}}, "y", '{"unknown": "x"} -> "y"'),
    ("hashes", "3f" * 32 + ".zip", "7a" * 32 + ".zip", '"3f3f3f3f....zip" -> "7a7a7a7a....zip"'),
    ("hashes that begin alike", "0" * 63 + "1", "0" * 63 + "2", '"0000000000000000000000000000000000000000000000000000000000000001" -> "0000000000000000000000000000000000000000000000000000000000000002"'),
    ("invisible", "a\x1b[31mb", "a\u202eb", '"a\\x1b[31mb" -> "a\\u202eb"'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "shown"), [row[1:] for row in VALUES], ids=[row[0] for row in VALUES]
)
def test_values(before: Any, after: Any, shown: str) -> None:
    phrase, lines = values(change(before=before, after=after))
    assert "".join(piece for _, piece in phrase) == shown and not lines


def test_long_values_show_where_they_differ() -> None:
    before = "x" * 500 + "old" + "y" * 500
    phrase, _ = values(change(before=before, after=before.replace("old", "new")))
    shown = "".join(piece for _, piece in phrase)
    assert "old" in shown and "new" in shown and len(shown) < 170
    whole, _ = values(change(before=before, after=before.replace("old", "new")), None, None)
    assert before in "".join(piece for _, piece in whole)


def test_texts_of_many_lines_show_those_that_differ() -> None:
    lines = [f"line {number}" for number in range(100)]
    other = [*lines[:50], "inserted", *lines[50:]]
    _, shown = values(change(before="\n".join(lines), after="\n".join(other)))
    assert shown == [("...", ""), (" ", "line 49"), ("+", "inserted"), (" ", "line 50"), ("...", "")]


@pytest.mark.parametrize("length", range(20, 60))
def test_what_stands_around_a_long_word_is_not_beyond_the_edge(length: int) -> None:
    told = change(reason=Reason("replaced", ("x" * length,)), replacement="True", certain=False)
    page = text(one(told), width=40)
    assert max(map(len, page.splitlines())) <= 40
    assert "(" + "x" * length + ")" in re.sub(r"\n *", "", page)


def test_what_is_too_long_is_counted() -> None:
    statement = {f"Key{number}": "value" for number in range(50)}
    page = text(one(change(before=None, after=statement, change_type="Add")))
    assert '+   "Key18": "value"' in page and "... 32 more lines" in page and "Key19" not in page
    whole = text(one(change(before=None, after=statement, change_type="Add")), verbose=True)
    assert '"Key49": "value"' in whole


def test_labels() -> None:
    assert label("/Properties/Tags/0/Value") == "Tags[0].Value"
    assert label("/Properties/Environment/Variables/a.b") == 'Environment.Variables["a.b"]'
    assert label("/Properties/Parameters/a~1b") == "Parameters.a/b"
    assert label("/DeletionPolicy") == "DeletionPolicy"


def test_replacement_says_its_condition() -> None:
    reason = Reason("replaced_if", ("the root volume is an instance store",))
    changed = change(requires_recreation="Conditionally", replacement="Conditional", reason=reason)
    found = Report((updated("I", changed, replacement="Conditional"),), summary=Summary(may_be_replaced=1))
    page = " ".join(text(found).split())
    assert "-?+ I AWS::SQS::Queue may be replaced" in page
    assert "# may force replacement (replaced only if the root volume is an instance store), edited" in page


@pytest.mark.parametrize(
    ("resource", "line"),
    [
        (ResourceReport("B", "AWS::S3::Bucket", "Add"), "  + B  AWS::S3::Bucket  added"),
        (ResourceReport("B", "AWS::S3::Bucket", "Import"), "  < B  AWS::S3::Bucket  imported"),
        (ResourceReport("B", "AWS::S3::Bucket", "Remove", None, "Delete"), "  - B  AWS::S3::Bucket  removed; the resource is deleted"),
        (ResourceReport("B", "AWS::S3::Bucket", "Remove", None, "Snapshot"), "  - B  AWS::S3::Bucket  removed; the resource is deleted after a snapshot"),
        (ResourceReport("B", "AWS::S3::Bucket", "Remove", None, "Unknown"), "  - B  AWS::S3::Bucket  removed; whether the resource is deleted is not known"),
        (ResourceReport("B", "AWS::S3::Bucket", "Modify", "True", "ReplaceAndRetain"), "-/+ B  AWS::S3::Bucket  must be replaced; the old resource is retained"),
        (ResourceReport("B", "AWS::S3::Bucket", "Modify", None), "-?+ B  AWS::S3::Bucket  may be replaced"),
        (ResourceReport("B", "AWS::S3::Bucket", "Modify", "Conditional", "ReplaceAndDelete"), "-?+ B  AWS::S3::Bucket  may be replaced; if so, the old resource is deleted"),
        (ResourceReport("B", "X::Y::Z", "Dynamic"), "  ? B  X::Y::Z  uncertain: whether it exists depends on an unknown value"),
    ],
    ids=lambda value: value[:3] if isinstance(value, str) else "",
)  # fmt: skip
def test_actions(resource: ResourceReport, line: str) -> None:
    assert text(Report((resource,))).splitlines()[3] == line


def test_the_most_dangerous_comes_first() -> None:
    found = Report(
        (
            ResourceReport("Added", "AWS::SNS::Topic", "Add"),
            updated("Updated", change()),
            ResourceReport("Uncertain", "AWS::SNS::Topic", "Dynamic"),
            updated("Perhaps", change(), replacement="Conditional"),
            ResourceReport("Removed", "AWS::SNS::Topic", "Remove", None, "Delete"),
            updated("Replaced", change(), type_name="AWS::IAM::Role", replacement="True"),
            ResourceReport("RemovedData", "AWS::RDS::DBInstance", "Remove", None, "Delete"),
            updated("ReplacedData", change(), type_name="AWS::DynamoDB::Table", replacement="True"),
            updated("Failing", change()),
        ),
        findings=(Finding("PF201", "failure", "error", "Failing", "it fails"),),
    )
    names = "Failing ReplacedData RemovedData Replaced Removed Perhaps Uncertain Updated Added".split()
    lines = text(found, quiet=True).splitlines()
    assert [line.split()[1] for line in lines if "AWS::" in line] == names
    # Markdown has a section for each effect.
    sections = "Failing ReplacedData Replaced RemovedData Removed Perhaps Uncertain Updated Added".split()
    for render, expected_names in ((markdown, sections), (html, names)):
        page = render(found)
        places = [re.search(rf"[`>]{name}[`<]", page) for name in expected_names]
        at = [place.start() for place in places if place is not None]
        assert len(at) == len(expected_names) and at == sorted(at)


def test_findings_stand_below_their_resource_errors_first() -> None:
    found = one(
        change(),
        findings=(
            Finding("PF301", "access", "warning", "Q", "it is wider"),
            Finding("PF102", "data-loss", "error", "Q", "it is lost"),
        ),
    )
    lines = text(found).splitlines()
    assert lines[4:6] == ["      ! error PF102: it is lost", "      ! warning PF301: it is wider"]


def test_partial_is_said_first_in_every_format() -> None:
    found = Report((), partial=("the result of the macro My::Macro is not known",), parameter_mode="previous")
    assert text(found) == (
        "Total: no changes; partial\n"
        "Parameter mode: previous (parameters not given keep their value)\n\n"
        "partial: the result of the macro My::Macro is not known\n"
        "The list below may be incomplete.\n"
    )
    assert "This diff is partial and may miss changes" in markdown(found)
    assert "This diff is partial and may miss changes" in html(found)
    assert to_json(found)["partial"] is True
    assert to_json(found)["partial_reasons"] == ["the result of the macro My::Macro is not known"]
    assert "Total: no changes; partial" in text({"a.yaml": found}).splitlines()
    assert "1 partial" in text({"a.yaml": found}, quiet=True)


def test_suppressed_findings_are_counted_and_said_when_asked() -> None:
    hidden = Suppressed(Finding("PF301", "access", "warning", "Q", "it is wider"), "agreed in review")
    found = one(change(), suppressed=(hidden,))
    assert "\n1 finding is suppressed.\n" in text(found) and "wider" not in text(found)
    assert "warning PF301: it is wider  suppressed: agreed in review" in text(found, verbose=True)
    assert "Suppressed findings: `PF301`" in markdown(found)
    assert "Suppressed findings: 1" in html(found) and "agreed in review" in html(found)
    assert to_json(found)["suppressed"][0]["reason"] == "agreed in review"


# ---------------------------------------------------------------------------------------------
# Nested stacks


def nested_stacks(folder: Path, name: str) -> str:
    folder.mkdir()
    (folder / "data.yaml").write_text("""
Parameters:
  TableName:
    Type: String
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Ref TableName
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
""")
    (folder / "main.yaml").write_text(f"""
Parameters:
  Name:
    Type: String
    Default: {name}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: {name}
  Data:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: data.yaml
      Parameters:
        TableName: !Ref Name
""")
    return str(folder / "main.yaml")


def test_nested_stacks_are_listed_with_their_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    diff = compare(nested_stacks(tmp_path / "a", "orders"), nested_stacks(tmp_path / "b", "orders-2"))
    page = text(diff)
    # What is lost inside comes before what is updated outside, and leads back to the line outside.
    assert page.startswith("Total: 2 updated; in nested stacks: 1 replaced\n")
    assert page.partition("\n\n")[2].startswith(
        "-/+ Data/Table  AWS::DynamoDB::Table  must be replaced; the old resource is\n"
        "        deleted  b/data.yaml:6\n"
        '      ~ TableName: "orders" -> "orders-2"\n'
        "          # forces replacement, from parameter TableName\n"
        '          <- parameter TableName: "orders" -> "orders-2"\n'
        '            <- parameter Name: "orders" -> "orders-2" (b/main.yaml:5)\n'
    )
    assert "`Data/Table`" in markdown(diff) and '<span class="id">Data/Table</span>' in html(diff)
    data = to_json(diff)
    check_schema(data)
    (stack,) = [resource for resource in data["resources"] if resource["logical_id"] == "Data"]
    assert stack["nested"]["resources"][0]["logical_id"] == "Table"
    assert stack["nested"]["resources"][0]["replacement"] == "True"
    assert from_json(json.loads(json.dumps(data))) == report(diff)


def test_json_has_the_findings_on_nested_stacks_at_its_top(tmp_path: Path) -> None:
    sides = (nested_stacks(tmp_path / "a", "orders"), nested_stacks(tmp_path / "b", "orders-2"))
    found = pyformation.diff(*sides)
    data = to_json(found)
    check_schema(data)
    inner = [one for one in data["findings"] if "stack" in one]
    assert [(one["code"], one["resource"]) for one in inner] == [("PF101", "Table")]
    stack = inner[0]["stack"]
    nested = next(one for one in data["resources"] if one["logical_id"] == stack)["nested"]
    assert nested["findings"] == [{k: v for k, v in inner[0].items() if k != "stack"}]
    # Read back, each is in its own report only.
    again = from_json(data)
    assert to_json(again) == data
    assert text(again) == text(found)


# ---------------------------------------------------------------------------------------------
# Chains


def test_a_condition_is_followed_to_its_parameter_and_a_mapping_to_its_line(tmp_path: Path) -> None:
    template = """
Parameters:
  Stage:
    Type: String
    Default: {stage}
Mappings:
  Sizes:
    queue:
      delay: {delay}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !FindInMap [Sizes, queue, delay]
      VisibilityTimeout: !If [IsProd, 60, 30]
"""
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text(template.format(stage="dev", delay=1))
    after.write_text(template.format(stage="prod", delay=2))
    page = text(compare(str(before), str(after)), width=300)
    assert f"<- mapping Sizes.queue.delay: 1 -> 2 ({after}:9)" in page
    assert f"<- condition IsProd: false -> true ({after}:11)\n" in page
    assert f'  <- parameter Stage: "dev" -> "prod" ({after}:5)' in page
    given = text(
        compare(str(before), str(after), before_parameters={}, parameters={"Stage": "prod"}), width=300
    )
    assert f"({after}:5)" in given  # The same value as the default.
    other = text(
        compare(str(before), str(before), before_parameters={}, parameters={"Stage": "prod"}), width=300
    )
    assert '<- parameter Stage: "dev" -> "prod"\n' in other  # It stands in no line.


def sizes(**values: object) -> dict[str, Any]:
    """Two queues that look up one value each, of a mapping with more."""

    def queue(key: str) -> dict[str, Any]:
        return {
            "Type": "AWS::SQS::Queue",
            "Properties": {"DelaySeconds": {"Fn::FindInMap": ["Sizes", "queue", key]}},
        }

    return {"Mappings": {"Sizes": {"queue": values}}, "Resources": {"A": queue("a"), "B": queue("b")}}


def test_of_a_mapping_the_value_that_a_change_shows_is_its_cause() -> None:
    page = text(compare(sizes(z=7, a=1, b=2, c=9), sizes(z=8, a=3, b=4, d=9)), width=200)
    assert "DelaySeconds: 1 -> 3  # from mapping Sizes\n          <- mapping Sizes.queue.a: 1 -> 3\n" in page
    assert "DelaySeconds: 2 -> 4  # from mapping Sizes\n          <- mapping Sizes.queue.b: 2 -> 4\n" in page


def test_of_a_mapping_behind_something_else_the_first_values_that_differ_are_told() -> None:
    def template(**values: object) -> dict[str, Any]:
        name = {"Fn::Join": ["-", ["q", {"Fn::FindInMap": ["Sizes", "queue", "a"]}]]}
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}
        return {"Mappings": {"Sizes": {"queue": values}}, "Resources": {"Queue": queue}}

    old, new = template(a="x", b="1", c="2", d="3", e="4"), template(a="y", b="5", c="6", f="8", e="7")
    assert (
        '<- mapping Sizes.queue.a: "x" -> "y", Sizes.queue.b: "1" -> "5", Sizes.queue.c: "2" -> "6", '
        'Sizes.queue.d: "3" removed and 2 more\n'
    ) in text(compare(old, new), width=300)
    check_schema(to_json(compare(old, new)))


OUTPUTS = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}


def test_outputs_that_change_alone_are_no_absence_of_changes(tmp_path: Path) -> None:
    exported = {"Value": "x", "Export": {"Name": "url"}}
    found = compare(
        {**OUTPUTS, "Outputs": {"A": {"Value": {"Ref": "T"}}, "Gone": {"Value": 1}, "Same": {"Value": 2}}},
        {**OUTPUTS, "Outputs": {"A": exported, "New": {"Value": "y"}, "Same": {"Value": 2}}},
    )
    page = text(found)
    assert (
        page
        == """\
Total: 3 outputs changed
Parameter mode: defaults (parameters not given have the template's default)

  ~ Outputs
      ~ A.Value: {T} -> "x"
      + A.Export: {"Name": "url"}
      - Gone: {"Value": 1}
      + New: {"Value": "y"}
"""
    )
    assert text(found, quiet=True).endswith("default)\n\n  ~ Outputs\n")
    made = markdown(found)
    assert "\n3 outputs changed · parameter mode" in made
    assert '- **`Outputs`**\n  - `A.Value`: `{T}` → `"x"`\n' in made
    assert "3 outputs changed" in html(found) and ">Gone<" in html(found)
    data = to_json(found)
    check_schema(data)
    assert [(one["path"], one["change_type"]) for one in data["outputs"]] == [
        ("/Outputs/A/Value", "Modify"),
        ("/Outputs/A/Export", "Add"),
        ("/Outputs/Gone", "Remove"),
        ("/Outputs/New", "Add"),
    ]
    assert text(from_json(data)) == page
    several = {"a.yaml": found, "b.yaml": found}
    assert "Total of 2 templates, 2 changed: 6 outputs changed\n" in text(several)
    assert "no changes" not in text(several) + markdown(several) + html(several)


def test_what_warns_comes_before_what_does_not_and_is_not_folded() -> None:
    calm, loud = updated("Calm", change()), updated("Loud", change())
    warning = Finding("PF401", "access", "warning", "Loud", "it allows more")
    found = Report((calm, loud), (warning,))
    page = text(found)
    assert page.index("Loud") < page.index("Calm")
    made = markdown(found)
    assert made.index("Loud") < made.index("Calm")
    assert "<details open><summary><b>✏️ Updated (2)" in made
    assert "<details><summary><b>✏️ Updated (2)" in markdown(Report((calm, loud)))


def chain(length: int) -> Report:
    resources = [updated("R0", change())]
    for number in range(1, length):
        resources.append(updated(f"R{number}", change(causes=(Cause("resource", f"R{number - 1}.Arn"),))))
    return Report(tuple(resources), summary=Summary(updated=length))


def test_a_long_chain_is_shortened_and_still_says_where_it_begins() -> None:
    found = chain(2000)
    page = text(attrs.evolve(found, resources=found.resources[::-1]))
    assert page.startswith("Total: 2,000 updated\nParameter mode: as in the change set\n")
    of_last = page[page.index("R1999  ") : page.index("R1998  AWS")]
    steps = [line.strip() for line in of_last.splitlines() if "<-" in line]
    assert steps == [
        '<- R1998 is updated: Name "a" -> "b"',
        '<- R1997 is updated: Name "a" -> "b"',
        '<- R1996 is updated: Name "a" -> "b"',
        "<- ... 1,995 more steps, from",
        '<- R0 is updated: Name "a" -> "b", edited',
    ]


def test_no_step_of_a_chain_is_told_twice() -> None:
    for made in (text(chain(30)), markdown(chain(30))):
        assert made.count("is updated") == 29  # R29 causes nothing.
        of_last = made[made.rindex("R29") :]
        assert "R28" in of_last and "27 more steps, from" in of_last and "R27" not in of_last


def test_all_of_a_long_chain_is_not_printed_for_each_of_its_resources() -> None:
    lines = text(chain(500), verbose=True).splitlines()
    assert len(lines) < 500 * 25 and "<- ... 479 more steps, from" in "\n".join(lines)


def test_a_circle_of_causes_ends() -> None:
    found = Report(
        (
            updated("A", change(causes=(Cause("resource", "B"),))),
            updated("B", change(causes=(Cause("resource", "C"),))),
            updated("C", change(causes=(Cause("resource", "B"),))),
        )
    )
    for render in FORMATS.values():
        assert render(found)


# ---------------------------------------------------------------------------------------------
# JSON


@functools.cache
def validator() -> Any:
    made = jsonschema.Draft202012Validator(schema())
    made.check_schema(schema())
    return made


def check_schema(data: Any) -> None:
    validator().validate(json.loads(json.dumps(data)))


def test_json(orders: Diff) -> None:
    data = to_json(orders)
    check_schema(data)
    assert data["version"] == 1 and data["partial"] is False and data["parameter_mode"] == "defaults"
    assert data["summary"] == {
        "added": 1, "updated": 2, "replaced": 1, "may_be_replaced": 0, "removed": 1, "imported": 0, "uncertain": 0, "refreshed": 0,
    }  # fmt: skip
    assert [(r["logical_id"], r["type"], r["action"], r["replacement"]) for r in data["resources"]] == [
        ("Address", "AWS::SSM::Parameter", "Modify", "False"),
        ("Database", "AWS::RDS::DBInstance", "Modify", "True"),
        ("Board", "AWS::CloudWatch::Dashboard", "Modify", "False"),
        ("Topic", "AWS::SNS::Topic", "Add", None),
        ("Archive", "AWS::S3::Bucket", "Remove", None),
    ]
    assert data["resources"][0]["changes"][0] == {
        "path": "/Properties/Value",
        "change_type": "Modify",
        "before": {"unknown": "Database.Endpoint.Address", "kind": "attribute"},
        "after": {"unknown": "Database.Endpoint.Address", "kind": "new"},
        "certain": True,
        "requires_recreation": "Never",
        "replacement": "False",
        "reason": None,
        "condition": None,
        "causes": [{"kind": "resource", "name": "Database.Endpoint.Address"}],
        "origin": {"file": "after.yaml", "line": 14},
    }
    assert data["causing_entities"][0] == {
        "kind": "parameter", "name": "Name", "before": "orders", "after": "orders-2", "causes": [],
        "origin": {"file": "after.yaml", "line": 4}, "path": None,
    }  # fmt: skip
    assert data["findings"][1]["code"] == "PF101" and data["aws_only"][0]["logical_id"] == "Alarm"


def test_json_is_read_back(orders: Diff) -> None:
    read = from_json(json.loads(json.dumps(to_json(orders))))
    assert read == report(orders)
    assert text(read) == text(orders) and markdown(read) == markdown(orders) and html(read) == html(orders)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "expected the JSON of a diff, a mapping with a version"),
        ([], "expected the JSON of a diff, a mapping with a version"),
        ({"version": 7}, "expected the JSON of a diff in version 1, found version 7"),
        ({"version": 1, "resources": [{"logical_id": "A"}]}, "the JSON of a diff is broken: required field missing @ $.resources[0].type"),
        ({"version": 1, "templates": {"a": {"version": 1}}}, "the JSON of a diff is broken: required field missing @ templates['a'].resources"),
        ({"version": 1, "templates": 3}, "the JSON of a diff is broken: templates is not a mapping"),
    ],
)  # fmt: skip
def test_json_that_is_broken(data: Any, sentence: str) -> None:
    with pytest.raises(SourceError) as caught:
        from_json(data)
    assert str(caught.value) == sentence


def test_a_broken_report_that_says_partial_stays_partial() -> None:
    data = {**to_json(Report(())), "partial": True, "partial_reasons": []}
    found = from_json(data)
    assert isinstance(found, Report) and found.partial


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Unknown("attribute", "Q.Arn"), {"unknown": "Q.Arn", "kind": "attribute"}),
        (Unknown("text", "Fn::Sub", ("a-", Unknown("new", "Q"))), {"unknown": "a-{Q}", "kind": "new"}),
        (Unknown("function", "Fn::Select", (1, Unknown("may", "Q.List"))), {"unknown": "Fn::Select(1, Q.List)", "kind": "may"}),
        (Choice(Unknown("condition", "IsProd"), "big", Unknown("attribute", "Q.Arn")), {"unknown": "big or Q.Arn, by the condition IsProd", "kind": "choice"}),
        (Choice(Unknown("condition", "C"), {"A": [Secret("hush")]}, Secret("hush")), {"unknown": '{"A": ["****"]} or ****, by the condition C', "kind": "choice"}),
        (Unknown("text", "Fn::Join", (Secret("hush"), Unknown("attribute", "Q.Arn"))), {"unknown": "****{Q.Arn}", "kind": "text"}),
        ({"unknown": "x"}, {"literal": {"unknown": "x"}}),
        ({"a": [Secret("hush"), 1.5, None, True]}, {"a": ["****", 1.5, None, True]}),
        (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_values_as_json(value: Any, shown: Any) -> None:
    assert plain(value) == shown


# ---------------------------------------------------------------------------------------------
# Several templates


def test_several_templates_are_one_report_with_a_total(orders: Diff) -> None:
    same = compare(orders.before, orders.before)
    both = {"infra/orders.yaml": orders, "infra/web.yaml": same}
    page = text(both)
    assert "\n\ninfra/orders.yaml\nTotal: 1 replaced, 1 removed" in page
    assert "infra/web.yaml" not in page
    assert page.startswith(
        "Total of 2 templates, 1 changed: 1 replaced, 1 removed, 2 updated, 1 added; 1\n"
        "  error, 1 warning\n"
        "Parameter mode: defaults (parameters not given have the template's default)\n"
    )
    for made in (page, markdown(both), html(both)):
        assert made.lower().count("parameter mode: defaults") == 1  # Once for all.
    mixed = {**both, "old.yaml": attrs.evolve(report(orders), parameter_mode="previous")}
    for made in (text(mixed), markdown(mixed), html(mixed)):
        assert made.lower().count("parameter mode: defaults") == 1
        assert made.lower().count("parameter mode: previous") == 1
    assert "#### `infra/orders.yaml`: **1 replaced**, **1 removed**" in markdown(both)
    assert "in 2 templates, 1 changed" in markdown(both)
    assert '<section id="t0"><h2><code>infra/orders.yaml</code></h2>' in html(both)
    data = to_json(both)
    check_schema(data)
    assert data["templates"]["infra/orders.yaml"] == to_json(orders)
    assert data["templates"]["infra/web.yaml"]["resources"] == []
    assert data["summary"]["replaced"] == 1
    assert from_json(data) == {"infra/orders.yaml": report(orders), "infra/web.yaml": report(same)}


def test_no_templates_at_all() -> None:
    assert text({}) == "Total of 0 templates, 0 changed: no changes\n"
    check_schema(to_json({}))


# ---------------------------------------------------------------------------------------------
# AWS's own answers


def test_an_answer_of_describe_change_set() -> None:
    answer = json.loads(expected("change-set.json"))
    found = from_change_set(answer)
    check_schema(to_json(found))
    assert text(found) == expected("change-set.txt")
    for render in FORMATS.values():
        assert render(found)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({}, "expected the answer of DescribeChangeSet, a mapping with a list of Changes"),
        ([], "expected the answer of DescribeChangeSet, a mapping with a list of Changes"),
        ({"Changes": [{"ResourceChange": {"Action": "Add", "LogicalResourceId": "A"}}]}, "Changes[0].ResourceChange has no ResourceType"),
    ],
)  # fmt: skip
def test_what_is_no_such_answer(answer: Any, sentence: str) -> None:
    with pytest.raises(SourceError) as caught:
        from_change_set(answer)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("::add-mask::x", "\\x3a:add-mask::x"),
        ("   ::error file=a,line=1::x", "   \\x3a:error file=a,line=1::x"),
        ("a ##[command]x", "a \\x23#[command]x"),
        ("##vso[task.setvariable variable=x]y", "\\x23#vso[task.setvariable variable=x]y"),
        ("::error file=a:b::x", "\\x3a:error file=a:b::x"),
        ("section_start:1560896352:x", "\\x73ection_start:1560896352:x"),
        ("::ffff:10.0.0.0/104 or ::1", "::ffff:10.0.0.0/104 or ::1"),
        ("a ## b [c]", "a ## b [c]"),
        ("##[command]x", "\\x23#[command]x"),
        ("::/0", "::/0"),
        ("arn:aws:s3:::a::b", "arn:aws:s3:::a::b"),
    ],
)
def test_no_line_is_a_command_to_the_runner_of_a_job(given: str, shown: str) -> None:
    assert harmless(given) == shown


def test_the_tags_of_a_stack_are_the_cause() -> None:
    found = text(one(change("/Tags/team", "a", "b", causes=(Cause("tags"),))))
    assert '~ Tags.team: "a" -> "b"  # from the tags of the stack' in found


def test_what_an_answer_does_not_say_is_never_harmless() -> None:
    answer = {
        "Status": "FAILED",
        "StatusReason": "No updates are to be performed.",
        "NextToken": "x",
        "Changes": [
            {"Type": "Resource", "ResourceChange": {"Action": "Modify", "LogicalResourceId": "A", "ResourceType": "T::T::T"}},
            {"Type": "Resource", "ResourceChange": {"Action": "Teleport", "LogicalResourceId": "B", "ResourceType": "T::T::T"}},
            {"Type": "Resource", "ResourceChange": {"Action": "Modify", "LogicalResourceId": "C", "ResourceType": "T::T::T", "ChangeSetId": "arn:x",
             "Replacement": "False", "Details": [{"Target": {"Attribute": "Properties", "Name": "P", "RequiresRecreation": "Sometimes"}}]}},
        ],
    }  # fmt: skip
    found = from_change_set(answer)
    assert [r.replacement for r in found.resources] == ["Conditional", None, "False"]
    assert [r.action for r in found.resources] == ["Modify", "Dynamic", "Modify"]
    assert found.resources[2].changes[0].replacement == "Conditional"
    assert found.partial == (
        "the change set has the status FAILED: No updates are to be performed.",
        "the answer has a NextToken: more changes are on the next page",
        "the changes of the nested stack C are in a change set of its own",
    )
    check_schema(to_json(found))


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded change sets are not beside this checkout")
@pytest.mark.parametrize("kind", ["aws", "aws_with_values"])
def test_recorded_answers_keep_what_aws_says(kind: str) -> None:
    cases = json.loads(RECORDED.read_text(encoding="utf-8"))
    cases = cases["cases"] if isinstance(cases, dict) else cases
    seen = 0
    for case in cases:
        if not case.get(kind):
            continue
        found = from_change_set({"Changes": [{"Type": "Resource", "ResourceChange": c} for c in case[kind]]})
        seen += len(found.resources)
        for mine, theirs in zip(found.resources, case[kind], strict=True):
            assert (mine.logical_id, mine.type, mine.action) == (
                theirs["LogicalResourceId"],
                theirs["ResourceType"],
                theirs["Action"],
            )
            if theirs["Action"] == "Modify":
                assert mine.replacement == theirs["Replacement"]
        check_schema(to_json(found))
        for render in (text, markdown, html):
            assert all(c["LogicalResourceId"] in render(found) for c in case[kind])
    assert seen > 100


# ---------------------------------------------------------------------------------------------
# Markdown that fits


def many(count: int, **more: Any) -> Report:
    resources = tuple(
        ResourceReport(f"Removed{n}", "AWS::SNS::Topic", "Remove", None, "Delete")
        if n % 10 == 0
        else updated(f"Queue{n}", *(change(f"/Properties/P{p}", "x" * 50, "y" * 50) for p in range(5)))
        for n in range(count)
    )
    removed = -(-count // 10)
    return Report(resources, summary=Summary(removed=removed, updated=count - removed), **more)


def test_markdown_fits_a_comment_and_says_what_is_left_out() -> None:
    page = markdown(many(5000))
    assert 30_000 < len(page) < 65_536 and len(page.encode()) < 65_536
    assert "**500 removed**, 4,500 updated" in page
    assert all(f"`Removed{n}`" in page for n in range(0, 5000, 10))  # The most dangerous first.
    left = re.search(r"Left out: ([\d,]+) resources? \(([\d,]+) updated\)", page)
    assert left is not None and left[1] == left[2]
    listed = len(re.findall(r"`Queue\d+`", page))
    assert listed > 30 and listed + int(left[1].replace(",", "")) == 4500
    assert page.count("<details") == page.count("</details>")


def test_each_resource_in_short_goes_before_any_as_a_whole() -> None:
    findings = tuple(Finding("PF405", "access", "error", f"Q{n}", "lets in everybody") for n in range(300))
    resources = tuple(updated(f"Q{n}", *(change(after="y" * 50) for _ in range(9))) for n in range(300))
    page = markdown(Report(resources, findings))
    assert all(f"`Q{n}`" in page for n in range(300)) and page.count("lets in everybody") == 300
    assert re.search(r"Left out: the details of \d+ resources\.", page)
    assert "yyyy" in page.partition("`Q1`")[0] and "yyyy" not in page.partition("`Q299`")[2]
    some = markdown(Report(resources, findings), limit=9000)
    left = re.search(r"Left out: (\d+) resources \((\d+) updated; \*\*(\d+) errors\*\*\)", some)
    assert left is not None and left[1] == left[2] == left[3]


@pytest.mark.parametrize("limit", [1200, 1500, 2000, 2500, 3000, 5000, 9000])
def test_markdown_is_whole_wherever_it_is_cut(limit: int) -> None:
    page = markdown(many(60, partial=("the macro M runs",)), limit=limit)
    assert len(page.encode()) <= limit
    assert page.count("<details") == page.count("</details>") and "Left out: " in page
    assert "is partial" in page
    assert len(re.findall("```", page)) % 2 == 0


def test_one_huge_resource_keeps_its_line() -> None:
    big = updated(
        "Big", *(change(f"/Properties/{'P' * 200}{n}", "x" * 9000, "y" * 9000) for n in range(3000))
    )
    page = markdown(Report((big,), summary=Summary(updated=1)))
    assert len(page) < 65_536 and "`Big`" in page and "2,970 more" in page


def test_changes_of_hashes_alone_are_one_line() -> None:
    hashed = change("/Properties/Code/S3Key", "ab" * 32 + ".zip", "cd" * 32 + ".zip")
    found = Report(
        (
            updated("F1", hashed),
            updated("F2", hashed),
            updated("F3", hashed, change()),
            updated("F4", hashed, replacement="True"),
        ),
        findings=(Finding("PF901", "note", "info", "F2", "look"),),
    )
    page = markdown(found)
    assert "Only asset hashes change: `F1`\n" in page
    for name in ("F2", "F3", "F4"):
        assert f"**`{name}`**" in page
    assert "Only asset hashes change: 1" in html(found)


# ---------------------------------------------------------------------------------------------
# Harmless

NASTY = st.one_of(
    st.text(max_size=40),
    st.text(st.sampled_from("`*_<>&\"'|\\@#[]()!-~:/ \n\r\t\x1b\x07\x9b\u202e\u2066\u200b\ud800aA1."), max_size=40),
    st.sampled_from(
        [
            "</summary></details><script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "@octocat look at #1, GH-2 and https://evil.example or www.evil.example, me@evil.example",
            "`` ` ```\n```\n<b>",
            "[a](javascript:alert(1))",
            "![x](https://evil.example/x.png)",
            "a | b\n---|---",
            "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
            "\x1b[2J\x1b[31m\u202egnp.exe",
            "# heading\n\n> quote",
            "<!-- ",
            "&lt;b&gt;",
        ]
    ),
)  # fmt: skip
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), NASTY),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NASTY, inner, max_size=3)),
    max_leaves=5,
)
CAUSES = st.builds(Cause, st.sampled_from(["edit", "parameter", "mapping", "condition", "resource"]), NASTY)
REASONS = st.builds(Reason, st.sampled_from(get_args(ReasonKind)), st.lists(NASTY, max_size=2).map(tuple))
ORIGINS = st.one_of(st.none(), st.builds(Origin, NASTY, st.integers(1, 99)))
CHANGES = st.builds(
    PropertyReport,
    path=st.lists(NASTY, max_size=3).map(lambda steps: "/Properties/" + "/".join(steps)),
    change_type=st.sampled_from(["Add", "Remove", "Modify"]),
    before=JSON_VALUES.map(plain),
    after=st.one_of(JSON_VALUES.map(plain), st.fixed_dictionaries({"unknown": NASTY, "kind": st.sampled_from(["new", "may", "text", "unsaid"])})),
    certain=st.booleans(),
    requires_recreation=st.just("Never"),
    replacement=st.sampled_from(["True", "False", "Conditional"]),
    reason=st.one_of(st.none(), REASONS),
    causes=st.lists(CAUSES, max_size=4).map(tuple),
    origin=ORIGINS,
)  # fmt: skip
RESOURCES = st.builds(
    ResourceReport,
    logical_id=NASTY,
    type=NASTY,
    action=st.sampled_from(["Add", "Modify", "Remove", "Import", "Dynamic", "SyncWithActual"]),
    replacement=st.sampled_from(["True", "False", "Conditional", None]),
    policy_action=st.one_of(st.none(), st.just("Delete"), NASTY),
    changes=st.lists(CHANGES, max_size=2).map(tuple),
    origin=ORIGINS,
)
FINDINGS = st.builds(
    Finding,
    code=NASTY,
    kind=NASTY,
    severity=st.sampled_from(["error", "warning", "info"]),
    resource=st.one_of(st.none(), NASTY),
    message=NASTY,
    path=st.none(),
    origin=ORIGINS,
)
REPORTS = st.builds(
    Report,
    resources=st.lists(RESOURCES, max_size=3).map(tuple),
    findings=st.lists(FINDINGS, max_size=2).map(tuple),
    aws_only=st.lists(st.builds(AwsOnly, NASTY, NASTY, st.none(), NASTY), max_size=2).map(tuple),
    partial=st.lists(NASTY, max_size=2).map(tuple),
    causing_entities=st.lists(
        st.builds(CausingEntity, st.just("parameter"), NASTY, JSON_VALUES.map(plain), JSON_VALUES.map(plain)),
        max_size=2,
    ).map(tuple),
)
SUBJECTS = st.one_of(REPORTS, st.dictionaries(NASTY, REPORTS, max_size=2))


def visible(page: str, allowed: str = "\n") -> bool:
    return all(
        c in allowed or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        for c in page
    )


@given(SUBJECTS, st.integers(40, 130))
@settings(deadline=None, max_examples=60)
def test_nothing_in_text_is_more_than_text(subject: Any, width: int) -> None:
    for options in ({}, {"verbose": True}, {"quiet": True}):
        page = text(subject, width=width, **options)
        assert visible(page)
        page.encode("utf-8")
        assert max(map(cells, page.splitlines()), default=0) <= width


def test_no_line_of_a_long_word_is_too_long() -> None:
    # The lines after the first are indented.
    report = Report(resources=(), findings=(), aws_only=(), partial=(), causing_entities=())
    page = text({37 * "a" + 37 * "b" + 10 * "c": report}, width=40, verbose=True)
    assert max(map(cells, page.splitlines())) == 40


class Tags(HTMLParser):
    """The tags and attributes of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.targets = [value for name, value in attrs if name in ("href", "src")]
        assert all(value is not None and re.fullmatch(r"#t\d+", value) for value in self.targets)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


OUR_TAGS = set(
    "html head meta title style body main h1 h2 nav section ul li a div p details summary span code pre ins del i b".split()
)


@given(SUBJECTS, NASTY)
@settings(deadline=None, max_examples=60)
def test_nothing_in_html_is_more_than_text(subject: Any, title: str) -> None:
    page = html(subject, title=title)
    assert visible(page)
    parser = Tags()
    parser.feed(page)
    parser.close()
    assert not parser.open
    assert parser.seen <= OUR_TAGS
    assert parser.attributes <= {"lang", "charset", "name", "content", "http-equiv", "class", "open", "id", "href", "style", "role"}  # fmt: skip


MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OUR_HTML = re.compile(r"<details( open)?><summary><b>[^<>`@]*</b></summary>|</details>")


@given(SUBJECTS, NASTY)
@settings(deadline=None, max_examples=60)
def test_nothing_in_markdown_is_more_than_text(subject: Any, title: str) -> None:
    page = markdown(subject, title=title)
    assert visible(page, "\n\u200b\ufe0f")
    assert len(page.encode()) < 65_536
    todo = list(MARKDOWN.parse(page))
    opened = 0
    while todo:
        token = todo.pop()
        todo += token.children or []
        assert token.type not in (
            "link_open",
            "image",
            "html_inline",
            "table_open",
            "s_open",
            "em_open",
            "hr",
            "code_block",
        )
        if token.type == "html_block":
            assert OUR_HTML.fullmatch(token.content.strip()), token.content
            opened += token.content.count("<details") - token.content.count("</details")
        if token.type == "heading_open":
            assert token.tag in ("h3", "h4")
        if token.type == "text":
            # What GitHub makes of plain text, which this parser does not know: mentions, issues.
            assert not re.search(r"@[^\u200b]|#[^\u200b]|\bwww\.|\bGH-\d", token.content)
    assert opened == 0
    # Nor addresses: outside of code, each colon from outside is escaped.
    prose = re.sub(r"^ *(`{3,})diff\n.*?\n *\1\n", "", page, flags=re.DOTALL | re.MULTILINE)
    prose = re.sub(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)", "", prose)
    assert not re.search(r"[a-z]://", prose)


@given(st.text(max_size=60))
def test_code_spans_show_what_they_hold(given_text: str) -> None:
    tokens = MARKDOWN.parse(f"x {code(given_text)} y")[1].children or []
    assert [token.type for token in tokens] == ["text", "code_inline", "text"]
    assert tokens[1].content.strip(" ") == harmless(given_text).strip(" ")


@given(NASTY)
def test_escaped_text_reads_as_it_was(given_text: str) -> None:
    tokens = MARKDOWN.parse(f"x{escaped(given_text)}x")[1].children or []
    shown = "".join(token.content for token in tokens).replace("\u200b", "")
    assert shown == "x" + harmless(given_text) + "x"


@given(SUBJECTS)
@settings(deadline=None, max_examples=60)
def test_json_of_anything_is_valid_and_read_back(subject: Any) -> None:
    data = json.loads(json.dumps(to_json(subject)))
    check_schema(data)
    assert json.dumps(to_json(subject)).isprintable()
    assert from_json(data) == (
        {str(k): v for k, v in subject.items()} if isinstance(subject, dict) else subject
    )


# ---------------------------------------------------------------------------------------------
# Secrets


def secret_template(password: str) -> dict[str, Any]:
    return {
        "Parameters": {
            "Password": {"Type": "String", "NoEcho": True, "Default": password},
            "List": {"Type": "CommaDelimitedList", "NoEcho": True, "Default": f"{password},{password}2"},
            "Unset": {"Type": "String"},
        },
        "Mappings": {"M": {"a": {"b": password[-1]}}},
        "Conditions": {"Same": {"Fn::Equals": [{"Ref": "Password"}, "correct-horse-1"]}},
        "Resources": {
            "Broker": {
                "Type": "AWS::AmazonMQ::Broker",
                "Properties": {
                    "BrokerName": {"Fn::Sub": "b-${Password}-${Unset}"},
                    "Users": [{"Username": "{{resolve:secretsmanager:mq:SecretString:u" + password[-1] + "}}", "Password": {"Ref": "Password"}}],
                    "Tags": {"Fn::If": ["Same", [{"Key": "a", "Value": {"Ref": "Password"}}], {"Ref": "AWS::NoValue"}]},
                },
            },
            "Mesh": {
                "Type": "AWS::AppMesh::Mesh",
                "Properties": {
                    "MeshName": {"Fn::Join": ["-", {"Ref": "List"}]},
                    "Spec": {"Fn::If": ["Same", {"Ref": "Password"}, {"Fn::Base64": {"Ref": "Password"}}]},
                    "Tags": [{"Key": {"Fn::Select": [1, {"Ref": "List"}]}, "Value": {"Fn::Sub": "${Broker.Arn}${Password}"}}],
                },
            },
        },
    }  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_secrets_are_in_no_format(name: str) -> None:
    found = compare(secret_template("correct-horse-1"), secret_template("correct-horse-2"))
    page = FORMATS[name](found)
    assert "correct-horse" not in page and "correct" not in page
    assert "Y29ycmVjdC1ob3JzZ" not in page  # In Base64.
    assert "****" in page
    assert "resolve:secretsmanager:mq:SecretString:u2" in page  # What it refers to is no secret.


# ---------------------------------------------------------------------------------------------
# A real terminal

SHOW = """
import os, sys
os.chdir(sys.argv[1])
from pyformation.changes import compare
from pyformation.reports.text import show
show(compare("before.yaml", "after.yaml"))
print("RICH" if "rich" in sys.modules else "PLAIN")
"""


def in_terminal(columns: int, **environment: str) -> str:
    """What a child prints to a terminal of so many columns."""
    import fcntl
    import pty
    import struct
    import termios

    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")}
    env.update({"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environment})
    process = subprocess.Popen(
        [sys.executable, "-c", SHOW, str(FIXTURES)],
        stdin=child,
        stdout=child,
        stderr=child,
        env=env,
        close_fds=True,
    )
    os.close(child)
    output = b""
    while True:
        try:
            block = os.read(parent, 65536)
        except OSError:  # Linux says so at the end.
            break
        if not block:
            break
        output += block
    os.close(parent)
    assert process.wait(60) == 0, output
    return output.decode().replace("\r\n", "\n")


needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")


@needs_pty
def test_colors_on_a_terminal_and_its_width() -> None:
    page = in_terminal(50)
    assert "\x1b[1;31m-/+ \x1b[0m" in page and page.endswith("RICH\n")
    bare = re.sub(r"\x1b\[[0-9;]*m", "", page)
    assert (
        "-/+ Database  AWS::RDS::DBInstance  must be\n        replaced; the old resource is deleted\n        after.yaml:15\n"
        in bare
    )
    assert max(map(len, bare.splitlines())) <= 50
    wide = re.sub(r"\x1b\[[0-9;]*m", "", in_terminal(120))
    assert (
        "-/+ Database  AWS::RDS::DBInstance  must be replaced; the old resource is deleted  after.yaml:15\n"
        in wide
    )


@needs_pty
@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colors_where_they_are_switched_off(environment: dict[str, str]) -> None:
    page = in_terminal(50, **environment)
    assert "\x1b" not in page and page.endswith("PLAIN\n")
    assert "-/+ Database  AWS::RDS::DBInstance  must be\n" in page


def test_no_colors_and_80_columns_without_a_terminal() -> None:
    result = subprocess.run(
        [sys.executable, "-c", SHOW, str(FIXTURES)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "FORCE_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "\x1b" not in result.stdout and result.stdout.endswith("PLAIN\n")
    assert (
        "-/+ Database  AWS::RDS::DBInstance  must be replaced; the old resource is\n        deleted  after.yaml:15\n"
        in result.stdout
    )


# ---------------------------------------------------------------------------------------------
# A real browser


def browser() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        found = shutil.which(name)
        if found is not None:
            return found
    if os.environ.get("CI"):
        pytest.fail("CI needs chromium for the HTML report")
    pytest.skip("there is no chromium")


def run_browser(tmp_path: Path, *arguments: str) -> str:
    result = subprocess.run(
        [
            browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={tmp_path / 'profile'}", *arguments,
        ],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return result.stdout


PROBE = """<script>
const style = getComputedStyle(document.body);
const wide = [...document.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth + 1);
document.title = JSON.stringify({
  overflow: wide.length + (document.documentElement.scrollWidth > innerWidth), width: innerWidth,
  back: style.backgroundColor, open: document.querySelectorAll("details[open]").length,
  images: document.images.length, scripts: document.scripts.length, text: document.body.innerText,
});
</script></body>"""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    ("scheme", "back"), [("1", "rgb(255, 255, 255)"), ("0", "rgb(13, 17, 23)")], ids=["light", "dark"]
)
def test_html_in_a_browser(tmp_path: Path, orders: Diff, width: int, scheme: str, back: str) -> None:
    hostile = one(
        change("/Properties/" + "P" * 300, "x" * 2000, "<img src=x onerror=alert(1)>" + "y" * 2000),
        findings=(Finding("PF1", "k", "error", "Q", "W" * 400 + "</li><script>1</script>"),),
    )
    page = html({"orders.yaml": orders, "hostile" * 40 + ".yaml": hostile})
    # The report itself runs no script; this one looks at it.
    probe = re.sub(r"<meta http-equiv=[^>]*>", "", page).replace("</body>", PROBE)
    (tmp_path / "report.html").write_text(probe, encoding="utf-8")
    dom = run_browser(
        tmp_path,
        f"--window-size={max(width, 500)},2000",
        f"--blink-settings=preferredColorScheme={scheme}",
        "--dump-dom",
        (tmp_path / ("frame.html" if width < 500 else "report.html")).as_uri()
        if not width < 500
        else framed(tmp_path, width),
    )
    found = json.loads(unescaped(re.search(r"<title>(\{.*?\})</title>", dom, re.DOTALL)))
    assert found["overflow"] == 0 and found["images"] == 0 and found["scripts"] == 1
    assert found["back"] == back
    assert found["open"] >= 2
    assert "DBInstanceIdentifier" in found["text"] and "<img src=x onerror=alert(1)>" in found["text"]


def framed(tmp_path: Path, width: int) -> str:
    """A page that shows the report as narrow as a telephone, which no window may be."""
    (tmp_path / "frame.html").write_text(
        f'<iframe style="width:{width}px;height:1900px;border:0" src="report.html"></iframe>'
        "<script>onmessage = m => { document.title = m.data; }</script>",
        encoding="utf-8",
    )
    report_file = tmp_path / "report.html"
    report_file.write_text(
        report_file.read_text(encoding="utf-8")
        .replace("document.title = JSON", "const told = JSON")
        .replace("});\n</script>", "});\nparent.postMessage(told, '*');\n</script>"),
        encoding="utf-8",
    )
    return (tmp_path / "frame.html").as_uri()


def unescaped(found: re.Match[str] | None) -> str:
    import html as entities

    assert found is not None
    return entities.unescape(found[1])
