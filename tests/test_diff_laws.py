"""Laws of the diff, over generated pairs of templates: what must hold whatever an author does."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import examples, run_python
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from template_pairs import LITERALS, TYPES, pairs, renamed_element, resource_in, templates

from pyformation import catalog, evaluate, evaluation
from pyformation.changes import Diff, ResourceChange, compare
from pyformation.changes.sides import Sides
from pyformation.evaluation import is_known
from pyformation.evaluation.engine import Engine
from pyformation.sources import DeployedStack, LoadedTemplate

Template = dict[str, Any]
Pair = tuple[Template, Template]

SEVERITY = {None: 0, "False": 0, "Conditional": 1, "True": 2}

law = settings(
    max_examples=examples(50, 100),
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


def answer(diff: Diff) -> dict[str, tuple[str, str | None]]:
    """What happens to each resource."""
    return {change.logical_id: (change.action, change.replacement) for change in diff.resources}


def listed(diff: Diff, *, values: bool = False) -> dict[str, str]:
    """What AWS lists, with what it says of the replacement."""
    changes = diff.change_set(include_property_values=values)["Changes"]
    return {
        change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"].get("Replacement", "False")
        for change in changes
    }


# -- nothing comes of nothing


@law
@given(templates())
def test_the_same_template_twice(template: Template) -> None:
    diff = compare(template, copy.deepcopy(template))
    assert (diff.resources, diff.aws_only, diff.partial) == ((), (), ())
    assert diff.summary.total == 0
    for values in (False, True):
        found = diff.change_set(include_property_values=values)
        assert (found["Status"], found["Changes"]) == ("FAILED", [])


@law
@given(pairs())
def test_what_is_not_looked_into_would_not_have_changed(pair: Pair) -> None:
    quick = compare(*pair)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sides, "alike", lambda _sides, _name: False)
        patch.setattr(evaluation, "_functions", lambda _engine: {})
        slow = compare(*pair)
        sets = [slow.change_set(include_property_values=values) for values in (False, True)]
    assert (quick.resources, quick.aws_only) == (slow.resources, slow.aws_only)
    assert [quick.change_set(include_property_values=values) for values in (False, True)] == sets


# -- everything is explained


@law
@given(pairs())
def test_every_change_is_explained(pair: Pair) -> None:
    diff = compare(*pair)
    ours = {change.logical_id: change for change in diff.resources}
    for change in diff.resources:
        assert change.action in ("Add", "Remove", "Dynamic") or change.changes
        for each in change.changes:
            assert each.causes
            for cause in each.causes:
                if cause.kind == "edit":
                    assert written(pair[0], change, each.path) != written(pair[1], change, each.path)
                elif cause.kind == "parameter":
                    assert cause.name in pair[1]["Parameters"]
                elif cause.kind == "mapping":
                    assert pair[0]["Mappings"][cause.name] != pair[1]["Mappings"][cause.name]
                elif cause.kind == "condition":
                    assert cause.name in pair[1]["Conditions"]
                elif cause.kind == "resource":
                    assert cause.name.partition(".")[0] in ours
        ends(change, ours, ())


def written(template: Template, change: ResourceChange, path: str) -> Any:
    """What stands in the template for what changes: a property, or an attribute of the resource."""
    steps = path.split("/")[1:3]
    resource = template["Resources"][change.logical_id]
    return (
        resource.get("Properties", {}).get(steps[1]) if steps[0] == "Properties" else resource.get(steps[0])
    )


def ends(change: ResourceChange, ours: dict[str, ResourceChange], above: tuple[str, ...]) -> None:
    """Every chain of causes ends, and not in itself."""
    assert change.logical_id not in above
    for each in change.changes:
        for cause in each.causes:
            if cause.kind == "resource":
                ends(ours[cause.name.partition(".")[0]], ours, (*above, change.logical_id))


# -- what surrounds a change is no matter


@law
@given(st.data(), pairs(most=3))
def test_a_bigger_template_hides_nothing(data: st.DataObject, pair: Pair) -> None:
    sides = [copy.deepcopy(side) for side in pair]
    shared = data.draw(resource_in({**pair[0], "Resources": {}}))
    added = data.draw(resource_in({**pair[0], "Resources": {}}))
    for side in sides:
        side["Resources"] = {"Aaa": shared, **side["Resources"], "Zzz": shared}
    sides[1]["Resources"]["Mmm"] = added
    small, big = compare(*pair), compare(*sides)
    bigger = {change.logical_id: change for change in big.resources}
    for change in small.resources:
        assert bigger[change.logical_id].changes == change.changes
    assert {name: what for name, what in answer(big).items() if name in answer(small)} == answer(small)
    assert bigger.keys() - answer(small).keys() <= {"Aaa", "Zzz", "Mmm"}


@law
@given(pairs(), st.sampled_from(["First", "Second", "Free", "Stage", "Hidden"]))
def test_the_names_of_parameters_do_not_matter(pair: Pair, name: str) -> None:
    there = [renamed_element(side, name, "Otherwise") for side in pair]
    assert answer(compare(*there)) == answer(compare(*pair))
    if "Default" in pair[0]["Parameters"][name]:
        # A new name for a value that stays is no change.
        assert compare(pair[0], renamed_element(pair[0], name, "Otherwise")).resources == ()


@law
@given(pairs())
def test_what_aws_tells_of_names_hides_nothing(pair: Pair) -> None:
    """Against a live stack the same resources change: no literal of these templates is a physical ID."""
    before, after = pair
    live = DeployedStack(
        name="shop",
        id="arn",
        region="eu-west-1",
        account="111111111111",
        status="UPDATE_COMPLETE",
        parameters={},
        resolved={},
        tags={},
        outputs={},
        exported={},
        physical_ids={name: f"id-{name}" for name in before["Resources"]},
        policy=None,
        exports=dict,
        importers=lambda _name: [],
        nested=lambda _name: None,
    )
    known: dict[str, Any] = {"region": live.region, "account": live.account, "stack_name": live.name}
    known |= {"before_parameters": {}, "parameters": {}}
    offline = compare(before, after, **known)
    online = compare(LoadedTemplate("shop", before, "json", live=live), after, **known)
    assert {name: action for name, (action, _) in answer(online).items()} == {
        name: action for name, (action, _) in answer(offline).items()
    }


@law
@given(pairs())
def test_the_order_of_keys_does_not_matter(pair: Pair) -> None:
    def turned(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: turned(node[key]) for key in reversed(node)}
        return [turned(item) for item in node] if isinstance(node, list) else node

    diff = compare(*pair)
    assert answer(compare(turned(pair[0]), turned(pair[1]))) == answer(diff)
    assert answer(compare(pair[0], turned(pair[1]))) == answer(diff)
    again = compare(turned(pair[0]), pair[1])
    for values in (False, True):
        assert listed(again, values=values) == listed(diff, values=values)


# -- expressions that are equal


def rewritten(template: Template, how: Callable[[Any], Any]) -> Template:
    """A template in which every text in a property is made by another expression."""
    result = copy.deepcopy(template)
    result["Mappings"]["Letters"] = {"all": {letter: letter for letter in LITERALS}}
    result["Conditions"]["Always"] = {"Fn::Equals": ["1", 1]}
    for letter in LITERALS:
        result["Parameters"][f"Letter{letter}"] = {"Type": "String", "Default": letter}

    def visit(node: Any) -> Any:
        if isinstance(node, list):
            return [visit(item) for item in node]
        if isinstance(node, dict):
            (key, *rest) = node or [""]
            argument: Any = node.get(key)
            if rest or not (key == "Ref" or key.startswith("Fn::")):
                return {name: visit(item) for name, item in node.items()}
            if node == {"Ref": "AWS::NoValue"}:
                return node
            if key == "Fn::If":
                return {key: [argument[0], visit(argument[1]), visit(argument[2])]}
            return how(node)
        return how(node) if isinstance(node, str) else node

    for resource in result["Resources"].values():
        resource["Properties"] = visit(resource["Properties"])
    return result


WAYS: dict[str, Callable[[Any], Any]] = {
    "Join": lambda node: {"Fn::Join": ["", [node]]},
    "Sub": lambda node: {"Fn::Sub": ["${x}", {"x": node}]},
    "Select": lambda node: {"Fn::Select": [1, ["no", node]]},
    "If": lambda node: {"Fn::If": ["Always", node, "no"]},
    "Not": lambda node: {"Fn::If": ["Always", {"Fn::If": ["Always", node, {"Ref": "AWS::NoValue"}]}, "no"]},
    "FindInMap": lambda n: {"Fn::FindInMap": ["Letters", "all", n]} if n in LITERALS else n,
    "Ref": lambda node: {"Ref": f"Letter{node}"} if node in LITERALS else node,
    "variable": lambda node: {"Fn::Sub": f"${{Letter{node}}}"} if node in LITERALS else node,
    "Sub of a reference": lambda node: (
        {"Fn::Sub": f"${{{'.'.join(node['Fn::GetAtt'])}}}"} if "Fn::GetAtt" in node else node
    ),
}


@pytest.mark.parametrize("way", WAYS)
@settings(law, max_examples=examples(20, 40))
@given(pair=pairs())
def test_an_equal_expression_is_no_change(way: str, pair: Pair) -> None:
    before, after = pair
    assert compare(before, rewritten(before, WAYS[way])).resources == ()
    assert compare(rewritten(before, WAYS[way]), before).resources == ()
    diff = compare(before, after)
    assert answer(compare(before, rewritten(after, WAYS[way]))) == answer(diff)
    assert answer(compare(rewritten(before, WAYS[way]), after)) == answer(diff)


# -- never optimistic


@settings(law, max_examples=examples(100, 200))
@given(pairs(), st.sets(st.sampled_from(["First", "Second", "Stage", "Hidden", "AWS::Region"]), min_size=1))
def test_who_knows_less_promises_less(pair: Pair, withheld: set[str]) -> None:
    given_values = {"Free": "free", "Hidden": "on"}
    sure = compare(*pair, parameters=given_values, region="eu-west-1")
    sides = [copy.deepcopy(side) for side in pair]
    for name in withheld - {"Hidden", "AWS::Region"}:
        defaults = [side["Parameters"][name]["Default"] for side in sides]
        if defaults[0] == defaults[1]:  # Else that it changes would be withheld, too.
            for side in sides:
                del side["Parameters"][name]["Default"]
    less = {name: value for name, value in given_values.items() if name not in withheld}
    unsure = compare(*sides, parameters=less, region=None if "AWS::Region" in withheld else "eu-west-1")
    for change in sure.resources:
        found = unsure.resource(change.logical_id)
        assert found is not None, "no longer listed"
        if found.action == change.action == "Modify":
            assert SEVERITY[found.replacement] >= min(1, SEVERITY[change.replacement])
        elif change.action == "Modify" and change.replacement in ("True", "Conditional"):
            assert found.replacement in ("True", "Conditional")
        elif change.action in ("Add", "Remove"):
            assert found.action in (change.action, "Dynamic")


@law
@given(pairs())
def test_a_create_only_property_that_differs_replaces(pair: Pair) -> None:
    before, after = (evaluate(side, {"Hidden": "on"}) for side in pair)
    diff = compare(*pair, parameters={"Hidden": "on"})
    for name, resource in after.resources.items():
        old = before.resources.get(name)
        if old is None or not (old.exists and resource.exists) or old.type != resource.type:
            continue
        for key in {*old.properties, *resource.properties}:
            if catalog.requires_recreation(resource.type, f"/Properties/{key}") != "Always":
                continue
            one, other = old.properties.get(key), resource.properties.get(key)
            if is_known(one) and is_known(other) and one != other:
                change = diff.resource(name)
                assert change is not None
                assert change.replacement == "True"


# -- ours and AWS's


@settings(law, max_examples=examples(100, 200))
@given(pairs())
def test_ours_and_what_only_aws_lists_are_its_plain_answer(pair: Pair) -> None:
    diff = compare(*pair)
    ours, plain = answer(diff), listed(diff)
    only = {found.logical_id for found in diff.aws_only}
    assert not only & ours.keys()
    assert plain.keys() == only | ours.keys()
    assert all(found.reason for found in diff.aws_only)


@settings(law, max_examples=examples(100, 200))
@given(pairs())
def test_the_answer_with_values_is_part_of_the_plain_one(pair: Pair) -> None:
    diff = compare(*pair)
    assert listed(diff, values=True).keys() <= listed(diff).keys()


# -- the same everywhere

_PROGRAM = """
import json, sys
from pyformation.changes import compare
from pyformation.changes.description import describe
for before, after in json.load(open(sys.argv[1])):
    diff = compare(before, after)
    print(diff.resources, diff.aws_only)
    for values in (False, True):
        print(json.dumps(diff.change_set(include_property_values=values)))
"""


def test_hash_seeds_do_not_matter(tmp_path: Path) -> None:
    found: list[Pair] = []

    @settings(
        max_examples=25,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(pairs())
    def collect(pair: Pair) -> None:
        found.append(pair)

    collect()
    file = tmp_path / "pairs.json"
    file.write_text(json.dumps(found), encoding="utf-8")
    outputs = set[str]()
    for seed in ("0", "1", "12345"):
        done = run_python("-c", _PROGRAM, file, env={"PYTHONHASHSEED": seed})
        assert done.returncode == 0, done.stderr
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert outputs.pop().count("\n") == 3 * len(found) >= 30


# -- found by these laws


def test_a_name_that_may_not_be_given_is_another_one_of_another_resource() -> None:
    def template(queue: str) -> Template:
        name = {"Fn::If": ["Open", "jobs", {"Ref": "AWS::NoValue"}]}
        return {
            "Parameters": {"Hidden": {"Type": "String"}},
            "Conditions": {"Open": {"Fn::Equals": [{"Ref": "Hidden"}, "on"]}},
            "Resources": {
                queue: {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}},
                "Reader": {
                    "Type": "AWS::EC2::LaunchTemplate",
                    "Properties": {"LaunchTemplateName": {"Fn::GetAtt": [queue, "QueueName"]}},
                },
            },
        }

    diff = compare(template("Old"), template("New"))
    assert answer(diff) == {
        "New": ("Add", None),
        "Reader": ("Modify", "Conditional"),
        "Old": ("Remove", None),
    }
    assert compare(template("Old"), template("Old")).resources == ()


def test_a_name_of_its_own_stays_where_the_condition_does_not_hold() -> None:
    def template(description: str) -> Template:
        name = {"Fn::If": ["Open", {"Ref": "Policy"}, {"Ref": "AWS::NoValue"}]}
        return {
            "Parameters": {"Hidden": {"Type": "String"}},
            "Conditions": {"Open": {"Fn::Equals": [{"Ref": "Hidden"}, "on"]}},
            "Resources": {
                "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"Description": description}},
                "Database": {"Type": "AWS::RDS::DBInstance", "Properties": {"DBInstanceIdentifier": name}},
                "Reader": {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": {"Ref": "Database"}}},
            },
        }

    assert answer(compare(template("a"), template("b"))) == {
        "Policy": ("Modify", "True"),
        "Database": ("Modify", "Conditional"),
        "Reader": ("Modify", "Conditional"),
    }


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        # Hidden is on or off: the first value differs, the second does not.
        ({"on": {"x": "z"}, "off": {"x": "b"}}, "Conditional"),
        ({"on": {"x": "a"}, "off": {"x": "b"}, "else": {"x": "c"}}, "Conditional"),
    ],
)
def test_a_lookup_by_what_is_not_known_may_find_the_same(edited: dict[str, Any], expected: str) -> None:
    def template(mapping: dict[str, Any]) -> Template:
        found = {"Fn::FindInMap": ["Map", {"Ref": "Hidden"}, "x"]}
        return {
            "Parameters": {"Hidden": {"Type": "String"}},
            "Mappings": {"Map": mapping},
            "Resources": {
                "Database": {
                    "Type": "AWS::RDS::DBInstance",
                    "Properties": {"DBInstanceIdentifier": {"Fn::Join": ["-", ["db", found]]}},
                }
            },
        }

    start = {"on": {"x": "a"}, "off": {"x": "b"}}
    assert answer(compare(template(start), template(edited))) == {"Database": ("Modify", expected)}
    alike = {"on": {"x": "a"}, "off": {"x": "a"}}
    literal = template(alike)
    literal["Resources"]["Database"]["Properties"]["DBInstanceIdentifier"] = "db-a"
    assert compare(template(alike), literal).resources == ()


def test_an_attribute_whose_property_is_no_longer_given_may_change() -> None:
    reader = {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": {"Fn::GetAtt": ["Queue", "KmsMasterKeyId"]}},
    }

    def template(**properties: str) -> Template:
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": "1", **properties}}
        return {"Resources": {"Queue": queue, "Reader": reader}}

    dropped = compare(template(KmsMasterKeyId="k"), template())
    assert answer(dropped) == {"Queue": ("Modify", "False"), "Reader": ("Modify", "Conditional")}
    edited = compare(template(), template(DelaySeconds="2"))  # What the service gave it stays.
    assert answer(edited) == {"Queue": ("Modify", "False")}


# -- in proportion


def chain(length: int, first: str) -> Template:
    """Queues of which each is told the key of the one in front of it."""
    resources: dict[str, Any] = {
        "R0": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q", "KmsMasterKeyId": first}}
    }
    for number in range(1, length):
        key = {"Fn::GetAtt": [f"R{number - 1}", "KmsMasterKeyId"]}
        resources[f"R{number}"] = {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": key}}
    return {"Resources": resources}


def replaced_chain(length: int, first: str) -> Template:
    """Roles of which each is named after the one in front of it."""
    resources: dict[str, Any] = {"R0": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": first}}}
    for number in range(1, length):
        name = {"Fn::Sub": f"n-${{R{number - 1}.RoleId}}"}
        resources[f"R{number}"] = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name}}
    return {"Resources": resources}


def fan(width: int, first: str) -> Template:
    """One queue, and many topics that refer to it."""
    arn = {"Fn::Join": ["", ["x", {"Fn::GetAtt": ["R0", "Arn"]}]]}
    topics = {
        f"R{number}": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": arn}}
        for number in range(1, width)
    }
    return {"Resources": {"R0": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": first}}, **topics}}


def conditions(length: int, first: str) -> Template:
    """Conditions of which each refers to the one in front of it, and as many resources."""
    found: dict[str, Any] = {"C0": {"Fn::Equals": [{"Ref": "Stage"}, "on"]}}
    for number in range(1, length):
        found[f"C{number}"] = {"Fn::Not": [{"Condition": f"C{number - 1}"}]}
    resources = {
        f"R{number}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Fn::If": [f"C{number}", f"a{number}", f"b{number}"]}},
        }
        for number in range(length)
    }
    parameters = {"Stage": {"Type": "String", "Default": first}}
    return {"Parameters": parameters, "Conditions": found, "Resources": resources}


SHAPES: dict[str, tuple[Callable[[int, str], Template], int, str, str]] = {
    "a chain of updates": (chain, 2000, "False", "off"),
    "a chain of replacements": (replaced_chain, 2000, "True", "off"),
    "a fan": (fan, 4000, "False", "off"),
    "a chain of conditions": (conditions, 2000, "True", "off"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_with_the_template(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, size, replacement, other = SHAPES[shape]
    counts: list[int] = []

    def counted(name: str) -> None:
        method = getattr(Engine, name)

        def call(self: Engine, *arguments: Any, **options: Any) -> Any:
            counts[-1] += 1
            return method(self, *arguments, **options)

        monkeypatch.setattr(Engine, name, call)

    for name in ("value", "references", "condition"):
        counted(name)
    for length in (size // 4, size):
        counts.append(0)
        diff = compare(make(length, "on"), make(length, other))
        assert len(diff.resources) == length
        assert diff.resource(f"R{length - 1}").replacement == replacement  # type: ignore[union-attr]
        for values in (False, True):
            assert diff.change_set(include_property_values=values)["Changes"]
    small, big = counts
    assert big <= 4.2 * small, (small, big)
    assert big <= 120 * size


@pytest.mark.slow
def test_five_thousand_resources() -> None:
    size = 5000
    names = sorted(TYPES)

    def made(text: str) -> Template:
        resources: dict[str, Any] = {}
        for number in range(size):
            kinds = TYPES[names[number % len(names)]][0]
            key = next(key for key, kind in kinds.items() if kind == "text")
            value = text if number % 10 == 0 else "stays"
            resources[f"R{number}"] = {"Type": names[number % len(names)], "Properties": {key: value}}
        return {"Resources": resources}

    diff = compare(made("a"), made("b"))
    assert len(diff.resources) == size // 10
