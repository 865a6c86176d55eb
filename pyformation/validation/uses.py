"""What a template uses: all references, conditions and mappings, with their places and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from ..evaluation.expressions import Kind
from ..evaluation.references import Use as Named
from ..evaluation.references import uses
from ..matching import fits
from ..plain import LOOP, elements, mapping_or_empty
from .conditions import Literal_

Path = tuple[str | int, ...]
_TRANSFORM = "Fn::Transform"
# Encloses the part of a name that a loop fills in, or that is unknown.
_FILLED_IN = re.compile(r"[$&]\{[^}]*\}")


@attrs.frozen
class Use:
    """A use of something at `path`, which is only reached if all of `given` hold. `looped` says that it is in a loop,
    so that its name and place differ from those of the result."""

    kind: Kind
    name: str
    path: Path
    given: tuple[Literal_, ...] = ()
    looped: bool = False


class Uses:
    """All uses in a template, and the names that they can refer to."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.found: list[Use] = []
        # Fn::Transform: AWS may change everything around it.
        self.transformed = False
        # A mapping whose name is computed: any of them.
        self.any_mapping = False
        self._made = Made()
        for part in data:
            if part not in ("Resources", "Outputs", "Parameters", "Mappings"):
                self._walk(data[part], (part,), ())
        for part in ("Resources", "Outputs"):
            for name, element in mapping_or_empty(data.get(part)).items():
                if name.startswith(LOOP):
                    for made, _ in elements({name: element}):
                        self._made.add(str(made[-1]))  # The name is a pattern.
                    self._walk(element, (part, name), ())
                elif name == _TRANSFORM:
                    self.transformed = True
                else:
                    # A module is replaced by resources whose names begin with its own.
                    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/modules-ref-resources.html
                    if str(mapping_or_empty(element).get("Type")).endswith("::MODULE"):
                        self._made.add_beginning(name)
                    self._element(mapping_or_empty(element), (part, name))

    def unused(self, kind: str, names: Iterable[str]) -> list[str]:
        """The names of those that nothing uses, nor may use."""
        used = {use.name for use in self.found if use.kind == kind}
        made = Made()
        for name in used:
            if _is_filled_in(name):
                made.add(name)
        return [name for name in names if name not in used and not made.may_be(name)]

    def may_make(self, name: str) -> bool:
        """Whether a loop or a module may create an element of that name."""
        return self._made.may_be(name)

    def _element(self, element: dict[str, Any], path: Path) -> None:
        condition = element.get("Condition")
        given: tuple[Literal_, ...] = ()
        if isinstance(condition, str):
            given = ((condition, True),)
            self.found.append(Use("condition", condition, (*path, "Condition")))
        for key, item in element.items():
            if key not in ("Type", "Condition", "DependsOn"):
                self._walk(item, (*path, key), given)

    def _walk(self, node: Any, path: Path, given: tuple[Literal_, ...]) -> None:
        for use in uses(node, path, given, is_condition=True):
            name = use.name
            if use.kind == "macro":
                self.transformed = True
            elif not isinstance(name, str):
                self.any_mapping = self.any_mapping or use.kind == "mapping"
            else:
                self._add(use, name)

    def _add(self, use: Named, name: str) -> None:
        filled_in = _is_filled_in(name) or use.function.startswith("Fn::ValueOf")
        looped = filled_in or any(str(step).startswith(LOOP) for step in use.path)
        self.found.append(Use(use.kind, name, use.path, use.given, looped))


class Made:
    """The names that names with variable parts may become, by their fixed pieces."""

    def __init__(self) -> None:
        # By the first piece, which names begin with.
        self._pieces: dict[str, dict[tuple[str, ...], None]] = {}
        self._left = _MOST_TRIES

    def add(self, name: str) -> None:
        """Add a name with ``${...}`` or ``&{...}`` in it."""
        self._add(tuple(_fixed(name)))

    def add_beginning(self, name: str) -> None:
        """Add all names that begin with one."""
        self._add((name, ""))

    def _add(self, pieces: tuple[str, ...]) -> None:
        self._pieces.setdefault(pieces[0], {})[pieces] = None

    def may_be(self, name: str) -> bool:
        """Whether a name may be one of them; if there are too many to try, it may."""
        for first, several in (
            self._pieces.items() if len(self._pieces) <= len(name) else self._beginnings(name)
        ):
            if not name.startswith(first):
                continue
            for pieces in several:
                self._left -= 1
                if self._left < 0 or fits(pieces, name):
                    return True
        return False

    def _beginnings(self, name: str) -> Iterator[tuple[str, dict[tuple[str, ...], None]]]:
        for size in range(len(name) + 1):
            several = self._pieces.get(name[:size])
            if several is not None:
                yield name[:size], several


# After so many comparisons, names are not examined further.
_MOST_TRIES = 1_000_000


def _fixed(name: str) -> list[str]:
    """What of a name is not filled in."""
    end = name.rfind("}") + 1
    found = _FILLED_IN.split(name[:end])
    found[-1] += name[end:]
    return found


def _is_filled_in(name: str) -> bool:
    return _FILLED_IN.search(name, 0, name.rfind("}") + 1) is not None
