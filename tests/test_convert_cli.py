"""``pyformation convert`` as a user runs it."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import run_command

from pyformation import cli, document

ROOT = Path(__file__).resolve().parent.parent
QUEUE = """\
# The orders
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: "5"  # a little
"""
PROGRAM = '''\
"""The template orders.yaml as a program."""

from pyformation import Raw, Stack
from pyformation.aws import sqs


# The orders
class OrdersStack(Stack):
    queue = sqs.Queue(
        delay_seconds=Raw("5"),  # a little
    )


if __name__ == "__main__":
    OrdersStack().main()
'''


def run(*arguments: str, cwd: Path, input: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    done = run_command(*arguments, cwd=cwd, input=(input or b"").decode("utf-8", "surrogateescape"))
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.encode(), done.stderr.encode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "orders.yaml").write_text(QUEUE)
    return tmp_path


def fails(folder: Path, *arguments: str, input: bytes | None = None) -> str:
    """The one sentence of a command that fails and changes nothing."""
    before = state(folder)
    result = run("convert", *arguments, cwd=folder, input=input)
    assert result.returncode == 1, result
    assert state(folder) == before
    assert result.stdout == b""
    (sentence,) = result.stderr.decode().splitlines()
    assert sentence.startswith("error: ")
    return sentence.removeprefix("error: ").replace(f"{folder}/", "")


def state(folder: Path) -> dict[str, object]:
    return {
        str(path.relative_to(folder)): (path.read_bytes() if path.is_file() else None, path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if "__pycache__" not in path.parts
    }


def test_a_template_to_standard_output(folder: Path) -> None:
    result = run("convert", "orders.yaml", cwd=folder)
    assert (result.returncode, result.stdout.decode(), result.stderr.decode()) == (0, PROGRAM, "")


def test_a_template_to_a_file_that_renders_it(folder: Path) -> None:
    result = run("convert", "orders.yaml", "-o", "stack.py", cwd=folder)
    assert result.returncode == 0
    assert result.stdout == b""
    assert (
        result.stderr.decode()
        == "stack.py: 1 resource, 2 comments; run and verified: it renders the same template\n"
    )
    assert (folder / "stack.py").read_text() == PROGRAM
    made = subprocess.run(
        [sys.executable, "stack.py", "--format", "json"],
        cwd=folder,
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert json.loads(made.stdout) == document.read(folder / "orders.yaml").data
    assert sorted(path.name for path in folder.iterdir() if path.name != "__pycache__") == [
        "orders.yaml",
        "stack.py",
    ]
    again = run("diff", "orders.yaml", "stack.py", "--exit-code", cwd=folder)
    assert again.returncode == 0, again


def test_standard_input(folder: Path) -> None:
    result = run("convert", "-", "--style", "flat", cwd=folder, input=QUEUE.encode())
    assert result.stderr == b""
    assert result.stdout.decode() == PROGRAM.replace("orders.yaml", "stdin").replace(
        "import Raw, Stack", "import Raw, Template"
    ).replace(
        """

# The orders
class OrdersStack(Stack):
    queue = sqs.Queue(
        delay_seconds=Raw("5"),  # a little
    )
""",
        """
# The orders
template = Template(format_version="2010-09-09")

template.add(
    "Queue",
    sqs.Queue(
        delay_seconds=Raw("5"),  # a little
    ),
)
""",
    ).replace("OrdersStack().main()", "template.main()").replace('format_version="2010-09-09"', "")
    json_text = json.dumps(document.parse(QUEUE).data).encode()
    assert run("convert", "-", cwd=folder, input=json_text).returncode == 0


def test_the_name(folder: Path) -> None:
    assert b"class Shop(Stack):" in run("convert", "orders.yaml", "--name", "Shop", cwd=folder).stdout
    assert fails(folder, str(folder / "orders.yaml"), "--name", "a b") == (
        "expected the name of a class, such as NetworkStack, found 'a b'"
    )
    assert fails(folder, str(folder / "orders.yaml"), "--name", "Shop", "--style", "flat") == (
        "a flat script has no class that could be called 'Shop'"
    )


def test_tidy(folder: Path) -> None:
    result = run("convert", "orders.yaml", "--tidy", "-o", "stack.py", cwd=folder)
    assert "delay_seconds=5,  # a little" in (folder / "stack.py").read_text()
    assert result.stderr.decode().endswith(
        "run and verified: it renders the same template, except for scalars that CloudFormation converts\n"
    )


def test_files_are_only_written_over_with_force(folder: Path) -> None:
    target = folder / "stack.py"
    target.write_text("mine\n")
    target.chmod(0o640)
    assert fails(folder, str(folder / "orders.yaml"), "-o", str(target)) == (
        f"{str(target)!r} already exists; use --force to overwrite it".replace(f"{folder}/", "")
    )
    result = run("convert", "orders.yaml", "-o", "stack.py", "--force", cwd=folder)
    assert result.returncode == 0
    assert target.read_text() == PROGRAM
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_an_output_that_cannot_be_written(folder: Path) -> None:
    assert fails(folder, str(folder / "orders.yaml"), "-o", str(folder / "no" / "stack.py")) == (
        "cannot write 'no/stack.py': No such file or directory"
    )
    (folder / "taken").mkdir()
    assert "Is a directory" in fails(folder, str(folder / "orders.yaml"), "-o", str(folder / "taken"))


BAD: dict[str, tuple[bytes, str]] = {
    "yaml": (b"Resources:\n  A: [1\n", "bad:3:1: this is not YAML: "),
    "json": (b'{"Resources": {"A" 1}}', "bad:1:20: this is not JSON: Expecting ':' delimiter, found '1}}'"),
    "duplicate keys": (
        b"Resources:\n  A: {Type: x}\n  A: {Type: y}\n",
        "bad:3:3: the key 'A' is there twice, first in line 2",
    ),
    "duplicate keys in JSON": (
        b'{"Resources": {}, "Resources": {}}',
        "bad:1:19: the key 'Resources' is there twice, first in line 1",
    ),
    "no template": (
        b"openapi: 3.0.0\npaths: {}\n",
        "bad is not a template: `Resources` is missing; found 'openapi', 'paths'",
    ),
    "a list": (b"- Resources\n", "bad:1:1: "),
    "tabs": (
        b"Resources:\n\tA: {Type: x}\n",
        "bad:2:1: this is not YAML: a tab where only spaces may indent",
    ),
    "unknown tag": (b"Resources:\n  A: !Nope x\n", "bad:2:6: unknown tag '!Nope'"),
    "a tag that makes objects": (
        b"Resources: !!python/object/apply:os.system [x]\n",
        "bad:1:12: unknown tag",
    ),
    "empty": (b"", "bad:1:1: "),
    "only comments": (b"# nothing\n", "bad:1:"),
    "two documents": (b"Resources: {}\n---\nResources: {}\n", "bad:2:1: "),
    "Latin-1": (b"Resources: {} # gr\xfc\xdf\n", "bad:1:19: the text is not UTF-8: found the byte 0xfc"),
    "half UTF-16": (
        "\ufeffResources: {}".encode("utf-16-le") + b"\x00",
        "bad:1:14: the text is not UTF-16: ",
    ),
    "null bytes": (b"Resources: {}\x00\n", "bad:1:14: the character U+0000 is not allowed in YAML"),
    "Jinja": (
        b"Resources:\n  {% for a in b %}\n  A: {Type: x}\n",
        "; the file looks like a Jinja template ({{ }} or {% %}): render it first",
    ),
    "braces": (
        b"Resources:\n  A: {{ name }}\n",
        "; the file looks like a Jinja template ({{ }} or {% %}): render it first",
    ),
    "two meanings": (
        b"Parameters: {A: {Type: String}}\nResources: {A: {Type: 'B::C::D'}}\n",
        "bad is not a template: 'A' is the name of a parameter and of a resource",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str, tmp_path: Path) -> None:
    content, sentence = BAD[name]
    path = tmp_path / "bad"
    path.write_bytes(content)
    said = fails(tmp_path, str(path), "-o", str(tmp_path / "stack.py"))
    place = re.fullmatch(r"(.*) \(bad:(\d+)(?::(\d+))?\)", said)
    if place is not None:
        said = f"bad:{place[2]}:{place[3] or ''}: {place[1]}"
    assert sentence in said, said
    assert sentence.startswith(";") or said.startswith("bad")
    assert not (tmp_path / "stack.py").exists()
    if name not in ("null bytes",):
        from_input = fails(tmp_path, "-", input=content)
        assert "<stdin>" in from_input or "marks of Jinja" in from_input


@pytest.mark.parametrize("encode", ["utf-8-sig", "utf-16", "utf-8"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_files_of_other_systems(encode: str, ends: str, tmp_path: Path) -> None:
    source = QUEUE + "      QueueName: |\n        grüße\n        two\n"
    (tmp_path / "orders.yaml").write_bytes(source.replace("\n", ends).encode(encode))
    result = run("convert", "orders.yaml", cwd=tmp_path)
    assert result.returncode == 0, result
    assert result.stdout.decode() == PROGRAM.replace(
        "# a little\n",
        '# a little\n        queue_name=dedent("""\\\n            grüße\n            two\n            """),\n',
    ).replace("from pyformation import Raw", "from textwrap import dedent\n\nfrom pyformation import Raw")


def test_a_file_without_permission(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Who runs this may be root, who may read everything.
    import builtins

    real: Any = builtins.open

    def refuse(path: Any, *arguments: Any, **options: Any) -> Any:
        if str(path).endswith("orders.yaml"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    path = folder / "orders.yaml"
    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(sys, "argv", ["pyformation", "convert", str(path)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 1
    assert capsys.readouterr().err == f"error: cannot read {str(path)!r}: Permission denied\n"


def test_what_is_not_there(tmp_path: Path) -> None:
    assert fails(
        tmp_path, str(tmp_path / "no.yaml")
    ) == f"there is no file {str(tmp_path / 'no.yaml')!r}".replace(f"{tmp_path}/", "")


# ---------------------------------------------------------------------------------------------
# Directories


@pytest.fixture
def several(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    (source / "deep" / "er").mkdir(parents=True)
    (source / ".hidden").mkdir()
    (source / "orders.yaml").write_text(QUEUE)
    (source / "orders.json").write_text('{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}')
    (source / "deep" / "er" / "2nd file.template").write_text(QUEUE)
    (source / ".hidden" / "no.yaml").write_text(QUEUE)
    (source / "values.yaml").write_text("a: 1\n")
    return tmp_path


def test_a_directory(several: Path) -> None:
    result = run("convert", "in", "-o", "out", cwd=several)
    assert result.returncode == 0, result
    assert result.stdout == b""
    assert result.stderr.decode().splitlines() == [
        "out/deep/er/stack_2nd_file.py: 1 resource, 2 comments; run and verified: it renders the same template",
        "out/orders_json.py: 1 resource; run and verified: it renders the same template",
        "out/orders_yaml.py: 1 resource, 2 comments; run and verified: it renders the same template",
        "3 of 3 templates converted: 3 resources, 4 comments",
    ]
    assert sorted(str(p.relative_to(several)) for p in (several / "out").rglob("*.py")) == [
        "out/deep/er/stack_2nd_file.py",
        "out/orders_json.py",
        "out/orders_yaml.py",
    ]


def test_one_bad_file_among_good_ones(several: Path) -> None:
    (several / "in" / "bad.yaml").write_text("Resources:\n  A: !Nope x\n")
    result = run("convert", "in", "-o", "out", cwd=several)
    assert result.returncode == 1
    lines = result.stderr.decode().splitlines()
    assert lines[0] == "error: unknown tag '!Nope'; did you mean '!Not'? (in/bad.yaml:2:6)"
    assert lines[-2:] == [
        "3 of 4 templates converted: 3 resources, 4 comments",
        "error: not converted: bad.yaml",
    ]
    assert len(list((several / "out").rglob("*.py"))) == 3


def test_a_directory_is_only_written_over_with_force(several: Path) -> None:
    (several / "out").mkdir()
    (several / "out" / "orders_yaml.py").write_text("mine\n")
    result = run("convert", "in", "-o", "out", cwd=several)
    assert result.returncode == 1
    assert (
        result.stderr.decode() == "error: 'out/orders_yaml.py' already exists; use --force to overwrite it\n"
    )
    assert [path.name for path in (several / "out").iterdir()] == ["orders_yaml.py"]
    assert run("convert", "in", "-o", "out", "--force", cwd=several).returncode == 0


def test_directories_that_cannot_be(several: Path) -> None:
    (several / "empty").mkdir()
    assert fails(several, str(several / "empty"), "-o", str(several / "out")) == (
        f"the directory {str(several / 'empty')!r} contains no templates".replace(f"{several}/", "")
    )
    for arguments, sentence in (
        (["in"], "a directory needs --output, the directory to write to"),
        (["in", "-o", "out", "--name", "A"], "--name is for a single template"),
    ):
        result = run("convert", *arguments, cwd=several)
        assert result.returncode == 1
        assert sentence in result.stderr.decode()
    assert not (several / "out").exists()


def test_targets_that_would_be_one_file(tmp_path: Path) -> None:
    for name in ("a-b.yaml", "a_b.yaml", "A B.yaml", "a-b.json"):
        (tmp_path / name).write_text(QUEUE if name.endswith("yaml") else '{"Resources": {}}')
    result = run("convert", ".", "-o", "out", cwd=tmp_path)
    written = len(list((tmp_path / "out").rglob("*.py"))) if (tmp_path / "out").exists() else 0
    assert (result.returncode, written) == (0, 4), result.stderr.decode()
