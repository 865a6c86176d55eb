"""Hostile surroundings and text: what is written, where, and what a command says when something fails."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import py_compile
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, run_python
from conftest import run_command as run

import pyformation
import pyformation.document
import pyformation.sources
from pyformation import SourceError, cli, files, graphs
from pyformation.aws import sns
from pyformation.errors import PyformationError, shortened
from pyformation.explanation import explain
from pyformation.reports import formats
from pyformation.reports.harmless import harmless
from pyformation.reports.terminal import print_lines

TOPIC = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'


TOPIC_CLASS: Any = sns.Topic


def sentence(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1, result
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("error: ").rstrip("\n")


# ---------------------------------------------------------------------------------------------
# Writing files


def test_a_file_is_written_as_a_whole_under_a_name_that_nobody_foresees(tmp_path: Path) -> None:
    target = tmp_path / "out"
    seen: list[str] = []
    for _ in range(2):
        with files.Written(str(target)) as file:
            file.write(b"x")
            seen += [name for name in os.listdir(tmp_path) if name != "out"]
    assert len(set(seen)) == 2
    assert all(str(os.getpid()) not in name.split("-")[1] or len(name) > 30 for name in seen)
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RecursionError, MemoryError])
def test_nothing_is_left_behind(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "out").write_text("old")

    def half() -> None:
        with files.Written(str(tmp_path / "out")) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        half()
    assert os.listdir(tmp_path) == ["out"]
    assert (tmp_path / "out").read_text() == "old"


def test_links_that_are_not_written_through(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (repository / "inside").write_text("old")
    for name, target in (("gone", tmp_path / "nothing"), ("out", elsewhere), ("in", "inside")):
        os.symlink(target, repository / name)
    for name, why in (("gone", "is broken"), ("out", "leads out of the repository")):
        with pytest.raises(SourceError, match=f"it is a link that {why}"):
            files.write(str(repository / name), b"x")
    files.write(str(repository / "in"), b"new")
    assert (repository / "inside").read_text() == "new"
    assert (repository / "in").is_symlink()
    assert elsewhere.read_text() == "mine"
    assert not (tmp_path / "nothing").exists()
    if os.geteuid() == 0:
        os.symlink(elsewhere, tmp_path / "foreign")
        os.lchown(tmp_path / "foreign", 12345, 12345)
        with pytest.raises(SourceError, match="it is a link that belongs to another user"):
            files.write(str(tmp_path / "foreign"), b"x")


def meanwhile(target: Path, appears: Callable[[], object]) -> None:
    with files.Written(str(target), new=True) as file:
        file.write(b"ours")
        appears()


def test_what_is_no_file_is_written_into(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(TOPIC)
    result = run_python("-m", "pyformation", "render", "t.json", "-o", "/dev/stdout", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, "Resources:\n  T:\n    Type: AWS::SNS::Topic\n")
    os.symlink("/dev/null", tmp_path / "nothing")
    files.write(str(tmp_path / "nothing"), b"x")
    assert (tmp_path / "nothing").is_symlink()
    with pytest.raises(SourceError, match="Is a directory"):
        files.write(str(tmp_path), b"x")


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"

    def without_links(*_arguments: object, **_options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    for appears in (lambda: target.write_text("theirs"), lambda: os.symlink(tmp_path / "nothing", target)):
        for links in (True, False):
            with monkeypatch.context() as patched:
                if not links:
                    patched.setattr(os, "link", without_links)
                with pytest.raises(SourceError, match="already exists; use --force to overwrite it"):
                    meanwhile(target, appears)
            assert os.listdir(tmp_path) == ["out"]
            assert target.is_symlink() or target.read_text() == "theirs"
            target.unlink()
    with monkeypatch.context() as patched:
        patched.setattr(os, "link", without_links)
        files.write(str(target), b"ours", new=True)
    assert target.read_text() == "ours"
    assert os.listdir(tmp_path) == ["out"]


def test_convert_writes_no_file_that_is_there_and_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(TOPIC)
    os.symlink("nothing.py", tmp_path / "link.py")
    assert sentence(run("convert", "t.json", "-o", "link.py", cwd=tmp_path)) == (
        "'link.py' already exists; use --force to overwrite it"
    )
    assert not (tmp_path / "nothing.py").exists()
    (tmp_path / "templates" / "sub").mkdir(parents=True)
    (tmp_path / "templates" / "sub" / "t.json").write_text(TOPIC)
    (tmp_path / "outside").mkdir()
    (tmp_path / "made").mkdir()
    os.symlink(tmp_path / "outside", tmp_path / "made" / "sub")
    result = run("convert", "templates", "-o", "made", cwd=tmp_path)
    assert "cannot write 'made/sub/t.py': a link leads out of 'made'" in result.stderr
    assert os.listdir(tmp_path / "outside") == []


@pytest.mark.parametrize("other", ["./x.json", "d/../x.json", "{folder}/x.json", "link.json", "hard.json"])
def test_two_outputs_are_not_one_file(tmp_path: Path, other: str) -> None:
    (tmp_path / "t.json").write_text(TOPIC)
    (tmp_path / "d").mkdir()
    (tmp_path / "x.json").write_text("old")
    os.symlink("x.json", tmp_path / "link.json")
    os.link(tmp_path / "x.json", tmp_path / "hard.json")
    other = other.format(folder=tmp_path)
    result = run("diff", "t.json", "t.json", "-o", "x.json", "--refactor-mapping", other, cwd=tmp_path)
    assert sentence(result).startswith("--output and --refactor-mapping are the same file")
    assert (tmp_path / "x.json").read_text() == "old"


def test_paths_that_are_one_file(tmp_path: Path) -> None:
    new = str(tmp_path / "new")
    assert files.same(new, str(tmp_path / "." / "new"))
    assert not files.same(new, str(tmp_path / "other"))


# ---------------------------------------------------------------------------------------------
# Streams

SAY = [
    ["--version"], ["explain", "PF101"], ["render", "t.json"], ["diff", "{}.json", "t.json"], ["graph", "t.json"],
    ["package", "t.json", "--dry-run"],
]  # fmt: skip
SAY_MORE = [
    ["--help"], ["diff", "--help"], ["completion", "bash"], ["explain", "AWS::SNS::Topic"], ["invoke", "--events"],
    ["explain", "AWS::SNS::Topic", "--format", "json"], ["diff", "{}.json", "t.json", "--format", "json"],
    ["convert", "t.json"], ["validate", "t.json"],
]  # fmt: skip
# Closed, full, and a pipe that nobody reads.
BREAK = {
    ">&-": "cannot write to standard output: it is closed",
    ">/dev/full": "cannot write to standard output: No space left on device",
    "| true": None,
}


@pytest.mark.parametrize(
    "commands", [SAY, pytest.param(SAY_MORE, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_no_command_succeeds_that_cannot_write(tmp_path: Path, commands: list[list[str]]) -> None:
    (tmp_path / "t.json").write_text(TOPIC)
    (tmp_path / "{}.json").write_text("{}")
    (tmp_path / "run.py").write_text(MANY)
    result = run_python("run.py", json.dumps(commands), json.dumps(list(BREAK)), cwd=tmp_path)
    for arguments, broken, status, said in json.loads(result.stdout):
        assert status == 1, (arguments, broken, said)
        expected = BREAK[broken]
        assert said == ("" if expected is None else f"error: {expected}\n"), (arguments, broken)


# Runs each command once, so that all is imported, and then a fork of it with each of the broken streams.
MANY = """\
import contextlib, io, json, os, sys
import pyformation.cli

answers = []
for arguments in json.loads(sys.argv[1]):
    if "validate" not in arguments:  # It has threads, which a fork must not have.
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())), contextlib.suppress(SystemExit):
            pyformation.cli.pyformation.main(arguments, standalone_mode=False)
    for broken in json.loads(sys.argv[2]):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(writing, 2)
            os.close(reading)
            if broken == ">&-":
                os.close(1)
                sys.stdout = None
            elif broken == ">/dev/full":
                os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
            else:
                unread, end = os.pipe()
                os.close(unread)
                os.dup2(end, 1)
            sys.argv = ["pyformation", *arguments]
            pyformation.cli.main()
            os._exit(99)
        os.close(writing)
        with os.fdopen(reading) as said:
            text = said.read()
        answers.append((arguments, broken, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text))
print(json.dumps(answers))
"""


def test_a_closed_stream_gives_no_file_its_place(tmp_path: Path) -> None:
    """A file that is opened would get the descriptor of standard error, and every message would go into it."""
    (tmp_path / "t.json").write_text(TOPIC)
    (tmp_path / "stack.py").write_text("import os\nos.write(2, b'said')\nos.write(1, b'said')\nfrom pyformation import Template\nt = Template()\n")  # fmt: skip
    for broken in ("2>&-", "<&- >&- 2>&-"):
        for arguments in ("render stack.py -o out.json", "diff nothing.json t.json -o out.json"):
            command = f"'{sys.executable}' -m pyformation {arguments} {broken}; echo $?"
            subprocess.run(
                ["bash", "-c", command], cwd=tmp_path, capture_output=True, check=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            for path in tmp_path.iterdir():
                assert path.name == "stack.py" or "said" not in path.read_text()
                assert "error" not in path.read_text()
    assert (tmp_path / "t.json").read_text() == TOPIC


# ---------------------------------------------------------------------------------------------
# Errors that nobody foresaw

UNFORESEEN: list[tuple[BaseException, int, str]] = [
    (RecursionError("maximum recursion depth exceeded"), 1, "the input is nested too deeply"),
    (MemoryError(), 1, "there is not enough memory for the input"),
    (PermissionError(13, "Permission denied", "x"), 1, "Permission denied: 'x'"),
    (
        OSError("No usable temporary directory found in ['/tmp']"),
        1,
        "No usable temporary directory found in ['/tmp']",
    ),
    (KeyboardInterrupt(), 130, "interrupted"),
    (
        ValueError("odd"),
        1,
        "this is a bug in pyformation: ValueError, 'odd'; run it again with --debug, and report what it prints",
    ),
    (
        UnicodeEncodeError("utf-8", "x\udcff", 1, 2, "surrogates not allowed"),
        1,
        "this is a bug in pyformation: UnicodeEncodeError, \"'utf-8' codec can't encode character '\\\\udcff' in position 1: "
        'surrogates not allowed"; run it again with --debug, and report what it prints',
    ),
]


@pytest.mark.parametrize(("error", "status", "expected"), UNFORESEEN, ids=lambda value: type(value).__name__)
def test_an_unforeseen_error_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, expected: str
) -> None:
    def fails(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(cli.pyformation, "main", fails)
    result = run("diff", "a", "b")
    assert (result.returncode, result.stdout, result.stderr) == (status, "", f"error: {expected}\n")
    if isinstance(error, Exception):
        for arguments in (["--debug", "diff"], ["diff", "a", "--debug"]):
            monkeypatch.setattr(sys, "argv", ["pyformation", *arguments])
            with warnings.catch_warnings(), pytest.raises(type(error)):
                cli.main()


def test_debug_is_an_option_of_every_command(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(TOPIC)
    for arguments in (
        ["--debug", "render", "t.json"],
        ["render", "--debug", "t.json"],
        ["render", "t.json", "--debug"],
    ):
        assert run(*arguments, cwd=tmp_path).returncode == 0
    (tmp_path / "--debug").write_text(TOPIC)
    assert run("render", "--", "--debug", cwd=tmp_path).returncode == 0
    assert "--debug" in run("--help").stdout


DEEP = "a = " + 5_000 * "[" + 5_000 * "]" + "\n"
FILES: dict[str, tuple[dict[str, str | bytes], list[str], str]] = {
    "an escape that is no character": (
        {"p.yaml": 'A: "\\UFFFFFFFF"\n'},
        ["diff", "t.json", "t.json", "--parameters", "p.yaml"],
        "p.yaml is not YAML: it has an escape that is no character",
    ),
    "a surrogate": (
        {"p.yaml": 'A: "\\UD8000000"\n'},
        ["diff", "t.json", "t.json", "--tags", "p.yaml"],
        "p.yaml is not YAML: it has an escape that is no character",
    ),
    "deep parameters": (  # deeper than the parser of any Python goes
        {"p.yaml": 200_000 * "[" + 200_000 * "]"},
        ["diff", "t.json", "t.json", "--parameters", "p.yaml"],
        "p.yaml is not JSON: it is nested too deeply",
    ),
    "deep settings": ({"pyproject.toml": DEEP}, ["diff", "t.json", "t.json"], "'pyproject.toml' is nested too deeply"),
    "settings with a long number": (
        {"pyproject.toml": f"a = {5_000 * '1'}"},
        ["diff", "t.json", "t.json"],
        "pyproject.toml is not TOML: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; "
        "use sys.set_int_max_str_digits() to increase the limit",
    ),
    "huge settings": (
        {"pyproject.toml": 1_000_001 * "#"},
        ["validate", "t.json"],
        "'pyproject.toml' has more than 1,000,000 bytes",
    ),
    "settings that are not text": ({"pyproject.toml": b"\xff"}, ["diff", "t.json", "t.json"], "pyproject.toml is not TOML: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    "deep project of a function": (
        {"src/pyproject.toml": DEEP, "src/a.py": "", "f.json": '{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.13", "Code": "src"}}}}'},
        ["package", "f.json"],
        "'{folder}/src/pyproject.toml' is nested too deeply",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    contents, arguments, expected = FILES[name]
    (tmp_path / "t.json").write_text(TOPIC)
    for path, text in contents.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert expected.format(folder=tmp_path) in sentence(run(*arguments, cwd=tmp_path))


def test_settings_of_a_folder_above_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(DEEP)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "t.json").write_text(TOPIC)
    for arguments in (["diff", "t.json", "t.json"], ["validate", "t.json"]):
        assert "pyproject.toml' is nested too deeply" in sentence(run(*arguments, cwd=tmp_path / "a" / "b"))


def test_names_of_files_that_are_not_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"t\xff\xfe\n")
    folder = tmp_path / os.fsdecode(b"f\xff")
    folder.mkdir()
    for number, path in enumerate((folder / f"{name}.json", folder / "b.json")):
        path.write_text(TOPIC.replace('Topic"', f'Topic", "Properties": {{"DisplayName": "{number}"}}'))
    (folder / f"{name}.py").write_text("x = 1\n")
    for arguments in (
        ["diff", f"{name}.json", "b.json"], ["diff", "b.json", f"{name}.json", "--format", "json"],
        ["diff", "b.json", f"{name}.json", "--format", "sarif"], ["diff", "b.json", f"{name}.json", "--format", "html"],
        ["diff", "b.json", f"{name}.json", "--format", "markdown", "-o", f"{name}.md"],
        ["diff", ".", "."], ["validate", f"{name}.json", "--format", "sarif"], ["validate", ".", "--format", "json"],
        ["render", f"{name}.json", "-o", f"{name}.yaml"], ["graph", f"{name}.json"], ["graph", f"{name}.json", "--format", "svg"],
        ["convert", f"{name}.json"], ["convert", f"{name}.json", "-o", f"{name}-made.py"], ["convert", ".", "-o", name],
    ):  # fmt: skip
        result = run(*arguments, cwd=folder)
        assert result.returncode in (0, 3), (arguments, result.stderr)
        assert "\udcff" not in result.stdout
    for arguments in (["diff", f"{name}.py", "b.json"], ["render", f"{name}"], ["diff", "b.json", name], ["convert", name],
                      ["explain", name], ["diff", f"git:HEAD:{name}", "b.json"], ["package", f"{name}.py"]):  # fmt: skip
        assert "bug" not in sentence(run(*arguments, cwd=folder)), arguments


def test_a_directory_that_was_deleted(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(TOPIC)
    gone = tmp_path / "gone"
    for arguments in (["diff", tmp_path / "t.json", tmp_path / "t.json"], ["render", tmp_path / "t.json"], ["diff", "t.json"],
                      ["graph", tmp_path / "t.json"], ["diff", tmp_path / "t.json"], ["package", "t.json"], ["convert", "."],
                      ["validate", tmp_path / "t.json", "--format", "sarif"], ["diff", ".", tmp_path]):  # fmt: skip
        gone.mkdir()
        program = run_in_deleted(gone, arguments)
        assert "Traceback" not in program.stderr
        assert "bug" not in program.stderr
        assert program.returncode in (0, 1, 3)


def run_in_deleted(gone: Path, arguments: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    here = os.getcwd()
    os.chdir(gone)
    gone.rmdir()
    try:
        return run(*arguments)
    finally:
        os.chdir(here)


def test_no_folder_for_temporary_files(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(TOPIC)
    (tmp_path / "stack.py").write_text("")
    program = (
        "import sys, tempfile\nfrom pyformation.cli import main\n"
        "{}\nsys.argv[1:] = ['diff', 't.json', 'stack.py']\nmain()\n"
    )
    for broken, expected in (
        ("tempfile.tempdir = 'nowhere'", "No such file or directory"),
        ("tempfile._candidate_tempdir_list = lambda: ['nowhere']", "No usable temporary directory found in"),
    ):
        assert expected in sentence(run_python("-c", program.format(broken), cwd=tmp_path))


@pytest.mark.parametrize(
    "pattern", ["[[a]", "[a--b]", "[a&&b]", "a{1}{2", "(?i)a(?x)", "\\\\d[\\\\w--\\\\d]", "(a+)+$", "["]
)
def test_patterns_of_templates_print_no_warnings(tmp_path: Path, pattern: str) -> None:
    template = {"Parameters": {"P": {"Type": "String", "Default": "aaaa", "AllowedPattern": pattern}}, "Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "P"}}}}}  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            pyformation.diff({"Resources": {}}, template)
            pyformation.document.parse(json.dumps(template))
        except PyformationError:
            pass
    assert [str(one.message) for one in caught] == []


# ---------------------------------------------------------------------------------------------
# What errors quote

LONG = 100_000 * "x"


def topic(value: object, **sections: object) -> dict[str, object]:
    resource = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": value}}
    return {**sections, "Resources": {"T": resource}}


def evaluated(value: object, **sections: object) -> Callable[[], object]:
    return lambda: pyformation.diff({}, topic(value, **sections))


QUOTED: dict[str, Callable[[], object]] = {
    "a reference": evaluated({"Ref": LONG}),
    "an attribute": evaluated({"Fn::GetAtt": [LONG, LONG]}),
    "arguments": evaluated({"Fn::Select": [LONG, LONG]}),
    "a mapping": evaluated({"Fn::FindInMap": [LONG, LONG, LONG]}),
    "a condition": evaluated({"Fn::If": [LONG, 1, 2]}),
    "text with references": evaluated({"Fn::Sub": f"${{{LONG}}}"}),
    "a name": lambda: pyformation.diff({}, {"Resources": {LONG: {"Type": 7}}}),
    "a parameter": lambda: pyformation.diff({}, topic("x"), parameters={LONG: LONG}),
    "the value of a parameter": evaluated(
        "x", Parameters={"P": {"Type": "String", "Default": LONG, "AllowedValues": ["a"]}}
    ),
    "a file": lambda: pyformation.diff(LONG, {}),
    "a revision": lambda: pyformation.sources.load(f"git:{LONG}:x"),
    "a path at a revision": lambda: pyformation.sources.load(f"git:HEAD:{LONG}"),
    "text": lambda: pyformation.document.parse(f"Resources: {LONG} }}: ]: {LONG}: ["),
    "JSON": lambda: pyformation.document.parse(f'{{"Resources": "{LONG}" "{LONG}"}}'),
    "a key twice": lambda: pyformation.document.parse(f'{{"{LONG}": 1, "{LONG}": 2}}'),
    "a tag": lambda: pyformation.document.parse(f"Resources: !{LONG} x"),
    "a property": lambda: TOPIC_CLASS(**{LONG: 1}),
    "a value": lambda: TOPIC_CLASS(topic_name=[LONG]),
    "a logical ID": lambda: pyformation.Template().add(LONG, TOPIC_CLASS()),
    "a type of the catalog": lambda: explain(LONG),
}


@pytest.mark.parametrize("name", QUOTED)
def test_an_error_shortens_what_it_quotes(name: str) -> None:
    with pytest.raises(PyformationError) as caught:
        QUOTED[name]()
    assert len(str(caught.value)) <= 3_000
    assert "x" * 400 not in str(caught.value)


def test_a_finding_and_a_note_shorten_what_they_quote(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": f"s3:Get{LONG}*", "Resource": LONG}
    made = {"PolicyName": "p", "Roles": [{"Ref": LONG}], "PolicyDocument": {"Statement": [statement]}}
    resources = {"P": {"Type": "AWS::IAM::Policy", "Properties": made}}
    (tmp_path / "t.json").write_text(json.dumps({"Resources": resources}))
    drawn = run("graph", "t.json", cwd=tmp_path).stderr
    validated = [
        run("validate", "t.json", "--format", name, cwd=tmp_path).stdout for name in ("text", "json")
    ]
    for text in (drawn, *validated):
        assert text
        assert max(map(len, text.splitlines())) < 3_000


def test_shortened_sentences_keep_their_end() -> None:
    quoted = repr(LONG)
    assert shortened(f"{quoted} is not {quoted}; did you mean 'y'?").endswith("...'; did you mean 'y'?")
    assert (
        shortened("it doesn't fit, and that's " + 40 * "fine; ")
        == "it doesn't fit, and that's " + 40 * "fine; "
    )
    assert len(shortened(1_000 * "'a b' is not; ")) <= 2_000
    for text in ("'a " * 50_000, "' " * 50_000, "\\" * 50_000, "'" + "\\'" * 50_000):
        assert len(shortened(text)) <= 2_000


# ---------------------------------------------------------------------------------------------
# Commands to the runner of a job

OWNED = [
    "::error file=a:b,line=1::owned", "::add-mask::owned", "  ::set-output name=x::owned", "##[error]owned", "text ##[group]owned",
    "##vso[task.setvariable variable=x;]owned", "::stop-commands::owned", "section_start:1560896352:owned\r\x1b[0K", "\u00a0::debug::owned",
    "##teamcity[message text='owned']", "a\n::error::owned", "a\r::error::owned", "a\u2028::error::owned",
]  # fmt: skip


def commands(text: str) -> list[str]:
    """The lines that a runner obeys, as GitHub's, Azure's and GitLab's read them."""
    found: list[str] = []
    for line in re.split(r"\r\n|[\r\n]", text):
        trimmed = line.strip()
        name = trimmed[2:].partition("::")[0].partition(" ")[0]
        if trimmed.startswith("::") and "::" in trimmed[2:] and re.fullmatch(r"[a-z-]+", name):
            found.append(line)
        if re.search(r"##\w*\[", line) or re.search(r"section_(start|end):\d+:", line):
            found.append(line)
    return found


def test_the_runner_of_this_test_obeys() -> None:
    assert [text for text in OWNED if not commands(text)] == ["a\u2028::error::owned"]


def hostile(text: str, before: bool) -> dict[str, Any]:
    """A template with a text in as many places as take one."""
    side = "one" if before else "two"
    name = f"R{side}" if "\n" in text or "\r" in text else text
    return {
        "Description": text,
        "Parameters": {"P": {"Type": "String", "Default": f"{side} {text}"}},
        "Resources": {
            "T": {
                "Type": "AWS::SNS::Topic",
                "DependsOn": name,
                "Metadata": {text: side},
                "Properties": {"DisplayName": f"{side}\n{text}\n{side}", "TopicName": text if before else side, "Tags": [{"Key": text, "Value": side}]},
            },
            name: {"Type": "AWS::RDS::DBInstance", "Properties": {"DBName": f"{text} {side}", text: side}},
            "N": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": text}, "TopicName": {"Ref": "P"}}},
        },
        "Outputs": {"O": {"Value": f"{side}{text}", "Export": {"Name": f"{text}{side}"}}},
    }  # fmt: skip


@pytest.mark.parametrize("text", OWNED)
def test_no_line_of_a_report_is_a_command(text: str) -> None:
    found = pyformation.diff(hostile(text, True), hostile(text, False), imports={})
    for name, row in formats.DIFF.items():
        for view in (
            formats.View(),
            formats.View(verbose=True),
            formats.View(quiet=True),
            formats.View(include_property_values=True),
        ):
            assert commands(row.write(found, view)) == [], name
            assert commands(row.write({text: found}, view)) == [], name
    drawn = graphs.graph(found, parameters=True, outputs=True, conditions=True)
    for name in graphs.FORMATS:
        assert commands(getattr(graphs, name)(drawn)) == [], name
    assert json.loads(formats.DIFF["changeset"].write(found, formats.View())) == found.change_set()


def test_no_line_is_a_command_after_it_was_broken() -> None:
    for number in range(0, 90, 3):
        text = f"{number * 'x'} ::error file=a:b::owned"
        found = pyformation.diff(hostile(text, True), hostile(text, False))
        for view in (formats.View(), formats.View(verbose=True), formats.View(quiet=True)):
            assert commands(formats.DIFF["text"].write(found, view)) == []


@pytest.mark.parametrize("text", OWNED)
def test_no_error_is_a_command(tmp_path: Path, text: str) -> None:
    template = hostile(text, True)
    template["Resources"]["T"]["Properties"]["DisplayName"] = {"Ref": f"{text}x"}
    (tmp_path / "t.json").write_text(json.dumps(template))
    for arguments in (["diff", "t.json", "t.json"], ["diff", text, text], [text], ["render", "t.json", text],
                      ["diff", "t.json", "t.json", "-P", f"{text}={text}"], ["explain", text], ["convert", text, "-o", text]):  # fmt: skip
        result = run(*arguments, cwd=tmp_path)
        assert result.returncode == 1
        assert commands(result.stderr) == []


def test_no_path_that_is_printed_is_a_command(tmp_path: Path) -> None:
    for text in OWNED:
        if not set(text) & {"\n", "\r", "/"}:
            (tmp_path / f"{text}.json").write_text(TOPIC)
            for arguments in (
                ["package", f"{text}.json", "--output-dir", text],
                ["package", f"{text}.json", "--output-dir", "."],
            ):
                result = run(*arguments, cwd=tmp_path)
                assert result.stdout or result.stderr
                assert commands(result.stdout + result.stderr) == []


def test_the_lines_of_stacks_in_aws_are_no_commands(capfd: pytest.CaptureFixture[str]) -> None:
    for text in OWNED:
        print_lines(
            [
                [("name", harmless(text))],
                [("", "it "), ("", harmless(f"failed: {text}"))],
                [("", "#"), ("", "#[error]x")],
            ]
        )
        assert commands(capfd.readouterr().out) == []


def test_every_line_on_standard_error_goes_through_one_function() -> None:
    folder = Path(cli.__file__).parent
    found = {
        path.name: len(re.findall(r"\berr=True", path.read_text(encoding="utf-8")))
        for path in folder.glob("*.py")
    }
    assert {name: count for name, count in found.items() if count} == {"__init__.py": 2}


# ---------------------------------------------------------------------------------------------
# SARIF

TOLD = {
    "[here](https://evil.example)": r"\[here\](https://evil.example)",
    "[a [b](1)](c)": r"\[a \[b\](1)\](c)",
    r"a\](b)": r"a\\\](b)",
    "[a] (b)": "[a] (b)",
    "{0} {x}": "{{0}} {{x}}",
    "{x} {}": "{x} {}",
    "a\u202eb": "a\\u202eb",
}


@pytest.mark.parametrize("name", TOLD)
def test_a_message_of_sarif_is_neither_a_link_nor_a_template(name: str) -> None:
    before, after = (
        {"Resources": {name: {"Type": "AWS::RDS::DBInstance", "Properties": {"DBInstanceIdentifier": side}}}}
        for side in "ab"
    )
    found = json.loads(formats.DIFF["sarif"].write(pyformation.diff(before, after), formats.View()))
    told = [result["message"]["text"] for result in found["runs"][0]["results"]]
    assert told
    assert any(TOLD[name] in text for text in told)
    for text in told:
        plain = re.sub(r"\\\\", "", text)
        assert not re.search(r"(?<!\\)\]\(", plain)
        assert not re.search(r"(?<!\{)\{\d+\}(?!\})", text)


# ---------------------------------------------------------------------------------------------
# Policies


def test_a_policy_runs_its_file_only(tmp_path: Path) -> None:
    """Neither what lies beside it under the name of a package, installed or not, nor compiled code."""
    folder = tmp_path / "policies"
    folder.mkdir()
    ran = tmp_path / "ran"
    trap = f"open({str(ran)!r}, 'a').write(__name__)\n"
    for name in ("yaml", "rich", "attrs", "json", "re2", "not_installed_anywhere", "cloudformation_validate"):
        (folder / f"{name}.py").write_text(trap)
    (folder / "helper.py").write_text("import other\n\nCODE = other.CODE\n")
    (folder / "other.py").write_text("CODE = 'X1'\n")
    policy = folder / "policy.py"
    policy.write_text(
        "import helper\nfrom pyformation import Finding\n\n\ndef check_diff(diff):\n"
        "    yield Finding(helper.CODE, 'operation', 'info', None, 'seen')\n"
    )
    cached = Path(importlib.util.cache_from_source(str(policy)))
    cached.parent.mkdir()
    (tmp_path / "evil.py").write_text(trap)
    py_compile.compile(
        str(tmp_path / "evil.py"),
        str(cached),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    (tmp_path / "t.yaml").write_text("Resources: {T: {Type: AWS::SNS::Topic}}\n")
    before = list(sys.path)
    result = run("diff", "t.yaml", "t.yaml", "--policy", policy, "--format", "json", cwd=tmp_path)
    assert [found["code"] for found in json.loads(result.stdout)["findings"]] == ["X1"]
    with pytest.raises(ImportError):
        importlib.import_module("not_installed_anywhere")
    child = run_python("-m", "pyformation", "diff", "t.yaml", "t.yaml", "--policy", policy, cwd=tmp_path)
    assert child.returncode == 0, child.stderr
    assert not ran.exists()
    assert sys.path == before
    assert os.listdir(cached.parent) == [cached.name]


def test_the_current_directory_is_not_imported_from(tmp_path: Path) -> None:
    for name in ("click", "yaml", "attrs", "attr", "rich"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w')\n")
    (tmp_path / "t.yaml").write_text("Resources: {T: {Type: AWS::SNS::Topic}}\n")
    result = run_python("-m", "pyformation", "diff", "t.yaml", "t.yaml", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "ran").exists()
