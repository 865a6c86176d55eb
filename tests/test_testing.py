"""pyformation.testing: the comparison, the snapshot, and the strategies that users draw from."""

from __future__ import annotations

import copy
import pickle
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, examples, run_python
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import pyformation.testing
from pyformation import (
    AnyResource,
    Equals,
    MissingExtraError,
    Output,
    Parameter,
    PyformationError,
    Resource,
    Stack,
    Template,
    Value,
    catalog,
    document,
)
from pyformation.aws import ec2, s3, sqs
from pyformation.testing import (
    Difference,
    TemplateMismatchError,
    assert_matches_snapshot,
    assert_same_template,
    first_difference,
    resources,
    templates,
    values,
)
from pyformation.testing.strategies import drafts, surroundings

quiet = settings(
    derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck), max_examples=60
)


class Queues(Stack):
    stage = Parameter(str, default="dev")
    is_prod = Equals(stage, "prod")
    queue = sqs.Queue(delay_seconds=30)
    dead = sqs.Queue(condition=is_prod)
    url = Output(queue)


QUEUES = Queues().template.to_dict()
EXACT = "fixtures/examples/area.exact.yaml"


# ---------------------------------------------------------------------------------------------
# Comparison

LONG = "arn:aws:lambda:eu-west-1:123456789012:function:a-rather-long-name-"

# (what it is, found, expected, the sentence)
DIFFERENCES: list[tuple[str, Any, Any, str]] = [
    ("another number", {"A": {"B": 0}}, {"A": {"B": 30}}, "A.B: expected 30, found 0"),
    ("another string", {"A": "x"}, {"A": "y"}, 'A: expected "y", found "x"'),
    ("a number and a string", {"A": "1"}, {"A": 1}, 'A: expected the number 1, found the string "1"'),
    ("a boolean and a number", {"A": 1}, {"A": True}, "A: expected the boolean true, found the number 1"),
    ("a boolean and a string", {"A": "true"}, {"A": True}, 'A: expected the boolean true, found the string "true"'),
    ("an integer and a fraction", {"A": 8}, {"A": 8.0}, "A: expected 8.0, found 8"),
    ("null", {"A": ""}, {"A": None}, 'A: expected null, found ""'),
    ("a list and a string", {"A": "x"}, {"A": ["x"]}, 'A: expected ["x"], found "x"'),
    ("a missing key", {"A": {}}, {"A": {"Delay": 30}}, "A.Delay: is missing, expected 30"),
    ("a misspelt key", {"A": {"Delai": 30}}, {"A": {"Delay": 30}}, "A.Delay: is missing, expected 30; found 'Delai' instead"),
    # Same is expected as well, so it cannot be what Sane was meant to be.
    ("a key that is near to one in its place", {"A": {"Same": 1}}, {"A": {"Same": 1, "Sane": 1}}, "A.Sane: is missing, expected 1"),
    ("a key too many", {"A": {"B": {"C": 1}}}, {"A": {}}, 'A.B: is not expected, found {"C": 1}'),
    ("an item too few", {"A": [1]}, {"A": [1, {"K": "v"}]}, 'A[1]: is missing, expected {"K": "v"}'),
    ("an item too many", {"A": [1, 2]}, {"A": [1]}, "A[1]: is not expected, found 2"),
    ("another order", {"A": [1, 2]}, {"A": [2, 1]}, "A[0]: expected 2, found 1"),
    ("below lists", {"A": [{"B": [0, 1]}]}, {"A": [{"B": [0, 2]}]}, "A[0].B[1]: expected 2, found 1"),
    ("the first of two", {"A": 1, "B": 1}, {"B": 2, "A": 2}, "B: expected 2, found 1"),
    ("another function", {"A": {"Fn::GetAtt": ["B", "Arn"]}}, {"A": {"Ref": "B"}}, 'A: expected {"Ref": "B"}, found {"Fn::GetAtt": ["B", "Arn"]}'),
    ("a function and none", {"A": {"B": 1}}, {"A": {"Fn::Sub": "x"}}, 'A: expected {"Fn::Sub": "x"}, found {"B": 1}'),
    ("the argument of a function", {"A": {"Ref": "B"}}, {"A": {"Ref": "C"}}, 'A.Ref: expected "C", found "B"'),
    ("a loop is no function", {"A": {"Fn::ForEach::B": []}}, {"A": {"Fn::ForEach::C": []}}, "A.Fn::ForEach::C: is missing, expected []; found 'Fn::ForEach::B' instead"),
    ("keys with dots", {"A": {"b.c": 1, "": 1}}, {"A": {"b.c": 2, "": 1}}, 'A["b.c"]: expected 2, found 1'),
    ("an empty key", {"A": {"": 1}}, {"A": {"": 2}}, 'A[""]: expected 2, found 1'),
    ("a long text", {"A": LONG + "red-" * 30}, {"A": LONG + "blue-" * 30}, 'A: expected "...ther-long-name-blue-blue-blue-blue-blue-blue-blue-bl...", found "...ther-long-name-red-red-red-red-red-red-red-red-red-r..."'),
    ("the end of a long text", {"A": LONG}, {"A": LONG + "1"}, 'A: expected "...ther-long-name-1", found "...ther-long-name-"'),
    ("a line", {"A": "#!/bin/sh\necho a\n"}, {"A": "#!/bin/sh\necho b\n"}, 'A: in line 2 expected "echo b", found "echo a"'),
    ("a missing line", {"A": "a\nb"}, {"A": "a\nb\nc"}, 'A: line 3 is missing, expected "c"'),
    ("a line too many", {"A": "a\n"}, {"A": "a"}, 'A: line 2 is not expected, found ""'),
    ("a large value", {"A": {}}, {"A": {"B": list(range(99))}}, "A.B: is missing, expected [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16..."),
    ("letters", {"A": "grüße 日本"}, {"A": ""}, 'A: expected "", found "grüße 日本"'),
    ("what would move a cursor", {"A": "\x1b[2J\u202e"}, {"A": ""}, 'A: expected "", found "\\u001b[2J\\u202e"'),
    ("no mapping", {}, {"A": {}}, "A: is missing, expected {}"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "expected", "sentence"), [pytest.param(*row[1:], id=row[0]) for row in DIFFERENCES]
)
def test_the_first_difference_in_words(found: Any, expected: Any, sentence: str) -> None:
    assert str(first_difference(found, expected)) == sentence
    with pytest.raises(AssertionError) as caught:
        assert_same_template(found, expected)
    assert str(caught.value) == sentence
    assert first_difference(expected, found) is not None
    assert first_difference(found, found) is None


def test_what_does_not_count() -> None:
    assert first_difference({"A": 1, "B": {"C": 1, "D": 2}}, {"B": {"D": 2, "C": 1}, "A": 1}) is None
    assert first_difference({"A": (1, 2)}, {"A": [1, 2]}) is None


def test_the_line_that_declared_it_is_named(stack_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(stack_file("").parent)
    names: dict[str, Any] = {"__name__": "stack"}
    source = """
from pyformation import *
from pyformation.aws import sqs
class Shop(Stack):
    stage = Parameter(str)
    is_prod = Equals(stage, "prod")
    queue = sqs.Queue(
        delay_seconds=0)
    url = Output(queue)
    queues = ForEach("Name", ["A"], lambda name: {f"Queue{name}": sqs.Queue()})
"""
    exec(compile(source, "stack.py", "exec"), names)
    shop = names["Shop"]
    data = shop().template.to_dict()

    def after(change: Any) -> str:
        expected = copy.deepcopy(data)
        change(expected)
        return str(first_difference(shop, expected))

    assert after(lambda t: t["Resources"]["Queue"]["Properties"].update(DelaySeconds=30)) == (
        "Resources.Queue.Properties.DelaySeconds: expected 30, found 0 (declared at stack.py:7)"
    )
    assert after(lambda t: t["Parameters"]["Stage"].update(Type="Number")) == (
        'Parameters.Stage.Type: expected "Number", found "String" (declared at stack.py:5)'
    )
    assert after(lambda t: t["Resources"].pop("Queue")) == (
        'Resources.Queue: is not expected, found {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds"... '
        "(declared at stack.py:7)"
    )
    assert after(lambda t: t["Outputs"]["Url"].update(Description="x")).endswith("(declared at stack.py:9)")
    assert after(lambda t: t["Resources"]["Fn::ForEach::Queues"].append(1)).endswith(
        "(declared at stack.py:10)"
    )
    # A condition knows no line, a description is no element.
    assert after(lambda t: t["Conditions"].pop("IsProd")) == (
        'Conditions.IsProd: is not expected, found {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}'
    )
    assert after(lambda t: t.update(Description="x")) == 'Description: is missing, expected "x"'
    # What is missing was declared where it was expected.
    data["Resources"].pop("Queue")
    assert str(first_difference(data, shop)).endswith("(declared at stack.py:7)")


def test_an_error_says_what_a_difference_says() -> None:
    expected = copy.deepcopy(QUEUES)
    expected["Resources"]["Dead"]["Condition"] = "IsDev"
    difference = first_difference(Queues, expected)
    assert isinstance(difference, Difference)
    assert difference.path == ("Resources", "Dead", "Condition")
    assert difference.message == 'expected "IsDev", found "IsProd"'
    assert difference.origin == Queues.dead._origin()
    with pytest.raises(TemplateMismatchError) as caught:
        assert_same_template(Queues, expected)
    error = caught.value
    assert isinstance(error, PyformationError)
    assert (error.path, error.message, error.origin) == ("Resources.Dead.Condition", *difference[1:])
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == str(difference)


# Everything that a template can be given as

SPELLINGS = {
    "a stack": Queues(),
    "its class": Queues,
    "its template": Queues().template,
    "plain data": QUEUES,
}


@pytest.mark.parametrize("found", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("expected", SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_of_a_template(found: Any, expected: Any) -> None:
    assert_same_template(found, expected)


@pytest.mark.parametrize("name", ["queues.yaml", "queues.json"])
def test_files(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    template = Queues().template
    path.write_text(template.to_json() if name.endswith("json") else template.to_yaml(), encoding="utf-8")
    assert_same_template(Queues, path)
    assert_same_template(str(path), Queues)
    expected = {**QUEUES, "Description": "x"}
    with pytest.raises(TemplateMismatchError, match="Description: is missing"):
        assert_same_template(path, expected)


def test_a_file_is_looked_for_beside_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "tests" / EXACT).read_text(encoding="utf-8")
    assert_same_template(document.parse(text).data, EXACT)


class NeedsArguments(Stack):
    def __init__(self, size: int) -> None:
        self.queue = sqs.Queue(delay_seconds=size)


REFUSED: list[tuple[Any, str]] = [
    (3, "expected a stack, a template, a mapping or the path of a template file, found 3"),
    (None, "expected a stack, a template, a mapping or the path of a template file, found None"),
    (sqs.Queue, "expected a stack, a template, a mapping or the path of a template file, found <class 'pyformation.aws.sqs.Queue'>"),
    (NeedsArguments, "NeedsArguments needs arguments; give an instance of it"),
    ("Resources: {}\n", "expected the path of a template file, found its text; give pyformation.document.parse(text).data"),
    ("nowhere.yaml", f"there is no file '{ROOT}/tests/nowhere.yaml'"),
    ({"A": {"B": object}}, "A.B: a template cannot hold <class 'object'> (type)"),
    ({"A": {1: 2}}, "A: a key must be a string, not 1 (int)"),
    ({"A": float("nan")}, "A: a template cannot hold the number nan"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "sentence"), REFUSED, ids=[row[1][:40] for row in REFUSED])
def test_what_is_no_template(source: Any, sentence: str) -> None:
    for given_ in ((source, Queues), (Queues, source)):
        with pytest.raises(PyformationError) as caught:
            first_difference(*given_)
        assert not isinstance(caught.value, AssertionError)
        assert str(caught.value).split(" (/")[0].split(" (tests/")[0] == sentence


# Laws


@settings(quiet)
@given(templates())
def test_no_template_differs_from_itself(template: Template) -> None:
    data = template.to_dict()
    assert first_difference(template, data) is None
    assert first_difference(data, document.parse(template.to_yaml()).data) is None
    assert first_difference(_reversed(data), data) is None


def _reversed(data: Any) -> Any:
    """The same with the keys the other way round."""
    if isinstance(data, dict):
        return {key: _reversed(data[key]) for key in reversed(data)}
    return [_reversed(item) for item in data] if isinstance(data, list) else data


def _is_function(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def _changes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], int, Any]]:
    """Every way to change one thing: the path of the difference, how many steps of it lead to what is to be
    changed, and the change (with any scalar)."""
    at = len(path)
    if isinstance(value, dict):
        if _is_function(value):
            # With another key it is no function any more, so it differs as a whole.
            yield path, at, lambda it, _: it.update(NoSuchKey=1)
        else:
            yield (*path, "NoSuchKey"), at, lambda it, scalar: it.update(NoSuchKey=scalar)
            for key in value:
                yield (*path, key), at, lambda it, _, key=key: it.pop(key)
        for key, item in value.items():
            yield from _changes(item, (*path, key))
    elif isinstance(value, list):
        yield (*path, len(value)), at, lambda it, scalar: it.append(scalar)
        if value:
            yield (*path, len(value) - 1), at, lambda it, _: it.pop()
        for i, item in enumerate(value):
            yield from _changes(item, (*path, i))
    else:
        yield path, at - 1, lambda it, scalar: it.__setitem__(path[-1], scalar)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(0, 2), st.floats(0, 2), st.text("ab01 \n", max_size=3)
)


@settings(quiet, max_examples=examples(100, 300))
@given(templates(), st.data())
def test_one_change_is_found_where_it_was_made(template: Template, data: st.DataObject) -> None:
    before = template.to_dict()
    path, steps, change = data.draw(st.sampled_from(list(_changes(before))))
    after = copy.deepcopy(before)
    place: Any = after
    for step in path[:steps]:
        place = place[step]
    change(place, data.draw(SCALARS))
    assume(repr(after) != repr(before))
    for difference in (first_difference(before, after), first_difference(after, before)):
        assert difference is not None
        assert difference.path == path
        assert len(str(difference)) < 250 + sum(len(str(step)) for step in path)


# ---------------------------------------------------------------------------------------------
# pytest


def test_pytest_shows_the_sentence_and_the_users_line(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        """
from pyformation.testing import assert_matches_snapshot, assert_same_template

def test_same():
    assert_same_template({"A": 1}, {"A": True})

def test_snapshot():
    assert_matches_snapshot({"A": 1}, "a.yaml", update=True)
    assert_matches_snapshot({"A": 2}, "a.yaml")
""",
        encoding="utf-8",
    )
    done = run_python("-m", "pytest", "-p", "no:cacheprovider", "test_it.py", cwd=tmp_path)
    assert "TemplateMismatchError: A: expected the boolean true, found the number 1" in done.stdout
    assert "TemplateMismatchError: A: expected 1, found 2" in done.stdout
    assert "PYFORMATION_UPDATE_SNAPSHOTS=1 in the environment rewrites a.yaml" in done.stdout
    assert "test_it.py:5: TemplateMismatchError" in done.stdout
    assert "testing/__init__.py" not in done.stdout


# ---------------------------------------------------------------------------------------------
# Snapshot

SHA256 = "0123456789abcdef" * 4
BASE64 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="


class Coded(Stack):
    function = AnyResource(
        "AWS::Lambda::Function",
        {"Code": {"S3Bucket": "code", "S3Key": f"shop/{SHA256}.zip"}, "MemorySize": 128},
    )


SNAPSHOT = """\
AWSTemplateFormatVersion: '2010-09-09'

Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Code:
        S3Bucket: code
        S3Key: shop/<asset>.zip
      MemorySize: 128
"""


@pytest.fixture(autouse=True)
def _no_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYFORMATION_UPDATE_SNAPSHOTS", raising=False)


def test_a_missing_snapshot_is_a_failure_and_stays_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        with pytest.raises(AssertionError) as caught:
            assert_matches_snapshot(Coded, tmp_path / "coded.yaml")
        assert str(caught.value) == (
            "there is no snapshot 'coded.yaml'; PYFORMATION_UPDATE_SNAPSHOTS=1 in the environment writes it"
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("by", ["environment", "argument"])
def test_a_snapshot_is_written_when_asked(by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "folder" / "coded.yaml"
    if by == "environment":
        monkeypatch.setenv("PYFORMATION_UPDATE_SNAPSHOTS", "1")
        assert_matches_snapshot(Coded, path)
        monkeypatch.setenv("PYFORMATION_UPDATE_SNAPSHOTS", "0")
    else:
        assert_matches_snapshot(Coded, path, update=True)
    assert path.read_text(encoding="utf-8") == SNAPSHOT
    assert [file.name for file in path.parent.iterdir()] == ["coded.yaml"]
    assert_matches_snapshot(Coded, str(path))


def test_the_argument_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYFORMATION_UPDATE_SNAPSHOTS", "1")
    with pytest.raises(TemplateMismatchError, match="there is no snapshot"):
        assert_matches_snapshot(Coded, tmp_path / "coded.yaml", update=False)


def test_the_environment_takes_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYFORMATION_UPDATE_SNAPSHOTS", "no")
    with pytest.raises(PyformationError) as caught:
        assert_matches_snapshot(Coded, tmp_path / "coded.yaml")
    assert caught.value.message == "PYFORMATION_UPDATE_SNAPSHOTS takes 1 or 0, found 'no'"
    assert list(tmp_path.iterdir()) == []


def test_what_differs_from_a_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "coded.yaml"
    path.write_text(SNAPSHOT.replace("128", "256"), encoding="utf-8")
    with pytest.raises(TemplateMismatchError) as caught:
        assert_matches_snapshot(Coded, path)
    assert caught.value.path == "Resources.Function.Properties.MemorySize"
    assert caught.value.message == "expected 256, found 128"
    assert caught.value.origin == Coded.function._origin()
    assert caught.value.__notes__ == ["PYFORMATION_UPDATE_SNAPSHOTS=1 in the environment rewrites coded.yaml"]
    assert path.read_text(encoding="utf-8") == SNAPSHOT.replace("128", "256")
    assert_matches_snapshot(Coded, path, update=True)
    assert path.read_text(encoding="utf-8") == SNAPSHOT


def test_a_snapshot_in_json(tmp_path: Path) -> None:
    path = tmp_path / "coded.json"
    assert_matches_snapshot(Coded, path, update=True)
    assert path.read_text(encoding="utf-8").startswith("{\n  ")
    assert_matches_snapshot(Coded, path)


def test_a_snapshot_stands_beside_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert_matches_snapshot(document.parse((ROOT / "tests" / EXACT).read_text("utf-8")).data, EXACT)


def test_a_snapshot_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PyformationError, match=r"^cannot write '.*coded.yaml': Not a directory$"):
        assert_matches_snapshot(Coded, tmp_path / "file" / "coded.yaml", update=True)


# (what it is, the key, the value, as the snapshot has it)
MASKS: list[tuple[str, str, Any, Any]] = [
    ("SHA-256", "S3Key", SHA256, "<asset>"),
    ("SHA-1", "S3Key", SHA256[:40], "<asset>"),
    ("MD5", "S3Key", SHA256[:32], "<asset>"),
    ("capitals", "S3Key", SHA256.upper(), "<asset>"),
    ("in a path", "S3Key", f"a/{SHA256}.zip", "a/<asset>.zip"),
    ("in a name", "S3Key", f"code_{SHA256[:32]}-1", "code_<asset>-1"),
    ("two", "S3Key", f"{SHA256[:32]}/{SHA256[:40]}", "<asset>/<asset>"),
    ("a digest", "ImageUri", f"1.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:{SHA256}", "1.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:<asset>"),
    ("a tag", "ImageUri", f"repository:{SHA256}", "repository:<asset>"),
    ("in a function", "S3Key", {"Fn::Sub": f"${{Stage}}/{SHA256}.zip"}, {"Fn::Sub": "${Stage}/<asset>.zip"}),
    ("in a list", "Args", ["x", SHA256], ["x", "<asset>"]),
    ("of another length", "S3Key", SHA256[:31] + " " + SHA256[:33] + " " + SHA256 + "0", None),
    ("a part of a word", "S3Key", f"x{SHA256} {SHA256}y", None),
    ("no hexadecimal", "S3Key", "g" * 64, None),
    ("a version", "S3Key", "releases/shop-1.2.0.zip", None),
    ("a UUID", "KeyId", "12345678-1234-1234-1234-123456789012", None),
    ("Base64", "CodeSha256", BASE64, "<asset>"),
    ("SAM's Base64", "AutoPublishCodeSha256", BASE64, "<asset>"),
    ("Base64 in a function", "CodeSha256", {"Fn::If": ["IsProd", BASE64, {"Ref": "Hash"}]}, {"Fn::If": ["IsProd", "<asset>", {"Ref": "Hash"}]}),
    ("Base64 elsewhere", "Description", BASE64, None),
    ("no Base64", "CodeSha256", "later", None),
    ("a version of an object", "S3ObjectVersion", "3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY", "<asset>"),
    ("a parameter for it", "S3ObjectVersion", {"Ref": "Version"}, {"Ref": "Version"}),
    ("a number", "S3ObjectVersion", 7, None),
    ("a key", "Tags", {SHA256: "x"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "kept"), [pytest.param(*row[1:], id=row[0]) for row in MASKS])
def test_hashes_of_assets_are_masked(key: str, value: Any, kept: Any, tmp_path: Path) -> None:
    path = tmp_path / "it.yaml"
    assert_matches_snapshot({"A": {key: value}}, path, update=True)
    assert document.read(path).data == {"A": {key: value if kept is None else kept}}
    assert_matches_snapshot({"A": {key: value}}, path)


@pytest.mark.parametrize(
    ("mask", "kept"),
    [
        (r"\d+\.\d+\.\d+", f"v<masked>-a/{'<asset>'}.zip"),
        ([r"v[\d.]+", "(a)/"], "<masked>-<masked><asset>.zip"),
        ("[0-9a-f]{64}", "v1.2.3-a/<masked>.zip"),
        ("^.*$", "<masked>"),
        ([], "v1.2.3-a/<asset>.zip"),
    ],
)
def test_more_is_masked_when_asked(mask: Any, kept: str, tmp_path: Path) -> None:
    data = {"A": {"v1.2.3": [f"v1.2.3-a/{SHA256}.zip"]}}
    path = tmp_path / "it.yaml"
    assert_matches_snapshot(data, path, mask=mask, update=True)
    assert document.read(path).data == {"A": {"v1.2.3": [kept]}}
    assert_matches_snapshot(data, path, mask=mask)


def test_a_mask_that_is_no_expression(tmp_path: Path) -> None:
    with pytest.raises(PyformationError) as caught:
        assert_matches_snapshot(Coded, tmp_path / "x.yaml", mask="(")
    assert caught.value.message == (
        "the mask '(' is not a regular expression: missing ), unterminated subpattern at position 0"
    )


@settings(quiet, max_examples=30)
@given(templates())
def test_a_template_matches_its_own_snapshot(
    tmp_path_factory: pytest.TempPathFactory, template: Template
) -> None:
    path = tmp_path_factory.mktemp("snapshots") / "it.yaml"
    assert_matches_snapshot(template, path, update=True)
    assert_matches_snapshot(template, path)


# ---------------------------------------------------------------------------------------------
# Strategies


class KeptBucket(s3.Bucket):
    deletion_policy = "Retain"


class Table(Resource, type="Custom::TestingTable"):
    table_name: Value[str]
    size: Value[int] = 1


@pytest.mark.parametrize("kind", [sqs.Queue, KeptBucket, Table])
def test_resources_of_a_class(kind: Any) -> None:
    seen: set[str] = set()

    @settings(quiet, max_examples=30)
    @given(resources(kind))
    def look(resource: Any) -> None:
        assert type(resource) is kind
        template = Template()
        template.add("It", resource)
        found = template.to_dict()["Resources"]["It"]
        assert found["Type"] == kind.TYPE
        seen.update(found.get("Properties", {}), *([found["DeletionPolicy"]] if kind is KeptBucket else []))

    look()
    assert len(seen) > 1


@settings(quiet, max_examples=20)
@given(resources("AWS::EC2::Subnet"), resources())
def test_resources_of_a_type_and_of_any(subnet: Resource, any_: Resource) -> None:
    assert type(subnet) is ec2.Subnet
    assert any_.TYPE in catalog.types()
    # A line of hypothesis' own would mislead.
    assert subnet._origin() is None


@settings(quiet, max_examples=20)
@given(st.data())
def test_resources_with_surroundings(data: st.DataObject) -> None:
    template, around = surroundings()
    template.add("It", data.draw(resources(s3.Bucket, around)))
    assert template.to_dict()["Resources"]["It"]["Type"] == "AWS::S3::Bucket"


@settings(quiet, max_examples=20)
@given(values(sqs.Queue, "/Properties/DelaySeconds"), values("AWS::SQS::Queue", "/Properties/Tags/*"))
def test_values(delay: Any, tag: Any) -> None:
    assert delay in range(901)
    assert sqs.Queue(delay_seconds=delay, tags=[tag]).delay_seconds == delay


@settings(quiet, max_examples=20)
@given(templates(["AWS::S3::Bucket", sqs.Queue], max_resources=3))
def test_templates_of_types(template: Template) -> None:
    assert 1 <= len(template.resources) <= 3
    assert {type(found) for found in template.resources.values()} <= {s3.Bucket, sqs.Queue}
    assert {found._origin() for found in (*template.resources.values(), *template.outputs.values())} == {None}


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Resource, "expected the class or the name of a resource type, found <class 'pyformation.resource.Resource'>"),
        (AnyResource, "expected the class or the name of a resource type, found <class 'pyformation.resource.AnyResource'>"),
        (s3.Bucket(), "expected the class or the name of a resource type, found Bucket()"),
        (s3.Bucket.VersioningConfiguration, "expected the class or the name of a resource type, found <class 'pyformation.aws.s3.Bucket.VersioningConfiguration'>"),
        ("AWS::S3::Bukket", "there is no resource type 'AWS::S3::Bukket'; did you mean 'AWS::S3::Bucket'? (catalog.types() lists all; register() adds one)"),
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize(
    "strategy", [resources, drafts, lambda kind: values(kind, "/x"), lambda kind: templates([kind])]
)
def test_what_is_no_resource_type(strategy: Any, kind: Any, sentence: str) -> None:
    # At once, not when the first example is drawn.
    with pytest.raises(PyformationError) as caught:
        strategy(kind)
    assert caught.value.message == sentence
    if not isinstance(kind, str):
        assert str(caught.value.origin).split(":")[0].endswith("test_testing.py")


# ---------------------------------------------------------------------------------------------
# What is imported, and when


def test_importing_it_imports_nothing_dear() -> None:
    program = """
import sys
from pyformation.testing import assert_matches_snapshot, assert_same_template, first_difference
import pyformation.testing
print(sorted({"attr", "attrs", "hypothesis", "yaml", "_yaml", "pytest"} & sys.modules.keys()))
print("resources" in dir(pyformation.testing))
from pyformation.testing import resources
print("hypothesis" in sys.modules, resources is pyformation.testing.resources)
"""
    result = run_python("-c", program)
    assert (result.stdout, result.stderr) == ("[]\nTrue\nTrue True\n", "")


@pytest.mark.parametrize(
    "line",
    [
        "from pyformation.testing import templates",
        "from pyformation.testing import *",
        "from pyformation.testing.strategies import drafts",
        "import pyformation.testing; pyformation.testing.resources",
    ],
)
def test_without_hypothesis(line: str, tmp_path: Path) -> None:
    (tmp_path / "it.py").write_text(
        f"import sys; sys.modules['hypothesis'] = None\nimport pyformation\n"
        f"try:\n    {line}\nexcept pyformation.MissingExtraError as error:\n    print(error)\n",
        encoding="utf-8",
    )
    result = run_python("it.py", cwd=tmp_path)
    assert result.stdout == (
        "the strategies of pyformation.testing need hypothesis: run pip install '.[testing]' in a clone of pyformation\n"
    ), result.stderr


def test_the_extra_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [line.split(">")[0] for line in project["optional-dependencies"]["testing"]] == ["hypothesis"]
    assert issubclass(MissingExtraError, (PyformationError, ImportError))


def test_there_is_nothing_else() -> None:
    with pytest.raises(
        AttributeError, match=r"^module 'pyformation\.testing' has no attribute 'assert_sane'$"
    ):
        pyformation.testing.assert_sane  # noqa: B018
