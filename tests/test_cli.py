"""The command as a user runs it: a child process, its output, its status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyformation import document

ROOT = Path(__file__).resolve().parent.parent

STACK = """\
from pyformation import Equals, If, Parameter, Stack
from pyformation.aws import s3, sns

print("a module may print")


class Storage(Stack):
    \"\"\"Files.\"\"\"

    stage = Parameter(str, default="dev")
    is_prod = Equals(stage, "prod")
    bucket = s3.Bucket(bucket_name=If(is_prod, "files", "files-dev"), prevent_deletion=True)
"""

SEVERAL = (
    STACK
    + """

class Alerts(Stack):
    topic = sns.Topic(topic_name="alerts")


class Needs(Stack):
    def __init__(self, name):
        self.topic = sns.Topic(topic_name=name)
"""
)


def run(*arguments: str, cwd: Path, input: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pyformation", *arguments],
        cwd=cwd,
        input=input,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def fails(result: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a failed command."""
    assert result.returncode == 1, result
    assert result.stdout == ""
    (sentence,) = [line for line in result.stderr.splitlines() if not line.startswith("a module may")]
    assert sentence.startswith("error: ")
    return sentence.removeprefix("error: ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stack.py").write_text(STACK)
    (tmp_path / "several.py").write_text(SEVERAL)
    (tmp_path / "template.json").write_text('{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}')
    return tmp_path


EXPECTED = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "Files.",
    "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
    "Resources": {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": {"Fn::If": ["IsProd", "files", "files-dev"]}},
        }
    },
}


@pytest.mark.parametrize("source", ["stack.py", "stack.py:Storage", "several.py:Storage"])
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_stack_module_is_rendered_and_its_prints_stay_off_standard_output(folder, source, form):
    result = run("render", source, "--format", form, cwd=folder)
    assert result.returncode == 0, result.stderr
    assert document.parse(result.stdout).data == EXPECTED
    assert list(document.parse(result.stdout).data) == list(EXPECTED)
    assert result.stderr == "a module may print\n"


def test_a_template_file_becomes_the_other_form_and_back(folder):
    as_yaml = run("render", "template.json", cwd=folder)
    assert as_yaml.stdout == "Resources:\n  T:\n    Type: AWS::SNS::Topic\n"
    as_json = run("render", "-", "--format", "json", cwd=folder, input=as_yaml.stdout)
    for format_ in ("yaml", "json"):
        given = "Description: Größe 😀\nResources: {}\n"
        escaped = run("render", "-", "--ascii", "--format", format_, cwd=folder, input=given).stdout
        assert escaped.isascii() and document.parse(escaped).data == document.parse(given).data
    assert json.loads(as_json.stdout) == json.loads((folder / "template.json").read_text())


def test_output_goes_to_a_file_whose_name_gives_the_form(folder):
    result = run("render", "stack.py", "-o", "out.json", cwd=folder)
    assert (result.returncode, result.stdout) == (0, "")
    assert json.loads((folder / "out.json").read_text()) == EXPECTED
    assert sorted(p.name for p in folder.iterdir() if "out" in p.name) == ["out.json"]


def test_several_stacks_go_to_a_folder(folder):
    result = run("render", "several.py", "--output-dir", "out/deep", "--format", "json", cwd=folder)
    assert result.returncode == 0, result.stderr
    files = {p.name: json.loads(p.read_text()) for p in (folder / "out" / "deep").iterdir()}
    assert sorted(files) == ["Alerts.json", "Storage.json"]
    assert files["Storage.json"] == EXPECTED


def test_the_module_is_never_main_and_finds_its_neighbours(folder):
    (folder / "neighbour.py").write_text("NAME = 'x'\n")
    (folder / "main.py").write_text(
        "import sys\nfrom neighbour import NAME\nfrom pyformation import Template\nfrom pyformation.aws import sns\n"
        "assert sys.argv == ['main.py']\ntemplate = Template(description=f'{__name__} {NAME}')\n"
        "template.add('Topic', sns.Topic())\nif __name__ == '__main__':\n    raise SystemExit('no')\n"
    )
    result = run("render", "main.py", cwd=folder)
    assert "Description: main x\n" in result.stdout, result.stderr


# fmt: off
BAD_MODULES = [
    ("raises.py", "x = 1\ny = x / 0\n", "the stack module 'raises.py' failed: ZeroDivisionError: division by zero (raises.py:2)"),
    ("syntax.py", "x = (\n", "the stack module 'syntax.py' failed: SyntaxError: '(' was never closed (syntax.py:1)"),
    ("exits.py", "import sys\nsys.exit(3)\n", "the stack module 'exits.py' failed: it called sys.exit(3) (exits.py:2)"),
    (
        "imports.py",
        "import no_such_module\n",
        "the stack module 'imports.py' failed: ModuleNotFoundError: No module named 'no_such_module' (imports.py:1)",
    ),
    (
        "misspelt.py",
        "from pyformation.aws import s3\n\nb = s3.Bucket(bucket_nam='x')\n",
        "AWS::S3::Bucket has no property 'bucket_nam'; did you mean 'bucket_name'? (misspelt.py:3)",
    ),
    (
        "empty.py",
        "x = 1\n",
        "empty.py has no stack: it needs an instance of a Stack or Template, or a Stack class that takes no arguments, "
        "at its top level",
    ),
    ("dies.py", "import os\nos._exit(7)\n", "dies.py exited with status 7 while it was loaded"),
]
# fmt: on


@pytest.mark.parametrize(("name", "text", "sentence"), BAD_MODULES, ids=[row[0] for row in BAD_MODULES])
def test_a_module_that_fails_gives_its_own_line(tmp_path, name, text, sentence):
    (tmp_path / name).write_text(text)
    assert fails(run("render", name, cwd=tmp_path)) == sentence


# fmt: off
USAGE = [
    (["render", "stack.py:Storge"], "stack.py has no stack 'Storge'; did you mean 'Storage'?"),
    (["render", "several.py:Needs"], "several.py:Needs needs arguments; create an instance at the top level of the module and name that"),
    (["render", "several.py"], "several.py has several stacks (Storage, Alerts); name one (several.py:Storage) or use --output-dir"),
    (["render", "missing.py"], "the stack module 'missing.py' does not exist"),
    (["render", "missing.yaml"], "there is no file 'missing.yaml'"),
    (["render", "stack.py", "-o", "x", "--output-dir", "y"], "give --output or --output-dir, not both (see 'pyformation render --help')"),
    (["render", "stack.py", "-o", "no/such/x"], "cannot write 'no/such/x': No such file or directory"),
    (["render", "template.json", "--output-dir", "stack.py"], "cannot create the directory 'stack.py': File exists"),
    (["render"], "Missing argument 'SOURCE' (see 'pyformation render --help')"),
    (["rendr", "x"], "no such command 'rendr'; did you mean 'render'? (see 'pyformation --help')"),
    (["render", "x", "--fromat"], "No such option '--fromat'"),
]
# fmt: on


@pytest.mark.parametrize(("arguments", "sentence"), USAGE, ids=[" ".join(row[0]) for row in USAGE])
def test_a_wrong_call_is_one_sentence_and_status_1(folder, arguments, sentence):
    before = sorted(p.name for p in folder.rglob("*"))
    assert fails(run(*arguments, cwd=folder)).startswith(sentence)
    assert [
        name
        for name in sorted(p.name for p in folder.rglob("*"))
        if "pycache" not in name and not name.endswith(".pyc")
    ] == before


def test_strict_makes_an_error_of_a_doubt(tmp_path):
    (tmp_path / "doubt.py").write_text(
        "from pyformation import Stack\nfrom pyformation.aws import s3\n\n\nclass Doubt(Stack):\n"
        "    bucket = s3.Bucket(access_control='Privat')\n"
    )
    lenient = run("render", "doubt.py", cwd=tmp_path)
    assert lenient.returncode == 0
    assert "doubt.py:6: CatalogWarning: AWS::S3::Bucket.AccessControl: expected one of" in lenient.stderr
    strict = run("render", "doubt.py", "--strict", cwd=tmp_path)
    assert strict.returncode == 1
    assert strict.stdout == ""
    assert "found 'Privat'; did you mean 'Private'? (an error with --strict) (doubt.py:6)" in strict.stderr


def test_a_wrong_template_file_names_its_line(tmp_path):
    (tmp_path / "t.yaml").write_text("Resources:\n  A: {Type: x}\n  A: {Type: y}\n")
    sentence = fails(run("render", "t.yaml", cwd=tmp_path))
    assert "'A'" in sentence
    assert "t.yaml:3" in sentence


def test_version_help_and_completion(tmp_path):
    from pyformation import __version__

    assert run("--version", cwd=tmp_path).stdout == f"pyformation {__version__}\n"
    text = run("--help", cwd=tmp_path).stdout
    assert "render" in text
    nothing = run(cwd=tmp_path)
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert nothing.stderr.startswith("Usage: pyformation [OPTIONS] COMMAND [ARGS]...\n")
    for shell in ("bash", "zsh", "fish"):
        script = run("completion", shell, cwd=tmp_path).stdout
        assert "_PYFORMATION_COMPLETE" in script


def test_completion_offers_commands_and_options(tmp_path):
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "_PYFORMATION_COMPLETE": "bash_complete",
        "COMP_WORDS": "pyformation ren",
        "COMP_CWORD": "1",
    }
    result = subprocess.run(
        [sys.executable, "-c", "from pyformation.cli import main; main()"],
        capture_output=True, text=True, env=environment, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert "render" in result.stdout
