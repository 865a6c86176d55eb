"""What a template uses: every reference, condition and mapping, where, and under which conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import attrs

from ..names import sub_names
from .conditions import Literal_

Path = tuple[str | int, ...]
_LOOP = "Fn::ForEach::"
# What stands between these in a name is filled in by a loop, or by nobody knows what.
_FILLED_IN = re.compile(r"[$&]\{[^}]*\}")


@attrs.frozen
class Use:
    """That something is used: at `path`, which is only reached where all of `given` hold.

    `looped` says that it stands in a loop, so that neither its name nor its place is that of the result.
    """

    kind: Literal["reference", "condition", "mapping"]
    name: str
    path: Path
    given: tuple[Literal_, ...] = ()
    looped: bool = False


class Uses:
    """All uses of a template, and the names that they can lead to."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.found: list[Use] = []
        # Fn::Transform: what stands around it is changed on AWS's side, by anything.
        self.transformed = False
        # A mapping whose name is computed: any of them.
        self.any_mapping = False
        self.made: list[re.Pattern[str]] = []
        for part in data:
            if part not in ("Resources", "Outputs", "Parameters", "Mappings"):
                self._walk(data[part], (part,), (), False)
        for part in ("Resources", "Outputs"):
            for name, element in _mapping(data.get(part)).items():
                if name.startswith(_LOOP):
                    self._makes(element)
                    self._walk(element, (part, name), (), True)
                elif name == "Fn::Transform":
                    self.transformed = True
                else:
                    # A module becomes resources whose names begin with its own.
                    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/modules-ref-resources.html
                    if str(_mapping(element).get("Type")).endswith("::MODULE"):
                        self.made.append(re.compile(re.escape(name) + ".+"))
                    self._element(_mapping(element), (part, name))

    def unused(self, kind: str, names: Iterable[str]) -> list[str]:
        """The names of those that nothing uses, nor may use."""
        used = {use.name for use in self.found if use.kind == kind}
        patterns = [_pattern(name) for name in used if _FILLED_IN.search(name)]
        return [
            name
            for name in names
            if name not in used and not any(pattern.fullmatch(name) for pattern in patterns)
        ]

    def _element(self, element: dict[str, Any], path: Path) -> None:
        condition = element.get("Condition")
        given: tuple[Literal_, ...] = ()
        if isinstance(condition, str):
            given = ((condition, True),)
            self.found.append(Use("condition", condition, (*path, "Condition")))
        for key, item in element.items():
            if key not in ("Type", "Condition", "DependsOn"):
                self._walk(item, (*path, key), given, False)

    def _makes(self, loop: Any) -> None:
        """The names of the elements that a loop makes, as patterns."""
        body: Any = loop[2] if isinstance(loop, list) and len(loop) == 3 else None  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        for name, inner in _mapping(body).items():
            if name.startswith(_LOOP):
                self._makes(inner)
            else:
                self.made.append(_pattern(name))

    def _walk(self, node: Any, path: Path, given: tuple[Literal_, ...], looped: bool) -> None:
        if isinstance(node, list):
            for index, item in enumerate(node):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                if isinstance(item, (dict, list)):
                    self._walk(item, (*path, index), given, looped)
            return
        if not isinstance(node, dict):
            return
        for key, item in node.items():  # pyright: ignore[reportUnknownVariableType]
            name = str(key)  # pyright: ignore[reportUnknownArgumentType]
            below = (*path, name)
            if name[:4] != "Fn::":
                if name == "Ref" and isinstance(item, str):
                    self._add("reference", item, path, given, looped)
                elif name == "Condition" and isinstance(item, str):
                    self._add("condition", item, path, given, looped)
            elif name == "Fn::GetAtt":
                self._get_att(item, path, given, looped)
            elif name == "Fn::Sub":
                self._sub(item, path, given, looped)
            elif name == "Fn::FindInMap" and isinstance(item, list) and item:
                if isinstance(item[0], str):
                    self._add("mapping", item[0], path, given, looped)
                else:
                    self.any_mapping = True
            elif name == "Fn::If" and isinstance(item, list) and item and isinstance(item[0], str):
                self._add("condition", item[0], path, given, looped)
                for index, branch in enumerate(item[1:3], 1):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
                    holds: Literal_ = (item[0], index == 1)
                    self._walk(branch, (*below, index), (*given, holds), looped)
                continue
            elif name in ("Fn::ValueOf", "Fn::ValueOfAll") and isinstance(item, list) and item:
                self._add("reference", str(item[0]), path, given, True)  # pyright: ignore[reportUnknownArgumentType]
            elif name == "Fn::Transform":
                self.transformed = True
            if isinstance(item, (dict, list)):
                self._walk(item, below, given, looped or name.startswith(_LOOP))

    def _get_att(self, argument: Any, path: Path, given: tuple[Literal_, ...], looped: bool) -> None:
        target: Any = argument
        if isinstance(argument, str):
            target = argument.partition(".")[0]
        elif isinstance(argument, list) and argument:
            target = argument[0]  # pyright: ignore[reportUnknownVariableType]
        if isinstance(target, str):
            self._add("reference", target, path, given, looped)

    def _sub(self, argument: Any, path: Path, given: tuple[Literal_, ...], looped: bool) -> None:
        text: Any = argument[0] if isinstance(argument, list) and argument else argument  # pyright: ignore[reportUnknownVariableType]
        own: Any = argument[1] if isinstance(argument, list) and len(argument) > 1 else None  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if isinstance(text, str):
            for name in sub_names(text):
                if name not in _mapping(own):
                    self._add("reference", name.partition(".")[0], path, given, looped)

    def _add(
        self,
        kind: Literal["reference", "condition", "mapping"],
        name: str,
        path: Path,
        given: tuple[Literal_, ...],
        looped: bool,
    ) -> None:
        self.found.append(Use(kind, name, path, given, looped or _FILLED_IN.search(name) is not None))


def _pattern(name: str) -> re.Pattern[str]:
    """What a name with parts that are filled in may become."""
    return re.compile(".*".join(re.escape(part) for part in _FILLED_IN.split(name)))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]
