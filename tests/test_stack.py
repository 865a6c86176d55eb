"""Stacks and components: names, references, tags, and `main` as a user runs it."""

from __future__ import annotations

import ast
import copy
import gc
import inspect
import json
import os
import pickle
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, run_python

import pyformation
from pyformation import (
    Component,
    Equals,
    ForEach,
    GetAtt,
    If,
    ImportValue,
    Interface,
    InvalidValueError,
    LogicalIdError,
    Mapping,
    Output,
    Parameter,
    RawElement,
    Ref,
    Region,
    Resource,
    Rule,
    Stack,
    StackName,
    Template,
    TemplateError,
    UnresolvedReferenceError,
)
from pyformation.aws import events, s3, sns, sqs, ssm
from pyformation.document import parse
from pyformation.names import item_name, pascal_case, snake_case
from pyformation.prediction import diff
from pyformation.reports.json import from_json, to_json
from pyformation.reports.text import text
from pyformation.sources import loaded
from pyformation.values import Contains


def names(stack: Stack) -> list[str]:
    return list(stack.template.resources)


def line(offset: int = 0) -> int:
    return inspect.currentframe().f_back.f_lineno + offset  # type: ignore[union-attr]


# ---------------------------------------------------------------------------------------------
# Names

NAMES = [
    ("api_v2_role", "ApiV2Role"),
    ("MyEC2Instance", "MyEC2Instance"),
    ("queue", "Queue"),
    ("queue_", "Queue"),
    ("a__b", "AB"),
    ("a_1", "A1"),
    ("httpAPI", "HttpAPI"),
    ("x", "X"),
    ("vpc_2a", "Vpc2a"),
    ("UPPER_CASE", "UPPERCASE"),
]


@pytest.mark.parametrize(("attribute", "logical_id"), NAMES)
def test_the_rule_of_names(attribute: str, logical_id: str) -> None:
    assert pascal_case(attribute) == logical_id
    cls = type("S", (Stack,), {attribute: sqs.Queue()})
    assert names(cls()) == [logical_id]


SNAKES = [
    ("MultiAZ", "multi_az"), ("DBInstanceClass", "db_instance_class"), ("VPCId", "vpc_id"), ("Arn", "arn"), ("IPv6Native", "ipv6_native"),
    ("EbsOptimized", "ebs_optimized"), ("VpcIds", "vpc_ids"), ("And", "and_"), ("From", "from_"), ("S3Bucket", "s3_bucket"),
    ("KMSKeyArn", "kms_key_arn"), ("Endpoint.Address", "endpoint_address"), ("maxReceiveCount", "max_receive_count"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "python"), SNAKES)
def test_python_names_of_properties(name: str, python: str) -> None:
    assert snake_case(name) == python


def test_lists_dicts_and_what_is_in_them() -> None:
    class S(Stack):
        queues = [sqs.Queue(), sqs.Queue()]  # noqa: RUF012
        by_region = {  # noqa: RUF012
            "eu-west-1": sqs.Queue(),
            "us_east": [sqs.Queue(), (sqs.Queue(),)],
            3: {"a.b": sqs.Queue()},
        }
        others = [1, "x", None, {"a": 2}]  # noqa: RUF012
        outs = {"A": Output("x")}  # noqa: RUF012

        def __init__(self) -> None:
            self.made = [sqs.Queue(queue_name=f"q{i}") for i in range(2)]
            self.empty: list[Any] = []

    stack = S()
    assert names(stack) == [
        "Queues0", "Queues1", "ByRegionEuWest1", "ByRegionUsEast0", "ByRegionUsEast10", "ByRegion3AB", "Made0", "Made1",
    ]  # fmt: skip
    assert list(stack.template.outputs) == ["OutsA"]
    assert item_name("qs", "eu-west-1") == "qs_eu_west_1"


def test_a_set_has_no_names() -> None:
    for value in ({sqs.Queue()}, frozenset([sqs.Queue()]), {"a": sqs.Queue()}.values()):

        class S(Stack):
            queues = value

        with pytest.raises(
            InvalidValueError,
            match=r"'queues' is a \w+, whose elements would have no names; use a list or a dict",
        ):
            S().template  # noqa: B018


def test_what_is_skipped() -> None:
    class S(Stack):
        _private = sqs.Queue()
        __mangled = sqs.Queue()
        number = 3
        text = "x"
        expression = Region
        kind = sqs.Queue
        queue = sqs.Queue()

        def method(self) -> int:
            return 3

        @property
        def computed(self) -> Resource:
            return self.queue

        @staticmethod
        def helper() -> None: ...

        class Inner:
            queue = sqs.Queue()

    assert names(S()) == ["Queue"]


def test_every_kind_of_element() -> None:
    class S(Stack):
        stage = Parameter(str, default="a")
        is_a = Equals(stage, "a")
        both = is_a & Equals(Region, "x")
        table = Mapping({"a": {"b": "c"}})
        check = Rule(Contains(["a"], stage))
        interface = Interface({"G": [stage]})
        queue = sqs.Queue(queue_name=If(is_a, stage, table.find("a", "b")))
        loop = ForEach("N", ["x"], lambda n: {f"Q{n}": sqs.Queue()})
        out = Output(queue.arn)

    document = S().template.to_dict()
    assert list(document) == ["AWSTemplateFormatVersion", "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Transform", "Resources", "Outputs"]  # fmt: skip
    assert list(document["Conditions"]) == ["IsA", "Both"]
    assert list(document["Resources"]) == ["Queue", "Fn::ForEach::Loop"]


def test_the_docstring_is_the_description() -> None:
    class One(Stack):
        """First line."""

    class Two(One):
        """First line.

        More of it,
          indented.
        """

    class Three(Two): ...

    class Four(Stack): ...

    class Five(Three, description="Other"): ...

    assert One().template.description == "First line."
    assert (
        Two().template.description
        == Three().template.description
        == "First line.\n\nMore of it,\n  indented."
    )
    assert Four().template.description is None
    assert Five().template.description == "Other"


# ---------------------------------------------------------------------------------------------
# Collisions


def test_collisions_name_both_lines() -> None:
    class S(Stack):
        a_b = sqs.Queue()
        aB = sqs.Queue()  # noqa: N815

    first, second = line(-3), line(-2)
    with pytest.raises(LogicalIdError) as caught:
        S().template  # noqa: B018
    place = "tests/test_stack.py" if Path.cwd() == ROOT else __file__
    assert str(caught.value) == (
        f"the logical ID 'AB' is taken by the element declared at {place}:{first}; give one of them logical_id= ({place}:{second})"
    )


def test_parameters_and_resources_share_their_names() -> None:
    class S(Stack):
        thing = Parameter(str)
        Thing = sqs.Queue()

    with pytest.raises(LogicalIdError, match="'Thing' is taken"):
        S().template  # noqa: B018

    class T(Stack):
        thing = Output("x")
        Thing = sqs.Queue()

    assert set(T().template.to_dict()) >= {"Resources", "Outputs"}


@pytest.mark.parametrize(("attribute", "problem"), [("größe", "may hold only the letters A to Z, a to z and digits"), ("a" * 256, "is 256 characters long, over the limit of 255"), ("名", "may hold only")])  # fmt: skip
def test_names_that_cloudformation_refuses(attribute: str, problem: str) -> None:
    with pytest.raises(LogicalIdError, match=f"the logical ID '{pascal_case(attribute)}' {problem}"):
        type("S", (Stack,), {attribute: sqs.Queue()})().template  # noqa: B018


def test_logical_id_helps() -> None:
    class S(Stack):
        größe = sqs.Queue(logical_id="Groesse")
        a_b = sqs.Queue()
        aB = sqs.Queue(logical_id="Other", queue_name=a_b)  # noqa: N815

    assert names(S()) == ["Groesse", "AB", "Other"]


def test_one_object_under_two_names() -> None:
    class S(Stack):
        one = sqs.Queue()
        two = one

    place = line(-3)
    with pytest.raises(TemplateError) as caught:
        S().template  # noqa: B018
    assert str(caught.value).startswith(
        "one element has two attributes, 'one' and 'two'; give the second a leading underscore, or make two elements ("
    )
    assert str(caught.value).endswith(f"test_stack.py:{place})")

    class T(Stack):
        one = sqs.Queue()
        _two = one
        all = [one]  # noqa: RUF012

    with pytest.raises(TemplateError, match="'one' and 'all_0'"):
        T().template  # noqa: B018


# ---------------------------------------------------------------------------------------------
# Overriding, instances


class Base(Stack):
    queue = sqs.Queue()
    policy = sqs.QueuePolicy(policy_document={"r": queue.arn, "t": f"{queue}/x"}, queues=[queue])


class InSubclass(Base):
    queue = sqs.Queue(queue_name="sub")
    more = sqs.Queue(queue_name=queue)


class InInit(Base):
    def __init__(self, name: str) -> None:
        self.queue = sqs.Queue(queue_name=name)
        self.last = Output(self.queue.arn)


class InBoth(InSubclass):
    def __init__(self) -> None:
        self.queue = sqs.Queue(queue_name="both")


@pytest.mark.parametrize(
    ("stack", "name", "order"),
    [
        (lambda: InSubclass(), "sub", ["Queue", "Policy", "More"]),
        (lambda: InInit("init"), "init", ["Queue", "Policy"]),
        (lambda: InBoth(), "both", ["Queue", "Policy", "More"]),
    ],
)
def test_an_overridden_attribute_keeps_its_name_and_its_references(
    stack: Any, name: str, order: list[str]
) -> None:
    document = stack().template.to_dict()
    assert list(document["Resources"]) == order
    assert document["Resources"]["Queue"]["Properties"] == {"QueueName": name}
    assert document["Resources"]["Policy"]["Properties"] == {
        "PolicyDocument": {"r": {"Fn::GetAtt": ["Queue", "Arn"]}, "t": {"Fn::Sub": "${Queue}/x"}},
        "Queues": [{"Ref": "Queue"}],
    }
    if "More" in order:
        assert document["Resources"]["More"]["Properties"] == {"QueueName": {"Ref": "Queue"}}


def test_overriding_a_parameter_or_a_condition() -> None:
    class S(Stack):
        stage = Parameter(str)
        is_prod = Equals(stage, "prod")
        queue = sqs.Queue(queue_name=If(is_prod, stage, "x"), condition=is_prod)

    class T(S):
        stage = Parameter(str, default="dev")
        is_prod = Equals(stage, "production")

    document = T().template.to_dict()
    assert document["Parameters"] == {"Stage": {"Type": "String", "Default": "dev"}}
    assert document["Conditions"] == {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "production"]}}
    assert document["Resources"]["Queue"]["Properties"]["QueueName"] == {
        "Fn::If": ["IsProd", {"Ref": "Stage"}, "x"]
    }
    assert list(S().template.to_dict()["Conditions"]) == ["IsProd"]


class AssignsTwice(Stack):
    def __init__(self) -> None:
        self.queue = sqs.Queue()
        self.queues = [sqs.Queue()]
        self.out = Output([self.queue.arn, self.queues[0].arn])
        self.queue = self.queue.evolve(queue_name="second")


class AssignsAgain(AssignsTwice):
    def __init__(self) -> None:
        super().__init__()
        self.queue = sqs.Queue(queue_name="third")
        self.queues = [sqs.Queue(queue_name="other")]


@pytest.mark.parametrize(("cls", "name"), [(AssignsTwice, "second"), (AssignsAgain, "third")])
def test_an_attribute_assigned_again_keeps_its_references(cls: Any, name: str) -> None:
    document = cls().template.to_dict()
    assert document["Resources"]["Queue"]["Properties"] == {"QueueName": name}
    assert document["Outputs"]["Out"]["Value"] == [
        {"Fn::GetAtt": ["Queue", "Arn"]},
        {"Fn::GetAtt": ["Queues0", "Arn"]},
    ]
    assert pickle.loads(pickle.dumps(cls().template)).to_dict() == document


# Class bodies and __init__s that lose an element: the indented statements, and what is lost, at which line of them.
LOST_IN_A_BODY = {
    "a loop": ("for n in 'ab':\n    queue = sqs.Queue(queue_name=n)", "AWS::SQS::Queue", 2, 2),
    "twice": ("queue = sqs.Queue()\n\nqueue = sqs.Queue()", "AWS::SQS::Queue", 1, 3),
    "twice of two kinds": ("queue = sqs.Queue()\nqueue = s3.Bucket()", "AWS::SQS::Queue", 1, 2),
    "in an if": ("queue = sqs.Queue()\nif True:\n    queue = sqs.Queue()", "AWS::SQS::Queue", 1, 3),
    "though it is referred to": ("queue = sqs.Queue()\nout = Output(queue)\nqueue = sqs.Queue()", "AWS::SQS::Queue", 1, 3),
    "by its own value": ("queue = sqs.Queue()\nqueue = queue.arn", "AWS::SQS::Queue", 1, 2),
    "three": ("queue = sqs.Queue()\nqueue = queue.evolve()\nqueue = sqs.Queue()", "AWS::SQS::Queue", 1, 3),
    "an evolved sibling": ("_base = sqs.Queue()\nfor n in 'ab':\n    queue = _base.evolve(queue_name=n)", "AWS::SQS::Queue", 1, 3),
    "a parameter": ("stage = Parameter(str)\nstage = Parameter(int)", "the parameter", 1, 2),
    "an output": ("for n in 'ab':\n    out = Output(n)", "Output", 2, 2),
    "a mapping": ("m = Mapping({'a': {'b': 'c'}})\nm = Mapping({'a': {'b': 'd'}})", "Mapping", 1, 2),
    "a component": ("for n in 'ab':\n    part = Part()", "the component Part", 2, 2),
    "a condition": ("stage = Parameter(str)\nfor n in 'ab':\n    is_n = Equals(stage, n)", "the condition", None, 3),
    "a list": ("queues = [sqs.Queue()]\nqueues = [sqs.Queue()]", "AWS::SQS::Queue", 1, 2),
    "one of a list": ("queues = [sqs.Queue(), sqs.Queue()]\nqueues = [queues[0], sqs.Queue()]", "AWS::SQS::Queue", 1, 2),
    "a dictionary": ("queues = {'a': sqs.Queue()}\nqueues = {'b': sqs.Queue()}", "AWS::SQS::Queue", 1, 2),
    "a loop variable": ("for queue in (sqs.Queue(), sqs.Queue()):\n    pass", "AWS::SQS::Queue", 1, 1),
    "through a helper": ("for n in 'ab':\n    queue = named(n)", "AWS::SQS::Queue", None, 2),
}  # fmt: skip
KEPT_IN_A_BODY = {
    "evolved": "queue = sqs.Queue()\nqueue = queue.evolve(queue_name='x')",
    "evolved in steps": "queue = sqs.Queue()\nfor n in 'abc':\n    queue = queue.evolve(queue_name=n).evolve(delay_seconds=1)",
    "any resource evolved": "thing = AnyResource('Custom::A', {})\nthing = thing.evolve(properties={'B': 1})",
    "copied": "queue = sqs.Queue()\nqueue = copy.copy(queue)",
    "deleted": "queue = sqs.Queue()\ndel queue\nqueue = sqs.Queue()",
    "removed": "queue = sqs.Queue()\nqueue = None\nqueue = sqs.Queue()",
    "in a list": "queues = []\nfor n in 'ab':\n    queue = sqs.Queue()\n    queues.append(queue)\ndel queue",
    "in a dictionary later": "a = sqs.Queue()\nold, a = a, sqs.Queue()\nqueues = {'old': [old]}\ndel old",
    "in a list of its own name": "queues = [sqs.Queue()]\nqueues = [*queues, sqs.Queue()]",
    "under another name": "queue = sqs.Queue()\nfirst = queue\nqueue = sqs.Queue()",
    "under a private name": "queue = sqs.Queue()\n_first = queue\nqueue = sqs.Queue()",
    "in a component": "queue = sqs.Queue()\npart = Holder(queue)\nqueue = sqs.Queue()",
    "in a loop of the template": "topic = sqs.Queue()\nloop = ForEach('N', ['a'], {'Q${N}': topic})\ntopic = sqs.Queue()",
    "a component in a component": "part = Part()\npart = Holder(part)",
    "a list of evolved": "queues = [sqs.Queue(), sqs.Queue()]\nqueues = [q.evolve(delay_seconds=1) for q in queues]",
    "a part of a condition": "stage = Parameter(str)\nis_it = Equals(stage, 'a')\nis_it = is_it | Equals(stage, 'b')",
    "private": "for n in 'ab':\n    _queue = sqs.Queue()",
    "no element": "name = 'a'\nname = sqs.Queue(queue_name=name)",
    "one turn": "for n in 'a':\n    queue = sqs.Queue()",
    "one of two branches": "if True:\n    queue = sqs.Queue()\nelse:\n    queue = s3.Bucket()",
    "the same again": "queue = sqs.Queue()\nqueue = queue",
}  # fmt: skip
BODY = """import copy
from pyformation import *
from pyformation.aws import s3, sqs

class Part(Component):
    inner = sqs.Queue()

class Holder(Component):
    def __init__(self, held):
        self.held = held

def named(name):
    return sqs.Queue(queue_name=name)

"""
PLACES = {
    "a stack's body": "class S(Stack):\n",
    "a component's body": "class S(Component):\n",
    "a stack's __init__": "class S(Stack):\n  def __init__(self):\n",
    "a component's __init__": "class S(Component):\n  def __init__(self):\n",
}


def declared(place: str, statements: str) -> tuple[str, int]:
    """A program that has some statements in a class body or an __init__, and the line before the first of them."""
    head = PLACES[place]
    if "__init__" in head:
        # All names but those of loops and helpers are attributes there.
        found = {n.id for n in ast.walk(ast.parse(statements)) if isinstance(n, ast.Name)} - {"n", "q"}
        own = {name for name in found if name not in dir(pyformation) and name not in GLOBAL_NAMES}
        for name in own:
            statements = re.sub(rf"(?<![\w.'$]){name}\b(?!=)", f"self.{name}", statements)
    inside = "    " + statements.replace("\n", "\n    ")
    end = "\nclass Outer(Stack):\n    s = S()\n" if "Component" in head else ""
    last = "Outer" if end else "S"
    return f"{BODY}{head}{inside}\n{end}\n{last}().template.to_dict()\n", BODY.count("\n") + head.count("\n")


GLOBAL_NAMES = ("copy", "s3", "sqs", "Part", "Holder", "named", "str", "int", "True")


def run_text(text: str) -> None:
    exec(compile(text, "stack.py", "exec"), {"__name__": __name__})


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("row", LOST_IN_A_BODY)
def test_an_element_that_its_name_loses_is_an_error(place: str, row: str) -> None:
    statements, what, first, second = LOST_IN_A_BODY[row]
    text, before = declared(place, statements)
    with pytest.raises(TemplateError, match="is assigned twice, so") as caught:
        run_text(text)
    message = str(caught.value)
    assert message.startswith("S") and f" so {what}" in message
    assert (
        first is None
        or f"declared at stack.py:{before + first}" in message
        or f"(stack.py:{before + first})" in message
    )
    assert message.endswith(f"(stack.py:{before + second})")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("row", KEPT_IN_A_BODY)
def test_an_element_that_is_not_lost_may_be_assigned_again(place: str, row: str) -> None:
    try:
        run_text(declared(place, KEPT_IN_A_BODY[row])[0])
    except TemplateError as error:
        # Two names of one element, or none, are another matter.
        assert "is assigned twice" not in str(error), error


# Classes that override what others gave.
OVERRIDING = {
    "a base class's body": "class B(S):\n    queue = sqs.Queue()",
    "a base class's body in __init__": "class B(S):\n    def __init__(self):\n        self.queue = sqs.Queue()",
    "the class body in __init__": "class B(Stack):\n    queue = sqs.Queue()\n    def __init__(self):\n        self.queue = sqs.Queue()",
    "a base class's __init__": "class B(T):\n    def __init__(self):\n        super().__init__()\n        self.queue = sqs.Queue()",
    "a base class's base's": "class M(T):\n    def __init__(self):\n        super().__init__()\nclass B(M):\n    def __init__(self):\n        super().__init__()\n        self.queue = sqs.Queue()",
    "in each of three": "class M(T):\n    def __init__(self):\n        super().__init__()\n        self.queue = sqs.Queue()\nclass B(M):\n    def __init__(self):\n        super().__init__()\n        self.queue = sqs.Queue()",
    "from outside": "def B():\n    b = T()\n    b.queue = sqs.Queue()\n    return b",
    "a dataclass's field": "@dataclass\nclass D(Stack):\n    queue: object\nclass B(D):\n    def __init__(self):\n        super().__init__(sqs.Queue())\n        self.queue = sqs.Queue()",
    "with an abstract base": "class A(Stack, abc.ABC):\n    def __init__(self):\n        self.queue = sqs.Queue()\n    @abc.abstractmethod\n    def more(self): ...\nclass B(A):\n    def more(self): ...",
}  # fmt: skip
HEAD_OF_OVERRIDING = (
    "import abc\nfrom dataclasses import dataclass\n"
    + BODY
    + "class S(Stack):\n    queue = sqs.Queue()\nclass T(Stack):\n    def __init__(self):\n        self.queue = sqs.Queue()\n"
)
NOT_OVERRIDING = {
    "twice behind a base class": "class B(T):\n    def __init__(self):\n        super().__init__()\n        self.queue = sqs.Queue()\n        self.queue = sqs.Queue()",
    "before a base class": "class B(T):\n    def __init__(self):\n        self.queue = sqs.Queue()\n        super().__init__()",
    "in a method that __init__ calls": "class B(Stack):\n    def __init__(self):\n        for n in 'ab':\n            self.add(n)\n    def add(self, n):\n        self.queue = sqs.Queue(queue_name=n)",
    "by setattr": "class B(Stack):\n    def __init__(self):\n        for n in 'ab':\n            setattr(self, 'queue', named(n))",
    "twice from outside": "def B():\n    b = T()\n    for n in 'ab':\n        b.queue = sqs.Queue()\n    return b",
    "in a nested component": "class P(Component):\n    def __init__(self):\n        for n in 'ab':\n            self.queue = named(n)\nclass Q(Component):\n    def __init__(self):\n        self.p = P()\nclass B(Stack):\n    q = Q()",
}  # fmt: skip


@pytest.mark.parametrize("row", OVERRIDING)
def test_a_derived_class_may_override(row: str) -> None:
    run_text(
        f"{HEAD_OF_OVERRIDING}{OVERRIDING[row]}\nassert 'Queue' in B().template.to_dict()['Resources']\n"
    )


@pytest.mark.parametrize("bases", ["Stack, abc.ABC", "Stack, metaclass=abc.ABCMeta", "Component, abc.ABC"])
def test_stacks_and_components_may_be_abstract(bases: str) -> None:
    text = f"{HEAD_OF_OVERRIDING}class A({bases}):\n    @abc.abstractmethod\n    def more(self): ...\n"
    with pytest.raises(TypeError, match="abstract"):
        run_text(f"{text}A()\n")
    run_text(f"{text}class B(A):\n    def more(self): ...\nassert isinstance(B(), A) and issubclass(B, A)\n")


@pytest.mark.parametrize("row", NOT_OVERRIDING)
def test_one_init_may_not_override_itself(row: str) -> None:
    with pytest.raises(TemplateError, match="queue is assigned twice"):
        run_text(f"{HEAD_OF_OVERRIDING}{NOT_OVERRIDING[row]}\nB().template.to_dict()\n")


def test_components_assign_again_too() -> None:
    class Part(Component):
        queue = sqs.Queue()
        policy = sqs.QueuePolicy(policy_document={}, queues=[queue])

        def __init__(self) -> None:
            self.first = Output(self.queue.arn)
            self.queue = sqs.Queue(queue_name="second")
            self.second = Output(self.queue.arn)

    class Outer(Component):
        part = Part()
        third = Output(part.queue.arn)

    class S(Stack):
        a = Part()
        b = Outer()

    document = S().template.to_dict()
    for prefix in ("A", "BPart"):
        assert document["Resources"][f"{prefix}Queue"]["Properties"] == {"QueueName": "second"}
        assert document["Resources"][f"{prefix}Policy"]["Properties"]["Queues"] == [{"Ref": f"{prefix}Queue"}]
        for output in ("First", "Second"):
            assert document["Outputs"][f"{prefix}{output}"]["Value"] == {
                "Fn::GetAtt": [f"{prefix}Queue", "Arn"]
            }
    assert document["Outputs"]["BThird"]["Value"] == {"Fn::GetAtt": ["BPartQueue", "Arn"]}


def test_each_component_groups_its_own_parameters() -> None:
    class Part(Component):
        stage = Parameter(str)
        interface = Interface({"Group": [stage]}, labels={stage: "Which?"})

    class S(Stack):
        a = Part()
        b = Part()

    class Alone(Component):
        interface = Interface({"Nothing": []})

    class T(Stack):
        alone = Alone()

    assert pickle.loads(pickle.dumps(T().template)).to_dict() == T().template.to_dict()
    template = S().template
    assert template.to_dict()["Metadata"]["AWS::CloudFormation::Interface"] == {
        "ParameterGroups": [{"Label": {"default": "Group"}, "Parameters": [f"{p}Stage"]} for p in "AB"],
        "ParameterLabels": {f"{p}Stage": {"default": "Which?"} for p in "AB"},
    }
    assert pickle.loads(pickle.dumps(template)).to_dict() == template.to_dict()


def test_removing_an_attribute() -> None:
    class S(Base):
        policy = None

    assert names(S()) == ["Queue"]

    class T(Base):
        queue = None

    with pytest.raises(UnresolvedReferenceError, match="is used here but is not in the stack T"):
        T().template.to_dict()


def test_overriding_lists_by_their_place() -> None:
    class S(Stack):
        queues = [sqs.Queue(), sqs.Queue()]  # noqa: RUF012
        out = Output([queues[0].arn, queues[1].arn])

    class T(S):
        queues = [sqs.Queue(queue_name="a"), sqs.Queue(queue_name="b")]  # noqa: RUF012

    assert T().template.to_dict()["Outputs"]["Out"]["Value"] == [
        {"Fn::GetAtt": [f"Queues{i}", "Arn"]} for i in (0, 1)
    ]


def test_instances_share_the_class_body_and_nothing_else() -> None:
    one, two = InInit("one"), InInit("two")
    assert one.template.to_dict()["Resources"]["Queue"]["Properties"] == {"QueueName": "one"}
    assert two.template.to_dict()["Resources"]["Queue"]["Properties"] == {"QueueName": "two"}
    assert one.template["Policy"] is two.template["Policy"]
    assert one.template is one.template
    one.template["Policy"] = one.template["Policy"].evolve(queues=["x"])
    assert two.template.to_dict()["Resources"]["Policy"]["Properties"]["Queues"] == [{"Ref": "Queue"}]


def test_a_parametrised_stack_with_a_loop() -> None:
    class S(Stack):
        def __init__(self, count: int) -> None:
            super().__init__(description=f"{count} queues", tags={"n": str(count)})
            self.queues = {f"q{i}": sqs.Queue() for i in range(count)}
            self.out = Output([queue.arn for queue in self.queues.values()])

    document = S(2).template.to_dict()
    assert document["Description"] == "2 queues"
    assert document["Resources"]["QueuesQ1"]["Properties"] == {"Tags": [{"Key": "n", "Value": "2"}]}
    assert len(S(3).template.to_dict()["Outputs"]["Out"]["Value"]) == 3


def test_inheritance_from_two() -> None:
    class A(Stack):
        a = sqs.Queue()
        both = sqs.Queue(queue_name="a")

    class B(Stack):
        b = sqs.Queue()
        both = sqs.Queue(queue_name="b")

    class C(A, B):
        c = sqs.Queue()

    document = C().template.to_dict()
    assert set(document["Resources"]) == {"A", "B", "C", "Both"}
    assert document["Resources"]["Both"]["Properties"] == {"QueueName": "a"}


def test_options() -> None:
    class S(
        Stack,
        tags={"a": "b"},
        transform="Macro",
        metadata={"x": 1},
        globals={"Function": {}},
        limits=False,
        description="d",
    ):
        queue = sqs.Queue()

    document = S().template.to_dict()
    assert document["Transform"] == "Macro"
    assert document["Metadata"] == {"x": 1}
    assert document["Description"] == "d"
    assert document["Resources"]["Queue"]["Properties"]["Tags"] == [{"Key": "a", "Value": "b"}]

    class T(S, transform=None):
        pass

    assert "Transform" not in T().template.to_dict()
    for wrong in (lambda: S(tagz={}), lambda: type("X", (Stack,), {}, tagz={})):
        with pytest.raises(InvalidValueError, match=r"takes no keyword 'tagz'; did you mean 'tags'\?"):
            wrong()


def test_only_main_and_template_are_taken() -> None:
    class S(Stack):
        name = Parameter(str)
        tags = sqs.Queue()
        parameters = sqs.Queue()
        resources = sqs.Queue()
        description = sqs.Queue()
        metadata = Output("x")
        to_yaml = sqs.Queue()
        add = sqs.Queue()

    assert names(S()) == ["Tags", "Parameters", "Resources", "Description", "ToYaml", "Add"]
    for taken in ("main", "template"):
        with pytest.raises(TemplateError, match=f"S.{taken} hides the stack's own '{taken}'"):
            type("S", (Stack,), {taken: sqs.Queue()})()._build()
        with pytest.raises(TemplateError, match=f"'{taken}' is the stack's own name"):
            setattr(S(), taken, sqs.Queue())


def test_assigning_too_late() -> None:
    stack = InSubclass()
    stack.template  # noqa: B018
    with pytest.raises(
        TemplateError,
        match=r"'late' is assigned after the template was made; assign it in __init__, or change stack\.template \(.*test_stack\.py",
    ):
        stack.late = sqs.Queue()
    stack._fine = 3
    stack.template.add("Late", sqs.Queue())
    assert "Late" in stack.template


class Travelling(Stack):
    def __init__(self, name: str = "x") -> None:
        self.queue = sqs.Queue(queue_name=name)
        self.part = Api("p")
        self.out = Output(self.part.queue.arn)


# ---------------------------------------------------------------------------------------------
# Components


class Api(Component):
    queue = sqs.Queue()
    policy = sqs.QueuePolicy(policy_document={"r": queue.arn, "s": f"{queue}"}, queues=[queue])

    def __init__(self, name: str = "") -> None:
        self.bucket = s3.Bucket(bucket_name=f"{name}-{self.queue}")
        self.dead = [sqs.Queue(queue_name=self.queue.arn)]


def test_components_are_prefixed() -> None:
    class S(Stack):
        api = Api("one")
        out = Output([api.queue.arn, api.bucket, api.dead[0]])

    document = S().template.to_dict()
    assert list(document["Resources"]) == ["ApiQueue", "ApiPolicy", "ApiBucket", "ApiDead0"]
    assert document["Resources"]["ApiPolicy"]["Properties"] == {
        "PolicyDocument": {"r": {"Fn::GetAtt": ["ApiQueue", "Arn"]}, "s": {"Ref": "ApiQueue"}},
        "Queues": [{"Ref": "ApiQueue"}],
    }
    assert document["Resources"]["ApiBucket"]["Properties"] == {"BucketName": {"Fn::Sub": "one-${ApiQueue}"}}
    assert document["Outputs"]["Out"]["Value"] == [
        {"Fn::GetAtt": ["ApiQueue", "Arn"]},
        {"Ref": "ApiBucket"},
        {"Ref": "ApiDead0"},
    ]


def test_a_component_twice_and_in_a_loop() -> None:
    class S(Stack):
        one = Api("one")
        two = Api("two")

        def __init__(self) -> None:
            self.parts = {name: Api(name) for name in ("x", "y")}
            self.out = Output([part.queue.arn for part in self.parts.values()])

    document = S().template.to_dict()
    for prefix in ("One", "Two", "PartsX", "PartsY"):
        assert document["Resources"][f"{prefix}Policy"]["Properties"]["Queues"] == [{"Ref": f"{prefix}Queue"}]
        assert document["Resources"][f"{prefix}Dead0"]["Properties"] == {
            "QueueName": {"Fn::GetAtt": [f"{prefix}Queue", "Arn"]}
        }
    assert len(document["Resources"]) == 16
    assert document["Outputs"]["Out"]["Value"] == [{"Fn::GetAtt": [f"Parts{n}Queue", "Arn"]} for n in "XY"]


def test_one_component_in_two_stacks() -> None:
    shared = Api("shared")

    class S(Stack):
        a = shared

    class T(Stack):
        b = shared
        out = Output(shared.queue)

    assert names(S()) == ["AQueue", "APolicy", "ABucket", "ADead0"]
    assert T().template.to_dict()["Outputs"]["Out"]["Value"] == {"Ref": "BQueue"}
    assert S().template.to_dict()["Resources"]["APolicy"]["Properties"]["Queues"] == [{"Ref": "AQueue"}]


def test_one_component_under_two_names_is_an_error() -> None:
    class S(Stack):
        a = Api()
        b = a

    with pytest.raises(TemplateError, match="one element has two attributes, 'a' and 'b'"):
        S().template  # noqa: B018


class Outer(Component):
    first = Api("1")
    second = Api("2")
    joined = Output(first.queue.arn)
    table = Mapping({"a": {"b": "c"}})
    looked_up = sqs.Queue(queue_name=table.find("a", "b"), depends_on=second.bucket)


class Outermost(Component):
    left = Outer()
    right = Outer()
    inside = sqs.Queue(queue_name=left.first.queue)


def test_components_nested_twice() -> None:
    class S(Stack):
        x = Outermost()
        y = Outermost()
        out = Output(y.right.second.queue.arn)

    document = S().template.to_dict()
    resources, outputs = document["Resources"], document["Outputs"]
    assert outputs["Out"]["Value"] == {"Fn::GetAtt": ["YRightSecondQueue", "Arn"]}
    assert len(resources) == 2 * (2 * 9 + 1)
    for outer in ("X", "Y"):
        assert resources[f"{outer}Inside"]["Properties"] == {"QueueName": {"Ref": f"{outer}LeftFirstQueue"}}
        for side in ("Left", "Right"):
            prefix = f"{outer}{side}"
            assert outputs[f"{prefix}Joined"]["Value"] == {"Fn::GetAtt": [f"{prefix}FirstQueue", "Arn"]}
            assert resources[f"{prefix}LookedUp"]["Properties"] == {
                "QueueName": {"Fn::FindInMap": [f"{prefix}Table", "a", "b"]}
            }
            assert resources[f"{prefix}LookedUp"]["DependsOn"] == f"{prefix}SecondBucket"
            for part in ("First", "Second"):
                assert resources[f"{prefix}{part}Policy"]["Properties"]["Queues"] == [
                    {"Ref": f"{prefix}{part}Queue"}
                ]


def test_conditions_and_parameters_in_components() -> None:
    class Part(Component):
        stage = Parameter(str)
        is_prod = Equals(stage, "prod")
        queue = sqs.Queue(condition=is_prod, queue_name=If(~is_prod, stage, "x"))

    class S(Stack):
        a = Part()
        b = Part()

    document = S().template.to_dict()
    for prefix in ("A", "B"):
        assert document["Resources"][f"{prefix}Queue"]["Condition"] == f"{prefix}IsProd"
        assert document["Conditions"][f"{prefix}IsProd"] == {
            "Fn::Equals": [{"Ref": f"{prefix}Stage"}, "prod"]
        }
        assert document["Conditions"][f"Not{prefix}IsProd"] == {"Fn::Not": [{"Condition": f"{prefix}IsProd"}]}
    assert pickle.loads(pickle.dumps(S().template)).to_dict() == document
    assert copy.deepcopy(S()).template.to_dict() == document


def test_loops_in_components() -> None:
    class Part(Component, tags={"t": "x"}):
        stage = Parameter(str)
        loop = ForEach("N", ["a"], lambda n, stage=stage: {f"Q{n}": sqs.Queue(queue_name=f"{stage}-{n}")})

    class S(Stack):
        part = Part()

    document = S().template.to_dict()
    assert document["Resources"] == {
        "Fn::ForEach::PartLoop": [
            "N",
            ["a"],
            {
                "Q${N}": {
                    "Type": "AWS::SQS::Queue",
                    "Properties": {
                        "QueueName": {"Fn::Sub": "${PartStage}-${N}"},
                        "Tags": [{"Key": "t", "Value": "x"}],
                    },
                }
            },
        ]
    }
    assert pickle.loads(pickle.dumps(S().template)).to_dict() == document


def test_a_copied_template_still_checks_references() -> None:
    class Part(Component):
        queue = sqs.Queue(queue_name=Ref("Nowhere"))

    class S(Stack):
        part = Part()

    again = pickle.loads(pickle.dumps(S().template))
    with pytest.raises(UnresolvedReferenceError, match="refers to the resource or parameter 'Nowhere'"):
        again.to_dict()


def test_components_can_be_overridden() -> None:
    class Better(Api):
        queue = sqs.Queue(queue_name="better")

        def __init__(self) -> None:
            super().__init__("b")
            self.policy = self.policy.evolve(queues=[self.queue, "x"])

    class S(Stack):
        api = Better()

    document = S().template.to_dict()
    assert list(document["Resources"]) == ["ApiQueue", "ApiPolicy", "ApiBucket", "ApiDead0"]
    assert document["Resources"]["ApiQueue"]["Properties"] == {"QueueName": "better"}
    assert document["Resources"]["ApiPolicy"]["Properties"] == {
        "PolicyDocument": {"r": {"Fn::GetAtt": ["ApiQueue", "Arn"]}, "s": {"Ref": "ApiQueue"}},
        "Queues": [{"Ref": "ApiQueue"}, "x"],
    }


def test_tags_of_components() -> None:
    class Tagged(Component, tags={"part": "x", "team": "b"}):
        queue = sqs.Queue()
        parameter = ssm.Parameter(type="String", value="x", inherit_tags=False)

    class Inner(Component):
        def __init__(self) -> None:
            super().__init__(tags={"own": "y"})
            self.tagged = Tagged()
            self.queue = sqs.Queue(tags=[{"Key": "own", "Value": "z"}])

    class S(Stack, tags={"team": "a"}):
        queue = sqs.Queue()
        inner = Inner()

    def found(name: str) -> dict[str, str]:
        properties = S().template.to_dict()["Resources"][name].get("Properties", {})
        return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}

    assert found("Queue") == {"team": "a"}
    assert found("InnerQueue") == {"team": "a", "own": "z"}
    assert found("InnerTaggedQueue") == {"team": "b", "own": "y", "part": "x"}
    assert found("InnerTaggedParameter") == {}


class Inbox(Component):
    topic = sqs.Queue()

    def __init__(self, seconds: int = 1) -> None:
        self.queue = sqs.Queue(delay_seconds=seconds)
        self.url = Output(self.queue)


class Outer(Component):
    inbox = Inbox()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.inner = Inbox(2, condition="IsEu") if "condition" in options else Inbox(2)


def test_the_condition_of_a_component() -> None:
    class Part(Component):
        queue = sqs.Queue()
        both = sqs.Queue(condition="IsEu")
        same = sqs.Queue(condition="IsProd")
        out = Output(queue)
        conditional = Output(both, condition="IsEu")
        loop = ForEach("N", ["a"], {"Q${N}": sqs.Queue(), "R${N}": sqs.Queue(condition="IsEu")})
        raw = RawElement("Resources", {"Type": "AWS::SNS::Topic", "Condition": "IsEu"})
        stage = Parameter(str)

    class S(Stack):
        stage = Parameter(str)
        is_prod = Equals(stage, "prod")
        is_eu = Equals(Region, "eu-west-1")
        part = Part(condition=is_prod)
        outer = Outer(condition=is_prod)
        every = Part(condition=is_prod & is_eu)

    for document in (S().template.to_dict(), pickle.loads(pickle.dumps(S().template)).to_dict()):
        resources = document["Resources"]
        found = {name: body.get("Condition") for name, body in resources.items() if isinstance(body, dict)}
        assert found == {
            "PartQueue": "IsProd", "PartBoth": "IsProdAndIsEu", "PartSame": "IsProd", "PartRaw": "IsProdAndIsEu",
            "OuterInboxTopic": "IsProd", "OuterInboxQueue": "IsProd",
            "OuterInnerTopic": "IsProdAndIsEu", "OuterInnerQueue": "IsProdAndIsEu",
            "EveryQueue": "IsProdAndIsEu", "EveryBoth": "IsProdAndIsEu", "EverySame": "IsProdAndIsEu",
            "EveryRaw": "IsProdAndIsEu",
        }  # fmt: skip
        assert [each["Condition"] for each in resources["Fn::ForEach::PartLoop"][2].values()] == [
            "IsProd",
            "IsProdAndIsEu",
        ]
        assert {name: body["Condition"] for name, body in document["Outputs"].items()} == {
            "PartOut": "IsProd", "PartConditional": "IsProdAndIsEu", "OuterInboxUrl": "IsProd",
            "OuterInnerUrl": "IsProdAndIsEu", "EveryOut": "IsProdAndIsEu", "EveryConditional": "IsProdAndIsEu",
        }  # fmt: skip
        assert document["Conditions"]["IsProdAndIsEu"] == {
            "Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsEu"}]
        }
        assert list(resources["PartQueue"]) == ["Type", "Condition"]
        assert "Condition" not in document["Parameters"]["PartStage"]


def test_the_condition_of_the_class_of_a_component() -> None:
    class Part(Component, condition="A"):
        queue = sqs.Queue()

    class S(Stack):
        a, b = Equals(Region, "a"), Equals(Region, "b")
        one = Part()
        two = Part(condition="B")

    resources = S().template.to_dict()["Resources"]
    assert [body["Condition"] for body in resources.values()] == ["A", "AAndB"]


class Empty(Component):
    stage = Parameter(str)


def test_dependencies_on_components_and_of_them() -> None:
    class S(Stack):
        inbox = Inbox()
        outer = Outer()
        empty = Empty()
        one = sqs.Queue(depends_on=inbox)
        more = sqs.Queue(depends_on=[one, outer])
        none = sqs.Queue(depends_on=empty)
        last = Inbox(depends_on=[one, inbox])
        plain = Outer(depends_on="None")

    for document in (S().template.to_dict(), pickle.loads(pickle.dumps(S().template)).to_dict()):
        depends = {name: body.get("DependsOn") for name, body in document["Resources"].items()}
        assert depends == {
            **dict.fromkeys(["InboxTopic", "InboxQueue"]),
            **dict.fromkeys(["OuterInboxTopic", "OuterInboxQueue", "OuterInnerTopic", "OuterInnerQueue"]),
            "One": ["InboxTopic", "InboxQueue"],
            "More": ["One", "OuterInboxTopic", "OuterInboxQueue", "OuterInnerTopic", "OuterInnerQueue"],
            "None": None,
            "LastTopic": ["One", "InboxTopic", "InboxQueue"],
            "LastQueue": ["One", "InboxTopic", "InboxQueue"],
            **dict.fromkeys(
                ["PlainInboxTopic", "PlainInboxQueue", "PlainInnerTopic", "PlainInnerQueue"], "None"
            ),
        }
    assert document["Resources"]["One"]["DependsOn"] == ["InboxTopic", "InboxQueue"]


def test_a_dependency_between_components_of_a_component() -> None:
    class Pair(Component):
        first = Inbox()
        second = sqs.Queue(depends_on=first)

    class S(Stack):
        a = Pair()
        b = Pair()

    resources = S().template.to_dict()["Resources"]
    for prefix in "AB":
        assert resources[f"{prefix}Second"]["DependsOn"] == [f"{prefix}FirstTopic", f"{prefix}FirstQueue"]


def test_a_dependency_on_a_loop_is_refused() -> None:
    class Part(Component):
        loop = ForEach("N", ["a"], {"Q${N}": sqs.Queue()})

    class S(Stack):
        part = Part()
        queue = sqs.Queue(depends_on=part)

    with pytest.raises(InvalidValueError, match=r"the component Part \(declared at .*\) has a loop"):
        S().template.to_dict()


# The keywords of a component that is the attribute `orders` of a stack, of one in it, and the logical IDs.
PREFIXES = [
    ({}, {}, ["OrdersInnerQueue", "OrdersOwn"]),
    ({"prefix": ""}, {}, ["InnerQueue", "Own"]),
    ({"prefix": "Sales"}, {}, ["SalesInnerQueue", "SalesOwn"]),
    ({"prefix": ""}, {"prefix": ""}, ["Queue", "Own"]),
    ({}, {"prefix": ""}, ["OrdersQueue", "OrdersOwn"]),
    ({}, {"prefix": "X"}, ["OrdersXQueue", "OrdersOwn"]),
    ({}, {"logical_id": "X"}, ["XQueue", "OrdersOwn"]),
    ({"prefix": "a1"}, {"logical_id": ""}, ["Queue", "a1Own"]),
    ({"logical_id": "Sales"}, {}, ["SalesInnerQueue", "SalesOwn"]),
]


@pytest.mark.parametrize(("outer", "inner", "expected"), PREFIXES)
def test_the_prefix_of_a_component(outer: dict[str, Any], inner: dict[str, Any], expected: list[str]) -> None:
    class Inner(Component):
        queue = sqs.Queue()

    class Orders(Component):
        def __init__(self) -> None:
            self.inner = Inner(**inner)
            self.own = sqs.Queue(queue_name=self.inner.queue)

    class S(Stack):
        orders = Orders(**outer)

    assert names(S()) == expected
    assert S().template.to_dict()["Resources"][expected[1]]["Properties"] == {
        "QueueName": {"Ref": expected[0]}
    }
    described = loaded(S())
    assert set(described.components.values()) == {"OrdersInner", "Orders"}
    renamed = dict(zip(["OrdersInnerQueue", "OrdersOwn"], expected, strict=True))
    assert described.renamed == {old: new for old, new in renamed.items() if old != new}


def test_a_place_in_a_component_comes_with_that_of_its_use() -> None:
    class S(Stack):
        alone = sqs.Queue()
        outer = Outer()

    used = line(-2)
    found = loaded(S())
    inside = found.origin(["Resources", "OuterInnerQueue"])
    assert inside is not None and inside.caller is not None
    assert inside.line != used == inside.caller.line
    assert pickle.loads(pickle.dumps(inside)).caller == inside.caller
    plain = found.origin(["Resources", "Alone"])
    assert plain is not None and plain.caller is None
    again = loaded(pickle.loads(pickle.dumps(S().template))).origin(["Resources", "OuterInboxTopic"])
    assert again is not None and again.caller == inside.caller
    changed = diff({"Resources": {}}, found)
    report = text(changed)
    assert f"used at tests/test_stack.py:{used}" in " ".join(report.split())
    assert f"'caller': {{'file': 'tests/test_stack.py', 'line': {used}}}" in str(to_json(changed))
    assert to_json(from_json(to_json(changed))) == to_json(changed)  # type: ignore[arg-type]


def test_a_resource_moves_into_a_component_and_keeps_its_name() -> None:
    class Before(Stack):
        queue = sqs.Queue()
        dead = sqs.Queue(queue_name=queue)

    class Queues(Component):
        queue = sqs.Queue()
        dead = sqs.Queue(queue_name=queue)

    class After(Stack):
        queues = Queues(prefix="")

    assert After().template.to_dict() == Before().template.to_dict()


# fmt: off
WRONG_KEYWORDS: list[tuple[dict[str, Any], str]] = [
    ({"condition": 1}, "Part.condition: expected a condition or its name, found 1"),
    ({"depends_on": 1}, "Part.depends_on: expected a resource, a component or a logical ID, found 1"),
    ({"prefix": "a-b"}, "Part.prefix: 'a-b' may hold only the letters A to Z, a to z and digits"),
    ({"prefix": 1}, "Part.prefix: expected text, found 1"),
    ({"logical_id": "ä"}, "Part.logical_id: 'ä' may hold only the letters A to Z, a to z and digits"),
    ({"prefix": "", "logical_id": "A"}, "Part: give prefix or logical_id, not both"),
    ({"moved": ["A"]}, "Part.moved: expected a mapping of old logical IDs to new ones, found ['A']"),
    ({"moved": {"A": 1}}, "Part.moved.A: expected text, found 1"),
    ({"conditions": "A"}, "Part takes no keyword 'conditions'; did you mean 'condition'?"),
]
# fmt: on


@pytest.mark.parametrize(("keywords", "message"), WRONG_KEYWORDS)
def test_keywords_that_a_component_refuses(keywords: dict[str, Any], message: str) -> None:
    class Part(Component):
        queue = sqs.Queue()

    with pytest.raises(InvalidValueError) as caught:
        Part(**keywords)
    assert str(caught.value) == f"{message} (tests/test_stack.py:{line(-1)})"


def test_keywords_of_ours_need_no_help_from_an_init() -> None:
    class Own(Component):
        def __init__(self, name: str, *, condition: str) -> None:
            self.queue = sqs.Queue(queue_name=f"{name}-{condition}")

    class Many(Component):
        def __init__(self, **names: Any) -> None:
            self.queue = sqs.Queue(**names)

    class S(Stack):
        is_prod = Equals(Region, "x")
        own = Own("a", condition="b", prefix="X")
        many = Many(condition="IsProd")

    assert S().template.to_dict()["Resources"] == {
        "XQueue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "a-b"}},
        "ManyQueue": {"Type": "AWS::SQS::Queue", "Condition": "IsProd"},
    }


def test_moves() -> None:
    class Part(Component, moved={"Old": "Queue"}):
        queue = sqs.Queue()

    class S(Stack, moved={"First": "Second", "Second": "PartQueue"}):
        part = Part(moved={"Older": "Old"})
        other = Part(prefix="")

    found = loaded(S())
    assert found.moved == {
        "First": "PartQueue", "Second": "PartQueue", "PartOld": "PartQueue", "PartOlder": "PartQueue", "Old": "Queue",
    }  # fmt: skip
    assert "moved" not in json.dumps(found.data)
    template = Template(moved={"A": "B"})
    template.add("B", sqs.Queue())
    assert loaded(template).moved == {"A": "B"}
    assert loaded(pickle.loads(pickle.dumps(S().template))).moved == found.moved


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ({"Old": "Queue"}, {"PartOld": "PartQueue"}),
        ({"Queue": "PartQueue"}, {"Queue": "PartQueue"}),
        (
            {"OldPartQueue": "PartQueue", "Old": "Topic"},
            {"OldPartQueue": "PartQueue", "PartOld": "PartTopic"},
        ),
        # With and without the prefix, it is the name of something in the component.
        ({"Old": "PartBus"}, {"PartOld": "PartPartBus"}),
    ],
)
def test_moves_in_a_component_with_and_without_its_prefix(
    moved: dict[str, str], expected: dict[str, str]
) -> None:
    class Part(Component):
        queue = sqs.Queue()
        topic = sns.Topic()
        bus = events.EventBus(name="a")
        part_bus = events.EventBus(name="b")

    class S(Stack):
        part = Part(moved=moved)

    assert loaded(S().template).moved == expected


@pytest.mark.parametrize(
    ("moved", "message"),
    [
        ({"Old": "Quue"}, "moved says that 'Old' is now 'Quue', which is no resource of the stack S; did you mean 'Queue'?"),
        ({"Other": "Queue"}, "moved says that 'Other' is now 'Queue', and the stack S has 'Other', too (tests/"),
        ({"Queue": "Other", "Other": "Queue"}, "moved says that 'Queue' is now 'Queue', and the stack S has"),
    ],
)  # fmt: skip
def test_moves_that_cannot_be(moved: dict[str, str], message: str) -> None:
    class S(Stack, moved=moved):
        queue = sqs.Queue()
        other = sqs.Queue()

    with pytest.raises(TemplateError) as caught:
        S().template.to_dict()
    assert str(caught.value).startswith(message)


def test_references_to_the_class_of_a_component_are_errors() -> None:
    class S(Stack):
        api = Api()
        out = Output(Api.queue)

    with pytest.raises(UnresolvedReferenceError, match="is used here but is not in the stack S"):
        S().template.to_dict()


def test_stacks_and_components_travel() -> None:
    stack = Travelling("y")
    template = pickle.loads(pickle.dumps(stack.template))
    assert template.to_dict() == stack.template.to_dict()
    assert template.to_dict()["Outputs"]["Out"]["Value"] == {"Fn::GetAtt": ["PartQueue", "Arn"]}
    fresh = pickle.loads(pickle.dumps(Travelling("z")))
    assert fresh.template.to_dict() == Travelling("z").template.to_dict()


# ---------------------------------------------------------------------------------------------
# Outputs of other stacks


class Network(Stack):
    queue = sqs.Queue()
    queue_arn = Output(queue.arn, export="network-queue-arn")
    regional = Output(queue, export=f"{Region}-queue")
    plain = Output(queue)
    stage = Parameter(str)
    staged = Output(queue, export=f"{stage}-queue")
    named = Output(queue, export=f"{queue.arn}-queue")
    is_prod = Equals(stage, "prod")
    chosen = Output(queue, export=If(is_prod, "a", "b"))
    names = Mapping({"a": {"b": "c"}})
    mapped = Output(queue, export=names.find("a", "b"))
    own = Output(queue, export=f"{StackName}-queue")


def test_exported_outputs_are_imports() -> None:
    class S(Stack):
        queue = sqs.Queue(queue_name=Network.queue_arn)
        out = Output(
            [
                Network.queue_arn,
                f"{Network.queue_arn}/x",
                Network.regional,
                {"Fn::Join": ["", [Network.queue_arn]]},
            ]
        )

    document = S().template.to_dict()
    assert document["Resources"]["Queue"]["Properties"] == {
        "QueueName": {"Fn::ImportValue": "network-queue-arn"}
    }
    assert document["Outputs"]["Out"]["Value"] == [
        {"Fn::ImportValue": "network-queue-arn"},
        {"Fn::Sub": ["${_Import1}/x", {"_Import1": {"Fn::ImportValue": "network-queue-arn"}}]},
        {"Fn::ImportValue": {"Fn::Sub": "${AWS::Region}-queue"}},
        {"Fn::Join": ["", [{"Fn::ImportValue": "network-queue-arn"}]]},
    ]


STAGE_LINE = inspect.getsourcelines(Network)[1] + 5

OUTPUT_ERRORS = [
    (
        lambda: Network.plain,
        "is used as a value but is not exported; give it export=, or use its weak() reference",
    ),
    (
        lambda: Network.staged,
        f"depends on that stack: the parameter declared at tests/test_stack.py:{STAGE_LINE} is Stage there; give this "
        "stack a parameter Stage, too, which then has the same value, or write ImportValue(...) with the name",
    ),
    (lambda: Network.named, "exists only there; write ImportValue(...) with the name"),
    (
        lambda: Network.chosen,
        "the name has a condition, which exists only there; write ImportValue(...) with",
    ),
    (lambda: Network.mapped, "exists only there; write ImportValue(...) with the name"),
    (
        lambda: Network.own,
        "holds AWS::StackName, which means another name here; write ImportValue(...) with the name",
    ),
    (
        lambda: Network.queue,
        "is used here but is not in the stack S; it belongs to the stack Network: export an Output there",
    ),
]


class Staged(Stack):
    topic = sqs.Queue()
    env_name = Parameter(str, logical_id="stage")
    kind = Parameter(str)
    arn = Output(topic, export=f"{env_name}-{kind}-{Region}-arn")

    def __init__(self) -> None:
        self.later = Parameter(str)
        self.url = Output(self.topic, export=f"{self.later}-url")


@pytest.mark.parametrize("made", [True, False])
def test_an_export_with_parameters_means_those_of_the_same_name(made: bool) -> None:
    network: Any = Staged() if made else Staged

    class S(Stack):
        mine = Parameter(str, logical_id="stage")
        kind = Parameter(str, default="x")
        later = Parameter(str)
        queue = sqs.Queue(queue_name=network.arn)
        again = sqs.Queue(queue_name=f"{network.arn}/x")
        if made:
            more = sqs.Queue(queue_name=network.url)

    resources = S().template.to_dict()["Resources"]
    imported = {"Fn::ImportValue": {"Fn::Sub": "${stage}-${Kind}-${AWS::Region}-arn"}}
    assert resources["Queue"]["Properties"]["QueueName"] == imported
    assert resources["Again"]["Properties"]["QueueName"] == {
        "Fn::Sub": ["${_Import1}/x", {"_Import1": imported}]
    }
    if made:
        assert resources["More"]["Properties"]["QueueName"] == {
            "Fn::ImportValue": {"Fn::Sub": "${Later}-url"}
        }


def test_a_resource_of_the_name_is_no_parameter() -> None:
    class S(Stack):
        stage = sqs.Queue(queue_name=Network.staged)

    with pytest.raises(UnresolvedReferenceError, match="give this stack a parameter Stage"):
        S().template.to_dict()


@pytest.mark.parametrize("row", OUTPUT_ERRORS, ids=range(len(OUTPUT_ERRORS)))
def test_outputs_that_cannot_be_imported(row: Any) -> None:
    make, message = row
    network = Network()
    network.template  # noqa: B018

    class S(Stack):
        queue = sqs.Queue(queue_name=make())

    place = line(-2)
    with pytest.raises(UnresolvedReferenceError) as caught:
        S().template.to_dict()
    assert message in str(caught.value)
    assert str(caught.value).startswith("Resources.Queue: ")
    assert str(caught.value).endswith(f"test_stack.py:{place})")


def test_an_output_in_its_own_stack_is_no_value() -> None:
    class S(Stack):
        queue = sqs.Queue()
        out = Output(queue, export="x")
        again = Output(out)

    with pytest.raises(
        UnresolvedReferenceError, match="is used as a value in its own template; use the value itself"
    ):
        S().template.to_dict()


def test_weak_references() -> None:
    network = Network()

    class S(Stack):
        out = Output(
            [network.plain.weak("net"), network.plain.weak(StackName, region="eu-west-1", role_arn="r")]
        )

    assert S().template.to_dict()["Outputs"]["Out"]["Value"] == [
        {"Fn::GetStackOutput": {"StackName": "net", "OutputName": "Plain"}},
        {"Fn::GetStackOutput": {"StackName": {"Ref": "AWS::StackName"}, "OutputName": "Plain", "Region": "eu-west-1", "RoleArn": "r"}},
    ]  # fmt: skip
    named = Output("x", logical_id="Named")
    template = Template()
    template.add("O", Output(named.weak("net")))
    assert template.to_dict()["Outputs"]["O"]["Value"] == {
        "Fn::GetStackOutput": {"StackName": "net", "OutputName": "Named"}
    }


def test_other_stacks_are_found_without_a_look_at_every_object(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> list[object]:
        raise AssertionError("a look at every object takes seconds in a large program")

    monkeypatch.setattr(gc, "get_objects", fail)
    made = [Output(str(i)) for i in range(3)]

    class Later(Stack):
        def __init__(self) -> None:
            super().__init__()
            self.first = made

    class Other(Stack):
        queue = sqs.Queue()

    later = Later()
    template = Template()
    for i, output in enumerate(made):
        template.add(f"O{i}", Output(output.weak("later")))
    template.add("Queue", sqs.Queue(queue_name=Other.queue))
    with pytest.raises(UnresolvedReferenceError, match="is used here but is not in this template; add it"):
        template.to_dict()
    other = Other()
    for _ in range(2):
        with pytest.raises(UnresolvedReferenceError, match="it belongs to the stack Other: export"):
            template.to_dict()
        assert other.template
    template["Queue"] = sqs.Queue()
    assert [
        row["Value"]["Fn::GetStackOutput"]["OutputName"] for row in template.to_dict()["Outputs"].values()
    ] == [
        "First0",
        "First1",
        "First2",
    ]
    assert later.template.logical_id(made[1]) == "First1"


def test_a_template_that_is_gone_gives_no_names() -> None:
    output = Output("x")
    template = Template()
    template.add("Named", output)
    user = Template()
    user.add("O", Output(output.weak("other")))
    assert user.to_dict()["Outputs"]["O"]["Value"]["Fn::GetStackOutput"]["OutputName"] == "Named"
    copied = copy.deepcopy(template)
    del template
    gc.collect()
    with pytest.raises(UnresolvedReferenceError, match="is not in a template yet"):
        user.to_dict()
    user = Template()
    user.add("O", Output(copied["Named"].weak("other")))
    assert user.to_dict()["Outputs"]["O"]["Value"]["Fn::GetStackOutput"]["OutputName"] == "Named"


def test_names_of_other_stacks_by_hand() -> None:
    class S(Stack):
        out = Output([ImportValue("x"), ImportValue(f"{Region}-x"), GetAtt("Queue", "Arn")])
        queue = sqs.Queue()

    assert S().template.to_dict()["Outputs"]["Out"]["Value"] == [
        {"Fn::ImportValue": "x"},
        {"Fn::ImportValue": {"Fn::Sub": "${AWS::Region}-x"}},
        {"Fn::GetAtt": ["Queue", "Arn"]},
    ]


# ---------------------------------------------------------------------------------------------
# main

PROGRAM = '''
from pyformation import Output, Parameter, Stack
from pyformation.aws import sqs

class S(Stack):
    """What it is."""
    stage = Parameter(str)
    queue = sqs.Queue(queue_name=f"{stage}-q", delay_seconds=DELAY)
    out = Output(queue.arn)

if __name__ == "__main__":
    S().main()
'''
GOOD = PROGRAM.replace("DELAY", "3")
DOUBTFUL = PROGRAM.replace("DELAY", "1000")
BROKEN = PROGRAM.replace("DELAY", "'x'")
DOCUMENT = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "What it is.",
    "Parameters": {"Stage": {"Type": "String"}},
    "Resources": {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Fn::Sub": "${Stage}-q"}, "DelaySeconds": 3},
        }
    },
    "Outputs": {"Out": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}},
}


@pytest.mark.parametrize(
    "options", [[], ["--format", "yaml"], ["--format=yaml"], ["--output", "-"], ["--strict"], ["-o", "-"]]
)
def test_main_prints_yaml(stack_file: Any, options: list[str]) -> None:
    result = run_python(stack_file(GOOD), *options)
    assert (result.returncode, result.stderr) == (0, "")
    assert parse(result.stdout).data == DOCUMENT
    assert result.stdout.endswith("\n")
    assert not result.stdout.lstrip().startswith("{")


def test_main_prints_json(stack_file: Any) -> None:
    for options in (["--format", "json"], ["--format=json"]):
        result = run_python(stack_file(GOOD), *options)
        assert (result.returncode, result.stderr) == (0, "")
        assert json.loads(result.stdout) == DOCUMENT
        assert result.stdout.endswith("}\n")


def test_main_from_anywhere(stack_file: Any, tmp_path: Path) -> None:
    file = stack_file(GOOD)
    (tmp_path / "elsewhere").mkdir()
    for arguments, cwd in (
        ([file], tmp_path / "elsewhere"),
        (["stack.py"], tmp_path),
        (["-m", "stack"], tmp_path),
    ):
        assert parse(run_python(*arguments, cwd=cwd).stdout).data == DOCUMENT


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--formt", "json"], "error: unknown option '--formt'; usage: python stack.py [--format yaml|json] [--output FILE] [--assets relative] [--strict]"),
        (["x"], "error: unknown option 'x'; usage: python stack.py [--format yaml|json] [--output FILE] [--assets relative] [--strict]"),
        (["--format", "toml"], "error: --format takes yaml or json, found 'toml'; usage: python stack.py [--format yaml|json] [--output FILE] [--assets relative] [--strict]"),
        (["--format"], "error: --format needs a value; usage: python stack.py [--format yaml|json] [--output FILE] [--assets relative] [--strict]"),
        (["--output"], "error: --output needs a value; usage: python stack.py [--format yaml|json] [--output FILE] [--assets relative] [--strict]"),
        (["--strict=yes"], "error: unknown option '--strict=yes'; usage: python stack.py [--format yaml|json] [--output FILE] [--assets relative] [--strict]"),
        (["--output", "nowhere/x.yaml"], "error: cannot write 'nowhere/x.yaml': No such file or directory"),
        (["--output", "."], "error: cannot write '.': Is a directory"),
    ],
)  # fmt: skip
def test_main_refuses(stack_file: Any, tmp_path: Path, options: list[str], message: str) -> None:
    stack_file(GOOD)
    result = run_python("stack.py", *options, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", message + "\n")
    assert os.listdir(tmp_path) == ["stack.py"]


def test_main_says_what_is_wrong(stack_file: Any, tmp_path: Path) -> None:
    stack_file(PROGRAM.replace("queue.arn", "sqs.Queue()").replace("DELAY", "3"))
    result = run_python("stack.py", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "error: Outputs.Out: AWS::SQS::Queue (declared at stack.py:9) is used here but is not in the stack S; add it, or "
        "assign it to an attribute of the stack (stack.py:9)\n"
    )


def test_strict(stack_file: Any, tmp_path: Path) -> None:
    stack_file(DOUBTFUL)
    result = run_python("stack.py", cwd=tmp_path)
    assert result.returncode == 0
    assert (
        "stack.py:8: CatalogWarning: AWS::SQS::Queue.DelaySeconds: expected at most 900, found 1000"
        in result.stderr
    )
    assert parse(result.stdout).data["Resources"]["Queue"]["Properties"]["DelaySeconds"] == 1000
    result = run_python("-W", "ignore", "stack.py", "--strict", cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (
        1,
        "",
        "error: AWS::SQS::Queue.DelaySeconds: expected at most 900, found 1000 (an error with --strict) (stack.py:8)\n",
    )


def test_help(stack_file: Any, tmp_path: Path) -> None:
    stack_file(GOOD)
    for option in ("--help", "-h"):
        result = run_python("stack.py", option, cwd=tmp_path)
        assert (result.returncode, result.stdout) == (0, "")
        assert (
            result.stderr
            == "usage: python stack.py [--format yaml|json] [--output FILE] [--assets relative] [--strict]\n"
        )


def test_output_to_a_file(stack_file: Any, tmp_path: Path) -> None:
    stack_file(GOOD)
    target = tmp_path / "template.yaml"
    for options in (["--output", "template.yaml"], ["-o", "template.yaml"], ["--output=template.yaml"]):
        result = run_python("stack.py", *options, cwd=tmp_path)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        assert parse(target.read_text()).data == DOCUMENT
        assert sorted(os.listdir(tmp_path)) == ["stack.py", "template.yaml"]
        target.write_text("old")


def test_output_keeps_mode_and_links(stack_file: Any, tmp_path: Path) -> None:
    stack_file(GOOD)
    target, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to("real.yaml")
    assert run_python("stack.py", "--output", "link.yaml", cwd=tmp_path).returncode == 0
    assert link.is_symlink()
    assert parse(target.read_text()).data == DOCUMENT
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_output_is_whole_or_not_at_all(stack_file: Any, tmp_path: Path) -> None:
    target = tmp_path / "template.yaml"
    target.write_text("old")
    for program in (BROKEN, PROGRAM.replace("queue.arn", "sqs.Queue()").replace("DELAY", "3")):
        stack_file(program)
        result = run_python("stack.py", "--output", "template.yaml", cwd=tmp_path)
        assert result.returncode == 1
        assert target.read_text() == "old"
        assert sorted(os.listdir(tmp_path)) == ["stack.py", "template.yaml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_output_to_a_directory_that_cannot_be_written(stack_file: Any, tmp_path: Path) -> None:
    stack_file(GOOD)
    (tmp_path / "closed").mkdir(mode=0o555)
    result = run_python("stack.py", "--output", "closed/x.yaml", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "error: cannot write 'closed/x.yaml': Permission denied\n"


def test_output_to_a_device(stack_file: Any, tmp_path: Path) -> None:
    stack_file(GOOD)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True)
    assert run_python("stack.py", "--output", "pipe", cwd=tmp_path).returncode == 0
    assert parse(reader.communicate(timeout=60)[0]).data == DOCUMENT
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_reader_that_goes_away(stack_file: Any, tmp_path: Path) -> None:
    stack_file(
        "from pyformation import Stack\nfrom pyformation.aws import sqs\n"
        "class S(Stack, limits=False):\n    queues = [sqs.Queue(queue_name='q' * 80) for _ in range(5000)]\nS().main()\n"
    )
    command = f'"{sys.executable}" stack.py --format json | head -1; echo "${{PIPESTATUS[0]}}"'
    result = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120
    )  # fmt: skip
    assert result.stdout == "{\n0\n"
    assert result.stderr == ""


def test_only_the_template_is_printed(stack_file: Any, tmp_path: Path) -> None:
    stack_file(DOUBTFUL)
    result = run_python("-W", "always", "stack.py", cwd=tmp_path)
    assert parse(result.stdout).data["Resources"]["Queue"]["Properties"]["DelaySeconds"] == 1000


def test_text_that_ascii_cannot_hold(stack_file: Any, tmp_path: Path) -> None:
    stack_file(GOOD.replace("What it is.", "Größe 名 \\U0001f600"))
    result = subprocess.run(
        [sys.executable, "stack.py"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "ascii",
            "PYTHONUTF8": "0",
            "LC_ALL": "C",
        },
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == 0
    assert parse(result.stdout.decode("utf-8")).data["Description"] == "Größe 名 \U0001f600"


def test_main_takes_arguments_from_a_program(capsys: Any, tmp_path: Path) -> None:
    class S(Stack):
        queue = sqs.Queue()

    S().main(["--format", "json", "--output", str(tmp_path / "x.json")])
    assert json.loads((tmp_path / "x.json").read_text())["Resources"] == {
        "Queue": {"Type": "AWS::SQS::Queue"}
    }
    with pytest.raises(SystemExit) as caught:
        S().main(["--nope"])
    assert caught.value.code == 1
    assert capsys.readouterr().out == ""


def test_several_stacks_in_one_file(stack_file: Any, tmp_path: Path) -> None:
    stack_file(
        "import sys\nfrom pyformation import Output, Stack\nfrom pyformation.aws import sqs\n"
        "class A(Stack):\n    queue = sqs.Queue()\n    out = Output(queue.arn, export='a')\n"
        "class B(Stack):\n    queue = sqs.Queue(queue_name=A.out)\n"
        "globals()[sys.argv.pop(1)]().main()\n"
    )
    assert list(parse(run_python("stack.py", "A", cwd=tmp_path).stdout).data["Outputs"]) == ["Out"]
    assert parse(run_python("stack.py", "B", cwd=tmp_path).stdout).data["Resources"]["Queue"][
        "Properties"
    ] == {"QueueName": {"Fn::ImportValue": "a"}}
