"""The list of bad input, as a user meets it: a program, and one sentence with the line to look at."""

from __future__ import annotations

import contextlib
import io
import pickle
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import run_python

import pyformation as pf
from pyformation import errors
from pyformation.errors import Origin, did_you_mean, nearest, shown

HEADER = "from pyformation import *\nfrom pyformation.aws import ec2, lambda_, s3, sqs\n"

# (what it is, the program from its third line on, the whole of standard error)
ROWS: list[tuple[str, str, str]] = [
    ("wrong type", "class S(Stack):\n    q = sqs.Queue(delay_seconds=[1])",
     "AWS::SQS::Queue.DelaySeconds: expected an integer, found [1] (stack.py:4)"),
    ("wrong type, deep", 'class S(Stack):\n    i = ec2.Instance(\n        block_device_mappings=[\n            {"DeviceName": "x", "Ebs": {"Iops": "many"}},\n        ],\n    )',
     "AWS::EC2::Instance.BlockDeviceMappings[0].Ebs.Iops: expected an integer, found 'many' (stack.py:4)"),
    ("unknown property", "class S(Stack):\n    q = sqs.Queue(queue_nme='x')",
     "AWS::SQS::Queue has no property 'queue_nme'; did you mean 'queue_name'? (stack.py:4)"),
    ("unknown property of a mapping", "class S(Stack):\n    q = sqs.Queue(tags=[{'key': 'a', 'Value': 'b'}])",
     "AWS::SQS::Queue.Tags[0]: AWS::SQS::Queue.Tag has no property 'key'; did you mean 'Key'? (stack.py:4)"),
    ("unknown type", "class S(Stack):\n    q = sqs.Quue()", "pyformation.aws.sqs has no resource type 'Quue'; did you mean 'Queue'? (stack.py:4)"),
    ("missing required property", "class S(Stack):\n    f = lambda_.Function(runtime='python3.13')",
     "AWS::Lambda::Function needs 'code', 'role' (stack.py:4)"),
    ("missing required property of a mapping", "class S(Stack):\n    q = sqs.Queue(tags=[{'Key': 'a'}])",
     "AWS::SQS::Queue.Tags[0]: AWS::SQS::Queue.Tag needs 'Value' (stack.py:4)"),
    ("None for a required property", "class S(Stack):\n    f = lambda_.Function(code={}, role=None)",
     "AWS::Lambda::Function.Role: is required, found None (stack.py:4)"),
    ("duplicate logical ID", "class S(Stack):\n    a_b = sqs.Queue()\n    aB = sqs.Queue()",
     "the logical ID 'AB' is taken by the element declared at stack.py:4; give one of them logical_id= (stack.py:5)"),
    ("illegal logical ID", "class S(Stack):\n    größe = sqs.Queue()",
     "the logical ID 'Größe' may hold only the letters A to Z, a to z and digits (stack.py:4)"),
    ("illegal logical ID by hand", "class S(Stack):\n    q = sqs.Queue(logical_id='my-queue')",
     "the logical ID 'my-queue' may hold only the letters A to Z, a to z and digits (stack.py:4)"),
    ("one element under two names", "class S(Stack):\n    q = sqs.Queue()\n    r = q",
     "one element has two attributes, 'q' and 'r'; give the second a leading underscore, or make two elements (stack.py:4)"),
    ("resource of another stack", "class Other(Stack):\n    q = sqs.Queue()\nother = Other()\nother.template\nclass S(Stack):\n    r = sqs.Queue(queue_name=Other.q)",
     "Resources.R: AWS::SQS::Queue (declared at stack.py:4) is used here but is not in the stack S; it belongs to the stack Other: "
     "export an Output there and use that Output, or add the element to both (stack.py:8)"),
    ("resource of no stack", "lost = sqs.Queue()\nclass S(Stack):\n    r = sqs.Queue(queue_name=f'{lost}-x')",
     "Resources.R: AWS::SQS::Queue (declared at stack.py:3) is used here but is not in the stack S; add it, or assign it to an attribute "
     "of the stack (stack.py:5)"),
    ("name that leads nowhere", "class S(Stack):\n    queue = sqs.Queue()\n    r = sqs.Queue(queue_name=Ref('Qeue'))",
     "Resources.R: refers to the resource or parameter 'Qeue', which is not in the stack S; did you mean 'Queue'? (stack.py:5)"),
    ("circular reference", "class S(Stack):\n    one = sqs.Queue(queue_name=Ref('Two'))\n    two = sqs.Queue(depends_on=one)",
     "Resources.One: these resources depend on each other, so none can be created first: One -> Two -> One (stack.py:4)"),
    ("expression in a parameter", "class S(Stack):\n    p = Parameter(str, default=Region)",
     "Parameter.default: a parameter allows no expression, found <Ref AWS::Region> (stack.py:4)"),
    ("expression in a mapping", "class S(Stack):\n    m = Mapping({'a': {'b': f'x-{Region}'}})",
     "Mapping.a.b: a mapping allows no expression, found one in the text (Sub('x-{<Ref AWS::Region>}')) (stack.py:4)"),
    ("expression in a description", "class S(Stack, description=f'in {Region}'):\n    q = sqs.Queue()",
     "Template.description: Description allows no expression, found one in the text (Sub('in {<Ref AWS::Region>}')) (stack.py:5)"),
    ("expression as a key", "class S(Stack):\n    o = Output({f'{Region}': 1})",
     "Output.value: CloudFormation allows no expression in a key, found <Ref AWS::Region>; only the variable of a ForEach may stand there (stack.py:4)"),
    ("resource in a condition", "class S(Stack):\n    q = sqs.Queue()\n    c = Equals(q.arn, 'x')",
     "Fn::Equals[0]: CloudFormation allows no <GetAtt Queue.Arn> in a condition (stack.py:5)"),
    ("sliced token", "class S(Stack):\n    q = sqs.Queue(queue_name=f'{Region}'[:5])",
     "AWS::SQS::Queue.QueueName: the text holds a damaged expression: it was sliced, split, or changed in case; put the whole expression "
     "into the f-string and change only the text around it (stack.py:4)"),
    ("raised token", "class S(Stack):\n    q = sqs.Queue(queue_name=f'{Region}-q'.upper())",
     "AWS::SQS::Queue.QueueName: the text holds a damaged expression: it was sliced, split, or changed in case; put the whole expression "
     "into the f-string and change only the text around it (stack.py:4)"),
    ("repr of an expression", "class S(Stack):\n    q = sqs.Queue(queue_name=f'{Region!r}')",
     "AWS::SQS::Queue.QueueName: the text holds the repr of an expression, as !r or str() of a list leaves it; put the whole expression "
     "into the f-string and change only the text around it (stack.py:4)"),
    ("format of an expression", "class S(Stack):\n    q = sqs.Queue(queue_name=f'{Region:>20}')",
     "<Ref AWS::Region> is known only at deployment, so the format '>20' cannot be applied (stack.py:4)"),
    ("list in a text", "class S(Stack):\n    o = Output(f'{GetAZs()}')",
     "GetAZs('') is a list and cannot stand in a text; join it with Join(',', ...) (stack.py:4)"),
    ("branching on an expression", "class S(Stack):\n    stage = Parameter(str)\n    q = sqs.Queue(delay_seconds=1 if stage else 2)",
     "Parameter(type='String') has no truth value before deployment; use If(Equals(...), ...) instead of Python's if, and & | ~ on "
     "conditions instead of and, or, not (stack.py:5)"),
    ("a comparison with text", "class S(Stack):\n    stage = Parameter(str)\n    q = sqs.Queue(delay_seconds=1 if stage == 'x' else 2)",
     "Parameter(type='String') has no value before deployment, so it cannot be compared with 'x'; use If(Equals(...), ..., ...) or "
     "condition=Equals(...) instead of Python's if (stack.py:5)"),
    ("default outside the allowed values", "class S(Stack):\n    p = Parameter(str, default='prd', allowed_values=['dev', 'prod'])",
     "Parameter.default: expected one of 'dev', 'prod', found 'prd'; did you mean 'prod'? (stack.py:4)"),
    ("mapping without the key", "class S(Stack):\n    m = Mapping({'a': {'b': 'c'}})\n    q = sqs.Queue(queue_name=m.find('a', 'bb'))",
     "Fn::FindInMap: the mapping has no key 'bb' under 'a'; did you mean 'b'? (stack.py:5)"),
    ("unserialisable object", "class S(Stack):\n    o = Output({'a': [object]})",
     "Output.value.a[0]: expected text, a number, a boolean, a list or a mapping, found <class 'object'> (stack.py:4)"),
    ("a set", "class S(Stack):\n    o = Output({1})",
     "Output.value: expected text, a number, a boolean, a list or a mapping, found {1} (sets have no order: use a list) (stack.py:4)"),
    ("bytes", "class S(Stack):\n    q = sqs.Queue(queue_name=b'x')", "AWS::SQS::Queue.QueueName: expected text, found b'x' (stack.py:4)"),
    ("a module", "class S(Stack):\n    q = sqs.Queue(metadata={'a': sqs})",
     re.compile(r"AWS::SQS::Queue\.metadata\.a: expected text, a number, a boolean, a list or a mapping, found <module 'pyformation\.aws\.sqs' .* \(stack\.py:4\)")),
    ("nan", "class S(Stack):\n    o = Output(float('nan'))", "Output.value: expected a finite number, found nan (stack.py:4)"),
    ("lone surrogate", "class S(Stack):\n    o = Output('\\ud800')",
     "Output.value: the text holds a lone surrogate, which no file can hold: '\\ud800' (stack.py:4)"),
    ("unnamed condition", "class S(Stack):\n    q = sqs.Queue(queue_name=If(Equals(Region, 'x'), 'a', 'b'))",
     "Resources.Q: Equals(<Ref AWS::Region>, 'x') is used as a condition but has no name; assign it to an attribute of the stack (or add "
     "it to the template) (stack.py:4)"),
    ("condition as a value", "class S(Stack):\n    c = Equals(Region, 'x')\n    o = Output(c)",
     "Output.value: a condition is not a value; use If(condition, ...), found Equals(<Ref AWS::Region>, 'x') (stack.py:5)"),
    ("component as a value", "class C(Component):\n    q = sqs.Queue()\nclass S(Stack):\n    c = C()\n    o = Output(c)",
     "Output.value: the component C is not a value; use one of its resources (stack.py:7)"),
    ("wrong deletion policy", "class S(Stack):\n    q = sqs.Queue(deletion_policy='Keep')",
     "AWS::SQS::Queue.deletion_policy: expected one of 'Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot', found 'Keep' (stack.py:4)"),
    ("misspelt preset", "class Ours(s3.Bucket):\n    bucket_nme = 'x'\nclass S(Stack):\n    b = Ours()",
     "AWS::S3::Bucket has no property 'bucket_nme'; did you mean 'bucket_name'? (stack.py:3)"),
    ("changing a resource", "class S(Stack):\n    q = sqs.Queue()\n    q.queue_name = 'x'",
     "AWS::SQS::Queue is frozen; use evolve(queue_name=...), which gives a new one (stack.py:5)"),
    ("attribute that is not there", "class S(Stack):\n    q = sqs.Queue()\n    o = Output(q.arnn)",
     "AWS::SQS::Queue has no property or attribute 'arnn'; did you mean 'arn'? (stack.py:5)"),
    ("keyword of a stack", "class S(Stack, tag={}):\n    q = sqs.Queue()", "S takes no keyword 'tag'; did you mean 'tags'? (stack.py:3)"),
    ("unexported output of another stack", "class A(Stack):\n    o = Output('x')\nclass S(Stack):\n    p = Output(A.o)",
     "Outputs.P: an Output of another stack (stack.py:4) is used as a value but is not exported; give it export=, or use its weak() reference (stack.py:6)"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "message"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_bad_input(program: str, message: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Executed here under the file's name, as starting fifty processes takes long; some of them below."""
    monkeypatch.chdir(tmp_path)
    source = f"{HEADER}{program}\nS().main()\n"
    code = compile(source, str(tmp_path / "stack.py"), "exec", dont_inherit=True)
    monkeypatch.setattr(sys, "argv", ["stack.py"])
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            exec(code, {"__name__": "__main__"})
    except pf.PyformationError as error:
        text = str(error)
    except SystemExit as error:
        assert error.code == 1
        text = err.getvalue().removeprefix("error: ").removesuffix("\n")
    else:
        pytest.fail("it raised nothing")
    assert out.getvalue() == ""
    if isinstance(message, re.Pattern):
        assert message.fullmatch(text), text
    else:
        assert text == message
    assert "\n" not in text
    assert not re.search("[\ue000\ue001\u2063\ufdd0-\ufdda]", text)


@pytest.mark.parametrize(
    "name",
    ["wrong type", "resource of another stack", "unnamed condition", "circular reference", "sliced token"],
)
def test_bad_input_in_a_process_of_its_own(name: str, tmp_path: Path) -> None:
    ((program, message),) = [row[1:] for row in ROWS if row[0] == name]
    (tmp_path / "stack.py").write_text(f"{HEADER}{program}\nS().main()\n", encoding="utf-8")
    result = run_python("stack.py", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stdout == ""
    # What fails while the class body runs is an exception of the program, what fails in main one sentence.
    assert result.stderr.splitlines()[-1].partition(": ")[2] == message
    assert result.stderr.startswith(("error: ", "Traceback"))


WARNED = [
    ("coercible text", "sqs.Queue(delay_seconds='20')", "AWS::SQS::Queue.DelaySeconds: expected an integer, found the text '20', which CloudFormation converts"),
    ("enum", "lambda_.Function(code={}, role='r', package_type='Zipp')", "AWS::Lambda::Function.PackageType: expected one of 'Image', 'Zip', found 'Zipp'; did you mean 'Zip'?"),
    ("range", "sqs.Queue(delay_seconds=1000)", "AWS::SQS::Queue.DelaySeconds: expected at most 900, found 1000"),
    ("length", "lambda_.Function(code={}, role='r', description='x' * 257)", "AWS::Lambda::Function.Description: expected at most 256 characters, found 257"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), [row[1:] for row in WARNED], ids=[row[0] for row in WARNED])
def test_doubts_are_warnings_and_errors_when_strict(call: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "stack.py").write_text(f"{HEADER}class S(Stack):\n    x = {call}\nS().main()\n")
    result = run_python("stack.py", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stdout.startswith("AWSTemplateFormatVersion")
    assert f"stack.py:4: CatalogWarning: {message}\n" in result.stderr
    strict = run_python("-W", "ignore::UserWarning", "stack.py", "--strict", cwd=tmp_path)
    assert (strict.returncode, strict.stdout) == (1, "")
    assert strict.stderr == f"error: {message} (an error with --strict) (stack.py:4)\n"


# ---------------------------------------------------------------------------------------------
# The tree of errors


def exceptions() -> list[type[Any]]:
    return [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)
    ]


def test_every_error_is_of_one_family() -> None:
    for cls in exceptions():
        assert issubclass(cls, pf.PyformationError | UserWarning)
        assert cls.__doc__
        if cls.__name__ != "CatalogWarning":
            error = cls("what", path="A.B", origin=Origin("/x/y.py", 3))
            assert str(error) == "A.B: what (/x/y.py:3)"
            again = pickle.loads(pickle.dumps(error))
            assert (type(again), str(again), again.path, again.origin) == (
                cls,
                str(error),
                "A.B",
                Origin("/x/y.py", 3),
            )
            assert str(cls("what")) == "what"


def test_errors_are_also_pythons_own() -> None:
    for ours, theirs in (
        (pf.InvalidValueError, TypeError),
        (pf.UnknownPropertyError, TypeError),
        (pf.MissingPropertyError, TypeError),
        (pf.UnknownAttributeError, AttributeError),
        (pf.FrozenError, AttributeError),
        (pf.TokenError, ValueError),
        (pf.LogicalIdError, ValueError),
        (pf.UnresolvedReferenceError, LookupError),
        (pf.LimitError, ValueError),
        (pf.CatalogError, LookupError),
        (pf.DocumentError, ValueError),
    ):
        assert issubclass(ours, theirs)


def test_origins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inside, outside = Origin(str(tmp_path / "a" / "b.py"), 3), Origin("/elsewhere/b.py", 3)
    assert str(inside) == "a/b.py:3"
    assert str(outside) == "/elsewhere/b.py:3"
    assert inside == Origin(inside.file, 3)
    assert inside != outside
    assert {inside: 1}[Origin(inside.file, 3)] == 1
    assert pickle.loads(pickle.dumps(inside)) == inside


NEAREST = [
    ("queue_nme", ["queue_name", "tags"], "queue_name"),
    ("QueueName", ["queue_name", "queue"], "queue_name"),
    ("queuename", ["tags", "queue_name"], "queue_name"),
    ("QUEUE-NAME", ["queue_name"], "queue_name"),
    ("zzz", ["queue_name"], None),
    ("x", [], None),
    ("", ["a"], None),
]


@pytest.mark.parametrize(("name", "candidates", "expected"), NEAREST)
def test_the_nearest_name(name: str, candidates: list[str], expected: str | None) -> None:
    assert nearest(name, candidates) == expected
    assert did_you_mean(name, candidates) == ("" if expected is None else f"; did you mean {expected!r}?")


def test_what_messages_show_of_a_value() -> None:
    assert shown("x" * 100) == "'" + "x" * 56 + "..."
    assert shown(pf.Region) == "<Ref AWS::Region>"
    assert shown([f"a{pf.Region}b"]) == "['a{...}b']"
    assert shown({"a": pf.Region}) == "{'a': <Ref AWS::Region>}"


def test_the_line_of_a_long_call(tmp_path: Path) -> None:
    lines = ["from pyformation.aws import sqs", *["x = 1"] * 5000, "q = sqs.Queue(", "    queue_name=3,", ")"]
    path = tmp_path / "long.py"
    path.write_text("\n".join(lines))
    result = run_python(path, cwd=tmp_path)
    assert result.stderr.splitlines()[-1].endswith("(long.py:5002)")


def test_pyformations_own_frames_are_skipped(tmp_path: Path) -> None:
    # A user's own package that is called the same is the user's.
    (tmp_path / "my").mkdir()
    (tmp_path / "my" / "pyformation_stack.py").write_text(
        "from pyformation.aws import sqs\nsqs.Queue(queue_name=3)\n"
    )
    result = run_python("my/pyformation_stack.py", cwd=tmp_path)
    assert result.stderr.splitlines()[-1].endswith("(my/pyformation_stack.py:2)")


def test_a_traceback_goes_no_deeper_than_the_call(tmp_path: Path) -> None:
    (tmp_path / "stack.py").write_text(
        "from pyformation.aws import ec2\n"
        "ec2.Instance(block_device_mappings=[{'DeviceName': '/dev/sda', 'Ebs': {'Iops': 'big'}}])\n"
    )
    result = run_python("stack.py", cwd=tmp_path)
    assert result.returncode == 1
    places = [line for line in result.stderr.splitlines() if line.startswith("  File ")]
    assert len(places) == 2
    assert 'stack.py", line 2' in places[0]
    assert result.stderr.endswith(
        "AWS::EC2::Instance.BlockDeviceMappings[0].Ebs.Iops: expected an integer, found 'big' (stack.py:2)\n"
    )
