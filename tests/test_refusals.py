"""Updates that AWS refuses: the reviewed rows, and the properties that its documentation calls not supported."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT

from pyformation import catalog
from pyformation.changes import compare
from pyformation.findings import find

DATA = json.loads((ROOT / "tests" / "fixtures" / "refused_updates.json").read_text(encoding="utf-8"))


def refusals(type_name: str, before: object, after: object, policy: object = None) -> list[str]:
    """The codes about refused updates that a change of one resource gives."""

    def template(properties: object) -> dict[str, Any]:
        resource = {"Type": type_name, "Properties": properties}
        if policy is not None:
            resource["UpdatePolicy"] = policy
        return {
            "Parameters": {"U": {"Type": "String"}},
            "Conditions": {"Maybe": {"Fn::Equals": [{"Ref": "U"}, "x"]}},
            "Resources": {"It": resource},
        }

    diff = compare(template(before), template(after))
    return [found.code for found in find(diff) if found.code in ("PF207", "PF208", "PF219")]


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: f"{case[0][5:]} {case[3]}")
def test_a_refused_update(case: list[Any]) -> None:
    type_name, before, after, code, *policy = case
    assert refusals(type_name, before, after, *policy) == ([] if code is None else [code])


def test_a_list_in_metadata_is_refused_by_nothing() -> None:
    def template(rules: list[str]) -> dict[str, Any]:
        return {"Resources": {"It": {"Type": "AWS::S3::Bucket", "Metadata": {"guard": {"Rules": rules}}}}}

    assert find(compare(template(["A"]), template(["A", "B"]))) == ()


def labeled() -> Iterator[tuple[str, str, str]]:
    """Every property whose updates are documented as not supported: its type, path and type text."""
    for type_name in catalog.types():
        entry = catalog.entry(type_name)
        for path, text in labeled_below("", entry["properties"], entry.get("definitions", {}), ()):
            yield type_name, path, text


def labeled_below(
    path: str, properties: dict[str, Any], definitions: dict[str, Any], inside: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for name, facts in properties.items():
        text = facts.get("type", "string")
        here = f"{path}/{name}"
        if "update_not_supported" in facts:
            yield here, text
        for definition in re.findall("[A-Z][A-Za-z0-9]*", text):
            if definition not in inside:
                step = f"{here}/0" if f"[{definition}]" in text else here
                yield from labeled_below(step, definitions[definition], definitions, (*inside, definition))


def nested(path: str, leaf: object) -> Any:
    """``/A/0/B`` -> {"A": [{"B": leaf}]}."""
    for step in reversed(path.split("/")[1:]):
        leaf = [leaf] if step == "0" else {step: leaf}
    return leaf


def test_a_change_at_or_below_every_property_that_is_documented_as_not_supported_is_reported() -> None:
    silent: list[str] = []
    count = 0
    for type_name, path, text in labeled():
        count += 1
        facts = catalog.lookup(type_name, f"/Properties{path}")
        if facts.update == "Always" and facts.rule is not None:
            continue  # A reviewed row knows that it is replaced instead.
        one, other = ("one", "two") if text.rstrip("]").lstrip("[")[:1].islower() else ({"X": 1}, {"X": 2})
        if text.startswith("["):
            one, other = [one], [other]  # type: ignore[assignment]
        if not refusals(type_name, nested(path, one), nested(path, other)):
            silent.append(f"{type_name} {path}")
    assert count > 100
    assert not silent


@pytest.mark.parametrize(
    ("type_name", "path", "key"),
    [
        ("AWS::IAM::Role", "/Properties/Policies", "PolicyName"),
        ("AWS::Events::Rule", "/Properties/Targets", "Id"),
        ("AWS::ECS::TaskDefinition", "/Properties/ContainerDefinitions/0/Environment", None),
        ("AWS::ECS::TaskDefinition", "/Properties/ContainerDefinitions", "Name"),
        ("AWS::SQS::Queue", "/Properties/Tags", "Key"),
        ("AWS::EC2::Instance", "/Properties/BlockDeviceMappings", "DeviceName"),
        ("AWS::DynamoDB::GlobalTable", "/Properties/Replicas", "Region"),
        ("AWS::EC2::SecurityGroup", "/Properties/SecurityGroupIngress", None),
        ("AWS::EC2::Instance", "/Properties/SecurityGroupIds", None),
        ("AWS::S3::Bucket", "/Properties/Nothing", None),
    ],
)
def test_what_tells_the_items_of_a_list_apart(type_name: str, path: str, key: str | None) -> None:
    assert catalog.item_key(type_name, path) == key
