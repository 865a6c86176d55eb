"""For tests of templates: a comparison, snapshots, and generated templates for testing tools.

    >>> assert_same_template(ShopStack, "expected.yaml")
    >>> assert_matches_snapshot(ShopStack, "snapshots/shop.yaml")

`resources`, `templates` and `values` are hypothesis strategies, which import hypothesis on first use. Tests of
conditions and properties need nothing from this module, because a template is data. See docs/testing.md.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..elements import Declared
from ..errors import InvalidValueError, PyformationError, _short, here, nearest, shown, users_frame
from ..programs import write_text
from ..stack import Stack
from ..template import Template

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    from ..errors import Origin
    from .strategies import resources as resources
    from .strategies import templates as templates
    from .strategies import values as values

    Path: TypeAlias = tuple[str | int, ...]
    # A relative path is relative to the file of the test.
    TemplateLike: TypeAlias = Template | Stack | type[Stack] | Mapping[str, Any] | str | os.PathLike[str]

__all__ = [
    "Difference",
    "TemplateMismatchError",
    "assert_matches_snapshot",
    "assert_same_template",
    "first_difference",
    "resources",
    "templates",
    "values",
]

UPDATE = "PYFORMATION_UPDATE_SNAPSHOTS"
ASSET = "<asset>"
MASKED = "<masked>"


def __getattr__(name: str) -> object:
    if name in ("resources", "templates", "values"):
        from . import strategies

        value = globals()[name] = getattr(strategies, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


# ---------------------------------------------------------------------------------------------
# Comparison


class TemplateMismatchError(PyformationError, AssertionError):
    """Two templates that should be the same; `path` names the first difference.

    `origin` is the line of Python that declared the element with the difference, if one did.
    """

    def __str__(self) -> str:
        declared = "" if self.origin is None else f" (declared at {self.origin})"
        return f"{self.path}: {self.message}{declared}" if self.path else f"{self.message}{declared}"


class Difference(NamedTuple):
    """The first difference of two templates.

    `path` has its keys and list indexes, `message` the expected and the found value, and `origin` the line of
    Python that declared the element, or None. ``str()`` gives all three.
    """

    path: Path
    message: str
    origin: Origin | None

    def __str__(self) -> str:
        return str(_mismatch(self))


def _mismatch(difference: Difference) -> TemplateMismatchError:
    path, message, origin = difference
    return TemplateMismatchError(message, path=_spelled(path), origin=origin)


def first_difference(found: TemplateLike, expected: TemplateLike) -> Difference | None:
    """The first difference between two templates, in the order of `expected`, or None.

    Each is a `Template`, a stack (or its class, if it takes no arguments), plain data, or the path of a YAML or
    JSON file, relative to the file of the caller. The order of keys does not matter, but the order of lists does.
    ``1``, ``"1"`` and ``true`` are different, and so are ``1`` and ``1.0``: as text, CloudFormation makes them
    different texts.
    """
    return _first(*_loaded(found), *_loaded(expected))


def assert_same_template(found: TemplateLike, expected: TemplateLike) -> None:
    """Fail with the first difference between two templates, as `first_difference` finds it.

    Raises `TemplateMismatchError`, which is an `AssertionError`.
    """
    __tracebackhide__ = True
    difference = first_difference(found, expected)
    if difference is not None:
        raise _mismatch(difference)


def _loaded(source: TemplateLike) -> tuple[dict[str, Any], Template | None]:
    """A template as plain data, and the template that knows where its elements were declared."""
    from ..document import read

    if isinstance(source, type) and issubclass(source, Stack):  # pyright: ignore[reportUnnecessaryIsInstance]
        from ..sources.module_stacks import takes_no_arguments

        if not takes_no_arguments(source):
            raise InvalidValueError(
                f"{source.__name__} needs arguments; give an instance of it", origin=here()
            )
        source = source()
    if isinstance(source, Stack):
        source = source.template
    if isinstance(source, Template):
        # Local files are paths, relative to the test.
        folder = os.path.dirname(_beside_the_test("."))
        return _plain(source.to_dict(relative_to=folder or ".")), source
    if isinstance(source, (str, os.PathLike)):
        if "\n" in os.fspath(source):
            raise InvalidValueError(
                "expected the path of a template file, found its text; give "
                "pyformation.document.parse(text).data",
                origin=here(),
            )
        return read(_beside_the_test(source)).data, None
    if isinstance(source, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        return _plain(dict(source)), None
    raise InvalidValueError(
        f"expected a stack, a template, a mapping or the path of a template file, found {shown(source)}",
        origin=here(),
    )


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """The data as in a file: tuples become lists; anything but plain data is an error with its path."""
    import json

    from ..document import to_json

    found: dict[str, Any] = json.loads(to_json(data, indent=None))
    return found


def _beside_the_test(path: str | os.PathLike[str]) -> str:
    frame = users_frame()
    text = os.fspath(path)
    if frame is None:
        return text
    return os.path.join(os.path.dirname(os.path.abspath(frame.f_code.co_filename)), text)


def _first(
    found: Any, of_found: Template | None, expected: Any, of_expected: Template | None = None
) -> Difference | None:
    difference = _compare(found, expected, ())
    if difference is None:
        return None
    path, message = difference
    section, name, *_ = (*map(str, path), "", "")
    for template in (of_found, of_expected):
        entries = {} if template is None else template._sections.get(section, {})
        entry = entries.get(name.removeprefix("Fn::ForEach::"))
        if entry is not None and isinstance(entry.element, Declared):
            return Difference(path, message, entry.element._origin())
    return Difference(path, message, None)


def _compare(found: Any, expected: Any, path: Path) -> tuple[Path, str] | None:
    kind = expected.__class__
    if kind is not found.__class__ or (kind is dict and _functions_differ(found, expected)):
        return path, _expected(expected, found)
    if kind is dict:
        for key, item in expected.items():
            if key not in found:
                near = nearest(key, [name for name in found if name not in expected])
                instead = "" if near is None else f"; found {near!r} instead"
                return (*path, key), f"is missing, expected {_shown(item)}{instead}"
            difference = _compare(found[key], item, (*path, key))
            if difference is not None:
                return difference
        for key, item in found.items():
            if key not in expected:
                return (*path, key), f"is not expected, found {_shown(item)}"
    elif kind is list:
        for i, item in enumerate(expected):
            if i >= len(found):
                return (*path, i), f"is missing, expected {_shown(item)}"
            difference = _compare(found[i], item, (*path, i))
            if difference is not None:
                return difference
        if len(found) > len(expected):
            return (*path, len(expected)), f"is not expected, found {_shown(found[len(expected)])}"
    elif found != expected:
        return path, _expected_text(expected, found) if kind is str else _expected(expected, found)
    return None


def _functions_differ(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether only one of them is a function: then they differ as a whole, not by a key."""
    return found.keys() != expected.keys() and any(
        len(value) == 1 and (key == "Ref" or (key.startswith("Fn::") and not key.startswith("Fn::ForEach")))
        for value in (found, expected)
        for key in value
    )


# ---------------------------------------------------------------------------------------------
# Wording

_KINDS = {str: "string", bool: "boolean", int: "number", float: "number"}
# How much of a value is shown, and how much of a long text before the place that differs.
_WIDTH, _CONTEXT = 60, 15


def _spelled(path: Path) -> str:
    """``Resources.Queue.Properties.Tags[0]``; keys that would be read as several are quoted."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step and all(c.isalnum() or c in "_-:/" for c in step):
            text += f".{step}" if text else step
        else:
            text += f"[{_shown(step)}]"
    return text


def _shown(value: Any) -> str:
    """A value as JSON, which both formats can hold, in one line; nothing in it moves a cursor."""
    import json

    text = json.dumps(value, ensure_ascii=False)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    if len(text) <= _WIDTH:
        return text
    return f'{text[: _WIDTH - 4]}..."' if value.__class__ is str else f"{text[: _WIDTH - 3]}..."


def _expected(expected: Any, found: Any) -> str:
    kinds = [_KINDS.get(value.__class__) for value in (expected, found)]
    if None in kinds or kinds[0] == kinds[1]:
        return f"expected {_shown(expected)}, found {_shown(found)}"
    return f"expected the {kinds[0]} {_shown(expected)}, found the {kinds[1]} {_shown(found)}"


def _expected_text(expected: str, found: str) -> str:
    """The line that differs in a multi-line text, and the part that differs in a long line."""
    one, other = expected.split("\n"), found.split("\n")
    line = ""
    if len(one) > 1 or len(other) > 1:
        number = next((i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
        if number is None:
            number = min(len(one), len(other))
            if number == len(one):
                return f"line {number + 1} is not expected, found {_shown(other[number])}"
            return f"line {number + 1} is missing, expected {_shown(one[number])}"
        line, expected, found = f"in line {number + 1} ", one[number], other[number]
    if max(len(expected), len(found)) > _WIDTH - len('""'):
        shorter = min(len(expected), len(found))
        same = next((i for i in range(shorter) if expected[i] != found[i]), shorter)
        if same > _CONTEXT:
            expected, found = (f"...{text[same - _CONTEXT :]}" for text in (expected, found))
    return f"{line}expected {_shown(expected)}, found {_shown(found)}"


# ---------------------------------------------------------------------------------------------
# Snapshot


def assert_matches_snapshot(
    template: TemplateLike,
    path: str | os.PathLike[str],
    *,
    mask: str | Iterable[str] = (),
    update: bool | None = None,
) -> None:
    """Fail with the first difference between a template and the snapshot of it in a file.

    The snapshot is YAML, or JSON if the name of the file ends in ``.json``. A relative path is relative to the file of
    the test. Only ``PYFORMATION_UPDATE_SNAPSHOTS=1`` in the environment or ``update=True`` writes it; a missing
    snapshot is a failure.

    Hashes of assets change with every change of code, so the snapshot has ``<asset>`` for: hexadecimal
    words of 32, 40 or 64 digits anywhere in a text, Base64 of 32 bytes under a key that ends in Sha256,
    and S3ObjectVersion. `mask` is a regular expression, or several; what they match becomes ``<masked>``.
    Keys are never masked. Raises `TemplateMismatchError`, which is an `AssertionError`.
    """
    __tracebackhide__ = True
    from ..document import read, to_json, to_yaml

    data, source = _loaded(template)
    data = _masked(data, _patterns(mask))
    file = _beside_the_test(path)
    if _updating() if update is None else update:
        text = to_json(data) if file.endswith(".json") else to_yaml(data)
        with contextlib.suppress(OSError):  # Writing reports any problem.
            os.makedirs(os.path.dirname(file), exist_ok=True)
        write_text(text, file)
        return
    if not os.path.exists(file):
        raise TemplateMismatchError(
            f"there is no snapshot {_short(file)!r}; {UPDATE}=1 in the environment writes it"
        )
    difference = _first(data, source, read(file).data)
    if difference is not None:
        error = _mismatch(difference)
        error.add_note(f"{UPDATE}=1 in the environment rewrites {_short(file)}")
        raise error


def _updating() -> bool:
    value = os.environ.get(UPDATE, "")
    if value not in ("", "0", "1"):
        raise InvalidValueError(f"{UPDATE} takes 1 or 0, found {value!r}")
    return value == "1"


def _patterns(mask: str | Iterable[str]) -> list[re.Pattern[str]]:
    found: list[re.Pattern[str]] = []
    for text in [mask] if isinstance(mask, str) else mask:
        try:
            found.append(re.compile(text))
        except re.error as error:
            raise InvalidValueError(
                f"the mask {text!r} is not a regular expression: {error}", origin=here()
            ) from None
    return found


# A hash of MD5, SHA-1 or SHA-256 as a separate word, alone (assets/<hash>.zip) or behind sha256:.
_HEXADECIMAL = re.compile(
    "(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32})(?![0-9A-Za-z])"
)
# Lambda gives the hash of its code in Base64, which other text may look like.
_BASE64 = re.compile("[0-9A-Za-z+/]{43}=")


def _masked(value: Any, patterns: list[re.Pattern[str]], key: str = "") -> Any:
    if value.__class__ is dict:
        # The value of a function belongs to the key that contains the function.
        return {
            name: _masked(item, patterns, key if name.startswith("Fn::") else name)
            for name, item in value.items()
        }
    if value.__class__ is list:
        return [_masked(item, patterns, key) for item in value]
    if value.__class__ is not str:
        return value
    if key == "S3ObjectVersion" or (key.endswith("Sha256") and _BASE64.fullmatch(value)):
        return ASSET
    for pattern in patterns:
        value = pattern.sub(MASKED, value)
    return _HEXADECIMAL.sub(ASSET, value)
