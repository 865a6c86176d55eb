"""Folders with Python files: which of them declare stacks, and what the commands do with them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import run_command

import pyformation
from pyformation import SourceError
from pyformation.sources import load_folder
from pyformation.sources.stack_files import stack_files

# One file each: whether it declares a stack.
FILES = {
    "a stack": ("from pyformation import Stack\nclass S(Stack): pass", True),
    "under another name": ("from pyformation import Stack as Base\nclass S(Base): pass", True),
    "of the module": ("import pyformation as pf\nclass S(pf.Stack): pass", True),
    "of a module of it": ("from pyformation.stack import Stack\nclass S(Stack): pass", True),
    "of all its names": ("from pyformation import *\nclass S(Stack): pass", True),
    "derived twice": ("from pyformation import Stack\nclass _B(Stack): pass\nclass S(_B): pass", True),
    "one in an if": ("from pyformation import Stack\nif True:\n    class S(Stack): pass", True),
    "one in a try": ("try:\n    from pyformation import Stack\n    class S(Stack): pass\nexcept ImportError:\n    pass", True),
    "with a mixin": ("import pyformation\nclass M: pass\nclass S(M, pyformation.Stack, tags={}): pass", True),
    "a template": ("import pyformation\nt = pyformation.Template()\n", True),
    "a loaded template": ("from pyformation import Template\nt = Template.load('x.yaml')\n", True),
    "a list of them": ("from pyformation import Template\nts = [Template() for _ in range(3)]\n", True),
    "a function that makes one": ("from pyformation import Stack\ndef make():\n    class S(Stack): pass\n    return S()\ns = make()", True),
    "a function of a function": ("from pyformation import Template\ndef a(): return b()\ndef b(): return Template()\ns = a()", True),
    "an object that groups some": ("from pyformation import Template\nclass Prod:\n    net = Template()", True),
    "an object that makes some": ("from pyformation import Template\nclass Prod:\n    def __init__(self): self.t = Template()\np = Prod()", True),
    "broken": ("from pyformation import Stack\nclass S(Stack)\n", True),
    "broken and without": ("print 'hello'\n", False),
    "no stack": ("from pyformation import Component\nfrom pyformation.aws import s3\nclass C(Component): pass", False),
    "a stack of the CDK": ("from aws_cdk import Stack\nimport pyformation\nclass S(Stack): pass", False),
    "a test": ("from pyformation import Stack\ndef test_it():\n    class S(Stack): pass\n    S()", False),
    "a program": ("from pyformation import Template\nif __name__ == '__main__':\n    Template().main()", False),
    "a use": ("import pyformation\nprint(pyformation.diff('a', 'b'))", False),
    "a mention": ("'pyformation Stack'\nclass S: pass", False),
}  # fmt: skip


@pytest.mark.parametrize("row", FILES)
def test_a_file_declares_a_stack_or_not(row: str) -> None:
    text, declares = FILES[row]
    assert stack_files({"x.py": text.encode()}) == (["x.py"] if declares else [])


def test_base_classes_come_from_other_files() -> None:
    base = (
        b"from pyformation import Stack\nclass _Base(Stack): pass\nBase = _Base\nclass Company(Stack): pass"
    )
    contents = {
        "lib/base.py": base,
        "a.py": b"from lib.base import Company\nclass A(Company): pass",
        "b.py": b"import lib.base\nclass B(lib.base.Company): pass",
        "c.py": b"from lib import base as there\nclass C(there.Company): pass",
        "lib/d.py": b"from .base import *\nclass D(Company): pass",
        "e.py": b"from a import A\nmade = A()",
        "f.py": b"from a import A\n\ndef use(): return A()",
        "g.py": b"from elsewhere import Company\nclass G(Company): pass",
        "pack/__init__.py": base.replace(b"Company", b"Packed"),
        "h.py": b"from pack import Packed\nclass H(Packed): pass",
    }
    assert stack_files(contents) == [
        "a.py", "b.py", "c.py", "e.py", "h.py", "lib/base.py", "lib/d.py", "pack/__init__.py",
    ]  # fmt: skip


STACK = """
from pyformation import Stack
from pyformation.aws import sqs
class Queues(Stack):
    queue = sqs.Queue(delay_seconds=%s)
"""


def template(delay: int) -> str:
    return json.dumps(
        {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": delay}}}}
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of a folder; the first is a commit, too."""
    root = tmp_path_factory.mktemp("folders")
    for name, delay in (("old", 1), ("new", 2)):
        folder = root / name / "deep"
        folder.mkdir(parents=True)
        (root / name / "queue.json").write_text(template(delay))
        (folder / "stack.py").write_text(STACK % delay)
        (folder / "base.py").write_text(
            "from pyformation import Stack\nclass B(Stack):\n    def __init__(self, x): pass\n"
        )
        (folder / "helper.py").write_text("raise SystemExit('this was run')")
        (root / name / ".hidden").mkdir()
        (root / name / ".hidden" / "stack.py").write_text(STACK % delay)
        venv = root / name / "environment"
        venv.mkdir()
        (venv / "pyvenv.cfg").write_text("")
        (venv / "stack.py").write_text("from pyformation import Stack\nclass S(Stack): raise SystemExit(1)\n")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "old"], cwd=root, check=True)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=b", "commit", "-qm", "c"], cwd=root, check=True
    )
    return root


NOTHING_RUNS = (
    "has Python files that declare stacks ({files}); run them with --modules (modules=True), or leave them out with "
    "--templates-only (modules=False)"
)
COMMANDS = {
    "validate": ["validate", "new"],
    "diff": ["diff", "old", "new"],
    "diff at a revision": ["diff", "git:HEAD:old", "new"],
    "graph": ["graph", "new"],
    "graph of a diff": ["graph", "--before", "old", "new"],
}


@pytest.mark.parametrize("row", COMMANDS)
def test_nothing_runs_unasked(folders: Path, monkeypatch: pytest.MonkeyPatch, row: str) -> None:
    monkeypatch.chdir(folders)
    result = run_command(*COMMANDS[row])
    assert result.returncode == 1
    source = next(word for word in COMMANDS[row] if "old" in word or "new" in word)
    files = "deep/base.py, deep/stack.py"
    assert result.stderr == f"error: {source!r} {NOTHING_RUNS.format(files=files)}\n"


@pytest.mark.parametrize("row", COMMANDS)
def test_only_templates_are_read_on_request(folders: Path, monkeypatch: pytest.MonkeyPatch, row: str) -> None:
    monkeypatch.chdir(folders)
    result = run_command(*COMMANDS[row], "--templates-only")
    assert result.returncode == 0, result.stderr
    assert "stack.py" not in result.stdout


@pytest.mark.parametrize("row", ["validate", "diff"])
def test_modules_run_on_request(folders: Path, monkeypatch: pytest.MonkeyPatch, row: str) -> None:
    monkeypatch.chdir(folders)
    result = run_command(*COMMANDS[row], "--modules", "-v")
    assert result.returncode == 0, result.stderr
    assert "deep/stack.py:Queues" in result.stdout and "queue.json" in result.stdout
    assert "this was run" not in result.stdout + result.stderr


def test_a_graph_is_of_one_template(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    result = run_command(*["graph", "new", "--modules"])
    assert result.stderr == (
        "error: 'new' has several templates (deep/stack.py:Queues, queue.json); name one (new/deep/stack.py:Queues)\n"
    )
    alone = run_command(*["graph", "new/deep", "--modules"])
    assert alone.returncode == 0 and "Queue" in alone.stdout


def test_modules_at_a_revision(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    found = load_folder("git:HEAD:old/deep", modules=True)
    assert list(found) == ["stack.py:Queues"]
    diffs = pyformation.diff_directories("git:HEAD:old/deep", "new/deep", modules=True)
    assert [each.action for each in diffs["stack.py:Queues"].resources] == ["Modify"]
    with pytest.raises(SourceError, match="Python files that declare stacks"):
        pyformation.diff_directories("git:HEAD:old/deep", "new/deep")


def test_the_flags_are_for_folders(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    sentence = "error: --modules and --templates-only are for directories, and 'new/queue.json' is none\n"
    for command in (["validate"], ["diff", "old/queue.json"], ["graph"]):
        for flag in ("--modules", "--templates-only"):
            result = run_command(*command, "new/queue.json", flag)
            assert (result.returncode, result.stderr) == (1, sentence)
