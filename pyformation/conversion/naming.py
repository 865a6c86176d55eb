"""Python names for the elements of a template."""

from __future__ import annotations

import builtins
import re
from keyword import iskeyword, issoftkeyword

from ..names import pascal_case, snake_case
from ..sections import SECTIONS

_KINDS = {name: section.element or name.lower() for name, section in SECTIONS.items()}
# The public names of a stack.
_OWN = ("main", "template", "self")


def element_names(elements: list[tuple[str, str]], taken: set[str]) -> list[str]:
    """A variable for each of the (section, logical ID) pairs, none of them in `taken`.

    Parameters and resources choose first, as others refer to them most.
    """
    used = {*taken, *_OWN}
    found: dict[int, str] = {}
    numbered = sorted(enumerate(elements), key=lambda each: each[1][0] not in ("Parameters", "Resources"))
    for number, (section, logical_id) in numbered:
        found[number] = name = _free(_variable(logical_id, section), section, used)
        used.add(name)
    return [found[number] for number in range(len(elements))]


def _variable(logical_id: str, section: str) -> str:
    text = snake_case(re.sub("[^A-Za-z0-9]+", "_", logical_id).strip("_")) or _KINDS[section]
    return f"{_KINDS[section]}_{text}" if text[0].isdigit() else text


def _free(name: str, section: str, used: set[str]) -> str:
    """An unused name that is not a Python keyword, and gives the same logical ID if possible."""
    candidates = [name, name.rstrip("_") + "_", f"{name.rstrip('_')}_{_KINDS[section]}"]
    for candidate in candidates:
        if candidate not in used and not iskeyword(candidate) and not _shadows(candidate):
            return candidate
    number = 2
    while f"{candidates[-1]}_{number}" in used:
        number += 1
    return f"{candidates[-1]}_{number}"


def free_name(name: str, taken: set[str]) -> str:
    """A name that is not taken, and no keyword or builtin of Python."""
    while name in taken or iskeyword(name) or _shadows(name) or name in _OWN:
        name += "_"
    return name


def _shadows(name: str) -> bool:
    return hasattr(builtins, name) or issoftkeyword(name)


def class_name(wanted: str) -> str:
    """The name of a stack's class for the stem of a file: ``vpc-peering`` is ``VpcPeeringStack``."""
    words = re.findall("[A-Za-z0-9]+", wanted)
    text = pascal_case("_".join(words))
    if not text or text[0].isdigit():
        text = f"Template{text}"
    return text if text.endswith("Stack") and text != "Stack" else f"{text}Stack"
