"""Files of values beside a template: parameters, what SSM resolves them to, the tags of a stack.

JSON or YAML, in any form that AWS's tools accept: a flat mapping, ``{"Parameters": {...}}``, a list of
``{"ParameterKey": ..., "ParameterValue": ...}``, a list of ``"Key=Value"``. Values are kept as they are
written, because CloudFormation takes text: ``010`` is not 8.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import attrs

from ..errors import SourceError, shown
from ..files import regular
from ..plain import is_list, is_mapping

_LARGEST = 8_000_000
_PARAMETERS = ("ParameterKey", "ParameterValue")
_TAGS = ("Key", "Value")
# What stands beside each other in a file of CodePipeline or Git sync.
_SECTIONS = {"parameters", "tags", "stackpolicy", "template-file-path"}
_TRUE = (True, "true", "True")


def read_parameters(path: str) -> dict[str, Any]:
    """The parameter values in a file."""
    return _read(path, "Parameters", _PARAMETERS)


def given_parameters(paths: Iterable[str], assigned: Iterable[str]) -> dict[str, Any]:
    """The parameter values of some files and of ``-P``: a later file overrides an earlier one, ``-P`` all of them."""
    found: dict[str, Any] = {}
    for path in paths:
        found.update(read_parameters(path))
    found.update(assignments(assigned))
    return found


@attrs.frozen
class DeploymentFile:
    """What a file says of a deployment: parameters, and the tags of the stack if it has any."""

    parameters: dict[str, Any]
    tags: dict[str, Any] | None = None


def read_deployment(path: str) -> DeploymentFile:
    """The parameter values in a file, in any form: also those of the AWS command line with ``UsePreviousValue``, of
    CodePipeline and of Git sync, which have tags beside them.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/git-sync-concepts-terms.html
    """
    data = _parse(_text(path), path)
    if not is_mapping(data):
        items = data if is_list(data) else []
        kept = [item for item in items if not (is_mapping(item) and item.get("UsePreviousValue") in _TRUE)]
        return DeploymentFile(_values(kept if items else data, path, _PARAMETERS))
    sections = {key.lower(): value for key, value in data.items()}
    if not data or not sections.keys() <= _SECTIONS:
        return DeploymentFile(_values(data, path, _PARAMETERS))
    tags = sections.get("tags")
    return DeploymentFile(
        _values(sections.get("parameters", {}), path, _PARAMETERS),
        None if tags is None else _values(tags, path, _TAGS),
    )


def read_resolved(path: str) -> dict[str, Any]:
    """The values of SSM-typed parameters in a file; a list may be AWS's, with ``ResolvedValue``."""
    return _read(path, "Parameters", ("ParameterKey", "ResolvedValue"))


def read_tags(path: str) -> dict[str, Any]:
    """The tags of a stack in a file: a flat mapping, ``{"Tags": {...}}``, or a list of Key and Value."""
    return _read(path, "Tags", _TAGS)


def assignments(given: Iterable[str], what: str = "-P") -> Iterator[tuple[str, str]]:
    """``Key=Value``, each in its two parts."""
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise SourceError(f"{what}: expected Key=Value, found {shown(text)}")
        yield key, value


def _text(path: str) -> str:
    try:
        with open(path, "rb", opener=regular) as file:
            text = file.read(_LARGEST + 1).decode("utf-8-sig")
    except FileNotFoundError:
        raise SourceError(f"there is no file {path!r}") from None
    except OSError as error:
        raise SourceError(f"cannot read {path!r}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SourceError(f"{path} is not UTF-8 text") from None
    if len(text) > _LARGEST:
        raise SourceError(f"{path} is too large for a file of values")
    return text


def _read(path: str, section: str, keys: tuple[str, str]) -> dict[str, Any]:
    data = _parse(_text(path), path)
    if is_mapping(data) and isinstance(data.get(section), (dict, list)):
        data = data[section]
    return _values(data, path, keys)


def _values(data: Any, path: str, keys: tuple[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in _pairs(data, path, keys):
        if key in found:
            raise SourceError(f"{path} gives {key!r} twice")
        if isinstance(value, dict) or value is None:
            raise SourceError(f"{path}: expected text, a number or a list for {key!r}, found {_kind(value)}")
        found[key] = value
    return found


def _pairs(data: Any, path: str, keys: tuple[str, str]) -> Iterator[tuple[str, Any]]:
    if is_mapping(data):
        yield from data.items()
        return
    if not is_list(data):
        _refuse(path, keys, data)
    for item in data:
        if isinstance(item, str):
            if "=" not in item:
                _refuse(path, keys, item)
            yield from assignments([item], path)
        elif is_mapping(item) and keys[0] in item and keys[1] in item:
            yield str(item[keys[0]]), item[keys[1]]
        elif isinstance(item, dict) and "UsePreviousValue" in item:
            raise SourceError(
                f"{path} uses UsePreviousValue; leave the parameter out and use --parameter-mode previous"
            )
        elif not (keys[1] == "ResolvedValue" and isinstance(item, dict) and keys[0] in item):
            _refuse(path, keys, item)


def _refuse(path: str, keys: tuple[str, str], found: Any) -> NoReturn:
    raise SourceError(
        f"{path}: expected a mapping, a list of {keys[0]} and {keys[1]}, or a list of Key=Value, "
        f"found {_kind(found)}"
    )


def _kind(value: Any) -> str:
    """What a value is, without its text, as it may be that of a NoEcho parameter."""
    if is_mapping(value):
        keys = ", ".join(map(repr, list(value)[:3]))
        return f"a mapping with {keys}" if value else "an empty mapping"
    if value is None:
        return "nothing"
    return "a list" if is_list(value) else "text without ="


def _parse(text: str, path: str) -> Any:
    first = text.lstrip()[:1]
    if first in ("{", "["):
        try:
            # Numbers are kept as they are written.
            return json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str)
        except json.JSONDecodeError as error:
            problem = f"{error.msg} at line {error.lineno}, column {error.colno}"
            if not path.endswith(".json"):
                return _parse_yaml(text, path)  # YAML's flow style begins like this, too.
        except ValueError as error:
            problem = str(error)
        except RecursionError:
            problem = "it is nested too deeply"
        raise SourceError(f"{path} is not JSON: {problem}")
    return _parse_yaml(text, path)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"it gives {twice!r} twice")
    return found


def _parse_yaml(text: str, path: str) -> Any:
    import yaml

    done: dict[int, Any] = {}  # An alias is read once, whatever stands behind it.

    def plain(node: yaml.Node, depth: int) -> Any:
        if depth > 4:  # No shape is deeper, and an alias may lead into itself.
            raise SourceError(f"{path} is nested too deeply for a file of values")
        if id(node) not in done:
            done[id(node)] = inner(node, depth)
        return done[id(node)]

    def inner(node: Any, depth: int) -> Any:
        if isinstance(node, yaml.MappingNode):
            if not all(isinstance(key, yaml.ScalarNode) for key, _ in node.value):
                raise SourceError(f"{path}: names must be text, at line {node.start_mark.line + 1}")
            try:
                return _once([(str(key.value), plain(value, depth + 1)) for key, value in node.value])
            except ValueError as error:
                raise SourceError(f"{path}: {error}") from None
        if isinstance(node, yaml.SequenceNode):
            return [plain(item, depth + 1) for item in node.value]
        return None if node.style is None and node.value in ("", "~", "null") else node.value

    try:
        compose: Any = yaml.compose  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        root = compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" at line {mark.line + 1}, column {mark.column + 1}"
        raise SourceError(
            f"{path} is not YAML: {getattr(error, 'problem', None) or str(error).splitlines()[0]}{where}"
        ) from None
    except (ValueError, OverflowError):  # An escape that is no character.
        raise SourceError(f"{path} is not YAML: it has an escape that is no character") from None
    except RecursionError:
        raise SourceError(f"{path} is nested too deeply for a file of values") from None
    if root is None:
        raise SourceError(f"{path} is empty; write {{}} for no values")
    return plain(root, 0)
