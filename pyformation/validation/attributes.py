"""What is wrong in a CreationPolicy or an UpdatePolicy: its keys, what it requires, and its values.

cloudformation-validate looks at which types have one, and requirements at which of its parts a type takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .. import catalog
from ..catalog.resource_attributes import POLICIES
from ..errors import did_you_mean, shown
from ..evaluation.checking import Checked
from ..evaluation.expressions import MACRO
from ..evaluation.secrets import Secret
from ..evaluation.unknowns import Choice, scalar_text
from ..evaluation.unknowns import cases as cases_of
from ..evaluation.verdicts import is_absent, is_open
from ..finding import Finding
from ..plain import is_list, is_mapping
from .checks import finding, said_once
from .uses import Path

if TYPE_CHECKING:
    from ..catalog import Definition, Property


_WHOLE = re.compile("-?[0-9]+")


def wrong(cases: Mapping[str | None, Checked]) -> Iterator[Finding]:
    """The mistakes in the policies of resources, in all cases; each is said once."""
    return said_once(cases, _wrong)


def _wrong(checked: Checked) -> Iterator[tuple[str, Finding]]:
    for name, resource in checked.resources.items():
        place = checked.written.get(name, ("Resources", name))
        for key in POLICIES:
            if resource.exists is not False and key in resource.attributes:
                policy = _Policy(catalog.policy_parts(key))
                for path, sentence in policy.part(key, key, resource.attributes[key], (*place, key)):
                    yield sentence, finding("PF715", f"{name}: {sentence}", path)


class _Policy:
    def __init__(self, parts: Mapping[str, Definition]) -> None:
        self.parts = parts

    def part(self, name: str, label: str, value: Any, path: Path) -> Iterator[tuple[Path, str]]:
        """The mistakes in the policy or one of its parts."""
        members = self.parts[name]
        for case in cases_of(value) if isinstance(value, Choice) else [value]:
            if (
                is_absent(case)
                or is_open(case)
                or isinstance(case, Secret)
                or (is_mapping(case) and MACRO in case)
            ):
                continue
            if not is_mapping(case):
                yield path, f"{label} is a mapping, found {shown(case)}"
                continue
            for key in members.required:
                if is_absent(case.get(key)):
                    yield path, f"{label} needs {key}"
            for key, item in case.items():
                known = members.properties.get(key)
                if known is None:
                    yield (*path, key), f"{label} has no key {key!r}{did_you_mean(key, members.properties)}"
                elif known.type.kind == "definition":
                    yield from self.part(known.type.text, f"{label}.{key}", item, (*path, key))
                else:
                    for one in cases_of(item) if isinstance(item, Choice) else [item]:
                        for sentence in _problems(known, one):
                            yield (*path, key), f"{label}.{key} {sentence}"


def _problems(known: Property, value: Any) -> Iterator[str]:
    if (
        is_absent(value)
        or is_open(value)
        or isinstance(value, Secret)
        or known.type.kind not in ("scalar", "list")
    ):
        return
    if known.type.kind == "list":
        if not is_list(value):
            yield f"is a list, found {shown(value)}"
        return
    if is_list(value) or is_mapping(value):
        yield f"is one value, found {'a list' if is_list(value) else 'a mapping'}"
        return
    text = scalar_text(value)
    if known.type.text == "boolean" and text.lower() not in ("true", "false"):
        yield f"is true or false, found {shown(value)}"
    elif known.type.text == "integer":
        number = float(text) if _WHOLE.fullmatch(text) else None
        if number is None:
            yield f"is a whole number, found {shown(value)}"
        elif known.minimum is not None and number < known.minimum:
            yield f"is at least {known.minimum:,.0f}, found {text}"
        elif known.maximum is not None and number > known.maximum:
            yield f"is at most {known.maximum:,.0f}, found {text}"
    elif known.enum and text not in map(str, known.enum):
        yield f"is {', '.join(map(str, known.enum))}, found {shown(value)}{did_you_mean(text, map(str, known.enum))}"
