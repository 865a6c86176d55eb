"""Local files that a template refers to: where they are accepted, how they render, what of a folder counts."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import run_command, run_python

from pyformation import (
    AnyResource,
    Asset,
    Equals,
    If,
    InvalidValueError,
    MissingExtraError,
    Parameter,
    SourceError,
    Stack,
    Template,
    TokenError,
    catalog,
    resource_class,
)
from pyformation.aws import glue, lambda_
from pyformation.sources import load
from pyformation.sources.contents import contents, differing
from pyformation.sources.local_files import code_of, is_local, local_files

HERE = Path(__file__).parent

# The resources and properties that `aws cloudformation package` uploads: those of its documentation, and the lists in
# awscli/customizations/cloudformation/artifact_exporter.py of awscli 1.46.3.
# https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
OF_AWS = """
AWS::ApiGateway::RestApi BodyS3Location
AWS::Lambda::Function Code
AWS::Serverless::Function CodeUri
AWS::Serverless::Api DefinitionUri
AWS::AppSync::GraphQLSchema DefinitionS3Location
AWS::AppSync::Resolver RequestMappingTemplateS3Location
AWS::AppSync::Resolver ResponseMappingTemplateS3Location
AWS::AppSync::FunctionConfiguration RequestMappingTemplateS3Location
AWS::AppSync::FunctionConfiguration ResponseMappingTemplateS3Location
AWS::AppSync::Resolver CodeS3Location
AWS::AppSync::FunctionConfiguration CodeS3Location
AWS::ElasticBeanstalk::ApplicationVersion SourceBundle
AWS::CloudFormation::Stack TemplateURL
AWS::Serverless::Application Location
AWS::Lambda::LayerVersion Content
AWS::Serverless::LayerVersion ContentUri
AWS::Glue::Job Command/ScriptLocation
AWS::StepFunctions::StateMachine DefinitionS3Location
AWS::Serverless::StateMachine DefinitionUri
AWS::Serverless::HttpApi DefinitionUri
AWS::CloudFormation::StackSet TemplateURL
AWS::CloudFormation::ModuleVersion ModulePackage
AWS::CloudFormation::ResourceVersion SchemaHandlerPackage
AWS::CodeCommit::Repository Code/S3
AWS::ServerlessRepo::Application ReadmeUrl
AWS::ServerlessRepo::Application LicenseUrl
AWS::Include Location
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def pyformation(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run_command(*arguments, cwd=cwd)


STACK = """
from pyformation import Asset, Stack
from pyformation.aws import lambda_

class Functions(Stack):
    function = lambda_.Function(role="r", runtime="python3.13", handler="index.handler", code=Asset("src/"))
"""


# ---------------------------------------------------------------------------------------------
# Declaring


def test_what_aws_packages_takes_a_local_file() -> None:
    accepted = {(row["type"], row["property"]) for row in catalog.reviewed("assets") if row["location"]}
    assert {tuple(line.split()) for line in OF_AWS.strip().splitlines()} <= accepted


@pytest.mark.parametrize(
    "row",
    [
        row
        for row in catalog.reviewed("assets")
        if row["location"] and "/" not in row["property"] and "section" not in row
    ],
    ids=lambda row: f"{row['type']}.{row['property']}",
)
def test_every_row_takes_a_local_file(row: dict[str, Any]) -> None:
    cls = resource_class(row["type"])
    slot = cls._by_name[row["property"]]
    asset: Any = Asset("src")
    if slot.facts.get("type", "").startswith("["):
        asset = [asset]
    assert slot.accept(asset, None) == asset


def test_every_location_of_aws_is_found_in_a_template() -> None:
    """A plain path in each place that `aws cloudformation package` knows, in one template."""
    data: dict[str, Any] = {"Resources": {}, "Metadata": {}}
    for number, line in enumerate(OF_AWS.strip().splitlines()):
        kind, path = line.split()
        value: Any = f"file-{number}"
        for step in reversed(path.split("/")):
            value = {step: value}
        if kind == "AWS::Include":
            transform = {"Fn::Transform": {"Name": kind, "Parameters": value}}
            data["Resources"][f"R{number}"] = {"Type": "AWS::SNS::Topic", "Properties": transform}
        elif kind == "AWS::ServerlessRepo::Application":
            data["Metadata"].setdefault(kind, {}).update(value)
        else:
            data["Resources"][f"R{number}"] = {"Type": kind, "Properties": value}
    found = {file.written for file in local_files(loaded(data))}
    assert found == {f"file-{number}" for number in range(len(OF_AWS.strip().splitlines()))}


def test_paths_are_relative_to_the_declaring_file() -> None:
    assert Asset("src/").path == str(HERE / "src")
    assert Asset("/elsewhere/src").path == "/elsewhere/src"
    assert Asset(Path("src")) == Asset("src") != Asset("src", exclude=["*.md"])


def test_signatures_name_local_files() -> None:
    import inspect

    assert "code: Value[Function.Code | Asset]" in str(inspect.signature(lambda_.Function))


def test_assets_survive_pickling() -> None:
    asset = Asset("src", exclude=["a"])
    assert pickle.loads(pickle.dumps(asset)) == asset
    assert hash(pickle.loads(pickle.dumps(asset))) == hash(asset)


def refused_as_text() -> object:
    return f"{Asset('src')}"


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: lambda_.Function(role=Asset("x"), code=Asset("x")), InvalidValueError, "this property takes no local file"),
    (lambda: lambda_.Function(role="r", code=Asset("x"), layers=[Asset("x")]), InvalidValueError, r"Layers\[0\]"),
    (lambda: lambda_.Function(role="r", code=If("c", Asset("x"), 3)), InvalidValueError, "expected .*, found 3"),
    (lambda: lambda_.Function(role="r", code="src/"), InvalidValueError, r"found 'src/'; a local file is Asset\('src/'\)"),
    (refused_as_text, TokenError, "cannot stand in a text"),
    (lambda: Asset(3), InvalidValueError, "expected a path, found 3"),
    (lambda: Asset(""), InvalidValueError, "found empty text"),
    (lambda: Asset("x", exclude="*.md"), InvalidValueError, "expected a list of patterns"),
    (lambda: setattr(Asset("x"), "path", "y"), InvalidValueError, "frozen"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "words"), REFUSED)
def test_where_no_location_is_wanted(make: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        make()


def test_an_asset_has_to_be_packaged() -> None:
    class Functions(Stack):
        function = lambda_.Function(role="r", code=Asset("src/"))

    with pytest.raises(
        InvalidValueError,
        match=r"Resources.Function: .* package it with 'pyformation package SOURCE'.*test_assets.py",
    ):
        Functions().template.to_yaml()
    template = Functions().template
    assert template.to_dict(relative_to=HERE)["Resources"]["Function"]["Properties"]["Code"] == "src/"
    assert "Code: ../tests/src\n" in template.to_yaml(relative_to=HERE.parent / "docs")
    with pytest.raises(InvalidValueError, match="is a local file"):  # It is asked for each time.
        template.to_json()


def test_conditions_and_free_form_take_assets() -> None:
    class Functions(Stack):
        stage = Parameter(str, default="dev")
        is_prod = Equals(stage, "prod")
        function = lambda_.Function(role="r", code=If(is_prod, Asset("a"), Asset("b")))
        layer = AnyResource("AWS::Lambda::LayerVersion", {"Content": Asset("c")})
        job = glue.Job(role="r", command={"Name": "x", "ScriptLocation": Asset("job.py")})

    files = local_files(loaded(Functions))
    assert [(file.name, file.property, Path(file.path).name) for file in files] == [
        ("Function", "Code.Fn::If.1", "a"),
        ("Function", "Code.Fn::If.2", "b"),
        ("Layer", "Content", "c"),
        ("Job", "Command.ScriptLocation", "job.py"),
    ]


def test_users_tests_see_paths_relative_to_the_test() -> None:
    from pyformation.testing import assert_same_template

    class Functions(Stack):
        function = lambda_.Function(role="r", code=Asset("src/"))

    function = {"Type": "AWS::Lambda::Function", "Properties": {"Role": "r", "Code": "src/"}}
    expected = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Function": function}}
    assert_same_template(Functions, expected)


def loaded(source: object) -> Any:
    from pyformation.sources import loaded

    return loaded(source)


def test_an_asset_where_cloudformation_takes_none() -> None:
    template = Template()
    template.add("Thing", AnyResource("Custom::Thing", {"ServiceToken": "x", "Deep": {"File": Asset("src")}}))
    with pytest.raises(
        InvalidValueError, match=r"Deep\.File is a local file, and CloudFormation takes none there"
    ):
        local_files(loaded(template))


# ---------------------------------------------------------------------------------------------
# Template files and rendering


@pytest.mark.parametrize(
    ("value", "local"),
    [
        ("src/", True),
        ("../lib/code.zip", True),
        (".", True),
        ("s3://bucket/key", False),
        ("https://bucket.s3.amazonaws.com/key", False),
        ("", False),
        ("{{resolve:ssm:/key}}", False),
        ("functions/${Name}", False),
        ({"Ref": "Key"}, False),
        (3, False),
    ],
)
def test_which_values_are_paths(value: object, local: bool) -> None:
    assert is_local(value) is local


def test_plain_paths_in_template_files(tmp_path: Path) -> None:
    template = {
        "Transform": {"Name": "AWS::Include", "Parameters": {"Location": "top.yaml"}},
        "Globals": {"Function": {"CodeUri": "shared/"}},
        "Resources": {
            "Plain": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "src/"}},
            "Done": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Code": {"S3Bucket": "b", "S3Key": "k"}},
            },
            "Uploaded": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "s3://b/k"}},
            "Shared": {"Type": "AWS::Serverless::Function", "Properties": {}},
            "Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.yaml"}},
            "Api": {
                "Type": "AWS::Serverless::GraphQLApi",
                "Properties": {"Functions": {"add": {"CodeUri": "add.js"}}, "SchemaUri": "schema.graphql"},
            },
            "Fn::ForEach::Each": [
                "Name",
                ["A", "B"],
                {"F${Name}": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "each/"}}},
            ],
            "Included": {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "one.yaml"}}},
        },
    }
    (tmp_path / "t.json").write_text(json.dumps(template))
    found = load(str(tmp_path / "t.json"))[0]
    assert sorted(file.written for file in local_files(found)) == [
        *["add.js", "child.yaml", "each/", "one.yaml", "schema.graphql", "shared/", "src/", "top.yaml"],
    ]
    assert {file.path for file in local_files(found) if file.written == "src/"} == {str(tmp_path / "src")}
    assert [
        getattr(code_of(found, name), "written", None) for name in ("Plain", "Done", "Uploaded", "Shared")
    ] == [
        *["src/", None, None, "shared/"],
    ]


def test_rendering_a_stack_module(tmp_path: Path) -> None:
    write(tmp_path, {"app/stack.py": STACK, "app/src/index.py": ""})
    refused = pyformation("render", "app/stack.py", cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr == (
        "error: Resources.Function: Code is the local file 'src/'; package it with 'pyformation package app/stack.py', or "
        "write its path with --assets relative (app/stack.py:6)\n"
    )
    write(tmp_path, {"app/main.py": STACK + "\nFunctions().main()\n"})
    script = run_python("app/main.py", cwd=tmp_path)
    assert script.returncode == 1
    assert "is a local file; package it with 'pyformation package app/main.py'" in script.stderr
    # Unless the program, or whoever runs it, says what to write: paths relative to the output.
    asked = run_python("app/main.py", "--assets", "relative", cwd=tmp_path)
    assert "Code: ./app/src\n" in asked.stdout, asked.stderr
    wrong = run_python("app/main.py", "--assets=absolute", cwd=tmp_path)
    assert wrong.returncode == 1 and "--assets takes relative, found 'absolute'" in wrong.stderr
    write(tmp_path, {"app/main.py": STACK + "\nFunctions().main(assets='relative')\n"})
    beside = run_python("main.py", cwd=tmp_path / "app")
    assert "Code: src/\n" in beside.stdout, beside.stderr
    assert run_python("app/main.py", "-o", "app/t.yaml", cwd=tmp_path).returncode == 0
    assert (tmp_path / "app/t.yaml").read_text() == beside.stdout
    (tmp_path / "app/t.yaml").unlink()
    result = pyformation("render", "app/stack.py", "--assets", "relative", cwd=tmp_path)
    assert result.returncode == 0 and "Code: ./app/src\n" in result.stdout
    write(tmp_path, {"out/x": ""})
    assert (
        pyformation(
            "render", "app/stack.py", "--assets", "relative", "-o", "out/t.yaml", cwd=tmp_path
        ).returncode
        == 0
    )
    assert "Code: ../app/src\n" in (tmp_path / "out/t.yaml").read_text()
    # A template file with plain paths is rendered as it is, unless their base changes.
    again = pyformation("render", "out/t.yaml", cwd=tmp_path)
    assert "Code: ../app/src\n" in again.stdout
    moved = pyformation("render", "out/t.yaml", "--assets", "relative", cwd=tmp_path)
    assert "Code: ./app/src\n" in moved.stdout


# ---------------------------------------------------------------------------------------------
# What belongs to a folder


def paths(folder: Path, *exclude: str, **options: Any) -> list[str]:
    return [entry.path for entry in contents(str(folder), exclude, **options).entries]


def test_caches_and_editors_files_are_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        dict.fromkeys(
            [
                *[
                    "b.py",
                    "a/c.py",
                    "a.py",
                    "a/__pycache__/c.pyc",
                    ".git/HEAD",
                    ".idea/x",
                    "x.pyc",
                    "n~",
                    ".mypy_cache/x",
                ],
                *[
                    "env/pyvenv.cfg",
                    "env/lib/x.py",
                    "pkg.egg-info/PKG-INFO",
                    "node_modules/m.js",
                    ".DS_Store",
                ],
            ],
            "",
        ),
    )
    assert paths(tmp_path) == ["a.py", "a/c.py", "b.py", "node_modules/m.js"]


def test_gitignore_counts_from_the_root_of_the_repository(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".git/HEAD": "",
            ".gitignore": "*.log\nbuild/\n/app/secret.txt\n",
            "app/.gitignore": "!keep.log\ndata/*\n!data/kept.csv\n",
            **dict.fromkeys(
                [
                    *[
                        "app/x.log",
                        "app/keep.log",
                        "app/build/a",
                        "app/build/b",
                        "app/secret.txt",
                        "app/lib/secret.txt",
                    ],
                    *["app/data/kept.csv", "app/data/left.csv", "app/main.py"],
                ],
                "",
            ),
        },
    )
    found = contents(str(tmp_path / "app"))
    assert [entry.path for entry in found.entries] == [
        *["data/kept.csv", "keep.log", "lib/secret.txt", "main.py"],
    ]
    assert found.ignored == 4  # A folder counts once.
    # Patterns of the declaration win.
    assert paths(tmp_path / "app", "!build/", "lib/") == [
        "build/a",
        "build/b",
        "data/kept.csv",
        "keep.log",
        "main.py",
    ]
    # Above the given root nothing counts.
    assert "x.log" in paths(tmp_path / "app", root=str(tmp_path / "app"))


def test_a_folder_that_the_repository_ignores_was_named(tmp_path: Path) -> None:
    """As one that is built: its own .gitignore counts, and that of the repository does not."""
    write(
        tmp_path,
        {".git/HEAD": "", ".gitignore": "build/\n*.js\n", "app/build/lib/index.js": "", "app/x.js": ""},
    )
    write(tmp_path, {"app/build/.gitignore": "*.map\n", "app/build/index.map": ""})
    assert paths(tmp_path / "app" / "build") == ["lib/index.js"]
    assert paths(tmp_path / "app" / "build" / "lib") == ["index.js"]
    assert paths(tmp_path / "app") == []


def test_tests_by_option(tmp_path: Path) -> None:
    write(
        tmp_path, dict.fromkeys(["a.py", "tests/test_a.py", "lib/test_b.py", "lib/b.py", "conftest.py"], "")
    )
    assert paths(tmp_path, without_tests=True) == ["a.py", "lib/b.py"]


def test_symbolic_links(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {"a/x.py": "", "b.py": ""})
    (folder / "link.py").symlink_to("a/x.py")
    (folder / "folder").symlink_to("a")
    (folder / "a" / "absolute.py").symlink_to(folder / "b.py")
    found = {entry.path: entry.target for entry in contents(str(folder)).entries}
    assert found == {
        "a/absolute.py": "../b.py",
        "a/x.py": None,
        "b.py": None,
        "folder": "a",
        "link.py": "a/x.py",
    }
    write(tmp_path, {"outside": ""})
    (folder / "out").symlink_to("../outside")
    with pytest.raises(SourceError, match="leads out of the folder"):
        contents(str(folder))
    (folder / "out").unlink()
    (folder / "gone").symlink_to("nowhere")
    with pytest.raises(SourceError, match="'nowhere', which does not exist"):
        contents(str(folder))


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        contents(str(tmp_path))


def test_a_missing_folder() -> None:
    with pytest.raises(SourceError, match="the folder '/nowhere' does not exist"):
        contents("/nowhere")


def test_which_paths_differ(tmp_path: Path) -> None:
    one = write(tmp_path / "one", {"a": "1", "b": "2", "c": "3", "only": ""})
    other = write(tmp_path / "other", {"a": "1", "b": "x", "c": "3", "new/d": ""})
    (other / "c").chmod(0o755)
    found = differing(contents(str(one)), contents(str(other)))
    assert list(found) == ["b", "c", "new/d", "only"] and not any(found.values())
    assert differing(contents(str(one)), contents(str(one))) == {}


def test_without_pathspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {".gitignore": "a\n", "a": "", "b": ""})
    monkeypatch.setitem(__import__("sys").modules, "pathspec", None)
    with pytest.raises(MissingExtraError, match=r"run pip install '\.\[lambda\]' in a clone"):
        contents(str(tmp_path))
    found = contents(str(tmp_path), strict=False)
    assert found.unread and [entry.path for entry in found.entries] == ["a", "b"]


# ---------------------------------------------------------------------------------------------
# The diff


FUNCTION = """
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: r
      Code: src/
"""


def code_change(before: Path, after: Path) -> tuple[object, object] | None:
    """The change of the only changed property, or None."""
    from pyformation import diff

    found = diff(str(before), str(after))
    if not found.resources:
        return None
    ((change,),) = [resource.changes for resource in found.resources]
    return change.before, change.after


def test_code_that_differs_in_one_byte(tmp_path: Path) -> None:
    files = {"t.yaml": FUNCTION, "src/index.py": "x = 1\n", "src/lib.py": ""}
    old = write(tmp_path / "old", files) / "t.yaml"
    new = write(tmp_path / "new", files) / "t.yaml"
    assert code_change(old, new) is None
    write(tmp_path / "new", {"src/index.py": "x = 2\n"})
    assert code_change(old, new) == ("src/", "src/ (code changed: index.py)")
    write(tmp_path / "new", {f"src/{name}.py": "" for name in "abcd"})
    assert code_change(old, new) == ("src/", "src/ (code changed: a.py, b.py, c.py and 2 more)")


def test_changed_code_is_no_edit_of_the_template(tmp_path: Path) -> None:
    files = {"t.yaml": FUNCTION, "src/index.py": "x = 1\n"}
    for name in ("old", "new"):
        write(tmp_path / name, files)
    write(tmp_path / "new", {"src/index.py": "x = 2\n"})
    said = pyformation("diff", "old/t.yaml", "new/t.yaml", cwd=tmp_path).stdout
    assert "code changed: index.py" in said and "declared at new/t.yaml:" in said and "edited" not in said, (
        said
    )


def test_code_that_moves_and_stays_the_same(tmp_path: Path) -> None:
    old = write(tmp_path / "old", {"t.yaml": FUNCTION, "src/index.py": "x"}) / "t.yaml"
    new = (
        write(tmp_path / "new", {"t.yaml": FUNCTION.replace("src/", "code"), "code/index.py": "x"}) / "t.yaml"
    )
    assert code_change(old, new) is None
    write(tmp_path / "new", {"code/index.py": "y"})
    assert code_change(old, new) == ("src/", "code (code changed: index.py)")


def test_code_under_a_new_condition(tmp_path: Path) -> None:
    """The same path at another place of the template is the same folder."""
    old = write(tmp_path / "old", {"t.yaml": FUNCTION, "src/index.py": "x"}) / "t.yaml"
    template = (
        FUNCTION.replace("Code: src/", 'Code: !If [Is, src/, "s3://b/k"]')
        + 'Conditions: {Is: !Equals ["a", "a"]}\n'
    )
    new = write(tmp_path / "new", {"t.yaml": template, "src/index.py": "x"}) / "t.yaml"
    assert code_change(old, new) is None
    write(tmp_path / "new", {"src/index.py": "y"})
    assert code_change(old, new) == ("src/", "src/ (code changed: index.py)")


def test_code_that_is_known_on_one_side_or_none(tmp_path: Path) -> None:
    old = write(tmp_path / "old", {"t.yaml": FUNCTION}) / "t.yaml"
    new = write(tmp_path / "new", {"t.yaml": FUNCTION}) / "t.yaml"
    assert code_change(old, new) is None
    write(tmp_path / "new", {"src/index.py": ""})
    assert code_change(old, new) == ("src/", "src/ (may have changed: it does not exist before the update)")
    assert code_change(new, old) == ("src/", "src/ (may have changed: it does not exist after the update)")


def test_both_sides_in_one_folder(tmp_path: Path) -> None:
    """One folder is not compared with itself, however large it is."""
    write(tmp_path, {"old.yaml": FUNCTION, "new.yaml": FUNCTION, "src/index.py": ""})
    (tmp_path / "src" / "index.py").chmod(0)
    os.mkfifo(tmp_path / "src" / "pipe")
    assert code_change(tmp_path / "old.yaml", tmp_path / "new.yaml") is None


def test_what_cannot_be_packaged_stops_no_diff(tmp_path: Path) -> None:
    old = write(tmp_path / "old", {"t.yaml": FUNCTION, "src/index.py": ""}) / "t.yaml"
    new = write(tmp_path / "new", {"t.yaml": FUNCTION, "src/index.py": ""}) / "t.yaml"
    os.mkfifo(tmp_path / "new" / "src" / "pipe")
    (tmp_path / "new" / "src" / "gone").symlink_to("nowhere")
    assert code_change(old, new) == ("src/", "src/ (code changed: gone, pipe)")


def test_files_layers_and_nested_stacks(tmp_path: Path) -> None:
    from pyformation import diff

    parent = """
Resources:
  Job: {Type: AWS::Glue::Job, Properties: {Role: r, Command: {Name: x, ScriptLocation: job.py}}}
  Layer: {Type: AWS::Lambda::LayerVersion, Properties: {Content: layer/}}
  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child/t.yaml}}
"""
    files = {
        "t.yaml": parent,
        "job.py": "1",
        "layer/x.py": "1",
        "child/t.yaml": FUNCTION,
        "child/src/index.py": "1",
    }
    old, new = write(tmp_path / "old", files), write(tmp_path / "new", files)
    assert not diff(str(old / "t.yaml"), str(new / "t.yaml")).resources
    write(new, {"job.py": "2", "layer/x.py": "2", "child/src/index.py": "2"})
    found = {change.logical_id: change for change in diff(str(old / "t.yaml"), str(new / "t.yaml")).resources}
    assert found["Job"].changes[0].after == "job.py (content changed)"
    assert found["Layer"].changes[0].after == "layer/ (code changed: x.py)"
    assert found["Layer"].replacement == "True"
    inner = found["Child"].nested
    assert inner is not None
    assert inner.resources[0].changes[0].after == "src/ (code changed: index.py)"


LOCK = """
[[package]]
name = "lib"
source = { editable = "lib" }
"""


def test_the_projects_of_a_workspace_count(tmp_path: Path) -> None:
    files = {"t.yaml": FUNCTION, "src/pyproject.toml": "", "src/a.py": "", "lib/a.py": "1", "uv.lock": LOCK}
    old, new = (write(tmp_path / name, {**files, ".git/HEAD": ""}) / "t.yaml" for name in ("old", "new"))
    assert code_change(old, new) is None
    write(tmp_path / "new", {"lib/a.py": "2"})
    assert code_change(old, new) == ("src/", "src/ (code changed: lib/a.py)")


def test_the_lock_file_of_a_workspace_counts(tmp_path: Path) -> None:
    files = {
        "t.yaml": FUNCTION,
        "src/pyproject.toml": "",
        "src/index.py": "",
        "uv.lock": "version = 1",
        ".git/HEAD": "",
    }
    old, new = (write(tmp_path / name, files) / "t.yaml" for name in ("old", "new"))
    assert code_change(old, new) is None
    write(tmp_path / "new", {"uv.lock": "version = 2"})
    assert code_change(old, new) == ("src/", "src/ (code changed: uv.lock)")


def test_code_at_a_revision(tmp_path: Path) -> None:
    """Of a stack module and of a template file; what .gitignore leaves out does not count."""
    repository = write(
        tmp_path, {"stack.py": STACK, "t.yaml": FUNCTION, "src/index.py": "1", ".gitignore": "*.log\n"}
    )
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        command = ["git", "-c", "user.name=n", "-c", "user.email=e@e", *arguments]
        subprocess.run(command, cwd=repository, check=True)
    write(repository, {"src/x.log": "", "src/index.py": "2"})
    program = "import pyformation, sys\nfor name in ('stack.py', 't.yaml'):\n    for change in pyformation.diff(f'git:HEAD:{name}', name).resources:\n        print(change.changes[0].after)"
    result = run_python("-c", program, cwd=repository)
    assert result.stdout.splitlines() == [
        "src/ (code changed: index.py)",
        "src/ (code changed: index.py)",
    ], result
