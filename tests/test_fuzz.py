"""A short run of the fuzzer, ``python tools/fuzz.py``, whose seed is printed."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import sys
from typing import Any

import pytest
from conftest import ROOT, examples

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs the module resource")

# What the fuzzer found.
ODD_TEMPLATES: list[Any] = [
    {"Description": "\ud800", "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "\ud800"}}}},
    {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": {"Ref": "P"}}, "x"]}},
        "Resources": {
            "Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "new"}},
            "R": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Action": "a:b", "Principal": {"Fn::If": ["C", "*", "b"]}}}
                },
            },
        },
    },
    {"Resources": {"D": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "mysql", "EngineVersion": "8" * 5_000}}}},
]  # fmt: skip


@pytest.fixture(scope="module")
def fuzz() -> Any:
    spec = importlib.util.spec_from_file_location("fuzz", ROOT / "tools" / "fuzz.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_breaks_in_a_short_run(fuzz: Any) -> None:
    seed = 20261128 if "CI" in os.environ else random.randrange(10**9)
    print(f"python tools/fuzz.py --seed {seed}")
    count = examples(8, 300)
    templates = fuzz.corpus([str(ROOT / "tests" / "fixtures" / "examples")])
    assert fuzz.run(templates, seed, iter(range(count)), 0 if count < 100 else 25) == []


@pytest.mark.parametrize("place", range(len(ODD_TEMPLATES)))
def test_what_the_fuzzer_found(fuzz: Any, place: int) -> None:
    data = ODD_TEMPLATES[place]
    other = json.loads(json.dumps(data).replace('"new"', '"old"'))
    other["Resources"] = {name: {**one, "Metadata": {}} for name, one in other["Resources"].items()}
    assert list(fuzz.problems(other, data, False)) == []


def test_a_case_is_the_same_each_time(fuzz: Any) -> None:
    templates = fuzz.corpus([str(ROOT / "tests" / "fixtures" / "examples")])
    assert len(templates) > 3
    assert fuzz.case(templates, 1, 2) == fuzz.case(templates, 1, 2) != fuzz.case(templates, 1, 3)
