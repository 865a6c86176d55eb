"""Comments of a template in the program that it becomes: each once, where it was."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest
from converting import check_shape

from pyformation import PyformationError, document
from pyformation.conversion import convert
from pyformation.document.comments import comments

TEMPLATES = Path("/work/shared/data/templates")


def converted(text: str, style: str = "class") -> str:
    program = convert(document.parse(text, name="queues.yaml"), style=style, check=False).text  # type: ignore[arg-type]
    check_shape(program)
    return program


def comments_of(program: str) -> list[str]:
    """The comments of a Python program, as Python itself finds them."""
    tokens = tokenize.generate_tokens(io.StringIO(program).readline)
    return [token.string.lstrip("#| ").rstrip() for token in tokens if token.type == tokenize.COMMENT]


EVERYWHERE = """\
# top 1
# top 2
---
# behind the marker
AWSTemplateFormatVersion: "2010-09-09"  # beside the version
# above the description
Description: >-  # beside a folded text
  A stack # no comment
  of things
Metadata:  # beside Metadata
  # above a key
  Key: value  # beside a key
# above Parameters
Parameters:
  # above Stage
  Stage:  # beside Stage
    Type: String
    Default: "a # no comment"  # beside a default
    AllowedValues:
      # above an item
      - "a # no comment"  # beside an item
      - c
      # behind the items
Resources:
  # above Queue
  Queue:
    Type: AWS::SQS::Queue  # beside a type
    # above Properties
    Properties:
      # above a name
      QueueName: !Sub "${Stage}-q"  # beside a name
      Tags:
        - Key: a  # beside a key of an item
          # inside an item
          Value: b
        - {Key: c, Value: d}  # beside a flow mapping
        - {
            Key: e,  # in a flow mapping
            Value: f
          }  # behind a flow mapping
      # DelaySeconds: 5
    # at the end of Queue
  Role:
    Type: AWS::IAM::Role
    DependsOn: Queue  # beside DependsOn
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"  # beside a policy's version
        Statement:
          # above a statement
          - Effect: Allow  # beside an effect
            Principal:
              Service: lambda.amazonaws.com  # beside a principal
            Action: sts:AssumeRole
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Code:
        ZipFile: |  # beside a block
          # no comment
          print("x")  # no comment

        # behind a block
      Handler: index.handler
      Role: !GetAtt Role.Arn  # beside a reference
      Runtime: python3.13
Outputs:
  Url:
    Value: !Ref Queue  # beside a value
  Arn:
    Value: !GetAtt Queue.Arn
# at the end
...
# behind the last marker
"""
EXPECTED = '''\
"""The template queues.yaml as a program."""

from textwrap import dedent

from pyformation import Output, Parameter, Stack
from pyformation.aws import iam, lambda_, sqs


# top 1
# top 2
# behind the marker
# beside the version
# above the description
# beside a folded text
class QueuesStack(
    Stack,
    # beside Metadata
    metadata={
        # above a key
        "Key": "value",  # beside a key
    },
):
    """A stack # no comment of things"""

    # above Parameters
    # above Stage
    # beside Stage
    stage = Parameter(
        str,
        default="a # no comment",  # beside a default
        allowed_values=[
            # above an item
            "a # no comment",  # beside an item
            "c",
            # behind the items
        ],
    )

    # above Queue
    # beside a type
    # above Properties
    queue = sqs.Queue(
        # above a name
        queue_name=f"{stage}-q",  # beside a name
        tags=[
            sqs.Queue.Tag(
                key="a",  # beside a key of an item
                # inside an item
                value="b",
            ),
            sqs.Queue.Tag(key="c", value="d"),  # beside a flow mapping
            sqs.Queue.Tag(
                key="e",  # in a flow mapping
                value="f",  # behind a flow mapping
            ),
        ],
        # DelaySeconds: 5
    )
    # at the end of Queue

    role = iam.Role(
        # beside a policy's version
        assume_role_policy_document=iam.trust_policy(
            # above a statement
            # beside an effect
            # beside a principal
            "lambda.amazonaws.com",
        ),
        depends_on=queue,  # beside DependsOn
    )

    function = lambda_.Function(
        code=lambda_.Function.Code(
            # beside a block
            zip_file=dedent("""\\
                # no comment
                print("x")  # no comment
                """),
            # behind a block
        ),
        handler="index.handler",
        role=role.arn,  # beside a reference
        runtime="python3.13",
    )

    url = Output(
        queue,  # beside a value
    )

    arn = Output(queue.arn)
    # at the end
    # behind the last marker


if __name__ == "__main__":
    QueuesStack().main()
'''


def test_every_kind_of_place() -> None:
    assert converted(EVERYWHERE).splitlines() == EXPECTED.splitlines()


@pytest.mark.parametrize("style", ["class", "flat"])
def test_each_comment_is_there_once(style: str) -> None:
    written = re.findall(r"# ((?:(?!# ).)*)$", EVERYWHERE, re.MULTILINE)
    expected = sorted(each for each in written if not each.startswith("no comment"))
    assert sorted(comments_of(converted(EVERYWHERE, style))) == expected


@pytest.mark.skipif(not TEMPLATES.is_dir(), reason=f"{TEMPLATES} is not there")
@pytest.mark.parametrize("style", ["class", "flat"])
def test_no_comment_of_the_samples_is_lost(style: str) -> None:
    found = 0
    for path in sorted(TEMPLATES.rglob("*.y*ml")):
        try:
            read = document.read(path)
            program = convert(read, style=style, check=False).text  # type: ignore[arg-type]
        except PyformationError:
            continue
        wanted = sorted(re.sub(r"^[#| ]+", "", " ".join(c.text.split())) for c in comments(read))
        got = sorted(" ".join(each.split()) for each in comments_of(program))
        assert got == [each.rstrip() for each in wanted], path
        found += len(got)
    assert found > 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 'x # y'", []),
        ('a: "x\n  # y"', []),
        ("a: x#y", []),
        ("a: |\n  # y\nb: 1", []),
        ("a: >\n  # y\n\n  # z\n", []),
        ("a: plain\n  and # more", ["more"]),
        ("# one\r\na: 1 # two\r\n", ["one", "two"]),
        ("a: 1 # one\r", ["one"]),
        ("#\na: 1", [""]),
        ("#!shebang\na: 1", ["!shebang"]),
        ("a: [1, # one\n 2] # two", ["one", "two"]),
        ("? a # one\n: b # two\n", ["one", "two"]),
        ("a: !Sub # one\n  x\n", ["one"]),
        ("a: &x\n  b: 1 # one\nc: *x # two\n", ["one", "two"]),
        ("a: | # one\n  x\n", ["one"]),
        ("a: |2- # one\n   x\n", ["one"]),
        ("a: '' # one\n", ["one"]),
        ("a: # one\nb: # two\n", ["one", "two"]),
        ("%YAML 1.1\n# one\n---\na: 1\n", ["one"]),
        ("a: \ud7ff # one\n", ["one"]),
        ('{"a": 1} # one', ["one"]),
    ],
)
def test_what_is_a_comment(text: str, expected: list[str]) -> None:
    assert [each.text for each in comments(document.parse(text))] == expected


def test_json_has_none() -> None:
    assert comments(document.parse('{"a": "# b"}')) == []


def test_a_comment_in_what_an_alias_repeats_stays_where_it_was_written() -> None:
    text = """\
Resources:
  A:
    Type: AWS::SQS::Queue
    Properties: &both
      QueueName: x  # the name
  B:
    Type: AWS::SQS::Queue
    Properties: *both
"""
    assert [(each.path, each.place) for each in comments(document.parse(text))] == [
        (("Resources", "A", "Properties", "QueueName"), "beside")
    ]


@pytest.mark.parametrize(
    "comment",
    [
        "type: ignore",
        "type:ignore[all]",
        "# type: ignore",
        "pyright: basic",
        "noqa",
        "noqa: E501",
        "ruff: noqa",
        "fmt: off",
        "fmt: skip",
        "isort: skip_file",
        "mypy: ignore-errors",
        "-*- coding: latin-1 -*-",
        "coding: latin-1",
        "vim: set fileencoding=latin-1 :",
        "pylint: disable=all",
        "pragma: no cover",
        "!/usr/bin/python",
    ],
)
@pytest.mark.parametrize("style", ["class", "flat"])
def test_no_comment_means_anything_to_a_tool(comment: str, style: str) -> None:
    text = f"# {comment}\nResources:\n  # {comment}\n  A:\n    Type: AWS::SQS::Queue\n    Properties:\n"
    text += f"      QueueName: a  # {comment}\n"
    program = converted(text, style)
    for found in tokenize.generate_tokens(io.StringIO(program).readline):
        if found.type == tokenize.COMMENT:
            assert not re.match(
                r"#+\s*(type|pyright|noqa|ruff|fmt|isort|mypy|flake8|pylint|pragma|-\*-)", found.string
            ), found.string
    assert tokenize.detect_encoding(io.BytesIO(program.encode()).readline)[0] == "utf-8"


@pytest.mark.parametrize(
    "hidden", ["\x0c", "\x85", "\u2028", "\u2029", "\u202e", "\u2063", "\ue000", "\x7f", "\xa0", "\u200b"]
)
def test_nothing_hidden_leaves_a_comment(hidden: str) -> None:
    """White space of Python's and marks that turn a line around do not reach the program."""
    text = (
        f"Resources:\n  # one {hidden}import os\n  A: {{Type: 'AWS::SQS::Queue'}} # two {hidden}import os\n"
    )
    try:
        program = converted(text)
    except PyformationError as error:
        assert "not allowed in YAML" in str(error) or "not YAML" in str(error)
        return
    assert "import os" in program
    check_shape(program)
