"""Every snippet of the README and of docs/ is run, and what they say comes out does come out.

The ```python blocks of a document run one after another, like one program called stack.py, in a folder
of their own. A comment before a block says what else it is. Results of the block before it:

    <!-- error -->              the python block before it fails with exactly this text
    <!-- prints -->             the block before it prints exactly this text
    <!-- yaml: Name -->         these lines stand in the YAML of the stack Name (a class or an instance)

Lines of a result that are only an ellipsis stand for any lines. Files and commands:

    <!-- file: stack.py -->     the block is written to this file of the folder, and not run
    <!-- run -->                these commands are run in the folder, and end with exit status 0
    <!-- run: 1 -->             the same, with another exit status
    <!-- run: fresh -->         these commands make a new environment; a slow test of their own runs them

Other ways to write the template of the stack Name, which may be declared before or after them. They must
make the same template, whatever the order of its keys; `normalized` says what else does not count:

    <!-- template: Name -->     YAML or JSON
    <!-- troposphere: Name -->  Python with troposphere, whose `template` it is
    <!-- cdk: Name -->          Python with the CDK, whose class Name it is; only compiled where the CDK is absent

Peers' blocks without a name are run and compared with nothing. Each peer's blocks of a document are one program.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pyformation
import pyformation.document

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    "README.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")),
]
INSTALL = "pip install . && python examples/area/stack.py > template.yaml"
TEST = "pip install -e '.[dev]' && python -m pytest -n auto"
CDK_NEEDS = {"aws-cdk-lib": importlib.util.find_spec("aws_cdk"), "node": shutil.which("node")}

# The files that snippets expect beside themselves.
FILES = {
    "index.py": "def handler(event, context): ...\n",
    "my-org-thing.json": json.dumps(
        {
            "typeName": "My::Org::Thing",
            "properties": {"Name": {"type": "string"}},
            "primaryIdentifier": ["/properties/Name"],
            "additionalProperties": False,
        }
    ),
}

_BLOCK = re.compile(
    r"(?:^<!-- (?P<marker>[a-z]+)(?:: (?P<name>[\w./-]+))? -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def blocks(document: str) -> Iterator[tuple[int, re.Match[str]]]:
    """The fenced blocks with the number of the line that they begin at."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for match in _BLOCK.finditer(text):
        yield text.count("\n", 0, match.start("text")), match


def matches(pattern: str, text: str) -> bool:
    """Whether the lines of `pattern` stand in `text`, with ``...`` for any lines between."""
    parts = re.split(r"^[ #]*\.\.\.\n", pattern, flags=re.MULTILINE)
    return re.search(".*?".join(map(re.escape, parts)), text, re.DOTALL) is not None


def normalized(template: dict[str, Any]) -> Any:
    """A template without the spellings that mean the same, and what a peer adds to or leaves out of all."""
    result = {"AWSTemplateFormatVersion": "2010-09-09", **template}  # The only version there is.
    # What the CDK's default synthesizer adds to every template.
    for section, name in (("Parameters", "BootstrapVersion"), ("Rules", "CheckBootstrapVersion")):
        result[section] = {key: value for key, value in result.get(section, {}).items() if key != name}
    return _normalized({key: value for key, value in result.items() if value})


def _normalized(value: Any) -> Any:
    if isinstance(value, list):
        return [_normalized(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: _normalized(item) for key, item in value.items()}
    if isinstance(result.get("DependsOn"), str):
        result["DependsOn"] = [result["DependsOn"]]
    match result:
        case {"Fn::Join": ["", [*parts]]}:
            # Without a delimiter it is what Fn::Sub makes of the parts.
            return {"Fn::Sub": "".join(part if isinstance(part, str) else _braced(part) for part in parts)}
        case {"Fn::GetAtt": str(text)}:
            return {"Fn::GetAtt": text.split(".", 1)}
    return result


def _braced(reference: dict[str, Any]) -> str:
    """A reference as the text of Fn::Sub has it; anything else fails the comparison."""
    match reference:
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
    return repr(reference)


class Program:
    """The state of a document that is being run."""

    def __init__(self, document: str, folder: Path) -> None:
        self.document = document
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "stack", "__file__": str(folder / "stack.py")}
        # A module of its own name each: dataclasses and the CDK look classes up by it.
        self.peers: dict[str, dict[str, Any]] = {
            peer: {"__name__": peer} for peer in ("troposphere_program", "cdk_program")
        }
        self.printed = ""
        self.error: Exception | None = None
        # What else a stack must be equal to: its name, the template, the place.
        self.others: list[tuple[str, dict[str, Any], str]] = []

    def run(self, source: str) -> None:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(source, "stack.py", "exec"), self.names)
        except pyformation.PyformationError as error:
            self.error = error
        self.printed = printed.getvalue()

    def run_commands(self, commands: str, status: int, place: str) -> None:
        # The two commands, of this Python and this checkout, installed or not.
        binaries = self.folder / ".bin"
        binaries.mkdir(exist_ok=True)
        for command, module in (("python", ""), ("pyformation", " -m pyformation")):
            (binaries / command).write_text(f'#!/bin/sh\nexec "{sys.executable}"{module} "$@"\n')
            (binaries / command).chmod(0o755)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        }
        environment.pop("PYTEST_ADDOPTS", None)
        result = subprocess.run(
            ["sh", "-e"],
            input=commands,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        self.printed = result.stdout
        assert result.returncode == status, f"{place}: exit status {result.returncode}\n{self.printed}"

    def template(self, name: str) -> pyformation.Template:
        stack = self.names[name]
        found: pyformation.Template = (stack() if isinstance(stack, type) else stack).template
        return found

    def run_peer(self, marker: str, name: str | None, source: str, place: str) -> None:
        """A block of troposphere or the CDK; the template it makes is compared later."""
        names = self.peers[f"{marker}_program"]
        exec(compile(source, f"{marker}, {place}", "exec"), names)
        if name is None:
            return
        if marker == "troposphere":
            made = names["template"].to_dict()
        else:
            app = names["App"]()
            names[name](app, name)
            made = app.synth().get_stack_by_name(name).template
        self.others.append((name, made, place))

    def step(self, line: int, block: re.Match[str], cdk: bool) -> None:
        """One block."""
        place = f"{self.document}, line {line}"
        marker, name, text = block["marker"], block["name"], block["text"]
        if marker == "error":
            assert self.error is not None, f"{place}: the snippet before it does not fail"
            assert str(self.error) == text.strip(), place
            self.error = None
            return
        assert self.error is None, f"{place}: before it: {self.error}"
        if marker == "prints":
            assert matches(text, self.printed), f"{place}: {self.printed}"
        elif marker == "yaml":
            rendered = self.template(name).to_yaml(relative_to=self.folder)
            assert matches(text, rendered), f"{place}:\n{rendered}"
        elif marker == "file":
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")
        elif marker == "run" and name == "fresh":
            return
        elif marker == "run":
            self.run_commands(text, int(name or 0), place)
        elif marker == "template":
            self.others.append((name, pyformation.document.parse(text).data, place))
        elif marker == "troposphere" or (marker == "cdk" and cdk):
            self.run_peer(marker, name, text, place)
        elif marker == "cdk":
            compile(text, place, "exec")
        elif block["language"] == "python":
            assert marker is None, f"{place}: no such marker as {marker!r}"
            self.run(text)
        else:
            assert marker is None, f"{place}: no such marker as {marker!r}"

    def end(self) -> None:
        assert self.error is None, f"{self.document}: {self.error}"
        for name, made, place in self.others:
            assert normalized(made) == normalized(self.template(name).to_dict()), place


def play(document: str, folder: Path, *, cdk: bool = False) -> None:
    """Run a whole document."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    program = Program(document, folder)
    for line, block in blocks(document):
        program.step(line, block, cdk)
    program.end()


# Those that run a dozen commands.
SLOW = ("docs/deploying.md",)


@pytest.mark.parametrize(
    "document", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in DOCUMENTS]
)
def test_snippets(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    markers = {block["marker"] for _, block in blocks(document)}
    if "troposphere" in markers:
        pytest.importorskip("troposphere")
    if document == "docs/invoke.md":
        pytest.importorskip("awslambdaric", reason="the extra lambda is not installed")
    if document == "docs/deploying.md":
        request.getfixturevalue("account")  # The commands talk to ministack.
    if "run" in markers and sys.platform == "win32":
        pytest.skip("sh is needed")
    monkeypatch.chdir(tmp_path)
    play(document, tmp_path)


@pytest.mark.parametrize(
    "document", [name for name in DOCUMENTS if any(block["marker"] == "cdk" for _, block in blocks(name))]
)
def test_the_cdk_makes_the_same_templates(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = [what for what, found in CDK_NEEDS.items() if not found]
    if missing:
        pytest.skip(f"no {' and no '.join(missing)}: the CDK's blocks are only compiled")
    monkeypatch.chdir(tmp_path)
    play(document, tmp_path, cdk=True)


def test_the_two_commands() -> None:
    commands = [
        line
        for _, block in blocks("README.md")
        if block["language"] == "sh"
        for line in block["text"].splitlines()
    ]
    assert INSTALL in commands
    assert TEST in commands


def test_ci_runs_the_test_command() -> None:
    ci = ROOT / ".ci" / "run"
    if not ci.exists():
        pytest.skip("this is not a checkout")
    assert "python -m pytest" in ci.read_text(encoding="utf-8")


@pytest.mark.parametrize("document", [*DOCUMENTS, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{document} links to {target}"


@pytest.mark.slow
def test_the_first_command_in_a_fresh_environment(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tmp_path / "clone")], check=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment["PATH"] = f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{environment['PATH']}"
    subprocess.run(INSTALL, shell=True, check=True, cwd=tmp_path / "clone", env=environment)
    assert (tmp_path / "clone" / "template.yaml").read_text() == from_the_root()


def from_the_root() -> str:
    """The template of the area calculator, whose code has its path from the root of the repository."""
    expected = ROOT / "tests" / "fixtures" / "examples" / "area.exact.yaml"
    return expected.read_text(encoding="utf-8").replace("Code: src/", "Code: ./examples/area/src")


@pytest.mark.slow
def test_the_tutorial_begins_in_a_fresh_environment(tmp_path: Path) -> None:
    commands = [block for _, block in blocks("docs/tutorial.md") if block["name"] == "fresh"]
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tmp_path / "pyformation")], check=True)
    files = [block for _, block in blocks("docs/tutorial.md") if block["name"] == "stack.py"]
    script = f"{commands[0]['text']}cat > stack.py <<'END'\n{files[0]['text']}END\npython stack.py --output template.yaml\n"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    subprocess.run(["sh", "-e"], input=script, text=True, check=True, cwd=tmp_path, env=environment)
    assert "VisibilityTimeout: 60" in (tmp_path / "orders" / "template.yaml").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="sh is needed")
def test_the_first_command_writes_the_template(tmp_path: Path) -> None:
    # The same without the installation: what the second half of the command prints.
    command = INSTALL.partition(" && ")[2].replace("> template.yaml", f"> '{tmp_path / 'template.yaml'}'")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    subprocess.run(command, shell=True, check=True, cwd=ROOT, env=environment)
    assert (tmp_path / "template.yaml").read_text() == from_the_root()


@pytest.mark.skipif(sys.platform == "win32", reason="sh is needed")
def test_the_area_calculator_is_invoked_and_packaged(tmp_path: Path) -> None:
    pytest.importorskip("awslambdaric", reason="the extra lambda is not installed")
    (block,) = [
        block["text"] for _, block in blocks("README.md") if "pyformation invoke examples/" in block["text"]
    ]
    (invoked,) = re.findall("pyformation invoke .*", block)
    (packaged,) = re.findall("pyformation package .*", block)
    program = Program("README.md", tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    program.run_commands(invoked + " 2> log", 0, "README.md")
    assert program.printed == '"{\\"area\\": 42}"\n'
    assert "\nThe area is 42\n" in (tmp_path / "log").read_text()
    program.run_commands(packaged, 0, "README.md")
    assert sorted(path.suffix for path in (tmp_path / "build").iterdir()) == [".yaml", ".zip"]
