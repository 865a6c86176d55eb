"""What cloudformation-validate calls an error although CloudFormation takes it.

Each kind has its reason; what is left out is not even among the notes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

import attrs

from ..errors import EvaluationError
from ..evaluation import macros, sam
from ..evaluation.checking import Checked
from ..evaluation.expressions import is_function
from ..evaluation.references import Use, uses
from ..evaluation.unknowns import scalar_text
from ..finding import Finding
from ..plain import is_list, is_mapping, mapping_or_empty
from ..pointers import place_of

_MACRO = "Fn::Transform"


@attrs.frozen
class Mistaken:
    """A rule, what its message says where it is wrong, and why that is so; `of` where it is wrong about some values
    only."""

    rule: str
    says: str
    reason: str
    of: Callable[[Any], bool] | None = None


def _is_function(node: Any) -> bool:
    value = node.get("Value", node) if is_mapping(node) else node
    return is_mapping(value) and is_function(value)


def _may_be_json(node: Any) -> bool:
    """Whether something is a mapping that is written as JSON, or a function that may give that."""
    if not isinstance(node, str):
        return _is_function(node)
    try:
        return is_mapping(json.loads(node))
    except (ValueError, RecursionError):
        return False


MISTAKEN = (
    Mistaken(
        "F0005",
        "'Hooks' is not a valid top-level template section",
        "Blue/green deployments with AWS::CodeDeployBlueGreen are declared in the section Hooks.",
    ),
    Mistaken(
        "E1022",
        "'Fn::GetAZs' is not supported as an argument to 'Fn::Join'",
        "Fn::GetAZs is a list of text, which Fn::Join takes; AWS's documentation of Fn::Join lists it.",
    ),
    Mistaken(
        "F6101",
        "must be a string, not an object",
        "It is an intrinsic function; the attribute of a Fn::GetAtt may be a Ref.",
        of=_is_function,
    ),
    Mistaken(
        "E3510",
        "'{",
        "The schemas of AWS::IAM types take a policy as a text of JSON, too.",
        of=_may_be_json,
    ),
)

# Whether the resource that is referred to exists: ours knows the conditions of both.
_OF_CONDITIONS = frozenset({"W1001", "W2503"})
# Whether anything uses a parameter, a mapping or a condition: ours knows loops, and that a macro may.
_OF_USES = frozenset({"W2001", "W7001", "W8001"})
# Whether there is such a name at all: ours knows what modules and AWS::Serverless make.
_OF_NAMES = frozenset({"F1010", "F1018", "F1020", "F6101", "E3005"})
_MISSING = re.compile("does not reference a valid|does not exist|non-existent")
# What changes elements, and makes none.
_MAKE_NOTHING = frozenset({"AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23"})
_SERVERLESS = "AWS::Serverless-2016-10-31"
# What AWS::Serverless makes of a resource: ``!Ref Api.Stage``.
_OF_RESOURCE = re.compile(r"Ref '(\w+)\.\w+'")


class Mistakes:
    """Tells what of the validator's findings on a template is wrong.

    `by_default` gives the values of the template for the defaults of its parameters, `undecided` the elements whose
    references our own checks could not decide, `wrong` those in which they found references to nothing.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        by_default: Callable[[], Checked],
        undecided: frozenset[tuple[Any, ...]],
        wrong: frozenset[tuple[str, str] | None],
    ) -> None:
        self._data = data
        self._by_default = by_default
        self._wrong = wrong
        self._serverless = {
            name
            for name, resource in mapping_or_empty(data.get("Resources")).items()
            if str(mapping_or_empty(resource).get("Type")).startswith("AWS::Serverless::")
        }
        self._may_make_anything, self._knows_names, self.rewrites = _macros(data)
        self._undecided = undecided
        self._defaults = {
            name: scalar_text(facts["Default"])
            for name, facts in mapping_or_empty(data.get("Parameters")).items()
            if isinstance(mapping_or_empty(facts).get("Default"), (str, int, float))
        }

    @cached_property
    def _values(self) -> Checked:
        # Few findings ask for them.
        return self._by_default()

    def has(self, found: Finding) -> bool:
        """Whether a finding is wrong, or is about what a macro rewrites."""
        if found.path is None:
            return False
        if found.code in _OF_CONDITIONS and found.element not in self._undecided:
            return True
        if found.code in _OF_USES:
            return True
        if self.rewrites and found.code[0] in "EF" and found.element is not None:
            return True
        if found.code in _OF_NAMES and _MISSING.search(found.message) and self._may_exist(found):
            return True
        node: Any = self._data
        taken = True
        steps = place_of(found.path)
        for number, step in enumerate(steps):
            if is_mapping(node):
                if (_MACRO in node and number > 1) or step == _MACRO:
                    return True
                if number == 2 and isinstance(node.get("Condition"), str):
                    taken = taken and self._values.conditions.get(node["Condition"]) is not False
                if str(step) not in node:
                    break  # It names a place in what a function gives.
                node = node[str(step)]
            elif is_list(node) and isinstance(step, int) and step < len(node):
                if step in (1, 2) and number and steps[number - 1] == "Fn::If":
                    holds = self._values.conditions.get(str(node[0]))
                    taken = taken and holds is not (step == 2)
                node = node[step]
            else:
                break
        if is_mapping(node) and _MACRO in node:
            return True
        if self._is_about_a_default(found, node, taken):
            return True
        return any(
            found.code == row.rule and row.says in found.message and (row.of is None or row.of(node))
            for row in MISTAKEN
        )

    def _may_exist(self, found: Finding) -> bool:
        """Whether a name that is said to be missing is made by something, or found by our own checks."""
        if self._may_make_anything:
            return True
        made = _OF_RESOURCE.search(found.message)
        if made is not None and made[1] in self._serverless:
            return True
        if found.code == "E3005":
            return any(f"'{name}'" in found.message for name in self._values.resources)
        return self._knows_names and found.element is not None and found.element not in self._wrong

    def _is_about_a_default(self, found: Finding, node: Any, taken: bool) -> bool:
        """Whether it looked at the default of a parameter where that never comes: in a branch for other values."""
        said = {
            name
            for name, text in self._defaults.items()
            if repr(text) in found.message or f'"{text}"' in found.message
        }
        if not said:
            return False
        names = self._defaults_at(uses(node))
        if taken:
            names -= self._defaults_at(uses(node, branch=self._branch))
        return not names.isdisjoint(said)

    def _defaults_at(self, found: Iterable[Use]) -> set[str]:
        return {
            use.name for use in found if use.kind == "reference" and isinstance(use.name, str)
        } & self._defaults.keys()

    def _branch(self, argument: list[Any]) -> Any:
        holds = self._values.conditions.get(str(argument[0]))
        return None if not isinstance(holds, bool) else argument[1] if holds else argument[2]


def _macros(data: Mapping[str, Any]) -> tuple[bool, bool, bool]:
    """Whether macros may make any element of a template, whether ours knows all names in it, and whether a macro of a
    user gets all of the template, and so may take what CloudFormation would refuse."""
    top = {"Transform": data.get("Transform", []), _MACRO: data.get(_MACRO, [])}
    resources = mapping_or_empty(data.get("Resources"))
    try:
        asked = set(macros(data))
        of_template = set(macros(top))
        of_resources = set(macros({_MACRO: resources.get(_MACRO, [])}))
    except EvaluationError:
        return True, False, False
    whole = of_template | of_resources
    known = {"AWS::LanguageExtensions"} | ({_SERVERLESS} if sam.installed() else set[str]())
    return (
        bool(whole - _MAKE_NOTHING - {_SERVERLESS}),
        asked <= known,
        any(not name.startswith("AWS::") for name in whole),
    )
