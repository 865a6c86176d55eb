"""Another way to the same answer: act an update out, in every world that there may be.

Nothing of evaluation or changes is imported. A world says what nobody knows offline: the value of an
unknown parameter, whether a computed attribute changes when its resource is updated, whether a conditional
property replaces. In one world everything is concrete: resources have identifiers, functions give texts.
A template is evaluated, the update is acted out resource by resource until nothing moves, and what each
resource had is compared with what it gets.

The model: an identifier, an ARN or a computed attribute is a text that nobody else has, and what replaces a
resource gets new ones, but where the template gives the name; a function of such a text is another text.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pyformation import catalog

GONE = "<nothing>"  # The value of AWS::NoValue.

# What a parameter without a value may be. (The literals of properties are others: see template_pairs.)
WORLDS_OF = {"Hidden": ("on", "off")}


class TooMany(Exception):
    """There are more worlds than anybody wants to look into."""


class World:
    """What is decided in one world: the same question has the same answer."""

    def __init__(self, script: list[int]) -> None:
        self.script = script
        self.asked: dict[str, int] = {}
        self.sizes: list[int] = []

    def choose(self, question: str, options: tuple[Any, ...]) -> Any:
        if question not in self.asked:
            number = len(self.sizes)
            self.asked[question] = self.script[number] if number < len(self.script) else 0
            self.sizes.append(len(options))
        return options[self.asked[question]]


def worlds(play: Callable[[World], Any], limit: int) -> list[Any]:
    """What happens in every world: each decision is taken in all ways."""
    found: list[Any] = []
    script: list[int] = []
    while True:
        world = World(script)
        found.append(play(world))
        if len(found) > limit:
            raise TooMany
        script = [*script, *[0] * len(world.sizes)][: len(world.sizes)]
        while script and script[-1] + 1 == world.sizes[len(script) - 1]:
            script.pop()
        if not script:
            return found
        script[-1] += 1


# -- one template in one world


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@dataclass
class Concrete:
    """A template whose functions are computed; `ref` and `att` say what resources have."""

    template: dict[str, Any]
    world: World
    ref: Callable[[str], Any]
    att: Callable[[str, str], Any]

    def parameter(self, name: str) -> str:
        facts = self.template["Parameters"][name]
        if "Default" in facts:
            return str(facts["Default"])
        return str(self.world.choose(f"parameter {name}", WORLDS_OF.get(name, (f"<{name}>",))))

    def condition(self, name: str) -> bool:
        return self.truth(self.template["Conditions"][name])

    def truth(self, node: Any) -> bool:
        ((key, argument),) = node.items()
        if key == "Condition":
            return self.condition(argument)
        if key == "Fn::Equals":
            one, other = (text_of(self.value(part)) for part in argument)
            return one == other
        answers = [self.truth(part) for part in argument]
        return all(answers) if key == "Fn::And" else any(answers) if key == "Fn::Or" else not answers[0]

    def name(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return GONE
        if name.startswith("AWS::"):
            return f"<{name}>"
        return self.parameter(name) if name in self.template["Parameters"] else self.ref(name)

    def value(self, node: Any) -> Any:
        if isinstance(node, list):
            return [item for item in map(self.value, node) if item is not GONE]
        if not isinstance(node, dict):
            return node
        key = next(iter(node), "")
        argument: Any = node.get(key)
        if key == "Ref":
            return self.name(argument)
        if key == "Fn::GetAtt":
            return self.att(*argument)
        if key == "Fn::If":
            return self.value(argument[1] if self.condition(argument[0]) else argument[2])
        if key == "Fn::Join":
            return argument[0].join(text_of(item) for item in self.value(argument[1]))
        if key == "Fn::Select":
            return self.value(argument[1])[int(argument[0])]
        if key == "Fn::Base64":
            return base64.b64encode(text_of(self.value(argument)).encode()).decode()
        if key == "Fn::FindInMap":
            mapping, top, second = (self.value(part) for part in argument)
            return self.template["Mappings"][mapping][top][second]
        if key == "Fn::Sub":
            return self.substituted(argument)
        assert not key.startswith("Fn::"), key
        found = {name: self.value(item) for name, item in node.items()}
        return {name: item for name, item in found.items() if item is not GONE}

    def substituted(self, argument: Any) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def piece(match: re.Match[str]) -> str:
            name = match[1]
            if name in variables:
                return text_of(self.value(variables[name]))
            target, dot, attribute = name.partition(".")
            return text_of(self.att(target, attribute) if dot else self.name(name))

        return re.sub(r"\$\{([^}]*)\}", piece, text)

    def lives(self, resource: dict[str, Any]) -> bool:
        return "Condition" not in resource or self.condition(resource["Condition"])

    def contents(self, resource: dict[str, Any]) -> dict[str, Any]:
        """What CloudFormation compares of a resource: properties, and what stands beside them."""
        kept = {key: item for key, item in resource.items() if key not in ("Type", "Condition", "DependsOn")}
        found: dict[str, Any] = self.value(kept)
        return found


# -- what AWS says about types


def facts_of(type_name: str) -> Any:
    return catalog.resource_type(type_name) if type_name in catalog.types() else None


def is_returned_by_ref(type_name: str, attribute: str) -> bool:
    """Whether an attribute is what Ref gives back, as the ID of a VPC is."""
    facts = facts_of(type_name)
    return facts is not None and list(facts.ref) == [attribute]


def name_property(type_name: str) -> str | None:
    """The property that Ref gives back, if the template gives it."""
    facts = facts_of(type_name)
    return facts.ref[0] if facts and len(facts.ref) == 1 and facts.ref[0] in facts.properties else None


def mirrored(type_name: str, attribute: str) -> list[str] | None:
    """Where the property stands that an attribute reads back."""
    facts = facts_of(type_name)
    path = facts.attribute(attribute).mirrors if facts else None
    return path.split("/")[2:] if path else None


# What is made with the resource, or of its name, written down here a second time.
STAYS = {
    ("AWS::EC2::VPC", "DefaultSecurityGroup"),
    ("AWS::ECR::Repository", "RepositoryUri"),
    ("AWS::RDS::DBInstance", "Endpoint.Address"),
}


def stays(type_name: str, attribute: str) -> bool:
    """Whether an attribute is the same as long as the resource is."""
    facts = facts_of(type_name)
    return facts is not None and (
        attribute in facts.identifier
        or attribute in facts.ref
        or attribute.upper().endswith("ARN")
        or (type_name, attribute) in STAYS
    )


def _tenancy(old: Any, new: Any) -> bool | None:
    return {("default", "dedicated"): True, (None, "dedicated"): True, ("dedicated", "default"): False}.get(
        (old, new)
    )


def _groups(old: dict[str, Any], new: dict[str, Any]) -> bool | None:
    """The groups of an instance in a subnet are exchanged."""
    return False if all({"SubnetId", "SecurityGroupIds"} <= side.keys() for side in (old, new)) else None


# Conditional properties of which AWS says when, written down here a second time; None where it does not say.
DECIDED: dict[tuple[str, str], Callable[[dict[str, Any], dict[str, Any]], bool | None]] = {
    ("AWS::EC2::VPC", "InstanceTenancy"): lambda old, new: _tenancy(
        old.get("InstanceTenancy"), new.get("InstanceTenancy")
    ),
    ("AWS::EC2::Instance", "SecurityGroupIds"): _groups,
}


# -- the update


@dataclass
class Outcome:
    """What happened in one world, to each resource: add, remove, update, replace; and which values differ."""

    happened: dict[str, str] = field(default_factory=dict[str, str])
    changed: dict[str, set[tuple[str, ...]]] = field(default_factory=dict[str, set[tuple[str, ...]]])


class Update:
    """One update in one world."""

    def __init__(self, before: dict[str, Any], after: dict[str, Any], world: World) -> None:
        self.world = world
        self.old = Concrete(before, world, self.old_ref, self.old_att)
        self.new = Concrete(after, world, self.new_ref, self.new_att)
        # What is new is so from the start: there is nothing that it had.
        old_ones = before["Resources"]
        self.outcome = Outcome({name: "add" for name in after["Resources"] if name not in old_ones})

    def run(self) -> Outcome:
        """Act it out again and again, until everybody has what the others then are."""
        while True:
            outcome = self.once()
            if outcome == self.outcome:
                return outcome
            self.outcome = outcome

    def once(self) -> Outcome:
        found = Outcome()
        before, after = self.old.template["Resources"], self.new.template["Resources"]
        for name in dict.fromkeys([*before, *after]):
            was = name in before and self.old.lives(before[name])
            will_be = name in after and self.new.lives(after[name])
            if was != will_be:
                found.happened[name] = "add" if will_be else "remove"
            elif was:
                old, new = self.old.contents(before[name]), self.new.contents(after[name])
                tops = set(_tops(old, new))
                if tops:
                    found.changed[name] = tops
                    replaced = self.replaces(name, after[name]["Type"], old, new)
                    found.happened[name] = "replace" if replaced else "update"
        return found

    def replaces(self, name: str, type_name: str, old: dict[str, Any], new: dict[str, Any]) -> bool:
        given_old, given_new = old.get("Properties", {}), new.get("Properties", {})
        for path, _one, _other in _leaves(given_old, given_new, ()):
            means = catalog.requires_recreation(type_name, "/Properties/" + "/".join(path))
            if means == "Always":
                return True
            if means == "Conditionally":
                decide = DECIDED.get((type_name, path[0]))
                verdict = None if decide is None else decide(given_old, given_new)
                if verdict is None:
                    verdict = self.world.choose(f"{path} of {name} replaces", (False, True))
                if verdict:
                    return True
        return False

    # What resources have, before and after.

    def old_ref(self, name: str) -> Any:
        given = self.property(self.old, name, [name_property(self.type(self.old, name)) or ""])
        return f"<{name}>" if given is None else given

    def old_att(self, name: str, attribute: str) -> Any:
        if is_returned_by_ref(self.type(self.old, name), attribute):
            return self.old_ref(name)
        path = mirrored(self.type(self.old, name), attribute)
        given = None if path is None else self.property(self.old, name, path)
        return f"<{name}.{attribute}>" if given is None else given

    def new_ref(self, name: str) -> Any:
        given = self.property(self.new, name, [name_property(self.type(self.new, name)) or ""])
        if given is not None:
            return given
        happened = self.outcome.happened.get(name)
        if happened in ("add", "replace"):
            return f"<{name} again>"
        # No longer given, and not replaced: nobody says what it is called.
        return self.old_ref(name)

    def new_att(self, name: str, attribute: str) -> Any:
        type_name = self.type(self.new, name)
        if is_returned_by_ref(type_name, attribute):
            return self.new_ref(name)
        path = mirrored(type_name, attribute)
        given = None if path is None else self.property(self.new, name, path)
        if given is not None:
            return given
        happened = self.outcome.happened.get(name)
        fresh = f"<{name}.{attribute} again>"
        if happened == "add":
            return fresh
        if happened == "replace":
            if path is None or path[0] == name_property(type_name) or path[0] == _physical(type_name):
                return fresh
            return self.world.choose(f"default of {name}.{attribute}", (fresh, self.old_att(name, attribute)))
        if happened is None or stays(type_name, attribute):
            return self.old_att(name, attribute)
        if path is not None and self.property(self.old, name, path) is None:
            return self.old_att(name, attribute)  # The service's own value, before as after.
        if not self.may_move(name, type_name, attribute):
            return self.old_att(name, attribute)
        return self.world.choose(f"{name}.{attribute}", (fresh, self.old_att(name, attribute)))

    def may_move(self, name: str, type_name: str, attribute: str) -> bool:
        """Whether an update in place may give an attribute another value, by what the catalog says moves it."""
        facts = facts_of(type_name)
        tags = None if facts is None or facts.tags is None else facts.tags["property"]
        changed = {steps[1] for steps in self.outcome.changed[name] if steps[0] == "Properties"} - {tags}
        found = None if facts is None else facts.attributes.get(attribute)
        if found is None or found.moves_with is None:
            return bool(changed)
        return bool(changed & {moving.split("/")[0] for moving in found.moves_with})

    def type(self, side: Concrete, name: str) -> str:
        return str(side.template["Resources"][name]["Type"])

    def property(self, side: Concrete, name: str, path: list[str]) -> Any:
        value: Any = side.template["Resources"][name].get("Properties", {})
        for step in path:
            value = side.value(value.get(step)) if isinstance(value, dict) else None
            if value is GONE:
                return None
        return value


def _physical(type_name: str) -> str | None:
    facts = facts_of(type_name)
    return facts.physical_name if facts else None


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return False
    return text_of(one) == text_of(other)


def _tops(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The properties, and what stands beside them, that differ."""
    before, after = old.get("Properties", {}), new.get("Properties", {})
    for key in {*before, *after}:
        if key not in before or key not in after or not equal(before[key], after[key]):
            yield "Properties", key
    for key in {*old, *new} - {"Properties"}:
        if key not in old or key not in new or not equal(old[key], new[key]):
            yield (key,)


def _leaves(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """The leaves that differ; what stands on one side only differs in all its leaves."""
    if old is not None and new is not None and equal(old, new):
        return
    kind = dict if isinstance(old, dict) or isinstance(new, dict) else list
    if (isinstance(old, kind) and isinstance(new, kind)) or ((old is None or new is None) and (old or new)):
        items = [_items(side) for side in (old, new)]
        keys = {*items[0], *items[1]}
        if keys:
            for key in sorted(keys):
                yield from _leaves(items[0].get(key), items[1].get(key), (*path, key))
            return
    yield path, old, new


def _items(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {str(number): item for number, item in enumerate(value)} if isinstance(value, list) else {}


def outcomes(before: dict[str, Any], after: dict[str, Any], limit: int = 256) -> list[Outcome]:
    """What the update does, in every world."""
    return worlds(lambda world: Update(before, after, world).run(), limit)
