"""Every snippet of the README and of docs/ is run, and what they say comes out does come out.

The ```python blocks of a document run one after another, like one program called stack.py. A comment
before the block that follows one says what that block shows:

    <!-- error -->        the python block before it fails with exactly this text
    <!-- prints -->       the python block before it prints exactly this text
    <!-- yaml: Name -->   these lines stand in the YAML of the stack Name (a class or an instance)

Lines of a result that are only an ellipsis stand for any lines.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pyformation

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
INSTALL = "pip install . && python examples/area/stack.py > template.yaml"
TEST = "pip install -e '.[dev]' && python -m pytest"

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
    r"(?:^<!-- (?P<marker>[a-z]+)(?:: (?P<name>\w+))? -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def blocks(document: str) -> Iterator[tuple[int, re.Match[str]]]:
    """The fenced blocks with the number of the line that they begin at."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for match in _BLOCK.finditer(text):
        yield text.count("\n", 0, match.start("text")), match


def run(source: str, namespace: dict[str, Any]) -> tuple[str, Exception | None]:
    """What a snippet prints, and the error that it ends with."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(source, "stack.py", "exec"), namespace)
    except pyformation.PyformationError as error:
        return printed.getvalue(), error
    return printed.getvalue(), None


def matches(pattern: str, text: str) -> bool:
    """Whether the lines of `pattern` stand in `text`, with ``...`` for any lines between."""
    parts = re.split(r"^[ #]*\.\.\.\n", pattern, flags=re.MULTILINE)
    return re.search(".*?".join(map(re.escape, parts)), text, re.DOTALL) is not None


@pytest.mark.parametrize("document", DOCUMENTS)
def test_snippets(document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "stack", "__file__": str(tmp_path / "stack.py")}
    printed, error = "", None

    def no_error_is_left(line: int) -> None:
        assert error is None, f"{document}, before line {line}: {error}"

    for line, block in blocks(document):
        place = f"{document}, line {line}"
        marker = block["marker"]
        if block["language"] == "python":
            assert marker is None, f"{place}: markers stand before results"
            no_error_is_left(line)
            printed, error = run(block["text"], namespace)
        elif marker == "error":
            assert error is not None, f"{place}: the snippet before it does not fail"
            assert str(error) == block["text"].strip(), place
            error = None
        elif marker == "prints":
            no_error_is_left(line)
            assert matches(block["text"], printed), f"{place}: {printed}"
        elif marker == "yaml":
            no_error_is_left(line)
            stack = namespace[block["name"]]
            text = (stack() if isinstance(stack, type) else stack).template.to_yaml()
            assert matches(block["text"], text), f"{place}:\n{text}"
        else:
            assert marker is None, f"{place}: no such marker as {marker!r}"
    no_error_is_left(0)


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
    expected = ROOT / "tests" / "fixtures" / "examples" / "area.exact.yaml"
    assert (tmp_path / "clone" / "template.yaml").read_text() == expected.read_text()


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
    expected = ROOT / "tests" / "fixtures" / "examples" / "area.exact.yaml"
    assert (tmp_path / "template.yaml").read_text() == expected.read_text()
