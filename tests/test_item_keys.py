"""Lists whose items have keys are compared by these: what comes, goes, is edited or only moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pyformation import catalog, diff
from pyformation.changes import Diff, PropertyChange, ResourceChange, compare

SEVERITY = {None: 0, "False": 0, "Conditional": 1, "True": 2}

# A list with keys: the type of the resource, the property, the key, what else an item has, and the property of an
# item to edit. Whether an update replaces the resource is the catalog's matter: of some lists always, of some never.
LISTS: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("AWS::DynamoDB::Table", "GlobalSecondaryIndexes", "IndexName", {"Projection": {}}, "KeySchema"),
    ("AWS::DynamoDB::Table", "LocalSecondaryIndexes", "IndexName", {"Projection": {}}, "KeySchema"),
    ("AWS::IAM::Role", "Policies", "PolicyName", {}, "PolicyDocument"),
    ("AWS::ECS::TaskDefinition", "ContainerDefinitions", "Name", {"Essential": True}, "Image"),
    ("AWS::Cognito::UserPool", "Schema", "Name", {"Mutable": True}, "AttributeDataType"),
    ("AWS::Events::Rule", "Targets", "Id", {}, "Arn"),
    ("AWS::SNS::Topic", "Tags", "Key", {}, "Value"),
    ("AWS::EC2::Instance", "BlockDeviceMappings", "DeviceName", {}, "VirtualName"),
    ("AWS::SSM::MaintenanceWindowTask", "Targets", "Key", {}, "Values"),
]

Item = tuple[str, int]  # The key, and a number that an edit changes.


def template(row: tuple[str, str, str, dict[str, Any], str], items: list[Item]) -> dict[str, Any]:
    type_name, name, key, common, other = row
    return {
        "Resources": {
            "Subject": {
                "Type": type_name,
                "Properties": {name: [{key: text, **common, other: f"{text} {n}"} for text, n in items]},
            }
        }
    }


def subject(found: Diff) -> ResourceChange | None:
    return found.resource("Subject")


def by_place(before: Any, after: Any) -> Diff:
    """The diff in which no list has keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "item_key", lambda _type, _path: None)
        return compare(before, after)


keys = st.lists(st.sampled_from("abcdef"), unique=True, max_size=5)
rows = st.sampled_from(LISTS)
law = settings(max_examples=examples(60, 600), derandomize=True, deadline=None, print_blob=False)


@law
@given(rows, keys, keys, st.sets(st.sampled_from("abcdef")))
def test_what_comes_goes_is_edited_or_moves(
    row: tuple[str, str, str, dict[str, Any], str], old: list[str], new: list[str], edited: set[str]
) -> None:
    before = template(row, [(key, 0) for key in old])
    after = template(row, [(key, int(key in edited)) for key in new])
    change = subject(compare(before, after))
    at = f"/Properties/{row[1]}"
    expected = {("Remove", f"{at}/{old.index(key)}") for key in old if key not in new}
    expected |= {("Add", f"{at}/{new.index(key)}") for key in new if key not in old}
    expected |= {("Modify", f"{at}/{new.index(key)}/{row[4]}") for key in edited & {*old} & {*new}}
    if [key for key in old if key in new] != [key for key in new if key in old]:
        expected.add(("Modify", at))
    found = () if change is None else change.changes
    assert {(each.change_type, each.path) for each in found} == expected
    assert len(found) == len(expected)
    for each in found:
        assert [cause.kind for cause in each.causes] == ["edit"]
        assert each.place is not None
        # What goes has no line of its own any more: the list has.
        line = at if each.change_type == "Remove" else each.path
        assert "/" + "/".join(map(str, each.place.path[2:])) == line


@law
@given(rows, keys, keys, st.sets(st.sampled_from("abcdef")))
def test_keys_hide_no_replacement(
    row: tuple[str, str, str, dict[str, Any], str], old: list[str], new: list[str], edited: set[str]
) -> None:
    before = template(row, [(key, 0) for key in old])
    after = template(row, [(key, int(key in edited)) for key in new])
    change, other = subject(compare(before, after)), subject(by_place(before, after))
    assert (change is None) == (other is None)
    if change is not None and other is not None:
        assert SEVERITY[change.replacement] >= SEVERITY[other.replacement]


@law
@given(rows, keys, st.data())
def test_keys_that_are_not_unique_or_not_known_count_for_nothing(
    row: tuple[str, str, str, dict[str, Any], str], old: list[str], data: st.DataObject
) -> None:
    before = template(row, [(key, 0) for key in ["a", *old]])
    after = template(row, [(key, 0) for key in data.draw(st.permutations(["z", *old]))])
    unsure: list[Any] = [{"Ref": "Name"}, "a", "{{resolve:ssm:name:1}}"]
    for side in (before, after):
        side["Parameters"] = {"Name": {"Type": "String"}}
        items = side["Resources"]["Subject"]["Properties"][row[1]]
        items.append({**items[0], row[2]: data.draw(st.sampled_from(unsure))})
    assert subject(compare(before, after)) == subject(by_place(before, after))


def table(*names: Any, **sections: Any) -> dict[str, Any]:
    indexes = [
        {"IndexName": name, "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
        if isinstance(name, str)
        else name
        for name in names
    ]
    properties = {"GlobalSecondaryIndexes": indexes}
    return {**sections, "Resources": {"Subject": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}}


def told(before: Any, after: Any, **options: Any) -> list[tuple[str, str, list[str]]]:
    change = subject(compare(before, after, **options))
    assert change is not None
    return [_told(each) for each in change.changes]


def _told(each: PropertyChange) -> tuple[str, str, list[str]]:
    causes = [f"{cause.kind} {cause.name}".strip() for cause in each.causes]
    return each.change_type, each.path.removeprefix("/Properties/GlobalSecondaryIndexes"), causes


def test_a_condition_takes_an_item_out() -> None:
    parameters = {"Stage": {"Type": "String"}}
    conditions = {"Big": {"Fn::Equals": [{"Ref": "Stage"}, "big"]}}
    item = {"Fn::If": ["Big", {"IndexName": "first"}, {"Ref": "AWS::NoValue"}]}
    given = table(item, "second", Parameters=parameters, Conditions=conditions)
    small, big = {"Stage": "small"}, {"Stage": "big"}
    assert told(given, given, before_parameters=big, parameters=small) == [
        ("Remove", "/0", ["condition Big"])
    ]
    assert told(given, given, before_parameters=small, parameters=big) == [("Add", "/0", ["condition Big"])]


def test_a_parameter_gives_an_item_another_key() -> None:
    item = {"IndexName": {"Ref": "Name"}}
    given = table(item, "second", Parameters={"Name": {"Type": "String"}})
    assert told(given, given, before_parameters={"Name": "a"}, parameters={"Name": "b"}) == [
        ("Remove", "/0", ["parameter Name"]),
        ("Add", "/0", ["parameter Name"]),
    ]


def test_values_behind_what_comes_have_their_own_causes_and_places() -> None:
    def item(name: str) -> dict[str, Any]:
        return {"IndexName": name, "Projection": {"ProjectionType": {"Ref": f"Of{name}"}}}

    parameters = {f"Of{name}": {"Type": "String", "Default": "ALL"} for name in "ab"}
    before = table(item("a"), item("b"), Parameters=parameters)
    after = table("new", item("a"), item("b"), Parameters=parameters)
    assert told(before, after, parameters={"Ofb": "KEYS_ONLY"}, before_parameters={}) == [
        ("Add", "/0", ["edit"]),
        ("Modify", "/2/Projection/ProjectionType", ["parameter Ofb"]),
    ]


SIZED = {
    "typeName": "Third::Party::Sized",
    "definitions": {
        "Item": {
            "type": "object",
            "properties": {"Name": {"type": "string"}, "Size": {"type": "integer"}},
            "required": ["Name"],
        }
    },
    "properties": {
        "Id": {"type": "string"},
        "Items": {"type": "array", "items": {"$ref": "#/definitions/Item"}},
    },
    "readOnlyProperties": ["/properties/Id"],
    "primaryIdentifier": ["/properties/Id"],
    "createOnlyProperties": ["/properties/Items/*/Size"],
    "handlers": {"update": {"permissions": []}},
}


def test_a_replacement_by_place_counts() -> None:
    """CloudFormation sees another size at the first place, which only a replacement changes."""
    catalog.register(SIZED)

    def items(*names: str) -> dict[str, Any]:
        sizes: dict[str, Any] = {"a": {"Name": "a"}, "b": {"Name": "b", "Size": 1}}
        properties = {"Items": [sizes[name] for name in names]}
        return {"Resources": {"Subject": {"Type": "Third::Party::Sized", "Properties": properties}}}

    change = subject(compare(items("a", "b"), items("b")))
    assert change is not None
    assert change.replacement == "True"
    assert change == subject(by_place(items("a", "b"), items("b")))


def test_an_order_alone_is_said_to_be_one() -> None:
    found = diff(table("a", "b"), table("b", "a"))
    assert [each.path for change in found.resources for each in change.changes] == [
        "/Properties/GlobalSecondaryIndexes"
    ]
    assert [(each.code, each.path) for each in found.findings if each.code in ("PF502", "PF503")] == [
        ("PF503", "/Resources/Subject/Properties/GlobalSecondaryIndexes")
    ]


def test_what_aws_answers_goes_by_places() -> None:
    found = compare(table("a", "b"), table("b")).change_set(include_property_values=True)
    details = found["Changes"][0]["ResourceChange"]["Details"]
    assert {each["Target"]["Path"] for each in details} == {
        "/Properties/GlobalSecondaryIndexes/0/IndexName",
        "/Properties/GlobalSecondaryIndexes/1",
    }


def test_a_finding_about_an_item_that_goes_is_not_at_the_line_of_another(tmp_path: Path) -> None:
    files = []
    for number, names in enumerate((["first", "second"], ["second"])):
        lines = ["Resources:", "  Subject:", "    Type: AWS::DynamoDB::Table", "    Properties:"]
        lines += ["      TableName: orders", "      GlobalSecondaryIndexes:"]
        for name in names:
            lines += [
                f"        - IndexName: {name}",
                "          KeySchema:",
                "            - AttributeName: id",
            ]
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text("\n".join(lines), encoding="utf-8")
    found = diff(*map(str, files))
    (removed,) = found.resources[0].changes
    assert (removed.change_type, removed.path) == ("Remove", "/Properties/GlobalSecondaryIndexes/0")
    (about,) = (finding for finding in found.findings if finding.code == "PF501")
    assert about.origin == removed.origin
    assert about.origin is not None
    assert about.origin.line == 6
