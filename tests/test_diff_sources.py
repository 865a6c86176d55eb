"""What a user names: files, stack modules, revisions of a real git repository, folders, standard input."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from conftest import run_python

import pyformation
from pyformation import DocumentError, SourceError, sources
from pyformation.prediction import pairs

QUEUE = """\
from pyformation import Stack
from pyformation.aws import sqs
from names import NAME


class Orders(Stack):
    queue = sqs.Queue(queue_name=NAME, prevent_replacement=True)
"""
TABLE = """\
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: {}
      KeySchema:
        - {{AttributeName: id, KeyType: HASH}}
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"]
    result = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits, and a working tree that differs from both."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    write(
        folder,
        {
            "stack.py": QUEUE,
            "names.py": "NAME = 'orders-1'\n",
            "infra/table.yaml": TABLE.format("table-1"),
            "infra/deep/gone.json": json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}),
            "infra/buildspec.yml": "version: 0.2\nphases: {}\n",
            ".gitattributes": "names.py export-ignore\n",
        },
    )
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one")
    git(folder, "tag", "v1")
    write(folder, {"names.py": "NAME = 'orders-2'\n", "infra/table.yaml": TABLE.format("table-2")})
    git(folder, "rm", "--quiet", "infra/deep/gone.json")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "two")
    write(folder, {"names.py": "NAME = 'orders-dirty'\n", "infra/table.yaml": TABLE.format("table-dirty")})
    write(folder, {"infra/new.yaml": "Resources:\n  T: {Type: AWS::SNS::Topic}\n", "staged.txt": "staged"})
    git(folder, "add", "staged.txt")
    monkeypatch.chdir(folder)
    return folder


def state(folder: Path) -> tuple[str, str, str, dict[str, bytes]]:
    """All that must not change: status, index, worktrees and branches, files."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts and "__pycache__" not in path.parts
    }
    return (
        git(folder, "status", "--porcelain"),
        git(folder, "ls-files", "--stage"),
        git(folder, "worktree", "list") + git(folder, "for-each-ref"),
        files,
    )


def queue_name(source: str) -> str:
    (found,) = sources.load(source)
    return found.data["Resources"]["Queue"]["Properties"]["QueueName"]


def test_a_stack_module_is_rendered_as_it_was_with_its_siblings_of_that_time(repository: Path) -> None:
    before = state(repository)
    assert queue_name("git:v1:stack.py") == "orders-1"
    assert queue_name("git:HEAD~1:stack.py:Orders") == "orders-1"
    assert queue_name("git:HEAD:stack.py") == "orders-2"
    assert queue_name("stack.py") == "orders-dirty"
    assert state(repository) == before


def test_places_of_a_revision_are_called_by_it(repository: Path) -> None:
    (found,) = sources.load("git:v1:stack.py")
    assert str(found.origin(["Resources", "Queue"])) == "git:v1:stack.py:7"
    assert found.guards == {"Queue": ["prevent_replacement"]}
    (found,) = sources.load("git:v1:infra/table.yaml")
    assert str(found.origin(["Resources", "Table", "Properties", "TableName"])) == "git:v1:infra/table.yaml:5"


def test_what_a_module_reads_and_imports_by_other_ways_is_of_the_revision_too(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repository, {"lib/shared.py": "X = 'old'\n", "text.txt": "old", "reads.py": READS})
    git(repository, "add", "lib", "text.txt", "reads.py")
    git(repository, "commit", "--quiet", "-m", "reads")
    write(repository, {"lib/shared.py": "X = 'new'\n", "text.txt": "new"})
    monkeypatch.setenv("PYTHONPATH", str(repository / "lib"))
    (found,) = sources.load("git:HEAD:reads.py")
    assert found.data["Resources"]["Topic"]["Properties"] == {"TopicName": "old", "DisplayName": "old"}
    (found,) = sources.load("reads.py")
    assert found.data["Resources"]["Topic"]["Properties"] == {"TopicName": "new", "DisplayName": "new"}


READS = """\
from pyformation import Stack
from pyformation.aws import sns
import shared


class S(Stack):
    topic = sns.Topic(topic_name=shared.X, display_name=open("text.txt").read())
"""


def test_paths_are_the_roots_or_those_here(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "infra")
    wanted = TABLE.format("table-1")
    for path in ("table.yaml", "./table.yaml", "infra/table.yaml", str(repository / "infra" / "table.yaml")):
        (found,) = sources.load(f"git:v1:{path}")
        assert found.data == pyformation.document.parse(wanted).data, path
    assert queue_name("git:v1:stack.py") == "orders-1"
    assert queue_name("git:v1:../stack.py") == "orders-1"


def test_a_path_that_may_be_two_files_is_an_error(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repository, {"infra/stack.py": QUEUE.replace("from names import NAME", "NAME = 'other'")})
    git(repository, "add", "infra/stack.py")
    git(repository, "commit", "--quiet", "-m", "two of a name")
    monkeypatch.chdir(repository / "infra")
    with pytest.raises(
        SourceError, match=r"is ambiguous: 'stack.py' relative to the repository or 'infra/stack.py'"
    ):
        sources.load("git:HEAD:stack.py")
    assert queue_name("git:HEAD:./stack.py") == "other"
    assert queue_name("git:HEAD:../stack.py") == "orders-2"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("git:mian:stack.py", "revision 'mian' does not exist; did you mean 'main'?"),
        ("git:--help:stack.py", "revision '--help' does not exist"),
        ("git:v1:stak.py", "'stak.py' does not exist at revision 'v1'; did you mean 'stack.py'?"),
        (
            "git:v1:infra/new.yaml",
            "'infra/new.yaml' does not exist at revision 'v1'; it exists in the working tree, so it was added later "
            "or is not committed",
        ),
        ("git:v1", "expected git:REVISION:PATH, found 'git:v1'"),
        ("git::stack.py", "expected git:REVISION:PATH, found 'git::stack.py'"),
        ("git:v1:infra", "'git:v1:infra' is a directory, not a template"),
        ("git:v1:stack.py:Ordres", "git:v1:stack.py has no stack 'Ordres'; did you mean 'Orders'?"),
        ("infra/tabel.yaml", "there is no file 'infra/tabel.yaml'; did you mean 'infra/table.yaml'?"),
        ("live:orders@", "expected live:STACK or live:STACK@REGION, found 'live:orders@'"),
    ],
)  # fmt: skip
def test_sources_that_are_not_there(repository: Path, source: str, sentence: str) -> None:
    with pytest.raises(SourceError) as caught:
        sources.load(source)
    assert str(caught.value) == sentence


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match="not in a git repository"):
        sources.load("git:HEAD:stack.py")


def test_a_module_that_fails_at_a_revision_says_its_own_line(repository: Path) -> None:
    write(repository, {"stack.py": "import names\n\nraise ValueError('old mistake')\n"})
    git(repository, "commit", "--quiet", "-am", "broken")
    with pytest.raises(SourceError) as caught:
        sources.load("git:HEAD:stack.py")
    assert str(caught.value) == (
        "the stack module 'git:HEAD:stack.py' failed: ValueError: old mistake (git:HEAD:stack.py:3)"
    )


def test_hooks_and_filters_of_the_repository_do_not_run_and_links_are_followed(repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    os.symlink("infra/table.yaml", repository / "link.yaml")
    os.symlink("/etc/hostname", repository / "out.yaml")
    git(repository, "-c", "core.hooksPath=/dev/null", "add", "link.yaml", "out.yaml")
    git(repository, "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m", "link")
    (found,) = sources.load("git:HEAD:link.yaml")
    assert found.data["Resources"]["Table"]["Properties"]["TableName"] == "table-2"
    with pytest.raises(SourceError, match="a link to outside the repository"):
        sources.load("git:HEAD:out.yaml")
    assert queue_name("git:HEAD:stack.py") == "orders-2"
    assert not (repository / "ran").exists()


def test_a_file_alone_is_compared_with_the_last_commit(repository: Path) -> None:
    assert queue_name(sources.at_head("stack.py")) == "orders-2"
    assert queue_name(sources.at_head("stack.py:Orders")) == "orders-2"
    with pytest.raises(SourceError, match="has no earlier revision"):
        sources.at_head("-")
    with pytest.raises(SourceError, match=r"there is no file 'stack.pu'; did you mean 'stack.py'\?"):
        sources.at_head("stack.pu")
    with pytest.raises(SourceError, match="added later or is not committed"):
        sources.load(sources.at_head("infra/new.yaml"))


def test_a_sibling_of_a_template_is_of_the_same_revision(repository: Path) -> None:
    for source, name in (("git:v1:infra/buildspec.yml", "table-1"), ("infra/new.yaml", "table-dirty")):
        (found,) = sources.load(source)
        sibling = found.beside("./table.yaml")
        assert sibling is not None
        assert sibling.data["Resources"]["Table"]["Properties"]["TableName"] == name
        assert found.beside("nothing.yaml") is None


# ---------------------------------------------------------------------------------------------
# Folders


def test_folders_are_matched_by_path_and_only_templates_count(repository: Path) -> None:
    found = pairs("git:v1:infra/", "infra/")
    assert {path: (bool(old.data), bool(new.data)) for path, (old, new) in found.items()} == {
        "deep/gone.json": (True, False),
        "new.yaml": (False, True),
        "table.yaml": (True, True),
    }
    diffs = pyformation.diff_directories("git:v1:infra/", "infra")
    assert {
        path: [(change.logical_id, change.action, change.replacement) for change in diff.resources]
        for path, diff in diffs.items()
    } == {
        "deep/gone.json": [("T", "Remove", None)],
        "new.yaml": [("T", "Add", None)],
        "table.yaml": [("Table", "Modify", "True")],
    }
    (change,) = diffs["table.yaml"].resources
    assert str(change.changes[0].origin) == "infra/table.yaml:5"


def test_the_whole_repository_is_a_folder_and_hidden_ones_do_not_count(repository: Path) -> None:
    write(
        repository, {".aws-sam/build/t.yaml": TABLE.format("x"), "node_modules/m/t.yaml": TABLE.format("x")}
    )
    assert list(pairs("git:HEAD:", ".", modules=False)) == ["infra/new.yaml", "infra/table.yaml"]


def test_a_folder_and_a_file_do_not_compare(repository: Path) -> None:
    with pytest.raises(SourceError, match=r"'infra' is a directory, and 'infra/table\.yaml' is not"):
        pairs("infra", "infra/table.yaml")
    with pytest.raises(SourceError, match="there is no directory 'nope'"):
        pairs("nope", "infra")
    with pytest.raises(SourceError, match=r"compare it with pyformation\.diff_directories"):
        pyformation.diff("infra", "infra")
    os.mkdir("empty")
    with pytest.raises(SourceError, match="neither 'empty' nor 'empty' has a template"):
        pairs("empty", "empty")


def test_a_broken_template_in_a_folder_is_no_missing_one(repository: Path) -> None:
    write(repository, {"infra/table.yaml": "Resources:\n  Table: [\n"})
    with pytest.raises(DocumentError, match=r"infra/table\.yaml"):
        pairs("git:HEAD:infra", "infra")


def test_parameters_of_a_folder_go_to_the_templates_that_declare_them(tmp_path: Path) -> None:
    parameter = "Parameters:\n  {0}: {{Type: String, Default: a}}\nResources:\n  R:\n    Type: AWS::SNS::Topic\n    Properties: {{DisplayName: !Ref {0}}}\n"  # fmt: skip
    for side in ("old", "new"):
        write(tmp_path / side, {"one.yaml": parameter.format("One"), "two.yaml": parameter.format("Two")})
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    diffs = pyformation.diff_directories(old, new, before_parameters={"One": "x"}, parameters={"Two": "y"})
    assert {path: diff.summary.updated for path, diff in diffs.items()} == {"one.yaml": 1, "two.yaml": 1}
    with pytest.raises(
        pyformation.EvaluationError, match=r"no template has a parameter 'Tow'; did you mean 'Two'\?"
    ):
        pyformation.diff_directories(old, new, parameters={"Tow": "y"})


def test_a_template_of_a_folder_that_imports_a_lost_export_is_named(tmp_path: Path) -> None:
    exports = "Resources: {T: {Type: AWS::SNS::Topic}}\nOutputs: {O: {Value: !GetAtt T.TopicArn, Export: {Name: topic}}}\n"
    imports = "Resources: {S: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, TopicArn: !ImportValue topic}}}\n"
    write(tmp_path / "old", {"base.yaml": exports, "app.yaml": imports})
    write(tmp_path / "new", {"base.yaml": exports.partition("Outputs")[0], "app.yaml": imports})
    diffs = pyformation.diff_directories(str(tmp_path / "old"), str(tmp_path / "new"))
    (finding,) = [found for found in diffs["base.yaml"].findings if found.code == "PF209"]
    assert "app.yaml" in finding.message


def cdk_template(path: str, handler: str) -> str:
    return json.dumps(
        {
            "Resources": {
                "Role": {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": f"{path}/Role/Resource"}},
                "Function": {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {"Handler": handler},
                    "Metadata": {"aws:cdk:path": f"{path}/Function/Resource", "aws:asset:path": f"asset.{handler}"},
                },
                "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": f"v2:deflate64:{path}"}},
            }
        }
    )  # fmt: skip


def test_of_what_the_cdk_writes_only_templates_count_and_its_own_metadata_is_folded(tmp_path: Path) -> None:
    for side, path, handler in (("old", "App", "a.handler"), ("new", "Renamed", "b.handler")):
        write(
            tmp_path / side / "cdk.out",
            {
                "App.template.json": cdk_template(path, handler),
                "manifest.json": json.dumps({"version": "1", "artifacts": {}, "Resources": {}}),
                "tree.json": json.dumps({"version": "tree-0.1", "Resources": {"x": {"Type": "y"}}}),
                "cdk.out": json.dumps({"version": "48.0.0"}),
            },
        )
    diffs = pyformation.diff_directories(str(tmp_path / "old" / "cdk.out"), str(tmp_path / "new" / "cdk.out"))
    (diff,) = diffs.values()
    assert list(diffs) == ["App.template.json"]
    assert [(change.logical_id, [part.path for part in change.changes]) for change in diff.resources] == [
        ("Function", ["/Properties/Handler"])
    ]
    assert {entry.logical_id for entry in diff.aws_only} == {"Role", "CDKMetadata"}
    assert (diff.summary.updated, diff.summary.total) == (1, 1)
    # AWS's own answer has them all.
    listed = diff.change_set()["Changes"]
    assert {item["ResourceChange"]["LogicalResourceId"] for item in listed} == {
        "Role",
        "Function",
        "CDKMetadata",
    }


def test_metadata_beside_the_cdks_is_no_noise() -> None:
    def side(**metadata: str) -> dict[str, object]:
        return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Metadata": metadata}}}

    diff = pyformation.diff(side(**{"aws:cdk:path": "a"}), side(**{"aws:cdk:path": "b", "Owner": "me"}))
    ((part,),) = [change.changes for change in diff.resources]
    assert part.path == "/Metadata/Owner"
    assert not diff.aws_only


# ---------------------------------------------------------------------------------------------
# Several stacks in a module


SEVERAL = """\
from pyformation import Stack
from pyformation.aws import sns


class One(Stack):
    topic = sns.Topic(topic_name="{0}")


class {1}(Stack):
    topic = sns.Topic(topic_name="fixed")
"""


def test_several_stacks_of_a_module_are_matched_by_name(repository: Path) -> None:
    write(repository, {"several.py": SEVERAL.format("a", "Two")})
    git(repository, "add", "several.py")
    git(repository, "commit", "--quiet", "-m", "several")
    write(repository, {"several.py": SEVERAL.format("b", "Three")})
    diffs = pyformation.diff_directories("git:HEAD:several.py", "several.py")
    assert {name: [change.action for change in diff.resources] for name, diff in diffs.items()} == {
        "One": ["Modify"],
        "Three": ["Add"],
        "Two": ["Remove"],
    }
    with pytest.raises(SourceError, match=r"has several stacks \(One, Three\); name one"):
        pyformation.diff("git:HEAD:several.py:One", "several.py")
    with pytest.raises(SourceError, match="is one template, and the other side has several stacks"):
        pairs("infra/table.yaml", "several.py")
    write(repository, {"empty.json": "{}"})
    assert all(not old.data and new.data for old, new in pairs("empty.json", "several.py").values())


def test_a_renamed_class_is_the_same_stack_where_it_is_the_only_one(repository: Path) -> None:
    write(repository, {"stack.py": QUEUE.replace("Orders", "Renamed")})
    assert list(pairs("git:HEAD:stack.py", "stack.py")) == [None]


# ---------------------------------------------------------------------------------------------
# Standard input, and what is no template


def test_standard_input_is_one_side(tmp_path: Path) -> None:
    write(tmp_path, {"old.yaml": TABLE.format("one")})
    result = run_python(
        "-m", "pyformation", "diff", "old.yaml", "-", "--format", "json", cwd=tmp_path, input=TABLE.format("two")
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    (change,) = json.loads(result.stdout)["resources"]
    assert (change["logical_id"], change["replacement"]) == ("Table", "True")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\n", "x.yaml is not a template: `Resources` is missing; found 'a', 'b' (x.yaml:1)"),
        (
            "Resource:\n  T: {Type: AWS::SNS::Topic}\n",
            "x.yaml is not a template: `Resources` is missing; found 'Resource' (x.yaml:1)",
        ),
        ("Resources: [1]\n", "Resources: expected a mapping (x.yaml:1)"),
    ],
)
def test_a_file_that_is_no_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"x.yaml": text})
    for sides in (("x.yaml", {}), ({}, "x.yaml")):
        with pytest.raises((SourceError, DocumentError)) as caught:
            pyformation.diff(*sides)
        assert str(caught.value) == sentence


def test_an_empty_template_is_a_stack_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, {"empty.json": "{}", "new.yaml": TABLE.format("x")})
    diff = pyformation.diff(tmp_path / "empty.json", tmp_path / "new.yaml")
    assert [change.action for change in diff.resources] == ["Add"]


def test_the_lines_of_elements_of_a_stack_module(tmp_path: Path) -> None:
    (tmp_path / "stack.py").write_text(
        "from pyformation import Mapping, Output, Parameter, Stack\n"
        "from pyformation.aws import sqs\n"
        "class Shop(Stack):\n"
        "    name = Parameter(str, default='shop')\n"
        "    sizes = Mapping({'a': {'b': 1}})\n"
        "    queue = sqs.Queue(queue_name=name)\n"
        "    out = Output(queue)\n",
        encoding="utf-8",
    )
    (found,) = sources.load(str(tmp_path / "stack.py"))
    lines = {
        path: None if (origin := found.origin(path.split("/"))) is None else origin.line
        for path in (
            "Parameters/Name",
            "Mappings/Sizes/a",
            "Resources/Queue/Type",
            "Outputs/Out",
            "Resources/No",
            "Parameters",
        )
    }
    assert list(lines.values()) == [4, 5, 6, 7, None, None]


SHOP = """\
from pyformation import AnyResource, Mapping, Parameter, Stack
from pyformation.aws import ec2, sqs

more = [{"Key": "a", "Value": "1"}]


class Shop(Stack):
    days = Parameter(
        int,
        default=OLD,
    )
    sizes = Mapping(
        {
            "small": {"seconds": OLD},
        }
    )
    queue = sqs.Queue(
        message_retention_period=days,
        visibility_timeout=sizes.find("small", "seconds"),
        tags=[
            {"Key": "kept", "Value": "x"},
            {"Key": "edited", "Value": "OLD"},
        ],
    )
    group = ec2.SecurityGroup(
        group_description="web",
        security_group_ingress=[
            ec2.SecurityGroup.Ingress(
                ip_protocol="tcp",
                from_port=OLD,
            ),
        ],
        tags=[
            *more,
            {"Key": "spread", "Value": "OLD"},
        ],
    )
    other = AnyResource(
        "AWS::SQS::Queue",
        {
            "DelaySeconds": OLD,
        },
        metadata={
            "Version": OLD,
        },
    )
"""


def test_the_line_of_a_change_in_a_stack_module_is_that_of_its_keyword(repository: Path) -> None:
    write(repository, {"shop.py": SHOP.replace("OLD", "1")})
    git(repository, "add", "shop.py")
    git(repository, "commit", "--quiet", "-m", "shop")
    write(repository, {"shop.py": SHOP.replace("OLD", "2")})
    lines = SHOP.splitlines()

    def places(before: str, after: str) -> dict[str, tuple[str, str]]:
        """The file of each change, and its line without what is around it."""
        found: dict[str, tuple[str, str]] = {}
        for change in pyformation.diff(before, after).resources:
            for each in change.changes:
                assert each.origin is not None
                text = lines[each.origin.line - 1].strip()
                found[f"{change.logical_id}{each.path}"] = (each.origin.file.rpartition("/")[2], text)
        return found

    expected = {
        "Queue/Properties/MessageRetentionPeriod": "message_retention_period=days,",
        "Queue/Properties/VisibilityTimeout": 'visibility_timeout=sizes.find("small", "seconds"),',
        "Queue/Properties/Tags/1/Value": '{"Key": "edited", "Value": "OLD"},',
        "Group/Properties/SecurityGroupIngress/0/FromPort": "from_port=OLD,",
        "Group/Properties/Tags/1/Value": "tags=[",
        "Other/Properties/DelaySeconds": '"DelaySeconds": OLD,',
        "Other/Metadata/Version": '"Version": OLD,',
    }
    found = places("git:HEAD:shop.py", "shop.py")
    assert found == {path: ("shop.py", text) for path, text in expected.items()}
    # The other way round the lines are those of the revision.
    found = places("shop.py", "git:HEAD:shop.py")
    assert found == {path: ("git:HEAD:shop.py", text) for path, text in expected.items()}
    (template,) = sources.load("shop.py")
    for path, text in (
        (["Parameters", "Days", "Default"], "default=OLD,"),
        (["Mappings", "Sizes", "small", "seconds"], '"small": {"seconds": OLD},'),
    ):
        origin = template.origin(path)
        assert origin is not None
        assert lines[origin.line - 1].strip() == text


BRANCHES = """\
Conditions:
  Never: !Equals [a, b]
  Always: !Equals [a, a]
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/8}
        - !If
          - Never
          - {IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 10.0.0.0/8}
          - !Ref AWS::NoValue
        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          CidrIp: 10.0.0.0/8
      Tags: !If
        - Always
        - - {Key: a, Value: x}
          - Key: b
            Value: one
        - []
"""


def test_lines_behind_and_inside_of_a_condition(tmp_path: Path) -> None:
    after = BRANCHES.replace("          CidrIp: 10.0.0.0/8", "          CidrIp: 0.0.0.0/0").replace(
        "one", "two"
    )
    write(tmp_path, {"before.yaml": BRANCHES, "after.yaml": after})
    found = pyformation.diff(tmp_path / "before.yaml", tmp_path / "after.yaml")
    lines = after.splitlines()
    (group,) = found.resources
    places = {each.path: lines[each.origin.line - 1].strip() for each in group.changes if each.origin}
    assert places == {
        "/Properties/SecurityGroupIngress/1/CidrIp": "CidrIp: 0.0.0.0/0",
        "/Properties/Tags/1/Value": "Value: two",
    }
    opened = [finding for finding in found.findings if finding.kind == "access"]
    assert opened
    assert {lines[finding.origin.line - 1].strip() for finding in opened if finding.origin} <= {
        "CidrIp: 0.0.0.0/0",
        "- IpProtocol: tcp",
    }


def test_lines_of_what_a_stack_module_includes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    legacy = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: one\n"
    module = (
        "from pyformation import Stack, include\n\n\nclass App(Stack):\n    legacy = include('legacy.yaml')\n"
    )
    write(tmp_path, {"stack.py": module, "legacy.yaml": legacy})
    (before,) = sources.load("stack.py")
    write(tmp_path, {"legacy.yaml": legacy.replace("one", "two")})
    found = pyformation.diff(before, "stack.py")
    places = [str(each.origin).rpartition("/")[2] for change in found.resources for each in change.changes]
    assert places == ["legacy.yaml:5"]


LOOPS = """\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Outer:
    - A
    - [a, b]
    - Fn::ForEach::Inner:
        - B
        - [x, y]
        - Queue${A}${B}:
            Type: AWS::SQS::Queue
            Properties:
              DelaySeconds: 1
              QueueName: !Sub "${A}-${B}"
      Topic${A}:
        Type: AWS::SNS::Topic
        DeletionPolicy: Delete
"""


def test_lines_of_what_loops_make(tmp_path: Path) -> None:
    after = LOOPS.replace("DelaySeconds: 1", "DelaySeconds: 2").replace("Policy: Delete", "Policy: Retain")
    write(tmp_path, {"before.yaml": LOOPS, "after.yaml": after})
    lines = after.splitlines()
    found = pyformation.diff(tmp_path / "before.yaml", tmp_path / "after.yaml")
    places = {
        f"{change.logical_id}{each.path}": lines[each.origin.line - 1].strip()
        for change in found.resources
        for each in change.changes
        if each.origin
    }
    assert places == {
        **{f"Queue{a}{b}/Properties/DelaySeconds": "DelaySeconds: 2" for a in "ab" for b in "xy"},
        **{f"Topic{a}/DeletionPolicy": "DeletionPolicy: Retain" for a in "ab"},
    }
    gone = pyformation.diff(tmp_path / "before.yaml", {"Resources": {}})
    starts = {
        change.logical_id: lines[change.origin.line - 1].strip() for change in gone.resources if change.origin
    }
    assert starts == {
        **{f"Queue{a}{b}": "- Queue${A}${B}:" for a in "ab" for b in "xy"},
        **{f"Topic{a}": "Topic${A}:" for a in "ab"},
    }


def test_a_program_that_changed_is_read_again_and_one_that_is_gone_has_the_lines_of_its_elements(
    tmp_path: Path,
) -> None:
    path = tmp_path / "stack.py"
    text = (
        "from pyformation import Stack\nfrom pyformation.aws import sqs\n\n\nclass Shop(Stack):\n"
        "    queue = sqs.Queue(\n{}        delay_seconds=1,\n    )\n"
    )
    where = ["Resources", "Queue", "Properties", "DelaySeconds"]
    lines: list[int | None] = []
    for number, comment in enumerate(("", "        # Why.\n")):
        path.write_text(text.format(comment), encoding="utf-8")
        os.utime(path, (number, number))
        (found,) = sources.load(str(path))
        lines.append(None if (origin := found.origin(where)) is None else origin.line)
    path.unlink()
    lines.append(None if (origin := found.origin(where)) is None else origin.line)
    assert lines == [7, 8, 6]


def test_lines_in_the_current_folder_read_as_a_user_types_them(repository: Path) -> None:
    def place(folder: str) -> str:
        return str(
            sources.load_folder(folder, modules=False)["infra/table.yaml"].origin(["Resources", "Table"])
        )

    assert place(".") == "infra/table.yaml:2"
    assert place("./") == "infra/table.yaml:2"
    found = sources.load_folder("./infra//")["table.yaml"]
    assert str(found.origin(["Resources", "Table"])) == "infra/table.yaml:2"


def submodule(repository: Path, tmp_path: Path) -> None:
    """A commit in which the repository has another one at ``shared``, and a working tree beyond both."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet", "--initial-branch=main")
    write(other, {"names.py": "NAME = 'orders-shared'\n", "table.yaml": TABLE.format("table-shared")})
    git(other, "add", ".")
    git(other, "commit", "--quiet", "-m", "one")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "shared")
    write(repository, {"stack.py": QUEUE.replace("from names", "from shared.names")})
    git(repository, "add", "stack.py")
    git(repository, "commit", "--quiet", "-m", "submodule")
    write(
        repository, {"shared/table.yaml": TABLE.format("table-dirty"), "shared/names.py": "NAME = 'dirty'\n"}
    )


def test_a_submodule_is_as_the_revision_has_it(repository: Path, tmp_path: Path) -> None:
    submodule(repository, tmp_path)
    (table,) = sources.load("git:HEAD:shared/table.yaml")
    assert table.data["Resources"]["Table"]["Properties"]["TableName"] == "table-shared"
    before, after = pairs("git:HEAD:.", ".", modules=False)["shared/table.yaml"]
    assert before.data["Resources"]["Table"]["Properties"]["TableName"] == "table-shared"
    assert after.data["Resources"]["Table"]["Properties"]["TableName"] == "table-dirty"
    (stack,) = sources.load("git:HEAD:stack.py")
    assert stack.data["Resources"]["Queue"]["Properties"]["QueueName"] == "orders-shared"
    assert list(sources.load_folder("git:HEAD:shared")) == ["table.yaml"]


def test_a_submodule_that_is_not_checked_out_or_not_fetched(repository: Path, tmp_path: Path) -> None:
    submodule(repository, tmp_path)
    git(repository, "update-index", "--cacheinfo", f"160000,{'1' * 40},shared")
    git(repository, "commit", "--quiet", "-m", "elsewhere")
    lacks = "the submodule 'shared' does not have the commit that 'HEAD' refers to; fetch it there"
    with pytest.raises(SourceError, match=lacks):
        sources.load_folder("git:HEAD:.", modules=False)
    git(repository, "submodule", "--quiet", "deinit", "--force", "shared")
    assert sorted(sources.load_folder("git:HEAD:.", modules=False)) == ["infra/table.yaml"]


def test_a_revision_that_was_not_fetched(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", repository.as_uri(), "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    shallow = "; the clone is shallow, so it may have to be fetched"
    with pytest.raises(SourceError, match=f"revision 'HEAD~1' does not exist{shallow}"):
        sources.load("git:HEAD~1:stack.py")
    with pytest.raises(SourceError, match="revision 'mian' does not exist; did you mean 'main'"):
        sources.load("git:mian:stack.py")
    git(tmp_path, "init", "--quiet", "new")
    monkeypatch.chdir(tmp_path / "new")
    with pytest.raises(SourceError, match="the repository has no commit yet"):
        sources.load("git:HEAD:stack.py")


def test_regions_of_exports_and_imports_are_one(tmp_path: Path) -> None:
    exports = "Resources: {T: {Type: AWS::SNS::Topic}}\nOutputs: {O: {Value: !GetAtt T.TopicArn, Export: {Name: eu-west-1-topic}}}\n"
    imports = "Resources: {S: {Type: AWS::SNS::Topic, Properties: {TopicName: !ImportValue {'Fn::Sub': '${AWS::Region}-topic'}}}}\n"
    write(tmp_path / "old", {"base.yaml": exports, "app.yaml": imports})
    write(tmp_path / "new", {"base.yaml": exports.partition("Outputs")[0], "app.yaml": imports})
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    for region, expected in (("eu-west-1", ["PF209"]), ("us-east-1", ["PF212"]), (None, ["PF213"])):
        diffs = pyformation.diff_directories(old, new, region=region)
        assert [found.code for found in diffs["base.yaml"].findings] == expected


def test_an_export_and_its_import_that_are_renamed_together_wait_for_each_other(tmp_path: Path) -> None:
    exports = "Resources: {T: {Type: AWS::SNS::Topic}}\nOutputs: {O: {Value: !GetAtt T.TopicArn, Export: {Name: topic}}}\n"
    imports = "Resources: {S: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, TopicArn: !ImportValue topic}}}\n"
    write(tmp_path / "old", {"base.yaml": exports, "app.yaml": imports})
    renamed = {
        "base.yaml": exports.replace("topic", "alerts"),
        "app.yaml": imports.replace("topic", "alerts"),
    }
    write(tmp_path / "new", renamed)
    diffs = pyformation.diff_directories(str(tmp_path / "old"), str(tmp_path / "new"))
    (finding,) = [found for found in diffs["base.yaml"].findings if found.kind == "failure"]
    assert finding.code == "PF209"
    assert "neither stack can be updated first" in finding.message
