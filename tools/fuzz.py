"""Mutate real templates, and look for what breaks: ``python tools/fuzz.py [--seed N] [--cases N] [TEMPLATE...]``.

Each case changes a template a few times by a grammar of expressions and odd values. Then it is evaluated, compared with
itself and with the original, written in every format, drawn, checked, loaded and rendered, and now and then converted
to Python and run. Reported are exceptions other than `PyformationError`, a diff of a template with itself that is not
empty, a template that is rendered as another one, secrets in what is written, and what takes too long or too much memory.

The seed is printed; ``--case SEED:NUMBER`` runs one case again and prints the template.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import pyformation  # noqa: E402
from pyformation import PyformationError, Template  # noqa: E402
from pyformation.changes import compare  # noqa: E402
from pyformation.conversion import convert  # noqa: E402
from pyformation.document import parse, to_json, to_yaml  # noqa: E402
from pyformation.graphs import graph  # noqa: E402
from pyformation.plain import is_list, is_mapping, mapping_or_empty  # noqa: E402
from pyformation.reports import formats  # noqa: E402
from pyformation.validation.checks import look  # noqa: E402

# In seconds of this process, and in bytes: what one case may take.
TIME, MEMORY = 5.0, 500_000_000
SECRET = "hunter2-Zq9x"

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 1e308, -1e308, 10**30, "", " ", "a", "-", ",", "a,b,,c", "true", "1", "1e400", "0x10",
    "${", "${}", "${!x}", "${A", "${AWS::Region}", "${AWS::NoValue}", "{{resolve:ssm:/a}}", "{{resolve:secretsmanager:a:SecretString:b}}",
    "{{resolve:ssm:", "\u00e9", "\u202e", "\u0000", "\ud800", "\U0001f600", "a\nb", "::error::x", "##[error]", "<b>", "|", "`", "*", "?",
    "10.0.0.0/8", "arn:aws:iam::123456789012:role/x", "x" * 3_000, [], {}, [[]], [{}], {"": ""}, [None], {"a": None}, [1, "1", True],
)  # fmt: skip
TYPES = (
    "AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::RDS::DBInstance", "AWS::IAM::Role", "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet",
    "AWS::CloudFormation::Stack", "AWS::Lambda::Function", "Custom::It", "AWS::Nope::Nope", "My::Own::Thing::MODULE", "", None, 5,
)  # fmt: skip
ATTRIBUTES = ("DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy", "Metadata", "DependsOn", "Condition", "Type", "Properties")  # fmt: skip


class Grammar:
    """Expressions that name what a template has, or nothing."""

    def __init__(self, chance: random.Random, data: dict[str, Any]) -> None:
        self.chance = chance
        self.resources = self._names(data, "Resources")
        self.parameters = self._names(data, "Parameters")
        self.conditions = self._names(data, "Conditions")
        self.mappings = self._names(data, "Mappings")

    @staticmethod
    def _names(data: dict[str, Any], section: str) -> list[str]:
        found = data.get(section)
        return [str(name) for name in mapping_or_empty(found)]

    def pick(self, *groups: list[str]) -> str:
        names = [name for group in groups for name in group]
        pseudo = ["AWS::Region", "AWS::AccountId", "AWS::StackName", "AWS::NoValue", "AWS::Partition"]
        return self.chance.choice([*names, *self.chance.choices(pseudo, k=2), "Nothing"])

    def expression(self, depth: int = 3) -> Any:
        """A random expression, or an odd value."""
        chance = self.chance
        if depth <= 0 or chance.random() < 0.25:
            return chance.choice(
                [
                    {"Ref": self.pick(self.resources, self.parameters)},
                    {
                        "Fn::GetAtt": [
                            self.pick(self.resources),
                            chance.choice(["Arn", "Outputs.X", "Name", ""]),
                        ]
                    },
                    {"Fn::Sub": f"a${{{self.pick(self.resources, self.parameters)}}}b"},
                    copy.deepcopy(chance.choice(ODD)),
                ]
            )
        inner = [self.expression(depth - 1) for _ in range(3)]
        return chance.choice(
            [
                {"Fn::Join": [chance.choice(["", ",", inner[0]]), chance.choice([inner[1:], inner[1]])]},
                {"Fn::If": [self.pick(self.conditions), inner[0], inner[1]]},
                {"Fn::Select": [chance.choice([0, "1", 99, inner[0]]), chance.choice([inner, inner[1]])]},
                {"Fn::Split": [chance.choice([",", "", inner[0]]), inner[1]]},
                {"Fn::Sub": ["${V}-${AWS::Region}", {"V": inner[0]}]},
                {"Fn::FindInMap": [self.pick(self.mappings), inner[0], inner[1]]},
                {"Fn::FindInMap": [self.pick(self.mappings), "a", "b", {"DefaultValue": inner[0]}]},
                {"Fn::Base64": inner[0]},
                {"Fn::ImportValue": inner[0]},
                {"Fn::Cidr": [inner[0], chance.choice([1, "256", 1000]), 8]},
                {"Fn::GetAZs": inner[0]},
                {"Fn::ToJsonString": inner[0]},
                {"Fn::Length": inner},
                {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": inner[0]}}},
                {"Fn::GetStackOutput": {"StackName": inner[0], "OutputName": "o"}},
                {"Fn::Unheard": inner[0]},
                {"Fn::ForEach::L": ["X", inner[:2], {"P${X}": inner[2]}]},
                {"Ref": inner[0]},
                {"Fn::GetAtt": inner[:2]},
                {"Fn::And": inner},
                {"Condition": self.pick(self.conditions)},
                inner,
                {"k": inner[0], "l": inner[1]},
            ]
        )


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values below a node."""
    items: Any = node.items() if is_mapping(node) else enumerate(node) if is_list(node) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def at(node: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        node = node[step]
    return node


def mutated(data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The template with a few changes."""
    data = copy.deepcopy(data)
    for _ in range(chance.choice([1, 1, 2, 3, 5])):
        grammar = Grammar(chance, data)
        paths = list(places(data))
        if not paths:
            break
        path = chance.choice(paths)
        owner, key = at(data, path[:-1]), path[-1]
        change = chance.randrange(10)
        if change <= 2:
            owner[key] = grammar.expression()
        elif change == 3:
            owner[key] = copy.deepcopy(chance.choice(ODD))
        elif change == 4:
            del owner[key]
        elif change == 5:
            owner[key] = copy.deepcopy(at(data, chance.choice(paths)))
            if len(json.dumps(data, default=str)) > 300_000:
                break
        elif change == 6 and is_mapping(owner):
            owner[chance.choice([*map(str, owner), "New", "Fn::If", "Ref", "Fn::ForEach::X", ""])] = (
                owner.pop(key)
            )
        elif change == 7:
            owner[key] = {"Fn::If": [grammar.pick(grammar.conditions), owner[key], grammar.expression(1)]}
        elif change == 8:
            _add(data, grammar)
        else:
            resources = data.get("Resources")
            if is_mapping(resources) and resources:
                resource_ = resources[chance.choice(list(resources))]
                if is_mapping(resource_):
                    attribute = chance.choice(ATTRIBUTES)
                    resource_[attribute] = (
                        chance.choice(TYPES) if attribute == "Type" else grammar.expression(2)
                    )
    return data


def _add(data: dict[str, Any], grammar: Grammar) -> None:
    """Add an element: a condition, a secret, an output, a loop."""
    chance = grammar.chance

    def section(name: str) -> dict[str, Any]:
        found = data.setdefault(name, {})
        return mapping_or_empty(found)

    added = chance.randrange(6)
    if added == 0:
        section("Conditions")[f"Cond{chance.randrange(3)}"] = chance.choice(
            [
                {"Fn::Equals": [grammar.expression(1), grammar.expression(1)]},
                {"Fn::Not": [{"Condition": grammar.pick(grammar.conditions)}]},
                {"Fn::And": [{"Condition": grammar.pick(grammar.conditions)}, grammar.expression(1)]},
            ]
        )
    elif added == 1:
        kind = chance.choice(["String", "CommaDelimitedList", "Number", "AWS::SSM::Parameter::Value<String>"])
        section("Parameters")["Secret"] = {"Type": kind, "NoEcho": True, "Default": SECRET}
        section("Resources")["Hidden"] = {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": {"Fn::Sub": "${Secret}"},
                "Tags": [{"Key": "k", "Value": {"Ref": "Secret"}}],
            },
        }
    elif added == 2:
        section("Outputs")["Out"] = {
            "Value": grammar.expression(2),
            "Export": {"Name": grammar.expression(1)},
        }
    elif added == 3:
        data["Transform"] = chance.choice(
            ["AWS::LanguageExtensions", ["AWS::LanguageExtensions", "Mine"], "Mine", 5]
        )
    elif added == 4:
        body = {"R${X}": {"Type": chance.choice(TYPES), "Properties": grammar.expression(1)}}
        section("Resources")["Fn::ForEach::F"] = [
            "X",
            chance.choice([["a", "b"], grammar.expression(1)]),
            body,
        ]
    else:
        section("Mappings")["M"] = {"a": {"b": grammar.chance.choice(ODD)}}


# ---------------------------------------------------------------------------------------------
# What is done with each

FORMATS = [(name, formats.DIFF[name]) for name in ("text", "json", "markdown", "html", "sarif", "changeset")]


def steps(
    before: dict[str, Any], data: dict[str, Any], with_conversion: bool
) -> dict[str, Callable[[], None]]:
    """What is done with a case, by name; each raises `AssertionError` for an answer that is wrong."""

    def evaluate() -> None:
        pyformation.evaluate(data)

    def with_itself() -> None:
        found = compare(data, copy.deepcopy(data))
        changed = [change.logical_id for change in found.resources]
        assert not changed, f"a template differs from itself in {changed}"

    def with_original(one: dict[str, Any], other: dict[str, Any]) -> None:
        found = pyformation.diff(one, other)
        for values in (False, True):
            for _, format_ in FORMATS:
                text = format_.write(found, formats.View(verbose=True, include_property_values=values))
                assert SECRET not in text, "a secret is written"

    def draw() -> None:
        from pyformation.graphs.picture import svg
        from pyformation.graphs.text import mermaid

        found = graph(data, parameters=True, outputs=True, conditions=True)
        mermaid(found)
        assert SECRET not in svg(found), "a secret is drawn"

    def validate() -> None:
        look(data, json.dumps(data))

    def render() -> None:
        template = Template.from_dict(data)
        for text in (template.to_yaml(), template.to_json()):
            again = parse(text, name="again").data
            assert again == template.to_dict(), "a template is rendered as another one"

    def read() -> None:
        for write in (to_json, to_yaml):
            parse(write(data), name="again")

    def run_converted() -> None:
        convert(parse(to_json(data), name="t.json"))

    found: dict[str, Callable[[], None]] = {
        "evaluate": evaluate,
        "diff with itself": with_itself,
        "diff": lambda: with_original(before, data),
        "diff back": lambda: with_original(data, before),
        "graph": draw,
        "validate": validate,
        "render": render,
        "read": read,
    }
    if with_conversion:
        found["convert"] = run_converted
    return found


def problems(before: dict[str, Any], data: dict[str, Any], with_conversion: bool) -> Iterator[str]:
    """What is wrong with the answers to one case, each in a sentence."""
    for name, step in steps(before, data, with_conversion).items():
        begun = time.process_time()
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            step()
        except PyformationError as error:
            if len(str(error)) > 2_000:
                yield f"{name}: an error of {len(str(error)):,} characters: {str(error)[:80]}"
            if SECRET in str(error):
                yield f"{name}: a secret in an error: {error}"
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            ours = [f for f in traceback.extract_tb(error.__traceback__) if "/pyformation/" in f.filename]
            place = ours[-1] if ours else frame
            where = f"{os.path.relpath(place.filename, ROOT)}:{place.lineno}"
            yield f"{name}: {type(error).__name__}: {str(error)[:150]} ({where})"
        took = time.process_time() - begun
        if took > TIME:
            yield f"{name}: took {took:.1f} seconds"
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most) * 1_024
        if grown > MEMORY:
            yield f"{name}: took {grown / 1e6:,.0f} MB more"


def corpus(paths: list[str]) -> list[dict[str, Any]]:
    """Templates to begin with: those given, else real ones beside the project, else those of the tests."""
    places_ = [Path(path) for path in paths]
    if not places_:
        real = ROOT.parent / "shared" / "data" / "templates"
        places_ = [real if real.is_dir() else ROOT / "tests" / "fixtures"]
    files = [
        file
        for place in places_
        for file in (sorted(place.rglob("*")) if place.is_dir() else [place])
        if file.suffix in (".json", ".yaml", ".yml", ".template") and file.stat().st_size < 60_000
    ]
    found: list[dict[str, Any]] = []
    for file in files:
        try:
            data = parse(file.read_text(encoding="utf-8"), name=str(file)).data
        except (PyformationError, UnicodeDecodeError):
            continue
        if is_mapping(data.get("Resources")):
            found.append(data)
    return found


def run(
    templates: list[dict[str, Any]],
    seed: int,
    numbers: Iterator[int],
    convert_each: int,
    until: float | None = None,
) -> list[str]:
    """The problems of some cases of a seed."""
    found: list[str] = []
    said: set[str] = set()
    for number in numbers:
        if until is not None and time.monotonic() > until:
            break
        before, data = case(templates, seed, number)
        for problem in problems(before, data, convert_each > 0 and number % convert_each == 0):
            kind = problem.rpartition("(")[2] if problem.endswith(")") else problem
            if kind not in said:  # The same place is told once.
                said.add(kind)
                found.append(f"--case {seed}:{number}  {problem}")
                print(found[-1], flush=True)
    return found


def case(templates: list[dict[str, Any]], seed: int, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The template of a case before and after its changes."""
    chance = random.Random(f"{seed}:{number}")
    before = chance.choice(templates)
    return before, mutated(before, chance)


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument(
        "templates", nargs="*", help="files or folders; by default real templates, or those of the tests"
    )
    parser.add_argument("--seed", type=int, default=None, help="by default a new one")
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=None, help="stop after so many minutes")
    parser.add_argument(
        "--convert-each", type=int, default=50, help="convert every so manyth case; 0 is none"
    )
    parser.add_argument("--case", help="SEED:NUMBER of one case to run again")
    options = parser.parse_args()
    templates = corpus(options.templates)
    if options.case:
        seed, _, number = options.case.partition(":")
        before, data = case(templates, int(seed), int(number))
        print(json.dumps(data, indent=1))
        for step in steps(before, data, options.convert_each > 0).values():
            try:
                step()
            except PyformationError as error:
                print(error)
            except Exception:
                traceback.print_exc()
        return 0
    seed = random.randrange(10**9) if options.seed is None else options.seed
    print(f"seed {seed}, {len(templates)} templates", flush=True)
    until = None if options.minutes is None else time.monotonic() + options.minutes * 60
    found = run(templates, seed, iter(range(options.cases)), options.convert_each, until)
    print(f"{len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
